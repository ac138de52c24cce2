//! Interact: agents meet two by two in matches. A match may have several rounds with a memory inside, two roles,
//! payoffs of the group's own, and players who care for each other. Who is judged or watched is known by what it did in
//! one round of one match, drawn at random; whoever punishes, punishes in every round that counts.
//!
//! Each side of a match plays it for itself (pull), from the same chance: nobody writes another's row.

use super::deeds::{Deeds, Done as Deed};
use super::meet::{bar, observed};
use super::punishes::{Punishes, Resolute};
use super::rounds::Rounds;
use super::scratch::{Fines, settle};
use super::terms::{ASSESSMENT, Judged, OBSERVED, PayTable, Terms, Total};
use crate::chance::{Rng, Stream, below, hits, next};
use crate::columns::{ColumnDef, Excluded, Mine, Payoff, Reputation, Strategy, View};
use crate::groups::{ACTS, Count, Group};
use crate::partners::Meetings;
use crate::pass::{Access, At, BLOCK, Pass};
use crate::passes::values::Values;
use rand_core::SeedableRng;
use std::sync::Arc;

/// What is left to chance in a match: a generator of its own for each pair.
const MATCH: Stream = Stream::named("game/match");

/// Payoffs of the two roles of a match.
pub struct PayTables {
    /// `[group][role]`; one for all groups where they are alike
    tables: Vec<[PayTable; 2]>,
    /// whether both roles are paid alike
    pub alike: bool,
}

impl PayTables {
    /// Both are paid by the same table.
    pub fn alike(table: PayTable) -> PayTables {
        PayTables { tables: vec![[table.clone(), table]], alike: true }
    }

    /// The first and the second of a match have tables of their own, for each group or, where there is one pair of
    /// tables, for all.
    pub fn roles(tables: Vec<[PayTable; 2]>) -> PayTables {
        PayTables { tables, alike: false }
    }

    /// The tables of a group: for the first of a match and for the second.
    #[inline]
    pub fn of(&self, group: usize) -> &[PayTable; 2] {
        &self.tables[if self.tables.len() == 1 { 0 } else { group }]
    }

    /// The greatest payoff of a round.
    pub fn most(&self) -> f64 {
        let all = self.tables.iter().flatten().flat_map(|table| &table.pays);
        all.fold(f64::NEG_INFINITY, |most, &pay| most.max(f64::from(pay)))
    }
}

/// The matches of a world.
#[derive(Clone)]
pub struct Matches {
    /// what strategies do in all rounds
    pub rounds: Arc<Rounds>,
    /// what a round pays
    pub pays: Arc<PayTables>,
    /// a trait: the weight of the other's payoff in one's own
    pub regard: Option<ColumnDef>,
}

/// What came of a match.
pub(super) struct Outcome {
    /// payoffs of the first and the second over the rounds that count
    pub(super) pays: [f64; 2],
    /// how many rounds count
    pub(super) rounds: u32,
    /// how often the first and the second did each act
    pub(super) acts: [[u32; ACTS]; 2],
    /// what they did in the round by which they are known, where somebody asks for it
    pub(super) shown: [u8; 2],
}

impl Outcome {
    /// How often, in expectation or by these draws, `punisher` punishes `target`, which did its acts so often.
    pub(super) fn punished(
        &self,
        punishes: &Punishes,
        [punisher, target]: [u8; 2],
        place: usize,
        mut acts: impl FnMut(u32) -> u32,
        mut each: impl FnMut(u8, u32),
    ) {
        for (act, &n) in self.acts[place].iter().enumerate().filter(|(_, n)| **n > 0) {
            let motive = punishes.motive(punisher, target, act as u8);
            if motive != 0 {
                each(motive, acts(n));
            }
        }
    }
}

