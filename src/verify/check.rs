//! From `[[expect]]` as written to an [`Expectation`] that can be run; all problems of one at once.

use super::expect::{Expect, Groups, Reduce, Relation};
use super::expectation::{Expectation, Formula};
use super::fields::{At, Case, Margin, Numbers, OneOrMany, Over};
use super::window::Asked;
use crate::scenario::expression::{Expression, ExpressionError};
use std::ops::Range;

/// The most runs that one `along` may ask for.
const MAX_POINTS: usize = 10_000;
/// The most numbers that one expectation may compare.
const MAX_COMPONENTS: usize = 1_000_000;

/// What is wrong with an `[[expect]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The key that the message speaks of, as written in the file.
    pub field: &'static str,
    /// Which element of the key's list, where it has one.
    pub item: Option<usize>,
    /// Bytes inside the text of the element, where it is an expression.
    pub at: Option<Range<usize>>,
    /// What is wrong.
    pub says: String,
    /// What to write instead.
    pub help: String,
}

pub(super) fn wrong(field: &'static str, says: impl Into<String>, help: impl Into<String>) -> Wrong {
    Wrong { field, item: None, at: None, says: says.into(), help: help.into() }
}

/// The parts of an expectation that are found one after the other while it is checked.
pub(super) struct Checker<'e> {
    pub(super) expect: &'e Expect,
    pub(super) names: Vec<String>,
    pub(super) found: Vec<Wrong>,
}

impl Expect {
    /// Checks the section by itself: expressions, windows, numbers that must fit each other.
    ///
    /// # Errors
    /// All that is wrong with it, each with the key it concerns.
    pub fn check(&self) -> Result<Expectation, Vec<Wrong>> {
        let mut checker = Checker { expect: self, names: Vec::new(), found: Vec::new() };
        let mut metrics = checker.metrics();
        let sampled = checker.lets(&mut metrics);
        let condition = checker.condition();
        let bin = checker.bin();
        let asked = checker.window(sampled.as_ref().unwrap_or(&metrics));
        checker.axes();
        checker.texts();
        let mut expectation = Expectation {
            id: self.id.clone(),
            reduce: self.reduce.unwrap_or_default(),
            groups: self.groups.unwrap_or_default(),
            relation: self.relation,
            sigmas: self.sigmas,
            because: self.because.clone(),
            source: self.source.clone(),
            tier: self.tier,
            metrics,
            sampled,
            bin,
            fit: self.fit,
            level: f64::NAN,
            reference: None,
            condition,
            names: Vec::new(),
            asked: asked.unwrap_or(Asked::At(At::End)),
            case: self.case.clone(),
            along: self.along.clone().unwrap_or_default(),
            parts: Vec::new(),
            values: Vec::new(),
            margins: Vec::new(),
            fast_margins: Vec::new(),
            fast: self.fast.clone(),
            kept_ticks: 1.0,
        };
        // Sizes mean nothing before metrics, window and axes are right.
        if checker.found.is_empty() {
            checker.fit(&mut expectation);
            expectation.reference = checker.than(&expectation);
        }
        if checker.found.is_empty() {
            checker.numbers(&mut expectation);
            checker.fast(&mut expectation);
        }
        expectation.names = checker.names;
        if checker.found.is_empty() { Ok(expectation) } else { Err(checker.found) }
    }
}

