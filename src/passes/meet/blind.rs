//! Meetings in which what anybody does depends on its own strategy alone: who does what among partners is counted, and payoffs
//! follow from the numbers.

use super::super::scratch::{settle, tally_acts, tally_faced, tally_two};
use super::{Meet, select, sits_out};
use crate::kernels::{Along, lookup_numbers, prefetch_written};
use crate::partners::cover;
use crate::pass::{At, BLOCK};

impl Meet {
    /// Two acts that do not depend on the partner: partners who do the second act are counted in bytes. On a torus everybody
    /// meets as many.
    #[inline(always)]
    pub(super) fn blind_on_torus(&self, at: &At, acts: &[u8], payoff: &mut [f32]) {
        let met = self.meetings.shifts().len() as u8 + u8::from(self.with_self);
        let mut acting = [0u8; BLOCK];
        self.count_along(at, acts, &mut acting);
        let own = &acts[at.range()];
        if self.with_self {
            acting.iter_mut().zip(own).for_each(|(acting, &act)| *acting += act);
        }
        self.earn_blindly(
            at,
            (own, &mut acting),
            payoff,
            #[inline(always)]
            |acting, earned| match met {
                ..16 => self.earn_of_few(own, acting, met, earned),
                _ => self.earn_of_two([own, acting, &[met; BLOCK][..own.len()]], earned),
            },
        );
        tally_two(at, own, u64::from(met));
    }

    /// The same where partners are listed.
    #[inline(always)]
    pub(super) fn blind_two(&self, at: &At, acts: &[u8], payoff: &mut [f32]) {
        let (mut acting, mut met) = ([0u8; BLOCK], [0u8; BLOCK]);
        self.count_listed(at, acts, &mut acting, &mut met);
        let own = &acts[at.range()];
        if self.with_self {
            for ((acting, met), &act) in acting.iter_mut().zip(&mut met).zip(own) {
                *acting += act;
                *met += 1;
            }
        }
        self.earn_blindly(
            at,
            (own, &mut acting),
            payoff,
            #[inline(always)]
            |acting, earned| self.earn_of_two([own, acting, &met[..own.len()]], earned),
        );
        let mut times = [0u16; BLOCK];
        times[..at.len].iter_mut().zip(&met).for_each(|(times, &met)| *times = u16::from(met));
        tally_acts(at, own, &times, 2);
    }

    #[inline(always)]
    fn earn_blindly(
        &self,
        at: &At,
        (own, acting): (&[u8], &mut [u8; BLOCK]),
        payoff: &mut [f32],
        earn: impl Fn(&mut [u8], &mut [f32]),
    ) {
        if self.counts {
            tally_faced(at, own, acting);
        }
        if self.terms.fresh(at.tick) {
            return earn(&mut acting[..at.len], payoff);
        }
        let mut earned = [0f32; BLOCK];
        earn(&mut acting[..at.len], &mut earned[..at.len]);
        settle(false, &earned, payoff);
    }

    /// How many partners do the second act, on a torus.
    #[inline(always)]
    fn count_along(&self, at: &At, acts: &[u8], acting: &mut [u8; BLOCK]) {
        self.meetings.shifts().stretches(
            at.range(),
            #[inline(always)]
            |own, partners| match own.len() {
                64.. => count_lanes::<64>(acts, &partners, &mut acting[own]),
                16.. => count_lanes::<16>(acts, &partners, &mut acting[own]),
                _ => count_lanes::<1>(acts, &partners, &mut acting[own]),
            },
        );
    }

    /// How many partners there are, and how many of them do the second act, where they are listed.
    #[inline(always)]
    fn count_listed(&self, at: &At, acts: &[u8], acting: &mut [u8; BLOCK], met: &mut [u8; BLOCK]) {
        let (mut room, mut piece) = ([0u32; BLOCK], [0u8; BLOCK]);
        for slot in 0..self.meetings.slots(at) {
            let partners = self.meetings.partners(at, slot, &mut room);
            let listed = partners.gather(at, acts, &mut piece);
            acting[..listed].iter_mut().zip(&piece).for_each(
                #[inline(always)]
                |(acting, &act)| *acting += act,
            );
            met[..listed].iter_mut().for_each(|met| *met += 1);
            if self.meetings.leaves_out() {
                // Who sits out is listed as its own partner, and was counted as one.
                for k in (0..listed).filter(|&k| sits_out(at, &partners, k)) {
                    acting[k] -= acts[at.first + k];
                    met[k] -= 1;
                }
            }
        }
    }

