//! Consistent standing: as standing, but the good fall who help the bad.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// The good stay good by helping the good and refusing the bad; the bad become good by helping anybody.
///
/// New standing of the donor after (act, recipient): C→good good, C→bad bad for a good donor and good for a bad one,
/// D→good bad, D→bad good for a good donor and bad for a bad one (GBBG GGBB): L2 of the leading eight, who act on it as
/// discriminators, but among the bad help each other.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConsistentStanding {}

/// For help refused by the bad, to the bad and to the good, then by the good; then the same for help given.
const VERDICTS: Verdicts = Verdicts([false, false, true, false, true, true, false, true]);

impl Spec<dyn Norm> for ConsistentStanding {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(VERDICTS))
    }
}

pub(super) const ROW: Row<dyn Norm> =
    Row::of::<ConsistentStanding>("consistent-standing", &["ohtsuki2006c", "hilbe2018"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_good_must_not_help_the_bad_and_the_bad_may() {
        // An act and the recipient, by a good donor and by a bad one.
        let by = |helped, to_good| [true, false].map(|donor| VERDICTS.judge(helped, donor, to_good));
        assert_eq!([by(true, true), by(true, false)], [[true, true], [false, true]]);
        assert_eq!([by(false, true), by(false, false)], [[false, false], [true, false]]);
    }
}
