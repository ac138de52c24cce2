//! Small groups of two strategies side by side: a group a lane of wide registers, its agents a bit each.
//!
//! A step waits for the one before it: for the strategies that it reads and for how many there are of each. Steps of several
//! groups do not wait for each other, so that all of them take theirs at once.

use super::neighbours::Neighbours;
use super::walk::Streams;
use super::{Event, From, Steps, Stops};
use crate::chance::abreast::{ABREAST, Lanes};
use crate::chance::below_u32;
use crate::groups::{ACTS, Group};
use crate::kernels::wide;
use crate::pass::At;

/// Most agents of a group: what a few words have bits for.
pub(super) const MOST: usize = 256;
/// Fewer groups than this are faster one by one.
pub(super) const LEAST: usize = 3;
/// Numbers of the second strategy, and some that there are not: so that every number has a row.
const ROWS: usize = 2 * MOST;
/// Set where a group of such numbers stops.
const STOP: u64 = 1 << 63;
/// Bits of a threshold: 2^24 is one.
const THRESHOLD: u32 = 25;

/// What happens in a step, by the number of the second strategy, with [`STOP`].
pub(super) struct SideBySide {
    happens: Happens,
    rows: [u64; ROWS],
    /// payoffs as learners note them, of the first strategy and then of the second
    noted: [f64; 2 * ROWS],
}

#[derive(Clone, Copy, PartialEq)]
enum Happens {
    /// a learner takes over the strategy of a model; rows hold the threshold of a learner of each strategy
    Learns,
    /// the child of a parent takes a place; rows hold the chances of 2^53 in which the parent follows the first strategy
    Replaces,
}

/// A group a lane.
#[derive(Clone, Copy)]
struct Side<const WORDS: usize> {
    /// the strategy of each agent, a bit each
    bits: [Lanes; WORDS],
    /// agents of the second strategy
    second: Lanes,
    /// 1 until the group stops
    live: Lanes,
    steps: Lanes,
    /// payoffs of learners and their squares, in the order of the steps
    sums: [[f64; ABREAST]; 2],
}

impl SideBySide {
    /// What these steps come to, if they are nothing but comparisons within a group, or births and deaths.
    pub(super) fn of(of: &Steps, group_size: usize) -> Option<SideBySide> {
        let stops = |second: usize| match &of.stops {
            Stops::Tabled(stops) => u64::from(stops[second]) * STOP,
            _ => 0,
        };
        if of.strategies != 2 || !(2..=MOST).contains(&group_size) || matches!(of.stops, Stops::Asked(_)) {
            return None;
        }
        let (mut rows, mut noted) = ([0; ROWS], [0.0; 2 * ROWS]);
        let happens = match (&of.event, &of.from) {
            (Event::Learns(Neighbours::Everybody), From::Group(tables)) if of.is_plain() => {
                for (second, row) in rows[..=group_size].iter_mut().enumerate() {
                    let [first, other] = [0, 1].map(|own| u64::from(tables.alone(own, second).1));
                    *row = first | other << THRESHOLD | stops(second);
                }
                for (own, noted) in [0, 1].into_iter().zip(noted.chunks_mut(ROWS)) {
                    noted
                        .iter_mut()
                        .take(group_size + 1)
                        .enumerate()
                        .for_each(|(second, noted)| *noted = tables.alone(own, second).0);
                }
                Happens::Learns
            }
            // Somebody is always fit.
            (Event::Demes { parents, spares: false }, _)
                if of.revision.is_nothing() && parents.iter().all(|row| row[1] == 1 << 53) =>
            {
                for (second, row) in rows[..=group_size].iter_mut().enumerate() {
                    *row = parents[second][0] | stops(second);
                }
                Happens::Replaces
            }
            _ => return None,
        };
        Some(SideBySide { happens, rows, noted })
    }
}

