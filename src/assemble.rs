//! From a checked world to the passes of its tick, and the columns that they need.

mod playing;
mod sharing;
mod turnover;

pub(crate) mod learns;
pub(crate) mod sanctioning;

use crate::acts::ActTable;
use crate::chance::{Chance, Stream, threshold};
use crate::columns::{ColumnDef, Grade, Payoff, PublicBelief, Reputation, Stage, StageCount, Strategy};
use crate::games::Pays;
use crate::learning::{Learning, Models};
use crate::norms::Assesses;
use crate::pairings::{Asked, Chosen, MEETING, Matching, WithReplacement};
use crate::partners::{Meetings, Structure};
use crate::pass::Pass;
use crate::passes::{
    Along, Approach, ContactsOf, Deeds, Dose, Evaluate, Expected, ExpectedMeet, Follow, Gifts, Gossip,
    GroupPays, InTurn, Inherit, Invade, Judged, Judging, Learns, Meet, MeetWhole, Meets, Mutate, Mutates,
    OneAtATime, Opine, Parents, PayTable, Private, Receive, Regrade, Revision, Roles, Spread, Step, Stop,
    Talk, Terms, Thresholds, Total, When,
};
use crate::places::Places;
use crate::registry::Clock;
use crate::scenario::layers::Layer;
use crate::scenario::numbers::{Count, NumberOrName};
use crate::scenario::sections::{Contact, Direction, Judges, ModelsFrom, Pairing, StructureKeys, Update};
use crate::scenario::{Reputations, Scenario, Until};
use crate::structures::{Graph, Room, WellMixed};
use crate::tick::{Passes, Phase};
use crate::traits::{Drift, TraitRule};
use playing::{error, matches, regard, table, tables, tags};
use std::sync::Arc;

/// Why some games come to no payoffs outside of their passes.
const AT_ONCE: &str = "this game is played in whole ticks: checked";

/// The columns of a world, by what its rules write.
pub fn columns(scenario: &Scenario) -> Vec<ColumnDef> {
    let mut columns = vec![];
    if !scenario.strategies.is_empty() {
        columns.push(ColumnDef::of::<Strategy>().labelled(scenario.strategy_names()));
    }
    columns.extend(scenario.reputations().map(|reputations| match reputations {
        Reputations::Public => ColumnDef::of::<Reputation>().labelled(["bad", "good"].map(String::from)),
        Reputations::Private(column) => column,
        Reputations::Graded => ColumnDef::of::<Grade>(),
    }));
    columns.extend(sanctioning::columns(scenario));
    if scenario.game.is_some() && scenario.clock == Clock::Synchronous {
        columns.push(ColumnDef::of::<Payoff>());
    }
    if scenario.cascade.is_some() {
        columns.push(ColumnDef::of::<Stage>().labelled(scenario.stages()));
    }
    if scenario.cascade.as_ref().is_some_and(|(_, rule)| rule.remembers()) {
        columns.push(ColumnDef::of::<StageCount>());
    }
    if scenario.in_turn().is_some() {
        columns.push(ColumnDef::of::<PublicBelief>());
    }
    columns.extend(scenario.traits.iter().map(|(column, _)| column.clone()));
    columns.extend(learns::columns(scenario));
    columns
}

/// The layers of a world after the first.
type Further = Vec<Arc<dyn Structure>>;

/// Builds the passes of a world on its grown structure.
pub struct Assembly<'s> {
    scenario: &'s Scenario,
    /// as those who live there see it
    structure: Arc<dyn Structure>,
    /// with empty places
    ground: Arc<dyn Structure>,
    places: Option<Arc<Places>>,
    /// the other layers, in the order of the scenario
    further: Vec<Arc<dyn Structure>>,
    terms: Option<Terms>,
    /// whom everyone has chosen to meet, where they choose
    chosen: Option<Arc<Chosen>>,
    /// agents for whom room is taken
    agents: usize,
}

