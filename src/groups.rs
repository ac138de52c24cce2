//! Groups: equal, contiguous demes. What is known of each: whether it has stopped, and the tick's tallies.

use crate::counted::Counted;
use bevy_ecs::resource::Resource;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most acts that a game can have.
pub const ACTS: usize = 8;

/// What is counted in a group during a tick. Whole numbers, so that no order of adding can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// agents who were fined at least once
    Punished,
    /// fines received
    Fines,
    /// punishments carried out
    Fees,
    /// agents reached by the tick's cascade
    Reached,
    /// waves of the tick's cascade after its seeds
    Waves,
    /// agents outside of the first stage as a tick of whole cascades ends
    Left,
    /// agents whose stage an intervention has set
    Moved,
    /// agents who acted in their turn
    Acted,
    /// of those, who did what is right
    Correct,
    /// groups in which the next in turn would not heed its own signal
    Herding,
    /// payoffs that the asynchronous clock evaluated for focal agents
    Evaluated,
    /// fines for this motive other than not helping, from 2: helping, not punishing, one's strategy
    Motive(u8),
    /// fines that an institution received
    Levied,
    /// times that an agent chose this act
    Act(u8),
    /// agents who follow the second of two strategies as the tick ends, where the pass that writes them counts them
    Second,
    /// where payoffs follow from counts: partners who did the second of two acts, over those who did this act
    Faced(u8),
    /// the squares of these numbers of partners
    FacedSquared(u8),
}

const COUNTS: usize = 20 + ACTS;
/// Groups of a piece of work.
const PIECE: usize = 1 << 12;
/// Two sums of payoffs follow the counts: of the values and of their squares.
const SLOTS: usize = COUNTS + 2;

impl Count {
    fn slot(self) -> usize {
        match self {
            Count::Punished => 0,
            Count::Fines => 1,
            Count::Fees => 2,
            Count::Reached => 3,
            Count::Evaluated => 4,
            Count::Motive(motive) => 3 + usize::from(motive),
            Count::Waves => 8,
            Count::Left => 9,
            Count::Moved => 10,
            Count::Acted => 11,
            Count::Correct => 12,
            Count::Herding => 13,
            Count::Levied => 14,
            Count::Faced(act) => 15 + usize::from(act & 1),
            Count::FacedSquared(act) => 17 + usize::from(act & 1),
            Count::Second => 19,
            Count::Act(act) => 20 + usize::from(act),
        }
    }
}

/// What is counted in a group from the start of the run, where mutants enter uniform groups only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// how often the group became uniform
    Fixations,
    /// 1 while the group is mixed
    Mixed,
    /// mutants that entered the group while all its agents had this strategy
    Invasions(u8),
}

impl Total {
    fn slot(self) -> usize {
        match self {
            Total::Fixations => 0,
            Total::Mixed => 1,
            Total::Invasions(strategy) => 2 + usize::from(strategy),
        }
    }
}

/// Payoffs by pair of strategies are added in whole multiples of this, so that no order of adding can show.
const PAIR_UNIT: f64 = 1.0 / (1u64 << 20) as f64;

/// The tick's counts of every group.
#[derive(Default)]
pub struct Tallies {
    slots: Vec<AtomicU64>,
    /// payoffs of the tick by pair of strategies: a sum in units of [`PAIR_UNIT`] and a number of meetings or rounds
    pairs: Vec<AtomicU64>,
    kinds: usize,
    /// help given and received, two a strategy and group; empty where nobody asks for it
    given: Vec<AtomicU64>,
    strategies: usize,
    /// running totals, `width` a group
    totals: Vec<AtomicU64>,
    width: usize,
    reached: Mutex<Vec<(usize, u64)>>,
    /// how payoffs follow from the counts, if they do
    pub(crate) counted: Option<Counted>,
    /// whether [`Count::Second`] says what the agents of the last tick follow: nobody has written it since
    pub(crate) knows_second: bool,
}

impl Tallies {
    /// Empty tallies of so many groups.
    pub fn new(groups: usize) -> Self {
        let slots = (0..groups * SLOTS).map(|_| AtomicU64::new(0)).collect();
        Tallies { slots, ..Tallies::default() }
    }

    /// Whether payoffs are kept by pair of strategies.
    pub fn keeps_pairs(&self) -> bool {
        self.kinds > 0
    }

    /// Adds what an agent earned from a partner in so many meetings or rounds, where pairs are kept. ORDER: whole numbers
    /// commute.
    pub fn add_pair(&self, group: usize, [own, other]: [u8; 2], earned: f64, times: u64) {
        if self.kinds > 0 {
            let at = 2 * ((group * self.kinds + usize::from(own)) * self.kinds + usize::from(other));
            self.pairs[at].fetch_add((earned / PAIR_UNIT).round() as i64 as u64, Relaxed);
            self.pairs[at + 1].fetch_add(times, Relaxed);
        }
    }

