//! Changes to a world file, as text: `--set PATH=VALUE`, and what a `[[case]]` sets.
//!
//! The changed text is read like any other, so that there is one way in which a world is checked. Here only what has
//! no place in the text is refused.

use super::problems::{listed, quoted, suggest};
use super::read::SECTIONS;
use super::text::too_deep;
use std::fmt;
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

/// Parts of a path; no world is as deep.
const PARTS: usize = 16;
/// Bytes of a value given on the command line.
const VALUE_BYTES: usize = 1 << 16;

/// A change that cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadChange {
    /// The path as it was given.
    pub path: String,
    /// What is wrong: lower case, no full stop.
    pub says: String,
    /// What to write instead; may be empty.
    pub help: String,
}

/// All changes that cannot be made. Displayed, each says what is wrong and what to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideError(pub Vec<BadChange>);

impl fmt::Display for OverrideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, change) in self.0.iter().enumerate() {
            let blank = if i == 0 { "" } else { "\n\n" };
            write!(f, "{blank}error: {}\n --> --set {}", change.says, quoted(&change.path))?;
            if !change.help.is_empty() {
                write!(f, "\n  = help: {}", change.help)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for OverrideError {}

/// What is wrong, and what to write instead.
type Refusal = (String, String);

/// The text with the changes made in their order. A value is TOML, or a plain word such as `fermi`; `false` removes a
/// table or a row. A key that is not written is added to its table; whether there is such a key, reading says.
///
/// # Errors
/// Every change that leads nowhere, or whose value is no TOML; the text itself, if it is no TOML.
pub fn set(text: &str, changes: &[(String, String)]) -> Result<String, OverrideError> {
    apply(text, changes.iter().map(|(path, value)| (path, value_of(path, value))))
}

/// As [`set`], with values that were read already.
///
/// # Errors
/// As [`set`].
pub fn set_values(text: &str, changes: &[(String, toml::Value)]) -> Result<String, OverrideError> {
    apply(text, changes.iter().map(|(path, value)| (path, Ok(edited(value)))))
}

fn apply<'c>(
    text: &str,
    changes: impl Iterator<Item = (&'c String, Result<Value, Refusal>)>,
) -> Result<String, OverrideError> {
    let no_toml =
        |says: String| OverrideError(vec![BadChange { path: String::new(), says, help: String::new() }]);
    if too_deep(text).is_some() {
        return Err(no_toml("the world file is nested too deeply".to_owned()));
    }
    let parsed = text.parse::<DocumentMut>();
    let mut document = parsed.map_err(|e| no_toml(format!("the world file is not TOML: {}", e.message())))?;
    let mut bad = Vec::new();
    for (path, value) in changes {
        if let Err((says, help)) = value.and_then(|value| change(&mut document, path, value)) {
            bad.push(BadChange { path: path.clone(), says, help });
        }
    }
    if bad.is_empty() { Ok(document.to_string()) } else { Err(OverrideError(bad)) }
}

/// The value that somebody typed.
fn value_of(path: &str, typed: &str) -> Result<Value, Refusal> {
    let typed = typed.trim();
    if typed.len() > VALUE_BYTES || too_deep(typed).is_some() {
        return Err(("the value is too large".to_owned(), "write it into the world file".to_owned()));
    }
    let mut word = typed.chars();
    let plain = word.next().is_some_and(|c| c.is_ascii_alphabetic())
        && word.all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match typed.parse::<Value>() {
        Ok(mut value) => {
            value.decor_mut().clear();
            Ok(value)
        }
        Err(_) if plain => Ok(Value::from(typed)),
        Err(_) => {
            let help = match typed.chars().next() {
                Some('[' | '{' | '"' | '\'') => "close what is opened: brackets, braces, quotes".to_owned(),
                _ => format!("a string has quotes, which the shell must leave: --set {path}='\"{typed}\"'"),
            };
            Err((format!("{} is not a value of TOML", quoted(typed)), help))
        }
    }
}

fn edited(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(s) => Value::from(s.as_str()),
        toml::Value::Integer(x) => Value::from(*x),
        toml::Value::Float(x) => Value::from(*x),
        toml::Value::Boolean(x) => Value::from(*x),
        toml::Value::Datetime(x) => Value::from(*x),
        toml::Value::Array(items) => items.iter().map(edited).collect(),
        toml::Value::Table(table) => {
            let pairs = table.iter().map(|(k, v)| (k.as_str(), edited(v)));
            Value::InlineTable(pairs.collect::<InlineTable>())
        }
    }
}

/// A place in the document that a path can go on from, or end in.
enum Place<'d> {
    Item(&'d mut Item),
    Value(&'d mut Value),
    Table(&'d mut Table),
}

fn change(document: &mut DocumentMut, path: &str, value: Value) -> Result<(), Refusal> {
    let parts: Vec<&str> = path.split('.').collect();
    let is_key = |part: &&str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    if parts.len() > PARTS || !parts.iter().all(is_key) {
        let help = "a path is keys with dots between them: game.benefit, strategy.allc.share";
        return Err((format!("{} is not a path", quoted(path)), help.to_owned()));
    }
    let (last, way) = parts.split_last().expect("split yields at least one part");
    let mut place = Place::Item(document.as_item_mut());
    for (i, part) in way.iter().enumerate() {
        place = step(place, part, &parts[..i], i == 0)?;
    }
    finish(place, last, way, value)
}

/// One part further along the path. `so_far` are the parts before; at the `head` a section may be new.
fn step<'d>(place: Place<'d>, part: &str, so_far: &[&str], head: bool) -> Result<Place<'d>, Refusal> {
    match place {
        Place::Table(table) => step_table(table, part, so_far).map(Place::Item),
        Place::Item(Item::Table(table)) => {
            if head && !table.contains_key(part) {
                if !SECTIONS.contains(&part) {
                    let known: Vec<String> = SECTIONS.iter().map(|known| (*known).to_owned()).collect();
                    return Err(unknown(part, so_far, &known, "sections"));
                }
                table.insert(part, Item::Table(Table::new()));
            }
            step_table(table, part, so_far).map(Place::Item)
        }
        Place::Item(Item::ArrayOfTables(rows)) => {
            let names = rows.iter().map(|row| name_of(row)).collect::<Vec<_>>();
            let i = row_index(&names, part, so_far)?;
            rows.get_mut(i).map(Place::Table).ok_or_else(|| nowhere(part, so_far))
        }
        Place::Item(Item::Value(value)) | Place::Value(value) => step_value(value, part, so_far),
        Place::Item(Item::None) => Err(nowhere(part, so_far)),
    }
}

fn step_table<'d>(
    table: &'d mut dyn TableLike,
    part: &str,
    so_far: &[&str],
) -> Result<&'d mut Item, Refusal> {
    let keys = keys_of(table);
    match table.get_mut(part) {
        Some(item) if !item.is_none() => Ok(item),
        _ => Err(unknown(part, so_far, &keys, "keys")),
    }
}

