//! A researcher's own column is kept, hashed and taken up again like a built-in one.

use crate::support::{Way, on, plain, shipped, with};
use mores::columns::{Column, Dtype, Payoff};
use mores::groups::{Group, Groups};
use mores::pass::Sizes;
use mores::run::{Job, Options, read_back};
use mores::scenario::Source;
use mores::simulation::{Builder, Simulation};
use mores::tick::Phase;
use parquet::file::reader::{FileReader, SerializedFileReader};
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[expect(
    dead_code,
    unreachable_pub,
    reason = "as a binary of its own it calls its `main` and exports nothing"
)]
#[path = "../../examples/own_column.rs"]
mod example;

use example::{Mood, brood, moody};

const AGENTS: u32 = 5_001;

fn after(ticks: u64) -> Simulation {
    let mut simulation = moody(AGENTS).unwrap();
    (0..ticks).for_each(|_| simulation.tick().unwrap());
    simulation
}

#[test]
fn the_system_runs_after_the_games_of_the_tick() {
    let first = after(1);
    let wanted: Vec<f32> = first.column::<Payoff>().iter().map(|payoff| 0.1 * payoff).collect();
    assert!(first.column::<Mood>() == wanted);
    assert!(wanted.iter().any(|&mood| mood != 0.0));
}

#[test]
fn the_column_stands_among_the_others() {
    let simulation = after(1);
    let columns = simulation.columns();
    let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
    assert_eq!(names, ["mood", "payoff", "reputation", "strategy"]);
    let mood = columns.iter().find(|column| &*column.name == Mood::NAME).unwrap();
    assert_eq!(mood.dtype, Dtype::F32);
    // What snapshots and checkpoints write.
    let bytes = simulation.view().raw(mood);
    assert_eq!(bytes, bytemuck::cast_slice::<f32, u8>(simulation.column::<Mood>()));
}

#[test]
fn the_hash_sees_the_column() {
    let mut simulation = after(3);
    let hash = simulation.state_hash();
    assert_eq!(hash, after(3).state_hash());
    let mood = simulation.columns().into_iter().find(|column| &*column.name == Mood::NAME).unwrap();
    mood.visit(simulation.world(), |bytes| bytes[4 * 4_999] ^= 1);
    assert_ne!(hash, simulation.state_hash());
}

#[test]
fn the_world_goes_on_as_it_would_without_the_column() {
    let source = Source::of("plain", include_str!("../../worlds/donation.toml"));
    let source = source.set(&[("population.agents".to_string(), AGENTS.to_string())]).unwrap();
    let mut without = Simulation::of(Arc::new(source.read().unwrap())).build();
    (0..5).for_each(|_| without.tick().unwrap());
    assert!(without.column::<Payoff>() == after(5).column::<Payoff>());
}

#[test]
fn threads_do_not_show_in_the_column() {
    let hash = |way: Way| on(way.threads, || after(4).state_hash());
    assert_eq!(hash(plain()), hash(Way { threads: 7, sizes: Sizes::default() }));
}

#[test]
fn a_run_is_taken_up_with_the_column() {
    for stop in [0, 1, 4] {
        let begun = after(stop);
        let (view, columns) = (begun.view(), begun.columns());
        let kept: Vec<Vec<u8>> = columns.iter().map(|column| view.raw(column).to_vec()).collect();
        let groups: Vec<Group> = begun.groups().state.clone();
        let mut again = moody(AGENTS).unwrap();
        again.resume_at(stop, |world| {
            for (column, kept) in columns.iter().zip(&kept) {
                column.visit(world, |bytes| bytes[..kept.len()].copy_from_slice(kept));
            }
            world.resource_mut::<Groups>().state = groups;
        });
        (stop..9).for_each(|_| again.tick().unwrap());
        let mut whole = after(9);
        assert!(again.column::<Mood>() == whole.column::<Mood>());
        assert_eq!(again.state_hash(), whole.state_hash(), "stopped after {stop} ticks");
    }
}

/// The results of a run: its files but the manifest, which tells when it was, and the checkpoint.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path.file_name() != Some("checkpoint".as_ref()) {
                open.push(path);
            } else if path.is_file() && path.file_name() != Some("manifest.json".as_ref()) {
                found.insert(path.strip_prefix(folder).unwrap().to_path_buf(), std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[test]
fn a_run_records_the_column_and_resumes_it_from_its_checkpoint() {
    let (agents, ticks) = (("population.agents", "5_001"), ("run.ticks", "6"));
    let source = with(&shipped("donation"), &[agents, ticks, ("record", "{ snapshot_every = 2 }")]);
    let own = |builder: Builder| builder.column::<Mood>().system(Phase::Learn, brood);
    let begin = |folder: &Path| {
        let options = Options { replace: true, ..Options::default() };
        Job::start_with(read_back(source.clone()).unwrap(), folder, options, own).unwrap()
    };
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (whole, parted) = (temporary.join("own_column/whole"), temporary.join("own_column/parted"));
    begin(&whole).go(&AtomicUsize::new(0), &mut |_| {}).unwrap();
    let stop = AtomicUsize::new(0);
    let stop_at_3 = &mut |tick| stop.store(usize::from(tick == 3), Relaxed);
    begin(&parted).go(&stop, stop_at_3).unwrap();
    let rest = Job::resume_with(&parted, None, own).unwrap();
    assert_eq!(rest.first_tick(), 3);
    rest.go(&AtomicUsize::new(0), &mut |_| {}).unwrap();
    let (folder, whole, parted) = (whole.clone(), files(&whole), files(&parted));
    assert_eq!(whole.keys().collect::<Vec<_>>(), parted.keys().collect::<Vec<_>>());
    for (path, bytes) in &whole {
        assert!(parted[path] == *bytes, "{}", path.display());
    }
    let mut rows = 0;
    for path in whole.keys().filter(|path| path.starts_with("agents")) {
        let file = SerializedFileReader::new(File::open(folder.join(path)).unwrap()).unwrap();
        let columns = file.metadata().file_metadata().schema_descr();
        let names: Vec<&str> = columns.columns().iter().map(|column| column.name()).collect();
        assert!(names.contains(&Mood::NAME), "{}: {names:?}", path.display());
        rows += file.metadata().file_metadata().num_rows();
    }
    assert_eq!(rows, 4 * 5_001, "snapshots of ticks 0, 2, 4 and 6");
}
