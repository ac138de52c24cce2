//! Planners: who sets a parameter for others, by what it sees.

mod fixed;
mod optimal;
mod table;

use crate::registry::Row;
use crate::scenario::numbers::{Finite, NonNegative};

/// One way in which what is steered can go on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// its probability
    pub chance: f64,
    /// what the planner sees next, 0 to 1
    pub next: f64,
    /// probability that the act was right
    pub correct: f64,
    /// whether the act was to adopt
    pub adopts: bool,
}

/// What a planner steers: it sees a number from 0 to 1 and sets another.
pub trait Plant {
    /// How it can go on from what is seen, if the planner sets `value`.
    fn ways(&self, seen: f64, value: f64) -> [Way; 2];

    /// The least value at which acts still tell something.
    fn telling(&self, seen: f64) -> f64;
}

/// What a value costs the planner.
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// cost of a unit of distance from `around`, in acts that are right
    pub per_unit: NonNegative,
    /// the value that costs nothing
    pub around: Finite,
    /// which side costs
    #[serde(default)]
    pub only: Side,
}

/// Which side of a value costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// either
    #[default]
    Both,
    /// larger values
    Above,
    /// smaller values
    Below,
}

impl Price {
    /// The cost of a value.
    pub fn of(&self, value: f64) -> f64 {
        let over = value - self.around.get();
        let counted = match self.only {
            Side::Both => over.abs(),
            Side::Above => over.max(0.0),
            Side::Below => (-over).max(0.0),
        };
        counted * self.per_unit.get()
    }
}

/// What a planner sets in a range of what it sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice {
    /// this value
    Value(f64),
    /// as little as lets acts still tell something
    Telling,
}

/// What a planner sets by what it sees.
pub struct Policy {
    /// from where on each choice holds; the first holds from 0
    borders: Vec<f64>,
    choices: Vec<Choice>,
    telling: Box<dyn Fn(f64) -> f64 + Send + Sync>,
    price: Option<Price>,
}

impl Policy {
    /// The choices from each border on; there is one border fewer than choices.
    pub fn new(borders: Vec<f64>, choices: Vec<Choice>) -> Policy {
        Policy { borders, choices, telling: Box::new(|_| 0.0), price: None }
    }

    /// With what it costs, and how little still tells something.
    #[must_use]
    pub fn priced(
        self,
        price: Option<Price>,
        telling: impl Fn(f64) -> f64 + Send + Sync + 'static,
    ) -> Policy {
        Policy { price, telling: Box::new(telling), ..self }
    }

    /// The value set where this is seen.
    pub fn at(&self, seen: f64) -> f64 {
        match self.choices[self.borders.partition_point(|&border| border <= seen)] {
            Choice::Value(value) => value,
            Choice::Telling => (self.telling)(seen),
        }
    }

    /// What that costs.
    pub fn cost(&self, seen: f64) -> f64 {
        self.price.map_or(0.0, |price| price.of(self.at(seen)))
    }
}

/// What a planner may know when it settles its policy.
pub struct Task<'a> {
    /// what it steers
    pub plant: &'a dyn Plant,
    /// what values cost
    pub price: Option<Price>,
    /// least and greatest value
    pub range: [f64; 2],
}

/// Who sets a parameter for others.
pub trait Planner: Send + Sync {
    /// The policy that it follows.
    fn policy(&self, task: &Task) -> Policy;

    /// Values that it names, to be compared with the range.
    fn values(&self) -> Vec<f64> {
        vec![]
    }
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static PLANNERS: &[Row<dyn Planner>] = &[
    fixed::ROW,
    optimal::ROW,
    table::ROW,
];
