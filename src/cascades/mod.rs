//! Cascades: what spreads on the structure.

mod album;
mod compartments;
mod exposure;
mod independent;
mod informational;
mod threshold;

pub use informational::{Signals, Tie, Truth};

use crate::chance::unit64;
use crate::registry::Row;
use crate::scenario::numbers::NumberOrName;
use std::any::Any;

/// What an agent sees when it may change its stage.
#[derive(Clone, Copy, Debug)]
pub struct Exposure {
    /// its stage
    pub stage: u8,
    /// contacts that spread
    pub exposed: u32,
    /// all contacts
    pub contacts: u32,
    /// its own threshold, where the rule has one
    pub threshold: f64,
}

/// What the agents of a block see.
#[derive(Clone, Copy)]
pub struct Contacts<'a> {
    /// contacts that spread
    pub exposed: &'a [u32],
    /// all contacts
    pub contacts: &'a [u32],
    /// thresholds, one for each agent or one for all
    pub thresholds: &'a [f32],
}

/// What an agent sees where contacts differ, or where the rule counts something beside the stage.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// its stage
    pub stage: u8,
    /// what its contacts add up to, a number for each channel of the rule
    pub doses: &'a [f32],
    /// all contacts
    pub contacts: u32,
    /// what the rule counts: ticks in the stage, exposures, items
    pub count: u16,
    /// its own threshold, where the rule has one
    pub threshold: f64,
}

/// A stage, and what the rule counts beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// the stage
    pub stage: u8,
    /// ticks in the stage, exposures, items since
    pub count: u16,
}

/// Most channels of a rule: things that spread side by side.
pub const CHANNELS: usize = 4;

/// How a whole cascade is followed from its seeds, within a tick.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Walk<'r> {
    /// it cannot be: it goes tick by tick
    ByTick,
    /// each newly reached agent tries each contact once, with this chance
    Tries(f64),
    /// a contact of newly reached agents looks again at [`Cascade::next`]: there is a threshold
    Looks {
        /// a number, or a trait
        threshold: &'r NumberOrName,
        /// whether contacts are counted in the whole group, whatever the structure
        in_population: bool,
    },
    /// agents act one after the other, one a group and tick
    InTurn(Signals),
}

/// What an agent can do in an elementary step of the asynchronous clock, at a rate relative to the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Deed {
    /// it changes to this stage
    Becomes(u8),
    /// it touches a random contact, which changes from the first stage to the second
    Passes(u8, u8),
}

/// How stages follow each other.
pub trait Cascade: Any + Send + Sync {
    /// Names of the stages; the first is that of who has not been reached.
    fn stages(&self) -> Vec<String>;

    /// The stage that seeds enter.
    fn seeded(&self) -> u8 {
        1
    }

    /// Whether contacts in this stage spread.
    fn spreads(&self, stage: u8) -> bool;

    /// The next stage, all at once: `chance` is uniform in [0, 1).
    fn next(&self, of: Exposure, chance: f64) -> u8;

    /// [`Cascade::next`] for a block; `thresholds` may be one for all.
    fn next_block(&self, stages: &mut [u8], seen: Contacts, draws: &[u64]) {
        let rows = stages.iter_mut().zip(seen.exposed).zip(seen.contacts).zip(draws);
        for (k, (((stage, &exposed), &contacts), &draw)) in rows.enumerate() {
            let threshold = match seen.thresholds {
                [one] => f64::from(*one),
                many => f64::from(many[k]),
            };
            let of = Exposure { stage: *stage, exposed, contacts, threshold };
            *stage = self.next(of, unit64(draw));
        }
    }

    /// Whether an agent in this stage stays in it as long as no contact spreads; its threshold is at least `threshold`.
    /// Such agents need not be looked at one by one: false is always right.
    fn waits(&self, _stage: u8, _threshold: f64) -> bool {
        false
    }

    /// Whether it counts something beside the stage, an agent.
    fn remembers(&self) -> bool {
        false
    }

    /// Whether [`Cascade::live`] says how stages follow each other: the rule remembers, or contacts differ.
    fn graded(&self) -> bool {
        self.remembers()
    }

    /// Things that spread side by side, at most [`CHANNELS`].
    fn channels(&self) -> usize {
        1
    }

    /// What a contact in a stage adds to a channel's dose.
    fn dose(&self, _channel: usize, stage: u8) -> f64 {
        f64::from(u8::from(self.spreads(stage)))
    }

    /// The next stage and count, all at once, where the rule is graded: `chance` is uniform in [0, 1).
    fn live(&self, of: Seen, chance: f64) -> Live {
        let exposed = of.doses[0] as u32;
        let of = Exposure { stage: of.stage, exposed, contacts: of.contacts, threshold: of.threshold };
        Live { stage: self.next(of, chance), count: 0 }
    }

    /// How a whole cascade is followed.
    fn walk(&self) -> Walk<'_> {
        Walk::ByTick
    }

    /// What an agent in this stage can do in an elementary step, with rates; empty where it does nothing.
    fn deeds(&self, _stage: u8) -> Vec<(f64, Deed)> {
        vec![]
    }
}

impl dyn Cascade + '_ {
    /// The threshold, a number or a trait, where the rule has one.
    pub fn threshold(&self) -> Option<&NumberOrName> {
        match self.walk() {
            Walk::Looks { threshold, .. } => Some(threshold),
            _ => None,
        }
    }

    /// Whether contacts are counted in the whole group, whatever the structure.
    pub fn counts_population(&self) -> bool {
        matches!(self.walk(), Walk::Looks { in_population: true, .. })
    }
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static CASCADES: &[Row<dyn Cascade>] = &[
    album::ROW,
    compartments::ROW,
    exposure::ROW,
    independent::ROW,
    informational::ROW,
    threshold::ROW,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Context;

    /// Passes look at nobody who waits.
    #[test]
    fn who_waits_stays_as_long_as_no_contact_spreads() {
        let mut some = 0;
        for row in CASCADES {
            let rule = row.parse(row.example, &Context::default()).expect("an example is well written");
            if rule.counts_population() {
                continue;
            }
            let stages = 0..rule.stages().len() as u8;
            for (stage, least) in stages.flat_map(|stage| [0.0, 1e-50, 0.18, 2.0].map(|least| (stage, least)))
            {
                if !rule.waits(stage, least) {
                    continue;
                }
                some += 1;
                for (contacts, chance) in
                    [0, 1, 9].into_iter().flat_map(|of| [0.0, 0.5, 1.0 - 1e-9].map(|x| (of, x)))
                {
                    for threshold in [least, 2.0 * least, least + 1.0] {
                        let of = Exposure { stage, exposed: 0, contacts, threshold };
                        assert_eq!(rule.next(of, chance), stage, "{}: {of:?}", row.kind);
                    }
                }
            }
        }
        assert!(some >= 10, "{some} stages wait");
    }
}
