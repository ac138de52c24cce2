//! Learn: agents choose a strategy by how many follow it, or by what it would earn.

use super::expected::Expected;
use super::generation::counts;
use super::heard::Lists;
use super::imitate::{DECISION, ModelsOf};
use super::mutate::Revision;
use crate::columns::{Mine, Strategy, View};
use crate::groups::Group;
use crate::learning::{Learning, Models};
use crate::partners::Structure;
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// Most strategies of a world.
const KINDS: usize = 128;

/// One learner's choice, the same on both clocks.
#[derive(Clone)]
pub struct Chooser {
    rule: Arc<dyn Learning>,
    prospects: Option<Arc<Expected>>,
    /// whether everyone meets itself too
    meets_self: bool,
    /// strategies that can be chosen for what they would earn: those that can change
    open: Vec<u8>,
    /// the strategy of empty places, where there can be some: it is nobody's
    empty: Option<u8>,
}

impl Chooser {
    /// `prospects` says what strategies would earn, where the rule asks for it.
    pub fn new(
        rule: Arc<dyn Learning>,
        prospects: Option<Expected>,
        meets_self: bool,
        open: Vec<u8>,
        empty: Option<u8>,
    ) -> Chooser {
        Chooser { rule, prospects: prospects.map(Arc::new), meets_self, open, empty }
    }

    /// The strategy that a learner of strategy `own` chooses; `others` counts its models without itself.
    pub(super) fn choose(&self, own: u8, others: &mut [u32], draw: u64) -> u8 {
        let mut values = [0.0; KINDS];
        match self.rule.models() {
            Models::Numbers { choice, with_self } => {
                for (value, &n) in values.iter_mut().zip(&*others) {
                    *value = f64::from(n);
                }
                if let Some(empty) = self.empty {
                    values[usize::from(empty)] = 0.0;
                }
                values[usize::from(own)] += f64::from(u8::from(with_self));
                if self.empty.is_some() && values[..others.len()].iter().all(|&n| n == 0.0) {
                    return own;
                }
                choice.choose(usize::from(own), &values[..others.len()], draw) as u8
            }
            Models::Prospects(choice) => {
                let place = self.open.iter().position(|&code| code == own);
                let (Some(place), Some(expected)) = (place, &self.prospects) else { return own };
                let live = self.empty.map_or(others.len(), usize::from);
                if !self.meets_self && others[..live].iter().all(|&n| n == 0) {
                    return own;
                }
                for (value, &code) in values.iter_mut().zip(&self.open) {
                    others[usize::from(code)] += u32::from(self.meets_self);
                    *value = expected.payoff(code, others);
                    others[usize::from(code)] -= u32::from(self.meets_self);
                }
                self.open[choice.choose(place, &values[..self.open.len()], draw)]
            }
            _ => own,
        }
    }

    /// What a learner of strategy `own` earns among `others`, if the rule asks for it.
    pub(super) fn earns(&self, own: u8, others: &mut [u32]) -> Option<f64> {
        let expected = self.prospects.as_ref()?;
        others[usize::from(own)] += u32::from(self.meets_self);
        let payoff = expected.payoff(own, others);
        others[usize::from(own)] -= u32::from(self.meets_self);
        payoff.is_finite().then_some(payoff)
    }
}

/// Everybody chooses at once.
pub struct Choose {
    chooser: Chooser,
    from: ModelsOf,
    every: u64,
    revision: Revision,
    strategies: usize,
    /// agents of each strategy in each group, where everybody of it is a model
    counts: Vec<Vec<u32>>,
}

impl Choose {
    /// Agents choose after every so many ticks, in a world of so many strategies.
    pub fn new(
        chooser: Chooser,
        from: ModelsOf,
        every: u64,
        revision: Revision,
        strategies: usize,
    ) -> Choose {
        Choose { chooser, from, every, revision, strategies, counts: vec![] }
    }

    fn whole_group(&self) -> bool {
        matches!(&self.from, ModelsOf::Structure(structure) if structure.complete())
    }

    /// Agents whose models are listed; all of a meeting share what is left to chance.
    fn listed(&self, at: &At, strategies: &[u8], choice: &mut [u8]) {
        let draws = at.chance.stream(DECISION);
        let meets = matches!(self.from, ModelsOf::Meeting(_));
        let lists = Lists::of(&self.from, at);
        let mut others = vec![0u32; self.strategies];
        for (place, choice) in choice.iter_mut().enumerate() {
            let models = lists.of_place(place);
            others.fill(0);
            for &model in models {
                others[usize::from(strategies[model as usize])] += 1;
            }
            let own = (at.first + place) as u32;
            let first = models.iter().copied().min().filter(|_| meets).unwrap_or(own);
            *choice = self.chooser.choose(*choice, &mut others, draws.at(u64::from(first.min(own))));
        }
    }
}

impl Pass for Choose {
    fn name(&self) -> &'static str {
        "learning/choose"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Strategy>();
        // The numbers of whole groups are counted before; single models are looked up as they were.
        if self.whole_group() { access } else { access.read::<Strategy>() }
    }

    fn by_group(&self) -> bool {
        self.from.by_group()
    }

    fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    fn prepare(&mut self, at: &At, view: &View) {
        if !self.whole_group() {
            return;
        }
        let (strategy, size, kinds) = (view.col::<Strategy>(), at.group_size, self.strategies);
        self.counts.resize(at.agents / size, vec![]);
        fill(&mut self.counts, |first, out| {
            for (nth, out) in out.iter_mut().enumerate() {
                *out = counts(&strategy[(first + nth) * size..][..size], kinds);
            }
        });
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let choice = mine.take::<Strategy>();
        let mut before = [0u8; BLOCK];
        before[..at.len].copy_from_slice(choice);
        if self.whole_group() {
            let draws = at.chance.stream(DECISION);
            at.each_group(|group, block| {
                let mut others = self.counts[group].clone();
                for place in block {
                    let own = choice[place];
                    if self.chooser.empty == Some(own) {
                        continue;
                    }
                    others[usize::from(own)] -= 1;
                    choice[place] =
                        self.chooser.choose(own, &mut others, draws.at((at.first + place) as u64));
                    others[usize::from(own)] += 1;
                }
            });
        } else {
            self.listed(at, view.col::<Strategy>(), choice);
        }
        self.revision.settle(at, &before, choice);
    }
}

/// Counts the strategies of an agent's models, itself not among them, and calls `f` with the numbers.
pub(super) fn among_others<T>(
    structure: &dyn Structure,
    [first, agent]: [usize; 2],
    strategy: &[u8],
    (counts, room): (&mut [u32], &mut Vec<u32>),
    f: impl FnOnce(&mut [u32]) -> T,
) -> T {
    let own = usize::from(strategy[agent]);
    if structure.complete() {
        counts[own] -= 1;
        let result = f(counts);
        counts[own] += 1;
        return result;
    }
    let mut others = [0u32; KINDS];
    for &model in structure.neighbours(first + agent, room) {
        others[usize::from(strategy[model as usize - first])] += 1;
    }
    f(&mut others[..counts.len()])
}
