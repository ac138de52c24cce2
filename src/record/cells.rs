//! Columns on their way to a table: what they are called, and their values in buffers that are used again.

use crate::columns::Dtype;
use std::ops::Range;

/// A column of a table that is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The column's name, `snake_case`.
    pub name: String,
    /// What a cell holds. Of no meaning where `names` is set.
    pub dtype: Dtype,
    /// Where not empty, cells are `u8` codes, written as these words; Polars reads an Enum in this order.
    pub labels: Vec<String>,
    /// Cells are text: ids as they stood in an input file.
    pub names: bool,
    /// The unit, for the reader of the file; may be empty.
    pub unit: String,
    /// What the column says, for the reader of the file; may be empty.
    pub about: String,
    /// NaN (floats), the greatest value (whole numbers, labels) or anything above 1 (bool) stands for no value.
    pub nullable: bool,
    /// Values mostly grow by small amounts from row to row (ids): they are written as differences.
    pub rising: bool,
}

impl Field {
    /// A column of `dtype` that always has a value.
    pub fn new(name: impl Into<String>, dtype: Dtype) -> Self {
        Field {
            name: name.into(),
            dtype,
            labels: Vec::new(),
            names: false,
            unit: String::new(),
            about: String::new(),
            nullable: false,
            rising: false,
        }
    }

    /// A column of `u8` codes that is written as words.
    pub fn labelled(name: impl Into<String>, labels: Vec<String>) -> Self {
        Field { labels, ..Field::new(name, Dtype::U8) }
    }

    /// A column of text.
    pub fn text(name: impl Into<String>) -> Self {
        Field { names: true, ..Field::new(name, Dtype::U8) }
    }

    /// The same with a unit and a description.
    pub fn described(mut self, unit: impl Into<String>, about: impl Into<String>) -> Self {
        self.unit = unit.into();
        self.about = about.into();
        self
    }

    /// The same, but a cell may have no value.
    pub fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }

    /// The same, with values that grow from row to row.
    pub fn rising(mut self) -> Self {
        self.rising = true;
        self
    }

    /// Whether cells are written as differences: they grow, and are whole numbers.
    pub(crate) fn differs(&self) -> bool {
        self.rising && !self.names && self.labels.is_empty() && self.is_whole()
    }

    /// Whether different numbers get codes where there are few of them.
    pub(crate) fn may_be_few(&self) -> bool {
        let numbers = self.dtype != Dtype::Bool && !self.names && self.labels.is_empty();
        numbers && !self.rising && !self.nullable
    }

    /// Empty buffers for this column.
    pub fn buffer(&self) -> Cells {
        if self.names {
            return Cells::Text(Texts::default());
        }
        match self.dtype {
            Dtype::Bool | Dtype::U8 => Cells::U8(Vec::new()),
            Dtype::U16 => Cells::U16(Vec::new()),
            Dtype::U32 => Cells::U32(Vec::new()),
            Dtype::U64 => Cells::U64(Vec::new()),
            Dtype::F32 => Cells::F32(Vec::new()),
            Dtype::F64 => Cells::F64(Vec::new()),
        }
    }

    /// Whether values of this kind can fill the column; if not, what was wanted.
    pub(crate) fn check(&self, cells: &CellsRef) -> Result<(), String> {
        let fits = match cells {
            CellsRef::Text(_) | CellsRef::Packed(..) => self.names,
            CellsRef::Repeat { value, .. } => !self.names && self.is_whole() && self.holds(*value),
            CellsRef::Count { first, each, rows } => {
                let last = first.checked_add((*rows as u64).saturating_sub(1));
                let last = last.and_then(|last| last.checked_div(*each));
                !self.names && self.is_whole() && last.is_some_and(|last| self.holds(last))
            }
            CellsRef::U8(_) => !self.names && self.dtype.width() == 1,
            CellsRef::U16(_) => !self.names && self.dtype == Dtype::U16,
            CellsRef::U32(_) => !self.names && self.dtype == Dtype::U32,
            CellsRef::U64(_) => !self.names && self.dtype == Dtype::U64,
            CellsRef::F32(_) => !self.names && self.dtype == Dtype::F32,
            CellsRef::F64(_) => !self.names && self.dtype == Dtype::F64,
            CellsRef::Few { values, codes } => {
                // Folded: a maximum of references is found one by one.
                let most = codes.iter().fold(0, |most: u8, &code| most.max(code));
                let known = codes.is_empty() || usize::from(most) < values.len();
                !self.names && known && values.iter().all(|&value| self.holds(value))
            }
        };
        let wanted = if self.names { "text" } else { self.dtype.name() };
        let name = &self.name;
        fits.then_some(()).ok_or_else(|| format!("column `{name}` wants {wanted}, not {}", cells.kind()))
    }

    fn is_whole(&self) -> bool {
        !matches!(self.dtype, Dtype::F32 | Dtype::F64)
    }

    fn holds(&self, value: u64) -> bool {
        match self.dtype {
            Dtype::Bool => value <= 1,
            Dtype::U8 => value <= u64::from(u8::MAX),
            Dtype::U16 => value <= u64::from(u16::MAX),
            Dtype::U32 | Dtype::F32 => value <= u64::from(u32::MAX),
            _ => true,
        }
    }
}

