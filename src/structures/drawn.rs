//! Graphs whose ties are drawn for each node by itself: they are drawn twice, to be counted and to be put down, and never
//! stand in a list, which would take as much memory again as the graph.

use super::Layout;
use super::ends::{Ranges, cut};
use super::graph::{Graph, Rows, renumber};
use crate::kernels::prefetch;
use crate::pass;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Ties whose ends are put down together: what that needs comes from memory side by side.
const TIES: usize = 64;

/// Nodes, each with who is at the other end of a tie.
type Ends = [(u32, u32)];

/// The graph in which `row` ties each node to later ones of its group: it adds them to a list, the same whenever it is
/// asked. The neighbours of a node stand in the order of their places in the source.
pub(super) fn graph(layout: Layout, row: impl Fn(usize, &mut Vec<(u32, u32)>) + Sync) -> Graph {
    let (nodes, size) = (layout.nodes() as usize, layout.group_size);
    let ranges = Ranges::new(nodes, size, usize::MAX);
    let each = || ranges.iter().map(|nodes| nodes.len());
    // Calls `put` with the ends of some ties at a time.
    let visit = |put: &(dyn Fn(&Ends) + Sync)| {
        pass::each(ranges.iter().collect(), |nodes| {
            let (mut ties, mut ends) = (vec![], vec![]);
            for node in nodes.clone() {
                row(node, &mut ties);
                if ties.len() >= TIES || node + 1 == nodes.end {
                    ends.extend(ties.drain(..).flat_map(|(a, b)| [(a, b), (b, a)]));
                    ends.chunks(2 * TIES).for_each(put);
                    ends.clear();
                }
            }
        });
    };
    let count: Vec<AtomicU32> = (0..nodes).map(|_| AtomicU32::new(0)).collect();
    // ORDER: whole numbers, which commute.
    let add = |node: u32| u64::from(count[node as usize].fetch_add(1, Relaxed));
    visit(&|ends| {
        ends.iter().for_each(|&(from, _)| prefetch(&count, from as usize));
        ends.iter().for_each(|&(from, _)| _ = add(from));
    });

    let mut starts = vec![0u64; nodes + 1];
    let [mut original, mut number] = [(); 2].map(|()| vec![0u32; nodes]);
    let parts = cut(&mut starts[1..], each()).into_iter().zip(cut(&mut original, each()));
    let parts = ranges.iter().zip(parts.zip(cut(&mut number, each()))).collect();
    pass::each(parts, |(nodes, ((degrees, original), number))| {
        let degree: Vec<u32> = count[nodes.clone()].iter().map(|degree| degree.load(Relaxed)).collect();
        renumber(nodes.start as u32, size, &degree, (degrees, original, number));
    });
    let mut ends = 0;
    for (start, count) in starts[1..].iter_mut().zip(&count) {
        ends += *start;
        *start = ends;
        count.store(0, Relaxed);
    }

    let targets: Vec<AtomicU32> = (0..ends).map(|_| AtomicU32::new(0)).collect();
    visit(&|ends| {
        // Adding waits for all that was written before: so nothing is, and what it needs is called for.
        let mut places = [0u64; 2 * TIES];
        ends.iter().for_each(|&(from, _)| prefetch(&number, from as usize));
        for (place, &(from, _)) in places.iter_mut().zip(ends) {
            let node = number[from as usize];
            prefetch(&count, node as usize);
            prefetch(&starts, node as usize);
            *place = node.into();
        }
        for place in &mut places[..ends.len()] {
            // ORDER: they come in any, and are sorted below.
            *place = starts[*place as usize] + add(*place as u32);
            prefetch(&targets, *place as usize);
        }
        for (&place, &(_, to)) in places.iter().zip(ends) {
            targets[place as usize].store(to, Relaxed);
        }
    });
    drop(count);
    // The same memory, no longer shared.
    let mut targets: Vec<u32> = targets.into_iter().map(AtomicU32::into_inner).collect();
    let start = |node: usize| starts[node] as usize;
    let parts = cut(&mut targets, ranges.iter().map(|nodes| start(nodes.end) - start(nodes.start)));
    pass::each(ranges.iter().zip(parts).collect(), |(nodes, mut targets)| {
        for node in nodes {
            let row;
            (row, targets) = targets.split_at_mut(start(node + 1) - start(node));
            row.sort_unstable();
            row.iter_mut().for_each(|target| *target = number[*target as usize]);
        }
    });
    Graph::of(layout, Rows { starts, targets }, original)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream, below};
    use crate::partners::Structure;

    /// The same neighbours in the same order as from a list of the ties, in groups of all sizes.
    #[test]
    fn drawn_twice_or_listed_a_graph_is_the_same() {
        for (size, groups) in [(1, 3), (2, 1), (50, 40), (1_500, 3), (5_000, 1)] {
            let layout = Layout { agents: size * groups, group_size: size, shared: false };
            let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
            let row = |node: usize, ties: &mut Vec<(u32, u32)>| {
                let end = (node / size + 1) * size;
                for (nth, other) in (node + 1..end).enumerate().take(40) {
                    if below(draws.number(nth as u64).at(node as u64), 3) == 0 {
                        ties.push((node as u32, other as u32));
                    }
                }
            };
            let mut list = vec![];
            (0..layout.agents).for_each(|node| row(node, &mut list));
            let (wanted, found) = (Graph::new(layout, &list), graph(layout, row));
            assert_eq!(found.original(), wanted.original());
            for agent in 0..layout.agents {
                let (mut one, mut other) = (vec![], vec![]);
                assert_eq!(found.neighbours(agent, &mut one), wanted.neighbours(agent, &mut other));
            }
        }
    }
}
