//! One column of a table: a value for each agent, in the order of the file.
//!
//! In a text, a column asked for by name makes the first line a header. A column asked for by number has a header if
//! its first cell is no number while the second is; a column of names by number has none.

use std::path::Path;

use super::columnar::{Cells, Columnar, in_row};
use super::text::{TextRow, TextTable};
use super::{DEFAULT_MAX_BYTES, Format, InputError, find_column, open};

/// The values of a column, in the order of the file; at least one.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Finite numbers.
    Numbers(Vec<f64>),
    /// Text, none of it empty.
    Names(Vec<String>),
}

impl Values {
    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(values) => values.len(),
            Self::Names(values) => values.len(),
        }
    }

    /// Whether there are no values; a column that was read has at least one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Reads one column, by name or by number from 0, of a file of at most [`DEFAULT_MAX_BYTES`].
///
/// Whether a text column holds numbers is decided by its first cell: after a number, everything must be a finite one.
///
/// # Errors
/// The file is missing, too large, packed or torn; there is no such column; a cell is empty, or is no finite number in
/// a column of numbers. The error names line and column, or the row of a Parquet file.
pub fn read_column(path: &Path, column: &str) -> Result<Values, InputError> {
    read_column_within(path, column, DEFAULT_MAX_BYTES)
}

/// Reads one column like [`read_column`], of a file of at most `max_bytes`.
///
/// # Errors
/// As [`read_column`].
pub fn read_column_within(path: &Path, column: &str, max_bytes: u64) -> Result<Values, InputError> {
    let (file, format) = open(path, max_bytes)?;
    match format {
        Format::Text => read_text(path, TextTable::begin(path, file, max_bytes, 1)?, column),
        Format::Parquet => {
            let table = Columnar::open(path, file, max_bytes)?;
            read_parquet(path, table, column, max_bytes)
        }
    }
}

/// The number of the column that was asked for; a header is left behind.
pub(super) fn find_text_column(
    path: &Path,
    table: &mut TextTable,
    column: &str,
) -> Result<usize, InputError> {
    let first = table.cells_ahead(0)?;
    match column.parse::<usize>() {
        Ok(index) if index < first.len() => {
            let second = table.cells_ahead(1)?;
            let number = |cell: &String| cell.parse::<f64>().is_ok();
            if !number(&first[index]) && second.get(index).is_some_and(number) {
                table.skip_header();
            }
            Ok(index)
        }
        _ => {
            table.skip_header();
            find_column(path, &first, column)
        }
    }
}

fn read_text(path: &Path, mut table: TextTable, column: &str) -> Result<Values, InputError> {
    let index = find_text_column(path, &mut table, column)?;
    let mut values: Option<Values> = None;
    while let Some(row) = table.next_row()? {
        let text = row.cell(index, "a value")?;
        match &mut values {
            None if text.parse::<f64>().is_ok() => {
                values = Some(Values::Numbers(vec![finite(&row, index, &text)?]))
            }
            None => values = Some(Values::Names(vec![text.into_owned()])),
            Some(Values::Numbers(numbers)) => numbers.push(finite(&row, index, &text)?),
            Some(Values::Names(names)) => names.push(text.into_owned()),
        }
    }
    let help = "write one row for each agent below the header";
    values.ok_or_else(|| InputError::new(path, "the file has a header and no rows", help))
}

fn finite(row: &TextRow<'_>, index: usize, text: &str) -> Result<f64, InputError> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(row.refuse_number(
            index,
            text,
            "the column begins as numbers: write one such as 0.5, with a point",
        )),
    }
}

