//! How groups end, and parameters that may stand in expressions.

use super::{Measure, Names, Row, Scope};
use crate::columns::{ColumnDef, Strategy};
use crate::groups::{Group, Total};

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "fixed_<strategy>",
        about: "1 if all agents of the group have the strategy, else 0; over several groups, their share",
        unit: "",
        find: fixed,
    },
    Row {
        name: "ended",
        about: "1 if the group has met its stopping rule, else 0; over several groups, their share",
        unit: "",
        find: |n, _| end(n, "ended", What::Ended),
    },
    Row {
        name: "end_tick",
        about: "the tick in which the group stopped; none while it goes on",
        unit: "ticks",
        find: |n, _| end(n, "end_tick", What::Tick),
    },
    Row {
        name: "end_steps",
        about: "elementary steps until the group stopped; none while it goes on",
        unit: "steps",
        find: |n, _| end(n, "end_steps", What::Steps),
    },
    Row {
        name: "fixations",
        about: "how often the group has become uniform since the start; over several groups, the mean",
        unit: "",
        find: |n, names| total(n, names, "fixations"),
    },
    Row {
        name: "invasions",
        about: "mutants that have entered the group while it was uniform; over several groups, the mean",
        unit: "",
        find: |n, names| total(n, names, "invasions"),
    },
    Row {
        name: "invasions_of_<strategy>",
        about: "mutants that have entered the group while all its agents had the strategy; over several groups, the mean",
        unit: "",
        find: |n, names| total(n, names, "invasions_of_"),
    },
    Row {
        name: "resource",
        about: "stock of the group's commons as the tick ends; over several groups, the mean",
        unit: "units",
        find: |n, names| of_groups(n, "resource", names.stocked, |group| group.resource),
    },
    Row {
        name: "rule",
        about: "what the group has voted for, the most that one may take; none before the first vote; over several groups, the mean",
        unit: "units a tick",
        find: |n, names| of_groups(n, "rule", names.voting, |group| group.rule),
    },
    Row { name: "tick", about: "the tick", unit: "ticks", find: |n, _| end(n, "tick", What::Now) },
    Row {
        name: "group_size",
        about: "agents of a group",
        unit: "agents",
        find: |n, names| constant(n, "group_size", names.group_size),
    },
    Row {
        name: "agents",
        about: "agents of all groups",
        unit: "agents",
        find: |n, names| constant(n, "agents", names.agents),
    },
    Row {
        name: "groups",
        about: "groups",
        unit: "groups",
        find: |n, names| constant(n, "groups", names.groups),
    },
    Row {
        name: "<section>.<key>",
        about: "a parameter of the world, where it is a number",
        unit: "its own",
        find: parameter,
    },
];

struct Fixed(u8);

impl Measure for Fixed {
    fn of(&self, scope: &Scope) -> f64 {
        let strategy = scope.view().of::<u8>(&ColumnDef::of::<Strategy>());
        let uniform = |group: usize| strategy[scope.state.rows(group)].iter().all(|&s| s == self.0);
        let fixed = scope.groups.clone().filter(|&group| uniform(group)).count();
        fixed as f64 / scope.groups.len() as f64
    }
}

fn fixed(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let wanted = name.strip_prefix("fixed_")?;
    let code = names.strategies.iter().position(|known| known == wanted)?;
    Some(Box::new(Fixed(code as u8)))
}

enum What {
    Ended,
    Tick,
    Steps,
    Now,
}

struct End(What);

impl Measure for End {
    fn of(&self, scope: &Scope) -> f64 {
        let states = &scope.state.state[scope.groups.clone()];
        let ended: Vec<_> = states.iter().filter(|group| group.ended).collect();
        let mean = |sum: u64| if ended.is_empty() { f64::NAN } else { sum as f64 / ended.len() as f64 };
        match self.0 {
            What::Ended => ended.len() as f64 / states.len() as f64,
            What::Tick => mean(ended.iter().map(|group| group.end_tick).sum()),
            What::Steps => mean(ended.iter().map(|group| group.steps_done(scope.state.size)).sum()),
            What::Now => scope.tick as f64,
        }
    }
}

fn end(name: &str, wanted: &str, what: What) -> Option<Box<dyn Measure>> {
    (name == wanted).then(|| -> Box<dyn Measure> { Box::new(End(what)) })
}

struct Totals(Vec<Total>);

impl Measure for Totals {
    fn of(&self, scope: &Scope) -> f64 {
        let of = |total: &Total| scope.state.tallies.total(scope.groups.clone(), *total);
        self.0.iter().map(of).sum::<u64>() as f64 / scope.groups.len() as f64
    }
}

fn total(name: &str, names: &Names, wanted: &str) -> Option<Box<dyn Measure>> {
    let invasions = |code: usize| Total::Invasions(code as u8);
    let totals: Vec<Total> = match name.strip_prefix(wanted).filter(|_| names.rare_mutants)? {
        "" if wanted == "fixations" => vec![Total::Fixations],
        "" if wanted == "invasions" => (0..names.strategies.len()).map(invasions).collect(),
        strategy if wanted.ends_with('_') => {
            vec![invasions(names.strategies.iter().position(|known| known == strategy)?)]
        }
        _ => return None,
    };
    Some(Box::new(Totals(totals)))
}

/// A number that each group has of its own.
struct OfGroups(fn(&Group) -> f64);

impl Measure for OfGroups {
    fn of(&self, scope: &Scope) -> f64 {
        let states = &scope.state.state[scope.groups.clone()];
        states.iter().map(self.0).sum::<f64>() / states.len() as f64
    }
}

fn of_groups(name: &str, wanted: &str, there: bool, of: fn(&Group) -> f64) -> Option<Box<dyn Measure>> {
    (name == wanted && there).then(|| -> Box<dyn Measure> { Box::new(OfGroups(of)) })
}

struct Constant(f64);

impl Measure for Constant {
    fn of(&self, _: &Scope) -> f64 {
        self.0
    }
}

fn constant(name: &str, wanted: &str, value: u64) -> Option<Box<dyn Measure>> {
    (name == wanted).then(|| -> Box<dyn Measure> { Box::new(Constant(value as f64)) })
}

fn parameter(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let found = names.parameters.iter().find(|(path, _)| path == name)?;
    Some(Box::new(Constant(found.1)))
}
