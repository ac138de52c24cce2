//! Columns: components that hold one slot an agent, [`COHORT`] agents an entity.
//!
//! The engine knows a column by its row of function pointers, [`ColumnDef`]; so hashing, checkpoints, recording and
//! passes are loops over rows, and a researcher's own column is treated like a built-in one.

use bevy_ecs::change_detection::ContiguousMut;
use bevy_ecs::component::Mutable;
use bevy_ecs::prelude::*;
use bevy_ecs::system::{DynParamBuilder, DynSystemParam, ParamBuilder};
use bytemuck::{Pod, TransparentWrapper, Zeroable};
use std::any::TypeId;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Agents of one cohort: the unit of storage and of floating-point folds. A constant of the model.
pub const COHORT: usize = 4096;

/// What makes an entity a cohort: it brings the columns of its world, whatever they are.
#[derive(Component, Clone)]
pub(crate) struct Cohort;

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
    /// The column's name in world files, hashes and Parquet, in snake case.
    const NAME: &'static str;
}

macro_rules! columns { ($($(#[$doc:meta])* $name:ident: $item:ty = $text:literal;)*) => {$(
    $(#[$doc])*
    #[derive(Component, TransparentWrapper)]
    #[repr(transparent)]
    pub struct $name(pub [$item; COHORT]);
    impl Column for $name {
        type Item = $item;
        const NAME: &'static str = $text;
    }
)*}}
columns! {
    /// Row of the world's strategy table: what an agent does in each context.
    Strategy: u8 = "strategy";
    /// How an agent is seen: 1 good, 0 bad.
    Reputation: u8 = "reputation";
    /// How an agent is seen, where a reputation is a number: 0 to 1, below 0 while nothing is known.
    Grade: f32 = "reputation";
    /// What an agent earned since the last learning, in payoff units.
    Payoff: f32 = "payoff";
    /// Ticks for which an agent still meets nobody.
    Excluded: u16 = "excluded";
    /// Offences for which an agent was punished so far; counts up to 255.
    Offences: u8 = "offences";
    /// Stage of what spreads: row of the cascade's stages.
    Stage: u8 = "stage";
    /// What an agent is told of its group, as the last tick ended: a metric, in its own unit.
    Goal: f64 = "goal";
    /// How many words an agent knows.
    Words: u16 = "words";
    /// What a cascade counts beside the stage: ticks in it, exposures, items since.
    StageCount: u16 = "stage_count";
    /// What all believe after an agent has acted in its turn: the probability that to adopt is right.
    PublicBelief: f32 = "public_belief";
}

macro_rules! trait_columns { ($($(#[$doc:meta])* $name:ident: $item:ty;)*) => {$(
    $(#[$doc])*
    #[derive(Component, TransparentWrapper)]
    #[repr(transparent)]
    pub struct $name<const K: usize>(pub [$item; COHORT]);
    impl<const K: usize> Column for $name<K> {
        type Item = $item;
        const NAME: &'static str = stringify!($name);
    }
)*}}
trait_columns! {
    /// The K-th trait of a world that holds bytes or booleans.
    TraitU8: u8;
    /// The K-th trait of a world that holds 16-bit numbers.
    TraitU16: u16;
    /// The K-th trait of a world that holds 64-bit whole numbers.
    TraitU64: u64;
    /// The K-th trait of a world that holds 32-bit floats.
    TraitF32: f32;
    /// The K-th trait of a world that holds 64-bit floats.
    TraitF64: f64;
}

/// Most traits of one type that a world can have.
pub const TRAITS_OF_A_TYPE: usize = 8;

/// A column of lists, on an entity of its own: how long a list is is known only when a world is read.
#[derive(Component)]
struct Lists<const K: usize>(Vec<u64>);

const ONE: &str = "lists stand on one entity";

/// Shows the bytes of a column of a world.
type Visit = fn(&mut World, &mut dyn FnMut(&mut [u8]));

/// The row of a column in the engine: everything that is done with it without knowing its type.
#[derive(Clone)]
pub struct ColumnDef {
    /// Its name in world files, hashes and Parquet.
    pub name: Arc<str>,
    /// The component that stores it.
    pub id: TypeId,
    /// What a slot holds.
    pub dtype: Dtype,
    /// Values of a slot: 1, or the length of an agent's list.
    pub len: usize,
    /// Names of its codes, if it holds codes (empty otherwise).
    pub labels: Arc<[String]>,
    /// makes every [`Cohort`] bring it, zeroed
    pub(crate) bring: fn(&mut World),
    /// makes the lists of all agents, so many bytes of them
    pub(crate) lists: Option<fn(&mut World, usize)>,
    visit: Visit,
    slice: fn(&World) -> &[u8],
    pub(crate) reader: fn() -> DynParamBuilder<'static>,
    pub(crate) writer: fn() -> DynParamBuilder<'static>,
    pub(crate) read: for<'a> fn(&'a mut DynSystemParam<'_, '_>) -> &'a [u8],
    pub(crate) write: for<'a> fn(&'a mut DynSystemParam<'_, '_>) -> &'a mut [u8],
    /// whether anybody else has written it since the system of its writer ran last
    pub(crate) touched: fn(&mut DynSystemParam<'_, '_>) -> bool,
}

impl ColumnDef {
    /// The row of column `C` under its own name.
    pub fn of<C: Column>() -> Self {
        ColumnDef {
            name: C::NAME.into(),
            id: TypeId::of::<C>(),
            dtype: C::Item::DTYPE,
            len: 1,
            labels: Arc::new([]),
            bring: |world| {
                world.init_resource::<Look<C>>();
                world.register_required_components_with::<Cohort, C>(|| C::wrap(Zeroable::zeroed()));
            },
            lists: None,
            visit: visit::<C>,
            slice: slice::<C>,
            reader: || DynParamBuilder::new::<Query<&C>>(ParamBuilder),
            writer: || DynParamBuilder::new::<Query<&mut C>>(ParamBuilder),
            read: read::<C>,
            write: write::<C>,
            touched: touched::<C>,
        }
    }

    /// The same column with names for its codes.
    pub fn labelled(mut self, labels: impl IntoIterator<Item = String>) -> Self {
        self.labels = labels.into_iter().collect();
        self
    }

    /// The `nth` trait column of a type, under the name that the world gives it.
    ///
    /// Returns `None` above [`TRAITS_OF_A_TYPE`] or for a type without trait columns.
    pub fn of_trait(name: &str, dtype: Dtype, nth: usize) -> Option<Self> {
        macro_rules! nth {
            ($column:ident) => {
                [
                    ColumnDef::of::<$column<0>>,
                    ColumnDef::of::<$column<1>>,
                    ColumnDef::of::<$column<2>>,
                    ColumnDef::of::<$column<3>>,
                    ColumnDef::of::<$column<4>>,
                    ColumnDef::of::<$column<5>>,
                    ColumnDef::of::<$column<6>>,
                    ColumnDef::of::<$column<7>>,
                ] as [fn() -> ColumnDef; TRAITS_OF_A_TYPE]
            };
        }
        let makers = match dtype {
            Dtype::Bool | Dtype::U8 => nth!(TraitU8),
            Dtype::U16 => nth!(TraitU16),
            Dtype::U64 => nth!(TraitU64),
            Dtype::F32 => nth!(TraitF32),
            Dtype::F64 => nth!(TraitF64),
            Dtype::U32 => return None,
        };
        let column = makers.get(nth)?();
        Some(ColumnDef { name: name.into(), dtype, ..column })
    }

    /// A column of lists: `len` values an agent, agent after agent. A world has one column of each `K`.
    ///
    /// # Panics
    /// Its functions do, in a world that was not made with the column.
    pub fn of_lists<const K: usize>(name: &str, dtype: Dtype, len: usize) -> Self {
        ColumnDef {
            name: name.into(),
            id: TypeId::of::<Lists<K>>(),
            dtype,
            len,
            labels: Arc::new([]),
            bring: |_| {},
            lists: Some(|world, bytes| {
                world.spawn(Lists::<K>(vec![0; bytes.div_ceil(8)]));
            }),
            visit: |world, f| {
                let mut query = world.query::<&mut Lists<K>>();
                let mut lists = query.single_mut(world).expect(ONE);
                f(bytemuck::cast_slice_mut(&mut lists.0));
            },
            slice: |world| {
                let lists = world.try_query::<&Lists<K>>().map(|mut query| query.single(world).expect(ONE));
                lists.map_or(&[], |lists| bytemuck::cast_slice(&lists.0))
            },
            reader: || DynParamBuilder::new::<Query<&Lists<K>>>(ParamBuilder),
            writer: || DynParamBuilder::new::<Query<&mut Lists<K>>>(ParamBuilder),
            read: |param| {
                let query = param.downcast_mut::<Query<&Lists<K>>>().expect("built by this column's reader");
                bytemuck::cast_slice(&query.single_inner().expect(ONE).0)
            },
            write: |param| {
                let query = param.downcast_mut::<Query<&mut Lists<K>>>();
                let query = query.expect("built by this column's writer");
                let lists = query.single_inner().expect(ONE).into_inner();
                bytemuck::cast_slice_mut(&mut lists.0)
            },
            touched: |param| {
                let query = param.downcast_mut::<Query<&mut Lists<K>>>();
                query.expect("built by this column's writer").single_mut().expect(ONE).is_changed()
            },
        }
    }

    /// Bytes of one slot.
    pub fn width(&self) -> usize {
        self.dtype.width() * self.len
    }

    /// Shows the column's bytes, of all slots of all cohorts, to `f`.
    pub fn visit(&self, world: &mut World, mut f: impl FnMut(&mut [u8])) {
        (self.visit)(world, &mut f);
    }
}

const TABLE: &str = "columns are table components, never sparse";

fn visit<C: Column>(world: &mut World, f: &mut dyn FnMut(&mut [u8])) {
    let mut query = world.query::<&mut C>();
    let mut tables = query.contiguous_iter_mut(world).expect(TABLE);
    let Some(mut cohorts) = tables.next() else { return f(&mut []) };
    let slots = C::peel_slice_mut(cohorts.bypass_change_detection()).as_flattened_mut();
    f(bytemuck::cast_slice_mut(slots));
}

/// The whole population's column as one slice, out of the query: no copy.
fn read<'a, C: Column>(param: &'a mut DynSystemParam<'_, '_>) -> &'a [u8] {
    let query = param.downcast_mut::<Query<&C>>().expect("built by this column's reader");
    let mut tables = query.contiguous_iter_inner().expect(TABLE);
    let Some(cohorts) = tables.next() else { return &[] };
    assert!(tables.next().is_none(), "all cohorts of a population share a table");
    bytemuck::cast_slice(C::peel_slice(cohorts).as_flattened())
}

