//! The five models of the comparison with other simulators: their worlds, held to loops written here and to theory.

#[path = "../../benches/peer.d/worlds.rs"]
mod worlds;

use crate::support::{Folder, read};
use mores::columns::{Stage, Strategy};
use mores::measures::find;
use mores::scenario::Source;
use mores::simulation::Simulation;
use worlds::{Model, PARAMETERS, World};

/// The world as it runs.
fn built(folder: &Folder, world: &World) -> Simulation {
    world.check().unwrap();
    world.write_files(&folder.0).unwrap();
    let text = world.text(&folder.0).unwrap();
    Simulation::of(read(&Source::of(world.model.name(), &text))).build()
}

fn ticked(simulation: &mut Simulation, ticks: u64) {
    (0..ticks).for_each(|_| simulation.tick().unwrap());
}

fn value(simulation: &Simulation, name: &str) -> f64 {
    let (_, found) = find(name, &simulation.names()).unwrap();
    simulation.measure(|scope| found.of(scope))
}

/// A model with a parameter of its own.
fn world(model: Model, n: u64, parameters: &[(&str, &str)]) -> World {
    let written = parameters.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    World { model, n, parameters: written.collect(), ..World::default() }
}

/// The kit's uniform number of an agent.
fn uniform(seed: u64, agent: u64) -> f64 {
    let mut x = (seed * 1_000_003 + agent).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / 9_007_199_254_740_992.0
}

/// A tick of W1 in exact tenths: cooperators (true) earn 10 for each among the nine, defectors 19.
fn chaos(cells: &[bool], side: usize) -> Vec<bool> {
    let nine = |cell: usize| {
        let (x, y) = (cell % side + side, cell / side + side);
        (0..9).map(move |k| (y + k / 3 - 1) % side * side + (x + k % 3 - 1) % side)
    };
    let earns = |cell: usize| {
        let helpers = nine(cell).filter(|&other| cells[other]).count();
        helpers * if cells[cell] { 10 } else { 19 }
    };
    let earned: Vec<usize> = (0..cells.len()).map(earns).collect();
    let best = |cell: usize| nine(cell).max_by_key(|&other| (earned[other], other == cell)).unwrap();
    (0..cells.len()).map(|cell| cells[best(cell)]).collect()
}

#[test]
fn w1_is_an_independent_loop_to_the_last_cell() {
    // No power of two, and the last cohort partly filled.
    let (folder, side) = (Folder::new(), 71);
    let mut simulation = built(&folder, &world(Model::Chaos, 71 * 71 + 5, &[]));
    let mut cells: Vec<bool> = (0..side * side).map(|cell| uniform(1, cell as u64) >= 0.1).collect();
    for tick in 0..=30 {
        let found: Vec<bool> =
            simulation.column::<Strategy>()[..cells.len()].iter().map(|&s| s == 0).collect();
        assert!(found == cells, "tick {tick}");
        cells = chaos(&cells, side);
        ticked(&mut simulation, 1);
    }
    let share = value(&simulation, "share_c");
    assert!((0.2..0.5).contains(&share), "{share}");
}

#[test]
fn w2_starts_as_the_kit_does_and_settles_where_the_reference_does() {
    let folder = Folder::new();
    let mut simulation = built(&folder, &world(Model::Fermi, 40_000, &[]));
    let first: Vec<u8> = (0..40_000).map(|cell| u8::from(uniform(1, cell) >= 0.5)).collect();
    assert_eq!(simulation.column::<Strategy>()[..first.len()], first);
    ticked(&mut simulation, 50);
    // The kit's reference program: 0.187, with a standard deviation of 0.010 at this size.
    let share = value(&simulation, "share_c");
    assert!((share - 0.187).abs() < 0.05, "{share}");
    // Without noise to speak of and with a great temptation, nobody is left who cooperates.
    let changed = world(Model::Fermi, 10_000, &[("b", "1.9"), ("K", "0.01")]);
    let mut simulation = built(&folder, &changed);
    ticked(&mut simulation, 60);
    assert!(value(&simulation, "share_c") < 0.01);
}

#[test]
fn w3_comes_out_as_the_reference_under_both_norms() {
    // Cooperation over ticks 11 to 20 of the reference program, with a standard deviation of 0.004 at this size.
    for (norm, expected) in [("standing", 0.460), ("image", 0.387)] {
        let folder = Folder::new();
        let mut simulation = built(&folder, &world(Model::Donation, 50_000, &[("norm", norm)]));
        let first: Vec<u8> = (0..50_000).map(|agent| (3.0 * uniform(1, agent)) as u8).collect();
        assert_eq!(simulation.column::<Strategy>()[..first.len()], first);
        assert_eq!(value(&simulation, "reputation_good"), 1.0);
        ticked(&mut simulation, 10);
        let mut sum = 0.0;
        for _ in 0..10 {
            ticked(&mut simulation, 1);
            sum += value(&simulation, "cooperation");
        }
        assert!((sum / 10.0 - expected).abs() < 0.02, "{norm}: {}", sum / 10.0);
    }
}

#[test]
fn w4_reaches_the_share_that_solves_its_equation() {
    let folder = Folder::new();
    let mut simulation = built(&folder, &world(Model::Epidemic, 20_001, &[]));
    assert_eq!(simulation.scenario().layout.agents, 20_001, "those without a tie live too");
    assert_eq!(simulation.column::<Stage>()[..20_001].iter().filter(|&&stage| stage == 1).count(), 10);
    while !simulation.all_ended() {
        ticked(&mut simulation, 1);
    }
    // A = 1 - exp(-10 T A) with T = 0.05 / (1 - 0.95 * 0.8); standard deviation 0.006 at this size.
    let reached = value(&simulation, "recovered");
    assert!((reached - 0.818).abs() < 0.03, "{reached}");
}

#[test]
fn w5_settles_where_infections_and_recoveries_balance() {
    let folder = Folder::new();
    let infected = |parameters: &[(&str, &str)]| {
        let mut simulation = built(&folder, &world(Model::Pairs, 50_001, parameters));
        assert_eq!(simulation.scenario().layout.agents, 50_000, "nobody is left over");
        ticked(&mut simulation, 150);
        value(&simulation, "infected")
    };
    // Standard deviation 0.003 at this size.
    let share = infected(&[]);
    assert!((share - 2.0 / 3.0).abs() < 0.02, "{share}");
    assert!((infected(&[("beta", "0.5"), ("gamma", "0.25")]) - 0.5).abs() < 0.02);
    assert_eq!(infected(&[("beta", "0.1"), ("gamma", "0.3")]), 0.0);
}

#[test]
fn every_workload_is_a_model() {
    for model in Model::ALL {
        assert_eq!(Model::named(model.name()), Some(model));
    }
    assert_eq!(Model::named("W6"), None);
}

#[test]
fn every_parameter_of_the_kit_changes_a_world() {
    let folder = Folder::new();
    for parameter in PARAMETERS {
        let value = if *parameter == "norm" { "shunning" } else { "0.25" };
        let changes = Model::ALL.into_iter().any(|model| {
            let plain = world(model, 100, &[]).text(&folder.0).unwrap();
            world(model, 100, &[(parameter, value)]).text(&folder.0).unwrap() != plain
        });
        assert!(changes, "{parameter}");
    }
}
