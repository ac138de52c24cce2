//! Keys that have two forms: a number or a table, a word or a table. Read by visitors, so that positions are kept.

use super::numbers::Prob;
use super::sections::{Contact, Initial, Placing, PlacingAt, Selector};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

impl<'de> Deserialize<'de> for Placing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Placing;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"random\", \"centre\", or a table such as { cells = [[0, 0]] }")
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<Placing, E> {
                match word {
                    "random" => Ok(Placing::Random),
                    "centre" => Ok(Placing::Centre),
                    _ => Err(E::custom(format!("unknown place `{word}`, expected `random` or `centre`"))),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Placing, A::Error> {
                let at = PlacingAt::deserialize(MapAccessDeserializer::new(map))?;
                let forms = [at.cells.is_some(), at.group.is_some(), at.file.is_some()];
                if forms.iter().filter(|&&form| form).count() != 1 {
                    return Err(A::Error::custom("a place has one of the forms cells, group, file"));
                }
                if at.file.is_some() != at.column.is_some() {
                    return Err(A::Error::custom("`file` and `column` belong together"));
                }
                Ok(Placing::At(Box::new(at)))
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl JsonSchema for Placing {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Placing".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let at = generator.subschema_for::<PlacingAt>();
        json_schema!({ "anyOf": [{ "enum": ["random", "centre"] }, at] })
    }
}

impl<'de> Deserialize<'de> for Contact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Contact;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"neighbours\", \"meeting\", or a table such as { household = 1.0, work = 0.2 }")
            }
            fn visit_str<E: Error>(self, word: &str) -> Result<Contact, E> {
                match word {
                    "neighbours" => Ok(Contact::Neighbours),
                    "meeting" => Ok(Contact::Meeting),
                    _ => Err(E::custom(format!(
                        "unknown contact `{word}`, expected `neighbours` or `meeting`"
                    ))),
                }
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Contact, A::Error> {
                BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(Contact::Layers)
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl JsonSchema for Contact {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Contact".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let weights = generator.subschema_for::<BTreeMap<String, Prob>>();
        json_schema!({ "anyOf": [{ "enum": ["neighbours", "meeting"] }, weights] })
    }
}

/// The table form of [`Initial`].
#[derive(Deserialize, JsonSchema)]
struct InitialTable {
    /// the stage that they enter
    into: Option<String>,
    /// instead: a CSV, TSV or Parquet file with a stage (name or code) an agent, in agent order
    file: Option<String>,
    /// the file's column
    column: Option<String>,
    /// who they are
    #[serde(flatten)]
    who: Selector,
}

impl<'de> Deserialize<'de> for Initial {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;
        impl<'de> Visitor<'de> for Form {
            type Value = Initial;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of agents, or a table such as { share = 0.1 }")
            }
            fn visit_i64<E: Error>(self, count: i64) -> Result<Initial, E> {
                let count = u64::try_from(count).map_err(|_| E::custom(format!("{count} is below 0")))?;
                Ok(Initial { count: Some(count), ..Initial::none() })
            }
            fn visit_u64<E: Error>(self, count: u64) -> Result<Initial, E> {
                Ok(Initial { count: Some(count), ..Initial::none() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Initial, A::Error> {
                let table = InitialTable::deserialize(MapAccessDeserializer::new(map))?;
                let InitialTable { into, file, column, who } = table;
                let (count, share) = (who.count, who.share);
                if share.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
                    return Err(A::Error::custom("the share is not between 0 and 1"));
                }
                if count.is_some() && share.is_some() {
                    return Err(A::Error::custom("`count` and `share` say the same"));
                }
                if file.is_some() != column.is_some() {
                    return Err(A::Error::custom("`file` and `column` belong together"));
                }
                if file.is_some() && (who != Selector::default() || into.is_some()) {
                    return Err(A::Error::custom("`file` says everybody's stage: leave the other keys out"));
                }
                let chosen = Selector { count: None, share: None, ..who.clone() } != Selector::default();
                let usual = !chosen && file.is_none() && count.is_none() && share.is_none();
                let count = if usual { Some(1) } else { count };
                Ok(Initial { count, share, into, who: chosen.then_some(who), file, column })
            }
        }
        deserializer.deserialize_any(Form)
    }
}

impl JsonSchema for Initial {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Initial".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<InitialTable>();
        json_schema!({ "anyOf": [{ "type": "integer", "minimum": 0 }, table] })
    }
}
