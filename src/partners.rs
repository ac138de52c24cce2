//! Partners in slots: the s-th partner of every agent of a block, as shifted pieces or as a list.

use crate::chance::{Draws, Rng};
use crate::kernels::{Along, Offsets, is_far, prefetch};
use crate::pass::At;
use std::any::Any;
use std::ops::Range;

/// The partners in one slot of a block.
pub enum Partners<'a> {
    /// the neighbour in one direction on a torus: one step
    Step(&'a Steps),
    /// indices of the partners of the block's first agents; an agent listed as its own partner meets nobody
    Listed(&'a [u32]),
}

/// A step on a torus; every group is a torus of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    /// agents of a row
    pub columns: usize,
    /// rows of a group
    pub rows: usize,
    /// step to the right, 0 to columns - 1
    pub dx: usize,
    /// step down, 0 to rows - 1
    pub dy: usize,
}

impl Partners<'_> {
    /// Copies the partners' values; returns how many agents, the first of the block, have a partner in this slot.
    #[inline]
    pub fn gather<T: Copy>(&self, at: &At, column: &[T], out: &mut [T]) -> usize {
        match self {
            Partners::Listed(list) => {
                gather(list, column, out);
                list.len()
            }
            Partners::Step(step) => {
                step.stretches(at.range(), |own, partners| {
                    let partners = partners.place(0);
                    let len = own.len();
                    out[own].copy_from_slice(&column[partners..][..len]);
                });
                at.len
            }
        }
    }

    /// How many agents, the first of the block, have a partner in this slot.
    pub fn reach(&self, at: &At) -> usize {
        match self {
            Partners::Listed(list) => list.len(),
            Partners::Step(_) => at.len,
        }
    }

    /// Writes the partners' indices; returns how many.
    pub fn indices(&self, at: &At, out: &mut [u32]) -> usize {
        match self {
            Partners::Listed(list) => {
                out[..list.len()].copy_from_slice(list);
                list.len()
            }
            Partners::Step(step) => {
                step.stretches(at.range(), |own, partners| {
                    let first = partners.place(0);
                    (first..).zip(&mut out[own]).for_each(|(partner, out)| *out = partner as u32);
                });
                at.len
            }
        }
    }
}

#[inline]
fn gather<T: Copy>(list: &[u32], column: &[T], out: &mut [T]) {
    // Who is looked up in a large column is called from memory before.
    const AHEAD: usize = 32;
    let list = &list[..list.len().min(out.len())];
    let soon = if is_far(column) { list.get(AHEAD..).unwrap_or_default() } else { &[] };
    let (first, last) = list.split_at(soon.len());
    let (out, rest) = out.split_at_mut(soon.len());
    for ((out, &partner), &later) in out.iter_mut().zip(first).zip(soon) {
        prefetch(column, later as usize);
        *out = column[partner as usize];
    }
    for (out, &partner) in rest.iter_mut().zip(last) {
        *out = column[partner as usize];
    }
}

impl Shift {
    /// The partner of one agent.
    #[inline]
    pub fn partner(&self, agent: usize) -> usize {
        let size = self.columns * self.rows;
        let (start, place) = (agent / size * size, agent % size);
        let (y, x) = (place / self.columns + self.dy, place % self.columns + self.dx);
        let y = if y >= self.rows { y - self.rows } else { y };
        let x = if x >= self.columns { x - self.columns } else { x };
        start + y * self.columns + x
    }

    /// The step to the right and down, below 0 where it is shorter to the left or up.
    fn signed(&self) -> [isize; 2] {
        let signed =
            |step: usize, side: usize| step as isize - if step > side / 2 { side as isize } else { 0 };
        [signed(self.dx, self.columns), signed(self.dy, self.rows)]
    }
}

/// The steps to the partners on a torus, the same for everybody; none where it is no torus.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    shifts: Vec<Shift>,
    /// how far they reach: to the left, to the right, up and down
    reach: [usize; 4],
    /// from an index to those of the partners, where no step goes around the torus
    offsets: Offsets,
    /// the same in the first columns and the last ones, where some go around it to the left or right; none if they are many
    edges: Vec<Offsets>,
}

impl Steps {
    /// Steps of one torus.
    pub fn new(shifts: Vec<Shift>) -> Steps {
        let signed: Vec<[isize; 2]> = shifts.iter().map(Shift::signed).collect();
        let furthest =
            |of: fn(&[isize; 2]) -> isize| signed.iter().map(of).max().unwrap_or(0).max(0) as usize;
        let reach = [
            furthest(|[dx, _]| -dx),
            furthest(|[dx, _]| *dx),
            furthest(|[_, dy]| -dy),
            furthest(|[_, dy]| *dy),
        ];
        let columns = shifts.first().map_or(0, |shift| shift.columns as isize);
        let [left, right] = [reach[0] as isize, reach[1] as isize];
        let along = |x: isize| {
            let to = |&[dx, dy]: &[isize; 2]| dy * columns + (x + dx).rem_euclid(columns) - x;
            Offsets::new(&signed.iter().map(to).collect::<Vec<_>>())
        };
        let few = left + right <= columns.min(Steps::EDGES);
        let edges = (0..left).chain(columns - right..columns).filter(|_| few).map(along).collect();
        Steps { reach, offsets: along(left), edges, shifts }
    }

