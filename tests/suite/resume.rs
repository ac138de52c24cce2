//! A run that is stopped and taken up again leaves the bytes of one that was not.

use crate::support::{alone, on, small, with, worlds};
use mores::run::{Ended, Job, Options, Resolved, read_back};
use mores::scenario::Source;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};

/// A folder for a test, removed when it is dropped.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        // Files are made durable often here: where memory can hold them, it shall.
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let path = base.join(format!("mores-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed)));
        let _ = std::fs::remove_dir_all(&path);
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const TICKS: u64 = 6;

/// The world, small and short, with everything recorded that can be, and its interventions early.
fn short(name: &str) -> Source {
    let source = small(name);
    let table: toml::Table = source.text.parse().unwrap();
    let interventions = table.get("intervention").and_then(toml::Value::as_array).map_or(0, Vec::len);
    let mut changes = vec![
        ("run.ticks".to_owned(), TICKS.to_string()),
        ("record.snapshot_every".to_owned(), "2".to_owned()),
        ("record.part_rows".to_owned(), "9000".to_owned()),
        ("record.events".to_owned(), "[\"cascades\", \"interventions\", \"groups\"]".to_owned()),
    ];
    for nth in 0..interventions {
        if table["intervention"][nth].get("every").is_none() {
            changes.push((format!("intervention.{nth}.at"), (nth + 2).to_string()));
        }
        if table["intervention"][nth].get("for").is_some() {
            changes.push((format!("intervention.{nth}.for"), "2".to_owned()));
        }
    }
    source.set(&changes).unwrap_or_else(|e| panic!("{name}: {e}"))
}

pub(crate) fn resolved(source: &Source) -> Resolved {
    read_back(source.clone()).unwrap_or_else(|e| panic!("{}: {e}", source.name))
}

/// Begins a run on so many threads and stops it after tick `stop`, if it comes to that.
pub(crate) fn begin(source: &Source, folder: &Path, threads: usize, stop: Option<u64>) -> Ended {
    let world = resolved(source);
    on(threads, || {
        let job = Job::start(world, folder, Options::default()).unwrap();
        let flag = AtomicUsize::new(if stop == Some(0) { 130 } else { 0 });
        job.go(&flag, &mut |tick| {
            if stop == Some(tick) {
                flag.store(130, Relaxed);
            }
        })
        .unwrap_or_else(|e| panic!("{}: {e}", source.name))
    })
}

pub(crate) fn take_up(folder: &Path, threads: usize, ticks: Option<u64>) -> Ended {
    on(threads, || Job::resume(folder, ticks).unwrap().go(&AtomicUsize::new(0), &mut |_| {}).unwrap())
}

/// What two runs must have in common: how they stand, and every file.
pub(crate) fn marks(ended: &Ended) -> (bool, u64, Option<String>, Vec<(String, String)>) {
    let manifest = &ended.manifest;
    let files = manifest.outputs.iter().map(|file| (file.path.clone(), file.sha256.clone()));
    (ended.is_finished(), manifest.ticks, manifest.state_hash.clone(), files.collect())
}

#[test]
fn every_world_stopped_at_every_tick_goes_on_to_the_same_bytes_on_other_threads() {
    for name in worlds() {
        let source = short(&name);
        let whole = Folder::new();
        let plain = begin(&source, &whole.0, 1, None);
        assert!(plain.is_finished(), "{name}");
        for stop in 0..plain.manifest.ticks {
            let folder = Folder::new();
            let half = begin(&source, &folder.0, 2, Some(stop));
            assert!(!half.is_finished() && half.manifest.ticks == stop, "{name} {stop}");
            let ended = take_up(&folder.0, 3, None);
            assert_eq!(marks(&ended), marks(&plain), "{name}, stopped after tick {stop}");
        }
    }
}

#[test]
fn a_run_whose_payoffs_nobody_looks_at_stops_with_a_whole_state() {
    const LAST: u64 = 7;
    for name in ["nowak-may", "spatial-donation", "kaleidoscope"] {
        let last = LAST.to_string();
        let unrecorded = [("run.ticks", last.as_str()), ("record.metrics_every", "0")];
        let source = with(&alone(&small(name)), &unrecorded);
        let whole = Folder::new();
        let plain = begin(&source, &whole.0, 1, None);
        for stop in 0..LAST {
            let folder = Folder::new();
            let half = begin(&source, &folder.0, 2, Some(stop));
            assert!(!half.manifest.kernels.is_empty(), "{name}");
            // Payoffs of a tick that nobody looks at are not kept: one more is made, for the checkpoint.
            let stands = if stop == 0 { 0 } else { stop + 1 };
            assert_eq!((half.is_finished(), half.manifest.ticks), (stands == LAST, stands), "{name} {stop}");
            assert_eq!(
                marks(&take_up(&folder.0, 3, None)),
                marks(&plain),
                "{name}, stopped after tick {stop}"
            );
        }
    }
}

#[test]
fn a_finished_run_is_extended_to_the_bytes_of_the_longer_one() {
    // The run ends between two snapshots and between two rows: what it has only because it was the last goes.
    let rows = [("record.metrics_every", "4"), ("record.snapshot_every", "2"), ("record.part_rows", "9000")];
    for name in ["donation", "intervention", "watts", "nowak-may", "moran", "threshold-edge-list"] {
        let source = with(&short(name), &rows);
        let (long, short) = (Folder::new(), Folder::new());
        let plain = begin(&source, &long.0, 1, None);
        let brief = begin(&with(&source, &[("run.ticks", "3")]), &short.0, 2, None);
        assert!(brief.is_finished() && brief.manifest.run_id == plain.manifest.run_id, "{name}");
        assert_eq!(brief.metrics.ticks(), [0, 3], "{name}");
        assert_eq!(marks(&take_up(&short.0, 3, None)), marks(&brief), "{name}: taken up with nothing to do");
        assert_eq!(marks(&take_up(&short.0, 3, Some(TICKS))), marks(&plain), "{name}");
        let error = Job::resume(&short.0, Some(2)).err().expect("it is past tick 2").to_string();
        assert!(error.contains("tick 6") && error.contains("--ticks 2"), "{error}");
    }
}

#[test]
fn a_killed_run_goes_on_from_its_last_checkpoint() {
    for (every, checkpoint) in [("2", Some(4)), ("0", None)] {
        let source = with(&short("intervention"), &[("record.checkpoint_every", every)]);
        let (whole, running, killed) = (Folder::new(), Folder::new(), Folder::new());
        let plain = begin(&source, &whole.0, 1, None);
        let world = resolved(&source);
        on(2, || {
            let job = Job::start(world, &running.0, Options::default()).unwrap();
            // What a kill after tick 5 leaves is what stands in the folder then.
            job.go(&AtomicUsize::new(0), &mut |tick| {
                if tick == 5 {
                    copy(&running.0, &killed.0);
                }
            })
            .unwrap()
        });
        let job = on(3, || Job::resume(&killed.0, None).unwrap());
        assert_eq!(job.first_tick(), checkpoint.unwrap_or(0));
        let ended = on(3, || job.go(&AtomicUsize::new(0), &mut |_| {}).unwrap());
        assert_eq!(marks(&ended), marks(&plain), "checkpoint_every = {every}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let place = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &place),
            false => {
                // A file that is being renamed may be gone: a kill would not have left it either.
                let _ = std::fs::copy(entry.path(), place);
            }
        }
    }
}

#[test]
fn a_run_whose_world_was_changed_is_not_taken_up() {
    let folder = Folder::new();
    let source = short("donation");
    begin(&source, &folder.0, 1, Some(2));
    let world = folder.0.join("world.toml");
    let text = std::fs::read_to_string(&world).unwrap();
    std::fs::write(&world, text.replace("benefit = 5.0", "benefit = 6.0")).unwrap();
    let error = Job::resume(&folder.0, None).err().expect("the world is another one").to_string();
    assert!(error.contains("world.toml") && error.contains("changed"), "{error}");
    // Comments and layout are no change.
    std::fs::write(&world, format!("# a remark\n{text}")).unwrap();
    assert_eq!(take_up(&folder.0, 1, None).manifest.ticks, TICKS);
}
