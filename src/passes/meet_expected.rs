//! Interact: everybody is paid what it would earn on average over all meetings of its group.

use super::expected::Expected;
use super::generation::counts;
use super::scratch::{settle, tally_acts};
use super::terms::Terms;
use crate::columns::{Mine, Payoff, Strategy, View};
use crate::groups::Group;
use crate::pass::{Access, At, BLOCK, Pass, fill};

/// Expected payoffs from the numbers of agents of each strategy.
pub struct ExpectedMeet {
    expected: Expected,
    terms: Terms,
    strategies: usize,
    /// payoff of each strategy in each group
    pays: Vec<Vec<f32>>,
}

impl ExpectedMeet {
    /// Expected payoffs in a world of so many strategies.
    pub fn new(expected: Expected, terms: Terms, strategies: usize) -> ExpectedMeet {
        ExpectedMeet { expected, terms, strategies, pays: vec![] }
    }
}

/// Adds what each strategy of a group earns from each of the others.
fn tally_pairs(at: &At, group: usize, expected: &Expected, counts: &[u32]) {
    let met = |own: usize, other: usize| {
        let alone = own == other && counts[own] < 2 && !expected.with_self;
        counts[own] > 0 && counts[other] > 0 && !alone
    };
    for own in 0..counts.len() {
        for other in (0..counts.len()).filter(|&other| met(own, other)) {
            let pair = [own as u8, other as u8];
            if let Some(pay) = expected.of_pair(pair[0], pair[1]) {
                at.tallies.add_pair(group, pair, pay, 1);
            }
        }
    }
}

impl Pass for ExpectedMeet {
    fn name(&self) -> &'static str {
        "game/expected"
    }

    fn access(&self) -> Access {
        Access::default().read::<Strategy>().write::<Payoff>()
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let strategy = view.col::<Strategy>();
        let (size, kinds, expected) = (at.group_size, self.strategies, &self.expected);
        self.pays.resize(at.agents / size, vec![]);
        fill(&mut self.pays, |first, out| {
            for (nth, pays) in out.iter_mut().enumerate() {
                let rows = (first + nth) * size..(first + nth + 1) * size;
                let mut counts = counts(&strategy[rows], kinds);
                if let Some(empty) = expected.empty {
                    counts[usize::from(empty)] = 0;
                }
                if at.tallies.keeps_pairs() {
                    tally_pairs(at, first + nth, expected, &counts);
                }
                pays.resize(kinds, 0.0);
                for strategy in 0..kinds {
                    if counts[strategy] > 0 {
                        pays[strategy] = expected.payoff_of_member(strategy as u8, &mut counts) as f32;
                    }
                }
            }
        });
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let own = &view.col::<Strategy>()[at.range()];
        let payoff = mine.take::<Payoff>();
        let mut earned = [0f32; BLOCK];
        at.each_group(|group, block| {
            for place in block {
                earned[place] = self.pays[group][usize::from(own[place])];
            }
        });
        settle(self.terms.fresh(at.tick), &earned, payoff);
        if self.terms.acts.is_certain() && self.terms.matches.is_none() {
            let (mut acts, mut there) = ([0u8; BLOCK], [1u16; BLOCK]);
            self.terms.acts.blind(own, &mut acts);
            if let Some(empty) = self.expected.empty {
                there.iter_mut().zip(own).for_each(|(there, &own)| *there = u16::from(own != empty));
            }
            tally_acts(at, &acts[..at.len], &there[..at.len], self.terms.acts.acts);
        }
    }
}
