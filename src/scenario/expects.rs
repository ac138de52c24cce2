//! Whether what a world asks for exists: the names in its expressions, its cases, and the variants of its
//! expectations.

use super::expression::Expression;
use super::over;
use super::problems::{Problems, listed, nearest, quoted, suggest};
use super::read::Source;
use super::sections::Case;
use super::world::{Scenario, Until};
use super::written::Written;
use crate::interventions;
use crate::measures::{self, Names};
use crate::simulation;
use crate::verify::{self, Along, Axis, Expect, Expectation, OneOrMany};
use std::ops::Range;
use std::sync::Arc;

/// Variants of a world that are read while it is checked; those beyond are checked when they run.
const VARIANTS: usize = 200;
/// Names that a message lists.
const LISTED: usize = 16;

/// How far reading looks at what becomes of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Looks {
    /// at the world as it stands
    Itself,
    /// at what its interventions make of it, too
    Interventions,
    /// at its cases and expectations, too
    Expectations,
}

/// The sections as written, and those that are right by themselves, each with its place in the file.
#[derive(Default)]
pub(super) struct Expects {
    read: Vec<(usize, Expect, Expectation)>,
}

impl Expects {
    /// Reads the `[[expect]]`s, and checks each by itself.
    pub(super) fn read(written: &Written, text: &str, problems: &mut Problems) -> Expects {
        let sections = written.sections::<Expect>("expect", problems).unwrap_or_default();
        let mut read = vec![];
        for (nth, expect) in sections.into_iter().enumerate() {
            let mut expect = expect.into_inner();
            whole_matrix(&mut expect.metric, &written.names("strategy", "name"));
            match expect.check() {
                Ok(checked) => read.push((nth, expect, checked)),
                Err(found) => found.into_iter().for_each(|wrong| {
                    let at = place(written, nth, wrong.field, wrong.item);
                    let at = wrong.at.map_or(at.clone(), |part| super::inside(at, text, part));
                    problems.add(at, wrong.says, wrong.help);
                }),
            }
        }
        Expects { read }
    }

    /// The expectations.
    pub(super) fn into_checked(self) -> Vec<Expectation> {
        self.read.into_iter().map(|(_, _, checked)| checked).collect()
    }
}

/// Puts the payoffs of all pairs of strategies, row by row, where `payoff_matrix` is written.
fn whole_matrix(metric: &mut OneOrMany<String>, strategies: &[String]) {
    if metric.items.iter().all(|item| item != "payoff_matrix") {
        return;
    }
    let all = strategies
        .iter()
        .flat_map(|own| strategies.iter().map(move |other| format!("payoff_{own}_vs_{other}")));
    let all: Vec<String> = all.collect();
    let each = metric.items.drain(..).flat_map(|item| match item.as_str() {
        "payoff_matrix" => all.clone(),
        _ => vec![item],
    });
    metric.items = each.collect();
}

/// Where an element of a key of an `[[expect]]` stands.
fn place(written: &Written, nth: usize, field: &str, item: Option<usize>) -> Range<usize> {
    let key = item.map_or_else(|| field.to_string(), |item| format!("{field}.{item}"));
    written.place("expect", Some(nth), &key)
}

/// Reports names that the world does not know in `run.until` and `record.metrics`; where the world is right otherwise
/// and `looks` wants it, what interventions set, and the cases and expectations.
pub(super) fn check(
    (source, scenario): (&Source, &Scenario),
    looks: Looks,
    expects: &Expects,
    written: &Written,
    problems: &mut Problems,
) {
    // A section that could not be read has names that are not known here.
    let whole = scenario.strategies.len() == written.rows("strategy")
        && scenario.traits.len() == written.rows("trait")
        && scenario.sanctions.len() == written.rows("sanction")
        && [
            ("structure", scenario.structure.is_some()),
            ("game", scenario.game.is_some()),
            ("norm", scenario.norm.is_some()),
            ("cascade", scenario.cascade.is_some()),
        ]
        .into_iter()
        .all(|(section, read)| written.means(section, super::SECTIONS) == read);
    let right = problems.is_empty();
    let mut check = Check { source, written, problems, known: vec![] };
    let names = simulation::names(scenario);
    check.metrics("metrics", &scenario.record.metrics, whole.then_some(&names));
    check.metrics("outcomes", &scenario.record.outcomes, whole.then_some(&names));
    if whole {
        check.until(scenario.until.as_ref(), &names);
    }
    // What is wrong with the world is wrong with every variant of it.
    if right && looks >= Looks::Interventions {
        check.settings(scenario);
    }
    if looks < Looks::Expectations {
        return;
    }
    check.cases(&scenario.cases);
    if right {
        for (nth, case) in scenario.cases.iter().enumerate() {
            check.case(nth, case);
        }
    }
    for (nth, expect, checked) in &expects.read {
        check.expect(*nth, expect, &scenario.cases);
        if right {
            check.variants(*nth, expect, checked);
        } else if whole && expect.case.is_none() {
            check.names_of(*nth, expect, &names);
        }
    }
}

