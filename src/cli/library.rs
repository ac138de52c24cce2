//! The engine of the commands: the library.

use std::path::Path;

use mores::families::{FAMILIES, world_schema};
use mores::run::{self, Ended, Failure, Job, Options, Refused, Resolved};
use mores::scenario::Source;
use mores::scenario::problems::{nearest, suggest};
use mores::verify::VerifyError;
use mores::{machine, measures, registry, worlds};
use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};

use super::chart::Series;
use super::engine::{
    Asked, BenchJob, BuiltIn, Checked, Engine, Facts, Found, Measured, Outcome, Plan, Problem, Ready, Rule,
    Verdict, VerifyJob, Watch,
};
use super::measured;

/// What the commands do, by the library.
pub(crate) struct Library;

/// A world that can be run.
struct World(Resolved);

/// A run that can tick.
struct Run(Job);

impl Engine for Library {
    fn read(&self, asked: &Asked, threads: usize) -> Result<Box<dyn Checked>, Problem> {
        pool(threads)?;
        resolve(asked).map(|resolved| Box::new(World(resolved)) as Box<dyn Checked>)
    }

    fn found(&self, folder: &Path, run_id: &str) -> Result<Found, Problem> {
        Ok(match run::found(folder, run_id).map_err(failed)? {
            run::Found::Nothing => Found::Nothing,
            run::Found::OtherFiles(name) => Found::OtherFiles(name),
            run::Found::OtherRun(world) => Found::OtherRun(world),
            run::Found::Unfinished(tick) => Found::Unfinished(tick),
            run::Found::Finished(ended) => {
                let mut outcome = outcome(&ended);
                outcome.facts.first_tick = 0;
                Found::Finished(Box::new(outcome))
            }
        })
    }

    fn resume(&self, folder: &Path, ticks: Option<u64>, threads: usize) -> Result<Box<dyn Ready>, Problem> {
        pool(threads)?;
        Ok(Box::new(Run(Job::resume(folder, ticks).map_err(failed)?)))
    }

    fn verify(&self, job: &VerifyJob, tell: &mut dyn FnMut(Verdict)) -> Result<(), Problem> {
        pool(job.threads)?;
        let all = || worlds::names().map(str::to_owned).collect();
        let names: Vec<String> = if job.worlds.is_empty() { all() } else { job.worlds.clone() };
        let sources: Vec<Source> = names.iter().map(|name| source(name)).collect::<Result<_, _>>()?;
        for source in sources {
            let mut tell = |verdict: mores::verify::Verdict| tell(spoken(&source.name, &verdict));
            match mores::verify::verify(&source, job.fast, &job.stop, &mut tell) {
                Ok(()) => {}
                Err(VerifyError::Stopped) => return Ok(()),
                Err(VerifyError::Spec(error)) => return Err(Problem::Asked(error.render(colours()))),
                Err(error) => return Err(Problem::Failed(format!("{}: {error}", source.name))),
            }
        }
        Ok(())
    }

    fn bench(&self, job: &BenchJob, tell: &mut dyn FnMut(Measured)) -> Result<(), Problem> {
        pool(job.threads)?;
        measured::measure(job, tell)
    }

    fn rules(&self) -> Vec<Rule> {
        let mut rules = vec![];
        for family in FAMILIES {
            rules.extend((family.rows)().iter().map(|entry| Rule {
                family: family.name.into(),
                section: family.section.into(),
                rule: entry.kind.into(),
                says: first_sentence(entry.schema()["description"].as_str().unwrap_or_default()),
            }));
        }
        rules.extend(measures::rows().map(|row| Rule {
            family: MEASURES.into(),
            section: String::new(),
            rule: row.name.into(),
            says: row.about.into(),
        }));
        rules.extend(measures::KINDS.iter().map(|kind| Rule {
            family: MEASURES.into(),
            section: "measure".into(),
            rule: kind.name.into(),
            says: kind.about.into(),
        }));
        rules
    }

    fn explain(&self, rule: &str) -> Result<String, Problem> {
        let (family, name) = rule.split_once('.').map_or((None, rule), |(family, name)| (Some(family), name));
        let mut found = vec![];
        for of in FAMILIES.iter().filter(|of| family.is_none_or(|f| f == of.name || f == of.section)) {
            let rows = (of.rows)().into_iter().filter(|entry| entry.kind == name);
            found.extend(rows.map(|entry| (format!("{}.{name}", of.name), registry::explain(of, &entry))));
        }
        if family.is_none_or(|family| family == MEASURES) {
            let rows = measures::rows().filter(|row| is_called(row.name, name));
            found.extend(rows.map(|row| (format!("{MEASURES}.{name}"), measure(row))));
            let kinds = measures::KINDS.iter().filter(|kind| kind.name == name);
            found.extend(kinds.map(|kind| (format!("{MEASURES}.{name}"), kind_of_measure(kind))));
        }
        match &found[..] {
            [(_, text)] => Ok(text.clone()),
            [] => Err(Problem::Asked(self.unknown(rule, name))),
            several => {
                let names: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
                Err(Problem::Asked(format!(
                    "several rules are called `{name}`; write {}",
                    names.join(" or ")
                )))
            }
        }
    }

