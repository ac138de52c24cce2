//! Runs a world as its expectations ask for, and compares.

use super::Outcome;
use super::expectation::{Expectation, Point, Shrink};
use super::samples::{Sample, Sampler};
use super::window::Window;
use crate::measures::{self, Measure, Scope};
use crate::pass::NonFinite;
use crate::scenario::problems::SpecError;
use crate::scenario::{Scenario, Source, over};
use crate::simulation::{Looks, Simulation};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

/// Why a world could not be verified.
#[derive(Debug)]
pub enum VerifyError {
    /// The world, or one of the variants that it asks for, is wrong.
    Spec(SpecError),
    /// The numbers went bad.
    NonFinite(NonFinite),
    /// The samples do not fit into memory.
    TooLarge(super::TooLarge),
    /// A signal asked to stop.
    Stopped,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            VerifyError::Spec(error) => error.fmt(f),
            VerifyError::NonFinite(bad) => write!(
                f,
                "tick {}: {} wrote a value of `{}` that is no finite number, for agent {}",
                bad.tick, bad.pass, bad.column, bad.agent
            ),
            VerifyError::TooLarge(error) => error.fmt(f),
            VerifyError::Stopped => f.write_str("stopped by a signal"),
        }
    }
}

impl std::error::Error for VerifyError {}

impl From<SpecError> for VerifyError {
    fn from(error: SpecError) -> Self {
        VerifyError::Spec(error)
    }
}

/// One comparison, and what it took.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// the comparison
    pub outcome: Outcome,
    /// wall seconds of the runs behind it
    pub seconds: f64,
}

/// What one expectation waits for.
struct Wish {
    expectation: Expectation,
    /// its own, and those of what it is compared with
    points: Vec<Point>,
    samples: Vec<Option<(Window, Sample)>>,
    shrink: Option<Shrink>,
    seconds: f64,
}

impl Wish {
    /// The expectation that the samples of a point are of.
    fn of(&self, place: usize) -> &Expectation {
        let own = self.expectation.points().len();
        self.expectation.reference().filter(|_| place >= own).unwrap_or(&self.expectation)
    }
}

/// Runs a world, in the variants that its expectations ask for, once for each variant, and hands over every comparison.
/// Call it inside a thread pool. With `fast`, runs are as small as the expectations allow and nightly ones are left out.
///
/// # Errors
/// If a variant is wrong, its samples are too large, its numbers go bad, or `stop` is set.
pub fn verify(
    source: &Source,
    fast: bool,
    stop: &AtomicUsize,
    tell: &mut dyn FnMut(Verdict),
) -> Result<(), VerifyError> {
    let mut wishes: Vec<Wish> = source
        .read()?
        .expects
        .into_iter()
        .filter(|expectation| !fast || expectation.tier.in_fast())
        .map(|expectation| wish(expectation, fast))
        .collect();
    // Variants in the order in which they are first asked for, each with those who ask.
    let mut variants: Vec<(Source, Vec<(usize, usize)>)> = vec![];
    for (nth, wish) in wishes.iter().enumerate() {
        for (place, point) in wish.points.iter().enumerate() {
            let variant = variant(source, point, wish.shrink)?;
            match variants.iter_mut().find(|(known, _)| known.text == variant.text) {
                Some((_, asked)) => asked.push((nth, place)),
                None => variants.push((variant, vec![(nth, place)])),
            }
        }
    }
    for (variant, asked) in variants {
        let begun = Instant::now();
        let samples = run(&variant, &wishes, &asked, stop)?;
        for (&(nth, place), sample) in asked.iter().zip(samples) {
            wishes[nth].samples[place] = Some(sample);
            wishes[nth].seconds += begun.elapsed().as_secs_f64();
            if wishes[nth].samples.iter().all(Option::is_some) {
                tell_of(&mut wishes[nth], tell);
            }
        }
    }
    Ok(())
}

fn wish(expectation: Expectation, fast: bool) -> Wish {
    let (shrink, expectation) = match expectation.fast() {
        Some((shrink, smaller)) if fast => (Some(shrink), smaller),
        _ => (None, expectation),
    };
    let mut points = expectation.points();
    points.extend(expectation.reference().iter().flat_map(|reference| reference.points()));
    let samples = points.iter().map(|_| None).collect();
    Wish { expectation, points, samples, shrink, seconds: 0.0 }
}

fn tell_of(wish: &mut Wish, tell: &mut dyn FnMut(Verdict)) {
    let samples: Vec<(Window, Sample)> = wish.samples.drain(..).flatten().collect();
    let window = samples[0].0.clone();
    let samples: Vec<Sample> = samples.into_iter().map(|(_, sample)| sample).collect();
    for outcome in wish.expectation.outcomes(&window, &samples) {
        tell(Verdict { outcome, seconds: wish.seconds });
    }
}

