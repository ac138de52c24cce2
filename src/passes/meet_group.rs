//! Interact: agents meet in groups and play one game together; peers punish.

use super::deeds::{Deeds, Done};
use super::meet::bar;
use super::punishes::PUNISH;
use super::scratch::{Fines, settle, tally_acts};
use super::terms::{Terms, Total};
use crate::chance::{Draws, Stream};
use crate::columns::{Excluded, Mine, Payoff, Strategy, View};
use crate::games::GroupGame;
use crate::groups::Group;
use crate::partners::{Meetings, Partners};
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// Acts that are left to chance: one draw an agent and tick, the same in every meeting of it.
const GIVE: Stream = Stream::named("game/give");

/// The game of a meeting, as a table: `[giver? * (members + 1) + givers]` for each number of members.
pub struct GroupPays {
    tables: Vec<Vec<f32>>,
}

impl GroupPays {
    /// Asks the game once for all compositions of meetings of up to `most` members.
    pub fn new(game: &dyn GroupGame, most: usize) -> GroupPays {
        let table = |members: usize| {
            let pay = move |mine: usize, givers: usize| game.pay(mine as f64, givers as f64, members as f64);
            (0..2).flat_map(|mine| (0..=members).map(move |givers| pay(mine, givers) as f32)).collect()
        };
        GroupPays {
            tables: (0..=most).map(|members| if members == 0 { vec![] } else { table(members) }).collect(),
        }
    }

    #[inline]
    pub(super) fn pay(&self, mine: u8, givers: u16, members: u16) -> f32 {
        let members = usize::from(members);
        self.tables[members][usize::from(mine) * (members + 1) + usize::from(givers)]
    }
}

/// Meetings of several.
pub struct MeetGroup {
    /// who meets whom: the partners of an agent are the others of its meeting
    pub meetings: Arc<dyn Meetings>,
    /// whether every agent and its neighbours are a meeting of their own, so that each takes part in several
    pub neighbourhoods: bool,
    /// acts, totals, punishment
    pub terms: Terms,
    /// what a meeting pays
    pub pays: GroupPays,
    /// where what each did is noted for later passes
    pub deeds: Option<Arc<Deeds>>,
    /// `strategy << 1 | gives`
    shown: Vec<u8>,
    /// givers and members of the meeting around each agent, where every neighbourhood is one
    around: Vec<[u16; 2]>,
}

impl MeetGroup {
    /// Meetings of several agents.
    pub fn new(meetings: Arc<dyn Meetings>, neighbourhoods: bool, terms: Terms, pays: GroupPays) -> Self {
        MeetGroup { meetings, neighbourhoods, terms, pays, deeds: None, shown: vec![], around: vec![] }
    }

    /// Givers and members of the meeting of each agent of the block.
    fn count(&self, at: &At, givers: &mut [u16; BLOCK], members: &mut [u16; BLOCK]) {
        let (mut room, mut they) = ([0u32; BLOCK], [0u8; BLOCK]);
        for ((givers, members), shown) in
            givers.iter_mut().zip(members.iter_mut()).zip(&self.shown[at.range()])
        {
            (*givers, *members) = (u16::from(shown & 1), 1);
        }
        for slot in 0..self.meetings.slots(at) {
            let partners = self.meetings.partners(at, slot, &mut room);
            let len = partners.gather(at, &self.shown, &mut they);
            for k in 0..len {
                let there = u16::from(!self.absent(at, &partners, k));
                givers[k] += u16::from(they[k] & 1) * there;
                members[k] += there;
            }
        }
    }

    fn absent(&self, at: &At, partners: &Partners, k: usize) -> bool {
        self.meetings.leaves_out()
            && matches!(partners, Partners::Listed(list) if list[k] as usize == at.first + k)
    }

    /// Punishments of a block, on both sides.
    fn punish(&self, at: &At, view: &View, fines: &mut Fines) {
        let Some(punishes) = &self.terms.punishes else { return };
        let me = &self.shown[at.range()];
        let (mut room, mut they, mut who) = ([0u32; BLOCK], [0u8; BLOCK], [0u32; BLOCK]);
        // Two who meet in several neighbourhoods punish once: the draw is that of the pair.
        let (draws, resolute) = (at.chance.stream(PUNISH), punishes.resolute(view));
        for slot in 0..self.meetings.slots(at) {
            let partners = self.meetings.partners(at, slot, &mut room);
            let len = partners.gather(at, &self.shown, &mut they);
            partners.indices(at, &mut who);
            for k in (0..len).filter(|&k| !self.absent(at, &partners, k)) {
                let (a, b, agent) = (me[k], they[k], (at.first + k) as u32);
                let fined = punishes.motive(b >> 1, a >> 1, a & 1);
                fines.fine(k, fined & resolute.acts(draws, who[k], agent).wrapping_neg());
                let pays = punishes.punishes(a >> 1, b >> 1, b & 1) & resolute.acts(draws, agent, who[k]);
                fines.fees[k] += u16::from(pays);
            }
        }
    }
}

