//! `mores run WORLD`.

use std::path::{Path, PathBuf};

use super::engine::{Engine, Facts, Found, Problem};
use super::out::Out;
use super::summary::thousands;
use super::{Effort, Exit, Talk, Which, job, plan};

/// Run one world and write what happens to a folder
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    which: Which,
    /// Write to this folder (default: runs/WORLD-ID, the ID coming from the world's content)
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace the run that the folder holds
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    talk: Talk,
}

pub(super) fn run(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    out.set_quiet(args.talk.quiet);
    let threads = args.effort.threads();
    let world = engine.read(&args.which.asked(), threads)?;
    let facts = world.facts();
    let folder = args.out.clone().unwrap_or_else(|| default_folder(&facts));
    if !args.force {
        let found = engine.found(&folder, &facts.run_id)?;
        match found {
            Found::Finished(before) if args.out.is_none() && before.facts.last_tick == facts.last_tick => {
                job::show_again(&before, args.talk, out);
                return Ok(Exit::Done);
            }
            found => clear(&found, &folder, &facts)?,
        }
    }
    plan::must_fit(&world.plan(threads), &folder)?;
    let signals = job::signals()?;
    let ready = world.ready(&folder, args.force)?;
    job::carry_out(ready, &folder, threads, (&signals, args.talk), out)
}

/// `runs/<world>-<first 8 of the run id>`.
fn default_folder(facts: &Facts) -> PathBuf {
    let id: String = facts.run_id.chars().take(8).collect();
    Path::new("runs").join(format!("{}-{id}", facts.world))
}

/// Refuses a folder in which something stands, and says the ways on.
fn clear(found: &Found, folder: &Path, facts: &Facts) -> Result<(), Problem> {
    let here = folder.display();
    let elsewhere = "replace it with --force, or write elsewhere with --out DIR";
    let words = match found {
        Found::Nothing => return Ok(()),
        Found::OtherFiles(name) => {
            format!("{here} already holds {name}, which no run of mores left there; {elsewhere}")
        }
        Found::OtherRun(world) => format!("{here} already holds a run of {world}; {elsewhere}"),
        Found::Unfinished(tick) => format!(
            "{here} already holds this run, stopped after tick {}; go on with `mores resume {here}`, {elsewhere}",
            thousands(*tick)
        ),
        Found::Finished(before) if before.facts.last_tick < facts.last_tick => format!(
            "{here} already holds this run up to tick {}; extend it with `mores resume {here} --ticks {}`, {elsewhere}",
            thousands(before.ticks_done),
            facts.last_tick
        ),
        Found::Finished(before) => {
            format!(
                "{here} already holds this run, finished after tick {}; {elsewhere}",
                thousands(before.ticks_done)
            )
        }
    };
    Err(Problem::Failed(words))
}
