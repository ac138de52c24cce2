//! Two strategies of certain acts on a torus: meetings of two and imitation in one sweep.
//!
//! Replaces `game/meet` and `learning/imitate` where everybody meets the same few neighbours, acts are certain, and learners
//! look at all their neighbours or at one of them. A payoff is then one of at most thirty-two numbers, found beforehand
//! by the formulas of the two passes; what a learner does follows from their order, or from a threshold of chance for
//! every pair of them. Payoffs are written only in ticks after which somebody looks at them.

use super::ranks::{Linear, in_order};
use super::tally::Found;
use super::torus::{Around, Chances, Choice, Draw, MOST, Payoffs, Piece, sweep};
use super::{call_for, count_where, threshold_of, wide};
use crate::chance::{Draws, Successive, below_u32};
use crate::columns::{Mine, Payoff, Strategy, View};
use crate::counted::Counted;
use crate::groups::{Count, Group};
use crate::learning::{Learning, Models};
use crate::partners::Shift;
use crate::pass::{Access, At, Coded, Pass};
use crate::passes::{DECISION, Imitate, MODEL, Meet, ModelsOf, Total};
use std::sync::{Arc, Mutex, PoisonError};

/// Agents of a piece of work, about, at least and at most. Each is begun and ended, and some rows around it are worked on twice.
const PIECE: usize = 1 << 16;
const LARGE_PIECE: usize = 1 << 22;
/// Pieces for each thread, where there are several and agents enough: who is done first takes up another.
const PIECES: usize = 8;

/// More bytes than the caches of most machines hold for one of their threads.
const CACHES: usize = 1 << 25;

/// The fused pass.
pub(super) struct Lattice {
    around: Around,
    /// the act of each strategy
    acts: [u8; 2],
    /// the payoff of each code
    pays: [f32; 32],
    learns: Learns,
    counted: Counted,
    /// rows of a piece
    height: usize,
    /// copies of the rows around each piece
    halos: Vec<u8>,
    /// of each piece, how many have the second strategy, where the last tick has counted them
    second: Vec<Option<u64>>,
    /// payoffs as codes, if somebody wants them
    coded: Option<Arc<Mutex<Coded>>>,
}

/// What learners do with the codes of their neighbours.
enum Learns {
    Best { rank: [u8; 32], equal: bool, apart: bool },
    One(Box<Chances>),
}

impl Lattice {
    /// The pass that gives the bits of these two, if it serves them.
    pub(super) fn replaces(meet: &dyn Pass, learn: &dyn Pass) -> Option<Lattice> {
        let meet = (meet as &dyn std::any::Any).downcast_ref::<Meet>()?;
        let learn = (learn as &dyn std::any::Any).downcast_ref::<Imitate>()?;
        let around = around(meet.meetings.shifts(), meet.with_self)?;
        let ModelsOf::Structure(models) = &learn.models else { return None };
        let acts = certain_acts(meet)?;
        let counted = meet.counted()?;
        let plain = learn.every == 1
            && learn.copies_only_strategy()
            && learn.revision.is_nothing()
            && models.shifts() == meet.meetings.shifts();
        if !plain {
            return None;
        }
        let met = around.steps.len() + usize::from(around.with_self);
        let mut pays = pays(meet, acts, met);
        let codes: Vec<usize> = (0..2usize)
            .flat_map(|own| {
                let least = if around.with_self { own } else { 0 };
                let most = met - usize::from(around.with_self && own == 0);
                (least..=most).map(move |others| own << 4 | others)
            })
            .collect();
        if codes.iter().any(|&code| !pays[code].is_finite()) {
            return None;
        }
        let learns = match learn.rule.models() {
            Models::All if !learn.rule.chancy() => best(&*learn.rule, &pays, &codes, around.is_square())?,
            Models::One => Learns::One(chances(&*learn.rule, &pays, &codes)?),
            _ => return None,
        };
        // Nobody has another code: no other number is told.
        let told = pays[codes[0]];
        pays.iter_mut()
            .enumerate()
            .filter(|(code, _)| !codes.contains(code))
            .for_each(|(_, pay)| *pay = told);
        Some(Lattice {
            height: height(&around, PIECE),
            around,
            acts,
            pays,
            learns,
            counted,
            halos: vec![],
            second: vec![],
            coded: None,
        })
    }

    /// How many partners did the second act, and the squares of these numbers, from those who had the second strategy.
    ///
    /// A piece may count what was met across its borders on the other side: what it says alone may be below nothing. Whole
    /// numbers that wrap around add up to those of the group.
    fn faced(&self, found: &Found, met: u64) -> [u64; 2] {
        let n = found.agents;
        match self.acts {
            [0, 0] => [0, 0],
            [1, 1] => [n * met, n * met * met],
            [0, _] => [found.others, found.squares],
            _ => {
                let faced = (n * met).wrapping_sub(found.others);
                [faced, (n * met * met + found.squares).wrapping_sub(2 * met * found.others)]
            }
        }
    }

