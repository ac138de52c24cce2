//! `manifest.json`: what a run was, how far it came, and the fingerprints of what it wrote.
//!
//! The only file of a run in which times and the machine stand; all others depend on the world alone.

use super::error::RunError;
use super::files;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The manifest's name in the run's folder.
pub const MANIFEST: &str = "manifest.json";

/// How a run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It runs, or was killed.
    #[default]
    Running,
    /// It came to its end.
    Finished,
    /// A signal stopped it; it can be resumed.
    Interrupted,
    /// An error ended it.
    Failed,
}

/// A file with its fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileHash {
    /// Where it lies: outputs from the run's folder with `/` between, inputs as the world file names them.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

/// What `manifest.json` says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// How the run stands.
    pub status: Status,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The world's name.
    #[serde(default)]
    pub world: String,
    /// The version of mores that wrote the files.
    pub mores_version: String,
    /// SHA-256 of the resolved world, `world.toml`.
    pub world_sha256: String,
    /// The files that the world reads.
    pub inputs: Vec<FileHash>,
    /// The run's name.
    pub run_id: String,
    /// The seed.
    pub seed: u64,
    /// The replicate.
    pub replicate: u64,
    /// Agents of the population.
    pub agents: u64,
    /// Groups.
    pub groups: u64,
    /// Whole ticks done.
    pub ticks: u64,
    /// Threads of the engine.
    pub threads: u64,
    /// The machine's name.
    pub host: String,
    /// When the run began: RFC 3339, UTC.
    pub started: String,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// Wall time in seconds, over all resumptions.
    pub wall_seconds: f64,
    /// CPU time in seconds, over all threads and resumptions.
    pub cpu_seconds: f64,
    /// Agents times ticks over wall time.
    pub agent_ticks_per_second: f64,
    /// Most resident memory in bytes.
    pub peak_memory_bytes: u64,
    /// The fused kernels that ran in the place of passes.
    pub kernels: Vec<String>,
    /// 128 bits over the state, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state_hash: Option<String>,
    /// The files that the run wrote, in the order of their names.
    pub outputs: Vec<FileHash>,
}

impl Manifest {
    /// Reads the manifest of a run's folder.
    ///
    /// # Errors
    /// [`RunError::Read`] or [`RunError::Json`].
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        let path = folder.join(MANIFEST);
        let text = std::fs::read(&path).map_err(|e| RunError::read(&path, e))?;
        serde_json::from_slice(&text).map_err(|source| RunError::Json { path, source })
    }

    /// Writes the manifest into a run's folder, atomically.
    ///
    /// # Errors
    /// As [`files::write_whole`].
    pub fn write(&self, folder: &Path) -> Result<(), RunError> {
        let path = folder.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|source| RunError::Json { path: path.clone(), source })?;
        text.push(b'\n');
        files::write_whole(&path, |out| out.write_all(&text).map_err(|e| RunError::write(&path, e)))
    }

    /// Writes the manifest over the one that is there, which takes no room on a disk that has none: not atomic, so only
    /// where [`Manifest::write`] has failed.
    ///
    /// # Errors
    /// What the system said; [`RunError::Json`].
    pub fn overwrite(&self, folder: &Path) -> Result<(), RunError> {
        let path = folder.join(MANIFEST);
        let mut text = serde_json::to_vec_pretty(self)
            .map_err(|source| RunError::Json { path: path.clone(), source })?;
        text.push(b'\n');
        let written = File::options().write(true).open(&path).and_then(|mut file| {
            file.write_all(&text)?;
            file.set_len(text.len() as u64)?;
            file.sync_all()
        });
        written.map_err(|e| RunError::write(&path, e))
    }

    /// Fills `outputs` with the files that lie in a run's folder: `world.toml` and all tables, complete ones only. Those of
    /// which a fingerprint was taken when they were written are not read again.
    ///
    /// # Errors
    /// [`RunError::Read`].
    pub fn hash_outputs(&mut self, folder: &Path, known: &[FileHash]) -> Result<(), RunError> {
        self.outputs.clear();
        let known: BTreeMap<&str, &FileHash> = known.iter().map(|file| (&*file.path, file)).collect();
        for sub in ["", "agents", "metrics"] {
            let place: PathBuf = if sub.is_empty() { folder.into() } else { folder.join(sub) };
            for path in files::files_of(&place)? {
                let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
                let name = name.unwrap_or_default();
                if name == "world.toml" || name.ends_with(".parquet") {
                    let place = if sub.is_empty() { name } else { format!("{sub}/{name}") };
                    self.outputs.push(match known.get(&*place) {
                        Some(&file) => file.clone(),
                        None => hash_file(&path, place)?,
                    });
                }
            }
        }
        self.outputs.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(())
    }
}

