//! Two real networks as structures, where they are at hand.

use crate::support::{Way, after, hash, plain, read, shipped, with};
use mores::pass::Sizes;
use mores::scenario::Source;
use mores::simulation::Simulation;
use mores::structures::{Names, Shape};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Rows of the table in the data's README.
const NETWORKS: [(&str, usize, usize); 2] =
    [("lastfm-asia.csv", 7_624, 27_806), ("deezer-europe.csv", 28_281, 92_752)];

const WORLDS: [&str; 3] = ["edge-list", "contagion-edge-list", "threshold-edge-list"];

/// The folder of the networks, if it is there. `MORES_SHARED` names the folder with `data/` in it.
fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("MORES_SHARED").map_or_else(beside, PathBuf::from);
    let folder = shared.join("data/networks");
    if folder.is_dir() {
        return Some(folder);
    }
    let mut out = std::io::stderr().lock();
    writeln!(out, "skipped: {} is not there; MORES_SHARED names another place", folder.display()).unwrap();
    None
}

/// The world on the network; its file says how many people there are.
fn on_network(world: &str, path: &Path) -> Source {
    let quoted = format!("'{}'", path.display());
    with(&shipped(world), &[("population", "false"), ("structure.path", &quoted)])
}

#[test]
fn real_networks_have_the_people_and_ties_that_their_readme_counts() {
    let Some(folder) = folder() else { return };
    for (file, people, ties) in NETWORKS {
        let scenario = read(&on_network("edge-list", &folder.join(file)));
        assert_eq!(scenario.layout.agents, people, "{file}");
        let mean = 2.0 * ties as f64 / people as f64;
        let said =
            format!("{people} people, {ties} ties, mean degree {mean:.2}; dropped 0 duplicates and 0 loops");
        assert!(scenario.remarks.iter().any(|remark| remark.ends_with(&said)), "{:?}", scenario.remarks);
        let simulation = Simulation::of(scenario).build();
        let structure = simulation.structure().expect("the world has a structure");
        let ends: usize = (0..people).map(|agent| structure.degree(agent)).sum();
        assert_eq!(ends, 2 * ties, "{file}");
        // Ties go both ways.
        for agent in (0..people).step_by(97) {
            for slot in 0..structure.degree(agent) {
                let other = structure.partner(agent, slot);
                let back = (0..structure.degree(other)).any(|slot| structure.partner(other, slot) == agent);
                assert!(other != agent && back, "{file}: {agent} and {other}");
            }
        }
    }
}

#[test]
fn worlds_run_on_real_networks_with_the_same_bits_on_any_threads() {
    let Some(folder) = folder() else { return };
    for (file, ..) in NETWORKS {
        for world in WORLDS {
            let source = on_network(world, &folder.join(file));
            assert_eq!(after(&source, 5, plain()).ticks_done(), 5);
            let other = Way { threads: 3, sizes: Sizes { task: 1024, block: 256, far: 0 } };
            assert_eq!(hash(&source, 5, plain()), hash(&source, 5, other), "{world} on {file}");
        }
    }
}

/// The agents of a graph are renumbered; whoever has most ties in the file has most ties in the world.
#[test]
fn original_ids_find_their_ties_again() {
    let Some(folder) = folder() else { return };
    let (file, people, _) = NETWORKS[0];
    let path = folder.join(file);
    let mut degrees = vec![0usize; people];
    for line in std::fs::read_to_string(&path).unwrap().lines().skip(1) {
        let (a, b) = line.split_once(',').unwrap();
        degrees[a.parse::<usize>().unwrap()] += 1;
        degrees[b.parse::<usize>().unwrap()] += 1;
    }
    let simulation = Simulation::of(read(&on_network("edge-list", &path))).build();
    let structure = simulation.structure().unwrap();
    let original = structure.original().expect("a graph renumbers");
    let scenario = simulation.scenario();
    let (_, network) = scenario.structure.as_ref().unwrap();
    let Shape::Read { names: Names::Numbers(names), .. } = network.shape() else { panic!("ids are numbers") };
    let names: Vec<i64> = names.iter().collect();
    for agent in 0..people {
        let id = names[original[agent] as usize];
        assert_eq!(structure.degree(agent), degrees[usize::try_from(id).unwrap()], "agent {agent}, id {id}");
    }
}
