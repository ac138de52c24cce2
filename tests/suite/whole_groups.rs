//! Meetings of whole groups: what follows from numbers is what comes out pair by pair.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support::{read, written};
use mores::measures;
use mores::simulation::Simulation;

/// Groups in which some punish defectors, some cooperators, and some whoever does not punish.
fn world(groups: usize, size: usize, more: &str) -> String {
    format!(
        r#"
        title = "All of a group meet"
        run = {{ ticks = 6 }}
        population = {{ groups = {groups}, group_size = {size} }}
        strategy = [
            {{ name = "c", plays = "C", share = 0.3 }},
            {{ name = "just", plays = "C", punishes = "defectors", share = 0.3 }},
            {{ name = "odd", plays = "D", punishes = ["cooperators", "just"], share = 0.15 }},
            {{ name = "d", plays = "D" }},
        ]
        structure = {{ kind = "well-mixed", pairing = "group" }}
        learning = {{ kind = "fermi", selection = 0.1 }}
        [game]
        kind = "public-goods"
        cost = 1.0
        multiplier = 1.6
        execution_error = 0.1
        errs = "cooperation"
        {more}
        "#
    )
}

/// The state after some ticks, and metrics summed over them.
fn after(ticks: usize, text: &str, metrics: &[&str]) -> (u128, Vec<f64>) {
    let mut simulation = Simulation::of(read(&written(text))).build();
    let mut sums = vec![0.0; metrics.len()];
    for _ in 0..ticks {
        simulation.tick().unwrap();
        for (sum, name) in sums.iter_mut().zip(metrics) {
            let (_, measure) = measures::find(name, &simulation.names()).unwrap();
            *sum += simulation.measure(|scope| measure.of(scope));
        }
    }
    (simulation.state_hash(), sums)
}

#[test]
fn fines_of_whole_groups_are_those_of_their_pairs() {
    let metrics = ["punished", "fines_mean", "punished_cooperation", "punished_defection", "payoff_mean"];
    for (groups, size) in [(300, 2), (120, 7), (40, 64), (6, 256)] {
        for (game, sanction) in [
            ("", ""),
            ("base = 2.0", "scale = \"per-capita\""),
            ("other_regard = 0.5", ""),
            ("loner_payoff = 0.5", ""),
        ] {
            let world = |more: &str| {
                let peers = "[sanction]\nkind = \"peer\"\nfine = 0.3\nfee = 0.1";
                world(groups, size, &format!("{game}\n{peers}\n{sanction}\n{more}"))
            };
            let numbers = after(6, &world(""), &metrics);
            // What is done with a probability, be it 1, is drawn pair by pair.
            let pairs = after(6, &world("punish_prob = 1.0"), &metrics);
            assert_eq!(numbers, pairs, "{groups} groups of {size}, {game} {sanction}");
            // Groups of two have nobody who punishes helpers.
            assert!(size == 2 || numbers.1[2] > 0.0, "somebody is punished for helping");
        }
    }
}

#[test]
fn regard_for_others_counts_in_whole_groups_without_sanctions() {
    let mean = |more: &str| {
        let nobody = world(20, 8, more).replace(r#", punishes = "defectors""#, "");
        let nobody = nobody.replace(r#", punishes = ["cooperators", "just"]"#, "");
        after(1, &nobody, &["payoff_mean"]).1[0]
    };
    // The others of all agents earn as much on average as all: half of that is added.
    assert!((mean("other_regard = 0.5") - 1.5 * mean("")).abs() < 1e-6);
}

#[test]
fn in_large_groups_only_what_can_be_counted_is_punished() {
    let peers = "[sanction]\nkind = \"peer\"\nfine = 0.3\nfee = 0.1";
    let (_, fines) = after(1, &world(2, 5_000, peers), &["fines_mean"]);
    // 1,500 who are just and 750 who are odd: each defector pays 1,500 fines, each who helped 750, and a just one
    // who did not help pays one to each odd one all the same. One in ten who would help does not.
    let [helped, failed] = [0.9, 0.1];
    let fined = 0.3 * (helped * 750.0 + failed * 1_500.0) + 0.3 * (750.0 + failed * 1_500.0) + 0.4 * 1_500.0;
    let mean = 0.3 * fined;
    assert!((fines[0] / mean - 1.0).abs() < 0.02, "{} for {mean}", fines[0]);
    let source = written(&world(2, 5_000, &format!("{peers}\npunish_prob = 0.5")));
    let Err(error) = source.read() else { panic!("pairs of 5,000 are too many") };
    assert!(error.to_string().contains("at most 256"), "{error}");
}
