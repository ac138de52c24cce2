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

mod lattice;
mod lookup;
mod pairs;
mod torus;
mod width;

pub use lookup::lookup;
pub use width::{Width, wide};

use crate::pass::Pass;
use crate::tick::Passes;

/// The kernels that take the place of one pass.
const OF_ONE: &[fn(&dyn Pass) -> Option<Box<dyn Pass>>] = &[|spread| boxed(pairs::Pairs::replaces(spread)?)];

/// The kernels that take the place of two neighbouring passes: the phase of the second is theirs.
const OF_TWO: &[fn(&dyn Pass, &dyn Pass) -> Option<Box<dyn Pass>>] =
    &[|meet, learn| boxed(lattice::Lattice::replaces(meet, learn)?)];

fn boxed(kernel: impl Pass) -> Option<Box<dyn Pass>> {
    Some(Box::new(kernel))
}

/// Puts kernels in the place of the passes that they serve; returns their names.
pub fn fuse(passes: &mut Passes) -> Vec<&'static str> {
    let mut fused = vec![];
    for nth in 0..passes.len() {
        let Some((_, first)) = passes.get(nth) else { break };
        let of_one = OF_ONE.iter().find_map(|kernel| kernel(&**first));
        let of_two = || {
            let (_, second) = passes.get(nth + 1)?;
            OF_TWO.iter().find_map(|kernel| kernel(&**first, &**second))
        };
        let (kernel, replaced) = match (of_one, of_two()) {
            (Some(kernel), _) => (kernel, 1),
            (None, Some(kernel)) => (kernel, 2),
            (None, None) => continue,
        };
        fused.push(kernel.name());
        let (phase, _) = passes[nth + replaced - 1];
        passes.splice(nth..nth + replaced, [(phase, kernel)]);
    }
    fused
}
