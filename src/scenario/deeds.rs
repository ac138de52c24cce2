//! Whether interventions can happen: when, to whom, and every key of them honoured.

use super::checks::Check;
use super::numbers::NumberOrName;
use super::problems::{quoted, suggest};
use super::sections::{Deed, Intervention, Selector};

/// Sections whose parameters an intervention can set.
const SETTABLE: &[&str] = &["game", "norm", "sanction", "learning", "mutation", "cascade", "turnover"];

/// What a selector takes beside traits.
const SELECTS: &[&str] =
    &["strategy", "stage", "group", "count", "share", "prob", "highest", "lowest", "neighbours_of"];

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

    pub(super) fn who(&self, who: Option<&Selector>) -> Vec<Wrong> {
        let Some(who) = who else { return vec![] };
        let mut found = vec![];
        found.extend(who.strategy.as_ref().and_then(|name| self.unknown_strategy("who.strategy", name)));
        let groups = self.scenario.layout.groups() as u64;
        if let Some(group) = who.group.filter(|&group| group >= groups) {
            let help = format!("groups are numbered 0 to {}", groups - 1);
            found.push(wrong("who.group", format!("there is no group {group}"), help));
        }
        if let Some(share) = who.share.filter(|share| !(0.0..=1.0).contains(share)) {
            let says = format!("{share} is not between 0 and 1");
            found.push(wrong("who.share", says, "write a share such as 0.1"));
        }
        found.extend(self.unknown_stage("who.stage", who.stage.as_ref()));
        let traits: Vec<&str> = self.scenario.traits.iter().map(|(column, _)| &*column.name).collect();
        for (name, ends) in &who.traits {
            let known: Vec<&str> = SELECTS.iter().copied().chain(traits.iter().copied()).collect();
            if !traits.contains(&name.as_str()) {
                let says = format!("`who` has no key {}, and there is no such trait", quoted(name));
                found.push(wrong("who", says, suggest(name, &known, "it takes")));
            } else if !(1..=2).contains(&ends.as_slice().len()) {
                let says = format!("{} values for {}", ends.as_slice().len(), quoted(name));
                found.push(wrong("who", says, "write a value, or the least and the greatest: [18, 65]"));
            }
        }
        if let Some(NumberOrName::Name(name)) = &who.prob
            && !traits.contains(&name.as_str())
        {
            let says = format!("there is no trait {}", quoted(name));
            found.push(wrong("who.prob", says, suggest(name, &traits, "the traits are")));
        }
        found.extend(self.ranked(who, &traits));
        if let Some(of) = &who.neighbours_of {
            if self.scenario.is_mixed() {
                let says = "everybody is everybody's neighbour here";
                found.push(wrong("who.neighbours_of", says, "use a lattice or a graph, or leave it out"));
            }
            found.extend(self.who(Some(of)));
        }
        if who.count.is_some() && who.share.is_some() {
            let says = "`count` and `share` both say how many are chosen";
            found.push(wrong("who.share", says, "write one of them"));
        }
        found
    }

    /// What is wrong with who is first or last in rank.
    fn ranked(&self, who: &Selector, traits: &[&str]) -> Vec<Wrong> {
        let mut found = vec![];
        if who.highest.is_some() && who.lowest.is_some() {
            let says = "`highest` and `lowest` both say who comes first";
            found.push(wrong("who.lowest", says, "write one of them"));
        }
        let s = self.scenario;
        let mut known = traits.to_vec();
        if crate::assemble::columns(s).iter().any(|column| &*column.name == "payoff") {
            known.push("payoff");
        }
        if !s.is_mixed() {
            known.push("degree");
        }
        for (key, name) in [("who.highest", &who.highest), ("who.lowest", &who.lowest)] {
            if let Some(name) = name.as_ref().filter(|name| !known.contains(&name.as_str())) {
                let says = format!("agents cannot be ranked by {}", quoted(name));
                let help = match &known[..] {
                    [] => "add a [[trait]], or leave it out".to_string(),
                    known => suggest(name, known, "they can by"),
                };
                found.push(wrong(key, says, help));
            }
        }
        found
    }

    fn unknown_stage(&self, key: &'static str, name: Option<&String>) -> Option<Wrong> {
        if self.scenario.cascade.is_none() && self.means("cascade") {
            // Stages that could not be read are not known here.
            return None;
        }
        let (name, stages) = (name?, self.scenario.stages());
        let known: Vec<&str> = stages.iter().map(String::as_str).collect();
        let help = match &known[..] {
            [] => "add a [cascade]: this world has no stages".to_string(),
            known => suggest(name, known, "the stages are"),
        };
        (!stages.contains(name)).then(|| wrong(key, format!("there is no stage {}", quoted(name)), help))
    }

    fn unknown_strategy(&self, key: &'static str, name: &str) -> Option<Wrong> {
        let names = self.scenario.strategy_names();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        // Strategies that could not be read are not known here.
        let written = names.len() - usize::from(self.scenario.empty.is_some());
        let read = written >= self.written.rows("strategy");
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
            (None, Some(Deed::Move)) => self.moves(i),
            (None, Some(Deed::Isolate)) => self.isolate(i),
            (None, Some(Deed::Freeze)) => self.freeze(i),
            (None, Some(Deed::Unfreeze)) => self.unfreeze(i),
            (None, Some(Deed::Remove)) => self.removes(i),
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
        match (i.to.is_some(), i.times.is_some(), i.ramp.is_some()) {
            (false, false, false) => {
                found.push(wrong(
                    "to",
                    "the new value is missing",
                    "add `to = …`, `times = …` or `ramp = [a, b]`",
                ));
            }
            (true, true, _) => {
                found.push(wrong("times", "`to` and `times` both give the new value", "write one of them"))
            }
            (true, _, true) | (_, true, true) => {
                found.push(wrong("ramp", "`ramp` gives the new values already", "write only `ramp`"));
            }
            _ => {}
        }
        if i.ramp.is_some() && (i.lasts.is_none() || i.at.is_none()) {
            let help = "write `at = 10` and `for = 100`: when it begins, and in how many ticks it is done";
            found.push(wrong("ramp", "how long the ramp is is not said", help));
        }
        let others = [
            ("who", i.who.is_some(), "a parameter is everybody's"),
            ("add", i.add.is_some(), "a parameter takes `to` or `times`"),
            ("strategy", i.strategy.is_some(), "it is for do = \"adopt\""),
            ("trait", i.trait_.is_some(), "it is for do = \"put\""),
            ("stage", i.stage.is_some(), "it is for do = \"move\""),
            ("layers", i.layers.is_some(), "it is for do = \"isolate\""),
        ];
        found.extend(unused("set", &others));
        found
    }

    fn moves(&self, i: &Intervention) -> Vec<Wrong> {
        let mut found = vec![];
        let s = self.scenario;
        if i.stage.is_none() {
            let help = format!("add `stage`, one of {}", s.stages().join(", "));
            found.push(wrong("stage", "which stage they enter is missing", help));
        }
        found.extend(self.unknown_stage("stage", i.stage.as_ref()));
        if s.in_turn().is_some() {
            let help = "leave the intervention out";
            found.push(wrong("do", "in a queue each acts once, in its turn", help));
        }
        if s.cascade.as_ref().is_some_and(|(keys, _)| keys.reset) {
            let help = "write cascade.reset = false, or leave the intervention out";
            found.push(wrong("do", "each cascade starts on a clean population: nobody stays moved", help));
        }
        let stages = s.stages();
        let ends = [stages.first(), stages.last()];
        if s.follows_cascades() && i.stage.is_some() && !ends.contains(&i.stage.as_ref()) {
            let help = "write the first or the last stage, or per_tick = \"generation\"";
            found.push(wrong("stage", "a whole cascade leaves nobody in this stage", help));
        }
        found.extend(unused("do = \"move\"", &of_other_deeds(i, &["stage"])));
        found
    }

    fn removes(&self, i: &Intervention) -> Vec<Wrong> {
        let mut found = vec![];
        if self.scenario.strategies.is_empty() {
            let help = "write do = \"isolate\", which ends an agent's contacts, or add strategies";
            found.push(wrong(
                "do",
                "an empty place is one without a strategy, and nobody has one here",
                help,
            ));
        }
        found.extend(unused("do = \"remove\"", &of_other_deeds(i, &[])));
        found
    }

    fn freeze(&self, i: &Intervention) -> Vec<Wrong> {
        let mut found = vec![];
        let s = self.scenario;
        if s.clock != crate::registry::Clock::Synchronous {
            let help =
                "give those agents a strategy with `fixed = true`, or set run.update = \"synchronous\"";
            found.push(wrong("do", "a step after the other, others see what the frozen do", help));
        }
        if s.follows_cascades() || s.in_turn().is_some() {
            let help = "write cascade.per_tick = \"generation\", or leave the intervention out";
            found.push(wrong("do", "a whole cascade is over before it could be held up", help));
        }
        if crate::interventions::held(s).len() > 8 {
            let help = "write fewer traits, or leave the intervention out";
            found.push(wrong("do", "more columns than can be held still", help));
        }
        found.extend(lasting(i));
        found.extend(unused("do = \"freeze\"", &of_other_deeds(i, &["for"])));
        found
    }

    fn unfreeze(&self, i: &Intervention) -> Vec<Wrong> {
        let mut found = vec![];
        let above = self.scenario.interventions.iter().take_while(|row| !std::ptr::eq(*row, i));
        if !above.into_iter().any(|row| row.deed == Some(Deed::Freeze)) {
            let help = "write it below an intervention with do = \"freeze\"";
            found.push(wrong("do", "nobody is frozen by an intervention above", help));
        }
        found.extend(lasting(i));
        found.extend(unused("do = \"unfreeze\"", &of_other_deeds(i, &["for"])));
        found
    }

    fn isolate(&self, i: &Intervention) -> Vec<Wrong> {
        let mut found = vec![];
        let s = self.scenario;
        let sweeps = s.cascade.is_some() && !s.follows_cascades() && s.in_turn().is_none();
        if !sweeps || s.clock != crate::registry::Clock::Synchronous {
            let help = "add a [cascade] with per_tick = \"generation\", and run.update = \"synchronous\"";
            found.push(wrong("do", "there are no contacts of a tick that could end", help));
        }
        found.extend(lasting(i));
        found.extend(unused("do = \"isolate\"", &of_other_deeds(i, &["layers", "for"])));
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
        found.extend(unused("do = \"adopt\"", &newer(i)));
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
        found.extend(unused("do = \"put\"", &newer(i)));
        found
    }
}

