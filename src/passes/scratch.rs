//! Scratch of a block: counters an agent, and what is done with them.

use super::punishes::{Motive, Punishes};
use crate::groups::Count;
use crate::kernels::{count_where, wide};
use crate::pass::{At, BLOCK};

/// Adds how many of each act are in `acts` to the tick's counts; `weight` is how often each was done.
pub(super) fn tally_acts(at: &At, acts: &[u8], weight: &[u16], kinds: usize) {
    if !at.counted {
        return;
    }
    at.each_group(|group, block| {
        let (acts, weight) = (&acts[block.clone()], &weight[block]);
        for act in 0..kinds as u8 {
            let done = wide!({
                let rows = acts.iter().zip(weight);
                rows.fold(0u32, |sum, (&a, &w)| sum + (u32::from(w) & u32::from(a == act).wrapping_neg()))
            });
            at.tallies.add(group, Count::Act(act), u64::from(done));
        }
    });
}

/// The same of two acts, where all were done as often.
pub(super) fn tally_two(at: &At, acts: &[u8], times: u64) {
    if !at.counted {
        return;
    }
    at.each_group(|group, block| {
        let second = wide!(count_where(&acts[block.clone()], |act| act));
        for (act, done) in [(0, block.len() as u64 - second), (1, second)] {
            at.tallies.add(group, Count::Act(act), done * times);
        }
    });
}

/// Adds how many partners did the second of two acts, and the squares of these numbers, by one's own act.
#[inline(always)]
pub(super) fn tally_faced(at: &At, acts: &[u8], faced: &[u8]) {
    if !at.counted {
        return;
    }
    at.each_group(
        #[inline(always)]
        |group, block| {
            let (acts, faced) = (&acts[block.clone()], &faced[block]);
            for act in 0..2u8 {
                let (mut sum, mut squares) = (0u32, 0u32);
                for (&a, &n) in acts.iter().zip(faced) {
                    let n = u32::from(n) & u32::from(a == act).wrapping_neg();
                    (sum, squares) = (sum + n, squares + n * n);
                }
                at.tallies.add(group, Count::Faced(act), sum.into());
                at.tallies.add(group, Count::FacedSquared(act), squares.into());
            }
        },
    );
}

/// Fines and fees of a block, and for what the fines were.
pub(super) struct Fines {
    pub(super) fines: [u32; BLOCK],
    pub(super) fees: [u32; BLOCK],
    /// 1 where the agent punished in the meeting that was looked at last
    pub(super) pays: [u8; BLOCK],
    /// fines for helping, for not punishing, for one's strategy
    pub(super) odd: [[u32; BLOCK]; 3],
}

impl Fines {
    /// For each of several sanctions.
    pub(super) fn of_each(punishes: &[Punishes]) -> Vec<Fines> {
        punishes.iter().map(|_| Fines::none()).collect()
    }

    pub(super) fn none() -> Fines {
        Fines { fines: [0; BLOCK], fees: [0; BLOCK], pays: [0; BLOCK], odd: [[0; BLOCK]; 3] }
    }

    /// Notes a fine of the `k`th agent for a motive, 0 for none.
    #[inline]
    pub(super) fn fine(&mut self, k: usize, motive: u8) {
        self.fine_by(k, motive, 1);
    }

    /// Notes so many of them.
    #[inline]
    pub(super) fn fine_by(&mut self, k: usize, motive: u8, number: u32) {
        self.fines[k] += u32::from(motive != 0) * number;
        if motive > 1 {
            self.odd[usize::from(motive - 2)][k] += number;
        }
    }

    /// What the fines and fees cost, and the tick's counts of them.
    pub(super) fn settle(&self, at: &At, punishes: &Punishes, earned: &mut [f32]) {
        for ((earned, &fines), &fees) in earned.iter_mut().zip(&self.fines).zip(&self.fees) {
            *earned -= fines as f32 * punishes.fine + fees as f32 * punishes.fee;
        }
        tally_fines(at, &self.fines[..at.len], &self.fees[..at.len]);
        let motives = [Motive::Cooperation, Motive::Omission, Motive::Kind];
        for (fines, motive) in self.odd.iter().zip(motives) {
            at.each_group(|group, block| {
                let sum = fines[block].iter().map(|&count| u64::from(count)).sum();
                at.tallies.add(group, Count::Motive(motive as u8), sum);
            });
        }
    }
}

/// Adds the fines received and the fees paid in a block to the tick's counts.
fn tally_fines(at: &At, fines: &[u32], fees: &[u32]) {
    at.each_group(|group, block| {
        let sum = |counts: &[u32]| counts.iter().map(|&count| u64::from(count)).sum();
        let punished = fines[block.clone()].iter().filter(|&&fines| fines > 0).count() as u64;
        at.tallies.add(group, Count::Punished, punished);
        at.tallies.add(group, Count::Fines, sum(&fines[block.clone()]));
        at.tallies.add(group, Count::Fees, sum(&fees[block]));
    });
}

/// Writes a tick's payoffs, or adds them to those since the last learning.
pub(super) fn settle(fresh: bool, earned: &[f32], payoff: &mut [f32]) {
    if fresh {
        payoff.copy_from_slice(&earned[..payoff.len()]);
    } else {
        for (payoff, earned) in payoff.iter_mut().zip(earned) {
            *payoff += earned;
        }
    }
}
