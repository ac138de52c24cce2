//! One agent at a time, where strategies are all there is: draws wait for no step, and what decides is looked up.
//!
//! Replaces `step/one-at-a-time` where learners compare with one model or copy it, or a Moran process runs. Each use of
//! chance has a generator of its own in the plain pass, so draws can be taken ahead of their steps, or beside them; the steps
//! are made in their order. What payoffs follow from (the numbers of two strategies among so many neighbours, partners or
//! members of a group) has few values: payoffs, fitness and chances of taking over are in tables. Other payoffs are added
//! up, in the order of the plain pass.

mod abreast;
mod neighbours;
mod standing;
mod strips;
mod walk;

use super::{Shares, count_where, threshold_of};
use crate::chance::abreast::ABREAST;
use crate::chance::unit64;
use crate::columns::{Mine, Strategy, View};
use crate::groups::{ACTS, Count, Group, Tallies};
use crate::learning::{Learning, Models, Replaced};
use crate::pass::{Access, At, Pass};
use crate::passes::{Evaluate, Expected, Meets, OneAtATime, PayTable, Revision, Roles, Stop, counts};
use abreast::SideBySide;
use neighbours::{Neighbours, Torus};
use rayon::prelude::*;
use standing::{Grouped, Meeting, Society, Standing, Tabled, Tables};
use std::any::Any;
use std::sync::Arc;
use strips::Strips;
use walk::{Streams, Walk};

/// Steps whose draws are taken together: as many as a word has bits.
const BATCH: usize = 64;
/// Agents of a piece of work, about.
const PIECE: usize = 1 << 12;
/// Agents of a group that do not fit into the nearer caches.
const FAR: usize = 1 << 19;
/// Most agents of a group for which all numbers are tabled.
const TABLED: usize = 4_096;
/// Most neighbours or partners whose numbers are tabled.
const NUMBERS: usize = 32;

/// The pass.
pub(super) struct Steps {
    strategies: usize,
    event: Event,
    from: From,
    rule: Arc<dyn Learning>,
    revision: Revision,
    stops: Stops,
    /// the act of each strategy; with whether meetings are counted, or else the strategies at the end of a tick
    acts: Option<(Vec<u8>, bool)>,
    /// many small groups at a time, where that serves
    abreast: Option<Box<SideBySide>>,
}

/// When a group stops.
enum Stops {
    /// not before the end
    Never,
    /// by the number of the second of two strategies
    Tabled(Vec<bool>),
    /// by the numbers of all
    Asked(Stop),
}

impl Stops {
    fn of(stop: Option<&Stop>, strategies: usize, size: usize) -> Stops {
        match stop {
            None => Stops::Never,
            Some(stop) if strategies == 2 && size <= TABLED => {
                let met = |second: usize| stop(&[(size - second) as u32, second as u32], &[]);
                Stops::Tabled((0..=size).map(met).collect())
            }
            Some(stop) => Stops::Asked(stop.clone()),
        }
    }
}

/// What happens in a step.
enum Event {
    /// the focal agent may take over the strategy of a model
    Learns(Neighbours),
    /// a parent is drawn by fitness from a group of two strategies: by the number of the second, of 2^53 chances those in
    /// which the parent follows the first, and those in which there is one
    Demes { parents: Vec<[u64; 2]>, spares: bool },
    /// the focal agent dies, its neighbours compete for its place
    Death(Neighbours),
    /// a parent is drawn by fitness, below so much, and replaces a neighbour
    Birth(Neighbours, f64),
}

/// What payoffs come from.
enum From {
    /// nothing: strategies have a fitness
    Fitness(Vec<f64>),
    /// two strategies, and the number of the second among those of the group
    Group(Tables),
    /// everybody, on average
    Average(Arc<Expected>),
    /// two strategies, and the number of the second around an agent
    Torus(Torus, Tables),
    /// those around an agent
    Around(Neighbours, Meeting),
    /// so many who are drawn; tables if there are two strategies
    Drawn { from: Neighbours, partners: usize, meeting: Meeting, tables: Option<Tables> },
}

