//! One column of a table as codes: which of some names each agent has, in the order of the file.
//!
//! A row takes one byte and is looked at as it is decoded, so that a billion agents can be read.

use std::path::Path;

use arrow::array::Array;

use super::columnar::{Cells, Columnar, in_row};
use super::text::TextTable;
use super::values::find_text_column;
use super::{DEFAULT_MAX_BYTES, Format, InputError, find_column, open, shown};

/// What a column of codes must hold.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What the names are names of, such as `strategy`.
    pub what: &'a str,
    /// The names, at most 256: the first has the code 0.
    pub names: &'a [&'a str],
    /// The most rows that are taken into memory.
    pub most: usize,
}

impl Asked<'_> {
    fn help(&self) -> String {
        let last = self.names.len().saturating_sub(1);
        format!("write a name ({}) or a code from 0 to {last}", self.names.join(", "))
    }

    fn code_of_name(&self, name: &str) -> Option<u8> {
        let code = self.names.iter().position(|known| *known == name)?;
        u8::try_from(code).ok()
    }

    fn code_of_number(&self, number: f64) -> Option<u8> {
        let fits = number.fract() == 0.0 && (0.0..self.names.len() as f64).contains(&number);
        fits.then_some(number as u8)
    }

    fn code_of_integer(&self, number: i64) -> Option<u8> {
        u8::try_from(number).ok().filter(|&code| usize::from(code) < self.names.len())
    }

    fn unknown(&self, found: &str) -> String {
        format!("holds {}, which is no {}", shown(found), self.what)
    }

    fn refuse_rows(&self, path: &Path, rows: usize) -> Result<(), InputError> {
        if rows <= self.most {
            return Ok(());
        }
        let says = format!("the file has more rows than there are agents, {}", self.most);
        Err(InputError::new(path, says, "write a row an agent, or a row an agent of one group"))
    }
}

/// Reads a column of names or codes, by name or by number from 0, as codes.
///
/// # Errors
/// The file is missing, too large, packed or torn; there is no such column; a cell is none of the names and no code;
/// there are more rows than asked for. The error names line and column, or the row of a Parquet file.
pub fn read_codes(path: &Path, column: &str, asked: Asked) -> Result<Vec<u8>, InputError> {
    let (file, format) = open(path, DEFAULT_MAX_BYTES)?;
    let codes = match format {
        Format::Text => read_text(path, TextTable::begin(path, file, DEFAULT_MAX_BYTES, 1)?, column, asked)?,
        Format::Parquet => read_parquet(path, Columnar::open(path, file, DEFAULT_MAX_BYTES)?, column, asked)?,
    };
    if codes.is_empty() {
        let help = "write one row for each agent below the header";
        return Err(InputError::new(path, "the file has a header and no rows", help));
    }
    Ok(codes)
}

fn read_text(path: &Path, mut table: TextTable, column: &str, asked: Asked) -> Result<Vec<u8>, InputError> {
    let index = find_text_column(path, &mut table, column)?;
    let mut codes = vec![];
    while let Some(row) = table.next_row()? {
        let text = row.cell(index, "a value")?;
        let code = asked.code_of_name(&text);
        let code = code.or_else(|| text.parse().ok().and_then(|number| asked.code_of_number(number)));
        let Some(code) = code else {
            return Err(row.refuse(index, format!("the cell {}", asked.unknown(&text)), asked.help()));
        };
        asked.refuse_rows(path, codes.len() + 1)?;
        codes.push(code);
    }
    Ok(codes)
}

