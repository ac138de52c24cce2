//! Whether a commons, and those who harvest it, fit the rest of a world.

use super::checks::Check;
use super::sections::Pairing;
use crate::games::Pays;
use crate::registry::Clock;
use crate::sanctions::Eyes;
use crate::strategies::Leaning;

impl Check<'_, '_> {
    /// A rule on which groups vote, and the stock that it is about.
    pub(super) fn voted(&mut self) {
        let s = self.scenario;
        let Some(voting) = s.voting() else { return };
        for key in ["opinions", "observers", "gossip", "judges", "assessment_error", "initial_good"] {
            if self.written.has_key("norm", None, key) {
                let says = format!("a voted rule makes no reputations: `{key}` has no meaning");
                self.add(["norm", key], says, "leave it out, or write a norm that judges acts");
            }
        }
        if s.column(&voting.column).is_some_and(|column| column.len != 1) {
            let says = format!("the trait `{}` is a list, and a vote is one number", voting.column);
            self.add(["norm", "trait"], says, "leave out the trait's `vector`");
        }
        let Some((_, game)) = &s.game else { return };
        if !matches!(game.pays(), Pays::Stock(_)) {
            let says = "a voted rule says how much one may take, and this game has no stock to take from";
            let help = "use the game commons, or a norm that judges acts, such as image-scoring";
            self.add(["norm", "kind"], says, help);
        } else if self.written.has_key("game", None, "limit") {
            let says = "[norm] lets groups vote on how much one may take, and `limit` says it too";
            self.add(["game", "limit"], says, "leave out `limit`, or the [norm]");
        }
    }

    pub(super) fn commons(&mut self) {
        let s = self.scenario;
        let stocked = s.game.as_ref().is_some_and(|(_, game)| matches!(game.pays(), Pays::Stock(_)));
        for nth in 0..s.strategies.len() {
            let harvests = matches!(
                s.strategies[nth].rule.leaning(),
                Some(Leaning::Takes(_) | Leaning::TakesShare(_) | Leaning::FairShare)
            );
            if harvests && !stocked && s.game.is_some() {
                let says = "this strategy takes from a stock, and the game has none".to_string();
                self.add_row(
                    "strategy",
                    nth,
                    "kind",
                    says,
                    "use the game commons, or another kind of strategy",
                );
            } else if stocked && !harvests {
                let says = "this strategy plays acts, but in a commons everybody harvests".to_string();
                let help = "write kind = \"harvester\" and takes = \"fair-share\", or another amount";
                self.add_row("strategy", nth, "kind", says, help);
            }
        }
        let Some((keys, _)) = s.game.as_ref().filter(|_| stocked) else { return };
        if s.clock == Clock::Asynchronous {
            let help = "set run.update = \"synchronous\"";
            self.add(
                ["game", "kind"],
                "a commons is harvested by all at once, but the clock is asynchronous",
                help,
            );
        }
        let written = [
            ("execution_error", keys.execution_error.is_some(), "nobody errs in taking"),
            ("rounds", keys.rounds.is_some(), "a stock is harvested once a tick"),
            ("continue_prob", keys.continue_prob.is_some(), "a stock is harvested once a tick"),
            ("other_regard", keys.other_regard.is_some(), "what others get is not looked at"),
        ];
        for (key, _, says) in written.into_iter().filter(|(_, written, _)| *written) {
            self.add(["game", key], format!("in a commons {says}"), "leave it out");
        }
        if s.reputations().is_some() {
            let says = "a norm judges acts towards one recipient, and a commons has none";
            let help = "use kind = \"voted\", a game of two, or a sanction that watches";
            self.add(["norm", "kind"], says, help);
        }
        for (nth, (_, sanction)) in s.sanctions.iter().enumerate() {
            if sanction.reach().eyes.iter().any(Eyes::was_there) {
                let says = "nobody meets in a commons: who takes is watched afterwards";
                let help = "use graduated or institution, or who = \"observed\"";
                self.add_row("sanction", nth, "kind", says, help);
            }
        }
        let written = s.structure.as_ref().is_some_and(|(keys, _)| keys.pairing.is_some());
        if s.pairing != Pairing::Group && (s.is_mixed() || written) {
            let help = if s.is_mixed() { "write pairing = \"group\"" } else { "leave it out" };
            self.add(["structure", "pairing"], "everybody of a group harvests its stock", help);
        }
        if s.empty.is_some() {
            let help = "leave out what makes places empty";
            self.add(["game", "kind"], "a commons is shared by a full group, and places can be empty", help);
        }
        for key in ["partners", "meeting_size", "self"] {
            if self.written.has_key("structure", None, key) {
                let says = format!("everybody of a group harvests its stock: `{key}` has no meaning");
                self.add(["structure", key], says, "leave it out");
            }
        }
    }
}
