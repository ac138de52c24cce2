//! The five worlds of `benches/peer`, and the files that they read.

use arrow::array::{ArrayRef, RecordBatch, UInt8Array, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use mores::scenario::Source;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Rows that are written at a time.
const PIECE: u64 = 1 << 16;

/// The kit's words for the parameters of all models; `norm` is a name, the others are numbers.
pub(crate) const PARAMETERS: &[&str] =
    &["b", "K", "beta", "gamma", "norm", "benefit", "cost", "sel", "mu", "eps"];

/// The five models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Model {
    /// W1: copy the best of nine
    Chaos,
    /// W2: compare with one of four
    Fermi,
    /// W3: donations and reputations
    Donation,
    /// W4: an epidemic on a graph
    Epidemic,
    /// W5: an infection in pairs
    Pairs,
}

impl Model {
    /// All, in the kit's order.
    pub(crate) const ALL: [Model; 5] =
        [Model::Chaos, Model::Fermi, Model::Donation, Model::Epidemic, Model::Pairs];

    /// The model of a workload.
    pub(crate) fn named(name: &str) -> Option<Model> {
        Model::ALL.into_iter().find(|model| model.name() == name)
    }

    /// The kit's name of the workload.
    pub(crate) fn name(self) -> &'static str {
        ["W1", "W2", "W3", "W4", "W5"][self as usize]
    }

    /// The world as it stands beside this file.
    fn template(self) -> &'static str {
        match self {
            Model::Chaos => include_str!("w1.toml"),
            Model::Fermi => include_str!("w2.toml"),
            Model::Donation => include_str!("w3.toml"),
            Model::Epidemic => include_str!("w4.toml"),
            Model::Pairs => include_str!("w5.toml"),
        }
    }

    /// The code with which an agent starts; `u` is the kit's uniform number for it.
    fn code(self, agent: u64, u: f64) -> u8 {
        match self {
            Model::Chaos => u8::from(u < 0.1),
            Model::Fermi => u8::from(u >= 0.5),
            Model::Donation => (3.0 * u) as u8,
            Model::Epidemic => u8::from(agent < 10),
            Model::Pairs => u8::from(u < 0.01),
        }
    }

    /// Where a parameter of the kit stands in the world, and its value there; none: the model has no such parameter.
    fn place(self, parameter: &str, value: &str) -> Option<(&'static str, String)> {
        let path = match (self, parameter) {
            (Model::Chaos | Model::Fermi, "b") => {
                // A number of TOML has digits on both sides of its point, or none.
                let temptation: f64 = value.parse().ok()?;
                return Some(("game.payoffs", format!("[[1.0, 0.0], [{temptation:?}, 0.0]]")));
            }
            (Model::Fermi, "K") => "learning.noise",
            (Model::Donation, "benefit") => "game.benefit",
            (Model::Donation, "cost") => "game.cost",
            (Model::Donation, "sel") => "learning.selection",
            (Model::Donation, "mu") => "mutation.prob",
            (Model::Donation, "eps") => "norm.assessment_error",
            (Model::Donation, "norm") => {
                let norm = match value {
                    "standing" => "simple-standing",
                    "image" | "scoring" => "image-scoring",
                    other => other,
                };
                return Some(("norm.kind", format!("{norm:?}")));
            }
            (Model::Epidemic | Model::Pairs, "beta") => "cascade.transitions.0.prob",
            (Model::Epidemic | Model::Pairs, "gamma") => "cascade.transitions.1.prob",
            _ => return None,
        };
        Some((path, value.to_owned()))
    }
}

/// A world that was asked for.
pub(crate) struct World {
    pub(crate) model: Model,
    /// agents asked for: a lattice has the largest square below, pairs an even number
    pub(crate) n: u64,
    pub(crate) ticks: u64,
    pub(crate) seed: u64,
    /// the kit's parameters as they were written; the last one wins
    pub(crate) parameters: Vec<(String, String)>,
    /// other changes of the world, by path
    pub(crate) set: Vec<(String, String)>,
}

impl Default for World {
    fn default() -> World {
        let (parameters, set) = (vec![], vec![]);
        World { model: Model::Chaos, n: 1_000_000, ticks: 100, seed: 1, parameters, set }
    }
}

impl World {
    /// Agents that live in it.
    pub(crate) fn agents(&self) -> u64 {
        match self.model {
            Model::Chaos | Model::Fermi => self.n.isqrt() * self.n.isqrt(),
            Model::Donation | Model::Epidemic => self.n,
            Model::Pairs => self.n & !1,
        }
    }

    /// Refuses what no such world can be.
    pub(crate) fn check(&self) -> Result<()> {
        if self.agents() < 16 || self.agents() > u64::from(u32::MAX) {
            return Err(format!("{} agents; there can be 16 to {}", self.agents(), u32::MAX).into());
        }
        Ok(())
    }

