//! A pass: what a phase does to the population. One driver runs every pass of every phase.
//!
//! The driver fetches the declared columns as flat slices, copies those that are both read and written (the view
//! shows the copy: everybody sees the old values), lets the pass prepare, splits the rows into tasks by
//! `rayon::join`, and calls the pass for blocks. Neither the size of tasks nor that of blocks is part of the model.

use crate::chance::Chance;
use crate::columns::{COHORT, Column, ColumnDef, Dtype, Mine, Payoff, View, WRITTEN};
use crate::counted::Counted;
use crate::groups::{Group, Groups, Tallies};
use crate::kernels::{prefetch_next, wide};
use bevy_ecs::prelude::*;
use bevy_ecs::system::{BoxedSystem, DynParamBuilder, DynSystemParam, ParamBuilder, SystemParamBuilder};
use std::any::{Any, TypeId};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

/// Most agents of one call: scratch of 32-bit values for a block stays in the first-level cache.
pub const BLOCK: usize = 1024;

/// The columns that a pass touches.
#[derive(Default, Clone)]
pub struct Access {
    pub(crate) reads: Vec<ColumnDef>,
    pub(crate) writes: Vec<ColumnDef>,
}

impl Access {
    /// Also reads `C`, of everybody.
    pub fn read<C: Column>(self) -> Self {
        self.read_of(&ColumnDef::of::<C>())
    }

    /// Also writes its own rows of `C`.
    pub fn write<C: Column>(self) -> Self {
        self.write_of(&ColumnDef::of::<C>())
    }

    /// Also reads a column known by its row.
    pub fn read_of(mut self, column: &ColumnDef) -> Self {
        self.reads.push(column.clone());
        self
    }

    /// Also writes its own rows of a column known by its row.
    pub fn write_of(mut self, column: &ColumnDef) -> Self {
        self.writes.push(column.clone());
        self
    }

    /// Every column that is read or written.
    pub fn columns(&self) -> impl Iterator<Item = &ColumnDef> {
        self.reads.iter().chain(&self.writes)
    }

    fn copied(&self, column: &ColumnDef) -> bool {
        self.reads.iter().any(|read| read.id == column.id)
    }

    /// Bytes an agent that are read and written in order: the columns, and twice those that the driver copies.
    pub fn moved_bytes(&self) -> usize {
        self.columns().map(ColumnDef::width).sum::<usize>() + 2 * self.copied_bytes()
    }

    /// Bytes an agent that the driver copies: columns both read and written.
    fn copied_bytes(&self) -> usize {
        self.writes.iter().filter(|w| self.copied(w)).map(ColumnDef::width).sum()
    }

    /// Bytes of old and noted values that the driver keeps, of so many agents.
    pub fn kept_bytes(&self, agents: usize) -> usize {
        let noted = self.writes.iter().filter(|w| self.copied(w) && is_noted(w, agents, FAR)).count();
        agents * (self.copied_bytes() + noted)
    }
}

/// Which agents a call is about, and where their chance comes from.
#[derive(Clone, Copy)]
pub struct At<'a> {
    /// first agent of the block
    pub first: usize,
    /// agents of the block
    pub len: usize,
    /// live agents of the population
    pub agents: usize,
    /// agents of a group; groups are contiguous
    pub group_size: usize,
    /// the tick, from 1
    pub tick: u64,
    /// the tick's chance
    pub chance: Chance,
    /// the chance of tick 0: what was drawn before the first tick can be drawn again
    pub start: Chance,
    /// the tick's counts
    pub tallies: &'a Tallies,
    /// the groups that had not stopped when the pass began, in their order
    pub live: &'a [u32],
    /// whether somebody looks at the payoffs of agents after the tick: a kernel need not write them otherwise
    pub looked_at: bool,
    /// whether there is a snapshot after the tick, for which [`Coded`] payoffs are enough
    pub recorded: bool,
    /// whether somebody looks at the acts that the tick has counted: nobody need count them otherwise
    pub counted: bool,
    /// whether anybody else has written a column that the pass writes since it ran last
    pub touched: bool,
}

