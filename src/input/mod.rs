//! Tables that a world file names: edge lists and columns.
//!
//! A file is read whole or refused: a torn line stops the reading with its place, what was found and what is wanted.
//! Text is CSV, TSV or cells between semicolons or blanks; blank lines and lines beginning with `#` or `%` are skipped.
//! Parquet may be plain or compressed with snappy or zstd. The same file gives the same result everywhere: what has an order is
//! sorted by value, never by the order of a hash.

pub mod codes;
mod columnar;
pub mod edges;
mod ids;
mod text;
pub mod values;

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The largest file that is read where the caller names no other limit, in bytes (4 GiB).
pub const DEFAULT_MAX_BYTES: u64 = 4 << 30;

/// Why a file was refused: the place, what was found there and what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The file, as the caller named it.
    pub file: PathBuf,
    /// The line, counted from 1; none where the trouble has no line (Parquet names its row in `says`).
    pub line: Option<u64>,
    /// The column, counted in characters from 1.
    pub column: Option<u64>,
    /// What is wrong, in lower case and without a full stop.
    pub says: String,
    /// What to write or do instead.
    pub help: String,
}

impl InputError {
    fn new(file: &Path, says: impl Into<String>, help: impl Into<String>) -> Self {
        let (says, help) = (says.into(), help.into());
        Self { file: file.to_path_buf(), line: None, column: None, says, help }
    }

    fn at(mut self, line: u64, column: Option<u64>) -> Self {
        self.line = Some(line);
        self.column = column;
        self
    }

    fn unread(file: &Path, trouble: &io::Error) -> Self {
        let help = match trouble.kind() {
            io::ErrorKind::NotFound => "name a file that exists; a relative path starts at the world file",
            io::ErrorKind::PermissionDenied => "make the file readable for the user who runs mores",
            _ => "see whether the disk and the file are whole",
        };
        Self::new(file, format!("cannot be read: {trouble}"), help)
    }
}

impl Display for InputError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(out, ":{line}")?;
            if let Some(column) = self.column {
                write!(out, ":{column}")?;
            }
        }
        write!(out, ": {}", self.says)
    }
}

impl Error for InputError {}

/// The SHA-256 of a file's bytes.
///
/// # Errors
/// The file cannot be opened or read.
pub fn sha256_file(path: &Path) -> Result<[u8; 32], InputError> {
    let mut file = File::open(path).map_err(|trouble| InputError::unread(path, &trouble))?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 1 << 16];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(taken) => hash.update(&piece[..taken]),
            Err(trouble) if trouble.kind() == io::ErrorKind::Interrupted => {}
            Err(trouble) => return Err(InputError::unread(path, &trouble)),
        }
    }
}

/// Bytes as lower-case hexadecimal digits, two a byte, as `sha256sum` prints them.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// How the cells of a file are kept, by its ending or its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Text,
    Parquet,
}

/// Opens a file after a look at its size, so that nothing is taken into memory for one that is too large.
fn open(path: &Path, max_bytes: u64) -> Result<(File, Format), InputError> {
    let unread = |trouble: io::Error| InputError::unread(path, &trouble);
    let about = std::fs::metadata(path).map_err(unread)?;
    if !about.is_file() {
        return Err(InputError::new(path, "is no regular file", "name a CSV, TSV or Parquet file"));
    }
    let bytes = about.len();
    if bytes == 0 {
        return Err(InputError::new(path, "the file is empty", "write at least one line"));
    }
    if bytes > max_bytes {
        let says = format!("the file has {bytes} bytes, but at most {max_bytes} are allowed here");
        return Err(InputError::new(
            path,
            says,
            "keep only the rows and columns that are needed, or allow more memory",
        ));
    }
    let mut start = Vec::with_capacity(4);
    File::open(path).map_err(unread)?.take(4).read_to_end(&mut start).map_err(unread)?;
    if start.starts_with(&[0x1f, 0x8b])
        || start == [0x28, 0xb5, 0x2f, 0xfd]
        || start.starts_with(b"PK\x03\x04")
    {
        return Err(InputError::new(path, "the file is packed (gzip, zstd or zip)", "unpack it first"));
    }
    let named = matches!(ending(path).as_deref(), Some("parquet" | "pq"));
    let format = if named || start == *b"PAR1" { Format::Parquet } else { Format::Text };
    Ok((File::open(path).map_err(unread)?, format))
}

