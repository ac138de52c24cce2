//! Kernels give the bits of the passes whose place they take: in the shipped worlds, and in worlds drawn at random.

use crate::resume::{Folder, begin};
use crate::run::table;
use crate::support::{metric, on, read, small, wide, with, worlds, written};
use mores::chance::{Chance, Draws, Stream, below};
use mores::columns::Payoff;
use mores::kernels::Width;
use mores::plan::plan;
use mores::run::Rows;
use mores::scenario::{Scenario, Source};
use mores::simulation::{Looks, Simulation};
use std::fmt::Write as _;
use std::sync::Arc;

/// Draws from a list, number after number.
struct Dice {
    draws: Draws,
    thrown: u64,
}

impl Dice {
    fn new(name: &str, nth: u64) -> Dice {
        Dice { draws: Chance::new(nth, 0, 0).stream(Stream::named(name)), thrown: 0 }
    }

    fn below(&mut self, n: u64) -> u64 {
        self.thrown += 1;
        below(self.draws.at(self.thrown), n)
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len() as u64) as usize]
    }
}

fn plain(source: &Source) -> Arc<Scenario> {
    read(&with(source, &[("run.kernels", "false")]))
}

/// A digest of the columns and groups, and the bits of the metrics.
type State = (u128, Vec<u64>);

/// The state after each tick, the metrics with it, and which kernels ran.
fn states(scenario: &Arc<Scenario>, ticks: u64) -> (Vec<State>, Vec<&'static str>) {
    let mut simulation = Simulation::of(scenario.clone()).build();
    let rows = Rows::of(scenario).expect("a world has metrics");
    let mut states = vec![];
    for _ in 0..ticks {
        simulation.tick().expect("payoffs are finite");
        let metrics = rows.take(&simulation).into_iter().map(f64::to_bits).collect();
        states.push((simulation.state_hash(), metrics));
    }
    (states, simulation.kernels().to_vec())
}

/// The state after ticks at which nobody looked at more than this but at the last, and the metrics that can be had with it.
fn unseen(scenario: &Arc<Scenario>, ticks: u64, less: Looks) -> (u128, Vec<Vec<u64>>) {
    let mut simulation = Simulation::of(scenario.clone()).build();
    let rows = Rows::of(scenario).expect("a world has metrics");
    let mut taken = vec![];
    for tick in 1..=ticks {
        let looks = if tick == ticks { Looks::All } else { less };
        simulation.tick_for(looks).expect("payoffs are finite");
        let counted = scenario.record.metrics.is_empty() && simulation.counts_payoffs();
        let known = counted && looks != Looks::Nothing;
        taken.extend(known.then(|| rows.take(&simulation).into_iter().map(f64::to_bits).collect()));
    }
    (simulation.state_hash(), taken)
}

/// Compares a world with itself without kernels, on one thread and on several; returns the kernels that it takes.
fn compare(source: &Source, ticks: u64) -> Vec<&'static str> {
    let (wanted, none) = on(1, || states(&plain(source), ticks));
    assert!(none.is_empty(), "run.kernels = false leaves kernels out");
    let scenario = read(source);
    let (found, kernels) = on(1, || states(&scenario, ticks));
    assert_eq!(found, wanted, "{}\n{kernels:?}", source.text);
    if !kernels.is_empty() {
        for threads in [2, 7] {
            assert_eq!(
                on(threads, || states(&scenario, ticks)).0,
                wanted,
                "{threads} threads\n{}",
                source.text
            );
        }
        for less in [Looks::Recorded, Looks::Counts, Looks::Nothing] {
            let worlds = [&scenario, &plain(source)];
            let [found, plain] = worlds.map(|world| on(2, || unseen(world, ticks, less)));
            assert_eq!(found.0, wanted[ticks as usize - 1].0, "unseen but {less:?}\n{}", source.text);
            assert_eq!(found, plain, "metrics\n{}", source.text);
        }
    }
    kernels
}