impl SideBySide {
    /// The steps of these groups in a tick, no more than there are lanes; `of` gives the agents and the state of one.
    pub(super) fn tick<'a>(
        &self,
        (steps, at, streams): (&Steps, &At, &Streams),
        groups: &[u32],
        of: impl Fn(u32) -> (&'a mut [u8], &'a mut Group),
    ) {
        match at.group_size.div_ceil(64) {
            1 => self.tick_of::<1>((steps, at, streams), groups, of),
            2 => self.tick_of::<2>((steps, at, streams), groups, of),
            _ => self.tick_of::<4>((steps, at, streams), groups, of),
        }
    }

    fn tick_of<'a, const WORDS: usize>(
        &self,
        (steps, at, streams): (&Steps, &At, &Streams),
        groups: &[u32],
        of: impl Fn(u32) -> (&'a mut [u8], &'a mut Group),
    ) {
        let zero = [0; ABREAST];
        let mut side =
            Side { bits: [zero; WORDS], second: zero, live: zero, steps: zero, sums: [[0.0; ABREAST]; 2] };
        // A lane without a group steps nowhere.
        let mut addresses = [0; ABREAST];
        for (lane, &group) in groups.iter().enumerate() {
            addresses[lane] = u64::from(group);
            side.take(lane, of(group).0);
        }
        let n = at.group_size as u32;
        match (self.happens, at.looked_at) {
            (Happens::Learns, true) => wide!(self.learn::<WORDS, true>(&mut side, n, streams, &addresses)),
            (Happens::Learns, false) => wide!(self.learn::<WORDS, false>(&mut side, n, streams, &addresses)),
            (Happens::Replaces, _) => wide!(self.replace(&mut side, n, streams, &addresses)),
        }
        let notes = at.looked_at && self.happens == Happens::Learns;
        for (lane, &group) in groups.iter().enumerate() {
            let (strategies, state) = of(group);
            side.give(lane, strategies);
            if side.live[lane] == 0 {
                (state.ended, state.end_tick) = (true, at.tick);
            }
            state.steps += side.steps[lane];
            let counts = [n - side.second[lane] as u32, side.second[lane] as u32];
            let noted = if notes { side.steps[lane] } else { 0 };
            let [sum, squares] = side.sums.map(|sums| sums[lane]);
            steps.put_down(at.tallies, group as usize, ([0; ACTS], &counts), (noted, sum, squares));
        }
    }

    /// Learners and a model each.
    #[inline(always)]
    fn learn<const WORDS: usize, const NOTES: bool>(
        &self,
        side: &mut Side<WORDS>,
        n: u32,
        streams: &Streams,
        addresses: &Lanes,
    ) {
        let (mut focals, mut chooses) = (streams.focal.abreast(addresses), streams.model.abreast(addresses));
        let mut decides = streams.decision.abreast(addresses);
        let mut rows = self.rows_of(side);
        // All in one loop over the lanes, in variables of its own: so they stay in wide registers.
        let mut here = *side;
        for _ in 0..n {
            for (k, row) in rows.iter_mut().enumerate() {
                let focal = u64::from(below_u32(focals.next(k), n));
                let other = u64::from(below_u32(chooses.next(k), n - 1));
                let model = other + u64::from(other >= focal);
                let (own, theirs) = (here.at(k, focal), here.at(k, model));
                if NOTES {
                    let payoff = self.noted[(own as usize * ROWS + here.second[k] as usize) % (2 * ROWS)];
                    // Nothing is added for a group that has stopped.
                    let payoff = if here.live[k] == 1 { payoff } else { 0.0 };
                    here.sums[0][k] += payoff;
                    here.sums[1][k] += payoff * payoff;
                }
                let threshold = (*row >> (own as u32 * THRESHOLD)) & ((1 << THRESHOLD) - 1);
                let takes = u64::from(decides.next(k) >> 40 < threshold);
                *row = self.step(&mut here, k, (focal, own), takes & (own ^ theirs));
            }
        }
        *side = here;
    }

    /// Births and deaths.
    #[inline(always)]
    fn replace<const WORDS: usize>(
        &self,
        side: &mut Side<WORDS>,
        n: u32,
        streams: &Streams,
        addresses: &Lanes,
    ) {
        let (mut focals, mut decides) =
            (streams.focal.abreast(addresses), streams.decision.abreast(addresses));
        let mut rows = self.rows_of(side);
        let mut here = *side;
        for _ in 0..n {
            for (k, row) in rows.iter_mut().enumerate() {
                let victim = u64::from(below_u32(focals.next(k), n));
                let own = here.at(k, victim);
                let born = u64::from(decides.next(k) >> 11 >= *row & !STOP);
                *row = self.step(&mut here, k, (victim, own), own ^ born);
            }
        }
        *side = here;
    }

    /// The row of a number of the second strategy.
    #[inline(always)]
    fn row(&self, second: u64) -> u64 {
        self.rows[second as usize % ROWS]
    }

    #[inline(always)]
    fn rows_of<const WORDS: usize>(&self, side: &Side<WORDS>) -> Lanes {
        let mut rows = [0; ABREAST];
        for (row, &second) in rows.iter_mut().zip(&side.second) {
            *row = self.row(second);
        }
        rows
    }

    /// Ends a step of a group, in which one at a place changes or not; returns the row of the new numbers.
    #[inline(always)]
    fn step<const WORDS: usize>(
        &self,
        side: &mut Side<WORDS>,
        k: usize,
        (place, own): (u64, u64),
        changes: u64,
    ) -> u64 {
        let live = side.live[k];
        let change = changes & live;
        for (word, bits) in side.bits.iter_mut().enumerate() {
            let here = u64::from(WORDS == 1 || place >> 6 == word as u64);
            bits[k] ^= (change & here) << (place & 63);
        }
        side.second[k] = side.second[k].wrapping_add(change).wrapping_sub(2 * (change & own));
        side.steps[k] += live;
        let row = self.row(side.second[k]);
        side.live[k] = live & !(change & (row >> 63));
        row
    }
}