impl At<'_> {
    /// The agents of the block.
    pub fn range(&self) -> Range<usize> {
        self.first..self.first + self.len
    }

    /// Calls `f` with every group that has agents in this block, and their places in the block.
    #[inline(always)]
    pub fn each_group(&self, mut f: impl FnMut(usize, Range<usize>)) {
        let mut at = 0;
        while at < self.len {
            let group = (self.first + at) / self.group_size;
            let end = ((group + 1) * self.group_size - self.first).min(self.len);
            f(group, at..end);
            at = end;
        }
    }
}

/// What the engine runs over the population, part of a phase.
///
/// A pass keeps nothing from tick to tick except caches that it can find again from the columns: so a run can be
/// resumed, and an intervention can exchange a pass for one with another parameter.
pub trait Pass: Any + Send + Sync {
    /// A short name for messages: `game/meet`.
    fn name(&self) -> &'static str;

    /// The columns that it touches.
    fn access(&self) -> Access;

    /// Whether one task must own whole groups: the pass walks them in sequence and may stop them.
    fn owns_groups(&self) -> bool {
        false
    }

    /// Whether no block may hold agents of two groups.
    fn by_group(&self) -> bool {
        false
    }

    /// Whether it runs in this tick.
    fn due(&self, _tick: u64) -> bool {
        true
    }

    /// Bytes of the mirrors that it keeps, for a population of `agents` and so many threads.
    fn mirror_bytes(&self, _agents: u64, _threads: u64) -> u64 {
        0
    }

    /// Once a tick before the first block: packed mirrors, prefix sums, prices.
    /// The view shows every declared column, those too that are only written.
    fn prepare(&mut self, _at: &At, _view: &View) {}

    /// Does the work of all agents and groups at once, and says whether it did: a kernel splits them its own way.
    fn whole(&mut self, _at: &At, _mine: &mut Mine, _groups: &mut [Group]) -> bool {
        false
    }

    /// Whether no number that it writes can be NaN or infinite: then nobody looks for those.
    fn is_finite(&self) -> bool {
        false
    }

    /// Whether another pass adds to what it pays, and counts it.
    fn pays_in_part(&self) -> bool {
        false
    }

    /// Whether it looks at the acts that the tick has counted.
    fn reads_acts(&self) -> bool {
        false
    }

    /// Whether it counts how many follow the second of two strategies as it writes them.
    fn counts_second(&self) -> bool {
        false
    }

    /// How payoffs follow from the counts of its meetings, if no other pass pays but in part and they do.
    fn counted(&self) -> Option<Counted> {
        None
    }

    /// Has it leave payoffs as codes too from now on, where it makes them of such: in ticks after which there is a snapshot.
    fn code_payoffs(&mut self) -> Option<Arc<Mutex<Coded>>> {
        None
    }

    /// One block of agents; `groups` holds the state of the block's groups if the pass owns groups.
    fn block(&self, at: &At, view: &View, mine: Mine, groups: &mut [Group]);
}

/// Payoffs as codes of few numbers, a byte an agent: a snapshot keeps them so, and need not look for them.
#[derive(Debug, Default)]
pub struct Coded {
    /// the tick that they are of, if there are any
    pub tick: Option<u64>,
    /// the bits of the number of each code
    pub numbers: Vec<u64>,
    /// of each agent
    pub codes: Vec<u8>,
}

impl Coded {
    /// Room for the codes of a tick, which stand for these numbers.
    pub fn renew(&mut self, at: &At, numbers: &[f32]) -> &mut [u8] {
        self.tick = Some(at.tick);
        self.numbers.clear();
        self.numbers.extend(numbers.iter().map(|number| u64::from(number.to_bits())));
        self.codes.resize(at.agents, 0);
        &mut self.codes
    }
}