/// A variant of the world: its text, and the world if it can be read.
type Variant = (String, Option<Arc<Scenario>>);

struct Check<'c, 'w> {
    source: &'c Source,
    written: &'c Written<'w>,
    problems: &'c mut Problems,
    known: Vec<Variant>,
}

impl Check<'_, '_> {
    fn until(&mut self, until: Option<&Until>, names: &Names) {
        let Some(Until::Holds(condition)) = until else { return };
        let at = self.written.place("run", None, "until");
        for (name, part) in condition.names().into_iter().filter(|(name, _)| !knows(name, names)) {
            let word = condition.is_name().filter(|word| NEEDS.iter().all(|(metric, _)| metric != word));
            let (says, help) = match word {
                Some(word) => {
                    let says = format!("no stopping rule is called {}", quoted(word));
                    let help = "write \"fixation\" (one strategy is left), \"no-change\" or a condition such as \"share_c > 0.9\"";
                    (says, help.to_string())
                }
                None => unknown(name, names),
            };
            self.problems.add(super::inside(at.clone(), &self.source.text, part), says, help);
        }
    }

    /// The metrics under a key of `[record]`; without `names` their grammar alone.
    fn metrics(&mut self, key: &str, metrics: &[String], names: Option<&Names>) {
        for (nth, text) in metrics.iter().enumerate() {
            let at = self.written.place("record", None, &format!("{key}.{nth}"));
            match Expression::parse_metric(text) {
                Ok(metric) if metric.is_first_tick() => {
                    let help = "write it in an [[expect]], or the condition alone";
                    self.problems.add(at, "`first_tick` is one time for a run, not one for each tick", help);
                }
                Ok(metric) => names.into_iter().for_each(|names| self.expression(&metric, at.clone(), names)),
                Err(error) => {
                    let at = super::inside(at, &self.source.text, error.at);
                    self.problems.add(at, error.says, error.help);
                }
            }
        }
    }

    fn expression(&mut self, expression: &Expression, at: Range<usize>, names: &Names) {
        for (name, part) in expression.names().into_iter().filter(|(name, _)| !knows(name, names)) {
            let (says, help) = unknown(name, names);
            self.problems.add(super::inside(at.clone(), &self.source.text, part), says, help);
        }
    }

    fn cases(&mut self, cases: &[Case]) {
        for (nth, case) in cases.iter().enumerate() {
            let at = |key: &str| self.written.place("case", Some(nth), key);
            if cases[..nth].iter().any(|other| other.name == case.name) {
                let says = format!("two cases are called {}", quoted(&case.name));
                self.problems.add(at("name"), says, "give each a name of its own");
            }
            if case.set.is_empty() {
                let help = "write `set = { \"game.benefit\" = 3.0 }`";
                self.problems.add(at("set"), "this case changes nothing", help);
            }
        }
    }

    fn case(&mut self, nth: usize, case: &Case) {
        let at = self.written.place("case", Some(nth), "set");
        let set: Vec<_> = case.set.iter().map(|(path, value)| (path.clone(), value.0.clone())).collect();
        self.variant(&self.source.text.clone(), &set, at, &format!("in the case {}", quoted(&case.name)));
    }