impl Checker<'_> {
    pub(super) fn say(&mut self, field: &'static str, says: impl Into<String>, help: impl Into<String>) {
        self.found.push(wrong(field, says, help));
    }

    fn formula(
        &mut self,
        field: &'static str,
        item: Option<usize>,
        read: Result<Expression, ExpressionError>,
    ) -> Option<Formula> {
        match read {
            Ok(expression) => Some(self.formula_of(expression)),
            Err(error) => {
                let at = Some(error.at);
                self.found.push(Wrong { item, at, ..wrong(field, error.says, error.help) });
                None
            }
        }
    }

    /// An expression whose names are counted among those of the whole expectation.
    pub(super) fn formula_of(&mut self, expression: Expression) -> Formula {
        let mut slots = Vec::new();
        for (name, _) in expression.names() {
            let known = self.names.iter().position(|n| n == name);
            slots.push(known.unwrap_or(self.names.len()));
            if known.is_none() {
                self.names.push(name.to_string());
            }
        }
        Formula { expression, slots }
    }

    fn metrics(&mut self) -> Vec<Formula> {
        let written = &self.expect.metric;
        if written.items.is_empty() {
            self.say("metric", "no metric is named", "write `metric = \"share_c\"`");
        }
        let mut metrics = Vec::new();
        for (i, text) in written.items.iter().enumerate() {
            let item = written.listed.then_some(i);
            metrics.extend(self.formula("metric", item, Expression::parse_metric(text)));
        }
        metrics
    }

    fn condition(&mut self) -> Option<Formula> {
        let text = self.expect.condition.as_ref()?;
        self.formula("where", None, Expression::parse(text))
    }

    fn window(&mut self, metrics: &[Formula]) -> Option<Asked> {
        let expect = self.expect;
        let pooled = expect.groups == Some(Groups::Pooled);
        let (at, over) = match (&expect.at, &expect.over) {
            (Some(at), None) => (Some(at), None),
            (None, Some(over)) => (None, Some(*over)),
            (Some(_), Some(_)) => {
                self.say("over", "`at` and `over` are both written", "write one of the two");
                return None;
            }
            (None, None) => {
                let help = "write `at = \"end\"`, `at = 100` or `over = \"last 100\"`";
                self.say("metric", "nothing says when the metric is taken", help);
                return None;
            }
        };
        if let Some(at) = at {
            if expect.reduce.is_some() {
                let help = "write `over = [first, last]`, or `groups` to reduce over groups";
                self.say("reduce", "`reduce` joins ticks, and `at` has none to join", help);
            }
            if pooled {
                let help = "write `groups = \"mean\"`, or `over` in place of `at`";
                self.say("groups", "\"pooled\" joins ticks and groups, and `at` has no ticks", help);
            }
            if let At::Ticks(ticks) = at
                && (ticks.is_empty() || !ticks.is_sorted_by(|a, b| a < b))
            {
                let help = "write each tick once, the earliest first";
                self.say("at", "the ticks do not rise", help);
            }
            return Some(Asked::At(at.clone()));
        }
        let over = over?;
        if let Over::Between(first, last) = over
            && first > last
        {
            let says = format!("the window ends at {last}, before it starts at {first}");
            self.say("over", says, "write [first, last]");
        }
        if expect.reduce == Some(Reduce::Period) {
            self.period();
        }
        if pooled && matches!(expect.reduce, Some(Reduce::Last | Reduce::Slope | Reduce::Period)) {
            let help = "write mean, var, sd, min, max or sum, or `groups = \"mean\"`";
            self.say("reduce", "a pooled sample has no order of ticks", help);
        }
        if metrics.iter().any(|m| m.expression.is_first_tick()) {
            let help = "write `at = \"end\"`, or the tick up to which it may happen";
            self.say("over", "`first_tick` is one time for each group, not one for each tick", help);
        }
        Some(Asked::Over(over))
    }

    fn axes(&mut self) {
        let Some(along) = &self.expect.along else {
            return;
        };
        if along.0.is_empty() {
            let help = "write `along = { \"game.benefit\" = [2, 3, 4] }`";
            self.say("along", "no axis is named", help);
        }
        for axis in &along.0 {
            let path = axis.path.get_ref();
            if axis.values.is_empty() {
                let says = format!("`{path}` has no values");
                self.say("along", says, "write at least one");
            }
            if path != "case" {
                continue;
            }
            if axis.values.iter().any(|value| !value.get_ref().is_str()) {
                let help = "write `along = { case = [\"one\", \"other\"] }`";
                self.say("along", "a case is named by a string", help);
            }
            if let Some(Case::Named(name)) = &self.expect.case {
                let says = format!("`along` goes through cases, and `case` names \"{name}\"");
                self.say("case", says, "write one of the two");
            }
        }
        let points = along.0.iter().map(|axis| axis.values.len());
        let points = points.fold(1, usize::saturating_mul);
        if points > MAX_POINTS {
            let says = format!("`along` asks for {points} runs");
            self.say("along", says, format!("write at most {MAX_POINTS}"));
        }
    }

    fn texts(&mut self) {
        let expect = self.expect;
        if expect.id.trim().is_empty() {
            let help = "write the result's name, as in \"NM-CHAOS\" or \"agent-smith/1\"";
            self.say("id", "the id is empty", help);
        }
        if expect.because.trim().is_empty() {
            let help = "write where value and tolerance come from, as in \"4 binomial SE\"";
            self.say("because", "the reason is empty", help);
        }
        if matches!(&expect.case, Some(Case::Set(settings)) if settings.is_empty()) {
            let help = "write `case = { \"game.benefit\" = 3 }`, or leave it out";
            self.say("case", "no path is set", help);
        }
        if expect.sigmas.is_some_and(|k| !(k.is_finite() && k > 0.0)) {
            self.say("sigmas", "the number of standard errors is not above 0", "write 3 or 4");
        }
        let no_error = matches!(expect.groups, Some(Groups::Min | Groups::Max | Groups::Median));
        let pooled = expect.groups == Some(Groups::Pooled);
        if expect.sigmas.is_some()
            && (no_error || pooled && matches!(expect.reduce, Some(Reduce::Min | Reduce::Max)))
        {
            let help = "write `tolerance`, or mean, var or sd";
            self.say("sigmas", "minimum, maximum and median come without a standard error", help);
        }
        if expect.sigmas.is_some() && expect.tolerance.is_some() {
            self.say("sigmas", "`tolerance` and `sigmas` are both written", "write one of the two");
        }
    }

    fn numbers(&mut self, to: &mut Expectation) {
        let expect = self.expect;
        let count = to.len();
        if count > MAX_COMPONENTS {
            let says = format!("{count} numbers would be compared");
            self.say("metric", says, format!("write at most {MAX_COMPONENTS}"));
            return;
        }
        match &expect.value {
            Some(_) if expect.relation.is_course() => {
                let says = format!("\"{}\" compares results with each other", expect.relation.sign());
                self.say("value", says, "leave `value` out");
            }
            Some(_)
                if to.relation == Relation::Crosses && to.series(to.len()).iter().any(|s| s.len() < 2) =>
            {
                let help = "write `along` with several values";
                self.say("relation", "\"crosses\" has only one result to look at", help);
            }
            Some(value) => match fitted(value, to) {
                Ok(values) => to.values = values,
                Err(found) => self.found.push(found),
            },
            None if to.reference.is_some() => {}
            None => self.without_value(to),
        }
        let close = expect.tolerance.is_some() || expect.sigmas.is_some() || expect.confidence.is_some();
        if !close && expect.relation == Relation::Equal {
            let help = "write `tolerance = 0.01`, `tolerance = 0` where it is exact, or `sigmas = 4`";
            self.say("value", "nothing says how close is close enough", help);
        }
        match margins("tolerance", expect.tolerance.as_ref(), to) {
            Ok(margins) => to.margins = margins,
            Err(found) => self.found.push(found),
        }
        match parts(expect.part.as_ref(), to) {
            Ok(parts) => to.parts = parts,
            Err(found) => self.found.push(found),
        }
    }

    fn without_value(&mut self, to: &Expectation) {
        let sign = to.relation.sign();
        if !to.relation.is_course() && to.relation != Relation::Equal {
            self.say("relation", format!("`{sign}` has no value to compare with"), "write `value`");
        } else if to.series(to.len()).iter().any(|series| series.len() < to.relation.fewest()) {
            let help = "write `value`, or `along` with several values";
            let says = match to.relation.fewest() {
                2 => format!("\"{sign}\" has only one result to look at"),
                _ => format!("\"{sign}\" needs three results to look at"),
            };
            self.say("relation", says, help);
        } else if to.relation.is_course() && to.along.0.len() > 1 {
            let help = "write one axis, and an [[expect]] for each value of the others";
            self.say("along", format!("\"{sign}\" has no direction on a grid"), help);
        }
    }

    fn fast(&mut self, to: &mut Expectation) {
        let Some(fast) = &self.expect.fast else {
            return;
        };
        let shares = [fast.groups, fast.replicates, fast.ticks];
        if shares.iter().flatten().any(|share| !(*share > 0.0 && *share <= 1.0)) {
            let help = "write a share above 0 and at most 1, as in `fast = { groups = 0.25 }`";
            self.say("fast", "a share of the full run is out of range", help);
        }
        if shares.iter().all(Option::is_none) {
            let help = "write `fast = { groups = 0.25, tolerance = 0.01 }`";
            self.say("fast", "nothing says what is made smaller", help);
        }
        if fast.ticks.is_some() && matches!(to.asked, Asked::At(At::Ticks(_))) {
            let help = "make `groups` or `replicates` smaller, or write `over`";
            self.say("fast", "`at` names ticks, which a shorter run would move", help);
        }
        match margins("fast", fast.tolerance.as_ref(), to) {
            Ok(margins) => to.fast_margins = margins,
            Err(found) => self.found.push(found),
        }
    }
}

