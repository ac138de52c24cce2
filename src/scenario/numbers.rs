//! Numbers with a range, and values that may be one of two things.
//!
//! The range lives in the type, so that serde reports it at the value and the schema states it. All of them are read
//! by visitors: serde's untagged enums lose the position of an error. TOML integers are taken where floats are
//! wanted.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// A number read from a world file: its range as text, and the check.
pub trait Number: Copy + Sized {
    /// What is expected, as it stands after the word "expected": "a number from 0 to 1".
    const WANTS: &'static str;

    /// The number, if it is in range.
    ///
    /// # Errors
    /// Says in which way `x` is out of range: "1.7 is not between 0 and 1".
    fn from_f64(x: f64) -> Result<Self, String>;

    /// The number, if it is in range. Whole numbers have a way of their own: f64 holds them up to 2^53 only.
    ///
    /// # Errors
    /// As [`Number::from_f64`].
    fn from_u64(x: u64) -> Result<Self, String> {
        #[expect(clippy::cast_precision_loss, reason = "what a float parameter means")]
        Self::from_f64(x as f64)
    }

    /// The number, if it is in range.
    ///
    /// # Errors
    /// As [`Number::from_f64`].
    fn from_i64(x: i64) -> Result<Self, String> {
        #[expect(clippy::cast_precision_loss, reason = "what a float parameter means")]
        Self::from_f64(x as f64)
    }
}

/// Reads any number of TOML and hands it to [`Number`].
struct NumberVisitor<N>(PhantomData<N>);

impl<N: Number> Visitor<'_> for NumberVisitor<N> {
    type Value = N;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(N::WANTS)
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<N, E> {
        N::from_f64(x).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, x: i64) -> Result<N, E> {
        N::from_i64(x).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, x: u64) -> Result<N, E> {
        N::from_u64(x).map_err(E::custom)
    }
}

