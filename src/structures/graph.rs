//! A stored graph: the neighbours of each node side by side, one u32 an end of a tie.
//!
//! Inside a block of 1,024 agents of a group the agents stand in the order of falling degree, so slot s belongs to the
//! block's first agents. Agents are therefore renumbered inside blocks; [`Structure::original`] tells their places in the
//! source.

use super::ends::{self, Ranges, cut};
use super::rows::{Rows, Starts};
use super::{Layout, Room};
use crate::chance::{Draws, below};
use crate::partners::{Meetings, Partners, Structure};
use crate::pass::{self, At, BLOCK, flat_map_groups};
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

/// Undirected ties, the same in every tick.
pub struct Graph {
    layout: Layout,
    rows: Arc<Rows>,
    /// places in the source; empty if every agent keeps its own
    original: Arc<Vec<u32>>,
}

impl Graph {
    /// Builds the graph from ties between places 0 to agents - 1, each named once. With a shared layout the ties are
    /// those of one group and hold in every group.
    pub fn new(layout: Layout, ties: &[(u32, u32)]) -> Graph {
        let nodes = if layout.shared { layout.group_size } else { layout.agents };
        let size = layout.group_size;
        // Ranges hold whole blocks, in which agents are renumbered.
        let ranges = Ranges::new(nodes, size, ties.len());
        let each = || ranges.iter().map(|nodes| nodes.len());
        let mut lengths = vec![0u32; nodes + 1];
        ranges.each(ties, cut(&mut lengths[..nodes], each()), |nodes, lengths, ends| {
            ends.for_each(|(from, _)| lengths[from as usize - nodes.start] += 1);
        });
        let starts = Starts::new(lengths);
        let mut targets = vec![0u32; 2 * ties.len()];
        let parts = starts.cut(&mut targets, &ranges).into_iter().map(|part| part.1).collect();
        ranges.each(ties, parts, |nodes, targets, ends| {
            let (first, base) = (nodes.start, starts.at(nodes.start));
            let mut filled = vec![0u32; nodes.len()];
            for (from, to) in ends {
                let filled = &mut filled[from as usize - first];
                targets[starts.at(from as usize) - base + *filled as usize] = to;
                *filled += 1;
            }
        });
        Graph::of(layout, Rows { starts, targets })
    }

    /// The graph of these neighbours by places in the source; agents are renumbered.
    pub(super) fn of(layout: Layout, rows: Rows) -> Graph {
        let first = rows.starts.lengths().next();
        if rows.starts.lengths().all(|degree| Some(degree) == first) {
            return Graph { layout, rows: Arc::new(rows), original: Arc::default() };
        }
        let (nodes, size) = (layout.nodes() as usize, layout.group_size);
        let ranges = Ranges::new(nodes, size, rows.targets.len() / 2);
        let each = || ranges.iter().map(|nodes| nodes.len());
        let Rows { starts: before, mut targets } = rows;
        let (mut number, mut lengths) = (vec![0; nodes], vec![0; nodes + 1]);
        let parts = cut(&mut number, each()).into_iter().zip(cut(&mut lengths[..nodes], each()));
        pass::each(ranges.iter().zip(parts).collect(), |(nodes, (number, lengths))| {
            renumber(nodes.start, size, &before, number, lengths);
        });
        let starts = Starts::new(lengths);
        pass::each(starts.cut(&mut targets, &ranges), |(nodes, targets)| {
            let base = starts.at(nodes.start);
            let mut old = vec![];
            for block in blocks(nodes, size) {
                let from = starts.at(block.start);
                old.clear();
                old.extend_from_slice(&targets[from - base..starts.at(block.end) - base]);
                for node in block {
                    let row = before.of(node);
                    let new = starts.of(number[node] as usize);
                    let old = &old[row.start - from..row.end - from];
                    for (new, &old) in targets[new.start - base..new.end - base].iter_mut().zip(old) {
                        *new = number[old as usize];
                    }
                }
            }
        });
        drop(before);
        // Turned round in the same memory.
        let parts = ranges.iter().zip(cut(&mut number, each())).collect();
        pass::each(parts, |(nodes, number): (Range<usize>, &mut [u32])| {
            let (first, mut places) = (nodes.start, [0; BLOCK]);
            for block in blocks(nodes, size) {
                let number = &mut number[block.start - first..block.end - first];
                for (place, &number) in (block.start as u32..).zip(&*number) {
                    places[number as usize - block.start] = place;
                }
                number.copy_from_slice(&places[..number.len()]);
            }
        });
        let rows = Rows { starts, targets };
        Graph { layout, rows: Arc::new(rows), original: Arc::new(number) }
    }

