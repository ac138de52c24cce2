//! Who is around an agent of a group, by its place there: what a structure says, without a call for each.

use crate::chance::{Rng, below, next};
use crate::partners::{Shift, Structure};
use crate::pass::At;
use crate::structures::{Graph, WellMixed};
use std::any::Any;
use std::sync::Arc;

/// The neighbours that a structure gives to the agents of a group.
#[derive(Clone)]
pub(super) enum Neighbours {
    /// everybody else of the group
    Everybody,
    /// those some steps away on a torus
    Torus(Torus),
    /// those of a stored graph
    Graph(Arc<dyn Structure>),
}

impl Neighbours {
    /// The neighbours of a structure, if it is one of these.
    pub(super) fn of(structure: &Arc<dyn Structure>, group_size: usize) -> Option<Neighbours> {
        let any: &dyn Any = &**structure;
        if any.is::<WellMixed>() {
            return (group_size > 1).then_some(Neighbours::Everybody);
        }
        if any.is::<Graph>() {
            return Some(Neighbours::Graph(structure.clone()));
        }
        Torus::of(structure.shifts(), group_size).map(Neighbours::Torus)
    }

    /// The neighbours in the group of a block.
    pub(super) fn of_group(&self, at: &At) -> OfGroup<'_> {
        match self {
            Neighbours::Everybody => OfGroup::Everybody(Everybody { size: at.group_size }),
            Neighbours::Torus(torus) => OfGroup::Torus(torus),
            Neighbours::Graph(graph) => OfGroup::Graph(Neighbours::tied(graph, at.first)),
        }
    }

    /// A graph, for the group whose first agent this is.
    pub(super) fn tied(structure: &Arc<dyn Structure>, first: usize) -> Tied<'_> {
        let graph: &Graph = (&**structure as &dyn Any).downcast_ref().expect("found to be one");
        Tied { graph, first, nodes: graph.node(first).0 }
    }
}

/// The neighbours in one group.
#[derive(Clone, Copy)]
pub(super) enum OfGroup<'a> {
    /// everybody else
    Everybody(Everybody),
    /// those some steps away
    Torus(&'a Torus),
    /// those of a graph
    Graph(Tied<'a>),
}

impl OfGroup<'_> {
    /// Draws a neighbour for the first of each pair, a draw each.
    pub(super) fn choose(self, pairs: &mut [[u32; 2]], rng: &mut Rng) {
        fn all(around: impl Around, pairs: &mut [[u32; 2]], rng: &mut Rng) {
            // A generator of one's own stays in registers.
            let mut own = rng.clone();
            for [agent, other] in pairs {
                *other = around.pick(*agent as usize, next(&mut own)) as u32;
            }
            *rng = own;
        }
        match self {
            OfGroup::Everybody(around) => all(around, pairs, rng),
            OfGroup::Torus(around) => all(around, pairs, rng),
            OfGroup::Graph(around) => all(around, pairs, rng),
        }
    }

    /// Draws as many neighbours for each as `met` has room for, one after the other.
    pub(super) fn meet(self, agents: &[[u32; 2]], met: &mut [u32], rng: &mut Rng) {
        fn all(around: impl Around, agents: &[u32], met: &mut [u32], rng: &mut Rng) {
            let partners = met.len() / agents.len();
            for (&agent, met) in agents.iter().zip(met.chunks_exact_mut(partners)) {
                met.iter_mut().for_each(|met| *met = around.pick(agent as usize, next(rng)) as u32);
            }
        }
        let agents = agents.as_flattened();
        match self {
            OfGroup::Everybody(around) => all(around, agents, met, rng),
            OfGroup::Torus(around) => all(around, agents, met, rng),
            OfGroup::Graph(around) => all(around, agents, met, rng),
        }
    }

    /// The places of an agent's neighbours.
    pub(super) fn list(self, place: usize, places: &mut Vec<u32>) {
        places.clear();
        let add = |other: usize| places.push(other as u32);
        match self {
            OfGroup::Everybody(around) => around.each(place, add),
            OfGroup::Torus(around) => around.each(place, add),
            OfGroup::Graph(around) => around.each(place, add),
        }
    }

    /// The neighbour that a draw falls on; the agent itself if it has none.
    pub(super) fn pick(self, place: usize, draw: u64) -> usize {
        match self {
            OfGroup::Everybody(around) => around.pick(place, draw),
            OfGroup::Torus(around) => around.pick(place, draw),
            OfGroup::Graph(around) => around.pick(place, draw),
        }
    }
}

/// Neighbours by place.
pub(super) trait Around: Copy {
    /// Calls `f` with the place of each, in the order of the structure's slots.
    fn each(self, place: usize, f: impl FnMut(usize));

    /// The one that a draw falls on; the agent itself if it has none.
    fn pick(self, place: usize, draw: u64) -> usize;
}

/// A whole group.
#[derive(Clone, Copy)]
pub(super) struct Everybody {
    /// its agents, two at least
    pub(super) size: usize,
}

impl Around for Everybody {
    fn each(self, place: usize, f: impl FnMut(usize)) {
        (0..place).chain(place + 1..self.size).for_each(f);
    }

    #[inline(always)]
    fn pick(self, place: usize, draw: u64) -> usize {
        let other = below(draw, self.size as u64 - 1) as usize;
        other + usize::from(other >= place)
    }
}

