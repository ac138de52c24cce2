//! Text tables, line by line: the place of every cell is known, and a torn line is refused instead of repaired.
//!
//! The reader is this crate's own because the `csv` crate takes an unclosed quote for a cell that goes on to the end of
//! the file, drops bytes after a closing quote into the cell, and does not tell where a cell stood. On whole files the
//! two agree (a test below).

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::columnar::BYTES_A_ROW;
use super::{InputError, ending, shown};

/// Hashes what passes, so that the digest is of the very bytes that were read.
struct Hashed {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Read for Hashed {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let taken = self.file.read(room)?;
        self.hash.update(&room[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }
}

/// Lines that hold something: neither blank nor a comment.
struct Lines {
    path: PathBuf,
    reader: BufReader<Hashed>,
    number: u64,
    max_bytes: u64,
}

impl Lines {
    /// Reads the next line that holds something into `line`; `false` at the end of the file.
    fn read(&mut self, line: &mut String) -> Result<bool, InputError> {
        loop {
            let mut raw = std::mem::take(line).into_bytes();
            raw.clear();
            let unread = |trouble: io::Error| InputError::unread(&self.path, &trouble);
            if self.reader.read_until(b'\n', &mut raw).map_err(unread)? == 0 {
                return Ok(false);
            }
            self.number += 1;
            if self.reader.get_ref().bytes > self.max_bytes {
                let says = format!("the file grew beyond {} bytes while it was read", self.max_bytes);
                return Err(InputError::new(&self.path, says, "read it when nothing writes to it"));
            }
            while let Some(b'\n' | b'\r') = raw.last() {
                raw.pop();
            }
            *line = String::from_utf8(raw).map_err(|torn| self.not_utf8(&torn))?;
            if self.number == 1 && line.starts_with('\u{feff}') {
                line.remove(0);
            }
            self.refuse_control(line)?;
            let content = line.trim_ascii_start();
            if !content.is_empty() && !content.starts_with(['#', '%']) {
                return Ok(true);
            }
        }
    }

    fn not_utf8(&self, torn: &std::string::FromUtf8Error) -> InputError {
        let from = torn.utf8_error().valid_up_to();
        let raw = torn.as_bytes();
        let column = String::from_utf8_lossy(&raw[..from]).chars().count() as u64 + 1;
        let says = format!("the byte 0x{:02x} is no UTF-8 text here", raw[from]);
        InputError::new(&self.path, says, "save the file as UTF-8").at(self.number, Some(column))
    }

    fn refuse_control(&self, line: &str) -> Result<(), InputError> {
        let control = |byte: u8| (byte < 0x20 && byte != b'\t') || byte == 0x7f;
        if !line.bytes().fold(false, |any, byte| any | control(byte)) {
            return Ok(());
        }
        let at = line.bytes().position(control).expect("one was just seen");
        let column = line[..at].chars().count() as u64 + 1;
        let byte = line.as_bytes()[at];
        let (says, help) = if byte == b'\r' {
            ("a carriage return stands inside a line".to_owned(), "end lines with a line feed")
        } else {
            (
                format!("the control character 0x{byte:02x} stands inside a line"),
                "write the file anew: it seems torn",
            )
        };
        Err(InputError::new(&self.path, says, help).at(self.number, Some(column)))
    }
}

/// Where a cell stands in its line, in bytes, without blanks and quotes around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    start: usize,
    end: usize,
    doubled_quotes: bool,
}

impl Cell {
    fn text<'a>(&self, line: &'a str) -> Cow<'a, str> {
        let text = &line[self.start..self.end];
        if self.doubled_quotes { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) }
    }
}

/// Cuts a line into cells. Blanks separate as runs, every other delimiter one by one.
///
/// On error: the byte where the trouble stands, and what it is.
fn split(line: &str, delimiter: u8, cells: &mut Vec<Cell>) -> Result<(), (usize, &'static str)> {
    cells.clear();
    let bytes = line.as_bytes();
    let blank = |at: usize| {
        matches!(bytes.get(at), Some(b' ' | b'\t')) && (delimiter == b' ' || bytes[at] != delimiter)
    };
    let mut at = 0;
    loop {
        while blank(at) {
            at += 1;
        }
        if delimiter == b' ' && at == bytes.len() && !cells.is_empty() {
            return Ok(());
        }
        if bytes.get(at) == Some(&b'"') {
            let cell = quoted(bytes, at)?;
            at = cell.end + 1;
            let closed = at;
            while blank(at) {
                at += 1;
            }
            let parted = at == bytes.len() || bytes[at] == delimiter || (delimiter == b' ' && at > closed);
            if !parted {
                return Err((at, "text follows a closing quote"));
            }
            cells.push(cell);
        } else {
            let end = |byte: &u8| *byte == delimiter || (delimiter == b' ' && *byte == b'\t');
            let past = bytes[at..].iter().position(end).map_or(bytes.len(), |more| at + more);
            let kept = line[at..past].trim_ascii_end().len();
            cells.push(Cell { start: at, end: at + kept, doubled_quotes: false });
            at = past;
        }
        if delimiter != b' ' {
            if at == bytes.len() {
                return Ok(());
            }
            at += 1;
        }
    }
}

