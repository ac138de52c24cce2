//! How the tests of chance judge counts. Seeds are fixed, so a test that passes passes for ever;
//! the false-alarm rate says how likely a sound generator would have failed it when it was written.

/// The chi-square statistic of counts against probabilities, as standard deviations of a normal
/// variable (Wilson & Hilferty 1931). A class of probability 0 must be empty.
pub(super) fn surprise(counts: &[u64], probabilities: &[f64]) -> f64 {
    assert_eq!(counts.len(), probabilities.len());
    let total = counts.iter().sum::<u64>() as f64;
    let (mut sum, mut freedom) = (0.0, -1.0);
    for (&count, probability) in counts.iter().zip(probabilities) {
        let expected = total * probability;
        if *probability == 0.0 {
            assert_eq!(count, 0, "something impossible was drawn");
            continue;
        }
        assert!(expected > 4.0, "too few draws for a chi-square test: {expected} in a class");
        sum += (count as f64 - expected).powi(2) / expected;
        freedom += 1.0;
    }
    let spread = 2.0 / (9.0 * freedom);
    (f64::cbrt(sum / freedom) - (1.0 - spread)) / spread.sqrt()
}

/// Five standard deviations either way: a false alarm once in 1.7 million tests. With few classes
/// the lower side is out of reach.
pub(super) fn fits(what: &str, counts: &[u64], probabilities: &[f64]) {
    let surprise = surprise(counts, probabilities);
    assert!(surprise.abs() < 5.0, "{what}: {surprise} standard deviations");
}

/// [`fits`] for classes of equal probability.
pub(super) fn fits_evenly(what: &str, counts: &[u64]) {
    fits(what, counts, &vec![1.0 / counts.len() as f64; counts.len()]);
}