#[test]
fn shipped_worlds_give_the_same_bits_with_kernels_and_without() {
    let mut served = vec![];
    for name in worlds() {
        let source = small(&name);
        let kernels = compare(&source, 5);
        assert_eq!(plan(&read(&source), 1).kernels, kernels, "{name}");
        if !kernels.is_empty() {
            compare(&wide(&name), 3);
            served.push(name);
        }
    }
    assert!(served.contains(&"nowak-may".to_string()), "{served:?}");
}

/// Two strategies on a torus, drawn at random.
fn lattice(nth: u64) -> Source {
    let mut dice = Dice::new("test/lattice", nth);
    let radius = 1 + dice.below(2);
    let side = |dice: &mut Dice| {
        let most = [90, 200, 12, 12][dice.below(4) as usize];
        2 * radius + 1 + dice.below(most)
    };
    let (rows, columns) = (side(&mut dice), side(&mut dice));
    let ring = dice.below(5) == 0;
    let groups = 1 + dice.below(3);
    let pay = |dice: &mut Dice| dice.one(&["0.0", "1.0", "1.0", "1.85", "-0.3", "2.0", "0.1", "3.0"]);
    let pays: Vec<&str> = (0..4).map(|_| pay(&mut dice)).collect();
    let learning = match dice.below(6) {
        0 => "kind = \"imitate-best\"".to_string(),
        1 => "kind = \"imitate-best\"\nties = \"model\"".to_string(),
        2 => "kind = \"imitate-better\"".to_string(),
        3 => format!("kind = \"fermi\"\nnoise = {}", dice.one(&["0.1", "1.0", "7.5"])),
        4 => format!("kind = \"fermi\"\nselection = {}", dice.one(&["0.0", "0.5", "30.0"])),
        _ => "kind = \"proportional\"\nscale = 9.0".to_string(),
    };
    let mut text = format!("[run]\nticks = 20\nseed = {nth}\n[population]\ngroups = {groups}\n");
    let _ = writeln!(text, "group_size = {}", if ring { columns } else { rows * columns });
    let (first, second) = if dice.below(2) == 0 { ("C", "D") } else { ("D", "C") };
    let _ = writeln!(text, "[[strategy]]\nname = \"a\"\nplays = \"{first}\"\nshare = 0.6");
    let _ = writeln!(text, "[[strategy]]\nname = \"b\"\nplays = \"{second}\"\nshare = 0.4");
    let shape = dice.one(&["moore", "von-neumann", "hexagonal"]);
    let _ = match ring {
        true => writeln!(text, "[structure]\nkind = \"ring\"\ndegree = {}", 2 * radius),
        false => writeln!(
            text,
            "[structure]\nkind = \"lattice\"\nrows = {rows}\ncolumns = {columns}\nneighbourhood = \"{shape}\"\nradius = {radius}"
        ),
    };
    let _ = writeln!(text, "pairing = \"all\"\nself = {}", dice.one(&["true", "false"]));
    let total = dice.one(&["sum", "mean"]);
    let [a, b, c, d] = [0, 1, 2, 3].map(|k| pays[k]);
    let _ = writeln!(text, "[game]\nkind = \"matrix\"\nactions = [\"C\", \"D\"]\ntotal = \"{total}\"");
    let _ = writeln!(text, "payoffs = [[{a}, {b}], [{c}, {d}]]");
    let _ = writeln!(text, "[learning]\n{learning}\nmodels = \"neighbours\"");
    written(&text)
}

