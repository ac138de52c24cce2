//! What a run leaves in its folder.

use crate::resume::{Folder, begin, marks, resolved, take_up};
use crate::support::{on, repository, shipped, small, with};
use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Float64Type};
use bevy_ecs::prelude::*;
use bytemuck::TransparentWrapper;
use mores::columns::{COHORT, Column, Dtype};
use mores::pass::Now;
use mores::run::{Asked, Failure, Found, Job, Options, Refused, default_folder, found, resolve};
use mores::scenario::Source;
use mores::simulation::Simulation;
use mores::structures::{Names, Shape};
use mores::tick::Phase;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::path::Path;
use std::sync::atomic::AtomicUsize;

/// The columns of a Parquet file: names and values.
pub(crate) fn table(path: &Path) -> Vec<(String, ArrayRef)> {
    let file = std::fs::File::open(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    let column = |nth: usize| -> ArrayRef {
        let parts: Vec<&dyn Array> = batches.iter().map(|batch| &**batch.column(nth)).collect();
        concat(&parts).unwrap()
    };
    schema.fields().iter().enumerate().map(|(nth, field)| (field.name().clone(), column(nth))).collect()
}

fn column<'t>(table: &'t [(String, ArrayRef)], name: &str) -> &'t ArrayRef {
    &table.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no column {name}")).1
}

fn numbers(array: &ArrayRef) -> Vec<Option<f64>> {
    cast(array, &DataType::Float64).unwrap().as_primitive::<Float64Type>().iter().collect()
}

fn words(array: &ArrayRef) -> Vec<String> {
    let texts = cast(array, &DataType::Utf8).unwrap();
    texts.as_string::<i32>().iter().map(|text| text.unwrap_or("-").to_owned()).collect()
}

fn names(table: &[(String, ArrayRef)]) -> Vec<&str> {
    table.iter().map(|(name, _)| name.as_str()).collect()
}

fn none(_: &str) -> Option<&'static str> {
    None
}

#[test]
fn metrics_have_the_columns_of_the_contract_and_their_values() {
    for (world, wanted) in [
        (
            "donation",
            "tick share_allc share_alld share_disc cooperation payoff_mean payoff_sd reputation_good",
        ),
        ("epidemic", "tick adopted susceptible infected recovered"),
        ("moran", "tick share_mutant share_resident"),
        ("hawk-dove", "tick share_hawk share_dove payoff_mean payoff_sd"),
        ("giant-component", "tick giant_component"),
    ] {
        let folder = Folder::new();
        let source =
            with(&small(world), &[("run.ticks", if world == "giant-component" { "0" } else { "4" })]);
        begin(&source, &folder.0, 2, None);
        let rows = table(&folder.0.join("metrics.parquet"));
        assert_eq!(names(&rows).join(" "), wanted, "{world}");
        for (name, array) in &rows {
            let dtype = if name == "tick" { DataType::UInt64 } else { DataType::Float64 };
            assert_eq!(array.data_type(), &dtype, "{world} {name}");
        }
    }
}

#[test]
fn metrics_hold_what_the_columns_in_memory_say() {
    let folder = Folder::new();
    let source = with(&small("donation"), &[("run.ticks", "5"), ("record.metrics", "[\"share_disc * 2\"]")]);
    begin(&source, &folder.0, 2, None);
    let rows = table(&folder.0.join("metrics.parquet"));
    let mut simulation = Simulation::of(resolved(&source).scenario).build();
    assert_eq!(numbers(column(&rows, "cooperation"))[0], None);
    for tick in 0..=5 {
        let strategies = simulation.column::<mores::columns::Strategy>();
        let share = strategies.iter().filter(|&&code| code == 2).count() as f64 / strategies.len() as f64;
        assert_eq!(numbers(column(&rows, "share_disc"))[tick], Some(share));
        assert_eq!(numbers(column(&rows, "share_disc * 2"))[tick], Some(2.0 * share));
        if tick > 0 {
            let payoffs = simulation.column::<mores::columns::Payoff>();
            let mean = payoffs.iter().map(|&pay| f64::from(pay)).sum::<f64>() / payoffs.len() as f64;
            let got = numbers(column(&rows, "payoff_mean"))[tick].unwrap();
            assert!((got - mean).abs() < 1e-9, "{got} {mean}");
        }
        if tick < 5 {
            simulation.tick().unwrap();
        }
    }
}

