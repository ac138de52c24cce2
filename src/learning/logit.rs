//! Logit choice: what would pay better is chosen more often.

use super::{Choice, Learning, Models};
use crate::chance::unit64;
use crate::math;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// A learner chooses among all strategies by what each would earn now against those it plays with.
///
/// P(choose s) = exp(selection · payoff(s)) / Σ exp(selection · payoff)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Logit {
    /// how much payoffs decide, per payoff unit; 0 chooses at random
    selection: NonNegative,
}

impl Spec<dyn Learning> for Logit {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Learning for Logit {
    fn models(&self) -> Models<'_> {
        Models::Prospects(self)
    }
}

impl Choice for Logit {
    fn choose(&self, own: usize, payoffs: &[f64], draw: u64) -> usize {
        let selection = self.selection.get();
        let most = payoffs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weight = |payoff: &f64| math::exp(selection * (payoff - most));
        let total: f64 = payoffs.iter().map(weight).sum();
        let (point, mut passed) = (unit64(draw) * total, 0.0);
        let reached = payoffs.iter().position(|payoff| {
            passed += weight(payoff);
            point < passed
        });
        reached.unwrap_or(own)
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<Logit>("logit", &["brock2001", "blume1993"], "selection = 1.0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_odds_are_the_exponential_of_the_difference() {
        let rule = Logit { selection: NonNegative::checked(1.5).unwrap() };
        let n = 100_000;
        let second = |k: u64| rule.choose(0, &[1.0, 3.0], (k * 2 + 1) << 46) == 1;
        let share = (0..n).filter(|&k| second(k * (1 << 17) / n)).count() as f64 / n as f64;
        // exp(3) against 1.
        assert!((share - 0.952_574).abs() < 1e-4, "{share}");
    }
}
