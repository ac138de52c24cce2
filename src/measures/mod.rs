//! Measures: what is asked of a population or of one of its groups.

mod acts;
mod custom;
mod ends;
mod herds;
mod payoffs;
mod reputations;
mod scope;
mod shapes;
mod shares;
mod ties;
mod traits;
mod words;

pub use custom::{As, Custom, KINDS, Kind, MeasureKeys, WrongMeasure};
pub use scope::{Extremes, Names, Scope, Sums};

use crate::passes::Stop;
use crate::scenario::expression::{Expression, holds};
use std::sync::Arc;

/// Something that can be asked.
pub trait Measure: Send + Sync {
    /// Its value, NaN where there is none.
    fn of(&self, scope: &Scope) -> f64;
}

/// A measure, or a pattern of measures such as `share_<strategy>`.
pub struct Row {
    /// the name; a part in angle brackets stands for a name of the world
    pub name: &'static str,
    /// what it is, with its range
    pub about: &'static str,
    /// its unit; empty for shares
    pub unit: &'static str,
    /// the measure of a name, if it is of this row and the world has what it needs
    pub find: fn(&str, &Names) -> Option<Box<dyn Measure>>,
}

/// The rows of the family.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    [
        shares::ROWS,
        acts::ROWS,
        payoffs::ROWS,
        reputations::ROWS,
        traits::ROWS,
        ends::ROWS,
        ties::ROWS,
        words::ROWS,
        custom::ROWS,
        herds::ROWS,
    ]
    .into_iter()
    .flatten()
}

/// Sources of measures whose definition is somebody's, by the name of their row: keys of REFERENCES.bib.
pub const SOURCES: &[(&str, &[&str])] = &[
    ("payoff_gini", &["gini1912"]),
    ("fixations", &["nowak2004"]),
    ("invasions", &["sigmund2010"]),
    ("invasions_of_<strategy>", &["sigmund2010"]),
    ("payoff_<strategy>_vs_<strategy>", &["axelrod1980"]),
];

/// The measure of a name in a world.
pub fn find(name: &str, names: &Names) -> Option<(&'static Row, Box<dyn Measure>)> {
    rows().find_map(|row| (row.find)(name, names).map(|measure| (row, measure)))
}

/// The names that a world knows, for messages.
pub fn known(names: &Names) -> Vec<String> {
    let of = |row: &'static Row| -> Vec<String> {
        let Some((before, _)) = row.name.split_once('<') else { return vec![row.name.into()] };
        let own = names.measures.iter().map(|(name, _)| name);
        let all =
            names.strategies.iter().chain(&names.traits).chain(&names.stages).chain(&names.acts).chain(own);
        all.map(|name| format!("{before}{name}")).collect()
    };
    let all = rows().flat_map(of).filter(|name| find(name, names).is_some());
    let set: std::collections::BTreeSet<String> = all.collect();
    set.into_iter().collect()
}

/// An expression over measures.
pub struct Metric {
    /// its text
    pub text: String,
    expression: Expression,
    parts: Vec<Box<dyn Measure>>,
}

impl Metric {
    /// Finds the measures that an expression names.
    ///
    /// # Errors
    /// The place in the text and the name that the world does not know.
    pub fn new(expression: Expression, names: &Names) -> Result<Metric, (std::ops::Range<usize>, String)> {
        let mut parts = vec![];
        for (name, at) in expression.names() {
            match find(name, names) {
                Some((_, measure)) => parts.push(measure),
                None => return Err((at, name.to_string())),
            }
        }
        Ok(Metric { text: expression.text().to_string(), expression, parts })
    }

    /// Its value, NaN where there is none.
    pub fn of(&self, scope: &Scope) -> f64 {
        self.expression.evaluate(&mut |nth| self.parts[nth].of(scope))
    }
}

/// A stopping rule, if it speaks of the numbers and shares of strategies and stages alone: the asynchronous clock can
/// then look at it after each step.
pub fn of_counts(
    condition: &Expression,
    strategies: &[String],
    stages: &[String],
    group_size: usize,
) -> Option<Stop> {
    let size = group_size as f64;
    let place = |name: &str| {
        let of = |prefix: &str| {
            let rest = name.strip_prefix(prefix)?;
            strategies.iter().position(|strategy| strategy == rest)
        };
        let stage = || stages.iter().position(|stage| stage == name);
        of("share_")
            .map(|nth| (0, nth, 1.0 / size))
            .or_else(|| of("count_").map(|nth| (0, nth, 1.0)))
            .or_else(|| stage().map(|nth| (1, nth, 1.0 / size)))
    };
    let places: Option<Vec<_>> = condition.names().into_iter().map(|(name, _)| place(name)).collect();
    let (places, condition) = (places?, condition.clone());
    Some(Arc::new(move |strategies, stages| {
        holds(condition.evaluate(&mut |nth| {
            let (kind, code, unit) = places[nth];
            let counts = if kind == 0 { strategies } else { stages };
            f64::from(counts[code]) * unit
        }))
    }))
}
