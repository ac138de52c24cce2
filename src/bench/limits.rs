//! What this machine can do at best: copying a long array in order, and reading a table at random
//! places.
//!
//! The engine's speed is quoted as a ratio to these, measured by the same process in the same minute, because machines
//! are shared and clocks move; what one thread does is timed by the processor. Safe code only, no prefetch: the gathers
//! compute a block of places first and read after, so that many reads are under way at once, as the engine's passes do.
//! Each number is the median of its repetitions.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use crate::chance::{Chance, Stream};
use crate::machine::cpu_seconds;
use rayon::prelude::*;

/// What is drawn to see how long it takes.
const DRAWN: Stream = Stream::named("bench/drawn");
/// Places computed ahead of the reads, as many as a block of the engine.
const BLOCK: usize = 1024;
/// Smaller arrays would measure the clock.
const LEAST_BYTES: usize = 4096;
/// Wall time that one number may take beyond its least repetitions.
const PATIENCE: Duration = Duration::from_millis(180);
const LEAST_REPETITIONS: usize = 3;
const MOST_REPETITIONS: usize = 51;

/// The limits of this machine for arrays of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Bytes of the array that was copied, and of each table that was gathered from.
    pub bytes: usize,
    /// Threads of the copy by all threads.
    pub threads: usize,
    /// Nanoseconds a byte of copying from one array to another in order, on one thread. A byte that
    /// is copied is read once and written once.
    pub copy_ns_per_byte: f64,
    /// Wall nanoseconds a byte of the same copy shared by all threads.
    pub copy_ns_per_byte_all_threads: f64,
    /// Nanoseconds for reading one byte at a random place of a table of `bytes` bytes, on one
    /// thread.
    pub gather_ns_1_byte: f64,
    /// Nanoseconds for reading four bytes at a random place of a table of `bytes` bytes, on one
    /// thread.
    pub gather_ns_4_bytes: f64,
    /// Nanoseconds for an addressed draw of 64 bits: arithmetic without memory, on one thread.
    pub draw_ns: f64,
}

/// Measures this machine with arrays of `bytes` bytes (at least 4,096) and `threads` threads, in
/// about a second.
///
/// Takes twice `bytes` of memory while it runs. From some GB on, one repetition of each number
/// takes longer than that.
///
/// # Errors
/// When the operating system refuses the threads.
pub fn measure(bytes: usize, threads: usize) -> Result<Limits, rayon::ThreadPoolBuildError> {
    let bytes = bytes.max(LEAST_BYTES);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    Ok(Limits {
        bytes,
        threads: pool.current_num_threads(),
        copy_ns_per_byte: copy(bytes),
        copy_ns_per_byte_all_threads: pool.install(|| copy_on_all_threads(bytes)),
        gather_ns_1_byte: gather::<u8>(bytes),
        gather_ns_4_bytes: gather::<u32>(bytes),
        draw_ns: draw(),
    })
}

/// Nanoseconds a byte of copying an array of `bytes` bytes in order, on one thread.
pub fn copy(bytes: usize) -> f64 {
    copy_by(processor, bytes, |from, to| to.copy_from_slice(from))
}

/// Wall nanoseconds a byte of copying an array of `bytes` bytes in order, shared by all threads of
/// the current rayon pool.
pub fn copy_on_all_threads(bytes: usize) -> f64 {
    copy_by(wall, bytes, |from, to| {
        let piece = from.len().div_ceil(rayon::current_num_threads());
        to.par_chunks_mut(piece).zip(from.par_chunks(piece)).for_each(|(to, from)| to.copy_from_slice(from));
    })
}

/// Nanoseconds for an addressed draw, on one thread.
pub fn draw() -> f64 {
    const DRAWS: u64 = 1 << 20;
    let mut tick = 0;
    let seconds = median(processor, || {
        tick += 1;
        let draws = Chance::new(1, 0, tick).stream(DRAWN);
        black_box((0..DRAWS).fold(0, |sum: u64, address| sum ^ draws.at(black_box(address))));
    });
    per(seconds, DRAWS as usize)
}

fn copy_by(clock: fn() -> f64, bytes: usize, copy: impl Fn(&[u64], &mut [u64])) -> f64 {
    let words = (bytes / 8).max(1);
    let from: Vec<u64> = (0..words as u64).collect();
    let mut to = vec![0_u64; words];
    // Short arrays are copied several times between two looks at the clock.
    let rounds = (1_usize << 20).div_ceil(bytes.max(1));
    let seconds = median(clock, || {
        for _ in 0..rounds {
            copy(black_box(&from), &mut to);
            black_box(&mut to);
        }
    });
    per(seconds, rounds * words * 8)
}

