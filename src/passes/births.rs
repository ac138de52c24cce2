//! Turnover: offspring and immigrants.

use super::cradle::Cradle;
use crate::chance::{Permutation, Stream, hits, threshold};
use crate::columns::{ColumnDef, Mine, Payoff, Strategy, View};
use crate::groups::Group;
use crate::partners::Structure;
use crate::pass::{Access, At, Pass};
use crate::traits::slot;
use crate::turnover::BirthPlace;
use std::sync::Arc;

/// In which order agents have offspring.
const ORDER: Stream = Stream::named("turnover/birth-order");
/// Whether an agent has offspring.
const BIRTH: Stream = Stream::named("turnover/birth");
/// Where it is born.
const WHERE: Stream = Stream::named("turnover/birth-place");
/// Where an immigrant arrives.
const ARRIVAL: Stream = Stream::named("turnover/arrival");
/// Whether an agent dies.
const DEATH: Stream = Stream::named("turnover/death");

/// How likely something is for an agent.
pub enum Likely {
    /// as likely for everybody, as a threshold of chance
    Same(u64),
    /// by a column, cut to 0..1
    By(ColumnDef),
}

impl Likely {
    /// The payoff of the tick.
    pub fn payoff() -> Likely {
        Likely::By(ColumnDef::of::<Payoff>())
    }

    fn read(&self, access: Access) -> Access {
        match self {
            Likely::Same(_) => access,
            Likely::By(column) => access.read_of(column),
        }
    }

    fn of(&self, view: &View, agent: usize) -> u64 {
        match self {
            Likely::Same(threshold) => *threshold,
            Likely::By(column) => threshold(slot(column, view.raw(column), agent)),
        }
    }
}

/// Agents have offspring, one after the other in random order.
pub struct Births {
    /// how likely it is for each
    pub likely: Likely,
    /// where it is born
    pub place: BirthPlace,
    /// neighbours, with empty places
    pub ground: Arc<dyn Structure>,
    /// what it has
    pub cradle: Cradle,
    /// the strategy of empty places, where there can be some
    pub empty: Option<u8>,
}

impl Births {
    /// Where the offspring of an agent is born; `free` lists the empty places of the group.
    fn place(&self, at: &At, strategies: &[u8], parent: usize, free: &mut Vec<u32>) -> Option<usize> {
        let agent = at.first + parent;
        let complete = self.ground.complete();
        if self.place == BirthPlace::Anywhere || complete && self.place == BirthPlace::EmptyNeighbour {
            let nth = self.cradle.below(at, WHERE, agent, free.len());
            return (!free.is_empty()).then(|| free.swap_remove(nth) as usize);
        }
        let degree = self.ground.degree(agent);
        let neighbour = |slot: usize| self.ground.partner(agent, slot) - at.first;
        if self.place == BirthPlace::Victim {
            return (degree > 0).then(|| neighbour(self.cradle.below(at, WHERE, agent, degree)));
        }
        let empty = |place: &usize| Some(strategies[*place]) == self.empty;
        let n = (0..degree).map(neighbour).filter(empty).count();
        (0..degree).map(neighbour).filter(empty).nth(self.cradle.below(at, WHERE, agent, n))
    }
}

impl Pass for Births {
    fn name(&self) -> &'static str {
        "turnover/births"
    }

    fn access(&self) -> Access {
        self.cradle.access(self.likely.read(Access::default()))
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let mut rows = self.cradle.rows(at, &mut mine);
        let mut order: Vec<u32> = (0..at.len as u32).collect();
        let group = (at.first / at.group_size) as u64;
        Permutation::new(at.chance.stream(ORDER), group, at.len as u32).forward(&mut order);
        let mut born = vec![false; at.len];
        let all = self.cradle.strategies(&rows).iter().enumerate();
        let mut free: Vec<u32> =
            all.filter(|(_, s)| Some(**s) == self.empty).map(|(place, _)| place as u32).collect();
        let births = at.chance.stream(BIRTH);
        for parent in order.into_iter().map(|parent| parent as usize) {
            let strategies = self.cradle.strategies(&rows);
            let agent = at.first + parent;
            if Some(strategies[parent]) == self.empty
                || born[parent]
                || !hits(births.at(agent as u64), self.likely.of(view, agent))
            {
                continue;
            }
            if let Some(place) = self.place(at, strategies, parent, &mut free) {
                born[place] = true;
                self.cradle.comes(at, &mut rows, place, Some(parent));
            }
        }
    }
}

/// Agents arrive from outside in random empty places.
pub struct Arrivals {
    /// so many a group and tick
    pub count: u64,
    /// what they have
    pub cradle: Cradle,
    /// the strategy of empty places
    pub empty: Option<u8>,
}

impl Pass for Arrivals {
    fn name(&self) -> &'static str {
        "turnover/arrivals"
    }

    fn access(&self) -> Access {
        self.cradle.access(Access::default())
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let mut rows = self.cradle.rows(at, &mut mine);
        let all = self.cradle.strategies(&rows).iter().enumerate();
        let mut free: Vec<u32> =
            all.filter(|(_, s)| Some(**s) == self.empty).map(|(place, _)| place as u32).collect();
        for nth in 0..(self.count as usize).min(free.len()) {
            let place = free.swap_remove(self.cradle.below(at, ARRIVAL, at.first + nth, free.len()));
            self.cradle.comes(at, &mut rows, place as usize, None);
        }
    }
}

/// Agents die and leave their places empty.
pub struct Deaths {
    /// how likely it is for each
    pub likely: Likely,
    /// the strategy of empty places
    pub empty: u8,
}

impl Pass for Deaths {
    fn name(&self) -> &'static str {
        "turnover/deaths"
    }

    fn access(&self) -> Access {
        self.likely.read(Access::default().write::<Strategy>())
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let deaths = at.chance.stream(DEATH);
        for (strategy, agent) in mine.take::<Strategy>().iter_mut().zip(at.range()) {
            if hits(deaths.at(agent as u64), self.likely.of(view, agent)) {
                *strategy = self.empty;
            }
        }
    }
}
