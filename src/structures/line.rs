//! Lines: everybody has a neighbour on either side, but for the two at the ends.

use super::{Graph, Layout, Network, Room};
use crate::chance::Draws;
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// The agents of a group in a row, each tied to the one before and the one after: a ring that is cut.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Line {}

impl Spec<dyn Network> for Line {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Network for Line {
    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        let last = layout.group_size as u32 - 1;
        Graph::grown(layout, |_| (0..last).map(|agent| (agent, agent + 1)).collect())
    }

    fn room(&self, layout: Layout) -> Room {
        Graph::estimate(layout.nodes(), layout.nodes())
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<Line>("line", &["lieberman2005"], "");
