//! What each pass of a world's tick takes, in processor time of all threads together.

use crate::machine::cpu_seconds;
use crate::simulation::Builder;
use crate::tick::{Done, Phase};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of what a tick does between its passes.
pub const BETWEEN: &str = "between passes";
/// The name of the row of metrics.
pub const METRICS: &str = "metrics";

/// What a pass took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lap {
    /// its phase; none: the engine between passes
    pub phase: Option<Phase>,
    /// its name
    pub pass: &'static str,
    /// bytes an agent of columns that it reads, copies and writes in a tick
    pub bytes: usize,
    /// seconds of processor time so far
    pub seconds: f64,
}

#[derive(Default)]
struct Laps {
    /// the processor time at which what runs now began
    since: f64,
    laps: Vec<Lap>,
}

impl Laps {
    fn add(&mut self, phase: Option<Phase>, pass: &'static str, bytes: usize) {
        let now = cpu_seconds().unwrap_or(f64::NAN);
        let seconds = now - self.since;
        self.since = now;
        let known = self.laps.iter_mut().find(|lap| lap.phase == phase && lap.pass == pass);
        match known {
            Some(lap) => lap.seconds += seconds,
            None => self.laps.push(Lap { phase, pass, bytes, seconds }),
        }
    }
}

/// Measures the passes of one simulation.
#[derive(Default)]
pub struct Stopwatch(Arc<Mutex<Laps>>);

impl Stopwatch {
    /// The simulation, whose passes will be measured.
    #[must_use]
    pub fn on(&self, builder: Builder) -> Builder {
        let laps = Arc::clone(&self.0);
        builder.onlooker(move |done: &Done| {
            let mut laps = laps.lock().unwrap_or_else(PoisonError::into_inner);
            laps.add(Some(done.phase), done.pass, done.bytes);
        })
    }

    fn laps(&self) -> std::sync::MutexGuard<'_, Laps> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tick begins: what was measured of earlier ones stays.
    pub fn begin(&self) {
        self.laps().since = cpu_seconds().unwrap_or(f64::NAN);
    }

    /// All passes of the tick have run.
    pub fn end(&self) {
        self.laps().add(None, BETWEEN, 0);
    }

    /// The row of metrics has been taken.
    pub fn measured(&self) {
        self.laps().add(Some(Phase::Measure), METRICS, 0);
    }

    /// Forgets what was measured so far.
    pub fn clear(&self) {
        self.laps().laps.clear();
    }

    /// What was measured, in the order of a tick; the engine between passes comes last.
    #[must_use]
    pub fn read(&self) -> Vec<Lap> {
        let mut laps = self.laps().laps.clone();
        laps.sort_by_key(|lap| (lap.phase.is_none(), lap.phase));
        laps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Source;
    use crate::simulation::Simulation;

    #[test]
    fn every_pass_is_measured_in_the_order_of_a_tick_and_the_society_stays_the_same() {
        let text = include_str!("../../worlds/donation.toml");
        // Several passes: a kernel would be one.
        let set = [("population.agents", "5000"), ("run.kernels", "false")];
        let set = set.map(|(key, value)| (key.to_string(), value.to_string()));
        let source = Source::of("donation", text).set(&set).unwrap();
        let scenario = Arc::new(source.read().unwrap());
        let watch = Stopwatch::default();
        let mut watched = watch.on(Simulation::of(scenario.clone())).build();
        let mut alone = Simulation::of(scenario).build();
        for _ in 0..3 {
            watch.begin();
            watched.tick().unwrap();
            watch.end();
            watch.measured();
            alone.tick().unwrap();
        }
        assert_eq!(watched.state_hash(), alone.state_hash());
        let laps = watch.read();
        let phases: Vec<Option<Phase>> = laps.iter().map(|lap| lap.phase).collect();
        let wanted = [Some(Phase::Interact), Some(Phase::Learn), Some(Phase::Measure), None];
        let mut seen = phases.clone();
        seen.dedup();
        assert_eq!(seen, wanted, "{laps:?}");
        assert!(laps.iter().all(|lap| lap.seconds >= 0.0), "{laps:?}");
        let meets = laps.iter().find(|lap| lap.phase == Some(Phase::Interact)).unwrap();
        assert!(meets.bytes >= 6 && meets.seconds > 0.0, "strategy, reputation and payoff: {meets:?}");
        watch.clear();
        assert!(watch.read().is_empty());
    }
}
