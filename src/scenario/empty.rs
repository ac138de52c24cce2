//! The strategy of empty places, and what a world with empty places cannot have.

use super::checks::Check;
use super::sections::StrategyKeys;
use super::world::Follows;
use crate::games::Pays;
use crate::learning::Models;
use crate::passes::When;
use crate::places::EMPTY;
use crate::registry::Clock;
use crate::turnover::{BirthPlace, Change, Odds};

/// What stands for empty places: a strategy that never changes and does nothing, at so many places of each group.
pub(super) fn strategy(acts: usize, places: u64) -> Follows {
    let text = format!("name = \"{EMPTY}\"\nfixed = true\ncount = {places}");
    let keys: StrategyKeys = toml::from_str(&text).expect("these are keys of every strategy");
    Follows { keys, rule: crate::strategies::nobody(acts), learner: None }
}

impl Check<'_, '_> {
    pub(super) fn turnover(&mut self) {
        let s = self.scenario;
        if s.strategies.is_empty()
            && !self.means("strategy")
            && (s.turnover.is_some() || self.written.has_key("population", None, "empty"))
        {
            let help = "add\n\n[[strategy]]\nname = \"agent\"";
            let place = if s.turnover.is_some() { ["turnover", "kind"] } else { ["population", "empty"] };
            self.add(place, "who lives somewhere has a strategy, and this world has none", help);
        }
        if s.layout.groups() < 2 && s.changes().iter().any(|change| matches!(change, Change::Contest(..))) {
            let help = "write population.groups = 128, or remove [turnover]";
            self.add(["turnover", "kind"], "a contest of groups in a world of one group", help);
        }
        self.odds();
        self.genes();
        if s.empty.is_some() {
            self.empty_places();
            return;
        }
        for change in s.changes() {
            let key = match change {
                Change::Immigration(_) => "immigrants",
                Change::Births(_, place) if place != BirthPlace::Victim => "birth_place",
                _ => continue,
            };
            let help = "add `death_prob = 0.1` or population.empty, or write birth_place = \"victim\"";
            self.add(["turnover", key], "no place is ever empty in this world", help);
        }
    }

    fn odds(&mut self) {
        let s = self.scenario;
        for change in s.changes() {
            let (key, odds) = match &change {
                Change::Births(odds, _) => ("birth_prob", odds),
                Change::Deaths(odds) => ("death_prob", odds),
                _ => continue,
            };
            if *odds == Odds::Payoff && s.clock != Clock::Synchronous {
                let help = "set run.update = \"synchronous\", or write a number or the name of a trait";
                self.add(["turnover", key], "one by one, nobody keeps a payoff of the tick", help);
            }
        }
    }

    fn genes(&mut self) {
        let s = self.scenario;
        let Some(mutation) = &s.mutation else { return };
        if mutation.genes.is_some() && mutation.prob.is_some() {
            let says = "`prob` and `genes` both say how strategies mutate";
            self.add(["mutation", "prob"], says, "write one of them");
        }
        if mutation.genes.is_some() && mutation.when == When::Instead {
            let help = "write when = \"after\", \"birth\" or \"end\"";
            let says = "genes mutate each by itself, so nobody mutates instead of learning";
            self.add(["mutation", "genes"], says, help);
        }
        let traits = s.traits.iter().any(|(_, written)| written.mutation.is_some());
        let said = mutation.genes.is_some() || mutation.prob.is_some() || mutation.when == When::Uniform;
        if !said && !traits {
            self.add(["mutation", "prob"], "how often strategies mutate is not said", "add `prob = 0.01`");
        }
    }

    fn empty_places(&mut self) {
        let s = self.scenario;
        let many = s.game.as_ref().is_some_and(|(_, game)| matches!(game.pays(), Pays::Many(_)));
        if s.is_expected() && many {
            let help = "write pairing = \"group\", or \"matching\" with a meeting_size";
            let says = "payoffs of this game are expected over full groups, and places can be empty";
            self.add(["structure", "pairing"], says, help);
        }
        if let Some((_, rule)) = &s.learning
            && matches!(rule.models(), Models::Words(_))
        {
            let help = "leave out what makes places empty, or write learning such as imitate-better or copy";
            let says =
                "this learning is talk of words, and in empty places of this population nobody knows one";
            self.add(["learning", "kind"], says, help);
        }
        if s.in_turn().is_some() {
            let help = "leave out what makes places empty";
            self.add(["cascade", "kind"], "in a queue everyone has a turn, and places can be empty", help);
        }
        if s.rare_mutants().is_some() {
            let help = "write when = \"birth\" or \"after\"";
            let says =
                "[mutation] waits for a full, uniform group, and places of this population can be empty";
            self.add(["mutation", "when"], says, help);
        }
    }
}
