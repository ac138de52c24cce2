//! A Parquet table to which rows are appended, and whose bytes depend on the rows alone.
//!
//! Rows wait in buffers until their row group is full; then the group is encoded in one go. So neither how the rows
//! arrive nor an interruption shows in the file: [`Table::checkpoint`] writes what is there so far as a file of its
//! own, and [`Table::resume`] takes whole row groups over byte by byte and the rows of the last one back into the buffers.

use super::body::{Body, Groups};
use super::cells::{Cells, CellsRef, Field, rows_of};
use super::error::RunError;
use super::files;
use super::held::Held;
use super::layout::{Layout, TableSpec};
use super::rows::Source;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A table that grows. Its final name appears at [`Table::finish`]; until then it is written beside.
pub struct Table {
    path: PathBuf,
    layout: Layout,
    body: Body<File>,
    waiting: Vec<Held>,
    rows: u64,
}

impl Table {
    /// Begins a table.
    ///
    /// # Errors
    /// [`RunError::Columns`] where the fields make no table; what the system said of creating the file.
    pub fn create(path: &Path, spec: TableSpec) -> Result<Self, RunError> {
        let layout = Layout::new(path, spec)?;
        let body = Body::begin(create(path)?).map_err(|e| RunError::encode(path, e))?;
        Ok(Table {
            path: path.to_path_buf(),
            waiting: layout.spec.fields.iter().map(Held::new).collect(),
            layout,
            body,
            rows: 0,
        })
    }

    /// Goes on with a table from `source`, a file that holds at least its first `rows` rows: a checkpoint of it, or the
    /// finished table itself. Later rows are dropped. `rows` must be a number at which [`Table::checkpoint`] was called.
    ///
    /// # Errors
    /// [`RunError::Read`], [`RunError::Decode`] where the file cannot be read; [`RunError::Mismatch`] where it is
    /// another table or has too few rows.
    pub fn resume(path: &Path, spec: TableSpec, source: &Path, rows: u64) -> Result<Self, RunError> {
        let layout = Layout::new(path, spec)?;
        let from = Source::open(source, &layout)?;
        let (mut whole, mut taken) = (0, 0);
        let mut partly = None;
        for group in 0..from.metadata.num_row_groups() {
            let held = from.group_rows(group)?;
            let last = group + 1 == from.metadata.num_row_groups();
            let left = usize::try_from(rows - taken).unwrap_or(usize::MAX);
            if left == 0 {
                break;
            }
            if held > left || (last && held < layout.spec.group_rows.min(layout.spec.mark_rows)) {
                partly = Some((group, held.min(left)));
                break;
            }
            whole = group + 1;
            taken += held as u64;
        }
        let mut waiting: Vec<Held> = layout.spec.fields.iter().map(Held::new).collect();
        if let Some((group, held)) = partly {
            let mut read: Vec<Cells> = layout.spec.fields.iter().map(Field::buffer).collect();
            from.append(group, 0..held, &layout.spec.fields, &mut read)?;
            waiting.iter_mut().zip(&read).for_each(|(to, cells)| to.extend(&cells.view()));
            taken += held as u64;
        }
        if taken != rows {
            let what = format!("it has {taken} rows, the checkpoint knows of {rows}");
            return Err(RunError::mismatch(source, what));
        }
        let end = whole.checked_sub(1).map_or(4, |last| from.group_end(last));
        let known = Groups::of(&from.metadata, whole);
        let body = copy(source, end, path, known)?;
        let path = path.to_path_buf();
        let mut table = Table { path, layout, body, waiting, rows };
        if table.waiting_rows() >= table.layout.spec.mark_rows {
            table.flush_group()?;
        }
        Ok(table)
    }