#[test]
fn a_run_does_not_look_at_what_its_world_expects() {
    let path = repository("worlds/hawk-dove.toml").display().to_string();
    let asked = Asked { world: path, ticks: Some(2), agents: Some(100_000), ..Asked::default() };
    let world = resolve(&asked, &none).unwrap();
    let folder = Folder::new();
    Job::start(world, &folder.0, Options::default()).unwrap();
    let again = Asked { world: folder.0.join("world.toml").display().to_string(), ..Asked::default() };
    assert_eq!(resolve(&again, &none).unwrap().scenario.run.ticks.get(), 2);
    // A file that is wrong from the beginning is wrong.
    let text = std::fs::read_to_string(repository("worlds/hawk-dove.toml")).unwrap();
    let wrong = folder.0.join("wrong.toml");
    std::fs::write(&wrong, text.replace("over      = [100, 199]", "over      = [100, 999]")).unwrap();
    let asked = Asked { world: wrong.display().to_string(), ..Asked::default() };
    assert!(resolve(&asked, &none).err().unwrap().to_string().contains("999"));
}

/// A network whose people are named out of order and have very different numbers of friends, so that the engine
/// stores them in another order.
fn network(folder: &Path, ids: impl Fn(usize) -> String) -> String {
    let mut text = String::from("a,b\n");
    for person in 1..1500usize {
        for friend in [person / 2, person * 7 % person.max(1), 3] {
            if friend < person {
                text.push_str(&format!("{},{}\n", ids(person), ids(friend)));
            }
        }
    }
    std::fs::create_dir_all(folder).unwrap();
    let path = folder.join("network.csv");
    std::fs::write(&path, text).unwrap();
    format!("{:?}", path.display().to_string())
}

#[test]
fn snapshots_hold_what_the_columns_in_memory_hold_in_the_order_of_the_source() {
    let input = Folder::new();
    let file = network(&input.0, |person| format!("p{}", person * 37 % 1500));
    let every = ("record.snapshot_every", "2");
    let worlds = [
        with(&small("donation"), &[every]),
        with(&small("edge-list"), &[every, ("structure.path", &file)]),
        with(&small("intervention"), &[every]),
        with(&small("nowak-may"), &[every]),
        with(&small("sir-network"), &[every, ("record.part_rows", "6000")]),
        with(&small("traits"), &[every]),
    ];
    for source in worlds {
        let source = with(&source, &[("run.ticks", "4")]);
        let folder = Folder::new();
        begin(&source, &folder.0, 3, None);
        let mut parts: Vec<_> = std::fs::read_dir(folder.0.join("agents")).unwrap().collect();
        parts.sort_by_key(|part| part.as_ref().unwrap().path());
        let parts: Vec<_> = parts.into_iter().map(|part| table(&part.unwrap().path())).collect();
        let get = |name: &str| -> ArrayRef {
            let arrays: Vec<&dyn Array> = parts.iter().map(|part| &**column(part, name)).collect();
            concat(&arrays).unwrap()
        };
        let mut simulation = Simulation::of(resolved(&source).scenario).build();
        let agents = simulation.scenario().layout.agents;
        assert_eq!(get("tick").len(), 3 * agents, "{}", source.name);
        for snapshot in 0..3 {
            let cut = |name: &str| get(name).slice(snapshot * agents, agents);
            assert!(numbers(&cut("tick")).iter().all(|&tick| tick == Some(2.0 * snapshot as f64)));
            assert!(numbers(&cut("agent_id")).into_iter().eq((0..agents).map(|agent| Some(agent as f64))));
            same_columns(&simulation, &parts[0], &cut);
            simulation.tick().unwrap();
            simulation.tick().unwrap();
        }
    }
}

