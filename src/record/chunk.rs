//! Columns of a row group whose pages are made here and not by the library's encoders.
//!
//! The library compares every value, compresses four bytes where five bits would do, and looks words up in a table of words.
//! Words of a snapshot have codes already, most ticks and ids are runs of numbers, and many columns hold few numbers: what
//! certain acts earn, what all have alike. Their pages take a tenth to a half of the time. Any reader of Parquet reads them: the pages
//! of a run are the library's own, byte for byte; those of words list all words of the column, whether they occur or not.

use super::cells::CellsRef;
use super::few::Few;
use super::layout::SLICE_ROWS;
use bytes::Bytes;
use parquet::basic::{BoundaryOrder, Compression, Encoding, EncodingMask, Type, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, ColumnIndexBuilder, OffsetIndexBuilder, PageEncodingStats,
};
use parquet::file::statistics::{Statistics, ValueStatistics};
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use std::io::Write;
use std::ops::Range;
use zstd::bulk::Compressor;

/// How hard pages are compressed.
pub(crate) const LEVEL: i32 = 1;

/// A column of a row group, encoded.
pub(crate) struct Chunk {
    bytes: Bytes,
    close: ColumnCloseResult,
}

impl Chunk {
    /// A column of words, told by their codes.
    ///
    /// # Errors
    /// Where a code has no word.
    pub(crate) fn of_words(
        column: ColumnDescPtr,
        words: &[String],
        codes: &[u8],
        zstd: &mut Zstd,
    ) -> Result<Chunk, ParquetError> {
        let most = codes.iter().copied().max().map_or(0, usize::from);
        if most >= words.len() {
            let words = words.len();
            return Err(ParquetError::General(format!("a column has {words} words, and a code {most}")));
        }
        let mut pages = Pages::begin(zstd);
        let mut listed = vec![];
        for word in words {
            let bytes = u32::try_from(word.len()).map_err(|_| too_long())?;
            listed.extend(bytes.to_le_bytes());
            listed.extend(word.bytes());
        }
        pages.dictionary(&listed, words.len())?;
        for codes in codes.chunks(SLICE_ROWS) {
            pages.codes(codes, words.len())?;
        }
        pages.end(column, None)
    }

    /// A column of numbers, if there are so few of them that each gets a code, and all can be compared.
    ///
    /// # Errors
    /// What the library says of writing it.
    pub(crate) fn of_few(
        column: ColumnDescPtr,
        cells: &CellsRef,
        zstd: &mut Zstd,
    ) -> Result<Option<Chunk>, ParquetError> {
        let kind = column.physical_type();
        // A list of numbers pays where each stands for several rows.
        let pays = |few: &Few| {
            4 * few.values.len() <= few.codes.len() && !few.values.iter().any(|&value| is_nan(kind, value))
        };
        let Some(few) = Few::of(cells).filter(pays) else { return Ok(None) };
        let mut pages = Pages::begin(zstd);
        let mut index = ColumnIndexBuilder::new(kind);
        let listed: Vec<u8> = few.values.iter().flat_map(|&value| number(kind, value)).collect();
        pages.dictionary(&listed, few.values.len())?;
        let nans = matches!(kind, Type::FLOAT | Type::DOUBLE).then_some(0);
        for codes in few.codes.chunks(SLICE_ROWS) {
            pages.codes(codes, few.values.len())?;
            let [least, most] = ends(kind, few.found_in(codes));
            index.append(false, number(kind, least), number(kind, most), 0, nans.map(u64::cast_signed));
        }
        let of_all = statistics(kind, ends(kind, few.values.iter().copied()), nans);
        pages.end(column, Some((of_all, index))).map(Some)
    }