/// Fills a mirror of the population in parallel; `f` gets the first agent and the piece.
pub fn fill<T: Send>(mirror: &mut [T], f: impl Fn(usize, &mut [T]) + Send + Sync) {
    fn halve<T: Send>(first: usize, piece: &mut [T], f: &(impl Fn(usize, &mut [T]) + Sync)) {
        if piece.len() <= COHORT {
            return piece
                .chunks_mut(BLOCK)
                .enumerate()
                .for_each(|(nth, block)| f(first + nth * BLOCK, block));
        }
        let half = piece.len().div_ceil(COHORT).div_ceil(2) * COHORT;
        let (a, b) = piece.split_at_mut(half);
        if b.len() < PARALLEL {
            halve(first, a, f);
            halve(first + half, b, f);
        } else {
            rayon::join(|| halve(first, a, f), || halve(first + half, b, f));
        }
    }
    halve(0, mirror, &f);
}

/// Agents below which a half is not worth handing to another thread; a test with smaller tasks hands over sooner.
const PARALLEL: usize = 8 * COHORT;

/// Folds the population by pieces of [`COHORT`] rows from the start of `rows`, in parallel, parts in the order of
/// the pieces: the same bits for any number of threads.
pub fn fold<T: Send>(
    rows: Range<usize>,
    part: impl Fn(Range<usize>) -> T + Send + Sync,
    add: impl Fn(T, T) -> T + Send + Sync,
) -> Option<T> {
    use rayon::prelude::*;
    let pieces = rows.len().div_ceil(COHORT);
    let piece = |nth: usize| {
        let first = rows.start + nth * COHORT;
        part(first..(first + COHORT).min(rows.end))
    };
    if rows.len() <= 2 * PARALLEL {
        return (0..pieces).map(piece).reduce(add);
    }
    let parts: Vec<T> = (0..pieces).into_par_iter().map(piece).collect();
    parts.into_iter().reduce(add)
}

/// Collects what `f` makes of each of 0 to n - 1, in their order, in parallel.
pub fn flat_map<T: Send>(n: usize, f: impl Fn(usize) -> Vec<T> + Send + Sync) -> Vec<T> {
    use rayon::prelude::*;
    (0..n).into_par_iter().with_min_len(COHORT).flat_map_iter(f).collect()
}

/// [`flat_map`] where each part is much work: the groups of a population.
pub fn flat_map_groups<T: Send>(n: usize, f: impl Fn(usize) -> Vec<T> + Send + Sync) -> Vec<T> {
    use rayon::prelude::*;
    (0..n).into_par_iter().flat_map_iter(f).collect()
}

/// Sorts in parallel, in place: those with the same key are to be the same.
pub fn sort_by_key<T: Send, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K + Send + Sync) {
    use rayon::prelude::*;
    items.par_sort_unstable_by_key(key);
}

/// Calls `f` with every part, side by side: parts are slices that lie apart, and what is known of them.
pub fn each<T: Send>(parts: Vec<T>, f: impl Fn(T) + Send + Sync) {
    use rayon::prelude::*;
    parts.into_par_iter().for_each(f);
}

/// Whether one thread makes the tick: nobody else writes meanwhile what several might.
pub(crate) fn alone() -> bool {
    rayon::current_num_threads() == 1
}

/// The run's address of chance, and the tick that is being made.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Now {
    /// the world's seed
    pub seed: u64,
    /// which of the independent worlds
    pub replicate: u32,
    /// the tick, from 1; 0 before the first
    pub tick: u64,
    /// live agents
    pub agents: usize,
    /// whether somebody looks at the payoffs of agents after the tick
    pub looked_at: bool,
    /// whether there is a snapshot after the tick
    pub recorded: bool,
    /// whether somebody looks at its counts
    pub counted: bool,
}

impl Now {
    /// The tick's chance.
    pub fn chance(&self) -> Chance {
        Chance::new(self.seed, self.replicate, self.tick)
    }

