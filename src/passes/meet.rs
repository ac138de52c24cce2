//! Interact: agents meet two by two, act, are paid, are judged and punish.
//!
//! Each side of a meeting works it out for itself (pull): nobody writes another's row.

mod blind;

use super::deeds::{Deeds, Done};
use super::punishes::Resolute;
use super::receive::Gifts;
use super::scratch::{Fines, settle, tally_acts, tally_faced};
use super::terms::{ACT, ASSESSMENT, DONOR, Judged, OBSERVED, PayTable, Roles, Terms, Total};
use crate::acts::Pairs;
use crate::chance::below;
use crate::columns::{ColumnDef, Excluded, Mine, Payoff, Reputation, Strategy, View};
use crate::counted::Counted;
use crate::groups::Group;
use crate::kernels::wide;
use crate::pairings::{Matching, WithReplacement};
use crate::partners::{Meetings, Partners};
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::any::Any;
use std::sync::Arc;

/// Meetings of two.
pub struct Meet {
    /// who meets whom
    pub meetings: Arc<dyn Meetings>,
    /// whether everyone also meets itself, or a copy
    pub with_self: bool,
    /// acts, totals, punishment
    pub terms: Terms,
    /// what a meeting pays
    pub pays: PayTable,
    /// who acts
    pub roles: Roles,
    /// how acts are judged
    pub judged: Option<Judged>,
    /// where each draws partners for oneself and gives to them: what is given
    pub gifts: Option<Arc<Gifts>>,
    /// where what each did is noted for later passes
    pub deeds: Option<Arc<Deeds>>,
    /// private opinions, by which strategies act
    pub opinions: Option<ColumnDef>,
    /// the act that counts as help, where help given and received is counted by strategy
    pub counts_help: Option<u8>,
    /// what a partner shows: its act if acts do not depend on the partner (if it has not the code of the strategy, anyway),
    /// else strategy << 1 | good
    shown: Vec<u8>,
    blind: bool,
    /// whether the numbers of partners are counted by which payoffs are known
    counts: bool,
}

impl Meet {
    /// Meetings of two in which both act, nobody is judged, and payoffs come from `pays`.
    pub fn new(meetings: Arc<dyn Meetings>, terms: Terms, pays: PayTable) -> Meet {
        let (roles, judged, gifts) = (Roles::Mutual, None, None);
        Meet {
            meetings,
            with_self: false,
            terms,
            pays,
            roles,
            judged,
            gifts,
            deeds: None,
            opinions: None,
            counts_help: None,
            shown: vec![],
            blind: false,
            counts: false,
        }
    }

    /// Whether all that comes of meetings is payoffs and judgements.
    pub(crate) fn is_bare(&self) -> bool {
        !self.with_self
            && self.deeds.is_none()
            && self.opinions.is_none()
            && self.counts_help.is_none()
            && self.terms.punishes.is_empty()
            && self.terms.tags.is_none()
            && self.terms.empty.is_none()
            && self.terms.matches.is_none()
    }

    /// What one meeting comes to, by one's own act and the other's.
    pub(crate) fn earned_by_one(&self, [mine, theirs]: [u8; 2]) -> f32 {
        let met = usize::from(mine) * self.pays.acts + usize::from(theirs);
        let pays = self.pays.pays.iter().enumerate();
        let earned = pays.fold(0.0, |earned, (cell, &pay)| earned + f32::from(u8::from(cell == met)) * pay);
        self.with_base(earned)
    }

    /// What somebody has who met nobody.
    pub(crate) fn earned_alone(&self) -> f32 {
        self.with_base(self.pays.pays.iter().fold(0.0, |earned, &pay| earned + 0.0 * pay))
    }

    /// What each act earns before gifts, where the meetings of a tick come to one act of one's own and nothing else, and
    /// one can be told from the other.
    pub(crate) fn earned_by_act(&self) -> Option<[f32; 2]> {
        let earned = [0, 1].map(|act| self.earned_by_one([act, 0]));
        let gives = self.is_bare() && self.gifts.is_some() && self.pays.acts == 2 && self.terms.every == 1;
        (gives && self.meets_one() && earned[0] != earned[1]).then_some(earned)
    }