impl<const WORDS: usize> Side<WORDS> {
    /// Puts a group into a lane.
    #[inline(always)]
    fn take(&mut self, lane: usize, strategies: &[u8]) {
        self.live[lane] = 1;
        let (eights, rest) = strategies.as_chunks::<8>();
        for (nth, &eight) in eights.iter().enumerate() {
            // Bit 8 k moves to 56 + k, and no two products meet.
            let bits = u64::from_le_bytes(eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
            self.bits[nth / 8][lane] |= bits << (nth % 8 * 8);
        }
        for (nth, &strategy) in (8 * eights.len()..).zip(rest) {
            self.bits[nth / 64][lane] |= u64::from(strategy) << (nth % 64);
        }
        self.second[lane] = self.bits.iter().map(|bits| u64::from(bits[lane].count_ones())).sum();
    }

    /// Puts the strategies of a lane back.
    #[inline(always)]
    fn give(&self, lane: usize, strategies: &mut [u8]) {
        let (eights, rest) = strategies.as_chunks_mut::<8>();
        let given = 8 * eights.len();
        for (nth, eight) in eights.iter_mut().enumerate() {
            let bits = self.bits[nth / 8][lane] >> (nth % 8 * 8) & 0xff;
            // Byte k keeps bit k, and carries it to its top.
            let tops =
                (bits.wrapping_mul(0x0101_0101_0101_0101) & 0x8040_2010_0804_0201) + 0x7f7f_7f7f_7f7f_7f7f;
            *eight = (tops >> 7 & 0x0101_0101_0101_0101).to_le_bytes();
        }
        for (nth, strategy) in (given..).zip(rest) {
            *strategy = (self.bits[nth / 64][lane] >> (nth % 64) & 1) as u8;
        }
    }

    /// The strategy at a place of a lane.
    #[inline(always)]
    fn at(&self, k: usize, place: u64) -> u64 {
        let mut found = 0;
        for (word, bits) in self.bits.iter().enumerate() {
            let here = WORDS == 1 || place >> 6 == word as u64;
            found |= if here { bits[k] } else { 0 };
        }
        found >> (place & 63) & 1
    }
}
