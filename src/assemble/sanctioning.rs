//! From the `[sanction]` of a world to tables and passes.

use crate::chance::threshold;
use crate::columns::{ColumnDef, Excluded, Offences};
use crate::partners::Meetings;
use crate::passes::{
    Admitted, Bar, Barred, Collect, Deeds, Gifts, HandBack, Inspect, Inspects, Motive, Punishes, Reprisal,
    Resolve, Watch,
};
use crate::sanctions::{Eyes, Fee, Reach};
use crate::scenario::Scenario;
use crate::scenario::numbers::NumberOrName;
use crate::scenario::sections::{SanctionKeys, Scale};
use crate::tick::{Passes, Phase};
use std::sync::Arc;

/// The columns that a sanction writes.
pub(super) fn columns(s: &Scenario) -> Vec<ColumnDef> {
    let excluded = bars(s).then(ColumnDef::of::<Excluded>);
    let offences = reaches(s).any(|(_, reach)| reach.fines.len() > 1).then(ColumnDef::of::<Offences>);
    excluded.into_iter().chain(offences).collect()
}

/// The sanctions in the order of the file.
fn reaches(s: &Scenario) -> impl Iterator<Item = (&SanctionKeys, Reach)> {
    s.sanctions.iter().map(|(keys, sanction)| (keys, sanction.reach()))
}

/// Whether somebody is kept out of meetings.
fn bars(s: &Scenario) -> bool {
    reaches(s).any(|(_, reach)| reach.bars > 0)
}

/// Whether it happens at meetings, in numbers that add to payoffs.
fn is_there(reach: &Reach) -> bool {
    reach.eyes.iter().any(Eyes::was_there) && !matches!(reach.fee, Fee::OfWealth { .. })
}

/// Whether somebody looks at acts after the meetings.
pub(super) fn watches(s: &Scenario) -> bool {
    reaches(s).any(|(_, reach)| !reach.only_at_meetings())
}

/// Whether what happens in a meeting of a whole group follows from numbers: nobody punishes, or all who would punish an
/// act do, there and then, and the punished stay.
pub(crate) fn by_numbers(s: &Scenario) -> bool {
    let sure = |keys: &SanctionKeys| {
        keys.punish_prob.is_none() && keys.seen_prob.is_none_or(|prob| prob.get() == 1.0)
    };
    s.sanctions.iter().all(|(keys, _)| sure(keys)) && !watches(s) && !bars(s)
}

/// Who punishes whom at meetings.
pub(super) fn in_meetings(s: &Scenario, acts: usize) -> Vec<Punishes> {
    let there = reaches(s).filter(|(_, reach)| is_there(reach));
    there.map(|(keys, reach)| punishes(s, (keys, &reach), acts)).collect()
}

/// The institution that looks at everybody.
pub(super) fn inspects(s: &Scenario, acts: usize) -> Option<Inspects> {
    reaches(s).find_map(|(keys, reach)| {
        let prob = reach.eyes.iter().find_map(|eyes| match eyes {
            Eyes::Inspection(prob) => Some(*prob),
            _ => None,
        })?;
        Some(Inspects { punishes: punishes(s, (keys, &reach), acts), prob })
    })
}

/// The meetings without those who are barred; the pass that counts their ticks is added.
pub(super) fn admitted(
    s: &Scenario,
    all: Arc<dyn Meetings>,
    agents: usize,
    passes: &mut Passes,
) -> Arc<dyn Meetings> {
    if !bars(s) {
        return all;
    }
    let barred = Arc::new(Barred::new(agents));
    passes.push((Phase::Interact, Box::new(Bar { barred: barred.clone() })));
    Arc::new(Admitted { all, barred })
}

/// What follows the meetings.
pub(super) fn passes(s: &Scenario, deeds: &Arc<Deeds>, agents: usize) -> Passes {
    reaches(s).flat_map(|(keys, reach)| passes_of(s, (keys, &reach), deeds, agents)).collect()
}

