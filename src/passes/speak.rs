//! Learn: two agents talk, and what they know changes: the naming game.

use super::imitate::{DECISION, REVISION};
use crate::chance::{Stream, below, hits};
use crate::columns::{ColumnDef, Mine, Strategy, View};
use crate::groups::Group;
use crate::partners::Meetings;
use crate::pass::{Access, At, BLOCK, Pass};
use std::sync::Arc;

/// Which of two speaks.
const SPEAKER: Stream = Stream::named("learning/speaker");

/// What becomes of two who talk, where a strategy is a set of words.
#[derive(Clone, Debug)]
pub struct Speech {
    strategies: usize,
    /// `[speaker * strategies + hearer]`: the new strategies of both after each of the speaker's words
    outcomes: Vec<Vec<[u8; 2]>>,
}

impl Speech {
    /// `sets` are the words of each strategy, by code; who is `fixed` keeps its own.
    ///
    /// # Errors
    /// A speaker and a hearer after whose talk one of them would know a set of words that no strategy stands for.
    pub fn new(sets: &[u64], fixed: &[bool]) -> Result<Speech, [usize; 2]> {
        let strategies = sets.len();
        let of = |own: usize, set: u64| match fixed[own] {
            true => Some(own as u8),
            false if sets[own] == set => Some(own as u8),
            false => (0..strategies).find(|&code| !fixed[code] && sets[code] == set).map(|code| code as u8),
        };
        let mut outcomes = vec![];
        for speaker in 0..strategies {
            for hearer in 0..strategies {
                let words = (0..64).map(|word| 1u64 << word).filter(|word| sets[speaker] & word != 0);
                let after = words.map(|word| match sets[hearer] & word != 0 {
                    true => Some([of(speaker, word)?, of(hearer, word)?]),
                    false => Some([speaker as u8, of(hearer, sets[hearer] | word)?]),
                });
                outcomes.push(after.collect::<Option<Vec<_>>>().ok_or([speaker, hearer])?);
            }
        }
        Ok(Speech { strategies, outcomes })
    }

    /// The new strategies of speaker and hearer; `draw` chooses the word.
    pub(super) fn talk(&self, [speaker, hearer]: [u8; 2], draw: u64) -> [u8; 2] {
        let after = &self.outcomes[usize::from(speaker) * self.strategies + usize::from(hearer)];
        after[below(draw, after.len() as u64) as usize]
    }
}

/// Where words are kept while agents talk one after the other.
#[derive(Clone)]
pub enum Speaks {
    /// in strategies
    Sets(Speech),
    /// a bit for each word that the group can have: there are as many as agents, each invented by another
    Freely {
        /// the bits of each agent
        inventory: ColumnDef,
        /// whether a group stops when all know the same single word
        until_consensus: bool,
    },
}

/// What the agents of a group know.
pub(super) struct Inventories<'a> {
    bits: &'a mut [u64],
    /// words that each agent knows
    words: &'a mut [u16],
    /// 64-bit words of an agent
    row: usize,
    /// words of all agents
    total: u64,
    /// agents who know none
    mute: usize,
}

impl<'a> Inventories<'a> {
    pub(super) fn new(bits: &'a mut [u64], words: &'a mut [u16]) -> Inventories<'a> {
        let row = bits.len() / words.len();
        let total = words.iter().map(|&n| u64::from(n)).sum();
        let mute = words.iter().filter(|&&n| n == 0).count();
        Inventories { bits, words, row, total, mute }
    }

    fn of(&mut self, agent: usize) -> &mut [u64] {
        &mut self.bits[agent * self.row..][..self.row]
    }

    fn knows(&self, agent: usize, word: usize) -> bool {
        self.bits[agent * self.row + word / 64] >> (word % 64) & 1 == 1
    }

    fn learn(&mut self, agent: usize, word: usize) {
        self.bits[agent * self.row + word / 64] |= 1 << (word % 64);
        self.mute -= usize::from(self.words[agent] == 0);
        self.words[agent] += 1;
        self.total += 1;
    }

    fn keep_only(&mut self, agent: usize, word: usize) {
        self.total -= u64::from(self.words[agent]) - 1;
        self.of(agent).fill(0);
        self.bits[agent * self.row + word / 64] = 1 << (word % 64);
        self.words[agent] = 1;
    }

    /// The word that a speaker utters; one that knows none invents its own.
    fn utters(&mut self, speaker: usize, draw: u64) -> usize {
        let known = u64::from(self.words[speaker]);
        if known == 0 {
            self.learn(speaker, speaker);
            return speaker;
        }
        let mut left = below(draw, known) as u32;
        for (nth, &bits) in self.of(speaker).iter().enumerate() {
            if left >= bits.count_ones() {
                left -= bits.count_ones();
                continue;
            }
            let bits = (0..left).fold(bits, |bits, _| bits & (bits - 1));
            return nth * 64 + bits.trailing_zeros() as usize;
        }
        unreachable!("an agent has as many bits as words");
    }

    /// One conversation.
    pub(super) fn talk(&mut self, [speaker, hearer]: [usize; 2], draw: u64) {
        let word = self.utters(speaker, draw);
        if self.knows(hearer, word) {
            self.keep_only(speaker, word);
            self.keep_only(hearer, word);
        } else {
            self.learn(hearer, word);
        }
    }

    /// Whether all know one word, the same.
    pub(super) fn agree(&self) -> bool {
        let agents = self.words.len();
        if self.total != agents as u64 || self.mute > 0 {
            return false;
        }
        let first = &self.bits[..self.row];
        self.bits.chunks_exact(self.row).all(|bits| bits == first)
    }
}

