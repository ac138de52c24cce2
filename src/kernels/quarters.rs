//! Codes below four, four to a byte: what is looked up all over a population should lie in as near a cache as it can.

use super::wide;
use crate::pass;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

/// Codes in a byte.
const FOUR: usize = 4;

/// Bytes that so many codes take.
pub(super) fn bytes(codes: usize) -> usize {
    codes.div_ceil(FOUR)
}

/// The byte of a code, and where in it the two bits begin.
#[inline(always)]
pub(super) fn place(code: usize) -> (usize, u32) {
    (code / FOUR, 2 * (code % FOUR) as u32)
}

/// Packs codes, the first in the lowest bits.
pub(super) fn pack(codes: &[u8], packed: &mut [u8]) {
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

/// Takes them out again.
pub(super) fn unpack(packed: &[u8], codes: &mut [u8]) {
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
        for len in [0, 1, 3, 4, 5, 1_023, 1_024, 4_097, 100_003] {
            let codes: Vec<u8> =
                (0..len as u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 30) as u8).collect();
            let (mut packed, mut out) = (vec![0xff; bytes(len)], vec![9; len]);
            pack(&codes, &mut packed);
            for (nth, &code) in codes.iter().enumerate() {
                let (byte, bit) = place(nth);
                assert_eq!(packed[byte] >> bit & 3, code);
            }
            unpack(&packed, &mut out);
            assert_eq!(out, codes);
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
