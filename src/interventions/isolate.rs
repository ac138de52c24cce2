//! `do = "isolate"`: while it is in force, whoever fits the selector has no contacts.

use super::select::Select;
use crate::columns::View;
use crate::partners::Structure;
use crate::pass::{Access, At, fill};
use crate::passes::Apart;
use crate::scenario::Scenario;
use crate::scenario::sections::Intervention;
use std::sync::Arc;

/// Agents who keep apart. Who does is asked anew in every tick, by the same draws: an agent that complies today would
/// comply tomorrow, so that nothing has to be remembered.
pub(super) struct Isolate {
    select: Select,
    intervention: Intervention,
    /// a bit a layer
    layers: u8,
}

impl Isolate {
    pub(super) fn new(
        scenario: &Scenario,
        nth: usize,
        structure: Option<&Arc<dyn Structure>>,
        layers: &[String],
    ) -> Isolate {
        let intervention = scenario.interventions[nth].clone();
        let named = |name: &String| intervention.layers.as_ref().is_none_or(|from| from.contains(name));
        let bits = layers.iter().enumerate().filter(|(_, name)| named(name));
        let bits = bits.fold(0u8, |bits, (nth, _)| bits | 1 << nth);
        // A world with one layer has no name for it.
        let layers = if layers.is_empty() { u8::MAX } else { bits };
        Isolate { select: Select::new(scenario, nth, structure), intervention, layers }
    }
}

/// Whether a deed that lasts is in force.
pub(super) fn holds(intervention: &Intervention, tick: u64) -> bool {
    let first = intervention.at.map_or(1, |at| at.get());
    let last = intervention.lasts.map_or(u64::MAX, |lasts| first.saturating_add(lasts.get() - 1));
    intervention.enabled && (first..=last).contains(&tick)
}

impl Apart for Isolate {
    fn access(&self, access: Access) -> Access {
        self.select.access(access)
    }

    fn mark(&mut self, at: &At, view: &View, marks: &mut [u8]) {
        if !holds(&self.intervention, at.tick) {
            return;
        }
        self.select.choose_with(at, view, at.start);
        if self.intervention.at.is_some_and(|first| first.get() == at.tick) {
            self.select.note(at);
        }
        let (chosen, layers) = (self.select.all(), self.layers);
        fill(marks, |first, out| {
            for (mark, &chosen) in out.iter_mut().zip(&chosen[first..]) {
                *mark |= if chosen { layers } else { 0 };
            }
        });
    }
}
