//! The sections of a world file that have no kinds, and the keys that every kind of a section takes.

pub use super::traits::{Drawn, Holds, How, Init, Noise, OfEach, Trait, TraitMutation, TraitStep};

use super::numbers::{Anything, Count, Finite, NonNegative, NumberOrName, OneOrMany, Prob, Whole};
use crate::passes::{Roles, To, Total, When};
use crate::planners::Price;
use crate::registry::Clock;
use crate::structures::Network;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How long the world runs, and by which clock.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// ticks, the upper limit where `until` is given; 0 makes the world and measures it
    pub ticks: Whole,
    /// seed of all chance
    #[serde(default = "one")]
    pub seed: Whole,
    /// independent worlds that `verify` runs; `run` runs the first
    #[serde(default = "one_count")]
    pub replicates: Count,
    /// when a group stops: "fixation" (one strategy left), "no-change" (a tick without a change of strategies,
    /// stages and opinions that learning moves; numbers: below 1e-9), "consensus" (opinions within 1e-9), or a condition such as "infected == 0"; asynchronous: looked at after each step where it speaks of
    /// strategies and stages alone, else after each tick
    pub until: Option<String>,
    /// how agents take turns
    #[serde(default)]
    pub update: Update,
    /// whether fused passes may replace generic ones; the result is the same
    #[serde(default = "yes")]
    pub kernels: bool,
}

impl Run {
    /// The clock of the world.
    pub fn clock(&self) -> Clock {
        match self.update {
            Update::Synchronous => Clock::Synchronous,
            Update::Asynchronous | Update::RandomOrder => Clock::Asynchronous,
        }
    }

    /// Stands for a section that could not be read, while the rest is; `update` is what was written there.
    pub(super) fn meant(update: Option<&str>) -> Run {
        let update = match update {
            Some(word) if word.starts_with('a') => Update::Asynchronous,
            Some(word) if word.starts_with('r') => Update::RandomOrder,
            _ => Update::Synchronous,
        };
        Run { ticks: one(), seed: one(), replicates: one_count(), until: None, update, kernels: true }
    }
}

/// How agents take turns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Update {
    /// all at once: everybody sees the old values
    #[default]
    Synchronous,
    /// an elementary step at a time, by random agents; as many steps as a group has agents make one tick
    Asynchronous,
    /// an elementary step at a time, by each agent once a tick, in an order that is random in every tick
    RandomOrder,
}

fn one() -> Whole {
    Whole::checked(1).expect("1 is whole")
}

fn one_count() -> Count {
    Count::checked(1).expect("1 is a count")
}

fn yes() -> bool {
    true
}

/// How many agents there are, in which groups.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// agents of all groups together
    pub agents: Option<Count>,
    /// equal groups that meet and learn only inside
    pub groups: Option<Count>,
    /// agents of a group; there are then groups times so many
    pub group_size: Option<Count>,
    /// share of the places of each group that are empty at the start; a place is then a row whose strategy is `empty`
    pub empty: Option<Prob>,
}

/// Keys of every kind of strategy.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StrategyKeys {
    /// its name, in small letters, digits and _
    pub name: String,
    /// share of each group at the start; exact, by largest remainders
    pub share: Option<Prob>,
    /// agents of each group at the start; without share and count: the rest
    pub count: Option<Whole>,
    /// where these agents stand at the start
    pub place: Option<Placing>,
    /// constant fitness, in a world without a game
    pub fitness: Option<NonNegative>,
    /// whom it punishes, where there is a [sanction]: nobody, defectors, cooperators, non-punishers, or names of
    /// strategies
    pub punishes: Option<OneOrMany<String>>,
    /// whether it never changes: a zealot, a committed agent
    #[serde(default)]
    pub fixed: bool,
}

/// Where agents stand: a word, or a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Placing {
    /// anywhere, at random
    Random,
    /// in the middle of the group
    Centre,
    /// at given places
    At(Box<PlacingAt>),
}

/// Given places: exactly one of the forms.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacingAt {
    /// columns and rows on a lattice, `[[x, y], …]`, or places in the group, `[[k], …]`; from 0
    pub cells: Option<Vec<Vec<u64>>>,
    /// all agents of this group, from 0
    pub group: Option<u64>,
    /// a CSV, TSV or Parquet file with a strategy (name or code) an agent, in agent order
    pub file: Option<String>,
    /// the file's column
    pub column: Option<String>,
}

