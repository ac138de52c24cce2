//! What mores promises as a whole, a module a topic, in one program: it is linked once.

mod cli;
mod conformance;
mod schema;
mod support;
