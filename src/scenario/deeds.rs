//! Whether interventions can happen: when, to whom, and every key of them honoured.

use super::checks::Check;
use super::problems::{quoted, suggest};
use super::sections::{Deed, Intervention, Selector};

/// Sections whose parameters an intervention can set.
const SETTABLE: &[&str] = &["game", "norm", "sanction", "learning", "mutation", "cascade"];

/// A key, what is wrong with it, and what to write.
type Wrong = (&'static str, String, String);

fn wrong(key: &'static str, says: impl Into<String>, help: impl Into<String>) -> Wrong {
    (key, says.into(), help.into())
}

impl Check<'_, '_> {
    pub(super) fn interventions(&mut self) {
        for nth in 0..self.scenario.interventions.len() {
            let intervention = &self.scenario.interventions[nth];
            let mut found = when(intervention);
            found.extend(self.who(intervention.who.as_ref()));
            found.extend(self.deed(intervention));
            for (key, says, help) in found {
                self.add_row("intervention", nth, key, says, help);
            }
        }
    }

    fn who(&self, who: Option<&Selector>) -> Vec<Wrong> {
        let Some(who) = who else { return vec![] };
        let mut found = vec![];
        found.extend(who.strategy.as_ref().and_then(|name| self.unknown_strategy("who.strategy", name)));
        let groups = self.scenario.layout.groups() as u64;
        if let Some(group) = who.group.filter(|&group| group >= groups) {
            let help = format!("groups are numbered 0 to {}", groups - 1);
            found.push(wrong("who.group", format!("there is no group {group}"), help));
        }
        for (key, share) in [("who.share", who.share), ("who.prob", who.prob)] {
            if let Some(share) = share.filter(|share| !(0.0..=1.0).contains(share)) {
                found.push(wrong(
                    key,
                    format!("{share} is not between 0 and 1"),
                    "write a share such as 0.1",
                ));
            }
        }
        if who.count.is_some() && who.share.is_some() {
            let says = "`count` and `share` both say how many are chosen";
            found.push(wrong("who.share", says, "write one of them"));
        }
        found
    }

    fn unknown_strategy(&self, key: &'static str, name: &str) -> Option<Wrong> {
        let names = self.scenario.strategy_names();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        // Strategies that could not be read are not known here.
        let read = names.len() == self.written.rows("strategy");
        let help = match &known[..] {
            [] => "this world has no strategies".to_string(),
            known => suggest(name, known, "the strategies are"),
        };
        (read && !known.contains(&name))
            .then(|| wrong(key, format!("there is no strategy {}", quoted(name)), help))
    }

    fn deed(&self, i: &Intervention) -> Vec<Wrong> {
        match (&i.set, i.deed) {
            (Some(_), Some(_)) => {
                vec![wrong("set", "an intervention does one thing", "write `set` or `do`")]
            }
            (None, None) => {
                let help = "add `set = \"game.benefit\"` and `to = 3.0`, or `do = \"adopt\"`";
                vec![wrong("do", "what it does is missing", help)]
            }
            (Some(path), None) => self.set(i, path),
            (None, Some(Deed::Adopt)) => self.adopt(i),
            (None, Some(Deed::Put)) => self.put(i),
        }
    }

    fn set(&self, i: &Intervention, path: &str) -> Vec<Wrong> {
        let mut found = vec![];
        let section = path.split('.').next().unwrap_or_default();
        if !SETTABLE.contains(&section) {
            let says = format!("{} cannot change during a run", quoted(path));
            let all = format!("what can change begins with {}", SETTABLE.join(", "));
            found.push(wrong("set", says, all));
        }
        match (i.to.is_some(), i.times.is_some()) {
            (false, false) => {
                found.push(wrong("to", "the new value is missing", "add `to = …` or `times = …`"));
            }
            (true, true) => {
                found.push(wrong("times", "`to` and `times` both give the new value", "write one of them"))
            }
            _ => {}
        }
        let others = [
            ("who", i.who.is_some(), "a parameter is everybody's"),
            ("add", i.add.is_some(), "a parameter takes `to` or `times`"),
            ("strategy", i.strategy.is_some(), "it is for do = \"adopt\""),
            ("trait", i.trait_.is_some(), "it is for do = \"put\""),
        ];
        found.extend(unused("set", &others));
        found
    }

    fn adopt(&self, i: &Intervention) -> Vec<Wrong> {
        let mut found = vec![];
        match &i.strategy {
            None => {
                let help = format!("add `strategy`, one of {}", self.scenario.strategy_names().join(", "));
                found.push(wrong("strategy", "which strategy they adopt is missing", help));
            }
            Some(name) => found.extend(self.unknown_strategy("strategy", name)),
        }
        let others = [
            ("to", i.to.is_some(), "the strategy is named by `strategy`"),
            ("add", i.add.is_some(), "it is for do = \"put\""),
            ("times", i.times.is_some(), "it is for do = \"put\" and for `set`"),
            ("trait", i.trait_.is_some(), "it is for do = \"put\""),
            ("for", i.lasts.is_some(), "only what `set` has set is undone"),
        ];
        found.extend(unused("do = \"adopt\"", &others));
        found
    }

    fn put(&self, i: &Intervention) -> Vec<Wrong> {
        let traits: Vec<&str> = self.scenario.traits.iter().map(|(column, _)| &*column.name).collect();
        let mut found = vec![];
        match &i.trait_ {
            Some(name) if !traits.contains(&name.as_str()) => {
                let says = format!("there is no trait {}", quoted(name));
                found.push(wrong("trait", says, suggest(name, &traits, "the traits are")));
            }
            Some(_) => {}
            None => {
                let help = format!("add `trait`, one of {}", traits.join(", "));
                found.push(wrong("trait", "which trait gets a value is missing", help));
            }
        }
        let number = |to: &toml::Value| to.is_float() || to.is_integer() || to.is_bool();
        let deeds = [i.to.is_some(), i.add.is_some(), i.times.is_some()];
        if deeds.iter().filter(|&&deed| deed).count() != 1 || i.to.as_ref().is_some_and(|to| !number(&to.0)) {
            let help = "write one of `to`, `add` and `times`, with a number";
            found.push(wrong("to", "what becomes of the trait is not said", help));
        }
        let others = [
            (
                "strategy",
                i.strategy.is_some(),
                "it is for do = \"adopt\"; who = { strategy = … } says whom it reaches",
            ),
            ("for", i.lasts.is_some(), "only what `set` has set is undone"),
        ];
        found.extend(unused("do = \"put\"", &others));
        found
    }
}

fn when(i: &Intervention) -> Vec<Wrong> {
    let mut found = vec![];
    match (i.at.is_some(), i.every.is_some()) {
        (true, true) => found.push(wrong("every", "`at` and `every` both say when", "write one of them")),
        (false, false) => {
            found.push(wrong("at", "when it happens is missing", "add `at = 100`, or `every = 10`"));
        }
        _ => {}
    }
    if i.every.is_none() {
        let help = "write it with `every`, or leave it out";
        for (key, _) in [("from", i.from), ("until", i.until)].iter().filter(|(_, tick)| tick.is_some()) {
            found.push(wrong(key, format!("`{key}` says when `every` begins or ends"), help));
        }
    }
    if let (Some(from), Some(until)) = (i.from, i.until)
        && until.get() < from.get()
    {
        let says = format!("it ends at tick {}, before it begins at {}", until.get(), from.get());
        found.push(wrong("until", says, "write a later tick"));
    }
    found
}

/// Keys that the deed does not look at.
fn unused(deed: &str, keys: &[(&'static str, bool, &str)]) -> Vec<Wrong> {
    let written = keys.iter().filter(|(_, written, _)| *written);
    written
        .map(|(key, _, why)| {
            wrong(key, format!("`{key}` has no meaning with {deed}"), format!("leave it out: {why}"))
        })
        .collect()
}
