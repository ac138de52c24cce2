//! All eight around: a row is made from three rows, then from what stands beside each of its cells.

#[cfg(target_arch = "x86_64")]
use super::lookup::{Shuffles3, Shuffles4};
use super::tally::{Found, Tally};
#[cfg(target_arch = "x86_64")]
use super::tally::{Products, Running};
use super::torus::{MARGIN, Piece, call_for, row_from};
use super::{Width, lookup, wide};

/// Cells that are worked on together, and as many where rows are short.
const STEP: usize = 64;
const SHORT: usize = 32;

/// Makes the new acts where each takes that of the highest rank among the eight around and itself, and ranks of different acts
/// are never as high: who has it is of no matter. Returns what was counted of those who did each act before.
pub(super) fn best_of_nine(
    (columns, with_self): (usize, bool),
    (rank, pays): (&[u8; 32], &[f32; 32]),
    piece: Piece,
) -> [Found; 2] {
    let mut tally = Tally::new();
    let Piece { acts, payoffs, halo, counts, .. } = piece;
    let alone = payoffs.is_none() && columns >= STEP;
    #[cfg(target_arch = "x86_64")]
    if alone
        && counts
        && let Some(products) = tally.fused(acts.len())
    {
        // SAFETY: sums of products are offered where the machine makes them, and has all of AVX-512 that is used.
        unsafe { tally_v4(Rows { columns, with_self, acts, halo }, rank, products) };
        return tally.found();
    }
    match Width::in_use() {
        // SAFETY: a width in use is one that the machine has.
        #[cfg(target_arch = "x86_64")]
        Width::V4 if alone && !counts => unsafe { best_v4(Rows { columns, with_self, acts, halo }, rank) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Width::V3 if alone && !counts => unsafe { best_v3(Rows { columns, with_self, acts, halo }, rank) },
        _ => {
            let mut observed = Observed { rank, pays, columns, tally: counts.then_some(&mut tally), payoffs };
            if columns >= STEP {
                wide!(observed.best(Rows::<STEP> { columns, with_self, acts, halo }));
            } else {
                wide!(observed.best(Rows::<SHORT> { columns, with_self, acts, halo }));
            }
        }
    }
    tally.found()
}

/// What is done with the codes of a row besides ranking them.
struct Observed<'a> {
    rank: &'a [u8; 32],
    pays: &'a [f32; 32],
    columns: usize,
    tally: Option<&'a mut Tally>,
    payoffs: Option<&'a mut [f32]>,
}

impl Observed<'_> {
    #[inline(always)]
    fn best<const STEP: usize>(&mut self, rows: Rows<STEP>) {
        rows.best(
            #[inline(always)]
            |codes, _| *codes,
            #[inline(always)]
            |row, codes| {
                if let Some(row) = row {
                    if let Some(tally) = &mut self.tally {
                        tally.add(&codes[..self.columns]);
                    }
                    if let Some(payoffs) = &mut self.payoffs {
                        let payoffs = &mut payoffs[row * self.columns..][..self.columns];
                        payoffs.iter_mut().zip(&*codes).for_each(
                            #[inline(always)]
                            |(pay, &code)| *pay = self.pays[usize::from(code & 31)],
                        );
                    }
                }
                lookup(self.rank, codes);
            },
        );
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt")]
fn best_v3(rows: Rows<STEP>, rank: &[u8; 32]) {
    let ranks = Shuffles3::new(rank);
    rows.best(
        #[inline(always)]
        |codes, _| {
            let mut out = *codes;
            for codes in out.as_chunks_mut().0 {
                // SAFETY: the instructions are those that this function asks for.
                *codes = unsafe { ranks.find(codes) };
            }
            out
        },
        #[inline(always)]
        |_, _| {},
    );
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]
fn best_v4(rows: Rows<STEP>, rank: &[u8; 32]) {
    let ranks = Shuffles4::new(rank);
    rows.best(
        #[inline(always)]
        // SAFETY: the instructions are those that this function asks for.
        |codes, _| unsafe { ranks.find(codes) },
        #[inline(always)]
        |_, _| {},
    );
}

/// The same, and codes are counted while they are in registers.
#[cfg(target_arch = "x86_64")]
#[target_feature(
    enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni"
)]
fn tally_v4(rows: Rows<STEP>, rank: &[u8; 32], products: &mut Products) {
    let ranks = Shuffles4::new(rank);
    let (mut running, met) = (Running::from(products), 8 + u64::from(rows.with_self));
    rows.best(
        #[inline(always)]
        |codes, new| {
            if let Some(seen) = new {
                // A code of 0 adds nothing.
                let mut unseen = [0; STEP];
                for k in 0..STEP {
                    unseen[k] = codes[k] & u8::from(k >= seen).wrapping_neg();
                }
                // SAFETY: the instructions are those that this function asks for.
                unsafe { running.add::<false>(&unseen) };
            }
            // SAFETY: as above.
            unsafe { ranks.find(codes) }
        },
        #[inline(always)]
        |_, _| {},
    );
    running.leave_torus(met, products);
}