/// The fingerprint of a file, which is called `name` in it.
///
/// # Errors
/// [`RunError::Read`].
pub fn hash_file(path: &Path, name: String) -> Result<FileHash, RunError> {
    let mut file = File::open(path).map_err(|e| RunError::read(path, e))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut bytes = 0;
    loop {
        let read = file.read(&mut buffer).map_err(|e| RunError::read(path, e))?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
    let sha256 = hex(&hash.finalize());
    Ok(FileHash { path: name, bytes, sha256 })
}

/// SHA-256 of bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A time as RFC 3339 in UTC, to the second; before 1970 it is 1970.
pub fn rfc3339(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (year, month, day) = date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a day since 1970-01-01. Years are counted from March here, so that the day of a leap year
/// comes last; 400 years have 146,097 days.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468; // since 0000-03-01
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day + 2) / 153;
    let day = day - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::super::files::TestFolder;
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_manifest_comes_back_as_it_was_written() {
        let folder = TestFolder::new();
        let manifest = Manifest {
            status: Status::Interrupted,
            mores_version: "0.1.0".into(),
            run_id: "donation".into(),
            seed: u64::MAX,
            ticks: 7,
            wall_seconds: 1.25,
            state_hash: Some("00ff".into()),
            ..Manifest::default()
        };
        manifest.write(&folder.0).unwrap();
        assert_eq!(Manifest::read(&folder.0).unwrap(), manifest);
        let text = std::fs::read_to_string(folder.join(MANIFEST)).unwrap();
        assert!(text.contains("\"status\": \"interrupted\""), "{text}");
    }

    #[test]
    fn a_manifest_that_is_none_is_an_error_with_its_place() {
        let folder = TestFolder::new();
        assert!(matches!(Manifest::read(&folder.0), Err(RunError::Read { .. })));
        std::fs::write(folder.join(MANIFEST), b"{\"status\": \"done\"}").unwrap();
        let text = Manifest::read(&folder.0).unwrap_err().to_string();
        assert!(text.contains("manifest.json") && text.contains("line 1"), "{text}");
    }

    #[test]
    fn outputs_are_the_world_and_the_complete_tables() {
        let folder = TestFolder::new();
        std::fs::create_dir(folder.join("agents")).unwrap();
        for name in ["world.toml", "metrics.parquet", "agents/part-00000.parquet", "x.tmp"] {
            std::fs::write(folder.join(name), b"abc").unwrap();
        }
        let mut manifest = Manifest::default();
        let known = hash_file(&folder.join("metrics.parquet"), "metrics.parquet".to_owned()).unwrap();
        // Known ones are not read again.
        std::fs::write(folder.join("metrics.parquet"), b"").unwrap();
        manifest.hash_outputs(&folder.0, &[known]).unwrap();
        let names: Vec<&str> = manifest.outputs.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, ["agents/part-00000.parquet", "metrics.parquet", "world.toml"]);
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        for file in &manifest.outputs {
            assert_eq!((file.bytes, file.sha256.as_str()), (3, abc), "{}", file.path);
        }
        assert_eq!(sha256(b"abc"), abc);
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        let at = |seconds| rfc3339(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01T00:00:00Z");
        assert_eq!(at(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(at(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(at(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(at(4_107_542_400), "2100-03-01T00:00:00Z");
        assert_eq!(rfc3339(UNIX_EPOCH - Duration::from_secs(5)), "1970-01-01T00:00:00Z");
    }
}
