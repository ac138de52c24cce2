//! Interact: the whole group plays one game; all who would punish an act do. Where places can be empty, one who lives
//! alone plays nothing.

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

/// What stands for the act of an empty place.
const NOBODY: u8 = u8::MAX;

/// One meeting a group, whatever its size: payoffs come from the numbers of acts.
pub struct MeetWhole {
    game: Arc<dyn Game>,
    terms: Terms,
    regard: f64,
    acts: usize,
    /// the strategy of empty places, where there can be some
    empty: Option<u8>,
    /// the act of each agent; [`NOBODY`] in an empty place
    acted: Vec<u8>,
    /// agents of each group by act: `[group * acts + act]`
    counts: Vec<u32>,
}

/// Whether who does this is a member of the game.
fn takes_part(act: u8) -> bool {
    act != OUT && act != NOBODY
}

impl MeetWhole {
    /// A game of many.
    /// Each member adds the mean payoff of the others, times `regard`, to its own.
    pub fn new(game: Arc<dyn Game>, terms: Terms, regard: f64, empty: Option<u8>) -> MeetWhole {
        let acts = game.acts().len();
        MeetWhole { game, terms, regard, acts, empty, acted: vec![], counts: vec![] }
    }

    /// Punishments of a block: who did the same with the same strategy is fined as often, and pays as many fees.
    fn punish(&self, at: &At, strategy: &[u8], punishes: &Punishes) -> Fines {
        let mut fines = Fines::none();
        let kind = |agent: usize| [strategy[agent], self.acted[agent]];
        let mut numbers: Vec<([u8; 2], u32)> = vec![];
        at.each_group(|group, block| {
            numbers.clear();
            for agent in group * at.group_size..(group + 1) * at.group_size {
                let own = kind(agent);
                match numbers.iter_mut().find(|(other, _)| *other == own) {
                    Some((_, number)) => *number += 1,
                    None if takes_part(own[1]) => numbers.push((own, 1)),
                    None => {}
                }
            }
            for k in block {
                let [own, mine] = kind(at.first + k);
                for &([other, theirs], number) in numbers.iter().filter(|_| takes_part(mine)) {
                    // Nobody is a partner of itself.
                    let number = number - u32::from([own, mine] == [other, theirs]);
                    fines.fine_by(k, punishes.motive(other, own, mine), number);
                    fines.fees[k] += number * u32::from(punishes.punishes(own, other, theirs));
                }
            }
        });
        fines
    }

    /// What each act pays in a group. Games of two are refused before.
    fn pays(&self, counts: &[u32]) -> Vec<f32> {
        let Pays::Many(many) = self.game.pays() else { return vec![0.0; self.acts] };
        if self.empty.is_some() && counts.iter().sum::<u32>() < 2 {
            return vec![0.0; self.acts];
        }
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

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
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

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        let own = &self.acted[at.range()];
        let (mut earned, mut games) = ([0f32; BLOCK], [1u16; BLOCK]);
        at.each_group(|group, block| {
            let counts = &self.counts[group * self.acts..][..self.acts];
            let pays = self.pays(counts);
            let alone = self.empty.is_some() && counts.iter().sum::<u32>() < 2;
            for k in block {
                let nobody = own[k] == NOBODY;
                earned[k] = if nobody { 0.0 } else { pays[usize::from(own[k])] };
                games[k] = u16::from(!nobody && !alone);
            }
        });
        for punishes in &self.terms.punishes {
            let strategy = view.col::<Strategy>();
            self.punish(at, strategy, punishes).settle(at, punishes, &mut earned);
            let rows = earned.iter_mut().zip(&strategy[at.range()]).zip(own).zip(&games);
            for (((earned, &strategy), &own), &games) in rows {
                let pays = punishes.is_punisher(strategy) & u8::from(takes_part(own) && games > 0);
                *earned -= punishes.upkeep * f32::from(pays);
            }
        }
        earned.iter_mut().for_each(|earned| *earned += self.terms.base);
        settle(self.terms.fresh(at.tick), &earned, payoff);
        tally_acts(at, own, &games[..at.len], self.acts);
    }
}
