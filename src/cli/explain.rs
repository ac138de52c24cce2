//! `mores explain RULE`.

use super::Exit;
use super::engine::{Engine, Problem};
use super::out::Out;

/// Explain what a rule means, what it takes and where it comes from
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The rule's name, such as fermi, or FAMILY.RULE where two families have one of this name
    #[arg(value_name = "RULE")]
    rule: String,
}

pub(super) fn explain(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    out.line(engine.explain(&args.rule)?.trim_end());
    Ok(Exit::Done)
}
