//! Traits: mean, spread, extremes.

use super::{Measure, Names, Row, Scope};
use crate::columns::ColumnDef;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "mean_<trait>",
        about: "mean of the trait",
        unit: "the trait's",
        find: |name, names| find(name, names, "mean_", |s| s.mean()),
    },
    Row {
        name: "sd_<trait>",
        about: "standard deviation of the trait",
        unit: "the trait's",
        find: |name, names| find(name, names, "sd_", |s| s.sd()),
    },
    Row {
        name: "min_<trait>",
        about: "least value of the trait",
        unit: "the trait's",
        find: |name, names| find(name, names, "min_", |s| s.min),
    },
    Row {
        name: "max_<trait>",
        about: "greatest value of the trait",
        unit: "the trait's",
        find: |name, names| find(name, names, "max_", |s| s.max),
    },
];

struct Of {
    column: ColumnDef,
    what: fn(super::scope::Sums) -> f64,
}

impl Measure for Of {
    fn of(&self, scope: &Scope) -> f64 {
        scope.sums(&self.column).map_or(f64::NAN, self.what)
    }
}

fn find(
    name: &str,
    names: &Names,
    prefix: &str,
    what: fn(super::scope::Sums) -> f64,
) -> Option<Box<dyn Measure>> {
    let wanted = name.strip_prefix(prefix)?;
    let nth = names.traits.iter().position(|known| known == wanted)?;
    Some(Box::new(Of { column: names.columns[nth].clone(), what }))
}
