//! Reward: the other side of punishment.

use super::{Reach, Sanction, Who, about_acts};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// Each agent gives to those at its meeting whose act its strategy sanctions, at a fee for each gift.
///
/// payoff(i) += bonus · (agents that reward i's act) − fee · (acts that i rewards); whom a strategy rewards is its key
/// `punishes`, or `whom` of the section, such as "cooperators"
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reward {
    /// what the rewarded gets, in payoff units a reward
    bonus: NonNegative,
    /// what it costs to reward, in payoff units a reward
    fee: NonNegative,
    /// among whom: all of the meeting, the partner of a meeting of two, or one random other of the group
    #[serde(default = "meeting")]
    who: Who,
}

fn meeting() -> Who {
    Who::Meeting
}

impl Spec<dyn Sanction> for Reward {
    fn build(self, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
        about_acts(Reach::plain(self.who.eyes(), -self.bonus.get(), self.fee.get()), context)
    }
}

pub(super) const ROW: Row<dyn Sanction> =
    Row::of::<Reward>("reward", &["sigmund2001"], "bonus = 1.0\nfee = 0.3");
