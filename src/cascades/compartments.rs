//! Compartments: stages and the ways between them.

use super::{Cascade, Deed, Exposure};
use crate::math;
use crate::registry::{Clock, Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Positive, Prob};
use crate::scenario::problems::{quoted, suggest};

/// Agents pass from stage to stage, by themselves or by contact (SIR, SIS, SEIR …).
///
/// synchronous: P(contact transition) = 1 − (1 − prob)^(contacts in the spreading stage), others `prob` a tick, tried
/// in the order of the file; asynchronous: an agent does one of the things open to it, by `rate`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Compartments {
    /// names of the stages, 2 to 16; the first is that of who has not been reached
    #[schemars(length(min = 2, max = 16))]
    stages: Vec<String>,
    /// the ways between stages
    transitions: Vec<Transition>,
}

/// One way from a stage to another.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Transition {
    /// the stage that is left
    from: String,
    /// the stage that is entered
    to: String,
    /// contact: only by a contact that spreads; left out: by itself
    by: Option<By>,
    /// the stage of the contacts that spread it; default: the stage that is entered
    with: Option<String>,
    /// synchronous: the probability a tick, by contact: a contact and tick
    prob: Option<Prob>,
    /// asynchronous: the rate, relative to the other rates of a step
    rate: Option<Positive>,
}

#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// only by a contact that spreads
    Contact,
}

/// Exposed contacts for which chances are tabled; above, they are worked out.
const TABLED: u32 = 64;

struct Way {
    from: u8,
    to: u8,
    with: Option<u8>,
    strength: f64,
}

struct Stages {
    names: Vec<String>,
    ways: Vec<Way>,
    /// `[stage][exposed contacts]`: running chances of the ways out, up to [`TABLED`] contacts
    tables: Vec<Vec<Vec<(f64, u8)>>>,
    spreading: Vec<bool>,
    clock: Clock,
}

impl Compartments {
    fn stage(&self, name: &str, place: String) -> Result<u8, Wrong> {
        let at = self.stages.iter().position(|stage| stage == name);
        at.and_then(|at| u8::try_from(at).ok()).ok_or_else(|| {
            let known: Vec<&str> = self.stages.iter().map(String::as_str).collect();
            let says = format!("there is no stage {}", quoted(name));
            Wrong::new(says).at(place).help(suggest(name, &known, "the stages are"))
        })
    }

    fn way(&self, nth: usize, clock: Clock) -> Result<Way, Wrong> {
        let way = &self.transitions[nth];
        let place = |key: &str| format!("transitions.{nth}.{key}");
        let (from, to) = (self.stage(&way.from, place("from"))?, self.stage(&way.to, place("to"))?);
        if from == to {
            let says = format!("this leads from {} to itself", way.from);
            return Err(Wrong::new(says)
                .at(place("to"))
                .help("write another stage, or leave the transition out"));
        }
        let with = match (&way.with, way.by) {
            (None, Some(By::Contact)) => Some(to),
            (Some(with), Some(By::Contact)) => Some(self.stage(with, place("with"))?),
            (None, None) => None,
            (Some(_), None) => {
                let help = "add by = \"contact\"";
                return Err(Wrong::new("`with` is for transitions by contact").at(place("with")).help(help));
            }
        };
        let (want, other) = match clock {
            Clock::Asynchronous => (way.rate.map(Positive::get), way.prob.is_some()),
            _ => (way.prob.map(Prob::get), way.rate.is_some()),
        };
        let (word, wrong) = match clock {
            Clock::Asynchronous => ("rate", "prob"),
            _ => ("prob", "rate"),
        };
        match (want, other) {
            (Some(strength), false) => Ok(Way { from, to, with, strength }),
            (_, true) => {
                let says = format!("`{wrong}` does not fit the clock of this world");
                let help = format!(
                    "write `{word}`: a prob is a chance a tick (synchronous), \
                                    a rate competes inside a step (asynchronous)"
                );
                Err(Wrong::new(says).at(place(wrong)).help(help))
            }
            (None, false) => {
                let says = format!("the transition from {} to {} has no `{word}`", way.from, way.to);
                Err(Wrong::new(says)
                    .at(format!("transitions.{nth}"))
                    .help(format!("add `{word} = 0.1` to it")))
            }
        }
    }
}