fn read_parquet(path: &Path, table: Columnar, column: &str, asked: Asked) -> Result<Vec<u8>, InputError> {
    let index = find_column(path, table.names(), column)?;
    let name = table.names()[index].clone();
    let mut codes: Vec<u8> = vec![];
    table.read(&[index], |before, cells| {
        let unknown = |row: usize, found: &str| {
            in_row(path, &name, before + row as u64, &asked.unknown(found), &asked.help())
        };
        match &cells[0] {
            Cells::Integers(cells) => {
                asked.refuse_rows(path, codes.len() + cells.len())?;
                for (row, &value) in cells.values().iter().enumerate() {
                    let code = asked.code_of_integer(value);
                    codes.push(code.ok_or_else(|| unknown(row, &value.to_string()))?);
                }
            }
            Cells::Large(cells) => {
                let too_large = cells.values().iter().position(|&value| value > u64::from(u8::MAX));
                let row = too_large.unwrap_or(0);
                return Err(unknown(row, &cells.value(row).to_string()));
            }
            Cells::Numbers(cells) => {
                asked.refuse_rows(path, codes.len() + cells.len())?;
                for (row, &value) in cells.values().iter().enumerate() {
                    let code = asked.code_of_number(value);
                    codes.push(code.ok_or_else(|| unknown(row, &value.to_string()))?);
                }
            }
            Cells::Names(cells) => {
                asked.refuse_rows(path, codes.len() + cells.len())?;
                for (row, value) in cells.iter().flatten().enumerate() {
                    let code = asked.code_of_name(value);
                    codes.push(code.ok_or_else(|| unknown(row, value))?);
                }
            }
        }
        Ok(())
    })?;
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::tests::Scratch;
    use arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt8Array};
    use parquet::arrow::ArrowWriter;
    use std::sync::Arc;

    const ASKED: Asked = Asked { what: "strategy", names: &["c", "d"], most: 4 };

    fn text(bytes: &str) -> Result<Vec<u8>, String> {
        let file = Scratch::new("a.csv", bytes);
        read_codes(&file.0, "s", ASKED)
            .map_err(|error| error.to_string().rsplit_once("a.csv").unwrap().1.to_owned())
    }

    fn parquet(column: ArrayRef) -> Result<Vec<u8>, String> {
        let batch = RecordBatch::try_from_iter(vec![("s", column)]).unwrap();
        let mut bytes = vec![];
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        read_codes(&Scratch::new("a.parquet", bytes).0, "s", ASKED).map_err(|error| error.says)
    }

    #[test]
    fn names_and_codes_are_the_same() {
        assert_eq!(text("i,s\n1,c\n2,d\n3,d\n"), Ok(vec![0, 1, 1]));
        assert_eq!(text("i,s\n1,0\n2,1\n3,1.0\n"), Ok(vec![0, 1, 1]));
        assert_eq!(parquet(Arc::new(UInt8Array::from(vec![1, 0, 1]))), Ok(vec![1, 0, 1]));
        assert_eq!(parquet(Arc::new(Float64Array::from(vec![1.0, 0.0]))), Ok(vec![1, 0]));
        assert_eq!(parquet(Arc::new(StringArray::from(vec!["d", "c"]))), Ok(vec![1, 0]));
    }

    #[test]
    fn what_is_no_name_and_no_code_is_refused_at_its_place() {
        assert_eq!(text("i,s\n1,c\n2,x\n").unwrap_err(), ":3:3: the cell holds `x`, which is no strategy");
        assert_eq!(text("i,s\n1,0\n2,2\n").unwrap_err(), ":3:3: the cell holds `2`, which is no strategy");
        assert_eq!(text("i,s\n1,0.5\n").unwrap_err(), ":2:3: the cell holds `0.5`, which is no strategy");
        assert_eq!(text("i,s\n").unwrap_err(), ": the file has a header and no rows");
        let torn = parquet(Arc::new(UInt8Array::from(vec![1, 0, 7])));
        assert_eq!(torn.unwrap_err(), "row 3 of the column `s` holds `7`, which is no strategy");
        let torn = parquet(Arc::new(StringArray::from(vec!["d", "e"])));
        assert_eq!(torn.unwrap_err(), "row 2 of the column `s` holds `e`, which is no strategy");
        let torn = parquet(Arc::new(arrow::array::UInt64Array::from(vec![0, u64::MAX])));
        assert!(torn.unwrap_err().starts_with("row 2 of the column `s` holds `18446744073709551615`"));
    }

    #[test]
    fn more_rows_than_agents_are_not_taken_into_memory() {
        let says = "the file has more rows than there are agents, 4";
        assert_eq!(text("s\nc\nc\nc\nc\nc\n").unwrap_err(), format!(": {says}"));
        assert_eq!(parquet(Arc::new(UInt8Array::from(vec![0; 5]))).unwrap_err(), says);
        assert_eq!(parquet(Arc::new(UInt8Array::from(vec![0; 4]))), Ok(vec![0; 4]));
    }
}