macro_rules! number {
    ($name:ident($inner:ty)) => {
        impl $name {
            /// The number itself.
            pub const fn get(self) -> $inner {
                self.0
            }
        }
        impl TryFrom<$inner> for $name {
            type Error = String;
            fn try_from(x: $inner) -> Result<Self, String> {
                Self::checked(x)
            }
        }
        impl From<$name> for $inner {
            fn from(x: $name) -> $inner {
                x.0
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(NumberVisitor(PhantomData))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

macro_rules! float {
    ($(#[$doc:meta])* $name:ident, $wants:literal, |$x:ident| $holds:expr, $outside:literal, $schema:tt) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(f64);
        number! { $name(f64) }
        impl $name {
            /// `x`, if it is in range.
            ///
            /// # Errors
            /// Says in which way `x` is out of range.
            pub fn checked($x: f64) -> Result<Self, String> {
                if $x.is_finite() && $holds {
                    return Ok(Self($x));
                }
                let outside = if $x.is_finite() { $outside } else { "is not finite" };
                Err(format!("{} {outside}", $x))
            }
        }
        impl Number for $name {
            const WANTS: &'static str = $wants;
            fn from_f64(x: f64) -> Result<Self, String> {
                Self::checked(x)
            }
        }
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

float! {
    /// A probability or a share: 0..=1.
    Prob, "a number from 0 to 1", |x| (0.0..=1.0).contains(&x), "is not between 0 and 1",
    { "type": "number", "minimum": 0, "maximum": 1 }
}
float! {
    /// A finite number, 0 or above.
    NonNegative, "a number of at least 0", |x| x >= 0.0, "is below 0",
    { "type": "number", "minimum": 0 }
}
float! {
    /// A finite number above 0.
    Positive, "a number above 0", |x| x > 0.0, "is not above 0",
    { "type": "number", "exclusiveMinimum": 0 }
}
float! {
    /// Any finite number.
    Finite, "a number", |_x| true, "is not finite", { "type": "number" }
}

macro_rules! whole {
    ($(#[$doc:meta])* $name:ident, $least:literal, $wants:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(u64);
        number! { $name(u64) }
        impl $name {
            /// `x`, if it is in range.
            ///
            /// # Errors
            /// Says in which way `x` is out of range.
            pub fn checked(x: u64) -> Result<Self, String> {
                if x.checked_sub($least).is_some() { Ok(Self(x)) } else { Err(format!("{x} is below {}", $least)) }
            }
        }
        impl Number for $name {
            const WANTS: &'static str = $wants;
            fn from_f64(x: f64) -> Result<Self, String> {
                // 1e6 is a common way to write a million; beyond 2^53 a float no longer says which number is meant.
                let exact = x.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&x);
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "just checked")]
                if exact { Self::checked(x as u64) } else { Err(format!("{x} is not {}", $wants)) }
            }
            fn from_u64(x: u64) -> Result<Self, String> {
                Self::checked(x)
            }
            fn from_i64(x: i64) -> Result<Self, String> {
                let x = u64::try_from(x).map_err(|_| format!("{x} is below {}", $least))?;
                Self::checked(x)
            }
        }
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "integer", "minimum": $least })
            }
        }
    };
}

whole! {
    /// A whole number, 1 or above; `1e6` is one too.
    Count, 1, "a whole number of at least 1"
}
whole! {
    /// A whole number, 0 or above; `1e6` is one too.
    Whole, 0, "a whole number of at least 0"
}

/// A number, or the name of a trait that holds one for every agent ("n|t" of the vocabulary).
#[derive(Debug, Clone, PartialEq)]
pub enum NumberOrName<N = Finite> {
    /// the number
    Number(N),
    /// the name of a trait
    Name(String),
}

struct NumberOrNameVisitor<N>(PhantomData<N>);

impl<N: Number> Visitor<'_> for NumberOrNameVisitor<N> {
    type Value = NumberOrName<N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} or the name of a trait", N::WANTS)
    }

    fn visit_f64<E: Error>(self, x: f64) -> Result<Self::Value, E> {
        N::from_f64(x).map(NumberOrName::Number).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, x: i64) -> Result<Self::Value, E> {
        N::from_i64(x).map(NumberOrName::Number).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, x: u64) -> Result<Self::Value, E> {
        N::from_u64(x).map(NumberOrName::Number).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(NumberOrName::Name(name.to_owned()))
    }
}

impl<'de, N: Number> Deserialize<'de> for NumberOrName<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrNameVisitor(PhantomData))
    }
}

impl<N: Serialize> Serialize for NumberOrName<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(x) => x.serialize(serializer),
            Self::Name(name) => name.serialize(serializer),
        }
    }
}

impl<N: JsonSchema> JsonSchema for NumberOrName<N> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("{}OrName", N::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let number = generator.subschema_for::<N>();
        let name = json_schema!({ "type": "string", "description": "the name of a trait" });
        json_schema!({ "anyOf": [number, name] })
    }
}

/// A number, or something else that is no number: a word, a table, a list.
#[derive(Debug, Clone, PartialEq)]
pub enum NumberOr<T, N = Finite> {
    /// the number
    Number(N),
    /// the other thing
    Other(T),
}

impl<'de, T: Deserialize<'de>, N: Number> Deserialize<'de> for NumberOr<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T, N>(PhantomData<(T, N)>);
        impl<'de, T: Deserialize<'de>, N: Number> Visitor<'de> for Either<T, N> {
            type Value = NumberOr<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} or another form of this key", N::WANTS)
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<Self::Value, E> {
                N::from_f64(x).map(NumberOr::Number).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, x: i64) -> Result<Self::Value, E> {
                N::from_i64(x).map(NumberOr::Number).map_err(E::custom)
            }
            fn visit_u64<E: Error>(self, x: u64) -> Result<Self::Value, E> {
                N::from_u64(x).map(NumberOr::Number).map_err(E::custom)
            }
            fn visit_bool<E: Error>(self, x: bool) -> Result<Self::Value, E> {
                T::deserialize(x.into_deserializer()).map(NumberOr::Other)
            }
            fn visit_str<E: Error>(self, x: &str) -> Result<Self::Value, E> {
                T::deserialize(x.into_deserializer()).map(NumberOr::Other)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
                T::deserialize(SeqAccessDeserializer::new(seq)).map(NumberOr::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(NumberOr::Other)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

impl<T: Serialize, N: Serialize> Serialize for NumberOr<T, N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(x) => x.serialize(serializer),
            Self::Other(x) => x.serialize(serializer),
        }
    }
}

