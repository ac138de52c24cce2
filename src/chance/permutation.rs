//! Random bijections of 0..n that can be computed from either side.
//!
//! From 1,000 points on the bijection is a Feistel network (Luby & Rackoff 1988; on domains of any
//! size, Black & Rogaway 2002): nothing is stored, any thread or machine asks it for any point. The
//! point x is cut into its low bits l and the rest r, a grid of 2^k columns and as many rows as n
//! needs; rounds add a keyed hash of one to the other, by turns. Points outside 0..n are walked
//! over: the network is applied again until it lands inside, which keeps it a bijection of 0..n.
//! Eight rounds: with four, partners are grossly biased.
//!
//! Both halves have at most 16 bits and so has all arithmetic, which puts eight points in a 128-bit
//! register.
//!
//! Below 1,000 points the halves would be too short, and a Fisher–Yates shuffle in a table takes
//! the place.

pub use super::grouping::Grouping;
use super::{Draws, Rng, below_u32, next};

/// Fewest points of a Feistel network.
const FEISTEL_FROM: u32 = 1_000;
const ROUNDS: usize = 8;
/// Points that go through the rounds together.
pub(crate) const LANES: usize = 64;

/// A random bijection of 0..n, a pure function of its draws and address.
#[derive(Clone, Debug)]
pub struct Permutation {
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Feistel(Feistel),
    Table(Table),
}

impl Permutation {
    /// The bijection of 0..`n` at this address (for instance a group). Takes memory only below
    /// 1,000 points.
    #[must_use]
    pub fn new(draws: Draws, address: u64, n: u32) -> Permutation {
        let rng = &mut draws.rng(address);
        let kind = if n < FEISTEL_FROM {
            Kind::Table(Table::new(rng, n))
        } else {
            Kind::Feistel(Feistel::new(rng, n))
        };
        Permutation { kind }
    }

    /// Replaces each point by its image.
    ///
    /// # Panics
    /// If a point is not below n.
    #[inline(always)]
    pub fn forward(&self, xs: &mut [u32]) {
        match &self.kind {
            Kind::Feistel(feistel) => feistel.map::<false>(xs),
            Kind::Table(table) => xs.iter_mut().for_each(|x| *x = table.image(*x)),
        }
    }

    /// Replaces each image by the point that it comes from.
    ///
    /// # Panics
    /// If an image is not below n.
    #[inline(always)]
    pub fn backward(&self, xs: &mut [u32]) {
        match &self.kind {
            Kind::Feistel(feistel) => feistel.map::<true>(xs),
            Kind::Table(table) => xs.iter_mut().for_each(|x| *x = table.origin(*x)),
        }
    }

    /// The image of one point.
    ///
    /// # Panics
    /// If the point is not below n.
    #[must_use]
    pub fn forward_one(&self, x: u32) -> u32 {
        match &self.kind {
            Kind::Feistel(feistel) => feistel.one::<false>(x),
            Kind::Table(table) => table.image(x),
        }
    }

    /// The point that an image comes from.
    ///
    /// # Panics
    /// If the image is not below n.
    #[must_use]
    pub fn backward_one(&self, x: u32) -> u32 {
        match &self.kind {
            Kind::Feistel(feistel) => feistel.one::<true>(x),
            Kind::Table(table) => table.origin(x),
        }
    }
}

/// A Fisher–Yates shuffle: the images of all points, then the origins of all images.
#[derive(Clone, Debug)]
struct Table(Box<[u16]>);

impl Table {
    fn new(rng: &mut Rng, n: u32) -> Table {
        let n = n as usize;
        let mut both = vec![0; 2 * n].into_boxed_slice();
        let (images, origins) = both.split_at_mut(n);
        for x in 0..n {
            // The shuffle from the inside out: x goes to a random place among those filled so far.
            let place = below_u32(next(rng), x as u32 + 1) as usize;
            images[x] = images[place];
            images[place] = x as u16;
        }
        for (x, &image) in images.iter().enumerate() {
            origins[usize::from(image)] = x as u16;
        }
        Table(both)
    }

    fn image(&self, x: u32) -> u32 {
        u32::from(self.0[..self.0.len() / 2][x as usize])
    }

