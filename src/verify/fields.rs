//! Values of `[[expect]]` that may be written in several ways: one or a list, a number or a share, a name or a table.
//!
//! Each is read by a visitor of its own, because serde's untagged enums lose the place of a mistake.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{F64Deserializer, I64Deserializer, StrDeserializer, U64Deserializer};
use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use toml::Spanned;

/// How deep lists of numbers may nest: `[along][at][metric]`, several axes of `along` included.
const MAX_NESTING: usize = 8;

macro_rules! inline_schema {
    ($type:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

/// One value, or a list of them.
#[derive(Debug, Clone, PartialEq)]
pub struct OneOrMany<T> {
    /// The values; exactly one where no list was written.
    pub items: Vec<T>,
    /// Whether a list was written, of one value too.
    pub listed: bool,
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one value or a list of them")
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
        one(T::deserialize(StrDeserializer::new(v)))
    }
    fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
        one(T::deserialize(I64Deserializer::new(v)))
    }
    fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
        one(T::deserialize(U64Deserializer::new(v)))
    }
    fn visit_f64<E: Error>(self, v: f64) -> Result<Self::Value, E> {
        one(T::deserialize(F64Deserializer::new(v)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let items = list(seq)?;
        Ok(OneOrMany { items, listed: true })
    }
}

fn one<T, E>(item: Result<T, E>) -> Result<OneOrMany<T>, E> {
    Ok(OneOrMany { items: vec![item?], listed: false })
}

fn list<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut seq: A) -> Result<Vec<T>, A::Error> {
    let mut items = Vec::new();
    while let Some(item) = seq.next_element()? {
        items.push(item);
    }
    Ok(items)
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

/// When the metric is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// At these ticks, each a component of its own.
    Ticks(Vec<u64>),
    /// When the run has ended.
    End,
}

inline_schema!(At, "At", {
    "anyOf": [
        { "type": "integer", "minimum": 0 },
        { "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 1 },
        { "const": "end" }
    ]
});

struct AtVisitor;

impl<'de> Visitor<'de> for AtVisitor {
    type Value = At;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tick, a list of ticks or \"end\"")
    }
    fn visit_i64<E: Error>(self, v: i64) -> Result<At, E> {
        let tick = u64::try_from(v);
        tick.map(|tick| At::Ticks(vec![tick])).map_err(|_| E::invalid_value(Unexpected::Signed(v), &self))
    }
    fn visit_u64<E: Error>(self, v: u64) -> Result<At, E> {
        Ok(At::Ticks(vec![v]))
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<At, E> {
        match v {
            "end" => Ok(At::End),
            _ => Err(E::invalid_value(Unexpected::Str(v), &self)),
        }
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<At, A::Error> {
        Ok(At::Ticks(list(seq)?))
    }
}

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AtVisitor)
    }
}

/// The ticks that a window covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Over {
    /// From the first to the last, both counted.
    Between(u64, u64),
    /// The last so many ticks of `run.ticks`.
    Last(u64),
    /// The last share of `run.ticks`, 0..=1.
    LastShare(f64),
    /// Every tick from 1 to `run.ticks`; tick 0 is the start, at which nothing has happened yet.
    All,
}

inline_schema!(Over, "Over", {
    "anyOf": [
        { "type": "array", "items": { "type": "integer", "minimum": 0 }, "minItems": 2, "maxItems": 2 },
        { "type": "string", "pattern": "^(all|last +[1-9][0-9_]*|last +[0-9]+([.][0-9]+)? *%)$" }
    ]
});

struct OverVisitor;

