//! What a run ends with: what happened, a picture of it, where the files are and how to open them.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::chart::{self, Look};
use super::engine::Outcome;

/// Metrics that are named; the others are in the file.
const MOST_METRICS: usize = 8;
/// Series that share the picture; more would hide each other.
const MOST_SERIES: usize = 4;

/// The summary for people.
pub(crate) fn text(run: &Outcome, look: Look) -> String {
    let mut parts = vec![headline(run)];
    parts.extend((!run.notes.is_empty()).then(|| run.notes.join("\n")));
    parts.extend(picture(run, look));
    parts.extend((!run.metrics.is_empty()).then(|| last_values(run, look.width)));
    parts.push(files(run));
    parts.extend(openers(run));
    parts.join("\n\n")
}

/// The summary for machines: the fields of the `finished` object.
pub(crate) fn fields(run: &Outcome) -> Map<String, Value> {
    let metrics: Map<String, Value> =
        run.metrics.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let files: Vec<&str> = run.files.iter().map(|(name, _)| name.as_str()).collect();
    let fields = json!({
        "status": if run.finished { "finished" } else { "interrupted" },
        "world": run.facts.world,
        "run_id": run.facts.run_id,
        "folder": run.folder,
        "files": files,
        "agents": run.facts.agents,
        "ticks": run.ticks_done,
        "seconds": run.seconds,
        "agent_ticks_per_second": run.agent_ticks_per_second,
        "metrics": metrics,
        "notes": run.notes,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn headline(run: &Outcome) -> String {
    let facts = &run.facts;
    let groups = match facts.groups {
        0 | 1 => String::new(),
        groups => format!(" in {} groups", thousands(groups)),
    };
    let resumed = match facts.first_tick {
        0 => String::new(),
        first => format!(" (from tick {})", thousands(first)),
    };
    let title = if facts.title.is_empty() { &facts.world } else { &facts.title };
    format!(
        "{title}\n{}{groups}, {}{resumed} in {}: {} agent-ticks a second",
        plural(facts.agents, "agent"),
        plural(run.ticks_done, "tick"),
        clock(run.seconds),
        magnitude(run.agent_ticks_per_second),
    )
}

fn picture(run: &Outcome, look: Look) -> Option<String> {
    let series = &run.series[..run.series.len().min(MOST_SERIES)];
    let drawn = chart::draw(series, look);
    let title =
        series.first().filter(|_| series.len() == 1).map_or(String::new(), |one| format!("{}\n", one.name));
    (!drawn.is_empty()).then(|| title + drawn.trim_end())
}

fn last_values(run: &Outcome, width: usize) -> String {
    let mut lines = vec![String::from("  ")];
    for (name, value) in run.metrics.iter().take(MOST_METRICS) {
        let value = if value.is_finite() { significant(*value) } else { "none".to_owned() };
        let entry = format!("{name} {value}");
        match lines.last_mut() {
            Some(line) if line.trim().is_empty() => line.push_str(&entry),
            Some(line) if line.chars().count() + entry.chars().count() + 3 <= width => {
                line.push_str("   ");
                line.push_str(&entry);
            }
            _ => lines.push(format!("  {entry}")),
        }
    }
    format!("at the end\n{}", lines.join("\n"))
}

fn files(run: &Outcome) -> String {
    let mut text = format!("{} holds", run.folder.display());
    let wide = run.files.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, size) in &run.files {
        text.push_str(&format!("\n  {name:wide$}  {:>9}", bytes(*size)));
    }
    text
}

fn openers(run: &Outcome) -> Option<String> {
    run.files.iter().find(|(name, _)| name == "metrics.parquet")?;
    let path = run.folder.join("metrics.parquet");
    let (python, sql) = (python_text(&path), sql_text(&path));
    Some(format!(
        "open it\n  Polars  import polars as pl; print(pl.read_parquet({python}))\n  \
         DuckDB  FROM {sql};\n  \
         pandas  import pandas as pd; print(pd.read_parquet({python}))"
    ))
}

/// JSON's way to write text is one of Python's.
fn python_text(path: &Path) -> String {
    Value::from(path.to_string_lossy().into_owned()).to_string()
}

fn sql_text(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "''"))
}

/// `1,000,000`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let mut text = digits[..first].to_owned();
    for at in (first..digits.len()).step_by(3) {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(&digits[at..at + 3]);
    }
    text
}

/// `12 ms`, `8.3 s`, `2 min 5 s`, `3 h 20 min`.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        _ if !(seconds >= 0.0 && seconds.is_finite()) => "unknown time".to_owned(),
        0 => format!("{:.0} ms", seconds * 1e3),
        1..10 => format!("{seconds:.1} s"),
        10..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        3600..172_800 => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
        _ => format!("{} days", thousands(whole / 86_400)),
    }
}

