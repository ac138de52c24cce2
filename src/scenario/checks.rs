//! Whether the sections of a world fit each other.

use super::problems::{Problems, quoted, suggest};
use super::sections::{Contact, Direction, ModelsFrom, Pairing, WhichPayoff};
use super::world::{Scenario, Until};
use super::written::Written;
use crate::cascades::Walk;
use crate::columns::Dtype;
use crate::games::Pays;
use crate::learning::{Models, Replaced};
use crate::passes::{Roles, Total};
use crate::registry::Clock;
use crate::scenario::numbers::NumberOrName;
use crate::strategies::Sees;

/// Reports everything that does not fit.
pub(super) fn check(scenario: &Scenario, written: &Written, sized: bool, problems: &mut Problems) {
    let mut check = Check { scenario, written, problems };
    // Where sizes or structure could not be read, what depends on them would be blamed for it.
    let placed = sized && (scenario.structure.is_some() || !check.means("structure"));
    check.names();
    check.something_happens();
    check.judging(placed);
    check.judged_sanctions();
    check.voted();
    check.shares();
    check.opportunities();
    check.game();
    check.punishers();
    check.tags();
    check.record();
    check.measures();
    check.until();
    check.traits();
    check.interventions();
    if placed {
        check.matches();
        check.commons();
        check.meetings();
        check.pairings();
        check.layers();
        check.reputations();
        check.learning();
        check.learners();
        check.cascade();
        check.turnover();
        check.in_turn();
        check.unused();
    }
}

pub(super) struct Check<'c, 'w> {
    pub(super) scenario: &'c Scenario,
    pub(super) written: &'c Written<'w>,
    pub(super) problems: &'c mut Problems,
}

impl Check<'_, '_> {
    /// Whether the section is written, be it wrong or misspelt.
    pub(super) fn means(&self, section: &str) -> bool {
        self.written.means(section, super::SECTIONS)
    }

    pub(super) fn add(
        &mut self,
        [section, key]: [&str; 2],
        says: impl Into<String>,
        help: impl Into<String>,
    ) {
        let at = self.written.place(section, None, key);
        self.problems.add(at, says, help);
    }

    pub(super) fn add_row(
        &mut self,
        section: &str,
        nth: usize,
        key: &str,
        says: impl Into<String>,
        help: impl Into<String>,
    ) {
        // The policies of a learner are written once.
        let learner = self.scenario.strategies.get(nth).filter(|_| section == "strategy");
        let nth = learner.and_then(|follows| follows.learner).map_or(nth, usize::from);
        let at = self.written.place(section, Some(nth), key);
        self.problems.add(at, says, help);
    }

    fn names(&mut self) {
        let scenario = self.scenario;
        // The last strategy is not of the file where places can be empty.
        let written = scenario.empty.map_or(scenario.strategies.len(), usize::from);
        let strategies = scenario.strategies[..written].iter();
        let strategies = strategies.map(|follows| ("strategy", follows.keys.name.clone()));
        let traits = scenario.traits.iter().map(|(column, _)| ("trait", column.name.to_string()));
        let mut seen: Vec<String> = scenario.stages();
        let mut counts = [0, 0];
        for (section, name) in strategies.chain(traits) {
            let nth = &mut counts[usize::from(section == "trait")];
            let row = *nth;
            *nth += 1;
            let snake = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                && name.starts_with(|c: char| c.is_ascii_lowercase());
            if !snake {
                let help =
                    "write small letters, digits and _, beginning with a letter: names stand in expressions";
                self.add_row(section, row, "name", format!("`{name}` is no name in snake_case"), help);
            } else if RESERVED.contains(&name.as_str()) {
                let help = "choose another name: mores has a column or metric of this name";
                self.add_row(section, row, "name", format!("`{name}` is taken"), help);
            } else if seen.contains(&name) {
                let help = "names of strategies, traits and stages are unique in a world";
                self.add_row(section, row, "name", format!("`{name}` is named twice"), help);
            }
            seen.push(name);
        }
    }

