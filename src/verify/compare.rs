//! From samples to verdicts.

use super::check::{Expectation, Point};
use super::expect::Relation;
use super::fields::Margin;
use super::reduce::{Estimate, over_groups};
use super::samples::{Parts, Sample};
use super::window::Window;
use serde::Serialize;

/// One comparison and how it ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The result that is reproduced.
    pub id: String,
    /// Which component of it, from 1; of a course, the first.
    pub part: u32,
    /// The metric as written.
    pub metric: String,
    /// The place along the axes; empty without one.
    pub along: String,
    /// The tick or ticks, in words.
    pub at: String,
    /// How `got` compares with `expected`.
    pub relation: Relation,
    /// The value; for results compared with each other 0, which `got` is the difference to.
    pub expected: f64,
    /// What came out; of a course the smallest step in its direction, of equal results the largest difference; NaN
    /// where there was no sample.
    pub got: f64,
    /// How far `got` may lie on the wrong side; NaN where `sigmas` found no standard error.
    pub tolerance: f64,
    /// Standard error of `got` over groups and replicates, or over pooled samples; `None` where there is but one, or no
    /// formula.
    pub se: Option<f64>,
    /// Whether the comparison holds.
    pub pass: bool,
    /// Groups, or pooled samples, behind `got`.
    pub samples: u64,
}

impl Expectation {
    /// Compares; `samples` are those of [`Expectation::points`], in their order, with all replicates joined.
    ///
    /// # Panics
    /// Where there is not one sample for each point, or a sample is of another expectation.
    pub fn outcomes(&self, window: &Window, samples: &[Sample]) -> Vec<Outcome> {
        let points = self.points();
        assert_eq!(points.len(), samples.len(), "one sample for each point");
        let estimates: Vec<Estimate> = samples
            .iter()
            .flat_map(|sample| self.estimates(sample))
            .collect();
        assert_eq!(
            estimates.len(),
            self.len(),
            "samples are of this expectation"
        );
        if self.value(0).is_none() {
            let series = self.series();
            return series
                .iter()
                .map(|indices| self.mutual(window, indices, &estimates))
                .collect();
        }
        (0..self.len())
            .map(|index| self.single(window, index, &points, estimates[index]))
            .collect()
    }

    fn estimates(&self, sample: &Sample) -> Vec<Estimate> {
        match &sample.0 {
            Parts::Groups(all) => all
                .iter()
                .map(|values| over_groups(values, self.groups))
                .collect(),
            Parts::Pool(all) => all.iter().map(|pool| pool.estimate(self.reduce)).collect(),
        }
    }

    /// The tolerance of a number: what is written, or `sigmas` standard errors, or none.
    fn allowance(&self, index: usize, scale: f64, se: Option<f64>) -> f64 {
        match (self.margin(index), self.sigmas) {
            (_, Some(sigmas)) => se.map_or(f64::NAN, |se| sigmas * se),
            (Some(margin), None) => margin.around(scale),
            (None, None) => Margin::Absolute(0.0).around(scale),
        }
    }

    fn blank(&self, window: &Window, index: usize) -> Outcome {
        let component = self.component(index);
        Outcome {
            id: self.id.clone(),
            part: self.part(index),
            metric: self.metrics()[component.metric].to_string(),
            along: String::new(),
            at: window.label(component.at),
            relation: self.relation,
            expected: 0.0,
            got: f64::NAN,
            tolerance: f64::NAN,
            se: None,
            pass: false,
            samples: 0,
        }
    }

    fn single(
        &self,
        window: &Window,
        index: usize,
        points: &[Point],
        estimate: Estimate,
    ) -> Outcome {
        let expected = self
            .value(index)
            .expect("numbers with a value are compared here");
        let tolerance = self.allowance(index, expected, estimate.se);
        let got = estimate.value;
        // NaN on either side makes every one of these false.
        let pass = match self.relation {
            Relation::Less if tolerance == 0.0 => got < expected,
            Relation::Greater if tolerance == 0.0 => got > expected,
            Relation::Less | Relation::LessOrEqual => got <= expected + tolerance,
            Relation::Greater | Relation::GreaterOrEqual => got >= expected - tolerance,
            _ => (got - expected).abs() <= tolerance,
        };
        Outcome {
            along: points[self.component(index).point].label.clone(),
            expected,
            got,
            tolerance,
            se: estimate.se,
            pass,
            samples: estimate.samples,
            ..self.blank(window, index)
        }
    }

    /// Results that are compared with each other: their smallest step in the right direction, or largest difference.
    fn mutual(&self, window: &Window, indices: &[usize], estimates: &[Estimate]) -> Outcome {
        let series: Vec<Estimate> = indices.iter().map(|i| estimates[*i]).collect();
        let mut outcome = self.blank(window, indices[0]);
        outcome.along = self.course();
        outcome.samples = series.iter().map(|e| e.samples).sum();
        if series.iter().any(|e| e.value.is_nan()) {
            return outcome;
        }
        let by_value = |a: &&Estimate, b: &&Estimate| a.value.total_cmp(&b.value);
        let (from, to) = match self.relation {
            Relation::Increasing | Relation::Decreasing => {
                let sign = if self.relation == Relation::Increasing {
                    1.0
                } else {
                    -1.0
                };
                let step = |pair: &[Estimate]| sign * (pair[1].value - pair[0].value);
                let worst = series.windows(2).min_by(|a, b| step(a).total_cmp(&step(b)));
                let pair = worst.expect("a course of one result was refused");
                outcome.got = step(pair);
                (pair[0], pair[1])
            }
            _ => {
                let least = *series
                    .iter()
                    .min_by(by_value)
                    .expect("there are two results");
                let most = *series
                    .iter()
                    .max_by(by_value)
                    .expect("there are two results");
                outcome.got = most.value - least.value;
                (least, most)
            }
        };
        outcome.se = from.se.zip(to.se).map(|(a, b)| a.hypot(b));
        let scale = series.iter().map(|e| e.value.abs()).sum::<f64>() / series.len() as f64;
        outcome.tolerance = self.allowance(indices[0], scale, outcome.se);
        outcome.pass = match self.relation {
            Relation::Increasing | Relation::Decreasing if outcome.tolerance == 0.0 => {
                outcome.got > 0.0
            }
            Relation::Increasing | Relation::Decreasing => outcome.got >= -outcome.tolerance,
            _ => outcome.got <= outcome.tolerance,
        };
        outcome
    }
}