/// Keys of every kind of structure.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StructureKeys {
    /// its name, where there are several
    pub name: Option<String>,
    /// how agents are brought together; default: all on graphs, matching where everybody can meet
    pub pairing: Option<Pairing>,
    /// partners that each draws, where pairing is with-replacement
    pub partners: Option<Count>,
    /// agents of a meeting, in agents
    pub meeting_size: Option<Count>,
    /// others among whom each chooses a partner, where pairing is choice; default 2
    pub candidates: Option<Count>,
    /// the column by which partners are chosen, the greatest value first: reputation, payoff (of the tick before), or a
    /// trait; default: reputation
    pub by: Option<String>,
    /// whether everyone also meets itself
    #[serde(default, rename = "self")]
    pub with_self: bool,
    /// whether groups have a graph each or share one
    #[serde(default)]
    pub graph: GraphOf,
}

impl StructureKeys {
    /// How agents are brought together on this structure.
    pub fn pairing_on(&self, network: &dyn Network) -> Pairing {
        self.pairing.unwrap_or(if network.is_complete() { Pairing::Matching } else { Pairing::All })
    }

    /// The column by which partners are chosen.
    pub fn chooses_by(&self) -> &str {
        self.by.as_deref().unwrap_or("reputation")
    }
}

/// How agents are brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Pairing {
    /// a random partition into meetings, anew in every tick
    Matching,
    /// each draws its own partners
    WithReplacement,
    /// everyone meets all whom it can meet; well-mixed: expected payoffs
    All,
    /// every agent and its neighbours play one game
    Neighbourhoods,
    /// the whole group plays one game
    Group,
    /// a random partition into meetings, the same in every tick
    Fixed,
    /// each meets the best of some candidates that it draws
    Choice,
}

/// Whose graph it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum GraphOf {
    /// each group draws its own
    #[default]
    PerGroup,
    /// all groups live on one
    Shared,
}

/// Keys of every kind of game.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GameKeys {
    /// the structure on which it is played, where there are several; default: the first
    pub structure: Option<String>,
    /// whether both act, or one drawn at random
    #[serde(default = "mutual")]
    pub roles: Roles,
    /// what becomes of the payoffs of several meetings
    #[serde(default = "sum")]
    pub total: Total,
    /// what everybody has besides, in payoff units a tick
    #[serde(default)]
    pub base: Option<Finite>,
    /// probability that an act goes wrong
    pub execution_error: Option<Prob>,
    /// which acts can go wrong: cooperation becomes the other act, or any act another
    #[serde(default)]
    pub errs: Errs,
    /// rounds of a meeting of two, inside which strategies remember; total = "mean" is then the mean over rounds; peers
    /// punish in every round, and who is judged or watched is known by one of them, drawn at random
    pub rounds: Option<Count>,
    /// instead of rounds: the probability that a meeting goes on after each round
    pub continue_prob: Option<Prob>,
    /// first rounds of a meeting that do not count
    pub skip_rounds: Option<Whole>,
    /// weight of the partner's payoff in one's own, a number or the name of a trait; in a game of many, of the mean
    /// payoff of the other members
    pub other_regard: Option<NumberOrName>,
}

impl GameKeys {
    /// Whether a meeting has more than one round, or may have.
    pub fn repeats(&self) -> bool {
        self.rounds.is_some_and(|rounds| rounds.get() > 1) || self.continue_prob.is_some()
    }
}

fn mutual() -> Roles {
    Roles::Mutual
}

fn sum() -> Total {
    Total::Sum
}

/// Which acts can go wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Errs {
    /// any act becomes another
    #[default]
    Both,
    /// only cooperation fails
    Cooperation,
}