    fn something_happens(&mut self) {
        let s = self.scenario;
        let needs = [
            (s.game.is_some(), "game"),
            (s.learning.is_some(), "learning"),
            (s.mutation.is_some(), "mutation"),
            (s.norm.is_some(), "norm"),
        ];
        let other = s.learning.as_ref().is_some_and(|(_, rule)| !rule.models().are_strategies());
        let needs = needs.iter().filter(|needs| needs.0 && !(needs.1 == "learning" && other));
        for section in needs.map(|needs| needs.1) {
            if s.strategies.is_empty() && !self.means("strategy") {
                let help = "add\n\n[[strategy]]\nname = \"c\"\nplays = \"C\"";
                self.add([section, "kind"], format!("[{section}] needs strategies"), help);
            }
        }
        let any = s.structure.is_some() || s.cascade.is_some() || !s.strategies.is_empty();
        let meant = ["structure", "cascade", "strategy", "trait", "intervention"];
        if !any && !meant.iter().any(|section| self.means(section)) {
            let help = "add a [structure], a [game] with strategies, a [cascade] or a [[trait]]";
            self.problems.add(0..0, "nothing happens in this world", help);
        }
        if !s.sanctions.is_empty() && s.game.is_none() && !self.means("game") {
            self.add(
                ["sanction", "kind"],
                "[sanction] needs a [game]: there is nothing to punish",
                "add a [game]",
            );
        }
        if s.norm.is_some() && s.game.is_none() && !self.means("game") {
            self.add(["norm", "kind"], "[norm] needs a [game]: there is nothing to judge", "add a [game]");
        }
        if s.is_mixed() && s.structure.is_none() && s.game.is_some() && !self.means("structure") {
            let help = "add\n\n[structure]\nkind = \"well-mixed\"\npairing = \"matching\"";
            self.add(["game", "kind"], "[game] needs a [structure]: who meets whom is not said", help);
        }
    }

    fn meetings(&mut self) {
        let s = self.scenario;
        let Some((keys, _)) = &s.structure else { return };
        let mixed = s.is_mixed();
        let pairing = s.pairing;
        let place = ["structure", if keys.pairing.is_some() { "pairing" } else { "kind" }];
        let many = s.game.as_ref().is_some_and(|(_, game)| matches!(game.pays(), Pays::Many(_)));
        match (mixed, pairing) {
            (
                false,
                Pairing::Matching
                | Pairing::WithReplacement
                | Pairing::Group
                | Pairing::Fixed
                | Pairing::Choice,
            ) => {
                let help = "on a graph, pairing is \"all\" or \"neighbourhoods\"";
                self.add(place, "this pairing is for well-mixed groups, but the structure has ties", help);
            }
            (true, Pairing::Neighbourhoods) => {
                let help = "write \"matching\" with a meeting_size, or use a lattice or a graph";
                self.add(place, "everybody is everybody's neighbour here", help);
            }
            _ => {}
        }
        if s.clock == Clock::Asynchronous && pairing == Pairing::Matching && s.game.is_some() {
            let help =
                "write pairing = \"with-replacement\" (agents draw partners) or \"all\" (expected payoffs)";
            self.add(place, "a matching brings all together at once, but the clock is asynchronous", help);
        }
        if keys.partners.is_some() && pairing != Pairing::WithReplacement {
            let help = "write pairing = \"with-replacement\", or leave it out";
            self.add(["structure", "partners"], "`partners` is for partners that are drawn", help);
        }
        if keys.with_self && (pairing != Pairing::All || mixed && many) {
            let help = "leave it out: it is for games of two in which everyone meets all, pairing = \"all\"";
            self.add(["structure", "self"], "nobody meets itself with this pairing", help);
        }
        if let Some(size) = keys.meeting_size {
            let size = size.get();
            if size < 2 || size > s.layout.group_size as u64 {
                let says = format!("meetings of {size} agents in groups of {}", s.layout.group_size);
                self.add(["structure", "meeting_size"], says, "write 2 or more, up to the size of a group");
            } else if size > 64 {
                let says = format!("meetings of {size} agents");
                self.add(["structure", "meeting_size"], says, "meetings have at most 64 agents");
            } else if !mixed || !matches!(pairing, Pairing::Matching | Pairing::Fixed | Pairing::All) {
                let help = "leave it out: on a graph, neighbours meet; who is drawn is met two by two";
                self.add(["structure", "meeting_size"], "`meeting_size` is for matching and all", help);
            } else if !many && size != 2 && s.game.is_some() {
                let help = "write 2, or use a game of many such as public-goods";
                self.add(["structure", "meeting_size"], "this game is played by two", help);
            }
        } else if many && !matches!(pairing, Pairing::Neighbourhoods | Pairing::Group) {
            let help = "add `meeting_size = 5`, or on a graph pairing = \"neighbourhoods\"";
            self.add(["structure", "kind"], "how many play this game together is not said", help);
        }
        if many && matches!(pairing, Pairing::WithReplacement | Pairing::Choice) {
            let help = "write pairing = \"matching\" or \"all\" with a meeting_size";
            self.add(place, "this game is played by several at once", help);
        }
        let stocked = s.game.as_ref().is_some_and(|(_, game)| matches!(game.pays(), Pays::Stock(_)));
        let several = matches!(pairing, Pairing::Neighbourhoods | Pairing::Group);
        if !many && !stocked && several && s.game.is_some() {
            let help = "write pairing = \"all\": every agent plays with each neighbour";
            self.add(place, "this game is played by two", help);
        }
    }

