//! Queues: one after the other, and everyone sees all before.

use super::{Layout, Network, Shape};
use crate::chance::{Draws, Rng, below, next};
use crate::partners::{Meetings, Partners, Structure};
use crate::pass::At;
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// The agents of a group have their turns one after the other, at tick i the i-th; everyone sees all before itself.
///
/// neighbours(i) = 1 … i − 1
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Queue {}

impl Spec<dyn Network> for Queue {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Network for Queue {
    fn is_directed(&self) -> bool {
        true
    }

    fn shape(&self) -> Shape<'_> {
        Shape::Queue
    }

    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        Arc::new(Before { size: layout.group_size })
    }
}

/// Ties to all before, never stored: the s-th partner is the s-th of the group.
struct Before {
    size: usize,
}

impl Meetings for Before {
    fn slots(&self, at: &At) -> usize {
        at.range().map(|agent| agent % self.size).max().unwrap_or(0)
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        for (out, agent) in room.iter_mut().zip(at.range()) {
            let place = agent % self.size;
            *out = if slot < place { agent - place + slot } else { agent } as u32;
        }
        Partners::Listed(&room[..at.len])
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn mutual(&self) -> bool {
        false
    }
}

impl Structure for Before {
    fn degree(&self, agent: usize) -> usize {
        agent % self.size
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        agent / self.size * self.size + slot
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        for (out, agent) in out.iter_mut().zip(at.range()) {
            *out = match self.degree(agent) as u64 {
                0 => agent as u32,
                degree => self.partner(agent, below(draws.at(agent as u64), degree) as usize) as u32,
            };
        }
    }

    fn pick_one(&self, agent: usize, rng: &mut Rng) -> usize {
        let draw = next(rng);
        match self.degree(agent) as u64 {
            0 => agent,
            degree => self.partner(agent, below(draw, degree) as usize),
        }
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<Queue>("queue", &["bikhchandani1992"], "");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn everyone_sees_those_before_it_in_its_own_group() {
        let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
        let queue = Queue {}.grow(Layout { agents: 8, group_size: 4, shared: false }, draws);
        let mut room = vec![];
        assert!(queue.neighbours(4, &mut room).is_empty());
        assert_eq!(queue.neighbours(6, &mut room), [4, 5]);
        assert_eq!(queue.neighbours(3, &mut room), [0, 1, 2]);
    }
}
