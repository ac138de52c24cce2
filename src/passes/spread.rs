//! Cascade: everybody looks at its contacts and may change its stage, all at once.

use crate::cascades::{Cascade, Contacts};
use crate::chance::{Draws, Stream, hits};
use crate::columns::{ColumnDef, Mine, Stage, View};
use crate::groups::{Count, Group};
use crate::partners::{Meetings, Partners};
use crate::pass::{Access, At, BLOCK, Pass, fill};
use crate::places::Places;
use std::ops::Range;
use std::sync::Arc;

/// What becomes of each agent.
pub(crate) const CHANGE: Stream = Stream::named("cascade/change");
/// Which contacts on a layer count.
pub(crate) const COUNTS: Stream = Stream::named("cascade/counts");

/// Who counts as a contact.
pub enum ContactsOf {
    /// partners in slots: neighbours, or those of the tick's meeting
    Partners(Arc<dyn Meetings>),
    /// everybody else of the group
    Group,
}

/// One layer of contacts.
pub struct Along {
    /// who counts
    pub contacts: ContactsOf,
    /// how often a contact counts in a tick, as a threshold; none: always
    pub prob: Option<u64>,
    /// which contacts count
    pub stream: Stream,
}

impl Along {
    /// All contacts, in every tick.
    pub fn all(contacts: ContactsOf) -> Along {
        Along { contacts, prob: None, stream: COUNTS }
    }

    /// Whether no block may hold agents of two groups.
    pub(super) fn by_group(&self) -> bool {
        match &self.contacts {
            ContactsOf::Partners(meetings) => meetings.by_group(),
            ContactsOf::Group => false,
        }
    }

    /// Whether everybody of the group counts.
    pub(super) fn is_group(&self) -> bool {
        matches!(self.contacts, ContactsOf::Group)
    }

    /// Which contacts count in this tick, where not all do.
    pub(super) fn thins(&self, at: &At) -> Option<Thins> {
        self.prob.map(|prob| Thins { prob, draws: at.chance.stream(self.stream) })
    }
}

/// Lets some contacts count and others not: both sides see the same.
#[derive(Clone, Copy)]
pub(super) struct Thins {
    prob: u64,
    draws: Draws,
}

impl Thins {
    #[inline]
    pub(super) fn counts(self, agent: u32, partner: u32) -> bool {
        hits(self.draws.pair(agent.min(partner), agent.max(partner)), self.prob)
    }
}

/// Contacts of the agents of a block, and how many of them spread.
struct Met {
    exposed: [u32; BLOCK],
    contacts: [u32; BLOCK],
}

/// Where thresholds come from.
#[derive(Clone)]
pub enum Thresholds {
    /// the same for everybody
    One(f32),
    /// a trait
    Trait(ColumnDef),
}

/// A sweep over everybody.
pub struct Spread {
    /// the layers, whose contacts add up
    pub layers: Vec<Along>,
    /// how stages follow each other
    pub rule: Arc<dyn Cascade>,
    /// thresholds of the rule, if it has any
    pub thresholds: Thresholds,
    /// whether it is counted how many leave the first stage
    pub waves: bool,
    /// who lives where, where places can be empty: nothing spreads to or from an empty one
    pub places: Option<Arc<Places>>,
    /// a bit an agent: whether it spreads
    bits: Vec<u64>,
    /// how many of each group spread, and how many live
    spreading: Vec<[u32; 2]>,
}

impl Spread {
    /// A sweep by a rule.
    pub fn new(layers: Vec<Along>, rule: Arc<dyn Cascade>, thresholds: Thresholds) -> Spread {
        let (waves, places, bits, spreading) = (false, None, vec![], vec![]);
        Spread { layers, rule, thresholds, waves, places, bits, spreading }
    }

    fn lives(&self, agent: usize) -> bool {
        self.places.as_ref().is_none_or(|places| places.lives(agent))
    }

    /// Counts the partners of each agent of the block, and those who spread.
    fn look_around(&self, meetings: &dyn Meetings, at: &At, thins: Option<Thins>, met: &mut Met) {
        let mut look = |k: usize, row: &[u32], start: u32| {
            let agent = (at.first + k) as u32;
            let (mut exposed, mut contacts) = (0, row.len() as u32);
            for &other in row {
                let there = thins.is_none_or(|thins| thins.counts(agent, start + other));
                exposed += bit(&self.bits, (start + other) as usize) & u32::from(there);
                contacts -= u32::from(!there);
            }
            met.exposed[k] += exposed;
            met.contacts[k] += contacts;
        };
        if meetings.rows(at, &mut look) {
            return;
        }
        let (mut room, mut list) = ([0u32; BLOCK], [0u32; BLOCK]);
        for slot in 0..meetings.slots(at) {
            let partners = meetings.partners(at, slot, &mut room);
            let list: &[u32] = match &partners {
                Partners::Listed(list) => list,
                shifted => {
                    let met = shifted.indices(at, &mut list);
                    &list[..met]
                }
            };
            let rows = met.exposed.iter_mut().zip(&mut met.contacts).zip(list);
            if !meetings.leaves_out() && thins.is_none() {
                for ((exposed, contacts), &partner) in rows {
                    *exposed += bit(&self.bits, partner as usize);
                    *contacts += 1;
                }
                continue;
            }
            let counts = |agent: u32, partner: u32| {
                partner != agent && thins.is_none_or(|thins| thins.counts(agent, partner))
            };
            for (agent, ((exposed, contacts), &partner)) in (at.first as u32..).zip(rows) {
                let there = u32::from(counts(agent, partner));
                *exposed += bit(&self.bits, partner as usize) & there;
                *contacts += there;
            }
        }
    }

