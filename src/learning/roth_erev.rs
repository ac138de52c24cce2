//! Roth and Erev's reinforcement: what has paid is done more often.

use super::{Learning, Models, Values};
use crate::chance::{below, unit64};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, Positive, Prob};

/// An agent keeps a propensity to each of the world's k strategies, raises that of the one it followed by what this
/// earned, and chooses in proportion among those that it can take up.
///
/// propensity(s) ← (1 − forgetting) · propensity(s) + w(s) · max(0, payoff − least), w = 1 − experimentation for the
/// strategy that was followed, experimentation / (k − 1) for each other; then P(s) = propensity(s) / Σ propensity. The
/// strategy of the first tick is that of the start
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct RothErev {
    /// share of a propensity that is lost between two choices, 0 to 1: recency
    #[serde(default)]
    forgetting: Option<Prob>,
    /// share of a reward that goes to the other strategies, 0 to 1
    #[serde(default)]
    experimentation: Option<Prob>,
    /// propensity to each strategy at the start, in payoff units: how little the first rewards count; default 1
    initial: Option<Positive>,
    /// the payoff that is no reward, in payoff units; default: the least of a meeting, 0 where the game names none
    least: Option<Finite>,
}

struct Rule {
    forgetting: f64,
    experimentation: f64,
    initial: f64,
    least: f64,
}

impl Spec<dyn Learning> for RothErev {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let least = context.payoffs.map_or(0.0, |[least, _]| least);
        Ok(Box::new(Rule {
            forgetting: self.forgetting.map_or(0.0, Prob::get),
            experimentation: self.experimentation.map_or(0.0, Prob::get),
            initial: self.initial.map_or(1.0, Positive::get),
            least: self.least.map_or(least, Finite::get),
        }))
    }
}

impl Learning for Rule {
    fn models(&self) -> Models<'_> {
        Models::Memory(self)
    }
}

/// An open strategy, drawn in proportion to the values; where all are 0, each is as likely.
pub(super) fn in_proportion(values: &[f32], open: &[u8], draw: u64) -> u8 {
    let value = |code: &u8| f64::from(values[usize::from(*code)]);
    let (total, mut passed) = (open.iter().map(value).sum::<f64>(), 0.0);
    let reached = open.iter().find(|code| {
        passed += value(code);
        unit64(draw) * total < passed
    });
    *reached.unwrap_or_else(|| &open[below(draw, open.len() as u64) as usize])
}

impl Values for Rule {
    fn initial(&self) -> f64 {
        self.initial
    }

    fn learn(&self, values: &mut [f32], own: usize, payoff: f64) {
        let (reward, others) = ((payoff - self.least).max(0.0), values.len() - 1);
        for (code, value) in values.iter_mut().enumerate() {
            let weight = match (code == own, others) {
                (true, 0) => 1.0,
                (true, _) => 1.0 - self.experimentation,
                (false, _) => self.experimentation / others as f64,
            };
            *value = ((1.0 - self.forgetting) * f64::from(*value) + weight * reward) as f32;
        }
    }

    fn choose(&self, values: &[f32], open: &[u8], [_, into]: [u64; 2]) -> u8 {
        in_proportion(values, open, into)
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<RothErev>("roth-erev", &["roth1995", "erev1998"], "forgetting = 0.1\nexperimentation = 0.2");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rewards_are_shared_out_and_propensities_fade() {
        let rule = Rule { forgetting: 0.5, experimentation: 0.25, initial: 1.0, least: -1.0 };
        let mut values = [1.0, 2.0, 4.0];
        rule.learn(&mut values, 1, 7.0);
        // A reward of 8: 6 for the second, 1 for each other.
        assert_eq!(values, [1.5, 7.0, 3.0]);
        rule.learn(&mut values, 0, -2.0);
        assert_eq!(values, [0.75, 3.5, 1.5]);
    }

    #[test]
    fn strategies_are_chosen_in_proportion() {
        let draw = |u: f64| (u * 2f64.powi(64)) as u64;
        let chosen = [0.24, 0.26].map(|u| in_proportion(&[1.0, 9.0, 3.0], &[0, 2], draw(u)));
        assert_eq!(chosen, [0, 2]);
        assert_eq!([0.4, 0.6].map(|u| in_proportion(&[0.0, 0.0], &[0, 1], draw(u))), [0, 1]);
    }
}