    fn game(&mut self) {
        let s = self.scenario;
        let Some((keys, game)) = &s.game else {
            for nth in 0..s.strategies.len() {
                if s.strategies[nth].rule.sees() != Sees::Nothing && !self.means("game") {
                    let says = "a strategy that looks at its partner needs a game".to_string();
                    self.add_row("strategy", nth, "kind", says, "add a [game]");
                }
            }
            return;
        };
        let two_acts = game.acts().len() == 2;
        if keys.roles == Roles::DonorRecipient {
            if matches!(game.pays(), Pays::Many(_)) || game.cooperation() != Some(1) || !two_acts {
                let help = "leave it out, or use the donation game";
                self.add(["game", "roles"], "only in the donation game does one of two act alone", help);
            } else if !s.is_mixed() || matches!(s.pairing, Pairing::All | Pairing::Group) {
                let help = "write pairing = \"matching\" or \"with-replacement\" in a well-mixed structure";
                self.add(["game", "roles"], "donors and recipients are drawn in pairs", help);
            } else if matches!(s.pairing, Pairing::WithReplacement | Pairing::Choice)
                && keys.total == Total::Mean
            {
                let help = "write total = \"sum\", or pairing = \"matching\"";
                self.add(
                    ["game", "total"],
                    "how often an agent is drawn as a recipient is up to chance",
                    help,
                );
            }
        }
        if keys.total == Total::Mean && s.learns_every() > 1 {
            let help = "write total = \"sum\", or learn after every tick";
            self.add(["game", "total"], "the mean over several ticks is not built yet", help);
        }
        let error = keys.execution_error.is_some_and(|error| error.get() > 0.0);
        if error && keys.errs == super::sections::Errs::Cooperation && game.cooperation().is_none() {
            let help = "name an act \"C\", or write errs = \"both\"";
            self.add(["game", "errs"], "this game has no act of cooperation", help);
        }
        let chancy = error
            || s.strategies.iter().any(|follows| {
                let chances = follows.rule.chances(crate::strategies::Seen::Good);
                chances.iter().any(|&chance| chance != 0.0 && chance != 1.0)
            });
        if chancy
            && matches!(game.pays(), Pays::Many(_))
            && (s.is_expected() || s.clock == Clock::Asynchronous)
        {
            let help = "let every strategy play one act, without errors; or use pairing = \"matching\"";
            self.add(["game", "kind"], "expected payoffs of this game need acts that are certain", help);
        }
        if s.layout.group_size > 1 << 24 && s.is_expected() && matches!(game.pays(), Pays::Many(_)) {
            self.add(
                ["game", "kind"],
                "expected payoffs are tabled for groups of up to 2^24 agents",
                "use smaller groups",
            );
        }
        for nth in (0..s.strategies.len()).filter(|&nth| s.strategies[nth].keys.fitness.is_some()) {
            let says = "`fitness` is constant, but this world has a game that pays".to_string();
            self.add_row("strategy", nth, "fitness", says, "leave it out, or remove the [game]");
        }
    }

