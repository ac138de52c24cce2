//! Why a run is not begun, and why one ends before its time.

use crate::pass::NonFinite;
use crate::record::error::RunError;
use crate::scenario::over::OverrideError;
use crate::scenario::problems::SpecError;

/// What was asked for cannot be run: the world file or the request is wrong. Nothing has been created.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Refused {
    /// The world file is wrong.
    #[error(transparent)]
    World(#[from] SpecError),
    /// A change that was asked for leads nowhere.
    #[error(transparent)]
    Change(#[from] OverrideError),
    /// The request does not fit the world: what is wrong, and what to ask for instead.
    #[error("{0}")]
    Request(String),
}

impl Refused {
    /// The text for people, on terminals that show colours with them.
    pub fn render(&self, colours: bool) -> String {
        match self {
            Refused::World(error) => error.render(colours),
            other => other.to_string(),
        }
    }
}

/// A run could not begin, go on or end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The world in the run's folder, or the request, is wrong.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A file could not be written or read.
    #[error(transparent)]
    Files(#[from] RunError),
    /// A value became NaN or infinite. What was recorded before that tick can be read.
    #[error(
        "tick {}: the pass {} gave agent {} a value in the column `{}` that is no finite number; look for a division \
         by zero, or parameters so large that they overflow",
        .0.tick, .0.pass, .0.agent, .0.column
    )]
    NonFinite(NonFinite),
}
