use mores::scenario::Source;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

#[test]
fn shipped_worlds_are_right() {
    let mut bad = vec![];
    for entry in std::fs::read_dir(root().join("worlds")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_string();
        let t = std::time::Instant::now();
        let source =
            Source { name, file: format!("{}", path.display()), text, folder: root().join("worlds") };
        if let Err(error) = source.read() {
            bad.push(error.to_string());
        }
        eprintln!("{} {:?}", source.name, t.elapsed());
    }
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
}
