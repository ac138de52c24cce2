//! Folds of samples: over the ticks of one group, and over groups or pooled samples with standard errors.
//!
//! Everything is folded as it comes, so that a window costs memory by groups and not by ticks.

use super::expect::{Groups, Reduce};

/// One number, how uncertain it is, and from how many samples it comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number; NaN where there was no sample.
    pub value: f64,
    /// Standard error over the samples; `None` where there is one sample only, or no formula.
    pub se: Option<f64>,
    /// Samples that count: groups, or ticks and groups where they are pooled.
    pub samples: u64,
}

/// Central moments up to the fourth, sum and extremes of a sample, joined without a second look (Pébay 2008).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    count: u64,
    sum: f64,
    least: f64,
    most: f64,
    mean: f64,
    m2: f64,
    m3: f64,
    m4: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Moments::of(0.0, 0)
    }
}

impl Moments {
    /// A sample of `times` equal values.
    pub fn of(x: f64, times: u64) -> Moments {
        let (least, most) = if times == 0 { (f64::INFINITY, f64::NEG_INFINITY) } else { (x, x) };
        Moments {
            count: times,
            sum: if times == 0 { 0.0 } else { x * times as f64 },
            least,
            most,
            mean: x,
            m2: 0.0,
            m3: 0.0,
            m4: 0.0,
        }
    }

    /// The moments of present values; missing ones (NaN) are left out.
    pub fn of_present(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        for x in values.iter().filter(|x| !x.is_nan()) {
            moments.join(&Moments::of(*x, 1));
        }
        moments
    }

    /// Adds another sample to this one.
    pub fn join(&mut self, other: &Moments) {
        if other.count == 0 {
            return;
        }
        if self.count == 0 {
            *self = *other;
            return;
        }
        let (a, b) = (self.count as f64, other.count as f64);
        let n = a + b;
        let d = other.mean - self.mean;
        let r = d / n;
        self.m4 += other.m4
            + d * r * r * r * a * b * (a * a - a * b + b * b)
            + 6.0 * r * r * (a * a * other.m2 + b * b * self.m2)
            + 4.0 * r * (a * other.m3 - b * self.m3);
        self.m3 += other.m3 + d * r * r * a * b * (a - b) + 3.0 * r * (a * other.m2 - b * self.m2);
        self.m2 += other.m2 + d * r * a * b;
        self.mean += r * b;
        self.count += other.count;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.most = self.most.max(other.most);
    }

    /// Mean; exact where all values are equal, or whole numbers with a sum below 2^53.
    fn mean(&self) -> f64 {
        if self.count > 0 && self.least == self.most { self.least } else { self.sum / self.count as f64 }
    }

    /// The sample's `reduce`, with its standard error; `last`, `slope` and `period` have no meaning in a pooled
    /// sample and give NaN.
    pub fn estimate(&self, reduce: Reduce) -> Estimate {
        let n = self.count as f64;
        let (value, se) = match reduce {
            _ if self.count == 0 => (f64::NAN, None),
            Reduce::Mean => (self.mean(), self.sd().map(|sd| sd / n.sqrt())),
            Reduce::Sum => (self.sum, self.sd().map(|sd| sd * n.sqrt())),
            Reduce::Var => (self.var().unwrap_or(f64::NAN), self.se_of_var()),
            Reduce::Sd => {
                let sd = self.sd().unwrap_or(f64::NAN);
                // By the delta method; a sample without spread has none in its spread either.
                let se = self.se_of_var();
                (sd, se.map(|se| if sd == 0.0 { 0.0 } else { se / (2.0 * sd) }))
            }
            Reduce::Min => (self.least, None),
            Reduce::Max => (self.most, None),
            Reduce::Last | Reduce::Slope | Reduce::Period => (f64::NAN, None),
        };
        Estimate { value, se, samples: self.count }
    }

    fn var(&self) -> Option<f64> {
        (self.count > 1).then(|| self.m2 / (self.count - 1) as f64)
    }

    fn sd(&self) -> Option<f64> {
        self.var().map(f64::sqrt)
    }

