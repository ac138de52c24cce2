//! Erdős–Rényi graphs: every pair is tied with the same chance.

use super::{Graph, Layout, Network, Room, Shape, drawn};
use crate::chance::{Draws, Rng, next, unit64};
use crate::math;
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;
use std::ops::Range;
use std::sync::Arc;

/// G(N, p): every pair of a group is tied with probability `mean_degree` / (N − 1), independently.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ErdosRenyi {
    /// mean number of neighbours
    mean_degree: NonNegative,
}

impl Spec<dyn Network> for ErdosRenyi {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Network for ErdosRenyi {
    fn refuses(&self, group_size: u64) -> Option<String> {
        let (degree, most) = (self.mean_degree.get(), group_size as f64 - 1.0);
        (degree > most).then(|| format!("a mean degree of {degree} needs more than {group_size} agents"))
    }

    fn shape(&self) -> Shape<'_> {
        Shape::Drawn
    }

    fn grow(&self, layout: Layout, draws: Draws) -> Arc<dyn Structure> {
        let size = layout.group_size;
        let prob = self.mean_degree.get() / (size as f64 - 1.0);
        Arc::new(drawn::graph(layout, |node, ties| row(node, size, prob, draws, ties)))
    }

    fn room(&self, layout: Layout) -> Room {
        let nodes = if layout.shared { layout.group_size } else { layout.agents } as f64;
        Graph::estimate_drawn(nodes as u64, (nodes * self.mean_degree.get() / 2.0) as u64)
    }
}

/// The ties of a node to later ones of its group; each row has a generator of its own, so rows can be made in any order.
fn row(node: usize, size: usize, prob: f64, draws: Draws, ties: &mut Vec<(u32, u32)>) {
    tie(node, node + 1..(node / size + 1) * size, prob, &mut draws.rng(node as u64), ties);
}

/// Ties a node to each of some others with the same probability. The gaps between ties are geometric (Batagelj &
/// Brandes 2005), so it costs what it makes.
pub(super) fn tie(node: usize, others: Range<usize>, prob: f64, rng: &mut Rng, ties: &mut Vec<(u32, u32)>) {
    if prob <= 0.0 || others.is_empty() {
        return;
    }
    if prob >= 1.0 {
        return ties.extend(others.map(|other| (node as u32, other as u32)));
    }
    let (mut next_one, per_log) = (others.start, 1.0 / math::ln(1.0 - prob));
    while next_one < others.end {
        let gap = math::ln(1.0 - unit64(next(rng))) * per_log;
        // A gap beyond the group would overflow the sum below.
        if gap >= (others.end - next_one) as f64 {
            return;
        }
        next_one += gap as usize;
        ties.push((node as u32, next_one as u32));
        next_one += 1;
    }
}

pub(super) const ROW: Row<dyn Network> =
    Row::of::<ErdosRenyi>("erdos-renyi", &["gilbert1959", "erdos1959"], "mean_degree = 4.0");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn every_pair_is_tied_with_the_same_chance() {
        let (size, prob, n) = (6, 0.3, 40_000u64);
        let mut count = [[0f64; 6]; 6];
        for seed in 0..n {
            let draws = Chance::new(seed, 0, 0).stream(Stream::named("test"));
            let mut ties = vec![];
            (0..size).for_each(|node| row(node, size, prob, draws, &mut ties));
            for (a, b) in ties {
                count[a as usize][b as usize] += 1.0;
            }
        }
        let sd = (prob * (1.0 - prob) / n as f64).sqrt();
        for (a, row) in count.iter().enumerate() {
            for (b, count) in row.iter().enumerate() {
                let share = count / n as f64;
                let wanted = if b > a { prob } else { 0.0 };
                assert!((share - wanted).abs() <= 5.0 * sd, "{a}-{b}: {share}");
            }
        }
    }
}