    fn worlds(&self) -> Vec<BuiltIn> {
        worlds::names().map(built_in).collect()
    }

    fn world(&self, name: &str) -> Result<String, Problem> {
        let text = worlds::get(name).map(str::to_owned);
        text.ok_or_else(|| Problem::Asked(format!("there is no built-in world `{name}`; {}", meant(name))))
    }

    fn schema(&self) -> String {
        serde_json::to_string_pretty(&world_schema()).expect("a JSON value can be written")
    }
}

/// The family of what is asked of a population, which no section of a world file names.
const MEASURES: &str = "measures";

impl Library {
    /// That no rule has this name, and which one may be meant.
    fn unknown(&self, rule: &str, name: &str) -> String {
        let rules = self.rules();
        let known: Vec<&str> = rules.iter().map(|rule| rule.rule.as_str()).collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`mores list` shows all".to_owned(),
        };
        format!("no rule is called `{rule}`; {help}")
    }
}

/// Whether a row of measures such as `share_<strategy>` has this name.
fn is_called(row: &str, name: &str) -> bool {
    row == name
        || row.split_once('<').is_some_and(|(before, _)| !before.is_empty() && name.starts_with(before))
}

fn measure(row: &measures::Row) -> String {
    let unit = if row.unit.is_empty() { String::new() } else { format!("\nunit: {}\n", row.unit) };
    let sources = measures::SOURCES.iter().find(|(name, _)| *name == row.name);
    format!(
        "{}: a measure, for [record] metrics, run.until and [[expect]]\n\n{}\n{unit}{}",
        row.name,
        row.about,
        cited(sources.map_or(&[], |(_, sources)| sources))
    )
}

fn kind_of_measure(kind: &measures::Kind) -> String {
    let name = kind.name;
    format!(
        "{name}: a kind of [[measure]]\n\n{}\n\nexample\n  [[measure]]\n  name = \"my_{name}\"\n  of   = \"payoff\"\n  as   = \"{name}\"\n{}",
        kind.about,
        cited(kind.sources)
    )
}

fn cited(keys: &[&str]) -> String {
    if keys.is_empty() { String::new() } else { format!("\nsource: {}\n", keys.join(", ")) }
}

/// The first sentence of a doc comment, without its full stop.
fn first_sentence(text: &str) -> String {
    let text = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    text.split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned()
}

fn built_in(name: &'static str) -> BuiltIn {
    let table: toml::Table = worlds::get(name).unwrap_or_default().parse().unwrap_or_default();
    let text = |value: Option<&toml::Value>| value.and_then(|v| v.as_str()).unwrap_or_default().to_owned();
    let cases = table.get("case").and_then(|cases| cases.as_array()).into_iter().flatten();
    BuiltIn {
        world: name.to_owned(),
        title: text(table.get("title")),
        cases: cases.map(|case| text(case.get("name"))).collect(),
    }
}

/// The threads of this process. Their number is no part of a world, so it is set once, for all that the process does.
fn pool(threads: usize) -> Result<(), Problem> {
    // The thread that waits for the others works with them, or one would always sit idle.
    let built = ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global();
    built.map_err(|error| Problem::Failed(format!("{threads} threads cannot be started: {error}")))
}

fn colours() -> bool {
    console::colors_enabled_stderr()
}

/// The world as it is asked for, read and checked.
pub(super) fn resolve(asked: &Asked) -> Result<Resolved, Problem> {
    is_there(&asked.world)?;
    let set = asked.set.iter().map(|set| (set.path.clone(), set.value.clone())).collect();
    let asked = run::Asked {
        world: asked.world.clone(),
        case: asked.case.clone(),
        agents: asked.agents,
        ticks: asked.ticks,
        seed: asked.seed,
        set,
    };
    run::resolve(&asked, &worlds::get).map_err(refused)
}

fn source(world: &str) -> Result<Source, Problem> {
    is_there(world)?;
    run::source_of(world, &worlds::get).map_err(refused)
}

/// Refuses a name that is neither a world nor a file, with the name that may be meant.
fn is_there(world: &str) -> Result<(), Problem> {
    if worlds::get(world).is_some() || Path::new(world).exists() {
        return Ok(());
    }
    let help = meant(world);
    Err(Problem::Asked(format!("there is no built-in world and no file `{world}`; {help}")))
}

/// Which built-in world may be meant.
fn meant(world: &str) -> String {
    let known: Vec<&str> = worlds::names().collect();
    let file = Path::new(world).file_stem().map_or(world.into(), |stem| stem.to_string_lossy());
    match nearest(&file, known.iter().copied()) {
        Some(_) => suggest(&file, &known, ""),
        None => "`mores worlds` lists the built-in ones".to_owned(),
    }
}

