//! Interact: the whole group plays one game; peers punish.

use super::scratch::{settle, tally_acts, tally_fines};
use super::terms::Terms;
use crate::chance::{Draws, Stream};
use crate::columns::{Mine, Payoff, Strategy, View};
use crate::games::{Game, OUT, Pays};
use crate::groups::Group;
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// Acts that are left to chance: one draw an agent and tick.
const GIVE: Stream = Stream::named("game/give");

/// One meeting a group.
pub struct MeetWhole {
    game: Arc<dyn Game>,
    terms: Terms,
    /// strategies of the world, and acts of the game
    kinds: [usize; 2],
    /// the act of each agent
    acted: Vec<u8>,
    /// agents of each group by strategy and act: `[(group * strategies + strategy) * acts + act]`
    counts: Vec<u32>,
}

impl MeetWhole {
    /// A game of many, played by so many kinds of strategies.
    pub fn new(game: Arc<dyn Game>, terms: Terms, strategies: usize) -> MeetWhole {
        let kinds = [strategies, game.acts().len()];
        MeetWhole { game, terms, kinds, acted: vec![], counts: vec![] }
    }

    /// What each act pays in a group. Games of two are refused before.
    fn pays(&self, counts: &[u32]) -> Vec<f32> {
        let [_, acts] = self.kinds;
        let Pays::Many(many) = self.game.pays() else { return vec![0.0; acts] };
        let of = |act: usize| counts.iter().skip(act).step_by(acts).sum::<u32>();
        let members: u32 = (0..acts).filter(|&act| act != usize::from(OUT)).map(of).sum();
        let there = |act: usize| of(act) > 0;
        let pay = |act: usize| many.pay(act as u8, f64::from(of(1)), f64::from(members)) as f32;
        (0..acts).map(|act| if there(act) { pay(act) } else { 0.0 }).collect()
    }

    /// How often an agent of a strategy is punished for its act by the others of its group, and how often it punishes.
    fn punished(&self, counts: &[u32], me: u8, mine: u8) -> [u16; 2] {
        let (Some(punishes), false) = (&self.terms.punishes, mine == OUT) else { return [0; 2] };
        let own = u32::from(punishes.punishes(me, me, mine));
        let mut sums = [0u32; 2];
        for (they, counts) in counts.chunks(self.kinds[1]).enumerate() {
            for (theirs, &count) in counts.iter().enumerate().filter(|&(act, _)| act != usize::from(OUT)) {
                sums[0] += count * u32::from(punishes.punishes(they as u8, me, mine));
                sums[1] += count * u32::from(punishes.punishes(me, they as u8, theirs as u8));
            }
        }
        sums.map(|sum| (sum - own).min(u32::from(u16::MAX)) as u16)
    }
}

impl Pass for MeetWhole {
    fn name(&self) -> &'static str {
        "game/meet-whole"
    }

    fn access(&self) -> Access {
        Access::default().read::<Strategy>().write::<Payoff>()
    }

    fn mirror_bytes(&self, agents: u64) -> u64 {
        agents
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let strategy = view.col::<Strategy>();
        let (terms, size) = (&self.terms, at.group_size);
        let draws: Draws = at.chance.stream(GIVE);
        self.acted.resize(at.agents, 0);
        fill(&mut self.acted, |first, out| {
            for (k, (out, &s)) in out.iter_mut().zip(&strategy[first..]).enumerate() {
                *out = terms.acts.act(s, 1, draws.at((first + k) as u64));
            }
        });
        let (acted, [strategies, acts]) = (&self.acted, self.kinds);
        let cells = strategies * acts;
        self.counts.resize(at.agents / size * cells, 0);
        fill(&mut self.counts, |first, out| {
            for (nth, out) in out.iter_mut().enumerate() {
                let (group, cell) = ((first + nth) / cells, (first + nth) % cells);
                let rows = group * size..(group + 1) * size;
                let (kind, act) = ((cell / acts) as u8, (cell % acts) as u8);
                let both = strategy[rows.clone()].iter().zip(&acted[rows]);
                *out = both.filter(|&(&strategy, &did)| strategy == kind && did == act).count() as u32;
            }
        });
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        let strategy = &view.col::<Strategy>()[at.range()];
        let own = &self.acted[at.range()];
        let cells = self.kinds[0] * self.kinds[1];
        let mut earned = [0f32; BLOCK];
        let (mut fines, mut fees) = ([0u16; BLOCK], [0u16; BLOCK]);
        at.each_group(|group, block| {
            let counts = &self.counts[group * cells..][..cells];
            let pays = self.pays(counts);
            for k in block {
                [fines[k], fees[k]] = self.punished(counts, strategy[k], own[k]);
                earned[k] = pays[usize::from(own[k])] + self.terms.base;
            }
        });
        if let Some(punishes) = &self.terms.punishes {
            for ((earned, &fines), &fees) in earned.iter_mut().zip(&fines).zip(&fees) {
                *earned -= f32::from(fines) * punishes.fine + f32::from(fees) * punishes.fee;
            }
            tally_fines(at, &fines[..at.len], &fees[..at.len]);
        }
        settle(self.terms.fresh(at.tick), &earned, payoff);
        tally_acts(at, own, &[1; BLOCK][..at.len], self.kinds[1]);
    }
}
