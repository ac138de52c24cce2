//! Stubs: random graphs with given degrees, by pairing the ends of ties.
//!
//! A keyed bijection pairs all ends at once, so any thread can work out any tie. The few ties that are loops or doubles
//! are then exchanged one after the other with random others (switching), which keeps every degree.

use crate::chance::{Draws, Permutation, Rng, below, next};
use crate::pass::{BLOCK, each, fill, flat_map};
use std::ops::Range;

/// How many ends of ties each of some nodes has.
pub(super) enum Degrees {
    /// the same number
    Same(u32),
    /// running sums: the first end of each node, and the number of all ends
    Each(Vec<u32>),
}

impl Degrees {
    fn of(&self, node: u32) -> Range<u32> {
        match self {
            Degrees::Same(degree) => node * degree..(node + 1) * degree,
            Degrees::Each(starts) => starts[node as usize]..starts[node as usize + 1],
        }
    }

    fn owner(&self, stub: u32) -> u32 {
        match self {
            Degrees::Same(degree) => stub / degree,
            Degrees::Each(starts) => starts.partition_point(|&start| start <= stub) as u32 - 1,
        }
    }
}

/// A graph whose ties are pairs of ends: each knows the other.
struct Paired<'d> {
    degrees: &'d Degrees,
    mate: &'d mut [u32],
}

/// How often a tie is tried to be exchanged before the pairing is given up.
const TRIES: u32 = 2_000;

/// Ties between `nodes` nodes, none double and none a loop; those for which the degrees leave no other are left out. The
/// ends are an even number.
pub(super) fn ties(degrees: &Degrees, nodes: u32, draws: Draws) -> Vec<(u32, u32)> {
    let mut mate = vec![0u32; if nodes == 0 { 0 } else { degrees.of(nodes - 1).end as usize }];
    pair(degrees, nodes, &mut mate, draws);
    let paired = Paired { degrees, mate: &mut mate };
    flat_map(nodes as usize, |node| paired.ties(node as u32))
}

/// The neighbours of `nodes` nodes that have `degree` each, rising and one node after the other, none double and none
/// itself. Returns whether there are such.
pub(super) fn neighbours(degree: u32, nodes: u32, out: &mut [u32], draws: Draws) -> bool {
    let degrees = Degrees::Same(degree);
    if !pair(&degrees, nodes, out, draws) {
        return false;
    }
    each(out.chunks_mut(degree.max(1) as usize * BLOCK).collect(), |ends: &mut [u32]| {
        ends.iter_mut().for_each(|end| *end = degrees.owner(*end));
        ends.chunks_mut(degree as usize).for_each(<[u32]>::sort_unstable);
    });
    true
}

/// Writes the mate of each end. Returns whether there is no tie that is double or a loop.
fn pair(degrees: &Degrees, nodes: u32, mate: &mut [u32], draws: Draws) -> bool {
    if mate.is_empty() {
        return true;
    }
    let order = Permutation::new(draws.number(0), 0, mate.len() as u32);
    fill(mate, |first, out| {
        out.iter_mut().enumerate().for_each(|(k, out)| *out = (first + k) as u32);
        order.forward(out);
        out.iter_mut().for_each(|place| *place ^= 1);
        order.backward(out);
    });
    let mut paired = Paired { degrees, mate };
    let bad = flat_map(nodes as usize, |node| paired.bad(node as u32));
    let mut rng = draws.number(1).rng(0);
    // Every wrong tie is tried, so that as few as can be are left out.
    bad.into_iter().filter(|&stub| paired.is_bad(stub) && !paired.exchange(stub, &mut rng)).count() == 0
}

