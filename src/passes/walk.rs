//! Cascade: a whole cascade in one tick, followed from its seeds; it costs what it touches.

use super::spread::Thresholds;
use crate::cascades::{Cascade, Exposure, Walk};
use crate::chance::{Draws, Permutation, Stream, hits, threshold};
use crate::columns::{Mine, Stage, View};
use crate::groups::{Count, Group};
use crate::partners::Structure;
use crate::pass::{Access, At, Pass};
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
    scratch: Vec<Mutex<Scratch>>,
}

/// What one group needs to follow its cascades; nothing that could not be found again from the columns.
#[derive(Default)]
struct Scratch {
    /// agents that are not in the first stage; `None`: not known, look at the column
    touched: Option<Vec<u32>>,
    /// reached contacts of each agent, all 0 between cascades
    seen: Vec<u32>,
    frontier: Vec<u32>,
    next: Vec<u32>,
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
        Follow { structure, rule, thresholds, seeds, reset, scratch: vec![] }
    }

    /// Reaches the seeds, then wave by wave whom they reach. Returns how many were reached.
    fn cascade(&self, at: &At, view: &View, stage: &mut [u8], scratch: &mut Scratch) -> u64 {
        let last = (self.rule.stages().len() - 1) as u8;
        let group = at.first / at.group_size;
        let mut seeds: Vec<u32> = (0..self.seeds.min(at.len) as u32).collect();
        let draws = at.chance.stream(SEEDS);
        Permutation::new(draws, group as u64, at.len as u32).forward(&mut seeds);
        scratch.frontier.clear();
        for seed in seeds {
            if stage[seed as usize] == 0 {
                stage[seed as usize] = last;
                scratch.frontier.push(seed);
            }
        }
        let touched = scratch.touched.get_or_insert_default();
        let mut reached = 0;
        let tries = at.chance.stream(TRY);
        while !scratch.frontier.is_empty() {
            reached += scratch.frontier.len() as u64;
            touched.extend_from_slice(&scratch.frontier);
            scratch.next.clear();
            for &agent in &scratch.frontier {
                self.reach(at, view, agent, stage, &mut scratch.seen, &mut scratch.next, tries);
            }
            for &agent in &scratch.next {
                stage[agent as usize] = last;
            }
            std::mem::swap(&mut scratch.frontier, &mut scratch.next);
        }
        reached
    }

    /// What an agent that has just been reached does to its contacts.
    #[expect(clippy::too_many_arguments, reason = "the parts of one scratch, borrowed side by side")]
    fn reach(
        &self,
        at: &At,
        view: &View,
        agent: u32,
        stage: &mut [u8],
        seen: &mut Vec<u32>,
        next: &mut Vec<u32>,
        tries: Draws,
    ) {
        let from = at.first + agent as usize;
        let prob = match self.rule.walk() {
            Walk::Tries(prob) => Some(threshold(prob)),
            _ => None,
        };
        for slot in 0..self.structure.degree(from) {
            let contact = self.structure.partner(from, slot);
            let place = contact - at.first;
            if stage[place] != 0 {
                continue;
            }
            let reached = match prob {
                Some(prob) => hits(tries.pair(from as u32, contact as u32), prob),
                None => {
                    if seen.is_empty() {
                        seen.resize(at.len, 0);
                    }
                    seen[place] += 1;
                    let threshold = match &self.thresholds {
                        Thresholds::One(threshold) => *threshold,
                        Thresholds::Trait(column) => view.of::<f32>(column)[contact],
                    };
                    let (exposed, contacts) = (seen[place], self.structure.degree(contact) as u32);
                    let of = Exposure { stage: 0, exposed, contacts, threshold: f64::from(threshold) };
                    self.rule.next(of, 0.0) != 0
                }
            };
            if reached {
                // Marked at once, so that nobody is reached twice in a wave.
                stage[place] = u8::MAX;
                next.push(place as u32);
            }
        }
    }

    /// Forgets the contacts that were counted around the agents of a cascade.
    fn forget(&self, at: &At, touched: &[u32], seen: &mut [u32]) {
        if seen.is_empty() {
            return;
        }
        for &agent in touched {
            let from = at.first + agent as usize;
            for slot in 0..self.structure.degree(from) {
                seen[self.structure.partner(from, slot) - at.first] = 0;
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

    fn mirror_bytes(&self, agents: u64) -> u64 {
        let counted = matches!(self.rule.walk(), Walk::Looks);
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
        if self.reset {
            let all = || (0..stage.len() as u32).filter(|&agent| stage[agent as usize] != 0).collect();
            let touched: Vec<u32> = scratch.touched.take().unwrap_or_else(all);
            for &agent in &touched {
                stage[agent as usize] = 0;
            }
            scratch.touched = Some(vec![]);
        } else if matches!(self.rule.walk(), Walk::Looks) && scratch.seen.is_empty() {
            // Contacts reached by earlier cascades count on.
            scratch.seen.resize(at.len, 0);
            for agent in (0..at.len).filter(|&agent| stage[agent] != 0) {
                let from = at.first + agent;
                for slot in 0..self.structure.degree(from) {
                    scratch.seen[self.structure.partner(from, slot) - at.first] += 1;
                }
            }
        }
        let reached = self.cascade(at, view, stage, scratch);
        at.tallies.add(group, Count::Reached, reached);
        if self.reset {
            let touched = scratch.touched.take().unwrap_or_default();
            self.forget(at, &touched, &mut scratch.seen);
            scratch.touched = Some(touched);
        } else {
            scratch.touched = None;
        }
    }
}
