//! The asynchronous clock: one agent at a time. A tick is as many elementary steps as a group has agents.
//!
//! A step: draw the focal agent → it meets and is judged → evaluate focal and model with this step's payoffs → revise
//! → mutate → pass on → stop? Each part only where the world has it. Groups run in parallel, each exactly in sequence.
//! Focal agents, models, decisions and the rest have a generator each, and a decision takes its draw whether it is used
//! or not: so two worlds that differ in a parameter use the same chance as far as they can.

use super::choose::{Chooser, among_others};
use super::evaluate::Evaluate;
use super::generation::counts;
use super::imitate::{DECISION, MODEL, REVISION};
use super::invade::{invaded, invader, settled};
use super::listen::{Ears, Listens, Slots};
use super::mutate::{MUTANT, MUTATION, Mutates, Revision, When};
use super::opine::{GOSSIP, OBSERVER};
use super::punishes::{PUNISH, Punishes};
use super::reinforce::EXPLORE;
use super::speak::{Inventories, Speaks};
use super::tags::{Kin, Tags};
use super::talk::{Judging, Talk};
use super::terms::{ACT, ASSESSMENT, DONOR};
use crate::cascades::{Cascade, Deed};
use crate::chance::{Draws, Permutation, Rng, Stream, below, hits, next, threshold, unit, unit64};
use crate::columns::{ColumnDef, Grade, Mine, Reputation, Stage, Strategy, View, Words};
use crate::groups::{Count, Group, Total};
use crate::learning::{Learning, Models, Replaced};
use crate::partners::Structure;
use crate::pass::{Access, At, Pass};
use rand_core::SeedableRng;
use std::sync::Arc;

/// Who is the focal agent of a step.
pub(crate) const FOCAL: Stream = Stream::named("step/focal");
/// In which order agents have their steps, where each has one.
const TURNS: Stream = Stream::named("step/order");
/// Which of the things open to it an agent does.
const DEED: Stream = Stream::named("cascade/deed");
/// Whom it touches.
const CONTACT: Stream = Stream::named("cascade/contact");
/// Whom the focal agent meets to be judged: a meeting besides those that pay.
const JUDGED_MEETING: Stream = Stream::named("norm/meeting");
/// What is done there.
const JUDGED_ACT: Stream = Stream::named("norm/act");
/// Candidates after the first, where a parent is drawn by rejection.
pub(crate) const CANDIDATE: Stream = Stream::named("learning/candidate");
/// Whose place an offspring takes.
pub(crate) const VICTIM: Stream = Stream::named("learning/victim");

/// When a group stops, seen from the numbers of agents of each strategy and stage.
pub type Stop = Arc<dyn Fn(&[u32], &[u32]) -> bool + Send + Sync>;

/// Learning in elementary steps.
pub struct Learns {
    /// how
    pub rule: Arc<dyn Learning>,
    /// from whom
    pub models: Arc<dyn Structure>,
    /// who takes part, who never changes, who mutates
    pub revision: Revision,
    /// constant fitness of each strategy, in a world without a game
    pub fitness: Option<Vec<f64>>,
    /// the greatest fitness that is possible, for drawing parents by rejection
    pub most: f64,
}

/// One agent at a time.
#[derive(Default)]
pub struct OneAtATime {
    /// agents of a group
    pub group_size: usize,
    /// how many strategies there are
    pub strategies: usize,
    /// payoffs
    pub evaluate: Option<Evaluate>,
    /// whether the focal agent plays although nobody looks at what it earns
    pub plays: bool,
    /// meetings that are judged
    pub talk: Option<Talk>,
    /// learning
    pub learns: Option<Learns>,
    /// a choice by numbers or prospects, where learning is one
    pub chooser: Option<Chooser>,
    /// opinions, where learning is about them
    pub listens: Option<Listens>,
    /// talk, where learning is that
    pub speaks: Option<Speaks>,
    /// what strategies are worth to each agent, and for each those that its followers may take up, where learning is
    /// about that
    pub values: Option<(ColumnDef, Vec<Vec<u8>>)>,
    /// random change of strategies, where agents do not learn them
    pub drifts: Option<Revision>,
    /// what spreads, and along which ties
    pub spreads: Option<(Arc<dyn Cascade>, Arc<dyn Structure>)>,
    /// when a group stops, looked at after each step
    pub stop: Option<Stop>,
    /// whether each agent has one step a tick, in random order
    pub each_once: bool,
    /// the strategy of empty places: nobody has a step there
    pub empty: Option<u8>,
}

