//! Pairwise comparison with the Fermi function.

use super::{Learning, Models};
use crate::math::exp_f32;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{NonNegative, Positive};

/// A learner compares with one model and takes over its strategy with a chance that grows with the difference.
///
/// P(take over) = 1 / (1 + exp(−selection · (payoff(model) − payoff(own))))
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Comparison {
    /// selection strength β, per payoff unit; 0 is drift
    selection: Option<NonNegative>,
    /// noise K = 1/β, in payoff units, where that is the habit; instead of `selection`
    noise: Option<Positive>,
}

struct Fermi {
    selection: f32,
}

impl Spec<dyn Learning> for Comparison {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let selection = match (self.selection, self.noise) {
            (Some(selection), None) => selection.get(),
            (None, Some(noise)) => 1.0 / noise.get(),
            (Some(_), Some(_)) => {
                let help = "write one of the two: noise = 1 / selection";
                return Err(Wrong::new("`selection` and `noise` say the same").at("noise").help(help));
            }
            (None, None) => {
                let help = "add `selection = 1.0`, per payoff unit, or `noise`";
                return Err(Wrong::new("the strength of selection is missing").help(help));
            }
        };
        Ok(Box::new(Fermi { selection: selection as f32 }))
    }
}

impl Learning for Fermi {
    fn models(&self) -> Models<'_> {
        Models::One
    }

    #[inline(always)]
    fn takes(&self, own: &mut f32, model: f32, chance: f32) -> bool {
        chance * (1.0 + exp_f32(self.selection * (*own - model))) < 1.0
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<Comparison>("fermi", &["blume1993", "szabo1998", "traulsen2006"], "selection = 1.0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_is_the_fermi_function() {
        let rule = Fermi { selection: 2.0 };
        let share = |own: f32, model: f32| {
            let n = 100_000;
            let takes = (0..n).filter(|&k| rule.takes(&mut own.clone(), model, k as f32 / n as f32));
            takes.count() as f64 / f64::from(n)
        };
        assert!((share(1.0, 1.0) - 0.5).abs() < 1e-4);
        assert!((share(0.0, 1.0) - 0.880_797).abs() < 1e-4);
        assert!((share(1.0, 0.0) - 0.119_203).abs() < 1e-4);
        assert!(share(1000.0, 0.0) < 1e-4 && share(0.0, 1000.0) == 1.0);
    }
}
