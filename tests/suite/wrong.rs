//! Wrong world files and their whole error text: each `tests/wrong/NAME.toml` has its `NAME.txt` beside it.
//!
//! Lines `# set PATH=VALUE` and `# case NAME` at the head of a file stand for `--set` and `--case`.
//! `MORES_BLESS=1 cargo test --release --test suite wrong` writes the texts anew; read them before they are committed.

use mores::scenario::{Source, text};
use std::fs;
use std::path::{Path, PathBuf};

/// Relative, so that messages name files as they are called here, on every machine.
const FOLDER: &str = "tests/wrong";

fn worlds(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
    paths.sort();
    paths
}

fn source(path: &Path) -> Result<Source, String> {
    let file = path.file_name().unwrap().to_str().unwrap().to_string();
    let text = text::text_of(&file, fs::read(path).unwrap()).map_err(|error| error.to_string())?;
    let name = path.file_stem().unwrap().to_str().unwrap().to_string();
    Ok(Source { name, file, text, folder: path.parent().unwrap().to_path_buf() })
}

/// What mores says of a file; nothing if it is right.
fn said(path: &Path) -> Option<String> {
    fn read(path: &Path) -> Result<(), String> {
        let source = source(path)?;
        let asked = |word: &str| -> Vec<String> {
            let lines = source.text.lines().take_while(|line| line.starts_with('#'));
            lines.filter_map(|line| line.strip_prefix(word)).map(str::to_string).collect()
        };
        let (sets, cases) = (asked("# set "), asked("# case "));
        let changes = sets.iter().map(|set| set.split_once('=').unwrap());
        let changes: Vec<_> = changes.map(|(path, value)| (path.to_string(), value.to_string())).collect();
        let mut source = source;
        for case in &cases {
            source = source.case(case).map_err(|error| error.to_string())?;
        }
        source = source.set(&changes).map_err(|error| error.to_string())?;
        source.read().map(drop).map_err(|error| error.to_string())
    }
    read(path).err()
}

#[test]
fn wrong_worlds_are_refused_with_the_whole_text_that_stands_beside_them() {
    let bless = std::env::var_os("MORES_BLESS").is_some();
    let mut differ = vec![];
    let paths = worlds(FOLDER);
    assert!(paths.len() >= 30);
    for path in &paths {
        let said = said(path).map_or_else(|| "nothing: it was read\n".to_string(), |said| said + "\n");
        let beside = path.with_extension("txt");
        if bless {
            fs::write(&beside, &said).unwrap();
        }
        let wanted = fs::read_to_string(&beside).unwrap_or_default();
        if said != wanted {
            differ.push(format!("{}\n--- wanted\n{wanted}--- said\n{said}", path.display()));
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

#[test]
fn shipped_worlds_are_read() {
    let paths = worlds("worlds");
    assert!(paths.len() > 20);
    for path in paths {
        assert_eq!(said(&path), None, "{}", path.display());
    }
}