    fn reputations(&mut self) {
        let s = self.scenario;
        let looks = s.strategies.iter().position(|follows| follows.rule.sees() == Sees::Reputation);
        if let Some(nth) =
            looks.filter(|_| s.reputations().is_none() && s.game.is_some() && !self.means("norm"))
        {
            let says = "this strategy looks at reputations, but nothing makes them";
            let help = "add a [norm], such as\n\n[norm]\nkind = \"stern-judging\"";
            self.add_row("strategy", nth, "kind", says, help);
        }
        let Some((_, game)) = &s.game else { return };
        if s.reputations().is_none() {
            return;
        }
        if game.cooperation().is_none() {
            self.add(
                ["norm", "kind"],
                "a norm judges help, but the game has no act \"C\"",
                "name an act \"C\"",
            );
        }
        if matches!(game.pays(), Pays::Many(_)) {
            self.add(["norm", "kind"], "a norm judges acts towards one recipient", "use a game of two");
        }
        if s.is_expected() {
            let help = "write pairing = \"matching\" or \"with-replacement\"";
            self.add(
                ["structure", "pairing"],
                "a norm judges meetings, but payoffs are expected without any",
                help,
            );
        }
    }

    /// Tags are seen where two meet, all by the same traits.
    fn tags(&mut self) {
        let s = self.scenario;
        let mut first = None;
        for nth in 0..s.strategies.len() {
            let Sees::Tags(tags) = s.strategies[nth].rule.sees() else { continue };
            if first.get_or_insert(tags) != &tags {
                let says = "two strategies tell their own kind by other traits".to_string();
                let help = "write the same `tag`, `same` and `tolerance` in all of them";
                self.add_row("strategy", nth, "kind", says, help);
            }
        }
        let Some((_, game)) = s.game.as_ref().filter(|_| first.is_some()) else { return };
        let (says, help) = if matches!(game.pays(), Pays::Many(_)) {
            (
                "strategies look at the tag of one partner, but this game is played by many",
                "use a game of two",
            )
        } else if s.is_expected() {
            let help = "write pairing = \"matching\" or \"with-replacement\", or use a graph";
            ("strategies look at the tag of a partner, but payoffs are expected without meetings", help)
        } else {
            return;
        };
        self.add(["game", "kind"], says, help);
    }

