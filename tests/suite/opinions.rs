//! Private opinions by hand: everybody acts and judges by its own.

use crate::support::{read, with, written};
use mores::simulation::Simulation;

const PAIRS: &str = r#"
    title = "Pairs who keep their own counsel"
    [run]
    ticks = 1
    [population]
    groups = 512
    group_size = 2
    [[strategy]]
    name = "disc"
    kind = "discriminator"
    [structure]
    kind = "well-mixed"
    pairing = "matching"
    [game]
    kind = "donation"
    benefit = 5.0
    cost = 1.0
    [norm]
    rule = "GGBGGGBB"
    opinions = "private"
"#;

fn opinions(simulation: &Simulation) -> Vec<u8> {
    let columns = simulation.columns();
    let column = columns.iter().find(|column| *column.name == *"opinions").unwrap();
    simulation.view().of::<u8>(column).to_vec()
}

/// Standing, the first of the leading eight: the verdict on a donor, by its standing, its act and the recipient's.
fn standing(helps: bool, donor: u8, recipient: u8) -> u8 {
    match (helps, recipient) {
        (true, _) => 1,
        (false, 1) => 0,
        (false, _) => donor,
    }
}

#[test]
fn both_of_a_pair_act_and_judge_by_their_own_opinions() {
    let mut simulation = Simulation::of(read(&written(PAIRS))).build();
    let before = opinions(&simulation);
    simulation.tick().unwrap();
    let after = opinions(&simulation);
    let mut seen = std::collections::BTreeSet::new();
    for (old, new) in before.chunks(4).zip(after.chunks(4)) {
        let helps = [old[1] == 1, old[2] == 1];
        let wanted: Vec<u8> = (0..2)
            .flat_map(|k| (0..2).map(move |i| (k, i)))
            .map(|(k, i)| standing(helps[i], old[2 * k + i], old[2 * k + 1 - i]))
            .collect();
        assert_eq!(new, wanted, "{old:?}");
        seen.insert(old.to_vec());
    }
    assert_eq!(seen.len(), 16, "every pair of tables is met");
}

#[test]
fn who_sees_nothing_keeps_its_opinion() {
    let changes = [
        ("population.groups", "64"),
        ("population.group_size", "8"),
        ("strategy.disc.kind", "\"pure\""),
        ("strategy.disc.plays", "\"C\""),
        ("norm.rule", "\"GGBB\""),
        ("norm.initial_good", "0.0"),
    ];
    let source = with(&written(PAIRS), &changes);
    let good_after = |observers: &str| {
        let source = with(&source, &[("norm.observers", observers)]);
        let mut simulation = Simulation::of(read(&source)).build();
        simulation.tick().unwrap();
        let table = opinions(&simulation);
        table.chunks(8).map(|row| row.iter().sum::<u8>()).collect::<Vec<u8>>()
    };
    // The two who met know of each other and of themselves.
    assert!(good_after("0.0").iter().all(|&good| good == 2));
    assert!(good_after("1.0").iter().all(|&good| good == 8));
    let half = good_after("0.5").iter().map(|&good| f64::from(good)).sum::<f64>() / 512.0;
    // Two, and half of the six others: 512 rows have a standard error of 0.054.
    assert!((half - 5.0).abs() < 0.22, "{half}");
}

#[test]
fn gossip_spreads_what_the_party_saw() {
    let changes = [
        ("population.groups", "64"),
        ("population.group_size", "8"),
        ("strategy.disc.kind", "\"pure\""),
        ("strategy.disc.plays", "\"C\""),
        ("norm.rule", "\"GGBB\""),
        ("norm.initial_good", "0.0"),
        ("norm.observers", "0.0"),
        ("norm.gossip", "1.0"),
    ];
    let mut simulation = Simulation::of(read(&with(&written(PAIRS), &changes))).build();
    simulation.tick().unwrap();
    let good = opinions(&simulation).iter().map(|&good| f64::from(good)).sum::<f64>() / 512.0;
    // Everybody takes over the opinion of one of seven others: 2 of 7 know for a stranger, 1 of 7 for the two parties.
    assert!((good - (6.0 * 2.0 / 7.0 + 2.0 / 7.0)).abs() < 0.25, "{good}");
}