    /// A column of whole numbers that grow by one from row to row, or less often.
    ///
    /// # Errors
    /// What the library says of writing it.
    pub(crate) fn of_run(
        column: ColumnDescPtr,
        run: &Run,
        rows: usize,
        zstd: &mut Zstd,
    ) -> Result<Chunk, ParquetError> {
        let kind = column.physical_type();
        let mut pages = Pages::begin(zstd);
        let mut index = ColumnIndexBuilder::new(kind);
        index.set_boundary_order(BoundaryOrder::ASCENDING);
        for start in (0..rows).step_by(SLICE_ROWS) {
            let rows = start..rows.min(start + SLICE_ROWS);
            let ends = [run.at(start), run.at(rows.end - 1)];
            pages.data(&run.packed(kind, rows.clone()), rows.len(), Encoding::DELTA_BINARY_PACKED)?;
            index.append(false, number(kind, ends[0]), number(kind, ends[1]), 0, None);
        }
        let ends = [run.at(0), run.at(rows.saturating_sub(1))];
        pages.end(column, Some((statistics(kind, ends, None), index)))
    }

    /// Adds it to a row group.
    pub(crate) fn append<W: Write + Send>(
        self,
        group: &mut SerializedRowGroupWriter<W>,
    ) -> Result<(), ParquetError> {
        group.append_column(&self.bytes, self.close)
    }
}

/// Whole numbers: that of a row is `least + (first + row) / each`.
pub(crate) struct Run {
    pub(crate) least: u64,
    pub(crate) first: u64,
    pub(crate) each: u64,
}

impl Run {
    fn at(&self, row: usize) -> u64 {
        self.least + (self.first + row as u64) / self.each
    }

    /// The body of a page of these rows: a number, then differences in blocks of four parts. A part takes no bits where all
    /// of it are those of the block's least, and one bit each where some are greater.
    fn packed(&self, kind: Type, rows: Range<usize>) -> Vec<u8> {
        let (block, first) = match kind {
            Type::INT64 => (256, self.at(rows.start).cast_signed()),
            _ => (128, i64::from(low(self.at(rows.start).cast_signed()))),
        };
        let mut out = vec![];
        for fact in [block as u64, 4, rows.len() as u64, (first << 1 ^ first >> 63).cast_unsigned()] {
            varint(&mut out, fact);
        }
        // The first row from one on that differs from the one before.
        let differs_from =
            |row: usize| row + (self.each - 1 - (self.first + row as u64 - 1) % self.each) as usize;
        let mut next = differs_from(rows.start + 1);
        for start in (rows.start + 1..rows.end).step_by(block) {
            let end = rows.end.min(start + block);
            let all_differ = self.each == 1 || end == start + 1 && next == start;
            varint(&mut out, u64::from(all_differ) << 1);
            let (mut widths, mut bits) = ([0; 4], [[0; 8]; 4]);
            if all_differ {
                next = differs_from(end);
            }
            while next < end {
                let (part, place) = ((next - start) / (block / 4), (next - start) % (block / 4));
                widths[part] = 1;
                bits[part][place / 8] |= 1 << (place % 8);
                next = differs_from(next + 1);
            }
            out.extend(widths);
            for (_, bits) in widths.iter().zip(bits).filter(|part| *part.0 == 1) {
                out.extend(&bits[..block / 32]);
            }
        }
        out
    }
}

/// The lower half: a number below 2^32 as the format stores it.
#[expect(clippy::cast_possible_truncation, reason = "the format stores them so")]
fn low(value: i64) -> i32 {
    value as i32
}

/// The bytes of a number of such a column, of which these are the bits.
fn number(kind: Type, bits: u64) -> Vec<u8> {
    let bytes = bits.to_le_bytes();
    bytes[..if matches!(kind, Type::INT64 | Type::DOUBLE) { 8 } else { 4 }].to_vec()
}

/// The number of these bits, for a comparison.
fn float(kind: Type, bits: u64) -> f64 {
    match kind {
        Type::FLOAT => f32::from_bits(low(bits.cast_signed()).cast_unsigned()).into(),
        _ => f64::from_bits(bits),
    }
}

