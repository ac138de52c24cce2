//! Help to strangers, its judgement and the imitation that follows, in two sweeps over packed bytes.
//!
//! Replaces `game/meet`, `game/receive` and `learning/imitate` where everybody draws one partner of the group, may help it,
//! is judged by that, and later looks at one random model. What is gathered at random is one byte: of the recipient its
//! reputation beside the number of gifts, which is where the gift is noted; of the model its strategy, its act and the
//! gifts, from which its payoff follows. Every thread notes gifts in bytes of its own as long as threads are few.

use super::imitation::{BLOCK, CODES, Imitation, PIECE, STEP, STRATEGIES, Seen, draw_others};
use super::judging::judge;
use super::packed::{TWO, pack_two, place, unpack_two};
use super::tally::{Known, Tally};
use super::{Aligned, Shares, call_for, each_piece, find_each, lookup, shared, sum_of, wide};
use crate::acts::ActTable;
use crate::columns::{Mine, Payoff, Reputation, Strategy, View};
use crate::counted::Counted;
use crate::groups::{Count, Group};
use crate::pairings::WithReplacement;
use crate::pass::{self, Access, At, Pass};
use crate::passes::{ACT, ASSESSMENT, Imitate, Judged, Meet, Receive, Roles};
use std::any::Any;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// Gifts that a packed byte can count: so many or more are looked up. Few in tests, so that some are.
const GIFTS: u8 = if cfg!(test) { 2 } else { 15 };
/// Threads that note gifts in bytes of their own.
const APART: usize = 4;

/// The fused pass.
pub(super) struct Strangers {
    group_size: usize,
    meeting: crate::chance::Stream,
    acts: Arc<ActTable>,
    /// by strategy, where acts are certain: the act towards the bad and, in the next bit, the good
    certain: [u8; 32],
    judged: Option<Judged>,
    /// what each act comes to without gifts, in payoff units
    earned: [f32; 2],
    /// what a gift is worth
    worth: f32,
    /// its codes are `gifts << 1 | act`
    imitation: Imitation,
    counted: Option<Counted>,
    /// four bits an agent, for each thread or for all: gifts << 1 | good
    noted: Vec<Vec<u8>>,
    /// gifts << 4 | act << 3 | strategy
    packed: Vec<u8>,
}

impl Strangers {
    /// The pass that gives the bits of these three, if it serves them.
    pub(super) fn replaces(meet: &dyn Pass, receive: &dyn Pass, learn: &dyn Pass) -> Option<Strangers> {
        let meet = (meet as &dyn Any).downcast_ref::<Meet>()?;
        let receive = (receive as &dyn Any).downcast_ref::<Receive>()?;
        let learn = (learn as &dyn Any).downcast_ref::<Imitate>()?;
        let drawn = (&*meet.meetings as &dyn Any).downcast_ref::<WithReplacement>()?;
        let plain = meet.is_bare()
            && meet.gifts.is_some()
            && meet.roles == Roles::DonorRecipient
            && meet.pays.acts == 2
            && drawn.partners == 1
            && (meet.judged.is_some() || !meet.terms.acts.looks)
            && meet.terms.acts.strategies() <= STRATEGIES
            && meet.terms.every == 1;
        if !plain {
            return None;
        }
        let worth = receive.worth;
        let earned = [0, 1].map(|act| meet.earned_by_one([act, 0]));
        // A payoff that is no finite number must be found by the passes, in the tick in which it comes about.
        let most = drawn.group_size as u64;
        if earned.iter().any(|&earned| !payoff(earned, most, worth).is_finite()) {
            return None;
        }
        let pays: Vec<f32> = (0..2 * (GIFTS as usize + 1))
            .map(|code| payoff(earned[code & 1], (code >> 1) as u64, worth))
            .collect();
        const { assert!(2 * (GIFTS as usize + 1) <= CODES) };
        Some(Strangers {
            group_size: drawn.group_size,
            meeting: drawn.stream,
            acts: meet.terms.acts.clone(),
            certain: std::array::from_fn(|strategy| {
                let towards = |good| meet.terms.acts.certainly((strategy << 1) as u8 | good);
                towards(0) | towards(1) << 1
            }),
            judged: meet.judged,
            earned,
            worth,
            imitation: Imitation::of(learn, drawn.group_size, &pays, Some(GIFTS << 4))?,
            counted: receive.counted(),
            noted: vec![],
            packed: vec![],
        })
    }

