//! Win stay, lose shift: what satisfies is done again, else something else.

use super::{Learning, Models, Values};
use crate::chance::{below, unit64};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, Prob};

/// An agent keeps its strategy if it earned what it aspires to, and else takes another.
///
/// strategy ← the same if payoff ≥ aspiration, else one of the others, each as likely; with chance `explore` any.
/// The sources know two strategies
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct WinStayLoseShift {
    /// the least payoff that satisfies, in payoff units
    aspiration: Finite,
    /// chance of trying any strategy, 0 to 1
    #[serde(default)]
    explore: Option<Prob>,
}

struct Rule {
    aspiration: f64,
    explore: f64,
}

impl Spec<dyn Learning> for WinStayLoseShift {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let explore = self.explore.map_or(0.0, Prob::get);
        Ok(Box::new(Rule { aspiration: self.aspiration.get(), explore }))
    }
}

impl Learning for Rule {
    fn models(&self) -> Models<'_> {
        Models::Memory(self)
    }
}

impl Values for Rule {
    fn initial(&self) -> f64 {
        1.0
    }

    fn learn(&self, values: &mut [f32], own: usize, payoff: f64) {
        // A value is 1 where the strategy may be followed next, else 0.
        let stays = payoff >= self.aspiration;
        for (code, value) in values.iter_mut().enumerate() {
            *value = f32::from(u8::from((code == own) == stays));
        }
    }

    fn choose(&self, values: &[f32], open: &[u8], [happens, into]: [u64; 2]) -> u8 {
        let any = unit64(happens) < self.explore;
        let may = || open.iter().filter(|&&code| any || values[usize::from(code)] > 0.0);
        match may().count() {
            // Its strategy satisfied and cannot be taken up, or there is no other.
            0 => open[below(into, open.len() as u64) as usize],
            n => may().nth(below(into, n as u64) as usize).copied().unwrap_or(open[0]),
        }
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<WinStayLoseShift>(
    "win-stay-lose-shift",
    &["nowak1993", "posch1999"],
    "aspiration = 2.0\nexplore = 0.05",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_satisfies_is_kept_and_else_another_is_taken() {
        let rule = Rule { aspiration: 2.0, explore: 0.25 };
        let next = |payoff: f64, draws: [u64; 2]| {
            let mut values = [1.0; 3];
            rule.learn(&mut values, 1, payoff);
            rule.choose(&values, &[0, 1, 2], draws)
        };
        let (half, end) = (u64::MAX / 2, u64::MAX);
        assert_eq!([0, half, end].map(|into| next(2.0, [half, into])), [1, 1, 1]);
        assert_eq!([0, end].map(|into| next(1.9, [half, into])), [0, 2]);
        assert_eq!([0, half, end].map(|into| next(2.0, [0, into])), [0, 1, 2]);
        // Who cannot keep a strategy that satisfies takes one that is open.
        assert_eq!(rule.choose(&[0.0, 1.0], &[0], [half, 0]), 0);
    }
}
