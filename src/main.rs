//! The `mores` command. What it does stands in `cli`, what it knows in the library.
#![expect(dead_code, reason = "no engine stands behind the commands yet")]

mod cli;

use std::process::ExitCode;

/// Faster than the system's allocator for the large, short-lived buffers of recording.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::parse().map_or_else(|code| code, |_| ExitCode::SUCCESS)
}
