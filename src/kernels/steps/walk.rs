//! The steps of one group in a tick.

use super::neighbours::{Neighbours, OfGroup};
use super::standing::{
    Beside, Constant, Direct, Drawn, Grouped, Met, MetByChance, OnAverage, Society, Standing, Tabled, Tables,
};
use super::{BATCH, Event, FAR, From, Steps, Stops};
use crate::chance::{Chance, Draws, Rng, Stream, below, hits, next, unit64};
use crate::groups::ACTS;
use crate::pairings::MEETING;
use crate::pass::At;
use crate::passes::{CANDIDATE, DECISION, FOCAL, MODEL, MUTANT, MUTATION, REVISION, VICTIM, When};

/// The draws of a tick, one use of chance each; every group has a generator of its own for each.
pub(super) struct Streams {
    pub(super) focal: Draws,
    pub(super) model: Draws,
    pub(super) decision: Draws,
    revision: Draws,
    mutation: Draws,
    mutant: Draws,
    meeting: Draws,
    candidate: Draws,
    victim: Draws,
}

impl Streams {
    pub(super) fn of(chance: Chance) -> Streams {
        let of = |stream: Stream| chance.stream(stream);
        Streams {
            focal: of(FOCAL),
            model: of(MODEL),
            decision: of(DECISION),
            revision: of(REVISION),
            mutation: of(MUTATION),
            mutant: of(MUTANT),
            meeting: of(MEETING),
            candidate: of(CANDIDATE),
            victim: of(VICTIM),
        }
    }
}

/// One group in a tick.
pub(super) struct Walk<'a> {
    of: &'a Steps,
    at: &'a At<'a>,
    streams: &'a Streams,
    group: usize,
    society: Society<'a>,
    /// payoffs of focal agents and their squares, added up in the order of the steps
    sums: [f64; 2],
    /// how many those are
    noted: u64,
    /// meetings of drawn partners by act
    acts: [u64; ACTS],
    /// steps made
    steps: usize,
}

/// Random change of strategies, drawn ahead.
struct Mutants {
    happens: Rng,
    into: Rng,
    /// an agent's chance, as a threshold
    prob: u64,
    /// a bit for each step of the batch: whether its agent mutates
    mutate: u64,
    /// into what
    draws: [u64; BATCH],
}

