//! From the `[game]` of a world and its strategies to tables and passes.

use super::{Assembly, sanctioning};
use crate::acts::ExecutionError;
use crate::chance::{Chance, Stream};
use crate::games::{GroupGame, PairGame, Pays, Pool};
use crate::partners::Meetings;
use crate::passes::{
    Asks, Deeds, GroupPays, Harvest, Length, Limit, Match, Matches, MeetGroup, PayTable, PayTables, Rounds,
    Tags, Terms, Value,
};
use crate::scenario::numbers::NumberOrName;
use crate::scenario::sections::{Errs, Pairing};
use crate::scenario::{Follows, Scenario};
use crate::strategies::{Leaning, Sees};
use crate::tick::{Passes, Phase};
use std::sync::Arc;

/// Payoffs that are drawn once.
const PAYOFFS: Stream = Stream::named("game/payoffs");

impl Assembly<'_> {
    /// The harvest of a commons, and who watches it.
    pub(super) fn harvest(&self, pool: &Pool, terms: &Terms, passes: &mut Passes) {
        let s = self.scenario;
        let asks = s.strategies.iter().map(|follows| asks(s, follows)).collect();
        let deeds = sanctioning::watches(s).then(|| Arc::new(Deeds::new(self.agents)));
        let limit = limit(s, pool);
        let (pool, noted) = (pool.clone(), deeds.clone());
        let pass = Harvest { pool, limit, asks, terms: terms.clone(), deeds: noted };
        passes.push((Phase::Interact, Box::new(pass)));
        passes.extend(deeds.into_iter().flat_map(|deeds| sanctioning::passes(s, &deeds, self.agents)));
    }

    /// Meetings of two that are matches.
    pub(super) fn match_of(
        &self,
        (meetings, terms): (Arc<dyn Meetings>, &Terms),
        matches: &Matches,
        passes: &mut Passes,
    ) {
        let s = self.scenario;
        let with_self = s.structure.as_ref().is_some_and(|(keys, _)| keys.with_self);
        let own = s
            .game
            .as_ref()
            .is_some_and(|(_, game)| matches!(game.pays(), Pays::Roles(roles) if roles.by_group()));
        let acts = s.acts().len();
        let group = 2 * (size_of::<PayTable>() + 4 * acts * acts);
        let bytes = if own { s.layout.groups() as u64 * group as u64 } else { 0 };
        let (judged, opinions, apart) = self.judged_by();
        let noted = apart.is_some() || sanctioning::watches(s);
        let deeds = noted.then(|| Arc::new(Deeds::new(self.agents)));
        let (terms, matches, noted) = (terms.clone(), matches.clone(), deeds.clone());
        let pass = Match { meetings, with_self, terms, matches, bytes, judged, opinions, deeds: noted };
        passes.push((Phase::Interact, Box::new(pass)));
        self.after_meetings(apart, deeds, passes);
    }

    /// Meetings of several, and who watches them.
    pub(super) fn many(
        &self,
        many: &dyn GroupGame,
        meetings: Arc<dyn Meetings>,
        terms: &Terms,
        passes: &mut Passes,
    ) {
        let s = self.scenario;
        let neighbourhoods = s.pairing == Pairing::Neighbourhoods;
        let size = s.structure.as_ref().and_then(|(keys, _)| keys.meeting_size);
        let most = match size {
            Some(size) if !neighbourhoods => size.get() as usize,
            _ => self.most_neighbours() + 1,
        };
        let pays = GroupPays::new(many, [s.acts().len(), most], regard(s));
        let mut pass = MeetGroup::new(meetings, neighbourhoods, terms.clone(), pays);
        pass.empty = s.empty;
        pass.deeds = sanctioning::watches(s).then(|| Arc::new(Deeds::new(self.agents)));
        let deeds = pass.deeds.clone();
        passes.push((Phase::Interact, Box::new(pass)));
        passes.extend(deeds.into_iter().flat_map(|deeds| sanctioning::passes(s, &deeds, self.agents)));
    }
}

