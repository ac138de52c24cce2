//! Edge lists: who is tied to whom.
//!
//! The ends of a tie stand in the first two columns, or in the two that a header names as a pair (see [`HEADERS`]).
//! The first line of a text is a header
//!
//! - if two of its cells are such a pair of names, in any case, or
//! - if a weight column was asked for and one of its cells is that name, or
//! - if neither of its first two cells is a number while both of the second line are integers, or
//! - if its weight is no number while that of the second line is.
//!
//! So the names of two people in the first line are taken for a tie, and other headers above names must use one of
//! the pairs.

use std::path::Path;

use arrow::array::Array;

use super::columnar::{Cells, Columnar, in_row};
use super::ids::{Ends, TooMany, integer};
use super::text::{TextRow, TextTable};
use super::{DEFAULT_MAX_BYTES, Format, InputError, find_column, open, sha256_file};

pub use super::ids::{Ids, Numbers};
use crate::pass;

/// Pairs of names that make the first line a header, and the columns of the two ends.
pub const HEADERS: &[[&str; 2]] = &[
    ["source", "target"],
    ["from", "to"],
    ["src", "dst"],
    ["node_1", "node_2"],
    ["node1", "node2"],
    ["id_1", "id_2"],
    ["id1", "id2"],
    ["ego", "alter"],
    ["follower", "followee"],
    ["fromnodeid", "tonodeid"],
];

/// How an edge list is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeOptions {
    /// Whether (a, b) and (b, a) are two ties rather than one.
    pub directed: bool,
    /// The column of the weights, by name or by number from 0; without one, ties have no weight.
    pub weight_column: Option<String>,
    /// The largest file to read, in bytes. Reading may take some twenty times as much memory.
    pub max_bytes: u64,
}

impl Default for EdgeOptions {
    fn default() -> Self {
        Self { directed: false, weight_column: None, max_bytes: DEFAULT_MAX_BYTES }
    }
}

/// A network as a file gives it: people numbered from 0 in the order of their ids, and their ties.
#[derive(Debug, Clone, PartialEq)]
pub struct Edges {
    /// The original ids: person `i` is the `i`-th. Somebody who stands only in loops is among them.
    pub ids: Ids,
    /// The ties in ascending order, each once; if undirected, the smaller end first.
    pub ties: Vec<[u32; 2]>,
    /// A finite weight of either sign for each tie, if a column of weights was asked for.
    pub weights: Option<Vec<f32>>,
    /// Ties dropped because the file has them already; the first one's weight was kept.
    pub duplicates: u64,
    /// Ties of somebody with themselves, dropped.
    pub loops: u64,
    /// The size of the file in bytes.
    pub bytes: u64,
    /// The SHA-256 of the file.
    pub sha256: [u8; 32],
}

/// Reads an edge list from CSV, TSV, other delimited text or Parquet.
///
/// # Errors
/// The file is missing, larger than the limit, packed, torn (the error names line and column, or the row of a Parquet
/// file), has a weight that is no finite number, lacks the column of weights, has more than `u32::MAX - 1` people, or
/// has no tie between two different people.
pub fn read(path: &Path, options: &EdgeOptions) -> Result<Edges, InputError> {
    let (file, format) = open(path, options.max_bytes)?;
    match format {
        Format::Text => {
            let mut table = TextTable::begin(path, file, options.max_bytes, 2)?;
            let raw = read_text(path, &mut table, options)?;
            let (bytes, sha256) = table.finish();
            raw.finish(path, options.directed, bytes, sha256)
        }
        Format::Parquet => {
            let bytes = file.metadata().map_err(|trouble| InputError::unread(path, &trouble))?.len();
            let raw = read_parquet(path, Columnar::open(path, file, options.max_bytes)?, options)?;
            raw.finish(path, options.directed, bytes, sha256_file(path)?)
        }
    }
}

/// What a file holds, in its order.
struct Raw {
    ends: Ends,
    weights: Option<Vec<f32>>,
}

/// Where the cells of a tie stand.
#[derive(Debug, PartialEq, Eq)]
struct Columns {
    ends: [usize; 2],
    weight: Option<usize>,
}