/// Nanoseconds for reading one `T` at a random place of a table of `bytes` bytes, on one thread.
pub fn gather<T: Entry>(bytes: usize) -> f64 {
    let entries = (bytes / size_of::<T>()).clamp(1, u32::MAX as usize);
    let table: Vec<T> = (0..entries).map(T::from_index).collect();
    let reads = (1_usize << 21).min(entries.saturating_mul(16)).next_multiple_of(BLOCK);
    let mut round = 0_u64;
    let seconds = median(processor, || {
        round += 1;
        let mut total = 0_u32;
        let mut places = [0_u32; BLOCK];
        for block in 0..(reads / BLOCK) as u64 {
            fill(&mut places, (round << 32) | block, entries as u64);
            for &place in &places {
                total = total.wrapping_add(table[place as usize].widen());
            }
        }
        black_box(total);
    });
    per(seconds, reads)
}

/// What a table of the gathers holds.
pub trait Entry: Copy {
    /// Some value for the entry at `index`.
    fn from_index(index: usize) -> Self;
    /// The value as 32 bits, to be added up.
    fn widen(self) -> u32;
}

impl Entry for u8 {
    fn from_index(index: usize) -> Self {
        index.to_le_bytes()[0]
    }
    fn widen(self) -> u32 {
        u32::from(self)
    }
}

impl Entry for u32 {
    fn from_index(index: usize) -> Self {
        index as u32
    }
    fn widen(self) -> u32 {
        self
    }
}

/// Fills `places` with places below `entries` (at most 2^32) that look random and cost little
/// beside a read.
fn fill(places: &mut [u32; BLOCK], block: u64, entries: u64) {
    let start = block.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for (i, place) in (0_u64..).zip(places.iter_mut()) {
        let mut x = start.wrapping_add(i.wrapping_mul(0xbf58_476d_1ce4_e5b9));
        x ^= x >> 31;
        x = x.wrapping_mul(0x94d0_49bb_1331_11eb) >> 32;
        *place = ((x * entries) >> 32) as u32;
    }
}

/// The median of the seconds that `work` takes, after one repetition that touches every page.
///
/// `clock` is the processor's time where one thread works, so that other programs do not count, and the wall's where
/// several do.
fn median(clock: fn() -> f64, mut work: impl FnMut()) -> f64 {
    work();
    let began = Instant::now();
    let mut seconds = Vec::with_capacity(MOST_REPETITIONS);
    while seconds.len() < LEAST_REPETITIONS
        || (seconds.len() < MOST_REPETITIONS && began.elapsed() < PATIENCE)
    {
        let start = clock();
        work();
        seconds.push(clock() - start);
    }
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Seconds on the wall's clock, from some moment on.
fn wall() -> f64 {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed().as_secs_f64()
}

/// Seconds of the processor; of the wall's clock where the system does not tell.
fn processor() -> f64 {
    cpu_seconds().unwrap_or_else(wall)
}

fn per(seconds: f64, count: usize) -> f64 {
    seconds * 1e9 / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_is_a_time() {
        let limits = measure(1 << 16, 2).unwrap();
        assert_eq!((limits.bytes, limits.threads), (1 << 16, 2));
        for ns in [limits.copy_ns_per_byte, limits.copy_ns_per_byte_all_threads] {
            assert!(ns > 0.0 && ns < 1000.0, "{limits:?}");
        }
        for ns in [limits.gather_ns_1_byte, limits.gather_ns_4_bytes, limits.draw_ns] {
            assert!(ns > 0.01 && ns < 10_000.0, "{limits:?}");
        }
    }

    #[test]
    fn no_size_is_too_small() {
        assert!(copy(0) > 0.0 && copy_on_all_threads(0) > 0.0 && gather::<u32>(0) > 0.0);
    }

    #[test]
    fn places_are_spread_over_the_whole_table() {
        let (mut seen, entries) = ([0_u32; 8], 1_000_003_u64);
        let mut places = [0; BLOCK];
        for block in 0..64 {
            fill(&mut places, block, entries);
            for &place in &places {
                assert!(u64::from(place) < entries);
                seen[(u64::from(place) * 8 / entries) as usize] += 1;
            }
        }
        // 65,536 places in eight equal parts: 8,192 each, standard deviation 85.
        assert!(seen.iter().all(|&n| n.abs_diff(8192) < 450), "{seen:?}");
    }
}
