//! What a run will take, before it takes it: memory and disk from the world, time from a rough table of rates.
//!
//! Nothing here allocates by the number of agents: the passes are sketched on a structure that has not grown and
//! asked what they will keep.

use crate::assemble::{self, Assembly};
use crate::columns::{COHORT, ColumnDef, Dtype, Payoff};
use crate::pass::Pass;
use crate::record::writer::{PIECE_ROWS, pieces};
use crate::registry::Clock;
use crate::scenario::Scenario;
use crate::scenario::sections::GraphOf;
use crate::structures::{Layout, Placed, Shape};
use crate::{interventions, kernels, run};
use std::any::TypeId;

/// Resident bytes beside what is listed: the program itself and its schedule (27 MiB with a handful of agents), and what the
/// allocator keeps for a moment or rounds up.
const PROGRAM: u64 = 32 << 20;

/// The same for each thread beyond the first: its stack, its queue, its share of the allocator.
const THREAD: u64 = 150_000;

/// What a group takes while a checkpoint and the table of outcomes are written: its counts once more.
const GROUP_SAVED: u64 = 155;

/// What the encoder of snapshots takes, whatever it encodes, and for each row of a row group beside its values.
const ENCODER: u64 = 8 << 20;
const ENCODED_ROW: u64 = 8;

