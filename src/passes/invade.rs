//! Learn: mutants that enter only where a group is uniform, the limit of rare mutation.

use super::mutate::{MUTANT, MUTATION, Mutates};
use crate::chance::{Stream, below};
use crate::columns::{Mine, Strategy, View};
use crate::groups::{Group, Tallies, Total};
use crate::pass::{Access, At, Pass};

/// Which agent of a uniform group mutates.
const PLACE: Stream = Stream::named("mutation/place");

/// Makes one agent of each uniform group a mutant, as the last thing that a synchronous tick learns.
pub struct Invade {
    /// who changes into what
    pub mutates: Mutates,
}

impl Pass for Invade {
    fn name(&self) -> &'static str {
        "mutation/invade"
    }

    fn access(&self) -> Access {
        Access::default().write::<Strategy>()
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let group = at.first / at.group_size;
        let strategy = mine.take::<Strategy>();
        let resident = strategy[0];
        if strategy.iter().any(|&other| other != resident) {
            return at.tallies.set_total(group, Total::Mixed, 1);
        }
        settled(at.tallies, group);
        let draw = |stream: Stream| at.chance.stream(stream).at(group as u64);
        if let Some(mutant) = invader(&self.mutates, resident, draw(MUTATION), draw(MUTANT)) {
            strategy[below(draw(PLACE), strategy.len() as u64) as usize] = mutant;
            invaded(at.tallies, group, resident);
        }
    }
}

/// The mutant that enters a uniform group now, if one does.
pub(super) fn invader(mutates: &Mutates, resident: u8, happens: u64, into: u64) -> Option<u8> {
    mutates.mutate(resident, happens, into).filter(|mutant| *mutant != resident)
}

/// Notes that a mutant has entered a group of residents.
pub(super) fn invaded(tallies: &Tallies, group: usize, resident: u8) {
    tallies.add_total(group, Total::Invasions(resident));
    tallies.set_total(group, Total::Mixed, 1);
}

/// Notes that a group is uniform, which it may have become since it was last looked at.
pub(super) fn settled(tallies: &Tallies, group: usize) {
    if tallies.total(group..group + 1, Total::Mixed) > 0 {
        tallies.add_total(group, Total::Fixations);
        tallies.set_total(group, Total::Mixed, 0);
    }
}
