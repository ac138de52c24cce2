//! A run that goes on: ticks, what is recorded of them, and checkpoints.

use super::failure::{Failure, Refused};
use super::files;
use super::found::{Ended, facts, world_of};
use super::resolve::{Resolved, read_back};
use super::{events, metrics, outcomes, snapshots, state};
use crate::machine;
use crate::record::checkpoint::{About, Checkpoint};
use crate::record::error::RunError;
use crate::record::files::sweep;
use crate::record::manifest::{Manifest, Status, rfc3339};
use crate::simulation::{Builder, Looks, Simulation};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime};

/// How a run is begun.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// Which of the world's independent replicates, from 0.
    pub replicate: u32,
    /// Whether a run that the folder holds is removed first.
    pub replace: bool,
}

/// A run that can tick. Begin it and let it go inside the thread pool that shall do the work.
pub struct Job {
    resolved: Resolved,
    folder: PathBuf,
    simulation: Simulation,
    tables: Tables,
    manifest: Manifest,
    first: u64,
    last: u64,
    clock: Clock,
}

/// What is written while it ticks.
struct Tables {
    facts: Vec<(String, String)>,
    metrics: metrics::Table,
    snapshots: Option<snapshots::Snapshots>,
    events: Option<events::Table>,
    outcomes: bool,
}

impl Tables {
    /// What is recorded of a tick; `counted` if the moments of payoffs are known without the payoffs of agents.
    fn look_at(&self, tick: u64, counted: bool) -> Looks {
        let snapshot = self.snapshots.as_ref().is_some_and(|snapshots| snapshots.due(tick));
        match self.metrics.look_at(tick, counted) {
            _ if self.events.is_some() => Looks::All,
            Looks::Nothing | Looks::Counts if snapshot => Looks::Recorded,
            looks => looks,
        }
    }

    /// The tables of a run that begins, or that goes on from a checkpoint.
    fn open(
        folder: &Path,
        resolved: &Resolved,
        simulation: &Simulation,
        from: Option<&About>,
    ) -> Result<Tables, Failure> {
        let s = &resolved.scenario;
        let facts = facts(resolved, u64::from(simulation.replicate()));
        let tick = from.map(|about| about.tick);
        let mut metrics = metrics::Table::new(folder, s, &facts)??;
        if let Some(tick) = tick {
            metrics.resume(tick)?;
        }
        let rows = from.and_then(|about| about.more.get(EVENTS).and_then(Value::as_u64));
        Ok(Tables {
            metrics,
            snapshots: snapshots::Snapshots::open(folder, simulation, &facts, tick)?,
            events: events::Table::open(folder, s, &facts, rows)?,
            outcomes: outcomes::wanted(s),
            facts,
        })
    }
}

/// The time that a run has taken, over all resumptions.
struct Clock {
    began: Instant,
    saved: Instant,
    cpu: f64,
    before: [f64; 2],
}

impl Clock {
    fn start(before: [f64; 2]) -> Clock {
        let now = Instant::now();
        Clock { began: now, saved: now, cpu: machine::cpu_seconds().unwrap_or(0.0), before }
    }

    fn wall(&self) -> f64 {
        self.before[0] + self.began.elapsed().as_secs_f64()
    }

    fn cpu(&self) -> f64 {
        self.before[1] + machine::cpu_seconds().unwrap_or(self.cpu) - self.cpu
    }
}

/// How far the files of a run are, beside the state.
const REPLICATE: &str = "replicate";
const EVENTS: &str = "events";

impl Job {
    /// Builds the society, then creates the folder with everything that is known of tick 0.
    ///
    /// # Errors
    /// The files cannot be written. What stands in the folder is not looked at: ask [`found`](super::found) first.
    pub fn start(resolved: Resolved, folder: &Path, options: Options) -> Result<Job, Failure> {
        Self::start_with(resolved, folder, options, |builder| builder)
    }

