//! From samples to verdicts.

use super::expect::{Fit, Groups, Relation, Take};
use super::expectation::{Expectation, Formula, Point, Reference};
use super::fields::Margin;
use super::fits::tail;
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
    /// Compares; `samples` are those of [`Expectation::points`], in their order, with all replicates joined, and then
    /// those of the points of [`Expectation::reference`], where there is one.
    ///
    /// # Panics
    /// Where there is not one sample for each point, or a sample is of another expectation.
    pub fn outcomes(&self, window: &Window, samples: &[Sample]) -> Vec<Outcome> {
        let points = self.points();
        let others = self.reference().map_or(0, |other| other.points().len());
        assert_eq!(points.len() + others, samples.len(), "one sample for each point");
        let (own, others) = samples.split_at(points.len());
        let results = self.results(own);
        assert_eq!(results.len(), self.len(), "samples are of this expectation");
        if let Some(reference) = &self.reference {
            let others = Others { reference, results: reference.of.results(others), samples: others, own };
            let compare = |nth| self.relative(window, nth, &points, results[nth], &others);
            return (0..self.len()).map(compare).collect();
        }
        if self.value(0).is_none() || self.relation == Relation::Crosses {
            let series = self.series(self.len());
            return series.iter().map(|indices| self.mutual(window, indices, &results)).collect();
        }
        (0..self.len()).map(|index| self.single(window, index, &points, results[index])).collect()
    }

    /// The numbers that samples give: reduced, combined, fitted.
    fn results(&self, samples: &[Sample]) -> Vec<Estimate> {
        let results: Vec<Estimate> = samples.iter().flat_map(|sample| self.estimates(sample)).collect();
        let Some(fit) = self.fit.filter(|_| self.fits_along().is_some()) else { return results };
        let places = self.places();
        let read = |indices: &Vec<usize>| {
            let series: Vec<Estimate> = indices.iter().map(|nth| results[*nth]).collect();
            super::fits::read(fit, self.level, &places, &series)
        };
        self.series(results.len()).iter().map(read).collect()
    }

    fn estimates(&self, sample: &Sample) -> Vec<Estimate> {
        let all: Vec<Estimate> = match &sample.0 {
            Parts::Groups(all) if self.fit == Some(Fit::Tail) => all.iter().map(|x| tail(x)).collect(),
            Parts::Groups(all) => all.iter().map(|values| over_groups(values, self.groups)).collect(),
            Parts::Pool(all) => all.iter().map(|pool| pool.estimate(self.reduce)).collect(),
            Parts::All(all) => all.iter().map(|all| tail(&repeated(all))).collect(),
        };
        if self.sampled.is_none() {
            return all;
        }
        let many = self.sampled().len();
        let mut combined = vec![];
        for (row, parts) in all.chunks(many).enumerate() {
            let values = match &sample.0 {
                Parts::Groups(all) if self.groups == Groups::Mean => Some(&all[row * many..][..many]),
                _ => None,
            };
            for metric in &self.metrics {
                let value = metric.evaluate(&mut |nth| parts[nth].value);
                let se = values.and_then(|values| jackknife(metric, values));
                let samples = parts.iter().map(|part| part.samples).min().unwrap_or(0);
                combined.push(Estimate { value, se, samples });
            }
        }
        combined
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
        let at = match &self.bin {
            _ if self.fits_along() == Some(1) => self.course(),
            Some((bin, bins)) => {
                let [low, high] = [bins.edges[component.at], bins.edges[component.at + 1]];
                format!("{} from {low} to {high}", bin.expression.text())
            }
            None => window.label(component.at),
        };
        Outcome {
            id: self.id.clone(),
            part: self.part(index),
            metric: self.metrics()[component.metric].to_string(),
            along: String::new(),
            at,
            relation: self.relation,
            expected: 0.0,
            got: f64::NAN,
            tolerance: f64::NAN,
            se: None,
            pass: false,
            samples: 0,
        }
    }

    fn single(&self, window: &Window, index: usize, points: &[Point], estimate: Estimate) -> Outcome {
        let expected = self.value(index).expect("numbers with a value are compared here");
        let tolerance = self.allowance(index, expected, estimate.se);
        let outcome = Outcome { expected, tolerance, se: estimate.se, ..self.blank(window, index) };
        self.judged(outcome, index, points, estimate)
    }

    /// Fills in what came out, and whether it is as it should be.
    fn judged(&self, mut outcome: Outcome, index: usize, points: &[Point], estimate: Estimate) -> Outcome {
        let (got, expected, tolerance) = (estimate.value, outcome.expected, outcome.tolerance);
        // NaN on either side makes every one of these false.
        outcome.pass = match self.relation {
            Relation::Less if tolerance == 0.0 => got < expected,
            Relation::Greater if tolerance == 0.0 => got > expected,
            Relation::Less | Relation::LessOrEqual => got <= expected + tolerance,
            Relation::Greater | Relation::GreaterOrEqual => got >= expected - tolerance,
            _ => (got - expected).abs() <= tolerance,
        };
        outcome.along = match self.fits_along() {
            Some(0) => self.course(),
            _ => points[self.component(index).point].label.clone(),
        };
        Outcome { got, samples: estimate.samples, ..outcome }
    }

    /// A number that is compared with what another case, other values or another metric gives.
    fn relative(
        &self,
        window: &Window,
        index: usize,
        points: &[Point],
        own: Estimate,
        others: &Others,
    ) -> Outcome {
        let reference = others.reference;
        let (place, other) = others.of(self, index);
        let expected = other.value * reference.times + reference.plus;
        let mut outcome = Outcome { expected, ..self.blank(window, index) };
        outcome.se = own.se.zip(other.se).map(|(a, b)| a.hypot(b * reference.times));
        outcome.tolerance = self.allowance(index, expected, outcome.se);
        let inner = self.rows() * self.metrics.len();
        if let Some(confidence) = reference.confidence {
            let own = others.own[index / inner].of_groups(index % inner);
            let other = others.samples[place / inner].of_groups(place % inner);
            let differences: Vec<f64> =
                own.iter().zip(other).map(|(x, y)| x - (y * reference.times + reference.plus)).collect();
            let difference = over_groups(&differences, Groups::Mean);
            let free = difference.samples.saturating_sub(1);
            outcome.se = difference.se;
            // So far on the right side the mean difference has to lie; for "equal", so near to nothing.
            let sure = difference.se.map_or(f64::NAN, |se| {
                let both = self.relation == Relation::Equal;
                let p = if both { 0.5 + 0.5 * confidence } else { confidence };
                super::student::quantile(p, free.max(1)) * if both { se } else { -se }
            });
            // Groups that one side lacks are left out of both.
            let got = expected + difference.value;
            outcome.tolerance = sure;
            return self.judged(outcome, index, points, Estimate { value: got, ..difference });
        }
        self.judged(outcome, index, points, own)
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
        let (got, from, to) = self.course_of(&series, self.value(indices[0]));
        outcome.got = got;
        outcome.se = from.se.zip(to.se).map(|(a, b)| a.hypot(b));
        let scale = series.iter().map(|e| e.value.abs()).sum::<f64>() / series.len() as f64;
        outcome.tolerance = self.allowance(indices[0], scale, outcome.se);
        outcome.pass = match self.relation {
            Relation::Equal => outcome.got <= outcome.tolerance,
            _ if outcome.tolerance == 0.0 => outcome.got > 0.0,
            _ => outcome.got >= -outcome.tolerance,
        };
        outcome
    }

    /// How far a course goes the right way where it does so least, and the two results that say so; of equal results the
    /// largest difference.
    fn course_of(&self, series: &[Estimate], value: Option<f64>) -> (f64, Estimate, Estimate) {
        let by_value = |a: &&Estimate, b: &&Estimate| a.value.total_cmp(&b.value);
        let least = *series.iter().min_by(by_value).expect("there are two results");
        let most = *series.iter().max_by(by_value).expect("there are two results");
        let sign = match self.relation {
            Relation::Decreasing | Relation::InteriorMin => -1.0,
            _ => 1.0,
        };
        match self.relation {
            Relation::Increasing | Relation::Decreasing => {
                let step = |pair: &[Estimate]| sign * (pair[1].value - pair[0].value);
                let worst = series.windows(2).min_by(|a, b| step(a).total_cmp(&step(b)));
                let pair = worst.expect("a course of one result was refused");
                (step(pair), pair[0], pair[1])
            }
            Relation::InteriorMax | Relation::InteriorMin => {
                let (inner, ends) = (&series[1..series.len() - 1], [series[0], series[series.len() - 1]]);
                let height = |e: &Estimate| sign * e.value;
                let top = *inner
                    .iter()
                    .max_by(|a, b| height(a).total_cmp(&height(b)))
                    .expect("fewer than three results were refused");
                let end = if height(&ends[0]) > height(&ends[1]) { ends[0] } else { ends[1] };
                (height(&top) - height(&end), end, top)
            }
            Relation::Crosses => {
                let value = value.unwrap_or(f64::NAN);
                ((most.value - value).min(value - least.value), least, most)
            }
            _ => (most.value - least.value, least, most),
        }
    }
}

