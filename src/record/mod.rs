//! What is kept of a run: metrics, snapshots, outcomes, events, manifest.
//!
//! The bytes of every table depend on the world alone: not on how rows arrive, not on interruptions, not on threads.
//! Files appear under their final names only when they are whole.

mod body;
pub mod cells;
pub mod checkpoint;
mod chunk;
pub mod error;
pub mod events;
mod few;
pub mod files;
mod held;
pub mod layout;
pub mod manifest;
pub mod metrics;
pub mod outcomes;
pub mod rows;
pub mod snapshots;
pub mod table;
pub mod writer;