    /// What agents of a strategy earned from those of another in a meeting or round of the tick, the mean over a range of
    /// groups; NaN where they did not meet.
    pub fn pair(&self, groups: Range<usize>, [own, other]: [u8; 2]) -> f64 {
        let (sum, times) = groups.fold((0i64, 0), |(sum, times), group| {
            let at = 2 * ((group * self.kinds + usize::from(own)) * self.kinds + usize::from(other));
            let [earned, n] = [at, at + 1].map(|at| self.pairs.get(at).map_or(0, |slot| slot.load(Relaxed)));
            (sum + earned as i64, times + n)
        });
        if times == 0 { f64::NAN } else { sum as f64 * PAIR_UNIT / times as f64 }
    }

    /// Adds what agents of each strategy gave and received. ORDER: whole numbers commute.
    pub fn add_given(&self, group: usize, given: &[[u64; 2]]) {
        let all = self.given.get(group * 2 * self.strategies..).unwrap_or_default();
        for (slot, &n) in all.iter().take(2 * self.strategies).zip(given.as_flattened()) {
            slot.fetch_add(n, Relaxed);
        }
    }

    /// Help that agents of a strategy gave (0) or received (1) in a range of groups.
    pub fn given(&self, groups: Range<usize>, strategy: usize, received: usize) -> u64 {
        let of = |group: usize| (group * self.strategies + strategy) * 2 + received;
        groups.map(|group| self.given[of(group)].load(Relaxed)).sum()
    }

    /// Sets to a running total of a group. ORDER: only the task that owns the group may call it.
    pub fn set_total(&self, group: usize, total: Total, value: u64) {
        self.totals[group * self.width + total.slot()].store(value, Relaxed);
    }

    /// Adds one to a running total of a group. ORDER: whole numbers commute.
    pub fn add_total(&self, group: usize, total: Total) {
        self.totals[group * self.width + total.slot()].fetch_add(1, Relaxed);
    }

    /// A running total of a range of groups; 0 where none are kept.
    pub fn total(&self, groups: Range<usize>, total: Total) -> u64 {
        let slots = groups.filter_map(|group| self.totals.get(group * self.width + total.slot()));
        slots.map(|slot| slot.load(Relaxed)).sum()
    }

    /// Adds to a count of a group. ORDER: whole numbers commute.
    pub fn add(&self, group: usize, count: Count, n: u64) {
        if n > 0 {
            self.slots[group * SLOTS + count.slot()].fetch_add(n, Relaxed);
        }
    }

    /// [`Tallies::add`] for the only one that counts in this group meanwhile.
    pub(crate) fn add_alone(&self, group: usize, count: Count, n: u64) {
        let slot = &self.slots[group * SLOTS + count.slot()];
        slot.store(slot.load(Relaxed) + n, Relaxed);
    }

    /// A count of a range of groups.
    pub fn count(&self, groups: Range<usize>, count: Count) -> u64 {
        groups.map(|group| self.slots[group * SLOTS + count.slot()].load(Relaxed)).sum()
    }

    /// Adds a payoff that the asynchronous clock evaluated. ORDER: only the task that owns the group may call it,
    /// in the group's own sequence.
    pub fn add_payoffs(&self, group: usize, n: u64, sum: f64, squares: f64) {
        self.add_alone(group, Count::Evaluated, n);
        for (slot, x) in [(COUNTS, sum), (COUNTS + 1, squares)] {
            let slot = &self.slots[group * SLOTS + slot];
            slot.store((f64::from_bits(slot.load(Relaxed)) + x).to_bits(), Relaxed);
        }
    }

    /// Sum and sum of squares of the evaluated payoffs of a range of groups, added in the groups' order.
    pub fn payoffs(&self, groups: Range<usize>) -> (f64, f64) {
        groups.fold((0.0, 0.0), |(sum, squares), group| {
            let at = |slot: usize| f64::from_bits(self.slots[group * SLOTS + slot].load(Relaxed));
            (sum + at(COUNTS), squares + at(COUNTS + 1))
        })
    }

    /// All counts as they are stored, for a checkpoint.
    pub fn slots(&self) -> Vec<u64> {
        let all = self.slots.iter().chain(&self.given).chain(&self.totals).chain(&self.pairs);
        all.map(|slot| slot.load(Relaxed)).collect()
    }

    /// Takes up the counts that [`Tallies::slots`] gave for as many groups.
    pub fn restore(&mut self, slots: &[u64]) {
        let all = self.slots.iter_mut().chain(&mut self.given).chain(&mut self.totals).chain(&mut self.pairs);
        all.zip(slots).for_each(|(slot, &value)| *slot.get_mut() = value);
    }

    /// Notes how many agents the `nth` intervention of the world reaches in this tick. ORDER: interventions choose one
    /// after the other.
    pub fn note_reached(&self, nth: usize, agents: u64) {
        self.lock().push((nth, agents));
    }

    /// The interventions that have reached agents in this tick, with how many.
    pub fn reached(&self) -> Vec<(usize, u64)> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(usize, u64)>> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn clear(&self, group: usize) {
        let pairs = 2 * self.kinds * self.kinds;
        for (slots, width) in [(&self.slots, SLOTS), (&self.pairs, pairs), (&self.given, 2 * self.strategies)]
        {
            slots[group * width..(group + 1) * width].iter().for_each(|slot| slot.store(0, Relaxed));
        }
    }

