//! The text of a world file: hostile until it is TOML of bounded size and depth.

use super::problems::{Problem, Problems, SpecError, quoted};
use std::io::Read;
use std::path::Path;
use toml::de::DeTable;

/// A larger world file is refused, in bytes.
pub const FILE_BYTES: u64 = 1 << 20;
/// Tables in tables in lists: more is refused, for reading recurses.
const DEPTH: usize = 64;
/// Syntax errors that are reported: what follows the first few is often their consequence.
const SYNTAX_ERRORS: usize = 5;

/// The text of a world file.
///
/// # Errors
/// The file cannot be read, is larger than [`FILE_BYTES`], or is not UTF-8.
pub fn read_file(path: &Path) -> Result<String, SpecError> {
    let name = path.display().to_string();
    let cannot = |e: std::io::Error| {
        let help = "name a world file, or a built-in world of `mores worlds`";
        SpecError::of_file(name.clone(), format!("this file cannot be read: {e}"), help)
    };
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
    text_of(&name, bytes)
}

/// The bytes as text; `file` is the name to show.
///
/// # Errors
/// There are more than [`FILE_BYTES`], or they are not UTF-8.
pub fn text_of(file: &str, bytes: Vec<u8>) -> Result<String, SpecError> {
    if bytes.len() as u64 > FILE_BYTES {
        let help = "lists of data belong into files of their own, which a world names by `path` or `file`";
        let says = format!("a world file has at most {FILE_BYTES} bytes");
        return Err(SpecError::of_file(file, says, help));
    }
    String::from_utf8(bytes).map_err(|e| {
        let good = e.utf8_error().valid_up_to();
        let byte = e.as_bytes()[good];
        let text = String::from_utf8_lossy(&e.as_bytes()[..good]).into_owned();
        let mut problems = Problems::new(file, text);
        problems.add(
            good..good,
            format!("not UTF-8: the byte 0x{byte:02x} follows here"),
            "save the file as UTF-8",
        );
        problems.into_error()
    })
}

/// Parses TOML; what is wrong is pushed.
pub(crate) fn parse<'t>(text: &'t str, problems: &mut Problems) -> Option<DeTable<'t>> {
    if let Some(at) = too_deep(text) {
        problems.add(at..at, format!("more than {DEPTH} tables and lists inside one another"), "");
        return None;
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut twice = false;
    for error in errors.iter().take(SYNTAX_ERRORS) {
        let at = error.span();
        let word = at.clone().and_then(|at| text.get(at)).unwrap_or_default();
        let (says, help) = match error.message() {
            // The keys of a section that is written twice are its consequence.
            "duplicate key" if std::mem::replace(&mut twice, true) => continue,
            "duplicate key" => (format!("{} is written twice", quoted(word)), "leave one out".to_owned()),
            message => {
                let value = ["string values must be quoted", "invalid boolean"];
                let (what, help) = match word.trim() {
                    _ if !value.iter().any(|value| message.starts_with(value)) => (message, String::new()),
                    "" => ("a value is missing", "write it behind the `=`".to_owned()),
                    word => ("a word stands without quotes", format!("write \"{word}\"")),
                };
                (format!("this is not TOML: {what}"), help)
            }
        };
        problems.push(match at {
            Some(at) => Problem::at(at, says).help(help),
            None => Problem::of_file(says).help(help),
        });
    }
    errors.is_empty().then(|| table.into_inner())
}

/// Where tables and lists are nested too deeply, if they are. The parser bounds brackets and dotted keys each, but
/// not their product, and dropping what it made recurses.
pub(crate) fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    // The dots of the key before each open bracket, the header's first; then those of the key that is being read.
    let mut open: Vec<usize> = Vec::new();
    let mut dots = 0;
    let mut i = 0;
    while let Some(&byte) = bytes.get(i) {
        match byte {
            b'"' | b'\'' => {
                i = after_string(bytes, i);
                continue;
            }
            b'#' => {
                i += bytes[i..].iter().position(|b| *b == b'\n').unwrap_or(bytes.len() - i);
                continue;
            }
            b'[' | b'{' => open.push(std::mem::take(&mut dots) + 1),
            b']' | b'}' => dots = open.pop().unwrap_or(0),
            b'.' => dots += 1,
            b',' | b'\n' => dots = 0,
            _ => {}
        }
        if matches!(byte, b'[' | b'{' | b'.') && dots + open.iter().sum::<usize>() > DEPTH {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// The place after the string that begins at `i`; the end of the text if it is never closed.
fn after_string(bytes: &[u8], i: usize) -> usize {
    let quote = bytes[i];
    let triple = bytes[i..].starts_with(&[quote; 3]);
    let width = if triple { 3 } else { 1 };
    let mut at = i + width;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if quote == b'"' && rest[0] == b'\\' {
            at += 2;
        } else if triple && rest.starts_with(&[quote; 3]) {
            // Up to two quotes may stand before the closing three.
            return at + rest.iter().take(5).take_while(|b| **b == quote).count();
        } else if !triple && (rest[0] == quote || rest[0] == b'\n') {
            return at + 1;
        } else {
            at += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::toys::read_world;

    #[test]
    fn a_file_that_is_no_text_or_too_large_is_refused() {
        let error = text_of("w.toml", b"[run]\nx = \xff\n".to_vec()).unwrap_err().to_string();
        assert!(
            error.starts_with("error: not UTF-8: the byte 0xff follows here\n --> w.toml:2:5\n"),
            "{error}"
        );
        let error = text_of("w.toml", vec![b'#'; FILE_BYTES as usize + 1]).unwrap_err().to_string();
        assert!(error.starts_with("error: a world file has at most 1048576 bytes\n"), "{error}");
        assert_eq!(text_of("w.toml", vec![b'#'; FILE_BYTES as usize]).unwrap().len(), 1 << 20);
        let error = read_file(Path::new("no/such/world.toml")).unwrap_err().to_string();
        assert!(error.starts_with("error: this file cannot be read: "), "{error}");
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow() {
        let keys = vec!["a"; 70].join(".");
        let level = format!("{{ {keys} = ");
        for text in [
            format!("x = {}", "[".repeat(100_000)),
            format!("x = {}", "{a=".repeat(100_000)),
            format!("x = {}1{}", level.repeat(70), "}".repeat(70)),
            format!("[{}]\ny = {}1{}", vec!["a"; 60].join("."), "[".repeat(60), "]".repeat(60)),
            format!("{} = 1", vec!["a"; 100_000].join(".")),
        ] {
            read_world(&text).unwrap_err();
            assert!(super::super::over::set(&text, &[]).is_err() || text.starts_with('['));
        }
        assert_eq!(too_deep("x = \"[[[.\" # ....\ny = [1.5, 'a.b', {c.d = \"\"\"].\"\"\"}]"), None);
    }
}
