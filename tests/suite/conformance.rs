//! What holds for every rule, over all rows of all families. Nothing here is told of a new rule.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support::{json, repository, text};
use mores::families::{FAMILIES, world_schema};
use mores::pass::Sizes;
use mores::registry::{Clock, Context, Entry, Family, explain};
use mores::scenario::{Scenario, Source};
use mores::simulation::Simulation;
use rayon::ThreadPoolBuilder;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

/// Calls `f` with every rule.
fn every(f: impl Fn(&'static Family, &Entry)) {
    for family in FAMILIES {
        for entry in (family.rows)() {
            f(family, &entry);
        }
    }
}

/// What a rule is checked against on its own: the worlds below, without their agents.
fn context(clock: Clock) -> Context {
    let words = |all: &[&str]| all.iter().map(|word| word.to_string()).collect();
    Context {
        clock,
        agents: 4100,
        groups: 1,
        group_size: 4100,
        strategies: words(&["c", "d", "x"]),
        traits: words(&["opinion", "tag"]),
        acts: words(&["D", "C"]),
        folder: repository("worlds"),
        payoffs: Some([-1.0, 5.0]),
    }
}

/// Whether the rule can be built from these keys under one of the clocks.
fn builds(entry: &Entry, toml: &str) -> Result<(), String> {
    let under = |clock| entry.check(toml, &context(clock)).map_err(|error| error.to_string());
    under(Clock::Synchronous).or_else(|_| under(Clock::Asynchronous))
}

#[test]
fn every_rule_is_documented() {
    every(|family, entry| {
        let (what, schema) = (format!("{} {}", family.section, entry.kind), entry.schema());
        let about = schema["description"].as_str().unwrap_or_default();
        assert!(about.len() > 20 && about.contains('.'), "{what} has no doc comment: {about:?}");
        for (key, of) in schema["properties"].as_object().into_iter().flatten() {
            assert!(
                of["description"].as_str().is_some_and(|says| says.len() > 3),
                "{what}: `{key}` is not described"
            );
        }
    });
    for family in FAMILIES {
        let common = (family.common)();
        for (key, of) in common["properties"].as_object().into_iter().flatten() {
            assert!(of["description"].is_string(), "`{key}` of every {} is not described", family.section);
        }
        assert!(!family.about.is_empty());
    }
}

#[test]
fn every_rule_is_explained() {
    every(|family, entry| {
        let (text, schema) = (explain(family, entry), entry.schema());
        let keys = schema["properties"].as_object().into_iter().flatten().map(|(key, _)| key.as_str());
        for word in keys.chain(entry.sources.iter().copied()).chain([entry.kind]) {
            assert!(
                text.contains(word),
                "{} {} does not speak of {word}:\n{text}",
                family.section,
                entry.kind
            );
        }
    });
}

#[test]
fn every_rule_is_in_the_schema() {
    let schema = world_schema();
    every(|family, entry| {
        let of = &schema["$defs"][format!("{}-{}", family.section, entry.kind)];
        assert_eq!(of["properties"]["kind"]["const"], entry.kind, "{}", family.section);
        for (key, _) in entry.schema()["properties"].as_object().into_iter().flatten() {
            assert!(of["properties"].get(key).is_some(), "{} {}: {key}", family.section, entry.kind);
        }
    });
}

#[test]
fn every_rule_has_a_source_that_the_references_know() {
    let references = text("REFERENCES.bib");
    let known: BTreeSet<&str> = references
        .lines()
        .filter_map(|line| line.strip_prefix('@')?.split_once('{')?.1.strip_suffix(','))
        .collect();
    every(|family, entry| {
        assert!(!entry.sources.is_empty(), "{} {} has no source", family.section, entry.kind);
        for source in entry.sources {
            assert!(
                known.contains(source),
                "{} {}: {source} is not in REFERENCES.bib",
                family.section,
                entry.kind
            );
        }
    });
}

#[test]
fn kinds_are_named_once_and_in_order_and_have_keys_of_their_own() {
    for family in FAMILIES {
        let kinds: Vec<&str> = (family.rows)().iter().map(|entry| entry.kind).collect();
        assert!(kinds.is_sorted_by(|a, b| a < b), "{kinds:?}");
        assert!(family.default_kind.is_none_or(|kind| kinds.contains(&kind)));
        let common = (family.common)();
        for entry in (family.rows)() {
            for (key, _) in entry.schema()["properties"].as_object().into_iter().flatten() {
                let clash = key == "kind" || common["properties"].get(key).is_some();
                assert!(!clash, "{} {}: every kind has `{key}`", family.section, entry.kind);
            }
        }
    }
}

#[test]
fn every_rule_has_one_file_and_every_file_with_a_rule_has_a_row() {
    for family in FAMILIES {
        let rows = (family.rows)();
        let mut wanted: BTreeSet<String> =
            rows.iter().map(|entry| format!("{}.rs", entry.kind.replace('-', "_"))).collect();
        for file in fs::read_dir(repository(&format!("src/{}", family.name))).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let is_rule =
                name != "mod.rs" && fs::read_to_string(&path).unwrap().contains(") const ROW: Row<");
            assert_eq!(is_rule, wanted.remove(&name), "src/{}/{name}", family.name);
        }
        assert!(wanted.is_empty(), "src/{}: no file {wanted:?}", family.name);
    }
}

