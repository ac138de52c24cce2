//! Adjust: a number moves toward a metric of the group.

use super::{Heard, Hearing, Learning, Models, Opinions, Told, known_trait};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::expression::Expression;
use crate::scenario::numbers::Prob;

/// An agent moves a trait toward what it sees of its group as a whole: what is usual, what the best have, what is left.
///
/// x(i) ← x(i) + step · (m − x(i)), m = the metric `to` of the agent's group as the last tick ended; where the metric
/// has no value, nothing moves
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Adjust {
    /// the trait that moves, of type f32 or f64
    #[serde(rename = "trait")]
    column: String,
    /// a metric or an expression of metrics, such as `max_wish` or `0.5 * payoff_mean`, in units of the trait
    to: String,
    /// share of the way that is gone, 0 to 1
    step: Prob,
}

struct Toward {
    column: String,
    to: Expression,
    step: f64,
}

impl Spec<dyn Learning> for Adjust {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        known_trait("trait", &self.column, context)?;
        let to = Expression::parse(&self.to).map_err(|e| Wrong::new(e.says).at("to").help(e.help))?;
        Ok(Box::new(Toward { column: self.column, to, step: self.step.get() }))
    }
}

impl Learning for Toward {
    fn models(&self) -> Models<'_> {
        Models::Opinions(self)
    }
}

impl Opinions for Toward {
    fn hearing(&self) -> Hearing<'_> {
        Hearing {
            column: &self.column,
            told: Told::Metric(&self.to),
            heard: Heard::Nobody,
            with_self: false,
            both: false,
            trim: 0,
            first: false,
        }
    }

    fn moves(&self, own: f64, _: f64, _: f64, metric: f64) -> f64 {
        if metric.is_finite() { own + self.step * (metric - own) } else { own }
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<Adjust>("adjust", &["cyert1963"], "trait = \"opinion\"\nto = \"max_opinion\"\nstep = 0.5");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_a_half_goes_half_way() {
        let to = Expression::parse("max_x").unwrap();
        let rule = Toward { column: "x".into(), to, step: 0.5 };
        assert_eq!(rule.moves(1.0, 0.0, 0.0, 2.0), 1.5);
        assert_eq!(rule.moves(1.0, 0.0, 0.0, f64::NAN), 1.0);
        let context = Context { traits: vec!["x".into()], ..Context::default() };
        let error = ROW.parse("trait = \"x\"\nto = \"max_x +\"\nstep = 0.5", &context).err().unwrap();
        assert!(error.to_string().contains(":2:"), "{error}");
    }
}
