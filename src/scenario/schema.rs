//! What a world file may say, as JSON Schema: of one struct, read back into words, and of the whole file.

use super::problems::listed;
use crate::registry::Family;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

/// The schema of `T`, with its definitions under `$defs`.
pub fn of<T: JsonSchema>() -> Value {
    schemars::SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

/// One place in a schema. References are followed, `Option` is looked through.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'s> {
    root: &'s Value,
    here: &'s Value,
}

impl<'s> Node<'s> {
    pub(crate) fn root(root: &'s Value) -> Node<'s> {
        Node { root, here: root }
    }

    fn at(self, here: &'s Value) -> Node<'s> {
        Node { here, ..self }
    }

    /// The place that says what is wanted: past references and the `null` of an `Option`.
    fn resolved(self) -> Node<'s> {
        let mut here = self.here;
        // A reference may lead to a reference; sixteen are more than derive ever writes.
        for _ in 0..16 {
            let name = here["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/"));
            let only = ["anyOf", "allOf", "oneOf"].iter().find_map(|of| {
                let mut branches = here[*of].as_array()?.iter().filter(|b| b["type"] != "null");
                branches.next().filter(|_| branches.next().is_none())
            });
            match name.map(|name| &self.root["$defs"][name]).or(only) {
                Some(next) => here = next,
                None => break,
            }
        }
        self.at(here)
    }

    /// The keys of a table and what they hold, in the order of the struct.
    pub(crate) fn keys(self) -> impl Iterator<Item = (&'s str, Node<'s>)> {
        let properties = self.resolved().here["properties"].as_object();
        properties.into_iter().flatten().map(move |(k, v)| (k.as_str(), self.at(v)))
    }

    /// What the key holds.
    pub(crate) fn key(self, name: &str) -> Option<Node<'s>> {
        self.resolved().here["properties"].get(name).map(|v| self.at(v))
    }

    /// What each item of a list is.
    pub(crate) fn items(self) -> Option<Node<'s>> {
        let items = self.resolved().here.get("items").map(|v| self.at(v));
        items.or_else(|| self.branches()?.find_map(Node::items))
    }

    /// True for a table whose keys are all known here.
    pub(crate) fn is_closed_table(self) -> bool {
        let here = self.resolved().here;
        here["properties"].is_object() && here["additionalProperties"] == false
    }

    /// The keys that must be written.
    pub(crate) fn required(self) -> impl Iterator<Item = &'s str> {
        self.resolved().here["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// The doc comment: of the key, else of its type.
    pub(crate) fn about(self) -> &'s str {
        let of = |v: &'s Value| v["description"].as_str();
        of(self.here).or_else(|| of(self.resolved().here)).unwrap_or("").trim()
    }

    /// What stands if the key is not written.
    pub(crate) fn default(self) -> Option<&'s Value> {
        self.here.get("default").filter(|v| !v.is_null())
    }

    /// The words that may be written, if it is a choice of words.
    pub(crate) fn words(self) -> Option<Vec<&'s str>> {
        let here = self.resolved().here;
        if let Some(word) = here["const"].as_str() {
            return Some(vec![word]);
        }
        if let Some(words) = here["enum"].as_array() {
            return words.iter().map(Value::as_str).collect();
        }
        let branches = self.branches()?.map(Node::words).collect::<Option<Vec<_>>>()?;
        Some(branches.concat())
    }

    fn branches(self) -> Option<impl Iterator<Item = Node<'s>>> {
        let here = self.resolved().here;
        let of = here["oneOf"].as_array().or_else(|| here["anyOf"].as_array())?;
        Some(of.iter().filter(|b| b["type"] != "null").map(move |b| self.at(b)))
    }

    /// The forms that a value may have: itself, or each branch of a choice.
    pub(crate) fn forms(self) -> Vec<Node<'s>> {
        match self.branches() {
            Some(branches) => branches.flat_map(Node::forms).collect(),
            None => vec![self],
        }
    }

    /// What is wanted, as it stands after "expected": "a number from 0 to 1".
    pub(crate) fn wants(self) -> String {
        self.wants_within(4)
    }

    /// `deep`: how many lists in lists are described; a type may hold itself.
    fn wants_within(self, deep: usize) -> String {
        let here = self.resolved().here;
        if let Some(words) = self.words() {
            let words: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
            return words.join(" | ");
        }
        if let Some(branches) = self.branches() {
            let forms: Vec<String> = branches.map(|b| b.wants_within(deep)).collect();
            return forms.join(" or ");
        }
        let kind = match &here["type"] {
            Value::String(kind) => kind.as_str(),
            Value::Array(kinds) => {
                kinds.iter().filter_map(Value::as_str).find(|k| *k != "null").unwrap_or("")
            }
            _ => "",
        };
        match kind {
            "string" if here["description"].as_str() == Some("the name of a trait") => {
                "the name of a trait".to_owned()
            }
            "string" => "a string".to_owned(),
            "boolean" => "true | false".to_owned(),
            "integer" => with_range("a whole number", here),
            "number" => with_range("a number", here),
            "array" if deep == 0 => "a list".to_owned(),
            "array" => self.wants_list(deep - 1),
            "object" => match self.resolved().keys().next() {
                Some((only, _)) if self.keys().count() == 1 => format!("{{ {only} = … }}"),
                _ => "a table".to_owned(),
            },
            _ => "a value".to_owned(),
        }
    }

    fn wants_list(self, deep: usize) -> String {
        let here = self.resolved().here;
        let of = match here["prefixItems"].as_array() {
            Some(items) => {
                let items: Vec<_> = items.iter().map(|i| self.at(i).wants_within(deep)).collect();
                return format!("[{}]", items.join(", "));
            }
            None => self.items().map(|items| items.wants_within(deep)).unwrap_or_default(),
        };
        match here["minItems"].as_u64().filter(|n| here["maxItems"].as_u64() == Some(*n)) {
            Some(n) => format!("a list of {n} {}", plural(&of)),
            None => format!("a list of {}", plural(&of)),
        }
    }
}