/// Keys of every norm.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NormKeys {
    /// who holds opinions: everybody shares one, or each agent has its own of each of its group
    #[serde(default)]
    pub opinions: Opinions,
    /// private opinions: share of agents who see an act, 0 to 1; donor and recipient always do; default: 1
    pub observers: Option<Prob>,
    /// private opinions: after each act, the share of agents who take over what a random other of the group now thinks
    /// of who acted, 0 to 1
    pub gossip: Option<Prob>,
    /// what is judged: acts, or acts and sanctions (punishing counts as refusing help, to the standing of the punished)
    #[serde(default = "acts")]
    pub judges: Vec<Judges>,
    /// probability that a judgement comes out the other way; private: for each observer
    pub assessment_error: Option<Prob>,
    /// share of good reputations at the start; where reputations are numbers: what everybody starts with, default: not
    /// known
    pub initial_good: Option<Prob>,
}

fn acts() -> Vec<Judges> {
    vec![Judges::Acts]
}

/// What a norm judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Judges {
    /// what was done towards the recipient
    Acts,
    /// who punished whom: as if help had been refused
    Sanctions,
}

/// Who holds opinions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Opinions {
    /// everybody sees the same reputation
    #[default]
    Public,
    /// each agent judges for itself: a table of `group_size`² bytes a group
    Private,
}

/// Keys of every sanction.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SanctionKeys {
    /// which of several sanctions it is, `[[sanction]]`, in small letters, digits and _; they run in the order of the file,
    /// each with draws of its own
    pub name: Option<String>,
    /// whom everybody punishes (rewards, excludes), in the words of a strategy's `punishes`; default: whom the
    /// strategies say
    pub whom: Option<OneOrMany<String>>,
    /// the strategies that carry it out; default: all that punish somebody
    pub by: Option<OneOrMany<String>>,
    /// probability that who would punish an act that it saw does: a number, or a trait of the punisher
    pub punish_prob: Option<NumberOrName<Prob>>,
    /// probability that who was there sees an act
    pub seen_prob: Option<Prob>,
    /// per act: fines and fees as written; per capita: divided by the number of agents of a group
    #[serde(default)]
    pub scale: Scale,
    /// the least that its fines leave, in payoff units: who has less pays nothing; of sanctions by those who were not at
    /// the meeting, in whole ticks; default: none
    pub floor: Option<Finite>,
}

/// What fines and fees are written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// an act
    #[default]
    PerAct,
    /// an act, divided by the number of agents of a group
    PerCapita,
}

/// Keys of every turnover: none.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnoverKeys {}

/// Keys of every kind of learning.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LearningKeys {
    /// the structure from which models come, where there are several; default: that of the game
    pub structure: Option<String>,
    /// from whom agents learn; default: neighbours on a graph, else the group
    pub models: Option<ModelsFrom>,
    /// probability that an agent learns at all in an event
    pub revise_prob: Option<Prob>,
    /// probability that the model is an agent of another group, any of them
    pub outside_prob: Option<Prob>,
    /// ticks between learning events; payoffs add up in between
    pub every: Option<Count>,
    /// which payoffs are compared; default: accumulated (synchronous), fresh (asynchronous)
    pub payoff: Option<WhichPayoff>,
    /// what is taken over from a model: "strategy" (default), "traits" (all that are inherited), "both", or names of
    /// traits
    pub copies: Option<OneOrMany<String>>,
    /// what else starts anew after a learning event, beside payoffs: reputations that are numbers
    #[serde(default)]
    pub resets: OneOrMany<Resets>,
}

/// What starts anew after a learning event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Resets {
    /// what agents are known for
    Reputation,
}

/// From whom agents learn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ModelsFrom {
    /// neighbours on the structure
    Neighbours,
    /// anybody of the group
    Group,
    /// the partners of the tick's meeting
    Meeting,
    /// the same as group, in a world of one group
    All,
}

/// Which payoffs are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhichPayoff {
    /// evaluated for learner and model at the elementary step
    Fresh,
    /// earned since the last learning
    Accumulated,
}

/// Random change of strategies.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mutation {
    /// probability an agent and learning event; with when = "uniform" a group and step or tick, default 1
    pub prob: Option<Prob>,
    /// instead of `prob`: keys of strategies that mutate each by itself, with their probabilities, `{ to_in = 0.005 }`
    pub genes: Option<BTreeMap<String, Prob>>,
    /// into which strategies
    #[serde(default = "other")]
    pub to: To,
    /// in place of learning, after it, in uniform groups only, at birth, or as the last thing of a tick
    #[serde(default = "instead")]
    pub when: When,
}