impl Matches {
    /// Plays the match of two strategies of a group, the first of the match first.
    pub(super) fn play(
        &self,
        group: usize,
        strategies: [u8; 2],
        seen: [u8; 2],
        draw: impl FnMut() -> u64,
        mut shows: Option<&mut dyn FnMut() -> u64>,
    ) -> Outcome {
        let [first, second] = self.pays.of(group);
        let kinds = first.acts;
        let mut often = [0u32; ACTS * ACTS];
        let (mut shown, mut so_far) = ([0; 2], 0);
        let rounds = self.rounds.play(strategies, seen, draw, |mine, theirs| {
            often[usize::from(mine) * kinds + usize::from(theirs)] += 1;
            so_far += 1;
            // The n-th round takes the place of those before it once in n times: each is as likely in the end.
            if shows.as_mut().is_some_and(|draw| below(draw(), so_far) == 0) {
                shown = [mine, theirs];
            }
        });
        let mut outcome = Outcome { pays: [0.0; 2], rounds, acts: [[0; ACTS]; 2], shown };
        for mine in 0..kinds {
            for theirs in 0..kinds {
                let n = often[mine * kinds + theirs];
                outcome.acts[0][mine] += n;
                outcome.acts[1][theirs] += n;
                outcome.pays[0] += f64::from(n) * f64::from(first.pays[mine * kinds + theirs]);
                outcome.pays[1] += f64::from(n) * f64::from(second.pays[theirs * kinds + mine]);
            }
        }
        outcome
    }

    /// What a match of strategies is expected to pay the first of it, over all rounds that count, and how many count.
    /// Where the roles differ, `roles` says how much each of them weighs; `fines` is what a round costs besides, by the
    /// acts of both.
    pub fn expected(
        &self,
        strategies: [u8; 2],
        roles: [f64; 2],
        fines: impl Fn(usize, usize) -> f64,
    ) -> (f64, f64) {
        let [first, second] = self.pays.of(0);
        let often = self.rounds.expected(strategies);
        let pay = |nth: usize| {
            let pays = roles[0] * f64::from(first.pays[nth]) + roles[1] * f64::from(second.pays[nth]);
            pays - fines(nth / first.acts, nth % first.acts)
        };
        let sum = often.iter().enumerate().fold(0.0, |sum, (nth, often)| sum + often * pay(nth));
        (sum, often.iter().sum())
    }
}

/// Meetings of two that are matches. The agent with the smaller number is the first of a match.
pub struct Match {
    /// who meets whom
    pub meetings: Arc<dyn Meetings>,
    /// whether everyone also plays against a copy of itself
    pub with_self: bool,
    /// totals and tags
    pub terms: Terms,
    /// what is played
    pub matches: Matches,
    /// memory of payoffs that groups have of their own, in bytes
    pub bytes: u64,
    /// how acts are judged
    pub judged: Option<Judged>,
    /// private opinions, by which strategies act
    pub opinions: Option<ColumnDef>,
    /// where what each did is noted for later passes
    pub deeds: Option<Arc<Deeds>>,
}

/// What a block's agents have done.
struct Done {
    earned: [f64; BLOCK],
    rounds: [u32; BLOCK],
    acts: Vec<[u32; ACTS]>,
    fines: Vec<Fines>,
    /// the standing of each agent after its matches
    verdict: [u8; BLOCK],
    /// the slot of the match by which each agent is known, where there are several
    observed: Option<[u16; BLOCK]>,
}

/// A match from the side of one of the two.
struct Side<'a> {
    /// its place in the block
    k: usize,
    slot: usize,
    agents: [u32; 2],
    strategies: [u8; 2],
    /// 0 for the first of the match, 1 for the second
    place: usize,
    outcome: &'a Outcome,
}

impl Match {
    /// Who sees what of whom: `[0]` the agents of their partners, `[1]` these of them.
    fn sights(&self, at: &At, view: &View, [agent, partner]: [&[u32]; 2]) -> [[u8; BLOCK]; 2] {
        let strategy = view.col::<Strategy>();
        let mut seen = [[1u8; BLOCK]; 2];
        let sides = [[agent, partner], [partner, agent]];
        let standing = (self.terms.acts.looks || self.judged.is_some()) && self.opinions.is_none();
        let reputation = standing.then(|| view.col::<Reputation>());
        let opinions = self.opinions.as_ref().map(|column| view.of::<u8>(column));
        for (seen, [actor, recipient]) in seen.iter_mut().zip(sides) {
            let len = actor.len();
            for ((seen, &by), &of) in seen.iter_mut().zip(actor).zip(recipient) {
                let (by, of) = (by as usize, of as usize);
                let own = opinions.map(|rows| rows[by * at.group_size + of % at.group_size]);
                *seen = own.or(reputation.map(|all| all[of])).unwrap_or(1);
            }
            if let Some(tags) = &self.terms.tags {
                let mut shown = [0u8; BLOCK];
                shown.iter_mut().zip(actor).for_each(|(s, &actor)| *s = strategy[actor as usize] << 1);
                tags.see(view, &shown[..len], [actor, recipient], &mut seen[..len]);
            }
        }
        seen
    }