/// A group's generators, one for each use.
pub(super) struct Chances {
    focal: Rng,
    model: Rng,
    decision: Rng,
    revision: Rng,
    mutation: Rng,
    mutant: Rng,
    deed: Rng,
    contact: Rng,
    candidate: Rng,
    victim: Rng,
    explore: Rng,
    pub(super) meeting: Rng,
    pub(super) act: Rng,
    pub(super) donor: Rng,
    pub(super) judged_meeting: Rng,
    pub(super) judged_act: Rng,
    pub(super) assessment: Rng,
    pub(super) observer: Rng,
    pub(super) gossip: Rng,
    punish: Rng,
}

impl Chances {
    /// 1 if one who would punish does, else 0. Takes a draw only where it is left to chance.
    pub(super) fn resolve(&mut self, punishes: &Punishes) -> u8 {
        match punishes.mean_resolve() {
            Some(prob) if prob < 1.0 => u8::from(hits(next(&mut self.punish), threshold(prob))),
            _ => 1,
        }
    }

    /// Seeds the generators that the world needs; the others are never asked.
    fn new(at: &At, group: usize, of: &OneAtATime) -> Chances {
        let rng = |needed: bool, stream: Stream| -> Rng {
            let draws: Draws = at.chance.stream(stream);
            if needed { draws.rng(group as u64) } else { Rng::from_seed([1; 32]) }
        };
        let (learns, plays, judged) = (of.learns.is_some(), of.evaluate.is_some(), of.talk.is_some());
        let private = of.talk.as_ref().is_some_and(|talk| matches!(talk.judging, Judging::Private(_)));
        let revision = of.learns.as_ref().map(|learns| &learns.revision);
        let mutates = of.mutation().is_some_and(|revision| revision.mutates.is_some());
        let parents = of.learns.as_ref().is_some_and(|l| matches!(l.rule.models(), Models::Parents(_)));
        let inspected = of.evaluate.as_ref().is_some_and(|of| of.terms.inspects.is_some());
        let revises = revision.is_some_and(|revision| revision.revise.is_some());
        Chances {
            focal: rng(true, FOCAL),
            model: rng(learns, MODEL),
            decision: rng(learns, DECISION),
            revision: rng(revises, REVISION),
            mutation: rng(mutates, MUTATION),
            mutant: rng(mutates, MUTANT),
            deed: rng(of.spreads.is_some(), DEED),
            contact: rng(of.spreads.is_some(), CONTACT),
            candidate: rng(parents, CANDIDATE),
            victim: rng(parents, VICTIM),
            explore: rng(of.values.is_some(), EXPLORE),
            meeting: rng(plays, crate::pairings::MEETING),
            act: rng(plays, ACT),
            donor: rng(plays, DONOR),
            judged_meeting: rng(judged, JUDGED_MEETING),
            judged_act: rng(judged, JUDGED_ACT),
            assessment: rng(judged, ASSESSMENT),
            observer: rng(private || judged || inspected, OBSERVER),
            gossip: rng(private, GOSSIP),
            punish: rng(plays || judged, PUNISH),
        }
    }
}

