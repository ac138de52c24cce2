//! Lattices: agents on a grid meet those beside them.

use super::{Graph, Layout, Network, Room, Shape};
use crate::chance::{Draws, Rng, below, next};
use crate::partners::{Meetings, Partners, Shift, Steps, Structure};
use crate::pass::At;
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// A rectangular grid; agents are numbered row by row. Every group is a grid of its own.
///
/// von-neumann: |dx| + |dy| ≤ radius; moore: max(|dx|, |dy|) ≤ radius; hexagonal: rows are half a cell apart,
/// max(|dx|, |dy|, |dx + dy|) ≤ radius
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Grid {
    /// rows of a group; default: the nearest to a square
    #[schemars(range(min = 1))]
    rows: Option<u64>,
    /// columns of a group; default: the nearest to a square
    #[schemars(range(min = 1))]
    columns: Option<u64>,
    /// who is a neighbour
    #[serde(default = "von_neumann")]
    neighbourhood: Neighbourhood,
    /// how far neighbours reach, in cells, 1 to 10
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 10))]
    radius: u64,
    /// whether opposite borders touch (a torus)
    #[serde(default = "yes")]
    wrap: bool,
}

#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Neighbourhood {
    /// the four beside
    VonNeumann,
    /// the eight around
    Moore,
    /// the six around, where every row stands half a cell beside the one above
    Hexagonal,
}

fn von_neumann() -> Neighbourhood {
    Neighbourhood::VonNeumann
}

fn one() -> u64 {
    1
}

fn yes() -> bool {
    true
}

impl Spec<dyn Network> for Grid {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        if !(1..=10).contains(&self.radius) {
            return Err(Wrong::new(format!("{} is not between 1 and 10", self.radius)).at("radius"));
        }
        let least = 2 * self.radius + 1;
        for (key, side) in [("rows", self.rows), ("columns", self.columns)] {
            if let Some(side) = side.filter(|&side| self.wrap && side < least || side == 0) {
                let says = format!("a torus of {side} {key} is too small for radius {}", self.radius);
                let help = format!("a side has at least {least}, so that nobody meets the same agent twice");
                return Err(Wrong::new(says).at(key).help(help));
            }
        }
        Ok(Box::new(self))
    }
}

/// Rows and columns for a group of this size, if it is a rectangle, from what is written of them.
pub(super) fn sides(written: [Option<u64>; 2], size: usize) -> Option<[usize; 2]> {
    let exact = |rows: usize| (rows > 0 && size.is_multiple_of(rows)).then(|| [rows, size / rows]);
    match written {
        [Some(rows), Some(columns)] => {
            (rows.checked_mul(columns)? == size as u64).then_some([rows as usize, columns as usize])
        }
        [Some(rows), None] => exact(rows as usize),
        [None, Some(columns)] => exact(columns as usize).map(|[a, b]| [b, a]),
        [None, None] => {
            let mut rows = size.isqrt();
            while rows > 1 && !size.is_multiple_of(rows) {
                rows -= 1;
            }
            exact(rows)
        }
    }
}

impl Grid {
    fn sides(&self, size: usize) -> Option<[usize; 2]> {
        sides([self.rows, self.columns], size)
    }

    /// Steps to the neighbours, row by row.
    fn steps(&self) -> Vec<(i64, i64)> {
        let r = self.radius as i64;
        let near = |dx: i64, dy: i64| match self.neighbourhood {
            Neighbourhood::Moore => true,
            Neighbourhood::VonNeumann => dx.abs() + dy.abs() <= r,
            Neighbourhood::Hexagonal => (dx + dy).abs() <= r,
        };
        (-r..=r)
            .flat_map(|dy| (-r..=r).map(move |dx| (dx, dy)))
            .filter(|&(dx, dy)| (dx, dy) != (0, 0) && near(dx, dy))
            .collect()
    }
}

impl Network for Grid {
    fn fixes(&self) -> Option<u64> {
        self.rows?.checked_mul(self.columns?)
    }

    fn refuses(&self, group_size: u64) -> Option<String> {
        let least = if self.wrap { 2 * self.radius as usize + 1 } else { 1 };
        match self.sides(group_size as usize) {
            None => Some(format!("{group_size} agents do not fill these rows and columns")),
            Some(sides) if sides.iter().any(|&side| side < least) => Some(format!(
                "{group_size} agents make a torus of {} by {}, too narrow for radius {}",
                sides[0], sides[1], self.radius
            )),
            Some(_) => None,
        }
    }

    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        let [rows, columns] = self.sides(layout.group_size).expect("checked by `refuses`");
        if !self.wrap {
            return Arc::new(bounded(layout, rows, columns, &self.steps()));
        }
        let wrapped = |d: i64, n: usize| d.rem_euclid(n as i64) as usize;
        let shift = |(dx, dy)| Shift { columns, rows, dx: wrapped(dx, columns), dy: wrapped(dy, rows) };
        Arc::new(Torus::new(self.steps().into_iter().map(shift).collect()))
    }

    fn room(&self, layout: Layout) -> Room {
        let ties = if self.wrap { 0 } else { layout.agents * self.steps().len() };
        Graph::estimate(layout.agents as u64, ties as u64 / 2)
    }

    fn shape(&self) -> Shape<'_> {
        Shape::Plane { rows: self.rows, columns: self.columns }
    }
}

