//! Learn: who revises at all, who never changes, and random change.

use super::imitate::REVISION;
use crate::chance::{Draws, Rng, Stream, below, hits, next};
use crate::columns::{Mine, Strategy, View};
use crate::groups::Group;
use crate::kernels::wide;
use crate::pass::{Access, At, BLOCK, Pass};
use rand_core::SeedableRng;

/// Whether an agent mutates.
pub(crate) const MUTATION: Stream = Stream::named("mutation/happens");
/// Into what.
pub(crate) const MUTANT: Stream = Stream::named("mutation/into");

/// Into what a strategy mutates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum To {
    /// any of the other strategies
    Other,
    /// any strategy, its own included
    Any,
}

/// When a strategy mutates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// who mutates does not learn in the same event
    Instead,
    /// after learning
    After,
    /// offspring mutates as it is born
    Birth,
    /// the last thing of a tick, whether agents learn in it or not
    End,
    /// one mutant, and only where all agents of a group have the same strategy: the limit of rare mutation
    Uniform,
}

impl When {
    /// Whether it belongs to a learning event.
    pub fn is_of_learning(self) -> bool {
        matches!(self, When::Instead | When::After)
    }
}

/// Random change of strategies.
#[derive(Clone, Debug)]
pub struct Mutates {
    /// an agent's chance a learning event, as a threshold
    pub prob: u64,
    /// into what
    pub to: To,
    /// before or after learning
    pub when: When,
    /// codes that agents may mutate into: those that can change
    pub codes: Vec<u8>,
    /// the parts of which strategies are made, where each changes by itself
    pub genes: Option<Genes>,
}

/// Strategies as combinations of genes, of which each mutates by itself.
#[derive(Clone, Debug, Default)]
pub struct Genes {
    /// an agent's chance for each gene, as a threshold
    pub probs: Vec<u64>,
    /// how many values each gene has
    pub values: Vec<u8>,
    /// the genes of each strategy, by code
    pub of: Vec<Vec<u8>>,
}

impl Genes {
    /// The strategy that `strategy` becomes. A draw an address is not enough here, so it seeds a sequence.
    fn mutate(&self, strategy: u8, draw: u64) -> Option<u8> {
        let mut rng = Rng::seed_from_u64(draw);
        let mut genes = self.of.get(usize::from(strategy))?.clone();
        for ((gene, &prob), &values) in genes.iter_mut().zip(&self.probs).zip(&self.values) {
            let (happens, into) = (next(&mut rng), next(&mut rng));
            if hits(happens, prob) && values > 1 {
                let other = below(into, u64::from(values) - 1) as u8;
                *gene = other + u8::from(other >= *gene);
            }
        }
        self.of.iter().position(|of| *of == genes).map(|code| code as u8)
    }
}

impl Mutates {
    /// The strategy that `strategy` becomes, if `happens` says so; both draws are taken whether they are used or not.
    #[inline]
    pub fn mutate(&self, strategy: u8, happens: u64, into: u64) -> Option<u8> {
        if hits(happens, self.prob) { self.becomes(strategy, into) } else { None }
    }

    /// Whether a mutant's strategy has nothing to do with what it would have learned.
    pub(crate) fn forgets(&self) -> bool {
        self.when == When::Instead || self.to == To::Any && self.genes.is_none()
    }

    /// The strategy that `strategy` becomes when it mutates; none if there is no other.
    #[inline]
    pub(crate) fn becomes(&self, strategy: u8, into: u64) -> Option<u8> {
        if let Some(genes) = &self.genes {
            return genes.mutate(strategy, into);
        }
        let n = self.codes.len() as u64;
        let other = (self.to == To::Other).then(|| self.codes.iter().position(|&code| code == strategy));
        match other.flatten() {
            Some(own) if n > 1 => {
                let other = below(into, n - 1) as usize;
                Some(self.codes[other + usize::from(other >= own)])
            }
            Some(_) => None,
            None => Some(self.codes[below(into, n) as usize]),
        }
    }
}

/// Whose draw is below a threshold, from the agent `first` on: 1, or 0.
#[inline(always)]
pub(crate) fn who_hits((draws, threshold): (Draws, u64), first: u64, who: &mut [u8]) {
    for (who, draw) in who.iter_mut().zip(draws.from(first)) {
        *who = u8::from(hits(draw, threshold));
    }
}

/// Agents whose mutation is looked for together.
const PIECE: usize = 64;

/// Lists where bytes are 1 and not 0; returns how many are.
fn list(ones: &[u8], who: &mut [u16; BLOCK]) -> usize {
    let mut n = 0;
    for (from, ones) in (0..).step_by(PIECE).zip(ones.chunks(PIECE)) {
        // As a rule few mutate, and nobody can foretell who: they are found bit by bit, without a look at the others.
        let mut bits = ones.try_into().map_or_else(
            |_| {
                let mut padded = [0; PIECE];
                padded[..ones.len()].copy_from_slice(ones);
                bits_of(&padded)
            },
            bits_of,
        );
        while bits != 0 {
            who[n] = (from + bits.trailing_zeros() as usize) as u16;
            n += 1;
            bits &= bits - 1;
        }
    }
    n
}

/// Bytes of 0 and 1 as bits, the first the lowest.
#[inline(always)]
fn bits_of(bytes: &[u8; PIECE]) -> u64 {
    let (eights, _) = bytes.as_chunks::<8>();
    // Each byte of the first factor reaches the top byte at its own bit, and nothing is carried there.
    let gathered = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().rev().fold(0, |bits, eight| bits << 8 | gathered(eight))
}

