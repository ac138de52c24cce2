//! `events.parquet`: what happened when, to whom, and how large it was.

use super::cells::{Cells, CellsRef, Field};
use super::error::RunError;
use super::layout::TableSpec;
use super::table::Table;
use crate::columns::Dtype;
use std::path::{Path, PathBuf};

/// Events that wait before they go to the table in one piece.
const TOGETHER: usize = 4096;

/// Something that happened.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event {
    /// When.
    pub tick: u64,
    /// In which group, where it happened in one; below 2^32 - 1.
    pub group: Option<u32>,
    /// What: a code of the table's kinds.
    pub event: u8,
    /// To whom, where it happened to one; an agent of the population.
    pub agent: Option<u64>,
    /// How large; NaN where there is no size.
    pub value: f64,
}

/// The events of a run so far. Rows go to the disk as row groups fill, so memory is bounded.
pub struct Events {
    path: PathBuf,
    table: Table,
    waiting: Vec<Event>,
    columns: Vec<Cells>,
    constants: Vec<u64>,
    kinds: usize,
}

/// What decides the table: the population, the words, and what is the same in every row.
#[derive(Debug, Clone)]
pub struct EventsSpec {
    /// Agents of the population: `agent_id` is u32 up to 4 billion, u64 above.
    pub agents: u64,
    /// The kinds of events, by their codes.
    pub kinds: Vec<String>,
    /// Columns of whole numbers or labels that are the same in every row.
    pub constants: Vec<(Field, u64)>,
    /// What the file says about itself.
    pub facts: Vec<(String, String)>,
}

impl EventsSpec {
    fn table(&self) -> TableSpec {
        let id = if self.agents > u64::from(u32::MAX) { Dtype::U64 } else { Dtype::U32 };
        let mut fields = vec![
            Field::new("tick", Dtype::U64).described("ticks", "when it happened"),
            Field::new("group", Dtype::U32).or_null(),
            Field::labelled("event", self.kinds.clone()),
            Field::new("agent_id", id).or_null(),
            Field::new("value", Dtype::F64).or_null(),
        ];
        fields.extend(self.constants.iter().map(|(field, _)| field.clone()));
        TableSpec { facts: self.facts.clone(), ..TableSpec::new(fields) }
    }
}

impl Events {
    /// No events yet.
    ///
    /// # Errors
    /// As [`Table::create`]; [`RunError::Columns`] where there are no kinds.
    pub fn create(path: &Path, spec: &EventsSpec) -> Result<Self, RunError> {
        let table = Table::create(path, spec.table())?;
        Self::of(path, spec, table)
    }

    /// Goes on after the first `rows` events of the file, as [`Events::checkpoint`] returned it.
    ///
    /// # Errors
    /// As [`Table::resume`].
    pub fn resume(path: &Path, spec: &EventsSpec, rows: u64) -> Result<Self, RunError> {
        let table = Table::resume(path, spec.table(), path, rows)?;
        Self::of(path, spec, table)
    }

    fn of(path: &Path, spec: &EventsSpec, table: Table) -> Result<Self, RunError> {
        if spec.kinds.is_empty() {
            return Err(RunError::columns(path, "there are no kinds of events"));
        }
        Ok(Events {
            path: path.to_path_buf(),
            table,
            waiting: Vec::with_capacity(TOGETHER),
            columns: spec.table().fields[..5].iter().map(Field::buffer).collect(),
            constants: spec.constants.iter().map(|(_, value)| *value).collect(),
            kinds: spec.kinds.len(),
        })
    }

    /// Appends an event.
    ///
    /// # Errors
    /// [`RunError::Columns`] where the kind is not known; as [`Table::append`].
    pub fn push(&mut self, event: Event) -> Result<(), RunError> {
        if usize::from(event.event) >= self.kinds {
            let what = format!("there is no event of code {}", event.event);
            return Err(RunError::columns(&self.path, what));
        }
        self.waiting.push(event);
        if self.waiting.len() == TOGETHER { self.hand_over() } else { Ok(()) }
    }

    /// Writes the events so far as a complete file, and returns their number, which [`Events::resume`] wants.
    ///
    /// # Errors
    /// As [`Table::checkpoint`].
    pub fn checkpoint(&mut self) -> Result<u64, RunError> {
        self.hand_over()?;
        self.table.checkpoint(&self.path)?;
        Ok(self.table.rows())
    }

