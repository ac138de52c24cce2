//! The seam between the commands and the library: what a command asks for and what it gets to show.
//!
//! Commands know these plain values and nothing of games or columns; tests put a small engine of
//! their own in the library's place. Text that reports a wrong world file arrives rendered.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use serde_json::Value;

use super::chart::Series;
use super::written::Assignment;

/// Why a command could not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The world file or the command line is wrong, or asks for more than this machine has: exit 2.
    Asked(String),
    /// The run failed, or its folder stands in the way: exit 1.
    Failed(String),
}

/// A world as the command line names and changes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// A path, or the name of a built-in world.
    pub(crate) world: String,
    pub(crate) case: Option<String>,
    pub(crate) agents: Option<u64>,
    pub(crate) ticks: Option<u64>,
    pub(crate) seed: Option<u64>,
    /// In the order of the command line; later ones win.
    pub(crate) set: Vec<Assignment>,
}

/// What is known of a world before it runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    /// The world file's name without folder and `.toml`.
    pub(crate) world: String,
    pub(crate) title: String,
    pub(crate) run_id: String,
    pub(crate) agents: u64,
    /// 1 where there are no groups.
    pub(crate) groups: u64,
    /// The tick at which the run begins: 0, or that of the checkpoint.
    pub(crate) first_tick: u64,
    /// The tick at which it ends at the latest.
    pub(crate) last_tick: u64,
}

/// What a run will take.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Plan {
    /// Parts of the memory with their bytes, such as `columns` or `packed mirrors`.
    pub(crate) memory: Vec<(String, u64)>,
    /// Files with the bytes they will have.
    pub(crate) disk: Vec<(String, u64)>,
    /// Wall seconds with the threads asked for; `None` where nothing is known of this world's
    /// speed.
    pub(crate) seconds: Option<f64>,
    /// About how many agents fit into the memory of this machine; `None` where it does not tell.
    pub(crate) largest: Option<u64>,
    /// Kernels that take the place of passes.
    pub(crate) kernels: Vec<&'static str>,
}

/// What stands in the folder that a run would write to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    /// No folder, or nothing in it that a run would overwrite.
    Nothing,
    /// This file, which a run would overwrite and no run of mores left there.
    OtherFiles(String),
    /// Another run, by its world's name.
    OtherRun(String),
    /// This very run, unfinished, up to this tick.
    Unfinished(u64),
    /// This very run, finished.
    Finished(Box<Outcome>),
}

/// How a run ended and what it left.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Outcome {
    pub(crate) facts: Facts,
    /// Whether it reached its end; otherwise a signal stopped it and a checkpoint was written.
    pub(crate) finished: bool,
    pub(crate) ticks_done: u64,
    /// Wall seconds of the ticking.
    pub(crate) seconds: f64,
    /// Agents times ticks a second of wall time, over the ticks of this process.
    pub(crate) agent_ticks_per_second: f64,
    pub(crate) folder: PathBuf,
    /// Names relative to the folder, with their bytes.
    pub(crate) files: Vec<(String, u64)>,
    /// The last row of the metrics; not a number where the metric is null.
    pub(crate) metrics: Vec<(String, f64)>,
    /// What to draw, the first one best.
    pub(crate) series: Vec<Series>,
    /// What the run has to say, such as ties of an edge list that were dropped.
    pub(crate) notes: Vec<String>,
}

/// What a run is told while it goes.
pub(crate) struct Watch<'a> {
    /// 0, or the exit code of the signal that asks the run to stop; polled once a tick.
    pub(crate) stop: Arc<AtomicUsize>,
    /// Called after each tick with the number of ticks done since the start of the world.
    pub(crate) ticked: &'a mut dyn FnMut(u64),
}

/// One comparison of `mores verify`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct Verdict {
    pub(crate) world: String,
    pub(crate) id: String,
    pub(crate) part: Option<String>,
    pub(crate) metric: String,
    pub(crate) expected: Value,
    pub(crate) got: Value,
    pub(crate) tolerance: Value,
    pub(crate) se: Value,
    pub(crate) pass: bool,
    pub(crate) seconds: f64,
}

