//! What a run hands over: the metrics of one expectation, folded group by group as the ticks pass.

use super::expect::{Fit, Groups, Reduce};
use super::expectation::{Expectation, Formula};
use super::fields::Bins;
use super::reduce::{Cell, Moments};
use super::window::Window;
use crate::scenario::expression::holds;
use std::fmt;

/// More memory than there is would be needed for the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLarge {
    /// Bytes that the samples would take.
    pub bytes: u64,
}

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.bytes;
        write!(f, "the samples of this expectation take {bytes} bytes; run fewer groups")
    }
}

impl std::error::Error for TooLarge {}

/// The samples of one run and one expectation, while the run goes on.
///
/// [`Sampler::sample`] is called at the end of each tick that [`Sampler::wants`], tick 0 included, in rising order, and
/// [`Sampler::finish`] once. A group that has stopped answers with the values it had when it stopped.
#[derive(Debug)]
pub struct Sampler<'e> {
    metrics: &'e [Formula],
    condition: Option<&'e Formula>,
    bin: Option<&'e (Formula, Bins)>,
    window: Window,
    groups: usize,
    store: Store,
    /// When each `first_tick` metric first held, [metric][group], NaN before; empty where there is none.
    hits: Vec<f64>,
}

#[derive(Debug)]
enum Store {
    /// [tick of `at`][metric][group], NaN where missing
    Points(Vec<f64>),
    /// [bin][metric][group]
    Groups(Vec<Cell>),
    /// [bin][metric]
    Pool(Vec<Moments>),
    /// [metric]: every sample, with how often it came
    All(Vec<Vec<(f64, u64)>>),
}

/// Ticks for which a value counts.
#[derive(Debug, Clone, Copy)]
enum Span {
    /// One component of `at`.
    Point(usize),
    /// So many ticks of a window, from the first on.
    Ticks { first: u64, times: u64 },
}

/// How many bins the samples of a metric fall into.
fn bins(expectation: &Expectation) -> usize {
    expectation.bin.as_ref().map_or(1, |(_, bins)| bins.count())
}

/// A vector of equal values, or how many bytes could not be had.
fn filled<T: Clone>(value: T, counts: &[usize]) -> Result<Vec<T>, TooLarge> {
    let count = counts.iter().copied().fold(1, usize::saturating_mul);
    let bytes = (count as u64).saturating_mul(size_of::<T>() as u64);
    let mut all = Vec::new();
    all.try_reserve_exact(count).map_err(|_| TooLarge { bytes })?;
    all.resize(count, value);
    Ok(all)
}

impl<'e> Sampler<'e> {
    /// Bytes that a sampler takes for so many groups, for `plan` and for a check before it is made.
    pub fn bytes(expectation: &Expectation, window: &Window, groups: usize) -> u64 {
        let metrics = (expectation.sampled().len() * bins(expectation)) as u64;
        let cells = metrics.saturating_mul(groups as u64);
        let first_ticks = expectation.sampled().iter().any(|m| m.expression.is_first_tick());
        let hits = if first_ticks { cells.saturating_mul(8) } else { 0 };
        let ticks = match window {
            Window::Over { first, last } => (last - first).saturating_add(1),
            _ => 1,
        };
        let store = match (window, expectation.groups) {
            (Window::Over { .. }, Groups::Pooled) if expectation.fit == Some(Fit::Tail) => {
                cells.saturating_mul(16).saturating_mul(ticks)
            }
            (Window::Over { .. }, _) if expectation.reduce == Reduce::Period => {
                cells.saturating_mul(24).saturating_mul(ticks)
            }
            (Window::Over { .. }, Groups::Pooled) => metrics * size_of::<Moments>() as u64,
            (Window::Over { .. }, _) => cells.saturating_mul(size_of::<Cell>() as u64),
            _ => cells.saturating_mul(8 * window.components() as u64),
        };
        store.saturating_add(hits)
    }

