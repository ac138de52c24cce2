//! Ties that have directions or weights, agent by agent.

use super::{Layout, Room};
use crate::chance::{Draws, below};
use crate::partners::{Meetings, Partners, Structure, listed, most_slots};
use crate::pass::At;
use std::ops::Range;

/// For each place whom it sees, and how much it heeds them. Every group lives on it.
pub(super) struct Weighted {
    /// places
    size: usize,
    /// the first tie of each place, and the number of all
    starts: Vec<u64>,
    /// whom each tie leads to
    to: Vec<u32>,
    /// how much each tie weighs; empty: nothing says so
    weights: Vec<f64>,
    /// how much each place heeds itself; empty: nothing says so
    own: Vec<f64>,
}

impl Weighted {
    /// From ties in the order of who sees, with their weights if there are any, and each place's own weight.
    pub(super) fn new(size: usize, ties: &[(u32, u32)], weights: Vec<f64>, own: Vec<f64>) -> Weighted {
        let start = |place: usize| ties.partition_point(|tie| (tie.0 as usize) < place) as u64;
        let starts = (0..=size).map(start).collect();
        Weighted { size, starts, to: ties.iter().map(|tie| tie.1).collect(), weights, own }
    }

    /// What so many ties of a group take.
    pub(super) fn estimate(layout: Layout, ties: u64) -> Room {
        let kept = 12 * ties + 16 * layout.group_size as u64;
        Room { kept, most: kept + 8 * ties, ends: 0 }
    }

    fn ties(&self, place: usize) -> Range<usize> {
        self.starts[place] as usize..self.starts[place + 1] as usize
    }
}

impl Meetings for Weighted {
    fn slots(&self, at: &At) -> usize {
        most_slots(self, at)
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        listed(self, at, slot, room)
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn bytes(&self) -> u64 {
        (8 * (self.starts.len() + self.weights.len() + self.own.len()) + 4 * self.to.len()) as u64
    }
}

impl Structure for Weighted {
    fn degree(&self, agent: usize) -> usize {
        self.ties(agent % self.size).len()
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        let place = agent % self.size;
        agent - place + self.to[self.ties(place).start + slot] as usize
    }

    fn weights(&self, agent: usize, room: &mut Vec<f64>) -> bool {
        let place = agent % self.size;
        room.clear();
        if !self.weights.is_empty() {
            room.push(self.own.get(place).copied().unwrap_or(0.0));
            room.extend_from_slice(&self.weights[self.ties(place)]);
        }
        !self.weights.is_empty()
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        for (out, agent) in out.iter_mut().zip(at.range()) {
            *out = match self.degree(agent) as u64 {
                0 => agent as u32,
                degree => self.partner(agent, below(draws.at(agent as u64), degree) as usize) as u32,
            };
        }
    }
}
