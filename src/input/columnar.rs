//! Parquet tables: whole columns, a piece at a time.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema, UInt64Type};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use super::{InputError, shown};

/// Rows decoded at a time: enough to make the cost of a piece small, few enough to stay in a cache.
const ROWS_A_PIECE: usize = 8192;

/// The least that a row takes in text (`1,2` and the end of the line), which bounds rows by bytes.
pub(super) const BYTES_A_ROW: u64 = 4;

/// What a column of a piece holds; nothing in it is missing.
pub(super) enum Cells {
    Integers(Int64Array),
    /// Unsigned integers of which at least one is beyond `i64`.
    Large(UInt64Array),
    Numbers(Float64Array),
    Names(StringViewArray),
}

/// An open Parquet file whose metadata was read and found to fit.
pub(super) struct Columnar {
    path: PathBuf,
    file: File,
    about: ArrowReaderMetadata,
    names: Vec<String>,
    max_bytes: u64,
}

fn promised(about: &ArrowReaderMetadata) -> u64 {
    sum(about.metadata().row_groups().iter().map(|group| group.num_rows()))
}

impl Columnar {
    /// Reads the metadata of a file and checks the rows that it promises against the limit.
    pub(super) fn open(path: &Path, file: File, max_bytes: u64) -> Result<Self, InputError> {
        let about = guarded(path, || describe(&file).map_err(|trouble| unreadable(path, &trouble)))?;
        let rows = promised(&about);
        let most = max_bytes / BYTES_A_ROW;
        if rows > most {
            let says = format!("the file promises {rows} rows, but at most {most} are allowed here");
            let help = "keep only the rows that are needed, or allow more memory";
            return Err(InputError::new(path, says, help));
        }
        if rows == 0 {
            return Err(InputError::new(path, "the file has no rows", "write at least one row"));
        }
        let fields = about.schema().fields();
        let names = fields.iter().map(|field| field.name().clone()).collect();
        Ok(Self { path: path.to_path_buf(), file, about, names, max_bytes })
    }

    /// How many rows the file promises: no more than its limit allows.
    pub(super) fn rows(&self) -> u64 {
        promised(&self.about)
    }

    /// The names of the columns, in the order of the file.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Hands the columns asked for to `each`, piece by piece, with the row before the piece's first.
    pub(super) fn read(
        self,
        columns: &[usize],
        mut each: impl FnMut(u64, &[Cells]) -> Result<(), InputError>,
    ) -> Result<(), InputError> {
        let mut sorted = columns.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        self.refuse_types_and_sizes(&sorted)?;
        let Self { path, file, about, names, .. } = self;
        guarded(&path, || {
            let failed = |trouble: &ParquetError| unreadable(&path, trouble);
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, about);
            let mask = ProjectionMask::roots(builder.parquet_schema(), sorted.iter().copied());
            let builder = builder.with_projection(mask).with_batch_size(ROWS_A_PIECE);
            let mut before = 0;
            for piece in builder.build().map_err(|trouble| failed(&trouble))? {
                let piece = piece.map_err(|trouble| failed(&trouble.into()))?;
                let mut cells = Vec::with_capacity(columns.len());
                for column in columns {
                    let place = sorted.partition_point(|known| known < column);
                    let values = piece.column(place);
                    refuse_missing(&path, &names[*column], before, values)?;
                    cells.push(plain(values).map_err(|trouble| failed(&trouble))?);
                }
                each(before, &cells)?;
                before += piece.num_rows() as u64;
            }
            Ok(())
        })
    }

    fn refuse_types_and_sizes(&self, columns: &[usize]) -> Result<(), InputError> {
        for column in columns {
            refuse_type(&self.path, self.about.schema().field(*column))?;
        }
        let parquet = self.about.metadata().file_metadata().schema_descr();
        let wanted = |leaf: usize| columns.contains(&parquet.get_column_root_idx(leaf));
        let groups = self.about.metadata().row_groups().iter();
        let chunks = groups.flat_map(|group| group.columns().iter().enumerate());
        let bytes = sum(chunks.filter(|(leaf, _)| wanted(*leaf)).map(|(_, chunk)| chunk.uncompressed_size()));
        if bytes > self.max_bytes {
            let says = format!(
                "the columns unpack to {bytes} bytes, but at most {} are allowed here",
                self.max_bytes
            );
            let help = "keep only the rows that are needed, or allow more memory";
            return Err(InputError::new(&self.path, says, help));
        }
        Ok(())
    }
}

