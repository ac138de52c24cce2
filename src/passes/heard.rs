//! The models of agents as lists, wherever they come from.

use super::imitate::ModelsOf;
use crate::pass::{At, BLOCK};

impl ModelsOf {
    /// Whether it is laid out group by group.
    pub(super) fn by_group(&self) -> bool {
        match self {
            ModelsOf::Structure(structure) => structure.by_group(),
            ModelsOf::Meeting(meetings) => meetings.by_group(),
        }
    }
}

/// The models of every agent of a block, oneself never among them.
pub(super) struct Lists {
    /// where the models of each agent begin
    starts: Vec<u32>,
    models: Vec<u32>,
}

impl Lists {
    /// Neighbours, or the partners of this tick's meetings.
    pub(super) fn of(from: &ModelsOf, at: &At) -> Lists {
        let (mut starts, mut models) = (Vec::with_capacity(at.len + 1), vec![]);
        starts.push(0);
        match from {
            ModelsOf::Structure(structure) => {
                let mut room = vec![];
                for agent in at.range() {
                    models.extend_from_slice(structure.neighbours(agent, &mut room));
                    starts.push(models.len() as u32);
                }
            }
            ModelsOf::Meeting(meetings) => {
                let slots = meetings.slots(at);
                let mut met = vec![0u32; slots * at.len];
                let mut room = [0u32; BLOCK];
                for (slot, met) in met.chunks_mut(at.len).enumerate() {
                    let n = meetings.partners(at, slot, &mut room).indices(at, met);
                    // Whom nobody meets in this slot is listed as its own partner.
                    for (place, met) in met.iter_mut().enumerate().skip(n) {
                        *met = (at.first + place) as u32;
                    }
                }
                for (place, agent) in at.range().enumerate() {
                    let partners = met.iter().skip(place).step_by(at.len);
                    models.extend(partners.filter(|&&partner| partner as usize != agent));
                    starts.push(models.len() as u32);
                }
            }
        }
        Lists { starts, models }
    }

    /// The models of the agent at this place of the block.
    pub(super) fn of_place(&self, place: usize) -> &[u32] {
        &self.models[self.starts[place] as usize..self.starts[place + 1] as usize]
    }
}