    #[inline(always)]
    fn payoff(&self, act: u8, gifts: u64) -> f32 {
        payoff(self.earned[usize::from(act & 1)], gifts, self.worth)
    }

    /// The gifts to an agent, from all threads and those that found no room.
    fn gifts(&self, agent: usize, more: &[u32]) -> u64 {
        let noted: u64 = self.noted.iter().map(|noted| gifts(noted, agent)).sum();
        noted + within(more, agent..agent + 1).len() as u64
    }
}

/// What comes of an act and gifts.
#[inline(always)]
fn payoff(earned: f32, gifts: u64, worth: f32) -> f32 {
    earned + gifts as f32 * worth
}

/// Gifts that fit beside a reputation: one more is noted elsewhere.
const FULL: u8 = if cfg!(test) { 3 } else { 7 };

/// Those of a sorted list who are some agents.
fn within(list: &[u32], agents: Range<usize>) -> &[u32] {
    let [from, end] = [agents.start, agents.end].map(|end| list.partition_point(|&of| (of as usize) < end));
    &list[from..end]
}

/// The gifts to an agent that have been noted in some place.
fn gifts(noted: &[u8], agent: usize) -> u64 {
    let (byte, bit) = place::<TWO>(agent);
    u64::from(noted[byte] >> bit >> 1 & 7)
}

impl Pass for Strangers {
    fn name(&self) -> &'static str {
        "kernels/strangers"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Strategy>().write::<Payoff>();
        if self.judged.is_some() { access.write::<Reputation>() } else { access }
    }

    fn counted(&self) -> Option<Counted> {
        self.counted
    }

    fn mirror_bytes(&self, agents: u64, threads: u64) -> u64 {
        let noted = if threads <= APART as u64 { threads } else { 1 };
        noted * agents.div_ceil(TWO as u64) + agents
    }

    fn block(&self, _: &At, _: &View, _: Mine, _: &mut [Group]) {
        unreachable!("it does all at once")
    }

    fn whole(&mut self, at: &At, mine: &mut Mine, _: &mut [Group]) -> bool {
        let threads = rayon::current_num_threads();
        let (mut noted, mut packed) = (std::mem::take(&mut self.noted), std::mem::take(&mut self.packed));
        noted.resize(if threads <= APART { threads } else { 1 }, vec![]);
        noted.iter_mut().for_each(|noted| noted.resize(at.agents.div_ceil(TWO), 0));
        packed.resize(at.agents, 0);
        let mut nobody = [];
        let reputations: &mut [u8] =
            if self.judged.is_some() { mine.take::<Reputation>() } else { &mut nobody };
        let strategies = mine.take::<Strategy>();
        let more = Mutex::new(vec![]);

        self.show(reputations, &mut noted);
        let shares = Given { reputations: Shares::of(reputations), packed: Shares::of(&mut packed) };
        let notes: Vec<&[AtomicU8]> = noted.iter_mut().map(|noted| shared(noted)).collect();
        each_piece(at, PIECE, |start, from, len| {
            wide!(self.give(at, (start, from, len), strategies, &shares, (&notes, &more)));
        });
        self.noted = noted;

        let mut more = more.into_inner().unwrap_or_default();
        more.sort_unstable();
        let (packing, payoffs) = (Shares::of(&mut packed), Shares::of(mine.take::<Payoff>()));
        each_piece(at, PIECE, |start, from, len| {
            self.receive(from, len, &more, (&packing, at.looked_at.then_some(&payoffs)));
            if at.counted && at.tallies.counted.is_some() {
                // SAFETY: pieces are apart.
                self.tally(
                    at,
                    start / self.group_size,
                    from,
                    (unsafe { packing.range(from..from + len) }, &more),
                );
            }
        });

        let payoff = |agent: usize| self.payoff(packed[agent] >> 3 & 1, self.gifts(agent, &more));
        self.imitation.learn(at, &Seen { packed: &packed, payoff: &payoff }, strategies);
        self.packed = packed;
        true
    }
}

