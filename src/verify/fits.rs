//! Numbers that are read off several results: crossings, slopes, exponents.

use super::expect::Fit;
use super::reduce::Estimate;
use crate::math::{exp, ln};

/// Reads a number off results `y` at the places `x`; NaN where it is not there to read. [`Fit::Tail`] is read off samples
/// by [`tail`].
pub(super) fn read(fit: Fit, level: f64, x: &[f64], y: &[Estimate]) -> Estimate {
    let samples = y.iter().map(|y| y.samples).sum();
    let (value, se) = match fit {
        Fit::Crossing => crossing(level, x, y),
        Fit::Linear => slope(x, &y.iter().map(|y| (y.value, y.se)).collect::<Vec<_>>()),
        Fit::Power => {
            let logs: Vec<f64> = x.iter().map(|x| ln(*x)).collect();
            let of = |y: &Estimate| (ln(y.value), y.se.map(|se| se / y.value));
            slope(&logs, &y.iter().map(of).collect::<Vec<_>>())
        }
        Fit::Logistic => (logistic(x, &y.iter().map(|y| y.value).collect::<Vec<_>>()), None),
        Fit::Tail => (f64::NAN, None),
    };
    Estimate { value, se, samples }
}

/// Where the results first pass `level`, on the line between the two places around it.
fn crossing(level: f64, x: &[f64], y: &[Estimate]) -> (f64, Option<f64>) {
    if y.iter().any(|y| y.value.is_nan()) {
        return (f64::NAN, None);
    }
    for nth in 1..y.len() {
        let [a, b] = [y[nth - 1], y[nth]];
        let (below, above) = (a.value - level, b.value - level);
        if below == 0.0 {
            return (x[nth - 1], None);
        }
        if below * above < 0.0 {
            let width = x[nth] - x[nth - 1];
            let part = below / (a.value - b.value);
            // The derivative of the crossing with respect to each end.
            let steep = width / (a.value - b.value).abs();
            let se = a.se.zip(b.se).map(|(p, q)| steep * ((1.0 - part) * p).hypot(part * q));
            return (x[nth - 1] + part * width, se);
        }
    }
    let last = y.last().filter(|last| last.value == level).and_then(|_| x.last());
    (last.copied().unwrap_or(f64::NAN), None)
}

/// The slope of the least-squares line, with the error that comes from those of the results.
fn slope(x: &[f64], y: &[(f64, Option<f64>)]) -> (f64, Option<f64>) {
    let n = x.len() as f64;
    let mean = x.iter().sum::<f64>() / n;
    let squares: f64 = x.iter().map(|x| (x - mean) * (x - mean)).sum();
    let weight = |x: f64| (x - mean) / squares;
    let value = x.iter().zip(y).map(|(x, y)| weight(*x) * y.0).sum();
    let mut errors = x.iter().zip(y).map(|(x, y)| y.1.map(|se| weight(*x) * se));
    let variance = errors.try_fold(0.0, |sum, error| error.map(|error| sum + error * error));
    (value, variance.map(f64::sqrt))
}

/// R² of the logistic curve through the logits of the results; those at or beyond 0 and 1 have no logit and count in R²
/// alone.
fn logistic(x: &[f64], y: &[f64]) -> f64 {
    let inner: Vec<(f64, f64)> = x
        .iter()
        .zip(y)
        .filter(|(_, y)| **y > 0.0 && **y < 1.0)
        .map(|(x, y)| (*x, ln(y / (1.0 - y))))
        .collect();
    let n = inner.len() as f64;
    let places: Vec<f64> = inner.iter().map(|point| point.0).collect();
    let logits: Vec<(f64, Option<f64>)> = inner.iter().map(|point| (point.1, None)).collect();
    let (rise, _) = slope(&places, &logits);
    let [mean_x, mean_y] = [
        inner.iter().map(|point| point.0).sum::<f64>() / n,
        inner.iter().map(|point| point.1).sum::<f64>() / n,
    ];
    let curve = |x: f64| 1.0 / (1.0 + exp(-(mean_y + rise * (x - mean_x))));
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let rest: f64 = x.iter().zip(y).map(|(x, y)| (y - curve(*x)) * (y - curve(*x))).sum();
    let all: f64 = y.iter().map(|y| (y - mean) * (y - mean)).sum();
    1.0 - rest / all
}

/// Thresholds that [`tail`] tries, at most.
const THRESHOLDS: usize = 200;
/// Samples that a tail has, at least.
const FEWEST: usize = 10;

