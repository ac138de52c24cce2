//! Columns that hold few different numbers: each gets a code, a byte a row.

use super::cells::CellsRef;
use crate::kernels::{lookup, wide};
use std::borrow::Cow;

/// Most numbers that get codes where they are searched by their bits.
const MOST: usize = 255;

/// Most numbers that get codes where each is compared with all: that takes less time than a copy of the rows.
const COMPARED: usize = 32;

/// Rows that are compared together.
const BLOCK: usize = 64;

/// The numbers of a column by their bits, in the order in which they came, and a code for each row.
#[derive(Clone, Debug, Default)]
pub(super) struct Few<'a> {
    pub(super) values: Cow<'a, [u64]>,
    pub(super) codes: Cow<'a, [u8]>,
}

impl<'a> Few<'a> {
    /// None where there are more than [`MOST`] numbers, or the cells hold none.
    pub(super) fn of(cells: &CellsRef<'a>) -> Option<Few<'a>> {
        match *cells {
            CellsRef::U8(values) => searched(values),
            CellsRef::U16(values) => searched(values),
            CellsRef::U32(values) => searched(values),
            CellsRef::U64(values) => searched(values),
            CellsRef::F32(values) => searched(bytemuck::cast_slice::<f32, u32>(values)),
            CellsRef::F64(values) => searched(bytemuck::cast_slice::<f64, u64>(values)),
            CellsRef::Few { values, codes } => Some(in_order(values, codes)),
            _ => None,
        }
    }

    /// The numbers that these codes stand for, each once.
    pub(super) fn found_in(&self, codes: &[u8]) -> impl Iterator<Item = u64> + Clone {
        let mut there = [false; MOST + 1];
        codes.iter().for_each(|&code| there[usize::from(code)] = true);
        self.values.iter().zip(there).filter(|of| of.1).map(|of| *of.0)
    }
}

/// Codes that grow with the rows, in buffers that are used again.
#[derive(Debug, Default)]
pub(super) struct Growing {
    values: Vec<u64>,
    codes: Vec<u8>,
}

impl Growing {
    /// Forgets the rows, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.codes.clear();
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    /// The rows, borrowed.
    pub(super) fn view(&self) -> CellsRef<'_> {
        CellsRef::Few { values: &self.values, codes: &self.codes }
    }

    /// Adds rows; false, and nothing is added, where there are too many numbers or these are not plain.
    pub(super) fn extend(&mut self, more: &CellsRef) -> bool {
        match *more {
            CellsRef::U16(values) => self.compared(values),
            CellsRef::U32(values) => self.compared(values),
            CellsRef::U64(values) => self.compared(values),
            CellsRef::F32(values) => self.compared(bytemuck::cast_slice::<f32, u32>(values)),
            CellsRef::F64(values) => self.compared(bytemuck::cast_slice::<f64, u64>(values)),
            CellsRef::Few { values, codes } => self.recoded(values, codes),
            _ => false,
        }
    }

    /// Adds rows that have codes of others.
    fn recoded(&mut self, values: &[u64], codes: &[u8]) -> bool {
        let before = self.values.len();
        let mut table = [0; COMPARED];
        for (code, value) in values.iter().enumerate() {
            let known = self.values.iter().position(|known| known == value).unwrap_or(self.values.len());
            if code >= COMPARED || known >= COMPARED {
                self.values.truncate(before);
                return false;
            }
            if known == self.values.len() {
                self.values.push(*value);
            }
            table[code] = known as u8;
        }
        let first = self.codes.len();
        self.codes.extend_from_slice(codes);
        lookup(&table, &mut self.codes[first..]);
        true
    }

    fn compared<T: Bits>(&mut self, rows: &[T]) -> bool {
        let before = self.codes.len();
        self.codes.reserve(rows.len());
        let few = wide!(compared(rows, &mut self.values, &mut self.codes));
        if few.is_none() {
            self.codes.truncate(before);
        }
        few.is_some()
    }
}

/// A number by its bits.
trait Bits: Copy + PartialEq + Into<u64> + std::ops::BitOr<Output = Self> {
    fn of(bits: u64) -> Self;
    /// The lowest eight.
    fn low(self) -> u8;
}

macro_rules! bits {
    ($($kind:ty),*) => {
        $(impl Bits for $kind {
            #[inline(always)]
            fn of(bits: u64) -> Self {
                bits as Self
            }

            #[inline(always)]
            fn low(self) -> u8 {
                self as u8
            }
        })*
    };
}

bits!(u16, u32, u64);

