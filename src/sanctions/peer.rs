//! Peer punishment: agents punish those whom they meet or see.

use super::{Eyes, Reach, Sanction, Who, about_acts};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{NonNegative, OneOrMany};

/// Each punisher fines each act that its strategy punishes, at a fee for each fine.
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
    /// among whom: all of the meeting, the partner of a meeting of two, or one random other of the group, whoever it met;
    /// or one of the first two and the last
    #[serde(default = "meeting")]
    who: OneOrMany<Who>,
    /// in the game norms: whether who saw a defection and did not punish it is punished alike, if that is seen
    #[serde(default)]
    meta: bool,
}

fn meeting() -> OneOrMany<Who> {
    vec![Who::Meeting].into()
}

impl Spec<dyn Sanction> for Peer {
    fn build(self, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
        let eyes: Vec<Eyes> = self.who.as_slice().iter().map(|who| who.eyes()).collect();
        if eyes.iter().filter(|eyes| eyes.was_there()).count() > 1 || eyes.is_empty() || eyes.len() > 2 {
            let help = "write \"meeting\" or \"partner\", \"observed\", or one of the former with the latter";
            return Err(Wrong::new("not everybody would be punished once").at("who").help(help));
        }
        let reach = Reach::plain(Eyes::Meeting, self.fine.get(), self.fee.get());
        about_acts(Reach { eyes, meta: self.meta, ..reach }, context)
    }
}

pub(super) const ROW: Row<dyn Sanction> =
    Row::of::<Peer>("peer", &["fehr2000", "sigmund2010"], "fine = 1.0\nfee = 0.3");