/// Whole rows of one torus, and copies of those around as they were.
struct Rows<'a, const STEP: usize> {
    columns: usize,
    with_self: bool,
    acts: &'a mut [u8],
    halo: &'a [u8],
}

impl<const STEP: usize> Rows<'_, STEP> {
    /// Makes the new acts from ranks, which `rank` makes of the codes of a step; it is told how many of them it was handed
    /// before, if they are of these rows. `made` gets every row, and of which of these rows it is.
    #[inline(always)]
    fn best(
        self,
        mut rank: impl FnMut(&[u8; STEP], Option<usize>) -> [u8; STEP],
        mut made: impl FnMut(Option<usize>, &mut [u8]),
    ) {
        let Rows { columns, with_self, acts, halo } = self;
        let len = (acts.len() / columns) as isize;
        let width = columns.next_multiple_of(STEP);
        // Three rows of ranks, and a row between two stages.
        let (mut ranks, mut room) = (vec![0u8; 4 * width], vec![0u8; width + 2 * MARGIN]);
        let mut short = [0u8; STEP];
        for row in -1..=len {
            // Those that are looked at have not been written yet.
            let before = (&*acts, halo);
            let around = [
                row_of(before, columns, row - 1),
                row_of(before, columns, row),
                row_of(before, columns, row + 1),
            ];
            call_for(row_of(before, columns, (row + 2).min(len + 1)));
            let here = (0..len).contains(&row);
            let out = &mut ranks[(row & 3) as usize * width..][..width];
            count(
                with_self,
                around,
                (&mut room, out),
                #[inline(always)]
                |codes, seen| rank(codes, here.then_some(seen)),
            );
            made(here.then_some(row as usize), out);
            if row < 1 {
                continue;
            }
            let new = &mut acts[(row - 1) as usize * columns..][..columns];
            let [a, b, c] = [(row - 2) & 3, (row - 1) & 3, row & 3];
            let around = [held(&ranks, width, a), held(&ranks, width, b), held(&ranks, width, c)];
            if columns < STEP {
                highest::<STEP>(around, columns, &mut room, &mut short);
                new.copy_from_slice(&short[..columns]);
            } else {
                highest::<STEP>(around, columns, &mut room, new);
            }
        }
    }
}

/// The acts of a row. A function: a closure may stay one of its own, compiled for every machine.
#[inline(always)]
fn row_of<'r>(acts: (&'r [u8], &'r [u8]), columns: usize, row: isize) -> &'r [u8] {
    &row_from(acts, [columns, 1], row)[..columns]
}

#[inline(always)]
fn held(rows: &[u8], width: usize, row: isize) -> &[u8] {
    &rows[row as usize * width..][..width]
}

