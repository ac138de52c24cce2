//! A checked expectation: which runs it asks for, when it looks, and where each of its numbers stands.

use super::check::{Wrong, wrong};
use super::expect::{Fast, Fit, Groups, Reduce, Relation, Take, Tier};
use super::fields::{Along, At, Axis, Bins, Case, Margin, Setting};
use super::window::{Asked, Window};
use crate::scenario::expression::Expression;

/// An expression whose names are counted among those of the whole expectation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Formula {
    pub(super) expression: Expression,
    pub(super) slots: Vec<usize>,
}

impl Formula {
    pub(super) fn evaluate(&self, value: &mut dyn FnMut(usize) -> f64) -> f64 {
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
    /// what is compared: formulas of `names`, or of what is `sampled` where there is a `let`
    pub(super) metrics: Vec<Formula>,
    /// what is taken of each tick and group, where that is not the metrics themselves
    pub(super) sampled: Option<Vec<Formula>>,
    pub(super) bin: Option<(Formula, Bins)>,
    pub(super) fit: Option<Fit>,
    pub(super) level: f64,
    pub(super) reference: Option<Box<Reference>>,
    pub(super) condition: Option<Formula>,
    pub(super) names: Vec<String>,
    pub(super) asked: Asked,
    pub(super) case: Option<Case>,
    pub(super) along: Along,
    pub(super) parts: Vec<u32>,
    pub(super) values: Vec<f64>,
    pub(super) margins: Vec<Margin>,
    pub(super) fast_margins: Vec<Margin>,
    pub(super) fast: Option<Fast>,
    pub(super) kept_ticks: f64,
}

/// What stands in place of a value.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// an expectation of which only the results count
    pub(super) of: Expectation,
    pub(super) take: Option<Take>,
    pub(super) times: f64,
    pub(super) plus: f64,
    pub(super) confidence: Option<f64>,
}

impl Expectation {
    /// How many numbers there are: points, times ticks of `at` or bins, times metrics; a fit makes one of its places.
    pub fn len(&self) -> usize {
        self.shape().into_iter().fold(1, usize::saturating_mul)
    }

    /// Never: a metric, a window and a point there always are.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lengths of the nested order: each axis, ticks of `at` or bins, metrics.
    pub(super) fn shape(&self) -> Vec<usize> {
        let axes = self.along.0.iter().map(|axis| axis.values.len());
        let all = axes.chain([self.rows(), self.metrics.len()]);
        match self.fits_along() {
            Some(0) => all.skip(1).collect(),
            Some(_) => vec![self.metrics.len()],
            None => all.collect(),
        }
    }

    /// Ticks of `at`, or bins: how many numbers one metric gives for a run.
    pub(super) fn rows(&self) -> usize {
        self.bin.as_ref().map_or(self.asked.components(), |(_, bins)| bins.count())
    }

    /// What a fit goes along: 0 the axis, 1 the rows; `None` where none joins results.
    pub(super) fn fits_along(&self) -> Option<usize> {
        self.fit.filter(|fit| *fit != Fit::Tail).map(|_| usize::from(self.along.0.is_empty()))
    }

    /// What is taken of each tick and group.
    pub(super) fn sampled(&self) -> &[Formula] {
        self.sampled.as_deref().unwrap_or(&self.metrics)
    }

    /// What stands in place of a value, as an expectation whose results are that, if there is one.
    pub fn reference(&self) -> Option<&Expectation> {
        self.reference.as_ref().map(|reference| &reference.of)
    }

    /// The places of the results that a fit joins, or a course goes through; NaN where a place is no number.
    pub(super) fn places(&self) -> Vec<f64> {
        let number = |value: &toml::Value| match value {
            toml::Value::Integer(x) => *x as f64,
            toml::Value::Float(x) => *x,
            _ => f64::NAN,
        };
        match (self.along.0.first(), &self.bin, &self.asked) {
            (Some(axis), _, _) => axis.values.iter().map(|value| number(value.get_ref())).collect(),
            (None, Some((_, bins)), _) => {
                bins.edges.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect()
            }
            (None, None, Asked::At(At::Ticks(ticks))) => ticks.iter().map(|tick| *tick as f64).collect(),
            _ => vec![f64::NAN],
        }
    }

    /// The order of the numbers, in words, as the help of messages gives it.
    pub(super) fn order(&self) -> String {
        let along = self.along.0.iter().filter(|_| self.fits_along().is_none());
        let mut levels: Vec<String> = along
            .map(|axis| format!("for each of {} values of `{}`", axis.values.len(), axis.path.get_ref()))
            .collect();
        if let (Some((_, bins)), None) = (&self.bin, self.fits_along()) {
            levels.push(format!("for each of {} bins", bins.count()));
        } else if self.asked.components() > 1 && self.fits_along() != Some(1) {
            levels.push(format!("for each of {} ticks of `at`", self.asked.components()));
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
        self.metrics.iter().map(|metric| metric.expression.text()).collect()
    }

    /// The place of a number among points, ticks and metrics.
    pub fn component(&self, index: usize) -> Component {
        let ticks = if self.fits_along() == Some(1) { 1 } else { self.rows() };
        let metrics = self.metrics.len();
        Component { point: index / metrics / ticks, at: index / metrics % ticks, metric: index % metrics }
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
        if let Some(reference) = &mut smaller.reference {
            reference.of.kept_ticks = shrink.ticks;
        }
        smaller.fast = None;
        if fast.tolerance.is_some() {
            smaller.margins.clone_from(&self.fast_margins);
            smaller.sigmas = None;
        }
        Some((shrink, smaller))
    }

    /// The indices, of `all` results, of those that are compared with each other: along the axes; without one along the ticks of `at`;
    /// without those, metric by metric.
    pub(super) fn series(&self, all: usize) -> Vec<Vec<usize>> {
        let (ticks, metrics) = (self.rows(), self.metrics.len());
        let inner = ticks * metrics;
        let (many, stride) = if !self.along.0.is_empty() {
            (inner, inner)
        } else if ticks > 1 {
            (metrics, metrics)
        } else {
            (1, 1)
        };
        (0..many).map(|start| (start..all).step_by(stride).collect()).collect()
    }

    /// What a series goes along, in words.
    pub(super) fn course(&self) -> String {
        let paths: Vec<&str> = self.along.0.iter().map(|a| a.path.get_ref().as_str()).collect();
        if !paths.is_empty() {
            return paths.join(", ");
        }
        if let Some((bin, _)) = &self.bin {
            return bin.expression.text().to_string();
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
            _ => next.set.push(Setting { path: axis.path.clone(), value: value.clone() }),
        }
        let comma = if point.label.is_empty() { "" } else { ", " };
        next.label = format!("{}{comma}{path} = {shown}", point.label);
        next
    })
}
