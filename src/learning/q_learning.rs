//! Q-learning: an agent keeps a value of each strategy from what it earned with it, and follows those of high value.

use super::{Learning, Models, Values};
use crate::chance::{below, unit64};
use crate::math;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, Positive, Prob};

/// An agent learns by trial what each strategy is worth to it, without looking at anybody.
///
/// value(own) ← value(own) + step · (payoff + discount · max value − value(own)); then the strategy of the highest value
/// is taken, with chance `explore` any (ε-greedy), or with `temperature` T: P(s) = exp(value(s) / T) / Σ exp(value / T)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct QLearning {
    /// share of a surprise that is taken over, 0 to 1
    step: Prob,
    /// chance of trying any strategy, 0 to 1; without temperature: default 0.1
    explore: Option<Prob>,
    /// how much values blur, in payoff units; instead of `explore`
    temperature: Option<Positive>,
    /// weight of what comes after, 0 to 1
    #[serde(default)]
    discount: Option<Prob>,
    /// value of every strategy at the start, in payoff units
    #[serde(default)]
    initial: Option<Finite>,
}

struct Rule {
    step: f64,
    discount: f64,
    initial: f64,
    tries: Tries,
}

#[derive(Clone, Copy)]
enum Tries {
    Explore(f64),
    Temperature(f64),
}

impl Spec<dyn Learning> for QLearning {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let tries = match (self.explore, self.temperature) {
            (Some(_), Some(_)) => {
                let help = "write one of the two";
                let says = "`explore` and `temperature` both say what is tried";
                return Err(Wrong::new(says).at("temperature").help(help));
            }
            (explore, None) => Tries::Explore(explore.map_or(0.1, |explore| explore.get())),
            (None, Some(temperature)) => Tries::Temperature(temperature.get()),
        };
        let discount = self.discount.map_or(0.0, |discount| discount.get());
        if discount >= 1.0 {
            let help = "write a number below 1";
            return Err(Wrong::new("values grow without end").at("discount").help(help));
        }
        let initial = self.initial.map_or(0.0, |initial| initial.get());
        Ok(Box::new(Rule { step: self.step.get(), discount, initial, tries }))
    }
}

impl Learning for Rule {
    fn models(&self) -> Models<'_> {
        Models::Memory(self)
    }
}

fn best(values: &[f32]) -> usize {
    let most = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    values.iter().position(|&value| value == most).unwrap_or(0)
}

impl Values for Rule {
    fn initial(&self) -> f64 {
        self.initial
    }

    fn learn(&self, values: &mut [f32], own: usize, payoff: f64) {
        let after = self.discount * f64::from(values[best(values)]);
        let old = f64::from(values[own]);
        values[own] = (old + self.step * (payoff + after - old)) as f32;
    }

    fn choose(&self, values: &[f32], open: &[u8], [happens, into]: [u64; 2]) -> u8 {
        let value = |code: u8| f64::from(values[usize::from(code)]);
        let most = open.iter().fold(f64::NEG_INFINITY, |most, &code| most.max(value(code)));
        match self.tries {
            Tries::Explore(explore) if unit64(happens) < explore => {
                open[below(into, open.len() as u64) as usize]
            }
            Tries::Explore(_) => {
                let tied = || open.iter().filter(|&&code| value(code) == most);
                let nth = below(into, tied().count() as u64) as usize;
                tied().nth(nth).copied().unwrap_or(open[0])
            }
            Tries::Temperature(temperature) => {
                let weight = |&code: &u8| math::exp((value(code) - most) / temperature);
                let total: f64 = open.iter().map(weight).sum();
                let (point, mut passed) = (unit64(into) * total, 0.0);
                let reached = open.iter().find(|code| {
                    passed += weight(code);
                    point < passed
                });
                reached.copied().unwrap_or(open[open.len() - 1])
            }
        }
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<QLearning>("q-learning", &["watkins1992", "sutton2018"], "step = 0.1\nexplore = 0.05");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_moves_by_a_share_of_the_surprise() {
        let rule = Rule { step: 0.5, discount: 0.5, initial: 0.0, tries: Tries::Explore(0.25) };
        let mut values = [1.0, 2.0];
        rule.learn(&mut values, 0, 3.0);
        // 1 + (3 + 0.5 · 2 − 1) / 2
        assert_eq!(values, [2.5, 2.0]);
        let third = u64::MAX / 3;
        assert_eq!(rule.choose(&values, &[0, 1], [third, u64::MAX]), 0);
        assert_eq!(rule.choose(&values, &[0, 1], [0, u64::MAX]), 1);
        assert_eq!(rule.choose(&values, &[1], [third, 0]), 1);
    }
}
