//! From a checked world to the passes of its tick, and the columns that they need.

use crate::acts::{ActTable, ExecutionError};
use crate::chance::{Chance, Stream, threshold};
use crate::columns::{ColumnDef, Payoff, Reputation, Stage, Strategy};
use crate::games::{PairGame, Pays};
use crate::learning::{Learning, Models};
use crate::pairings::{Matching, WithReplacement};
use crate::partners::{Meetings, Structure};
use crate::pass::Pass;
use crate::passes::{
    ContactsOf, Evaluate, Expected, ExpectedMeet, FitnessOf, Follow, Generation, Gifts, GroupPays, Imitate,
    Judged, Learns, Length, Match, Matches, Meet, MeetGroup, Meets, ModelsOf, Mutate, Mutates, OneAtATime,
    PayTable, PayTables, Punishes, Receive, Revision, Roles, Rounds, Spread, Stop, Tags, Talk, Terms,
    Thresholds, Total,
};
use crate::registry::Clock;
use crate::scenario::numbers::NumberOrName;
use crate::scenario::sections::{Contact, Errs, ModelsFrom, Pairing};
use crate::scenario::{Follows, Scenario, Until};
use crate::strategies::Sees;
use crate::structures::WellMixed;
use crate::tick::{Passes, Phase};
use std::sync::Arc;

/// Payoffs that are drawn once.
const PAYOFFS: Stream = Stream::named("game/payoffs");

/// The columns of a world, by what its rules write.
pub fn columns(scenario: &Scenario) -> Vec<ColumnDef> {
    let mut columns = vec![];
    if !scenario.strategies.is_empty() {
        columns.push(ColumnDef::of::<Strategy>().labelled(scenario.strategy_names()));
    }
    if scenario.norm.is_some() {
        let labels = ["bad", "good"].map(String::from);
        columns.push(ColumnDef::of::<Reputation>().labelled(labels));
    }
    if scenario.game.is_some() && scenario.clock == Clock::Synchronous {
        columns.push(ColumnDef::of::<Payoff>());
    }
    if scenario.cascade.is_some() {
        columns.push(ColumnDef::of::<Stage>().labelled(scenario.stages()));
    }
    columns.extend(scenario.traits.iter().map(|(column, _)| column.clone()));
    columns
}

/// Builds the passes of a world on its grown structure.
pub struct Assembly<'s> {
    scenario: &'s Scenario,
    structure: Arc<dyn Structure>,
    terms: Option<Terms>,
    /// agents for whom room is taken
    agents: usize,
}

impl<'s> Assembly<'s> {
    /// The passes as they would be, to be asked what they need and never to be run: nothing grows with the agents.
    pub(crate) fn sketch(scenario: &'s Scenario) -> Assembly<'s> {
        let structure: Arc<dyn Structure> = match scenario.is_mixed() {
            true => Arc::new(WellMixed { size: 2 }),
            // Four neighbours stand for any number: no pass needs memory for each neighbour of each agent.
            false => Arc::new(WellMixed { size: 5 }),
        };
        let terms = scenario.game.as_ref().map(|_| terms(scenario, (1, Chance::new(0, 0, 0))));
        Assembly { scenario, structure, terms, agents: 0 }
    }

    /// `structure` is what the world's `[structure]` grew into; `None` is a well-mixed one. `origin` is the chance of
    /// tick 0, from which payoffs are drawn that stay as they are.
    pub fn new(
        scenario: &'s Scenario,
        structure: Option<Arc<dyn Structure>>,
        origin: Chance,
    ) -> Assembly<'s> {
        let mixed = || -> Arc<dyn Structure> { Arc::new(WellMixed { size: scenario.layout.group_size }) };
        let groups = scenario.layout.groups();
        let terms = scenario.game.as_ref().map(|_| terms(scenario, (groups, origin)));
        let agents = scenario.layout.agents;
        Assembly { scenario, structure: structure.unwrap_or_else(mixed), terms, agents }
    }

