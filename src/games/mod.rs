//! Games: what a meeting pays.
//!
//! Acts are few, so the engine asks a game once, when the world is built, and works from tables.

mod commons;
mod donation;
mod matrix;
mod norms;
mod prisoners_dilemma;
mod public_goods;
mod sharing;
mod snowdrift;

use crate::chance::Draws;
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

/// The shapes of a game.
pub enum Pays<'a> {
    /// every pair of a meeting plays
    Pair(&'a dyn PairGame),
    /// every pair of a meeting plays, in two roles
    Roles(&'a dyn RoleGame),
    /// all of a meeting play one game together
    Many(&'a dyn GroupGame),
    /// all of a group harvest one stock
    Stock(&'a Pool),
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

/// A game of two whose payoffs depend on who is the first of the two, and perhaps on the group.
pub trait RoleGame {
    /// Payoff of the first (`role` 0) or the second (1) of a meeting of this group, own act first, in payoff units. What
    /// is drawn comes from these draws, which are the same in every tick.
    fn pay_in(&self, role: usize, acts: [u8; 2], whose: (usize, Draws)) -> f64;

    /// Whether groups are paid differently.
    fn by_group(&self) -> bool;
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

/// A stock that all of a group harvest.
#[derive(Clone)]
pub struct Pool {
    /// at the start, in units
    pub stock: f64,
    /// what it can bear, in units
    pub capacity: f64,
    /// growth, in the units of its law
    pub rate: f64,
    /// the law of growth: from stock, capacity and rate to the stock after it
    pub grows: fn(f64, f64, f64) -> f64,
    /// the most that it grows in a tick, in units
    pub best: f64,
    /// the most that one may take, in units; none: a fair share
    pub limit: Option<f64>,
    /// whether it grows before it is harvested, or after
    pub growth_first: bool,
    /// whether what is too little is given out unit by unit, or in proportion
    pub unit_by_unit: bool,
    /// below so many units it no longer grows
    pub collapse: f64,
}

impl Pool {
    /// The stock after its growth in a tick.
    pub fn grown(&self, stock: f64) -> f64 {
        if stock < self.collapse { stock } else { (self.grows)(stock, self.capacity, self.rate).max(0.0) }
    }

    /// What each of so many may take so that the stock recovers, in whole units.
    pub fn fair(&self, stock: f64, agents: usize) -> f64 {
        (self.best.min((stock / 2.0).floor()) / agents as f64).floor()
    }
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static GAMES: &[Row<dyn Game>] = &[
    commons::ROW,
    donation::ROW,
    matrix::ROW,
    norms::ROW,
    prisoners_dilemma::ROW,
    public_goods::ROW,
    sharing::ROW,
    snowdrift::ROW,
];
