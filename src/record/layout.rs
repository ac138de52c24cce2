//! How a table is laid out in Parquet: schema, encodings and statistics, decided by its fields alone.

use super::cells::{CellsRef, Field};
use super::chunk::{Chunk, LEVEL, Run, Zstd};
use super::error::RunError;
use crate::columns::Dtype;
use arrow::array::{ArrayRef, BooleanArray, DictionaryArray, PrimitiveArray, StringArray, StringBuilder};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field as ArrowField, Float32Type, Float64Type, Schema, SchemaRef,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use parquet::arrow::arrow_writer::ArrowRowGroupWriterFactory;
use parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, SchemaDescPtr};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

/// Rows of a row group where nothing else is said.
pub const GROUP_ROWS: usize = 1 << 20;

/// Rows that the encoder gets at a time, and rows of a page. The bytes depend on it, so it never varies.
pub(crate) const SLICE_ROWS: usize = 1 << 16;

/// What a table is: its columns, and what is fixed about its bytes.
#[derive(Debug, Clone)]
pub struct TableSpec {
    /// The columns, in order.
    pub fields: Vec<Field>,
    /// What the file says about itself: keys `mores.…` and their values, in this order.
    pub facts: Vec<(String, String)>,
    /// Columns by which the rows are sorted, upwards, the first first.
    pub sorted: Vec<usize>,
    /// A row group ends at this many rows.
    pub group_rows: usize,
    /// A row group also ends at [`Table::mark`](super::table::Table::mark) once it holds this many rows.
    pub mark_rows: usize,
}

impl TableSpec {
    /// A table of these columns, with row groups of [`GROUP_ROWS`] and nothing said about itself.
    pub fn new(fields: Vec<Field>) -> Self {
        TableSpec {
            fields,
            facts: Vec::new(),
            sorted: Vec::new(),
            group_rows: GROUP_ROWS,
            mark_rows: usize::MAX,
        }
    }
}

/// A checked [`TableSpec`] with all that the encoder needs.
pub(crate) struct Layout {
    pub(crate) spec: TableSpec,
    pub(crate) schema: SchemaRef,
    pub(crate) descr: SchemaDescPtr,
    pub(crate) props: Arc<WriterProperties>,
    pub(crate) encoders: ArrowRowGroupWriterFactory,
    labels: Vec<Option<ArrayRef>>,
}

impl Layout {
    /// Checks a table's columns; `path` is for the error alone.
    pub(crate) fn new(path: &Path, spec: TableSpec) -> Result<Self, RunError> {
        check(&spec).map_err(|what| RunError::columns(path, what))?;
        Self::build(spec).map_err(|e| RunError::encode(path, e))
    }

    fn build(spec: TableSpec) -> Result<Self, ParquetError> {
        let fields: Vec<ArrowField> = spec.fields.iter().map(arrow_field).collect();
        let schema = Arc::new(Schema::new(fields));
        let mut props = properties(&spec)?;
        add_encoded_arrow_schema_to_metadata(&schema, &mut props);
        let props = Arc::new(props);
        let root = ArrowSchemaConverter::new().convert(&schema)?;
        // The factory takes schema and properties from a file writer; this one writes no file.
        let shape = SerializedFileWriter::new(std::io::sink(), root.root_schema_ptr(), props.clone())?;
        let encoders = ArrowRowGroupWriterFactory::new(&shape, schema.clone());
        let labels = spec.fields.iter().map(|field| {
            let words = || Arc::new(StringArray::from_iter_values(&field.labels)) as ArrayRef;
            (!field.labels.is_empty()).then(words)
        });
        Ok(Layout { labels: labels.collect(), descr: Arc::new(root), spec, schema, props, encoders })
    }