    /// What each earned by its own act, from so many partners of whom so many did the second.
    #[inline(always)]
    fn earn_of_two(&self, [own, acting, met]: [&[u8]; 3], earned: &mut [f32]) {
        let [p, t, s, r] = [0, 1, 2, 3].map(|k| self.pays.pays[k]);
        for (((earned, &mine), &acting), &met) in earned.iter_mut().zip(own).zip(acting).zip(met) {
            let (zero, one) = (select(mine, p, s), select(mine, t, r));
            *earned = (f32::from(met) - f32::from(acting)) * zero + f32::from(acting) * one;
        }
        self.complete(earned, met.iter().copied());
    }

    /// The same where everybody has met as many, fewer than 16: what an act and a number come to is worked out once. Numbers
    /// become codes.
    #[inline(always)]
    fn earn_of_few(&self, own: &[u8], acting: &mut [u8], met: u8, earned: &mut [f32]) {
        let (mut mine, mut theirs, mut of_code) = ([0; 32], [0; 32], [0f32; 32]);
        for code in 0..32 {
            (mine[code], theirs[code]) = (code as u8 >> 4, code as u8 & 15);
        }
        self.earn_of_two([&mine, &theirs, &[met; 32]], &mut of_code);
        acting.iter_mut().zip(own).for_each(|(acting, &mine)| *acting |= mine << 4);
        // A few at a time: where there are many agents, those of the next block are called for meanwhile.
        const FEW: usize = 128;
        for (acting, earned) in acting.chunks(FEW).zip(earned.chunks_mut(FEW)) {
            prefetch_written(earned, BLOCK);
            lookup_numbers(&of_code, acting, earned);
        }
    }

    pub(super) fn blind_many(&self, at: &At, acts: &[u8], payoff: &mut [f32]) {
        let (mut room, mut they) = ([0u32; BLOCK], [0u8; BLOCK]);
        let mut counts = vec![[0u32; BLOCK]; self.pays.acts];
        let mut met = [0u16; BLOCK];
        for slot in 0..self.meetings.slots(at) {
            let partners = self.meetings.partners(at, slot, &mut room);
            let len = partners.gather(at, acts, &mut they);
            for k in 0..len {
                let present = !(self.meetings.leaves_out() && sits_out(at, &partners, k));
                counts[usize::from(they[k])][k] += u32::from(present);
                met[k] += u16::from(present);
            }
        }
        let own = &acts[at.range()];
        let mut earned = [0f32; BLOCK];
        for (k, &mine) in own.iter().enumerate() {
            if self.with_self {
                counts[usize::from(mine)][k] += 1;
                met[k] += 1;
            }
            let mut of_each = [0; crate::groups::ACTS];
            of_each.iter_mut().zip(&counts).for_each(|(of, counts)| *of = counts[k]);
            earned[k] = self.pays.total(mine, &of_each[..self.pays.acts]);
        }
        self.finish(at, &mut earned[..at.len], &met, payoff);
        tally_acts(at, own, &met, self.pays.acts);
    }
}

/// How many partners of a stretch of agents do the second act, `L` agents at once; `along` is where the partners stand.
#[inline(always)]
fn count_lanes<const L: usize>(acts: &[u8], along: &Along, acting: &mut [u8]) {
    cover::<L>(
        acting.len(),
        #[inline(always)]
        |k| {
            along.call_ahead::<L, _>(k, acts);
            let mut count = [0u8; L];
            for (theirs, _) in along.lanes::<L, _, _>(k, (acts, acts)) {
                // An array of its own: one that is added to in place would stand in memory.
                let mut next = [0; L];
                for lane in 0..L {
                    next[lane] = count[lane] + theirs[lane];
                }
                count = next;
            }
            acting[k..k + L].copy_from_slice(&count);
        },
    );
}
