//! Edge lists: a network from a file, or a small one that is made.

use super::weighted::Weighted;
use super::{Graph, Layout, Names, Network, Room, Shape, listed};
use crate::chance::{Draws, below, next};
use crate::input::edges::{EdgeOptions, Edges, Ids, read};
use crate::partners::{Meetings, Structure};
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
    /// the column of weights: how much an agent heeds a neighbour, at least 0; itself it heeds with 0
    weight_column: Option<String>,
    /// whether ties have a direction: who stands in the first column sees who stands in the second
    #[serde(default)]
    directed: bool,
}

/// A network as it was read.
struct Read {
    edges: Edges,
    directed: bool,
    report: String,
    /// ties that go both ways and weigh the same, in place of the list
    graph: Option<Graph>,
}

/// What was noticed in a file.
fn report(path: &Path, edges: &Edges) -> String {
    let Edges { ids, ties, duplicates, loops, .. } = edges;
    let mean = 2.0 * ties.len() as f64 / ids.len() as f64;
    format!(
        "{}: {} people, {} ties, mean degree {mean:.2}; dropped {duplicates} duplicates and {loops} loops",
        path.display(),
        ids.len(),
        ties.len()
    )
}

impl Read {
    fn new(mut edges: Edges, directed: bool, report: String) -> Read {
        let nodes = edges.ids.len();
        // The file is one group's network: every group lives on it.
        let layout = Layout { agents: nodes, group_size: nodes, shared: true };
        let plain = !directed && edges.weights.is_none();
        let graph = plain.then(|| listed::graph(layout, std::mem::take(&mut edges.ties)));
        Read { edges, directed, report, graph }
    }

    /// Every tie from who sees, with its weight.
    fn seen(&self) -> Weighted {
        let weight = |nth: usize| self.edges.weights.as_ref().map_or(0.0, |weights| f64::from(weights[nth]));
        let ties = self.edges.ties.iter().enumerate();
        let mut seen: Vec<((u32, u32), f64)> = ties.map(|(nth, &[a, b])| ((a, b), weight(nth))).collect();
        if !self.directed {
            seen.extend_from_within(..);
            let both = self.edges.ties.len();
            seen[both..].iter_mut().for_each(|(tie, _)| *tie = (tie.1, tie.0));
        }
        seen.sort_unstable_by_key(|seen| seen.0);
        let weights =
            if self.edges.weights.is_some() { seen.iter().map(|seen| seen.1).collect() } else { vec![] };
        let ties: Vec<(u32, u32)> = seen.into_iter().map(|seen| seen.0).collect();
        Weighted::new(self.edges.ids.len(), &ties, weights, vec![])
    }
}

/// A network that is made.
struct Made;

impl Spec<dyn Network> for EdgeList {
    fn build(self, context: &Context) -> Result<Box<dyn Network>, Wrong> {
        let Some(path) = self.path else {
            let file = [("weight_column", self.weight_column.is_some()), ("directed", self.directed)];
            return match file.into_iter().find(|(_, written)| *written) {
                Some((key, _)) => Err(Wrong::new(format!("`{key}` is for networks from a file"))
                    .at(key)
                    .help("add `path`, or leave it out")),
                None => Ok(Box::new(Made)),
            };
        };
        let path = context.folder.join(path);
        let (weight_column, directed) = (self.weight_column, self.directed);
        let options = EdgeOptions { weight_column, directed, ..EdgeOptions::default() };
        match read(&path, &options) {
            Ok(edges) if edges.weights.iter().flatten().any(|&weight| weight < 0.0) => {
                let help = "write weights of at least 0, or leave `weight_column` out";
                Err(Wrong::new("some weights are below 0").at("weight_column").help(help))
            }
            Ok(edges) => {
                let report = report(&path, &edges);
                Ok(Box::new(Read::new(edges, directed, report)))
            }
            Err(error) => Err(Wrong::new(error.to_string()).at("path").help(error.help)),
        }
    }
}

impl Network for Read {
    fn fixes(&self) -> Option<u64> {
        Some(self.edges.ids.len() as u64)
    }

    fn shape(&self) -> Shape<'_> {
        let names = match &self.edges.ids {
            Ids::Numbers(ids) => Names::Numbers(ids),
            Ids::Names(names) => Names::Words(names),
        };
        Shape::Read { names, report: &self.report }
    }

    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        match &self.graph {
            Some(graph) => Arc::new(graph.with(layout)),
            None => Arc::new(self.seen()),
        }
    }

    fn room(&self, layout: Layout) -> Room {
        let ties = self.edges.ties.len() as u64;
        let held = 8 * ties + self.edges.ids.bytes() as u64;
        match &self.graph {
            Some(graph) => Room { kept: graph.bytes(), most: graph.bytes(), ends: graph.ends() },
            None => {
                let room = Weighted::estimate(layout, 2 * ties);
                Room { most: room.most + 32 * ties, ..room }
            }
        }
        .beside(held)
    }

    fn is_directed(&self) -> bool {
        self.directed
    }
}

impl Network for Made {
    fn refuses(&self, group_size: u64) -> Option<String> {
        (group_size < 3).then(|| "a made network needs groups of at least 3 agents".to_string())
    }

    fn shape(&self) -> Shape<'_> {
        Shape::Drawn
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

    fn room(&self, layout: Layout) -> Room {
        let nodes = if layout.shared { layout.group_size } else { layout.agents } as u64;
        Graph::estimate(nodes, 3 * nodes)
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<EdgeList>("edge-list", &["rozemberczki2020"], "");
