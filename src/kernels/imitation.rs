//! Imitation of one random member of the group, of whom a packed byte tells the strategy and what it earned.
//!
//! Few payoffs are possible where everybody meets few: so they have codes, and whether a learner takes over a strategy is
//! a threshold of chance for each pair of codes, worked out once.

use super::{Aligned, Shares, call_for, each_piece, find_each, threshold_of, wide};
use crate::chance::{Draws, below_u32, unit};
use crate::learning::{Learning, Models};
use crate::pass::At;
use crate::passes::{DECISION, Imitate, MODEL, ModelsOf, Mutates, Revision, who_hits};
use std::sync::Arc;

/// Strategies that a packed byte can name.
pub(super) const STRATEGIES: usize = 8;
/// Payoffs that it can name.
pub(super) const CODES: usize = 32;
/// Agents whose draws and gathers are in flight together.
pub(super) const BLOCK: usize = 256;
/// Agents whose draws are made before their gathers are called for.
pub(super) const STEP: usize = 16;
/// Agents of a piece of work.
pub(super) const PIECE: usize = 1 << 14;

/// How everybody learns.
pub(super) struct Imitation {
    group_size: usize,
    rule: Arc<dyn Learning>,
    revision: Revision,
    /// by the codes of learner and model: how many of 2^24 chances lead to its strategy
    thresholds: Box<[[u32; CODES]; CODES]>,
    /// packed bytes from which on a code does not tell the payoff
    vague: Option<u8>,
}

/// What learners see: `code << 3 | strategy` of everybody, and the payoff where the code does not tell it.
pub(super) struct Seen<'a> {
    pub packed: &'a [u8],
    pub payoff: &'a (dyn Fn(usize) -> f32 + Sync),
}

impl Imitation {
    /// What `learn` does in groups of `group_size`, if it is served: `payoffs` by code, the last of them told by the agent
    /// alone if `vague`.
    pub(super) fn of(
        learn: &Imitate,
        group_size: usize,
        payoffs: &[f32],
        vague: Option<u8>,
    ) -> Option<Imitation> {
        let ModelsOf::Structure(models) = &learn.models else { return None };
        let served = learn.every == 1
            && learn.copies_only_strategy()
            && models.complete()
            && models.degree(0) + 1 == group_size
            && matches!(learn.rule.models(), Models::One)
            && group_size > 1
            && payoffs.len() <= CODES;
        if !served {
            return None;
        }
        let mut thresholds = Box::new([[0; CODES]; CODES]);
        for (row, &own) in thresholds.iter_mut().zip(payoffs) {
            for (threshold, &model) in row.iter_mut().zip(payoffs) {
                *threshold = threshold_of(&*learn.rule, own, model)?;
            }
        }
        let (rule, revision) = (learn.rule.clone(), learn.revision.clone());
        Some(Imitation { group_size, rule, revision, thresholds, vague })
    }

    /// Everybody looks at a model.
    pub(super) fn learn(&self, at: &At, seen: &Seen, strategies: &mut [u8]) {
        let strategies = Shares::of(strategies);
        each_piece(at, PIECE, |start, from, len| {
            wide!(self.piece(at, (start, from, len), seen, &strategies));
        });
    }