/// Pairs talk at once, where a strategy is a set of words.
pub struct Speak {
    speech: Speech,
    meetings: Arc<dyn Meetings>,
    every: u64,
    /// pairs that talk, as a threshold of chance; `None`: all
    revise: Option<u64>,
}

impl Speak {
    /// The pairs of `meetings` talk after every so many ticks.
    pub fn new(speech: Speech, meetings: Arc<dyn Meetings>, every: u64, revise: Option<u64>) -> Speak {
        Speak { speech, meetings, every, revise }
    }
}

impl Pass for Speak {
    fn name(&self) -> &'static str {
        "learning/speak"
    }

    fn access(&self) -> Access {
        Access::default().read::<Strategy>().write::<Strategy>()
    }

    fn by_group(&self) -> bool {
        self.meetings.by_group()
    }

    fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let before = view.col::<Strategy>();
        let own = mine.take::<Strategy>();
        let (mut room, mut partners) = ([0u32; BLOCK], [0u32; BLOCK]);
        let met = self.meetings.partners(at, 0, &mut room).indices(at, &mut partners);
        let [speaks, word, talks] = [SPEAKER, DECISION, REVISION].map(|stream| at.chance.stream(stream));
        for (place, &partner) in partners[..met].iter().enumerate() {
            let me = (at.first + place) as u32;
            let pair = [me.min(partner), me.max(partner)];
            let quiet = self.revise.is_some_and(|prob| !hits(talks.at(u64::from(pair[0])), prob));
            if partner == me || quiet {
                continue;
            }
            // Both work the talk out for themselves, from draws that they share.
            let [a, b] = pair.map(|agent| before[agent as usize]);
            let first = speaks.at(u64::from(pair[0])) >> 63 == 1;
            let draw = word.at(u64::from(pair[0]));
            let [low, high] = if first {
                self.speech.talk([a, b], draw)
            } else {
                let [b, a] = self.speech.talk([b, a], draw);
                [a, b]
            };
            own[place] = if me == pair[0] { low } else { high };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_word_is_kept_alone_and_an_unknown_one_is_learnt() {
        // Committed to A, A, A and B, B.
        let speech = Speech::new(&[1, 1, 3, 2], &[true, false, false, false]).unwrap();
        assert_eq!(speech.talk([0, 3], 0), [0, 2]);
        assert_eq!(speech.talk([0, 2], 0), [0, 1]);
        assert_eq!([0, u64::MAX].map(|draw| speech.talk([2, 2], draw)), [[1, 1], [3, 3]]);
        assert_eq!(speech.talk([3, 0], 0), [3, 0]);
        assert_eq!(Speech::new(&[1, 2], &[false, false]).unwrap_err(), [0, 1]);
    }

    #[test]
    fn words_are_invented_learnt_and_forgotten() {
        let (mut bits, mut words) = (vec![0u64; 3 * 2], vec![0u16; 3]);
        let mut known = Inventories::new(&mut bits, &mut words);
        known.talk([2, 0], 0);
        known.talk([1, 0], 0);
        assert!(known.knows(0, 1) && known.knows(0, 2) && known.total == 4 && !known.agree());
        // The second of its two words is word 2, which the hearer knows.
        known.talk([0, 2], u64::MAX);
        assert_eq!((known.total, known.knows(0, 1)), (3, false));
        known.talk([2, 1], 0);
        known.talk([1, 2], u64::MAX);
        assert!(known.agree());
        assert_eq!(words, [1, 1, 1]);
    }
}
