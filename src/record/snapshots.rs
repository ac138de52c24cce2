//! Snapshots of the agents: `agents/part-00000.parquet` and so on, sorted by tick and agent.
//!
//! Which part a row goes to follows from the number of the snapshot, the number of agents and `part_rows`. A part
//! holds as many whole snapshots as fit; a snapshot that is larger than a part is cut at multiples of `part_rows`.

use super::cells::{CellsRef, rows_of};
use super::error::RunError;
use super::files;
use super::layout::TableSpec;
use super::manifest::{FileHash, hash_file};
use super::table::Table;
use std::path::{Path, PathBuf};

/// A row group ends with its snapshot once it holds this share of a full group; so small snapshots share one.
const GROUP_SHARE: usize = 8;

/// What decides the borders of the parts.
#[derive(Debug, Clone)]
pub struct SnapshotSpec {
    /// The columns, and what each part says about itself. `mark_rows` is set here and of no meaning before.
    pub table: TableSpec,
    /// Rows of each snapshot.
    pub agents: u64,
    /// Most rows of a part.
    pub part_rows: u64,
}

/// The parts of a run, written one after the other.
pub struct Snapshots {
    folder: PathBuf,
    spec: SnapshotSpec,
    /// Whole snapshots so far.
    done: u64,
    /// Rows of the snapshot that is being written.
    within: u64,
    open: Option<Table>,
    /// fingerprints of the parts that were ended here
    ended: Vec<FileHash>,
}

impl Snapshots {
    /// Begins in `folder`, which is made; parts of an earlier run in it are removed.
    ///
    /// # Errors
    /// What the system said of the folder; [`RunError::Columns`] where `agents` or `part_rows` is 0.
    pub fn create(folder: &Path, spec: SnapshotSpec) -> Result<Self, RunError> {
        Self::resume(folder, spec, 0)
    }

    /// Goes on after the first `done` snapshots, as [`Snapshots::checkpoint`] returned it. Later ones are dropped.
    ///
    /// # Errors
    /// As [`Table::resume`], and as [`Snapshots::create`].
    pub fn resume(folder: &Path, mut spec: SnapshotSpec, done: u64) -> Result<Self, RunError> {
        if spec.agents == 0 || spec.part_rows == 0 {
            return Err(RunError::columns(folder, "a snapshot and a part need at least one row"));
        }
        spec.table.mark_rows = spec.table.group_rows.div_ceil(GROUP_SHARE);
        files::make_folder(folder)?;
        files::sweep(folder)?;
        let folder = folder.to_path_buf();
        let mut snapshots = Snapshots { folder, spec, done, within: 0, open: None, ended: vec![] };
        let part = snapshots.part();
        let rows = done % snapshots.per_part() * snapshots.spec.agents;
        if rows > 0 {
            let (whole, open) = (snapshots.name(part), snapshots.open_name(part));
            let source = if open.exists() { &open } else { &whole };
            let table = snapshots.spec.table.clone();
            snapshots.open = Some(Table::resume(&whole, table, source, rows)?);
        }
        snapshots.remove_from(part + u64::from(rows > 0))?;
        Ok(snapshots)
    }

    /// Appends rows of the snapshot that is being written, in the order of the agents.
    ///
    /// # Errors
    /// As [`Table::append`]; [`RunError::Columns`] where there are more rows than agents.
    pub fn append(&mut self, columns: &[CellsRef]) -> Result<(), RunError> {
        let rows = rows_of(&self.spec.table.fields, columns);
        let rows = rows.map_err(|e| RunError::columns(&self.folder, e))?;
        let (agents, part_rows) = (self.spec.agents, self.spec.part_rows);
        if self.within + rows as u64 > agents {
            let what = format!("a snapshot has {agents} rows, more were given");
            return Err(RunError::columns(&self.folder, what));
        }
        let mut at = 0;
        while at < rows {
            let room = if self.is_cut() { part_rows - self.within % part_rows } else { agents };
            let take = usize::try_from(room).unwrap_or(usize::MAX).min(rows - at);
            let piece: Vec<CellsRef> = columns.iter().map(|c| c.slice(at..at + take)).collect();
            self.open_part()?.append(&piece)?;
            self.within += take as u64;
            at += take;
            if self.is_cut() && self.within.is_multiple_of(part_rows) && self.within < agents {
                self.close_part(self.part_of_row(self.within - 1))?;
            }
        }
        Ok(())
    }

