//! Payoffs of the tick.

use super::{Measure, Names, Row, Scope};
use crate::columns::{ColumnDef, Payoff, Strategy};
use crate::groups::Count;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "payoff_mean",
        about: "mean payoff of the tick, before learning resets it; asynchronous: of the agents that were evaluated",
        unit: "payoff units",
        find: mean,
    },
    Row {
        name: "payoff_sd",
        about: "standard deviation of the payoffs that payoff_mean is the mean of",
        unit: "payoff units",
        find: sd,
    },
    Row { name: "payoff_total", about: "sum of the payoffs of the tick", unit: "payoff units", find: total },
    Row {
        name: "payoff_mean_<strategy>",
        about: "mean payoff of the agents that have the strategy as the tick ends",
        unit: "payoff units",
        find: mean_of,
    },
    Row {
        name: "payoff_<strategy>_vs_<strategy>",
        about: "mean payoff of the first strategy in a meeting of the tick with the second (with total = \"mean\" in a round of it), before fines, and in expectation where payoffs are expected; `payoff_matrix` in an [[expect]] stands for all, row by row; kept only where the world names it",
        unit: "payoff units",
        find: pair,
    },
    Row {
        name: "payoff_gini",
        about: "Gini coefficient of payoffs, 0 to 1; sorts all payoffs, none where one is negative",
        unit: "",
        find: gini,
    },
];

#[derive(Clone, Copy, PartialEq)]
enum What {
    Mean,
    Sd,
    Total,
}

struct Kept(What);

impl Measure for Kept {
    fn of(&self, scope: &Scope) -> f64 {
        if scope.tick == 0 {
            return f64::NAN;
        }
        if let Some(counted) = &scope.state.tallies.counted {
            let moments = scope.moments(counted);
            return match self.0 {
                What::Mean => moments.mean,
                What::Sd => moments.sd,
                What::Total => moments.sum,
            };
        }
        let sums = scope.sums(&ColumnDef::of::<Payoff>());
        sums.map_or(f64::NAN, |sums| match self.0 {
            What::Mean => sums.mean(),
            What::Sd => sums.sd(),
            What::Total => sums.sum,
        })
    }
}

struct Evaluated(What);

impl Measure for Evaluated {
    fn of(&self, scope: &Scope) -> f64 {
        let n = scope.count(Count::Evaluated) as f64;
        let (sum, squares) = scope.state.tallies.payoffs(scope.groups.clone());
        let mean = sum / n;
        match self.0 {
            _ if n == 0.0 => f64::NAN,
            What::Mean => mean,
            What::Sd => (squares / n - mean * mean).max(0.0).sqrt(),
            What::Total => sum,
        }
    }
}

fn either(what: What, names: &Names) -> Option<Box<dyn Measure>> {
    match (names.acts.is_empty(), names.steps) {
        (true, _) => None,
        (false, true) => Some(Box::new(Evaluated(what))),
        (false, false) => Some(Box::new(Kept(what))),
    }
}

fn mean(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    either(What::Mean, names).filter(|_| name == "payoff_mean")
}

fn sd(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    either(What::Sd, names).filter(|_| name == "payoff_sd")
}

fn total(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    either(What::Total, names).filter(|_| name == "payoff_total" && !names.steps)
}

struct MeanOf(u8);

impl Measure for MeanOf {
    fn of(&self, scope: &Scope) -> f64 {
        if scope.tick == 0 {
            return f64::NAN;
        }
        let strategy = &scope.view().col::<Strategy>()[scope.rows.clone()];
        let payoff = &scope.view().col::<Payoff>()[scope.rows.clone()];
        let part = |rows: std::ops::Range<usize>| {
            let rows = strategy[rows.clone()].iter().zip(&payoff[rows]);
            let of = rows.filter(|(s, _)| **s == self.0);
            of.fold((0u64, 0.0), |(n, sum), (_, &pay)| (n + 1, sum + f64::from(pay)))
        };
        let (n, sum) =
            crate::pass::fold(0..payoff.len(), part, |a, b| (a.0 + b.0, a.1 + b.1)).unwrap_or_default();
        if n == 0 { f64::NAN } else { sum / n as f64 }
    }
}

fn mean_of(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let wanted = name.strip_prefix("payoff_mean_").filter(|_| !names.steps && !names.acts.is_empty())?;
    let code = names.strategies.iter().position(|known| known == wanted)?;
    Some(Box::new(MeanOf(code as u8)))
}

struct Pair([u8; 2]);

impl Measure for Pair {
    fn of(&self, scope: &Scope) -> f64 {
        scope.state.tallies.pair(scope.groups.clone(), self.0)
    }
}

fn pair(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let both = name.strip_prefix("payoff_").filter(|_| names.pairs)?;
    let code = |wanted: &str| names.strategies.iter().position(|known| known == wanted).map(|at| at as u8);
    // A name may hold `_vs_` itself.
    let mut places = both.match_indices("_vs_").map(|(at, _)| (&both[..at], &both[at + 4..]));
    let pair = places.find_map(|(own, other)| Some([code(own)?, code(other)?]))?;
    Some(Box::new(Pair(pair)))
}

struct Gini;

impl Measure for Gini {
    fn of(&self, scope: &Scope) -> f64 {
        let payoff = scope.values::<f32>(&ColumnDef::of::<Payoff>());
        if scope.tick == 0 {
            return f64::NAN;
        }
        super::shapes::gini(&mut payoff.iter().map(|&pay| f64::from(pay)).collect::<Vec<_>>())
    }
}

fn gini(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "payoff_gini" && !names.steps && !names.acts.is_empty())
        .then(|| -> Box<dyn Measure> { Box::new(Gini) })
}