    fn punishers(&mut self) {
        let s = self.scenario;
        let names = s.strategy_names();
        for nth in 0..s.strategies.len() {
            let Some(whom) = &s.strategies[nth].keys.punishes else { continue };
            for (item, word) in whom.as_slice().iter().enumerate() {
                if !PUNISHED.contains(&word.as_str()) && !names.contains(word) {
                    let says = format!("there is no strategy {} to punish", quoted(word));
                    // A learner's own policies carry the word in their names.
                    let learner = s.strategies[nth].learner;
                    let other = |&code: &usize| learner.is_none() || s.strategies[code].learner != learner;
                    let others: Vec<&str> =
                        (0..names.len()).filter(other).map(|code| names[code].as_str()).collect();
                    let help = format!(
                        "write one of {}, or names of strategies: {}",
                        PUNISHED.join(", "),
                        others.join(", ")
                    );
                    let key = if whom.as_slice().len() > 1 {
                        format!("punishes.{item}")
                    } else {
                        "punishes".into()
                    };
                    self.add_row("strategy", nth, &key, says, help);
                }
            }
            if s.sanctions.is_empty() && !self.means("sanction") {
                let says = "this strategy punishes, but the world has no sanction".to_string();
                let help = "add\n\n[sanction]\nkind = \"peer\"\nfine = 1.0\nfee = 0.3";
                self.add_row("strategy", nth, "punishes", says, help);
            }
        }
        for nth in 0..s.sanctions.len() {
            self.sanction(nth);
        }
        self.several_sanctions();
    }