fn step_value<'d>(value: &'d mut Value, part: &str, so_far: &[&str]) -> Result<Place<'d>, Refusal> {
    match value {
        Value::InlineTable(table) => {
            let keys = keys_of(table);
            table.get_mut(part).map(Place::Value).ok_or_else(|| unknown(part, so_far, &keys, "keys"))
        }
        Value::Array(items) => {
            let i = row_index(&names_in(items), part, so_far)?;
            items.get_mut(i).map(Place::Value).ok_or_else(|| nowhere(part, so_far))
        }
        _ => Err(nowhere(part, so_far)),
    }
}

/// Sets or removes `last` at the place where the path has led.
fn finish(place: Place<'_>, last: &str, way: &[&str], value: Value) -> Result<(), Refusal> {
    match place {
        Place::Table(table) | Place::Item(Item::Table(table)) => set_in_table(table, last, way, value),
        Place::Item(Item::ArrayOfTables(rows)) => {
            let names = rows.iter().map(|row| name_of(row)).collect::<Vec<_>>();
            let i = row_index(&names, last, way)?;
            match (value.as_bool(), rows.get_mut(i), value) {
                (Some(false), _, _) => {
                    rows.remove(i);
                }
                (_, Some(row), Value::InlineTable(table)) => *row = table.into_table(),
                _ => {
                    let says = format!("{} is a table", joined(way, last));
                    return Err((says, "write a table { … }, or false to remove it".to_owned()));
                }
            }
            Ok(())
        }
        Place::Item(Item::Value(at)) | Place::Value(at) => set_in_value(at, last, way, value),
        Place::Item(Item::None) => Err(nowhere(last, way)),
    }
}

