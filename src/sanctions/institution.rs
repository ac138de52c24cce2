//! An institution: it looks at everybody, and everybody pays for it.

use super::{Eyes, Fee, Reach, Sanction, about_acts};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{NonNegative, Prob};

/// In each tick the institution looks at each agent with a probability and fines it if it did not cooperate.
///
/// payoff(i) −= fine · [i is inspected and did not cooperate] + fee − `share_of_fine` · fine · (fines of the group) / n,
/// n the agents of the group
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Institution {
    /// probability that an agent is looked at in a tick
    inspect_prob: Prob,
    /// what the punished pays, in payoff units
    fine: NonNegative,
    /// what everybody pays for the institution, in payoff units a tick
    #[serde(default = "nothing")]
    fee: NonNegative,
    /// share of the fines that is handed back to the group in equal parts, 0 to 1
    share_of_fine: Option<Prob>,
}

fn nothing() -> NonNegative {
    NonNegative::checked(0.0).expect("0 is not negative")
}

impl Spec<dyn Sanction> for Institution {
    fn build(self, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
        let reach = Reach::plain(Eyes::Inspection(self.inspect_prob.get()), self.fine.get(), 0.0);
        let back = self.share_of_fine.map_or(0.0, |share| share.get());
        about_acts(Reach { fee: Fee::Upkeep(self.fee.get()), back, ..reach }, context)
    }
}

pub(super) const ROW: Row<dyn Sanction> =
    Row::of::<Institution>("institution", &["sigmund2010"], "inspect_prob = 0.3\nfine = 1.0\nfee = 0.05");