impl<T: JsonSchema, N: JsonSchema> JsonSchema for NumberOr<T, N> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("{}Or{}", N::schema_name(), T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let number = generator.subschema_for::<N>();
        let other = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [number, other] })
    }
}

/// One value, or a list of them: `metric = "x"` or `metric = ["x", "y"]`. `T` must not be a list itself.
#[derive(Debug, Clone, PartialEq)]
pub struct OneOrMany<T>(Vec<T>);

impl<T> OneOrMany<T> {
    /// The values in the order of the file; none for an empty list.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The values in the order of the file.
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> From<Vec<T>> for OneOrMany<T> {
    fn from(values: Vec<T>) -> Self {
        Self(values)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T>(PhantomData<T>);
        impl<T> Items<T> {
            fn one<'de, E: Error, D: Deserializer<'de, Error = E>>(x: D) -> Result<OneOrMany<T>, E>
            where
                T: Deserialize<'de>,
            {
                Ok(OneOrMany(vec![T::deserialize(x)?]))
            }
        }
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
            type Value = OneOrMany<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("one value or a list of them")
            }
            fn visit_f64<E: Error>(self, x: f64) -> Result<Self::Value, E> {
                Self::one(x.into_deserializer())
            }
            fn visit_i64<E: Error>(self, x: i64) -> Result<Self::Value, E> {
                Self::one(x.into_deserializer())
            }
            fn visit_u64<E: Error>(self, x: u64) -> Result<Self::Value, E> {
                Self::one(x.into_deserializer())
            }
            fn visit_bool<E: Error>(self, x: bool) -> Result<Self::Value, E> {
                Self::one(x.into_deserializer())
            }
            fn visit_str<E: Error>(self, x: &str) -> Result<Self::Value, E> {
                Self::one(x.into_deserializer())
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Self::one(MapAccessDeserializer::new(map))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                // The length is what the file holds, so nothing is reserved for what it merely claims.
                let mut values = Vec::new();
                while let Some(value) = seq.next_element()? {
                    values.push(value);
                }
                Ok(OneOrMany(values))
            }
        }
        deserializer.deserialize_any(Items(PhantomData))
    }
}

impl<T: Serialize> Serialize for OneOrMany<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => one.serialize(serializer),
            many => many.serialize(serializer),
        }
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMany{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one }] })
    }
}

/// Any value of TOML, where a world file says something about another part of itself: `[[case]] set`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize, Serialize)]
#[serde(transparent)]
pub struct Anything(pub toml::Value);

