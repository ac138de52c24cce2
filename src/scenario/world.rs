//! A world that has been read and checked: what the rest of mores works from.

use super::expression::Expression;
use super::layers::Layer;
use super::sections::{
    CascadeKeys, Case, GameKeys, Intervention, LearningKeys, Mutation, NormKeys, Opinions, Pairing,
    PlannerKeys, Record, Run, SanctionKeys, StrategyKeys, StructureKeys, Trait,
};
use crate::cascades::{Cascade, Signals, Walk};
use crate::columns::{ColumnDef, Dtype};
use crate::games::{Game, Pays};
use crate::learning::{Learning, Models};
use crate::measures::MeasureKeys;
use crate::norms::{Assesses, Norm, Voting};
use crate::passes::Genes;
use crate::passes::When;
use crate::planners::{Planner, Plant, Policy, Task};
use crate::population::Place;
use crate::registry::Clock;
use crate::sanctions::Sanction;
use crate::strategies::Strategy;
use crate::structures::{Layout, Network};
use crate::turnover::{Change, Turnover};
use crate::verify::Expectation;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// A checked world.
pub struct Scenario {
    /// `donation`: the name of the built-in world, or of the file
    pub name: String,
    /// one line that says what the world is about
    pub title: String,
    /// keys of REFERENCES.bib
    pub source: Vec<String>,
    /// the world file with everything that the command line changed
    pub text: String,
    /// where relative paths start
    pub folder: PathBuf,
    /// `[run]`
    pub run: Run,
    /// the clock
    pub clock: Clock,
    /// sizes
    pub layout: Layout,
    /// `[[strategy]]`, codes in the order of the file
    pub strategies: Vec<Follows>,
    /// agents of each group with each strategy at the start
    pub numbers: Vec<usize>,
    /// where they stand
    pub places: Vec<Place>,
    /// strategies of all agents, read from a file
    pub listed: Option<Vec<u8>>,
    /// `[[trait]]`
    pub traits: Vec<(ColumnDef, Trait)>,
    /// `[structure]`
    pub structure: Option<(StructureKeys, Box<dyn Network>)>,
    /// the other structures of a world with several
    pub further: Vec<Layer>,
    /// how agents are brought together
    pub pairing: Pairing,
    /// `[game]`
    pub game: Option<(GameKeys, Arc<dyn Game>)>,
    /// `[norm]`
    pub norm: Option<(NormKeys, Arc<dyn Norm>)>,
    /// `[sanction]`, one or several, in the order of the file
    pub sanctions: Vec<(SanctionKeys, Box<dyn Sanction>)>,
    /// `[learning]`
    pub learning: Option<(LearningKeys, Arc<dyn Learning>)>,
    /// `[mutation]`
    pub mutation: Option<Mutation>,
    /// the parts of which strategies are made, where each mutates by itself
    pub genes: Option<Genes>,
    /// `[turnover]`
    pub turnover: Option<Box<dyn Turnover>>,
    /// the strategy of empty places, the last, in a world that can have some
    pub empty: Option<u8>,
    /// `[cascade]`
    pub cascade: Option<(CascadeKeys, Arc<dyn Cascade>)>,
    /// stages of all agents at the start, read from a file
    pub staged: Option<Vec<u8>>,
    /// `[planner]`
    pub planner: Option<(PlannerKeys, Box<dyn Planner>)>,
    /// what the planner sets, once it has been asked for
    pub(super) policy: OnceLock<Option<Arc<Policy>>>,
    /// `[[intervention]]`
    pub interventions: Vec<Intervention>,
    /// `[record]`
    pub record: Record,
    /// `[[measure]]`
    pub measures: Vec<MeasureKeys>,
    /// `[[case]]`
    pub cases: Vec<Case>,
    /// `[[expect]]`; empty in a world with a parameter changed
    pub expects: Vec<Expectation>,
    /// `run.until`
    pub until: Option<Until>,
    /// remarks that are no problems: a default that decides a result, what was dropped from a file
    pub remarks: Vec<String>,
}