fn read_text(path: &Path, table: &mut TextTable, options: &EdgeOptions) -> Result<Raw, InputError> {
    let first = table.cells_ahead(0)?;
    let second = table.cells_ahead(1)?;
    let columns = if is_header(&first, &second, options.weight_column.as_deref()) {
        table.skip_header();
        headed(path, &first, options)?
    } else {
        bare(path, first.len(), options)?
    };
    let mut raw = Raw { ends: Ends::new(table.most_rows()), weights: columns.weight.map(|_| Vec::new()) };
    let bare = columns == Columns { ends: [0, 1], weight: None };
    loop {
        while bare && let Some(ends) = table.next_numbers() {
            raw.ends.push_numbers(ends).map_err(|TooMany| too_many(path))?;
        }
        let Some(row) = table.next_row()? else { return Ok(raw) };
        let wanted = "an integer or a name";
        let ends = [row.cell(columns.ends[0], wanted)?, row.cell(columns.ends[1], wanted)?];
        if let (Some(column), Some(weights)) = (columns.weight, &mut raw.weights) {
            weights.push(weight(&row, column)?);
        }
        raw.ends.push_texts([&ends[0], &ends[1]]).map_err(|TooMany| too_many(path))?;
    }
}

fn weight(row: &TextRow<'_>, column: usize) -> Result<f32, InputError> {
    let help = "write a weight such as 0.5, with a point, between -3.4e38 and 3.4e38";
    let text = row.cell(column, "a finite number")?;
    match text.parse::<f32>() {
        Ok(weight) if weight.is_finite() => Ok(weight),
        _ => Err(row.refuse_number(column, &text, help)),
    }
}

/// Whether the first line is a header; the rules stand in the module's text.
fn is_header(first: &[String], second: &[String], weight: Option<&str>) -> bool {
    if known_pair(first).is_some() {
        return true;
    }
    let number = |cell: &String| cell.parse::<f64>().is_ok();
    let whole = |cell: &String| integer(cell).is_some();
    if second.len() >= 2 && !first[..2].iter().any(number) && second[..2].iter().all(whole) {
        return true;
    }
    weight.is_some_and(|weight| match weight.parse::<usize>() {
        Ok(at) => match (first.get(at), second.get(at)) {
            (Some(above), Some(below)) => !number(above) && number(below),
            _ => false,
        },
        Err(_) => first.iter().any(|cell| cell == weight),
    })
}

fn known_pair(names: &[String]) -> Option<[usize; 2]> {
    let find = |wanted: &str| names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
    HEADERS.iter().find_map(|[a, b]| Some([find(a)?, find(b)?]))
}

fn headed(path: &Path, names: &[String], options: &EdgeOptions) -> Result<Columns, InputError> {
    let ends = known_pair(names).unwrap_or([0, 1]);
    let find = |column: &String| find_column(path, names, column);
    let columns = Columns { ends, weight: options.weight_column.as_ref().map(find).transpose()? };
    refuse_overlap(path, columns)
}

fn bare(path: &Path, width: usize, options: &EdgeOptions) -> Result<Columns, InputError> {
    let weight = match &options.weight_column {
        None => None,
        Some(column) => match column.parse::<usize>() {
            Ok(index) if index < width => Some(index),
            Ok(index) => {
                let says = format!("there is no column {index}: the file has {width}");
                let help = format!("columns are counted from 0: write 0 to {}", width - 1);
                return Err(InputError::new(path, says, help));
            }
            Err(_) => {
                let says = format!("no column is called {}: the file has no header", super::shown(column));
                let help = "write a header line, or the number of the column from 0";
                return Err(InputError::new(path, says, help));
            }
        },
    };
    refuse_overlap(path, Columns { ends: [0, 1], weight })
}

fn refuse_overlap(path: &Path, columns: Columns) -> Result<Columns, InputError> {
    match columns.weight {
        Some(weight) if columns.ends.contains(&weight) => {
            let says =
                format!("the column {weight}, counted from 0, holds ids and cannot be that of the weights");
            Err(InputError::new(path, says, "name another column, or none"))
        }
        _ => Ok(columns),
    }
}

fn too_many(path: &Path) -> InputError {
    let says = format!("the file names more than {} people", u32::MAX - 1);
    InputError::new(path, says, "keep a part of the network")
}

fn read_parquet(path: &Path, table: Columnar, options: &EdgeOptions) -> Result<Raw, InputError> {
    let names = table.names().to_vec();
    if names.len() < 2 {
        let says = "the file has one column where at least 2 are wanted";
        return Err(InputError::new(path, says, "write one column for each end of a tie"));
    }
    let columns = headed(path, &names, options)?;
    let mut raw = Raw { ends: Ends::new(table.rows()), weights: columns.weight.map(|_| Vec::new()) };
    let mut asked = columns.ends.to_vec();
    asked.extend(columns.weight);
    table.read(&asked, |before, cells| {
        for (column, cells) in columns.ends.iter().zip(cells) {
            refuse_unnamed(path, &names[*column], before, cells)?;
        }
        push_ends(&mut raw.ends, &cells[0], &cells[1]).map_err(|TooMany| too_many(path))?;
        if let (Some(column), Some(weights)) = (columns.weight, &mut raw.weights) {
            push_weights(path, &names[column], before, &cells[2], weights)?;
        }
        Ok(())
    })?;
    Ok(raw)
}

