//! `mores plan WORLD`, and the refusal of what cannot fit.

use std::path::Path;

use mores::machine;
use serde_json::{Map, Value, json};

use super::engine::{Engine, Plan, Problem};
use super::out::Out;
use super::summary::{bytes, clock, plural, thousands};
use super::{Effort, Exit, Talk, Which};

/// Say what memory, disk and time a world will take, before it takes them
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    talk: Talk,
}

/// What this machine has for a run; `None` where it does not tell.
#[derive(Debug, Clone, Copy)]
struct Has {
    memory: Option<u64>,
    disk: Option<u64>,
}

impl Has {
    fn here(folder: &Path) -> Self {
        Self { memory: machine::memory_limit(), disk: machine::free_disk(folder) }
    }
}

pub(super) fn plan(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    out.set_quiet(args.talk.quiet);
    let threads = args.effort.threads();
    let world = engine.read(&args.which.asked(), threads)?;
    let (facts, plan) = (world.facts(), world.plan(threads));
    let has = Has::here(Path::new("."));
    if args.talk.json {
        out.line(object(&plan, has));
    } else if !args.talk.quiet {
        let (agents, ticks) = (plural(facts.agents, "agent"), plural(facts.last_tick, "tick"));
        out.line(format_args!("{}: {agents}, {ticks}\n{}", facts.world, table(&plan, has)));
    }
    Ok(Exit::Done)
}

/// Refuses a run that this machine's memory or the disk of `folder` cannot hold.
pub(super) fn must_fit(plan: &Plan, folder: &Path) -> Result<(), Problem> {
    refusal(plan, Has::here(folder)).map_or(Ok(()), |words| Err(Problem::Asked(words)))
}

fn refusal(plan: &Plan, has: Has) -> Option<String> {
    let (memory, disk) = (total(&plan.memory), total(&plan.disk));
    let words = |takes: u64, what: &str, has: Option<u64>, way: &str| {
        let has = has.filter(|&has| takes > has)?;
        Some(format!("this run takes {} of {what}, and this machine has {}; {way}", bytes(takes), bytes(has)))
    };
    let fewer = plan
        .largest
        .map_or("--agents N".to_owned(), |n| format!("--agents {} fits", thousands(n).replace(',', "_")));
    let fewer = format!("run fewer agents ({fewer}); `mores plan` shows what takes it");
    words(memory, "memory", has.memory, &fewer).or_else(|| {
        words(
            disk,
            "disk",
            has.disk,
            "record less ([record] columns, snapshot_every), or write elsewhere (--out DIR)",
        )
    })
}

fn total(parts: &[(String, u64)]) -> u64 {
    parts.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
}

fn table(plan: &Plan, has: Has) -> String {
    let mut lines = Vec::new();
    for (what, parts, has) in [("memory", &plan.memory, has.memory), ("disk", &plan.disk, has.disk)] {
        let takes = total(parts);
        let there = has.map_or(String::new(), |has| {
            let verdict = if takes > has { "does not fit" } else { "fits" };
            format!("  ({} here: {verdict})", bytes(has))
        });
        lines.push(format!("{what:<26}{:>9}{there}", bytes(takes)));
        lines.extend(parts.iter().map(|(name, size)| format!("  {name:<24}{:>9}", bytes(*size))));
    }
    let time = plan.seconds.map_or("unknown".to_owned(), |seconds| format!("about {}", clock(seconds)));
    lines.push(format!("{:<26}{time}", "time"));
    if !plan.kernels.is_empty() {
        lines.push(format!("{:<26}{}", "kernels", plan.kernels.join(", ")));
    }
    lines.join("\n")
}

fn object(plan: &Plan, has: Has) -> Value {
    let parts = |parts: &[(String, u64)]| -> Map<String, Value> {
        parts.iter().map(|(name, size)| (name.clone(), Value::from(*size))).collect()
    };
    json!({
        "memory_bytes": total(&plan.memory),
        "memory": parts(&plan.memory),
        "memory_here": has.memory,
        "disk_bytes": total(&plan.disk),
        "disk": parts(&plan.disk),
        "disk_here": has.disk,
        "seconds": plan.seconds,
        "largest": plan.largest,
        "kernels": plan.kernels,
        "fits": refusal(plan, has).is_none(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some_plan() -> Plan {
        Plan {
            memory: vec![("columns".into(), 6_000_000), ("packed mirrors".into(), 500_000)],
            disk: vec![("metrics.parquet".into(), 20_000)],
            seconds: Some(75.0),
            largest: Some(1_200_000),
            kernels: vec!["kernels/lattice"],
        }
    }

    #[test]
    fn a_plan_is_a_table_of_what_it_takes() {
        let has = Has { memory: Some(2_000_000_000), disk: Some(1_000) };
        assert_eq!(
            table(&some_plan(), has),
            "memory                       6.5 MB  (2.0 GB here: fits)\n  \
             columns                    6.0 MB\n  \
             packed mirrors             500 kB\n\
             disk                          20 kB  (1.0 kB here: does not fit)\n  \
             metrics.parquet             20 kB\n\
             time                      about 1 min 15 s\n\
             kernels                   kernels/lattice"
        );
    }

    #[test]
    fn what_cannot_fit_is_refused_with_a_way_on() {
        let has = |memory, disk| Has { memory, disk };
        let words = refusal(&some_plan(), has(Some(6_400_000), None)).unwrap();
        assert!(
            words.contains("takes 6.5 MB of memory")
                && words.contains("has 6.4 MB")
                && words.contains("--agents 1_200_000 fits")
        );
        assert!(refusal(&some_plan(), has(None, Some(0))).unwrap().contains("--out DIR"));
        assert_eq!(refusal(&some_plan(), has(None, None)), None);
        let endless =
            Plan { memory: vec![("a".into(), u64::MAX), ("b".into(), u64::MAX)], ..Plan::default() };
        assert!(refusal(&endless, has(Some(1 << 40), None)).is_some());
    }
}
