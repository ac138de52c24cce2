//! The house: paths that ARCHITECTURE names exist, rooms keep their walls, files stay small, rules have sources.

use crate::support::{repository, text};
use std::path::{Path, PathBuf};

/// All files below a folder with one of the endings, sorted.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut open = vec![repository(folder)];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if endings.contains(&ending.as_str()) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn shown(path: &Path) -> String {
    path.strip_prefix(repository("")).unwrap_or(path).display().to_string()
}

/// The lines of a source file before its tests.
fn code(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).map(String::from).collect()
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let architecture = text("ARCHITECTURE.md");
    let mut missing = vec![];
    for word in architecture.split('`').skip(1).step_by(2) {
        let file =
            word.ends_with(".rs") || word.ends_with(".toml") || word.ends_with(".md") || word.ends_with('/');
        if file && !word.contains(['<', '*', ' ', '…']) {
            let places = [repository(word), repository("src").join(word)];
            if !places.iter().any(|place| place.exists()) {
                missing.push(word.to_string());
            }
        }
    }
    assert!(missing.is_empty(), "ARCHITECTURE.md names what is not there: {missing:?}");
}

#[test]
fn no_file_has_over_800_lines_of_code() {
    let long: Vec<String> = ["src", "tests", "examples", "benches"]
        .iter()
        .flat_map(|folder| files(folder, &["rs"]))
        .filter(|path| code(path).len() > 800)
        .map(|path| shown(&path))
        .collect();
    assert!(long.is_empty(), "look for the second idea inside: {long:?}");
}

/// What the files of a room must never use: (room, words in its `use` lines or paths).
const WALLS: &[(&str, &[&str])] = &[
    ("src/games", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/strategies", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/norms", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/sanctions", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/learning", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/cascades", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/planners", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/turnover", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    (
        "src/interventions",
        &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"],
    ),
    ("src/structures", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/measures", &["bevy_ecs::", "rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/passes", &["rayon::", "arrow::", "clap::", "std::fs", "std::time", "println!"]),
    ("src/scenario", &["bevy_ecs::", "rayon::", "arrow::", "clap::"]),
    (
        "src/record",
        &[
            "bevy_ecs",
            "crate::games",
            "crate::norms",
            "crate::learning",
            "crate::structures",
            "crate::cascades",
        ],
    ),
    ("src/cli", &["mores::games", "mores::norms", "mores::learning", "mores::cascades"]),
];

#[test]
fn rooms_keep_their_walls() {
    let mut broken = vec![];
    for (room, never) in WALLS {
        for path in files(room, &["rs"]) {
            for line in code(&path).iter().filter(|line| !line.trim_start().starts_with("//")) {
                for word in never.iter().filter(|word| line.contains(**word)) {
                    broken.push(format!("{}: {word}", shown(&path)));
                }
            }
        }
    }
    broken.dedup();
    assert!(broken.is_empty(), "ARCHITECTURE.md says what each room may use:\n{}", broken.join("\n"));
}

#[test]
fn unsafe_stands_only_in_kernels_and_where_the_allocator_is_set() {
    let allowed = |path: &str| path.starts_with("src/kernels/") || path == "src/main.rs";
    let found: Vec<String> = files("src", &["rs"])
        .into_iter()
        .filter(|path| {
            code(path).iter().any(|line| line.contains("unsafe ") && !line.trim_start().starts_with("//"))
        })
        .map(|path| shown(&path))
        .filter(|path| !allowed(path))
        .collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn worlds_and_sources_belong_together() {
    let bibliography = text("REFERENCES.bib");
    let known = |key: &str| bibliography.contains(&format!("{{{key},"));
    for path in files("worlds", &["toml"]) {
        let table: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        let sources = table.get("source").and_then(|source| source.as_array()).cloned().unwrap_or_default();
        assert!(!sources.is_empty(), "{} says no source", shown(&path));
        for source in sources {
            let key = source.as_str().unwrap_or_default();
            assert!(known(key), "{}: REFERENCES.bib knows no {key}", shown(&path));
        }
    }
}

#[test]
fn the_changelog_says_what_moves_numbers() {
    let changelog = text("CHANGELOG.md");
    assert!(changelog.lines().any(|line| line.trim_start_matches('#').trim() == "Numbers"));
}

#[test]
fn expectations_are_those_of_the_table_of_truths() {
    let shared = std::env::var_os("MORES_SHARED").map_or_else(|| repository("../shared"), PathBuf::from);
    let Ok(truths) = std::fs::read_to_string(shared.join("truth.json")) else {
        println!("skipped: the table of truths is not beside the repository");
        return;
    };
    let truths: serde_json::Value = serde_json::from_str(&truths).unwrap();
    let flat = |value: &serde_json::Value| -> Vec<f64> {
        value.as_array().map_or_else(
            || vec![value.as_f64().unwrap()],
            |list| list.iter().map(|x| x.as_f64().unwrap()).collect(),
        )
    };
    let mut compared = std::collections::BTreeSet::new();
    for path in files("worlds", &["toml"]) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let scenario = crate::support::shipped(&name).read().unwrap();
        for expect in &scenario.expects {
            let tests = truths["tests"].as_array().unwrap();
            let Some(truth) = tests.iter().find(|truth| truth["id"] == expect.id.as_str()) else { continue };
            let (values, margins) = (flat(&truth["expected"]), flat(&truth["tol"]));
            for index in 0..expect.len() {
                let part = expect.part(index) as usize - 1;
                let wanted = values[part];
                let margin = if margins.len() == 1 { margins[0] } else { margins[part] };
                let got = expect.value(index).unwrap();
                assert!(
                    (got - wanted).abs() <= 1e-6 * wanted.abs().max(1e-3),
                    "{}: {got} for {wanted}",
                    expect.id
                );
                let tolerance = expect.margin(index).unwrap().around(got);
                assert!(
                    tolerance <= margin * (1.0 + 1e-9),
                    "{}: {tolerance} is wider than {margin}",
                    expect.id
                );
            }
            assert_eq!(
                truth["tier"].as_str(),
                serde_json::to_value(expect.tier).unwrap().as_str(),
                "{}",
                expect.id
            );
            compared.insert(expect.id.clone());
        }
    }
    assert!(compared.len() >= 17, "{compared:?}");
}
