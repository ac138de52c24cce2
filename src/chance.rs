//! Addressed chance.
//!
//! Every draw is a pure function of where it is used: (seed, replicate, tick, stream, address, number). Nothing is
//! stored between draws, so threads, order, recording and resuming cannot move one, and two worlds that differ in one
//! parameter use the same numbers agent by agent.
//!
//! The way of a draw: a tick holds a [`Chance`]; a rule asks it for the [`Draws`] of its own [`Stream`], named by what
//! is decided; [`Draws::at`] gives the 64 bits of an address (an agent, a pair, a group), and [`below`], [`unit`] and
//! [`hits`] turn them into a number, a fraction or the fall of a coin. Where a rule needs a long sequence it takes a
//! generator, [`Draws::rng`]. Random matching and groups are in [`permutation`].
//!
//! `at` is the SplitMix64 of `rand_xoshiro`: a generator whose state is `key + address × γ` (γ the golden increment),
//! put through its finaliser. Neighbouring addresses are neighbouring outputs of one SplitMix64 sequence; keys are
//! spread over all 2⁶⁴ states, so the sequences of two streams or ticks overlap as rarely as random intervals do.

use rand_xoshiro::rand_core::{Rng as _, SeedableRng};

pub mod permutation;

pub use permutation::{Grouping, Permutation};

/// The generator of everything that needs a long sequence of draws.
pub type Rng = rand_xoshiro::Xoshiro256PlusPlus;

/// The increment of SplitMix64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

// Each way to derive a key starts from its own constant. Without them two ways would meet: the generator of an address
// is itself seeded through SplitMix64, whose outputs would then be the draws of `number`.
const SEED: u64 = 0x243f_6a88_85a3_08d3;
const REPLICATE: u64 = 0x1319_8a2e_0370_7344;
const TICK: u64 = 0xa409_3822_299f_31d0;
const STREAM: u64 = 0x082e_fa98_ec4e_6c89;
const SECTION: u64 = 0x4528_21e6_38d0_1377;
const STREAM_NUMBER: u64 = 0xbe54_66cf_34e9_0c6c;
const NUMBER: u64 = 0xc0ac_29b7_c97c_50dd;
const PAIR: u64 = 0x3f84_d5b5_b547_0917;

/// The finaliser of SplitMix64: a bijection of the 64-bit words.
#[inline(always)]
const fn finalise(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A key derived from another: a bijection in `part` for a given `key`, and in `key` for a given `part`.
#[inline(always)]
const fn derive(key: u64, purpose: u64, part: u64) -> u64 {
    finalise(finalise(key ^ purpose).wrapping_add(part.wrapping_mul(GOLDEN)))
}

/// FNV-1a, going on from `hash`.
const fn hash_name(mut hash: u64, name: &str) -> u64 {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        // `u64::from` is not const.
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    finalise(hash)
}

/// What a draw decides. Two uses of chance never share a stream: an error drawn from the word that drew the partner
/// would be perfectly correlated with the partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream(u64);

impl Stream {
    /// The stream of this name, for instance `structure/meeting` or `game/execution-error`. The name is what counts:
    /// neither the place of a rule in a list nor the rules beside it move its draws.
    #[must_use]
    pub const fn named(name: &str) -> Stream {
        Stream(hash_name(0xcbf2_9ce4_8422_2325, name))
    }

    /// The stream of one section among several that use a stream of this name: `[cascade.rumour]` and
    /// `[cascade.flu]` draw apart.
    #[must_use]
    pub const fn of(self, section: &str) -> Stream {
        Stream(hash_name(finalise(self.0 ^ SECTION), section))
    }

    /// The n-th of a numbered family of streams.
    #[must_use]
    pub const fn number(self, n: u64) -> Stream {
        Stream(derive(self.0, STREAM_NUMBER, n))
    }
}

/// The chance of one tick of one replicate: it hands out the draws of each stream.
#[derive(Clone, Copy, Debug)]
pub struct Chance {
    key: u64,
}

impl Chance {
    /// The chance of this tick. Different ticks of a replicate never have the same key.
    #[must_use]
    pub fn new(seed: u64, replicate: u32, tick: u64) -> Chance {
        let key = derive(derive(0, SEED, seed), REPLICATE, u64::from(replicate));
        Chance {
            key: derive(key, TICK, tick),
        }
    }

    /// The draws of one stream in this tick.
    #[inline]
    #[must_use]
    pub fn stream(self, stream: Stream) -> Draws {
        Draws {
            key: derive(self.key, STREAM, stream.0),
        }
    }
}

/// The draws of one stream in one tick: a pure function from addresses to 64 random bits.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    key: u64,
}

