//! The frontier of a cascade: those to whom something can happen in a tick.

use super::spread::{Along, ContactsOf};
use crate::partners::Meetings;
use crate::pass::{At, BLOCK, fill, fold};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Where at least one in so many spreads, half of those with a dozen contacts have such a one: all look around, in order.
const MANY: usize = 16;

/// A bit an agent.
pub(super) type Bits = [u64];

/// Whether an agent's bit is set.
#[inline]
pub(super) fn bit(bits: &Bits, agent: usize) -> u32 {
    (bits[agent / 64] >> (agent % 64)) as u32 & 1
}

/// The bits of up to 64 agents: those whose stage is `marked`.
#[inline]
pub(super) fn word(stages: &[u8], marked: &[bool]) -> u64 {
    let Some(&first) = stages.first() else { return 0 };
    // Mostly, all are in one stage.
    if stages.iter().fold(0, |differ, &stage| differ | (stage ^ first)) == 0 {
        return if marked[usize::from(first)] { u64::MAX >> (64 - stages.len()) } else { 0 };
    }
    let bits = stages.iter().enumerate();
    bits.fold(0, |word, (k, &stage)| word | u64::from(marked[usize::from(stage)]) << k)
}

/// Who has to look around: those beside somebody who spreads, and those whose stage may change by itself.
#[derive(Default)]
pub(super) struct Awake {
    bits: Vec<AtomicU64>,
    /// whether bits say who it is; else it is everybody
    known: bool,
}

impl Awake {
    /// Finds them from who spreads; `alone` are the stages that may change where no contact spreads.
    pub(super) fn find(
        &mut self,
        at: &At,
        (stages, alone): (&[u8], &[bool]),
        spreading: &Bits,
        layers: &[Along],
    ) {
        let ties: Option<Vec<&dyn Meetings>> = layers.iter().map(ties).collect();
        let many = |_: &Vec<&dyn Meetings>| {
            let ones = |agents: Range<usize>| ones(&spreading[words(agents)]);
            fold(0..at.agents, ones, |a, b| a + b).is_some_and(|spread| spread < at.agents / MANY)
        };
        let Some(ties) = ties.filter(many) else {
            self.known = false;
            return;
        };
        self.known = true;
        self.bits.resize_with(spreading.len(), AtomicU64::default);
        fill(&mut self.bits, |first, out| {
            for (from, bits) in (first * 64..).step_by(64).zip(out) {
                *bits.get_mut() = word(&stages[from..(from + 64).min(stages.len())], alone);
            }
        });
        let bits = &self.bits;
        let wake = |agents: Range<usize>| {
            each(&spreading[words(agents.clone())], agents.start, |first| {
                for meetings in &ties {
                    meetings.rows(&At { first, len: 1, ..*at }, &mut |_, row, start| {
                        row.iter().for_each(|&other| set(bits, (start + other) as usize));
                    });
                }
            });
        };
        fold(0..at.agents, wake, |(), ()| ());
    }

    /// The places in a block of those who have to look around; none where it is everybody.
    pub(super) fn places<'a>(&self, at: &At, room: &'a mut [u16; BLOCK]) -> Option<&'a [u16]> {
        if !self.known {
            return None;
        }
        let mut n = 0;
        let words = at.first / 64..at.range().end.div_ceil(64);
        for (from, bits) in (words.start * 64..).step_by(64).zip(&self.bits[words]) {
            each(&[bits.load(Relaxed)], from, |agent| {
                if at.range().contains(&agent) {
                    room[n] = (agent - at.first) as u16;
                    n += 1;
                }
            });
        }
        Some(&room[..n])
    }
}

/// Who is tied to whom on a layer, where ties are kept row by row and are mutual.
fn ties(layer: &Along) -> Option<&dyn Meetings> {
    let ContactsOf::Partners(meetings) = &layer.contacts else { return None };
    meetings.keeps_rows().then_some(&**meetings)
}

/// The words of agents of whom the first has the first bit of one.
fn words(agents: Range<usize>) -> Range<usize> {
    agents.start / 64..agents.end.div_ceil(64)
}

fn ones(bits: &Bits) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

/// Calls `f` with each agent whose bit is set; `first` is that of the first bit.
#[inline(always)]
fn each(bits: &Bits, first: usize, mut f: impl FnMut(usize)) {
    for (from, &word) in (first..).step_by(64).zip(bits) {
        let mut left = word;
        while left != 0 {
            f(from + left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }
}

#[inline]
fn set(bits: &[AtomicU64], agent: usize) {
    let (word, bit) = (&bits[agent / 64], 1 << (agent % 64));
    // ORDER: bits that are set stay, whoever sets them; they are looked at when all have been.
    if word.load(Relaxed) & bit == 0 {
        word.fetch_or(bit, Relaxed);
    }
}
