//! Every kind of a rule beside every other: such a world runs, or is refused with a reason that names both sides.

use crate::grid::{AXES, Grid};
use crate::support::{on, repository};
use mores::families::FAMILIES;
use mores::pass::Sizes;
use mores::scenario::{Scenario, Source};
use mores::simulation::Simulation;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The seed of what is drawn of the grid.
const SEED: u64 = 1;

/// Combinations drawn with each kind as likely, of some hundred million: most make no sense.
const DRAWN: u64 = 1000;

/// Combinations drawn so that what rules need is there.
const FITTING: u64 = 1050;

/// Combinations of these of which at least so many run; the others are refused.
const LEAST_RUN: usize = 1000;

/// Each kind is part of at least so many combinations that run.
const LEAST_OF_KIND: usize = 3;

/// Agents of a world: with small tasks enough for the driver to give rows to two threads.
const AGENTS: u64 = 5_120;

/// Agents of some worlds: enough for all that is done side by side to be given to two threads.
const MANY_AGENTS: u64 = 66_560;

/// One combination in so many has many agents.
const MANY: usize = 64;

const TICKS: u64 = 10;

/// How many of the sides of a world a reason names: a section, which may be missing, or the kind that it has.
fn named(kinds: &[(&str, &str)], reason: &str) -> usize {
    let reason = reason.to_lowercase();
    let found: Vec<&str> = reason.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_')).collect();
    let has = |word: &str| found.contains(&word);
    let side = |section: &str| {
        let also = if section == "clock" { "update" } else { section };
        // Words such as all and after are no names.
        let named = |kind: &&(&str, &str)| kind.0 == section && !["pairing", "mutation"].contains(&section);
        let kind = kinds.iter().find(named).map_or(section, |kind| kind.1);
        [section, also, kind].into_iter().any(has)
    };
    let sides = AXES.iter().filter(|axis| side(axis.0)).count();
    sides + usize::from(["agents", "population"].into_iter().any(has))
}

/// The state after all ticks; fails where a value is no finite number, or where mores gives up.
fn state(scenario: &Arc<Scenario>, threads: usize, sizes: Sizes) -> Result<u128, String> {
    let run = || on(threads, || run(scenario, sizes));
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| Err("it panicked".to_string()))
}

fn run(scenario: &Arc<Scenario>, sizes: Sizes) -> Result<u128, String> {
    let mut simulation = Simulation::of(scenario.clone()).sizes(sizes).build();
    for _ in 0..TICKS {
        simulation.tick().map_err(|fault| format!("{fault:?}"))?;
    }
    Ok(simulation.state_hash())
}

/// What has come of the combinations so far.
#[derive(Default)]
struct Found {
    ran: usize,
    refused: usize,
    wrong: Vec<String>,
    /// combinations with each kind that ran and that were refused
    kinds: BTreeMap<(&'static str, &'static str), [usize; 2]>,
}

impl Found {
    /// Runs a combination on one thread and on two, which get other blocks too, or looks at why it is refused.
    fn add(&mut self, grid: &Grid, world: &[Option<usize>]) {
        let kinds = grid.kinds(world);
        let name = kinds.iter().map(|kind| kind.1).collect::<Vec<_>>().join(" × ");
        let agents = if self.tried() % MANY == MANY - 1 { MANY_AGENTS } else { AGENTS };
        let text = grid.world(world, agents, TICKS);
        let folder = repository("worlds");
        let source = Source { name: name.clone(), file: "world.toml".into(), text, folder };
        let read = source.read();
        for kind in &kinds {
            self.kinds.entry(*kind).or_default()[usize::from(read.is_err())] += 1;
        }
        match read {
            Ok(scenario) => {
                self.ran += 1;
                let scenario = Arc::new(scenario);
                let one = state(&scenario, 1, Sizes::default());
                let two = state(&scenario, 2, Sizes { task: 256, block: 128, far: 0 });
                if one.is_err() || one != two {
                    self.wrong
                        .push(format!("{name}: {one:?} on one thread, {two:?} on two\n{}", source.text));
                }
            }
            Err(error) => {
                self.refused += 1;
                // Each problem stands for itself: none may be a riddle.
                let reason = error.to_string();
                if named(&kinds, &reason) < 2 {
                    self.wrong.push(format!("{name}: the reason does not name both sides\n{reason}"));
                }
            }
        }
    }

    fn tried(&self) -> usize {
        self.ran + self.refused
    }

    fn print(&self, what: &str) {
        println!("{what}: {} combinations ran, {} were refused", self.ran, self.refused);
        for ((section, kind), [ran, refused]) in &self.kinds {
            println!("{section:>10} {kind:<20} {ran:>5} ran {refused:>5} refused");
        }
    }
}

#[test]
fn every_combination_runs_with_the_same_bits_or_is_refused_with_both_sides_named() {
    let (grid, mut found) = (Grid::new(), Found::default());
    (0..DRAWN).for_each(|nth| found.add(&grid, &grid.any(SEED, nth)));
    found.print("drawn anyhow");
    assert!(found.wrong.is_empty(), "{} of {DRAWN}:\n{}", found.wrong.len(), found.wrong.join("\n"));
}

#[test]
fn combinations_in_which_all_needs_are_met_run_with_the_same_bits() {
    let (grid, mut found) = (Grid::new(), Found::default());
    for nth in 0..FITTING {
        if let Some(world) = grid.fitting(SEED, nth) {
            found.add(&grid, &world);
        }
    }
    found.print("with all needs met");
    assert!(found.wrong.is_empty(), "{} of {FITTING}:\n{}", found.wrong.len(), found.wrong.join("\n"));
    assert!(
        found.ran >= LEAST_RUN && 2 * found.ran > found.tried(),
        "{} of {} ran",
        found.ran,
        found.tried()
    );
    for family in FAMILIES.iter().filter(|family| AXES.iter().any(|axis| axis.0 == family.section)) {
        for row in (family.rows)() {
            let ran = found.kinds.get(&(family.section, row.kind)).map_or(0, |counts| counts[0]);
            assert!(
                ran >= LEAST_OF_KIND,
                "{} {} is part of {ran} combinations that run",
                family.section,
                row.kind
            );
        }
    }
}