    /// Whether everybody has one meeting a tick.
    fn meets_one(&self) -> bool {
        let meetings = &*self.meetings as &dyn Any;
        let drawn = meetings.downcast_ref::<WithReplacement>().map(|drawn| drawn.partners == 1);
        let paired = || {
            let matching = meetings.downcast_ref::<Matching>()?;
            Some(matching.meeting_size == 2 && matching.group_size.is_multiple_of(2))
        };
        drawn.or_else(paired).unwrap_or(false)
    }

    fn with_base(&self, earned: f32) -> f32 {
        if self.terms.base != 0.0 { earned + self.terms.base } else { earned }
    }

    /// Whether what anybody does depends on its strategy alone, and nothing comes of it but payoffs.
    fn is_blind(&self) -> bool {
        let acts = &self.terms.acts;
        acts.is_certain()
            && !acts.looks
            && self.judged.is_none()
            && self.terms.tags.is_none()
            && self.deeds.is_none()
            && self.terms.punishes.is_empty()
            && self.roles == Roles::Mutual
            && !(self.with_self && self.terms.empty.is_some())
    }
}

impl Pass for Meet {
    fn name(&self) -> &'static str {
        "game/meet"
    }

    fn access(&self) -> Access {
        let access = self.terms.access(Access::default().read::<Strategy>().write::<Payoff>());
        let access = self.terms.tags.iter().fold(access, |access, tags| tags.read(access));
        match (&self.opinions, self.judged) {
            (Some(opinions), _) => access.read_of(opinions),
            (None, Some(_)) => access.write::<Reputation>(),
            (None, None) if self.terms.acts.looks => access.read::<Reputation>(),
            (None, None) => access,
        }
    }

    fn by_group(&self) -> bool {
        self.meetings.by_group()
    }

    fn is_finite(&self) -> bool {
        // As many partners as there are agents earn less than the largest number.
        let small = |pay: &f32| pay.abs() < f32::MAX / u32::MAX as f32 / 4.0;
        let adds_nothing_else = self.is_blind() && self.terms.every == 1 && self.terms.matches.is_none();
        adds_nothing_else && self.pays.pays.iter().chain([&self.terms.base]).all(small)
    }

    fn pays_in_part(&self) -> bool {
        self.gifts.is_some()
    }

    fn counted(&self) -> Option<Counted> {
        let terms = &self.terms;
        let [a, b, c, d] = self.pays.pays[..] else { return None };
        let around = self.meetings.shifts().len();
        let met = around.max(1) + usize::from(self.with_self);
        let on_lattice = around > 0
            && self.is_blind()
            && met < 255
            && self.opinions.is_none()
            && terms.empty.is_none()
            && terms.matches.is_none();
        let in_pairs = self.is_bare() && self.roles == Roles::Mutual && self.meets_one();
        let counts =
            (on_lattice || in_pairs) && self.pays.acts == 2 && self.gifts.is_none() && terms.every == 1;
        counts.then(|| Counted::new([a, b, c, d], met, terms.total == Total::Mean, terms.base))
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        let noted = self.deeds.as_ref().map_or(0, |_| Deeds::BYTES * agents);
        agents + noted + self.gifts.as_ref().map_or(0, |_| agents)
    }

    fn prepare(&mut self, at: &At, view: &View) {
        self.blind = self.is_blind() && !at.tallies.keeps_pairs();
        self.counts = at.tallies.counted.is_some();
        let strategy = view.col::<Strategy>();
        let acts = &self.terms.acts;
        if self.blind && acts.have_codes_of_strategies() {
            return;
        }
        self.shown.resize(at.agents, 0);
        if self.blind {
            return fill(&mut self.shown, |first, out| {
                acts.blind(&strategy[first..first + out.len()], out);
            });
        }
        if self.opinions.is_some() || self.judged.is_none() && !acts.looks {
            return fill(&mut self.shown, |first, out| {
                out.iter_mut().zip(&strategy[first..]).for_each(|(out, s)| *out = s << 1);
            });
        }
        let reputation = view.col::<Reputation>();
        fill(&mut self.shown, |first, out| {
            let rows = out.iter_mut().zip(&strategy[first..]).zip(&reputation[first..]);
            rows.for_each(|((out, s), r)| *out = s << 1 | r);
        });
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        if self.blind {
            let as_they_are = self.terms.acts.have_codes_of_strategies();
            let acts = if as_they_are { view.col::<Strategy>() } else { &self.shown };
            return match self.pays.acts {
                2 if self.meetings.slots(at) >= 255 => self.blind_many(at, acts, payoff),
                2 if self.meetings.shifts().is_empty() => wide!(self.blind_two(at, acts, payoff)),
                2 => wide!(self.blind_on_torus(at, acts, payoff)),
                _ => self.blind_many(at, acts, payoff),
            };
        }
        let reputation = self.judged.map(|_| mine.take::<Reputation>());
        let resolute = self.terms.punishes.iter().map(|punishes| punishes.resolute(view)).collect();
        let barred = self.terms.bars().then(|| mine.take::<Excluded>());
        let seen = Seeing {
            resolute,
            barred,
            payoff,
            reputation,
            opinions: self.opinions.as_ref().map(|column| view.of(column)),
        };
        match self.pays.acts {
            2 => self.seeing::<4>((at, view), seen),
            3 => self.seeing::<9>((at, view), seen),
            _ => self.seeing::<64>((at, view), seen),
        }
    }
}

