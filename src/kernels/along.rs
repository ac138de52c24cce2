//! Rows of a column from several places on, looked at side by side: where all of them end is looked at once.

use super::{is_far, prefetch};
use crate::pass::BLOCK;

/// Stretches of agents, as long each, from several places on.
pub(crate) struct Along<'a> {
    /// where each begins
    places: &'a [usize],
    /// agents of each
    len: usize,
    /// where the last of them ends
    end: usize,
}

impl<'a> Along<'a> {
    /// Stretches of `len` agents from these places on.
    #[inline(always)]
    pub(crate) fn new(places: &'a [usize], len: usize) -> Along<'a> {
        let last = places.iter().fold(0, |last, &place| last.max(place));
        Along { places, len, end: last.checked_add(len).expect("agents that can be counted") }
    }

    /// Calls for `L` rows of a column that the last of the stretches, of all the furthest, comes to a block later: the others
    /// have been there. A machine looks ahead by itself, but not from one page of memory into the next.
    #[inline(always)]
    pub(crate) fn call_ahead<const L: usize, T>(&self, nth: usize, column: &[T]) {
        if is_far(column) {
            let first = self.end - self.len + nth + BLOCK;
            (0..L).step_by(64 / size_of::<T>()).for_each(|row| prefetch(column, first + row));
        }
    }

    /// `L` rows of two columns from the `nth` of each stretch on, stretch by stretch.
    ///
    /// # Panics
    /// Where a stretch or a column has no such rows.
    #[inline(always)]
    pub(crate) fn lanes<'c, const L: usize, A, B>(
        &self,
        nth: usize,
        (a, b): (&'c [A], &'c [B]),
    ) -> impl Iterator<Item = (&'c [A; L], &'c [B; L])> {
        assert!(self.end <= a.len() && self.end <= b.len(), "rows of the columns");
        assert!(L <= self.len && nth <= self.len - L, "rows of a stretch");
        self.places.iter().map(move |&place| {
            // SAFETY: `place + self.len` is at most `self.end`, as `new` found and nobody has changed since, for the places
            // stay borrowed. The assertions say that `nth + L` is at most `self.len`, and `self.end` no more than either
            // column has: so both hold L rows from `place + nth` on, and an array of them is laid out as they are.
            unsafe { (&*a.as_ptr().add(place + nth).cast(), &*b.as_ptr().add(place + nth).cast()) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_the_rows_of_each_stretch() {
        let numbers: Vec<u32> = (0..100).collect();
        let bytes: Vec<u8> = (0..100).collect();
        let along = Along::new(&[60, 0, 33], 40);
        for nth in [0, 7, 32] {
            let found: Vec<(&[u32; 8], &[u8; 8])> = along.lanes(nth, (&numbers, &bytes)).collect();
            let wanted = [60, 0, 33].map(|place| place + nth..place + nth + 8);
            assert!(
                found.iter().map(|lanes| &lanes.0[..]).eq(wanted.iter().map(|rows| &numbers[rows.clone()]))
            );
            assert!(
                found.iter().map(|lanes| &lanes.1[..]).eq(wanted.iter().map(|rows| &bytes[rows.clone()]))
            );
        }
    }

    #[test]
    fn rows_that_are_not_there_are_refused() {
        let bytes = [0u8; 100];
        let refused = |places: &[usize], len, nth, columns: [&[u8]; 2]| {
            let lanes = || Along::new(places, len).lanes::<8, _, _>(nth, (columns[0], columns[1])).count();
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(lanes)).is_err()
        };
        assert!(!refused(&[0, 60], 40, 32, [&bytes; 2]));
        assert!(refused(&[0, 61], 40, 0, [&bytes; 2]));
        assert!(refused(&[0, 60], 40, 33, [&bytes; 2]));
        assert!(refused(&[0, 60], 40, usize::MAX, [&bytes; 2]));
        assert!(refused(&[0], 7, 0, [&bytes; 2]));
        assert!(refused(&[usize::MAX], 40, 0, [&bytes; 2]));
        assert!(refused(&[60], 40, 0, [&bytes, &bytes[..99]]));
    }
}
