//! Agents of one act or the other on tori: how many around each do the second act, and what each does next.
//!
//! A torus is swept row by row in place. A few rows are held in rings, copied with margins as wide as the neighbourhood, so
//! that no cell needs to know about borders: rows of acts, from which rows of codes are made, from which the new acts are
//! made. A code is what decides about an agent: its act, and how many of those it meets do the second one.

use super::tally::{Found, tally};
use super::{lookup, wide};

/// Most that an agent may meet: a code has four bits for their number.
pub(super) const MOST: usize = 15;

/// A neighbourhood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Around {
    /// columns and rows of a torus
    pub columns: usize,
    /// rows
    pub rows: usize,
    /// steps to the neighbours: right, down
    pub steps: Vec<(isize, isize)>,
    /// whether everybody also meets itself
    pub with_self: bool,
}

impl Around {
    /// How far neighbours reach: columns, rows.
    pub(super) fn reach(&self) -> [usize; 2] {
        let furthest = |of: fn(&(isize, isize)) -> isize| {
            self.steps.iter().map(|step| of(step).unsigned_abs()).max().unwrap_or(0)
        };
        [furthest(|step| step.0), furthest(|step| step.1)]
    }

    /// Whether a row is long enough for its margins, and the margins for the neighbourhood.
    pub(super) fn fits(&self) -> bool {
        let [right, _] = self.reach();
        right <= MARGIN.min(self.columns)
    }

    /// All eight around.
    fn is_square(&self) -> bool {
        self.reach() == [1, 1] && self.steps.len() == 8
    }
}

/// Draws for agents from a first one on: which neighbour each looks at, and 24 bits of chance.
pub(super) type Draw<'a> = dyn Fn(usize, &mut [u8], &mut [u32]) + Sync + 'a;

/// What agents do next, from the codes.
pub(super) enum Choice<'a> {
    /// the act of the first neighbour of the highest rank, if that is higher than one's own; of the last one, if that is
    /// as high, where `equal`. The lowest bit of a rank is the act, the others are compared
    Best { rank: &'a [u8; 32], equal: bool },
    /// that of one neighbour, drawn at random, where a draw is below the threshold of the two codes
    One { thresholds: &'a [[u32; 32]; 32], draw: &'a Draw<'a> },
}

/// Some rows of one torus, and copies of those above and below as they were.
pub(super) struct Piece<'a> {
    /// acts, 0 or 1, of whole rows
    pub acts: &'a mut [u8],
    /// payoffs of the same agents, where they are kept
    pub payoffs: Option<&'a mut [f32]>,
    /// twice as many rows above as neighbours reach, then as many below
    pub halo: &'a [u8],
    /// index of its first agent
    pub agent: usize,
}

const MARGIN: usize = 32;

/// Cells that are worked on together, and as many where rows are short. Rows are held with room for whole steps, so that no
/// loop has a rest that is walked cell by cell; what is made of cells beyond the row is overwritten by its margin or left
/// where nobody looks.
const STEPS: [usize; 2] = [128, 32];

/// A few rows with margins, held in whole steps.
struct Ring<const STEP: usize> {
    rows: Vec<u8>,
    stride: usize,
    /// a power of two: nothing is divided
    held: usize,
}

impl<const STEP: usize> Ring<STEP> {
    fn new(columns: usize, held: usize) -> Self {
        let (held, stride) = (held.next_power_of_two(), columns.next_multiple_of(STEP) + STEP + 2 * MARGIN);
        Ring { rows: vec![0; stride * held], stride, held }
    }

    /// Where the row stands; rows may be negative.
    #[inline(always)]
    fn at(&self, row: isize) -> usize {
        (row as usize & (self.held - 1)) * self.stride + MARGIN
    }
    #[inline(always)]
    fn row_mut(&mut self, row: isize, columns: usize) -> &mut [u8] {
        let at = self.at(row);
        &mut self.rows[at..at + columns]
    }
    /// A step of a row.
    #[inline(always)]
    fn step(&self, row: isize, cell: isize) -> &[u8; STEP] {
        step(&self.rows, (self.at(row) as isize + cell) as usize)
    }

