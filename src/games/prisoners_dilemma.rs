//! The prisoner's dilemma: defection pays, whatever the other does, and yet both would rather cooperate.

use super::{Game, PairGame, Pays};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Finite;

/// Two meet; each cooperates (C) or defects (D), at the four payoffs that the literature calls R, S, T and P.
///
/// payoff(C, C) = reward, payoff(C, D) = sucker, payoff(D, C) = temptation, payoff(D, D) = punishment
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct PrisonersDilemma {
    /// R, of mutual cooperation, in payoff units a meeting
    #[serde(default = "three")]
    reward: Finite,
    /// S, of cooperating with a defector, in payoff units a meeting
    #[serde(default = "zero")]
    sucker: Finite,
    /// T, of defecting against a cooperator, in payoff units a meeting; above the reward
    #[serde(default = "five")]
    temptation: Finite,
    /// P, of mutual defection, in payoff units a meeting; between sucker and reward, S = P is the weak dilemma
    #[serde(default = "one")]
    punishment: Finite,
}

fn finite(x: f64) -> Finite {
    Finite::checked(x).expect("the number is finite")
}

fn three() -> Finite {
    finite(3.0)
}

fn zero() -> Finite {
    finite(0.0)
}

fn five() -> Finite {
    finite(5.0)
}

fn one() -> Finite {
    finite(1.0)
}

impl Spec<dyn Game> for PrisonersDilemma {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        let [r, s, t, p] = [self.reward, self.sucker, self.temptation, self.punishment].map(|x| x.get());
        if t > r && r > p && p >= s {
            return Ok(Box::new(self));
        }
        let says =
            format!("temptation {t}, reward {r}, punishment {p}, sucker {s} are no prisoner's dilemma");
        let help = "it takes temptation > reward > punishment ≥ sucker; any other game of two is a `matrix`";
        Err(Wrong::new(says).at("temptation").help(help))
    }
}

impl Game for PrisonersDilemma {
    fn acts(&self) -> Vec<String> {
        vec!["D".into(), "C".into()]
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Pair(self)
    }
}

impl PairGame for PrisonersDilemma {
    fn pay(&self, mine: u8, theirs: u8) -> f64 {
        let [d, c] = [[self.punishment, self.temptation], [self.sucker, self.reward]];
        [d, c][usize::from(mine)][usize::from(theirs)].get()
    }
}

pub(super) const ROW: Row<dyn Game> = Row::of::<PrisonersDilemma>(
    "prisoners-dilemma",
    &["axelrod1980"],
    "reward = 3.0\nsucker = 0.0\ntemptation = 5.0\npunishment = 1.0",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_payoffs_stand_where_the_letters_say() {
        let game =
            PrisonersDilemma { reward: three(), sucker: zero(), temptation: five(), punishment: one() };
        let table = [(1, 1), (1, 0), (0, 1), (0, 0)].map(|(mine, theirs)| game.pay(mine, theirs));
        assert_eq!(table, [3.0, 0.0, 5.0, 1.0]);
    }

    #[test]
    fn a_game_without_temptation_is_refused() {
        let game =
            PrisonersDilemma { reward: five(), sucker: zero(), temptation: three(), punishment: one() };
        assert!(game.build(&Context::default()).is_err());
    }
}