/// The agents of one group while they are walked.
pub(super) struct Walked<'a> {
    pub(super) first: usize,
    pub(super) strategy: &'a mut [u8],
    pub(super) reputation: &'a mut [u8],
    /// reputations that are numbers
    pub(super) grades: &'a mut [f32],
    /// what each agent thinks of each: a row an agent
    pub(super) beliefs: &'a mut [u8],
    /// what was thought of an agent before anybody asked
    pub(super) said: Vec<u8>,
    /// help given and received by agents of each strategy
    pub(super) given: Vec<[u64; 2]>,
    pub(super) stage: &'a mut [u8],
    /// numbers that learning moves
    held: Vec<f64>,
    /// words that are known
    words: Option<Inventories<'a>>,
    /// what each strategy is worth to each agent: a row an agent
    values: &'a mut [f32],
    /// who is of one's own kind, where strategies look at tags
    kin: Option<Kin<'a>>,
    /// room to list neighbours
    room: Vec<u32>,
    /// agents of each strategy
    pub(super) counts: Vec<u32>,
    /// agents of each stage
    pub(super) stages: Vec<u32>,
    pub(super) acts: [u64; crate::groups::ACTS],
    payoffs: [f64; 2],
    evaluated: u64,
    /// expected payoffs by strategy, NaN where not known: they hold while the numbers of the group do
    pub(super) known: Vec<f64>,
    /// running sums of fitness over the strategies, which hold as long; empty where not known
    sums: Vec<f64>,
}

impl Walked<'_> {
    /// What an agent sees of another: whether it is of its own kind where it looks at tags, else its standing in its
    /// eyes, good where nobody judges.
    pub(super) fn seen(&self, by: usize, agent: usize) -> u8 {
        let looks = self.kin.as_ref().filter(|kin| kin.looks(self.strategy[by]));
        if let Some(kin) = looks {
            return kin.same(self.first + by, self.first + agent);
        }
        let own = self.beliefs.get(by * self.strategy.len() + agent);
        own.or(self.reputation.get(agent)).copied().unwrap_or(1)
    }

    fn adopt(&mut self, agent: usize, strategy: u8) {
        let own = &mut self.strategy[agent];
        self.counts[usize::from(*own)] -= 1;
        self.counts[usize::from(strategy)] += 1;
        *own = strategy;
        self.known.fill(f64::NAN);
        self.sums.clear();
    }

    fn enter(&mut self, agent: usize, stage: u8) {
        let own = &mut self.stage[agent];
        self.stages[usize::from(*own)] -= 1;
        self.stages[usize::from(stage)] += 1;
        *own = stage;
    }

    fn note(&mut self, payoff: f64) {
        self.payoffs[0] += payoff;
        self.payoffs[1] += payoff * payoff;
        self.evaluated += 1;
    }
}

