//! Addressed chance.
//!
//! Every draw is a pure function of where it is used: (seed, replicate, tick, stream, address,
//! number). Nothing is stored between draws, so threads, order, recording and resuming cannot move
//! one, and two worlds that differ in one parameter use the same numbers agent by agent.
//!
//! The way of a draw: a tick holds a [`Chance`]; a rule asks it for the [`Draws`] of its own
//! [`Stream`], named by what is decided; [`Draws::at`] gives the 64 bits of an address (an agent, a
//! pair, a group), and [`below`], [`unit`] and [`hits`] turn them into a number, a fraction or the
//! fall of a coin. Where a rule needs a long sequence it takes a generator, [`Draws::rng`]. Random
//! matching and groups are in [`permutation`].
//!
//! `at` is the `SplitMix64` of `rand_xoshiro`: a generator whose state is `key + address × γ` (γ
//! the golden increment), put through its finaliser. Neighbouring addresses are neighbouring
//! outputs of one `SplitMix64` sequence; keys are spread over all 2⁶⁴ states, so the sequences of
//! two streams or ticks overlap as rarely as random intervals do.

use rand_xoshiro::rand_core::{Rng as _, SeedableRng};

pub(crate) mod abreast;
mod grouping;
pub mod permutation;
#[cfg(test)]
mod testing;

pub use grouping::Grouping;
pub(crate) use permutation::LANES;
pub use permutation::Permutation;

/// The generator of everything that needs a long sequence of draws.
pub type Rng = rand_xoshiro::Xoshiro256PlusPlus;

/// The increment of `SplitMix64`.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

// Each way to derive a key starts from its own constant. Without them two ways would meet: the
// generator of an address is itself seeded through SplitMix64, whose outputs would then be the
// draws of `number`.
const SEED: u64 = 0x243f_6a88_85a3_08d3;
const REPLICATE: u64 = 0x1319_8a2e_0370_7344;
const TICK: u64 = 0xa409_3822_299f_31d0;
const STREAM: u64 = 0x082e_fa98_ec4e_6c89;
const SECTION: u64 = 0x4528_21e6_38d0_1377;
const STREAM_NUMBER: u64 = 0xbe54_66cf_34e9_0c6c;
const NUMBER: u64 = 0xc0ac_29b7_c97c_50dd;
const PAIR: u64 = 0x3f84_d5b5_b547_0917;

/// The finaliser of `SplitMix64`: a bijection of the 64-bit words.
#[inline(always)]
const fn finalise(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A key derived from another: a bijection in `part` for a given `key`, and in `key` for a given
/// `part`.
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

/// What a draw decides. Two uses of chance never share a stream: an error drawn from the word that
/// drew the partner would be perfectly correlated with the partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stream(u64);

impl Stream {
    /// The stream of this name, for instance `structure/meeting` or `game/execution-error`. The
    /// name is what counts: neither the place of a rule in a list nor the rules beside it move its
    /// draws.
    #[must_use]
    pub const fn named(name: &str) -> Stream {
        Stream(hash_name(0xcbf2_9ce4_8422_2325, name))
    }

    /// The stream of one section among several that use a stream of this name: `[cascade.rumour]`
    /// and `[cascade.flu]` draw apart.
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
        Chance { key: derive(key, TICK, tick) }
    }

    /// The draws of one stream in this tick.
    #[inline]
    #[must_use]
    pub fn stream(self, stream: Stream) -> Draws {
        Draws { key: derive(self.key, STREAM, stream.0) }
    }
}

/// Draws of addresses that follow one another, without end.
#[derive(Clone, Debug)]
pub struct Successive {
    state: u64,
}

impl Iterator for Successive {
    type Item = u64;

    #[inline(always)]
    fn next(&mut self) -> Option<u64> {
        let draw = finalise(self.state);
        self.state = self.state.wrapping_add(GOLDEN);
        Some(draw)
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
        Draws { key: derive(self.key, NUMBER, n) }
    }