/// Bars the punished from the next meetings.
pub(super) fn bar(terms: &Terms, fines: &[Fines], barred: Option<&mut [u16]>) {
    let Some(barred) = barred else { return };
    for (punishes, fines) in terms.punishes.iter().zip(fines).filter(|(punishes, _)| punishes.bars > 0) {
        for (barred, &fines) in barred.iter_mut().zip(&fines.fines) {
            *barred = if fines > 0 { punishes.bars } else { *barred };
        }
    }
}

/// With several partners, the slot of the meeting by which each agent is known: one of those in which it meets somebody.
pub(super) fn observed(meetings: &dyn Meetings, at: &At, slots: usize) -> Option<[u16; BLOCK]> {
    if slots <= 1 {
        return None;
    }
    let (mut room, mut met) = ([0u32; BLOCK], [0u64; BLOCK]);
    let mut each = |slot: usize, f: &mut dyn FnMut(usize)| {
        let partners = meetings.partners(at, slot, &mut room);
        let listed = 0..partners.reach(at);
        listed.filter(|&k| !(meetings.leaves_out() && sits_out(at, &partners, k))).for_each(f);
    };
    (0..slots).for_each(|slot| each(slot, &mut |k| met[k] += 1));
    let draws = at.chance.stream(OBSERVED);
    let (mut observed, mut nth) = ([0u16; BLOCK], [0u64; BLOCK]);
    nth.iter_mut().zip(met).zip(at.range()).for_each(|((nth, met), k)| *nth = below(draws.at(k as u64), met));
    if !meetings.leaves_out() {
        observed.iter_mut().zip(nth).for_each(|(observed, nth)| *observed = nth as u16);
        return Some(observed);
    }
    let mut passed = [0u64; BLOCK];
    for slot in 0..slots {
        each(slot, &mut |k| {
            observed[k] = if passed[k] == nth[k] { slot as u16 } else { observed[k] };
            passed[k] += 1;
        });
    }
    Some(observed)
}

/// Which of the block's agents have a partner in a slot of a pairing that leaves some out.
fn sits_out(at: &At, partners: &Partners, agent: usize) -> bool {
    let alone = |partner: &u32| *partner as usize == at.first + agent;
    matches!(partners, Partners::Listed(list) if list.get(agent).is_some_and(alone))
}

impl Meet {
    /// Means, what everybody has besides, and the payoffs so far.
    fn finish(&self, at: &At, earned: &mut [f32], met: &[u16; BLOCK], payoff: &mut [f32]) {
        self.complete(earned, met.iter().copied());
        settle(self.terms.fresh(at.tick), earned, payoff);
    }

    /// Means, and what everybody has besides.
    #[inline(always)]
    fn complete<N: Ord + From<u8>>(&self, earned: &mut [f32], met: impl Iterator<Item = N>)
    where
        f32: From<N>,
    {
        if self.terms.total == Total::Mean {
            for (earned, met) in earned.iter_mut().zip(met) {
                *earned /= f32::from(met.max(N::from(1)));
            }
        }
        if self.terms.base != 0.0 {
            earned.iter_mut().for_each(|earned| *earned += self.terms.base);
        }
    }

