//! The bytes of a Parquet file as it grows: whole row groups, and at the end the footer.
//!
//! A row group is a function of its rows: it is encoded in one go, in slices of fixed length. What is known of the
//! row groups is kept here and not in the library's file writer, so that a copy of what is there so far can be given
//! a footer of its own while the file goes on.

use super::cells::CellsRef;
use super::chunk::Zstd;
use super::layout::{Layout, SLICE_ROWS};
use parquet::arrow::arrow_writer::compute_leaves;
use parquet::errors::ParquetError;
use parquet::file::metadata::page_index::{PageIndexBuilder, PageIndexProvider};
use parquet::file::metadata::{
    FileMetaData, ParquetMetaData, ParquetMetaDataBuilder, ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::file::page_index::column_index::ColumnIndexMetaData;
use parquet::file::page_index::offset_index::OffsetIndexMetaData;
use parquet::file::writer::{SerializedRowGroupWriter, TrackedWrite};
use std::io::{Read, Write};
use std::sync::Arc;

type Index<T> = Vec<Option<T>>;

/// What the footer says of the row groups.
#[derive(Clone, Default)]
pub(crate) struct Groups {
    pub(crate) groups: Vec<RowGroupMetaData>,
    columns: Vec<Index<ColumnIndexMetaData>>,
    offsets: Vec<Index<OffsetIndexMetaData>>,
}

impl Groups {
    /// The first `count` row groups of a file that was read.
    pub(crate) fn of(metadata: &ParquetMetaData, count: usize) -> Self {
        let mut known = Groups::default();
        let index = metadata.page_index();
        for (number, group) in metadata.row_groups().iter().take(count).enumerate() {
            let columns = 0..group.num_columns();
            let column_index = |c| index.and_then(|index| index.column_index(number, c).cloned());
            let offset_index = |c| index.and_then(|index| index.offset_index(number, c).cloned());
            known.columns.push(columns.clone().map(column_index).collect());
            known.offsets.push(columns.map(offset_index).collect());
            known.groups.push(group.clone());
        }
        known
    }

    fn page_index(&self, columns: usize) -> Arc<dyn PageIndexProvider> {
        let mut index = PageIndexBuilder::new(self.groups.len(), columns);
        for (group, (columns, offsets)) in self.columns.iter().zip(&self.offsets).enumerate() {
            for (column, known) in columns.iter().enumerate() {
                if let Some(known) = known.clone() {
                    index.put_column_index(known, group, column);
                }
            }
            for (column, known) in offsets.iter().enumerate() {
                if let Some(known) = known.clone() {
                    index.put_offset_index(known, group, column);
                }
            }
        }
        Arc::new(index.build())
    }
}

/// A Parquet file without its footer.
pub(crate) struct Body<W: Write + Send> {
    out: TrackedWrite<W>,
    pub(crate) known: Groups,
    zstd: Zstd,
}

impl<W: Write + Send> Body<W> {
    /// Begins a file.
    pub(crate) fn begin(out: W) -> Result<Self, ParquetError> {
        let mut out = TrackedWrite::new(out);
        out.write_all(b"PAR1")?;
        Ok(Body { out, known: Groups::default(), zstd: Zstd::new()? })
    }

    /// Goes on from the first bytes of another file, which hold exactly the row groups that are known of it.
    pub(crate) fn go_on(out: W, from: &mut impl Read, known: Groups) -> Result<Self, ParquetError> {
        let mut out = TrackedWrite::new(out);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let read = from.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            out.write_all(&buffer[..read])?;
        }
        Ok(Body { out, known, zstd: Zstd::new()? })
    }

    /// Encodes rows as one row group.
    pub(crate) fn group(&mut self, layout: &Layout, columns: &[CellsRef]) -> Result<(), ParquetError> {
        let number = self.known.groups.len();
        let ordinal = i32::try_from(number).map_err(|_| too_many())?;
        let known = &mut self.known;
        let mut group = SerializedRowGroupWriter::new(
            layout.descr.clone(),
            layout.props.clone(),
            &mut self.out,
            ordinal,
            Some(Box::new(move |_, group, _, columns, offsets| {
                known.groups.push(group);
                known.columns.push(columns);
                known.offsets.push(offsets);
                Ok(())
            })),
        );
        let mut encoders = vec![];
        for (column, cells) in columns.iter().enumerate() {
            if let Some(chunk) = layout.chunk(column, cells, &mut self.zstd)? {
                chunk.append(&mut group)?;
                continue;
            }
            if encoders.is_empty() {
                let all = layout.encoders.create_column_writers(number)?;
                encoders = all.into_iter().map(Some).collect();
            }
            let mut encoder = encoders[column].take().expect("a column is written once");
            let field = layout.schema.field(column);
            for start in (0..cells.len()).step_by(SLICE_ROWS) {
                let end = cells.len().min(start + SLICE_ROWS);
                let array = layout.array(column, &cells.slice(start..end))?;
                for leaf in compute_leaves(field, &array)? {
                    encoder.write(&leaf)?;
                }
            }
            encoder.close()?.append_to_row_group(&mut group)?;
        }
        group.close()?;
        Ok(())
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> u64 {
        self.out.bytes_written() as u64
    }

    /// Hands every byte to the file.
    pub(crate) fn flush(&mut self) -> std::io::Result<&W> {
        self.out.flush()?;
        Ok(self.out.inner())
    }

    /// Writes the footer; `done` gets the finished file.
    pub(crate) fn finish<T>(
        mut self,
        layout: &Layout,
        done: impl FnOnce(&W) -> T,
    ) -> Result<T, ParquetError> {
        let rows = self.known.groups.iter().map(RowGroupMetaData::num_rows).sum();
        let props = &layout.props;
        let file = FileMetaData::new(
            props.writer_version().as_num(),
            rows,
            Some(props.created_by().to_owned()),
            props.key_value_metadata().cloned(),
            layout.descr.clone(),
            None,
        );
        let index = self.known.page_index(layout.spec.fields.len());
        let metadata = ParquetMetaDataBuilder::new(file)
            .set_page_index((!self.known.groups.is_empty()).then_some(index))
            .set_row_groups(self.known.groups)
            .build();
        let mut footer = Vec::new();
        let place = after(self.out.bytes_written(), &mut footer)?;
        ParquetMetaDataWriter::new_with_tracked(place, &metadata)
            .with_write_path_in_schema(props.write_path_in_schema())
            .with_preserve_page_index_locations(false)
            .finish()?;
        self.out.write_all(&footer)?;
        self.out.flush()?;
        Ok(done(self.out.inner()))
    }
}

/// Takes what comes after the first bytes. The library's footer writer drops its buffer, and with it any error of the
/// last write; so the footer goes into memory first, where nothing can fail.
struct Footer<'a> {
    skip: usize,
    out: &'a mut Vec<u8>,
}