/// Many small groups of two strategies, one agent at a time: what can be stepped side by side.
fn demes(nth: u64) -> Source {
    let mut dice = Dice::new("test/demes", nth);
    let size = [2, 3, 30, 50, 63, 64, 65, 100, 128, 129, 200, 256, 257][dice.below(13) as usize];
    let learning = match dice.below(3) {
        0 => format!("moran\"\nselection = {}", dice.one(&["0.0", "0.1", "1.0"])),
        _ => format!("fermi\"\nselection = {}\nmodels = \"group\"", dice.one(&["0.0", "0.5", "30.0"])),
    };
    let until =
        dice.one(&["", "until = \"fixation\"\n", "until = \"fixation\"\n", "until = \"share_a > 0.6\"\n"]);
    let mut text = format!("[run]\nticks = 20\nseed = {nth}\nupdate = \"asynchronous\"\n{until}");
    let _ = writeln!(text, "[population]\ngroups = {}\ngroup_size = {size}", 1 + dice.below(40));
    text.push_str("[structure]\nkind = \"well-mixed\"\npairing = \"all\"\n");
    text.push_str("[[strategy]]\nname = \"a\"\nplays = \"D\"\n");
    text.push_str("[[strategy]]\nname = \"b\"\nplays = \"C\"\nshare = 0.3\n");
    let [a, b, c, d] = [(); 4].map(|()| dice.one(&["0.0", "1.0", "1.85", "0.3", "2.0", "3.0e-9"]));
    text.push_str("[game]\nkind = \"matrix\"\nactions = [\"C\", \"D\"]\n");
    let _ = writeln!(text, "total = \"mean\"\npayoffs = [[{a}, {b}], [{c}, {d}]]\nbase = 0.1");
    let _ = writeln!(text, "[learning]\nkind = \"{learning}\npayoff = \"fresh\"");
    written(&text)
}

#[test]
fn small_groups_give_the_same_bits_with_kernels_and_without() {
    for nth in 0..120 {
        assert_eq!(compare(&demes(nth), 6), ["kernels/steps"], "{}", demes(nth).text);
    }
}

/// So many agents on one torus are stepped by all threads.
#[test]
fn a_large_torus_gives_the_same_bits_for_any_number_of_threads() {
    let lattice = "lattice\"\nneighbourhood = \"von-neumann\"\nrows = 4_100\ncolumns = 1_025";
    let ring = "ring\"\ndegree = 4";
    for structure in [lattice, ring] {
        let source = written(&format!(
            "[run]\nticks = 2\nseed = 5\nupdate = \"asynchronous\"\n\
             [population]\nagents = 4_202_500\n\
             [[strategy]]\nname = \"d\"\nplays = \"D\"\nshare = 0.5\n[[strategy]]\nname = \"c\"\nplays = \"C\"\n\
             [structure]\nkind = \"{structure}\npairing = \"all\"\n\
             [game]\nkind = \"matrix\"\nactions = [\"C\", \"D\"]\npayoffs = [[1.0, 0.0], [1.02, 0.0]]\n\
             [learning]\nkind = \"fermi\"\nnoise = 0.1\nmodels = \"neighbours\"\npayoff = \"fresh\"\n"
        ));
        assert_eq!(compare(&source, 2), ["kernels/steps"]);
    }
}

#[test]
fn lattices_drawn_at_random_give_the_same_bits_with_kernels_and_without() {
    let served = (0..200).filter(|&nth| !compare(&lattice(nth), 6).is_empty()).count();
    // Moore's neighbourhood of radius two has more neighbours than a code can count.
    assert!(served > 120, "only {served} of 200 took a kernel");
}

/// In a tick that nobody but a snapshot looks at, a kernel leaves codes of payoffs and not the payoffs.
#[test]
fn snapshots_of_lattices_hold_the_same_payoffs_with_kernels_and_without() {
    for nth in 0..40 {
        let source = with(&lattice(nth), &[("record.snapshot_every", "1"), ("run.ticks", "3")]);
        let [fused, plain] = ["true", "false"].map(|kernels| {
            let folder = Folder::new();
            let threads = if kernels == "true" { [1, 2, 7][nth as usize % 3] } else { 1 };
            begin(&with(&source, &[("run.kernels", kernels)]), &folder.0, threads, None);
            table(&folder.0.join("agents/part-00000.parquet"))
        });
        assert!(fused.iter().any(|(name, _)| name == "payoff"));
        assert!(fused == plain, "{}", source.text);
    }
}

