//! Strategies: what an agent does, given what it sees.

mod discriminator;
mod linear;
mod mixed;
mod pure;
mod tempted;

use crate::registry::{Context, Row, Wrong};
use crate::scenario::numbers::NumberOrName;

/// What an agent knows of the partner when it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// the partner's reputation is bad
    Bad,
    /// the partner's reputation is good
    Good,
}

/// A share of wealth that depends on the partner's reputation, a number.
#[derive(Clone, Debug)]
pub struct Share {
    /// where nothing is known
    pub first: NumberOrName,
    /// towards a reputation of 0
    pub base: NumberOrName,
    /// by how much it rises over all reputations
    pub slope: NumberOrName,
}

/// An inclination that is a number of each agent's own.
#[derive(Clone, Debug)]
pub enum Leaning {
    /// to give a share of what one has
    Share(Share),
    /// to defect where the chance of being seen is below this
    Dare(NumberOrName),
}

/// Refuses a trait that the world does not have.
fn known(key: &'static str, value: &NumberOrName, context: &Context) -> Result<(), Wrong> {
    match value {
        NumberOrName::Name(name) if !context.traits.contains(name) => {
            let says = format!("there is no trait `{name}`");
            Err(Wrong::new(says).at(key).help("write a number, or the name of a [[trait]]"))
        }
        _ => Ok(()),
    }
}

/// What an agent does.
pub trait Strategy: Send + Sync {
    /// The chance of each act in a context, one number an act, summing to 1.
    /// An empty list in a world without a game: the strategy is only a label.
    fn chances(&self, seen: Seen) -> Vec<f64>;

    /// What it is inclined to in games where acts are more than done or not; none: its chance to cooperate.
    fn leaning(&self) -> Option<Leaning> {
        None
    }

    /// Whether it looks at the partner's reputation.
    fn looks(&self) -> bool {
        false
    }
}

/// The chances of someone who always does `act`, or the reason why the world has no such act.
pub(crate) fn always(act: &str, key: &'static str, context: &Context) -> Result<Vec<f64>, Wrong> {
    if context.acts.iter().any(|known| known == act) {
        return Ok(context.acts.iter().map(|known| f64::from(known == act)).collect());
    }
    let says = if context.acts.is_empty() {
        format!("there is no game in which `{act}` could be played")
    } else {
        format!("the game has no act `{act}`")
    };
    let help = match &context.acts[..] {
        [] => "add a [game], or leave the key out: the strategy is then a label".into(),
        acts => format!("its acts are {}", acts.join(", ")),
    };
    Err(Wrong::new(says).at(key).help(help))
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static STRATEGIES: &[Row<dyn Strategy>] = &[
    discriminator::ROW,
    linear::ROW,
    mixed::ROW,
    pure::ROW,
    tempted::ROW,
];
