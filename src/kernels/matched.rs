//! Pairs of a random matching who act towards each other, are judged for it, and imitate one random model.
//!
//! Replaces `game/meet` and `learning/imitate` where everybody meets one other of the group. Of the partner and of the
//! model one byte is gathered; a payoff is one of five, so nobody's has to be looked up.

use super::imitation::{BLOCK, Imitation, PIECE, STRATEGIES, Seen};
use super::judging::judge;
use super::{Aligned, Shares, call_for, each_piece, find_each, lookup, wide};
use crate::acts::ActTable;
use crate::chance::{Grouping, LANES, Stream};
use crate::columns::{Mine, Payoff, Reputation, Strategy, View};
use crate::counted::Counted;
use crate::groups::{Count, Group};
use crate::pairings::Matching;
use crate::pass::{Access, At, Pass};
use crate::passes::{ACT, ASSESSMENT, DONOR, Imitate, Judged, Meet, Roles};
use std::any::Any;
use std::sync::Arc;

/// The code of the payoff of who met nobody; below it they are `other's act << 1 | own act`.
const ALONE: usize = 4;
/// Codes in three bits.
const CODES: usize = 8;

/// The fused pass.
pub(super) struct Matched {
    group_size: usize,
    fixed: bool,
    meeting: Stream,
    acts: Arc<ActTable>,
    /// the act of each `strategy << 1 | partner is good`, where acts are certain
    certain: [u8; 32],
    /// whether only one of a pair acts
    one_gives: bool,
    judged: Option<Judged>,
    /// by code
    pays: [f32; CODES],
    imitation: Imitation,
    counted: Option<Counted>,
    /// strategy << 1 | good, as the tick began
    shown: Vec<u8>,
    /// code of the payoff << 3 | strategy
    packed: Vec<u8>,
}

impl Matched {
    /// The pass that gives the bits of these two, if it serves them.
    pub(super) fn replaces(meet: &dyn Pass, learn: &dyn Pass) -> Option<Matched> {
        let meet = (meet as &dyn Any).downcast_ref::<Meet>()?;
        let learn = (learn as &dyn Any).downcast_ref::<Imitate>()?;
        let matching = (&*meet.meetings as &dyn Any).downcast_ref::<Matching>()?;
        let served = meet.is_bare()
            && meet.gifts.is_none()
            && matching.meeting_size == 2
            && meet.pays.acts == 2
            && (meet.judged.is_some() || !meet.terms.acts.looks)
            && meet.terms.acts.strategies() <= STRATEGIES
            && meet.terms.every == 1;
        if !served {
            return None;
        }
        let [a, b, c, d] = [[0, 0], [1, 0], [0, 1], [1, 1]].map(|acts| meet.earned_by_one(acts));
        let mut pays = [meet.earned_alone(); CODES];
        pays[..ALONE].copy_from_slice(&[a, b, c, d]);
        Some(Matched {
            group_size: matching.group_size,
            fixed: matching.fixed,
            meeting: matching.stream,
            acts: meet.terms.acts.clone(),
            certain: std::array::from_fn(|shown| meet.terms.acts.certainly(shown as u8)),
            one_gives: meet.roles == Roles::DonorRecipient,
            judged: meet.judged,
            pays,
            imitation: Imitation::of(learn, matching.group_size, &pays, None)?,
            counted: meet.counted(),
            shown: vec![],
            packed: vec![],
        })
    }
}

impl Pass for Matched {
    fn name(&self) -> &'static str {
        "kernels/matched"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Strategy>().write::<Payoff>();
        if self.judged.is_some() { access.write::<Reputation>() } else { access }
    }

    fn counted(&self) -> Option<Counted> {
        self.counted
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        2 * agents
    }

    fn block(&self, _: &At, _: &View, _: Mine, _: &mut [Group]) {
        unreachable!("it does all at once")
    }

    fn whole(&mut self, at: &At, mine: &mut Mine, _: &mut [Group]) -> bool {
        let (mut shown, mut packed) = (std::mem::take(&mut self.shown), std::mem::take(&mut self.packed));
        shown.resize(at.agents, 0);
        packed.resize(at.agents, 0);
        let mut nobody = [];
        let reputations: &mut [u8] =
            if self.judged.is_some() { mine.take::<Reputation>() } else { &mut nobody };
        let strategies = mine.take::<Strategy>();
        let payoffs = mine.take::<Payoff>();

        show(at, strategies, reputations, &mut shown);
        let done = Done {
            packed: Shares::of(&mut packed),
            reputations: Shares::of(reputations),
            payoffs: at.looked_at.then(|| Shares::of(payoffs)),
        };
        each_piece(at, PIECE, |start, from, len| self.meet(at, (start, from, len), &shown, &done));
        let payoff = |agent: usize| self.pays[usize::from(packed[agent] >> 3) % CODES];
        self.imitation.learn(at, &Seen { packed: &packed, payoff: &payoff }, strategies);
        (self.shown, self.packed) = (shown, packed);
        true
    }
}

