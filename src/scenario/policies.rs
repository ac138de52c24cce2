//! Learners: each of their policies is a strategy of its own, though a world file writes the learner once.

use super::checks::Check;
use super::numbers::OneOrMany;
use super::sections::{Placing, StrategyKeys};
use super::world::Follows;
use crate::learning::Models;
use crate::population::Place;
use crate::strategies::{Leaning, Policy};

/// The strategies with the policies of learners: the first in the place of its learner, so that places in the file stay
/// what they are, and the others after all that is written.
pub(super) fn expanded(mut written: Vec<Follows>) -> Vec<Follows> {
    let mut further = vec![];
    for (code, follows) in written.iter_mut().enumerate() {
        let Some(Leaning::Learns(policies)) = follows.rule.leaning() else { continue };
        let mut all = policies.into_iter().flat_map(|policy| by_whom(&follows.keys, policy));
        let of_it = |(keys, policy)| Follows { keys, rule: Box::new(policy), learner: Some(code as u8) };
        let first = all.next().map(of_it);
        further.extend(all.map(of_it));
        *follows = first.expect("a learner has policies");
    }
    written.extend(further);
    written
}

/// A policy for each choice of whom to punish, nobody among them, with the keys that it has as a strategy.
fn by_whom(learner: &StrategyKeys, policy: Policy) -> Vec<(StrategyKeys, Policy)> {
    let named = |whom: Option<&str>| {
        let mut keys = learner.clone();
        let whom_too = whom.map_or(String::new(), |whom| format!("_punishes_{}", whom.replace('-', "_")));
        keys.name = format!("{}{}{whom_too}", learner.name, policy.name);
        keys
    };
    let words = learner.punishes.as_ref().map_or(&[][..], OneOrMany::as_slice);
    let choices = words.iter().filter(|word| word.as_str() != "nobody").map(|word| {
        let keys = StrategyKeys { punishes: Some(vec![word.clone()].into()), ..named(Some(word)) };
        (keys, policy.clone())
    });
    let nobody = StrategyKeys { punishes: None, ..named(None) };
    [(nobody, policy.clone())].into_iter().chain(choices).collect()
}

/// Spreads the numbers of learners over their policies, as evenly as can be; where a learner stands in given places, all
/// begin with the first.
pub(super) fn spread(strategies: &[Follows], places: &[Place], numbers: &mut [usize]) {
    for code in 0..strategies.len() {
        let of_it = |&nth: &usize| strategies[nth].learner == Some(code as u8);
        let policies: Vec<usize> = (0..strategies.len()).filter(of_it).collect();
        if policies.is_empty() || !matches!(places[code], Place::Random) {
            continue;
        }
        let (agents, n) = (numbers[code], policies.len());
        for (nth, policy) in policies.into_iter().enumerate() {
            numbers[policy] = agents / n + usize::from(nth < agents % n);
        }
    }
}

impl Check<'_, '_> {
    pub(super) fn learners(&mut self) {
        let s = self.scenario;
        let learns = s.learning.as_ref().is_some_and(|(_, rule)| matches!(rule.models(), Models::Memory(_)));
        for nth in 0..s.strategies.len() {
            let follows = &s.strategies[nth];
            // A learner is found by its first policy.
            if follows.learner != Some(nth as u8) {
                continue;
            }
            if !learns && !self.means("learning") {
                let says = "a learner has nothing to learn by";
                self.add_row(
                    "strategy",
                    nth,
                    "kind",
                    says,
                    "add\n\n[learning]\nkind = \"q-learning\"\nstep = 0.1",
                );
            }
            if follows.keys.fixed {
                let says = "a learner that never changes";
                self.add_row("strategy", nth, "fixed", says, "leave it out, or use the kind pure");
            }
            if matches!(&follows.keys.place, Some(Placing::At(at)) if at.file.is_some()) {
                let says = "a file of strategies names each policy of a learner: write pure or discriminator for each";
                self.add_row("strategy", nth, "place", says, "leave it out");
            }
        }
    }
}