/// Numbers for each component, from one for all, a flat list, or lists nested as `[along][at][metric]`.
fn fitted(value: &Numbers, to: &Expectation) -> Result<Vec<f64>, Wrong> {
    let flat = value.flat();
    if let Numbers::One(number) = value {
        return Ok(vec![*number; to.len()]);
    }
    if flat.len() != to.len() {
        return Err(count_wrong("value", flat.len(), to));
    }
    // Lists of length 1 may be left out or written, so they say nothing about the order.
    let telling = |shape: &[usize]| shape.iter().copied().filter(|n| *n > 1).collect::<Vec<_>>();
    let shape = value.shape().map(|shape| telling(&shape));
    let due = telling(&to.shape());
    // A matrix of metrics may be written row by row.
    let rows = |shape: &[usize]| {
        let (last, outer) = due.split_last().unwrap_or((&1, &[]));
        shape.strip_prefix(outer).is_some_and(|inner| inner.iter().product::<usize>() == *last)
    };
    if shape.as_ref().is_some_and(|shape| shape.len() < 2 || rows(shape)) {
        return Ok(flat);
    }
    let says = "the lists are not nested in the order along, at, metric";
    Err(wrong("value", says, to.order()))
}

fn margins(
    field: &'static str,
    written: Option<&OneOrMany<Margin>>,
    to: &Expectation,
) -> Result<Vec<Margin>, Wrong> {
    match written {
        None => Ok(Vec::new()),
        Some(one) if !one.listed => Ok(vec![one.items[0]; to.len()]),
        Some(many) if many.items.len() == to.len() => Ok(many.items.clone()),
        Some(many) => Err(count_wrong(field, many.items.len(), to)),
    }
}