impl Steps {
    /// The pass that gives the bits of this one, if it serves it.
    pub(super) fn replaces(pass: &dyn Pass) -> Option<Steps> {
        let of = (pass as &dyn Any).downcast_ref::<OneAtATime>()?;
        let more = of.plays
            || of.each_once
            || of.talk.is_some()
            || of.chooser.is_some()
            || of.listens.is_some()
            || of.speaks.is_some()
            || of.values.is_some()
            || of.drifts.is_some()
            || of.spreads.is_some()
            || of.empty.is_some();
        let learns = of.learns.as_ref().filter(|_| !more)?;
        if learns.revision.rare().is_some() {
            return None;
        }
        let rule = learns.rule.clone();
        let compares = matches!(rule.models(), Models::One);
        let copies = !rule.compares() && !matches!(rule.models(), Models::Parents(_));
        let acts = match &of.evaluate {
            Some(evaluate) => Some(acts(evaluate, of.strategies)?),
            None => None,
        };
        let size = of.group_size;
        let from = match (&learns.fitness, &of.evaluate) {
            _ if copies => From::Fitness(vec![1.0; of.strategies]),
            (Some(fitness), _) if !compares => From::Fitness(fitness.clone()),
            (None, Some(evaluate)) => From::of(evaluate, of.strategies, size, (&*rule, compares))?,
            _ => return None,
        };
        let around = Neighbours::of(&learns.models, size);
        let event = match rule.models() {
            Models::Parents(replaced) if replaced != Replaced::Dead && learns.models.complete() => {
                Event::Demes {
                    parents: parents(&from, of.strategies, size)?,
                    spares: replaced == Replaced::Others,
                }
            }
            Models::Parents(_) if matches!(around, None | Some(Neighbours::Everybody)) => return None,
            Models::Parents(Replaced::Dead) => Event::Death(around?),
            Models::Parents(_) => Event::Birth(around?, learns.most),
            Models::One => Event::Learns(around?),
            _ if copies => Event::Learns(around?),
            _ => return None,
        };
        // Parents and competitors are not foreseen, so neither are those that they would meet.
        if matches!((&from, &event), (From::Drawn { .. }, Event::Death(_) | Event::Birth(..))) {
            return None;
        }
        let (strategies, revision) = (of.strategies, learns.revision.clone());
        let stops = Stops::of(of.stop.as_ref(), strategies, size);
        let mut steps = Steps { strategies, event, from, rule, revision, stops, acts, abreast: None };
        steps.abreast = SideBySide::of(&steps, size).map(Box::new);
        Some(steps)
    }
}

/// The act of each strategy and whether its meetings are counted, if acts are certain and nothing follows from them but
/// payoffs.
fn acts(evaluate: &Evaluate, strategies: usize) -> Option<(Vec<u8>, bool)> {
    let terms = &evaluate.terms;
    let plain =
        terms.acts.is_certain() && !terms.acts.looks && terms.tags.is_none() && terms.matches.is_none();
    let acts = (0..strategies as u8).map(|strategy| terms.acts.act(strategy, 1, 0)).collect();
    plain.then_some((acts, evaluate.acts_by_strategy.is_none()))
}

impl From {
    fn of(
        evaluate: &Evaluate,
        kinds: usize,
        size: usize,
        (rule, compares): (&dyn Learning, bool),
    ) -> Option<From> {
        let terms = &evaluate.terms;
        let meeting = |pays: &PayTable, with_self: bool| {
            let (acts, _) = acts(evaluate, kinds)?;
            let plain = terms.punishes.is_empty() && terms.inspects.is_none();
            plain.then(|| Meeting { pays: pays.clone(), acts, terms: terms.clone(), with_self })
        };
        let tables = |meeting: &Meeting, met: usize| {
            if kinds != 2 || met > NUMBERS {
                return None;
            }
            let totals = (0..2).flat_map(|own| (0..=met).map(move |second| (own, second)));
            // None where it matters in which order payoffs are added.
            let totals: Option<Vec<f64>> =
                totals.map(|(own, second)| meeting.total(own, met, second)).collect();
            let totals = totals?;
            Tables::of(met + 1, false, (rule, compares), |own, n| totals[usize::from(own) * (met + 1) + n])
        };
        Some(match &evaluate.from {
            Meets::Expected(expected) => {
                let mut tables = None;
                if kinds == 2 && size <= TABLED {
                    let pay = |own: u8, second: usize| {
                        let mut counts = [(size - second) as u32, second as u32];
                        if counts[usize::from(own)] == 0 {
                            0.0
                        } else {
                            expected.payoff_of_member(own, &mut counts)
                        }
                    };
                    tables = Tables::of(size + 1, true, (rule, compares), pay);
                }
                tables.map_or_else(|| From::Average(expected.clone()), From::Group)
            }
            Meets::Drawn { structure, partners, pays, roles: Roles::Mutual } => {
                let (from, meeting) = (Neighbours::of(structure, size)?, meeting(pays, false)?);
                if matches!(from, Neighbours::Graph(_)) || *partners > NUMBERS {
                    return None;
                }
                let tables = tables(&meeting, *partners);
                From::Drawn { from, partners: *partners, meeting, tables }
            }
            Meets::Neighbours { structure, with_self, pays } => {
                let (around, meeting) = (Neighbours::of(structure, size)?, meeting(pays, *with_self)?);
                let tables = match &around {
                    Neighbours::Torus(torus) => tables(&meeting, torus.degree()),
                    Neighbours::Graph(_) => None,
                    Neighbours::Everybody => return None,
                };
                match (around, tables) {
                    (Neighbours::Torus(torus), Some(tables)) => From::Torus(torus, tables),
                    (around, _) => From::Around(around, meeting),
                }
            }
            _ => return None,
        })
    }
}

