//! Learn: agents look at models and take over a strategy, or stay.

use super::inherit::Parents;
use super::mutate::Revision;
use crate::chance::{Stream, below, hits};
use crate::columns::{Mine, Payoff, Strategy, View};
use crate::groups::Group;
use crate::kernels::wide;
use crate::learning::{Learning, Models, Shown};
use crate::partners::{Meetings, Partners, Structure};
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// Which model each learner looks at.
pub(crate) const MODEL: Stream = Stream::named("learning/model");
/// Whether it takes over the model's strategy.
pub(crate) const DECISION: Stream = Stream::named("learning/decision");
/// Whether it learns at all in this tick.
pub(crate) const REVISION: Stream = Stream::named("learning/revision");

/// Whether the model comes from another group.
const OUTSIDE: Stream = Stream::named("learning/outside");
/// Which agent of another group it is.
const OUTSIDER: Stream = Stream::named("learning/outsider");

/// Models from other groups: how often, as a threshold of chance.
#[derive(Clone, Copy, Debug)]
pub struct Outside(pub u64);

impl Outside {
    /// Puts an agent of another group, each as likely, in place of some models; `models` are listed by index.
    fn put(self, at: &At, models: &mut [u32]) {
        let (happens, which) = (at.chance.stream(OUTSIDE), at.chance.stream(OUTSIDER));
        let others = at.agents - at.group_size;
        at.each_group(|group, block| {
            for place in block {
                let agent = (at.first + place) as u64;
                if hits(happens.at(agent), self.0) {
                    let other = below(which.at(agent), others as u64) as usize;
                    let after = usize::from(other >= group * at.group_size) * at.group_size;
                    models[place] = (other + after) as u32;
                }
            }
        });
    }
}

/// Where models come from.
pub enum ModelsOf {
    /// neighbours on a structure, of which the group is one
    Structure(Arc<dyn Structure>),
    /// the partners of this tick's meeting
    Meeting(Arc<dyn Meetings>),
}

/// Imitation of one model, or of all in turn.
pub struct Imitate {
    /// where models come from
    pub models: ModelsOf,
    /// how a model is taken over
    pub rule: Arc<dyn Learning>,
    /// learning happens after every so many ticks
    pub every: u64,
    /// who takes part, who never changes, who mutates
    pub revision: Revision,
    /// payoff and strategy side by side, so that a random model is one cache line
    shown: Vec<[u32; 2]>,
    /// whether the strategy is copied
    pub copies_strategy: bool,
    /// where to note from whom traits are copied
    pub parents: Option<Arc<Parents>>,
    /// models from other groups
    pub outside: Option<Outside>,
}

impl Imitate {
    /// Agents learn by `rule` after every so many ticks.
    pub fn new(models: ModelsOf, rule: Arc<dyn Learning>, every: u64, revision: Revision) -> Imitate {
        Imitate {
            models,
            rule,
            every,
            revision,
            shown: vec![],
            copies_strategy: true,
            parents: None,
            outside: None,
        }
    }

    /// Whether models are of one's own group, and nothing but their strategy is taken over.
    pub(crate) fn copies_only_strategy(&self) -> bool {
        self.copies_strategy && self.parents.is_none() && self.outside.is_none()
    }

    fn draws_one(&self) -> bool {
        matches!(self.rule.models(), Models::One)
    }

    fn look_at_one(&self, at: &At, own: &[f32], choice: &mut [u8], from: &mut [u32]) {
        let mut room = [0u32; BLOCK];
        let partners = match &self.models {
            ModelsOf::Structure(structure) => {
                structure.pick(at, at.chance.stream(MODEL), &mut room[..at.len]);
                Partners::Listed(&room[..at.len])
            }
            ModelsOf::Meeting(meetings) => meetings.partners(at, 0, &mut room),
        };
        let mut listed = [0u32; BLOCK];
        let partners = match self.outside {
            None => partners,
            Some(outside) => {
                let met = partners.indices(at, &mut listed);
                for (place, model) in listed.iter_mut().enumerate().skip(met) {
                    *model = (at.first + place) as u32;
                }
                outside.put(at, &mut listed);
                Partners::Listed(&listed[..at.len])
            }
        };
        let (mut payoff, mut strategy) = ([0f32; BLOCK], [0u8; BLOCK]);
        let mut packed = [[0u32; 2]; BLOCK];
        partners.gather(at, &self.shown, &mut packed);
        for ((payoff, strategy), packed) in payoff.iter_mut().zip(&mut strategy).zip(&packed) {
            (*payoff, *strategy) = (f32::from_bits(packed[0]), packed[1] as u8);
        }
        let mut carry = [0f32; BLOCK];
        carry[..at.len].copy_from_slice(own);
        let models = Shown { payoff: &payoff, strategy: &strategy };
        self.take(at, (0, &partners), (&mut carry[..at.len], choice), models, from);
    }