impl Pass for OneAtATime {
    fn name(&self) -> &'static str {
        "step/one-at-a-time"
    }

    fn access(&self) -> Access {
        let mut access = Access::default();
        if self.strategies > 0 {
            access = access.write::<Strategy>();
        }
        match self.talk.as_ref().map(|talk| &talk.judging) {
            Some(Judging::Public(_)) => access = access.write::<Reputation>(),
            Some(Judging::Private(private)) => access = access.write_of(&private.column),
            Some(Judging::Graded(_)) => access = access.write::<Grade>(),
            None => {}
        }
        if self.spreads.is_some() {
            access = access.write::<Stage>();
        }
        if let Some(Speaks::Freely { inventory, .. }) = &self.speaks {
            access = access.write_of(inventory).write::<Words>();
        }
        if let Some((values, _)) = &self.values {
            access = access.write_of(values);
        }
        access = self.tags().iter().fold(access, |access, tags| tags.read(access));
        match &self.listens {
            Some(listens) => listens.access(access),
            None => access,
        }
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, groups: &mut [Group]) {
        let group = at.first / at.group_size;
        let stage = if self.spreads.is_some() { mine.take::<Stage>() } else { &mut [] };
        let strategy = if self.strategies > 0 { mine.take::<Strategy>() } else { &mut [] };
        let kinds = self.spreads.as_ref().map_or(0, |(rule, _)| rule.stages().len());
        let ears = self.listens.as_ref().map(|listens| listens.ears(view));
        let words = match &self.speaks {
            Some(Speaks::Freely { inventory, .. }) => {
                Some(Inventories::new(mine.take_of(inventory), mine.take::<Words>()))
            }
            _ => None,
        };
        let mut slots = self.listens.as_ref().map(|listens| Slots::take(&mut mine, &listens.column));
        let values = self.values.as_ref().map_or(&mut [][..], |(values, _)| mine.take_of(values));
        let mut walked = Walked {
            first: at.first,
            counts: counts(strategy, self.strategies),
            stages: counts(stage, kinds),
            strategy,
            reputation: &mut [],
            grades: &mut [],
            beliefs: &mut [],
            said: vec![],
            given: vec![[0; 2]; self.strategies],
            stage,
            held: slots.as_ref().map_or_else(Vec::new, Slots::values),
            words,
            values,
            room: vec![],
            kin: self.tags().map(|tags| tags.kin(view)),
            acts: [0; crate::groups::ACTS],
            payoffs: [0.0; 2],
            evaluated: 0,
            known: vec![f64::NAN; self.strategies],
            sums: vec![],
        };
        match self.talk.as_ref().map(|talk| &talk.judging) {
            Some(Judging::Public(_)) => walked.reputation = mine.take::<Reputation>(),
            Some(Judging::Private(private)) => walked.beliefs = mine.take_of::<u8>(&private.column),
            Some(Judging::Graded(_)) => walked.grades = mine.take::<Grade>(),
            None => {}
        }
        let mut chances = Chances::new(at, group, self);
        let rare = self.mutation().and_then(Revision::rare);
        if rare.is_some() && walked.counts.iter().filter(|&&count| count > 0).count() > 1 {
            at.tallies.set_total(group, Total::Mixed, 1);
        }
        let deeds = self.deeds();
        let turns = self.turns(at, walked.strategy);
        let n = turns.as_ref().map_or(at.len, Vec::len);
        let mut steps = 0;
        while steps < n {
            let drawn =
                if self.each_once { steps } else { below(next(&mut chances.focal), n as u64) as usize };
            let focal = turns.as_ref().map_or(drawn, |turns| turns[drawn] as usize);
            let changed = self.invade(at, &mut walked, focal, &mut chances)
                || self.step(&mut walked, focal, (&deeds, ears.as_ref()), &mut chances);
            steps += 1;
            let stops = |stop: &Stop| stop(&walked.counts, &walked.stages);
            if changed && (self.stop.as_ref().is_some_and(stops) || self.agree(&walked)) {
                (groups[0].ended, groups[0].end_tick) = (true, at.tick);
                break;
            }
        }
        groups[0].steps += steps as u64;
        if let Some(slots) = &mut slots {
            for (place, &held) in walked.held.iter().enumerate() {
                slots.put(place, held);
            }
        }
        self.tally(at, group, &walked);
    }
}

/// What agents of a stage can do: running sums of rates over their total.
type Deeds = Vec<Vec<(f64, Deed)>>;

impl OneAtATime {
    /// Whether nothing would happen in a step.
    pub fn is_idle(&self) -> bool {
        let does =
            [self.talk.is_some(), self.learns.is_some(), self.drifts.is_some(), self.spreads.is_some()];
        !does.contains(&true) && !self.plays
    }

    /// How strategies change at random.
    fn mutation(&self) -> Option<&Revision> {
        self.drifts.as_ref().or_else(|| self.learns.as_ref().map(|learns| &learns.revision))
    }

    /// How strategies tell their own kind.
    fn tags(&self) -> Option<&Tags> {
        let terms = [self.evaluate.as_ref().map(|of| &of.terms), self.talk.as_ref().map(|talk| &talk.terms)];
        terms.into_iter().flatten().find_map(|terms| terms.tags.as_ref())
    }