/// What meetings write, each piece its own agents.
struct Done<'a> {
    packed: Shares<'a, u8>,
    /// of nobody where nobody is judged
    reputations: Shares<'a, u8>,
    payoffs: Option<Shares<'a, f32>>,
}

/// What everybody shows to a partner.
fn show(at: &At, strategies: &[u8], reputations: &[u8], shown: &mut [u8]) {
    let shown = Shares::of(shown);
    each_piece(at, PIECE, |_, from, len| {
        let rows = from..from + len;
        // SAFETY: pieces are apart.
        let shown = unsafe { shown.range(rows.clone()) };
        wide!({
            for (shown, &strategy) in shown.iter_mut().zip(&strategies[rows.clone()]) {
                *shown = strategy << 1;
            }
            // Where nobody is judged there are no reputations.
            for (shown, &good) in shown.iter_mut().zip(reputations.get(rows.clone()).unwrap_or(&[])) {
                *shown |= good;
            }
        });
    });
}

/// Adds how many of these bytes are 1, and with how many of them others are.
fn add(counts: &mut [u64; 2], bytes: &[u8], others: &[u8]) {
    let [all, both] = wide!({
        let (mut all, mut both) = (0u32, 0u32);
        for (byte, other) in bytes.iter().zip(others) {
            all += u32::from(*byte);
            both += u32::from(byte & other);
        }
        [all, both]
    });
    counts[0] += u64::from(all);
    counts[1] += u64::from(both);
}

/// Both sides of the meetings of a block, by lines of the cache.
#[repr(align(64))]
struct Met {
    who: [u32; BLOCK],
    /// what the partner shows
    they: [u8; BLOCK],
    /// own act and the other's
    acts: [[u8; BLOCK]; 2],
    /// 1 if the agent acts
    acting: [u8; BLOCK],
}

impl Matched {
    /// Meetings of a piece, each side for itself.
    fn meet(&self, at: &At, (start, from, len): (usize, usize, usize), shown: &[u8], done: &Done) {
        let chance = if self.fixed { at.start } else { at.chance };
        let group = start / self.group_size;
        let order = Grouping::new(chance.stream(self.meeting), group as u64, self.group_size as u32, 2);
        let assessing = at.chance.stream(ASSESSMENT);
        let mut met = Met { who: [0; BLOCK], they: [0; BLOCK], acts: [[0; BLOCK]; 2], acting: [0; BLOCK] };
        let (mut counts, mut helped, mut draws) = ([0; 2], [0; 2], Aligned([0u64; BLOCK]));
        for first in (from..from + len).step_by(BLOCK) {
            let len = BLOCK.min(from + len - first);
            let rows = first..first + len;
            let me = &shown[rows.clone()];
            // SAFETY: pieces are apart, and so are their blocks.
            let packed = unsafe { done.packed.range(rows.clone()) };
            let judges = self.judged.as_ref().map(|judged| {
                // SAFETY: as above; nobody reads reputations here, they were shown before.
                (judged, unsafe { done.reputations.range(rows.clone()) })
            });
            // What comes in order would wait behind what is called for from everywhere.
            call_for(me);
            call_for(packed);
            judges.iter().for_each(|(_, reputations)| call_for(reputations));
            wide!(find_each::<LANES, _>(
                shown,
                &mut met.who[..len],
                #[inline(always)]
                |from, who| {
                    find_partners(&order, (start, first + from), who);
                    if self.judged.is_some() {
                        assessing.fill((first + from) as u64, &mut draws.0[from..from + who.len()]);
                    }
                }
            ));
            for (they, &who) in met.they.iter_mut().zip(&met.who[..len]) {
                *they = shown[who as usize];
            }
            self.act(at, (first, me), &mut met);
            let [own, other] = &met.acts;
            add(&mut counts, &met.acting[..len], own);
            if at.counted && at.tallies.counted.is_some() {
                add(&mut helped, &other[..len], own);
            }
            self.pack((first, me), &met, packed);
            if let Some((judged, reputations)) = judges {
                met.they.iter_mut().for_each(|they| *they &= 1);
                judge(judged, &draws.0, reputations, (&met.acts[0], &met.they));
                for ((reputation, &acting), &me) in reputations.iter_mut().zip(&met.acting).zip(me) {
                    *reputation ^= (*reputation ^ me & 1) & acting.wrapping_sub(1);
                }
            }
            if let Some(payoffs) = &done.payoffs {
                // SAFETY: as above.
                let payoffs = unsafe { payoffs.range(rows) };
                wide!({
                    for (payoff, &packed) in payoffs.iter_mut().zip(&*packed) {
                        *payoff = self.pays[usize::from(packed >> 3) % CODES];
                    }
                });
            }
        }
        at.tallies.add(group, Count::Act(0), counts[0] - counts[1]);
        at.tallies.add(group, Count::Act(1), counts[1]);
        // Of one partner a number is its square.
        for (act, helped) in (0..).zip([helped[0] - helped[1], helped[1]]) {
            at.tallies.add(group, Count::Faced(act), helped);
            at.tallies.add(group, Count::FacedSquared(act), helped);
        }
    }

