//! Tempted: defects where it is unlikely to be seen.

use super::{Leaning, Seen, Strategy};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NumberOrName;

/// Defects if the chance of being seen is below its boldness.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tempted {
    /// boldness, 0 to 1: a number, or a trait
    dare: NumberOrName,
}

impl Spec<dyn Strategy> for Tempted {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        super::known("dare", &self.dare, context)?;
        Ok(Box::new(self))
    }
}

impl Strategy for Tempted {
    /// As an act without temptation it counts as cooperation.
    fn chances(&self, _: Seen) -> Vec<f64> {
        vec![0.0, 1.0]
    }

    fn leaning(&self) -> Option<Leaning> {
        Some(Leaning::Dare(self.dare.clone()))
    }
}

pub(super) const ROW: Row<dyn Strategy> = Row::of::<Tempted>("tempted", &["axelrod1986"], "dare = 0.5");