    /// Acts may depend on the partner or on chance; acts may be judged and punished. `K2` is at least acts squared.
    ///
    /// A function of its own: its room is made, page by page, at every call of what holds it.
    #[inline(never)]
    fn seeing<const K2: usize>(&self, (at, view): (&At, &View), seen: Seeing) {
        let Seeing { payoff, reputation, opinions, resolute, barred } = seen;
        let acts = self.pays.acts;
        let me = &self.shown[at.range()];
        let mut s = Slot::new(at);
        s.good.iter_mut().zip(me).for_each(|(good, shown)| *good = shown & 1);
        let good = s.good;
        let mut counts = [[0u16; BLOCK]; K2];
        let mut fines = Fines::of_each(&self.terms.punishes);
        let mut met = [0u16; BLOCK];
        let slots = self.meetings.slots(at);
        let known = self.judged.is_some() || self.deeds.is_some();
        let observed = if known { observed(&*self.meetings, at, slots) } else { None };
        let mut verdict = good;
        for slot in 0..slots + usize::from(self.with_self) {
            let len = self.meet((at, view), [slot, slots], opinions, &mut s);
            s.count(acts, len, &mut counts);
            met[..len].iter_mut().zip(&s.present).for_each(|(met, &present)| *met += u16::from(present));
            self.tally_slot(at, &s, len);
            if self.counts && self.gifts.is_none() {
                tally_faced(at, &s.mine, &s.theirs);
            }
            // A meeting with oneself is paid, never judged.
            let seen = |k: usize| slot < slots && observed.as_ref().is_none_or(|of| of[k] == slot as u16);
            if let Some(deeds) = &self.deeds {
                self.note(at, slot, &s, (deeds, &|k| k < len && s.acting[k] == 1 && seen(k)));
            }
            self.punish(at, (slot, len), (&s, &resolute), &mut fines);
            if let Some(judged) = &self.judged {
                let draws = at.chance.stream(ASSESSMENT);
                let mut acting = s.acting;
                if observed.is_some() || slot == slots {
                    (0..len).for_each(|k| acting[k] &= u8::from(seen(k)));
                }
                wide!(for (k, draw) in (0..len).zip(draws.from(at.first as u64)) {
                    let new = judged.judge(s.mine[k], good[k], s.they[k] & 1, draw);
                    verdict[k] ^= (verdict[k] ^ new) & acting[k].wrapping_neg();
                });
                if judged.sanctions {
                    // Who acts and then punishes is known for the latter.
                    let draws = draws.number(1);
                    for k in (0..len).filter(|&k| fines.iter().any(|of| of.pays[k] == 1) && seen(k)) {
                        let draw = draws.at((at.first + k) as u64);
                        verdict[k] = judged.judge_punisher(good[k], s.they[k] & 1, draw);
                    }
                }
            }
        }
        let mut earned = [0f32; BLOCK];
        for (counts, &pay) in counts.iter().zip(&self.pays.pays) {
            for (earned, &count) in earned[..at.len].iter_mut().zip(counts) {
                *earned += f32::from(count) * pay;
            }
        }
        for (punishes, fines) in self.terms.punishes.iter().zip(&fines) {
            fines.settle(at, punishes, &mut earned);
            if punishes.upkeep != 0.0 {
                for ((earned, &met), &me) in earned.iter_mut().zip(&met).zip(me) {
                    *earned -= punishes.upkeep * f32::from(met * u16::from(punishes.is_punisher(me >> 1)));
                }
            }
        }
        bar(&self.terms, &fines, barred);
        self.finish(at, &mut earned[..at.len], &met, payoff);
        if let Some(reputation) = reputation {
            reputation.copy_from_slice(&verdict[..at.len]);
        }
    }

    /// Which of several meetings of the same two it is, for chance: who draws partners may draw one twice, but on ties a
    /// pair has a slot on either side.
    fn nth(&self, slot: usize) -> u64 {
        if self.meetings.mutual() { 0 } else { slot as u64 }
    }

    /// Notes the punishments of a slot on both sides.
    fn punish(
        &self,
        at: &At,
        (slot, len): (usize, usize),
        (s, resolute): (&Slot, &[Resolute]),
        fines: &mut [Fines],
    ) {
        let me = &self.shown[at.range()];
        for ((punishes, resolute), fines) in self.terms.punishes.iter().zip(resolute).zip(fines) {
            let draws = punishes.decides(at.chance).number(self.nth(slot));
            for k in 0..len {
                let (me, they) = (me[k] >> 1, s.they[k] >> 1);
                let (a, b, present) = (s.agent[k], s.partner[k], s.present[k].wrapping_neg());
                let fined = punishes.motive(they, me, s.mine[k]) & present;
                let pays = punishes.punishes(me, they, s.theirs[k]) & present;
                fines.fine(k, fined & resolute.acts(draws, b, a).wrapping_neg());
                fines.pays[k] = pays & resolute.acts(draws, a, b);
                fines.fees[k] += u32::from(fines.pays[k]);
            }
        }
    }

