//! Image scoring: helping is good, refusing is bad, whoever it was.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// Helping makes good and refusing makes bad, whatever the recipient's reputation.
///
/// New standing of the donor after (act, recipient): C→good good, C→bad good, D→good bad, D→bad bad (GGBB).
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImageScoring {}

impl Spec<dyn Norm> for ImageScoring {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(Verdicts::second_order(b"GGBB")))
    }
}

pub(super) const ROW: Row<dyn Norm> = Row::of::<ImageScoring>("image-scoring", &["nowak1998"], "");