/// Pieces of a torus count what is met across their borders on the other side: what one of them says may be below nothing.
#[test]
fn tori_of_several_pieces_give_the_same_bits_and_counts() {
    for (nth, shape) in ["moore", "von-neumann"].into_iter().cycle().take(16).enumerate() {
        let [first, second] = if nth & 2 == 0 { ["C", "D"] } else { ["D", "C"] };
        let (own, temptation) = (nth & 4 == 0, if nth & 8 == 0 { "1.85" } else { "1.6" });
        let source = written(&format!(
            "[run]\nticks = 3\nseed = {nth}\n[population]\ngroups = 2\ngroup_size = 135_200\n\
             [[strategy]]\nname = \"a\"\nplays = \"{first}\"\nshare = 0.8\n\
             [[strategy]]\nname = \"b\"\nplays = \"{second}\"\nshare = 0.2\n\
             [structure]\nkind = \"lattice\"\nrows = 520\ncolumns = 260\nneighbourhood = \"{shape}\"\n\
             pairing = \"all\"\nself = {own}\n\
             [game]\nkind = \"matrix\"\nactions = [\"C\", \"D\"]\npayoffs = [[1.0, 0.0], [{temptation}, 0.0]]\n\
             [learning]\nkind = \"imitate-best\"\nmodels = \"neighbours\"\n"
        ));
        assert_eq!(compare(&source, 3), ["kernels/lattice"]);
    }
}

/// A run that is interrupted saves the state of a whole tick: one whose acts were not counted is none, kernels or not.
#[test]
fn a_tick_that_left_something_out_is_not_whole() {
    for scenario in [read(&lattice(0)), plain(&lattice(0))] {
        let mut simulation = Simulation::of(scenario).build();
        simulation.tick_for(Looks::Nothing).expect("payoffs are finite");
        assert!(!simulation.is_whole());
        simulation.tick().expect("payoffs are finite");
        assert!(simulation.is_whole());
    }
}

/// The moments of payoffs, which are made from counts there, are those of the payoffs of agents: the more so in groups that
/// stop one by one while an intervention changes what games pay.
#[test]
fn metrics_of_payoffs_are_those_of_the_agents() {
    let near = |a: f64, b: f64, scale: f64| (a - b).abs() <= 1e-5 * scale.max(1e-3);
    let changing = |nth: u64| {
        let text = lattice(nth).text.replacen("ticks = 20", "ticks = 20\nuntil = \"fixation\"", 1);
        let text = text.replacen("[game]", "[game]\nbase = 1.0", 1);
        written(&format!("{text}[[intervention]]\nname = \"more\"\nat = 3\nset = \"game.base\"\nto = 7.0\n"))
    };
    let mut counted = 0;
    let bare = (0..40).flat_map(|nth| [strangers(nth), matched(nth)]);
    for source in (0..60).map(lattice).chain((0..60).map(changing)).chain(bare) {
        let mut simulation = Simulation::of(read(&source)).build();
        for _ in 0..6 {
            simulation.tick().expect("payoffs are finite");
            counted += usize::from(simulation.counts_payoffs());
            let payoffs = simulation.column::<Payoff>();
            let n = payoffs.len() as f64;
            let mean = payoffs.iter().map(|&pay| f64::from(pay)).sum::<f64>() / n;
            let squares: f64 = payoffs.iter().map(|&pay| (f64::from(pay) - mean).powi(2)).sum();
            let [found, sd] = ["payoff_mean", "payoff_sd"].map(|name| metric(&simulation, name));
            let scale = payoffs.iter().fold(0.0, |most: f64, &pay| most.max(f64::from(pay.abs())));
            assert!(near(found, mean, scale), "{found} {mean}\n{}", source.text);
            assert!(near(sd, (squares / n).sqrt(), scale), "{sd} {}\n{}", (squares / n).sqrt(), source.text);
        }
    }
    assert!(counted > 400, "{counted}");
}

