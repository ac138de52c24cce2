//! Interventions: whom they reach, and what they do to them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support::{read, written};
use mores::columns::{Payoff, Stage, Strategy};
use mores::simulation::Simulation;

/// Ten people in a ring who carry their place as a trait, and a stage that nobody passes on.
const RING: &str = r#"
    title = "Ten in a ring"
    run = { ticks = 5 }
    population = { agents = 10 }
    trait = [{ name = "place", init = { range = [0, 9] } }]
    structure = { kind = "ring" }
    [cascade]
    kind = "compartments"
    stages = ["out", "in"]
    initial = 0
    transitions = [{ from = "out", to = "in", by = "contact", prob = 0.0 }]
"#;

/// Who has been moved into the stage in the first tick.
fn moved(who: &str) -> Vec<usize> {
    let deed = format!("[[intervention]]\nat = 1\ndo = \"move\"\nstage = \"in\"\nwho = {who}");
    let mut simulation = Simulation::of(read(&written(&format!("{RING}\n{deed}")))).build();
    simulation.tick().unwrap();
    let stages = simulation.column::<Stage>();
    (0..stages.len()).filter(|&agent| stages[agent] == 1).collect()
}

#[test]
fn a_selector_reaches_those_whose_traits_fit() {
    assert_eq!(moved("{ place = 4 }"), [4]);
    assert_eq!(moved("{ place = [4, 6] }"), [4, 5, 6]);
    assert_eq!(moved("{ place = [4, 6], stage = \"in\" }"), [0usize; 0]);
}

#[test]
fn a_selector_reaches_the_highest_and_the_lowest() {
    assert_eq!(moved("{ highest = \"place\", count = 3 }"), [7, 8, 9]);
    assert_eq!(moved("{ lowest = \"place\", share = 0.2 }"), [0, 1]);
    assert_eq!(moved("{ highest = \"place\", count = 2, place = [0, 5] }"), [4, 5]);
}

#[test]
fn a_selector_reaches_neighbours() {
    assert_eq!(moved("{ neighbours_of = { place = 3 } }"), [2, 4]);
    assert_eq!(moved("{ neighbours_of = { place = [3, 4] }, place = [0, 3] }"), [2, 3]);
}

#[test]
fn chance_decides_between_equals() {
    let all: std::collections::BTreeSet<Vec<usize>> = (1..20)
        .map(|seed| {
            let world = RING.replace("ticks = 5", &format!("ticks = 5, seed = {seed}"));
            let deed = "[[intervention]]\nat = 1\ndo = \"move\"\nstage = \"in\"\nwho = { highest = \"degree\", count = 2 }";
            let mut simulation = Simulation::of(read(&written(&format!("{world}\n{deed}")))).build();
            simulation.tick().unwrap();
            let stages = simulation.column::<Stage>();
            (0..10).filter(|&agent| stages[agent] == 1).collect()
        })
        .collect();
    assert!(all.len() > 5 && all.iter().all(|of| of.len() == 2), "{all:?}");
}

#[test]
fn who_keeps_apart_neither_catches_nor_passes_on() {
    let world = RING.replace("prob = 0.0", "prob = 1.0").replace("initial = 0", "initial = 1");
    let deed = "[[intervention]]\nat = 1\nfor = 2\ndo = \"isolate\"";
    let mut simulation = Simulation::of(read(&written(&format!("{world}\n{deed}")))).build();
    let mut reached = vec![];
    for _ in 0..4 {
        simulation.tick().unwrap();
        reached.push(simulation.column::<Stage>().iter().filter(|&&stage| stage == 1).count());
    }
    assert_eq!(reached, [1, 1, 3, 5]);
}

