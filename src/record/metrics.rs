//! `metrics.parquet`: a row a recorded tick. All rows stay in memory and are written as a whole.

use super::cells::{Cells, CellsRef, Field};
use super::error::RunError;
use super::layout::TableSpec;
use super::rows::read_table;
use super::table::write_table;
use crate::columns::Dtype;
use std::path::{Path, PathBuf};

/// The metrics of a run so far.
#[derive(Debug, Clone)]
pub struct Metrics {
    path: PathBuf,
    spec: TableSpec,
    constants: Vec<u64>,
    columns: Vec<Cells>,
}

impl Metrics {
    /// No rows yet. The table gets `tick`, then `fields`, then `constants`: columns of whole numbers or labels that are
    /// the same in every row (a sweep's run, replicate and seed). `facts` go to the file as they are.
    ///
    /// # Errors
    /// [`RunError::Columns`] where a field is text or a constant does not fit its field.
    pub fn new(
        path: &Path,
        fields: Vec<Field>,
        constants: Vec<(Field, u64)>,
        facts: Vec<(String, String)>,
    ) -> Result<Self, RunError> {
        let tick = Field::new("tick", Dtype::U64).described("ticks", "0 is the start");
        let mut all = vec![tick];
        all.extend(fields);
        if let Some(text) = all.iter().find(|field| field.names) {
            let what = format!("metric `{}` is text", text.name);
            return Err(RunError::columns(path, what));
        }
        let columns = all.iter().map(Field::buffer).collect();
        let mut values = Vec::new();
        for (field, value) in constants {
            let fits = field.check(&CellsRef::Repeat { value, rows: 1 });
            fits.map_err(|what| RunError::columns(path, what))?;
            all.push(field);
            values.push(value);
        }
        let spec = TableSpec { facts, sorted: vec![0], ..TableSpec::new(all) };
        let path = path.to_path_buf();
        Ok(Metrics { path, spec, constants: values, columns })
    }

    /// Takes up the rows of the file, up to and including `tick`, the checkpoint's; later ones are dropped.
    ///
    /// # Errors
    /// As [`read_table`].
    pub fn load(&mut self, tick: u64) -> Result<(), RunError> {
        let mut columns = read_table(&self.path, &self.spec)?;
        columns.truncate(self.columns.len());
        let Some(Cells::U64(ticks)) = columns.first() else {
            unreachable!("the table was compared with the fields");
        };
        let rows = ticks.partition_point(|&recorded| recorded <= tick);
        columns.iter_mut().for_each(|cells| cells.truncate(rows));
        self.columns = columns;
        Ok(())
    }

    /// Appends a row: one value for each of the fields given to [`Metrics::new`]. NaN stands for no value.
    ///
    /// # Errors
    /// [`RunError::Columns`] where the number of values, or a value for a column of whole numbers, does not fit, or the
    /// tick is not after the last one.
    pub fn push(&mut self, tick: u64, values: &[f64]) -> Result<(), RunError> {
        let (wanted, given) = (self.columns.len() - 1, values.len());
        if wanted != given {
            let what = format!("{wanted} metrics are recorded, {given} values were given");
            return Err(RunError::columns(&self.path, what));
        }
        if self.ticks().last().is_some_and(|&last| last >= tick) {
            return Err(RunError::columns(&self.path, format!("tick {tick} is there already")));
        }
        for (field, &value) in self.spec.fields[1..].iter().zip(values) {
            if !fits(field, value) {
                let (name, dtype) = (&field.name, field.dtype.name());
                let what = format!("column `{name}` wants {dtype}, not {value}");
                return Err(RunError::columns(&self.path, what));
            }
        }
        self.columns[0].extend(&CellsRef::U64(&[tick]));
        for (cells, &value) in self.columns[1..].iter_mut().zip(values) {
            push(cells, value);
        }
        Ok(())
    }

    /// The recorded ticks.
    pub fn ticks(&self) -> &[u64] {
        match self.columns.first() {
            Some(Cells::U64(ticks)) => ticks,
            _ => unreachable!("the first column is the tick"),
        }
    }

    /// The names of the metrics, in the order of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.spec.fields[1..self.columns.len()].iter().map(|field| field.name.as_str())
    }

    /// The values of a metric, a value a recorded tick.
    pub fn column(&self, name: &str) -> Option<&Cells> {
        let place = self.spec.fields.iter().position(|field| field.name == name)?;
        self.columns.get(place)
    }

    /// Writes all rows as a whole file: at every checkpoint and at the end.
    ///
    /// # Errors
    /// As [`write_table`].
    pub fn save(&self) -> Result<(), RunError> {
        let rows = self.ticks().len();
        let constants = self.constants.iter().map(|&value| CellsRef::Repeat { value, rows });
        let columns: Vec<CellsRef> = self.columns.iter().map(Cells::view).chain(constants).collect();
        write_table(&self.path, self.spec.clone(), &columns)
    }
}

