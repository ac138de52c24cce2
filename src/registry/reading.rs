//! Reads one table of a world file into its struct, and says everything that is wrong with it.
//!
//! serde stops at the first problem of a table. So the keys are compared with the schema first, and what serde
//! refuses afterwards is taken out of the table, for it to go on to the next problem.

use crate::scenario::problems::{Problem, Problems, listed, nearest, quoted, suggest};
use crate::scenario::schema::{self, Node, keys_listed};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, ValueDeserializer};

/// Bad values of one table that are reported; each costs reading the table once more.
const BAD_VALUES: usize = 20;

/// What is said about a table, besides its own keys.
#[derive(Clone)]
pub(crate) struct Frame<'f> {
    /// Where the table begins; what has no better place points here.
    pub(crate) header: Range<usize>,
    /// `[run]`, or `a game of kind donation`.
    pub(crate) name: &'f str,
    /// Keys that are known but read elsewhere.
    pub(crate) also: &'f [String],
    /// TOML from which values are taken to show what could be written; may be empty.
    pub(crate) example: &'f str,
}

/// The struct that the table is, or nothing after at least one problem was pushed.
pub(crate) fn read<S: DeserializeOwned + JsonSchema>(
    table: &DeTable<'_>,
    frame: &Frame<'_>,
    problems: &mut Problems,
) -> Option<S> {
    let schema = schema::of::<S>();
    let node = Node::root(&schema);
    let before = problems.len();
    let mut table = table.clone();
    check_keys(&mut table, node, frame, problems);
    for _ in 0..BAD_VALUES {
        let whole = Spanned::new(frame.header.clone(), DeValue::Table(table.clone()));
        let error = match S::deserialize(ValueDeserializer::from(whole)) {
            Ok(value) => return (problems.len() == before).then_some(value),
            Err(error) => error,
        };
        let at = error.span().unwrap_or_else(|| frame.header.clone());
        // Missing keys were reported with the others, and taking a bad value out makes one more.
        let known = error.message().starts_with("missing field") && problems.len() > before;
        if !known {
            let place = find(&table, node, &at);
            problems.push(bad_value(error.message(), at.clone(), place));
        }
        if !remove(&mut table, &at) {
            break;
        }
    }
    None
}

/// One value that is no table of its own, such as `title`.
pub(crate) fn read_value<T: DeserializeOwned + JsonSchema>(
    key: &str,
    value: &Spanned<DeValue<'_>>,
    problems: &mut Problems,
) -> Option<T> {
    let schema = schema::of::<T>();
    match T::deserialize(ValueDeserializer::from(value.clone())) {
        Ok(value) => Some(value),
        Err(error) => {
            let at = error.span().unwrap_or_else(|| value.span());
            let place = Some(Place { key, value: value.get_ref(), node: Some(Node::root(&schema)) });
            problems.push(bad_value(error.message(), at, place));
            None
        }
    }
}

/// Takes unknown keys out of the table and reports them, and reports missing ones; then the tables in it.
fn check_keys(table: &mut DeTable<'_>, node: Node<'_>, frame: &Frame<'_>, problems: &mut Problems) {
    let mut meant = Vec::new();
    let unknown = |key: &str| node.key(key).is_none();
    let strangers: Vec<_> = table.keys().filter(|key| unknown(key.get_ref())).cloned().collect();
    for key in &strangers {
        let word = key.get_ref();
        let known = || node.keys().map(|(k, _)| k).chain(frame.also.iter().map(String::as_str));
        let help = match nearest(word, known().filter(|k| !table.contains_key(*k))) {
            Some(near) => {
                meant.push(near.to_owned());
                format!("did you mean `{near}`?")
            }
            None => match nearest(word, known()) {
                Some(near) => format!("did you mean `{near}`, which is written already?"),
                None => known_keys(node, frame.also),
            },
        };
        problems.add(key.span(), format!("{} has no key {}", frame.name, quoted(word)), help);
    }
    for key in &strangers {
        table.remove(key.get_ref().as_ref());
    }

    let absent = |k: &&str| !table.contains_key(*k) && !meant.iter().any(|m| m == k);
    let missing: Vec<&str> = node.required().filter(absent).collect();
    if !missing.is_empty() {
        let are = if missing.len() == 1 { "is" } else { "are" };
        let says = format!("{} {are} missing", listed(&missing, "and"));
        problems.add(frame.header.clone(), says, to_write(&missing, node, frame.example));
    }
    for (key, value) in table.iter_mut() {
        let Some(inner) = node.key(key.get_ref()) else {
            continue;
        };
        check_value(value, inner, key.get_ref(), problems);
    }
}

