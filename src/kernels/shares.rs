//! Rows that several threads write: pieces of a column, or single bytes.

use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::AtomicU8;

/// A column of which pieces of work take their own rows.
pub(super) struct Shares<'a, T> {
    first: *mut T,
    len: usize,
    rows: PhantomData<&'a mut [T]>,
}

// SAFETY: it hands out `&mut T`, as a `&mut [T]` that is split among threads would; nothing of T is shared.
unsafe impl<T: Send> Sync for Shares<'_, T> {}

impl<'a, T> Shares<'a, T> {
    pub(super) fn of(rows: &'a mut [T]) -> Shares<'a, T> {
        Shares { first: rows.as_mut_ptr(), len: rows.len(), rows: PhantomData }
    }

    /// Some rows, for their only user.
    ///
    /// # Safety
    /// As long as the result lives, nobody else takes any of these rows.
    #[expect(clippy::mut_from_ref, reason = "that nobody else takes them is the caller's promise")]
    pub(super) unsafe fn range(&self, rows: Range<usize>) -> &mut [T] {
        assert!(rows.start <= rows.end && rows.end <= self.len, "rows of the column");
        // SAFETY: the rows lie inside the slice that `of` borrowed for 'a, which `self` does not outlive, and the caller
        // promises that they are taken once at a time.
        unsafe { std::slice::from_raw_parts_mut(self.first.add(rows.start), rows.len()) }
    }
}

/// Bytes that several threads may write at any place.
pub(super) fn shared(bytes: &mut [u8]) -> &[AtomicU8] {
    // SAFETY: an AtomicU8 has the size, alignment and validity of a u8, and as long as the result lives, the exclusive
    // borrow that it was made from leaves nobody else to read or write the bytes.
    unsafe { &*(std::ptr::from_mut(bytes) as *const [AtomicU8]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::Relaxed;

    #[test]
    fn threads_write_their_own_rows_and_bytes() {
        let mut rows = vec![0u32; 1_000];
        let shares = Shares::of(&mut rows);
        std::thread::scope(|scope| {
            for piece in 0..4 {
                let shares = &shares;
                scope.spawn(move || {
                    let own = piece * 250..(piece + 1) * 250;
                    // SAFETY: the pieces do not overlap.
                    let rows = unsafe { shares.range(own.clone()) };
                    rows.iter_mut().zip(own).for_each(|(row, k)| *row = k as u32);
                });
            }
        });
        assert!(rows.iter().enumerate().all(|(k, &row)| row == k as u32));
        let mut bytes = vec![1u8; 100];
        let seen = shared(&mut bytes);
        std::thread::scope(|scope| {
            scope.spawn(|| seen[..50].iter().for_each(|byte| byte.store(2, Relaxed)));
            scope.spawn(|| seen[50..].iter().for_each(|byte| byte.store(3, Relaxed)));
        });
        assert_eq!((bytes[49], bytes[50]), (2, 3));
    }
}