    /// Ends a snapshot, and the part where no other one belongs into it.
    ///
    /// # Errors
    /// As [`Table::finish`]; [`RunError::Read`]; [`RunError::Columns`] where rows are missing.
    pub fn end_snapshot(&mut self) -> Result<(), RunError> {
        let (agents, within) = (self.spec.agents, self.within);
        if within != agents {
            let what = format!("a snapshot has {agents} rows, {within} were given");
            return Err(RunError::columns(&self.folder, what));
        }
        self.open_part()?.mark()?;
        let part = self.part_of_row(within - 1);
        self.within = 0;
        self.done += 1;
        if self.done.is_multiple_of(self.per_part()) {
            self.close_part(part)?;
        }
        Ok(())
    }

    /// Makes what is there so far readable and durable, and returns the number of whole snapshots, which
    /// [`Snapshots::resume`] wants.
    ///
    /// # Errors
    /// As [`Table::checkpoint`]; [`RunError::Columns`] within a snapshot.
    pub fn checkpoint(&mut self) -> Result<u64, RunError> {
        if self.within > 0 {
            return Err(RunError::columns(&self.folder, "a checkpoint within a snapshot"));
        }
        let open = self.open_name(self.part());
        if let Some(table) = &mut self.open {
            table.checkpoint(&open)?;
        }
        Ok(self.done)
    }

    /// Ends the last part, and returns the fingerprints of all parts that were ended since it was resumed, by their names.
    ///
    /// # Errors
    /// As [`Table::finish`]; [`RunError::Read`]; [`RunError::Columns`] within a snapshot.
    pub fn finish(mut self) -> Result<Vec<FileHash>, RunError> {
        if self.within > 0 {
            return Err(RunError::columns(&self.folder, "the end within a snapshot"));
        }
        if self.open.is_some() {
            self.close_part(self.part())?;
        }
        Ok(self.ended)
    }

    fn is_cut(&self) -> bool {
        self.spec.agents > self.spec.part_rows
    }

    /// Snapshots of a part.
    fn per_part(&self) -> u64 {
        (self.spec.part_rows / self.spec.agents).max(1)
    }

    /// The part to which the next row goes.
    fn part(&self) -> u64 {
        self.part_of_row(self.within)
    }

    fn part_of_row(&self, row: u64) -> u64 {
        if self.is_cut() {
            self.done * self.spec.agents.div_ceil(self.spec.part_rows) + row / self.spec.part_rows
        } else {
            self.done / self.per_part()
        }
    }

    fn name(&self, part: u64) -> PathBuf {
        self.folder.join(format!("part-{part:05}.parquet"))
    }

    fn open_name(&self, part: u64) -> PathBuf {
        self.folder.join(format!("part-{part:05}.open.parquet"))
    }

    fn open_part(&mut self) -> Result<&mut Table, RunError> {
        if self.open.is_none() {
            let path = self.name(self.part());
            self.open = Some(Table::create(&path, self.spec.table.clone())?);
        }
        Ok(self.open.as_mut().expect("it was opened above"))
    }

    fn close_part(&mut self, part: u64) -> Result<(), RunError> {
        if let Some(table) = self.open.take() {
            table.finish()?;
            // Here, on the encoder's thread: nobody waits for it, and the file is still in memory.
            let name = self.name(part);
            let called = name.file_name().map(|called| called.to_string_lossy().into_owned());
            self.ended.push(hash_file(&name, called.unwrap_or_default())?);
        }
        files::remove_if_there(&self.open_name(part))
    }