    /// Punishments of a match: in every round that counts, each by its own chance.
    fn punish(
        &self,
        at: &At,
        (punishes, resolute): (&Punishes, &Resolute),
        of: &Side,
        nth: u64,
        fines: &mut Fines,
    ) {
        let ([me, they], [a, b]) = (of.agents, of.strategies);
        let draws = punishes.decides(at.chance).number(nth);
        let often = |n: u32, [punisher, target]: [u32; 2]| match resolute {
            Resolute::Sure => n,
            _ => {
                let mut rng = draws.rng(draws.pair(punisher, target));
                let prob = resolute.prob(punisher);
                (0..n).map(|_| u32::from(hits(next(&mut rng), prob))).sum()
            }
        };
        let k = of.k;
        of.outcome.punished(
            punishes,
            [b, a],
            of.place,
            |n| often(n, [they, me]),
            |motive, n| {
                fines.fine_by(k, motive, n);
            },
        );
        let mut fees = 0;
        of.outcome.punished(punishes, [a, b], 1 - of.place, |n| often(n, [me, they]), |_, n| fees += n);
        fines.fees[k] += fees;
        fines.pays[k] = u8::from(fees > 0);
    }

    /// Judges what an agent did in a match, where it is known by this one.
    fn judge(&self, at: &At, view: &View, of: &Side, done: &mut Done) {
        let k = of.k;
        if done.observed.is_some_and(|observed| observed[k] != of.slot as u16) {
            return;
        }
        let act = of.outcome.shown[of.place];
        if let Some(deeds) = &self.deeds {
            deeds.note(at.first + k, Some(Deed { to: of.agents[1] as usize, act }));
        }
        let Some(judged) = &self.judged else { return };
        let reputation = view.col::<Reputation>();
        let [own, theirs] = of.agents.map(|agent| reputation[agent as usize]);
        let draws = at.chance.stream(ASSESSMENT);
        let address = (at.first + k) as u64;
        done.verdict[k] = judged.judge(act, own, theirs, draws.at(address));
        if judged.sanctions && done.fines.iter().any(|fines| fines.pays[k] == 1) {
            // Who acts and then punishes is known for the latter.
            done.verdict[k] = judged.judge_punisher(own, theirs, draws.number(1).at(address));
        }
    }

    /// The matches of one slot.
    fn slot(&self, at: &At, view: &View, [slot, slots]: [usize; 2], done: &mut Done) {
        let strategy = view.col::<Strategy>();
        let (mut agent, mut partner) = ([0u32; BLOCK], [0u32; BLOCK]);
        agent.iter_mut().enumerate().for_each(|(k, agent)| *agent = (at.first + k) as u32);
        let own = slot == slots;
        let len = if own {
            partner = agent;
            at.len
        } else {
            let mut room = [0u32; BLOCK];
            self.meetings.partners(at, slot, &mut room).indices(at, &mut partner)
        };
        let seen = self.sights(at, view, [&agent[..len], &partner[..len]]);
        let resolute: Vec<Resolute> =
            self.terms.punishes.iter().map(|punishes| punishes.resolute(view)).collect();
        let known = self.judged.is_some() || self.deeds.is_some();
        // Who draws partners may draw the same one twice; on ties, a pair has a slot on either side.
        let nth = if self.meetings.mutual() { 0 } else { slot as u64 };
        let draws = at.chance.stream(MATCH).number(nth);
        let regard = self.matches.regard.as_ref().map_or(Values::One(0.0), |column| Values::of(view, column));
        for k in 0..len {
            let (me, they) = (agent[k], partner[k]);
            if me == they && (!own || Some(strategy[me as usize]) == self.terms.empty) {
                continue;
            }
            let place = usize::from(me > they);
            let pair = [me.min(they), me.max(they)];
            let mut bits = [seen[0][k], seen[1][k]];
            if place == 1 {
                bits.reverse();
            }
            let certain = self.matches.rounds.is_certain();
            let address = if certain { 0 } else { draws.pair(pair[0], pair[1]) };
            let mut rng = if certain { Rng::from_seed([1; 32]) } else { draws.rng(address) };
            let draw = || if certain { 0 } else { next(&mut rng) };
            let strategies = pair.map(|agent| strategy[agent as usize]);
            let shown = at.chance.stream(OBSERVED).number(1 + nth);
            let seed = || shown.rng(shown.pair(pair[0], pair[1]));
            let mut shows = if known { seed() } else { Rng::from_seed([1; 32]) };
            let mut shows = || next(&mut shows);
            let shows = (known && !own).then_some(&mut shows as &mut dyn FnMut() -> u64);
            let outcome = self.matches.play(me as usize / at.group_size, strategies, bits, draw, shows);
            let times = if self.terms.total == Total::Mean { u64::from(outcome.rounds) } else { 1 };
            let by = [strategy[me as usize], strategy[they as usize]];
            at.tallies.add_pair(me as usize / at.group_size, by, outcome.pays[place], times);
            let weight = regard.get(me as usize);
            done.earned[k] += outcome.pays[place] + weight * outcome.pays[1 - place];
            done.rounds[k] += outcome.rounds;
            for (sum, n) in done.acts[k].iter_mut().zip(outcome.acts[place]) {
                *sum += n;
            }
            let side = Side { k, slot, agents: [me, they], strategies: by, place, outcome: &outcome };
            let each = self.terms.punishes.iter().zip(&resolute).zip(&mut done.fines);
            for ((punishes, resolute), fines) in each {
                self.punish(at, (punishes, resolute), &side, nth, fines);
                done.earned[k] -= f64::from(punishes.upkeep) * f64::from(punishes.is_punisher(by[0]));
            }
            if known && !own {
                self.judge(at, view, &side, done);
            }
        }
    }
}

