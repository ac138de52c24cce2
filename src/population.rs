//! Populations: cohorts are spawned, agents get their strategies and places.

use crate::chance::{Permutation, Stream};
use crate::columns::{COHORT, Cohort, ColumnDef};
use crate::pass::{BLOCK, Now, fill};
use bevy_ecs::prelude::*;

/// Who starts with which strategy.
const PLACES: Stream = Stream::named("population/places");

/// The columns of a world, in the order of their names.
#[derive(Resource, Default, Clone)]
pub struct Columns(pub Vec<ColumnDef>);

/// Spawns the cohorts of so many agents with all columns, zeroed, and notes the columns in the order of their names.
///
/// All at once, by what a cohort requires: their table is as large as they are from the first on, where a table that grows
/// holds its largest column twice, and nothing large stands on the stack but one column of one cohort.
pub fn spawn(world: &mut World, agents: usize, mut columns: Vec<ColumnDef>) {
    columns.sort_by(|a, b| a.name.cmp(&b.name));
    for column in &columns {
        (column.bring)(world);
    }
    drop(world.spawn_batch(std::iter::repeat_n(Cohort, agents.div_ceil(COHORT))));
    for column in &columns {
        if let Some(lists) = column.lists {
            lists(world, agents * column.width());
        }
    }
    world.insert_resource(Columns(columns));
}

/// How many of each group follow each strategy: shares are rounded by largest remainders, so that they add up.
///
/// `wanted` holds a share (0 to 1), a count, or nothing for the rest. Returns `None` if they do not fit the group.
pub fn apportion(wanted: &[Wanted], size: usize) -> Option<Vec<usize>> {
    let mut numbers: Vec<usize> = vec![0; wanted.len()];
    let mut remainders = vec![];
    let mut exact = 0.0;
    for (nth, wanted) in wanted.iter().enumerate() {
        match *wanted {
            Wanted::Count(count) => numbers[nth] = usize::try_from(count).ok()?,
            Wanted::Share(share) => {
                let quota = share * size as f64;
                // A share that was written as a decimal may miss a whole number by a rounding error.
                let whole = (quota + 1e-6).floor();
                numbers[nth] = whole as usize;
                exact += quota;
                remainders.push((quota - whole, nth));
            }
            Wanted::Rest => {}
        }
    }
    let shared: usize = remainders.iter().map(|&(_, nth)| numbers[nth]).sum();
    remainders.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let missing = (exact.round() as usize).saturating_sub(shared);
    for &(_, nth) in remainders.iter().take(missing) {
        numbers[nth] += 1;
    }
    let taken = numbers.iter().try_fold(0usize, |sum, &n| sum.checked_add(n))?;
    let left = size.checked_sub(taken)?;
    match wanted.iter().position(|wanted| *wanted == Wanted::Rest) {
        Some(rest) => numbers[rest] = left,
        None if left == 0 => {}
        None => return None,
    }
    Some(numbers)
}

/// How many agents of a group follow a strategy.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    /// this share of the group
    Share(f64),
    /// so many of the group
    Count(u64),
    /// whoever is left
    Rest,
}

/// Where the agents of a strategy stand at the start.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// anywhere, at random
    Random,
    /// these places of every group
    Cells(Vec<usize>),
    /// all agents of one group
    Group(usize),
}

/// Writes the starting strategies: `numbers` agents of each group with each code, at their `places`.
///
/// A group's random agents are a random arrangement, made from either side of a keyed bijection: so it is made in
/// parallel, and the same on any number of threads.
pub fn place(now: &Now, size: usize, numbers: &[usize], places: &[Place], strategy: &mut [u8]) {
    let draws = now.chance().stream(PLACES);
    if places.iter().all(|place| *place == Place::Random) {
        let mut borders = vec![];
        let mut sum = 0;
        for &number in numbers {
            sum += number;
            borders.push(sum as u32);
        }
        let code = |position: u32| borders.iter().take_while(|&&border| border <= position).count();
        return fill(strategy, |first, out| {
            let mut done = 0;
            while done < out.len() {
                let (group, local) = ((first + done) / size, (first + done) % size);
                let len = (size - local).min(out.len() - done).min(BLOCK);
                let mut positions = [0u32; BLOCK];
                let positions = &mut positions[..len];
                positions.iter_mut().enumerate().for_each(|(k, p)| *p = (local + k) as u32);
                Permutation::new(draws, group as u64, size as u32).forward(positions);
                for (out, &position) in out[done..done + len].iter_mut().zip(&*positions) {
                    *out = code(position) as u8;
                }
                done += len;
            }
        });
    }
    for (group, strategy) in strategy.chunks_mut(size).enumerate() {
        place_group(group, draws, numbers, places, strategy);
    }
}

fn place_group(
    group: usize,
    draws: crate::chance::Draws,
    numbers: &[usize],
    places: &[Place],
    strategy: &mut [u8],
) {
    const FREE: u8 = u8::MAX;
    strategy.fill(FREE);
    for (code, place) in places.iter().enumerate() {
        match place {
            Place::Cells(cells) => cells.iter().for_each(|&cell| strategy[cell] = code as u8),
            Place::Group(only) if *only == group => strategy.fill(code as u8),
            _ => {}
        }
    }
    let free: Vec<usize> = (0..strategy.len()).filter(|&k| strategy[k] == FREE).collect();
    let mut order: Vec<u32> = (0..free.len() as u32).collect();
    Permutation::new(draws, group as u64, free.len() as u32).forward(&mut order);
    let random = places.iter().enumerate().filter(|(_, place)| **place == Place::Random);
    let codes = random.flat_map(|(code, _)| std::iter::repeat_n(code as u8, numbers[code]));
    for (&position, code) in order.iter().zip(codes) {
        strategy[free[position as usize]] = code;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_to_the_group() {
        use Wanted::{Count, Rest, Share};
        let third = Share(1.0 / 3.0);
        assert_eq!(apportion(&[third, third, third], 100), Some(vec![34, 33, 33]));
        assert_eq!(apportion(&[Share(0.1), Rest], 25), Some(vec![3, 22]));
        assert_eq!(apportion(&[Share(0.9), Share(0.1)], 40_000), Some(vec![36_000, 4_000]));
        assert_eq!(apportion(&[Count(1), Rest], 2), Some(vec![1, 1]));
        assert_eq!(apportion(&[Count(3), Rest], 2), None);
        assert_eq!(apportion(&[Share(0.5), Share(0.4)], 10), None);
    }

    #[test]
    fn a_random_start_has_exact_numbers_in_every_group() {
        let now =
            Now { seed: 1, replicate: 0, tick: 0, agents: 0, looked_at: true, recorded: true, counted: true };
        for size in [2, 50, 999, 1000, 5000] {
            let mut strategy = vec![9; size * 3];
            let numbers = [size / 3, size - size / 3];
            place(&now, size, &numbers, &[Place::Random, Place::Random], &mut strategy);
            for group in strategy.chunks(size) {
                assert_eq!(group.iter().filter(|&&s| s == 0).count(), size / 3);
                assert!(group.iter().all(|&s| s < 2));
            }
            assert!(size < 50 || strategy[..size] != strategy[size..2 * size]);
        }
    }
}