    fn choice<'a>(&'a self, draw: &'a Drawn) -> Choice<'a, Drawn> {
        match &self.learns {
            &Learns::Best { ref rank, equal, apart } => Choice::Best { rank, equal, apart },
            Learns::One(chances) => Choice::One { chances, draw },
        }
    }

    fn pieces(&self) -> usize {
        self.around.rows.div_ceil(self.height)
    }

    fn halo(&self) -> usize {
        4 * self.around.reach()[1] * self.around.columns
    }

    /// First agent of a piece, all groups counted through.
    fn start(&self, piece: usize) -> usize {
        let (group, part) = (piece / self.pieces(), piece % self.pieces());
        (group * self.around.rows + part * self.height) * self.around.columns
    }
}

/// Rows of a piece of so many agents.
fn height(around: &Around, piece: usize) -> usize {
    piece.div_ceil(around.columns).max(48 * around.reach()[1]).clamp(1, around.rows)
}

/// The torus on which all have these neighbours.
fn around(shifts: &[Shift], with_self: bool) -> Option<Around> {
    let &Shift { columns, rows, .. } = shifts.first()?;
    // A step to the left was written as one to the right.
    let signed = |step: usize, side: usize| {
        if step * 2 > side { step as isize - side as isize } else { step as isize }
    };
    let steps: Vec<_> = shifts.iter().map(|s| (signed(s.dx, columns), signed(s.dy, rows))).collect();
    let around = Around { columns, rows, steps, with_self };
    let alike = shifts.iter().all(|s| (s.columns, s.rows) == (columns, rows));
    // A row is the work of one thread.
    let fits = around.steps.len() + usize::from(with_self) <= MOST && around.fits() && columns <= PIECE;
    (alike && fits).then_some(around)
}

/// The acts of the two strategies, if that is all that there is to a meeting.
fn certain_acts(meet: &Meet) -> Option<[u8; 2]> {
    meet.counts_help.is_none().then(|| meet.terms.acts.of_two()).flatten()
}

/// The payoff of every code, by the formula of the meetings.
fn pays(meet: &Meet, acts: [u8; 2], met: usize) -> [f32; 32] {
    let mut pays = [0.0; 32];
    for (code, pay) in pays.iter_mut().enumerate() {
        let (own, others) = (code >> 4, code & 15);
        // Of those it meets, so many have the strategy 1; what counts is who does the act 1.
        let mut acting = 0;
        acting += if acts[1] == 1 { others } else { 0 };
        acting += if acts[0] == 1 { met.saturating_sub(others) } else { 0 };
        let mine = usize::from(acts[own]);
        let (zero, one) = (meet.pays.pays[2 * mine], meet.pays.pays[2 * mine + 1]);
        *pay = (met.saturating_sub(acting)) as f32 * zero + acting as f32 * one;
        if meet.terms.total == Total::Mean {
            *pay /= met.max(1) as f32;
        }
        if meet.terms.base != 0.0 {
            *pay += meet.terms.base;
        }
    }
    pays
}

/// What imitation of the best comes to, if that is what the rule does with these payoffs.
fn best(rule: &dyn Learning, pays: &[f32; 32], codes: &[usize], square: bool) -> Option<Learns> {
    let takes = |own: usize, model: usize| {
        let mut carry = pays[own];
        let takes = rule.takes(&mut carry, pays[model], 0.0);
        (takes, carry == pays[own].max(pays[model]))
    };
    let follows = |equal: bool| {
        let right = |&own: &usize, &model: &usize| {
            let better = pays[model] > pays[own] || equal && pays[model] == pays[own];
            takes(own, model) == (better, true)
        };
        codes.iter().all(|own| codes.iter().all(|model| right(own, model)))
    };
    let equal = match (follows(false), follows(true)) {
        (true, _) => false,
        (_, true) => true,
        _ => return None,
    };
    let apart = |&a: &usize, &b: &usize| a >> 4 == b >> 4 || pays[a] != pays[b];
    let apart = codes.iter().all(|a| codes.iter().all(|b| apart(a, b)));
    // What is met can be counted by some ranks in fewer instructions.
    let linear = if apart && square { Linear::by_order(pays, codes) } else { None };
    let rank = linear.unwrap_or_else(|| in_order(pays, codes));
    Some(Learns::Best { rank, equal, apart })
}

/// The chance below which a learner of one code takes over the strategy of a model of another.
fn chances(rule: &dyn Learning, pays: &[f32; 32], codes: &[usize]) -> Option<Box<Chances>> {
    let mut chances = [[0; 32]; 32];
    for (&own, &model) in codes.iter().flat_map(|own| codes.iter().map(move |model| (own, model))) {
        chances[own][model] = threshold_of(rule, pays[own], pays[model])?;
    }
    Some(Box::new(Chances::new(chances, codes)))
}