/// The ending of a file's name in lower case, without its dot.
fn ending(path: &Path) -> Option<String> {
    path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase)
}

/// The column of that name, or else of that number, counted from 0.
fn find_column(path: &Path, names: &[String], column: &str) -> Result<usize, InputError> {
    if let Some(index) = names.iter().position(|name| name == column) {
        return Ok(index);
    }
    match column.parse::<usize>() {
        Ok(index) if index < names.len() => Ok(index),
        Ok(_) => {
            let says = format!("there is no column {column}: the file has {}", names.len());
            let help = format!("columns are counted from 0: write 0 to {}", names.len().saturating_sub(1));
            Err(InputError::new(path, says, help))
        }
        Err(_) => {
            let near = |name: &&String| strsim::jaro_winkler(name, column) > 0.8;
            let meant =
                names.iter().find(near).map_or(String::new(), |name| format!("did you mean `{name}`? "));
            let known = names.iter().take(20).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
            let says = format!("no column is called {}", shown(column));
            Err(InputError::new(
                path,
                says,
                format!("{meant}the first line names: {known}; or write its number from 0"),
            ))
        }
    }
}

/// Text from a file in back quotes, escaped and cut so that a hostile cell cannot fill the screen.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    let mut cut: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() {
        cut.push('…');
    }
    format!("`{cut}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    static FILES: AtomicU64 = AtomicU64::new(0);

    /// A file of its own for one test, removed when dropped.
    pub(super) struct Scratch(pub(super) PathBuf);

    impl Scratch {
        pub(super) fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
            let number = FILES.fetch_add(1, Ordering::Relaxed);
            let folder = std::env::temp_dir().join(format!("mores-input-{}-{number}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join(name);
            std::fs::write(&path, bytes).unwrap();
            Self(path)
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let folder = self.0.parent().unwrap();
            std::fs::remove_dir_all(folder).unwrap();
        }
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        let file = Scratch::new("abc.txt", "abc");
        let digest = hex(&sha256_file(&file.0).unwrap());
        assert_eq!(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn an_error_names_file_line_and_column_as_far_as_they_are_known() {
        let bare = InputError::new(Path::new("a.csv"), "torn", "mend it");
        assert_eq!(bare.to_string(), "a.csv: torn");
        assert_eq!(bare.clone().at(3, None).to_string(), "a.csv:3: torn");
        assert_eq!(bare.at(3, Some(7)).to_string(), "a.csv:3:7: torn");
    }

    #[test]
    fn missing_empty_large_and_packed_files_and_folders_are_refused_before_they_are_read() {
        let says = |path: &Path, max| open(path, max).unwrap_err().says;
        assert!(says(Path::new("/no/such/file.csv"), 9).starts_with("cannot be read"));
        assert!(says(&std::env::temp_dir(), 9).contains("no regular file"));
        assert!(says(&Scratch::new("a.csv", "").0, 9).contains("empty"));
        assert!(says(&Scratch::new("a.csv", "1,2\n3,4\n").0, 7).contains("8 bytes, but at most 7"));
        assert!(says(&Scratch::new("a.csv", [0x1f, 0x8b, 8]).0, 9).contains("packed"));
    }

    #[test]
    fn a_misspelt_column_is_answered_with_the_near_one_and_all_others() {
        let names = ["source", "target", "weight"].map(String::from);
        let refused = find_column(Path::new("a.csv"), &names, "wieght").unwrap_err();
        assert_eq!(refused.says, "no column is called `wieght`");
        assert!(refused.help.starts_with("did you mean `weight`? "), "{}", refused.help);
        assert_eq!(find_column(Path::new("a.csv"), &names, "2"), Ok(2));
        assert!(find_column(Path::new("a.csv"), &names, "3").unwrap_err().help.ends_with("0 to 2"));
    }
}
