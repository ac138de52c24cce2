//! Stars: one hub, everybody else tied to it alone.

use super::{Graph, Layout, Network, Room};
use crate::chance::Draws;
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// The first agent of each group is tied to all others, and they to it alone: an amplifier of selection.
///
/// neighbours(hub) = N − 1, neighbours(leaf) = 1
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Star {}

impl Spec<dyn Network> for Star {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Network for Star {
    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        let nodes = if layout.shared { layout.group_size } else { layout.agents };
        let hubs = (0..nodes).step_by(layout.group_size);
        let leaves =
            |hub: usize| (hub + 1..hub + layout.group_size).map(move |leaf| (hub as u32, leaf as u32));
        Arc::new(Graph::new(layout, &hubs.flat_map(leaves).collect::<Vec<_>>()))
    }

    fn room(&self, layout: Layout) -> Room {
        let nodes = if layout.shared { layout.group_size } else { layout.agents } as u64;
        Graph::estimate(nodes, nodes)
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<Star>("star", &["lieberman2005"], "");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn every_group_has_one_hub() {
        let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
        let star = Star {}.grow(Layout { agents: 12, group_size: 4, shared: false }, draws);
        let mut degrees: Vec<usize> = (0..12).map(|agent| star.degree(agent)).collect();
        degrees.sort_unstable();
        assert_eq!(degrees, [1, 1, 1, 1, 1, 1, 1, 1, 1, 3, 3, 3]);
        assert!((0..12).all(|agent| star.partner(agent, 0) / 4 == agent / 4));
    }
}
