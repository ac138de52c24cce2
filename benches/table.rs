//! `cargo bench --bench table`: measures the worlds of `mores bench` and writes the table of benches/README.md.
//!
//! Words after `--` go to `mores bench`: `cargo bench --bench table -- --agents 1e5`.

#![expect(clippy::print_stdout, reason = "it says what it wrote")]

use std::error::Error;
use std::path::Path;
use std::process::{Command, Stdio};

/// The lines between which the table stands.
const BORDERS: [&str; 2] = ["<!-- written by cargo bench --bench table -->\n", "<!-- until here -->\n"];

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds a word of its own.
    let words = std::env::args().skip(1).filter(|word| word != "--bench");
    let mut bench = Command::new(env!("CARGO_BIN_EXE_mores"));
    let out = bench.arg("bench").args(words).stderr(Stdio::inherit()).output()?;
    if !out.status.success() {
        return Err(format!("mores bench ended with {}", out.status).into());
    }
    let table = String::from_utf8(out.stdout)?;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/README.md");
    let text = std::fs::read_to_string(&page)?;
    let (before, rest) = text.split_once(BORDERS[0]).ok_or("the page has lost the table's first border")?;
    let (_, after) = rest.split_once(BORDERS[1]).ok_or("the page has lost the table's last border")?;
    std::fs::write(&page, [before, BORDERS[0], "\n", &table, "\n", BORDERS[1], after].concat())?;
    println!("{table}\nwritten to benches/README.md");
    Ok(())
}
