//! Strategies: what an agent does, given what it sees.

mod automaton;
mod continuous;
mod discriminator;
mod harvester;
mod learner;
mod linear;
mod memory_one;
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

/// A memory inside a meeting: states, of which the first is that of the first round.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// the states
    pub states: Vec<State>,
}

/// A state of a memory.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// the chance of each act, summing to 1
    pub chances: Vec<f64>,
    /// `[own act * acts + partner's act]`: the next state
    pub next: Vec<u16>,
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

impl Share {
    /// Whether it depends on what is known of the partner.
    pub fn looks(&self) -> bool {
        self.first != self.base || !matches!(self.slope, NumberOrName::Number(slope) if slope.get() == 0.0)
    }
}

/// An inclination that is a number of each agent's own.
#[derive(Clone, Debug)]
pub enum Leaning {
    /// to give a share of what one has
    Share(Share),
    /// to take so many units of a stock
    Takes(NumberOrName),
    /// to take a share of a stock
    TakesShare(NumberOrName),
    /// to take what all could take so that a stock recovers
    FairShare,
    /// to defect where the chance of being seen is below this
    Dare(NumberOrName),
    /// to follow whichever of these it has learnt to be worth most
    Learns(Vec<Policy>),
}

/// What a learner may come to do: a strategy of its own, to which agents change only from others of the same learner.
#[derive(Clone, Debug)]
pub struct Policy {
    /// what its name adds to that of the learner
    pub name: String,
    /// the chance of each act towards the bad, or other kinds, and towards the good, or one's own kind
    pub chances: [Vec<f64>; 2],
    /// whether it looks at reputations
    pub reputation: bool,
    /// the tags that it looks at
    pub tags: Option<TagsOf>,
}

impl Strategy for Policy {
    fn chances(&self, seen: Seen) -> Vec<f64> {
        self.chances[usize::from(seen == Seen::Good)].clone()
    }

    fn sees(&self) -> Sees<'_> {
        match &self.tags {
            Some(tags) => Sees::Tags(tags),
            None if self.reputation => Sees::Reputation,
            None => Sees::Nothing,
        }
    }
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

    /// What it remembers inside a meeting of several rounds.
    fn memory(&self) -> Option<&Machine> {
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
    Err(no_such_act(act, key, context))
}

/// Why an act cannot be played.
pub(crate) fn no_such_act(act: &str, key: &'static str, context: &Context) -> Wrong {
    let says = if context.acts.is_empty() {
        format!("there is no game in which `{act}` could be played")
    } else {
        format!("the game has no act `{act}`")
    };
    let help = match &context.acts[..] {
        [] => "add a [game], or leave the key out: the strategy is then a label".into(),
        acts => format!("its acts are {}", acts.join(", ")),
    };
    Wrong::new(says).at(key).help(help)
}

/// The act of a game of two acts that stands for cooperation: C, or the first where none is called C.
pub(crate) fn cooperative(context: &Context) -> Result<usize, Wrong> {
    match &context.acts[..] {
        [_, _] => Ok(context.acts.iter().position(|act| act == "C").unwrap_or(0)),
        [] => Err(Wrong::new("this strategy needs a game to play").help("add a [game]")),
        acts => {
            let says = format!("this strategy chooses between two acts, and the game has {}", acts.len());
            Err(Wrong::new(says).help("use a game of two acts, or the kind automaton"))
        }
    }
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
    automaton::ROW,
    continuous::ROW,
    discriminator::ROW,
    harvester::ROW,
    learner::ROW,
    linear::ROW,
    memory_one::ROW,
    mixed::ROW,
    pure::ROW,
    tag_based::ROW,
    tempted::ROW,
];
