//! Something that spreads along the ties of a stored graph: only those are looked at to whom something can happen.
//!
//! Replaces `cascade/spread` where the contacts of a tick are all neighbours in a graph. The plain pass looks at all
//! neighbours of everybody who has one that spreads, in every tick. Here the numbers of those are kept, and corrected by the
//! neighbours of those whose stage has changed since; then the rule is asked about agents with such neighbours, and about
//! those whose stage changes by itself; blocks without any are passed over. What is kept can be found again from the stages:
//! all of them are new to a kernel that begins, and to one whose stages somebody else has written.

use super::pairs::Way;
use super::{Shares, each_piece, lookup, prefetch, shared, wide};
use crate::cascades::{Cascade, Contacts, Exposure};
use crate::chance::unit64;
use crate::columns::{Mine, Stage, View};
use crate::groups::{Count, Group};
use crate::partners::{Meetings, Structure};
use crate::pass::{Access, At, Pass};
use crate::passes::{CHANGE, ContactsOf, Spread, Thresholds};
use crate::structures::{Graph, Rows};
use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Stages that are served.
const STAGES: usize = 32;
/// Most neighbours whose number is kept in a byte.
const NEIGHBOURS: u32 = 255;
/// Draws at which a way that was found is looked at again.
const SAMPLES: u64 = 64;
/// Agents that are worked out together.
const BLOCK: usize = 1024;
/// Threads that count in bytes of their own.
const APART: usize = 4;
/// Agents of a piece of work.
const PIECE: usize = 1 << 14;
/// The stage of those of whom nothing is known.
const UNKNOWN: u8 = u8::MAX;

/// The pass.
pub(super) struct Frontier {
    meetings: Arc<dyn Meetings>,
    rule: Arc<dyn Cascade>,
    threshold: f32,
    /// whether it is counted how many leave the first stage
    waves: bool,
    /// whether a stage spreads
    spreads: [bool; 256],
    /// 1 for stages that change where nobody around spreads
    moves: [u8; STAGES],
    /// 255 for stages that may change where somebody around spreads
    hears: [u8; STAGES],
    /// the only way out of each stage, where there is one at most
    ways: Option<Ways>,
    /// nodes with more neighbours than a byte can count: theirs are counted when it matters
    hubs: Vec<u32>,
    /// stages of which the numbers know
    known: Vec<u8>,
    /// how many neighbours spread, as each thread has counted, or all together: sums modulo 256
    exposed: Vec<Vec<u8>>,
    /// 1 for blocks where something may happen: to somebody it could in the last tick, or neighbours have changed since.
    /// Elsewhere nothing can, as long as nobody else writes the stages
    awake: Vec<u8>,
    /// the same for the next tick, while this one is made
    stays: Vec<u8>,
}

/// Ways out of stages that depend on the number of neighbours who spread alone.
struct Ways {
    /// by stage and number: a stage is left where the 53 bits of the draw lie below
    bounds: Vec<u64>,
    /// numbers of a stage
    numbers: usize,
    /// a stage, XOR where its way leads
    flips: [u8; STAGES],
}

impl Ways {
    /// The ways of a rule at numbers up to `most`, of agents with up to so many neighbours. Rules look at their number, if
    /// at all, for the share of those who spread: some numbers tell.
    fn of(rule: &dyn Cascade, most: u32, threshold: f64) -> Option<Ways> {
        let (stages, numbers) = (rule.stages().len(), most as usize + 1);
        let mut bounds = vec![0; STAGES * numbers];
        let mut to: [u8; STAGES] = std::array::from_fn(|stage| stage as u8);
        for (stage, to) in (0u8..).zip(&mut to[..stages]) {
            for exposed in 0..=most {
                let seen = |contacts| Exposure { stage, exposed, contacts, threshold };
                let way = Way::of(rule, seen(most), SAMPLES)?;
                let others = [exposed, exposed + 1, exposed.midpoint(most), 2 * most + 1];
                if way.ways() > 1 || !others.iter().all(|&others| way.holds(rule, seen(others))) {
                    return None;
                }
                if way.ways() == 1 {
                    if *to != stage && *to != way.to[0] {
                        return None;
                    }
                    *to = way.to[0];
                    bounds[usize::from(stage) * numbers + exposed as usize] = way.bounds[0];
                }
            }
        }
        let flips = std::array::from_fn(|stage| to[stage] ^ stage as u8);
        Some(Ways { bounds, numbers, flips })
    }