    /// The passes in the order of the phases.
    pub fn passes(&self) -> Passes {
        let mut passes: Passes = vec![];
        if self.scenario.clock == Clock::Asynchronous {
            let walked = self.one_at_a_time();
            let idle = walked.talk.is_none() && walked.learns.is_none() && walked.spreads.is_none();
            if !idle {
                passes.push((Phase::Learn, Box::new(walked)));
            }
        } else {
            self.interact(&mut passes);
            passes.extend(self.learn().map(|pass| (Phase::Learn, pass)));
        }
        if let Some(pass) = self.cascade() {
            passes.push((Phase::Cascade, pass));
        }
        passes
    }

    fn kinds(&self) -> usize {
        self.scenario.strategies.len()
    }

    /// Who meets whom in a synchronous tick.
    fn meetings(&self) -> Arc<dyn Meetings> {
        let size = self.scenario.layout.group_size;
        let keys = self.scenario.structure.as_ref().map(|(keys, _)| keys);
        match self.scenario.pairing {
            Pairing::Matching => {
                let meeting = keys.and_then(|keys| keys.meeting_size);
                let meeting_size = meeting.map_or(2, |size| size.get() as usize);
                Arc::new(Matching { group_size: size, meeting_size })
            }
            Pairing::WithReplacement => {
                let partners = keys.and_then(|keys| keys.partners).map_or(1, |n| n.get() as usize);
                Arc::new(WithReplacement { group_size: size, partners })
            }
            Pairing::All | Pairing::Neighbourhoods => Arc::new(Slots(self.structure.clone())),
        }
    }

    fn interact(&self, passes: &mut Passes) {
        let s = self.scenario;
        let (Some((keys, game)), Some(terms)) = (&s.game, &self.terms) else { return };
        if s.is_expected() {
            let expected = self.expected(terms);
            let pass = ExpectedMeet::new(expected, terms.clone(), self.kinds());
            return passes.push((Phase::Interact, Box::new(pass)));
        }
        let meetings = self.meetings();
        let with_self = s.structure.as_ref().is_some_and(|(keys, _)| keys.with_self);
        if let Some(matches) = terms.matches.clone() {
            let own = matches!(game.pays(), Pays::Roles(roles) if roles.by_group());
            let group = 2 * (size_of::<PayTable>() + 4 * game.acts().len() * game.acts().len());
            let bytes = if own { s.layout.groups() as u64 * group as u64 } else { 0 };
            let pass = Match { meetings, with_self, terms: terms.clone(), matches, bytes };
            return passes.push((Phase::Interact, Box::new(pass)));
        }
        match game.pays() {
            Pays::Roles(_) => {}
            Pays::Many(many) => {
                let neighbourhoods = s.pairing == Pairing::Neighbourhoods;
                let size = s.structure.as_ref().and_then(|(keys, _)| keys.meeting_size);
                let most = match size {
                    Some(size) if !neighbourhoods => size.get() as usize,
                    _ => self.most_neighbours() + 1,
                };
                let pays = GroupPays::new(many, [game.acts().len(), most], regard(s));
                let pass = MeetGroup::new(meetings, neighbourhoods, terms.clone(), pays);
                passes.push((Phase::Interact, Box::new(pass)));
            }
            Pays::Pair(pair) => {
                let pays = table(s, pair);
                let gives = keys.roles == Roles::DonorRecipient && !meetings.mutual();
                let gifts = gives.then(|| Arc::new(Gifts::new(self.agents)));
                let mut meet = Meet::new(meetings, terms.clone(), pays);
                meet.with_self = with_self;
                meet.roles = keys.roles;
                meet.judged = self.judged();
                meet.gifts = gifts.clone();
                let worth = meet.pays.pay(0, 1);
                passes.push((Phase::Interact, Box::new(meet)));
                if let Some(gifts) = gifts {
                    passes.push((Phase::Interact, Box::new(Receive { gifts, worth })));
                }
            }
        }
    }

    fn most_neighbours(&self) -> usize {
        (0..self.agents).map(|agent| self.structure.degree(agent)).max().unwrap_or(0)
    }

