//! Every file of a run, opened by Polars, DuckDB and pyarrow, holds what the columns in memory hold.

use crate::resume::{Folder, resolved};
use crate::support::{repository, shipped, with};
use mores::columns::{Payoff, Reputation, Strategy};
use mores::run::{Job, Options};
use mores::simulation::Simulation;
use std::process::Command;
use std::sync::atomic::AtomicUsize;

#[test]
fn polars_duckdb_and_pyarrow_read_what_was_in_memory() {
    let Some(python) = std::env::var_os("MORES_PYTHON") else {
        println!("skipped: MORES_PYTHON names no Python with polars, duckdb and pyarrow (tests/all sets it)");
        return;
    };
    let changes = [
        ("population.agents", "5001"),
        ("run.ticks", "4"),
        ("run.until", "'share_disc > 2'"),
        ("record.snapshot_every", "2"),
        ("record.events", "['groups', 'interventions']"),
    ];
    let source = with(&shipped("donation"), &changes);
    let folder = Folder::new();
    let resolved = resolved(&source);
    let scenario = resolved.scenario.clone();
    let job = Job::start(resolved, &folder.0, Options::default()).unwrap();
    job.go(&AtomicUsize::new(0), &mut |_| {}).unwrap();

    let mut simulation = Simulation::of(scenario.clone()).build();
    let mut snapshots = vec![];
    for tick in 0..=4u64 {
        if tick > 0 {
            simulation.tick().unwrap();
        }
        if tick % 2 == 0 {
            let names = scenario.strategy_names();
            let strategy = simulation.column::<Strategy>().iter().map(|&s| names[usize::from(s)].clone());
            let good = simulation.column::<Reputation>().iter().map(|&r| ["bad", "good"][usize::from(r)]);
            snapshots.push(serde_json::json!({
                "tick": tick,
                "strategy": strategy.collect::<Vec<_>>(),
                "reputation": good.collect::<Vec<_>>(),
                "payoff": simulation.column::<Payoff>(),
            }));
        }
    }
    let wanted = folder.0.join("wanted.json");
    let wanted_text = serde_json::json!({ "strategies": scenario.strategy_names(), "snapshots": snapshots });
    std::fs::write(&wanted, wanted_text.to_string()).unwrap();
    let script = repository("tests/readers.py");
    let read = Command::new(python).arg(script).arg(&folder.0).arg(&wanted).output().unwrap();
    let talk = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{talk}");
    let said = String::from_utf8_lossy(&read.stdout);
    assert!(said.contains("polars, duckdb and pyarrow agree"), "{said}{talk}");
}