/// One strategy of a world.
pub struct Follows {
    /// keys that every kind takes
    pub keys: StrategyKeys,
    /// what it does
    pub rule: Box<dyn Strategy>,
    /// the learner of which it is a policy, by the code of the learner's first policy
    pub learner: Option<u8>,
}

/// What the reputations of a world are.
#[derive(Clone)]
pub enum Reputations {
    /// good or bad, the same for everybody
    Public,
    /// good or bad in the eyes of each: a row of a byte for each agent of the group
    Private(ColumnDef),
    /// numbers, the same for everybody
    Graded,
}

/// When a group stops.
#[derive(Clone, Debug)]
pub enum Until {
    /// one strategy is left
    Fixation,
    /// a tick changes no strategy and no stage, and no opinion by 1e-9
    NoChange,
    /// everybody holds the same opinion
    Consensus,
    /// a condition holds
    Holds(Expression),
}

impl Scenario {
    /// Names of the strategies in the order of their codes.
    pub fn strategy_names(&self) -> Vec<String> {
        self.strategies.iter().map(|follows| follows.keys.name.clone()).collect()
    }

    /// Names of the stages of the cascade; empty without one.
    pub fn stages(&self) -> Vec<String> {
        self.cascade.as_ref().map_or_else(Vec::new, |(_, rule)| rule.stages())
    }

    /// Names of the acts of the game; empty without one.
    pub fn acts(&self) -> Vec<String> {
        self.game.as_ref().map_or_else(Vec::new, |(_, game)| game.acts())
    }

    /// The code of the act that counts as cooperation.
    pub fn cooperation(&self) -> Option<u8> {
        self.game.as_ref().and_then(|(_, game)| game.cooperation())
    }

    /// The column of a trait.
    pub fn column(&self, name: &str) -> Option<ColumnDef> {
        self.traits.iter().find(|(column, _)| *column.name == *name).map(|(column, _)| column.clone())
    }

    /// What its reputations are, where acts are judged.
    pub fn reputations(&self) -> Option<Reputations> {
        let (keys, norm) = self.norm.as_ref()?;
        match norm.assesses() {
            Assesses::Graded(_) => Some(Reputations::Graded),
            Assesses::Standing(_) if keys.opinions == Opinions::Private => {
                let size = self.layout.group_size;
                Some(Reputations::Private(ColumnDef::of_lists::<0>("opinions", Dtype::U8, size)))
            }
            Assesses::Standing(_) => Some(Reputations::Public),
            Assesses::Rule(_) => None,
        }
    }

    /// The rule on which groups vote, if they do.
    pub fn voting(&self) -> Option<&Voting> {
        match self.norm.as_ref()?.1.assesses() {
            Assesses::Rule(voting) => Some(voting),
            Assesses::Standing(_) | Assesses::Graded(_) => None,
        }
    }

    /// Whether help is counted by strategy: the world speaks of `given_` or `received_`.
    pub fn counts_help(&self) -> bool {
        let asks = ["given_", "received_"].iter().any(|name| self.text.contains(name));
        asks && self.reputations().is_some() && self.game.is_some()
    }

    /// Whether everybody of a group can meet everybody: there is no structure, or a well-mixed one.
    pub fn is_mixed(&self) -> bool {
        self.structure.as_ref().is_none_or(|(_, network)| network.is_complete())
    }

    /// Whether the payoffs of the game are expected over everybody of the group.
    pub fn is_expected(&self) -> bool {
        self.is_mixed() && self.pairing == Pairing::All
    }

    /// Whether payoffs are kept by pair of strategies: the world asks for `payoff_<strategy>_vs_<strategy>`, and pairs of
    /// agents meet one by one.
    pub fn keeps_pairs(&self) -> bool {
        let asks = ["payoff_matrix", "_vs_"].iter().any(|name| self.text.contains(name));
        let pays = self.game.as_ref().is_some_and(|(_, game)| !matches!(game.pays(), Pays::Many(_)));
        asks && pays && self.clock == Clock::Synchronous
    }