/// What frames a learning event: who takes part, who never changes, who mutates.
#[derive(Clone, Debug, Default)]
pub struct Revision {
    /// learners an event as a threshold of chance; `None`: everybody
    pub revise: Option<u64>,
    /// strategies that never change, by code; empty where there is none
    pub fixed: Vec<bool>,
    /// random change
    pub mutates: Option<Mutates>,
}

impl Revision {
    /// Whether a strategy never changes.
    #[inline]
    pub fn is_fixed(&self, strategy: u8) -> bool {
        !self.fixed.is_empty() && self.fixed[usize::from(strategy)]
    }

    /// Whether everybody learns and nobody mutates.
    pub(crate) fn is_nothing(&self) -> bool {
        self.revise.is_none() && self.fixed.is_empty() && self.mutates.is_none()
    }

    /// Random change in every learning event.
    #[inline]
    pub fn often(&self) -> Option<&Mutates> {
        self.mutates.as_ref().filter(|mutates| mutates.when.is_of_learning())
    }

    /// Mutants that enter uniform groups only.
    #[inline]
    pub fn rare(&self) -> Option<&Mutates> {
        self.mutates.as_ref().filter(|mutates| mutates.when == When::Uniform)
    }

    /// The draws for who mutates in a learning event, and below what they lead to it.
    #[inline]
    pub(crate) fn mutation(&self, at: &At) -> Option<(Draws, u64)> {
        self.often().map(|mutates| (at.chance.stream(MUTATION), mutates.prob))
    }

    /// Settles a block: `before` holds the strategies before learning, `choice` those after.
    pub fn settle(&self, at: &At, before: &[u8], choice: &mut [u8]) {
        let mut mutates = [0; BLOCK];
        let mutates = &mut mutates[..choice.len()];
        if let Some((draws, prob)) = self.mutation(at) {
            wide!(who_hits((draws, prob), at.first as u64, mutates));
        }
        self.settle_with(at, before, choice, mutates);
    }

    /// The same where it is known who mutates: those with a 1.
    pub(crate) fn settle_with(&self, at: &At, before: &[u8], choice: &mut [u8], who_mutates: &[u8]) {
        if let Some(revise) = self.revise {
            let draws = at.chance.stream(REVISION);
            for (k, (choice, before)) in choice.iter_mut().zip(before).enumerate() {
                if !hits(draws.at((at.first + k) as u64), revise) {
                    *choice = *before;
                }
            }
        }
        if let Some(mutates) = self.often() {
            let (mut who, into, first) = ([0u16; BLOCK], at.chance.stream(MUTANT), at.first as u64);
            let n = list(who_mutates, &mut who);
            for k in who[..n].iter().map(|&k| usize::from(k)) {
                let from = if mutates.when == When::Instead { before[k] } else { choice[k] };
                let draw = into.at(first + k as u64);
                choice[k] = mutates.becomes(from, draw).unwrap_or(from);
            }
        }
        if !self.fixed.is_empty() {
            for (choice, &before) in choice.iter_mut().zip(before) {
                *choice = if self.fixed[usize::from(before)] { before } else { *choice };
            }
        }
    }

    /// Makes those their own parents who do not learn in this event: `before` holds the strategies before learning.
    pub fn settle_parents(&self, at: &At, before: &[u8], parents: &mut [u32]) {
        let revises = self.revise.map(|revise| (at.chance.stream(REVISION), revise));
        let instead = self.mutates.as_ref().filter(|mutates| mutates.when == When::Instead);
        let instead = instead.map(|mutates| (at.chance.stream(MUTATION), mutates.prob));
        if revises.is_none() && instead.is_none() && self.fixed.is_empty() {
            return;
        }
        for (k, (parent, &before)) in parents.iter_mut().zip(before).enumerate() {
            let address = (at.first + k) as u64;
            let passes = revises.is_some_and(|(draws, prob)| !hits(draws.at(address), prob));
            let mutates = instead.is_some_and(|(draws, prob)| hits(draws.at(address), prob));
            if passes || mutates || self.is_fixed(before) {
                *parent = address as u32;
            }
        }
    }
}

/// Mutation in a world without learning.
pub struct Mutate {
    /// who changes into what
    pub revision: Revision,
}

impl Pass for Mutate {
    fn name(&self) -> &'static str {
        "mutation/mutate"
    }

    fn access(&self) -> Access {
        Access::default().write::<Strategy>()
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let choice = mine.take::<Strategy>();
        let before = choice.to_vec();
        self.revision.settle(at, &before, choice);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, threshold};

    #[test]
    fn those_are_listed_whose_draws_hit() {
        let draws = Chance::new(3, 0, 7).stream(MUTATION);
        for len in [1, 63, 64, 65, 1000, BLOCK] {
            for prob in [0.0, 0.01, 0.5, 1.0] {
                let (mut who, first, threshold) = ([0u16; BLOCK], 12_345, threshold(prob));
                let mut ones = [0; BLOCK];
                wide!(who_hits((draws, threshold), first, &mut ones[..len]));
                let n = list(&ones[..len], &mut who);
                let wanted = (0..len as u16).filter(|&k| hits(draws.at(first + u64::from(k)), threshold));
                assert!(who[..n].iter().copied().eq(wanted), "{len} {prob}");
            }
        }
    }
}
