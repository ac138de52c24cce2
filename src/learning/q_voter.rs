//! The q-voter model: who is asked is believed only where all of several say the same.

use super::{Choice, Learning, Models};
use crate::chance::unit64;
use crate::math;
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Count, Prob};

/// A learner asks `q` of its models, perhaps the same twice. If all follow one strategy it takes it; if not, it keeps
/// its own, or with chance `flip_prob` takes one of the others that its models follow.
///
/// P(all follow s) = n(s)^q / (Σ n)^q, n(s) = models that follow s; q = 1 is copying. The source knows
/// two strategies; of more, each other that is seen is as likely
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct QVoter {
    /// how many are asked, at least 1
    q: Count,
    /// probability of a change where they disagree, 0 to 1
    #[serde(default)]
    flip_prob: Option<Prob>,
}

struct Rule {
    q: f64,
    flip_prob: f64,
}

impl Spec<dyn Learning> for QVoter {
    fn build(self, _: &Context) -> Result<Box<dyn Learning>, Wrong> {
        Ok(Box::new(Rule { q: self.q.get() as f64, flip_prob: self.flip_prob.map_or(0.0, Prob::get) }))
    }
}

impl Learning for Rule {
    fn models(&self) -> Models<'_> {
        Models::Numbers { choice: self, with_self: false }
    }
}

impl Choice for Rule {
    fn choose(&self, own: usize, numbers: &[f64], draw: u64) -> usize {
        let all: f64 = numbers.iter().sum();
        let (point, mut passed) = (unit64(draw), 0.0);
        let agreed = numbers.iter().position(|&n| {
            passed += if n > 0.0 { math::pow(n / all, self.q) } else { 0.0 };
            point < passed
        });
        // What is left of the draw decides what a disagreement leads to.
        let left = (point - passed) / (1.0 - passed);
        let others = || (0..numbers.len()).filter(|&s| s != own && numbers[s] > 0.0);
        match agreed {
            Some(strategy) => strategy,
            None if left < self.flip_prob => {
                let nth = left / self.flip_prob * others().count() as f64;
                others().nth(nth as usize).unwrap_or(own)
            }
            None => own,
        }
    }
}

pub(super) const ROW: Row<dyn Learning> =
    Row::of::<QVoter>("q-voter", &["castellano2009"], "q = 3\nflip_prob = 0.1");

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(rule: &Rule, numbers: &[f64], draws: [f64; 4]) -> [usize; 4] {
        draws.map(|u| rule.choose(0, numbers, (u * 2f64.powi(64)) as u64))
    }

    #[test]
    fn all_who_are_asked_must_agree() {
        // One of four and three of four, asked twice: 1/16 and 9/16 agree, 6/16 do not, and a third of these change.
        let rule = Rule { q: 2.0, flip_prob: 1.0 / 3.0 };
        assert_eq!(chosen(&rule, &[1.0, 3.0], [0.06, 0.07, 0.62, 0.63]), [0, 1, 1, 1]);
        assert_eq!(chosen(&rule, &[1.0, 3.0], [0.74, 0.76, 0.9, 0.999]), [1, 0, 0, 0]);
        assert_eq!(chosen(&rule, &[0.0, 0.0], [0.0, 0.3, 0.6, 0.9]), [0; 4]);
    }

    #[test]
    fn a_change_leads_to_any_other_that_is_seen() {
        // A sixteenth, nothing, a sixteenth and a quarter agree; the rest is for one's own or one of two others.
        let rule = Rule { q: 2.0, flip_prob: 0.5 };
        assert_eq!(chosen(&rule, &[1.0, 0.0, 1.0, 2.0], [0.38, 0.53, 0.54, 0.7]), [2, 2, 3, 0]);
    }
}
