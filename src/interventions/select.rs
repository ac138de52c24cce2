//! Which agents an intervention reaches.

use crate::chance::{Permutation, Stream, hits, threshold};
use crate::columns::{Strategy, View};
use crate::pass::{At, fill};
use crate::scenario::Scenario;
use crate::scenario::sections::Selector;

/// Whom an intervention reaches, a stream for each intervention.
const CHOSEN: Stream = Stream::named("intervention/chosen");

/// A selector, ready to be used.
pub(super) struct Select {
    nth: usize,
    who: Selector,
    strategy: Option<u8>,
    stream: Stream,
    chosen: Vec<bool>,
}

impl Select {
    pub(super) fn new(scenario: &Scenario, nth: usize) -> Select {
        let intervention = &scenario.interventions[nth];
        let who = intervention.who.clone().unwrap_or_default();
        let names = scenario.strategy_names();
        let code = |name: &String| names.iter().position(|known| known == name).map(|code| code as u8);
        let strategy = who.strategy.as_ref().and_then(code);
        let name = intervention.name.clone().unwrap_or_else(|| nth.to_string());
        Select { nth, who, strategy, stream: CHOSEN.of(&name), chosen: vec![] }
    }

    /// Whether the strategies must be read.
    pub(super) fn reads_strategy(&self) -> bool {
        self.strategy.is_some()
    }

    /// Chooses the agents of this tick, and notes how many they are.
    pub(super) fn choose(&mut self, at: &At, view: &View) {
        self.choose_agents(at, view);
        let count = |rows: std::ops::Range<usize>| self.chosen[rows].iter().filter(|&&is| is).count() as u64;
        let reached = crate::pass::fold(0..at.agents, count, |a, b| a + b);
        at.tallies.note_reached(self.nth, reached.unwrap_or(0));
    }

    fn choose_agents(&mut self, at: &At, view: &View) {
        let draws = at.chance.stream(self.stream);
        let (wanted, group) = (self.strategy, self.who.group);
        let strategy = wanted.map(|_| view.col::<Strategy>());
        let prob = self.who.prob.map(threshold);
        let size = at.group_size;
        self.chosen.resize(at.agents, false);
        fill(&mut self.chosen, |first, out| {
            for (k, out) in out.iter_mut().enumerate() {
                let agent = first + k;
                *out = strategy.is_none_or(|strategy| Some(strategy[agent]) == wanted)
                    && group.is_none_or(|group| (agent / size) as u64 == group)
                    && prob.is_none_or(|prob| hits(draws.at(agent as u64), prob));
            }
        });
        if self.who.count.is_none() && self.who.share.is_none() {
            return;
        }
        for (group, chosen) in self.chosen.chunks_mut(size).enumerate() {
            let of: Vec<usize> = (0..size).filter(|&place| chosen[place]).collect();
            let share = self.who.share.map(|share| (share * size as f64).round() as usize);
            let count = self.who.count.map_or(share.unwrap_or(0), |count| count as usize).min(of.len());
            let mut places: Vec<u32> = (0..count as u32).collect();
            // Streams of groups are apart from those of agents: agents stand below 2^32.
            let address = (1 << 40) + group as u64;
            Permutation::new(draws, address, of.len().max(1) as u32).forward(&mut places);
            chosen.fill(false);
            places.iter().for_each(|&place| chosen[of[place as usize]] = true);
        }
    }

    pub(super) fn chosen(&self, at: &At) -> &[bool] {
        &self.chosen[at.range()]
    }
}
