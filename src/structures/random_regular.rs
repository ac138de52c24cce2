//! Random regular graphs: everybody has as many neighbours, who they are is left to chance.

use super::rows::{Rows, Starts};
use super::stubs;
use super::{Graph, Layout, Network, Room, Shape};
use crate::chance::Draws;
use crate::partners::Structure;
use crate::pass;
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// A random graph in which everybody has `degree` neighbours: the ends of ties are paired at random, and loops and
/// double ties exchanged with random others.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct RandomRegular {
    /// neighbours of each agent; degree times agents of a group is even
    #[schemars(range(min = 1, max = 1000))]
    degree: u64,
}

impl Spec<dyn Network> for RandomRegular {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        if !(1..=1000).contains(&self.degree) {
            return Err(Wrong::new(format!("{} is not between 1 and 1,000", self.degree)).at("degree"));
        }
        Ok(Box::new(self))
    }
}

impl Network for RandomRegular {
    fn refuses(&self, group_size: u64) -> Option<String> {
        let degree = self.degree;
        if degree >= group_size {
            return Some(format!("{degree} neighbours need groups of more than {group_size} agents"));
        }
        if (degree * group_size) % 2 == 1 {
            return Some(format!("{group_size} agents cannot have {degree} neighbours each: both are odd"));
        }
        let ends = degree * group_size;
        (ends > u64::from(u32::MAX)).then(|| format!("{ends} ends of ties are more than mores can number"))
    }

    fn shape(&self) -> Shape<'_> {
        Shape::Drawn
    }

    fn grow(&self, layout: Layout, draws: Draws) -> Arc<dyn Structure> {
        let (nodes, size, degree) = (layout.nodes(), layout.group_size, self.degree as u32);
        let lengths = vec![degree; nodes as usize].into_iter().chain([0]).collect();
        let mut targets = vec![0; (nodes * self.degree) as usize];
        let groups = targets.chunks_mut(size * degree as usize).enumerate().collect();
        pass::each(groups, |(group, targets): (usize, &mut [u32])| {
            neighbours(size as u32, degree, targets, draws.number(group as u64));
            targets.iter_mut().for_each(|target| *target += (group * size) as u32);
        });
        Arc::new(Graph::of(layout, Rows { starts: Starts::new(lengths), targets }))
    }

    fn room(&self, layout: Layout) -> Room {
        let nodes = layout.nodes();
        let kept = 4 * nodes * (self.degree + 1);
        Room { kept, most: kept, ends: nodes * self.degree }
    }
}

/// Writes the neighbours of everybody in one group, `degree` each, rising.
fn neighbours(size: u32, degree: u32, out: &mut [u32], draws: Draws) {
    if 2 * degree >= size {
        let strangers = size - 1 - degree;
        let mut not = vec![0; (size * strangers) as usize];
        neighbours(size, strangers, &mut not, draws);
        return complement(size, &not, out);
    }
    if !(0..100).any(|attempt| stubs::neighbours(degree, size, out, draws.number(attempt))) {
        circulant(size, degree, out);
    }
}

/// Who is not tied is, and the other way round: `ties` holds the neighbours of everybody, rising.
fn complement(size: u32, ties: &[u32], out: &mut [u32]) {
    let each = ties.len() / size as usize;
    let row = |node: u32| {
        let mut tied = ties[node as usize * each..][..each].iter().peekable();
        (0..size).filter(move |other| tied.next_if_eq(&other).is_none() && *other != node)
    };
    out.iter_mut().zip((0..size).flat_map(row)).for_each(|(out, other)| *out = other);
}

/// A ring, where chance has not found a graph in a hundred attempts, as in a handful of agents it may not.
fn circulant(size: u32, degree: u32, out: &mut [u32]) {
    for (node, row) in (0..size).zip(out.chunks_mut(degree as usize)) {
        let across = (degree % 2 == 1).then_some(size / 2);
        let steps = (1..=degree / 2).flat_map(|step| [step, size - step]).chain(across);
        row.iter_mut().zip(steps).for_each(|(out, step)| *out = (node + step) % size);
        row.sort_unstable();
    }
}

pub(super) const ROW: Row<dyn Network> =
    Row::of::<RandomRegular>("random-regular", &["bollobas1980"], "degree = 4");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn everybody_has_as_many_neighbours_whatever_the_size() {
        let draws = Chance::new(3, 0, 0).stream(Stream::named("test"));
        for (size, degree) in [(4, 1), (4, 3), (5, 2), (5, 4), (6, 3), (9, 6), (60, 57), (500, 20), (5000, 4)]
        {
            let mut all = vec![0; (size * degree) as usize];
            neighbours(size, degree, &mut all, draws);
            check(size, degree, &all);
        }
        let mut ring = [0; 18];
        circulant(6, 3, &mut ring);
        check(6, 3, &ring);
    }

    /// Everybody has as many others, each of whom has it.
    fn check(size: u32, degree: u32, all: &[u32]) {
        let row = |node: u32| &all[(node * degree) as usize..][..degree as usize];
        for node in 0..size {
            assert!(row(node).is_sorted_by(|a, b| a < b), "{size} agents of {degree}");
            assert!(row(node).iter().all(|&other| other != node && row(other).contains(&node)));
        }
    }
}
