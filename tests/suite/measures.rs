//! `[[measure]]`s of a world of six agents, worked out by hand.

use mores::measures;
use mores::scenario::Source;
use mores::simulation::Simulation;
use std::sync::Arc;

/// Six agents on a ring with wealth 0, 1, 1, 2, 4, 4; the first two are red, the others blue.
const WORLD: &str = r#"
[run]
ticks = 1

[population]
agents = 6

[[trait]]
name = "wealth"
init = { list = [0, 1, 1, 2, 4, 4] }

[[trait]]
name = "colour"
init = { list = [0, 0, 1, 1, 1, 1] }

[structure]
kind = "ring"

[[measure]]
name = "m"
"#;

fn value(measure: &str) -> f64 {
    let source = Source::of("six", &format!("{WORLD}{measure}"));
    let scenario = Arc::new(source.read().unwrap_or_else(|error| panic!("{measure}: {error}")));
    let simulation = Simulation::of(scenario).build();
    let (_, measure) = measures::find("m", &simulation.names()).unwrap();
    simulation.measure(|scope| measure.of(scope))
}

#[test]
fn measures_of_a_column_are_those_of_its_values() {
    let cases = [
        ("mean", 2.0),
        ("sum", 12.0),
        ("var", 14.0 / 6.0),
        ("sd", (14.0_f64 / 6.0).sqrt()),
        ("min", 0.0),
        ("max", 4.0),
        // Ranks times values 0 + 2 + 3 + 8 + 20 + 24 = 57: 2 * 57 / 72 - 7/6.
        ("gini", 114.0 / 72.0 - 7.0 / 6.0),
        ("distinct", 4.0),
    ];
    for (how, expected) in cases {
        let got = value(&format!("of = \"wealth\"\nas = \"{how}\""));
        assert!((got - expected).abs() < 1e-12, "{how}: {got}");
    }
    assert_eq!(value("of = \"wealth\"\nas = \"quantile\"\nq = 0.5"), 1.5);
    assert_eq!(value("of = \"wealth\"\nas = \"clusters\"\ngap = 1.5"), 2.0);
    assert_eq!(value("of = \"wealth\"\nas = \"clusters\"\ngap = 1.5\nmin_share = 0.5"), 1.0);
}

#[test]
fn a_condition_chooses_who_counts() {
    assert_eq!(value("of = \"wealth\"\nas = \"mean\"\nwhere = \"colour == 1\""), 2.75);
    assert_eq!(value("as = \"share\"\nwhere = \"wealth >= 1 and colour == 0\""), 1.0 / 6.0);
    assert!(value("of = \"wealth\"\nas = \"mean\"\nwhere = \"colour == 2\"").is_nan());
}

#[test]
fn ties_are_looked_at_from_both_ends() {
    // Of six ties of the ring two join a red to a blue agent.
    let alike = value("of = \"ties\"\nas = \"share\"\nwhere = \"colour == partner.colour\"");
    assert!((alike - 4.0 / 6.0).abs() < 1e-12);
    // Ends: a third red, so variance 2/9; covariance 1/6 (both red) - 1/9.
    let assortment = value("of = \"ties\"\nas = \"correlation\"\nwith = \"colour\"");
    assert!((assortment - 0.25).abs() < 1e-12, "{assortment}");
    let pairs = value("of = \"wealth\"\nas = \"correlation\"\nwith = \"colour\"");
    assert!(pairs > 0.0 && pairs < 1.0);
}
