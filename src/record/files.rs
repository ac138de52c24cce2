//! Files that are whole or not there: written beside, made durable, then renamed.

use super::error::RunError;
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// What a file is called while it is being written: its final name and this ending.
pub const UNFINISHED: &str = ".tmp";

/// The name beside `path` under which it is written.
pub fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    PathBuf::from(name)
}

/// Makes a folder and those above it.
///
/// # Errors
/// [`RunError::CreateFolder`] or [`RunError::DiskFull`].
pub fn make_folder(path: &Path) -> Result<(), RunError> {
    fs::create_dir_all(path).map_err(|source| match RunError::write(path, source) {
        RunError::Write { path, source } => RunError::CreateFolder { path, source },
        full => full,
    })
}

/// Writes a whole file: `fill` writes the bytes, and only then does `path` name them. What was there before stays
/// until that moment; after an error nothing is left beside.
///
/// # Errors
/// What `fill` returns, or what the system said of creating, writing or renaming.
pub fn write_whole(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let beside = unfinished(path);
    let result = (|| {
        let file = File::create(&beside).map_err(|e| RunError::create(&beside, e))?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        fill(&mut out)?;
        out.flush().map_err(|e| RunError::write(path, e))?;
        publish(out.get_ref(), &beside, path)
    })();
    if result.is_err() {
        // The first error is the one to tell; that the remains cannot be removed adds nothing.
        let _ = fs::remove_file(&beside);
    }
    result
}

/// Makes the bytes of `file`, which lie at `beside`, durable and gives them the name `path`.
///
/// # Errors
/// [`RunError::Write`], [`RunError::DiskFull`] or [`RunError::Rename`].
pub fn publish(file: &File, beside: &Path, path: &Path) -> Result<(), RunError> {
    file.sync_all().map_err(|e| RunError::write(path, e))?;
    fs::rename(beside, path).map_err(|source| RunError::Rename {
        from: beside.to_path_buf(),
        to: path.to_path_buf(),
        source,
    })?;
    sync_folder_of(path)
}

/// Makes the names in the folder of `path` durable.
///
/// # Errors
/// [`RunError::Write`] with the folder's path.
pub fn sync_folder_of(path: &Path) -> Result<(), RunError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| RunError::write(folder, e))
}

/// Removes a file; one that is not there is no error.
///
/// # Errors
/// [`RunError::Remove`].
pub fn remove_if_there(path: &Path) -> Result<(), RunError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(RunError::Remove { path: path.to_path_buf(), source })
        }
        _ => Ok(()),
    }
}

/// The files of a folder, in the order of their names; a folder that is not there has none.
///
/// # Errors
/// [`RunError::Read`].
pub fn files_of(folder: &Path) -> Result<Vec<PathBuf>, RunError> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|e| RunError::read(folder, e))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| RunError::read(folder, e))?.path();
        if path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Removes what a killed run left half written in `folder`.
///
/// # Errors
/// [`RunError::Read`] or [`RunError::Remove`].
pub fn sweep(folder: &Path) -> Result<(), RunError> {
    for path in files_of(folder)? {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
        if name.is_some_and(|n| n.ends_with(UNFINISHED)) {
            remove_if_there(&path)?;
        }
    }
    Ok(())
}

/// A folder for a test, removed when it is dropped.
#[cfg(test)]
pub(crate) struct TestFolder(pub(crate) PathBuf);

#[cfg(test)]
impl TestFolder {
    pub(crate) fn new() -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("mores-record-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        TestFolder(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

#[cfg(test)]
impl Drop for TestFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_fails_half_way_leaves_the_old_one_and_nothing_beside() {
        let folder = TestFolder::new();
        let path = folder.join("a.json");
        write_whole(&path, |out| out.write_all(b"old").map_err(|e| RunError::write(&path, e))).unwrap();
        let result = write_whole(&path, |out| {
            out.write_all(b"new").unwrap();
            Err(RunError::DiskFull { path: path.clone() })
        });
        assert!(matches!(result, Err(RunError::DiskFull { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(files_of(&folder.0).unwrap(), [path]);
    }

    #[test]
    fn sweeping_removes_only_what_is_unfinished() {
        let folder = TestFolder::new();
        fs::write(folder.join("a.parquet"), b"1").unwrap();
        fs::write(folder.join("a.parquet.tmp"), b"2").unwrap();
        sweep(&folder.0).unwrap();
        assert_eq!(files_of(&folder.0).unwrap(), [folder.join("a.parquet")]);
        sweep(&folder.join("nowhere")).unwrap();
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = TestFolder::new();
        fs::write(folder.join("file"), b"").unwrap();
        let error = make_folder(&folder.join("file").join("sub")).unwrap_err();
        assert!(error.to_string().contains("file/sub"), "{error}");
    }
}