fn refused(error: Refused) -> Problem {
    Problem::Asked(error.render(colours()))
}

fn failed(failure: Failure) -> Problem {
    match failure {
        Failure::Refused(error) => refused(error),
        other => Problem::Failed(other.to_string()),
    }
}

fn facts(resolved: &Resolved, first_tick: u64) -> Facts {
    let s = &resolved.scenario;
    Facts {
        world: resolved.source.name.clone(),
        title: s.title.clone(),
        run_id: resolved.run_id.clone(),
        agents: s.layout.agents as u64,
        groups: s.layout.groups() as u64,
        first_tick,
        last_tick: s.run.ticks.get(),
    }
}

impl Checked for World {
    fn facts(&self) -> Facts {
        facts(&self.0, 0)
    }

    fn expectations(&self) -> usize {
        self.0.scenario.expects.len()
    }

    fn plan(&self, threads: usize) -> Plan {
        let plan = mores::plan::plan(&self.0.scenario, threads);
        let named =
            |parts: &[(&str, u64)]| parts.iter().map(|(name, size)| (name.to_string(), *size)).collect();
        Plan {
            memory: named(&plan.memory),
            disk: named(&plan.disk),
            seconds: Some(plan.seconds),
            largest: machine::memory_limit().map(|memory| plan.largest(memory)),
            kernels: plan.kernels,
        }
    }

    fn ready(self: Box<Self>, folder: &Path, replace: bool) -> Result<Box<dyn Ready>, Problem> {
        let options = Options { replace, ..Options::default() };
        Ok(Box::new(Run(Job::start(self.0, folder, options).map_err(failed)?)))
    }
}

impl Ready for Run {
    fn facts(&self) -> Facts {
        facts(self.0.resolved(), self.0.first_tick())
    }

    fn go(self: Box<Self>, watch: Watch<'_>) -> Result<Outcome, Problem> {
        let ended = self.0.go(&watch.stop, watch.ticked).map_err(failed)?;
        Ok(outcome(&ended))
    }
}

fn outcome(ended: &Ended) -> Outcome {
    let manifest = &ended.manifest;
    let done = manifest.agents as f64 * (manifest.ticks.saturating_sub(ended.first_tick)) as f64;
    // A run that was only looked at took its time in another process.
    let (seconds, speed) = match ended.seconds {
        0.0 => (manifest.wall_seconds, manifest.agent_ticks_per_second),
        seconds => (seconds, done / seconds),
    };
    Outcome {
        facts: facts(&ended.resolved, ended.first_tick),
        finished: ended.is_finished(),
        ticks_done: manifest.ticks,
        seconds,
        agent_ticks_per_second: speed,
        folder: ended.folder.clone(),
        files: manifest.outputs.iter().map(|file| (file.path.clone(), file.bytes)).collect(),
        metrics: ended.last_row(),
        series: series(ended),
        notes: ended.resolved.scenario.remarks.clone(),
    }
}

/// What to draw: how much is cooperated where anybody acts, else who there is, else how far something spread.
fn series(ended: &Ended) -> Vec<Series> {
    let column = |name: &str| -> Option<Series> {
        let values = ended.metric(name)?;
        let points: Vec<(u64, f64)> =
            ended.metrics.ticks().iter().copied().zip(values.iter().copied()).collect();
        points.iter().any(|(_, value)| value.is_finite()).then(|| Series { name: name.to_owned(), points })
    };
    if let Some(cooperation) = column("cooperation") {
        return vec![cooperation];
    }
    let s = &ended.resolved.scenario;
    let shares = s.strategy_names().into_iter().map(|name| format!("share_{name}"));
    let drawn: Vec<Series> = s.stages().into_iter().chain(shares).filter_map(|name| column(&name)).collect();
    if !drawn.is_empty() {
        return drawn;
    }
    s.traits.iter().filter_map(|(trait_, _)| column(&format!("mean_{}", trait_.name))).collect()
}

fn spoken(world: &str, verdict: &mores::verify::Verdict) -> Verdict {
    let outcome = &verdict.outcome;
    let mut metric = outcome.metric.clone();
    for more in [&outcome.along, &outcome.at].into_iter().filter(|more| !more.is_empty()) {
        metric += &format!(", {more}");
    }
    // JSON has no NaN.
    let number = |x: f64| if x.is_finite() { json!(x) } else { Value::Null };
    Verdict {
        world: world.to_owned(),
        id: outcome.id.clone(),
        part: Some(outcome.part.to_string()),
        metric,
        expected: number(outcome.expected),
        got: number(outcome.got),
        tolerance: number(outcome.tolerance),
        se: outcome.se.map_or(Value::Null, number),
        pass: outcome.pass,
        seconds: verdict.seconds,
    }
}