    fn look_at_all(&self, at: &At, view: &View, own: &[f32], choice: &mut [u8], from: &mut [u32]) {
        let (strategies, payoffs) = (view.col::<Strategy>(), view.col::<Payoff>());
        let meetings: &dyn Meetings = match &self.models {
            ModelsOf::Structure(structure) => &**structure,
            ModelsOf::Meeting(meetings) => &**meetings,
        };
        if !meetings.shifts().is_empty() && !self.rule.chancy() && self.parents.is_none() {
            // The columns are looked at where they stand.
            let everybody = Shown { payoff: payoffs, strategy: strategies };
            return self.rule.takes_along(at, meetings.shifts(), everybody, choice);
        }
        let mut carry = [0f32; BLOCK];
        carry[..at.len].copy_from_slice(own);
        let (mut room, mut payoff, mut strategy) = ([0u32; BLOCK], [0f32; BLOCK], [0u8; BLOCK]);
        for slot in 0..meetings.slots(at) {
            let partners = meetings.partners(at, slot, &mut room);
            let met = partners.gather(at, strategies, &mut strategy);
            partners.gather(at, payoffs, &mut payoff);
            let models = Shown { payoff: &payoff, strategy: &strategy };
            self.take(at, (slot, &partners), (&mut carry[..met], &mut choice[..met]), models, from);
        }
    }

    fn take(
        &self,
        at: &At,
        (slot, partners): (usize, &Partners),
        (carry, choice): (&mut [f32], &mut [u8]),
        models: Shown,
        from: &mut [u32],
    ) {
        let mut room;
        let draws: &[u64] = if self.rule.chancy() {
            room = [0u64; BLOCK];
            let decisions = at.chance.stream(DECISION).number(slot as u64);
            wide!(decisions.fill(at.first as u64, &mut room[..carry.len()]));
            &room
        } else {
            &[0; BLOCK]
        };
        if self.parents.is_none() {
            return self.rule.takes_block(carry, choice, models, draws);
        }
        // Who takes over shows as a 1, whatever the strategies are.
        let (mut taken, mut model) = ([0u8; BLOCK], [0u32; BLOCK]);
        let len = carry.len();
        self.rule.takes_block(carry, &mut taken[..len], Shown { strategy: &[1; BLOCK], ..models }, draws);
        partners.indices(at, &mut model);
        for k in (0..len).filter(|&k| taken[k] == 1) {
            (choice[k], from[k]) = (models.strategy[k], model[k]);
        }
    }
}

impl Pass for Imitate {
    fn name(&self) -> &'static str {
        "learning/imitate"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Strategy>();
        let access = if self.rule.compares() { access.read::<Payoff>() } else { access };
        // One model is looked up in the packed mirror; all models need the old strategies themselves.
        if self.draws_one() { access } else { access.read::<Strategy>() }
    }

    fn by_group(&self) -> bool {
        self.models.by_group()
    }

    fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        let parents = if self.parents.is_some() { 4 * agents } else { 0 };
        parents + if self.draws_one() { 8 * agents } else { 0 }
    }

    fn prepare(&mut self, at: &At, view: &View) {
        if !self.draws_one() {
            return;
        }
        let strategy = view.col::<Strategy>();
        self.shown.resize(at.agents, [0; 2]);
        if !self.rule.compares() {
            return fill(&mut self.shown, |first, out| {
                for (out, &strategy) in out.iter_mut().zip(&strategy[first..]) {
                    *out = [0, u32::from(strategy)];
                }
            });
        }
        let payoff = view.col::<Payoff>();
        fill(&mut self.shown, |first, out| {
            let rows = out.iter_mut().zip(&strategy[first..]).zip(&payoff[first..]);
            for ((out, &strategy), payoff) in rows {
                *out = [payoff.to_bits(), u32::from(strategy)];
            }
        });
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let compares = self.rule.compares();
        let own = if compares { &view.col::<Payoff>()[at.range()] } else { &[0f32; BLOCK][..at.len] };
        let choice = mine.take::<Strategy>();
        let changes = !self.copies_only_strategy() || !self.revision.is_nothing();
        let before = if changes { choice.to_vec() } else { vec![] };
        let mut room;
        let from: &mut [u32] = if self.parents.is_some() {
            room = [0u32; BLOCK];
            room.iter_mut().zip(at.range()).for_each(|(from, agent)| *from = agent as u32);
            &mut room
        } else {
            &mut []
        };
        match self.rule.models() {
            Models::One => self.look_at_one(at, own, choice, from),
            _ => self.look_at_all(at, view, own, choice, from),
        }
        if !self.copies_strategy {
            choice.copy_from_slice(&before);
        }
        if let Some(parents) = &self.parents {
            parents.note(at, &self.revision, &before, &mut from[..at.len]);
        }
        self.revision.settle(at, &before, choice);
    }
}
