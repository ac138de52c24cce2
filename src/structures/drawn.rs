//! Graphs whose ties are drawn for each node by itself: they are drawn twice, to be counted and to be put down, and never
//! stand in a list, which would take as much memory again as the graph.

use super::ends::Ranges;
use super::rows::{ENDS, Ends, Filling, Starts, count, zeros};
use super::{Graph, Layout};
use crate::pass;

/// The graph in which `row` ties each node to later ones of its group: it adds them to a list, the same whenever it is
/// asked. The neighbours of a node stand in the order of their places in the source.
pub(super) fn graph(layout: Layout, row: impl Fn(usize, &mut Vec<(u32, u32)>) + Sync) -> Graph {
    let nodes = layout.nodes() as usize;
    let ranges = Ranges::new(nodes, layout.group_size, usize::MAX);
    // Calls `put` with some ends of ties at a time.
    let visit = |put: &(dyn Fn(&Ends) + Sync)| {
        pass::each(ranges.iter().collect(), |nodes| {
            let (mut ties, mut ends) = (vec![], vec![]);
            for node in nodes.clone() {
                row(node, &mut ties);
                if 2 * ties.len() >= ENDS || node + 1 == nodes.end {
                    ends.extend(ties.drain(..).flat_map(|(a, b)| [(a, b), (b, a)]));
                    ends.chunks(ENDS).for_each(put);
                    ends.clear();
                }
            }
        });
    };
    let counts = zeros(nodes);
    visit(&|ends| count(&counts, ends.iter().map(|end| end.0)));
    let filling = Filling::new(Starts::of_counts(&counts), counts, vec![]);
    visit(&|ends| filling.put(ends));
    Graph::of(layout, filling.done(&ranges))
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
