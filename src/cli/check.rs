//! `mores check WORLD`.

use serde_json::json;

use super::engine::{Engine, Problem};
use super::out::Out;
use super::summary::{plural, thousands};
use super::{Exit, Talk, Which};

/// Read a world and say all that is wrong with it; run nothing
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    talk: Talk,
}

pub(super) fn check(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    out.set_quiet(args.talk.quiet);
    let world = engine.read(&args.which.asked(), mores::machine::cores())?;
    let (facts, expectations) = (world.facts(), world.expectations());
    if args.talk.json {
        out.line(json!({
            "ok": true,
            "world": facts.world,
            "title": facts.title,
            "run_id": facts.run_id,
            "agents": facts.agents,
            "groups": facts.groups,
            "ticks": facts.last_tick,
            "expectations": expectations,
        }));
    } else if !args.talk.quiet {
        let groups =
            if facts.groups > 1 { format!(" in {} groups", thousands(facts.groups)) } else { String::new() };
        let (agents, ticks) = (plural(facts.agents, "agent"), plural(facts.last_tick, "tick"));
        out.line(format_args!("{} is right: {agents}{groups}, {ticks}", facts.world));
    }
    Ok(Exit::Done)
}
