//! stand-in until the room is finished
#![expect(missing_docs, reason = "stand-in")]
use std::path::PathBuf;
pub struct Row<T: ?Sized + 'static> { pub kind: &'static str, pub sources: &'static [&'static str], pub example: &'static str, pub b: fn(toml::Value, &Context) -> Result<Box<T>, Wrong> }
impl<T: ?Sized> Row<T> {
    pub const fn of<S: Spec<T>>(kind: &'static str, sources: &'static [&'static str], example: &'static str) -> Self {
        Row { kind, sources, example, b: |v, c| S::deserialize(v).map_err(|e| Wrong::new(e.to_string()))?.build(c) }
    }
}
pub trait Spec<T: ?Sized>: serde::de::DeserializeOwned + schemars::JsonSchema { fn build(self, context: &Context) -> Result<Box<T>, Wrong>; }
#[derive(Debug)]
pub struct Wrong { pub key: Option<&'static str>, pub says: String, pub help: String }
impl Wrong {
    pub fn new(says: impl Into<String>) -> Wrong { Wrong { key: None, says: says.into(), help: String::new() } }
    pub fn at(mut self, key: &'static str) -> Wrong { self.key = Some(key); self }
    pub fn help(mut self, help: impl Into<String>) -> Wrong { self.help = help.into(); self }
}
pub struct Context { pub clock: Clock, pub agents: u64, pub groups: u64, pub group_size: u64, pub strategies: Vec<String>, pub traits: Vec<String>, pub acts: Vec<String>, pub folder: PathBuf, pub payoffs: Option<[f64; 2]> }
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock { Synchronous, Asynchronous, RandomOrder }
