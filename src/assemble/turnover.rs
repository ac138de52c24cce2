//! The passes of Turnover, and what a world with empty places changes in the others.

use super::{Assembly, columns, learns};
use crate::chance::threshold;
use crate::columns::{ColumnDef, Grade, Payoff, Reputation};
use crate::learning::Models;
use crate::partners::{Meetings, Structure};
use crate::pass::Pass;
use crate::passes::{
    Arrivals, Births, Contest, Cradle, Deaths, First, Inherit, Likely, Migrate, Mutate, Revision, When, Won,
};
use crate::places::{Note, Occupied};
use crate::scenario::Reputations;
use crate::tick::{Passes, Phase};
use crate::traits::TraitRule;
use crate::turnover::{Change, Odds, WinsBy};
use std::sync::Arc;

impl Assembly<'_> {
    /// A structure as those who live on it see it.
    pub(super) fn inhabited(&self, ground: Arc<dyn Structure>) -> Arc<dyn Structure> {
        match &self.places {
            Some(places) => Arc::new(Occupied { ground, places: places.clone() }),
            None => ground,
        }
    }

    /// Meetings of those who live.
    pub(super) fn attended(&self, ground: Arc<dyn Meetings>) -> Arc<dyn Meetings> {
        match &self.places {
            Some(places) => Arc::new(Occupied { ground, places: places.clone() }),
            None => ground,
        }
    }

    /// Who lives where, as a tick begins.
    pub(super) fn note_places(&self, passes: &mut Passes) {
        if let (Some(places), Some(empty)) = (&self.places, self.scenario.empty) {
            passes.push((Phase::Intervene, Box::new(Note { places: places.clone(), empty })));
        }
    }

    /// Births, deaths, arrivals, moves and contests, in the order of the world file.
    pub(super) fn turnover(&self, passes: &mut Passes) {
        for (nth, change) in self.scenario.changes().into_iter().enumerate() {
            passes.push((Phase::Turnover, self.change(change, nth)));
        }
    }

    fn change(&self, change: Change, nth: usize) -> Box<dyn Pass> {
        let empty = self.scenario.empty;
        match change {
            Change::Births(odds, place) => {
                let (likely, ground) = (self.likely(odds), self.ground.clone());
                Box::new(Births { likely, place, ground, cradle: self.cradle(nth), empty })
            }
            Change::Deaths(odds) => {
                let empty = empty.expect("where agents die, places can be empty");
                Box::new(Deaths { likely: self.likely(odds), empty })
            }
            Change::Immigration(count) => Box::new(Arrivals { count, cradle: self.cradle(nth), empty }),
            Change::Migration(prob) => Box::new(Migrate::new(threshold(prob), columns(self.scenario), empty)),
            Change::Contest(prob, wins_by) => {
                let payoff = ColumnDef::of::<Payoff>().id;
                let copied = columns(self.scenario).into_iter().filter(|column| column.id != payoff);
                Box::new(Contest::new(prob, self.won(&wins_by), copied.collect(), empty))
            }
        }
    }

    fn likely(&self, odds: Odds) -> Likely {
        match odds {
            Odds::Same(prob) => Likely::Same(threshold(prob)),
            Odds::Payoff => Likely::payoff(),
            Odds::Trait(name) => Likely::By(self.scenario.column(&name).expect("checked by the rule")),
        }
    }

    fn won(&self, by: &WinsBy) -> Won {
        let s = self.scenario;
        match by {
            WinsBy::Cooperation => Won::Act(s.cooperation().unwrap_or(0), s.acts().len() as u8),
            WinsBy::Payoff => Won::Mean(ColumnDef::of::<Payoff>()),
            WinsBy::Named(name) => match s.column(name) {
                Some(column) => Won::Mean(column),
                None => {
                    let code = s.strategy_names().iter().position(|known| known == name);
                    Won::Share(code.unwrap_or(0) as u8)
                }
            },
        }
    }

    /// What newcomers have; `nth` tells the draws of the world's cradles apart.
    fn cradle(&self, nth: usize) -> Cradle {
        let s = self.scenario;
        let live = s.strategies.iter().take(s.empty.map_or(s.strategies.len(), usize::from));
        // The policies of a learner divide its share.
        let of_it = |learner: u8| s.strategies.iter().filter(|other| other.learner == Some(learner)).count();
        let share = |follows: &crate::scenario::Follows| {
            let policies = follows.learner.map_or(1, of_it) as f64;
            follows.keys.share.map_or(0.0, |share| share.get() / policies)
        };
        let shares: Vec<f64> = live.map(share).collect();
        let born = s.mutation.as_ref().is_some_and(|mutation| mutation.when == When::Birth);
        let mutates = self.revision().mutates.filter(|_| born);
        let columns = columns(s).into_iter().map(|column| (column.clone(), self.first(&column)));
        Cradle::new(columns.collect(), &TraitRule::all(s), mutates, &shares, nth)
    }

    /// What a column holds for somebody new, where it is no trait.
    fn first(&self, column: &ColumnDef) -> Option<First> {
        let s = self.scenario;
        let is = |other: Option<ColumnDef>| other.is_some_and(|other| other.id == column.id);
        let initial = s.norm.as_ref().and_then(|(keys, _)| keys.initial_good).map(|good| good.get());
        match s.reputations() {
            Some(Reputations::Graded) if is(Some(ColumnDef::of::<Grade>())) => {
                return Some(First::Number(initial.unwrap_or(-1.0)));
            }
            Some(Reputations::Private(opinions)) if is(Some(opinions.clone())) => {
                return Some(First::Good(initial.unwrap_or(0.5)));
            }
            _ if is(Some(ColumnDef::of::<Reputation>())) => return Some(First::Good(initial.unwrap_or(0.5))),
            _ => {}
        }
        if is(learns::values(s)) {
            let (_, rule) = s.learning.as_ref()?;
            let Models::Memory(values) = rule.models() else { return None };
            return Some(First::Number(values.initial()));
        }
        learns::first_opinion(s).filter(|(_, first)| is(Some(first.clone()))).map(|(of, _)| First::Trait(of))
    }

    /// Mutation as the last thing of a tick.
    pub(super) fn mutate_last(&self, passes: &mut Passes) {
        let s = self.scenario;
        if s.mutation.as_ref().is_none_or(|mutation| mutation.when != When::End) {
            return;
        }
        let mut revision = Revision { revise: None, ..self.revision() };
        if let Some(mutates) = &mut revision.mutates {
            mutates.when = When::After;
        }
        if !s.strategies.is_empty() {
            passes.push((Phase::Turnover, Box::new(Mutate { revision })));
        }
        for rule in TraitRule::all(s).into_iter().filter(|rule| rule.kernel.is_some()) {
            passes.push((Phase::Turnover, Box::new(Inherit::new(rule, None, true, 1))));
        }
    }
}
