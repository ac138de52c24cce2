//! Cascade: everybody looks at its contacts and may change its stage, all at once. Where contacts are stored ties, only those
//! look to whom something can happen.

use super::awake::{Awake, bit, word};
use crate::cascades::{Cascade, Contacts};
use crate::chance::{Draws, Stream, hits};
use crate::columns::{ColumnDef, Mine, Stage, View};
use crate::groups::{Count, Group};
use crate::partners::{Meetings, Partners};
use crate::pass::{Access, At, BLOCK, Pass, fill, fold};
use crate::places::Places;
use std::ops::Range;
use std::sync::Arc;

/// What becomes of each agent.
pub(crate) const CHANGE: Stream = Stream::named("cascade/change");
/// Which contacts on a layer count.
pub(crate) const COUNTS: Stream = Stream::named("cascade/counts");

/// Who counts as a contact.
pub enum ContactsOf {
    /// partners in slots: neighbours, or those of the tick's meeting
    Partners(Arc<dyn Meetings>),
    /// everybody else of the group
    Group,
}

/// One layer of contacts.
pub struct Along {
    /// who counts
    pub contacts: ContactsOf,
    /// how often a contact counts in a tick, as a threshold; none: always
    pub prob: Option<u64>,
    /// which contacts count
    pub stream: Stream,
}

impl Along {
    /// All contacts, in every tick.
    pub fn all(contacts: ContactsOf) -> Along {
        Along { contacts, prob: None, stream: COUNTS }
    }

    /// Whether no block may hold agents of two groups.
    pub(super) fn by_group(&self) -> bool {
        match &self.contacts {
            ContactsOf::Partners(meetings) => meetings.by_group(),
            ContactsOf::Group => false,
        }
    }

    /// Whether everybody of the group counts.
    pub(super) fn is_group(&self) -> bool {
        matches!(self.contacts, ContactsOf::Group)
    }

    /// Which contacts count in this tick, where not all do.
    pub(super) fn thins(&self, at: &At) -> Option<Thins> {
        self.prob.map(|prob| Thins { prob, draws: at.chance.stream(self.stream) })
    }
}

/// Lets some contacts count and others not: both sides see the same.
#[derive(Clone, Copy)]
pub(super) struct Thins {
    prob: u64,
    draws: Draws,
}

impl Thins {
    #[inline]
    pub(super) fn counts(self, agent: u32, partner: u32) -> bool {
        hits(self.draws.pair(agent.min(partner), agent.max(partner)), self.prob)
    }
}

/// Contacts of the agents of a block, and how many of them spread.
struct Met {
    exposed: [u32; BLOCK],
    contacts: [u32; BLOCK],
}

/// Where thresholds come from.
#[derive(Clone)]
pub enum Thresholds {
    /// the same for everybody
    One(f32),
    /// a trait
    Trait(ColumnDef),
}

/// A sweep over everybody.
pub struct Spread {
    /// the layers, whose contacts add up
    pub layers: Vec<Along>,
    /// how stages follow each other
    pub rule: Arc<dyn Cascade>,
    /// thresholds of the rule, if it has any
    pub thresholds: Thresholds,
    /// whether it is counted how many leave the first stage
    pub waves: bool,
    /// who lives where, where places can be empty: nothing spreads to or from an empty one
    pub places: Option<Arc<Places>>,
    /// a bit an agent: whether it spreads
    bits: Vec<u64>,
    /// who has to look around
    awake: Awake,
    /// how many of each group spread, and how many live
    spreading: Vec<[u32; 2]>,
}

impl Spread {
    /// A sweep by a rule.
    pub fn new(layers: Vec<Along>, rule: Arc<dyn Cascade>, thresholds: Thresholds) -> Spread {
        let (waves, places, bits, awake, spreading) = (false, None, vec![], Awake::default(), vec![]);
        Spread { layers, rule, thresholds, waves, places, bits, awake, spreading }
    }