    /// Standard error of the variance for any distribution: sqrt((m4 - var^2 (n - 3) / (n - 1)) / n).
    fn se_of_var(&self) -> Option<f64> {
        let var = self.var()?;
        let n = self.count as f64;
        let squared = (self.m4 / n - var * var * (n - 3.0) / (n - 1.0)) / n;
        Some(squared.max(0.0).sqrt())
    }
}

/// Groups, of which each gave one number, become one; missing ones (NaN) are left out.
pub(super) fn over_groups(values: &[f64], groups: Groups) -> Estimate {
    let moments = Moments::of_present(values);
    let reduce = match groups {
        Groups::Mean | Groups::Pooled => Reduce::Mean,
        Groups::Var => Reduce::Var,
        Groups::Sd => Reduce::Sd,
        Groups::Min => Reduce::Min,
        Groups::Max => Reduce::Max,
        Groups::Median => return median(values),
    };
    moments.estimate(reduce)
}

fn median(values: &[f64]) -> Estimate {
    let mut present: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    present.sort_by(f64::total_cmp);
    let n = present.len();
    let value = match n {
        0 => f64::NAN,
        n if n % 2 == 1 => present[n / 2],
        n => present[n / 2 - 1] / 2.0 + present[n / 2] / 2.0,
    };
    Estimate { value, se: None, samples: n as u64 }
}

/// The running fold of one metric in one group over the ticks of a window.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Sum {
        count: u64,
        sum: f64,
        mean: bool,
    },
    Spread {
        count: u64,
        mean: f64,
        m2: f64,
        root: bool,
    },
    Least(f64),
    Most(f64),
    Last(f64),
    Line(Line),
    /// first tick, number of ticks, value
    Series(Vec<(u64, u64, f64)>),
}

/// Least squares of a value on the tick, as running means and co-moments.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Line {
    count: f64,
    tick: f64,
    value: f64,
    tick_tick: f64,
    tick_value: f64,
}

impl Line {
    /// Adds `times` ticks from `first` on, all with the value `x`.
    fn add(&mut self, first: u64, times: u64, x: f64) {
        let k = times as f64;
        let n = self.count + k;
        let dt = first as f64 + (k - 1.0) / 2.0 - self.tick;
        let dx = x - self.value;
        let weight = self.count * k / n;
        // Ticks in a row have the squared deviations k (k^2 - 1) / 12 around their mean.
        self.tick_tick += k * (k * k - 1.0) / 12.0 + dt * dt * weight;
        self.tick_value += dt * dx * weight;
        self.tick += dt * k / n;
        self.value += dx * k / n;
        self.count = n;
    }
}

impl Cell {
    pub(super) fn new(reduce: Reduce) -> Cell {
        let spread = |root| Cell::Spread { count: 0, mean: 0.0, m2: 0.0, root };
        let sum = |mean| Cell::Sum { count: 0, sum: 0.0, mean };
        match reduce {
            Reduce::Mean => sum(true),
            Reduce::Sum => sum(false),
            Reduce::Var => spread(false),
            Reduce::Sd => spread(true),
            Reduce::Min => Cell::Least(f64::NAN),
            Reduce::Max => Cell::Most(f64::NAN),
            Reduce::Last => Cell::Last(f64::NAN),
            Reduce::Slope => Cell::Line(Line::default()),
            Reduce::Period => Cell::Series(vec![]),
        }
    }

    /// Adds `times` ticks from `first` on, all with the value `x`, which is not NaN.
    pub(super) fn add(&mut self, first: u64, times: u64, x: f64) {
        match self {
            Cell::Sum { count, sum, .. } => {
                *count += times;
                *sum += x * times as f64;
            }
            Cell::Spread { count, mean, m2, .. } => {
                let (a, b) = (*count as f64, times as f64);
                let d = x - *mean;
                *m2 += d * d * a * b / (a + b);
                *mean += d * b / (a + b);
                *count += times;
            }
            // f64::min and f64::max leave out the NaN that stands for nothing seen yet.
            Cell::Least(least) => *least = least.min(x),
            Cell::Most(most) => *most = most.max(x),
            Cell::Last(last) => *last = x,
            Cell::Line(line) => line.add(first, times, x),
            Cell::Series(runs) => runs.push((first, times, x)),
        }
    }