impl Pass for MeetGroup {
    fn name(&self) -> &'static str {
        "game/meet-group"
    }

    fn access(&self) -> Access {
        self.terms.access(Access::default().read::<Strategy>().write::<Payoff>())
    }

    fn by_group(&self) -> bool {
        true
    }

    fn mirror_bytes(&self, agents: u64) -> u64 {
        let noted = self.deeds.as_ref().map_or(0, |_| Deeds::BYTES * agents);
        noted + agents + if self.neighbourhoods { 4 * agents } else { 0 }
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let strategy = view.col::<Strategy>();
        let acts = &self.terms.acts;
        let draws: Draws = at.chance.stream(GIVE);
        self.shown.resize(at.agents, 0);
        fill(&mut self.shown, |first, out| {
            for (k, (out, &s)) in out.iter_mut().zip(&strategy[first..]).enumerate() {
                *out = s << 1 | acts.act(s, 1, draws.at((first + k) as u64));
            }
        });
        if self.neighbourhoods {
            let mut around = std::mem::take(&mut self.around);
            around.resize(at.agents, [0; 2]);
            let size = at.group_size;
            fill(&mut around, |first, out| {
                // Blocks of a mirror lie on the population's grid; those of a structure on the group's.
                let mut done = 0;
                while done < out.len() {
                    let start = first + done;
                    let local = start % size;
                    let end = ((local / BLOCK + 1) * BLOCK).min(size) - local + start;
                    let len = end.min(first + out.len()) - start;
                    let (mut givers, mut members) = ([0; BLOCK], [0; BLOCK]);
                    self.count(&At { first: start, len, ..*at }, &mut givers, &mut members);
                    for k in 0..len {
                        out[done + k] = [givers[k], members[k]];
                    }
                    done += len;
                }
            });
            self.around = around;
        }
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        let own: Vec<u8> = self.shown[at.range()].iter().map(|shown| shown & 1).collect();
        let mut earned = [0f32; BLOCK];
        let (mut games, mut fines) = ([1u16; BLOCK], Fines::none());
        if self.neighbourhoods {
            let mut room = [0u32; BLOCK];
            let mut theirs = [[0u16; 2]; BLOCK];
            for (k, &[givers, members]) in self.around[at.range()].iter().enumerate() {
                earned[k] = self.pays.pay(own[k], givers, members);
            }
            for slot in 0..self.meetings.slots(at) {
                let partners = self.meetings.partners(at, slot, &mut room);
                let len = partners.gather(at, &self.around, &mut theirs);
                for k in 0..len {
                    earned[k] += self.pays.pay(own[k], theirs[k][0], theirs[k][1]);
                    games[k] += 1;
                }
            }
        } else {
            let (mut givers, mut members) = ([0; BLOCK], [0; BLOCK]);
            self.count(at, &mut givers, &mut members);
            for k in 0..at.len {
                let alone = members[k] == 1;
                games[k] = u16::from(!alone);
                earned[k] = if alone { 0.0 } else { self.pays.pay(own[k], givers[k], members[k]) };
            }
        }
        self.punish(at, view, &mut fines);
        if let Some(punishes) = &self.terms.punishes {
            fines.settle(at, punishes, &mut earned);
            for (k, shown) in self.shown[at.range()].iter().enumerate() {
                let pays = punishes.is_punisher(shown >> 1) & u8::from(games[k] > 0);
                earned[k] -= punishes.upkeep * f32::from(pays);
            }
        }
        bar(&self.terms, &fines, self.terms.bars().then(|| mine.take::<Excluded>()));
        for (k, &act) in own.iter().enumerate().filter(|_| self.deeds.is_some()) {
            let done = Done { to: at.first + k, act };
            self.deeds.iter().for_each(|deeds| deeds.note(at.first + k, (games[k] > 0).then_some(done)));
        }
        for (earned, &games) in earned.iter_mut().zip(&games) {
            if self.terms.total == Total::Mean {
                *earned /= f32::from(games.max(1));
            }
            *earned += self.terms.base;
        }
        settle(self.terms.fresh(at.tick), &earned, payoff);
        tally_acts(at, &own, &games[..at.len], 2);
    }
}
