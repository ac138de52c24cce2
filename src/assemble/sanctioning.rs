//! From the `[sanction]` of a world to tables and passes.

use crate::chance::threshold;
use crate::columns::{ColumnDef, Excluded, Offences};
use crate::partners::Meetings;
use crate::passes::{
    Admitted, Bar, Barred, Collect, Deeds, Gifts, HandBack, Inspect, Motive, Punishes, Reprisal, Resolve,
    Watch,
};
use crate::sanctions::{Eyes, Fee, Reach};
use crate::scenario::Scenario;
use crate::scenario::numbers::NumberOrName;
use crate::scenario::sections::Scale;
use crate::tick::{Passes, Phase};
use std::sync::Arc;

/// The columns that a sanction writes.
pub(super) fn columns(s: &Scenario) -> Vec<ColumnDef> {
    let Some(reach) = reach(s) else { return vec![] };
    let excluded = (reach.bars > 0).then(ColumnDef::of::<Excluded>);
    let offences = (reach.fines.len() > 1).then(ColumnDef::of::<Offences>);
    excluded.into_iter().chain(offences).collect()
}

fn reach(s: &Scenario) -> Option<Reach> {
    s.sanction.as_ref().map(|(_, sanction)| sanction.reach())
}

/// Whether somebody looks at acts after the meetings.
pub(super) fn watches(s: &Scenario) -> bool {
    reach(s).is_some_and(|reach| !reach.only_at_meetings())
}

/// Whether what happens in a meeting of a whole group follows from numbers: nobody punishes, or all who would punish an
/// act do, there and then, and the punished stay.
pub(crate) fn by_numbers(s: &Scenario) -> bool {
    let Some((keys, _)) = &s.sanction else { return true };
    let sure = keys.punish_prob.is_none() && keys.seen_prob.is_none_or(|prob| prob.get() == 1.0);
    sure && !watches(s) && reach(s).is_none_or(|reach| reach.bars == 0)
}

/// Who punishes whom at meetings.
pub(super) fn in_meetings(s: &Scenario, acts: usize) -> Option<Punishes> {
    let reach = reach(s)?;
    if !reach.eyes.iter().any(Eyes::was_there) || matches!(reach.fee, Fee::OfWealth { .. }) {
        return None;
    }
    Some(punishes(s, &reach, acts))
}

/// The meetings without those who are barred; the pass that counts their ticks is added.
pub(super) fn admitted(
    s: &Scenario,
    all: Arc<dyn Meetings>,
    agents: usize,
    passes: &mut Passes,
) -> Arc<dyn Meetings> {
    if reach(s).is_none_or(|reach| reach.bars == 0) {
        return all;
    }
    let barred = Arc::new(Barred::new(agents));
    passes.push((Phase::Interact, Box::new(Bar { barred: barred.clone() })));
    Arc::new(Admitted { all, barred })
}

/// What follows the meetings.
pub(super) fn passes(s: &Scenario, deeds: &Arc<Deeds>, agents: usize) -> Passes {
    let Some(reach) = reach(s) else { return vec![] };
    let punishes = punishes(s, &reach, s.acts().len());
    let mut passes: Passes = vec![];
    let watching = reach.eyes.iter().find(|eyes| !eyes.was_there());
    match *watching.unwrap_or(&Eyes::Meeting) {
        Eyes::Meeting | Eyes::Partner => {}
        Eyes::Watching(others) => {
            let hits = Arc::new(Gifts::new(agents));
            let share = if let Fee::ShareOfFine(share) = reach.fee { share as f32 } else { 0.0 };
            let unit = unit(s);
            let fines: Vec<f32> = reach.fines.iter().map(|fine| (fine * unit) as f32).collect();
            let (deeds, bars) = (deeds.clone(), reach.bars as u16);
            let watch = Watch { punishes, others, fines: fines.clone(), share, deeds, hits: hits.clone() };
            passes.push((Phase::Sanction, Box::new(watch)));
            passes.push((Phase::Sanction, Box::new(Collect { hits, fines, bars })));
        }
        Eyes::Inspection(prob) => {
            let each = punishes.fine * reach.back as f32;
            let inspect = Inspect { punishes, prob: threshold(prob), deeds: deeds.clone() };
            passes.push((Phase::Sanction, Box::new(inspect)));
            if each != 0.0 {
                passes.push((Phase::Sanction, Box::new(HandBack { each })));
            }
        }
    }
    passes
}