impl Draws {
    /// The draws of the same addresses with another number: a slot, the meetings of one tick.
    /// `number(0)` is not `self`.
    #[inline]
    #[must_use]
    pub fn number(self, n: u64) -> Draws {
        Draws {
            key: derive(self.key, NUMBER, n),
        }
    }

    /// The 64 bits of an address: the output of `rand_xoshiro`'s SplitMix64 that advances to the state
    /// `key + address × γ`.
    #[inline(always)]
    #[must_use]
    pub fn at(self, address: u64) -> u64 {
        finalise(self.key.wrapping_add(address.wrapping_mul(GOLDEN)))
    }

    /// The 64 bits of what `actor` does towards `recipient`: both sides of a meeting see the same act. The order
    /// counts, and no pair shares a draw with an address of [`Draws::at`] by design.
    #[inline(always)]
    #[must_use]
    pub fn pair(self, actor: u32, recipient: u32) -> u64 {
        let key = self.key ^ PAIR;
        Draws { key }.at((u64::from(actor) << 32) | u64::from(recipient))
    }

    /// The draws of consecutive addresses: `out[k] = at(first + k)`.
    pub fn fill(self, first: u64, out: &mut [u64]) {
        let start = self.key.wrapping_add(first.wrapping_mul(GOLDEN));
        for (k, draw) in out.iter_mut().enumerate() {
            *draw = finalise(start.wrapping_add((k as u64).wrapping_mul(GOLDEN)));
        }
    }

    /// A generator of its own for this address, for sequences whose length is not known before.
    #[must_use]
    pub fn rng(self, address: u64) -> Rng {
        Rng::seed_from_u64(self.at(address))
    }
}

/// One draw from a generator.
#[inline]
pub fn next(rng: &mut Rng) -> u64 {
    rng.next_u64()
}

/// A number below `n` (0 where `n` is 0): `draw × n / 2⁶⁴`. Each number's probability is within 2⁻⁶⁴ of 1/n, so the
/// relative bias is below n / 2⁶⁴.
#[inline(always)]
#[must_use]
pub fn below(draw: u64, n: u64) -> u64 {
    ((u128::from(draw) * u128::from(n)) >> 64) as u64
}

/// [`below`] for 32-bit numbers, bit for bit the same, from two 32-bit products: loops over it vectorise.
#[inline(always)]
#[must_use]
pub fn below_u32(draw: u64, n: u32) -> u32 {
    let n = u64::from(n);
    let (high, low) = (draw >> 32, draw & 0xffff_ffff);
    ((high * n + ((low * n) >> 32)) >> 32) as u32
}

/// Uniform in [0, 1): the multiples of 2⁻²⁴.
#[inline(always)]
#[must_use]
pub fn unit(draw: u64) -> f32 {
    // Through i32, because that conversion exists in every vector unit.
    (draw >> 40) as i32 as f32 * (1.0 / 16_777_216.0)
}

/// Uniform in [0, 1): the multiples of 2⁻⁵³.
#[inline(always)]
#[must_use]
pub fn unit64(draw: u64) -> f64 {
    (draw >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// What [`hits`] compares a draw with so that it hits with probability `prob`: exact for 0 and for 1, else below
/// `prob` by less than 2⁻⁶³. A `prob` below 0 or not a number counts as 0, one above 1 as 1.
#[inline]
#[must_use]
pub fn threshold(prob: f64) -> u64 {
    // The cast from f64 saturates at 0 and takes NaN to 0.
    (prob.min(1.0) * 9_223_372_036_854_775_808.0) as u64
}

/// A coin that falls with the probability of its [`threshold`]: 63 bits of the draw are less than it. Without a
/// branch; the difference fits i64 and its sign is the answer.
#[inline(always)]
#[must_use]
pub fn hits(draw: u64, threshold: u64) -> bool {
    ((draw >> 1).wrapping_sub(threshold) as i64) < 0
}