impl Pass for Lattice {
    fn name(&self) -> &'static str {
        "kernels/lattice"
    }

    fn access(&self) -> Access {
        Access::default().write::<Strategy>().write::<Payoff>()
    }

    fn counted(&self) -> Option<Counted> {
        Some(self.counted)
    }

    fn counts_second(&self) -> bool {
        true
    }

    fn is_finite(&self) -> bool {
        // It was asked about every payoff when it took the place of the passes.
        true
    }

    fn code_payoffs(&mut self) -> Option<Arc<Mutex<Coded>>> {
        Some(self.coded.get_or_insert_default().clone())
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        let groups = agents / (self.around.columns * self.around.rows) as u64;
        let codes = if self.coded.is_some() { agents } else { 0 };
        groups * (self.pieces() * (self.halo() + size_of::<Option<u64>>())) as u64 + codes
    }

    fn block(&self, _: &At, _: &View, _: Mine, _: &mut [Group]) {
        unreachable!("it does all at once")
    }

    fn whole(&mut self, at: &At, mine: &mut Mine, _: &mut [Group]) -> bool {
        let (strategies, payoffs) = (mine.take::<Strategy>(), mine.take::<Payoff>());
        let threads = rayon::current_num_threads();
        let piece = if threads == 1 { LARGE_PIECE } else { at.agents / (PIECES * threads) };
        let height = height(&self.around, piece.clamp(PIECE, LARGE_PIECE));
        if height != std::mem::replace(&mut self.height, height) {
            self.second.clear();
        }
        let pieces = at.agents / at.group_size * self.pieces();
        let mut halos = std::mem::take(&mut self.halos);
        halos.resize(pieces * self.halo(), 0);
        let mut second = std::mem::take(&mut self.second);
        if at.touched {
            second.clear();
        }
        second.resize(pieces, None);
        let draw = Drawn::of(at, self.around.steps.len() as u32);
        let choice = self.choice(&draw);
        let pays = choice.by_code(&self.around, &self.pays);
        let job = Job { kernel: self, at, choice, pays: &pays };
        let before: &[u8] = strategies;
        each(0..pieces, halos.chunks_mut(self.halo().max(1)), &|piece, halo| job.copy(piece, before, halo));
        let payoffs = at.looked_at.then_some(payoffs);
        let coded = self.coded.as_ref().filter(|_| at.recorded);
        let mut coded = coded.map(|coded| coded.lock().unwrap_or_else(PoisonError::into_inner));
        let codes = coded.as_mut().map(|coded| coded.renew(at, &pays));
        job.split(0..pieces, Rest { strategies, payoffs, codes, second: &mut second }, &halos);
        drop(coded);
        (self.halos, self.second) = (halos, second);
        true
    }
}

/// Calls `f` for each piece and its own of `parts`, side by side.
fn each<'a>(
    pieces: std::ops::Range<usize>,
    parts: std::slice::ChunksMut<'a, u8>,
    f: &(impl Fn(usize, &mut [u8]) + Sync),
) {
    use rayon::prelude::*;
    if pieces.len() == 1 {
        // A small world has no time to hand out its only piece.
        return pieces.zip(parts).for_each(|(piece, part)| f(piece, part));
    }
    let parts: Vec<(usize, &'a mut [u8])> = pieces.zip(parts).collect();
    parts.into_par_iter().for_each(|(piece, part)| f(piece, part));
}

/// The agents that are still to be handed out, and what is known of pieces.
struct Rest<'a> {
    strategies: &'a mut [u8],
    payoffs: Option<&'a mut [f32]>,
    codes: Option<&'a mut [u8]>,
    second: &'a mut [Option<u64>],
}

impl<'a> Rest<'a> {
    fn split(self, agents: usize, pieces: usize) -> (Rest<'a>, Rest<'a>) {
        let (a, b) = self.strategies.split_at_mut(agents);
        let (p, q) = self.payoffs.map(|payoffs| payoffs.split_at_mut(agents)).unzip();
        let (c, d) = self.codes.map(|codes| codes.split_at_mut(agents)).unzip();
        let (s, t) = self.second.split_at_mut(pieces);
        let left = Rest { strategies: a, payoffs: p, codes: c, second: s };
        (left, Rest { strategies: b, payoffs: q, codes: d, second: t })
    }
}

struct Job<'a> {
    kernel: &'a Lattice,
    at: &'a At<'a>,
    choice: Choice<'a, Drawn>,
    /// of the codes that a sweep comes upon
    pays: &'a [f32; 32],
}

