//! Whether several sanctions of a world go together, and where a floor can hold.

use super::checks::Check;
use super::problems::quoted;
use crate::games::Pays;
use crate::registry::Clock;
use crate::sanctions::{Fee, Reach};

/// What only one sanction of a world can be, what two of them would both be, and what to write instead.
const ONCE: [(fn(&Reach) -> bool, &str, &str); 3] = [
    (Reach::inspects, "look at everybody", "write kind = \"peer\" with who = \"observed\" in one of them"),
    (
        |reach| reach.fines.len() > 1,
        "raise their fines with the offences of an agent, of which there is one number",
        "write one fine in one of them",
    ),
    (|reach| reach.bars > 0, "keep the punished out of meetings", "write kind = \"peer\" in one of them"),
];

/// Whether it takes the place of a gift.
fn of_wealth(reach: &Reach) -> bool {
    matches!(reach.fee, Fee::OfWealth { .. })
}

impl Check<'_, '_> {
    pub(super) fn several_sanctions(&mut self) {
        let s = self.scenario;
        let reaches: Vec<Reach> = s.sanctions.iter().map(|(_, sanction)| sanction.reach()).collect();
        let names: Vec<&str> =
            s.sanctions.iter().map(|(keys, _)| keys.name.as_deref().unwrap_or_default()).collect();
        for (nth, name) in names.iter().enumerate().filter(|_| names.len() > 1) {
            let snake = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            if name.is_empty() || !snake {
                let help = "add `name = \"direct\"`, in small letters, digits and _";
                self.add_row(
                    "sanction",
                    nth,
                    "name",
                    "each of several sanctions has a name of its own",
                    help,
                );
            } else if names[..nth].contains(name) {
                let says = format!("two sanctions are called {}", quoted(name));
                self.add_row("sanction", nth, "name", says, "write another name");
            }
        }
        for (is, says, help) in ONCE {
            let mut alike = (0..reaches.len()).filter(|&nth| is(&reaches[nth]));
            if let (Some(first), Some(second)) = (alike.next(), alike.next()) {
                let says = format!("{} and {} both {says}", quoted(names[first]), quoted(names[second]));
                self.add_row("sanction", second, "kind", says, help);
            }
        }
        if let Some(nth) = reaches.iter().position(of_wealth)
            && let Some(other) = (0..reaches.len()).find(|&other| other != nth)
        {
            let [own, other] = [names[nth], names[other]].map(quoted);
            let says = format!("{own} takes the place of a gift, and {other} would punish the same act");
            self.add_row("sanction", nth, "kind", says, "leave one of them out");
        }
        if !names.is_empty() && s.sanctions.iter().all(|(keys, _)| keys.whom.is_some()) {
            for nth in (0..s.strategies.len()).filter(|&nth| s.strategies[nth].keys.punishes.is_some()) {
                let says = "[sanction] already says whom everybody punishes";
                self.add_row("strategy", nth, "punishes", says, "leave one of `whom` and `punishes` out");
            }
        }
        let tempts = s.game.as_ref().is_some_and(|(_, game)| matches!(game.pays(), Pays::Tempt(_)));
        if tempts && names.len() > 1 {
            let says = format!("who sees an opportunity taken punishes by {} alone", quoted(names[0]));
            self.add_row("sanction", 1, "kind", says, "leave it out, or use a game of meetings");
        }
        for (nth, reach) in reaches.iter().enumerate() {
            self.floor(nth, reach);
        }
    }

    /// A floor, which is one of what an agent has when it is fined.
    fn floor(&mut self, nth: usize, reach: &Reach) {
        let s = self.scenario;
        if s.sanctions[nth].0.floor.is_none() {
            return;
        }
        let [says, help] = if of_wealth(reach) {
            ["a reprisal takes no more than there is", "leave it out"]
        } else if reach.eyes.iter().any(|eyes| eyes.was_there()) {
            let help = "write who = \"observed\" or kind = \"institution\", or leave it out";
            ["a fine at a meeting is part of what the meeting pays, which has no floor", help]
        } else if reach.fines.iter().any(|&fine| fine < 0.0) {
            ["a reward takes nothing", "leave it out"]
        } else if reach.back > 0.0 {
            ["what is handed back is a share of whole fines, and a floor cuts some", "leave out one of them"]
        } else if s.clock == Clock::Asynchronous || s.is_expected() {
            let help = "leave it out, or set run.update = \"synchronous\" with pairing = \"matching\"";
            [
                "a floor is one of what was earned in a tick, but payoffs are expected or evaluated one by one",
                help,
            ]
        } else {
            return;
        };
        self.add_row("sanction", nth, "floor", says, help);
    }
}
