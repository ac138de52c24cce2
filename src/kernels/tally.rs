//! Codes of agents counted: how many did each act, how many of those they met did the second one, and the squares.

use super::Width;

/// What was counted of those who did one act.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Found {
    /// how many they are
    pub agents: u64,
    /// how many that they met did the second act
    pub others: u64,
    /// the sum of the squares of these numbers
    pub squares: u64,
}

/// Adds agents to what was found by their own acts; the lower four bits of a code are the others, the fifth the act.
#[inline]
pub(super) fn tally(codes: &[u8], found: &mut [Found; 2]) {
    let sums = match Width::in_use() {
        // SAFETY: a width in use is one that the machine has.
        #[cfg(target_arch = "x86_64")]
        Width::V4 => unsafe { side_by_side_v4(codes) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Width::V3 => unsafe { side_by_side_v3(codes) },
        _ => one_by_one(codes),
    };
    let [all, second] = sums;
    found[0].agents += all.agents - second.agents;
    found[0].others += all.others - second.others;
    found[0].squares += all.squares - second.squares;
    found[1].agents += second.agents;
    found[1].others += second.others;
    found[1].squares += second.squares;
}

/// What is found of all, and of those who did the second act.
fn one_by_one(codes: &[u8]) -> [Found; 2] {
    let mut sums = [Found::default(); 2];
    for &code in codes {
        let (others, second) = (u64::from(code & 15), u64::from(code >> 4 & 1));
        for (sums, of) in sums.iter_mut().zip([1, second]) {
            sums.agents += of;
            sums.others += of * others;
            sums.squares += of * others * others;
        }
    }
    sums
}

/// A lane of sixteen bits holds the squares of so many pairs of numbers below 16, and its sign is left alone.
const PAIRS: usize = 72;

/// No loop over bytes becomes sums of products of bytes by itself.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn side_by_side_v3(codes: &[u8]) -> [Found; 2] {
    use std::arch::x86_64::*;
    const MOST: usize = 32 * PAIRS;
    let (zero, four, one) = (_mm256_setzero_si256(), _mm256_set1_epi8(15), _mm256_set1_epi16(1));
    let mut sums = [Found { agents: codes.len() as u64, ..Found::default() }, Found::default()];
    for codes in codes.chunks(MOST) {
        let (mut agents, mut others, mut squares) = (zero, [zero; 2], [zero; 2]);
        let mut add = |piece: &[u8; 32]| {
            // SAFETY: both are 32 bytes that may hold any bits.
            let codes = unsafe { std::mem::transmute::<[u8; 32], __m256i>(*piece) };
            let all = _mm256_and_si256(codes, four);
            let acts = _mm256_cmpgt_epi8(codes, four);
            let second = _mm256_and_si256(all, acts);
            agents = _mm256_sub_epi8(agents, acts);
            for (of, numbers) in [all, second].into_iter().enumerate() {
                others[of] = _mm256_add_epi64(others[of], _mm256_sad_epu8(numbers, zero));
                squares[of] = _mm256_add_epi16(squares[of], _mm256_maddubs_epi16(numbers, numbers));
            }
        };
        let (pieces, rest) = codes.as_chunks::<32>();
        pieces.iter().for_each(&mut add);
        if !rest.is_empty() {
            // A code of 0 adds nothing.
            let mut last = [0; 32];
            last[..rest.len()].copy_from_slice(rest);
            add(&last);
        }
        // SAFETY: all are 32 bytes that may hold any bits.
        let four = |lanes: __m256i| unsafe { std::mem::transmute::<__m256i, [u64; 4]>(lanes) };
        // SAFETY: as above.
        let eight = |lanes: __m256i| unsafe { std::mem::transmute::<__m256i, [u32; 8]>(lanes) };
        sums[1].agents += four(_mm256_sad_epu8(agents, zero)).iter().sum::<u64>();
        for (of, sums) in sums.iter_mut().enumerate() {
            sums.others += four(others[of]).iter().sum::<u64>();
            sums.squares += u64::from(eight(_mm256_madd_epi16(squares[of], one)).iter().sum::<u32>());
        }
    }
    sums
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn side_by_side_v4(codes: &[u8]) -> [Found; 2] {
    use std::arch::x86_64::*;
    let (zero, four, fifth) = (_mm512_setzero_si512(), _mm512_set1_epi8(15), _mm512_set1_epi8(16));
    let one = _mm512_set1_epi8(1);
    let mut sums = [Found { agents: codes.len() as u64, ..Found::default() }, Found::default()];
    for codes in codes.chunks(64 * PAIRS) {
        let (mut agents, mut others, mut squares) = (zero, [zero; 2], [zero; 2]);
        for piece in codes.chunks(64) {
            // A code of 0 stands for those that the last piece lacks: it adds nothing.
            let there = u64::MAX >> (64 - piece.len());
            // SAFETY: as many bytes are read as the piece has.
            let codes = unsafe { _mm512_maskz_loadu_epi8(there, piece.as_ptr().cast()) };
            let all = _mm512_and_si512(codes, four);
            let acts = _mm512_test_epi8_mask(codes, fifth);
            agents = _mm512_mask_add_epi8(agents, acts, agents, one);
            for (of, numbers) in [all, _mm512_maskz_mov_epi8(acts, all)].into_iter().enumerate() {
                others[of] = _mm512_add_epi64(others[of], _mm512_sad_epu8(numbers, zero));
                squares[of] = _mm512_add_epi16(squares[of], _mm512_maddubs_epi16(numbers, numbers));
            }
        }
        sums[1].agents += _mm512_reduce_add_epi64(_mm512_sad_epu8(agents, zero)) as u64;
        for (of, sums) in sums.iter_mut().enumerate() {
            sums.others += _mm512_reduce_add_epi64(others[of]) as u64;
            let squares = _mm512_madd_epi16(squares[of], _mm512_set1_epi16(1));
            sums.squares += _mm512_reduce_add_epi32(squares) as u64;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_counts_the_same() {
        let drawn: Vec<u8> = (0..9_001u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 27) as u8).collect();
        for codes in [drawn, vec![31; 9_001], vec![15; 4_064], vec![16; 33], vec![]] {
            let mut wanted = [Found::default(); 2];
            for &code in &codes {
                let others = u64::from(code % 16);
                let found = &mut wanted[usize::from(code / 16)];
                (found.agents, found.others) = (found.agents + 1, found.others + others);
                found.squares += others * others;
            }
            for width in Width::all() {
                assert!(width.force());
                let mut found = [Found::default(); 2];
                tally(&codes, &mut found);
                assert_eq!(found, wanted, "{width:?}");
            }
        }
    }
}