/// Each set of instructions is forced in turn. Other tests that run meanwhile are slower or faster for it, no more.
#[test]
fn every_set_of_instructions_gives_the_same_bits() {
    let names = ["nowak-may", "spatial-donation", "donation", "epidemic"].map(small);
    let all: [fn(u64) -> Source; 7] = [lattice, pairs, strangers, matched, ties, steps, demes];
    let drawn = (0..12).flat_map(|nth| all.map(|world| world(nth)));
    let worlds: Vec<Arc<Scenario>> = names.into_iter().chain(drawn).map(|source| read(&source)).collect();
    let kernels: Vec<&str> = worlds.iter().flat_map(|world| states(world, 1).1).collect();
    assert!(
        ["frontier", "lattice", "matched", "pairs", "strangers"]
            .map(|name| format!("kernels/{name}"))
            .iter()
            .all(|name| kernels.contains(&&**name))
    );
    let digest = || worlds.iter().map(|world| states(world, 4).0).collect::<Vec<_>>();
    assert!(Width::Portable.force());
    let wanted = digest();
    for width in Width::all() {
        assert!(width.force());
        assert_eq!(digest(), wanted, "{width:?}");
    }
}

/// Something that spreads in random pairs, drawn at random.
fn pairs(nth: u64) -> Source {
    let mut dice = Dice::new("test/pairs", nth);
    let groups = 1 + dice.below(4);
    let size = [2, 3, 7, 50, 999, 1_000, 1_001, 5_003, 40_000][dice.below(9) as usize];
    let prob = |dice: &mut Dice| dice.one(&["0.0", "1.0", "0.3", "0.05", "0.5", "0.999"]);
    let [a, b, c] = [(); 3].map(|()| prob(&mut dice));
    let pairing = dice.one(&["matching", "fixed"]);
    let stages = ["\"s\", \"i\"", "\"s\", \"i\", \"r\""][dice.below(2) as usize];
    let last = if stages.len() > 10 { "r" } else { "s" };
    let mut text = format!("[run]\nticks = 20\nseed = {nth}\n[population]\ngroups = {groups}\n");
    let _ =
        writeln!(text, "group_size = {size}\n[structure]\nkind = \"well-mixed\"\npairing = \"{pairing}\"");
    let _ = writeln!(text, "[cascade]\nkind = \"compartments\"\ncontact = \"meeting\"\nstages = [{stages}]");
    let _ = writeln!(text, "initial = {{ share = 0.3 }}\ntransitions = [");
    let _ = writeln!(text, "{{ from = \"s\", to = \"i\", by = \"contact\", prob = {a} }},");
    if last == "r" {
        let _ = writeln!(text, "{{ from = \"s\", to = \"r\", prob = {c} }},");
    }
    let _ = writeln!(text, "{{ from = \"i\", to = \"{last}\", prob = {b} }}]");
    written(&text)
}

#[test]
fn cascades_in_random_pairs_give_the_same_bits_with_kernels_and_without() {
    for nth in 0..60 {
        assert_eq!(compare(&pairs(nth), 5), ["kernels/pairs"], "{}", pairs(nth).text);
    }
}

/// Donations to strangers, drawn at random: few in a group get many gifts, so that some have no room in a packed byte.
fn strangers(nth: u64) -> Source {
    let dice = Dice::new("test/strangers", nth);
    helped(nth, dice, |_| ("with-replacement", "donor-recipient"))
}

/// Pairs of a random matching who may help each other, or of whom one may help.
fn matched(nth: u64) -> Source {
    let dice = Dice::new("test/matched", nth);
    helped(nth, dice, |dice| {
        (dice.one(&["matching", "matching", "fixed"]), dice.one(&["mutual", "donor-recipient"]))
    })
}

