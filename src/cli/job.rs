//! What `run` and `resume` share: a society that ticks under the eyes of a person or a machine.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::chart::Look;
use super::engine::{Facts, Outcome, Problem, Ready, Watch};
use super::out::Out;
use super::progress::{self, Manner, Progress, Ticks};
use super::signals::Signals;
use super::{Exit, Talk, fault, summary};

/// Listens to signals, so that from here on they stop a run between two ticks.
pub(super) fn signals() -> Result<Signals, Problem> {
    Signals::install().map_err(|error| {
        Problem::Failed(format!("no handler for SIGINT and SIGTERM can be installed: {error}"))
    })
}

/// Lets `ready` tick to its end or to a signal, and tells how it went.
pub(super) fn carry_out(
    ready: Box<dyn Ready>,
    folder: &Path,
    threads: usize,
    (signals, talk): (&Signals, Talk),
    out: &mut Out,
) -> Result<Exit, Problem> {
    fault::running(folder);
    let facts = ready.facts();
    let manner = Manner::of(talk.json, talk.quiet, out.terminal);
    let ticks = Ticks { first: facts.first_tick, last: facts.last_tick };
    let mut progress = Progress::start(ticks, manner, started(&facts, folder, threads), out);
    let ended = ready.go(Watch { stop: signals.flag(), ticked: &mut |done| progress.tick(done) });
    let outcome = match ended {
        Ok(outcome) => outcome,
        Err(problem) => {
            let (Problem::Asked(text) | Problem::Failed(text)) = &problem;
            progress.finish(failed(text, folder));
            return Err(problem);
        }
    };
    progress.finish(summary::fields(&outcome));
    if manner != Manner::Json && manner != Manner::Quiet {
        show(&outcome, out);
    }
    match signals.asked() {
        Some(signal) if !outcome.finished => {
            let (done, folder) = (summary::thousands(outcome.ticks_done), folder.display());
            out.talk(format_args!("\nstopped after tick {done}; go on with: mores resume {folder}"));
            Ok(Exit::Stopped(signal))
        }
        _ => Ok(Exit::Done),
    }
}

/// Shows a finished run again, to people or machines.
pub(super) fn show_again(outcome: &Outcome, talk: Talk, out: &mut Out) {
    if talk.json {
        let mut fields = summary::fields(outcome);
        fields.insert("again".to_owned(), true.into());
        out.line(progress::object("finished", fields));
    } else if !talk.quiet {
        show(outcome, out);
        out.line("\nthis run was already finished, so nothing was run; to run it anew, add --force");
    }
}

fn show(outcome: &Outcome, out: &mut Out) {
    out.line(summary::text(outcome, Look::of_terminal()));
}

fn started(facts: &Facts, folder: &Path, threads: usize) -> Map<String, Value> {
    fields(json!({
        "mores": env!("CARGO_PKG_VERSION"),
        "world": facts.world,
        "title": facts.title,
        "run_id": facts.run_id,
        "folder": folder,
        "agents": facts.agents,
        "groups": facts.groups,
        "tick": facts.first_tick,
        "ticks": facts.last_tick,
        "threads": threads,
    }))
}

fn failed(text: &str, folder: &Path) -> Map<String, Value> {
    fields(json!({ "status": "failed", "error": text, "folder": folder }))
}

/// The fields of an object written as a literal.
pub(super) fn fields(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
