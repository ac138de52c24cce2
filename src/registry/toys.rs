//! Three small families on which the reading of world files is tested.

use super::{Clock, Context, Entry, Family, Row, Spec, Wrong};
use crate::scenario::numbers::{
    Count, Finite, NonNegative, NumberOr, NumberOrName, OneOrMany, Positive, Prob,
};
use crate::scenario::problems::{Problems, SpecError};
use crate::scenario::schema::{self, SectionSchema, Shape};
use crate::scenario::written::Written;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub(crate) trait Game: std::fmt::Debug {
    fn best(&self) -> f64;
}
pub(crate) trait Strategy: std::fmt::Debug {}
pub(crate) trait Learning: std::fmt::Debug {}

/// The donor may pay `cost` so that the recipient gets `benefit`.
///
/// payoff(i) = benefit × received − cost × given
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Donation {
    /// what the recipient gets, in payoff
    benefit: NonNegative,
    /// what the donor pays, in payoff
    cost: NonNegative,
}
impl Game for Donation {
    fn best(&self) -> f64 {
        self.benefit.get() - self.cost.get()
    }
}
impl Spec<dyn Game> for Donation {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        if self.benefit < self.cost {
            let says = format!("cost {} exceeds benefit {}", self.cost, self.benefit);
            return Err(Wrong::new(says).at("cost").help("write a cost below the benefit"));
        }
        Ok(Box::new(self))
    }
}

/// Any game of two acts or more.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Matrix {
    /// names of the acts
    actions: Vec<String>,
    /// a row for each own act
    payoffs: Vec<Vec<Finite>>,
}
impl Game for Matrix {
    fn best(&self) -> f64 {
        self.payoffs.iter().flatten().map(|x| x.get()).fold(f64::MIN, f64::max)
    }
}
impl Spec<dyn Game> for Matrix {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        let n = self.actions.len();
        match self.payoffs.iter().position(|row| row.len() != n) {
            Some(i) => Err(Wrong::new(format!("a row of {n} numbers is needed")).at(format!("payoffs.{i}"))),
            None => Ok(Box::new(self)),
        }
    }
}

/// Who acts in a meeting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Roles {
    /// both act
    #[default]
    Mutual,
    /// one acts
    DonorRecipient,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EveryGame {
    /// who acts in a meeting
    #[serde(default)]
    pub(crate) roles: Roles,
    /// chance that an act is the other one
    #[serde(default)]
    pub(crate) execution_error: Option<Prob>,
}

pub(crate) static GAMES: &[Row<dyn Game>] = &[
    Row::of::<Donation>("donation", &["nowak1998"], "benefit = 5.0\ncost = 1.0"),
    Row::of::<Matrix>(
        "matrix",
        &["maynardsmith1982"],
        "actions = [\"c\", \"d\"]\npayoffs = [[3, 0], [5, 1]]",
    ),
];

pub(crate) static GAME_FAMILY: Family = Family {
    name: "games",
    section: "game",
    about: "what a meeting pays",
    rows: || GAMES.iter().map(Row::entry).collect(),
    common: schema::of::<EveryGame>,
    default_kind: None,
};

/// Plays one act.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pure {
    /// the act
    plays: Option<String>,
}
impl Strategy for Pure {}
impl Spec<dyn Strategy> for Pure {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        match &self.plays {
            Some(act) if !context.acts.contains(act) => {
                Err(Wrong::new(format!("the game has no act `{act}`")).at("plays"))
            }
            _ => Ok(Box::new(self)),
        }
    }
}

