//! Random regular graphs: everybody has as many neighbours, who they are is left to chance.

use super::stubs::{Degrees, pair};
use super::{Graph, Layout, Network, Room, Shape};
use crate::chance::Draws;
use crate::partners::Structure;
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
        let (size, degree) = (layout.group_size as u32, self.degree as u32);
        Graph::grown(layout, |group| ties(size, degree, draws.number(group)))
    }

    fn room(&self, layout: Layout) -> Room {
        let nodes = layout.nodes();
        let ties = nodes * self.degree / 2;
        Graph::estimate(nodes, ties).at_least(24 * ties)
    }
}

/// The ties of one group.
fn ties(size: u32, degree: u32, draws: Draws) -> Vec<(u32, u32)> {
    if 2 * degree >= size {
        return complement(size, &ties(size, size - 1 - degree, draws));
    }
    for attempt in 0..100 {
        if let (ties, true) = pair(&Degrees::Same(degree), size, draws.number(attempt)) {
            return ties;
        }
    }
    circulant(size, degree)
}

/// Who is not tied is, and the other way round.
fn complement(size: u32, ties: &[(u32, u32)]) -> Vec<(u32, u32)> {
    let row = |node: u32| {
        let mut tied = ties[ties.partition_point(|tie| tie.0 < node)..].iter().peekable();
        (node + 1..size).filter_map(move |other| match tied.next_if_eq(&&(node, other)) {
            Some(_) => None,
            None => Some((node, other)),
        })
    };
    (0..size).flat_map(row).collect()
}

/// A ring, where chance has not found a graph in a hundred attempts, as in a handful of agents it may not.
fn circulant(size: u32, degree: u32) -> Vec<(u32, u32)> {
    let near = |node: u32| (1..=degree / 2).map(move |step| (node, (node + step) % size));
    let across = (0..if degree % 2 == 1 { size / 2 } else { 0 }).map(|node| (node, node + size / 2));
    (0..size).flat_map(near).chain(across).collect()
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
            let mut count = vec![0; size as usize];
            let mut all = ties(size, degree, draws);
            for &(a, b) in &all {
                assert!(a != b);
                count[a as usize] += 1;
                count[b as usize] += 1;
            }
            assert!(count.iter().all(|&found| found == degree), "{size} agents of {degree}");
            all.sort_unstable();
            all.dedup();
            assert_eq!(2 * all.len() as u32, size * degree);
        }
        assert_eq!(circulant(6, 3).len(), 9);
    }
}