/// What giving writes, each piece its own agents.
struct Given<'a> {
    reputations: Shares<'a, u8>,
    packed: Shares<'a, u8>,
}

impl Strangers {
    /// Everybody's reputation, for every thread, and no gifts.
    fn show(&self, reputations: &[u8], noted: &mut [Vec<u8>]) {
        for noted in noted {
            match self.judged {
                Some(_) => pack_two(reputations, noted),
                None => pass::fill(noted, |_, noted| noted.fill(0)),
            }
        }
    }

    /// Help of the donors of a piece, and what is thought of them for it.
    #[inline(always)]
    fn give(
        &self,
        at: &At,
        (start, from, len): (usize, usize, usize),
        strategies: &[u8],
        given: &Given,
        (noted, more): (&[&[AtomicU8]], &Mutex<Vec<u32>>),
    ) {
        let alone = noted.len() > 1 || pass::alone();
        let mine = noted[if noted.len() > 1 { rayon::current_thread_index().unwrap_or(0) } else { 0 }];
        let meeting = at.chance.stream(self.meeting).number(0);
        let (acting, assessing) = (at.chance.stream(ACT).number(0), at.chance.stream(ASSESSMENT));
        let [mut who, mut bytes] = [Aligned([0u32; BLOCK]); 2];
        let ([mut may, mut seen, mut helps], mut draws) =
            ([Aligned([0u8; BLOCK]); 3], Aligned([0u64; BLOCK]));
        let (who, bytes, draws) = (&mut who.0, &mut bytes.0, &mut draws.0);
        let (may, seen, helps) = (&mut may.0, &mut seen.0, &mut helps.0);
        let mut acted = 0;
        for first in (from..from + len).step_by(BLOCK) {
            let len = BLOCK.min(from + len - first);
            let rows = first..first + len;
            let mine_are = &strategies[rows.clone()];
            // SAFETY: pieces are apart, and so are their blocks.
            let packed = unsafe { given.packed.range(rows.clone()) };
            let judges = self.judged.as_ref().map(|judged| {
                // SAFETY: as above; nobody reads reputations here, they were shown before.
                (judged, unsafe { given.reputations.range(rows) })
            });
            // What comes in order would wait behind what is called for from everywhere.
            call_for(mine_are);
            call_for(packed);
            judges.iter().for_each(|(_, reputations)| call_for(reputations));
            find_each::<STEP, _>(
                mine,
                &mut bytes[..len],
                #[inline(always)]
                |from, bytes| {
                    let who = &mut who[from..from + bytes.len()];
                    draw_others(meeting, (start, self.group_size), first + from, who);
                    for (byte, &who) in bytes.iter_mut().zip(&*who) {
                        *byte = place::<TWO>(who as usize).0 as u32;
                    }
                    if self.judged.is_some() {
                        assessing.fill((first + from) as u64, &mut draws[from..from + who.len()]);
                    }
                },
            );
            let may = &mut may[..len];
            if self.acts.is_certain() {
                may.copy_from_slice(mine_are);
                lookup(&self.certain, may);
            } else {
                for (k, (may, &strategy)) in may.iter_mut().zip(mine_are).enumerate() {
                    let draw = acting.pair((first + k) as u32, who[k]);
                    *may = self.acts.act(strategy, 0, draw) | self.acts.act(strategy, 1, draw) << 1;
                }
            }
            let donors = (&who[..len], &*may, &mut seen[..len], &mut helps[..len]);
            let lost = |who: u32| more.lock().map(|mut more| more.push(who)).unwrap_or_default();
            if alone {
                help_alone(mine, donors, &lost)
            } else {
                help_beside(mine, donors, &lost)
            }
            acted += helps[..len].iter().map(|&act| u64::from(act)).sum::<u64>();
            for ((packed, &act), &strategy) in packed.iter_mut().zip(&*helps).zip(mine_are) {
                *packed = act << 3 | strategy;
            }
            if let Some((judged, reputations)) = judges {
                judge(judged, draws, reputations, (helps, seen));
            }
        }
        let group = start / self.group_size;
        at.tallies.add(group, Count::Act(0), len as u64 - acted);
        at.tallies.add(group, Count::Act(1), acted);
    }

