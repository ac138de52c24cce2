//! Turnover: who comes into the world and who leaves it, besides learning.
//!
//! A rule says what happens in a tick, as a list of changes; the engine has a generic pass for each.

mod birth_death;
mod group_contest;

use crate::registry::Row;
use std::any::Any;

/// How likely something is for an agent in a tick.
#[derive(Clone, Debug, PartialEq)]
pub enum Odds {
    /// as likely for everybody
    Same(f64),
    /// the agent's value of this trait, cut to 0..1
    Trait(String),
    /// the agent's payoff of the tick, cut to 0..1
    Payoff,
}

/// Where offspring is born.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BirthPlace {
    /// in a random empty place beside the parent; where there is none, nothing is born
    #[default]
    EmptyNeighbour,
    /// in the place of a random neighbour, who dies
    Victim,
    /// in a random empty place of the group; where there is none, nothing is born
    Anywhere,
}

/// What decides a contest of groups.
#[derive(Clone, Debug, PartialEq)]
pub enum WinsBy {
    /// the share of acts of cooperation in the tick
    Cooperation,
    /// the mean payoff of the tick
    Payoff,
    /// the mean of a trait, or the share of a strategy
    Named(String),
}

/// One thing that happens in a tick.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// agents, in random order, have offspring; who is born in a tick has none in it
    Births(Odds, BirthPlace),
    /// agents die and leave their places empty
    Deaths(Odds),
    /// so many agents a group arrive in random empty places
    Immigration(u64),
    /// agents who move change places with each other, across all groups
    Migration(f64),
    /// groups are paired at random; with this probability two of a pair fight, and the loser becomes a copy
    Contest(f64, WinsBy),
}

/// Who comes and who leaves.
pub trait Turnover: Any + Send + Sync {
    /// What happens, in its order.
    fn changes(&self) -> Vec<Change>;
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static TURNOVER: &[Row<dyn Turnover>] = &[
    birth_death::ROW,
    group_contest::ROW,
];
