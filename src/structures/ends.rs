//! Ties dealt out by the nodes at their ends: each range of nodes is worked on by itself, near in memory and beside others.

use crate::pass;
use std::ops::Range;

/// Nodes of a range, about.
const RANGE: usize = if cfg!(test) { 1 << 10 } else { 1 << 16 };
/// Ties below which one range holds all nodes: dealing out would cost more.
const FEW: usize = if cfg!(test) { 1 << 10 } else { 1 << 16 };
/// Parts of the ties that are dealt out side by side.
const CHUNKS: usize = 64;
/// In so many rounds, so that only a part of all ends waits at a time.
const ROUNDS: usize = 4;

/// Bytes that wait, at most, while so many ties are dealt out: eight for an end; rounds are not quite alike.
pub(super) const fn bytes(ties: u64) -> u64 {
    if ties < FEW as u64 { 0 } else { 2 * 8 * ties / ROUNDS as u64 * 5 / 4 }
}

/// Ranges of nodes. None holds a part of a group beside others, and in a group they begin at whole multiples of a range.
pub(super) struct Ranges {
    /// nodes of a group
    size: usize,
    /// first node of each, and behind the last one
    starts: Vec<usize>,
}

impl Ranges {
    /// Ranges for so many ties of nodes in groups of this size.
    pub(super) fn new(nodes: usize, size: usize, ties: usize) -> Ranges {
        let mut starts: Vec<usize> = match size {
            _ if ties < FEW => vec![0],
            large if large >= RANGE => {
                (0..nodes).step_by(large).flat_map(|group| (group..group + large).step_by(RANGE)).collect()
            }
            small => (0..nodes).step_by(RANGE / small * small).collect(),
        };
        starts.push(nodes);
        Ranges { size, starts }
    }

    /// The nodes of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = Range<usize>> {
        self.starts.windows(2).map(|ends| ends[0]..ends[1])
    }

    fn of(&self, node: u32) -> usize {
        let node = node as usize;
        match self.size {
            _ if self.starts.len() == 2 => 0,
            large if large >= RANGE => node / large * large.div_ceil(RANGE) + node % large / RANGE,
            small => node / (RANGE / small * small),
        }
    }

    /// Calls `f` for each range with its own of `parts` and the ends of ties at its nodes, in the order of the ties: a
    /// node, and who is at the other end.
    pub(super) fn each<T: Send>(
        &self,
        ties: &[(u32, u32)],
        parts: Vec<T>,
        f: impl Fn(Range<usize>, T, &mut dyn Iterator<Item = (u32, u32)>) + Sync,
    ) {
        let both = |&(a, b): &(u32, u32)| [(a, b), (b, a)];
        let ranges = self.starts.len() - 1;
        let mut work: Vec<(Range<usize>, T)> = self.iter().zip(parts).collect();
        if ranges == 1 {
            // On this thread alone: no others are started for little work.
            return work
                .into_iter()
                .for_each(|(nodes, part)| f(nodes, part, &mut ties.iter().flat_map(both)));
        }
        let chunks: Vec<&[(u32, u32)]> = ties.chunks(ties.len().div_ceil(CHUNKS).max(FEW)).collect();
        // How many ends each chunk has in each range.
        let count = |ties: &[(u32, u32)]| {
            let mut counts = vec![0u32; ranges];
            ties.iter().flat_map(both).for_each(|(from, _)| counts[self.of(from)] += 1);
            counts
        };
        let counts: Vec<Vec<u32>> = pass::flat_map_groups(chunks.len(), |nth| vec![count(chunks[nth])]);
        let at_once = ranges.div_ceil(ROUNDS);
        let rounds: Vec<Range<usize>> =
            (0..ranges).step_by(at_once).map(|first| first..(first + at_once).min(ranges)).collect();
        let sum = |counts: &[u32]| counts.iter().map(|&n| n as usize).sum::<usize>();
        let in_round = |round: &Range<usize>| counts.iter().map(|counts| sum(&counts[round.clone()])).sum();
        // One piece of memory for all rounds, in each of which it is dealt out exactly.
        let mut room = vec![(0, 0); rounds.iter().map(in_round).max().unwrap_or(0)];
        for round in rounds {
            let here = |nth: usize| &counts[nth][round.clone()];
            let parts = cut(&mut room, (0..chunks.len()).map(|nth| sum(here(nth))));
            pass::each(parts.into_iter().enumerate().collect(), |(nth, part)| {
                let mut next: Vec<usize> = (0..round.len()).map(|range| sum(&here(nth)[..range])).collect();
                for (from, to) in chunks[nth].iter().flat_map(both) {
                    let range = self.of(from).wrapping_sub(round.start);
                    if let Some(next) = next.get_mut(range) {
                        part[*next] = (from, to);
                        *next += 1;
                    }
                }
            });
            let mut dealt: Vec<Vec<&[(u32, u32)]>> = vec![vec![]; round.len()];
            let mut rest = &room[..];
            for (range, n) in (0..chunks.len()).flat_map(|nth| here(nth).iter().enumerate()) {
                let (ends, more) = rest.split_at(*n as usize);
                dealt[range].push(ends);
                rest = more;
            }
            let now = work.drain(..round.len()).zip(dealt).collect();
            pass::each(now, |((nodes, part), ends): (_, Vec<&[(u32, u32)]>)| {
                f(nodes, part, &mut ends.into_iter().flatten().copied());
            });
        }
    }
}

/// Cuts a slice where the ranges end, given how much belongs to each.
pub(super) fn cut<T>(mut rest: &mut [T], lengths: impl Iterator<Item = usize>) -> Vec<&mut [T]> {
    let mut parts = vec![];
    for length in lengths {
        let (part, more) = rest.split_at_mut(length);
        parts.push(part);
        rest = more;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_comes_once_in_the_order_of_the_ties() {
        for (size, groups) in [(5_000, 1), (5_000, 3), (300, 20), (100, 1)] {
            let nodes = size * groups;
            let count = if size == 100 { 500 } else { 4 * nodes };
            let end = |k: usize| (k.wrapping_mul(2_654_435_761) >> 7) % size;
            let tie = |k: usize| {
                ((k % groups * size + end(2 * k)) as u32, (k % groups * size + end(2 * k + 1)) as u32)
            };
            let ties: Vec<(u32, u32)> = (0..count).map(tie).collect();
            let mut wanted = vec![vec![]; nodes];
            for &(a, b) in &ties {
                wanted[a as usize].push(b);
                wanted[b as usize].push(a);
            }
            let mut found = vec![vec![]; nodes];
            let ranges = Ranges::new(nodes, size, count);
            assert!(ranges.iter().count() > 1 || size == 100);
            let parts = cut(&mut found, ranges.iter().map(|nodes| nodes.len()));
            ranges.each(&ties, parts, |nodes, part, ends| {
                ends.for_each(|(from, to)| part[from as usize - nodes.start].push(to));
            });
            assert_eq!(found, wanted, "{groups} groups of {size}");
        }
    }
}
