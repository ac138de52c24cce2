//! Blocks: communities with more ties inside than between.

use super::erdos_renyi::tie;
use super::{Graph, Layout, Network, Room, Shape, drawn};
use crate::chance::Draws;
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Count, Prob};
use std::sync::Arc;

/// A stochastic block model: agents of the same block are tied with probability `within_prob`, of different blocks with
/// `between_prob`. Blocks are made of neighbouring agents, in their order.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Blocks {
    /// equal blocks of each group; the last is smaller where they do not fit
    blocks: Option<Count>,
    /// instead of `blocks`: agents of each block of a group
    sizes: Option<Vec<Count>>,
    /// probability that two of a block are tied
    within_prob: Prob,
    /// probability that two of different blocks are tied
    between_prob: Prob,
}

impl Spec<dyn Network> for Blocks {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        match (&self.blocks, &self.sizes) {
            (Some(_), Some(_)) => Err(Wrong::new("`blocks` and `sizes` both say what the blocks are")
                .at("sizes")
                .help("write one of them")),
            (None, None) => Err(Wrong::new("what the blocks are is not said")
                .help("write `blocks = 4` (equal), or `sizes = [100, 50]`")),
            (None, Some(sizes)) if sizes.is_empty() => {
                Err(Wrong::new("no block").at("sizes").help("write the size of each block"))
            }
            _ => Ok(Box::new(self)),
        }
    }
}

impl Blocks {
    /// The ends of the blocks of a group.
    fn ends(&self, size: usize) -> Vec<usize> {
        if let Some(sizes) = &self.sizes {
            let mut sum = 0;
            let end = |size: &Count| {
                sum += size.get() as usize;
                sum
            };
            return sizes.iter().map(end).collect();
        }
        let each = size.div_ceil(self.blocks.map_or(1, |blocks| blocks.get() as usize));
        (1..=size.div_ceil(each)).map(|nth| (nth * each).min(size)).collect()
    }

    /// Ties of a group, on average.
    fn ties(&self, size: u64) -> f64 {
        let pairs = |n: f64| n * (n - 1.0) / 2.0;
        let ends = self.ends(size as usize);
        let starts = std::iter::once(&0).chain(&ends);
        let within: f64 = ends.iter().zip(starts).map(|(end, start)| pairs((end - start) as f64)).sum();
        within * self.within_prob.get() + (pairs(size as f64) - within) * self.between_prob.get()
    }
}

impl Network for Blocks {
    fn fixes(&self) -> Option<u64> {
        let sizes = self.sizes.as_ref()?;
        Some(sizes.iter().fold(0, |sum, size| sum.saturating_add(size.get())))
    }

    fn refuses(&self, group_size: u64) -> Option<String> {
        let blocks = self.blocks.map_or(1, |blocks| blocks.get());
        (blocks > group_size).then(|| format!("{blocks} blocks need groups of more than {group_size} agents"))
    }

    fn shape(&self) -> Shape<'_> {
        Shape::Drawn
    }

    fn grow(&self, layout: Layout, draws: Draws) -> Arc<dyn Structure> {
        let size = layout.group_size;
        let ends = self.ends(size);
        let [within, between] = [self.within_prob, self.between_prob].map(|prob| prob.get());
        let row = |node: usize, ties: &mut Vec<(u32, u32)>| {
            let start = node / size * size;
            let end = start + ends[ends.partition_point(|&end| end <= node - start)];
            let mut rng = draws.rng(node as u64);
            tie(node, node + 1..end, within, &mut rng, ties);
            tie(node, end..start + size, between, &mut rng, ties);
        };
        Arc::new(drawn::graph(layout, row))
    }

    fn room(&self, layout: Layout) -> Room {
        let groups = layout.nodes() / layout.group_size as u64;
        Graph::estimate_drawn(layout.nodes(), (groups as f64 * self.ties(layout.group_size as u64)) as u64)
    }
}

pub(super) const ROW: Row<dyn Network> =
    Row::of::<Blocks>("blocks", &["holland1983"], "blocks = 4\nwithin_prob = 0.005\nbetween_prob = 0.0002");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn ties_inside_and_between_are_as_frequent_as_the_world_says() {
        let draws = Chance::new(3, 0, 0).stream(Stream::named("test"));
        let prob = |p| Prob::checked(p).unwrap();
        let sizes = [600, 300, 100].map(|n| Count::checked(n).unwrap()).to_vec();
        let net =
            Blocks { blocks: None, sizes: Some(sizes), within_prob: prob(0.1), between_prob: prob(0.02) };
        let layout = Layout { agents: 2000, group_size: 1000, shared: false };
        let grown = net.grow(layout, draws);
        let original = grown.original().unwrap();
        let block = |agent: usize| [600, 900, 1000].partition_point(|&end| end <= original[agent] % 1000);
        let (mut room, mut ends) = (vec![], [0.0f64; 2]);
        for agent in 0..2000 {
            for &other in grown.neighbours(agent, &mut room) {
                assert_eq!(agent / 1000, other as usize / 1000);
                ends[usize::from(block(agent) == block(other as usize))] += 1.0;
            }
        }
        let within = 600.0 * 599.0 + 300.0 * 299.0 + 100.0 * 99.0;
        let wanted = [2.0 * (999_000.0 - within) * 0.02, 2.0 * within * 0.1];
        for (found, wanted) in ends.iter().zip(wanted) {
            assert!((found / wanted - 1.0).abs() < 0.03, "{found} and {wanted}");
        }
        assert!((net.ties(1000) * 4.0 - wanted[0] - wanted[1]).abs() < 1.0);
    }
}
