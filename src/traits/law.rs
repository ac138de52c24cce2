//! How a trait starts.

use super::Parameter;
use crate::chance::{Stream, unit64};
use crate::columns::{ColumnDef, Dtype, Strategy};
use crate::math;
use crate::scenario::Scenario;
use crate::scenario::numbers::NumberOrName;
use crate::scenario::sections::{Drawn, How, Init, OfEach, Trait};
use std::sync::Arc;

/// Starting values of traits, a stream for each trait.
const TRAITS: Stream = Stream::named("trait/init");

/// How a trait starts, ready to be drawn.
#[derive(Clone)]
pub(crate) struct Law {
    form: Form,
    times: Parameter,
    clip: Option<[f64; 2]>,
    /// whether values are the exact quantiles of the law, shuffled in each group
    pub(crate) quantiles: bool,
    /// steps of a number of so many bits
    steps: Option<f64>,
    /// the trait's own stream
    pub(crate) stream: Stream,
}

#[derive(Clone)]
enum Form {
    Same(f64),
    /// 0 to n - 1, each equally likely
    AnyOf(f64),
    Uniform([Parameter; 2]),
    Normal([Parameter; 2]),
    Lognormal([Parameter; 2]),
    Exponential(Parameter),
    Beta([Parameter; 2]),
    Pareto([Parameter; 2]),
    Cauchy([Parameter; 2]),
    Poisson(Parameter),
    Gb2(Box<[Parameter; 4]>),
    /// values with running sums of their chances
    Choice(Vec<(f64, f64)>),
    Range([f64; 2]),
    /// by place, from the first again
    Listed(Arc<[f64]>),
    /// by the code of another column
    By(ColumnDef, Vec<f64>),
}

/// An agent for whom a value is drawn.
pub(crate) struct For<'a> {
    /// uniform in [0, 1)
    pub(crate) u: f64,
    /// its place in the population
    pub(crate) agent: usize,
    /// agents of a group
    pub(crate) size: usize,
    /// its other columns
    pub(crate) read: &'a dyn Fn(&ColumnDef) -> f64,
}

impl Law {
    /// The law of the `nth` trait of a world that was checked.
    pub(crate) fn new(scenario: &Scenario, nth: usize) -> Law {
        let (column, written) = &scenario.traits[nth];
        let labels = written.values.as_deref().unwrap_or_default();
        let code = |word: &str| labels.iter().position(|label| label == word).unwrap_or(0) as f64;
        let (form, drawn) = match &written.init {
            Init::Number(x) => (Form::Same(*x), None),
            Init::Word(word) if word == "uniform" => (Form::AnyOf(kinds(written)), None),
            Init::Word(word) => (Form::Same(code(word)), None),
            Init::Drawn(drawn) => (form(drawn, scenario, &code), Some(drawn)),
        };
        let times = drawn.and_then(|drawn| drawn.times.as_ref());
        Law {
            form,
            times: times.map_or(Parameter::Number(1.0), |times| Parameter::new(times, scenario)),
            clip: drawn.and_then(|drawn| drawn.clip),
            quantiles: drawn.is_some_and(|drawn| drawn.draw == How::Quantiles),
            steps: written.bits.map(|bits| steps(bits.get())),
            stream: TRAITS.of(&column.name),
        }
    }

    /// The columns that it reads.
    pub(crate) fn columns(&self) -> Vec<&ColumnDef> {
        let parameters: Vec<&Parameter> = match &self.form {
            Form::Uniform(pair) | Form::Normal(pair) | Form::Lognormal(pair) => pair.iter().collect(),
            Form::Beta(pair) | Form::Pareto(pair) | Form::Cauchy(pair) => pair.iter().collect(),
            Form::Exponential(one) | Form::Poisson(one) => vec![one],
            Form::Gb2(four) => four.iter().collect(),
            Form::By(column, _) => {
                return [Some(column), self.times.column()].into_iter().flatten().collect();
            }
            _ => vec![],
        };
        parameters.into_iter().chain([&self.times]).filter_map(Parameter::column).collect()
    }

    /// A starting value.
    pub(crate) fn value(&self, of: &For) -> f64 {
        let x = self.form.quantile(of) * self.times.value(of.read);
        let x = match self.clip {
            Some([least, most]) => x.clamp(least, most),
            None => x,
        };
        match self.steps {
            // Every number of so many bits is the value of an equal part of [0, 1).
            Some(steps) => (x * (steps + 1.0)).floor().clamp(0.0, steps) / steps,
            None => x,
        }
    }

    /// A value drawn anew from 64 random bits.
    pub(crate) fn redraw(&self, draw: u64, of: For) -> f64 {
        self.value(&For { u: unit64(draw), ..of })
    }
}

/// Steps of a number of so many bits from 0 to 1.
pub(super) fn steps(bits: u64) -> f64 {
    ((1u64 << bits) - 1) as f64
}

/// How many values a trait can have, if they are few.
pub(super) fn kinds(written: &Trait) -> f64 {
    written.values.as_ref().map_or(2.0, |values| values.len() as f64)
}

