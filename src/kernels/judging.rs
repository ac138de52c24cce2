//! Judgement of donors by what they did, how they stand and how the recipient stands: a table looked up.

use super::{lookup, wide};
use crate::chance::hits;
use crate::passes::Judged;

/// The new reputations of donors.
#[inline(always)]
pub(super) fn judge(judged: &Judged, draws: &[u64], reputations: &mut [u8], (helps, seen): (&[u8], &[u8])) {
    let (verdicts, help, error) = judged.parts();
    let mut table = [0; 32];
    table[..8].copy_from_slice(&verdicts);
    for ((reputation, &act), &recipient) in reputations.iter_mut().zip(helps).zip(seen) {
        *reputation = u8::from(act == help) << 2 | *reputation << 1 | recipient;
    }
    lookup(&table, reputations);
    wide!({
        for (reputation, &draw) in reputations.iter_mut().zip(draws) {
            *reputation ^= u8::from(hits(draw, error));
        }
    });
}
