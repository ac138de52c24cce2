//! What a measure sees: the population, or one group of it, as the tick ends.

use crate::columns::{ColumnDef, Strategy, View};
use crate::counted::{Counted, Moments};
use crate::groups::{Count, Groups};
use crate::kernels::{count_where, wide};
use crate::partners::Structure;
use crate::pass::fold;
use crate::planners::Policy;
use crate::scenario::Reputations;
use std::any::TypeId;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;

/// The names of a world, by which measures are found.
#[derive(Clone, Default)]
pub struct Names {
    /// strategies, by code
    pub strategies: Vec<String>,
    /// stages of the cascade, by code
    pub stages: Vec<String>,
    /// acts of the game, by code
    pub acts: Vec<String>,
    /// the act of cooperation
    pub cooperation: Option<u8>,
    /// traits
    pub traits: Vec<String>,
    /// the traits' columns
    pub columns: Vec<ColumnDef>,
    /// agents of a group
    pub group_size: u64,
    /// all agents
    pub agents: u64,
    /// groups
    pub groups: u64,
    /// whether payoffs are evaluated step by step instead of kept in a column
    pub steps: bool,
    /// what reputations are, where acts are judged
    pub reputations: Option<Reputations>,
    /// whether help given and received is counted by strategy
    pub counts_help: bool,
    /// what the first, second, … fine costs the punished, in payoff units, where there are sanctions
    pub fines: Option<Vec<f64>>,
    /// whether a tick of the cascade is a whole cascade
    pub whole_cascades: bool,
    /// whether agents act one after the other
    pub in_turn: bool,
    /// what a planner sets, where there is one
    pub planner: Option<Arc<Policy>>,
    /// whether payoffs are kept by pair of strategies
    pub pairs: bool,
    /// whether mutants enter uniform groups only
    pub rare_mutants: bool,
    /// whether groups have the stock of a commons
    pub stocked: bool,
    /// whether groups vote on a rule
    pub voting: bool,
    /// whether there are stored or computed ties
    pub ties: bool,
    /// whether agents know any number of words
    pub words: bool,
    /// measures of the world's own
    pub measures: Vec<(String, Arc<super::Custom>)>,
    /// parameters by path, where they are numbers: `game.benefit`
    pub parameters: Vec<(String, f64)>,
}

/// The rows and groups that a measure is asked about.
pub struct Scope<'a> {
    /// shows the columns: most rows of metrics are made from counts, and look at none
    look: &'a dyn Fn() -> &'a View<'a>,
    /// what is known of the groups
    pub state: &'a Groups,
    /// the tick
    pub tick: u64,
    /// rows
    pub rows: Range<usize>,
    /// groups
    pub groups: Range<usize>,
    /// the ties
    pub structure: Option<&'a Arc<dyn Structure>>,
    /// counts of codes that have been asked for in this scope
    counted: RefCell<Vec<(TypeId, Vec<u64>)>>,
    /// sums of columns that have been asked for in this scope: a mean and a spread sweep once
    summed: RefCell<Vec<(TypeId, Option<Sums>)>>,
    /// moments of payoffs that follow from counts, once they have been asked for
    moments: Cell<Option<Moments>>,
}

/// Sums over a column.
#[derive(Clone, Copy, Debug)]
pub struct Sums {
    /// values
    pub n: u64,
    /// their sum
    pub sum: f64,
    /// the sum of their squares
    pub squares: f64,
}

/// The least and the greatest value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// the least
    pub min: f64,
    /// the greatest
    pub max: f64,
}

