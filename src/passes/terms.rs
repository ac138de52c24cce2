//! What the meetings of a world are about, as tables: payoffs, verdicts, punishments.

use super::matches::Matches;
use super::punishes::{Inspects, Punishes};
use super::tags::Tags;
use crate::acts::ActTable;
use crate::chance::{Stream, hits};
use crate::columns::Excluded;
use crate::games::PairGame;
use crate::norms::Verdicts;
use crate::pass::Access;
use std::sync::Arc;

/// Acts that are left to chance.
pub(crate) const ACT: Stream = Stream::named("game/act");
/// Which of a pair is the donor.
pub(crate) const DONOR: Stream = Stream::named("game/donor");
/// Which of its acts an agent is judged by.
pub(crate) const OBSERVED: Stream = Stream::named("norm/observed");
/// Whether an assessment goes wrong.
pub(crate) const ASSESSMENT: Stream = Stream::named("norm/assessment-error");

/// Who acts in a meeting of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Roles {
    /// both act
    Mutual,
    /// one of the two acts, drawn at random
    DonorRecipient,
}

/// What becomes of the payoffs of several meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Total {
    /// they are added
    Sum,
    /// their mean is taken
    Mean,
}

/// Payoffs of a game of two, `[mine * acts + theirs]`.
#[derive(Clone, Debug, PartialEq)]
pub struct PayTable {
    /// acts of the game
    pub acts: usize,
    /// payoffs in payoff units
    pub pays: Vec<f32>,
}

impl PayTable {
    /// Asks the game once for every pair of acts.
    pub fn new(game: &dyn PairGame, acts: usize) -> PayTable {
        PayTable::of(acts, |mine, theirs| game.pay(mine, theirs))
    }

    /// The table of payoffs by own act and the other's.
    pub fn of(acts: usize, pay: impl Fn(u8, u8) -> f64) -> PayTable {
        let cells = 0..acts * acts;
        let pays = cells.map(|cell| pay((cell / acts) as u8, (cell % acts) as u8) as f32).collect();
        PayTable { acts, pays }
    }

    /// The payoff of one meeting.
    #[inline]
    pub fn pay(&self, mine: u8, theirs: u8) -> f32 {
        self.pays[usize::from(mine) * self.acts + usize::from(theirs)]
    }

    /// Payoff of meeting so many partners with each act: counts times entries, so equal counts are exact ties.
    #[inline]
    pub fn total(&self, mine: u8, counts: &[u32]) -> f32 {
        let row = &self.pays[usize::from(mine) * self.acts..][..self.acts];
        row.iter().zip(counts).fold(0.0, |sum, (&pay, &count)| sum + count as f32 * pay)
    }
}

/// The norm of a world, as the engine applies it.
#[derive(Clone, Copy, Debug)]
pub struct Judged {
    /// a bit for each `helped << 2 | donor << 1 | recipient`: shifted, it is found for many agents at once
    verdicts: u8,
    /// threshold of a wrong assessment
    error: u64,
    help: u8,
    /// whether punishing is judged too, as a refusal
    pub sanctions: bool,
}

impl Judged {
    /// A norm that judges `help`, an act's code, against all other acts; `error` is a threshold of chance.
    pub fn new(verdicts: Verdicts, error: u64, help: u8) -> Judged {
        let verdicts = verdicts.0.iter().rev().fold(0, |bits, &good| bits << 1 | u8::from(good));
        Judged { verdicts, error, help, sanctions: false }
    }

    /// Verdicts by `helped << 2 | donor << 1 | recipient`, the act of help, and the threshold of a wrong assessment.
    pub(crate) fn parts(&self) -> ([u8; 8], u8, u64) {
        (std::array::from_fn(|which| self.verdicts >> which & 1), self.help, self.error)
    }

    /// The donor's new standing, 1 good, 0 bad.
    #[inline(always)]
    pub fn judge(&self, act: u8, donor: u8, recipient: u8, draw: u64) -> u8 {
        let helped = u8::from(act == self.help);
        let verdict = self.verdicts >> (helped << 2 | donor << 1 | recipient) & 1;
        verdict ^ u8::from(hits(draw, self.error))
    }

    /// The new standing of who punished another: as if it had refused to help.
    #[inline]
    pub fn judge_punisher(&self, punisher: u8, punished: u8, draw: u64) -> u8 {
        self.judge(self.help ^ 1, punisher, punished, draw)
    }
}

/// What is the same for every kind of meeting of a world.
#[derive(Clone)]
pub struct Terms {
    /// what strategies do
    pub acts: Arc<ActTable>,
    /// what becomes of several payoffs
    pub total: Total,
    /// what everybody has besides, in payoff units a tick
    pub base: f32,
    /// punishment among those who meet, by one sanction or several
    pub punishes: Vec<Punishes>,
    /// an institution, for payoffs that are expected or evaluated: in other worlds it has a pass of its own
    pub inspects: Option<Inspects>,
    /// what is played where a meeting is more than one act of each, or pays the two by different tables
    pub matches: Option<Matches>,
    /// how strategies tell their own kind, where any looks at tags
    pub tags: Option<Tags>,
    /// payoffs are reset after every so many ticks
    pub every: u64,
    /// the strategy of empty places, where there can be some
    pub empty: Option<u8>,
}

impl Terms {
    /// Whether the punished are barred from meetings.
    pub fn bars(&self) -> bool {
        self.punishes.iter().any(|punishes| punishes.bars > 0)
    }

    /// The columns that punishing touches, beside others.
    pub fn access(&self, access: Access) -> Access {
        let access = self.punishes.iter().fold(access, |access, punishes| punishes.access(access));
        if self.bars() { access.write::<Excluded>() } else { access }
    }

    /// What an agent has from so many meetings that pay this sum.
    pub(crate) fn total_of(&self, sum: f64, meetings: usize) -> f64 {
        let mean = self.total == Total::Mean && meetings > 0;
        f64::from(self.base) + if mean { sum / meetings as f64 } else { sum }
    }

    /// Whether the payoffs of this tick start anew: the last tick was one of learning.
    pub fn fresh(&self, tick: u64) -> bool {
        (tick - 1).is_multiple_of(self.every)
    }
}