    /// Makes room for a run of so many groups.
    ///
    /// # Errors
    /// Where the memory cannot be had.
    pub fn new(expectation: &'e Expectation, window: Window, groups: usize) -> Result<Self, TooLarge> {
        let metrics = expectation.sampled();
        let many = metrics.len() * bins(expectation);
        let store = match (&window, expectation.groups) {
            (Window::Over { .. }, Groups::Pooled) if expectation.fit == Some(Fit::Tail) => {
                Store::All(vec![vec![]; many])
            }
            (Window::Over { .. }, Groups::Pooled) => Store::Pool(filled(Moments::default(), &[many])?),
            (Window::Over { .. }, _) => {
                Store::Groups(filled(Cell::new(expectation.reduce), &[many, groups])?)
            }
            _ => Store::Points(filled(f64::NAN, &[window.components(), many, groups])?),
        };
        let hits = if metrics.iter().any(|m| m.expression.is_first_tick()) {
            filled(f64::NAN, &[metrics.len(), groups])?
        } else {
            Vec::new()
        };
        let (condition, bin) = (expectation.condition.as_ref(), expectation.bin.as_ref());
        Ok(Sampler { metrics, condition, bin, window, groups, store, hits })
    }

    /// Whether [`Sampler::sample`] is to be called at the end of this tick.
    pub fn wants(&self, tick: u64) -> bool {
        let waits = !self.hits.is_empty() && self.window.last().is_none_or(|last| tick <= last);
        waits || self.window.wants(tick)
    }

    /// Takes the metrics at the end of a tick; `value(name, group)` gives a variable by its index in
    /// [`Expectation::names`], NaN where it is missing.
    pub fn sample(&mut self, tick: u64, value: &mut dyn FnMut(usize, usize) -> f64) {
        self.watch(tick, value);
        let span = match &self.window {
            Window::At(ticks) => ticks.binary_search(&tick).ok().map(Span::Point),
            window if window.wants(tick) => Some(Span::Ticks { first: tick, times: 1 }),
            _ => None,
        };
        if let Some(span) = span {
            self.take(span, value);
        }
    }

    /// Ends the run after tick `ended`: ticks of the window that did not come count with the values of now.
    pub fn finish(mut self, ended: u64, value: &mut dyn FnMut(usize, usize) -> f64) -> Sample {
        self.watch(ended, value);
        let spans: Vec<Span> = match &self.window {
            Window::End => vec![Span::Point(0)],
            Window::At(ticks) => {
                let came = ticks.partition_point(|tick| *tick <= ended);
                (came..ticks.len()).map(Span::Point).collect()
            }
            Window::Over { .. } => {
                let rest = self.window.rest(ended);
                rest.map(|(first, times)| Span::Ticks { first, times }).into_iter().collect()
            }
        };
        for span in spans {
            self.take(span, value);
        }
        let groups = self.groups.max(1);
        Sample(match self.store {
            Store::Points(values) => Parts::Groups(values.chunks(groups).map(<[f64]>::to_vec).collect()),
            Store::Groups(cells) => {
                let reduced = |cells: &[Cell]| cells.iter().map(Cell::value).collect();
                Parts::Groups(cells.chunks(groups).map(reduced).collect())
            }
            Store::Pool(pools) => Parts::Pool(pools),
            Store::All(all) => Parts::All(all),
        })
    }

    /// Notes for each `first_tick` whether its condition has come to hold.
    fn watch(&mut self, tick: u64, value: &mut dyn FnMut(usize, usize) -> f64) {
        if self.hits.is_empty() {
            return;
        }
        for (m, metric) in self.metrics.iter().enumerate() {
            if !metric.expression.is_first_tick() {
                continue;
            }
            for group in 0..self.groups {
                let hit = &mut self.hits[m * self.groups + group];
                if hit.is_nan() && holds(metric.evaluate(&mut |name| value(name, group))) {
                    *hit = tick as f64;
                }
            }
        }
    }

