//! Meetings of several rounds: strategies as machines with a memory that lives inside a meeting.

use crate::acts::ExecutionError;
use crate::chance::{hits, threshold};
use crate::strategies::{Seen, Strategy};

/// How many rounds a meeting has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Length {
    /// so many
    Rounds(u32),
    /// at least one, and after each round another one with this probability
    Continues(f64),
}

/// What all strategies do in all rounds.
pub struct Rounds {
    acts: usize,
    length: Length,
    /// threshold of another round
    goes_on: u64,
    /// first rounds that do not count
    skip: u32,
    /// whether nothing is left to chance
    certain: bool,
    /// the first state of each strategy
    start: Vec<u16>,
    /// `[(state << 1 | seen) * acts + act]`
    chances: Vec<f64>,
    /// `[(state << 1 | seen) * (acts - 1) + act]`: cumulative thresholds
    steps: Vec<u64>,
    /// `[(state * acts + own) * acts + theirs]`
    next: Vec<u16>,
}

impl Rounds {
    /// Asks every strategy once. Errors are part of the acts that are remembered.
    pub fn new<'a>(
        strategies: impl Iterator<Item = &'a dyn Strategy>,
        acts: usize,
        (length, skip): (Length, u32),
        error: ExecutionError,
    ) -> Rounds {
        let goes_on = match length {
            Length::Rounds(_) => 0,
            Length::Continues(prob) => threshold(prob),
        };
        let (start, next) = (vec![], vec![]);
        let (chances, steps) = (vec![], vec![]);
        let mut rounds = Rounds { acts, length, goes_on, skip, certain: true, start, chances, steps, next };
        for strategy in strategies {
            let first = (rounds.next.len() / (acts * acts)) as u16;
            rounds.start.push(first);
            let Some(machine) = strategy.memory() else {
                let seen = [Seen::Bad, Seen::Good].map(|seen| strategy.chances(seen));
                rounds.add(seen, error);
                rounds.next.extend(std::iter::repeat_n(first, acts * acts));
                continue;
            };
            for state in &machine.states {
                rounds.add([state.chances.clone(), state.chances.clone()], error);
                rounds.next.extend(state.next.iter().map(|&next| first + next));
            }
        }
        let sure = rounds.chances.iter().all(|&chance| chance == 0.0 || chance == 1.0);
        rounds.certain = sure && matches!(length, Length::Rounds(_));
        rounds
    }

    fn add(&mut self, seen: [Vec<f64>; 2], error: ExecutionError) {
        for intended in seen {
            let chances = error.applied(intended);
            let mut sum = 0.0;
            for chance in &chances[..self.acts - 1] {
                sum += chance;
                self.steps.push(threshold(if sum > 1.0 - 1e-12 { 1.0 } else { sum }));
            }
            self.chances.extend(chances);
        }
    }

    /// Whether nothing is left to chance: [`Rounds::play`] then looks at no draw.
    pub fn is_certain(&self) -> bool {
        self.certain
    }

    /// Plays a meeting of two strategies, each of which sees a bit of the other. `each` is told what the two do in each
    /// round that counts; returns how many count.
    #[inline]
    pub fn play(
        &self,
        strategies: [u8; 2],
        seen: [u8; 2],
        mut draw: impl FnMut() -> u64,
        mut each: impl FnMut(u8, u8),
    ) -> u32 {
        let [mut a, mut b] = strategies.map(|strategy| usize::from(self.start[usize::from(strategy)]));
        let (mut round, mut counted) = (0u32, 0);
        loop {
            let (draws, wide) = ([draw(), draw()], self.acts - 1);
            let act = |state: usize, seen: u8, draw: u64| -> u8 {
                let context = state << 1 | usize::from(seen);
                let steps = &self.steps[context * wide..(context + 1) * wide];
                steps.iter().map(|&step| u8::from(!hits(draw, step))).sum()
            };
            let (mine, theirs) = (act(a, seen[0], draws[0]), act(b, seen[1], draws[1]));
            if round >= self.skip {
                each(mine, theirs);
                counted += 1;
            }
            a = usize::from(self.next[self.after(a, mine, theirs)]);
            b = usize::from(self.next[self.after(b, theirs, mine)]);
            round += 1;
            let ends = match self.length {
                Length::Rounds(rounds) => round >= rounds,
                Length::Continues(_) => !hits(draw(), self.goes_on),
            };
            if ends {
                return counted;
            }
        }
    }

    #[inline]
    fn after(&self, state: usize, own: u8, theirs: u8) -> usize {
        (state * self.acts + usize::from(own)) * self.acts + usize::from(theirs)
    }

    /// How often, in expectation, the first does one act and the second another in the rounds that count:
    /// `[own * acts + theirs]`. Nobody sees anything bad of the other.
    pub fn expected(&self, strategies: [u8; 2]) -> Vec<f64> {
        let acts = self.acts;
        let [a, b] = strategies.map(|strategy| self.start[usize::from(strategy)]);
        let mut often = vec![0.0; acts * acts];
        // Pairs of states in the order in which they are first reached, each with its chance.
        let mut pairs: Vec<([u16; 2], f64)> = vec![([a, b], 1.0)];
        let mut round = 0u32;
        loop {
            let mut after: Vec<([u16; 2], f64)> = Vec::with_capacity(pairs.len());
            for &([a, b], chance) in &pairs {
                for (mine, p) in self.good(a).iter().enumerate().filter(|(_, p)| **p > 0.0) {
                    for (theirs, q) in self.good(b).iter().enumerate().filter(|(_, q)| **q > 0.0) {
                        let chance = chance * p * q;
                        if round >= self.skip {
                            often[mine * acts + theirs] += chance;
                        }
                        let next = [
                            self.next[self.after(a.into(), mine as u8, theirs as u8)],
                            self.next[self.after(b.into(), theirs as u8, mine as u8)],
                        ];
                        match after.iter_mut().find(|(known, _)| *known == next) {
                            Some((_, sum)) => *sum += chance,
                            None => after.push((next, chance)),
                        }
                    }
                }
            }
            pairs = after;
            round += 1;
            let ends = match self.length {
                Length::Rounds(rounds) => round >= rounds,
                Length::Continues(prob) => {
                    pairs.iter_mut().for_each(|pair| pair.1 *= prob);
                    pairs.iter().map(|pair| pair.1).sum::<f64>() < 1e-17
                }
            };
            if ends {
                return often;
            }
        }
    }

    /// How often the first does each act in a round that counts, in expectation.
    pub fn does(&self, strategies: [u8; 2]) -> Vec<f64> {
        let often = self.expected(strategies);
        let all: f64 = often.iter().sum();
        often.chunks(self.acts).map(|row| row.iter().sum::<f64>() / all).collect()
    }

    fn good(&self, state: u16) -> &[f64] {
        let context = usize::from(state) << 1 | 1;
        &self.chances[context * self.acts..(context + 1) * self.acts]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Context;
    use crate::strategies::STRATEGIES;

    fn strategy(kind: &str, toml: &str) -> Box<dyn Strategy> {
        let acts = ["D", "C"].map(String::from).to_vec();
        let row = STRATEGIES.iter().find(|row| row.kind == kind).unwrap();
        row.parse(toml, &Context { acts, ..Context::default() }).unwrap()
    }

    fn rounds(strategies: &[Box<dyn Strategy>], length: Length, skip: u32, error: f64) -> Rounds {
        let error = ExecutionError { prob: error, only: None };
        Rounds::new(strategies.iter().map(|strategy| &**strategy), 2, (length, skip), error)
    }

    /// `[DD, DC, CD, CC]` of the first.
    fn played(rounds: &Rounds) -> [u32; 4] {
        let mut often = [0; 4];
        rounds.play([0, 1], [1, 1], || 0, |a, b| often[usize::from(a << 1 | b)] += 1);
        often
    }

    #[test]
    fn tit_for_tat_is_deceived_once() {
        let tft = strategy("memory-one", "p = [1.0, 0.0, 1.0, 0.0]");
        let alld = strategy("pure", "plays = \"D\"");
        let rounds = rounds(&[tft, alld], Length::Rounds(200), 0, 0.0);
        assert!(rounds.is_certain());
        assert_eq!(played(&rounds), [199, 0, 1, 0]);
        assert_eq!(rounds.expected([0, 1]), [199.0, 0.0, 1.0, 0.0]);
        assert_eq!(rounds.expected([1, 0]), [199.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn an_automaton_may_wait_for_the_second_defection() {
        let states = "states = [{ plays = \"C\", on = { C = 0, D = 1 } }, \
                      { plays = \"C\", on = { C = 0, D = 2 } }, { plays = \"D\", on = { C = 0, D = 2 } }]";
        let (tf2t, alld) = (strategy("automaton", states), strategy("pure", "plays = \"D\""));
        let rounds = rounds(&[tf2t, alld], Length::Rounds(200), 0, 0.0);
        assert_eq!(played(&rounds), [198, 0, 2, 0]);
    }

    #[test]
    fn trembling_tit_for_tat_does_everything_equally_often() {
        let tft = || strategy("memory-one", "p = [1.0, 0.0, 1.0, 0.0]\nfirst = 0.5");
        let rounds = rounds(&[tft(), tft()], Length::Rounds(1000), 200, 0.05);
        assert!(rounds.expected([0, 1]).iter().all(|often| (often - 200.0).abs() < 1e-9));
    }

    #[test]
    fn a_meeting_that_may_go_on_has_so_many_rounds_on_average() {
        let pair = [strategy("pure", "plays = \"C\""), strategy("pure", "plays = \"D\"")];
        let rounds = rounds(&pair, Length::Continues(0.9), 0, 0.0);
        let often = rounds.expected([0, 1]);
        assert!((often[2] - 10.0).abs() < 1e-9, "{often:?}");
        assert!(!rounds.is_certain());
    }
}
