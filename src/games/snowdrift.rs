//! The snowdrift game: who clears the road shares the work with others who do, and all drive on.

use super::{Game, PairGame, Pays};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Positive;

/// Two meet before a snowdrift; whoever cooperates (C) shovels, who defects (D) waits. One is enough, and is better than
/// none even for the one.
///
/// payoff(C, C) = benefit − cost / 2, payoff(C, D) = benefit − cost, payoff(D, C) = benefit, payoff(D, D) = 0; at the
/// equilibrium of a well-mixed group the share 1 − cost / (2 benefit − cost) cooperates
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Snowdrift {
    /// what each of the two has of a free road, in payoff units a meeting
    benefit: Positive,
    /// what the work costs, shared by those who do it, in payoff units a meeting; below the benefit
    cost: Positive,
}

impl Spec<dyn Game> for Snowdrift {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        let (benefit, cost) = (self.benefit.get(), self.cost.get());
        if cost < benefit {
            return Ok(Box::new(self));
        }
        let says = format!("a cost of {cost} is not below the benefit of {benefit}: nobody shovels alone");
        let help = "write a lower cost, or kind = \"prisoners-dilemma\"";
        Err(Wrong::new(says).at("cost").help(help))
    }
}

impl Game for Snowdrift {
    fn acts(&self) -> Vec<String> {
        vec!["D".into(), "C".into()]
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Pair(self)
    }
}

impl PairGame for Snowdrift {
    fn pay(&self, mine: u8, theirs: u8) -> f64 {
        let workers = f64::from(mine + theirs);
        if workers == 0.0 {
            return 0.0;
        }
        self.benefit.get() - f64::from(mine) * self.cost.get() / workers
    }
}

pub(super) const ROW: Row<dyn Game> =
    Row::of::<Snowdrift>("snowdrift", &["sugden1986", "hauert2004"], "benefit = 1.0\ncost = 0.5");

#[cfg(test)]
mod tests {
    use super::*;

    fn game(cost: f64) -> Snowdrift {
        Snowdrift { benefit: Positive::checked(1.0).unwrap(), cost: Positive::checked(cost).unwrap() }
    }

    #[test]
    fn the_work_is_shared_by_those_who_do_it() {
        let table = [(1, 1), (1, 0), (0, 1), (0, 0)].map(|(mine, theirs)| game(0.5).pay(mine, theirs));
        assert_eq!(table, [0.75, 0.5, 1.0, 0.0]);
    }

    #[test]
    fn work_that_does_not_pay_for_one_alone_is_no_snowdrift() {
        assert!(game(0.9).build(&Context::default()).is_ok());
        assert!(game(1.0).build(&Context::default()).is_err());
    }
}
