//! The state of a simulation as blocks of a checkpoint, and back.

use crate::columns::Dtype;
use crate::groups::{Group, Groups};
use crate::record::checkpoint::{About, Checkpoint, Saver};
use crate::record::error::RunError;
use crate::simulation::Simulation;
use bevy_ecs::world::World;
use std::path::Path;

/// Before the name of a column's block.
const COLUMN: &str = "column/";
const ENDED: &str = "groups/ended";
const END_TICK: &str = "groups/end_tick";
const STEPS: &str = "groups/steps";
const TALLIES: &str = "groups/tallies";
const RESOURCE: &str = "groups/resource";
const RULE: &str = "groups/rule";

/// Saves every column, what is known of the groups, and the counts of the tick.
pub(super) fn save(folder: &Path, about: About, simulation: &Simulation) -> Result<(), RunError> {
    let mut saver = Saver::begin(folder)?;
    let view = simulation.view();
    for column in simulation.columns() {
        saver.block(&format!("{COLUMN}{}", column.name), column.dtype)?;
        saver.bytes(view.raw(&column))?;
    }
    let groups = simulation.groups();
    let ended: Vec<u8> = groups.state.iter().map(|group| u8::from(group.ended)).collect();
    saver.block(ENDED, Dtype::U8)?;
    saver.bytes(&ended)?;
    let end_ticks: Vec<u64> = groups.state.iter().map(|group| group.end_tick).collect();
    let steps: Vec<u64> = groups.state.iter().map(|group| group.steps).collect();
    for (name, values) in [(END_TICK, end_ticks), (STEPS, steps)] {
        saver.block(name, Dtype::U64)?;
        saver.bytes(bytemuck::cast_slice(&values))?;
    }
    let own: [(_, _, fn(&Group) -> f64); 2] =
        [(RESOURCE, groups.stocked, |group| group.resource), (RULE, groups.voting, |group| group.rule)];
    for (name, _, of) in own.into_iter().filter(|own| own.1) {
        let values: Vec<f64> = groups.state.iter().map(of).collect();
        saver.block(name, Dtype::F64)?;
        saver.bytes(bytemuck::cast_slice(&values))?;
    }
    saver.block(TALLIES, Dtype::U64)?;
    saver.bytes(bytemuck::cast_slice(&groups.tallies.slots()))?;
    saver.commit(about)
}

/// Puts a simulation where it was when the checkpoint was saved.
pub(super) fn load(folder: &Path, from: &Checkpoint, simulation: &mut Simulation) -> Result<(), RunError> {
    let columns = simulation.columns();
    for block in from.blocks() {
        let Some(name) = block.name.strip_prefix(COLUMN) else { continue };
        if !columns.iter().any(|column| *column.name == *name) {
            let what = format!(
                "it holds the column `{name}`, which this program does not know; resume with the program that wrote it"
            );
            return Err(RunError::Checkpoint { path: folder.to_path_buf(), what });
        }
    }
    let mut result = Ok(());
    simulation.resume_at(from.about.tick, |world| {
        result = columns.iter().try_for_each(|column| {
            let mut block = from.block(&format!("{COLUMN}{}", column.name), column.dtype)?;
            let agents = world.resource::<crate::pass::Now>().agents;
            fits(folder, &column.name, block.rows(), agents * column.len)?;
            let mut read = Ok(());
            column.visit(world, |bytes| read = block.read(&mut bytes[..agents * column.width()]));
            read.and_then(|()| block.finish())
        });
        result = std::mem::replace(&mut result, Ok(())).and_then(|()| load_groups(folder, from, world));
    });
    result
}

fn load_groups(folder: &Path, from: &Checkpoint, world: &mut World) -> Result<(), RunError> {
    let mut groups = world.resource_mut::<Groups>();
    let count = groups.state.len();
    let (ended, end_tick) = (from.read::<u8>(ENDED)?, from.read::<u64>(END_TICK)?);
    let (steps, tallies) = (from.read::<u64>(STEPS)?, from.read::<u64>(TALLIES)?);
    for (name, rows, wanted) in [
        (ENDED, ended.len(), count),
        (END_TICK, end_tick.len(), count),
        (STEPS, steps.len(), count),
        (TALLIES, tallies.len(), groups.tallies.slots().len()),
    ] {
        fits(folder, name, rows as u64, wanted)?;
    }
    let own = |there: bool, name| if there { from.read::<f64>(name) } else { Ok(vec![0.0; count]) };
    let (stocks, rules) = (own(groups.stocked, RESOURCE)?, own(groups.voting, RULE)?);
    fits(folder, RESOURCE, stocks.len() as u64, count)?;
    fits(folder, RULE, rules.len() as u64, count)?;
    for (nth, group) in groups.state.iter_mut().enumerate() {
        let (ended, end_tick, steps) = (ended[nth] != 0, end_tick[nth], steps[nth]);
        *group = Group { ended, end_tick, steps, resource: stocks[nth], rule: rules[nth] };
    }
    groups.tallies.restore(&tallies);
    Ok(())
}

fn fits(folder: &Path, name: &str, rows: u64, wanted: usize) -> Result<(), RunError> {
    if rows == wanted as u64 {
        return Ok(());
    }
    let what = format!("block `{name}` has {rows} values where this world has {wanted}; run the world anew");
    Err(RunError::Checkpoint { path: folder.to_path_buf(), what })
}
