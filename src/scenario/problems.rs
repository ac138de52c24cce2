//! What is wrong with a world file: all of it at once, each with its place and what to write instead.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::fmt;
use std::ops::Range;

/// Problems that are shown; a file with more is told how many there are.
const SHOWN: usize = 50;
/// A longer line is not shown, in bytes: its problem still has file, line and column.
const LINE: usize = 2000;
/// A longer message is cut, in characters: it can hold what the file holds.
const MESSAGE: usize = 600;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the text that it is about; none: the file as a whole.
    pub at: Option<Range<usize>>,
    /// What is wrong: lower case, no full stop.
    pub says: String,
    /// What to write instead; may have several lines, may be empty.
    pub help: String,
}

impl Problem {
    /// A problem with a place.
    pub fn at(at: Range<usize>, says: impl Into<String>) -> Problem {
        Problem { at: Some(at), says: says.into(), help: String::new() }
    }

    /// A problem of the whole file.
    pub fn of_file(says: impl Into<String>) -> Problem {
        Problem { at: None, says: says.into(), help: String::new() }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Problem {
        Problem { help: help.into(), ..self }
    }
}

/// The problems of one file, collected while it is read.
#[derive(Debug, Clone)]
pub struct Problems {
    file: String,
    text: String,
    list: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl Problems {
    /// None yet. `file` is the name to show, `text` what the places refer to.
    pub fn new(file: impl Into<String>, text: impl Into<String>) -> Problems {
        Problems { file: file.into(), text: text.into(), list: Vec::new(), warnings: Vec::new() }
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.list.push(problem);
    }

    /// Adds one, from its parts.
    pub fn add(&mut self, at: Range<usize>, says: impl Into<String>, help: impl Into<String>) {
        self.push(Problem::at(at, says).help(help));
    }

    /// Adds what is not wrong but may not be meant: a default that decides a result. It refuses nothing.
    pub fn warn(&mut self, problem: Problem) {
        self.warnings.push(problem);
    }

    /// The warnings, to be shown like an error; none if there are none.
    pub fn warnings(&self) -> Option<SpecError> {
        let list = self.warnings.clone();
        (!list.is_empty()).then(|| ordered(self.file.clone(), self.text.clone(), list, true))
    }

    /// True if nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are so far.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// All of them, in the order in which they were found.
    pub fn list(&self) -> &[Problem] {
        &self.list
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// `value`, if nothing is wrong.
    ///
    /// # Errors
    /// Everything that is wrong, in the order of the file.
    pub fn or<T>(self, value: T) -> Result<T, SpecError> {
        if self.list.is_empty() { Ok(value) } else { Err(self.into_error()) }
    }

    /// All of them as an error, in the order of the file; the same problem at the same place counts once.
    pub fn into_error(self) -> SpecError {
        ordered(self.file, self.text, self.list, false)
    }
}

fn ordered(file: String, text: String, mut problems: Vec<Problem>, warns: bool) -> SpecError {
    let place = |p: &Problem| p.at.as_ref().map_or((usize::MAX, 0), |at| (at.start, at.end));
    problems.sort_by_key(place);
    problems.dedup();
    SpecError { file, text, problems, warns }
}

/// A world file that is wrong. Displayed, it shows every problem with file, line, column and a caret.
#[derive(Debug, Clone)]
pub struct SpecError {
    file: String,
    text: String,
    problems: Vec<Problem>,
    /// These are warnings.
    warns: bool,
}

impl SpecError {
    /// A file of which nothing can be said but that it cannot be used.
    pub fn of_file(file: impl Into<String>, says: impl Into<String>, help: &str) -> SpecError {
        let mut problems = Problems::new(file, "");
        problems.push(Problem::of_file(says).help(help));
        problems.into_error()
    }

    /// The problems in the order of the file.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text that people read; `colours` for a terminal that has them.
    pub fn render(&self, colours: bool) -> String {
        let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
        let lines = Lines::of(&self.text);
        let mut text = String::new();
        for problem in self.problems.iter().take(SHOWN) {
            text.push_str(&self.render_one(problem, &renderer, &lines));
            text.push_str("\n\n");
        }
        if self.problems.len() > SHOWN {
            text.push_str(&format!("the first {SHOWN} of "));
        }
        let n = self.problems.len();
        let file = clean(&self.file);
        let what = if self.warns { "warning" } else { "problem" };
        text + &format!("{n} {what}{} in {file}", if n == 1 { "" } else { "s" })
    }

    fn render_one(&self, problem: &Problem, renderer: &Renderer, lines: &Lines<'_>) -> String {
        let level = if self.warns { Level::WARNING } else { Level::ERROR };
        let title = level.primary_title(clean(&problem.says));
        let file = clean(&self.file);
        let mut group = match &problem.at {
            None => Group::with_title(title).element(Origin::path(file)),
            Some(at) => {
                let (number, line, within) = lines.locate(at);
                if line.len() <= LINE {
                    let caret = AnnotationKind::Primary.span(within);
                    let snippet = Snippet::source(line).path(file).line_start(number);
                    Group::with_title(title).element(snippet.annotation(caret))
                } else {
                    let column = line[..within.start].chars().count() + 1;
                    let origin = Origin::path(file).line(number).char_column(column);
                    Group::with_title(title).element(origin)
                }
            }
        };
        if !problem.help.is_empty() {
            group = group.element(Level::HELP.message(clean(&problem.help)));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for SpecError {}

/// Where the lines of a text begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Lines<'t> {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(i, _)| i + 1)).collect();
        Lines { text, starts }
    }

    /// The line in which `at` begins: its number from 1, its text, and `at` within it, cut at its end.
    fn locate(&self, at: &Range<usize>) -> (usize, &'t str, Range<usize>) {
        let start = self.boundary(at.start);
        let number = self.starts.partition_point(|&s| s <= start);
        let first = self.starts[number - 1];
        let rest = &self.text[first..];
        let line = rest.split('\n').next().unwrap_or(rest).trim_end_matches('\r');
        let within = |i: usize| (i - first).min(line.len());
        (number, line, within(start)..within(self.boundary(at.end.max(start))))
    }

    /// `i`, or the next smaller place where a character begins.
    fn boundary(&self, i: usize) -> usize {
        let i = i.min(self.text.len());
        (0..=i).rev().find(|&i| self.text.is_char_boundary(i)).unwrap_or(0)
    }
}

/// What a file says may hold anything: characters that a terminal obeys are shown as their codes.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for (i, c) in text.chars().enumerate() {
        let obeyed = c.is_control() && c != '\n';
        let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        match c {
            _ if i == MESSAGE => {
                clean.push('…');
                break;
            }
            _ if obeyed || turns => clean.extend(c.escape_unicode()),
            _ => clean.push(c),
        }
    }
    clean
}

/// `word` between backticks, short enough for a message, on one line.
pub(crate) fn quoted(word: &str) -> String {
    let mut short: String = word.chars().take(60).flat_map(char::escape_debug).collect();
    if word.chars().nth(60).is_some() {
        short.push('…');
    }
    format!("`{short}`")
}

/// "`a`, `b` and `c`".
pub(crate) fn listed<S: AsRef<str>>(words: &[S], and: &str) -> String {
    let words: Vec<String> = words.iter().map(|w| quoted(w.as_ref())).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} {and} {last}", all.join(", ")),
    }
}

