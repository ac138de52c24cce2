//! Interact: what strangers gave.

use crate::columns::{Mine, Payoff, View};
use crate::groups::Group;
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
}

impl Pass for Receive {
    fn name(&self) -> &'static str {
        "game/receive"
    }

    fn access(&self) -> Access {
        Access::default().write::<Payoff>()
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let gifts = &self.gifts.0[at.range()];
        for (payoff, gifts) in mine.take::<Payoff>().iter_mut().zip(gifts) {
            *payoff += gifts.swap(0, Relaxed) as f32 * self.worth;
        }
    }
}
