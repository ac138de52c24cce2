//! Ctrl-C and `kill` while the program runs, and back.
#![cfg(unix)]

use crate::support::Folder;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// More ticks than a test waits for.
const ENDLESS: u64 = 200_000;

fn mores(folder: &Folder, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mores"));
    command.args(line.split_whitespace()).current_dir(&folder.0).stdin(Stdio::null());
    command
}

fn line(agents: u64, ticks: u64) -> String {
    // Few take snapshots too; those of many would not fit on a disk.
    let every = if agents < 100_000 { 50 } else { 0 };
    format!("run donation --agents {agents} --ticks {ticks} --set record.snapshot_every={every}")
}

/// Begins a run and waits until it ticks.
fn running(folder: &Folder, agents: u64) -> Child {
    let mut command = mores(folder, &format!("{} --out a --json", line(agents, ENDLESS)));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.find(|line| line.as_ref().unwrap().contains("\"progress\"")).unwrap().unwrap();
    // The pipe stays open and is emptied: a run whose reader has gone would end for another reason.
    std::thread::spawn(move || lines.for_each(drop));
    child
}

/// Sends signals, one right after the other.
fn send(child: &Child, names: &[&str]) {
    let line: Vec<String> = names.iter().map(|name| format!("kill {name} {}", child.id())).collect();
    assert!(Command::new("sh").args(["-c", &line.join("; ")]).status().unwrap().success());
}

fn manifest(folder: &Folder) -> Value {
    serde_json::from_slice(&std::fs::read(folder.0.join("a/manifest.json")).unwrap()).unwrap()
}

#[test]
fn a_signal_stops_a_run_that_goes_on_to_the_bytes_of_one_that_was_not_stopped() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let here = Folder::new();
        let mut child = running(&here, 20_000);
        let asked = Instant::now();
        send(&child, &[name]);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert!(asked.elapsed() < Duration::from_secs(20), "a tick of this world takes milliseconds");
        let stopped = manifest(&here);
        assert_eq!(stopped["status"], "interrupted");
        let ticks = stopped["ticks"].as_u64().unwrap();
        assert!(ticks > 0 && here.0.join("a/checkpoint").exists());
        let last = ticks + 60;
        let resumed = mores(&here, &format!("resume a --ticks {last} --threads 3 --quiet")).status().unwrap();
        assert!(resumed.success());
        assert_eq!(manifest(&here)["ticks"], last);
        let whole = mores(&here, &format!("{} --out b --threads 1 --quiet", line(20_000, last)));
        assert!({ whole }.status().unwrap().success());
        let files = ["metrics.parquet", "world.toml", "agents/part-00000.parquet"];
        for file in files {
            let read = |run: &str| std::fs::read(here.0.join(run).join(file)).unwrap();
            assert!(read("a") == read("b"), "{file} after {name} at tick {ticks}");
        }
    }
}

#[test]
fn a_second_signal_ends_the_program_before_the_tick_does() {
    let here = Folder::new();
    // Finishing the tick and saving so many agents takes longer than the second signal.
    let mut child = running(&here, 3_000_000);
    send(&child, &["-INT", "-TERM"]);
    // Of two that come at once the system may hand over either first.
    assert!([Some(130), Some(143)].contains(&child.wait().unwrap().code()));
    assert_ne!(manifest(&here)["status"], "interrupted");
}
