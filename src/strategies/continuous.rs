//! Continuous strategies: how much one gives is a trait.

use super::{Leaning, Seen, Share, Strategy, has_trait};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Finite, NumberOrName};

/// In games where acts are shares of what one has, gives the same share to everybody: a trait of its own.
///
/// share = trait, cut to 0 to 1
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Continuous {
    /// the trait that is played
    plays: String,
}

impl Spec<dyn Strategy> for Continuous {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        has_trait(&self.plays, "plays", context)?;
        Ok(Box::new(self))
    }
}

impl Strategy for Continuous {
    /// As an act it counts as what it gives in full.
    fn chances(&self, _: Seen) -> Vec<f64> {
        vec![0.0, 1.0]
    }

    fn leaning(&self) -> Option<Leaning> {
        let own = NumberOrName::Name(self.plays.clone());
        let slope = NumberOrName::Number(Finite::checked(0.0).expect("0 is finite"));
        Some(Leaning::Share(Share { first: own.clone(), base: own, slope }))
    }
}

pub(super) const ROW: Row<dyn Strategy> =
    Row::of::<Continuous>("continuous", &["vallinder2024"], "plays = \"tag\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_its_trait_whoever_the_partner_is() {
        let context = Context { traits: vec!["kindness".into()], ..Context::default() };
        let rule = ROW.parse("plays = \"kindness\"", &context).unwrap();
        let Some(Leaning::Share(share)) = rule.leaning() else { panic!("it gives a share") };
        assert_eq!(share.first, share.base);
        assert_eq!(share.base, NumberOrName::Name("kindness".into()));
        assert!(ROW.parse("plays = \"anger\"", &context).is_err());
    }
}
