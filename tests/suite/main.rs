//! What mores promises, tested from outside: one binary, so that it links once, and a file a topic.

mod bits;
mod crn;
mod networks;
mod norms;
mod own_column;
mod pairing;
mod support;
mod wrong;