    /// Who may have a step: those who live, in the order of their steps where each has one.
    fn turns(&self, at: &At, strategies: &[u8]) -> Option<Vec<u32>> {
        if !self.each_once && self.empty.is_none() {
            return None;
        }
        let mut turns: Vec<u32> = (0..at.len as u32).collect();
        if self.each_once {
            let group = (at.first / at.group_size) as u64;
            Permutation::new(at.chance.stream(TURNS), group, at.len as u32).forward(&mut turns);
        }
        if self.empty.is_some() {
            turns.retain(|&place| Some(strategies[place as usize]) != self.empty);
        }
        Some(turns)
    }

    fn deeds(&self) -> Deeds {
        let Some((rule, _)) = &self.spreads else { return vec![] };
        let of = |stage: u8| {
            let deeds = rule.deeds(stage);
            let total: f64 = deeds.iter().map(|deed| deed.0).sum();
            let mut passed = 0.0;
            let running = |(rate, deed): (f64, Deed)| {
                passed += rate / total;
                (passed, deed)
            };
            deeds.into_iter().map(running).collect()
        };
        (0..rule.stages().len() as u8).map(of).collect()
    }

    /// One elementary step; tells whether any strategy or stage changed.
    fn step(
        &self,
        walked: &mut Walked,
        focal: usize,
        (deeds, ears): (&Deeds, Option<&Ears>),
        chances: &mut Chances,
    ) -> bool {
        if let Some(talk) = &self.talk {
            talk.meet(walked, focal, chances);
        }
        if self.plays {
            let payoff = self.payoff(walked, focal, chances);
            walked.note(payoff);
        }
        let mut changed = false;
        if let Some(learns) = &self.learns {
            changed |= match (ears, &self.speaks) {
                (Some(ears), _) => listen(learns, ears, walked, focal, chances),
                (_, Some(speaks)) => speak(learns, speaks, walked, focal, chances),
                _ => self.learn(learns, walked, focal, chances),
            };
        }
        if let Some(mutates) = self.drifts.as_ref().and_then(Revision::often) {
            changed |= self.drift(mutates, walked, focal, chances);
        }
        if let Some((_, structure)) = &self.spreads {
            changed |= pass_on(&**structure, walked, focal, deeds, chances);
        }
        changed
    }

    /// Lets a mutant in where the group is uniform and mutants enter only there; tells whether one did.
    fn invade(&self, at: &At, walked: &mut Walked, focal: usize, chances: &mut Chances) -> bool {
        let Some(mutates) = self.mutation().and_then(Revision::rare) else { return false };
        let resident = walked.strategy[focal];
        let group = at.first / at.group_size;
        if walked.counts[usize::from(resident)] < at.len as u32 {
            return false;
        }
        settled(at.tallies, group);
        let (happens, into) = (next(&mut chances.mutation), next(&mut chances.mutant));
        let Some(mutant) = invader(mutates, resident, happens, into) else { return false };
        walked.adopt(focal, mutant);
        invaded(at.tallies, group, resident);
        true
    }

    /// The focal agent may mutate, without learning; tells whether it did.
    fn drift(&self, mutates: &Mutates, walked: &mut Walked, focal: usize, chances: &mut Chances) -> bool {
        let (happens, into) = (next(&mut chances.mutation), next(&mut chances.mutant));
        let old = walked.strategy[focal];
        let fixed = self.drifts.as_ref().is_some_and(|revision| revision.is_fixed(old));
        let new = mutates.mutate(old, happens, into).filter(|&new| new != old && !fixed);
        new.into_iter().for_each(|new| walked.adopt(focal, new));
        new.is_some()
    }

