//! A column and a rule of your own: everybody has a mood, which follows what one earns.
//!
//! `cargo run --release --example own_column`

use mores::bevy_ecs::prelude::*;
use mores::bytemuck::TransparentWrapper;
use mores::columns::{COHORT, Column, Payoff};
use mores::scenario::Source;
use mores::simulation::Simulation;
use mores::tick::Phase;
use std::error::Error;
use std::io::Write;
use std::sync::Arc;

/// How agents feel, in payoff units. A column holds one number an agent, a cohort of agents an entity.
#[derive(Component, TransparentWrapper)]
#[repr(transparent)]
pub struct Mood([f32; COHORT]);

impl Column for Mood {
    type Item = f32;
    const NAME: &'static str = "mood";
}

/// Every tick a tenth of the mood gives way to what the tick has brought.
pub fn brood(mut cohorts: Query<(&mut Mood, &Payoff)>) {
    for (mut mood, payoff) in &mut cohorts {
        for (mood, payoff) in mood.0.iter_mut().zip(&payoff.0) {
            *mood += 0.1 * (payoff - *mood);
        }
    }
}

/// The shipped world `donation`, smaller, in which agents also have a mood.
///
/// # Errors
/// What is wrong with the world.
pub fn moody(agents: u32) -> Result<Simulation, Box<dyn Error>> {
    let world = Source::of("moody", include_str!("../worlds/donation.toml"));
    let world = world.set(&[("population.agents".into(), agents.to_string())])?.read()?;
    Ok(Simulation::of(Arc::new(world)).column::<Mood>().system(Phase::Learn, brood).build())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut simulation = moody(100_000)?;
    for tick in 1..=100 {
        simulation.tick().map_err(|fault| format!("{fault:?}"))?;
        if tick % 20 == 0 {
            let moods = simulation.column::<Mood>();
            let mean = moods.iter().map(|&mood| f64::from(mood)).sum::<f64>() / moods.len() as f64;
            writeln!(std::io::stdout(), "tick {tick:3}: mean mood {mean:.3}")?;
        }
    }
    Ok(())
}
