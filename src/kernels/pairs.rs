//! Something that spreads between two who meet at random: pairs are walked in the order of the matching.
//!
//! Replaces `cascade/spread` where the contacts of a tick are those of a random matching in pairs. The plain pass asks for
//! everybody who the partner is, there and back through the matching; here both of a pair come out of it side by side, and
//! what becomes of them is looked up. Whoever meets is in one pair only, so stages change in place. They are looked up
//! four to a byte, and only those that change are written.

use super::lookup::for_each_set;
use super::packed::{FOUR, flip, pack_four, place, unpack_four};
use super::{Aligned, find_each, lookup, shared, wide};
use crate::cascades::{Cascade, Exposure};
use crate::chance::{Draws, Grouping, LANES, unit64};
use crate::columns::{Mine, Stage, View};
use crate::groups::{Count, Group};
use crate::pairings::Matching;
use crate::pass::{self, Access, At, Pass};
use crate::passes::{CHANGE, ContactsOf, Spread, Thresholds};
use rayon::prelude::*;
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Stages that are served: each has few ways out.
const STAGES: usize = 4;
/// Agents that are worked out together: their addresses and draws stay in the first cache.
const BLOCK: usize = 256;
/// Agents of a piece of work.
const PIECE: usize = 1 << 14;
/// Draws at which a way that was found is looked at again.
const SAMPLES: u64 = 1_024;

/// The fused pass.
pub(super) struct Pairs {
    group_size: usize,
    fixed: bool,
    stream: crate::chance::Stream,
    /// what becomes of a stage: where the partner does not spread, where it does, and of who sits out
    ways: [[Way; STAGES]; 3],
    /// most ways out of a stage
    bends: usize,
    /// STAGES where a stage spreads, else 0
    spreads: [u8; 32],
    /// by `partner spreads << 2 | stage`: the first bound of its way
    ends: [u64; 2 * STAGES],
    /// the first eight bits of those, at most 255
    firsts: [u8; 32],
    /// by `draw is past the bound << 3 | partner spreads << 2 | stage`: the next stage
    then: [u8; 32],
    /// whether it is counted how many leave the first stage
    waves: bool,
    /// everybody's stage
    packed: Vec<u8>,
}

/// The next stage by the 53 bits of a draw: the first whose bound lies above them.
#[derive(Clone, Copy)]
pub(super) struct Way {
    pub bounds: [u64; STAGES],
    pub to: [u8; STAGES],
}

/// Bits of a draw beside the first eight.
const BEHIND: u32 = 45;

impl Way {
    /// That of a stage that there is not.
    const NONE: Way = Way { bounds: [1 << 53; STAGES], to: [0; STAGES] };

    /// Finds the bounds of a rule whose stages each take one piece of the unit interval, the own last; looks at so many draws,
    /// evenly apart, whether they are right.
    pub(super) fn of(rule: &dyn Cascade, of: Exposure, samples: u64) -> Option<Way> {
        const ALL: u64 = 1 << 53;
        let next = |draw: u64| rule.next(of, unit64(draw << 11));
        let mut way = Way { bounds: [ALL; STAGES], to: [of.stage; STAGES] };
        let (mut from, mut nth) = (0, 0);
        while from < ALL && next(from) != of.stage {
            let to = next(from);
            if nth == STAGES - 1 || way.to[..nth].contains(&to) {
                return None;
            }
            // The last draw that leads there.
            let (mut last, mut after) = (from, ALL);
            while last + 1 < after {
                let middle = last.midpoint(after);
                (last, after) = if next(middle) == to { (middle, after) } else { (last, middle) };
            }
            (way.bounds[nth], way.to[nth]) = (after, to);
            (from, nth) = (after, nth + 1);
        }
        let right = |draw: u64| next(draw) == way.next(draw);
        (0..samples).all(|k| right(ALL / samples * k)).then_some(way)
    }

    /// Whether it is right for another who is in the stage.
    pub(super) fn holds(&self, rule: &dyn Cascade, of: Exposure) -> bool {
        let right = |draw: u64| rule.next(of, unit64(draw << 11)) == self.next(draw);
        let borders = self.bounds.iter().flat_map(|&bound| [bound - 1, bound]).filter(|&draw| draw < 1 << 53);
        borders.chain((0..16).map(|k| k << 49)).all(right)
    }

    /// How many bounds there are.
    fn bends(&self) -> usize {
        self.bounds.iter().filter(|&&bound| bound < 1 << 53).count()
    }

    /// How many ways lead out of the stage.
    pub(super) fn ways(&self) -> usize {
        self.to.iter().filter(|&&to| to != self.to[STAGES - 1]).count()
    }

    #[inline(always)]
    fn next(&self, draw: u64) -> u8 {
        let mut to = self.to[STAGES - 1];
        for k in (0..STAGES - 1).rev() {
            to = if draw < self.bounds[k] { self.to[k] } else { to };
        }
        to
    }
}