    /// Whether any number has a way out of the stage.
    fn leaves(&self, stage: usize, numbers: std::ops::RangeInclusive<usize>) -> bool {
        let row = &self.bounds[stage * self.numbers..(stage + 1) * self.numbers];
        row[numbers].iter().any(|&bound| bound > 0)
    }
}

impl Frontier {
    /// The pass that gives the bits of this one, if it serves it.
    pub(super) fn replaces(spread: &dyn Pass) -> Option<Frontier> {
        let spread = (spread as &dyn Any).downcast_ref::<Spread>()?;
        let [along] = &spread.layers[..] else { return None };
        let (ContactsOf::Partners(meetings), None, None) = (&along.contacts, along.prob, &spread.places)
        else {
            return None;
        };
        let graph = graph(&**meetings)?;
        let Thresholds::One(threshold) = spread.thresholds else { return None };
        let (rule, stages) = (&*spread.rule, spread.rule.stages().len());
        if rule.counts_population() || stages > STAGES {
            return None;
        }
        let most = graph.degrees().max().map_or(0, |most| most.min(NEIGHBOURS));
        let ways = Ways::of(rule, most, threshold.into());
        let (mut spreads, mut moves, mut hears) = ([false; 256], [0; STAGES], [u8::MAX; STAGES]);
        for stage in 0..stages {
            spreads[stage] = rule.spreads(stage as u8);
            if let Some(ways) = &ways {
                moves[stage] = u8::from(ways.leaves(stage, 0..=0));
                hears[stage] = if ways.leaves(stage, 0..=most as usize) { u8::MAX } else { 0 };
                continue;
            }
            moves[stage] = u8::from(!rule.waits(stage as u8, threshold.into()));
        }
        Some(Frontier {
            meetings: meetings.clone(),
            rule: spread.rule.clone(),
            threshold,
            waves: spread.waves,
            spreads,
            moves,
            hears,
            ways,
            hubs: (0..).zip(graph.degrees()).filter(|of| of.1 > NEIGHBOURS).map(|of| of.0).collect(),
            known: vec![],
            exposed: vec![],
            awake: vec![],
            stays: vec![],
        })
    }
}

/// Places of a block, and room for as many as are written at once.
type Places = [u16; BLOCK + 8];

/// Where the flags of a block, each 0 or 1, are 1; returns how many those are. Nobody can foretell a single flag, so there
/// is no branch on it; but eight of them are often 0.
#[inline(always)]
fn find(flags: &[u8; BLOCK], out: &mut Places) -> usize {
    let mut n = 0;
    for (first, eight) in (0..).step_by(8).zip(flags.as_chunks::<8>().0) {
        if u64::from_le_bytes(*eight) != 0 {
            for (k, &flag) in (0..).zip(eight) {
                out[n] = first + k;
                n += usize::from(flag);
            }
        }
    }
    n
}

fn graph(meetings: &dyn Meetings) -> Option<&Graph> {
    (meetings as &dyn Any).downcast_ref::<Graph>()
}

