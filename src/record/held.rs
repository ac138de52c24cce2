//! A column of a piece on its way to the encoder.

use super::cells::{Cells, CellsRef, Field};
use super::few::Growing;

/// Rows of one column. Ticks, ids and groups mostly are one run of numbers: a run is kept as it was said. Columns of few
/// different numbers are kept as codes. So a snapshot on its way takes few bytes, and the encoder finds what it would look for.
pub(super) struct Held {
    told: Told,
    /// where the numbers of the column may be few
    few: Option<Growing>,
    values: Cells,
}

/// How the rows are kept; the other ways of a [`Held`] are empty.
enum Told {
    Run(CellsRef<'static>),
    Few,
    Values,
}

impl Held {
    /// No rows yet.
    pub(super) fn new(field: &Field) -> Held {
        let few = field.may_be_few().then(Growing::default);
        Held { told: Told::Values, few, values: field.buffer() }
    }

    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        match &self.told {
            Told::Run(run) => run.len(),
            Told::Few => self.few.as_ref().map_or(0, Growing::len),
            Told::Values => self.values.len(),
        }
    }

    /// Forgets the rows, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.told = Told::Values;
        self.values.clear();
        self.few.iter_mut().for_each(Growing::clear);
    }

    /// The rows, borrowed.
    pub(super) fn view(&self) -> CellsRef<'_> {
        match (&self.told, &self.few) {
            (Told::Run(run), _) => run.clone(),
            (Told::Few, Some(few)) => few.view(),
            _ => self.values.view(),
        }
    }

    /// Adds rows. They must be of the field's kind.
    pub(super) fn extend(&mut self, more: &CellsRef) {
        let empty = self.len() == 0;
        let run = if let Told::Run(run) = &self.told { Some(run) } else { None };
        if (empty || run.is_some())
            && let Some(longer) = joined(run, more)
        {
            self.told = Told::Run(longer);
            return;
        }
        if let Some(few) = &mut self.few
            && (empty || matches!(self.told, Told::Few))
            && few.extend(more)
        {
            self.told = Told::Few;
            return;
        }
        match (std::mem::replace(&mut self.told, Told::Values), &mut self.few) {
            (Told::Run(run), _) => self.values.extend(&run),
            (Told::Few, Some(few)) => {
                self.values.extend(&few.view());
                few.clear();
            }
            _ => {}
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
