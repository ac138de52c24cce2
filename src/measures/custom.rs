//! `[[measure]]`: measures that a world file makes from columns, acts or ties.
//!
//! They are taken only where `[record] metrics` or an expectation names them, and cost a walk over the agents or ties each
//! time, and a sort where they look at ranks; so they are opt-in.

use super::shapes;
use super::{Measure, Names, Row, Scope};
use crate::columns::{ColumnDef, Dtype, View};
use crate::groups::Count;
use crate::scenario::expression::{Expression, holds};
use crate::scenario::numbers::{NonNegative, Prob};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

pub(super) const ROWS: &[Row] = &[Row {
    name: "<measure>",
    about: "a [[measure]] of the world; walks over all agents or ties, some sort them",
    unit: "its own",
    find: |name, names| {
        let found = names.measures.iter().find(|(known, _)| known == name)?;
        Some(Box::new(Shared(found.1.clone())))
    },
}];

/// A measure of the world's own: what is taken of a column of agents, of the acts of the tick, or of ties.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeasureKeys {
    /// its name in metrics and expressions, in small letters, digits and _
    pub name: String,
    /// a column of agents, "acts" (of the tick) or "ties" (each seen from both ends); as = "share" of agents needs none
    #[serde(default)]
    pub of: Option<String>,
    /// only those for which this holds; with as = "share" they are what is counted. Columns go by their names, of ties
    /// also those of the other end, partner.payoff; strategies and stages stand for their codes; of acts `act` and the
    /// names of acts
    #[serde(default, rename = "where")]
    pub condition: Option<String>,
    /// what is said of the values
    #[serde(rename = "as")]
    pub how: As,
    /// as = "quantile": the share below it, 0 to 1
    #[serde(default)]
    pub q: Option<Prob>,
    /// as = "clusters": values this far apart are of two clusters, in units of the column
    #[serde(default)]
    pub gap: Option<NonNegative>,
    /// as = "clusters": share of the values that a cluster has at least, 0 to 1
    #[serde(default)]
    pub min_share: Option<Prob>,
    /// as = "correlation": the other column; of ties the column that is compared at both ends
    #[serde(default)]
    pub with: Option<String>,
}

/// What is said of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum As {
    /// mean
    Mean,
    /// standard deviation over the population (divided by n)
    Sd,
    /// variance over the population (divided by n)
    Var,
    /// sum
    Sum,
    /// least
    Min,
    /// greatest
    Max,
    /// Gini coefficient, 0 to 1; none where a value is negative
    Gini,
    /// share of all for which `where` holds, 0 to 1
    Share,
    /// the value below which a share `q` lies, interpolated
    Quantile,
    /// number of different values
    Distinct,
    /// runs of sorted values with gaps below `gap` that hold at least `min_share` of them
    Clusters,
    /// Shannon's entropy of the shares of the values, in nats
    Entropy,
    /// Pearson's correlation with the column `with`; of ties the assortment by that column
    Correlation,
    /// Kuramoto's order parameter of angles in radians, 0 to 1
    Order,
}

/// A kind of `[[measure]]`, as `mores list` and `mores explain` show it.
pub struct Kind {
    /// the word of `as`
    pub name: &'static str,
    /// what it is, as a formula
    pub about: &'static str,
    /// keys of REFERENCES.bib
    pub sources: &'static [&'static str],
}

const fn kind(name: &'static str, about: &'static str, sources: &'static [&'static str]) -> Kind {
    Kind { name, about, sources }
}

/// The kinds of `[[measure]]`, in the order of [`As`].
pub static KINDS: &[Kind] = &[
    kind("mean", "mean of the values, Σ x / n", &[]),
    kind("sd", "standard deviation over the population, the root of var", &[]),
    kind("var", "variance over the population, Σ (x - mean)² / n", &[]),
    kind("sum", "sum of the values", &[]),
    kind("min", "least value", &[]),
    kind("max", "greatest value", &[]),
    kind(
        "gini",
        "Gini coefficient, 2 Σ rank x / (n Σ x) - (n + 1) / n, from 0 for equal values to 1 - 1/n",
        &["gini1912"],
    ),
    kind("share", "share of all for which `where` holds, 0 to 1", &[]),
    kind(
        "quantile",
        "the value at place q (n - 1) of the sorted ones, counted from 0, on the line between its neighbours",
        &["hyndman1996"],
    ),
    kind("distinct", "number of different values", &[]),
    kind(
        "clusters",
        "runs of sorted values with gaps below `gap` that hold at least `min_share` of the values",
        &["deffuant2000"],
    ),
    kind("entropy", "Shannon's entropy of the shares p of the values, - Σ p ln p, in nats", &["shannon1948"]),
    kind(
        "correlation",
        "Pearson's correlation with the column `with`; of ties the assortativity by that column, with each tie seen from both ends",
        &["newman2003"],
    ),
    kind("order", "length of the mean of e^{iφ} of angles φ in radians, 0 to 1", &["kuramoto1975"]),
];

/// What a name of a condition stands for.
enum Slot {
    Own(ColumnDef),
    Partner(ColumnDef),
    Act,
    Code(f64),
}

