//! The same loop, compiled for each set of instructions; the widest that the machine has is taken when the program runs.
//!
//! Wider registers do the same operations in the same order on more agents at once, and Rust never merges a product and a
//! sum into one rounding: so the bits are the same, which a test forces for each.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// A set of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Width {
    /// what every machine of this kind has
    Portable = 1,
    /// x86-64-v3: AVX2
    V3 = 3,
    /// x86-64-v4: AVX-512
    V4 = 4,
}

/// What is in use, 0 before anybody asked. A cache of what the machine has: no result depends on it.
static IN_USE: AtomicU8 = AtomicU8::new(0);

impl Width {
    /// Every set of instructions that this machine has.
    pub fn all() -> impl Iterator<Item = Width> {
        [Width::Portable, Width::V3, Width::V4].into_iter().filter(|width| width.is_here())
    }

    fn is_here(self) -> bool {
        match self {
            Width::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Width::V3 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("fma")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("lzcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Width::V4 => {
                Width::V3.is_here()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512cd")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
            }
            #[cfg(not(target_arch = "x86_64"))]
            _ => false,
        }
    }

    /// The set in use.
    #[inline]
    pub fn in_use() -> Width {
        match IN_USE.load(Relaxed) {
            1 => Width::Portable,
            3 => Width::V3,
            4 => Width::V4,
            _ => Width::choose(),
        }
    }

    #[cold]
    fn choose() -> Width {
        let widest = Width::all().last().unwrap_or(Width::Portable);
        IN_USE.store(widest as u8, Relaxed);
        widest
    }

    /// Uses this set from now on, for a comparison of bits; false where the machine lacks it.
    pub fn force(self) -> bool {
        let is_here = self.is_here();
        if is_here {
            IN_USE.store(self as u8, Relaxed);
        }
        is_here
    }
}

/// Evaluates an expression compiled for the instructions in use. What it calls is compiled for them only where it is inlined:
/// write a loop, or a call of something that is always inlined.
macro_rules! wide {
    ($body:expr) => {
        $crate::kernels::in_use(
            // Without this the body may stay a function of its own, compiled for every machine.
            #[inline(always)]
            || $body,
        )
    };
}
pub(crate) use wide;

/// Calls `f` inside a function that is compiled for the instructions in use; [`wide!`] sees to it that `f` is inlined there.
#[inline(always)]
pub(crate) fn in_use<R>(f: impl FnOnce() -> R) -> R {
    match Width::in_use() {
        // SAFETY: `in_use` is never a set that the machine lacks: only `choose` and `force` store one, both after
        // `is_here` said that every feature named below is there.
        #[cfg(target_arch = "x86_64")]
        Width::V4 => unsafe { v4(f) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Width::V3 => unsafe { v3(f) },
        _ => f(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt")]
fn v3<R>(f: impl FnOnce() -> R) -> R {
    f()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]
fn v4<R>(f: impl FnOnce() -> R) -> R {
    f()
}

/// How many of these bytes are, where `of` is 0 or 1.
#[inline(always)]
pub(crate) fn count_where(bytes: &[u8], of: impl Fn(u8) -> u8) -> u64 {
    sum_of::<1>(bytes, of)
}

/// The sum of `of`, which is at most `MOST`: in a register of bytes, as long as none can overflow.
#[inline(always)]
pub(crate) fn sum_of<const MOST: u8>(bytes: &[u8], of: impl Fn(u8) -> u8) -> u64 {
    const LANES: usize = 64;
    let mut count = 0;
    for some in bytes.chunks(LANES * usize::from(u8::MAX / MOST)) {
        let (pieces, rest) = some.as_chunks::<LANES>();
        let mut lanes = [0u8; LANES];
        for piece in pieces {
            // An array of its own: one that is added to in place would stand in memory.
            let mut next = [0; LANES];
            for k in 0..LANES {
                next[k] = lanes[k] + of(piece[k]);
            }
            lanes = next;
        }
        for lane in lanes {
            count += u64::from(lane);
        }
        for &byte in rest {
            count += u64::from(of(byte));
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_gives_the_same_bits() {
        let values: Vec<f32> = (0..1_003).map(|k| (k as f32 * 0.37).fract() - 0.3).collect();
        let sums = |values: &[f32]| {
            let mut lanes = [0f32; 8];
            for piece in values.chunks(8) {
                lanes.iter_mut().zip(piece).for_each(|(lane, x)| *lane += *x * 1.7 + 0.1);
            }
            lanes.map(f32::to_bits)
        };
        let wanted = sums(&values);
        for width in Width::all() {
            assert!(width.force());
            assert_eq!(wide!(sums(&values)), wanted, "{width:?}");
        }
    }
}
