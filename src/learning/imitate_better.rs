//! Imitate if better: follow whoever earned more, however little.

use super::{Learning, Models};
use crate::registry::{Context, Row, Spec, Wrong};

/// A learner compares with one model and takes over its strategy if the model earned more.
///
/// P(take over) = 1 if payoff(model) > payoff(own), 0 if it is less; `ties` says what it is if they are the same
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImitateBetter {
    /// when the model earned the same
    #[serde(default)]
    ties: Ties,
}

/// When the model earned the same.
#[derive(Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Ties {
    /// one's own strategy is kept
    #[default]
    Keep,
    /// a fair coin decides
    Coin,
    /// the model is followed
    Model,
}

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
        self.ties == Ties::Coin
    }

    #[inline(always)]
    fn takes(&self, own: &mut f32, model: f32, chance: f32) -> bool {
        let tie =
            (model == *own) & ((self.ties == Ties::Model) | ((self.ties == Ties::Coin) & (chance < 0.5)));
        (model > *own) | tie
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<ImitateBetter>("imitate-better", &["schlag1998"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_better_model_is_followed_and_an_equal_one_is_not() {
        let of =
            |ties, chance| [0.5, 1.0, 1.5].map(|model| ImitateBetter { ties }.takes(&mut 1.0, model, chance));
        assert_eq!(of(Ties::Keep, 0.0), [false, false, true]);
        assert_eq!(of(Ties::Model, 0.9), [false, true, true]);
        assert_eq!([of(Ties::Coin, 0.4), of(Ties::Coin, 0.6)], [[false, true, true], [false, false, true]]);
    }
}