impl<'de> Visitor<'de> for OverVisitor {
    type Value = Over;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[first, last], \"last 100\", \"last 50 %\" or \"all\"")
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<Over, E> {
        let wrong = || E::invalid_value(Unexpected::Str(v), &self);
        if v == "all" {
            return Ok(Over::All);
        }
        let amount = v.strip_prefix("last ").ok_or_else(wrong)?.trim();
        if amount.contains('%') {
            let share = percent(amount).filter(|share| *share > 0.0 && *share <= 1.0);
            return share.map(Over::LastShare).ok_or_else(wrong);
        }
        let ticks = amount.replace('_', "").parse().ok().filter(|n| *n > 0);
        ticks.map(Over::Last).ok_or_else(wrong)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Over, A::Error> {
        match list(seq)?[..] {
            [first, last] => Ok(Over::Between(first, last)),
            ref other => Err(A::Error::invalid_length(other.len(), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Over {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OverVisitor)
    }
}

/// The share that "1 %" names.
fn percent(text: &str) -> Option<f64> {
    let number: f64 = text.strip_suffix('%')?.trim_end().parse().ok()?;
    number.is_finite().then_some(number / 100.0)
}

/// How far a result may lie from what is expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Margin {
    /// By so much.
    Absolute(f64),
    /// By this share of the expected value.
    Share(f64),
}

impl Margin {
    /// The margin around `expected`, in its units.
    pub fn around(self, expected: f64) -> f64 {
        match self {
            Margin::Absolute(margin) => margin,
            Margin::Share(share) => share * expected.abs(),
        }
    }
}

inline_schema!(Margin, "Margin", {
    "anyOf": [
        { "type": "number", "minimum": 0 },
        { "type": "string", "pattern": "^[0-9]+([.][0-9]+)? *%$" }
    ]
});

struct MarginVisitor;

impl Visitor<'_> for MarginVisitor {
    type Value = Margin;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0 on, or a share such as \"1 %\"")
    }
    fn visit_f64<E: Error>(self, v: f64) -> Result<Margin, E> {
        if v.is_finite() && v >= 0.0 {
            return Ok(Margin::Absolute(v));
        }
        Err(E::invalid_value(Unexpected::Float(v), &self))
    }
    fn visit_i64<E: Error>(self, v: i64) -> Result<Margin, E> {
        self.visit_f64(v as f64)
    }
    fn visit_u64<E: Error>(self, v: u64) -> Result<Margin, E> {
        self.visit_f64(v as f64)
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<Margin, E> {
        let share = percent(v).filter(|share| *share >= 0.0);
        share.map(Margin::Share).ok_or_else(|| E::invalid_value(Unexpected::Str(v), &self))
    }
}

impl<'de> Deserialize<'de> for Margin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MarginVisitor)
    }
}

/// A number, or a list of numbers or lists.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// A bare number.
    One(f64),
    /// A list.
    Many(Vec<Numbers>),
}

impl Numbers {
    /// All numbers, in the order in which they are written.
    pub fn flat(&self) -> Vec<f64> {
        match self {
            Numbers::One(number) => vec![*number],
            Numbers::Many(items) => items.iter().flat_map(Numbers::flat).collect(),
        }
    }

    /// The lengths of the nested lists, outermost first; `None` where lists of one level differ.
    pub fn shape(&self) -> Option<Vec<usize>> {
        let Numbers::Many(items) = self else {
            return Some(Vec::new());
        };
        let mut shapes = items.iter().map(Numbers::shape);
        let first = shapes.next().unwrap_or_default();
        if shapes.any(|shape| shape != first) {
            return None;
        }
        let mut shape = vec![items.len()];
        shape.extend(first?);
        Some(shape)
    }

    fn depth(&self) -> usize {
        match self {
            Numbers::One(_) => 0,
            Numbers::Many(items) => 1 + items.iter().map(Numbers::depth).max().unwrap_or(0),
        }
    }
}

inline_schema!(Numbers, "Numbers", {
    "anyOf": [
        { "type": "number" },
        { "type": "array", "items": { "anyOf": [{ "type": "number" }, { "type": "array" }] }, "minItems": 1 }
    ]
});

struct NumbersVisitor;

impl<'de> Visitor<'de> for NumbersVisitor {
    type Value = Numbers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a finite number, or a list of numbers")
    }
    fn visit_f64<E: Error>(self, v: f64) -> Result<Numbers, E> {
        if v.is_finite() {
            return Ok(Numbers::One(v));
        }
        Err(E::invalid_value(Unexpected::Float(v), &self))
    }
    fn visit_i64<E: Error>(self, v: i64) -> Result<Numbers, E> {
        Ok(Numbers::One(v as f64))
    }
    fn visit_u64<E: Error>(self, v: u64) -> Result<Numbers, E> {
        Ok(Numbers::One(v as f64))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Numbers, A::Error> {
        let numbers = Numbers::Many(list(seq)?);
        if numbers.depth() > MAX_NESTING {
            let says = format!("lists of numbers nest at most {MAX_NESTING} deep");
            return Err(A::Error::custom(says));
        }
        Ok(numbers)
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumbersVisitor)
    }
}

/// A path of the world and the value it is set to, both with their bytes in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Dotted path, as `--set` takes it.
    pub path: Spanned<String>,
    /// The value, or `false` to leave a section out.
    pub value: Spanned<toml::Value>,
}