    /// A column whose pages follow from what is known of it: words from their codes, and runs of numbers.
    pub(crate) fn chunk(
        &self,
        column: usize,
        cells: &CellsRef,
        zstd: &mut Zstd,
    ) -> Result<Option<Chunk>, ParquetError> {
        let (field, descr) = (&self.spec.fields[column], self.descr.column(column));
        if field.nullable || cells.is_empty() {
            return Ok(None);
        }
        Ok(match cells {
            CellsRef::U8(codes) if !field.labels.is_empty() => {
                Some(Chunk::of_words(descr, &field.labels, codes, zstd)?)
            }
            &CellsRef::Repeat { value, rows } if field.differs() => {
                Some(Chunk::of_run(descr, &Run { least: value, first: 0, each: u64::MAX }, rows, zstd)?)
            }
            &CellsRef::Count { first, each, rows } if field.differs() => {
                Some(Chunk::of_run(descr, &Run { least: 0, first, each }, rows, zstd)?)
            }
            // The bytes are those of the rows, however they were told.
            CellsRef::Repeat { .. } | CellsRef::Count { .. } => {
                let mut written_out = field.buffer();
                written_out.extend(cells);
                return self.chunk(column, &written_out.view(), zstd);
            }
            _ if !field.may_be_few() => None,
            _ => Chunk::of_few(descr, cells, zstd)?,
        })
    }

    /// The Arrow array of some rows of a column.
    pub(crate) fn array(&self, column: usize, cells: &CellsRef) -> Result<ArrayRef, ParquetError> {
        let field = &self.spec.fields[column];
        let nullable = field.nullable;
        Ok(match cells {
            CellsRef::U8(codes) if let Some(words) = &self.labels[column] => {
                let keys = plain::<UInt8Type>(codes.to_vec(), nullable, |v| v == u8::MAX);
                Arc::new(DictionaryArray::try_new(keys, words.clone())?)
            }
            CellsRef::U8(bits) if field.dtype == Dtype::Bool => {
                let values = BooleanBuffer::from_iter(bits.iter().map(|&bit| bit == 1));
                let nulls = nulls(bits, nullable, |bit| bit > 1);
                Arc::new(BooleanArray::new(values, nulls))
            }
            CellsRef::U8(v) => whole::<UInt8Type>(v, nullable, u8::MAX),
            CellsRef::U16(v) => whole::<UInt16Type>(v, nullable, u16::MAX),
            CellsRef::U32(v) => whole::<UInt32Type>(v, nullable, u32::MAX),
            CellsRef::U64(v) => whole::<UInt64Type>(v, nullable, u64::MAX),
            CellsRef::F32(v) => Arc::new(plain::<Float32Type>(v.to_vec(), nullable, f32::is_nan)),
            CellsRef::F64(v) => Arc::new(plain::<Float64Type>(v.to_vec(), nullable, f64::is_nan)),
            CellsRef::Text(texts) => Arc::new(StringArray::from_iter_values(texts.iter())),
            CellsRef::Packed(texts, rows) => {
                let mut out = StringBuilder::with_capacity(rows.len(), rows.len() * 8);
                rows.clone().for_each(|row| out.append_value(texts.get(row)));
                Arc::new(out.finish())
            }
            CellsRef::Repeat { .. } | CellsRef::Count { .. } | CellsRef::Few { .. } => {
                let mut written_out = field.buffer();
                written_out.extend(cells);
                return self.array(column, &written_out.view());
            }
        })
    }
}

fn check(spec: &TableSpec) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for field in &spec.fields {
        let name = &field.name;
        if !seen.insert(name) {
            return Err(format!("two columns are called `{name}`"));
        }
        let most = if field.nullable { 255 } else { 256 };
        if field.labels.len() > most {
            let labels = field.labels.len();
            return Err(format!("column `{name}` has {labels} labels; {most} are possible"));
        }
        if !field.labels.is_empty() && (field.dtype != Dtype::U8 || field.names) {
            return Err(format!("column `{name}` has labels but no u8 codes"));
        }
        if field.names && field.nullable {
            return Err(format!("column `{name}` is text, which has no value for nothing"));
        }
    }
    if spec.fields.is_empty() || spec.group_rows == 0 || spec.mark_rows == 0 {
        return Err("a table needs a column, and row groups at least one row".into());
    }
    if spec.sorted.iter().any(|&column| column >= spec.fields.len()) {
        return Err("sorted by a column that is not there".into());
    }
    Ok(())
}