    fn origin(&self, x: u32) -> u32 {
        u32::from(self.0[self.0.len() / 2..][x as usize])
    }
}

/// The key of one round: a mask and two odd multipliers.
#[derive(Clone, Copy, Debug)]
struct Key {
    mask: u16,
    first: u16,
    second: u16,
}

impl Key {
    /// Two keyed multiplications with a shift between: the high bits of the first word depend on
    /// all of `x`. The second word is 16 bits more behind them.
    #[inline(always)]
    fn hash(self, x: u16) -> (u16, u16) {
        let h = (x ^ self.mask).wrapping_mul(self.first);
        let low = h ^ (h >> 7);
        (low.wrapping_mul(self.second), low)
    }

    /// The hash of `x` below `n`: the product of n with 32 bits, of which 16 would be visibly
    /// uneven above some thousand rows.
    #[inline(always)]
    fn below(self, x: u16, n: u16) -> u16 {
        let (high, low) = self.hash(x);
        let product = u32::from(high) * u32::from(n);
        let carried = ((u32::from(low) * u32::from(n)) >> 16) as u16;
        let fraction = product as u16;
        let carry = u16::from(fraction.wrapping_add(carried) < fraction);
        (product >> 16) as u16 + carry
    }
}

/// A keyed bijection of 0..n, n at least 1,000.
#[derive(Clone, Debug)]
struct Feistel {
    keys: [Key; ROUNDS],
    n: u32,
    /// Columns are 2^bits, 5 to 16.
    bits: u32,
    /// From half as many as columns to twice as many; 65,536 is written 0 and needs no reduction.
    rows: u16,
}

impl Feistel {
    fn new(rng: &mut Rng, n: u32) -> Feistel {
        let keys = [(); ROUNDS].map(|()| {
            let word = next(rng);
            Key { mask: (word >> 48) as u16, first: (word >> 32) as u16 | 1, second: (word >> 16) as u16 | 1 }
        });
        let bits = (u32::BITS - (n - 1).leading_zeros()) / 2;
        let rows = (u64::from(n).div_ceil(1 << bits)) as u16;
        Feistel { keys, n, bits, rows }
    }

    /// The rounds on L points of the grid at once. Rounds outside, points inside, so that it
    /// vectorises.
    #[inline(always)]
    fn rounds<const BACK: bool, const FULL: bool, const L: usize>(&self, x: &mut [u32; L]) {
        let (bits, rows) = (self.bits, self.rows);
        let columns = ((1u32 << bits) - 1) as u16;
        let (mut l, mut r) = ([0u16; L], [0u16; L]);
        for k in 0..L {
            l[k] = x[k] as u16 & columns;
            r[k] = (x[k] >> bits) as u16;
        }
        for step in 0..ROUNDS {
            let round = if BACK { ROUNDS - 1 - step } else { step };
            let key = self.keys[round];
            if round % 2 == 0 {
                for k in 0..L {
                    let h = key.hash(r[k]).0 >> (16 - bits);
                    let moved = if BACK { l[k].wrapping_sub(h) } else { l[k].wrapping_add(h) };
                    l[k] = moved & columns;
                }
            } else {
                for k in 0..L {
                    r[k] = if FULL {
                        let h = key.hash(l[k]).0;
                        if BACK { r[k].wrapping_sub(h) } else { r[k].wrapping_add(h) }
                    } else {
                        let h = key.below(l[k], rows);
                        let h = if BACK { h } else { rows - h };
                        // r - h modulo the rows, h from 0 to rows, in 16 bits.
                        let borrow = if r[k] < h { rows } else { 0 };
                        r[k].wrapping_sub(h).wrapping_add(borrow)
                    };
                }
            }
        }
        for k in 0..L {
            x[k] = (u32::from(r[k]) << bits) | u32::from(l[k]);
        }
    }
}

impl Feistel {
    #[inline(always)]
    fn pass<const BACK: bool, const L: usize>(&self, x: &mut [u32; L]) {
        if self.rows == 0 {
            self.rounds::<BACK, true, L>(x);
        } else {
            self.rounds::<BACK, false, L>(x);
        }
    }

