//! Structures: who can meet whom.

mod blocks;
mod cliques;
mod drawn;
mod edge_list;
mod ends;
mod erdos_renyi;
mod graph;
mod lattice;
mod line;
mod listed;
mod matrix;
mod placed;
mod queue;
mod random_regular;
mod ring;
mod rows;
mod scale_free;
mod small_world;
mod star;
mod stubs;
mod tree;
mod weighted;
mod well_mixed;

pub use graph::Graph;
pub use placed::Placed;
pub(crate) use rows::Rows;
pub use well_mixed::WellMixed;

use crate::chance::Draws;
use crate::input::edges::Numbers;
use crate::partners::Structure;
use crate::registry::Row;
use std::sync::Arc;

/// The sizes that a structure is built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// agents of all groups together
    pub agents: usize,
    /// agents of one group
    pub group_size: usize,
    /// whether all groups live on one graph
    pub shared: bool,
}

impl Layout {
    /// How many groups there are.
    pub fn groups(&self) -> usize {
        self.agents / self.group_size
    }

    /// Agents that need ties of their own: those of one group where all groups live on one graph.
    pub fn nodes(&self) -> u64 {
        if self.shared { self.group_size as u64 } else { self.agents as u64 }
    }
}

/// A structure as the world file asks for it: cheap; the ties come with [`Network::grow`].
pub trait Network: Send + Sync {
    /// Agents of one group, where the structure fixes them.
    fn fixes(&self) -> Option<u64> {
        None
    }

    /// What is wrong with groups of this size, if anything.
    fn refuses(&self, _group_size: u64) -> Option<String> {
        None
    }

    /// Makes the ties. The same draws give the same ties on any number of threads.
    fn grow(&self, layout: Layout, draws: Draws) -> Arc<dyn Structure>;

    /// What the ties will take.
    fn room(&self, _layout: Layout) -> Room {
        Room::default()
    }

    /// What it looks like as a whole, where that matters to other rules.
    fn shape(&self) -> Shape<'_> {
        Shape::Plain
    }

    /// Whether some see others who do not see them: an agent's neighbours are those whom it sees.
    fn is_directed(&self) -> bool {
        false
    }
}

/// What a structure looks like as a whole.
#[derive(Clone, Copy)]
pub enum Shape<'a> {
    /// ties by a formula
    Plain,
    /// everybody of a group is everybody's neighbour
    Complete,
    /// agents have their turns one after the other: at tick i the i-th of each group
    Queue,
    /// agents have places in a plane
    Plane {
        /// rows of a group, where they are written
        rows: Option<u64>,
        /// columns of a group, where they are written
        columns: Option<u64>,
    },
    /// a graph that is drawn, which groups can share
    Drawn,
    /// a graph that was read from a file, which groups can share
    Read {
        /// names that the agents have there, in the order of the file
        names: Names<'a>,
        /// what was noticed: people, ties, what was dropped
        report: &'a str,
    },
}

/// What ties take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// bytes that are kept
    pub kept: u64,
    /// bytes while they are made, at most
    pub most: u64,
    /// ends of ties, two a tie, if they are stored as a [`Graph`]; 0 otherwise
    pub ends: u64,
}

impl Room {
    /// With so many bytes besides, all the time.
    fn beside(self, bytes: u64) -> Room {
        Room { kept: self.kept + bytes, most: self.most + bytes, ..self }
    }

    /// With so many bytes at some time while they are made.
    fn at_least(self, bytes: u64) -> Room {
        Room { most: self.most.max(bytes), ..self }
    }
}

impl dyn Network + '_ {
    /// Whether everybody of a group is everybody's neighbour.
    pub fn is_complete(&self) -> bool {
        matches!(self.shape(), Shape::Complete)
    }

    /// Whether agents have their turns one after the other.
    pub fn is_queue(&self) -> bool {
        matches!(self.shape(), Shape::Queue)
    }

    /// Whether it is a graph that is drawn or read, which groups can share.
    pub fn is_graph(&self) -> bool {
        matches!(self.shape(), Shape::Drawn | Shape::Read { .. })
    }

    /// Rows and columns of a group of this size, where agents have places in a plane: as written, or as near to a square
    /// as can be.
    pub fn plane(&self, group_size: usize) -> Option<[usize; 2]> {
        let Shape::Plane { rows, columns } = self.shape() else { return None };
        lattice::sides([rows, columns], group_size)
    }
}

/// What the agents are called in a source file.
#[derive(Clone, Copy)]
pub enum Names<'a> {
    /// whole numbers
    Numbers(&'a Numbers),
    /// words
    Words(&'a [String]),
}

/// The rows of the family, in alphabetical order.
#[rustfmt::skip] // a row a line, so that a new rule is a line of its own
pub static STRUCTURES: &[Row<dyn Network>] = &[
    blocks::ROW,
    cliques::ROW,
    edge_list::ROW,
    erdos_renyi::ROW,
    lattice::ROW,
    line::ROW,
    matrix::ROW,
    queue::ROW,
    random_regular::ROW,
    ring::ROW,
    scale_free::ROW,
    small_world::ROW,
    star::ROW,
    tree::ROW,
    well_mixed::ROW,
];