/// The known word that somebody who wrote `word` may have meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let length = word.chars().count();
    if length > 60 {
        return None;
    }
    let known = known.into_iter().map(|k| (distance(word, k), k));
    // Of words of one letter, every other one is as near.
    known.min().filter(|(d, k)| *d <= (length.max(k.len()) / 3).max(1) && *d < length.max(1)).map(|(_, k)| k)
}

/// Letters to change; `_` and `-` and upper and lower case are the same, and a word cut short is near.
fn distance(word: &str, known: &str) -> usize {
    let plain = |s: &str| s.to_lowercase().replace('_', "-");
    let (word, known) = (plain(word), plain(known));
    if word.len() >= 3 && known.starts_with(&word) {
        return 1;
    }
    strsim::damerau_levenshtein(&word, &known)
}

/// What to say after a word that is not known: the nearest one, or all.
pub fn suggest(word: &str, known: &[&str], call_them: &str) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => String::new(),
        None => format!("{call_them} {}", listed(known, "and")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_problem_has_file_line_column_caret_and_help_in_the_order_of_the_file() {
        let text = "[game]\nkind = \"dönation\"\nbenefit = 1.7 # ü\n";
        let mut problems = Problems::new("w.toml", text);
        problems.add(26..36, "second", "write\nthis");
        problems.push(Problem::of_file("last"));
        problems.add(0..6, "first", "");
        problems.add(0..6, "first", "");
        let error = problems.into_error();
        assert_eq!(
            error.to_string(),
            "\
error: first
 --> w.toml:1:1
  |
1 | [game]
  | ^^^^^^

error: second
 --> w.toml:3:1
  |
3 | benefit = 1.7 # ü
  | ^^^^^^^^^^
  |
  = help: write
          this

error: last
--> w.toml

3 problems in w.toml"
        );
    }

    #[test]
    fn warnings_refuse_nothing_and_are_shown_alike() {
        let mut problems = Problems::new("w.toml", "[game]\n");
        assert!(problems.warnings().is_none());
        problems.warn(Problem::at(0..6, "`total` is not written").help("write it"));
        let shown = problems.warnings().unwrap().to_string();
        assert!(shown.starts_with("warning: `total` is not written\n --> w.toml:1:1\n"));
        assert!(shown.ends_with("1 warning in w.toml"));
        assert_eq!(problems.or(5).unwrap(), 5);
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_as_its_code() {
        let mut problems = Problems::new("w\u{1b}[2J.toml", "a = '\u{1b}[31m'\n");
        problems.add(4..11, "bad \u{1b}[31m \u{202e}", "x\u{7}");
        let shown = problems.into_error().to_string();
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown}");
    }

    #[test]
    fn a_long_line_and_many_problems_stay_short() {
        let text = "x".repeat(1 << 20);
        let mut problems = Problems::new("w.toml", text.as_str());
        for i in 0..1000 {
            problems.add(i..i + 1, "y".repeat(10_000), "");
        }
        let shown = problems.into_error().to_string();
        assert!(shown.len() < 100_000 && shown.contains("w.toml:1:50"));
        assert!(shown.ends_with("the first 50 of 1000 problems in w.toml"));
    }

    #[test]
    fn the_word_that_was_meant_is_found() {
        let known = ["cost", "benefit", "assessment_error", "public-goods", "game"];
        let near = |word| nearest(word, known);
        assert_eq!(near("cots"), Some("cost"));
        assert_eq!(near("assesment_error"), Some("assessment_error"));
        assert_eq!(near("public_goods"), Some("public-goods"));
        assert_eq!(near("assess"), Some("assessment_error"));
        assert_eq!(near("gmae"), Some("game"));
        assert_eq!(near("structure"), None);
        assert_eq!(near(""), None);
    }

    proptest! {
        #[test]
        fn no_text_and_no_place_panics(text in "[\\PC\n\r\t\u{0}-\u{1f}]{0,80}", a in 0usize..400, b in 0usize..400) {
            let mut problems = Problems::new("w.toml", text);
            problems.push(Problem::at(a..b, "x").help("y"));
            let shown = problems.into_error().to_string();
            prop_assert!(shown.contains("w.toml"));
        }
    }
}