    /// All agents at once.
    fn all<'a>(&self, group_size: usize, tallies: &'a Tallies, live: &'a [u32]) -> At<'a> {
        At {
            first: 0,
            len: self.agents,
            agents: self.agents,
            group_size,
            tick: self.tick,
            chance: self.chance(),
            start: Now { tick: 0, ..*self }.chance(),
            tallies,
            live,
            looked_at: self.looked_at,
            recorded: self.recorded,
            counted: self.counted,
            touched: true,
        }
    }
}

/// The first value that was no finite number, if any: the run stops on it.
#[derive(Resource, Clone, Debug, Default)]
pub struct Fault(pub Option<NonFinite>);

/// Where a number went bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonFinite {
    /// the pass that wrote it
    pub pass: &'static str,
    /// the tick
    pub tick: u64,
    /// the column
    pub column: String,
    /// the agent with the smallest index
    pub agent: usize,
}

/// Usual [`Sizes::far`].
const FAR: usize = 1 << 19;

/// Sizes of tasks and blocks. No part of the model: tests set others and compare bits.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Sizes {
    /// agents that one thread owns together, a multiple of `block`
    pub task: usize,
    /// agents of a call: a divisor of [`BLOCK`]
    pub block: usize,
    /// agents of whom no near cache holds a column: with fewer, calling for the next block and noting what is written cost more
    /// than they save
    pub far: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Sizes { task: COHORT, block: BLOCK, far: FAR }
    }
}

/// Turns a pass into a bevy system.
pub fn system(world: &mut World, mut pass: Box<dyn Pass>) -> BoxedSystem {
    let access = pass.access();
    let plain: Vec<ColumnDef> =
        access.reads.iter().filter(|r| !access.writes.iter().any(|w| w.id == r.id)).cloned().collect();
    let readers: Vec<DynParamBuilder> = plain.iter().map(|column| (column.reader)()).collect();
    let writers: Vec<DynParamBuilder> = access.writes.iter().map(|column| (column.writer)()).collect();
    let mut copies: Vec<Old> = access.writes.iter().map(|_| Old::default()).collect();
    let mut touched = true;
    let run = move |mut r: Vec<DynSystemParam>,
                    mut w: Vec<DynSystemParam>,
                    now: Res<Now>,
                    sizes: Res<Sizes>,
                    mut groups: ResMut<Groups>,
                    mut fault: ResMut<Fault>| {
        touched |= w.iter_mut().zip(&access.writes).any(|(param, column)| (column.touched)(param));
        if !pass.due(now.tick) || fault.0.is_some() || groups.all_ended() {
            return;
        }
        let n = now.agents;
        let mut own: Vec<&mut [u8]> = w
            .iter_mut()
            .zip(&access.writes)
            .map(|(param, column)| &mut (column.write)(param)[..n * column.width()])
            .collect();
        for ((copy, column), bytes) in copies.iter_mut().zip(&access.writes).zip(&own) {
            if access.copied(column) {
                copy.of(bytes, touched);
            }
        }
        let groups = &mut *groups;
        let mut read: Vec<(TypeId, &[u8])> = r
            .iter_mut()
            .zip(&plain)
            .map(|(param, column)| (column.id, &(column.read)(param)[..n * column.width()]))
            .collect();
        let notes = |column: &ColumnDef| groups.ended == 0 && is_noted(column, n, sizes.far);
        let Lent { old, next, notes } = Lent::of(&mut copies, &access, notes);
        read.extend(old.into_iter().map(|(column, bytes)| (column.id, &bytes[..n * column.width()])));
        let at = now.all(groups.size, &groups.tallies, &groups.live);
        let at = At { touched: std::mem::take(&mut touched), ..at };
        let written = own.iter().zip(&access.writes).map(|(bytes, column)| (column.id, &**bytes));
        pass.prepare(&at, &View::new(read.iter().copied().chain(written).collect()));
        let view = View::new(read);
        let mine = own.iter_mut().zip(&access.writes).map(|(b, c)| (c.id, c.width(), &mut **b));
        let mut mine = Mine::new(
            mine.chain(next.into_iter().map(|next| (TypeId::of::<Old>(), 1, &mut next[..n]))).collect(),
        );
        let mut doubtful = pass.whole(&at, &mut mine, &mut groups.state);
        if doubtful {
            copies.iter_mut().for_each(|copy| copy.noted = false);
        } else {
            let job = Job::new(&*pass, &view, *sizes, (&access.writes, groups.ended > 0), notes);
            doubtful = job.leaves_bad(at, mine, &mut groups.state);
        }
        if doubtful && !pass.is_finite() {
            fault.0 = first_fault(pass.name(), &now, own.iter().map(|bytes| &**bytes).zip(&access.writes));
        }
        if pass.owns_groups() && groups.live.iter().any(|&group| groups.state[group as usize].ended) {
            groups.leave_out();
        }
    };
    let params = (
        readers,
        writers,
        ParamBuilder::resource::<Now>(),
        ParamBuilder::resource::<Sizes>(),
        ParamBuilder::resource_mut::<Groups>(),
        ParamBuilder::resource_mut::<Fault>(),
    );
    Box::new(IntoSystem::into_system(params.build_state(world).build_system(run)))
}

