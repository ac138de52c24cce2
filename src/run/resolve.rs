//! From what was asked for to one world file in which everything stands.

use super::canonical::run_id;
use super::failure::Refused;
use super::files::WORLD;
use super::metrics;
use crate::record::manifest::{FileHash, MANIFEST, Manifest, hash_file, sha256};
use crate::scenario::problems::SpecError;
use crate::scenario::{Scenario, Source, over, text};
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;
use toml::{Table, Value};

/// The text of a built-in world by its name, if there is one.
pub type BuiltIn<'a> = &'a dyn Fn(&str) -> Option<&'static str>;

/// A world as somebody asks for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The name of a built-in world, or a path.
    pub world: String,
    /// One of its `[[case]]`s.
    pub case: Option<String>,
    /// Agents of all groups together. Where the world writes `group_size` the number of groups changes, else the
    /// population.
    pub agents: Option<u64>,
    /// Ticks of the run.
    pub ticks: Option<u64>,
    /// The seed.
    pub seed: Option<u64>,
    /// Paths and values, in their order; later ones win.
    pub set: Vec<(String, String)>,
}

/// A world that was read and found right, with everything that was asked for in its text.
#[derive(Clone)]
pub struct Resolved {
    /// Its text: `world.toml`. Paths in it are absolute.
    pub source: Source,
    /// What the text says.
    pub scenario: Arc<Scenario>,
    /// The run's name: 32 hexadecimal digits of a hash of the world without `run.ticks` and `run.kernels`, with the
    /// content of input files in place of their paths.
    pub run_id: String,
    /// SHA-256 of the text.
    pub sha256: String,
    /// The files that the world reads.
    pub inputs: Vec<FileHash>,
}

/// Finds the world and puts into its text, in this order, the case, the changes, and the numbers that were asked for;
/// reads and checks the result. Creates nothing and takes no memory that grows with the agents.
///
/// # Errors
/// Everything that is wrong with the world or the request.
pub fn resolve(asked: &Asked, built_in: BuiltIn) -> Result<Resolved, Refused> {
    let mut source = source_of(&asked.world, built_in)?;
    // The world of a run may have been changed when it began.
    let written = if is_of_run(Path::new(&asked.world)) { String::new() } else { source.text.clone() };
    if let Some(case) = &asked.case {
        source = source.case(case)?;
    }
    if !asked.set.is_empty() {
        source = source.set(&asked.set)?;
    }
    source.text = absolute_paths(&source)?;
    let mut changes = vec![];
    if let Some(agents) = asked.agents {
        changes.push(scaled(&source, agents)?);
    }
    for (path, number) in [("run.ticks", asked.ticks), ("run.seed", asked.seed)] {
        if let Some(number) = number {
            changes.push((path, whole(path, number)?));
        }
    }
    let changes: Vec<(String, Value)> =
        changes.into_iter().map(|(path, value)| (path.to_owned(), value)).collect();
    if !changes.is_empty() {
        source.text = over::set_values(&source.text, &changes)?;
    }
    let scenario = match source.read() {
        Ok(scenario) => scenario,
        // What the file expects need not hold of a changed world, and may speak of ticks that it no longer has.
        Err(_) if source.text != written => source.read_alone()?,
        Err(problems) => return Err(problems.into()),
    };
    name(source, scenario)
}

/// The world as it stands, before anything is changed: a built-in one, or a file.
///
/// # Errors
/// The file cannot be read.
pub fn source_of(world: &str, built_in: BuiltIn) -> Result<Source, Refused> {
    if let Some(text) = built_in(world) {
        let folder = absolute(".").unwrap_or_default();
        let file = format!("worlds/{world}.toml");
        return Ok(Source { name: world.to_owned(), file, text: text.to_owned(), folder });
    }
    let path = Path::new(world);
    let text = text::read_file(path)?;
    let name = path.file_stem().map_or_else(|| "world".into(), |name| name.to_string_lossy().into_owned());
    let folder =
        absolute(path).ok().and_then(|path| path.parent().map(Path::to_path_buf)).unwrap_or_default();
    // The world of a run goes by the name that it had there.
    let run = if is_of_run(path) { Manifest::read(&folder).ok() } else { None };
    let name = run.map(|manifest| manifest.world).filter(|name| !name.is_empty()).unwrap_or(name);
    Ok(Source { name, file: world.to_owned(), text, folder })
}

/// Whether this is the resolved world in a run's folder.
fn is_of_run(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == WORLD) && path.with_file_name(MANIFEST).exists()
}

/// Reads a world in which everything stands already, `world.toml` of a run; its `[[expect]]`s are not looked at.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_back(source: Source) -> Result<Resolved, Refused> {
    let scenario = source.read_alone()?;
    name(source, scenario)
}

/// Completes a world that was read by what names its run.
fn name(mut source: Source, mut scenario: Scenario) -> Result<Resolved, Refused> {
    metrics::columns(&scenario)?;
    if let Some(text) = counted(&source.text, &scenario)? {
        source.text.clone_from(&text);
        scenario.text = text;
    }
    let table = table_of(&source)?;
    let (mut inputs, mut hashes) = (vec![], vec![]);
    for (path, file) in paths_in(&table) {
        let full = source.folder.join(&file);
        let hash = hash_file(&full, file).map_err(|error| Refused::Request(error.to_string()))?;
        hashes.push((path, hash.sha256.clone()));
        inputs.push(hash);
    }
    let run_id = run_id(&table, &hashes);
    let sha256 = sha256(source.text.as_bytes());
    Ok(Resolved { source, scenario: Arc::new(scenario), run_id, sha256, inputs })
}

