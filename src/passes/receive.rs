//! Interact: what strangers gave.

use crate::columns::{Mine, Payoff, View};
use crate::counted::Counted;
use crate::groups::{Count, Group};
use crate::kernels::{prefetch, wide};
use crate::pass::{self, Access, At, BLOCK, Pass};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Gifts to agents who cannot know who draws them. ORDER: whole numbers, which commute.
pub struct Gifts {
    agents: usize,
    /// gifts by agent, less the whole bytes that were carried; made when somebody gives: a kernel may have taken the place of
    /// those who would
    given: OnceLock<Vec<AtomicU8>>,
    /// 256 for each time that the byte of an agent was full
    carried: Mutex<BTreeMap<usize, u64>>,
    /// whether anything is there: else nobody needs to lock it
    any_carried: AtomicBool,
}

impl Gifts {
    /// None yet, for so many agents.
    pub fn new(agents: usize) -> Gifts {
        Gifts {
            agents,
            given: OnceLock::new(),
            carried: Mutex::default(),
            any_carried: AtomicBool::new(false),
        }
    }

    fn given(&self) -> &[AtomicU8] {
        self.given.get_or_init(|| (0..self.agents).map(|_| AtomicU8::new(0)).collect())
    }

    /// An act of code `act`, 0 or 1, towards an agent.
    pub fn give(&self, to: usize, act: u8) {
        if act == 1 && self.given()[to].fetch_add(1, Relaxed) == u8::MAX {
            self.carry(to);
        }
    }

    /// The same by each of a block of agents. Those whom they give to are far apart, and called from memory before.
    pub fn give_each(&self, to: &[u32], acts: &[u8]) {
        const AHEAD: usize = 32;
        let (given, alone) = (self.given(), pass::alone());
        for (k, (&agent, &act)) in to.iter().zip(acts).enumerate() {
            if let Some(&later) = to.get(k + AHEAD) {
                prefetch(given, later as usize);
            }
            let gifts = &given[agent as usize];
            if alone {
                // No branch on the act, which nobody can foretell.
                let (more, full) = gifts.load(Relaxed).overflowing_add(u8::from(act == 1));
                gifts.store(more, Relaxed);
                if full {
                    self.carry(agent as usize);
                }
            } else {
                // An addition that others may do too waits for its row, and the next waits for it.
                self.give(agent as usize, act);
            }
        }
    }

    /// Notes that the byte of an agent was full and is empty again.
    #[cold]
    fn carry(&self, agent: usize) {
        self.any_carried.store(true, Relaxed);
        let mut carried = self.carried.lock().unwrap_or_else(PoisonError::into_inner);
        *carried.entry(agent).or_default() += u64::from(u8::MAX) + 1;
    }

    /// Takes what was given to an agent, when nobody gives any more.
    pub fn taken(&self, agent: usize) -> u64 {
        let given = &self.given()[agent];
        let gifts = u64::from(given.load(Relaxed));
        given.store(0, Relaxed);
        if !self.any_carried.load(Relaxed) {
            return gifts;
        }
        let mut carried = self.carried.lock().unwrap_or_else(PoisonError::into_inner);
        let more = carried.remove(&agent).unwrap_or(0);
        self.any_carried.store(!carried.is_empty(), Relaxed);
        gifts + more
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_gifts_than_a_byte_holds_are_all_taken_whoever_gives() {
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads");
            let gifts = Gifts::new(4);
            // The second agent is given nothing, the others 300, 1 and 768 times.
            let list: Vec<u32> = [(0, 300), (2, 1), (3, 768)]
                .into_iter()
                .flat_map(|(agent, times)| std::iter::repeat_n(agent, times))
                .collect();
            for _ in 0..2 {
                pool.install(|| {
                    pass::each(list.chunks(100).collect(), |list: &[u32]| gifts.give_each(list, &[1; 100]));
                    gifts.give_each(&[1, 1, 3], &[0, 0, 1]);
                });
                assert_eq!([0, 1, 2, 3].map(|agent| gifts.taken(agent)), [300, 0, 1, 769], "{threads}");
            }
        }
    }
}
