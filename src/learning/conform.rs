//! Conform: do as the others do, and more so the more they are.

use super::{Choice, Learning, Models};
use crate::chance::unit64;
use crate::math;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// A learner takes up a strategy by how many of its models follow it.
///
/// P(take up s) = n(s)^strength / Σ n^strength, n(s) = models that follow s; at 1 it is copying, above 1 conformity:
/// the common becomes more common
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Conform {
    /// how much more the many count than the few, without unit; 1 is copying, 0 takes any strategy that is seen
    #[serde(default = "strength")]
    strength: NonNegative,
}

fn strength() -> NonNegative {
    NonNegative::checked(2.0).expect("2 is not negative")
}

impl Spec<dyn Learning> for Conform {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Learning for Conform {
    fn models(&self) -> Models<'_> {
        Models::Numbers { choice: self, with_self: false }
    }
}

impl Choice for Conform {
    fn choose(&self, own: usize, numbers: &[f64], draw: u64) -> usize {
        let strength = self.strength.get();
        let most = numbers.iter().copied().fold(0.0, f64::max);
        // Shares of the largest, so that no power of a large number overflows.
        let weight = |&n: &f64| if n > 0.0 { math::pow(n / most, strength) } else { 0.0 };
        let total: f64 = numbers.iter().map(weight).sum();
        let (point, mut passed) = (unit64(draw) * total, 0.0);
        let reached = numbers.iter().position(|n| {
            passed += weight(n);
            point < passed
        });
        reached.unwrap_or(own)
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<Conform>("conform", &["boyd1985"], "strength = 2.0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_by_their_power() {
        let rule = Conform { strength: NonNegative::checked(2.0).unwrap() };
        let draw = |u: f64| (u * 2f64.powi(64)) as u64;
        // 3² against 1²: the larger is taken up nine times in ten.
        let chosen = [0.05, 0.89, 0.91].map(|u| rule.choose(0, &[3.0, 1.0], draw(u)));
        assert_eq!(chosen, [0, 0, 1]);
        assert_eq!(rule.choose(1, &[0.0, 0.0], 0), 1);
    }
}
