//! Snapshots: which columns they have, and their rows in the order of the agents' places in the source.

use super::files::AGENTS;
use crate::columns::{ColumnDef, Dtype, Item, Payoff, View};
use crate::partners::Structure;
use crate::pass::{BLOCK, Coded};
use crate::record::cells::{Cells, CellsRef, Field};
use crate::record::error::RunError;
use crate::record::layout::TableSpec;
use crate::record::manifest::FileHash;
use crate::record::snapshots::SnapshotSpec;
use crate::record::writer::Writer;
use crate::scenario::Scenario;
use crate::simulation::Simulation;
use crate::structures::{Names, Shape};
use std::any::TypeId;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Rows that are put in order at a time.
const PIECE: usize = 1 << 16;

/// What the people are called in the file that the world's network was read from.
enum Ids {
    Numbers(Vec<u64>),
    Words(Vec<String>),
}

/// The snapshots of a run that goes on.
pub(super) struct Snapshots {
    every: u64,
    writer: Writer,
    columns: Vec<ColumnDef>,
    ids: Option<Ids>,
    /// snapshots that were taken
    done: u64,
    last: Option<u64>,
    room: Vec<Cells>,
}

impl Snapshots {
    /// The snapshots, if the world asks for any, after those up to `tick`; none: from the beginning.
    pub(super) fn open(
        folder: &Path,
        simulation: &Simulation,
        facts: &[(String, String)],
        tick: Option<u64>,
    ) -> Result<Option<Snapshots>, RunError> {
        let s = simulation.scenario();
        let every = s.record.snapshot_every.get();
        if every == 0 {
            return Ok(None);
        }
        // The snapshot of a last tick that is none of every so many is dropped: a run that is extended has none.
        let done = tick.map_or(0, |tick| tick / every + 1);
        let columns = recorded(s, simulation.columns());
        let ids = ids(s);
        let table = TableSpec {
            facts: facts.to_vec(),
            sorted: vec![0, 1],
            ..TableSpec::new(fields(s, &columns, ids.as_ref()))
        };
        let spec =
            SnapshotSpec { table, agents: s.layout.agents as u64, part_rows: s.record.part_rows.get() };
        let writer = Writer::start(&folder.join(AGENTS), spec, done)?;
        let last = tick.filter(|tick| tick.is_multiple_of(every));
        let room = columns.iter().map(|column| Field::new("", column.dtype).buffer()).collect();
        Ok(Some(Snapshots { every, writer, columns, ids, done, last, room }))
    }

    /// Whether the tick has a snapshot wherever the run ends.
    pub(super) fn due(&self, tick: u64) -> bool {
        tick.is_multiple_of(self.every)
    }

    /// Takes a snapshot of the present tick, if it is due or the `last` one.
    pub(super) fn record(&mut self, simulation: &Simulation, last: bool) -> Result<(), RunError> {
        let tick = simulation.ticks_done();
        if !(last || self.due(tick)) || self.last == Some(tick) {
            return Ok(());
        }
        let view = simulation.view();
        let coded = simulation.coded_payoffs();
        let agents = simulation.scenario().layout.agents;
        let groups = simulation.groups();
        let order = Order { size: groups.size, structure: simulation.structure() };
        let (mut slots, mut first) = (vec![], 0);
        while first < agents {
            let rows = first..order.end(first, agents);
            let moved = order.slots(rows.clone(), &mut slots);
            let from = Source { view: &view, coded: coded.as_deref(), slots: moved.then_some(&slots[..]) };
            self.piece(tick, rows.clone(), from, (groups.size, agents))?;
            first = rows.end;
        }
        self.writer.end_snapshot()?;
        (self.done, self.last) = (self.done + 1, Some(tick));
        Ok(())
    }

