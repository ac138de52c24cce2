//! One row a rule: what a world file may say of it, and how to build it. Reading, `mores list`, `mores explain`, the
//! schema and the conformance tests are read off the rows.

mod explaining;
pub(crate) mod reading;
mod reference;

#[cfg(test)]
pub(crate) mod toys;

pub use explaining::explain;
pub use reference::reference;

use crate::scenario::problems::{Problem, Problems, SpecError};
use crate::scenario::schema;
use reading::Frame;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::ops::Range;
use std::path::PathBuf;
use toml::de::{DeTable, DeValue};

/// In which order agents act: it decides what rules can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Clock {
    /// All at once, phase by phase.
    #[default]
    Synchronous,
    /// One after the other: drawn with replacement, as many steps a tick as a group has agents, or each once a tick.
    Asynchronous,
}

/// What a rule may know of the rest of the world when it is checked: plain data, no agents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// In which order agents act.
    pub clock: Clock,
    /// Agents, of all groups together.
    pub agents: u64,
    /// Groups, at least 1.
    pub groups: u64,
    /// Agents of a group.
    pub group_size: u64,
    /// Names of the strategies, in the order of the file.
    pub strategies: Vec<String>,
    /// Names of the traits, in the order of the file.
    pub traits: Vec<String>,
    /// Names of the acts of the game; empty without a game.
    pub acts: Vec<String>,
    /// The folder at which relative paths start.
    pub folder: PathBuf,
    /// Least and greatest payoff of a meeting; none without a game.
    pub payoffs: Option<[f64; 2]>,
}

/// What is wrong with a rule's own keys, or with their fit to the rest of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// A key of the section, whose value is pointed at; none: the section's header. A path such as `transitions.0.rate`
    /// leads into lists and tables.
    pub key: Option<Cow<'static, str>>,
    /// What is wrong: lower case, no full stop.
    pub says: String,
    /// What to write instead; may be empty.
    pub help: String,
}

impl Wrong {
    /// Wrong as a whole.
    pub fn new(says: impl Into<String>) -> Wrong {
        Wrong { key: None, says: says.into(), help: String::new() }
    }

    /// Points at the value of `key`.
    #[must_use]
    pub fn at(self, key: impl Into<Cow<'static, str>>) -> Wrong {
        Wrong { key: Some(key.into()), ..self }
    }

    /// Says what to write instead.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Wrong {
        Wrong { help: help.into(), ..self }
    }
}

/// What a world file says of a rule: read by serde with `deny_unknown_fields`, described by its doc comments.
///
/// `T` is the family: `dyn Game`, `dyn Norm`.
pub trait Spec<T: ?Sized>: DeserializeOwned + JsonSchema {
    /// The rule made of what was read.
    ///
    /// # Errors
    /// What is wrong beyond the type and range of a single key.
    fn build(self, context: &Context) -> Result<Box<T>, Wrong>;
}

/// The table of a rule, while it is read.
pub(crate) struct Section<'r, 't> {
    /// The keys that are the rule's own.
    pub(crate) own: &'r DeTable<'t>,
    /// All keys, for pointing at them.
    pub(crate) all: &'r DeTable<'t>,
    /// How to speak of it.
    pub(crate) frame: Frame<'r>,
}

type Build<T> = fn(&Section<'_, '_>, &Context, &mut Problems) -> Option<Box<T>>;

/// A rule: one row of its family.
pub struct Row<T: ?Sized + 'static> {
    /// What a world file calls it, kebab-case.
    pub kind: &'static str,
    /// Keys of REFERENCES.bib.
    pub sources: &'static [&'static str],
    /// TOML of its own keys, which must be read, built and pass the conformance tests of the family.
    pub example: &'static str,
    schema: fn() -> serde_json::Value,
    build: Build<T>,
    checks: fn(&Section<'_, '_>, &Context, &mut Problems) -> bool,
}

impl<T: ?Sized> Row<T> {
    /// The row of the rule that `S` says.
    pub const fn of<S: Spec<T>>(
        kind: &'static str,
        sources: &'static [&'static str],
        example: &'static str,
    ) -> Self {
        Row {
            kind,
            sources,
            example,
            schema: schema::of::<S>,
            build: build::<S, T>,
            checks: |section, context, problems| build::<S, T>(section, context, problems).is_some(),
        }
    }

    /// The JSON Schema of the rule's own keys.
    pub fn schema(&self) -> serde_json::Value {
        (self.schema)()
    }

    /// The row without its family's trait.
    pub fn entry(&self) -> Entry {
        Entry {
            kind: self.kind,
            sources: self.sources,
            example: self.example,
            schema: self.schema,
            checks: self.checks,
        }
    }

    /// The rule that `toml` says, which holds its own keys alone: for tests of a rule.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(&self, toml: &str, context: &Context) -> Result<Box<T>, SpecError> {
        parse_with(self.kind, self.example, toml, |section, problems| {
            (self.build)(section, context, problems)
        })
    }

    pub(crate) fn build(
        &self,
        section: &Section<'_, '_>,
        context: &Context,
        problems: &mut Problems,
    ) -> Option<Box<T>> {
        (self.build)(section, context, problems)
    }
}