impl<'a> Scope<'a> {
    /// Everybody; `look` shows the columns to who asks.
    pub fn all(
        look: &'a dyn Fn() -> &'a View<'a>,
        state: &'a Groups,
        tick: u64,
        structure: Option<&'a Arc<dyn Structure>>,
    ) -> Scope<'a> {
        let (rows, groups) = (0..state.size * state.state.len(), 0..state.state.len());
        Scope {
            look,
            state,
            tick,
            rows,
            groups,
            structure,
            counted: RefCell::default(),
            summed: RefCell::default(),
            moments: Cell::default(),
        }
    }

    /// The columns.
    pub fn view(&self) -> &'a View<'a> {
        (self.look)()
    }

    /// One group.
    pub fn group(&self, group: usize) -> Scope<'a> {
        let (counted, summed, moments) = (RefCell::default(), RefCell::default(), Cell::default());
        let (rows, groups) = (self.state.rows(group), group..group + 1);
        Scope { rows, groups, counted, summed, moments, ..*self }
    }

    /// How many agents there are: those who live, where places can be empty.
    pub fn agents(&self) -> f64 {
        self.rows.len() as f64 - self.nobody() as f64
    }

    /// Whether somebody lives at a place.
    pub fn lives(&self, agent: usize) -> bool {
        self.state.empty.is_none_or(|empty| self.view().col::<Strategy>()[agent] != empty)
    }

    /// Empty places.
    fn nobody(&self) -> u64 {
        let Some(empty) = self.state.empty else { return 0 };
        let empty = usize::from(empty);
        self.number(&ColumnDef::of::<Strategy>(), empty + 1, &[empty])
    }

    /// The scope's values of a column, of those who live.
    pub fn values<T: crate::columns::Item>(&self, column: &ColumnDef) -> Cow<'a, [T]> {
        let values = &self.view().of::<T>(column)[self.rows.clone()];
        let Some(empty) = self.state.empty else { return Cow::Borrowed(values) };
        let strategies = &self.view().col::<Strategy>()[self.rows.clone()];
        let living = values.iter().zip(strategies).filter(|(_, strategy)| **strategy != empty);
        Cow::Owned(living.map(|(&value, _)| value).collect())
    }

    /// How many agents have each code of a byte column, of which all are below `kinds`.
    pub fn counts(&self, column: &ColumnDef, kinds: usize) -> Vec<u64> {
        if let Some((_, counts)) = self.counted.borrow().iter().find(|known| known.0 == column.id) {
            return counts.clone();
        }
        let all = || Cow::Borrowed(&self.view().of::<u8>(column)[self.rows.clone()]);
        let codes = if is_strategy(column) { all() } else { self.values(column) };
        let counts = if kinds <= FEW {
            let part = |rows: Range<usize>| wide!(count_few(&codes[rows], kinds));
            let add = |a: [u64; FEW], b: [u64; FEW]| std::array::from_fn(|kind| a[kind] + b[kind]);
            fold(0..codes.len(), part, add).unwrap_or_default()[..kinds].to_vec()
        } else {
            let part = |rows: Range<usize>| count_many(&codes[rows], kinds);
            let add = |mut a: Vec<u64>, b: Vec<u64>| {
                a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                a
            };
            fold(0..codes.len(), part, add).unwrap_or_else(|| vec![0; kinds])
        };
        self.counted.borrow_mut().push((column.id, counts.clone()));
        counts
    }

    /// How many agents have one of these codes of a byte column, of which all are below `kinds`.
    pub fn number(&self, column: &ColumnDef, kinds: usize, codes: &[usize]) -> u64 {
        let number = |counts: &[u64]| codes.iter().map(|&code| counts[code]).sum();
        if is_strategy(column) && kinds == 2 && self.state.tallies.knows_second {
            let second = self.count(Count::Second);
            return number(&[self.rows.len() as u64 - second, second]);
        }
        number(&self.counts(column, kinds))
    }

    /// Moments of payoffs that follow from what was counted.
    pub fn moments(&self, counted: &Counted) -> Moments {
        let found = || counted.moments(&self.state.tallies, self.groups.clone(), self.rows.len() as u64);
        let moments = self.moments.get().unwrap_or_else(found);
        self.moments.set(Some(moments));
        moments
    }

    /// A count of the tick over the scope's groups.
    pub fn count(&self, count: Count) -> u64 {
        self.state.tallies.count(self.groups.clone(), count)
    }

    /// Sums over a column of any type; none of no agents.
    pub fn sums(&self, column: &ColumnDef) -> Option<Sums> {
        if let Some((_, sums)) = self.summed.borrow().iter().find(|known| known.0 == column.id) {
            return *sums;
        }
        let sums = self.fold_values(column);
        self.summed.borrow_mut().push((column.id, sums));
        sums
    }

    /// The extremes of a column of any type; none of no agents.
    pub fn extremes(&self, column: &ColumnDef) -> Option<Extremes> {
        self.fold_values(column)
    }

    fn fold_values<R: OfColumn>(&self, column: &ColumnDef) -> Option<R> {
        use crate::columns::Dtype;
        match column.dtype {
            Dtype::Bool | Dtype::U8 => self.fold_of::<u8, R>(column),
            Dtype::U16 => self.fold_of::<u16, R>(column),
            Dtype::U32 => self.fold_of::<u32, R>(column),
            Dtype::U64 => self.fold_of::<u64, R>(column),
            Dtype::F32 => self.fold_of::<f32, R>(column),
            Dtype::F64 => self.fold_of::<f64, R>(column),
        }
    }

    fn fold_of<T: Wide, R: OfColumn>(&self, column: &ColumnDef) -> Option<R> {
        let values = self.values::<T>(column);
        fold(0..values.len(), |rows| wide!(R::of(&values[rows])), R::join)
    }
}

/// Asked by its type alone: the row of a column is made of several pieces of memory.
fn is_strategy(column: &ColumnDef) -> bool {
    column.id == TypeId::of::<Strategy>()
}

/// A number that a double holds, or nearly so.
trait Wide: crate::columns::Item {
    fn wide(self) -> f64;
}

