//! Last act: an agent is known for what it gave last, and for whom it gave it to.

use super::{Assesses, Graded, Norm};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;

/// A reputation is what an agent gave last, a number from 0 to 1; with a `trace`, also what its recipient was known for.
///
/// r(i) = (1 − trace) · given(i) + trace · r(recipient): what i gave last, what the one had given to whom i gave it, and
/// so on, each link of the chain with `trace` times the weight of the one before
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct LastAct {
    /// weight of what the recipient was known for, 0 to 1; 0: the last act alone
    trace: Option<Prob>,
}

impl Spec<dyn Norm> for LastAct {
    fn build(self, _: &Context) -> Result<Box<dyn Norm>, Wrong> {
        Ok(Box::new(self))
    }
}

impl Norm for LastAct {
    fn assesses(&self) -> Assesses<'_> {
        Assesses::Graded(self)
    }
}

impl Graded for LastAct {
    fn after(&self, _: f32, given: f32, recipient: f32) -> f32 {
        let trace = self.trace.map_or(0.0, |trace| trace.get() as f32);
        if recipient < 0.0 { given } else { given + trace * (recipient - given) }
    }
}

pub(super) const ROW: Row<dyn Norm> = Row::of::<LastAct>("last-act", &["vallinder2024"], "trace = 0.5");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_links_of_a_chain_weigh_less_and_less() {
        let norm = LastAct { trace: Some(Prob::checked(0.5).unwrap()) };
        // One gave all to an unknown, the next gave nothing to it, a third gave all to that one.
        let first = norm.after(-1.0, 1.0, -1.0);
        let second = norm.after(-1.0, 0.0, first);
        assert_eq!([first, second, norm.after(0.3, 1.0, second)], [1.0, 0.5, 0.75]);
        let last = LastAct { trace: None };
        assert_eq!(last.after(0.3, 0.9, 0.1), 0.9);
    }
}
