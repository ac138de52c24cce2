//! Any game of two with a payoff matrix, for both players the same, one for each, or drawn at random.

use super::{Game, PairGame, Pays, RoleGame};
use crate::chance::{Draws, unit64};
use crate::groups::ACTS;
use crate::math;
use crate::registry::{Context, Row, Spec, Wrong};

/// Two meet; each is paid by the row of its own act and the column of the other's.
///
/// payoff(i) = payoffs[act(i)][act(partner)]
///
/// With `payoffs_other` or `random` the two of a meeting play different roles: the agent with the smaller number is the
/// first, paid by `payoffs`; the other is the second, paid by `payoffs_other`, of which the rows are its own acts too.
/// Where payoffs are expected over a whole group, everybody is the first in half of the meetings.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Matrix {
    /// names of the acts, 2 to 8
    #[schemars(length(min = 2, max = 8))]
    actions: Vec<String>,
    /// payoffs in payoff units a meeting: a row for each own act, a column for each act of the partner
    payoffs: Option<Vec<Vec<f64>>>,
    /// payoffs of the second of a meeting, a row for each of its own acts; without it both are paid alike
    payoffs_other: Option<Vec<Vec<f64>>>,
    /// in place of payoffs: how they are drawn, for each role apart
    random: Option<Random>,
}

/// Random payoffs: exactly one law.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Random {
    /// uniform between two numbers, in payoff units
    uniform: Option<[f64; 2]>,
    /// normal: mean and standard deviation, in payoff units
    normal: Option<[f64; 2]>,
    /// whether what one wins the other loses
    #[serde(default)]
    zero_sum: bool,
    /// whose payoffs they are
    #[serde(default)]
    draw: Whose,
}

/// Whose payoffs are drawn.
#[derive(Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Whose {
    /// each group has its own
    #[default]
    PerGroup,
    /// all groups share one game
    Shared,
}

impl Spec<dyn Game> for Matrix {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        let k = self.actions.len();
        if !(2..=ACTS).contains(&k) {
            return Err(Wrong::new(format!("{k} actions; a game has 2 to {ACTS}")).at("actions"));
        }
        if let Some(twice) = (1..k).find(|&i| self.actions[..i].contains(&self.actions[i])) {
            let name = &self.actions[twice];
            return Err(Wrong::new(format!("two actions are called `{name}`")).at("actions"));
        }
        let square = |payoffs: &Vec<Vec<f64>>, key: &'static str| {
            if payoffs.len() != k || payoffs.iter().any(|row| row.len() != k) {
                let says = format!("the payoffs of {k} actions are {k} rows of {k} numbers");
                let help = "write a row for each own act, in the order of `actions`";
                return Err(Wrong::new(says).at(key).help(help));
            }
            if payoffs.iter().flatten().any(|x| !x.is_finite()) {
                return Err(Wrong::new("a payoff is no finite number").at(key));
            }
            Ok(())
        };
        match (&self.payoffs, &self.payoffs_other, &self.random) {
            (Some(payoffs), other, None) => {
                square(payoffs, "payoffs")?;
                other.iter().try_for_each(|other| square(other, "payoffs_other"))?;
            }
            (None, None, Some(random)) => random.check()?,
            (None, _, None) => {
                let help = "write `payoffs`, a row for each own act, or `random`";
                return Err(Wrong::new("the game does not say what it pays").help(help));
            }
            _ => {
                let help = "write either payoffs, with or without payoffs_other, or random";
                return Err(Wrong::new("payoffs are both given and random").at("random").help(help));
            }
        }
        Ok(Box::new(self))
    }
}

impl Random {
    fn check(&self) -> Result<(), Wrong> {
        let law = |says: &str, help: &str| Err(Wrong::new(says.to_string()).at("random").help(help));
        match (self.uniform, self.normal) {
            (Some([a, b]), None) if a.is_finite() && b.is_finite() && a < b => Ok(()),
            (None, Some([mean, sd])) if mean.is_finite() && sd.is_finite() && sd >= 0.0 => Ok(()),
            (Some(_), None) => {
                law("uniform payoffs lie between two numbers", "write uniform = [least, most]")
            }
            (None, Some(_)) => {
                law("normal payoffs have a mean and a deviation of at least 0", "write normal = [mean, sd]")
            }
            _ => law("random payoffs follow one law", "write uniform = [least, most] or normal = [mean, sd]"),
        }
    }

