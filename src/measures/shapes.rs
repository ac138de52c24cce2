//! What is said of many numbers at once: inequality, diversity, clusters, order.

use crate::math::{cos, ln, sin};

/// Gini coefficient of values from 0 on, 0 for equal ones to 1 - 1/n; NaN where there is none or one is negative
/// (Gini 1912, as twice the rank-weighted sum over n times the sum, less (n + 1)/n).
pub(super) fn gini(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    if values.first().is_none_or(|&least| least < 0.0) {
        return f64::NAN;
    }
    let n = values.len() as f64;
    let sum: f64 = values.iter().sum();
    let ranked: f64 = values.iter().enumerate().map(|(rank, x)| (rank + 1) as f64 * x).sum();
    if sum == 0.0 { 0.0 } else { 2.0 * ranked / (n * sum) - (n + 1.0) / n }
}

/// The value below which a share `q` lies, on the line between two values where it falls between them (Hyndman and Fan
/// 1996, type 7).
pub(super) fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let place = q * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    values[below] + (place - below as f64) * (values[above] - values[below])
}

/// How often each value occurs, in the order of the values.
fn occurrences(values: &mut [f64]) -> Vec<f64> {
    values.sort_unstable_by(f64::total_cmp);
    values.chunk_by(|a, b| a == b).map(|same| same.len() as f64).collect()
}

/// How many different values there are.
pub(super) fn distinct(values: &mut [f64]) -> f64 {
    occurrences(values).len() as f64
}

/// Shannon's entropy of the shares of the values, in nats: 0 where all are equal; NaN of nothing (Shannon 1948).
pub(super) fn entropy(values: &mut [f64]) -> f64 {
    entropy_of(&occurrences(values))
}

/// Shannon's entropy of counts, in nats; NaN where they are all 0.
pub(super) fn entropy_of(counts: &[f64]) -> f64 {
    let all: f64 = counts.iter().sum();
    if all == 0.0 {
        return f64::NAN;
    }
    let share = counts.iter().filter(|count| **count > 0.0).map(|count| count / all);
    share.map(|share| -share * ln(share)).sum::<f64>().max(0.0)
}

/// Runs of sorted values with gaps below `gap` between neighbours, that hold at least `min_share` of the values.
pub(super) fn clusters(values: &mut [f64], gap: f64, min_share: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let least = min_share * values.len() as f64;
    values.chunk_by(|a, b| b - a < gap).filter(|run| run.len() as f64 >= least).count() as f64
}

/// Pearson's correlation of pairs; NaN where one side does not vary.
pub(super) fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let [x, y] = [pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n];
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for pair in pairs {
        let (dx, dy) = (pair.0 - x, pair.1 - y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    if xx > 0.0 && yy > 0.0 { xy / (xx * yy).sqrt() } else { f64::NAN }
}

/// Kuramoto's order parameter of angles in radians: the length of the mean of e^{iφ}, 0 to 1 (Kuramoto 1975).
pub(super) fn order(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let [x, y] = [cos, sin].map(|part| values.iter().map(|x| part(*x)).sum::<f64>() / n);
    x.hypot(y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inequality_is_nothing_among_equals_and_nearly_one_where_one_has_all() {
        assert_eq!(gini(&mut [2.0; 5]), 0.0);
        assert!((gini(&mut [0.0, 0.0, 0.0, 8.0]) - 0.75).abs() < 1e-12);
        assert!((gini(&mut [3.0, 1.0]) - 0.25).abs() < 1e-12);
        assert!(gini(&mut [-1.0, 2.0]).is_nan() && gini(&mut []).is_nan());
    }

    #[test]
    fn quantiles_lie_between_values() {
        assert_eq!(quantile(&mut [4.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&mut [4.0, 1.0], 0.25), 1.75);
        assert_eq!(quantile(&mut [4.0, 1.0], 1.0), 4.0);
    }

    #[test]
    fn diversity_counts_and_weighs_values() {
        assert_eq!(distinct(&mut [1.0, 3.0, 1.0]), 2.0);
        assert!((entropy(&mut [1.0, 2.0, 2.0, 1.0]) - ln(2.0)).abs() < 1e-12);
        assert_eq!(entropy(&mut [5.0, 5.0]), 0.0);
    }

    #[test]
    fn clusters_are_runs_without_gaps() {
        let values = [0.1, 0.12, 0.14, 0.5, 0.52, 0.9];
        assert_eq!(clusters(&mut values.clone(), 0.05, 0.0), 3.0);
        assert_eq!(clusters(&mut values.clone(), 0.05, 0.3), 2.0);
        assert_eq!(clusters(&mut values.clone(), 0.5, 0.0), 1.0);
    }

    #[test]
    fn correlation_and_order_are_one_where_all_agree() {
        assert!((correlation(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]) - 1.0).abs() < 1e-12);
        assert!((correlation(&[(1.0, 1.0), (2.0, 0.0)]) + 1.0).abs() < 1e-12);
        assert!(correlation(&[(1.0, 1.0), (1.0, 0.0)]).is_nan());
        assert!((order(&[0.5, 0.5]) - 1.0).abs() < 1e-12);
        assert!(order(&[0.0, std::f64::consts::PI]) < 1e-12);
    }
}
