//! The Moran process: one birth and one death at a time.

use super::{Learning, Models, Replaced};
use crate::math;
use crate::registry::{Clock, Context, Row, Spec, Wrong};
use crate::scenario::numbers::NonNegative;

/// In each step one agent reproduces, drawn by fitness, and its offspring replaces another.
///
/// fitness = 1 − w + w · payoff (linear) or exp(w · payoff) (exponential), w = `selection`; without a game, the
/// strategy's own `fitness`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Moran {
    /// birth-death: a parent is drawn by fitness from the group, the offspring replaces one of its models;
    /// death-birth: a random agent dies, its models compete for the place by fitness
    #[serde(default = "birth_death")]
    order: Order,
    /// how payoff becomes fitness
    #[serde(default = "linear")]
    fitness: Fitness,
    /// selection strength w, without unit; 0 is drift; linear fitness takes 0 to 1
    #[serde(default = "full")]
    selection: NonNegative,
    /// birth-death in a well-mixed group: whom the offspring replaces
    #[serde(default = "anyone")]
    victim: Victim,
}

/// What comes first.
#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Order {
    /// a parent is drawn first
    BirthDeath,
    /// a dying agent is drawn first
    DeathBirth,
}

/// How payoff becomes fitness.
#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fitness {
    /// 1 − w + w · payoff
    Linear,
    /// exp(w · payoff)
    Exponential,
}

/// Whom the offspring replaces.
#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Victim {
    /// any agent of the group, the parent included
    Anyone,
    /// any agent but the parent
    Others,
}

fn birth_death() -> Order {
    Order::BirthDeath
}

pub(super) fn linear() -> Fitness {
    Fitness::Linear
}

pub(super) fn full() -> NonNegative {
    NonNegative::checked(1.0).expect("1 is not negative")
}

fn anyone() -> Victim {
    Victim::Anyone
}

struct Process {
    replaced: Replaced,
    selection: f64,
    fitness: Fitness,
}

impl Fitness {
    /// The fitness of a payoff at selection strength `w`.
    pub(super) fn of(self, payoff: f64, w: f64) -> f64 {
        match self {
            Fitness::Linear => 1.0 - w + w * payoff,
            Fitness::Exponential => math::exp(w * payoff),
        }
    }
}

impl Spec<dyn Learning> for Moran {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        if context.clock != Clock::Asynchronous {
            let says =
                "a Moran process is one birth and one death at a time, but all agents act at once here";
            return Err(Wrong::new(says).help("set run.update = \"asynchronous\""));
        }
        let selection = self.selection.get();
        if self.fitness == Fitness::Linear && selection > 1.0 {
            let says = format!("{selection} is not between 0 and 1");
            let help = "linear fitness is 1 - w + w * payoff; or write fitness = \"exponential\"";
            return Err(Wrong::new(says).at("selection").help(help));
        }
        if self.order == Order::DeathBirth && self.victim == Victim::Others {
            let says = "`victim` is for birth-death: here the one who dies is drawn first";
            return Err(Wrong::new(says).at("victim").help("leave it out"));
        }
        let replaced = match (self.order, self.victim) {
            (Order::DeathBirth, _) => Replaced::Dead,
            (Order::BirthDeath, Victim::Anyone) => Replaced::Anyone,
            (Order::BirthDeath, Victim::Others) => Replaced::Others,
        };
        Ok(Box::new(Process { replaced, selection, fitness: self.fitness }))
    }
}

impl Learning for Process {
    fn models(&self) -> Models<'_> {
        Models::Parents(self.replaced)
    }

    fn fitness(&self, payoff: f64) -> f64 {
        self.fitness.of(payoff, self.selection)
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<Moran>(
    "moran",
    &["moran1958", "nowak2006", "ohtsuki2006b"],
    "order = \"death-birth\"\nselection = 0.1",
);
