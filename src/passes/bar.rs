//! Interact: whoever is barred meets nobody.

use crate::columns::{Excluded, Mine, View};
use crate::groups::Group;
use crate::partners::{Meetings, Partners};
use crate::pass::{Access, At, BLOCK, Pass};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Who is barred in this tick. ORDER: each agent's place is written by its own block alone, before anybody meets.
pub struct Barred(Vec<AtomicU8>);

impl Barred {
    /// Nobody yet, of so many agents.
    pub fn new(agents: usize) -> Barred {
        Barred((0..agents).map(|_| AtomicU8::new(0)).collect())
    }

    fn is(&self, agent: u32) -> bool {
        self.0[agent as usize].load(Relaxed) != 0
    }
}

/// Counts the ticks down and notes who is barred in this one.
pub struct Bar {
    /// who is
    pub barred: Arc<Barred>,
}

impl Pass for Bar {
    fn name(&self) -> &'static str {
        "sanction/bar"
    }

    fn access(&self) -> Access {
        Access::default().write::<Excluded>()
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let places = &self.barred.0[at.range()];
        for (left, place) in mine.take::<Excluded>().iter_mut().zip(places) {
            place.store(u8::from(*left > 0), Relaxed);
            *left = left.saturating_sub(1);
        }
    }
}

/// Meetings without those who are barred.
pub struct Admitted {
    /// the meetings as they would be
    pub all: Arc<dyn Meetings>,
    /// who stays out
    pub barred: Arc<Barred>,
}

impl Meetings for Admitted {
    fn slots(&self, at: &At) -> usize {
        self.all.slots(at)
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        let mut partners = [0u32; BLOCK];
        let len = self.all.partners(at, slot, room).indices(at, &mut partners);
        for (k, (out, &partner)) in room.iter_mut().zip(&partners[..len]).enumerate() {
            let agent = (at.first + k) as u32;
            *out = if self.barred.is(agent) || self.barred.is(partner) { agent } else { partner };
        }
        Partners::Listed(&room[..len])
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn mutual(&self) -> bool {
        self.all.mutual()
    }

    fn by_group(&self) -> bool {
        self.all.by_group()
    }

    fn bytes(&self) -> u64 {
        self.all.bytes()
    }
}
