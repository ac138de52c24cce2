//! Peer punishment: agents punish those whom they meet.

use super::{Sanction, Who};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// In a meeting, each punisher fines each act that its strategy punishes, at a fee for each fine.
///
/// payoff(i) −= fine · (punishers of i's act) + fee · (acts that i punishes); whom a strategy punishes is its key
/// `punishes`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Peer {
    /// what the punished pays, in payoff units a punishment
    fine: NonNegative,
    /// what the punisher pays, in payoff units a punishment
    fee: NonNegative,
    /// among whom: all of the meeting, or the partner of a meeting of two
    #[serde(default = "meeting")]
    who: Who,
}

fn meeting() -> Who {
    Who::Meeting
}

impl Spec<dyn Sanction> for Peer {
    fn build(self, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
        if context.acts.is_empty() {
            let help = "add a [game]";
            return Err(Wrong::new("there are no acts that could be punished").help(help));
        }
        Ok(Box::new(self))
    }
}

impl Sanction for Peer {
    fn fee(&self) -> f64 {
        self.fee.get()
    }

    fn fine(&self) -> f64 {
        self.fine.get()
    }

    fn who(&self) -> Who {
        self.who
    }
}

pub(super) const ROW: Row<dyn Sanction> =
    Row::of::<Peer>("peer", &["fehr2000", "sigmund2010"], "fine = 1.0\nfee = 0.3");