/// Compares the columns of one snapshot with those in memory, agent by agent.
fn same_columns(simulation: &Simulation, part: &[(String, ArrayRef)], cut: &dyn Fn(&str) -> ArrayRef) {
    let s = simulation.scenario();
    let original = simulation.structure().and_then(|structure| structure.original().map(<[u32]>::to_vec));
    // The agent that is stored in a slot, by the plain definition.
    let agent = |slot: usize| match &original {
        Some(original) => slot - slot % original.len() + original[slot % original.len()] as usize,
        None => slot,
    };
    let view = simulation.view();
    for known in simulation.columns() {
        if !part.iter().any(|(name, _)| **name == *known.name) {
            assert!(s.record.columns.is_some(), "{} is not recorded", known.name);
            continue;
        }
        let held: Vec<f64> = match known.dtype {
            Dtype::F32 => view.of::<f32>(&known).iter().map(|&x| f64::from(x)).collect(),
            _ => view.of::<u8>(&known).iter().map(|&x| f64::from(x)).collect(),
        };
        let array = cut(&known.name);
        if known.labels.is_empty() {
            let written = numbers(&array);
            assert!((0..held.len()).all(|slot| written[agent(slot)] == Some(held[slot])), "{}", known.name);
        } else {
            let written = words(&array);
            let word = |slot: usize| &known.labels[held[slot] as usize];
            assert!((0..held.len()).all(|slot| written[agent(slot)] == *word(slot)), "{}", known.name);
        }
    }
    let size = s.layout.group_size;
    if s.layout.groups() > 1 {
        assert!(
            numbers(&cut("group")).iter().enumerate().all(|(k, &group)| group == Some((k / size) as f64))
        );
    }
    if let Some(Shape::Read { names: Names::Words(ids), .. }) = s.structure.as_ref().map(|(_, n)| n.shape()) {
        assert!(
            original.as_ref().is_some_and(|order| !order.is_sorted()),
            "the network was to be renumbered"
        );
        assert_eq!(words(&cut("id")), ids);
    }
}

#[test]
fn a_network_from_a_file_brings_its_people_and_its_fingerprint() {
    let input = Folder::new();
    let file = network(&input.0, |person| (person * 3).to_string());
    let asked = |world: &str| Asked {
        world: repository(&format!("worlds/{world}.toml")).display().to_string(),
        set: vec![("structure.path".into(), file.clone()), ("record.snapshot_every".into(), "2".into())],
        ticks: Some(2),
        ..Asked::default()
    };
    for world in ["edge-list", "contagion-edge-list", "threshold-edge-list"] {
        let world = resolve(&asked(world), &none).unwrap();
        assert_eq!(world.scenario.layout.agents, 1500);
        assert!(world.source.text.contains("agents = 1500"), "{}", world.source.text);
        let folder = Folder::new();
        let job = Job::start(world, &folder.0, Options::default()).unwrap();
        let ended = job.go(&AtomicUsize::new(0), &mut |_| {}).unwrap();
        let bytes = std::fs::read(input.0.join("network.csv")).unwrap();
        assert_eq!(ended.manifest.inputs[0].sha256, mores::record::manifest::sha256(&bytes));
        let part = table(&folder.0.join("agents/part-00000.parquet"));
        let ids: Vec<Option<f64>> = numbers(column(&part, "id"));
        assert!(ids[..1500].iter().copied().eq((0..1500).map(|person| Some(f64::from(person) * 3.0))));
    }
    // The same file elsewhere is the same run; another file is another.
    let id = resolve(&asked("edge-list"), &none).unwrap().run_id;
    let moved = input.0.join("moved.csv");
    std::fs::copy(input.0.join("network.csv"), &moved).unwrap();
    let mut elsewhere = asked("edge-list");
    elsewhere.set[0].1 = format!("{:?}", moved.display().to_string());
    assert_eq!(resolve(&elsewhere, &none).unwrap().run_id, id);
    std::fs::write(&moved, "a,b\n1,2\n2,3\n").unwrap();
    assert_ne!(resolve(&elsewhere, &none).unwrap().run_id, id);
    let error = resolve(&Asked { agents: Some(9), ..asked("edge-list") }, &none).err().unwrap().to_string();
    assert!(error.contains("1500 places") && error.contains("structure.path"), "{error}");
}