    /// Random change that reaches uniform groups only.
    pub fn rare_mutants(&self) -> Option<&Mutation> {
        self.mutation.as_ref().filter(|mutation| mutation.when == When::Uniform)
    }

    /// Ticks between learning events.
    pub fn learns_every(&self) -> u64 {
        let every = self.learning.as_ref().and_then(|(keys, _)| keys.every);
        every.map_or(1, |every| every.get())
    }

    /// How agents act in turn, if they do.
    pub fn in_turn(&self) -> Option<Signals> {
        match self.cascade.as_ref()?.1.walk() {
            Walk::InTurn(signals) => Some(signals),
            _ => None,
        }
    }

    /// What the planner sets by what it sees, where there is one.
    pub fn policy(&self) -> Option<Arc<Policy>> {
        let settle = || {
            let (keys, planner) = self.planner.as_ref()?;
            let (signals, price) = (self.in_turn()?, keys.cost);
            let task = Task { plant: &signals, price, range: keys.range.map(|end| end.get()) };
            let telling = move |belief: f64| signals.telling(belief);
            Some(Arc::new(planner.policy(&task).priced(price, telling)))
        };
        self.policy.get_or_init(settle).clone()
    }

    /// Whether the passes of a cascade by generation count how many each wave reaches.
    pub fn counts_waves(&self) -> bool {
        let wanted = self.record.events.contains(&super::sections::EventKind::Cascades);
        let sweeps = self.cascade.is_some() && !self.follows_cascades() && self.in_turn().is_none();
        wanted && sweeps && self.clock == Clock::Synchronous
    }

    /// Whether one tick of the cascade is a whole cascade.
    pub fn follows_cascades(&self) -> bool {
        let whole = |keys: &CascadeKeys| keys.per_tick == super::sections::PerTick::Cascade;
        self.cascade.as_ref().is_some_and(|(keys, _)| whole(keys))
    }

    /// What turnover does, in its order.
    pub fn changes(&self) -> Vec<Change> {
        self.turnover.as_ref().map_or_else(Vec::new, |turnover| turnover.changes())
    }

    /// Whether learning looks at what somebody earned, or would earn.
    pub fn looks_at_payoffs(&self) -> bool {
        let looks = |rule: &dyn Learning| rule.compares() || matches!(rule.models(), Models::Parents(_));
        self.learning.as_ref().is_some_and(|(_, rule)| looks(&**rule))
    }

    /// Whether strategies change at random although nobody learns them, in the phase of learning.
    pub fn drifts(&self) -> bool {
        let learnt = |rule: &dyn Learning| !matches!(rule.models(), Models::Opinions(_) | Models::Words(_));
        self.mutation
            .as_ref()
            .is_some_and(|mutation| mutation.when.is_of_learning() || mutation.when == When::Uniform)
            && !self.learning.as_ref().is_some_and(|(_, rule)| learnt(&**rule))
    }

    /// Whether somebody is born.
    pub fn has_births(&self) -> bool {
        self.changes().iter().any(|change| matches!(change, Change::Births(..)))
    }

    /// Whether a learner takes over the strategy of its model.
    pub fn copies_strategy(&self) -> bool {
        let copies = self.learning.as_ref().and_then(|(keys, _)| keys.copies.as_ref());
        copies.is_none_or(|copies| copies.as_slice().iter().any(|word| word == "strategy" || word == "both"))
    }

    /// Whether a learner takes over this trait of its model.
    pub fn copies_trait(&self, nth: usize) -> bool {
        let (column, written) = &self.traits[nth];
        let copies = self.learning.as_ref().and_then(|(keys, _)| keys.copies.as_ref());
        copies.is_some_and(|copies| {
            let all = |word: &String| matches!(word.as_str(), "traits" | "both") && written.inherited;
            copies.as_slice().iter().any(|word| all(word) || **word == *column.name)
        })
    }
}