#[test]
fn every_example_builds() {
    every(|family, entry| {
        let built = builds(entry, entry.example);
        assert!(built.is_ok(), "{} {}: {}", family.section, entry.kind, built.unwrap_err());
    });
}

/// Worlds in which the rules of a family are tried, one after the other; the family's own section is taken out of
/// them and the example put in its place.
const WORLDS: &[&str] = &[
    // Strangers meet in pairs, are judged and learn.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 4100 }
    trait = [{ name = "tag", init = { choice = [1.0, 2.0, 3.0] } }]
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed", pairing = "matching" }
    game = { kind = "donation", benefit = 5.0, cost = 1.0, execution_error = 0.05 }
    norm = { kind = "stern-judging", assessment_error = 0.02 }
    learning = { kind = "fermi", selection = 1.0 }
    mutation = { prob = 0.01 }
    "#,
    // The same without names to lose, and with those who punish.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 4100 }
    strategy = [{ name = "c", plays = "C", punishes = "defectors", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed", pairing = "matching" }
    game = { kind = "donation", benefit = 5.0, cost = 1.0 }
    sanction = { kind = "peer", fine = 1.0, fee = 0.2 }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // Pairs play several rounds.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 1100 }
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed", pairing = "matching" }
    game = { kind = "donation", benefit = 5.0, cost = 1.0, rounds = 4, execution_error = 0.05 }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // Pairs give shares of what they have.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 1100 }
    trait = [{ name = "tag", init = { uniform = [0.0, 1.0] } }]
    strategy = [{ name = "c", kind = "linear", first = 0.5, base = "tag", slope = 0.5, share = 0.3 }, { name = "d", kind = "linear", first = 0.1, base = 0.1, slope = 0.2 }]
    structure = { kind = "well-mixed", pairing = "matching" }
    game = { kind = "sharing", multiplier = 2.0, endowment = 10.0 }
    norm = { kind = "last-act" }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // All of a group harvest one stock.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 30, group_size = 110 }
    trait = [{ name = "tag", init = { uniform = [1.0, 9.0] } }]
    strategy = [{ name = "c", kind = "harvester", takes = "fair-share", share = 0.3 }, { name = "d", kind = "harvester", takes = 12.5 }]
    structure = { kind = "well-mixed", pairing = "group" }
    game = { kind = "commons", stock = 900.5, capacity = 1000.0, growth = "logistic", rate = 0.5, serve = "unit-by-unit" }
    norm = { kind = "voted", trait = "tag" }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // Several meet at once.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 4100 }
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed", pairing = "matching", meeting_size = 5 }
    game = { kind = "public-goods", cost = 1.0, multiplier = 3.0 }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // Neighbours, all at once.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 4100 }
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "lattice" }
    game = { kind = "donation", benefit = 5.0, cost = 1.0 }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // Strangers, one after the other.
    r#"
    run = { ticks = 5, seed = 7, update = "asynchronous" }
    population = { groups = 5, group_size = 700 }
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed", pairing = "all" }
    game = { kind = "donation", benefit = 5.0, cost = 1.0 }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // Neighbours, one after the other.
    r#"
    run = { ticks = 5, seed = 7, update = "asynchronous" }
    population = { groups = 5, group_size = 700 }
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "lattice" }
    game = { kind = "donation", benefit = 5.0, cost = 1.0 }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // Wealth is shared, known, and taken.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 5, group_size = 700 }
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed", pairing = "matching" }
    game = { kind = "sharing", multiplier = 2.0, endowment = 10.0, roles = "donor-recipient" }
    norm = { kind = "last-act" }
    sanction = { kind = "reprisal", when = "partner.reputation < 0.3", share_of_wealth = 0.1, times = 2.0 }
    learning = { kind = "fermi", selection = 1.0, every = 3, resets = "reputation" }
    "#,
    // Everybody is tempted before all others.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 150, group_size = 30 }
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed", pairing = "all" }
    game = { kind = "norms", temptation = 3.0, hurt = 1.0, seen_prob = 0.5 }
    sanction = { kind = "peer", fine = 9.0, fee = 2.0, meta = true, whom = "defectors", punish_prob = 0.5 }
    learning = { kind = "fermi", selection = 1.0 }
    "#,
    // Agents are born, die, arrive and move on a lattice with empty places.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 4100, empty = 0.3 }
    trait = [{ name = "tag", values = ["a", "b"], init = "uniform", mutation = { to_other_prob = 0.1 } }]
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "lattice" }
    game = { kind = "donation", benefit = 0.1, cost = 0.05, base = 0.2 }
    learning = { kind = "fermi", selection = 1.0 }
    mutation = { prob = 0.01, when = "birth" }
    turnover = { death_prob = 0.1, birth_prob = "payoff", immigrants = 2 }
    "#,
    // Groups fight.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 5, group_size = 700 }
    strategy = [{ name = "c", plays = "C", share = 0.3 }, { name = "d", plays = "D" }]
    structure = { kind = "well-mixed" }
    game = { kind = "donation", benefit = 5.0, cost = 1.0, execution_error = 0.05 }
    mutation = { prob = 0.01, when = "end" }
    turnover = { kind = "group-contest", contest_prob = 0.5, wins_by = "cooperation" }
    "#,
    // Nobody plays: opinions and habits spread in talk, among neighbours, one after the other.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 4100 }
    trait = [{ name = "opinion", init = { uniform = [0, 1] } }]
    strategy = [{ name = "c", share = 0.3 }, { name = "d", share = 0.3 }, { name = "x" }]
    structure = { kind = "well-mixed", pairing = "matching" }
    learning = { kind = "copy", models = "meeting" }
    "#,
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 4100 }
    trait = [{ name = "opinion", type = "f64", init = { uniform = [0, 1] } }]
    strategy = [{ name = "c", share = 0.3 }, { name = "d", share = 0.3 }, { name = "x" }]
    structure = { kind = "erdos-renyi", mean_degree = 6.0 }
    learning = { kind = "copy" }
    "#,
    r#"
    run = { ticks = 5, seed = 7, update = "asynchronous" }
    population = { groups = 5, group_size = 700 }
    trait = [{ name = "opinion", init = { uniform = [0, 1] } }]
    strategy = [{ name = "c", share = 0.3 }, { name = "d", share = 0.3 }, { name = "x" }]
    structure = { kind = "well-mixed" }
    learning = { kind = "copy" }
    "#,
    // Something spreads among neighbours; the second time one after the other.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 3, group_size = 4100 }
    structure = { kind = "erdos-renyi", mean_degree = 6.0 }
    cascade = { kind = "threshold", threshold = 0.1, initial = 40 }
    "#,
    r#"
    run = { ticks = 5, seed = 7, update = "asynchronous" }
    population = { groups = 5, group_size = 700 }
    structure = { kind = "erdos-renyi", mean_degree = 6.0 }
    cascade = { kind = "threshold", threshold = 0.1, initial = 40 }
    "#,
    // One after the other, in a queue that a planner sees.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 500, group_size = 9 }
    structure = { kind = "queue" }
    cascade = { kind = "informational", signal_accuracy = 0.7 }
    planner = { kind = "fixed", value = 0.8, sets = "cascade.signal_accuracy", range = [0.5, 0.95], cost = { per_unit = 0.1, around = 0.7 } }
    "#,
    // The same in a population whose size the structure says.
    r#"
    run = { ticks = 5, seed = 7 }
    population = { groups = 2000 }
    structure = { kind = "lattice", rows = 3, columns = 3 }
    cascade = { kind = "threshold", threshold = 0.1, initial = 1 }
    "#,
];