    /// Whether the world can be read with what each intervention sets, and with all that holds in the last tick.
    fn settings(&mut self, scenario: &Scenario) {
        let before = self.problems.len();
        let rows = scenario.interventions.iter().enumerate();
        for (nth, intervention) in rows.filter(|(_, intervention)| intervention.enabled) {
            let Some(path) = &intervention.set else { continue };
            let key = match (intervention.times, intervention.ramp) {
                (Some(_), _) => "times",
                (_, Some(_)) => "ramp",
                _ => "to",
            };
            // A path that is not written yet may be misspelt.
            let key = if interventions::stands(&self.source.text, path) { key } else { "set" };
            let at = self.written.place("intervention", Some(nth), key);
            let settings = interventions::settings(&self.source.text, intervention);
            if settings.is_empty() {
                let says = format!("no number stands at {}", quoted(path));
                self.problems.add(at, says, "write `to = …`, or write the number into its section");
                continue;
            }
            for set in settings {
                let called = format!("with {path} = {}", set.1);
                let made = self.variant(&self.source.text.clone(), &[set], at.clone(), &called);
                let other = made.and_then(|(_, other)| other);
                if other.is_some_and(|other| kept(&other) != kept(scenario)) {
                    let says = format!("{called} agents would need other columns, or other stages");
                    self.problems.add(at.clone(), says, "set a number, or another kind that needs no more");
                }
            }
        }
        let last = interventions::in_force(scenario, scenario.run.ticks.get());
        if self.problems.len() == before
            && !last.is_empty()
            && interventions::apply(scenario, &last).is_none()
        {
            let at = self.written.place("intervention", last.last().map(|(nth, _)| *nth), "set");
            let says = "together, the interventions lead to values that the world cannot have";
            self.problems.add(at, says, "let them happen less often, or change by less");
        }
    }

    /// Whether the cases that an expectation names exist.
    fn expect(&mut self, nth: usize, expect: &Expect, cases: &[Case]) {
        let names: Vec<&str> = cases.iter().map(|case| case.name.as_str()).collect();
        let mut asked: Vec<(Range<usize>, &str)> = vec![];
        let than = expect.than.as_ref();
        for (key, case) in [("case", &expect.case), ("than", than.map_or(&None, |than| &than.case))] {
            if let Some(verify::Case::Named(name)) = case {
                asked.push((place(self.written, nth, key, None), name));
            }
        }
        let along = [&expect.along, than.map_or(&None, |than| &than.along)];
        let axes = along.into_iter().flatten().flat_map(|along| &along.0);
        let axes = axes.filter(|axis| axis.path.get_ref() == "case");
        for value in axes.flat_map(|axis| &axis.values) {
            asked.extend(value.get_ref().as_str().map(|name| (value.span(), name)));
        }
        for (at, name) in asked.into_iter().filter(|(_, name)| !names.contains(name)) {
            let help = match &names[..] {
                [] => format!("add\n\n[[case]]\nname = \"{name}\"\nset = {{ \"game.benefit\" = 3.0 }}"),
                names => suggest(name, names, "the cases are"),
            };
            self.problems.add(at, format!("there is no case {}", quoted(name)), help);
        }
    }

    /// Whether the variants that an expectation asks for can be read, and know its names.
    fn variants(&mut self, nth: usize, expect: &Expect, checked: &Expectation) {
        let Some(scenario) = self.side(nth, "case", &expect.case, expect.along.as_ref()) else { return };
        self.names_of(nth, expect, &simulation::names(&scenario));
        if let Err(wrong) = checked.window(scenario.run.ticks.get()) {
            let at = place(self.written, nth, wrong.field, wrong.item);
            self.problems.add(at, wrong.says, wrong.help);
        }
        let Some(than) = &expect.than else { return };
        let case = if than.case.is_some() { &than.case } else { &expect.case };
        let along = than.along.as_ref().or(expect.along.as_ref());
        let Some(scenario) = self.side(nth, "than", case, along) else { return };
        let at = place(self.written, nth, "than", None);
        let metrics = than.metric.as_ref().unwrap_or(&expect.metric);
        let names = simulation::names(&scenario);
        for metric in metrics.items.iter().flat_map(|text| Expression::parse_metric(text)) {
            let unknown_ones = metric.names().into_iter().filter(|(name, _)| !knows(name, &names));
            for (name, _) in unknown_ones.filter(|(name, _)| !is_let(expect, name)) {
                let (says, help) = unknown(name, &names);
                self.problems.add(at.clone(), says, help);
            }
        }
    }