#[test]
fn the_resolved_world_runs_to_the_same_bits_under_the_same_id() {
    let asked = Asked {
        world: repository("worlds/donation.toml").display().to_string(),
        case: Some("shunning".into()),
        agents: Some(3_000),
        ticks: Some(4),
        seed: Some(7),
        set: vec![("game.benefit".into(), "3".into()), ("record.snapshot_every".into(), "2".into())],
    };
    let world = resolve(&asked, &none).unwrap();
    let (id, name) = (world.run_id.clone(), default_folder(&world));
    assert!(name.ends_with(format!("donation-{}", &id[..8])), "{}", name.display());
    let (first, second) = (Folder::new(), Folder::new());
    let go = |world, folder: &Folder| {
        let job = Job::start(world, &folder.0, Options::default()).unwrap();
        job.go(&AtomicUsize::new(0), &mut |_| {}).unwrap()
    };
    let ended = go(world, &first);
    assert_eq!((ended.manifest.agents, ended.manifest.seed, ended.manifest.ticks), (3_000, 7, 4));
    let again = Asked { world: first.0.join("world.toml").display().to_string(), ..Asked::default() };
    let again = resolve(&again, &none).unwrap();
    assert_eq!((again.run_id.clone(), default_folder(&again)), (id.clone(), name));
    assert_eq!(marks(&go(again, &second)), marks(&ended));
    // Longer is the same run, another seed is not.
    let of = |asked: &Asked| resolve(asked, &none).unwrap().run_id;
    assert_eq!(of(&Asked { ticks: Some(9), ..asked.clone() }), id);
    assert_ne!(of(&Asked { seed: Some(8), ..asked.clone() }), id);
}

#[test]
fn a_built_in_world_needs_no_file_and_a_case_that_is_none_is_refused() {
    let text: &'static str = shipped("moran").text.leak();
    let built_in = |name: &str| (name == "moran").then_some(text);
    let asked = |case: Option<&str>| Asked {
        world: "moran".into(),
        case: case.map(str::to_owned),
        agents: Some(1_000),
        ..Asked::default()
    };
    let world = resolve(&asked(None), &built_in).unwrap();
    assert_eq!((world.source.name.as_str(), world.scenario.layout.groups()), ("moran", 10));
    assert!(matches!(resolve(&asked(Some("sideways")), &built_in), Err(Refused::World(_))));
    let nowhere = Asked { world: "nowhere".into(), ..Asked::default() };
    let error = resolve(&nowhere, &built_in).err().unwrap().to_string();
    assert!(error.contains("nowhere") && error.contains("mores worlds"), "{error}");
}

