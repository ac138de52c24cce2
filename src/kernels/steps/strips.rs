//! One torus by several threads, one agent at a time: the same steps in the same order wherever that can show.
//!
//! Every thread walks the whole sequence of draws and makes the steps whose learners stand in its strip of rows. Most look at
//! nothing beyond the strip, and nobody beyond looks at them. Those near a border wait until the threads on its other side
//! have made all the steps before theirs, and are waited for by the steps after: so each step finds what it would find if
//! one thread made them all.

use super::neighbours::{Around, Neighbours, Torus};
use super::standing::Tables;
use super::walk::{Streams, fill};
use super::{BATCH, Event, From, Steps, Stops};
use crate::chance::below;
use crate::kernels::{prefetch, shared};
use crate::learning::Models;
use crate::pass::At;
use std::ops::Range;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

/// Fewer agents come from near caches: threads that wait for each other at borders are then no faster than one.
const FEW: usize = 1 << 22;
/// Agents that do not fit into the nearer caches.
const FAR: usize = 1 << 21;
/// Rows of a strip for each that a step looks beyond its own: else too many wait at borders.
const DEEP: usize = 64;
/// Steps of which what learners earned is kept until it is added up, in their order.
const WINDOW: usize = 1 << 20;

/// The steps of a torus of two strategies in a tick.
pub(super) struct Strips<'a> {
    models: &'a Torus,
    played: &'a Torus,
    tables: &'a Tables,
    streams: &'a Streams,
    group: u64,
    strategies: &'a [AtomicU8],
    /// what the learner of each step of the window earned, by its own strategy and the number around it
    earned: Option<Vec<AtomicU8>>,
}

/// A step that a thread has to make.
#[derive(Clone, Copy, Default)]
struct Own {
    nth: u32,
    focal: u32,
    model: u32,
    decision: u32,
    /// nothing that it looks at is beyond the torus' edge
    inner: bool,
}

/// How far each thread has come: all its steps before this one are made. A line of memory each.
#[repr(align(128))]
#[derive(Default)]
struct Made(AtomicU32);

/// The places of a thread, and those that are not near a border.
struct Strip {
    nth: usize,
    places: Range<usize>,
    inside: Range<usize>,
}

impl Steps {
    /// Whether a step is nothing but a comparison of two on a torus.
    pub(super) fn on_torus(&self) -> Option<(&Torus, &Torus, &Tables)> {
        let plain =
            matches!(self.rule.models(), Models::One) && self.rule.chancy() && self.revision.is_nothing();
        match (&self.event, &self.from, &self.stops) {
            (Event::Learns(Neighbours::Torus(models)), From::Torus(played, tables), Stops::Never)
                if plain =>
            {
                Some((models, played, tables))
            }
            _ => None,
        }
    }
}

impl<'a> Strips<'a> {
    pub(super) fn new(
        (models, played, tables): (&'a Torus, &'a Torus, &'a Tables),
        at: &At,
        streams: &'a Streams,
        strategies: &'a mut [u8],
    ) -> Strips<'a> {
        let earned =
            at.looked_at.then(|| (0..WINDOW.min(strategies.len())).map(|_| AtomicU8::new(0)).collect());
        let group = (at.first / at.group_size) as u64;
        Strips { models, played, tables, streams, group, strategies: shared(strategies), earned }
    }

    /// Makes all steps by no more than so many threads; returns by how many the second strategy has grown, and the sums of
    /// what learners earned and of its squares.
    pub(super) fn all(&self, threads: usize) -> (i64, [f64; 2]) {
        let n = self.strategies.len();
        let (row, reach) = self.models.rows_and_reach();
        let reach = reach + self.played.rows_and_reach().1;
        let rows = n / row;
        let most = if n < FEW { 1 } else { rows / (DEEP * reach.max(1)) };
        let threads = threads.min(most).max(1);
        let border = if threads > 1 { reach } else { 0 };
        let strips = (0..threads).map(|nth| {
            let [first, end] = [nth, nth + 1].map(|nth| nth * rows / threads);
            let inside = (first + border) * row..(end - border) * row;
            Strip { nth, places: first * row..end * row, inside }
        });
        let (made, barrier) = (Vec::from_iter((0..threads).map(|_| Made::default())), Barrier::new(threads));
        let work = |strip: Strip| match self.played.offsets().len() {
            4 => self.work::<4>(&strip, &made, &barrier),
            6 => self.work::<6>(&strip, &made, &barrier),
            8 => self.work::<8>(&strip, &made, &barrier),
            _ => self.work::<0>(&strip, &made, &barrier),
        };
        // Threads of their own: who waits for others must know that they run.
        std::thread::scope(|scope| {
            let mut strips = strips;
            let first = strips.next().expect("a strip at least");
            let others: Vec<_> = strips.map(|strip| scope.spawn(|| work(strip))).collect();
            let (mut grown, sums) = work(first);
            for other in others {
                grown += other.join().expect("no step fails").0;
            }
            (grown, sums)
        })
    }

