//! Public goods: who gives pays, and everybody of the meeting shares the pool.

use super::{Game, GroupGame, Pays};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// Each member may give `cost`; the pool is multiplied and shared by all members, those who gave nothing included.
///
/// payoff(i) = multiplier · cost · givers / members − cost · [i gives], givers counting i itself
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct PublicGoods {
    /// what a giver pays, in payoff units a meeting
    cost: NonNegative,
    /// by how much the pool grows, without unit
    multiplier: NonNegative,
}

impl Spec<dyn Game> for PublicGoods {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Game for PublicGoods {
    fn acts(&self) -> Vec<String> {
        vec!["D".into(), "C".into()]
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Many(self)
    }
}

impl GroupGame for PublicGoods {
    fn pay(&self, mine: f64, givers: f64, members: f64) -> f64 {
        self.cost.get() * (self.multiplier.get() * givers / members - mine)
    }
}

pub(super) const ROW: Row<dyn Game> =
    Row::of::<PublicGoods>("public-goods", &["ledyard1995"], "cost = 1.0\nmultiplier = 3.0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_shares_the_pool() {
        let number = |x| NonNegative::checked(x).unwrap();
        let game = PublicGoods { cost: number(1.0), multiplier: number(3.0) };
        assert_eq!(game.pay(1.0, 2.0, 4.0), 0.5);
        assert_eq!(game.pay(0.0, 2.0, 4.0), 1.5);
    }
}
