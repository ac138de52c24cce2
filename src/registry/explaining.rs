//! What `mores explain` says of a rule: all of it comes from the rule's own file.

use super::{Entry, Family};
use crate::scenario::schema::{Node, short};

/// Tables in tables that are explained; a type may hold itself.
const INNER: usize = 3;

/// What the rule does, its keys with type, range and default, an example, its sources.
pub fn explain(family: &Family, entry: &Entry) -> String {
    let schema = entry.schema();
    let node = Node::root(&schema);
    let common = (family.common)();
    let every = Node::root(&common);
    let mut text = format!("{}: a kind of [{}]\n\n{}\n", entry.kind, family.section, node.about());
    if family.default_kind == Some(entry.kind) {
        text += "\nIt stands where no kind is written.\n";
    }
    text += &keys("keys", node);
    text += &keys(&format!("keys of every [{}]", family.section), every);
    // The rows of an array of tables have names; a section that is one table has none.
    let many = every.required().any(|key| key == "name");
    let header = if many { format!("[[{}]]", family.section) } else { format!("[{}]", family.section) };
    text += &format!("\nexample\n  {header}\n  kind = \"{}\"\n", entry.kind);
    for line in entry.example.lines().filter(|line| !line.trim().is_empty()) {
        text += &format!("  {line}\n");
    }
    text + &format!("\nsource: {}\n", entry.sources.join(", "))
}

/// A paragraph with two or more lines a key; nothing where there are no keys.
fn keys(title: &str, node: Node<'_>) -> String {
    let lines = key_lines(node, "  ", INNER);
    if lines.is_empty() { lines } else { format!("\n{title}\n{lines}") }
}

fn key_lines(node: Node<'_>, indent: &str, deep: usize) -> String {
    let width = node.keys().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
    let inner = format!("{indent}{:width$}  ", "");
    let mut text = String::new();
    for (key, of) in node.keys() {
        let must = node.required().any(|required| required == key);
        let stands = match of.default() {
            _ if must => "required".to_owned(),
            Some(default) => format!("default {}", short(default)),
            None => "may be left out".to_owned(),
        };
        text += &format!("{indent}{key:width$}  {}; {stands}\n", of.wants());
        for line in of.about().lines() {
            text += &format!("{inner}{line}\n");
        }
        text += &form_lines(of, &inner, deep);
    }
    text
}

/// What the words of a choice mean, and the keys of the tables that a value may be or hold.
fn form_lines(node: Node<'_>, indent: &str, deep: usize) -> String {
    let mut text = String::new();
    let forms = node.forms();
    for form in &forms {
        match (form.words().as_deref(), form.about()) {
            (Some([word]), about) if !about.is_empty() && forms.len() > 1 => {
                text += &format!("{indent}  \"{word}\": {}\n", about.replace('\n', " "));
            }
            _ if deep == 0 => {}
            _ => match form.items() {
                Some(items) => text += &form_lines(items, indent, deep - 1),
                None => text += &key_lines(*form, &format!("{indent}  "), deep - 1),
            },
        }
    }
    text
}
