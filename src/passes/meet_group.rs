//! Interact: agents meet in groups and play one game together; peers punish.

use super::deeds::{Deeds, Done};
use super::meet::bar;
use super::punishes::Punishes;
use super::scratch::{Fines, settle, tally_acts};
use super::terms::{Terms, Total};
use crate::chance::{Draws, Stream};
use crate::columns::{Excluded, Mine, Payoff, Strategy, View};
use crate::games::{GroupGame, OUT};
use crate::groups::Group;
use crate::partners::{Meetings, Partners};
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// Acts that are left to chance: one draw an agent and tick, the same in every meeting of it.
pub(super) const GIVE: Stream = Stream::named("game/give");

/// The game of a meeting, as a table: `[act * (members + 1) + givers]` for each number of members.
pub struct GroupPays {
    /// acts of the game: 2, or 3 where one may stay out
    pub acts: usize,
    tables: Vec<Vec<f32>>,
}

impl GroupPays {
    /// Asks the game once for all compositions of meetings of up to `most` members.
    /// Each member adds the mean payoff of the others, times `regard`, to its own.
    pub fn new(game: &dyn GroupGame, [acts, most]: [usize; 2], regard: f64) -> GroupPays {
        let table = |members: usize| {
            let of = move |mine: u8, givers: usize| game.pay(mine, givers as f64, members as f64);
            let pay = move |mine: u8, givers: usize| match regard {
                0.0 => of(mine, givers),
                _ => of(mine, givers) + regard * others([mine.into(), givers, members], of),
            };
            // Only who stays out can meet nobody.
            let codes = (0..acts as u8).map(move |mine| (mine, members > 0 || mine == OUT));
            let row = move |(mine, there): (u8, bool)| {
                (0..=members).map(move |givers| if there { pay(mine, givers) as f32 } else { 0.0 })
            };
            codes.flat_map(row).collect()
        };
        GroupPays { acts, tables: (0..=most).map(table).collect() }
    }

    /// The payoff of who does `mine` in a meeting of so many givers and members.
    #[inline]
    pub(super) fn pay(&self, mine: u8, givers: u16, members: u16) -> f32 {
        let members = usize::from(members);
        self.tables[members][usize::from(mine) * (members + 1) + usize::from(givers)]
    }
}