    fn learn(&self, learns: &Learns, walked: &mut Walked, focal: usize, chances: &mut Chances) -> bool {
        let revision = &learns.revision;
        let takes_part = revision.revise.is_none_or(|revise| hits(next(&mut chances.revision), revise));
        let (happens, into) = match revision.often() {
            Some(_) => (next(&mut chances.mutation), next(&mut chances.mutant)),
            None => (0, 0),
        };
        let mutates = revision.often().filter(|mutates| hits(happens, mutates.prob));
        let instead = mutates.is_some_and(|mutates| mutates.when == When::Instead);
        // Learning takes its draws whether or not the agent mutates instead.
        let (target, mut new) = match learns.rule.models() {
            Models::Parents(replaced) => self.parent(learns, replaced, walked, focal, chances),
            _ => (focal, self.revise(learns, walked, focal, chances)),
        };
        let old = walked.strategy[target];
        if !takes_part || instead {
            new = old;
        }
        if let Some(mutates) = mutates {
            new = mutates.mutate(new, happens, into).unwrap_or(new);
        }
        if new == old || revision.is_fixed(old) {
            return false;
        }
        walked.adopt(target, new);
        true
    }

    /// The strategy of the focal agent after it has looked at its models.
    fn revise(&self, learns: &Learns, walked: &mut Walked, focal: usize, chances: &mut Chances) -> u8 {
        if let Some(chooser) = &self.chooser {
            let draw = next(&mut chances.decision);
            let own = walked.strategy[focal];
            let choose = |others: &mut [u32]| (chooser.choose(own, others, draw), chooser.earns(own, others));
            let at = [walked.first, focal];
            let counts = (&mut walked.counts[..], &mut walked.room);
            let (choice, earned) = among_others(&*learns.models, at, walked.strategy, counts, choose);
            earned.into_iter().for_each(|payoff| walked.note(payoff));
            return choice;
        }
        if let (Models::Memory(rule), Some((column, open))) = (learns.rule.models(), &self.values) {
            let own = usize::from(walked.strategy[focal]);
            let payoff = self.payoff(walked, focal, chances);
            walked.note(payoff);
            let values = &mut walked.values[focal * column.len..(focal + 1) * column.len];
            rule.learn(values, own, payoff);
            return rule.choose(
                values,
                &open[own],
                [next(&mut chances.explore), next(&mut chances.decision)],
            );
        }
        if !learns.rule.compares() {
            let model = learns.models.pick_one(walked.first + focal, &mut chances.model) - walked.first;
            return walked.strategy[model];
        }
        let mut carry = self.payoff(walked, focal, chances) as f32;
        walked.note(f64::from(carry));
        let mut choice = walked.strategy[focal];
        let here = walked.first + focal;
        let mut look = |walked: &mut Walked, model: usize, chances: &mut Chances| {
            let payoff = self.payoff(walked, model, chances) as f32;
            let chance = if learns.rule.chancy() { unit(next(&mut chances.decision)) } else { 0.0 };
            if learns.rule.takes(&mut carry, payoff, chance) {
                choice = walked.strategy[model];
            }
        };
        if matches!(learns.rule.models(), Models::One) {
            let model = learns.models.pick_one(here, &mut chances.model) - walked.first;
            look(walked, model, chances);
        } else {
            let mut room = std::mem::take(&mut walked.room);
            for &model in learns.models.neighbours(here, &mut room) {
                look(walked, model as usize - walked.first, chances);
            }
            walked.room = room;
        }
        choice
    }

    /// Whether the group stops because all know the same single word.
    fn agree(&self, walked: &Walked) -> bool {
        let stops = matches!(self.speaks, Some(Speaks::Freely { until_consensus: true, .. }));
        stops && walked.words.as_ref().is_some_and(Inventories::agree)
    }

    fn payoff(&self, walked: &mut Walked, agent: usize, chances: &mut Chances) -> f64 {
        self.evaluate.as_ref().map_or(0.0, |evaluate| evaluate.payoff(walked, agent, chances))
    }

    fn fitness(&self, learns: &Learns, walked: &mut Walked, agent: usize, chances: &mut Chances) -> f64 {
        if Some(walked.strategy[agent]) == self.empty {
            return 0.0;
        }
        match &learns.fitness {
            Some(fitness) => fitness[usize::from(walked.strategy[agent])],
            None => {
                let payoff = self.payoff(walked, agent, chances);
                walked.note(payoff);
                learns.rule.fitness(payoff).max(0.0)
            }
        }
    }

