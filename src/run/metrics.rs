//! `metrics.parquet`: which columns a world has, and how a row comes about.

use super::failure::Refused;
use super::files::METRICS;
use crate::columns::Dtype;
use crate::measures::{self, Measure, Metric, Names, Scope};
use crate::record::cells::Field;
use crate::record::error::RunError;
use crate::record::metrics::Metrics;
use crate::scenario::Scenario;
use crate::scenario::expression::Expression;
use crate::simulation::{Looks, Simulation, names};
use std::path::Path;

/// Names that are there wherever the world has the rule, after the shares of the strategies.
const ALWAYS: [&str; 7] =
    ["cooperation", "payoff_mean", "payoff_sd", "reputation_good", "punished", "fines_mean", "adopted"];

/// How a value comes about.
enum Asked {
    Measure(Box<dyn Measure>),
    Formula(Metric),
}

/// A column of the table.
pub(super) struct Column {
    field: Field,
    asked: Asked,
}

/// The columns of a world after `tick`: those that are always there, then what `[record] metrics` names.
pub(super) fn columns(s: &Scenario) -> Result<Vec<Column>, Refused> {
    let names = names(s);
    let always = names.strategies.iter().map(|name| format!("share_{name}"));
    let always = always.chain(ALWAYS.map(str::to_owned));
    let always = always.chain(names.stages.iter().cloned());
    let always = always.chain(names.traits.iter().map(|name| format!("mean_{name}")));
    let mut columns: Vec<Column> = always.filter_map(|name| named(&name, &names)).collect();
    for text in &s.record.metrics {
        let text = text.trim();
        if text == "tick" || columns.iter().any(|column| column.field.name == text) {
            continue;
        }
        columns.push(match named(text, &names) {
            Some(column) => column,
            None => formula(text, &names)?,
        });
    }
    Ok(columns)
}

/// Their fields, and how their rows come about.
fn rows(s: &Scenario) -> Result<(Vec<Field>, Rows), Refused> {
    let (fields, asked) = columns(s)?.into_iter().map(|column| (column.field, column.asked)).unzip();
    // What is always there asks for no more of payoffs than their moments.
    Ok((fields, Rows { asked, looks: !s.record.metrics.is_empty() }))
}

fn named(name: &str, names: &Names) -> Option<Column> {
    let (row, measure) = measures::find(name, names)?;
    let field = Field::new(name, Dtype::F64).described(row.unit, row.about);
    // Shares of agents have a value in every tick; anything else may have none.
    let whole = name.starts_with("share_") || names.stages.iter().any(|stage| stage == name);
    Some(Column { field: if whole { field } else { field.or_null() }, asked: Asked::Measure(measure) })
}

fn formula(text: &str, names: &Names) -> Result<Column, Refused> {
    let wrong = |says: String, help: &str| {
        Refused::Request(format!("error: record.metrics: \"{text}\": {says}\n  = help: {help}"))
    };
    let expression = Expression::parse(text).map_err(|error| wrong(error.says, &error.help))?;
    let metric = Metric::new(expression, names).map_err(|(_, name)| {
        let known = measures::known(names).join(", ");
        wrong(format!("this world has no metric `{name}`"), &format!("its metrics are {known}"))
    })?;
    let field = Field::new(text, Dtype::F64).described("", "computed from the other metrics of the tick");
    Ok(Column { field: field.or_null(), asked: Asked::Formula(metric) })
}

/// How the rows of a world's metrics come about.
pub struct Rows {
    asked: Vec<Asked>,
    /// whether they may ask for payoffs of agents, not their moments alone
    looks: bool,
}

impl Rows {
    /// The columns that a run of the world would write.
    ///
    /// # Errors
    /// `[record] metrics` asks for something that this world has not.
    pub fn of(s: &Scenario) -> Result<Rows, Refused> {
        let (_, rows) = rows(s)?;
        Ok(rows)
    }

    /// The row of the present tick.
    pub fn take(&self, simulation: &Simulation) -> Vec<f64> {
        let value = |asked: &Asked, scope: &Scope| match asked {
            Asked::Measure(measure) => measure.of(scope),
            Asked::Formula(metric) => metric.of(scope),
        };
        simulation.measure(|scope| self.asked.iter().map(|asked| value(asked, scope)).collect())
    }
}

/// The table of a run that goes on.
pub(super) struct Table {
    every: u64,
    rows: Rows,
    pub(super) metrics: Metrics,
}

impl Table {
    /// No rows yet.
    pub(super) fn new(
        folder: &Path,
        s: &Scenario,
        facts: &[(String, String)],
    ) -> Result<Result<Table, RunError>, Refused> {
        let (fields, rows) = rows(s)?;
        let metrics = Metrics::new(&folder.join(METRICS), fields, vec![], facts.to_vec());
        Ok(metrics.map(|metrics| Table { every: s.record.metrics_every.get(), rows, metrics }))
    }

    /// Takes up the rows up to `tick`. The row of a last tick that is none of every so many is dropped: a run that is
    /// extended does not have it.
    pub(super) fn resume(&mut self, tick: u64) -> Result<(), RunError> {
        self.metrics.load(if self.due(tick) { tick } else { tick - 1 })
    }

    /// Whether the tick has a row wherever the run ends.
    pub(super) fn due(&self, tick: u64) -> bool {
        tick == 0 || (self.every > 0 && tick.is_multiple_of(self.every))
    }

    /// What the row of a tick looks at, if it has one; `counted` if payoffs follow from counts.
    pub(super) fn look_at(&self, tick: u64, counted: bool) -> Looks {
        match self.due(tick) {
            false => Looks::Nothing,
            true if self.rows.looks || !counted => Looks::All,
            true => Looks::Counts,
        }
    }

    /// Appends the row of the present tick, if it is due or the `last` one.
    pub(super) fn record(&mut self, simulation: &Simulation, last: bool) -> Result<(), RunError> {
        let tick = simulation.ticks_done();
        if !(last || self.due(tick)) || self.metrics.ticks().last() == Some(&tick) {
            return Ok(());
        }
        self.metrics.push(tick, &self.rows.take(simulation))
    }
}