    /// Bytes that a group's tallies take.
    pub const BYTES: usize = SLOTS * size_of::<AtomicU64>();
}

/// What is known of a group besides its agents.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Group {
    /// whether its stopping rule has been met: it is frozen from then on
    pub ended: bool,
    /// the tick in which it stopped (0 while it goes on)
    pub end_tick: u64,
    /// elementary steps of the asynchronous clock until it stopped, or until now
    pub steps: u64,
    /// the stock of its commons, in units, where the world has one
    pub resource: f64,
    /// what it has voted for, where its agents vote; NaN before the first vote
    pub rule: f64,
}

impl Group {
    /// Elementary steps until the group stopped; on the synchronous clock everybody steps once a tick.
    pub fn steps_done(&self, size: usize) -> u64 {
        if self.steps > 0 { self.steps } else { self.end_tick * size as u64 }
    }
}

/// All groups of a world.
#[derive(Resource, Default)]
pub struct Groups {
    /// agents of one group
    pub size: usize,
    /// what is known of each
    pub state: Vec<Group>,
    /// the tick's counts
    pub tallies: Tallies,
    /// how many have stopped
    pub ended: usize,
    /// the groups that go on, in their order
    pub live: Vec<u32>,
    /// whether groups have a stock, which is then part of the state
    pub stocked: bool,
    /// whether groups vote on a rule, which is then part of the state
    pub voting: bool,
    /// the strategy of empty places, where there can be some: who has it is nobody
    pub empty: Option<u8>,
}

impl Groups {
    /// So many groups of so many agents, none stopped.
    pub fn new(groups: usize, size: usize) -> Self {
        let state = vec![Group::default(); groups];
        let live = (0..groups as u32).collect();
        Groups { size, state, tallies: Tallies::new(groups), live, ..Groups::default() }
    }

    /// Gives every group a stock of so many units.
    #[must_use]
    pub fn with_stock(mut self, stock: f64) -> Self {
        self.stocked = true;
        self.state.iter_mut().for_each(|group| group.resource = stock);
        self
    }

    /// Lets every group vote on a rule; there is none before the first vote.
    #[must_use]
    pub fn with_votes(mut self) -> Self {
        self.voting = true;
        self.state.iter_mut().for_each(|group| group.rule = f64::NAN);
        self
    }

    /// Also counts the help that agents of each of so many strategies give and receive.
    #[must_use]
    pub fn counting_help(mut self, strategies: usize) -> Self {
        let slots = self.state.len() * 2 * strategies;
        (self.tallies.strategies, self.tallies.given) = (strategies, vec![]);
        self.tallies.given.resize_with(slots, AtomicU64::default);
        self
    }

    /// Keeps running totals of the fixations and invasions of so many strategies.
    #[must_use]
    pub fn with_totals(mut self, strategies: usize) -> Self {
        self.tallies.width = 2 + strategies;
        let slots = 0..self.state.len() * self.tallies.width;
        self.tallies.totals = slots.map(|_| AtomicU64::new(0)).collect();
        self
    }

    /// Keeps payoffs by pair of so many strategies.
    #[must_use]
    pub fn with_pairs(mut self, strategies: usize) -> Self {
        self.tallies.kinds = strategies;
        let slots = 0..2 * self.state.len() * strategies * strategies;
        self.tallies.pairs = slots.map(|_| AtomicU64::new(0)).collect();
        self
    }

    /// Starts a tick: the tallies of the groups that go on are cleared, those of stopped ones keep their last values.
    pub fn begin_tick(&mut self) {
        self.tallies.knows_second = false;
        self.tallies.lock().clear();
        let clear = |&group: &u32| self.tallies.clear(group as usize);
        if self.live.len() <= PIECE {
            self.live.iter().for_each(clear);
        } else {
            self.live.par_iter().with_min_len(PIECE).for_each(clear);
        }
    }

    /// Stops a group, if it has not stopped before; [`Groups::recount`] follows.
    pub fn end(&mut self, group: usize, tick: u64) {
        let state = &mut self.state[group];
        if !state.ended {
            (state.ended, state.end_tick) = (true, tick);
        }
    }

    /// Whether every group has stopped.
    pub fn all_ended(&self) -> bool {
        self.ended == self.state.len()
    }

    /// Leaves out the groups that have stopped since the groups that go on were found.
    pub fn leave_out(&mut self) {
        let state = &self.state;
        self.live.retain(|&group| !state[group as usize].ended);
        self.ended = state.len() - self.live.len();
    }

    /// Finds the groups that go on again, after some have stopped.
    pub fn recount(&mut self) {
        let state = &self.state;
        self.live.clear();
        self.live.extend((0..state.len() as u32).filter(|&group| !state[group as usize].ended));
        self.ended = state.len() - self.live.len();
    }

    /// The rows of a group.
    pub fn rows(&self, group: usize) -> Range<usize> {
        group * self.size..(group + 1) * self.size
    }
}
