//! mores simulates whole societies: agents meet, judge, punish, learn from each other and set off cascades.
#![warn(missing_docs)]

pub mod bench;
pub mod chance;
pub mod columns;
pub mod input;
pub mod machine;
pub mod math;
pub mod record;
pub mod registry;
pub mod scenario;
pub mod verify;
