//! What the strategies of a world do, as tables: the engine never calls a strategy during a tick.

use crate::chance::{Draws, hits, threshold};
use crate::kernels::lookup;
use crate::strategies::{Seen, Sees, Strategy};

/// Reputation bits beside the strategy in the byte that a partner shows: `strategy << 1 | good`.
pub const SHOWN_STRATEGIES: usize = 128;

/// The chance of every act for every strategy and context.
pub struct ActTable {
    /// acts of the game
    pub acts: usize,
    /// whether any strategy looks at the partner's reputation
    pub looks: bool,
    /// `[(strategy << 1 | partner is good) * acts + act]`
    chances: Vec<f64>,
    /// the act of each `strategy << 1 | partner is good`, if nothing is left to chance
    certain: Option<Box<[u8; 256]>>,
    /// cumulative thresholds of the first `acts - 1` acts
    steps: Vec<u64>,
}

/// How an intended act goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExecutionError {
    /// probability that an act fails
    pub prob: f64,
    /// the act that can fail and the act that is then done; `None`: any act can, each other act is as likely
    pub only: Option<(u8, u8)>,
}

impl ActTable {
    /// The act of a `strategy << 1 | partner is good` where acts are certain, else 0.
    pub(crate) fn certainly(&self, shown: u8) -> u8 {
        self.certain.as_ref().map_or(0, |certain| certain[usize::from(shown)])
    }

    /// How many strategies there are.
    pub(crate) fn strategies(&self) -> usize {
        self.chances.len() / (2 * self.acts.max(1))
    }

    /// The acts of two strategies that are certain and look at nobody.
    pub(crate) fn of_two(&self) -> Option<[u8; 2]> {
        let certain = self.certain.as_ref().filter(|_| !self.looks && self.chances.len() == 4 * self.acts)?;
        Some([certain[0], certain[2]])
    }

    /// Whether each strategy does the act of its own code, whatever the partner.
    pub(crate) fn have_codes_of_strategies(&self) -> bool {
        !self.looks
            && (0..self.strategies())
                .all(|s| self.is_certain() && usize::from(self.certainly((s << 1) as u8)) == s)
    }