/// The world with the rule in it, if it has the section.
fn with_rule(world: &str, family: &Family, entry: &Entry) -> Option<String> {
    let mut world: toml::Table = world.parse().unwrap();
    let mut own: toml::Table = entry.example.parse().unwrap();
    own.insert("kind".into(), entry.kind.into());
    match world.get_mut(family.section)? {
        toml::Value::Array(rows) => {
            own.insert("name".into(), "x".into());
            own.insert("share".into(), 0.25.into());
            rows.insert(0, own.into());
        }
        section => {
            // What every kind takes is kept.
            let common = (family.common)();
            let kept =
                section.as_table().unwrap().iter().filter(|(key, _)| common["properties"].get(key).is_some());
            own.extend(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>());
            *section = own.into();
        }
    }
    Some(toml::to_string(&world).unwrap())
}

/// The state after all ticks, on so many threads, in tasks and blocks of these sizes.
fn state(scenario: &Arc<Scenario>, threads: usize, sizes: Sizes) -> u128 {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let mut simulation = Simulation::of(scenario.clone()).sizes(sizes).build();
        for _ in 0..scenario.run.ticks.get() {
            simulation.tick().unwrap();
        }
        simulation.state_hash()
    })
}

#[test]
fn every_rule_gives_the_same_bits_on_any_threads_and_in_any_blocks() {
    every(|family, entry| {
        let name = format!("{} {}", family.section, entry.kind);
        let (mut ran, mut why) = (0, String::new());
        for world in WORLDS {
            let Some(text) = with_rule(world, family, entry) else { continue };
            let source =
                Source { name: name.clone(), file: name.clone(), text, folder: repository("worlds") };
            let scenario = match source.read() {
                Ok(scenario) => Arc::new(scenario),
                Err(error) => {
                    why += &error.to_string();
                    continue;
                }
            };
            let usual = Sizes::default();
            let hash = state(&scenario, 1, usual);
            for (threads, sizes) in [
                (2, usual),
                (7, usual),
                (2, Sizes { task: 1024, block: 256, far: 0 }),
                (3, Sizes { task: 8192, block: 512, ..usual }),
            ] {
                assert_eq!(
                    state(&scenario, threads, sizes),
                    hash,
                    "{name}, {threads} threads, {sizes:?}\n{world}"
                );
            }
            ran += 1;
        }
        assert!(ran > 0, "{name} runs in none of the worlds:\n{why}");
    });
}