    /// The steps of one strip, where so many are around each, or 0 for any number. The first thread adds up what learners
    /// earned.
    fn work<const AROUND: usize>(&self, strip: &Strip, made: &[Made], barrier: &Barrier) -> (i64, [f64; 2]) {
        let around: [i32; AROUND] = std::array::from_fn(|k| self.played.offsets()[k]);
        let n = self.strategies.len();
        let mut rngs = [self.streams.focal, self.streams.model, self.streams.decision]
            .map(|draws| draws.rng(self.group));
        let (mut draws, mut grown, mut sums) = ([[0; BATCH]; 3], 0, [0.0; 2]);
        let (mut now, mut ahead, mut count) = ([Own::default(); BATCH], [Own::default(); BATCH], 0);
        let window = if self.earned.is_some() { WINDOW } else { n };
        for first in (0..n).step_by(window) {
            let end = n.min(first + window);
            // Steps are made a batch later than they are drawn: meanwhile what they look at comes from memory.
            for from in (first..end).step_by(BATCH) {
                let batch = BATCH.min(end - from);
                rngs.iter_mut().zip(&mut draws).for_each(|(rng, draws)| fill(rng, &mut draws[..batch]));
                let next = self.draw(strip, from, &draws.each_ref().map(|draws| &draws[..batch]), &mut ahead);
                grown += self.make(strip, &now[..count], made, (first, &around));
                made[strip.nth].0.store(from as u32, Ordering::Release);
                std::mem::swap(&mut now, &mut ahead);
                count = next;
            }
            grown += self.make(strip, &now[..count], made, (first, &around));
            made[strip.nth].0.store(end as u32, Ordering::Release);
            count = 0;
            if let Some(earned) = &self.earned {
                barrier.wait();
                if strip.nth == 0 {
                    self.add_up(&earned[..end - first], &mut sums);
                }
                barrier.wait();
            }
        }
        (grown, sums)
    }

    /// Finds the steps of a batch that are this strip's, and calls for what they look at; returns how many they are.
    #[inline(always)]
    fn draw(&self, strip: &Strip, from: usize, draws: &[&[u64]; 3], own: &mut [Own; BATCH]) -> usize {
        let n = self.strategies.len();
        let (first, len) = (strip.places.start, strip.places.len());
        let (mut places, mut mine, mut count) = ([0u32; BATCH], [0u8; BATCH], 0);
        for (nth, (place, &draw)) in places.iter_mut().zip(draws[0]).enumerate() {
            *place = below(draw, n as u64) as u32;
            // Without a branch, which nobody could foretell.
            mine[count % BATCH] = nth as u8;
            count += usize::from((*place as usize).wrapping_sub(first) < len);
        }
        for (&nth, own) in mine[..count].iter().zip(own) {
            let nth = usize::from(nth) % BATCH;
            let focal = places[nth] as usize;
            let model = self.models.pick(focal, draws[1][nth]);
            if n >= FAR {
                let call = |place: usize| prefetch(self.strategies, place);
                self.played.rows_around(focal, call);
                // Beyond the model lies what is around it alone.
                call((2 * model).wrapping_sub(focal));
            }
            *own = Own {
                nth: (from + nth) as u32,
                focal: focal as u32,
                model: model as u32,
                decision: (draws[2][nth] >> 40) as u32,
                inner: self.played.has_all(focal) & self.played.has_all(model),
            };
        }
        count
    }

    /// Makes the steps of a batch; returns by how many the second strategy has grown. `window`: the first step of which
    /// payoffs are kept.
    #[inline(always)]
    fn make<const AROUND: usize>(
        &self,
        strip: &Strip,
        own: &[Own],
        made: &[Made],
        (window, around): (usize, &[i32; AROUND]),
    ) -> i64 {
        let mut grown = 0;
        for step in own {
            let (focal, model) = (step.focal as usize, step.model as usize);
            if !strip.inside.contains(&focal) {
                self.wait(strip, step.nth, made);
            }
            let [own, other] = [focal, model].map(|place| self.at(place));
            if self.earned.is_none() && own == other {
                continue;
            }
            let number = |place: usize| self.number(place, step.inner, around);
            let mine = number(focal);
            if let Some(earned) = &self.earned {
                earned[step.nth as usize - window].store(self.tables.code(own, mine), Ordering::Relaxed);
            }
            if own != other {
                // By a mask: a branch is one that nobody foretells.
                let takes = step.decision < self.tables.threshold((own, mine), number(model));
                let new = own ^ ((own ^ other) & u8::from(takes).wrapping_neg());
                self.strategies[focal].store(new, Ordering::Relaxed);
                grown += i64::from(new) - i64::from(own);
            }
        }
        grown
    }

    /// Waits until the neighbouring strips have made all steps before this one.
    #[cold]
    fn wait(&self, strip: &Strip, nth: u32, made: &[Made]) {
        if made.len() == 1 {
            return;
        }
        made[strip.nth].0.store(nth, Ordering::Release);
        for beside in [strip.nth + 1, strip.nth + made.len() - 1] {
            let other = &made[beside % made.len()].0;
            let mut asked = 0;
            while other.load(Ordering::Acquire) < nth {
                asked += 1;
                // Who has no processor to itself lets the other have it.
                if asked % 1_024 == 0 { std::thread::yield_now() } else { std::hint::spin_loop() }
            }
        }
    }

    #[inline(always)]
    fn at(&self, place: usize) -> u8 {
        self.strategies[place].load(Ordering::Relaxed)
    }

    /// How many around a place have the second strategy.
    #[inline(always)]
    fn number<const AROUND: usize>(&self, place: usize, inner: bool, around: &[i32; AROUND]) -> usize {
        let mut sum = 0;
        if AROUND > 0 && inner {
            around
                .iter()
                .for_each(|&apart| sum += usize::from(self.at(place.wrapping_add_signed(apart as isize))));
        } else {
            self.played.each(place, |other| sum += usize::from(self.at(other)));
        }
        sum
    }

    /// Adds up what learners earned, in the order of their steps.
    fn add_up(&self, earned: &[AtomicU8], [sum, squares]: &mut [f64; 2]) {
        for code in earned {
            let payoff = self.tables.noted(code.load(Ordering::Relaxed));
            *sum += payoff;
            *squares += payoff * payoff;
        }
    }
}