/// "numbers from 0 to 1" of "a number from 0 to 1".
fn plural(of: &str) -> String {
    let nouns = ["whole number", "number", "string", "table", "list"];
    let noun = nouns.iter().find_map(|noun| {
        let rest = of.strip_prefix("a ")?.strip_prefix(noun)?;
        Some(format!("{noun}s{rest}"))
    });
    noun.filter(|_| !of.contains(" or ")).unwrap_or_else(|| format!("items, each {of}"))
}

fn with_range(noun: &str, here: &Value) -> String {
    let bound = |name: &str| here.get(name).filter(|v| v.is_number()).map(short);
    match (bound("minimum"), bound("exclusiveMinimum"), bound("maximum")) {
        (Some(low), _, Some(high)) => format!("{noun} from {low} to {high}"),
        (Some(low), _, None) => format!("{noun} of at least {low}"),
        (None, Some(low), Some(high)) => format!("{noun} above {low}, at most {high}"),
        (None, Some(low), None) => format!("{noun} above {low}"),
        (None, None, Some(high)) => format!("{noun} of at most {high}"),
        (None, None, None) => noun.to_owned(),
    }
}

/// A value as TOML writes it, on one line. Whole floats lose their point.
pub(crate) fn short(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(short).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let pairs: Vec<_> = map.iter().map(|(k, v)| format!("{k} = {}", short(v))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Number(n) if n.is_f64() => n.as_f64().map_or(String::new(), |x| x.to_string()),
        other => other.to_string(),
    }
}