    /// Works out one slot: partners, who acts, what is done on both sides. Returns how many agents, the first of the
    /// block, may have a partner in it.
    fn meet(
        &self,
        (at, view): (&At, &View),
        [slot, slots]: [usize; 2],
        opinions: Option<&[u8]>,
        s: &mut Slot,
    ) -> usize {
        let me = &self.shown[at.range()];
        let len = if slot == slots {
            s.partner[..at.len].copy_from_slice(&s.agent[..at.len]);
            s.they[..at.len].copy_from_slice(me);
            at.len
        } else {
            let mut room = [0u32; BLOCK];
            let partners = self.meetings.partners(at, slot, &mut room);
            partners.indices(at, &mut s.partner);
            partners.gather(at, &self.shown, &mut s.they)
        };
        s.present[..len].fill(1);
        if slot < slots && self.meetings.leaves_out() {
            for k in 0..len {
                s.present[k] = u8::from(s.partner[k] != s.agent[k]);
            }
        }
        if let Some(empty) = self.terms.empty.filter(|_| slot == slots) {
            // Nobody is at an empty place to meet itself.
            s.present
                .iter_mut()
                .zip(me)
                .for_each(|(present, shown)| *present = u8::from(shown >> 1 != empty));
        }
        for k in 0..len {
            s.seen[k] = s.they[k] & 1;
        }
        if let Some(opinions) = opinions {
            let size = at.group_size;
            let seen = |by: u32, agent: u32| opinions[by as usize * size + agent as usize % size];
            for k in 0..len {
                (s.seen[k], s.good[k]) = (seen(s.agent[k], s.partner[k]), seen(s.partner[k], s.agent[k]));
            }
        }
        s.shown = s.good;
        if let Some(tags) = &self.terms.tags {
            let (agent, partner) = (&s.agent[..len], &s.partner[..len]);
            tags.see(view, &me[..len], [agent, partner], &mut s.seen[..len]);
            tags.see(view, &s.they[..len], [partner, agent], &mut s.shown[..len]);
        }
        let draws = at.chance.stream(ACT).number(self.nth(slot));
        let (agent, partner) = (&s.agent[..len], &s.partner[..len]);
        let acts = &self.terms.acts;
        let pairs = Pairs { actor: agent, recipient: partner, draws };
        acts.acts_block(&me[..len], &s.seen, pairs, &mut s.mine);
        let pairs = Pairs { actor: partner, recipient: agent, draws };
        acts.acts_block(&s.they[..len], &s.shown, pairs, &mut s.theirs);
        s.acting[..len].copy_from_slice(&s.present[..len]);
        if self.roles == Roles::DonorRecipient {
            self.give(at, slot, len, s);
        }
        len
    }

    /// One of the two acts; the other's act is none, which is the code 0 of the donation game.
    fn give(&self, at: &At, slot: usize, len: usize, s: &mut Slot) {
        if let Some(gifts) = &self.gifts {
            let mut given = [0u8; BLOCK];
            for (given, (mine, present)) in given.iter_mut().zip(s.mine.iter().zip(&s.present)) {
                *given = mine * present;
            }
            gifts.give_each(&s.partner[..len], &given);
            s.theirs[..len].fill(0);
            return;
        }
        let draws = at.chance.stream(DONOR).number(slot as u64);
        for k in 0..len {
            let (a, b) = (s.agent[k], s.partner[k]);
            let coin = (draws.pair(a.min(b), a.max(b)) >> 63) as u8;
            let donor = coin ^ u8::from(a < b);
            s.acting[k] &= donor;
            s.mine[k] &= donor.wrapping_neg();
            s.theirs[k] &= (donor ^ 1).wrapping_neg();
        }
    }

    /// Notes the acts by which agents are known; in the first slot, that the others did nothing so far.
    fn note(&self, at: &At, slot: usize, s: &Slot, (deeds, known): (&Deeds, &dyn Fn(usize) -> bool)) {
        for k in 0..at.len {
            if known(k) {
                let (to, act) = (s.partner[k] as usize, s.mine[k]);
                deeds.note(at.first + k, Some(Done { to, act }));
            } else if slot == 0 {
                deeds.note(at.first + k, None);
            }
        }
    }

