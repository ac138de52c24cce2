//! mores simulates whole societies: agents meet, judge, punish, learn from each other and set off cascades.

// Whoever adds a column derives its traits from these two, and must do so from the very versions that mores uses. The
// derives look both up in the Cargo.toml of the crate where they stand, which names them beside mores.
pub use bevy_ecs;
pub use bytemuck;

pub mod acts;
pub mod assemble;
pub mod bench;
pub mod cascades;
pub mod chance;
pub mod columns;
mod counted;
pub mod families;
pub mod games;
pub mod groups;
pub mod input;
pub mod interventions;
pub mod kernels;
pub mod learning;
pub mod machine;
pub mod math;
pub mod measures;
pub mod norms;
pub mod pairings;
pub mod partners;
pub mod pass;
pub mod passes;
pub mod places;
pub mod plan;
pub mod planners;
pub mod population;
pub mod record;
pub mod registry;
pub mod run;
pub mod sanctions;
pub mod scenario;
pub mod simulation;
mod starts;
pub mod state;
mod stops;
pub mod strategies;
pub mod structures;
pub mod tick;
mod traits;
pub mod turnover;
pub mod verify;
pub mod worlds;
