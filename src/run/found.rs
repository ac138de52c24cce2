//! What stands in a folder, and how a run there ended.

use super::failure::Failure;
use super::files::{self, WORLD};
use super::metrics;
use super::resolve::{Resolved, read_back};
use crate::record::cells::Cells;
use crate::record::error::RunError;
use crate::record::manifest::{MANIFEST, Manifest, Status};
use crate::record::metrics::Metrics;
use crate::scenario::{Source, text};
use std::path::{Path, PathBuf, absolute};

/// How a run ended, and what it left.
pub struct Ended {
    /// The world.
    pub resolved: Resolved,
    /// Where its files lie.
    pub folder: PathBuf,
    /// What its manifest says: how it stands, how far it came, its files with their lengths.
    pub manifest: Manifest,
    /// All recorded metrics.
    pub metrics: Metrics,
    /// The tick at which this process took it up.
    pub first_tick: u64,
    /// Wall seconds of the ticking in this process; 0 for a run that was only looked at.
    pub seconds: f64,
}

impl Ended {
    /// Reads how a run in a folder ended.
    ///
    /// # Errors
    /// Its manifest, world or metrics cannot be read.
    pub fn read(folder: &Path) -> Result<Ended, Failure> {
        let manifest = Manifest::read(folder)?;
        let resolved = read_back(world_of(folder, None)?)?;
        let mut table =
            metrics::Table::new(folder, &resolved.scenario, &facts(&resolved, manifest.replicate))??;
        table.metrics.load(u64::MAX)?;
        let first_tick = manifest.ticks;
        let folder = folder.to_path_buf();
        Ok(Ended { resolved, folder, manifest, metrics: table.metrics, first_tick, seconds: 0.0 })
    }

    /// Whether the run reached its end; otherwise it can be resumed.
    pub fn is_finished(&self) -> bool {
        self.manifest.status == Status::Finished
    }

    /// The values of a metric, one for each of the metrics' ticks; NaN where it has none.
    pub fn metric(&self, name: &str) -> Option<&[f64]> {
        match self.metrics.column(name) {
            Some(Cells::F64(values)) => Some(values),
            _ => None,
        }
    }

    /// The last value of every metric, in the order of the columns; NaN where it has none.
    pub fn last_row(&self) -> Vec<(String, f64)> {
        let last =
            |name: &str| self.metric(name).and_then(|values| values.last().copied()).unwrap_or(f64::NAN);
        self.metrics.names().map(|name| (name.to_owned(), last(name))).collect()
    }
}

/// What every table of a run says about itself.
pub(super) fn facts(resolved: &Resolved, replicate: u64) -> Vec<(String, String)> {
    vec![
        ("mores.run_id".to_owned(), resolved.run_id.clone()),
        ("mores.seed".to_owned(), resolved.scenario.run.seed.get().to_string()),
        ("mores.replicate".to_owned(), replicate.to_string()),
    ]
}

/// The world in a run's folder, under the name that it had; with `ticks`, ending at that tick.
pub(super) fn world_of(folder: &Path, ticks: Option<u64>) -> Result<Source, Failure> {
    let path = folder.join(WORLD);
    let text = text::read_file(&path).map_err(super::Refused::from)?;
    let name = Manifest::read(folder).map(|manifest| manifest.world).unwrap_or_default();
    let name = if name.is_empty() { "world".to_owned() } else { name };
    let source = Source {
        name,
        file: path.display().to_string(),
        text,
        folder: absolute(folder).unwrap_or_else(|_| folder.to_path_buf()),
    };
    match ticks {
        None => Ok(source),
        Some(ticks) => {
            let change = ("run.ticks".to_owned(), ticks.to_string());
            Ok(source.set(&[change]).map_err(super::Refused::from)?)
        }
    }
}

/// What stands in a folder that a run would write to.
pub enum Found {
    /// No folder, or nothing in it that a run would overwrite.
    Nothing,
    /// This file or folder, which a run would overwrite and no run of mores left there.
    OtherFiles(String),
    /// Another run, by its world's name.
    OtherRun(String),
    /// This very run, unfinished, up to this tick.
    Unfinished(u64),
    /// This very run, finished.
    Finished(Box<Ended>),
}

/// Looks at what stands in `folder`, for the run with this id.
///
/// # Errors
/// The files of a finished run cannot be read.
pub fn found(folder: &Path, run_id: &str) -> Result<Found, Failure> {
    let Some(first) = files::in_the_way(folder) else { return Ok(Found::Nothing) };
    let manifest = match Manifest::read(folder) {
        Ok(manifest) => manifest,
        Err(RunError::Read { .. }) => return Ok(Found::OtherFiles(first)),
        Err(_) => return Ok(Found::OtherFiles(MANIFEST.to_owned())),
    };
    Ok(match manifest.status {
        _ if manifest.run_id != run_id => Found::OtherRun(manifest.world),
        Status::Finished => Found::Finished(Box::new(Ended::read(folder)?)),
        _ => Found::Unfinished(manifest.ticks),
    })
}
