//! The planner that does best in the long run.

use super::{Choice, Planner, Policy, Task, Way};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Count;
use crate::scenario::numbers::Prob;

/// The planner sets what is best for its objective in the long run: value iteration over what it can see, on a grid.
///
/// V(seen) = max over values of E[gain − cost + discount × V(next)]
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Optimal {
    /// what it gains by: 1 an act that counts
    #[serde(default)]
    objective: Objective,
    /// weight of the next tick's gains, below 1
    discount: Prob,
    /// points of what is seen, 0 to 1
    #[serde(default = "grid")]
    grid: Count,
    /// values that are tried, over the range; besides the one that costs nothing and the least that tells something
    #[serde(default = "grid")]
    steps: Count,
}

/// What a planner gains by.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Objective {
    /// acts that are right: the altruist
    #[default]
    Correct,
    /// acts of adoption, right or wrong: the biased
    Adoption,
}

fn grid() -> Count {
    Count::checked(201).expect("a count")
}

/// Gains below this do not count when two values are compared, and when the iteration ends.
const CLOSE: f64 = 1e-9;

impl Spec<dyn Planner> for Optimal {
    fn build(self, _: &Context) -> Result<Box<dyn Planner>, Wrong> {
        if self.discount.get() > 0.999 {
            let says = format!("a discount of {} has no end in sight", self.discount.get());
            return Err(Wrong::new(says).at("discount").help("write at most 0.999"));
        }
        for (key, points) in [("grid", self.grid), ("steps", self.steps)] {
            if !(3..=2001).contains(&points.get()) {
                let says = format!("a grid of {} points", points.get());
                return Err(Wrong::new(says).at(key).help("write 3 to 2001"));
            }
        }
        Ok(Box::new(self))
    }
}

/// What a choice leads to, on the grid: two ways, each between two points.
struct Outcome {
    choice: Choice,
    gain: f64,
    ways: [(f64, usize, f64); 2],
}

impl Outcome {
    /// The gain in the long run, if what is seen is worth `value`.
    fn worth(&self, discount: f64, value: &[f64]) -> f64 {
        let next = |&(chance, at, over): &(f64, usize, f64)| {
            chance * (value[at] * (1.0 - over) + value[(at + 1).min(value.len() - 1)] * over)
        };
        self.gain + discount * self.ways.iter().map(next).sum::<f64>()
    }
}

impl Optimal {
    fn outcome(&self, task: &Task, seen: f64, choice: Choice) -> Outcome {
        let value = match choice {
            Choice::Value(value) => value,
            Choice::Telling => task.plant.telling(seen),
        };
        let ways = task.plant.ways(seen, value);
        let counts = |way: &Way| match self.objective {
            Objective::Correct => way.correct,
            Objective::Adoption => f64::from(u8::from(way.adopts)),
        };
        let gain: f64 = ways.iter().map(|way| way.chance * counts(way)).sum();
        let cells = (self.grid.get() - 1) as f64;
        let place = |way: Way| {
            let at = (way.next * cells).floor().min(cells);
            (way.chance, at as usize, way.next * cells - at)
        };
        Outcome {
            choice,
            gain: gain - task.price.map_or(0.0, |price| price.of(value)),
            ways: ways.map(place),
        }
    }

    /// What can be chosen where this is seen, the cheap first: of choices that are as good the first is taken.
    fn choices(&self, task: &Task, seen: f64) -> Vec<Outcome> {
        let ([least, most], steps) = (task.range, (self.steps.get() - 1) as f64);
        let free = task.price.map(|price| price.around.get());
        let mut choices: Vec<Choice> = free.map(Choice::Value).into_iter().collect();
        if (least..=most).contains(&task.plant.telling(seen)) {
            choices.push(Choice::Telling);
        }
        let step = |nth: u64| Choice::Value(least + (most - least) * nth as f64 / steps);
        choices.extend((0..self.steps.get()).map(step));
        choices.into_iter().map(|choice| self.outcome(task, seen, choice)).collect()
    }
}

impl Planner for Optimal {
    fn policy(&self, task: &Task) -> Policy {
        let (points, discount) = (self.grid.get() as usize, self.discount.get());
        // The ends of the grid are certainty, at which no odds can be formed.
        let seen = |nth: usize| (nth as f64 / (points - 1) as f64).clamp(1e-6, 1.0 - 1e-6);
        let all: Vec<Vec<Outcome>> = (0..points).map(|nth| self.choices(task, seen(nth))).collect();
        let best = |choices: &[Outcome], value: &[f64]| {
            let mut best = (0, f64::NEG_INFINITY);
            for (nth, outcome) in choices.iter().enumerate() {
                let worth = outcome.worth(discount, value);
                if worth > best.1 + CLOSE {
                    best = (nth, worth);
                }
            }
            best
        };
        let mut value = vec![0.0; points];
        loop {
            let next: Vec<f64> = all.iter().map(|choices| best(choices, &value).1).collect();
            let moved = value.iter().zip(&next).map(|(a, b): (&f64, &f64)| (a - b).abs()).fold(0.0, f64::max);
            value = next;
            if moved < CLOSE {
                break;
            }
        }
        let choices = all.iter().map(|choices| choices[best(choices, &value).0].choice).collect();
        Policy::new((1..points).map(|nth| (nth as f64 - 0.5) / (points - 1) as f64).collect(), choices)
    }
}

pub(super) const ROW: Row<dyn Planner> = Row::of::<Optimal>("optimal", &["arghal2025"], "discount = 0.9");

#[cfg(test)]
mod tests {
    use super::super::Plant;
    use super::*;

    /// Acts are right with the probability that is set; nothing else changes.
    struct Still;

    impl Plant for Still {
        fn ways(&self, next: f64, value: f64) -> [Way; 2] {
            let way = |chance, correct| Way { chance, next, correct, adopts: false };
            [way(value, 1.0), way(1.0 - value, 0.0)]
        }

        fn telling(&self, _: f64) -> f64 {
            0.0
        }
    }

    fn optimal() -> Optimal {
        Optimal {
            objective: Objective::Correct,
            discount: Prob::checked(0.5).unwrap(),
            grid: grid(),
            steps: grid(),
        }
    }

    #[test]
    fn what_costs_less_than_it_gains_is_bought_to_the_end_of_the_range() {
        let price = |per_unit: f64| super::super::Price {
            per_unit: crate::scenario::numbers::NonNegative::checked(per_unit).unwrap(),
            around: crate::scenario::numbers::Finite::checked(0.7).unwrap(),
            only: super::super::Side::Above,
        };
        for (per_unit, value) in [(0.9, 0.95), (1.1, 0.7)] {
            let task = Task { plant: &Still, price: Some(price(per_unit)), range: [0.5, 0.95] };
            assert_eq!(optimal().policy(&task).at(0.4), value);
        }
    }
}
