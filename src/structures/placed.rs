//! Layers: structures that share one numbering of the agents.

use crate::chance::{Draws, below};
use crate::partners::{Meetings, Partners, Structure, listed, most_slots};
use crate::pass::At;
use std::sync::Arc;

/// A structure that numbers agents in its own way, seen with the numbers of the population: of several layers none may
/// renumber the agents of the others.
pub struct Placed {
    inner: Arc<dyn Structure>,
    /// the inner number of each agent; of one group where groups share the graph
    number: Vec<u32>,
}

impl Placed {
    /// The structure itself if it does not renumber.
    pub fn of(inner: Arc<dyn Structure>) -> Arc<dyn Structure> {
        let Some(original) = inner.original() else { return inner };
        let mut number = vec![0u32; original.len()];
        for (inner, &agent) in original.iter().enumerate() {
            number[agent as usize] = inner as u32;
        }
        Arc::new(Placed { inner, number })
    }

    /// The inner number of an agent, and what to add to a number of the first group to get one of its own.
    fn inner(&self, agent: usize) -> (usize, usize) {
        let place = agent % self.number.len();
        (self.number[place] as usize + agent - place, agent - place)
    }

    fn outer(&self, inner: usize, start: usize) -> u32 {
        let original = self.inner.original().expect("only who renumbers is placed");
        start as u32 + original[inner - start]
    }
}

impl Meetings for Placed {
    fn slots(&self, at: &At) -> usize {
        most_slots(self, at)
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        listed(self, at, slot, room)
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn mutual(&self) -> bool {
        self.inner.mutual()
    }

    fn bytes(&self) -> u64 {
        self.inner.bytes() + 4 * self.number.len() as u64
    }
}

impl Structure for Placed {
    fn degree(&self, agent: usize) -> usize {
        self.inner.degree(self.inner(agent).0)
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        let (inner, start) = self.inner(agent);
        self.outer(self.inner.partner(inner, slot), start) as usize
    }

    fn neighbours<'a>(&'a self, agent: usize, room: &'a mut Vec<u32>) -> &'a [u32] {
        let (inner, start) = self.inner(agent);
        let listed: Vec<u32> = self
            .inner
            .neighbours(inner, room)
            .iter()
            .map(|&other| self.outer(other as usize, start))
            .collect();
        room.clear();
        room.extend(listed);
        room
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        for (out, agent) in out.iter_mut().zip(at.range()) {
            *out = match self.degree(agent) as u64 {
                0 => agent as u32,
                degree => self.partner(agent, below(draws.at(agent as u64), degree) as usize) as u32,
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
