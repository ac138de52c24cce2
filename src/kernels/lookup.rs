//! Bytes looked up in a small table, many at once.

use super::Width;

/// Replaces every byte by the entry of its lowest five bits.
#[inline]
pub(super) fn lookup(table: &[u8; 32], bytes: &mut [u8]) {
    match Width::in_use() {
        // SAFETY: a width in use is one that the machine has, and V4 has all that V3 has.
        #[cfg(target_arch = "x86_64")]
        Width::V3 | Width::V4 => unsafe { shuffled(table, bytes) },
        _ => one_by_one(table, bytes),
    }
}

fn one_by_one(table: &[u8; 32], bytes: &mut [u8]) {
    bytes.iter_mut().for_each(|byte| *byte = table[usize::from(*byte & 31)]);
}

/// No loop over a table becomes a shuffle of bytes by itself.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn shuffled(table: &[u8; 32], bytes: &mut [u8]) {
    use std::arch::x86_64::*;
    let half = |at: usize| {
        let half: [u8; 16] = table[at..at + 16].try_into().expect("half of 32");
        // SAFETY: both are 16 bytes that may hold any bits.
        _mm256_broadcastsi128_si256(unsafe { std::mem::transmute::<[u8; 16], __m128i>(half) })
    };
    let (low, high, four) = (half(0), half(16), _mm256_set1_epi8(15));
    let (pieces, rest) = bytes.as_chunks_mut::<32>();
    for piece in pieces {
        // SAFETY: both are 32 bytes that may hold any bits.
        let codes = unsafe { std::mem::transmute::<[u8; 32], __m256i>(*piece) };
        let place = _mm256_and_si256(codes, four);
        // The fifth bit moves to the top of its byte, where a blend looks.
        let which = _mm256_slli_epi16::<3>(codes);
        let found =
            _mm256_blendv_epi8(_mm256_shuffle_epi8(low, place), _mm256_shuffle_epi8(high, place), which);
        // SAFETY: as above.
        *piece = unsafe { std::mem::transmute::<__m256i, [u8; 32]>(found) };
    }
    one_by_one(table, rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_finds_the_entries() {
        let table: [u8; 32] = std::array::from_fn(|k| (k * 37 % 251) as u8);
        let codes: Vec<u8> = (0..1_001).map(|k| (k * 7) as u8).collect();
        let wanted: Vec<u8> = codes.iter().map(|&code| table[usize::from(code & 31)]).collect();
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
