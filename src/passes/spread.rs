//! Cascade: everybody looks at its contacts and may change its stage, all at once.

use crate::cascades::{Cascade, Contacts};
use crate::chance::{Draws, Stream, hits};
use crate::columns::{ColumnDef, Mine, Stage, View};
use crate::groups::Group;
use crate::partners::{Meetings, Partners};
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// What becomes of each agent.
const CHANGE: Stream = Stream::named("cascade/change");

/// Who counts as a contact.
pub enum ContactsOf {
    /// partners in slots: neighbours, or those of the tick's meeting
    Partners(Arc<dyn Meetings>),
    /// everybody else of the group
    Group,
    /// several of these, whose contacts add up
    Layers(Vec<Along>),
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

impl ContactsOf {
    fn by_group(&self) -> bool {
        match self {
            ContactsOf::Partners(meetings) => meetings.by_group(),
            ContactsOf::Group => false,
            ContactsOf::Layers(layers) => layers.iter().any(|layer| layer.contacts.by_group()),
        }
    }

    fn is_group(&self) -> bool {
        match self {
            ContactsOf::Partners(_) => false,
            ContactsOf::Group => true,
            ContactsOf::Layers(layers) => layers.iter().any(|layer| layer.contacts.is_group()),
        }
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
    /// who counts as a contact
    pub contacts: ContactsOf,
    /// how stages follow each other
    pub rule: Arc<dyn Cascade>,
    /// thresholds of the rule, if it has any
    pub thresholds: Thresholds,
    /// a bit an agent: whether it spreads
    bits: Vec<u64>,
    /// how many of each group spread
    spreading: Vec<u32>,
}

impl Spread {
    /// A sweep by a rule.
    pub fn new(contacts: ContactsOf, rule: Arc<dyn Cascade>, thresholds: Thresholds) -> Spread {
        Spread { contacts, rule, thresholds, bits: vec![], spreading: vec![] }
    }

    /// Counts the partners of each agent of the block, and those who spread.
    fn look_around(&self, meetings: &dyn Meetings, at: &At, thinned: Option<(u64, Draws)>, met: &mut Met) {
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
            if !meetings.leaves_out() && thinned.is_none() {
                for ((exposed, contacts), &partner) in rows {
                    *exposed += bit(&self.bits, partner as usize);
                    *contacts += 1;
                }
                continue;
            }
            let counts = |agent: u32, partner: u32| {
                let hit = |(prob, draws): (u64, Draws)| {
                    hits(draws.pair(agent.min(partner), agent.max(partner)), prob)
                };
                partner != agent && thinned.is_none_or(hit)
            };
            for (agent, ((exposed, contacts), &partner)) in (at.first as u32..).zip(rows) {
                let there = u32::from(counts(agent, partner));
                *exposed += bit(&self.bits, partner as usize) & there;
                *contacts += there;
            }
        }
    }

    fn count_groups(&mut self, at: &At) {
        let (bits, size) = (&self.bits, at.group_size);
        self.spreading.resize(at.agents / size, 0);
        fill(&mut self.spreading, |first, out| {
            for (nth, out) in out.iter_mut().enumerate() {
                let start = (first + nth) * size;
                *out = (start..start + size).map(|agent| bit(bits, agent)).sum();
            }
        });
    }
}

impl Spread {
    /// Adds the contacts of a block; `thinned` says how often one counts.
    fn meet(&self, at: &At, of: &ContactsOf, thinned: Option<(u64, Draws)>, met: &mut Met) {
        match of {
            ContactsOf::Layers(layers) => {
                for layer in layers {
                    let thinned = layer.prob.map(|prob| (prob, at.chance.stream(layer.stream)));
                    self.meet(at, &layer.contacts, thinned, met);
                }
            }
            ContactsOf::Partners(meetings) if !self.rule.counts_population() => {
                self.look_around(&**meetings, at, thinned, met);
            }
            _ => at.each_group(|group, block| {
                let others = u32::from(!self.rule.counts_population());
                for k in block {
                    let own = bit(&self.bits, at.first + k) * others;
                    met.exposed[k] += self.spreading[group] - own;
                    met.contacts[k] += at.group_size as u32 - others;
                }
            }),
        }
    }
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
        self.contacts.by_group()
    }

    fn mirror_bytes(&self, agents: u64) -> u64 {
        agents / 8
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let stage = view.col::<Stage>();
        let kinds = self.rule.stages().len();
        let spreads: Vec<bool> = (0..kinds as u8).map(|stage| self.rule.spreads(stage)).collect();
        self.bits.resize(at.agents.div_ceil(64), 0);
        fill(&mut self.bits, |first, out| {
            for (nth, word) in out.iter_mut().enumerate() {
                let from = (first + nth) * 64;
                let stages = &stage[from..(from + 64).min(stage.len())];
                *word = stages
                    .iter()
                    .enumerate()
                    .fold(0, |word, (k, &stage)| word | u64::from(spreads[usize::from(stage)]) << k);
            }
        });
        if self.contacts.is_group() || self.rule.counts_population() {
            self.count_groups(at);
        }
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let mut met = Met { exposed: [0; BLOCK], contacts: [0; BLOCK] };
        self.meet(at, &self.contacts, None, &mut met);
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
        self.rule.next_block(mine.take::<Stage>(), seen, &draws);
    }
}