fn is_nan(kind: Type, bits: u64) -> bool {
    matches!(kind, Type::FLOAT | Type::DOUBLE) && float(kind, bits).is_nan()
}

/// The bits of the least and the greatest of some numbers, none of them NaN; both 0 where there are none.
fn ends(kind: Type, bits: impl Iterator<Item = u64> + Clone) -> [u64; 2] {
    if !matches!(kind, Type::FLOAT | Type::DOUBLE) {
        return [bits.clone().min().unwrap_or(0), bits.max().unwrap_or(0)];
    }
    let order = |a: &u64, b: &u64| float(kind, *a).total_cmp(&float(kind, *b));
    let (least, most) = (bits.clone().min_by(order).unwrap_or(0), bits.max_by(order).unwrap_or(0));
    // A reader may look for either zero: the format wants the lower one as least, the upper one as greatest.
    let below = if kind == Type::FLOAT { 1 << 31 } else { 1 << 63 };
    [if float(kind, least) == 0.0 { below } else { least }, if float(kind, most) == 0.0 { 0 } else { most }]
}

/// What the footer says of the least and the greatest number.
fn statistics(kind: Type, [least, most]: [u64; 2], nans: Option<u64>) -> Statistics {
    let single = |bits: u64| Some(f32::from_bits(low(bits.cast_signed()).cast_unsigned()));
    let (double, long) = (|bits| Some(f64::from_bits(bits)), |bits: u64| Some(bits.cast_signed()));
    let short = |bits: u64| Some(low(bits.cast_signed()));
    match kind {
        Type::INT64 => Statistics::int64(long(least), long(most), None, Some(0), false),
        Type::FLOAT => {
            let of_all = ValueStatistics::new(single(least), single(most), None, Some(0), false);
            Statistics::Float(of_all.with_nan_count(nans))
        }
        Type::DOUBLE => {
            let of_all = ValueStatistics::new(double(least), double(most), None, Some(0), false);
            Statistics::Double(of_all.with_nan_count(nans))
        }
        _ => Statistics::int32(short(least), short(most), None, Some(0), false),
    }
}

/// Seven bits a byte, the lowest first.
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The body of a page of codes: one run, or all of them in so many bits each.
fn packed(codes: &[u8], bits: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(codes.len().div_ceil(8) * bits + 16);
    out.push(bits as u8);
    let first = codes.first().copied().unwrap_or(0);
    if codes.iter().all(|&code| code == first) {
        varint(&mut out, (codes.len() as u64) << 1);
        out.push(first);
        return out;
    }
    varint(&mut out, (codes.len().div_ceil(8) as u64) << 1 | 1);
    let (eights, rest) = codes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let last = (!rest.is_empty()).then_some(&last);
    // Eight bytes are written, of which the next ones overwrite what is too much.
    let mut at = out.len();
    out.resize(at + codes.len().div_ceil(8) * bits + 8, 0);
    for eight in eights.iter().chain(last) {
        out[at..at + 8].copy_from_slice(&together(*eight, bits).to_le_bytes());
        at += bits;
    }
    out.truncate(at);
    out
}

/// Eight codes in so many bits each, the first lowest: pairs of them are joined, then pairs of those.
#[inline(always)]
fn together(codes: [u8; 8], bits: usize) -> u64 {
    let codes = u64::from_le_bytes(codes);
    let pairs = codes & 0x00ff_00ff_00ff_00ff | (codes & 0xff00_ff00_ff00_ff00) >> (8 - bits);
    let fours = pairs & 0x0000_ffff_0000_ffff | (pairs & 0xffff_0000_ffff_0000) >> (16 - 2 * bits);
    fours & 0xffff_ffff | fours >> 32 << (4 * bits)
}

