//! Majority rule: a small group takes the strategy that most of it have (Galam).

use super::{Choice, Learning, Models};
use crate::chance::below;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::problems::suggest;

/// A learner takes the strategy that most of its models and itself have.
///
/// strategy ← argmax n(s), n counts the learner too; with models = "meeting" everybody of the meeting takes the same,
/// so that three give p' = 3p² − 2p³
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Majority {
    /// in a tie: "keep", one's own; "coin", one of the tied, the same for the whole meeting; or the name of the
    /// strategy that wins ties it takes part in: the status quo
    #[serde(default = "keep")]
    ties: String,
}

fn keep() -> String {
    "keep".to_string()
}

struct Rule(Ties);

#[derive(Clone, Copy)]
enum Ties {
    Keep,
    Coin,
    To(usize),
}

impl Spec<dyn Learning> for Majority {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let ties = match self.ties.as_str() {
            "keep" => Ties::Keep,
            "coin" => Ties::Coin,
            name => match context.strategies.iter().position(|known| known == name) {
                Some(code) => Ties::To(code),
                None => {
                    let known: Vec<&str> = context.strategies.iter().map(String::as_str).collect();
                    let known: Vec<&str> = ["keep", "coin"].into_iter().chain(known).collect();
                    let help = suggest(name, &known, "write one of");
                    return Err(Wrong::new(format!("there is no strategy `{name}`")).at("ties").help(help));
                }
            },
        };
        Ok(Box::new(Rule(ties)))
    }
}

impl Learning for Rule {
    fn models(&self) -> Models<'_> {
        Models::Numbers { choice: self, with_self: true }
    }
}

impl Choice for Rule {
    fn choose(&self, own: usize, numbers: &[f64], draw: u64) -> usize {
        let most = numbers.iter().copied().fold(0.0, f64::max);
        let tied = || (0..numbers.len()).filter(|&strategy| numbers[strategy] == most);
        let first = tied().next().unwrap_or(own);
        match (tied().count(), self.0) {
            (..=1, _) => first,
            (_, Ties::To(strategy)) if numbers[strategy] == most => strategy,
            (_, Ties::Keep) if numbers[own] == most => own,
            (n, _) => tied().nth(below(draw, n as u64) as usize).unwrap_or(own),
        }
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<Majority>("majority", &["galam2002"], "ties = \"keep\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_majority_wins_and_ties_are_settled_as_said() {
        let rules = [Ties::Keep, Ties::Coin, Ties::To(0)].map(Rule);
        assert!(rules.iter().all(|rule| rule.choose(0, &[1.0, 2.0], 0) == 1));
        assert_eq!([0, u64::MAX].map(|draw| rules[0].choose(1, &[2.0, 2.0], draw)), [1, 1]);
        assert_eq!([0, u64::MAX].map(|draw| rules[1].choose(1, &[2.0, 2.0], draw)), [0, 1]);
        assert_eq!([0, u64::MAX].map(|draw| rules[2].choose(1, &[2.0, 2.0], draw)), [0, 0]);
        // Who has none of the tied strategies takes one of them.
        assert_eq!([0, u64::MAX].map(|draw| rules[0].choose(2, &[2.0, 2.0, 1.0], draw)), [0, 1]);
    }
}
