//! A stored graph, slot by slot.
//!
//! Inside a block of 1,024 agents of a group the agents stand in the order of falling degree, so slot s belongs to the
//! block's first agents (jagged diagonals): one u32 an end of a tie, no padding, and every slot is one slice. Agents
//! are therefore renumbered inside blocks; [`Structure::original`] tells their places in the source.

use super::ends::{self, Ranges, cut};
use super::{Layout, Room};
use crate::chance::{Draws, below};
use crate::partners::{Meetings, Partners, Structure};
use crate::pass::{self, At, BLOCK, flat_map_groups};
use std::cmp::Reverse;
use std::sync::{Arc, OnceLock};

/// Undirected ties, the same in every tick.
pub struct Graph {
    layout: Layout,
    blocks_of_group: usize,
    targets: Vec<u32>,
    /// start of each slot of each block in `targets`
    starts: Vec<u64>,
    /// first slot of each block in `starts`
    blocks: Vec<u32>,
    degrees: Vec<u32>,
    original: Vec<u32>,
    /// ends of ties, of a sketch as many as it would have
    ends: u64,
    rows: OnceLock<Rows>,
}

/// The neighbours of each node side by side, one node after the other: in the graph itself those of a node are far apart.
pub(crate) struct Rows {
    /// where those of each node begin in `targets`
    pub(crate) starts: Vec<u32>,
    /// nodes
    pub(crate) targets: Vec<u32>,
}

impl Rows {
    /// Most ends of ties that they can hold.
    pub(crate) const MOST: u64 = u32::MAX as u64;

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
        let [mut degrees, mut original, mut number] = [(); 3].map(|()| vec![0u32; nodes]);
        let parts = cut(&mut degrees, each()).into_iter().zip(cut(&mut original, each()));
        let parts = parts.zip(cut(&mut number, each())).collect();
        ranges.each(ties, parts, |nodes, ((degrees, original), number), ends| {
            let first = nodes.start as u32;
            let mut degree = vec![0u32; nodes.len()];
            ends.for_each(|(from, _)| degree[(from - first) as usize] += 1);
            original.iter_mut().zip(first..).for_each(|(place, nth)| *place = nth);
            for group in original.chunks_mut(size) {
                for block in group.chunks_mut(BLOCK) {
                    block.sort_by_key(|&place| Reverse(degree[(place - first) as usize]));
                }
            }
            for ((new, &old), of) in (first..).zip(&*original).zip(degrees) {
                number[(old - first) as usize] = new;
                *of = degree[(old - first) as usize];
            }
        });
        let (mut starts, mut blocks, mut at) = (vec![], vec![0u32], 0u64);
        for block in degrees.chunks(size).flat_map(|group| group.chunks(BLOCK)) {
            for slot in 0..block[0] {
                starts.push(at);
                at += block.partition_point(|&degree| degree > slot) as u64;
            }
            blocks.push(starts.len() as u32);
        }
        starts.push(at);
        let blocks_of_group = size.div_ceil(BLOCK);
        let (targets, rows) = (vec![], OnceLock::new());
        let mut graph =
            Graph { layout, blocks_of_group, targets, starts, blocks, degrees, original, ends: at, rows };
        graph.targets = graph.targets_of(&ranges, ties, &number);
        graph
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

    fn targets_of(&self, ranges: &Ranges, ties: &[(u32, u32)], number: &[u32]) -> Vec<u32> {
        let mut targets = vec![0u32; self.ends as usize];
        let start = |node: usize| match node < self.degrees.len() {
            true => self.starts[self.blocks[self.place(node).0] as usize] as usize,
            false => self.ends as usize,
        };
        let parts = cut(&mut targets, ranges.iter().map(|nodes| start(nodes.end) - start(nodes.start)));
        ranges.each(ties, parts, |nodes, targets, ends| {
            let (first, base) = (nodes.start, start(nodes.start));
            let mut filled = vec![0u32; nodes.len()];
            for (from, to) in ends {
                let (from, to) = (number[from as usize] as usize, number[to as usize]);
                let (block, place) = self.place(from);
                let slot = self.blocks[block] + filled[from - first];
                targets[self.starts[slot as usize] as usize + place - base] = to;
                filled[from - first] += 1;
            }
        });
        targets
    }