/// What compresses pages: its tables are made once for all.
pub(crate) struct Zstd(Compressor<'static>);

impl Zstd {
    pub(crate) fn new() -> Result<Zstd, ParquetError> {
        Ok(Zstd(Compressor::new(LEVEL)?))
    }
}

/// Pages on their way to a chunk.
struct Pages<'z> {
    out: TrackedWrite<Vec<u8>>,
    zstd: &'z mut Zstd,
    offsets: OffsetIndexBuilder,
    encodings: Vec<PageEncodingStats>,
    dictionary: Option<u64>,
    first_data: Option<u64>,
    rows: u64,
    unpacked: usize,
}

impl Pages<'_> {
    fn begin(zstd: &mut Zstd) -> Pages<'_> {
        Pages {
            out: TrackedWrite::new(vec![]),
            zstd,
            offsets: OffsetIndexBuilder::new(),
            encodings: vec![],
            dictionary: None,
            first_data: None,
            rows: 0,
            unpacked: 0,
        }
    }

    /// The values that codes stand for.
    fn dictionary(&mut self, body: &[u8], values: usize) -> Result<(), ParquetError> {
        let page = Page::DictionaryPage {
            buf: self.zstd.0.compress(body)?.into(),
            num_values: u32::try_from(values).map_err(|_| too_long())?,
            encoding: Encoding::PLAIN,
            is_sorted: false,
        };
        let (at, _) = self.write(page, body.len())?;
        self.dictionary = Some(at);
        Ok(())
    }

    /// The next rows, each a code of one of so many values.
    fn codes(&mut self, codes: &[u8], values: usize) -> Result<(), ParquetError> {
        let bits = (usize::BITS - values.saturating_sub(1).leading_zeros()).max(1) as usize;
        self.data(&packed(codes, bits), codes.len(), Encoding::RLE_DICTIONARY)
    }

    /// The next rows.
    fn data(&mut self, body: &[u8], rows: usize, encoding: Encoding) -> Result<(), ParquetError> {
        let page = Page::DataPage {
            buf: self.zstd.0.compress(body)?.into(),
            num_values: u32::try_from(rows).map_err(|_| too_long())?,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let (at, bytes) = self.write(page, body.len())?;
        self.first_data.get_or_insert(at);
        self.rows += rows as u64;
        self.offsets.append_row_count(rows as i64);
        self.offsets.append_offset_and_size(signed(at)?, i32::try_from(bytes).map_err(|_| too_long())?);
        Ok(())
    }

    /// Where the page stands, and its bytes with the header.
    fn write(&mut self, page: Page, unpacked: usize) -> Result<(u64, usize), ParquetError> {
        let (page_type, encoding) = (page.page_type(), page.encoding());
        match self.encodings.last_mut().filter(|known| known.page_type == page_type) {
            Some(known) => known.count += 1,
            None => self.encodings.push(PageEncodingStats { page_type, encoding, count: 1 }),
        }
        let spec =
            SerializedPageWriter::new(&mut self.out).write_page(CompressedPage::new(page, unpacked))?;
        self.unpacked += spec.uncompressed_size;
        Ok((spec.offset, spec.compressed_size))
    }

    fn end(
        self,
        column: ColumnDescPtr,
        index: Option<(Statistics, ColumnIndexBuilder)>,
    ) -> Result<Chunk, ParquetError> {
        let bytes = self.out.into_inner()?;
        let mut used: Vec<Encoding> = self.encodings.iter().map(|known| known.encoding).collect();
        // Levels have an encoding even where there are none.
        used.push(Encoding::RLE);
        let mut metadata = ColumnChunkMetaData::builder(column)
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
            .set_encodings_mask(EncodingMask::new_from_encodings(used.iter()))
            .set_page_encoding_stats(self.encodings)
            .set_total_compressed_size(signed(bytes.len() as u64)?)
            .set_total_uncompressed_size(signed(self.unpacked as u64)?)
            .set_num_values(signed(self.rows)?)
            .set_data_page_offset(signed(self.first_data.unwrap_or(0))?)
            .set_dictionary_page_offset(self.dictionary.map(signed).transpose()?);
        let mut column_index = None;
        if let Some((of_all, index)) = index {
            metadata = metadata.set_statistics(of_all);
            column_index = Some(index.build()?);
        }
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index,
            offset_index: Some(self.offsets.build()),
        };
        Ok(Chunk { bytes: bytes.into(), close })
    }
}