/// What stands in one section of a world file.
pub enum Shape {
    /// No table: a value at the head of the file, such as `title`.
    Value(fn() -> Value),
    /// `[name]`, without kinds.
    Table(fn() -> Value),
    /// `[[name]]`, without kinds.
    Tables(fn() -> Value),
    /// `[name]` with a `kind`.
    Rule(&'static Family),
    /// `[[name]]` with kinds.
    Rules(&'static Family),
    /// `[name]` with a `kind`, or several `[[name]]`.
    RuleOrRules(&'static Family),
}

/// One section of a world file, for [`world_schema`].
pub struct SectionSchema {
    /// `game`, `run`, `title`.
    pub name: &'static str,
    /// A table, an array of tables, with kinds or without.
    pub shape: Shape,
    /// A world file must have it.
    pub required: bool,
    /// What keys hold that are in no struct, if there can be any: the traits of a `[[strategy]]`.
    pub extra: Option<fn() -> Value>,
}

impl SectionSchema {
    /// A section that may be left out and has no keys but those of its structs.
    pub const fn new(name: &'static str, shape: Shape) -> SectionSchema {
        SectionSchema { name, shape, required: false, extra: None }
    }

    /// The section must be there.
    #[must_use]
    pub const fn required(self) -> SectionSchema {
        SectionSchema { required: true, ..self }
    }

    /// Keys that no struct knows hold this.
    #[must_use]
    pub const fn extra(self, extra: fn() -> Value) -> SectionSchema {
        SectionSchema { extra: Some(extra), ..self }
    }
}

/// The JSON Schema (2020-12) of a world file: it accepts what the reader accepts, as far as a schema can tell.
pub fn world_schema(sections: &[SectionSchema]) -> Value {
    let mut defs = Map::new();
    let mut properties = Map::new();
    for section in sections {
        let one = match &section.shape {
            Shape::Value(schema) => merged(schema(), section.name, &mut defs),
            Shape::Table(schema) | Shape::Tables(schema) => {
                let mut table = merged(schema(), section.name, &mut defs);
                open(&mut table, section, &mut defs);
                table
            }
            Shape::Rule(family) | Shape::Rules(family) | Shape::RuleOrRules(family) => {
                with_kinds(family, section, &mut defs)
            }
        };
        let schema = match section.shape {
            Shape::Tables(_) | Shape::Rules(_) => json!({ "type": "array", "items": one }),
            Shape::RuleOrRules(_) => json!({
                "if": { "type": "array" }, "then": { "items": one.clone() }, "else": one
            }),
            _ => one,
        };
        properties.insert(section.name.to_owned(), schema);
    }
    let required = sections.iter().filter(|s| s.required).map(|s| s.name);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "a world of mores",
        "type": "object",
        "properties": properties,
        "required": required.collect::<Vec<_>>(),
        "additionalProperties": false,
        "$defs": defs,
    })
}

/// A table whose `kind` decides on its other keys: an `if` for each kind, so that an editor reports the keys of the
/// kind that is meant and not those of all.
fn with_kinds(family: &Family, section: &SectionSchema, defs: &mut Map<String, Value>) -> Value {
    let common = merged((family.common)(), &format!("{}-every", section.name), defs);
    let mut kinds = Vec::new();
    let mut branches = Vec::new();
    for entry in (family.rows)() {
        let prefix = format!("{}-{}", section.name, entry.kind);
        let mut rule = merged(entry.schema(), &prefix, defs);
        join(&mut rule, &common);
        rule["properties"]["kind"] = json!({ "const": entry.kind, "description": "the rule" });
        rule["type"] = json!("object");
        rule["additionalProperties"] = json!(false);
        open(&mut rule, section, defs);
        defs.insert(prefix.clone(), rule);
        let mut when = json!({ "properties": { "kind": { "const": entry.kind } } });
        if family.default_kind != Some(entry.kind) {
            when["required"] = json!(["kind"]);
        }
        branches.push(json!({ "if": when, "then": { "$ref": format!("#/$defs/{prefix}") } }));
        kinds.push(entry.kind);
    }
    let required: &[&str] = if family.default_kind.is_some() { &[] } else { &["kind"] };
    json!({
        "description": family.about,
        "type": "object",
        "properties": { "kind": { "enum": kinds } },
        "required": required,
        "allOf": branches,
    })
}

/// Adds the keys of `common` to those of `rule`.
fn join(rule: &mut Value, common: &Value) {
    for (key, value) in common["properties"].as_object().into_iter().flatten() {
        rule["properties"][key] = value.clone();
    }
    let required = common["required"].as_array().into_iter().flatten();
    let mut all: Vec<Value> = rule["required"].as_array().cloned().unwrap_or_default();
    all.extend(required.cloned());
    rule["required"] = Value::Array(all);
}

fn open(table: &mut Value, section: &SectionSchema, defs: &mut Map<String, Value>) {
    if let Some(extra) = section.extra {
        table["additionalProperties"] = merged(extra(), &format!("{}-extra", section.name), defs);
    }
}

/// Moves the definitions of a schema into `defs`, under names that begin with `prefix`: two rules may each have a
/// type of the same name.
fn merged(mut schema: Value, prefix: &str, defs: &mut Map<String, Value>) -> Value {
    let own = schema["$defs"].as_object().cloned().unwrap_or_default();
    if let Some(map) = schema.as_object_mut() {
        for head in ["$defs", "$schema", "title"] {
            map.shift_remove(head);
        }
    }
    rename(&mut schema, prefix);
    for (name, mut definition) in own {
        rename(&mut definition, prefix);
        defs.insert(format!("{prefix}-{name}"), definition);
    }
    schema
}

fn rename(schema: &mut Value, prefix: &str) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::String(to)) = map.get_mut("$ref")
                && let Some(name) = to.strip_prefix("#/$defs/")
            {
                *to = format!("#/$defs/{prefix}-{name}");
            }
            map.values_mut().for_each(|v| rename(v, prefix));
        }
        Value::Array(items) => items.iter_mut().for_each(|v| rename(v, prefix)),
        _ => {}
    }
}

