//! What a world reads from files before its first tick.

use crate::support::{Folder, read};
use mores::columns::{Stage, Strategy};
use mores::scenario::Source;
use mores::simulation::Simulation;

/// A world beside its files.
fn source(folder: &Folder, text: &str) -> Source {
    Source { folder: folder.0.clone(), ..Source::of("from-files", text) }
}

fn built(folder: &Folder, text: &str) -> Simulation {
    Simulation::of(read(&source(folder, text))).build()
}

const STAGES: &str = r#"
[run]
ticks = 1

[population]
groups = 2
group_size = 4

[structure]
kind = "ring"

[cascade]
kind = "compartments"
stages = ["healthy", "ill", "immune"]
initial = { file = "stages.csv", column = "stage" }
transitions = [{ from = "healthy", to = "ill", by = "contact", prob = 1.0 }]
"#;

#[test]
fn a_cascade_starts_as_a_file_says_by_name_or_code() {
    let folder = Folder::new();
    for rows in ["who,stage\na,healthy\nb,ill\nc,immune\nd,healthy\n", "stage\n0\n1\n2\n0\n"] {
        std::fs::write(folder.0.join("stages.csv"), rows).unwrap();
        let mut simulation = built(&folder, STAGES);
        assert_eq!(simulation.column::<Stage>()[..8], [0, 1, 2, 0, 0, 1, 2, 0], "a group's rows are for all");
        simulation.tick().unwrap();
        assert_eq!(simulation.column::<Stage>()[..8], [1, 1, 2, 0, 1, 1, 2, 0]);
    }
    std::fs::write(folder.0.join("stages.csv"), "stage\n0\n1\n0\n0\n2\n2\n2\n0\n").unwrap();
    assert_eq!(built(&folder, STAGES).column::<Stage>()[..8], [0, 1, 0, 0, 2, 2, 2, 0]);
}

#[test]
fn files_that_do_not_fit_are_refused_at_their_key() {
    let folder = Folder::new();
    for (rows, says) in [
        ("stage\n0\n1\n2\n", "the file has 3 rows for 8 agents"),
        ("stage\n0\n1\n2\n3\n", ":5:1: the cell holds `3`, which is no stage"),
        ("stage\n0\n0\n0\n0\n0\n0\n0\n0\n0\n", "the file has more rows than there are agents, 8"),
        ("other\n0\n", "no column is called `stage`"),
    ] {
        std::fs::write(folder.0.join("stages.csv"), rows).unwrap();
        let refused = source(&folder, STAGES).read().err().unwrap().to_string();
        assert!(refused.contains(says) && refused.contains("initial = { file"), "{refused}");
    }
}

#[test]
fn rows_of_a_file_follow_agents_that_a_graph_renumbers() {
    let folder = Folder::new();
    let ties: String = (0..10).filter(|&id| id != 5).map(|id| format!("5,{id}\n")).collect();
    std::fs::write(folder.0.join("star.csv"), ties).unwrap();
    let text = STAGES
        .replace("groups = 2\ngroup_size = 4", "agents = 10")
        .replace("kind = \"ring\"", "kind = \"edge-list\"\npath = \"star.csv\"");
    let reached = |first: usize| {
        let rows: String = (0..10).map(|id| format!("{}\n", u8::from(id == first))).collect();
        std::fs::write(folder.0.join("stages.csv"), format!("stage\n{rows}")).unwrap();
        let mut simulation = built(&folder, &text);
        simulation.tick().unwrap();
        simulation.column::<Stage>()[..10].iter().filter(|&&stage| stage == 1).count()
    };
    assert_eq!(
        [5, 4, 0, 9].map(reached),
        [10, 2, 2, 2],
        "only the middle of a star reaches everybody at once"
    );
}

#[test]
fn strategies_start_as_a_file_says_by_name_or_code() {
    let folder = Folder::new();
    let text = r#"
[run]
ticks = 1

[population]
agents = 4

[[strategy]]
name = "c"
plays = "C"

[[strategy]]
name = "d"
plays = "D"
place = { file = "who.csv", column = "strategy" }

[structure]
kind = "ring"

[game]
kind = "donation"
benefit = 2.0
cost = 1.0
"#;
    for rows in ["strategy\nd\nc\nc\nd\n", "strategy\n1\n0\n0\n1\n"] {
        std::fs::write(folder.0.join("who.csv"), rows).unwrap();
        assert_eq!(built(&folder, text).column::<Strategy>()[..4], [1, 0, 0, 1]);
    }
    std::fs::write(folder.0.join("who.csv"), "strategy\nd\nc\nx\nd\n").unwrap();
    let refused = source(&folder, text).read().err().unwrap().to_string();
    assert!(refused.contains("who.csv:4:1: the cell holds `x`, which is no strategy"), "{refused}");
}
