//! The independent cascade: each newly reached agent tries each contact once.

use super::{Cascade, Exposure, Walk};
use crate::math;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;

/// Whoever has just been reached tries to reach each contact, once.
///
/// P(reached) = 1 − (1 − prob)^(contacts that have just been reached); the same as an epidemic with transmissibility
/// `prob`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Independent {
    /// probability a tie, tried once in each direction
    prob: Prob,
}

impl Spec<dyn Cascade> for Independent {
    fn build(self, _: &Context) -> Result<Box<dyn Cascade>, Wrong> {
        Ok(Box::new(self))
    }
}

const FRESH: u8 = 1;
const SPENT: u8 = 2;

impl Cascade for Independent {
    fn stages(&self) -> Vec<String> {
        ["unreached", "fresh", "spent"].map(String::from).to_vec()
    }

    fn spreads(&self, stage: u8) -> bool {
        stage == FRESH
    }

    fn next(&self, of: Exposure, chance: f64) -> u8 {
        match of.stage {
            0 if of.exposed > 0 => {
                let escape = math::pow(1.0 - self.prob.get(), f64::from(of.exposed));
                u8::from(chance < 1.0 - escape)
            }
            FRESH => SPENT,
            stage => stage,
        }
    }

    fn waits(&self, stage: u8, _: f64) -> bool {
        stage != FRESH
    }

    fn walk(&self) -> Walk<'_> {
        Walk::Tries(self.prob.get())
    }
}

pub(super) const ROW: Row<dyn Cascade> =
    Row::of::<Independent>("independent", &["kempe2003", "newman2002"], "prob = 0.5");
