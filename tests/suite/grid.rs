//! The grid of all rules: what each of them needs of the others, asked of the rules themselves, and the combinations
//! that are drawn.

use mores::cascades::{CASCADES, Walk};
use mores::chance::{Chance, Stream, below};
use mores::games::{GAMES, Pays};
use mores::learning::{LEARNING, Models};
use mores::norms::{Assesses, NORMS};
use mores::registry::{Clock, Context, Row};
use mores::sanctions::{Eyes, Fee, SANCTIONS};
use mores::strategies::{Leaning, STRATEGIES, Seen, Sees};
use mores::structures::STRUCTURES;
use mores::turnover::{BirthPlace, Change, TURNOVER};
use std::fmt::Write as _;

/// What a world is made of: the sections of the grid, and how many of four worlds have one.
pub(crate) const AXES: [(&str, u64); 11] = [
    ("structure", 4),
    ("pairing", 2),
    ("game", 3),
    ("strategy", 4),
    ("norm", 1),
    ("sanction", 1),
    ("learning", 3),
    ("mutation", 2),
    ("cascade", 1),
    ("turnover", 1),
    ("clock", 4),
];

/// Strategies that worlds of the grid have, by name; examples speak of them.
pub(crate) const NAMES: [&str; 3] = ["c", "d", "x"];

/// A world that says the first also says one of the second.
const NEEDS: &[(&str, &[&str])] = &[
    ("player", &["pair", "roles", "many", "tempt"]),
    ("gives", &["share"]),
    ("harvests", &["stock"]),
    ("dares", &["tempt"]),
    ("remembers", &["rounds"]),
    ("learns", &["memory"]),
    ("sees reputation", &["standing"]),
    ("sees tags", &["pair", "roles"]),
    ("sees norm", &["graded"]),
    ("norm", &["pair", "share", "roles"]),
    ("norm", &["cooperation"]),
    ("voted", &["stock"]),
    ("sanction", &["pair", "roles", "many", "share", "tempt", "stock"]),
    ("of wealth", &["share"]),
    ("meta", &["tempt"]),
    ("rounds", &["pair", "roles"]),
    ("share", &["complete"]),
    ("share", &["matching"]),
    ("tempt", &["complete"]),
    ("tempt", &["all"]),
    ("stock", &["group", "graph"]),
    ("many", &["neighbourhoods", "group", "sized"]),
    ("one-way", &["no game"]),
    ("no game", &["unpaired"]),
    ("compares", &["game"]),
    ("parents", &["game"]),
    ("prospects", &["all"]),
    ("in turn", &["queue"]),
    ("in turn", &["synchronous"]),
    ("choice", &["public"]),
    ("choice", &["complete"]),
    ("group", &["complete"]),
    ("group", &["many", "stock"]),
    ("neighbourhoods", &["graph"]),
    ("neighbourhoods", &["many"]),
    ("born", &["births"]),
];

/// A world that says the first says none of the second.
const APART: &[(&str, &[&str])] = &[
    ("share", &["standing", "at meetings", "afterwards", "inspects", "steps", "empty"]),
    ("tempt", &["norm", "afterwards", "inspects", "partner", "bars", "steps", "empty", "of wealth"]),
    ("stock", &["steps", "at meetings", "norm", "empty", "acts", "all", "matching", "of wealth"]),
    ("many", &["partner", "choice", "with-replacement"]),
    ("graded", &["sees reputation"]),
    ("prospects", &["share", "tempt", "stock", "norm", "neighbourhoods"]),
    ("graph", &["matching", "fixed", "with-replacement"]),
    ("steps", &["afterwards", "bars", "matching", "fixed", "choice", "group", "at once", "by waves"]),
    ("synchronous", &["one by one", "words"]),
    ("neighbourhoods", &["bars"]),
    ("queue", &["game", "by waves", "whole"]),
    ("one-way", &["whole"]),
    ("uniform", &["empty"]),
    ("words", &["empty"]),
    ("expected", &["norm", "afterwards", "bars", "sees tags"]),
    ("expected many", &["empty"]),
    ("many by chance", &["many"]),
    ("drawn for all", &["parents"]),
    ("in turn", &["empty"]),
    ("learns", &["tempt", "contest"]),
];