/// Strings end to end, in two buffers that are used again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    bytes: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Adds a string.
    pub fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    /// The string of a row.
    ///
    /// # Panics
    /// Where there is no such row.
    pub fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[row]]
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no string.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn truncate(&mut self, rows: usize) {
        if rows < self.ends.len() {
            self.ends.truncate(rows);
            self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
        }
    }
}

/// Values of one column, in a buffer that is used again. Bools are 0 or 1 in `U8`.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// bool, codes and small numbers
    U8(Vec<u8>),
    /// 16-bit numbers
    U16(Vec<u16>),
    /// 32-bit numbers
    U32(Vec<u32>),
    /// 64-bit numbers
    U64(Vec<u64>),
    /// 32-bit floats
    F32(Vec<f32>),
    /// 64-bit floats
    F64(Vec<f64>),
    /// strings
    Text(Texts),
}

/// Values of one column, borrowed.
#[derive(Debug, Clone)]
pub enum CellsRef<'a> {
    /// bool, codes and small numbers
    U8(&'a [u8]),
    /// 16-bit numbers
    U16(&'a [u16]),
    /// 32-bit numbers
    U32(&'a [u32]),
    /// 64-bit numbers
    U64(&'a [u64]),
    /// 32-bit floats
    F32(&'a [f32]),
    /// 64-bit floats
    F64(&'a [f64]),
    /// few different numbers: which they are by their bits, and the place of each row's number among them
    Few {
        /// the bits of the numbers, those of a 32-bit float in the lower half
        values: &'a [u64],
        /// places
        codes: &'a [u8],
    },
    /// strings
    Text(&'a [String]),
    /// these rows of packed strings
    Packed(&'a Texts, Range<usize>),
    /// one whole number in every row: a tick, a seed, the code of a label
    Repeat {
        /// the number
        value: u64,
        /// how often
        rows: usize,
    },
    /// whole numbers upwards, each of them so often, as if counted from a row before: that of a row is `(first + row) / each`.
    /// Agent ids, and groups of agents.
    Count {
        /// how many rows there would be before
        first: u64,
        /// how often a number comes, at least once
        each: u64,
        /// how many rows
        rows: usize,
    },
}

/// Runs one expression over every plain variant, whatever it holds.
macro_rules! plain {
    ($cells:expr, $kind:ident, $values:ident => $run:expr, $text:pat => $other:expr) => {
        match $cells {
            $kind::U8($values) => $run,
            $kind::U16($values) => $run,
            $kind::U32($values) => $run,
            $kind::U64($values) => $run,
            $kind::F32($values) => $run,
            $kind::F64($values) => $run,
            $text => $other,
        }
    };
}

impl Cells {
    /// Number of rows.
    pub fn len(&self) -> usize {
        plain!(self, Cells, values => values.len(), Cells::Text(texts) => texts.len())
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets the rows, keeps the memory.
    pub fn clear(&mut self) {
        self.truncate(0);
    }

    /// Forgets the rows from `rows` on.
    pub fn truncate(&mut self, rows: usize) {
        plain!(self, Cells, values => values.truncate(rows), Cells::Text(texts) => texts.truncate(rows));
    }

    /// The rows, borrowed.
    pub fn view(&self) -> CellsRef<'_> {
        match self {
            Cells::U8(values) => CellsRef::U8(values),
            Cells::U16(values) => CellsRef::U16(values),
            Cells::U32(values) => CellsRef::U32(values),
            Cells::U64(values) => CellsRef::U64(values),
            Cells::F32(values) => CellsRef::F32(values),
            Cells::F64(values) => CellsRef::F64(values),
            Cells::Text(texts) => CellsRef::Packed(texts, 0..texts.len()),
        }
    }

    /// Adds rows. They must be of this kind, which [`Field::check`] says.
    pub(crate) fn extend(&mut self, more: &CellsRef) {
        match (self, more) {
            (Cells::U8(to), CellsRef::U8(from)) => to.extend_from_slice(from),
            (Cells::U16(to), CellsRef::U16(from)) => to.extend_from_slice(from),
            (Cells::U32(to), CellsRef::U32(from)) => to.extend_from_slice(from),
            (Cells::U64(to), CellsRef::U64(from)) => to.extend_from_slice(from),
            (Cells::F32(to), CellsRef::F32(from)) => to.extend_from_slice(from),
            (Cells::F64(to), CellsRef::F64(from)) => to.extend_from_slice(from),
            (Cells::Text(to), CellsRef::Text(from)) => from.iter().for_each(|text| to.push(text)),
            (Cells::Text(to), CellsRef::Packed(from, rows)) => {
                rows.clone().for_each(|row| to.push(from.get(row)));
            }
            (to, CellsRef::Few { values, codes }) => to.extend_few(values, codes),
            (to, CellsRef::Repeat { value, rows }) => to.extend_whole(|_| *value, *rows),
            (to, CellsRef::Count { first, each, rows }) => to.extend_whole(|row| (first + row) / each, *rows),
            (to, from) => unreachable!("{from:?} was checked against the field of {to:?}"),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "Field::check has compared with the dtype")]
    fn extend_few(&mut self, values: &[u64], codes: &[u8]) {
        let rows = codes.iter().map(|&code| values[usize::from(code)]);
        match self {
            Cells::U8(to) => to.extend(rows.map(|bits| bits as u8)),
            Cells::U16(to) => to.extend(rows.map(|bits| bits as u16)),
            Cells::U32(to) => to.extend(rows.map(|bits| bits as u32)),
            Cells::U64(to) => to.extend(rows),
            Cells::F32(to) => to.extend(rows.map(|bits| f32::from_bits(bits as u32))),
            Cells::F64(to) => to.extend(rows.map(f64::from_bits)),
            Cells::Text(_) => unreachable!("numbers were checked against the field of text"),
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "Field::check has compared with the dtype")]
    fn extend_whole(&mut self, of: impl Fn(u64) -> u64, rows: usize) {
        let values = (0..rows as u64).map(of);
        match self {
            Cells::U8(to) => to.extend(values.map(|v| v as u8)),
            Cells::U16(to) => to.extend(values.map(|v| v as u16)),
            Cells::U32(to) => to.extend(values.map(|v| v as u32)),
            Cells::U64(to) => to.extend(values),
            other => unreachable!("whole numbers were checked against the field of {other:?}"),
        }
    }
}

impl<'a> CellsRef<'a> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            CellsRef::Text(texts) => texts.len(),
            CellsRef::Packed(_, rows) => rows.len(),
            CellsRef::Few { codes, .. } => codes.len(),
            CellsRef::Repeat { rows, .. } | CellsRef::Count { rows, .. } => *rows,
            plain => plain!(plain, CellsRef, values => values.len(), _ => 0),
        }
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Some of the rows.
    ///
    /// # Panics
    /// Where the range goes beyond the last row.
    pub fn slice(&self, rows: Range<usize>) -> CellsRef<'a> {
        assert!(rows.start <= rows.end && rows.end <= self.len());
        match self {
            CellsRef::U8(values) => CellsRef::U8(&values[rows]),
            CellsRef::U16(values) => CellsRef::U16(&values[rows]),
            CellsRef::U32(values) => CellsRef::U32(&values[rows]),
            CellsRef::U64(values) => CellsRef::U64(&values[rows]),
            CellsRef::F32(values) => CellsRef::F32(&values[rows]),
            CellsRef::F64(values) => CellsRef::F64(&values[rows]),
            CellsRef::Few { values, codes } => CellsRef::Few { values, codes: &codes[rows] },
            CellsRef::Text(texts) => CellsRef::Text(&texts[rows]),
            CellsRef::Packed(texts, all) => {
                CellsRef::Packed(texts, all.start + rows.start..all.start + rows.end)
            }
            CellsRef::Repeat { value, .. } => CellsRef::Repeat { value: *value, rows: rows.len() },
            CellsRef::Count { first, each, .. } => {
                CellsRef::Count { first: first + rows.start as u64, each: *each, rows: rows.len() }
            }
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            CellsRef::U8(_) => "u8",
            CellsRef::U16(_) => "u16",
            CellsRef::U32(_) => "u32",
            CellsRef::U64(_) => "u64",
            CellsRef::F32(_) => "f32",
            CellsRef::F64(_) => "f64",
            CellsRef::Text(_) | CellsRef::Packed(..) => "text",
            CellsRef::Few { .. } => "few numbers of this size",
            CellsRef::Repeat { .. } => "a repeated whole number of this size",
            CellsRef::Count { .. } => "counted whole numbers of this size",
        }
    }
}

/// The number of rows that these columns have, each of the kind its field wants; or what does not fit.
pub(crate) fn rows_of(fields: &[Field], columns: &[CellsRef]) -> Result<usize, String> {
    if fields.len() != columns.len() {
        let (wanted, given) = (fields.len(), columns.len());
        return Err(format!("the table has {wanted} columns, {given} were given"));
    }
    let rows = columns.first().map_or(0, CellsRef::len);
    for (field, cells) in fields.iter().zip(columns) {
        field.check(cells)?;
        if cells.len() != rows {
            let (name, given) = (&field.name, cells.len());
            return Err(format!("column `{name}` has {given} rows, the first {rows}"));
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_row_by_row_and_shrink() {
        let mut texts = Texts::default();
        ["a", "", "grüß"].iter().for_each(|t| texts.push(t));
        assert_eq!((texts.get(0), texts.get(1), texts.get(2)), ("a", "", "grüß"));
        texts.truncate(1);
        texts.push("b");
        assert_eq!((texts.len(), texts.get(1)), (2, "b"));
    }

    #[test]
    fn columns_of_another_type_or_length_are_refused_by_name() {
        let fields = [Field::new("a", Dtype::U32), Field::text("b")];
        let names = ["x".to_owned()];
        let texts = CellsRef::Text(&names);
        assert_eq!(rows_of(&fields, &[CellsRef::U32(&[1]), texts.clone()]), Ok(1));
        let wrong = rows_of(&fields, &[CellsRef::F32(&[1.0]), texts.clone()]).unwrap_err();
        assert!(wrong.contains("`a` wants u32, not f32"), "{wrong}");
        let short = rows_of(&fields, &[CellsRef::U32(&[1, 2]), texts.clone()]).unwrap_err();
        assert!(short.contains("`b` has 1 rows"), "{short}");
        assert!(rows_of(&fields, &[texts]).is_err());
    }

    #[test]
    fn repeated_and_counted_numbers_must_fit_the_type() {
        let byte = Field::new("a", Dtype::U8);
        let count = |first, each, rows| byte.check(&CellsRef::Count { first, each, rows });
        assert!(count(250, 1, 6).is_ok());
        assert!(count(250, 1, 7).is_err());
        assert!(count(250 * 3, 3, 18).is_ok());
        assert!(count(250 * 3, 3, 19).is_err());
        assert!(count(0, 0, 1).is_err());
        let wide = Field::new("a", Dtype::U64);
        let past_the_end = CellsRef::Count { first: u64::MAX, each: 1, rows: 2 };
        assert!(wide.check(&past_the_end).is_err());
        let repeat = CellsRef::Repeat { value: 2, rows: 1 };
        assert!(Field::new("a", Dtype::Bool).check(&repeat).is_err());
    }

    #[test]
    fn a_slice_of_a_slice_keeps_its_place() {
        let mut cells = Field::new("a", Dtype::U16).buffer();
        for each in [1, 7] {
            cells.extend(&CellsRef::Count { first: 10, each, rows: 10 }.slice(2..8).slice(1..3));
        }
        assert_eq!(cells, Cells::U16(vec![13, 14, 1, 2]));
    }
}
