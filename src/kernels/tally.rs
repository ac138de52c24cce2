//! Codes of agents counted: how many did each act, how many of those they met did the second one, and the squares.

use super::Width;
use super::ranks::{Linear, Sums};

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

/// What is known of agents before they are counted: how many did the second act, and how many met them, all agents together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub second: u64,
    pub others: u64,
}

/// Pieces that the lanes have room for: one of sixteen bits holds the squares of so many pairs of numbers below 16, and its
/// sign is left alone; one of 32 bits those of so many four of codes, below 32, and other bytes.
const PIECES: usize = 72;
const MANY_PIECES: usize = 1 << 17;
/// Codes of a piece, one a lane of bytes.
const PIECE: usize = 64;

/// Sums for registers: the others of those who did the second act; the squares of all, and of those. Which lane holds whose is
/// a width's own matter.
#[derive(Clone, Copy)]
#[repr(C)]
struct Lanes {
    others: [u64; PIECE / 8],
    squares: [[u16; PIECE / 2]; 2],
}

const NO_PRODUCTS: Products = Products([[0; PIECE / 4]; 3]);
const NONE: Lanes = Lanes { others: [0; PIECE / 8], squares: [[0; PIECE / 2]; 2] };

/// The same sums where the machine makes four products of bytes at once; the squares of all are those of whole codes. Or, where
/// ranks are [`Linear`], those of ranks, of the squares of codes, and of ranks times codes.
#[derive(Clone, Copy)]
#[repr(C)]
pub(super) struct Products([[u32; PIECE / 4]; 3]);

/// The same while a loop runs.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Running([std::arch::x86_64::__m512i; 3]);

/// How many of some bytes are 1 where the others are 0, while a loop runs.
#[cfg(target_arch = "x86_64")]
pub(super) struct Ones {
    /// a byte each: sums of products would wait for each other, longer than all else that a step of acts takes
    lanes: std::arch::x86_64::__m512i,
    sums: std::arch::x86_64::__m512i,
}

/// How codes are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Lanes(Width),
    /// AVX-512 with sums of products, which some machines lack that have all else
    Products,
}

impl Way {
    fn best() -> Way {
        match Width::in_use() {
            #[cfg(target_arch = "x86_64")]
            Width::V4 if is_x86_feature_detected!("avx512vnni") => Way::Products,
            width => Way::Lanes(width),
        }
    }

    fn pieces(self) -> usize {
        if self == Way::Products { MANY_PIECES } else { PIECES }
    }
}

/// Agents counted by their own acts, some codes at a time: the lower four bits of a code are the others, the fifth the act.
pub(super) struct Tally {
    way: Way,
    lanes: Lanes,
    products: Products,
    /// pieces that the lanes have room for
    room: usize,
    known: Known,
    /// who were counted
    agents: u64,
    /// what the lanes held before they were emptied
    sums: [u64; 3],
    /// what is counted by, in the place of what those met who did the second act
    ranks: Option<Linear>,
}

impl Tally {
    pub(super) fn new(known: Known) -> Tally {
        Tally::by(Way::best(), known)
    }

    /// Counts by sums of products, whatever width a test that runs beside this one has forced.
    #[cfg(test)]
    pub(super) fn by_products(known: Known) -> Tally {
        Tally::by(Way::Products, known)
    }

    fn by(way: Way, known: Known) -> Tally {
        let (lanes, products, room) = (NONE, NO_PRODUCTS, way.pieces());
        Tally { way, lanes, products, room, known, agents: 0, sums: [0; 3], ranks: None }
    }

