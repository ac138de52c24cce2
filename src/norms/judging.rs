//! Judging: the good stay good by discrimination, the bad become good by helping the good alone.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// Good are those who help the good, and the good who refuse the bad; all others are bad.
///
/// New standing of the donor after (act, recipient): C→good good, C→bad bad, D→good bad, D→bad good for a good donor and
/// bad for a bad one (GBBG GBBB): L8 of the leading eight, who act on it as discriminators.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Judging {}

/// For help refused by the bad, to the bad and to the good, then by the good; then the same for help given.
const VERDICTS: Verdicts = Verdicts([false, false, true, false, false, true, false, true]);

impl Spec<dyn Norm> for Judging {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(VERDICTS))
    }
}

pub(super) const ROW: Row<dyn Norm> =
    Row::of::<Judging>("judging", &["ohtsuki2006c", "hilbe2018", "brandt2004"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusing_the_bad_keeps_a_good_name_and_does_not_make_one() {
        // An act and the recipient, by a good donor and by a bad one.
        let by = |helped, to_good| [true, false].map(|donor| VERDICTS.judge(helped, donor, to_good));
        assert_eq!([by(true, true), by(true, false)], [[true, true], [false, false]]);
        assert_eq!([by(false, true), by(false, false)], [[false, false], [true, false]]);
    }
}
