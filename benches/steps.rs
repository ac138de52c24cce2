//! `cargo bench --bench steps`: one agent at a time, beside loops that were written by hand for one model alone.
//!
//! Both sides run on one thread and take turns; what is printed is the median of the rounds, in nanoseconds of wall time an
//! elementary step. A number after `--` is how many rounds there are.

#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use mores::math::exp;
use mores::scenario::Source;
use mores::simulation::{Looks, Simulation};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng, SeedableRng};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

/// A world, and the loop that an expert would write for it; both tell how many steps they made.
struct Model {
    name: &'static str,
    world: String,
    by_hand: fn(u64) -> u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds a word of its own.
    let rounds = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(5u64);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    println!("| one thread, {rounds} rounds | mores, ns a step | by hand | mores / by hand |");
    println!("| --- | ---: | ---: | ---: |");
    for model in [fixation(), moran(), lattice(1_000), lattice(3_000)] {
        let (mut ours, mut theirs) = (vec![], vec![]);
        for seed in 1..=rounds {
            let world = model.world.replace("SEED", &seed.to_string());
            ours.push(pool.install(|| mores(world))?);
            let begun = Instant::now();
            let steps = (model.by_hand)(seed);
            theirs.push(begun.elapsed().as_secs_f64() * 1e9 / steps as f64);
        }
        let [ours, theirs] = [ours, theirs].map(median);
        println!("| {} | {ours:.1} | {theirs:.1} | {:.2} |", model.name, ours / theirs);
    }
    Ok(())
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

/// Nanoseconds a step of a world, from its first tick to its end.
fn mores(text: String) -> Result<f64, String> {
    let source = Source { name: "steps".into(), file: "steps.toml".into(), text, folder: ".".into() };
    let scenario = Arc::new(source.read().map_err(|error| error.to_string())?);
    let ticks = scenario.run.ticks.get();
    let mut simulation = Simulation::of(scenario).build();
    let begun = Instant::now();
    while simulation.ticks_done() < ticks && !simulation.all_ended() {
        simulation.tick_for(Looks::Nothing).map_err(|fault| format!("{fault:?}"))?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let steps: u64 = simulation.groups().state.iter().map(|group| group.steps).sum();
    Ok(seconds * 1e9 / steps as f64)
}

/// A draw below `n` from 32 of the bits.
fn below(bits: u32, n: u32) -> usize {
    ((u64::from(bits) * u64::from(n)) >> 32) as usize
}

fn split(draw: u64) -> [u32; 2] {
    [draw as u32, (draw >> 32) as u32]
}

/// The chance of 1 in 2^32.
fn threshold(chance: f64) -> u32 {
    (chance * 4_294_967_296.0) as u32
}

/// FERMI-FIX-PD: donations in groups of fifty until one strategy is left, each learner judging by expected payoffs.
fn fixation() -> Model {
    const SIZE: u32 = 50;
    fn by_hand(seed: u64) -> u64 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        // By the number of cooperators: the chance that a cooperator takes over defection, and the other way round.
        let takes: Vec<[u32; 2]> = (0..=SIZE)
            .map(|c| {
                let (c, others) = (f64::from(c), f64::from(SIZE - 1));
                let (helper, free) = (3.0 * (c - 1.0) / others - 1.0, 3.0 * c / others);
                [free - helper, helper - free].map(|gain| threshold(1.0 / (1.0 + exp(-0.1 * gain))))
            })
            .collect();
        let mut steps = 0;
        for _ in 0..20_000 {
            let mut strategies = [0u8; SIZE as usize];
            strategies[..10].fill(1);
            let mut cooperators = 10usize;
            while cooperators > 0 && cooperators < SIZE as usize {
                let [a, b] = split(rng.next_u64());
                let (focal, other) = (below(a, SIZE), below(b, SIZE - 1));
                let model = other + usize::from(other >= focal);
                steps += 1;
                let (own, theirs) = (strategies[focal], strategies[model]);
                if own != theirs && (rng.next_u64() as u32) < takes[cooperators][usize::from(own == 0)] {
                    strategies[focal] = theirs;
                    cooperators = cooperators + usize::from(theirs) - usize::from(own);
                }
            }
        }
        steps
    }
    let world = "[run]\nticks = 100_000\nseed = SEED\nupdate = \"asynchronous\"\nuntil = \"fixation\"\n\
                 [population]\ngroups = 20_000\ngroup_size = 50\n\
                 [[strategy]]\nname = \"c\"\nplays = \"C\"\ncount = 10\n[[strategy]]\nname = \"d\"\nplays = \"D\"\n\
                 [structure]\nkind = \"well-mixed\"\npairing = \"all\"\n\
                 [game]\nkind = \"donation\"\nbenefit = 3.0\ncost = 1.0\nroles = \"mutual\"\ntotal = \"mean\"\n\
                 [learning]\nkind = \"fermi\"\nselection = 0.1\nmodels = \"group\"\npayoff = \"fresh\"\n";
    Model { name: "Fermi in groups of 50, to fixation", world: world.into(), by_hand }
}

/// A Moran process in groups of fifty, without an end.
fn moran() -> Model {
    const SIZE: u32 = 50;
    fn by_hand(seed: u64) -> u64 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        // The chance that the parent is a cooperator.
        let births: Vec<u64> = (0..=SIZE)
            .map(|c| {
                let (c, d) = (f64::from(c), f64::from(SIZE - c));
                let others = f64::from(SIZE - 1);
                let fit = |payoff: f64| 0.9 + 0.1 * payoff;
                let helpers = c * fit(3.0 * (c - 1.0) / others);
                let free = d * fit((5.0 * c + (d - 1.0)) / others);
                (helpers / (helpers + free) * 18_446_744_073_709_551_616.0) as u64
            })
            .collect();
        let (groups, ticks) = (2_000, 200);
        for _ in 0..groups {
            let mut strategies = [0u8; SIZE as usize];
            strategies[..25].fill(1);
            let mut cooperators = 25usize;
            for _ in 0..ticks * SIZE {
                let victim = &mut strategies[below(rng.next_u64() as u32, SIZE)];
                let born = u8::from(rng.next_u64() < births[cooperators]);
                cooperators = cooperators + usize::from(born) - usize::from(*victim);
                *victim = born;
            }
            std::hint::black_box(cooperators);
        }
        u64::from(groups * ticks * SIZE)
    }
    let world = "[run]\nticks = 200\nseed = SEED\nupdate = \"asynchronous\"\n\
                 [population]\ngroups = 2_000\ngroup_size = 50\n\
                 [[strategy]]\nname = \"c\"\nplays = \"C\"\ncount = 25\n[[strategy]]\nname = \"d\"\nplays = \"D\"\n\
                 [structure]\nkind = \"well-mixed\"\npairing = \"all\"\n\
                 [game]\nkind = \"matrix\"\nactions = [\"C\", \"D\"]\npayoffs = [[3.0, 0.0], [5.0, 1.0]]\ntotal = \"mean\"\n\
                 [learning]\nkind = \"moran\"\nselection = 0.1\npayoff = \"fresh\"\n";
    Model { name: "Moran in groups of 50", world: world.into(), by_hand }
}

