//! The tutorial: what the page shows stands in its world files, its commands run, its pictures exist.

use crate::support::{Folder, repository, text};
use std::path::Path;
use std::process::Command;

const PAGE: &str = "docs/tutorial.md";

/// Pictures travel with every clone.
const LARGEST_PICTURE: u64 = 100_000;

/// The parts of the page that begin with a heading of the second order.
fn parts(page: &str) -> Vec<&str> {
    page.split("\n## ").skip(1).collect()
}

/// The lines between fences of a language.
fn fenced<'a>(part: &'a str, language: &str) -> Vec<&'a str> {
    let (mut lines, mut inside) = (vec![], false);
    for line in part.lines() {
        if let Some(opened) = line.trim_start().strip_prefix("```") {
            inside = !inside && opened == language;
        } else if inside && !line.trim().is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// The steps: heading, text, and name of the world.
fn steps(page: &str) -> Vec<(&str, String)> {
    let numbered =
        parts(page).into_iter().filter(|part| part.starts_with(|first: char| first.is_ascii_digit()));
    let world = |part: &str| {
        let begins = format!("society-{}-", &part[..1]);
        let found = mores::worlds::names().find(|name| name.starts_with(&begins));
        found.unwrap_or_else(|| panic!("no world begins with {begins}")).to_string()
    };
    numbered.map(|part| (part, world(part))).collect()
}

#[test]
fn every_step_shows_lines_that_stand_in_its_world() {
    let page = text(PAGE);
    let steps = steps(&page);
    assert_eq!(steps.len(), 5);
    for (part, world) in steps {
        let file = mores::worlds::get(&world).unwrap();
        let shown = fenced(part, "toml");
        assert!(shown.len() > 3, "{world}: the page shows hardly anything of it");
        for line in shown {
            assert!(file.lines().any(|other| other == line), "{world} has no line\n{line}");
        }
        assert!(part.contains(&format!("mores run {world}")), "the page does not run {world}");
        assert!(part.contains(&format!("pictures/{world}.png")), "the page shows no picture of {world}");
    }
}

#[test]
fn every_step_is_short() {
    for (_, world) in steps(&text(PAGE)) {
        let file = mores::worlds::get(&world).unwrap();
        let (mut lines, mut model) = (0, true);
        for line in file.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            // Variants and expectations come last, and are about the world.
            model &= line != "[[case]]" && line != "[[expect]]";
            lines += usize::from(model);
        }
        assert!(lines <= 60, "{world} has {lines} lines before its variants");
    }
}

#[test]
fn every_file_that_the_page_names_exists_and_its_pictures_are_small() {
    let page = text(PAGE);
    let links = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let mut pictures = 0;
    for link in links.filter(|link| !link.starts_with("http")) {
        let file = repository("docs").join(link.split('#').next().unwrap());
        assert!(file.exists(), "{PAGE} names {link}, which is not there");
        if file.extension().is_some_and(|ending| ending == "png") {
            let bytes = std::fs::metadata(&file).unwrap().len();
            assert!(bytes < LARGEST_PICTURE, "{link} has {bytes} bytes");
            pictures += 1;
        }
    }
    assert_eq!(pictures, 5);
}

/// The words of a command line: blanks part them, quotes keep them together, a # begins a comment.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (vec![], None::<String>, false);
    for letter in line.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '#' if !quoted && word.is_none() => break,
            ' ' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

#[test]
fn every_command_of_the_page_runs() {
    let (page, here) = (text(PAGE), Folder::new());
    let mut ran = 0;
    for line in parts(&page).into_iter().flat_map(|part| fenced(part, "sh")) {
        let mut words = words(line.trim());
        let to = words.iter().position(|word| word == ">").map(|at| words.split_off(at)[1].clone());
        if words[0] == "cargo" {
            continue;
        }
        assert_eq!(words[0], "mores", "{line}");
        if words[1] == "run" {
            // Small and short, but for what the line says itself.
            for (key, value) in [("--agents", "2000"), ("--ticks", "3")] {
                if !words.iter().any(|word| word == key) {
                    words.extend([key.to_string(), value.to_string()]);
                }
            }
        }
        let done = Command::new(env!("CARGO_BIN_EXE_mores"))
            .args(&words[1..])
            .current_dir(&here.0)
            .output()
            .unwrap();
        assert!(done.status.success(), "{line}\n{}", String::from_utf8_lossy(&done.stderr));
        if let Some(to) = to {
            std::fs::write(here.0.join(to), done.stdout).unwrap();
        }
        ran += 1;
    }
    assert!(ran > 15, "{ran} commands");
    assert!(Path::new(&here.0).join("runs/names/agents").exists(), "a snapshot was asked for");
}