    fn pay(&self, role: usize, cell: usize, (group, draws): (usize, Draws)) -> f64 {
        let group = if self.draw == Whose::Shared { 0 } else { group };
        let drawn = if self.zero_sum { 0 } else { role };
        let u = unit64(draws.at(((group * 2 + drawn) * ACTS * ACTS + cell) as u64));
        let x = match (self.uniform, self.normal) {
            (Some([a, b]), _) => a + u * (b - a),
            (_, law) => {
                let [mean, sd] = law.unwrap_or_default();
                mean + sd * math::normal_quantile(u.clamp(1e-16, 1.0 - 1e-16))
            }
        };
        if self.zero_sum && role == 1 { -x } else { x }
    }
}

impl Game for Matrix {
    fn acts(&self) -> Vec<String> {
        self.actions.clone()
    }

    fn pays(&self) -> Pays<'_> {
        if self.payoffs_other.is_some() || self.random.is_some() {
            Pays::Roles(self)
        } else {
            Pays::Pair(self)
        }
    }
}

impl PairGame for Matrix {
    fn pay(&self, mine: u8, theirs: u8) -> f64 {
        let payoffs = self.payoffs.as_ref().expect("random payoffs are those of a game of two roles");
        payoffs[usize::from(mine)][usize::from(theirs)]
    }
}

impl RoleGame for Matrix {
    fn pay_in(&self, role: usize, [mine, theirs]: [u8; 2], whose: (usize, Draws)) -> f64 {
        let [mine, theirs] = [mine, theirs].map(usize::from);
        if let Some(random) = &self.random {
            let cell = if role == 0 { mine * ACTS + theirs } else { theirs * ACTS + mine };
            return random.pay(role, cell, whose);
        }
        let payoffs = if role == 1 { self.payoffs_other.as_ref() } else { None };
        payoffs.or(self.payoffs.as_ref()).map_or(0.0, |payoffs| payoffs[mine][theirs])
    }

    fn by_group(&self) -> bool {
        self.random.as_ref().is_some_and(|random| random.draw == Whose::PerGroup)
    }
}

pub(super) const ROW: Row<dyn Game> = Row::of::<Matrix>(
    "matrix",
    &["maynardsmith1973"],
    "actions = [\"C\", \"D\"]\npayoffs = [[3.0, 0.0], [5.0, 1.0]]",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    fn parse(toml: &str) -> Result<Box<dyn Game>, String> {
        let text = format!("actions = [\"C\", \"D\"]\n{toml}");
        ROW.parse(&text, &Context::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_are_the_own_act() {
        let game = parse("payoffs = [[3.0, 0.0], [5.0, 1.0]]").unwrap();
        let Pays::Pair(pair) = game.pays() else { panic!("both are paid alike") };
        assert_eq!((pair.pay(0, 1), pair.pay(1, 0)), (0.0, 5.0));
        assert_eq!(game.cooperation(), Some(0));
    }

    #[test]
    fn the_second_of_a_meeting_has_its_own_rows() {
        let game = parse("payoffs = [[10, 0], [0, 7]]\npayoffs_other = [[7, 1], [2, 10]]").unwrap();
        let Pays::Roles(roles) = game.pays() else { panic!("the game has two roles") };
        let whose = (0, Chance::new(1, 0, 0).stream(Stream::named("test")));
        assert_eq!(roles.pay_in(0, [0, 0], whose), 10.0);
        assert_eq!([[0, 1], [1, 0]].map(|acts| roles.pay_in(1, acts, whose)), [1.0, 2.0]);
    }

    #[test]
    fn what_one_wins_the_other_loses() {
        let game = parse("random = { uniform = [0.0, 1.0], zero_sum = true }").unwrap();
        let Pays::Roles(roles) = game.pays() else { panic!("the game has two roles") };
        let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
        let first = |group| roles.pay_in(0, [0, 1], (group, draws));
        assert_eq!(roles.pay_in(1, [1, 0], (3, draws)), -first(3));
        assert!(first(3) != first(4) && roles.by_group());
    }

    #[test]
    fn payoffs_are_said_once() {
        assert!(parse("").is_err());
        assert!(parse("payoffs = [[1, 2]]").is_err());
        assert!(parse("payoffs = [[1, 2], [3, 4]]\nrandom = { uniform = [0, 1] }").is_err());
        assert!(parse("random = { uniform = [1, 0] }").is_err());
    }
}
