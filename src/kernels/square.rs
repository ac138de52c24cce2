//! All eight around: a row is made from three rows, then from what stands beside each of its cells.

#[cfg(target_arch = "x86_64")]
use super::lookup::{Permutes, Shuffles3, Shuffles4, Table};
use super::ranks::Linear;
#[cfg(target_arch = "x86_64")]
use super::tally::Products;
use super::tally::{Found, Known, Tally};
use super::torus::{Lines, MARGIN, Payoffs, Piece, Ring, row_from};
use super::watch::{Observed, PART, STEP, Watch};
#[cfg(target_arch = "x86_64")]
use super::watch::{Paid, Ranked, Tallied};
use super::{Width, call_for, count_where, wide};

/// Cells that are worked on together where rows are short.
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
    let at_once = columns >= STEP;
    // Where ranks that are apart are not of the kind by which all is counted, rows are counted one after the other.
    let linear = if at_once && apart && second.is_some() { Linear::of_nine(rank) } else { None };
    let others = |second| match linear {
        Some(_) => met((acts, halo), columns, second),
        // Everybody is met by nine. A part of a torus counts what is met across its borders on the other side.
        None => 9 * second,
    };
    let mut tally = second.map(|second| Tally::new(Known { second, others: others(second) }));
    #[cfg(target_arch = "x86_64")]
    if at_once
        && apart == linear.is_some()
        && let Some(products) = tally.as_mut().and_then(|tally| tally.fused(acts.len(), linear))
    {
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

/// How many that do the second act are met by the cells of these rows; `second` of them do it.
fn met(acts: (&[u8], &[u8]), columns: usize, second: u64) -> u64 {
    let last = (acts.0.len() / columns) as isize - 1;
    let [above, first, last, below] =
        [-1, 0, last, last + 1].map(|row| 3 * wide!(count_where(row_of(acts, columns, row), |act| act)));
    9 * second + above + below - first - last
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

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni")]
fn tally_v4(rows: Rows<STEP>, rank: &[u8; 32], products: &mut Products) -> u64 {
    tally(rows, Shuffles4::new(rank), products)
}

/// Ranks by one instruction, where others need three: what is counted then hides behind what is loaded.
#[cfg(target_arch = "x86_64")]
#[target_feature(
    enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni,avx512vbmi"
)]
fn tally_vbmi(rows: Rows<STEP>, rank: &[u8; 32], products: &mut Products) -> u64 {
    tally(rows, Permutes::new(rank), products)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx512vnni")]
fn tally_paid_v4(
    rows: Rows<STEP>,
    rank: &[u8; 32],
    products: &mut Products,
    paid: (&[f32; 32], &mut Payoffs),
) -> u64 {
    let (columns, ranks) = (rows.columns, Shuffles4::new(rank));
    // Either has its loops for itself, here and below: the compiler finds registers for all that is counted.
    if rows.apart {
        let mut paid = Paid::new(columns, Tallied::<_, true>::new(ranks, products), paid);
        rows.highest(&mut paid);
        paid.watch.leave(products)
    } else {
        let mut paid = Paid::new(columns, Tallied::<_, false>::new(ranks, products), paid);
        rows.best(&mut paid);
        paid.watch.leave(products)
    }
}

/// Makes the new acts; returns how many are the second one. Ranks that are apart are linear.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn tally(rows: Rows<STEP>, ranks: impl Table, products: &mut Products) -> u64 {
    if rows.apart {
        let mut tallied = Tallied::<_, true>::new(ranks, products);
        rows.highest(&mut tallied);
        tallied.leave(products)
    } else {
        let mut tallied = Tallied::<_, false>::new(ranks, products);
        rows.best(&mut tallied);
        tallied.leave(products)
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
        if self.apart {
            self.highest(watch);
        } else {
            self.best(watch);
        }
    }

    /// Makes the new acts from ranks that are apart: of three rows, the highest is found while the last is made.
    #[inline(always)]
    fn highest<W: Watch<STEP>>(self, watch: &mut W) {
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
                let own = (0..len).contains(&row).then_some(row as usize);
                let ([first, second], third) = ranks.three_to(row, columns);
                watch.begin(own);
                let (_, last) = two_from_rows::<5, STEP>(
                    ([left, mid, right, first, second], W::COUNTS),
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
                wrap_by_steps(&mut tops, columns, &last);
                watch.end(own);
            }
            if row <= len {
                let around = rows_around((&*acts, halo), columns, row);
                let out = &mut room[MARGIN..MARGIN + columns];
                let last = sums::<STEP>(around, out);
                wrap_by_steps(&mut room, columns, &last);
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
            let own = (0..len).contains(&row).then_some(row as usize);
            let out = ranks.row_mut(row);
            watch.begin(own);
            count(
                around,
                (&mut room, out),
                #[inline(always)]
                |codes, seen| watch.codes(codes, seen),
            );
            watch.row(own, out);
            watch.end(own);
            if row < 1 {
                if !apart {
                    first_of_row::<STEP>(ranks.with_margins(row), columns, firsts.row_mut(row));
                }
                continue;
            }
            let new = &mut acts[(row - 1) as usize * columns..][..columns];
            let to = if columns < STEP { &mut short[..] } else { &mut *new };
            if apart {
                highest_of_rows(ranks.around(row - 1), columns, &mut room, to, watch);
            } else {
                wrap(ranks.with_margins(row), columns);
                let ranks = [ranks.with_margins_of(row), ranks.row(row - 1)];
                first_of_rows(firsts.three_to(row, to.len()), ranks, to, watch);
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
fn sums<const STEP: usize>(rows: [&[u8]; 3], out: &mut [u8]) -> [u8; STEP] {
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
    )
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
fn highest_beside<const STEP: usize, W: Watch<STEP>>(tops: &[u8], out: &mut [u8], watch: &mut W) {
    if has_parts::<STEP, W>(out.len()) {
        for part in parts::<STEP, W>(out.len()) {
            highest_of_part(&tops[part.start..], &mut out[part], watch);
        }
    } else {
        highest_of_part(tops, out, watch);
    }
}

/// The same of some of a row.
#[inline(always)]
fn highest_of_part<const STEP: usize>(tops: &[u8], out: &mut [u8], watch: &mut impl Watch<STEP>) {
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
    watch.made();
}

/// Whether a row has more than one of its [`parts`]: hardly any has.
#[inline(always)]
fn has_parts<const STEP: usize, W: Watch<STEP>>(width: usize) -> bool {
    W::COUNTS && width >= 2 * PART * STEP
}

/// Parts of a row, each as long as a step at least.
#[inline(always)]
fn parts<const STEP: usize, W: Watch<STEP>>(width: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let to = if has_parts::<STEP, W>(width - from) { from + PART * STEP } else { width };
        let part = from..to;
        from = to;
        (!part.is_empty()).then_some(part)
    })
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
fn first_of_rows<const STEP: usize, W: Watch<STEP>>(
    ([above, mid], below): ([&[u8]; 2], &mut [u8]),
    [ranks, own]: [&[u8]; 2],
    out: &mut [u8],
    watch: &mut W,
) {
    for part in parts::<STEP, W>(out.len()) {
        let [left, here, right] = beside(&ranks[part.start..], part.len());
        let (above, mid, own) = (&above[part.clone()], &mid[part.clone()], &own[part.clone()]);
        two_from_rows::<6, STEP>(
            ([left, here, right, above, mid, own], false),
            [&mut below[part.clone()], &mut out[part]],
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
        watch.made();
    }
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

/// The same for a row of a step at least, whose last step, as it was made, is handed over: a look at the byte alone would wait
/// until what was just written has left the core. A row of few steps would wait for these, too.
#[inline(always)]
fn wrap_by_steps<const STEP: usize>(room: &mut [u8], columns: usize, last: &[u8; STEP]) {
    const { assert!(STEP <= MARGIN) };
    if columns < 2 * STEP {
        return wrap(room, columns);
    }
    let (before, row) = room.split_at_mut(MARGIN);
    *before.last_chunk_mut().expect("a margin") = *last;
    let first: [u8; STEP] = *row.first_chunk().expect("at least a step");
    *row[columns..].first_chunk_mut().expect("a margin") = first;
}

/// What stands in a row with margins to the left of its cells, at them and to the right.
#[inline(always)]
fn beside(room: &[u8], width: usize) -> [&[u8]; 3] {
    [&room[MARGIN - 1..][..width], &room[MARGIN..][..width], &room[MARGIN + 1..][..width]]
}

/// Makes a row of others, step by step; they are as long, at least a step. `f` is told how many of its cells are made a second
/// time: the last step ends where the row does, and is returned.
#[inline(always)]
fn from_rows<const N: usize, const STEP: usize>(
    rows: [&[u8]; N],
    out: &mut [u8],
    mut f: impl FnMut([&[u8; STEP]; N], usize) -> [u8; STEP],
) -> [u8; STEP] {
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
    if seen == STEP {
        return steps[count - 1];
    }
    let last = f(last_of(rows), seen);
    *out.last_chunk_mut().expect("at least a step") = last;
    last
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

/// Places what follows so that the loop that counts, of a hundred bytes, lies on two lines of the cache of instructions: on three,
/// where it may come to lie by chance, it takes a tenth longer.
#[inline(always)]
fn begin_line() {
    // What the compiler prepares in front of the loop fills the second half of a line, or less.
    #[cfg(target_arch = "x86_64")]
    // SAFETY: this tells the assembler to fill up with what does nothing.
    unsafe {
        std::arch::asm!(".p2align 6", ".nops 32", options(nomem, nostack, preserves_flags));
    }
}

/// Makes two rows of others in the same way, in a loop that `counts` or not. Not one function for any number of them: an array of steps may stay in memory.
#[inline(always)]
fn two_from_rows<const N: usize, const STEP: usize>(
    (rows, counts): ([&[u8]; N], bool),
    [first, second]: [&mut [u8]; 2],
    mut f: impl FnMut([&[u8; STEP]; N], usize) -> ([u8; STEP], [u8; STEP]),
) -> ([u8; STEP], [u8; STEP]) {
    let (steps, rest) = first.as_chunks_mut::<STEP>();
    let count = steps.len();
    let of = steps_of(rows, count);
    let seconds = &mut second.as_chunks_mut::<STEP>().0[..count];
    if counts {
        begin_line();
    }
    for nth in 0..count {
        (steps[nth], seconds[nth]) = f(nth_of(&of, nth), 0);
    }
    let seen = STEP - rest.len();
    if seen == STEP {
        return (steps[count - 1], seconds[count - 1]);
    }
    let last = f(last_of(rows), seen);
    *first.last_chunk_mut().expect("at least a step") = last.0;
    *second.last_chunk_mut().expect("at least a step") = last.1;
    last
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
        every_width(true, &LINEAR);
    }

    /// Ranks of every code by which all is counted where the machine has sums of products.
    const LINEAR: [u8; 32] = {
        let mut rank = [0; 32];
        let mut code = 0;
        while code < 32 {
            let met = code as u8 & 15;
            rank[code] = if code < 16 { 64 + 4 * met } else { 15 + 12 * met };
            code += 1;
        }
        rank
    };

    #[test]
    fn rows_of_many_steps_count_everybody() {
        // More steps than a lane of a byte has room for, if all do the second act.
        let columns = 24_500;
        assert!(columns / STEP > 255);
        for (with_self, met) in [(true, 9u64), (false, 8)] {
            for width in Width::all() {
                assert!(width.force());
                let (mut acts, halo) = (vec![1; 3 * columns], vec![1; 4 * columns]);
                let agents = acts.len() as u64;
                let piece =
                    Piece { acts: &mut acts, payoffs: None, halo: &halo, agent: 0, second: Some(agents) };
                let (found, second) = best_of_nine((columns, with_self), (&LINEAR, true, &[0.0; 32]), piece);
                let all = Found { agents, others: met * agents, squares: met * met * agents };
                assert_eq!((found, second), ([Found::default(), all], agents), "{width:?}");
            }
        }
    }

    #[test]
    fn parts_of_a_torus_count_what_all_of_it_does() {
        let (rows, columns) = (12, 130);
        let acts: Vec<u8> =
            (0..(rows * columns) as u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 31) as u8).collect();
        for with_self in [true, false] {
            let (wanted, counted, _) = one_by_one(&acts, [rows, columns], with_self, &LINEAR);
            for width in Width::all() {
                assert!(width.force());
                let mut sums = [Found::default(); 2];
                for part in [0..1, 1..6, 6..12] {
                    let row = |row: usize| &acts[row % rows * columns..][..columns];
                    let around = [part.start + 10, part.start + 11, part.end, part.end + 1];
                    let halo = around.map(row).concat();
                    let cells = part.start * columns..part.end * columns;
                    let mut new = acts[cells.clone()].to_vec();
                    let second = Some(new.iter().map(|&act| u64::from(act)).sum());
                    let piece =
                        Piece { acts: &mut new, payoffs: None, halo: &halo, agent: cells.start, second };
                    let ranks = (&LINEAR, true, &[0.0; 32]);
                    let (found, next) = best_of_nine((columns, with_self), ranks, piece);
                    assert_eq!(new, wanted[cells], "{width:?}");
                    assert_eq!(next, new.iter().map(|&act| u64::from(act)).sum::<u64>());
                    for (sum, found) in sums.iter_mut().zip(found) {
                        sum.agents += found.agents;
                        sum.others = sum.others.wrapping_add(found.others);
                        sum.squares += found.squares;
                    }
                }
                assert_eq!(sums, counted, "{width:?}");
            }
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
            let tied = std::array::from_fn(|code| ((code * 7 % 20) << 3 | code >> 4) as u8);
            let rank = if apart { LINEAR } else { tied };
            let acts: Vec<u8> =
                (0..9 * columns as u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 31) as u8).collect();
            let halo = acts[..4 * columns].to_vec();
            let make = |permutes: bool| {
                let (mut acts, second) = (acts.clone(), acts.iter().map(|&act| u64::from(act)).sum());
                let others = met((&acts, &halo), columns, second);
                let mut tally = Tally::by_products(Known { second, others });
                let linear = if apart { Linear::of_nine(&rank) } else { None };
                let products = tally.fused(acts.len(), linear).expect("the machine makes sums of products");
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
