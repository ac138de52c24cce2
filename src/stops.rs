//! Stopping rules, looked at group by group.

use crate::columns::{ColumnDef, Stage, Strategy, View};
use crate::groups::Groups;
use crate::measures::{Metric, Scope};
use crate::partners::Structure;
use crate::pass::{Now, fill};
use crate::population::Columns;
use crate::scenario::expression::holds;
use crate::scenario::{Scenario, Until};
use bevy_ecs::world::World;
use std::sync::Arc;

/// How the groups of a world stop.
pub(crate) struct Stops {
    rule: Option<Rule>,
    /// whether the asynchronous clock looks at the rule after each step
    pub(crate) by_step: bool,
}

enum Rule {
    Fixation,
    NoChange { before: Vec<Vec<u8>> },
    Holds(Metric),
}

impl Stops {
    pub(crate) fn new(s: &Scenario) -> Stops {
        let rule = match &s.until {
            None => None,
            Some(Until::Fixation) => Some(Rule::Fixation),
            Some(Until::NoChange) => Some(Rule::NoChange { before: vec![] }),
            Some(Until::Holds(condition)) => {
                Metric::new(condition.clone(), &crate::simulation::names(s)).ok().map(Rule::Holds)
            }
        };
        let counts = |condition| {
            crate::measures::of_counts(condition, &s.strategy_names(), &s.stages(), s.layout.group_size)
                .is_some()
        };
        let by_step = match &s.until {
            Some(Until::Fixation) => true,
            Some(Until::Holds(condition)) => counts(condition),
            _ => false,
        };
        Stops { rule, by_step }
    }

    /// Notes what a tick may change.
    pub(crate) fn before(&mut self, world: &mut World) {
        let Some(Rule::NoChange { before }) = &mut self.rule else { return };
        let columns = changing(world);
        let view = View::of_world(world, &columns, world.resource::<Now>().agents);
        before.resize(columns.len(), vec![]);
        for (before, column) in before.iter_mut().zip(&columns) {
            before.clear();
            before.extend_from_slice(view.raw(column));
        }
    }

    /// Ends the groups whose rule is met, as the tick ends.
    pub(crate) fn after(&self, world: &mut World, structure: Option<&Arc<dyn Structure>>) {
        let Some(rule) = &self.rule else { return };
        let now = *world.resource::<Now>();
        let columns = world.resource::<Columns>().0.clone();
        let live = world.resource::<Groups>().live.clone();
        let mut met = vec![false; live.len()];
        {
            let view = View::of_world(world, &columns, now.agents);
            let groups = world.resource::<Groups>();
            match rule {
                Rule::Fixation => {
                    let strategy = view.col::<Strategy>();
                    fill(&mut met, |first, out| {
                        for (met, &group) in out.iter_mut().zip(&live[first..]) {
                            let rows = &strategy[groups.rows(group as usize)];
                            *met = rows.iter().all(|&s| s == rows[0]);
                        }
                    });
                }
                Rule::NoChange { before } if now.tick > 0 => {
                    let changing = changing(world);
                    for (met, &group) in met.iter_mut().zip(&live) {
                        let rows = groups.rows(group as usize);
                        let same = |(before, column): (&Vec<u8>, &ColumnDef)| {
                            let bytes = rows.start * column.width()..rows.end * column.width();
                            before[bytes.clone()] == view.raw(column)[bytes]
                        };
                        *met = before.iter().zip(&changing).all(same);
                    }
                }
                Rule::NoChange { .. } => {}
                Rule::Holds(condition) => {
                    let all = Scope::all(&view, groups, now.tick, structure);
                    for (met, &group) in met.iter_mut().zip(&live) {
                        *met = holds(condition.of(&all.group(group as usize)));
                    }
                }
            }
        }
        if !met.contains(&true) {
            return;
        }
        let mut groups = world.resource_mut::<Groups>();
        for (&group, _) in live.iter().zip(&met).filter(|(_, met)| **met) {
            groups.end(group as usize, now.tick);
        }
        groups.recount();
    }
}

/// The columns whose standing still ends a group: strategies and stages.
fn changing(world: &World) -> Vec<ColumnDef> {
    let ids = [ColumnDef::of::<Strategy>().id, ColumnDef::of::<Stage>().id];
    let columns = &world.resource::<Columns>().0;
    columns.iter().filter(|column| ids.contains(&column.id)).cloned().collect()
}