fn set_in_table(table: &mut Table, last: &str, way: &[&str], value: Value) -> Result<(), Refusal> {
    let removes = value.as_bool() == Some(false);
    match table.get_mut(last) {
        Some(item) if removes && is_removable(item) => {
            table.remove(last);
        }
        Some(Item::Value(old)) => replace(old, value),
        None if removes && way.is_empty() => {
            return Err(unknown(last, way, &keys_of(table), "sections"));
        }
        // A table in the place of a section is printed below a header of its own, as a section is.
        _ if way.is_empty() => {
            let item = match value {
                Value::InlineTable(inline) => Item::Table(inline.into_table()),
                value => Item::Value(value),
            };
            table.remove(last);
            table.insert(last, item);
        }
        _ => {
            table.remove(last);
            table.insert(last, Item::Value(value));
        }
    }
    Ok(())
}

fn set_in_value(at: &mut Value, last: &str, way: &[&str], value: Value) -> Result<(), Refusal> {
    let removes = value.as_bool() == Some(false);
    match at {
        Value::InlineTable(table) => match table.get_mut(last) {
            Some(Value::InlineTable(_)) if removes => {
                table.remove(last);
            }
            Some(old) => replace(old, value),
            None => {
                table.insert(last, value);
            }
        },
        Value::Array(items) => {
            let i = row_index(&names_in(items), last, way)?;
            let old = items.get_mut(i).ok_or_else(|| nowhere(last, way))?;
            if removes && old.is_inline_table() {
                items.remove(i);
            } else {
                replace(old, value);
            }
        }
        _ => return Err(nowhere(last, way)),
    }
    Ok(())
}

/// Keeps what stands around the old value: the comment behind it.
fn replace(old: &mut Value, mut new: Value) {
    *new.decor_mut() = old.decor().clone();
    *old = new;
}

/// True for what `false` removes: a table, a list of tables.
fn is_removable(item: &Item) -> bool {
    let list = |items: &toml_edit::Array| !items.is_empty() && items.iter().all(Value::is_inline_table);
    item.is_table_like() || item.is_array_of_tables() || item.as_array().is_some_and(list)
}

fn keys_of(table: &dyn TableLike) -> Vec<String> {
    table.iter().filter(|(_, item)| !item.is_none()).map(|(key, _)| key.to_owned()).collect()
}

fn name_of(row: &dyn TableLike) -> Option<String> {
    row.get("name")?.as_str().map(str::to_owned)
}

fn names_in(items: &toml_edit::Array) -> Vec<Option<String>> {
    items.iter().map(|item| name_of(item.as_inline_table()?)).collect()
}

