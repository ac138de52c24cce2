//! mores simulates whole societies: agents meet, judge, punish, learn from each other and set off cascades.

pub mod bench;
pub mod chance;
pub mod columns;
pub mod games;
pub mod groups;
pub mod input;
pub mod learning;
pub mod machine;
pub mod math;
pub mod norms;
pub mod pairings;
pub mod partners;
pub mod pass;
pub mod passes;
pub mod population;
pub mod record;
pub mod registry;
pub mod sanctions;
pub mod scenario;
pub mod state;
pub mod strategies;
pub mod structures;
pub mod tick;
pub mod verify;
