//! Interact: the whole group plays one game, and nobody punishes. Where places can be empty, one who lives alone plays
//! nothing.

use super::meet_group::GIVE;
use super::scratch::{settle, tally_acts};
use super::terms::Terms;
use crate::chance::Draws;
use crate::columns::{Mine, Payoff, Strategy, View};
use crate::games::{Game, OUT, Pays};
use crate::groups::Group;
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// What stands for the act of an empty place.
const NOBODY: u8 = u8::MAX;

/// One meeting a group, whatever its size: payoffs come from the numbers of acts.
pub struct MeetWhole {
    game: Arc<dyn Game>,
    terms: Terms,
    acts: usize,
    /// the strategy of empty places, where there can be some
    empty: Option<u8>,
    /// the act of each agent; [`NOBODY`] in an empty place
    acted: Vec<u8>,
    /// agents of each group by act: `[group * acts + act]`
    counts: Vec<u32>,
}

impl MeetWhole {
    /// A game of many.
    pub fn new(game: Arc<dyn Game>, terms: Terms, empty: Option<u8>) -> MeetWhole {
        let acts = game.acts().len();
        MeetWhole { game, terms, acts, empty, acted: vec![], counts: vec![] }
    }

    /// What each act pays in a group. Games of two are refused before.
    fn pays(&self, counts: &[u32]) -> Vec<f32> {
        let Pays::Many(many) = self.game.pays() else { return vec![0.0; self.acts] };
        if self.empty.is_some() && counts.iter().sum::<u32>() < 2 {
            return vec![0.0; self.acts];
        }
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
        let (terms, size, empty) = (&self.terms, at.group_size, self.empty);
        let draws: Draws = at.chance.stream(GIVE);
        self.acted.resize(at.agents, 0);
        fill(&mut self.acted, |first, out| {
            for (k, (out, &s)) in out.iter_mut().zip(&strategy[first..]).enumerate() {
                let act = || terms.acts.act(s, 1, draws.at((first + k) as u64));
                *out = if Some(s) == empty { NOBODY } else { act() };
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
        let (mut earned, mut games) = ([0f32; BLOCK], [1u16; BLOCK]);
        at.each_group(|group, block| {
            let counts = &self.counts[group * self.acts..][..self.acts];
            let pays = self.pays(counts);
            let alone = self.empty.is_some() && counts.iter().sum::<u32>() < 2;
            for k in block {
                let nobody = own[k] == NOBODY;
                earned[k] = self.terms.base + if nobody { 0.0 } else { pays[usize::from(own[k])] };
                games[k] = u16::from(!nobody && !alone);
            }
        });
        settle(self.terms.fresh(at.tick), &earned, payoff);
        tally_acts(at, own, &games[..at.len], self.acts);
    }
}