    /// The 64 bits of an address: the output of `rand_xoshiro`'s `SplitMix64` that advances to the
    /// state `key + address × γ`.
    #[inline(always)]
    #[must_use]
    pub fn at(self, address: u64) -> u64 {
        finalise(self.key.wrapping_add(address.wrapping_mul(GOLDEN)))
    }

    /// The 64 bits of what `actor` does towards `recipient`: both sides of a meeting see the same
    /// act. The order counts, and no pair shares a draw with an address of [`Draws::at`] by design.
    #[inline(always)]
    #[must_use]
    pub fn pair(self, actor: u32, recipient: u32) -> u64 {
        let key = self.key ^ PAIR;
        Draws { key }.at((u64::from(actor) << 32) | u64::from(recipient))
    }

    /// The draws of consecutive addresses: `out[k] = at(first + k)`.
    #[inline(always)]
    pub fn fill(self, first: u64, out: &mut [u64]) {
        out.iter_mut().zip(self.from(first)).for_each(|(out, draw)| *out = draw);
    }

    /// The draws of consecutive addresses, the first one's first: a sum takes the place of a product for each.
    #[inline(always)]
    pub fn from(self, first: u64) -> Successive {
        Successive { state: self.key.wrapping_add(first.wrapping_mul(GOLDEN)) }
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

/// A number below `n` (0 where `n` is 0): `draw × n / 2⁶⁴`. Each number's probability is within
/// 2⁻⁶⁴ of 1/n, so the relative bias is below n / 2⁶⁴.
#[inline(always)]
#[must_use]
pub fn below(draw: u64, n: u64) -> u64 {
    ((u128::from(draw) * u128::from(n)) >> 64) as u64
}

/// [`below`] for 32-bit numbers, bit for bit the same, from two 32-bit products: loops over it
/// vectorise.
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

/// What [`hits`] compares a draw with so that it hits with probability `prob`: exact for 0 and for
/// 1, else below `prob` by less than 2⁻⁶³. A `prob` below 0 or not a number counts as 0, one above
/// 1 as 1.
#[inline]
#[must_use]
pub fn threshold(prob: f64) -> u64 {
    // The clamp keeps NaN, which the cast takes to 0.
    (prob.clamp(0.0, 1.0) * 9_223_372_036_854_775_808.0) as u64
}

/// A coin that falls with the probability of its [`threshold`]: 63 bits of the draw are less than
/// it. Without a branch; the difference fits i64 and its sign is the answer.
#[inline(always)]
#[must_use]
pub fn hits(draw: u64, threshold: u64) -> bool {
    ((draw >> 1).wrapping_sub(threshold) as i64) < 0
}

#[cfg(test)]
mod tests {
    use super::testing::{fits, fits_evenly};
    use super::*;
    use rand_xoshiro::SplitMix64;

    fn draws(name: &str) -> Draws {
        Chance::new(11, 0, 3).stream(Stream::named(name))
    }

    #[test]
    fn a_draw_is_an_output_of_splitmix() {
        let draws = draws("structure/meeting");
        for address in [0, 1, 2, 1000, 1 << 40, u64::MAX] {
            // Its generator advances by γ before it puts the state through the finaliser.
            let state = draws.key.wrapping_add(address.wrapping_sub(1).wrapping_mul(GOLDEN));
            let mut reference = SplitMix64::from_seed(state.to_le_bytes());
            for k in 0..100 {
                assert_eq!(draws.at(address.wrapping_add(k)), reference.next_u64());
            }
        }
    }

    #[test]
    fn a_block_of_draws_is_the_draws_of_its_addresses() {
        let draws = draws("learning/model");
        for first in [0, 7, 1 << 33, u64::MAX - 5] {
            for len in [0, 1, 63, 64, 1000] {
                let mut block = vec![0; len];
                draws.fill(first, &mut block);
                let one_by_one = (0..len as u64).map(|k| draws.at(first.wrapping_add(k)));
                assert!(block.into_iter().eq(one_by_one));
            }
        }
    }

    #[test]
    fn a_generator_is_seeded_with_the_draw_of_its_address() {
        let draws = draws("learning/focal");
        let mut mine = draws.rng(8);
        let mut reference = Rng::seed_from_u64(draws.at(8));
        assert!((0..20).all(|_| next(&mut mine) == reference.next_u64()));
    }

    #[test]
    fn streams_are_told_apart_by_name_section_and_number() {
        const NAMED: Stream = Stream::named("cascade/spread");
        let mut streams = vec![
            NAMED,
            Stream::named("cascade/spreadrumour"),
            Stream::named("cascade/sprea"),
            Stream::named(""),
            NAMED.of(""),
            NAMED.of("rumour"),
            NAMED.of("flu"),
            NAMED.of("rum").of("our"),
            NAMED.of("rumour").number(0),
        ];
        streams.extend((0..1000).map(|n| NAMED.number(n)));
        let all = streams.len();
        streams.sort_unstable();
        streams.dedup();
        assert_eq!(streams.len(), all);
    }

    /// Among 1.4 million random words the chance of two equal ones is 5e-8.
    #[test]
    fn no_two_uses_share_a_draw() {
        let names = [
            "structure/meeting",
            "structure/pick",
            "game/act",
            "game/execution-error",
            "norm/assessment-error",
            "sanction/act",
            "learning/model",
            "learning/decision",
            "mutation/coin",
            "mutation/strategy",
            "cascade/spread",
            "trait/value",
            "population/placement",
            "record/sample",
        ];
        let mut seen = Vec::new();
        for (seed, replicate, tick) in
            [(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 1, 0), (0, 1, 1), (1, 0, 0), (1, 0, 1), (2, 0, 0)]
        {
            let chance = Chance::new(seed, replicate, tick);
            for name in names {
                let stream = Stream::named(name);
                for stream in [stream, stream.of("a"), stream.of("b"), stream.number(0), stream.number(1)] {
                    let draws = chance.stream(stream);
                    seen.extend((0..1000).map(|address| draws.at(address)));
                    for n in 0..4 {
                        seen.extend((0..250).map(|address| draws.number(n).at(address)));
                    }
                    seen.extend((0..20).flat_map(|a| (0..20).map(move |b| draws.pair(a, b))));
                    for address in 0..5 {
                        let mut rng = draws.rng(address);
                        seen.extend((0..20).map(|_| next(&mut rng)));
                    }
                }
            }
        }
        let all = seen.len();
        assert!(all > 1_000_000);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), all);
    }

