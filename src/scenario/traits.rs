//! `[[trait]]`: a column of the world's own, how it starts, and how it changes when it is copied.

use super::numbers::{Count, Finite, NonNegative, NumberOrName, Prob};
use super::problems::Problems;
use super::read::Source;
use super::written::Written;
use crate::columns::ColumnDef;
use crate::input::values::{Values, read_column};
use crate::structures::Layout;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A column of the world's own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Trait {
    /// its name, in small letters, digits and _
    pub name: String,
    /// what it holds; default f32, and u8 where there are `values`
    #[serde(rename = "type")]
    pub holds: Option<Holds>,
    /// names of its values, for a trait that is one of a few: `["red", "blue"]`
    pub values: Option<Vec<String>>,
    /// the trait is a number of so many bits, between 0 and 1: k / (2^bits - 1)
    pub bits: Option<Count>,
    /// how it starts: a number, one of `values`, "uniform" (any of `values`), or a distribution
    #[serde(default)]
    pub init: Init,
    /// whether offspring has it from its parent; false: offspring gets it as at the start
    #[serde(default = "yes")]
    pub inherited: bool,
    /// how it may change when an agent is copied
    pub mutation: Option<TraitMutation>,
    /// how it changes by itself in every tick
    pub step: Option<TraitStep>,
}

fn yes() -> bool {
    true
}

/// What a trait holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holds {
    /// a 32-bit float
    #[default]
    F32,
    /// a 64-bit float
    F64,
    /// 0 to 255
    U8,
    /// 0 to 65,535
    U16,
    /// a whole number of 64 bits
    U64,
    /// 0 or 1
    Bool,
}

/// How a trait starts.
#[derive(Clone, Debug, PartialEq)]
pub enum Init {
    /// the same for everybody
    Number(f64),
    /// one of the trait's `values`, or "uniform": any of them
    Word(String),
    /// drawn for each agent, or listed
    Drawn(Box<Drawn>),
}

impl Default for Init {
    fn default() -> Self {
        Init::Number(0.0)
    }
}

/// A distribution of starting values: exactly one of its forms. A parameter may name a trait that stands above.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drawn {
    /// uniform between two numbers
    pub uniform: Option<[NumberOrName; 2]>,
    /// normal: mean and standard deviation
    pub normal: Option<[NumberOrName; 2]>,
    /// e to the power of a normal: mean and standard deviation of the logarithm
    pub lognormal: Option<[NumberOrName; 2]>,
    /// exponential with this mean
    pub exponential: Option<NumberOrName>,
    /// beta with its two shapes, between 0 and 1
    pub beta: Option<[NumberOrName; 2]>,
    /// Pareto: exponent of the tail and least value
    pub pareto: Option<[NumberOrName; 2]>,
    /// Cauchy: median and half the distance of the quartiles
    pub cauchy: Option<[NumberOrName; 2]>,
    /// Poisson with this mean; above a mean of 500 by the expansion of Cornish and Fisher
    pub poisson: Option<NumberOrName>,
    /// generalised beta of the second kind: shape a, scale b, shapes p and q
    pub gb2: Option<[NumberOrName; 4]>,
    /// one of these values, with `weights`
    pub choice: Option<Vec<NumberOrName>>,
    /// weights of `choice`; default: equal
    pub weights: Option<Vec<f64>>,
    /// evenly from the first to the last number over the agents of a group, in their order
    pub range: Option<[f64; 2]>,
    /// these values, one an agent of each group, from the first again where there are fewer
    pub list: Option<Vec<NumberOrName>>,
    /// a value for each "strategy", or for each value of the named trait: see `values`
    pub by: Option<String>,
    /// with `by`: a value for each name, `{ red = 0.1, blue = 0.2 }`, or for each code, `[0.1, 0.2]`
    pub values: Option<OfEach>,
    /// a CSV, TSV or Parquet file with a value an agent, or a value an agent of one group
    pub file: Option<String>,
    /// the file's column
    pub column: Option<String>,
    /// values are multiplied by this
    pub times: Option<NumberOrName>,
    /// values are then cut to this range
    pub clip: Option<[f64; 2]>,
    /// independent: each agent draws; quantiles: the exact quantiles of the law, shuffled in each group
    #[serde(default)]
    pub draw: How,
    /// what was read from `file`
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) read: Option<Arc<[f64]>>,
}

/// How values of a law are given out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// each agent draws
    #[default]
    Independent,
    /// the exact quantiles of the law, shuffled in each group
    Quantiles,
}