    /// Counts help by the strategies of who gives and who receives it.
    fn tally_help(&self, at: &At, s: &Slot, (help, len): (u8, usize)) {
        let me = &self.shown[at.range()];
        let mut given = vec![[0; 2]; crate::acts::SHOWN_STRATEGIES];
        at.each_group(|group, block| {
            given.fill([0; 2]);
            for k in block.start..block.end.min(len) {
                let helps = u64::from(u8::from(s.mine[k] == help) & s.acting[k]);
                given[usize::from(me[k] >> 1)][0] += helps;
                given[usize::from(s.they[k] >> 1)][1] += helps;
            }
            at.tallies.add_given(group, &given);
        });
    }

    fn tally_slot(&self, at: &At, s: &Slot, len: usize) {
        if let Some(help) = self.counts_help {
            self.tally_help(at, s, (help, len));
        }
        let mut weight = [0u16; BLOCK];
        weight.iter_mut().zip(&s.acting[..len]).for_each(|(weight, &acting)| *weight = acting.into());
        tally_acts(at, &s.mine[..at.len], &weight[..at.len], self.pays.acts);
        if at.tallies.keeps_pairs() {
            for k in (0..len).filter(|&k| s.present[k] == 1) {
                let pair = [self.shown[at.first + k] >> 1, s.they[k] >> 1];
                let earned = f64::from(self.pays.pay(s.mine[k], s.theirs[k]));
                at.tallies.add_pair((at.first + k) / at.group_size, pair, earned, 1);
            }
        }
    }
}

/// The columns that meetings read and write where acts depend on the partner.
struct Seeing<'a> {
    payoff: &'a mut [f32],
    reputation: Option<&'a mut [u8]>,
    opinions: Option<&'a [u8]>,
    resolute: Vec<Resolute<'a>>,
    barred: Option<&'a mut [u16]>,
}

/// One slot of a block.
struct Slot {
    /// how the agent is seen by its partner
    good: [u8; BLOCK],
    agent: [u32; BLOCK],
    partner: [u32; BLOCK],
    /// what the partner shows
    they: [u8; BLOCK],
    /// what the agent sees of the partner: a good reputation, or its own kind
    seen: [u8; BLOCK],
    /// what the partner sees of the agent
    shown: [u8; BLOCK],
    mine: [u8; BLOCK],
    theirs: [u8; BLOCK],
    /// 1 if there is a meeting
    present: [u8; BLOCK],
    /// 1 if the agent acts in it
    acting: [u8; BLOCK],
}

impl Slot {
    fn new(at: &At) -> Slot {
        let bytes = [0u8; BLOCK];
        let mut agent = [0u32; BLOCK];
        agent[..at.len].iter_mut().zip(at.range()).for_each(|(agent, of)| *agent = of as u32);
        Slot {
            good: bytes,
            agent,
            partner: [0; BLOCK],
            they: bytes,
            seen: bytes,
            shown: bytes,
            mine: bytes,
            theirs: bytes,
            present: bytes,
            acting: bytes,
        }
    }

    /// Counts each agent's meeting by both acts: `mine * acts + theirs`.
    fn count(&self, acts: usize, len: usize, counts: &mut [[u16; BLOCK]]) {
        const FEW: usize = 3;
        let meetings = || self.mine.iter().zip(&self.theirs).zip(&self.present).take(len);
        if acts > FEW {
            for (k, ((&mine, &theirs), &present)) in meetings().enumerate() {
                counts[usize::from(mine) * acts + usize::from(theirs)][k] += u16::from(present);
            }
            return;
        }
        for (both, counts) in counts[..acts * acts].iter_mut().enumerate() {
            let [by, to] = [both / acts, both % acts].map(|act| act as u8);
            wide!(for (count, ((&mine, &theirs), &present)) in counts.iter_mut().zip(meetings()) {
                *count += u16::from(present & u8::from(mine == by) & u8::from(theirs == to));
            });
        }
    }
}

/// `one` where c is 1, `zero` where it is 0: by masks, because an `if` between two loads becomes a choice of
/// addresses, which does not vectorise.
#[inline(always)]
pub(super) fn select(c: u8, zero: f32, one: f32) -> f32 {
    let mask = u32::from(c).wrapping_neg();
    f32::from_bits(zero.to_bits() ^ ((zero.to_bits() ^ one.to_bits()) & mask))
}
