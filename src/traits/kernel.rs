//! How a trait changes when an agent is copied.

use super::law::{For, kinds, steps};
use super::{Law, Parameter};
use crate::chance::{Draws, Stream, below, hits, threshold, unit64};
use crate::columns::ColumnDef;
use crate::math;
use crate::scenario::Scenario;

/// Whether a trait changes, and into what: a stream for each trait.
const CHANGES: Stream = Stream::named("trait/changes");
const INTO: Stream = Stream::named("trait/into");

/// How a trait changes when an agent is copied.
#[derive(Clone)]
pub(crate) struct Kernel {
    form: Form,
    prob: u64,
    clip: [f64; 2],
    changes: Stream,
    into: Stream,
}

#[derive(Clone)]
enum Form {
    Redraw(Box<Law>),
    /// one of so many other values
    Other(f64),
    /// bits, and steps from 0 to 1
    Flip(u64, f64),
    AddNormal(f64),
}

/// The draws of a trait's changes in a tick.
#[derive(Clone, Copy)]
pub(crate) struct Mutations {
    changes: Draws,
    into: Draws,
}

impl Kernel {
    /// The kernel of the `nth` trait of a world that was checked, if it has one.
    pub(crate) fn new(scenario: &Scenario, nth: usize, law: &Law) -> Option<Kernel> {
        let (column, written) = &scenario.traits[nth];
        let mutation = written.mutation.as_ref()?;
        let (form, prob) = match (mutation.redraw_prob, mutation.to_other_prob, mutation.flip_bit_prob) {
            (Some(prob), ..) => (Form::Redraw(Box::new(law.clone())), prob.get()),
            (_, Some(prob), _) => (Form::Other(kinds(written)), prob.get()),
            (.., Some(prob)) => {
                let bits = written.bits.map_or(1, |bits| bits.get());
                (Form::Flip(bits, steps(bits)), prob.get())
            }
            _ => {
                let sd = mutation.add_normal.map_or(0.0, |sd| sd.get());
                (Form::AddNormal(sd), mutation.prob.map_or(1.0, |prob| prob.get()))
            }
        };
        let [changes, into] = [CHANGES, INTO].map(|stream| stream.of(&column.name));
        let clip = mutation.clip.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        Some(Kernel { form, prob: threshold(prob), clip, changes, into })
    }

    /// The columns that it reads.
    pub(crate) fn columns(&self) -> Vec<&ColumnDef> {
        match &self.form {
            Form::Redraw(law) => law.columns(),
            _ => vec![],
        }
    }

    /// The draws of a tick.
    pub(crate) fn draws(&self, chance: crate::chance::Chance) -> Mutations {
        Mutations { changes: chance.stream(self.changes), into: chance.stream(self.into) }
    }

    /// What becomes of `x` in a copy that has this address; `None`: it stays.
    #[inline]
    pub(crate) fn mutate(&self, x: f64, draws: Mutations, address: u64, of: For) -> Option<f64> {
        if let Form::Flip(bits, steps) = self.form {
            let mask = (0..bits).fold(0u64, |mask, bit| {
                mask | u64::from(hits(draws.changes.number(bit).at(address), self.prob)) << bit
            });
            let old = (x * steps).round() as u64;
            return (mask != 0).then(|| (old ^ mask) as f64 / steps);
        }
        if !hits(draws.changes.at(address), self.prob) {
            return None;
        }
        let draw = draws.into.at(address);
        Some(match &self.form {
            Form::Redraw(law) => law.redraw(draw, of),
            Form::Other(n) => {
                let other = below(draw, (*n as u64).saturating_sub(1)) as f64;
                if other >= x { (other + 1.0).min(n - 1.0) } else { other }
            }
            Form::AddNormal(sd) => {
                let z = math::normal_quantile(unit64(draw).max(1e-17));
                (x + sd * z).clamp(self.clip[0], self.clip[1])
            }
            Form::Flip(..) => x,
        })
    }
}

impl Mutations {
    /// The draws of another copy with the same address.
    pub(crate) fn number(self, n: u64) -> Mutations {
        Mutations { changes: self.changes.number(n), into: self.into.number(n) }
    }
}

/// How a trait changes by itself: x + rate (toward - x) + noise.
#[derive(Clone)]
pub(crate) struct Drift {
    toward: Parameter,
    rate: Parameter,
    sd: f64,
    stream: Stream,
}

/// What is added to a trait by chance in a tick.
const NOISE: Stream = Stream::named("trait/noise");

impl Drift {
    /// The step of the `nth` trait of a world that was checked, if it has one.
    pub(crate) fn new(scenario: &Scenario, nth: usize) -> Option<Drift> {
        let (column, written) = &scenario.traits[nth];
        let step = written.step.as_ref()?;
        Some(Drift {
            toward: Parameter::new(&step.toward, scenario),
            rate: Parameter::new(&step.rate, scenario),
            sd: step.noise.as_ref().map_or(0.0, |noise| noise.normal.get()),
            stream: NOISE.of(&column.name),
        })
    }

    /// The columns that it reads.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &ColumnDef> {
        [&self.toward, &self.rate].into_iter().filter_map(Parameter::column)
    }

    /// The trait's own stream.
    pub(crate) fn stream(&self) -> Stream {
        self.stream
    }

    /// The next value of an agent's `x`, from 64 random bits.
    #[inline]
    pub(crate) fn next(&self, x: f64, draw: u64, read: &dyn Fn(&ColumnDef) -> f64) -> f64 {
        let pulled = x + self.rate.value(read) * (self.toward.value(read) - x);
        if self.sd == 0.0 {
            return pulled;
        }
        pulled + self.sd * math::normal_quantile(unit64(draw).max(1e-17))
    }
}