    /// Gifts, and what they are worth where somebody looks.
    fn receive(
        &self,
        from: usize,
        len: usize,
        more: &[u32],
        (packed, payoffs): (&Shares<u8>, Option<&Shares<f32>>),
    ) {
        // SAFETY: pieces are apart.
        let packed = unsafe { packed.range(from..from + len) };
        let full = GIFTS << 4;
        wide!({
            let mut room = [0u8; BLOCK];
            for noted in &self.noted {
                for (first, packed) in (from..).step_by(BLOCK).zip(packed.chunks_mut(BLOCK)) {
                    unpack_two(noted, first, &mut room[..packed.len()]);
                    for (packed, &noted) in packed.iter_mut().zip(&room) {
                        let (gifts, room) = ((noted >> 1).min(GIFTS), GIFTS - (*packed >> 4));
                        *packed += gifts.min(room) << 4;
                    }
                }
            }
        });
        for &agent in within(more, from..from + len) {
            let packed = &mut packed[agent as usize - from];
            *packed += u8::from(*packed < full) << 4;
        }
        let Some(payoffs) = payoffs else { return };
        // SAFETY: pieces are apart.
        let payoffs = unsafe { payoffs.range(from..from + len) };
        wide!({
            for (payoff, &packed) in payoffs.iter_mut().zip(&*packed) {
                *payoff = self.payoff(packed >> 3 & 1, u64::from(packed >> 4));
            }
        });
        for (k, payoff) in payoffs.iter_mut().enumerate().filter(|(k, _)| packed[*k] >= full) {
            *payoff = self.payoff(packed[k] >> 3 & 1, self.gifts(from + k, more));
        }
    }
}

impl Strangers {
    /// Counts gifts, and their squares, by the act of who receives them.
    fn tally(&self, at: &At, group: usize, from: usize, (packed, more): (&[u8], &[u32])) {
        let mut codes = [0u8; PIECE];
        let codes = &mut codes[..packed.len()];
        // Its own variable: one that is captured stands in memory, where each byte that is written might be.
        let most = wide!({
            let mut most = 0;
            for (code, &packed) in codes.iter_mut().zip(packed) {
                *code = packed >> 4 | packed << 1 & 16;
                most = packed.max(most);
            }
            most
        });
        let second = wide!(sum_of::<1>(codes, |code| code >> 4));
        let mut tally = Tally::new(Known { second, others: wide!(sum_of::<15>(codes, |code| code & 15)) });
        tally.add(codes);
        let mut found = tally.found();
        let full = if most >= GIFTS << 4 { packed } else { &[] };
        for (k, &packed) in full.iter().enumerate().filter(|&(_, &packed)| packed >= GIFTS << 4) {
            // More than a code tells.
            let (of, gifts) = (usize::from(packed >> 3 & 1), self.gifts(from + k, more));
            found[of].others += gifts - u64::from(GIFTS);
            found[of].squares += gifts * gifts - u64::from(GIFTS).pow(2);
        }
        for (act, found) in (0..).zip(found) {
            at.tallies.add(group, Count::Faced(act), found.others);
            at.tallies.add(group, Count::FacedSquared(act), found.squares);
        }
    }
}