    /// Hands over some rows.
    fn piece(
        &mut self,
        tick: u64,
        agents: Range<usize>,
        from: Source,
        (size, all): (usize, usize),
    ) -> Result<(), RunError> {
        if let Some(slots) = from.slots {
            for (column, room) in self.columns.iter().zip(&mut self.room) {
                gather(from.view, column, slots, room);
            }
        }
        // Ids begin anew where a group does; everything else could go over in one piece.
        let mut at = agents.start;
        while at < agents.end {
            let border = if self.ids.is_some() { (at / size + 1) * size } else { agents.end };
            let rows = at..agents.end.min(border);
            let count = rows.len();
            let mut cells = vec![
                CellsRef::Repeat { value: tick, rows: count },
                CellsRef::Count { first: at as u64, each: 1, rows: count },
            ];
            match &self.ids {
                Some(Ids::Numbers(ids)) => cells.push(CellsRef::U64(&ids[at % size..][..count])),
                Some(Ids::Words(ids)) => cells.push(CellsRef::Text(&ids[at % size..][..count])),
                None => {}
            }
            if all > size {
                cells.push(CellsRef::Count { first: at as u64, each: size as u64, rows: count });
            }
            for (column, room) in self.columns.iter().zip(&self.room) {
                cells.push(match from.slots {
                    Some(_) => room.view().slice(rows.start - agents.start..rows.end - agents.start),
                    None => from.plain(column, rows.clone()),
                });
            }
            self.writer.piece(&cells)?;
            at = rows.end;
        }
        Ok(())
    }

    /// Makes all snapshots readable and durable.
    pub(super) fn checkpoint(&mut self) -> Result<(), RunError> {
        self.writer.checkpoint().map(|_| ())
    }

    /// Ends the last part; returns the fingerprints of those that were ended here, by their places in the run's folder.
    pub(super) fn finish(self) -> Result<Vec<FileHash>, RunError> {
        let mut files = self.writer.finish()?;
        files.iter_mut().for_each(|file| file.path = format!("{AGENTS}/{}", file.path));
        Ok(files)
    }
}

/// The columns of a snapshot: the strategy first, then those that were asked for, or all.
pub(super) fn recorded(s: &Scenario, mut columns: Vec<ColumnDef>) -> Vec<ColumnDef> {
    // A list an agent is no cell of a table.
    columns.retain(|column| column.len == 1);
    if let Some(wanted) = &s.record.columns {
        columns
            .retain(|column| *column.name == *"strategy" || wanted.iter().any(|name| **name == *column.name));
    }
    columns.sort_by_key(|column| *column.name != *"strategy");
    columns
}

fn ids(s: &Scenario) -> Option<Ids> {
    let Shape::Read { names, .. } = s.structure.as_ref()?.1.shape() else { return None };
    match names {
        Names::Words(words) => Some(Ids::Words(words.to_vec())),
        Names::Numbers(numbers) => {
            let whole: Result<Vec<u64>, _> = numbers.iter().map(u64::try_from).collect();
            let texts = || Ids::Words(numbers.iter().map(|id| id.to_string()).collect());
            Some(whole.map_or_else(|_| texts(), Ids::Numbers))
        }
    }
}

fn fields(s: &Scenario, columns: &[ColumnDef], ids: Option<&Ids>) -> Vec<Field> {
    let mut fields = vec![
        Field::new("tick", Dtype::U64).rising().described("ticks", "0 is the start"),
        Field::new("agent_id", Dtype::U32)
            .rising()
            .described("", "place in the population, or in the source"),
    ];
    // A world may have a trait of this name.
    let name = if columns.iter().any(|column| *column.name == *"id") { "source_id" } else { "id" };
    let about = "what the agent is called in the file of the structure";
    fields.extend(ids.map(|ids| match ids {
        Ids::Numbers(_) => Field::new(name, Dtype::U64).described("", about),
        Ids::Words(_) => Field::text(name).described("", about),
    }));
    if s.layout.groups() > 1 {
        fields.push(Field::new("group", Dtype::U32).rising().described("", "the group, from 0"));
    }
    fields.extend(columns.iter().map(|column| {
        let (unit, about) = match &*column.name {
            "strategy" => ("", "what the agent does"),
            "reputation" => ("", "how the agent is seen"),
            "payoff" => ("payoff units", "payoff of the tick, or since the last learning"),
            "excluded" => ("ticks", "ticks for which the agent still meets nobody"),
            "offences" => ("", "offences for which the agent was punished so far"),
            "stage" => ("", "stage of what spreads"),
            _ => ("", ""),
        };
        let field = match &*column.labels {
            [] => Field::new(&*column.name, column.dtype),
            labels => Field::labelled(&*column.name, labels.to_vec()),
        };
        field.described(unit, about)
    }));
    fields
}