#[test]
fn agents_scale_groups_or_the_population_and_are_refused_where_they_cannot() {
    let of = |world: &str, agents: u64| {
        let world = repository(&format!("worlds/{world}.toml")).display().to_string();
        let asked = Asked { world, agents: Some(agents), ..Asked::default() };
        let resolved = resolve(&asked, &none).map_err(|error| error.to_string())?;
        let layout = resolved.scenario.layout;
        Ok::<_, String>((layout.agents, layout.groups()))
    };
    assert_eq!(of("donation", 10_000), Ok((10_000, 1)));
    assert_eq!(of("demes", 1_000), Ok((1_000, 20)));
    assert_eq!(of("nowak-may", 80_000), Ok((80_000, 2)));
    let error = of("demes", 1_020).unwrap_err();
    assert!(error.contains("groups of 50") && error.contains("1000 and 1050"), "{error}");
    let error = of("demes", 20).unwrap_err();
    assert!(error.contains("nearest number is 50"), "{error}");
    let error = of("kaleidoscope", 100).unwrap_err();
    assert!(error.contains("10201 places") && error.contains("structure.rows"), "{error}");
    assert_eq!(of("kaleidoscope", 10_201), Ok((10_201, 1)));
}

#[test]
fn what_stands_in_a_folder_is_told_and_replaced_only_on_demand() {
    let source = with(&small("donation"), &[("run.ticks", "3")]);
    let folder = Folder::new();
    let id = resolved(&source).run_id;
    assert!(matches!(found(&folder.0, &id).unwrap(), Found::Nothing));
    begin(&source, &folder.0, 1, Some(2));
    assert!(matches!(found(&folder.0, &id).unwrap(), Found::Unfinished(2)));
    assert!(matches!(found(&folder.0, "another").unwrap(), Found::OtherRun(name) if name == "donation"));
    let ended = take_up(&folder.0, 1, None);
    let Found::Finished(again) = found(&folder.0, &id).unwrap() else { panic!("it is finished") };
    assert_eq!((marks(&again), again.last_row()), (marks(&ended), ended.last_row()));
    // Another world in its place leaves nothing of it: this one has no checkpoint of tick 3 and other columns.
    let other = resolved(&with(&small("moran"), &[("run.ticks", "1")]));
    let options = Options { replace: true, ..Options::default() };
    let job = Job::start(other, &folder.0, options).unwrap();
    assert!(!folder.0.join("checkpoint").exists());
    job.go(&AtomicUsize::new(0), &mut |_| {}).unwrap();
    assert!(matches!(found(&folder.0, &id).unwrap(), Found::OtherRun(name) if name == "moran"));
    let strange = Folder::new();
    std::fs::create_dir_all(&strange.0).unwrap();
    std::fs::write(strange.0.join("thesis.tex"), "").unwrap();
    assert!(matches!(found(&strange.0, &id).unwrap(), Found::Nothing));
    std::fs::write(strange.0.join("world.toml"), "").unwrap();
    assert!(matches!(found(&strange.0, &id).unwrap(), Found::OtherFiles(name) if name == "world.toml"));
}

#[test]
fn events_tell_of_interventions_cascades_and_ends() {
    let events = |source: &Source| {
        let folder = Folder::new();
        begin(source, &folder.0, 2, None);
        let rows = table(&folder.0.join("events.parquet"));
        assert_eq!(names(&rows), ["tick", "group", "event", "agent_id", "value"]);
        let (ticks, values) = (numbers(column(&rows, "tick")), numbers(column(&rows, "value")));
        let events = words(column(&rows, "event"));
        (0..ticks.len()).map(|k| (ticks[k].unwrap() as u64, events[k].clone(), values[k])).collect::<Vec<_>>()
    };
    let early = [
        ("run.ticks", "5"),
        ("record.events", "[\"interventions\"]"),
        ("intervention.0.at", "2"),
        ("intervention.1.at", "3"),
        ("intervention.2.at", "5"),
    ];
    let source = with(&small("intervention"), &early);
    let agents = resolved(&source).scenario.layout.agents as f64;
    let seen = events(&source);
    let told: Vec<(u64, &str)> = seen.iter().map(|(tick, event, _)| (*tick, event.as_str())).collect();
    assert_eq!(told, [(2, "subsidy"), (3, "campaign"), (5, "nudge")]);
    assert_eq!((seen[0].2, seen[2].2), (None, Some((0.5 * agents).round())));
    assert!(seen[1].2.is_some_and(|reached| reached > 0.0 && reached < agents));

    let source = with(&small("threshold-edge-list"), &[("run.ticks", "5")]);
    let seen = events(&source);
    // A cascade a tick: its size, and how many waves it took.
    let told: Vec<(u64, &str)> = seen.iter().map(|(tick, event, _)| (*tick, event.as_str())).collect();
    let each = |tick| [(tick, "cascade"), (tick, "cascade_depth")];
    assert_eq!(told, (1..=5).flat_map(each).collect::<Vec<_>>());
    assert!(
        seen.iter().all(|(_, event, value)| value.is_some_and(|value| value >= 1.0 || event != "cascade"))
    );

    let fixes =
        [("record.events", "[\"groups\"]"), ("population.group_size", "4"), ("population.groups", "9")];
    let source = with(&small("moran"), &fixes);
    let seen = events(&source);
    assert_eq!(seen.len(), 9);
    assert!(
        seen.iter().all(|(tick, event, steps)| *tick > 0 && event == "group_ended" && *steps > Some(0.0))
    );
}

