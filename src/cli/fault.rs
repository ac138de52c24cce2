//! The last words when mores itself is wrong: ask for a report, and say whether the run can be
//! resumed.

use std::io::Write;
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

static RUNNING: Mutex<Option<PathBuf>> = Mutex::new(None);

/// Replaces Rust's own words about a panic.
pub(crate) fn install() {
    panic::set_hook(Box::new(|info| {
        let folder = RUNNING.try_lock().ok().and_then(|folder| folder.clone());
        let _ = writeln!(std::io::stderr(), "{}", words(&told(info), folder.as_deref()));
    }));
}

/// From here on `folder` holds the run that a fault would end.
pub(crate) fn running(folder: &Path) {
    if let Ok(mut place) = RUNNING.lock() {
        *place = Some(folder.to_owned());
    }
}

fn told(info: &PanicHookInfo<'_>) -> String {
    let what = info.payload_as_str().unwrap_or("no message");
    info.location().map_or_else(|| what.to_owned(), |at| format!("{what} ({}:{})", at.file(), at.line()))
}

fn words(what: &str, folder: Option<&Path>) -> String {
    let way_on = match folder {
        Some(folder) if folder.join("checkpoint").exists() => {
            format!("\nThe run can go on from its last checkpoint: mores resume {}", folder.display())
        }
        Some(folder) => {
            format!("\nThe run in {} has no checkpoint and must be started anew.", folder.display())
        }
        None => String::new(),
    };
    let place = match env!("CARGO_PKG_REPOSITORY") {
        "" => "to its authors",
        repository => repository,
    };
    format!(
        "\nmores {} has a fault of its own: {what}\n\
         This is not your world's fault. Please report it {place}, with this message, the command and the world file.{way_on}",
        env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_says_whether_the_run_can_go_on() {
        let folder = std::env::temp_dir().join(format!("mores-fault-{}", std::process::id()));
        let without = words("lengths differ (src/pass.rs:1)", Some(&folder));
        assert!(
            without.contains("lengths differ")
                && without.contains("Please report")
                && without.contains("no checkpoint")
        );
        std::fs::create_dir_all(folder.join("checkpoint")).unwrap();
        assert!(words("x", Some(&folder)).contains(&format!("mores resume {}", folder.display())));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(!words("x", None).contains("checkpoint"));
    }
}
