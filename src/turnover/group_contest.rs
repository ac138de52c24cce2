//! Contests of groups.

use super::{Change, Turnover, WinsBy};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;

/// Groups are paired at random in every tick; two of a pair fight with a small probability, and the loser becomes a copy
/// of the winner, agent by agent, with everything but the payoffs of the tick.
///
/// P(a wins) = (1 + x(a) - x(b)) / 2, cut to 0..1, where x is what the contest is won by. With an odd number of groups one
/// sits out.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct GroupContest {
    /// probability that two paired groups fight in a tick
    contest_prob: Prob,
    /// what decides: "cooperation" (share of the acts of the tick), "payoff" (mean), the name of a trait (mean), or of a
    /// strategy (share)
    wins_by: String,
    /// what becomes of the loser
    #[serde(default)]
    loser: Loser,
}

/// What becomes of the loser.
#[derive(Default, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Loser {
    /// a copy of the winner
    #[default]
    BecomesCopy,
}

struct Contest(Change);

impl Spec<dyn Turnover> for GroupContest {
    fn build(self, context: &Context) -> Result<Box<dyn Turnover>, Wrong> {
        let Loser::BecomesCopy = self.loser;
        let wins_by = match self.wins_by.as_str() {
            "cooperation" if context.acts.iter().any(|act| act == "C") => WinsBy::Cooperation,
            "payoff" if !context.acts.is_empty() => WinsBy::Payoff,
            name if context.traits.iter().chain(&context.strategies).any(|known| known == name) => {
                WinsBy::Named(name.to_owned())
            }
            name => {
                let help = "write \"cooperation\" or \"payoff\" in a world with a game, or the name of a trait or of a \
                            strategy";
                return Err(Wrong::new(format!("this world has no `{name}`")).at("wins_by").help(help));
            }
        };
        Ok(Box::new(Contest(Change::Contest(self.contest_prob.get(), wins_by))))
    }
}

impl Turnover for Contest {
    fn changes(&self) -> Vec<Change> {
        vec![self.0.clone()]
    }
}

pub(super) const ROW: Row<dyn Turnover> =
    Row::of::<GroupContest>("group-contest", &["boyd2003"], "contest_prob = 0.5\nwins_by = \"c\"");