impl Write for Footer<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.skip == 0 {
            self.out.extend_from_slice(bytes);
            return Ok(bytes.len());
        }
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        Ok(skipped)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A place to write a footer that begins at this byte of its file. The library counts only what it was given itself,
/// so it is given that many bytes, which go nowhere.
fn after(place: usize, out: &mut Vec<u8>) -> Result<TrackedWrite<Footer<'_>>, ParquetError> {
    let mut tracked = TrackedWrite::new(Footer { skip: place, out });
    let nothing = vec![0; place.min(1 << 20)];
    let mut left = place;
    while left > 0 {
        let now = left.min(nothing.len());
        tracked.write_all(&nothing[..now])?;
        left -= now;
    }
    tracked.flush()?;
    Ok(tracked)
}

fn too_many() -> ParquetError {
    ParquetError::General("more row groups than a parquet file can have".into())
}

#[cfg(test)]
mod tests {
    use super::super::cells::Field;
    use super::super::error::RunError;
    use super::super::layout::TableSpec;
    use super::*;
    use crate::columns::Dtype;
    use std::io::{Error, ErrorKind};
    use std::path::Path;

    /// A disk with room for so many bytes.
    struct Disk(usize);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            match self.0.min(bytes.len()) {
                0 if !bytes.is_empty() => Err(Error::from(ErrorKind::StorageFull)),
                room => {
                    self.0 -= room;
                    Ok(room)
                }
            }
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_is_full_at_any_byte_is_told_and_never_passes_for_success() {
        let path = Path::new("t.parquet");
        let spec = TableSpec::new(vec![Field::new("payoff", Dtype::F32)]);
        let layout = Layout::new(path, spec).unwrap();
        let values: Vec<f32> = (0..3000u16).map(|row| f32::from(row) / 7.0).collect();
        let write = |room| {
            let mut body = Body::begin(Disk(room))?;
            body.group(&layout, &[CellsRef::F32(&values)])?;
            body.group(&layout, &[CellsRef::F32(&values)])?;
            body.finish(&layout, |disk| disk.0)
        };
        let length = (1 << 20) - write(1 << 20).unwrap();
        assert_eq!(write(length).unwrap(), 0);
        for room in (0..length).step_by(101).chain([length - 1]) {
            let error = RunError::encode(path, write(room).unwrap_err());
            assert!(matches!(error, RunError::DiskFull { .. }), "{room} {error}");
        }
    }
}