fn write<'a, C: Column>(param: &'a mut DynSystemParam<'_, '_>) -> &'a mut [u8] {
    let query = param.downcast_mut::<Query<&mut C>>().expect("built by this column's writer");
    let mut tables = query.contiguous_iter_inner().expect(TABLE);
    let Some(cohorts) = tables.next() else { return &mut [] };
    assert!(tables.next().is_none(), "all cohorts of a population share a table");
    // `into_iter` marks the cohorts changed, a tick a cohort; `into_slice` gives the full lifetime.
    let slots = C::peel_slice_mut(cohorts.into_iter().into_slice()).as_flattened_mut();
    bytemuck::cast_slice_mut(slots)
}

fn touched<C: Column>(param: &mut DynSystemParam<'_, '_>) -> bool {
    let mut query = param.downcast_mut::<Query<&mut C>>().expect("built by this column's writer");
    let tables = query.contiguous_iter_mut().expect(TABLE);
    let ticks = tables.map(|cohorts| ContiguousMut::bypass_change_detection_split(cohorts).1);
    ticks.into_iter().any(|ticks| ticks.is_changed_iter().any(|changed| changed))
}

/// What a pass may read of everybody: whole columns, as they were when the pass began.
pub struct View<'a> {
    columns: Vec<(TypeId, &'a [u8])>,
}