    /// The same ties for other groups, which share them.
    pub(super) fn with(&self, layout: Layout) -> Graph {
        let layout = Layout { shared: true, ..layout };
        Graph { layout, rows: self.rows.clone(), original: self.original.clone() }
    }

    /// Builds the graph from the ties of each group, between places 0 to `group_size` - 1: `one` grows those of a group.
    pub fn grown(layout: Layout, one: impl Fn(u64) -> Vec<(u32, u32)> + Send + Sync) -> Arc<Graph> {
        let size = layout.group_size as u64;
        let group = |group: usize| {
            let (mut ties, start) = (one(group as u64), group as u32 * size as u32);
            ties.iter_mut().for_each(|tie| *tie = (tie.0 + start, tie.1 + start));
            ties
        };
        let ties = match layout.nodes() / size {
            1 => group(0),
            groups => flat_map_groups(groups as usize, group),
        };
        Arc::new(Graph::new(layout, &ties))
    }

    /// Stands for a graph where passes are asked what they need, and never run.
    pub(crate) fn sketch() -> Graph {
        let layout = Layout { agents: 5, group_size: 5, shared: true };
        let ties: Vec<(u32, u32)> = (0..5).flat_map(|a| (a + 1..5).map(move |b| (a, b))).collect();
        Graph::new(layout, &ties)
    }

    /// What a graph of so many agents and ties takes, built from a list of ties.
    pub fn estimate(agents: u64, ties: u64) -> Room {
        let drawn = Graph::estimate_drawn(agents, ties);
        if ties == 0 {
            return drawn;
        }
        Room { most: drawn.most + 8 * ties + ends::bytes(ties), ..drawn }
    }

    /// What a graph of so many agents and ties takes, whose ties are drawn twice and never listed.
    pub(super) fn estimate_drawn(agents: u64, ties: u64) -> Room {
        if ties == 0 {
            return Room::default();
        }
        let kept = 8 * ties + 8 * agents;
        Room { kept, most: kept + 4 * agents, ends: 2 * ties }
    }

    /// The ends of all ties, two a tie.
    pub(super) fn ends(&self) -> u64 {
        self.rows.targets.len() as u64
    }

    /// The number of neighbours of every node.
    pub(crate) fn degrees(&self) -> impl Iterator<Item = u32> {
        self.rows.starts.lengths()
    }

    /// The neighbours of all nodes.
    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// The node of an agent, and what to add to a node to get the agent: 0 unless groups share the graph.
    pub(crate) fn node(&self, agent: usize) -> (usize, usize) {
        if self.layout.shared {
            let node = agent % self.layout.group_size;
            (node, agent - node)
        } else {
            (agent, 0)
        }
    }
}

/// The blocks of groups in a range of nodes, which ends with one of them.
fn blocks(nodes: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let mut first = nodes.start;
    std::iter::from_fn(move || {
        let group = first / size * size;
        let start = first;
        first = (start + BLOCK).min(group + size).min(nodes.end);
        (start < first).then_some(start..first)
    })
}

/// Gives the nodes of a range, which begins with `first`, their new numbers: in blocks of a group by falling degree. Writes
/// the numbers by place in the source, and the degrees by number.
fn renumber(first: usize, size: usize, rows: &Starts, number: &mut [u32], lengths: &mut [u32]) {
    let mut order = vec![];
    for block in blocks(first..first + number.len(), size) {
        order.clear();
        order.extend(block.clone().map(|node| (Reverse(rows.of(node).len() as u32), node)));
        order.sort_unstable();
        for (new, &(Reverse(degree), node)) in block.zip(&order) {
            number[node - first] = new as u32;
            lengths[new - first] = degree;
        }
    }
}

