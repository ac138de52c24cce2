//! Average: a reputation is a moving mean of what an agent gave.

use super::{Assesses, Graded, Norm};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;

/// A reputation is a number from 0 to 1 that moves towards each act: a moving mean of help.
///
/// r(i) += step · (given(i) − r(i)); given is 1 for help, 0 for a refusal, or the share that was given. Who is not
/// known yet takes the first act for its reputation.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Average {
    /// weight of the last act, 0 to 1
    step: Prob,
}

impl Spec<dyn Norm> for Average {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Norm for Average {
    fn assesses(&self) -> Assesses<'_> {
        Assesses::Graded(self)
    }
}

impl Graded for Average {
    fn after(&self, own: f32, given: f32, _: f32) -> f32 {
        if own < 0.0 { given } else { own + self.step.get() as f32 * (given - own) }
    }
}

pub(super) const ROW: Row<dyn Norm> = Row::of::<Average>("average", &["dasgupta2023"], "step = 0.1");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reputation_moves_by_its_step_and_begins_with_the_first_act() {
        let norm = Average { step: Prob::checked(0.25).unwrap() };
        assert_eq!(norm.after(0.5, 1.0, 0.0), 0.625);
        assert_eq!(norm.after(0.5, 0.0, 1.0), 0.375);
        assert_eq!(norm.after(-1.0, 1.0, 0.0), 1.0);
    }
}
