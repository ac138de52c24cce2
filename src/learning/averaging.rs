//! Averaging: opinions move to the mean of those that are heard (`DeGroot`; Friedkin and Johnsen).

use super::{Heard, Hearing, Learning, Models, Opinions, Told, known_parameter, known_trait};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, NumberOrName, Prob, Whole};

/// An agent takes the mean of its models' values, and holds on to its own first value as far as it is stubborn.
///
/// x(i) ← (1 − s) · Σ w(i, j) x(j) + s · x₀(i), s = stubbornness, w = the weights of the structure, else equal ones
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Averaging {
    /// the trait that moves, of type f32 or f64
    #[serde(rename = "trait")]
    column: String,
    /// weight of one's own first value, 0 to 1: a number or the name of a trait
    #[serde(default = "none")]
    stubbornness: NumberOrName<Prob>,
    /// so many of the greatest and as many of the least values that are heard are left out
    #[serde(default)]
    trim: Option<Whole>,
}

fn none() -> NumberOrName<Prob> {
    NumberOrName::Number(Prob::checked(0.0).expect("0 is a probability"))
}

struct Mean {
    column: String,
    stubbornness: NumberOrName,
    trim: usize,
}

impl Spec<dyn Learning> for Averaging {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let stubbornness = match self.stubbornness {
            NumberOrName::Number(s) => {
                NumberOrName::Number(Finite::checked(s.get()).expect("a probability is finite"))
            }
            NumberOrName::Name(name) => NumberOrName::Name(name),
        };
        known_trait("trait", &self.column, context)?;
        known_parameter("stubbornness", &stubbornness, context)?;
        let trim = self.trim.map_or(0, |trim| trim.get().min(u64::from(u32::MAX)) as usize);
        Ok(Box::new(Mean { column: self.column, stubbornness, trim }))
    }
}

impl Learning for Mean {
    fn models(&self) -> Models<'_> {
        Models::Opinions(self)
    }
}

impl Opinions for Mean {
    fn hearing(&self) -> Hearing<'_> {
        let stubborn = !matches!(&self.stubbornness, NumberOrName::Number(s) if s.get() == 0.0);
        Hearing {
            column: &self.column,
            told: Told::Parameter(&self.stubbornness),
            heard: Heard::All,
            with_self: false,
            both: false,
            trim: self.trim,
            first: stubborn,
        }
    }

    fn moves(&self, _: f64, first: f64, heard: f64, stubbornness: f64) -> f64 {
        (1.0 - stubbornness) * heard + stubbornness * first
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<Averaging>(
    "averaging",
    &["degroot1974", "friedkin1990"],
    "trait = \"opinion\"\nstubbornness = 0.25",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_weight_on_a_first_value_of_nothing_halves_an_opinion() {
        let half = NumberOrName::Number(Finite::checked(0.5).unwrap());
        let rule = Mean { column: "x".into(), stubbornness: half, trim: 0 };
        assert_eq!(rule.moves(1.0, 0.0, 1.0, 0.5), 0.5);
        assert!(rule.hearing().first && rule.reach(0.5).is_infinite());
    }
}