enum Source {
    Agents(Option<ColumnDef>),
    Acts(u8),
    Ties,
}

/// A checked `[[measure]]`.
pub struct Custom {
    source: Source,
    condition: Option<(Expression, Vec<Slot>)>,
    how: As,
    q: f64,
    gap: f64,
    min_share: f64,
    with: Option<ColumnDef>,
}

struct Shared(Arc<Custom>);

impl Measure for Shared {
    fn of(&self, scope: &Scope) -> f64 {
        self.0.of(scope)
    }
}

/// What is wrong with a `[[measure]]`: its key, what is wrong, and what to write instead.
pub type WrongMeasure = (&'static str, String, String);

impl Custom {
    /// Checks a measure against the names and columns of its world.
    ///
    /// # Errors
    /// What is wrong first.
    pub fn new(keys: &MeasureKeys, names: &Names, columns: &[ColumnDef]) -> Result<Custom, WrongMeasure> {
        let column = |key: &'static str, name: &str| {
            columns.iter().find(|column| *column.name == *name).cloned().ok_or_else(|| {
                let known: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
                (
                    key,
                    format!("this world has no column `{name}`"),
                    format!("its columns are {}", known.join(", ")),
                )
            })
        };
        let source = match keys.of.as_deref() {
            Some("acts") if !names.acts.is_empty() => Source::Acts(names.acts.len() as u8),
            Some("ties") if names.ties => Source::Ties,
            Some("acts") => return Err(("of", "nobody acts in this world".into(), "add a [game]".into())),
            Some("ties") => return Err(("of", "there are no ties".into(), "add a [structure]".into())),
            Some(name) => Source::Agents(Some(column("of", name)?)),
            None => Source::Agents(None),
        };
        let with = keys.with.as_ref().map(|name| column("with", name)).transpose()?;
        let condition = match &keys.condition {
            Some(text) => Some(condition(text, &source, names, columns)?),
            None => None,
        };
        let custom = Custom {
            source,
            condition,
            how: keys.how,
            q: keys.q.map_or(f64::NAN, |q| q.get()),
            gap: keys.gap.map_or(f64::NAN, |gap| gap.get()),
            min_share: keys.min_share.map_or(0.0, |share| share.get()),
            with,
        };
        custom.whole(keys).map(|()| custom)
    }

    /// Whether it has the keys that it needs, and no others.
    fn whole(&self, keys: &MeasureKeys) -> Result<(), WrongMeasure> {
        let wrong = |key, says: &str, help: &str| Err((key, says.to_string(), help.to_string()));
        let fits = match self.source {
            Source::Agents(Some(_)) => self.how != As::Share,
            Source::Agents(None) => self.how == As::Share,
            Source::Acts(_) => matches!(self.how, As::Share | As::Entropy | As::Distinct),
            Source::Ties => matches!(self.how, As::Share | As::Correlation),
        };
        if !fits {
            return match self.source {
                Source::Agents(Some(_)) => {
                    wrong("of", "a share is one of agents, not of values", "leave it out")
                }
                Source::Agents(None) => {
                    wrong("of", "nothing says which column it is taken of", "add of = \"payoff\"")
                }
                Source::Acts(_) => wrong("as", "acts are no numbers", "write share, entropy or distinct"),
                Source::Ties => wrong("as", "ties are no numbers", "write share or correlation"),
            };
        }
        let needs = [
            ("where", As::Share, keys.condition.is_some(), "nothing says what is counted"),
            ("q", As::Quantile, keys.q.is_some(), "nothing says which quantile"),
            ("gap", As::Clusters, keys.gap.is_some(), "nothing says what parts clusters"),
            ("with", As::Correlation, keys.with.is_some(), "nothing says which column it is compared with"),
        ];
        for (key, how, there, says) in needs {
            if self.how == how && !there {
                return wrong(key, says, &format!("add `{key}`"));
            }
            if self.how != how && there && key != "where" {
                return wrong(key, "nothing looks at this", "leave it out");
            }
        }
        if self.how != As::Clusters && keys.min_share.is_some() {
            return wrong("min_share", "nothing looks at this", "leave it out");
        }
        Ok(())
    }

    fn of(&self, scope: &Scope) -> f64 {
        match &self.source {
            Source::Agents(None) => {
                let view = scope.view();
                let living = scope.rows.clone().filter(|&agent| scope.lives(agent));
                let hits = living.filter(|&agent| self.takes(view, agent, agent)).count();
                hits as f64 / scope.agents()
            }
            Source::Agents(Some(column)) => self.of_column(scope, column),
            Source::Acts(kinds) => self.of_acts(scope, *kinds),
            Source::Ties => self.of_ties(scope),
        }
    }

    fn takes(&self, view: &View, agent: usize, partner: usize) -> bool {
        let Some((condition, slots)) = &self.condition else { return true };
        holds(condition.evaluate(&mut |nth| match &slots[nth] {
            Slot::Own(column) => number(view, column, agent),
            Slot::Partner(column) => number(view, column, partner),
            Slot::Code(code) => *code,
            Slot::Act => agent as f64,
        }))
    }

    fn of_column(&self, scope: &Scope, column: &ColumnDef) -> f64 {
        let view = scope.view();
        let living = scope.rows.clone().filter(|&agent| scope.lives(agent));
        let agents = living.filter(|&agent| self.takes(view, agent, agent));
        if let (As::Correlation, Some(with)) = (self.how, &self.with) {
            let pair = |agent| (number(view, column, agent), number(view, with, agent));
            return shapes::correlation(&agents.map(pair).collect::<Vec<_>>());
        }
        let mut values: Vec<f64> = agents.map(|agent| number(view, column, agent)).collect();
        if values.is_empty() {
            return f64::NAN;
        }
        let n = values.len() as f64;
        let sum: f64 = values.iter().sum();
        let var = |values: &[f64]| values.iter().map(|x| (x - sum / n) * (x - sum / n)).sum::<f64>() / n;
        match self.how {
            As::Mean => sum / n,
            As::Sum => sum,
            As::Var => var(&values),
            As::Sd => var(&values).sqrt(),
            As::Min => values.into_iter().fold(f64::INFINITY, f64::min),
            As::Max => values.into_iter().fold(f64::NEG_INFINITY, f64::max),
            As::Gini => shapes::gini(&mut values),
            As::Quantile => shapes::quantile(&mut values, self.q),
            As::Distinct => shapes::distinct(&mut values),
            As::Clusters => shapes::clusters(&mut values, self.gap, self.min_share),
            As::Entropy => shapes::entropy(&mut values),
            As::Order => shapes::order(&values),
            As::Share | As::Correlation => unreachable!("answered above"),
        }
    }

    fn of_acts(&self, scope: &Scope, kinds: u8) -> f64 {
        let view = scope.view();
        let count = |act: u8| scope.count(Count::Act(act)) as f64;
        let all: f64 = (0..kinds).map(count).sum();
        let taken: Vec<f64> =
            (0..kinds).filter(|&act| self.takes(view, usize::from(act), 0)).map(count).collect();
        match self.how {
            As::Share => taken.iter().sum::<f64>() / all,
            As::Distinct => taken.iter().filter(|count| **count > 0.0).count() as f64,
            _ => shapes::entropy_of(&taken),
        }
    }

    fn of_ties(&self, scope: &Scope) -> f64 {
        let Some(structure) = scope.structure else { return f64::NAN };
        let view = scope.view();
        let (mut room, mut all, mut taken, mut pairs) = (vec![], 0u64, 0u64, vec![]);
        for agent in scope.rows.clone().filter(|&agent| scope.lives(agent)) {
            for &other in structure.neighbours(agent, &mut room) {
                let other = other as usize;
                if !scope.lives(other) {
                    continue;
                }
                all += 1;
                if !self.takes(view, agent, other) {
                    continue;
                }
                taken += 1;
                if let Some(column) = &self.with {
                    pairs.push((number(view, column, agent), number(view, column, other)));
                }
            }
        }
        match self.how {
            As::Share => taken as f64 / all as f64,
            _ => shapes::correlation(&pairs),
        }
    }
}

