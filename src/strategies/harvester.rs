//! Harvesters: what one takes from a commons.

use super::{Leaning, Seen, Strategy, has_trait};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::NumberOrName;

/// Takes from the stock of its group: a number of units, a fair share, or a share of the stock. Exactly one of the keys.
///
/// asks for `takes`, or `takes_share` · stock; a fair share is what `explain commons` says
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Harvester {
    /// units a tick: a number, the name of a trait, or "fair-share"
    takes: Option<NumberOrName>,
    /// share of the stock: a number, or the name of a trait
    takes_share: Option<NumberOrName>,
}

struct Harvests(Leaning);

impl Spec<dyn Strategy> for Harvester {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        let (amount, key) = match (self.takes, self.takes_share) {
            (Some(NumberOrName::Name(word)), None) if word == "fair-share" => (Leaning::FairShare, "takes"),
            (Some(takes), None) => (Leaning::Takes(takes), "takes"),
            (None, Some(share)) => (Leaning::TakesShare(share), "takes_share"),
            (None, None) => {
                let help = "write takes = 10, takes = \"fair-share\", or takes_share = 0.1";
                return Err(Wrong::new("the strategy does not say what it takes").help(help));
            }
            _ => {
                let help = "write one of them";
                return Err(Wrong::new("`takes` and `takes_share` both say what it takes")
                    .at("takes")
                    .help(help));
            }
        };
        match &amount {
            Leaning::Takes(NumberOrName::Name(name)) | Leaning::TakesShare(NumberOrName::Name(name)) => {
                has_trait(name, key, context)?;
            }
            Leaning::Takes(NumberOrName::Number(x)) | Leaning::TakesShare(NumberOrName::Number(x))
                if x.get() < 0.0 =>
            {
                return Err(Wrong::new(format!("nobody takes {}", x.get())).at(key).help("write at least 0"));
            }
            _ => {}
        }
        Ok(Box::new(Harvests(amount)))
    }
}

impl Strategy for Harvests {
    fn chances(&self, _: Seen) -> Vec<f64> {
        vec![]
    }

    fn leaning(&self) -> Option<Leaning> {
        Some(self.0.clone())
    }
}

pub(super) const ROW: Row<dyn Strategy> =
    Row::of::<Harvester>("harvester", &["schaefer1954", "piatti2024"], "takes_share = 0.1");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_in_one_way_what_it_takes() {
        let context = Context { traits: vec!["greed".into()], ..Context::default() };
        let leaning = |toml: &str| ROW.parse(toml, &context).ok().and_then(|rule| rule.leaning());
        assert!(matches!(leaning("takes = \"fair-share\""), Some(Leaning::FairShare)));
        assert!(
            matches!(leaning("takes = \"greed\""), Some(Leaning::Takes(NumberOrName::Name(name))) if name == "greed")
        );
        for wrong in ["", "takes = 1\ntakes_share = 0.5", "takes = \"fear\"", "takes = -1"] {
            assert!(leaning(wrong).is_none(), "{wrong}");
        }
    }
}