#[test]
fn outcomes_have_a_row_a_group() {
    let folder = Folder::new();
    let source = with(&small("moran"), &[("population.group_size", "6"), ("population.groups", "40")]);
    begin(&source, &folder.0, 2, None);
    let rows = table(&folder.0.join("outcomes.parquet"));
    let wanted = ["group", "ended", "end_tick", "end_steps", "fixed_mutant", "fixed_resident"];
    assert_eq!(names(&rows), wanted);
    let get = |name: &str| numbers(column(&rows, name));
    assert_eq!(get("group").len(), 40);
    assert!(get("ended").iter().all(|&ended| ended == Some(1.0)));
    let fixed = get("fixed_mutant").into_iter().zip(get("fixed_resident"));
    assert!(fixed.clone().all(|(a, b)| a.unwrap() + b.unwrap() == 1.0));
    assert!(
        get("end_steps").iter().zip(get("end_tick")).all(|(&steps, tick)| steps <= tick.map(|t| t * 6.0))
    );
}

#[test]
fn a_number_that_overflows_stops_the_run_and_is_named() {
    let folder = Folder::new();
    let source = with(&small("donation"), &[("game.benefit", "1e39"), ("record.snapshot_every", "1")]);
    let job = Job::start(resolved(&source), &folder.0, Options::default()).unwrap();
    let failure = job.go(&AtomicUsize::new(0), &mut |_| {}).err().expect("1e39 is no 32-bit float");
    assert!(matches!(failure, Failure::NonFinite(_)));
    let text = failure.to_string();
    assert!(["tick 1", "agent", "`payoff`", "game/meet"].iter().all(|part| text.contains(part)), "{text}");
    let manifest = mores::record::manifest::Manifest::read(&folder.0).unwrap();
    assert_eq!(manifest.status, mores::record::manifest::Status::Failed);
    assert_eq!((manifest.ticks, manifest.error), (0, Some(text)));
    assert_eq!(table(&folder.0.join("metrics.parquet"))[0].1.len(), 1);
    assert!(!table(&folder.0.join("agents/part-00000.open.parquet")).is_empty());
}

/// Ticks that an agent has seen, in a column of the test's own.
#[derive(Component, TransparentWrapper)]
#[repr(transparent)]
struct Age([u16; COHORT]);
impl Column for Age {
    type Item = u16;
    const NAME: &'static str = "age";
}

fn grow_old(mut ages: Query<&mut Age>, now: Res<Now>) {
    for mut cohort in &mut ages {
        cohort.0.iter_mut().for_each(|age| *age += now.tick as u16);
    }
}

