//! Mixed strategies: each act with its probability.

use super::{Seen, Strategy};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;

/// Plays each act with a fixed probability, drawn afresh in every meeting.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mixed {
    /// probability of each act, in the order of the game's acts; they sum to 1
    p: Vec<Prob>,
}

struct Chances(Vec<f64>);

impl Spec<dyn Strategy> for Mixed {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        let p: Vec<f64> = self.p.iter().map(|p| p.get()).collect();
        if context.acts.is_empty() {
            let help = "add a [game]";
            return Err(Wrong::new("a mixed strategy needs a game to play").help(help));
        }
        if p.len() != context.acts.len() {
            let (n, acts) = (p.len(), context.acts.join(", "));
            let says = format!("{n} probabilities for {} acts", context.acts.len());
            return Err(Wrong::new(says).at("p").help(format!("one for each of {acts}")));
        }
        let sum: f64 = p.iter().sum();
        if (sum - 1.0).abs() > 1e-9 {
            let says = format!("the probabilities sum to {sum}");
            return Err(Wrong::new(says).at("p").help("they must sum to 1"));
        }
        Ok(Box::new(Chances(p)))
    }
}

impl Strategy for Chances {
    fn chances(&self, _: Seen) -> Vec<f64> {
        self.0.clone()
    }
}

pub(super) const ROW: Row<dyn Strategy> = Row::of::<Mixed>("mixed", &["maynardsmith1973"], "p = [0.5, 0.5]");
