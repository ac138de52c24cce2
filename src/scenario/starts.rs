//! Who starts with which strategy, and where.

use super::policies;
use super::problems::Problems;
use super::read::Source;
use super::sections::{CascadeKeys, Placing, PlacingAt, StrategyKeys};
use super::world::Follows;
use super::written::Written;
use crate::cascades::Cascade;
use crate::input::codes::{Asked, read_codes};
use crate::places::EMPTY;
use crate::population::{Place, Wanted, apportion};
use crate::structures::Layout;
use std::collections::BTreeMap;

/// Agents that are placed one by one, at most.
const CELLS: u64 = 1_000_000;

/// The start of a population.
#[derive(Default)]
pub(super) struct Start {
    pub(super) numbers: Vec<usize>,
    pub(super) places: Vec<Place>,
    pub(super) listed: Option<Vec<u8>>,
}

pub(super) fn read(
    source: &Source,
    written: &Written,
    strategies: &[Follows],
    layout: Layout,
    plane: Option<[usize; 2]>,
    problems: &mut Problems,
) -> Start {
    if strategies.is_empty() {
        return Start::default();
    }
    if let Some(start) = listed(source, written, strategies, layout, problems) {
        return start;
    }
    // Shares are of those who live.
    let nobody = strategies.iter().rev().find(|follows| follows.keys.name == EMPTY);
    let free = nobody.and_then(|follows| follows.keys.count).map_or(0, |count| count.get());
    let living = 1.0 - free as f64 / layout.group_size as f64;
    let mut start = Start::default();
    let (mut wanted, mut right, mut taken) = (vec![], true, BTreeMap::new());
    for (nth, follows) in strategies.iter().enumerate() {
        let keys = &follows.keys;
        if follows.learner.is_some_and(|learner| usize::from(learner) != nth) {
            wanted.push(Wanted::Count(0));
            start.places.push(Place::Random);
            continue;
        }
        if keys.share.is_some() && keys.count.is_some() {
            let at = written.place("strategy", Some(nth), "count");
            problems.add(at, "`share` and `count` say the same", "write one of them");
        }
        let mut wrong = |key: &str, says: String, help: &str| {
            problems.add(written.place("strategy", Some(nth), key), says, help);
            right = false;
        };
        if !matches!(keys.place, None | Some(Placing::Random)) && keys.share.is_some() {
            let help = "leave `share` out; where an agent stands in the centre, write `count`";
            wrong("share", "`place` says how many start with this strategy".into(), help);
        }
        if matches!(keys.place, Some(Placing::At(_))) && keys.count.is_some() {
            wrong("count", "`place` says how many start with this strategy".into(), "leave `count` out");
        }
        let place = match &keys.place {
            None | Some(Placing::Random) => Ok(Place::Random),
            Some(Placing::Centre) => in_the_middle(keys.count.map_or(1, |count| count.get()), layout, plane),
            Some(Placing::At(at)) => cells(at, layout, plane),
        };
        let place = place.unwrap_or_else(|(says, help)| {
            wrong("place", says, &help);
            Place::Random
        });
        if let Place::Cells(cells) = &place {
            if let Some(other) = cells.iter().find_map(|cell| taken.get(cell)) {
                let says = format!("the strategy `{other}` stands there already");
                wrong("place", says, "write other cells");
            }
            taken.extend(cells.iter().map(|&cell| (cell, keys.name.clone())));
        }
        wanted.push(how_many(keys, &place, living));
        start.places.push(place);
    }
    if !right {
        return Start::default();
    }
    match fit(written, &wanted, layout.group_size, problems) {
        Some(mut numbers) => {
            policies::spread(strategies, &start.places, &mut numbers);
            Start { numbers, ..start }
        }
        None => Start::default(),
    }
}

/// How many of a group follow a strategy that stands at `place`; so many of the group live.
fn how_many(keys: &StrategyKeys, place: &Place, living: f64) -> Wanted {
    match (place, keys.share, keys.count) {
        (Place::Cells(cells), _, _) => Wanted::Count(cells.len() as u64),
        (Place::Group(_), _, _) => Wanted::Count(0),
        (Place::Random, Some(share), _) => Wanted::Share(share.get() * living),
        (Place::Random, None, Some(count)) => Wanted::Count(count.get()),
        (Place::Random, None, None) => Wanted::Rest,
    }
}

/// The numbers of each strategy, or the problem with them.
fn fit(written: &Written, wanted: &[Wanted], size: usize, problems: &mut Problems) -> Option<Vec<usize>> {
    let rests = wanted.iter().filter(|wanted| **wanted == Wanted::Rest).count();
    if rests > 1 {
        let last = wanted.iter().rposition(|wanted| *wanted == Wanted::Rest);
        let at = written.place("strategy", last, "name");
        let says = format!("{rests} strategies leave out how many follow them");
        problems.add(at, says, "only one can be the rest: give the others a `share` or a `count`");
        return None;
    }
    let numbers = apportion(wanted, size);
    if numbers.is_none() {
        let share: f64 = wanted.iter().map(|w| if let Wanted::Share(s) = w { *s } else { 0.0 }).sum();
        let count: u64 = wanted.iter().map(|w| if let Wanted::Count(c) = w { *c } else { 0 }).sum();
        let key = if share > 0.0 { "share" } else { "count" };
        let last = (0..wanted.len()).rev().find(|&nth| written.has_key("strategy", Some(nth), key));
        let at = written.place("strategy", last.or(Some(wanted.len() - 1)), key);
        // Sums of decimals show their last binary digit.
        let shares = (share * 1e9).round() / 1e9;
        let says = match (share > 0.0, count > 0) {
            (true, true) => format!("shares of {shares} and {count} agents do not make groups of {size}"),
            (true, false) => format!("the shares of the strategies sum to {shares}"),
            _ => format!("the counts of the strategies sum to {count}, but a group has {size} agents"),
        };
        let help = match (rests, share > 0.0) {
            (1, true) => "let them sum to at most 1: one strategy takes the rest".to_string(),
            (1, false) => format!("let them sum to at most {size}: one strategy takes the rest"),
            _ => "let them make up the group exactly, or leave share and count of one strategy out: it takes the rest".to_string(),
        };
        problems.add(at, says, help);
    }
    numbers
}

