//! Random groups of one size, drawn anew wherever they are addressed: members stand side by side in
//! a permuted order.

use super::Draws;
use super::permutation::{LANES, Permutation};

/// In the place of a partner, a position or a group: sits out.
const NOBODY: u32 = u32::MAX;

/// Division by a number that is the same for a whole block: a product, a shift and one correction,
/// all of which vectorise.
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
    /// With N = 2^(32 + shift) the factor is above N / by − 1 or equal to it, so x × factor / N
    /// falls short of x / by by at most x / N, and x < 2^32 ≤ N makes that less than 1. The floor
    /// is therefore the quotient or one less.
    #[inline(always)]
    fn split(self, x: u32) -> (u32, u32) {
        let quotient = ((u64::from(x) * self.factor) >> 32) as u32 >> self.shift;
        let rest = x.wrapping_sub(quotient.wrapping_mul(self.by));
        if rest >= self.by { (quotient + 1, rest - self.by) } else { (quotient, rest) }
    }
}

/// Random groups of one size among 0..n; of two, a random matching. Members of a group stand side
/// by side in a permuted order, and the last n mod size sit out: everybody is as likely to.
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

    /// The partner of each of `xs` at this slot, from 0 to size − 2, or `u32::MAX` for who sits
    /// out. The slots of an agent are the other members of its group, each once, starting with the
    /// next in the group and going round.
    ///
    /// # Panics
    /// If the slot is not below size − 1, `xs` and `out` differ in length, or an agent is not below
    /// n.
    #[inline(always)]
    pub fn partner(&self, slot: u32, xs: &[u32], out: &mut [u32]) {
        assert!(slot < self.size.by - 1, "a group of {} has no slot {slot}", self.size.by);
        let (seated, size) = (self.seated, self.size);
        let (step, back) = (slot + 1, size.by - 1 - slot);
        self.each_block(
            xs,
            out,
            // Without this it would be compiled once, for every machine.
            #[inline(always)]
            |agents, places| {
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
            },
        );
    }

    /// The first of the group of each of `xs`; itself for the first, and for who sits out.
    ///
    /// # Panics
    /// If `xs` and `out` differ in length or an agent is not below n.
    pub fn first(&self, xs: &[u32], out: &mut [u32]) {
        let (seated, size) = (self.seated, self.size);
        if seated == 0 {
            return out.copy_from_slice(xs);
        }
        self.each_block(xs, out, |_, places| {
            for place in &mut *places {
                *place = if *place < seated { *place - size.split(*place).1 } else { *place };
            }
            self.order.backward(places);
        });
    }

    /// Replaces places in the order by the members who stand there: those of a group stand side by side.
    ///
    /// # Panics
    /// If a place is not below n.
    #[inline(always)]
    pub fn members(&self, places: &mut [u32]) {
        self.order.backward(places);
    }

    /// The position of each of `xs` inside its group, from 0 (the first: the donor of a pair), or
    /// `u32::MAX` for who sits out.
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

    /// The member of a group at a position: what [`Grouping::group`] and [`Grouping::position`]
    /// come from.
    ///
    /// # Panics
    /// If there is no such group or position.
    #[must_use]
    pub fn member(&self, group: u32, position: u32) -> u32 {
        assert!(group < self.groups() && position < self.size.by, "no such member of a group");
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

    /// Hands over a few agents at a time with their places in the order, to be replaced by what
    /// goes into `out`.
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

#[cfg(test)]
mod tests {
    use super::super::testing::{fits, fits_evenly};
    use super::super::{Chance, Stream};
    use super::*;

    const SIZES: [u32; 8] = [2, 3, 50, 999, 1000, 4096, 4097, 1_000_000];

    fn groups(tick: u64, n: u32, size: u32) -> Grouping {
        let chance = Chance::new(8, 1, tick);
        Grouping::new(chance.stream(Stream::named("structure/meeting")), 0, n, size)
    }

    fn partners(groups: &Grouping, n: u32, slot: u32) -> Vec<u32> {
        let xs: Vec<u32> = (0..n).collect();
        let mut out = vec![0; xs.len()];
        groups.partner(slot, &xs, &mut out);
        out
    }

    #[test]
    fn division_is_exact() {
        let mut numbers: Vec<u32> = (0..=32)
            .flat_map(|k| [(1u64 << k) - 1, 1 << k, (1 << k) + 1, 3 << k >> 2])
            .filter_map(|x| u32::try_from(x).ok())
            .chain([5, 7, 641, 999, 1000, 6_700_417, 65_537 * 3, u32::MAX - 1])
            .collect();
        let draws = Chance::new(0, 0, 0).stream(Stream::named("division"));
        numbers.extend((0..200).map(|k| (draws.at(k) >> (32 + k % 32)) as u32));
        for by in numbers.iter().copied().filter(|&by| by > 0) {
            let divisor = Divisor::new(by);
            let most = u32::MAX / by * by;
            let near = [most - 1, most, most.saturating_add(1), by - 1, by, by.saturating_add(1)];
            for x in numbers.iter().copied().chain(near) {
                assert_eq!(divisor.split(x), (x / by, x % by), "{x} by {by}");
            }
        }
    }

    #[test]
    fn meetings_are_mutual_and_nobody_meets_itself() {
        for n in SIZES {
            for tick in 0..3 {
                let partner = partners(&groups(tick, n, 2), n, 0);
                for (i, &j) in partner.iter().enumerate() {
                    assert!(j != i as u32);
                    assert!(j == NOBODY || partner[j as usize] == i as u32);
                }
                let left = partner.iter().filter(|&&j| j == NOBODY).count();
                assert_eq!(left as u32, n % 2);
            }
        }
    }

    #[test]
    fn the_slots_of_an_agent_are_the_other_members_of_its_group() {
        for n in SIZES {
            for size in [2, 3, 5, 7, 50, 999, n].into_iter().filter(|&size| size <= n) {
                let groups = groups(5, n, size);
                let xs: Vec<u32> = (0..n).collect();
                let mut position = vec![0; xs.len()];
                let mut group = vec![0; xs.len()];
                groups.position(&xs, &mut position);
                groups.group(&xs, &mut group);
                let mut slots: Vec<u32> = vec![0, size / 2, size - 2];
                slots.retain(|&slot| slot < size - 1);
                for slot in slots {
                    for (i, j) in partners(&groups, n, slot).into_iter().enumerate() {
                        let (own, place) = (group[i], position[i]);
                        if j == NOBODY {
                            assert_eq!((own, place), (NOBODY, NOBODY));
                            continue;
                        }
                        assert_eq!(group[j as usize], own);
                        let ahead = (u64::from(place) + 1 + u64::from(slot)) % u64::from(size);
                        assert_eq!(u64::from(position[j as usize]), ahead);
                    }
                }
                let left = group.iter().filter(|&&group| group == NOBODY).count();
                assert_eq!(left as u32, n % size);
                assert_eq!(groups.groups(), n / size);
                let last = groups.groups() - 1;
                let member = groups.member(last, size - 1) as usize;
                assert_eq!((group[member], position[member]), (last, size - 1));
            }
        }
    }

    #[test]
    fn too_few_for_a_group_all_sit_out() {
        for (n, size) in [(1, 2), (2, 3), (999, 1000), (1000, 1001), (5, u32::MAX)] {
            let groups = groups(0, n, size);
            assert!(partners(&groups, n, 0).iter().all(|&j| j == NOBODY));
            let mut out = [0];
            groups.position(&[0], &mut out);
            assert_eq!((out, groups.groups()), ([NOBODY], 0));
        }
        let mut out = [0; 3];
        groups(0, 3, 1).position(&[0, 1, 2], &mut out);
        assert_eq!(out, [0; 3]);
    }

    #[test]
    fn the_largest_populations_and_groups_meet_mutually() {
        for (n, size) in
            [(u32::MAX, 2), (u32::MAX, u32::MAX), (u32::MAX - 1, 5), (3_000_000_000, 2_900_000_000)]
        {
            let groups = groups(0, n, size);
            let xs: Vec<u32> = (0..200).chain(n - 200..n).collect();
            let (mut there, mut back) = (vec![0; xs.len()], vec![0; xs.len()]);
            groups.partner(0, &xs, &mut there);
            for (there, &x) in there.iter_mut().zip(&xs) {
                if *there == NOBODY {
                    *there = x;
                }
            }
            groups.partner(size - 2, &there, &mut back);
            for k in 0..xs.len() {
                assert!(there[k] < n && (back[k] == xs[k] || back[k] == NOBODY && there[k] == xs[k]));
            }
        }
    }

    /// Each pair of agents meets as often as any other: all pairs up to 1,000 agents, above that
    /// the distance and the lowest bits of the partner. False-alarm rate 6e-7 for each of the 12
    /// tables.
    #[test]
    fn partners_are_uniform() {
        for (n, ticks) in [(3, 3000), (50, 4000), (999, 10_000), (1000, 10_000)] {
            let pairs = n as usize * (n as usize - 1) / 2;
            let mut met = vec![0; pairs];
            for tick in 0..ticks {
                for (i, j) in partners(&groups(tick, n, 2), n, 0).into_iter().enumerate() {
                    if j < i as u32 {
                        met[i * (i - 1) / 2 + j as usize] += 1;
                    }
                }
            }
            fits_evenly(&format!("pairs of {n}"), &met);
        }
        for (n, ticks) in [(999, 4000), (1000, 4000), (4096, 2000), (4097, 2000), (1_000_000, 10)] {
            let class = |distance: u32| (u64::from(distance) * 400 / u64::from(n)) as usize;
            let (mut distances, mut crossed) = (vec![0; 201], vec![0; 64]);
            for tick in 0..ticks {
                for (i, j) in partners(&groups(tick, n, 2), n, 0).into_iter().enumerate() {
                    let i = i as u32;
                    if j < i {
                        distances[class((i - j).min(n - (i - j)))] += 1;
                        crossed[(i ^ j) as usize & 63] += 1;
                    }
                }
            }
            let ordered_pairs = f64::from(n) * f64::from(n - 1);
            let mut expected = vec![0.0; 201];
            for distance in 1..n {
                expected[class(distance.min(n - distance))] += f64::from(n) / ordered_pairs;
            }
            fits(&format!("distance among {n}"), &distances, &expected);
            let ending = |low: u32| f64::from((n - low).div_ceil(64));
            let mut expected = [0.0; 64];
            for one in 0..64 {
                for two in 0..64 {
                    let itself = if one == two { 1.0 } else { 0.0 };
                    expected[(one ^ two) as usize] += ending(one) * (ending(two) - itself) / ordered_pairs;
                }
            }
            fits(&format!("lowest bits among {n}"), &crossed, &expected);
        }
    }

    /// Who sits out is each agent equally often (above 1,000 agents: each of 500 equal parts of
    /// them). False-alarm rate 6e-7 for each of the 8 tables.
    #[test]
    fn everybody_sits_out_equally_often() {
        let cases = [
            (3, 2, 3000),
            (50, 3, 3000),
            (50, 7, 3000),
            (999, 2, 20_000),
            (1000, 3, 20_000),
            (4096, 3, 20_000),
            (4097, 2, 20_000),
            (1_000_000, 3, 20_000),
        ];
        for (n, size, ticks) in cases {
            let classes = n.min(500);
            let class = |x: u32| (u64::from(x) * u64::from(classes) / u64::from(n)) as usize;
            let mut out = vec![0; classes as usize];
            for tick in 0..ticks {
                let groups = groups(tick, n, size);
                (groups.seated..n).for_each(|place| out[class(groups.order.backward_one(place))] += 1);
            }
            let mut expected = vec![0.0; classes as usize];
            (0..n).for_each(|x| expected[class(x)] += 1.0 / f64::from(n));
            fits(&format!("{n} in groups of {size}"), &out, &expected);
        }
    }

    /// Who is met, and whether as the donor, says nothing about another tick, stream, address,
    /// replicate or seed: two draws name the same partner once in n − 1, and are the donor in both
    /// once in four. False-alarm rate 6e-7 for each of the 2 × 5 tables of each size, 60 tables.
    #[test]
    fn meetings_are_independent_between_ticks_and_streams() {
        let (meeting, other) = (Stream::named("structure/meeting"), Stream::named("norm/observer"));
        for (n, ticks) in [(3, 4000), (50, 2000), (999, 1000), (1000, 1000), (4097, 400), (1_000_000, 4)] {
            for what in ["tick", "stream", "address", "replicate", "seed"] {
                let (mut same, mut roles) = ([0; 2], [0; 4]);
                for tick in 0..ticks {
                    let changed = |name: &str| u64::from(what == name);
                    let chance =
                        Chance::new(changed("seed"), changed("replicate") as u32, 2 * tick + changed("tick"));
                    let stream = if what == "stream" { other } else { meeting };
                    let here = Chance::new(0, 0, 2 * tick).stream(meeting);
                    let here = Grouping::new(here, 0, n, 2);
                    let there = Grouping::new(chance.stream(stream), changed("address"), n, 2);
                    // A few agents of each tick: those of one matching are not independent of each
                    // other.
                    let xs: Vec<u32> =
                        (0..n).step_by((n as usize).div_ceil(if n > 5000 { 100_000 } else { 8 })).collect();
                    let (mut one, mut two) = (vec![0; xs.len()], vec![0; xs.len()]);
                    here.partner(0, &xs, &mut one);
                    there.partner(0, &xs, &mut two);
                    for (a, b) in one.iter().zip(&two).filter(|&(&a, &b)| a != NOBODY && b != NOBODY) {
                        same[usize::from(a == b)] += 1;
                    }
                    here.position(&xs, &mut one);
                    there.position(&xs, &mut two);
                    if one[0] != NOBODY && two[0] != NOBODY {
                        roles[(one[0] * 2 + two[0]) as usize] += 1;
                    }
                }
                let once = 1.0 / f64::from(n - 1);
                if n < 1000 {
                    fits(&format!("partners by {what} among {n}"), &same, &[1.0 - once, once]);
                } else {
                    // Poisson with the mean of 8 or fewer, 0.1 up to a million: more than 40 once
                    // in 1e13.
                    assert!(same[1] < 40, "{} repeated partners by {what} among {n}", same[1]);
                }
                if ticks > 100 {
                    fits_evenly(&format!("roles by {what} among {n}"), &roles);
                }
            }
        }
    }
}