/// Plays by chance.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Mixed {
    /// chance of each act
    p: OneOrMany<Prob>,
}
impl Strategy for Mixed {}
impl Spec<dyn Strategy> for Mixed {
    fn build(self, _: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        if self.p.as_slice().is_empty() { Err(Wrong::new("no acts")) } else { Ok(Box::new(self)) }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EveryStrategy {
    /// how results call it
    pub(crate) name: String,
    /// share of the agents who start with it
    pub(crate) share: Option<Prob>,
}

pub(crate) static STRATEGIES: &[Row<dyn Strategy>] =
    &[Row::of::<Mixed>("mixed", &["none"], "p = 0.5"), Row::of::<Pure>("pure", &["none"], "")];

pub(crate) static STRATEGY_FAMILY: Family = Family {
    name: "strategies",
    section: "strategy",
    about: "what an agent does, given what it sees",
    rows: || STRATEGIES.iter().map(Row::entry).collect(),
    common: schema::of::<EveryStrategy>,
    default_kind: Some("pure"),
};

/// Copies the better by chance.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Fermi {
    /// steepness, 1/payoff
    selection: NumberOrName<NonNegative>,
    /// per tick
    rate: Option<NumberOr<Ramp, Positive>>,
    #[serde(default)]
    stages: Vec<Stage>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Ramp {
    Up,
    Down,
    Between(#[expect(dead_code, reason = "read, not used")] [Finite; 2]),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Stage {
    /// the stage that is left
    from: String,
    /// chance a tick
    prob: Prob,
}
impl Learning for Fermi {}
impl Spec<dyn Learning> for Fermi {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        if let Some(i) = self.stages.iter().position(|s| s.prob.get() == 0.0 && !s.from.is_empty()) {
            return Err(Wrong::new("a stage that nobody leaves").at(format!("stages.{i}.prob")));
        }
        match (&self.selection, &self.rate) {
            (NumberOrName::Name(name), _) if !context.traits.contains(name) => {
                Err(Wrong::new(format!("there is no trait `{name}`")).at("selection"))
            }
            (_, Some(_)) if context.clock == Clock::Synchronous => {
                let help = "write `[run] update = \"asynchronous\"`, or leave `rate` out";
                Err(Wrong::new("a rate wants the asynchronous clock").help(help))
            }
            _ => Ok(Box::new(self)),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EveryLearning {}

pub(crate) static LEARNING: &[Row<dyn Learning>] =
    &[Row::of::<Fermi>("fermi", &["szabo1998"], "selection = 1.0")];

pub(crate) static LEARNING_FAMILY: Family = Family {
    name: "learning",
    section: "learning",
    about: "how strategies spread",
    rows: || LEARNING.iter().map(Row::entry).collect(),
    common: schema::of::<EveryLearning>,
    default_kind: None,
};

/// How long.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// how many ticks
    pub(crate) ticks: Count,
    /// where the random numbers start
    #[serde(default = "one")]
    pub(crate) seed: u64,
}
fn one() -> u64 {
    1
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trait {
    pub(crate) name: String,
    pub(crate) init: Option<NumberOr<Ramp2>>,
}
type Ramp2 = Vec<Finite>;

pub(crate) const SECTIONS: &[SectionSchema] = &[
    SectionSchema::new("title", Shape::Value(schema::of::<String>)),
    SectionSchema::new("run", Shape::Table(schema::of::<Run>)).required(),
    SectionSchema::new("trait", Shape::Tables(schema::of::<Trait>)),
    SectionSchema::new("strategy", Shape::Rules(&STRATEGY_FAMILY)).extra(schema::of::<Finite>),
    SectionSchema::new("game", Shape::Rule(&GAME_FAMILY)),
    SectionSchema::new("learning", Shape::Rule(&LEARNING_FAMILY)),
];

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) ticks: u64,
    pub(crate) game: Option<(EveryGame, Box<dyn Game>)>,
    pub(crate) strategies: Vec<(EveryStrategy, Box<dyn Strategy>)>,
    pub(crate) values: Vec<BTreeMap<String, Finite>>,
}

/// A world file in small: how the parts are used together.
pub(crate) fn read_world(text: &str) -> Result<World, SpecError> {
    let mut problems = Problems::new("world.toml", text);
    let p = &mut problems;
    let Some(mut written) = Written::parse(text, p) else {
        return Err(problems.into_error());
    };
    let context = Context {
        traits: written.names("trait", "name"),
        acts: vec!["c".into(), "d".into()],
        ..Context::default()
    };
    written.value::<String>("title", p);
    let run = written.section::<Run>("run", p);
    written.require("run", "write [run] and `ticks = …` below it", p);
    let traits = written.sections::<Trait>("trait", p);
    let values = written.named_values::<Finite>("strategy", &context.traits, p);
    let strategies = written.rules("strategy", STRATEGIES, Some("pure"), &context, p);
    let game = written.rule::<EveryGame, _>("game", GAMES, None, &context, p);
    written.rule::<EveryLearning, _>("learning", LEARNING, None, &context, p);
    written.finish(&SECTIONS.iter().map(|s| s.name).collect::<Vec<_>>(), p);
    if traits.is_some_and(|t| t.iter().any(|t| t.get_ref().name.is_empty() && t.get_ref().init.is_none())) {
        p.add(written.place("trait", Some(0), "name"), "a trait needs a name", "");
    }
    let ticks = run.map(|run| (run.get_ref().ticks.get(), run.get_ref().seed).0);
    let world = (ticks, strategies);
    match world {
        (Some(ticks), Some(strategies)) => {
            let world = World { ticks, game, strategies, values };
            problems.or(world)
        }
        _ => Err(problems.into_error()),
    }
}

pub(crate) fn entries() -> Vec<(&'static Family, Entry)> {
    [&GAME_FAMILY, &STRATEGY_FAMILY, &LEARNING_FAMILY]
        .into_iter()
        .flat_map(|family| (family.rows)().into_iter().map(move |entry| (family, entry)))
        .collect()
}
