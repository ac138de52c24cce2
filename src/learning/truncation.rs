//! Truncation: the best part of a group stays, the rest follow them.

use super::{Learning, Models, Selection, known_trait};
use crate::chance::{Draws, below};
use crate::registry::{Clock, Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;

/// The best share of every group stays as it is; the place of each other agent is taken by a copy of one of them.
///
/// survivors = the round(keep · n) agents, at least one, with the highest payoff or trait, drawn among equal ones; each
/// other place gets a survivor, drawn with replacement
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Truncation {
    /// share of a group that survives, 0 to 1
    keep: Prob,
    /// by what the best are known: "payoff", or the name of a trait
    #[serde(default = "payoff")]
    by: String,
}

fn payoff() -> String {
    "payoff".to_string()
}

impl Spec<dyn Learning> for Truncation {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        at_once(context)?;
        if self.by != "payoff" {
            known_trait("by", &self.by, context)?;
        }
        Ok(Box::new(self))
    }
}

/// Refuses the asynchronous clock for rules that replace a generation.
pub(super) fn at_once(context: &Context) -> Result<(), Wrong> {
    if context.clock == Clock::Synchronous {
        return Ok(());
    }
    let says = "a generation is drawn at once, but agents act one by one here";
    Err(Wrong::new(says).help("set run.update = \"synchronous\""))
}

impl Learning for Truncation {
    fn models(&self) -> Models<'_> {
        let by = (self.by != "payoff").then_some(self.by.as_str());
        Models::Ranks { by, selection: self }
    }
}

impl Selection for Truncation {
    fn parents(&self, values: &[f64], keys: Draws, places: Draws, first: usize, parents: &mut [u32]) {
        let n = values.len();
        let survivors = ((self.keep.get() * n as f64).round() as usize).max(1);
        let mut order: Vec<u32> = (0..n as u32).collect();
        let key = |agent: u32| keys.at((first + agent as usize) as u64);
        order.sort_unstable_by(|&a, &b| {
            let best = values[b as usize].total_cmp(&values[a as usize]);
            best.then(key(a).cmp(&key(b))).then(a.cmp(&b))
        });
        for (rank, &agent) in order.iter().enumerate() {
            let draw = places.at((first + agent as usize) as u64);
            let parent = if rank < survivors { rank } else { below(draw, survivors as u64) as usize };
            parents[agent as usize] = order[parent];
        }
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<Truncation>("truncation", &["crow1979", "vallinder2024"], "keep = 0.5");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn the_best_stay_and_the_rest_copy_them() {
        let draws = Chance::new(1, 0, 1).stream(Stream::named("test"));
        let rule = Truncation { keep: Prob::checked(0.5).unwrap(), by: payoff() };
        let mut parents = [9; 6];
        rule.parents(&[1.0, 5.0, 3.0, 0.0, 4.0, 2.0], draws, draws.number(1), 6, &mut parents);
        assert_eq!([parents[1], parents[2], parents[4]], [1, 2, 4]);
        assert!([0, 3, 5].iter().all(|&agent| [1, 2, 4].contains(&parents[agent])));
    }
}
