//! `mores bench [WORLD]`.

use mores::bench::limits::{self, Limits};
use serde_json::json;

use super::engine::{BenchJob, Engine, Measured, Problem};
use super::out::Out;
use super::summary::{bytes, magnitude, thousands};
use super::{Effort, Exit, Talk, job, progress, written};

/// A table that lies in a cache, and one that does not.
const SIZES: [usize; 2] = [12_000_000, 100_000_000];

/// Measure the engine against this machine's own limits
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A world file or the name of a built-in world (default: eight built-in ones)
    #[arg(value_name = "WORLD")]
    world: Option<String>,
    /// Numbers of agents to measure at, such as 1e5,1e7
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = written::count,
        allow_negative_numbers = true
    )]
    agents: Vec<u64>,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    talk: Talk,
}

pub(super) fn bench(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    out.set_quiet(args.talk.quiet);
    let signals = job::signals()?;
    let threads = args.effort.threads();
    let limits: Vec<Limits> = SIZES
        .iter()
        .map(|&size| limits::measure(size, threads))
        .collect::<Result<_, _>>()
        .map_err(|error| Problem::Failed(format!("{threads} threads cannot be started: {error}")))?;
    let shown = !args.talk.json && !args.talk.quiet;
    for limits in &limits {
        if args.talk.json {
            out.line(progress::object("limits", limit_fields(limits)));
        } else if shown {
            out.line(limit_line(limits));
        }
    }
    if shown {
        out.line(HEAD);
    }
    let asked =
        BenchJob { world: args.world.clone(), agents: args.agents.clone(), threads, stop: signals.flag() };
    engine.bench(&asked, &mut |measured| {
        if args.talk.json {
            let mut fields = job::fields(json!(measured));
            fields.insert("times_copy".to_owned(), json!(times_copy(&measured, &limits[1])));
            out.line(progress::object("measured", fields));
        } else if shown {
            out.line(line(&measured, &limits[1]));
        }
    })?;
    Ok(signals.asked().map_or(Exit::Done, Exit::Stopped))
}

const HEAD: &str = "\n| world | agents | agent-ticks a second | CPU ns an agent and tick | \
                    times a copy of the columns |\n\
                    | --- | --- | --- | --- | --- |";

fn line(measured: &Measured, limits: &Limits) -> String {
    format!(
        "| {} | {} | {} | {:.2} | {:.1} |",
        measured.world,
        thousands(measured.agents),
        magnitude(measured.agent_ticks_per_second),
        measured.cpu_ns_per_agent,
        times_copy(measured, limits)
    )
}

/// The time of an agent's tick over that of copying its columns once on one thread.
fn times_copy(measured: &Measured, limits: &Limits) -> f64 {
    measured.cpu_ns_per_agent / (measured.bytes_per_agent.max(1.0) * limits.copy_ns_per_byte)
}

fn limit_line(limits: &Limits) -> String {
    format!(
        "this machine, {}: copy {:.3} ns a byte on one thread, {:.3} on {}; \
         random read of 1 byte {:.2} ns, of 4 bytes {:.2} ns",
        bytes(limits.bytes as u64),
        limits.copy_ns_per_byte,
        limits.copy_ns_per_byte_all_threads,
        limits.threads,
        limits.gather_ns_1_byte,
        limits.gather_ns_4_bytes
    )
}

fn limit_fields(limits: &Limits) -> serde_json::Map<String, serde_json::Value> {
    job::fields(json!({
        "bytes": limits.bytes,
        "threads": limits.threads,
        "copy_ns_per_byte": limits.copy_ns_per_byte,
        "copy_ns_per_byte_all_threads": limits.copy_ns_per_byte_all_threads,
        "gather_ns_1_byte": limits.gather_ns_1_byte,
        "gather_ns_4_bytes": limits.gather_ns_4_bytes,
    }))
}