/// The middle of a group: a square block of cells on a plane, a run of agents elsewhere.
fn centre(n: usize, size: usize, plane: Option<[usize; 2]>) -> Vec<usize> {
    let Some([rows, columns]) = plane else {
        let first = (size - n) / 2;
        return (first..first + n).collect();
    };
    let side = n.isqrt() + usize::from(n.isqrt() * n.isqrt() < n);
    let (width, height) = (side.min(columns), n.div_ceil(side.min(columns)).min(rows));
    let (x, y) = ((columns - width) / 2, (rows - height) / 2);
    (0..n).map(|k| (y + k / width) * columns + x + k % width).collect()
}

type Refusal = (String, String);

fn in_the_middle(agents: u64, layout: Layout, plane: Option<[usize; 2]>) -> Result<Place, Refusal> {
    let n = agents.min(layout.group_size as u64);
    if n > CELLS {
        let help = format!("place at most {CELLS}, or leave `place` out");
        return Err((format!("{n} agents around the centre"), help));
    }
    Ok(Place::Cells(centre(n as usize, layout.group_size, plane)))
}

fn cells(at: &PlacingAt, layout: Layout, plane: Option<[usize; 2]>) -> Result<Place, Refusal> {
    if let Some(group) = at.group {
        if group >= layout.groups() as u64 {
            let says = format!("there is no group {group}");
            return Err((says, format!("groups are numbered 0 to {}", layout.groups() - 1)));
        }
        return Ok(Place::Group(group as usize));
    }
    let mut places = vec![];
    for cell in at.cells.iter().flatten() {
        let place = match (&cell[..], plane) {
            ([x, y], Some([rows, columns])) => {
                let inside = *x < columns as u64 && *y < rows as u64;
                inside.then(|| *y as usize * columns + *x as usize)
            }
            ([k], _) => (*k < layout.group_size as u64).then_some(*k as usize),
            _ => None,
        };
        match place {
            Some(place) if !places.contains(&place) => places.push(place),
            Some(_) => return Err((format!("the cell {cell:?} is named twice"), "name it once".into())),
            None => {
                let help = match plane {
                    Some([rows, columns]) => {
                        format!("a cell is [x, y], x 0 to {}, y 0 to {}", columns - 1, rows - 1)
                    }
                    None => format!("a place is [k], 0 to {}", layout.group_size - 1),
                };
                return Err((format!("there is no cell {cell:?}"), help));
            }
        }
    }
    Ok(Place::Cells(places))
}

/// The strategies of all agents from a file, if a strategy asks for it.
fn listed(
    source: &Source,
    written: &Written,
    strategies: &[Follows],
    layout: Layout,
    problems: &mut Problems,
) -> Option<Start> {
    let from_file = |follows: &Follows| match &follows.keys.place {
        Some(Placing::At(at)) => at.file.clone().zip(at.column.clone()),
        _ => None,
    };
    let nth = strategies.iter().position(|follows| from_file(follows).is_some())?;
    let (file, column) = from_file(&strategies[nth])?;
    let at = written.place("strategy", Some(nth), "place");
    let known: Vec<&str> = strategies.iter().map(|follows| follows.keys.name.as_str()).collect();
    Some(match codes(source, [&file, &column], "strategy", &known, layout) {
        Ok(codes) => Start {
            numbers: vec![0; strategies.len()],
            places: vec![Place::Random; strategies.len()],
            listed: Some(codes),
        },
        Err((says, help)) => {
            problems.add(at, says, help);
            Start::default()
        }
    })
}

/// The stages of all agents from a file, if the cascade asks for it.
pub(super) fn staged(
    source: &Source,
    written: &Written,
    cascade: Option<&(CascadeKeys, Box<dyn Cascade>)>,
    layout: Layout,
    problems: &mut Problems,
) -> Option<Vec<u8>> {
    let (keys, rule) = cascade?;
    let (file, column) = keys.initial.file.as_ref().zip(keys.initial.column.as_ref())?;
    let stages = rule.stages();
    let known: Vec<&str> = stages.iter().map(String::as_str).collect();
    let read = codes(source, [file, column], "stage", &known, layout);
    read.map_err(|(says, help)| problems.add(written.place("cascade", None, "initial"), says, help)).ok()
}

/// A code an agent from the column of a file: of the whole population, or of one group, as which all others start.
fn codes(
    source: &Source,
    [file, column]: [&str; 2],
    what: &str,
    names: &[&str],
    layout: Layout,
) -> Result<Vec<u8>, Refusal> {
    let asked = Asked { what, names, most: layout.agents };
    let read = read_codes(&source.folder.join(file), column, asked);
    let codes = read.map_err(|error| (error.to_string(), error.help))?;
    if codes.len() == layout.agents {
        return Ok(codes);
    }
    if codes.len() == layout.group_size {
        return Ok(codes.repeat(layout.groups()));
    }
    let says = format!("the file has {} rows for {} agents", codes.len(), layout.agents);
    Err((says, "it needs a row an agent, or a row an agent of one group".into()))
}
