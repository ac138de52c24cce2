//! What lies where in a run's folder.

use crate::record::error::RunError;
use crate::record::files::{files_of, make_folder, remove_if_there, write_whole};
use crate::record::manifest::MANIFEST;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The resolved world.
pub(super) const WORLD: &str = "world.toml";
/// Metrics, a row a recorded tick.
pub(super) const METRICS: &str = "metrics.parquet";
/// How groups ended.
pub(super) const OUTCOMES: &str = "outcomes.parquet";
/// What happened when.
pub(super) const EVENTS: &str = "events.parquet";
/// The folder of snapshots.
pub(super) const AGENTS: &str = "agents";
/// The folder of the checkpoint.
pub(super) const CHECKPOINT: &str = "checkpoint";

/// All that a run writes beside the two folders.
const TOP: [&str; 5] = [MANIFEST, WORLD, METRICS, OUTCOMES, EVENTS];

/// The first thing in a folder that a run would overwrite.
pub(super) fn in_the_way(folder: &Path) -> Option<String> {
    let names = TOP.into_iter().chain([AGENTS, CHECKPOINT]);
    names.map(str::to_owned).find(|name| folder.join(name).symlink_metadata().is_ok())
}

/// Removes what a run has left in a folder, and nothing else. The checkpoint goes first: what cannot be resumed cannot
/// be mixed with another run.
pub(super) fn clear(folder: &Path) -> Result<(), RunError> {
    for sub in [CHECKPOINT, AGENTS] {
        for path in files_of(&folder.join(sub))? {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let ours = ["part-", "blocks-", "header.json"].iter().any(|start| name.starts_with(start));
            if ours {
                remove_if_there(&path)?;
            }
        }
        // A folder that somebody put other files into stays.
        let _ = std::fs::remove_dir(folder.join(sub));
    }
    for path in files_of(folder)? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if TOP
            .iter()
            .any(|top| name == *top || name.strip_prefix(top).is_some_and(|end| end.starts_with(".tmp")))
        {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

/// Writes the resolved world.
pub(super) fn write_world(folder: &Path, text: &str) -> Result<(), RunError> {
    make_folder(folder)?;
    let path = folder.join(WORLD);
    write_whole(&path, |out| out.write_all(text.as_bytes()).map_err(|e| RunError::write(&path, e)))
}

/// The folder of the checkpoint, if one was written.
pub(super) fn checkpoint(folder: &Path) -> Option<PathBuf> {
    let folder = folder.join(CHECKPOINT);
    folder.join("header.json").exists().then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::files::TestFolder;

    #[test]
    fn clearing_removes_what_a_run_wrote_and_nothing_else() {
        let folder = TestFolder::new();
        for sub in [AGENTS, CHECKPOINT] {
            std::fs::create_dir(folder.join(sub)).unwrap();
        }
        let ours = [
            "manifest.json",
            "world.toml",
            "metrics.parquet",
            "events.parquet.tmp",
            "agents/part-00000.parquet",
        ];
        let theirs = ["thesis.tex", "metrics.parquet.bak", "agents/notes.txt"];
        for name in ours.iter().chain(&theirs) {
            std::fs::write(folder.join(name), b"").unwrap();
        }
        assert_eq!(in_the_way(&folder.0).as_deref(), Some("manifest.json"));
        clear(&folder.0).unwrap();
        assert!(ours.iter().all(|name| !folder.join(name).exists()));
        assert!(theirs.iter().all(|name| folder.join(name).exists()));
        assert!(!folder.join(CHECKPOINT).exists());
    }
}
