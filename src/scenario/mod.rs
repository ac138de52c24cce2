//! World files: as written, checked, overridden.

mod checks;
mod commons;
mod deeds;
mod empty;
mod expects;
pub mod expression;
mod forms;
mod judging;
pub mod layers;
mod learnt;
mod meetings;
pub mod numbers;
pub mod over;
mod policies;
pub mod problems;
pub mod read;
mod repeated;
mod sanctioned;
pub mod schema;
pub mod sections;
mod starts;
pub mod text;
mod trait_checks;
mod traits;
mod turns;
mod unused;
pub mod world;
pub mod written;

use std::ops::Range;

pub use read::{SECTIONS, Source};
pub use world::{Follows, Reputations, Scenario, Until};

/// The place of `part`, a range inside a string of TOML, given where the string stands.
pub(crate) fn inside(string: Range<usize>, text: &str, part: Range<usize>) -> Range<usize> {
    let raw = text.get(string.clone()).unwrap_or_default();
    // Only a plain one-line string has its characters where they are written.
    if raw.contains('\\') || raw.starts_with("\"\"\"") || raw.starts_with("'''") || raw.len() < 2 {
        return string;
    }
    let first = string.start + 1;
    first + part.start..(first + part.end).min(string.end)
}