/// The variant of the world that an expectation speaks of.
#[derive(Debug, Clone, PartialEq)]
pub enum Case {
    /// The `[[case]]` of this name.
    Named(String),
    /// Settings of its own, in the order of the file.
    Set(Vec<Setting>),
}

inline_schema!(Case, "Case", {
    "anyOf": [{ "type": "string" }, { "type": "object", "minProperties": 1 }]
});

struct CaseVisitor;

impl<'de> Visitor<'de> for CaseVisitor {
    type Value = Case;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a case, or a table { \"path\" = value }")
    }
    fn visit_str<E: Error>(self, v: &str) -> Result<Case, E> {
        Ok(Case::Named(v.to_string()))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Case, A::Error> {
        let mut settings = Vec::new();
        while let Some((path, value)) = map.next_entry::<Spanned<String>, _>()? {
            settings.push(Setting { path, value });
        }
        settings.sort_by_key(|setting| setting.path.span().start);
        Ok(Case::Set(settings))
    }
}

impl<'de> Deserialize<'de> for Case {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CaseVisitor)
    }
}

/// Expressions that are reduced first, by the names under which the metrics combine them, in the order of the file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lets(pub Vec<(Spanned<String>, Spanned<String>)>);

inline_schema!(Lets, "Lets", {
    "type": "object",
    "additionalProperties": { "type": "string" },
    "minProperties": 1
});

struct LetsVisitor;

impl<'de> Visitor<'de> for LetsVisitor {
    type Value = Lets;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table { name = \"expression\" }")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lets, A::Error> {
        let mut lets = Vec::new();
        while let Some((name, text)) = map.next_entry::<Spanned<String>, Spanned<String>>()? {
            lets.push((name, text));
        }
        lets.sort_by_key(|(name, _)| name.span().start);
        Ok(Lets(lets))
    }
}

impl<'de> Deserialize<'de> for Lets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LetsVisitor)
    }
}

/// A metric whose value says to which bin a sample belongs, and the edges between the bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Bins {
    /// The metric.
    pub metric: Spanned<String>,
    /// Rising edges; a value on an edge belongs to the bin above it, the last edge to the last bin.
    pub edges: Vec<f64>,
}

impl Bins {
    /// The bin of a value.
    pub fn of(&self, x: f64) -> Option<usize> {
        let bins = self.count();
        let above = self.edges.partition_point(|edge| *edge <= x);
        match above {
            0 => None,
            n if n <= bins => Some(n - 1),
            _ => (self.edges.last() == Some(&x)).then(|| bins - 1),
        }
    }

    /// How many bins there are.
    pub fn count(&self) -> usize {
        self.edges.len().saturating_sub(1)
    }
}

inline_schema!(Bins, "Bins", {
    "type": "object",
    "additionalProperties": { "type": "array", "items": { "type": "number" }, "minItems": 2 },
    "minProperties": 1,
    "maxProperties": 1
});

struct BinsVisitor;

impl<'de> Visitor<'de> for BinsVisitor {
    type Value = Bins;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table { metric = [edges] } of one metric")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Bins, A::Error> {
        let Some((metric, edges)) = map.next_entry::<Spanned<String>, Numbers>()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        if map.next_entry::<String, Numbers>()?.is_some() {
            return Err(A::Error::invalid_length(2, &self));
        }
        Ok(Bins { metric, edges: edges.flat() })
    }
}

impl<'de> Deserialize<'de> for Bins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BinsVisitor)
    }
}

/// One path, or `case`, and the values it takes in turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Dotted path, or `case`.
    pub path: Spanned<String>,
    /// The values, one run each.
    pub values: Vec<Spanned<toml::Value>>,
}

/// The axes of `along`, in the order of the file; several make a grid in which the first changes slowest.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Along(pub Vec<Axis>);

inline_schema!(Along, "Along", {
    "type": "object",
    "additionalProperties": { "type": "array", "minItems": 1 },
    "minProperties": 1
});

struct AlongVisitor;

impl<'de> Visitor<'de> for AlongVisitor {
    type Value = Along;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table { \"path\" = [values] } or { case = [names] }, dotted paths in quotes")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Along, A::Error> {
        let mut axes = Vec::new();
        while let Some((path, values)) = map.next_entry::<Spanned<String>, _>()? {
            axes.push(Axis { path, values });
        }
        // Without toml's `preserve_order` tables come sorted by name; values are listed in the order of the file.
        axes.sort_by_key(|axis| axis.path.span().start);
        Ok(Along(axes))
    }
}

impl<'de> Deserialize<'de> for Along {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AlongVisitor)
    }
}
