//! Shunning: only help to the good is good.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// Helping the good makes good; everything else makes bad.
///
/// New standing of the donor after (act, recipient): C→good good, C→bad bad, D→good bad, D→bad bad (GBBB).
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Shunning {}

impl Spec<dyn Norm> for Shunning {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(Verdicts::second_order(b"GBBB")))
    }
}

pub(super) const ROW: Row<dyn Norm> = Row::of::<Shunning>("shunning", &["takahashi2006"], "");