    /// As [`Job::start`], with columns and systems of the caller's own.
    ///
    /// # Errors
    /// As [`Job::start`].
    pub fn start_with(
        resolved: Resolved,
        folder: &Path,
        options: Options,
        build: impl FnOnce(Builder) -> Builder,
    ) -> Result<Job, Failure> {
        let builder = Simulation::of(resolved.scenario.clone()).replicate(options.replicate);
        let clock = Clock::start([0.0; 2]);
        let simulation = build(builder).build();
        if options.replace {
            files::clear(folder)?;
        }
        files::write_world(folder, &resolved.source.text)?;
        let mut manifest = begun(&resolved, u64::from(options.replicate), None);
        manifest.kernels = taken(&simulation);
        manifest.write(folder)?;
        let tables = match Tables::open(folder, &resolved, &simulation, None) {
            Ok(tables) => tables,
            Err(failure) => {
                (manifest.status, manifest.error) = (Status::Failed, Some(failure.to_string()));
                // The first error is the one to tell.
                let _ = manifest.write(folder);
                return Err(failure);
            }
        };
        let last = resolved.scenario.run.ticks.get();
        let folder = folder.to_path_buf();
        let mut job = Job { resolved, folder, simulation, tables, manifest, first: 0, last, clock };
        if let Err(error) = job.record(false).and_then(|()| job.tables.metrics.metrics.save()) {
            return Err(job.fail(error.into()));
        }
        Ok(job)
    }

    /// Takes up the run of a folder at its last checkpoint, or at the start where it has none; with `ticks` it ends at
    /// that tick instead of its world's, and its `world.toml` says so from then on.
    ///
    /// # Errors
    /// There is no run; its files or its checkpoint are damaged or of another world or version; it is past `ticks`.
    pub fn resume(folder: &Path, ticks: Option<u64>) -> Result<Job, Failure> {
        Self::resume_with(folder, ticks, |builder| builder)
    }

    /// As [`Job::resume`], with the columns and systems with which the run was begun.
    ///
    /// # Errors
    /// As [`Job::resume`].
    pub fn resume_with(
        folder: &Path,
        ticks: Option<u64>,
        build: impl FnOnce(Builder) -> Builder,
    ) -> Result<Job, Failure> {
        let old = Manifest::read(folder)?;
        let resolved = read_back(world_of(folder, ticks)?)?;
        if old.run_id != resolved.run_id {
            return Err(changed(folder).into());
        }
        let replicate = u32::try_from(old.replicate).unwrap_or(0);
        let Some(place) = files::checkpoint(folder) else {
            return Self::start_with(resolved, folder, Options { replicate, replace: true }, build);
        };
        let from = Checkpoint::load(&place)?;
        let tick = from.about.tick;
        check(folder, &from, &resolved, old.replicate)?;
        if let Some(ticks) = ticks.filter(|&ticks| ticks < tick) {
            let says = format!("the run has come to tick {tick} already; --ticks {ticks} lies before it");
            return Err(Refused::Request(says).into());
        }
        let builder = Simulation::of(resolved.scenario.clone()).replicate(replicate);
        let clock = Clock::start([old.wall_seconds, old.cpu_seconds]);
        let mut simulation = build(builder).build();
        state::load(&place, &from, &mut simulation)?;
        sweep(folder)?;
        let tables = Tables::open(folder, &resolved, &simulation, Some(&from.about))?;
        let mut manifest = begun(&resolved, old.replicate, Some(&old));
        manifest.kernels = taken(&simulation);
        manifest.ticks = tick;
        manifest.write(folder)?;
        files::write_world(folder, &resolved.source.text)?;
        let last = resolved.scenario.run.ticks.get();
        let folder = folder.to_path_buf();
        Ok(Job { resolved, folder, simulation, tables, manifest, first: tick, last, clock })
    }

    /// The world.
    pub fn resolved(&self) -> &Resolved {
        &self.resolved
    }

    /// Where its files lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The tick at which it was taken up: 0 at the start.
    pub fn first_tick(&self) -> u64 {
        self.first
    }

    /// The tick at which it ends at the latest.
    pub fn last_tick(&self) -> u64 {
        self.last
    }

    /// The society.
    pub fn simulation(&mut self) -> &mut Simulation {
        &mut self.simulation
    }

    /// Ticks to the end, or until `stop` is no longer 0, which is looked at before each tick; `ticked` is called after
    /// each with the number of ticks done since the start of the world. In either case all files are written whole,
    /// with a checkpoint.
    ///
    /// # Errors
    /// A file cannot be written, or a value is no finite number. The files that were written before can be read, and
    /// the manifest says that the run failed and why.
    pub fn go(mut self, stop: &AtomicUsize, ticked: &mut dyn FnMut(u64)) -> Result<Ended, Failure> {
        self.clock.saved = Instant::now();
        let ticking = Instant::now();
        let result = self.tick_on(stop, ticked).and_then(|status| {
            let seconds = ticking.elapsed().as_secs_f64();
            self.end(status)?;
            Ok(seconds)
        });
        match result {
            Err(failure) => Err(self.fail(failure)),
            Ok(seconds) => Ok(Ended {
                resolved: self.resolved,
                folder: self.folder,
                manifest: self.manifest,
                metrics: self.tables.metrics.metrics,
                first_tick: self.first,
                seconds,
            }),
        }
    }

