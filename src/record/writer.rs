//! The thread that encodes snapshots while the tick goes on.
//!
//! Columns are copied into buffers of a pool that never grows; the tick waits where all of them are on their way. So
//! memory is bounded by the pool and not by the population.

use super::cells::{CellsRef, Field, rows_of};
use super::error::RunError;
use super::held::Held;
use super::manifest::FileHash;
use super::snapshots::{SnapshotSpec, Snapshots};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Most rows of a piece.
pub(crate) const PIECE_ROWS: usize = 1 << 20;

/// Most pieces of the pool: a snapshot of ten million agents fits, and the tick goes on at once.
const PIECES: usize = 12;

/// Below this many agents a snapshot is small against everything else, and more than two may wait.
const FEW_AGENTS: usize = 1 << 16;

/// Pieces of the pool for so many agents.
pub(crate) fn pieces(agents: usize) -> usize {
    match agents {
        0..FEW_AGENTS => 2 * PIECES,
        // Two snapshots are on their way at most.
        _ => (agents / agents.min(PIECE_ROWS)).saturating_mul(2).clamp(2, PIECES),
    }
}

enum Job {
    Piece(Vec<Held>),
    EndSnapshot,
    Checkpoint(SyncSender<u64>),
    Finish,
}

/// Takes snapshots and has them written by a thread of its own.
pub struct Writer {
    folder: PathBuf,
    fields: Vec<Field>,
    piece_rows: usize,
    filling: Option<Vec<Held>>,
    free: Receiver<Vec<Held>>,
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<Result<Vec<FileHash>, RunError>>>,
}

impl Writer {
    /// Begins in `folder`, after the first `done` snapshots (0: a new run), and starts the thread.
    ///
    /// # Errors
    /// As [`Snapshots::resume`]; [`RunError::Write`] where the system gives no thread.
    pub fn start(folder: &Path, spec: SnapshotSpec, done: u64) -> Result<Self, RunError> {
        let fields = spec.table.fields.clone();
        let agents = usize::try_from(spec.agents).unwrap_or(usize::MAX);
        let piece_rows = agents.clamp(1, PIECE_ROWS);
        let pieces = pieces(agents);
        let snapshots = Snapshots::resume(folder, spec, done)?;
        let (give, free) = sync_channel(pieces);
        for _ in 0..pieces {
            let piece = fields.iter().map(Held::new).collect();
            // The channel has room for all pieces and its other end is here.
            let _ = give.send(piece);
        }
        let (jobs, todo) = sync_channel(2 * pieces);
        let thread = std::thread::Builder::new()
            .name("snapshots".into())
            .spawn(move || work(snapshots, &todo, &give))
            .map_err(|e| RunError::write(folder, e))?;
        Ok(Writer {
            folder: folder.to_path_buf(),
            fields,
            piece_rows,
            filling: None,
            free,
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Copies rows of the snapshot that is being taken, in the order of the agents; waits where the pool is used up.
    ///
    /// # Errors
    /// [`RunError::Columns`] where the columns do not fit; any error that the thread has met since the last call.
    pub fn piece(&mut self, columns: &[CellsRef]) -> Result<(), RunError> {
        let rows = rows_of(&self.fields, columns);
        let rows = rows.map_err(|e| RunError::columns(&self.folder, e))?;
        let mut at = 0;
        while at < rows {
            let mut piece = match self.filling.take() {
                Some(piece) => piece,
                None => self.free.recv().map_err(|_| self.why())?,
            };
            let filled = piece.first().map_or(0, Held::len);
            let take = (self.piece_rows - filled).min(rows - at);
            for (cells, to) in columns.iter().zip(&mut piece) {
                to.extend(&cells.slice(at..at + take));
            }
            at += take;
            if filled + take == self.piece_rows {
                self.send(Job::Piece(piece))?;
            } else {
                self.filling = Some(piece);
            }
        }
        Ok(())
    }

    /// Ends the snapshot; it is written while the run goes on.
    ///
    /// # Errors
    /// Any error that the thread has met since the last call.
    pub fn end_snapshot(&mut self) -> Result<(), RunError> {
        if let Some(piece) = self.filling.take() {
            self.send(Job::Piece(piece))?;
        }
        self.send(Job::EndSnapshot)
    }

    /// Waits until everything is written, readable and durable; returns the number of snapshots, which
    /// [`Writer::start`] wants to go on from here.
    ///
    /// # Errors
    /// Any error that the thread meets, and as [`Snapshots::checkpoint`].
    pub fn checkpoint(&mut self) -> Result<u64, RunError> {
        let (answer, done) = sync_channel(1);
        self.send(Job::Checkpoint(answer))?;
        done.recv().map_err(|_| self.why())
    }

    /// Ends the last part and the thread; returns what [`Snapshots::finish`] does.
    ///
    /// # Errors
    /// Any error that the thread meets.
    pub fn finish(mut self) -> Result<Vec<FileHash>, RunError> {
        self.send(Job::Finish)?;
        self.jobs = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(result)) => result,
            _ => Err(self.ended()),
        }
    }

    fn send(&mut self, job: Job) -> Result<(), RunError> {
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(job).is_ok());
        if sent == Some(true) {
            return Ok(());
        }
        Err(self.why())
    }

