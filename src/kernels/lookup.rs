//! Bytes looked up in a small table, many at once.

use super::Width;

/// Replaces every byte by the entry of its lowest five bits.
#[inline]
pub(crate) fn lookup(table: &[u8; 32], bytes: &mut [u8]) {
    match Width::in_use() {
        // SAFETY: a width in use is one that the machine has.
        #[cfg(target_arch = "x86_64")]
        Width::V4 => unsafe { shuffled_v4(table, bytes) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Width::V3 => unsafe { shuffled_v3(table, bytes) },
        _ => one_by_one(table, bytes),
    }
}

fn one_by_one(table: &[u8; 32], bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|byte| *byte = table[usize::from(*byte & 31)]);
}

/// A table of 32 entries for 64 bytes at once.
#[cfg(target_arch = "x86_64")]
pub(super) trait Table {
    /// The entries of bytes below 32.
    ///
    /// # Safety
    /// The machine has what the table is made by.
    unsafe fn find(&self, bytes: &[u8; 64]) -> [u8; 64];
}

/// A table of 32 entries, laid out for shuffles of 32 bytes: no loop over a table becomes one by itself.
#[cfg(target_arch = "x86_64")]
pub(super) struct Shuffles3([std::arch::x86_64::__m256i; 2]);

/// The same for 64 bytes.
#[cfg(target_arch = "x86_64")]
pub(super) struct Shuffles4([std::arch::x86_64::__m512i; 2]);

#[cfg(target_arch = "x86_64")]
fn halves(table: &[u8; 32]) -> [std::arch::x86_64::__m128i; 2] {
    // SAFETY: both are 32 bytes that may hold any bits.
    unsafe { std::mem::transmute::<[u8; 32], [std::arch::x86_64::__m128i; 2]>(*table) }
}

#[cfg(target_arch = "x86_64")]
impl Shuffles3 {
    #[target_feature(enable = "avx2")]
    pub(super) fn new(table: &[u8; 32]) -> Shuffles3 {
        let [low, high] = halves(table);
        use std::arch::x86_64::_mm256_broadcastsi128_si256 as twice;
        Shuffles3([twice(low), twice(high)])
    }