/// For each number of the second strategy, below which chances the parent follows the first, and below which there is one.
fn parents(from: &From, strategies: usize, size: usize) -> Option<Vec<[u64; 2]>> {
    if strategies != 2 || size > TABLED {
        return None;
    }
    let of = |second: usize| {
        let (mut sums, mut total) = ([0.0; 2], 0.0);
        for (own, count) in [size - second, second].into_iter().enumerate() {
            if count > 0 {
                let fitness = match from {
                    From::Fitness(fitness) => fitness[own],
                    From::Group(tables) => Tabled { counts: Grouped, tables }.fitness(own as u8, second),
                    _ => return None,
                };
                total += count as f64 * fitness;
            }
            sums[own] = total;
        }
        // A greater chance never makes a smaller product.
        let below = |sum: f64| {
            let (mut some, mut none) = (0u64, 1 << 53);
            while some < none {
                let middle = some.midpoint(none);
                let under = unit64(middle << 11) * total < sum;
                (some, none) = if under { (middle + 1, none) } else { (some, middle) };
            }
            some
        };
        (sums[0] >= 0.0 && total >= sums[0] && total.is_finite()).then(|| sums.map(below))
    };
    (0..=size).map(of).collect()
}

impl Pass for Steps {
    fn name(&self) -> &'static str {
        "kernels/steps"
    }

    fn access(&self) -> Access {
        Access::default().write::<Strategy>()
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn block(&self, _: &At, _: &View, _: Mine, _: &mut [Group]) {
        unreachable!("it does all at once")
    }

    fn whole(&mut self, at: &At, mine: &mut Mine, groups: &mut [Group]) -> bool {
        let (strategies, groups) = (Shares::of(mine.take::<Strategy>()), Shares::of(groups));
        let streams = Streams::of(at.chance);
        let of = |group: u32| {
            let (nth, first) = (group as usize, group as usize * at.group_size);
            // SAFETY: groups are apart, each is in the list once, and who asks again has let the first answer go.
            let strategies = unsafe { strategies.range(first..first + at.group_size) };
            // SAFETY: as above.
            let group = unsafe { groups.range(nth..nth + 1) };
            (strategies, &mut group[0])
        };
        let some = |some: &[u32]| match &self.abreast {
            Some(abreast) if some.len() >= abreast::LEAST => abreast.tick((self, at, &streams), some, of),
            _ => some.iter().for_each(|&group| {
                let (first, (strategies, state)) = (group as usize * at.group_size, of(group));
                self.group(&At { first, len: at.group_size, ..*at }, &streams, strategies, state);
            }),
        };
        let lanes = if self.abreast.is_some() { ABREAST } else { 1 };
        let least = (PIECE / at.group_size / lanes).max(1);
        if at.live.len() <= least * lanes {
            at.live.chunks(lanes).for_each(some);
        } else {
            at.live.par_chunks(lanes).with_min_len(least).for_each(some);
        }
        true
    }
}

impl Steps {
    /// Whether learners compare by tables of their group, by chance, and nothing else changes them.
    fn is_plain(&self) -> bool {
        let simple = matches!(self.from, From::Group(_)) && !matches!(self.stops, Stops::Asked(_));
        let learns = matches!(self.rule.models(), Models::One) && self.rule.chancy();
        simple && learns && self.revision.is_nothing()
    }

    /// The steps of one group.
    fn group(&self, at: &At, streams: &Streams, strategies: &mut [u8], group: &mut Group) {
        if let Some(torus) = self.on_torus() {
            let (nth, n) = (at.first / at.group_size, strategies.len());
            let threads = (rayon::current_num_threads() / at.live.len()).max(1);
            let second = count_where(strategies, |strategy| strategy) as i64;
            let (grown, [sum, squares]) = Strips::new(torus, at, streams, strategies).all(threads);
            let second = (second + grown) as u32;
            let noted = if at.looked_at { n as u64 } else { 0 };
            self.put_down(at.tallies, nth, ([0; ACTS], &[n as u32 - second, second]), (noted, sum, squares));
            group.steps += n as u64;
            return;
        }
        let two = self.strategies == 2;
        let counts = if two { vec![] } else { counts(strategies, self.strategies) };
        let second = if two { count_where(strategies, |strategy| strategy) as usize } else { 0 };
        let partners = match self.from {
            From::Drawn { partners, .. } => partners,
            _ => 0,
        };
        let drawn = vec![0; 2 * BATCH * partners];
        let society = Society { strategies, second, counts, drawn, partners };
        let mut walk = Walk::new(self, at, streams, society);
        if walk.all() {
            (group.ended, group.end_tick) = (true, at.tick);
        }
        group.steps += walk.finish();
    }

    /// Puts down what a group did: acts of those who met, or else of its agents of each strategy; how many payoffs were
    /// noted, their sum and that of their squares.
    fn put_down(
        &self,
        tallies: &Tallies,
        group: usize,
        (mut acts, counts): ([u64; ACTS], &[u32]),
        (noted, sum, squares): (u64, f64, f64),
    ) {
        if let Some((of_strategy, false)) = &self.acts {
            for (&act, &count) in of_strategy.iter().zip(counts) {
                acts[usize::from(act)] += u64::from(count);
            }
        }
        for (act, &n) in acts.iter().enumerate().filter(|(_, n)| **n > 0) {
            tallies.add_alone(group, Count::Act(act as u8), n);
        }
        if noted > 0 {
            tallies.add_payoffs(group, noted, sum, squares);
        }
    }
}
