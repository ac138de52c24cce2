//! Learning: how strategies and opinions change.
//!
//! A rule is a scalar formula; the block methods are provided, compiled once a rule with the formula inlined. So one
//! definition serves both clocks.

mod above_average;
mod adjust;
mod averaging;
mod best_response;
mod bounded_confidence;
mod bush_mosteller;
mod conform;
mod copy;
mod fermi;
mod imitate_best;
mod imitate_better;
mod logit;
mod majority;
mod moran;
mod naming_game;
mod proportional;
mod q_learning;
mod q_voter;
mod ratio;
mod roth_erev;
mod truncation;
mod win_stay_lose_shift;
mod wright_fisher;

use crate::chance::{Draws, unit};
use crate::kernels::{Along, Width, wide};
use crate::partners::{Steps, cover};
use crate::pass::At;
use crate::registry::{Context, Row, Wrong};
use crate::scenario::expression::Expression;
use crate::scenario::numbers::NumberOrName;
use crate::scenario::problems::suggest;
use std::any::Any;

/// What a learner looks at.
#[derive(Clone, Copy)]
pub enum Models<'r> {
    /// one model, drawn at random
    One,
    /// every model, one after the other
    All,
    /// parents are drawn by fitness; who is replaced is said here
    Parents(Replaced),
    /// how many of its models follow each strategy
    Numbers {
        /// what it makes of the numbers
        choice: &'r dyn Choice,
        /// whether it counts itself
        with_self: bool,
    },
    /// what each strategy would earn where it stands
    Prospects(&'r dyn Choice),
    /// a trait of its models, which moves its own
    Opinions(&'r dyn Opinions),
    /// what everybody of its group earned, or a trait of theirs: some are replaced by others
    Ranks {
        /// the trait; none: payoffs
        by: Option<&'r str>,
        /// who is replaced by whom
        selection: &'r dyn Selection,
    },
    /// nobody: what it earned itself with each strategy
    Memory(&'r dyn Values),
    /// the words of a model, with whom it talks: the set of words of each strategy, by code; none: any number of words
    Words(Option<&'r [u64]>),
}

impl Models<'_> {
    /// Whether what changes is the strategy.
    pub fn are_strategies(&self) -> bool {
        !matches!(self, Models::Opinions(_) | Models::Words(None))
    }
}

/// How the next generation of a group comes from this one.
pub trait Selection: Send + Sync {
    /// The parent of each place, from the values of a group whose first agent is `first`. Draws are addressed by the
    /// agents: `keys` to order them, `places` to fill a place.
    fn parents(&self, values: &[f64], keys: Draws, places: Draws, first: usize, parents: &mut [u32]);
}

/// How an agent learns from what it earned.
pub trait Values: Send + Sync {
    /// What every strategy is worth at the start, in payoff units.
    fn initial(&self) -> f64;

    /// Takes in what `own` earned.
    fn learn(&self, values: &mut [f32], own: usize, payoff: f64);

    /// The strategy that is followed next, among those that are open.
    fn choose(&self, values: &[f32], open: &[u8], draws: [u64; 2]) -> u8;
}

/// How a learner chooses a strategy by a number that each has.
pub trait Choice: Send + Sync {
    /// The strategy that is chosen: `own` is the learner's, `values` holds a number for each, `draw` decides what is
    /// left to chance.
    fn choose(&self, own: usize, values: &[f64], draw: u64) -> usize;
}

/// How a number that an agent holds moves toward those of others.
pub trait Opinions: Send + Sync {
    /// What is heard.
    fn hearing(&self) -> Hearing<'_>;

    /// How far another value may lie from one's own to be heard; `parameter` is the listener's.
    fn reach(&self, _parameter: f64) -> f64 {
        f64::INFINITY
    }

    /// The new value, from one's own, the first one had, and the mean of those heard.
    fn moves(&self, own: f64, first: f64, heard: f64, parameter: f64) -> f64;
}

/// What each listener is told besides what it hears.
#[derive(Clone, Copy)]
pub enum Told<'r> {
    /// a number, or the listener's own of a trait
    Parameter(&'r NumberOrName),
    /// a metric of its group as the last tick ended
    Metric(&'r Expression),
}

/// How many are heard at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// nobody
    Nobody,
    /// one model, drawn at random
    One,
    /// all models together
    All,
}

/// What a rule about opinions hears.
#[derive(Clone, Copy)]
pub struct Hearing<'r> {
    /// the trait that moves
    pub column: &'r str,
    /// a parameter of each listener
    pub told: Told<'r>,
    /// who is heard
    pub heard: Heard,
    /// whether the mean over all models includes oneself
    pub with_self: bool,
    /// whether the one who is heard listens too: both move
    pub both: bool,
    /// values left out at either end
    pub trim: usize,
    /// whether the first value that one had matters
    pub first: bool,
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
    /// What a learner looks at.
    fn models(&self) -> Models<'_>;

    /// Whether payoffs matter to it.
    fn compares(&self) -> bool {
        let models = self.models();
        let looks = matches!(models, Models::One | Models::All | Models::Prospects(_) | Models::Memory(_));
        looks || matches!(models, Models::Ranks { by: None, .. })
    }

    /// Whether [`Learning::takes`] looks at its chance at all.
    fn chancy(&self) -> bool {
        true
    }

    /// Whether the learner takes over the strategy of a model of this payoff. `carry` starts as the learner's own
    /// payoff and is handed from model to model; `chance` is uniform in [0, 1), and a smaller one never undoes what a greater
    /// one does.
    fn takes(&self, _carry: &mut f32, _model: f32, _chance: f32) -> bool {
        false
    }

    /// The weight with which an agent of this payoff is drawn as a parent, not negative.
    fn fitness(&self, payoff: f64) -> f64 {
        payoff
    }

    /// [`Learning::takes`] for a block, without branches; `choice` is overwritten where the model is taken.
    fn takes_block(&self, carry: &mut [f32], choice: &mut [u8], models: Shown, draws: &[u64]) {
        wide!({
            let rows = carry.iter_mut().zip(choice).zip(models.payoff).zip(models.strategy).zip(draws);
            for ((((carry, choice), &payoff), &strategy), &draw) in rows {
                let take = u8::from(self.takes(carry, payoff, unit(draw))).wrapping_neg();
                *choice ^= (*choice ^ strategy) & take;
            }
        });
    }

    /// What a block chooses by a rule without chance, when it looks at its models by each step in turn.
    fn takes_along(&self, at: &At, steps: &Steps, everybody: Shown, choice: &mut [u8]) {
        wide!(steps.stretches(
            at.range(),
            #[inline(always)]
            |own, models| {
                let (first, choice) = (at.first + own.start, &mut choice[own]);
                match choice.len() {
                    // Sixteen registers of half the width have no room for so many.
                    64.. if Width::in_use() == Width::V4 => {
                        takes_lanes::<64, _>(self, first, &models, everybody, choice);
                    }
                    32.. => takes_lanes::<32, _>(self, first, &models, everybody, choice),
                    16.. => takes_lanes::<16, _>(self, first, &models, everybody, choice),
                    _ => takes_lanes::<1, _>(self, first, &models, everybody, choice),
                }
            }
        ));
    }
}

/// What a stretch of agents chooses, `L` at once: what each has seen so far stays in registers from model to model. `along` is
/// where the models of the stretch stand.
#[inline(always)]
fn takes_lanes<const L: usize, R: Learning + ?Sized>(
    rule: &R,
    first: usize,
    along: &Along,
    everybody: Shown,
    choice: &mut [u8],
) {
    cover::<L>(
        choice.len(),
        #[inline(always)]
        |k| {
            let own = first + k..first + k + L;
            along.call_ahead::<L, _>(k, everybody.payoff);
            along.call_ahead::<L, _>(k, everybody.strategy);
            let (mut carry, mut chosen) = ([0f32; L], [0u8; L]);
            carry.copy_from_slice(&everybody.payoff[own.clone()]);
            chosen.copy_from_slice(&everybody.strategy[own]);
            for (payoff, strategy) in along.lanes::<L, _, _>(k, (everybody.payoff, everybody.strategy)) {
                // Arrays of their own: those that are changed in place would stand in memory.
                let (mut carries, mut chooses) = ([0f32; L], [0u8; L]);
                for lane in 0..L {
                    carries[lane] = carry[lane];
                    let take = u8::from(rule.takes(&mut carries[lane], payoff[lane], 0.0)).wrapping_neg();
                    chooses[lane] = chosen[lane] ^ ((chosen[lane] ^ strategy[lane]) & take);
                }
                (carry, chosen) = (carries, chooses);
            }
            choice[k..k + L].copy_from_slice(&chosen);
        },
    );
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
    above_average::ROW,
    adjust::ROW,
    averaging::ROW,
    best_response::ROW,
    bounded_confidence::ROW,
    bush_mosteller::ROW,
    conform::ROW,
    copy::ROW,
    fermi::ROW,
    imitate_best::ROW,
    imitate_better::ROW,
    logit::ROW,
    majority::ROW,
    moran::ROW,
    naming_game::ROW,
    proportional::ROW,
    q_learning::ROW,
    q_voter::ROW,
    ratio::ROW,
    roth_erev::ROW,
    truncation::ROW,
    win_stay_lose_shift::ROW,
    wright_fisher::ROW,
];

/// Refuses a trait that the world does not have.
fn known_trait(key: &'static str, name: &str, context: &Context) -> Result<(), Wrong> {
    if context.traits.iter().any(|known| known == name) {
        return Ok(());
    }
    let help = match &context.traits[..] {
        [] => format!("add a [[trait]] with name = \"{name}\""),
        traits => {
            let known: Vec<&str> = traits.iter().map(String::as_str).collect();
            suggest(name, &known, "the traits are")
        }
    };
    Err(Wrong::new(format!("there is no trait `{name}`")).at(key).help(help))
}

/// The same for a parameter that may be a trait.
fn known_parameter(key: &'static str, value: &NumberOrName, context: &Context) -> Result<(), Wrong> {
    match value {
        NumberOrName::Number(_) => Ok(()),
        NumberOrName::Name(name) => known_trait(key, name, context),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kernels look for the chance below which a learner takes over: there is one.
    #[test]
    fn no_smaller_chance_undoes_what_a_greater_one_does() {
        let context = Context { traits: vec!["stubborn".into()], ..Context::default() };
        let built =
            LEARNING.iter().filter_map(|row| Some((row.kind, row.parse(row.example, &context).ok()?)));
        let of_one: Vec<_> = built.filter(|(_, rule)| matches!(rule.models(), Models::One)).collect();
        assert!(of_one.len() >= 5, "{} rules look at one model", of_one.len());
        let payoffs = [-1e30, -7.5, -1.0, -1e-3, 0.0, 1e-3, 0.3, 1.0, 1.85, 7.5, 1e30f32];
        for (kind, rule) in of_one {
            for (own, model) in payoffs.iter().flat_map(|&own| payoffs.map(|model| (own, model))) {
                let takes = |k: u32| rule.takes(&mut own.clone(), model, k as f32 / 4_096.0);
                let all = (0..4_096).map(takes);
                assert!(all.is_sorted_by(|a, b| a >= b), "{kind}: {own}, {model}");
            }
        }
    }
}
