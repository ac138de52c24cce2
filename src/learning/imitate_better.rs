//! Imitate if better: follow whoever earned more, however little.

use super::{Learning, Models};
use crate::registry::{Context, Row, Spec, Wrong};

/// A learner compares with one model and takes over its strategy if the model earned more.
///
/// P(take over) = 1 if payoff(model) > payoff(own), else 0
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImitateBetter {}

impl Spec<dyn Learning> for ImitateBetter {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Learning for ImitateBetter {
    fn models(&self) -> Models<'_> {
        Models::One
    }

    fn chancy(&self) -> bool {
        false
    }

    #[inline(always)]
    fn takes(&self, own: &mut f32, model: f32, _: f32) -> bool {
        model > *own
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<ImitateBetter>("imitate-better", &["schlag1998"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_better_model_is_followed_and_an_equal_one_is_not() {
        let takes = [0.5, 1.0, 1.5].map(|model| ImitateBetter {}.takes(&mut 1.0, model, 0.0));
        assert_eq!(takes, [false, false, true]);
    }
}