fn read_parquet(path: &Path, table: Columnar, column: &str, max_bytes: u64) -> Result<Values, InputError> {
    let index = find_column(path, table.names(), column)?;
    let name = table.names()[index].clone();
    let mut numbers = Vec::new();
    let mut names = Vec::new();
    let mut bytes = 0;
    table.read(&[index], |before, cells| {
        match &cells[0] {
            Cells::Integers(cells) => numbers.extend(cells.values().iter().map(|value| *value as f64)),
            Cells::Large(cells) => numbers.extend(cells.values().iter().map(|value| *value as f64)),
            Cells::Numbers(cells) => {
                if let Some(row) = cells.values().iter().position(|value| !value.is_finite()) {
                    let help = "fill or drop the rows without a finite number";
                    return Err(in_row(path, &name, before + row as u64, "is no finite number", help));
                }
                numbers.extend_from_slice(cells.values());
            }
            Cells::Names(cells) => {
                for (row, text) in (before..).zip(cells.iter().flatten()) {
                    if text.is_empty() {
                        return Err(in_row(path, &name, row, "is empty", "write a name"));
                    }
                    // A dictionary may repeat a long text so often that the file says little of its size.
                    bytes += text.len() as u64;
                    if bytes > max_bytes {
                        let says =
                            format!("holds more than the {max_bytes} bytes of text that are allowed here");
                        return Err(in_row(
                            path,
                            &name,
                            row,
                            &says,
                            "write shorter names, or allow more memory",
                        ));
                    }
                    names.push(text.to_owned());
                }
            }
        }
        Ok(())
    })?;
    Ok(if names.is_empty() { Values::Numbers(numbers) } else { Values::Names(names) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::Scratch;
    use arrow::array::{ArrayRef, DictionaryArray, Float32Array, RecordBatch, UInt64Array};
    use arrow::datatypes::Int8Type;
    use parquet::arrow::ArrowWriter;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn text(bytes: impl AsRef<[u8]>, column: &str) -> Result<Values, InputError> {
        read_column(&Scratch::new("a.csv", bytes).0, column)
    }

    fn refused(bytes: &str, column: &str) -> String {
        let file = Scratch::new("a.csv", bytes);
        let torn = read_column(&file.0, column).unwrap_err().to_string();
        torn.rsplit_once("a.csv").unwrap().1.to_owned()
    }

    fn names(values: &[&str]) -> Values {
        Values::Names(values.iter().map(|value| (*value).to_owned()).collect())
    }

    fn parquet(columns: Vec<(&str, ArrayRef)>) -> Scratch {
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        Scratch::new("a.parquet", file)
    }

    #[test]
    fn a_column_is_found_by_name_and_by_number() {
        let file = "agent,strategy,wealth\n1,AllC,0.5\n2,AllD,-3e2\n";
        assert_eq!(text(file, "strategy").unwrap(), names(&["AllC", "AllD"]));
        assert_eq!(text(file, "wealth").unwrap(), Values::Numbers(vec![0.5, -300.0]));
        assert_eq!(text(file, "2").unwrap(), Values::Numbers(vec![0.5, -300.0]));
        assert_eq!(text("1\n2\n", "0").unwrap(), Values::Numbers(vec![1.0, 2.0]));
        assert_eq!(text("first name\nann lee\n", "first name").unwrap(), names(&["ann lee"]));
    }

    #[test]
    fn a_refusal_points_at_the_cell() {
        assert_eq!(refused("a,w\nx,1\ny,NaN\n", "w"), ":3:3: `NaN` is no finite number");
        assert_eq!(refused("a,w\nx,inf\n", "w"), ":2:3: `inf` is no finite number");
        assert_eq!(refused("a,w\nx,1\ny,2x\n", "w"), ":3:3: `2x` is no finite number");
        assert_eq!(refused("a,w\nx,1\n,2\n", "a"), ":3:1: the cell is empty");
        assert_eq!(refused("a,w\nx,1\ny\n", "a"), ":3:2: 1 cell in a line, but the first line has 2");
        assert_eq!(refused("a,w\n", "w"), ": the file has a header and no rows");
        assert_eq!(refused("a,w\nx,1\n", "v"), ": no column is called `v`");
        assert_eq!(refused("a,w\nx,1\n", "2"), ": there is no column 2: the file has 2");
    }

    #[test]
    fn parquet_gives_numbers_and_the_names_of_a_dictionary() {
        let words: DictionaryArray<Int8Type> = ["D", "C", "D"].into_iter().collect();
        let file = parquet(vec![
            ("f", Arc::new(Float32Array::from(vec![0.5, 1.0, 2.0])) as ArrayRef),
            ("s", Arc::new(words)),
            ("u", Arc::new(UInt64Array::from(vec![1, 2, u64::MAX]))),
        ]);
        assert_eq!(read_column(&file.0, "s").unwrap(), names(&["D", "C", "D"]));
        assert_eq!(read_column(&file.0, "0").unwrap(), Values::Numbers(vec![0.5, 1.0, 2.0]));
        assert_eq!(read_column(&file.0, "u").unwrap(), Values::Numbers(vec![1.0, 2.0, u64::MAX as f64]));
        assert!(read_column(&file.0, "t").unwrap_err().help.contains("`f`, `s`, `u`"));
    }

    #[test]
    fn parquet_refuses_what_is_not_finite_and_text_beyond_the_limit() {
        let file = parquet(vec![("f", Arc::new(Float32Array::from(vec![0.5, f32::INFINITY])) as ArrayRef)]);
        assert_eq!(
            read_column(&file.0, "f").unwrap_err().says,
            "row 2 of the column `f` is no finite number"
        );
        let long = "x".repeat(1000);
        let words: DictionaryArray<Int8Type> = std::iter::repeat_n(long.as_str(), 1000).collect();
        let file = parquet(vec![("s", Arc::new(words) as ArrayRef)]);
        let torn = read_column_within(&file.0, "s", 20_000).unwrap_err();
        assert_eq!(
            torn.says,
            "row 21 of the column `s` holds more than the 20000 bytes of text that are allowed here"
        );
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for name in ["a.csv", "a.txt", "a.parquet"] {
                let _ = read_column(&Scratch::new(name, &bytes).0, "0");
            }
            for byte in &mut bytes {
                *byte = b"0123456789,; \n\r\"-.eab"[usize::from(*byte) % 21];
            }
            let _ = text(&bytes, "0");
        }

        #[test]
        fn numbers_read_back_bit_by_bit(
            values in prop::collection::vec(prop::num::f64::NORMAL | prop::num::f64::ZERO, 1..40),
        ) {
            let lines: String = values.iter().map(|value| format!("{value:?}\n")).collect();
            prop_assert_eq!(text(format!("w\n{lines}"), "w").unwrap(), Values::Numbers(values));
        }
    }
}