    fn learning(&mut self) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.learning else { return };
        let asynchronous = s.clock == Clock::Asynchronous;
        let fitness = s.strategies.iter().filter(|follows| follows.keys.fitness.is_some()).count();
        let parents = matches!(rule.models(), Models::Parents(_));
        if s.game.is_none() && !self.means("game") {
            if rule.compares() {
                let help =
                    "add a [game], or use moran or wright-fisher with a constant `fitness` of each strategy";
                self.add(["learning", "kind"], "agents compare payoffs, but nothing pays", help);
            } else if parents && fitness == 0 {
                let help = "add a [game], or `fitness = 1.0` to each [[strategy]]";
                self.add(["learning", "kind"], "parents are drawn by fitness, but nothing gives it", help);
            }
        }
        match (keys.payoff, asynchronous) {
            (Some(WhichPayoff::Fresh), false) => {
                let help = "leave it out, or set run.update = \"asynchronous\"";
                self.add(["learning", "payoff"], "payoffs are fresh only in an elementary step", help);
            }
            (Some(WhichPayoff::Accumulated), true) => {
                let help = "write payoff = \"fresh\", or set run.update = \"synchronous\"";
                self.add(["learning", "payoff"], "payoffs do not accumulate in elementary steps", help);
            }
            _ => {}
        }
        if asynchronous && keys.every.is_some_and(|every| every.get() > 1) {
            self.add(
                ["learning", "every"],
                "every elementary step learns",
                "leave it out, or use revise_prob",
            );
        }
        match keys.models {
            Some(ModelsFrom::Meeting)
                if asynchronous || !s.is_mixed() || matches!(s.pairing, Pairing::All | Pairing::Group) =>
            {
                let help = "write models = \"group\" or \"neighbours\"";
                self.add(["learning", "models"], "there is no meeting of the tick to learn from", help);
            }
            Some(ModelsFrom::All) if s.layout.groups() > 1 => {
                let help = "write models = \"group\": agents learn inside their group";
                self.add(["learning", "models"], "agents cannot learn from other groups", help);
            }
            _ => {}
        }
        self.learnt();
        let whole = matches!(rule.models(), Models::All) && !asynchronous && self.models_are_all();
        if whole && s.layout.group_size > 4096 {
            let help = "write models = \"neighbours\" on a graph, or use smaller groups";
            self.add(["learning", "kind"], "each agent would look at everybody of a large group", help);
        }
        if matches!(rule.models(), Models::Parents(Replaced::Dead))
            && self.models_are_all()
            && s.layout.group_size > 4096
        {
            let help = "write order = \"birth-death\", or use a graph or smaller groups";
            self.add(["learning", "order"], "everybody of a large group would compete for each place", help);
        }
        let drawn = s.game.is_some() && !s.is_expected() && s.is_mixed();
        if asynchronous && parents && drawn && self.models_are_all() {
            let help = "write structure.pairing = \"all\": fitness from expected payoffs";
            self.add(
                ["structure", "pairing"],
                "fitness of everybody would be drawn anew in every step",
                help,
            );
        }
    }

    pub(super) fn models_are_all(&self) -> bool {
        let from = self.scenario.learning.as_ref().and_then(|(keys, _)| keys.models);
        match from {
            Some(ModelsFrom::Group | ModelsFrom::All) => true,
            Some(ModelsFrom::Meeting) => false,
            _ => self.scenario.is_mixed(),
        }
    }

    fn cascade(&mut self) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.cascade else { return };
        if s.structure.is_none() && !self.means("structure") {
            let help = "add\n\n[structure]\nkind = \"well-mixed\"";
            self.add(
                ["cascade", "kind"],
                "[cascade] needs a [structure]: along what it spreads is not said",
                help,
            );
        }
        let stages = rule.stages();
        if let Some(into) = keys.initial.into.as_ref().filter(|into| !stages.contains(into)) {
            let known: Vec<&str> = stages.iter().map(String::as_str).collect();
            let says = format!("there is no stage {}", quoted(into));
            self.add(["cascade", "initial.into"], says, suggest(into, &known, "the stages are"));
        }
        for (key, says, help) in self.who(keys.initial.who.as_ref()) {
            let (key, says) = (key.replacen("who", "initial", 1), says.replacen("`who`", "`initial`", 1));
            self.add(["cascade", &key], says, help);
        }
        if keys.initial.count.is_some_and(|count| count > s.layout.group_size as u64) {
            let says = format!("more seeds than the {} agents of a group", s.layout.group_size);
            self.add(["cascade", "initial"], says, "write a smaller number");
        }
        for stage in &stages {
            if RESERVED.contains(&stage.as_str()) {
                let says = format!("the stage name `{stage}` is taken");
                self.add(["cascade", "stages"], says, "choose another name: mores has a metric of this name");
            }
        }
        if s.follows_cascades() {
            if !matches!(rule.walk(), Walk::Tries(_) | Walk::Looks { .. }) {
                let help = "write per_tick = \"generation\"";
                self.add(["cascade", "per_tick"], "this cascade goes tick by tick", help);
            } else if s.is_mixed() && s.layout.group_size > 4096 {
                let help = "use a graph, smaller groups, or per_tick = \"generation\"";
                self.add(
                    ["cascade", "per_tick"],
                    "a whole cascade would walk over all pairs of a large group",
                    help,
                );
            }
        } else if keys.reset {
            let help = "write per_tick = \"cascade\", or leave it out";
            self.add(["cascade", "reset"], "only whole cascades start on a clean population", help);
        }
        let waves = !matches!(rule.walk(), Walk::ByTick | Walk::InTurn(_));
        if s.clock == Clock::Asynchronous && waves && !s.follows_cascades() {
            let help = "set run.update = \"synchronous\"";
            self.add(["cascade", "kind"], "this cascade goes in waves", help);
        }
        if keys.contact == Contact::Meeting
            && (!s.is_mixed()
                || matches!(s.pairing, Pairing::All | Pairing::Group)
                || s.clock == Clock::Asynchronous)
        {
            let help = "write pairing = \"matching\" in a synchronous, well-mixed world, or leave it out";
            self.add(["cascade", "contact"], "there are no meetings of the tick", help);
        }
        self.contacts();
    }

    /// Who passes on to whom, and what is looked at.
    fn contacts(&mut self) {
        let s = self.scenario;
        let Some((keys, rule)) = &s.cascade else { return };
        let pairs =
            s.structure.as_ref().and_then(|(keys, _)| keys.meeting_size).is_none_or(|size| size.get() == 2);
        let matched = keys.contact == Contact::Meeting && s.pairing == Pairing::Matching && pairs;
        if keys.direction != Direction::Both && !matched {
            let help = "write contact = \"meeting\" with pairing = \"matching\" in pairs, or leave it out";
            self.add(["cascade", "direction"], "only in a matching in pairs one of two is the first", help);
        }
        if rule.graded() && s.clock != Clock::Synchronous {
            let help = "set run.update = \"synchronous\"";
            self.add(
                ["cascade", "kind"],
                "this cascade counts by ticks, and elementary steps have none",
                help,
            );
        }
        if let Some(NumberOrName::Name(name)) = rule.threshold() {
            let column = s.traits.iter().find(|(column, _)| *column.name == **name);
            if column.is_some_and(|(column, _)| column.dtype != Dtype::F32) {
                let says = format!("the trait `{name}` is not of type f32");
                self.add(["cascade", "threshold"], says, "leave out the trait's type");
            }
        }
    }

    fn record(&mut self) {
        let s = self.scenario;
        let known: Vec<String> =
            crate::assemble::columns(s).iter().filter(|c| c.len == 1).map(|c| c.name.to_string()).collect();
        for name in s.record.columns.iter().flatten() {
            if !known.contains(name) {
                let says = format!("this world has no column `{name}`");
                self.add(["record", "columns"], says, format!("its columns are {}", known.join(", ")));
            }
        }
    }

    fn measures(&mut self) {
        let s = self.scenario;
        if s.measures.is_empty() {
            return;
        }
        let names = crate::simulation::built_in_names(s);
        let columns = crate::assemble::columns(s);
        for (nth, keys) in s.measures.iter().enumerate() {
            let name = keys.name.as_str();
            let twice = s.measures[..nth].iter().any(|other| other.name == name);
            if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
                || !name.starts_with(|c: char| c.is_ascii_lowercase())
            {
                let help = "write small letters, digits and _, beginning with a letter";
                self.add_row("measure", nth, "name", format!("`{name}` is no name in snake_case"), help);
            } else if twice || crate::measures::find(name, &names).is_some() {
                let help = "choose another name: names of metrics are unique in a world";
                self.add_row("measure", nth, "name", format!("`{name}` is taken"), help);
            }
            if s.is_mixed() && keys.of.as_deref() == Some("ties") {
                let help = "take it of a column, or write a structure with ties of its own";
                self.add_row("measure", nth, "of", "in a well-mixed group everybody is tied to all", help);
            } else if let Err((key, says, help)) = crate::measures::Custom::new(keys, &names, &columns) {
                self.add_row("measure", nth, key, says, help);
            }
        }
    }

    fn until(&mut self) {
        let s = self.scenario;
        if matches!(s.until, Some(Until::Fixation)) && s.strategies.is_empty() {
            let help = "write a condition, such as \"infected == 0\"";
            self.add(["run", "until"], "there are no strategies that could be fixed", help);
        }
        let other = s.learning.as_ref().is_some_and(|(_, rule)| !rule.models().are_strategies());
        if matches!(s.until, Some(Until::Consensus)) && !other && !self.means("learning") {
            let help = "write \"fixation\", or add [learning] of kind averaging";
            self.add(["run", "until"], "there are no opinions that could become one", help);
        }
    }
}

/// Names that columns and metrics have.
const RESERVED: &[&str] = &[
    "tick",
    "agent_id",
    "group",
    "strategy",
    "reputation",
    "payoff",
    "stage",
    "stage_count",
    "cooperation",
    "payoff_mean",
    "payoff_sd",
    "reputation_good",
    "punished",
    "fines_mean",
    "adopted",
    "resource",
    "rule",
    "ended",
    "end_tick",
    "end_steps",
    "cascade_size",
    "cascade_share",
    "empty",
    "cascade_depth",
    "public_belief",
    "correct",
    "in_cascade",
    "planner_cost",
    "planner_value",
    "degree",
    "degree_max",
    "clustering",
    "giant_component",
    "group_size",
    "agents",
    "and",
    "or",
    "not",
    "abs",
    "min",
    "max",
    "sqrt",
    "ln",
    "exp",
    "if",
    "first_tick",
];

/// Words for whom a strategy punishes.
pub(crate) const PUNISHED: &[&str] = &["nobody", "defectors", "cooperators", "non-punishers"];