    fn judged(&self) -> Option<Judged> {
        let (keys, norm) = self.scenario.norm.as_ref()?;
        let error = threshold(keys.assessment_error.map_or(0.0, |error| error.get()));
        Some(Judged::new(norm.verdicts(), error, self.scenario.cooperation()?))
    }

    fn expected(&self, terms: &Terms) -> Expected {
        let s = self.scenario;
        let (_, game) = s.game.as_ref().expect("terms come from a game");
        let mut expected = match (&terms.matches, game.pays()) {
            (Some(matches), _) => Expected::matches(terms, matches, self.kinds()),
            (None, Pays::Pair(pair)) => Expected::pairs(terms, &table(s, pair), self.kinds()),
            (None, Pays::Roles(_)) => unreachable!("a game of two roles is played in matches"),
            (None, Pays::Many(many)) => {
                let size = s.structure.as_ref().and_then(|(keys, _)| keys.meeting_size);
                let size = size.map_or(2, |size| size.get() as usize);
                let pays = GroupPays::new(many, [game.acts().len(), size], regard(s));
                Expected::groups(terms, &pays, [size, s.layout.group_size], self.kinds())
            }
        };
        expected.with_self = s.structure.as_ref().is_some_and(|(keys, _)| keys.with_self);
        expected
    }

    fn revision(&self) -> Revision {
        let s = self.scenario;
        let fixed: Vec<bool> = s.strategies.iter().map(|follows| follows.keys.fixed).collect();
        let any = fixed.contains(&true);
        let codes = (0..fixed.len() as u8).filter(|&code| !fixed[usize::from(code)]).collect();
        let revise = s.learning.as_ref().and_then(|(keys, _)| keys.revise_prob);
        let mutates = s.mutation.as_ref().map(|mutation| Mutates {
            prob: threshold(mutation.prob.get()),
            to: mutation.to,
            when: mutation.when,
            codes,
        });
        Revision {
            revise: revise.map(|prob| threshold(prob.get())),
            fixed: if any { fixed } else { vec![] },
            mutates,
        }
    }

    /// The structure from which models come.
    fn models(&self) -> Arc<dyn Structure> {
        let from = self.scenario.learning.as_ref().and_then(|(keys, _)| keys.models);
        match from {
            Some(ModelsFrom::Group | ModelsFrom::All) => {
                Arc::new(WellMixed { size: self.scenario.layout.group_size })
            }
            _ => self.structure.clone(),
        }
    }

    fn learn(&self) -> Option<Box<dyn Pass>> {
        let s = self.scenario;
        let Some((keys, rule)) = &s.learning else {
            return s
                .mutation
                .as_ref()
                .map(|_| -> Box<dyn Pass> { Box::new(Mutate { revision: self.revision() }) });
        };
        let every = s.learns_every();
        if let Models::Parents(_) = rule.models() {
            let fitness = self.fitness().map_or(FitnessOf::Payoff, FitnessOf::Strategy);
            let mut pass = Generation::new(rule.clone(), fitness, every, self.kinds());
            pass.revision = self.revision();
            return Some(Box::new(pass));
        }
        let models = match keys.models {
            Some(ModelsFrom::Meeting) => ModelsOf::Meeting(self.meetings()),
            _ => ModelsOf::Structure(self.models()),
        };
        Some(Box::new(Imitate::new(models, rule.clone(), every, self.revision())))
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
        let talk = self.judged().zip(self.terms.clone()).map(|(judged, terms)| {
            let roles = s.game.as_ref().map_or(Roles::Mutual, |(keys, _)| keys.roles);
            Talk { structure: self.structure.clone(), terms, judged, roles }
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
        OneAtATime { strategies: self.kinds(), evaluate, talk, learns, spreads, stop }
    }

    /// The stopping rule, where it can be seen from the numbers of strategies and stages alone.
    fn stop(&self) -> Option<Stop> {
        let s = self.scenario;
        match s.until.as_ref()? {
            Until::Fixation => {
                Some(Arc::new(|counts, _| counts.iter().filter(|&&count| count > 0).count() <= 1))
            }
            Until::NoChange => None,
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
            _ if s.is_expected() => Meets::Expected(self.expected(terms)),
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
            Pays::Roles(_) => 1.0,
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
            let follow = Follow::new(self.structure.clone(), rule.clone(), thresholds, seeds, keys.reset);
            return Some(Box::new(follow));
        }
        let contacts = match keys.contact {
            Contact::Meeting => ContactsOf::Partners(self.meetings()),
            Contact::Neighbours if s.is_mixed() => ContactsOf::Group,
            Contact::Neighbours => ContactsOf::Partners(Arc::new(Slots(self.structure.clone()))),
        };
        Some(Box::new(Spread::new(contacts, rule.clone(), thresholds)))
    }
}

/// A structure's neighbours as meetings: everyone meets all.
struct Slots(Arc<dyn Structure>);

impl Meetings for Slots {
    fn slots(&self, at: &crate::pass::At) -> usize {
        self.0.slots(at)
    }

    fn partners<'a>(
        &'a self,
        at: &crate::pass::At,
        slot: usize,
        room: &'a mut [u32],
    ) -> crate::partners::Partners<'a> {
        self.0.partners(at, slot, room)
    }

