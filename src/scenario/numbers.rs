//! stand-in until the room is finished
#![expect(missing_docs, reason = "stand-in")]
macro_rules! n { ($($n:ident),*) => {$(
#[derive(Clone, Copy, Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
pub struct $n(f64);
impl $n { pub fn get(self) -> f64 { self.0 } pub fn new(x: f64) -> Option<Self> { Some(Self(x)) } }
)*}}
n!(Prob, NonNegative, Positive, Finite);
#[derive(Clone, Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
pub enum NumberOrName { Number(f64), Name(String) }
#[derive(Clone, Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
pub struct OneOrMany<T>(pub Vec<T>);
