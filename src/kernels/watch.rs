//! What a sweep over rows makes of codes, and sees of new acts, on its way: ranks, payoffs, counts.

use super::lookup;
#[cfg(target_arch = "x86_64")]
use super::lookup::{Shuffles3, Shuffles4, Table};
use super::tally::Tally;
#[cfg(target_arch = "x86_64")]
use super::tally::{Ones, Products, Running};
use super::torus::Payoffs;

/// Cells that are worked on together where rows are as long.
pub(super) const STEP: usize = 64;

/// Steps of a part of a row of new acts, or less than twice as many.
pub(super) const PART: usize = 127;

/// What is made of codes, and seen of acts, on the way. `seen` is how many of a step's cells were handed over before.
pub(super) trait Watch<const STEP: usize> {
    /// Whether all is counted in registers: then rows of new acts are made in parts of less than twice so many [`PART`] steps.
    const COUNTS: bool = false;

    /// The beginning of a row, and which of these rows it is.
    #[inline(always)]
    fn begin(&mut self, _row: Option<usize>) {}

    /// The ranks of a step of codes, of these rows or beside them; or the codes, if [`Watch::row`] makes ranks of them.
    fn codes(&mut self, codes: &[u8; STEP], seen: usize) -> [u8; STEP];

    /// A whole row of that, and which of these rows it is.
    #[inline(always)]
    fn row(&mut self, _row: Option<usize>, _codes: &mut [u8]) {}

    /// The end of a row, and which of these rows it is.
    #[inline(always)]
    fn end(&mut self, _row: Option<usize>) {}

    /// A step of new acts.
    #[inline(always)]
    fn acts(&mut self, _acts: &[u8; STEP], _seen: usize) {}

    /// The end of a row of new acts, or of some of its steps, as [`Watch::COUNTS`] says.
    #[inline(always)]
    fn made(&mut self) {}
}

/// Payoffs and counts, row by row, on any machine.
pub(super) struct Observed<'a, 'p> {
    pub rank: &'a [u8; 32],
    pub pays: &'a [f32; 32],
    pub columns: usize,
    pub tally: Option<&'a mut Tally>,
    pub payoffs: Option<&'a mut Payoffs<'p>>,
    /// how many do the second act next
    pub second: u64,
}

impl<const STEP: usize> Watch<STEP> for Observed<'_, '_> {
    #[inline(always)]
    fn codes(&mut self, codes: &[u8; STEP], _: usize) -> [u8; STEP] {
        *codes
    }

    #[inline(always)]
    fn row(&mut self, row: Option<usize>, codes: &mut [u8]) {
        if let Some(row) = row {
            if let Some(tally) = &mut self.tally {
                tally.add(&codes[..self.columns]);
            }
            if let Some(payoffs) = &mut self.payoffs {
                payoffs.pay(self.pays, row, &codes[..self.columns]);
            }
        }
        lookup(self.rank, codes);
    }

    #[inline(always)]
    fn acts(&mut self, acts: &[u8; STEP], seen: usize) {
        if self.tally.is_some() {
            // Of a row shorter than a step, the rest is of nobody.
            let new = &acts[seen..self.columns.min(STEP)];
            self.second += new.iter().map(|&act| u64::from(act)).sum::<u64>();
        }
    }
}

/// Ranks alone.
#[cfg(target_arch = "x86_64")]
pub(super) struct Ranked<R>(pub R);

#[cfg(target_arch = "x86_64")]
impl Watch<STEP> for Ranked<Shuffles3> {
    #[inline(always)]
    fn codes(&mut self, codes: &[u8; STEP], _: usize) -> [u8; STEP] {
        let mut out = *codes;
        for codes in out.as_chunks_mut().0 {
            // SAFETY: only a machine with AVX2 has made the table.
            *codes = unsafe { self.0.find(codes) };
        }
        out
    }
}

#[cfg(target_arch = "x86_64")]
impl Watch<STEP> for Ranked<Shuffles4> {
    #[inline(always)]
    fn codes(&mut self, codes: &[u8; STEP], _: usize) -> [u8; STEP] {
        // SAFETY: only a machine with AVX-512 has made the table.
        unsafe { self.0.find(codes) }
    }
}

/// Payoffs, a row at a time, of what something else is shown.
#[cfg(target_arch = "x86_64")]
pub(super) struct Paid<'a, 'p, W> {
    pub watch: W,
    pays: &'a [f32; 32],
    payoffs: &'a mut Payoffs<'p>,
    columns: usize,
    /// those of a row
    codes: Vec<u8>,
    /// how many there are so far
    len: usize,
}

