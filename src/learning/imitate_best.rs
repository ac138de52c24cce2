//! Imitate the best: take the strategy of whoever earned most.

use super::{Learning, Models};
use crate::registry::{Context, Row, Spec, Wrong};

/// A learner takes over the strategy of the best-paid of all its models, if it is paid better than the learner.
///
/// strategy(i) ← strategy(argmax payoff over i and its models)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImitateBest {
    /// when several earned most
    #[serde(default)]
    ties: Ties,
}

/// When several earned most.
#[derive(Clone, Copy, Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Ties {
    /// the learner's own stands, then the first model in the structure's order
    #[default]
    Keep,
    /// the last model in the structure's order is followed
    Model,
}

impl Spec<dyn Learning> for ImitateBest {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        Ok(match self.ties {
            Ties::Keep => Box::new(Best::<false>),
            Ties::Model => Box::new(Best::<true>),
        })
    }
}

/// The formula; `EQUAL`: whether a model is also followed that earned as much. The loop over neighbours has no room for
/// a choice that is the same every time.
struct Best<const EQUAL: bool>;

impl<const EQUAL: bool> Learning for Best<EQUAL> {
    fn models(&self) -> Models<'_> {
        Models::All
    }

    fn chancy(&self) -> bool {
        false
    }

    #[inline(always)]
    fn takes(&self, best: &mut f32, model: f32, _: f32) -> bool {
        let better = if EQUAL { model >= *best } else { model > *best };
        *best = if better { model } else { *best };
        better
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<ImitateBest>("imitate-best", &["nowak1992"], "");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_wins_and_a_tie_changes_nothing() {
        let mut best = 2.0;
        let takes = [2.0, 3.0, 2.5, 3.0, 4.0].map(|pay| Best::<false>.takes(&mut best, pay, 0.0));
        assert_eq!(takes, [false, true, false, false, true]);
        let mut best = 2.0;
        let takes = [2.0, 3.0, 2.5, 3.0, 4.0].map(|pay| Best::<true>.takes(&mut best, pay, 0.0));
        assert_eq!(takes, [true, true, false, true, true]);
    }
}