/// One world of `mores bench`, measured.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct Measured {
    pub(crate) world: String,
    pub(crate) agents: u64,
    pub(crate) ticks: u64,
    /// Agents times ticks a second of wall time.
    pub(crate) agent_ticks_per_second: f64,
    /// Nanoseconds of processor time, of all threads together, an agent and tick.
    pub(crate) cpu_ns_per_agent: f64,
    /// Bytes an agent of the columns of the world.
    pub(crate) bytes_per_agent: f64,
    /// What the tick is made of, and the row of metrics, which is not counted above.
    pub(crate) passes: Vec<MeasuredPass>,
}

/// One pass of a measured world.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct MeasuredPass {
    /// Empty for the engine between passes.
    pub(crate) phase: String,
    pub(crate) pass: String,
    /// Nanoseconds of processor time, of all threads together, an agent and tick.
    pub(crate) cpu_ns_per_agent: f64,
    /// Bytes an agent of columns that it reads, copies and writes in order.
    pub(crate) bytes_per_agent: u64,
}

/// A rule of the registry, for `mores list`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Rule {
    pub(crate) family: String,
    /// The section of a world file that names it; empty for what no section does.
    pub(crate) section: String,
    pub(crate) rule: String,
    /// The first sentence of its description.
    pub(crate) says: String,
}

/// A built-in world, for `mores worlds`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct BuiltIn {
    pub(crate) world: String,
    pub(crate) title: String,
    pub(crate) cases: Vec<String>,
}

/// What the library does for the commands.
pub(crate) trait Engine {
    /// Reads and checks a world with this many threads, which also run it; takes no memory that grows with agents, but
    /// for files that it reads, and creates nothing.
    fn read(&self, asked: &Asked, threads: usize) -> Result<Box<dyn Checked>, Problem>;
    /// Looks at what stands in `folder`, for the run with this id.
    fn found(&self, folder: &Path, run_id: &str) -> Result<Found, Problem>;
    /// Reads the last checkpoint of `folder`; with `ticks`, the run ends at that tick instead of
    /// its world's.
    fn resume(&self, folder: &Path, ticks: Option<u64>, threads: usize) -> Result<Box<dyn Ready>, Problem>;
    /// Runs worlds (all built-in ones where none is named) and hands over each comparison as it
    /// comes; ends early at a signal.
    fn verify(&self, job: &VerifyJob, tell: &mut dyn FnMut(Verdict)) -> Result<(), Problem>;
    /// Measures worlds (eight of its own where none is named), each at each number of agents.
    fn bench(&self, job: &BenchJob, tell: &mut dyn FnMut(Measured)) -> Result<(), Problem>;
    /// All rules, family by family.
    fn rules(&self) -> Vec<Rule>;
    /// What a rule means and takes; where none has this name, a problem that suggests one.
    fn explain(&self, rule: &str) -> Result<String, Problem>;
    /// The built-in worlds, in the order of their names.
    fn worlds(&self) -> Vec<BuiltIn>;
    /// The file of a built-in world; where none has this name, a problem that suggests one.
    fn world(&self, name: &str) -> Result<String, Problem>;
    /// The JSON Schema of world files, laid out for people.
    fn schema(&self) -> String;
}

/// What `mores verify` shall run.
pub(crate) struct VerifyJob {
    pub(crate) worlds: Vec<String>,
    pub(crate) fast: bool,
    pub(crate) threads: usize,
    pub(crate) stop: Arc<AtomicUsize>,
}

/// What `mores bench` shall run.
pub(crate) struct BenchJob {
    pub(crate) world: Option<String>,
    /// Empty where the engine's own numbers shall be used.
    pub(crate) agents: Vec<u64>,
    pub(crate) threads: usize,
    pub(crate) stop: Arc<AtomicUsize>,
}

/// A world that was read and found right.
pub(crate) trait Checked {
    fn facts(&self) -> Facts;
    /// How many things `mores verify` would compare.
    fn expectations(&self) -> usize;
    /// What running it with this many threads will take, without allocating it.
    fn plan(&self, threads: usize) -> Plan;
    /// Builds the society and creates the folder; with `replace`, a run that stands there is
    /// removed first.
    fn ready(self: Box<Self>, folder: &Path, replace: bool) -> Result<Box<dyn Ready>, Problem>;
}

/// A society that can tick.
pub(crate) trait Ready {
    fn facts(&self) -> Facts;
    /// Runs to the end, or to the tick after a signal; writes everything in either case.
    fn go(self: Box<Self>, watch: Watch<'_>) -> Result<Outcome, Problem>;
}