/// The weight of others' payoffs, where it is the same for everybody.
pub(super) fn regard(scenario: &Scenario) -> f64 {
    match scenario.game.as_ref().and_then(|(keys, _)| keys.other_regard.as_ref()) {
        Some(NumberOrName::Number(weight)) => weight.get(),
        _ => 0.0,
    }
}

/// Payoffs of a meeting of two, with what the partner's payoff is worth to each.
pub(super) fn table(scenario: &Scenario, pair: &dyn PairGame) -> PayTable {
    let weight = regard(scenario);
    PayTable::of(scenario.acts().len(), |mine, theirs| match weight {
        0.0 => pair.pay(mine, theirs),
        _ => pair.pay(mine, theirs) + weight * pair.pay(theirs, mine),
    })
}

/// Payoffs of both roles of a meeting of two, in so many groups; drawn ones come from the chance of tick 0.
pub(super) fn tables(scenario: &Scenario, (groups, origin): (usize, Chance)) -> Option<PayTables> {
    let (_, game) = scenario.game.as_ref()?;
    let roles = match game.pays() {
        Pays::Pair(pair) => return Some(PayTables::alike(table(scenario, pair))),
        Pays::Roles(roles) => roles,
        Pays::Many(_) | Pays::Share(_) | Pays::Tempt(_) | Pays::Stock(_) => return None,
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
/// table.
pub(super) fn matches(scenario: &Scenario, tables: PayTables) -> Option<Matches> {
    let (keys, _) = scenario.game.as_ref()?;
    let regard = match &keys.other_regard {
        Some(NumberOrName::Name(name)) => scenario.column(name),
        _ => None,
    };
    if !keys.repeats() && regard.is_none() && tables.alike {
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

/// A number, or each agent's own.
pub(super) fn value(scenario: &Scenario, written: &NumberOrName) -> Value {
    match written {
        NumberOrName::Number(x) => Value::One(x.get()),
        NumberOrName::Name(name) => Value::Of(scenario.column(name).expect("checked by the rule")),
    }
}

/// The most that one may take of a commons.
fn limit(scenario: &Scenario, pool: &Pool) -> Limit {
    match scenario.voting() {
        Some(voting) => {
            let votes = scenario.column(&voting.column).expect("checked by the rule");
            Limit::Voted(voting.clone(), Value::Of(votes))
        }
        None => pool.limit.map_or(Limit::Fair, Limit::Units),
    }
}

/// What the agents of a strategy ask of a commons.
pub(super) fn asks(scenario: &Scenario, follows: &Follows) -> Asks {
    match follows.rule.leaning() {
        Some(Leaning::Takes(units)) => Asks::Units(value(scenario, &units)),
        Some(Leaning::TakesShare(share)) => Asks::Share(value(scenario, &share)),
        _ => Asks::Fair,
    }
}

/// How acts go wrong.
pub(super) fn error(scenario: &Scenario) -> ExecutionError {
    let Some((keys, game)) = &scenario.game else { return ExecutionError { prob: 0.0, only: None } };
    let only = match (keys.errs, game.cooperation()) {
        (Errs::Cooperation, Some(help)) => Some((help, u8::from(help == 0))),
        _ => None,
    };
    ExecutionError { prob: keys.execution_error.map_or(0.0, |error| error.get()), only }
}

/// How the strategies of a world tell their own kind: all by the same traits, which is checked.
pub(super) fn tags(scenario: &Scenario) -> Option<Tags> {
    let of = |follows: &Follows| match follows.rule.sees() {
        Sees::Tags(tags) => Some(tags.clone()),
        _ => None,
    };
    let looks: Vec<bool> = scenario.strategies.iter().map(|follows| of(follows).is_some()).collect();
    let tags = scenario.strategies.iter().find_map(of)?;
    let column = |name: &String| scenario.column(name).expect("checked by the rule");
    Some(Tags { tag: column(&tags.tag), within: tags.within.as_ref().map(column), looks })
}