/// What a pass is lent of columns that the driver has copied.
#[derive(Default)]
struct Lent<'a> {
    old: Vec<(&'a ColumnDef, &'a [u8])>,
    /// room in which is noted what is written
    next: Vec<&'a mut [u8]>,
    /// where a column stands among those that are written, and where its note does
    notes: Vec<(usize, usize)>,
}

impl<'a> Lent<'a> {
    fn of(copies: &'a mut [Old], access: &'a Access, notes: impl Fn(&ColumnDef) -> bool) -> Lent<'a> {
        let mut lent = Lent::default();
        for (nth, (copy, column)) in copies.iter_mut().zip(&access.writes).enumerate() {
            if access.copied(column) {
                let Old { values, next, noted } = copy;
                lent.old.push((column, bytemuck::cast_slice(values)));
                let place = access.writes.len() + lent.next.len();
                *noted = place < WRITTEN && notes(column);
                if *noted {
                    next.resize(values.len(), 0);
                    lent.notes.push((nth, place));
                    lent.next.push(bytemuck::cast_slice_mut(next));
                }
            }
        }
        lent
    }
}

/// The first value that a pass has written and that is no finite number.
fn first_fault<'a>(
    pass: &'static str,
    now: &Now,
    written: impl Iterator<Item = (&'a [u8], &'a ColumnDef)>,
) -> Option<NonFinite> {
    // Payoffs that were not written are those of an earlier tick.
    let mut written = written.filter(|(_, column)| now.looked_at || column.id != TypeId::of::<Payoff>());
    written.find_map(|(bytes, column)| {
        let agent = first_not_finite(bytes, column.dtype)?;
        Some(NonFinite { pass, tick: now.tick, column: column.name.to_string(), agent: agent / column.len })
    })
}

/// Whether all values are numbers that are neither NaN nor infinite.
fn is_finite(bytes: &[u8], dtype: Dtype) -> bool {
    // Of the bits without the sign, those of infinity are the first that are no finite number.
    match dtype {
        Dtype::F32 => {
            let bits = bytemuck::cast_slice::<u8, u32>(bytes).iter();
            wide!(bits.fold(0, |most, bits| most.max(bits & !f32::to_bits(-0.0)))) < f32::INFINITY.to_bits()
        }
        Dtype::F64 => {
            let bits = bytemuck::cast_slice::<u8, u64>(bytes).iter();
            wide!(bits.fold(0, |most, bits| most.max(bits & !f64::to_bits(-0.0)))) < f64::INFINITY.to_bits()
        }
        _ => true,
    }
}