/// Adds the codes of rows, and new numbers to those known; none where these become too many.
#[inline(always)]
fn compared<T: Bits>(rows: &[T], known: &mut Vec<u64>, codes: &mut Vec<u8>) -> Option<()> {
    let mut list = [T::of(0); COMPARED];
    list.iter_mut().zip(&*known).for_each(|(value, &bits)| *value = T::of(bits));
    let (blocks, rest) = rows.as_chunks();
    for rows in blocks {
        codes.extend_from_slice(&block(rows, &mut list, known)?);
    }
    if let Some(&any) = rest.first() {
        let mut last = [any; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        codes.extend_from_slice(&block(&last, &mut list, known)?[..rest.len()]);
    }
    Some(())
}

#[inline(always)]
fn block<T: Bits>(rows: &[T; BLOCK], list: &mut [T; COMPARED], known: &mut Vec<u64>) -> Option<[u8; BLOCK]> {
    loop {
        let known_so_far = &list[..known.len()];
        if let Some(codes) = codes_of(rows, known_so_far) {
            return Some(codes);
        }
        let &new = rows.iter().find(|row| !known_so_far.contains(row))?;
        *list.get_mut(known.len())? = new;
        known.push(new.into());
    }
}

/// The codes of a block of rows; none where a number is not in the list.
#[inline(always)]
fn codes_of<T: Bits>(rows: &[T; BLOCK], list: &[T]) -> Option<[u8; BLOCK]> {
    let mut found = [T::of(0); BLOCK];
    for (code, &value) in (1..).zip(list) {
        // An array of its own: one that is added to in place would stand in memory.
        let mut next = [T::of(0); BLOCK];
        for k in 0..BLOCK {
            next[k] = found[k] | if rows[k] == value { T::of(code) } else { T::of(0) };
        }
        found = next;
    }
    let (mut codes, mut all) = ([0; BLOCK], true);
    for k in 0..BLOCK {
        all &= found[k].low() != 0;
        codes[k] = found[k].low().wrapping_sub(1);
    }
    all.then_some(codes)
}

/// Each number is searched in a table of those known.
fn searched<T: Copy + Into<u64>>(rows: &[T]) -> Option<Few<'static>> {
    const PLACES: usize = 1024;
    let mut places = [(0u64, u8::MAX); PLACES];
    let (mut values, mut codes) = (vec![], Vec::with_capacity(rows.len()));
    for &row in rows {
        let bits: u64 = row.into();
        let mut at = (bits.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54) as usize % PLACES;
        let code = loop {
            match places[at] {
                (known, code) if known == bits && code != u8::MAX => break code,
                (_, u8::MAX) => {
                    if values.len() == MOST {
                        return None;
                    }
                    let code = values.len() as u8;
                    places[at] = (bits, code);
                    values.push(bits);
                    break code;
                }
                _ => at = (at + 1) % PLACES,
            }
        };
        codes.push(code);
    }
    Some(Few { values: values.into(), codes: codes.into() })
}

/// The same rows with codes in the order in which they come here: these may be a part of those that the numbers were found in.
fn in_order<'a>(values: &'a [u64], codes: &'a [u8]) -> Few<'a> {
    let (mut new, mut order) = ([0; MOST + 1], vec![]);
    let mut seen = [false; MOST + 1];
    for &code in codes {
        let of = usize::from(code);
        if !seen[of] {
            (seen[of], new[of]) = (true, order.len() as u8);
            order.push(values[of]);
            if order.len() == values.len() {
                break;
            }
        }
    }
    if order == values[..order.len()] {
        return Few { values: order.into(), codes: codes.into() };
    }
    let codes: Vec<u8> = codes.iter().map(|&code| new[usize::from(code)]).collect();
    Few { values: order.into(), codes: codes.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Width;

    /// Rows of so many numbers, drawn without end.
    fn rows(count: usize, numbers: u32) -> Vec<f32> {
        let number = |k: u32| (k.wrapping_mul(2_654_435_761) >> 8) % numbers;
        (0..count as u32).map(|k| number(k) as f32 / 3.0).collect()
    }

    #[test]
    fn compared_numbers_have_the_codes_of_searched_ones_on_any_machine() {
        for width in Width::all() {
            assert!(width.force());
            for (count, numbers) in [(1, 1), (63, 5), (64, 32), (65, 33), (1000, 3), (70_001, 32)] {
                let rows = rows(count, numbers);
                let wanted = Few::of(&CellsRef::F32(&rows)).unwrap();
                let mut growing = Growing::default();
                let mut few = true;
                for rows in rows.chunks(700) {
                    few &= growing.extend(&CellsRef::F32(rows));
                }
                assert_eq!(few, wanted.values.len() <= COMPARED, "{count} rows of {numbers}");
                if few {
                    let CellsRef::Few { values, codes } = growing.view() else { unreachable!() };
                    assert_eq!((values, codes), (&*wanted.values, &*wanted.codes));
                }
            }
        }
    }

    #[test]
    fn a_part_of_the_rows_has_codes_of_its_own() {
        let rows: Vec<u16> = [7, 7, 1, 9, 1, 300, 9].into();
        let whole = Few::of(&CellsRef::U16(&rows)).unwrap();
        for (from, to) in [(0, 7), (0, 3), (2, 5), (3, 7), (6, 6)] {
            let cells = CellsRef::Few { values: &whole.values, codes: &whole.codes };
            let (part, wanted) = (cells.slice(from..to), Few::of(&CellsRef::U16(&rows[from..to])).unwrap());
            let part = Few::of(&part).unwrap();
            assert_eq!((part.values, part.codes), (wanted.values, wanted.codes));
        }
    }

    #[test]
    fn rows_that_do_not_fit_leave_those_before_as_they_were() {
        let mut growing = Growing::default();
        assert!(growing.extend(&CellsRef::U32(&[5, 6, 5])));
        let many: Vec<u32> = (0..100).collect();
        assert!(!growing.extend(&CellsRef::U32(&many)));
        let CellsRef::Few { values, codes } = growing.view() else { unreachable!() };
        assert_eq!((&values[..2], codes), (&[5, 6][..], &[0, 1, 0][..]));
    }
}
