//! The commands against a small engine, by what they say and how they end.

use std::cell::Cell;
use std::path::Path;

use clap::CommandFactory;

use super::engine::*;
use super::out::tests::Heard;
use super::*;

/// An engine of one world, which does what its fields say.
struct Small {
    found: Found,
    memory: u64,
    verdicts: Vec<bool>,
    ran: Cell<bool>,
}

impl Default for Small {
    fn default() -> Self {
        Self { found: Found::Nothing, memory: 1000, verdicts: vec![], ran: Cell::new(false) }
    }
}

struct One {
    facts: Facts,
    memory: u64,
}

impl Checked for One {
    fn facts(&self) -> Facts {
        self.facts.clone()
    }
    fn expectations(&self) -> usize {
        0
    }
    fn plan(&self, _: usize) -> Plan {
        Plan { memory: vec![("columns".into(), self.memory)], ..Plan::default() }
    }
    fn ready(self: Box<Self>, _: &Path, _: bool) -> Result<Box<dyn Ready>, Problem> {
        Ok(self)
    }
}

impl Ready for One {
    fn facts(&self) -> Facts {
        self.facts.clone()
    }
    fn go(self: Box<Self>, watch: Watch<'_>) -> Result<Outcome, Problem> {
        (1..=self.facts.last_tick).for_each(|tick| (watch.ticked)(tick));
        Ok(outcome(self.facts))
    }
}

fn outcome(facts: Facts) -> Outcome {
    Outcome {
        ticks_done: facts.last_tick,
        facts,
        finished: true,
        folder: "runs/x".into(),
        ..Outcome::default()
    }
}

fn facts(ticks: u64) -> Facts {
    Facts {
        world: "donation".into(),
        title: "Help is judged".into(),
        run_id: "0123456789abcdef".into(),
        agents: 50,
        groups: 1,
        first_tick: 0,
        last_tick: ticks,
    }
}

impl Engine for Small {
    fn read(&self, asked: &Asked, _: usize) -> Result<Box<dyn Checked>, Problem> {
        match asked.world.as_str() {
            "donation" => {
                self.ran.set(true);
                Ok(Box::new(One { facts: facts(asked.ticks.unwrap_or(10)), memory: self.memory }))
            }
            other => Err(Problem::Asked(format!("no world is called `{other}`"))),
        }
    }
    fn found(&self, _: &Path, _: &str) -> Result<Found, Problem> {
        Ok(self.found.clone())
    }
    fn resume(&self, _: &Path, ticks: Option<u64>, _: usize) -> Result<Box<dyn Ready>, Problem> {
        Ok(Box::new(One { facts: facts(ticks.unwrap_or(10)), memory: 0 }))
    }
    fn verify(&self, _: &VerifyJob, tell: &mut dyn FnMut(Verdict)) -> Result<(), Problem> {
        for &pass in &self.verdicts {
            tell(Verdict {
                world: "nowak-may".into(),
                id: "NM-CHAOS".into(),
                part: None,
                metric: "share_c".into(),
                expected: 0.31.into(),
                got: 0.3125.into(),
                tolerance: 0.01.into(),
                se: serde_json::Value::Null,
                pass,
                seconds: 1.5,
            });
        }
        Ok(())
    }
    fn bench(&self, _: &BenchJob, _: &mut dyn FnMut(Measured)) -> Result<(), Problem> {
        Ok(())
    }
    fn rules(&self) -> Vec<Rule> {
        [("game", "donation"), ("game", "matrix"), ("norm", "shunning")]
            .map(|(family, rule)| Rule {
                family: family.into(),
                section: family.into(),
                rule: rule.into(),
                says: "Says.".into(),
            })
            .into()
    }
    fn explain(&self, rule: &str) -> Result<String, Problem> {
        Ok(format!("{rule} means something\n"))
    }
    fn worlds(&self) -> Vec<BuiltIn> {
        vec![BuiltIn {
            world: "donation".into(),
            title: "Help is judged".into(),
            cases: vec!["noisy".into()],
        }]
    }
    fn world(&self, name: &str) -> Result<String, Problem> {
        Ok(format!("title = \"{name}\"\n"))
    }
    fn schema(&self) -> String {
        "{}\n".into()
    }
}

