//! Births, deaths, immigrants and migrants.

use super::{BirthPlace, Change, Odds, Turnover};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{NumberOrName, Prob, Whole};

/// Agents die, have offspring, arrive from outside and move, each independently, once a tick.
///
/// Offspring has its parent's strategy and inherited traits, changed as [mutation] when = "birth" and the traits'
/// `mutation` say, a payoff of 0 and everything else as at the start. Births are in random order: a place that was
/// filled is no longer empty, and who is born in a tick has no offspring in it. An immigrant has everything as at the
/// start, its strategy with the chances of the strategies' `share`, or equal ones. Migrants are shuffled over their
/// places, so that groups keep their sizes (Wright's islands).
///
/// Where places can be empty, a strategy `empty` stands for them: nobody meets or learns there, and shares and means
/// are over those who live.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct BirthDeath {
    /// probability of dying in a tick: a number, the name of a trait, or "payoff", cut to 0..1
    death_prob: Option<NumberOrName<Prob>>,
    /// probability of having offspring in a tick: a number, the name of a trait, or "payoff", cut to 0..1
    birth_prob: Option<NumberOrName<Prob>>,
    /// where offspring is born; default empty-neighbour
    birth_place: Option<BirthPlace>,
    /// agents a group who arrive in a tick in random empty places
    immigrants: Option<Whole>,
    /// probability of moving in a tick: movers change places with each other, across all groups
    migration_prob: Option<Prob>,
    /// what happens in which order; default immigration, births, deaths, migration
    order: Option<Vec<Step>>,
}

/// What happens once a tick.
#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Step {
    /// arrivals
    Immigration,
    /// offspring
    Births,
    /// deaths
    Deaths,
    /// moves
    Migration,
}

/// What happens in a tick, in order.
struct InOrder(Vec<Change>);

impl Spec<dyn Turnover> for BirthDeath {
    fn build(self, context: &Context) -> Result<Box<dyn Turnover>, Wrong> {
        let odds = |key: &'static str, written: &NumberOrName<Prob>| match written {
            NumberOrName::Number(prob) => Ok(Odds::Same(prob.get())),
            NumberOrName::Name(name) if name == "payoff" && context.acts.is_empty() => {
                let help = "add a [game], or write a number or the name of a trait";
                Err(Wrong::new("nothing pays in this world").at(key).help(help))
            }
            NumberOrName::Name(name) if name == "payoff" => Ok(Odds::Payoff),
            NumberOrName::Name(name) if context.traits.contains(name) => Ok(Odds::Trait(name.clone())),
            NumberOrName::Name(name) => {
                let help = "write a number from 0 to 1, \"payoff\", or the name of a trait";
                Err(Wrong::new(format!("there is no trait `{name}`")).at(key).help(help))
            }
        };
        let births = self.birth_prob.as_ref().map(|prob| odds("birth_prob", prob)).transpose()?;
        let deaths = self.death_prob.as_ref().map(|prob| odds("death_prob", prob)).transpose()?;
        if births.is_none() && self.birth_place.is_some() {
            let wrong = Wrong::new("nobody is born").at("birth_place");
            return Err(wrong.help("add `birth_prob = 0.1`, or leave it out"));
        }
        let place = self.birth_place.unwrap_or_default();
        let change = |step: Step| match step {
            Step::Immigration => self.immigrants.map(|n| Change::Immigration(n.get())),
            Step::Births => births.clone().map(|odds| Change::Births(odds, place)),
            Step::Deaths => deaths.clone().map(Change::Deaths),
            Step::Migration => self.migration_prob.map(|prob| Change::Migration(prob.get())),
        };
        let all = [Step::Immigration, Step::Births, Step::Deaths, Step::Migration];
        let order = self.order.clone().unwrap_or_else(|| all.to_vec());
        for step in all {
            let times = order.iter().filter(|&&other| other == step).count();
            if times > 1 || times == 0 && change(step).is_some() {
                let wrong = Wrong::new("`order` does not name each thing that happens once").at("order");
                return Err(wrong.help(
                    "leave it out, or write each of immigration, births, deaths, migration \
                                       that happens once",
                ));
            }
        }
        let changes: Vec<Change> = order.into_iter().filter_map(change).collect();
        if changes.is_empty() {
            let help = "add `death_prob`, `birth_prob`, `immigrants` or `migration_prob`";
            return Err(Wrong::new("nobody comes and nobody leaves").help(help));
        }
        Ok(Box::new(InOrder(changes)))
    }
}

impl Turnover for InOrder {
    fn changes(&self) -> Vec<Change> {
        self.0.clone()
    }
}

pub(super) const ROW: Row<dyn Turnover> = Row::of::<BirthDeath>(
    "birth-death",
    &["hammond2006", "wright1931"],
    "death_prob = 0.1\nbirth_prob = 0.2\nimmigrants = 1\nmigration_prob = 0.01",
);