macro_rules! widens {
    ($($t:ty)*) => { $(impl Wide for $t { fn wide(self) -> f64 { self.into() } })* };
}
widens! { u8 u16 u32 f32 f64 }

impl Wide for u64 {
    fn wide(self) -> f64 {
        self as f64
    }
}

/// What is made of a column piece by piece. Pieces go through eight lanes, so that the order of adding is fixed and still
/// vectorises.
trait OfColumn: Send {
    fn of<T: Wide>(values: &[T]) -> Self;
    fn join(self, other: Self) -> Self;
}

const LANES: usize = 8;

impl OfColumn for Sums {
    #[inline(always)]
    fn of<T: Wide>(values: &[T]) -> Sums {
        let mut lanes = [[0.0f64; LANES]; 2];
        each_lane(values, |lane, x| {
            lanes[0][lane] += x;
            lanes[1][lane] += x * x;
        });
        let [sum, squares] = lanes.map(|lanes| lanes.iter().sum());
        Sums { n: values.len() as u64, sum, squares }
    }

    fn join(self, other: Sums) -> Sums {
        Sums { n: self.n + other.n, sum: self.sum + other.sum, squares: self.squares + other.squares }
    }
}

impl OfColumn for Extremes {
    #[inline(always)]
    fn of<T: Wide>(values: &[T]) -> Extremes {
        let (mut min, mut max) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        each_lane(values, |lane, x| {
            min[lane] = if x < min[lane] { x } else { min[lane] };
            max[lane] = if x > max[lane] { x } else { max[lane] };
        });
        Extremes {
            min: min.into_iter().fold(f64::INFINITY, f64::min),
            max: max.into_iter().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    fn join(self, other: Extremes) -> Extremes {
        Extremes { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

#[inline(always)]
fn each_lane<T: Wide>(values: &[T], mut f: impl FnMut(usize, f64)) {
    // Pieces of a known length are added side by side.
    let (pieces, rest) = values.as_chunks::<LANES>();
    for piece in pieces {
        for (lane, &x) in piece.iter().enumerate() {
            f(lane, x.wide());
        }
    }
    for (lane, &x) in rest.iter().enumerate() {
        f(lane, x.wide());
    }
}

impl Sums {
    /// The mean.
    pub fn mean(&self) -> f64 {
        self.sum / self.n as f64
    }

    /// The standard deviation over the population (divided by n).
    pub fn sd(&self) -> f64 {
        let mean = self.mean();
        (self.squares / self.n as f64 - mean * mean).max(0.0).sqrt()
    }
}

/// Codes that are counted by a sweep each: comparisons vectorise, a histogram does not.
const FEW: usize = 8;

/// How many have each of a few codes. All others have the first: two kinds take one sweep.
#[inline(always)]
fn count_few(codes: &[u8], kinds: usize) -> [u64; FEW] {
    let mut counts = [0; FEW];
    for (count, kind) in counts[..kinds].iter_mut().zip(0u8..).skip(1) {
        // Always inlined, or it may be compiled for every machine.
        *count = count_where(
            codes,
            #[inline(always)]
            |code| u8::from(code == kind),
        );
    }
    counts[0] = codes.len() as u64 - counts.iter().sum::<u64>();
    counts
}

fn count_many(codes: &[u8], kinds: usize) -> Vec<u64> {
    let mut counts = vec![0; kinds];
    codes.iter().for_each(|&code| counts[usize::from(code)] += 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_counted_in_pieces_as_one_by_one() {
        let codes: Vec<u8> = (0..2_000u32).map(|k| (k * k % 7) as u8).collect();
        for (from, kinds) in [(0, 7), (3, 8), (1_998, 7), (2_000, 7), (0, 20)] {
            let wanted: Vec<u64> = (0..kinds as u8)
                .map(|kind| codes[from..].iter().filter(|&&code| code == kind).count() as u64)
                .collect();
            assert_eq!(count_many(&codes[from..], kinds), wanted);
            if kinds <= FEW {
                assert_eq!(count_few(&codes[from..], kinds)[..kinds], wanted);
            }
        }
        assert_eq!(count_few(&[1; 4_096], 2)[..2], [0, 4_096]);
    }

    #[test]
    fn sums_are_those_of_eight_lanes() {
        let values: Vec<f32> = (0..1_003).map(|k| (k % 97) as f32 / 7.0 - 5.0).collect();
        let mut lanes = [0.0f64; 8];
        values.iter().enumerate().for_each(|(k, &x)| lanes[k % 8] += f64::from(x));
        let sums = Sums::of(&values);
        assert_eq!((sums.n, sums.sum.to_bits()), (1_003, lanes.iter().sum::<f64>().to_bits()));
        let extremes = Extremes { min: -5.0, max: f64::from(96.0f32 / 7.0 - 5.0) };
        assert_eq!(Extremes::of(&values), extremes);
    }
}
