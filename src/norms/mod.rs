//! Norms: how an act changes the reputation of who did it.

mod average;
mod consistent_standing;
mod image_scoring;
mod judging;
mod last_act;
mod rule;
mod shunning;
mod simple_standing;
mod standing;
mod staying;
mod stern_judging;
mod voted;

use crate::registry::Row;

/// How an act is judged, for any act, donor and recipient.
///
/// Every norm of first, second or third order is such a table of eight verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdicts(pub [bool; 8]);

impl Verdicts {
    /// The verdict (true: good) on a donor of the given standing who helped or not a recipient of the given standing.
    pub fn judge(self, helped: bool, donor_good: bool, recipient_good: bool) -> bool {
        self.0[usize::from(helped) << 2 | usize::from(donor_good) << 1 | usize::from(recipient_good)]
    }

    /// A norm that does not look at the donor's own standing, from its four letters: the verdict on help given to the
    /// good and to the bad, then on help refused to the good and to the bad.
    pub const fn second_order(letters: &[u8; 4]) -> Verdicts {
        let [cg, cb, dg, db] = *letters;
        let (cg, cb, dg, db) = (cg == b'G', cb == b'G', dg == b'G', db == b'G');
        Verdicts([db, dg, db, dg, cb, cg, cb, cg])
    }
}

/// An assessment rule: the donor's new reputation, from what it did, its own reputation and the recipient's.
pub trait Norm: Send + Sync {
    /// What a reputation is, and how it changes.
    fn assesses(&self) -> Assesses<'_>;
}

/// A number on which a group votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voting {
    /// the trait that each votes by
    pub column: String,
    /// how votes become the rule
    pub vote: Vote,
    /// ticks from one vote to the next
    pub every: u64,
}

/// How votes become a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Vote {
    /// the number that half want lower and half want higher: what a majority prefers to any other
    #[default]
    Median,
    /// the mean of what all want
    Mean,
    /// the least that anybody wants: one vote is enough to make it stricter
    Min,
}

/// The shapes of a norm.
#[derive(Clone, Copy)]
pub enum Assesses<'a> {
    /// a reputation is good or bad: the verdict on every act
    Standing(Verdicts),
    /// a reputation is a number from 0 to 1, or below 0 while nothing is known
    Graded(&'a dyn Graded),
    /// there are no reputations: a rule says what may be done
    Rule(&'a Voting),
}

/// How a reputation that is a number changes.
pub trait Graded: Send + Sync {
    /// The donor's new reputation: from its `own` and the `recipient`'s as they were, and from how much it gave, 0 (no
    /// help) to 1 (all that it could). A reputation below 0 stands for nothing known.
    fn after(&self, own: f32, given: f32, recipient: f32) -> f32;
}

impl Norm for Verdicts {
    fn assesses(&self) -> Assesses<'_> {
        Assesses::Standing(*self)
    }
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static NORMS: &[Row<dyn Norm>] = &[
    average::ROW,
    consistent_standing::ROW,
    image_scoring::ROW,
    judging::ROW,
    last_act::ROW,
    rule::ROW,
    shunning::ROW,
    simple_standing::ROW,
    standing::ROW,
    staying::ROW,
    stern_judging::ROW,
    voted::ROW,
];
