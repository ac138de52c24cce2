//! What was done in the tick: acts, punishments.

use super::{Measure, Names, Row, Scope};
use crate::groups::Count;
use crate::passes::Motive;

pub(super) const ROWS: &[Row] = &[
    Row {
        name: "cooperation",
        about: "acts of cooperation over acts in the tick, 0 to 1; none where nobody acted",
        unit: "",
        find: cooperation,
    },
    Row {
        name: "action_<act>",
        about: "share of the act among acts in the tick, 0 to 1",
        unit: "",
        find: action,
    },
    Row {
        name: "punished",
        about: "share of agents that were fined in the tick, 0 to 1",
        unit: "",
        find: punished,
    },
    Row {
        name: "fines_mean",
        about: "fines paid in the tick, a mean over agents",
        unit: "payoff units",
        find: fines,
    },
    Row {
        name: "punished_defection",
        about: "punishments of the tick for not helping, a mean over agents",
        unit: "punishments",
        find: |name, names| by_motive(name, names, "punished_defection", Motive::Defection),
    },
    Row {
        name: "punished_cooperation",
        about: "antisocial punishments of the tick, for helping, a mean over agents",
        unit: "punishments",
        find: |name, names| by_motive(name, names, "punished_cooperation", Motive::Cooperation),
    },
    Row {
        name: "punished_omission",
        about: "punishments of the tick for not punishing, a mean over agents",
        unit: "punishments",
        find: |name, names| by_motive(name, names, "punished_omission", Motive::Omission),
    },
];

struct ShareOfActs {
    act: u8,
    kinds: u8,
}

impl Measure for ShareOfActs {
    fn of(&self, scope: &Scope) -> f64 {
        let all: u64 = (0..self.kinds).map(|act| scope.count(Count::Act(act))).sum();
        match all {
            0 => f64::NAN,
            all => scope.count(Count::Act(self.act)) as f64 / all as f64,
        }
    }
}

fn cooperation(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let act = names.cooperation.filter(|_| name == "cooperation")?;
    Some(Box::new(ShareOfActs { act, kinds: names.acts.len() as u8 }))
}

fn action(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let wanted = name.strip_prefix("action_")?;
    let act = names.acts.iter().position(|act| act.eq_ignore_ascii_case(wanted))?;
    Some(Box::new(ShareOfActs { act: act as u8, kinds: names.acts.len() as u8 }))
}

struct PerAgent {
    count: Count,
    times: f64,
}

impl Measure for PerAgent {
    fn of(&self, scope: &Scope) -> f64 {
        if scope.tick == 0 {
            return f64::NAN;
        }
        scope.count(self.count) as f64 * self.times / scope.agents()
    }
}

/// Fines are counted where payoffs are settled meeting by meeting; the asynchronous clock evaluates without settling.
fn counted(names: &Names) -> Option<&[f64]> {
    names.fines.as_deref().filter(|_| !names.steps)
}

fn punished(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    counted(names).filter(|_| name == "punished")?;
    Some(Box::new(PerAgent { count: Count::Punished, times: 1.0 }))
}

fn fines(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    // Where fines rise, how many there were does not say what they cost.
    let [times] = counted(names).filter(|_| name == "fines_mean")? else { return None };
    Some(Box::new(PerAgent { count: Count::Fines, times: *times }))
}

fn by_motive(name: &str, names: &Names, wanted: &str, motive: Motive) -> Option<Box<dyn Measure>> {
    counted(names).filter(|_| name == wanted)?;
    let count = match motive {
        Motive::Defection => return Some(Box::new(ForDefection)),
        other => Count::Motive(other as u8),
    };
    Some(Box::new(PerAgent { count, times: 1.0 }))
}

/// Fines that were for nothing else.
struct ForDefection;

impl Measure for ForDefection {
    fn of(&self, scope: &Scope) -> f64 {
        if scope.tick == 0 {
            return f64::NAN;
        }
        let other: u64 = (2..5).map(|motive| scope.count(Count::Motive(motive))).sum();
        (scope.count(Count::Fines) - other) as f64 / scope.agents()
    }
}
