//! World files: as written, checked, overridden.
pub mod expression;
pub mod numbers;
pub mod over;
pub mod problems;
pub mod schema;
pub mod text;
pub mod written;