impl Spec<dyn Cascade> for Compartments {
    fn build(self, context: &Context) -> Result<Box<dyn Cascade>, Wrong> {
        if !(2..=16).contains(&self.stages.len()) {
            let says = format!("{} stages; there can be 2 to 16", self.stages.len());
            return Err(Wrong::new(says).at("stages"));
        }
        if let Some(twice) = (1..self.stages.len()).find(|&i| self.stages[..i].contains(&self.stages[i])) {
            let says = format!("two stages are called {}", quoted(&self.stages[twice]));
            return Err(Wrong::new(says).at(format!("stages.{twice}")).help("give each a name of its own"));
        }
        let ways: Result<Vec<Way>, Wrong> =
            (0..self.transitions.len()).map(|nth| self.way(nth, context.clock)).collect();
        let ways = ways?;
        let mut spreading = vec![false; self.stages.len()];
        for with in ways.iter().filter_map(|way| way.with) {
            spreading[usize::from(with)] = true;
        }
        if spreading.iter().filter(|&&spreads| spreads).count() > 1 {
            let says = "contacts in more than one stage spread";
            return Err(Wrong::new(says).at("transitions").help("let one stage spread"));
        }
        let (names, clock) = (self.stages, context.clock);
        let mut stages = Stages { names, ways, tables: vec![], spreading, clock };
        let of = |stage: u8| (0..TABLED).map(|exposed| stages.chances(stage, exposed)).collect();
        stages.tables = (0..stages.names.len() as u8).map(of).collect();
        Ok(Box::new(stages))
    }
}

impl Stages {
    /// The ways out of a stage, tried in the order of the file: running sums of their chances, and where they lead.
    fn chances(&self, stage: u8, exposed: u32) -> Vec<(f64, u8)> {
        let (mut left, mut passed) = (1.0, 0.0);
        let ways = self.ways.iter().filter(|way| way.from == stage);
        ways.map(|way| {
            let prob = match way.with {
                Some(_) if exposed == 0 => 0.0,
                Some(_) => 1.0 - math::pow(1.0 - way.strength, f64::from(exposed)),
                None => way.strength,
            };
            passed += left * prob;
            left -= left * prob;
            (passed, way.to)
        })
        .collect()
    }
}

impl Cascade for Stages {
    fn stages(&self) -> Vec<String> {
        self.names.clone()
    }

    fn seeded(&self) -> u8 {
        self.ways.iter().find(|way| way.with.is_some()).map_or(1, |way| way.to)
    }

    fn spreads(&self, stage: u8) -> bool {
        self.spreading[usize::from(stage)]
    }

    fn next(&self, of: Exposure, chance: f64) -> u8 {
        let first = |ways: &[(f64, u8)]| ways.iter().find(|(passed, _)| chance < *passed).map(|way| way.1);
        let next = if of.exposed < TABLED {
            first(&self.tables[usize::from(of.stage)][of.exposed as usize])
        } else {
            first(&self.chances(of.stage, of.exposed))
        };
        next.unwrap_or(of.stage)
    }

    fn deeds(&self, stage: u8) -> Vec<(f64, Deed)> {
        if self.clock != Clock::Asynchronous {
            return vec![];
        }
        let own = self.ways.iter().filter(|way| way.with.is_none() && way.from == stage);
        let passed = self.ways.iter().filter(|way| way.with == Some(stage));
        own.map(|way| (way.strength, Deed::Becomes(way.to)))
            .chain(passed.map(|way| (way.strength, Deed::Passes(way.from, way.to))))
            .collect()
    }
}

pub(super) const ROW: Row<dyn Cascade> = Row::of::<Compartments>(
    "compartments",
    &["kermack1927"],
    "stages = [\"susceptible\", \"infected\", \"recovered\"]\n\
     transitions = [\n\
     \x20 { from = \"susceptible\", to = \"infected\", by = \"contact\", prob = 0.05 },\n\
     \x20 { from = \"infected\", to = \"recovered\", prob = 0.1 },\n\
     ]",
);
