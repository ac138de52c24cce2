//! Norms: everybody is tempted in turn, and others may see it.

use super::{Game, Pays, TemptGame};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{NonNegative, NumberOr, Prob};

/// In each tick every agent has one opportunity to defect: it gains, and all others of its group are hurt.
///
/// S = chance of being seen at this opportunity, the same for every other agent; payoff(i) += temptation if i defects,
/// payoff(j) −= hurt for every other j; each other sees it with chance S, and may punish (see [sanction])
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Norms {
    /// what a defector gains, in payoff units
    temptation: NonNegative,
    /// what each other agent of the group loses by a defection, in payoff units
    hurt: NonNegative,
    /// the chance of being seen: a number, or { uniform = [0, 1] }, drawn anew for each opportunity
    seen_prob: NumberOr<Between, Prob>,
}

/// Uniform between two numbers.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Between {
    /// least and greatest
    uniform: [Prob; 2],
}

impl Spec<dyn Game> for Norms {
    fn build(self, _: &Context) -> Result<Box<dyn Game>, Wrong> {
        if let NumberOr::Other(Between { uniform: [least, most] }) = &self.seen_prob
            && least.get() > most.get()
        {
            return Err(Wrong::new("the first is larger than the second")
                .at("seen_prob.uniform")
                .help("swap them"));
        }
        Ok(Box::new(self))
    }
}

impl Game for Norms {
    fn acts(&self) -> Vec<String> {
        vec!["D".into(), "C".into()]
    }

    fn pays(&self) -> Pays<'_> {
        Pays::Tempt(self)
    }
}

impl TemptGame for Norms {
    fn temptation(&self) -> f64 {
        self.temptation.get()
    }

    fn hurt(&self) -> f64 {
        self.hurt.get()
    }

    fn seen(&self) -> [f64; 2] {
        match &self.seen_prob {
            NumberOr::Number(prob) => [prob.get(); 2],
            NumberOr::Other(Between { uniform }) => uniform.map(|prob| prob.get()),
        }
    }
}

pub(super) const ROW: Row<dyn Game> = Row::of::<Norms>(
    "norms",
    &["axelrod1986", "galan2005"],
    "temptation = 3.0\nhurt = 1.0\nseen_prob = { uniform = [0.0, 1.0] }",
);
