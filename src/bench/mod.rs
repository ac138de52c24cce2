//! The engine beside the machine's own limits: what a copy and a gather cost here, measured in the
//! same process.

pub mod limits;
pub mod passes;