/// A sum of sizes that a hostile file may have made negative or too large: such a one counts as endless.
fn sum(sizes: impl Iterator<Item = i64>) -> u64 {
    sizes.fold(0, |sum: u64, size| sum.saturating_add(u64::try_from(size).unwrap_or(u64::MAX)))
}

/// Reads the metadata, and asks for strings as views: a long one that a dictionary repeats is then not copied for
/// every row.
fn describe(file: &File) -> Result<ArrowReaderMetadata, ParquetError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let found = ArrowReaderMetadata::load(file, options)?;
    let viewed = found.schema().fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    });
    let schema = Schema::new_with_metadata(viewed.collect::<Vec<_>>(), found.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(Arc::clone(found.metadata()), options)
}

fn refuse_type(path: &Path, field: &Field) -> Result<(), InputError> {
    let found = field.data_type();
    if found.is_integer() || found.is_floating() || *found == DataType::Utf8View {
        return Ok(());
    }
    let says = format!("the column {} holds {found}, which is neither number nor text", shown(field.name()));
    Err(InputError::new(path, says, "write it as integers, floats or UTF-8 strings"))
}

fn refuse_missing(path: &Path, name: &str, before: u64, values: &ArrayRef) -> Result<(), InputError> {
    if values.null_count() == 0 {
        return Ok(());
    }
    let first = (0..values.len()).find(|row| values.is_null(*row)).unwrap_or(0);
    Err(in_row(path, name, before + first as u64, "has no value", "fill or drop the rows without one"))
}

/// An error that names the row, counted from 1, of a column; `before` is the number of rows above it.
pub(super) fn in_row(path: &Path, name: &str, before: u64, says: &str, help: &str) -> InputError {
    InputError::new(path, format!("row {} of the column {} {says}", before + 1, shown(name)), help)
}

/// The column as one of the four kinds.
fn plain(values: &ArrayRef) -> Result<Cells, ParquetError> {
    if values.data_type().is_integer() {
        // A cast turns what does not fit into a missing value.
        let integers = cast(values, &DataType::Int64)?;
        if integers.null_count() == 0 {
            return Ok(Cells::Integers(integers.as_primitive::<Int64Type>().clone()));
        }
        return Ok(Cells::Large(values.as_primitive::<UInt64Type>().clone()));
    }
    if values.data_type().is_floating() {
        let numbers = cast(values, &DataType::Float64)?;
        return Ok(Cells::Numbers(numbers.as_primitive::<Float64Type>().clone()));
    }
    Ok(Cells::Names(values.as_string_view().clone()))
}

fn unreadable(path: &Path, trouble: &ParquetError) -> InputError {
    let text = trouble.to_string();
    let help = if text.contains("Disabled feature") {
        "write the file anew with snappy, zstd, or without compression"
    } else {
        "write the file anew: it is torn, or no Parquet"
    };
    let cut: String = text.chars().take(200).flat_map(char::escape_debug).collect();
    InputError::new(path, format!("cannot be read as Parquet: {cut}"), help)
}

/// Runs the decoder so that a panic in it becomes an error: it trusts some numbers of a torn file.
fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, InputError>) -> Result<T, InputError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let says = "cannot be read as Parquet: its pages contradict each other";
        Err(InputError::new(path, says, "write the file anew: it is torn"))
    })
}
