//! Numbers of agents: the same for everybody, or a trait of any type.

use crate::columns::{ColumnDef, Dtype, View};
use crate::pass::Access;

/// Where a number comes from.
#[derive(Clone)]
pub enum Value {
    /// the same for everybody
    One(f64),
    /// a trait
    Of(ColumnDef),
}

impl Value {
    /// Also reads the trait, if it is one.
    pub fn read(&self, access: Access) -> Access {
        match self {
            Value::One(_) => access,
            Value::Of(column) => access.read_of(column),
        }
    }

    /// The numbers of all agents as the pass sees them.
    ///
    /// # Panics
    /// If the pass did not declare that it reads the trait.
    pub fn of<'a>(&self, view: &View<'a>) -> Values<'a> {
        match self {
            Value::One(x) => Values::One(*x),
            Value::Of(column) => Values::of(view, column),
        }
    }
}

/// The numbers of all agents.
#[derive(Clone, Copy)]
pub enum Values<'a> {
    /// the same for everybody
    One(f64),
    /// labels, small counts, booleans
    U8(&'a [u8]),
    /// counts
    U16(&'a [u16]),
    /// counts
    U32(&'a [u32]),
    /// counts
    U64(&'a [u64]),
    /// floats
    F32(&'a [f32]),
    /// floats
    F64(&'a [f64]),
}

impl<'a> Values<'a> {
    /// A column that the pass reads.
    ///
    /// # Panics
    /// If the pass did not declare that it reads the column.
    pub fn of(view: &View<'a>, column: &ColumnDef) -> Values<'a> {
        match column.dtype {
            Dtype::Bool | Dtype::U8 => Values::U8(view.of(column)),
            Dtype::U16 => Values::U16(view.of(column)),
            Dtype::U32 => Values::U32(view.of(column)),
            Dtype::U64 => Values::U64(view.of(column)),
            Dtype::F32 => Values::F32(view.of(column)),
            Dtype::F64 => Values::F64(view.of(column)),
        }
    }

    /// The number of one agent.
    #[inline]
    pub fn get(&self, agent: usize) -> f64 {
        match self {
            Values::One(x) => *x,
            Values::U8(values) => f64::from(values[agent]),
            Values::U16(values) => f64::from(values[agent]),
            Values::U32(values) => f64::from(values[agent]),
            Values::U64(values) => values[agent] as f64,
            Values::F32(values) => f64::from(values[agent]),
            Values::F64(values) => values[agent],
        }
    }
}