impl Job<'_> {
    /// Rows above and below a piece.
    fn copy(&self, piece: usize, strategies: &[u8], halo: &mut [u8]) {
        let kernel = self.kernel;
        let Around { columns, rows, .. } = kernel.around;
        let (group, part) = (piece / kernel.pieces(), piece % kernel.pieces());
        let torus = &strategies[group * columns * rows..][..columns * rows];
        let reach = 2 * kernel.around.reach()[1];
        let (first, last) = (part * kernel.height, ((part + 1) * kernel.height).min(rows));
        let above = (0..reach).map(|k| (first + (rows * reach) - reach + k) % rows);
        let below = (0..reach).map(|k| (last + k) % rows);
        let rows = above.chain(below).map(|row| &torus[row * columns..][..columns]);
        // Nobody has looked at them yet in this tick: all are called for before the first is copied.
        rows.clone().for_each(call_for);
        halo.chunks_mut(columns).zip(rows).for_each(|(to, row)| to.copy_from_slice(row));
    }

    fn split(&self, pieces: std::ops::Range<usize>, rest: Rest, halos: &[u8]) {
        if pieces.len() == 1 {
            return self.piece(pieces.start, rest, halos);
        }
        let middle = pieces.start.midpoint(pieces.end);
        let agents = self.kernel.start(middle) - self.kernel.start(pieces.start);
        let (a, b) = rest.split(agents, middle - pieces.start);
        let (left, right) = halos.split_at((middle - pieces.start) * self.kernel.halo());
        if b.strategies.len() < PIECE {
            self.split(pieces.start..middle, a, left);
            self.split(middle..pieces.end, b, right);
        } else {
            rayon::join(
                || self.split(pieces.start..middle, a, left),
                || self.split(middle..pieces.end, b, right),
            );
        }
    }

    fn piece(&self, piece: usize, rest: Rest, halo: &[u8]) {
        let (kernel, at) = (self.kernel, self.at);
        let group = piece / kernel.pieces();
        if at.live.binary_search(&(group as u32)).is_err() {
            return;
        }
        let met = (kernel.around.steps.len() + usize::from(kernel.around.with_self)) as u64;
        let Rest { strategies: acts, payoffs, codes, second: known } = rest;
        let known = &mut known[0];
        let second = at.counted.then(|| known.unwrap_or_else(|| wide!(count_where(acts, |act| act))));
        let many = size_of::<f32>() * at.agents > CACHES;
        let kept = payoffs.is_some() || codes.is_some();
        let payoffs = kept.then_some(Payoffs { of: payoffs, many, codes });
        let piece = Piece { agent: kernel.start(piece), acts, payoffs, halo, second };
        let (found, second) = sweep(&kernel.around, &self.choice, self.pays, piece);
        *known = at.counted.then_some(second);
        if !at.counted {
            return;
        }
        at.tallies.add(group, Count::Second, second);
        for (act, found) in kernel.acts.into_iter().zip(found) {
            at.tallies.add(group, Count::Act(act), found.agents * met);
            let [faced, squared] = kernel.faced(&found, met);
            at.tallies.add(group, Count::Faced(act), faced);
            at.tallies.add(group, Count::FacedSquared(act), squared);
        }
    }
}

/// Which neighbour each looks at, and the chance of its decision.
struct Drawn {
    models: Draws,
    decisions: Draws,
    degree: u32,
    /// where the degree is a power of two: how many bits of a draw are left behind those of a number below it
    rest: Option<u32>,
}

impl Drawn {
    fn of(at: &At, degree: u32) -> Drawn {
        Drawn {
            models: at.chance.stream(MODEL),
            decisions: at.chance.stream(DECISION).number(0),
            degree,
            rest: (degree.is_power_of_two() && degree > 1).then(|| 64 - degree.ilog2()),
        }
    }
}

#[inline(always)]
fn fill(out: &mut [u8], draws: Successive, of: impl Fn(u64) -> u8) {
    out.iter_mut().zip(draws).for_each(
        #[inline(always)]
        |(out, draw)| *out = of(draw),
    );
}

impl Draw for Drawn {
    #[inline(always)]
    fn draw(&self, first: usize, which: &mut [u8], chance: &mut [u8]) {
        let first = first as u64;
        match self.rest {
            Some(rest) => fill(
                which,
                self.models.from(first),
                #[inline(always)]
                |draw| (draw >> rest) as u8,
            ),
            None => fill(
                which,
                self.models.from(first),
                #[inline(always)]
                |draw| below_u32(draw, self.degree) as u8,
            ),
        }
        fill(
            chance,
            self.decisions.from(first),
            #[inline(always)]
            |draw| (draw >> 56) as u8,
        );
    }

    fn exact(&self, agent: usize) -> u32 {
        (self.decisions.at(agent as u64) >> 40) as u32
    }
}
