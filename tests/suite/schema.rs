//! The JSON Schema of world files, against the shipped worlds and against wrong ones.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use crate::support::{json, repository};
use boon::{Compiler, SchemaIndex, Schemas};
use mores::scenario::Source;
use mores::{families, worlds};
use std::fs;

/// The schema, compiled by a library that knows nothing of mores.
struct Judge {
    schemas: Schemas,
    index: SchemaIndex,
}

impl Judge {
    fn new() -> Judge {
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.add_resource("world.json", families::world_schema()).unwrap();
        let index = compiler.compile("world.json", &mut schemas).unwrap();
        Judge { schemas, index }
    }

    fn verdict(&self, toml: &str) -> Result<(), String> {
        let instance = json(toml);
        self.schemas.validate(&instance, self.index).map_err(|error| format!("{error:#}"))
    }
}

#[test]
fn every_shipped_world_is_valid() {
    let judge = Judge::new();
    for name in worlds::names() {
        let verdict = judge.verdict(worlds::get(name).unwrap());
        assert!(verdict.is_ok(), "{name}: {}", verdict.unwrap_err());
    }
}

/// What a schema can see of a world that is wrong: keys, kinds, types and ranges, one place at a time.
#[test]
fn what_is_wrong_in_its_shape_is_refused_by_the_schema_and_by_the_reader() {
    let judge = Judge::new();
    let good = "[run]\nticks = 5\n[population]\nagents = 10\n[structure]\nkind = \"well-mixed\"\n\
                [game]\nkind = \"donation\"\nbenefit = 3\ncost = 1\n[[strategy]]\nname = \"a\"\nplays = \"C\"\n\
                [learning]\nkind = \"fermi\"\nselection = 1\n";
    let reads = |text: &str| source(text).read().is_ok();
    assert!(reads(good) && judge.verdict(good).is_ok(), "{:?}", judge.verdict(good));
    for (from, to) in [
        ("ticks = 5", "tick = 5"),
        ("ticks = 5", "ticks = 5\nupdate = \"sometimes\""),
        ("ticks = 5", "ticks = -1"),
        ("ticks = 5", "ticks = 1.5"),
        ("ticks = 5", "ticks = \"5\""),
        ("agents = 10", "agents = 0"),
        ("agents = 10", "agnets = 10"),
        ("[run]\nticks = 5", ""),
        ("[game]", "[gmae]"),
        ("[game]", "[[game]]"),
        ("\"donation\"", "\"donatoin\""),
        ("benefit = 3", "benefit = -3"),
        ("benefit = 3", ""),
        ("benefit = 3", "benefit = 3\nmultiplier = 2"),
        ("benefit = 3", "benefit = 3\nexecution_error = 1.5"),
        ("benefit = 3", "benefit = 3\nroles = \"donor\""),
        ("kind = \"donation\"", ""),
        ("[[strategy]]", "[strategy]"),
        ("name = \"a\"", ""),
        ("name = \"a\"", "name = \"a\"\nshare = 2"),
        ("name = \"a\"", "name = \"a\"\nplace = { cels = [[0, 0]] }"),
        ("selection = 1", "selection = true"),
        ("selection = 1", "selection = 1\nmodels = \"friends\""),
        ("selection = 1", "selection = 1\n[mutation]\nprob = 1.5"),
        ("selection = 1", "selection = 1\n[[trait]]\nname = \"x\"\ntype = \"f16\""),
        ("selection = 1", "selection = 1\n[[trait]]\nname = \"x\"\ninit = { unifrom = [0, 1] }"),
        ("selection = 1", "selection = 1\n[[expect]]\nid = \"x/1\"\nmetric = \"share_a\"\nbecuase = \"so\""),
        ("selection = 1", "selection = 1\n[record]\nevents = [\"births\"]"),
    ] {
        assert!(good.contains(from), "{from}");
        let bad = good.replace(from, to);
        assert_eq!((judge.verdict(&bad).is_ok(), reads(&bad)), (false, false), "{from} → {to}");
    }
}

/// What the reader says where the shape is wrong, which a schema can see: keys, kinds, types, ranges.
const OF_THE_SHAPE: &[&str] = &[
    "` has no key `",
    "] has no key `",
    "no kind of [",
    "a world has no ",
    "there is one [",
    "error: expected ",
    " is below ",
    " is not between ",
    " is not a finite number",
    " is not a whole number",
    "` cannot be `",
    "` is missing",
    "` are missing",
    "the section [run] is missing",
];

/// Where the range of a number follows from what another key says.
const BY_ANOTHER_KEY: &[&str] = &["threshold-of-a-share"];

/// Those of the wrong worlds whose shape is right (a name that no strategy has, shares above 1 together) are for the
/// reader alone. What is said of a `--set`, of a `[[case]]` or of a path in them is no statement on the file.
#[test]
fn the_schema_refuses_every_wrong_world_whose_shape_is_wrong() {
    let (judge, mut refused, mut differ) = (Judge::new(), 0, vec![]);
    let files = fs::read_dir(repository("tests/wrong")).unwrap().map(|file| file.unwrap().path());
    for path in files.filter(|path| path.extension().is_some_and(|ending| ending == "toml")) {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if text.parse::<toml::Table>().is_err() || text.starts_with("# set") || text.starts_with("# case") {
            continue;
        }
        let said = fs::read_to_string(path.with_extension("txt")).unwrap();
        let errors = said.lines().filter(|line| line.starts_with("error: "));
        let mut here =
            errors.filter(|line| !line.contains("in the case `") && !line.contains("error: with "));
        let shape = here.any(|line| OF_THE_SHAPE.iter().any(|words| line.contains(words)));
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if shape && !BY_ANOTHER_KEY.contains(&name.as_str()) {
            refused += 1;
            if judge.verdict(&text).is_ok() {
                differ.push(format!("{name}\n{said}"));
            }
        }
    }
    assert!(differ.is_empty(), "these are right for the schema:\n{}", differ.join("\n"));
    assert!(refused >= 10, "{refused}");
}

fn source(text: &str) -> Source {
    Source { name: "test".into(), file: "test.toml".into(), text: text.into(), folder: repository("worlds") }
}
