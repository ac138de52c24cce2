//! Stern judging: help the good, refuse the bad; anything else is bad.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// Helping the good and refusing the bad make good; helping the bad and refusing the good make bad.
///
/// New standing of the donor after (act, recipient): C→good good, C→bad bad, D→good bad, D→bad good (GBBG).
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct SternJudging {}

impl Spec<dyn Norm> for SternJudging {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(Verdicts::second_order(b"GBBG")))
    }
}

pub(super) const ROW: Row<dyn Norm> = Row::of::<SternJudging>("stern-judging", &["kandori1992"], "");