/// Help, its judgement and imitation, drawn at random.
fn helped(nth: u64, mut dice: Dice, met: impl Fn(&mut Dice) -> (&'static str, &'static str)) -> Source {
    let (pairing, roles) = met(&mut dice);
    let groups = 1 + dice.below(3);
    let size = [2, 3, 7, 50, 257, 999, 5_003, 20_000][dice.below(8) as usize];
    let mut text = format!("[run]\nticks = 20\nseed = {nth}\n[population]\ngroups = {groups}\n");
    let _ =
        writeln!(text, "group_size = {size}\n[structure]\nkind = \"well-mixed\"\npairing = \"{pairing}\"");
    let judged = dice.below(4) > 0;
    let _ = writeln!(text, "[[strategy]]\nname = \"allc\"\nplays = \"C\"\nshare = 0.4");
    let _ = writeln!(text, "[[strategy]]\nname = \"alld\"\nplays = \"D\"\nshare = 0.2");
    if judged {
        let _ = writeln!(text, "[[strategy]]\nname = \"disc\"\nkind = \"discriminator\"");
        let norm = dice.one(&["simple-standing", "image-scoring", "stern-judging", "shunning"]);
        let error = dice.one(&["0.0", "0.02", "0.5"]);
        let _ = writeln!(text, "[norm]\nkind = \"{norm}\"\nassessment_error = {error}\ninitial_good = 0.7");
    } else {
        let _ = writeln!(text, "[[strategy]]\nname = \"other\"\nplays = \"D\"");
    }
    let (benefit, cost) = (dice.one(&["5.0", "1.7"]), dice.one(&["1.0", "0.3", "0.0"]));
    let error = dice.one(&["0.0", "0.05"]);
    let _ = writeln!(text, "[game]\nkind = \"donation\"\nroles = \"{roles}\"\nbenefit = {benefit}");
    let _ = writeln!(text, "cost = {cost}\nexecution_error = {error}");
    let learning = dice.one(&["fermi\"\nselection = 0.5", "imitate-better\"", "proportional\"\nscale = 9.0"]);
    let _ = writeln!(text, "[learning]\nkind = \"{learning}\nrevise_prob = {}", dice.one(&["1.0", "0.4"]));
    // What a mutant would have learned matters in one of the four.
    let (prob, when) = (dice.one(&["0.1", "0.0"]), dice.one(&["after", "instead"]));
    let to = dice.one(&["other", "any"]);
    let _ = writeln!(text, "[mutation]\nprob = {prob}\nto = \"{to}\"\nwhen = \"{when}\"");
    if groups > 1 && dice.below(2) == 0 {
        // Contests look at the acts of the tick, whether anybody else does or not.
        let _ = writeln!(
            text,
            "[turnover]\nkind = \"group-contest\"\ncontest_prob = 0.5\nwins_by = \"cooperation\""
        );
    }
    written(&text)
}

#[test]
fn donations_to_strangers_give_the_same_bits_with_kernels_and_without() {
    for nth in 0..80 {
        assert_eq!(compare(&strangers(nth), 5), ["kernels/strangers"], "{}", strangers(nth).text);
    }
}

#[test]
fn help_between_two_gives_the_same_bits_with_kernels_and_without() {
    for nth in 0..120 {
        assert_eq!(compare(&matched(nth), 5), ["kernels/matched"], "{}", matched(nth).text);
    }
}

