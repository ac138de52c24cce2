//! Stopping rules, looked at group by group.

use crate::columns::{ColumnDef, Dtype, Stage, Strategy, View};
use crate::groups::Groups;
use crate::learning::Models;
use crate::measures::{Metric, Scope};
use crate::partners::Structure;
use crate::pass::{Now, fill};
use crate::population::Columns;
use crate::scenario::expression::holds;
use crate::scenario::{Scenario, Until};
use bevy_ecs::world::World;
use std::any::TypeId;
use std::sync::Arc;

/// How the groups of a world stop.
pub(crate) struct Stops {
    rule: Option<Rule>,
    /// the trait that learning moves
    opinion: Option<ColumnDef>,
    /// whether the asynchronous clock looks at the rule after each step
    pub(crate) by_step: bool,
}

enum Rule {
    Fixation,
    NoChange { before: Vec<Vec<u8>> },
    Consensus(ColumnDef),
    Holds(Metric),
}

impl Stops {
    pub(crate) fn new(s: &Scenario) -> Stops {
        let opinion = s.learning.as_ref().and_then(|(_, rule)| match rule.models() {
            Models::Opinions(opinions) => s.column(opinions.hearing().column),
            _ => None,
        });
        let rule = match &s.until {
            None => None,
            Some(Until::Fixation) => Some(Rule::Fixation),
            Some(Until::NoChange) => Some(Rule::NoChange { before: vec![] }),
            Some(Until::Consensus) => opinion.clone().map(Rule::Consensus),
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
            Some(Until::Holds(condition)) => s.empty.is_none() && counts(condition),
            _ => false,
        };
        Stops { rule, opinion, by_step }
    }

    /// Notes what a tick may change.
    pub(crate) fn before(&mut self, world: &mut World) {
        if !matches!(self.rule, Some(Rule::NoChange { .. })) {
            return;
        }
        let columns = self.changing(world);
        let Some(Rule::NoChange { before }) = &mut self.rule else { return };
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
            let look = || &view;
            let groups = world.resource::<Groups>();
            match rule {
                Rule::Fixation => {
                    let strategy = view.col::<Strategy>();
                    fill(&mut met, |first, out| {
                        for (met, &group) in out.iter_mut().zip(&live[first..]) {
                            let rows = &strategy[groups.rows(group as usize)];
                            let mut living = rows.iter().filter(|s| Some(**s) != groups.empty);
                            let first = living.next();
                            *met = living.all(|s| Some(s) == first);
                        }
                    });
                }
                Rule::NoChange { before } if now.tick > 0 => {
                    let changing = self.changing(world);
                    for (met, &group) in met.iter_mut().zip(&live) {
                        let rows = groups.rows(group as usize);
                        let same = |(before, column): (&Vec<u8>, &ColumnDef)| {
                            let bytes = rows.start * column.width()..rows.end * column.width();
                            alike(&before[bytes.clone()], &view.raw(column)[bytes], column.dtype)
                        };
                        *met = before.iter().zip(&changing).all(same);
                    }
                }
                Rule::NoChange { .. } => {}
                Rule::Consensus(opinion) => {
                    let all = Scope::all(&look, groups, now.tick, structure);
                    for (met, &group) in met.iter_mut().zip(&live) {
                        let ends = all.group(group as usize).extremes(opinion);
                        *met = ends.is_some_and(|ends| ends.max - ends.min < SAME);
                    }
                }
                Rule::Holds(condition) => {
                    let all = Scope::all(&look, groups, now.tick, structure);
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

    /// The columns whose standing still ends a group: strategies, stages, and the opinion that learning moves.
    fn changing(&self, world: &World) -> Vec<ColumnDef> {
        let ids = [TypeId::of::<Strategy>(), TypeId::of::<Stage>()];
        let opinion = self.opinion.as_ref().map(|opinion| opinion.id);
        let columns = &world.resource::<Columns>().0;
        columns.iter().filter(|c| ids.contains(&c.id) || opinion == Some(c.id)).cloned().collect()
    }
}

/// Numbers that differ by less are the same.
const SAME: f64 = 1e-9;

fn alike(before: &[u8], now: &[u8], dtype: Dtype) -> bool {
    fn near<T: bytemuck::Pod>(before: &[u8], now: &[u8], f: impl Fn(T) -> f64) -> bool {
        let number = |bytes: &[u8]| f(bytemuck::pod_read_unaligned(bytes));
        let (before, now) = (before.chunks_exact(size_of::<T>()), now.chunks_exact(size_of::<T>()));
        before.zip(now).all(|(a, b)| (number(a) - number(b)).abs() < SAME)
    }
    match dtype {
        Dtype::F32 => near(before, now, |x: f32| f64::from(x)),
        Dtype::F64 => near(before, now, |x: f64| x),
        _ => before == now,
    }
}
