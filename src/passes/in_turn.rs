//! Cascade: in tick k the k-th agent of every group acts, by its own signal and by what all before it did.

use crate::cascades::{Signals, Tie, Truth};
use crate::chance::{Chance, Stream, hits, threshold, unit64};
use crate::columns::{Mine, PublicBelief, Stage, View};
use crate::groups::{Count, Group};
use crate::pass::{Access, At, Pass};
use crate::planners::{Plant, Policy, Way};
use std::sync::Arc;

/// What is right in a group.
const TRUTH: Stream = Stream::named("cascade/truth");
/// Whether a private signal is right.
const SIGNAL: Stream = Stream::named("cascade/signal");
/// What an agent does that is indifferent.
const TIE: Stream = Stream::named("cascade/tie");

/// Agents of a queue, one a group and tick.
pub struct InTurn {
    /// what an agent makes of what it sees
    pub signals: Signals,
    /// the accuracy that a planner chooses at a public belief, where there is one
    pub policy: Option<Arc<Policy>>,
}

/// Whether to adopt is right in a group. `start` is the chance of tick 0.
fn truth(signals: &Signals, start: Chance, group: usize) -> bool {
    match signals.truth {
        Truth::Adopt => true,
        Truth::Reject => false,
        Truth::Random => start.stream(TRUTH).at(group as u64) >> 63 == 1,
    }
}

impl InTurn {
    /// What an agent makes of what it sees at a public belief.
    fn at_belief(&self, belief: f64) -> Signals {
        match &self.policy {
            Some(policy) => Signals { accuracy: policy.at(belief), ..self.signals },
            None => self.signals,
        }
    }
}

impl Plant for Signals {
    fn ways(&self, belief: f64, accuracy: f64) -> [Way; 2] {
        let signals = Signals { accuracy, ..*self };
        let [wrong, right] = signals.chances(belief);
        [true, false].map(|adopts| {
            let of = |chance: f64| if adopts { chance } else { 1.0 - chance };
            let (if_wrong, if_right) = ((1.0 - belief) * of(wrong), belief * of(right));
            let chance = if_wrong + if_right;
            let right = if adopts { if_right } else { if_wrong };
            let correct = if chance > 0.0 { right / chance } else { 0.0 };
            Way { chance, next: signals.learnt(belief, adopts), correct, adopts }
        })
    }

    fn telling(&self, belief: f64) -> f64 {
        let even = belief.max(1.0 - belief);
        // An indifferent agent that follows its signal reveals it; one that tosses a coin must be pushed over.
        if self.tie == Tie::Own { even } else { even + MARGIN }
    }
}

/// By how much a signal must outweigh what all believe, so that 32 bits see it.
const MARGIN: f64 = 1e-4;

impl Pass for InTurn {
    fn name(&self) -> &'static str {
        "cascade/in-turn"
    }

    fn access(&self) -> Access {
        Access::default().write::<Stage>().write::<PublicBelief>()
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let place = at.tick as usize - 1;
        if place >= at.len {
            return;
        }
        let (stage, beliefs) = (mine.take::<Stage>(), mine.take::<PublicBelief>());
        let group = at.first / at.group_size;
        let belief = if place == 0 { 0.5 } else { f64::from(beliefs[place - 1]) };
        let signals = self.at_belief(belief);
        let truth = truth(&signals, at.start, group);
        let right = hits(at.chance.stream(SIGNAL).at(group as u64), threshold(signals.accuracy));
        let signal = truth == right;
        let coin = unit64(at.chance.stream(TIE).at(group as u64));
        let adopts = coin < signals.adopts(belief, signal);
        let learnt = signals.learnt(belief, adopts);
        stage[place] = 1 + u8::from(adopts);
        beliefs[place] = learnt as f32;
        at.tallies.add(group, Count::Acted, 1);
        at.tallies.add(group, Count::Correct, u64::from(adopts == truth));
        let next = f64::from(beliefs[place]);
        at.tallies.add(group, Count::Herding, u64::from(self.at_belief(next).herds(next)));
    }
}
