//! The command line: one file a command, and what they share.

mod bench;
mod chart;
mod check;
mod engine;
mod explain;
mod fault;
mod job;
mod library;
mod list;
mod measured;
mod out;
mod plan;
mod progress;
mod resume;
mod run;
mod schema;
mod signals;
mod summary;
mod verify;
mod worlds;
mod written;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub(crate) use library::Library;

use engine::{Asked, Engine, Problem};
use out::Out;
use signals::Signal;
use written::Assignment;

/// Simulates whole societies: who helps whom, who is judged, who is punished, what spreads.
#[derive(Debug, Parser)]
#[command(name = "mores", version, max_term_width = 100, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Resume(resume::Args),
    Check(check::Args),
    Verify(verify::Args),
    Plan(plan::Args),
    List(list::Args),
    Explain(explain::Args),
    Worlds(worlds::Args),
    Schema(schema::Args),
    Bench(bench::Args),
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Done,
    /// The run failed, its folder stands in the way, or an expectation was missed.
    Failed,
    /// The world file or the command line is wrong, or asks for more than this machine has.
    Wrong,
    /// A signal stopped it; a checkpoint is written.
    Stopped(Signal),
}

impl Exit {
    fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Wrong => 2,
            Self::Stopped(signal) => signal.exit_code(),
        }
    }
}

/// Reads the process's own command line; where it is wrong or asks for help, that is said and the
/// exit code given back.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        // A reader that has gone away needs no message.
        let _ = error.print();
        ExitCode::from(if error.use_stderr() { Exit::Wrong.code() } else { Exit::Done.code() })
    })
}

/// Does what the command line asks for. A fault of mores itself ends with exit code 1, after its
/// last words.
pub(crate) fn main(cli: &Cli, engine: &dyn Engine) -> ExitCode {
    fault::install();
    let mut out = Out::new();
    let exit = catch_unwind(AssertUnwindSafe(|| perform(cli, engine, &mut out))).unwrap_or(Exit::Failed);
    ExitCode::from(exit.code())
}

fn perform(cli: &Cli, engine: &dyn Engine, out: &mut Out) -> Exit {
    let ended = match &cli.command {
        Command::Run(args) => run::run(args, engine, out),
        Command::Resume(args) => resume::resume(args, engine, out),
        Command::Check(args) => check::check(args, engine, out),
        Command::Verify(args) => verify::verify(args, engine, out),
        Command::Plan(args) => plan::plan(args, engine, out),
        Command::List(args) => list::list(args, engine, out),
        Command::Explain(args) => explain::explain(args, engine, out),
        Command::Worlds(args) => worlds::worlds(args, engine, out),
        Command::Schema(_) => schema::schema(engine, out),
        Command::Bench(args) => bench::bench(args, engine, out),
    };
    let exit = ended.unwrap_or_else(|problem| {
        let (text, exit) = match problem {
            Problem::Asked(text) => (text, Exit::Wrong),
            Problem::Failed(text) => (text, Exit::Failed),
        };
        let prefix = if text.starts_with("error") { "" } else { "error: " };
        out.error(format_args!("{prefix}{}", text.trim_end()));
        exit
    });
    match out.trouble() {
        Some(error) if exit == Exit::Done => {
            let words =
                format!("error: stdout cannot be written ({error}); free some room or choose another place");
            out.error(words);
            Exit::Failed
        }
        _ => exit,
    }
}

/// Which world, and what is changed in it.
#[derive(Debug, Clone, Args)]
struct Which {
    /// A world file, or the name of a built-in world (`mores worlds` lists them)
    #[arg(value_name = "WORLD")]
    world: String,
    /// Take this named variant of the world
    #[arg(long, value_name = "NAME")]
    case: Option<String>,
    /// Scale the world to this many agents
    #[arg(long, value_name = "N", value_parser = written::count, allow_negative_numbers = true)]
    agents: Option<u64>,
    /// Run for this many ticks
    #[arg(long, value_name = "T", value_parser = written::whole, allow_negative_numbers = true)]
    ticks: Option<u64>,
    /// Draw other chances
    #[arg(long, value_name = "S", value_parser = written::whole, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Set a key of the world file, such as game.benefit=3; may be repeated
    #[arg(long, value_name = "PATH=VALUE", value_parser = written::assignment)]
    set: Vec<Assignment>,
}

impl Which {
    fn asked(&self) -> Asked {
        Asked {
            world: self.world.clone(),
            case: self.case.clone(),
            agents: self.agents,
            ticks: self.ticks,
            seed: self.seed,
            set: self.set.clone(),
        }
    }
}

/// How much of the machine to use.
#[derive(Debug, Clone, Copy, Args)]
struct Effort {
    /// Use this many threads (default: the cores that this process may use)
    #[arg(long, value_name = "K", value_parser = written::threads, allow_negative_numbers = true)]
    threads: Option<usize>,
}

impl Effort {
    fn threads(self) -> usize {
        self.threads.unwrap_or_else(mores::machine::cores)
    }
}

/// What to say.
#[derive(Debug, Clone, Copy, Args)]
struct Talk {
    /// Say nothing but errors
    #[arg(long, short)]
    quiet: bool,
    /// Write one JSON object a line to stdout, for machines
    #[arg(long)]
    json: bool,
}

#[cfg(test)]
mod tests;