    /// Who is replaced, and the strategy of the parent. `focal` is a random agent: the one who dies, or the victim.
    fn parent(
        &self,
        learns: &Learns,
        replaced: Replaced,
        walked: &mut Walked,
        focal: usize,
        chances: &mut Chances,
    ) -> (usize, u8) {
        if replaced == Replaced::Dead {
            return (focal, self.competitor(learns, walked, focal, chances));
        }
        if learns.models.complete() {
            let drawn = self.strategy_by_fitness(learns, walked, chances);
            let Some(parent) = drawn else { return (focal, walked.strategy[focal]) };
            let mut victim = focal;
            let spares = replaced == Replaced::Others;
            while spares && walked.strategy[victim] == parent {
                // One of the agents with the parent's strategy is the parent itself.
                let same = u64::from(walked.counts[usize::from(parent)]);
                if below(next(&mut chances.victim), same) != 0 {
                    break;
                }
                victim = self.somebody(walked, chances);
            }
            return (victim, parent);
        }
        // Drawn in proportion to fitness by rejection: no sum to keep up to date, and exact.
        // How often is left to chance, so only the first candidate and the first decision come from their generators.
        let (mut parent, mut draw) = (focal, next(&mut chances.decision));
        let mut left = 64 * walked.strategy.len();
        while unit64(draw) * learns.most >= self.fitness(learns, walked, parent, chances) {
            draw = next(&mut chances.candidate);
            if left == 0 {
                // Almost nobody is fit, or nobody: then nothing is born.
                match self.by_sums(learns, walked, chances, unit64(draw)) {
                    Some(found) => parent = found,
                    None => return (focal, walked.strategy[focal]),
                }
                break;
            }
            left -= 1;
            parent = below(next(&mut chances.candidate), walked.strategy.len() as u64) as usize;
        }
        let here = walked.first + parent;
        let victim = learns.models.pick_one(here, &mut chances.model) - walked.first;
        (victim, walked.strategy[parent])
    }

    /// A random agent of the group who lives.
    fn somebody(&self, walked: &Walked, chances: &mut Chances) -> usize {
        loop {
            let place = below(next(&mut chances.victim), walked.strategy.len() as u64) as usize;
            if Some(walked.strategy[place]) != self.empty {
                return place;
            }
        }
    }

    /// An agent in proportion to fitness, from the fitness of all; none if nobody has any.
    fn by_sums(&self, learns: &Learns, walked: &mut Walked, chances: &mut Chances, u: f64) -> Option<usize> {
        let mut total = 0.0;
        let mut sums = Vec::with_capacity(walked.strategy.len());
        for agent in 0..walked.strategy.len() {
            total += self.fitness(learns, walked, agent, chances);
            sums.push(total);
        }
        (total > 0.0).then(|| sums.partition_point(|&sum| sum <= u * total).min(sums.len() - 1))
    }

    /// A strategy drawn by the fitness of all agents of the group; none if nobody has any.
    fn strategy_by_fitness(&self, learns: &Learns, walked: &mut Walked, chances: &mut Chances) -> Option<u8> {
        if walked.sums.is_empty() {
            let mut total = 0.0;
            for strategy in 0..walked.counts.len() {
                let count = walked.counts[strategy];
                if count > 0 && self.empty != Some(strategy as u8) {
                    let fitness = match (&learns.fitness, &self.evaluate) {
                        (Some(fitness), _) => fitness[strategy],
                        (None, Some(evaluate)) => learns
                            .rule
                            .fitness(evaluate.expected(strategy as u8, &mut walked.counts))
                            .max(0.0),
                        (None, None) => 1.0,
                    };
                    total += f64::from(count) * fitness;
                }
                walked.sums.push(total);
            }
        }
        let total = walked.sums.last().copied().unwrap_or(0.0);
        let point = unit64(next(&mut chances.decision)) * total;
        walked.sums.iter().position(|&sum| point < sum).map(|strategy| strategy as u8)
    }

