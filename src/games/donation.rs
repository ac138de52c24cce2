//! Donation: one may help another at a cost to itself.

use super::{Game, PairGame, Pays};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// The donor may pay `cost` so that the recipient gets `benefit`; acts C (help) and D.
///
/// payoff(i) = benefit · [the partner helps] − cost · [i helps]
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Donation {
    /// what the recipient of help gets, in payoff units an act
    benefit: NonNegative,
    /// what the donor of help pays, in payoff units an act
    cost: NonNegative,
}

impl Spec<dyn Game> for Donation {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Game for Donation {
    fn acts(&self) -> Vec<String> {
        vec!["D".into(), "C".into()]
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Pair(self)
    }
}

impl PairGame for Donation {
    fn pay(&self, mine: u8, theirs: u8) -> f64 {
        self.benefit.get() * f64::from(theirs) - self.cost.get() * f64::from(mine)
    }
}

pub(super) const ROW: Row<dyn Game> =
    Row::of::<Donation>("donation", &["nowak1998"], "benefit = 5.0\ncost = 1.0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helping_costs_and_being_helped_pays() {
        let number = |x| NonNegative::checked(x).unwrap();
        let game = Donation { benefit: number(5.0), cost: number(1.0) };
        let table = [(1, 1), (1, 0), (0, 1), (0, 0)].map(|(mine, theirs)| game.pay(mine, theirs));
        assert_eq!(table, [4.0, -1.0, 5.0, 0.0]);
        assert_eq!(game.cooperation(), Some(1));
    }
}
