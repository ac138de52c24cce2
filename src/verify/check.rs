//! From `[[expect]]` as written to an [`Expectation`] that can be run; all problems of one at once.

use super::expect::{Expect, Fast, Groups, Reduce, Relation, Tier};
use super::fields::{Along, At, Axis, Case, Margin, Numbers, OneOrMany, Over, Setting};
use super::window::{Asked, Window};
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

fn wrong(field: &'static str, says: impl Into<String>, help: impl Into<String>) -> Wrong {
    Wrong {
        field,
        item: None,
        at: None,
        says: says.into(),
        help: help.into(),
    }
}

/// An expression whose names are counted among those of the whole expectation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Formula {
    pub(crate) expression: Expression,
    slots: Vec<usize>,
}

impl Formula {
    pub(crate) fn evaluate(&self, value: &mut dyn FnMut(usize) -> f64) -> f64 {
        self.expression.evaluate(&mut |i| value(self.slots[i]))
    }
}

/// One run that an expectation asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The `[[case]]` to start from.
    pub case: Option<String>,
    /// What is set on top of it, in this order.
    pub set: Vec<Setting>,
    /// The place along the axes, in words; empty where there is no axis.
    pub label: String,
}

/// Where one compared number stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// Index among the points.
    pub point: usize,
    /// Index among the ticks of `at`.
    pub at: usize,
    /// Index among the metrics.
    pub metric: usize,
}

/// The share of the full size that a fast run keeps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shrink {
    /// Of the groups.
    pub groups: f64,
    /// Of the replicates.
    pub replicates: f64,
    /// Of the ticks.
    pub ticks: f64,
}

impl Shrink {
    /// A size times a share, rounded up, at least 1 where the size is.
    pub fn of(size: u64, share: f64) -> u64 {
        // A share such as 0.1 is not exact in binary: 10 of 100 must not become 11.
        let exact = size as f64 * share;
        ((exact - 1e-9 * exact).ceil() as u64).clamp(size.min(1), size)
    }
}

/// An `[[expect]]` that has been checked.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// The result that is reproduced.
    pub id: String,
    /// How ticks are reduced.
    pub reduce: Reduce,
    /// How groups are reduced.
    pub groups: Groups,
    /// How results compare.
    pub relation: Relation,
    /// Standard errors that count as tolerance, in place of one.
    pub sigmas: Option<f64>,
    /// Why this value and tolerance.
    pub because: String,
    /// Key of the publication.
    pub source: Option<String>,
    /// Which verification runs it.
    pub tier: Tier,
    pub(crate) metrics: Vec<Formula>,
    pub(crate) condition: Option<Formula>,
    names: Vec<String>,
    asked: Asked,
    case: Option<Case>,
    along: Along,
    parts: Vec<u32>,
    values: Vec<f64>,
    margins: Vec<Margin>,
    fast: Option<Fast>,
    kept_ticks: f64,
}

/// The parts of an expectation that are found one after the other while it is checked.
struct Checker<'e> {
    expect: &'e Expect,
    names: Vec<String>,
    found: Vec<Wrong>,
}

impl Expect {
    /// Checks the section by itself: expressions, windows, numbers that must fit each other.
    ///
    /// # Errors
    /// All that is wrong with it, each with the key it concerns.
    pub fn check(&self) -> Result<Expectation, Vec<Wrong>> {
        let mut checker = Checker {
            expect: self,
            names: Vec::new(),
            found: Vec::new(),
        };
        let metrics = checker.metrics();
        let condition = checker.condition();
        let asked = checker.window(&metrics);
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
            condition,
            names: Vec::new(),
            asked: asked.unwrap_or(Asked::At(At::End)),
            case: self.case.clone(),
            along: self.along.clone().unwrap_or_default(),
            parts: Vec::new(),
            values: Vec::new(),
            margins: Vec::new(),
            fast: self.fast.clone(),
            kept_ticks: 1.0,
        };
        // Sizes mean nothing before metrics, window and axes are right.
        if checker.found.is_empty() {
            checker.numbers(&mut expectation);
            checker.fast(&expectation);
        }
        expectation.names = checker.names;
        if checker.found.is_empty() {
            Ok(expectation)
        } else {
            Err(checker.found)
        }
    }
}