impl Paired<'_> {
    fn other(&self, stub: u32) -> u32 {
        self.degrees.owner(self.mate[stub as usize])
    }

    /// The ends of a node that lead to itself, or where another end of it already leads.
    fn bad(&self, node: u32) -> Vec<u32> {
        let mut ends: Vec<(u32, u32)> = self.degrees.of(node).map(|stub| (self.other(stub), stub)).collect();
        ends.sort_unstable();
        let double = |k: usize| k > 0 && ends[k - 1].0 == ends[k].0;
        (0..ends.len()).filter(|&k| ends[k].0 == node || double(k)).map(|k| ends[k].1).collect()
    }

    fn is_bad(&self, stub: u32) -> bool {
        let (node, other) = (self.degrees.owner(stub), self.other(stub));
        node == other || self.degrees.of(node).filter(|&end| self.other(end) == other).count() > 1
    }

    fn tied(&self, a: u32, b: u32) -> bool {
        let (a, b) = if self.degrees.of(a).len() <= self.degrees.of(b).len() { (a, b) } else { (b, a) };
        self.degrees.of(a).any(|stub| self.other(stub) == b)
    }

    /// Exchanges the tie of this end with a random one, so that both new ties are none yet.
    fn exchange(&mut self, a: u32, rng: &mut Rng) -> bool {
        let b = self.mate[a as usize];
        let (u, v) = (self.degrees.owner(a), self.degrees.owner(b));
        for _ in 0..TRIES {
            let c = below(next(rng), self.mate.len() as u64) as u32;
            let d = self.mate[c as usize];
            let (x, y) = (self.degrees.owner(c), self.degrees.owner(d));
            let same = (u.min(x), u.max(x)) == (v.min(y), v.max(y));
            if c == a || c == b || u == x || v == y || same || self.tied(u, x) || self.tied(v, y) {
                continue;
            }
            for (from, to) in [(a, c), (b, d)] {
                self.mate[from as usize] = to;
                self.mate[to as usize] = from;
            }
            return true;
        }
        false
    }

    /// The ties of a node to later ones, each once.
    fn ties(&self, node: u32) -> Vec<(u32, u32)> {
        let mut others: Vec<u32> = self.degrees.of(node).map(|stub| self.other(stub)).collect();
        others.retain(|&other| other > node);
        others.sort_unstable();
        others.dedup();
        others.into_iter().map(|other| (node, other)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::{Chance, Stream};

    fn draws(seed: u64) -> Draws {
        Chance::new(seed, 0, 0).stream(Stream::named("test"))
    }

    #[test]
    fn a_dense_pairing_is_repaired_and_keeps_its_degrees() {
        let degrees = [7u32, 7, 6, 5, 5, 5, 4, 3, 3, 2, 2, 1, 1, 1];
        let mut starts = vec![0];
        for degree in degrees {
            starts.push(starts[starts.len() - 1] + degree);
        }
        let mut whole = 0;
        for seed in 0..200 {
            let ties = ties(&Degrees::Each(starts.clone()), 14, draws(seed));
            let mut found = [0u32; 14];
            for &(a, b) in &ties {
                assert!(a < b);
                found[a as usize] += 1;
                found[b as usize] += 1;
            }
            assert!(ties.is_sorted_by(|a, b| a < b), "no tie twice");
            let missing: u32 = degrees.iter().zip(found).map(|(degree, found)| degree - found).sum();
            assert!(missing <= 2, "{found:?}");
            whole += u32::from(missing == 0);
        }
        assert!(whole > 190, "{whole}");
    }

    #[test]
    fn every_pair_of_a_regular_graph_is_tied_as_often() {
        // Of the 15 pairs of six agents a cubic graph ties 9.
        let (n, mut count) = (20_000u64, [[0f64; 6]; 6]);
        for seed in 0..n {
            let mut near = [0; 18];
            assert!(neighbours(3, 6, &mut near, draws(seed)));
            for (place, &b) in near.iter().enumerate() {
                count[place / 3][b as usize] += 1.0;
            }
        }
        let sd = (0.6 * 0.4 / n as f64).sqrt();
        for (a, row) in count.iter().enumerate() {
            for (b, count) in row.iter().enumerate().filter(|other| other.0 != a) {
                let share = count / n as f64;
                assert!((share - 0.6).abs() <= 5.0 * sd, "{a}-{b}: {share}");
            }
        }
    }
}