impl Pairs {
    /// The pass that gives the bits of this one, if it serves it.
    pub(super) fn replaces(spread: &dyn Pass) -> Option<Pairs> {
        let spread = (spread as &dyn Any).downcast_ref::<Spread>()?;
        let [along] = &spread.layers[..] else { return None };
        let (ContactsOf::Partners(meetings), None, None) = (&along.contacts, along.prob, &spread.places)
        else {
            return None;
        };
        let matching = (&**meetings as &dyn Any).downcast_ref::<Matching>()?;
        let Thresholds::One(threshold) = spread.thresholds else { return None };
        let rule: &Arc<dyn Cascade> = &spread.rule;
        let stages = rule.stages().len();
        if matching.meeting_size != 2 || stages > STAGES || rule.counts_population() {
            return None;
        }
        let (mut ways, mut spreads) = ([[Way::NONE; STAGES]; 3], [0; 32]);
        for stage in 0..stages {
            spreads[stage] = STAGES as u8 * u8::from(rule.spreads(stage as u8));
            for (ways, (exposed, contacts)) in ways.iter_mut().zip([(0, 1), (1, 1), (0, 0)]) {
                let threshold = f64::from(threshold);
                let of = Exposure { stage: stage as u8, exposed, contacts, threshold };
                ways[stage] = Way::of(&**rule, of, SAMPLES)?;
            }
        }
        let (group_size, fixed, stream) = (matching.group_size, matching.fixed, matching.stream);
        let bends = ways.iter().flatten().map(Way::bends).max().unwrap_or(0);
        let meeting = ways[..2].as_flattened();
        let ends = std::array::from_fn(|code| meeting[code].bounds[0]);
        let (mut firsts, mut then) = ([0; 32], [0; 32]);
        for (code, way) in meeting.iter().enumerate() {
            firsts[code] = (way.bounds[0] >> BEHIND).min(255) as u8;
            (then[code], then[2 * STAGES + code]) = (way.to[0], way.to[1]);
        }
        let waves = spread.waves;
        let packed = vec![];
        Some(Pairs { group_size, fixed, stream, ways, bends, spreads, ends, firsts, then, waves, packed })
    }
}

impl Pairs {
    /// What becomes of pairs who stand side by side, by their 53 bits of chance.
    #[inline(always)]
    fn become_of(&self, stages: &[u8; BLOCK], draws: &[u64; BLOCK]) -> [u8; BLOCK] {
        // The partner spreads << 2 | own stage.
        let (mut codes, mut others) = (*stages, *stages);
        lookup(&self.spreads, &mut others);
        let (codes_of_pairs, _) = codes.as_chunks_mut::<2>();
        for (codes, others) in codes_of_pairs.iter_mut().zip(others.as_chunks::<2>().0) {
            codes[0] |= others[1];
            codes[1] |= others[0];
        }
        let ways = self.ways[..2].as_flattened();
        if self.bends > 1 {
            return std::array::from_fn(|k| ways[usize::from(codes[k]) % (2 * STAGES)].next(draws[k]));
        }
        // Most rules have one way out of a stage: its end decides, and mostly the first bits of that.
        let mut firsts = codes;
        lookup(&self.firsts, &mut firsts);
        let mut unsure = [0u8; BLOCK];
        for (k, unsure) in unsure.iter_mut().enumerate() {
            let first = (draws[k] >> BEHIND) as u8;
            codes[k] |= u8::from(first > firsts[k]) << 3;
            *unsure = u8::from(first == firsts[k]);
        }
        for_each_set(&unsure, |k| {
            let end = self.ends[usize::from(codes[k]) % (2 * STAGES)];
            codes[k] |= u8::from(draws[k] >= end) << 3;
        });
        lookup(&self.then, &mut codes);
        codes
    }
}

impl Pass for Pairs {
    fn name(&self) -> &'static str {
        "kernels/pairs"
    }

    fn access(&self) -> Access {
        Access::default().write::<Stage>()
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents.div_ceil(FOUR as u64)
    }

    fn block(&self, _: &At, _: &View, _: Mine, _: &mut [Group]) {
        unreachable!("it does all at once")
    }

    fn whole(&mut self, at: &At, mine: &mut Mine, _: &mut [Group]) -> bool {
        let stages = mine.take::<Stage>();
        let mut packed = std::mem::take(&mut self.packed);
        packed.resize(stages.len().div_ceil(FOUR), 0);
        pack_four(stages, &mut packed);
        let seen = shared(&mut packed);
        let alone = pass::alone();
        let meeting = if self.fixed { at.start } else { at.chance }.stream(self.stream);
        let change = at.chance.stream(CHANGE);
        let group = |&group: &u32| {
            let start = group as usize * self.group_size;
            let of = Of { kernel: self, change, start, packed: seen, alone };
            let left = of.walk(&Grouping::new(meeting, u64::from(group), self.group_size as u32, 2));
            if self.waves {
                at.tallies.add(group as usize, Count::Reached, left);
            }
        };
        if at.live.len() > 1 && at.agents > PIECE {
            at.live.par_iter().with_min_len(PIECE.div_ceil(self.group_size)).for_each(group);
        } else {
            at.live.iter().for_each(group);
        }
        unpack_four(&packed, stages);
        self.packed = packed;
        true
    }
}

