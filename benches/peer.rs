//! `benches/peer`: the five models of a kit that compares simulators, from ordinary world files.
//!
//! The starting population, and for W4 the graph, are files like anybody's. The world is run as `mores run` runs it,
//! with the metrics that the kit looks at; what is timed is the ticks.

#![expect(clippy::print_stdout, reason = "its one line is what it is for")]

#[path = "peer.d/worlds.rs"]
mod worlds;

use mores::machine;
use mores::run::{self, Ended, Job, Options};
use rayon::ThreadPoolBuilder;
use serde_json::{Value, json};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;
use std::time::Instant;
use worlds::{Model, World};

/// The allocator of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "benches/peer --workload W1|W2|W3|W4|W5 [--n 1e6] [--ticks 100] [--seed 1] [--threads 2]
  the models' parameters: --b --K --beta --gamma --norm --benefit --cost --sel --mu --eps
  --set PATH=VALUE   changes anything else of the world
  --keep FOLDER      leaves world, files and run there; otherwise files stay in the folder for temporary ones, so that
                     the next run of the same size and seed finds them";

/// What was asked for.
struct Asked {
    world: World,
    threads: usize,
    keep: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds a word of its own.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.is_empty() || words.iter().any(|word| word == "--help") {
        println!("{HELP}");
        return Ok(());
    }
    let asked = read(&words)?;
    ThreadPoolBuilder::new().num_threads(asked.threads).use_current_thread().build_global()?;
    let files = asked.keep.clone().unwrap_or_else(|| std::env::temp_dir().join("mores-peer"));
    let folder = match &asked.keep {
        Some(folder) => folder.join("run"),
        None => files.join(format!("run-{}", std::process::id())),
    };
    let line = measure(&asked, &files, &folder);
    if asked.keep.is_none() {
        // What was not made need not be removed.
        let _ = std::fs::remove_dir_all(&folder);
    }
    println!("{}", line?);
    Ok(())
}

/// Writes the files, runs the world and says what it took.
fn measure(asked: &Asked, files: &Path, folder: &Path) -> Result<Value, Box<dyn Error>> {
    let world = &asked.world;
    world.write_files(files)?;
    std::fs::create_dir_all(folder)?;
    let path = folder.with_extension("toml");
    std::fs::write(&path, world.text(files)?)?;
    let began = Instant::now();
    let wanted = run::Asked { world: path.display().to_string(), ..run::Asked::default() };
    let resolved = run::resolve(&wanted, &|_| None).map_err(|refused| refused.render(false))?;
    if asked.keep.is_none() {
        std::fs::remove_file(&path)?;
    }
    let job = Job::start(resolved, folder, Options { replace: true, ..Options::default() })?;
    let setup = began.elapsed().as_secs_f64();

    let seconds = || machine::cpu_seconds().unwrap_or(f64::NAN);
    let (wall, cpu) = (Instant::now(), seconds());
    let (mut ran, mut used, mut ticks) = (0.0, 0.0, 0);
    let ended = job.go(&AtomicUsize::new(0), &mut |tick| {
        (ran, used, ticks) = (wall.elapsed().as_secs_f64(), seconds() - cpu, tick);
    })?;
    let agents = world.agents();
    Ok(json!({
        "peer": "mores",
        "version": env!("CARGO_PKG_VERSION"),
        "workload": world.model.name(),
        "agents": agents,
        "ticks": ticks,
        "setup_s": setup,
        "run_s": ran,
        "cpu_s": used,
        "threads": asked.threads,
        "agent_updates_per_s": agents as f64 * ticks as f64 / ran,
        "peak_rss_mb": machine::peak_resident().unwrap_or(0) as f64 / f64::from(1 << 20),
        "check": check(world.model, agents, &ended)?,
    }))
}

/// What the kit compares with its references.
fn check(model: Model, agents: u64, ended: &Ended) -> Result<Value, Box<dyn Error>> {
    let all = |name: &str| ended.metric(name).ok_or_else(|| format!("the run has no metric {name}"));
    let last = |name: &str| all(name).map(|values| values.last().copied().unwrap_or(f64::NAN));
    Ok(match model {
        Model::Chaos | Model::Fermi => {
            let share = last("share_c")?;
            json!({ "coop": share, "count": (share * agents as f64).round() as u64 })
        }
        Model::Donation => {
            let rates = all("cooperation")?;
            // The first row is the start; the second half of an odd number of ticks is the larger.
            let half = &rates[1 + (rates.len() - 1) / 2..];
            let mean = half.iter().sum::<f64>() / half.len() as f64;
            let shares = [last("share_allc")?, last("share_alld")?, last("share_disc")?];
            let [allc, alld, disc] = shares;
            json!({
                "coop": last("cooperation")?, "coop_half": mean, "allc": allc, "alld": alld, "disc": disc
            })
        }
        Model::Epidemic => {
            let active = last("infected")?;
            let reached = active + last("recovered")?;
            json!({ "final_size": reached, "active": (active * agents as f64).round() as u64 })
        }
        Model::Pairs => json!({ "infected": last("infected")? }),
    })
}

fn read(words: &[String]) -> Result<Asked, Box<dyn Error>> {
    let mut asked = Asked { world: World::default(), threads: 2, keep: None };
    for pair in words.chunks(2) {
        let [flag, value] = pair else {
            return Err(format!("{} wants a value\n{HELP}", pair[0]).into());
        };
        let number = || value.parse::<f64>().map_err(|_| format!("{flag} wants a number, not `{value}`"));
        let whole = || {
            let number = number()?;
            let fits = number >= 0.0 && number.fract() == 0.0 && number < 1e15;
            if fits { Ok(number as u64) } else { Err(format!("{flag} wants a whole number, not `{value}`")) }
        };
        let world = &mut asked.world;
        match flag.as_str() {
            "--workload" => {
                world.model = Model::named(value).ok_or_else(|| format!("no workload {value}"))?
            }
            "--n" => world.n = whole()?,
            "--ticks" => world.ticks = whole()?,
            "--seed" => world.seed = whole()?,
            "--threads" => asked.threads = usize::try_from(whole()?)?.max(1),
            "--keep" => asked.keep = Some(PathBuf::from(value)),
            "--set" => {
                let (path, value) = value.split_once('=').ok_or("--set wants PATH=VALUE")?;
                world.set.push((path.to_owned(), value.to_owned()));
            }
            "--norm" => world.parameters.push((flag[2..].to_owned(), value.clone())),
            parameter if worlds::PARAMETERS.contains(&parameter.trim_start_matches('-')) => {
                number()?;
                world.parameters.push((flag[2..].to_owned(), value.clone()));
            }
            _ => return Err(format!("unknown {flag}\n{HELP}").into()),
        }
    }
    asked.world.check()?;
    Ok(asked)
}