impl Pass for Frontier {
    fn name(&self) -> &'static str {
        "kernels/frontier"
    }

    fn access(&self) -> Access {
        Access::default().write::<Stage>()
    }

    fn mirror_bytes(&self, agents: u64, threads: u64) -> u64 {
        let apart = if threads <= APART as u64 { threads } else { 1 };
        (1 + apart) * agents
    }

    fn block(&self, _: &At, _: &View, _: Mine, _: &mut [Group]) {
        unreachable!("it does all at once")
    }

    fn whole(&mut self, at: &At, mine: &mut Mine, _: &mut [Group]) -> bool {
        let mut awake = std::mem::take(&mut self.awake);
        if at.touched {
            awake.clear();
            awake.resize(at.agents.div_ceil(BLOCK), 1);
        }
        let mut stays = std::mem::take(&mut self.stays);
        stays.clear();
        stays.resize(awake.len(), 0);
        let (mut known, mut exposed) = (std::mem::take(&mut self.known), std::mem::take(&mut self.exposed));
        known.resize(at.agents, UNKNOWN);
        let threads = rayon::current_num_threads();
        let apart = if threads <= APART { threads } else { 1 };
        exposed.resize(apart.max(exposed.len()), vec![]);
        exposed.iter_mut().for_each(|exposed| exposed.resize(at.agents, 0));
        let graph = graph(&*self.meetings).expect("it was one before");
        let stages = mine.take::<Stage>();
        let learning = Shares::of(&mut known);
        let alone = threads <= exposed.len();
        let numbers: Vec<&[AtomicU8]> = exposed.iter_mut().map(|exposed| shared(exposed)).collect();
        let all = awake.iter().all(|&awake| awake == 1);
        let blocks = Awake(shared(&mut awake));
        each_piece(at, PIECE, |_, from, len| {
            // SAFETY: pieces are apart.
            let known = unsafe { learning.range(from..from + len) };
            let numbers = numbers[if alone { rayon::current_thread_index().unwrap_or(0) } else { 0 }];
            let counts = Counts { numbers, alone, wakes: (!all).then_some(&blocks) };
            self.catch_up(graph, from, (&stages[from..from + len], known), (&counts, &blocks));
        });
        (self.known, self.exposed) = (known, exposed);
        let (changing, stay) = (Shares::of(stages), Awake(shared(&mut stays)));
        each_piece(at, PIECE, |start, from, len| {
            // SAFETY: pieces are apart.
            let stages = unsafe { changing.range(from..from + len) };
            let left = self.change(at, graph, (from, stages), [&blocks, &stay]);
            if self.waves {
                at.tallies.add(start / at.group_size, Count::Reached, left);
            }
        });
        (self.awake, self.stays) = (stays, awake);
        true
    }
}

/// Blocks of the population, a flag each. Those of a piece of work need not begin where these do: they look at two.
struct Awake<'a>(&'a [AtomicU8]);

impl Awake<'_> {
    #[inline(always)]
    fn wake(&self, agent: usize) {
        if let Some(flag) = self.0.get(agent / BLOCK) {
            // ORDER: all write the same, and nobody needs to see it before the loop has ended.
            flag.store(1, Relaxed);
        }
    }

    /// Whether somebody of these agents, at most as many as a block has, may be awake.
    fn is_any(&self, first: usize, len: usize) -> bool {
        [first, first + len - 1].iter().any(|agent| self.0[agent / BLOCK].load(Relaxed) == 1)
    }
}

/// Agents of a block of whom there is something to tell to all neighbours.
struct Told {
    agents: [u32; BLOCK + 1],
    len: usize,
    /// what their numbers grow by; one less is 255 more of a byte
    by: u8,
}

impl Told {
    fn new(by: u8) -> Told {
        Told { agents: [0; BLOCK + 1], len: 0, by }
    }

    #[inline(always)]
    fn push(&mut self, agent: u32, is_told: bool) {
        self.agents[self.len] = agent;
        self.len += usize::from(is_told);
    }

    /// Adds to the numbers of all neighbours, and forgets the agents. Nodes are agents less `base`.
    fn add_up(&mut self, rows: &Rows, base: usize, counts: &Counts) {
        /// So many agents ahead, neighbours are called for.
        const AHEAD: usize = 16;
        let agents = &self.agents[..std::mem::take(&mut self.len)];
        let ties = |agent: u32| {
            let node = agent as usize - base;
            [node, node + 1].map(|node| rows.starts.at(node))
        };
        let call = |agent: u32| ties(agent).into_iter().for_each(|tie| prefetch(&rows.targets, tie));
        agents.iter().take(AHEAD).for_each(|&agent| call(agent));
        let (mut near, mut n) = ([0u32; NEAR + ROW], 0);
        for (k, &agent) in agents.iter().enumerate() {
            if let Some(&later) = agents.get(k + AHEAD) {
                call(later);
            }
            let [from, end] = ties(agent);
            // Nobody can foretell how many neighbours there are: as many are copied of almost all, some for nothing.
            match rows.targets.get(from..from + ROW) {
                Some(row) if end - from <= ROW => {
                    near[n..n + ROW].copy_from_slice(row);
                    n += end - from;
                }
                _ => counts.add(&rows.targets[from..end], base, self.by),
            }
            if n >= NEAR {
                counts.add(&near[..n], base, self.by);
                n = 0;
            }
        }
        counts.add(&near[..n], base, self.by);
    }
}

