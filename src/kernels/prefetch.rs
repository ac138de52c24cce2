//! Rows that will be looked at soon are called from memory before.

/// Calls for the line where a row stands, if there is such a row and the machine can be asked.
#[inline(always)]
pub(super) fn prefetch<T>(rows: &[T], row: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(row) = rows.get(row) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has the instruction, and it may be given any address; this is one of a row that exists.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(row).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (rows, row);
}

/// Calls for rows that are far apart, unless all lie in the second cache, from where they come soon enough.
#[inline(always)]
pub(super) fn prefetch_each<T>(rows: &[T], which: &[u32]) {
    const SECOND_CACHE: usize = 1 << 18;
    if size_of_val(rows) > SECOND_CACHE {
        which.iter().for_each(|&row| prefetch(rows, row as usize));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_changes_nothing_and_may_be_for_no_row() {
        let rows = [1u8, 2, 3];
        [0, 2, 3, usize::MAX].into_iter().for_each(|row| prefetch(&rows, row));
        prefetch_each(&[7u64; 1 << 16], &[0, 1 << 15, 1 << 16, u32::MAX]);
        assert_eq!(rows, [1, 2, 3]);
    }
}