    /// Stands for a graph with so many ends of ties where passes are asked what they need, and never run.
    pub(crate) fn sketch(ends: u64) -> Graph {
        let layout = Layout { agents: 5, group_size: 5, shared: true };
        let ties: Vec<(u32, u32)> = (0..5).flat_map(|a| (a + 1..5).map(move |b| (a, b))).collect();
        Graph { ends, ..Graph::new(layout, &ties) }
    }

    /// What a graph of so many agents and ties takes, built from a list of ties.
    pub fn estimate(agents: u64, ties: u64) -> Room {
        if ties == 0 {
            return Room::default();
        }
        let kept = 8 * ties + 8 * agents + 8 * (agents / BLOCK as u64 + 1) * 24;
        Room { kept, most: kept + 8 * ties + 8 * agents + ends::bytes(ties), ends: 2 * ties }
    }

    /// The block of a node, counted over all groups, and its place there.
    fn place(&self, node: usize) -> (usize, usize) {
        let (group, local) = (node / self.layout.group_size, node % self.layout.group_size);
        (group * self.blocks_of_group + local / BLOCK, local % BLOCK)
    }

    fn slot(&self, block: usize, slot: usize) -> &[u32] {
        let nth = self.blocks[block] as usize + slot;
        &self.targets[self.starts[nth] as usize..self.starts[nth + 1] as usize]
    }

    /// Whether it only stands for a graph.
    pub(crate) fn is_sketch(&self) -> bool {
        self.ends != self.targets.len() as u64
    }

    /// Ends of ties, two a tie.
    pub(crate) fn ends(&self) -> u64 {
        self.ends
    }

    /// The number of neighbours of every node.
    pub(crate) fn degrees(&self) -> &[u32] {
        &self.degrees
    }

    /// The neighbours of all nodes side by side: a second copy of the ties, made when first asked for, of at most
    /// [`Rows::MOST`] ends.
    pub(crate) fn rows(&self) -> &Rows {
        self.rows.get_or_init(|| {
            let mut starts = vec![0; self.degrees.len() + 1];
            for (node, &degree) in self.degrees.iter().enumerate() {
                starts[node + 1] = starts[node] + degree;
            }
            let mut targets = vec![0; self.targets.len()];
            let nodes = self.degrees.len();
            let blocks = (0..nodes).step_by(BLOCK).map(|first| first..(first + BLOCK).min(nodes));
            let lengths = blocks.clone().map(|nodes| (starts[nodes.end] - starts[nodes.start]) as usize);
            let blocks = blocks.clone().zip(cut(&mut targets, lengths)).collect();
            pass::each(blocks, |(nodes, rows)| {
                let ends = nodes.flat_map(|node| self.slots_of(node));
                rows.iter_mut().zip(ends).for_each(|(row, end)| *row = self.targets[end]);
            });
            Rows { starts, targets }
        })
    }

    /// Where the neighbours of a node stand in `targets`.
    fn slots_of(&self, node: usize) -> impl Iterator<Item = usize> {
        let (block, place) = self.place(node);
        let first = self.blocks[block] as usize;
        let starts = &self.starts[first..first + self.degrees[node] as usize];
        starts.iter().map(move |&slot| slot as usize + place)
    }

    /// The neighbours of a node, slot by slot.
    #[inline]
    pub(crate) fn targets(&self, node: usize) -> impl Iterator<Item = u32> {
        self.slots_of(node).map(|end| self.targets[end])
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

impl Meetings for Graph {
    fn slots(&self, at: &At) -> usize {
        let (block, _) = self.place(self.node(at.first).0);
        (self.blocks[block + 1] - self.blocks[block]) as usize
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        let (node, start) = self.node(at.first);
        let (block, from) = self.place(node);
        let slot = self.slot(block, slot);
        let slot = &slot[from.min(slot.len())..(from + at.len).min(slot.len())];
        if start == 0 {
            return Partners::Listed(slot);
        }
        for (out, target) in room.iter_mut().zip(slot) {
            *out = target + start as u32;
        }
        Partners::Listed(&room[..slot.len()])
    }

    fn by_group(&self) -> bool {
        true
    }

    fn bytes(&self) -> u64 {
        let words = self.targets.len() + self.blocks.len() + self.degrees.len() + self.original.len();
        (words * 4 + self.starts.len() * 8) as u64
    }
}

impl Structure for Graph {
    fn degree(&self, agent: usize) -> usize {
        self.degrees[self.node(agent).0] as usize
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        let (node, start) = self.node(agent);
        let (block, place) = self.place(node);
        start + self.slot(block, slot)[place] as usize
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
        room.extend(self.targets(node).map(|target| start as u32 + target));
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