/// A place in a table: keys, and `0` for the items of a list.
type Path = Vec<String>;

/// Every number that the schema gives a range, with values just outside of it.
fn ranged(root: &Value, here: &Value, path: &Path, found: &mut Vec<(Path, Vec<f64>)>) {
    if let Some(name) = here["$ref"].as_str().and_then(|name| name.strip_prefix("#/$defs/")) {
        return ranged(root, &root["$defs"][name], path, found);
    }
    for branch in ["anyOf", "oneOf", "allOf"].iter().filter_map(|of| here[*of].as_array()).flatten() {
        ranged(root, branch, path, found);
    }
    let deeper = |key: &str| [path.as_slice(), &[key.to_owned()]].concat();
    for (key, of) in here["properties"].as_object().into_iter().flatten() {
        ranged(root, of, &deeper(key), found);
    }
    if here["items"].is_object() {
        ranged(root, &here["items"], &deeper("0"), found);
    }
    let bound = |name: &str| here[name].as_f64();
    let step = |x: f64| x.abs().max(1.0);
    let outside = [
        bound("minimum").map(|low| low - step(low)),
        bound("maximum").map(|high| high + step(high)),
        bound("exclusiveMinimum"),
        bound("exclusiveMaximum"),
    ];
    let outside: Vec<f64> = outside.into_iter().flatten().filter(|x| x.abs() < 9e15).collect();
    if !outside.is_empty() {
        found.push((path.clone(), outside));
    }
}

/// Puts a number at the place, if the table that should hold it is there.
fn put(table: &mut toml::Value, path: &[String], x: f64) -> bool {
    let number = |old: Option<&toml::Value>| match old {
        Some(toml::Value::Float(_)) => toml::Value::Float(x),
        _ if x.fract() == 0.0 => toml::Value::Integer(x as i64),
        _ => toml::Value::Float(x),
    };
    let (last, parents) = path.split_last().unwrap();
    let mut here = table;
    for (nth, key) in parents.iter().enumerate() {
        here = match here {
            toml::Value::Table(inner) => match inner.get_mut(key) {
                Some(next) => next,
                None => return false,
            },
            toml::Value::Array(items) if nth > 0 && !items.is_empty() => &mut items[0],
            _ => return false,
        };
    }
    match here {
        toml::Value::Table(inner) => {
            let value = number(inner.get(last));
            inner.insert(last.clone(), value);
        }
        toml::Value::Array(items) if !items.is_empty() => {
            let value = number(items.first());
            items[0] = value;
        }
        _ => return false,
    }
    true
}

#[test]
fn every_rule_refuses_numbers_that_are_out_of_range() {
    let mut tried = BTreeSet::new();
    for family in FAMILIES {
        for entry in (family.rows)() {
            let schema = entry.schema();
            let mut found = vec![];
            ranged(&schema, &schema, &vec![], &mut found);
            for (path, outside) in found {
                for x in outside {
                    let mut table = toml::Value::Table(entry.example.parse().unwrap());
                    if !put(&mut table, &path, x) {
                        continue;
                    }
                    let text = toml::to_string(&table).unwrap();
                    let (what, key) = (format!("{} {}", family.section, entry.kind), path.join("."));
                    let refused = builds(&entry, &text);
                    assert!(refused.is_err(), "{what} takes {key} = {x}");
                    tried.insert((what, key));
                }
            }
        }
    }
    assert!(tried.len() > 10, "{tried:?}");
}

#[test]
fn every_example_is_plain_toml() {
    every(|_, entry| assert!(json(entry.example).is_object()));
}
