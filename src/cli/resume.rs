//! `mores resume RUN_DIR`.

use std::path::PathBuf;

use super::engine::{Engine, Problem};
use super::out::Out;
use super::{Effort, Exit, Talk, job, written};

/// Go on with a run from its last checkpoint, or extend a finished one
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder of the run
    #[arg(value_name = "RUN_DIR")]
    run_dir: PathBuf,
    /// End at this tick instead of the world's own last one
    #[arg(long, value_name = "T", value_parser = written::whole, allow_negative_numbers = true)]
    ticks: Option<u64>,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    talk: Talk,
}

pub(super) fn resume(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    out.set_quiet(args.talk.quiet);
    let threads = args.effort.threads();
    let signals = job::signals()?;
    let ready = engine.resume(&args.run_dir, args.ticks, threads)?;
    job::carry_out(ready, &args.run_dir, threads, (&signals, args.talk), out)
}
