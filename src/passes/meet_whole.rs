//! Interact: the whole group plays one game, and nobody punishes.

use super::meet_group::GIVE;
use super::scratch::{settle, tally_acts};
use super::terms::Terms;
use crate::chance::Draws;
use crate::columns::{Mine, Payoff, Strategy, View};
use crate::games::{Game, OUT, Pays};
use crate::groups::Group;
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// One meeting a group, whatever its size: payoffs come from the numbers of acts.
pub struct MeetWhole {
    game: Arc<dyn Game>,
    terms: Terms,
    acts: usize,
    /// the act of each agent
    acted: Vec<u8>,
    /// agents of each group by act: `[group * acts + act]`
    counts: Vec<u32>,
}

impl MeetWhole {
    /// A game of many.
    pub fn new(game: Arc<dyn Game>, terms: Terms) -> MeetWhole {
        let acts = game.acts().len();
        MeetWhole { game, terms, acts, acted: vec![], counts: vec![] }
    }

    /// What each act pays in a group. Games of two are refused before.
    fn pays(&self, counts: &[u32]) -> Vec<f32> {
        let Pays::Many(many) = self.game.pays() else { return vec![0.0; self.acts] };
        let there = counts.iter().enumerate().filter(|&(act, _)| act != usize::from(OUT));
        let members: u32 = there.map(|(_, count)| count).sum();
        let pay = |act: usize| many.pay(act as u8, f64::from(counts[1]), f64::from(members)) as f32;
        (0..self.acts).map(|act| if counts[act] > 0 { pay(act) } else { 0.0 }).collect()
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
        let (acted, acts) = (&self.acted, self.acts);
        self.counts.resize(at.agents / size * acts, 0);
        fill(&mut self.counts, |first, out| {
            for (nth, out) in out.iter_mut().enumerate() {
                let (group, act) = ((first + nth) / acts, ((first + nth) % acts) as u8);
                let group = &acted[group * size..(group + 1) * size];
                *out = group.iter().filter(|&&did| did == act).count() as u32;
            }
        });
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        let own = &self.acted[at.range()];
        let mut earned = [0f32; BLOCK];
        at.each_group(|group, block| {
            let pays = self.pays(&self.counts[group * self.acts..][..self.acts]);
            for k in block {
                earned[k] = pays[usize::from(own[k])] + self.terms.base;
            }
        });
        settle(self.terms.fresh(at.tick), &earned, payoff);
        tally_acts(at, own, &[1; BLOCK][..at.len], self.acts);
    }
}
