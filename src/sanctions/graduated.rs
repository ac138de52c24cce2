//! Graduated sanctions: the first offence is cheap, the next are not.

use super::{Eyes, Fee, Reach, Sanction, about_acts};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Count, NonNegative, Prob};

/// Agents watch others and fine what their strategy punishes; the fine rises with the offences of the punished so far.
///
/// payoff(i) −= Σ fines(offence), fines being the list and its last entry for all that follow; the punisher pays
/// `fee`, or keeps `share_of_fine`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Graduated {
    /// what the first, second, … offence costs, in payoff units; the last for all that follow
    fines: Vec<NonNegative>,
    /// what the punisher pays, in payoff units a punishment
    fee: Option<NonNegative>,
    /// instead of `fee`: what the punisher pays, as a share of the fine, 0 to 1
    share_of_fine: Option<Prob>,
    /// random others of its group that each agent watches in a tick
    #[serde(default = "one")]
    observes: Count,
}

fn one() -> Count {
    Count::checked(1).expect("1 is a count")
}

impl Spec<dyn Sanction> for Graduated {
    fn build(self, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
        let fines: Vec<f64> = self.fines.iter().map(|fine| fine.get()).collect();
        if fines.is_empty() {
            return Err(Wrong::new("no fine is written").at("fines").help("write fines = [1, 2, 4]"));
        }
        let fee = match (self.fee, self.share_of_fine) {
            (Some(_), Some(_)) => {
                let says = "`fee` and `share_of_fine` both say what punishing costs";
                return Err(Wrong::new(says).at("share_of_fine").help("write one of them"));
            }
            (fee, None) => Fee::Each(fee.map_or(0.0, |fee| fee.get())),
            (None, Some(share)) => Fee::ShareOfFine(share.get()),
        };
        if self.observes.get() >= context.group_size {
            let says =
                format!("each would watch {} of {} others", self.observes.get(), context.group_size - 1);
            return Err(Wrong::new(says).at("observes").help("write a smaller number"));
        }
        let reach = Reach::plain(Eyes::Watching(self.observes.get()), 0.0, 0.0);
        about_acts(Reach { fines, fee, ..reach }, context)
    }
}

pub(super) const ROW: Row<dyn Sanction> =
    Row::of::<Graduated>("graduated", &["ostrom1990"], "fines = [1.0, 2.0, 4.0]\nobserves = 1");