fn passes_of(
    s: &Scenario,
    (keys, reach): (&SanctionKeys, &Reach),
    deeds: &Arc<Deeds>,
    agents: usize,
) -> Passes {
    let punishes = punishes(s, (keys, reach), s.acts().len());
    let floor = keys.floor.map(|floor| floor.get() as f32);
    let mut passes: Passes = vec![];
    let watching = reach.eyes.iter().find(|eyes| !eyes.was_there());
    match *watching.unwrap_or(&Eyes::Meeting) {
        Eyes::Meeting | Eyes::Partner => {}
        Eyes::Watching(others) => {
            let hits = Arc::new(Gifts::new(agents));
            let share = if let Fee::ShareOfFine(share) = reach.fee { share as f32 } else { 0.0 };
            let unit = unit(s, keys);
            let fines: Vec<f32> = reach.fines.iter().map(|fine| (fine * unit) as f32).collect();
            let (deeds, bars) = (deeds.clone(), reach.bars as u16);
            let watch = Watch { punishes, others, fines: fines.clone(), share, deeds, hits: hits.clone() };
            passes.push((Phase::Sanction, Box::new(watch)));
            passes.push((Phase::Sanction, Box::new(Collect { hits, fines, bars, floor })));
        }
        Eyes::Inspection(prob) => {
            let each = punishes.fine * reach.back as f32;
            let inspect = Inspect { punishes, prob: threshold(prob), deeds: deeds.clone(), floor };
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
    let (share, times, when) = reaches(s).find_map(|(_, reach)| match reach.fee {
        Fee::OfWealth { share, times, when } => Some((share, times, when)),
        _ => None,
    })?;
    let of = |(name, _): (&str, _)| {
        let own = name.strip_prefix("partner.");
        (own.is_some(), s.column(own.unwrap_or(name)))
    };
    let speaks_of = when.names().into_iter().map(of).collect();
    Some(Reprisal { when, speaks_of, share: share as f32, times: times as f32 })
}

/// By what fines and fees are multiplied.
fn unit(s: &Scenario, keys: &SanctionKeys) -> f64 {
    match keys.scale {
        Scale::PerCapita => 1.0 / s.layout.group_size as f64,
        Scale::PerAct => 1.0,
    }
}

fn punishes(s: &Scenario, (keys, reach): (&SanctionKeys, &Reach), acts: usize) -> Punishes {
    let unit = unit(s, keys);
    let (fee, upkeep) = match reach.fee {
        Fee::Each(fee) => (fee * unit, 0.0),
        Fee::Upkeep(upkeep) => (0.0, upkeep * unit),
        Fee::ShareOfFine(_) | Fee::OfWealth { .. } => (0.0, 0.0),
    };
    let names = s.strategy_names();
    let words = words(s, (keys, reach));
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
    punishes.resolve = resolve(s, keys);
    punishes.name = keys.name.clone();
    punishes.bars = reach.bars as u16;
    punishes
}

/// Whom each strategy punishes.
fn words(s: &Scenario, (keys, reach): (&SanctionKeys, &Reach)) -> Vec<Vec<String>> {
    let everybody = match &keys.whom {
        Some(whom) => Some(whom.as_slice().to_vec()),
        None => reach.inspects().then(|| vec!["defectors".to_string()]),
    };
    let of = |follows: &crate::scenario::Follows| {
        if keys.by.as_ref().is_some_and(|by| !by.as_slice().contains(&follows.keys.name)) {
            return vec![];
        }
        let own = || follows.keys.punishes.as_ref().map_or_else(Vec::new, |p| p.as_slice().to_vec());
        everybody.clone().unwrap_or_else(own)
    };
    s.strategies.iter().map(of).collect()
}

/// How often those punish who would.
fn resolve(s: &Scenario, keys: &SanctionKeys) -> Resolve {
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
