//! Pure strategies: always the same act.

use super::{Seen, Strategy, always};
use crate::registry::{Context, Row, Spec, Wrong};

/// Always plays the same act; without `plays` the strategy is only a label (an allele, an opinion).
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pure {
    /// the act, one of the game's
    plays: Option<String>,
}

struct Always(Vec<f64>);

impl Spec<dyn Strategy> for Pure {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        match self.plays {
            Some(act) => Ok(Box::new(Always(always(&act, "plays", context)?))),
            None if context.acts.is_empty() => Ok(Box::new(Always(vec![]))),
            None => {
                let acts = context.acts.join(", ");
                let help = format!("add `plays`, one of {acts}");
                Err(Wrong::new("the strategy does not say what it plays").help(help))
            }
        }
    }
}

impl Strategy for Always {
    fn chances(&self, _: Seen) -> Vec<f64> {
        self.0.clone()
    }
}

pub(super) const ROW: Row<dyn Strategy> = Row::of::<Pure>("pure", &["maynardsmith1973"], "plays = \"C\"");
