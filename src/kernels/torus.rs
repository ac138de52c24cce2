//! Agents of one act or the other on tori: how many around each do the second act, and what each does next.
//!
//! A torus is swept row by row in place. A few rows are held in rings, copied with margins as wide as the neighbourhood, so
//! that no cell needs to know about borders: rows of acts, from which rows of codes are made, from which the new acts are
//! made. A code is what decides about an agent: its act, and how many of those it meets do the second one.

use super::lookup::{fence, for_each_set, lookup_numbers, lookup_numbers_past, lookup_pairs};
use super::square;
use super::tally::{Found, Known, Tally};
use super::{call_for, count_where, lookup, wide};

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

    /// All eight around, row by row.
    pub(super) fn is_square(&self) -> bool {
        let all = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
        self.steps.iter().copied().eq(all.filter(|&step| step != (0, 0)))
    }
}

/// What agents draw.
pub(super) trait Draw: Sync {
    /// For agents from a first one on: which neighbour each looks at, and the first 8 bits of the chance of its decision.
    fn draw(&self, first: usize, which: &mut [u8], chance: &mut [u8]);

    /// All 24 bits of the chance of an agent's decision.
    fn exact(&self, agent: usize) -> u32;
}

/// By two codes, how many of the 2^24 values of a chance let who has the first take over the act of who has the second.
pub(super) struct Chances {
    all: [[u32; 32]; 32],
    /// by the first code and by how many the second one meets, if their acts differ, the first 8 bits: smaller ones are
    /// below the number, greater ones are not, and where they are the same all 24 decide
    first: Vec<(u8, [u8; 16])>,
}

impl Chances {
    /// Of these numbers, at most 2^24, for these codes.
    pub(super) fn new(all: [[u32; 32]; 32], codes: &[usize]) -> Chances {
        let first = |own: usize| {
            let other = 16 * (1 - own / 16);
            let first = |met: usize| (all[own][other + met] >> 16).min(255) as u8;
            (own as u8, std::array::from_fn(first))
        };
        Chances { first: codes.iter().map(|&own| first(own)).collect(), all }
    }
}

/// What agents do next, from the codes.
pub(super) enum Choice<'a, D> {
    /// the act of the first neighbour of the highest rank, if that is higher than one's own; of the last one, if that is
    /// as high, where `equal`. The lowest bit of a rank is the act, the others are compared; `apart` if ranks of
    /// different acts are never as high
    Best { rank: &'a [u8; 32], equal: bool, apart: bool },
    /// that of one neighbour, drawn at random, where a draw is below the number of the two codes
    One { chances: &'a Chances, draw: &'a D },
}

/// Payoffs that are written.
pub(super) struct Payoffs<'a> {
    /// one of each agent, where somebody looks at them
    pub of: Option<&'a mut [f32]>,
    /// whether there are more, of all agents, than the caches hold
    pub many: bool,
    /// the codes that they are made of, where these are kept too
    pub codes: Option<&'a mut [u8]>,
}

impl Payoffs<'_> {
    /// Those of a row, from its codes.
    #[inline(always)]
    pub(super) fn pay(&mut self, pays: &[f32; 32], row: usize, codes: &[u8]) {
        let here = row * codes.len()..(row + 1) * codes.len();
        if let Some(kept) = &mut self.codes {
            kept[here.clone()].copy_from_slice(codes);
        }
        let Some(of) = &mut self.of else { return };
        let of = &mut of[here];
        if self.many {
            // SAFETY: they are borrowed until this is dropped, on the thread that writes them, where there is a fence.
            unsafe { lookup_numbers_past(pays, codes, of) };
        } else {
            lookup_numbers(pays, codes, of);
        }
    }
}

impl Drop for Payoffs<'_> {
    fn drop(&mut self) {
        if self.many {
            fence();
        }
    }
}

/// Some rows of one torus, and copies of those above and below as they were.
pub(super) struct Piece<'a> {
    /// acts, 0 or 1, of whole rows
    pub acts: &'a mut [u8],
    /// payoffs of the same agents, where they are kept
    pub payoffs: Option<Payoffs<'a>>,
    /// twice as many rows above as neighbours reach, then as many below
    pub halo: &'a [u8],
    /// index of its first agent
    pub agent: usize,
    /// where acts are counted: how many of them are the second one
    pub second: Option<u64>,
}

/// Cells on either side of a row in a ring; rows begin where lines of the cache do.
pub(super) const MARGIN: usize = 64;

/// Cells that are worked on together, and as many where rows are short. Short rows are held with room for a whole step, so
/// that no loop has a rest that is walked cell by cell; what is made of cells beyond the row is overwritten by its margin or
/// left where nobody looks.
const STEPS: [usize; 2] = [128, 32];

