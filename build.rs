//! Embeds the shipped worlds: every `worlds/NAME.toml` becomes a row of a table in the order of the names.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=worlds");
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut files = vec![];
    for entry in fs::read_dir(Path::new(&root).join("worlds"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    // By name and not by path: the dot before the ending would sort `sis-lattice` before `sis`.
    files.sort_by(|a, b| a.file_stem().cmp(&b.file_stem()));
    let mut table = String::from("&[\n");
    for path in files {
        let name = path.file_stem().and_then(|name| name.to_str()).ok_or("a world's name is no text")?;
        let path = path.to_str().ok_or("the path of a world is no text")?;
        writeln!(table, "    ({name:?}, include_str!({path:?})),")?;
    }
    table.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("worlds.rs"), table)?;
    Ok(())
}