/// What results are compared with.
struct Others<'a> {
    reference: &'a Reference,
    results: Vec<Estimate>,
    samples: &'a [Sample],
    own: &'a [Sample],
}

impl Others<'_> {
    /// The index of the result that a number is compared with, and that result.
    fn of(&self, own: &Expectation, index: usize) -> (usize, Estimate) {
        let Some(take) = self.reference.take else { return (index, self.results[index]) };
        let inner = own.rows() * own.metrics.len();
        let sign = if take == Take::Max { 1.0 } else { -1.0 };
        let of = (index % inner..self.results.len()).step_by(inner);
        // A missing result makes the extreme a missing one: it might have been that.
        let taken = of.max_by(|a, b| {
            let [a, b] = [a, b].map(|nth| sign * self.results[*nth].value);
            a.is_nan().cmp(&b.is_nan()).then(a.total_cmp(&b))
        });
        let taken = taken.expect("an axis without values was refused");
        (taken, self.results[taken])
    }
}

fn repeated(all: &[(f64, u64)]) -> Vec<f64> {
    all.iter().flat_map(|(x, times)| std::iter::repeat_n(*x, *times as usize)).collect()
}

/// The standard error of a formula of means over groups: each group is left out in turn (Tukey 1958).
fn jackknife(metric: &Formula, values: &[Vec<f64>]) -> Option<f64> {
    let of = |values: &Vec<f64>| {
        let present = values.iter().filter(|x| !x.is_nan());
        present.fold((0.0, 0.0), |(n, sum), x| (n + 1.0, sum + x))
    };
    let sums: Vec<(f64, f64)> = values.iter().map(of).collect();
    let groups = values.first().map_or(0, Vec::len);
    let without = |group: usize| {
        metric.evaluate(&mut |nth| {
            let (n, sum) = sums[nth];
            let x = values[nth][group];
            if x.is_nan() { sum / n } else { (sum - x) / (n - 1.0) }
        })
    };
    let left: Vec<f64> = (0..groups).map(without).collect();
    let n = groups as f64;
    let mean = left.iter().sum::<f64>() / n;
    let squares: f64 = left.iter().map(|x| (x - mean) * (x - mean)).sum();
    (groups > 1 && squares.is_finite()).then(|| (squares * (n - 1.0) / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::expectation;
    use super::super::reduce::Moments;
    use super::*;

    /// Outcomes of one metric at the end, given the groups' values at each point.
    fn outcomes(body: &str, points: &[&[f64]]) -> Vec<Outcome> {
        let expectation = expectation(&format!("metric = \"x\"\nat = \"end\"\n{body}"));
        let samples = points.iter().map(|groups| Sample(Parts::Groups(vec![groups.to_vec()])));
        expectation.outcomes(&Window::End, &samples.collect::<Vec<_>>())
    }

    fn passes(body: &str, groups: &[f64]) -> bool {
        outcomes(body, &[groups])[0].pass
    }

    #[test]
    fn an_outcome_says_all_that_a_line_of_json_wants() {
        let got = outcomes("value = 0.5\ntolerance = 0.3", &[&[1.0, 0.0, 1.0, 1.0]]);
        assert_eq!(got.len(), 1);
        let outcome = &got[0];
        assert_eq!((outcome.got, outcome.expected, outcome.tolerance), (0.75, 0.5, 0.3));
        assert_eq!(outcome.se, Some(0.25));
        assert_eq!((outcome.samples, outcome.pass, outcome.at.as_str()), (4, true, "end"));
        let json = serde_json::to_value(outcome).unwrap();
        assert_eq!(json["metric"], "x");
        assert_eq!(json["relation"], "equal");
        assert_eq!(json["part"], 1);
    }

    #[test]
    fn relations_compare_and_tolerate_on_the_wrong_side_only() {
        let cases = [
            ("value = 2\ntolerance = 0", 2.0, true),
            ("value = 2\ntolerance = 0", 2.1, false),
            ("value = -2\ntolerance = \"10 %\"", -2.19, true),
            ("value = -2\ntolerance = \"10 %\"", -2.21, false),
            ("value = 2\nrelation = \"<\"", 2.0, false),
            ("value = 2\nrelation = \"<=\"", 2.0, true),
            ("value = 2\nrelation = \"<\"\ntolerance = 0.5", 2.4, true),
            ("value = 2\nrelation = \">\"", 2.0, false),
            ("value = 2\nrelation = \">=\"", 2.0, true),
            ("value = 2\nrelation = \">=\"\ntolerance = 0.5", 1.4, false),
        ];
        for (body, x, pass) in cases {
            assert_eq!(passes(body, &[x]), pass, "{body} with {x}");
        }
        for relation in ["equal", "<", "<=", ">", ">="] {
            let body = format!("value = 2\ntolerance = 1\nrelation = \"{relation}\"");
            assert!(!passes(&body, &[f64::NAN]), "{relation}");
        }
    }

    #[test]
    fn sigmas_are_standard_errors_and_fail_without_one() {
        // Mean 0.75 with a standard error of 0.25.
        let groups = [1.0, 0.0, 1.0, 1.0];
        assert!(passes("value = 0.26\nsigmas = 2", &groups));
        assert!(!passes("value = 0.24\nsigmas = 2", &groups));
        assert!(!passes("value = 1\nsigmas = 2", &[1.0]));
        assert!(passes("value = 1\nsigmas = 2", &[1.0, 1.0]));
    }

    #[test]
    fn each_component_has_its_own_place() {
        let body = "part = 7\nalong = { \"game.cost\" = [1, 2] }\nvalue = [0, 1]\ntolerance = [0, 0.5]";
        let got = outcomes(body, &[&[0.0], &[1.4]]);
        assert_eq!((got[1].part, got[1].along.as_str()), (8, "game.cost = 2"));
        assert!(got[0].pass && got[1].pass);
        assert_eq!(got[1].tolerance, 0.5);
    }

    #[test]
    fn courses_fail_at_their_smallest_step() {
        let along = "along = { \"a.b\" = [1, 2, 3] }\n";
        let run = |relation: &str, values: [f64; 3]| {
            let points: Vec<[f64; 2]> = values.iter().map(|x| [x - 0.3, x + 0.3]).collect();
            let points: Vec<&[f64]> = points.iter().map(|p| &p[..]).collect();
            outcomes(&format!("{along}{relation}"), &points).remove(0)
        };
        let up = run("relation = \"increasing\"", [1.0, 2.0, 5.0]);
        assert!(up.pass && (up.got - 1.0).abs() < 1e-12 && up.samples == 6);
        assert!((up.se.unwrap() - (2.0_f64 * 0.09).sqrt()).abs() < 1e-12);
        assert!(!run("relation = \"increasing\"", [1.0, 1.0, 5.0]).pass);
        assert!(run("relation = \"increasing\"\ntolerance = 0.1", [1.0, 0.95, 5.0]).pass);
        assert!(!run("relation = \"increasing\"\ntolerance = 0.1", [1.0, f64::NAN, 5.0]).pass);
        let down = run("relation = \"decreasing\"", [3.0, 1.0, 0.5]);
        assert!(down.pass && (down.got - 0.5).abs() < 1e-12);
        let equal = run("relation = \"equal\"\ntolerance = \"10 %\"", [1.0, 1.05, 0.95]);
        assert!((equal.got - 0.1).abs() < 1e-12 && equal.along == "a.b");
        assert!(!run("tolerance = \"5 %\"", [1.0, 1.05, 0.95]).pass);
    }

    #[test]
    fn ticks_make_a_course_where_no_axis_does() {
        let expectation = expectation("metric = [\"x\", \"y\"]\nat = [1, 2]\nrelation = \"increasing\"");
        let sample = Sample(Parts::Groups(vec![vec![1.0], vec![5.0], vec![2.0], vec![4.0]]));
        let got = expectation.outcomes(&Window::At(vec![1, 2]), &[sample]);
        let steps: Vec<_> = got.iter().map(|o| (o.metric.as_str(), o.got, o.pass)).collect();
        assert_eq!(steps, [("x", 1.0, true), ("y", -1.0, false)]);
    }

    #[test]
    fn pooled_samples_are_one_sample_of_ticks_and_groups() {
        let expectation = expectation(
            "metric = \"x\"\nover = [1, 2]\ngroups = \"pooled\"\nreduce = \"var\"\nvalue = 1.25\nsigmas = 2",
        );
        let mut one = Sample(Parts::Pool(vec![Moments::of_present(&[1.0, 2.0])]));
        one.join(Sample(Parts::Pool(vec![Moments::of_present(&[3.0, 4.0])])));
        let window = Window::Over { first: 1, last: 2 };
        let got = expectation.outcomes(&window, &[one]).remove(0);
        // Squares around 2.5 sum to 5, fourth powers to 10.25: m4 = 2.5625 and var = 5/3 with n = 4.
        let se = ((2.5625 - (25.0 / 9.0) / 3.0) / 4.0_f64).sqrt();
        assert!((got.got - 5.0 / 3.0).abs() < 1e-12);
        assert!((got.se.unwrap() - se).abs() < 1e-12);
        assert!(got.pass && got.samples == 4 && got.at == "ticks 1 to 2");
    }
}