/// What `of` makes of the codes of a row: of a step, and of how many it has made it before.
#[inline(always)]
pub(super) fn count<const STEP: usize>(
    with_self: bool,
    rows: [&[u8]; 3],
    (room, out): (&mut [u8], &mut [u8]),
    mut of: impl FnMut(&[u8; STEP], usize) -> [u8; STEP],
) {
    let columns = rows[1].len();
    let mut short = [[0; STEP]; 3];
    let rows = if columns < STEP { longer(rows, &mut short) } else { rows };
    let width = rows[1].len();
    from_three::<STEP>(
        rows,
        &mut room[MARGIN..MARGIN + width],
        #[inline(always)]
        |[above, own, below], _| {
            let mut sums = [0; STEP];
            for k in 0..STEP {
                // One's own act once more, beyond all numbers.
                sums[k] = above[k] + below[k] + (own[k] | own[k] << 4);
            }
            sums
        },
    );
    wrap(room, columns);
    let less = u8::from(!with_self);
    from_three::<STEP>(
        beside(room, width),
        &mut out[..width],
        #[inline(always)]
        |[left, sums, right], seen| {
            let mut codes = [0; STEP];
            for k in 0..STEP {
                let own = sums[k] & 16;
                codes[k] = (left[k] + sums[k] + right[k] - less * (own >> 4)) & 15 | own;
            }
            of(&codes, seen)
        },
    );
}

/// The lowest bit of the highest around and at each cell.
#[inline(always)]
fn highest<const STEP: usize>(rows: [&[u8]; 3], columns: usize, room: &mut [u8], out: &mut [u8]) {
    let width = out.len();
    from_three::<STEP>(
        [&rows[0][..width], &rows[1][..width], &rows[2][..width]],
        &mut room[MARGIN..MARGIN + width],
        #[inline(always)]
        |[a, b, c], _| {
            let mut highest = [0; STEP];
            for k in 0..STEP {
                highest[k] = a[k].max(b[k]).max(c[k]);
            }
            highest
        },
    );
    wrap(room, columns);
    from_three::<STEP>(
        beside(room, width),
        out,
        #[inline(always)]
        |[left, mid, right], _| {
            let mut acts = [0; STEP];
            for k in 0..STEP {
                acts[k] = left[k].max(mid[k]).max(right[k]) & 1;
            }
            acts
        },
    );
}

/// The same rows, with 0 behind their ends.
fn longer<'l, const STEP: usize>(rows: [&[u8]; 3], long: &'l mut [[u8; STEP]; 3]) -> [&'l [u8]; 3] {
    long.iter_mut().zip(rows).for_each(|(long, row)| long[..row.len()].copy_from_slice(row));
    long.each_ref().map(|row| &row[..])
}

/// Opposite borders touch.
#[inline(always)]
fn wrap(room: &mut [u8], columns: usize) {
    (room[MARGIN - 1], room[MARGIN + columns]) = (room[MARGIN + columns - 1], room[MARGIN]);
}

/// What stands in a row with margins to the left of its cells, at them and to the right.
#[inline(always)]
fn beside(room: &[u8], width: usize) -> [&[u8]; 3] {
    [&room[MARGIN - 1..][..width], &room[MARGIN..][..width], &room[MARGIN + 1..][..width]]
}

/// Makes a row of three, step by step; they are as long, at least a step. `f` is told how many of its cells are made a second
/// time: the last step ends where the row does.
#[inline(always)]
fn from_three<const STEP: usize>(
    [a, b, c]: [&[u8]; 3],
    out: &mut [u8],
    mut f: impl FnMut([&[u8; STEP]; 3], usize) -> [u8; STEP],
) {
    // Steps of rows, not places in them: nothing is checked in the loop.
    let (steps, rest) = out.as_chunks_mut::<STEP>();
    let (of_a, of_b, of_c) = (a.as_chunks::<STEP>().0, b.as_chunks::<STEP>().0, c.as_chunks::<STEP>().0);
    for (((out, a), b), c) in steps.iter_mut().zip(of_a).zip(of_b).zip(of_c) {
        *out = f([a, b, c], 0);
    }
    let seen = STEP - rest.len();
    if let (true, Some(out), Some(a), Some(b), Some(c)) =
        (seen < STEP, out.last_chunk_mut(), a.last_chunk(), b.last_chunk(), c.last_chunk())
    {
        *out = f([a, b, c], seen);
    }
}
