//! What mores promises, tested from outside: one binary, a file a topic.

mod wrong;