    /// Opposite borders touch.
    fn wrap(&mut self, row: isize, columns: usize, radius: usize) {
        let at = self.at(row);
        self.rows.copy_within(at + columns - radius..at + columns, at - radius);
        self.rows.copy_within(at..at + radius, at + columns);
    }
}

/// Makes the new acts; returns what was counted of those who did each act before.
pub(super) fn sweep(around: &Around, choice: &Choice, pays: &[f32; 32], piece: Piece) -> [Found; 2] {
    const { assert!(STEPS[1] < STEPS[0]) };
    if around.columns > STEPS[1] {
        sweep_by::<{ STEPS[0] }>(around, choice, pays, piece)
    } else {
        sweep_by::<{ STEPS[1] }>(around, choice, pays, piece)
    }
}

fn sweep_by<const STEP: usize>(
    around: &Around,
    choice: &Choice,
    pays: &[f32; 32],
    piece: Piece,
) -> [Found; 2] {
    let (columns, [margin, reach], square) = (around.columns, around.reach(), around.is_square());
    let (r, len) = (reach as isize, (piece.acts.len() / columns) as isize);
    let mut acts = Ring::<STEP>::new(columns, 2 * reach + 1);
    let mut codes = Ring::<STEP>::new(columns, 2 * reach + 1);
    let width = columns.next_multiple_of(STEP);
    let mut room = vec![0u8; width + 2 * STEP];
    let Piece { acts: own, mut payoffs, halo, agent } = piece;
    let mut found = [Found::default(); 2];
    let load = |acts: &mut Ring<STEP>, own: &[u8], row: isize| {
        let from = if row < 0 {
            &halo[(row + 2 * r) as usize * columns..]
        } else if row >= len {
            &halo[(row - len + 2 * r) as usize * columns..]
        } else {
            &own[row as usize * columns..]
        };
        acts.row_mut(row, columns).copy_from_slice(&from[..columns]);
        acts.wrap(row, columns, margin);
    };
    for row in -2 * r..0 {
        load(&mut acts, own, row);
    }
    for row in -r..len + r {
        load(&mut acts, own, row + r);
        let out = codes.at(row);
        let out = &mut codes.rows[out..out + width];
        if square {
            wide!(count_square(around.with_self, &acts, row, &mut room, out));
        } else {
            wide!(count(around, &acts, row, out));
        }
        if (0..len).contains(&row) {
            tally(&out[..columns], &mut found);
            if let Some(payoffs) = &mut payoffs {
                let payoffs = &mut payoffs[row as usize * columns..][..columns];
                wide!({
                    payoffs.iter_mut().zip(&*out).for_each(|(pay, &code)| *pay = pays[usize::from(code & 31)])
                });
            }
        }
        if let Choice::Best { rank, .. } = choice {
            lookup(rank, out);
        }
        codes.wrap(row, columns, margin);
        if row < r {
            continue;
        }
        let row = row - r;
        let new = &mut own[row as usize * columns..][..columns];
        match choice {
            Choice::Best { equal, .. } => wide!(best(around, &codes, row, *equal, new)),
            Choice::One { thresholds, draw } => {
                let first = agent + row as usize * columns;
                one(around, &codes, row, (first, draw, thresholds), new);
            }
        }
    }
    found
}

/// A step of cells from one on.
#[inline(always)]
fn step<const STEP: usize>(cells: &[u8], at: usize) -> &[u8; STEP] {
    cells[at..at + STEP].try_into().expect("as many as a step has")
}

/// The codes of a row, and of what lies beyond it up to a whole step.
#[inline(always)]
fn count<const STEP: usize>(around: &Around, acts: &Ring<STEP>, row: isize, out: &mut [u8]) {
    let more = u8::from(around.with_self);
    for x in (0..out.len()).step_by(STEP) {
        let own = acts.step(row, x as isize);
        let out = &mut out[x..x + STEP];
        for (out, &act) in out.iter_mut().zip(own) {
            *out = (act << 4) | (act * more);
        }
        for &(dx, dy) in &around.steps {
            for (out, &act) in out.iter_mut().zip(acts.step(row + dy, x as isize + dx)) {
                *out += act;
            }
        }
    }
}