    /// Rows so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Appends rows, one slice a field.
    ///
    /// # Errors
    /// [`RunError::Columns`] where the columns do not fit; [`RunError::Encode`], [`RunError::Write`] or
    /// [`RunError::DiskFull`] from writing a row group that is full.
    pub fn append(&mut self, columns: &[CellsRef]) -> Result<(), RunError> {
        let spec = &self.layout.spec;
        let rows = rows_of(&spec.fields, columns).map_err(|e| RunError::columns(&self.path, e))?;
        let group_rows = spec.group_rows;
        let mut at = 0;
        while at < rows {
            let waiting = self.waiting_rows();
            let take = (group_rows - waiting).min(rows - at);
            let piece = columns.iter().map(|cells| cells.slice(at..at + take));
            if take == group_rows {
                let piece: Vec<CellsRef> = piece.collect();
                let written = self.body.group(&self.layout, &piece);
                written.map_err(|e| RunError::encode(&self.path, e))?;
            } else {
                piece.zip(&mut self.waiting).for_each(|(cells, to)| to.extend(&cells));
                if waiting + take == group_rows {
                    self.flush_group()?;
                }
            }
            at += take;
        }
        self.rows += rows as u64;
        Ok(())
    }

    /// Says that something whole ends here (a snapshot): the row group ends too if it is large enough.
    ///
    /// # Errors
    /// As [`Table::append`].
    pub fn mark(&mut self) -> Result<(), RunError> {
        if self.waiting_rows() >= self.layout.spec.mark_rows {
            self.flush_group()?;
        }
        Ok(())
    }

    /// Writes the rows so far as a complete file `to`, atomically, and goes on.
    ///
    /// # Errors
    /// What the system said of copying and renaming, or the encoder of the rows that wait.
    pub fn checkpoint(&mut self, to: &Path) -> Result<(), RunError> {
        let own = files::unfinished(&self.path);
        self.body.flush().map_err(|e| RunError::write(&own, e))?;
        let mut from = File::open(&own).map_err(|e| RunError::read(&own, e))?;
        let beside = files::unfinished(to);
        // Where the checkpoint takes the table's own name, its copy needs another name beside than the table has.
        let beside = if beside == own { files::unfinished(&beside) } else { beside };
        let file = File::create(&beside).map_err(|e| RunError::create(&beside, e))?;
        let result = (|| {
            let known = self.body.known.clone();
            let mut copy = Body::go_on(file, &mut from, known)?;
            if self.waiting_rows() > 0 {
                copy.group(&self.layout, &told(&self.waiting))?;
            }
            copy.finish(&self.layout, |file| files::publish(file, &beside, to))
        })();
        let result = result.map_err(|e| RunError::encode(to, e)).flatten();
        if result.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        result
    }

    /// Writes the rest and gives the table its final name.
    ///
    /// # Errors
    /// What the system said of writing and renaming, or the encoder of the last rows.
    pub fn finish(mut self) -> Result<(), RunError> {
        if self.waiting_rows() > 0 {
            self.flush_group()?;
        }
        let beside = files::unfinished(&self.path);
        self.body
            .finish(&self.layout, |file| files::publish(file, &beside, &self.path))
            .map_err(|e| RunError::encode(&self.path, e))?
    }

    fn waiting_rows(&self) -> usize {
        self.waiting.first().map_or(0, Held::len)
    }

    fn flush_group(&mut self) -> Result<(), RunError> {
        let written = self.body.group(&self.layout, &told(&self.waiting));
        written.map_err(|e| RunError::encode(&self.path, e))?;
        self.waiting.iter_mut().for_each(Held::clear);
        Ok(())
    }
}

/// Writes a table whose rows are all at hand, atomically.
///
/// # Errors
/// As [`Table::append`] and [`Table::finish`].
pub fn write_table(path: &Path, spec: TableSpec, columns: &[CellsRef]) -> Result<(), RunError> {
    let mut table = Table::create(path, spec)?;
    table.append(columns)?;
    table.finish()
}

fn told(columns: &[Held]) -> Vec<CellsRef<'_>> {
    columns.iter().map(Held::view).collect()
}

fn create(path: &Path) -> Result<File, RunError> {
    let beside = files::unfinished(path);
    File::create(&beside).map_err(|e| RunError::create(&beside, e))
}

