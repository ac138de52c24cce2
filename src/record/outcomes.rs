//! `outcomes.parquet`: a row a group, and how it ended.

use super::cells::{CellsRef, Field};
use super::error::RunError;
use super::layout::TableSpec;
use super::table::write_table;
use crate::columns::Dtype;
use std::path::Path;

/// What the table holds beside `group`, `ended`, `end_tick` and `end_steps`.
#[derive(Debug, Clone, Default)]
pub struct OutcomesSpec {
    /// Number of groups: `group` is u32 up to 4 billion, u64 above.
    pub groups: u64,
    /// The strategies: a column `fixed_<strategy>` each.
    pub strategies: Vec<String>,
    /// Further measures.
    pub measures: Vec<Field>,
    /// Columns of whole numbers or labels that are the same in every row.
    pub constants: Vec<(Field, u64)>,
    /// What the file says about itself.
    pub facts: Vec<(String, String)>,
}

/// How the groups ended, a slice a column, a slot a group.
#[derive(Debug, Clone, Copy)]
pub struct Outcomes<'a> {
    /// 1 where the group was ended by the stopping rule, else 0.
    pub ended: &'a [u8],
    /// The tick at which it ended; where it did not, the last one.
    pub end_tick: &'a [u64],
    /// The elementary steps until it ended.
    pub end_steps: &'a [u64],
    /// For each strategy, 1 where all agents of the group have it, else 0.
    pub fixed: &'a [&'a [u8]],
    /// The measures, in the order of the spec.
    pub measures: &'a [CellsRef<'a>],
}

/// Writes the table as a whole file: at every checkpoint and at the end.
///
/// # Errors
/// [`RunError::Columns`] where the slices do not fit the spec; as [`write_table`].
pub fn write(path: &Path, spec: &OutcomesSpec, outcomes: Outcomes) -> Result<(), RunError> {
    let rows = outcomes.ended.len();
    if rows as u64 != spec.groups || outcomes.fixed.len() != spec.strategies.len() {
        let (groups, strategies) = (spec.groups, spec.strategies.len());
        let what = format!("{groups} groups and {strategies} strategies were announced");
        return Err(RunError::columns(path, what));
    }
    let mut columns = vec![
        CellsRef::Count { first: 0, each: 1, rows },
        CellsRef::U8(outcomes.ended),
        CellsRef::U64(outcomes.end_tick),
        CellsRef::U64(outcomes.end_steps),
    ];
    columns.extend(outcomes.fixed.iter().map(|fixed| CellsRef::U8(fixed)));
    columns.extend(outcomes.measures.iter().cloned());
    let constants = spec.constants.iter();
    columns.extend(constants.map(|&(_, value)| CellsRef::Repeat { value, rows }));
    write_table(path, spec.table(), &columns)
}

impl OutcomesSpec {
    /// The table's columns and what it says about itself, to read it back.
    pub fn table(&self) -> TableSpec {
        let group = if self.groups > u64::from(u32::MAX) { Dtype::U64 } else { Dtype::U32 };
        let mut fields = vec![
            Field::new("group", group).rising(),
            Field::new("ended", Dtype::Bool).described("", "ended by the stopping rule"),
            Field::new("end_tick", Dtype::U64).described("ticks", "when it ended"),
            Field::new("end_steps", Dtype::U64).described("steps", "elementary steps until then"),
        ];
        for strategy in &self.strategies {
            let about = format!("all agents of the group are {strategy}");
            let field = Field::new(format!("fixed_{strategy}"), Dtype::Bool);
            fields.push(field.described("", about));
        }
        fields.extend(self.measures.iter().cloned());
        fields.extend(self.constants.iter().map(|(field, _)| field.clone()));
        TableSpec { facts: self.facts.clone(), sorted: vec![0], ..TableSpec::new(fields) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::Cells;
    use super::super::files::TestFolder;
    use super::super::rows::read_table;
    use super::*;

    #[test]
    fn a_row_a_group_comes_back() {
        let folder = TestFolder::new();
        let path = folder.join("outcomes.parquet");
        let spec = OutcomesSpec {
            groups: 3,
            strategies: vec!["cooperate".into(), "defect".into()],
            measures: vec![Field::new("share", Dtype::F64).or_null()],
            ..OutcomesSpec::default()
        };
        let outcomes = Outcomes {
            ended: &[1, 0, 1],
            end_tick: &[5, 100, 7],
            end_steps: &[50, 1000, 70],
            fixed: &[&[1, 0, 0], &[0, 0, 1]],
            measures: &[CellsRef::F64(&[1.0, 0.5, 0.0])],
        };
        write(&path, &spec, outcomes).unwrap();
        let columns = read_table(&path, &spec.table()).unwrap();
        let names: Vec<String> = spec.table().fields.into_iter().map(|f| f.name).collect();
        let wanted = ["group", "ended", "end_tick", "end_steps", "fixed_cooperate", "fixed_defect", "share"];
        assert_eq!(names, wanted);
        assert_eq!(columns[0], Cells::U32(vec![0, 1, 2]));
        assert_eq!(columns[5], Cells::U8(vec![0, 0, 1]));
        assert_eq!(columns[6], Cells::F64(vec![1.0, 0.5, 0.0]));
        let fewer = OutcomesSpec { groups: 2, ..spec };
        assert!(write(&path, &fewer, outcomes).is_err());
    }
}