    #[inline(always)]
    fn piece(
        &self,
        at: &At,
        (start, from, len): (usize, usize, usize),
        seen: &Seen,
        strategies: &Shares<u8>,
    ) {
        let packed = seen.packed;
        let (models, decisions) = (at.chance.stream(MODEL), at.chance.stream(DECISION).number(0));
        let flat: &[u32] = self.thresholds.as_flattened();
        let ([mut who, mut chance], mut pair) = ([Aligned([0u32; BLOCK]); 2], Aligned([0u16; BLOCK]));
        let [mut model, mut before, mut takes, mut mutates] = [Aligned([0u8; BLOCK]); 4];
        let (who, chance, pair) = (&mut who.0, &mut chance.0, &mut pair.0);
        let (model, before, takes, mutates) = (&mut model.0, &mut before.0, &mut takes.0, &mut mutates.0);
        let mutation = self.revision.mutation(at);
        let forgets = u8::from(self.revision.often().is_some_and(Mutates::forgets));
        for first in (from..from + len).step_by(BLOCK) {
            let len = BLOCK.min(from + len - first);
            // SAFETY: pieces are apart, and so are their blocks.
            let choice = unsafe { strategies.range(first..first + len) };
            let mine = &packed[first..first + len];
            // What comes in order would wait behind what is called for from everywhere.
            call_for(choice);
            call_for(mine);
            find_each::<STEP, _>(
                packed,
                &mut who[..len],
                #[inline(always)]
                |from, who| {
                    draw_others(models, (start, self.group_size), first + from, who);
                    for (k, chance) in chance[from..from + who.len()].iter_mut().enumerate() {
                        *chance = (decisions.at((first + from + k) as u64) >> 40) as u32;
                    }
                    if let Some(mutation) = mutation {
                        let mutates = &mut mutates[from..from + who.len()];
                        who_hits(mutation, (first + from) as u64, mutates);
                        // Whose model does not matter looks at itself, which is near.
                        for (k, (who, &mutates)) in who.iter_mut().zip(&*mutates).enumerate() {
                            let itself = (first + from + k) as u32;
                            *who ^= (*who ^ itself) & u32::from(mutates & forgets).wrapping_neg();
                        }
                    }
                },
            );
            for (model, &who) in model.iter_mut().zip(&who[..len]) {
                *model = packed[who as usize];
            }
            before[..len].copy_from_slice(choice);
            for ((pair, &own), &other) in pair.iter_mut().zip(mine).zip(&*model) {
                *pair = u16::from(own >> 3) * CODES as u16 + u16::from(other >> 3);
            }
            for ((takes, &pair), &chance) in takes.iter_mut().zip(&*pair).zip(&chance[..len]) {
                *takes = u8::from(chance < flat[usize::from(pair) % (CODES * CODES)]).wrapping_neg();
            }
            for ((choice, &model), &takes) in choice.iter_mut().zip(&*model).zip(&*takes) {
                *choice ^= (*choice ^ (model & 7)) & takes;
            }
            let looked = Looked { first, before, who, chance };
            if self.vague.is_some_and(|vague| any_from(vague, mine, model)) {
                self.look_closely(looked, seen, choice);
            }
            let at = At { first, len, ..*at };
            self.revision.settle_with(&at, &before[..len], choice, &mutates[..len]);
        }
    }

    /// Decisions where codes do not tell the payoffs: by the rule itself.
    #[cold]
    fn look_closely(&self, of: Looked, seen: &Seen, choice: &mut [u8]) {
        for (k, choice) in choice.iter_mut().enumerate() {
            let (own, other) = (of.first + k, of.who[k] as usize);
            let chance = unit(u64::from(of.chance[k]) << 40);
            let takes = self.rule.takes(&mut (seen.payoff)(own), (seen.payoff)(other), chance);
            *choice = if takes { seen.packed[other] & 7 } else { of.before[k] };
        }
    }
}

/// Whether any of the bytes of a block is so large.
fn any_from(least: u8, mine: &[u8], others: &[u8]) -> bool {
    let mut any = false;
    wide!({
        let rows = mine.iter().zip(others);
        any |= rows.fold(false, |any, (&a, &b)| any | (a >= least) | (b >= least));
    });
    any
}

/// Learners of a block and their models.
struct Looked<'a> {
    first: usize,
    before: &'a [u8],
    who: &'a [u32],
    chance: &'a [u32],
}

/// Somebody else of the group for each agent from `first` on.
#[inline(always)]
pub(super) fn draw_others(draws: Draws, (start, size): (usize, usize), first: usize, out: &mut [u32]) {
    let others = size as u32 - 1;
    for (k, out) in out.iter_mut().enumerate() {
        let place = (first + k - start) as u32;
        let other = below_u32(draws.at((first + k) as u64), others);
        *out = start as u32 + other + u32::from(other >= place);
    }
}