    /// Most columns of whose edges it is known where the partners are.
    const EDGES: isize = 16;

    fn edge(&self, x: usize) -> Option<&Offsets> {
        let [left, right, ..] = self.reach;
        self.edges.get(if x < left { x } else { left + x + right - self.shifts[0].columns })
    }

    /// The stretches of some agents along which all partners run on with them, so that no index is worked out an agent: `f` is
    /// handed the places among these agents, and where the partners of a stretch stand, step by step.
    ///
    /// A stretch runs on across the ends of rows, where it takes partners on the other side of the torus for those of the next
    /// row: these places are handed over again, and what `f` makes of a place last is right.
    #[inline(always)]
    pub(crate) fn stretches(&self, agents: Range<usize>, mut f: impl FnMut(Range<usize>, Along)) {
        let Some(&Shift { columns, rows, .. }) = self.shifts.first() else { return };
        // This is called for every block: few steps need no room from the allocator.
        let (mut few, mut many) = ([0; 32], vec![]);
        let room = few.get_mut(..self.shifts.len()).unwrap_or_else(|| {
            many.resize(self.shifts.len(), 0);
            &mut many
        });
        let [left, right, up, down] = self.reach;
        let wrap = |a: usize, n: usize| if a < n { a } else { a - n };
        let size = columns * rows;
        let place = agents.start % size;
        let begin = (agents.start - place, place / columns, place % columns);
        let ((mut start, mut y, mut x), mut done) = (begin, 0);
        let (mut ran_across, mut again) = (false, false);
        while done < agents.len() {
            let within = x >= left && x + right < columns;
            let inside = y >= up && y + down < rows;
            let mut len = columns - x;
            if again && within {
                len -= right;
            } else if within && inside {
                let row = len - right;
                len = (row + (rows - down - y - 1) * columns).min(agents.len() - done);
                ran_across |= len > row;
                f(done..done + len, Along::from(start + y * columns + x, &self.offsets, len));
            } else if inside && let Some(edge) = self.edge(x) {
                len = 1;
                f(done..done + 1, Along::from(start + y * columns + x, edge, 1));
            } else {
                len = self.shifts.iter().fold(len, |len, step| len.min(columns - wrap(x + step.dx, columns)));
                len = len.min(agents.len() - done);
                let place = |nth: usize| {
                    let Shift { dx, dy, .. } = self.shifts[nth];
                    start + wrap(y + dy, rows) * columns + wrap(x + dx, columns)
                };
                f(done..done + len, Along::new(room, len, place));
            }
            (done, x) = (done + len, x + len);
            while x >= columns {
                (x, y) = (x - columns, y + 1);
            }
            if y == rows {
                (y, start) = (0, start + size);
            }
            if done >= agents.len() && ran_across && !again {
                ((start, y, x), done, again) = (begin, 0, true);
            }
        }
    }
}

impl std::ops::Deref for Steps {
    type Target = [Shift];

    fn deref(&self) -> &[Shift] {
        &self.shifts
    }
}

/// Covers `len` places by pieces of `L`, and calls `f` with the first of each: the last piece ends with them, and overlaps the
/// one before. There are at least `L`.
#[inline(always)]
pub fn cover<const L: usize>(len: usize, mut f: impl FnMut(usize)) {
    let mut first = 0;
    while first + L < len {
        f(first);
        first += L;
    }
    f(len - L);
}

/// Who is brought together in a tick: partners in slots.
pub trait Meetings: Any + Send + Sync {
    /// Most partners of anyone in this block.
    fn slots(&self, at: &At) -> usize;

    /// The partners in one slot; `room` is at least as long as the block and may be used to list them.
    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a>;

    /// Calls `f` with the place in the block of each agent, its partners in the order of their slots, and what to add to
    /// their numbers, where they are kept row by row; else it does nothing and says so.
    fn rows(&self, _at: &At, _f: &mut dyn FnMut(usize, &[u32], u32)) -> bool {
        false
    }

    /// Whether [`Meetings::rows`] has something to tell. Partners of an agent then have it as a partner, too.
    fn keeps_rows(&self) -> bool {
        false
    }

    /// The steps to the partners, slot by slot, where they are the same for everybody.
    fn shifts(&self) -> &Steps {
        const NONE: &Steps = &Steps { shifts: vec![], reach: [0; 4], offsets: Offsets::NONE, edges: vec![] };
        NONE
    }