/// The text with the number of agents that a file brought, where another one is written.
fn counted(text: &str, scenario: &Scenario) -> Result<Option<String>, Refused> {
    let table = text.parse::<Table>().unwrap_or_default();
    let written = table.get("population").and_then(|section| section.get("agents")?.as_integer());
    let agents = i64::try_from(scenario.layout.agents).unwrap_or(i64::MAX);
    if written.is_none_or(|written| written == agents) {
        return Ok(None);
    }
    let change = ("population.agents".to_owned(), Value::Integer(agents));
    Ok(Some(over::set_values(text, &[change])?))
}

fn table_of(source: &Source) -> Result<Table, Refused> {
    let wrong = |error: toml::de::Error| {
        Refused::from(SpecError::of_file(source.file.as_str(), error.message().to_owned(), ""))
    };
    source.text.parse().map_err(wrong)
}

/// Places of the files that a world reads, with the paths as they are written.
fn paths_in(table: &Table) -> Vec<(String, String)> {
    let mut paths = vec![];
    let word = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    if let Some(path) = word(table.get("structure").and_then(|structure| structure.get("path"))) {
        paths.push(("structure.path".to_owned(), path));
    }
    for (nth, row) in table.get("structure").and_then(Value::as_array).into_iter().flatten().enumerate() {
        if let Some(path) = word(row.get("path")) {
            paths.push((format!("structure.{nth}.path"), path));
        }
    }
    for (nth, row) in table.get("strategy").and_then(Value::as_array).into_iter().flatten().enumerate() {
        if let Some(file) = word(row.get("place").and_then(|place| place.get("file"))) {
            paths.push((format!("strategy.{nth}.place.file"), file));
        }
    }
    let initial = table.get("cascade").and_then(|cascade| cascade.get("initial"));
    if let Some(file) = word(initial.and_then(|initial| initial.get("file"))) {
        paths.push(("cascade.initial.file".to_owned(), file));
    }
    for (nth, row) in table.get("trait").and_then(Value::as_array).into_iter().flatten().enumerate() {
        if let Some(file) = word(row.get("init").and_then(|init| init.get("file"))) {
            paths.push((format!("trait.{nth}.init.file"), file));
        }
    }
    paths
}

/// The text with all paths absolute. A text that is no TOML stays as it is: reading says what is wrong with it.
fn absolute_paths(source: &Source) -> Result<String, Refused> {
    let Ok(table) = source.text.parse::<Table>() else { return Ok(source.text.clone()) };
    let mut changes = vec![];
    for (place, path) in paths_in(&table).into_iter().filter(|(_, path)| Path::new(path).is_relative()) {
        let full: PathBuf = source.folder.join(path);
        if let Some(full) = absolute(&full).ok().as_deref().and_then(Path::to_str) {
            changes.push((place, Value::String(full.to_owned())));
        }
    }
    if changes.is_empty() {
        return Ok(source.text.clone());
    }
    Ok(over::set_values(&source.text, &changes)?)
}

fn whole(what: &str, number: u64) -> Result<Value, Refused> {
    let signed = i64::try_from(number);
    let signed =
        signed.map_err(|_| Refused::Request(format!("{number} is too large for {what}: at most 2^63 - 1")));
    signed.map(Value::Integer)
}

/// What to write so that a world has so many agents.
fn scaled(source: &Source, agents: u64) -> Result<(&'static str, Value), Refused> {
    let table = source.text.parse::<Table>().unwrap_or_default();
    let written = |key: &str| {
        let number = table.get("population").and_then(|section| section.get(key)?.as_integer());
        number.and_then(|number| u64::try_from(number).ok()).filter(|&number| number > 0)
    };
    if let Some(size) = written("group_size") {
        if agents == 0 || !agents.is_multiple_of(size) {
            return Err(uneven(agents, size, &format!("groups of {size}")));
        }
        return Ok(("population.groups", whole("population.groups", agents / size)?));
    }
    let groups = written("groups").unwrap_or(1);
    // A world that cannot be read is reported as a whole, when the number stands in it.
    let fixed = source.read_alone().ok().and_then(|scenario| scenario.structure.as_ref()?.1.fixes());
    if let Some(fixed) = fixed.filter(|fixed| fixed.saturating_mul(groups) != agents) {
        let structure = table.get("structure");
        let written = |key: &str| structure.and_then(|section| section.get(key)).is_some();
        let instead = match () {
            () if written("rows") || written("columns") => {
                "set its size instead: --set structure.rows=… --set structure.columns=…, and population.agents to \
                 their product"
            }
            () if written("path") => {
                "the file says how many people there are; name another one with --set structure.path=…"
            }
            () => "change the structure instead, with --set structure.…",
        };
        return Err(Refused::Request(format!(
            "--agents {agents} does not fit this world: its structure has {fixed} places; {instead}"
        )));
    }
    if agents == 0 || !agents.is_multiple_of(groups) {
        return Err(uneven(agents, groups, &format!("{groups} equal groups")));
    }
    Ok(("population.agents", whole("population.agents", agents)?))
}

fn uneven(agents: u64, unit: u64, what: &str) -> Refused {
    let low = agents / unit * unit;
    let nearest = match (low, low.checked_add(unit)) {
        (0, Some(high)) => format!("the nearest number is {high}"),
        (low, None) => format!("the nearest number is {low}"),
        (low, Some(high)) => format!("the nearest numbers are {low} and {high}"),
    };
    Refused::Request(format!("--agents {agents} does not make {what}; {nearest}"))
}
