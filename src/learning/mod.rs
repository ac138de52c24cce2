//! Learning: how strategies spread.
//!
//! A rule is a scalar formula; the block methods are provided, compiled once a rule with the formula inlined. So one
//! definition serves both clocks.

mod fermi;
mod imitate_best;
mod imitate_better;
mod moran;
mod proportional;
mod wright_fisher;

use crate::chance::unit;
use crate::registry::Row;
use std::any::Any;

/// Whom a learner looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Models {
    /// one model, drawn at random
    One,
    /// every model, one after the other
    All,
    /// parents are drawn by fitness; who is replaced is said here
    Parents(Replaced),
}

/// Whom the offspring of a parent replaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// birth first: a random agent of the models, or of the whole group, the parent included
    Anyone,
    /// birth first: a random agent other than the parent
    Others,
    /// death first: a random agent dies, its models compete for the place
    Dead,
    /// the whole group at once
    Generation,
}

/// How a learner takes over the strategy of a model, or a parent is drawn.
pub trait Learning: Any + Send + Sync {
    /// Whom a learner looks at.
    fn models(&self) -> Models;

    /// Whether [`Learning::takes`] looks at its chance at all.
    fn chancy(&self) -> bool {
        true
    }

    /// Whether the learner takes over the strategy of a model of this payoff. `carry` starts as the learner's own
    /// payoff and is handed from model to model; `chance` is uniform in [0, 1).
    fn takes(&self, carry: &mut f32, model: f32, chance: f32) -> bool;

    /// The weight with which an agent of this payoff is drawn as a parent, not negative.
    fn fitness(&self, payoff: f64) -> f64 {
        payoff
    }

    /// [`Learning::takes`] for a block, without branches; `choice` is overwritten where the model is taken.
    fn takes_block(&self, carry: &mut [f32], choice: &mut [u8], models: Shown, draws: &[u64]) {
        let rows = carry.iter_mut().zip(choice).zip(models.payoff).zip(models.strategy).zip(draws);
        for ((((carry, choice), &payoff), &strategy), &draw) in rows {
            let take = u8::from(self.takes(carry, payoff, unit(draw))).wrapping_neg();
            *choice ^= (*choice ^ strategy) & take;
        }
    }
}

/// What is seen of the models of a block.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// payoff of each agent's model
    pub payoff: &'a [f32],
    /// strategy of each agent's model
    pub strategy: &'a [u8],
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static LEARNING: &[Row<dyn Learning>] = &[
    fermi::ROW,
    imitate_best::ROW,
    imitate_better::ROW,
    moran::ROW,
    proportional::ROW,
    wright_fisher::ROW,
];