impl<'a> Walk<'a> {
    pub(super) fn new(of: &'a Steps, at: &'a At, streams: &'a Streams, society: Society<'a>) -> Walk<'a> {
        let group = at.first / at.group_size;
        Walk { of, at, streams, group, society, sums: [0.0; 2], noted: 0, acts: [0; ACTS], steps: 0 }
    }

    /// Makes the steps of the tick; tells whether the group stopped.
    pub(super) fn all(&mut self) -> bool {
        let of = self.of;
        let (first, rule, kinds) = (self.at.first, &*of.rule, of.strategies);
        match &of.from {
            From::Fitness(fitness) => self.go(&mut Constant(fitness)),
            From::Group(tables) => self.go(&mut Tabled { counts: Grouped, tables }),
            From::Average(expected) => {
                self.go(&mut Direct { pays: OnAverage { expected, known: vec![f64::NAN; kinds] }, rule })
            }
            From::Torus(torus, tables) => self.go(&mut Tabled { counts: Beside(torus), tables }),
            From::Around(Neighbours::Graph(graph), meeting) => {
                let around = Neighbours::tied(graph, first);
                self.go(&mut Direct { pays: Met { around, meeting }, rule })
            }
            From::Around(Neighbours::Torus(around), meeting) => {
                self.go(&mut Direct { pays: Met { around, meeting }, rule })
            }
            From::Around(Neighbours::Everybody, _) => unreachable!("not served"),
            From::Drawn { tables: Some(tables), .. } => self.go(&mut Tabled { counts: Drawn, tables }),
            From::Drawn { meeting, .. } => self.go(&mut Direct { pays: MetByChance(meeting), rule }),
        }
    }

    fn go(&mut self, standing: &mut impl Standing) -> bool {
        match &self.of.event {
            Event::Learns(Neighbours::Everybody) if self.of.is_plain() => self.compare(),
            Event::Learns(models) => self.learn(models, standing),
            Event::Demes { parents, spares } => self.demes(parents, *spares),
            Event::Death(around) => self.deaths(around.of_group(self.at), standing),
            Event::Birth(around, most) => self.births(around.of_group(self.at), *most, standing),
        }
    }

    fn rng(&self, draws: Draws) -> Rng {
        draws.rng(self.group as u64)
    }

    fn mutants(&self) -> Option<Mutants> {
        let prob = self.of.revision.often()?.prob;
        let (happens, into) = (self.rng(self.streams.mutation), self.rng(self.streams.mutant));
        Some(Mutants { happens, into, prob, mutate: 0, draws: [0; BATCH] })
    }

    /// Learners and a model each.
    fn learn<S: Standing>(&mut self, models: &Neighbours, standing: &mut S) -> bool {
        let (of, n) = (self.of, self.society.strategies.len());
        let compares = of.rule.compares();
        let (mut focals, mut chooses) = (self.rng(self.streams.focal), self.rng(self.streams.model));
        let mut decides = (compares && of.rule.chancy()).then(|| self.rng(self.streams.decision));
        let mut revises = of.revision.revise.map(|revise| (self.rng(self.streams.revision), revise));
        let mut meets = (self.society.partners > 0).then(|| self.rng(self.streams.meeting));
        let mut mutants = self.mutants();
        let notes = compares && self.at.looked_at;
        let models = models.of_group(self.at);
        let (mut pairs, mut draws, mut parts) = ([[0u32; 2]; BATCH], [0; BATCH], [true; BATCH]);
        while self.steps < n {
            let batch = BATCH.min(n - self.steps);
            fill(&mut focals, &mut draws[..batch]);
            for (pair, &draw) in pairs[..batch].iter_mut().zip(&draws) {
                pair[0] = below(draw, n as u64) as u32;
            }
            models.choose(&mut pairs[..batch], &mut chooses);
            if n >= FAR {
                pairs[..batch].iter().for_each(|&pair| standing.foresee(&self.society, pair));
            }
            if let Some(rng) = &mut decides {
                fill(rng, &mut draws[..batch]);
            }
            if let Some((rng, revise)) = &mut revises {
                parts[..batch].iter_mut().for_each(|part| *part = hits(next(rng), *revise));
            }
            mutants.iter_mut().for_each(|mutants| mutants.draw(batch));
            if let (Some(rng), From::Drawn { from, .. }) = (&mut meets, &of.from) {
                let met = 2 * batch * self.society.partners;
                from.of_group(self.at).meet(&pairs[..batch], &mut self.society.drawn[..met], rng);
            }
            for nth in 0..batch {
                let [focal, model] = pairs[nth].map(|place| place as usize);
                let (own, other) = (self.society.strategies[focal], self.society.strategies[model]);
                let mut new = own;
                if notes || S::CHEAP || own != other {
                    let mine = standing.of(&mut self.society, focal, 2 * nth);
                    if notes {
                        self.note(f64::from(standing.payoff(own, mine) as f32));
                    }
                    if S::CHEAP || own != other {
                        let theirs = standing.of(&mut self.society, model, 2 * nth + 1);
                        let takes = standing.takes((own, mine), (other, theirs), draws[nth]);
                        new = if takes & (own != other) & parts[nth] { other } else { own };
                    }
                }
                self.meet([own, other]);
                self.steps += 1;
                if self.settle(focal, new, &mutants, nth, standing) {
                    return true;
                }
            }
        }
        false
    }

    /// Learners and a model each, in a group where the numbers of two strategies tell all and nothing else is asked for.
    fn compare(&mut self) -> bool {
        let From::Group(tables) = &self.of.from else { unreachable!("it is plain") };
        let (n, streams) = (self.society.strategies.len(), self.streams);
        let mut chances = [streams.focal, streams.model].map(|draws| self.rng(draws));
        let mut decides = self.rng(streams.decision);
        let mut draws = [0; BATCH];
        let mut stopped = false;
        while self.steps < n && !stopped {
            let batch = BATCH.min(n - self.steps);
            fill(&mut decides, &mut draws[..batch]);
            stopped = if self.at.looked_at {
                self.take_over::<true>(&mut chances, &draws[..batch], tables)
            } else {
                self.take_over::<false>(&mut chances, &draws[..batch], tables)
            };
        }
        self.noted = if self.at.looked_at { self.steps as u64 } else { 0 };
        stopped
    }

    /// Steps of [`Walk::compare`], a decision each; payoffs are added up if they are noted. Two generators and what a step
    /// needs stay in registers; a third would not.
    #[inline(never)]
    fn take_over<const NOTES: bool>(
        &mut self,
        chances: &mut [Rng; 2],
        decisions: &[u64],
        tables: &Tables,
    ) -> bool {
        let [mut focals, mut chooses] = chances.clone();
        let strategies = &mut *self.society.strategies;
        let stops: &[bool] = if let Stops::Tabled(stops) = &self.of.stops { stops } else { &[] };
        let (n, mut second) = (strategies.len() as u64, self.society.second);
        let (mut made, mut stopped, [mut sum, mut squares]) = (0, false, self.sums);
        for &decision in decisions {
            let focal = below(next(&mut focals), n) as usize;
            let other = below(next(&mut chooses), n - 1) as usize;
            let (own, theirs) = (strategies[focal], strategies[other + usize::from(other >= focal)]);
            let (payoff, threshold) = tables.alone(own, second);
            if NOTES {
                sum += payoff;
                squares += payoff * payoff;
            }
            // By a mask: a branch is one that nobody foretells.
            let takes = u8::from(((decision >> 40) as u32) < threshold).wrapping_neg();
            let new = own ^ ((own ^ theirs) & takes);
            strategies[focal] = new;
            second = second + usize::from(new) - usize::from(own);
            made += 1;
            let met = stops.get(second).copied().unwrap_or(false);
            stopped = met & (new != own);
            if stopped {
                break;
            }
        }
        *chances = [focals, chooses];
        (self.society.second, self.sums) = (second, [sum, squares]);
        self.steps += made;
        stopped
    }

    /// A Moran process in a group where the numbers of two strategies tell all.
    fn demes(&mut self, parents: &[[u64; 2]], spares: bool) -> bool {
        let n = self.society.strategies.len();
        let mut chances = [self.rng(self.streams.focal), self.rng(self.streams.decision)];
        let mut victims = spares.then(|| self.rng(self.streams.victim));
        let mut mutants = self.mutants();
        // Where nothing else is asked for, most steps are made without asking.
        let asks = spares || !self.of.revision.fixed.is_empty() || matches!(self.of.stops, Stops::Asked(_));
        while self.steps < n {
            // All at once if nobody can mutate.
            let batch = if mutants.is_some() || asks { BATCH.min(n - self.steps) } else { n - self.steps };
            mutants.iter_mut().for_each(|mutants| mutants.draw(batch));
            let asked = if asks { u64::MAX } else { mutants.as_ref().map_or(0, |mutants| mutants.mutate) };
            let mut nth = 0;
            while nth < batch {
                let plain =
                    if asked >> nth == 0 { batch - nth } else { (asked >> nth).trailing_zeros() as usize };
                if self.replace(plain.min(batch - nth), &mut chances, parents) {
                    return true;
                }
                nth += plain;
                if nth >= batch {
                    break;
                }
                let mut victim = below(next(&mut chances[0]), n as u64) as usize;
                let draw = next(&mut chances[1]) >> 11;
                let [first, all] = parents[self.society.second];
                // Nothing is born where nobody is fit.
                let own = self.society.strategies[victim];
                let parent = if draw < all { u8::from(draw >= first) } else { own };
                if let (Some(rng), true) = (&mut victims, draw < all) {
                    victim = self.other_than_parent(victim, parent, rng);
                }
                self.steps += 1;
                if self.settle(victim, parent, &mutants, nth, &mut Constant(&[])) {
                    return true;
                }
                nth += 1;
            }
        }
        false
    }

    /// So many steps of [`Walk::demes`] in which a parent's strategy takes the place of anybody's, and no more. A function of
    /// its own, so that what it holds stays in registers.
    #[inline(never)]
    fn replace(&mut self, steps: usize, chances: &mut [Rng; 2], parents: &[[u64; 2]]) -> bool {
        let [mut focals, mut decides] = chances.clone();
        let strategies = &mut *self.society.strategies;
        let stops: &[bool] = if let Stops::Tabled(stops) = &self.of.stops { stops } else { &[] };
        let (n, mut second) = (strategies.len() as u64, self.society.second);
        let (mut made, mut stopped) = (0, false);
        while made < steps && !stopped {
            let (place, draw) = (next(&mut focals), next(&mut decides) >> 11);
            let own = &mut strategies[below(place, n) as usize];
            let [first, all] = parents[second];
            let new = if draw < all { u8::from(draw >= first) } else { *own };
            let old = std::mem::replace(own, new);
            second = second + usize::from(new) - usize::from(old);
            made += 1;
            let met = stops.get(second).copied().unwrap_or(false);
            stopped = met & (new != old);
        }
        *chances = [focals, decides];
        self.society.second = second;
        self.steps += made;
        stopped
    }

    /// A victim other than the parent: one of the agents with the parent's strategy is the parent itself.
    fn other_than_parent(&self, mut victim: usize, parent: u8, rng: &mut Rng) -> usize {
        while self.society.strategies[victim] == parent {
            let [all, second] = [self.society.strategies.len(), self.society.second];
            let same = if parent == 1 { second } else { all - second };
            if below(next(rng), same as u64) != 0 {
                break;
            }
            victim = below(next(rng), self.society.strategies.len() as u64) as usize;
        }
        victim
    }

    /// The focal agent dies; its neighbours compete.
    fn deaths<S: Standing>(&mut self, around: OfGroup, standing: &mut S) -> bool {
        let n = self.society.strategies.len();
        let (mut focals, mut decides) = (self.rng(self.streams.focal), self.rng(self.streams.decision));
        let mut mutants = self.mutants();
        let mut places = vec![];
        while self.steps < n {
            let nth = self.steps % BATCH;
            if nth == 0 {
                mutants.iter_mut().for_each(|mutants| mutants.draw(BATCH.min(n - self.steps)));
            }
            let dead = below(next(&mut focals), n as u64) as usize;
            let (mut total, mut choice) = (0.0, self.society.strategies[dead]);
            around.list(dead, &mut places);
            for &place in &places {
                let fitness = self.fitness(standing, place as usize);
                total += fitness;
                // A running draw: each takes the place with its share of the fitness so far.
                if unit64(next(&mut decides)) * total < fitness {
                    choice = self.society.strategies[place as usize];
                }
            }
            self.steps += 1;
            if self.settle(dead, choice, &mutants, nth, standing) {
                return true;
            }
        }
        false
    }

    /// A parent is drawn by fitness, by rejection: see the plain pass.
    fn births<S: Standing>(&mut self, around: OfGroup, most: f64, standing: &mut S) -> bool {
        let n = self.society.strategies.len();
        let (mut focals, mut chooses) = (self.rng(self.streams.focal), self.rng(self.streams.model));
        let (mut decides, mut candidates) =
            (self.rng(self.streams.decision), self.rng(self.streams.candidate));
        let mut mutants = self.mutants();
        while self.steps < n {
            let nth = self.steps % BATCH;
            if nth == 0 {
                mutants.iter_mut().for_each(|mutants| mutants.draw(BATCH.min(n - self.steps)));
            }
            let focal = below(next(&mut focals), n as u64) as usize;
            let (mut parent, mut draw) = (Some(focal), next(&mut decides));
            let mut left = 64 * n;
            while let Some(place) = parent {
                if unit64(draw) * most < self.fitness(standing, place) {
                    break;
                }
                draw = next(&mut candidates);
                if left == 0 {
                    parent = self.by_sums(standing, unit64(draw));
                    break;
                }
                left -= 1;
                parent = Some(below(next(&mut candidates), n as u64) as usize);
            }
            let (victim, new) = match parent {
                Some(parent) => (around.pick(parent, next(&mut chooses)), self.society.strategies[parent]),
                None => (focal, self.society.strategies[focal]),
            };
            self.steps += 1;
            if self.settle(victim, new, &mutants, nth, standing) {
                return true;
            }
        }
        false
    }

    /// An agent in proportion to fitness, from the fitness of all; none if nobody has any.
    fn by_sums<S: Standing>(&mut self, standing: &mut S, u: f64) -> Option<usize> {
        let mut total = 0.0;
        let mut sums = Vec::with_capacity(self.society.strategies.len());
        for place in 0..self.society.strategies.len() {
            total += self.fitness(standing, place);
            sums.push(total);
        }
        (total > 0.0).then(|| sums.partition_point(|&sum| sum <= u * total).min(sums.len() - 1))
    }

    #[inline(always)]
    fn fitness<S: Standing>(&mut self, standing: &mut S, place: usize) -> f64 {
        let own = self.society.strategies[place];
        let of = standing.of(&mut self.society, place, 0);
        if !matches!(self.of.from, From::Fitness(_)) {
            self.note(standing.payoff(own, of));
        }
        standing.fitness(own, of)
    }

    #[inline(always)]
    fn note(&mut self, payoff: f64) {
        self.sums[0] += payoff;
        self.sums[1] += payoff * payoff;
        self.noted += 1;
    }

    /// Counts what two did who were each evaluated with partners of their own.
    #[inline(always)]
    fn meet(&mut self, strategies: [u8; 2]) {
        if self.society.partners > 0
            && let Some((acts, true)) = &self.of.acts
        {
            for strategy in strategies {
                self.acts[usize::from(acts[usize::from(strategy)]) % ACTS] += self.society.partners as u64;
            }
        }
    }

    /// Gives an agent its new strategy, unless it mutates or never changes; tells whether the group stops.
    #[inline(always)]
    fn settle<S: Standing>(
        &mut self,
        place: usize,
        mut new: u8,
        mutants: &Option<Mutants>,
        nth: usize,
        standing: &mut S,
    ) -> bool {
        let (revision, old) = (&self.of.revision, self.society.strategies[place]);
        if let (Some(drawn), Some(mutates)) = (mutants, revision.often())
            && drawn.mutate >> nth & 1 == 1
        {
            new = if mutates.when == When::Instead { old } else { new };
            new = mutates.becomes(new, drawn.draws[nth]).unwrap_or(new);
        }
        new = if revision.is_fixed(old) { old } else { new };
        let changed = self.society.adopt(place, new);
        standing.changed(changed);
        match &self.of.stops {
            Stops::Never => false,
            Stops::Tabled(stops) => changed & stops[self.society.second],
            Stops::Asked(stop) => changed && self.society.with_counts(|counts| stop(counts, &[])),
        }
    }

    /// Puts down what was counted; returns how many steps there were.
    pub(super) fn finish(mut self) -> u64 {
        let (tallies, noted) = (self.at.tallies, (self.noted, self.sums[0], self.sums[1]));
        self.society.with_counts(|counts| self.of.put_down(tallies, self.group, (self.acts, counts), noted));
        self.steps as u64
    }
}

/// The next draws of a generator, which stays in registers meanwhile.
pub(super) fn fill(rng: &mut Rng, draws: &mut [u64]) {
    let mut own = rng.clone();
    draws.iter_mut().for_each(|draw| *draw = next(&mut own));
    *rng = own;
}

impl Mutants {
    fn draw(&mut self, batch: usize) {
        fill(&mut self.happens, &mut self.draws[..batch]);
        let draws = self.draws[..batch].iter().enumerate();
        self.mutate = draws.fold(0, |bits, (nth, &draw)| bits | u64::from(hits(draw, self.prob)) << nth);
        fill(&mut self.into, &mut self.draws[..batch]);
    }
}