impl<'a> View<'a> {
    pub(crate) fn new(columns: Vec<(TypeId, &'a [u8])>) -> Self {
        View { columns }
    }

    /// A column by its type.
    ///
    /// # Panics
    /// If the pass did not declare that it reads the column.
    pub fn col<C: Column>(&self) -> &'a [C::Item] {
        bytemuck::cast_slice(self.bytes(TypeId::of::<C>(), C::NAME))
    }

    /// A column by its row, of which the caller knows what it holds.
    ///
    /// # Panics
    /// If the pass did not declare that it reads the column, or if it holds another type.
    pub fn of<T: Item>(&self, column: &ColumnDef) -> &'a [T] {
        bytemuck::cast_slice(self.bytes(column.id, &column.name))
    }

    fn bytes(&self, id: TypeId, name: &str) -> &'a [u8] {
        let found = self.columns.iter().find(|column| column.0 == id);
        found.unwrap_or_else(|| panic!("a pass reads `{name}` without declaring it")).1
    }
}

/// Most columns that one pass writes.
pub(crate) const WRITTEN: usize = 8;

/// What a pass may write: the rows of its own block, column by column.
#[derive(Default)]
pub struct Mine<'a> {
    slots: [Option<(TypeId, usize, &'a mut [u8])>; WRITTEN],
}

impl<'a> Mine<'a> {
    pub(crate) fn new(columns: Vec<(TypeId, usize, &'a mut [u8])>) -> Self {
        assert!(columns.len() <= WRITTEN, "a pass writes at most {WRITTEN} columns");
        let mut mine = Mine::default();
        for (slot, column) in mine.slots.iter_mut().zip(columns) {
            *slot = Some(column);
        }
        mine
    }

    /// The block's own rows of a column; each column can be taken once a block.
    ///
    /// # Panics
    /// If the pass did not declare that it writes the column.
    pub fn take<C: Column>(&mut self) -> &'a mut [C::Item] {
        bytemuck::cast_slice_mut(self.bytes(TypeId::of::<C>(), C::NAME))
    }

    /// The same by the column's row.
    ///
    /// # Panics
    /// If the pass did not declare that it writes the column, or if it holds another type.
    pub fn take_of<T: Item>(&mut self, column: &ColumnDef) -> &'a mut [T] {
        bytemuck::cast_slice_mut(self.bytes(column.id, &column.name))
    }

    /// The same as bytes, of a column of any type.
    pub(crate) fn take_raw(&mut self, column: &ColumnDef) -> &'a mut [u8] {
        self.bytes(column.id, &column.name)
    }

    fn bytes(&mut self, id: TypeId, name: &str) -> &'a mut [u8] {
        let slot = self.slots.iter_mut().find(|slot| slot.as_ref().is_some_and(|s| s.0 == id));
        let found = slot.and_then(Option::take);
        found.unwrap_or_else(|| panic!("a pass writes `{name}` without declaring it")).2
    }

    /// Some of these rows, for a while.
    #[inline]
    pub(crate) fn rows(&mut self, rows: Range<usize>) -> Mine<'_> {
        let mut lent = Mine::default();
        for (lent, slot) in lent.slots.iter_mut().zip(&mut self.slots) {
            // Those that are written stand first.
            let Some((id, width, bytes)) = slot else { break };
            *lent = Some((*id, *width, &mut bytes[rows.start * *width..rows.end * *width]));
        }
        lent
    }

    /// The bytes of some rows of each column, in the order in which the pass declares them.
    pub(crate) fn each(&self, rows: Range<usize>) -> impl Iterator<Item = &[u8]> {
        self.slots.iter().flatten().map(move |(_, width, bytes)| &bytes[rows.start * width..rows.end * width])
    }

    /// Copies some rows of one column to those of a later one.
    #[inline]
    pub(crate) fn note(&mut self, rows: Range<usize>, from: usize, to: usize) {
        let (columns, notes) = self.slots.split_at_mut(to);
        if let (Some((_, width, bytes)), Some((_, _, note))) = (&columns[from], &mut notes[0]) {
            let rows = rows.start * *width..rows.end * *width;
            note[rows.clone()].copy_from_slice(&bytes[rows]);
        }
    }

    /// Splits off the first `agents` rows; the others stay.
    pub(crate) fn split_off(&mut self, agents: usize) -> Self {
        let mut head = Mine::default();
        for (head, slot) in head.slots.iter_mut().zip(&mut self.slots) {
            // Those that are written stand first.
            let Some((id, width, bytes)) = slot else { break };
            let (first, rest) = std::mem::take(bytes).split_at_mut(agents * *width);
            *head = Some((*id, *width, first));
            *bytes = rest;
        }
        head
    }
}