/// Something that spreads along the ties of a stored graph, drawn at random.
fn ties(nth: u64) -> Source {
    let mut dice = Dice::new("test/ties", nth);
    let groups = 1 + dice.below(3);
    let size = [30, 257, 1_025, 5_003, 40_000][dice.below(5) as usize];
    let structure = dice.one(&[
        "erdos-renyi\"\nmean_degree = 3.5",
        "erdos-renyi\"\nmean_degree = 12.0",
        "random-regular\"\ndegree = 4",
        "small-world\"\ndegree = 6\nrewire_prob = 0.2",
        "scale-free\"\nlinks = 2",
        "star\"",
    ]);
    // Groups have a star each.
    let graph =
        dice.one(if structure.starts_with("star") { &["per-group"] } else { &["shared", "per-group"] });
    let prob = |dice: &mut Dice| dice.one(&["0.0", "1.0", "0.3", "0.05", "0.01", "0.7"]);
    let [a, b, c] = [(); 3].map(|()| prob(&mut dice));
    let cascade = match dice.below(5) {
        0 => "threshold\"\nthreshold = 0.18".to_string(),
        1 => "threshold\"\nthreshold = 2\ncounts = \"number\"".to_string(),
        2 => format!("independent\"\nprob = {a}"),
        3 => format!(
            "compartments\"\nstages = [\"s\", \"i\"]\ntransitions = [\n\
             {{ from = \"s\", to = \"i\", by = \"contact\", prob = {a} }}, {{ from = \"i\", to = \"s\", prob = {b} }}]"
        ),
        _ => format!(
            "compartments\"\nstages = [\"s\", \"i\", \"r\"]\ntransitions = [\n\
             {{ from = \"s\", to = \"i\", by = \"contact\", prob = {a} }}, {{ from = \"s\", to = \"r\", prob = {c} }},\n\
             {{ from = \"i\", to = \"r\", prob = {b} }}, {{ from = \"r\", to = \"s\", prob = 0.02 }}]"
        ),
    };
    written(&format!(
        "[run]\nticks = 20\nseed = {nth}\n[population]\ngroups = {groups}\ngroup_size = {size}\n\
         [structure]\nkind = \"{structure}\ngraph = \"{graph}\"\n\
         [cascade]\nkind = \"{cascade}\ninitial = {{ share = {} }}\n",
        dice.one(&["0.02", "0.5", "0.001"])
    ))
}

#[test]
fn what_spreads_along_ties_gives_the_same_bits_with_kernels_and_without() {
    for nth in 0..80 {
        assert_eq!(compare(&ties(nth), 8), ["kernels/frontier"], "{}", ties(nth).text);
    }
}

/// Nothing is left to happen after a tick or two, until an intervention infects others.
#[test]
fn what_is_over_begins_again_where_somebody_writes_its_stages() {
    for structure in ["random-regular\"\ndegree = 4", "scale-free\"\nlinks = 2", "star\""] {
        let source = written(&format!(
            "[run]\nticks = 20\nseed = 3\n[population]\ngroup_size = 5_003\n[structure]\nkind = \"{structure}\n\
             [cascade]\nkind = \"compartments\"\nstages = [\"s\", \"i\", \"r\"]\ninitial = 3\ntransitions = [\n\
             {{ from = \"s\", to = \"i\", by = \"contact\", prob = 0.2 }}, {{ from = \"i\", to = \"r\", prob = 1.0 }}]\n\
             [[intervention]]\nat = 12\ndo = \"move\"\nstage = \"i\"\nwho = {{ stage = \"s\", count = 40 }}\n"
        ));
        assert_eq!(compare(&source, 20), ["kernels/frontier"]);
    }
}

