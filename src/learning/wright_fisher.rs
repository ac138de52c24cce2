//! The Wright–Fisher process: a whole generation at once.

use super::moran::{Fitness, full, linear};
use super::{Learning, Models, Replaced};
use crate::registry::{Clock, Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// Every agent of the next generation draws its parent from the group by fitness.
///
/// P(parent = j) = fitness(j) / Σ fitness; fitness as in `moran`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct WrightFisher {
    /// how payoff becomes fitness
    #[serde(default = "linear")]
    fitness: Fitness,
    /// selection strength w, without unit; 0 is drift; linear fitness takes 0 to 1
    #[serde(default = "full")]
    selection: NonNegative,
}

impl Spec<dyn Learning> for WrightFisher {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        if context.clock != Clock::Synchronous {
            let says = "a generation is drawn at once, but agents act one by one here";
            return Err(Wrong::new(says).help("set run.update = \"synchronous\""));
        }
        let selection = self.selection.get();
        if self.fitness == Fitness::Linear && selection > 1.0 {
            let says = format!("{selection} is not between 0 and 1");
            let help = "linear fitness is 1 - w + w * payoff; or write fitness = \"exponential\"";
            return Err(Wrong::new(says).at("selection").help(help));
        }
        Ok(Box::new(self))
    }
}

impl Learning for WrightFisher {
    fn models(&self) -> Models<'_> {
        Models::Parents(Replaced::Generation)
    }

    fn fitness(&self, payoff: f64) -> f64 {
        self.fitness.of(payoff, self.selection.get())
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<WrightFisher>("wright-fisher", &["fisher1930", "wright1931"], "selection = 0.5");
