//! Payoffs that follow from counts: where everybody has equally many partners and two acts decide what is paid, what all
//! are paid is known from how many others did the second act towards each, their sum and the sum of their squares.

use crate::groups::{Count, Tallies};
use std::ops::Range;

/// What an agent is paid in a tick of meetings of two acts, by its own act: `none[act]` if no partner does the second
/// act, and `each[act]` more for every one that does, in payoff units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counted {
    none: [f64; 2],
    each: [f64; 2],
    met: u64,
}

/// Moments of payoffs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// their sum
    pub sum: f64,
    /// their mean
    pub mean: f64,
    /// their standard deviation over the population (divided by n)
    pub sd: f64,
}

impl Counted {
    /// From the payoffs by own act and the other's, how many everybody meets, whether the mean over the meetings is
    /// taken, and what everybody has besides.
    pub fn new(pays: [f32; 4], met: usize, mean: bool, base: f32) -> Counted {
        let [zero, one] = [[pays[0], pays[2]], [pays[1], pays[3]]].map(|pays| pays.map(f64::from));
        let times = if mean { 1.0 } else { met as f64 };
        let none = zero.map(|pay| times * pay + f64::from(base));
        let each = [0, 1].map(|act| (one[act] - zero[act]) * times / met as f64);
        Counted { none, each, met: met as u64 }
    }

    /// From what everybody earns by the one act of its own, and what each second act of a stranger towards it is worth.
    pub fn gifts(earned: [f32; 2], worth: f32) -> Counted {
        Counted { none: earned.map(f64::from), each: [f64::from(worth); 2], met: 1 }
    }

    /// The moments over so many agents of a range of groups. Who was not counted has played in no tick, and has nothing.
    pub fn moments(&self, tallies: &Tallies, groups: Range<usize>, agents: u64) -> Moments {
        let mut classes = [(0.0, 0.0, 0.0); 3];
        let mut rest = agents;
        for act in 0..2u8 {
            let count = |count| tallies.count(groups.clone(), count);
            let n = count(Count::Act(act)) / self.met;
            let (faced, squares) = (count(Count::Faced(act)), count(Count::FacedSquared(act)));
            rest = rest.saturating_sub(n);
            if n > 0 {
                let [none, each] = [self.none, self.each].map(|of| of[usize::from(act)]);
                // Whole numbers: exactly nothing where all have faced equally many.
                let spread = u128::from(n) * u128::from(squares) - u128::from(faced) * u128::from(faced);
                let n = n as f64;
                let mean = none + each * (faced as f64 / n);
                classes[usize::from(act)] = (n, mean, each * each * (spread as f64 / (n * n)));
            }
        }
        classes[2].0 = rest as f64;
        let sum: f64 = classes.iter().map(|(n, mean, _)| n * mean).sum();
        let mean = sum / agents as f64;
        let around = |own: f64| (own - mean) * (own - mean);
        let squares: f64 = classes.iter().map(|(n, own, spread)| n * (spread + around(*own))).sum();
        Moments { sum, mean, sd: (squares / agents as f64).sqrt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Payoffs of a line of agents with three partners each, one by one and from counts.
    #[test]
    fn counts_give_the_moments_of_payoffs() {
        let (pays, base) = ([0.1f32, 1.85, 0.0, 1.0], 0.25f32);
        let agents: Vec<(u8, u64)> =
            (0..60u64).map(|k| ((k * k % 7 % 2) as u8, k % 5 * (k % 3) % 4)).collect();
        let tallies = Tallies::new(1);
        for &(act, faced) in &agents {
            tallies.add(0, Count::Act(act), 3);
            tallies.add(0, Count::Faced(act), faced);
            tallies.add(0, Count::FacedSquared(act), faced * faced);
        }
        for mean in [false, true] {
            let pay = |&(act, faced): &(u8, u64)| {
                let [zero, one] = [0, 1].map(|other| f64::from(pays[2 * usize::from(act) + other]));
                let sum = (3 - faced) as f64 * zero + faced as f64 * one;
                sum / if mean { 3.0 } else { 1.0 } + f64::from(base)
            };
            let counted = Counted::new(pays, 3, mean, base);
            let found = counted.moments(&tallies, 0..1, 60);
            let sum: f64 = agents.iter().map(pay).sum();
            let squares: f64 = agents.iter().map(|agent| (pay(agent) - sum / 60.0).powi(2)).sum();
            let near = |a: f64, b: f64| (a - b).abs() < 1e-12 * b.abs();
            assert!(near(found.sum, sum) && near(found.mean, sum / 60.0), "{found:?}");
            assert!(near(found.sd, (squares / 60.0).sqrt()), "{found:?}");
            // Others in groups that never played have nothing.
            let found = counted.moments(&tallies, 0..1, 80);
            let squares: f64 = agents.iter().map(|agent| pay(agent).powi(2)).sum();
            let sd = (squares / 80.0 - (sum / 80.0).powi(2)).sqrt();
            assert!(near(found.mean, sum / 80.0) && (found.sd - sd).abs() < 1e-12, "{found:?}");
        }
    }

    #[test]
    fn equal_payoffs_have_no_spread() {
        let tallies = Tallies::new(1);
        tallies.add(0, Count::Act(1), 8 * 1_000_003);
        tallies.add(0, Count::Faced(1), 8 * 1_000_003);
        tallies.add(0, Count::FacedSquared(1), 64 * 1_000_003);
        let counted = Counted::new([0.0, 1.85, 0.0, 1.1], 8, false, 0.0);
        let found = counted.moments(&tallies, 0..1, 1_000_003);
        assert_eq!((found.mean, found.sd), (8.0 * f64::from(1.1f32), 0.0));
    }
}
