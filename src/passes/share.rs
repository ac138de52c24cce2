//! Interact: donors give a share of what they have, or take revenge.

use super::terms::{DONOR, Roles, Terms};
use crate::chance::Draws;
use crate::columns::{ColumnDef, Grade, Mine, Payoff, Strategy, View};
use crate::groups::{Count, Group};
use crate::norms::{Assesses, Norm};
use crate::partners::Meetings;
use crate::pass::{Access, At, BLOCK, Pass, fill};
use crate::scenario::expression::{Expression, holds};
use crate::traits::{Parameter, slot};
use std::sync::Arc;

/// What is given by agents of a strategy: `first` to the unknown, else base and slope times reputation.
pub struct Line(pub(crate) [Parameter; 3]);

/// Reprisal instead of a gift.
pub struct Reprisal {
    /// when it happens
    pub when: Expression,
    /// what it speaks of: whether of the partner, and the trait's column; none: the reputation
    pub speaks_of: Vec<(bool, Option<ColumnDef>)>,
    /// what the donor spends, as a share of its wealth
    pub share: f32,
    /// what the partner loses for each unit spent
    pub times: f32,
}

/// What an agent does in this tick.
#[derive(Clone, Copy, Default)]
struct Deed {
    kind: Kind,
    share: f32,
    amount: f32,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Kind {
    #[default]
    Nothing,
    Gives,
    Takes,
}

/// Meetings of two in which shares of wealth are given.
pub struct GiveShares {
    /// who meets whom: one partner each
    pub meetings: Arc<dyn Meetings>,
    /// when payoffs start anew, and what everybody has besides
    pub terms: Terms,
    /// who gives
    pub roles: Roles,
    /// what each strategy gives
    pub lines: Vec<Line>,
    /// what the recipient gets for each unit given
    pub multiplier: f32,
    /// what everybody starts with
    pub endowment: f32,
    /// how gifts change reputations
    pub norm: Option<Arc<dyn Norm>>,
    /// what happens instead of a gift
    pub reprisal: Option<Reprisal>,
    deeds: Vec<Deed>,
    /// reputations before the meetings
    before: Vec<f32>,
}

/// What is seen when the tick begins.
#[derive(Clone, Copy)]
struct Eyes<'a> {
    strategy: &'a [u8],
    payoff: &'a [f32],
    grades: Option<&'a [f32]>,
    view: &'a View<'a>,
    fresh: bool,
}

impl Eyes<'_> {
    fn reputation(&self, agent: usize) -> f32 {
        self.grades.map_or(-1.0, |grades| grades[agent])
    }
}

impl GiveShares {
    /// Gifts without norm and reprisal.
    pub fn new(
        meetings: Arc<dyn Meetings>,
        terms: Terms,
        lines: Vec<Line>,
        [multiplier, endowment]: [f64; 2],
    ) -> Self {
        let [multiplier, endowment] = [multiplier as f32, endowment as f32];
        let (roles, norm, reprisal) = (Roles::Mutual, None, None);
        let (deeds, before) = (vec![], vec![]);
        GiveShares { meetings, terms, roles, lines, multiplier, endowment, norm, reprisal, deeds, before }
    }

    fn columns(&self) -> impl Iterator<Item = &ColumnDef> {
        let lines = self.lines.iter().flat_map(|line| &line.0).filter_map(Parameter::column);
        lines.chain(self.reprisal.iter().flat_map(|r| r.speaks_of.iter().filter_map(|of| of.1.as_ref())))
    }

    fn wealth(&self, eyes: Eyes, agent: usize) -> f32 {
        self.endowment + if eyes.fresh { 0.0 } else { eyes.payoff[agent] }
    }

    /// What an agent does towards its partner.
    fn deed(&self, eyes: Eyes, agent: usize, partner: usize) -> Deed {
        let (wealth, known) = (self.wealth(eyes, agent), eyes.reputation(partner));
        if let Some(reprisal) = self.reprisal.as_ref().filter(|_| known >= 0.0) {
            let value = |nth: usize| {
                let (of_partner, column) = &reprisal.speaks_of[nth];
                let whose = if *of_partner { partner } else { agent };
                let reputation = || f64::from(eyes.reputation(whose));
                column.as_ref().map_or_else(reputation, |column| slot(column, eyes.view.raw(column), whose))
            };
            if holds(reprisal.when.evaluate(&mut { value })) {
                return Deed { kind: Kind::Takes, share: 0.0, amount: reprisal.share * wealth };
            }
        }
        let read = |column: &ColumnDef| slot(column, eyes.view.raw(column), agent);
        let [first, base, slope] = &self.lines[usize::from(eyes.strategy[agent])].0;
        let share = match known {
            known if known < 0.0 => first.value(&read),
            known => base.value(&read) + slope.value(&read) * f64::from(known),
        };
        let share = share.clamp(0.0, 1.0) as f32;
        Deed { kind: Kind::Gives, share, amount: share * wealth }
    }

