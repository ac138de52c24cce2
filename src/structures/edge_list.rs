//! Edge lists: a network from a file, or a small one that is made.

use super::{Graph, Layout, Names, Network};
use crate::chance::{Draws, below, next};
use crate::input::edges::{EdgeOptions, Edges, Ids, read};
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A network read from a file of ties (CSV, TSV or Parquet, two columns of ids); without a `path`, a small network of
/// the population: a ring in which every agent also has two ties to random others.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct EdgeList {
    /// the file; relative paths start at the world file
    path: Option<PathBuf>,
    /// the column of weights, which are read and checked
    weight_column: Option<String>,
}

/// A network as it was read.
struct Read {
    path: PathBuf,
    edges: Edges,
}

/// A network that is made.
struct Made;

impl Spec<dyn Network> for EdgeList {
    fn build(self, context: &Context) -> Result<Box<dyn Network>, Wrong> {
        let Some(path) = self.path else {
            return Ok(Box::new(Made));
        };
        let path = context.folder.join(path);
        let options = EdgeOptions { weight_column: self.weight_column, ..EdgeOptions::default() };
        match read(&path, &options) {
            Ok(edges) => Ok(Box::new(Read { path, edges })),
            Err(error) => Err(Wrong::new(error.to_string()).at("path").help(error.help)),
        }
    }
}

impl Network for Read {
    fn fixes(&self) -> Option<u64> {
        Some(self.edges.ids.len() as u64)
    }

    fn is_graph(&self) -> bool {
        true
    }

    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        // The file is one group's network: every group lives on it.
        Arc::new(Graph::new(Layout { shared: true, ..layout }, &self.edges.ties))
    }

    fn bytes(&self, layout: Layout) -> (u64, u64) {
        let held = 8 * self.edges.ties.len() as u64 + 8 * self.edges.ids.len() as u64;
        let (kept, peak) = Graph::estimate(layout.group_size as u64, self.edges.ties.len() as u64);
        (kept + held, peak + held)
    }

    fn names(&self) -> Option<Names<'_>> {
        Some(match &self.edges.ids {
            Ids::Numbers(ids) => Names::Numbers(ids),
            Ids::Names(names) => Names::Words(names),
        })
    }

    fn source(&self) -> Option<(&Path, [u8; 32])> {
        Some((&self.path, self.edges.sha256))
    }

    fn report(&self) -> Option<String> {
        let Edges { ids, ties, duplicates, loops, .. } = &self.edges;
        let mean = 2.0 * ties.len() as f64 / ids.len() as f64;
        Some(format!(
            "{}: {} people, {} ties, mean degree {mean:.2}; dropped {duplicates} duplicates and {loops} loops",
            self.path.display(),
            ids.len(),
            ties.len()
        ))
    }
}

impl Network for Made {
    fn refuses(&self, group_size: u64) -> Option<String> {
        (group_size < 3).then(|| "a made network needs groups of at least 3 agents".to_string())
    }

    fn is_graph(&self) -> bool {
        true
    }

    fn grow(&self, layout: Layout, draws: Draws) -> Arc<dyn Structure> {
        let size = layout.group_size as u32;
        let nodes = if layout.shared { layout.group_size } else { layout.agents };
        let mut ties = vec![];
        for node in 0..nodes as u32 {
            let start = node / size * size;
            let mut rng = draws.rng(u64::from(node));
            ties.push((node, start + (node - start + 1) % size));
            for _ in 0..2 {
                ties.push((node, start + below(next(&mut rng), u64::from(size)) as u32));
            }
        }
        ties.iter_mut().for_each(|tie| *tie = (tie.0.min(tie.1), tie.0.max(tie.1)));
        ties.retain(|tie| tie.0 != tie.1);
        ties.sort_unstable();
        ties.dedup();
        Arc::new(Graph::new(layout, &ties))
    }

    fn bytes(&self, layout: Layout) -> (u64, u64) {
        let nodes = if layout.shared { layout.group_size } else { layout.agents } as u64;
        Graph::estimate(nodes, 3 * nodes)
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<EdgeList>("edge-list", &["rozemberczki2020"], "");