/// The world at a point, as small as `shrink` says.
fn variant(source: &Source, point: &Point, shrink: Option<Shrink>) -> Result<Source, SpecError> {
    let bad = |error: over::OverrideError| SpecError::of_file(source.file.as_str(), error.to_string(), "");
    let mut variant = match &point.case {
        Some(name) => source.case(name)?,
        None => source.clone(),
    };
    let set = point.set.iter().map(|set| (set.path.get_ref().clone(), set.value.get_ref().clone()));
    let set: Vec<(String, toml::Value)> = set.collect();
    variant.text = over::set_values(&variant.text, &set).map_err(bad)?;
    let Some(shrink) = shrink else { return Ok(variant) };
    let scenario = variant.read_alone()?;
    let mut set = vec![];
    let sizes = [
        ("population.groups", scenario.layout.groups() as u64, shrink.groups),
        ("run.replicates", scenario.run.replicates.get(), shrink.replicates),
        ("run.ticks", scenario.run.ticks.get(), shrink.ticks),
    ];
    for (path, size, share) in sizes.into_iter().filter(|(_, _, share)| *share < 1.0) {
        let size = i64::try_from(Shrink::of(size, share)).unwrap_or(i64::MAX);
        set.push((path.to_string(), toml::Value::Integer(size)));
    }
    variant.text = over::set_values(&variant.text, &set).map_err(bad)?;
    Ok(variant)
}

/// Runs all replicates of a variant; a sample for each who asked.
fn run(
    variant: &Source,
    wishes: &[Wish],
    asked: &[(usize, usize)],
    stop: &AtomicUsize,
) -> Result<Vec<(Window, Sample)>, VerifyError> {
    let scenario = Arc::new(variant.read_alone()?);
    let ticks = scenario.run.ticks.get();
    let groups = scenario.layout.groups();
    let mut windows = vec![];
    for &(nth, place) in asked {
        let window = wishes[nth].of(place).window(ticks);
        let wrong = |wrong: super::Wrong| SpecError::of_file(variant.file.as_str(), wrong.says, &wrong.help);
        windows.push(window.map_err(wrong)?);
    }
    let mut joined: Vec<Option<Sample>> = asked.iter().map(|_| None).collect();
    for replicate in 0..scenario.run.replicates.get() {
        let mut asking = vec![];
        for (&(nth, place), window) in asked.iter().zip(&windows) {
            let expectation = wishes[nth].of(place);
            let sampler = Sampler::new(expectation, window.clone(), groups).map_err(VerifyError::TooLarge)?;
            asking.push((sampler, measures_of(expectation, &scenario, variant)?));
        }
        let samples = ticking(&scenario, replicate as u32, asking, stop)?;
        for (joined, sample) in joined.iter_mut().zip(samples) {
            match joined {
                Some(joined) => joined.join(sample),
                None => *joined = Some(sample),
            }
        }
    }
    let samples = windows.into_iter().zip(joined.into_iter().flatten());
    Ok(samples.collect())
}

type Asking<'e> = Vec<(Sampler<'e>, Vec<Box<dyn Measure>>)>;

fn ticking(
    scenario: &Arc<Scenario>,
    replicate: u32,
    mut asking: Asking,
    stop: &AtomicUsize,
) -> Result<Vec<Sample>, VerifyError> {
    let mut simulation = Simulation::of(scenario.clone()).replicate(replicate).build();
    let ticks = scenario.run.ticks.get();
    loop {
        let tick = simulation.ticks_done();
        for (sampler, measures) in asking.iter_mut().filter(|(sampler, _)| sampler.wants(tick)) {
            simulation.measure(|scope| sampler.sample(tick, &mut value(scope, measures)));
        }
        if tick >= ticks || simulation.all_ended() {
            break;
        }
        if stop.load(Relaxed) != 0 {
            return Err(VerifyError::Stopped);
        }
        let next = tick + 1;
        let looked_at = next == ticks || asking.iter().any(|(sampler, _)| sampler.wants(next));
        let looks = if looked_at { Looks::All } else { Looks::Nothing };
        simulation.tick_for(looks).map_err(VerifyError::NonFinite)?;
    }
    let ended = simulation.ticks_done();
    let finish = |(sampler, measures): (Sampler, Vec<Box<dyn Measure>>)| {
        simulation.measure(|scope| sampler.finish(ended, &mut value(scope, &measures)))
    };
    Ok(asking.into_iter().map(finish).collect())
}

/// The value of a name in a group.
fn value<'s>(scope: &'s Scope, measures: &'s [Box<dyn Measure>]) -> impl FnMut(usize, usize) -> f64 + 's {
    |name, group| measures[name].of(&scope.group(group))
}

fn measures_of(
    expectation: &Expectation,
    scenario: &Scenario,
    source: &Source,
) -> Result<Vec<Box<dyn Measure>>, SpecError> {
    let names = crate::simulation::names(scenario);
    let find = |name: &String| {
        let found = measures::find(name, &names).map(|(_, measure)| measure);
        found.ok_or_else(|| {
            let says = format!("{}: there is no metric `{name}` in this world", expectation.id);
            let help = format!("it has {}", measures::known(&names).join(", "));
            SpecError::of_file(source.file.as_str(), says, &help)
        })
    };
    expectation.names().iter().map(find).collect()
}