/// The same where all eight around are met: three sums of three. `room` is for the first of them.
#[inline(always)]
fn count_square<const STEP: usize>(
    with_self: bool,
    acts: &Ring<STEP>,
    row: isize,
    room: &mut [u8],
    out: &mut [u8],
) {
    for x in (0..out.len() + STEP).step_by(STEP) {
        // Written out: a closure in a loop over an array may stay a function of its own, compiled for every machine.
        let x1 = x as isize - 1;
        let (a, b, c) = (acts.step(row - 1, x1), acts.step(row, x1), acts.step(row + 1, x1));
        let mut sums = [0; STEP];
        for (k, sum) in sums.iter_mut().enumerate() {
            *sum = a[k] + b[k] + c[k];
        }
        room[x..x + STEP].copy_from_slice(&sums);
    }
    let less = u8::from(!with_self);
    for x in (0..out.len()).step_by(STEP) {
        let own = acts.step(row, x as isize);
        let (left, mid) = (step::<STEP>(room, x), step::<STEP>(room, x + 1));
        let right = step::<STEP>(room, x + 2);
        let mut codes = [0; STEP];
        for (k, code) in codes.iter_mut().enumerate() {
            *code = (left[k] + mid[k] + right[k] - less * own[k]) | own[k] << 4;
        }
        out[x..x + STEP].copy_from_slice(&codes);
    }
}

#[inline(always)]
fn best<const STEP: usize>(around: &Around, ranks: &Ring<STEP>, row: isize, equal: bool, new: &mut [u8]) {
    for (x, new) in (0..).step_by(STEP).zip(new.chunks_mut(STEP)) {
        let mut best = *ranks.step(row, x as isize);
        let mut choice = best;
        best.iter_mut().for_each(|best| *best >>= 1);
        for &(dx, dy) in &around.steps {
            let models = ranks.step(row + dy, x as isize + dx);
            for ((choice, best), &rank) in choice.iter_mut().zip(&mut best).zip(models) {
                // Ranks begin at 1.
                let better = u8::from(rank >> 1 > best.wrapping_sub(u8::from(equal))).wrapping_neg();
                *best = (*best).max(rank >> 1);
                *choice ^= (*choice ^ rank) & better;
            }
        }
        choice.iter_mut().for_each(|choice| *choice &= 1);
        new.copy_from_slice(&choice[..new.len()]);
    }
}

fn one<const STEP: usize>(
    around: &Around,
    codes: &Ring<STEP>,
    row: isize,
    (first, draw, thresholds): (usize, &Draw, &[[u32; 32]; 32]),
    new: &mut [u8],
) {
    let flat: &[u32; 1024] = thresholds.as_flattened().try_into().expect("32 by 32");
    let (mut which, mut chance) = ([0u8; STEP], [0u32; STEP]);
    let (mut model, mut pair, mut takes) = ([0u8; STEP], [0u16; STEP], [0u8; STEP]);
    for (x, new) in (0..).step_by(STEP).zip(new.chunks_mut(STEP)) {
        draw(first + x, &mut which, &mut chance);
        let mine = codes.step(row, x as isize);
        wide!({
            model = [0; STEP];
            for (nth, &(dx, dy)) in around.steps.iter().enumerate() {
                let there = codes.step(row + dy, x as isize + dx);
                for ((model, &there), &which) in model.iter_mut().zip(there).zip(&which) {
                    *model |= there & u8::from(which == nth as u8).wrapping_neg();
                }
            }
            for ((pair, &mine), &model) in pair.iter_mut().zip(mine).zip(&model) {
                *pair = u16::from(mine) << 5 | u16::from(model);
            }
            for ((takes, &pair), &chance) in takes.iter_mut().zip(&pair).zip(&chance) {
                *takes = u8::from(chance < flat[usize::from(pair & 1023)]).wrapping_neg();
            }
            for ((takes, &mine), &model) in takes.iter_mut().zip(mine).zip(&model) {
                *takes = (mine ^ ((mine ^ model) & *takes)) >> 4 & 1;
            }
        });
        new.copy_from_slice(&takes[..new.len()]);
    }
}