fn form(drawn: &Drawn, s: &Scenario, code: &dyn Fn(&str) -> f64) -> Form {
    let one = |x: &NumberOrName| Parameter::new(x, s);
    let two = |pair: &[NumberOrName; 2]| [one(&pair[0]), one(&pair[1])];
    let plain = |x: &NumberOrName| match x {
        NumberOrName::Number(x) => x.get(),
        NumberOrName::Name(word) => code(word),
    };
    let Drawn { uniform, normal, lognormal, exponential, beta, pareto, cauchy, poisson, gb2, .. } = drawn;
    match (uniform, normal, lognormal, exponential) {
        (Some(pair), ..) => return Form::Uniform(two(pair)),
        (_, Some(pair), ..) => return Form::Normal(two(pair)),
        (_, _, Some(pair), _) => return Form::Lognormal(two(pair)),
        (_, _, _, Some(mean)) => return Form::Exponential(one(mean)),
        _ => {}
    }
    match (beta, pareto, cauchy, poisson, gb2) {
        (Some(pair), ..) => return Form::Beta(two(pair)),
        (_, Some(pair), ..) => return Form::Pareto(two(pair)),
        (_, _, Some(pair), ..) => return Form::Cauchy(two(pair)),
        (_, _, _, Some(mean), _) => return Form::Poisson(one(mean)),
        (.., Some([a, b, p, q])) => return Form::Gb2(Box::new([one(a), one(b), one(p), one(q)])),
        _ => {}
    }
    if let Some(choice) = &drawn.choice {
        let equal = vec![1.0; choice.len()];
        let weights = drawn.weights.as_ref().unwrap_or(&equal);
        let total: f64 = weights.iter().sum();
        let mut passed = 0.0;
        let running = |(x, weight): (&NumberOrName, &f64)| {
            passed += weight / total;
            (plain(x), passed)
        };
        return Form::Choice(choice.iter().zip(weights).map(running).collect());
    }
    if let Some(range) = drawn.range {
        return Form::Range(range);
    }
    if let Some(list) = &drawn.list {
        return Form::Listed(list.iter().map(plain).collect());
    }
    if let Some((by, values)) = drawn.by.as_ref().zip(drawn.values.as_ref()) {
        return by_code(by, values, s);
    }
    Form::Listed(drawn.read.clone().unwrap_or_else(|| [0.0].into()))
}

/// A value for each strategy, or for each value of another trait.
fn by_code(by: &str, values: &OfEach, s: &Scenario) -> Form {
    let found = s.traits.iter().find(|(column, _)| *column.name == *by);
    let (column, names) = match found {
        Some((column, written)) => (column.clone(), written.values.clone().unwrap_or_default()),
        None => (ColumnDef::of::<Strategy>(), s.strategy_names()),
    };
    let values = match values {
        OfEach::Codes(values) => values.clone(),
        OfEach::Names(values) => {
            names.iter().map(|name| values.get(name).copied().unwrap_or_default()).collect()
        }
    };
    Form::By(column, values)
}

impl Form {
    /// The quantile `u` of the law; listed values go by place.
    fn quantile(&self, of: &For) -> f64 {
        let (u, read) = (of.u, of.read);
        let get = |pair: &[Parameter; 2]| [pair[0].value(read), pair[1].value(read)];
        let normal = |[mean, sd]: [f64; 2]| mean + sd * math::normal_quantile(u.clamp(1e-16, 1.0 - 1e-16));
        match self {
            Form::Same(x) => *x,
            Form::AnyOf(n) => (u * n).floor().min(n - 1.0),
            Form::Uniform(pair) => {
                let [a, b] = get(pair);
                a + u * (b - a)
            }
            Form::Normal(pair) => normal(get(pair)),
            Form::Lognormal(pair) => math::exp(normal(get(pair))),
            Form::Exponential(mean) => -mean.value(read) * math::ln(1.0 - u),
            Form::Beta(pair) => {
                let [a, b] = get(pair);
                math::beta_quantile(u, a, b)
            }
            Form::Pareto(pair) => {
                let [alpha, least] = get(pair);
                least * math::pow(1.0 - u, -1.0 / alpha)
            }
            Form::Cauchy(pair) => {
                let [median, half] = get(pair);
                let angle = std::f64::consts::PI * (u.max(1e-16) - 0.5);
                median + half * math::tan(angle)
            }
            Form::Poisson(mean) => math::poisson_quantile(u, mean.value(read)),
            Form::Gb2(parameters) => {
                let [a, b, p, q] = [0, 1, 2, 3].map(|nth: usize| parameters[nth].value(read));
                let y = math::beta_quantile(u, p, q).min(1.0 - 1e-16);
                b * math::pow(y / (1.0 - y), 1.0 / a)
            }
            Form::Choice(values) => {
                let found = values.iter().find(|(_, passed)| u < *passed);
                found.unwrap_or(&values[values.len() - 1]).0
            }
            Form::Range([first, last]) => {
                first + (last - first) * (of.agent % of.size) as f64 / (of.size - 1).max(1) as f64
            }
            // A file may have a value for everybody, a list has values for a group.
            Form::Listed(values) if values.len() > of.size => values[of.agent],
            Form::Listed(values) => values[of.agent % of.size % values.len()],
            Form::By(column, values) => {
                values.get(read(column) as usize).copied().unwrap_or(values[values.len() - 1])
            }
        }
    }
}

/// Least and greatest value that a type holds.
pub(crate) fn borders(dtype: Dtype) -> [f64; 2] {
    match dtype {
        Dtype::U8 => [0.0, 255.0],
        Dtype::U16 => [0.0, 65_535.0],
        Dtype::Bool => [0.0, 1.0],
        Dtype::U32 => [0.0, 4_294_967_295.0],
        Dtype::U64 => [0.0, 1.8e19],
        Dtype::F32 => [f64::from(f32::MIN), f64::from(f32::MAX)],
        Dtype::F64 => [f64::MIN, f64::MAX],
    }
}
