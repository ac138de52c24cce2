//! `[[expect]]` as a world file writes it.

use super::fields::{Along, At, Case, Margin, Numbers, OneOrMany, Over};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `mores verify` compares: a metric of the world, when it is looked at, and what it should be.
///
/// The metric is computed for each tick and group; `where` leaves samples out; `reduce` joins the ticks and `groups` the
/// groups; what remains is compared.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The result that is reproduced, by its name in the table of truths or `system/number`.
    pub id: String,
    /// Which components of a list-valued result these are, counted from 1: one number each, or the first of several in a row.
    #[serde(default)]
    pub part: Option<OneOrMany<u32>>,
    /// What is computed for each tick and group: an expression, or several. A comparison counts as 0 or 1.
    pub metric: OneOrMany<String>,
    /// The tick, or ticks, at which the metric is taken, or "end": when the run has ended.
    #[serde(default)]
    pub at: Option<At>,
    /// The ticks over which it is reduced: [first, last], "last 100", "last 50 %", or "all" (1 to the last).
    #[serde(default)]
    pub over: Option<Over>,
    /// How the ticks of `over` become one number (default "mean").
    #[serde(default)]
    pub reduce: Option<Reduce>,
    /// How groups and replicates become one number (default "mean").
    #[serde(default)]
    pub groups: Option<Groups>,
    /// A condition on tick and group; only the samples for which it holds count.
    #[serde(default, rename = "where")]
    pub condition: Option<String>,
    /// The variant of the world: the name of a `[[case]]`, or a table { "path" = value }.
    #[serde(default)]
    pub case: Option<Case>,
    /// A run for each value, with the same random numbers: { "path" = [values] } or { case = [names] }; several make a grid.
    #[serde(default)]
    pub along: Option<Along>,
    /// What is expected: one number for all, or one for each component in the order along, at, metric.
    #[serde(default)]
    pub value: Option<Numbers>,
    /// How far the result may lie off, from 0 on: one number for all, one for each component, or a share ("1 %").
    #[serde(default)]
    pub tolerance: Option<OneOrMany<Margin>>,
    /// In place of a tolerance: so many standard errors over groups and replicates, above 0.
    #[serde(default)]
    pub sigmas: Option<f64>,
    /// How the result compares with the value (default "equal"), or its course along the axis.
    #[serde(default)]
    pub relation: Relation,
    /// The smaller run that `verify --fast` makes, and its tolerance.
    #[serde(default)]
    pub fast: Option<Fast>,
    /// Why this value and this tolerance.
    pub because: String,
    /// Key of the publication in REFERENCES.bib.
    #[serde(default)]
    pub source: Option<String>,
    /// Which verification runs it (default "ci").
    #[serde(default)]
    pub tier: Tier,
}

/// How the ticks of a window become one number for each group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reduce {
    /// Mean over the ticks.
    #[default]
    Mean,
    /// Variance over the ticks (divided by their number less one).
    Var,
    /// Standard deviation over the ticks: the root of `var`.
    Sd,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Sum over the ticks.
    Sum,
    /// Value at the last tick of the window.
    Last,
    /// Slope of the least-squares line through the ticks, per tick.
    Slope,
}

/// How groups and replicates become one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Groups {
    /// Mean over the groups.
    #[default]
    Mean,
    /// Variance over the groups (divided by their number less one).
    Var,
    /// Standard deviation over the groups: the root of `var`.
    Sd,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Median; between the two middle ones where the number is even.
    Median,
    /// Ticks and groups are one sample, which `reduce` then reduces.
    Pooled,
}

/// How a result compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub enum Relation {
    /// Within the tolerance of the value; without a value: of each other.
    #[default]
    #[serde(rename = "equal")]
    Equal,
    /// Below the value; a tolerance says how far above it may still lie.
    #[serde(rename = "<")]
    Less,
    /// At most the value; a tolerance says how far above it may still lie.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// Above the value; a tolerance says how far below it may still lie.
    #[serde(rename = ">")]
    Greater,
    /// At least the value; a tolerance says how far below it may still lie.
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// Each larger than the one before; a tolerance says how far a step may still fall.
    #[serde(rename = "increasing")]
    Increasing,
    /// Each smaller than the one before; a tolerance says how far a step may still rise.
    #[serde(rename = "decreasing")]
    Decreasing,
}

impl Relation {
    /// The word or sign as written.
    pub const fn sign(self) -> &'static str {
        match self {
            Relation::Equal => "equal",
            Relation::Less => "<",
            Relation::LessOrEqual => "<=",
            Relation::Greater => ">",
            Relation::GreaterOrEqual => ">=",
            Relation::Increasing => "increasing",
            Relation::Decreasing => "decreasing",
        }
    }

    /// Whether it speaks of the course of several results rather than of one and a value.
    pub const fn is_course(self) -> bool {
        matches!(self, Relation::Increasing | Relation::Decreasing)
    }
}

/// The smaller run that `verify --fast` makes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fast {
    /// Share of the groups that is run, above 0 and at most 1.
    #[serde(default)]
    pub groups: Option<f64>,
    /// Share of the replicates that is run, above 0 and at most 1.
    #[serde(default)]
    pub replicates: Option<f64>,
    /// Share of the ticks that is run, above 0 and at most 1; the window of `over` shrinks with them.
    #[serde(default)]
    pub ticks: Option<f64>,
    /// The tolerance of the smaller run (default: the one of the full run).
    #[serde(default)]
    pub tolerance: Option<OneOrMany<Margin>>,
}

/// Which verification runs an expectation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// On every change, whole unless `fast` is written.
    #[default]
    Ci,
    /// On every change, as small as `fast` says.
    CiReduced,
    /// Every night.
    Nightly,
}

impl Tier {
    /// Whether `verify --fast` runs it.
    pub const fn in_fast(self) -> bool {
        !matches!(self, Tier::Nightly)
    }
}