/// What happens in place of gifts.
pub(super) fn reprisal(s: &Scenario) -> Option<Reprisal> {
    let Fee::OfWealth { share, times, when } = reach(s)?.fee else { return None };
    let of = |(name, _): (&str, _)| {
        let own = name.strip_prefix("partner.");
        (own.is_some(), s.column(own.unwrap_or(name)))
    };
    let speaks_of = when.names().into_iter().map(of).collect();
    Some(Reprisal { when, speaks_of, share: share as f32, times: times as f32 })
}

/// By what fines and fees are multiplied.
fn unit(s: &Scenario) -> f64 {
    match s.sanction.as_ref().map(|(keys, _)| keys.scale) {
        Some(Scale::PerCapita) => 1.0 / s.layout.group_size as f64,
        _ => 1.0,
    }
}

fn punishes(s: &Scenario, reach: &Reach, acts: usize) -> Punishes {
    let unit = unit(s);
    let (fee, upkeep) = match reach.fee {
        Fee::Each(fee) => (fee * unit, 0.0),
        Fee::Upkeep(upkeep) => (0.0, upkeep * unit),
        Fee::ShareOfFine(_) | Fee::OfWealth { .. } => (0.0, 0.0),
    };
    let names = s.strategy_names();
    let words = words(s, reach);
    let punisher = |strategy: usize| words[strategy].iter().any(|word| word != "nobody");
    let help = s.cooperation();
    let out = s.acts().iter().position(|act| act == "out");
    let motive = |own: usize, target: usize, act: usize| {
        words[own].iter().find_map(|word| match word.as_str() {
            "defectors" => (Some(act as u8) != help && Some(act) != out).then_some(Motive::Defection),
            "cooperators" => (Some(act as u8) == help).then_some(Motive::Cooperation),
            "non-punishers" => (!punisher(target)).then_some(Motive::Omission),
            name => (names[target] == name).then_some(Motive::Kind),
        })
    };
    let fine = reach.fines.first().copied().unwrap_or(0.0) * unit;
    let mut punishes = Punishes::new([fine, fee, upkeep], [names.len(), acts], motive);
    punishes.resolve = resolve(s);
    punishes.bars = reach.bars as u16;
    punishes
}

/// Whom each strategy punishes.
fn words(s: &Scenario, reach: &Reach) -> Vec<Vec<String>> {
    let whom = s.sanction.as_ref().and_then(|(keys, _)| keys.whom.as_ref());
    let everybody = match whom {
        Some(whom) => Some(whom.as_slice().to_vec()),
        None => reach.inspects().then(|| vec!["defectors".to_string()]),
    };
    let of = |follows: &crate::scenario::Follows| {
        let own = || follows.keys.punishes.as_ref().map_or_else(Vec::new, |p| p.as_slice().to_vec());
        everybody.clone().unwrap_or_else(own)
    };
    s.strategies.iter().map(of).collect()
}

/// How often those punish who would.
fn resolve(s: &Scenario) -> Resolve {
    let Some((keys, _)) = s.sanction.as_ref() else { return Resolve::Sure };
    let seen = keys.seen_prob.map_or(1.0, |prob| prob.get());
    match &keys.punish_prob {
        None if seen == 1.0 => Resolve::Sure,
        None => Resolve::Prob(seen),
        Some(NumberOrName::Number(prob)) => Resolve::Prob(prob.get() * seen),
        Some(NumberOrName::Name(name)) => {
            let found = s.traits.iter().find(|(column, _)| *column.name == **name);
            Resolve::Trait(found.expect("checked").0.clone(), seen)
        }
    }
}
