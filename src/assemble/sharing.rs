//! From games whose acts are numbers to their passes.

use super::{Assembly, sanctioning};
use crate::games::{ShareGame, TemptGame};
use crate::partners::Meetings;
use crate::passes::{Forget, GiveShares, Line, Roles, Tempt, Terms};
use crate::scenario::numbers::{Finite, NumberOrName};
use crate::scenario::{Reputations, Scenario};
use crate::strategies::Leaning;
use crate::tick::{Passes, Phase};
use crate::traits::Parameter;
use std::sync::Arc;

impl Assembly<'_> {
    /// Gifts, and what becomes of reputations.
    pub(super) fn share(
        &self,
        game: &dyn ShareGame,
        roles: Roles,
        (meetings, terms): (Arc<dyn Meetings>, &Terms),
        passes: &mut Passes,
    ) {
        let s = self.scenario;
        let numbers = [game.multiplier(), game.endowment()];
        let mut pass = GiveShares::new(meetings, terms.clone(), lines(s), numbers);
        pass.roles = roles;
        pass.norm = s.norm.as_ref().map(|(_, norm)| norm.clone());
        pass.reprisal = sanctioning::reprisal(s);
        passes.push((Phase::Interact, Box::new(pass)));
    }
}

/// Opportunities to defect.
pub(super) fn tempt(s: &Scenario, game: &dyn TemptGame, terms: &Terms) -> Tempt {
    let dare = |follows: &crate::scenario::Follows| {
        let own = match follows.rule.leaning() {
            Some(Leaning::Dare(dare)) => Some(dare),
            _ => None,
        };
        // Who always defects dares all, who always cooperates nothing.
        let chances = follows.rule.chances(crate::strategies::Seen::Good);
        let fixed = 2.0 * chances.first().copied().unwrap_or(0.0);
        Parameter::new(&own.unwrap_or_else(|| number(fixed)), s)
    };
    Tempt {
        temptation: game.temptation(),
        hurt: game.hurt(),
        seen: game.seen(),
        dares: s.strategies.iter().map(dare).collect(),
        terms: terms.clone(),
        meta: s.sanctions.iter().any(|(_, sanction)| sanction.reach().meta),
    }
}

fn number(x: f64) -> NumberOrName {
    NumberOrName::Number(Finite::checked(x).expect("a chance is finite"))
}

/// What each strategy gives.
fn lines(s: &Scenario) -> Vec<Line> {
    let line = |follows: &crate::scenario::Follows| {
        let own = match follows.rule.leaning() {
            Some(Leaning::Share(share)) => Some([share.first, share.base, share.slope]),
            _ => None,
        };
        let fixed = || {
            let chances = follows.rule.chances(crate::strategies::Seen::Good);
            let share = chances.get(1).copied().unwrap_or(0.0);
            [number(share), number(share), number(0.0)]
        };
        Line(own.unwrap_or_else(fixed).map(|written| Parameter::new(&written, s)))
    };
    s.strategies.iter().map(line).collect()
}

/// Reputations that learning resets, before anybody meets.
pub(super) fn forget(s: &Scenario) -> Option<Forget> {
    let resets = s.learning.as_ref().is_some_and(|(keys, _)| !keys.resets.as_slice().is_empty());
    let graded = matches!(s.reputations(), Some(Reputations::Graded));
    let initial = s.norm.as_ref().and_then(|(keys, _)| keys.initial_good);
    let initial = initial.map_or(-1.0, |good| good.get() as f32);
    (resets && graded).then(|| Forget { every: s.learns_every(), initial })
}