/// Neighbours that are copied of an agent who has no more, and about so many that are worked on together.
const ROW: usize = 24;
const NEAR: usize = 1000;

/// How many neighbours spread, of everybody.
struct Counts<'a> {
    numbers: &'a [AtomicU8],
    /// whether no other thread writes them
    alone: bool,
    /// blocks where a number has changed, if some sleep
    wakes: Option<&'a Awake<'a>>,
}

impl Counts<'_> {
    /// Adds to the numbers of these nodes.
    #[inline(always)]
    fn add(&self, nodes: &[u32], base: usize, by: u8) {
        if let Some(blocks) = self.wakes {
            nodes.iter().for_each(|&node| blocks.wake(node as usize + base));
        }
        /// So many ahead, numbers are called for.
        const AHEAD: usize = 24;
        for (k, &node) in nodes.iter().enumerate() {
            let later = nodes[(k + AHEAD).min(nodes.len() - 1)];
            prefetch(self.numbers, later as usize + base);
            let Some(number) = self.numbers.get(node as usize + base) else { continue };
            if self.alone {
                number.store(number.load(Relaxed).wrapping_add(by), Relaxed);
            } else {
                // ORDER: sums modulo 256 commute.
                number.fetch_add(by, Relaxed);
            }
        }
    }
}

impl Frontier {
    /// Corrects the numbers of the neighbours of those whose stage has changed.
    fn catch_up(
        &self,
        graph: &Graph,
        from: usize,
        (stages, known): (&[u8], &mut [u8]),
        (counts, awake): (&Counts, &Awake),
    ) {
        let (rows, (_, base)) = (graph.rows(), graph.node(from));
        let (mut flags, mut places) = ([0u8; BLOCK], [0u16; BLOCK + 8]);
        let (mut more, mut fewer) = (Told::new(1), Told::new(u8::MAX));
        let blocks = stages.chunks(BLOCK).zip(known.chunks_mut(BLOCK));
        for (first, (stages, known)) in (from as u32..).step_by(BLOCK).zip(blocks) {
            if !awake.is_any(first as usize, stages.len()) || stages == known {
                continue;
            }
            flags[stages.len()..].fill(0);
            wide!({
                for ((flag, &stage), &known) in flags.iter_mut().zip(stages).zip(&*known) {
                    *flag = u8::from(stage != known);
                }
            });
            let n = find(&flags, &mut places);
            for &place in &places[..n] {
                let agent = first + u32::from(place);
                let place = usize::from(place);
                let [before, now] =
                    [known[place], stages[place]].map(|stage| self.spreads[usize::from(stage)]);
                more.push(agent, now && !before);
                fewer.push(agent, before && !now);
            }
            known.copy_from_slice(stages);
            for told in [&mut more, &mut fewer] {
                told.add_up(rows, base, counts);
            }
        }
    }

    /// How many neighbours of some agents spread.
    fn sum_up(&self, first: usize, exposed: &mut [u8]) {
        let (one, others) = self.exposed.split_first().expect("at least one counts");
        exposed.copy_from_slice(&one[first..first + exposed.len()]);
        wide!({
            for other in others {
                for (exposed, &more) in exposed.iter_mut().zip(&other[first..]) {
                    *exposed = exposed.wrapping_add(more);
                }
            }
        });
    }

    /// The next stage of an agent with many neighbours, and whether anything could happen to it.
    fn of_hub(&self, graph: &Graph, agent: usize, draw: u64) -> (u8, bool) {
        let (node, start) = graph.node(agent);
        let neighbours = graph.rows().of(node);
        let spreads = |&&of: &&u32| self.spreads[usize::from(self.known[of as usize + start])];
        let exposed = neighbours.iter().filter(spreads).count() as u32;
        let (stage, contacts) = (self.known[agent], neighbours.len() as u32);
        let of = Exposure { stage, exposed, contacts, threshold: self.threshold.into() };
        let could = exposed > 0 || self.moves[usize::from(stage) % STAGES] != 0;
        (self.rule.next(of, unit64(draw)), could)
    }

