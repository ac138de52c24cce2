//! Any symmetric game of two with a payoff matrix.

use super::{Game, PairGame, Pays};
use crate::groups::ACTS;
use crate::registry::{Context, Row, Spec, Wrong};

/// Two meet; each is paid by the row of its own act and the column of the other's.
///
/// payoff(i) = payoffs[act(i)][act(partner)]
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Matrix {
    /// names of the acts, 2 to 8
    #[schemars(length(min = 2, max = 8))]
    actions: Vec<String>,
    /// payoffs in payoff units a meeting: a row for each own act, a column for each act of the partner
    payoffs: Vec<Vec<f64>>,
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
        if self.payoffs.len() != k || self.payoffs.iter().any(|row| row.len() != k) {
            let says = format!("the payoffs of {k} actions are {k} rows of {k} numbers");
            let help = "write a row for each own act, in the order of `actions`";
            return Err(Wrong::new(says).at("payoffs").help(help));
        }
        if self.payoffs.iter().flatten().any(|x| !x.is_finite()) {
            return Err(Wrong::new("a payoff is no finite number").at("payoffs"));
        }
        Ok(Box::new(self))
    }
}

impl Game for Matrix {
    fn acts(&self) -> Vec<String> {
        self.actions.clone()
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Pair(self)
    }
}

impl PairGame for Matrix {
    fn pay(&self, mine: u8, theirs: u8) -> f64 {
        self.payoffs[usize::from(mine)][usize::from(theirs)]
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

    #[test]
    fn rows_are_the_own_act() {
        let game =
            Matrix { actions: vec!["C".into(), "D".into()], payoffs: vec![vec![3.0, 0.0], vec![5.0, 1.0]] };
        assert_eq!((game.pay(0, 1), game.pay(1, 0)), (0.0, 5.0));
        assert_eq!(game.cooperation(), Some(0));
    }
}
