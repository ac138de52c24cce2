//! Shares and numbers of agents: of strategies and stages.

use super::{Measure, Names, Row, Scope};
use crate::columns::{ColumnDef, Stage, Strategy};
use crate::groups::Count;
use std::any::TypeId;

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
        name: "cascade_depth",
        about: "waves of the tick's cascade after its seeds",
        unit: "waves",
        find: depth,
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
    /// whether the passes keep the numbers of the first and the last code, so that no tick sweeps the column
    kept: bool,
}

impl Measure for Codes {
    fn of(&self, scope: &Scope) -> f64 {
        let count = if self.kept && scope.tick > 0 {
            let (agents, left) = (scope.rows.len() as u64, scope.count(Count::Left));
            let of = |&code: &usize| match code {
                0 => agents - left,
                _ if code == self.kinds - 1 => left,
                _ => 0,
            };
            self.codes.iter().map(of).sum()
        } else {
            scope.number(&self.column, self.kinds, &self.codes)
        };
        let nobody = scope.state.empty.is_some_and(|empty| self.codes == [usize::from(empty)]);
        let all = if nobody && self.column.id == TypeId::of::<Strategy>() {
            // Nobody is no part of those who live: the share is one of places.
            scope.rows.len() as f64
        } else {
            scope.agents()
        };
        count as f64 / if self.share { all } else { 1.0 }
    }
}

fn strategy(name: &str, prefix: &str, names: &Names, share: bool) -> Option<Box<dyn Measure>> {
    let wanted = name.strip_prefix(prefix)?;
    let code = names.strategies.iter().position(|known| known == wanted)?;
    let kinds = names.strategies.len();
    Some(Box::new(Codes {
        column: ColumnDef::of::<Strategy>(),
        kinds,
        codes: vec![code],
        share,
        kept: false,
    }))
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
    Some(Box::new(Codes { column, kinds, codes: vec![code], share: true, kept: names.whole_cascades }))
}

fn left_first(names: &Names) -> Option<Box<dyn Measure>> {
    let kinds = names.stages.len();
    let codes = (1..kinds).collect();
    (kinds > 0).then(|| -> Box<dyn Measure> {
        let (column, kept) = (ColumnDef::of::<Stage>(), names.whole_cascades);
        Box::new(Codes { column, kinds, codes, share: true, kept })
    })
}

fn adopted(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    left_first(names).filter(|_| name == "adopted")
}

fn ever(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    left_first(names).filter(|_| name == "ever_infected")
}

/// A count of the tick's cascades; over several groups, the mean of theirs.
struct Cascades {
    count: Count,
    share: bool,
}

impl Measure for Cascades {
    fn of(&self, scope: &Scope) -> f64 {
        if scope.tick == 0 {
            return f64::NAN;
        }
        let mean = scope.count(self.count) as f64 / scope.groups.len() as f64;
        if self.share { mean / scope.state.size as f64 } else { mean }
    }
}

fn cascades(names: &Names, is: bool, count: Count, share: bool) -> Option<Box<dyn Measure>> {
    (is && names.whole_cascades).then(|| -> Box<dyn Measure> { Box::new(Cascades { count, share }) })
}

fn size(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    cascades(names, name == "cascade_size", Count::Reached, false)
}

fn depth(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    cascades(names, name == "cascade_depth", Count::Waves, false)
}

fn size_share(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    cascades(names, name == "cascade_share", Count::Reached, true)
}
