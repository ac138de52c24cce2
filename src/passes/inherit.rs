//! Learn: who copies an agent has its traits from it, changed as they say; and traits that change by themselves.

use super::mutate::Revision;
use crate::columns::{ColumnDef, Mine, View};
use crate::groups::Group;
use crate::pass::{Access, At, BLOCK, Pass};
use crate::traits::law::For;
use crate::traits::{Drift, TraitRule, slot, write_slot};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// From whom each agent copies in this learning event: itself where it copies nobody. ORDER: each agent's own task
/// writes its place, and it is read after all have.
pub struct Parents(Vec<AtomicU32>);

impl Parents {
    /// Everybody copies itself, for so many agents.
    pub fn new(agents: usize) -> Parents {
        Parents((0..agents as u32).map(AtomicU32::new).collect())
    }

    /// Notes from whom the agents of a block copy, after those who do not take part were left out: `before` holds the
    /// strategies before learning.
    pub fn note(&self, at: &At, revision: &Revision, before: &[u8], parents: &mut [u32]) {
        revision.settle_parents(at, before, parents);
        for (place, &parent) in self.0[at.range()].iter().zip(&*parents) {
            place.store(parent, Relaxed);
        }
    }

    /// From whom an agent copies.
    pub fn of(&self, agent: usize) -> usize {
        self.0[agent].load(Relaxed) as usize
    }
}

/// One trait after a learning event: copied from the model, and changed.
pub struct Inherit {
    rule: TraitRule,
    parents: Option<Arc<Parents>>,
    /// whether it changes in this event
    mutates: bool,
    every: u64,
    others: Vec<ColumnDef>,
}

impl Inherit {
    /// After every so many ticks; `parents` is none for a trait that is not copied.
    pub(crate) fn new(rule: TraitRule, parents: Option<Arc<Parents>>, mutates: bool, every: u64) -> Inherit {
        let own = rule.column.id;
        let columns = rule.kernel.iter().flat_map(|kernel| kernel.columns());
        let others = columns.filter(|column| column.id != own).cloned().collect();
        Inherit { rule, parents, mutates, every, others }
    }

    fn copied<const W: usize>(&self, at: &At, view: &View, mine: &mut [u8]) {
        let Some(parents) = &self.parents else { return };
        let (all, _) = view.raw(&self.rule.column).as_chunks::<W>();
        let (mine, _) = mine.as_chunks_mut::<W>();
        for (k, mine) in mine.iter_mut().enumerate() {
            *mine = all[parents.of(at.first + k)];
        }
    }
}

impl Pass for Inherit {
    fn name(&self) -> &'static str {
        "trait/inherit"
    }

    fn access(&self) -> Access {
        let access = Access::default().write_of(&self.rule.column);
        let access = self.others.iter().fold(access, |access, column| access.read_of(column));
        if self.parents.is_some() { access.read_of(&self.rule.column) } else { access }
    }

    fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let column = &self.rule.column;
        let (dtype, width) = (column.dtype, column.width());
        let mine = mine.take_of::<u8>(column);
        match width {
            1 => self.copied::<1>(at, view, mine),
            2 => self.copied::<2>(at, view, mine),
            4 => self.copied::<4>(at, view, mine),
            _ => self.copied::<8>(at, view, mine),
        }
        let Some(kernel) = self.rule.kernel.as_ref().filter(|_| self.mutates) else { return };
        let draws = kernel.draws(at.chance);
        for (k, place) in mine.chunks_exact_mut(width).enumerate() {
            let agent = at.first + k;
            let stays = self.parents.as_ref().is_some_and(|parents| parents.of(agent) == agent);
            if self.rule.newcomers && stays {
                continue;
            }
            let read = |other: &ColumnDef| slot(other, view.raw(other), agent);
            let of = For { u: 0.0, agent, size: at.group_size, read: &read };
            let x = crate::traits::read_slot(dtype, place);
            if let Some(new) = kernel.mutate(x, draws, agent as u64, of) {
                write_slot(dtype, place, new);
            }
        }
    }
}

/// A trait that changes by itself in every tick.
pub struct Step {
    column: ColumnDef,
    drift: Drift,
}

impl Step {
    /// The step of a trait.
    pub(crate) fn new(column: ColumnDef, drift: Drift) -> Step {
        Step { column, drift }
    }
}

impl Pass for Step {
    fn name(&self) -> &'static str {
        "trait/step"
    }

    fn access(&self) -> Access {
        self.drift.columns().fold(Access::default().write_of(&self.column), Access::read_of)
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let mut draws = [0u64; BLOCK];
        at.chance.stream(self.drift.stream()).fill(at.first as u64, &mut draws[..at.len]);
        let mine = mine.take_of::<u8>(&self.column);
        for (k, place) in mine.chunks_exact_mut(self.column.width()).enumerate() {
            let read = |other: &ColumnDef| slot(other, view.raw(other), at.first + k);
            let x = crate::traits::read_slot(self.column.dtype, place);
            write_slot(self.column.dtype, place, self.drift.next(x, draws[k], &read));
        }
    }
}
