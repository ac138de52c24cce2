//! All eight around: a row is made from three rows, then from what stands beside each of its cells.

#[cfg(target_arch = "x86_64")]
use super::lookup::{Permutes, Shuffles3, Shuffles4, Table};
use super::tally::{Found, Known, Tally};
#[cfg(target_arch = "x86_64")]
use super::tally::{Ones, Products, Running};
use super::torus::{Lines, MARGIN, Payoffs, Piece, Ring, row_from};
use super::{Width, call_for, lookup, wide};

/// Cells that are worked on together, and as many where rows are short.
const STEP: usize = 64;
const SHORT: usize = 32;

/// Two bits of a rank, between the number that is compared and the act, where ranks of different acts may be as high: of three
/// as high ones, the first has a higher place than the second, and that than the third; one's own has the highest.
const PLACE: u8 = 3 << 1;
const OWN: u8 = 3 << 1;
const FIRST: u8 = 2 << 1;
const SECOND: u8 = 1 << 1;

/// Makes the new acts where each takes that of the first of the highest rank among the eight around, row by row, if that is
/// higher than its own. Returns what was counted of those who did each act before, and how many do the second one next.
/// `pays` are those [`of_nine`].
pub(super) fn best_of_nine(
    (columns, with_self): (usize, bool),
    (rank, apart, pays): (&[u8; 32], bool, &[f32; 32]),
    piece: Piece,
) -> ([Found; 2], u64) {
    // At most twenty codes: no bit is lost.
    let mut rank = of_nine(rank, with_self);
    if !apart {
        rank.iter_mut().for_each(|rank| *rank = *rank >> 1 << 3 | *rank & 1);
    }
    let (mut found, second) = sweep((columns, apart), (&rank, pays), piece);
    if !with_self {
        let Found { agents, others, squares } = &mut found[1];
        (*squares, *others) = (*squares + *agents - 2 * *others, *others - *agents);
    }
    (found, second)
}

/// What belongs to each code that counts nine: who does the second act and does not meet itself has one more than it meets.
pub(super) fn of_nine<T: Copy>(by_code: &[T; 32], with_self: bool) -> [T; 32] {
    let mut of = *by_code;
    if !with_self {
        of[17..].copy_from_slice(&by_code[16..31]);
    }
    of
}

fn sweep(
    (columns, apart): (usize, bool),
    (rank, pays): (&[u8; 32], &[f32; 32]),
    Piece { acts, mut payoffs, halo, second, .. }: Piece,
) -> ([Found; 2], u64) {
    // Everybody is met by nine. A part of a torus counts what is met across its borders on the other side.
    let mut tally = second.map(|second| Tally::new(Known { second, others: 9 * second }));
    let at_once = columns >= STEP;
    #[cfg(target_arch = "x86_64")]
    if at_once && let Some(products) = tally.as_mut().and_then(|tally| tally.fused(acts.len())) {
        let rows = Rows { columns, apart, acts, halo };
        let permutes = is_x86_feature_detected!("avx512vbmi");
        // SAFETY: sums of products are offered where the machine makes them, and has all of AVX-512 that is used.
        let second = unsafe {
            match &mut payoffs {
                Some(payoffs) => tally_paid_v4(rows, rank, products, (pays, payoffs)),
                None if permutes => tally_vbmi(rows, rank, products),
                None => tally_v4(rows, rank, products),
            }
        };
        return (tally.map(Tally::found).unwrap_or_default(), second);
    }
    let counts = tally.is_some();
    let mut observed =
        Observed { rank, pays, columns, tally: tally.as_mut(), payoffs: payoffs.as_mut(), second: 0 };
    match Width::in_use() {
        // SAFETY: a width in use is one that the machine has.
        #[cfg(target_arch = "x86_64")]
        Width::V4 if at_once && !counts => unsafe {
            let rows = Rows { columns, apart, acts, halo };
            match observed.payoffs {
                Some(payoffs) => paid_v4(rows, rank, (pays, payoffs)),
                None => best_v4(rows, rank),
            }
        },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Width::V3 if at_once && !counts && observed.payoffs.is_none() => unsafe {
            best_v3(Rows { columns, apart, acts, halo }, rank)
        },
        _ if columns >= STEP => wide!(Rows::<STEP> { columns, apart, acts, halo }.best(&mut observed)),
        _ => wide!(Rows::<SHORT> { columns, apart, acts, halo }.best(&mut observed)),
    }
    let second = observed.second;
    (tally.map(Tally::found).unwrap_or_default(), second)
}

