//! `mores list [FAMILY]`.

use super::Exit;
use super::engine::{Engine, Problem, Rule};
use super::out::Out;

/// List the rules that a world file can name, family by family
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only this family, such as games or learning
    #[arg(value_name = "FAMILY")]
    family: Option<String>,
    /// Write one JSON object a rule
    #[arg(long)]
    json: bool,
}

pub(super) fn list(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    let all = engine.rules();
    let of =
        |rule: &&Rule| args.family.as_ref().is_none_or(|name| rule.family == *name || rule.section == *name);
    let rules: Vec<&Rule> = all.iter().filter(of).collect();
    if let Some(family) = args.family.as_ref().filter(|_| rules.is_empty()) {
        let mut known: Vec<&str> = all.iter().map(|rule| rule.family.as_str()).collect();
        known.dedup();
        return Err(Problem::Asked(format!("no family is called `{family}`; known: {}", known.join(", "))));
    }
    let wide = rules.iter().map(|rule| rule.rule.len()).max().unwrap_or(0);
    for (at, rule) in rules.iter().enumerate() {
        if args.json {
            out.line(serde_json::json!(rule));
            continue;
        }
        if at == 0 || rules[at - 1].family != rule.family {
            out.line(format_args!("{}{}", if at == 0 { "" } else { "\n" }, rule.family));
        }
        out.line(format_args!("  {:wide$}  {}", rule.rule, rule.says));
    }
    Ok(Exit::Done)
}
