//! The name of a run: a hash of its world that does not depend on how the file is laid out.

use crate::record::manifest::sha256;
use toml::{Table, Value};

/// Digits of a run id.
const DIGITS: usize = 32;

/// What is left out: how long the run is, and what changes no result.
const LEFT_OUT: [&str; 2] = ["run.ticks", "run.kernels"];

/// The id of the run of this world. `inputs` holds the SHA-256 of the files that stand at these paths.
///
/// The order of keys, comments, and whether a whole number is written as `2` or `2.0` make no difference.
pub(super) fn run_id(world: &Table, inputs: &[(String, String)]) -> String {
    let mut text = String::from("mores world 1\n");
    write_table("", world, inputs, &mut text);
    let mut id = sha256(text.as_bytes());
    id.truncate(DIGITS);
    id
}

fn write(path: &str, value: &Value, inputs: &[(String, String)], text: &mut String) {
    match value {
        Value::Table(table) => write_table(path, table, inputs, text),
        Value::Array(items) => {
            text.push('[');
            for (nth, item) in items.iter().enumerate() {
                write(&format!("{path}.{nth}"), item, inputs, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::String(word) => match inputs.iter().find(|(at, _)| at == path) {
            Some((_, sha256)) => text.push_str(&format!("file {sha256}")),
            None => text.push_str(&format!("{word:?}")),
        },
        // Every whole number below 2^53 has one f64.
        Value::Integer(x) if x.unsigned_abs() < 1 << 53 => text.push_str(&format!("{:?}", *x as f64)),
        Value::Integer(x) => text.push_str(&x.to_string()),
        Value::Float(x) => text.push_str(&format!("{x:?}")),
        Value::Boolean(x) => text.push_str(&x.to_string()),
        Value::Datetime(x) => text.push_str(&x.to_string()),
    }
}

fn write_table(path: &str, table: &Table, inputs: &[(String, String)], text: &mut String) {
    let mut keys: Vec<&String> = table.keys().collect();
    keys.sort_unstable();
    text.push('{');
    for key in keys {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if !LEFT_OUT.contains(&below.as_str()) {
            text.push_str(&format!("{key:?}:"));
            write(&below, &table[key], inputs, text);
            text.push(',');
        }
    }
    text.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> String {
        run_id(&text.parse().unwrap(), &[])
    }

    #[test]
    fn layout_comments_and_length_of_the_run_do_not_change_the_id() {
        let plain = id("[run]\nticks = 5\nseed = 1\n[game]\nbenefit = 3\ncost = 1.5\n");
        let other =
            "# why\ngame = { cost = 1.50, benefit = 3.0 }\n[run]\nseed = 1\nticks = 9\nkernels = false\n";
        assert_eq!(plain, id(other));
        assert_eq!(plain.len(), DIGITS);
    }

    #[test]
    fn every_value_key_and_row_changes_the_id() {
        let worlds = [
            "[run]\nseed = 1",
            "[run]\nseed = 2",
            "[run]\nseed = \"1\"",
            "[run]\nseeds = 1",
            "run = [1]",
            "run = [1, 1]",
            "ticks = 1",
            "",
            "[run]\nseed = 9007199254740993",
            "[run]\nseed = 9007199254740992",
        ];
        let ids: std::collections::BTreeSet<String> = worlds.iter().map(|world| id(world)).collect();
        assert_eq!(ids.len(), worlds.len());
    }

    #[test]
    fn a_file_counts_by_its_content_and_not_by_its_name() {
        let world = |path: &str| format!("[structure]\npath = {path:?}").parse::<Table>().unwrap();
        let inputs = |sha: &str| vec![("structure.path".to_owned(), sha.to_owned())];
        assert_eq!(run_id(&world("/a"), &inputs("00")), run_id(&world("/b"), &inputs("00")));
        assert_ne!(run_id(&world("/a"), &inputs("00")), run_id(&world("/a"), &inputs("01")));
    }
}
