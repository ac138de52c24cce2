//! `[[expect]]` as a world file writes it.

use super::fields::{Along, At, Bins, Case, Lets, Margin, Numbers, OneOrMany, Over};
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
    /// Expressions { name = "expression" } that are reduced over ticks and groups first; `metric` then combines them, as
    /// a ratio of means does. A name of `metric` that is not written here is reduced as it stands.
    #[serde(default, rename = "let")]
    pub lets: Option<Lets>,
    /// The tick, or ticks, at which the metric is taken, or "end": when the run has ended.
    #[serde(default)]
    pub at: Option<At>,
    /// The ticks over which it is reduced: [first, last], "last 100", "last 50 %", or "all" (1 to the last).
    #[serde(default)]
    pub over: Option<Over>,
    /// How the ticks of `over` become one number (default "mean").
    #[serde(default)]
    pub reduce: Option<Reduce>,
    /// The samples of each bin of another metric apart, in place of ticks: { metric = [edges] }.
    #[serde(default)]
    pub bin: Option<Bins>,
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
    /// A number that is read off the results along the axis (or along the ticks of `at`), and compared in their place.
    #[serde(default)]
    pub fit: Option<Fit>,
    /// The value whose crossing `fit = "crossing"` looks for.
    #[serde(default)]
    pub level: Option<f64>,
    /// What is expected: one number for all, or one for each component in the order along, at, metric.
    #[serde(default)]
    pub value: Option<Numbers>,
    /// In place of a value: what another case, other values of a parameter, or another metric gives.
    #[serde(default)]
    pub than: Option<Than>,
    /// With `than`: how sure the difference must be, paired over groups and replicates; above 0.5 and below 1.
    #[serde(default)]
    pub confidence: Option<f64>,
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
    /// Mean distance, in ticks, of the upward crossings of the mean over the ticks, interpolated between ticks.
    Period,
}

/// What is read off several results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// Where the results first cross `level`, interpolated between two places.
    Crossing,
    /// Exponent of a power law: slope of the least-squares line of ln(result) on ln(place).
    Power,
    /// Slope of the least-squares line of the result on the place.
    Linear,
    /// R² of the logistic curve whose logit is the least-squares line through the logits of the results.
    Logistic,
    /// Exponent of the power law that the largest samples follow, from the threshold with the least Kolmogorov-Smirnov
    /// distance on (Clauset, Shalizi and Newman 2009); the samples are groups, or ticks and groups where pooled.
    Tail,
}

/// What a result is compared with, in place of a value.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Than {
    /// The variant of the world: the name of a `[[case]]`, or a table { "path" = value } (default: the expectation's own).
    #[serde(default)]
    pub case: Option<Case>,
    /// Runs of which the largest or the smallest result counts: { "path" = [values] } or { case = [names] }.
    #[serde(default)]
    pub along: Option<Along>,
    /// Which of the results of `along` counts.
    #[serde(default)]
    pub take: Option<Take>,
    /// What is computed there (default: the expectation's own metric).
    #[serde(default)]
    pub metric: Option<OneOrMany<String>>,
    /// A factor (default 1).
    #[serde(default)]
    pub times: Option<f64>,
    /// What is added after the factor (default 0).
    #[serde(default)]
    pub plus: Option<f64>,
}

/// Which of several results counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Take {
    /// The largest.
    Max,
    /// The smallest.
    Min,
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
    /// The largest lies at neither end; a tolerance says how far an end may still lie above it.
    #[serde(rename = "interior-max")]
    InteriorMax,
    /// The smallest lies at neither end; a tolerance says how far an end may still lie below it.
    #[serde(rename = "interior-min")]
    InteriorMin,
    /// Some lie above the value and some below it.
    #[serde(rename = "crosses")]
    Crosses,
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
            Relation::InteriorMax => "interior-max",
            Relation::InteriorMin => "interior-min",
            Relation::Crosses => "crosses",
        }
    }

    /// Whether it speaks of the course of several results rather than of one and a value.
    pub const fn is_course(self) -> bool {
        use Relation::{Decreasing, Increasing, InteriorMax, InteriorMin};
        matches!(self, Increasing | Decreasing | InteriorMax | InteriorMin)
    }

    /// How many results it looks at together, at least.
    pub const fn fewest(self) -> usize {
        match self {
            Relation::InteriorMax | Relation::InteriorMin => 3,
            _ => 2,
        }
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
