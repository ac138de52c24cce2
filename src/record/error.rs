//! What can go wrong while a run is written or read back, each with the path it happened to.

use parquet::errors::ParquetError;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The outside failed: a file could not be written, read or believed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The disk or the quota is used up.
    #[error(
        "no room is left on the disk for {}; make room and `mores resume` the run, or choose another folder with --out",
        path.display()
    )]
    DiskFull {
        /// The file that was being written.
        path: PathBuf,
    },
    /// A folder could not be made.
    #[error("cannot make the folder {}: {source}", path.display())]
    CreateFolder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be opened for writing.
    #[error("cannot create {}: {source}", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Bytes could not be written or made durable.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A complete file could not be given its final name.
    #[error("cannot rename {} to {}: {source}", from.display(), to.display())]
    Rename {
        /// The name while it was being written.
        from: PathBuf,
        /// The final name.
        to: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is no longer wanted could not be removed.
    #[error("cannot remove {}: {source}", path.display())]
    Remove {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file could not be opened or read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Rows could not be encoded as Parquet.
    #[error("cannot encode {} as parquet: {source}", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// What the encoder said.
        source: ParquetError,
    },
    /// A Parquet file could not be decoded.
    #[error("cannot decode {}: {source}", path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        source: ParquetError,
    },
    /// A table that is there does not belong to this run or this tick.
    #[error("cannot go on with {}: {what}", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// What does not fit, and what to do.
        what: String,
    },
    /// The columns handed over are not those of the table. This is a mistake in mores or in a researcher's own code.
    #[error("the columns handed over for {} do not fit: {what}", path.display())]
    Columns {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// A JSON file does not say what it should.
    #[error("{} is not what mores writes: {source}", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What the parser said, with line and column.
        source: serde_json::Error,
    },
    /// A checkpoint cannot be used.
    #[error("the checkpoint {} cannot be used: {what}", path.display())]
    Checkpoint {
        /// The checkpoint's folder or the file in it.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
    /// The thread that writes snapshots has ended, after an error that was told before or a panic.
    #[error("the thread that writes {} has ended", path.display())]
    WriterEnded {
        /// The folder that it wrote.
        path: PathBuf,
    },
}

impl RunError {
    /// An error of writing `path`; a full disk is told apart.
    pub(crate) fn write(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        if is_full(&source) { RunError::DiskFull { path } } else { RunError::Write { path, source } }
    }

    /// An error of creating `path`; a full disk is told apart.
    pub(crate) fn create(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        if is_full(&source) { RunError::DiskFull { path } } else { RunError::Create { path, source } }
    }

    /// An error of reading `path`.
    pub(crate) fn read(path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        RunError::Read { path, source }
    }

    /// An error of the encoder; what the system said comes back out of it.
    pub(crate) fn encode(path: &Path, source: ParquetError) -> Self {
        match source {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => RunError::write(path, *io),
                Err(inner) => {
                    RunError::Encode { path: path.to_path_buf(), source: ParquetError::External(inner) }
                }
            },
            source => RunError::Encode { path: path.to_path_buf(), source },
        }
    }

    /// An error of the decoder.
    pub(crate) fn decode(path: &Path, source: ParquetError) -> Self {
        let path = path.to_path_buf();
        RunError::Decode { path, source }
    }

    /// Columns that do not fit `path`.
    pub(crate) fn columns(path: &Path, what: impl Into<String>) -> Self {
        RunError::Columns { path: path.to_path_buf(), what: what.into() }
    }

    /// A file that does not belong to what is being resumed.
    pub(crate) fn mismatch(path: &Path, what: impl Into<String>) -> Self {
        RunError::Mismatch { path: path.to_path_buf(), what: what.into() }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_even_through_the_encoder() {
        let full = || io::Error::from(ErrorKind::StorageFull);
        let direct = RunError::write(Path::new("out/a"), full());
        let through = RunError::encode(Path::new("out/a"), ParquetError::from(full()));
        for error in [direct, through] {
            let text = error.to_string();
            assert!(text.contains("out/a") && text.contains("make room"), "{text}");
        }
    }

    #[test]
    fn other_errors_keep_the_path_and_the_cause() {
        let denied = io::Error::from(ErrorKind::PermissionDenied);
        let text = RunError::write(Path::new("out/b"), denied).to_string();
        assert!(text.contains("out/b") && text.contains("permission denied"), "{text}");
    }
}