/// The cell whose opening quote stands at `open`; its end is the closing quote.
fn quoted(bytes: &[u8], open: usize) -> Result<Cell, (usize, &'static str)> {
    let mut at = open + 1;
    let mut doubled_quotes = false;
    while at < bytes.len() {
        if bytes[at] == b'"' {
            if bytes.get(at + 1) != Some(&b'"') {
                return Ok(Cell { start: open + 1, end: at, doubled_quotes });
            }
            doubled_quotes = true;
            at += 1;
        }
        at += 1;
    }
    Err((open, "a quote opens here and does not close on this line"))
}

/// What separates the cells: by the ending of the file, else by what its first line holds.
///
/// A semicolon goes before a comma because files with semicolons often have decimal commas. Where only one cell is
/// wanted, a `.csv` without a comma is one column, and no other delimiter is looked for.
fn delimiter(path: &Path, first: &str, wanted: usize) -> u8 {
    let by_ending = match ending(path).as_deref() {
        Some("csv") => Some(b','),
        Some("tsv" | "tab") => Some(b'\t'),
        _ => None,
    };
    let held = |delimiter: &u8| first.as_bytes().contains(delimiter);
    match by_ending {
        Some(delimiter) if held(&delimiter) || wanted < 2 => delimiter,
        _ => [b'\t', b';', b',', b' '].into_iter().find(held).unwrap_or(b','),
    }
}

/// What a delimiter is called in a message.
fn called(delimiter: u8) -> &'static str {
    match delimiter {
        b'\t' => "tabs",
        b';' => "semicolons",
        b' ' => "blanks",
        _ => "commas",
    }
}

/// A text table of lines with equally many cells.
pub(super) struct TextTable {
    lines: Lines,
    delimiter: u8,
    width: usize,
    wanted: usize,
    /// The first two lines, read before it is known whether one is a header.
    ahead: VecDeque<(u64, String)>,
    line: String,
    number: u64,
    cells: Vec<Cell>,
}

impl TextTable {
    /// Begins to read; at least `wanted` cells must stand in the first line.
    pub(super) fn begin(path: &Path, file: File, max_bytes: u64, wanted: usize) -> Result<Self, InputError> {
        let hashed = Hashed { file, hash: Sha256::new(), bytes: 0 };
        let reader = BufReader::with_capacity(1 << 16, hashed);
        let mut lines = Lines { path: path.to_path_buf(), reader, number: 0, max_bytes };
        let mut ahead = VecDeque::with_capacity(2);
        let mut line = String::new();
        while ahead.len() < 2 && lines.read(&mut line)? {
            ahead.push_back((lines.number, std::mem::take(&mut line)));
        }
        let Some((number, first)) = ahead.front() else {
            return Err(InputError::new(
                path,
                "the file holds only blank lines and comments",
                "write at least one line",
            ));
        };
        let delimiter = delimiter(path, first, wanted);
        let number = *number;
        let mut table = Self { lines, delimiter, width: 0, wanted, ahead, line, number, cells: Vec::new() };
        table.width = table.cells_ahead(0)?.len();
        if table.width < wanted {
            let says = format!("{} where at least {wanted} are wanted", cells_in_words(table.width));
            let help = format!("write {wanted} or more cells a line, separated by {}", called(delimiter));
            return Err(InputError::new(path, says, help).at(number, None));
        }
        Ok(table)
    }

    /// The cells of the first line (0) or the second (1), before any row has been taken.
    pub(super) fn cells_ahead(&self, line: usize) -> Result<Vec<String>, InputError> {
        let Some((number, text)) = self.ahead.get(line) else {
            return Ok(Vec::new());
        };
        let mut cells = Vec::new();
        split(text, self.delimiter, &mut cells).map_err(|torn| self.torn(*number, text, torn))?;
        Ok(cells.iter().map(|cell| cell.text(text).into_owned()).collect())
    }