    /// Writes the complete file.
    ///
    /// # Errors
    /// As [`Table::finish`].
    pub fn finish(mut self) -> Result<(), RunError> {
        self.hand_over()?;
        self.table.finish()
    }

    #[expect(clippy::cast_possible_truncation, reason = "agents are below 2^32 where ids are u32")]
    fn hand_over(&mut self) -> Result<(), RunError> {
        for cells in &mut self.columns {
            cells.clear();
        }
        let events = self.waiting.iter();
        let [tick, group, kind, agent, value] = &mut self.columns[..] else {
            unreachable!("an event has five columns");
        };
        if let (Cells::U64(tick), Cells::U32(group), Cells::U8(kind)) = (tick, group, kind) {
            tick.extend(events.clone().map(|event| event.tick));
            group.extend(events.clone().map(|event| event.group.unwrap_or(u32::MAX)));
            kind.extend(events.clone().map(|event| event.event));
        }
        match agent {
            Cells::U32(to) => {
                to.extend(events.clone().map(|event| event.agent.map_or(u32::MAX, |id| id as u32)));
            }
            Cells::U64(to) => to.extend(events.clone().map(|event| event.agent.unwrap_or(u64::MAX))),
            other => unreachable!("an agent's id is a whole number, not {other:?}"),
        }
        if let Cells::F64(value) = value {
            value.extend(events.map(|event| event.value));
        }
        let rows = self.waiting.len();
        let constants = self.constants.iter().map(|&value| CellsRef::Repeat { value, rows });
        let columns: Vec<CellsRef> = self.columns.iter().map(Cells::view).chain(constants).collect();
        self.table.append(&columns)?;
        self.waiting.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::TestFolder;
    use super::super::rows::read_table;
    use super::*;

    fn spec(agents: u64) -> EventsSpec {
        EventsSpec {
            agents,
            kinds: vec!["cascade".into(), "intervention".into()],
            constants: vec![(Field::new("replicate", Dtype::U32), 3)],
            facts: vec![],
        }
    }

    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "small numbers")]
    fn event(number: u64) -> Event {
        let odd = number % 2 == 1;
        Event {
            tick: number / 10,
            group: odd.then_some(number as u32),
            event: u8::from(odd),
            agent: (!odd).then_some(number),
            value: if odd { f64::NAN } else { number as f64 / 3.0 },
        }
    }

    #[test]
    fn resumed_events_have_the_bytes_of_uninterrupted_ones() {
        let folder = TestFolder::new();
        let (plain, broken) = (folder.join("plain.parquet"), folder.join("events.parquet"));
        for agents in [1000, 1 << 33] {
            let mut events = Events::create(&plain, &spec(agents)).unwrap();
            (0..9000).for_each(|number| events.push(event(number)).unwrap());
            events.finish().unwrap();
            let mut events = Events::create(&broken, &spec(agents)).unwrap();
            for first in [0, 10, 4096, 5000] {
                let end = [10, 4096, 5000, 9000].into_iter().find(|&end| end > first).unwrap();
                (first..end).for_each(|number| events.push(event(number)).unwrap());
                let rows = events.checkpoint().unwrap();
                assert_eq!(rows, end);
                events.push(event(1)).unwrap();
                drop(events);
                events = Events::resume(&broken, &spec(agents), rows).unwrap();
            }
            events.finish().unwrap();
            assert!(std::fs::read(&plain).unwrap() == std::fs::read(&broken).unwrap());
        }
    }

    #[test]
    fn what_has_no_group_agent_or_value_comes_back_without() {
        let folder = TestFolder::new();
        let path = folder.join("events.parquet");
        let mut events = Events::create(&path, &spec(10)).unwrap();
        (0..2).for_each(|number| events.push(event(number)).unwrap());
        let unknown = Event { event: 2, ..event(0) };
        assert!(events.push(unknown).is_err());
        events.finish().unwrap();
        let columns = read_table(&path, &spec(10).table()).unwrap();
        assert_eq!(columns[1], Cells::U32(vec![u32::MAX, 1]));
        assert_eq!(columns[2], Cells::U8(vec![0, 1]));
        assert_eq!(columns[3], Cells::U32(vec![0, u32::MAX]));
        assert_eq!(columns[5], Cells::U32(vec![3, 3]));
    }
}