fn check_value(value: &mut Spanned<DeValue<'_>>, node: Node<'_>, name: &str, problems: &mut Problems) {
    let header = value.span();
    match value.get_mut() {
        DeValue::Table(table) if node.is_closed_table() => {
            let name = quoted(name);
            let frame = Frame { header, name: &name, also: &[], example: "" };
            check_keys(table, node, &frame, problems);
        }
        DeValue::Array(items) => {
            let Some(of) = node.items() else { return };
            items.iter_mut().for_each(|item| check_value(item, of, name, problems));
        }
        _ => {}
    }
}

fn known_keys(node: Node<'_>, also: &[String]) -> String {
    let own = keys_listed(node);
    match (own.is_empty(), also.is_empty()) {
        (true, true) => "it takes no keys".to_owned(),
        (false, true) => format!("its keys are {own}"),
        (true, false) => format!("its keys are {}", listed(also, "and")),
        (false, false) => {
            format!("its keys are {own}; every kind also takes {}", listed(also, "and"))
        }
    }
}

/// A line for each missing key: what could be written and what it means.
fn to_write(missing: &[&str], node: Node<'_>, example: &str) -> String {
    let table = DeTable::parse(example).ok();
    let shown = |key: &str| {
        let value = table.as_ref()?.get_ref().get(key)?;
        example.get(value.span())
    };
    let line = |key: &&str| {
        let about = node.key(key).map(Node::about).unwrap_or_default();
        let wants = node.key(key).map(Node::wants).unwrap_or_default();
        let colon = if about.is_empty() { "" } else { ": " };
        match shown(key) {
            Some(value) => format!("write `{key} = {value}` ({wants}){colon}{}", first_line(about)),
            None => format!("write `{key} = …` ({wants}){colon}{}", first_line(about)),
        }
    };
    missing.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(crate) fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or("")
}

/// The value at which serde stopped: its key, itself, and what the schema says of it.
struct Place<'p, 't> {
    key: &'p str,
    value: &'p DeValue<'t>,
    node: Option<Node<'p>>,
}

