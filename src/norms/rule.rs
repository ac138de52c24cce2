//! Any assessment rule of second or third order, letter by letter.

use super::{Norm, Verdicts};
use crate::registry::{Context, Row, Spec, Wrong};

/// An assessment rule written as letters G (good) and B (bad).
///
/// Four letters: the verdict on C→good, C→bad, D→good, D→bad. Eight letters: these four for a donor of good standing,
/// then for a donor of bad standing.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rule {
    /// four or eight letters, each G or B
    #[schemars(regex(pattern = r"^([GB]{4}|[GB]{8})$"))]
    rule: String,
}

impl Spec<dyn Norm> for Rule {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        let letters = self.rule.as_bytes();
        let fine = letters.iter().all(|letter| b"GB".contains(letter));
        let (good, bad) = match letters.len() {
            4 if fine => (letters, letters),
            8 if fine => letters.split_at(4),
            _ => {
                let says = format!("`{}` is no assessment rule", self.rule);
                let help = "write four letters G or B, for C→good, C→bad, D→good, D→bad; \
                            or eight: these four for a good donor, then for a bad one";
                return Err(Wrong::new(says).at("rule").help(help));
            }
        };
        let mut verdicts = [false; 8];
        for (donor, four) in [(1, good), (0, bad)] {
            for (place, letter) in four.iter().enumerate() {
                let (helped, recipient) = (usize::from(place < 2), usize::from(place % 2 == 0));
                verdicts[helped << 2 | donor << 1 | recipient] = *letter == b'G';
            }
        }
        Ok(Box::new(Verdicts(verdicts)))
    }
}

pub(super) const ROW: Row<dyn Norm> = Row::of::<Rule>("rule", &["ohtsuki2004"], "rule = \"GBBG\"");
