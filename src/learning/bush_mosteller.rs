//! Bush and Mosteller's stochastic learning: what satisfies becomes more probable, what disappoints less.

use super::roth_erev::in_proportion;
use super::{Learning, Models, Values};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, Positive, Prob};

/// An agent follows each of the world's k strategies with a probability, 1 / k at first, which satisfaction raises and
/// disappointment lowers; among those that it can take up it chooses in proportion.
///
/// stimulus = (payoff − aspiration) / scale, cut to −1 … 1; for the strategy that was followed p ← p + step · stimulus ·
/// (1 − p) where stimulus ≥ 0, else p ← p + step · stimulus · p. The sources know two strategies; of more, the others
/// share the rest as they did
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct BushMosteller {
    /// the payoff that neither satisfies nor disappoints, in payoff units
    aspiration: Finite,
    /// share of the way that the strongest stimulus moves a probability, 0 to 1
    step: Prob,
    /// how far from the aspiration a payoff is the strongest stimulus, in payoff units; default: as far as a meeting's
    /// payoffs lie from it
    scale: Option<Positive>,
}

struct Rule {
    aspiration: f64,
    step: f64,
    scale: f64,
}

impl Spec<dyn Learning> for BushMosteller {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let aspiration = self.aspiration.get();
        let furthest = context.payoffs.map(|[least, most]| (aspiration - least).max(most - aspiration));
        let Some(scale) = self.scale.map(Positive::get).or(furthest.filter(|scale| *scale > 0.0)) else {
            let says = "the game does not say how far from the aspiration its payoffs can be";
            return Err(Wrong::new(says).help("add `scale`, in payoff units"));
        };
        Ok(Box::new(Rule { aspiration, step: self.step.get(), scale }))
    }
}

impl Learning for Rule {
    fn models(&self) -> Models<'_> {
        Models::Memory(self)
    }
}

impl Values for Rule {
    /// Values are weights until the first stimulus makes them probabilities, so that nobody need know k.
    fn initial(&self) -> f64 {
        1.0
    }

    fn learn(&self, values: &mut [f32], own: usize, payoff: f64) {
        let moved = self.step * ((payoff - self.aspiration) / self.scale).clamp(-1.0, 1.0);
        let total: f64 = values.iter().map(|&value| f64::from(value)).sum();
        let rest = total - f64::from(values[own]);
        let old = f64::from(values[own]) / total;
        let new = old + moved * if moved < 0.0 { old } else { 1.0 - old };
        let others = (values.len() - 1) as f64;
        for (code, value) in values.iter_mut().enumerate() {
            *value = match code == own {
                true if others == 0.0 => 1.0,
                true => new as f32,
                false if rest > 0.0 => (f64::from(*value) / rest * (1.0 - new)) as f32,
                false => ((1.0 - new) / others) as f32,
            };
        }
    }

    fn choose(&self, values: &[f32], open: &[u8], [_, into]: [u64; 2]) -> u8 {
        in_proportion(values, open, into)
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<BushMosteller>(
    "bush-mosteller",
    &["bush1955", "macy2002", "izquierdo2007"],
    "aspiration = 2.0\nstep = 0.5",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn satisfaction_raises_and_disappointment_lowers() {
        let rule = Rule { aspiration: 2.0, step: 0.5, scale: 2.0 };
        let after = |payoff: f64| {
            let mut values = [2.0, 1.0, 1.0];
            rule.learn(&mut values, 0, payoff);
            values
        };
        // The payoffs 3, 0 and 9 are stimuli of 1/2, -1 and, as strong as can be, 1.
        assert_eq!(after(3.0), [0.625, 0.1875, 0.1875]);
        assert_eq!(after(0.0), [0.25, 0.375, 0.375]);
        assert_eq!(after(9.0), [0.75, 0.125, 0.125]);
        let mut sure = [0.0, 1.0];
        rule.learn(&mut sure, 1, 1.0);
        assert_eq!(sure, [0.25, 0.75]);
    }

    #[test]
    fn the_scale_comes_from_the_game() {
        let game = Context { payoffs: Some([0.0, 3.0]), ..Context::default() };
        assert!(ROW.parse("aspiration = 2.0\nstep = 0.5", &game).is_ok());
        assert!(ROW.parse("aspiration = 2.0\nstep = 0.5", &Context::default()).is_err());
    }
}
