//! Learn: a number that agents hold moves toward those that they hear.

use super::heard::Lists;
use super::imitate::{MODEL, ModelsOf, REVISION};
use crate::chance::hits;
use crate::columns::{ColumnDef, Dtype, Mine, Strategy, View};
use crate::groups::Group;
use crate::learning::{Heard, Hearing, Learning, Models, Opinions};
use crate::partners::Structure;
use crate::pass::{Access, At, BLOCK, Pass, fill};
use std::sync::Arc;

/// A number of each agent, or the same for all.
#[derive(Clone)]
pub enum Given {
    /// the same for all
    One(f64),
    /// a trait of type f32 or f64
    Trait(ColumnDef),
}

/// The rule of a world about an opinion, with its columns.
#[derive(Clone)]
pub struct Listens {
    /// how opinions move
    pub rule: Arc<dyn Learning>,
    /// the trait that moves, of type f32 or f64
    pub column: ColumnDef,
    /// the rule's parameter of each agent
    pub parameter: Given,
    /// the first values, where they matter
    pub first: Option<ColumnDef>,
    /// learners an event as a threshold of chance; `None`: everybody
    pub revise: Option<u64>,
}

/// Numbers of a column, whatever it holds.
#[derive(Clone, Copy)]
enum Floats<'a> {
    One(f64),
    F32(&'a [f32]),
    F64(&'a [f64]),
}

impl<'a> Floats<'a> {
    fn of(view: &View<'a>, column: &ColumnDef) -> Floats<'a> {
        match column.dtype {
            Dtype::F64 => Floats::F64(view.of(column)),
            _ => Floats::F32(view.of(column)),
        }
    }

    fn given(view: &View<'a>, given: &Given) -> Floats<'a> {
        match given {
            Given::One(x) => Floats::One(*x),
            Given::Trait(column) => Floats::of(view, column),
        }
    }

    #[inline]
    fn at(self, agent: usize) -> f64 {
        match self {
            Floats::One(x) => x,
            Floats::F32(values) => f64::from(values[agent]),
            Floats::F64(values) => values[agent],
        }
    }
}

/// What an agent brings to a conversation.
struct Listener {
    own: f64,
    first: f64,
    parameter: f64,
}

/// What is known of all agents besides their opinions.
pub(super) struct Ears<'a> {
    rule: &'a dyn Opinions,
    hearing: Hearing<'a>,
    parameter: Floats<'a>,
    first: Option<Floats<'a>>,
}

impl Listens {
    /// The columns that are read besides the opinions.
    fn read(&self, access: Access) -> Access {
        let access = match &self.parameter {
            Given::One(_) => access,
            Given::Trait(column) => access.read_of(column),
        };
        match &self.first {
            Some(first) => access.read_of(first),
            None => access,
        }
    }

    /// The columns that it touches.
    pub(super) fn access(&self, access: Access) -> Access {
        self.read(access).write_of(&self.column)
    }

    /// The rule with its parameters.
    pub(super) fn ears<'a>(&'a self, view: &View<'a>) -> Ears<'a> {
        let Models::Opinions(rule) = self.rule.models() else {
            unreachable!("built for a rule about opinions");
        };
        let first = self.first.as_ref().map(|first| Floats::of(view, first));
        let parameter = Floats::given(view, &self.parameter);
        Ears { rule, hearing: rule.hearing(), parameter, first }
    }
}

/// The block's own opinions, to be written.
pub(super) enum Slots<'m> {
    F32(&'m mut [f32]),
    F64(&'m mut [f64]),
}

impl<'m> Slots<'m> {
    pub(super) fn take(mine: &mut Mine<'m>, column: &ColumnDef) -> Slots<'m> {
        match column.dtype {
            Dtype::F64 => Slots::F64(mine.take_of(column)),
            _ => Slots::F32(mine.take_of(column)),
        }
    }

    pub(super) fn values(&self) -> Vec<f64> {
        match self {
            Slots::F32(slots) => slots.iter().map(|&x| f64::from(x)).collect(),
            Slots::F64(slots) => slots.to_vec(),
        }
    }

    pub(super) fn put(&mut self, place: usize, x: f64) {
        match self {
            Slots::F32(slots) => slots[place] = x as f32,
            Slots::F64(slots) => slots[place] = x,
        }
    }
}

impl Ears<'_> {
    fn listener(&self, agent: usize, own: f64) -> Listener {
        let first = self.first.map_or(own, |first| first.at(agent));
        Listener { own, first, parameter: self.parameter.at(agent) }
    }

    fn hears(&self, who: &Listener, value: f64) -> bool {
        (value - who.own).abs() <= self.rule.reach(who.parameter)
    }

    /// The new opinion after hearing one other.
    pub(super) fn one(&self, agent: usize, own: f64, value: f64) -> f64 {
        let who = self.listener(agent, own);
        if self.hears(&who, value) { self.settle(&who, value) } else { own }
    }

    /// The new opinion of who hears nobody.
    fn alone(&self, agent: usize, own: f64) -> f64 {
        self.settle(&self.listener(agent, own), own)
    }

    fn settle(&self, who: &Listener, heard: f64) -> f64 {
        self.rule.moves(who.own, who.first, heard, who.parameter)
    }

    /// The new opinion after hearing all models: `weights` are oneself's and theirs, in their order, else equal ones.
    pub(super) fn all(
        &self,
        agent: usize,
        own: f64,
        models: impl Iterator<Item = f64>,
        weights: Option<&[f64]>,
    ) -> f64 {
        let who = self.listener(agent, own);
        let of_self = weights.map_or(f64::from(u8::from(self.hearing.with_self)), |weights| weights[0]);
        let weight = |nth: usize| weights.map_or(1.0, |weights| weights[nth + 1]);
        let (mut sum, mut total) = (of_self * own, of_self);
        let mut add = |value: f64, weight: f64| {
            sum += weight * value;
            total += weight;
        };
        let heard = models.enumerate().filter(|(_, value)| self.hears(&who, *value));
        let trim = self.hearing.trim;
        if trim == 0 {
            heard.for_each(|(nth, value)| add(value, weight(nth)));
        } else {
            let mut heard: Vec<(f64, f64)> = heard.map(|(nth, value)| (value, weight(nth))).collect();
            heard.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            let rest = heard.get(trim..heard.len().saturating_sub(trim)).unwrap_or_default();
            rest.iter().for_each(|&(value, weight)| add(value, weight));
        }
        self.settle(&who, if total > 0.0 { sum / total } else { own })
    }

    /// The new opinion after hearing a whole group, given its opinions in order and their running sums.
    fn group(&self, agent: usize, own: f64, sorted: &[f64], sums: &[f64]) -> f64 {
        let who = self.listener(agent, own);
        let reach = self.rule.reach(who.parameter);
        let from = sorted.partition_point(|&x| x < own - reach);
        let to = sorted.partition_point(|&x| x <= own + reach);
        // One's own place among those that are heard; with it left out, places after it move down by one.
        let me = sorted.partition_point(|&x| x < own);
        let place = |nth: usize| if nth <= me { nth } else { nth + 1 };
        let others = to - from - 1;
        let trim = self.hearing.trim.min(others / 2 + others % 2);
        let (from, to) = (place(from + trim), place((to - 1).saturating_sub(trim).max(from + trim)));
        let inside = f64::from(u8::from((from..to).contains(&me)));
        let of_self = f64::from(u8::from(self.hearing.with_self));
        let total = (to - from) as f64 - inside + of_self;
        let sum = sums[to] - sums[from] + (of_self - inside) * own;
        self.settle(&who, if total > 0.0 { sum / total } else { own })
    }
}

/// Everybody listens at once.
pub struct Listen {
    listens: Listens,
    from: ModelsOf,
    every: u64,
    /// the strategy of empty places, where there can be some: nobody hears them
    empty: Option<u8>,
    /// opinions as they were
    before: Vec<f64>,
    /// of groups that are heard as a whole: opinions in order, and their running sums, one more than agents
    sorted: Vec<(Vec<f64>, Vec<f64>)>,
}

impl Listen {
    /// Agents listen after every so many ticks.
    pub fn new(listens: Listens, from: ModelsOf, every: u64, empty: Option<u8>) -> Listen {
        Listen { listens, from, every, empty, before: vec![], sorted: vec![] }
    }

    fn whole_group(&self, hearing: &Hearing) -> bool {
        hearing.heard == Heard::All
            && matches!(&self.from, ModelsOf::Structure(structure) if structure.complete())
    }

    /// The new opinions of agents that each hear one other.
    fn hear_one(&self, at: &At, ears: &Ears, slots: &mut Slots) {
        let mut room = [0u32; BLOCK];
        let mut models = [0u32; BLOCK];
        let met = match &self.from {
            ModelsOf::Structure(structure) => {
                structure.pick(at, at.chance.stream(MODEL), &mut models[..at.len]);
                at.len
            }
            ModelsOf::Meeting(meetings) => meetings.partners(at, 0, &mut room).indices(at, &mut models),
        };
        for (place, &model) in models[..met].iter().enumerate() {
            let agent = at.first + place;
            if model as usize != agent {
                let heard = self.before[model as usize];
                slots.put(place, ears.one(agent, self.before[agent], heard));
            }
        }
    }

    fn hear_listed(&self, at: &At, ears: &Ears, slots: &mut Slots) {
        let lists = Lists::of(&self.from, at);
        let mut weights = vec![];
        for (place, agent) in at.range().enumerate() {
            let weighted = match &self.from {
                ModelsOf::Structure(structure) => structure.weights(agent, &mut weights),
                ModelsOf::Meeting(_) => false,
            };
            let models = lists.of_place(place).iter().map(|&model| self.before[model as usize]);
            let weights = weighted.then_some(&weights[..]);
            slots.put(place, ears.all(agent, self.before[agent], models, weights));
        }
    }
}

impl Pass for Listen {
    fn name(&self) -> &'static str {
        "learning/listen"
    }

    fn access(&self) -> Access {
        let access = self.listens.access(Access::default());
        if self.empty.is_some() { access.read::<Strategy>() } else { access }
    }

    fn by_group(&self) -> bool {
        self.from.by_group()
    }

    fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        let Models::Opinions(rule) = self.listens.rule.models() else { return 0 };
        if self.whole_group(&rule.hearing()) { 24 * agents } else { 8 * agents }
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let values = Floats::of(view, &self.listens.column);
        self.before.resize(at.agents, 0.0);
        fill(&mut self.before, |first, out| {
            for (nth, out) in out.iter_mut().enumerate() {
                *out = values.at(first + nth);
            }
        });
        let Models::Opinions(rule) = self.listens.rule.models() else { return };
        if !self.whole_group(&rule.hearing()) {
            return;
        }
        let (before, size) = (&self.before, at.group_size);
        let living = self.empty.map(|empty| (empty, view.col::<Strategy>()));
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.resize(at.agents / size, Default::default());
        fill(&mut sorted, |first, out| {
            for (nth, (sorted, sums)) in out.iter_mut().enumerate() {
                sorted.clear();
                let rows = (first + nth) * size..(first + nth + 1) * size;
                match living {
                    None => sorted.extend_from_slice(&before[rows]),
                    Some((empty, strategies)) => {
                        let lives = |agent: &usize| strategies[*agent] != empty;
                        sorted.extend(rows.filter(lives).map(|agent| before[agent]));
                    }
                }
                sorted.sort_unstable_by(f64::total_cmp);
                sums.clear();
                sums.push(0.0);
                let mut sum = 0.0;
                sums.extend(sorted.iter().map(|x| {
                    sum += x;
                    sum
                }));
            }
        });
        self.sorted = sorted;
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let ears = self.listens.ears(view);
        let mut slots = Slots::take(&mut mine, &self.listens.column);
        let living = self.empty.map(|empty| (empty, view.col::<Strategy>()));
        let lives = |agent: usize| living.is_none_or(|(empty, strategies)| strategies[agent] != empty);
        if self.whole_group(&ears.hearing) {
            at.each_group(|group, block| {
                let (sorted, sums) = &self.sorted[group];
                for place in block {
                    let agent = at.first + place;
                    if lives(agent) {
                        slots.put(place, ears.group(agent, self.before[agent], sorted, sums));
                    }
                }
            });
        } else {
            match ears.hearing.heard {
                Heard::All => self.hear_listed(at, &ears, &mut slots),
                Heard::One => self.hear_one(at, &ears, &mut slots),
                Heard::Nobody => {
                    for (place, agent) in at.range().enumerate() {
                        slots.put(place, ears.alone(agent, self.before[agent]));
                    }
                }
            }
        }
        if let Some(revise) = self.listens.revise {
            let draws = at.chance.stream(REVISION);
            for (place, agent) in at.range().enumerate() {
                if !hits(draws.at(agent as u64), revise) {
                    slots.put(place, self.before[agent]);
                }
            }
        }
    }
}

impl Ears<'_> {
    /// An elementary step: the focal agent hears one model, or all; tells whether anybody moved.
    pub(super) fn step(
        &self,
        structure: &dyn Structure,
        [first, focal]: [usize; 2],
        opinions: &mut [f64],
        model: impl FnOnce() -> usize,
    ) -> bool {
        let own = opinions[focal];
        let here = first + focal;
        if self.hearing.heard == Heard::Nobody {
            opinions[focal] = self.alone(here, own);
            return opinions[focal] != own;
        }
        if self.hearing.heard == Heard::All {
            let (mut room, mut weights) = (vec![], vec![]);
            let weighted = structure.weights(here, &mut weights);
            let models = structure.neighbours(here, &mut room).iter();
            let values = models.map(|&model| opinions[model as usize - first]);
            let new = self.all(here, own, values, weighted.then_some(&weights[..]));
            opinions[focal] = new;
            return new != own;
        }
        let model = model() - first;
        if model == focal {
            return false;
        }
        let theirs = opinions[model];
        opinions[focal] = self.one(here, own, theirs);
        if self.hearing.both {
            opinions[model] = self.one(first + model, theirs, own);
        }
        opinions[focal] != own || opinions[model] != theirs
    }
}