    /// The error with which the thread ended; told once.
    fn why(&mut self) -> RunError {
        self.jobs = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Err(error))) => error,
            _ => self.ended(),
        }
    }

    fn ended(&self) -> RunError {
        RunError::WriterEnded { path: self.folder.clone() }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // Nobody is left to tell: the run has ended with an error of its own.
            let _ = thread.join();
        }
    }
}

fn work(
    mut snapshots: Snapshots,
    todo: &Receiver<Job>,
    give: &SyncSender<Vec<Held>>,
) -> Result<Vec<FileHash>, RunError> {
    for job in todo {
        match job {
            Job::Piece(mut piece) => {
                let columns: Vec<CellsRef> = piece.iter().map(Held::view).collect();
                snapshots.append(&columns)?;
                piece.iter_mut().for_each(Held::clear);
                // Where nobody takes it, the run has ended.
                let _ = give.send(piece);
            }
            Job::EndSnapshot => snapshots.end_snapshot()?,
            Job::Checkpoint(answer) => {
                let _ = answer.send(snapshots.checkpoint()?);
            }
            Job::Finish => return snapshots.finish(),
        }
    }
    Ok(vec![])
}

#[cfg(test)]
mod tests {
    use super::super::files::{TestFolder, files_of};
    use super::super::layout::TableSpec;
    use super::super::rows::read_table;
    use super::*;
    use crate::columns::Dtype;

    fn spec(agents: u64) -> SnapshotSpec {
        let fields = vec![
            Field::new("tick", Dtype::U64),
            Field::new("agent_id", Dtype::U32).rising(),
            Field::text("id"),
        ];
        let table = TableSpec::new(fields);
        SnapshotSpec { table, agents, part_rows: 4 * agents }
    }

    fn snapshot(writer: &mut Writer, tick: u64, agents: usize) -> Result<(), RunError> {
        let names: Vec<String> = (0..agents).map(|agent| format!("p{agent}")).collect();
        for (number, names) in names.chunks(1009).enumerate() {
            let (first, rows) = (number as u64 * 1009, names.len());
            let ticks = CellsRef::Repeat { value: tick, rows };
            writer.piece(&[ticks, CellsRef::Count { first, each: 1, rows }, CellsRef::Text(names)])?;
        }
        writer.end_snapshot()
    }

    #[test]
    fn what_the_thread_writes_has_the_bytes_of_what_is_written_directly_and_resumes() {
        let (threaded, direct) = (TestFolder::new(), TestFolder::new());
        let mut writer = Writer::start(&threaded.0, spec(5000), 0).unwrap();
        (0..6).for_each(|tick| snapshot(&mut writer, tick, 5000).unwrap());
        assert_eq!(writer.checkpoint().unwrap(), 6);
        snapshot(&mut writer, 6, 5000).unwrap();
        drop(writer);
        let mut writer = Writer::start(&threaded.0, spec(5000), 6).unwrap();
        (6..10).for_each(|tick| snapshot(&mut writer, tick, 5000).unwrap());
        writer.finish().unwrap();
        let mut snapshots = Snapshots::create(&direct.0, spec(5000)).unwrap();
        let names: Vec<String> = (0..5000).map(|agent| format!("p{agent}")).collect();
        for value in 0..10 {
            let ticks = CellsRef::Repeat { value, rows: 5000 };
            let ids = CellsRef::Count { first: 0, each: 1, rows: 5000 };
            snapshots.append(&[ticks, ids, CellsRef::Text(&names)]).unwrap();
            snapshots.end_snapshot().unwrap();
        }
        snapshots.finish().unwrap();
        let files = |folder: &TestFolder| files_of(&folder.0).unwrap();
        assert_eq!(files(&threaded).len(), 3);
        for (left, right) in files(&threaded).iter().zip(files(&direct)) {
            assert_eq!(left.file_name(), right.file_name());
            assert!(std::fs::read(left).unwrap() == std::fs::read(right).unwrap());
        }
    }

    #[test]
    fn the_buffers_are_those_of_the_pool_however_many_snapshots_go_through() {
        let folder = TestFolder::new();
        let mut writer = Writer::start(&folder.0, spec(70_000), 0).unwrap();
        assert_eq!(writer.piece_rows, 70_000);
        (0..5).for_each(|tick| snapshot(&mut writer, tick, 70_000).unwrap());
        writer.checkpoint().unwrap();
        // All is written, so all pieces are back: two of them, empty, with their memory.
        let pieces: Vec<_> = std::iter::from_fn(|| writer.free.try_recv().ok()).collect();
        assert_eq!(pieces.len(), 2);
        assert!(pieces.iter().flatten().all(|held| held.len() == 0));
        let part = folder.join("part-00000.parquet");
        assert_eq!(read_table(&part, &spec(1).table).unwrap()[0].len(), 280_000);
    }

    #[test]
    fn an_error_of_the_thread_comes_back_at_a_later_call_once() {
        let folder = TestFolder::new();
        let mut writer = Writer::start(&folder.0, spec(10), 0).unwrap();
        snapshot(&mut writer, 0, 9).unwrap();
        let error = writer.checkpoint().unwrap_err();
        assert!(error.to_string().contains("9 were given"), "{error}");
        let error = snapshot(&mut writer, 1, 10).unwrap_err();
        assert!(matches!(error, RunError::WriterEnded { .. }));
        assert!(matches!(writer.finish(), Err(RunError::WriterEnded { .. })));
    }
}
