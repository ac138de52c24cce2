//! World files: as written, checked, overridden.
pub mod expression;
pub mod numbers;
