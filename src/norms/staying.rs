//! Staying: what is done to the bad changes nobody's name.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// Towards the good, help makes good and refusing it bad; whatever is done to the bad, the donor stays what it was.
///
/// New standing of the donor after (act, recipient): C→good good, D→good bad, C→bad and D→bad as before: good for a good
/// donor, bad for a bad one (GGBG GBBB): L7 of the leading eight, who act on it as discriminators.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Staying {}

/// For help refused by the bad, to the bad and to the good, then by the good; then the same for help given.
const VERDICTS: Verdicts = Verdicts([false, false, true, false, false, true, true, true]);

impl Spec<dyn Norm> for Staying {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(VERDICTS))
    }
}

pub(super) const ROW: Row<dyn Norm> =
    Row::of::<Staying>("staying", &["ohtsuki2006c", "hilbe2018", "sasaki2017"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_acts_towards_the_good_change_a_name() {
        for donor in [true, false] {
            assert_eq!([true, false].map(|helped| VERDICTS.judge(helped, donor, true)), [true, false]);
            assert_eq!([true, false].map(|helped| VERDICTS.judge(helped, donor, false)), [donor, donor]);
        }
    }
}