/// SZABO-FERMI: one learner after the other on a square lattice of this side.
fn lattice(side: u32) -> Model {
    const TEMPTATION: f64 = 1.02;
    fn run(side: u32, ticks: u32, seed: u64) -> u64 {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let n = side * side;
        let mut strategies: Vec<u8> = (0..n).map(|_| u8::from(rng.next_u64() >> 63 == 1)).collect();
        // By the learner's strategy and the cooperators around the learner and its model.
        let mut takes = [[[0u32; 5]; 5]; 2];
        for (own, mine, theirs) in (0..50).map(|k| (k / 25, k / 5 % 5, k % 5)) {
            let pays = |strategy: usize, around: usize| {
                if strategy == 1 { around as f64 } else { TEMPTATION * around as f64 }
            };
            let gain = pays(1 - own, theirs) - pays(own, mine);
            takes[own][mine][theirs] = threshold(1.0 / (1.0 + exp(-gain / 0.1)));
        }
        let beside = |place: u32| {
            let (y, x) = (place / side, place % side);
            [
                if x == 0 { place + side - 1 } else { place - 1 },
                if x == side - 1 { place + 1 - side } else { place + 1 },
                if y == 0 { place + n - side } else { place - side },
                if y == side - 1 { place + side - n } else { place + side },
            ]
        };
        for _ in 0..u64::from(ticks) * u64::from(n) {
            let [a, b] = split(rng.next_u64());
            let focal = below(a, n) as u32;
            let around = beside(focal);
            let model = around[(b >> 30) as usize];
            let (own, other) = (strategies[focal as usize], strategies[model as usize]);
            if own != other {
                let count = |places: [u32; 4]| {
                    places.iter().map(|&place| usize::from(strategies[place as usize])).sum::<usize>()
                };
                let row = &takes[usize::from(own)][count(around)];
                if (rng.next_u64() as u32) < row[count(beside(model))] {
                    strategies[focal as usize] = other;
                }
            }
        }
        std::hint::black_box(&strategies);
        u64::from(ticks) * u64::from(n)
    }
    let ticks = 20_000_000 / (side * side);
    let world = format!(
        "[run]\nticks = {ticks}\nseed = SEED\nupdate = \"asynchronous\"\n[population]\nagents = {}\n\
         [[strategy]]\nname = \"d\"\nplays = \"D\"\nshare = 0.5\n[[strategy]]\nname = \"c\"\nplays = \"C\"\n\
         [structure]\nkind = \"lattice\"\nneighbourhood = \"von-neumann\"\npairing = \"all\"\n\
         [game]\nkind = \"matrix\"\nactions = [\"C\", \"D\"]\npayoffs = [[1.0, 0.0], [{TEMPTATION}, 0.0]]\n\
         [learning]\nkind = \"fermi\"\nnoise = 0.1\nmodels = \"neighbours\"\npayoff = \"fresh\"\n",
        side * side
    );
    match side {
        1_000 => Model { name: "Fermi on a lattice of 1e6", world, by_hand: |seed| run(1_000, 20, seed) },
        _ => Model { name: "Fermi on a lattice of 9e6", world, by_hand: |seed| run(3_000, 2, seed) },
    }
}
