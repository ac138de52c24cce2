//! What `mores plan` says, beside what a run then takes.

use crate::support::Folder;
use serde_json::Value;
use std::process::{Command, Stdio};

fn mores(folder: &Folder, line: &str) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mores"));
    let out =
        command.args(line.split_whitespace()).current_dir(&folder.0).stdin(Stdio::null()).output().unwrap();
    assert!(out.status.success(), "{line}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// One world for each thing that takes memory: mirrors, a lattice's copies, a graph while it is made and after, groups,
/// snapshots on their way, codes of payoffs for them, and steps of one agent; and one with a few cohorts more than 2,048,
/// whose columns would be held twice for a moment if their table grew by doubling.
const WORLDS: [&str; 8] = [
    "donation --agents 6_000_000",
    "nowak-may --set population.groups=1 --set population.group_size=4_000_000 --set structure.rows=2000 --set structure.columns=2000",
    "epidemic --agents 1_500_000",
    "public-goods-groups --agents 4_000_000",
    "donation --agents 6_000_000 --set record.snapshot_every=2",
    "nowak-may --agents 16_000_000 --set record.snapshot_every=2",
    "spatial-donation --agents 4_000_000",
    "nowak-may --set population.groups=1 --set population.group_size=8_410_000 --set structure.rows=2900 --set structure.columns=2900",
];

#[test]
fn the_memory_of_worlds_is_planned_within_a_tenth() {
    let here = Folder::new();
    let mut wrong = vec![];
    for (nth, world) in WORLDS.iter().enumerate() {
        let plan: Value =
            serde_json::from_slice(&mores(&here, &format!("plan {world} --threads 2 --json"))).unwrap();
        let planned = plan["memory_bytes"].as_f64().unwrap();
        mores(&here, &format!("run {world} --ticks 4 --threads 2 --out {nth} --quiet"));
        let manifest = std::fs::read(here.0.join(nth.to_string()).join("manifest.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let taken = manifest["peak_memory_bytes"].as_f64().unwrap();
        println!("{world}: planned {:.0} MB, taken {:.0} MB", planned / 1e6, taken / 1e6);
        if (planned / taken - 1.0).abs() > 0.1 {
            wrong.push(format!("{world}: planned {planned}, taken {taken}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
