//! Whether the ways in which agents are brought together fit the structure, the game and the clock.

use super::checks::Check;
use super::problems::{listed, quoted};
use super::sections::{Pairing, StructureKeys};
use crate::assemble::sanctioning;
use crate::registry::Clock;

/// Most agents of a group whose fines are counted: they are counted in 16 bits.
const FINES: usize = u16::MAX as usize;

/// Most agents of a group in which everybody looks at everybody.
const PAIRS: usize = 256;

impl Check<'_, '_> {
    /// What the check of meetings leaves: directions, groups that play together, partners that stay or are chosen.
    pub(super) fn pairings(&mut self) {
        let s = self.scenario;
        let Some((keys, network)) = &s.structure else { return };
        let place = ["structure", if keys.pairing.is_some() { "pairing" } else { "kind" }];
        if network.is_directed() && s.game.is_some() {
            let help = "use a structure whose ties go both ways, such as ring or edge-list";
            self.add(
                place,
                "a game has two sides, but on this structure some see others who do not see them",
                help,
            );
        }
        if network.is_directed() && s.follows_cascades() {
            let help = "write per_tick = \"generation\"";
            self.add(["cascade", "per_tick"], "a whole cascade needs ties that go both ways", help);
        }
        let asynchronous = s.clock == Clock::Asynchronous && s.game.is_some();
        let help = match s.pairing {
            Pairing::Group => "write pairing = \"all\" with the size of a group as meeting_size",
            Pairing::Fixed => "use kind = \"cliques\", whose members meet all others of their clique",
            _ => "write pairing = \"with-replacement\"",
        };
        if asynchronous && matches!(s.pairing, Pairing::Group | Pairing::Fixed | Pairing::Choice) {
            self.add(place, "this pairing brings all together at once, but the clock is asynchronous", help);
        }
        let counted = sanctioning::by_numbers(s);
        let most = if counted { FINES } else { PAIRS };
        if s.pairing == Pairing::Group && s.sanction.is_some() && s.layout.group_size > most {
            let help = format!("use groups of at most {most} agents, or remove the [sanction]");
            let says = "everybody of a large group would punish everybody";
            self.add(place, says, help);
        }
        self.chosen(keys);
    }

    fn chosen(&mut self, keys: &StructureKeys) {
        let s = self.scenario;
        if s.pairing != Pairing::Choice {
            for (key, written) in [("candidates", keys.candidates.is_some()), ("by", keys.by.is_some())] {
                if written {
                    let help = "write pairing = \"choice\", or leave it out";
                    self.add(["structure", key], format!("`{key}` is for partners that are chosen"), help);
                }
            }
            return;
        }
        if keys.candidates.is_some_and(|candidates| candidates.get() > 1_000) {
            self.add(["structure", "candidates"], "more than 1,000 candidates", "write a smaller number");
        }
        let columns = crate::assemble::columns(s);
        let known: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
        let by = keys.chooses_by();
        if !known.contains(&by) {
            let says = format!("partners are chosen by {}, which this world has not", quoted(by));
            let help = format!("write `by` with one of {}, or add a [norm]", listed(&known, "and"));
            self.add(["structure", if keys.by.is_some() { "by" } else { "pairing" }], says, help);
        }
    }
}