/// What is wrong with when and whom a deed reaches that lasts.
fn lasting(i: &Intervention) -> Vec<Wrong> {
    let mut found = vec![];
    if i.every.is_some() {
        let help = "write `at`, and `for` if it ends: who fits is looked at in every tick";
        found.push(wrong("every", "this deed is not repeated, it lasts", help));
    }
    let who = i.who.clone().unwrap_or_default();
    for (key, written) in [("who.count", who.count.is_some()), ("who.share", who.share.is_some())] {
        if written {
            let help = "write `prob`: an agent keeps its luck as long as it fits";
            found.push(wrong(key, "who fits changes from tick to tick, and with it who is counted", help));
        }
    }
    found
}

/// Keys that only some deeds look at, but those of this one.
fn of_other_deeds(i: &Intervention, own: &[&str]) -> Vec<(&'static str, bool, &'static str)> {
    let all = [
        ("strategy", i.strategy.is_some(), "it is for do = \"adopt\""),
        ("trait", i.trait_.is_some(), "it is for do = \"put\""),
        ("to", i.to.is_some(), "it is for do = \"put\" and for `set`"),
        ("add", i.add.is_some(), "it is for do = \"put\""),
        ("times", i.times.is_some(), "it is for do = \"put\" and for `set`"),
        ("for", i.lasts.is_some(), "only what `set` has set is undone; isolation and freezing end"),
    ];
    all.into_iter().chain(newer(i)).filter(|(key, _, _)| !own.contains(key)).collect()
}

/// Keys of `set`, `move` and `isolate` alone.
fn newer(i: &Intervention) -> [(&'static str, bool, &'static str); 3] {
    [
        ("ramp", i.ramp.is_some(), "it is for `set`"),
        ("stage", i.stage.is_some(), "it is for do = \"move\""),
        ("layers", i.layers.is_some(), "it is for do = \"isolate\""),
    ]
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
