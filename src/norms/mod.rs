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

/// The two shapes of a norm.
#[derive(Clone, Copy)]
pub enum Assesses<'a> {
    /// a reputation is good or bad: the verdict on every act
    Standing(Verdicts),
    /// a reputation is a number from 0 to 1, or below 0 while nothing is known
    Graded(&'a dyn Graded),
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
];
