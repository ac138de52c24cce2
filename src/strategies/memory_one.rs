//! Memory of one round: what was done last decides the chance of cooperation.

use super::{Machine, Seen, State, Strategy, cooperative};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::Prob;

/// In a meeting of several rounds, cooperates with a chance that depends on what the two did in the last one.
///
/// P(C) = p[own last act, partner's last act], in the order CC, CD, DC, DD, own act first; `first` in the first round
///
/// Needs a game of two acts. Where none of them is called C, the first of the game's acts stands for it.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct MemoryOne {
    /// chance of C after CC, CD, DC, DD, own act first
    p: [Prob; 4],
    /// chance of C in the first round of a meeting
    #[serde(default = "one")]
    first: Prob,
}

fn one() -> Prob {
    Prob::checked(1.0).expect("1 is a probability")
}

struct Remembers(Machine);

impl Spec<dyn Strategy> for MemoryOne {
    fn build(self, context: &Context) -> Result<Box<dyn Strategy>, Wrong> {
        let help = cooperative(context)?;
        // State 0 is the first round; 1 to 4 follow CC, CD, DC, DD.
        let place = |own: usize, theirs: usize| 1 + 2 * u16::from(own != help) + u16::from(theirs != help);
        let next = vec![place(0, 0), place(0, 1), place(1, 0), place(1, 1)];
        let state = |p: Prob| {
            let mut chances = vec![1.0 - p.get(); 2];
            chances[help] = p.get();
            State { chances, next: next.clone() }
        };
        let states = std::iter::once(self.first).chain(self.p).map(state).collect();
        Ok(Box::new(Remembers(Machine { states })))
    }
}

impl Strategy for Remembers {
    fn chances(&self, _: Seen) -> Vec<f64> {
        self.0.states[0].chances.clone()
    }

    fn memory(&self) -> Option<&Machine> {
        Some(&self.0)
    }
}

pub(super) const ROW: Row<dyn Strategy> =
    Row::of::<MemoryOne>("memory-one", &["nowak1993", "press2012"], "p = [1.0, 0.0, 1.0, 0.0]\nfirst = 1.0");

#[cfg(test)]
mod tests {
    use super::*;

    fn context(acts: &[&str]) -> Context {
        Context { acts: acts.iter().map(|act| act.to_string()).collect(), ..Context::default() }
    }

    #[test]
    fn the_own_act_comes_first() {
        let strategy = ROW.parse("p = [0.1, 0.2, 0.3, 0.4]\nfirst = 0.5", &context(&["D", "C"])).unwrap();
        let machine = strategy.memory().unwrap();
        assert_eq!(machine.states[0].chances, [0.5, 0.5]);
        // After own C (act 1) and the partner's D (act 0) the second number counts.
        let after = machine.states[0].next[2];
        assert_eq!(machine.states[usize::from(after)].chances, [0.8, 0.2]);
        let after = machine.states[0].next[1];
        assert_eq!(machine.states[usize::from(after)].chances, [0.7, 0.3]);
    }

    #[test]
    fn it_needs_two_acts() {
        assert!(ROW.parse("p = [1.0, 0.0, 1.0, 0.0]", &context(&["A", "B"])).is_ok());
        assert!(ROW.parse("p = [1.0, 0.0, 1.0, 0.0]", &context(&["a", "b", "c"])).is_err());
    }
}
