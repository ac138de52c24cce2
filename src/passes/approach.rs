//! Interact: agents choose whom they meet.

use crate::columns::{ColumnDef, Dtype, Item, Mine, View};
use crate::groups::Group;
use crate::pairings::{Chosen, WithReplacement};
use crate::pass::{Access, At, BLOCK, Pass};
use std::sync::Arc;

/// Everyone draws candidates, and meets the one with the greatest value of a column: of equals, the first drawn.
pub struct Approach {
    /// how candidates are drawn, `partners` of them
    pub candidates: WithReplacement,
    /// by what they are compared
    pub by: ColumnDef,
    /// where the choice is left
    pub chosen: Arc<Chosen>,
}

impl Approach {
    fn choose<T: Item + PartialOrd>(&self, at: &At, view: &View) {
        let values = view.of::<T>(&self.by);
        let (mut best, mut other) = ([0u32; BLOCK], [0u32; BLOCK]);
        for nth in 0..self.candidates.partners {
            self.candidates.draw(at, at.chance.stream(self.candidates.stream).number(nth as u64), &mut other);
            for (best, &other) in best[..at.len].iter_mut().zip(&other) {
                if nth == 0 || values[other as usize] > values[*best as usize] {
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

    fn mirror_bytes(&self, agents: u64) -> u64 {
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
