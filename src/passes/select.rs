//! Learn: a generation in which some of a group are replaced by others, as their payoffs or a trait decide.

use super::generation::live_groups;
use super::imitate::{DECISION, MODEL};
use super::inherit::Parents;
use super::mutate::Revision;
use crate::columns::{ColumnDef, Mine, Payoff, Strategy, View};
use crate::groups::Group;
use crate::learning::{Learning, Models};
use crate::pass::{Access, At, BLOCK, Pass};
use std::sync::Arc;

/// Everybody gets a parent of its group; a survivor is its own.
pub struct Select {
    rule: Arc<dyn Learning>,
    /// what decides: payoffs, or a trait
    by: ColumnDef,
    every: u64,
    revision: Revision,
    copies_strategy: bool,
    /// the strategy of empty places, where there can be some: they take no part
    pub empty: Option<u8>,
    /// where to note from whom traits are copied
    noted: Option<Arc<Parents>>,
    parents: Vec<u32>,
}

impl Select {
    /// A generation lasts so many ticks; without a trait, payoffs decide.
    pub fn new(rule: Arc<dyn Learning>, by: Option<ColumnDef>, every: u64, revision: Revision) -> Select {
        let by = by.unwrap_or_else(ColumnDef::of::<Payoff>);
        let (copies_strategy, empty, noted, parents) = (true, None, None, vec![]);
        Select { rule, by, every, revision, copies_strategy, empty, noted, parents }
    }

    /// Whether strategies are copied, and where to note from whom traits are.
    #[must_use]
    pub fn copying(self, strategy: bool, traits: Option<Arc<Parents>>) -> Select {
        Select { copies_strategy: strategy, noted: traits, ..self }
    }
}

impl Pass for Select {
    fn name(&self) -> &'static str {
        "learning/select"
    }

    fn access(&self) -> Access {
        Access::default().read::<Strategy>().write::<Strategy>().read_of(&self.by)
    }

    fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        4 * agents + if self.noted.is_some() { 4 * agents } else { 0 }
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let Models::Ranks { selection, .. } = self.rule.models() else { return };
        let (size, by, bytes) = (at.group_size, &self.by, view.raw(&self.by));
        let (keys, places) = (at.chance.stream(DECISION), at.chance.stream(MODEL));
        self.parents.resize(at.agents, 0);
        let (strategies, empty) = (view.col::<Strategy>(), self.empty);
        live_groups(&mut self.parents, size, at.live, |group, parents| {
            let first = group * size;
            let value = |agent: usize| crate::traits::slot(by, bytes, first + agent);
            let lives = |place: &usize| Some(strategies[first + place]) != empty;
            let there: Vec<usize> = (0..size).filter(lives).collect();
            let values: Vec<f64> = there.iter().map(|&place| value(place)).collect();
            if empty.is_none() {
                return selection.parents(&values, keys, places, first, parents);
            }
            let mut among = vec![0; there.len()];
            if there.len() > 1 {
                selection.parents(&values, keys, places, first, &mut among);
            }
            parents.iter_mut().enumerate().for_each(|(place, parent)| *parent = place as u32);
            for (&place, &nth) in there.iter().zip(&among) {
                parents[place] = there[nth as usize] as u32;
            }
        });
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let strategies = view.col::<Strategy>();
        let before = &strategies[at.range()];
        let choice = mine.take::<Strategy>();
        let mut from = [0u32; BLOCK];
        at.each_group(|group, block| {
            for place in block {
                from[place] = (group * at.group_size) as u32 + self.parents[at.first + place];
            }
        });
        if self.copies_strategy {
            for (choice, &parent) in choice.iter_mut().zip(&from) {
                *choice = strategies[parent as usize];
            }
        }
        if let Some(noted) = &self.noted {
            noted.note(at, &self.revision, before, &mut from[..at.len]);
        }
        self.revision.settle(at, before, choice);
    }
}
