//! Sanctions: who punishes whom, at what fee and fine.

mod exclusion;
mod graduated;
mod institution;
mod peer;
mod pool;
mod reprisal;
mod reward;

use crate::registry::{Context, Row, Wrong};
use crate::scenario::expression::Expression;
use serde::Deserialize;

/// Among whom a peer punishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// everybody of the meeting
    Meeting,
    /// the partner of a meeting of two
    Partner,
    /// random others of the group, whoever they met
    Observed,
}

/// How those who punish come to know of an act.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Eyes {
    /// they were at the meeting
    Meeting,
    /// they were the partner in a meeting of two
    Partner,
    /// each watches so many random others of its group
    Watching(u64),
    /// an institution looks at each agent with this probability
    Inspection(f64),
}

/// What a punishment costs who carries it out.
#[derive(Clone, Debug)]
pub enum Fee {
    /// so much for each punishment, in payoff units
    Each(f64),
    /// so much for each meeting, whether there is anybody to punish or not, in payoff units
    Upkeep(f64),
    /// this share of the fine
    ShareOfFine(f64),
    /// this share of the wealth of a donor who gives nothing instead, under a condition; the partner loses so many times
    /// that
    OfWealth {
        /// share of wealth
        share: f64,
        /// what the partner loses, in what the donor spends
        times: f64,
        /// when it happens
        when: Expression,
    },
}

/// What a sanction does, as the engine makes passes of it.
#[derive(Clone, Debug)]
pub struct Reach {
    /// how acts come to be known: one way or several
    pub eyes: Vec<Eyes>,
    /// what the punished pays for its first, second, … offence, in payoff units, the last for all that follow; below 0
    /// it is given
    pub fines: Vec<f64>,
    /// what it costs to punish
    pub fee: Fee,
    /// ticks for which the punished may meet nobody
    pub bars: u64,
    /// share of the fines that is handed back to the group in equal parts
    pub back: f64,
    /// whether who saw and did not punish is punished alike
    pub meta: bool,
}

impl Eyes {
    /// Whether the punisher was at the meeting.
    pub fn was_there(&self) -> bool {
        matches!(self, Eyes::Meeting | Eyes::Partner)
    }
}

impl Who {
    fn eyes(self) -> Eyes {
        match self {
            Who::Meeting => Eyes::Meeting,
            Who::Partner => Eyes::Partner,
            Who::Observed => Eyes::Watching(1),
        }
    }
}

impl Reach {
    /// Whether all who punish were at the meeting.
    pub fn only_at_meetings(&self) -> bool {
        self.eyes.iter().all(Eyes::was_there)
    }

    /// Whether it is an institution that punishes.
    pub fn inspects(&self) -> bool {
        self.eyes.iter().any(|eyes| matches!(eyes, Eyes::Inspection(_)))
    }

    /// One fine and a fee for each punishment.
    fn plain(eyes: Eyes, fine: f64, fee: f64) -> Reach {
        let eyes = vec![eyes];
        Reach { eyes, fines: vec![fine], fee: Fee::Each(fee), bars: 0, back: 0.0, meta: false }
    }
}

/// Whom the punishers reach and what it costs.
pub trait Sanction: Send + Sync {
    /// All of it.
    fn reach(&self) -> Reach;
}

impl Sanction for Reach {
    fn reach(&self) -> Reach {
        self.clone()
    }
}

/// A sanction, if there are acts that it could be about.
fn about_acts(reach: Reach, context: &Context) -> Result<Box<dyn Sanction>, Wrong> {
    if context.acts.is_empty() {
        let help = "add a [game]";
        return Err(Wrong::new("there are no acts that could be punished").help(help));
    }
    Ok(Box::new(reach))
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static SANCTIONS: &[Row<dyn Sanction>] = &[
    exclusion::ROW,
    graduated::ROW,
    institution::ROW,
    peer::ROW,
    pool::ROW,
    reprisal::ROW,
    reward::ROW,
];