impl Meetings for Graph {
    fn slots(&self, at: &At) -> usize {
        // Who stands first in a block has most neighbours.
        let (node, place) = (self.node(at.first).0, at.first % self.layout.group_size % BLOCK);
        self.rows.of(node - place).len()
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        let (node, start) = self.node(at.first);
        let Rows { starts, targets } = &*self.rows;
        let met = (node..node + at.len).map(|node| starts.of(node)).take_while(|row| row.len() > slot);
        let mut listed = 0;
        for (out, row) in room.iter_mut().zip(met) {
            *out = targets[row.start + slot] + start as u32;
            listed += 1;
        }
        Partners::Listed(&room[..listed])
    }

    fn rows(&self, at: &At, f: &mut dyn FnMut(usize, &[u32], u32)) -> bool {
        let (node, start) = self.node(at.first);
        for k in 0..at.len {
            f(k, self.rows.of(node + k), start as u32);
        }
        true
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn by_group(&self) -> bool {
        true
    }

    fn bytes(&self) -> u64 {
        self.rows.bytes() + 4 * self.original.len() as u64
    }
}

impl Structure for Graph {
    fn degree(&self, agent: usize) -> usize {
        self.rows.of(self.node(agent).0).len()
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        let (node, start) = self.node(agent);
        start + self.rows.of(node)[slot] as usize
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        for (out, agent) in out.iter_mut().zip(at.range()) {
            *out = match self.degree(agent) {
                0 => agent as u32,
                degree => {
                    let slot = below(draws.at(agent as u64), degree as u64) as usize;
                    self.partner(agent, slot) as u32
                }
            };
        }
    }

    fn neighbours<'a>(&'a self, agent: usize, room: &'a mut Vec<u32>) -> &'a [u32] {
        let (node, start) = self.node(agent);
        room.clear();
        room.extend(self.rows.of(node).iter().map(|target| start as u32 + target));
        room
    }

    fn original(&self) -> Option<&[u32]> {
        (!self.original.is_empty()).then(|| &self.original[..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};
    use crate::groups::Tallies;

    fn ties(n: usize, k: usize) -> Vec<(u32, u32)> {
        let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
        let end = |address: u64, n: usize| below(draws.at(address), n as u64) as u32;
        (0..k as u64).map(|e| (end(2 * e, n), end(2 * e + 1, 1 + n / 3))).filter(|(a, b)| a != b).collect()
    }

    #[test]
    fn a_graph_has_the_ties_that_it_was_given() {
        for (size, groups, block) in [(5000, 1, 1024), (2500, 2, 256), (50, 3, 512)] {
            let layout = Layout { agents: size * groups, group_size: size, shared: false };
            let all: Vec<(u32, u32)> = (0..groups)
                .flat_map(|g| {
                    ties(size, 4 * size)
                        .into_iter()
                        .map(move |(a, b)| (a + (g * size) as u32, b + (g * size) as u32))
                })
                .collect();
            let graph = Graph::new(layout, &all);
            let number = |old: u32| graph.original().unwrap().iter().position(|&o| o == old).unwrap();
            let mut wanted = vec![vec![]; layout.agents];
            for &(a, b) in &all {
                wanted[number(a)].push(number(b));
                wanted[number(b)].push(number(a));
            }
            let tallies = Tallies::new(groups);
            let mut found = vec![vec![]; layout.agents];
            for start in (0..layout.agents).step_by(size) {
                for first in (start..start + size).step_by(block) {
                    let len = block.min(start + size - first);
                    let chance = Chance::new(1, 0, 0);
                    let at = At {
                        first,
                        len,
                        agents: layout.agents,
                        group_size: size,
                        tick: 1,
                        chance,
                        start: chance,
                        tallies: &tallies,
                        live: &[],
                        looked_at: true,
                        recorded: true,
                        counted: true,
                        touched: true,
                    };
                    for slot in 0..graph.slots(&at) {
                        let mut room = [0; BLOCK];
                        let mut list = [0; BLOCK];
                        let met = graph.partners(&at, slot, &mut room).indices(&at, &mut list);
                        (0..met).for_each(|k| found[first + k].push(list[k] as usize));
                    }
                }
            }
            for agent in 0..layout.agents {
                let scalar: Vec<usize> = (0..graph.degree(agent)).map(|s| graph.partner(agent, s)).collect();
                assert_eq!(found[agent], scalar, "agent {agent} of groups of {size}");
                found[agent].sort_unstable();
                wanted[agent].sort_unstable();
            }
            assert_eq!(found, wanted);
        }
    }
}
