//! Whether a commons, and those who harvest it, fit the rest of a world.

use super::checks::Check;
use super::sections::Pairing;
use crate::games::Pays;
use crate::registry::Clock;
use crate::sanctions::Eyes;
use crate::strategies::Leaning;

impl Check<'_, '_> {
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
        if s.norm.is_some() {
            let says = "a norm judges acts towards one recipient, and a commons has none";
            self.add(["norm", "kind"], says, "use a game of two, or a sanction that watches");
        }
        if let Some((_, sanction)) = &s.sanction
            && sanction.reach().eyes.iter().any(|eyes| matches!(eyes, Eyes::Meeting | Eyes::Partner))
        {
            let help = "use graduated or institution, or who = \"observed\"";
            self.add(
                ["sanction", "kind"],
                "nobody meets in a commons: who takes is watched afterwards",
                help,
            );
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