/// New acts that are counted together, where rows are shorter: to begin and to end takes as long as a thousand cells.
const COUNTED: usize = 1 << 13;

/// Bytes, at first 0, that begin where a line of the cache does.
pub(super) struct Lines {
    bytes: Vec<u8>,
    first: usize,
}

impl Lines {
    pub(super) fn new(len: usize) -> Lines {
        const LINE: usize = 64;
        let bytes = vec![0; len + LINE - 1];
        Lines { first: bytes.as_ptr().align_offset(LINE).min(LINE - 1), bytes }
    }
}

impl std::ops::Deref for Lines {
    type Target = [u8];

    #[inline(always)]
    fn deref(&self) -> &[u8] {
        &self.bytes[self.first..]
    }
}

impl std::ops::DerefMut for Lines {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.first..]
    }
}

/// The last few rows of something, with margins.
pub(super) struct Ring {
    rows: Lines,
    /// of a row without its margins
    width: usize,
    /// a power of two: nothing is divided
    held: usize,
}

impl Ring {
    pub(super) fn new(width: usize, held: usize) -> Ring {
        let held = held.next_power_of_two();
        Ring { rows: Lines::new((width + 2 * MARGIN) * held), width, held }
    }

    /// Where the row stands, behind its margin; rows may be negative.
    #[inline(always)]
    fn at(&self, row: isize) -> usize {
        (row as usize & (self.held - 1)) * (self.width + 2 * MARGIN) + MARGIN
    }

    #[inline(always)]
    pub(super) fn row(&self, row: isize) -> &[u8] {
        &self.rows[self.at(row)..][..self.width]
    }

    #[inline(always)]
    pub(super) fn row_mut(&mut self, row: isize) -> &mut [u8] {
        let (at, width) = (self.at(row), self.width);
        &mut self.rows[at..][..width]
    }

    #[inline(always)]
    pub(super) fn with_margins(&mut self, row: isize) -> &mut [u8] {
        let (at, width) = (self.at(row), self.width);
        &mut self.rows[at - MARGIN..][..width + 2 * MARGIN]
    }

    #[inline(always)]
    pub(super) fn with_margins_of(&self, row: isize) -> &[u8] {
        let (at, width) = (self.at(row), self.width);
        &self.rows[at - MARGIN..][..width + 2 * MARGIN]
    }

    /// The row above, this one and the one below.
    #[inline(always)]
    pub(super) fn around(&self, row: isize) -> [&[u8]; 3] {
        [self.row(row - 1), self.row(row), self.row(row + 1)]
    }

    /// So many cells of the two rows before this one, and of this one.
    #[inline(always)]
    pub(super) fn three_to(&mut self, row: isize, cells: usize) -> ([&[u8]; 2], &mut [u8]) {
        let [first, second, third] = [self.at(row - 2), self.at(row - 1), self.at(row)];
        let of = [first..first + cells, second..second + cells, third..third + cells];
        let [first, second, third] = self.rows.get_disjoint_mut(of).expect("three of at least four rows");
        ([first, second], third)
    }

    /// A step of a row.
    #[inline(always)]
    fn step<const STEP: usize>(&self, row: isize, cell: isize) -> &[u8; STEP] {
        step(&self.rows, (self.at(row) as isize + cell) as usize)
    }

    /// Opposite borders touch.
    fn wrap(&mut self, row: isize, columns: usize, radius: usize) {
        // Margins are a cell or two: a call that copies would take longer.
        let (at, end) = (self.at(row), self.at(row) + columns);
        for k in 0..radius {
            self.rows[at - radius + k] = self.rows[end - radius + k];
            self.rows[end + k] = self.rows[at + k];
        }
    }
}

impl<D> Choice<'_, D> {
    /// Whether a sweep makes codes of all nine around.
    fn is_of_nine(&self, around: &Around) -> bool {
        matches!(self, Choice::Best { equal, apart, .. } if *apart || !equal) && around.is_square()
    }

    /// What belongs to each code that a sweep comes upon.
    pub(super) fn by_code<T: Copy>(&self, around: &Around, by_code: &[T; 32]) -> [T; 32] {
        if self.is_of_nine(around) { square::of_nine(by_code, around.with_self) } else { *by_code }
    }
}