/// What a run will take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// parts of the memory, in bytes
    pub memory: Vec<(&'static str, u64)>,
    /// files, in bytes: an upper bound, since files are compressed
    pub disk: Vec<(&'static str, u64)>,
    /// wall seconds, roughly: within a factor of two or three on a machine of 2020 to 2026
    pub seconds: f64,
    /// kernels that take the place of passes
    pub kernels: Vec<&'static str>,
    /// agents of the world
    pub agents: u64,
    /// bytes of the memory that more agents would not change
    pub fixed: u64,
}

impl Plan {
    /// Bytes of memory, all together.
    pub fn memory_bytes(&self) -> u64 {
        self.memory.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }

    /// About how many agents fit into so many bytes of memory: two digits, rounded down.
    pub fn largest(&self, memory: u64) -> u64 {
        let growing = self.memory_bytes().saturating_sub(self.fixed).max(1);
        let room = memory.saturating_sub(self.fixed);
        let fits = u128::from(room) * u128::from(self.agents) / u128::from(growing);
        let fits = u64::try_from(fits).unwrap_or(u64::MAX);
        let unit = 10u64.pow(fits.checked_ilog10().unwrap_or(0).saturating_sub(1));
        fits / unit * unit
    }
}

/// What running a world with so many threads will take. Columns of a researcher's own come on top.
pub fn plan(scenario: &Scenario, threads: usize) -> Plan {
    let s = scenario;
    let (agents, groups) = (s.layout.agents as u64, s.layout.groups() as u64);
    let mut passes = interventions::passes(s, None);
    passes.extend(Assembly::sketch(s).passes());
    interventions::freeze(s, None, &mut passes);
    let kernels = if kernels::serve(s) { kernels::fuse(&mut passes) } else { vec![] };
    crate::simulation::code_payoffs(s, &mut passes);
    let passes: Vec<&dyn Pass> = passes.iter().map(|(_, pass)| &**pass).collect();
    let program = PROGRAM + THREAD * (threads.max(1) as u64 - 1);
    let pool = pool(s, passes.iter().any(|pass| pass.counted().is_some()));
    let (ties, while_grown) = s.layers().fold((0u64, 0u64), |(kept, peak), (keys, network)| {
        let layout = Layout { shared: keys.graph == GraphOf::Shared, ..s.layout };
        let room = network.room(layout);
        // One layer is made after the other; of several each is put down anew, in the numbers of the population.
        let placed = if s.further.is_empty() { 0 } else { Placed::estimate(agents, room.ends) };
        (kept + room.kept.max(placed), peak.max(kept + room.most + placed))
    });
    let copies: u64 = passes.iter().map(|pass| pass.access().kept_bytes(agents as usize) as u64).sum();
    let mirrors: u64 = passes.iter().map(|pass| pass.mirror_bytes(agents, threads.max(1) as u64)).sum();
    let kept = copies + mirrors + pool;
    let making = while_grown.saturating_sub(ties).max(start_bytes(s));
    let columns = assemble::columns(s);
    let memory = vec![
        ("program", program),
        ("columns", columns.iter().map(|column| stored(column, agents)).sum()),
        ("ties", ties),
        ("groups", assemble::group_bytes(s)),
        ("groups while they are saved", GROUP_SAVED * groups),
        ("copies of old values", copies),
        ("packed mirrors", mirrors),
        ("snapshots on their way", pool),
        // What is only needed while the world is made is given back before the first tick takes its own.
        ("more while it is made", making.saturating_sub(kept)),
    ];
    let memory = memory.into_iter().filter(|(_, bytes)| *bytes > 0).collect();
    Plan {
        memory,
        disk: disk(s, &columns),
        seconds: seconds(s, &passes, threads),
        kernels,
        agents,
        fixed: program,
    }
}

/// Bytes of a column: whole cohorts, or the lists of the agents.
fn stored(column: &ColumnDef, agents: u64) -> u64 {
    let slots = if column.len == 1 { agents.next_multiple_of(COHORT as u64) } else { agents };
    slots * column.width() as u64
}

/// Scratch of the start: who stands where, where strategies have places of their own, and who starts a cascade.
fn start_bytes(s: &Scenario) -> u64 {
    let size = s.layout.group_size;
    let placed = s.places.iter().any(|place| *place != crate::population::Place::Random);
    let seeds = s.cascade.as_ref().map_or(0, |(keys, _)| crate::simulation::seeds(keys, size));
    let places = if placed { 12 * size as u64 } else { 0 };
    places.max(8 * seeds as u64)
}

/// Bytes of the buffers of snapshots, and of what the encoder holds of a row group. Payoffs that follow from counts are few
/// different numbers, of which a byte a row is kept; where other columns turn out so, too, a run takes less.
fn pool(s: &Scenario, counted: bool) -> u64 {
    if s.record.snapshot_every.get() == 0 {
        return 0;
    }
    let agents = s.layout.agents as u64;
    let (_, columns) = run::recorded(s);
    let width = |column: &ColumnDef| {
        if counted && column.id == TypeId::of::<Payoff>() { 1 } else { column.width() as u64 }
    };
    let widths: u64 = columns.iter().map(width).sum();
    // Ticks, ids and groups are runs of numbers; what people are called in the source is not.
    let named =
        s.structure.as_ref().is_some_and(|(_, network)| matches!(network.shape(), Shape::Read { .. }));
    let row = if named { 8 } else { 0 } + widths;
    let rows = agents.min(PIECE_ROWS as u64);
    pieces(s.layout.agents) as u64 * rows * row + ENCODER + rows * (widths + ENCODED_ROW)
}

/// Bytes of the files of a run that goes to its last tick.
fn disk(s: &Scenario, columns: &[ColumnDef]) -> Vec<(&'static str, u64)> {
    let (agents, ticks) = (s.layout.agents as u64, s.run.ticks.get());
    let rows =
        |every: u64| ticks.checked_div(every).map_or(2, |rows| rows + 1 + u64::from(ticks % every > 0));
    let (metrics, recorded) = run::recorded(s);
    let mut files = vec![("metrics.parquet", rows(s.record.metrics_every.get()) * (8 * metrics as u64 + 2))];
    if s.record.snapshot_every.get() > 0 {
        let bits: u64 = recorded.iter().map(bits).sum();
        let snapshots = rows(s.record.snapshot_every.get());
        files.push(("agents", snapshots.saturating_mul(agents * bits / 8)));
    }
    let state: u64 = columns.iter().map(|column| column.width() as u64 * agents).sum();
    files.push(("checkpoint", state + assemble::group_bytes(s)));
    files
}

/// Bits of a value in a snapshot: codes are packed, numbers stay as long as they are.
fn bits(column: &ColumnDef) -> u64 {
    match (column.dtype, column.labels.len() as u64) {
        (Dtype::Bool, _) => 1,
        (_, 0) => 8 * column.width() as u64,
        (_, labels) => u64::from(labels.next_power_of_two().ilog2()).max(1),
    }
}

/// Nanoseconds of processor time that each pass takes an agent and tick, as measured or guessed once: of a million agents, whom the
/// caches hold, and of a hundred million, of whom each that is met comes from memory. Learning one by one costs by the
/// meetings that are evaluated for it.
const RATES: &[(&str, [f64; 2])] = &[
    ("game/meet", [18.0, 45.0]),
    ("game/meet-group", [25.0, 50.0]),
    ("game/expected", [1.0, 1.0]),
    ("game/receive", [2.0, 4.0]),
    ("learning/imitate", [12.0, 30.0]),
    ("learning/generation", [60.0, 90.0]),
    ("learning/choose", [40.0, 60.0]),
    ("learning/listen", [60.0, 90.0]),
    ("learning/reinforce", [25.0, 30.0]),
    ("learning/select", [120.0, 180.0]),
    ("learning/speak", [25.0, 40.0]),
    ("mutation/mutate", [3.0, 3.0]),
    ("cascade/spread", [8.0, 16.0]),
    ("cascade/follow", [20.0, 30.0]),
    ("kernels/frontier", [4.0, 8.0]),
    ("kernels/lattice", [1.0, 1.0]),
    ("kernels/matched", [20.0, 45.0]),
    ("kernels/pairs", [9.0, 20.0]),
    ("kernels/strangers", [16.0, 40.0]),
];

/// A pass that the table does not name.
const RATE: [f64; 2] = [10.0, 15.0];

/// An elementary step of the asynchronous clock: with a kernel, and one agent after the other.
const STEPS: [f64; 2] = [30.0, 150.0];

/// Wall nanoseconds in which a byte of the state is made, hashed and written at the end: 2 where memory and disk were in use
/// before, 6 where both are touched for the first time.
const STATE: f64 = 4.0;

/// Nanoseconds of processor time in which an end of a tie is drawn and put in its place.
const END: f64 = 140.0;

fn seconds(s: &Scenario, passes: &[&dyn Pass], threads: usize) -> f64 {
    let agents = s.layout.agents as f64;
    let beyond_caches = ((agents / 1e6).log10() / 2.0).clamp(0.0, 1.0);
    let between = |[near, far]: [f64; 2]| near + (far - near) * beyond_caches;
    let rate = |pass: &&dyn Pass| {
        let row = RATES.iter().find(|(name, _)| *name == pass.name());
        between(row.map_or(RATE, |row| row.1))
    };
    let stepwise = s.clock == Clock::Asynchronous;
    let step = STEPS[usize::from(passes.iter().all(|pass| pass.name() != "kernels/steps"))];
    let tick: f64 = if stepwise { step } else { passes.iter().map(rate).sum() };
    // Groups are walked by one thread each; everything else is split among all.
    let shared = if stepwise { threads.min(s.layout.groups()) } else { threads };
    let columns: u64 = assemble::columns(s).iter().map(|column| stored(column, s.layout.agents as u64)).sum();
    let ends: u64 = s
        .layers()
        .map(|(keys, network)| {
            network.room(Layout { shared: keys.graph == GraphOf::Shared, ..s.layout }).ends
        })
        .sum();
    let start = STATE * columns as f64 + END * ends as f64 / threads.max(1) as f64;
    let ticks = tick * agents * s.run.ticks.get() as f64 / shared.max(1) as f64;
    1e-9 * (start + ticks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds;

    #[test]
    fn every_shipped_world_has_a_plan() {
        for name in worlds::names() {
            let scenario = worlds::source(name).unwrap().read().unwrap();
            let plan = plan(&scenario, 2);
            let columns: u64 = plan.memory.iter().filter(|part| part.0 == "columns").map(|part| part.1).sum();
            let least: usize = assemble::columns(&scenario).iter().map(ColumnDef::width).sum();
            assert!(columns >= (least * scenario.layout.agents) as u64, "{name}");
            assert!(plan.memory_bytes() > plan.fixed && plan.seconds >= 0.0, "{name}");
        }
    }

    #[test]
    fn a_plan_names_the_kernels_that_a_run_takes() {
        let names = |name: &str, kernels: &str| {
            let changes = [("run.kernels".to_string(), kernels.to_string())];
            let source = worlds::source(name).unwrap().set(&changes).unwrap();
            plan(&source.read().unwrap(), 1).kernels
        };
        assert_eq!(names("nowak-may", "true"), ["kernels/lattice"]);
        assert!(names("nowak-may", "false").is_empty());
    }

    #[test]
    fn a_world_of_a_billion_is_planned_without_taking_its_memory() {
        let source = worlds::source("donation").unwrap();
        let changes = [("population.agents".to_string(), "4_000_000_000".to_string())];
        let scenario = source.set(&changes).unwrap().read().unwrap();
        let before = crate::machine::peak_resident().unwrap_or(0);
        let plan = plan(&scenario, 2);
        // Strategy, reputation and payoff, and the kernel's two bytes.
        let bytes = 4_000_000_000 * 8;
        assert!((bytes..bytes + bytes / 20).contains(&plan.memory_bytes()), "{}", plan.memory_bytes());
        assert!(crate::machine::peak_resident().unwrap_or(0) - before < 100_000_000);
    }

    #[test]
    fn the_largest_number_that_fits_is_rounded_down() {
        let plan =
            Plan { memory: vec![("a", 110), ("b", 1000)], agents: 1000, fixed: 110, ..Plan::default() };
        assert_eq!([plan.largest(610), plan.largest(1_234_567), plan.largest(100)], [500, 1_200_000, 0]);
    }
}