/// What is made of codes, and seen of acts, on the way. `seen` is how many of a step's cells were handed over before.
trait Watch<const STEP: usize> {
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
}

/// Payoffs and counts, row by row, on any machine.
struct Observed<'a, 'p> {
    rank: &'a [u8; 32],
    pays: &'a [f32; 32],
    columns: usize,
    tally: Option<&'a mut Tally>,
    payoffs: Option<&'a mut Payoffs<'p>>,
    /// how many do the second act next
    second: u64,
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
struct Ranked<R>(R);

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

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt")]
fn best_v3(rows: Rows<STEP>, rank: &[u8; 32]) {
    rows.best_at_once(&mut Ranked(Shuffles3::new(rank)));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]
fn best_v4(rows: Rows<STEP>, rank: &[u8; 32]) {
    rows.best_at_once(&mut Ranked(Shuffles4::new(rank)));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl")]
fn paid_v4(rows: Rows<STEP>, rank: &[u8; 32], paid: (&[f32; 32], &mut Payoffs)) {
    let columns = rows.columns;
    rows.best_at_once(&mut Paid::new(columns, Ranked(Shuffles4::new(rank)), paid));
}

/// Payoffs, a row at a time, of what something else is shown.
#[cfg(target_arch = "x86_64")]
struct Paid<'a, 'p, W> {
    watch: W,
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
    fn new(columns: usize, watch: W, (pays, payoffs): (&'a [f32; 32], &'a mut Payoffs<'p>)) -> Self {
        Paid { watch, pays, payoffs, columns, codes: vec![0; columns.next_multiple_of(STEP)], len: 0 }
    }
}

#[cfg(target_arch = "x86_64")]
impl<W: Watch<STEP>> Watch<STEP> for Paid<'_, '_, W> {
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
}

/// Counts while codes and acts are in registers.
#[cfg(target_arch = "x86_64")]
struct Tallied<T> {
    ranks: T,
    running: Running,
    /// of whole rows that are these and not beside them
    own: Running,
    second: Ones,
}

#[cfg(target_arch = "x86_64")]
impl<T: Table> Watch<STEP> for Tallied<T> {
    #[inline(always)]
    fn codes(&mut self, codes: &[u8; STEP], seen: usize) -> [u8; STEP] {
        // SAFETY: only a machine with sums of products and the table's instructions has made this.
        unsafe {
            // A code of 0 adds nothing.
            self.running.add(&unseen(codes, seen));
            self.ranks.find(codes)
        }
    }

    #[inline(always)]
    fn end(&mut self, row: Option<usize>) {
        // Not asked at every step.
        match row {
            Some(_) => self.own = self.running,
            None => self.running = self.own,
        }
    }

    #[inline(always)]
    fn acts(&mut self, acts: &[u8; STEP], seen: usize) {
        // SAFETY: as above.
        unsafe { self.second.add(&unseen(acts, seen)) };
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn unseen(cells: &[u8; STEP], seen: usize) -> [u8; STEP] {
    let mut unseen = [0; STEP];
    for k in 0..STEP {
        unseen[k] = cells[k] & u8::from(k as u8 >= seen as u8).wrapping_neg();
    }
    unseen
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni")]
fn tally_v4(rows: Rows<STEP>, rank: &[u8; 32], products: &mut Products) -> u64 {
    let tallied = Tallied::new(Shuffles4::new(rank), products);
    tallied.sweep(rows, products)
}

/// Ranks by one instruction, where others need three: what is counted then hides behind what is loaded.
#[cfg(target_arch = "x86_64")]
#[target_feature(
    enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni,avx512vbmi"
)]
fn tally_vbmi(rows: Rows<STEP>, rank: &[u8; 32], products: &mut Products) -> u64 {
    let tallied = Tallied::new(Permutes::new(rank), products);
    tallied.sweep(rows, products)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni")]
fn tally_paid_v4(
    rows: Rows<STEP>,
    rank: &[u8; 32],
    products: &mut Products,
    paid: (&[f32; 32], &mut Payoffs),
) -> u64 {
    let tallied = Tallied::new(Shuffles4::new(rank), products);
    let mut paid = Paid::new(rows.columns, tallied, paid);
    rows.best_at_once(&mut paid);
    paid.watch.leave(products)
}

#[cfg(target_arch = "x86_64")]
impl<T: Table> Tallied<T> {
    #[inline(always)]
    fn new(ranks: T, products: &Products) -> Self {
        let running = Running::from(products);
        Tallied { ranks, running, own: running, second: Ones::none() }
    }

    #[inline(always)]
    fn sweep(mut self, rows: Rows<STEP>, products: &mut Products) -> u64 {
        rows.best_at_once(&mut self);
        self.leave(products)
    }

    /// Leaves the sums, and says how many do the second act next.
    fn leave(self, products: &mut Products) -> u64 {
        self.running.leave(products);
        // SAFETY: only a machine with all that is needed has made this.
        unsafe { self.second.total() }
    }
}

/// Whole rows of one torus, and copies of those around as they were.
struct Rows<'a, const STEP: usize> {
    columns: usize,
    /// whether ranks of different acts are never as high: then it is of no matter who has the highest, and ranks have no room
    /// for a [`PLACE`]
    apart: bool,
    acts: &'a mut [u8],
    halo: &'a [u8],
}

impl<const STEP: usize> Rows<'_, STEP> {
    /// Makes the new acts where codes become ranks step by step, and rows are at least a step.
    #[inline(always)]
    fn best_at_once(self, watch: &mut impl Watch<STEP>) {
        // Either has its loops for itself: the compiler finds registers for all that is counted.
        if self.apart {
            self.highest(watch);
        } else {
            self.best(watch);
        }
    }

    /// Makes the new acts from ranks that are apart: of three rows, the highest is found while the last is made.
    #[inline(always)]
    fn highest(self, watch: &mut impl Watch<STEP>) {
        let Rows { columns, acts, halo, .. } = self;
        let len = (acts.len() / columns) as isize;
        let width = columns.next_multiple_of(STEP);
        let mut ranks = Ring::new(width, 4);
        let (mut room, mut tops) = (Lines::new(width + 2 * MARGIN), Lines::new(width + 2 * MARGIN));
        // The last stage comes first, and each takes up what the one before it left in the last round: rows that were written
        // just now would be waited for where they are read again, from another place on.
        for row in -1..=len + 2 {
            if row >= 3 {
                let new = &mut acts[(row - 3) as usize * columns..][..columns];
                highest_beside(&tops, new, watch);
            }
            if (0..=len + 1).contains(&row) {
                let row = row - 1;
                let [left, mid, right] = beside(&room, columns);
                let ([first, second], third) = ranks.three_to(row, columns);
                two_from_rows::<5, STEP>(
                    [left, mid, right, first, second],
                    [third, &mut tops[MARGIN..MARGIN + columns]],
                    #[inline(always)]
                    |[left, mid, right, first, second], seen| {
                        let third = watch.codes(&nine(left, mid, right), seen);
                        let mut top = [0; STEP];
                        for k in 0..STEP {
                            top[k] = first[k].max(second[k]).max(third[k]);
                        }
                        (third, top)
                    },
                );
                wrap(&mut tops, columns);
                watch.end((0..len).contains(&row).then_some(row as usize));
            }
            if row <= len {
                let around = rows_around((&*acts, halo), columns, row);
                sums::<STEP>(around, &mut room[MARGIN..MARGIN + columns]);
                wrap(&mut room, columns);
            }
        }
    }

    /// Makes the new acts.
    #[inline(always)]
    fn best(self, watch: &mut impl Watch<STEP>) {
        let Rows { columns, apart, acts, halo } = self;
        let len = (acts.len() / columns) as isize;
        let width = columns.next_multiple_of(STEP);
        // Three rows of ranks, and of the first of each three where it matters; a row between two stages.
        let mut ranks = Ring::new(width, 4);
        let mut firsts = Ring::new(if apart { 0 } else { width }, 4);
        let mut room = Lines::new(width + 2 * MARGIN);
        let mut short = [0u8; STEP];
        for row in -1..=len {
            let around = rows_around((&*acts, halo), columns, row);
            let own = (0..len).contains(&row);
            let out = ranks.row_mut(row);
            count(
                around,
                (&mut room, out),
                #[inline(always)]
                |codes, seen| watch.codes(codes, seen),
            );
            watch.row(own.then_some(row as usize), out);
            watch.end(own.then_some(row as usize));
            if row < 1 {
                if !apart {
                    first_of_row::<STEP>(ranks.with_margins(row), columns, firsts.row_mut(row));
                }
                continue;
            }
            let new = &mut acts[(row - 1) as usize * columns..][..columns];
            let to = if columns < STEP { &mut short[..] } else { &mut *new };
            if apart {
                highest_of_rows::<STEP>(ranks.around(row - 1), columns, &mut room, to, watch);
            } else {
                wrap(ranks.with_margins(row), columns);
                let ranks = [ranks.with_margins_of(row), ranks.row(row - 1)];
                first_of_rows::<STEP>(firsts.three_to(row, to.len()), ranks, to, watch);
            }
            if columns < STEP {
                new.copy_from_slice(&short[..columns]);
            }
        }
    }
}

/// The acts of a row, and of those above and below; the next is called for. Those that are looked at have not been written yet.
#[inline(always)]
fn rows_around<'r>(acts: (&'r [u8], &'r [u8]), columns: usize, row: isize) -> [&'r [u8]; 3] {
    let last = (acts.0.len() / columns) as isize + 1;
    call_for(row_of(acts, columns, (row + 2).min(last)));
    [row_of(acts, columns, row - 1), row_of(acts, columns, row), row_of(acts, columns, row + 1)]
}

/// The acts of a row. A function: a closure may stay one of its own, compiled for every machine.
#[inline(always)]
fn row_of<'r>(acts: (&'r [u8], &'r [u8]), columns: usize, row: isize) -> &'r [u8] {
    &row_from(acts, [columns, 1], row)[..columns]
}

/// The codes of a row, of those who meet themselves or do not.
#[inline(always)]
pub(super) fn codes<const STEP: usize>(with_self: bool, rows: [&[u8]; 3], room: &mut [u8], out: &mut [u8]) {
    let less = u8::from(!with_self);
    count::<STEP>(
        rows,
        (room, out),
        #[inline(always)]
        |nine, _| {
            let mut codes = [0; STEP];
            for k in 0..STEP {
                codes[k] = nine[k] - (nine[k] >> 4 & less);
            }
            codes
        },
    );
}

/// What `of` makes of the codes of a row, in which all nine are counted: of a step, and of how many it has made it before.
#[inline(always)]
fn count<const STEP: usize>(
    rows: [&[u8]; 3],
    (room, out): (&mut [u8], &mut [u8]),
    mut of: impl FnMut(&[u8; STEP], usize) -> [u8; STEP],
) {
    let columns = rows[1].len();
    let mut short = [[0; STEP]; 3];
    let rows = if columns < STEP { longer(rows, &mut short) } else { rows };
    let width = rows[1].len();
    sums::<STEP>(rows, &mut room[MARGIN..MARGIN + width]);
    wrap(room, columns);
    from_rows::<3, STEP>(
        beside(room, width),
        &mut out[..width],
        #[inline(always)]
        |[left, mid, right], seen| of(&nine(left, mid, right), seen),
    );
}

/// Of each cell, the one above and the one below, how many do the second act; its own act once more, beyond all numbers.
#[inline(always)]
fn sums<const STEP: usize>(rows: [&[u8]; 3], out: &mut [u8]) {
    from_rows::<3, STEP>(
        rows,
        out,
        #[inline(always)]
        |[above, own, below], _| {
            let mut sums = [0; STEP];
            for k in 0..STEP {
                sums[k] = above[k] + below[k] + (own[k] | own[k] << 4);
            }
            sums
        },
    );
}

/// Codes from the sums to the left of each cell, at it and to the right.
#[inline(always)]
fn nine<const STEP: usize>(left: &[u8; STEP], mid: &[u8; STEP], right: &[u8; STEP]) -> [u8; STEP] {
    let mut codes = [0; STEP];
    for k in 0..STEP {
        // Beyond its lowest four bits, a sum holds the own act alone: bits are chosen from either by one instruction.
        codes[k] = (left[k] + mid[k] + right[k]) & 15 | mid[k] & !15;
    }
    codes
}

/// The lowest bit of the highest around and at each cell.
#[inline(always)]
fn highest_of_rows<const STEP: usize>(
    rows: [&[u8]; 3],
    columns: usize,
    room: &mut [u8],
    out: &mut [u8],
    watch: &mut impl Watch<STEP>,
) {
    let width = out.len();
    from_rows::<3, STEP>(
        [&rows[0][..width], &rows[1][..width], &rows[2][..width]],
        &mut room[MARGIN..MARGIN + width],
        #[inline(always)]
        |[a, b, c], _| {
            let mut tops = [0; STEP];
            for k in 0..STEP {
                tops[k] = a[k].max(b[k]).max(c[k]);
            }
            tops
        },
    );
    wrap(room, columns);
    highest_beside(room, out, watch);
}

/// The same, from the highest of three rows each.
#[inline(always)]
fn highest_beside<const STEP: usize>(tops: &[u8], out: &mut [u8], watch: &mut impl Watch<STEP>) {
    from_rows::<3, STEP>(
        beside(tops, out.len()),
        out,
        #[inline(always)]
        |[left, mid, right], seen| {
            let mut acts = [0; STEP];
            for k in 0..STEP {
                acts[k] = left[k].max(mid[k]).max(right[k]) & 1;
            }
            watch.acts(&acts, seen);
            acts
        },
    );
}

/// The first of the highest ranks to the left of each cell, at it and to the right.
#[inline(always)]
fn first_of_row<const STEP: usize>(ranks: &mut [u8], columns: usize, out: &mut [u8]) {
    let width = columns.max(STEP);
    wrap(ranks, columns);
    from_rows::<3, STEP>(
        beside(ranks, width),
        &mut out[..width],
        #[inline(always)]
        |[left, mid, right], _| {
            let mut first = [0; STEP];
            for k in 0..STEP {
                first[k] = (left[k] | FIRST).max(mid[k] | SECOND).max(right[k]) & !PLACE;
            }
            first
        },
    );
}

/// The act of one's own rank, or of the first of three rows if that is higher; that of the last row is found from its ranks.
#[inline(always)]
fn first_of_rows<const STEP: usize>(
    ([above, mid], below): ([&[u8]; 2], &mut [u8]),
    [ranks, own]: [&[u8]; 2],
    out: &mut [u8],
    watch: &mut impl Watch<STEP>,
) {
    let width = out.len();
    let [left, here, right] = beside(ranks, width);
    two_from_rows::<6, STEP>(
        [left, here, right, above, mid, &own[..width]],
        [below, out],
        #[inline(always)]
        |[left, here, right, above, mid, own], seen| {
            let (mut below, mut acts) = ([0; STEP], [0; STEP]);
            for k in 0..STEP {
                below[k] = (left[k] | FIRST).max(here[k] | SECOND).max(right[k]) & !PLACE;
                let first = (above[k] | FIRST).max(mid[k] | SECOND).max(below[k]);
                acts[k] = first.max(own[k] | OWN) & 1;
            }
            watch.acts(&acts, seen);
            (below, acts)
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

/// Makes a row of others, step by step; they are as long, at least a step. `f` is told how many of its cells are made a second
/// time: the last step ends where the row does.
#[inline(always)]
fn from_rows<const N: usize, const STEP: usize>(
    rows: [&[u8]; N],
    out: &mut [u8],
    mut f: impl FnMut([&[u8; STEP]; N], usize) -> [u8; STEP],
) {
    let (steps, rest) = out.as_chunks_mut::<STEP>();
    let count = steps.len();
    let of = steps_of(rows, count);
    #[expect(
        clippy::needless_range_loop,
        reason = "places below the count are not checked, those of an iterator are"
    )]
    for nth in 0..count {
        steps[nth] = f(nth_of(&of, nth), 0);
    }
    let seen = STEP - rest.len();
    if seen < STEP {
        let out = out.last_chunk_mut().expect("at least a step");
        *out = f(last_of(rows), seen);
    }
}

/// Steps of rows, not places in them: nothing is checked in a loop over so many. Here and below no closure is handed to an array:
/// what does that in the library may stay a function of its own, of which the loop knows nothing.
#[inline(always)]
fn steps_of<'r, const N: usize, const STEP: usize>(
    rows: [&'r [u8]; N],
    count: usize,
) -> [&'r [[u8; STEP]]; N] {
    let mut steps: [&'r [[u8; STEP]]; N] = [&[]; N];
    for k in 0..N {
        steps[k] = &rows[k].as_chunks().0[..count];
    }
    steps
}

/// A step of each row.
#[inline(always)]
fn nth_of<'r, const N: usize, const STEP: usize>(
    of: &[&'r [[u8; STEP]]; N],
    nth: usize,
) -> [&'r [u8; STEP]; N] {
    let mut steps = [const { &[0; STEP] }; N];
    for k in 0..N {
        steps[k] = &of[k][nth];
    }
    steps
}

/// The last step of each row.
#[inline(always)]
fn last_of<const N: usize, const STEP: usize>(rows: [&[u8]; N]) -> [&[u8; STEP]; N] {
    let mut steps = [const { &[0; STEP] }; N];
    for k in 0..N {
        steps[k] = rows[k].last_chunk().expect("at least a step");
    }
    steps
}

/// Makes two rows of others in the same way. Not one function for any number of them: an array of steps may stay in memory.
#[inline(always)]
fn two_from_rows<const N: usize, const STEP: usize>(
    rows: [&[u8]; N],
    [first, second]: [&mut [u8]; 2],
    mut f: impl FnMut([&[u8; STEP]; N], usize) -> ([u8; STEP], [u8; STEP]),
) {
    let (steps, rest) = first.as_chunks_mut::<STEP>();
    let count = steps.len();
    let of = steps_of(rows, count);
    let seconds = &mut second.as_chunks_mut::<STEP>().0[..count];
    for nth in 0..count {
        (steps[nth], seconds[nth]) = f(nth_of(&of, nth), 0);
    }
    let seen = STEP - rest.len();
    if seen < STEP {
        let made = f(last_of(rows), seen);
        *first.last_chunk_mut().expect("at least a step") = made.0;
        *second.last_chunk_mut().expect("at least a step") = made.1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Acts, how many did each act and whom they met, and codes: cell by cell.
    fn one_by_one(
        acts: &[u8],
        [rows, columns]: [usize; 2],
        with_self: bool,
        rank: &[u8; 32],
    ) -> (Vec<u8>, [Found; 2], Vec<u8>) {
        let around = |cell: usize| {
            let (y, x) = (cell / columns, cell % columns);
            (0..9)
                .map(move |k| ((y + rows + k / 3 - 1) % rows) * columns + (x + columns + k % 3 - 1) % columns)
        };
        let mut found = [Found::default(); 2];
        let codes: Vec<u8> = (0..acts.len())
            .map(|cell| {
                let others = around(cell).map(|of| acts[of]).sum::<u8>() - acts[cell] * u8::from(!with_self);
                let found = &mut found[usize::from(acts[cell])];
                (found.agents, found.others) = (found.agents + 1, found.others + u64::from(others));
                found.squares += u64::from(others).pow(2);
                others | acts[cell] << 4
            })
            .collect();
        let rank = |cell: usize| rank[usize::from(codes[cell])];
        let best = |cell: usize| {
            around(cell).fold(rank(cell), |best, of| if rank(of) >> 1 > best >> 1 { rank(of) } else { best })
        };
        ((0..acts.len()).map(|cell| best(cell) & 1).collect(), found, codes)
    }

    #[test]
    fn every_width_makes_the_acts_and_counts_of_one_by_one() {
        // Ranks of different codes differ; or a few are left, and acts often have the same.
        for (apart, ranks) in [(true, 32), (false, 5)] {
            let rank = |code: u8| (code.wrapping_mul(7) % ranks + 1) << 1 | code >> 4;
            every_width(apart, &std::array::from_fn(|code| rank(code as u8)));
        }
    }

    /// Machines that permute bytes have another way, which the widths take where there is one.
    #[cfg(target_arch = "x86_64")]
    #[test]
    #[expect(clippy::print_stdout, reason = "a test that does not run must say so")]
    fn both_tables_of_ranks_make_and_count_the_same() {
        if !(Width::all().any(|width| width == Width::V4) && is_x86_feature_detected!("avx512vnni")) {
            println!("skipped: this machine makes no sums of products of bytes");
            return;
        }
        let permutes = is_x86_feature_detected!("avx512vbmi");
        for (apart, columns) in
            [true, false].into_iter().flat_map(|apart| [64, 100, 200].map(|of| (apart, of)))
        {
            let rank = std::array::from_fn(|code| ((code * 7 % 20) << 3 | code >> 4) as u8);
            let acts: Vec<u8> =
                (0..9 * columns as u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 31) as u8).collect();
            let halo = acts[..4 * columns].to_vec();
            let make = |permutes: bool| {
                let (mut acts, second) = (acts.clone(), acts.iter().map(|&act| u64::from(act)).sum());
                let mut tally = Tally::by_products(Known { second, others: 9 * second });
                let products = tally.fused(acts.len()).expect("the machine makes sums of products");
                let rows = Rows { columns, apart, acts: &mut acts, halo: &halo };
                // SAFETY: the machine has been asked.
                let second = unsafe {
                    if permutes { tally_vbmi(rows, &rank, products) } else { tally_v4(rows, &rank, products) }
                };
                (acts, tally.found(), second)
            };
            assert_eq!(make(permutes), make(false), "{columns} columns");
        }
    }

    fn every_width(apart: bool, rank: &[u8; 32]) {
        let pays: [f32; 32] = std::array::from_fn(|code| code as f32 * 0.3);
        for (nth, columns) in [3, 20, 32, 33, 63, 64, 65, 100, 128, 129, 200].into_iter().enumerate() {
            let (rows, with_self) = (3 + nth % 3, nth % 2 == 0);
            let acts: Vec<u8> =
                (0..(rows * columns) as u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 31) as u8).collect();
            let (wanted, counted, codes) = one_by_one(&acts, [rows, columns], with_self, rank);
            let earned: Vec<f32> = codes.iter().map(|&code| pays[usize::from(code)]).collect();
            let row = |row: usize| &acts[row % rows * columns..][..columns];
            let halo = [row(rows - 2), row(rows - 1), row(0), row(1)].concat();
            for width in Width::all() {
                assert!(width.force());
                let second = acts.iter().map(|&act| u64::from(act)).sum();
                for (counts, pay) in [(false, false), (true, false), (false, true), (true, true)] {
                    let (mut acts, mut payoffs) = (acts.clone(), vec![0.0; rows * columns]);
                    let mut kept = vec![0; rows * columns];
                    let keeps = (nth % 3 == 0).then_some(&mut kept[..]);
                    let paid =
                        pay.then_some(Payoffs { of: Some(&mut payoffs), many: nth % 2 == 1, codes: keeps });
                    let piece = Piece {
                        acts: &mut acts,
                        payoffs: paid,
                        halo: &halo,
                        agent: 0,
                        second: counts.then_some(second),
                    };
                    let told = of_nine(&pays, with_self);
                    let (found, second) = best_of_nine((columns, with_self), (rank, apart, &told), piece);
                    assert_eq!(acts, wanted, "{columns} columns, {width:?}");
                    if pay {
                        assert_eq!(payoffs, earned, "{columns} columns, {width:?}");
                        if nth % 3 == 0 {
                            let of_codes: Vec<f32> =
                                kept.iter().map(|&code| told[usize::from(code)]).collect();
                            assert_eq!(of_codes, earned, "{columns} columns, {width:?}");
                        }
                    }
                    if counts {
                        assert_eq!(found, counted, "{columns} columns, {width:?}");
                        assert_eq!(second, wanted.iter().map(|&act| u64::from(act)).sum::<u64>());
                    }
                }
            }
        }
    }
}