/// "`a`, `b` and `c`", of the keys of a table.
pub(crate) fn keys_listed(node: Node<'_>) -> String {
    let keys: Vec<&str> = node.keys().map(|(k, _)| k).collect();
    listed(&keys, "and")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::toys::{SECTIONS, read_world};
    use crate::scenario::numbers::{NumberOr, OneOrMany, Prob};

    #[test]
    fn a_schema_is_read_back_into_words() {
        let wants = |schema: &Value| Node::root(schema).wants();
        assert_eq!(wants(&of::<Option<Prob>>()), "a number from 0 to 1");
        assert_eq!(wants(&of::<Vec<Vec<u8>>>()), "a list of lists of whole numbers from 0 to 255");
        assert_eq!(wants(&of::<[f64; 2]>()), "a list of 2 numbers");
        assert_eq!(wants(&of::<(f64, String)>()), "[a number, a string]");
        assert_eq!(
            wants(&of::<NumberOr<OneOrMany<bool>>>()),
            "a number or true | false or a list of items, each true | false"
        );
        assert_eq!(short(&json!({ "a": [1.0, 2.5, "x"] })), "{ a = [1, 2.5, \"x\"] }");
    }

    /// The world with `[run]` and these lines, as the schema and as the reader see it.
    fn both(lines: &str) -> (bool, bool) {
        let text = format!("[run]\nticks = 1\n{lines}\n");
        let table: toml::Table = text.parse().unwrap();
        let instance = serde_json::to_value(table).unwrap();
        let mut schemas = boon::Schemas::new();
        let mut compiler = boon::Compiler::new();
        compiler.add_resource("world.json", world_schema(SECTIONS)).unwrap();
        let index = compiler.compile("world.json", &mut schemas).unwrap();
        let reads = read_world(&text).is_ok();
        (schemas.validate(&instance, index).is_ok(), reads)
    }

    #[test]
    fn the_schema_accepts_what_the_reader_accepts() {
        for good in [
            "",
            "[game]\nkind = \"donation\"\nbenefit = 3\ncost = 1.5\nroles = \"mutual\"",
            "[game]\nkind = \"matrix\"\nactions = [\"a\"]\npayoffs = [[1]]\nexecution_error = 1",
            "[[strategy]]\nname = \"a\"\n[[strategy]]\nname = \"b\"\nkind = \"mixed\"\np = [0, 1]",
            "[[strategy]]\nname = \"b\"\nkind = \"mixed\"\np = 0.5\nshare = 0.25",
            "[[trait]]\nname = \"x\"\n[[strategy]]\nname = \"a\"\nx = 3",
            "[[trait]]\nname = \"x\"\ninit = [1, 2]",
            "[learning]\nkind = \"fermi\"\nselection = 1",
            "[learning]\nkind = \"fermi\"\nselection = 1\nstages = [{ from = \"a\", prob = 1 }]",
        ] {
            assert_eq!(both(good), (true, true), "{good}");
        }
    }

    #[test]
    fn the_schema_refuses_what_the_reader_refuses() {
        for bad in [
            "sede = 1",
            "seed = -1",
            "seed = \"a\"",
            "[gmae]\nkind = \"donation\"",
            "[game]\nbenefit = 3\ncost = 1",
            "[game]\nkind = \"donatoin\"\nbenefit = 3\ncost = 1",
            "[game]\nkind = \"donation\"\nbenefit = 3",
            "[game]\nkind = \"donation\"\nbenefit = 3\ncost = -1",
            "[game]\nkind = \"donation\"\nbenefit = 3\ncost = 1\nactions = [\"a\"]",
            "[game]\nkind = \"donation\"\nbenefit = 3\ncost = 1\nroles = \"x\"",
            "[game]\nkind = \"donation\"\nbenefit = 3\ncost = 1\nexecution_error = 1.5",
            "[[game]]\nkind = \"donation\"\nbenefit = 3\ncost = 1",
            "[strategy]\nname = \"a\"",
            "[[strategy]]\nplays = \"c\"",
            "[[strategy]]\nname = \"a\"\np = 0.5",
            "[[strategy]]\nname = \"a\"\nkind = \"mixed\"\np = [0, 2]",
            "[[trait]]\nname = 5",
            "[learning]\nkind = \"fermi\"\nselection = true",
            "[learning]\nkind = \"fermi\"\nselection = 1\nrate = { betwen = [1, 2] }",
            "[learning]\nkind = \"fermi\"\nselection = 1\nstages = [{ form = \"a\", prob = 1 }]",
        ] {
            // A trait may have any name, so the schema lets numbers through where the reader knows better.
            let open = bad.ends_with("p = 0.5");
            assert_eq!(both(bad), (open, false), "{bad}");
        }
    }
}
