//! Interact: the agents of a group harvest a stock, which is the group's own and lasts from tick to tick.

use super::deeds::{Deeds, Done};
use super::scratch::settle;
use super::terms::Terms;
use super::values::{Value, Values};
use crate::chance::{Stream, below, next};
use crate::columns::{Mine, Payoff, Strategy, View};
use crate::games::Pool;
use crate::groups::{Count, Group};
use crate::norms::Voting;
use crate::pass::{Access, At, Pass};
use std::sync::Arc;

/// Who gets the next unit where more is asked for than is there.
const SERVED: Stream = Stream::named("game/served");

/// What a strategy asks for.
#[derive(Clone)]
pub enum Asks {
    /// so many units
    Units(Value),
    /// a share of the stock
    Share(Value),
    /// a share that leaves the stock able to recover
    Fair,
}

/// The most that one may take.
#[derive(Clone)]
pub enum Limit {
    /// a share that leaves the stock able to recover
    Fair,
    /// so many units
    Units(f64),
    /// what a group has voted for, and by what its agents vote
    Voted(Voting, Value),
}

/// One harvest a tick.
pub struct Harvest {
    /// the stock
    pub pool: Pool,
    /// the most that one may take
    pub limit: Limit,
    /// what each strategy asks for
    pub asks: Vec<Asks>,
    /// totals
    pub terms: Terms,
    /// where what each did is noted for later passes
    pub deeds: Option<Arc<Deeds>>,
}

impl Harvest {
    /// What everybody of a group asks for, in units.
    fn requests(&self, at: &At, view: &View, stock: f64) -> Vec<f64> {
        let strategy = &view.col::<Strategy>()[at.range()];
        let fair = self.pool.fair(stock, at.group_size);
        let values: Vec<(Values, f64)> = self
            .asks
            .iter()
            .map(|asks| match asks {
                Asks::Units(units) => (units.of(view), 1.0),
                Asks::Share(share) => (share.of(view), stock),
                Asks::Fair => (Values::One(fair), 1.0),
            })
            .collect();
        let ask = |(k, &s): (usize, &u8)| {
            let (value, times) = &values[usize::from(s)];
            (value.get(at.first + k) * times).max(0.0)
        };
        strategy.iter().enumerate().map(ask).collect()
    }

    /// The most that one may take, in units.
    fn limit(&self, at: &At, view: &View, group: &mut Group) -> f64 {
        match &self.limit {
            Limit::Fair => self.pool.fair(group.resource, at.group_size),
            Limit::Units(units) => *units,
            Limit::Voted(voting, votes) => {
                if voting.is_due(at.tick) {
                    let votes = votes.of(view);
                    group.rule =
                        voting.vote.of(&mut at.range().map(|agent| votes.get(agent)).collect::<Vec<_>>());
                }
                group.rule
            }
        }
    }

    /// Cuts what is asked for to what is there; returns what is left.
    fn serve(&self, at: &At, stock: f64, requests: &mut [f64]) -> f64 {
        let total: f64 = requests.iter().sum();
        if total <= stock {
            return stock - total;
        }
        if !self.pool.unit_by_unit {
            requests.iter_mut().for_each(|request| *request *= stock / total);
            return 0.0;
        }
        let mut rng = at.chance.stream(SERVED).rng((at.first / at.group_size) as u64);
        let mut wanting: Vec<usize> = (0..requests.len()).filter(|&k| requests[k] > 0.0).collect();
        let (mut left, mut got) = (stock, vec![0.0; requests.len()]);
        while left > 0.0 && !wanting.is_empty() {
            let nth = below(next(&mut rng), wanting.len() as u64) as usize;
            let agent = wanting[nth];
            let unit = left.min(1.0).min(requests[agent] - got[agent]);
            (got[agent], left) = (got[agent] + unit, left - unit);
            if got[agent] >= requests[agent] {
                wanting.swap_remove(nth);
            }
        }
        requests.copy_from_slice(&got);
        left
    }
}

impl Pass for Harvest {
    fn name(&self) -> &'static str {
        "game/harvest"
    }

    fn access(&self) -> Access {
        let access = Access::default().read::<Strategy>().write::<Payoff>();
        let access = match &self.limit {
            Limit::Voted(_, votes) => votes.read(access),
            Limit::Fair | Limit::Units(_) => access,
        };
        self.asks.iter().fold(access, |access, asks| match asks {
            Asks::Units(value) | Asks::Share(value) => value.read(access),
            Asks::Fair => access,
        })
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        self.deeds.as_ref().map_or(0, |_| Deeds::BYTES * agents)
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, groups: &mut [Group]) {
        if self.pool.growth_first {
            groups[0].resource = self.pool.grown(groups[0].resource);
        }
        let stock = groups[0].resource;
        let mut requests = self.requests(at, view, stock);
        let limit = self.limit(at, view, &mut groups[0]);
        let resource = &mut groups[0].resource;
        let group = at.first / at.group_size;
        let mut moderate = 0;
        for (k, &request) in requests.iter().enumerate() {
            let act = u8::from(request <= limit);
            moderate += u64::from(act);
            if let Some(deeds) = &self.deeds {
                deeds.note(at.first + k, Some(Done { to: at.first + k, act }));
            }
        }
        at.tallies.add(group, Count::Act(1), moderate);
        at.tallies.add(group, Count::Act(0), at.len as u64 - moderate);
        *resource = self.serve(at, stock, &mut requests);
        if !self.pool.growth_first {
            *resource = self.pool.grown(*resource);
        }
        let earned: Vec<f32> = requests.iter().map(|&got| got as f32 + self.terms.base).collect();
        settle(self.terms.fresh(at.tick), &earned, mine.take::<Payoff>());
    }
}
