//! Proportional imitation: the better the model, the likelier.

use super::{Learning, Models};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Positive;

/// A learner takes over a better model's strategy with a chance in proportion to the difference.
///
/// P(take over) = max(0, payoff(model) − payoff(own)) / scale
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Proportional {
    /// the difference that is always followed, in payoff units; default: the range of the game's payoffs
    scale: Option<Positive>,
}

struct PerUnit(f32);

impl Spec<dyn Learning> for Proportional {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let range = context.payoffs.map(|[least, most]| most - least).filter(|range| *range > 0.0);
        match self.scale.map(Positive::get).or(range) {
            Some(scale) => Ok(Box::new(PerUnit((1.0 / scale) as f32))),
            None => Err(Wrong::new("the scale of payoff differences is missing")
                .help("add `scale`, in payoff units: this world's payoffs have no range of their own")),
        }
    }
}

impl Learning for PerUnit {
    fn models(&self) -> Models<'_> {
        Models::One
    }

    #[inline(always)]
    fn takes(&self, own: &mut f32, model: f32, chance: f32) -> bool {
        chance < (model - *own) * self.0
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<Proportional>("proportional", &["schlag1998", "helbing1992"], "scale = 5.0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_better_models_are_followed() {
        let rule = PerUnit(0.25);
        assert!(!rule.takes(&mut 1.0, 1.0, 0.0) && !rule.takes(&mut 1.0, 0.0, 0.0));
        assert!(rule.takes(&mut 1.0, 3.0, 0.49) && !rule.takes(&mut 1.0, 3.0, 0.51));
    }
}
