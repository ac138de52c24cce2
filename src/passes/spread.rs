//! Cascade: everybody looks at its contacts and may change its stage, all at once.

use crate::cascades::{Cascade, Contacts};
use crate::chance::Stream;
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
    fn look_around(&self, meetings: &dyn Meetings, at: &At, exposed: &mut [u32], contacts: &mut [u32]) {
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
            let rows = exposed.iter_mut().zip(contacts.iter_mut()).zip(list);
            if !meetings.leaves_out() {
                for ((exposed, contacts), &partner) in rows {
                    *exposed += bit(&self.bits, partner as usize);
                    *contacts += 1;
                }
                continue;
            }
            for (agent, ((exposed, contacts), &partner)) in (at.first..).zip(rows) {
                let there = u32::from(partner as usize != agent);
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
        match &self.contacts {
            ContactsOf::Partners(meetings) => meetings.by_group(),
            ContactsOf::Group => false,
        }
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
        if matches!(self.contacts, ContactsOf::Group) || self.rule.counts_population() {
            self.count_groups(at);
        }
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let (mut exposed, mut contacts) = ([0u32; BLOCK], [0u32; BLOCK]);
        match &self.contacts {
            ContactsOf::Partners(meetings) if !self.rule.counts_population() => {
                self.look_around(&**meetings, at, &mut exposed, &mut contacts);
            }
            _ => at.each_group(|group, block| {
                let others = u32::from(!self.rule.counts_population());
                for k in block {
                    let own = bit(&self.bits, at.first + k) * others;
                    exposed[k] = self.spreading[group] - own;
                    contacts[k] = at.group_size as u32 - others;
                }
            }),
        }
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
        let seen = Contacts { exposed: &exposed, contacts: &contacts, thresholds };
        self.rule.next_block(mine.take::<Stage>(), seen, &draws);
    }
}
