//! Matrices: ties and their weights, written out.

use super::{Layout, Network};
use crate::chance::{Draws, below};
use crate::partners::{Meetings, Partners, Structure};
use crate::pass::At;
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// A small network written out: row i says how much agent i heeds each agent, itself included; 0 is no tie. Every group
/// lives on it.
///
/// neighbours(i) = { j ≠ i : w_ij > 0 }; where w_ij ≠ w_ji the ties have directions, and i sees j
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Matrix {
    /// as many rows as a group has agents, 2 to 1,000, and as many numbers of at least 0 in each
    #[schemars(length(min = 2, max = 1000))]
    weights: Vec<Vec<f64>>,
}

impl Spec<dyn Network> for Matrix {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        let n = self.weights.len();
        if !(2..=1000).contains(&n) {
            let help = "write 2 to 1,000 rows, or an edge-list with a path";
            return Err(Wrong::new(format!("a matrix of {n} rows")).at("weights").help(help));
        }
        for (i, row) in self.weights.iter().enumerate() {
            if row.len() != n {
                let says = format!("a row of {} numbers in a matrix of {n} rows", row.len());
                let help = format!("write {n} numbers in every row");
                return Err(Wrong::new(says).at(format!("weights.{i}")).help(help));
            }
            if let Some(j) = row.iter().position(|w| !w.is_finite() || *w < 0.0) {
                let says = format!("{} is no weight", row[j]);
                return Err(Wrong::new(says)
                    .at(format!("weights.{i}.{j}"))
                    .help("write a number of at least 0"));
            }
        }
        Ok(Box::new(self))
    }
}

impl Network for Matrix {
    fn fixes(&self) -> Option<u64> {
        Some(self.weights.len() as u64)
    }

    fn is_directed(&self) -> bool {
        let n = self.weights.len();
        (0..n).any(|i| (0..i).any(|j| (self.weights[i][j] > 0.0) != (self.weights[j][i] > 0.0)))
    }

    fn grow(&self, _: Layout, _: Draws) -> Arc<dyn Structure> {
        let ties = |(i, row): (usize, &Vec<f64>)| {
            let others = row.iter().enumerate().filter(|&(j, &w)| j != i && w > 0.0);
            let others: Vec<(u32, f64)> = others.map(|(j, &w)| (j as u32, w)).collect();
            (row[i], others)
        };
        Arc::new(Weighted { rows: self.weights.iter().enumerate().map(ties).collect() })
    }

    fn bytes(&self, _: Layout) -> (u64, u64) {
        let held = 24 * (self.weights.len() * self.weights.len()) as u64;
        (held, held)
    }
}

/// For each place its own weight, and its neighbours with theirs.
struct Weighted {
    rows: Vec<(f64, Vec<(u32, f64)>)>,
}

impl Weighted {
    fn place(&self, agent: usize) -> (usize, &(f64, Vec<(u32, f64)>)) {
        let place = agent % self.rows.len();
        (agent - place, &self.rows[place])
    }
}

impl Meetings for Weighted {
    fn slots(&self, _: &At) -> usize {
        self.rows.iter().map(|row| row.1.len()).max().unwrap_or(0)
    }

    fn partners<'a>(&'a self, at: &At, slot: usize, room: &'a mut [u32]) -> Partners<'a> {
        for (out, agent) in room.iter_mut().zip(at.range()) {
            let (start, row) = self.place(agent);
            *out = row.1.get(slot).map_or(agent as u32, |tie| start as u32 + tie.0);
        }
        Partners::Listed(&room[..at.len])
    }

    fn leaves_out(&self) -> bool {
        true
    }

    fn bytes(&self) -> u64 {
        self.rows.iter().map(|row| 16 * row.1.len() as u64 + 40).sum()
    }
}

impl Structure for Weighted {
    fn degree(&self, agent: usize) -> usize {
        self.place(agent).1.1.len()
    }

    fn partner(&self, agent: usize, slot: usize) -> usize {
        let (start, row) = self.place(agent);
        start + row.1[slot].0 as usize
    }

    fn weights(&self, agent: usize, room: &mut Vec<f64>) -> bool {
        let (own, ties) = self.place(agent).1;
        room.clear();
        room.push(*own);
        room.extend(ties.iter().map(|tie| tie.1));
        true
    }

    fn pick(&self, at: &At, draws: Draws, out: &mut [u32]) {
        for (out, agent) in out.iter_mut().zip(at.range()) {
            *out = match self.degree(agent) as u64 {
                0 => agent as u32,
                degree => self.partner(agent, below(draws.at(agent as u64), degree) as usize) as u32,
            };
        }
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<Matrix>(
    "matrix",
    &["degroot1974"],
    "weights = [[0.5, 0.3, 0.2], [0.1, 0.6, 0.3], [0.2, 0.4, 0.4]]",
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    #[test]
    fn a_row_says_whom_an_agent_heeds_and_how_much() {
        let matrix = Matrix { weights: vec![vec![0.5, 0.5, 0.0], vec![0.0, 1.0, 0.0], vec![0.2, 0.3, 0.5]] };
        assert!(matrix.is_directed());
        let draws = Chance::new(1, 0, 0).stream(Stream::named("test"));
        let grown = matrix.grow(Layout { agents: 6, group_size: 3, shared: false }, draws);
        let (mut room, mut weights) = (vec![], vec![]);
        assert_eq!(grown.neighbours(5, &mut room), [3, 4]);
        assert!(grown.weights(5, &mut weights));
        assert_eq!(weights, [0.5, 0.2, 0.3]);
        assert_eq!((grown.degree(4), grown.degree(0)), (0, 1));
    }
}
