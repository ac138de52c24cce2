//! Help to strangers, its judgement and the imitation that follows, in two sweeps over packed bytes.
//!
//! Replaces `game/meet`, `game/receive` and `learning/imitate` where everybody draws one partner of the group, may help it,
//! is judged by that, and later looks at one random model. What is gathered at random is one byte: of the recipient its
//! reputation beside the number of gifts, which is where the gift is noted; of the model its strategy, its act and the
//! gifts, from which its payoff follows. Every thread notes gifts in bytes of its own as long as threads are few.

use super::{Shares, each_piece, lookup, prefetch, shared, threshold_of, wide};
use crate::acts::ActTable;
use crate::chance::{Draws, below_u32, hits, unit};
use crate::columns::{Mine, Payoff, Reputation, Strategy, View};
use crate::groups::{Count, Group};
use crate::learning::{Learning, Models};
use crate::pairings::WithReplacement;
use crate::pass::{Access, At, Pass};
use crate::passes::{
    ACT, ASSESSMENT, DECISION, Imitate, Judged, MODEL, Meet, ModelsOf, Receive, Revision, Roles,
};
use std::any::Any;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// Strategies that a packed byte can name.
const STRATEGIES: usize = 8;
/// Gifts that a packed byte can count: so many or more are looked up. Few in tests, so that some are.
const GIFTS: usize = if cfg!(test) { 2 } else { 15 };
/// Payoffs that have thresholds: an act and fewer gifts than that.
const CODES: usize = 2 * (GIFTS + 1);
/// Agents whose draws and gathers are in flight together.
const BLOCK: usize = 256;
/// Agents of a piece of work.
const PIECE: usize = 1 << 14;
/// Threads that note gifts in bytes of their own.
const APART: usize = 4;

/// The fused pass.
pub(super) struct Strangers {
    group_size: usize,
    meeting: crate::chance::Stream,
    acts: Arc<ActTable>,
    /// the act of each `strategy << 1 | good`, where acts are certain
    certain: [u8; 32],
    judged: Option<Judged>,
    /// what each act comes to without gifts, in payoff units
    earned: [f32; 2],
    /// what a gift is worth
    worth: f32,
    rule: Arc<dyn Learning>,
    revision: Revision,
    /// by the codes of learner and model, `gifts << 1 | act`
    thresholds: Box<[[u32; CODES]; CODES]>,
    /// a byte an agent, for each thread or for all: gifts << 1 | good
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
        let ModelsOf::Structure(models) = &learn.models else { return None };
        let plain = meet.is_of_strangers()
            && meet.roles == Roles::DonorRecipient
            && meet.pays.acts == 2
            && drawn.partners == 1
            && (meet.judged.is_some() || !meet.terms.acts.looks)
            && meet.terms.acts.strategies() <= STRATEGIES
            && meet.terms.every == 1
            && learn.every == 1
            && learn.copies_only_strategy()
            && models.complete()
            && models.degree(0) + 1 == drawn.group_size
            && matches!(learn.rule.models(), Models::One)
            && drawn.group_size > 1;
        if !plain {
            return None;
        }
        let earned = [0, 1].map(|act| meet.earned_by_one(act));
        let mut kernel = Strangers {
            group_size: drawn.group_size,
            meeting: drawn.stream,
            acts: meet.terms.acts.clone(),
            certain: std::array::from_fn(|shown| meet.terms.acts.certainly(shown as u8)),
            judged: meet.judged,
            earned,
            worth: receive.worth,
            rule: learn.rule.clone(),
            revision: learn.revision.clone(),
            thresholds: Box::new([[0; CODES]; CODES]),
            noted: vec![],
            packed: vec![],
        };
        // A payoff that is no finite number must be found by the passes, in the tick in which it comes about.
        let most = kernel.group_size as u64;
        if (0..2).any(|act| !kernel.payoff(act, most).is_finite()) {
            return None;
        }
        let pays: Vec<f32> =
            (0..CODES).map(|code| kernel.payoff((code & 1) as u8, (code >> 1) as u64)).collect();
        for (own, row) in kernel.thresholds.iter_mut().enumerate() {
            for (model, threshold) in row.iter_mut().enumerate() {
                *threshold = threshold_of(&*learn.rule, pays[own], pays[model])?;
            }
        }
        Some(kernel)
    }

    #[inline(always)]
    fn payoff(&self, act: u8, gifts: u64) -> f32 {
        self.earned[usize::from(act & 1)] + gifts as f32 * self.worth
    }

    /// The gifts to an agent, from all threads and those that found no room.
    fn gifts(&self, agent: usize, more: &[u32]) -> u64 {
        let noted: u64 = self.noted.iter().map(|noted| u64::from(noted[agent] >> 1)).sum();
        noted + more.iter().filter(|&&of| of as usize == agent).count() as u64
    }
}

