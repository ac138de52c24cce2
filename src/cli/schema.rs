//! `mores schema`.

use super::Exit;
use super::engine::{Engine, Problem};
use super::out::Out;

/// Print the JSON Schema of world files
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

pub(super) fn schema(engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    out.line(engine.schema().trim_end());
    Ok(Exit::Done)
}
