//! The same bits on any number of threads, with any sizes of tasks and blocks, in any population.

use crate::support::{
    Way, alone, hash, on, plain, read, repository, shipped, small, wide, with, worlds, written,
};
use mores::pass::Sizes;
use mores::scenario::Source;
use mores::simulation::Simulation;
use std::fmt::Write as _;

const TICKS: u64 = 8;

/// Other threads than one, and other sizes than the usual ones.
fn other_ways() -> Vec<Way> {
    let sizes = |task, block| Sizes { task, block, far: 0 };
    vec![
        Way { threads: 2, sizes: Sizes::default() },
        Way { threads: 7, sizes: Sizes::default() },
        Way { threads: 1, sizes: sizes(1024, 256) },
        Way { threads: 2, sizes: sizes(2048, 512) },
        Way { threads: 7, sizes: sizes(16_384, 1024) },
    ]
}

/// Every way that gives other bits than the plain one.
fn differences(source: &Source, ticks: u64) -> Vec<String> {
    let wanted = hash(source, ticks, plain());
    let differs = |way: &Way| hash(source, ticks, *way) != wanted;
    other_ways().into_iter().filter(differs).map(|way| format!("{}: {way:?}", source.name)).collect()
}

#[test]
fn every_shipped_world_gives_the_same_bits_whatever_the_threads_and_sizes() {
    let bad: Vec<String> = worlds().iter().flat_map(|name| differences(&small(name), TICKS)).collect();
    assert!(bad.is_empty(), "other bits after {TICKS} ticks:\n{}", bad.join("\n"));
}

/// Below some thirty thousand agents rows stay on one thread, so the same again with enough for several.
#[test]
fn large_worlds_give_the_same_bits_whatever_the_threads_and_sizes() {
    let bad: Vec<String> = worlds().iter().flat_map(|name| differences(&wide(name), 3)).collect();
    assert!(bad.is_empty(), "other bits after 3 ticks:\n{}", bad.join("\n"));
}

#[test]
fn every_case_of_a_world_gives_the_same_bits_whatever_the_threads() {
    for name in worlds() {
        let source = small(&name);
        for case in &read(&source).cases {
            let changed = source.case(&case.name).unwrap_or_else(|e| panic!("{name}: {e}"));
            // What a case removes, other cases and expectations may speak of.
            let changed = alone(&changed);
            // A case may set the size of the population too: what is compared stays small.
            if read(&changed).layout.agents > 100_000 {
                continue;
            }
            let two = Way { threads: 2, sizes: Sizes { task: 1024, block: 512, far: 0 } };
            assert_eq!(hash(&changed, 4, plain()), hash(&changed, 4, two), "{name}, case {}", case.name);
        }
    }
}

const PUBLIC_GOODS: &str = r#"
    title = "Strangers in pairs put coins into a pot"
    [run]
    ticks = 10
    update = "synchronous"
    [population]
    agents = 2
    [[strategy]]
    name = "c"
    plays = "C"
    count = 1
    [[strategy]]
    name = "d"
    plays = "D"
    [structure]
    kind = "well-mixed"
    pairing = "matching"
    meeting_size = 2
    [game]
    kind = "public-goods"
    multiplier = 1.5
    cost = 1.0
    total = "sum"
    [learning]
    kind = "fermi"
    selection = 1.0
    models = "group"
"#;

#[test]
fn populations_of_any_number_run_and_give_the_same_bits() {
    let goods = written(PUBLIC_GOODS);
    let epidemic =
        with(&shipped("epidemic"), &[("structure.mean_degree", "1.0"), ("cascade.initial.count", "1")]);
    for source in [shipped("donation"), goods, epidemic] {
        for agents in [2, 3, 5, 4095, 4096, 4097, 5000] {
            let source = with(&source, &[("population.agents", &agents.to_string())]);
            let bad = differences(&source, TICKS);
            assert!(bad.is_empty(), "{agents} agents:\n{}", bad.join("\n"));
        }
    }
}

#[test]
fn a_replicate_has_other_chance_and_the_same_one_again() {
    let of = |replicate: u32| {
        let mut simulation = Simulation::of(read(&small("donation"))).replicate(replicate).build();
        simulation.tick().unwrap();
        simulation.state_hash()
    };
    assert_eq!(of(3), of(3));
    assert_ne!(of(3), of(4));
}

#[test]
fn the_hash_sees_every_column() {
    for name in worlds() {
        let mut simulation = Simulation::of(read(&small(&name))).build();
        let hash = simulation.state_hash();
        assert_eq!(hash, simulation.state_hash(), "{name}");
        for column in simulation.columns() {
            let last = simulation.scenario().layout.agents * column.width() - 1;
            column.visit(simulation.world(), |bytes| bytes[last] ^= 1);
            assert_ne!(hash, simulation.state_hash(), "{name}: {}", column.name);
            column.visit(simulation.world(), |bytes| bytes[last] ^= 1);
        }
        assert_eq!(hash, simulation.state_hash(), "{name}");
    }
}

/// Ten worlds that together use every family, on both clocks.
const GOLDEN: [(&str, u64); 10] = [
    ("contagion-edge-list", 8),
    ("cycle", 8),
    ("demes", 8),
    ("donation", 8),
    ("epidemic", 8),
    ("intervention", 45),
    ("nowak-may", 8),
    ("peer-punishment", 8),
    ("public-goods-groups", 8),
    ("public-reputation", 8),
];

/// Where a change of the numbers is wanted: `MORES_BLESS=1 cargo test --release golden` writes the file anew, and
/// CHANGELOG.md says under *Numbers* what moved and why.
#[test]
fn golden_digests_stand() {
    let mut digests =
        String::from("# world ticks state_hash; small populations, see tests/suite/support.rs\n");
    for (name, ticks) in GOLDEN {
        let hash = on(2, || hash(&small(name), ticks, plain()));
        writeln!(digests, "{name} {ticks} {hash:032x}").expect("a string takes any text");
    }
    if std::env::var_os("MORES_PRINT_HASH").is_some() {
        use std::io::Write as _;
        write!(std::io::stdout().lock(), "{digests}").unwrap();
    }
    let file = repository("tests/golden/digests.txt");
    if std::env::var_os("MORES_BLESS").is_some() {
        std::fs::write(&file, &digests).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        golden,
        digests,
        "numbers have moved; if that is meant, MORES_BLESS=1 writes {} and CHANGELOG.md says why under Numbers",
        file.display()
    );
}