impl<'s> Assembly<'s> {
    /// The passes as they would be, to be asked what they need and never to be run: nothing grows with the agents.
    pub(crate) fn sketch(scenario: &'s Scenario) -> Assembly<'s> {
        let first = scenario.layers().next();
        let structure: Arc<dyn Structure> =
            match first.map(|(_, network)| (network, network.room(scenario.layout))) {
                // What keeps no ties takes no memory, and tells which kernels it has.
                Some((network, room)) if room == Room::default() => {
                    network.grow(scenario.layout, Chance::new(0, 0, 0).stream(MEETING))
                }
                // One of several layers keeps the numbers of the population.
                Some((_, room)) if room.ends > 0 && scenario.further.is_empty() => Arc::new(Graph::sketch()),
                _ if scenario.is_mixed() => Arc::new(WellMixed { size: scenario.layout.group_size }),
                // Four neighbours stand for any number: no pass needs memory for each neighbour of each agent.
                _ => Arc::new(WellMixed { size: 5 }),
            };
        let further = vec![structure.clone(); scenario.further.len()];
        Assembly::over(scenario, (Some(structure), further), 0, Chance::new(0, 0, 0))
    }

    /// `structure` is what the world's `[structure]` grew into, `None` a well-mixed one; `further` are the other layers
    /// of a world with several. `origin` is the chance of tick 0, from which payoffs are drawn that stay as they are.
    pub fn new(
        scenario: &'s Scenario,
        structure: Option<Arc<dyn Structure>>,
        further: Further,
        origin: Chance,
    ) -> Assembly<'s> {
        Assembly::over(scenario, (structure, further), scenario.layout.agents, origin)
    }

