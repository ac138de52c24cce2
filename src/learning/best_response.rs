//! Best response: choose what would pay most.

use super::{Choice, Learning, Models};
use crate::chance::below;
use crate::registry::{Context, Row, Spec, Wrong};

/// A learner chooses the strategy that would earn most now against those it plays with.
///
/// strategy ← argmax payoff(s)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct BestResponse {
    /// when several would earn most
    #[serde(default)]
    ties: Ties,
}

/// When several strategies would earn most.
#[derive(Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Ties {
    /// one's own is kept if it is among them, else one of them is drawn
    #[default]
    Keep,
    /// one of them is drawn
    Coin,
}

impl Spec<dyn Learning> for BestResponse {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Learning for BestResponse {
    fn models(&self) -> Models<'_> {
        Models::Prospects(self)
    }
}

/// Payoffs whose difference is below this share of the largest are the same: sums in another order differ by less.
const SAME: f64 = 1e-12;

impl Choice for BestResponse {
    fn choose(&self, own: usize, payoffs: &[f64], draw: u64) -> usize {
        let most = payoffs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let best = |&strategy: &usize| payoffs[strategy] >= most - SAME * most.abs();
        if self.ties == Ties::Keep && best(&own) {
            return own;
        }
        let tied = || (0..payoffs.len()).filter(best);
        tied().nth(below(draw, tied().count() as u64) as usize).unwrap_or(own)
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<BestResponse>("best-response", &["gilboa1991", "blume1993"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_chosen_and_ties_are_settled_as_said() {
        let [keep, coin] = [Ties::Keep, Ties::Coin].map(|ties| BestResponse { ties });
        assert_eq!(keep.choose(0, &[1.0, 2.0, 0.0], 0), 1);
        assert_eq!([0, u64::MAX].map(|draw| keep.choose(0, &[2.0, 2.0], draw)), [0, 0]);
        assert_eq!([0, u64::MAX].map(|draw| coin.choose(0, &[2.0, 2.0], draw)), [0, 1]);
    }
}