/// Makes the new acts; returns what was counted of those who did each act before, and how many do the second one next.
/// `pays` are those [`Choice::by_code`].
pub(super) fn sweep<D: Draw>(
    around: &Around,
    choice: &Choice<D>,
    pays: &[f32; 32],
    piece: Piece,
) -> ([Found; 2], u64) {
    const { assert!(STEPS[1] < STEPS[0]) };
    if let &Choice::Best { rank, apart, .. } = choice
        && choice.is_of_nine(around)
    {
        return square::best_of_nine((around.columns, around.with_self), (rank, apart, pays), piece);
    }
    if around.columns > STEPS[1] {
        sweep_by::<{ STEPS[0] }, D>(around, choice, pays, piece)
    } else {
        sweep_by::<{ STEPS[1] }, D>(around, choice, pays, piece)
    }
}

fn sweep_by<const STEP: usize, D: Draw>(
    around: &Around,
    choice: &Choice<D>,
    pays: &[f32; 32],
    piece: Piece,
) -> ([Found; 2], u64) {
    let (columns, [margin, reach], square) = (around.columns, around.reach(), around.is_square());
    let (r, len) = (reach as isize, (piece.acts.len() / columns) as isize);
    // Rows are held in whole steps.
    let width = columns.next_multiple_of(STEP);
    let [mut acts, mut codes] = [(); 2].map(|()| Ring::new(width + STEP, 2 * reach + 1));
    let mut room = Lines::new(width + 2 * MARGIN);
    let mut short = [0u8; STEP];
    let Piece { acts: own, mut payoffs, halo, agent, second } = piece;
    // Everybody is met as often as it meets others. A part of a torus counts what is met across its borders on the other side.
    let met = (around.steps.len() + usize::from(around.with_self)) as u64;
    let mut tally = second.map(|second| Tally::new(Known { second, others: met * second }));
    let (mut second, mut counted) = (0, 0);
    let load = |acts: &mut Ring, own: &[u8], row: isize| {
        let from = row_from((own, halo), [columns, reach], row);
        acts.row_mut(row)[..columns].copy_from_slice(&from[..columns]);
        acts.wrap(row, columns, margin);
        call_for(&from[columns..from.len().min(2 * columns)]);
    };
    for row in -2 * r..if square { -2 * r } else { 0 } {
        load(&mut acts, own, row);
    }
    for row in -r..len + r {
        let out = &mut codes.row_mut(row)[..width];
        if square {
            // Those that are looked at have not been written yet.
            let rows =
                [row - 1, row, row + 1].map(|row| &row_from((own, halo), [columns, reach], row)[..columns]);
            call_for(&row_from((own, halo), [columns, reach], (row + 2).min(len + r))[..columns]);
            wide!(square::codes::<STEP>(around.with_self, rows, &mut room, out));
        } else {
            load(&mut acts, own, row + r);
            wide!(count::<STEP>(around, &acts, row, out));
        }
        if (0..len).contains(&row) {
            if let Some(tally) = &mut tally {
                tally.add(&out[..columns]);
            }
            if let Some(payoffs) = &mut payoffs {
                payoffs.pay(pays, row as usize, &out[..columns]);
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
        let here = row as usize * columns..(row as usize + 1) * columns;
        // Acts are written by whole steps.
        let new = if columns < STEP { &mut short[..] } else { &mut own[here.clone()] };
        match choice {
            Choice::Best { apart: true, .. } => wide!(highest::<STEP>(around, &codes, row, new)),
            Choice::Best { equal, .. } => wide!(best::<STEP>(around, &codes, row, *equal, new)),
            Choice::One { chances, draw } => {
                let first = agent + row as usize * columns;
                wide!(one::<STEP>(around, &codes, row, (first, *draw, chances), new));
            }
        }
        if columns < STEP {
            own[here.clone()].copy_from_slice(&short[..columns]);
        }
        if tally.is_some() && (here.end - counted >= COUNTED || here.end == own.len()) {
            second += wide!(count_where(&own[counted..here.end], |act| act));
            counted = here.end;
        }
    }
    (tally.map(Tally::found).unwrap_or_default(), second)
}

/// The acts of a row and of what follows it: of those that have a piece, or around it.
#[inline(always)]
pub(super) fn row_from<'r>(
    (own, halo): (&'r [u8], &'r [u8]),
    [columns, reach]: [usize; 2],
    row: isize,
) -> &'r [u8] {
    let (rows, around) = ((own.len() / columns) as isize, 2 * reach as isize);
    match row {
        above if above < 0 => &halo[(above + around) as usize * columns..],
        below if below >= rows => &halo[(below - rows + around) as usize * columns..],
        here => &own[here as usize * columns..],
    }
}

/// Where the steps of a row begin. The last one ends where the row does, and makes some cells a second time; only a row that
/// is shorter than a step ends inside it.
#[inline(always)]
fn steps<const STEP: usize>(columns: usize) -> impl Iterator<Item = usize> {
    let last = columns.saturating_sub(STEP);
    (0..columns).step_by(STEP).map(move |x| x.min(last))
}

