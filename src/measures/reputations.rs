//! What agents are known for, and help given and received.

use super::{Measure, Names, Row, Scope};
use crate::columns::{ColumnDef, Grade, Reputation};
use crate::pass::fold;
use crate::scenario::Reputations;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "reputation_good",
        about: "share of agents of good reputation, 0 to 1; private: share of good among what agents think of others",
        unit: "",
        find: good,
    },
    Row {
        name: "reputation_mean",
        about: "mean of reputations that are numbers, 0 to 1, over the agents that are known for something",
        unit: "",
        find: mean,
    },
    Row {
        name: "given_<strategy>",
        about: "help that an agent of the strategy gave in the tick's judged meetings, a mean",
        unit: "acts",
        find: |name, names| help(name, names, "given_", 0),
    },
    Row {
        name: "received_<strategy>",
        about: "help that an agent of the strategy received in the tick's judged meetings, a mean",
        unit: "acts",
        find: |name, names| help(name, names, "received_", 1),
    },
];

struct Good;

impl Measure for Good {
    fn of(&self, scope: &Scope) -> f64 {
        scope.counts(&ColumnDef::of::<Reputation>(), 2)[1] as f64 / scope.agents()
    }
}

/// Opinions of others: the table of each group without its diagonal.
struct Opinions(ColumnDef);

impl Measure for Opinions {
    fn of(&self, scope: &Scope) -> f64 {
        let (all, size) = (scope.view().of::<u8>(&self.0), self.0.len);
        let of_row = |agent: usize| {
            let row = &all[agent * size..(agent + 1) * size];
            row.iter().map(|&good| u64::from(good)).sum::<u64>() - u64::from(row[agent % size])
        };
        let good = fold(scope.rows.clone(), |rows| rows.map(of_row).sum::<u64>(), |a, b| a + b);
        good.unwrap_or(0) as f64 / (scope.agents() * (size as f64 - 1.0))
    }
}

fn good(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    match names.reputations.as_ref().filter(|_| name == "reputation_good")? {
        Reputations::Public => Some(Box::new(Good)),
        Reputations::Private(column) => Some(Box::new(Opinions(column.clone()))),
        Reputations::Graded => None,
    }
}

struct Mean;

impl Measure for Mean {
    fn of(&self, scope: &Scope) -> f64 {
        let grades = scope.values::<f32>(&ColumnDef::of::<Grade>());
        let part = |rows: std::ops::Range<usize>| {
            let known = grades[rows].iter().filter(|&&grade| grade >= 0.0);
            known.fold((0u64, 0.0), |(n, sum), &grade| (n + 1, sum + f64::from(grade)))
        };
        let (n, sum) = fold(0..grades.len(), part, |a, b| (a.0 + b.0, a.1 + b.1)).unwrap_or_default();
        if n == 0 { f64::NAN } else { sum / n as f64 }
    }
}

fn mean(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let graded = matches!(names.reputations, Some(Reputations::Graded));
    (name == "reputation_mean" && graded).then(|| -> Box<dyn Measure> { Box::new(Mean) })
}

struct Help {
    strategy: usize,
    kinds: usize,
    received: usize,
}

impl Measure for Help {
    fn of(&self, scope: &Scope) -> f64 {
        if scope.tick == 0 {
            return f64::NAN;
        }
        let agents = scope.number(&ColumnDef::of::<crate::columns::Strategy>(), self.kinds, &[self.strategy]);
        let acts = scope.state.tallies.given(scope.groups.clone(), self.strategy, self.received);
        if agents == 0 { f64::NAN } else { acts as f64 / agents as f64 }
    }
}

fn help(name: &str, names: &Names, prefix: &str, received: usize) -> Option<Box<dyn Measure>> {
    let wanted = name.strip_prefix(prefix).filter(|_| names.counts_help)?;
    let strategy = names.strategies.iter().position(|known| known == wanted)?;
    Some(Box::new(Help { strategy, kinds: names.strategies.len(), received }))
}