/// How a trait may change when an agent is copied: exactly one of its forms.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraitMutation {
    /// probability of a new value, drawn as at the start
    pub redraw_prob: Option<Prob>,
    /// probability of another of the trait's values, each equally likely
    pub to_other_prob: Option<Prob>,
    /// probability with which each bit becomes the other
    pub flip_bit_prob: Option<Prob>,
    /// standard deviation of a normal number that is added
    pub add_normal: Option<NonNegative>,
    /// with a normal number: probability that anything is added; default 1
    pub prob: Option<Prob>,
    /// with a normal number: the sum is cut to this range
    pub clip: Option<[f64; 2]>,
    /// whether only those change who copy somebody else in a learning event; default: everybody
    #[serde(default)]
    pub newcomers: bool,
}

/// How a trait changes by itself: x + rate (toward - x) + noise, in every tick.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TraitStep {
    /// where it tends to: a number, or another trait
    #[serde(default = "nought")]
    pub toward: NumberOrName,
    /// which part of the way it goes in a tick: a number from 0 to 1, or another trait
    #[serde(default = "nought")]
    pub rate: NumberOrName,
    /// what is added by chance
    pub noise: Option<Noise>,
}

fn nought() -> NumberOrName {
    NumberOrName::Number(Finite::checked(0.0).expect("0 is finite"))
}

/// Random numbers of mean 0.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// normal, with this standard deviation
    pub normal: NonNegative,
}

/// A number for each name or each code.
#[derive(Clone, Debug, PartialEq)]
pub enum OfEach {
    /// by name
    Names(BTreeMap<String, f64>),
    /// by code, from 0
    Codes(Vec<f64>),
}

impl<'de> Deserialize<'de> for OfEach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = OfEach;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of numbers, or a table such as { red = 0.1, blue = 0.2 }")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OfEach, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(seq)).map(OfEach::Codes)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OfEach, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(OfEach::Names)
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl JsonSchema for OfEach {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "OfEach".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let numbers = json_schema!({ "type": "number" });
        json_schema!({ "anyOf": [
            { "type": "array", "items": numbers },
            { "type": "object", "additionalProperties": numbers },
        ] })
    }
}