/// The innermost value that holds the place `at`.
fn find<'p, 't>(table: &'p DeTable<'t>, node: Node<'p>, at: &Range<usize>) -> Option<Place<'p, 't>> {
    let holds = |(_, value): &(_, &Spanned<DeValue<'_>>)| covers(value, at);
    let (key, value) = table.iter().find(holds)?;
    let node = node.key(key.get_ref());
    Some(find_in(Place { key: key.get_ref(), value: value.get_ref(), node }, at))
}

fn find_in<'p, 't>(place: Place<'p, 't>, at: &Range<usize>) -> Place<'p, 't> {
    match place.value {
        DeValue::Table(table) => {
            let Some(node) = place.node else { return place };
            find(table, node, at).unwrap_or(place)
        }
        DeValue::Array(items) => match items.iter().find(|item| covers(item, at)) {
            Some(item) => {
                let node = place.node.and_then(Node::items);
                find_in(Place { key: place.key, value: item.get_ref(), node }, at)
            }
            None => place,
        },
        _ => place,
    }
}

/// True if the value, or anything in it, holds `at`. The span of a `[table]` is its header alone.
fn covers(value: &Spanned<DeValue<'_>>, at: &Range<usize>) -> bool {
    let span = value.span();
    (span.start <= at.start && at.end <= span.end)
        || match value.get_ref() {
            DeValue::Table(table) => table.iter().any(|(k, v)| k.span() == *at || covers(v, at)),
            DeValue::Array(items) => items.iter().any(|item| covers(item, at)),
            _ => false,
        }
}

/// Takes the innermost key that holds `at` out of the table; false if there is none.
fn remove(table: &mut DeTable<'_>, at: &Range<usize>) -> bool {
    let holder = table.iter().find(|(k, v)| k.span() == *at || covers(v, at));
    let Some(key) = holder.map(|(k, _)| k.get_ref().to_string()) else {
        return false;
    };
    let inside = table.get_mut(key.as_str()).is_some_and(|v| remove_in(v.get_mut(), at));
    inside || table.remove(key.as_str()).is_some()
}

fn remove_in(value: &mut DeValue<'_>, at: &Range<usize>) -> bool {
    match value {
        // An emptied table goes as a whole: `{ form = … }` without its only key is no form at all.
        DeValue::Table(table) => remove(table, at) && !table.is_empty(),
        DeValue::Array(items) => {
            let Some(item) = items.iter_mut().find(|item| covers(item, at)) else {
                return false;
            };
            if remove_in(item.get_mut(), at) {
                return true;
            }
            // A list of tables has any length; one of numbers may be too short without the bad one.
            let is_table = item.get_ref().is_table();
            if is_table {
                let all = std::mem::replace(items, DeArray::new());
                *items = all.into_iter().filter(|item| !covers(item, at)).collect();
            }
            is_table
        }
        _ => false,
    }
}

/// serde's message in the words of a world file.
fn bad_value(message: &str, at: Range<usize>, place: Option<Place<'_, '_>>) -> Problem {
    let wants = place.as_ref().and_then(|p| p.node).map(Node::wants);
    let found = place.as_ref().map_or_else(|| "something else".to_owned(), |p| found(p.value));
    let expected = |message: &str| match (&wants, message.split_once(", expected ")) {
        (Some(wants), _) => wants.clone(),
        (None, Some((_, expected))) => in_words(expected),
        (None, None) => "a value of another type".to_owned(),
    };
    let mismatch = ["invalid type", "invalid value", "wanted "].iter().any(|w| message.starts_with(w));
    let mut names = backticked(message);
    if mismatch {
        return Problem::at(at, format!("expected {}, found {found}", expected(message))).help(about(place));
    }
    if message.starts_with("invalid length ") {
        let length = message.split([' ', ',']).nth(2).unwrap_or_default();
        let says = format!("expected {}, found {length} values", expected(message));
        return Problem::at(at, says).help(about(place));
    }
    let key_or_word = ["unknown variant ", "unknown field "].iter().position(|w| message.starts_with(w));
    if let Some(which) = key_or_word {
        let word = names.next().unwrap_or_default().to_owned();
        let known: Vec<&str> = names.collect();
        let key = place.map(|p| quoted(p.key));
        let says = match (which, key) {
            (0, Some(key)) => format!("{key} cannot be {}", quoted(&word)),
            (0, None) => format!("{} is not one of the words that can stand here", quoted(&word)),
            (_, Some(key)) => format!("{key} has no key {}", quoted(&word)),
            (_, None) => format!("there is no key {}", quoted(&word)),
        };
        return Problem::at(at, says).help(suggest(&word, &known, "it can be"));
    }
    if message.starts_with("missing field ") {
        return Problem::at(at, format!("{} is missing", quoted(names.next().unwrap_or_default())));
    }
    Problem::at(at, message).help(about(place))
}

/// What the key is and means.
fn about(place: Option<Place<'_, '_>>) -> String {
    let Some((key, node)) = place.and_then(|p| Some((p.key, p.node?))) else {
        return String::new();
    };
    match first_line(node.about()) {
        "" => format!("`{key}` is {}", node.wants()),
        about => format!("`{key}` is {}: {about}", node.wants()),
    }
}

pub(crate) fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(s) => format!("the string {}", quoted(s).replace('`', "\"")),
        DeValue::Integer(x) => format!("the number {}", quoted(&x.to_string()).replace('`', "")),
        DeValue::Float(x) => format!("the number {}", quoted(x.as_str()).replace('`', "")),
        DeValue::Boolean(x) => x.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// What serde expected, where the schema has no better word.
fn in_words(expected: &str) -> String {
    let words = match expected {
        "f32" | "f64" => "a number",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of at least 0",
        "i8" | "i16" | "i32" | "i64" => "a whole number",
        "a sequence" => "a list",
        "a boolean" => "true | false",
        "a map" => "a table",
        other if other.starts_with("struct ") => "a table",
        other => other,
    };
    words.to_owned()
}

/// The words between backticks.
fn backticked(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}