/// The first agent whose value is NaN or infinite.
fn first_not_finite(bytes: &[u8], dtype: Dtype) -> Option<usize> {
    let width = dtype.width();
    let clean = |rows: Range<usize>| is_finite(&bytes[rows.start * width..rows.end * width], dtype);
    if fold(0..bytes.len() / width, clean, |a, b| a & b) != Some(false) {
        return None;
    }
    match dtype {
        Dtype::F32 => bytemuck::cast_slice::<u8, f32>(bytes).iter().position(|x| !x.is_finite()),
        _ => bytemuck::cast_slice::<u8, f64>(bytes).iter().position(|x| !x.is_finite()),
    }
}

/// One run of a pass over all its rows.
struct Job<'a> {
    pass: &'a dyn Pass,
    view: &'a View<'a>,
    sizes: Sizes,
    any_ended: bool,
    writes: &'a [ColumnDef],
    /// of each column that is noted while it is written: where it stands among those, and where the note does
    notes: Vec<(usize, usize)>,
    /// whether numbers are looked at
    looks: bool,
    /// whether a number is not finite; ORDER: once it is set, it stays
    bad: AtomicBool,
}

impl<'a> Job<'a> {
    fn new(
        pass: &'a dyn Pass,
        view: &'a View<'a>,
        sizes: Sizes,
        (writes, any_ended): (&'a [ColumnDef], bool),
        notes: Vec<(usize, usize)>,
    ) -> Job<'a> {
        let (looks, bad) = (!pass.is_finite(), AtomicBool::new(false));
        Job { pass, view, sizes, any_ended, writes, notes, looks, bad }
    }

    /// Whether a run over all rows leaves a number that is not finite.
    fn leaves_bad(self, at: At, mine: Mine, groups: &mut [Group]) -> bool {
        self.run(at, mine, groups);
        self.bad.into_inner()
    }

    /// Makes a block, these of the rows, and looks at its numbers while they are near.
    fn block(&self, at: &At, (mine, rows): (&mut Mine, Range<usize>), groups: &mut [Group]) {
        if at.agents > self.sizes.far {
            mine.each(rows.clone()).for_each(prefetch_next);
        }
        self.pass.block(at, self.view, mine.rows(rows.clone()), groups);
        self.notes.iter().for_each(|&(column, note)| mine.note(rows.clone(), column, note));
        let mut written = mine.each(rows).zip(self.writes);
        if self.looks && !written.all(|(bytes, column)| is_finite(bytes, column.dtype)) {
            self.bad.store(true, Relaxed);
        }
    }

    /// Splits the rows into tasks. `groups` are those of the rows if the pass owns groups, else all.
    fn run(&self, at: At, mut mine: Mine, groups: &mut [Group]) {
        let unit = if self.pass.owns_groups() { at.group_size } else { 1 };
        let task = self.sizes.task.div_ceil(unit) * unit;
        if at.len <= task {
            return self.task(at, mine, groups);
        }
        let left = at.len.div_ceil(task).div_ceil(2) * task;
        let (a, b) = (mine.split_off(left), mine);
        let head = At { len: left, ..at };
        let tail = At { first: at.first + left, len: at.len - left, ..at };
        if !self.pass.owns_groups() {
            let all: &[Group] = groups;
            return self.run_rows(head, tail, a, b, all);
        }
        let (head_groups, tail_groups) = groups.split_at_mut(left / unit);
        rayon::join(|| self.run(head, a, head_groups), || self.run(tail, b, tail_groups));
    }

    fn run_rows(&self, head: At, tail: At, a: Mine, b: Mine, groups: &[Group]) {
        let half = |at: At, mut mine: Mine| {
            if at.len <= self.sizes.task {
                return self.rows(at, mine, groups);
            }
            let left = at.len.div_ceil(self.sizes.task).div_ceil(2) * self.sizes.task;
            let (a, b) = (mine.split_off(left), mine);
            let (head, tail) =
                (At { len: left, ..at }, At { first: at.first + left, len: at.len - left, ..at });
            self.run_rows(head, tail, a, b, groups);
        };
        if tail.len < self.sizes.task.max(PARALLEL.min(8 * self.sizes.task)) {
            half(head, a);
            half(tail, b);
        } else {
            rayon::join(|| half(head, a), || half(tail, b));
        }
    }

