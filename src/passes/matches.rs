//! Interact: agents meet two by two in matches. A match may have several rounds with a memory inside, two roles,
//! payoffs of the group's own, and players who care for each other.
//!
//! Each side of a match plays it for itself (pull), from the same chance: nobody writes another's row.

use super::rounds::Rounds;
use super::scratch::settle;
use super::terms::{PayTable, Terms, Total};
use crate::chance::{Rng, Stream, next};
use crate::columns::{ColumnDef, Mine, Payoff, Strategy, View};
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
}

impl Matches {
    /// Plays the match of two strategies of a group, the first of the match first.
    pub(super) fn play(
        &self,
        group: usize,
        strategies: [u8; 2],
        seen: [u8; 2],
        draw: impl FnMut() -> u64,
    ) -> Outcome {
        let [first, second] = self.pays.of(group);
        let kinds = first.acts;
        let mut often = [0u32; ACTS * ACTS];
        let rounds = self.rounds.play(strategies, seen, draw, |mine, theirs| {
            often[usize::from(mine) * kinds + usize::from(theirs)] += 1;
        });
        let mut outcome = Outcome { pays: [0.0; 2], rounds, acts: [[0; ACTS]; 2] };
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
    /// Where the roles differ, `roles` says how much each of them weighs.
    pub fn expected(&self, strategies: [u8; 2], roles: [f64; 2]) -> (f64, f64) {
        let [first, second] = self.pays.of(0);
        let often = self.rounds.expected(strategies);
        let pay = |nth: usize| roles[0] * f64::from(first.pays[nth]) + roles[1] * f64::from(second.pays[nth]);
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
}

/// What a block's agents have done.
struct Done {
    earned: [f64; BLOCK],
    rounds: [u32; BLOCK],
    acts: Vec<[u32; ACTS]>,
}

impl Match {
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
        let mut seen = [[1u8; BLOCK]; 2];
        if let Some(tags) = &self.terms.tags {
            let sides = [[&agent[..len], &partner[..len]], [&partner[..len], &agent[..len]]];
            for (seen, [actor, recipient]) in seen.iter_mut().zip(sides) {
                let mut shown = [0u8; BLOCK];
                shown.iter_mut().zip(actor).for_each(|(s, &actor)| *s = strategy[actor as usize] << 1);
                tags.see(view, &shown[..len], [actor, recipient], &mut seen[..len]);
            }
        }
        // Who draws partners may draw the same one twice; on ties, a pair has a slot on either side.
        let nth = if self.meetings.mutual() { 0 } else { slot as u64 };
        let draws = at.chance.stream(MATCH).number(nth);
        let regard = self.matches.regard.as_ref().map_or(Values::One(0.0), |column| Values::of(view, column));
        for k in 0..len {
            let (me, they) = (agent[k], partner[k]);
            if me == they && !own {
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
            let outcome = self.matches.play(me as usize / at.group_size, strategies, bits, draw);
            let times = if self.terms.total == Total::Mean { u64::from(outcome.rounds) } else { 1 };
            let by = [strategy[me as usize], strategy[they as usize]];
            at.tallies.add_pair(me as usize / at.group_size, by, outcome.pays[place], times);
            let weight = regard.get(me as usize);
            done.earned[k] += outcome.pays[place] + weight * outcome.pays[1 - place];
            done.rounds[k] += outcome.rounds;
            for (sum, n) in done.acts[k].iter_mut().zip(outcome.acts[place]) {
                *sum += n;
            }
        }
    }
}

impl Pass for Match {
    fn name(&self) -> &'static str {
        "game/match"
    }

    fn access(&self) -> Access {
        let access = Access::default().read::<Strategy>().write::<Payoff>();
        let access = self.terms.tags.iter().fold(access, |access, tags| tags.read(access));
        self.matches.regard.iter().fold(access, |access, column| access.read_of(column))
    }

    fn by_group(&self) -> bool {
        self.meetings.by_group()
    }

    fn mirror_bytes(&self, _: u64) -> u64 {
        self.bytes
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let mut done = Done { earned: [0.0; BLOCK], rounds: [0; BLOCK], acts: vec![[0; ACTS]; at.len] };
        let slots = self.meetings.slots(at);
        for slot in 0..slots + usize::from(self.with_self) {
            self.slot(at, view, [slot, slots], &mut done);
        }
        let mut earned = [0f32; BLOCK];
        for ((earned, sum), rounds) in earned.iter_mut().zip(done.earned).zip(done.rounds) {
            let times = if self.terms.total == Total::Mean { f64::from(rounds.max(1)) } else { 1.0 };
            *earned = (sum / times) as f32 + self.terms.base;
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