    /// The world file, with the numbers that were asked for; `files` is where the others lie.
    pub(crate) fn text(&self, files: &Path) -> Result<String> {
        let name = self.model.name().to_lowercase();
        let quoted =
            |path: PathBuf| path.to_str().map(|path| format!("{path:?}")).ok_or("a path of odd bytes");
        let population = quoted(self.population(files))?;
        let mut changes = vec![
            ("run.seed", self.seed.to_string()),
            ("run.ticks", self.ticks.to_string()),
            ("population.agents", self.agents().to_string()),
        ];
        match self.model {
            Model::Chaos | Model::Fermi => {
                let side = self.agents().isqrt().to_string();
                changes.extend([("structure.rows", side.clone()), ("structure.columns", side)]);
            }
            Model::Epidemic => changes.push(("structure.path", quoted(self.ties(files))?)),
            Model::Donation | Model::Pairs => {}
        }
        match self.model {
            Model::Epidemic | Model::Pairs => changes.push(("cascade.initial.file", population)),
            _ => changes.push(("strategy.0.place.file", population)),
        }
        for (parameter, value) in &self.parameters {
            changes.extend(self.model.place(parameter, value));
        }
        let changes = changes.into_iter().map(|(path, value)| (path.to_owned(), value));
        let changes: Vec<(String, String)> = changes.chain(self.set.iter().cloned()).collect();
        Ok(Source::of(&name, self.model.template()).set(&changes)?.text)
    }

    /// Where the starting population lies.
    fn population(&self, files: &Path) -> PathBuf {
        files.join(format!("{}-{}-{}.parquet", self.model.name(), self.agents(), self.seed))
    }

    /// Where the graph lies.
    fn ties(&self, files: &Path) -> PathBuf {
        files.join(format!("ties-{}-{}.parquet", self.agents(), self.seed))
    }

    /// Writes the files that the world reads, where they are not there yet.
    pub(crate) fn write_files(&self, files: &Path) -> Result<()> {
        fs::create_dir_all(files)?;
        let agents = self.agents();
        table(&self.population(files), &["code"], agents, |rows| {
            let base = self.seed.wrapping_mul(1_000_003);
            let uniform =
                |agent: u64| (splitmix64(base.wrapping_add(agent)) >> 11) as f64 / (1u64 << 53) as f64;
            let codes = rows.map(|agent| self.model.code(agent, uniform(agent)));
            vec![Arc::new(UInt8Array::from_iter_values(codes))]
        })?;
        if self.model != Model::Epidemic {
            return Ok(());
        }
        let place = self.ties(files);
        if place.exists() {
            return Ok(());
        }
        let edge = |edge: u64| {
            let draw = splitmix64(self.seed.wrapping_mul(31_337).wrapping_add(edge));
            [draw & u64::from(u32::MAX), draw >> 32].map(|half| ((half * agents) >> 32) as u32)
        };
        // An edge list knows those who stand in it: whoever has no tie stands there with a loop, which is dropped.
        let edges = 5 * agents;
        let mut tied = vec![false; agents as usize];
        for [a, b] in (0..edges).map(edge).filter(|[a, b]| a != b) {
            (tied[a as usize], tied[b as usize]) = (true, true);
        }
        let alone: Vec<u32> = (0..agents as u32).filter(|&agent| !tied[agent as usize]).collect();
        drop(tied);
        let row = |row: u64| if row < edges { edge(row) } else { [alone[(row - edges) as usize]; 2] };
        table(&place, &["source", "target"], edges + alone.len() as u64, |rows| {
            let (from, to): (Vec<u32>, Vec<u32>) = rows.map(row).map(|[a, b]| (a, b)).unzip();
            vec![Arc::new(UInt32Array::from(from)), Arc::new(UInt32Array::from(to))]
        })
    }
}

/// Writes a table of so many rows, in pieces, unless it is there; it gets its name when it is complete.
fn table(
    path: &Path,
    names: &[&str],
    rows: u64,
    piece: impl Fn(std::ops::Range<u64>) -> Vec<ArrayRef>,
) -> Result<()> {
    if path.exists() {
        return Ok(());
    }
    let first = piece(0..1);
    let fields: Vec<Field> = names
        .iter()
        .zip(&first)
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), false))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    // Ends of ties are all different: a dictionary of them would only be in the way.
    let few = *first[0].data_type() == DataType::UInt8;
    let properties = WriterProperties::builder().set_dictionary_enabled(few).build();
    let unfinished = path.with_extension(format!("{}.tmp", std::process::id()));
    let mut writer = ArrowWriter::try_new(File::create(&unfinished)?, schema.clone(), Some(properties))?;
    for start in (0..rows).step_by(PIECE as usize) {
        writer.write(&RecordBatch::try_new(schema.clone(), piece(start..rows.min(start + PIECE)))?)?;
    }
    writer.close()?;
    fs::rename(unfinished, path)?;
    Ok(())
}

fn splitmix64(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