/// A torus of less than 2^31 places.
#[derive(Clone, Debug)]
pub(super) struct Torus {
    columns: u32,
    rows: u32,
    /// 2^64 over the columns, rounded up
    per_column: u64,
    /// steps to the right and down, and what they add to a place where no border is crossed
    steps: Vec<([i32; 2], i32)>,
    offsets: Vec<i32>,
    /// the greatest step to the right or left, and up or down
    reach: [u32; 2],
    /// what steps up and down alone add to a place
    rows_apart: Vec<i32>,
}

impl Torus {
    fn of(shifts: &[Shift], group_size: usize) -> Option<Torus> {
        let Shift { columns, rows, .. } = *shifts.first()?;
        if columns < 2 || columns * rows != group_size || group_size >= 1 << 31 {
            return None;
        }
        let signed = |d: usize, n: usize| if 2 * d > n { d as i32 - n as i32 } else { d as i32 };
        let step = |shift: &Shift| {
            let [dx, dy] = [signed(shift.dx, columns), signed(shift.dy, rows)];
            ([dx, dy], dy * columns as i32 + dx)
        };
        let steps: Vec<([i32; 2], i32)> = shifts.iter().map(step).collect();
        let offsets = steps.iter().map(|&(_, offset)| offset).collect();
        let reach = [0, 1].map(|of| steps.iter().map(|(step, _)| step[of].unsigned_abs()).max().unwrap_or(0));
        let per_column = u64::MAX / columns as u64 + 1;
        let mut rows_apart: Vec<i32> =
            steps.iter().map(|([_, dy], _)| dy * columns as i32).chain([0]).collect();
        rows_apart.sort_unstable();
        rows_apart.dedup();
        Some(Torus {
            columns: columns as u32,
            rows: rows as u32,
            per_column,
            steps,
            offsets,
            reach,
            rows_apart,
        })
    }

    /// How many neighbours everybody has.
    pub(super) fn degree(&self) -> usize {
        self.steps.len()
    }

    /// Whether no neighbour of a place is beyond an edge: all are [`Torus::offsets`] away.
    #[inline(always)]
    pub(super) fn has_all(&self, place: usize) -> bool {
        self.is_inside(self.cell(place))
    }

    /// What neighbours add to a place where no border is crossed.
    pub(super) fn offsets(&self) -> &[i32] {
        &self.offsets
    }

    /// Places of a row, and how many rows away a neighbour may be; those of a ring are rows of one.
    pub(super) fn rows_and_reach(&self) -> (usize, usize) {
        match self.rows {
            1 => (1, self.reach[0] as usize),
            _ => (self.columns as usize, self.reach[1] as usize),
        }
    }

    /// Calls `f` with the places above and below a place where neighbours have their rows, and with itself; beyond the
    /// first and last row there is none.
    #[inline(always)]
    pub(super) fn rows_around(&self, place: usize, mut f: impl FnMut(usize)) {
        self.rows_apart.iter().for_each(|apart| f((place as i32).wrapping_add(*apart) as usize));
    }

    /// The column and the row of a place.
    #[inline(always)]
    fn cell(&self, place: usize) -> [u32; 2] {
        // Exact for all places of 32 bits (Lemire, Kaser and Kurz 2019).
        let y = ((u128::from(self.per_column) * place as u128) >> 64) as u32;
        [place as u32 - y * self.columns, y]
    }

    /// Whether no step from a cell crosses a border.
    #[inline(always)]
    fn is_inside(&self, [x, y]: [u32; 2]) -> bool {
        // A cell before the reach wraps to a great number.
        let within = |at: u32, reach: u32, n: u32| at.wrapping_sub(reach) < n.saturating_sub(2 * reach);
        within(x, self.reach[0], self.columns) & within(y, self.reach[1], self.rows)
    }

    #[inline]
    fn wrapped(&self, [x, y]: [u32; 2], [dx, dy]: [i32; 2]) -> usize {
        let wrap = |at: u32, d: i32, n: u32| {
            let to = at as i32 + d;
            (if to < 0 {
                to + n as i32
            } else if to >= n as i32 {
                to - n as i32
            } else {
                to
            }) as usize
        };
        wrap(y, dy, self.rows) * self.columns as usize + wrap(x, dx, self.columns)
    }
}

impl Around for &Torus {
    #[inline(always)]
    fn each(self, place: usize, mut f: impl FnMut(usize)) {
        let cell = self.cell(place);
        if self.is_inside(cell) {
            for &(_, offset) in &self.steps {
                f((place as i32 + offset) as usize);
            }
        } else {
            for &(step, _) in &self.steps {
                f(self.wrapped(cell, step));
            }
        }
    }

    #[inline(always)]
    fn pick(self, place: usize, draw: u64) -> usize {
        let (step, offset) = self.steps[below(draw, self.steps.len() as u64) as usize];
        let cell = self.cell(place);
        if self.is_inside(cell) { (place as i32 + offset) as usize } else { self.wrapped(cell, step) }
    }
}

/// The graph of one group.
#[derive(Clone, Copy)]
pub(super) struct Tied<'a> {
    graph: &'a Graph,
    /// first agent of the group, and its node
    first: usize,
    nodes: usize,
}

impl Around for Tied<'_> {
    #[inline(always)]
    fn each(self, place: usize, mut f: impl FnMut(usize)) {
        self.graph.rows().of(self.nodes + place).iter().for_each(|&node| f(node as usize - self.nodes));
    }

    #[inline(always)]
    fn pick(self, place: usize, draw: u64) -> usize {
        let agent = self.first + place;
        match self.graph.degree(agent) {
            0 => place,
            degree => self.graph.partner(agent, below(draw, degree as u64) as usize) - self.first,
        }
    }
}
