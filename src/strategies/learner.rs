//! Learners: what they do is what they learn.

use super::{Leaning, Policy, Seen, Sees, Strategy, TagsOf, always, has_trait};
use crate::registry::{Context, Row, Spec, Wrong};

/// Policies of a learner, at most.
const MOST: usize = 64;

/// Does what it has learnt: a policy is an act for each thing that it sees, and learning (q-learning) keeps a value of
/// each policy. In metrics and snapshots the policy that an agent now follows is its strategy: `learner_c` plays C;
/// where it sees partners, `learner_c_d` plays C towards the good, or its own kind, and D towards others; where it may
/// punish, it learns whether to, and whom of those named: `learner_c_punishes_defectors`. At the start as many follow each
/// policy.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Learner {
    /// the acts that it tries; default: all of the game
    actions: Option<Vec<String>>,
    /// what it sees of its partner
    #[serde(default)]
    sees: SeesWhat,
    /// the trait that shows who is of its own kind, where it sees tags
    tag: Option<String>,
}

/// What a learner sees of its partner.
#[derive(Clone, Copy, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SeesWhat {
    /// nothing
    #[default]
    Nothing,
    /// whether its reputation is good
    Reputation,
    /// whether it is of one's own kind
    Tag,
}

struct Learns(Vec<Policy>);

impl Spec<dyn Strategy> for Learner {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        let acts = self.actions.clone().unwrap_or_else(|| context.acts.clone());
        if acts.len() < 2 {
            let says = "a learner needs two acts to choose between";
            return Err(Wrong::new(says).at("actions").help("leave `actions` out, and add a [game]"));
        }
        if let Some(twice) = acts.iter().enumerate().find(|(nth, act)| acts[..*nth].contains(act)) {
            let says = format!("the act `{}` is named twice", twice.1);
            return Err(Wrong::new(says).at("actions").help("name it once"));
        }
        let tags = match (self.sees, self.tag) {
            (SeesWhat::Tag, Some(tag)) => {
                has_trait(&tag, "tag", context)?;
                Some(TagsOf { tag, within: None })
            }
            (SeesWhat::Tag, None) => {
                let says = "by what it tells its own kind is not said";
                return Err(Wrong::new(says).at("sees").help("add `tag`, the name of a [[trait]]"));
            }
            (_, Some(_)) => {
                let says = "`tag` is for learners that see tags";
                return Err(Wrong::new(says).at("tag").help("leave it out, or write sees = \"tag\""));
            }
            (_, None) => None,
        };
        let chances: Result<Vec<Vec<f64>>, Wrong> =
            acts.iter().map(|act| always(act, "actions", context)).collect();
        let chances = chances?;
        let n = acts.len();
        let towards_bad = if self.sees == SeesWhat::Nothing { 1 } else { n };
        let count = n * towards_bad;
        if count > MOST {
            let says = format!("a learner of {count} policies");
            let help = format!("name fewer `actions`, or let it see nothing: at most {MOST}");
            return Err(Wrong::new(says).at("actions").help(help));
        }
        let mut policies = Vec::with_capacity(count);
        for nth in 0..count {
            let (good, bad) = (nth % n, if towards_bad == 1 { nth } else { nth / n });
            let words = if towards_bad == 1 { vec![good] } else { vec![good, bad] };
            let name = words.iter().map(|&act| format!("_{}", snake(&acts[act]))).collect();
            let chances = [bad, good].map(|act| chances[act].clone());
            let (reputation, tags) = (self.sees == SeesWhat::Reputation, tags.clone());
            policies.push(Policy { name, chances, reputation, tags });
        }
        Ok(Box::new(Learns(policies)))
    }
}

fn snake(act: &str) -> String {
    act.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

impl Strategy for Learns {
    /// Of the first policy, which it stands for; the others are strategies of their own.
    fn chances(&self, seen: Seen) -> Vec<f64> {
        self.0[0].chances(seen)
    }

    fn leaning(&self) -> Option<Leaning> {
        Some(Leaning::Learns(self.0.clone()))
    }

    fn sees(&self) -> Sees<'_> {
        self.0[0].sees()
    }
}

pub(super) const ROW: Row<dyn Strategy> = Row::of::<Learner>("learner", &["watkins1992"], "");

#[cfg(test)]
mod tests {
    use super::*;

    fn learner(keys: &str) -> Result<Vec<Policy>, Wrong> {
        let context =
            Context { acts: vec!["C".into(), "D".into()], traits: vec!["tag".into()], ..Context::default() };
        let rule = toml::from_str::<Learner>(keys).unwrap().build(&context)?;
        let Some(Leaning::Learns(policies)) = rule.leaning() else { panic!("it learns") };
        Ok(policies)
    }

    #[test]
    fn a_policy_is_an_act_for_each_thing_that_is_seen() {
        let names =
            |keys: &str| learner(keys).unwrap().into_iter().map(|policy| policy.name).collect::<Vec<_>>();
        assert_eq!(names(""), ["_c", "_d"]);
        assert_eq!(names("sees = \"reputation\""), ["_c_c", "_d_c", "_c_d", "_d_d"]);
        let seeing = learner("sees = \"tag\"\ntag = \"tag\"").unwrap();
        assert_eq!(seeing[2].name, "_c_d");
        assert_eq!(seeing[2].chances(Seen::Good), [1.0, 0.0]);
        assert_eq!(seeing[2].chances(Seen::Bad), [0.0, 1.0]);
        assert!(matches!(seeing[2].sees(), Sees::Tags(tags) if tags.tag == "tag"));
    }

    #[test]
    fn learners_without_a_choice_are_refused() {
        for (keys, says) in [
            ("actions = [\"C\"]", "two acts"),
            ("actions = [\"C\", \"C\"]", "twice"),
            ("actions = [\"C\", \"X\"]", "no act `X`"),
            ("sees = \"tag\"", "is not said"),
            ("tag = \"tag\"", "see tags"),
        ] {
            let wrong = learner(keys).unwrap_err();
            assert!(wrong.says.contains(says), "{keys}: {}", wrong.says);
        }
    }
}