    /// Whether some agents may meet nobody: they are then listed as their own partners.
    fn leaves_out(&self) -> bool {
        false
    }

    /// Whether a partner that is drawn sees the same meeting: false where everyone draws for oneself.
    fn mutual(&self) -> bool {
        true
    }

    /// Whether it is laid out group by group, so that no block may hold agents of two groups.
    fn by_group(&self) -> bool {
        false
    }

    /// Memory it keeps, in bytes.
    fn bytes(&self) -> u64 {
        0
    }
}

/// [`Meetings::slots`] of a structure whose neighbours are listed agent by agent: the most of any in the block.
pub(crate) fn most_slots(structure: &dyn Structure, at: &At) -> usize {
    at.range().map(|agent| structure.degree(agent)).max().unwrap_or(0)
}

/// [`Meetings::partners`] of such a structure; who has fewer neighbours is its own partner in the last slots.
pub(crate) fn listed<'a>(
    structure: &dyn Structure,
    at: &At,
    slot: usize,
    room: &'a mut [u32],
) -> Partners<'a> {
    for (out, agent) in room.iter_mut().zip(at.range()) {
        *out = if slot < structure.degree(agent) { structure.partner(agent, slot) } else { agent } as u32;
    }
    Partners::Listed(&room[..at.len])
}

/// Who can meet and learn from whom: neighbours, the same in every tick.
pub trait Structure: Meetings {
    /// Neighbours of an agent.
    fn degree(&self, agent: usize) -> usize;

    /// One of the `degree` neighbours of an agent.
    fn partner(&self, agent: usize, slot: usize) -> usize;

    /// All neighbours of an agent; `room` may be used to list them.
    fn neighbours<'a>(&'a self, agent: usize, room: &'a mut Vec<u32>) -> &'a [u32] {
        room.clear();
        room.extend((0..self.degree(agent)).map(|slot| self.partner(agent, slot) as u32));
        room
    }

    /// A random neighbour of each agent of the block; its own index for who has none.
    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]);

    /// A random neighbour of one agent; the agent itself if it has none. Always takes one draw.
    fn pick_one(&self, agent: usize, rng: &mut Rng) -> usize {
        let draw = crate::chance::next(rng);
        match self.degree(agent) {
            0 => agent,
            degree => self.partner(agent, crate::chance::below(draw, degree as u64) as usize),
        }
    }

    /// How much an agent heeds itself, then each of its neighbours, in their order; false where nothing says so.
    fn weights(&self, _agent: usize, _room: &mut Vec<f64>) -> bool {
        false
    }

    /// The number that the agent in each slot had in the source, where the structure renumbers agents.
    fn original(&self) -> Option<&[u32]> {
        None
    }

    /// Whether everybody of a group is everybody's neighbour.
    fn complete(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small tori, long rows, a ring whose steps reach far; blocks that begin and end anywhere, also in other groups.
    #[test]
    fn stretches_hand_over_the_partners_of_every_place() {
        let square = [(-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)];
        let far = [(0, -2), (-2, 0), (-1, 1), (2, 0), (0, 2)];
        let down = [(0, 1)];
        let around = [(-3, 0), (-1, 0), (2, 0)];
        for (columns, rows, steps) in [
            (3, 3, &square[..]),
            (7, 5, &square),
            (40, 3, &square),
            (5, 40, &far),
            (9, 8, &far),
            (6, 7, &down),
            (30, 1, &around),
            (7, 1, &around),
        ] {
            let wrapped = |d: isize, n: usize| d.rem_euclid(n as isize) as usize;
            let shift = |&(dx, dy)| Shift { columns, rows, dx: wrapped(dx, columns), dy: wrapped(dy, rows) };
            let shifts = Steps::new(steps.iter().map(shift).collect());
            let (size, agents) = (columns * rows, 3 * columns * rows);
            for first in 0..size + 2 {
                for len in [0, 1, columns - 1, columns, columns + 2, 2 * size - 1] {
                    let mut found = vec![vec![usize::MAX; steps.len()]; len];
                    shifts.stretches(first..first + len, |own, partners| {
                        for (nth, place) in own.enumerate() {
                            let ran_on: Vec<usize> = partners.places().map(|place| place + nth).collect();
                            // Rows of a column are read there.
                            assert!(ran_on.iter().all(|&partner| partner < agents));
                            found[place] = ran_on;
                        }
                    });
                    for (found, agent) in found.iter().zip(first..) {
                        let wanted: Vec<usize> = shifts.iter().map(|shift| shift.partner(agent)).collect();
                        assert_eq!(
                            *found, wanted,
                            "{columns} columns, {rows} rows, agent {agent}, from {first}"
                        );
                    }
                }
            }
        }
    }
}
