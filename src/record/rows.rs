//! Rows of a Parquet file that mores wrote, back into buffers.

use super::cells::{Cells, Field};
use super::error::RunError;
use super::layout::{Layout, SLICE_ROWS, TableSpec};
use crate::columns::Dtype;
use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, Float32Type, Float64Type, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    PageIndexPolicy, ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader,
};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads all rows of a table: one buffer a field of `spec`.
///
/// # Errors
/// [`RunError::Read`] and [`RunError::Decode`] where the file cannot be read, [`RunError::Mismatch`] where its columns
/// or what it says about itself are not those of `spec`.
pub fn read_table(path: &Path, spec: &TableSpec) -> Result<Vec<Cells>, RunError> {
    let layout = Layout::new(path, spec.clone())?;
    let source = Source::open(path, &layout)?;
    let mut columns: Vec<Cells> = spec.fields.iter().map(Field::buffer).collect();
    for group in 0..source.metadata.num_row_groups() {
        let rows = 0..source.group_rows(group)?;
        source.append(group, rows, &spec.fields, &mut columns)?;
    }
    Ok(columns)
}

/// A Parquet file that was found to hold a table of this layout.
pub(crate) struct Source {
    path: PathBuf,
    file: File,
    pub(crate) metadata: Arc<ParquetMetaData>,
}

impl Source {
    /// Opens a table and compares its columns, and what it says about itself, with the layout.
    pub(crate) fn open(path: &Path, layout: &Layout) -> Result<Self, RunError> {
        let file = File::open(path).map_err(|e| RunError::read(path, e))?;
        // All that the footer says is read in full, because a resumed file repeats it.
        let options = ParquetMetaDataOptions::new().with_encoding_stats_as_mask(false);
        let metadata = ParquetMetaDataReader::new()
            .with_page_index_policy(PageIndexPolicy::Required)
            .with_metadata_options(Some(options))
            .parse_and_finish(&file)
            .map_err(|e| RunError::decode(path, e))?;
        let metadata = Arc::new(metadata);
        let known = ArrowReaderMetadata::try_new(metadata.clone(), ArrowReaderOptions::new())
            .map_err(|e| RunError::decode(path, e))?;
        let said = metadata.file_metadata().key_value_metadata();
        let wanted = layout.props.key_value_metadata();
        if known.schema().fields() != layout.schema.fields() || said != wanted {
            let what = "its columns or the run named in it are not those of this world; resume with the world and \
                        the version of mores that wrote it";
            return Err(RunError::mismatch(path, what));
        }
        let path = path.to_path_buf();
        Ok(Source { path, file, metadata })
    }

    /// Rows of a row group.
    pub(crate) fn group_rows(&self, group: usize) -> Result<usize, RunError> {
        usize::try_from(self.metadata.row_group(group).num_rows())
            .map_err(|_| RunError::mismatch(&self.path, "a row group has a negative number of rows"))
    }

    /// The place of the first byte after a row group.
    pub(crate) fn group_end(&self, group: usize) -> u64 {
        let ends = self.metadata.row_group(group).columns().iter().map(|chunk| {
            let (start, length) = chunk.byte_range();
            start.saturating_add(length)
        });
        ends.max().unwrap_or(0)
    }

    /// Appends some rows of a row group to buffers that fit the fields.
    pub(crate) fn append(
        &self,
        group: usize,
        rows: Range<usize>,
        fields: &[Field],
        to: &mut [Cells],
    ) -> Result<(), RunError> {
        let decode = |e| RunError::decode(&self.path, e);
        let file = self.file.try_clone().map_err(|e| RunError::read(&self.path, e))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(decode)?
            .with_row_groups(vec![group])
            .with_offset(rows.start)
            .with_limit(rows.len())
            .with_batch_size(SLICE_ROWS)
            .build()
            .map_err(decode)?;
        let mut read = 0;
        for batch in reader {
            let batch = batch.map_err(|e| decode(ParquetError::from(e)))?;
            read += batch.num_rows();
            for ((field, array), cells) in fields.iter().zip(batch.columns()).zip(&mut *to) {
                append(field, array, cells).ok_or_else(|| {
                    let what = format!("column `{}` holds other values than it should", field.name);
                    RunError::mismatch(&self.path, what)
                })?;
            }
        }
        let missing = || RunError::mismatch(&self.path, "it has fewer rows than its footer says");
        (read == rows.len()).then_some(()).ok_or_else(missing)
    }
}

fn append(field: &Field, array: &ArrayRef, to: &mut Cells) -> Option<()> {
    match to {
        Cells::U8(to) if !field.labels.is_empty() => labels(field, array, to)?,
        Cells::U8(to) if field.dtype == Dtype::Bool => {
            let bits = array.as_boolean_opt()?.iter();
            to.extend(bits.map(|bit| bit.map_or(u8::MAX, u8::from)));
        }
        Cells::U8(to) => plain::<UInt8Type>(array, to, u8::MAX)?,
        Cells::U16(to) => plain::<UInt16Type>(array, to, u16::MAX)?,
        Cells::U32(to) => plain::<UInt32Type>(array, to, u32::MAX)?,
        Cells::U64(to) => plain::<UInt64Type>(array, to, u64::MAX)?,
        Cells::F32(to) => plain::<Float32Type>(array, to, f32::NAN)?,
        Cells::F64(to) => plain::<Float64Type>(array, to, f64::NAN)?,
        Cells::Text(to) => {
            let texts = array.as_string_opt::<i32>()?;
            texts.iter().for_each(|text| to.push(text.unwrap_or("")));
        }
    }
    Some(())
}

/// Codes of words: the file numbers its words as they came, the field in its own order.
fn labels(field: &Field, array: &ArrayRef, to: &mut Vec<u8>) -> Option<()> {
    match field.labels.len() {
        ..256 => labels_by::<UInt8Type>(field, array, to),
        _ => labels_by::<UInt16Type>(field, array, to),
    }
}

fn labels_by<K: ArrowDictionaryKeyType<Native: Into<usize>>>(
    field: &Field,
    array: &ArrayRef,
    to: &mut Vec<u8>,
) -> Option<()> {
    let array = array.as_dictionary_opt::<K>()?;
    let words = array.values().as_string_opt::<i32>()?;
    let mut codes = Vec::with_capacity(words.len());
    for word in words {
        let code = field.labels.iter().position(|label| Some(label.as_str()) == word)?;
        codes.push(u8::try_from(code).ok()?);
    }
    for key in array.keys() {
        to.push(match key {
            Some(key) => *codes.get(key.into())?,
            None => u8::MAX,
        });
    }
    Some(())
}

fn plain<T: ArrowPrimitiveType>(array: &ArrayRef, to: &mut Vec<T::Native>, none: T::Native) -> Option<()> {
    let array: &PrimitiveArray<T> = array.as_primitive_opt()?;
    if array.null_count() == 0 {
        to.extend_from_slice(array.values());
    } else {
        to.extend(array.iter().map(|value| value.unwrap_or(none)));
    }
    Some(())
}
