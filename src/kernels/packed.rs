//! Codes of two bits, four to a byte, and of four bits, two to a byte: what is looked up all over a population should lie
//! in as near a cache as it can.

use super::wide;
use crate::pass;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Codes of two bits in a byte.
pub(super) const FOUR: usize = 4;
/// Codes of four bits in a byte.
pub(super) const TWO: usize = 2;

/// The byte of a code, and where in it its bits begin, where N codes are in a byte, the first in the lowest bits.
#[inline(always)]
pub(super) fn place<const N: usize>(code: usize) -> (usize, u32) {
    (code / N, (8 / N * (code % N)) as u32)
}

/// Packs codes of four bits by two.
pub(super) fn pack_two(codes: &[u8], packed: &mut [u8]) {
    pass::fill(packed, |first, packed| {
        let codes = &codes[TWO * first..];
        wide!({
            let (pairs, rest) = codes.as_chunks::<TWO>();
            packed.iter_mut().zip(pairs).for_each(
                #[inline(always)]
                |(packed, pair)| *packed = pair[0] | pair[1] << 4,
            );
            if let Some(packed) = packed.get_mut(pairs.len()) {
                *packed = rest[0];
            }
        });
    });
}

/// Takes codes of four bits out, from one on.
#[inline(always)]
pub(super) fn unpack_two(packed: &[u8], first: usize, codes: &mut [u8]) {
    let odd = (first % TWO).min(codes.len());
    let (before, codes) = codes.split_at_mut(odd);
    before.iter_mut().for_each(|code| *code = packed[first / TWO] >> 4);
    let packed = &packed[first.div_ceil(TWO)..];
    let (pairs, rest) = codes.as_chunks_mut::<TWO>();
    for (pair, &packed) in pairs.iter_mut().zip(packed) {
        *pair = [packed & 15, packed >> 4];
    }
    rest.iter_mut().for_each(|code| *code = packed[pairs.len()] & 15);
}

/// Packs codes of two bits by four.
pub(super) fn pack_four(codes: &[u8], packed: &mut [u8]) {
    pass::fill(packed, |first, packed| wide!(pack_some(&codes[FOUR * first..], packed)));
}

#[inline(always)]
fn pack_some(codes: &[u8], packed: &mut [u8]) {
    let (fours, rest) = codes.as_chunks::<FOUR>();
    for (packed, four) in packed.iter_mut().zip(fours) {
        let four = u32::from_le_bytes(*four);
        *packed = (four | four >> 6 | four >> 12 | four >> 18) as u8;
    }
    if let Some(packed) = packed.get_mut(fours.len()) {
        *packed = rest.iter().rev().fold(0, |packed, code| packed << 2 | code);
    }
}

/// Takes codes of two bits out again.
pub(super) fn unpack_four(packed: &[u8], codes: &mut [u8]) {
    const { assert!(pass::BLOCK.is_multiple_of(FOUR)) };
    pass::fill(codes, |first, codes| wide!(unpack_some(&packed[first / FOUR..], codes)));
}

#[inline(always)]
fn unpack_some(packed: &[u8], codes: &mut [u8]) {
    let (fours, rest) = codes.as_chunks_mut::<FOUR>();
    for (four, &packed) in fours.iter_mut().zip(packed) {
        let packed = u32::from(packed);
        *four = ((packed | packed << 6 | packed << 12 | packed << 18) & 0x0303_0303).to_le_bytes();
    }
    if let Some(packed) = packed.get(fours.len()) {
        rest.iter_mut().enumerate().for_each(|(nth, code)| *code = packed >> (2 * nth) & 3);
    }
}

/// Flips bits of a byte that others may flip other bits of; `alone` if nobody does so now. ORDER: flips commute.
#[inline(always)]
pub(super) fn flip(byte: &AtomicU8, bits: u8, alone: bool) {
    if alone {
        byte.store(byte.load(Relaxed) ^ bits, Relaxed);
    } else {
        byte.fetch_xor(bits, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_out_as_they_went_in() {
        for len in [0usize, 1, 3, 4, 5, 1_023, 1_024, 4_097, 100_003] {
            let codes: Vec<u8> =
                (0..len as u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 30) as u8).collect();
            let (mut packed, mut out) = (vec![0xff; len.div_ceil(FOUR)], vec![9; len]);
            pack_four(&codes, &mut packed);
            for (nth, &code) in codes.iter().enumerate() {
                let (byte, bit) = place::<FOUR>(nth);
                assert_eq!(packed[byte] >> bit & 3, code);
            }
            unpack_four(&packed, &mut out);
            assert_eq!(out, codes);

            let codes: Vec<u8> =
                (0..len as u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
            let mut packed = vec![0xff; len.div_ceil(TWO)];
            pack_two(&codes, &mut packed);
            for first in [0, 1, 2, 77].into_iter().filter(|&first| first <= len) {
                for end in [first, (first + 1).min(len), (first + 300).min(len), len] {
                    let mut out = vec![99; end - first];
                    unpack_two(&packed, first, &mut out);
                    assert_eq!(out, codes[first..end]);
                    let placed = (first..end).map(place::<TWO>);
                    assert!(placed.zip(out).all(|((byte, bit), code)| packed[byte] >> bit & 15 == code));
                }
            }
        }
    }

    #[test]
    fn a_flip_leaves_the_others() {
        for alone in [false, true] {
            let byte = AtomicU8::new(0b11_01_00_10);
            flip(&byte, 0b00_11_00_00, alone);
            assert_eq!(byte.into_inner(), 0b11_10_00_10);
        }
    }
}
