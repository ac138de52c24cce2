//! Cascade: everybody adds up what its contacts give it, layer by layer, and may change its stage, all at once. The
//! pass for rules that remember, for contacts that differ, and for agents who keep apart.

use super::spread::{Along, CHANGE, ContactsOf, Thins, Thresholds, living};
use crate::cascades::{CHANNELS, Cascade, Seen};
use crate::chance::unit64;
use crate::columns::{Mine, Stage, StageCount, View};
use crate::groups::{Count, Group};
use crate::partners::Meetings;
use crate::pass::{Access, At, BLOCK, Pass, fill};
use crate::places::Places;
use std::sync::Arc;

/// Who keeps apart in a tick: marks agents with a bit a layer.
pub trait Apart: Send + Sync {
    /// The columns that it looks at.
    fn access(&self, access: Access) -> Access;

    /// Marks who keeps apart in this tick.
    fn mark(&mut self, at: &At, view: &View, marks: &mut [u8]);
}

/// A sweep over everybody, for graded rules.
pub struct Dose {
    /// the ways of contact
    pub layers: Vec<Along>,
    /// how stages follow each other
    pub rule: Arc<dyn Cascade>,
    /// thresholds of the rule, if it has any
    pub thresholds: Thresholds,
    /// who keeps apart
    pub apart: Vec<Box<dyn Apart>>,
    /// whether it is counted how many leave the first stage
    pub waves: bool,
    /// who lives where, where places can be empty: nothing spreads to or from an empty one
    pub places: Option<Arc<Places>>,
    /// `[stage][channel]`: what a contact gives
    given: Vec<[f32; CHANNELS]>,
    /// the stage of each agent as the tick began
    stages: Vec<u8>,
    /// a bit an agent and layer: whether it keeps apart; empty where nobody can
    marks: Vec<u8>,
    /// agents of each group in each stage who do not keep apart, a layer after the other
    counts: Vec<u32>,
}

impl Dose {
    /// A sweep by a rule.
    pub fn new(
        layers: Vec<Along>,
        rule: Arc<dyn Cascade>,
        thresholds: Thresholds,
        apart: Vec<Box<dyn Apart>>,
    ) -> Dose {
        let kinds = rule.stages().len() as u8;
        let gift = |stage: u8| {
            let mut gift = [0.0f32; CHANNELS];
            for (channel, gift) in gift[..rule.channels()].iter_mut().enumerate() {
                *gift = rule.dose(channel, stage) as f32;
            }
            gift
        };
        let given = (0..kinds).map(gift).collect();
        Dose {
            layers,
            rule,
            thresholds,
            apart,
            waves: false,
            places: None,
            given,
            stages: vec![],
            marks: vec![],
            counts: vec![],
        }
    }

    fn lives(&self, agent: usize) -> bool {
        self.places.as_ref().is_none_or(|places| places.lives(agent))
    }

    fn keeps_apart(&self, agent: usize, layer: usize) -> bool {
        !self.marks.is_empty() && self.marks[agent] >> layer & 1 == 1
    }

    fn count_groups(&mut self, at: &At) {
        let (kinds, size, groups) = (self.given.len(), at.group_size, at.agents / at.group_size);
        let mut counts = std::mem::take(&mut self.counts);
        counts.resize(self.layers.len() * groups * kinds, 0);
        let of = |layer: usize, group: usize, stage: usize| {
            let rows = group * size..(group + 1) * size;
            let there = |&agent: &usize| {
                let here = usize::from(self.stages[agent]) == stage && !self.keeps_apart(agent, layer);
                here && self.lives(agent)
            };
            rows.filter(there).count() as u32
        };
        for layer in 0..self.layers.len() {
            if self.layers[layer].is_group() {
                let part = &mut counts[layer * groups * kinds..(layer + 1) * groups * kinds];
                fill(part, |first, out| {
                    for (k, out) in out.iter_mut().enumerate() {
                        *out = of(layer, (first + k) / kinds, (first + k) % kinds);
                    }
                });
            }
        }
        self.counts = counts;
    }

    /// Adds what partners in slots give to the agents of a block.
    fn add_partners(&self, at: &At, layer: usize, meetings: &dyn Meetings, sums: &mut Sums) {
        let (mut room, mut list) = ([0u32; BLOCK], [0u32; BLOCK]);
        let thins = self.layers[layer].thins(at);
        let counts = |agent: usize, partner: usize| {
            thins.is_none_or(|thins: Thins| thins.counts(agent as u32, partner as u32))
        };
        for slot in 0..meetings.slots(at) {
            let met = meetings.partners(at, slot, &mut room).indices(at, &mut list);
            for (k, &partner) in list[..met].iter().enumerate() {
                let (own, partner) = (at.first + k, partner as usize);
                if own == partner || !counts(own, partner) {
                    continue;
                }
                sums.contacts[k] += 1;
                if !self.keeps_apart(partner, layer) && !self.keeps_apart(own, layer) {
                    let gift = &self.given[usize::from(self.stages[partner])];
                    for (dose, gift) in sums.doses[k].iter_mut().zip(gift) {
                        *dose += gift;
                    }
                }
            }
        }
    }

