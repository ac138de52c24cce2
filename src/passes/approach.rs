//! Interact: agents choose whom they meet.

use crate::columns::{ColumnDef, Dtype, Item, Mine, View};
use crate::groups::Group;
use crate::pairings::Chosen;
use crate::partners::Meetings;
use crate::pass::{Access, At, BLOCK, Pass};
use std::sync::Arc;

/// Everyone draws candidates, and meets the one with the greatest value of a column: of equals, the first drawn. Who is
/// listed as its own candidate has one less.
pub struct Approach {
    /// how candidates are drawn, one a slot
    pub candidates: Arc<dyn Meetings>,
    /// by what they are compared
    pub by: ColumnDef,
    /// where the choice is left
    pub chosen: Arc<Chosen>,
}

impl Approach {
    fn choose<T: Item + PartialOrd>(&self, at: &At, view: &View) {
        let values = view.of::<T>(&self.by);
        let (mut best, mut other, mut room) = ([0u32; BLOCK], [0u32; BLOCK], [0u32; BLOCK]);
        best.iter_mut().zip(at.range()).for_each(|(best, agent)| *best = agent as u32);
        for slot in 0..self.candidates.slots(at) {
            let met = self.candidates.partners(at, slot, &mut room).indices(at, &mut other);
            for (k, (best, &other)) in best.iter_mut().zip(&other[..met]).enumerate() {
                let (own, none) = ((at.first + k) as u32, *best as usize == at.first + k);
                if other != own && (none || values[other as usize] > values[*best as usize]) {
                    *best = other;
                }
            }
        }
        for (agent, &partner) in at.range().zip(&best) {
            self.chosen.choose(agent, partner);
        }
    }
}

impl Pass for Approach {
    fn name(&self) -> &'static str {
        "structure/approach"
    }

    fn access(&self) -> Access {
        Access::default().read_of(&self.by)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        4 * agents
    }

    fn block(&self, at: &At, view: &View, _: Mine, _: &mut [Group]) {
        match self.by.dtype {
            Dtype::Bool | Dtype::U8 => self.choose::<u8>(at, view),
            Dtype::U16 => self.choose::<u16>(at, view),
            Dtype::U32 => self.choose::<u32>(at, view),
            Dtype::U64 => self.choose::<u64>(at, view),
            Dtype::F32 => self.choose::<f32>(at, view),
            Dtype::F64 => self.choose::<f64>(at, view),
        }
    }
}