fn other() -> To {
    To::Other
}

fn instead() -> When {
    When::Instead
}

/// Keys of every cascade.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CascadeKeys {
    /// who starts: a number of agents a group, { share = …, into = … }, { file = …, column = … }, or a selector
    /// such as { highest = "degree", count = 10 }
    #[serde(default)]
    pub initial: Initial,
    /// how much happens in a tick
    #[serde(default)]
    pub per_tick: PerTick,
    /// whether every cascade starts on a clean population
    #[serde(default)]
    pub reset: bool,
    /// along what it spreads: neighbours, meeting (of the tick), or structures by name, each with the probability that a
    /// contact there counts in a tick: { household = 1.0, work = 0.2 }
    #[serde(default)]
    pub contact: Contact,
    /// in meetings of two: who can pass it on
    #[serde(default)]
    pub direction: Direction,
}

/// Who starts a cascade.
#[derive(Clone, Debug, PartialEq)]
pub struct Initial {
    /// agents a group; none: a share
    pub count: Option<u64>,
    /// share of each group
    pub share: Option<f64>,
    /// the stage that they enter; none: the first reached by contact
    pub into: Option<String>,
    /// who they are, where not anybody: a selector, with `count` and `share` as above
    pub who: Option<Selector>,
    /// a file with a stage an agent, instead of all others
    pub file: Option<String>,
    /// the file's column
    pub column: Option<String>,
}

impl Initial {
    /// Nobody yet.
    pub(super) fn none() -> Initial {
        Initial { count: None, share: None, into: None, who: None, file: None, column: None }
    }
}

impl Default for Initial {
    fn default() -> Self {
        Initial { count: Some(1), ..Initial::none() }
    }
}

/// How much of a cascade happens in a tick.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PerTick {
    /// one wave
    #[default]
    Generation,
    /// a whole cascade, from new seeds
    Cascade,
}

/// Along what a cascade spreads: a word, or a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Contact {
    /// all ties of all structures
    #[default]
    Neighbours,
    /// the meetings of the tick
    Meeting,
    /// the ties of named structures, each with the probability that a contact there counts in a tick
    Layers(BTreeMap<String, Prob>),
}

/// Keys of every planner.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlannerKeys {
    /// the parameter that it sets, in each group by itself, before the tick's actor acts
    pub sets: PlannerSets,
    /// what it sees
    #[serde(default)]
    pub sees: PlannerSees,
    /// least and greatest value that it may set
    pub range: [Finite; 2],
    /// what values cost it; default: nothing
    pub cost: Option<Price>,
}

/// What a planner can set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum PlannerSets {
    /// how often private signals are right
    #[serde(rename = "cascade.signal_accuracy")]
    SignalAccuracy,
}

/// What a planner can see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlannerSees {
    /// the probability that to adopt is right, given all acts so far
    #[default]
    PublicBelief,
}

/// Who of two who meet can pass something on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// either
    #[default]
    Both,
    /// the first, drawn at random, to the second
    FirstToSecond,
}

/// Something that happens to the world from outside.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Intervention {
    /// its name, for events
    pub name: Option<String>,
    /// the tick, before anything else of it happens
    pub at: Option<Count>,
    /// instead of `at`: every so many ticks
    pub every: Option<Count>,
    /// first tick of `every`
    pub from: Option<Count>,
    /// last tick of `every`
    pub until: Option<Count>,
    /// set: for so many ticks, then undone; default: for good
    #[serde(rename = "for")]
    pub lasts: Option<Count>,
    /// false: as if it were not written
    #[serde(default = "yes")]
    pub enabled: bool,
    /// whom it reaches; default: everybody
    pub who: Option<Selector>,
    /// deed: sets the parameter at this path, to `to`
    pub set: Option<String>,
    /// deed: what agents do
    #[serde(rename = "do")]
    pub deed: Option<Deed>,
    /// adopt: the strategy
    pub strategy: Option<String>,
    /// put: the trait
    #[serde(rename = "trait")]
    pub trait_: Option<String>,
    /// set and put: the new value
    pub to: Option<Anything>,
    /// put: what is added
    pub add: Option<Finite>,
    /// set and put: by what the value is multiplied
    pub times: Option<Finite>,
    /// set: the parameter goes evenly from the first to the second value in `for` ticks, and stays there
    pub ramp: Option<[Finite; 2]>,
    /// move: the stage of the cascade that agents enter
    pub stage: Option<String>,
    /// isolate: the ways of contact that end, by the names of their structures; default: all
    pub layers: Option<Vec<String>>,
}