/// A grid with borders has ragged neighbourhoods: a stored graph.
fn bounded(layout: Layout, rows: usize, columns: usize, steps: &[(i64, i64)]) -> Graph {
    let inside = |y: i64, x: i64| (0..rows as i64).contains(&y) && (0..columns as i64).contains(&x);
    let mut ties = Vec::new();
    for start in (0..layout.agents).step_by(layout.group_size) {
        for place in 0..layout.group_size {
            for (dx, dy) in steps {
                let (y, x) = ((place / columns) as i64 + dy, (place % columns) as i64 + dx);
                if inside(y, x) && (y, x) > ((place / columns) as i64, (place % columns) as i64) {
                    let other = start + y as usize * columns + x as usize;
                    ties.push(((start + place) as u32, other as u32));
                }
            }
        }
    }
    Graph::new(layout, &ties)
}

/// A torus, or a ring as a torus of one row: neighbours are shifts.
pub(super) struct Torus {
    steps: Steps,
    /// each for itself
    each: Vec<Steps>,
}

impl Torus {
    pub(super) fn new(shifts: Vec<Shift>) -> Torus {
        Torus {
            each: shifts.iter().map(|&shift| Steps::new(vec![shift])).collect(),
            steps: Steps::new(shifts),
        }
    }
}

impl Meetings for Torus {
    fn slots(&self, _: &At) -> usize {
        self.steps.len()
    }

    fn partners<'a>(&'a self, _: &At, slot: usize, _: &'a mut [u32]) -> Partners<'a> {
        Partners::Step(&self.each[slot])
    }

    fn shifts(&self) -> &Steps {
        &self.steps
    }
}

impl Structure for Torus {
    fn degree(&self, _: usize) -> usize {
        self.steps.len()
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        self.steps[slot].partner(agent)
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        let Shift { columns, rows, .. } = self.steps[0];
        let (w, h, size) = (columns as u32, rows as u32, columns * rows);
        let steps: Vec<[u32; 2]> = self.steps.iter().map(|s| [s.dx as u32, s.dy as u32]).collect();
        let mut start = (at.first / size * size) as u32;
        let place = at.first as u32 - start;
        let (mut x, mut y) = (place % w, place / w);
        let wrap = |a: u32, n: u32| a.min(a.wrapping_sub(n));
        for (out, agent) in out.iter_mut().zip(at.range()) {
            let [dx, dy] = steps[below(draws.at(agent as u64), steps.len() as u64) as usize];
            *out = start + wrap(y + dy, h) * w + wrap(x + dx, w);
            x += 1;
            if x == w {
                (x, y) = (0, y + 1);
                if y == h {
                    (y, start) = (0, start + size as u32);
                }
            }
        }
    }

    fn pick_one(&self, agent: usize, rng: &mut Rng) -> usize {
        self.steps[below(next(rng), self.steps.len() as u64) as usize].partner(agent)
    }
}

pub(super) const ROW: Row<dyn Network> =
    Row::of::<Grid>("lattice", &["nowak1992"], "neighbourhood = \"moore\"");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    fn grid(neighbourhood: Neighbourhood, radius: u64) -> Grid {
        Grid { rows: None, columns: None, neighbourhood, radius, wrap: true }
    }

    #[test]
    fn neighbourhoods_have_as_many_as_geometry_says() {
        for radius in 1..=4 {
            let r = radius as usize;
            assert_eq!(grid(Neighbourhood::VonNeumann, radius).steps().len(), 2 * r * (r + 1));
            assert_eq!(grid(Neighbourhood::Moore, radius).steps().len(), 4 * r * (r + 1));
            assert_eq!(grid(Neighbourhood::Hexagonal, radius).steps().len(), 3 * r * (r + 1));
        }
    }

    #[test]
    fn on_hexagons_two_neighbours_have_two_in_common() {
        let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
        let layout = Layout { agents: 200, group_size: 100, shared: false };
        let hexagons = grid(Neighbourhood::Hexagonal, 1).grow(layout, draws);
        let (mut room, mut theirs) = (vec![], vec![]);
        for agent in 0..200 {
            let own = hexagons.neighbours(agent, &mut room).to_vec();
            for &other in &own {
                let theirs = hexagons.neighbours(other as usize, &mut theirs);
                assert!(theirs.contains(&(agent as u32)));
                assert_eq!(theirs.iter().filter(|third| own.contains(third)).count(), 2);
            }
        }
    }
}