    fn tick_on(&mut self, stop: &AtomicUsize, ticked: &mut dyn FnMut(u64)) -> Result<Status, Failure> {
        let keep = self.resolved.scenario.record.clone();
        let every = keep.checkpoint_every.get();
        let pause =
            Duration::try_from_secs_f64(keep.checkpoint_minutes.get() * 60.0).unwrap_or(Duration::MAX);
        while !self.is_done() {
            let stops = stop.load(Relaxed) != 0;
            // Payoffs may have been left out of a tick after which nobody looked at them.
            if stops && self.simulation.is_whole() {
                return Ok(Status::Interrupted);
            }
            let next = self.simulation.ticks_done() + 1;
            let by_ticks = every > 0 && next.is_multiple_of(every);
            let by_time = !pause.is_zero() && self.clock.saved.elapsed() >= pause;
            let saves = stops || by_ticks || by_time || next == self.last;
            let recorded = self.tables.look_at(next, self.simulation.counts_payoffs());
            let looks = if saves { Looks::All } else { recorded };
            self.simulation.tick_for(looks).map_err(|fault| self.not_finite(fault))?;
            self.record(false)?;
            ticked(next);
            if (by_ticks || by_time) && !self.is_done() {
                self.checkpoint()?;
            }
        }
        self.record_last()?;
        Ok(Status::Finished)
    }

    fn is_done(&self) -> bool {
        self.simulation.ticks_done() >= self.last || self.simulation.all_ended()
    }

    /// Records the present tick.
    fn record(&mut self, last: bool) -> Result<(), RunError> {
        if let Some(events) = &mut self.tables.events {
            events.record(&self.simulation)?;
        }
        if let Some(snapshots) = &mut self.tables.snapshots {
            snapshots.record(&self.simulation, last)?;
        }
        self.tables.metrics.record(&self.simulation, last)
    }

    /// What is recorded of the last tick only because it is the last.
    fn record_last(&mut self) -> Result<(), RunError> {
        if let Some(snapshots) = &mut self.tables.snapshots {
            snapshots.record(&self.simulation, true)?;
        }
        self.tables.metrics.record(&self.simulation, true)
    }

    /// Makes everything so far durable: first the tables, which may know more than the checkpoint, then the state.
    fn checkpoint(&mut self) -> Result<(), RunError> {
        if let Some(snapshots) = &mut self.tables.snapshots {
            snapshots.checkpoint()?;
        }
        let events = self.tables.events.as_mut().map(events::Table::checkpoint).transpose()?;
        self.save_small()?;
        let mut more = Map::new();
        more.insert(REPLICATE.to_owned(), self.manifest.replicate.into());
        more.extend(events.map(|rows| (EVENTS.to_owned(), rows.into())));
        let about = About {
            mores_version: env!("CARGO_PKG_VERSION").to_owned(),
            run_id: self.resolved.run_id.clone(),
            world_sha256: self.resolved.sha256.clone(),
            tick: self.simulation.ticks_done(),
            more,
        };
        state::save(&self.folder.join(files::CHECKPOINT), about, &self.simulation)?;
        self.count();
        self.manifest.write(&self.folder)?;
        self.clock.saved = Instant::now();
        Ok(())
    }

    /// Writes the tables that are written as a whole.
    fn save_small(&mut self) -> Result<(), RunError> {
        if self.tables.outcomes {
            outcomes::save(&self.folder, &self.simulation, &self.tables.facts)?;
        }
        self.tables.metrics.metrics.save()
    }

    /// Notes in the manifest how far it came and what that took.
    fn count(&mut self) {
        let manifest = &mut self.manifest;
        manifest.ticks = self.simulation.ticks_done();
        manifest.wall_seconds = self.clock.wall();
        manifest.cpu_seconds = self.clock.cpu();
        let done = manifest.agents as f64 * manifest.ticks as f64;
        manifest.agent_ticks_per_second = done / manifest.wall_seconds.max(1e-9);
        manifest.peak_memory_bytes = manifest.peak_memory_bytes.max(machine::peak_resident().unwrap_or(0));
    }