fn fits(field: &Field, value: f64) -> bool {
    let greatest = match field.dtype {
        Dtype::F32 | Dtype::F64 => return true,
        Dtype::Bool => 1.0,
        Dtype::U8 => f64::from(u8::MAX),
        Dtype::U16 => f64::from(u16::MAX),
        Dtype::U32 => f64::from(u32::MAX),
        // Whole numbers above 2^53 have no f64 of their own.
        Dtype::U64 => 9_007_199_254_740_992.0,
    };
    (field.nullable && value.is_nan()) || (value >= 0.0 && value <= greatest && value.trunc() == value)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`fits` has compared")]
fn push(cells: &mut Cells, value: f64) {
    let none = value.is_nan();
    match cells {
        Cells::U8(to) => to.push(if none { u8::MAX } else { value as u8 }),
        Cells::U16(to) => to.push(if none { u16::MAX } else { value as u16 }),
        Cells::U32(to) => to.push(if none { u32::MAX } else { value as u32 }),
        Cells::U64(to) => to.push(if none { u64::MAX } else { value as u64 }),
        Cells::F32(to) => to.push(value as f32),
        Cells::F64(to) => to.push(value),
        Cells::Text(_) => unreachable!("a metric is a number"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::TestFolder;
    use super::*;

    fn metrics(path: &Path) -> Metrics {
        let fields = vec![
            Field::new("share_cooperate", Dtype::F64).described("share", "of all agents"),
            Field::new("cooperation", Dtype::F64).or_null(),
            Field::new("count", Dtype::U64),
        ];
        let run = Field::labelled("run_id", vec!["r1".into()]);
        let constants = vec![(run, 0), (Field::new("seed", Dtype::U64), u64::MAX)];
        Metrics::new(path, fields, constants, vec![("mores.run".into(), "r1".into())]).unwrap()
    }

    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    fn row(tick: u64) -> [f64; 3] {
        [tick as f64 / 7.0, if tick.is_multiple_of(3) { f64::NAN } else { 0.5 }, tick as f64]
    }

    #[test]
    fn resumed_after_every_row_the_file_has_the_same_bytes() {
        let folder = TestFolder::new();
        let (plain, broken) = (folder.join("plain.parquet"), folder.join("metrics.parquet"));
        let mut whole = metrics(&plain);
        (0..20).for_each(|tick| whole.push(tick, &row(tick)).unwrap());
        whole.save().unwrap();
        metrics(&broken).save().unwrap();
        for tick in 0..20 {
            let mut metrics = metrics(&broken);
            metrics.load(tick.max(1) - 1).unwrap();
            let first = u64::try_from(metrics.ticks().len()).unwrap();
            // One row more than the next checkpoint will know of: it is dropped and comes again.
            (first..=tick + 1).for_each(|tick| metrics.push(tick, &row(tick)).unwrap());
            metrics.save().unwrap();
        }
        let mut metrics = metrics(&broken);
        metrics.load(19).unwrap();
        metrics.save().unwrap();
        assert!(std::fs::read(&plain).unwrap() == std::fs::read(&broken).unwrap());
    }

    #[test]
    fn no_value_is_null_in_the_file_and_nan_in_memory() {
        let folder = TestFolder::new();
        let path = folder.join("metrics.parquet");
        let mut metrics = metrics(&path);
        (0..4).for_each(|tick| metrics.push(tick, &row(tick)).unwrap());
        metrics.save().unwrap();
        let file = std::fs::File::open(&path).unwrap();
        let reader = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let batch = reader.build().unwrap().next().unwrap().unwrap();
        assert_eq!(batch.column_by_name("cooperation").unwrap().null_count(), 2);
        assert_eq!(batch.column_by_name("share_cooperate").unwrap().null_count(), 0);
        metrics.load(2).unwrap();
        let Some(Cells::F64(values)) = metrics.column("cooperation") else {
            panic!("cooperation is f64");
        };
        assert!(values[0].is_nan() && values[1] == 0.5 && values.len() == 3);
        assert_eq!(metrics.column("count"), Some(&Cells::U64(vec![0, 1, 2])));
    }

    #[test]
    fn rows_that_do_not_fit_are_refused() {
        let mut metrics = metrics(Path::new("m.parquet"));
        assert!(metrics.push(0, &[0.0, 0.0]).is_err());
        assert!(metrics.push(0, &[0.0, 0.0, 0.5]).is_err());
        assert!(metrics.push(0, &[0.0, 0.0, f64::NAN]).is_err());
        metrics.push(0, &[0.0, f64::NAN, 1.0]).unwrap();
        assert!(metrics.push(0, &[0.0, 0.0, 1.0]).is_err());
        let constants = vec![(Field::new("replicate", Dtype::U8), 256)];
        let refused = Metrics::new(Path::new("m"), vec![], constants, vec![]);
        assert!(refused.is_err());
    }
}
