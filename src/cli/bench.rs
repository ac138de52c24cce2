//! `mores bench [WORLD]`.

use mores::bench::limits::{self, Limits};
use serde_json::json;

use super::engine::{BenchJob, Engine, Measured, MeasuredPass, Problem};
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
    let mut told = vec![];
    engine.bench(&asked, &mut |measured| {
        if args.talk.json {
            let mut fields = job::fields(json!(measured));
            let of_tick = nearest(&limits, &measured);
            fields.insert("times_copy".to_owned(), json!(times_copy(&measured, &limits[1])));
            let passes = measured.passes.iter().map(|pass| pass_fields(pass, &measured, of_tick));
            fields.insert("passes".to_owned(), passes.collect());
            out.line(progress::object("measured", fields));
        } else if shown {
            out.line(line(&measured, &limits[1]));
            told.push(measured);
        }
    })?;
    // Of one world everything is shown; the table of several has a line for each.
    for measured in told.iter().filter(|_| args.world.is_some()) {
        let of_tick = nearest(&limits, measured);
        out.line(pass_head(measured, of_tick));
        measured.passes.iter().for_each(|pass| out.line(pass_line(pass, measured, of_tick)));
    }
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

/// The limits at the size that is nearest to a byte an agent.
fn nearest<'l>(limits: &'l [Limits], measured: &Measured) -> &'l Limits {
    let far = |limits: &&Limits| (limits.bytes as u64).abs_diff(measured.agents);
    limits.iter().min_by_key(far).unwrap_or(&limits[0])
}

/// What a pass takes, against what this machine could do in the same time.
struct Shares {
    /// of the tick, the row of metrics not counted
    of_tick: f64,
    /// reading, copying and writing its columns in order and nothing else, of its time
    of_copy: f64,
    /// reads of a byte at a random place
    gathers: f64,
    /// addressed draws
    draws: f64,
}

impl Shares {
    fn of(pass: &MeasuredPass, measured: &Measured, limits: &Limits) -> Shares {
        let ns = pass.cpu_ns_per_agent;
        Shares {
            of_tick: ns / measured.cpu_ns_per_agent,
            // A byte that is copied is read once and written once.
            of_copy: pass.bytes_per_agent as f64 / 2.0 * limits.copy_ns_per_byte / ns,
            gathers: ns / limits.gather_ns_1_byte,
            draws: ns / limits.draw_ns,
        }
    }
}

fn pass_head(measured: &Measured, limits: &Limits) -> String {
    format!(
        "\n{} with {} agents; a copied byte takes {:.3} ns, a byte at a random place {:.2} ns, a draw {:.2} ns\n\n\
         | phase | pass | CPU ns an agent | of the tick | columns in order | as random reads | as draws |\n\
         | --- | --- | --- | --- | --- | --- | --- |",
        measured.world,
        thousands(measured.agents),
        limits.copy_ns_per_byte,
        limits.gather_ns_1_byte,
        limits.draw_ns
    )
}

fn pass_line(pass: &MeasuredPass, measured: &Measured, limits: &Limits) -> String {
    let shares = Shares::of(pass, measured, limits);
    let copied = if pass.bytes_per_agent == 0 { "–".into() } else { percent(shares.of_copy) };
    format!(
        "| {} | {} | {:.2} | {} | {copied} | {:.1} | {:.1} |",
        pass.phase,
        pass.pass,
        pass.cpu_ns_per_agent,
        percent(shares.of_tick),
        shares.gathers,
        shares.draws
    )
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn pass_fields(pass: &MeasuredPass, measured: &Measured, limits: &Limits) -> serde_json::Value {
    let shares = Shares::of(pass, measured, limits);
    let mut fields = job::fields(json!(pass));
    fields.insert("of_tick".to_owned(), json!(shares.of_tick));
    fields.insert("of_copy".to_owned(), json!(shares.of_copy));
    fields.insert("gathers".to_owned(), json!(shares.gathers));
    fields.insert("draws".to_owned(), json!(shares.draws));
    serde_json::Value::Object(fields)
}

/// The time of an agent's tick over that of copying its columns once on one thread.
fn times_copy(measured: &Measured, limits: &Limits) -> f64 {
    measured.cpu_ns_per_agent / (measured.bytes_per_agent.max(1.0) * limits.copy_ns_per_byte)
}

fn limit_line(limits: &Limits) -> String {
    format!(
        "this machine, {}: copy {:.3} ns a byte on one thread, {:.3} on {}; \
         random read of 1 byte {:.2} ns, of 4 bytes {:.2} ns; draw {:.2} ns",
        bytes(limits.bytes as u64),
        limits.copy_ns_per_byte,
        limits.copy_ns_per_byte_all_threads,
        limits.threads,
        limits.gather_ns_1_byte,
        limits.gather_ns_4_bytes,
        limits.draw_ns
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
        "draw_ns": limits.draw_ns,
    }))
}
