//! `set = "path"`: a parameter changes. The world is read again with the new value; passes keep nothing from tick to
//! tick, so exchanging them changes nothing else.

use super::happens;
use crate::scenario::sections::Intervention;
use crate::scenario::{Scenario, Source, over};
use std::sync::Arc;

/// A setting that holds in a tick: the number of its intervention, and how far a ramp has come, 0 elsewhere.
pub(crate) type Holding = (usize, u64);

/// The settings that hold in a tick, once for each time that they have happened, in the order in which they did.
pub(crate) fn in_force(scenario: &Scenario, tick: u64) -> Vec<Holding> {
    let mut happened: Vec<(u64, Holding)> = vec![];
    for (nth, intervention) in scenario.interventions.iter().enumerate() {
        if intervention.set.is_none() || !intervention.enabled {
            continue;
        }
        if intervention.ramp.is_some() {
            // A ramp stays where it has come to.
            let (at, lasts) = (intervention.at.map_or(1, |at| at.get()), ramp_ticks(intervention));
            if tick >= at {
                happened.push((at, (nth, (tick - at).min(lasts))));
            }
            continue;
        }
        let first = match (intervention.lasts, intervention.at) {
            (Some(lasts), _) => (tick + 1).saturating_sub(lasts.get()).max(1),
            (None, Some(at)) => at.get(),
            (None, None) => 1,
        };
        for at in (first..=tick).filter(|&at| happens(intervention, at)) {
            // A value that is set again is the same; one that is multiplied counts each time.
            if intervention.times.is_some() || !happened.iter().any(|(_, (other, _))| *other == nth) {
                happened.push((at, (nth, 0)));
            }
        }
    }
    happened.sort_unstable();
    happened.into_iter().map(|(_, holding)| holding).collect()
}

/// Ticks from the first value of a ramp to the last.
fn ramp_ticks(intervention: &Intervention) -> u64 {
    intervention.lasts.map_or(0, |lasts| lasts.get())
}

/// The world with some settings made; `None` if there are none.
pub(crate) fn apply(scenario: &Scenario, settings: &[Holding]) -> Option<Arc<Scenario>> {
    if settings.is_empty() {
        return None;
    }
    let mut text = scenario.text.clone();
    for &(nth, come) in settings {
        text = over::set_values(&text, &[setting(&text, &scenario.interventions[nth], come)?]).ok()?;
    }
    let source = Source {
        name: scenario.name.clone(),
        file: scenario.name.clone(),
        text,
        folder: scenario.folder.clone(),
    };
    source.read_variant().ok().map(Arc::new)
}

/// The path that an intervention sets and the values that it gives, the first and the last of a ramp; empty where the
/// world of `text` has no value to change.
pub(crate) fn settings(text: &str, intervention: &Intervention) -> Vec<(String, toml::Value)> {
    let last = if intervention.ramp.is_some() { vec![0, ramp_ticks(intervention)] } else { vec![0] };
    last.into_iter().filter_map(|come| setting(text, intervention, come)).collect()
}

/// The path that an intervention sets and its new value, if the world of `text` has one to change.
fn setting(text: &str, intervention: &Intervention, come: u64) -> Option<(String, toml::Value)> {
    let path = intervention.set.clone()?;
    let value = match (&intervention.to, intervention.times, intervention.ramp) {
        (Some(to), _, _) => to.0.clone(),
        (None, Some(times), _) => toml::Value::Float(number(text, &path)? * times.get()),
        (None, None, Some([from, to])) => {
            let part = come as f64 / ramp_ticks(intervention).max(1) as f64;
            toml::Value::Float(from.get() * (1.0 - part) + to.get() * part)
        }
        (None, None, None) => return None,
    };
    Some((path, value))
}

/// Whether a value stands at a path.
pub(crate) fn stands(text: &str, path: &str) -> bool {
    value(text, path).is_some()
}

/// The number that stands at a path.
fn number(text: &str, path: &str) -> Option<f64> {
    let value = value(text, path)?;
    value.as_float().or_else(|| value.as_integer().map(|x| x as f64))
}

/// The value that stands at a path; rows of lists by number.
fn value(text: &str, path: &str) -> Option<toml::Value> {
    let table: toml::Table = text.parse().ok()?;
    let mut value = &toml::Value::Table(table);
    for part in path.split('.') {
        value = match part.parse::<usize>() {
            Ok(nth) if value.is_array() => value.get(nth)?,
            _ => value.get(part)?,
        };
    }
    Some(value.clone())
}