/// The row that is meant, by its number or its name.
fn row_index(names: &[Option<String>], part: &str, so_far: &[&str]) -> Result<usize, Refusal> {
    let named = names.iter().position(|name| name.as_deref() == Some(part));
    if let Some(i) = named.or_else(|| part.parse().ok().filter(|i| *i < names.len())) {
        return Ok(i);
    }
    let list = so_far.join(".");
    let known: Vec<String> = names.iter().flatten().cloned().collect();
    let (says, numbers) = match names.len() {
        0 => (format!("{} has no rows", quoted(&list)), String::new()),
        1 => (String::new(), format!("{} has one row, 0", quoted(&list))),
        n => (String::new(), format!("{} has the rows 0 to {}", quoted(&list), n - 1)),
    };
    if !says.is_empty() {
        return Err((says, String::new()));
    }
    let says = format!("{} has no row {}", quoted(&list), quoted(part));
    let called = if known.is_empty() { String::new() } else { format!(": {}", listed(&known, "and")) };
    Err((says, format!("{numbers}{called}")))
}

/// There is no such key below the parts so far.
fn unknown(part: &str, so_far: &[&str], keys: &[String], call_them: &str) -> Refusal {
    let known: Vec<&str> = keys.iter().map(String::as_str).collect();
    let help = suggest(part, &known, &format!("the {call_them} there are"));
    match so_far {
        [] => (format!("the world has no {}", quoted(part)), help),
        _ => (format!("{} has no {}", quoted(&so_far.join(".")), quoted(part)), help),
    }
}

/// The parts so far lead to a value that has nothing inside.
fn nowhere(part: &str, so_far: &[&str]) -> Refusal {
    let path = so_far.join(".");
    let says = format!("{} is a single value and has no {}", quoted(&path), quoted(part));
    (says, format!("write --set {path}=…"))
}

