//! Shares and numbers of agents: of strategies and stages.

use super::{Measure, Names, Row, Scope};
use crate::columns::{ColumnDef, Stage, Strategy};
use crate::groups::Count;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "share_<strategy>",
        about: "share of agents with the strategy, 0 to 1",
        unit: "",
        find: share,
    },
    Row {
        name: "count_<strategy>",
        about: "number of agents with the strategy",
        unit: "agents",
        find: count,
    },
    Row {
        name: "adopted",
        about: "share of agents that have left the first stage, 0 to 1",
        unit: "",
        find: adopted,
    },
    Row { name: "<stage>", about: "share of agents in the stage, 0 to 1", unit: "", find: stage },
    Row {
        name: "ever_infected",
        about: "share of agents that have left the first stage, 0 to 1",
        unit: "",
        find: ever,
    },
    Row {
        name: "cascade_size",
        about: "agents reached by the tick's cascade, its seeds included",
        unit: "agents",
        find: size,
    },
    Row {
        name: "cascade_share",
        about: "cascade_size as a share of the group, 0 to 1",
        unit: "",
        find: size_share,
    },
];

/// Agents with some codes of a column.
struct Codes {
    column: ColumnDef,
    kinds: usize,
    codes: Vec<usize>,
    share: bool,
}

impl Measure for Codes {
    fn of(&self, scope: &Scope) -> f64 {
        let counts = scope.counts(&self.column, self.kinds);
        let count: u64 = self.codes.iter().map(|&code| counts[code]).sum();
        count as f64 / if self.share { scope.agents() } else { 1.0 }
    }
}

fn strategy(name: &str, prefix: &str, names: &Names, share: bool) -> Option<Box<dyn Measure>> {
    let wanted = name.strip_prefix(prefix)?;
    let code = names.strategies.iter().position(|known| known == wanted)?;
    let kinds = names.strategies.len();
    Some(Box::new(Codes { column: ColumnDef::of::<Strategy>(), kinds, codes: vec![code], share }))
}

fn share(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    strategy(name, "share_", names, true)
}

fn count(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    strategy(name, "count_", names, false)
}

fn stage(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let code = names.stages.iter().position(|known| known == name)?;
    let (column, kinds) = (ColumnDef::of::<Stage>(), names.stages.len());
    Some(Box::new(Codes { column, kinds, codes: vec![code], share: true }))
}

fn left_first(names: &Names) -> Option<Box<dyn Measure>> {
    let kinds = names.stages.len();
    let codes = (1..kinds).collect();
    (kinds > 0).then(|| -> Box<dyn Measure> {
        Box::new(Codes { column: ColumnDef::of::<Stage>(), kinds, codes, share: true })
    })
}

fn adopted(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    left_first(names).filter(|_| name == "adopted")
}

fn ever(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    left_first(names).filter(|_| name == "ever_infected")
}

/// Agents reached by the tick's cascades; over several groups, the mean of theirs.
struct Reached {
    share: bool,
}

impl Measure for Reached {
    fn of(&self, scope: &Scope) -> f64 {
        if scope.tick == 0 {
            return f64::NAN;
        }
        let mean = scope.count(Count::Reached) as f64 / scope.groups.len() as f64;
        if self.share { mean / scope.state.size as f64 } else { mean }
    }
}

fn size(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "cascade_size" && names.whole_cascades)
        .then(|| -> Box<dyn Measure> { Box::new(Reached { share: false }) })
}

fn size_share(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "cascade_share" && names.whole_cascades)
        .then(|| -> Box<dyn Measure> { Box::new(Reached { share: true }) })
}
