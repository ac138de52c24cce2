//! Turnover: agents who change places, and groups that become copies of others.

use crate::chance::{Permutation, Stream, hits, unit64};
use crate::columns::{ColumnDef, Mine, Strategy, View};
use crate::groups::{ACTS, Count, Group};
use crate::pass::{Access, At, Pass};
use crate::traits::slot;

/// Who moves, and whose place each takes.
const MOVES: Stream = Stream::named("turnover/moves");
/// Which groups are paired, whether they fight, and who wins.
const PAIRS: Stream = Stream::named("contest/pairs");
const FIGHTS: Stream = Stream::named("contest/fights");
const WINS: Stream = Stream::named("contest/wins");

/// Copies the rows of `mine` from the agents that `from` says.
fn copy(columns: &[ColumnDef], at: &At, view: &View, mine: &mut Mine, from: impl Fn(usize) -> usize) {
    for column in columns {
        let (width, all) = (column.width(), view.raw(column));
        let own = mine.take_of::<u8>(column);
        for (slot, agent) in own.chunks_exact_mut(width).zip(at.range()) {
            let source = from(agent);
            if source != agent {
                slot.copy_from_slice(&all[source * width..(source + 1) * width]);
            }
        }
    }
}

fn read_and_write(columns: &[ColumnDef]) -> Access {
    columns.iter().fold(Access::default(), |access, column| access.read_of(column).write_of(column))
}

/// Agents who move are shuffled over their places.
pub struct Migrate {
    prob: u64,
    columns: Vec<ColumnDef>,
    empty: Option<u8>,
    /// whose values each agent's place has next
    source: Vec<u32>,
}

impl Migrate {
    /// `columns` are all of the world, `prob` a threshold of chance.
    pub fn new(prob: u64, columns: Vec<ColumnDef>, empty: Option<u8>) -> Migrate {
        Migrate { prob, columns, empty, source: vec![] }
    }
}

impl Pass for Migrate {
    fn name(&self) -> &'static str {
        "turnover/migrate"
    }

    fn access(&self) -> Access {
        read_and_write(&self.columns)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        4 * agents
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let strategies = view.col::<Strategy>();
        let draws = at.chance.stream(MOVES);
        let moves = |agent: &usize| {
            Some(strategies[*agent]) != self.empty && hits(draws.at(*agent as u64), self.prob)
        };
        let places = at.live.iter().flat_map(|&group| {
            let first = group as usize * at.group_size;
            first..first + at.group_size
        });
        let movers: Vec<u32> = places.filter(moves).map(|agent| agent as u32).collect();
        self.source.clear();
        self.source.extend(0..at.agents as u32);
        let mut order: Vec<u32> = (0..movers.len() as u32).collect();
        if movers.len() > 1 {
            Permutation::new(draws.number(1), 0, movers.len() as u32).forward(&mut order);
        }
        for (&mover, &from) in movers.iter().zip(&order) {
            self.source[mover as usize] = movers[from as usize];
        }
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        copy(&self.columns, at, view, &mut mine, |agent| self.source[agent] as usize);
    }
}

/// What a contest is won by.
pub enum Won {
    /// the share of this act among so many
    Act(u8, u8),
    /// the mean of a column over those who live
    Mean(ColumnDef),
    /// the share of a strategy among those who live
    Share(u8),
}

/// Groups fight in pairs, and losers become copies.
pub struct Contest {
    prob: f64,
    won: Won,
    columns: Vec<ColumnDef>,
    empty: Option<u8>,
    /// whose copy each group becomes
    source: Vec<u32>,
}

impl Contest {
    /// `columns` are what is copied.
    pub fn new(prob: f64, won: Won, columns: Vec<ColumnDef>, empty: Option<u8>) -> Contest {
        Contest { prob, won, columns, empty, source: vec![] }
    }

    /// What a group wins by, 0 where there is nothing to be seen.
    fn strength(&self, at: &At, view: &View, group: usize) -> f64 {
        if let Won::Act(act, acts) = self.won {
            let count = |act: u8| at.tallies.count(group..group + 1, Count::Act(act)) as f64;
            let all: f64 = (0..acts.min(ACTS as u8)).map(count).sum();
            return if all > 0.0 { count(act) / all } else { 0.0 };
        }
        let strategies = view.col::<Strategy>();
        let places = group * at.group_size..(group + 1) * at.group_size;
        let value = |agent: usize| match &self.won {
            Won::Mean(column) => slot(column, view.raw(column), agent),
            Won::Share(code) => f64::from(strategies[agent] == *code),
            Won::Act(..) => 0.0,
        };
        let living = places.filter(|&agent| Some(strategies[agent]) != self.empty);
        let (n, sum) = living.fold((0.0, 0.0), |(n, sum), agent| (n + 1.0, sum + value(agent)));
        if n > 0.0 { sum / n } else { 0.0 }
    }
}

impl Pass for Contest {
    fn name(&self) -> &'static str {
        "turnover/contest"
    }

    fn access(&self) -> Access {
        let access = read_and_write(&self.columns);
        match &self.won {
            Won::Mean(column) if self.columns.iter().all(|known| known.id != column.id) => {
                access.read_of(column)
            }
            _ => access,
        }
    }

    fn reads_acts(&self) -> bool {
        matches!(self.won, Won::Act(..))
    }

    fn mirror_bytes(&self, _: u64, _: u64) -> u64 {
        0
    }

    fn prepare(&mut self, at: &At, view: &View) {
        let groups = (at.agents / at.group_size) as u32;
        self.source.clear();
        self.source.extend(0..groups);
        let mut order: Vec<u32> = (0..at.live.len() as u32).collect();
        if order.len() > 1 {
            Permutation::new(at.chance.stream(PAIRS), 0, order.len() as u32).forward(&mut order);
        }
        let (fights, wins) = (at.chance.stream(FIGHTS), at.chance.stream(WINS));
        for pair in order.chunks_exact(2) {
            let [a, b] = [at.live[pair[0] as usize], at.live[pair[1] as usize]];
            if unit64(fights.pair(a, b)) >= self.prob {
                continue;
            }
            let [of_a, of_b] = [a, b].map(|group| self.strength(at, view, group as usize));
            let a_wins = unit64(wins.pair(a, b)) < 0.5 * (1.0 + of_a - of_b);
            let (winner, loser) = if a_wins { (a, b) } else { (b, a) };
            self.source[loser as usize] = winner;
        }
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let size = at.group_size;
        copy(&self.columns, at, view, &mut mine, |agent| {
            self.source[agent / size] as usize * size + agent % size
        });
    }
}
