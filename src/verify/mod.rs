//! Expectations: what a world should give, the samples that a run hands over, and the comparison.
//!
//! [`Expect`] is the section as written, [`Expectation`] the same checked. For each of its [`Expectation::points`] a
//! run is made and feeds a [`Sampler`]; [`Sampler::finish`] gives a [`Sample`], replicates are joined to it, and
//! [`Expectation::outcomes`] compares. The order is: metric for each tick and group, `where`, `reduce` over ticks,
//! `groups`, relation.
//!
//! Nothing here knows the engine: metrics come as numbers through a closure, by the index of their name.

mod check;
mod compare;
mod expect;
mod expectation;
mod fields;
mod reduce;
mod run;
mod samples;
mod window;

pub use check::Wrong;
pub use compare::Outcome;
pub use expect::{Expect, Fast, Groups, Reduce, Relation, Tier};
pub use expectation::{Component, Expectation, Point, Shrink};
pub use fields::{Along, At, Axis, Case, Margin, Numbers, OneOrMany, Over, Setting};
pub use reduce::{Estimate, Moments};
pub use run::{Verdict, VerifyError, verify};
pub use samples::{Sample, Sampler, TooLarge};
pub use window::Window;