fn signed(value: u64) -> Result<i64, ParquetError> {
    i64::try_from(value).map_err(|_| too_long())
}

fn too_long() -> ParquetError {
    ParquetError::General("more than a column of a row group can hold".into())
}

#[cfg(test)]
mod tests {
    use super::super::cells::{Cells, CellsRef, Field};
    use super::super::files::TestFolder;
    use super::super::layout::TableSpec;
    use super::super::rows::read_table;
    use super::super::table::write_table;
    use crate::columns::Dtype;
    use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
    use parquet::file::metadata::PageIndexPolicy;
    use parquet::file::page_index::column_index::ColumnIndexMetaData;
    use parquet::file::statistics::Statistics;

    fn bytes(field: &Field, cells: CellsRef) -> Vec<u8> {
        let folder = TestFolder::new();
        let path = folder.join("t.parquet");
        write_table(&path, TableSpec::new(vec![field.clone()]), &[cells]).unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn a_run_has_the_bytes_that_the_library_gives_its_numbers() {
        let fields = [Dtype::U32, Dtype::U64].map(|dtype| Field::new("agent_id", dtype).rising());
        for (field, most) in fields.iter().zip([u64::from(u32::MAX), u64::MAX]) {
            for rows in [1, 2, 128, 129, 257, 65_536, 65_537, 140_000] {
                for first in [0, 77, most / 2 - 50, most - 140_000] {
                    let count = |each| CellsRef::Count { first, each, rows };
                    let counts = [1, 2, 3, 31, 32, 50, 129, 40_000, 65_536].map(count);
                    for run in counts.into_iter().chain([CellsRef::Repeat { value: first, rows }]) {
                        let mut values = field.buffer();
                        values.extend(&run);
                        assert!(bytes(field, values.view()) == bytes(field, run), "{rows} from {first}");
                    }
                }
            }
        }
    }

    #[test]
    fn words_come_back_however_many_there_are_and_however_few_occur() {
        let folder = TestFolder::new();
        let path = folder.join("t.parquet");
        for words in [1, 2, 3, 4, 5, 17, 128, 129, 256] {
            let labels = (0..words).map(|word| format!("wörd {word}")).collect();
            let spec = TableSpec::new(vec![Field::labelled("strategy", labels)]);
            for rows in [1, 7, 8, 65_536, 65_545, 150_000] {
                let drawn = |row: usize| (row.wrapping_mul(2_654_435_761) >> 13) % words;
                for occur in [1, 2, words] {
                    let codes: Vec<u8> = (0..rows).map(|row| (drawn(row) * occur / words) as u8).collect();
                    write_table(&path, spec.clone(), &[CellsRef::U8(&codes)]).unwrap();
                    assert!(read_table(&path, &spec).unwrap() == [Cells::U8(codes)], "{words} {rows}");
                }
            }
        }
    }

    fn statistics_of(path: &std::path::Path) -> (Statistics, ColumnIndexMetaData) {
        let file = std::fs::File::open(path).unwrap();
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::load(&file, options).unwrap();
        let group = metadata.metadata().row_group(0);
        let pages = metadata.metadata().page_index().unwrap().column_index(0, 0).unwrap().clone();
        (group.column(0).statistics().unwrap().clone(), pages)
    }

    #[test]
    fn few_numbers_come_back_bit_by_bit_with_their_least_and_greatest() {
        let folder = TestFolder::new();
        let path = folder.join("t.parquet");
        let rows = |few: usize| (0..70_000usize).map(move |row| (row.wrapping_mul(2_654_435_761) >> 9) % few);
        for few in [1, 2, 5, 255, 256, 1000] {
            let of = |dtype| TableSpec::new(vec![Field::new("x", dtype)]);
            let single = |k: usize| if k == 1 { -0.0 } else { k as f32 / 3.0 };
            let columns = [
                (of(Dtype::U8), Cells::U8(rows(few).map(|k| (255 - k.min(255)) as u8).collect())),
                (of(Dtype::U16), Cells::U16(rows(few).map(|k| u16::MAX - k as u16).collect())),
                (of(Dtype::U32), Cells::U32(rows(few).map(|k| u32::MAX - k as u32).collect())),
                (of(Dtype::U64), Cells::U64(rows(few).map(|k| u64::MAX - k as u64).collect())),
                (of(Dtype::F32), Cells::F32(rows(few).map(single).collect())),
                (of(Dtype::F64), Cells::F64(rows(few).map(|k| 0.0 - k as f64).collect())),
            ];
            for (spec, cells) in columns {
                write_table(&path, spec.clone(), &[cells.view()]).unwrap();
                let back = read_table(&path, &spec).unwrap();
                // Zeros are alike for a comparison.
                assert_eq!(format!("{:?}", back[0]), format!("{cells:?}"));
                let (of_all, pages) = statistics_of(&path);
                let ends = |of: Option<&[u8]>| of.unwrap().to_vec();
                let (least, most) = match cells {
                    Cells::U8(v) => {
                        (u32::from(*v.iter().min().unwrap()).to_le_bytes().to_vec(), vec![255, 0, 0, 0])
                    }
                    Cells::U16(v) => {
                        (u32::from(*v.iter().min().unwrap()).to_le_bytes().to_vec(), vec![255, 255, 0, 0])
                    }
                    Cells::U32(v) => (v.iter().min().unwrap().to_le_bytes().to_vec(), vec![255; 4]),
                    Cells::U64(v) => (v.iter().min().unwrap().to_le_bytes().to_vec(), vec![255; 8]),
                    Cells::F32(_) => (
                        (-0f32).to_le_bytes().to_vec(),
                        single(if few < 3 { 0 } else { few - 1 }).to_le_bytes().to_vec(),
                    ),
                    _ => (
                        (if few == 1 { -0.0 } else { -(few as f64 - 1.0) }).to_le_bytes().to_vec(),
                        0f64.to_le_bytes().to_vec(),
                    ),
                };
                assert_eq!(
                    (ends(of_all.min_bytes_opt()), ends(of_all.max_bytes_opt())),
                    (least, most),
                    "{few}"
                );
                assert_eq!((pages.num_pages(), pages.null_count(1)), (2, Some(0)));
            }
        }
    }

    #[test]
    fn a_run_in_a_column_that_does_not_rise_has_the_bytes_of_its_numbers() {
        for dtype in [Dtype::U8, Dtype::U16, Dtype::U32, Dtype::U64] {
            let field = Field::new("model", dtype);
            for run in [
                CellsRef::Repeat { value: 7, rows: 70_000 },
                CellsRef::Count { first: 3, each: 1, rows: 200 },
            ] {
                let mut values = field.buffer();
                values.extend(&run);
                assert!(bytes(&field, values.view()) == bytes(&field, run));
            }
        }
    }

    #[test]
    fn a_repeated_word_has_the_bytes_of_its_codes_and_a_code_without_a_word_is_refused() {
        let field = Field::labelled("strategy", vec!["C".into(), "D".into()]);
        let repeat = CellsRef::Repeat { value: 1, rows: 70_000 };
        assert!(bytes(&field, repeat) == bytes(&field, CellsRef::U8(&[1; 70_000])));
        let folder = TestFolder::new();
        let spec = TableSpec::new(vec![field]);
        assert!(write_table(&folder.join("t.parquet"), spec, &[CellsRef::U8(&[0, 2])]).is_err());
    }
}
