//! The shipped worlds, embedded in the program: `mores run nowak-may` works anywhere.

use crate::scenario::Source;
use std::path::PathBuf;

/// Name and text of each, in the order of the names; the build script makes the table from the folder `worlds`.
static WORLDS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/worlds.rs"));

/// The names, in their order.
pub fn names() -> impl Iterator<Item = &'static str> {
    WORLDS.iter().map(|(name, _)| *name)
}

/// The text of a shipped world.
pub fn get(name: &str) -> Option<&'static str> {
    let at = WORLDS.binary_search_by_key(&name, |(name, _)| *name).ok()?;
    Some(WORLDS[at].1)
}

/// A shipped world, to be read. Relative paths that are set in it start at the current folder.
pub fn source(name: &str) -> Option<Source> {
    let text = get(name)?.to_string();
    Some(Source { name: name.into(), file: format!("worlds/{name}.toml"), text, folder: PathBuf::from(".") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_world_is_found_by_its_name() {
        assert!(names().count() > 20 && names().is_sorted());
        assert!(names().all(|name| get(name).is_some()));
        assert_eq!(get("no-such-world").map(str::len), None);
    }

    #[test]
    fn every_world_reads() {
        for name in names() {
            let read = source(name).unwrap().read();
            assert!(read.is_ok(), "{}", read.err().unwrap());
        }
    }
}