/// The mean payoff of the other members; 0 where there are none, or where no meeting is like this.
pub(super) fn others([mine, givers, members]: [usize; 3], of: impl Fn(u8, usize) -> f64) -> f64 {
    let own = [usize::from(mine == 1), usize::from(mine != usize::from(OUT))];
    let (Some(gave), Some(others)) = (givers.checked_sub(own[0]), members.checked_sub(own[1])) else {
        return 0.0;
    };
    match others.checked_sub(gave) {
        Some(took) if others > 0 => {
            (gave as f64 * of(1, givers) + took as f64 * of(0, givers)) / others as f64
        }
        _ => 0.0,
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
    /// the strategy of empty places, where there can be some
    pub empty: Option<u8>,
    /// the act of each agent, the same in every meeting of it
    acted: Vec<u8>,
    /// givers and members of the meeting around each agent, where every neighbourhood is one
    around: Vec<[u16; 2]>,
}

impl MeetGroup {
    /// Meetings of several agents.
    pub fn new(meetings: Arc<dyn Meetings>, neighbourhoods: bool, terms: Terms, pays: GroupPays) -> Self {
        let (deeds, empty, acted, around) = (None, None, vec![], vec![]);
        MeetGroup { meetings, neighbourhoods, terms, pays, deeds, empty, acted, around }
    }

    /// The meeting of each agent of the block.
    fn count(&self, at: &At, meeting: &mut Meeting) {
        let (mut room, mut they) = ([0u32; BLOCK], [0u8; BLOCK]);
        for (k, &act) in self.acted[at.range()].iter().enumerate() {
            (meeting.givers[k], meeting.members[k]) = (u16::from(act == 1), u16::from(act != OUT));
        }
        for slot in 0..self.meetings.slots(at) {
            let partners = self.meetings.partners(at, slot, &mut room);
            let len = partners.gather(at, &self.acted, &mut they);
            for (k, &they) in they[..len].iter().enumerate() {
                let there = u16::from(!self.absent(at, &partners, k));
                meeting.givers[k] += u16::from(they == 1) * there;
                meeting.members[k] += u16::from(they != OUT) * there;
                meeting.met[k] += there;
            }
        }
    }

    fn absent(&self, at: &At, partners: &Partners, k: usize) -> bool {
        self.meetings.leaves_out()
            && matches!(partners, Partners::Listed(list) if list[k] as usize == at.first + k)
    }

    /// Punishments of a block, on both sides.
    fn punish(&self, at: &At, view: &View, punishes: &Punishes, fines: &mut Fines) {
        let strategy = view.col::<Strategy>();
        let (own, mine) = (&strategy[at.range()], &self.acted[at.range()]);
        let (mut room, mut they, mut theirs) = ([0u32; BLOCK], [0u8; BLOCK], [0u8; BLOCK]);
        // Two who meet in several neighbourhoods punish once: the draw is that of the pair.
        let (draws, resolute, mut who) =
            (punishes.decides(at.chance), punishes.resolute(view), [0u32; BLOCK]);
        for slot in 0..self.meetings.slots(at) {
            let partners = self.meetings.partners(at, slot, &mut room);
            let len = partners.gather(at, strategy, &mut they);
            partners.gather(at, &self.acted, &mut theirs);
            partners.indices(at, &mut who);
            for k in (0..len).filter(|&k| !self.absent(at, &partners, k)) {
                if mine[k] != OUT && theirs[k] != OUT {
                    let agent = (at.first + k) as u32;
                    let fined = punishes.motive(they[k], own[k], mine[k]);
                    fines.fine(k, fined & resolute.acts(draws, who[k], agent).wrapping_neg());
                    let pays = punishes.punishes(own[k], they[k], theirs[k]);
                    fines.fees[k] += u32::from(pays & resolute.acts(draws, agent, who[k]));
                }
            }
        }
    }
}

/// The meetings of a block's agents.
struct Meeting {
    /// members who give
    givers: [u16; BLOCK],
    /// who takes part in the game
    members: [u16; BLOCK],
    /// others who are there, whether they take part or not
    met: [u16; BLOCK],
}

impl Meeting {
    fn new() -> Meeting {
        Meeting { givers: [0; BLOCK], members: [0; BLOCK], met: [0; BLOCK] }
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

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        let noted = self.deeds.as_ref().map_or(0, |_| Deeds::BYTES * agents);
        noted + agents + if self.neighbourhoods { 4 * agents } else { 0 }
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let strategy = view.col::<Strategy>();
        let acts = &self.terms.acts;
        let draws: Draws = at.chance.stream(GIVE);
        self.acted.resize(at.agents, 0);
        fill(&mut self.acted, |first, out| {
            for (k, (out, &s)) in out.iter_mut().zip(&strategy[first..]).enumerate() {
                *out = acts.act(s, 1, draws.at((first + k) as u64));
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
                    let mut meeting = Meeting::new();
                    self.count(&At { first: start, len, ..*at }, &mut meeting);
                    for k in 0..len {
                        out[done + k] = [meeting.givers[k], meeting.members[k]];
                    }
                    done += len;
                }
            });
            self.around = around;
        }
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        let own = &self.acted[at.range()];
        let mut earned = [0f32; BLOCK];
        let (mut games, mut fines) = ([1u16; BLOCK], Fines::of_each(&self.terms.punishes));
        if self.neighbourhoods {
            let mut room = [0u32; BLOCK];
            let mut theirs = [[0u16; 2]; BLOCK];
            for (k, &[givers, members]) in self.around[at.range()].iter().enumerate() {
                earned[k] = self.pays.pay(own[k], givers, members);
            }
            // Asked once: most structures have a neighbour in every slot.
            let some_lack = self.meetings.leaves_out();
            for slot in 0..self.meetings.slots(at) {
                let partners = self.meetings.partners(at, slot, &mut room);
                let len = partners.gather(at, &self.around, &mut theirs);
                for k in (0..len).filter(|&k| !(some_lack && self.absent(at, &partners, k))) {
                    earned[k] += self.pays.pay(own[k], theirs[k][0], theirs[k][1]);
                    games[k] += 1;
                }
            }
        } else {
            let mut meeting = Meeting::new();
            self.count(at, &mut meeting);
            for k in 0..at.len {
                let left_over = meeting.met[k] == 0;
                games[k] = u16::from(!left_over);
                let pay = self.pays.pay(own[k], meeting.givers[k], meeting.members[k]);
                earned[k] = if left_over { 0.0 } else { pay };
            }
        }
        if let Some(empty) = self.empty {
            for (k, &strategy) in view.col::<Strategy>()[at.range()].iter().enumerate() {
                if strategy == empty {
                    // A neighbourhood has nobody in its middle.
                    (games[k], earned[k]) = (0, 0.0);
                }
            }
        }
        for (punishes, fines) in self.terms.punishes.iter().zip(&mut fines) {
            self.punish(at, view, punishes, fines);
            fines.settle(at, punishes, &mut earned);
            for (k, &strategy) in view.col::<Strategy>()[at.range()].iter().enumerate() {
                let pays = punishes.is_punisher(strategy) & u8::from(games[k] > 0 && own[k] != OUT);
                earned[k] -= punishes.upkeep * f32::from(pays);
            }
        }
        bar(&self.terms, &fines, self.terms.bars().then(|| mine.take::<Excluded>()));
        for (k, &act) in own.iter().enumerate().filter(|_| self.deeds.is_some()) {
            let done = Done { to: at.first + k, act };
            self.deeds
                .iter()
                .for_each(|deeds| deeds.note(at.first + k, (games[k] > 0 && act != OUT).then_some(done)));
        }
        for (earned, &games) in earned.iter_mut().zip(&games) {
            if self.terms.total == Total::Mean {
                *earned /= f32::from(games.max(1));
            }
            *earned += self.terms.base;
        }
        settle(self.terms.fresh(at.tick), &earned, payoff);
        tally_acts(at, own, &games[..at.len], self.pays.acts);
    }
}
