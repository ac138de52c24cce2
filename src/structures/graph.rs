//! A stored graph: the neighbours of each node side by side, one u32 an end of a tie.
//!
//! Inside a block of 1,024 agents of a group the agents stand in the order of falling degree, so slot s belongs to the
//! block's first agents. Agents are therefore renumbered inside blocks; [`Structure::original`] tells their places in the
//! source.

use super::ends::{self, Ranges, cut};
use super::{Layout, Room};
use crate::chance::{Draws, below};
use crate::partners::{Meetings, Partners, Structure};
use crate::pass::{At, BLOCK, flat_map_groups};
use std::cmp::Reverse;
use std::sync::Arc;

/// Undirected ties, the same in every tick.
pub struct Graph {
    layout: Layout,
    rows: Rows,
    original: Vec<u32>,
}

/// The neighbours of each node side by side, one node after the other.
pub(crate) struct Rows {
    /// where those of each node begin in `targets`, and where the last end
    pub(crate) starts: Vec<u64>,
    /// nodes
    pub(crate) targets: Vec<u32>,
}

impl Rows {
    /// The neighbours of a node.
    #[inline]
    pub(crate) fn of(&self, node: usize) -> &[u32] {
        &self.targets[self.starts[node] as usize..self.starts[node + 1] as usize]
    }
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
        let mut starts = vec![0u64; nodes + 1];
        let [mut original, mut number] = [(); 2].map(|()| vec![0u32; nodes]);
        let parts = cut(&mut starts[1..], each()).into_iter().zip(cut(&mut original, each()));
        let parts = parts.zip(cut(&mut number, each())).collect();
        ranges.each(ties, parts, |nodes, ((degrees, original), number), ends| {
            let first = nodes.start as u32;
            let mut degree = vec![0u32; nodes.len()];
            ends.for_each(|(from, _)| degree[(from - first) as usize] += 1);
            renumber(first, size, &degree, (degrees, original, number));
        });
        let mut ends = 0;
        for start in &mut starts[1..] {
            ends += *start;
            *start = ends;
        }
        let targets = targets_of(&ranges, ties, &number, &starts);
        Graph::of(layout, Rows { starts, targets }, original)
    }

    /// The graph of these neighbours; `original` tells the places of nodes in the source.
    pub(super) fn of(layout: Layout, rows: Rows, original: Vec<u32>) -> Graph {
        Graph { layout, rows, original }
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
        Room { most: drawn.kept + 8 * ties + 4 * agents + ends::bytes(ties), ..drawn }
    }

    /// What a graph of so many agents and ties takes, whose ties are drawn twice and never listed.
    pub(super) fn estimate_drawn(agents: u64, ties: u64) -> Room {
        if ties == 0 {
            return Room::default();
        }
        let kept = 8 * ties + 12 * agents;
        Room { kept, most: kept + 8 * agents, ends: 2 * ties }
    }

    /// The number of neighbours of every node.
    pub(crate) fn degrees(&self) -> impl Iterator<Item = u32> {
        self.rows.starts.windows(2).map(|ends| (ends[1] - ends[0]) as u32)
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

/// Gives the nodes of a range, which begins with `first` and whose degrees by place in the source are told, their new
/// numbers: in blocks of a group by falling degree. Writes the degrees and the places by number, and the numbers by place.
pub(super) fn renumber(
    first: u32,
    size: usize,
    degree: &[u32],
    (degrees, original, number): (&mut [u64], &mut [u32], &mut [u32]),
) {
    original.iter_mut().zip(first..).for_each(|(place, nth)| *place = nth);
    for group in original.chunks_mut(size) {
        for block in group.chunks_mut(BLOCK) {
            block.sort_by_key(|&place| Reverse(degree[(place - first) as usize]));
        }
    }
    for ((new, &old), of) in (first..).zip(&*original).zip(degrees) {
        number[(old - first) as usize] = new;
        *of = degree[(old - first) as usize].into();
    }
}

/// The neighbours of all nodes, from ties by their places in the source.
fn targets_of(ranges: &Ranges, ties: &[(u32, u32)], number: &[u32], starts: &[u64]) -> Vec<u32> {
    let mut targets = vec![0u32; starts.last().map_or(0, |&ends| ends as usize)];
    let start = |node: usize| starts[node] as usize;
    let parts = cut(&mut targets, ranges.iter().map(|nodes| start(nodes.end) - start(nodes.start)));
    ranges.each(ties, parts, |nodes, targets, ends| {
        let (first, base) = (nodes.start, start(nodes.start));
        let mut filled = vec![0u32; nodes.len()];
        for (from, to) in ends {
            let (from, to) = (number[from as usize] as usize, number[to as usize]);
            targets[start(from) - base + filled[from - first] as usize] = to;
            filled[from - first] += 1;
        }
    });
    targets
}

impl Meetings for Graph {
    fn slots(&self, at: &At) -> usize {
        // Who stands first in a block has most neighbours.
        let (node, place) = (self.node(at.first).0, at.first % self.layout.group_size % BLOCK);
        self.rows.of(node - place).len()
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        let (node, start) = self.node(at.first);
        let Rows { starts, targets } = &self.rows;
        let starts = &starts[node..=node + at.len];
        let met = starts.windows(2).take_while(|ends| ends[1] - ends[0] > slot as u64);
        let mut listed = 0;
        for (out, ends) in room.iter_mut().zip(met) {
            *out = targets[ends[0] as usize + slot] + start as u32;
            listed += 1;
        }
        Partners::Listed(&room[..listed])
    }

    fn by_group(&self) -> bool {
        true
    }

    fn bytes(&self) -> u64 {
        let Rows { starts, targets } = &self.rows;
        (4 * (targets.len() + self.original.len()) + 8 * starts.len()) as u64
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
        Some(&self.original)
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