    fn count_groups(&mut self, at: &At) {
        let (bits, size, places) = (&self.bits, at.group_size, &self.places);
        self.spreading.resize(at.agents / size, [0; 2]);
        fill(&mut self.spreading, |first, out| {
            for (nth, out) in out.iter_mut().enumerate() {
                let group = (first + nth) * size..(first + nth + 1) * size;
                let living = places.as_ref().map_or(size, |places| living(places, group.clone()).count());
                *out = [group.map(|agent| bit(bits, agent)).sum(), living as u32];
            }
        });
    }
}

impl Spread {
    /// Adds the contacts of a block on a layer.
    fn meet(&self, at: &At, layer: &Along, met: &mut Met) {
        match &layer.contacts {
            ContactsOf::Partners(meetings) if !self.rule.counts_population() => {
                self.look_around(&**meetings, at, layer.thins(at), met);
            }
            _ => at.each_group(|group, block| {
                let others = u32::from(!self.rule.counts_population());
                let [spreading, living] = self.spreading[group];
                for k in block.filter(|k| self.lives(at.first + k)) {
                    let own = bit(&self.bits, at.first + k) * others;
                    met.exposed[k] += spreading - own;
                    met.contacts[k] += living - others;
                }
            }),
        }
    }
}

/// Those of a group who live.
pub(super) fn living(places: &Places, group: Range<usize>) -> impl Iterator<Item = usize> {
    group.filter(|&agent| places.lives(agent))
}

#[inline]
fn bit(bits: &[u64], agent: usize) -> u32 {
    (bits[agent / 64] >> (agent % 64)) as u32 & 1
}

impl Pass for Spread {
    fn name(&self) -> &'static str {
        "cascade/spread"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Stage>();
        match &self.thresholds {
            Thresholds::One(_) => access,
            Thresholds::Trait(column) => access.read_of(column),
        }
    }

    fn by_group(&self) -> bool {
        self.layers.iter().any(Along::by_group)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents / 8
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let stage = view.col::<Stage>();
        let kinds = self.rule.stages().len();
        let spreads: Vec<bool> = (0..kinds as u8).map(|stage| self.rule.spreads(stage)).collect();
        self.bits.resize(at.agents.div_ceil(64), 0);
        let places = &self.places;
        fill(&mut self.bits, |first, out| {
            for (nth, word) in out.iter_mut().enumerate() {
                let from = (first + nth) * 64;
                let stages = &stage[from..(from + 64).min(stage.len())];
                *word = stages
                    .iter()
                    .enumerate()
                    .fold(0, |word, (k, &stage)| word | u64::from(spreads[usize::from(stage)]) << k);
                if let Some(places) = places {
                    let lives = |k: usize| u64::from(places.lives(from + k)) << k;
                    *word &= (0..stages.len()).fold(0, |word, k| word | lives(k));
                }
            }
        });
        if self.layers.iter().any(Along::is_group) || self.rule.counts_population() {
            self.count_groups(at);
        }
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let mut met = Met { exposed: [0; BLOCK], contacts: [0; BLOCK] };
        self.layers.iter().for_each(|layer| self.meet(at, layer, &mut met));
        let mut draws = [0u64; BLOCK];
        at.chance.stream(CHANGE).fill(at.first as u64, &mut draws[..at.len]);
        let one;
        let thresholds: &[f32] = match &self.thresholds {
            Thresholds::One(threshold) => {
                one = [*threshold];
                &one
            }
            Thresholds::Trait(column) => &view.of::<f32>(column)[at.range()],
        };
        let seen = Contacts { exposed: &met.exposed, contacts: &met.contacts, thresholds };
        let stages = mine.take::<Stage>();
        if !self.waves && self.places.is_none() {
            return self.rule.next_block(stages, seen, &draws);
        }
        let mut before = [0; BLOCK];
        before[..at.len].copy_from_slice(stages);
        self.rule.next_block(stages, seen, &draws);
        for k in (0..at.len).filter(|k| !self.lives(at.first + k)) {
            stages[k] = before[k];
        }
        if !self.waves {
            return;
        }
        at.each_group(|group, block| {
            let left = block.filter(|&k| before[k] == 0 && stages[k] != 0).count();
            at.tallies.add(group, Count::Reached, left as u64);
        });
    }
}