    /// At most so many rows come.
    pub(super) fn most_rows(&self) -> u64 {
        let bytes = self.lines.reader.get_ref().file.metadata().map_or(0, |file| file.len());
        bytes.min(self.lines.max_bytes) / BYTES_A_ROW + 1
    }

    /// Takes the first line for a header.
    pub(super) fn skip_header(&mut self) {
        self.ahead.pop_front();
    }

    /// The next row, if it is nothing but two whole numbers without a sign, as integers are printed, and stands whole in
    /// what has been read of the file; otherwise none is taken, and [`TextTable::next_row`] says what comes. Of a large network
    /// almost all rows are such, and this finds them in a tenth of the time.
    pub(super) fn next_numbers(&mut self) -> Option<[i64; 2]> {
        if self.width != 2 || self.delimiter == b' ' || !self.ahead.is_empty() {
            return None;
        }
        let lines = &mut self.lines;
        if lines.reader.get_ref().bytes > lines.max_bytes {
            return None;
        }
        let read = lines.reader.buffer();
        let (first, comma) = number(read, 0)?;
        let (second, end) = number(read, comma + 1)?;
        if read[comma] != self.delimiter || read[end] != b'\n' {
            return None;
        }
        lines.reader.consume(end + 1);
        lines.number += 1;
        self.number = lines.number;
        Some([first, second])
    }

    /// The next row, or none at the end of the file.
    pub(super) fn next_row(&mut self) -> Result<Option<TextRow<'_>>, InputError> {
        if let Some((number, line)) = self.ahead.pop_front() {
            self.number = number;
            self.line = line;
        } else if self.lines.read(&mut self.line)? {
            self.number = self.lines.number;
        } else {
            return Ok(None);
        }
        let cut = split(&self.line, self.delimiter, &mut self.cells);
        cut.map_err(|torn| self.torn(self.number, &self.line, torn))?;
        if self.cells.len() != self.width {
            return Err(self.uneven());
        }
        Ok(Some(TextRow {
            path: &self.lines.path,
            number: self.number,
            line: &self.line,
            cells: &self.cells,
        }))
    }

    /// How many bytes were read, and their SHA-256; to be asked at the end of the file.
    pub(super) fn finish(self) -> (u64, [u8; 32]) {
        let hashed = self.lines.reader.into_inner();
        (hashed.bytes, hashed.hash.finalize().into())
    }

    fn torn(&self, number: u64, line: &str, (at, says): (usize, &str)) -> InputError {
        let column = line[..at].chars().count() as u64 + 1;
        let help = "close each quoted cell before the next one begins; a quote inside it is doubled";
        InputError::new(&self.lines.path, says, help).at(number, Some(column))
    }

    fn uneven(&self) -> InputError {
        let at = self.cells.get(self.width).map_or(self.line.len(), |extra| extra.start);
        let column = self.line[..at].chars().count() as u64 + 1;
        let found = cells_in_words(self.cells.len());
        let says = format!("{found} in a line, but the first line has {}", self.width);
        let help = if self.cells.len() < self.wanted {
            format!("a cell is missing: write {} a line, separated by {}", self.width, called(self.delimiter))
        } else {
            format!("write as many cells in every line, separated by {}", called(self.delimiter))
        };
        InputError::new(&self.lines.path, says, help).at(self.number, Some(column))
    }
}

/// The whole number that begins there, of at most eighteen digits and none too many, and where the byte behind it stands.
fn number(bytes: &[u8], from: usize) -> Option<(i64, usize)> {
    let (mut number, mut at) = (0, from);
    loop {
        let digit = bytes.get(at)?.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = 10 * number + i64::from(digit);
        at += 1;
        if at - from > 18 {
            return None;
        }
    }
    let padded = bytes[from] == b'0' && at - from > 1;
    (at > from && !padded).then_some((number, at))
}

fn cells_in_words(count: usize) -> String {
    if count == 1 { "1 cell".to_owned() } else { format!("{count} cells") }
}

/// One line of a text table.
pub(super) struct TextRow<'a> {
    path: &'a Path,
    number: u64,
    line: &'a str,
    cells: &'a [Cell],
}

