//! Words that agents know, where they may know any number.

use super::{Measure, Names, Row, Scope};
use crate::columns::{ColumnDef, Words};

pub(super) const ROWS: &[Row] = &[Row {
    name: "words_total",
    about: "words that agents know, counted for each agent; over several groups, the mean of theirs",
    unit: "words",
    find,
}];

struct Total;

impl Measure for Total {
    fn of(&self, scope: &Scope) -> f64 {
        let sums = scope.sums(&ColumnDef::of::<Words>());
        sums.map_or(f64::NAN, |sums| sums.sum / scope.groups.len() as f64)
    }
}

fn find(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "words_total" && names.words).then(|| -> Box<dyn Measure> { Box::new(Total) })
}
