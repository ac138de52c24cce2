//! Traits as the engine sees them: how they start, and how they change when an agent is copied.

mod kernel;
pub(crate) mod law;

pub(crate) use kernel::{Drift, Kernel};
pub(crate) use law::Law;

use crate::columns::{ColumnDef, Dtype};
use crate::scenario::Scenario;
use crate::scenario::numbers::NumberOrName;

/// A number, or an agent's value of a column.
#[derive(Clone)]
pub(crate) enum Parameter {
    /// the same for everybody
    Number(f64),
    /// the agent's own
    Of(ColumnDef),
}

impl Parameter {
    /// The parameter that a world that was checked writes.
    pub(crate) fn new(written: &NumberOrName, scenario: &Scenario) -> Parameter {
        match written {
            NumberOrName::Number(x) => Parameter::Number(x.get()),
            NumberOrName::Name(name) => {
                let found = scenario.traits.iter().find(|(column, _)| *column.name == **name);
                Parameter::Of(found.expect("checked when the world was read").0.clone())
            }
        }
    }

    /// Its value for the agent whose columns `read` shows.
    #[inline]
    pub(crate) fn value(&self, read: &dyn Fn(&ColumnDef) -> f64) -> f64 {
        match self {
            Parameter::Number(x) => *x,
            Parameter::Of(column) => read(column),
        }
    }

    /// The column that it is read from.
    pub(crate) fn column(&self) -> Option<&ColumnDef> {
        match self {
            Parameter::Number(_) => None,
            Parameter::Of(column) => Some(column),
        }
    }
}

/// A trait with what can happen to it.
#[derive(Clone)]
pub(crate) struct TraitRule {
    /// where it stands
    pub(crate) column: ColumnDef,
    /// how it starts
    pub(crate) law: Law,
    /// how it changes when it is copied
    pub(crate) kernel: Option<Kernel>,
    /// whether offspring has it from its parent
    pub(crate) inherited: bool,
    /// whether only those change who copy somebody else
    pub(crate) newcomers: bool,
}

impl TraitRule {
    /// The traits of a world, in the order of the file.
    pub(crate) fn all(scenario: &Scenario) -> Vec<TraitRule> {
        let rule = |nth: usize| {
            let (column, written) = &scenario.traits[nth];
            let law = Law::new(scenario, nth);
            let kernel = Kernel::new(scenario, nth, &law);
            let newcomers = written.mutation.as_ref().is_some_and(|mutation| mutation.newcomers);
            TraitRule { column: column.clone(), law, kernel, inherited: written.inherited, newcomers }
        };
        (0..scenario.traits.len()).map(rule).collect()
    }
}

/// The value of one slot.
#[inline]
pub(crate) fn read_slot(dtype: Dtype, slot: &[u8]) -> f64 {
    match dtype {
        Dtype::Bool | Dtype::U8 => f64::from(slot[0]),
        Dtype::U16 => f64::from(*bytemuck::from_bytes::<u16>(slot)),
        Dtype::U32 => f64::from(*bytemuck::from_bytes::<u32>(slot)),
        Dtype::U64 => *bytemuck::from_bytes::<u64>(slot) as f64,
        Dtype::F32 => f64::from(*bytemuck::from_bytes::<f32>(slot)),
        Dtype::F64 => *bytemuck::from_bytes::<f64>(slot),
    }
}

/// Writes one slot. Whole numbers cut the fraction off.
#[inline]
pub(crate) fn write_slot(dtype: Dtype, slot: &mut [u8], x: f64) {
    match dtype {
        Dtype::Bool => slot[0] = u8::from(x != 0.0),
        Dtype::U8 => slot[0] = x as u8,
        Dtype::U16 => *bytemuck::from_bytes_mut::<u16>(slot) = x as u16,
        Dtype::U32 => *bytemuck::from_bytes_mut::<u32>(slot) = x as u32,
        Dtype::U64 => *bytemuck::from_bytes_mut::<u64>(slot) = x as u64,
        Dtype::F32 => *bytemuck::from_bytes_mut::<f32>(slot) = x as f32,
        Dtype::F64 => *bytemuck::from_bytes_mut::<f64>(slot) = x,
    }
}

/// An agent's slot of a column's bytes.
#[inline]
pub(crate) fn slot(column: &ColumnDef, bytes: &[u8], agent: usize) -> f64 {
    let width = column.width();
    read_slot(column.dtype, &bytes[agent * width..(agent + 1) * width])
}