    /// The reduced value; NaN where there were too few samples for it.
    pub(super) fn value(&self) -> f64 {
        match *self {
            Cell::Series(ref runs) => period(runs),
            Cell::Sum { count: 0, .. } => f64::NAN,
            Cell::Sum { count, sum, mean } => sum / if mean { count as f64 } else { 1.0 },
            Cell::Spread { count, .. } if count < 2 => f64::NAN,
            Cell::Spread { count, m2, root, .. } => {
                let var = m2 / (count - 1) as f64;
                if root { var.sqrt() } else { var }
            }
            Cell::Least(x) | Cell::Most(x) | Cell::Last(x) => x,
            // One tick alone has no slope: 0 / 0 is the NaN that says so.
            Cell::Line(line) => line.tick_value / line.tick_tick,
        }
    }
}

/// Mean distance of the upward crossings of the mean; NaN where there are fewer than two.
fn period(runs: &[(u64, u64, f64)]) -> f64 {
    let ticks: u64 = runs.iter().map(|run| run.1).sum();
    let mean = runs.iter().map(|run| run.1 as f64 * run.2).sum::<f64>() / ticks as f64;
    let crossing = |pair: &[(u64, u64, f64)]| {
        let [(first, times, x), (next, _, y)] = [pair[0], pair[1]];
        let last = (first + times - 1) as f64;
        (x < mean && y >= mean).then(|| last + (mean - x) / (y - x) * (next as f64 - last))
    };
    let crossings: Vec<f64> = runs.windows(2).filter_map(crossing).collect();
    match crossings[..] {
        [first, .., last] => (last - first) / (crossings.len() - 1) as f64,
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
    }

    fn folded(reduce: Reduce, values: &[f64]) -> f64 {
        let mut cell = Cell::new(reduce);
        for (tick, x) in values.iter().enumerate() {
            cell.add(tick as u64 + 10, 1, *x);
        }
        cell.value()
    }

    #[test]
    fn ticks_reduce_as_worked_by_hand() {
        let values = [1.0, 4.0, 2.0, 5.0];
        let cases = [
            (Reduce::Mean, 3.0),
            (Reduce::Sum, 12.0),
            (Reduce::Var, 10.0 / 3.0),
            (Reduce::Sd, (10.0_f64 / 3.0).sqrt()),
            (Reduce::Min, 1.0),
            (Reduce::Max, 5.0),
            (Reduce::Last, 5.0),
            (Reduce::Slope, 1.0),
        ];
        for (reduce, expected) in cases {
            let got = folded(reduce, &values);
            assert!(close(got, expected), "{reduce:?} gave {got}");
        }
    }

    #[test]
    fn the_period_of_a_sine_is_its_own() {
        let values: Vec<f64> = (0..100).map(|t| 3.0 + crate::math::sin(f64::from(t) * 0.5)).collect();
        let got = folded(Reduce::Period, &values);
        assert!((got - 4.0 * std::f64::consts::PI).abs() < 0.02, "{got}");
        assert!(folded(Reduce::Period, &[1.0, 2.0, 1.0]).is_nan());
    }

    #[test]
    fn too_few_samples_are_missing() {
        for reduce in [Reduce::Mean, Reduce::Sum, Reduce::Min, Reduce::Last, Reduce::Slope] {
            assert!(folded(reduce, &[]).is_nan(), "{reduce:?}");
        }
        assert!(folded(Reduce::Var, &[3.0]).is_nan());
        assert!(folded(Reduce::Slope, &[3.0]).is_nan());
        assert!(over_groups(&[f64::NAN], Groups::Mean).value.is_nan());
        assert!(over_groups(&[], Groups::Median).value.is_nan());
    }

    #[test]
    fn standard_error_of_a_share_is_the_binomial_one() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(u8::from(i % 4 == 0))).collect();
        let got = over_groups(&values, Groups::Mean);
        let expected = (0.25_f64 * 0.75 / 399.0).sqrt();
        assert_eq!(got.value, 0.25);
        assert!(close(got.se.unwrap(), expected));
        assert_eq!(got.samples, 400);
    }

    #[test]
    fn one_group_has_no_standard_error_and_equal_groups_have_zero() {
        assert_eq!(over_groups(&[0.3, f64::NAN], Groups::Mean).se, None);
        let equal = over_groups(&[0.1; 3], Groups::Mean);
        assert_eq!((equal.value, equal.se), (0.1, Some(0.0)));
        assert_eq!(over_groups(&[0.1; 3], Groups::Sd).se, Some(0.0));
    }

    #[test]
    fn standard_error_of_a_variance_has_its_closed_form() {
        // Ones and zeros in equal number: m4 = 1/16 and m2 = 1/4 exactly.
        let values: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
        let got = over_groups(&values, Groups::Var);
        let var = 0.25 * 100.0 / 99.0;
        let se = ((1.0 / 16.0 - var * var * 97.0 / 99.0) / 100.0_f64).sqrt();
        assert!(close(got.value, var) && close(got.se.unwrap(), se));
        let sd = over_groups(&values, Groups::Sd);
        assert!(close(sd.value, var.sqrt()) && close(sd.se.unwrap(), se / (2.0 * var.sqrt())));
    }

    #[test]
    fn standard_error_of_a_normal_variance_is_var_times_root_two_over_n() {
        // Twelve uniform draws of a simple generator make one nearly normal value (kurtosis 2.9).
        let mut state = 1_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        let values: Vec<f64> = (0..20_000).map(|_| (0..12).map(|_| uniform()).sum()).collect();
        let got = over_groups(&values, Groups::Var);
        assert!((got.value - 1.0).abs() < 0.05, "{got:?}");
        let ratio = got.se.unwrap() / (got.value * (2.0_f64 / 20_000.0).sqrt());
        assert!((ratio - 0.975).abs() < 0.05, "{ratio}");
    }

    #[test]
    fn medians_lie_between_the_middle_ones() {
        assert_eq!(over_groups(&[3.0, f64::NAN, 1.0, 2.0], Groups::Median).value, 2.0);
        let even = over_groups(&[4.0, 1.0, 2.0, 3.0], Groups::Median);
        assert_eq!((even.value, even.se, even.samples), (2.5, None, 4));
        assert_eq!(over_groups(&[4.0, 1.0], Groups::Min).value, 1.0);
        assert_eq!(over_groups(&[4.0, 1.0], Groups::Max).value, 4.0);
    }

    proptest! {
        #[test]
        fn joined_moments_are_those_of_the_whole(a in prop::collection::vec(-5.0..5.0, 1..20), b in prop::collection::vec(-5.0..5.0, 1..20)) {
            let whole = [a.clone(), b.clone()].concat();
            let mut joined = Moments::of_present(&a);
            joined.join(&Moments::of_present(&b));
            let n = whole.len() as f64;
            let mean = whole.iter().sum::<f64>() / n;
            let central = |p: i32| whole.iter().map(|x| (x - mean).powi(p)).sum::<f64>();
            prop_assert!(close(joined.mean(), mean) && close(joined.mean, mean));
            prop_assert!(close(joined.m2, central(2)));
            prop_assert!(close(joined.m3, central(3)));
            prop_assert!(close(joined.m4, central(4)));
        }

        #[test]
        fn a_value_that_stays_is_as_good_as_repeated(values in prop::collection::vec(-5.0..5.0, 0..10), x in -5.0..5.0, times in 1_u64..30) {
            for reduce in [Reduce::Mean, Reduce::Var, Reduce::Sd, Reduce::Min, Reduce::Max, Reduce::Sum, Reduce::Last, Reduce::Slope] {
                let mut once = Cell::new(reduce);
                for (tick, x) in values.iter().enumerate() {
                    once.add(tick as u64, 1, *x);
                }
                let mut each = once.clone();
                let first = values.len() as u64;
                once.add(first, times, x);
                for tick in first..first + times {
                    each.add(tick, 1, x);
                }
                let (a, b) = (once.value(), each.value());
                prop_assert!(close(a, b) || (a.is_nan() && b.is_nan()), "{:?}: {} {}", reduce, a, b);
            }
        }
    }
}
