//! Standing: refusing the good costs one's good name, and only help brings it back.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// Help makes good, refusing the good makes bad, and who refuses the bad stays what it was.
///
/// New standing of the donor after (act, recipient): C→good good, C→bad good, D→good bad, D→bad good for a good donor and
/// bad for a bad one (GGBG GGBB): L1 of the leading eight, who act on it as discriminators, but among the bad help each
/// other.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Standing {}

/// For help refused by the bad, to the bad and to the good, then by the good; then the same for help given.
const VERDICTS: Verdicts = Verdicts([false, false, true, false, true, true, true, true]);

impl Spec<dyn Norm> for Standing {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(VERDICTS))
    }
}

pub(super) const ROW: Row<dyn Norm> =
    Row::of::<Standing>("standing", &["sugden1986", "ohtsuki2006c", "hilbe2018"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_help_brings_a_good_name_back() {
        // An act and the recipient, by a good donor and by a bad one.
        let by = |helped, to_good| [true, false].map(|donor| VERDICTS.judge(helped, donor, to_good));
        assert_eq!([by(true, true), by(true, false)], [[true, true], [true, true]]);
        assert_eq!([by(false, true), by(false, false)], [[false, false], [true, false]]);
    }
}
