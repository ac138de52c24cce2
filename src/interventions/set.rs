//! `set = "path"`: a parameter changes. The world is read again with the new value; passes keep nothing from tick to
//! tick, so exchanging them changes nothing else.

use super::happens;
use crate::scenario::sections::Intervention;
use crate::scenario::{Scenario, Source, over};
use std::sync::Arc;

/// The settings that hold in a tick, once for each time that they have happened, in the order in which they did.
pub(crate) fn in_force(scenario: &Scenario, tick: u64) -> Vec<usize> {
    let mut happened: Vec<(u64, usize)> = vec![];
    for (nth, intervention) in scenario.interventions.iter().enumerate() {
        if intervention.set.is_none() || !intervention.enabled {
            continue;
        }
        let first = match (intervention.lasts, intervention.at) {
            (Some(lasts), _) => (tick + 1).saturating_sub(lasts.get()).max(1),
            (None, Some(at)) => at.get(),
            (None, None) => 1,
        };
        for at in (first..=tick).filter(|&at| happens(intervention, at)) {
            // A value that is set again is the same; one that is multiplied counts each time.
            if intervention.times.is_some() || !happened.iter().any(|(_, other)| *other == nth) {
                happened.push((at, nth));
            }
        }
    }
    happened.sort_unstable();
    happened.into_iter().map(|(_, nth)| nth).collect()
}

/// The world with some settings made; `None` if there are none.
pub(crate) fn apply(scenario: &Scenario, settings: &[usize]) -> Option<Arc<Scenario>> {
    if settings.is_empty() {
        return None;
    }
    let mut text = scenario.text.clone();
    for &nth in settings {
        text = changed(&text, &scenario.interventions[nth])?;
    }
    let source = Source {
        name: scenario.name.clone(),
        file: scenario.name.clone(),
        text,
        folder: scenario.folder.clone(),
    };
    source.read_variant().ok().map(Arc::new)
}

/// The text with one setting made, if its path leads somewhere.
pub(crate) fn changed(text: &str, intervention: &Intervention) -> Option<String> {
    over::set_values(text, &[setting(text, intervention)?]).ok()
}

/// The path that an intervention sets and its new value, if the world of `text` has one to change.
pub(crate) fn setting(text: &str, intervention: &Intervention) -> Option<(String, toml::Value)> {
    let path = intervention.set.clone()?;
    let value = match (&intervention.to, intervention.times) {
        (Some(to), _) => to.0.clone(),
        (None, Some(times)) => toml::Value::Float(number(text, &path)? * times.get()),
        (None, None) => return None,
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