    /// Everything is written whole, with a checkpoint and the fingerprints of all.
    fn end(&mut self, status: Status) -> Result<(), Failure> {
        let mut known = vec![];
        if status == Status::Finished
            && let Some(snapshots) = self.tables.snapshots.take()
        {
            known = snapshots.finish()?;
        }
        self.checkpoint()?;
        // After an interruption the whole snapshots of the open part stand under its other name.
        self.tables.snapshots = None;
        self.tables.events.take().map_or(Ok(()), events::Table::finish)?;
        sweep(&self.folder)?;
        sweep(&self.folder.join(files::AGENTS))?;
        self.count();
        self.manifest.status = status;
        self.manifest.state_hash = Some(format!("{:032x}", self.simulation.state_hash()));
        self.manifest.ended = Some(rfc3339(SystemTime::now()));
        self.manifest.hash_outputs(&self.folder, &known)?;
        Ok(self.manifest.write(&self.folder)?)
    }

    /// Saves what can be saved after a failure, says in the manifest that it failed, and gives the failure back.
    fn fail(&mut self, failure: Failure) -> Failure {
        let whole = matches!(failure, Failure::NonFinite(_));
        if let (true, Some(snapshots)) = (whole, &mut self.tables.snapshots) {
            let _ = snapshots.checkpoint();
        }
        if let (true, Some(events)) = (whole, &mut self.tables.events) {
            let _ = events.checkpoint();
        }
        (self.tables.snapshots, self.tables.events) = (None, None);
        // What was half written takes room that the metrics and the manifest may need. The first error is the one to
        // tell: that some of this fails too adds nothing.
        let _ = sweep(&self.folder);
        let _ = sweep(&self.folder.join(files::AGENTS));
        self.count();
        self.manifest.ticks -= u64::from(whole);
        self.manifest.status = Status::Failed;
        self.manifest.error = Some(failure.to_string());
        self.manifest.ended = Some(rfc3339(SystemTime::now()));
        if self.manifest.write(&self.folder).is_err() {
            let _ = self.manifest.overwrite(&self.folder);
        }
        // The manifest is small and had to come first; with the metrics' last rows it can be made complete.
        if self
            .tables
            .metrics
            .metrics
            .save()
            .and_then(|()| self.manifest.hash_outputs(&self.folder, &[]))
            .is_ok()
        {
            let _ = self.manifest.write(&self.folder);
        }
        failure
    }

    /// The fault under the number that its agent has in the files.
    fn not_finite(&self, mut fault: crate::pass::NonFinite) -> Failure {
        let structure = self.simulation.structure();
        if let Some(original) = structure.and_then(|structure| structure.original()) {
            let place = fault.agent % original.len();
            fault.agent = fault.agent - place + original[place] as usize;
        }
        Failure::NonFinite(fault)
    }
}

/// The kernels that a run takes.
fn taken(simulation: &Simulation) -> Vec<String> {
    simulation.kernels().iter().map(|&kernel| kernel.to_owned()).collect()
}

/// The manifest of a run that is taken up.
fn begun(resolved: &Resolved, replicate: u64, old: Option<&Manifest>) -> Manifest {
    let s = &resolved.scenario;
    let started = old.map(|old| old.started.clone());
    Manifest {
        status: Status::Running,
        world: resolved.source.name.clone(),
        mores_version: env!("CARGO_PKG_VERSION").to_owned(),
        world_sha256: resolved.sha256.clone(),
        inputs: resolved.inputs.clone(),
        run_id: resolved.run_id.clone(),
        seed: s.run.seed.get(),
        replicate,
        agents: s.layout.agents as u64,
        groups: s.layout.groups() as u64,
        threads: rayon::current_num_threads() as u64,
        host: machine::host().unwrap_or_default(),
        started: started.unwrap_or_else(|| rfc3339(SystemTime::now())),
        wall_seconds: old.map_or(0.0, |old| old.wall_seconds),
        cpu_seconds: old.map_or(0.0, |old| old.cpu_seconds),
        peak_memory_bytes: old.map_or(0, |old| old.peak_memory_bytes),
        ..Manifest::default()
    }
}

fn changed(folder: &Path) -> RunError {
    RunError::Mismatch {
        path: folder.join(files::WORLD),
        what: "it or a file that it reads has changed since the run began; run the world anew into another folder"
            .to_owned(),
    }
}

/// Whether a checkpoint is one of this run.
fn check(folder: &Path, from: &Checkpoint, resolved: &Resolved, replicate: u64) -> Result<(), RunError> {
    let version = env!("CARGO_PKG_VERSION");
    if from.about.mores_version != version {
        let what = format!(
            "it was written by mores {}, this is mores {version}; resume with the one that wrote it",
            from.about.mores_version
        );
        return Err(RunError::Checkpoint { path: folder.join(files::CHECKPOINT), what });
    }
    let same = from.about.more.get(REPLICATE).and_then(Value::as_u64) == Some(replicate);
    if from.about.run_id != resolved.run_id || !same {
        return Err(changed(folder));
    }
    Ok(())
}