/// A world that says all of the first says the second too.
const TOGETHER: &[(&[&str], &str)] = &[
    (&["complete", "size"], "sized"),
    (&["complete", "all", "game"], "expected"),
    (&["complete", "unpaired", "game"], "matching"),
    (&["expected", "many"], "expected many"),
    (&["many", "chancy", "steps"], "many by chance"),
    (&["many", "chancy", "expected"], "many by chance"),
    (&["parents", "steps", "complete", "with-replacement"], "drawn for all"),
];

/// One rule, or another thing that a world can say.
pub(crate) struct Choice {
    /// the kind, as the world file calls it
    pub(crate) kind: &'static str,
    /// its own keys
    pub(crate) toml: String,
    /// agents of a group, where it fixes them
    pub(crate) fixes: Option<u64>,
    /// acts that strategies can play, of a game
    pub(crate) acts: Vec<String>,
    /// what it says of itself
    facts: Vec<&'static str>,
}

impl Choice {
    fn new(kind: &'static str, toml: &str, facts: Vec<&'static str>) -> Choice {
        Choice { kind, toml: toml.to_string(), fixes: None, acts: vec![], facts }
    }
}

/// The sizes that examples are read for.
fn context(clock: Clock, acts: &[&str]) -> Context {
    let words = |all: &[&str]| all.iter().map(|word| word.to_string()).collect();
    Context {
        clock,
        agents: 640,
        groups: 10,
        group_size: 64,
        strategies: words(&NAMES),
        traits: words(&["opinion", "tag"]),
        acts: words(acts),
        payoffs: Some([0.0, 5.0]),
        ..Context::default()
    }
}

/// The rule that a row's example says, on the clocks on which there is one.
fn examples<T: ?Sized>(row: &Row<T>, acts: &[&str]) -> [Option<Box<T>>; 2] {
    [Clock::Synchronous, Clock::Asynchronous].map(|clock| row.parse(row.example, &context(clock, acts)).ok())
}

fn example<T: ?Sized>(row: &Row<T>) -> Box<T> {
    let found = examples(row, &["D", "C"]).into_iter().flatten().next();
    found.unwrap_or_else(|| panic!("the example of {} is a rule on one of the clocks", row.kind))
}

