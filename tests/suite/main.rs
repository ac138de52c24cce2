//! What mores promises, tested from outside: one binary, so that it links once, and a file a topic.

mod bits;
mod cli;
mod conformance;
mod crn;
mod networks;
mod norms;
mod own_column;
mod pairing;
mod readers;
mod resume;
mod run;
mod schema;
mod support;
mod tidy;
mod wrong;
