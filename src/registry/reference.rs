//! The page of all rules, docs/rules.md: what `mores explain` says, for those who read on.

use super::{Entry, Family};
use crate::scenario::schema::{Node, short};
use std::collections::BTreeSet;

/// Tables in tables that are listed; a type may hold itself.
const INNER: usize = 2;

/// All families in Markdown: what each is for, its keys, and each of its rules with formula, keys, ranges, sources.
pub fn reference(families: &[Family]) -> String {
    let mut text = "# The rules\n\nEvery kind that a world file can name, with its keys. This page is written from the rules' own \
                    files; `mores explain KIND` shows the same with an example.\n"
        .to_owned();
    for family in families {
        text += &of_family(family);
    }
    text
}

fn of_family(family: &Family) -> String {
    let (common, rows) = ((family.common)(), (family.rows)());
    let mut text = format!("\n## {}\n\nSection `[{}]`: {}.\n", family.name, family.section, family.about);
    let keys = table(Node::root(&common));
    if !keys.is_empty() {
        text += &format!("\nKeys of every kind:\n\n{keys}");
    }
    for entry in &rows {
        text += &of_rule(family, entry);
    }
    text
}

fn of_rule(family: &Family, entry: &Entry) -> String {
    let schema = entry.schema();
    let node = Node::root(&schema);
    let mut text = format!("\n### {}\n\n{}\n", entry.kind, node.about());
    if family.default_kind == Some(entry.kind) {
        text += "\nIt stands where no kind is written.\n";
    }
    let keys = table(node);
    if !keys.is_empty() {
        text += &format!("\n{keys}");
    }
    text + &format!("\nSources: {}.\n", entry.sources.join(", "))
}

fn table(node: Node<'_>) -> String {
    let rows = rows("", node, INNER);
    if rows.is_empty() {
        return rows;
    }
    format!("| key | value | where it is left out | what it is |\n| --- | --- | --- | --- |\n{rows}")
}

/// A row a key, and a row for each key of the tables that a value may be or hold.
fn rows(prefix: &str, node: Node<'_>, deep: usize) -> String {
    let mut text = String::new();
    for (key, of) in node.keys() {
        let must = node.required().any(|required| required == key);
        let stands = match of.default() {
            _ if must => "required".to_owned(),
            Some(default) => format!("`{}`", short(default)),
            None => "–".to_owned(),
        };
        let cell = |text: String| text.replace('\n', " ").replace('|', "\\|");
        let (wants, about) = (cell(of.wants()), cell(of.about().to_owned()));
        text += &format!("| `{prefix}{key}` | {wants} | {stands} | {about}{} |\n", cell(words(of)));
        if deep > 0 {
            text += &inner_rows(&format!("{prefix}{key}"), of, deep - 1);
        }
    }
    text
}

/// What the words of a choice mean.
fn words(node: Node<'_>) -> String {
    let mut text = String::new();
    for form in node.forms() {
        if let (Some([word]), about) = (form.words().as_deref(), form.about())
            && !about.is_empty()
        {
            text += &format!("; `{word}`: {about}");
        }
    }
    text
}

fn inner_rows(path: &str, node: Node<'_>, deep: usize) -> String {
    // Several forms of a value may have keys in common.
    let mut said = BTreeSet::new();
    let mut text = String::new();
    for form in node.forms() {
        let of_form = match form.items() {
            Some(items) => rows(&format!("{path}[]."), items, deep),
            None => rows(&format!("{path}."), form, deep),
        };
        for line in of_form.lines().filter(|line| said.insert(line.to_string())) {
            text += &format!("{line}\n");
        }
    }
    text
}