    /// The strategy that takes the place of a dead agent: its models compete by fitness.
    fn competitor(&self, learns: &Learns, walked: &mut Walked, dead: usize, chances: &mut Chances) -> u8 {
        let here = walked.first + dead;
        let (mut total, mut choice) = (0.0, walked.strategy[dead]);
        // A running draw over the models: each takes the place with its share of the fitness so far.
        let mut room = std::mem::take(&mut walked.room);
        for &model in learns.models.neighbours(here, &mut room) {
            let model = model as usize - walked.first;
            let fitness = self.fitness(learns, walked, model, chances);
            total += fitness;
            if unit64(next(&mut chances.decision)) * total < fitness {
                choice = walked.strategy[model];
            }
        }
        walked.room = room;
        choice
    }

    fn tally(&self, at: &At, group: usize, walked: &Walked) {
        let mut acts = walked.acts;
        if let Some(by_strategy) =
            self.evaluate.as_ref().and_then(|evaluate| evaluate.acts_by_strategy.as_ref())
        {
            // Expected payoffs: the acts of the group as the tick ends.
            let live = self.empty.map_or(by_strategy.len(), usize::from);
            for (&act, &count) in by_strategy[..live].iter().zip(&walked.counts) {
                acts[usize::from(act)] += u64::from(count);
            }
        }
        for (act, &n) in acts.iter().enumerate() {
            at.tallies.add(group, Count::Act(act as u8), n);
        }
        at.tallies.add_given(group, &walked.given);
        let [sum, squares] = walked.payoffs;
        at.tallies.add_payoffs(group, walked.evaluated, sum, squares);
    }
}

/// The focal agent hears others and moves its opinion.
fn listen(learns: &Learns, ears: &Ears, walked: &mut Walked, focal: usize, chances: &mut Chances) -> bool {
    let takes_part = learns.revision.revise.is_none_or(|revise| hits(next(&mut chances.revision), revise));
    let at = [walked.first, focal];
    let model = || learns.models.pick_one(at[0] + focal, &mut chances.model);
    takes_part && ears.step(&*learns.models, at, &mut walked.held, model)
}

/// The focal agent says a word to a model.
fn speak(learns: &Learns, speaks: &Speaks, walked: &mut Walked, focal: usize, chances: &mut Chances) -> bool {
    let takes_part = learns.revision.revise.is_none_or(|revise| hits(next(&mut chances.revision), revise));
    let hearer = learns.models.pick_one(walked.first + focal, &mut chances.model) - walked.first;
    let draw = next(&mut chances.decision);
    if !takes_part || hearer == focal {
        return false;
    }
    match (speaks, &mut walked.words) {
        (Speaks::Sets(speech), _) => {
            let before = [walked.strategy[focal], walked.strategy[hearer]];
            let after = speech.talk(before, draw);
            walked.adopt(focal, after[0]);
            walked.adopt(hearer, after[1]);
            before != after
        }
        (Speaks::Freely { .. }, Some(known)) => {
            known.talk([focal, hearer], draw);
            true
        }
        _ => false,
    }
}

/// The focal agent does one of the things open to its stage.
fn pass_on(
    structure: &dyn Structure,
    walked: &mut Walked,
    focal: usize,
    deeds: &Deeds,
    chances: &mut Chances,
) -> bool {
    let draw = unit64(next(&mut chances.deed));
    let here = walked.first + focal;
    let contact = structure.pick_one(here, &mut chances.contact) - walked.first;
    let open = &deeds[usize::from(walked.stage[focal])];
    let deed = open.iter().find(|(passed, _)| draw < *passed).or(open.last());
    match deed {
        Some((_, Deed::Becomes(stage))) => walked.enter(focal, *stage),
        Some((_, Deed::Passes(from, to))) if walked.stage[contact] == *from && contact != focal => {
            walked.enter(contact, *to);
        }
        _ => return false,
    }
    true
}
