//! Finite automata: an act in each state, and the partner's act leads to the next.

use super::{Machine, Seen, State, Strategy, always, no_such_act};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Whole;
use std::collections::BTreeMap;

/// In a meeting of several rounds, walks through states by what the partner does; begins in the first.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Automaton {
    /// the states, numbered from 0 in this order, 1 to 256
    #[schemars(length(min = 1, max = 256))]
    states: Vec<Stands>,
}

/// A state.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stands {
    /// the act in this state, one of the game's
    plays: String,
    /// the next state after each act of the partner; after acts that are not named it stays
    #[serde(default)]
    on: BTreeMap<String, Whole>,
}

struct Walks(Machine);

impl Spec<dyn Strategy> for Automaton {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        let kinds = self.states.len();
        if !(1..=256).contains(&kinds) {
            return Err(Wrong::new(format!("{kinds} states")).at("states").help("write 1 to 256"));
        }
        let mut states = vec![];
        for (nth, stands) in self.states.iter().enumerate() {
            let chances = always(&stands.plays, "states", context)?;
            let mut on = vec![nth as u16; context.acts.len()];
            for (act, next) in &stands.on {
                let Some(code) = context.acts.iter().position(|known| known == act) else {
                    return Err(no_such_act(act, "states", context));
                };
                if next.get() >= kinds as u64 {
                    let says = format!("there is no state {next}");
                    let help = format!("the states are numbered from 0 to {}", kinds - 1);
                    return Err(Wrong::new(says).at("states").help(help));
                }
                on[code] = next.get() as u16;
            }
            let next = context.acts.iter().flat_map(|_| on.iter().copied()).collect();
            states.push(State { chances, next });
        }
        Ok(Box::new(Walks(Machine { states })))
    }
}

impl Strategy for Walks {
    fn chances(&self, _: Seen) -> Vec<f64> {
        self.0.states[0].chances.clone()
    }

    fn memory(&self) -> Option<&Machine> {
        Some(&self.0)
    }
}

pub(super) const ROW: Row<dyn Strategy> = Row::of::<Automaton>(
    "automaton",
    &["rubinstein1986"],
    "states = [{ plays = \"C\", on = { C = 0, D = 1 } }, { plays = \"D\", on = { C = 0, D = 1 } }]",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(states: &str) -> Result<Box<dyn Strategy>, String> {
        let acts = ["D", "C"].map(String::from).to_vec();
        let context = Context { acts, ..Context::default() };
        ROW.parse(&format!("states = [{states}]"), &context).map_err(|error| error.to_string())
    }

    #[test]
    fn the_partner_leads_from_state_to_state() {
        let grim = parse("{ plays = \"C\", on = { D = 1 } }, { plays = \"D\" }").unwrap();
        let machine = grim.memory().unwrap();
        assert_eq!(machine.states[0].next, [1, 0, 1, 0]);
        assert_eq!(machine.states[1].next, [1; 4]);
    }

    #[test]
    fn states_and_acts_that_are_not_there_are_refused() {
        assert!(parse("{ plays = \"C\", on = { D = 1 } }").err().unwrap().contains("no state 1"));
        assert!(parse("{ plays = \"C\", on = { E = 0 } }").err().unwrap().contains("no act `E`"));
        assert!(parse("").is_err());
    }
}
