//! Learning: which pass a rule asks for.

use super::Assembly;
use crate::chance::threshold;
use crate::columns::{ColumnDef, Dtype, Goal, Words};
use crate::learning::{Learning, Models, Replaced, Told};
use crate::measures::{Metric, Names};
use crate::pass::Pass;
use crate::passes::{
    Choose, Chooser, FitnessOf, Generation, Given, Imitate, Listen, Listens, ModelsOf, Mutate, Outside,
    Parents, Reinforce, Select, Speak, Speaks, Speech,
};
use crate::scenario::expression::Expression;
use crate::scenario::numbers::NumberOrName;
use crate::scenario::sections::{LearningKeys, ModelsFrom};
use crate::scenario::{Scenario, Until};
use std::sync::Arc;

/// The columns that learning keeps, with what stands in them at the start.
pub(crate) fn columns(s: &Scenario) -> Vec<ColumnDef> {
    let first = first_opinion(s).map(|(_, first)| first);
    let mut columns: Vec<ColumnDef> = first.into_iter().chain(values(s)).collect();
    if let Some(inventory) = inventory(s) {
        columns.extend([ColumnDef::of::<Words>(), inventory]);
    }
    columns.extend(aims(s).map(|_| ColumnDef::of::<Goal>()));
    columns
}

/// The metric of its group that an agent is told, where learning asks for one.
pub(crate) fn aims(s: &Scenario) -> Option<&Expression> {
    let (_, rule) = s.learning.as_ref()?;
    let Models::Opinions(opinions) = rule.models() else { return None };
    match opinions.hearing().told {
        Told::Metric(metric) => Some(metric),
        Told::Parameter(_) => None,
    }
}

/// The same, ready to be asked.
pub(crate) fn goal(s: &Scenario, names: &Names) -> Option<Metric> {
    Metric::new(aims(s)?.clone(), names).ok()
}

/// The trait of which learning asks for the first values, and the column that keeps them.
pub(crate) fn first_opinion(s: &Scenario) -> Option<(ColumnDef, ColumnDef)> {
    let (_, rule) = s.learning.as_ref()?;
    let Models::Opinions(opinions) = rule.models() else { return None };
    let hearing = opinions.hearing();
    let column = s.column(hearing.column).filter(|_| hearing.first)?;
    let nth = s.traits.iter().filter(|(other, _)| other.dtype == column.dtype).count();
    let first = ColumnDef::of_trait(&format!("first_{}", column.name), column.dtype, nth)?;
    Some((column, first))
}

/// What each strategy is worth to an agent, where it remembers that.
pub(crate) fn values(s: &Scenario) -> Option<ColumnDef> {
    let (_, rule) = s.learning.as_ref()?;
    let remembers = matches!(rule.models(), Models::Memory(_));
    remembers.then(|| ColumnDef::of_lists::<1>("values", Dtype::F32, s.strategies.len().max(1)))
}

/// The words that an agent knows, where it may know any number: a bit for each agent of its group who may invent one.
pub(crate) fn inventory(s: &Scenario) -> Option<ColumnDef> {
    let (_, rule) = s.learning.as_ref()?;
    let free = matches!(rule.models(), Models::Words(None));
    free.then(|| ColumnDef::of_lists::<2>("inventory", Dtype::U64, s.layout.group_size.div_ceil(64)))
}

/// The talk of a world in which strategies are sets of words, or the two after whose talk nobody knows what to be.
pub(crate) fn speech(s: &Scenario) -> Option<Result<Speech, [usize; 2]>> {
    let (_, rule) = s.learning.as_ref()?;
    let Models::Words(Some(sets)) = rule.models() else { return None };
    let fixed: Vec<bool> = s.strategies.iter().map(|follows| follows.keys.fixed).collect();
    (sets.len() == fixed.len()).then(|| Speech::new(sets, &fixed))
}

