//! A run on disk: from what was asked to a folder that holds what happened, and on from where it stopped.
//!
//! ```no_run
//! use mores::run::{Asked, Job, Options, resolve};
//! use std::sync::atomic::AtomicUsize;
//!
//! let asked = Asked { world: "my-world.toml".into(), agents: Some(10_000), ..Asked::default() };
//! let resolved = resolve(&asked, &|_| None)?;
//! let job = Job::start(resolved, "out".as_ref(), Options::default())?;
//! let ended = job.go(&AtomicUsize::new(0), &mut |tick| println!("{tick}"))?;
//! println!("{}", ended.manifest.run_id);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod canonical;
mod events;
mod failure;
mod files;
mod found;
mod job;
mod metrics;
mod outcomes;
mod resolve;
mod snapshots;
mod state;

pub use failure::{Failure, Refused};
pub use found::{Ended, Found, found};
pub use job::{Job, Options};
pub use metrics::Rows;
pub use resolve::{Asked, BuiltIn, Resolved, read_back, resolve, source_of};

use crate::assemble;
use crate::columns::ColumnDef;
use crate::scenario::Scenario;
use std::path::{Path, PathBuf};

/// The folder of a run for which none was named: `runs/<world>-<first 8 of the run id>`.
pub fn default_folder(resolved: &Resolved) -> PathBuf {
    let id: String = resolved.run_id.chars().take(8).collect();
    Path::new("runs").join(format!("{}-{id}", resolved.source.name))
}

/// How many metrics a world records, and which columns its snapshots have.
pub(crate) fn recorded(scenario: &Scenario) -> (usize, Vec<ColumnDef>) {
    let metrics = metrics::columns(scenario).map_or(0, |columns| columns.len());
    (metrics, snapshots::recorded(scenario, assemble::columns(scenario)))
}
