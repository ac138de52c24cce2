//! Quantiles of laws whose distribution function has no inverse in elementary functions.

use super::{exp, ln, normal_quantile};

/// Steps after which a quantile is taken as found: halving alone would need 60.
const STEPS: usize = 100;

/// ln Γ(x).
fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// The regularised incomplete beta function `I_x(a, b)`: the chance that a beta variable falls below `x`.
///
/// By Lentz's evaluation of its continued fraction (DLMF 8.17.22), on the side on which that converges quickly.
#[must_use]
pub fn beta_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_below(1.0 - x, b, a);
    }
    let ln_front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * ln(x) + b * ln(1.0 - x);
    let floor = |x: f64| if x.abs() < 1e-300 { 1e-300 } else { x };
    let mut d = 1.0 / floor(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut fraction) = (1.0, d);
    for m in 1..300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let before = fraction;
        for step in [even, odd] {
            d = 1.0 / floor(1.0 + step * d);
            c = floor(1.0 + step / c);
            fraction *= c * d;
        }
        if (fraction - before).abs() <= 1e-15 * fraction.abs() {
            break;
        }
    }
    exp(ln_front) * fraction / a
}

/// The point below which a beta variable of shapes `a` and `b`, both above 0, falls with probability `p`.
///
/// Newton's steps on `I_x(a, b)`, halved where they leave the interval that is left.
#[must_use]
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return if p <= 0.0 { 0.0 } else { 1.0 };
    }
    let ln_norm = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b);
    let (mut low, mut high) = (0.0, 1.0);
    // Near 0 the law is x^a / (a B(a, b)): halving alone would not reach quantiles of 1e-50 in time.
    let leading = exp((ln(p * a) - ln_norm) / a);
    if leading < f64::MIN_POSITIVE {
        return 0.0;
    }
    let mut x = leading.min(a / (a + b));
    for _ in 0..STEPS {
        let off = beta_below(x, a, b) - p;
        if off < 0.0 {
            low = x
        } else {
            high = x
        }
        let density = exp(ln_norm + (a - 1.0) * ln(x) + (b - 1.0) * ln(1.0 - x));
        let newton = x - off / density;
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        if (next - x).abs() <= 1e-15 * x {
            return next;
        }
        x = next;
    }
    x
}

/// The least whole number at or below which a Poisson variable of this mean falls with at least probability `p`.
///
/// By adding up the law to a mean of 500, above it by the expansion of Cornish and Fisher to the skewness, off by one
/// at most where it counts.
#[must_use]
pub fn poisson_quantile(p: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return 0.0;
    }
    if mean > 500.0 {
        let z = normal_quantile(p.clamp(1e-16, 1.0 - 1e-16));
        return (mean + mean.sqrt() * z + (z * z - 1.0) / 6.0).round().max(0.0);
    }
    let mut k = 0.0;
    let mut chance = exp(-mean);
    let mut below = chance;
    while below < p && k < mean + 40.0 * (mean.sqrt() + 1.0) {
        k += 1.0;
        chance *= mean / k;
        below += chance;
    }
    k
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beta_of_one_and_one_is_uniform_and_of_whole_shapes_a_polynomial() {
        for p in [1e-9, 0.01, 0.3, 0.5, 0.77, 0.999] {
            assert!((beta_quantile(p, 1.0, 1.0) - p).abs() < 1e-14);
            let x = beta_quantile(p, 2.0, 3.0);
            // I_x(2, 3) = x² (6 − 8x + 3x²)
            assert!((x * x * (6.0 - 8.0 * x + 3.0 * x * x) - p).abs() < 1e-13, "{p} {x}");
            let x = beta_quantile(p, 0.5, 0.5);
            let arcsine = super::super::sin(std::f64::consts::FRAC_PI_2 * p);
            assert!((x - arcsine * arcsine).abs() < 1e-12, "{p} {x}");
        }
    }

    #[test]
    fn beta_quantiles_of_steep_laws_are_found() {
        for (a, b) in [(0.05, 0.05), (200.0, 3.0), (1000.0, 1000.0), (0.3, 40.0)] {
            for p in [0.001, 0.2, 0.5, 0.9, 0.999] {
                let x = beta_quantile(p, a, b);
                assert!((0.0..=1.0).contains(&x), "{a} {b} {p} {x}");
                // Beside 1 numbers lie too far apart to have the chance itself: it lies between those of neighbours.
                let [below, above] = [1.0 - 2e-15, 1.0 + 2e-15].map(|by| beta_below((x * by).min(1.0), a, b));
                assert!(below < p + 1e-9 && above > p - 1e-9, "{a} {b} {p} {x}");
            }
        }
    }

    #[test]
    fn poisson_quantiles_are_those_of_the_law() {
        // P(X = 0) = e^-2 = 0.1353, P(X ≤ 1) = 3 e^-2 = 0.4060, P(X ≤ 2) = 5 e^-2 = 0.6767
        let found = [0.13, 0.14, 0.40, 0.41, 0.67, 0.68].map(|p| poisson_quantile(p, 2.0));
        assert_eq!(found, [0.0, 1.0, 1.0, 2.0, 2.0, 3.0]);
        assert_eq!(poisson_quantile(0.5, 10_000.0), 10_000.0);
        assert_eq!(poisson_quantile(0.3, 0.0), 0.0);
    }
}
