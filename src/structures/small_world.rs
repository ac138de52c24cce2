//! Small worlds: rings in which some ties lead far away.

use super::{Graph, Layout, Network, Room, Shape};
use crate::chance::{Draws, below, hits, next, threshold};
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;
use std::sync::Arc;

/// A ring of `degree` neighbours each, of which every tie to a later agent is turned to a random agent with probability
/// `rewire_prob`, nearest ties first; nobody is tied to itself or twice to the same.
///
/// clustering ≈ 3 (degree − 2) / (4 (degree − 1)) × (1 − `rewire_prob`)³
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct SmallWorld {
    /// mean number of neighbours, an even number
    #[schemars(range(min = 2, max = 1000))]
    degree: u64,
    /// probability that a tie leads to a random agent instead
    rewire_prob: Prob,
}

impl Spec<dyn Network> for SmallWorld {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        if !(2..=1000).contains(&self.degree) || self.degree % 2 == 1 {
            let says = format!("a small world of degree {}", self.degree);
            let help = "write an even number from 2 to 1000: half of the ties lead to later agents";
            return Err(Wrong::new(says).at("degree").help(help));
        }
        Ok(Box::new(self))
    }
}

impl Network for SmallWorld {
    fn refuses(&self, group_size: u64) -> Option<String> {
        let least = self.degree + 1;
        (group_size < least)
            .then(|| format!("a small world of degree {} needs groups of at least {least}", self.degree))
    }

    fn shape(&self) -> Shape<'_> {
        Shape::Drawn
    }

    fn grow(&self, layout: Layout, draws: Draws) -> Arc<dyn Structure> {
        let (size, half) = (layout.group_size, self.degree as usize / 2);
        let prob = threshold(self.rewire_prob.get());
        Graph::grown(layout, |group| ties(size, half, prob, draws.number(group)))
    }

    fn room(&self, layout: Layout) -> Room {
        let ties = layout.nodes() * self.degree / 2;
        Graph::estimate(layout.nodes(), ties).at_least(24 * ties)
    }
}

/// Random agents that are tried for a tie; where none is free, it stays as it was.
const TRIES: u32 = 1_000;

/// The ties of one group, one after the other: whether an agent is free depends on those before.
fn ties(size: usize, half: usize, prob: u64, draws: Draws) -> Vec<(u32, u32)> {
    let mut to: Vec<u32> = vec![0; size * half];
    for (k, to) in to.iter_mut().enumerate() {
        *to = ((k / half + 1 + k % half) % size) as u32;
    }
    let whether = draws.number(0);
    for step in 0..half {
        for node in 0..size {
            let tie = node * half + step;
            if !hits(whether.at(tie as u64), prob) {
                continue;
            }
            let mut rng = draws.number(1).rng(tie as u64);
            for _ in 0..TRIES {
                let other = below(next(&mut rng), size as u64) as usize;
                let row = |node: usize| &to[node * half..][..half];
                let tied = row(node).contains(&(other as u32)) || row(other).contains(&(node as u32));
                if other != node && !tied {
                    to[tie] = other as u32;
                    break;
                }
            }
        }
    }
    to.into_iter().enumerate().map(|(k, to)| ((k / half) as u32, to)).collect()
}

pub(super) const ROW: Row<dyn Network> =
    Row::of::<SmallWorld>("small-world", &["watts1998"], "degree = 10\nrewire_prob = 0.1");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn as_many_ties_are_turned_as_the_probability_says_and_none_is_double() {
        let draws = Chance::new(3, 0, 0).stream(Stream::named("test"));
        for (prob, share) in [(0.0, 0.0), (0.3, 0.3), (1.0, 1.0)] {
            let ties = ties(4000, 3, threshold(prob), draws);
            let far = |&(a, b): &(u32, u32)| (b + 4000 - a) % 4000 > 3;
            let turned = ties.iter().filter(|tie| far(tie)).count() as f64 / 12_000.0;
            assert!((turned - share).abs() < 0.02, "{prob}: {turned}");
            let mut all: Vec<_> = ties.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 12_000);
        }
    }

    #[test]
    fn a_full_group_stays_as_it_is() {
        let draws = Chance::new(3, 0, 0).stream(Stream::named("test"));
        assert_eq!(ties(5, 2, threshold(1.0), draws), ties(5, 2, 0, draws));
    }
}