    /// The first of the worlds that an expectation, or what it is compared with, asks for.
    fn side(
        &mut self,
        nth: usize,
        key: &str,
        case: &Option<verify::Case>,
        along: Option<&Along>,
    ) -> Option<Arc<Scenario>> {
        let text = self.source.text.clone();
        let base = match case {
            None => Some(text),
            // Whether it is right was said where it stands.
            Some(verify::Case::Named(name)) => self.source.case(name).ok().map(|case| case.text),
            Some(verify::Case::Set(settings)) => {
                let set: Vec<_> =
                    settings.iter().map(|s| (s.path.get_ref().clone(), s.value.get_ref().clone())).collect();
                let at = place(self.written, nth, key, None);
                self.variant(&text, &set, at, "in this case").map(|(text, _)| text)
            }
        };
        let mut text = base?;
        for axis in along.iter().flat_map(|along| &along.0) {
            text = self.axis(&text, axis)?;
        }
        self.scenario(&text)
    }

    /// Reads the world at every value of an axis; the text of the first.
    fn axis(&mut self, text: &str, axis: &Axis) -> Option<String> {
        let path = axis.path.get_ref();
        let mut first = None;
        for value in &axis.values {
            let variant = if path == "case" {
                let name = value.get_ref().as_str()?;
                let named = Source { text: text.to_string(), ..self.source.clone() };
                named.case(name).ok().map(|case| case.text)
            } else {
                let set = [(path.clone(), value.get_ref().clone())];
                // A path that leads nowhere is wrong once, not for each value.
                if over::set_values(text, &set).is_err() && first.is_some() {
                    return first;
                }
                let at = if over::set_values(text, &set).is_ok() { value.span() } else { axis.path.span() };
                let called = format!("with {path} = {}", value.get_ref());
                self.variant(text, &set, at, &called).map(|(text, _)| text)
            };
            if first.is_none() {
                first = Some(variant?);
            }
        }
        first
    }

    fn names_of(&mut self, nth: usize, expect: &Expect, names: &Names) {
        let OneOrMany { items, listed } = &expect.metric;
        for (item, text) in items.iter().enumerate() {
            let at = place(self.written, nth, "metric", listed.then_some(item));
            // What does not parse was reported when the section was read.
            if let Ok(metric) = &Expression::parse_metric(text) {
                let names_of = metric.names().into_iter().filter(|(name, _)| !is_let(expect, name));
                for (name, part) in names_of.filter(|(name, _)| !knows(name, names)) {
                    let (says, help) = unknown(name, names);
                    self.problems.add(super::inside(at.clone(), &self.source.text, part), says, help);
                }
            }
        }
        let bin = expect.bin.iter().map(|bin| ("bin", bin.metric.get_ref()));
        let lets = expect.lets.iter().flat_map(|lets| &lets.0).map(|(_, text)| ("let", text.get_ref()));
        for (key, text) in bin.chain(lets) {
            let at = place(self.written, nth, key, None);
            if let Ok(expression) = Expression::parse_metric(text) {
                for (name, _) in expression.names().into_iter().filter(|(name, _)| !knows(name, names)) {
                    let (says, help) = unknown(name, names);
                    self.problems.add(at.clone(), says, help);
                }
            }
        }
        let condition = expect.condition.iter().flat_map(|text| Expression::parse(text));
        for condition in condition {
            let at = place(self.written, nth, "where", None);
            self.expression(&condition, at, names);
        }
    }

    /// Makes a variant and reads it; what is wrong is reported at `at`.
    fn variant(
        &mut self,
        text: &str,
        set: &[(String, toml::Value)],
        at: Range<usize>,
        called: &str,
    ) -> Option<Variant> {
        let text = match over::set_values(text, set) {
            Ok(text) => text,
            Err(error) => {
                for bad in error.0 {
                    self.problems.add(at.clone(), format!("{}: {}", quoted(&bad.path), bad.says), bad.help);
                }
                return None;
            }
        };
        if let Some(known) = self.known.iter().find(|known| known.0 == text) {
            return Some(known.clone());
        }
        if self.known.len() == VARIANTS {
            return Some((text, None));
        }
        let source = Source { text: text.clone(), ..self.source.clone() };
        let read = source.read_variant().map_err(|error| {
            for problem in error.problems() {
                self.problems.add(at.clone(), format!("{called}: {}", problem.says), problem.help.clone());
            }
        });
        let variant = (text, read.ok().map(Arc::new));
        self.known.push(variant.clone());
        Some(variant)
    }

