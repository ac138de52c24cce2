//! Random bijections of 0..n that can be computed from either side, and the random groups that they seat.
//!
//! From 1,000 points on the bijection is a Feistel network (Luby & Rackoff 1988; on domains of any size, Black &
//! Rogaway 2002): nothing is stored, any thread or machine asks it for any point. The point x is cut into its low
//! bits l and the rest r, a grid of 2^k columns and as many rows as n needs; rounds add a keyed hash of one to the
//! other, by turns. Points outside 0..n are walked over: the network is applied again until it lands inside, which
//! keeps it a bijection of 0..n. Eight rounds: with four, partners are grossly biased.
//!
//! Both halves have at most 16 bits and so has all arithmetic, which puts eight points in a 128-bit register.
//!
//! Below 1,000 points the halves would be too short, and a Fisher–Yates shuffle in a table takes the place.

use super::{Draws, Rng, below_u32, next};

/// Fewest points of a Feistel network.
const FEISTEL_FROM: u32 = 1_000;
const ROUNDS: usize = 8;
/// Points that go through the rounds together.
const LANES: usize = 64;
/// In the place of a partner or a position: sits out.
const NOBODY: u32 = u32::MAX;

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
    /// The bijection of 0..`n` at this address (for instance a group). Takes memory only below 1,000 points.
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
    /// Two keyed multiplications with a shift between: the high bits of the first word depend on all of `x`. The
    /// second word is 16 bits more behind them.
    #[inline(always)]
    fn hash(self, x: u16) -> (u16, u16) {
        let h = (x ^ self.mask).wrapping_mul(self.first);
        let low = h ^ (h >> 7);
        (low.wrapping_mul(self.second), low)
    }

    /// The hash of `x` below `n`: the product of n with 32 bits, of which 16 would be visibly uneven above some
    /// thousand rows.
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
            Key {
                mask: (word >> 48) as u16,
                first: (word >> 32) as u16 | 1,
                second: (word >> 16) as u16 | 1,
            }
        });
        let bits = (u32::BITS - (n - 1).leading_zeros()) / 2;
        let rows = (u64::from(n).div_ceil(1 << bits)) as u16;
        Feistel {
            keys,
            n,
            bits,
            rows,
        }
    }

    /// The rounds on L points of the grid at once. Rounds outside, points inside, so that it vectorises.
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
                    let moved = if BACK {
                        l[k].wrapping_sub(h)
                    } else {
                        l[k].wrapping_add(h)
                    };
                    l[k] = moved & columns;
                }
            } else {
                for k in 0..L {
                    r[k] = if FULL {
                        let h = key.hash(l[k]).0;
                        if BACK {
                            r[k].wrapping_sub(h)
                        } else {
                            r[k].wrapping_add(h)
                        }
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

    /// Applies the rounds until the point lands inside. It always does: the rounds are a bijection of the grid, so the
    /// cycle through a point inside returns to it.
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
    #[inline]
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

/// Division by a number that is the same for a whole block: a product, a shift and one correction, all of which
/// vectorise.
#[derive(Clone, Copy, Debug)]
struct Divisor {
    by: u32,
    /// ⌊(2^(32 + shift) − 1) / by⌋, which has 32 bits.
    factor: u64,
    /// ⌊log₂ by⌋
    shift: u32,
}

impl Divisor {
    fn new(by: u32) -> Divisor {
        let shift = by.ilog2();
        let factor = (u64::MAX >> (32 - shift)) / u64::from(by);
        Divisor { by, factor, shift }
    }

    /// Quotient and remainder of any `x`.
    ///
    /// With N = 2^(32 + shift) the factor is above N / by − 1 or equal to it, so x × factor / N falls short of x / by by at
    /// most x / N, and x < 2^32 ≤ N makes that less than 1. The floor is therefore the quotient or one less.
    #[inline(always)]
    fn split(self, x: u32) -> (u32, u32) {
        let quotient = ((u64::from(x) * self.factor) >> 32) as u32 >> self.shift;
        let rest = x.wrapping_sub(quotient.wrapping_mul(self.by));
        if rest >= self.by {
            (quotient + 1, rest - self.by)
        } else {
            (quotient, rest)
        }
    }
}

/// Random groups of one size among 0..n; of two, a random matching. Members of a group stand side by side in a
/// permuted order, and the last n mod size sit out: everybody is as likely to.
#[derive(Clone, Debug)]
pub struct Grouping {
    size: Divisor,
    /// Places in the order that are in a group.
    seated: u32,
    order: Permutation,
}

impl Grouping {
    /// The groups of `size` among 0..`n` at this address. With `size` above `n` all sit out.
    ///
    /// # Panics
    /// If `size` is 0.
    #[must_use]
    pub fn new(draws: Draws, address: u64, n: u32, size: u32) -> Grouping {
        assert!(size > 0, "a group has at least one member");
        Grouping {
            size: Divisor::new(size),
            seated: n - n % size,
            order: Permutation::new(draws, address, n),
        }
    }

    /// The partner of each of `xs` at this slot, from 0 to size − 2, or `u32::MAX` for who sits out. The slots of an
    /// agent are the other members of its group, each once, starting with the next in the group and going round.
    ///
    /// # Panics
    /// If the slot is not below size − 1, `xs` and `out` differ in length, or an agent is not below n.
    pub fn partner(&self, slot: u32, xs: &[u32], out: &mut [u32]) {
        assert!(
            slot < self.size.by - 1,
            "a group of {} has no slot {slot}",
            self.size.by
        );
        let (seated, size) = (self.seated, self.size);
        let (step, back) = (slot + 1, size.by - 1 - slot);
        self.each_block(xs, out, |agents, places| {
            for place in &mut *places {
                let to = if size.by == 2 {
                    *place ^ 1
                } else if size.split(*place).1 < back {
                    place.wrapping_add(step)
                } else {
                    place.wrapping_sub(back)
                };
                *place = if *place < seated { to } else { *place };
            }
            self.order.backward(places);
            // Only who sits out was sent back to its own place.
            for (partner, &x) in places.iter_mut().zip(agents) {
                *partner = if *partner == x { NOBODY } else { *partner };
            }
        });
    }

    /// The position of each of `xs` inside its group, from 0 (the first: the donor of a pair), or `u32::MAX` for who
    /// sits out.
    ///
    /// # Panics
    /// If `xs` and `out` differ in length or an agent is not below n.
    pub fn position(&self, xs: &[u32], out: &mut [u32]) {
        self.places(xs, out, |size, place| size.split(place).1);
    }

    /// The number of the group of each of `xs`, from 0, or `u32::MAX` for who sits out.
    ///
    /// # Panics
    /// If `xs` and `out` differ in length or an agent is not below n.
    pub fn group(&self, xs: &[u32], out: &mut [u32]) {
        self.places(xs, out, |size, place| size.split(place).0);
    }

    /// How many groups there are: those who sit out are n mod size more.
    #[must_use]
    pub fn groups(&self) -> u32 {
        self.seated / self.size.by
    }

    /// The member of a group at a position: what [`Grouping::group`] and [`Grouping::position`] come from.
    ///
    /// # Panics
    /// If there is no such group or position.
    #[must_use]
    pub fn member(&self, group: u32, position: u32) -> u32 {
        assert!(
            group < self.groups() && position < self.size.by,
            "no such member of a group"
        );
        self.order.backward_one(group * self.size.by + position)
    }

    #[inline(always)]
    fn places(&self, xs: &[u32], out: &mut [u32], what: impl Fn(Divisor, u32) -> u32) {
        self.each_block(xs, out, |_, places| {
            for place in places {
                let found = what(self.size, *place);
                *place = if *place < self.seated { found } else { NOBODY };
            }
        });
    }

    /// Hands over a few agents at a time with their places in the order, to be replaced by what goes into `out`.
    #[inline(always)]
    fn each_block(&self, xs: &[u32], out: &mut [u32], then: impl Fn(&[u32], &mut [u32])) {
        assert_eq!(xs.len(), out.len(), "as many results as agents");
        if self.seated == 0 {
            out.fill(NOBODY);
            return;
        }
        let mut places = [0; LANES];
        for (xs, out) in xs.chunks(LANES).zip(out.chunks_mut(LANES)) {
            let places = &mut places[..xs.len()];
            places.copy_from_slice(xs);
            self.order.forward(places);
            then(xs, places);
            out.copy_from_slice(places);
        }
    }
}
