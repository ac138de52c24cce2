//! Tags: one act towards one's own kind, another towards all others.

use super::{Seen, Sees, Strategy, TagsOf, always, has_trait};
use crate::registry::{Context, Row, Spec, Wrong};

/// Acts on whether the partner is of its own kind, which a tag shows: a trait without any other meaning.
///
/// own kind: tag(partner) = tag(own), or |tag(own) − tag(partner)| ≤ tolerance(own)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct TagBased {
    /// the act towards its own kind
    #[serde(default = "cooperate")]
    to_in: String,
    /// the act towards all others
    #[serde(default = "defect")]
    to_out: String,
    /// the trait that is the tag
    #[serde(default = "tag")]
    tag: String,
    /// who is of its own kind
    #[serde(default = "equal")]
    same: Same,
    /// the trait by which tags may differ, in units of the tag, where same is within-tolerance
    tolerance: Option<String>,
}

/// Who is of one's own kind.
#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Same {
    /// who has the same tag
    Equal,
    /// whose tag is no further away than one's own tolerance
    WithinTolerance,
}

fn cooperate() -> String {
    "C".into()
}

fn defect() -> String {
    "D".into()
}

fn tag() -> String {
    "tag".into()
}

fn equal() -> Same {
    Same::Equal
}

struct ByTag {
    own_kind: Vec<f64>,
    others: Vec<f64>,
    tags: TagsOf,
}

impl Spec<dyn Strategy> for TagBased {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        let own_kind = always(&self.to_in, "to_in", context)?;
        let others = always(&self.to_out, "to_out", context)?;
        has_trait(&self.tag, "tag", context)?;
        let within = match (self.same, self.tolerance) {
            (Same::Equal, None) => None,
            (Same::Equal, Some(_)) => {
                let help = "write same = \"within-tolerance\", or leave it out";
                return Err(Wrong::new("equal tags know no tolerance").at("tolerance").help(help));
            }
            (Same::WithinTolerance, tolerance) => Some(tolerance.unwrap_or_else(|| "tolerance".into())),
        };
        if let Some(within) = &within {
            has_trait(within, "tolerance", context)?;
        }
        Ok(Box::new(ByTag { own_kind, others, tags: TagsOf { tag: self.tag, within } }))
    }
}

impl Strategy for ByTag {
    fn chances(&self, seen: Seen) -> Vec<f64> {
        match seen {
            Seen::Good => self.own_kind.clone(),
            Seen::Bad => self.others.clone(),
        }
    }

    fn sees(&self) -> Sees<'_> {
        Sees::Tags(&self.tags)
    }
}

pub(super) const ROW: Row<dyn Strategy> = Row::of::<TagBased>(
    "tag-based",
    &["riolo2001", "hammond2006"],
    "to_in = \"C\"\nto_out = \"D\"\ntag = \"tag\"",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        let words = |all: &[&str]| all.iter().map(|word| word.to_string()).collect();
        Context { acts: words(&["D", "C"]), traits: words(&["tag", "tolerance"]), ..Context::default() }
    }

    #[test]
    fn helps_its_own_kind_alone() {
        let strategy = ROW.parse("", &context()).unwrap();
        assert_eq!(strategy.chances(Seen::Good), [0.0, 1.0]);
        assert_eq!(strategy.chances(Seen::Bad), [1.0, 0.0]);
        let Sees::Tags(tags) = strategy.sees() else { panic!("it looks at tags") };
        assert_eq!((tags.tag.as_str(), &tags.within), ("tag", &None));
    }

    #[test]
    fn a_tolerance_is_a_trait_of_the_world() {
        let strategy = ROW.parse("same = \"within-tolerance\"", &context()).unwrap();
        let Sees::Tags(tags) = strategy.sees() else { panic!("it looks at tags") };
        assert_eq!(tags.within.as_deref(), Some("tolerance"));
        assert!(ROW.parse("tag = \"colour\"", &context()).is_err());
        assert!(ROW.parse("tolerance = \"tolerance\"", &context()).is_err());
    }
}
