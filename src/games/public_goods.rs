//! Public goods: who gives pays, and everybody of the meeting shares the pool.

use super::{Game, GroupGame, OUT, Pays};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, NonNegative};

/// Each member may give `cost`; the pool is multiplied and shared by all members, those who gave nothing included.
///
/// payoff(i) = multiplier · cost · givers / members − cost · [i gives], givers counting i itself
///
/// With `loner_payoff` the game is optional: there is a third act, `out`. Who stays out gets `loner_payoff` and is no
/// member; so does a member that nobody joins.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct PublicGoods {
    /// what a giver pays, in payoff units a meeting
    cost: NonNegative,
    /// by how much the pool grows, without unit
    multiplier: NonNegative,
    /// what staying out pays, in payoff units a meeting; without it everybody takes part
    loner_payoff: Option<Finite>,
}

impl Spec<dyn Game> for PublicGoods {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Game for PublicGoods {
    fn acts(&self) -> Vec<String> {
        let taking_part = ["D", "C"].map(String::from);
        taking_part.into_iter().chain(self.loner_payoff.map(|_| "out".into())).collect()
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Many(self)
    }
}

impl GroupGame for PublicGoods {
    fn pay(&self, mine: u8, givers: f64, members: f64) -> f64 {
        match self.loner_payoff {
            Some(loner) if mine == OUT || members < 2.0 => loner.get(),
            _ => self.cost.get() * (self.multiplier.get() * givers / members - f64::from(mine)),
        }
    }
}

pub(super) const ROW: Row<dyn Game> =
    Row::of::<PublicGoods>("public-goods", &["ledyard1995", "hauert2002"], "cost = 1.0\nmultiplier = 3.0");

#[cfg(test)]
mod tests {
    use super::*;

    fn game(loner: Option<f64>) -> PublicGoods {
        let number = |x| NonNegative::checked(x).unwrap();
        let loner_payoff = loner.map(|x| Finite::checked(x).unwrap());
        PublicGoods { cost: number(1.0), multiplier: number(3.0), loner_payoff }
    }

    #[test]
    fn everybody_shares_the_pool() {
        assert_eq!(game(None).pay(1, 2.0, 4.0), 0.5);
        assert_eq!(game(None).pay(0, 2.0, 4.0), 1.5);
        assert_eq!(game(None).acts(), ["D", "C"]);
    }

    #[test]
    fn who_stays_out_and_who_is_joined_by_nobody_get_what_a_loner_gets() {
        let game = game(Some(1.0));
        assert_eq!(game.acts(), ["D", "C", "out"]);
        assert_eq!([0, 1, OUT].map(|mine| game.pay(mine, 1.0, 1.0)), [1.0; 3]);
        assert_eq!([0, 1, OUT].map(|mine| game.pay(mine, 1.0, 2.0)), [1.5, 0.5, 1.0]);
    }
}
