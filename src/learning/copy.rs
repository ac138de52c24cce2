//! Copy: take whatever the model has (the voter model).

use super::{Learning, Models};
use crate::registry::{Context, Row, Spec, Wrong};

/// A learner takes over the strategy of one model, whatever either earned: the voter model.
///
/// P(take over) = 1; asynchronously, in a well-mixed group, a strategy of share x is fixed with probability x
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Copy {}

impl Spec<dyn Learning> for Copy {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Learning for Copy {
    fn models(&self) -> Models<'_> {
        Models::One
    }

    fn compares(&self) -> bool {
        false
    }

    fn chancy(&self) -> bool {
        false
    }

    #[inline(always)]
    fn takes(&self, _: &mut f32, _: f32, _: f32) -> bool {
        true
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<Copy>("copy", &["clifford1973", "holley1975"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_copied_though_it_earned_less() {
        assert!(Copy {}.takes(&mut 5.0, -5.0, 0.999) && !Copy {}.compares());
    }
}
