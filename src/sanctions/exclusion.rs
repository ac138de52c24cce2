//! Exclusion: nobody plays with the punished for a while.

use super::{Eyes, Reach, Sanction, about_acts};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Count, NonNegative};

/// Who is punished in a meeting meets nobody in the next ticks.
///
/// payoff(i) −= fee · (acts that i punishes); the punished is out of all meetings for `ticks` ticks and earns nothing
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Exclusion {
    /// ticks without a meeting, 1 to 65,535
    ticks: Count,
    /// what the punisher pays, in payoff units a punishment
    fee: Option<NonNegative>,
}

impl Spec<dyn Sanction> for Exclusion {
    fn build(self, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
        if self.ticks.get() > 65_535 {
            let says = format!("{} ticks are more than can be counted down", self.ticks.get());
            return Err(Wrong::new(says).at("ticks").help("write at most 65535"));
        }
        let reach = Reach::plain(Eyes::Meeting, 0.0, self.fee.map_or(0.0, |fee| fee.get()));
        about_acts(Reach { bars: self.ticks.get(), ..reach }, context)
    }
}

pub(super) const ROW: Row<dyn Sanction> = Row::of::<Exclusion>("exclusion", &["sasaki2013"], "ticks = 5");
