//! The structure itself: degrees, clustering and components.

use super::{Measure, Names, Row, Scope};
use crate::pass::fold;
use std::ops::Range;

pub(super) const ROWS: &[Row] = &[
    Row { name: "degree", about: "mean number of neighbours", unit: "agents", find: degree },
    Row {
        name: "degree_<k>",
        about: "share of agents with exactly k neighbours: degree_3, 0 to 1",
        unit: "",
        find: degree_is,
    },
    Row {
        name: "degree_from_<k>",
        about: "share of agents with k neighbours or more: degree_from_30, 0 to 1",
        unit: "",
        find: degree_from,
    },
    Row { name: "degree_max", about: "greatest number of neighbours", unit: "agents", find: degree_max },
    Row {
        name: "clustering",
        about: "mean share of the pairs of an agent's neighbours that are tied (Watts & Strogatz 1998), 0 to 1; \
                who has fewer than two neighbours counts as 0; walks all ties of all neighbours",
        unit: "",
        find: clustering,
    },
    Row {
        name: "giant_component",
        about: "share of the group in its largest connected component, 0 to 1; over several groups, the mean; walks all ties",
        unit: "",
        find: giant,
    },
];

/// The mean of something over the numbers of neighbours.
struct MeanOfDegrees<F>(F);

impl<F: Fn(usize) -> usize + Send + Sync> Measure for MeanOfDegrees<F> {
    fn of(&self, scope: &Scope) -> f64 {
        let Some(structure) = scope.structure else { return f64::NAN };
        let part = |rows: Range<usize>| rows.map(|agent| (self.0)(structure.degree(agent)) as u64).sum();
        let sum: u64 = fold(scope.rows.clone(), part, |a: u64, b| a + b).unwrap_or(0);
        sum as f64 / scope.agents()
    }
}

fn degree(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "degree" && names.ties).then(|| -> Box<dyn Measure> { Box::new(MeanOfDegrees(|degree| degree)) })
}

fn degree_is(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let wanted: usize = name.strip_prefix("degree_").filter(|_| names.ties)?.parse().ok()?;
    Some(Box::new(MeanOfDegrees(move |degree| usize::from(degree == wanted))))
}

fn degree_from(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    let least: usize = name.strip_prefix("degree_from_").filter(|_| names.ties)?.parse().ok()?;
    Some(Box::new(MeanOfDegrees(move |degree| usize::from(degree >= least))))
}

struct MaxDegree;

impl Measure for MaxDegree {
    fn of(&self, scope: &Scope) -> f64 {
        let Some(structure) = scope.structure else { return f64::NAN };
        let part = |rows: Range<usize>| rows.map(|agent| structure.degree(agent)).max().unwrap_or(0);
        fold(scope.rows.clone(), part, usize::max).map_or(f64::NAN, |most| most as f64)
    }
}

fn degree_max(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "degree_max" && names.ties).then(|| -> Box<dyn Measure> { Box::new(MaxDegree) })
}

struct Clustering;

impl Measure for Clustering {
    fn of(&self, scope: &Scope) -> f64 {
        let Some(structure) = scope.structure else { return f64::NAN };
        if structure.complete() {
            return f64::from(u8::from(scope.state.size > 2));
        }
        let part = |rows: Range<usize>| {
            let (mut room, mut own) = (vec![], vec![]);
            rows.map(|agent| {
                own.clear();
                own.extend_from_slice(structure.neighbours(agent, &mut room));
                own.sort_unstable();
                let tied = |other: u32, room: &mut Vec<u32>| {
                    let theirs = structure.neighbours(other as usize, room);
                    theirs.iter().filter(|third| own.binary_search(third).is_ok()).count()
                };
                let pairs = own.len() * own.len().saturating_sub(1);
                let closed: usize = own.iter().map(|&other| tied(other, &mut room)).sum();
                closed as f64 / pairs.max(1) as f64
            })
            .sum()
        };
        fold(scope.rows.clone(), part, |a: f64, b| a + b).unwrap_or(0.0) / scope.agents()
    }
}

fn clustering(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "clustering" && names.ties).then(|| -> Box<dyn Measure> { Box::new(Clustering) })
}

struct Giant;

impl Measure for Giant {
    fn of(&self, scope: &Scope) -> f64 {
        let Some(structure) = scope.structure else { return f64::NAN };
        let size = scope.state.size;
        let largest = |group: usize| {
            let first = group * size;
            let mut seen = vec![false; size];
            let (mut open, mut largest, mut room) = (vec![], 0, vec![]);
            for start in 0..size {
                if std::mem::replace(&mut seen[start], true) {
                    continue;
                }
                open.push(start);
                let mut reached = 0;
                while let Some(agent) = open.pop() {
                    reached += 1;
                    for &other in structure.neighbours(first + agent, &mut room) {
                        let other = other as usize - first;
                        if !std::mem::replace(&mut seen[other], true) {
                            open.push(other);
                        }
                    }
                }
                largest = largest.max(reached);
            }
            f64::from(largest) / size as f64
        };
        scope.groups.clone().map(largest).sum::<f64>() / scope.groups.len() as f64
    }
}

fn giant(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "giant_component" && names.ties).then(|| -> Box<dyn Measure> { Box::new(Giant) })
}
