//! Trees: one at the top, so many below each.

use super::{Graph, Layout, Network, Room, Shape};
use crate::chance::Draws;
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Count;
use std::sync::Arc;

/// A rooted tree, numbered level by level from the root: neighbours are one's parent and one's children.
///
/// parent(k) = ⌊(k − 1) / `branching`⌋, children(k) = k · `branching` + 1 … k · `branching` + `branching`; level l has
/// `branching`^l agents, the last what is left of the group
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tree {
    /// children of each agent, at least 1; 1 is a path
    branching: Count,
}

impl Spec<dyn Network> for Tree {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Network for Tree {
    fn shape(&self) -> Shape<'_> {
        Shape::Drawn
    }

    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        let (size, branching) = (layout.group_size as u64, self.branching.get());
        let tie = |child: u64| (((child - 1) / branching) as u32, child as u32);
        Graph::grown(layout, |_| (1..size).map(tie).collect())
    }

    fn room(&self, layout: Layout) -> Room {
        let room = Graph::estimate(layout.nodes(), layout.nodes());
        Room { most: room.most + 8 * layout.nodes(), ..room }
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<Tree>("tree", &["harris1963"], "branching = 3");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn agents_are_tied_to_their_parent_and_their_children() {
        let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
        let branching = Count::checked(3).unwrap();
        let tree = Tree { branching }.grow(Layout { agents: 24, group_size: 12, shared: false }, draws);
        let places: Vec<u32> = tree.original().unwrap().to_vec();
        let number = |place: u32| places.iter().position(|&of| of == place).unwrap();
        let neighbours = |place: u32| {
            let agent = number(place);
            let slots = 0..tree.degree(agent);
            let mut found: Vec<u32> = slots.map(|slot| places[tree.partner(agent, slot)]).collect();
            found.sort_unstable();
            found
        };
        // Levels of 1, 3 and 8 agents of the 9 that there is room for, in each of two groups.
        assert_eq!(neighbours(0), [1, 2, 3]);
        assert_eq!(neighbours(2), [0, 7, 8, 9]);
        assert_eq!(neighbours(3), [0, 10, 11]);
        assert_eq!(neighbours(11), [3]);
        assert_eq!(neighbours(12 + 3), [12, 12 + 10, 12 + 11]);
    }
}