impl<'de> Deserialize<'de> for Init {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Init;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number, or a distribution such as { uniform = [0.0, 1.0] }")
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<Init, E> {
                if x.is_finite() { Ok(Init::Number(x)) } else { Err(E::custom("no finite number")) }
            }
            fn visit_i64<E: Error>(self, x: i64) -> Result<Init, E> {
                Ok(Init::Number(x as f64))
            }
            fn visit_u64<E: Error>(self, x: u64) -> Result<Init, E> {
                Ok(Init::Number(x as f64))
            }
            fn visit_bool<E: Error>(self, x: bool) -> Result<Init, E> {
                Ok(Init::Number(f64::from(x)))
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<Init, E> {
                Ok(Init::Word(word.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Init, A::Error> {
                let drawn = Drawn::deserialize(MapAccessDeserializer::new(map))?;
                drawn.check().map_err(A::Error::custom)?;
                Ok(Init::Drawn(Box::new(drawn)))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl JsonSchema for Init {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Init".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let drawn = generator.subschema_for::<Drawn>();
        json_schema!({ "anyOf": [{ "type": ["number", "boolean", "string"] }, drawn] })
    }
}

impl Drawn {
    /// The pairs of parameters of which the second is a spread, or both are shapes.
    fn spreads(&self) -> impl Iterator<Item = &NumberOrName> {
        let second = [&self.normal, &self.lognormal, &self.cauchy].into_iter().flatten().map(|pair| &pair[1]);
        second.chain(&self.exponential).chain(&self.poisson)
    }

    fn shapes(&self) -> impl Iterator<Item = &NumberOrName> {
        self.beta.iter().chain(&self.pareto).flatten().chain(self.gb2.iter().flatten())
    }

    /// Every parameter that may be the name of a trait.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = &NumberOrName> {
        let pairs = [&self.uniform, &self.normal, &self.lognormal, &self.beta, &self.pareto, &self.cauchy];
        let pairs = pairs.into_iter().flatten().flatten();
        let singles = [&self.exponential, &self.poisson, &self.times].into_iter().flatten();
        pairs.chain(self.gb2.iter().flatten()).chain(singles)
    }

    /// One form, with numbers that make sense.
    fn check(&self) -> Result<(), String> {
        let forms = [
            ("uniform", self.uniform.is_some()),
            ("normal", self.normal.is_some()),
            ("lognormal", self.lognormal.is_some()),
            ("exponential", self.exponential.is_some()),
            ("beta", self.beta.is_some()),
            ("pareto", self.pareto.is_some()),
            ("cauchy", self.cauchy.is_some()),
            ("poisson", self.poisson.is_some()),
            ("gb2", self.gb2.is_some()),
            ("choice", self.choice.is_some()),
            ("range", self.range.is_some()),
            ("list", self.list.is_some()),
            ("by", self.by.is_some()),
            ("file", self.file.is_some()),
        ];
        if forms.iter().filter(|form| form.1).count() != 1 {
            let forms = forms.map(|form| form.0).join(", ");
            return Err(format!("a distribution has one of the forms {forms}"));
        }
        if self.file.is_some() != self.column.is_some() {
            return Err("`file` and `column` belong together".into());
        }
        if self.by.is_some() != self.values.is_some() {
            return Err("`by` and `values` belong together".into());
        }
        let number = |parameter: &NumberOrName| match parameter {
            NumberOrName::Number(x) => Some(x.get()),
            NumberOrName::Name(_) => None,
        };
        let mut numbers = self.range.iter().flatten().chain(self.weights.iter().flatten());
        let each: Vec<f64> = match &self.values {
            Some(OfEach::Codes(values)) => values.clone(),
            Some(OfEach::Names(values)) => values.values().copied().collect(),
            None => vec![],
        };
        if !numbers.all(|x| x.is_finite()) || !each.iter().all(|x| x.is_finite()) {
            return Err("a distribution is made of finite numbers".into());
        }
        let uniform = self.uniform.as_ref().and_then(|[a, b]| Some([number(a)?, number(b)?]));
        if [uniform, self.clip].iter().flatten().any(|[a, b]| a.is_nan() || b.is_nan() || a > b) {
            return Err("the first number of a range is above the second".into());
        }
        if self.spreads().filter_map(number).any(|x| x < 0.0) {
            return Err("a spread is negative".into());
        }
        if self.shapes().filter_map(number).any(|x| x <= 0.0) {
            return Err("a shape, a scale or a least value is not above 0".into());
        }
        if self.choice.is_none() && self.weights.is_some() {
            return Err("`weights` are for `choice`".into());
        }
        if let Some(weights) = &self.weights {
            let choices = self.choice.as_ref().map_or(0, Vec::len);
            let sum: f64 = weights.iter().sum();
            if weights.len() != choices || weights.iter().any(|&w| w < 0.0) || sum <= 0.0 {
                return Err("`weights` are as many as `choice`, not negative, and not all 0".into());
            }
        }
        if self.choice.as_ref().is_some_and(Vec::is_empty) || self.list.as_ref().is_some_and(Vec::is_empty) {
            return Err("an empty list of values".into());
        }
        Ok(())
    }
}

/// Reads the starting values that traits have in files.
pub(super) fn read_files(
    source: &Source,
    written: &Written,
    traits: &mut [(ColumnDef, Trait)],
    layout: Layout,
    problems: &mut Problems,
) {
    for (nth, (_, keys)) in traits.iter_mut().enumerate() {
        let labels = keys.values.clone().unwrap_or_default();
        let Init::Drawn(drawn) = &mut keys.init else { continue };
        let Some((file, column)) = drawn.file.as_ref().zip(drawn.column.as_ref()) else { continue };
        let mut wrong = |key: &str, says: String, help: String| {
            problems.add(written.place("trait", Some(nth), key), says, help);
        };
        let values = match read_column(&source.folder.join(file), column) {
            Ok(Values::Numbers(numbers)) => numbers,
            Ok(Values::Names(names)) => {
                let code = |name: &String| labels.iter().position(|label| label == name);
                match names.iter().find(|name| code(name).is_none()) {
                    Some(name) => {
                        let help = "list its words as `values` of the trait, or name a column of numbers";
                        wrong("init.column", format!("the trait has no value `{name}`"), help.into());
                        continue;
                    }
                    None => names.iter().filter_map(code).map(|code| code as f64).collect(),
                }
            }
            Err(error) => {
                wrong("init.file", error.to_string(), error.help);
                continue;
            }
        };
        if values.len() == layout.agents || values.len() == layout.group_size {
            drawn.read = Some(values.into());
        } else {
            let says = format!("the file has {} rows for {} agents", values.len(), layout.agents);
            wrong("init.file", says, "it needs a row an agent, or a row an agent of one group".into());
        }
    }
}