fn joined(way: &[&str], last: &str) -> String {
    let all: Vec<&str> = way.iter().copied().chain([last]).collect();
    quoted(&all.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WORLD: &str = "\
[run]
ticks = 10 # long enough

[[strategy]]
name = \"allc\"
share = 0.5

[[strategy]]
name = \"alld\"
init = { uniform = [0, 1] }

[game]
kind = \"donation\"

[cascade]
transitions = [{ from = \"s\", prob = 0.1 }, { from = \"i\", prob = 0.2 }]
";

    fn changed(path: &str, value: &str) -> Result<String, String> {
        set(WORLD, &[(path.to_owned(), value.to_owned())]).map_err(|e| e.to_string())
    }

    #[test]
    fn a_change_touches_its_value_alone() {
        for (path, value, from, to) in [
            ("run.ticks", "5", "ticks = 10 # long", "ticks = 5 # long"),
            ("run.seed", "1_000", "enough\n", "enough\nseed = 1_000\n"),
            ("strategy.0.share", "0.2", "0.5", "0.2"),
            ("strategy.allc.share", "0.2", "0.5", "0.2"),
            ("strategy.alld.init.uniform.1", "2", "[0, 1]", "[0, 2]"),
            ("strategy.alld.init", "3", "{ uniform = [0, 1] }", "3"),
            ("cascade.transitions.1.prob", "0.3", "prob = 0.2", "prob = 0.3"),
            ("game.kind", "\"matrix\"", "donation", "matrix"),
            ("game.kind", "public-goods", "donation", "public-goods"),
            ("game.shared", "false", "\"donation\"\n", "\"donation\"\nshared = false\n"),
            (
                "cascade.transitions.0",
                "false",
                "{ from = \"s\", prob = 0.1 }, { from = \"i\"",
                "{ from = \"i\"",
            ),
        ] {
            let got = changed(path, value).unwrap().replace("[ {", "[{");
            assert_eq!(got, WORLD.replace(from, to), "{path}={value}");
        }
    }

    #[test]
    fn sections_and_rows_are_removed_and_added() {
        let toml = |text: &str| text.parse::<toml::Table>().unwrap();
        assert!(!toml(&changed("game", "false").unwrap()).contains_key("game"));
        assert!(
            !toml(&changed("cascade.transitions", "false").unwrap())["cascade"]
                .as_table()
                .unwrap()
                .contains_key("transitions")
        );
        let left = toml(&changed("strategy.allc", "false").unwrap());
        assert_eq!(left["strategy"].as_array().unwrap().len(), 1);
        assert_eq!(left["strategy"][0]["name"].as_str(), Some("alld"));
        assert_eq!(toml(&changed("mutation.prob", "0.1").unwrap())["mutation"]["prob"].as_float(), Some(0.1));
        assert_eq!(
            toml(&changed("mutation", "{ prob = 0.1 }").unwrap())["mutation"]["prob"].as_float(),
            Some(0.1)
        );
        assert!(changed("mutation", "{ prob = 0.1 }").unwrap().ends_with("[mutation]\nprob = 0.1\n"));
    }

    #[test]
    fn a_path_that_leads_nowhere_names_what_there_is() {
        assert_eq!(
            changed("game.rates.x", "3").unwrap_err(),
            "\
error: `game` has no `rates`
 --> --set `game.rates.x`
  = help: the keys there are `kind`"
        );
        for (path, value, says) in [
            ("strategy.allx.share", "1", "error: `strategy` has no row `allx`"),
            ("strategy.2.share", "1", "error: `strategy` has no row `2`"),
            ("run.ticks.x", "1", "error: `run.ticks` is a single value and has no `x`"),
            ("sanction", "false", "error: the world has no `sanction`"),
            ("strategy.0", "5", "error: `strategy.0` is a table"),
            ("", "5", "error: `` is not a path"),
            ("a..b", "5", "error: `a..b` is not a path"),
            ("run.ticks", "a/b.csv", "error: `a/b.csv` is not a value of TOML"),
            ("run.ticks", "", "error: `` is not a value of TOML"),
        ] {
            let error = changed(path, value).unwrap_err();
            assert_eq!(error.lines().next(), Some(says), "{path}={value}");
        }
        assert!(
            changed("strategy.allx.share", "1")
                .unwrap_err()
                .ends_with("`strategy` has the rows 0 to 1: `allc` and `alld`")
        );
    }

    #[test]
    fn all_changes_that_cannot_be_made_are_told() {
        let changes = [("run.a.b".to_owned(), "1".to_owned()), ("x.y.z".to_owned(), "a b".to_owned())];
        let error = set(WORLD, &changes).unwrap_err();
        assert_eq!(error.0.iter().map(|bad| bad.path.as_str()).collect::<Vec<_>>(), ["run.a.b", "x.y.z"]);
    }

    #[test]
    fn values_that_were_read_are_set_like_typed_ones() {
        let table: toml::Table = "a = { b = [1, 2.5, \"x\", true, 1979-05-27] }".parse().unwrap();
        let text = set_values(WORLD, &[("game.a".to_owned(), table["a"].clone())]).unwrap();
        assert_eq!(text.parse::<toml::Table>().unwrap()["game"]["a"], table["a"]);
    }

    proptest! {
        #[test]
        fn no_change_panics_and_what_comes_out_is_toml(
            changes in prop::collection::vec((
                "(run|strategy|game|cascade|transitions|ticks|allc|alld|init|uniform|kind|prob|[0-2a.-]){1}(\\.(transitions|allc|init|uniform|from|[0-3]|x)){0,4}",
                "(false|true|1|fermi|\\{ a = 1 \\}|\\[1, 2\\]|\\[\\{ a = 1 \\}\\]|1979-05-27|\\PC{0,12}|\\[{0,90})",
            ), 0..5)
        ) {
            if let Ok(text) = set(WORLD, &changes) {
                prop_assert!(text.parse::<toml::Table>().is_ok(), "{changes:?}\n{text}");
            }
        }

        #[test]
        fn no_text_panics(text in "(\\[|\\]|[a-c.=\"'\n{},# ]|game|0.5|\\PC){0,60}", path in "[a-c.0]{0,8}", value in "\\PC{0,8}") {
            let _ = set(&text, &[(path, value)]).map_err(|e| e.to_string());
        }
    }
}