    /// Changes the stages of a piece; returns how many left the first one. Blocks where anything could happen stay awake.
    fn change(
        &self,
        at: &At,
        graph: &Graph,
        (from, stages): (usize, &mut [u8]),
        [awake, stay]: [&Awake; 2],
    ) -> u64 {
        let change = at.chance.stream(CHANGE);
        let (mut moves, mut hears) = ([0u8; BLOCK], [0u8; BLOCK]);
        let (mut who, mut agents) = ([0u16; BLOCK + 8], [0u64; BLOCK]);
        let (mut stage, mut seen, mut contacts) = ([0u8; BLOCK], [0u32; BLOCK], [0u32; BLOCK]);
        let (mut draws, mut left) = ([0u64; BLOCK], 0);
        let mut exposed = [0u8; BLOCK];
        for (first, stages) in (from..).step_by(BLOCK).zip(stages.chunks_mut(BLOCK)) {
            let len = stages.len();
            if !awake.is_any(first, len) {
                continue;
            }
            self.sum_up(first, &mut exposed[..len]);
            moves[..len].copy_from_slice(stages);
            hears[..len].copy_from_slice(stages);
            lookup(&self.moves, &mut moves[..len]);
            lookup(&self.hears, &mut hears[..len]);
            wide!({
                for ((moves, &hears), &exposed) in moves.iter_mut().zip(&hears).zip(&exposed[..len]) {
                    *moves = u8::from(*moves | hears & exposed != 0);
                }
            });
            let (node, _) = graph.node(first);
            let hubs = &self.hubs[self.hubs.partition_point(|&hub| (hub as usize) < node)..];
            let hubs = hubs.iter().map(|&hub| hub as usize - node).take_while(|&place| place < len);
            hubs.clone().for_each(|place| moves[place] = 0);
            moves[len..].fill(0);
            let n = find(&moves, &mut who);
            // They lie in two blocks at most.
            let ends = [who[..n].first(), who[..n].last()];
            ends.into_iter().flatten().for_each(|&who| stay.wake(first + usize::from(who)));
            for (k, &who) in who[..n].iter().enumerate() {
                let place = usize::from(who);
                (stage[k], seen[k]) = (stages[place], exposed[place].into());
                agents[k] = (first + place) as u64;
            }
            wide!({
                for (draw, &agent) in draws[..n].iter_mut().zip(&agents) {
                    *draw = change.at(agent);
                }
            });
            match &self.ways {
                Some(ways) => {
                    for (k, stage) in stage[..n].iter_mut().enumerate() {
                        let of = usize::from(*stage) * ways.numbers + seen[k] as usize;
                        // Below the bound a difference is negative; a comparison would become a branch.
                        let leaves = (draws[k] >> 11).wrapping_sub(ways.bounds[of]) >> 63;
                        *stage ^= ways.flips[usize::from(*stage) % STAGES] & (leaves as u8).wrapping_neg();
                    }
                }
                None => {
                    for (of, &agent) in contacts.iter_mut().zip(&agents[..n]) {
                        *of = graph.degree(agent as usize) as u32;
                    }
                    let (exposed, contacts) = (&seen[..n], &contacts[..n]);
                    let of = Contacts { exposed, contacts, thresholds: &[self.threshold] };
                    self.rule.next_block(&mut stage[..n], of, &draws[..n]);
                }
            }
            for (&new, &who) in stage[..n].iter().zip(&who) {
                let old = std::mem::replace(&mut stages[usize::from(who)], new);
                left += u64::from((old == 0) & (new != 0));
            }
            for place in hubs {
                let (new, could) = self.of_hub(graph, first + place, change.at((first + place) as u64));
                if could {
                    stay.wake(first + place);
                }
                let old = std::mem::replace(&mut stages[place], new);
                left += u64::from((old == 0) & (new != 0));
            }
        }
        left
    }
}
