//! Interventions: what happens to a world from outside.

mod adopt;
mod freeze;
mod isolate;
mod move_to;
mod put;
mod select;
mod set;

pub(crate) use freeze::held;
pub(crate) use select::chosen;
pub(crate) use set::{Holding, apply, in_force, settings, stands};

use crate::partners::Structure;
use crate::passes::Apart;
use crate::scenario::Scenario;
use crate::scenario::sections::{Deed, Intervention};
use crate::tick::{Passes, Phase};
use std::sync::Arc;

/// Whether an intervention happens at the beginning of this tick.
pub(crate) fn happens(intervention: &Intervention, tick: u64) -> bool {
    if !intervention.enabled {
        return false;
    }
    if let Some(at) = intervention.at {
        return at.get() == tick;
    }
    let get = |count: Option<crate::scenario::numbers::Count>| count.map(|count| count.get());
    let (Some(every), from) = (get(intervention.every), get(intervention.from)) else { return false };
    let first = from.unwrap_or(every);
    let last = get(intervention.until).unwrap_or(u64::MAX);
    (first..=last).contains(&tick) && (tick - first).is_multiple_of(every)
}

/// What interventions do to agents, as passes in the order of the file.
pub(crate) fn passes(scenario: &Scenario, structure: Option<&Arc<dyn Structure>>) -> Passes {
    let mut passes: Passes = vec![];
    for (nth, intervention) in scenario.interventions.iter().enumerate() {
        match intervention.deed {
            Some(Deed::Adopt | Deed::Remove) => {
                passes.push((Phase::Intervene, Box::new(adopt::Adopt::new(scenario, nth, structure))));
            }
            Some(Deed::Move) => {
                passes.push((Phase::Intervene, Box::new(move_to::Move::new(scenario, nth, structure))));
            }
            Some(Deed::Put) => passes.push((Phase::Intervene, put::put(scenario, nth, structure))),
            Some(Deed::Freeze | Deed::Unfreeze | Deed::Isolate) | None => {}
        }
    }
    passes
}

/// Who keeps apart from what spreads; `layers` are the names of the ways of contact, none where there is only one.
pub(crate) fn apart(
    scenario: &Scenario,
    structure: Option<&Arc<dyn Structure>>,
    layers: &[String],
) -> Vec<Box<dyn Apart>> {
    let rows = scenario.interventions.iter().enumerate();
    let isolating = rows.filter(|(_, row)| row.deed == Some(Deed::Isolate));
    isolating
        .map(|(nth, _)| -> Box<dyn Apart> {
            Box::new(isolate::Isolate::new(scenario, nth, structure, layers))
        })
        .collect()
}

/// Lets frozen agents keep what they are, in every phase for which there are passes.
pub(crate) fn freeze(scenario: &Scenario, structure: Option<&Arc<dyn Structure>>, passes: &mut Passes) {
    let rows = scenario.interventions.iter().enumerate();
    for (nth, _) in rows.filter(|(_, row)| row.deed == Some(Deed::Freeze)) {
        let (keep, restore) = freeze::freeze(scenario, nth, structure);
        passes.push((Phase::Intervene, Box::new(keep)));
        for phase in [Phase::Learn, Phase::Cascade, Phase::Turnover] {
            if passes.iter().any(|(other, _)| *other == phase) {
                passes.push((phase, Box::new(restore())));
            }
        }
    }
}
