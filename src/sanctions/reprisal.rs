//! Reprisal: instead of giving, the donor spends something to take more from the recipient.

use super::{Eyes, Fee, Reach, Sanction, about_acts};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::expression::Expression;
use crate::scenario::numbers::{NonNegative, Prob};

/// In a game of shares, a donor for whom a condition holds gives nothing, spends a share of its wealth, and its partner
/// loses a multiple of that, but no more than it has.
///
/// payoff(i) −= s · wealth(i); payoff(partner) −= times · s · wealth(i), s = `share_of_wealth`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Reprisal {
    /// a condition on traits of the donor, on `reputation`, and on the same of its partner: `partner.reputation < 0.3`;
    /// it never holds while nothing is known of the partner
    when: String,
    /// what the donor spends, as a share of its wealth, 0 to 1
    share_of_wealth: Prob,
    /// what the partner loses, in what the donor spends
    times: NonNegative,
}

impl Spec<dyn Sanction> for Reprisal {
    fn build(self, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
        let when = Expression::parse(&self.when).map_err(|error| {
            let help = "write a condition such as \"partner.reputation < 0.3\"";
            Wrong::new(error.says).at("when").help(help)
        })?;
        for (name, _) in when.names() {
            let own = name.strip_prefix("partner.").unwrap_or(name);
            if own != "reputation" && !context.traits.iter().any(|known| known == own) {
                let says = format!("`{name}` is nothing that is known of an agent");
                let help = "write reputation, a trait, or either with `partner.` before it";
                return Err(Wrong::new(says).at("when").help(help));
            }
        }
        let (share, times) = (self.share_of_wealth.get(), self.times.get());
        let reach = Reach::plain(Eyes::Partner, 0.0, 0.0);
        about_acts(Reach { fines: vec![], fee: Fee::OfWealth { share, times, when }, ..reach }, context)
    }
}

pub(super) const ROW: Row<dyn Sanction> = Row::of::<Reprisal>(
    "reprisal",
    &["vallinder2024"],
    "when = \"partner.reputation < 0.3\"\nshare_of_wealth = 0.1\ntimes = 2.0",
);