/// One agent at a time, drawn at random: strategies that are learnt, or a Moran process.
fn steps(nth: u64) -> Source {
    let mut dice = Dice::new("test/steps", nth);
    let size = [6, 9, 30, 121, 400, 1_000, 5_041][dice.below(7) as usize];
    let kinds = [1, 2, 2, 2, 3][dice.below(5) as usize];
    let mixed = dice.below(2) == 0;
    let structure = match dice.below(4) {
        _ if mixed => "well-mixed\"",
        0 => "ring\"\ndegree = 4",
        1 if size > 9 => "erdos-renyi\"\nmean_degree = 3.0",
        2 if [9, 121, 400].contains(&size) => "lattice\"\nneighbourhood = \"moore\"",
        3 if [9, 121, 400].contains(&size) => "lattice\"\nneighbourhood = \"hexagonal\"",
        _ => "ring\"\ndegree = 2",
    };
    let models = if mixed || dice.below(4) == 0 { "group" } else { "neighbours" };
    let drawn = mixed && dice.below(2) == 0;
    let weak = dice.one(&["1.0", "0.1"]);
    let learning = match dice.below(8) {
        0 => format!("imitate-better\"\nmodels = \"{models}\""),
        1 => format!("proportional\"\nscale = 90.0\nmodels = \"{models}\""),
        2 => format!("copy\"\nmodels = \"{models}\""),
        3 if mixed && !drawn => format!("moran\"\nvictim = \"others\"\nselection = {weak}"),
        4 if mixed && !drawn => format!("moran\"\nfitness = \"exponential\"\nselection = {weak}"),
        3 if !drawn => {
            format!("moran\"\norder = \"death-birth\"\nmodels = \"neighbours\"\nselection = {weak}")
        }
        4 if !drawn => format!("moran\"\nmodels = \"neighbours\"\nselection = {weak}"),
        _ => format!("fermi\"\nselection = {}\nmodels = \"{models}\"", dice.one(&["0.0", "0.5", "30.0"])),
    };
    let game = !learning.starts_with("copy");
    let until = dice.one(&["", "", "until = \"fixation\"\n", "until = \"share_a > 0.6\"\n"]);
    let until = if kinds == 1 { "" } else { until };
    let mut text = format!("[run]\nticks = 20\nseed = {nth}\nupdate = \"asynchronous\"\n{until}");
    let _ = writeln!(text, "[population]\ngroups = {}\ngroup_size = {size}", 1 + dice.below(4));
    let _ = writeln!(text, "[structure]\nkind = \"{structure}");
    if game && drawn {
        let _ = writeln!(text, "pairing = \"with-replacement\"\npartners = {}", 1 + dice.below(9));
    } else if game {
        text.push_str("pairing = \"all\"\n");
    }
    let fixes = kinds > 1 && dice.below(6) == 0;
    for (name, act) in [("a", "D"), ("b", "C"), ("c", "D")].into_iter().take(kinds) {
        let _ = writeln!(text, "[[strategy]]\nname = \"{name}\"");
        if game {
            let _ = writeln!(text, "plays = \"{act}\"");
        }
        text += match name {
            "b" if fixes => "share = 0.3\nfixed = true\n",
            "b" => "share = 0.3\n",
            "c" => "share = 0.2\n",
            _ => "",
        };
    }
    if game {
        let pays = ["0.0", "1.0", "1.0", "1.85", "0.3", "2.0", "0.1", "3.0e-9"];
        let [a, b, c, d] = [(); 4].map(|()| dice.one(&pays));
        let (total, base) = (dice.one(&["sum", "mean"]), dice.one(&["0.0", "0.7"]));
        let _ = writeln!(text, "[game]\nkind = \"matrix\"\nactions = [\"C\", \"D\"]\ntotal = \"{total}\"");
        let _ = writeln!(text, "payoffs = [[{a}, {b}], [{c}, {d}]]\nbase = {base}");
    }
    let _ = writeln!(text, "[learning]\nkind = \"{learning}");
    text += if game { "payoff = \"fresh\"\n" } else { "" };
    if !learning.starts_with("moran") && dice.below(4) == 0 {
        text.push_str("revise_prob = 0.6\n");
    }
    if kinds > 1 && dice.below(3) == 0 {
        let (to, when) = (dice.one(&["other", "any"]), dice.one(&["after", "instead"]));
        let prob = dice.one(&["0.1", "0.01", "1.0"]);
        let _ = writeln!(text, "[mutation]\nprob = {prob}\nto = \"{to}\"\nwhen = \"{when}\"");
    }
    written(&text)
}

#[test]
fn one_agent_at_a_time_gives_the_same_bits_with_kernels_and_without() {
    let served = (0..400).filter(|&nth| compare(&steps(nth), 4) == ["kernels/steps"]).count();
    // A Moran process among three strategies is not served.
    assert!(served > 360, "only {served} of 400 took a kernel");
}
