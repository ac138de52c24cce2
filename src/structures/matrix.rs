//! Matrices: ties and their weights, written out.

use super::weighted::Weighted;
use super::{Layout, Network, Room};
use crate::chance::Draws;
use crate::partners::Structure;
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// A small network written out: row i says how much agent i heeds each agent, itself included; 0 is no tie. Every group
/// lives on it.
///
/// neighbours(i) = { j ≠ i : w(i, j) > 0 }; where w(i, j) ≠ w(j, i) the ties have directions, and i sees j
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
        let n = self.weights.len();
        let others = |i: usize| (0..n).filter(move |&j| j != i && self.weights[i][j] > 0.0);
        let ties = (0..n).flat_map(|i| others(i).map(move |j| (i as u32, j as u32)));
        let ties: Vec<(u32, u32)> = ties.collect();
        let weights = ties.iter().map(|&(i, j)| self.weights[i as usize][j as usize]).collect();
        let own = (0..n).map(|i| self.weights[i][i]).collect();
        Arc::new(Weighted::new(n, &ties, weights, own))
    }

    fn room(&self, layout: Layout) -> Room {
        Weighted::estimate(layout, (self.weights.len() * self.weights.len()) as u64)
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