    /// Adds what everybody else of the group gives.
    fn add_group(&self, at: &At, layer: usize, sums: &mut Sums) {
        let (kinds, groups) = (self.given.len(), at.agents / at.group_size);
        at.each_group(|group, block| {
            let counts = &self.counts[(layer * groups + group) * kinds..][..kinds];
            let rows = group * at.group_size..(group + 1) * at.group_size;
            let living = self.places.as_ref().map_or(at.group_size, |places| living(places, rows).count());
            for k in block.filter(|k| self.lives(at.first + k)) {
                let own = at.first + k;
                sums.contacts[k] += living as u32 - 1;
                if self.keeps_apart(own, layer) {
                    continue;
                }
                for (stage, gift) in self.given.iter().enumerate() {
                    let others = counts[stage] - u32::from(usize::from(self.stages[own]) == stage);
                    for (dose, &gift) in sums.doses[k].iter_mut().zip(gift) {
                        // Nobody, times a certain contact, is nothing.
                        *dose += if others > 0 { (f64::from(others) * f64::from(gift)) as f32 } else { 0.0 };
                    }
                }
            }
        });
    }
}

/// What has been added up for a block.
struct Sums {
    doses: [[f32; CHANNELS]; BLOCK],
    contacts: [u32; BLOCK],
}

impl Pass for Dose {
    fn name(&self) -> &'static str {
        "cascade/dose"
    }

    fn access(&self) -> Access {
        let mut access = Access::default().write::<Stage>();
        if self.rule.remembers() {
            access = access.write::<StageCount>();
        }
        if let Thresholds::Trait(column) = &self.thresholds {
            access = access.read_of(column);
        }
        self.apart.iter().fold(access, |access, apart| apart.access(access))
    }

    fn by_group(&self) -> bool {
        self.layers.iter().any(Along::by_group)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents * if self.apart.is_empty() { 1 } else { 2 }
    }

    fn prepare(&mut self, at: &At, view: &View) {
        self.stages.resize(at.agents, 0);
        let stage = view.col::<Stage>();
        fill(&mut self.stages, |first, out| out.copy_from_slice(&stage[first..first + out.len()]));
        if !self.apart.is_empty() {
            self.marks.resize(at.agents, 0);
            fill(&mut self.marks, |_, out| out.fill(0));
            for apart in &mut self.apart {
                apart.mark(at, view, &mut self.marks);
            }
        }
        if self.layers.iter().any(Along::is_group) {
            self.count_groups(at);
        }
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let mut sums = Sums { doses: [[0.0; CHANNELS]; BLOCK], contacts: [0; BLOCK] };
        for (layer, of) in self.layers.iter().enumerate() {
            match &of.contacts {
                ContactsOf::Partners(meetings) => self.add_partners(at, layer, &**meetings, &mut sums),
                ContactsOf::Group => self.add_group(at, layer, &mut sums),
            }
        }
        let mut draws = [0u64; BLOCK];
        at.chance.stream(CHANGE).fill(at.first as u64, &mut draws[..at.len]);
        let stages = mine.take::<Stage>();
        let remembers = self.rule.remembers();
        let counts = if remembers { mine.take::<StageCount>() } else { &mut [] };
        for (k, stage) in stages.iter_mut().enumerate().filter(|(k, _)| self.lives(at.first + k)) {
            let threshold = match &self.thresholds {
                Thresholds::One(threshold) => *threshold,
                Thresholds::Trait(column) => view.of::<f32>(column)[at.first + k],
            };
            let of = Seen {
                stage: *stage,
                doses: &sums.doses[k][..self.rule.channels()],
                contacts: sums.contacts[k],
                count: if remembers { counts[k] } else { 0 },
                threshold: f64::from(threshold),
            };
            let next = self.rule.live(of, unit64(draws[k]));
            *stage = next.stage;
            if remembers {
                counts[k] = next.count;
            }
        }
        if self.waves {
            at.each_group(|group, block| {
                let left = |k: &usize| self.stages[at.first + k] == 0 && stages[*k] != 0;
                at.tallies.add(group, Count::Reached, block.filter(left).count() as u64);
            });
        }
    }
}
