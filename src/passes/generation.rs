//! Learn: a new generation draws its parents by fitness (Wright–Fisher).

use super::imitate::MODEL;
use super::inherit::Parents;
use super::mutate::Revision;
use crate::chance::unit64;
use crate::columns::{Mine, Payoff, Strategy, View};
use crate::groups::Group;
use crate::learning::Learning;
use crate::pass::{Access, At, BLOCK, Pass, fill, fold};
use std::sync::Arc;

/// Where fitness comes from.
pub enum FitnessOf {
    /// a constant of the strategy, by code
    Strategy(Vec<f64>),
    /// the agent's payoff
    Payoff,
}

/// Everybody draws a parent.
pub struct Generation {
    /// fitness of a payoff
    pub rule: Arc<dyn Learning>,
    /// where fitness comes from
    pub fitness: FitnessOf,
    /// a generation lasts so many ticks
    pub every: u64,
    /// who takes part, who never changes, who mutates
    pub revision: Revision,
    /// whether strategies are copied
    pub copies_strategy: bool,
    /// where to note from whom traits are copied, where parents are agents
    pub noted: Option<Arc<Parents>>,
    /// the strategy of empty places, where there can be some: it has no offspring
    pub empty: Option<u8>,
    /// running sums of fitness: of the strategies of each group, or of the agents of each group
    sums: Vec<f64>,
    strategies: usize,
    parents: Vec<u8>,
}

impl Generation {
    /// A generation in a world of so many strategies.
    pub fn new(rule: Arc<dyn Learning>, fitness: FitnessOf, every: u64, strategies: usize) -> Generation {
        let revision = Revision::default();
        let (sums, parents) = (vec![], vec![]);
        let (copies_strategy, noted, empty) = (true, None, None);
        Generation {
            rule,
            fitness,
            every,
            revision,
            copies_strategy,
            noted,
            empty,
            sums,
            strategies,
            parents,
        }
    }
}

impl Pass for Generation {
    fn name(&self) -> &'static str {
        "learning/generation"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Strategy>();
        match self.fitness {
            FitnessOf::Strategy(_) => access,
            FitnessOf::Payoff => access.read::<Payoff>(),
        }
    }

    fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        match self.fitness {
            FitnessOf::Strategy(_) => 0,
            FitnessOf::Payoff => (9 + if self.noted.is_some() { 4 } else { 0 }) * agents,
        }
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let strategy = view.col::<Strategy>();
        let (size, empty) = (at.group_size, self.empty);
        if let FitnessOf::Strategy(fitness) = &self.fitness {
            let kinds = self.strategies;
            self.sums.resize(at.agents / size * kinds, 0.0);
            let mut sums = std::mem::take(&mut self.sums);
            live_groups(&mut sums, kinds, at.live, |group, sums| {
                let rows = group * size..(group + 1) * size;
                let mut counts = counts(&strategy[rows], kinds);
                if let Some(empty) = empty {
                    counts[usize::from(empty)] = 0;
                }
                let mut sum = 0.0;
                for ((out, &count), fitness) in sums.iter_mut().zip(&counts).zip(fitness) {
                    sum += f64::from(count) * fitness;
                    *out = sum;
                }
            });
            self.sums = sums;
            return;
        }
        let payoff = view.col::<Payoff>();
        self.parents.clear();
        self.parents.extend_from_slice(strategy);
        self.sums.resize(at.agents, 0.0);
        let rule = &self.rule;
        live_groups(&mut self.sums, size, at.live, |group, sums| {
            let mut sum = 0.0;
            let rows = sums.iter_mut().zip(&payoff[group * size..]).zip(&strategy[group * size..]);
            for ((out, &pay), &own) in rows {
                if Some(own) != empty {
                    sum += rule.fitness(f64::from(pay)).max(0.0);
                }
                *out = sum;
            }
        });
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let choice = mine.take::<Strategy>();
        let mut before = [0u8; BLOCK];
        before[..at.len].copy_from_slice(choice);
        let mut from = [0u32; BLOCK];
        for (from, agent) in from.iter_mut().zip(at.range()) {
            *from = agent as u32;
        }
        let draws = at.chance.stream(MODEL);
        at.each_group(|group, block| {
            let per_strategy = matches!(self.fitness, FitnessOf::Strategy(_));
            let n = if per_strategy { self.strategies } else { at.group_size };
            let sums = &self.sums[group * n..(group + 1) * n];
            let total = sums[n - 1];
            for place in block {
                if total <= 0.0 {
                    continue;
                }
                let point = unit64(draws.at((at.first + place) as u64)) * total;
                let parent = sums.partition_point(|&sum| sum <= point).min(n - 1);
                from[place] = (group * at.group_size + parent) as u32;
                if self.empty == Some(choice[place]) {
                    from[place] = (at.first + place) as u32;
                    continue;
                }
                choice[place] = if per_strategy { parent as u8 } else { self.parents[group * n + parent] };
            }
        });
        if !self.copies_strategy {
            choice.copy_from_slice(&before[..at.len]);
        }
        if let Some(noted) = &self.noted {
            noted.note(at, &self.revision, &before[..at.len], &mut from[..at.len]);
        }
        self.revision.settle(at, &before, choice);
    }
}

/// How many agents there are of each strategy.
pub(crate) fn counts(strategy: &[u8], kinds: usize) -> Vec<u32> {
    let part = |rows: std::ops::Range<usize>| {
        let mut counts = vec![0u32; kinds];
        strategy[rows].iter().for_each(|&s| counts[usize::from(s)] += 1);
        counts
    };
    let add = |mut a: Vec<u32>, b: Vec<u32>| {
        a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        a
    };
    fold(0..strategy.len(), part, add).unwrap_or_else(|| vec![0; kinds])
}

/// Calls `f` with every group that goes on and its `n` values, in parallel.
pub(super) fn live_groups<T: Send>(
    values: &mut [T],
    n: usize,
    live: &[u32],
    f: impl Fn(usize, &mut [T]) + Send + Sync,
) {
    let mut live = live.iter().peekable();
    let all = values.chunks_mut(n).enumerate();
    let mut groups: Vec<(usize, &mut [T])> =
        all.filter(|(group, _)| live.next_if_eq(&&(*group as u32)).is_some()).collect();
    fill(&mut groups, |_, groups| {
        groups.iter_mut().for_each(|(group, values)| f(*group, values));
    });
}