/// A step of cells from one on.
#[inline(always)]
fn step<const STEP: usize>(cells: &[u8], at: usize) -> &[u8; STEP] {
    cells[at..at + STEP].try_into().expect("as many as a step has")
}

/// The codes of a row, and of what lies beyond it up to a whole step.
#[inline(always)]
fn count<const STEP: usize>(around: &Around, acts: &Ring, row: isize, out: &mut [u8]) {
    let more = u8::from(around.with_self);
    for x in steps::<STEP>(around.columns) {
        let mut codes = *acts.step::<STEP>(row, x as isize);
        codes.iter_mut().for_each(|act| *act = (*act << 4) | (*act * more));
        for &(dx, dy) in &around.steps {
            for (code, &act) in codes.iter_mut().zip(acts.step::<STEP>(row + dy, x as isize + dx)) {
                *code += act;
            }
        }
        out[x..x + STEP].copy_from_slice(&codes);
    }
}

#[inline(always)]
fn best<const STEP: usize>(around: &Around, ranks: &Ring, row: isize, equal: bool, new: &mut [u8]) {
    for x in steps::<STEP>(new.len()) {
        let mut best = *ranks.step::<STEP>(row, x as isize);
        let mut choice = best;
        best.iter_mut().for_each(|best| *best >>= 1);
        for &(dx, dy) in &around.steps {
            let models = ranks.step::<STEP>(row + dy, x as isize + dx);
            for ((choice, best), &rank) in choice.iter_mut().zip(&mut best).zip(models) {
                // Ranks begin at 1.
                let better = u8::from(rank >> 1 > best.wrapping_sub(u8::from(equal))).wrapping_neg();
                *best = (*best).max(rank >> 1);
                *choice ^= (*choice ^ rank) & better;
            }
        }
        choice.iter_mut().for_each(|choice| *choice &= 1);
        put(&choice, new, x);
    }
}

/// The act of the highest rank, where no other act has one as high: who has it is of no matter.
#[inline(always)]
fn highest<const STEP: usize>(around: &Around, ranks: &Ring, row: isize, new: &mut [u8]) {
    for x in steps::<STEP>(new.len()) {
        let mut highest = *ranks.step::<STEP>(row, x as isize);
        for &(dx, dy) in &around.steps {
            for (highest, &rank) in highest.iter_mut().zip(ranks.step::<STEP>(row + dy, x as isize + dx)) {
                *highest = (*highest).max(rank);
            }
        }
        highest.iter_mut().for_each(|rank| *rank &= 1);
        put(&highest, new, x);
    }
}

#[inline(always)]
fn one<const STEP: usize>(
    around: &Around,
    codes: &Ring,
    row: isize,
    (first, draw, chances): (usize, &impl Draw, &Chances),
    new: &mut [u8],
) {
    let [mut which, mut chance, mut least] = [[0u8; STEP]; 3];
    for x in steps::<STEP>(new.len()) {
        draw.draw(first + x, &mut which, &mut chance);
        let mine = codes.step::<STEP>(row, x as isize);
        let mut model = [0; STEP];
        for (nth, &(dx, dy)) in around.steps.iter().enumerate() {
            let there = codes.step::<STEP>(row + dy, x as isize + dx);
            for ((model, &there), &which) in model.iter_mut().zip(there).zip(&which) {
                *model |= there & u8::from(which == nth as u8).wrapping_neg();
            }
        }
        lookup_pairs(&chances.first, mine, &model, &mut least);
        let (mut next, mut unsure, mut any) = ([0u8; STEP], [0u8; STEP], 0);
        for (k, (next, unsure)) in next.iter_mut().zip(&mut unsure).enumerate() {
            // Who has the act of its model already keeps it, whatever the chance.
            let differs = (mine[k] ^ model[k]) >> 4 & 1;
            *next = mine[k] >> 4 & 1 ^ differs & u8::from(chance[k] < least[k]);
            *unsure = differs & u8::from(chance[k] == least[k]);
            any |= *unsure;
        }
        if any == 0 {
            put(&next, new, x);
            continue;
        }
        for_each_set(&unsure, |k| {
            let threshold = chances.all[usize::from(mine[k] & 31)][usize::from(model[k] & 31)];
            next[k] ^= u8::from(draw.exact(first + x + k) < threshold);
        });
        put(&next, new, x);
    }
}

/// Writes a step of cells.
#[inline(always)]
fn put<const STEP: usize>(cells: &[u8; STEP], row: &mut [u8], x: usize) {
    row[x..x + STEP].copy_from_slice(cells);
}
