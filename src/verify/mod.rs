//! Expectations: what a world should give, the samples that a run hands over, and the comparison.
//!
//! [`Expect`] is the section as written, [`Expectation`] the same checked. For each of its [`Expectation::points`] a
//! run is made and feeds a [`Sampler`]; [`Sampler::finish`] gives a [`Sample`], replicates are joined to it, and
//! [`Expectation::outcomes`] compares. The order is: metric for each tick and group, `where`, `bin`, `reduce` over
//! ticks, `groups`, the metric of what `let` has named, `fit` along the axis, relation to the value or to `than`.
//!
//! Nothing here knows the engine: metrics come as numbers through a closure, by the index of their name.

mod check;
mod compare;
mod expect;
mod expectation;
mod fields;
mod fits;
mod further;
mod reduce;
mod run;
mod samples;
mod student;
mod window;

pub use check::Wrong;
pub use compare::Outcome;
pub use expect::{Expect, Fast, Fit, Groups, Reduce, Relation, Take, Than, Tier};
pub use expectation::{Component, Expectation, Point, Shrink};
pub use fields::{Along, At, Axis, Bins, Case, Lets, Margin, Numbers, OneOrMany, Over, Setting};
pub use reduce::{Estimate, Moments};
pub use run::{Verdict, VerifyError, verify};
pub use samples::{Sample, Sampler, TooLarge};
pub use window::Window;
