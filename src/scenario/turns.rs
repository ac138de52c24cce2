//! Whether agents can act in turn, and whether a planner has something to set.

use super::checks::Check;
use super::sections::PerTick;
use crate::registry::Clock;

impl Check<'_, '_> {
    pub(super) fn in_turn(&mut self) {
        let s = self.scenario;
        if s.in_turn().is_some() {
            self.turns();
        }
        let Some((keys, planner)) = &s.planner else { return };
        if s.in_turn().is_none() && !self.written.has("cascade") {
            let help = "add a [cascade] of kind informational with a `signal_accuracy`";
            self.add(["planner", "sets"], "there is nothing here that it could set", help);
            return;
        }
        if s.in_turn().is_none() && s.cascade.is_some() {
            let help = "use a [cascade] of kind informational, or remove the [planner]";
            self.add(["planner", "sets"], "this cascade has no private signals", help);
        }
        let [least, most] = keys.range.map(|end| end.get());
        if !(0.5 <= least && least < most && most <= 1.0) {
            let says = format!("signals are right with a probability of 0.5 to 1, not {least} to {most}");
            self.add(["planner", "range"], says, "write `range = [0.5, 0.95]`");
        } else if let Some(value) = planner.values().into_iter().find(|value| !(least..=most).contains(value))
        {
            let says = format!("the planner sets {value}, outside of its range from {least} to {most}");
            self.add(["planner", "range"], says, "write a wider range, or other values");
        }
    }

    fn turns(&mut self) {
        let s = self.scenario;
        let queue = s.structure.as_ref().is_some_and(|(_, network)| network.is_queue());
        if s.structure.is_some() && !queue {
            let help = "write structure.kind = \"queue\"";
            self.add(["structure", "kind"], "this cascade needs agents who act one after the other", help);
        }
        if s.clock != Clock::Synchronous {
            let help = "set run.update = \"synchronous\": at tick i the i-th agent of each group acts";
            self.add(["run", "update"], "the queue of [structure] says who acts when", help);
        }
        for key in ["initial", "reset", "contact"] {
            if self.written.has_key("cascade", None, key) {
                let help = "leave it out: it begins with the first in the queue, who has only a signal";
                self.add(["cascade", key], format!("`{key}` has no meaning in a queue"), help);
            }
        }
        let whole = s.cascade.as_ref().is_some_and(|(keys, _)| keys.per_tick != PerTick::Generation);
        if whole {
            let help = "leave it out: one agent a group and tick acts";
            self.add(["cascade", "per_tick"], "a queue goes tick by tick", help);
        }
    }
}