    /// Applies the rounds until the point lands inside. It always does: the rounds are a bijection
    /// of the grid, so the cycle through a point inside returns to it.
    #[inline(never)]
    fn walk<const BACK: bool>(&self, mut x: u32) -> u32 {
        while x >= self.n {
            let mut one = [x];
            self.pass::<BACK, 1>(&mut one);
            [x] = one;
        }
        x
    }

    fn one<const BACK: bool>(&self, x: u32) -> u32 {
        self.check(&[x]);
        let mut one = [x];
        self.pass::<BACK, 1>(&mut one);
        self.walk::<BACK>(one[0])
    }

    /// A point outside could walk for ever among the points outside.
    #[inline(always)]
    fn check(&self, xs: &[u32]) {
        let outside = xs.iter().fold(false, |any, &x| any | (x >= self.n));
        assert!(!outside, "a point outside 0..{} has no image", self.n);
    }

    #[inline(always)]
    fn map<const BACK: bool>(&self, xs: &mut [u32]) {
        let mut chunks = xs.chunks_exact_mut(LANES);
        for chunk in &mut chunks {
            let chunk: &mut [u32; LANES] = chunk.try_into().expect("chunks have LANES points");
            self.lanes::<BACK>(chunk);
        }
        let rest = chunks.into_remainder();
        if !rest.is_empty() {
            let mut x = [0; LANES];
            x[..rest.len()].copy_from_slice(rest);
            self.lanes::<BACK>(&mut x);
            rest.copy_from_slice(&x[..rest.len()]);
        }
    }