/// One group.
struct Of<'a> {
    kernel: &'a Pairs,
    change: Draws,
    /// first agent
    start: usize,
    /// everybody's stage
    packed: &'a [AtomicU8],
    /// whether one thread does all
    alone: bool,
}

impl Of<'_> {
    /// Changes everybody's stage; returns how many left the first one.
    fn walk(&self, order: &Grouping) -> u64 {
        let seated = 2 * order.groups() as usize;
        let pieces = seated.div_ceil(PIECE).max(1);
        let piece = |nth: usize| {
            let end = ((nth + 1) * PIECE).min(seated);
            let blocks = (nth * PIECE..end).step_by(BLOCK);
            blocks.map(|from| wide!(self.block(order, from, BLOCK.min(end - from)))).sum::<u64>()
        };
        let met: u64 = match pieces {
            1 => piece(0),
            _ => (0..pieces).into_par_iter().map(piece).sum(),
        };
        met + (seated..self.kernel.group_size).map(|seat| self.alone(order, seat)).sum::<u64>()
    }

    #[inline(always)]
    fn block(&self, order: &Grouping, from: usize, len: usize) -> u64 {
        let ([mut bytes, mut bits], mut draws) = ([Aligned([0u32; BLOCK]); 2], Aligned([0u64; BLOCK]));
        let (bytes, bits, draws) = (&mut bytes.0, &mut bits.0, &mut draws.0);
        for (k, agent) in bytes.iter_mut().enumerate() {
            *agent = (from + k.min(len - 1)) as u32;
        }
        find_each::<LANES, _>(
            self.packed,
            &mut bytes[..len],
            #[inline(always)]
            |from, agents| {
                order.members(agents);
                for ((draw, bit), agent) in draws[from..].iter_mut().zip(&mut bits[from..]).zip(agents) {
                    let address = self.start + *agent as usize;
                    *draw = self.change.at(address as u64) >> 11;
                    let (byte, first) = place::<FOUR>(address);
                    (*agent, *bit) = (byte as u32, first);
                }
            },
        );
        let (mut stages, mut changes) = ([0u8; BLOCK], [0u8; BLOCK]);
        for (stage, &byte) in stages.iter_mut().zip(&bytes[..len]) {
            *stage = self.packed[byte as usize].load(Relaxed);
        }
        for (stage, &bit) in stages.iter_mut().zip(&*bits) {
            *stage = (u32::from(*stage) >> bit) as u8 & 3;
        }
        let new = self.kernel.become_of(&stages, draws);
        let mut left = 0;
        for k in 0..len {
            changes[k] = u8::from(stages[k] != new[k]);
            left += u64::from((stages[k] == 0) & (new[k] != 0));
        }
        for_each_set(&changes, |k| {
            let change = (stages[k] ^ new[k]) << bits[k];
            flip(&self.packed[bytes[k] as usize], change, self.alone);
        });
        left
    }

    /// Who sits out meets nobody.
    fn alone(&self, order: &Grouping, seat: usize) -> u64 {
        let mut agent = [seat as u32];
        order.members(&mut agent);
        let address = self.start + agent[0] as usize;
        let (byte, bit) = place::<FOUR>(address);
        let own = self.packed[byte].load(Relaxed) >> bit & 3;
        let draw = self.change.at(address as u64) >> 11;
        let new = self.kernel.ways[2][usize::from(own)].next(draw);
        flip(&self.packed[byte], (own ^ new) << bit, self.alone);
        u64::from(own == 0 && new != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cascades::CASCADES;
    use crate::registry::Context;

    #[test]
    fn bounds_are_those_of_the_rule() {
        let text = "stages = [\"a\", \"b\", \"c\"]\ntransitions = [\n\
                    { from = \"a\", to = \"b\", by = \"contact\", prob = 0.3 },\n\
                    { from = \"a\", to = \"c\", prob = 0.125 },\n\
                    { from = \"b\", to = \"a\", prob = 1.0 }]";
        let row = CASCADES.iter().find(|row| row.kind == "compartments").expect("it is a row");
        let rule = row.parse(text, &Context::default()).expect("it is well written");
        for (stage, exposed) in (0..3).flat_map(|stage| [(stage, 0), (stage, 1)]) {
            let of = Exposure { stage, exposed, contacts: 1, threshold: 0.0 };
            let way = Way::of(&*rule, of, SAMPLES).expect("its stages each take one piece");
            for bound in way.bounds.into_iter().chain([0, 1 << 52, 1 << 53]) {
                for draw in bound.saturating_sub(2)..(bound + 2).min(1 << 53) {
                    assert_eq!(way.next(draw), rule.next(of, unit64(draw << 11)), "{stage} {exposed} {draw}");
                }
            }
        }
    }
}