/// Donors of a block: whom they meet, their acts towards the bad and, in the next bit, the good; room for what they see and do.
type Donors<'a> = (&'a [u32], &'a [u8], &'a mut [u8], &'a mut [u8]);

/// Help on a thread that notes gifts alone, with one look at each recipient: for its reputation, and to note the gift. Who has
/// no room for a gift goes to `lost`. A function of its own: within another, what the loop needs does not stand in registers.
#[inline(never)]
fn help_alone(noted: &[AtomicU8], (who, may, seen, helps): Donors, lost: &dyn Fn(u32)) {
    wide!({
        for (((&who, &may), seen), helps) in who.iter().zip(may).zip(&mut *seen).zip(&mut *helps) {
            let (byte, bit) = place::<TWO>(who as usize);
            let before = u32::from(noted[byte].load(Relaxed));
            let own = before >> bit;
            let act = u32::from(may) >> (own & 1) & 1;
            (*seen, *helps) = (own as u8 & 1, act as u8);
            if own as u8 & FULL << 1 != FULL << 1 {
                // No branch on the act, which nobody can foretell.
                noted[byte].store((before + (act << 1 << bit)) as u8, Relaxed);
            } else if act > 0 {
                lost(who);
            }
        }
    });
}

/// The same among threads that note gifts in the same bytes. ORDER: whole numbers, which commute.
fn help_beside(noted: &[AtomicU8], (who, may, seen, helps): Donors, lost: &dyn Fn(u32)) {
    // All bits of the largest number of gifts are set.
    const { assert!((FULL + 1).is_power_of_two()) };
    for (((&who, &may), seen), helps) in who.iter().zip(may).zip(seen).zip(helps) {
        let (byte, bit) = place::<TWO>(who as usize);
        *seen = noted[byte].load(Relaxed) >> bit & 1;
        *helps = may >> *seen & 1;
        let full = FULL << 1 << bit;
        let one_more = |noted: u8| (noted & full != full).then(|| noted + (1 << 1 << bit));
        if *helps > 0 && noted[byte].fetch_update(Relaxed, Relaxed, one_more).is_err() {
            lost(who);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::scenario::Source;
    use crate::simulation::Simulation;
    use std::sync::Arc;

    #[test]
    fn who_is_given_much_counts_all_of_it() {
        let states = |kernels: bool, threads: usize| {
            let text = format!(
                "[run]\nticks = 9\nseed = 4\nkernels = {kernels}\n[population]\nagents = 40000\n[structure]\n\
                 kind = \"well-mixed\"\npairing = \"with-replacement\"\n[[strategy]]\nname = \"allc\"\nplays = \"C\"\n\
                 share = 0.5\n[[strategy]]\nname = \"alld\"\nplays = \"D\"\n[game]\nkind = \"donation\"\n\
                 roles = \"donor-recipient\"\nbenefit = 2.0\ncost = 1.0\n[learning]\nkind = \"fermi\"\n\
                 selection = 0.5\n"
            );
            let source = Source { name: "much".into(), file: "much.toml".into(), text, folder: ".".into() };
            let scenario = Arc::new(source.read().expect("it is well written"));
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads");
            pool.install(|| {
                let mut simulation = Simulation::of(scenario).build();
                let mut states = vec![];
                for _ in 0..4 {
                    simulation.tick().expect("payoffs are finite");
                    states.push(simulation.state_hash());
                }
                (states, simulation.kernels().len())
            })
        };
        let (wanted, none) = states(false, 1);
        assert_eq!(none, 0);
        for threads in [1, 2, 7] {
            assert_eq!(states(true, threads), (wanted.clone(), 1), "{threads} threads");
        }
    }
}