    /// All lanes in one go; the few that landed outside walk on one by one.
    #[inline(always)]
    fn lanes<const BACK: bool>(&self, x: &mut [u32; LANES]) {
        self.check(x);
        self.pass::<BACK, LANES>(x);
        if x.iter().fold(false, |any, &x| any | (x >= self.n)) {
            for x in x {
                *x = self.walk::<BACK>(*x);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fits, fits_evenly};
    use super::super::{Chance, Stream, below};
    use super::*;

    const SIZES: [u32; 13] = [1, 2, 3, 50, 999, 1000, 1024, 1025, 4096, 4097, 65_535, 65_537, 1_000_000];
    /// From the largest grids: with 65,536 rows, one point fewer, and with rows that divide 65,536
    /// badly.
    const HUGE: [u32; 5] = [u32::MAX, 4_294_901_761, 4_294_901_760, 2_863_300_000, 100_000_000];

    fn order(tick: u64, n: u32) -> Permutation {
        Permutation::new(Chance::new(3, 0, tick).stream(Stream::named("structure/meeting")), 0, n)
    }

    #[test]
    fn a_permutation_takes_each_image_once_and_back() {
        for n in SIZES {
            for tick in 0..3 {
                let order = order(tick, n);
                let points: Vec<u32> = (0..n).collect();
                let mut xs = points.clone();
                order.forward(&mut xs);
                let mut images = xs.clone();
                images.sort_unstable();
                assert_eq!(images, points);
                order.backward(&mut xs);
                assert_eq!(xs, points);
            }
        }
    }

    #[test]
    fn a_block_gets_what_its_points_get_one_by_one() {
        for n in SIZES.into_iter().chain(HUGE) {
            let order = order(1, n);
            for len in [0, 1, 63, 64, 65, 200] {
                let draws = Chance::new(1, 0, 0).stream(Stream::named("points"));
                let points: Vec<u32> = (0..len).map(|k| below(draws.at(k), n.into()) as u32).collect();
                let mut xs = points.clone();
                order.forward(&mut xs);
                assert!(xs.iter().zip(&points).all(|(&y, &x)| y == order.forward_one(x)));
                assert!(xs.iter().zip(&points).all(|(&y, &x)| x == order.backward_one(y)));
                order.backward(&mut xs);
                assert_eq!(xs, points);
            }
        }
    }

    #[test]
    fn the_largest_populations_have_distinct_images_inside() {
        for n in HUGE {
            let order = order(2, n);
            let mut xs: Vec<u32> = (0..50_000).chain(n - 50_000..n).collect();
            order.forward(&mut xs);
            assert!(xs.iter().all(|&x| x < n));
            xs.sort_unstable();
            assert!(xs.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }

    #[test]
    #[should_panic(expected = "has no image")]
    fn a_point_outside_is_refused() {
        order(0, 5000).forward(&mut [5000]);
    }

    #[test]
    fn ticks_addresses_and_streams_have_orders_of_their_own() {
        let chance = Chance::new(3, 0, 0);
        let (a, b) = (chance.stream(Stream::named("a")), chance.stream(Stream::named("b")));
        let later = Chance::new(3, 0, 1).stream(Stream::named("a"));
        for n in [999, 1000] {
            let images = |draws, address| {
                let mut xs: Vec<u32> = (0..n).collect();
                Permutation::new(draws, address, n).forward(&mut xs);
                xs
            };
            assert_eq!(images(a, 0), images(a, 0));
            for other in [images(a, 1), images(b, 0), images(later, 0)] {
                // Two random orders agree at one point on average.
                let same = images(a, 0).iter().zip(&other).filter(|(x, y)| x == y).count();
                assert!(same < 12);
            }
        }
    }

    /// From every part of the points to every part of the images, and from the image of a point to
    /// that of its neighbour (which four rounds would fail by thousands of standard deviations and
    /// six at 1,000 by 18). False-alarm rate 6e-7 for each of the 12 tables.
    #[test]
    fn images_are_uniform_and_neighbours_go_separate_ways() {
        let cases = [(3, 2000), (50, 4000), (999, 5000), (1000, 40_000), (4097, 5000), (1_000_000, 10)];
        for (n, orders) in cases {
            let classes = n.min(30);
            let class = |x: u32| (u64::from(x) * u64::from(classes) / u64::from(n)) as usize;
            let mut share = vec![0.0; classes as usize];
            (0..n).for_each(|x| share[class(x)] += 1.0 / f64::from(n));
            let mut images = vec![0; (classes * classes) as usize];
            let steps_from = n.min(1000);
            let step_class = |x: u32| (u64::from(x) * u64::from(steps_from) / u64::from(n)) as usize;
            let mut steps = vec![0; steps_from as usize];
            for tick in 0..orders {
                let mut xs: Vec<u32> = (0..n).collect();
                order(tick, n).forward(&mut xs);
                // A few points of each order, others each time: those of one order are not
                // independent.
                for x in (0..n).skip(tick as usize % 7).step_by((n as usize / 20).clamp(1, 500)) {
                    images[class(x) * classes as usize + class(xs[x as usize])] += 1;
                }
                for pair in xs.chunks_exact(2) {
                    steps[step_class((pair[1] + n - pair[0]) % n)] += 1;
                }
            }
            let from: Vec<u64> = images.chunks(classes as usize).map(|row| row.iter().sum()).collect();
            let total = from.iter().sum::<u64>() as f64;
            let expected: Vec<f64> =
                from.iter().flat_map(|&f| share.iter().map(move |s| f as f64 / total * s)).collect();
            fits(&format!("images of {n}"), &images, &expected);
            // No point follows itself.
            let mut expected = vec![0.0; steps_from as usize];
            (1..n).for_each(|step| expected[step_class(step)] += 1.0 / f64::from(n - 1));
            fits(&format!("steps of {n}"), &steps, &expected);
        }
    }

    /// Rows by high, low and middle bits. A 16-bit product would be uneven here. False-alarm rate
    /// 6e-7 for each of 15 tables.
    #[test]
    fn images_are_uniform_in_the_largest_populations() {
        for n in HUGE {
            let (mut high, mut parity, mut low) = (vec![0; 64], vec![0; 2], vec![0; 64]);
            for tick in 0..2000 {
                let mut xs: Vec<u32> = (0..100).collect();
                order(tick, n).forward(&mut xs);
                for x in xs {
                    high[(u64::from(x) * 64 / u64::from(n)) as usize] += 1;
                    parity[(x >> 16) as usize & 1] += 1;
                    low[x as usize & 63] += 1;
                }
            }
            fits_evenly("high", &high);
            fits_evenly("low", &low);
            fits_evenly("parity of the row", &parity);
        }
    }
}
