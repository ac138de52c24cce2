//! `mores verify [WORLD]…`.

use serde_json::{Value, json};

use super::engine::{Engine, Problem, Verdict, VerifyJob};
use super::out::Out;
use super::{Effort, Exit, Talk, job};

/// Run worlds and compare them with what they expect
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// World files or names of built-in worlds (default: all built-in ones)
    #[arg(value_name = "WORLD")]
    worlds: Vec<String>,
    /// Run each expectation at its smaller size, with its wider tolerance
    #[arg(long)]
    fast: bool,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    talk: Talk,
}

pub(super) fn verify(args: &Args, engine: &dyn Engine, out: &mut Out) -> Result<Exit, Problem> {
    out.set_quiet(args.talk.quiet);
    let signals = job::signals()?;
    let asked = VerifyJob {
        worlds: args.worlds.clone(),
        fast: args.fast,
        threads: args.effort.threads(),
        stop: signals.flag(),
    };
    let (mut met, mut missed) = (0_u32, 0_u32);
    engine.verify(&asked, &mut |verdict| {
        *(if verdict.pass { &mut met } else { &mut missed }) += 1;
        tell(&verdict, args.talk, out);
    })?;
    if let Some(signal) = signals.asked() {
        out.talk(format_args!("stopped; {met} expectations met and {missed} missed until then"));
        return Ok(Exit::Stopped(signal));
    }
    out.talk(match (met, missed) {
        (0, 0) => "nothing to compare: no world asked for has an [[expect]]".to_owned(),
        (met, 0) => format!("all {met} expectations met"),
        (met, missed) => format!("{missed} of {} expectations missed", met + missed),
    });
    Ok(if missed == 0 { Exit::Done } else { Exit::Failed })
}

fn tell(verdict: &Verdict, talk: Talk, out: &mut Out) {
    if talk.json {
        out.line(json!(verdict));
    } else if !talk.quiet {
        out.line(line(verdict));
    } else if !verdict.pass {
        out.error(line(verdict));
    }
}

fn line(verdict: &Verdict) -> String {
    let part = verdict.part.as_ref().map_or(String::new(), |part| format!(" ({part})"));
    let more = |name: &str, value: &Value| match value {
        Value::Null => String::new(),
        value => format!(", {name} {}", plain(value)),
    };
    format!(
        "{}  {}{part}  {}: {} expected {}, got {}{}{}  [{:.1} s]",
        if verdict.pass { "met   " } else { "MISSED" },
        verdict.id,
        verdict.world,
        verdict.metric,
        plain(&verdict.expected),
        plain(&verdict.got),
        more("tolerance", &verdict.tolerance),
        more("standard error", &verdict.se),
        verdict.seconds,
    )
}

/// A text without its quotes, a number with some four digits, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or_else(String::new, super::summary::significant)
        }
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