    fn over(
        scenario: &'s Scenario,
        (structure, further): (Option<Arc<dyn Structure>>, Further),
        agents: usize,
        origin: Chance,
    ) -> Assembly<'s> {
        let mixed = || -> Arc<dyn Structure> { Arc::new(WellMixed { size: scenario.layout.group_size }) };
        let groups = if agents == 0 { 1 } else { scenario.layout.groups() };
        let terms = scenario.game.as_ref().map(|_| terms(scenario, (groups, origin)));
        let ground = structure.unwrap_or_else(mixed);
        let places = scenario.empty.map(|_| Arc::new(Places::new(agents)));
        let chosen = (scenario.pairing == Pairing::Choice)
            .then(|| Arc::new(Chosen::new(agents, scenario.empty.is_some())));
        let structure = ground.clone();
        let mut assembly = Assembly { scenario, structure, ground, places, further, terms, chosen, agents };
        assembly.structure = assembly.inhabited(assembly.ground.clone());
        assembly.further = assembly.further.iter().map(|ground| assembly.inhabited(ground.clone())).collect();
        assembly
    }

    /// The passes in the order of the phases.
    pub fn passes(&self) -> Passes {
        let mut passes: Passes = vec![];
        self.note_places(&mut passes);
        if self.scenario.clock == Clock::Asynchronous {
            let walked = self.one_at_a_time();
            if !walked.is_idle() {
                passes.push((Phase::Learn, Box::new(walked)));
            }
        } else {
            self.interact(&mut passes);
            self.learn(&mut passes);
            if self.scenario.rare_mutants().is_some() {
                passes.extend(self.revision().mutates.map(invade));
            }
        }
        self.step_traits(&mut passes);
        if let Some(pass) = self.cascade() {
            passes.push((Phase::Cascade, pass));
        }
        self.turnover(&mut passes);
        self.mutate_last(&mut passes);
        passes
    }

    fn kinds(&self) -> usize {
        self.scenario.strategies.len()
    }

    /// Who meets whom in a synchronous tick.
    fn meetings(&self) -> Arc<dyn Meetings> {
        if let Some(chosen) = &self.chosen {
            return chosen.clone();
        }
        match &self.scenario.structure {
            Some((keys, _)) => self.meetings_on(keys, self.scenario.pairing, &self.structure, MEETING),
            None => self.meetings_on(&StructureKeys::default(), Pairing::Matching, &self.structure, MEETING),
        }
    }

    /// Who meets whom on one layer.
    fn meetings_on(
        &self,
        keys: &StructureKeys,
        pairing: Pairing,
        structure: &Arc<dyn Structure>,
        stream: Stream,
    ) -> Arc<dyn Meetings> {
        let group_size = self.scenario.layout.group_size;
        let number = |key: Option<Count>, default| key.map_or(default, |n| n.get() as usize);
        match pairing {
            Pairing::Matching | Pairing::Fixed => {
                let (meeting_size, fixed) = (number(keys.meeting_size, 2), pairing == Pairing::Fixed);
                self.attended(Arc::new(Matching { group_size, meeting_size, fixed, stream }))
            }
            Pairing::WithReplacement => {
                let partners = number(keys.partners, 1);
                self.attended(Arc::new(WithReplacement { group_size, partners, stream }))
            }
            _ => structure.clone(),
        }
    }

    /// The structure of this name.
    fn layer(&self, name: &str) -> Option<&Arc<dyn Structure>> {
        let all = std::iter::once(&self.structure).chain(&self.further);
        self.scenario
            .layers()
            .zip(all)
            .find(|(layer, _)| layer.0.name.as_deref() == Some(name))
            .map(|at| at.1)
    }

    fn interact(&self, passes: &mut Passes) {
        let s = self.scenario;
        let (Some((keys, game)), Some(terms)) = (&s.game, &self.terms) else { return };
        if let Pays::Stock(pool) = game.pays() {
            return self.harvest(pool, terms, passes);
        }
        if let Pays::Tempt(game) = game.pays() {
            return passes.push((Phase::Interact, Box::new(sharing::tempt(s, game, terms))));
        }
        if s.is_expected() {
            let expected = self.expected(terms);
            let pass = ExpectedMeet::new(expected, terms.clone(), self.kinds());
            return passes.push((Phase::Interact, Box::new(pass)));
        }
        passes.extend(self.approach().map(|pass| (Phase::Interact, pass)));
        passes.extend(
            sharing::forget(s).map(|pass| -> (Phase, Box<dyn Pass>) { (Phase::Interact, Box::new(pass)) }),
        );
        let meetings = sanctioning::admitted(s, self.meetings(), self.agents, passes);
        let with_self = s.structure.as_ref().is_some_and(|(keys, _)| keys.with_self);
        if let Some(matches) = &terms.matches {
            return self.match_of((meetings, terms), matches, passes);
        }
        match game.pays() {
            Pays::Roles(_) => unreachable!("it is played in matches"),
            Pays::Tempt(_) | Pays::Stock(_) => unreachable!("it has no meetings"),
            Pays::Share(game) => self.share(game, keys.roles, (meetings, terms), passes),
            Pays::Many(_) if s.pairing == Pairing::Group && sanctioning::by_numbers(s) => {
                let pass = MeetWhole::new(game.clone(), terms.clone(), regard(s), s.empty);
                passes.push((Phase::Interact, Box::new(pass)));
            }
            Pays::Many(many) => self.many(many, meetings, terms, passes),
            Pays::Pair(pair) => {
                let pays = table(s, pair);
                let gives = keys.roles == Roles::DonorRecipient && !meetings.mutual();
                let gifts = gives.then(|| Arc::new(Gifts::new(self.agents)));
                let mut meet = Meet::new(meetings, terms.clone(), pays);
                let watched = sanctioning::watches(s);
                meet.with_self = with_self;
                meet.roles = keys.roles;
                meet.gifts = gifts.clone();
                meet.counts_help = s.cooperation().filter(|_| s.counts_help());
                let (judged, opinions, apart) = self.judged_by();
                (meet.judged, meet.opinions) = (judged, opinions);
                let noted = apart.is_some() || watched;
                meet.deeds = noted.then(|| Arc::new(Deeds::new(self.agents)));
                let (worth, deeds, earned) = (meet.pays.pay(0, 1), meet.deeds.clone(), meet.earned_by_act());
                passes.push((Phase::Interact, Box::new(meet)));
                if let Some(gifts) = gifts {
                    passes.push((Phase::Interact, Box::new(Receive { gifts, worth, earned })));
                }
                self.after_meetings(apart, deeds, passes);
            }
        }
    }

    /// The choice of partners, where they are chosen.
    fn approach(&self) -> Option<Box<dyn Pass>> {
        let (chosen, (keys, _)) = (self.chosen.clone()?, self.scenario.structure.as_ref()?);
        let by = columns(self.scenario).into_iter().find(|column| *column.name == *keys.chooses_by())?;
        let partners = keys.candidates.map_or(2, |n| n.get() as usize);
        let group_size = self.scenario.layout.group_size;
        let candidates = self.attended(Arc::new(WithReplacement { group_size, partners, stream: MEETING }));
        Some(Box::new(Approach { candidates, by, chosen }))
    }

    fn most_neighbours(&self) -> usize {
        (0..self.agents).map(|agent| self.ground.degree(agent)).max().unwrap_or(0)
    }

    /// How acts are judged: in the meeting, by whose opinions agents act there, and after all have met.
    fn judged_by(&self) -> (Option<Judged>, Option<ColumnDef>, Option<Judging>) {
        match self.judging() {
            Some(Judging::Public(judged)) => (Some(judged), None, None),
            Some(Judging::Private(private)) => {
                (None, Some(private.column.clone()), Some(Judging::Private(private)))
            }
            graded => (None, None, graded),
        }
    }

    /// What follows from the noted acts of the meetings: judgements, then punishment by those who were not there.
    fn after_meetings(&self, apart: Option<Judging>, deeds: Option<Arc<Deeds>>, passes: &mut Passes) {
        if let Some((judging, deeds)) = apart.zip(deeds.clone()) {
            self.judge(judging, &deeds, passes);
        }
        let watched = |deeds: Arc<Deeds>| sanctioning::passes(self.scenario, &deeds, self.agents);
        passes.extend(deeds.into_iter().flat_map(watched));
    }

    /// Judgements that are passed after all have met.
    fn judge(&self, judging: Judging, deeds: &Arc<Deeds>, passes: &mut Passes) {
        let (deeds, help) = (deeds.clone(), self.scenario.cooperation());
        match judging {
            Judging::Public(_) => {}
            Judging::Private(private) => {
                let gossip =
                    private.gossip.map(|_| Gossip { private: private.clone(), deeds: deeds.clone() });
                passes.push((Phase::Interact, Box::new(Opine { private, deeds })));
                passes.extend(
                    gossip.map(|pass| -> (Phase, Box<dyn Pass>) { (Phase::Interact, Box::new(pass)) }),
                );
            }
            Judging::Graded(norm) => {
                let help = help.expect("a norm is refused where there is no act of cooperation");
                passes.push((Phase::Interact, Box::new(Regrade { norm, deeds, help })));
            }
        }
    }

    /// How acts are judged.
    fn judging(&self) -> Option<Judging> {
        let (keys, norm) = self.scenario.norm.as_ref()?;
        let verdicts = match norm.assesses() {
            Assesses::Standing(verdicts) => verdicts,
            Assesses::Graded(_) => return Some(Judging::Graded(norm.clone())),
            Assesses::Rule(_) => return None,
        };
        let error = threshold(keys.assessment_error.map_or(0.0, |error| error.get()));
        let mut judged = Judged::new(verdicts, error, self.scenario.cooperation()?);
        judged.sanctions = keys.judges.contains(&Judges::Sanctions);
        let Some(Reputations::Private(column)) = self.scenario.reputations() else {
            return Some(Judging::Public(judged));
        };
        let some = |prob: f64, all: f64| (prob != all).then(|| threshold(prob));
        let observers = keys.observers.and_then(|prob| some(prob.get(), 1.0));
        let gossip = keys.gossip.and_then(|prob| some(prob.get(), 0.0));
        Some(Judging::Private(Private { column, judged, observers, gossip }))
    }

    fn expected(&self, terms: &Terms) -> Expected {
        let s = self.scenario;
        let (_, game) = s.game.as_ref().expect("terms come from a game");
        let mut expected = match (&terms.matches, game.pays()) {
            (Some(matches), _) => Expected::matches(terms, matches, self.kinds()),
            (None, Pays::Pair(pair)) => Expected::pairs(terms, &table(s, pair), self.kinds()),
            (None, Pays::Roles(_) | Pays::Share(_) | Pays::Tempt(_) | Pays::Stock(_)) => {
                unreachable!("{AT_ONCE}")
            }
            (None, Pays::Many(many)) => {
                let size = s.structure.as_ref().and_then(|(keys, _)| keys.meeting_size);
                let size = size.map_or(2, |size| size.get() as usize);
                let pays = GroupPays::new(many, [game.acts().len(), size], regard(s));
                Expected::groups(terms, &pays, [size, s.layout.group_size], self.kinds())
            }
        };
        expected.with_self = s.structure.as_ref().is_some_and(|(keys, _)| keys.with_self);
        expected.empty = s.empty;
        expected
    }

    fn revision(&self) -> Revision {
        let s = self.scenario;
        let fixed: Vec<bool> = s.strategies.iter().map(|follows| follows.keys.fixed).collect();
        let any = fixed.contains(&true);
        let codes = (0..fixed.len() as u8).filter(|&code| !fixed[usize::from(code)]).collect();
        let revise = s.learning.as_ref().and_then(|(keys, _)| keys.revise_prob);
        let usual = || f64::from(u8::from(s.genes.is_some() || s.rare_mutants().is_some()));
        let mutates = s.mutation.as_ref().map(|mutation| Mutates {
            prob: threshold(mutation.prob.map_or_else(usual, |prob| prob.get())),
            to: mutation.to,
            when: mutation.when,
            codes,
            genes: s.genes.clone(),
        });
        Revision {
            revise: revise.map(|prob| threshold(prob.get())),
            fixed: if any { fixed } else { vec![] },
            mutates,
        }
    }

    /// The structure from which models come.
    fn models(&self) -> Arc<dyn Structure> {
        let learning = self.scenario.learning.as_ref();
        match learning.and_then(|(keys, _)| keys.models) {
            // What a strategy would earn is asked of those with whom one plays.
            _ if learning.is_some_and(|(_, rule)| matches!(rule.models(), Models::Prospects(_))) => {
                self.structure.clone()
            }
            Some(ModelsFrom::Group | ModelsFrom::All) => {
                self.inhabited(Arc::new(WellMixed { size: self.scenario.layout.group_size }))
            }
            _ => {
                let named = self.scenario.learning.as_ref().and_then(|(keys, _)| keys.structure.as_deref());
                named.and_then(|name| self.layer(name)).unwrap_or(&self.structure).clone()
            }
        }
    }

    fn learn(&self, passes: &mut Passes) {
        let parents = (0..self.scenario.traits.len()).any(|nth| self.scenario.copies_trait(nth));
        let parents = parents.then(|| Arc::new(Parents::new(self.agents)));
        passes.extend(self.learn_at_once(parents.as_ref()).map(|pass| (Phase::Learn, pass)));
        if self.scenario.learning.is_some() && self.scenario.drifts() {
            let revision = Revision { revise: None, ..self.revision() };
            passes.push((Phase::Learn, Box::new(Mutate { revision })));
        }
        let when = self.scenario.mutation.as_ref().map(|mutation| mutation.when);
        for (nth, rule) in TraitRule::all(self.scenario).into_iter().enumerate() {
            let parents = parents.clone().filter(|_| self.scenario.copies_trait(nth));
            let copied = parents.is_some() && when.is_none_or(When::is_of_learning);
            if parents.is_some() {
                let pass = Inherit::new(rule, parents, copied, self.scenario.learns_every());
                passes.push((Phase::Learn, Box::new(pass)));
            }
        }
    }

    /// Traits that change by themselves.
    fn step_traits(&self, passes: &mut Passes) {
        for (nth, (column, _)) in self.scenario.traits.iter().enumerate() {
            if let Some(drift) = Drift::new(self.scenario, nth) {
                passes.push((Phase::Learn, Box::new(Step::new(column.clone(), drift))));
            }
        }
    }

    /// Constant fitness of the strategies, in a world without a game.
    fn fitness(&self) -> Option<Vec<f64>> {
        let s = self.scenario;
        let of = |keys: &crate::scenario::sections::StrategyKeys| keys.fitness.map_or(1.0, |f| f.get());
        s.game.is_none().then(|| s.strategies.iter().map(|follows| of(&follows.keys)).collect())
    }

    fn one_at_a_time(&self) -> OneAtATime {
        let s = self.scenario;
        let evaluate = self.terms.as_ref().map(|terms| self.evaluate(terms));
        let talk =
            self.judging().zip(self.terms.clone()).zip(s.cooperation()).map(|((judging, terms), help)| {
                let roles = s.game.as_ref().map_or(Roles::Mutual, |(keys, _)| keys.roles);
                Talk { structure: self.structure.clone(), terms, judging, help, roles }
            });
        let learns = s.learning.as_ref().map(|(_, rule)| Learns {
            rule: rule.clone(),
            models: self.models(),
            revision: self.revision(),
            fitness: self.fitness(),
            most: self.most_fitness(&**rule),
        });
        let spreads = s.cascade.as_ref().filter(|_| !s.follows_cascades());
        let spreads = spreads.map(|(_, rule)| (rule.clone(), self.structure.clone()));
        let stop = self.stop();
        let each_once = s.run.update == Update::RandomOrder;
        let (chooser, listens, speaks) = (self.chooser(), self.listens(), self.speaks());
        let plays = evaluate.is_some() && talk.is_none() && !s.looks_at_payoffs();
        let drifts = s.drifts().then(|| Revision { revise: None, ..self.revision() });
        OneAtATime {
            group_size: s.layout.group_size,
            strategies: self.kinds(),
            evaluate,
            plays,
            values: learns::values(s).map(|column| (column, self.tried())),
            drifts,
            talk,
            learns,
            chooser,
            listens,
            speaks,
            spreads,
            stop,
            each_once,
            empty: s.empty,
        }
    }

    /// The stopping rule, where it can be seen from the numbers of strategies and stages alone.
    fn stop(&self) -> Option<Stop> {
        let s = self.scenario;
        match s.until.as_ref()? {
            Until::Fixation => {
                let kinds = s.empty.map_or(s.strategies.len(), usize::from);
                Some(Arc::new(move |counts, _| {
                    counts[..kinds].iter().filter(|&&count| count > 0).count() <= 1
                }))
            }
            Until::Holds(_) if s.empty.is_some() => None,
            Until::NoChange | Until::Consensus => None,
            Until::Holds(condition) => {
                crate::measures::of_counts(condition, &s.strategy_names(), &s.stages(), s.layout.group_size)
            }
        }
    }

    fn evaluate(&self, terms: &Terms) -> Evaluate {
        let s = self.scenario;
        let (keys, game) = s.game.as_ref().expect("terms come from a game");
        let structure = self.structure.clone();
        let with_self = s.structure.as_ref().is_some_and(|(keys, _)| keys.with_self);
        let from = match game.pays() {
            _ if s.is_expected() => Meets::Expected(Arc::new(self.expected(terms))),
            Pays::Share(_) | Pays::Tempt(_) => unreachable!("{AT_ONCE}"),
            Pays::Many(many) => {
                let pays = GroupPays::new(many, [game.acts().len(), self.most_neighbours() + 1], regard(s));
                Meets::Neighbourhoods { structure, pays }
            }
            pays => {
                // Matches have tables of their own.
                let pays = match pays {
                    Pays::Pair(pair) => table(s, pair),
                    _ => PayTable::of(game.acts().len(), |_, _| 0.0),
                };
                if s.is_mixed() {
                    let partners = s.structure.as_ref().and_then(|(keys, _)| keys.partners);
                    let partners = partners.map_or(1, |n| n.get() as usize);
                    Meets::Drawn { structure, partners, pays, roles: keys.roles }
                } else {
                    Meets::Neighbours { structure, with_self, pays }
                }
            }
        };
        Evaluate::new(from, terms.clone(), self.kinds())
    }

    /// A bound on fitness, for drawing parents by rejection.
    fn most_fitness(&self, rule: &dyn Learning) -> f64 {
        if let Some(fitness) = self.fitness() {
            return fitness.into_iter().fold(0.0, f64::max);
        }
        let (Some((keys, game)), Some(terms)) = (&self.scenario.game, &self.terms) else { return 1.0 };
        let meetings = match keys.total {
            Total::Mean => 1.0,
            Total::Sum => self.most_neighbours() as f64 + 1.0,
        };
        if let Some(matches) = &terms.matches {
            let rounds = match (keys.total, keys.rounds) {
                (Total::Sum, Some(rounds)) => rounds.get() as f64,
                _ => 1.0,
            };
            let most = matches.pays.most().max(0.0) * rounds * meetings;
            return rule.fitness(most + f64::from(terms.base));
        }
        let most = match game.pays() {
            Pays::Share(_) | Pays::Tempt(_) | Pays::Roles(_) | Pays::Stock(_) => unreachable!("{AT_ONCE}"),
            Pays::Pair(pair) => {
                let acts = 0..game.acts().len() as u8;
                let pays =
                    acts.clone().flat_map(|mine| acts.clone().map(move |theirs| pair.pay(mine, theirs)));
                pays.fold(f64::NEG_INFINITY, f64::max)
            }
            Pays::Many(many) => {
                let members = self.most_neighbours() as f64 + 1.0;
                let acts = 0..game.acts().len() as u8;
                acts.map(|mine| many.pay(mine, members, members)).fold(0.0, f64::max)
            }
        };
        rule.fitness(most.max(0.0) * meetings + f64::from(terms.base))
    }

    fn cascade(&self) -> Option<Box<dyn Pass>> {
        let s = self.scenario;
        let (keys, rule) = s.cascade.as_ref()?;
        if let Some(signals) = s.in_turn() {
            return Some(Box::new(InTurn { signals, policy: s.policy() }));
        }
        if s.clock == Clock::Asynchronous && !s.follows_cascades() {
            return None;
        }
        let thresholds = match rule.threshold() {
            Some(NumberOrName::Number(x)) => Thresholds::One(x.get() as f32),
            Some(NumberOrName::Name(name)) => {
                let found = s.traits.iter().find(|(column, _)| *column.name == **name);
                Thresholds::Trait(found.expect("checked by the rule").0.clone())
            }
            None => Thresholds::One(0.0),
        };
        if s.follows_cascades() {
            let seeds = crate::simulation::seeds(keys, s.layout.group_size);
            let mut follow = Follow::new(self.structure.clone(), rule.clone(), thresholds, seeds, keys.reset);
            follow.places = self.places.clone();
            return Some(Box::new(follow));
        }
        let named = s.contacts();
        let layers = match (&keys.contact, keys.direction) {
            (Contact::Meeting, Direction::Both) => vec![Along::all(ContactsOf::Partners(self.meetings()))],
            (Contact::Meeting, Direction::FirstToSecond) => {
                let asked = Asked { group_size: s.layout.group_size };
                vec![Along::all(ContactsOf::Partners(Arc::new(asked)))]
            }
            _ if !named.is_empty() => named.iter().map(|(layer, prob)| self.along(layer, *prob)).collect(),
            _ if s.is_mixed() => vec![Along::all(ContactsOf::Group)],
            _ => vec![Along::all(ContactsOf::Partners(self.structure.clone()))],
        };
        let names: Vec<String> = named.iter().filter_map(|(layer, _)| layer.0.name.clone()).collect();
        let apart = crate::interventions::apart(s, Some(&self.structure), &names);
        if rule.graded() || !apart.is_empty() {
            let mut dose = Dose::new(layers, rule.clone(), thresholds, apart);
            (dose.waves, dose.places) = (s.counts_waves(), self.places.clone());
            return Some(Box::new(dose));
        }
        let mut spread = Spread::new(layers, rule.clone(), thresholds);
        (spread.waves, spread.places) = (s.counts_waves(), self.places.clone());
        Some(Box::new(spread))
    }
}