    fn task(&self, at: At, mine: Mine, groups: &mut [Group]) {
        if !self.pass.owns_groups() {
            return self.rows(at, mine, groups);
        }
        let (first, mut at, mut mine) = (at.first, at, mine);
        let mut groups = groups.iter_mut().peekable();
        while let Some(group) = groups.next() {
            let live = !group.ended;
            let mut count = 1;
            while !live && groups.next_if(|next| next.ended).is_some() {
                count += 1;
            }
            at.len = count * at.group_size;
            if live {
                let rows = at.first - first..at.first - first + at.len;
                self.block(&at, (&mut mine, rows), std::slice::from_mut(group));
            }
            at.first += at.len;
        }
    }

    /// Where the block ends that begins at `at.first`. Blocks of large groups lie on a grid of the group, so that a
    /// stored structure can be laid out in the same blocks; small groups share blocks unless the pass forbids it.
    fn border(&self, at: At) -> usize {
        let (size, block) = (at.group_size, self.sizes.block);
        if size < BLOCK && !self.pass.by_group() {
            return (at.first / block + 1) * block;
        }
        let start = at.first / size * size;
        (start + ((at.first - start) / block + 1) * block).min(start + size)
    }

    /// Blocks of one task; rows of stopped groups are passed over.
    fn rows(&self, at: At, mine: Mine, groups: &[Group]) {
        let (first, end) = (at.first, at.first + at.len);
        let (mut at, mut mine) = (at, mine);
        while at.first < end {
            let mut len = self.border(at).min(end) - at.first;
            let mut live = true;
            if self.any_ended {
                let group = at.first / at.group_size;
                live = !groups[group].ended;
                // No further than this task: a look at all groups from every task would cost their square.
                let last = (end - 1) / at.group_size;
                let alike = groups[group..=last].iter().take_while(|g| g.ended != live).count();
                len = len.min((group + alike) * at.group_size - at.first);
            }
            at.len = len;
            if live {
                let rows = at.first - first..at.first - first + len;
                self.block(&at, (&mut mine, rows), &mut []);
            }
            at.first += len;
        }
    }
}

/// Whether the driver notes what is written into a column, block by block, for the next tick, when it would have to be copied
/// otherwise. Wide columns would cost too much room.
fn is_noted(column: &ColumnDef, agents: usize, far: usize) -> bool {
    column.width() == 1 && agents > far
}

/// A column as it was before the pass that writes it.
#[derive(Default)]
struct Old {
    values: Vec<u64>,
    /// what the pass has written last
    next: Vec<u64>,
    /// whether that is all of it
    noted: bool,
}

impl Old {
    /// Takes up these values. They need not be copied if they were noted, and nobody has `touched` them since.
    fn of(&mut self, bytes: &[u8], touched: bool) {
        if std::mem::take(&mut self.noted) && !touched {
            return std::mem::swap(&mut self.values, &mut self.next);
        }
        self.values.resize(bytes.len().div_ceil(8), 0);
        copy_bytes(bytes, &mut bytemuck::cast_slice_mut(&mut self.values)[..bytes.len()]);
    }
}

/// Copies a column, in parallel where it is long: a page after another is copied faster than each by itself.
fn copy_bytes(from: &[u8], to: &mut [u8]) {
    use rayon::prelude::*;
    const PIECE: usize = 1 << 20;
    if to.len() <= PIECE {
        return to.copy_from_slice(from);
    }
    to.par_chunks_mut(PIECE).zip(from.par_chunks(PIECE)).for_each(|(to, from)| to.copy_from_slice(from));
}