    /// The entries of bytes below 32.
    ///
    /// # Safety
    /// The machine has AVX2.
    #[inline(always)]
    pub(super) unsafe fn find(&self, bytes: &[u8; 32]) -> [u8; 32] {
        use std::arch::x86_64::*;
        let [low, high] = self.0;
        // SAFETY: the caller has these instructions; any 32 bytes can be taken for a register.
        unsafe {
            let codes = std::mem::transmute::<[u8; 32], __m256i>(*bytes);
            // The fifth bit moves to the top of its byte, where a blend looks; a shuffle looks at the lowest four.
            let which = _mm256_slli_epi16::<3>(codes);
            let (low, high) = (_mm256_shuffle_epi8(low, codes), _mm256_shuffle_epi8(high, codes));
            std::mem::transmute::<__m256i, [u8; 32]>(_mm256_blendv_epi8(low, high, which))
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Shuffles4 {
    #[target_feature(enable = "avx2,avx512f,avx512bw")]
    pub(super) fn new(table: &[u8; 32]) -> Shuffles4 {
        let [low, high] = halves(table);
        use std::arch::x86_64::_mm512_broadcast_i32x4 as four_times;
        Shuffles4([four_times(low), four_times(high)])
    }
}

#[cfg(target_arch = "x86_64")]
impl Table for Shuffles4 {
    /// The machine has AVX-512 with instructions for bytes.
    #[inline(always)]
    unsafe fn find(&self, bytes: &[u8; 64]) -> [u8; 64] {
        use std::arch::x86_64::*;
        let [low, high] = self.0;
        // SAFETY: the caller has these instructions; any 64 bytes can be taken for a register.
        unsafe {
            let codes = std::mem::transmute::<[u8; 64], __m512i>(*bytes);
            // A shuffle looks at the lowest four bits, and at the highest.
            let which = _mm512_test_epi8_mask(codes, _mm512_set1_epi8(16));
            let found = _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(low, codes), which, high, codes);
            std::mem::transmute::<__m512i, [u8; 64]>(found)
        }
    }
}

/// The same for permutations of bytes, which some machines lack that have all else.
#[cfg(target_arch = "x86_64")]
pub(super) struct Permutes(std::arch::x86_64::__m512i);

#[cfg(target_arch = "x86_64")]
impl Permutes {
    #[target_feature(enable = "avx2,avx512f,avx512vbmi")]
    pub(super) fn new(table: &[u8; 32]) -> Permutes {
        // SAFETY: both are 32 bytes that may hold any bits.
        let table = unsafe { std::mem::transmute::<[u8; 32], std::arch::x86_64::__m256i>(*table) };
        Permutes(std::arch::x86_64::_mm512_broadcast_i64x4(table))
    }
}

#[cfg(target_arch = "x86_64")]
impl Table for Permutes {
    /// The machine has AVX-512 with permutations of bytes.
    #[inline(always)]
    unsafe fn find(&self, bytes: &[u8; 64]) -> [u8; 64] {
        use std::arch::x86_64::*;
        // SAFETY: the caller has these instructions; any 64 bytes can be taken for a register.
        unsafe {
            let codes = std::mem::transmute::<[u8; 64], __m512i>(*bytes);
            std::mem::transmute::<__m512i, [u8; 64]>(_mm512_permutexvar_epi8(codes, self.0))
        }
    }
}

/// Not by a closure handed to the array: that may stay a function of its own, compiled for every machine.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn lowest_five<const N: usize>(bytes: &[u8; N]) -> [u8; N] {
    let mut low = *bytes;
    for byte in &mut low {
        *byte &= 31;
    }
    low
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn shuffled_v3(table: &[u8; 32], bytes: &mut [u8]) {
    let table3 = Shuffles3::new(table);
    let (pieces, rest) = bytes.as_chunks_mut::<32>();
    for piece in pieces {
        // SAFETY: the instructions are those that this function asks for.
        *piece = unsafe { table3.find(&lowest_five(piece)) };
    }
    one_by_one(table, rest);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn shuffled_v4(table: &[u8; 32], bytes: &mut [u8]) {
    let table4 = Shuffles4::new(table);
    let (pieces, rest) = bytes.as_chunks_mut::<64>();
    for piece in pieces {
        // SAFETY: the instructions are those that this function asks for.
        *piece = unsafe { table4.find(&lowest_five(piece)) };
    }
    shuffled_v3(table, rest);
}

/// Writes the number that each byte's lowest five bits find. Both are as long.
#[inline]
pub(crate) fn lookup_numbers(table: &[f32; 32], bytes: &[u8], out: &mut [f32]) {
    assert!(bytes.len() == out.len(), "bytes, and room for what each finds");
    match Width::in_use() {
        // SAFETY: a width in use is one that the machine has.
        #[cfg(target_arch = "x86_64")]
        Width::V4 => unsafe { numbers_v4(table, bytes, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Width::V3 => unsafe { numbers_v3(table, bytes, out) },
        _ => numbers_one_by_one(table, bytes, out),
    }
}

/// The same past the caches, where the machine can: for so many numbers that none would stay until somebody looks.
///
/// # Safety
/// Nobody looks at them before [`fence`] has been called on this thread.
#[inline]
pub(super) unsafe fn lookup_numbers_past(table: &[f32; 32], bytes: &[u8], out: &mut [f32]) {
    assert!(bytes.len() == out.len(), "bytes, and room for what each finds");
    match Width::in_use() {
        // SAFETY: a width in use is one that the machine has.
        #[cfg(target_arch = "x86_64")]
        Width::V4 => unsafe { numbers_past_v4(table, bytes, out) },
        _ => lookup_numbers(table, bytes, out),
    }
}

fn numbers_one_by_one(table: &[f32; 32], bytes: &[u8], out: &mut [f32]) {
    for (out, &byte) in out.iter_mut().zip(bytes) {
        *out = table[usize::from(byte & 31)];
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn numbers_v3(table: &[f32; 32], bytes: &[u8], out: &mut [f32]) {
    use std::arch::x86_64::*;
    // SAFETY: both are 128 bytes that may hold any bits.
    let [a, b, c, d] = unsafe { std::mem::transmute::<[f32; 32], [__m256; 4]>(*table) };
    let (pieces, rest) = bytes.as_chunks::<8>();
    let (out, left) = out.as_chunks_mut::<8>();
    for (piece, out) in pieces.iter().zip(out) {
        let places = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(i64::from_le_bytes(*piece)));
        // A look in eight entries takes three bits of a place. The other two move to the sign, where a blend looks.
        let [second, fourth] = [_mm256_slli_epi32::<28>(places), _mm256_slli_epi32::<27>(places)];
        let [second, fourth] = [second, fourth].map(|bits| _mm256_castsi256_ps(bits));
        let [a, b, c, d] = [a, b, c, d].map(|eight| _mm256_permutevar8x32_ps(eight, places));
        let (low, high) = (_mm256_blendv_ps(a, b, second), _mm256_blendv_ps(c, d, second));
        // SAFETY: both are 32 bytes that may hold any bits.
        *out = unsafe { std::mem::transmute::<__m256, [f32; 8]>(_mm256_blendv_ps(low, high, fourth)) };
    }
    numbers_one_by_one(table, rest, left);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f")]
fn numbers_v4(table: &[f32; 32], bytes: &[u8], out: &mut [f32]) {
    use std::arch::x86_64::*;
    // SAFETY: both are 128 bytes that may hold any bits.
    let [low, high] = unsafe { std::mem::transmute::<[f32; 32], [__m512; 2]>(*table) };
    let (pieces, rest) = bytes.as_chunks::<16>();
    let (out, left) = out.as_chunks_mut::<16>();
    for (piece, out) in pieces.iter().zip(out) {
        // SAFETY: both are 16 bytes that may hold any bits.
        let piece = unsafe { std::mem::transmute::<[u8; 16], __m128i>(*piece) };
        let found = _mm512_permutex2var_ps(low, _mm512_cvtepu8_epi32(piece), high);
        // SAFETY: both are 64 bytes that may hold any bits.
        *out = unsafe { std::mem::transmute::<__m512, [f32; 16]>(found) };
    }
    numbers_one_by_one(table, rest, left);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f")]
fn numbers_past_v4(table: &[f32; 32], bytes: &[u8], out: &mut [f32]) {
    use std::arch::x86_64::*;
    // SAFETY: both are 128 bytes that may hold any bits.
    let [low, high] = unsafe { std::mem::transmute::<[f32; 32], [__m512; 2]>(*table) };
    let begun = out.as_ptr().align_offset(64).min(out.len());
    let ((bytes, pieces), (start, out)) = (bytes.split_at(begun), out.split_at_mut(begun));
    numbers_one_by_one(table, bytes, start);
    let ((pieces, rest), (out, left)) = (pieces.as_chunks::<16>(), out.as_chunks_mut::<16>());
    for (piece, out) in pieces.iter().zip(out) {
        // SAFETY: both are 16 bytes that may hold any bits.
        let piece = unsafe { std::mem::transmute::<[u8; 16], __m128i>(*piece) };
        let found = _mm512_permutex2var_ps(low, _mm512_cvtepu8_epi32(piece), high);
        // SAFETY: these are 64 bytes of `out`, and begin where lines do: at `begun`, or so many lines behind.
        unsafe { _mm512_stream_ps(out.as_mut_ptr(), found) };
    }
    numbers_one_by_one(table, rest, left);
}

/// Whatever was written past the caches can be looked at.
#[inline]
pub(super) fn fence() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 has the instruction.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// Calls `f` with the place of every byte that is 1 where the others are 0: few are.
#[inline(always)]
pub(super) fn for_each_set(bytes: &[u8], mut f: impl FnMut(usize)) {
    let (words, rest) = bytes.as_chunks::<8>();
    for (word, nth) in words.iter().zip((0..).step_by(8)) {
        let mut left = u64::from_le_bytes(*word);
        while left > 0 {
            f(nth + left.trailing_zeros() as usize / 8);
            left &= left - 1;
        }
    }
    (8 * words.len()..).zip(rest).filter(|set| *set.1 == 1).for_each(|set| f(set.0));
}

/// A table for each of some bytes: what a pair of bytes finds is in that of the first, at the lowest four bits of the second.
pub(super) type Tables = [(u8, [u8; 16])];

/// Writes what every pair finds; 0 for those whose first byte has no table. All are as long.
#[inline]
pub(super) fn lookup_pairs(tables: &Tables, firsts: &[u8], seconds: &[u8], out: &mut [u8]) {
    assert!(firsts.len() == seconds.len() && seconds.len() == out.len(), "pairs of bytes, and room for each");
    match Width::in_use() {
        // SAFETY: a width in use is one that the machine has.
        #[cfg(target_arch = "x86_64")]
        Width::V4 => unsafe { pairs_v4(tables, firsts, seconds, out) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Width::V3 => unsafe { pairs_v3(tables, firsts, seconds, out) },
        _ => pairs_one_by_one(tables, firsts, seconds, out),
    }
}

fn pairs_one_by_one(tables: &Tables, firsts: &[u8], seconds: &[u8], out: &mut [u8]) {
    for ((out, &first), &second) in out.iter_mut().zip(firsts).zip(seconds) {
        let table = tables.iter().find(|table| table.0 == first);
        *out = table.map_or(0, |table| table.1[usize::from(second & 15)]);
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2")]
fn pairs_v3(tables: &Tables, firsts: &[u8], seconds: &[u8], out: &mut [u8]) {
    use std::arch::x86_64::*;
    let four = _mm256_set1_epi8(15);
    let ((firsts, rest), (seconds, others)) = (firsts.as_chunks::<32>(), seconds.as_chunks::<32>());
    let (out, left) = out.as_chunks_mut::<32>();
    for ((first, second), out) in firsts.iter().zip(seconds).zip(out) {
        // SAFETY: both are 32 bytes that may hold any bits.
        let [first, second] =
            [first, second].map(|of| unsafe { std::mem::transmute::<[u8; 32], __m256i>(*of) });
        let place = _mm256_and_si256(second, four);
        let mut found = _mm256_setzero_si256();
        for (of, table) in tables {
            // SAFETY: both are 16 bytes that may hold any bits.
            let table =
                _mm256_broadcastsi128_si256(unsafe { std::mem::transmute::<[u8; 16], __m128i>(*table) });
            let here = _mm256_cmpeq_epi8(first, _mm256_set1_epi8(*of as i8));
            found = _mm256_or_si256(found, _mm256_and_si256(here, _mm256_shuffle_epi8(table, place)));
        }
        // SAFETY: as above.
        *out = unsafe { std::mem::transmute::<__m256i, [u8; 32]>(found) };
    }
    pairs_one_by_one(tables, rest, others, left);
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn pairs_v4(tables: &Tables, firsts: &[u8], seconds: &[u8], out: &mut [u8]) {
    use std::arch::x86_64::*;
    let four = _mm512_set1_epi8(15);
    let ((firsts, rest), (seconds, others)) = (firsts.as_chunks::<64>(), seconds.as_chunks::<64>());
    let (out, left) = out.as_chunks_mut::<64>();
    for ((first, second), out) in firsts.iter().zip(seconds).zip(out) {
        // SAFETY: both are 64 bytes that may hold any bits.
        let [first, second] =
            [first, second].map(|of| unsafe { std::mem::transmute::<[u8; 64], __m512i>(*of) });
        let place = _mm512_and_si512(second, four);
        let mut found = _mm512_setzero_si512();
        for (of, table) in tables {
            // SAFETY: both are 16 bytes that may hold any bits.
            let table = _mm512_broadcast_i32x4(unsafe { std::mem::transmute::<[u8; 16], __m128i>(*table) });
            let here = _mm512_cmpeq_epi8_mask(first, _mm512_set1_epi8(*of as i8));
            found = _mm512_mask_shuffle_epi8(found, here, table, place);
        }
        // SAFETY: as above.
        *out = unsafe { std::mem::transmute::<__m512i, [u8; 64]>(found) };
    }
    pairs_v3(tables, rest, others, left);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_finds_what_pairs_find() {
        let entry = |first: usize, second: usize| ((first * 91 + second * 17) % 256) as u8;
        let tables: Vec<(u8, [u8; 16])> =
            (0..32).step_by(3).map(|of| (of as u8, std::array::from_fn(|k| entry(of, k)))).collect();
        let [firsts, seconds]: [Vec<u8>; 2] =
            [7, 11].map(|by| (0..1_001).map(|k| (k * by % 32) as u8).collect());
        let wanted: Vec<u8> = firsts
            .iter()
            .zip(&seconds)
            .map(|(&a, &b)| if a % 3 == 0 { entry(a.into(), (b & 15).into()) } else { 0 })
            .collect();
        for width in Width::all() {
            assert!(width.force());
            for from in [0, 1, 63, 938, 990] {
                let mut found = vec![1; firsts.len() - from];
                lookup_pairs(&tables, &firsts[from..], &seconds[from..], &mut found);
                assert_eq!(found, wanted[from..], "{width:?}");
            }
        }
    }

    #[test]
    fn every_width_finds_the_numbers() {
        let table: [f32; 32] = std::array::from_fn(|k| k as f32 * 0.7 - 3.0);
        let codes: Vec<u8> = (0..301).map(|k| (k * 7) as u8).collect();
        let wanted: Vec<f32> = codes.iter().map(|&code| table[usize::from(code & 31)]).collect();
        for width in Width::all() {
            assert!(width.force());
            for from in [0, 1, 31, 290] {
                let mut found = vec![0.0; codes.len() - from];
                lookup_numbers(&table, &codes[from..], &mut found);
                assert_eq!(found, wanted[from..], "{width:?}");
                for to in [0, 1, 7, 16, 17] {
                    let mut found = vec![0.0; codes.len() - from + to];
                    // SAFETY: there is the fence.
                    unsafe { lookup_numbers_past(&table, &codes[from..], &mut found[to..]) };
                    fence();
                    assert_eq!(found[to..], wanted[from..], "{width:?}");
                }
            }
        }
    }

    #[test]
    fn every_width_finds_the_entries() {
        let table: [u8; 32] = std::array::from_fn(|k| (k * 37 % 251) as u8);
        let codes: Vec<u8> = (0..1_001).map(|k| (k * 7) as u8).collect();
        let wanted: Vec<u8> = codes.iter().map(|&code| table[usize::from(code & 31)]).collect();
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512vbmi") {
            // SAFETY: the machine has been asked.
            let permutes = unsafe { Permutes::new(&table) };
            for (codes, wanted) in codes.as_chunks().0.iter().zip(wanted.as_chunks().0) {
                // SAFETY: as above.
                assert_eq!(unsafe { permutes.find(&codes.map(|code| code & 31)) }, *wanted);
            }
        }
        for width in Width::all() {
            assert!(width.force());
            for from in [0, 1, 31, 990] {
                let mut found = codes[from..].to_vec();
                lookup(&table, &mut found);
                assert_eq!(found, wanted[from..], "{width:?}");
            }
        }
    }
}