    fn lives(&self, agent: usize) -> bool {
        self.places.as_ref().is_none_or(|places| places.lives(agent))
    }

    /// The partners of an agent who spread, and all.
    #[inline]
    fn count(&self, agent: u32, (row, start): (&[u32], u32), thins: Option<Thins>) -> [u32; 2] {
        let (mut exposed, mut contacts) = (0, row.len() as u32);
        for &other in row {
            let there = thins.is_none_or(|thins| thins.counts(agent, start + other));
            exposed += bit(&self.bits, (start + other) as usize) & u32::from(there);
            contacts -= u32::from(!there);
        }
        [exposed, contacts]
    }

    /// Counts the partners of the agents at some places of a block, and those who spread.
    fn look_around_from(
        &self,
        (at, places): (&At, &[u16]),
        (meetings, thins): (&dyn Meetings, Option<Thins>),
        met: &mut Met,
    ) {
        for (k, &place) in places.iter().enumerate() {
            let first = at.first + usize::from(place);
            meetings.rows(&At { first, len: 1, ..*at }, &mut |_, row, start| {
                let [exposed, contacts] = self.count(first as u32, (row, start), thins);
                met.exposed[k] += exposed;
                met.contacts[k] += contacts;
            });
        }
    }

    /// Counts the partners of each agent of the block, and those who spread.
    fn look_around(&self, meetings: &dyn Meetings, at: &At, thins: Option<Thins>, met: &mut Met) {
        let mut look = |k: usize, row: &[u32], start: u32| {
            let [exposed, contacts] = self.count((at.first + k) as u32, (row, start), thins);
            met.exposed[k] += exposed;
            met.contacts[k] += contacts;
        };
        if meetings.rows(at, &mut look) {
            return;
        }
        let (mut room, mut list) = ([0u32; BLOCK], [0u32; BLOCK]);
        for slot in 0..meetings.slots(at) {
            let partners = meetings.partners(at, slot, &mut room);
            let list: &[u32] = match &partners {
                Partners::Listed(list) => list,
                shifted => {
                    let met = shifted.indices(at, &mut list);
                    &list[..met]
                }
            };
            let rows = met.exposed.iter_mut().zip(&mut met.contacts).zip(list);
            if !meetings.leaves_out() && thins.is_none() {
                for ((exposed, contacts), &partner) in rows {
                    *exposed += bit(&self.bits, partner as usize);
                    *contacts += 1;
                }
                continue;
            }
            let counts = |agent: u32, partner: u32| {
                partner != agent && thins.is_none_or(|thins| thins.counts(agent, partner))
            };
            for (agent, ((exposed, contacts), &partner)) in (at.first as u32..).zip(rows) {
                let there = u32::from(counts(agent, partner));
                *exposed += bit(&self.bits, partner as usize) & there;
                *contacts += there;
            }
        }
    }

    fn count_groups(&mut self, at: &At) {
        let (bits, size, places) = (&self.bits, at.group_size, &self.places);
        self.spreading.resize(at.agents / size, [0; 2]);
        fill(&mut self.spreading, |first, out| {
            for (nth, out) in out.iter_mut().enumerate() {
                let group = (first + nth) * size..(first + nth + 1) * size;
                let living = places.as_ref().map_or(size, |places| living(places, group.clone()).count());
                *out = [group.map(|agent| bit(bits, agent)).sum(), living as u32];
            }
        });
    }
}

impl Spread {
    /// Adds the contacts of a block on a layer.
    fn meet(&self, at: &At, layer: &Along, met: &mut Met) {
        match &layer.contacts {
            ContactsOf::Partners(meetings) if !self.rule.counts_population() => {
                self.look_around(&**meetings, at, layer.thins(at), met);
            }
            _ => at.each_group(|group, block| {
                let others = u32::from(!self.rule.counts_population());
                let [spreading, living] = self.spreading[group];
                for k in block.filter(|k| self.lives(at.first + k)) {
                    let own = bit(&self.bits, at.first + k) * others;
                    met.exposed[k] += spreading - own;
                    met.contacts[k] += living - others;
                }
            }),
        }
    }
}

