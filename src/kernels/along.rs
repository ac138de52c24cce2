//! Rows of a column from several places on, looked at side by side: where all of them end is looked at once.

use super::{is_far, prefetch};
use crate::pass::BLOCK;

/// Numbers that lead from an index to others, and the least and the greatest of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Offsets {
    /// those below 0 as what has the same effect when it is added and wraps around
    all: Vec<usize>,
    least: isize,
    most: isize,
}

impl Offsets {
    pub(crate) const NONE: Offsets = Offsets { all: vec![], least: 0, most: 0 };

    pub(crate) fn new(all: &[isize]) -> Offsets {
        let least = all.iter().copied().min().unwrap_or(0);
        let most = all.iter().copied().max().unwrap_or(0);
        Offsets { all: all.iter().map(|&offset| offset as usize).collect(), least, most }
    }
}

/// Stretches of agents, as long each, from several places on.
pub(crate) struct Along<'a> {
    /// what is added to `places` to find where each begins; it may wrap around
    first: usize,
    places: &'a [usize],
    /// agents of each
    len: usize,
    /// where the last of them ends
    end: usize,
}

impl<'a> Along<'a> {
    /// Stretches of `len` agents from `place` of each number on, as many as there is room for.
    #[inline(always)]
    pub(crate) fn new(room: &'a mut [usize], len: usize, mut place: impl FnMut(usize) -> usize) -> Along<'a> {
        let mut last = 0;
        // Found while they are written: a machine waits where it reads together what was just written one by one.
        for (nth, room) in room.iter_mut().enumerate() {
            *room = place(nth);
            last = last.max(*room);
        }
        Along { first: 0, places: room, len, end: last.checked_add(len).expect("agents that can be counted") }
    }

    /// Stretches of `len` agents from where these offsets lead from `first`.
    #[inline(always)]
    pub(crate) fn from(first: usize, offsets: &'a Offsets, len: usize) -> Along<'a> {
        assert!(first.checked_add_signed(offsets.least).is_some(), "agents");
        let last = first.checked_add_signed(offsets.most);
        let end = last.and_then(|last| last.checked_add(len)).expect("agents that can be counted");
        Along { first, places: &offsets.all, len, end }
    }

    /// Where each begins.
    #[inline(always)]
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        self.places.iter().map(|&place| self.first.wrapping_add(place))
    }

    /// Where the nth begins.
    #[inline(always)]
    pub(crate) fn place(&self, nth: usize) -> usize {
        self.first.wrapping_add(self.places[nth])
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
        self.places().map(move |place| {
            // SAFETY: `place + self.len` is at most `self.end`: `new` found the greatest of the places, and nobody has changed
            // them since, for they stay borrowed; `from` saw that neither the least of the offsets leads below 0 nor the
            // greatest beyond, and whatever lies between them wraps around to where it leads. The assertions say that `nth + L`
            // is at most `self.len`, and `self.end` no more than either column has: so both hold L rows from `place + nth` on,
            // and an array of them is laid out as they are.
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
        let offsets = Offsets::new(&[20, -40, -7]);
        let mut room = [0; 3];
        let new = Along::new(&mut room, 40, |nth| [60, 0, 33][nth]);
        for (along, nth) in [&new, &Along::from(40, &offsets, 40)]
            .into_iter()
            .flat_map(|along| [0, 7, 32].map(|nth| (along, nth)))
        {
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
            let mut room = vec![0; places.len()];
            let lanes = || {
                let along = Along::new(&mut room, len, |nth| places[nth]);
                along.lanes::<8, _, _>(nth, (columns[0], columns[1])).count()
            };
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(lanes)).is_err()
        };
        assert!(!refused(&[0, 60], 40, 32, [&bytes; 2]));
        assert!(refused(&[0, 61], 40, 0, [&bytes; 2]));
        assert!(refused(&[0, 60], 40, 33, [&bytes; 2]));
        assert!(refused(&[0, 60], 40, usize::MAX, [&bytes; 2]));
        assert!(refused(&[0], 7, 0, [&bytes; 2]));
        assert!(refused(&[usize::MAX], 40, 0, [&bytes; 2]));
        assert!(refused(&[60], 40, 0, [&bytes, &bytes[..99]]));
        let led = |first, offsets: &[isize]| {
            let from = || {
                let offsets = Offsets::new(offsets);
                Along::from(first, &offsets, 40).lanes::<8, _, _>(32, (&bytes, &bytes)).count()
            };
            std::panic::catch_unwind(from).is_ok()
        };
        assert!(led(30, &[30, -30]));
        assert!(!led(30, &[31, -30]));
        assert!(!led(30, &[30, -31]));
        assert!(!led(usize::MAX - 10, &[30, -30]));
    }
}
