//! Worlds made small, and what tests ask of them.

use mores::columns::{Payoff, Strategy};
use mores::pass::Sizes;
use mores::scenario::{Scenario, Source};
use mores::simulation::Simulation;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A path inside the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The names of all shipped worlds, in alphabetical order.
pub(crate) fn worlds() -> Vec<String> {
    let files = std::fs::read_dir(repository("worlds")).expect("the repository has a folder worlds/");
    let mut names: Vec<String> = files
        .map(|file| file.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .map(|path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A shipped world as it is.
pub(crate) fn shipped(name: &str) -> Source {
    let file = format!("worlds/{name}.toml");
    let text = std::fs::read_to_string(repository(&file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    Source { name: name.to_string(), file, text, folder: repository("worlds") }
}

/// A world written in a test.
pub(crate) fn written(text: &str) -> Source {
    let text = text.to_string();
    Source {
        name: "written".to_string(),
        file: "written.toml".to_string(),
        text,
        folder: repository("worlds"),
    }
}

/// The same world with changes.
pub(crate) fn with(source: &Source, changes: &[(&str, &str)]) -> Source {
    let changes: Vec<(String, String)> =
        changes.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    source.set(&changes).unwrap_or_else(|e| panic!("{}: {e}", source.name))
}

/// The same world without its cases and expectations.
pub(crate) fn alone(source: &Source) -> Source {
    let table: toml::Table = source.text.parse().unwrap_or_else(|e| panic!("{}: {e}", source.name));
    let there: Vec<(&str, &str)> = [("case", "false"), ("expect", "false")]
        .into_iter()
        .filter(|(key, _)| table.contains_key(*key))
        .collect();
    with(source, &there)
}

/// The checked world; fails with its problems.
pub(crate) fn read(source: &Source) -> Arc<Scenario> {
    Arc::new(source.read().unwrap_or_else(|e| panic!("{}: {e}", source.name)))
}

/// A world with some 5,000 agents: a whole cohort and a part of the next, whatever its groups.
pub(crate) fn small(name: &str) -> Source {
    scaled(name, 5_000)
}

/// A world with some 71,000 agents: enough for the driver to give rows to several threads.
pub(crate) fn wide(name: &str) -> Source {
    scaled(name, 71_000)
}

/// A shipped world with about so many agents, never a multiple of a block. Small groups keep their size, large ones
/// become two; lattices are rectangles with odd sides, so that they have a centre.
fn scaled(name: &str, agents: usize) -> Source {
    let source = shipped(name);
    let table: toml::Table = source.text.parse().unwrap_or_else(|e| panic!("{name}: {e}"));
    let number = |section: &str, key: &str| -> Option<usize> {
        let value = table.get(section)?.get(key)?.as_integer()?;
        usize::try_from(value).ok()
    };
    let group_size = number("population", "group_size");
    // A handful that a structure has counted: groups of it.
    let handful = number("population", "agents").filter(|&written| written <= 100 && group_size.is_none());
    let groups = match group_size.or(handful) {
        Some(size) if size <= 1_000 => agents.div_ceil(size),
        _ if number("population", "groups").is_some() => 2,
        _ => 1,
    };
    let rows = (agents / groups).isqrt() / 2 * 2 - 1;
    let columns = rows + 2;
    let size = group_size.or(handful).filter(|&size| size <= 1_000).unwrap_or(rows * columns);
    let mut changes = vec![];
    if group_size.is_some() {
        changes.push(("population.groups", groups));
        changes.push(("population.group_size", size));
    } else {
        changes.push(("population.agents", size * groups));
        changes.extend(handful.map(|_| ("population.groups", groups)));
    }
    if number("structure", "rows").is_some() {
        changes.push(("structure.rows", rows));
        changes.push(("structure.columns", columns));
    }
    let changes: Vec<(&str, String)> = changes.iter().map(|(path, n)| (*path, n.to_string())).collect();
    let changes: Vec<(&str, &str)> = changes.iter().map(|(path, n)| (*path, n.as_str())).collect();
    with(&source, &changes)
}

/// How a world is run: nothing of it may show in the result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way {
    pub(crate) threads: usize,
    pub(crate) sizes: Sizes,
}

/// On one thread, with the sizes that everybody uses.
pub(crate) fn plain() -> Way {
    Way { threads: 1, sizes: Sizes::default() }
}

/// Runs `f` on so many threads.
pub(crate) fn on<T: Send>(threads: usize, f: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("a few threads can be had").install(f)
}

/// A world after so many ticks, built and run in this way.
pub(crate) fn after(source: &Source, ticks: u64, way: Way) -> Simulation {
    let scenario = read(source);
    on(way.threads, || {
        let mut simulation = Simulation::of(scenario).sizes(way.sizes).build();
        for _ in 0..ticks {
            simulation.tick().unwrap_or_else(|e| panic!("{}: {e:?}", source.name));
        }
        simulation
    })
}

/// The hash of a world after so many ticks, built, run and hashed in this way.
pub(crate) fn hash(source: &Source, ticks: u64, way: Way) -> u128 {
    let mut simulation = after(source, ticks, way);
    on(way.threads, || simulation.state_hash())
}

/// A metric of a world as it stands.
pub(crate) fn metric(world: &Simulation, name: &str) -> f64 {
    let found = mores::measures::find(name, &world.names()).unwrap_or_else(|| panic!("no metric {name}")).1;
    world.measure(|scope| found.of(scope))
}

/// The payoffs of a strategy.
pub(crate) fn payoffs(world: &Simulation, code: u8) -> Vec<f32> {
    let rows = world.column::<Strategy>().iter().zip(world.column::<Payoff>());
    rows.filter(|(strategy, _)| **strategy == code).map(|(_, &payoff)| payoff).collect()
}

/// The text of a file of the repository.
pub(crate) fn text(path: &str) -> String {
    std::fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The TOML of a file as the JSON that a schema is compared with.
pub(crate) fn json(toml: &str) -> serde_json::Value {
    let table: toml::Table = toml.parse().expect("the test's own TOML");
    serde_json::to_value(table).expect("TOML without dates is JSON")
}

/// A folder of a test's own, gone with it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Folder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let nth = NEXT.fetch_add(1, Relaxed);
        let path = std::env::temp_dir().join(format!("mores-suite-{}-{nth}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Folder(path)
    }

    /// The only entry of a folder in it.
    pub(crate) fn only(&self, name: &str) -> PathBuf {
        let mut entries = std::fs::read_dir(self.0.join(name))
            .expect("the folder is there")
            .map(|entry| entry.expect("the folder can be read").path());
        let first = entries.next().expect("there is one");
        assert_eq!(entries.next(), None);
        first
    }

    pub(crate) fn is_empty(&self) -> bool {
        std::fs::read_dir(&self.0).expect("it is there until the test ends").next().is_none()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