impl Pass for Match {
    fn name(&self) -> &'static str {
        "game/match"
    }

    fn access(&self) -> Access {
        let access = self.terms.access(Access::default().read::<Strategy>().write::<Payoff>());
        let access = match (&self.opinions, self.judged) {
            (Some(opinions), _) => access.read_of(opinions),
            (None, Some(_)) => access.read::<Reputation>().write::<Reputation>(),
            (None, None) if self.terms.acts.looks => access.read::<Reputation>(),
            (None, None) => access,
        };
        let access = self.terms.tags.iter().fold(access, |access, tags| tags.read(access));
        self.matches.regard.iter().fold(access, |access, column| access.read_of(column))
    }

    fn by_group(&self) -> bool {
        self.meetings.by_group()
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        self.bytes + self.deeds.as_ref().map_or(0, |_| Deeds::BYTES * agents)
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let slots = self.meetings.slots(at);
        let known = self.judged.is_some() || self.deeds.is_some();
        let mut done = Done {
            earned: [0.0; BLOCK],
            rounds: [0; BLOCK],
            acts: vec![[0; ACTS]; at.len],
            fines: Fines::of_each(&self.terms.punishes),
            verdict: [0; BLOCK],
            observed: if known { observed(&*self.meetings, at, slots) } else { None },
        };
        if self.judged.is_some() {
            done.verdict[..at.len].copy_from_slice(&view.col::<Reputation>()[at.range()]);
        }
        if let Some(deeds) = &self.deeds {
            at.range().for_each(|agent| deeds.note(agent, None));
        }
        for slot in 0..slots + usize::from(self.with_self) {
            self.slot(at, view, [slot, slots], &mut done);
        }
        let mut costs = [0f32; BLOCK];
        for (punishes, fines) in self.terms.punishes.iter().zip(&done.fines) {
            fines.settle(at, punishes, &mut costs);
        }
        bar(&self.terms, &done.fines, self.terms.bars().then(|| mine.take::<Excluded>()));
        let mut earned = [0f32; BLOCK];
        let rows = earned.iter_mut().zip(done.earned).zip(costs).zip(done.rounds);
        for (((earned, sum), costs), rounds) in rows {
            let times = if self.terms.total == Total::Mean { f64::from(rounds.max(1)) } else { 1.0 };
            *earned = ((sum + f64::from(costs)) / times) as f32 + self.terms.base;
        }
        if self.judged.is_some() {
            mine.take::<Reputation>().copy_from_slice(&done.verdict[..at.len]);
        }
        settle(self.terms.fresh(at.tick), &earned, mine.take::<Payoff>());
        at.each_group(|group, block| {
            for act in 0..ACTS {
                let n = done.acts[block.clone()].iter().map(|acts| u64::from(acts[act])).sum();
                at.tallies.add(group, Count::Act(act as u8), n);
            }
        });
    }
}