/// Those of a group who live.
pub(super) fn living(places: &Places, group: Range<usize>) -> impl Iterator<Item = usize> {
    group.filter(|&agent| places.lives(agent))
}

impl Pass for Spread {
    fn name(&self) -> &'static str {
        "cascade/spread"
    }

    fn access(&self) -> Access {
        let access = Access::default().write::<Stage>();
        match &self.thresholds {
            Thresholds::One(_) => access,
            Thresholds::Trait(column) => access.read_of(column),
        }
    }

    fn by_group(&self) -> bool {
        self.layers.iter().any(Along::by_group)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents / 4
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let stage = view.col::<Stage>();
        let kinds = self.rule.stages().len();
        let spreads: Vec<bool> = (0..kinds as u8).map(|stage| self.rule.spreads(stage)).collect();
        self.bits.resize(at.agents.div_ceil(64), 0);
        let places = &self.places;
        fill(&mut self.bits, |first, out| {
            for (nth, bits) in out.iter_mut().enumerate() {
                let from = (first + nth) * 64;
                let stages = &stage[from..(from + 64).min(stage.len())];
                *bits = word(stages, &spreads);
                if let Some(places) = places {
                    let lives = |k: usize| u64::from(places.lives(from + k)) << k;
                    *bits &= (0..stages.len()).fold(0, |word, k| word | lives(k));
                }
            }
        });
        if self.layers.iter().any(Along::is_group) || self.rule.counts_population() {
            self.count_groups(at);
        }
        if self.rule.counts_population() {
            return;
        }
        let least = match &self.thresholds {
            Thresholds::One(threshold) => *threshold,
            Thresholds::Trait(column) => {
                let of = view.of::<f32>(column);
                let least = |agents: Range<usize>| of[agents].iter().copied().fold(f32::INFINITY, f32::min);
                fold(0..at.agents, least, f32::min).unwrap_or(f32::INFINITY)
            }
        };
        let alone: Vec<bool> =
            (0..kinds as u8).map(|stage| !self.rule.waits(stage, f64::from(least))).collect();
        self.awake.find(at, (stage, &alone), &self.bits, &self.layers);
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let stages = mine.take::<Stage>();
        let mut room = [0; BLOCK];
        let awake = self.awake.places(at, &mut room);
        if awake.is_some_and(<[u16]>::is_empty) {
            return;
        }
        let mut before = [0; BLOCK];
        before[..at.len].copy_from_slice(stages);
        match awake {
            Some(places) => self.some(at, view, places, stages),
            None => self.everybody(at, view, stages),
        }
        if self.places.is_some() {
            for k in (0..at.len).filter(|k| !self.lives(at.first + k)) {
                stages[k] = before[k];
            }
        }
        if self.waves {
            at.each_group(|group, block| {
                let left = block.filter(|&k| before[k] == 0 && stages[k] != 0).count();
                at.tallies.add(group, Count::Reached, left as u64);
            });
        }
    }
}

impl Spread {
    /// The next stages of a block.
    fn everybody(&self, at: &At, view: &View, stages: &mut [u8]) {
        let mut met = Met { exposed: [0; BLOCK], contacts: [0; BLOCK] };
        self.layers.iter().for_each(|layer| self.meet(at, layer, &mut met));
        let mut draws = [0u64; BLOCK];
        at.chance.stream(CHANGE).fill(at.first as u64, &mut draws[..at.len]);
        let one;
        let thresholds: &[f32] = match &self.thresholds {
            Thresholds::One(threshold) => {
                one = [*threshold];
                &one
            }
            Thresholds::Trait(column) => &view.of::<f32>(column)[at.range()],
        };
        let seen = Contacts { exposed: &met.exposed, contacts: &met.contacts, thresholds };
        self.rule.next_block(stages, seen, &draws);
    }

