//! What `mores bench` measures: worlds that tick without recording anything.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use mores::machine;
use mores::simulation::Simulation;

use super::engine::{Asked, BenchJob, Measured, Problem};
use super::library::resolve;
use super::written::Assignment;

/// One world for each kind of tick, with what makes it fit any number of agents.
const WORLDS: [(&str, &[(&str, &str)]); 8] = [
    ("donation", &[]),
    ("nowak-may", FREE_LATTICE),
    ("spatial-donation", FREE_LATTICE),
    ("public-goods-groups", &[]),
    ("mixed", &[]),
    ("epidemic", &[]),
    ("sis-lattice", FREE_LATTICE),
    ("threshold-edge-list", &[]),
];

/// Sides that follow from the number of agents.
const FREE_LATTICE: &[(&str, &str)] = &[("structure.rows", "false"), ("structure.columns", "false")];

const AGENTS: [u64; 2] = [100_000, 10_000_000];

/// Ticks before the clock is looked at: caches and mirrors are in place then.
const FIRST: u64 = 2;
/// Ticks and seconds of a measurement, whichever comes last.
const TICKS: u64 = 5;
const SECONDS: f64 = 1.0;

/// Measures the worlds at each number of agents.
pub(super) fn measure(job: &BenchJob, tell: &mut dyn FnMut(Measured)) -> Result<(), Problem> {
    let sizes: &[u64] = if job.agents.is_empty() { &AGENTS } else { &job.agents };
    let own = |world: &String| vec![(world.clone(), vec![])];
    let all = || WORLDS.map(|(world, set)| (world.to_owned(), set.to_vec())).to_vec();
    for (world, set) in job.world.as_ref().map_or_else(all, own) {
        for &agents in sizes {
            if job.stop.load(Relaxed) != 0 {
                return Ok(());
            }
            tell(one(&world, &set, agents)?);
        }
    }
    Ok(())
}

fn one(world: &str, set: &[(&str, &str)], agents: u64) -> Result<Measured, Problem> {
    let assign =
        |(path, value): &(&str, &str)| Assignment { path: path.to_string(), value: value.to_string() };
    let asked = Asked {
        world: world.to_owned(),
        agents: Some(agents),
        set: set.iter().map(assign).collect(),
        ..Asked::default()
    };
    let scenario = resolve(&asked)?.scenario;
    let columns = mores::assemble::columns(&scenario);
    let bytes: usize = columns.iter().map(|column| column.width()).sum();
    let mut simulation = Simulation::of(Arc::clone(&scenario)).build();
    let mut tick = || {
        let wrong = |fault| Problem::Failed(format!("{world}: {fault:?}"));
        simulation.tick().map(|()| simulation.all_ended()).map_err(wrong)
    };
    for _ in 0..FIRST {
        tick()?;
    }
    let (began, cpu) = (Instant::now(), machine::cpu_seconds());
    let mut ticks = 0;
    while ticks < TICKS || began.elapsed().as_secs_f64() < SECONDS {
        // A world that has stopped costs nothing more.
        if tick()? {
            break;
        }
        ticks += 1;
    }
    let done = (ticks.max(1) * agents) as f64;
    let spent = machine::cpu_seconds().zip(cpu).map_or(f64::NAN, |(after, before)| after - before);
    Ok(Measured {
        world: world.to_owned(),
        agents,
        ticks,
        agent_ticks_per_second: done / began.elapsed().as_secs_f64(),
        cpu_ns_per_agent: spent / done * 1e9,
        bytes_per_agent: bytes as f64,
    })
}
