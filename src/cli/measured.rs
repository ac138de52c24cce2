//! What `mores bench` measures: worlds that tick without writing anything.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use mores::bench::passes::{Lap, Stopwatch};
use mores::run::Rows;
use mores::simulation::Simulation;
use mores::tick::Phase;

use super::engine::{Asked, BenchJob, Measured, MeasuredPass, Problem};
use super::library::resolve;
use super::written::Assignment;

/// One world for each kind of tick.
const WORLDS: [&str; 8] = [
    "donation",
    "nowak-may",
    "public-goods-lattice",
    "public-goods-groups",
    "mixed",
    "epidemic",
    "peer-punishment",
    "threshold-edge-list",
];

const AGENTS: [u64; 2] = [100_000, 10_000_000];

/// Ticks before the clock is looked at: caches and mirrors are in place then.
const FIRST: u64 = 2;
/// Ticks and seconds of a measurement, whichever comes last.
const TICKS: u64 = 5;
const SECONDS: f64 = 1.0;

/// Measures the worlds at each number of agents.
pub(super) fn measure(job: &BenchJob, tell: &mut dyn FnMut(Measured)) -> Result<(), Problem> {
    let sizes: &[u64] = if job.agents.is_empty() { &AGENTS } else { &job.agents };
    let all = || WORLDS.map(str::to_owned).to_vec();
    for world in job.world.as_ref().map_or_else(all, |world| vec![world.clone()]) {
        for &agents in sizes {
            if job.stop.load(Relaxed) != 0 {
                return Ok(());
            }
            tell(one(&world, agents)?);
        }
    }
    Ok(())
}

/// The world with so many agents; where its lattice has sides of its own, in one group of the nearest sides.
fn sized(world: &str, agents: u64) -> Result<Asked, Problem> {
    let asked = Asked { world: world.to_owned(), agents: Some(agents), ..Asked::default() };
    let as_it_is = resolve(&Asked { agents: None, ..asked.clone() })?;
    let (text, lattice) = (&as_it_is.source.text, as_it_is.scenario.structure.as_ref());
    let plane = lattice.is_some_and(|(_, network)| {
        network.fixes().is_some() && network.plane(as_it_is.scenario.layout.group_size).is_some()
    });
    if !plane {
        return Ok(asked);
    }
    let rows = (1..=agents.isqrt()).rev().find(|rows| agents.is_multiple_of(*rows)).unwrap_or(1);
    let mut set = vec![("structure.rows", rows), ("structure.columns", agents / rows)];
    let grouped =
        text.parse::<toml::Table>().is_ok_and(|table| table["population"].get("group_size").is_some());
    match grouped {
        true => set.extend([("population.groups", 1), ("population.group_size", agents)]),
        false => set.push(("population.agents", agents)),
    }
    let assign = |(path, value): (&str, u64)| Assignment { path: path.to_owned(), value: value.to_string() };
    Ok(Asked { agents: None, set: set.into_iter().map(assign).collect(), ..asked })
}

fn one(world: &str, agents: u64) -> Result<Measured, Problem> {
    let asked = sized(world, agents)?;
    let scenario = resolve(&asked)?.scenario;
    let columns = mores::assemble::columns(&scenario);
    let bytes: usize = columns.iter().map(|column| column.width()).sum();
    let watch = Stopwatch::default();
    let mut simulation = watch.on(Simulation::of(Arc::clone(&scenario))).build();
    let rows = Rows::of(&scenario).map_err(|refused| Problem::Asked(refused.render(false)))?;
    let mut tick = || {
        let wrong = |fault| Problem::Failed(format!("{world}: {fault:?}"));
        watch.begin();
        let began = Instant::now();
        simulation.tick().map_err(wrong)?;
        let wall = began.elapsed().as_secs_f64();
        watch.end();
        rows.take(&simulation);
        watch.measured();
        Ok((wall, simulation.all_ended()))
    };
    for _ in 0..FIRST {
        tick()?;
    }
    watch.clear();
    let (mut ticks, mut wall) = (0, 0.0);
    while ticks < TICKS || wall < SECONDS {
        let (took, ended) = tick()?;
        // A world that has stopped costs nothing more.
        if ended && ticks > 0 {
            break;
        }
        (ticks, wall) = (ticks + 1, wall + took);
        if ended {
            break;
        }
    }
    let done = (ticks * agents) as f64;
    let laps = watch.read();
    let spent: f64 = laps.iter().filter(|lap| lap.phase != Some(Phase::Measure)).map(|lap| lap.seconds).sum();
    let pass = |lap: Lap| MeasuredPass {
        phase: lap.phase.map_or_else(String::new, |phase| format!("{phase:?}")),
        pass: lap.pass.to_owned(),
        cpu_ns_per_agent: lap.seconds / done * 1e9,
        bytes_per_agent: lap.bytes as u64,
    };
    Ok(Measured {
        world: world.to_owned(),
        agents,
        ticks,
        agent_ticks_per_second: done / wall,
        cpu_ns_per_agent: spent / done * 1e9,
        bytes_per_agent: bytes as f64,
        passes: laps.into_iter().map(pass).collect(),
    })
}