    fn by_group(&self) -> bool {
        self.0.by_group()
    }

    fn bytes(&self) -> u64 {
        self.0.bytes()
    }
}

/// The weight of others' payoffs, where it is the same for everybody.
fn regard(scenario: &Scenario) -> f64 {
    match scenario.game.as_ref().and_then(|(keys, _)| keys.other_regard.as_ref()) {
        Some(NumberOrName::Number(weight)) => weight.get(),
        _ => 0.0,
    }
}

/// Payoffs of a meeting of two, with what the partner's payoff is worth to each.
fn table(scenario: &Scenario, pair: &dyn PairGame) -> PayTable {
    let weight = regard(scenario);
    PayTable::of(scenario.acts().len(), |mine, theirs| match weight {
        0.0 => pair.pay(mine, theirs),
        _ => pair.pay(mine, theirs) + weight * pair.pay(theirs, mine),
    })
}

/// Payoffs of both roles of a meeting of two, in so many groups; drawn ones come from the chance of tick 0.
fn tables(scenario: &Scenario, (groups, origin): (usize, Chance)) -> Option<PayTables> {
    let (_, game) = scenario.game.as_ref()?;
    let roles = match game.pays() {
        Pays::Pair(pair) => return Some(PayTables::alike(table(scenario, pair))),
        Pays::Roles(roles) => roles,
        Pays::Many(_) => return None,
    };
    let (weight, draws, acts) = (regard(scenario), origin.stream(PAYOFFS), game.acts().len());
    let of = |group: usize, role: usize| {
        let pay = |role: usize, acts: [u8; 2]| roles.pay_in(role, acts, (group, draws));
        PayTable::of(acts, |mine, theirs| match weight {
            0.0 => pay(role, [mine, theirs]),
            _ => pay(role, [mine, theirs]) + weight * pay(1 - role, [theirs, mine]),
        })
    };
    let groups = if roles.by_group() { groups } else { 1 };
    Some(PayTables::roles((0..groups).map(|group| [of(group, 0), of(group, 1)]).collect()))
}

/// What is played where meetings of two are more than one act of each. `None` where one act of each is all, paid by one
/// table; `always` asks for the same as a match of one round.
fn matches(scenario: &Scenario, tables: PayTables, always: bool) -> Option<Matches> {
    let (keys, _) = scenario.game.as_ref()?;
    let regard = match &keys.other_regard {
        Some(NumberOrName::Name(name)) => scenario.column(name).cloned(),
        _ => None,
    };
    if !always && !keys.repeats() && regard.is_none() && tables.alike {
        return None;
    }
    let length = match (keys.rounds, keys.continue_prob) {
        (_, Some(prob)) => Length::Continues(prob.get()),
        (rounds, None) => Length::Rounds(rounds.map_or(1, |rounds| rounds.get() as u32)),
    };
    let skip = keys.skip_rounds.map_or(0, |skip| skip.get() as u32);
    let rules = scenario.strategies.iter().map(|follows| &*follows.rule);
    let rounds = Rounds::new(rules, scenario.acts().len(), (length, skip), error(scenario));
    Some(Matches { rounds: Arc::new(rounds), pays: Arc::new(tables), regard })
}

