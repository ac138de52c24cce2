//! Starting values of traits, and of agents whose structure renumbers them.

use crate::chance::{Permutation, unit64};
use crate::columns::{ColumnDef, View};
use crate::pass::{Now, fill};
use crate::traits::law::For;
use crate::traits::{TraitRule, slot, write_slot};
use bevy_ecs::world::World;

/// Writes the starting values of a trait. `original` says where the agents of a group stand in the source.
pub(crate) fn fill_trait(
    world: &mut World,
    now: &Now,
    rule: &TraitRule,
    size: usize,
    original: Option<&[u32]>,
) {
    let law = &rule.law;
    let draws = now.chance().stream(law.stream);
    let agents = now.agents;
    let others: Vec<(ColumnDef, Vec<u8>)> = {
        let columns: Vec<ColumnDef> = law.columns().into_iter().cloned().collect();
        let view = View::of_world(world, &columns, agents);
        columns.iter().map(|column| (column.clone(), view.raw(column).to_vec())).collect()
    };
    let value = |agent: usize| {
        let u = if law.quantiles {
            let permutation = Permutation::new(draws, (agent / size) as u64, size as u32);
            (f64::from(permutation.forward_one((agent % size) as u32)) + 0.5) / size as f64
        } else {
            unit64(draws.at(agent as u64))
        };
        let read = |wanted: &ColumnDef| {
            let found = others.iter().find(|(column, _)| column.id == wanted.id);
            found.map_or(0.0, |(column, bytes)| slot(column, bytes, agent))
        };
        let place = original.map_or(agent, |original| {
            agent - agent % original.len() + original[agent % original.len()] as usize
        });
        law.value(&For { u, agent: place, size, read: &read })
    };
    let dtype = rule.column.dtype;
    macro_rules! write {
        ($width:literal) => {
            rule.column.visit(world, |bytes| {
                let slots: &mut [[u8; $width]] = bytemuck::cast_slice_mut(bytes);
                fill(&mut slots[..agents], |first, slots| {
                    for (k, slot) in slots.iter_mut().enumerate() {
                        write_slot(dtype, slot, value(first + k));
                    }
                });
            })
        };
    }
    match dtype.width() {
        1 => write!(1),
        2 => write!(2),
        4 => write!(4),
        _ => write!(8),
    }
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
