//! Discriminators: help the good, refuse the bad.

use super::{Seen, Sees, Strategy, always};
use crate::registry::{Context, Row, Spec, Wrong};

/// Acts on the partner's reputation: one act towards the good, another towards the bad.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Discriminator {
    /// the act towards a partner of good reputation
    #[serde(default = "cooperate")]
    to_good: String,
    /// the act towards a partner of bad reputation
    #[serde(default = "defect")]
    to_bad: String,
}

fn cooperate() -> String {
    "C".into()
}

fn defect() -> String {
    "D".into()
}

struct BySeen {
    good: Vec<f64>,
    bad: Vec<f64>,
}

impl Spec<dyn Strategy> for Discriminator {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        let good = always(&self.to_good, "to_good", context)?;
        let bad = always(&self.to_bad, "to_bad", context)?;
        Ok(Box::new(BySeen { good, bad }))
    }
}

impl Strategy for BySeen {
    fn chances(&self, seen: Seen) -> Vec<f64> {
        match seen {
            Seen::Good => self.good.clone(),
            Seen::Bad => self.bad.clone(),
        }
    }

    fn sees(&self) -> Sees<'_> {
        Sees::Reputation
    }
}

pub(super) const ROW: Row<dyn Strategy> =
    Row::of::<Discriminator>("discriminator", &["nowak1998"], "to_good = \"C\"\nto_bad = \"D\"");
