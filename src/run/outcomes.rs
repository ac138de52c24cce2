//! `outcomes.parquet`: how each group ended, where a stopping rule, an expectation or `[record] outcomes` asks.

use super::files::OUTCOMES;
use crate::columns::{Dtype, Strategy};
use crate::measures::{self, Metric};
use crate::record::cells::{CellsRef, Field};
use crate::record::error::RunError;
use crate::record::outcomes::{Outcomes, OutcomesSpec, write};
use crate::scenario::Scenario;
use crate::scenario::expression::Expression;
use crate::simulation::Simulation;
use std::path::Path;
use toml::{Table, Value};

/// Whether a world has the table: it has a stopping rule, or an `[[expect]]` that speaks of how groups end.
pub(super) fn wanted(s: &Scenario) -> bool {
    s.until.is_some()
        || !s.record.outcomes.is_empty()
        || s.text.parse::<Table>().is_ok_and(|table| expects_ends(&table))
}

fn expects_ends(table: &Table) -> bool {
    let rows = table.get("expect").and_then(Value::as_array).into_iter().flatten();
    let parts = rows.flat_map(|row| ["metric", "where"].into_iter().filter_map(|key| row.get(key)));
    let texts = parts.flat_map(|part| match part {
        Value::Array(items) => items.iter().collect(),
        one => vec![one],
    });
    let speaks = |text: &str| {
        let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words.any(|word| matches!(word, "ended" | "end_tick" | "end_steps") || word.starts_with("fixed_"))
    };
    texts.filter_map(Value::as_str).any(speaks)
}

/// Writes the table as a whole.
pub(super) fn save(
    folder: &Path,
    simulation: &Simulation,
    facts: &[(String, String)],
) -> Result<(), RunError> {
    let groups = simulation.groups();
    let strategies = simulation.scenario().strategy_names();
    let now = simulation.ticks_done();
    let ended: Vec<u8> = groups.state.iter().map(|group| u8::from(group.ended)).collect();
    let ticks = groups.state.iter().map(|group| if group.ended { group.end_tick } else { now });
    let ticks: Vec<u64> = ticks.collect();
    let steps = groups.state.iter().zip(&ticks).map(|(group, &tick)| match group.steps {
        0 => tick * groups.size as u64,
        steps => steps,
    });
    let steps: Vec<u64> = steps.collect();
    let mut fixed = vec![vec![0u8; groups.state.len()]; strategies.len()];
    if !strategies.is_empty() {
        let codes = simulation.column::<Strategy>().chunks(groups.size);
        for (group, codes) in codes.enumerate() {
            if codes.iter().all(|code| *code == codes[0]) {
                fixed[usize::from(codes[0])][group] = 1;
            }
        }
    }
    let further = further(simulation);
    let fields = further.iter().map(|(field, _)| field.clone());
    let spec = OutcomesSpec {
        measures: fields.collect(),
        groups: groups.state.len() as u64,
        strategies,
        facts: facts.to_vec(),
        ..OutcomesSpec::default()
    };
    let fixed: Vec<&[u8]> = fixed.iter().map(Vec::as_slice).collect();
    let measures: Vec<CellsRef> = further.iter().map(|(_, values)| CellsRef::F64(values)).collect();
    let outcomes =
        Outcomes { ended: &ended, end_tick: &ticks, end_steps: &steps, fixed: &fixed, measures: &measures };
    write(&folder.join(OUTCOMES), &spec, outcomes)
}

/// The metrics that `[record] outcomes` names, a value a group.
fn further(simulation: &Simulation) -> Vec<(Field, Vec<f64>)> {
    let names = simulation.names();
    let texts = simulation.scenario().record.outcomes.iter().map(|text| text.trim());
    let metrics = texts.filter_map(|text| {
        let metric = Expression::parse(text).ok().and_then(|read| Metric::new(read, &names).ok())?;
        let found = measures::find(text, &names);
        let (unit, about) =
            found.map_or(("", "computed from other metrics"), |(row, _)| (row.unit, row.about));
        Some((Field::new(text, Dtype::F64).described(unit, about).or_null(), metric))
    });
    let groups = simulation.groups().state.len();
    simulation.measure(|scope| {
        let of = |metric: &Metric| (0..groups).map(|group| metric.of(&scope.group(group))).collect();
        metrics.map(|(field, metric)| (field, of(&metric))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expectation_asks_for_outcomes_only_where_its_metric_or_condition_names_an_end() {
        let asks = |text: &str| expects_ends(&text.parse().unwrap());
        assert!(asks("[[expect]]\nmetric = \"fixed_mutant\""));
        assert!(asks("[[expect]]\nmetric = [\"share_c\", \"end_steps / group_size\"]"));
        assert!(asks("[[expect]]\nmetric = \"tick\"\n[[expect]]\nmetric = \"x\"\nwhere = \"ended == 1\""));
        assert!(!asks("[[expect]]\nmetric = \"share_c\"\nbecause = \"it has ended\""));
        assert!(!asks("[run]\nmetric = \"ended\""));
    }
}