fn arrow_field(field: &Field) -> ArrowField {
    // The library reads no more than 255 words with keys of a byte.
    let key = if field.labels.len() < 256 { DataType::UInt8 } else { DataType::UInt16 };
    let words = || DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
    let dtype = match field.dtype {
        _ if field.names => DataType::Utf8,
        _ if !field.labels.is_empty() => words(),
        Dtype::Bool => DataType::Boolean,
        Dtype::U8 => DataType::UInt8,
        Dtype::U16 => DataType::UInt16,
        Dtype::U32 => DataType::UInt32,
        Dtype::U64 => DataType::UInt64,
        Dtype::F32 => DataType::Float32,
        Dtype::F64 => DataType::Float64,
    };
    let mut facts = Vec::new();
    if !field.labels.is_empty() {
        // Polars reads an Enum of these words, in this order: length in bytes; word.
        let words = field.labels.iter().map(|word| format!("{};{word}", word.len()));
        facts.push(("_PL_ENUM_VALUES2".to_owned(), words.collect::<String>()));
    }
    for (key, text) in [("unit", &field.unit), ("description", &field.about)] {
        if !text.is_empty() {
            facts.push((key.to_owned(), text.clone()));
        }
    }
    let facts: BTreeMap<_, _> = facts.into_iter().collect();
    ArrowField::new(&field.name, dtype, field.nullable).with_metadata(facts)
}

fn properties(spec: &TableSpec) -> Result<WriterProperties, ParquetError> {
    let facts = spec.facts.iter();
    let facts = facts.map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let sorted = spec.sorted.iter().map(|&column| SortingColumn {
        column_idx: i32::try_from(column).expect("a table has few columns"),
        descending: false,
        nulls_first: false,
    });
    let mut builder = WriterProperties::builder()
        .set_created_by(concat!("mores version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_data_page_row_count_limit(SLICE_ROWS)
        .set_write_batch_size(8192)
        .set_key_value_metadata(Some(facts.collect()))
        .set_sorting_columns((!spec.sorted.is_empty()).then(|| sorted.collect()));
    for field in &spec.fields {
        let column = ColumnPath::new(vec![field.name.clone()]);
        let continuous = !field.names && matches!(field.dtype, Dtype::F32 | Dtype::F64);
        builder = builder.set_column_dictionary_enabled(column.clone(), !continuous && !field.rising);
        if !field.labels.is_empty() {
            // Nearly every page has all words: who looks for one cannot pass over any, and comparing them takes long.
            builder = builder.set_column_statistics_enabled(column.clone(), EnabledStatistics::None);
        }
        // A dictionary on continuous values makes the file larger and slower.
        if field.differs() {
            builder = builder.set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(builder.build())
}

fn nulls<T: Copy>(values: &[T], nullable: bool, none: impl Fn(T) -> bool) -> Option<NullBuffer> {
    nullable.then(|| values.iter().map(|&value| !none(value)).collect())
}

fn plain<T: ArrowPrimitiveType>(
    values: Vec<T::Native>,
    nullable: bool,
    none: impl Fn(T::Native) -> bool,
) -> PrimitiveArray<T> {
    let nulls = nulls(&values, nullable, none);
    PrimitiveArray::new(ScalarBuffer::from(values), nulls)
}

fn whole<T: ArrowPrimitiveType>(values: &[T::Native], nullable: bool, none: T::Native) -> ArrayRef {
    Arc::new(plain::<T>(values.to_vec(), nullable, |value| value == none))
}
