//! What mores promises, tested from outside: one binary, so that it links once, and a file a topic.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a test that is skipped says so")]

mod bits;
mod cli;
mod cliques;
mod composed;
mod conformance;
mod crn;
mod deeds;
mod grid;
mod kernels;
mod layers;
mod matches;
mod measures;
mod networks;
mod norms;
mod opinions;
mod own_column;
mod pairing;
mod peer;
mod places;
mod planned;
mod readers;
mod resume;
mod rules;
mod run;
mod schema;
mod several;
mod signals;
mod starts;
mod steps;
mod support;
mod tidy;
mod traits;
mod turnover;
mod tutorial;
mod whole_groups;
mod wrong;