#[test]
fn a_column_of_somebody_elses_is_recorded_hashed_and_checkpointed() {
    let source = with(&small("donation"), &[("run.ticks", "4"), ("record.snapshot_every", "4")]);
    let (whole, half, plain) = (Folder::new(), Folder::new(), Folder::new());
    let build = |builder: mores::simulation::Builder| builder.column::<Age>().system(Phase::Learn, grow_old);
    let start =
        |folder: &Path| Job::start_with(resolved(&source), folder, Options::default(), build).unwrap();
    let never = AtomicUsize::new(0);
    let ended = start(&whole.0).go(&never, &mut |_| {}).unwrap();
    let stop = AtomicUsize::new(0);
    let stopped = start(&half.0).go(&stop, &mut |tick| {
        stop.store(usize::from(tick == 2), std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(stopped.unwrap().manifest.ticks, 2);
    let error = Job::resume(&half.0, None).err().expect("nobody knows the column").to_string();
    assert!(error.contains("`age`") && error.contains("the program that wrote it"), "{error}");
    let resumed = Job::resume_with(&half.0, None, build).unwrap().go(&never, &mut |_| {}).unwrap();
    assert_eq!(marks(&resumed), marks(&ended));
    assert_ne!(ended.manifest.state_hash, begin(&source, &plain.0, 1, None).manifest.state_hash);
    let ages = table(&whole.0.join("agents/part-00000.parquet"));
    assert!(column(&ages, "age").data_type() == &DataType::UInt16);
    assert_eq!(numbers(column(&ages, "age")).last(), Some(&Some(10.0)));
}

/// Where the disk of the next test is mounted; set in the process that the test starts for itself.
const DISK: &str = "MORES_TEST_SMALL_DISK";

#[test]
fn a_full_disk_stops_the_run_and_what_was_written_can_be_read() {
    if let Some(disk) = std::env::var_os(DISK) {
        return fill(Path::new(&disk));
    }
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    let script = "mount -t tmpfs -o size=600k tmpfs \"$0\" || exit 77; exec \"$@\"";
    let own = std::env::current_exe().unwrap();
    let test = "run::a_full_disk_stops_the_run_and_what_was_written_can_be_read";
    let mut inside = std::process::Command::new("unshare");
    inside.args(["-rm", "sh", "-c", script]).arg(&folder.0).arg(own).args(["--exact", test]);
    match inside.env(DISK, &folder.0).output() {
        Ok(output) if output.status.code() == Some(0) => {}
        Ok(output) if [Some(77), Some(1)].contains(&output.status.code()) => {
            eprintln!("skipped: this machine lets no user mount a small disk");
        }
        Ok(output) => panic!("{}", String::from_utf8_lossy(&output.stdout)),
        Err(_) => eprintln!("skipped: there is no `unshare` here"),
    }
}

/// Agents of the world that fills it.
const AGENTS: usize = 5_000;

/// Runs until the disk is full.
fn fill(disk: &Path) {
    let folder = disk.join("run");
    let (agents, rows) = (AGENTS.to_string(), (4 * AGENTS).to_string());
    let changes = [
        ("run.ticks", "400"),
        ("population.agents", agents.as_str()),
        ("record.snapshot_every", "1"),
        ("record.part_rows", rows.as_str()),
    ];
    let source = with(&small("donation"), &changes);
    let job = on(2, || Job::start(resolved(&source), &folder, Options::default()).unwrap());
    let failure = on(2, || job.go(&AtomicUsize::new(0), &mut |_| {}).err()).expect("600 kB are not enough");
    let text = failure.to_string();
    assert!(text.contains("no room is left on the disk") && text.contains("agents/part-"), "{text}");
    assert!(text.contains("mores resume") && text.contains("--out"), "{text}");
    let manifest = mores::record::manifest::Manifest::read(&folder).unwrap();
    assert_eq!(manifest.status, mores::record::manifest::Status::Failed);
    assert!(!numbers(column(&table(&folder.join("metrics.parquet")), "tick")).is_empty());
    assert_eq!(column(&table(&folder.join("agents/part-00000.parquet")), "tick").len(), 4 * AGENTS);
}
