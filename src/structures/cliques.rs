//! Cliques: small sets of agents who all know each other, and nobody else.

use super::{Layout, Network, Room, Shape};
use crate::chance::{Draws, Permutation, below, next, unit64};
use crate::partners::{Meetings, Partners, Structure, listed, most_slots};
use crate::pass::At;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Count, NonNegative};
use std::sync::Arc;

/// Every group falls into cliques of random members: households, teams, workplaces. All of a clique are neighbours. The
/// last clique of a group is as large as there are agents left.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cliques {
    /// agents of a clique
    size: Option<Count>,
    /// instead of `size`: sizes from which each clique draws its own
    sizes: Option<Vec<Count>>,
    /// how often cliques have each of the `sizes`; default: equally often
    weights: Option<Vec<NonNegative>>,
}

/// Sizes, with running chances.
struct Sizes(Vec<(f64, u32)>);

impl Spec<dyn Network> for Cliques {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        let sizes: Vec<u64> = match (self.size, &self.sizes) {
            (Some(size), None) => vec![size.get()],
            (None, Some(sizes)) if !sizes.is_empty() => sizes.iter().map(|size| size.get()).collect(),
            (Some(_), Some(_)) => {
                return Err(Wrong::new("`size` and `sizes` both say how large cliques are")
                    .at("sizes")
                    .help("write one of them"));
            }
            _ => {
                return Err(Wrong::new("how large cliques are is not said")
                    .help("write `size = 4`, or `sizes = [1, 2, 3]` with `weights`"));
            }
        };
        let key = if self.size.is_some() { "size" } else { "sizes" };
        if let Some(size) = sizes.iter().find(|&&size| size > 1 << 20) {
            return Err(Wrong::new(format!("a clique of {size} agents"))
                .at(key)
                .help("write at most 1,048,576, or use the well-mixed structure"));
        }
        let weights = match self.weights {
            None => vec![1.0; sizes.len()],
            Some(weights) => weights.iter().map(|weight| weight.get()).collect(),
        };
        let all: f64 = weights.iter().sum();
        if weights.len() != sizes.len() || all <= 0.0 {
            let help = "write as many weights as sizes, not all of them 0";
            return Err(Wrong::new("`weights` do not fit `sizes`").at("weights").help(help));
        }
        let mut passed = 0.0;
        let law = sizes.iter().zip(&weights).map(|(&size, weight)| {
            passed += weight / all;
            (passed, size as u32)
        });
        Ok(Box::new(Sizes(law.collect())))
    }
}

impl Network for Sizes {
    fn shape(&self) -> Shape<'_> {
        Shape::Drawn
    }

    fn grow(&self, layout: Layout, draws: Draws) -> Arc<dyn Structure> {
        let (size, nodes) = (layout.group_size, layout.nodes() as usize);
        let mut members = Members {
            size: nodes,
            order: Vec::with_capacity(nodes),
            place: vec![0; nodes],
            first: Vec::with_capacity(nodes),
            count: Vec::with_capacity(nodes),
        };
        for start in (0..nodes).step_by(size) {
            let group = draws.number((start / size) as u64);
            let order = Permutation::new(group, 0, size as u32);
            let places = members.order.len();
            members.order.extend(0..size as u32);
            order.forward(&mut members.order[places..]);
            members.order[places..].iter_mut().for_each(|agent| *agent += start as u32);
            let mut rng = group.rng(1);
            let mut filled = 0;
            while filled < size {
                let chance = unit64(next(&mut rng));
                let nth = self.0.partition_point(|law| law.0 <= chance).min(self.0.len() - 1);
                let clique = (self.0[nth].1 as usize).min(size - filled);
                let (first, ends) = ((start + filled) as u32, members.first.len() + clique);
                members.first.resize(ends, first);
                members.count.resize(ends, clique as u32);
                filled += clique;
            }
        }
        for (place, &agent) in members.order.iter().enumerate() {
            members.place[agent as usize] = place as u32;
        }
        Arc::new(members)
    }

    fn room(&self, layout: Layout) -> Room {
        Room { kept: 16 * layout.nodes(), most: 16 * layout.nodes(), ends: 0 }
    }
}

/// Agents in the order of their cliques. With a shared layout the cliques of one group hold in every group.
struct Members {
    /// agents that have a place
    size: usize,
    /// the agent at each place
    order: Vec<u32>,
    /// the place of each agent
    place: Vec<u32>,
    /// the first place of the clique of each place
    first: Vec<u32>,
    /// how many are in the clique of each place
    count: Vec<u32>,
}

impl Meetings for Members {
    fn slots(&self, at: &At) -> usize {
        most_slots(self, at)
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        listed(self, at, slot, room)
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn bytes(&self) -> u64 {
        16 * self.size as u64
    }
}

impl Structure for Members {
    fn degree(&self, agent: usize) -> usize {
        self.count[self.place[agent % self.size] as usize] as usize - 1
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        let node = agent % self.size;
        let place = self.place[node] as usize;
        let first = self.first[place] as usize;
        let other = first + slot + usize::from(first + slot >= place);
        agent - node + self.order[other] as usize
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        for (out, agent) in out.iter_mut().zip(at.range()) {
            *out = match self.degree(agent) {
                0 => agent as u32,
                degree => self.partner(agent, below(draws.at(agent as u64), degree as u64) as usize) as u32,
            };
        }
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<Cliques>("cliques", &["ball1997"], "size = 4");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn all_of_a_clique_are_each_others_neighbours_and_of_one_group() {
        let draws = Chance::new(3, 0, 0).stream(Stream::named("test"));
        let sizes = Sizes(vec![(0.5, 1), (0.75, 3), (1.0, 5)]);
        for shared in [false, true] {
            let grown = sizes.grow(Layout { agents: 300, group_size: 100, shared }, draws);
            let (mut room, mut back) = (vec![], vec![]);
            let mut cliques = [0.0; 6];
            for agent in 0..300 {
                cliques[grown.degree(agent) + 1] += 1.0 / (grown.degree(agent) + 1) as f64;
                for &other in grown.neighbours(agent, &mut room) {
                    assert!(other as usize != agent && other as usize / 100 == agent / 100);
                    let theirs = grown.neighbours(other as usize, &mut back);
                    assert!(theirs.contains(&(agent as u32)) && theirs.len() == grown.degree(agent));
                }
            }
            assert!(cliques[1] > cliques[3] && cliques[3] > 0.0 && cliques[5] > 0.0, "{cliques:?}");
        }
    }
}
