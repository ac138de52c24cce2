//! Voted: a rule of the group, which holds from one vote to the next.

use super::{Assesses, Norm, Vote, Voting};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Count;
use crate::strategies::has_trait;

/// A rule of the group in place of reputations: every so many ticks its agents vote on the most that one may take of
/// their commons. Who asks for more does not cooperate, and sanctions go by that.
///
/// rule = vote(x(1), …, x(n)), x(i) the `trait` of agent i, at the start of ticks 1, 1 + every, 1 + 2·every, …; from one
/// vote to the next the rule stays what it is, a number of the group's own (the metric `rule`)
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Voted {
    /// the trait that says what each agent wants the rule to be, in units a tick
    #[serde(rename = "trait")]
    column: String,
    /// how votes become the rule
    #[serde(default)]
    vote: Vote,
    /// ticks from one vote to the next
    #[serde(default = "one")]
    every: Count,
}

fn one() -> Count {
    Count::checked(1).expect("1 is a count")
}

impl Spec<dyn Norm> for Voted {
    fn build(self, context: &Context) -> Result<Box<dyn Norm>, Wrong> {
        has_trait(&self.column, "trait", context)?;
        Ok(Box::new(Voting { column: self.column, vote: self.vote, every: self.every.get() }))
    }
}

impl Norm for Voting {
    fn assesses(&self) -> Assesses<'_> {
        Assesses::Rule(self)
    }
}

impl Vote {
    /// What the votes of a group come to; their order is lost.
    ///
    /// # Panics
    /// If nobody votes.
    pub fn of(self, votes: &mut [f64]) -> f64 {
        match self {
            Vote::Median => {
                votes.sort_unstable_by(f64::total_cmp);
                let half = votes.len() / 2;
                if votes.len() % 2 == 1 { votes[half] } else { (votes[half - 1] + votes[half]) / 2.0 }
            }
            Vote::Mean => votes.iter().sum::<f64>() / votes.len() as f64,
            Vote::Min => votes.iter().copied().fold(f64::INFINITY, f64::min),
        }
    }
}

impl Voting {
    /// Whether a tick begins with a vote.
    pub fn is_due(&self, tick: u64) -> bool {
        tick.wrapping_sub(1).is_multiple_of(self.every)
    }
}

pub(super) const ROW: Row<dyn Norm> =
    Row::of::<Voted>("voted", &["black1948", "ostrom1990"], "trait = \"tag\"\nvote = \"median\"\nevery = 2");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_come_to_their_middle_their_mean_or_the_strictest() {
        let of = |vote: Vote, votes: &[f64]| vote.of(&mut votes.to_vec());
        assert_eq!(of(Vote::Median, &[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(of(Vote::Median, &[9.0, 1.0, 2.0, 4.0]), 3.0);
        assert_eq!(of(Vote::Mean, &[9.0, 1.0, 2.0]), 4.0);
        assert_eq!(of(Vote::Min, &[9.0, 1.0, 2.0]), 1.0);
    }

    #[test]
    fn a_vote_comes_with_the_first_tick_and_then_every_so_many() {
        let voting = Voting { column: "x".into(), vote: Vote::Median, every: 3 };
        let due: Vec<u64> = (1..10).filter(|&tick| voting.is_due(tick)).collect();
        assert_eq!(due, [1, 4, 7]);
    }

    #[test]
    fn a_trait_that_nobody_has_is_refused() {
        let context = Context { traits: vec!["allowed".into()], ..Context::default() };
        assert!(ROW.parse("trait = \"allowed\"", &context).is_ok());
        let error = ROW.parse("trait = \"allow\"", &context).err().unwrap().to_string();
        assert!(error.contains("there is no trait `allow`"), "{error}");
    }
}