fn parts(written: Option<&OneOrMany<u32>>, to: &Expectation) -> Result<Vec<u32>, Wrong> {
    let count = u32::try_from(to.len()).expect("MAX_COMPONENTS is below 2^32");
    let from = |first: u32| (0..count).map(|i| first.saturating_add(i)).collect();
    let parts: Vec<u32> = match written {
        None => from(1),
        Some(one) if !one.listed => from(one.items[0]),
        Some(many) if many.items.len() == to.len() => many.items.clone(),
        Some(many) => return Err(count_wrong("part", many.items.len(), to)),
    };
    if parts.contains(&0) {
        let says = "components are counted from 1";
        return Err(wrong("part", says, "write 1 for the first"));
    }
    Ok(parts)
}

fn count_wrong(field: &'static str, given: usize, to: &Expectation) -> Wrong {
    let due = to.len();
    let says = match (due, given) {
        (1, _) => format!("1 number is expected, and {given} are written"),
        (_, 1) => format!("{due} numbers are expected, and 1 is written"),
        _ => format!("{due} numbers are expected, and {given} are written"),
    };
    wrong(field, says, to.order())
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Shrink;
    use super::*;
    use serde::Deserialize;
    use toml::de::{DeTable, DeValue, ValueDeserializer};

    /// Reads a section as world files are read: from a table that knows its places.
    fn read(body: &str) -> Result<Expect, (String, String)> {
        let table = DeTable::parse(body).unwrap();
        let span = table.span();
        let whole = toml::Spanned::new(span, DeValue::Table(table.into_inner()));
        Expect::deserialize(ValueDeserializer::from(whole)).map_err(|error| {
            let place = error.span().map_or("", |span| &body[span]);
            (place.to_string(), error.message().to_string())
        })
    }

    /// A checked section; id and reason are added.
    pub(in super::super) fn expectation(body: &str) -> Expectation {
        checked(body).unwrap()
    }

    pub(in super::super) fn checked(body: &str) -> Result<Expectation, Vec<Wrong>> {
        let body = format!("id = \"T\"\nbecause = \"worked by hand\"\n{body}");
        read(&body).unwrap().check()
    }

    pub(in super::super) fn only_wrong(body: &str) -> Wrong {
        let mut found = checked(body).unwrap_err();
        assert_eq!(found.len(), 1, "{body}: {found:?}");
        found.remove(0)
    }

    #[test]
    fn the_shapes_of_the_table_of_truths_are_read() {
        let cases = [
            ("metric = \"share_c\"\nover = [200, 600]\nvalue = 0.317766\ntolerance = 0.012", 1),
            ("metric = \"count_d\"\nat = [0, 1, 40]\nvalue = [1, 9, 3349]\ntolerance = 0", 3),
            (
                "metric = \"fixed_c\"\nat = \"end\"\ngroups = \"mean\"\nvalue = 0.009\ntolerance = 0.001\nsource = \"traulsen2006\"",
                1,
            ),
            (
                "metric = \"end_steps\"\nat = \"end\"\nwhere = \"fixed_mutant\"\ncase = \"neutral\"\nvalue = 9900\nsigmas = 4",
                1,
            ),
            (
                "metric = \"fixed_c\"\nat = \"end\"\nalong = { \"learning.order\" = [\"death-birth\", \"birth-death\"] }\nvalue = [0.14, 0.003]\ntolerance = [0.003, 0.0005]\ntier = \"ci-reduced\"\nfast = { groups = 0.1, tolerance = [0.01, 0.002] }",
                2,
            ),
            ("metric = \"infected\"\nover = \"last 75\"\nvalue = 0.5\ntolerance = \"1 %\"", 1),
            (
                "part = 2\nmetric = \"cascade_share > 0.05\"\nover = \"all\"\ngroups = \"pooled\"\nvalue = 0.79\ntolerance = 0.08",
                1,
            ),
            (
                "metric = [\"share_c\", \"share_loner\"]\nat = [10, 20]\nvalue = [[0.2, 0.4], [0.3, 0.5]]\ntolerance = 0.01",
                4,
            ),
            (
                "part = [1, 2, 5]\nmetric = [\"a\", \"b\", \"a >= b\"]\nat = 4_000\nvalue = [1, 2, 3]\ntolerance = 1",
                3,
            ),
            (
                "metric = \"a\"\nat = \"end\"\nalong = { case = [\"db\", \"bd\"], \"game.benefit\" = [3, 4, 5] }\nvalue = [[1, 2, 3], [4, 5, 6]]\ntolerance = 0",
                6,
            ),
            (
                "metric = \"welfare\"\nover = \"last 50 %\"\nalong = { \"population.agents\" = [100, 1_000_000] }\ntolerance = \"1 %\"",
                2,
            ),
            (
                "metric = \"a\"\nat = \"end\"\nalong = { \"game.benefit\" = [3, 4] }\nrelation = \"increasing\"\ntier = \"nightly\"",
                2,
            ),
            ("metric = \"exploitability\"\nat = \"end\"\nrelation = \"<=\"\nvalue = 0.05", 1),
        ];
        for (body, count) in cases {
            let got = checked(body);
            assert!(got.as_ref().is_ok_and(|e| e.len() == count), "{body}: {got:?}");
        }
    }

    #[test]
    fn points_follow_the_order_of_the_file_and_not_of_the_alphabet() {
        let expectation = expectation(
            "metric = \"a\"\nat = \"end\"\nvalue = 0\ntolerance = 0\ncase = { \"z.last\" = false, \"a.first\" = 1 }
             along = { \"z.rate\" = [1, 2], case = [\"x\", \"y\"] }",
        );
        let points = expectation.points();
        let labels: Vec<&str> = points.iter().map(|point| point.label.as_str()).collect();
        let expected = [
            "z.rate = 1, case = \"x\"",
            "z.rate = 1, case = \"y\"",
            "z.rate = 2, case = \"x\"",
            "z.rate = 2, case = \"y\"",
        ];
        assert_eq!(labels, expected);
        assert_eq!(points[3].case.as_deref(), Some("y"));
        let paths: Vec<&str> = points[3].set.iter().map(|s| s.path.get_ref().as_str()).collect();
        assert_eq!(paths, ["z.last", "a.first", "z.rate"]);
        assert_eq!(points[3].set[2].value.get_ref().as_integer(), Some(2));
    }

    #[test]
    fn parts_count_up_from_one_or_stand_one_by_one() {
        let body = "metric = [\"a\", \"b\"]\nat = \"end\"\nvalue = 0\ntolerance = 0\n";
        let parts = |part: &str| {
            let expectation = expectation(&format!("{body}{part}"));
            (0..2).map(|i| expectation.part(i)).collect::<Vec<_>>()
        };
        assert_eq!(parts(""), [1, 2]);
        assert_eq!(parts("part = 7"), [7, 8]);
        assert_eq!(parts("part = [3, 1]"), [3, 1]);
        assert_eq!(only_wrong(&format!("{body}part = 0")).field, "part");
        assert!(only_wrong(&format!("{body}part = [1]")).says.contains("2 numbers"));
    }

    #[test]
    fn numbers_that_do_not_fit_are_told_the_order() {
        let body =
            "metric = [\"a\", \"b\"]\nat = [1, 2, 3]\nalong = { \"game.cost\" = [1, 2] }\ntolerance = 0\n";
        let found = only_wrong(&format!("{body}value = [1, 2, 3]"));
        assert_eq!(found.field, "value");
        assert_eq!(found.says, "12 numbers are expected, and 3 are written");
        let order = "write a number for each of 2 values of `game.cost`, for each of 3 ticks of `at`, for each of 2 metrics, in this order";
        assert_eq!(found.help, order);
        let transposed = format!("{body}value = [[[1, 2], [3, 4]], [[1, 2], [3, 4]], [[1, 2], [3, 4]]]");
        assert!(only_wrong(&transposed).says.contains("not nested"));
        let ragged = format!("{body}value = [[1], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]");
        assert!(only_wrong(&ragged).says.contains("not nested"));
        assert!(checked(&format!("{body}value = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]")).is_ok());
        let one = only_wrong("metric = \"a\"\nat = \"end\"\nvalue = [1, 2]\ntolerance = 0");
        assert_eq!(
            (one.says.as_str(), one.help.as_str()),
            ("1 number is expected, and 2 are written", "write one number")
        );
        let margins = only_wrong("metric = \"a\"\nat = [1, 2]\nvalue = 0\ntolerance = [0, 0, 0]");
        assert_eq!(margins.field, "tolerance");
    }

    /// What contradicts itself | the key that is named | a piece of the message. END stands for a metric at the end,
    /// EXACT for a value with a tolerance of 0.
    const CONTRADICTIONS: &str = r#"
        metric = "a"; EXACT | metric | when the metric is taken
        END; over = "all"; EXACT | over | both written
        END; reduce = "var"; EXACT | reduce | none to join
        END; groups = "pooled"; EXACT | groups | no ticks
        metric = "a"; at = [2, 1]; EXACT | at | do not rise
        metric = "a"; over = [9, 2]; EXACT | over | before it starts
        metric = "a"; over = "all"; groups = "pooled"; reduce = "slope"; EXACT | reduce | no order
        metric = "first_tick(a)"; over = "all"; EXACT | over | one time
        metric = []; at = "end"; EXACT | metric | no metric
        END; along = { "game.cost" = [] }; EXACT | along | no values
        END; along = { case = [1] }; EXACT | along | string
        END; case = "x"; along = { case = ["y"] }; EXACT | case | goes through cases
        END; value = 0 | value | close enough
        END; EXACT; sigmas = 3 | sigmas | both written
        END; value = 0; sigmas = 0 | sigmas | not above 0
        END; value = 0; groups = "median"; sigmas = 3 | sigmas | without a standard error
        END; relation = "<" | relation | no value
        END; relation = "increasing" | relation | only one
        END; relation = "increasing"; EXACT; along = { "a.b" = [1, 2] } | value | with each other
        END; relation = "decreasing"; along = { "a.b" = [1, 2], "a.c" = [1, 2] } | along | grid
        END; EXACT; fast = { groups = 1.5 } | fast | out of range
        END; EXACT; fast = { tolerance = 1 } | fast | made smaller
        END; EXACT; fast = { groups = 0.5, tolerance = [1, 2] } | fast | 1 number
        metric = "a"; at = 4; EXACT; fast = { ticks = 0.5 } | fast | names ticks
    "#;

    #[test]
    fn contradictions_are_named_with_their_key() {
        for line in CONTRADICTIONS.trim().lines() {
            let [body, field, says] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
                panic!("{line} has three parts");
            };
            let body = body
                .replace("END", "metric = \"a\"; at = \"end\"")
                .replace("EXACT", "value = 0; tolerance = 0")
                .replace("; ", "\n");
            let found = only_wrong(&body);
            assert_eq!(found.field, field, "{body}: {found:?}");
            assert!(found.says.contains(says), "{body}: {found:?}");
            assert!(!found.help.is_empty());
        }
    }

    #[test]
    fn mistakes_in_expressions_come_together_with_their_places() {
        let found = checked("metric = [\"a\", \"a +\"]\nwhere = \"a = 1\"\nat = \"end\"").unwrap_err();
        let places: Vec<_> = found.iter().map(|w| (w.field, w.item, w.at.clone())).collect();
        assert_eq!(places, [("metric", Some(1), Some(2..3)), ("where", None, Some(2..3))]);
    }

    #[test]
    fn wrong_types_are_shown_where_they_stand() {
        let body = |line: &str| format!("id = \"T\"\nbecause = \"x\"\nmetric = \"a\"\n{line}");
        let cases = [
            ("at = \"never\"", "\"never\"", "\"end\""),
            ("at = -1", "-1", "a tick"),
            ("at = [1, -2]", "-2", "u64"),
            ("over = \"last 0\"", "\"last 0\"", "last 100"),
            ("over = \"last 150 %\"", "\"last 150 %\"", "last 50 %"),
            ("over = [1, 2, 3]", "[1, 2, 3]", "[first, last]"),
            ("value = [1, \"x\"]", "\"x\"", "number"),
            ("value = nan", "nan", "finite"),
            ("tolerance = -0.5", "-0.5", "from 0 on"),
            ("tolerance = [\"x\"]", "\"x\"", "1 %"),
            ("relation = \"=\"", "\"=\"", "increasing"),
            ("than = 3", "3", "Than"),
            ("along = { game.cost = [1] }", "{ game.cost = [1] }", "sequence"),
            ("case = 3", "3", "name of a case"),
            ("part = \"critical\"", "\"critical\"", "u32"),
        ];
        for (line, place, says) in cases {
            let (at, message) = read(&body(line)).unwrap_err();
            assert!(message.contains(says), "{line}: {message}");
            assert!(!at.is_empty() && (at.contains(place) || place.contains(&at)), "{line}: {at}");
        }
        let deep = format!("value = {}1{}", "[".repeat(20), "]".repeat(20));
        assert!(read(&body(&deep)).unwrap_err().1.contains("nest at most"));
    }

    #[test]
    fn a_fast_run_keeps_what_it_does_not_change() {
        let body = "metric = \"a\"\nover = [200, 600]\nvalue = 1\ntolerance = \"2 %\"\n";
        let full = expectation(&format!("{body}fast = {{ groups = 0.25, ticks = 0.5 }}"));
        let (shrink, fast) = full.fast().unwrap();
        assert_eq!((shrink.groups, shrink.replicates, shrink.ticks), (0.25, 1.0, 0.5));
        assert_eq!(fast.margin(0), Some(Margin::Share(0.02)));
        assert_eq!(fast.window(300).unwrap().label(0), "ticks 100 to 300");
        assert_eq!(full.window(600).unwrap().label(0), "ticks 200 to 600");
        assert_eq!(full.window(599).unwrap_err().field, "over");
        let other = expectation(&format!("{body}fast = {{ groups = 0.25, tolerance = 0.3 }}"));
        assert_eq!(other.fast().unwrap().1.margin(0), Some(Margin::Absolute(0.3)));
        assert!(expectation(body).fast().is_none());
        let sizes = [(100, 0.1), (3, 0.25), (7, 1.0), (0, 0.5), (1_000_000, 1e-9)];
        assert_eq!(sizes.map(|(size, share)| Shrink::of(size, share)), [10, 1, 7, 0, 1]);
    }

    #[test]
    fn the_schema_describes_every_key() {
        let schema = schemars::schema_for!(Expect);
        let properties = schema.get("properties").and_then(|p| p.as_object()).unwrap();
        assert_eq!(properties.len(), 24);
        for (key, property) in properties {
            assert!(property.get("description").is_some(), "{key} is not described");
        }
        assert!(properties.contains_key("where"));
    }
}