    /// Asks every strategy once. `strategies` have the codes 0, 1, …
    ///
    /// # Panics
    /// With more than 256 contexts; the reader of world files refuses so many strategies.
    pub fn new<'a>(
        strategies: impl Iterator<Item = &'a dyn Strategy>,
        acts: usize,
        error: ExecutionError,
    ) -> ActTable {
        let (mut chances, mut looks) = (vec![], false);
        for strategy in strategies {
            looks |= strategy.sees() == Sees::Reputation;
            for seen in [Seen::Bad, Seen::Good] {
                chances.extend(error.applied(strategy.chances(seen)));
            }
        }
        assert!(chances.len() <= 256 * acts.max(1), "at most 128 strategies");
        let sure = chances.iter().all(|&chance| chance == 0.0 || chance == 1.0);
        let mut table = ActTable { acts, looks, chances, certain: None, steps: vec![] };
        let contexts = table.chances.chunks(acts.max(1));
        if sure {
            let mut certain = Box::new([0; 256]);
            for (act, chances) in certain.iter_mut().zip(contexts) {
                *act = chances.iter().position(|&chance| chance == 1.0).unwrap_or(0) as u8;
            }
            table.certain = Some(certain);
            return table;
        }
        for chances in contexts {
            let mut sum = 0.0;
            for chance in &chances[..acts - 1] {
                sum += chance;
                table.steps.push(threshold(if sum > 1.0 - 1e-12 { 1.0 } else { sum }));
            }
        }
        table
    }

    /// Whether nothing is left to chance.
    pub fn is_certain(&self) -> bool {
        self.certain.is_some()
    }

    /// The chances of the acts of a strategy towards a partner of this standing.
    pub fn chances(&self, strategy: u8, partner_good: u8) -> &[f64] {
        let context = usize::from(strategy) << 1 | usize::from(partner_good);
        &self.chances[context * self.acts..(context + 1) * self.acts]
    }

    /// The act of a strategy towards a partner of this standing, given a draw.
    #[inline]
    pub fn act(&self, strategy: u8, partner_good: u8, draw: u64) -> u8 {
        let context = usize::from(strategy) << 1 | usize::from(partner_good);
        match &self.certain {
            Some(certain) => certain[context & 255],
            None => self.drawn(context, draw),
        }
    }

    #[inline]
    fn drawn(&self, context: usize, draw: u64) -> u8 {
        let steps = &self.steps[context * (self.acts - 1)..(context + 1) * (self.acts - 1)];
        // The first act whose cumulative chance is above the draw.
        steps.iter().map(|&step| u8::from(!hits(draw, step))).sum()
    }

    /// The acts of agents that show `shown` towards partners of standing `good`. A stochastic act is addressed by
    /// (actor, recipient): both sides of a meeting see the same one.
    pub fn acts_block(&self, shown: &[u8], good: &[u8], pairs: Pairs, out: &mut [u8]) {
        if let Some(certain) = &self.certain {
            for ((out, &shown), &good) in out.iter_mut().zip(shown).zip(good) {
                *out = certain[usize::from((shown & !1) | good)];
            }
            return;
        }
        let rows = out.iter_mut().zip(shown).zip(good).zip(pairs.actor).zip(pairs.recipient);
        if self.acts == 2 {
            for ((((out, &shown), &good), &actor), &recipient) in rows {
                let step = self.steps[usize::from((shown & !1) | good)];
                *out = u8::from(!hits(pairs.draws.pair(actor, recipient), step));
            }
            return;
        }
        for ((((out, &shown), &good), &actor), &recipient) in rows {
            let context = usize::from((shown & !1) | good);
            *out = self.drawn(context, pairs.draws.pair(actor, recipient));
        }
    }

    /// The act of each agent where nothing is left to chance and nobody looks at the partner.
    ///
    /// # Panics
    /// Where acts are left to chance.
    #[inline]
    pub fn blind(&self, strategy: &[u8], out: &mut [u8]) {
        let certain = self.certain.as_ref().expect("asked for only where acts are certain");
        // Each strategy has two contexts.
        if self.chances.len() > 2 * self.acts * FEW {
            let acts = out.iter_mut().zip(strategy);
            return acts.for_each(|(out, &strategy)| *out = certain[usize::from(strategy << 1)]);
        }
        let mut few = [0; FEW];
        few.iter_mut().zip(certain.iter().step_by(2)).for_each(|(few, &act)| *few = act);
        let known = out.len().min(strategy.len());
        let acts = &mut out[..known];
        acts.copy_from_slice(&strategy[..known]);
        lookup(&few, acts);
    }
}

/// Strategies whose acts are looked up many at once.
const FEW: usize = 32;

/// Who acts towards whom in a slot of a block, and the chance of it.
#[derive(Clone, Copy)]
pub struct Pairs<'a> {
    /// who acts
    pub actor: &'a [u32],
    /// towards whom
    pub recipient: &'a [u32],
    /// the chance of acts in this tick
    pub draws: Draws,
}

impl ExecutionError {
    /// The chances of what is done, from those of what is intended.
    pub(crate) fn applied(self, intended: Vec<f64>) -> Vec<f64> {
        let k = intended.len();
        if self.prob == 0.0 || k < 2 {
            return intended;
        }
        let mut done = intended.clone();
        match self.only {
            Some((from, to)) => {
                let failed = intended[usize::from(from)] * self.prob;
                done[usize::from(from)] -= failed;
                done[usize::from(to)] += failed;
            }
            None => {
                for (done, &meant) in done.iter_mut().zip(&intended) {
                    *done = meant * (1.0 - self.prob) + (1.0 - meant) * self.prob / (k - 1) as f64;
                }
            }
        }
        done
    }
}
