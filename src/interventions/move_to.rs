//! `do = "move"`: agents enter a stage.

use super::happens;
use super::select::Select;
use crate::columns::{Mine, Stage, StageCount, View};
use crate::groups::{Count, Group};
use crate::partners::Structure;
use crate::pass::{Access, At, Pass};
use crate::scenario::Scenario;
use crate::scenario::sections::Intervention;
use std::sync::Arc;

pub(super) struct Move {
    select: Select,
    intervention: Intervention,
    stage: u8,
    remembers: bool,
}

impl Move {
    pub(super) fn new(scenario: &Scenario, nth: usize, structure: Option<&Arc<dyn Structure>>) -> Move {
        let intervention = scenario.interventions[nth].clone();
        let stages = scenario.stages();
        let code = stages.iter().position(|name| Some(name) == intervention.stage.as_ref());
        let remembers = scenario.cascade.as_ref().is_some_and(|(_, rule)| rule.remembers());
        let select = Select::new(scenario, nth, structure);
        Move { select, intervention, stage: code.unwrap_or(0) as u8, remembers }
    }
}

impl Pass for Move {
    fn name(&self) -> &'static str {
        "intervention/move"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Stage>();
        self.select.access(if self.remembers { access.write::<StageCount>() } else { access })
    }

    fn due(&self, tick: u64) -> bool {
        happens(&self.intervention, tick)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents
    }

    fn prepare(&mut self, at: &At, view: &View) {
        self.select.choose(at, view);
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let chosen = self.select.chosen(at);
        for (stage, _) in mine.take::<Stage>().iter_mut().zip(chosen).filter(|(_, chosen)| **chosen) {
            *stage = self.stage;
        }
        if self.remembers {
            let counts = mine.take::<StageCount>().iter_mut();
            counts.zip(chosen).filter(|(_, chosen)| **chosen).for_each(|(count, _)| *count = 0);
        }
        at.each_group(|group, block| {
            let moved = chosen[block].iter().filter(|&&chosen| chosen).count() as u64;
            at.tallies.add(group, Count::Moved, moved);
        });
    }
}