/// The exit code, stdout and stderr of a command line.
fn typed(line: &str, engine: &Small) -> (u8, String, String) {
    let heard = Heard::default();
    let cli = Cli::try_parse_from(line.split(' ')).unwrap();
    let exit = perform(&cli, engine, &mut heard.out());
    (exit.code(), heard.stdout(), heard.stderr())
}

fn refused(line: &str) -> String {
    let error = Cli::try_parse_from(line.split(' ')).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{line}");
    error.to_string()
}

#[test]
fn the_definition_of_the_command_line_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn every_flag_of_run_is_read() {
    let line = "mores run donation --case noisy --agents 1_000_000 --ticks 1e3 --seed 0x10 --set game.benefit=3 \
                --set learning.kind=\"fermi\" --out there --threads 4 --force --quiet --json";
    let Command::Run(args) = Cli::try_parse_from(line.split_whitespace()).unwrap().command else { panic!() };
    let text = format!("{args:?}");
    for part in [
        "world: \"donation\"",
        "case: Some(\"noisy\")",
        "agents: Some(1000000)",
        "ticks: Some(1000)",
        "seed: Some(16)",
        "path: \"game.benefit\", value: \"3\"",
        "path: \"learning.kind\", value: \"\\\"fermi\\\"\"",
        "out: Some(\"there\")",
        "threads: Some(4)",
        "force: true",
        "quiet: true",
        "json: true",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn every_command_of_the_contract_is_read() {
    for line in [
        "mores resume runs/x --ticks 2_000 --threads 2",
        "mores verify",
        "mores verify a b.toml --fast --json --threads 1",
        "mores check w --case c --set a.b=1",
        "mores plan w --case c --agents 1e8 --set a.b=1",
        "mores bench --agents 1e5,1_000_000 --json --quiet",
        "mores bench lattice",
        "mores list game",
        "mores list",
        "mores explain fermi",
        "mores worlds",
        "mores worlds donation",
        "mores schema",
    ] {
        assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
    }
}

#[test]
fn a_wrong_command_line_says_what_to_write() {
    assert!(refused("mores run").contains("<WORLD>"));
    assert!(refused("mores runn w").contains("run"));
    assert!(refused("mores run w --agent 3").contains("--agents"));
    assert!(refused("mores run w --agents 0").contains("must be at least 1"));
    assert!(refused("mores run w --agents -5").contains("must not be negative"));
    assert!(refused("mores run w --agents 1.5").contains("must be a whole number"));
    assert!(refused("mores run w --threads 0").contains("must be at least 1"));
    assert!(refused("mores run w --set benefit").contains("PATH=VALUE"));
    assert_eq!(Cli::try_parse_from(["mores", "--help"]).unwrap_err().exit_code(), 0);
    assert_eq!(Cli::try_parse_from(["mores", "--version"]).unwrap_err().exit_code(), 0);
}

#[test]
fn a_run_tells_machines_how_it_began_and_ended() {
    let (code, stdout, stderr) = typed("mores run donation --ticks 7 --json --threads 2", &Small::default());
    assert_eq!((code, stderr.as_str()), (0, ""));
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 3);
    assert_eq!((&lines[1]["event"], &lines[1]["tick"]), (&"progress".into(), &7.into()));
    assert_eq!(
        (&lines[0]["event"], &lines[0]["ticks"], &lines[0]["threads"]),
        (&"started".into(), &7.into(), &2.into())
    );
    assert_eq!(lines[0]["folder"], format!("runs{}donation-01234567", std::path::MAIN_SEPARATOR));
    assert_eq!((&lines[2]["event"], &lines[2]["status"]), (&"finished".into(), &"finished".into()));
}

#[test]
fn quiet_says_nothing_but_errors() {
    assert_eq!(typed("mores run donation --quiet", &Small::default()), (0, String::new(), String::new()));
    let (code, stdout, stderr) = typed("mores run donatoin --quiet", &Small::default());
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (2, "", "error: no world is called `donatoin`\n"));
}

#[test]
fn people_get_a_summary_on_stdout() {
    let (code, stdout, _) = typed("mores run donation", &Small::default());
    assert_eq!(code, 0);
    assert!(stdout.starts_with("Help is judged\n50 agents, 10 ticks in "), "{stdout}");
}

