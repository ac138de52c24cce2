//! Loops near the limit of the machine: compiled for the instructions that it has, or fused from several passes.
//!
//! The generic passes are the specification. A kernel looks at the tables of neighbouring passes, never at names, and may
//! take their place where it gives the same bits; a property test compares them on random worlds. Which kernels a world
//! takes is shown by `mores plan` and in the manifest, and `run.kernels = false` leaves them out.
//!
//! This is the one room where `unsafe` may stand, each with its proof.
#![expect(
    unsafe_code,
    reason = "what a machine can do is known when the program runs, not when it is compiled"
)]

mod along;
mod frontier;
mod imitation;
mod judging;
mod lattice;
mod lookup;
mod matched;
mod packed;
mod pairs;
mod prefetch;
mod ranks;
mod shares;
mod square;
mod steps;
mod strangers;
mod tally;
mod torus;
mod watch;
mod width;

pub(crate) use along::{Along, Offsets};
pub use width::Width;
pub(crate) use width::{count_where, in_use, sum_of, wide};

use crate::chance::unit;
use crate::learning::Learning;
use crate::pass::{At, Pass};
use crate::scenario::Scenario;
use crate::tick::Passes;
pub(crate) use lookup::{lookup, lookup_numbers};
use prefetch::{Aligned, call_for, find_each};
pub(crate) use prefetch::{is_far, prefetch, prefetch_next, prefetch_written};
use shares::{Shares, shared};

/// The pass that gives the bits of the first few of these, and how many those are.
type Kernel = fn(&[&dyn Pass]) -> Option<(Box<dyn Pass>, usize)>;

const KERNELS: &[Kernel] = &[
    |passes| of(1, frontier::Frontier::replaces(*passes.first()?)?),
    |passes| of(1, steps::Steps::replaces(*passes.first()?)?),
    |passes| of(1, pairs::Pairs::replaces(*passes.first()?)?),
    |passes| of(2, matched::Matched::replaces(*passes.first()?, *passes.get(1)?)?),
    |passes| of(2, lattice::Lattice::replaces(*passes.first()?, *passes.get(1)?)?),
    |passes| of(3, strangers::Strangers::replaces(*passes.first()?, *passes.get(1)?, *passes.get(2)?)?),
];

fn of(replaced: usize, kernel: impl Pass) -> Option<(Box<dyn Pass>, usize)> {
    Some((Box::new(kernel), replaced))
}

/// Whether a world may take kernels at all.
pub(crate) fn serve(s: &Scenario) -> bool {
    // Payoffs by pair of strategies are counted by the passes alone.
    s.run.kernels && !s.keeps_pairs()
}

/// Puts kernels in the place of the passes that they serve; returns their names. The phase of a kernel is that of the last
/// pass that it replaces.
pub fn fuse(passes: &mut Passes) -> Vec<&'static str> {
    let mut fused = vec![];
    let mut nth = 0;
    while nth < passes.len() {
        let rest: Vec<&dyn Pass> = passes[nth..].iter().map(|(_, pass)| &**pass).collect();
        if let Some((kernel, replaced)) = KERNELS.iter().find_map(|kernel| kernel(&rest)) {
            fused.push(kernel.name());
            let (phase, _) = passes[nth + replaced - 1];
            passes.splice(nth..nth + replaced, [(phase, kernel)]);
        }
        nth += 1;
    }
    fused
}

/// Calls `f` for pieces of the groups that go on: the first agent of the group, of the piece, its length, at most `most`.
fn each_piece(at: &At, most: usize, f: impl Fn(usize, usize, usize) + Sync) {
    use rayon::prelude::*;
    let pieces = at.group_size.div_ceil(most);
    let piece = |nth: usize| {
        let start = at.live[nth / pieces] as usize * at.group_size;
        let from = nth % pieces * most;
        f(start, start + from, most.min(at.group_size - from));
    };
    let least = (most / at.group_size).max(1);
    if at.live.len() * pieces <= least {
        return (0..at.live.len() * pieces).for_each(piece);
    }
    (0..at.live.len() * pieces).into_par_iter().with_min_len(least).for_each(piece);
}

/// How many of the 2^24 values of a chance let a learner take over the strategy of a model: none if that is not a matter of
/// a small enough chance.
fn threshold_of(rule: &dyn Learning, own: f32, model: f32) -> Option<u32> {
    const ALL: u32 = 1 << 24;
    let takes = |chance: u32| rule.takes(&mut own.clone(), model, unit(u64::from(chance) << 40));
    let (mut some, mut none) = (0, ALL);
    while some < none {
        let middle = some.midpoint(none);
        (some, none) = if takes(middle) { (middle + 1, none) } else { (some, middle) };
    }
    // A few looks on either side: no smaller chance undoes what a greater one does.
    let right = (0..64).map(|k| ALL / 64 * k).all(|chance| takes(chance) == (chance < some));
    (own.is_finite() && model.is_finite() && right).then_some(some)
}
