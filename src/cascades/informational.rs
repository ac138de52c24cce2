//! Informational cascades: each acts on a signal of its own and on what all before it did.

use super::{Cascade, Exposure, Walk};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;

/// One after the other, agents adopt or reject, whichever they think right by Bayes' rule: each has a private signal
/// and has seen what all before it did. Once the public belief outweighs any signal, nobody reveals a signal any more.
///
/// odds(own) = odds(public) × accuracy / (1 − accuracy) on a signal to adopt, divided by it on the other; adopts
/// if they are above 1
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Informational {
    /// probability that a private signal is right, at least one half
    signal_accuracy: Prob,
    /// what an agent does that is indifferent
    #[serde(default)]
    tie: Tie,
    /// what is right
    #[serde(default)]
    truth: Truth,
}

/// What an agent does that is indifferent.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tie {
    /// a fair coin decides
    #[default]
    Coin,
    /// it follows its own signal
    Own,
}

/// What is right in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// a fair coin decides for each group
    #[default]
    Random,
    /// to adopt
    Adopt,
    /// to reject
    Reject,
}

impl Spec<dyn Cascade> for Informational {
    fn build(self, _: &Context) -> Result<Box<dyn Cascade>, Wrong> {
        if self.signal_accuracy.get() < 0.5 {
            let says = format!("a signal that is right with probability {}", self.signal_accuracy.get());
            let help = "write 0.5 or more: below, its opposite is the better signal";
            return Err(Wrong::new(says).at("signal_accuracy").help(help));
        }
        Ok(Box::new(self))
    }
}

/// Stages: has not acted, rejected, adopted.
const ADOPTED: u8 = 2;

impl Cascade for Informational {
    fn stages(&self) -> Vec<String> {
        ["waiting", "rejecting", "adopting"].map(String::from).to_vec()
    }

    fn spreads(&self, stage: u8) -> bool {
        stage == ADOPTED
    }

    fn next(&self, of: Exposure, _: f64) -> u8 {
        of.stage
    }

    fn walk(&self) -> Walk<'_> {
        Walk::InTurn(Signals { accuracy: self.signal_accuracy.get(), tie: self.tie, truth: self.truth })
    }
}

/// What an agent makes of its own signal and of what all before it did. Beliefs are the probability that to adopt is
/// right.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signals {
    /// probability that a signal is right
    pub accuracy: f64,
    /// what an agent does that is indifferent
    pub tie: Tie,
    /// what is right
    pub truth: Truth,
}

/// Odds that are as good as even: beliefs are kept in 32 bits.
const EVEN: f64 = 1e-5;

impl Signals {
    /// The chance that an agent adopts on a signal (true: to adopt) at a public belief.
    pub fn adopts(&self, belief: f64, signal: bool) -> f64 {
        let (public, own) = (belief / (1.0 - belief), self.accuracy / (1.0 - self.accuracy));
        let odds = if signal { public * own } else { public / own };
        match (odds - 1.0, self.tie) {
            (over, _) if over > EVEN => 1.0,
            (over, _) if over < -EVEN => 0.0,
            (_, Tie::Coin) => 0.5,
            (_, Tie::Own) => f64::from(u8::from(signal)),
        }
    }

    /// The chances that an agent adopts where that is wrong and where it is right.
    pub fn chances(&self, belief: f64) -> [f64; 2] {
        let (high, low, q) = (self.adopts(belief, true), self.adopts(belief, false), self.accuracy);
        [(1.0 - q) * high + q * low, q * high + (1.0 - q) * low]
    }

    /// The public belief after an act that all see.
    pub fn learnt(&self, belief: f64, adopted: bool) -> f64 {
        let of = |chance: f64| if adopted { chance } else { 1.0 - chance };
        let [wrong, right] = self.chances(belief).map(of);
        let (against, for_it) = ((1.0 - belief) * wrong, belief * right);
        if against + for_it > 0.0 { (for_it / (against + for_it)).clamp(SURE, 1.0 - SURE) } else { belief }
    }

    /// Whether an agent would do the same on either signal.
    pub fn herds(&self, belief: f64) -> bool {
        self.adopts(belief, true) == self.adopts(belief, false)
    }
}

/// No belief is surer than 32 bits can tell from certainty.
const SURE: f64 = 1e-7;

pub(super) const ROW: Row<dyn Cascade> =
    Row::of::<Informational>("informational", &["bikhchandani1992"], "signal_accuracy = 0.6");

#[cfg(test)]
mod tests {
    use super::*;

    fn signals(tie: Tie) -> Signals {
        Signals { accuracy: 0.6, tie, truth: Truth::Adopt }
    }

    #[test]
    fn an_act_of_the_first_agent_is_as_good_as_its_signal() {
        let of = signals(Tie::Coin);
        assert!((of.learnt(0.5, true) - 0.6).abs() < 1e-12);
        assert!((of.learnt(0.5, false) - 0.4).abs() < 1e-12);
        assert!(!of.herds(0.5));
    }

    #[test]
    fn two_alike_start_a_cascade_and_an_act_against_the_first_undoes_it() {
        for tie in [Tie::Coin, Tie::Own] {
            let of = signals(tie);
            let first = of.learnt(0.5, true);
            assert!(!of.herds(first));
            assert!((of.learnt(first, false) - 0.5).abs() < 1e-12);
            assert!(of.herds(of.learnt(first, true)));
        }
    }

    #[test]
    fn in_a_cascade_nothing_is_learnt() {
        let of = signals(Tie::Own);
        let belief = of.learnt(of.learnt(0.5, true), true);
        assert_eq!(of.learnt(belief, true), belief);
        assert_eq!([of.adopts(belief, false), of.adopts(belief, true)], [1.0, 1.0]);
    }

    #[test]
    fn a_coin_tells_less_than_a_signal() {
        // At one adopter, adopting has likelihoods p + q / 2 and q + p / 2: odds 1.5 × 0.8 / 0.7.
        let belief = signals(Tie::Coin).learnt(0.6, true);
        assert!((belief / (1.0 - belief) - 1.5 * 0.8 / 0.7).abs() < 1e-9);
    }
}