    pub(super) fn add(&mut self, codes: &[u8]) {
        for codes in codes.chunks(PIECE * self.way.pieces()) {
            self.make_room(codes.len());
            match self.way {
                // SAFETY: the best way, and any that a test asks for, is one that the machine has.
                #[cfg(target_arch = "x86_64")]
                Way::Products => unsafe { products(codes, &mut self.products) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Way::Lanes(Width::V4) => unsafe { side_by_side_v4(codes, &mut self.lanes) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Way::Lanes(Width::V3) => unsafe { side_by_side_v3(codes, &mut self.lanes) },
                _ => one_by_one(codes, &mut self.lanes),
            }
        }
    }

    /// Sums for all codes, so many, that a loop adds while it makes them, with their ranks if these are given: where the machine has
    /// sums of products.
    pub(super) fn fused(&mut self, codes: usize, ranks: Option<Linear>) -> Option<&mut Products> {
        if self.way != Way::Products || codes > PIECE * MANY_PIECES {
            return None;
        }
        self.make_room(codes);
        self.ranks = ranks;
        Some(&mut self.products)
    }

    fn make_room(&mut self, codes: usize) {
        self.agents += codes as u64;
        let pieces = codes.div_ceil(PIECE);
        if pieces > self.room {
            self.empty();
        }
        self.room -= pieces;
    }

    /// What was found of those who did the one act, and the other.
    pub(super) fn found(mut self) -> [Found; 2] {
        self.empty();
        let Tally { known, agents, sums: [a, b, c], .. } = self;
        let [others, all, squares] = match (self.way, self.ranks) {
            (Way::Lanes(_), _) => [a, b, c],
            // A code is sixteen for the act, and the others.
            (Way::Products, None) => [a, b - 32 * a - 256 * known.second, c],
            (Way::Products, Some(ranks)) => {
                let sums = Sums { ranks: a, squares: b, products: c };
                ranks.solve(sums, [agents, known.second, known.others])
            }
        };
        let second = Found { agents: known.second, others, squares };
        let first = Found {
            agents: agents - second.agents,
            others: known.others - second.others,
            squares: all - second.squares,
        };
        [first, second]
    }

    fn empty(&mut self) {
        fn of<T: Into<u64>, const N: usize>(lanes: [T; N]) -> u64 {
            lanes.into_iter().map(Into::into).sum()
        }
        let Lanes { others, squares: [of_all, of_second] } = std::mem::replace(&mut self.lanes, NONE);
        let lanes = [of(others), of(of_all), of(of_second)];
        let products = std::mem::replace(&mut self.products, NO_PRODUCTS).0.map(of);
        self.room = self.way.pieces();
        for ((sum, lanes), products) in self.sums.iter_mut().zip(lanes).zip(products) {
            *sum += lanes + products;
        }
    }
}

fn one_by_one(codes: &[u8], lanes: &mut Lanes) {
    for (k, &code) in codes.iter().enumerate() {
        let all = code & 15;
        let second = all * (code >> 4 & 1);
        lanes.others[k % (PIECE / 8)] += u64::from(second);
        for (squares, others) in lanes.squares.iter_mut().zip([all, second]) {
            squares[k / 2 % (PIECE / 2)] += u16::from(others * others);
        }
    }
}

/// No loop over bytes becomes sums of products of bytes by itself.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn side_by_side_v3(codes: &[u8], lanes: &mut Lanes) {
    use std::arch::x86_64::*;
    let (zero, four) = (_mm256_setzero_si256(), _mm256_set1_epi8(15));
    // SAFETY: both are 192 bytes that may hold any bits.
    let [mut others, mut squares, mut squares_of_second] =
        unsafe { std::mem::transmute::<Lanes, [[__m256i; 2]; 3]>(*lanes) };
    let mut add = |piece: &[u8; PIECE]| {
        // SAFETY: both are 64 bytes that may hold any bits.
        let halves = unsafe { std::mem::transmute::<[u8; PIECE], [__m256i; 2]>(*piece) };
        for (half, codes) in halves.into_iter().enumerate() {
            let all = _mm256_and_si256(codes, four);
            let acts = _mm256_cmpgt_epi8(codes, four);
            let second = _mm256_and_si256(all, acts);
            others[half] = _mm256_add_epi64(others[half], _mm256_sad_epu8(second, zero));
            squares[half] = _mm256_add_epi16(squares[half], _mm256_maddubs_epi16(all, all));
            squares_of_second[half] =
                _mm256_add_epi16(squares_of_second[half], _mm256_maddubs_epi16(second, second));
        }
    };
    let (pieces, rest) = codes.as_chunks::<PIECE>();
    pieces.iter().for_each(&mut add);
    if !rest.is_empty() {
        // A code of 0 adds nothing.
        let mut last = [0; PIECE];
        last[..rest.len()].copy_from_slice(rest);
        add(&last);
    }
    let sums = [others, squares, squares_of_second];
    // SAFETY: as above.
    *lanes = unsafe { std::mem::transmute::<[[__m256i; 2]; 3], Lanes>(sums) };
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw")]
fn side_by_side_v4(codes: &[u8], lanes: &mut Lanes) {
    use std::arch::x86_64::*;
    let (zero, four) = (_mm512_setzero_si512(), _mm512_set1_epi8(15));
    // SAFETY: both are 192 bytes that may hold any bits.
    let [mut others, mut squares, mut squares_of_second] =
        unsafe { std::mem::transmute::<Lanes, [__m512i; 3]>(*lanes) };
    for piece in codes.chunks(PIECE) {
        // A code of 0 stands for those that the last piece lacks: it adds nothing.
        let there = u64::MAX >> (PIECE - piece.len());
        // SAFETY: as many bytes are read as the piece has.
        let codes = unsafe { _mm512_maskz_loadu_epi8(there, piece.as_ptr().cast()) };
        let all = _mm512_and_si512(codes, four);
        let acts = _mm512_cmpgt_epi8_mask(codes, four);
        let second = _mm512_maskz_mov_epi8(acts, all);
        others = _mm512_add_epi64(others, _mm512_sad_epu8(second, zero));
        squares = _mm512_add_epi16(squares, _mm512_maddubs_epi16(all, all));
        squares_of_second = _mm512_add_epi16(squares_of_second, _mm512_maddubs_epi16(second, second));
    }
    let sums = [others, squares, squares_of_second];
    // SAFETY: as above.
    *lanes = unsafe { std::mem::transmute::<[__m512i; 3], Lanes>(sums) };
}

#[cfg(target_arch = "x86_64")]
impl Running {
    /// Takes up sums where they were left.
    #[inline(always)]
    pub(super) fn from(products: &Products) -> Running {
        // SAFETY: both are 192 bytes that may hold any bits.
        Running(unsafe { std::mem::transmute::<Products, [std::arch::x86_64::__m512i; 3]>(*products) })
    }

    #[inline(always)]
    pub(super) fn leave(self, products: &mut Products) {
        // SAFETY: as above.
        *products = unsafe { std::mem::transmute::<[std::arch::x86_64::__m512i; 3], Products>(self.0) };
    }

    /// Adds codes and their ranks; a code of 0 with a rank of 0 adds nothing.
    ///
    /// # Safety
    /// The machine has AVX-512 with sums of products of bytes.
    #[inline(always)]
    pub(super) unsafe fn add_ranks(&mut self, codes: &[u8; PIECE], ranks: &[u8; PIECE]) {
        use std::arch::x86_64::*;
        let [of_ranks, squares, products] = self.0;
        // SAFETY: the caller has these instructions; any 64 bytes can be taken for a register.
        unsafe {
            let codes = std::mem::transmute::<[u8; PIECE], __m512i>(*codes);
            let ranks = std::mem::transmute::<[u8; PIECE], __m512i>(*ranks);
            // Of two that are multiplied, the second has a sign: codes are small.
            self.0 = [
                _mm512_dpbusd_epi32(of_ranks, ranks, _mm512_set1_epi8(1)),
                _mm512_dpbusd_epi32(squares, codes, codes),
                _mm512_dpbusd_epi32(products, ranks, codes),
            ];
        }
    }

    /// Adds codes; a code of 0 adds nothing.
    ///
    /// # Safety
    /// The machine has AVX-512 with sums of products of bytes.
    #[inline(always)]
    pub(super) unsafe fn add(&mut self, codes: &[u8; PIECE]) {
        use std::arch::x86_64::*;
        let [others, squares, squares_of_second] = self.0;
        // SAFETY: the caller has these instructions; any 64 bytes can be taken for a register.
        unsafe {
            let codes = std::mem::transmute::<[u8; PIECE], __m512i>(*codes);
            let (one, sixteen) = (_mm512_set1_epi8(1), _mm512_set1_epi8(16));
            // Nothing is below 0: what is left are the others of those who did the second act.
            let second = _mm512_subs_epu8(codes, sixteen);
            self.0 = [
                _mm512_dpbusd_epi32(others, second, one),
                _mm512_dpbusd_epi32(squares, codes, codes),
                _mm512_dpbusd_epi32(squares_of_second, second, second),
            ];
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl Ones {
    /// Steps that a lane of eight bits has room for until it is emptied.
    pub(super) const STEPS: usize = 255;

    pub(super) fn none() -> Ones {
        // SAFETY: any 64 bytes can be taken for a register.
        let zero = unsafe { std::mem::transmute::<[u8; PIECE], std::arch::x86_64::__m512i>([0; PIECE]) };
        Ones { lanes: zero, sums: zero }
    }

    /// Adds bytes that are 0 or 1, at most so many [`Ones::STEPS`] until [`Ones::empty`] is called.
    ///
    /// # Safety
    /// The machine has AVX-512 with instructions for bytes.
    #[inline(always)]
    pub(super) unsafe fn add(&mut self, bytes: &[u8; PIECE]) {
        use std::arch::x86_64::*;
        // SAFETY: the caller has these instructions; any 64 bytes can be taken for a register.
        unsafe {
            let bytes = std::mem::transmute::<[u8; PIECE], __m512i>(*bytes);
            self.lanes = _mm512_add_epi8(self.lanes, bytes);
        }
    }

    /// Makes room in the lanes.
    ///
    /// # Safety
    /// As [`Ones::add`].
    #[inline(always)]
    pub(super) unsafe fn empty(&mut self) {
        use std::arch::x86_64::*;
        // SAFETY: the caller has these instructions.
        unsafe {
            let zero = _mm512_setzero_si512();
            self.sums = _mm512_add_epi64(self.sums, _mm512_sad_epu8(self.lanes, zero));
            self.lanes = zero;
        }
    }

    /// How many there were.
    ///
    /// # Safety
    /// As [`Ones::add`].
    #[inline(always)]
    pub(super) unsafe fn total(mut self) -> u64 {
        // SAFETY: the caller has the instructions; both are 64 bytes that may hold any bits.
        let sums = unsafe {
            self.empty();
            std::mem::transmute::<std::arch::x86_64::__m512i, [u64; 8]>(self.sums)
        };
        sums.into_iter().sum()
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
fn products(codes: &[u8], products: &mut Products) {
    let mut running = Running::from(products);
    let (pieces, rest) = codes.as_chunks::<PIECE>();
    for piece in pieces {
        // SAFETY: the instructions are those that this function asks for.
        unsafe { running.add(piece) };
    }
    if !rest.is_empty() {
        let there = u64::MAX >> (PIECE - rest.len());
        // SAFETY: as above; as many bytes are read as there are.
        unsafe {
            let last = std::arch::x86_64::_mm512_maskz_loadu_epi8(there, rest.as_ptr().cast());
            running.add(&std::mem::transmute::<std::arch::x86_64::__m512i, [u8; PIECE]>(last));
        }
    }
    running.leave(products);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_counts_the_same() {
        let drawn: Vec<u8> = (0..9_001u32).map(|k| (k.wrapping_mul(2_654_435_761) >> 27) as u8).collect();
        for codes in [drawn, vec![31; 9_001], vec![15; 4_608], vec![16; 33], vec![]] {
            let mut wanted = [Found::default(); 2];
            for &code in &codes {
                let others = u64::from(code % 16);
                let found = &mut wanted[usize::from(code / 16)];
                (found.agents, found.others) = (found.agents + 1, found.others + others);
                found.squares += others * others;
            }
            let known = Known { second: wanted[1].agents, others: wanted[0].others + wanted[1].others };
            for width in Width::all() {
                assert!(width.force());
                for way in [Way::best(), Way::Lanes(width)] {
                    for at_once in [9_001, 4_608, 700, 64, 31] {
                        let mut tally = Tally::by(way, known);
                        codes.chunks(at_once).for_each(|codes| tally.add(codes));
                        assert_eq!(tally.found(), wanted, "{way:?}, {at_once}");
                    }
                }
            }
        }
    }
}
