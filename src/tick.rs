//! A tick, on one screen: the phases in order, and in each the passes that the world file asks for.

use crate::pass::{self, Pass};
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::{ScheduleLabel, SingleThreadedExecutor};

/// The parts of a tick, in order. A pass reads what was there when it began and writes only the columns it names.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// parameters are set, agents adopt what an intervention gives them
    Intervene,
    /// agents meet, act, are paid, judged and punished
    Interact,
    /// what sanctions do outside of meetings
    Sanction,
    /// agents learn, strategies mutate
    Learn,
    /// what spreads, spreads
    Cascade,
    /// births and deaths
    Turnover,
    /// what is kept of the tick is taken
    Measure,
}

/// The phases, in order.
pub const PHASES: [Phase; 7] = [
    Phase::Intervene,
    Phase::Interact,
    Phase::Sanction,
    Phase::Learn,
    Phase::Cascade,
    Phase::Turnover,
    Phase::Measure,
];

/// The schedule of one tick.
#[derive(ScheduleLabel, Clone, PartialEq, Eq, Hash, Debug)]
pub struct Tick;

/// A pass that has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// its phase
    pub phase: Phase,
    /// its name
    pub pass: &'static str,
    /// bytes an agent of the columns that it reads, copies and writes
    pub bytes: usize,
}

/// Who is told of each pass when it has run, where the engine is measured. Nothing of it reaches the agents.
#[derive(Resource)]
pub struct Onlooker(pub Box<dyn FnMut(&Done) + Send + Sync>);

/// What a world does in a tick: passes with their phases, in the order of the world file.
pub type Passes = Vec<(Phase, Box<dyn Pass>)>;

/// The schedule of a world. A phase without a pass costs nothing; a researcher's own system joins one with
/// `.in_set(Phase::Learn)`.
pub fn schedule(world: &mut World, passes: Passes) -> Schedule {
    let mut tick = Schedule::new(Tick);
    tick.set_executor(SingleThreadedExecutor::new()); // rayon works inside passes
    for pair in PHASES.windows(2) {
        tick.configure_sets(pair[0].before(pair[1]));
    }
    let mut count = std::collections::BTreeMap::new();
    for (phase, pass) in passes {
        let nth: u16 = *count.entry(phase).and_modify(|n| *n += 1).or_insert(0);
        let done = Done { phase, pass: pass.name(), bytes: pass.access().moved_bytes() };
        let system = pass::system(world, pass);
        let system = match world.contains_resource::<Onlooker>() {
            true => (system, move |mut onlooker: ResMut<Onlooker>| (onlooker.0)(&done)).chain(),
            false => system.into_configs(),
        };
        tick.add_systems(system.in_set(Nth(phase, nth)).in_set(Built(phase)).in_set(phase));
        if nth > 0 {
            // bevy does not order the members of a set: the passes of a phase are numbered.
            tick.configure_sets(Nth(phase, nth - 1).before(Nth(phase, nth)));
        }
    }
    tick
}

/// The passes that the world file asks for in a phase; a researcher's own systems come after them.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Built(pub Phase);

/// The nth pass of a phase.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Nth(Phase, u16);
