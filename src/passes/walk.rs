//! Cascade: a whole cascade in one tick, followed from its seeds; it costs what it touches.

use super::spread::Thresholds;
use crate::cascades::{Cascade, Exposure, Walk};
use crate::chance::{Draws, Permutation, Stream, hits, threshold};
use crate::columns::{Mine, Stage, View};
use crate::groups::{Count, Group};
use crate::partners::Structure;
use crate::pass::{Access, At, Pass};
use crate::places::Places;
use std::sync::{Arc, Mutex, PoisonError};

/// Who starts a cascade.
pub(crate) const SEEDS: Stream = Stream::named("cascade/seeds");
/// Whether a try along a tie succeeds.
const TRY: Stream = Stream::named("cascade/try");

/// One cascade a group and tick.
pub struct Follow {
    /// the ties along which it goes
    pub structure: Arc<dyn Structure>,
    /// how stages follow each other
    pub rule: Arc<dyn Cascade>,
    /// thresholds of the rule, if it has any
    pub thresholds: Thresholds,
    /// seeds a group
    pub seeds: usize,
    /// whether each cascade starts on a clean population
    pub reset: bool,
    /// who lives where, where places can be empty
    pub places: Option<Arc<Places>>,
    scratch: Vec<Mutex<Scratch>>,
}

/// What one group needs to follow its cascades; nothing that could not be found again from the columns.
#[derive(Default)]
struct Scratch {
    /// agents that are not in the first stage; `None`: not known, look at the column
    touched: Option<Vec<u32>>,
    /// the number of agents that are not in the first stage; `None`: not known, look at the column
    left: Option<u64>,
    /// reached contacts of each agent
    seen: Vec<u32>,
    /// agents of which reached contacts were counted in this cascade
    counted: Vec<u32>,
    frontier: Vec<u32>,
    next: Vec<u32>,
    room: Vec<u32>,
}

impl Follow {
    /// One cascade a group and tick, from so many seeds.
    pub fn new(
        structure: Arc<dyn Structure>,
        rule: Arc<dyn Cascade>,
        thresholds: Thresholds,
        seeds: usize,
        reset: bool,
    ) -> Follow {
        Follow { structure, rule, thresholds, seeds, reset, places: None, scratch: vec![] }
    }

    /// Reaches the seeds, then wave by wave whom they reach. Returns how many were reached, in how many waves
    /// after the seeds.
    fn cascade(&self, at: &At, view: &View, stage: &mut [u8], scratch: &mut Scratch) -> (u64, u64) {
        let last = (self.rule.stages().len() - 1) as u8;
        let group = at.first / at.group_size;
        // Where places can be empty, the first in a random order who live.
        let some = if self.places.is_some() { at.len } else { self.seeds.min(at.len) };
        let mut seeds: Vec<u32> = (0..some as u32).collect();
        let draws = at.chance.stream(SEEDS);
        Permutation::new(draws, group as u64, at.len as u32).forward(&mut seeds);
        if let Some(places) = &self.places {
            seeds.retain(|&seed| places.lives(at.first + seed as usize));
            seeds.truncate(self.seeds);
        }
        scratch.frontier.clear();
        for seed in seeds {
            if stage[seed as usize] == 0 {
                stage[seed as usize] = last;
                scratch.frontier.push(seed);
            }
        }
        let mut touched = scratch.touched.take().unwrap_or_default();
        let (mut reached, mut waves) = (0, 0u64);
        let prob = match self.rule.walk() {
            Walk::Tries(prob) => Some((threshold(prob), at.chance.stream(TRY))),
            _ => None,
        };
        while !scratch.frontier.is_empty() {
            reached += scratch.frontier.len() as u64;
            touched.extend_from_slice(&scratch.frontier);
            let frontier = std::mem::take(&mut scratch.frontier);
            scratch.next.clear();
            for &agent in &frontier {
                match prob {
                    Some(tries) => self.tries(at, agent, stage, scratch, tries),
                    None => self.looks(at, view, agent, stage, scratch),
                }
            }
            for &agent in &scratch.next {
                stage[agent as usize] = last;
            }
            waves += u64::from(!scratch.next.is_empty());
            scratch.frontier = std::mem::replace(&mut scratch.next, frontier);
        }
        scratch.touched = Some(touched);
        (reached, waves)
    }

