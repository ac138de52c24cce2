//! Columns: components that hold one slot an agent, [`COHORT`] agents an entity.
//!
//! The engine knows a column by its row of function pointers, [`ColumnDef`]; so hashing, checkpoints, recording and
//! passes are loops over rows, and a researcher's own column is treated like a built-in one.

use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::*;
use bevy_ecs::system::{DynParamBuilder, DynSystemParam, ParamBuilder};
use bytemuck::{Pod, TransparentWrapper};
use std::any::TypeId;
use std::sync::Arc;

/// Agents of one cohort: the unit of storage and of floating-point folds. A constant of the model.
pub const COHORT: usize = 4096;

/// What one slot of a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// false or true, stored as 0 or 1
    Bool,
    /// 0 to 255; codes of strategies and stages are of this type
    U8,
    /// 0 to 65,535
    U16,
    /// 0 to 2^32 - 1
    U32,
    /// 0 to 2^64 - 1
    U64,
    /// 32-bit float
    F32,
    /// 64-bit float
    F64,
}

impl Dtype {
    /// The name that world files, hashes and checkpoints use.
    pub const fn name(self) -> &'static str {
        match self {
            Dtype::Bool => "bool",
            Dtype::U8 => "u8",
            Dtype::U16 => "u16",
            Dtype::U32 => "u32",
            Dtype::U64 => "u64",
            Dtype::F32 => "f32",
            Dtype::F64 => "f64",
        }
    }

    /// Bytes of one slot.
    pub const fn width(self) -> usize {
        match self {
            Dtype::Bool | Dtype::U8 => 1,
            Dtype::U16 => 2,
            Dtype::U32 | Dtype::F32 => 4,
            Dtype::U64 | Dtype::F64 => 8,
        }
    }
}

/// A value that a column can hold.
pub trait Item: Pod + Send + Sync {
    /// Its type.
    const DTYPE: Dtype;
}
macro_rules! items { ($($item:ty => $dtype:ident),*) => {$( impl Item for $item { const DTYPE: Dtype = Dtype::$dtype; } )*} }
items! { u8 => U8, u16 => U16, u32 => U32, u64 => U64, f32 => F32, f64 => F64 }

/// A component with one slot an agent. Anyone may add one, also outside this crate.
pub trait Column:
    Component<Mutability = Mutable> + TransparentWrapper<[Self::Item; COHORT]> + Send + Sync
{
    /// What a slot holds.
    type Item: Item;
    /// The column's name in world files, hashes and Parquet: snake_case.
    const NAME: &'static str;
}