/// The exponent of the power law of the largest samples (Clauset, Shalizi and Newman 2009): the maximum of likelihood,
/// 1 + n / Σ ln(x / threshold), at the threshold with the least Kolmogorov-Smirnov distance; whole numbers are taken as
/// rounded ones, with the threshold half a unit lower (their equation 3.7). The error is (exponent - 1) / √n.
pub(super) fn tail(values: &[f64]) -> Estimate {
    let mut x: Vec<f64> = values.iter().copied().filter(|x| *x > 0.0).collect();
    x.sort_unstable_by(f64::total_cmp);
    let half = if x.iter().all(|x| x.fract() == 0.0) { 0.5 } else { 0.0 };
    let firsts: Vec<usize> = (0..x.len()).filter(|&k| k == 0 || x[k] > x[k - 1]).collect();
    let step = firsts.len().div_ceil(THRESHOLDS).max(1);
    let mut best = (f64::INFINITY, Estimate { value: f64::NAN, se: None, samples: 0 });
    for first in firsts.into_iter().step_by(step) {
        let part = &x[first..];
        let n = part.len() as f64;
        let from = part[0] - half;
        let logs: f64 = part.iter().map(|x| ln(x / from)).sum();
        if part.len() < FEWEST || logs <= 0.0 {
            break;
        }
        let exponent = 1.0 + n / logs;
        let distance = (0..part.len())
            .filter(|&k| k + 1 == part.len() || part[k + 1] > part[k])
            .map(|k| {
                let law = 1.0 - exp((1.0 - exponent) * ln((part[k] + half) / from));
                (law - (k + 1) as f64 / n).abs()
            })
            .fold(0.0, f64::max);
        if distance < best.0 {
            let se = Some((exponent - 1.0) / n.sqrt());
            best = (distance, Estimate { value: exponent, se, samples: part.len() as u64 });
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::pow;

    fn exact(values: &[f64]) -> Vec<Estimate> {
        values.iter().map(|&value| Estimate { value, se: Some(0.1), samples: 2 }).collect()
    }

    #[test]
    fn a_crossing_lies_on_the_line_between_its_neighbours() {
        let y = exact(&[0.0, 1.0, 4.0, 8.0]);
        let got = read(Fit::Crossing, 2.0, &[1.0, 2.0, 5.0, 6.0], &y);
        assert!((got.value - 3.0).abs() < 1e-12 && got.samples == 8);
        // A third of the way, over a width of 3 and a rise of 3: weights 2/3 and 1/3.
        assert!((got.se.unwrap() - 0.1 * (5.0_f64 / 9.0).sqrt()).abs() < 1e-12);
        assert_eq!(read(Fit::Crossing, 8.0, &[1.0, 2.0, 5.0, 6.0], &y).value, 6.0);
        assert!(read(Fit::Crossing, 9.0, &[1.0, 2.0, 5.0, 6.0], &y).value.is_nan());
    }

    #[test]
    fn lines_and_powers_give_back_their_slopes() {
        let x = [1.0, 2.0, 4.0, 8.0];
        let line = read(Fit::Linear, 0.0, &x, &exact(&[3.0, 5.0, 9.0, 17.0]));
        assert!((line.value - 2.0).abs() < 1e-12 && line.se.unwrap() > 0.0);
        let law: Vec<f64> = x.iter().map(|x| 5.0 * pow(*x, 1.5)).collect();
        assert!((read(Fit::Power, 0.0, &x, &exact(&law)).value - 1.5).abs() < 1e-12);
    }

    #[test]
    fn a_logistic_curve_explains_itself_and_a_parabola_does_not() {
        let x: Vec<f64> = (-5..=5).map(f64::from).collect();
        let curve: Vec<f64> = x.iter().map(|x| 1.0 / (1.0 + exp(1.0 - 2.0 * x))).collect();
        assert!((logistic(&x, &curve) - 1.0).abs() < 1e-9);
        let bow: Vec<f64> = x.iter().map(|x| 0.1 + 0.03 * x * x).collect();
        assert!(logistic(&x, &bow) < 0.2);
    }

    #[test]
    fn the_exponent_of_a_power_law_is_found_above_its_threshold() {
        // Quantiles of x^-2.5 above 1, and as many small values that follow no such law.
        let law = (0..5000).map(|k| pow((f64::from(k) + 0.5) / 5000.0, -1.0 / 1.5));
        let values: Vec<f64> = law.chain((0..2000).map(|k| f64::from(k) / 2000.0)).collect();
        let got = tail(&values);
        assert!((got.value - 2.5).abs() < 0.05, "{got:?}");
        assert!(tail(&[1.0, 2.0]).value.is_nan());
    }
}
