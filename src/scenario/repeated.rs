//! Whether meetings of several rounds, in two roles, or among those who care for each other fit the rest of a world.

use super::checks::Check;
use super::numbers::NumberOrName;
use super::problems::suggest;
use crate::games::Pays;
use crate::passes::Roles;
use crate::registry::Clock;

/// Most rounds of a meeting: expected payoffs go through all of them.
const ROUNDS: u64 = 100_000;

impl Check<'_, '_> {
    pub(super) fn matches(&mut self) {
        let s = self.scenario;
        let Some((keys, game)) = &s.game else { return };
        self.lengths();
        for nth in 0..s.strategies.len() {
            if s.strategies[nth].rule.memory().is_some() && !keys.repeats() {
                let says =
                    "this strategy remembers rounds of a meeting, but meetings have one round".to_string();
                let help = "add `rounds = 10` or `continue_prob = 0.9` to the [game]";
                self.add_row("strategy", nth, "kind", says, help);
            }
        }
        self.regard();
        let (key, what) = match (keys.repeats(), &keys.other_regard, game.pays()) {
            (true, _, _) => {
                (if keys.rounds.is_some() { "rounds" } else { "continue_prob" }, "several rounds")
            }
            (false, Some(NumberOrName::Name(_)), _) => ("other_regard", "regard for the partner by a trait"),
            (false, _, Pays::Roles(_)) => ("kind", "two roles"),
            _ => return,
        };
        let (says, help) = if matches!(game.pays(), Pays::Stock(_)) {
            return;
        } else if matches!(game.pays(), Pays::Many(_)) {
            ("a game of many has no partner", "use a game of two, or leave it out")
        } else if keys.roles == Roles::DonorRecipient {
            ("donors and recipients meet once", "leave out game.roles: both act in every round")
        } else {
            return;
        };
        self.add(["game", key], format!("a game with {what} does not fit here: {says}"), help);
    }

    fn lengths(&mut self) {
        let Some((keys, _)) = &self.scenario.game else { return };
        let rounds = keys.rounds.map(|rounds| rounds.get());
        if let (Some(_), Some(_)) = (rounds, keys.continue_prob) {
            let help = "write one of them";
            self.add(
                ["game", "continue_prob"],
                "`rounds` and `continue_prob` both say how long a meeting is",
                help,
            );
        }
        if let Some(rounds) = rounds.filter(|&rounds| rounds > ROUNDS) {
            let help = format!("write at most {ROUNDS}");
            self.add(["game", "rounds"], format!("a meeting of {rounds} rounds"), help);
        }
        if keys.continue_prob.is_some_and(|prob| prob.get() > 0.9999) {
            let help = "write at most 0.9999, which is 10,000 rounds on average";
            self.add(["game", "continue_prob"], "a meeting would hardly ever end", help);
        }
        let skip = keys.skip_rounds.map_or(0, |skip| skip.get());
        if skip > 0 && rounds.unwrap_or(1) <= skip {
            let help = "write fewer than `rounds`";
            self.add(["game", "skip_rounds"], format!("no round would count after the first {skip}"), help);
        }
    }

    fn regard(&mut self) {
        let s = self.scenario;
        let Some((keys, game)) = &s.game else { return };
        let by_group = matches!(game.pays(), Pays::Roles(roles) if roles.by_group());
        if by_group && s.is_expected() {
            let help = "write pairing = \"matching\" or \"with-replacement\", or use a graph";
            self.add(
                ["game", "random"],
                "expected payoffs are those of one game, and each group has its own",
                help,
            );
        }
        let Some(NumberOrName::Name(name)) = &keys.other_regard else { return };
        if s.column(name).is_none() {
            let known: Vec<String> = s.traits.iter().map(|(column, _)| column.name.to_string()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let help = match &known[..] {
                [] => format!("add a [[trait]] with name = \"{name}\", or write a number"),
                known => suggest(name, known, "the traits are"),
            };
            self.add(["game", "other_regard"], format!("there is no trait `{name}`"), help);
        } else if s.is_expected() || s.clock == Clock::Asynchronous {
            let help = "write a number, or let agents meet on the synchronous clock, with pairing = \"matching\" or on a graph";
            let says = "expected and evaluated payoffs know strategies alone, not traits";
            self.add(["game", "other_regard"], says, help);
        }
    }
}
