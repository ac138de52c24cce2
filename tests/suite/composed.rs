//! Every kind of a rule beside every other: such a world runs, or is refused with a reason that names both sides.

use crate::support::{on, repository};
use mores::chance::{Chance, Stream, below};
use mores::families::FAMILIES;
use mores::registry::{Entry, Family};
use mores::scenario::{Scenario, Source};
use mores::simulation::Simulation;
use std::sync::Arc;

/// Combinations that are tried, of some hundred thousand.
const TRIED: u64 = 3000;

/// Combinations of which at least so many run; the others are refused.
const LEAST_RUN: usize = 100;

const TICKS: u64 = 10;

/// The world around the rules, with the traits that examples speak of.
const FRAME: &str = r#"
run = { seed = 3 }
population = { groups = 160, group_size = 256 }
trait = [
    { name = "opinion", init = { uniform = [0.0, 1.0] } },
    { name = "tag", values = ["red", "blue"], init = "uniform" },
]
"#;

/// What a combination is made of.
struct Part {
    family: &'static Family,
    entry: Option<Entry>,
}

impl Part {
    /// The words by which a reason may name it.
    fn words(&self) -> Vec<&str> {
        [self.family.section].into_iter().chain(self.entry.as_ref().map(|entry| entry.kind)).collect()
    }

    fn table(&self) -> Option<toml::Table> {
        let entry = self.entry.as_ref()?;
        let mut table: toml::Table = entry.example.parse().expect("an example is TOML");
        table.insert("kind".into(), entry.kind.into());
        Some(table)
    }
}

/// One kind of each section, or none where a world needs none, a clock, and whether strategies mutate.
struct Combination {
    parts: Vec<Part>,
    clock: &'static str,
    mutates: bool,
}

/// The sections of the grid, and whether a world can do without.
const GRID: [(&str, bool); 6] = [
    ("structure", false),
    ("game", true),
    ("strategy", false),
    ("norm", true),
    ("sanction", true),
    ("learning", true),
];

const CLOCKS: [&str; 3] = ["synchronous", "asynchronous", "random-order"];

fn combination(nth: u64) -> Combination {
    let draws = Chance::new(1, 0, 0).stream(Stream::named("test/composed")).number(nth);
    let pick = |place: u64, n: usize| below(draws.at(place), n as u64) as usize;
    let part = |(place, (section, optional)): (usize, (&str, bool))| {
        let family = FAMILIES.iter().find(|family| family.section == section).expect("a family of the grid");
        let mut rows = (family.rows)();
        let none = usize::from(optional && pick(2 * place as u64 + 100, 2) == 0);
        let entry = (none == 0).then(|| rows.swap_remove(pick(place as u64, rows.len())));
        Part { family, entry }
    };
    let parts = GRID.into_iter().enumerate().map(part).collect();
    Combination { parts, clock: CLOCKS[pick(50, CLOCKS.len())], mutates: pick(51, 2) == 1 }
}

impl Combination {
    fn name(&self) -> String {
        let kinds: Vec<&str> =
            self.parts.iter().map(|part| part.entry.as_ref().map_or("–", |entry| entry.kind)).collect();
        format!("{} {}{}", kinds.join(" × "), self.clock, if self.mutates { " mutating" } else { "" })
    }

    /// The world as TOML: the examples of its rules, and agents of which some play as the strategy's example says.
    fn world(&self) -> toml::Table {
        let mut world: toml::Table = FRAME.parse().expect("the test's own TOML");
        let run = world["run"].as_table_mut().expect("a table");
        run.insert("ticks".into(), toml::Value::Integer(TICKS as i64));
        run.insert("update".into(), self.clock.into());
        let mut acts = vec!["C".into(), "D".into()];
        for part in &self.parts {
            let Some(mut table) = part.table() else { continue };
            if let Some(actions) = table.get("actions").and_then(toml::Value::as_array) {
                acts = actions.clone();
            }
            if part.family.section != "strategy" {
                world.insert(part.family.section.into(), table.into());
                continue;
            }
            table.insert("name".into(), "first".into());
            table.insert("share".into(), 0.5.into());
            let mut other = table.clone();
            other.insert("name".into(), "other".into());
            other.remove("share");
            if table.get("plays").is_some_and(|plays| plays.as_str() == Some("C")) {
                table.insert("plays".into(), acts[0].clone());
                other.insert("plays".into(), acts[1].clone());
                other.insert("punishes".into(), toml::Value::Array(vec!["first".into()]));
            }
            world.insert("strategy".into(), toml::Value::Array(vec![table.into(), other.into()]));
        }
        if self.mutates {
            world
                .insert("mutation".into(), toml::Table::from_iter([("prob".to_owned(), 0.01.into())]).into());
        }
        world
    }

    /// How many of its parts a reason names.
    fn named(&self, reason: &str) -> usize {
        let reason = reason.to_lowercase();
        let found: Vec<&str> =
            reason.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).collect();
        let has = |word: &str| found.contains(&word);
        let parts = self.parts.iter().filter(|part| part.words().into_iter().any(has)).count();
        parts
            + usize::from(["clock", "update", self.clock].into_iter().any(has))
            + usize::from(["agents", "population"].into_iter().any(has))
            + usize::from(has("mutation"))
    }
}

/// The state after all ticks; fails where a value is no finite number.
fn state(scenario: &Arc<Scenario>, threads: usize) -> Result<u128, String> {
    on(threads, || {
        let mut simulation = Simulation::of(scenario.clone()).build();
        for _ in 0..TICKS {
            simulation.tick().map_err(|fault| format!("{fault:?}"))?;
        }
        Ok(simulation.state_hash())
    })
}

#[test]
fn every_combination_runs_with_the_same_bits_or_is_refused_with_both_sides_named() {
    let (mut ran, mut refused, mut wrong) = (0, 0, vec![]);
    for nth in 0..TRIED {
        let combination = combination(nth);
        let name = combination.name();
        let text = toml::to_string(&combination.world()).expect("a table");
        let source =
            Source { name: name.clone(), file: "world.toml".into(), text, folder: repository("worlds") };
        match source.read() {
            Ok(scenario) => {
                ran += 1;
                let scenario = Arc::new(scenario);
                let [one, two] = [1, 2].map(|threads| state(&scenario, threads));
                match (one, two) {
                    (Ok(one), Ok(two)) if one == two => {}
                    (one, two) => wrong.push(format!("{name}: {one:?} on one thread, {two:?} on two")),
                }
            }
            Err(error) => {
                refused += 1;
                // Each problem stands for itself: none may be a riddle.
                let reason = error.to_string();
                if combination.named(&reason) < 2 {
                    wrong.push(format!("{name}: the reason does not name both sides\n{reason}"));
                }
            }
        }
    }
    println!("{ran} combinations ran, {refused} were refused");
    assert!(wrong.is_empty(), "{} of {TRIED}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(ran >= LEAST_RUN, "only {ran} of {TRIED} ran");
}