fn copy(source: &Path, end: u64, path: &Path, known: Groups) -> Result<Body<File>, RunError> {
    let mut from = File::open(source).map_err(|e| RunError::read(source, e))?;
    from.seek(SeekFrom::Start(0)).map_err(|e| RunError::read(source, e))?;
    let body =
        Body::go_on(create(path)?, &mut from.take(end), known).map_err(|e| RunError::encode(path, e))?;
    if body.len() != end {
        let what = format!("it ends before byte {end}, where its rows should end");
        return Err(RunError::mismatch(source, what));
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::super::files::TestFolder;
    use super::super::rows::read_table;
    use super::*;
    use crate::columns::Dtype;
    use proptest::prelude::*;

    fn views(columns: &[Cells]) -> Vec<CellsRef<'_>> {
        columns.iter().map(Cells::view).collect()
    }

    fn spec(group_rows: usize, mark_rows: usize) -> TableSpec {
        let labels = vec!["defect".to_owned(), "cooperate".to_owned(), "für immer".to_owned()];
        let fields = vec![
            Field::new("tick", Dtype::U64),
            Field::new("agent_id", Dtype::U32).rising(),
            Field::labelled("strategy", labels.clone()).described("", "what it does"),
            Field::labelled("before", labels).or_null(),
            Field::new("alive", Dtype::Bool),
            Field::new("awake", Dtype::Bool).or_null(),
            Field::new("degree", Dtype::U16),
            Field::new("stage", Dtype::U8),
            Field::new("payoff", Dtype::F32).described("payoff per tick", ""),
            Field::new("trait", Dtype::F64).or_null(),
            Field::new("model", Dtype::U32).or_null(),
            Field::text("id"),
            Field::new("earned", Dtype::F32),
            Field::new("seen", Dtype::U32),
        ];
        TableSpec {
            facts: vec![("mores.run".into(), "r1".into()), ("mores.seed".into(), "7".into())],
            sorted: vec![0, 1],
            group_rows,
            mark_rows,
            ..TableSpec::new(fields)
        }
    }

    fn number(row: usize, salt: u64) -> u64 {
        (row as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15 ^ salt.wrapping_mul(0xD1B5_4A32_D192_ED03)) >> 16
    }

    #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
    fn rows(count: usize) -> Vec<Cells> {
        let all = 0..count;
        let mut ids = super::super::cells::Texts::default();
        all.clone().for_each(|row| ids.push(&format!("p{}", number(row, 1) % 1000)));
        let none = |row: usize, salt| number(row, salt).is_multiple_of(5);
        vec![
            Cells::U64(all.clone().map(|row| row as u64 / 100).collect()),
            Cells::U32(all.clone().map(|row| row as u32 % 100).collect()),
            Cells::U8(all.clone().map(|row| (number(row, 2) % 3) as u8).collect()),
            Cells::U8(all.clone().map(|row| if none(row, 3) { 255 } else { 1 }).collect()),
            Cells::U8(all.clone().map(|row| (number(row, 4) % 2) as u8).collect()),
            Cells::U8(all.clone().map(|row| if none(row, 5) { 255 } else { 1 }).collect()),
            Cells::U16(all.clone().map(|row| number(row, 6) as u16).collect()),
            Cells::U8(all.clone().map(|row| number(row, 7) as u8).collect()),
            Cells::F32(all.clone().map(|row| number(row, 8) as f32 / 3.0).collect()),
            Cells::F64(
                all.clone()
                    .map(|row| if none(row, 9) { f64::NAN } else { number(row, 9) as f64 / 7.0 })
                    .collect(),
            ),
            Cells::U32(all.clone().map(|row| if none(row, 10) { u32::MAX } else { 3 }).collect()),
            Cells::Text(ids),
            Cells::F32(all.clone().map(|row| (number(row, 11) % 20) as f32 / 3.0).collect()),
            // Few different numbers, and then many.
            Cells::U32(
                all.map(|row| (number(row, 12) % if row < 40_000 { 30 } else { 999 }) as u32).collect(),
            ),
        ]
    }

    fn part(columns: &[Cells], rows: std::ops::Range<usize>) -> Vec<CellsRef<'_>> {
        columns.iter().map(|cells| cells.view().slice(rows.clone())).collect()
    }

    fn bytes_at_once(columns: &[Cells], spec: TableSpec) -> Vec<u8> {
        let folder = TestFolder::new();
        let path = folder.join("t.parquet");
        write_table(&path, spec, &views(columns)).unwrap();
        assert_eq!(files::files_of(&folder.0).unwrap().len(), 1);
        std::fs::read(path).unwrap()
    }

    fn same(left: &[Cells], right: &[Cells]) -> bool {
        // NaN is not itself, so the bits are compared.
        left.iter().zip(right).all(|pair| match pair {
            (Cells::F64(l), Cells::F64(r)) => l.iter().map(|v| v.to_bits()).eq(r.iter().map(|v| v.to_bits())),
            (l, r) => l == r,
        })
    }

    #[test]
    fn rows_come_back_as_they_were_written() {
        let folder = TestFolder::new();
        let path = folder.join("t.parquet");
        let columns = rows(200_000);
        write_table(&path, spec(150_000, usize::MAX), &views(&columns)).unwrap();
        let back = read_table(&path, &spec(150_000, usize::MAX)).unwrap();
        assert!(same(&columns, &back));
    }

    #[test]
    fn the_file_says_enum_values_units_facts_and_its_order() {
        let folder = TestFolder::new();
        let path = folder.join("t.parquet");
        write_table(&path, spec(1000, usize::MAX), &views(&rows(2500))).unwrap();
        let layout = Layout::new(&path, spec(1000, usize::MAX)).unwrap();
        let source = Source::open(&path, &layout).unwrap();
        let schema = parquet::arrow::parquet_to_arrow_schema(
            source.metadata.file_metadata().schema_descr(),
            source.metadata.file_metadata().key_value_metadata(),
        )
        .unwrap();
        let strategy = schema.field_with_name("strategy").unwrap().metadata();
        let words = strategy.get("_PL_ENUM_VALUES2").unwrap();
        assert_eq!(words, "6;defect9;cooperate10;für immer");
        assert_eq!(strategy.get("description").unwrap(), "what it does");
        let payoff = schema.field_with_name("payoff").unwrap().metadata();
        assert_eq!(payoff.get("unit").unwrap(), "payoff per tick");
        let facts = source.metadata.file_metadata().key_value_metadata().unwrap();
        assert_eq!(facts[0].key, "mores.run");
        let groups = source.metadata.row_groups();
        assert_eq!(groups.iter().map(|g| g.num_rows()).collect::<Vec<_>>(), [1000, 1000, 500]);
        assert_eq!(groups[0].sorting_columns().unwrap().len(), 2);
        let payoff = groups[0].columns().iter().find(|c| c.column_path().string() == "payoff");
        assert!(payoff.unwrap().dictionary_page_offset().is_none());
        let strategy = groups[0].columns().iter().find(|c| c.column_path().string() == "strategy");
        assert!(strategy.unwrap().dictionary_page_offset().is_some());
    }

    #[test]
    fn interrupted_and_resumed_at_every_mark_it_has_the_same_bytes() {
        let columns = rows(1200);
        for (group_rows, mark_rows) in [(250, 250), (250, 70), (1000, 1000), (300, 100)] {
            let folder = TestFolder::new();
            let spec = || spec(group_rows, mark_rows);
            let plain = folder.join("plain.parquet");
            let mut table = Table::create(&plain, spec()).unwrap();
            for start in (0..1200).step_by(100) {
                table.append(&part(&columns, start..start + 100)).unwrap();
                table.mark().unwrap();
            }
            table.finish().unwrap();
            let wanted = std::fs::read(&plain).unwrap();
            let (path, open) = (folder.join("t.parquet"), folder.join("t.open.parquet"));
            let mut table = Table::create(&path, spec()).unwrap();
            for start in (0..1200).step_by(100) {
                table.append(&part(&columns, start..start + 100)).unwrap();
                table.mark().unwrap();
                table.checkpoint(&open).unwrap();
                let rows = table.rows();
                let readable = read_table(&open, &spec()).unwrap();
                assert_eq!(readable[0].len() as u64, rows);
                drop(table);
                table = Table::resume(&path, spec(), &open, rows).unwrap();
                // The finished table serves as well, however far it is ahead.
                let again = Table::resume(&folder.join("u"), spec(), &plain, rows).unwrap();
                assert_eq!(again.waiting_rows(), table.waiting_rows());
                assert_eq!(again.body.len(), table.body.len());
            }
            table.finish().unwrap();
            assert!(std::fs::read(&path).unwrap() == wanted, "{group_rows} {mark_rows}");
        }
    }

    #[test]
    fn a_checkpoint_under_the_final_name_is_complete_while_the_table_goes_on() {
        let folder = TestFolder::new();
        let path = folder.join("events.parquet");
        let columns = rows(500);
        let mut table = Table::create(&path, spec(200, usize::MAX)).unwrap();
        table.append(&part(&columns, 0..300)).unwrap();
        table.checkpoint(&path).unwrap();
        assert_eq!(read_table(&path, &spec(200, usize::MAX)).unwrap()[0].len(), 300);
        table.append(&part(&columns, 300..500)).unwrap();
        table.finish().unwrap();
        let wanted = bytes_at_once(&columns, spec(200, usize::MAX));
        assert!(std::fs::read(&path).unwrap() == wanted);
        assert_eq!(files::files_of(&folder.0).unwrap(), [path]);
    }

    #[test]
    fn another_table_or_too_few_rows_are_refused() {
        let folder = TestFolder::new();
        let path = folder.join("t.parquet");
        write_table(&path, spec(100, usize::MAX), &views(&rows(150))).unwrap();
        let resume = |spec, rows| match Table::resume(&folder.join("u.parquet"), spec, &path, rows) {
            Ok(_) => panic!("it must be refused"),
            Err(error) => error.to_string(),
        };
        assert!(resume(spec(100, usize::MAX), 151).contains("150 rows"));
        let mut other = spec(100, usize::MAX);
        other.facts[1].1 = "8".into();
        assert!(resume(other, 100).contains("this world"));
        let mut other = spec(100, usize::MAX);
        other.fields[2].labels.swap(0, 1);
        assert!(resume(other, 100).contains("this world"));
        std::fs::write(&path, b"PAR1 no table PAR1").unwrap();
        assert!(resume(spec(100, usize::MAX), 100).contains("t.parquet"));
    }

    #[test]
    fn an_empty_table_is_a_file_that_can_be_read_and_resumed() {
        let folder = TestFolder::new();
        let path = folder.join("t.parquet");
        let spec = || spec(100, usize::MAX);
        Table::create(&path, spec()).unwrap().finish().unwrap();
        assert_eq!(read_table(&path, &spec()).unwrap()[0].len(), 0);
        let bytes = std::fs::read(&path).unwrap();
        Table::resume(&path, spec(), &path, 0).unwrap().finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn codes_without_a_label_are_refused() {
        let folder = TestFolder::new();
        let fields = vec![Field::labelled("a", vec!["x".into()])];
        let result = write_table(&folder.join("t"), TableSpec::new(fields), &[CellsRef::U8(&[1])]);
        assert!(matches!(result, Err(RunError::Encode { .. })));
        let many = (0..257).map(|n| n.to_string()).collect();
        let fields = vec![Field::labelled("a", many)];
        let result = write_table(&folder.join("t"), TableSpec::new(fields), &[CellsRef::U8(&[1])]);
        assert!(matches!(result, Err(RunError::Columns { .. })));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn the_same_rows_give_the_same_bytes_however_they_arrive(
            cuts in prop::collection::vec(1usize..70_000, 1..12)
        ) {
            let count = 100_000;
            let columns = rows(count);
            let spec = || spec(75_000, usize::MAX);
            let folder = TestFolder::new();
            let path = folder.join("t.parquet");
            let mut table = Table::create(&path, spec()).unwrap();
            let mut at = 0;
            for take in cuts.iter().cycle() {
                let end = count.min(at + take.max(&997));
                table.append(&part(&columns, at..end)).unwrap();
                at = end;
                if at == count { break; }
            }
            table.finish().unwrap();
            let same = std::fs::read(&path).unwrap() == bytes_at_once(&columns, spec());
            prop_assert!(same);
        }
    }
}
