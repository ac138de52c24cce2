//! Bounded confidence: only opinions near one's own are heard (Deffuant; Hegselmann and Krause).

use super::{Heard, Hearing, Learning, Models, Opinions, Told, known_parameter, known_trait};
use crate::registry::{Clock, Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, NonNegative, NumberOrName, Prob};

/// An agent moves toward the values that lie no further from its own than its confidence.
///
/// x(i) ← x(i) + step · (mean heard − x(i)); heard: |x(j) − x(i)| ≤ confidence; `one`: of one model that is drawn
/// (Deffuant), `all`: of all models and oneself (Hegselmann and Krause)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct BoundedConfidence {
    /// the trait that moves, of type f32 or f64
    #[serde(rename = "trait")]
    column: String,
    /// the greatest distance at which another is heard, in units of the trait: a number or the name of a trait
    confidence: NumberOrName<NonNegative>,
    /// share of the way that is gone, 0 to 1; default: 0.5 toward one, 1 toward the mean of all
    step: Option<Prob>,
    /// whether one model is heard, or all together
    #[serde(default)]
    hears: Hears,
    /// who moves when one is heard; default: one by one both, all at once the listener (so both of a meeting of two)
    moves: Option<Moves>,
}

/// How many are heard at once.
#[derive(Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Hears {
    /// one model, drawn at random
    #[default]
    One,
    /// all models, and oneself
    All,
}

/// Who moves.
#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Moves {
    /// the listener and the one who is heard
    Both,
    /// the listener alone
    Focal,
}

struct Bounded {
    column: String,
    confidence: NumberOrName,
    step: f64,
    all: bool,
    both: bool,
}

impl Spec<dyn Learning> for BoundedConfidence {
    fn build(self, context: &Context) -> Result<Box<dyn Learning>, Wrong> {
        let confidence = match self.confidence {
            NumberOrName::Number(x) => {
                NumberOrName::Number(Finite::checked(x.get()).expect("such a number is finite"))
            }
            NumberOrName::Name(name) => NumberOrName::Name(name),
        };
        known_trait("trait", &self.column, context)?;
        known_parameter("confidence", &confidence, context)?;
        let all = self.hears == Hears::All;
        if all && self.moves == Some(Moves::Both) {
            let help = "leave it out, or write hears = \"one\"";
            return Err(Wrong::new("who hears all moves alone").at("moves").help(help));
        }
        let at_once = context.clock == Clock::Synchronous;
        if at_once && self.moves == Some(Moves::Both) {
            let help = "leave it out: in meetings of two (models = \"meeting\") both listen; or set run.update = \"asynchronous\"";
            return Err(Wrong::new("all at once, everybody listens for oneself").at("moves").help(help));
        }
        let step = self.step.map_or(if all { 1.0 } else { 0.5 }, |step| step.get());
        let both = !all && !at_once && self.moves != Some(Moves::Focal);
        Ok(Box::new(Bounded { column: self.column, confidence, step, all, both }))
    }
}

impl Learning for Bounded {
    fn models(&self) -> Models<'_> {
        Models::Opinions(self)
    }
}

impl Opinions for Bounded {
    fn hearing(&self) -> Hearing<'_> {
        Hearing {
            column: &self.column,
            told: Told::Parameter(&self.confidence),
            heard: if self.all { Heard::All } else { Heard::One },
            with_self: self.all,
            both: self.both,
            trim: 0,
            first: false,
        }
    }

    fn reach(&self, confidence: f64) -> f64 {
        // As many units in the last place as differences of equal steps come out with.
        confidence + 1e-12
    }

    fn moves(&self, own: f64, _: f64, heard: f64, _: f64) -> f64 {
        own + self.step * (heard - own)
    }
}

pub(super) const ROW: Row<dyn Learning> = Row::of::<BoundedConfidence>(
    "bounded-confidence",
    &["deffuant2000", "hegselmann2002"],
    "trait = \"opinion\"\nconfidence = 0.2",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_a_half_meets_in_the_middle() {
        let row = ROW;
        let context =
            Context { traits: vec!["opinion".into()], clock: Clock::Asynchronous, ..Context::default() };
        let rule = row.parse("trait = \"opinion\"\nconfidence = 0.2", &context).unwrap();
        let Models::Opinions(rule) = rule.models() else { panic!("it is about opinions") };
        assert_eq!(rule.moves(0.2, 0.0, 0.4, 0.2), 0.30000000000000004);
        assert!(rule.hearing().both && rule.hearing().heard == Heard::One);
        assert!(rule.reach(0.2) >= 0.2 && rule.reach(0.2) < 0.2001);
        let error = row.parse("trait = \"belief\"\nconfidence = 0.2", &context).err().unwrap();
        assert!(error.to_string().contains("there is no trait `belief`"));
    }
}