/// The order of the agents in the source, where a structure numbers them otherwise.
struct Order<'a> {
    size: usize,
    structure: Option<&'a Arc<dyn Structure>>,
}

impl Order<'_> {
    /// Where a piece that begins with this agent ends: whole blocks of whole groups.
    fn end(&self, first: usize, agents: usize) -> usize {
        let mut end = first;
        while end < agents {
            let room = PIECE - (end - first);
            let left = (end / self.size + 1) * self.size - end;
            let step = if left <= room { left } else { room / BLOCK * BLOCK };
            if step == 0 {
                break;
            }
            end += step;
        }
        end
    }

    /// Where the agents are stored; false if each is at its own place.
    ///
    /// A structure moves agents inside the blocks of their group alone, so a piece of whole blocks has all of its own.
    fn slots(&self, agents: Range<usize>, slots: &mut Vec<u32>) -> bool {
        let Some(original) = self.structure.and_then(|structure| structure.original()) else { return false };
        slots.clear();
        slots.resize(agents.len(), 0);
        for slot in agents.clone() {
            let place = slot - slot % original.len() + original[slot % original.len()] as usize;
            slots[place - agents.start] = slot as u32;
        }
        true
    }
}

/// Where the rows of a piece are.
struct Source<'a> {
    view: &'a View<'a>,
    /// payoffs, where there are codes of them
    coded: Option<&'a Coded>,
    /// where the agents are stored, where that is not their place
    slots: Option<&'a [u32]>,
}

impl<'a> Source<'a> {
    /// Rows of a column as they are stored.
    fn plain(&self, column: &ColumnDef, rows: Range<usize>) -> CellsRef<'a> {
        let view = self.view;
        match (column.dtype, self.coded) {
            (Dtype::F32, Some(Coded { numbers, codes, .. })) if column.id == TypeId::of::<Payoff>() => {
                CellsRef::Few { values: numbers, codes: &codes[rows] }
            }
            (Dtype::Bool | Dtype::U8, _) => CellsRef::U8(&view.of(column)[rows]),
            (Dtype::U16, _) => CellsRef::U16(&view.of(column)[rows]),
            (Dtype::U32, _) => CellsRef::U32(&view.of(column)[rows]),
            (Dtype::U64, _) => CellsRef::U64(&view.of(column)[rows]),
            (Dtype::F32, _) => CellsRef::F32(&view.of(column)[rows]),
            (Dtype::F64, _) => CellsRef::F64(&view.of(column)[rows]),
        }
    }
}

/// Rows of a column from where they are stored.
fn gather(view: &View, column: &ColumnDef, slots: &[u32], room: &mut Cells) {
    fn each<T: Item>(view: &View, column: &ColumnDef, slots: &[u32], room: &mut Vec<T>) {
        let values = view.of::<T>(column);
        room.clear();
        room.extend(slots.iter().map(|&slot| values[slot as usize]));
    }
    match room {
        Cells::U8(room) => each(view, column, slots, room),
        Cells::U16(room) => each(view, column, slots, room),
        Cells::U32(room) => each(view, column, slots, room),
        Cells::U64(room) => each(view, column, slots, room),
        Cells::F32(room) => each(view, column, slots, room),
        Cells::F64(room) => each(view, column, slots, room),
        Cells::Text(_) => unreachable!("a column holds numbers"),
    }
}