    fn take(&mut self, span: Span, value: &mut dyn FnMut(usize, usize) -> f64) {
        for group in 0..self.groups {
            let mut of_group = |name| value(name, group);
            if let Some(condition) = self.condition
                && !holds(condition.evaluate(&mut of_group))
            {
                continue;
            }
            let mut bin = 0;
            if let Some((metric, bins)) = self.bin {
                match bins.of(metric.evaluate(&mut of_group)) {
                    Some(found) => bin = found,
                    None => continue,
                }
            }
            for (m, metric) in self.metrics.iter().enumerate() {
                let cell = m * self.groups + group;
                let row = bin * self.metrics.len() + m;
                let x = if metric.expression.is_first_tick() {
                    self.hits[cell]
                } else {
                    metric.evaluate(&mut of_group)
                };
                if x.is_nan() {
                    continue;
                }
                match (&mut self.store, span) {
                    (Store::Points(values), Span::Point(at)) => {
                        values[at * self.metrics.len() * self.groups + cell] = x;
                    }
                    (Store::Groups(cells), Span::Ticks { first, times }) => {
                        cells[row * self.groups + group].add(first, times, x);
                    }
                    (Store::Pool(pools), Span::Ticks { times, .. }) => {
                        pools[row].join(&Moments::of(x, times))
                    }
                    (Store::All(all), Span::Ticks { times, .. }) => all[row].push((x, times)),
                    (store, span) => unreachable!("{span:?} has no place in {store:?}"),
                }
            }
        }
    }
}

/// The samples of one point, of one run or of several replicates.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample(pub(crate) Parts);

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parts {
    /// [tick of `at` or bin, metric][group]: reduced values, NaN where missing
    Groups(Vec<Vec<f64>>),
    /// [bin, metric]
    Pool(Vec<Moments>),
    /// [bin, metric]: every sample, with how often it came
    All(Vec<Vec<(f64, u64)>>),
}

impl Sample {
    /// The groups' values of one number; none where samples are pooled.
    pub(super) fn of_groups(&self, nth: usize) -> &[f64] {
        match &self.0 {
            Parts::Groups(all) => &all[nth],
            _ => &[],
        }
    }