#[test]
fn a_finished_run_is_shown_again_in_its_own_folder_only() {
    let engine = Small { found: Found::Finished(Box::new(outcome(facts(10)))), ..Small::default() };
    let (code, stdout, _) = typed("mores run donation", &engine);
    assert!(code == 0 && stdout.contains("already finished") && stdout.contains("--force"), "{stdout}");
    let (code, stdout, stderr) = typed("mores run donation --out x", &engine);
    assert!(
        code == 1 && stdout.is_empty() && stderr.contains("--force") && stderr.contains("--out"),
        "{stderr}"
    );
    let (code, _, stderr) = typed("mores run donation --ticks 20", &engine);
    assert!(code == 1 && stderr.contains("mores resume runs") && stderr.contains("--ticks 20"), "{stderr}");
    assert_eq!(typed("mores run donation --out x --force --quiet", &engine).0, 0);
}

#[test]
fn what_stands_in_the_way_is_named_with_the_ways_on() {
    for (found, words) in [
        (Found::Unfinished(1234), "mores resume"),
        (Found::OtherRun("nowak-may".into()), "a run of nowak-may"),
        (Found::OtherFiles("metrics.parquet".into()), "holds metrics.parquet"),
    ] {
        let (code, _, stderr) = typed("mores run donation", &Small { found, ..Small::default() });
        assert!(code == 1 && stderr.contains(words) && stderr.contains("--force"), "{stderr}");
    }
}

#[test]
fn what_this_machine_cannot_hold_is_refused_before_it_runs() {
    let engine = Small { memory: u64::MAX, ..Small::default() };
    let (code, stdout, stderr) = typed("mores run donation", &engine);
    if mores::machine::memory_limit().is_some() {
        assert!(code == 2 && stdout.is_empty() && stderr.contains("of memory"), "{stderr}");
    }
    let (code, stdout, _) = typed("mores plan donation --json", &engine);
    assert!(code == 0 && stdout.contains("\"memory_bytes\":18446744073709551615"), "{stdout}");
}

#[test]
fn resume_goes_on_to_the_tick_that_is_asked_for() {
    let (code, stdout, _) = typed("mores resume runs/x --ticks 40 --json", &Small::default());
    assert!(code == 0 && stdout.contains("\"ticks\":40"), "{stdout}");
}

#[test]
fn a_missed_expectation_is_exit_1_and_a_line_each() {
    let engine = Small { verdicts: vec![true, false], ..Small::default() };
    let (code, stdout, stderr) = typed("mores verify", &engine);
    assert_eq!(code, 1);
    assert_eq!(
        stdout.lines().next(),
        Some("met     NM-CHAOS  nowak-may: share_c expected 0.3100, got 0.3125, tolerance 0.0100  [1.5 s]")
    );
    assert_eq!(stderr, "1 of 2 expectations missed\n");
    let (code, stdout, _) = typed("mores verify --json", &Small { verdicts: vec![true], ..Small::default() });
    assert_eq!(code, 0);
    assert_eq!(
        stdout,
        "{\"world\":\"nowak-may\",\"id\":\"NM-CHAOS\",\"part\":null,\"metric\":\"share_c\",\"expected\":0.31,\
         \"got\":0.3125,\"tolerance\":0.01,\"se\":null,\"pass\":true,\"seconds\":1.5}\n"
    );
    let (code, stdout, stderr) = typed("mores verify --quiet", &engine);
    assert!(code == 1 && stdout.is_empty() && stderr.starts_with("MISSED"), "{stderr}");
}

#[test]
fn what_exists_is_listed() {
    let engine = Small::default();
    let listed = "game\n  donation  Says.\n  matrix    Says.\n\nnorm\n  shunning  Says.\n";
    assert_eq!(typed("mores list", &engine).1, listed);
    assert_eq!(typed("mores list norm", &engine).1, "norm\n  shunning  Says.\n");
    let (code, _, stderr) = typed("mores list gmae", &engine);
    assert_eq!((code, stderr.as_str()), (2, "error: no family is called `gmae`; known: game, norm\n"));
    assert_eq!(typed("mores worlds", &engine).1, "donation  Help is judged\n          --case noisy\n");
    assert_eq!(typed("mores worlds donation", &engine).1, "title = \"donation\"\n");
    assert_eq!(typed("mores explain fermi", &engine).1, "fermi means something\n");
    assert_eq!(typed("mores schema", &engine).1, "{}\n");
    assert_eq!(typed("mores check donation", &engine).1, "donation is right: 50 agents, 10 ticks\n");
}
