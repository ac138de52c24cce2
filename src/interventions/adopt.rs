//! `do = "adopt"`: agents take a strategy. `do = "remove"`: they take that of empty places.

use super::happens;
use super::select::Select;
use crate::columns::{Mine, Strategy, View};
use crate::groups::Group;
use crate::partners::Structure;
use crate::pass::{Access, At, Pass};
use crate::scenario::Scenario;
use crate::scenario::sections::{Deed, Intervention};
use std::sync::Arc;

pub(super) struct Adopt {
    select: Select,
    intervention: Intervention,
    strategy: u8,
}

impl Adopt {
    pub(super) fn new(scenario: &Scenario, nth: usize, structure: Option<&Arc<dyn Structure>>) -> Adopt {
        let intervention = scenario.interventions[nth].clone();
        let names = scenario.strategy_names();
        let named = names.iter().position(|name| Some(name) == intervention.strategy.as_ref());
        let code = match intervention.deed {
            Some(Deed::Remove) => scenario.empty,
            _ => named.map(|code| code as u8),
        };
        let select = Select::new(scenario, nth, structure);
        Adopt { select, intervention, strategy: code.unwrap_or(0) }
    }
}

impl Pass for Adopt {
    fn name(&self) -> &'static str {
        "intervention/adopt"
    }

    fn access(&self) -> Access {
        self.select.access(Access::default().write::<Strategy>())
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
        for (strategy, &chosen) in mine.take::<Strategy>().iter_mut().zip(self.select.chosen(at)) {
            if chosen {
                *strategy = self.strategy;
            }
        }
    }
}