fn condition(
    text: &str,
    source: &Source,
    names: &Names,
    columns: &[ColumnDef],
) -> Result<(Expression, Vec<Slot>), WrongMeasure> {
    let expression = Expression::parse(text).map_err(|error| ("where", error.says, error.help))?;
    let code = |all: &[String], name: &str| all.iter().position(|known| known == name).map(|at| at as f64);
    let slot = |name: &str| {
        let column = |name: &str| columns.iter().find(|column| *column.name == *name).cloned();
        let parameter = || names.parameters.iter().find(|(path, _)| path == name).map(|(_, value)| *value);
        let acts = matches!(source, Source::Acts(_));
        let known = match (name.strip_prefix("partner."), source) {
            _ if acts && name == "act" => Some(Slot::Act),
            (Some(name), Source::Ties) => column(name).map(Slot::Partner),
            (None, _) if !acts => column(name).map(Slot::Own),
            _ => None,
        };
        let codes = code(&names.strategies, name).or(code(&names.stages, name)).or(code(&names.acts, name));
        known.or_else(|| codes.or_else(parameter).map(Slot::Code)).ok_or_else(|| {
            let help = "columns, strategies, stages, acts and parameters of the world can be named";
            ("where", format!("nothing is called `{name}` here"), help.to_string())
        })
    };
    let slots = expression.names().into_iter().map(|(name, _)| slot(name)).collect::<Result<_, _>>()?;
    Ok((expression, slots))
}

/// A value of a column as a number.
fn number(view: &View, column: &ColumnDef, agent: usize) -> f64 {
    match column.dtype {
        Dtype::Bool | Dtype::U8 => f64::from(view.of::<u8>(column)[agent]),
        Dtype::U16 => f64::from(view.of::<u16>(column)[agent]),
        Dtype::U32 => f64::from(view.of::<u32>(column)[agent]),
        Dtype::U64 => view.of::<u64>(column)[agent] as f64,
        Dtype::F32 => f64::from(view.of::<f32>(column)[agent]),
        Dtype::F64 => view.of::<f64>(column)[agent],
    }
}
