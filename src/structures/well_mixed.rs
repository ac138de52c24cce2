//! Well-mixed groups: everybody can meet everybody.

use super::{Layout, Network, Shape};
use crate::chance::{Draws, Rng, below, next};
use crate::partners::{Meetings, Partners, Structure};
use crate::pass::At;
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// Everybody of a group is everybody's neighbour: the complete graph, never stored.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mixed {}

impl Spec<dyn Network> for Mixed {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Network for Mixed {
    fn shape(&self) -> Shape<'_> {
        Shape::Complete
    }

    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        Arc::new(WellMixed { size: layout.group_size })
    }
}

/// Complete graphs of `size` agents.
pub struct WellMixed {
    /// agents of a group
    pub size: usize,
}

impl Meetings for WellMixed {
    fn slots(&self, _: &At) -> usize {
        self.size - 1
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        for (partner, agent) in room.iter_mut().zip(at.range()) {
            *partner = self.partner(agent, slot) as u32;
        }
        Partners::Listed(&room[..at.len])
    }
}

impl Structure for WellMixed {
    fn degree(&self, _: usize) -> usize {
        self.size - 1
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        let place = agent % self.size;
        agent - place + slot + usize::from(slot >= place)
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        if self.size == at.agents {
            let others = self.size as u64 - 1;
            for (out, agent) in out.iter_mut().zip(at.range()) {
                let other = below(draws.at(agent as u64), others);
                *out = (other + u64::from(other >= agent as u64)) as u32;
            }
            return;
        }
        at.each_group(|group, places| {
            let (start, others) = (group * self.size, self.size as u64 - 1);
            for place in places {
                let agent = at.first + place;
                let other = below(draws.at(agent as u64), others) as usize;
                out[place] = (start + other + usize::from(other >= agent - start)) as u32;
            }
        });
    }

    fn pick_one(&self, agent: usize, rng: &mut Rng) -> usize {
        let place = agent % self.size;
        let other = below(next(rng), self.size as u64 - 1) as usize;
        agent - place + other + usize::from(other >= place)
    }

    fn complete(&self) -> bool {
        true
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<Mixed>("well-mixed", &["nowak2006"], "");
