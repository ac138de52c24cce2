//! Scratch of a block: counters an agent, and what is done with them.

use crate::groups::Count;
use crate::pass::At;

/// Adds how many of each act are in `acts` to the tick's counts; `weight` is how often each was done.
pub(super) fn tally_acts(at: &At, acts: &[u8], weight: &[u16], kinds: usize) {
    at.each_group(|group, block| {
        let (acts, weight) = (&acts[block.clone()], &weight[block]);
        for act in 0..kinds as u8 {
            let rows = acts.iter().zip(weight);
            let done =
                rows.fold(0u32, |sum, (&a, &w)| sum + (u32::from(w) & u32::from(a == act).wrapping_neg()));
            at.tallies.add(group, Count::Act(act), u64::from(done));
        }
    });
}

/// Adds the fines received and the fees paid in a block to the tick's counts.
pub(super) fn tally_fines(at: &At, fines: &[u16], fees: &[u16]) {
    at.each_group(|group, block| {
        let sum = |counts: &[u16]| counts.iter().map(|&count| u64::from(count)).sum();
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