    /// An agent that has just been reached tries each contact once. Whoever is reached is marked at once, so that
    /// nobody is reached twice in a wave.
    fn tries(
        &self,
        at: &At,
        agent: u32,
        stage: &mut [u8],
        scratch: &mut Scratch,
        (prob, draws): (u64, Draws),
    ) {
        let from = at.first + agent as usize;
        for &contact in self.structure.neighbours(from, &mut scratch.room) {
            let place = contact as usize - at.first;
            if stage[place] == 0 && hits(draws.pair(from as u32, contact), prob) {
                stage[place] = u8::MAX;
                scratch.next.push(place as u32);
            }
        }
    }

    /// The contacts of an agent that has just been reached look again whether enough of theirs have.
    fn looks(&self, at: &At, view: &View, agent: u32, stage: &mut [u8], scratch: &mut Scratch) {
        if scratch.seen.is_empty() {
            scratch.seen.resize(at.len, 0);
        }
        for &contact in self.structure.neighbours(at.first + agent as usize, &mut scratch.room) {
            let place = contact as usize - at.first;
            if stage[place] != 0 {
                continue;
            }
            let seen = &mut scratch.seen[place];
            if *seen == 0 {
                scratch.counted.push(place as u32);
            }
            *seen += 1;
            let threshold = match &self.thresholds {
                Thresholds::One(threshold) => *threshold,
                Thresholds::Trait(column) => view.of::<f32>(column)[contact as usize],
            };
            let (exposed, contacts) = (*seen, self.structure.degree(contact as usize) as u32);
            let of = Exposure { stage: 0, exposed, contacts, threshold: f64::from(threshold) };
            if self.rule.next(of, 0.0) != 0 {
                stage[place] = u8::MAX;
                scratch.next.push(place as u32);
            }
        }
    }
}

impl Pass for Follow {
    fn name(&self) -> &'static str {
        "cascade/follow"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Stage>();
        match &self.thresholds {
            Thresholds::One(_) => access,
            Thresholds::Trait(column) => access.read_of(column),
        }
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        let counted = matches!(self.rule.walk(), Walk::Looks { .. });
        12 * agents + if counted { 4 * agents } else { 0 }
    }

    fn prepare(&mut self, at: &At, _: &View) {
        let groups = at.agents / at.group_size;
        self.scratch.resize_with(groups, Mutex::default);
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let stage = mine.take::<Stage>();
        let group = at.first / at.group_size;
        let mut scratch = self.scratch[group].lock().unwrap_or_else(PoisonError::into_inner);
        let scratch = &mut *scratch;
        // Who comes and goes changes what was found of its neighbours.
        if self.places.is_some() || at.tallies.count(group..group + 1, Count::Moved) > 0 {
            *scratch = Scratch::default();
        }
        if self.reset {
            let all = || (0..stage.len() as u32).filter(|&agent| stage[agent as usize] != 0).collect();
            let touched: Vec<u32> = scratch.touched.take().unwrap_or_else(all);
            for &agent in &touched {
                stage[agent as usize] = 0;
            }
            scratch.touched = Some(vec![]);
        } else if matches!(self.rule.walk(), Walk::Looks { .. }) && scratch.seen.is_empty() {
            // Contacts reached by earlier cascades count on.
            scratch.seen.resize(at.len, 0);
            for agent in (0..at.len).filter(|&agent| stage[agent] != 0) {
                let from = at.first + agent;
                for &contact in self.structure.neighbours(from, &mut scratch.room) {
                    scratch.seen[contact as usize - at.first] += 1;
                }
            }
        }
        let before = match scratch.left {
            _ if self.reset => 0,
            Some(left) => left,
            None => stage.iter().filter(|&&stage| stage != 0).count() as u64,
        };
        let (reached, waves) = self.cascade(at, view, stage, scratch);
        scratch.left = Some(before + reached);
        at.tallies.add(group, Count::Reached, reached);
        at.tallies.add(group, Count::Waves, waves);
        at.tallies.add(group, Count::Left, before + reached);
        if self.reset {
            for &agent in &scratch.counted {
                scratch.seen[agent as usize] = 0;
            }
        } else {
            scratch.touched = None;
        }
        scratch.counted.clear();
    }
}
