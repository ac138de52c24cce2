//! Traits: mean, spread, extremes.

use super::{Measure, Names, Row, Scope};
use crate::columns::ColumnDef;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "mean_<trait>",
        about: "mean of the trait",
        unit: "the trait's",
        find: |name, names| find(name, names, "mean_", |of, column| of.sums(column).map(|s| s.mean())),
    },
    Row {
        name: "sd_<trait>",
        about: "standard deviation of the trait",
        unit: "the trait's",
        find: |name, names| find(name, names, "sd_", |of, column| of.sums(column).map(|s| s.sd())),
    },
    Row {
        name: "min_<trait>",
        about: "least value of the trait",
        unit: "the trait's",
        find: |name, names| find(name, names, "min_", |of, column| of.extremes(column).map(|e| e.min)),
    },
    Row {
        name: "max_<trait>",
        about: "greatest value of the trait",
        unit: "the trait's",
        find: |name, names| find(name, names, "max_", |of, column| of.extremes(column).map(|e| e.max)),
    },
];

struct Of {
    column: ColumnDef,
    what: fn(&Scope, &ColumnDef) -> Option<f64>,
}

impl Measure for Of {
    fn of(&self, scope: &Scope) -> f64 {
        (self.what)(scope, &self.column).unwrap_or(f64::NAN)
    }
}

fn find(
    name: &str,
    names: &Names,
    prefix: &str,
    what: fn(&Scope, &ColumnDef) -> Option<f64>,
) -> Option<Box<dyn Measure>> {
    let wanted = name.strip_prefix(prefix)?;
    let nth = names.traits.iter().position(|known| known == wanted)?;
    Some(Box::new(Of { column: names.columns[nth].clone(), what }))
}