    /// The world of a text that [`Check::variant`] has made, or of the file's own.
    fn scenario(&mut self, text: &str) -> Option<Arc<Scenario>> {
        if let Some((_, scenario)) = self.known.iter().find(|known| known.0 == text) {
            return scenario.clone();
        }
        let source = Source { text: text.to_string(), ..self.source.clone() };
        let read = source.read_variant().ok().map(Arc::new);
        self.known.push((text.to_string(), read.clone()));
        read
    }
}

/// What a run keeps of each agent: no parameter may change it.
fn kept(scenario: &Scenario) -> (Vec<String>, Vec<String>) {
    let columns = crate::assemble::columns(scenario);
    (columns.iter().map(|column| column.name.to_string()).collect(), scenario.stages())
}

/// Whether an expectation names an expression of its own so.
fn is_let(expect: &Expect, name: &str) -> bool {
    expect.lets.iter().flat_map(|lets| &lets.0).any(|(known, _)| known.get_ref() == name)
}

fn knows(name: &str, names: &Names) -> bool {
    measures::find(name, names).is_some()
}

/// What to say of a name that is no metric of a world.
fn unknown(name: &str, names: &Names) -> (String, String) {
    let says = format!("there is no metric {} in this world", quoted(name));
    let known = measures::known(names);
    let paths = names.parameters.iter().map(|(path, _)| path.as_str());
    if let Some((_, needs)) = NEEDS.iter().find(|(metric, _)| *metric == name) {
        return (says, format!("it needs {needs}"));
    }
    if name.contains('.') {
        let help = match nearest(name, paths) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "a path leads to a number of this file, such as game.benefit".to_string(),
        };
        return (format!("no number stands at {}", quoted(name)), help);
    }
    if let Some(near) = nearest(name, known.iter().map(String::as_str)) {
        return (says, format!("did you mean `{near}`?"));
    }
    for row in measures::rows() {
        let Some((before, kind)) = row.name.split_once('<') else { continue };
        let Some(of) = name.strip_prefix(before).filter(|_| !before.is_empty()) else { continue };
        let (kind, all) = match kind {
            "strategy>" => ("strategy", &names.strategies),
            "trait>" => ("trait", &names.traits),
            "act>" => ("act", &names.acts),
            _ => continue,
        };
        let there = match &all[..] {
            [] => format!("this world has none that is called a {kind}"),
            all => format!("there are {}", listed(all, "and")),
        };
        return (says, format!("there is no {kind} {}: {there}", quoted(of)));
    }
    let shown: Vec<&String> = known.iter().take(LISTED).collect();
    let more = known.len().saturating_sub(LISTED);
    let and = if more > 0 { format!("; and {more} more") } else { String::new() };
    (says, format!("there are {}{and}", listed(&shown, "and")))
}

/// What a world must have for a metric.
const NEEDS: &[(&str, &str)] = &[
    ("cooperation", "a [game] with an act \"C\""),
    ("payoff_mean", "a [game]"),
    ("payoff_sd", "a [game]"),
    ("payoff_total", "a [game] and the synchronous clock"),
    ("payoff_gini", "a [game] and the synchronous clock"),
    ("reputation_good", "a [norm]"),
    ("punished", "a [sanction] and the synchronous clock"),
    ("fines_mean", "a [sanction] and the synchronous clock"),
    ("fixations", "[mutation] with when = \"uniform\""),
    ("invasions", "[mutation] with when = \"uniform\""),
    ("adopted", "a [cascade]"),
    ("ever_infected", "a [cascade]"),
    ("cascade_size", "a [cascade] with per_tick = \"cascade\""),
    ("cascade_share", "a [cascade] with per_tick = \"cascade\""),
    ("degree", "a [structure]"),
    ("giant_component", "a [structure]"),
];
