//! Sharing: the donor gives a share of what it has.

use super::{Game, Pays, ShareGame};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// The donor gives a share of its wealth, 0 to 1, and the recipient gets a multiple of the gift.
///
/// wealth(i) = endowment + payoffs since the last learning; payoff(i) = multiplier · gift(partner) − gift(i),
/// gift(i) = share(i) · wealth(i)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sharing {
    /// what the recipient gets, in gifts
    multiplier: NonNegative,
    /// what everybody has after each learning event, in payoff units
    endowment: NonNegative,
}

impl Spec<dyn Game> for Sharing {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Game for Sharing {
    fn acts(&self) -> Vec<String> {
        vec!["D".into(), "C".into()]
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Share(self)
    }
}

impl ShareGame for Sharing {
    fn multiplier(&self) -> f64 {
        self.multiplier.get()
    }

    fn endowment(&self) -> f64 {
        self.endowment.get()
    }
}

pub(super) const ROW: Row<dyn Game> =
    Row::of::<Sharing>("sharing", &["vallinder2024"], "multiplier = 2.0\nendowment = 10.0");