fn refuse_unnamed(path: &Path, name: &str, before: u64, cells: &Cells) -> Result<(), InputError> {
    match cells {
        Cells::Integers(_) | Cells::Large(_) => Ok(()),
        Cells::Numbers(_) => {
            let says = format!("the column {} holds fractional numbers, not ids", super::shown(name));
            Err(InputError::new(path, says, "write ids as integers or strings"))
        }
        Cells::Names(names) => match names.iter().position(|id| id.is_none_or(str::is_empty)) {
            None => Ok(()),
            Some(row) => {
                Err(in_row(path, name, before + row as u64, "is empty", "write an integer or a name"))
            }
        },
    }
}

fn push_ends(ends: &mut Ends, a: &Cells, b: &Cells) -> Result<(), TooMany> {
    if let (Cells::Integers(a), Cells::Integers(b)) = (a, b) {
        for (a, b) in a.values().iter().zip(b.values()) {
            ends.push_numbers([*a, *b])?;
        }
        return Ok(());
    }
    for row in 0..length(a) {
        ends.push_texts([&text(a, row), &text(b, row)])?;
    }
    Ok(())
}

fn length(cells: &Cells) -> usize {
    match cells {
        Cells::Integers(cells) => cells.len(),
        Cells::Large(cells) => cells.len(),
        Cells::Numbers(cells) => cells.len(),
        Cells::Names(cells) => cells.len(),
    }
}

fn text(cells: &Cells, row: usize) -> std::borrow::Cow<'_, str> {
    match cells {
        Cells::Integers(cells) => cells.value(row).to_string().into(),
        Cells::Large(cells) => cells.value(row).to_string().into(),
        Cells::Numbers(cells) => cells.value(row).to_string().into(),
        Cells::Names(cells) => cells.value(row).into(),
    }
}

fn push_weights(
    path: &Path,
    name: &str,
    before: u64,
    cells: &Cells,
    weights: &mut Vec<f32>,
) -> Result<(), InputError> {
    match cells {
        Cells::Integers(cells) => weights.extend(cells.values().iter().map(|weight| *weight as f32)),
        Cells::Large(cells) => weights.extend(cells.values().iter().map(|weight| *weight as f32)),
        Cells::Numbers(cells) => {
            for (row, weight) in (before..).zip(cells.values()) {
                let weight = *weight as f32;
                if !weight.is_finite() {
                    let help = "write a weight between -3.4e38 and 3.4e38";
                    return Err(in_row(path, name, row, "is no finite number", help));
                }
                weights.push(weight);
            }
        }
        Cells::Names(_) => {
            let says = format!("the column {} holds text, not weights", super::shown(name));
            return Err(InputError::new(path, says, "write the weights as numbers"));
        }
    }
    Ok(())
}

impl Raw {
    /// Sorts the ties, drops loops and duplicates, and counts them.
    fn finish(self, path: &Path, directed: bool, bytes: u64, sha256: [u8; 32]) -> Result<Edges, InputError> {
        let (ids, mut ties) = self.ends.rank().map_err(|TooMany| too_many(path))?;
        let rows = ties.len();
        if !directed {
            ties.iter_mut().filter(|[a, b]| a > b).for_each(|ends| ends.swap(0, 1));
        }
        // No second list stands beside the first: networks may fill the memory.
        let (ties, weights, loops) = match self.weights {
            None => {
                ties.retain(|[a, b]| a != b);
                let loops = rows - ties.len();
                pass::sort_by_key(&mut ties, |&[a, b]| u64::from(a) << 32 | u64::from(b));
                ties.dedup();
                (ties, None, loops)
            }
            Some(weights) => {
                let ties = ties.into_iter().zip(weights).filter(|([a, b], _)| a != b);
                let mut ties: Vec<([u32; 2], f32)> = ties.collect();
                let loops = rows - ties.len();
                // Stable, so that of duplicates the first in the file is the one that stays.
                ties.sort_by_key(|(ends, _)| *ends);
                ties.dedup_by_key(|(ends, _)| *ends);
                let (ties, weights): (Vec<[u32; 2]>, Vec<f32>) = ties.into_iter().unzip();
                (ties, Some(weights), loops)
            }
        };
        if ties.is_empty() {
            let says = "the file has no tie between two different people";
            return Err(InputError::new(path, says, "write at least one line such as 1,2"));
        }
        let duplicates = (rows - loops - ties.len()) as u64;
        Ok(Edges { ids, ties, weights, duplicates, loops: loops as u64, bytes, sha256 })
    }
}

#[cfg(test)]
#[path = "edges_tests.rs"]
mod tests;
