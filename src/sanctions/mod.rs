//! Sanctions: who punishes whom, at what fee and fine.

mod peer;

use crate::registry::Row;
use serde::Deserialize;

/// Among whom a peer punishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// everybody of the meeting
    Meeting,
    /// the partner of a meeting of two
    Partner,
}

/// Whom the punishers reach and what it costs.
pub trait Sanction: Send + Sync {
    /// What each punishment costs the punisher, in payoff units.
    fn fee(&self) -> f64;

    /// What each punishment costs the punished, in payoff units.
    fn fine(&self) -> f64;

    /// Among whom.
    fn who(&self) -> Who;
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static SANCTIONS: &[Row<dyn Sanction>] = &[
    peer::ROW,
];