impl<'a> TextRow<'a> {
    /// The text of a cell, which must hold something.
    pub(super) fn cell(&self, index: usize, wanted: &str) -> Result<Cow<'a, str>, InputError> {
        let text = self.cells[index].text(self.line);
        if text.is_empty() {
            return Err(self.refuse(index, "the cell is empty", format!("write {wanted} here")));
        }
        Ok(text)
    }

    /// The error for a cell that should hold a finite number.
    pub(super) fn refuse_number(&self, index: usize, found: &str, help: &str) -> InputError {
        self.refuse(index, format!("{} is no finite number", shown(found)), help)
    }

    /// An error that points at a cell.
    pub(super) fn refuse(
        &self,
        index: usize,
        says: impl Into<String>,
        help: impl Into<String>,
    ) -> InputError {
        let column = self.line[..self.cells[index].start].chars().count() as u64 + 1;
        InputError::new(self.path, says, help).at(self.number, Some(column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::Scratch;
    use proptest::prelude::*;

    fn rows(name: &str, bytes: impl AsRef<[u8]>) -> Result<Vec<Vec<String>>, InputError> {
        let file = Scratch::new(name, bytes);
        let mut table = TextTable::begin(&file.0, File::open(&file.0).unwrap(), 1 << 20, 1)?;
        let mut rows = Vec::new();
        while let Some(row) = table.next_row()? {
            rows.push(row.cells.iter().map(|cell| cell.text(row.line).into_owned()).collect());
        }
        let (bytes, digest) = table.finish();
        assert_eq!(bytes, std::fs::metadata(&file.0).unwrap().len());
        assert_eq!(digest, crate::input::sha256_file(&file.0).unwrap());
        Ok(rows)
    }

    fn place(bytes: impl AsRef<[u8]>) -> (Option<u64>, Option<u64>, String) {
        let torn = rows("a.csv", bytes).unwrap_err();
        assert!(!torn.help.is_empty());
        (torn.line, torn.column, torn.says)
    }

    #[test]
    fn blank_lines_comments_marks_and_blanks_around_cells_are_left_out() {
        let text = "\u{feff}# made by hand\n% so is this\n\n a , b\t\r\n  # more\n\"c, d\" ,\" e\"\"f\"";
        assert_eq!(rows("a.csv", text).unwrap(), [["a", "b"], ["c, d", " e\"f"]]);
    }

    #[test]
    fn the_delimiter_follows_the_ending_and_else_the_first_line() {
        for (name, text) in [
            ("a.csv", "a b,c\n"),
            ("a.tsv", "a b\tc\n"),
            ("a.txt", "a b\tc\n"),
            ("a.txt", "a b;c\n"),
            ("a", "a b,c\n"),
            ("a.edges", "  \"a b\"   c \n"),
        ] {
            assert_eq!(rows(name, text).unwrap(), [["a b", "c"]], "{name} {text}");
        }
    }

    #[test]
    fn a_torn_line_is_refused_at_its_place() {
        assert_eq!(
            place("1,2\n\n3\n"),
            (Some(3), Some(2), "1 cell in a line, but the first line has 2".into())
        );
        assert_eq!(place("1,2\n3,4,é,5").1, Some(5));
        assert_eq!(place("1,2\né,\"b").1, Some(3));
        assert_eq!(place("1,2\n\"a\"b,3\n").2, "text follows a closing quote");
        assert_eq!(place("1,2\r3,4\r"), (Some(1), Some(4), "a carriage return stands inside a line".into()));
        assert_eq!(place("1,2\n3,4\0\n").2, "the control character 0x00 stands inside a line");
        let (line, column, says) = place(b"1,2\nJos\xc3\xa9,Ren\xe9\n");
        assert_eq!((line, column), (Some(2), Some(9)));
        assert_eq!(says, "the byte 0xe9 is no UTF-8 text here");
    }

    #[test]
    fn a_file_of_comments_is_refused() {
        assert!(place("# nothing\n\n").2.contains("only blank lines and comments"));
    }

    proptest! {
        #[test]
        fn what_the_csv_crate_writes_reads_back(
            table in (1_usize..4).prop_flat_map(|width| {
                let cell = "[a-z\", ;#é]{0,6}".prop_map(|cell| format!("x{}", cell.trim_end()));
                prop::collection::vec(prop::collection::vec(cell, width), 1..8)
            }),
            tabs: bool,
        ) {
            let (name, delimiter) = if tabs { ("a.tsv", b'\t') } else { ("a.csv", b',') };
            let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
            for row in &table {
                writer.write_record(row).unwrap();
            }
            prop_assert_eq!(rows(name, writer.into_inner().unwrap()).unwrap(), table);
        }

        #[test]
        fn no_line_is_cut_outside_itself(line in "[ab\" ,\t;é]{0,12}", delimiter in 0_usize..4) {
            let mut cells = Vec::new();
            if split(&line, b",\t; "[delimiter], &mut cells).is_ok() {
                for cell in cells {
                    prop_assert!(line.get(cell.start..cell.end).is_some());
                }
            }
        }
    }
}
