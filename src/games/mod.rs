//! Games: what a meeting pays.
//!
//! Acts are few, so the engine asks a game once, when the world is built, and works from tables.

mod donation;
mod matrix;
mod norms;
mod prisoners_dilemma;
mod public_goods;
mod sharing;

use crate::registry::Row;
use std::any::Any;

/// What a meeting pays.
pub trait Game: Any + Send + Sync {
    /// Names of the acts; an act's code is its place.
    fn acts(&self) -> Vec<String>;

    /// Who is paid for what.
    fn pays(&self) -> Pays<'_>;

    /// The code of the act that counts as cooperation, if the game knows one.
    fn cooperation(&self) -> Option<u8> {
        let at = self.acts().iter().position(|act| act == "C")?;
        u8::try_from(at).ok()
    }
}

/// The two shapes of a game.
pub enum Pays<'a> {
    /// every pair of a meeting plays
    Pair(&'a dyn PairGame),
    /// all of a meeting play one game together
    Many(&'a dyn GroupGame),
    /// in meetings of two, shares of wealth are given
    Share(&'a dyn ShareGame),
    /// each of a group is tempted in turn, before all others
    Tempt(&'a dyn TemptGame),
}

/// A game of two.
pub trait PairGame {
    /// Payoff of an agent that plays `mine` against `theirs`, in payoff units.
    fn pay(&self, mine: u8, theirs: u8) -> f64;
}

/// A game of many, where each gives (act 1), does not (act 0), or stays out (act [`OUT`], in games that have it).
pub trait GroupGame {
    /// Payoff of who did `mine`, in payoff units: `members` take part in the game, of whom `givers` gave. Who stays out
    /// is none of them.
    fn pay(&self, mine: u8, givers: f64, members: f64) -> f64;
}

/// The act of staying out of a game of many.
pub const OUT: u8 = 2;

/// A game in which acts are shares of what one has.
pub trait ShareGame {
    /// What the recipient gets for each unit given.
    fn multiplier(&self) -> f64;

    /// What everybody has after each learning event, in payoff units.
    fn endowment(&self) -> f64;
}

/// A game of opportunities to defect.
pub trait TemptGame {
    /// What a defector gains, in payoff units.
    fn temptation(&self) -> f64;

    /// What each other agent of the group loses, in payoff units.
    fn hurt(&self) -> f64;

    /// Least and greatest chance of being seen.
    fn seen(&self) -> [f64; 2];
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static GAMES: &[Row<dyn Game>] = &[
    donation::ROW,
    matrix::ROW,
    norms::ROW,
    prisoners_dilemma::ROW,
    public_goods::ROW,
    sharing::ROW,
];