/// `1.2 GB`: powers of ten, as disks and file managers count.
pub(crate) fn bytes(number: u64) -> String {
    if number < 1000 {
        return format!("{number} B");
    }
    let mut value = number as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB", "PB", "EB"] {
        if value < 999.5 {
            break;
        }
        (value, unit) = (value / 1000.0, larger);
    }
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// `36.1 million`.
pub(crate) fn magnitude(value: f64) -> String {
    match value {
        value if !value.is_finite() => "–".to_owned(),
        value if value >= 1e9 => format!("{:.2} billion", value / 1e9),
        value if value >= 1e6 => format!("{:.1} million", value / 1e6),
        value => thousands(value.max(0.0).round() as u64),
    }
}

/// `1 agent`, `2,000 agents`.
pub(crate) fn plural(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// Four digits that count.
pub(crate) fn significant(value: f64) -> String {
    let size = value.abs();
    match size {
        0.0 => "0".to_owned(),
        1e6.. => format!("{value:.3e}"),
        1000.0.. => format!("{value:.0}"),
        100.0.. => format!("{value:.1}"),
        10.0.. => format!("{value:.2}"),
        1e-3.. => format!("{value:.4}"),
        _ => format!("{value:.3e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::chart::Series;
    use super::super::engine::Facts;
    use super::*;

    fn finished() -> Outcome {
        let facts = Facts {
            world: "donation".into(),
            title: "Help is seen and judged".into(),
            run_id: "0123456789abcdef".into(),
            agents: 1_000_000,
            groups: 1,
            first_tick: 0,
            last_tick: 300,
        };
        Outcome {
            facts,
            finished: true,
            ticks_done: 300,
            seconds: 8.3,
            agent_ticks_per_second: 36.14e6,
            folder: "runs/o'neil".into(),
            files: vec![("manifest.json".into(), 900), ("metrics.parquet".into(), 12_345)],
            metrics: vec![
                ("cooperation".into(), 0.93),
                ("payoff_mean".into(), f64::NAN),
                ("fines_mean".into(), 2.5),
            ],
            series: vec![Series { name: "cooperation".into(), points: vec![(1, 0.0), (300, 1.0)] }],
            notes: vec!["2 loops of ties.csv were dropped".into()],
        }
    }

    #[test]
    fn the_summary_says_what_happened_and_how_to_open_it() {
        let text = text(&finished(), Look { width: 40, height: 3, ascii: true });
        let expected = [
            "Help is seen and judged",
            "1,000,000 agents, 300 ticks in 8.3 s: 36.1 million agent-ticks a second",
            "",
            "2 loops of ties.csv were dropped",
            "",
            "cooperation",
            "1.0 +                                  *",
            "0.5 +",
            "0.0 +*",
            "    +-----------------------------------",
            "     1             tick              300",
            "",
            "at the end",
            "  cooperation 0.9300   payoff_mean none",
            "  fines_mean 2.5000",
            "",
            "runs/o'neil holds",
            "  manifest.json        900 B",
            "  metrics.parquet      12 kB",
            "",
            "open it",
            "  Polars  import polars as pl; print(pl.read_parquet(\"runs/o'neil/metrics.parquet\"))",
            "  DuckDB  FROM 'runs/o''neil/metrics.parquet';",
            "  pandas  import pandas as pd; print(pd.read_parquet(\"runs/o'neil/metrics.parquet\"))",
        ]
        .join("\n");
        assert_eq!(text, expected);
    }

    #[test]
    fn machines_get_the_same_and_null_for_what_is_no_number() {
        let fields = fields(&finished());
        assert_eq!(fields["status"], "finished");
        assert_eq!(fields["metrics"], json!({ "cooperation": 0.93, "payoff_mean": null, "fines_mean": 2.5 }));
        assert_eq!(fields["files"], json!(["manifest.json", "metrics.parquet"]));
    }

    #[test]
    fn numbers_times_and_sizes_are_written_for_people() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(thousands), ["0", "12", "999", "1,000", "1,234,567"]);
        let clocks = [0.0123, 8.31, 59.4, 61.0, 7_500.0, 1e6, f64::NAN].map(clock);
        assert_eq!(clocks, ["12 ms", "8.3 s", "59 s", "1 min 1 s", "2 h 5 min", "11 days", "unknown time"]);
        assert_eq!(
            [999, 1000, 12_345, 999_999, u64::MAX].map(bytes),
            ["999 B", "1.0 kB", "12 kB", "1.0 MB", "18 EB"]
        );
        assert_eq!([512.4, 36.14e6, 2.5e9].map(magnitude), ["512", "36.1 million", "2.50 billion"]);
        assert_eq!([0.0, 0.93, 12.3456, 1e-9].map(significant), ["0", "0.9300", "12.35", "1.000e-9"]);
    }
}
