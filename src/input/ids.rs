//! From the ids of a file to agents: each id gets its place in the sorted order of all of them.

use crate::pass;
use std::collections::BTreeMap;

/// The original ids of people, in the order of the agents that stand for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ids {
    /// Where every id is an integer.
    Numbers(Numbers),
    /// Where any is not: ascending by the bytes of their UTF-8.
    Names(Vec<String>),
}

impl Ids {
    /// How many people there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numbers(ids) => ids.len(),
            Self::Names(ids) => ids.len(),
        }
    }

    /// Memory that they take, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match self {
            Self::Numbers(Numbers { kept: Kept::Close { among, .. }, .. }) => size_of_val(&among[..]),
            Self::Numbers(Numbers { kept: Kept::Far(ids), .. }) => size_of_val(&ids[..]),
            Self::Names(ids) => size_of_val(&ids[..]) + ids.iter().map(String::len).sum::<usize>(),
        }
    }

    /// Whether there are no people; an edge list that was read has at least two.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Different integers in ascending order. Those of a large network lie close together, and take a bit each.
#[derive(Clone)]
pub struct Numbers {
    len: usize,
    kept: Kept,
}

#[derive(Clone)]
enum Kept {
    /// a bit for every integer from `low` on, set for those that are among them
    Close {
        low: i64,
        among: Vec<u64>,
    },
    Far(Vec<i64>),
}

impl Numbers {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All, ascending.
    pub fn iter(&self) -> impl Iterator<Item = i64> + '_ {
        let (low, among, far) = match &self.kept {
            Kept::Close { low, among } => (*low, &among[..], &[][..]),
            Kept::Far(far) => (0, &[][..], &far[..]),
        };
        let close = among.iter().zip((0..).step_by(64)).flat_map(move |(&word, first)| {
            let bits = std::iter::successors(Some(word), |left| Some(left & left.wrapping_sub(1)));
            let bits = bits.take_while(|&left| left > 0);
            bits.map(move |left| low.wrapping_add(first + i64::from(left.trailing_zeros())))
        });
        close.chain(far.iter().copied())
    }
}

impl From<Vec<i64>> for Numbers {
    /// Of integers that ascend.
    fn from(far: Vec<i64>) -> Numbers {
        debug_assert!(far.is_sorted_by(|a, b| a < b), "they ascend");
        Numbers { len: far.len(), kept: Kept::Far(far) }
    }
}

impl PartialEq for Numbers {
    fn eq(&self, other: &Numbers) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Numbers {}

impl std::fmt::Debug for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// More people than a `u32` can count.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// The integer that a text writes in the only way in which integers are printed.
///
/// `007`, `+7` and `-0` are names: an id that went in must come out as it was. So is what leaves the range of `i64`.
pub(super) fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = !digits.starts_with('0') || text == "0";
    if plain && shortest { text.parse().ok() } else { None }
}

/// Collects the two ends of each tie in the order of the file.
///
/// Ids stay small until one comes that is not, and integers until one comes that is none; then all become names, which
/// loses nothing, since an integer is only what prints again as it was written.
pub(super) enum Ends {
    /// half the memory, which ids from 0 or 1 need not have twice
    Small(Vec<[u32; 2]>),
    Numbers(Vec<[i64; 2]>),
    Names(Names),
}

/// The names met so far, and the ends of ties as numbers of first appearance.
#[derive(Default)]
pub(super) struct Names {
    first: BTreeMap<Box<str>, u32>,
    ends: Vec<[u32; 2]>,
}

impl Names {
    fn number(&mut self, name: &str) -> Result<u32, TooMany> {
        if let Some(number) = self.first.get(name) {
            return Ok(*number);
        }
        let number = count(self.first.len())?;
        self.first.insert(name.into(), number);
        Ok(number)
    }

    fn push_all<T: ToString>(&mut self, ends: &[[T; 2]]) -> Result<(), TooMany> {
        ends.iter().try_for_each(|[a, b]| self.push([&a.to_string(), &b.to_string()]))
    }

    fn push(&mut self, [a, b]: [&str; 2]) -> Result<(), TooMany> {
        let ends = [self.number(a)?, self.number(b)?];
        self.ends.push(ends);
        Ok(())
    }
}

/// A number of people as `u32`; one more must fit too, so that every count and every index does.
fn count(people: usize) -> Result<u32, TooMany> {
    u32::try_from(people).ok().filter(|people| *people < u32::MAX).ok_or(TooMany)
}

