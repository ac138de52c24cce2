//! `mores worlds`, `mores worlds WORLD`.

use super::Exit;
use super::engine::{Engine, Problem};
use super::out::Out;

/// List the built-in worlds, or write the file of one, to be read or changed
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The built-in world whose file is written
    #[arg(value_name = "WORLD", conflicts_with = "json")]
    world: Option<String>,
    /// Write one JSON object a world
    #[arg(long)]
    json: bool,
}

pub(super) fn worlds(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    if let Some(world) = &args.world {
        out.line(engine.world(world)?.trim_end());
        return Ok(Exit::Done);
    }
    let worlds = engine.worlds();
    let wide = worlds.iter().map(|world| world.world.len()).max().unwrap_or(0);
    for world in &worlds {
        if args.json {
            out.line(serde_json::json!(world));
            continue;
        }
        out.line(format_args!("{:wide$}  {}", world.world, world.title));
        if !world.cases.is_empty() {
            out.line(format_args!("{:wide$}  --case {}", "", world.cases.join(", ")));
        }
    }
    Ok(Exit::Done)
}
