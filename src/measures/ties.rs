//! The structure itself: degrees and components.

use super::{Measure, Names, Row, Scope};

pub(super) const ROWS: &[Row] = &[
    Row { name: "degree", about: "mean number of neighbours", unit: "agents", find: degree },
    Row {
        name: "giant_component",
        about: "share of the group in its largest connected component, 0 to 1; over several groups, the mean; walks all ties",
        unit: "",
        find: giant,
    },
];

struct Degree;

impl Measure for Degree {
    fn of(&self, scope: &Scope) -> f64 {
        let Some(structure) = scope.structure else { return f64::NAN };
        let sum: u64 = scope.rows.clone().map(|agent| structure.degree(agent) as u64).sum();
        sum as f64 / scope.agents()
    }
}

fn degree(name: &str, names: &Names) -> Option<Box<dyn Measure>> {
    (name == "degree" && names.ties).then(|| -> Box<dyn Measure> { Box::new(Degree) })
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
