//! Simple standing: only refusing the good is bad.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// Refusing the good makes bad; everything else makes good.
///
/// New standing of the donor after (act, recipient): C→good good, C→bad good, D→good bad, D→bad good (GGBG).
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct SimpleStanding {}

impl Spec<dyn Norm> for SimpleStanding {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(Verdicts::second_order(b"GGBG")))
    }
}

pub(super) const ROW: Row<dyn Norm> = Row::of::<SimpleStanding>("simple-standing", &["leimar2001"], "");
