//! Tests of the whole engine, in one binary so that they link once.

mod bits;
mod norms;
mod support;
