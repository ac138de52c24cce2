//! Interact: the whole group plays one game; all who would punish an act do.

use super::meet_group::{GIVE, others};
use super::punishes::Punishes;
use super::scratch::{Fines, settle, tally_acts};
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
    regard: f64,
    acts: usize,
    /// the act of each agent
    acted: Vec<u8>,
    /// agents of each group by act: `[group * acts + act]`
    counts: Vec<u32>,
}

impl MeetWhole {
    /// A game of many.
    /// Each member adds the mean payoff of the others, times `regard`, to its own.
    pub fn new(game: Arc<dyn Game>, terms: Terms, regard: f64) -> MeetWhole {
        let acts = game.acts().len();
        MeetWhole { game, terms, regard, acts, acted: vec![], counts: vec![] }
    }

    /// Punishments of a block: who did the same with the same strategy is fined as often, and pays as many fees.
    fn punish(&self, at: &At, strategy: &[u8], punishes: &Punishes) -> Fines {
        let mut fines = Fines::none();
        let kind = |agent: usize| [strategy[agent], self.acted[agent]];
        let mut numbers: Vec<([u8; 2], u16)> = vec![];
        at.each_group(|group, block| {
            numbers.clear();
            for agent in group * at.group_size..(group + 1) * at.group_size {
                let own = kind(agent);
                match numbers.iter_mut().find(|(other, _)| *other == own) {
                    Some((_, number)) => *number += 1,
                    None if own[1] != OUT => numbers.push((own, 1)),
                    None => {}
                }
            }
            for k in block {
                let [own, mine] = kind(at.first + k);
                for &([other, theirs], number) in numbers.iter().filter(|_| mine != OUT) {
                    // Nobody is a partner of itself.
                    let number = number - u16::from([own, mine] == [other, theirs]);
                    fines.fine_by(k, punishes.motive(other, own, mine), number);
                    fines.fees[k] += number * u16::from(punishes.punishes(own, other, theirs));
                }
            }
        });
        fines
    }

    /// What each act pays in a group. Games of two are refused before.
    fn pays(&self, counts: &[u32]) -> Vec<f32> {
        let Pays::Many(many) = self.game.pays() else { return vec![0.0; self.acts] };
        let there = counts.iter().enumerate().filter(|&(act, _)| act != usize::from(OUT));
        let members: u32 = there.map(|(_, count)| count).sum();
        let of = |mine: u8, givers: usize| many.pay(mine, givers as f64, f64::from(members));
        let [givers, members] = [counts[1], members].map(|count| count as usize);
        let pay = |act: usize| match self.regard {
            0.0 => of(act as u8, givers) as f32,
            regard => (of(act as u8, givers) + regard * others([act, givers, members], of)) as f32,
        };
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

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        let own = &self.acted[at.range()];
        let mut earned = [0f32; BLOCK];
        at.each_group(|group, block| {
            let pays = self.pays(&self.counts[group * self.acts..][..self.acts]);
            for k in block {
                earned[k] = pays[usize::from(own[k])];
            }
        });
        if let Some(punishes) = &self.terms.punishes {
            let strategy = view.col::<Strategy>();
            self.punish(at, strategy, punishes).settle(at, punishes, &mut earned);
            for ((earned, &strategy), &own) in earned.iter_mut().zip(&strategy[at.range()]).zip(own) {
                *earned -= punishes.upkeep * f32::from(punishes.is_punisher(strategy) & u8::from(own != OUT));
            }
        }
        earned.iter_mut().for_each(|earned| *earned += self.terms.base);
        settle(self.terms.fresh(at.tick), &earned, payoff);
        tally_acts(at, own, &[1; BLOCK][..at.len], self.acts);
    }
}