    /// Every pair of neighbours in any direction, their high, middle and low bits crossed: 3 × 7
    /// tables, each with a false-alarm rate of 6e-7.
    #[test]
    fn neighbouring_draws_are_independent() {
        let (meeting, error) = (Stream::named("structure/meeting"), Stream::named("game/execution-error"));
        let here = Chance::new(5, 2, 9).stream(meeting);
        let neighbours = [
            ("stream", Chance::new(5, 2, 9).stream(error)),
            ("section", Chance::new(5, 2, 9).stream(meeting.of("a"))),
            ("tick", Chance::new(5, 2, 10).stream(meeting)),
            ("replicate", Chance::new(5, 3, 9).stream(meeting)),
            ("seed", Chance::new(6, 2, 9).stream(meeting)),
            ("number", here.number(0)),
        ];
        for shift in [60, 30, 0] {
            let bits = |draw: u64| (draw >> shift) as usize & 15;
            for (what, there) in neighbours {
                let mut table = vec![0; 256];
                for address in 0..200_000 {
                    table[bits(here.at(address)) * 16 + bits(there.at(address))] += 1;
                }
                fits_evenly(&format!("{what}, bits from {shift}"), &table);
            }
            let mut table = vec![0; 256];
            for address in 0..200_000 {
                table[bits(here.at(address)) * 16 + bits(here.at(address + 1))] += 1;
            }
            fits_evenly(&format!("address, bits from {shift}"), &table);
        }
    }

    #[test]
    fn a_pair_is_drawn_in_order() {
        let draws = draws("game/act");
        assert_eq!(draws.pair(3, 4), draws.pair(3, 4));
        assert_ne!(draws.pair(3, 4), draws.pair(4, 3));
        assert_ne!(draws.pair(0, 4), draws.at(4));
        assert_ne!(draws.pair(u32::MAX, 0), draws.pair(0, u32::MAX));
    }

