//! Layers: several structures of one world, each with a name.

use super::checks::Check;
use super::problems::{Problems, listed, quoted, suggest};
use super::sections::{Contact, Pairing, StructureKeys};
use super::world::Scenario;
use super::written::Written;
use crate::cascades::Walk;
use crate::registry::Clock;
use crate::structures::Network;
use std::collections::BTreeSet;

/// A structure as it was read.
pub type Layer = (StructureKeys, Box<dyn Network>);

/// The structure on which games are played, and the others: the first, unless the game names one.
pub(super) fn split(mut layers: Vec<Layer>, played: Option<&str>) -> (Option<Layer>, Vec<Layer>) {
    if layers.is_empty() {
        return (None, layers);
    }
    let named = |layer: &Layer| played.is_some() && layer.0.name.as_deref() == played;
    let main = layers.iter().position(named).unwrap_or(0);
    let main = layers.remove(main);
    (Some(main), layers)
}

/// Reports layers without a name, and two of the same.
pub(super) fn names(layers: &[Layer], written: &Written, problems: &mut Problems) {
    let mut seen: Vec<&str> = vec![];
    for (nth, (keys, _)) in layers.iter().enumerate().filter(|_| layers.len() > 1) {
        let name = keys.name.as_deref().unwrap_or_default();
        let at = written.place("structure", Some(nth), "name");
        let snake = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if name.is_empty() || !snake {
            let help = "add `name = \"household\"`, in small letters, digits and _";
            problems.add(at, "each of several structures has a name of its own", help);
        } else if seen.contains(&name) {
            problems.add(at, format!("two structures are called {}", quoted(name)), "write another name");
        }
        seen.push(name);
    }
}

impl Scenario {
    /// All structures: that of the game, then the others.
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.structure.iter().chain(&self.further)
    }

    /// The layers along which the cascade spreads, with the probability that a contact there counts in a tick; empty
    /// in a world with one structure and no word of layers.
    pub(crate) fn contacts(&self) -> Vec<(&Layer, f64)> {
        let Some((keys, _)) = &self.cascade else { return vec![] };
        let name = |layer: &Layer| layer.0.name.clone().unwrap_or_default();
        match &keys.contact {
            Contact::Layers(weights) => {
                self.layers().filter_map(|layer| Some((layer, weights.get(&name(layer))?.get()))).collect()
            }
            Contact::Neighbours if !self.further.is_empty() => {
                self.layers().map(|layer| (layer, 1.0)).collect()
            }
            _ => vec![],
        }
    }
}

impl Check<'_, '_> {
    pub(super) fn layers(&mut self) {
        let s = self.scenario;
        let known: Vec<&str> = s.layers().filter_map(|layer| layer.0.name.as_deref()).collect();
        let mut used: BTreeSet<&str> = s.contacts().iter().filter_map(|at| at.0.0.name.as_deref()).collect();
        let game = s.game.as_ref().and_then(|(keys, _)| keys.structure.as_deref());
        let learning = s.learning.as_ref().and_then(|(keys, _)| keys.structure.as_deref());
        for (section, name) in [("game", game), ("learning", learning)] {
            let Some(name) = name else { continue };
            used.insert(name);
            if !known.contains(&name) {
                let says = format!("there is no structure {}", quoted(name));
                self.add([section, "structure"], says, suggest(name, &known, "the structures are"));
            }
        }
        if s.game.is_some() || s.learning.is_some() {
            used.extend(s.structure.iter().filter_map(|layer| layer.0.name.as_deref()));
        }
        let idle: Vec<&str> = known.iter().filter(|name| !used.contains(*name)).copied().collect();
        let misspelt = matches!(s.cascade.as_ref().map(|(keys, _)| &keys.contact),
            Some(Contact::Layers(weights)) if weights.keys().any(|name| !known.contains(&name.as_str())));
        // A cascade that could not be read may have named it.
        let unread = s.cascade.is_none() && self.means("cascade");
        let first = s.layers().position(|layer| layer.0.name.as_deref() == idle.first().copied());
        if let Some(nth) = first.filter(|_| !s.further.is_empty() && !idle.is_empty() && !misspelt && !unread)
        {
            let says = format!("nothing happens on the structure {}", listed(&idle, "and"));
            let help = "name it in game.structure, learning.structure or cascade.contact, or leave it out";
            self.add_row("structure", nth, "name", says, help);
        }
        if known.len() > 8 {
            self.add(["structure", "name"], "more than eight structures", "write at most eight");
        }
        for (nth, row) in s.interventions.iter().enumerate() {
            for name in row.layers.iter().flatten().filter(|name| !known.contains(&name.as_str())) {
                let says = format!("there is no structure {}", quoted(name));
                self.add_row(
                    "intervention",
                    nth,
                    "layers",
                    says,
                    suggest(name, &known, "the structures are"),
                );
            }
        }
        self.contact_layers(&known);
    }

    fn contact_layers(&mut self, known: &[&str]) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.cascade else { return };
        if let Contact::Layers(weights) = &keys.contact {
            for name in weights.keys().filter(|name| !known.contains(&name.as_str())) {
                let says = format!("there is no structure {}", quoted(name));
                let help = match known {
                    [] => "give the [structure] a name".to_string(),
                    known => suggest(name, known, "the structures are"),
                };
                self.add(["cascade", "contact"], says, help);
            }
        }
        let contacts = s.contacts();
        if contacts.is_empty() {
            return;
        }
        if s.follows_cascades() || s.clock == Clock::Asynchronous && rule.walk() == Walk::ByTick {
            let help =
                "write one [structure] and no layers, or per_tick = \"generation\" on the synchronous clock";
            self.add(
                ["cascade", "contact"],
                "layers are for cascades that go wave by wave, all at once",
                help,
            );
        }
        if rule.counts_population() {
            let help = "write counts = \"number\" or \"share\", or leave the layers out";
            self.add(["cascade", "counts"], "who counts the population looks at no layer", help);
        }
        let all = |layer: &Layer| layer.1.is_complete() && layer.0.pairing.is_none_or(|p| p == Pairing::All);
        if let Some((layer, _)) = contacts.iter().find(|(layer, weight)| all(layer) && *weight != 1.0) {
            let name = layer.0.name.as_deref().unwrap_or_default();
            let says = format!(
                "everybody is everybody's contact on {}, and a weight would thin them out",
                quoted(name)
            );
            let help = "write pairing = \"with-replacement\" there, with `partners`, or a weight of 1";
            self.add(["cascade", "contact"], says, help);
        }
    }
}
