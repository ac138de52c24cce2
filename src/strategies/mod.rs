//! Strategies: what an agent does, given what it sees.

mod discriminator;
mod linear;
mod mixed;
mod pure;
mod tag_based;
mod tempted;

use crate::registry::{Context, Row, Wrong};
use crate::scenario::numbers::NumberOrName;
use crate::scenario::problems::suggest;

/// What an agent knows of the partner when it acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// the partner's reputation is bad, or its tag is another
    Bad,
    /// the partner's reputation is good, or its tag is of one's own kind
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

/// What an agent looks at in the partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees<'a> {
    /// nothing
    Nothing,
    /// its reputation
    Reputation,
    /// its tag
    Tags(&'a TagsOf),
}

/// The traits by which agents tell their own kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagsOf {
    /// the tag
    pub tag: String,
    /// how far a tag of one's own kind may be from one's own; none: it is the same
    pub within: Option<String>,
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

    /// What it looks at in the partner.
    fn sees(&self) -> Sees<'_> {
        Sees::Nothing
    }
}

/// That a trait which a strategy names is there, or the reason why it is not.
pub(crate) fn has_trait(name: &str, key: &'static str, context: &Context) -> Result<(), Wrong> {
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

/// Nobody: what stands for empty places. It is never brought together with anybody.
struct Nobody(usize);

impl Strategy for Nobody {
    fn chances(&self, _: Seen) -> Vec<f64> {
        (0..self.0).map(|act| f64::from(u8::from(act == 0))).collect()
    }
}

/// What stands for empty places in a world of so many acts.
pub(crate) fn nobody(acts: usize) -> Box<dyn Strategy> {
    Box::new(Nobody(acts))
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static STRATEGIES: &[Row<dyn Strategy>] = &[
    discriminator::ROW,
    linear::ROW,
    mixed::ROW,
    pure::ROW,
    tag_based::ROW,
    tempted::ROW,
];
