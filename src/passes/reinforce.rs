//! Learn: agents remember what each strategy earned them.

use super::imitate::DECISION;
use super::mutate::Revision;
use crate::chance::Stream;
use crate::columns::{ColumnDef, Mine, Payoff, Strategy, View};
use crate::groups::Group;
use crate::learning::{Learning, Models};
use crate::pass::{Access, At, BLOCK, Pass};
use std::sync::Arc;

/// Whether an agent tries something.
pub(super) const EXPLORE: Stream = Stream::named("learning/explore");

/// Values of strategies, learnt from payoffs.
pub struct Reinforce {
    rule: Arc<dyn Learning>,
    /// the values, one a strategy
    values: ColumnDef,
    /// for each strategy those that its followers may take up
    open: Vec<Vec<u8>>,
    every: u64,
    revision: Revision,
}

impl Reinforce {
    /// Agents learn after every so many ticks.
    pub fn new(
        rule: Arc<dyn Learning>,
        values: ColumnDef,
        open: Vec<Vec<u8>>,
        every: u64,
        revision: Revision,
    ) -> Reinforce {
        Reinforce { rule, values, open, every, revision }
    }
}

impl Pass for Reinforce {
    fn name(&self) -> &'static str {
        "learning/reinforce"
    }

    fn access(&self) -> Access {
        Access::default().read::<Payoff>().write::<Strategy>().write_of(&self.values)
    }

    fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let Models::Memory(rule) = self.rule.models() else { return };
        let payoff = &view.col::<Payoff>()[at.range()];
        let choice = mine.take::<Strategy>();
        let values = mine.take_of::<f32>(&self.values);
        let mut before = [0u8; BLOCK];
        before[..at.len].copy_from_slice(choice);
        let (happens, into) = (at.chance.stream(EXPLORE), at.chance.stream(DECISION));
        let rows = values.chunks_exact_mut(self.values.len).zip(payoff).zip(choice.iter_mut());
        for (place, ((values, &payoff), choice)) in rows.enumerate() {
            let agent = (at.first + place) as u64;
            rule.learn(values, usize::from(*choice), f64::from(payoff));
            let open = &self.open[usize::from(*choice)];
            *choice = rule.choose(values, open, [happens.at(agent), into.at(agent)]);
        }
        self.revision.settle(at, &before[..at.len], choice);
    }
}
