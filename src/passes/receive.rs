//! Interact: what strangers gave.

use crate::columns::{Mine, Payoff, View};
use crate::counted::Counted;
use crate::groups::{Count, Group};
use crate::kernels::{prefetch, wide};
use crate::pass::{Access, At, BLOCK, Pass};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

/// Gifts to agents who cannot know who draws them. ORDER: whole numbers, which commute.
pub struct Gifts {
    agents: usize,
    /// made when somebody gives: a kernel may have taken the place of those who would
    given: OnceLock<Vec<AtomicU64>>,
}

impl Gifts {
    /// None yet, for so many agents.
    pub fn new(agents: usize) -> Gifts {
        Gifts { agents, given: OnceLock::new() }
    }

    fn given(&self) -> &[AtomicU64] {
        self.given.get_or_init(|| (0..self.agents).map(|_| AtomicU64::new(0)).collect())
    }

    /// An act of code `act`, 0 or 1, towards an agent.
    pub fn give(&self, to: usize, act: u8) {
        if act == 1 {
            self.given()[to].fetch_add(1, Relaxed);
        }
    }

    /// The same by each of a block of agents. Those whom they give to are far apart, and called from memory before.
    pub fn give_each(&self, to: &[u32], acts: &[u8]) {
        // An addition that others may do too waits for its row, and the next waits for it.
        const AHEAD: usize = 32;
        let given = self.given();
        for (k, (&agent, &act)) in to.iter().zip(acts).enumerate() {
            if let Some(&later) = to.get(k + AHEAD) {
                prefetch(given, later as usize);
            }
            if act == 1 {
                given[agent as usize].fetch_add(1, Relaxed);
            }
        }
    }

    /// Takes what was given to an agent, when nobody gives any more.
    pub fn taken(&self, agent: usize) -> u64 {
        let given = &self.given()[agent];
        let gifts = given.load(Relaxed);
        given.store(0, Relaxed);
        gifts
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
    fn tally(at: &At, payoffs: &[f32], second: f32, gifts: &[u64]) {
        at.each_group(|group, block| {
            let (payoffs, gifts) = (&payoffs[block.clone()], &gifts[block]);
            for act in 0..2 {
                let (sum, squares) = wide!({
                    let rows = payoffs.iter().zip(gifts);
                    rows.fold((0, 0), |(sum, squares), (payoff, &gifts)| {
                        let did = u8::from(payoff.to_bits() == second.to_bits());
                        let gifts = gifts & u64::from(did == act).wrapping_neg();
                        (sum + gifts, squares + gifts * gifts)
                    })
                });
                at.tallies.add(group, Count::Faced(act), sum);
                at.tallies.add(group, Count::FacedSquared(act), squares);
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
        let mut room = [0u64; BLOCK];
        let gifts = &mut room[..at.len];
        gifts.iter_mut().zip(at.range()).for_each(|(gifts, agent)| *gifts = self.gifts.taken(agent));
        if let Some([_, second]) = self.earned.filter(|_| at.counted && at.tallies.counted.is_some()) {
            Receive::tally(at, payoffs, second, gifts);
        }
        wide!(for (payoff, &mut gifts) in payoffs.iter_mut().zip(gifts) {
            *payoff += gifts as f32 * self.worth;
        });
    }
}