#[cfg(target_arch = "x86_64")]
impl<'a, 'p, W> Paid<'a, 'p, W> {
    pub(super) fn new(
        columns: usize,
        watch: W,
        (pays, payoffs): (&'a [f32; 32], &'a mut Payoffs<'p>),
    ) -> Self {
        Paid { watch, pays, payoffs, columns, codes: vec![0; columns.next_multiple_of(STEP)], len: 0 }
    }
}

#[cfg(target_arch = "x86_64")]
impl<W: Watch<STEP>> Watch<STEP> for Paid<'_, '_, W> {
    const COUNTS: bool = W::COUNTS;

    #[inline(always)]
    fn begin(&mut self, row: Option<usize>) {
        self.watch.begin(row);
    }

    #[inline(always)]
    fn codes(&mut self, codes: &[u8; STEP], seen: usize) -> [u8; STEP] {
        let first = self.len - seen;
        self.codes[first..first + STEP].copy_from_slice(codes);
        self.len = first + STEP;
        self.watch.codes(codes, seen)
    }

    #[inline(always)]
    fn end(&mut self, row: Option<usize>) {
        self.watch.end(row);
        self.len = 0;
        if let Some(row) = row {
            self.payoffs.pay(self.pays, row, &self.codes[..self.columns]);
        }
    }

    #[inline(always)]
    fn acts(&mut self, acts: &[u8; STEP], seen: usize) {
        self.watch.acts(acts, seen);
    }

    #[inline(always)]
    fn made(&mut self) {
        self.watch.made();
    }
}

/// Counts while codes and acts are in registers: what is met by ranks that are [`Linear`], or by codes alone.
#[cfg(target_arch = "x86_64")]
pub(super) struct Tallied<T, const LINEAR: bool> {
    ranks: T,
    running: Running,
    /// the same before a row that is beside these, and not one of them
    own: Running,
    second: Ones,
}

#[cfg(target_arch = "x86_64")]
impl<T: Table, const LINEAR: bool> Watch<STEP> for Tallied<T, LINEAR> {
    const COUNTS: bool = true;

    #[inline(always)]
    fn begin(&mut self, row: Option<usize>) {
        // Not asked at every step.
        if row.is_none() {
            self.own = self.running;
        }
    }

    #[inline(always)]
    fn codes(&mut self, codes: &[u8; STEP], seen: usize) -> [u8; STEP] {
        // SAFETY: only a machine with sums of products and the table's instructions has made this.
        unsafe {
            let ranks = self.ranks.find(codes);
            // A code of 0 adds nothing.
            let counted = unseen(codes, seen);
            if LINEAR {
                self.running.add_ranks(&counted, &unseen(&ranks, seen));
            } else {
                self.running.add(&counted);
            }
            ranks
        }
    }

    #[inline(always)]
    fn end(&mut self, row: Option<usize>) {
        if row.is_none() {
            self.running = self.own;
        }
    }

    #[inline(always)]
    fn acts(&mut self, acts: &[u8; STEP], seen: usize) {
        // SAFETY: as above.
        unsafe { self.second.add(&unseen(acts, seen)) };
    }

    #[inline(always)]
    fn made(&mut self) {
        const { assert!(2 * PART <= Ones::STEPS) };
        // SAFETY: as above.
        unsafe { self.second.empty() };
    }
}

/// A step of cells, with 0 in the place of the first, if so many, fewer than all, were made before.
///
/// # Safety
/// The machine has AVX-512 with instructions for bytes.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn unseen(cells: &[u8; STEP], seen: usize) -> [u8; STEP] {
    use std::arch::x86_64::*;
    // SAFETY: the caller has this instruction; any 64 bytes can be taken for a register.
    unsafe {
        let cells = std::mem::transmute::<[u8; STEP], __m512i>(*cells);
        std::mem::transmute::<__m512i, [u8; STEP]>(_mm512_maskz_mov_epi8(u64::MAX << seen, cells))
    }
}

#[cfg(target_arch = "x86_64")]
impl<T: Table, const LINEAR: bool> Tallied<T, LINEAR> {
    #[inline(always)]
    pub(super) fn new(ranks: T, products: &Products) -> Self {
        let running = Running::from(products);
        Tallied { ranks, running, own: running, second: Ones::none() }
    }

    /// Leaves the sums, and says how many do the second act next.
    pub(super) fn leave(self, products: &mut Products) -> u64 {
        self.running.leave(products);
        // SAFETY: only a machine with all that is needed has made this.
        unsafe { self.second.total() }
    }
}