    /// Adds a replicate: its groups are further groups.
    ///
    /// # Panics
    /// Where the two come from different expectations.
    pub fn join(&mut self, replicate: Sample) {
        match (&mut self.0, replicate.0) {
            (Parts::Groups(all), Parts::Groups(further)) if all.len() == further.len() => {
                for (all, further) in all.iter_mut().zip(further) {
                    all.extend(further);
                }
            }
            (Parts::Pool(all), Parts::Pool(further)) if all.len() == further.len() => {
                for (all, further) in all.iter_mut().zip(&further) {
                    all.join(further);
                }
            }
            (Parts::All(all), Parts::All(further)) if all.len() == further.len() => {
                for (all, further) in all.iter_mut().zip(further) {
                    all.extend(further);
                }
            }
            _ => panic!("replicates of one expectation have samples of one kind"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::expectation;
    use super::*;

    /// Runs a sampler over a table [tick][group] of the one variable, frozen after its last row.
    fn sampled(body: &str, ticks: u64, rows: &[&[f64]]) -> Vec<Vec<f64>> {
        let expectation = expectation(&format!("{body}\nvalue = 0\ntolerance = 0"));
        let window = expectation.window(ticks).unwrap();
        let mut sampler = Sampler::new(&expectation, window, rows[0].len()).unwrap();
        let ended = rows.len() as u64 - 1;
        for (tick, row) in rows.iter().enumerate() {
            if sampler.wants(tick as u64) {
                sampler.sample(tick as u64, &mut |_, group| row[group]);
            }
        }
        let last = rows[rows.len() - 1];
        match sampler.finish(ended, &mut |_, group| last[group]).0 {
            Parts::Groups(values) => values,
            Parts::Pool(pools) => {
                let reduce = expectation.reduce;
                pools.iter().map(|pool| vec![pool.estimate(reduce).value]).collect()
            }
            Parts::All(all) => all.iter().map(|all| all.iter().map(|x| x.0).collect()).collect(),
        }
    }

    const ROWS: [&[f64]; 4] = [&[9.0, 9.0], &[1.0, 5.0], &[2.0, 5.0], &[6.0, 8.0]];

    #[test]
    fn ticks_are_reduced_group_by_group() {
        assert_eq!(sampled("metric = \"x\"\nover = \"all\"", 3, &ROWS), [[3.0, 6.0]]);
        assert_eq!(sampled("metric = \"x\"\nover = \"last 2\"", 3, &ROWS), [[4.0, 6.5]]);
        assert_eq!(
            sampled("metric = [\"x\", \"x + 1\"]\nover = [2, 3]\nreduce = \"max\"", 3, &ROWS),
            [[6.0, 8.0], [7.0, 9.0]]
        );
    }

    #[test]
    fn points_stand_tick_by_tick_then_metric_by_metric() {
        let got = sampled("metric = [\"x\", \"-x\"]\nat = [0, 2]", 3, &ROWS);
        assert_eq!(got, [[9.0, 9.0], [-9.0, -9.0], [2.0, 5.0], [-2.0, -5.0]]);
        assert_eq!(sampled("metric = \"x\"\nat = \"end\"", 100, &ROWS), [[6.0, 8.0]]);
    }

    #[test]
    fn a_run_that_ended_early_counts_with_its_last_values() {
        // Ticks 2, 3 came; 4 to 7 repeat tick 3: (2 + 5 * 6) / 6 and (5 + 5 * 8) / 6.
        let got = sampled("metric = \"x\"\nover = [2, 7]", 9, &ROWS);
        assert_eq!(got, [[32.0 / 6.0, 45.0 / 6.0]]);
        assert_eq!(sampled("metric = \"x\"\nover = [50, 60]\nreduce = \"sum\"", 99, &ROWS), [[66.0, 88.0]]);
        assert_eq!(sampled("metric = \"x\"\nat = [1, 50]", 99, &ROWS), [[1.0, 5.0], [6.0, 8.0]]);
        let pooled = sampled("metric = \"x\"\nover = [3, 4]\ngroups = \"pooled\"", 9, &ROWS);
        assert_eq!(pooled, [[7.0]]);
    }

    #[test]
    fn missing_samples_and_those_that_where_leaves_out_do_not_count() {
        let rows: [&[f64]; 4] = [&[0.0, 0.0], &[1.0, f64::NAN], &[3.0, f64::NAN], &[5.0, 2.0]];
        assert_eq!(sampled("metric = \"x\"\nover = \"all\"", 3, &rows), [[3.0, 2.0]]);
        let got = sampled("metric = \"x\"\nwhere = \"x > 2\"\nover = \"all\"", 3, &rows);
        assert_eq!(got[0][0], 4.0);
        assert!(got[0][1].is_nan());
        let pooled = sampled("metric = \"x > 2\"\nover = \"all\"\ngroups = \"pooled\"", 3, &rows);
        assert_eq!(pooled, [[0.5]]);
    }

    #[test]
    fn first_tick_is_a_time_for_each_group() {
        let rows: [&[f64]; 4] = [&[0.0, 0.0], &[1.0, 0.0], &[0.0, 1.0], &[1.0, 0.0]];
        let end = "metric = \"first_tick(x > 0.5)\"\nat = \"end\"";
        assert_eq!(sampled(end, 9, &rows), [[1.0, 2.0]]);
        let at_one = sampled("metric = \"first_tick(x > 0.5)\"\nat = 1", 9, &rows);
        assert_eq!(at_one[0][0], 1.0);
        assert!(at_one[0][1].is_nan());
        assert!(sampled("metric = \"first_tick(x > 2)\"\nat = \"end\"", 9, &rows)[0][0].is_nan());
    }

    #[test]
    fn replicates_are_further_groups() {
        let mut one = Sample(Parts::Groups(vec![vec![1.0], vec![2.0]]));
        one.join(Sample(Parts::Groups(vec![vec![3.0], vec![4.0]])));
        assert_eq!(one, Sample(Parts::Groups(vec![vec![1.0, 3.0], vec![2.0, 4.0]])));
    }

    #[test]
    fn memory_goes_by_groups_and_is_refused_before_it_is_taken() {
        let text = "metric = \"x\"\nover = \"all\"\nvalue = 0\ntolerance = 0";
        let expectation = expectation(text);
        let window = expectation.window(1_000_000_000).unwrap();
        assert!(Sampler::bytes(&expectation, &window, 100_000) < 10_000_000);
        assert_eq!(Sampler::bytes(&expectation, &window, usize::MAX), u64::MAX);
        let refused = Sampler::new(&expectation, window, usize::MAX / 2).unwrap_err();
        assert!(refused.to_string().contains("fewer groups"));
    }
}