/// Gifts that fit beside a reputation: one more is noted elsewhere.
const FULL: u8 = if cfg!(test) { 3 } else { 127 };

impl Pass for Strangers {
    fn name(&self) -> &'static str {
        "kernels/strangers"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Strategy>().write::<Payoff>();
        if self.judged.is_some() { access.write::<Reputation>() } else { access }
    }

    fn mirror_bytes(&self, agents: u64, threads: u64) -> u64 {
        let noted = if threads <= APART as u64 { threads } else { 1 };
        agents * (noted + 1)
    }

    fn block(&self, _: &At, _: &View, _: Mine, _: &mut [Group]) {
        unreachable!("it does all at once")
    }

    fn whole(&mut self, at: &At, mine: &mut Mine, _: &mut [Group]) -> bool {
        let threads = rayon::current_num_threads();
        let (mut noted, mut packed) = (std::mem::take(&mut self.noted), std::mem::take(&mut self.packed));
        noted.resize(if threads <= APART { threads } else { 1 }, vec![]);
        noted.iter_mut().for_each(|noted| noted.resize(at.agents, 0));
        packed.resize(at.agents, 0);
        let mut nobody = [];
        let reputations: &mut [u8] =
            if self.judged.is_some() { mine.take::<Reputation>() } else { &mut nobody };
        let strategies = mine.take::<Strategy>();
        let more = Mutex::new(vec![]);

        self.show(at, reputations, &mut noted);
        let shares = Given { reputations: Shares::of(reputations), packed: Shares::of(&mut packed) };
        let notes: Vec<&[AtomicU8]> = noted.iter_mut().map(|noted| shared(noted)).collect();
        each_piece(at, PIECE, |start, from, len| {
            self.give(at, (start, from, len), strategies, &shares, (&notes, &more));
        });
        self.noted = noted;

        let more = more.into_inner().unwrap_or_default();
        let (packing, payoffs) = (Shares::of(&mut packed), Shares::of(mine.take::<Payoff>()));
        each_piece(at, PIECE, |_, from, len| {
            self.receive(from, len, &more, (&packing, at.looked_at.then_some(&payoffs)));
        });

        let strategies = Shares::of(strategies);
        each_piece(at, PIECE, |start, from, len| {
            self.learn(at, (start, from, len), (&packed, &strategies), &more)
        });
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
    fn show(&self, at: &At, reputations: &[u8], noted: &mut [Vec<u8>]) {
        for noted in noted {
            let noted = Shares::of(noted);
            each_piece(at, PIECE, |_, from, len| {
                // SAFETY: pieces are apart.
                let noted = unsafe { noted.range(from..from + len) };
                match self.judged {
                    Some(_) => noted.copy_from_slice(&reputations[from..from + len]),
                    None => noted.fill(0),
                }
            });
        }
    }

    /// Help of the donors of a piece, and what is thought of them for it.
    fn give(
        &self,
        at: &At,
        (start, from, len): (usize, usize, usize),
        strategies: &[u8],
        given: &Given,
        (noted, more): (&[&[AtomicU8]], &Mutex<Vec<u32>>),
    ) {
        let alone = noted.len() > 1 || rayon::current_num_threads() == 1;
        let mine = noted[if noted.len() > 1 { rayon::current_thread_index().unwrap_or(0) } else { 0 }];
        let meeting = at.chance.stream(self.meeting).number(0);
        let (acting, assessing) = (at.chance.stream(ACT).number(0), at.chance.stream(ASSESSMENT));
        let (mut who, mut seen, mut helps) = ([0u32; BLOCK], [0u8; BLOCK], [0u8; BLOCK]);
        let (mut acted, mut draws) = (0, [0u64; BLOCK]);
        for first in (from..from + len).step_by(BLOCK) {
            let len = BLOCK.min(from + len - first);
            let rows = first..first + len;
            wide!(draw_others(meeting, (start, self.group_size), first, &mut who[..len]));
            // Recipients are far apart in memory: they come while the next draws are made.
            who[..len].iter().for_each(|&who| prefetch(mine, who as usize));
            if self.judged.is_some() {
                wide!(assessing.fill(first as u64, &mut draws[..len]));
            }
            for (seen, &who) in seen.iter_mut().zip(&who[..len]) {
                *seen = mine[who as usize].load(Relaxed) & 1;
            }
            let mine_are = &strategies[rows.clone()];
            if self.acts.is_certain() {
                for ((helps, &strategy), &seen) in helps.iter_mut().zip(mine_are).zip(&seen) {
                    *helps = strategy << 1 | seen;
                }
                lookup(&self.certain, &mut helps[..len]);
            } else {
                for k in 0..len {
                    let draw = acting.pair((first + k) as u32, who[k]);
                    helps[k] = self.acts.act(mine_are[k], seen[k], draw);
                }
            }
            for (&act, &who) in helps.iter().zip(&who[..len]) {
                note(&mine[who as usize], act, alone, || {
                    more.lock().map(|mut more| more.push(who)).unwrap_or_default();
                });
            }
            acted += helps[..len].iter().map(|&act| u64::from(act)).sum::<u64>();
            // SAFETY: pieces are apart, and so are their blocks.
            let packed = unsafe { given.packed.range(rows.clone()) };
            for ((packed, &act), &strategy) in packed.iter_mut().zip(&helps).zip(mine_are) {
                *packed = act << 3 | strategy;
            }
            if let Some(judged) = &self.judged {
                // SAFETY: as above; nobody reads reputations here, they were shown before.
                let reputations = unsafe { given.reputations.range(rows) };
                judge(judged, &draws, reputations, (&helps, &seen));
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
        let full = (GIFTS as u8) << 4;
        wide!({
            for noted in &self.noted {
                for (packed, &noted) in packed.iter_mut().zip(&noted[from..from + len]) {
                    let (gifts, room) = ((noted >> 1).min(GIFTS as u8), GIFTS as u8 - (*packed >> 4));
                    *packed += gifts.min(room) << 4;
                }
            }
        });
        for &agent in more {
            if (from..from + len).contains(&(agent as usize)) {
                packed[agent as usize - from] |= full;
            }
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

    /// Everybody looks at a model.
    fn learn(
        &self,
        at: &At,
        (start, from, len): (usize, usize, usize),
        (packed, strategies): (&[u8], &Shares<u8>),
        more: &[u32],
    ) {
        let (models, decisions) = (at.chance.stream(MODEL), at.chance.stream(DECISION).number(0));
        let flat: &[u32] = self.thresholds.as_flattened();
        let (mut who, mut model, mut chance) = ([0u32; BLOCK], [0u8; BLOCK], [0u32; BLOCK]);
        let (mut before, mut takes, mut pair) = ([0u8; BLOCK], [0u8; BLOCK], [0u16; BLOCK]);
        for first in (from..from + len).step_by(BLOCK) {
            let len = BLOCK.min(from + len - first);
            // SAFETY: pieces are apart, and so are their blocks.
            let choice = unsafe { strategies.range(first..first + len) };
            before[..len].copy_from_slice(choice);
            wide!(draw_others(models, (start, self.group_size), first, &mut who[..len]));
            who[..len].iter().for_each(|&who| prefetch(packed, who as usize));
            wide!({
                for (k, chance) in chance.iter_mut().enumerate() {
                    *chance = (decisions.at((first + k) as u64) >> 40) as u32;
                }
            });
            for (model, &who) in model.iter_mut().zip(&who[..len]) {
                *model = packed[who as usize];
            }
            let mine = &packed[first..first + len];
            let mut many = false;
            wide!({
                for ((pair, &own), &other) in pair.iter_mut().zip(mine).zip(&model) {
                    *pair = u16::from(own >> 3) * CODES as u16 + u16::from(other >> 3);
                }
                let full = (GIFTS as u8) << 4;
                many |=
                    mine.iter().zip(&model).fold(false, |many, (&a, &b)| many | (a >= full) | (b >= full));
            });
            for ((takes, &pair), &chance) in takes.iter_mut().zip(&pair).zip(&chance) {
                *takes = u8::from(chance < flat[usize::from(pair) % (CODES * CODES)]).wrapping_neg();
            }
            for ((choice, &model), &takes) in choice.iter_mut().zip(&model).zip(&takes) {
                *choice ^= (*choice ^ (model & 7)) & takes;
            }
            if many {
                let looked = Looked { first, before: &before, who: &who, chance: &chance };
                self.look_closely(looked, packed, more, choice);
            }
            self.revision.settle(&At { first, len, ..*at }, &before[..len], choice);
        }
    }

    /// Decisions where somebody was given too much for a code: by the rule itself.
    #[cold]
    fn look_closely(&self, of: Looked, packed: &[u8], more: &[u32], choice: &mut [u8]) {
        let payoff = |agent: usize| self.payoff(packed[agent] >> 3 & 1, self.gifts(agent, more));
        for (k, choice) in choice.iter_mut().enumerate() {
            let (own, other) = (of.first + k, of.who[k] as usize);
            let chance = unit(u64::from(of.chance[k]) << 40);
            let takes = self.rule.takes(&mut payoff(own), payoff(other), chance);
            *choice = if takes { packed[other] & 7 } else { of.before[k] };
        }
    }
}

/// Learners of a block and their models.
struct Looked<'a> {
    first: usize,
    before: &'a [u8],
    who: &'a [u32],
    chance: &'a [u32],
}

/// Somebody else of the group for each agent from `first` on.
#[inline(always)]
fn draw_others(draws: Draws, (start, size): (usize, usize), first: usize, out: &mut [u32]) {
    let others = size as u32 - 1;
    for (k, out) in out.iter_mut().enumerate() {
        let place = (first + k - start) as u32;
        let other = below_u32(draws.at((first + k) as u64), others);
        *out = start as u32 + other + u32::from(other >= place);
    }
}

/// Notes an act, of which 1 is a gift; ORDER: whole numbers, which commute.
#[inline(always)]
fn note(at: &AtomicU8, act: u8, alone: bool, full: impl FnOnce()) {
    let before = at.load(Relaxed);
    if alone && before >> 1 < FULL {
        // No branch on the act, which nobody can foretell.
        return at.store(before + (act << 1), Relaxed);
    }
    let one_more = |noted: u8| (noted >> 1 < FULL).then_some(noted + 2);
    if act == 1 && (alone || at.fetch_update(Relaxed, Relaxed, one_more).is_err()) {
        full();
    }
}

/// The new reputations of donors.
fn judge(judged: &Judged, draws: &[u64], reputations: &mut [u8], (helps, seen): (&[u8], &[u8])) {
    let (verdicts, help, error) = judged.parts();
    let mut table = [0; 32];
    table[..8].copy_from_slice(&verdicts);
    for ((reputation, &act), &recipient) in reputations.iter_mut().zip(helps).zip(seen) {
        *reputation = u8::from(act == help) << 2 | *reputation << 1 | recipient;
    }
    lookup(&table, reputations);
    wide!({
        for (reputation, &draw) in reputations.iter_mut().zip(draws) {
            *reputation ^= u8::from(hits(draw, error));
        }
    });
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
