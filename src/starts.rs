//! Starting values of traits, and of agents whose structure renumbers them.

use crate::chance::{Chance, Draws, Permutation, Stream, unit64};
use crate::columns::{ColumnDef, Dtype};
use crate::math;
use crate::pass::{Now, fill};
use crate::scenario::sections::{Drawn, How, Init};
use bevy_ecs::world::World;

/// Starting values of traits, a stream for each trait.
const TRAITS: Stream = Stream::named("trait/init");

/// Writes the starting values of a trait.
pub(crate) fn fill_trait(world: &mut World, now: &Now, column: &ColumnDef, init: &Init, size: usize) {
    let chance: Chance = now.chance();
    let draws = chance.stream(TRAITS.of(&column.name));
    let agents = now.agents;
    macro_rules! write {
        ($item:ty, $cast:expr) => {
            column.visit(world, |bytes| {
                let values: &mut [$item] = bytemuck::cast_slice_mut(bytes);
                fill(&mut values[..agents], |first, out| {
                    for (k, out) in out.iter_mut().enumerate() {
                        *out = $cast(value(init, draws, first + k, size));
                    }
                });
            })
        };
    }
    match column.dtype {
        Dtype::Bool => write!(u8, |x: f64| u8::from(x != 0.0)),
        Dtype::U8 => write!(u8, |x: f64| x as u8),
        Dtype::U16 => write!(u16, |x: f64| x as u16),
        Dtype::U32 => write!(u32, |x: f64| x as u32),
        Dtype::U64 => write!(u64, |x: f64| x as u64),
        Dtype::F32 => write!(f32, |x: f64| x as f32),
        Dtype::F64 => write!(f64, |x: f64| x),
    }
}

/// The starting value of one agent. Whole-number traits cut the fraction off.
fn value(init: &Init, draws: Draws, agent: usize, size: usize) -> f64 {
    let drawn = match init {
        Init::Number(x) => return *x,
        Init::Drawn(drawn) => drawn,
    };
    let place = agent % size;
    let u = match drawn.draw {
        How::Independent => unit64(draws.at(agent as u64)),
        How::Quantiles => {
            let permutation = Permutation::new(draws, (agent / size) as u64, size as u32);
            (f64::from(permutation.forward_one(place as u32)) + 0.5) / size as f64
        }
    };
    let x = law(drawn, u, place, size);
    match drawn.clip {
        Some([least, most]) => x.clamp(least, most),
        None => x,
    }
}

/// The quantile `u` of a law; listed values go by place.
fn law(drawn: &Drawn, u: f64, place: usize, size: usize) -> f64 {
    if let Some([a, b]) = drawn.uniform {
        return a + u * (b - a);
    }
    if let Some([mean, sd]) = drawn.normal {
        return mean + sd * math::normal_quantile(u.clamp(1e-16, 1.0 - 1e-16));
    }
    if let Some(mean) = drawn.exponential {
        return -mean * math::ln(1.0 - u);
    }
    if let Some([first, last]) = drawn.range {
        return first + (last - first) * place as f64 / (size - 1).max(1) as f64;
    }
    if let Some(list) = &drawn.list {
        return list[place % list.len()];
    }
    let choice = drawn.choice.as_deref().unwrap_or(&[0.0]);
    let Some(weights) = &drawn.weights else {
        let nth = (u * choice.len() as f64) as usize;
        return choice[nth.min(choice.len() - 1)];
    };
    let total: f64 = weights.iter().sum();
    let mut passed = 0.0;
    for (value, weight) in choice.iter().zip(weights) {
        passed += weight / total;
        if u < passed {
            return *value;
        }
    }
    choice[choice.len() - 1]
}

/// Moves values from the order of the source to the order in which a structure numbers its agents.
pub(crate) fn renumber(original: &[u32], values: &mut [u8]) {
    for group in values.chunks_mut(original.len()) {
        let source = group.to_vec();
        for (value, &place) in group.iter_mut().zip(original) {
            *value = source[place as usize];
        }
    }
}
