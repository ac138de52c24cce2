//! Empty places: which places of a structure somebody lives in, and the structure as those who live there see it.
//!
//! A world that can have empty places has one strategy more, the last: `empty`. A place with this strategy is empty. So
//! no column is needed, and a world without empty places pays nothing.

use crate::chance::{Draws, Rng, below};
use crate::columns::{Mine, Strategy, View};
use crate::groups::Group;
use crate::partners::{Meetings, Partners, Structure};
use crate::pass::{Access, At, BLOCK, Pass};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The name of the strategy that stands for empty places.
pub const EMPTY: &str = "empty";

/// Draws for somebody who lives in a group of whom few do, before one gives up and looks at nobody.
const TRIES: u64 = 64;

/// Which places somebody lives in, as the tick begins. ORDER: each task writes its own places, and they are read after
/// all have been written.
pub struct Places(Vec<AtomicBool>);

impl Places {
    /// So many empty places.
    pub fn new(agents: usize) -> Places {
        Places((0..agents).map(|_| AtomicBool::new(false)).collect())
    }

    /// Whether somebody lives in a place.
    pub fn lives(&self, agent: usize) -> bool {
        self.0[agent].load(Relaxed)
    }
}

/// Notes as a tick begins who lives where: nobody comes or leaves before Turnover.
pub struct Note {
    /// where it is noted
    pub places: Arc<Places>,
    /// the strategy of empty places
    pub empty: u8,
}

impl Pass for Note {
    fn name(&self) -> &'static str {
        "turnover/note"
    }

    fn access(&self) -> Access {
        Access::default().read::<Strategy>()
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents
    }

    fn block(&self, at: &At, view: &View, _: Mine, _: &mut [Group]) {
        let strategies = &view.col::<Strategy>()[at.range()];
        for (place, &strategy) in self.places.0[at.range()].iter().zip(strategies) {
            place.store(strategy != self.empty, Relaxed);
        }
    }
}

/// Meetings from which empty places are left out: whoever is brought together with one meets nobody.
pub struct Occupied<M: ?Sized> {
    /// with empty places
    pub ground: Arc<M>,
    /// who lives where
    pub places: Arc<Places>,
}

impl<M: Meetings + ?Sized> Meetings for Occupied<M> {
    fn slots(&self, at: &At) -> usize {
        self.ground.slots(at)
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        let mut list = [0u32; BLOCK];
        let met = self.ground.partners(at, slot, &mut list).indices(at, room);
        for (k, partner) in room[..met].iter_mut().enumerate() {
            let own = at.first + k;
            if !self.places.lives(own) || !self.places.lives(*partner as usize) {
                *partner = own as u32;
            }
        }
        Partners::Listed(&room[..met])
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn mutual(&self) -> bool {
        self.ground.mutual()
    }

    fn by_group(&self) -> bool {
        self.ground.by_group()
    }

    fn bytes(&self) -> u64 {
        self.ground.bytes()
    }
}

impl Occupied<dyn Structure> {
    /// The neighbours of an agent who live.
    fn living(&self, agent: usize) -> impl Iterator<Item = usize> {
        let all = (0..self.ground.degree(agent)).map(move |slot| self.ground.partner(agent, slot));
        all.filter(|&partner| self.places.lives(partner))
    }

    /// One of them, by 64 random bits at a time; the agent itself if there is none.
    fn draw(&self, agent: usize, mut next: impl FnMut(u64) -> u64) -> usize {
        if !self.ground.complete() {
            let n = self.living(agent).count() as u64;
            let nth = below(next(0), n) as usize;
            return self.living(agent).nth(nth).unwrap_or(agent);
        }
        let degree = self.ground.degree(agent) as u64;
        for attempt in 0..TRIES {
            let partner = self.ground.partner(agent, below(next(attempt), degree) as usize);
            if self.places.lives(partner) {
                return partner;
            }
        }
        agent
    }
}

impl Structure for Occupied<dyn Structure> {
    fn degree(&self, agent: usize) -> usize {
        self.living(agent).count()
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        self.living(agent).nth(slot).unwrap_or(agent)
    }

    fn neighbours<'a>(&'a self, agent: usize, room: &'a mut Vec<u32>) -> &'a [u32] {
        room.clear();
        room.extend(self.living(agent).map(|partner| partner as u32));
        room
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        for (out, agent) in out.iter_mut().zip(at.range()) {
            *out = match self.places.lives(agent) {
                true => self.draw(agent, |attempt| draws.number(attempt).at(agent as u64)) as u32,
                false => agent as u32,
            };
        }
    }

    fn pick_one(&self, agent: usize, rng: &mut Rng) -> usize {
        self.draw(agent, |_| crate::chance::next(rng))
    }

    fn original(&self) -> Option<&[u32]> {
        self.ground.original()
    }

    fn complete(&self) -> bool {
        self.ground.complete()
    }
}