fn build<S: Spec<T>, T: ?Sized>(
    section: &Section<'_, '_>,
    context: &Context,
    problems: &mut Problems,
) -> Option<Box<T>> {
    let spec = reading::read::<S>(section.own, &section.frame, problems)?;
    match spec.build(context) {
        Ok(rule) => Some(rule),
        Err(wrong) => {
            let place = wrong.key.as_deref().and_then(|key| place_in(section.all, key));
            let at = place.unwrap_or_else(|| section.frame.header.clone());
            problems.push(Problem::at(at, wrong.says).help(wrong.help));
            None
        }
    }
}

/// Where the value of a key stands; `path` may lead into tables and lists.
pub(crate) fn place_in(table: &DeTable<'_>, path: &str) -> Option<Range<usize>> {
    let mut parts = path.split('.');
    let mut value = table.get(parts.next()?)?;
    for part in parts {
        value = match value.get_ref() {
            DeValue::Table(table) => table.get(part)?,
            DeValue::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value.span())
}

/// Reads `toml` as the keys of a rule, outside of a world file.
fn parse_with<B>(
    kind: &str,
    example: &str,
    toml: &str,
    build: impl FnOnce(&Section<'_, '_>, &mut Problems) -> Option<B>,
) -> Result<B, SpecError> {
    let mut problems = Problems::new(kind, toml);
    let built = crate::scenario::text::parse(toml, &mut problems).and_then(|table| {
        let frame = Frame { header: 0..0, name: kind, also: &[], example };
        build(&Section { own: &table, all: &table, frame }, &mut problems)
    });
    match built {
        Some(built) => problems.or(built),
        None => Err(problems.into_error()),
    }
}

/// A family as the commands see it, without its trait.
pub struct Family {
    /// `games`: the folder, and what `mores list` takes.
    pub name: &'static str,
    /// `game`: the section of a world file.
    pub section: &'static str,
    /// What the family is for, one sentence.
    pub about: &'static str,
    /// Its rules, in the order of their kinds.
    pub rows: fn() -> Vec<Entry>,
    /// The JSON Schema of the keys that every kind of the section takes, [`schema::of`] its struct.
    pub common: fn() -> serde_json::Value,
    /// What stands where `kind` is not written.
    pub default_kind: Option<&'static str>,
}

/// A [`Row`] without its family's trait.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What a world file calls it, kebab-case.
    pub kind: &'static str,
    /// Keys of REFERENCES.bib.
    pub sources: &'static [&'static str],
    /// TOML of its own keys.
    pub example: &'static str,
    schema: fn() -> serde_json::Value,
    checks: fn(&Section<'_, '_>, &Context, &mut Problems) -> bool,
}

impl Entry {
    /// The JSON Schema of the rule's own keys.
    pub fn schema(&self) -> serde_json::Value {
        (self.schema)()
    }

    /// Reads and builds the rule from its own keys and drops it: for the conformance tests.
    ///
    /// # Errors
    /// Everything that is wrong with `toml`.
    pub fn check(&self, toml: &str, context: &Context) -> Result<(), SpecError> {
        parse_with(self.kind, self.example, toml, |section, problems| {
            (self.checks)(section, context, problems).then_some(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::schema::Node;

    #[test]
    fn every_example_is_read_and_built() {
        for (_, entry) in toys::entries() {
            entry.check(entry.example, &Context::default()).unwrap();
        }
    }

    #[test]
    fn a_rule_is_read_from_its_own_keys_alone() {
        let game = toys::GAMES[0].parse("benefit = 3\ncost = 1", &Context::default()).unwrap();
        assert_eq!(game.best(), 2.0);
        let error = toys::GAMES[0].parse("benefit = 3\ncots = 1", &Context::default()).unwrap_err();
        assert_eq!(error.problems()[0].says, "donation has no key `cots`");
        let error = toys::GAMES[1].parse("actions = [\"a\"]\npayoffs = [[1], [1, 2]]", &Context::default());
        assert!(error.unwrap_err().to_string().contains("matrix:2:17"));
    }

    #[test]
    fn kinds_have_keys_of_their_own() {
        for (family, entry) in toys::entries() {
            let (own, common) = (entry.schema(), (family.common)());
            let every = Node::root(&common);
            assert!(Node::root(&own).keys().all(|(key, _)| key != "kind" && every.key(key).is_none()));
        }
    }

    #[test]
    fn a_rule_is_explained_from_its_file() {
        let (family, entry) = toys::entries()[0];
        assert_eq!(
            explain(family, &entry),
            "\
donation: a kind of [game]

The donor may pay `cost` so that the recipient gets `benefit`.

payoff(i) = benefit × received − cost × given

keys
  benefit  a number of at least 0; required
           what the recipient gets, in payoff
  cost     a number of at least 0; required
           what the donor pays, in payoff

keys of every [game]
  roles            \"mutual\" | \"donor-recipient\"; default \"mutual\"
                   who acts in a meeting
                     \"mutual\": both act
                     \"donor-recipient\": one acts
  execution_error  a number from 0 to 1; may be left out
                   chance that an act is the other one

example
  [game]
  kind = \"donation\"
  benefit = 5.0
  cost = 1.0

source: nowak1998
"
        );
    }

    #[test]
    fn the_keys_of_inner_tables_are_explained() {
        let (family, entry) = toys::entries().pop().expect("toys has entries");
        assert!(explain(family, &entry).contains(
            "
  stages     a list of tables; may be left out
               from  a string; required
                     the stage that is left
               prob  a number from 0 to 1; required
                     chance a tick
"
        ));
    }
}
