//! `events.parquet`: cascades with their sizes, interventions, groups that stop.

use super::files::EVENTS;
use crate::groups::Count;
use crate::interventions::happens;
use crate::record::error::RunError;
use crate::record::events::{Event, Events, EventsSpec};
use crate::scenario::Scenario;
use crate::scenario::sections::EventKind;
use crate::simulation::Simulation;
use std::path::Path;

/// Words for what is no intervention.
const CASCADE: &str = "cascade";
const GROUP: &str = "group_ended";
const DEPTH: &str = "cascade_depth";
const WAVE: &str = "cascade_wave";

/// The table of a run that goes on.
pub(super) struct Table {
    events: Events,
    kinds: Vec<EventKind>,
    /// codes of the interventions, in the order of the world file
    codes: Vec<u8>,
}

impl Table {
    /// The table, if the world asks for one, after its first `rows`; none: from the beginning.
    pub(super) fn open(
        folder: &Path,
        s: &Scenario,
        facts: &[(String, String)],
        rows: Option<u64>,
    ) -> Result<Option<Table>, RunError> {
        if s.record.events.is_empty() {
            return Ok(None);
        }
        let (words, codes) = words(s);
        let spec = EventsSpec {
            agents: s.layout.agents as u64,
            kinds: words,
            constants: vec![],
            facts: facts.to_vec(),
        };
        let path = folder.join(EVENTS);
        let events = match rows {
            None => Events::create(&path, &spec)?,
            Some(rows) => Events::resume(&path, &spec, rows)?,
        };
        Ok(Some(Table { events, kinds: s.record.events.clone(), codes }))
    }

    /// Appends what happened in the present tick.
    pub(super) fn record(&mut self, simulation: &Simulation) -> Result<(), RunError> {
        let (s, groups) = (simulation.scenario(), simulation.groups());
        let tick = simulation.ticks_done();
        let plain = Event { tick, group: None, event: 0, agent: None, value: f64::NAN };
        let many = groups.state.len() > 1;
        let name = |group: usize| many.then(|| u32::try_from(group).expect("agents are below 2^32"));
        if self.kinds.contains(&EventKind::Interventions) && tick > 0 {
            let reached = groups.tallies.reached();
            for (nth, intervention) in s.interventions.iter().enumerate() {
                if !happens(intervention, tick) {
                    continue;
                }
                let value = reached.iter().find(|(other, _)| *other == nth);
                let value = value.map_or(f64::NAN, |(_, agents)| *agents as f64);
                self.events.push(Event { event: self.codes[nth], value, ..plain })?;
            }
        }
        if self.kinds.contains(&EventKind::Cascades) && s.follows_cascades() && tick > 0 {
            for (nth, group) in groups.state.iter().enumerate() {
                if !group.ended || group.end_tick == tick {
                    for (event, count) in [(0, Count::Reached), (2, Count::Waves)] {
                        let value = groups.tallies.count(nth..nth + 1, count) as f64;
                        self.events.push(Event { group: name(nth), event, value, ..plain })?;
                    }
                }
            }
        }
        if self.kinds.contains(&EventKind::Cascades) && s.counts_waves() && tick > 0 {
            for (nth, group) in groups.state.iter().enumerate() {
                let value = groups.tallies.count(nth..nth + 1, Count::Reached) as f64;
                if value > 0.0 && (!group.ended || group.end_tick == tick) {
                    self.events.push(Event { group: name(nth), event: 3, value, ..plain })?;
                }
            }
        }
        if self.kinds.contains(&EventKind::Groups) {
            for (nth, group) in groups.state.iter().enumerate() {
                if group.ended && group.end_tick == tick {
                    let value = group.steps_done(groups.size) as f64;
                    self.events.push(Event { group: name(nth), event: 1, value, ..plain })?;
                }
            }
        }
        Ok(())
    }

    /// Makes the events so far a whole file; returns their number.
    pub(super) fn checkpoint(&mut self) -> Result<u64, RunError> {
        self.events.checkpoint()
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<(), RunError> {
        self.events.finish()
    }
}

/// The words of the table, and the code of each intervention: its name, or its place in the file.
fn words(s: &Scenario) -> (Vec<String>, Vec<u8>) {
    let mut words = [CASCADE, GROUP, DEPTH, WAVE].map(str::to_owned).to_vec();
    let mut codes = vec![];
    for (nth, intervention) in s.interventions.iter().enumerate() {
        let word = intervention.name.clone().unwrap_or_else(|| format!("intervention_{nth}"));
        let code = words.iter().position(|known| *known == word).unwrap_or_else(|| {
            words.push(word);
            words.len() - 1
        });
        // The table takes at most 256 words and says so; beyond that the code is of no meaning.
        codes.push(u8::try_from(code).unwrap_or(u8::MAX));
    }
    (words, codes)
}