/// What an intervention does to agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// agents take a strategy
    Adopt,
    /// agents enter a stage of the cascade
    Move,
    /// agents leave the world, and their places are empty
    Remove,
    /// agents keep strategy, stage and traits, as long as they fit the selector, for `for` ticks or for good
    Freeze,
    /// agents whom a freeze above holds are let go, as long as they fit the selector, for `for` ticks or for good
    Unfreeze,
    /// agents have no contacts, as long as they fit the selector, for `for` ticks or for good
    Isolate,
    /// a trait gets a value
    Put,
}

/// Which agents: all conditions together, then a random number of those.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Selector {
    /// agents of this strategy
    pub strategy: Option<String>,
    /// agents in this stage of the cascade
    pub stage: Option<String>,
    /// agents of this group, from 0
    pub group: Option<u64>,
    /// so many of each group
    pub count: Option<u64>,
    /// this share of each group
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: Option<f64>,
    /// each with this probability, a number or a trait
    pub prob: Option<NumberOrName<Prob>>,
    /// of those, the `count` or `share` with the highest value of this trait, of payoff or of degree; chance decides
    /// between equals
    pub highest: Option<String>,
    /// the same with the lowest value
    pub lowest: Option<String>,
    /// neighbours, on the structure, of the agents that this selects
    pub neighbours_of: Option<Box<Selector>>,
    /// agents with this value of a trait, or with one between the two, both counted
    #[serde(flatten)]
    pub traits: BTreeMap<String, OneOrMany<Finite>>,
}

/// What is kept of the run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// ticks between rows of metrics.parquet; 0: only the first and the last
    #[serde(default = "one")]
    pub metrics_every: Whole,
    /// further metrics, by name or as expressions
    #[serde(default)]
    pub metrics: Vec<String>,
    /// metrics of each group in outcomes.parquet as the run ends, by name or as expressions
    #[serde(default)]
    pub outcomes: Vec<String>,
    /// ticks between snapshots; 0: none
    #[serde(default = "zero")]
    pub snapshot_every: Whole,
    /// columns of snapshots; default: strategy and what the rules write
    pub columns: Option<Vec<String>>,
    /// rows of a snapshot part
    #[serde(default = "part_rows")]
    pub part_rows: Count,
    /// kinds of events that are written
    #[serde(default)]
    pub events: Vec<EventKind>,
    /// minutes of wall time between checkpoints
    #[serde(default = "ten")]
    pub checkpoint_minutes: NonNegative,
    /// ticks between checkpoints; 0: by time alone
    #[serde(default = "zero")]
    pub checkpoint_every: Whole,
}

impl Default for Record {
    fn default() -> Self {
        Record {
            metrics_every: one(),
            metrics: vec![],
            outcomes: vec![],
            snapshot_every: zero(),
            columns: None,
            part_rows: part_rows(),
            events: vec![],
            checkpoint_minutes: ten(),
            checkpoint_every: zero(),
        }
    }
}

fn zero() -> Whole {
    Whole::checked(0).expect("0 is whole")
}

fn ten() -> NonNegative {
    NonNegative::checked(10.0).expect("10 is not negative")
}

/// Rows of a snapshot part by default: some 100 MB of a few columns.
fn part_rows() -> Count {
    Count::checked(1 << 24).expect("a count")
}

/// What is written to events.parquet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EventKind {
    /// whole cascades: a row a cascade with its size and one with its depth in waves; by generation: a row a wave with
    /// how many left the first stage in it
    Cascades,
    /// a row an intervention, with how many agents it reached
    Interventions,
    /// a row a group that stops
    Groups,
}

/// A named variant of the world.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// its name
    pub name: String,
    /// paths and their values; false removes a section or a row
    pub set: BTreeMap<String, Anything>,
}
