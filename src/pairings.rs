//! Pairings: how the agents of a well-mixed group are brought together in a tick.

use crate::chance::{Draws, Grouping, Stream, below_u32};
use crate::kernels::wide;
use crate::partners::{Meetings, Partners};
use crate::pass::{At, BLOCK};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// Who meets whom in this tick.
pub const MEETING: Stream = Stream::named("structure/meeting");

/// A random partition of each group into meetings of the same size; who is left over sits out.
pub struct Matching {
    /// agents of a group
    pub group_size: usize,
    /// agents of a meeting
    pub meeting_size: usize,
    /// whether the same meet in every tick, instead of others
    pub fixed: bool,
    /// what decides: [`MEETING`], or that of a layer
    pub stream: Stream,
}

impl Meetings for Matching {
    fn slots(&self, _: &At) -> usize {
        self.meeting_size - 1
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        let draws = if self.fixed { at.start } else { at.chance }.stream(self.stream);
        let (size, meeting) = (self.group_size as u32, self.meeting_size as u32);
        let mut places = [0u32; BLOCK];
        at.each_group(|group, block| {
            let start = (group * self.group_size) as u32;
            let places = &mut places[..block.len()];
            for (place, nth) in places.iter_mut().zip(block.clone()) {
                *place = (at.first + nth) as u32 - start;
            }
            let out = &mut room[block];
            let grouping = Grouping::new(draws, group as u64, size, meeting);
            wide!(grouping.partner(slot as u32, places, out));
            for (out, place) in out.iter_mut().zip(places) {
                *out = start + if *out == u32::MAX { *place } else { *out };
            }
        });
        Partners::Listed(&room[..at.len])
    }

    fn leaves_out(&self) -> bool {
        !self.group_size.is_multiple_of(self.meeting_size)
    }
}

/// Everyone's chosen partner of the tick. ORDER: each agent's choice is written by itself alone.
pub struct Chosen {
    partners: Vec<AtomicU32>,
    leaves_out: bool,
}

impl Chosen {
    /// Nobody has been chosen yet; `leaves_out` says whether some may find nobody.
    pub fn new(agents: usize, leaves_out: bool) -> Chosen {
        Chosen { partners: (0..agents).map(|_| AtomicU32::new(0)).collect(), leaves_out }
    }

    /// An agent's partner of the tick.
    pub fn choose(&self, agent: usize, partner: u32) {
        self.partners[agent].store(partner, Relaxed);
    }
}

impl Meetings for Chosen {
    fn slots(&self, _: &At) -> usize {
        1
    }

    fn partners<'a>(&'a self, at: &At, _: usize, room: &'a mut [u32]) -> Partners<'a> {
        for (out, chosen) in room.iter_mut().zip(&self.partners[at.range()]) {
            *out = chosen.load(Relaxed);
        }
        Partners::Listed(&room[..at.len])
    }

    fn leaves_out(&self) -> bool {
        self.leaves_out
    }

    fn mutual(&self) -> bool {
        false
    }
}

/// A random matching in pairs in which only the second of each pair has a contact, the first: who asks passes on to
/// who answers.
pub struct Asked {
    /// agents of a group
    pub group_size: usize,
}

impl Meetings for Asked {
    fn slots(&self, _: &At) -> usize {
        1
    }

    fn partners<'a>(&'a self, at: &At, _: usize, room: &'a mut [u32]) -> Partners<'a> {
        let draws = at.chance.stream(MEETING);
        let mut places = [0u32; BLOCK];
        at.each_group(|group, block| {
            let start = (group * self.group_size) as u32;
            let places = &mut places[..block.len()];
            for (place, nth) in places.iter_mut().zip(block.clone()) {
                *place = (at.first + nth) as u32 - start;
            }
            let out = &mut room[block];
            Grouping::new(draws, group as u64, self.group_size as u32, 2).first(places, out);
            out.iter_mut().for_each(|out| *out += start);
        });
        Partners::Listed(&room[..at.len])
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn mutual(&self) -> bool {
        false
    }
}

/// Everyone draws partners for oneself, with replacement, never oneself.
pub struct WithReplacement {
    /// agents of a group
    pub group_size: usize,
    /// partners that each draws
    pub partners: usize,
    /// what decides: [`MEETING`], or that of a layer
    pub stream: Stream,
}

impl WithReplacement {
    /// One partner of each agent of a block.
    pub fn draw(&self, at: &At, draws: Draws, out: &mut [u32]) {
        let others = self.group_size as u32 - 1;
        at.each_group(|group, block| {
            let start = group * self.group_size;
            let first = at.first + block.start;
            wide!({
                let agents = (first - start) as u32..;
                for ((out, agent), draw) in out[block].iter_mut().zip(agents).zip(draws.from(first as u64)) {
                    let other = below_u32(draw, others);
                    *out = start as u32 + other + u32::from(other >= agent);
                }
            });
        });
    }
}

impl Meetings for WithReplacement {
    fn slots(&self, _: &At) -> usize {
        self.partners
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        self.draw(at, at.chance.stream(self.stream).number(slot as u64), room);
        Partners::Listed(&room[..at.len])
    }

    fn mutual(&self) -> bool {
        false
    }
}