    /// Whether an agent acts towards its partner.
    fn acts(&self, coins: Draws, agent: usize, partner: usize) -> bool {
        let (a, b) = (agent as u32, partner as u32);
        match self.roles {
            _ if a == b => false,
            Roles::Mutual => true,
            Roles::DonorRecipient => (coins.pair(a.min(b), a.max(b)) >> 63 == 1) ^ (a < b),
        }
    }
}

impl Pass for GiveShares {
    fn name(&self) -> &'static str {
        "game/share"
    }

    fn access(&self) -> Access {
        let access = Access::default().read::<Strategy>().write::<Payoff>();
        let access = self.columns().fold(access, Access::read_of);
        if self.norm.is_some() { access.write::<Grade>() } else { access }
    }

    fn by_group(&self) -> bool {
        self.meetings.by_group()
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents * (size_of::<Deed>() as u64 + if self.norm.is_some() { 4 } else { 0 })
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let grades = self.norm.as_ref().map(|_| view.col::<Grade>());
        let (strategy, payoff) = (view.col::<Strategy>(), view.col::<Payoff>());
        let eyes = Eyes { strategy, payoff, grades, view, fresh: self.terms.fresh(at.tick) };
        let coins = at.chance.stream(DONOR).number(0);
        let mut deeds = std::mem::take(&mut self.deeds);
        deeds.resize(at.agents, Deed::default());
        fill(&mut deeds, |first, out| {
            let mut room = [0u32; BLOCK];
            let mut partners = [0u32; BLOCK];
            let here = At { first, len: out.len(), ..*at };
            self.meetings.partners(&here, 0, &mut room).indices(&here, &mut partners);
            for (k, out) in out.iter_mut().enumerate() {
                let (agent, partner) = (first + k, partners[k] as usize);
                let acts = self.acts(coins, agent, partner);
                *out = if acts { self.deed(eyes, agent, partner) } else { Deed::default() };
            }
        });
        self.deeds = deeds;
        if let Some(grades) = grades {
            self.before.resize(at.agents, 0.0);
            fill(&mut self.before, |first, out| out.copy_from_slice(&grades[first..first + out.len()]));
        }
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let fresh = self.terms.fresh(at.tick);
        let (mut room, mut partners) = ([0u32; BLOCK], [0u32; BLOCK]);
        self.meetings.partners(at, 0, &mut room).indices(at, &mut partners);
        let payoff = mine.take::<Payoff>();
        for (k, payoff) in payoff.iter_mut().enumerate() {
            let (own, theirs) = (self.deeds[at.first + k], self.deeds[partners[k] as usize]);
            let before = if fresh { 0.0 } else { *payoff };
            let left = self.endowment + before - own.amount;
            let change = match (theirs.kind, &self.reprisal) {
                _ if partners[k] as usize == at.first + k => 0.0,
                (Kind::Gives, _) => self.multiplier * theirs.amount,
                (Kind::Takes, Some(reprisal)) => -(reprisal.times * theirs.amount).min(left),
                _ => 0.0,
            };
            *payoff = before - own.amount + change + self.terms.base;
        }
        self.tally(at, &partners);
        let Some(Assesses::Graded(graded)) = self.norm.as_ref().map(|norm| norm.assesses()) else { return };
        let grades = mine.take::<Grade>();
        for (k, grade) in grades.iter_mut().enumerate() {
            let own = self.deeds[at.first + k];
            if own.kind == Kind::Gives {
                *grade = graded.after(*grade, own.share, self.before[partners[k] as usize]);
            }
        }
    }
}

/// Shares are counted in parts of 65,536.
const WHOLE: f32 = 65_536.0;

impl GiveShares {
    fn tally(&self, at: &At, partners: &[u32; BLOCK]) {
        at.each_group(|group, block| {
            let (mut given, mut kept, mut punished) = (0, 0, 0);
            for k in block {
                let (own, theirs) = (self.deeds[at.first + k], self.deeds[partners[k] as usize]);
                let part = (own.share * WHOLE).round() as u64;
                given += if own.kind == Kind::Gives { part } else { 0 };
                kept += if own.kind == Kind::Nothing { 0 } else { WHOLE as u64 - part };
                punished += u64::from(theirs.kind == Kind::Takes && partners[k] as usize != at.first + k);
            }
            at.tallies.add(group, Count::Act(1), given);
            at.tallies.add(group, Count::Act(0), kept);
            for count in [Count::Punished, Count::Fines, Count::Fees] {
                at.tallies.add(group, count, punished);
            }
        });
    }
}

/// After a learning event nobody is known for anything.
pub struct Forget {
    /// ticks between learning events
    pub every: u64,
    /// what everybody is then known for; below 0: nothing
    pub initial: f32,
}

impl Pass for Forget {
    fn name(&self) -> &'static str {
        "norm/forget"
    }

    fn access(&self) -> Access {
        Access::default().write::<Grade>()
    }

    fn due(&self, tick: u64) -> bool {
        (tick - 1).is_multiple_of(self.every)
    }

    fn block(&self, _: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        mine.take::<Grade>().fill(self.initial);
    }
}
