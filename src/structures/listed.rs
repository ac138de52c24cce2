//! Graphs from a sorted list of ties, in the memory of the list: it holds as many numbers as all rows.

use super::ends::Ranges;
use super::rows::{ENDS, Filling, Starts, count, zeros};
use super::{Graph, Layout};
use crate::pass;
use std::sync::atomic::Ordering::Relaxed;

/// Ties that a thread counts together.
const TIES: usize = if cfg!(test) { 1 << 8 } else { 1 << 16 };

/// The graph of ties between places in the source, in ascending order, each once and with its smaller end first. The
/// neighbours of a node stand in the order of their places.
pub(super) fn graph(layout: Layout, ties: Vec<[u32; 2]>) -> Graph {
    let nodes = layout.nodes() as usize;
    let earlier = zeros(nodes);
    pass::each(ties.chunks(TIES).collect(), |ties| {
        ties.chunks(ENDS).for_each(|ties| count(&earlier, ties.iter().map(|tie| tie[1])));
    });
    let mut lengths: Vec<u32> = earlier.iter().map(|count| count.load(Relaxed)).chain([0]).collect();
    ties.iter().for_each(|tie| lengths[tie[0] as usize] += 1);
    let starts = Starts::new(lengths);

    // Later neighbours stand in the order of the rows already. They move to the end of the memory, then each row of them
    // to where it belongs, which is never behind where it is: so none is written over before it has moved.
    let half = ties.len();
    let mut targets = ties.into_flattened();
    (0..half).rev().for_each(|tie| targets[half + tie] = targets[2 * tie + 1]);
    let mut from = half;
    for (node, earlier) in earlier.iter().enumerate() {
        let row = starts.of(node);
        let later = row.start + earlier.load(Relaxed) as usize..row.end;
        targets.copy_within(from..from + later.len(), later.start);
        targets[row.start..later.start].fill(0);
        from += later.len();
    }

    // Each node is put down with its later neighbours, before their own.
    let ranges = Ranges::new(nodes, layout.group_size, half);
    let filling = Filling::new(starts, earlier, targets);
    pass::each(ranges.iter().collect(), |nodes| {
        let mut ends = Vec::with_capacity(ENDS);
        for node in nodes {
            let row = &filling.targets[filling.starts.of(node)];
            // Places of earlier ones hold 0 or an earlier one, whether others are putting them down or not.
            let later = row.partition_point(|other| other.load(Relaxed) as usize <= node);
            for other in &row[later..] {
                ends.push((other.load(Relaxed), node as u32));
                if ends.len() == ENDS {
                    filling.put(&ends);
                    ends.clear();
                }
            }
        }
        filling.put(&ends);
    });
    Graph::of(layout, filling.done(&ranges))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream, below};
    use crate::partners::Structure;

    /// The same neighbours in the same order as from ties that are dealt out, on any number of threads.
    #[test]
    fn in_its_own_memory_or_beside_it_a_list_makes_the_same_graph() {
        let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
        for (nodes, wanted) in [(2, 1), (3, 2), (50, 100), (1_500, 9_000), (5_000, 20_000), (40, 780)] {
            let end = |address: u64| below(draws.at(address), nodes as u64) as u32;
            let mut ties: Vec<[u32; 2]> =
                (0..8 * wanted).map(|nth| [end(2 * nth), end(2 * nth + 1)]).collect();
            ties.iter_mut().for_each(|tie| tie.sort_unstable());
            ties.retain(|tie| tie[0] != tie[1]);
            ties.truncate(wanted as usize);
            ties.sort_unstable();
            ties.dedup();
            let layout = Layout { agents: nodes, group_size: nodes, shared: false };
            let list: Vec<(u32, u32)> = ties.iter().map(|&[a, b]| (a, b)).collect();
            let (wanted, found) = (Graph::new(layout, &list), graph(layout, ties));
            assert_eq!(found.original(), wanted.original());
            for agent in 0..nodes {
                let (mut one, mut other) = (vec![], vec![]);
                assert_eq!(found.neighbours(agent, &mut one), wanted.neighbours(agent, &mut other));
            }
        }
    }
}