impl Ends {
    /// With room for so many ties, which is not touched before they come: a list that grew would stand in memory twice.
    pub(super) fn new(ties: u64) -> Self {
        let mut ends = Vec::new();
        // Where there is no such room, the list grows.
        let _ = usize::try_from(ties).map(|ties| ends.try_reserve_exact(ties));
        Self::Small(ends)
    }

    /// Adds a tie whose ends are text.
    pub(super) fn push_texts(&mut self, ends: [&str; 2]) -> Result<(), TooMany> {
        if !matches!(self, Self::Names(_))
            && let (Some(a), Some(b)) = (integer(ends[0]), integer(ends[1]))
        {
            return self.push_numbers([a, b]);
        }
        self.become_names()?.push(ends)
    }

    /// Adds a tie whose ends are integers.
    pub(super) fn push_numbers(&mut self, ends: [i64; 2]) -> Result<(), TooMany> {
        if let Self::Small(small) = self {
            if let [Ok(a), Ok(b)] = ends.map(u32::try_from) {
                small.push([a, b]);
                return Ok(());
            }
            *self =
                Self::Numbers(std::mem::take(small).into_iter().map(|ends| ends.map(i64::from)).collect());
        }
        match self {
            Self::Numbers(numbers) => {
                numbers.push(ends);
                Ok(())
            }
            _ => self.become_names()?.push([&ends[0].to_string(), &ends[1].to_string()]),
        }
    }

    fn become_names(&mut self) -> Result<&mut Names, TooMany> {
        let mut names = Names::default();
        match self {
            Self::Small(small) => names.push_all(small)?,
            Self::Numbers(numbers) => names.push_all(numbers)?,
            Self::Names(_) => {}
        }
        if !matches!(self, Self::Names(_)) {
            *self = Self::Names(names);
        }
        match self {
            Self::Names(names) => Ok(names),
            _ => unreachable!("they have just become names"),
        }
    }

    /// The ids in their order, and the ends of each tie as places in it, in the order of the file.
    pub(super) fn rank(self) -> Result<(Ids, Vec<[u32; 2]>), TooMany> {
        match self {
            Self::Small(ends) => rank_small(ends),
            Self::Numbers(ends) => rank_numbers(&ends),
            Self::Names(names) => {
                let mut place = vec![0; names.first.len()];
                let mut ids = Vec::with_capacity(names.first.len());
                for (name, number) in names.first {
                    place[number as usize] = count(ids.len())?;
                    ids.push(String::from(name));
                }
                let mut ends = names.ends;
                for end in ends.as_flattened_mut() {
                    *end = place[*end as usize];
                }
                Ok((Ids::Names(ids), ends))
            }
        }
    }
}

/// Ranks small integers in their own memory, where they lie close together.
fn rank_small(mut ends: Vec<[u32; 2]>) -> Result<(Ids, Vec<[u32; 2]>), TooMany> {
    let all = ends.as_flattened();
    let low = all.iter().copied().min().unwrap_or(0);
    let span = (all.iter().copied().max().unwrap_or(0) - low) as usize + 1;
    if span > 4 * all.len().max(1) {
        let wide: Vec<[i64; 2]> = ends.into_iter().map(|ends| ends.map(i64::from)).collect();
        return rank_far(&wide);
    }
    let mut place = vec![0_u32; span];
    all.iter().for_each(|id| place[(id - low) as usize] = 1);
    let ids = number(&mut place, low.into())?;
    pass::fill(ends.as_flattened_mut(), |_, ends| {
        ends.iter_mut().for_each(|end| *end = place[(*end - low) as usize]);
    });
    Ok((Ids::Numbers(ids), ends))
}

/// Numbers those whose place holds a one, and returns their ids; the first place is that of the id `low`.
fn number(place: &mut [u32], low: i64) -> Result<Numbers, TooMany> {
    let (mut len, mut among) = (0, vec![0u64; place.len().div_ceil(64)]);
    for (above, place) in place.iter_mut().enumerate().filter(|(_, place)| **place == 1) {
        *place = count(len)?;
        among[above / 64] |= 1 << (above % 64);
        len += 1;
    }
    Ok(Numbers { len, kept: Kept::Close { low, among } })
}

