//! Neighbours as they stand in memory: those of each node side by side, one node after the other.

use super::ends::{Ranges, cut};
use crate::kernels::prefetch;
use crate::pass::{self, BLOCK};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// The neighbours of each node side by side, one node after the other.
pub(crate) struct Rows {
    /// where they stand
    pub(crate) starts: Starts,
    /// nodes
    pub(crate) targets: Vec<u32>,
}

impl Rows {
    /// The neighbours of a node.
    #[inline]
    pub(crate) fn of(&self, node: usize) -> &[u32] {
        &self.targets[self.starts.of(node)]
    }

    /// Sorts every row.
    pub(super) fn sort(&mut self, ranges: &Ranges) {
        let Rows { starts, targets } = self;
        let parts = starts.cut(targets, ranges);
        pass::each(parts, |(nodes, mut targets)| {
            for node in nodes {
                let row;
                (row, targets) = targets.split_at_mut(starts.of(node).len());
                row.sort_unstable();
            }
        });
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> u64 {
        4 * (self.targets.len() + self.starts.behind.len()) as u64 + 8 * self.starts.bases.len() as u64
    }
}

/// Where the rows of nodes begin: four bytes a node, whatever the number of ties.
pub(crate) struct Starts {
    /// where the first row of each block begins
    bases: Vec<u64>,
    /// how far behind it the row of each node begins, and where the last one ends
    behind: Vec<u32>,
}

impl Starts {
    /// Rows of these lengths; a last one, of no length, stands for the end.
    ///
    /// # Panics
    /// If the rows of a block together have more than `u32::MAX` places.
    pub(super) fn new(mut lengths: Vec<u32>) -> Starts {
        let (mut bases, mut all) = (vec![], 0);
        for block in lengths.chunks_mut(BLOCK) {
            bases.push(all);
            let mut sum = 0u32;
            for length in block {
                let end = sum.checked_add(*length).expect("a block has fewer than 2^32 neighbours");
                *length = std::mem::replace(&mut sum, end);
            }
            all += u64::from(sum);
        }
        Starts { bases, behind: lengths }
    }

    /// Rows as long as has been counted.
    pub(super) fn of_counts(counts: &[AtomicU32]) -> Starts {
        Starts::new(counts.iter().map(|count| count.load(Relaxed)).chain([0]).collect())
    }

    /// Where the row of a node begins, or, for the number of nodes, where the last one ends.
    #[inline]
    pub(crate) fn at(&self, node: usize) -> usize {
        self.bases[node / BLOCK] as usize + self.behind[node] as usize
    }

    /// Where the row of a node stands.
    #[inline]
    pub(crate) fn of(&self, node: usize) -> Range<usize> {
        self.at(node)..self.at(node + 1)
    }

    /// The lengths of all rows.
    pub(crate) fn lengths(&self) -> impl Iterator<Item = u32> {
        (0..self.behind.len() - 1).map(|node| self.of(node).len() as u32)
    }

    /// All places.
    fn places(&self) -> usize {
        self.at(self.behind.len() - 1)
    }

    /// Cuts the rows of all nodes where ranges of them end.
    pub(super) fn cut<'t>(
        &self,
        targets: &'t mut [u32],
        ranges: &Ranges,
    ) -> Vec<(Range<usize>, &'t mut [u32])> {
        let places = |nodes: Range<usize>| self.at(nodes.end) - self.at(nodes.start);
        ranges.iter().zip(cut(targets, ranges.iter().map(places))).collect()
    }
}

/// Ends of ties that are counted or put down together: what that needs comes from memory side by side.
pub(super) const ENDS: usize = 128;

/// Numbers of nodes, which all threads add to.
pub(super) fn zeros(nodes: usize) -> Vec<AtomicU32> {
    (0..nodes).map(|_| AtomicU32::new(0)).collect()
}

/// Nodes, each with who is at the other end of a tie.
pub(super) type Ends = [(u32, u32)];

/// Adds one for each of at most [`ENDS`] nodes.
pub(super) fn count(counts: &[AtomicU32], nodes: impl Iterator<Item = u32> + Clone) {
    nodes.clone().for_each(|node| prefetch(counts, node as usize));
    // ORDER: whole numbers, which commute.
    nodes.for_each(|node| _ = counts[node as usize].fetch_add(1, Relaxed));
}

/// Rows that all threads put their ends into, in any order.
pub(super) struct Filling {
    pub(super) starts: Starts,
    /// places of each row that nothing has been put into: the first ones
    left: Vec<AtomicU32>,
    pub(super) targets: Vec<AtomicU32>,
}

impl Filling {
    /// `left` tells how many ends each row will be given; they take its first places. `targets` are what stands in all
    /// rows, or nothing.
    pub(super) fn new(starts: Starts, left: Vec<AtomicU32>, mut targets: Vec<u32>) -> Filling {
        targets.resize(starts.places(), 0);
        // The same memory, shared.
        let targets = targets.into_iter().map(AtomicU32::new).collect();
        Filling { starts, left, targets }
    }

    /// Puts down at most [`ENDS`] ends.
    pub(super) fn put(&self, ends: &Ends) {
        // Taking a place waits for all that was written before: so nothing is, and what it needs is called for.
        let mut places = [0; ENDS];
        for &(from, _) in ends {
            prefetch(&self.left, from as usize);
            prefetch(&self.starts.behind, from as usize);
        }
        for (place, &(from, _)) in places.iter_mut().zip(ends) {
            // ORDER: which place an end gets is of no matter, for rows are sorted when they are full.
            let nth = self.left[from as usize].fetch_sub(1, Relaxed) - 1;
            *place = self.starts.at(from as usize) + nth as usize;
            prefetch(&self.targets, *place);
        }
        for (&place, &(_, to)) in places.iter().zip(ends) {
            self.targets[place].store(to, Relaxed);
        }
    }

    /// The full rows, sorted.
    pub(super) fn done(self, ranges: &Ranges) -> Rows {
        // The same memory, no longer shared.
        let targets = self.targets.into_iter().map(AtomicU32::into_inner).collect();
        let mut rows = Rows { starts: self.starts, targets };
        rows.sort(ranges);
        rows
    }
}
