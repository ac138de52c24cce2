//! Interact: what strangers gave.

use crate::columns::{Mine, Payoff, View};
use crate::counted::Counted;
use crate::groups::{Count, Group};
use crate::pass::{Access, At, Pass};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Gifts to agents who cannot know who draws them. ORDER: whole numbers, which commute.
pub struct Gifts(Vec<AtomicU64>);

impl Gifts {
    /// None yet, for so many agents.
    pub fn new(agents: usize) -> Gifts {
        Gifts((0..agents).map(|_| AtomicU64::new(0)).collect())
    }

    /// An act of code `act`, 0 or 1, towards an agent.
    pub fn give(&self, to: usize, act: u8) {
        if act == 1 {
            self.0[to].fetch_add(1, Relaxed);
        }
    }

    /// Takes what was given to an agent.
    pub fn taken(&self, agent: usize) -> u64 {
        self.0[agent].swap(0, Relaxed)
    }
}

/// Pays what the acts of others were worth, after all have acted.
pub struct Receive {
    /// what was given
    pub gifts: Arc<Gifts>,
    /// what an act of code 1 is worth to who receives it, in payoff units
    pub worth: f32,
    /// what the own act has earned before, where payoffs follow from it and from gifts
    pub earned: Option<[f32; 2]>,
}

impl Receive {
    /// Counts gifts by what who receives them did.
    fn tally(&self, at: &At, payoffs: &[f32], second: f32) {
        let gifts = &self.gifts.0[at.range()];
        at.each_group(|group, block| {
            let (mut sums, mut squares) = ([0; 2], [0; 2]);
            for (payoff, gifts) in payoffs[block.clone()].iter().zip(&gifts[block]) {
                let (act, gifts) = (usize::from(payoff.to_bits() == second.to_bits()), gifts.load(Relaxed));
                sums[act] += gifts;
                squares[act] += gifts * gifts;
            }
            for act in 0..2 {
                at.tallies.add(group, Count::Faced(act as u8), sums[act]);
                at.tallies.add(group, Count::FacedSquared(act as u8), squares[act]);
            }
        });
    }
}

impl Pass for Receive {
    fn name(&self) -> &'static str {
        "game/receive"
    }

    fn access(&self) -> Access {
        Access::default().write::<Payoff>()
    }

    fn counted(&self) -> Option<Counted> {
        self.earned.map(|earned| Counted::gifts(earned, self.worth))
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let payoffs = mine.take::<Payoff>();
        if let Some([_, second]) = self.earned.filter(|_| at.counted && at.tallies.counted.is_some()) {
            self.tally(at, payoffs, second);
        }
        for (payoff, gifts) in payoffs.iter_mut().zip(&self.gifts.0[at.range()]) {
            *payoff += gifts.swap(0, Relaxed) as f32 * self.worth;
        }
    }
}
