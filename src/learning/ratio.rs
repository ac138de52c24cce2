//! Ratio: the two payoffs share the chance.

use super::{Learning, Models};
use crate::registry::{Context, Row, Spec, Wrong};

/// A learner takes over the strategy of one model with the model's share of what both earned.
///
/// P(take over) = payoff(model) / (payoff(model) + payoff(own)), payoffs below 0 counting as 0; if both are 0, the own
/// strategy is kept. `base` of [game] keeps payoffs above 0
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ratio {}

impl Spec<dyn Learning> for Ratio {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Learning for Ratio {
    fn models(&self) -> Models<'_> {
        Models::One
    }

    #[inline(always)]
    fn takes(&self, own: &mut f32, model: f32, chance: f32) -> bool {
        let model = model.max(0.0);
        chance * (own.max(0.0) + model) < model
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<Ratio>("ratio", &["boyd2003"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chance_is_the_share_of_the_model() {
        let takes = |own: f32, model: f32, chance: f32| Ratio {}.takes(&mut own.clone(), model, chance);
        assert!(takes(1.0, 3.0, 0.74) && !takes(1.0, 3.0, 0.76));
        assert!(takes(-1.0, 1.0, 0.99) && !takes(1.0, -1.0, 0.0) && !takes(0.0, 0.0, 0.0));
    }
}
