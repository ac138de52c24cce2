//! What mores promises, tested from outside: one binary, so that it links once, and a file a topic.

mod bits;
mod norms;
mod support;
mod wrong;
