//! The program as it is typed: exit codes, what it says where, and what it leaves.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support::Folder;
use serde_json::Value;
use std::process::{Command, Output, Stdio};

/// `mores` with these words, in a folder of its own.
fn mores(folder: &Folder, line: &str) -> Output {
    command(folder, line).output().unwrap()
}

fn command(folder: &Folder, line: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mores"));
    command.args(line.split_whitespace()).current_dir(&folder.0).env("NO_COLOR", "1").stdin(Stdio::null());
    command
}

/// Exit code, stdout, stderr.
fn typed(folder: &Folder, line: &str) -> (i32, String, String) {
    let out = mores(folder, line);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

/// What must be wrong, with the words that have to be said.
fn refused(folder: &Folder, line: &str, code: i32, words: &[&str]) {
    let (exit, out, err) = typed(folder, line);
    assert_eq!(exit, code, "{line}\n{out}{err}");
    assert_eq!(out, "", "{line}");
    assert!(words.iter().all(|word| err.contains(word)), "{line}\n{err}");
}

const SMALL: &str = "run donation --agents 2000 --ticks 20";

#[test]
fn a_run_says_what_happened_and_the_second_time_shows_it_again() {
    let here = Folder::new();
    let (exit, first, _) = typed(&here, SMALL);
    assert_eq!(exit, 0);
    for word in
        ["Help is seen and judged", "2,000 agents", "20 ticks", "cooperation", "metrics.parquet", "polars"]
    {
        assert!(first.contains(word), "{word} is not in\n{first}");
    }
    let folder = here.only("runs");
    assert!(folder.file_name().unwrap().to_str().unwrap().starts_with("donation-"));
    let manifest = std::fs::read(folder.join("manifest.json")).unwrap();
    let (exit, again, _) = typed(&here, SMALL);
    assert_eq!(exit, 0);
    assert!(again.contains("already finished") && again.contains("--force"), "{again}");
    assert_eq!(std::fs::read(folder.join("manifest.json")).unwrap(), manifest);
    let (exit, anew, _) = typed(&here, &format!("{SMALL} --force"));
    assert!(exit == 0 && !anew.contains("already finished"));
    assert_ne!(std::fs::read(folder.join("manifest.json")).unwrap(), manifest);
}

#[test]
fn a_folder_that_holds_a_run_is_refused_and_the_ways_on_are_said() {
    let here = Folder::new();
    assert_eq!(typed(&here, &format!("{SMALL} --out a --quiet")), (0, String::new(), String::new()));
    refused(&here, &format!("{SMALL} --out a"), 1, &["a already holds this run", "--force", "--out DIR"]);
    refused(
        &here,
        &format!("{SMALL} --out a --seed 2"),
        1,
        &["a already holds a run of donation", "--force"],
    );
    refused(&here, "run donation --agents 2000 --ticks 30 --out a", 1, &["mores resume a --ticks 30"]);
    std::fs::create_dir(here.0.join("b")).unwrap();
    std::fs::write(here.0.join("b/manifest.json"), "mine").unwrap();
    refused(&here, &format!("{SMALL} --out b"), 1, &["b already holds manifest.json", "no run of mores"]);
    assert_eq!(std::fs::read(here.0.join("b/manifest.json")).unwrap(), b"mine");
}

#[test]
fn a_run_is_resumed_to_a_later_tick_with_the_bytes_of_the_whole_run() {
    let here = Folder::new();
    assert_eq!(typed(&here, &format!("{SMALL} --out a --quiet")).0, 0);
    assert_eq!(typed(&here, "resume a --ticks 35 --quiet --threads 3").0, 0);
    assert_eq!(typed(&here, "run donation --agents 2000 --ticks 35 --out b --quiet --threads 1").0, 0);
    for file in ["metrics.parquet", "world.toml"] {
        let read = |run: &str| std::fs::read(here.0.join(run).join(file)).unwrap();
        assert!(read("a") == read("b"), "{file}");
    }
    refused(&here, "resume nothing", 1, &["nothing"]);
}

#[test]
fn machines_get_an_object_a_line() {
    let here = Folder::new();
    let (exit, out, err) = typed(&here, &format!("{SMALL} --json"));
    assert_eq!((exit, err.as_str()), (0, ""));
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!((events[0], events[events.len() - 1]), ("started", "finished"));
    assert_eq!(lines[0]["agents"], 2000);
    assert!(lines[lines.len() - 1]["metrics"]["cooperation"].is_f64());
    let (_, out, _) = typed(&here, "check donation --json");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["agents"], 1_000_000);
    let (_, out, _) = typed(&here, "list learning --json");
    assert!(out.lines().all(|line| serde_json::from_str::<Value>(line).unwrap()["section"] == "learning"));
    let (_, out, _) = typed(&here, "schema");
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["type"], "object");
}

