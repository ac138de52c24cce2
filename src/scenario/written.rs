//! A world file as it is written: a table of tables with the place of every key and value.
//!
//! Sections are read out of it one by one. Everything that is wrong goes to [`Problems`]; nothing is refused at the
//! first problem.

use super::problems::{Problem, Problems, listed, nearest, quoted, suggest};
use super::schema::{self, Node};
use super::text::parse;
use crate::registry::reading::{self, Frame, found, read};
use crate::registry::{Context, Row, Section, place_in};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

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

    /// True if the file has this section, or one whose name is nearly this and none of `known`: somebody meant it.
    pub fn means(&self, section: &str, known: &[&str]) -> bool {
        let nearly =
            |key: &str| !known.contains(&key) && nearest(key, known.iter().copied()) == Some(section);
        self.root.keys().any(|key| key.get_ref() == section || nearly(key.get_ref()))
    }

    /// The string that stands at a key of `[section]`, as far as there is one.
    pub fn word(&self, section: &str, key: &str) -> Option<&str> {
        self.root.get(section)?.get_ref().get(key)?.get_ref().as_str()
    }

    /// The strings of a list at a key of `[section]`; empty if there is none.
    pub fn words(&self, section: &str, key: &str) -> Vec<String> {
        let list = self.root.get(section).and_then(|table| table.get_ref().get(key)?.get_ref().as_array());
        let words = list.into_iter().flat_map(|items| items.iter());
        words.filter_map(|item| item.get_ref().as_str().map(str::to_owned)).collect()
    }

    /// True if `[section]` or a row of `[[section]]` has the key.
    pub fn has_key(&self, section: &str, index: Option<usize>, key: &str) -> bool {
        let value = self.root.get(section).map(Spanned::get_ref);
        let row = match (value, index) {
            (Some(DeValue::Array(items)), Some(i)) => items.get(i).map(Spanned::get_ref),
            (value, _) => value,
        };
        row.is_some_and(|row| row.get(key).is_some())
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
        let name =
            |item: &Spanned<DeValue<'_>>| item.get_ref().get(key)?.get_ref().as_str().map(str::to_owned);
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
            let also = self.taken_of(key);
            let frame = Frame { header: header.clone(), name: &name, also, example: "" };
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
        let name = format!("[{key}]");
        let kinds = Kinds { name: &name, rows, default_kind, taken: &[] };
        kinds.read(table, header, context, problems)
    }

    /// A section with kinds that may be there several times, `[structure]` or `[[structure]]`; empty if not written.
    /// None: a problem was pushed.
    pub fn rule_or_rules<C: DeserializeOwned + JsonSchema, T: ?Sized>(
        &self,
        key: &str,
        rows: &'static [Row<T>],
        context: &Context,
        problems: &mut Problems,
    ) -> Option<Vec<(C, Box<T>)>> {
        match self.root.get(key).map(Spanned::get_ref) {
            Some(list @ DeValue::Array(_)) if holds_tables(list) => {
                self.rules(key, rows, None, context, problems)
            }
            Some(_) => self.rule(key, rows, None, context, problems).map(|rule| vec![rule]),
            None => Some(vec![]),
        }
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
        let name = format!("[[{key}]]");
        let kinds = Kinds { name: &name, rows, default_kind, taken: self.taken_of(key) };
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

    /// Reports that a section is not there; not if another one seems to be it, misspelt. `help` says what to write.
    pub fn require(&self, section: &str, help: &str, problems: &mut Problems) {
        let mut written = self.root.keys().map(|key| key.get_ref().as_ref());
        if !written.any(|key| nearest(key, [section]).is_some()) {
            problems.push(Problem::of_file(format!("[{section}] is missing")).help(help));
        }
    }

    /// Reports sections and keys of the head that are none of `known`.
    pub fn finish(&self, known: &[&str], problems: &mut Problems) {
        let strange = |key: &str| !known.contains(&key);
        for (key, value) in self.root.iter().filter(|(key, _)| strange(key.get_ref())) {
            let word = key.get_ref();
            let what = if holds_tables(value.get_ref()) { "section" } else { "key" };
            let says = format!("a world has no {what} {}", quoted(word));
            problems.add(key.span(), says, suggest(word, known, "it has"));
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
            list @ DeValue::Array(_) if holds_tables(list) => {
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
        let Some(value) = self.root.get(key) else {
            return Some(Vec::new());
        };
        let expected = |what: &DeValue<'_>| format!("expected rows of [[{key}]], found {}", found(what));
        let DeValue::Array(items) = value.get_ref() else {
            let help = format!("write [[{key}]], with two brackets: there can be several");
            problems.add(value.span(), expected(value.get_ref()), help);
            return None;
        };
        let mut tables = Some(Vec::new());
        for item in items.iter() {
            let table = item.get_ref().as_table().map(|table| (table, item.span()));
            if table.is_none() {
                problems.add(
                    item.span(),
                    expected(item.get_ref()),
                    format!("write [[{key}]], with two brackets"),
                );
            }
            keep(&mut tables, table);
        }
        tables
    }

    fn taken_of(&self, section: &str) -> &[String] {
        self.taken.get(section).map_or(&[], Vec::as_slice)
    }

    fn without_taken(&self, section: &str, table: &DeTable<'t>) -> DeTable<'t> {
        let mut table = table.clone();
        for name in self.taken_of(section) {
            table.remove(name.as_str());
        }
        table
    }
}

/// True for a table and for a list with tables in it.
fn holds_tables(value: &DeValue<'_>) -> bool {
    match value {
        DeValue::Table(_) => true,
        DeValue::Array(items) => items.iter().any(|item| item.get_ref().is_table()),
        _ => false,
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
    /// Keys that are known and were read before.
    taken: &'k [String],
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
        let also = every.keys().map(|(key, _)| key.to_owned());
        let also: Vec<String> = also.chain(self.taken.iter().cloned()).collect();
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
                problems.add(at, says, format!("there are {}", listed(&kinds, "and")));
                return None;
            }
            None => match self.default_kind {
                Some(kind) => (kind, header.clone()),
                None => {
                    let help = format!("write `kind = \"…\"` with {}", listed(&kinds, "or"));
                    problems.add(header.clone(), "`kind` is missing", help);
                    return None;
                }
            },
        };
        let row = self.rows.iter().find(|row| row.kind == kind);
        if row.is_none() {
            let all = format!("there are {}", listed(&kinds, "and"));
            let help = match nearest(kind, kinds.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? {all}"),
                None => all,
            };
            problems.add(at, format!("no kind of {} is called {}", self.name, quoted(kind)), help);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::toys::{Roles, read_world};
    use crate::scenario::numbers::Prob;
    use proptest::prelude::*;

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
    fn a_good_world_is_read() {
        let world = read_world(GOOD).map_err(|e| e.to_string()).unwrap();
        let (every, game) = world.game.unwrap();
        assert_eq!((world.ticks, every.roles, game.best()), (10, Roles::DonorRecipient, 4.0));
        assert_eq!(every.execution_error, None);
        let names: Vec<_> = world.strategies.iter().map(|(s, _)| (s.name.as_str(), s.share)).collect();
        assert_eq!(names, [("allc", Some(Prob::checked(0.5).unwrap())), ("mix", None)]);
        assert_eq!(world.values[0]["skill"].get(), 2.0);
        assert!(world.values[1].is_empty());
    }

    #[test]
    fn a_misspelt_key_is_shown_with_the_right_word() {
        assert_eq!(
            changed("cost = 1.0", "cots = 1.0"),
            "\
error: [game] of kind `donation` has no key `cots`
  --> world.toml:18:1
   |
18 | cots = 1.0
   | ^^^^
   |
   = help: did you mean `cost`?

1 problem in world.toml"
        );
    }

    #[test]
    fn a_misspelt_kind_is_shown_with_the_right_word_and_all_kinds() {
        assert_eq!(
            changed("donation", "donatoin"),
            "\
error: no kind of [game] is called `donatoin`
  --> world.toml:16:8
   |
16 | kind = \"donatoin\"
   |        ^^^^^^^^^^
   |
   = help: did you mean `donation`? there are `donation` and `matrix`

1 problem in world.toml"
        );
    }

    #[test]
    fn a_misspelt_section_is_shown_with_the_right_word() {
        assert_eq!(
            changed("[game]", "[gmae]"),
            "\
error: a world has no section `gmae`
  --> world.toml:15:2
   |
15 | [gmae]
   |  ^^^^
   |
   = help: did you mean `game`?

1 problem in world.toml"
        );
    }

    #[test]
    fn a_value_out_of_range_is_shown_with_its_range() {
        assert_eq!(
            changed("share = 0.5", "share = 1.7"),
            "\
error: 1.7 is not between 0 and 1
 --> world.toml:9:9
  |
9 | share = 1.7
  |         ^^^
  |
  = help: `share` is a number from 0 to 1: share of the agents who start with it

1 problem in world.toml"
        );
    }

    #[test]
    fn a_value_of_the_wrong_type_is_shown_with_what_was_expected() {
        assert_eq!(
            changed("benefit = 5", "benefit = \"5\""),
            "\
error: expected a number of at least 0, found the string \"5\"
  --> world.toml:17:11
   |
17 | benefit = \"5\"
   |           ^^^
   |
   = help: `benefit` is a number of at least 0: what the recipient gets, in payoff

1 problem in world.toml"
        );
    }

    #[test]
    fn missing_keys_are_all_shown_with_what_to_write() {
        assert_eq!(
            changed("benefit = 5\ncost = 1.0\n", ""),
            "\
error: `benefit` and `cost` are missing
  --> world.toml:15:1
   |
15 | [game]
   | ^^^^^^
   |
   = help: write `benefit = 5.0` (a number of at least 0): what the recipient gets, in payoff
           write `cost = 1.0` (a number of at least 0): what the donor pays, in payoff

1 problem in world.toml"
        );
    }

    #[test]
    fn what_a_rule_refuses_is_shown_at_its_key() {
        assert_eq!(
            changed("cost = 1.0", "cost = 7"),
            "\
error: cost 7 exceeds benefit 5
  --> world.toml:18:8
   |
18 | cost = 7
   |        ^
   |
   = help: write a cost below the benefit

1 problem in world.toml"
        );
    }

    #[test]
    fn what_a_rule_refuses_without_a_key_is_shown_at_the_header() {
        assert_eq!(
            changed("selection = \"skill\"", "selection = 1\nrate = 2"),
            "\
error: a rate wants the asynchronous clock
  --> world.toml:20:1
   |
20 | [learning]
   | ^^^^^^^^^^
   |
   = help: write `[run] update = \"asynchronous\"`, or leave `rate` out

1 problem in world.toml"
        );
    }

    #[test]
    fn all_problems_of_a_table_come_at_once() {
        let stages = "stages = [{ from = \"a\", prob = 2 }, { form = \"a\", prob = \"x\" }, {}]";
        let to = format!("rate = {{ betwen = [1, 2] }}\n{stages}");
        assert_eq!(
            changed("selection = \"skill\"", &to),
            "\
error: `selection` is missing
  --> world.toml:20:1
   |
20 | [learning]
   | ^^^^^^^^^^
   |
   = help: write `selection = 1.0` (a number of at least 0 or the name of a trait): steepness, 1/payoff

error: `rate` cannot be `betwen`
  --> world.toml:22:10
   |
22 | rate = { betwen = [1, 2] }
   |          ^^^^^^
   |
   = help: did you mean `between`?

error: 2 is not between 0 and 1
  --> world.toml:23:32
   |
23 | stages = [{ from = \"a\", prob = 2 }, { form = \"a\", prob = \"x\" }, {}]
   |                                ^
   |
   = help: `prob` is a number from 0 to 1: chance a tick

error: `stages` has no key `form`
  --> world.toml:23:39
   |
23 | stages = [{ from = \"a\", prob = 2 }, { form = \"a\", prob = \"x\" }, {}]
   |                                       ^^^^
   |
   = help: did you mean `from`?

error: expected a number from 0 to 1, found the string \"x\"
  --> world.toml:23:58
   |
23 | stages = [{ from = \"a\", prob = 2 }, { form = \"a\", prob = \"x\" }, {}]
   |                                                          ^^^
   |
   = help: `prob` is a number from 0 to 1: chance a tick

error: `from` and `prob` are missing
  --> world.toml:23:65
   |
23 | stages = [{ from = \"a\", prob = 2 }, { form = \"a\", prob = \"x\" }, {}]
   |                                                                 ^^
   |
   = help: write `from = …` (a string): the stage that is left
           write `prob = …` (a number from 0 to 1): chance a tick

6 problems in world.toml"
        );
    }

    #[test]
    fn all_problems_of_a_file_come_at_once_in_its_order() {
        let text = GOOD
            .replace("ticks = 10", "ticks = -1\nsede = 1\nseed = 1.5")
            .replace("plays = \"c\"", "plays = \"e\"")
            .replace("\"fermi\"", "\"fremi\"");
        let shown = shown(&text);
        let says: Vec<&str> = shown.lines().filter(|l| l.starts_with("error") || l.contains("-->")).collect();
        assert_eq!(
            says,
            [
                "error: -1 is below 1",
                " --> world.toml:3:9",
                "error: [run] has no key `sede`",
                " --> world.toml:4:1",
                "error: expected a whole number of at least 0, found the number 1.5",
                " --> world.toml:5:8",
                "error: the game has no act `e`",
                "  --> world.toml:10:9",
                "error: no kind of [learning] is called `fremi`",
                "  --> world.toml:23:8",
            ]
        );
        assert!(shown.ends_with("5 problems in world.toml"));
    }

    /// What is changed in the good world and into what, the error, and its place.
    const WRONG: &[[&str; 4]] = &[
        ["[run]", "[[run]]", "there is one [run] in a world, and this is a list", "2:1"],
        ["[run]\n", "run.seed = 1\n[[trait]]\n", "`ticks` is missing", "2:1"],
        ["[[trait]]", "[trait]", "expected rows of [[trait]], found a table", "4:1"],
        ["\"donation\"", "5", "expected the name of a kind, found the number 5", "16:8"],
        ["kind = \"donation\"\n", "", "`kind` is missing", "15:1"],
        ["title = \"t\"", "title = 5", "expected a string, found the number 5", "1:9"],
        ["title = \"t\"", "tilte = 5", "a world has no key `tilte`", "1:1"],
        ["title = \"t\"", "game = 5", "`game` is written twice", "15:2"],
        ["[run]", "[run", "this is not TOML: unclosed table, expected `]`", "2:5"],
        ["p = [0.5, 1]", "p = [0.5, 3]", "3 is not between 0 and 1", "14:11"],
        ["skill = 2", "skill = \"x\"", "expected a number, found the string \"x\"", "10:9"],
        ["\"donor-recipient\"", "\"donor\"", "`roles` cannot be `donor`", "19:9"],
        ["[run]\nticks = 10\n", "", "[run] is missing", ""],
        ["[run]", "[rnu]", "a world has no section `rnu`", "2:2"],
    ];

    #[test]
    fn tables_and_lists_in_the_wrong_place_are_told_apart() {
        for [from, to, says, place] in WRONG {
            let shown = changed(from, to);
            let place = if place.is_empty() { String::new() } else { format!(":{place}") };
            let head = format!("error: {says}\n");
            let at = shown.lines().nth(1).map(str::trim);
            assert!(shown.starts_with(&head), "{to}: {shown}");
            assert_eq!(at, Some(&*format!("--> world.toml{place}")), "{to}");
        }
    }

    #[test]
    fn places_lead_into_lists_and_fall_back_to_the_header() {
        let mut problems = Problems::new("w", GOOD);
        let written = Written::parse(GOOD, &mut problems).unwrap();
        let place = |section, row, key| GOOD.get(written.place(section, row, key));
        assert_eq!(place("strategy", Some(1), "p.1"), Some("1"));
        assert_eq!(place("strategy", Some(1), "share"), Some("[[strategy]]"));
        assert_eq!(place("game", None, "cost"), Some("1.0"));
        assert_eq!(place("game", None, "cost.x"), Some("[game]"));
        assert_eq!(place("norm", None, "kind"), None);
        assert_eq!((written.rows("strategy"), written.rows("norm")), (2, 0));
        assert_eq!(written.names("strategy", "name"), ["allc", "mix"]);
    }

    #[test]
    fn a_large_file_of_nonsense_is_refused_in_little_time_and_few_words() {
        let keys: String = (0..40_000).map(|i| format!("key{i} = \"x\"\n")).collect();
        let list = format!("[run]\nticks = [{}]", "\"a\",".repeat(200_000));
        for text in
            [keys.clone(), format!("[game]\nkind = \"donation\"\n{keys}"), list, "= [".repeat(1 << 18)]
        {
            assert!(shown(&text).len() < 100_000);
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "(\\[|\\]|[a-c.=\"'\n{},# ]|kind|game|run|ticks|strategy|0.5|true|\\PC){0,60}") {
            if let Err(error) = read_world(&text) {
                prop_assert!(!error.problems().is_empty());
                prop_assert!(error.to_string().contains("world.toml"));
            }
        }

        #[test]
        fn no_changed_world_panics(at in 0usize..GOOD.len(), n in 0usize..12, put in "(\\[|\\]|[a-c.=\"\n{},0-9 ]|\\PC){0,6}") {
            let end = (at + n).min(GOOD.len());
            let text = format!("{}{put}{}", &GOOD[..at], &GOOD[end..]);
            if let Err(error) = read_world(&text) {
                prop_assert!(!error.problems().is_empty());
                prop_assert!(error.to_string().contains("world.toml"));
            }
        }
    }
}
