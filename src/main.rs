//! The `mores` command. What it does stands in `cli`, what it knows in the library.

mod cli;

use std::ffi::{c_int, c_long};
use std::process::ExitCode;

/// Faster than the system's allocator for the large, short-lived buffers of recording.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// `mi_option_purge_delay` and `mi_option_allow_large_os_pages` of mimalloc's list of options.
const PURGE_DELAY: c_int = 15;
const LARGE_PAGES: c_int = 6;

#[expect(unsafe_code, reason = "the option of the allocator has no safe door")]
fn set_up_memory() {
    // SAFETY: the signature is that of mimalloc.h, where an option is an enum of C and a value a long; the program is
    // linked with mimalloc, whose options are atomics and may be set at any time.
    unsafe extern "C" {
        safe fn mi_option_set(option: c_int, value: c_long);
    }
    // What a graph took while it was made would stay resident for long otherwise. A millisecond is left in which the buffers
    // of a snapshot are taken again: each new page would be cleared first.
    mi_option_set(PURGE_DELAY, 1);
    // Whoever is met at random lies on another page: with pages of two megabytes there are few to look up.
    mi_option_set(LARGE_PAGES, 1);
}

fn main() -> ExitCode {
    set_up_memory();
    cli::parse().map_or_else(|code| code, |line| cli::main(&line, &cli::Library))
}