impl JsonSchema for Anything {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Anything".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Holder<T> {
        x: T,
    }

    fn read<T: serde::de::DeserializeOwned>(value: &str) -> Result<T, (String, String)> {
        let text = format!("x = {value}");
        toml::from_str::<Holder<T>>(&text).map(|h| h.x).map_err(|e| {
            let at = e.span().expect("a value's error has its place");
            (e.message().to_owned(), text[at].to_owned())
        })
    }

    #[test]
    fn a_number_out_of_range_is_refused_at_its_place() {
        let says = |e: Result<Prob, (String, String)>| e.unwrap_err();
        assert_eq!(says(read("1.7")), ("1.7 is not between 0 and 1".into(), "1.7".into()));
        assert_eq!(says(read("-1")).0, "-1 is not between 0 and 1");
        assert_eq!(says(read("nan")).0, "NaN is not finite");
        assert_eq!(says(read("\"a\"")).0, "invalid type: string \"a\", expected a number from 0 to 1");
        assert_eq!(read::<Positive>("0").unwrap_err().0, "0 is not above 0");
        assert_eq!(read::<NonNegative>("inf").unwrap_err().0, "inf is not finite");
        assert_eq!(read::<Finite>("-inf").unwrap_err().0, "-inf is not finite");
        assert_eq!(read::<Count>("0").unwrap_err().0, "0 is below 1");
        assert_eq!(read::<Count>("-3").unwrap_err().0, "-3 is below 1");
        assert_eq!(read::<Count>("2.5").unwrap_err().0, "2.5 is not a whole number of at least 1");
        assert_eq!(read::<Whole>("1e300").unwrap_err().1, "1e300");
    }

    #[test]
    fn integers_are_floats_and_whole_floats_are_counts() {
        assert_eq!(read::<Prob>("1").unwrap().get(), 1.0);
        assert_eq!(read::<Prob>("1.0").unwrap().get(), 1.0);
        assert_eq!(read::<NonNegative>("3").unwrap().get(), 3.0);
        assert_eq!(read::<f64>("3").unwrap(), 3.0);
        assert_eq!(read::<Count>("1e6").unwrap().get(), 1_000_000);
        assert_eq!(read::<Count>("18446744073709551615").unwrap().get(), u64::MAX);
        assert_eq!(read::<Whole>("0").unwrap().get(), 0);
    }

    #[test]
    fn a_number_may_stand_for_a_trait() {
        assert_eq!(read::<NumberOrName>("2").unwrap(), NumberOrName::Number(Finite::checked(2.0).unwrap()));
        assert_eq!(read::<NumberOrName<Prob>>("\"skill\"").unwrap(), NumberOrName::Name("skill".into()));
        assert_eq!(read::<NumberOrName<Prob>>("2").unwrap_err().0, "2 is not between 0 and 1");
        assert_eq!(
            read::<NumberOrName<Prob>>("true").unwrap_err().0,
            "invalid type: boolean `true`, expected a number from 0 to 1 or the name of a trait"
        );
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "kebab-case", deny_unknown_fields)]
    enum Draw {
        Random,
        Uniform([f64; 2]),
    }

    #[test]
    fn a_number_may_have_another_form() {
        assert_eq!(read::<NumberOr<Draw>>("\"random\"").unwrap(), NumberOr::Other(Draw::Random));
        assert_eq!(
            read::<NumberOr<Draw>>("{ uniform = [0, 1.5] }").unwrap(),
            NumberOr::Other(Draw::Uniform([0.0, 1.5]))
        );
        assert_eq!(read::<NumberOr<Draw, Count>>("3").unwrap(), NumberOr::Number(Count::checked(3).unwrap()));
        let (says, at) = read::<NumberOr<Draw>>("{ uniform = [0, \"a\"] }").unwrap_err();
        assert_eq!((says.as_str(), at.as_str()), ("invalid type: string \"a\", expected f64", "\"a\""));
    }

    #[test]
    fn anything_is_kept_as_it_is() {
        let any = read::<Anything>("{ a = [1, 2.5, 1979-05-27] }").unwrap().0;
        assert_eq!(any["a"][1].as_float(), Some(2.5));
        assert!(any["a"][2].is_datetime());
    }

    #[test]
    fn one_value_is_a_list_of_one() {
        assert_eq!(read::<OneOrMany<Prob>>("0.5").unwrap().as_slice().len(), 1);
        assert_eq!(read::<OneOrMany<String>>("[\"a\", \"b\"]").unwrap().into_vec(), ["a", "b"]);
        assert_eq!(
            read::<OneOrMany<Draw>>("{ uniform = [0, 1] }").unwrap().into_vec(),
            [Draw::Uniform([0.0, 1.0])]
        );
        assert_eq!(
            read::<OneOrMany<Prob>>("[0.1, 3]").unwrap_err(),
            ("3 is not between 0 and 1".into(), "3".into())
        );
    }
}
