//! Pool punishment: punishers pay before they know whether there is anybody to punish.

use super::{Eyes, Fee, Reach, Sanction, about_acts};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// Each punisher pays into a pool at every meeting; the pool fines each act that its payers punish, once a payer.
///
/// payoff(i) −= fine · (payers at the meeting that punish i's act) + fee · (meetings of i, if it pays)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pool {
    /// what the punished pays for each payer of the meeting, in payoff units
    fine: NonNegative,
    /// what a payer pays, in payoff units a meeting
    fee: NonNegative,
}

impl Spec<dyn Sanction> for Pool {
    fn build(self, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
        let reach = Reach::plain(Eyes::Meeting, self.fine.get(), 0.0);
        about_acts(Reach { fee: Fee::Upkeep(self.fee.get()), ..reach }, context)
    }
}

pub(super) const ROW: Row<dyn Sanction> = Row::of::<Pool>("pool", &["sigmund2010"], "fine = 1.0\nfee = 0.3");