#[test]
fn what_is_asked_wrongly_ends_with_2_and_creates_nothing() {
    let here = Folder::new();
    refused(&here, "run nowak-mai", 2, &["nowak-mai", "did you mean `nowak-may`?"]);
    refused(&here, "run nowhere/world.toml", 2, &["nowhere/world.toml"]);
    refused(&here, "run donation --set game.benefti=3", 2, &["benefti"]);
    refused(&here, "run donation --set game.benefit=-1", 2, &["benefit", "at least 0"]);
    refused(&here, "run donation --case no-norm", 2, &["no-norm", "shunning"]);
    refused(&here, "run donation --agents 0", 2, &["at least 1"]);
    refused(&here, "explain fermy", 2, &["fermy", "did you mean `fermi`?"]);
    refused(&here, "list gmaes", 2, &["gmaes", "games", "measures"]);
    refused(&here, "rnu donation", 2, &["rnu"]);
    std::fs::write(here.0.join("w.toml"), "[run]\nticks = -1\n[gmae]\nkind = \"donation\"\n").unwrap();
    refused(&here, "check w.toml", 2, &["w.toml:2:9", "w.toml:3:2", "did you mean `game`?"]);
    std::fs::remove_file(here.0.join("w.toml")).unwrap();
    assert!(here.is_empty(), "a refusal leaves nothing behind");
}

#[test]
fn what_cannot_fit_is_refused_before_anything_is_allocated() {
    let here = Folder::new();
    let words = ["of memory", "this machine has", "--agents", "mores plan"];
    refused(&here, "run donation --agents 4_000_000_000", 2, &words);
    let (exit, out, _) = typed(&here, "plan donation --agents 4_000_000_000");
    assert!(exit == 0 && out.contains("does not fit") && out.contains("columns"), "{out}");
    let (_, out, _) = typed(&here, "plan donation --json --agents 4e9");
    let plan: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(plan["fits"], false);
    // The number that is named does fit.
    let largest = plan["largest"].as_u64().unwrap();
    let (_, out, _) = typed(&here, &format!("plan donation --json --agents {}", largest * 9 / 10));
    let smaller: Value = serde_json::from_str(&out).unwrap();
    assert!(smaller["memory_bytes"].as_u64() <= plan["memory_here"].as_u64(), "{out}");
    assert!(here.is_empty());
}

#[test]
fn rules_and_worlds_are_listed_and_explained() {
    let here = Folder::new();
    let (_, all, _) = typed(&here, "list");
    let families =
        ["structures", "games", "strategies", "norms", "sanctions", "learning", "cascades", "measures"];
    assert!(families.iter().all(|family| all.lines().any(|line| line == *family)), "{all}");
    let (_, text, _) = typed(&here, "explain fermi");
    assert!(text.starts_with("fermi: a kind of [learning]") && text.contains("selection"), "{text}");
    let (_, text, _) = typed(&here, "explain learning.fermi");
    assert!(text.starts_with("fermi:"), "{text}");
    let (_, text, _) = typed(&here, "explain cooperation");
    assert!(text.contains("a measure"), "{text}");
    let (_, text, _) = typed(&here, "worlds");
    assert!(text.contains("nowak-may") && text.contains("--case"), "{text}");
}

#[test]
fn the_file_of_a_built_in_world_is_written_to_be_changed() {
    let here = Folder::new();
    let (exit, text, _) = typed(&here, "worlds nowak-may");
    assert_eq!((exit, text.as_str()), (0, mores::worlds::get("nowak-may").unwrap()));
    refused(&here, "worlds nowak-mai", 2, &["there is no built-in world `nowak-mai`", "`nowak-may`"]);
    refused(&here, "worlds nowak-may --json", 2, &["cannot be used with"]);
}

#[test]
fn every_shipped_world_passes_the_check() {
    let here = Folder::new();
    for name in mores::worlds::names() {
        let (exit, _, err) = typed(&here, &format!("check {name} --quiet"));
        assert_eq!((exit, err.as_str()), (0, ""), "{name}");
    }
}

#[test]
fn an_expectation_that_is_missed_ends_with_1() {
    let here = Folder::new();
    let world = |value: &str| {
        format!(
            "[run]\nticks = 2\n[population]\nagents = 10\n[[strategy]]\nname = \"a\"\nshare = 0.5\n[[strategy]]\n\
             name = \"b\"\n[mutation]\nprob = 0.0\n[[expect]]\nid = \"test/1\"\nmetric = \"share_a\"\nat = 2\n\
             value = {value}\ntolerance = 0.01\nbecause = \"nobody changes\"\n"
        )
    };
    for (value, exit) in [("0.5", 0), ("0.7", 1)] {
        std::fs::write(here.0.join("w.toml"), world(value)).unwrap();
        let (code, out, err) = typed(&here, "verify w.toml --json");
        assert_eq!(code, exit, "{err}");
        let verdict: Value = serde_json::from_str(out.trim()).unwrap();
        assert_eq!((&verdict["id"], &verdict["pass"]), (&"test/1".into(), &(exit == 0).into()));
    }
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_is_no_error() {
    let here = Folder::new();
    for line in ["list", "schema", "worlds", "explain fermi"] {
        let mut child = command(&here, line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let out = child.wait_with_output().unwrap();
        assert_eq!((out.status.code(), out.stderr.len()), (Some(0), 0), "{line}");
    }
}