    /// The next stages of those at some places of a block.
    fn some(&self, at: &At, view: &View, places: &[u16], stages: &mut [u8]) {
        let mut met = Met { exposed: [0; BLOCK], contacts: [0; BLOCK] };
        for layer in &self.layers {
            if let ContactsOf::Partners(meetings) = &layer.contacts {
                self.look_around_from((at, places), (&**meetings, layer.thins(at)), &mut met);
            }
        }
        let (mut next, mut draws, mut thresholds) = ([0; BLOCK], [0u64; BLOCK], [0f32; BLOCK]);
        let change = at.chance.stream(CHANGE);
        for (k, place) in places.iter().map(|&place| usize::from(place)).enumerate() {
            (next[k], draws[k]) = (stages[place], change.at((at.first + place) as u64));
        }
        let thresholds: &[f32] = match &self.thresholds {
            Thresholds::One(threshold) => &[*threshold],
            Thresholds::Trait(column) => {
                let of = &view.of::<f32>(column)[at.range()];
                thresholds.iter_mut().zip(places).for_each(|(out, &place)| *out = of[usize::from(place)]);
                &thresholds[..places.len()]
            }
        };
        let seen = Contacts { exposed: &met.exposed, contacts: &met.contacts, thresholds };
        self.rule.next_block(&mut next[..places.len()], seen, &draws);
        places.iter().zip(next).for_each(|(&place, next)| stages[usize::from(place)] = next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cascades::CASCADES;
    use crate::chance::{Chance, below};
    use crate::columns::Dtype;
    use crate::groups::Tallies;
    use crate::registry::Context;
    use std::any::TypeId;

    const AGENTS: usize = 5_003;
    const TICKS: u64 = 12;
    const THRESHOLDS: &str = "patience";

    /// Mutual ties between random agents; who is awake can be known where rows are said to be kept.
    struct Ties {
        rows: Vec<Vec<u32>>,
        said: bool,
    }

    impl Ties {
        fn drawn(nth: u64, said: bool) -> Arc<Ties> {
            let draws = Chance::new(nth, 0, 0).stream(Stream::named("test/ties"));
            let mut rows = vec![vec![]; AGENTS];
            for tie in 0..2 * AGENTS as u64 {
                let [a, b] = [0, 1].map(|end| below(draws.number(end).at(tie), AGENTS as u64) as usize);
                if a != b && !rows[a].contains(&(b as u32)) {
                    rows[a].push(b as u32);
                    rows[b].push(a as u32);
                }
            }
            Arc::new(Ties { rows, said })
        }
    }

    impl Meetings for Ties {
        fn slots(&self, _: &At) -> usize {
            unreachable!("rows are kept")
        }

        fn partners<'a>(&'a self, _: &At, _: usize, _: &'a mut [u32]) -> Partners<'a> {
            unreachable!("rows are kept")
        }

        fn rows(&self, at: &At, f: &mut dyn FnMut(usize, &[u32], u32)) -> bool {
            at.range().enumerate().for_each(|(k, agent)| f(k, &self.rows[agent], 0));
            true
        }

        fn keeps_rows(&self) -> bool {
            self.said
        }
    }

    /// The stages after some ticks from three seeds, and in how many blocks some looked around and others did not.
    fn spread(rule: &str, thresholds: &[f32], layers: &[Option<u64>], said: bool) -> (Vec<u8>, usize) {
        let (kind, text) = rule.split_once('\n').expect("a kind, and its keys");
        let row = CASCADES.iter().find(|row| row.kind == kind).expect("it is a row");
        let context = Context { traits: vec![THRESHOLDS.into()], ..Context::default() };
        let rule: Arc<dyn Cascade> = row.parse(text, &context).expect("it is well written").into();
        let layers = layers
            .iter()
            .zip(0..)
            .map(|(&prob, nth)| Along { prob, ..Along::all(ContactsOf::Partners(Ties::drawn(nth, said))) });
        let patience = ColumnDef::of_trait(THRESHOLDS, Dtype::F32, 0).expect("there are so many");
        let of = if thresholds.len() > 1 {
            Thresholds::Trait(patience.clone())
        } else {
            Thresholds::One(thresholds.first().copied().unwrap_or(0.0))
        };
        let mut spread = Spread::new(layers.collect(), rule, of);
        spread.waves = true;
        let tallies = Tallies::new(1);
        let mut stages = vec![0; AGENTS];
        [0, 1_500, 5_002].into_iter().for_each(|seed: usize| stages[seed] = spread.rule.seeded());
        let mut some = 0;
        for tick in 1..=TICKS {
            let [chance, start] = [tick, 0].map(|tick| Chance::new(7, 0, tick));
            let all = At {
                first: 0,
                len: AGENTS,
                agents: AGENTS,
                group_size: AGENTS,
                tick,
                chance,
                start,
                tallies: &tallies,
                live: &[0],
                looked_at: true,
                recorded: true,
                counted: true,
                touched: false,
            };
            let traits = (patience.id, bytemuck::cast_slice::<f32, u8>(thresholds));
            let old = stages.clone();
            let view = View::new(vec![(TypeId::of::<Stage>(), &old[..]), traits]);
            spread.prepare(&all, &view);
            for (first, stages) in (0..).step_by(700).zip(stages.chunks_mut(700)) {
                let at = At { first, len: stages.len(), ..all };
                let places = spread.awake.places(&at, &mut [0; BLOCK]).map(<[u16]>::len);
                some += usize::from(places.is_some_and(|places| 0 < places && places < at.len));
                let mine = Mine::new(vec![(TypeId::of::<Stage>(), 1, stages)]);
                spread.block(&at, &view, mine, &mut []);
            }
        }
        (stages, some)
    }

    /// A rule, its thresholds, and how often contacts on each layer count.
    type Case<'a> = (&'a str, &'a [f32], &'a [Option<u64>]);

    /// Nobody else is worth a look.
    #[test]
    fn looking_at_the_frontier_alone_gives_the_same_stages() {
        let each: Vec<f32> = (0..AGENTS).map(|agent| 0.05 + 0.1 * (agent % 7) as f32).collect();
        let half = 1 << 63;
        let rules: [Case; 6] = [
            ("threshold\nthreshold = 0.2", &[0.2], &[None]),
            ("threshold\nthreshold = \"patience\"", &each, &[None, Some(half)]),
            ("independent\nprob = 0.4", &[], &[None]),
            (
                "compartments\nstages = [\"s\", \"i\", \"r\"]\ntransitions = [\n\
                 { from = \"s\", to = \"i\", by = \"contact\", prob = 0.3 }, { from = \"i\", to = \"r\", prob = 0.4 }]",
                &[],
                &[Some(half), None],
            ),
            (
                "compartments\nstages = [\"s\", \"i\"]\ntransitions = [\n\
                 { from = \"s\", to = \"i\", prob = 0.001 }, { from = \"i\", to = \"s\", prob = 0.4 }]",
                &[],
                &[None],
            ),
            ("threshold\nthreshold = 1\ncounts = \"number\"", &[1.0], &[Some(half)]),
        ];
        for (nth, (rule, thresholds, layers)) in rules.into_iter().enumerate() {
            let [(frontier, some), (all, none)] =
                [true, false].map(|said| spread(rule, thresholds, layers, said));
            assert_eq!(frontier, all, "{rule}");
            assert!(none == 0 && (some > 0 || nth == 4), "{rule}: {some} and {none} blocks");
            assert!(all.iter().filter(|&&stage| stage > 0).count() > 3, "{rule}: nothing spread");
        }
    }
}