impl Checker<'_> {
    fn say(&mut self, field: &'static str, says: impl Into<String>, help: impl Into<String>) {
        self.found.push(wrong(field, says, help));
    }

    fn formula(
        &mut self,
        field: &'static str,
        item: Option<usize>,
        read: Result<Expression, ExpressionError>,
    ) -> Option<Formula> {
        match read {
            Ok(expression) => {
                let mut slots = Vec::new();
                for (name, _) in expression.names() {
                    let known = self.names.iter().position(|n| n == name);
                    slots.push(known.unwrap_or(self.names.len()));
                    if known.is_none() {
                        self.names.push(name.to_string());
                    }
                }
                Some(Formula { expression, slots })
            }
            Err(error) => {
                let at = Some(error.at);
                self.found.push(Wrong {
                    item,
                    at,
                    ..wrong(field, error.says, error.help)
                });
                None
            }
        }
    }

    fn metrics(&mut self) -> Vec<Formula> {
        let written = &self.expect.metric;
        if written.items.is_empty() {
            self.say(
                "metric",
                "no metric is named",
                "write `metric = \"share_c\"`",
            );
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
                self.say(
                    "over",
                    "`at` and `over` are both written",
                    "write one of the two",
                );
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
                self.say(
                    "reduce",
                    "`reduce` joins ticks, and `at` has none to join",
                    help,
                );
            }
            if pooled {
                let help = "write `groups = \"mean\"`, or `over` in place of `at`";
                self.say(
                    "groups",
                    "\"pooled\" joins ticks and groups, and `at` has no ticks",
                    help,
                );
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
        if pooled && matches!(expect.reduce, Some(Reduce::Last | Reduce::Slope)) {
            let help = "write mean, var, sd, min, max or sum, or `groups = \"mean\"`";
            self.say("reduce", "a pooled sample has no order of ticks", help);
        }
        if metrics.iter().any(|m| m.expression.is_first_tick()) {
            let help = "write `at = \"end\"`, or the tick up to which it may happen";
            self.say(
                "over",
                "`first_tick` is one time for each group, not one for each tick",
                help,
            );
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
            self.say(
                "sigmas",
                "the number of standard errors is not above 0",
                "write 3 or 4",
            );
        }
        let no_error = matches!(
            expect.groups,
            Some(Groups::Min | Groups::Max | Groups::Median)
        );
        let pooled = expect.groups == Some(Groups::Pooled);
        if expect.sigmas.is_some()
            && (no_error || pooled && matches!(expect.reduce, Some(Reduce::Min | Reduce::Max)))
        {
            let help = "write `tolerance`, or mean, var or sd";
            self.say(
                "sigmas",
                "minimum, maximum and median come without a standard error",
                help,
            );
        }
        if expect.sigmas.is_some() && expect.tolerance.is_some() {
            self.say(
                "sigmas",
                "`tolerance` and `sigmas` are both written",
                "write one of the two",
            );
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
                let says = format!(
                    "\"{}\" compares results with each other",
                    expect.relation.sign()
                );
                self.say("value", says, "leave `value` out");
            }
            Some(value) => match fitted(value, to) {
                Ok(values) => to.values = values,
                Err(found) => self.found.push(found),
            },
            None => self.without_value(to),
        }
        if expect.tolerance.is_none()
            && expect.sigmas.is_none()
            && expect.relation == Relation::Equal
        {
            let help =
                "write `tolerance = 0.01`, `tolerance = 0` where it is exact, or `sigmas = 4`";
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
            self.say(
                "relation",
                format!("`{sign}` has no value to compare with"),
                "write `value`",
            );
        } else if to.series().iter().any(|series| series.len() < 2) {
            let help = "write `value`, or `along` with several values";
            self.say(
                "relation",
                format!("\"{sign}\" has only one result to look at"),
                help,
            );
        } else if to.relation.is_course() && to.along.0.len() > 1 {
            let help = "write one axis, and an [[expect]] for each value of the others";
            self.say(
                "along",
                format!("\"{sign}\" has no direction on a grid"),
                help,
            );
        }
    }

    fn fast(&mut self, to: &Expectation) {
        let Some(fast) = &self.expect.fast else {
            return;
        };
        let shares = [fast.groups, fast.replicates, fast.ticks];
        if shares
            .iter()
            .flatten()
            .any(|share| !(*share > 0.0 && *share <= 1.0))
        {
            let help = "write a share above 0 and at most 1, as in `fast = { groups = 0.25 }`";
            self.say("fast", "a share of the full run is out of range", help);
        }
        if shares.iter().all(Option::is_none) {
            let help = "write `fast = { groups = 0.25, tolerance = 0.01 }`";
            self.say("fast", "nothing says what is made smaller", help);
        }
        if fast.ticks.is_some() && matches!(to.asked, Asked::At(At::Ticks(_))) {
            let help = "make `groups` or `replicates` smaller, or write `over`";
            self.say(
                "fast",
                "`at` names ticks, which a shorter run would move",
                help,
            );
        }
        if let Err(found) = margins("fast", fast.tolerance.as_ref(), to) {
            self.found.push(found);
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
    if shape
        .as_ref()
        .is_some_and(|shape| shape.len() < 2 || *shape == due)
    {
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

impl Expectation {
    /// How many numbers there are: points, times ticks of `at`, times metrics.
    pub fn len(&self) -> usize {
        self.shape().into_iter().fold(1, usize::saturating_mul)
    }

    /// Never: a metric, a window and a point there always are.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lengths of the nested order: each axis, ticks of `at`, metrics.
    fn shape(&self) -> Vec<usize> {
        let axes = self.along.0.iter().map(|axis| axis.values.len());
        axes.chain([self.asked.components(), self.metrics.len()])
            .collect()
    }

    /// The order of the numbers, in words, as the help of messages gives it.
    fn order(&self) -> String {
        let mut levels: Vec<String> = self
            .along
            .0
            .iter()
            .map(|axis| {
                format!(
                    "for each of {} values of `{}`",
                    axis.values.len(),
                    axis.path.get_ref()
                )
            })
            .collect();
        if self.asked.components() > 1 {
            levels.push(format!(
                "for each of {} ticks of `at`",
                self.asked.components()
            ));
        }
        if self.metrics.len() > 1 {
            levels.push(format!("for each of {} metrics", self.metrics.len()));
        }
        if levels.is_empty() {
            return "write one number".to_string();
        }
        format!("write a number {}, in this order", levels.join(", "))
    }

    /// The variables of all metrics and of `where`, each once; closures are asked for them by index.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The texts of the metrics.
    pub fn metrics(&self) -> Vec<&str> {
        self.metrics
            .iter()
            .map(|metric| metric.expression.text())
            .collect()
    }

    /// The place of a number among points, ticks and metrics.
    pub fn component(&self, index: usize) -> Component {
        let (ticks, metrics) = (self.asked.components(), self.metrics.len());
        Component {
            point: index / metrics / ticks,
            at: index / metrics % ticks,
            metric: index % metrics,
        }
    }

    /// Which component of the published result a number is, from 1.
    pub fn part(&self, index: usize) -> u32 {
        self.parts[index]
    }

    /// What is expected of a number; `None` where results are compared with each other.
    pub fn value(&self, index: usize) -> Option<f64> {
        self.values.get(index).copied()
    }

    /// The tolerance of a number as written; `None` where there is none, or `sigmas`.
    pub fn margin(&self, index: usize) -> Option<Margin> {
        self.margins.get(index).copied()
    }

    /// The runs to make, the first axis changing slowest. All share seed and replicates.
    pub fn points(&self) -> Vec<Point> {
        let (case, set) = match &self.case {
            None => (None, Vec::new()),
            Some(Case::Named(name)) => (Some(name.clone()), Vec::new()),
            Some(Case::Set(settings)) => (None, settings.clone()),
        };
        let label = String::new();
        let mut points = vec![Point { case, set, label }];
        for axis in &self.along.0 {
            let grid = points.iter().flat_map(|point| further(point, axis));
            points = grid.collect();
        }
        points
    }

    /// Settles the window for a run of `ticks` (`run.ticks`; of a fast run, its own).
    ///
    /// # Errors
    /// Where the window does not lie in the run.
    pub fn window(&self, ticks: u64) -> Result<Window, Wrong> {
        let field = match self.asked {
            Asked::At(_) => "at",
            Asked::Over(_) => "over",
        };
        let settled = self.asked.settle(ticks, self.kept_ticks);
        settled.map_err(|(says, help)| wrong(field, says, help))
    }

    /// What `verify --fast`, and tier ci-reduced always, runs in its place; `None` where nothing is made smaller.
    pub fn fast(&self) -> Option<(Shrink, Expectation)> {
        let fast = self.fast.as_ref()?;
        let shrink = Shrink {
            groups: fast.groups.unwrap_or(1.0),
            replicates: fast.replicates.unwrap_or(1.0),
            ticks: fast.ticks.unwrap_or(1.0),
        };
        let mut smaller = self.clone();
        smaller.kept_ticks = shrink.ticks;
        smaller.fast = None;
        if fast.tolerance.is_some() {
            smaller.margins = margins("fast", fast.tolerance.as_ref(), self)
                .expect("the number of tolerances was checked");
            smaller.sigmas = None;
        }
        Some((shrink, smaller))
    }

    /// The indices of results that are compared with each other: along the axes; without one along the ticks of `at`;
    /// without those, metric by metric.
    pub(crate) fn series(&self) -> Vec<Vec<usize>> {
        let (ticks, metrics) = (self.asked.components(), self.metrics.len());
        let inner = ticks * metrics;
        let (many, stride) = if !self.along.0.is_empty() {
            (inner, inner)
        } else if ticks > 1 {
            (metrics, metrics)
        } else {
            (1, 1)
        };
        (0..many)
            .map(|start| (start..self.len()).step_by(stride).collect())
            .collect()
    }

    /// What a series goes along, in words.
    pub(crate) fn course(&self) -> String {
        let paths: Vec<&str> = self
            .along
            .0
            .iter()
            .map(|a| a.path.get_ref().as_str())
            .collect();
        if !paths.is_empty() {
            return paths.join(", ");
        }
        let ticks = self.asked.components() > 1;
        if ticks { "at" } else { "metric" }.to_string()
    }
}

/// The points that a point becomes when an axis is added.
fn further<'a>(point: &'a Point, axis: &'a Axis) -> impl Iterator<Item = Point> + 'a {
    axis.values.iter().map(|value| {
        let mut next = point.clone();
        let (path, shown) = (axis.path.get_ref(), value.get_ref());
        match shown.as_str() {
            Some(name) if path == "case" => next.case = Some(name.to_string()),
            _ => next.set.push(Setting {
                path: axis.path.clone(),
                value: value.clone(),
            }),
        }
        let comma = if point.label.is_empty() { "" } else { ", " };
        next.label = format!("{}{comma}{path} = {shown}", point.label);
        next
    })
}