    /// What both sides do.
    fn act(&self, at: &At, (first, me): (usize, &[u8]), met: &mut Met) {
        let len = me.len();
        let [own, others] = &mut met.acts;
        if self.acts.is_certain() {
            for (((own, other), &me), &they) in own.iter_mut().zip(&mut *others).zip(me).zip(&met.they) {
                *own = me & !1 | they & 1;
                *other = they & !1 | me & 1;
            }
            lookup(&self.certain, &mut own[..len]);
            lookup(&self.certain, &mut others[..len]);
        } else {
            let draws = at.chance.stream(ACT).number(0);
            for k in 0..len {
                let (agent, partner, they) = ((first + k) as u32, met.who[k], met.they[k]);
                own[k] = self.acts.act(me[k] >> 1, they & 1, draws.pair(agent, partner));
                others[k] = self.acts.act(they >> 1, me[k] & 1, draws.pair(partner, agent));
            }
        }
        met.acting[..len].fill(1);
        if self.alone_is_possible() {
            for (k, (acting, &who)) in met.acting[..len].iter_mut().zip(&met.who).enumerate() {
                *acting = u8::from(who != (first + k) as u32);
            }
        }
        if self.one_gives {
            let draws = at.chance.stream(DONOR).number(0);
            for k in 0..len {
                let (a, b) = ((first + k) as u32, met.who[k]);
                let coin = (draws.pair(a.min(b), a.max(b)) >> 63) as u8;
                let donor = coin ^ u8::from(a < b);
                met.acting[k] &= donor;
                own[k] &= donor.wrapping_neg();
                others[k] &= (donor ^ 1).wrapping_neg();
            }
        }
    }

    fn alone_is_possible(&self) -> bool {
        !self.group_size.is_multiple_of(2)
    }

    /// Strategies, and the codes of what was earned.
    fn pack(&self, (first, me): (usize, &[u8]), met: &Met, packed: &mut [u8]) {
        let [own, others] = &met.acts;
        for (((packed, &me), &own), &other) in packed.iter_mut().zip(me).zip(own).zip(others) {
            *packed = other << 4 | own << 3 | me >> 1;
        }
        if self.alone_is_possible() {
            for (k, (packed, &who)) in packed.iter_mut().zip(&met.who).enumerate() {
                if who == (first + k) as u32 {
                    *packed = (ALONE as u8) << 3 | *packed & 7;
                }
            }
        }
    }
}

/// The partner of each agent from `first` on; oneself for who sits out.
#[inline(always)]
fn find_partners(order: &Grouping, (start, first): (usize, usize), out: &mut [u32]) {
    let mut places = [0u32; LANES];
    for (k, place) in places.iter_mut().enumerate() {
        *place = (first - start + k) as u32;
    }
    order.partner(0, &places[..out.len()], out);
    for (out, place) in out.iter_mut().zip(places) {
        *out = start as u32 + if *out == u32::MAX { place } else { *out };
    }
}