    /// Removes the parts from `first` on: rows after the checkpoint, which will come again.
    fn remove_from(&self, first: u64) -> Result<(), RunError> {
        for path in files::files_of(&self.folder)? {
            let name = path.file_name().and_then(|name| name.to_str());
            let number = name.and_then(|name| {
                let name = name.strip_prefix("part-")?.strip_suffix(".parquet")?;
                name.strip_suffix(".open").unwrap_or(name).parse::<u64>().ok()
            });
            if number.is_some_and(|number| number >= first) {
                files::remove_if_there(&path)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::cells::Field;
    use super::super::files::TestFolder;
    use super::super::rows::read_table;
    use super::*;
    use crate::columns::Dtype;
    use std::collections::BTreeMap;

    fn spec(agents: u64, part_rows: u64) -> SnapshotSpec {
        let fields = vec![
            Field::new("tick", Dtype::U64),
            Field::new("agent_id", Dtype::U32).rising(),
            Field::new("payoff", Dtype::F32),
        ];
        let table = TableSpec { sorted: vec![0, 1], group_rows: 64, ..TableSpec::new(fields) };
        SnapshotSpec { table, agents, part_rows }
    }

    fn write(snapshots: &mut Snapshots, tick: u64) {
        let agents = snapshots.spec.agents;
        for first in (0..agents).step_by(37) {
            let rows = (agents - first).min(37) as usize;
            let payoff: Vec<f32> =
                (first..first + rows as u64).map(|agent| (agent * 7 + tick) as f32 / 3.0).collect();
            let columns = [
                CellsRef::Repeat { value: tick, rows },
                CellsRef::Count { first, each: 1, rows },
                CellsRef::F32(&payoff),
            ];
            snapshots.append(&columns).unwrap();
        }
        snapshots.end_snapshot().unwrap();
    }

    fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
        let files = files::files_of(folder).unwrap();
        let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        files.iter().map(|path| (name(path), std::fs::read(path).unwrap())).collect()
    }

    const SIZES: [(u64, u64); 6] = [(10, 1000), (10, 25), (100, 100), (100, 30), (100, 250), (90, 30)];

    #[test]
    fn interrupted_and_resumed_at_every_snapshot_all_parts_have_the_same_bytes() {
        for (agents, part_rows) in SIZES {
            let (plain, broken) = (TestFolder::new(), TestFolder::new());
            let mut snapshots = Snapshots::create(&plain.0, spec(agents, part_rows)).unwrap();
            (0..9).for_each(|tick| write(&mut snapshots, tick));
            snapshots.finish().unwrap();
            let mut snapshots = Snapshots::create(&broken.0, spec(agents, part_rows)).unwrap();
            for tick in 0..9 {
                write(&mut snapshots, tick);
                let done = snapshots.checkpoint().unwrap();
                // The run goes on for two snapshots, then dies: those come again after the checkpoint.
                write(&mut snapshots, tick + 1);
                write(&mut snapshots, tick + 2);
                drop(snapshots);
                snapshots = Snapshots::resume(&broken.0, spec(agents, part_rows), done).unwrap();
            }
            snapshots.finish().unwrap();
            assert!(contents(&plain.0) == contents(&broken.0), "{agents} {part_rows}");
        }
    }

    #[test]
    fn parts_hold_whole_snapshots_or_are_cut_at_multiples_of_part_rows() {
        let wanted: [&[usize]; 6] = [
            &[40],
            &[20, 20],
            &[100, 100, 100, 100],
            &[30, 30, 30, 10, 30, 30, 30, 10, 30, 30, 30, 10, 30, 30, 30, 10],
            &[200, 200],
            &[30; 12],
        ];
        for ((agents, part_rows), wanted) in SIZES.into_iter().zip(wanted) {
            let folder = TestFolder::new();
            let mut snapshots = Snapshots::create(&folder.0, spec(agents, part_rows)).unwrap();
            (0..4).for_each(|tick| write(&mut snapshots, tick));
            snapshots.finish().unwrap();
            let table = spec(agents, part_rows).table;
            let parts = files::files_of(&folder.0).unwrap();
            let rows = parts.iter().map(|part| read_table(part, &table).unwrap()[0].len());
            assert_eq!(rows.collect::<Vec<_>>(), wanted, "{agents} {part_rows}");
        }
    }

    #[test]
    fn the_open_part_can_be_read_at_a_checkpoint_and_goes_when_its_part_is_whole() {
        let folder = TestFolder::new();
        let mut snapshots = Snapshots::create(&folder.0, spec(10, 30)).unwrap();
        write(&mut snapshots, 0);
        snapshots.checkpoint().unwrap();
        let open = folder.join("part-00000.open.parquet");
        assert_eq!(read_table(&open, &spec(10, 30).table).unwrap()[1].len(), 10);
        write(&mut snapshots, 1);
        write(&mut snapshots, 2);
        assert_eq!(files::files_of(&folder.0).unwrap(), [folder.join("part-00000.parquet")]);
        assert_eq!(snapshots.checkpoint().unwrap(), 3);
        snapshots.finish().unwrap();
    }

    #[test]
    fn missing_and_surplus_rows_are_refused() {
        let folder = TestFolder::new();
        let mut snapshots = Snapshots::create(&folder.0, spec(2, 30)).unwrap();
        let rows = |rows| {
            let zero = CellsRef::Repeat { value: 0, rows };
            let payoff = CellsRef::F32(&[0.0, 0.0, 0.0][..rows]);
            [zero.clone(), zero, payoff]
        };
        assert!(snapshots.append(&rows(3)).is_err());
        snapshots.append(&rows(1)).unwrap();
        assert!(snapshots.end_snapshot().is_err());
        assert!(snapshots.checkpoint().is_err());
        snapshots.append(&rows(1)).unwrap();
        snapshots.end_snapshot().unwrap();
        assert!(Snapshots::create(&folder.0, spec(0, 30)).is_err());
    }
}