/// What a meeting of two strategies pays the first, in expectation: what a measure shows. `None` where that is not the
/// same everywhere.
pub(crate) fn expected_match(scenario: &Scenario) -> Option<impl Fn(u8, u8) -> f64 + Send + Sync + use<>> {
    let (keys, game) = scenario.game.as_ref()?;
    let same = match game.pays() {
        Pays::Pair(_) => keys.roles == Roles::Mutual,
        Pays::Roles(roles) => !roles.by_group(),
        Pays::Many(_) => false,
    };
    let tables = tables(scenario, (1, Chance::new(scenario.run.seed.get(), 0, 0))).filter(|_| same)?;
    let (matches, mean) = (matches(scenario, tables, true)?, keys.total == Total::Mean);
    Some(move |own: u8, other: u8| {
        let (sum, rounds) = matches.expected([own, other], [1.0, 0.0]);
        if mean { sum / rounds } else { sum }
    })
}

/// How acts go wrong.
fn error(scenario: &Scenario) -> ExecutionError {
    let Some((keys, game)) = &scenario.game else { return ExecutionError { prob: 0.0, only: None } };
    let only = match (keys.errs, game.cooperation()) {
        (Errs::Cooperation, Some(help)) => Some((help, u8::from(help == 0))),
        _ => None,
    };
    ExecutionError { prob: keys.execution_error.map_or(0.0, |error| error.get()), only }
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
        punishes: punishes(scenario, acts),
        matches: tables.and_then(|tables| matches(scenario, tables, false)),
        tags: tags(scenario),
        every: scenario.learns_every(),
    }
}

/// How the strategies of a world tell their own kind: all by the same traits, which is checked.
fn tags(scenario: &Scenario) -> Option<Tags> {
    let of = |follows: &Follows| match follows.rule.sees() {
        Sees::Tags(tags) => Some(tags.clone()),
        _ => None,
    };
    let looks: Vec<bool> = scenario.strategies.iter().map(|follows| of(follows).is_some()).collect();
    let tags = scenario.strategies.iter().find_map(of)?;
    let column = |name: &String| scenario.column(name).expect("checked by the rule").clone();
    Some(Tags { tag: column(&tags.tag), within: tags.within.as_ref().map(column), looks })
}

fn punishes(scenario: &Scenario, acts: usize) -> Option<Punishes> {
    let (_, sanction) = scenario.sanction.as_ref()?;
    let names = scenario.strategy_names();
    let words: Vec<Vec<String>> = scenario
        .strategies
        .iter()
        .map(|follows| follows.keys.punishes.as_ref().map_or_else(Vec::new, |p| p.as_slice().to_vec()))
        .collect();
    let punisher = |strategy: usize| words[strategy].iter().any(|word| word != "nobody");
    let help = scenario.cooperation();
    let out = scenario.acts().iter().position(|act| act == "out");
    let whom = |own: usize, target: usize, act: usize| {
        words[own].iter().any(|word| match word.as_str() {
            "defectors" => Some(act as u8) != help && Some(act) != out,
            "cooperators" => Some(act as u8) == help,
            "non-punishers" => !punisher(target),
            name => names[target] == name,
        })
    };
    Some(Punishes::new([sanction.fine(), sanction.fee()], names.len(), acts, whom))
}

/// Bytes of what a world keeps in memory besides its columns.
pub fn group_bytes(groups: u64) -> u64 {
    groups * (size_of::<crate::groups::Group>() as u64 + crate::groups::Tallies::BYTES as u64)
}
