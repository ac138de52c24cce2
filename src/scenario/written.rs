//! A world file as it is written: a table of tables with the place of every key and value.
//!
//! Sections are read out of it one by one. Everything that is wrong goes to [`Problems`]; nothing is refused at the
//! first problem.

use super::problems::{Problem, Problems, SpecError, quoted, suggest};
use super::schema::{self, Node};
use crate::registry::reading::{self, Frame, found, read};
use crate::registry::{Context, Row, Section, place_in};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

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
        problems.add(good..good, format!("not UTF-8: the byte 0x{byte:02x} follows here"), "save the file as UTF-8");
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
    for error in errors.iter().take(SYNTAX_ERRORS) {
        let says = format!("this is not TOML: {}", error.message());
        problems.push(match error.span() {
            Some(at) => Problem::at(at, says),
            None => Problem::of_file(says),
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

/// A world file as it is written.
pub struct Written<'t> {
    root: DeTable<'t>,
    /// Keys of a section's rows that [`Written::named_values`] has read.
    taken: BTreeMap<String, Vec<String>>,
}

impl<'t> Written<'t> {
    /// Parses the text; nothing after at least one problem was pushed.
    pub fn parse(text: &'t str, problems: &mut Problems) -> Option<Written<'t>> {
        parse(text, problems).map(|root| Written { root, taken: BTreeMap::new() })
    }

    /// True if the file has this section or key.
    pub fn has(&self, key: &str) -> bool {
        self.root.contains_key(key)
    }

    /// How many rows an array of tables has; 1 for a table, 0 if it is not there.
    pub fn rows(&self, key: &str) -> usize {
        match self.root.get(key).map(Spanned::get_ref) {
            Some(DeValue::Array(items)) => items.len(),
            Some(_) => 1,
            None => 0,
        }
    }

    /// The strings that stand at `key` in the rows of an array of tables, in their order, as far as there are some:
    /// the names of strategies, before the strategies are read.
    pub fn names(&self, section: &str, key: &str) -> Vec<String> {
        let Some(DeValue::Array(items)) = self.root.get(section).map(Spanned::get_ref) else {
            return Vec::new();
        };
        let name = |item: &Spanned<DeValue<'_>>| item.get_ref().get(key)?.get_ref().as_str().map(str::to_owned);
        items.iter().filter_map(name).collect()
    }

    /// A value at the head of the file, such as `title`. None: not written, or a problem was pushed.
    pub fn value<T: DeserializeOwned + JsonSchema>(
        &self,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Spanned<T>> {
        let value = self.root.get(key)?;
        let read = reading::read_value(key, value, problems)?;
        Some(Spanned::new(value.span(), read))
    }

    /// A section without kinds, `[run]`. None: not written, or a problem was pushed.
    pub fn section<S: DeserializeOwned + JsonSchema>(
        &self,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Spanned<S>> {
        let (table, header) = self.table(key, problems)?;
        let name = format!("[{key}]");
        let frame = Frame { header: header.clone(), name: &name, also: &[], example: "" };
        read(table, &frame, problems).map(|section| Spanned::new(header, section))
    }

    /// An array of sections without kinds, `[[trait]]`; empty if not written. None: a problem was pushed.
    pub fn sections<S: DeserializeOwned + JsonSchema>(
        &self,
        key: &str,
        problems: &mut Problems,
    ) -> Option<Vec<Spanned<S>>> {
        let name = format!("[[{key}]]");
        let mut sections = Some(Vec::new());
        for (table, header) in self.tables(key, problems)? {
            let table = self.without_taken(key, table);
            let frame = Frame { header: header.clone(), name: &name, also: &[], example: "" };
            keep(&mut sections, read(&table, &frame, problems).map(|s| Spanned::new(header, s)));
        }
        sections
    }

    /// A section with kinds, `[game]`: its common keys, which `C` names, and its rule, which reads the rest.
    /// None: not written, or a problem was pushed.
    pub fn rule<C: DeserializeOwned + JsonSchema, T: ?Sized>(
        &self,
        key: &str,
        rows: &'static [Row<T>],
        default_kind: Option<&str>,
        context: &Context,
        problems: &mut Problems,
    ) -> Option<(C, Box<T>)> {
        let (table, header) = self.table(key, problems)?;
        let kinds = Kinds { name: &format!("[{key}]"), rows, default_kind };
        kinds.read(table, header, context, problems)
    }

    /// An array of sections with kinds, `[[strategy]]`; empty if not written. None: a problem was pushed.
    pub fn rules<C: DeserializeOwned + JsonSchema, T: ?Sized>(
        &self,
        key: &str,
        rows: &'static [Row<T>],
        default_kind: Option<&str>,
        context: &Context,
        problems: &mut Problems,
    ) -> Option<Vec<(C, Box<T>)>> {
        let kinds = Kinds { name: &format!("[[{key}]]"), rows, default_kind };
        let mut rules = Some(Vec::new());
        for (table, header) in self.tables(key, problems)? {
            let table = self.without_taken(key, table);
            keep(&mut rules, kinds.read(&table, header, context, problems));
        }
        rules
    }

    /// Keys of an array's rows that only this world knows, such as the traits that a `[[strategy]]` gives values to:
    /// for each row what it says of `names`. Reading the section afterwards passes over them.
    pub fn named_values<V: DeserializeOwned + JsonSchema>(
        &mut self,
        section: &str,
        names: &[String],
        problems: &mut Problems,
    ) -> Vec<BTreeMap<String, V>> {
        let Some(DeValue::Array(items)) = self.root.get(section).map(Spanned::get_ref) else {
            return Vec::new();
        };
        let mut rows = Vec::new();
        for item in items.iter() {
            let of = |name: &String| Some((name.clone(), item.get_ref().get(name.as_str())?));
            let written = names.iter().filter_map(of);
            let read = written.filter_map(|(name, value)| {
                let value = reading::read_value(&name, value, problems)?;
                Some((name, value))
            });
            rows.push(read.collect());
        }
        self.taken.entry(section.to_owned()).or_default().extend(names.iter().cloned());
        rows
    }

    /// Reports sections and keys of the head that are none of `known`.
    pub fn finish(&self, known: &[&str], problems: &mut Problems) {
        for (key, value) in self.root.iter().filter(|(key, _)| !known.contains(&&*key.get_ref().as_ref())) {
            let word = key.get_ref();
            let section = matches!(value.get_ref(), DeValue::Table(_))
                || matches!(value.get_ref(), DeValue::Array(items)
                    if items.iter().any(|item| item.get_ref().is_table()));
            let what = if section { "section" } else { "key at the head of a world" };
            let help = suggest(word, known, "there are");
            problems.add(key.span(), format!("there is no {what} called {}", quoted(word)), help);
        }
    }

    /// Where the value of a key stands: of `[section]`, or of a row of `[[section]]`. A key that is not written has
    /// the place of its section's header; a path such as `transitions.0.rate` leads into lists and tables. The end of
    /// the file, if the section is not written either.
    pub fn place(&self, section: &str, index: Option<usize>, key: &str) -> Range<usize> {
        let value = self.root.get(section);
        let row = match (value.map(Spanned::get_ref), index) {
            (Some(DeValue::Array(items)), Some(i)) => items.get(i).or(value),
            _ => value,
        };
        let inside = match row.map(Spanned::get_ref) {
            Some(DeValue::Table(table)) => place_in(table, key),
            _ => None,
        };
        inside.or_else(|| row.map(Spanned::span)).unwrap_or(usize::MAX..usize::MAX)
    }

    fn table(&self, key: &str, problems: &mut Problems) -> Option<(&DeTable<'t>, Range<usize>)> {
        let value = self.root.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some((table, value.span())),
            DeValue::Array(items) if items.iter().any(|item| item.get_ref().is_table()) => {
                let says = format!("there is one [{key}] in a world, and this is a list");
                problems.add(value.span(), says, format!("write [{key}], once"));
                None
            }
            other => {
                let says = format!("expected the table [{key}], found {}", found(other));
                problems.add(value.span(), says, format!("write [{key}] and its keys below"));
                None
            }
        }
    }

    fn tables(&self, key: &str, problems: &mut Problems) -> Option<Vec<(&DeTable<'t>, Range<usize>)>> {
        let Some(value) = self.root.get(key) else { return Some(Vec::new()) };
        let expected = |what: &DeValue<'_>| format!("expected rows of [[{key}]], found {}", found(what));
        let DeValue::Array(items) = value.get_ref() else {
            problems.add(value.span(), expected(value.get_ref()), format!("write [[{key}]]"));
            return None;
        };
        let mut tables = Some(Vec::new());
        for item in items.iter() {
            let table = item.get_ref().as_table().map(|table| (table, item.span()));
            if table.is_none() {
                problems.add(item.span(), expected(item.get_ref()), format!("write [[{key}]]"));
            }
            keep(&mut tables, table);
        }
        tables
    }

    fn without_taken(&self, section: &str, table: &DeTable<'t>) -> DeTable<'t> {
        let mut table = table.clone();
        for name in self.taken.get(section).into_iter().flatten() {
            table.remove(name.as_str());
        }
        table
    }
}

/// Adds to the list; without something to add there is no list any more.
fn keep<T>(list: &mut Option<Vec<T>>, item: Option<T>) {
    match (list.as_mut(), item) {
        (Some(items), Some(item)) => items.push(item),
        _ => *list = None,
    }
}

/// A section with kinds, and the rules that its kinds are.
struct Kinds<'k, T: ?Sized + 'static> {
    /// `[game]`, `[[strategy]]`
    name: &'k str,
    rows: &'static [Row<T>],
    default_kind: Option<&'k str>,
}

impl<T: ?Sized> Kinds<'_, T> {
    fn read<C: DeserializeOwned + JsonSchema>(
        &self,
        table: &DeTable<'_>,
        header: Range<usize>,
        context: &Context,
        problems: &mut Problems,
    ) -> Option<(C, Box<T>)> {
        let row = self.row(table, &header, problems);
        let schema = schema::of::<C>();
        let every = Node::root(&schema);
        let also: Vec<String> = every.keys().map(|(key, _)| key.to_owned()).collect();
        let (mut common, mut own) = (DeTable::new(), DeTable::new());
        for (key, value) in table.iter().filter(|(key, _)| key.get_ref() != "kind") {
            let to = if every.key(key.get_ref()).is_some() { &mut common } else { &mut own };
            to.insert(key.clone(), value.clone());
        }
        let frame = Frame { header, name: self.name, also: &[], example: "" };
        let common = read::<C>(&common, &frame, problems);
        let row = row?;
        let name = format!("{} of kind `{}`", self.name, row.kind);
        let frame = Frame { name: &name, also: &also, example: row.example, ..frame };
        let rule = row.build(&Section { own: &own, all: table, frame }, context, problems);
        Some((common?, rule?))
    }

    fn row(
        &self,
        table: &DeTable<'_>,
        header: &Range<usize>,
        problems: &mut Problems,
    ) -> Option<&'static Row<T>> {
        let kinds: Vec<&str> = self.rows.iter().map(|row| row.kind).collect();
        let (kind, at) = match table.get("kind").map(|kind| (kind.get_ref(), kind.span())) {
            Some((DeValue::String(kind), at)) => (kind.as_ref(), at),
            Some((other, at)) => {
                let says = format!("expected the name of a kind, found {}", found(other));
                problems.add(at, says, suggest("", &kinds, "there are"));
                return None;
            }
            None => match self.default_kind {
                Some(kind) => (kind, header.clone()),
                None => {
                    let help = suggest("", &kinds, "write `kind = \"…\"` with one of");
                    problems.add(header.clone(), "`kind` is missing", help);
                    return None;
                }
            },
        };
        let row = self.rows.iter().find(|row| row.kind == kind);
        if row.is_none() {
            let mut help = suggest(kind, &kinds, "there are");
            if help.starts_with("did you mean") {
                help += &format!("\n{}", suggest("", &kinds, "there are"));
            }
            problems.add(at, format!("no kind of {} is called {}", self.name, quoted(kind)), help);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::toys::read_world;

    const GOOD: &str = "\
title = \"t\"
[run]
ticks = 10
[[trait]]
name = \"skill\"
[[strategy]]
name = \"allc\"
plays = \"c\"
share = 0.5
skill = 2
[[strategy]]
name = \"mix\"
kind = \"mixed\"
p = [0.5, 1]
[game]
kind = \"donation\"
benefit = 5
cost = 1.0
roles = \"donor-recipient\"
[learning]
kind = \"fermi\"
selection = \"skill\"
";

    fn shown(text: &str) -> String {
        read_world(text).expect_err("the world is wrong").to_string()
    }

    fn changed(from: &str, to: &str) -> String {
        assert!(GOOD.contains(from), "{from}");
        shown(&GOOD.replace(from, to))
    }

    #[test]
    fn zz_print() {
        println!("{:?}", read_world(GOOD).map_err(|e| e.to_string()).unwrap());
        for (a, b) in [
            ("cost = 1.0", "cots = 1.0"), ("donation", "donatoin"), ("[game]", "[gmae]"), ("share = 0.5", "share = 1.7"),
            ("benefit = 5", "benefit = \"5\""), ("cost = 1.0\n", ""), ("benefit = 5\ncost = 1.0\n", ""), ("cost = 1.0", "cost = 7"),
            ("selection = \"skill\"", "selection = 1\nrate = 2"), ("roles = \"donor-recipient\"", "roles = \"donor\""),
            ("ticks = 10", "ticks = -1\nsede = 1\nseed = 1.5"), ("kind = \"donation\"\n", ""), ("[run]\nticks = 10\n", ""),
            ("[run]", "[[run]]"), ("[game]", "[[game]]"), ("selection = \"skill\"", "selection = 1\nrate = { betwen = [1, 2] }\nstages = [{ from = \"a\", prob = 2 }, { form = \"a\", prob = \"x\" }, {}]"),
            ("selection = \"skill\"", "selection = 1\nrate = { between = [1, \"a\"] }\nstages = 5"),
            ("skill = 2", "skill = \"a\"\nskil = 3"), ("p = [0.5, 1]", "p = [0.5, 3, \"x\"]"), ("title = \"t\"", "title = 5\nfoo = 1"),
            ("[run]", "[run"), ("kind = \"donation\"", "kind = 5"),
        ] { println!("=== {b}\n{}\n", changed(a, b)); }
        for (f, e) in crate::registry::toys::entries() { println!("{}\n-----", crate::registry::explain(f, &e)); }
        println!("{}", serde_json::to_string_pretty(&crate::scenario::schema::world_schema(crate::registry::toys::SECTIONS)).unwrap());
    }
}