    /// The numbers below 1e8 that a 32-bit draw gives too rarely (by 2.2 %) are drawn as often as
    /// their number asks; the same test refuses the 32-bit draw. False-alarm rate 6e-7 for each of
    /// the three tables.
    #[test]
    fn bounded_draws_are_unbiased_at_a_hundred_million() {
        const N: u64 = 100_000_000;
        let draws = draws("structure/pick");
        // How many of the 2^32 words x fall on v, that is x N / 2^32 in [v, v + 1).
        let words = |v: u64| ((v + 1) << 32).div_ceil(N) - (v << 32).div_ceil(N);
        let rare = (0..N).filter(|&v| words(v) == 42).count() as f64 / N as f64;
        let expected = [rare, 1.0 - rare];
        let (mut wide, mut narrow, mut buckets) = ([0; 2], [0; 2], vec![0; 1000]);
        for address in 0..5_000_000 {
            let v = below(draws.at(address), N);
            wide[usize::from(words(v) != 42)] += 1;
            buckets[(v / 100_000) as usize] += 1;
            narrow[usize::from(words(((draws.at(address) >> 32) * N) >> 32) != 42)] += 1;
        }
        fits("below", &wide, &expected);
        fits_evenly("buckets", &buckets);
        assert!(testing::surprise(&narrow, &expected) > 8.0);
    }

    #[test]
    fn bounded_draws_of_32_and_64_bits_are_the_same_and_stay_below() {
        let draws = draws("structure/pick");
        let corners = [0, 1, 1 << 31, (1 << 32) - 1, 1 << 32, u64::MAX - 1, u64::MAX];
        for n in [0, 1, 2, 3, 1000, 100_000_000, u32::MAX - 1, u32::MAX] {
            for draw in corners.into_iter().chain((0..1000).map(|k| draws.at(k))) {
                let v = below(draw, u64::from(n));
                assert_eq!(v, u64::from(below_u32(draw, n)));
                assert!(v < u64::from(n) || n == 0);
            }
        }
    }

    #[test]
    fn fractions_lie_in_the_half_open_interval() {
        assert_eq!((unit(0), unit64(0)), (0.0, 0.0));
        assert_eq!(unit(u64::MAX), 1.0 - f32::EPSILON / 2.0);
        assert_eq!(unit64(u64::MAX), 1.0 - f64::EPSILON / 2.0);
        assert_eq!((unit(1 << 63), unit64(1 << 63)), (0.5, 0.5));
        assert!((unit64(1 << 11) - 2.0_f64.powi(-53)).abs() < f64::MIN_POSITIVE);
    }

    #[test]
    fn a_coin_is_exact_for_never_and_always() {
        let draws = draws("mutation/coin");
        let all = [0, 1, u64::MAX - 1, u64::MAX, 1 << 63];
        for draw in all.into_iter().chain((0..1000).map(|k| draws.at(k))) {
            for never in [0.0, -0.0, -1.0, f64::NEG_INFINITY] {
                assert!(!hits(draw, threshold(never)));
            }
            for always in [1.0, 2.0, f64::INFINITY] {
                assert!(hits(draw, threshold(always)));
            }
        }
        assert_eq!(threshold(f64::NAN), 0);
        assert_eq!(threshold(0.5), 1 << 62);
        assert!(hits((1 << 63) - 1, threshold(0.5)) && !hits(1 << 63, threshold(0.5)));
    }

    /// False-alarm rate 6e-7 for each of the six tables.
    #[test]
    fn a_coin_falls_as_often_as_it_should() {
        let draws = draws("mutation/coin");
        for prob in [1e-4, 0.01, 0.3, 0.5, 0.99, 0.9999] {
            let mut counts = [0; 2];
            for address in 0..1_000_000 {
                counts[usize::from(hits(draws.at(address), threshold(prob)))] += 1;
            }
            fits("coin", &counts, &[1.0 - prob, prob]);
        }
    }
}
