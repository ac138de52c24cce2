//! Agents who act in turn: whether they are right, what all believe, what a planner pays.

use super::{Measure, Names, Row, Scope};
use crate::columns::PublicBelief;
use crate::groups::Count;
use crate::planners::Policy;
use std::sync::Arc;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "correct",
        about: "share of the tick's actors who did what is right, 0 to 1",
        unit: "",
        find: |name, names| share(name, "correct", Count::Correct, names),
    },
    Row {
        name: "in_cascade",
        about: "share of groups in which the next in turn would do the same on either signal, 0 to 1",
        unit: "",
        find: |name, names| share(name, "in_cascade", Count::Herding, names),
    },
    Row {
        name: "public_belief",
        about: "probability that to adopt is right, as the tick's actor had it from those before, 0 to 1; over several groups, the mean",
        unit: "",
        find: |name, names| {
            (name == "public_belief" && names.in_turn).then(|| -> Box<dyn Measure> { Box::new(Belief) })
        },
    },
    Row {
        name: "planner_cost",
        about: "what the planner paid for the tick's value, a group; over several groups, the mean",
        unit: "payoff",
        find: |name, names| {
            let policy = names.planner.clone().filter(|_| name == "planner_cost")?;
            Some(Box::new(Planned { policy, what: Policy::cost }))
        },
    },
    Row {
        name: "planner_value",
        about: "what the planner set for the tick's actor; over several groups, the mean",
        unit: "of the parameter",
        find: |name, names| {
            let policy = names.planner.clone().filter(|_| name == "planner_value")?;
            Some(Box::new(Planned { policy, what: Policy::at }))
        },
    },
];

/// A count of groups over those that had an actor in the tick.
struct Share(Count);

impl Measure for Share {
    fn of(&self, scope: &Scope) -> f64 {
        scope.count(self.0) as f64 / scope.count(Count::Acted) as f64
    }
}

fn share(name: &str, wanted: &str, count: Count, names: &Names) -> Option<Box<dyn Measure>> {
    (name == wanted && names.in_turn).then(|| -> Box<dyn Measure> { Box::new(Share(count)) })
}

/// The mean over groups of what depends on the belief that the tick's actor had.
fn over_beliefs(scope: &Scope, value: impl Fn(f64) -> f64) -> f64 {
    let (size, place) = (scope.state.size, scope.tick as usize);
    if place == 0 || place > size {
        return f64::NAN;
    }
    let beliefs = scope.view().col::<PublicBelief>();
    let belief = |group: usize| if place == 1 { 0.5 } else { f64::from(beliefs[group * size + place - 2]) };
    scope.groups.clone().map(|group| value(belief(group))).sum::<f64>() / scope.groups.len() as f64
}

struct Belief;

impl Measure for Belief {
    fn of(&self, scope: &Scope) -> f64 {
        over_beliefs(scope, |belief| belief)
    }
}

struct Planned {
    policy: Arc<Policy>,
    what: fn(&Policy, f64) -> f64,
}

impl Measure for Planned {
    fn of(&self, scope: &Scope) -> f64 {
        over_beliefs(scope, |belief| (self.what)(&self.policy, belief))
    }
}
