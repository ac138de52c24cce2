//! Interact: everybody makes up its own mind about who did what, and listens to others.

use super::deeds::Deeds;
use super::terms::{ASSESSMENT, Judged};
use crate::chance::{Draws, Stream, below, hits};
use crate::columns::{ColumnDef, Grade, Mine, View};
use crate::groups::Group;
use crate::norms::{Assesses, Norm};
use crate::pass::{Access, At, Pass};
use std::sync::Arc;

/// Who sees an act.
pub(crate) const OBSERVER: Stream = Stream::named("norm/observer");
/// Who asks another, and whom.
pub(crate) const GOSSIP: Stream = Stream::named("norm/gossip");

/// Private opinions: how they are made and passed on.
#[derive(Clone)]
pub struct Private {
    /// the table of opinions: a row an agent, with a byte for each agent of its group
    pub column: ColumnDef,
    /// how acts are judged
    pub judged: Judged,
    /// agents who see an act, as a threshold of chance; none: everybody does. Donor and recipient always do
    pub observers: Option<u64>,
    /// agents who take over another's opinion of who acted, as a threshold of chance
    pub gossip: Option<u64>,
}

/// Every agent judges what it saw by its own opinions.
pub struct Opine {
    /// how
    pub private: Private,
    /// what was done
    pub deeds: Arc<Deeds>,
}

impl Opine {
    /// The new opinions of one observer, from its `old` ones.
    fn judge(&self, at: &At, observer: usize, old: &[u8], row: &mut [u8]) {
        let start = observer / at.group_size * at.group_size;
        let (seen, errors) = (at.chance.stream(OBSERVER), at.chance.stream(ASSESSMENT));
        let pair = |draws: Draws, donor: usize| draws.pair(observer as u32, donor as u32);
        for (k, new) in row.iter_mut().enumerate() {
            let donor = start + k;
            let Some(done) = self.deeds.of(donor) else { continue };
            let party = observer == donor || observer == done.to;
            let sees = |observers| party || hits(pair(seen, donor), observers);
            if self.private.observers.is_none_or(sees) {
                *new = self.private.judged.judge(done.act, old[k], old[done.to - start], pair(errors, donor));
            }
        }
    }
}

impl Pass for Opine {
    fn name(&self) -> &'static str {
        "norm/opine"
    }

    fn access(&self) -> Access {
        Access::default().write_of(&self.private.column)
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let rows = mine.take_of::<u8>(&self.private.column).chunks_mut(at.group_size);
        let mut old = vec![0; at.group_size];
        for (observer, row) in at.range().zip(rows) {
            old.copy_from_slice(row);
            self.judge(at, observer, &old, row);
        }
    }
}

/// Agents take over what others think of those who acted.
pub struct Gossip {
    /// how
    pub private: Private,
    /// what was done
    pub deeds: Arc<Deeds>,
}

impl Pass for Gossip {
    fn name(&self) -> &'static str {
        "norm/gossip"
    }

    fn access(&self) -> Access {
        Access::default().read_of(&self.private.column).write_of(&self.private.column)
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let (size, all) = (at.group_size, view.of::<u8>(&self.private.column));
        let Some(gossip) = self.private.gossip else { return };
        let (asks, whom) = (at.chance.stream(GOSSIP).number(0), at.chance.stream(GOSSIP).number(1));
        let rows = mine.take_of::<u8>(&self.private.column).chunks_mut(size);
        for (listener, row) in at.range().zip(rows) {
            let start = listener / size * size;
            for (k, new) in row.iter_mut().enumerate() {
                let pair = |draws: Draws| draws.pair(listener as u32, (start + k) as u32);
                if self.deeds.of(start + k).is_some() && hits(pair(asks), gossip) {
                    let other = below(pair(whom), size as u64 - 1) as usize;
                    let speaker = start + other + usize::from(other >= listener - start);
                    *new = all[speaker * size + k];
                }
            }
        }
    }
}

/// Reputations that are numbers move by what was done.
pub struct Regrade {
    /// how
    pub norm: Arc<dyn Norm>,
    /// what was done
    pub deeds: Arc<Deeds>,
    /// the act that counts as help
    pub help: u8,
}

impl Pass for Regrade {
    fn name(&self) -> &'static str {
        "norm/regrade"
    }

    fn access(&self) -> Access {
        Access::default().read::<Grade>().write::<Grade>()
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let Assesses::Graded(graded) = self.norm.assesses() else { return };
        let old = view.col::<Grade>();
        for (donor, grade) in at.range().zip(mine.take::<Grade>()) {
            if let Some(done) = self.deeds.of(donor) {
                let given = f32::from(u8::from(done.act == self.help));
                *grade = graded.after(*grade, given, old[done.to]);
            }
        }
    }
}