fn rank_numbers(ends: &[[i64; 2]]) -> Result<(Ids, Vec<[u32; 2]>), TooMany> {
    let all = ends.as_flattened();
    let low = all.iter().copied().min().unwrap_or(0);
    let high = all.iter().copied().max().unwrap_or(0);
    let span = i128::from(high) - i128::from(low) + 1;
    // A table over the span takes the place of a sort where it is no larger than the sort's copy would be.
    if span <= 4 * all.len() as i128 {
        rank_close(ends, low, usize::try_from(span).expect("at most four times a length"))
    } else {
        rank_far(ends)
    }
}

/// Ranks integers that lie close together by a table over all values between the least and the greatest.
fn rank_close(ends: &[[i64; 2]], low: i64, span: usize) -> Result<(Ids, Vec<[u32; 2]>), TooMany> {
    // Differences within the span cannot overflow, but a wrapping one spares a test in the loop.
    let offset = |id: i64| id.wrapping_sub(low) as usize;
    let mut place = vec![0_u32; span];
    for id in ends.as_flattened() {
        place[offset(*id)] = 1;
    }
    let ids = number(&mut place, low)?;
    let ranked = ends.iter().map(|tie| tie.map(|id| place[offset(id)])).collect();
    Ok((Ids::Numbers(ids), ranked))
}

/// Ranks integers that lie far apart by sorting them.
fn rank_far(ends: &[[i64; 2]]) -> Result<(Ids, Vec<[u32; 2]>), TooMany> {
    let mut ids = ends.as_flattened().to_vec();
    ids.sort_unstable();
    ids.dedup();
    count(ids.len())?;
    let place = |id: i64| ids.partition_point(|known| *known < id) as u32;
    let ranked = ends.iter().map(|tie| tie.map(place)).collect();
    Ok((Ids::Numbers(ids.into()), ranked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranked(ties: &[[&str; 2]]) -> (Ids, Vec<[u32; 2]>) {
        let mut ends = Ends::new(0);
        for tie in ties {
            ends.push_texts(*tie).unwrap();
        }
        ends.rank().unwrap()
    }

    #[test]
    fn integers_are_only_what_prints_again_as_it_was_written() {
        assert_eq!(integer("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(integer("0"), Some(0));
        for name in ["", "-", "-0", "00", "007", "+7", "7.0", "9223372036854775808", "٣", "- 1"] {
            assert_eq!(integer(name), None, "{name}");
        }
    }

    #[test]
    fn numbers_rank_by_value_and_names_by_bytes() {
        let (ids, ends) = ranked(&[["10", "-9"], ["9", "10"]]);
        assert_eq!((ids, ends), (Ids::Numbers(vec![-9, 9, 10].into()), vec![[2, 0], [1, 2]]));
        let (ids, ends) = ranked(&[["10", "9"], ["9", "Ann"]]);
        let names = ["10", "9", "Ann"].map(String::from).to_vec();
        assert_eq!((ids, ends), (Ids::Names(names), vec![[0, 1], [1, 2]]));
    }

    #[test]
    fn the_ends_of_the_range_of_integers_rank_without_overflow() {
        let low = i64::MIN.to_string();
        let high = i64::MAX.to_string();
        let (ids, ends) = ranked(&[[&high, &low], [&low, "0"]]);
        assert_eq!((ids, ends), (Ids::Numbers(vec![i64::MIN, 0, i64::MAX].into()), vec![[2, 0], [0, 1]]));
        let near = (i64::MAX - 1).to_string();
        let (ids, _) = ranked(&[[&high, &near]]);
        assert_eq!(ids, Ids::Numbers(vec![i64::MAX - 1, i64::MAX].into()));
    }

    #[test]
    fn a_table_and_a_sort_rank_alike() {
        let ties: Vec<[i64; 2]> = (0..500).map(|at: i64| [(at * 37) % 211, (at * 53) % 307]).collect();
        assert_eq!(rank_close(&ties, 0, 307), rank_far(&ties));
        assert_eq!(rank_small(ties.iter().map(|tie| tie.map(|id| id as u32)).collect()), rank_far(&ties));
    }

    #[test]
    fn more_people_than_an_index_can_name_are_refused() {
        assert_eq!(count(u32::MAX as usize), Err(TooMany));
        assert_eq!(count(u32::MAX as usize - 1), Ok(u32::MAX - 1));
    }
}
