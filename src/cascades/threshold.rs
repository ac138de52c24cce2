//! Thresholds: who adopts when enough others have.

use super::{Cascade, Exposure, Walk};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NumberOrName;
use crate::scenario::problems::suggest;

/// An agent adopts, for good, when enough of its contacts have.
///
/// adopts if adopted contacts / contacts ≥ threshold (`share`), if adopted contacts ≥ threshold (`number`), or if
/// adopted agents / agents of the group ≥ threshold (`population`)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Threshold {
    /// a number or the name of a trait; share: 0 to 1, number: contacts
    threshold: NumberOrName,
    /// what is compared with the threshold
    #[serde(default = "share")]
    counts: Counts,
}

/// What is compared with the threshold.
#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Counts {
    /// the share of contacts
    Share,
    /// the number of contacts
    Number,
    /// the share of the whole group
    Population,
}

fn share() -> Counts {
    Counts::Share
}

impl Spec<dyn Cascade> for Threshold {
    fn build(self, context: &Context) -> Result<Box<dyn Cascade>, Wrong> {
        let share = self.counts != Counts::Number;
        match &self.threshold {
            NumberOrName::Number(x) if share && !(0.0..=1.0).contains(&x.get()) => {
                let says = format!("a share of {} is never reached", x.get());
                let help =
                    "a share of contacts is compared; write a share such as 0.18, or counts = \"number\"";
                Err(Wrong::new(says).at("threshold").help(help))
            }
            NumberOrName::Name(name) if !context.traits.contains(name) => {
                let says = format!("there is no trait `{name}`");
                let help = match &context.traits[..] {
                    [] => format!("add a [[trait]] with name = \"{name}\", or write a number"),
                    traits => {
                        let known: Vec<&str> = traits.iter().map(String::as_str).collect();
                        suggest(name, &known, "the traits are")
                    }
                };
                Err(Wrong::new(says).at("threshold").help(help))
            }
            _ => Ok(Box::new(self)),
        }
    }
}

impl Cascade for Threshold {
    fn stages(&self) -> Vec<String> {
        ["unreached", "reached"].map(String::from).to_vec()
    }

    fn spreads(&self, stage: u8) -> bool {
        stage != 0
    }

    fn next(&self, of: Exposure, _: f64) -> u8 {
        let seen = match self.counts {
            Counts::Share | Counts::Population => f64::from(of.exposed) / f64::from(of.contacts.max(1)),
            Counts::Number => f64::from(of.exposed),
        };
        // Traits are 32-bit: 9 of 50 contacts must reach a threshold of 0.18 that was stored in one.
        u8::from(of.stage != 0 || seen as f32 >= of.threshold as f32)
    }

    fn waits(&self, stage: u8, threshold: f64) -> bool {
        stage != 0 || threshold as f32 > 0.0
    }

    fn walk(&self) -> Walk<'_> {
        Walk::Looks { threshold: &self.threshold, in_population: self.counts == Counts::Population }
    }
}

pub(super) const ROW: Row<dyn Cascade> =
    Row::of::<Threshold>("threshold", &["granovetter1978", "watts2002"], "threshold = 0.18");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_with_the_threshold_adopts() {
        let rule = Threshold { threshold: NumberOrName::Name("t".into()), counts: Counts::Share };
        let next =
            |exposed, contacts| rule.next(Exposure { stage: 0, exposed, contacts, threshold: 0.5 }, 0.0);
        assert_eq!([next(1, 2), next(1, 3), next(0, 0), next(3, 4)], [1, 0, 0, 1]);
    }
}