/// The facts whose condition holds.
fn those<const N: usize>(facts: [(&'static str, bool); N]) -> Vec<&'static str> {
    facts.into_iter().filter(|fact| fact.1).map(|fact| fact.0).collect()
}

fn structures() -> Vec<Choice> {
    let of = |row: &Row<_>| {
        let network: Box<dyn mores::structures::Network> = example(row);
        let facts = those([
            ("complete", network.is_complete()),
            ("graph", !network.is_complete()),
            ("one-way", network.is_directed()),
            ("queue", network.is_queue()),
        ]);
        Choice { fixes: network.fixes(), ..Choice::new(row.kind, row.example, facts) }
    };
    STRUCTURES.iter().map(of).collect()
}

fn games() -> Vec<Choice> {
    let of = |row: &Row<_>| {
        let game: Box<dyn mores::games::Game> = example(row);
        let shape = match game.pays() {
            Pays::Pair(_) => "pair",
            Pays::Roles(_) => "roles",
            Pays::Many(_) => "many",
            Pays::Stock(_) => "stock",
            Pays::Share(_) => "share",
            Pays::Tempt(_) => "tempt",
        };
        let help = game.cooperation().is_some();
        let facts = those([("game", true), (shape, true), ("cooperation", help)]);
        let once = Choice { acts: game.acts(), ..Choice::new(row.kind, row.example, facts) };
        let mut again = Choice::new(row.kind, &format!("{}\nrounds = 3", row.example), once.facts.clone());
        again.facts.push("rounds");
        again.acts = game.acts();
        let repeats = matches!(game.pays(), Pays::Pair(_) | Pays::Roles(_));
        [once].into_iter().chain(repeats.then_some(again))
    };
    GAMES.iter().flat_map(of).collect()
}

fn strategies() -> Vec<Choice> {
    let of = |row: &Row<_>| {
        let strategy: Box<dyn mores::strategies::Strategy> = example(row);
        let leaning = strategy.leaning();
        let learns = matches!(leaning, Some(Leaning::Learns(_)));
        let chancy = strategy.chances(Seen::Good).iter().any(|&chance| chance != 0.0 && chance != 1.0);
        let label = row.parse("", &context(Clock::Synchronous, &[])).is_ok();
        let facts = those([
            ("acts", leaning.is_none() || learns),
            ("player", (leaning.is_none() || learns) && !label),
            ("learns", learns),
            ("gives", matches!(leaning, Some(Leaning::Share(_)))),
            ("dares", matches!(leaning, Some(Leaning::Dare(_)))),
            (
                "harvests",
                matches!(leaning, Some(Leaning::Takes(_) | Leaning::TakesShare(_) | Leaning::FairShare)),
            ),
            ("remembers", strategy.memory().is_some()),
            ("sees norm", matches!(&leaning, Some(Leaning::Share(share)) if share.looks())),
            ("sees reputation", strategy.sees() == Sees::Reputation),
            ("sees tags", matches!(strategy.sees(), Sees::Tags(_))),
            ("chancy", chancy),
        ]);
        Choice::new(row.kind, row.example, facts)
    };
    STRATEGIES.iter().map(of).collect()
}

fn norms() -> Vec<Choice> {
    let of = |row: &Row<_>| {
        let norm: Box<dyn mores::norms::Norm> = example(row);
        match norm.assesses() {
            Assesses::Standing(_) => {}
            Assesses::Graded(_) => {
                return vec![Choice::new(row.kind, row.example, vec!["norm", "graded", "public"])];
            }
            Assesses::Rule(_) => return vec![Choice::new(row.kind, row.example, vec!["voted"])],
        }
        let private = format!("{}\nopinions = \"private\"", row.example);
        vec![
            Choice::new(row.kind, row.example, vec!["norm", "standing", "public"]),
            Choice::new(row.kind, &private, vec!["norm", "standing"]),
        ]
    };
    NORMS.iter().flat_map(of).collect()
}

fn sanctions() -> Vec<Choice> {
    let of = |row: &Row<_>| {
        let sanction: Box<dyn mores::sanctions::Sanction> = example(row);
        let reach = sanction.reach();
        let wealth = matches!(reach.fee, Fee::OfWealth { .. });
        let facts = those([
            ("sanction", true),
            ("of wealth", wealth),
            ("at meetings", reach.only_at_meetings() && !wealth),
            ("afterwards", !reach.only_at_meetings() && !reach.inspects()),
            ("inspects", reach.inspects()),
            ("partner", reach.eyes.contains(&Eyes::Partner) && !wealth),
            ("bars", reach.bars > 0),
            ("meta", reach.meta),
        ]);
        Choice::new(row.kind, row.example, facts)
    };
    SANCTIONS.iter().map(of).collect()
}

fn learning() -> Vec<Choice> {
    let of = |row: &Row<_>| {
        let rules: [Option<Box<dyn mores::learning::Learning>>; 2] = examples(row, &["D", "C"]);
        let [at_once, one_by_one] = [&rules[0], &rules[1]].map(|rule| rule.is_some());
        let rule = rules.into_iter().flatten().next().expect("every example is a rule on one of the clocks");
        let shape = match rule.models() {
            Models::One | Models::All => "imitates",
            Models::Parents(_) => "parents",
            Models::Numbers { .. } => "numbers",
            Models::Prospects(_) => "prospects",
            Models::Opinions(_) => "opinions",
            Models::Ranks { .. } => "ranks",
            Models::Memory(_) => "memory",
            Models::Words(_) => "words",
        };
        let facts = those([
            (shape, true),
            ("compares", rule.compares()),
            ("at once", at_once && !one_by_one),
            ("one by one", one_by_one && !at_once),
        ]);
        Choice::new(row.kind, row.example, facts)
    };
    LEARNING.iter().map(of).collect()
}

fn cascades() -> Vec<Choice> {
    let of = |row: &Row<_>| {
        let cascade: Box<dyn mores::cascades::Cascade> = example(row);
        let one_by_one = examples(row, &["D", "C"])[1].is_some();
        let (facts, whole) = match cascade.walk() {
            Walk::InTurn(_) => (vec!["cascade", "in turn"], false),
            Walk::ByTick if cascade.graded() || !one_by_one => (vec!["cascade", "by waves"], false),
            Walk::ByTick => (vec!["cascade"], false),
            Walk::Tries(_) | Walk::Looks { .. } => (vec!["cascade", "by waves"], true),
        };
        let waves = Choice::new(row.kind, row.example, facts);
        let all = format!("{}\nper_tick = \"cascade\"", row.example);
        let followed = Choice::new(row.kind, &all, vec!["cascade", "whole"]);
        [waves].into_iter().chain(whole.then_some(followed))
    };
    CASCADES.iter().flat_map(of).collect()
}

fn turnover() -> Vec<Choice> {
    let of = |row: &Row<_>| {
        let turnover: Box<dyn mores::turnover::Turnover> = example(row);
        let changes = turnover.changes();
        let leaves_empty = |change: &Change| match change {
            Change::Deaths(_) | Change::Immigration(_) => true,
            Change::Births(_, place) => *place != BirthPlace::Victim,
            Change::Migration(_) | Change::Contest(..) => false,
        };
        let facts = those([
            ("empty", changes.iter().any(leaves_empty)),
            ("contest", changes.iter().any(|change| matches!(change, Change::Contest(..)))),
            ("births", changes.iter().any(|change| matches!(change, Change::Births(..)))),
        ]);
        Choice::new(row.kind, row.example, facts)
    };
    TURNOVER.iter().map(of).collect()
}

/// Everything that a world can say on an axis.
fn choices(axis: &str) -> Vec<Choice> {
    let named = |kinds: &[(&'static str, &[&'static str])]| -> Vec<Choice> {
        kinds.iter().map(|(kind, facts)| Choice::new(kind, "", facts.to_vec())).collect()
    };
    match axis {
        "structure" => structures(),
        "game" => games(),
        "strategy" => strategies(),
        "norm" => norms(),
        "sanction" => sanctions(),
        "learning" => learning(),
        "cascade" => cascades(),
        "turnover" => turnover(),
        "pairing" => named(&[
            ("all", &["all", "size"]),
            ("matching", &["matching", "size"]),
            ("fixed", &["fixed", "size"]),
            ("with-replacement", &["with-replacement"]),
            ("choice", &["choice"]),
            ("neighbourhoods", &["neighbourhoods"]),
            ("group", &["group"]),
        ]),
        "mutation" => named(&[
            ("instead", &["mutates"]),
            ("after", &["mutates"]),
            ("end", &["mutates"]),
            ("birth", &["mutates", "born"]),
            ("uniform", &["mutates", "uniform"]),
        ]),
        _ => named(&[
            ("synchronous", &["synchronous"]),
            ("asynchronous", &["steps"]),
            ("random-order", &["steps"]),
        ]),
    }
}

/// The whole grid, ready to be drawn from.
pub(crate) struct Grid {
    /// what can be said, axis by axis
    pub(crate) axes: Vec<Vec<Choice>>,
    words: Vec<&'static str>,
    needs: Vec<(u128, u128)>,
    apart: Vec<(u128, u128)>,
    /// `[axis][choice]`
    says: Vec<Vec<u128>>,
    /// what a world says where it has nothing on an axis
    silent: Vec<u128>,
}

impl Grid {
    pub(crate) fn new() -> Grid {
        let axes: Vec<Vec<Choice>> = AXES.iter().map(|axis| choices(axis.0)).collect();
        let mut grid =
            Grid { axes, words: vec![], needs: vec![], apart: vec![], says: vec![], silent: vec![] };
        grid.needs = NEEDS.iter().map(|(word, of)| (grid.bits(&[word]), grid.bits(of))).collect();
        grid.apart = APART.iter().map(|(word, of)| (grid.bits(&[word]), grid.bits(of))).collect();
        let facts: Vec<Vec<Vec<&'static str>>> =
            grid.axes.iter().map(|axis| axis.iter().map(|choice| choice.facts.clone()).collect()).collect();
        grid.says = facts.iter().map(|axis| axis.iter().map(|facts| grid.bits(facts)).collect()).collect();
        let silent = |axis: &str| match axis {
            "game" => vec!["no game"],
            "pairing" => vec!["unpaired"],
            _ => vec![],
        };
        grid.silent = AXES.iter().map(|axis| grid.bits(&silent(axis.0))).collect();
        grid
    }

    fn bits(&mut self, words: &[&'static str]) -> u128 {
        let bit = |known: &mut Vec<&'static str>, word: &'static str| {
            let place = known.iter().position(|known| *known == word).unwrap_or_else(|| {
                known.push(word);
                known.len() - 1
            });
            1 << place
        };
        words.iter().fold(0, |bits, word| bits | bit(&mut self.words, word))
    }

    fn said(&self, word: &str) -> u128 {
        self.words.iter().position(|known| *known == word).map_or(0, |place| 1 << place)
    }

    /// Whether all needs are met, as far as the rules say what they need.
    fn fits(&self, world: &[Option<usize>]) -> bool {
        let of = |(axis, choice): (usize, &Option<usize>)| match choice {
            Some(choice) => self.says[axis][*choice],
            None => self.silent[axis],
        };
        let mut says = world.iter().enumerate().fold(0, |says, choice| says | of(choice));
        for (of, word) in TOGETHER {
            if of.iter().all(|word| says & self.said(word) != 0) {
                says |= self.said(word);
            }
        }
        let meets = |(who, of): &(u128, u128)| says & who == 0 || says & of != 0;
        let keeps = |(who, of): &(u128, u128)| says & who == 0 || says & of == 0;
        self.needs.iter().all(meets) && self.apart.iter().all(keeps)
    }

    /// The n-th combination that is drawn with all needs met: one choice after the other leads, and the others are drawn
    /// until they fit it. None where the draws do not find any.
    pub(crate) fn fitting(&self, seed: u64, nth: u64) -> Option<Vec<Option<usize>>> {
        let all: Vec<(usize, usize)> = (0..self.axes.len())
            .flat_map(|axis| (0..self.axes[axis].len()).map(move |c| (axis, c)))
            .collect();
        let (axis, leads) = all[nth as usize % all.len()];
        let draws = Chance::new(seed, 0, 0).stream(Stream::named("test/grid")).number(nth);
        let mut place = 0;
        let mut pick = |n: usize| {
            place += 1;
            below(draws.at(place), n as u64) as usize
        };
        for _ in 0..200 {
            let there: Vec<bool> = AXES.iter().map(|axis| (pick(4) as u64) < axis.1).collect();
            for _ in 0..2000 {
                let mut world: Vec<Option<usize>> = (0..self.axes.len())
                    .map(|axis| there[axis].then(|| pick(self.axes[axis].len())))
                    .collect();
                world[axis] = Some(leads);
                if self.fits(&world) {
                    return Some(world);
                }
            }
        }
        None
    }

    /// The n-th combination of one choice on each axis, each as likely, or none where a world can do without.
    pub(crate) fn any(&self, seed: u64, nth: u64) -> Vec<Option<usize>> {
        let draws = Chance::new(seed, 0, 0).stream(Stream::named("test/composed")).number(nth);
        let pick = |place: u64, n: usize| below(draws.at(place), n as u64) as usize;
        let one = |axis: usize| {
            let there = (pick(axis as u64 + 100, 4) as u64) < AXES[axis].1;
            there.then(|| pick(axis as u64, self.axes[axis].len()))
        };
        (0..self.axes.len()).map(one).collect()
    }

    /// The kinds of a combination by axis.
    pub(crate) fn kinds(&self, world: &[Option<usize>]) -> Vec<(&'static str, &'static str)> {
        let of =
            |(axis, choice): (usize, &Option<usize>)| Some((AXES[axis].0, self.axes[axis][(*choice)?].kind));
        world.iter().enumerate().filter_map(of).collect()
    }

    fn chosen(&self, world: &[Option<usize>], axis: &str) -> Option<&Choice> {
        let axis = AXES.iter().position(|known| known.0 == axis)?;
        Some(&self.axes[axis][world[axis]?])
    }

    fn says(&self, world: &[Option<usize>], axis: &str, fact: &str) -> bool {
        self.chosen(world, axis).is_some_and(|choice| choice.facts.contains(&fact))
    }

    /// The world as TOML: the examples of its rules, with about so many agents in groups of 64, of which some play as
    /// the strategy's example says, some as it says or do another act, and some do another act where the game has acts.
    pub(crate) fn world(&self, world: &[Option<usize>], agents: u64, ticks: u64) -> String {
        let kind = |axis: &str| self.chosen(world, axis).map_or("", |choice| choice.kind);
        let size = self.chosen(world, "structure").and_then(|choice| choice.fixes).unwrap_or(64);
        let mut text = format!(
            "run = {{ seed = 3, ticks = {ticks}, update = \"{}\" }}\n\
             population = {{ groups = {}, group_size = {size} }}\n\
             trait = [\n{{ name = \"opinion\", init = {{ uniform = [0.0, 1.0] }} }},\n\
             {{ name = \"tag\", values = [\"red\", \"blue\"], init = \"uniform\" }},\n]\n",
            kind("clock"),
            agents.div_ceil(size),
        );
        for axis in ["structure", "game", "norm", "sanction", "learning", "cascade", "turnover"] {
            let Some(choice) = self.chosen(world, axis) else { continue };
            let _ = write!(text, "[{axis}]\nkind = \"{}\"\n{}\n", choice.kind, choice.toml);
            if axis == "structure" && !kind("pairing").is_empty() {
                let _ = writeln!(text, "pairing = \"{}\"", kind("pairing"));
                let sized = self.says(world, "pairing", "size") && self.says(world, "structure", "complete");
                if sized && self.says(world, "game", "many") {
                    text.push_str("meeting_size = 4\n");
                }
            }
        }
        if let Some(mutation) = self.chosen(world, "mutation") {
            let _ = write!(text, "[mutation]\nprob = 0.01\nwhen = \"{}\"\n", mutation.kind);
        }
        text.push_str(&self.followers(world));
        text
    }

    fn followers(&self, world: &[Option<usize>]) -> String {
        let Some(strategy) = self.chosen(world, "strategy") else { return String::new() };
        let game = self.chosen(world, "game");
        let acts = game.map_or_else(Vec::new, |game| game.acts.clone());
        let also = game.is_some_and(|game| {
            game.facts.iter().any(|fact| ["pair", "roles", "many", "tempt"].contains(fact))
        });
        let own = format!("kind = \"{}\"\n{}\n", strategy.kind, strategy.toml);
        let pure = |act: &String| format!("plays = \"{act}\"\n");
        let mut text = String::new();
        for (nth, name) in NAMES.iter().enumerate() {
            let does = match nth {
                _ if strategy.kind == "pure" => acts.get(nth % acts.len().max(1)).map_or(String::new(), pure),
                1 if also => pure(&acts[1]),
                _ => own.clone(),
            };
            let _ = write!(text, "[[strategy]]\nname = \"{name}\"\n{does}");
            if nth < 2 {
                text.push_str("share = 0.4\n");
            }
            if nth == 1 && self.says(world, "sanction", "at meetings")
                || self.says(world, "sanction", "afterwards")
            {
                let whom = if self.says(world, "strategy", "learns") { "" } else { "\"c\", " };
                let _ = writeln!(text, "punishes = [{whom}\"defectors\"]");
            }
        }
        text
    }
}
