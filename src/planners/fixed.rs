//! A planner that always sets the same.

use super::{Choice, Planner, Policy, Task};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Finite;

/// The planner sets one value, whatever it sees.
///
/// value(seen) = value
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fixed {
    /// the value, in units of the parameter
    value: Finite,
}

impl Spec<dyn Planner> for Fixed {
    fn build(self, _: &Context) -> Result<Box<dyn Planner>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Planner for Fixed {
    fn policy(&self, _: &Task) -> Policy {
        Policy::new(vec![], vec![Choice::Value(self.value.get())])
    }

    fn values(&self) -> Vec<f64> {
        vec![self.value.get()]
    }
}

pub(super) const ROW: Row<dyn Planner> = Row::of::<Fixed>("fixed", &["arghal2025"], "value = 0.8");