const SOCIETY: &str = r#"
    title = "Help erodes"
    run = { ticks = 12 }
    population = { agents = 200 }
    strategy = [{ name = "c", plays = "C", share = 0.5 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed", pairing = "matching" }
    game = { kind = "donation", benefit = 3.0, cost = 1.0, base = 0.0 }
    learning = { kind = "fermi", selection = 5.0 }
"#;

#[test]
fn the_frozen_keep_their_strategy_until_they_thaw() {
    let deed = "[[intervention]]\nat = 1\nfor = 6\ndo = \"freeze\"\nwho = { strategy = \"c\" }";
    let mut simulation = Simulation::of(read(&written(&format!("{SOCIETY}\n{deed}")))).build();
    let before = simulation.column::<Strategy>().to_vec();
    let kept = |simulation: &Simulation| {
        let now = simulation.column::<Strategy>();
        (0..200).filter(|&agent| before[agent] == 0 && now[agent] == 0).count()
    };
    for _ in 0..6 {
        simulation.tick().unwrap();
    }
    assert_eq!(kept(&simulation), 100);
    for _ in 0..6 {
        simulation.tick().unwrap();
    }
    assert!(kept(&simulation) < 90);
}

#[test]
fn the_frozen_are_let_go_by_an_intervention_below() {
    let freeze = "[[intervention]]\nat = 1\ndo = \"freeze\"\nwho = { strategy = \"c\" }";
    let thaw = "[[intervention]]\nat = 5\nfor = 3\ndo = \"unfreeze\"";
    let helpers = |deeds: &str| -> Vec<usize> {
        let mut simulation = Simulation::of(read(&written(&format!("{SOCIETY}\n{deeds}")))).build();
        let tick = |_| {
            simulation.tick().unwrap();
            simulation.column::<Strategy>().iter().filter(|&&strategy| strategy == 0).count()
        };
        (0..10).map(tick).collect()
    };
    // Nobody takes to help where refusal earns more, so that the frozen are all who help.
    let numbers = helpers(&format!("{freeze}\n{thaw}"));
    assert_eq!(numbers[..4], helpers(freeze)[..4]);
    assert!(numbers[..4].iter().all(|&n| n >= 100) && numbers[6] < numbers[3], "{numbers:?}");
    assert!(numbers[7..].is_sorted(), "held again: {numbers:?}");
    // Above the freeze it lets nobody go, and is refused.
    let error = written(&format!("{SOCIETY}\n{thaw}\n{freeze}")).read().err().unwrap().to_string();
    assert!(error.contains("nobody is frozen by an intervention above"), "{error}");
}

#[test]
fn a_cascade_begins_with_those_whom_its_selector_fits() {
    let reached = |structure: &str, initial: &str| -> (Vec<u8>, Vec<f32>) {
        let text = format!(
            "title = \"seeds\"
            run = {{ ticks = 3 }}
            population = {{ groups = 3, group_size = 11 }}
            trait = [{{ name = \"age\", init = {{ uniform = [0.0, 10.0] }} }}]
            structure = {{ kind = \"{structure}\" }}
            cascade = {{ kind = \"threshold\", threshold = 1, counts = \"number\", initial = {initial} }}"
        );
        let simulation = Simulation::of(read(&written(&text))).build();
        let ages = simulation.view().of::<f32>(&simulation.scenario().traits[0].0).to_vec();
        (simulation.column::<Stage>().to_vec(), ages)
    };
    let (stages, ages) = reached("ring", "{ age = [5, 10] }");
    assert!(stages.contains(&0) && stages.contains(&1));
    assert!(stages.iter().zip(&ages).all(|(&stage, &age)| (stage == 1) == (age >= 5.0)));
    let (stages, ages) = reached("ring", "{ highest = \"age\", count = 2 }");
    for (stages, ages) in stages.chunks(11).zip(ages.chunks(11)) {
        let mut ranked = ages.to_vec();
        ranked.sort_by(|a, b| b.total_cmp(a));
        assert!(stages.iter().zip(ages).all(|(&stage, &age)| (stage == 1) == (age >= ranked[1])));
    }
    // The one in the middle has most neighbours.
    let (stages, _) = reached("star", "{ highest = \"degree\" }");
    assert_eq!(stages.iter().filter(|&&stage| stage == 1).count(), 3);
    let (other, _) = reached("star", "{ lowest = \"degree\", count = 10 }");
    assert!(stages.iter().zip(&other).all(|(hub, leaf)| hub + leaf == 1));
    let whole = "initial = { age = [5, 10] }, per_tick = \"cascade\"";
    let text = format!(
        "run = {{ ticks = 3 }}\npopulation = {{ agents = 11 }}\ntrait = [{{ name = \"age\" }}]
        structure = {{ kind = \"ring\" }}\ncascade = {{ kind = \"threshold\", threshold = 0.5, {whole} }}"
    );
    let error = written(&text).read().err().unwrap().to_string();
    assert!(error.contains("every tick has seeds of its own"), "{error}");
    let error = written(&text.replace("age = [5, 10]", "aeg = 5").replace(", per_tick = \"cascade\"", ""));
    let error = error.read().err().unwrap().to_string();
    assert!(error.contains("`initial` has no key `aeg`"), "{error}");
}

#[test]
fn a_ramp_goes_evenly_and_stays() {
    let world = SOCIETY.replace("share = 0.5", "share = 0.0");
    let deed = "[[intervention]]\nat = 2\nfor = 4\nset = \"game.base\"\nramp = [1.0, 3.0]";
    let mut simulation = Simulation::of(read(&written(&format!("{world}\n{deed}")))).build();
    let mut paid = vec![];
    for _ in 0..8 {
        simulation.tick().unwrap();
        paid.push(simulation.column::<Payoff>()[0]);
    }
    assert_eq!(paid, [0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.0, 3.0]);
}

#[test]
fn the_removed_leave_empty_places() {
    let deed = "[[intervention]]\nat = 2\ndo = \"remove\"\nwho = { strategy = \"d\", share = 0.25 }";
    let mut simulation = Simulation::of(read(&written(&format!("{SOCIETY}\n{deed}")))).build();
    let mut empty = vec![];
    for _ in 0..4 {
        simulation.tick().unwrap();
        empty.push(simulation.column::<Strategy>().iter().filter(|&&strategy| strategy == 2).count());
    }
    assert_eq!(empty, [0, 50, 50, 50]);
}