impl Assembly<'_> {
    /// The pass by which strategies, or what else the rule is about, change at once.
    pub(super) fn learn_at_once(&self, parents: Option<&Arc<Parents>>) -> Option<Box<dyn Pass>> {
        let s = self.scenario;
        let Some((keys, rule)) = &s.learning else {
            let here = s.mutation.as_ref().is_some_and(|mutation| mutation.when.is_of_learning());
            return here.then(|| -> Box<dyn Pass> { Box::new(Mutate { revision: self.revision() }) });
        };
        let (every, revision) = (s.learns_every(), self.revision());
        let revise = keys.revise_prob.map(|prob| threshold(prob.get()));
        let pass: Box<dyn Pass> = match rule.models() {
            Models::One | Models::All => {
                let mut pass = Imitate::new(self.models_of(keys.models), rule.clone(), every, revision);
                (pass.copies_strategy, pass.parents) = (s.copies_strategy(), parents.cloned());
                pass.outside = outside(keys);
                Box::new(pass)
            }
            Models::Parents(_) => {
                let fitness = self.fitness().map_or(FitnessOf::Payoff, FitnessOf::Strategy);
                let mut pass = Generation::new(rule.clone(), fitness, every, self.kinds());
                (pass.copies_strategy, pass.noted) = (s.copies_strategy(), parents.cloned());
                pass.revision = revision;
                pass.empty = s.empty;
                Box::new(pass)
            }
            Models::Ranks { by, .. } => {
                let by = by.and_then(|by| s.column(by));
                let mut pass = Select::new(rule.clone(), by, every, revision);
                pass.empty = s.empty;
                Box::new(pass.copying(s.copies_strategy(), parents.cloned()))
            }
            Models::Numbers { .. } | Models::Prospects(_) => {
                let from = self.models_of(keys.models);
                Box::new(Choose::new(self.chooser()?, from, every, revision, self.kinds()))
            }
            Models::Opinions(_) => {
                Box::new(Listen::new(self.listens()?, self.models_of(keys.models), every, s.empty))
            }
            Models::Memory(_) => {
                Box::new(Reinforce::new(rule.clone(), values(s)?, self.tried(), every, revision))
            }
            Models::Words(_) => Box::new(Speak::new(speech(s)?.ok()?, self.meetings(), every, revise)),
        };
        Some(pass)
    }

    fn models_of(&self, from: Option<ModelsFrom>) -> ModelsOf {
        match from {
            Some(ModelsFrom::Meeting) => ModelsOf::Meeting(self.meetings()),
            _ => ModelsOf::Structure(self.models()),
        }
    }

    /// Strategies that agents may take up for themselves: those that can change.
    fn open(&self) -> Vec<u8> {
        let fixed = |code: &u8| self.scenario.strategies[usize::from(*code)].keys.fixed;
        (0..self.kinds() as u8).filter(|code| !fixed(code)).collect()
    }

    /// For each strategy those that its followers try: the policies of a learner, nothing else where it never changes or
    /// others learn, and in a world without learners all that can change.
    pub(super) fn tried(&self) -> Vec<Vec<u8>> {
        let strategies = &self.scenario.strategies;
        let learners = strategies.iter().any(|follows| follows.learner.is_some());
        let tries = |code: u8| match strategies[usize::from(code)].learner {
            Some(learner) => {
                let of_it = |&other: &u8| strategies[usize::from(other)].learner == Some(learner);
                (0..self.kinds() as u8).filter(of_it).collect()
            }
            None if learners || strategies[usize::from(code)].keys.fixed => vec![code],
            None => self.open(),
        };
        (0..self.kinds() as u8).map(tries).collect()
    }

    /// The choice of a strategy by numbers or by prospects, where learning is one.
    pub(super) fn chooser(&self) -> Option<Chooser> {
        let s = self.scenario;
        let (_, rule) = s.learning.as_ref()?;
        let prospects = match rule.models() {
            Models::Numbers { .. } => None,
            Models::Prospects(_) => Some(self.expected(self.terms.as_ref()?)),
            _ => return None,
        };
        let meets_self = s.structure.as_ref().is_some_and(|(keys, _)| keys.with_self);
        Some(Chooser::new(rule.clone(), prospects, meets_self, self.open(), s.empty))
    }

    /// Opinions that move, where learning is about them.
    pub(super) fn listens(&self) -> Option<Listens> {
        let s = self.scenario;
        let (keys, rule) = s.learning.as_ref()?;
        let Models::Opinions(opinions) = rule.models() else { return None };
        let hearing = opinions.hearing();
        let parameter = match hearing.told {
            Told::Parameter(NumberOrName::Number(x)) => Given::One(x.get()),
            Told::Parameter(NumberOrName::Name(name)) => Given::Trait(s.column(name)?),
            Told::Metric(_) => Given::Trait(ColumnDef::of::<Goal>()),
        };
        Some(Listens {
            rule: rule.clone(),
            column: s.column(hearing.column)?,
            parameter,
            first: first_opinion(s).map(|(_, first)| first),
            revise: keys.revise_prob.map(|prob| threshold(prob.get())),
        })
    }

    /// Where words are kept, where learning is talk.
    pub(super) fn speaks(&self) -> Option<Speaks> {
        let s = self.scenario;
        if let Some(inventory) = inventory(s) {
            let until_consensus = matches!(s.until, Some(Until::Consensus));
            return Some(Speaks::Freely { inventory, until_consensus });
        }
        Some(Speaks::Sets(speech(s)?.ok()?))
    }
}

fn outside(keys: &LearningKeys) -> Option<Outside> {
    keys.outside_prob.map(|prob| Outside(threshold(prob.get())))
}

/// Whether a rule replaces a whole generation by parents who are agents, so that traits can be copied from them.
pub(crate) fn has_parents(s: &Scenario, rule: &dyn Learning) -> bool {
    match rule.models() {
        Models::One | Models::All | Models::Ranks { .. } => true,
        Models::Parents(replaced) => replaced == Replaced::Generation && s.game.is_some(),
        _ => false,
    }
}
