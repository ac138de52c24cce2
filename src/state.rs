//! Everything that walks over the state without knowing it: the hash, and the blocks of a checkpoint.

use crate::columns::COHORT;
use crate::groups::Groups;
use crate::pass::{Now, fold};
use crate::population::Columns;
use bevy_ecs::prelude::*;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// 128 bits over every column in the order of its name (name, type, little-endian values of the live agents in agent
/// order), then what is known of the groups (ended, steps, stock, voted rule). It does not know how agents are stored.
pub fn state_hash(world: &mut World) -> u128 {
    let agents = world.resource::<Now>().agents;
    let mut all = Xxh3::new();
    let columns = world.resource::<Columns>().clone();
    for column in &columns.0 {
        all.update(column.name.as_bytes());
        all.update(column.dtype.name().as_bytes());
        column.visit(world, |bytes| {
            let (bytes, width) = (&bytes[..agents * column.width()], column.width());
            let piece =
                |rows: std::ops::Range<usize>| vec![xxh3_128(&bytes[rows.start * width..rows.end * width])];
            let join = |mut a: Vec<u128>, b: Vec<u128>| {
                a.extend(b);
                a
            };
            // Hashes of pieces of fixed length, in order: the length is part of the definition, like COHORT.
            for part in fold(0..agents, piece, join).unwrap_or_default() {
                all.update(&part.to_le_bytes());
            }
        });
    }
    let groups = world.resource::<Groups>();
    for group in &groups.state {
        all.update(&[u8::from(group.ended)]);
        all.update(&group.end_tick.to_le_bytes());
        all.update(&group.steps.to_le_bytes());
        if groups.stocked {
            all.update(&group.resource.to_le_bytes());
        }
        if groups.voting {
            all.update(&group.rule.to_le_bytes());
        }
    }
    all.digest128()
}

const _: () = assert!(COHORT == 4096, "the hash is defined over pieces of 4,096 agents");
