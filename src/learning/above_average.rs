//! Above average: who did a standard deviation better than the rest has two offspring, who did worse has none.

use super::truncation::at_once;
use super::{Learning, Models, Selection};
use crate::chance::{Draws, Permutation, below};
use crate::registry::{Context, Row, Spec, Wrong};

/// A generation by rank around the mean: two offspring, one, or none.
///
/// payoff ≥ mean + sd: two offspring; payoff < mean − sd: none; else one; sd over the group (divided by n); all have one
/// if sd is 0. Where that is too many, as many as needed are left out at random; too few: the rest are drawn from them
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct AboveAverage {}

impl Spec<dyn Learning> for AboveAverage {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        at_once(context)?;
        Ok(Box::new(self))
    }
}

impl Learning for AboveAverage {
    fn models(&self) -> Models<'_> {
        Models::Ranks { by: None, selection: self }
    }
}

impl Selection for AboveAverage {
    fn parents(&self, values: &[f64], keys: Draws, places: Draws, first: usize, parents: &mut [u32]) {
        let n = values.len();
        let mean = values.iter().sum::<f64>() / n as f64;
        let sd = (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n as f64).sqrt();
        let offspring = |&x: &f64| match sd > 0.0 {
            true => usize::from(x >= mean - sd) + usize::from(x >= mean + sd),
            false => 1,
        };
        let all = values.iter().enumerate();
        let all = all.flat_map(|(agent, x)| std::iter::repeat_n(agent as u32, offspring(x)));
        let born: Vec<u32> = all.collect();
        if born.len() <= n {
            for (place, parent) in parents.iter_mut().enumerate() {
                let drawn = below(places.at((first + place) as u64), born.len() as u64) as usize;
                *parent = born[if place < born.len() { place } else { drawn }];
            }
            return;
        }
        // A random choice of n of them, in a random order of places.
        let mut chosen: Vec<u32> = (0..n as u32).collect();
        Permutation::new(keys, first as u64, born.len() as u32).forward(&mut chosen);
        chosen.sort_unstable();
        for (parent, nth) in parents.iter_mut().zip(chosen) {
            *parent = born[nth as usize];
        }
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<AboveAverage>("above-average", &["axelrod1986", "galan2005"], "");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    fn parents(values: &[f64]) -> Vec<u32> {
        let draws = Chance::new(1, 0, 1).stream(Stream::named("test"));
        let mut parents = vec![9; values.len()];
        AboveAverage {}.parents(values, draws, draws.number(1), 0, &mut parents);
        parents
    }

    #[test]
    fn the_good_have_two_and_the_bad_none() {
        // Mean 2, sd 1.26: the last has two, the first none, so that the number stays.
        assert_eq!(parents(&[0.0, 2.0, 2.0, 2.0, 4.0]), [1, 2, 3, 4, 4]);
        assert_eq!(parents(&[3.0, 3.0, 3.0]), [0, 1, 2]);
        // One falls out below, nobody stands out above: a place is filled from the others.
        let filled = parents(&[0.0, 2.0, 2.0, 2.0]);
        assert!(filled[..3] == [1, 2, 3] && (1..=3).contains(&filled[3]), "{filled:?}");
        // Nobody falls out below, one stands out above: one too many is left out.
        let trimmed = parents(&[2.0, 2.0, 2.0, 4.0]);
        assert_eq!(trimmed.len(), 4);
        assert!(trimmed.iter().filter(|&&parent| parent == 3).count() >= 1);
    }
}