impl<'w> View<'w> {
    /// The columns of a world outside of a tick, cut to the live agents.
    pub fn of_world(world: &'w World, columns: &[ColumnDef], agents: usize) -> View<'w> {
        let cut = |column: &ColumnDef| {
            let bytes: &'w [u8] = (column.slice)(world);
            (column.id, &bytes[..agents * column.width()])
        };
        View { columns: columns.iter().map(cut).collect() }
    }

    /// A column's bytes, little-endian on the machines that mores runs on.
    pub fn raw(&self, column: &ColumnDef) -> &'w [u8] {
        self.bytes(column.id, &column.name)
    }
}

/// The query for a column outside of a tick: for a row of metrics in each tick, it would take longer to make it than to ask.
#[derive(Resource)]
struct Look<C: Column>(Mutex<QueryState<&'static C>>);

impl<C: Column> FromWorld for Look<C> {
    fn from_world(world: &mut World) -> Look<C> {
        Look(Mutex::new(world.query()))
    }
}

fn slice<C: Column>(world: &World) -> &[u8] {
    let Some(Look(query)) = world.get_resource::<Look<C>>() else { return &[] };
    let mut query = query.lock().unwrap_or_else(PoisonError::into_inner);
    let mut tables = query.contiguous_iter(world).expect(TABLE);
    let Some(cohorts) = tables.next() else { return &[] };
    bytemuck::cast_slice(C::peel_slice(cohorts).as_flattened())
}
