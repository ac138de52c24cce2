//! Layers: structures that share one numbering of the agents.

use crate::chance::{Draws, below};
use crate::partners::{Meetings, Partners, Structure, most_slots};
use crate::pass::At;
use std::sync::Arc;

/// The ties of a structure that numbers agents in its own way, with the numbers of the population: of several layers none
/// may renumber the agents of the others.
pub struct Placed {
    /// where the neighbours of each place begin in `targets`; places of one group where groups share the ties
    starts: Vec<u64>,
    /// places of neighbours, in the order of the structure
    targets: Vec<u32>,
    mutual: bool,
}

impl Placed {
    /// The structure itself if it does not renumber.
    pub fn of(inner: Arc<dyn Structure>) -> Arc<dyn Structure> {
        let Some(original) = inner.original() else { return inner };
        let mut number = vec![0u32; original.len()];
        for (inner, &place) in original.iter().enumerate() {
            number[place as usize] = inner as u32;
        }
        let (mut starts, mut room) = (vec![0], vec![]);
        let mut targets = Vec::with_capacity(number.iter().map(|&of| inner.degree(of as usize)).sum());
        for &of in &number {
            let neighbours = inner.neighbours(of as usize, &mut room);
            targets.extend(neighbours.iter().map(|&other| original[other as usize]));
            starts.push(targets.len() as u64);
        }
        Arc::new(Placed { starts, targets, mutual: inner.mutual() })
    }

    /// Bytes of so many ends of ties.
    pub(crate) fn estimate(agents: u64, ends: u64) -> u64 {
        8 * agents + 4 * ends
    }

    /// The places of an agent's neighbours, and what to add to a place to get the agent.
    #[inline]
    fn around(&self, agent: usize) -> (&[u32], u32) {
        let place = agent % (self.starts.len() - 1);
        let [from, to] = [self.starts[place], self.starts[place + 1]].map(|at| at as usize);
        (&self.targets[from..to], (agent - place) as u32)
    }
}

impl Meetings for Placed {
    fn slots(&self, at: &At) -> usize {
        most_slots(self, at)
    }

    /// Who has fewer neighbours is its own partner in the last slots.
    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        for (out, agent) in room.iter_mut().zip(at.range()) {
            let (around, start) = self.around(agent);
            *out = around.get(slot).map_or(agent as u32, |place| place + start);
        }
        Partners::Listed(&room[..at.len])
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn mutual(&self) -> bool {
        self.mutual
    }

    fn bytes(&self) -> u64 {
        Placed::estimate(self.starts.len() as u64, self.targets.len() as u64)
    }
}

impl Structure for Placed {
    fn degree(&self, agent: usize) -> usize {
        self.around(agent).0.len()
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        let (around, start) = self.around(agent);
        (around[slot] + start) as usize
    }

    fn neighbours<'a>(&'a self, agent: usize, room: &'a mut Vec<u32>) -> &'a [u32] {
        let (around, start) = self.around(agent);
        room.clear();
        room.extend(around.iter().map(|place| place + start));
        room
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        for (out, agent) in out.iter_mut().zip(at.range()) {
            let (around, start) = self.around(agent);
            *out = match around.len() as u64 {
                0 => agent as u32,
                degree => around[below(draws.at(agent as u64), degree) as usize] + start,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structures::{Graph, Layout};

    #[test]
    fn agents_keep_the_neighbours_that_their_numbers_have_in_the_ties() {
        let ties = [(0, 3), (1, 3), (2, 3), (1, 2)];
        for (shared, agents) in [(true, 8), (false, 4)] {
            let graph = Graph::new(Layout { agents, group_size: 4, shared }, &ties);
            assert_ne!(graph.original().unwrap()[0], 0, "the graph renumbers");
            let placed = Placed::of(Arc::new(graph));
            let mut room = vec![];
            for start in (0..agents as u32).step_by(4) {
                for (agent, wanted) in [(0, vec![3]), (1, vec![2, 3]), (2, vec![1, 3]), (3, vec![0, 1, 2])] {
                    let mut found = placed.neighbours((start + agent) as usize, &mut room).to_vec();
                    found.sort_unstable();
                    assert_eq!(found, wanted.iter().map(|other| start + other).collect::<Vec<u32>>());
                    assert_eq!(placed.degree((start + agent) as usize), wanted.len());
                }
            }
        }
    }
}
