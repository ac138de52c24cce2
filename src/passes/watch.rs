//! Sanction: punishment by those who were not at the meeting: observers, an institution.

use super::deeds::Deeds;
use super::punishes::{Motive, Punishes};
use super::receive::Gifts;
use crate::chance::{Stream, below, hits};
use crate::columns::{Excluded, Mine, Offences, Payoff, Strategy, View};
use crate::groups::{Count, Group};
use crate::pass::{Access, At, Pass};
use std::sync::Arc;

/// Whom an agent watches.
const WATCHED: Stream = Stream::named("sanction/watched");
/// At whom the institution looks.
const INSPECTED: Stream = Stream::named("sanction/inspected");

/// Every agent watches some others of its group and punishes what it sees.
pub struct Watch {
    /// who punishes whom, for what, at what fee
    pub punishes: Punishes,
    /// others that each watches in a tick
    pub others: u64,
    /// what the first, second, … offence costs
    pub fines: Vec<f32>,
    /// what a punisher pays besides its fee, as a share of the fine
    pub share: f32,
    /// what was done
    pub deeds: Arc<Deeds>,
    /// punishments on their way
    pub hits: Arc<Gifts>,
}

/// What is left of a payoff after a fine, which takes none of it below the floor.
fn left(payoff: f32, fine: f32, floor: f32) -> f32 {
    (payoff - fine).max(floor.min(payoff))
}

/// What an offence costs after so many.
fn fine(fines: &[f32], offences: usize) -> f32 {
    fines[offences.min(fines.len() - 1)]
}

impl Pass for Watch {
    fn name(&self) -> &'static str {
        "sanction/watch"
    }

    fn access(&self) -> Access {
        let access = self.punishes.access(Access::default().read::<Strategy>().write::<Payoff>());
        if self.fines.len() > 1 { access.read::<Offences>() } else { access }
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let (strategy, size) = (view.col::<Strategy>(), at.group_size as u64);
        let offences = if self.fines.len() > 1 { view.col::<Offences>() } else { &[] };
        let resolute = self.punishes.resolute(view);
        let payoff = mine.take::<Payoff>();
        for nth in 0..self.others {
            let (whom, decides) = (
                self.punishes.draws(at.chance, WATCHED).number(nth),
                self.punishes.decides(at.chance).number(nth),
            );
            at.each_group(|group, block| {
                let start = group * at.group_size;
                let mut fees = 0;
                for k in block {
                    let watcher = at.first + k;
                    let other = below(whom.at(watcher as u64), size - 1) as usize;
                    let target = start + other + usize::from(other >= watcher - start);
                    let Some(done) = self.deeds.of(target) else { continue };
                    let motive = self.punishes.motive(strategy[watcher], strategy[target], done.act);
                    if motive == 0 || resolute.acts(decides, watcher as u32, target as u32) == 0 {
                        continue;
                    }
                    let so_far = offences.get(target).map_or(0, |&offences| usize::from(offences));
                    payoff[k] -= self.punishes.fee + self.share * fine(&self.fines, so_far);
                    self.hits.give(target, 1);
                    fees += 1;
                    if motive > Motive::Defection as u8 {
                        at.tallies.add(group, Count::Motive(motive), 1);
                    }
                }
                at.tallies.add(group, Count::Fees, fees);
            });
        }
    }
}

/// The punished pay, after all have watched.
pub struct Collect {
    /// punishments on their way
    pub hits: Arc<Gifts>,
    /// what the first, second, … offence costs
    pub fines: Vec<f32>,
    /// ticks for which the punished meets nobody
    pub bars: u16,
    /// the least that fines leave, in payoff units
    pub floor: Option<f32>,
}

impl Pass for Collect {
    fn name(&self) -> &'static str {
        "sanction/collect"
    }

    fn access(&self) -> Access {
        let mut access = Access::default().write::<Payoff>();
        if self.fines.len() > 1 {
            access = access.write::<Offences>();
        }
        if self.bars > 0 { access.write::<Excluded>() } else { access }
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        let offences = if self.fines.len() > 1 { mine.take::<Offences>() } else { &mut [] };
        let excluded = if self.bars > 0 { mine.take::<Excluded>() } else { &mut [] };
        at.each_group(|group, block| {
            let mut counts = [0; 2];
            for k in block {
                let hits = self.hits.taken(at.first + k);
                if hits == 0 {
                    continue;
                }
                let so_far = offences.get(k).map_or(0, |&offences| usize::from(offences));
                let fine = (0..hits as usize).map(|nth| fine(&self.fines, so_far + nth)).sum::<f32>();
                payoff[k] = self.floor.map_or(payoff[k] - fine, |floor| left(payoff[k], fine, floor));
                if let Some(offences) = offences.get_mut(k) {
                    *offences = offences.saturating_add(u8::try_from(hits).unwrap_or(u8::MAX));
                }
                if let Some(excluded) = excluded.get_mut(k) {
                    *excluded = self.bars;
                }
                counts = [counts[0] + 1, counts[1] + hits];
            }
            at.tallies.add(group, Count::Punished, counts[0]);
            at.tallies.add(group, Count::Fines, counts[1]);
        });
    }
}

/// An institution looks at everybody.
pub struct Inspect {
    /// what it fines and what it costs everybody; the first strategy stands for the institution
    pub punishes: Punishes,
    /// chance of an agent to be looked at, as a threshold
    pub prob: u64,
    /// what was done
    pub deeds: Arc<Deeds>,
    /// the least that fines leave, in payoff units
    pub floor: Option<f32>,
}

impl Pass for Inspect {
    fn name(&self) -> &'static str {
        "sanction/inspect"
    }

    fn access(&self) -> Access {
        Access::default().read::<Strategy>().write::<Payoff>()
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let (strategy, draws) = (view.col::<Strategy>(), at.chance.stream(INSPECTED));
        let payoff = mine.take::<Payoff>();
        payoff.iter_mut().for_each(|payoff| *payoff -= self.punishes.upkeep);
        at.each_group(|group, block| {
            let mut fined = [0; 5];
            for k in block {
                let agent = at.first + k;
                let done = self.deeds.of(agent).filter(|_| hits(draws.at(agent as u64), self.prob));
                let motive = done.map_or(0, |done| self.punishes.motive(0, strategy[agent], done.act));
                let fine = f32::from(u8::from(motive != 0)) * self.punishes.fine;
                payoff[k] = self.floor.map_or(payoff[k] - fine, |floor| left(payoff[k], fine, floor));
                fined[usize::from(motive)] += 1;
            }
            let all = fined[1..].iter().sum();
            at.tallies.add(group, Count::Punished, all);
            at.tallies.add(group, Count::Fines, all);
            at.tallies.add(group, Count::Levied, all);
            for motive in Motive::Cooperation as u8..5 {
                at.tallies.add(group, Count::Motive(motive), fined[usize::from(motive)]);
            }
        });
    }
}

/// Part of the fines goes back to the group in equal parts.
pub struct HandBack {
    /// what each fine gives back, in payoff units
    pub each: f32,
}

impl Pass for HandBack {
    fn name(&self) -> &'static str {
        "sanction/hand-back"
    }

    fn access(&self) -> Access {
        Access::default().write::<Payoff>()
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let payoff = mine.take::<Payoff>();
        at.each_group(|group, block| {
            let fines = at.tallies.count(group..group + 1, Count::Levied) as f32;
            let part = self.each * fines / at.group_size as f32;
            payoff[block].iter_mut().for_each(|payoff| *payoff += part);
        });
    }
}
