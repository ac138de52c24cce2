//! Linear reciprocity: the better the partner's name, the larger the gift.

use super::{Leaning, Seen, Share, Strategy};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NumberOrName;

/// Gives a share that rises with the partner's reputation.
///
/// share = base + slope · reputation(partner), cut to 0 to 1; `first` where nothing is known of the partner
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Linear {
    /// the share where nothing is known: a number, or a trait
    first: NumberOrName,
    /// the share towards a reputation of 0: a number, or a trait
    base: NumberOrName,
    /// by how much the share rises over all reputations: a number, or a trait
    slope: NumberOrName,
}

impl Spec<dyn Strategy> for Linear {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        for (key, value) in [("first", &self.first), ("base", &self.base), ("slope", &self.slope)] {
            super::known(key, value, context)?;
        }
        Ok(Box::new(self))
    }
}

impl Strategy for Linear {
    /// As an act it counts as what it gives in full.
    fn chances(&self, _: Seen) -> Vec<f64> {
        vec![0.0, 1.0]
    }

    fn leaning(&self) -> Option<Leaning> {
        let [first, base, slope] = [&self.first, &self.base, &self.slope].map(NumberOrName::clone);
        Some(Leaning::Share(Share { first, base, slope }))
    }
}

pub(super) const ROW: Row<dyn Strategy> =
    Row::of::<Linear>("linear", &["vallinder2024"], "first = 0.5\nbase = 0.0\nslope = 1.0");