impl Assembly<'_> {
    /// A layer of contacts: neighbours, or on a well-mixed one whom its pairing brings together.
    fn along(&self, (keys, network): &Layer, prob: f64) -> Along {
        let name = keys.name.as_deref().unwrap_or_default();
        let structure = self.layer(name).unwrap_or(&self.structure);
        let drawn = keys.pairing.filter(|pairing| *pairing != Pairing::All);
        let contacts = match drawn {
            None if network.is_complete() => ContactsOf::Group,
            Some(pairing) => {
                ContactsOf::Partners(self.meetings_on(keys, pairing, structure, MEETING.of(name)))
            }
            None => ContactsOf::Partners(structure.clone()),
        };
        Along {
            contacts,
            prob: (prob < 1.0).then(|| threshold(prob)),
            stream: crate::passes::COUNTS.of(name),
        }
    }
}

/// The pass by which mutants enter uniform groups.
fn invade(mutates: Mutates) -> (Phase, Box<dyn Pass>) {
    (Phase::Learn, Box::new(Invade { mutates }))
}

/// What is the same for every meeting of a world.
fn terms(scenario: &Scenario, (groups, origin): (usize, Chance)) -> Terms {
    let (keys, game) = scenario.game.as_ref().expect("asked for only with a game");
    let acts = game.acts().len();
    let rules = scenario.strategies.iter().map(|follows| &*follows.rule);
    let table = ActTable::new(rules, acts, error(scenario));
    let tables = tables(scenario, (groups, origin));
    Terms {
        acts: Arc::new(table),
        total: keys.total,
        base: keys.base.map_or(0.0, |base| base.get() as f32),
        punishes: sanctioning::in_meetings(scenario, acts),
        inspects: sanctioning::inspects(scenario, acts),
        matches: tables.and_then(|tables| matches(scenario, tables)),
        tags: tags(scenario),
        every: scenario.learns_every(),
        empty: scenario.empty,
    }
}

/// Bytes of what a world keeps in memory besides its columns.
pub fn group_bytes(s: &Scenario) -> u64 {
    let help = if s.counts_help() { 16 * s.strategies.len() } else { 0 };
    let group = size_of::<crate::groups::Group>() + crate::groups::Tallies::BYTES + help;
    s.layout.groups() as u64 * group as u64
}
