//! `do = "freeze"`: while it is in force, whoever fits the selector keeps its strategy, stage and traits, unless
//! `do = "unfreeze"` lets it go.

use super::isolate::holds;
use super::select::Select;
use crate::columns::{ColumnDef, Mine, Stage, StageCount, Strategy, View};
use crate::groups::Group;
use crate::partners::Structure;
use crate::pass::{Access, At, Pass};
use crate::scenario::Scenario;
use crate::scenario::sections::{Deed, Intervention};
use std::sync::{Arc, PoisonError, RwLock};

/// The columns that a frozen agent keeps.
pub(crate) fn held(scenario: &Scenario) -> Vec<ColumnDef> {
    let kept =
        [ColumnDef::of::<Strategy>().id, ColumnDef::of::<Stage>().id, ColumnDef::of::<StageCount>().id];
    let traits: Vec<_> = scenario.traits.iter().map(|(column, _)| column.id).collect();
    let columns = crate::assemble::columns(scenario);
    columns.into_iter().filter(|column| kept.contains(&column.id) || traits.contains(&column.id)).collect()
}

/// Who is frozen in a tick, and what they were as it began.
#[derive(Default)]
struct Kept {
    frozen: Vec<bool>,
    bytes: Vec<Vec<u8>>,
}

/// Notes at the beginning of a tick who is frozen and what they are.
pub(super) struct Keep {
    select: Select,
    intervention: Intervention,
    /// the interventions below that let somebody go
    thaws: Vec<(Intervention, Select)>,
    /// whether no other freeze stands above, so that it notes whom they reach
    first: bool,
    columns: Vec<ColumnDef>,
    kept: Arc<RwLock<Kept>>,
}

/// Gives the frozen back what they were, at the end of a phase. Nobody has seen them otherwise: within a phase all see
/// the old values.
pub(super) struct Restore {
    intervention: Intervention,
    columns: Vec<ColumnDef>,
    kept: Arc<RwLock<Kept>>,
}

/// The two passes of an intervention; the second can be had for several phases.
pub(super) fn freeze(
    scenario: &Scenario,
    nth: usize,
    structure: Option<&Arc<dyn Structure>>,
) -> (Keep, impl Fn() -> Restore) {
    let intervention = scenario.interventions[nth].clone();
    let (columns, kept) = (held(scenario), Arc::default());
    let select = Select::new(scenario, nth, structure);
    let rows = || scenario.interventions.iter().enumerate();
    let thaws = rows().filter(|(row, of)| *row > nth && of.deed == Some(Deed::Unfreeze));
    let thaws = thaws.map(|(row, of)| (of.clone(), Select::new(scenario, row, structure))).collect();
    let first = !rows().any(|(row, of)| row < nth && of.deed == Some(Deed::Freeze));
    let restore =
        Restore { intervention: intervention.clone(), columns: columns.clone(), kept: Arc::clone(&kept) };
    let keep = Keep { select, intervention, thaws, first, columns, kept };
    let again = move || Restore {
        intervention: restore.intervention.clone(),
        columns: restore.columns.clone(),
        kept: restore.kept.clone(),
    };
    (keep, again)
}

impl Pass for Keep {
    fn name(&self) -> &'static str {
        "intervention/keep"
    }

    fn access(&self) -> Access {
        let access = self.columns.iter().fold(Access::default(), |access, column| access.read_of(column));
        let access = self.thaws.iter().fold(access, |access, (_, select)| select.access(access));
        self.select.access(access)
    }

    fn due(&self, tick: u64) -> bool {
        holds(&self.intervention, tick)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents * (1 + self.columns.iter().map(ColumnDef::width).sum::<usize>() as u64)
    }

    fn prepare(&mut self, at: &At, view: &View) {
        self.select.choose_with(at, view, at.start);
        if self.intervention.at.is_some_and(|first| first.get() == at.tick) {
            self.select.note(at);
        }
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        kept.frozen.clear();
        kept.frozen.extend_from_slice(self.select.all());
        for (intervention, select) in self.thaws.iter_mut().filter(|(of, _)| holds(of, at.tick)) {
            select.choose_with(at, view, at.start);
            if self.first && intervention.at.is_some_and(|first| first.get() == at.tick) {
                select.note(at);
            }
            kept.frozen.iter_mut().zip(select.all()).for_each(|(frozen, free)| *frozen &= !free);
        }
        kept.bytes.resize(self.columns.len(), vec![]);
        for (bytes, column) in kept.bytes.iter_mut().zip(&self.columns) {
            bytes.clear();
            bytes.extend_from_slice(view.raw(column));
        }
    }

    fn block(&self, _: &At, _: &View, _: Mine, _: &mut [Group]) {}
}

impl Pass for Restore {
    fn name(&self) -> &'static str {
        "intervention/restore"
    }

    fn access(&self) -> Access {
        self.columns.iter().fold(Access::default(), |access, column| access.write_of(column))
    }

    fn due(&self, tick: u64) -> bool {
        holds(&self.intervention, tick)
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        for (column, bytes) in self.columns.iter().zip(&kept.bytes) {
            let (own, width) = (mine.take_raw(column), column.width());
            for (place, agent) in at.range().enumerate().filter(|(_, agent)| kept.frozen[*agent]) {
                let then = &bytes[agent * width..(agent + 1) * width];
                own[place * width..(place + 1) * width].copy_from_slice(then);
            }
        }
    }
}
