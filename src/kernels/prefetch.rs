//! Rows that will be looked at soon are called from memory before.

/// Calls for the line where a row stands, if there is such a row and the machine can be asked.
#[inline(always)]
pub(crate) fn prefetch<T>(rows: &[T], row: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(row) = rows.get(row) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction, and it may be given any address; this is one of a row that exists.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(row).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (rows, row);
}

/// Whether rows lie beyond the second cache of most machines.
#[inline(always)]
pub(crate) fn is_far<T>(rows: &[T]) -> bool {
    const SECOND_CACHE: usize = 1 << 18;
    size_of_val(rows) > SECOND_CACHE
}

/// Calls for bytes that are needed soon: by then they are near.
#[inline(always)]
pub(super) fn call_for(bytes: &[u8]) {
    bytes.chunks(64).for_each(|line| prefetch(line, 0));
}

/// Calls for the first lines of what stands after these bytes, to be written: the next block of a column. A machine looks ahead
/// by itself, but not from one page of memory into the next, where a block of numbers begins.
#[inline]
pub(crate) fn prefetch_next(bytes: &[u8]) {
    const LINE: usize = 64;
    const MOST: usize = 16;
    #[cfg(target_arch = "x86_64")]
    for line in 0..(bytes.len() / LINE / 4).min(MOST) {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        // SAFETY: the instruction may be given any address, and does nothing on machines that do not know it.
        unsafe { _mm_prefetch::<_MM_HINT_ET0>(bytes.as_ptr_range().end.wrapping_add(line * LINE).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (bytes, LINE, MOST);
}

/// Calls for the rows that stand so many behind these, to be written. Called for a few at a time, while others are worked out,
/// lines come as fast as they can; all at once, they would be waited for.
#[inline(always)]
pub(crate) fn prefetch_written<T>(rows: &[T], behind: usize) {
    #[cfg(target_arch = "x86_64")]
    for row in (0..rows.len()).step_by(64 / size_of::<T>()) {
        use std::arch::x86_64::{_MM_HINT_ET0, _mm_prefetch};
        // SAFETY: the instruction may be given any address, and does nothing on machines that do not know it.
        unsafe { _mm_prefetch::<_MM_HINT_ET0>(rows.as_ptr().wrapping_add(behind + row).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (rows, behind);
}

/// Room that begins at a line of the cache: what is written to it by lines would otherwise lie across two of them, or not, as
/// the stack happens to stand.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Aligned<T, const N: usize>(pub [T; N]);

/// Finds rows that are far apart, STEP at a time, and calls for each step's while the next are worked out: a core waits for
/// some twenty lines at once, and stands still when many more are asked for. Nothing is called for where all lie in the
/// second cache, from where they come soon enough.
///
/// `find` gets the place of a step and what to write the rows into; other draws of the step are best made there, too.
#[inline(always)]
pub(super) fn find_each<const STEP: usize, T>(
    rows: &[T],
    which: &mut [u32],
    mut find: impl FnMut(usize, &mut [u32]),
) {
    let far = is_far(rows);
    let call = |which: &[u32]| {
        if far {
            which.iter().for_each(|&row| prefetch(rows, row as usize));
        }
    };
    let (steps, rest) = which.as_chunks_mut::<STEP>();
    let mut from = 0;
    for step in steps {
        find(from, step);
        call(step);
        from += STEP;
    }
    if !rest.is_empty() {
        find(from, rest);
        call(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_changes_nothing_and_may_be_for_no_row() {
        let rows = [1u8, 2, 3];
        [0, 2, 3, usize::MAX].into_iter().for_each(|row| prefetch(&rows, row));
        assert_eq!(rows, [1, 2, 3]);
    }

    #[test]
    fn what_comes_next_need_not_exist() {
        for len in [0, 1, 256, 4096] {
            let bytes = vec![7u8; len];
            prefetch_next(&bytes);
            assert!(bytes.iter().all(|&byte| byte == 7));
        }
    }

    #[test]
    fn every_row_is_found_once_whether_or_not_it_exists() {
        for rows in [vec![7u64; 100], vec![7u64; 1 << 16]] {
            for len in [0, 1, 15, 16, 17, 100] {
                let mut which = vec![0; len];
                find_each::<16, _>(&rows, &mut which, |from, step| {
                    step.iter_mut().enumerate().for_each(|(k, row)| *row += 1_000 * (from + k) as u32 + 1);
                });
                assert!(which.iter().enumerate().all(|(k, &row)| row == 1_000 * k as u32 + 1));
            }
        }
    }
}
