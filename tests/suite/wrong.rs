//! Wrong world files and their whole error text: each `tests/wrong/NAME.toml` has its `NAME.txt` beside it.
//!
//! Lines `# set PATH=VALUE` and `# case NAME` at the head of a file stand for `--set` and `--case`.
//! `MORES_BLESS=1 cargo test --release --test suite wrong` writes the texts anew; read them before they are committed.

use mores::scenario::{Source, text};
use proptest::prelude::*;
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

/// Values that a slip, or somebody who wants to see what happens, may put anywhere.
const VALUES: &[&str] = &[
    "-1",
    "0",
    "1",
    "2",
    "0.5",
    "1e300",
    "nan",
    "-inf",
    "4294967295",
    "9223372036854775807",
    "true",
    "false",
    "\"\"",
    "\"c\"",
    "\"fixation\"",
    "\"share_c +\"",
    "[]",
    "[0]",
    "[[1, 2], [3]]",
    "{}",
    "{ uniform = [0, 1] }",
    "{ count = 3, into = \"infected\" }",
    "1979-05-27",
];

/// One slip of somebody who edits a file.
#[derive(Debug, Clone)]
enum Slip {
    Delete(usize),
    Repeat(usize, usize),
    Swap(usize, usize),
    SwapValues(usize, usize),
    Value(usize, usize),
    Cut(usize, usize),
}

fn slip() -> impl Strategy<Value = Slip> {
    let line = 0usize..1000;
    prop_oneof![
        line.clone().prop_map(Slip::Delete),
        (line.clone(), line.clone()).prop_map(|(a, b)| Slip::Repeat(a, b)),
        (line.clone(), line.clone()).prop_map(|(a, b)| Slip::Swap(a, b)),
        (line.clone(), line.clone()).prop_map(|(a, b)| Slip::SwapValues(a, b)),
        (line.clone(), 0..VALUES.len()).prop_map(|(a, b)| Slip::Value(a, b)),
        (line, 0usize..100).prop_map(|(a, b)| Slip::Cut(a, b)),
    ]
}

fn slipped(text: &str, slips: &[Slip]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    for slip in slips {
        let n = lines.len().max(1);
        lines.resize(n, String::new());
        // Of the lines with a value, so that few slips are wasted on comments.
        let valued: Vec<usize> = (0..n).filter(|&line| lines[line].contains(" = ")).collect();
        let of = |line: usize| valued.get(line % valued.len().max(1)).copied();
        let halves =
            |line: &str| line.split_once(" = ").map(|(key, value)| (key.to_string(), value.to_string()));
        match *slip {
            Slip::Delete(line) => drop(lines.remove(line % n)),
            Slip::Repeat(line, to) => lines.insert(to % n, lines[line % n].clone()),
            Slip::Swap(a, b) => lines.swap(a % n, b % n),
            Slip::SwapValues(a, b) => {
                let Some((a, b)) = of(a).zip(of(b)) else { continue };
                let Some(((first, one), (second, other))) = halves(&lines[a]).zip(halves(&lines[b])) else {
                    continue;
                };
                lines[a] = format!("{first} = {other}");
                lines[b] = format!("{second} = {one}");
            }
            Slip::Value(line, value) => {
                let Some(line) = of(line) else { continue };
                let Some((key, _)) = halves(&lines[line]) else { continue };
                lines[line] = format!("{key} = {}", VALUES[value]);
            }
            Slip::Cut(line, at) => {
                let line = &mut lines[line % n];
                let at = line.char_indices().map(|(i, _)| i).nth(at).unwrap_or(line.len());
                line.truncate(at);
            }
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn slips_in_shipped_worlds_never_panic(
        world in 0usize..1000,
        slips in prop::collection::vec(slip(), 1..4),
        path in prop::sample::select(vec!["game.benefit", "strategy.0.share", "structure", "run.until", "x", "case.0.set"]),
        value in 0..VALUES.len(),
    ) {
        let paths = worlds("worlds");
        let source = source(&paths[world % paths.len()]).unwrap();
        let text = slipped(&source.text, &slips);
        let changed = Source { text, ..source };
        if let Err(error) = changed.read() {
            prop_assert!(!error.to_string().is_empty());
        }
        if let Ok(set) = changed.set(&[(path.to_string(), VALUES[value].to_string())]) {
            let _ = set.read().map_err(|error| error.to_string());
        }
    }
}
