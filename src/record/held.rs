//! A column of a piece on its way to the encoder.

use super::cells::{Cells, CellsRef, Field};

/// Rows of one column. Ticks, ids and groups mostly are one run of numbers: a run is kept as it was said, so that a
/// snapshot on its way takes the bytes of its columns and no more.
pub(super) struct Held {
    /// all rows, where they are one run; `values` is empty then
    run: Option<CellsRef<'static>>,
    values: Cells,
}

impl Held {
    /// No rows yet.
    pub(super) fn new(field: &Field) -> Held {
        Held { run: None, values: field.buffer() }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.run.as_ref().map_or(self.values.len(), CellsRef::len)
    }

    /// Forgets the rows, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.run = None;
        self.values.clear();
    }

    /// The rows, borrowed.
    pub(super) fn view(&self) -> CellsRef<'_> {
        self.run.clone().unwrap_or_else(|| self.values.view())
    }

    /// Adds rows. They must be of the field's kind.
    pub(super) fn extend(&mut self, more: &CellsRef) {
        if self.values.is_empty() {
            let run = joined(self.run.as_ref(), more);
            if run.is_some() {
                self.run = run;
                return;
            }
        }
        if let Some(run) = self.run.take() {
            self.values.extend(&run);
        }
        self.values.extend(more);
    }
}

/// The run that goes on with these rows, if it does.
fn joined(run: Option<&CellsRef>, more: &CellsRef) -> Option<CellsRef<'static>> {
    use CellsRef::{Count, Repeat};
    let rows = run.map_or(0, CellsRef::len) + more.len();
    Some(match (run, more) {
        (None, &Repeat { value, .. }) => Repeat { value, rows },
        (None, &Count { first, each, .. }) => Count { first, each, rows },
        (Some(&Repeat { value, .. }), &Repeat { value: same, .. }) if value == same => Repeat { value, rows },
        (Some(&Count { first, each, rows: before }), &Count { first: next, each: alike, .. })
            if (first + before as u64, each) == (next, alike) =>
        {
            Count { first, each, rows }
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columns::Dtype;

    #[test]
    fn a_run_stays_a_run_until_it_breaks_and_no_row_is_lost_then() {
        let mut held = Held::new(&Field::new("agent_id", Dtype::U32));
        held.extend(&CellsRef::Count { first: 5, each: 1, rows: 2 });
        held.extend(&CellsRef::Count { first: 7, each: 1, rows: 1 });
        assert!(matches!(held.view(), CellsRef::Count { first: 5, each: 1, rows: 3 }));
        held.extend(&CellsRef::Count { first: 0, each: 1, rows: 2 });
        held.extend(&CellsRef::Repeat { value: 9, rows: 1 });
        assert!(matches!(held.view(), CellsRef::U32([5, 6, 7, 0, 1, 9])));
        held.clear();
        held.extend(&CellsRef::Repeat { value: 4, rows: 2 });
        held.extend(&CellsRef::Repeat { value: 4, rows: 1 });
        assert!(matches!(held.view(), CellsRef::Repeat { value: 4, rows: 3 }));
        held.extend(&CellsRef::U32(&[1]));
        assert_eq!((held.len(), held.view().len()), (4, 4));
        assert!(matches!(held.view(), CellsRef::U32([4, 4, 4, 1])));
        held.clear();
        held.extend(&CellsRef::Count { first: 5, each: 3, rows: 2 });
        held.extend(&CellsRef::Count { first: 7, each: 3, rows: 1 });
        held.extend(&CellsRef::Count { first: 8, each: 2, rows: 1 });
        assert!(matches!(held.view(), CellsRef::U32([1, 2, 2, 4])));
    }
}
