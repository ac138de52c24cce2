//! A planner that looks up what to set.

use super::{Choice, Planner, Policy, Task};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, Prob};

/// The planner looks up the value in a table of what it sees.
///
/// value(seen) = values of the last border at or below what is seen
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Table {
    /// where the second value begins to hold, the third …; rising, 0 to 1
    borders: Vec<Prob>,
    /// the values, one more than borders, in units of the parameter
    values: Vec<Finite>,
}

impl Spec<dyn Planner> for Table {
    fn build(self, _: &Context) -> Result<Box<dyn Planner>, Wrong> {
        if self.values.len() != self.borders.len() + 1 {
            let says = format!("{} values for {} borders", self.values.len(), self.borders.len());
            let help = "write one value more than borders: one below the first, one from each on";
            return Err(Wrong::new(says).at("values").help(help));
        }
        if !self.borders.is_sorted_by(|a, b| a < b) {
            return Err(Wrong::new("the borders do not rise").at("borders").help("write the least first"));
        }
        Ok(Box::new(self))
    }
}

impl Planner for Table {
    fn policy(&self, _: &Task) -> Policy {
        let borders = self.borders.iter().map(|border| border.get()).collect();
        Policy::new(borders, self.values.iter().map(|value| Choice::Value(value.get())).collect())
    }

    fn values(&self) -> Vec<f64> {
        self.values.iter().map(|value| value.get()).collect()
    }
}

pub(super) const ROW: Row<dyn Planner> =
    Row::of::<Table>("table", &["arghal2025"], "borders = [0.3, 0.7]\nvalues = [0.7, 0.9, 0.7]");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_border_belongs_to_the_value_above() {
        let borders = [0.3, 0.7].map(|border| Prob::checked(border).unwrap()).to_vec();
        let values = [0.7, 0.9, 0.8].map(|value| Finite::checked(value).unwrap()).to_vec();
        struct Nothing;
        impl super::super::Plant for Nothing {
            fn ways(&self, next: f64, _: f64) -> [super::super::Way; 2] {
                [super::super::Way { chance: 0.5, next, correct: 0.0, adopts: false }; 2]
            }
            fn telling(&self, _: f64) -> f64 {
                0.5
            }
        }
        let task = Task { plant: &Nothing, price: None, range: [0.5, 1.0] };
        let policy = Table { borders, values }.policy(&task);
        assert_eq!(
            [0.0, 0.29, 0.3, 0.69, 0.7, 1.0].map(|seen| policy.at(seen)),
            [0.7, 0.7, 0.9, 0.9, 0.8, 0.8]
        );
    }
}
