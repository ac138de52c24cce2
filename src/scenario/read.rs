//! From the text of a world file to a checked world, with all problems at once.

use super::checks;
use super::expects::{self, Expects, Looks};
use super::expression::Expression;
use super::layers::{self, Layer};
use super::over;
use super::policies;
use super::problems::{Problems, SpecError, suggest};
use super::sections::{
    CascadeKeys, Case, Deed, GameKeys, Holds, Intervention, LearningKeys, Mutation, NormKeys, Pairing,
    Population, Record, Run, SanctionKeys, StrategyKeys, StructureKeys, Trait, TurnoverKeys,
};
use super::starts;
use super::world::{Follows, Scenario, Until};
use super::written::Written;
use crate::cascades::{CASCADES, Cascade};
use crate::chance::threshold;
use crate::columns::{ColumnDef, Dtype};
use crate::games::{GAMES, Game, Pays};
use crate::learning::{LEARNING, Learning};
use crate::measures::MeasureKeys;
use crate::norms::{NORMS, Norm};
use crate::passes::Genes;
use crate::planners::PLANNERS;
use crate::registry::Context;
use crate::sanctions::{SANCTIONS, Sanction};
use crate::strategies::STRATEGIES;
use crate::structures::{Layout, Network, STRUCTURES, Shape};
use crate::turnover::{Change, TURNOVER, Turnover};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use toml::Spanned;

/// A world file before it is read.
#[derive(Clone, Debug)]
pub struct Source {
    /// the name of the built-in world, or of the file without its ending
    pub name: String,
    /// what messages call it: `worlds/donation.toml`
    pub file: String,
    /// its text
    pub text: String,
    /// where relative paths start
    pub folder: PathBuf,
}

/// The sections of a world file.
pub const SECTIONS: &[&str] = &[
    "title",
    "source",
    "systems",
    "run",
    "population",
    "trait",
    "strategy",
    "structure",
    "game",
    "norm",
    "sanction",
    "learning",
    "mutation",
    "cascade",
    "turnover",
    "planner",
    "intervention",
    "record",
    "measure",
    "case",
    "expect",
];

impl Source {
    /// A world from its text; relative paths start where the program runs.
    pub fn of(name: &str, text: &str) -> Source {
        let (name, text) = (name.to_string(), text.to_string());
        Source { file: format!("{name}.toml"), name, text, folder: PathBuf::new() }
    }

    /// The same world with some paths set to other values.
    ///
    /// # Errors
    /// If a path leads nowhere or a value cannot be read. A text that is no TOML is left as it is.
    pub fn set(&self, changes: &[(String, String)]) -> Result<Source, over::OverrideError> {
        // Where the text itself is wrong, reading it says where.
        let readable = Written::parse(&self.text, &mut Problems::new("", "")).is_some();
        let text = if readable { over::set(&self.text, changes)? } else { self.text.clone() };
        Ok(Source { text, ..self.clone() })
    }

    /// The named `[[case]]` of the world.
    ///
    /// # Errors
    /// If there is no such case, or its paths lead nowhere.
    pub fn case(&self, name: &str) -> Result<Source, SpecError> {
        let mut problems = Problems::new(self.file.as_str(), self.text.as_str());
        let Some(written) = Written::parse(&self.text, &mut problems) else {
            return Err(problems.into_error());
        };
        let cases = written.sections::<Case>("case", &mut problems).unwrap_or_default();
        let names: Vec<&str> = cases.iter().map(|case| case.get_ref().name.as_str()).collect();
        let Some(nth) = names.iter().position(|known| *known == name) else {
            let help = match &names[..] {
                [] => "this world has no cases".to_string(),
                names => suggest(name, names, "its cases are"),
            };
            return Err(SpecError::of_file(self.file.as_str(), format!("there is no case `{name}`"), &help));
        };
        let set = &cases[nth].get_ref().set;
        let changes: Vec<(String, toml::Value)> = set.iter().map(|(k, v)| (k.clone(), v.0.clone())).collect();
        match over::set_values(&self.text, &changes) {
            Ok(text) => Ok(Source { text, ..self.clone() }),
            Err(error) => {
                for bad in error.0 {
                    let at = written.place("case", Some(nth), "set");
                    problems.add(at, format!("`{}`: {}", bad.path, bad.says), bad.help);
                }
                Err(problems.into_error())
            }
        }
    }

    /// Reads and checks the world, its cases and expectations included.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read(&self) -> Result<Scenario, SpecError> {
        self.read_with(Looks::Expectations)
    }

    /// Reads and checks the world without its cases and expectations, which may not fit a world that was changed.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read_alone(&self) -> Result<Scenario, SpecError> {
        self.read_with(Looks::Interventions)
    }

    /// As [`Source::read_alone`], for a world that interventions have changed, or that is only asked whether it can be.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub(crate) fn read_variant(&self) -> Result<Scenario, SpecError> {
        self.read_with(Looks::Itself)
    }

    fn read_with(&self, looks: Looks) -> Result<Scenario, SpecError> {
        let mut problems = Problems::new(self.file.as_str(), self.text.as_str());
        let scenario = Written::parse(&self.text, &mut problems).and_then(|mut written| {
            let expects = match looks {
                Looks::Expectations => Expects::read(&written, &self.text, &mut problems),
                _ => Expects::default(),
            };
            let mut scenario = Reader { source: self, problems: &mut problems }.read(&mut written)?;
            expects::check((self, &scenario), looks, &expects, &written, &mut problems);
            scenario.expects = expects.into_checked();
            Some(scenario)
        });
        match scenario {
            Some(scenario) => problems.or(scenario),
            None => Err(problems.into_error()),
        }
    }
}

/// A section as it was read: the keys of every kind, and the rule.
type Read<C, T> = Option<(C, T)>;
type ReadGame = Read<GameKeys, Box<dyn Game>>;
type ReadLearning = Read<LearningKeys, Box<dyn Learning>>;

/// Where agents live.
struct Ground {
    /// the layer on which they meet
    structure: Option<Layer>,
    /// the others
    further: Vec<Layer>,
    /// where they are known
    sizes: Option<Layout>,
}

/// Sizes that stand where a world's own are not known.
const UNKNOWN: Layout = Layout { agents: 1000, group_size: 1000, shared: false };

/// How acts are judged and punished.
struct Judged {
    norm: Read<NormKeys, Box<dyn Norm>>,
    sanctions: Vec<(SanctionKeys, Box<dyn Sanction>)>,
}

struct Reader<'r> {
    source: &'r Source,
    problems: &'r mut Problems,
}

impl Reader<'_> {
    fn read(&mut self, written: &mut Written) -> Option<Scenario> {
        let (run, population) = self.frame(written);
        let record = written.section::<Record>("record", self.problems);
        let mutation = written.section::<Mutation>("mutation", self.problems);
        let cases = written.sections::<Case>("case", self.problems).unwrap_or_default();
        let measures = written.sections::<MeasureKeys>("measure", self.problems).unwrap_or_default();
        let clock = run.clock();
        let mut traits = self.traits(written);
        let named = traits.iter().map(|(column, _)| column.name.to_string()).collect();
        let mut context = Context { clock, traits: named, ..self.context(written, &population) };
        let Ground { structure, further, sizes } = self.ground(written, &population, &mut context);
        // What is read below does not depend on it; what does is checked only where the sizes are known.
        let layout = sizes.unwrap_or(UNKNOWN);
        if let Some(layout) = sizes {
            super::traits::read_files(self.source, written, &mut traits, layout, self.problems);
        }
        let (game, learning) = self.game(written, &mut context);
        let Judged { norm, sanctions } = self.judged(written, &context);
        let cascade = written.rule("cascade", CASCADES, None, &context, self.problems);
        let turnover = self.turnover(written, &context);
        let planner = written.rule("planner", PLANNERS, None, &context, self.problems);
        let interventions = written.sections::<Intervention>("intervention", self.problems);
        let interventions: Vec<Intervention> =
            interventions.unwrap_or_default().into_iter().map(Spanned::into_inner).collect();
        let mut strategies = self.strategies(written, &context);
        let genes = self.genes(written, mutation.as_ref().map(Spanned::get_ref), strategies.len());
        let empty = empties(&population, &interventions, turnover.as_deref(), &strategies);
        let free = population.empty.map_or(0.0, |share| share.get() * layout.group_size as f64);
        strategies.extend(empty.map(|_| super::empty::strategy(context.acts.len(), free.round() as u64)));
        let until = self.until(written, &run);
        let report = structure.as_ref().and_then(|(_, network)| report(&**network));
        let start = self.start(written, &strategies, structure.as_ref(), sizes);
        let idle = idle(&strategies).filter(|_| !sanctions.is_empty());
        let scenario = Scenario {
            name: self.source.name.clone(),
            title: written.value("title", self.problems).map(Spanned::into_inner).unwrap_or_default(),
            source: written.value("source", self.problems).map(Spanned::into_inner).unwrap_or_default(),
            text: self.source.text.clone(),
            folder: self.source.folder.clone(),
            run,
            clock,
            layout,
            pairing: structure.as_ref().map_or(Pairing::Matching, pairing),
            strategies,
            numbers: start.numbers,
            places: start.places,
            listed: start.listed,
            traits,
            structure,
            further,
            game: game.map(|(keys, rule)| (keys, Arc::from(rule))),
            norm: norm.map(|(keys, rule)| (keys, Arc::from(rule))),
            sanctions,
            learning: learning.map(|(keys, rule)| (keys, Arc::from(rule))),
            mutation: mutation.map(Spanned::into_inner),
            genes,
            turnover,
            empty,
            staged: self.staged(written, cascade.as_ref(), sizes),
            cascade: cascade.map(|(keys, rule)| (keys, Arc::from(rule))),
            planner,
            policy: OnceLock::new(),
            interventions,
            record: record.map(Spanned::into_inner).unwrap_or_default(),
            measures: measures.into_iter().map(Spanned::into_inner).collect(),
            cases: cases.into_iter().map(Spanned::into_inner).collect(),
            expects: vec![],
            until,
            remarks: report.into_iter().chain(idle).collect(),
        };
        checks::check(&scenario, written, sizes.is_some(), self.problems);
        Some(scenario)
    }

    fn context(&self, written: &Written, population: &Population) -> Context {
        Context {
            strategies: written.names("strategy", "name"),
            folder: self.source.folder.clone(),
            agents: population.agents.map_or(0, |agents| agents.get()),
            ..Context::default()
        }
    }

    fn frame(&mut self, written: &mut Written) -> (Run, Population) {
        written.finish(SECTIONS, self.problems);
        written.value::<Vec<String>>("systems", self.problems);
        self.missing(written);
        let run = written.section::<Run>("run", self.problems).map(Spanned::into_inner);
        let run = run.unwrap_or_else(|| Run::meant(written.word("run", "update")));
        let population = written.section::<Population>("population", self.problems);
        (run, population.map_or_else(Population::default, Spanned::into_inner))
    }

    fn ground(&mut self, written: &mut Written, population: &Population, context: &mut Context) -> Ground {
        let layers = written.rule_or_rules("structure", STRUCTURES, context, self.problems);
        let layers: Vec<Layer> = layers.unwrap_or_default();
        layers::names(&layers, written, self.problems);
        let (structure, further) = layers::split(layers, written.word("game", "structure"));
        let sizes = self.layout(written, population, structure.as_ref());
        let sizes = sizes.filter(|sizes| self.fits(written, &further, *sizes));
        let layout = sizes.unwrap_or(UNKNOWN);
        (context.agents, context.groups) = (layout.agents as u64, layout.groups() as u64);
        context.group_size = layout.group_size as u64;
        Ground { structure, further, sizes }
    }

    /// Who stands where at the start, where the sizes are known.
    fn start(
        &mut self,
        written: &mut Written,
        strategies: &[Follows],
        structure: Option<&Layer>,
        sizes: Option<Layout>,
    ) -> starts::Start {
        let Some(sizes) = sizes else { return starts::Start::default() };
        let plane = structure.and_then(|(_, network)| network.plane(sizes.group_size));
        starts::read(self.source, written, strategies, sizes, plane, self.problems)
    }

    fn judged(&mut self, written: &mut Written, context: &Context) -> Judged {
        let norm = written.rule("norm", NORMS, Some("rule"), context, self.problems);
        let sanctions = written.rule_or_rules("sanction", SANCTIONS, context, self.problems);
        Judged { norm, sanctions: sanctions.unwrap_or_default() }
    }

    /// Who starts in which stage, where a file says so and the sizes are known.
    fn staged(
        &mut self,
        written: &Written,
        cascade: Option<&(CascadeKeys, Box<dyn Cascade>)>,
        sizes: Option<Layout>,
    ) -> Option<Vec<u8>> {
        starts::staged(self.source, written, cascade, sizes?, self.problems)
    }

    fn turnover(&mut self, written: &mut Written, context: &Context) -> Option<Box<dyn Turnover>> {
        let turnover: Read<TurnoverKeys, Box<dyn Turnover>> =
            written.rule("turnover", TURNOVER, Some("birth-death"), context, self.problems);
        turnover.map(|(_, rule)| rule)
    }

    /// Reports sections without which there is no world.
    fn missing(&mut self, written: &Written) {
        for section in ["run", "population"] {
            let fixed = section == "population" && written.means("structure", SECTIONS);
            if !written.means(section, SECTIONS) && !fixed {
                let help = match section {
                    "run" => "add\n\n[run]\nticks = 100",
                    _ => "add\n\n[population]\nagents = 1000",
                };
                self.problems.add(0..0, format!("the section [{section}] is missing"), help);
            }
        }
    }

    /// The game and how agents learn, and in the context what the other rules must know of them.
    fn game(&mut self, written: &Written, context: &mut Context) -> (ReadGame, ReadLearning) {
        let game: ReadGame = written.rule("game", GAMES, None, context, self.problems);
        match &game {
            Some((_, game)) => (context.acts, context.payoffs) = (game.acts(), range(&**game)),
            None if written.means("game", SECTIONS) => context.payoffs = Some([0.0, 1.0]),
            None => {}
        }
        let learning: ReadLearning = written.rule("learning", LEARNING, None, context, self.problems);
        if game.is_none() && self.plays(written, learning.as_ref().map(|(_, rule)| &**rule)) {
            context.acts = acts_meant(written);
        }
        (game, learning)
    }

    fn traits(&mut self, written: &Written) -> Vec<(ColumnDef, Trait)> {
        let read = written.sections::<Trait>("trait", self.problems).unwrap_or_default();
        let mut nth: BTreeMap<&str, usize> = BTreeMap::new();
        let mut traits = vec![];
        for (index, read) in read.into_iter().map(Spanned::into_inner).enumerate() {
            let usual = if read.values.is_some() { Holds::U8 } else { Holds::F32 };
            let dtype = match read.holds.unwrap_or(usual) {
                Holds::F32 => Dtype::F32,
                Holds::F64 => Dtype::F64,
                Holds::U8 => Dtype::U8,
                Holds::U16 => Dtype::U16,
                Holds::U64 => Dtype::U64,
                Holds::Bool => Dtype::Bool,
            };
            let stored = if dtype == Dtype::Bool { Dtype::U8 } else { dtype };
            let count = nth.entry(stored.name()).or_default();
            match ColumnDef::of_trait(&read.name, dtype, *count) {
                Some(column) => {
                    let labels = read.values.clone().unwrap_or_default();
                    traits.push((column.labelled(labels), read));
                }
                None => {
                    let at = written.place("trait", Some(index), "name");
                    let most = crate::columns::TRAITS_OF_A_TYPE;
                    let says = format!("more than {most} traits of type {}", dtype.name());
                    self.problems.add(at, says, "give some of them another type");
                }
            }
            *count += 1;
        }
        traits
    }

    fn layout(
        &mut self,
        written: &Written,
        population: &Population,
        structure: Option<&(StructureKeys, Box<dyn Network>)>,
    ) -> Option<Layout> {
        let get = |count: Option<super::numbers::Count>| count.map(|count| count.get());
        let (agents, size) = (get(population.agents), get(population.group_size));
        let groups = get(population.groups).unwrap_or(1);
        let fixed = structure.and_then(|(_, network)| network.fixes());
        let place = |key: &str| written.place("population", None, key);
        if let (Some(_), Some(_)) = (agents, size) {
            let help = "write one of them: agents = groups × group_size";
            self.problems.add(place("agents"), "`agents` and `group_size` both say how many there are", help);
            return None;
        }
        let by_agents = agents.map(|agents| (agents, agents / groups, agents % groups));
        // A network from a file brings its people: their number replaces the one that is written.
        let read = |network: &dyn Network| matches!(network.shape(), Shape::Read { .. });
        let counted = structure.is_some_and(|(_, network)| read(&**network));
        let wanted = match (size, by_agents, fixed) {
            (Some(size), _, _) => size,
            (None, _, Some(size)) if counted => size,
            (None, Some((_, size, 0)), _) if size > 0 => size,
            (None, Some((agents, size, _)), _) => {
                let (low, high) = (size * groups, (size + 1) * groups);
                let says = format!("{agents} agents do not make {groups} equal groups");
                let help = format!("the nearest numbers are {low} and {high}");
                self.problems.add(place("agents"), says, help);
                return None;
            }
            (None, None, Some(size)) => size,
            (None, None, None) => {
                // Numbers that are written, and structures that may fix them, were wrong: that was said.
                let said =
                    ["agents", "group_size"].iter().any(|key| written.has_key("population", None, key))
                        || !written.means("population", SECTIONS) && !written.has("structure")
                        || written.has("structure") && structure.is_none();
                if !said {
                    let help = "write `agents = 1000` or `group_size = 1000` below [population]";
                    self.problems.add(place("agents"), "the number of agents is missing", help);
                }
                return None;
            }
        };
        if let Some(fixed) = fixed.filter(|&fixed| fixed != wanted) {
            let key = if size.is_some() { "group_size" } else { "agents" };
            let says = format!("groups of {wanted} agents, but the structure has {fixed} places");
            let help = format!("write `group_size = {fixed}`, leave `{key}` out, or change the structure");
            self.problems.add(place(key), says, help);
            return None;
        }
        let key = if size.is_some() { "group_size" } else { "agents" };
        if wanted < 2 {
            self.problems.add(place(key), "a group has at least 2 agents", "write a larger number");
            return None;
        }
        let total = wanted.checked_mul(groups).filter(|&total| total < u64::from(u32::MAX));
        let Some(total) = total else {
            let says = match groups {
                1 => format!("{wanted} agents are more than mores can number"),
                _ => format!("{groups} groups of {wanted} agents are more agents than mores can number"),
            };
            self.problems.add(place(key), says, format!("write at most {} agents", u32::MAX - 1));
            return None;
        };
        if let Some(says) = structure.and_then(|(_, network)| network.refuses(wanted)) {
            self.problems.add(place(key), says, "change the number of agents or the structure");
            return None;
        }
        let shared = structure.is_some_and(|(keys, _)| keys.graph == super::sections::GraphOf::Shared);
        Some(Layout { agents: total as usize, group_size: wanted as usize, shared })
    }

    /// Whether the further structures can be made for groups of this size.
    fn fits(&mut self, written: &Written, further: &[Layer], layout: Layout) -> bool {
        let size = layout.group_size as u64;
        let refuses = |network: &dyn Network| {
            let fixed = network.fixes().filter(|&fixed| fixed != size);
            let fixed = fixed.map(|fixed| format!("groups of {size} agents, but it has {fixed} places"));
            fixed.or_else(|| network.refuses(size))
        };
        let wrong = further.iter().find_map(|(keys, network)| Some((keys, refuses(&**network)?)));
        let Some((keys, says)) = wrong else { return true };
        let names = written.names("structure", "name");
        // Where one has no name, that was said, and rows cannot be told by their names.
        if names.len() == written.rows("structure") {
            let nth = names.iter().position(|name| Some(name) == keys.name.as_ref());
            let at = written.place("structure", nth, "kind");
            self.problems.add(at, says, "change the number of agents or this structure");
        }
        false
    }

    /// Whether somebody plays in this world although no game could be read: what is played is then not known.
    fn plays(&self, written: &Written, learning: Option<&dyn Learning>) -> bool {
        let compares = match learning {
            Some(rule) => rule.compares(),
            None => written.has("learning"),
        };
        ["game", "norm", "sanction"].iter().any(|section| written.means(section, SECTIONS)) || compares
    }

    fn strategies(&mut self, written: &Written, context: &Context) -> Vec<Follows> {
        let read = written.rules::<StrategyKeys, dyn crate::strategies::Strategy>(
            "strategy",
            STRATEGIES,
            Some("pure"),
            context,
            self.problems,
        );
        let read = read.unwrap_or_default();
        if read.len() > 126 {
            let at = written.place("strategy", Some(126), "name");
            self.problems.add(at, format!("{} strategies", read.len()), "a world has at most 126");
        }
        let rows = read.into_iter().take(126).map(|(keys, rule)| Follows { keys, rule, learner: None });
        let mut strategies = policies::expanded(rows.collect());
        if strategies.len() > 126 {
            let says = format!("{} strategies, the policies of learners counted", strategies.len());
            let learner = strategies.iter().position(|follows| follows.learner.is_some());
            let at = written.place("strategy", learner, "kind");
            self.problems.add(at, says, "a world has at most 126: let learners name fewer `actions`");
            strategies.truncate(126);
        }
        strategies
    }

    /// The strategies as combinations of the keys that mutate each by itself.
    fn genes(&mut self, written: &Written, mutation: Option<&Mutation>, strategies: usize) -> Option<Genes> {
        let keys = mutation?.genes.as_ref()?;
        let mut genes = Genes { of: vec![vec![]; strategies], ..Genes::default() };
        let mut right = true;
        for (key, prob) in keys {
            let words = written.names("strategy", key);
            if words.len() != strategies {
                let says = format!("not every strategy writes a word for `{key}`");
                let help = "name keys that every [[strategy]] writes, such as to_in and to_out";
                self.problems.add(written.place("mutation", None, "genes"), says, help);
                right = false;
                continue;
            }
            let mut values: Vec<&String> = vec![];
            for (word, of) in words.iter().zip(&mut genes.of) {
                let known = values.iter().position(|value| *value == word);
                of.push(known.unwrap_or(values.len()) as u8);
                if known.is_none() {
                    values.push(word);
                }
            }
            genes.values.push(values.len() as u8);
            genes.probs.push(threshold(prob.get()));
        }
        let combinations: usize = genes.values.iter().map(|&n| usize::from(n)).product();
        let distinct: BTreeSet<&Vec<u8>> = genes.of.iter().collect();
        if right && (distinct.len() != strategies || combinations != strategies) {
            let says =
                format!("{strategies} strategies are not the {combinations} combinations of these genes");
            let help = "write a strategy for each combination of their values";
            self.problems.add(written.place("mutation", None, "genes"), says, help);
        }
        Some(genes)
    }

    fn until(&mut self, written: &Written, run: &Run) -> Option<Until> {
        match run.until.as_deref()? {
            "fixation" => Some(Until::Fixation),
            "no-change" => Some(Until::NoChange),
            "consensus" => Some(Until::Consensus),
            text => match Expression::parse(text) {
                Ok(condition) => Some(Until::Holds(condition)),
                Err(error) => {
                    let at = super::inside(written.place("run", None, "until"), &self.source.text, error.at);
                    let help = format!(
                        "{}{}\"fixation\", \"consensus\", \"no-change\" or a condition such as \"infected == 0\"",
                        error.help,
                        if error.help.is_empty() { "" } else { "; or write " }
                    );
                    self.problems.add(at, error.says, help);
                    None
                }
            },
        }
    }
}

fn pairing((keys, network): &Layer) -> Pairing {
    keys.pairing_on(&**network)
}

/// The code of empty places, if there can be some.
fn empties(
    population: &Population,
    interventions: &[Intervention],
    turnover: Option<&dyn Turnover>,
    strategies: &[Follows],
) -> Option<u8> {
    let deaths = |change: &Change| matches!(change, Change::Deaths(_));
    let any = population.empty.is_some()
        || interventions.iter().any(|row| row.deed == Some(Deed::Remove))
        || turnover.is_some_and(|rule| rule.changes().iter().any(deaths));
    (any && !strategies.is_empty()).then_some(strategies.len() as u8)
}

/// What to say where nobody punishes.
fn idle(strategies: &[Follows]) -> Option<String> {
    let punishes = strategies.iter().filter_map(|follows| follows.keys.punishes.as_ref());
    let somebody = punishes.flat_map(|whom| whom.as_slice()).any(|word| word != "nobody");
    (!somebody).then(|| "no strategy punishes, so that the [sanction] changes nothing".to_string())
}

/// What was noticed in the file of a network.
fn report(network: &dyn Network) -> Option<String> {
    match network.shape() {
        Shape::Read { report, .. } => Some(report.to_owned()),
        _ => None,
    }
}

/// The acts of a game that could not be read, so that strategies are not blamed for it: those that it names, else
/// those of most games and all that strategies play.
fn acts_meant(written: &Written) -> Vec<String> {
    let named = written.words("game", "actions");
    if !named.is_empty() {
        return named;
    }
    let mut acts = vec!["D".to_string(), "C".to_string()];
    for act in ["plays", "to_good", "to_bad"].iter().flat_map(|key| written.names("strategy", key)) {
        if !acts.contains(&act) {
            acts.push(act);
        }
    }
    acts
}

/// Least and greatest payoff of a meeting of two.
fn range(game: &dyn Game) -> Option<[f64; 2]> {
    let Pays::Pair(pair) = game.pays() else { return None };
    let acts = 0..game.acts().len() as u8;
    let pays = acts.clone().flat_map(|mine| acts.clone().map(move |theirs| pair.pay(mine, theirs)));
    pays.fold(None, |range, pay| match range {
        None => Some([pay, pay]),
        Some([least, most]) => Some([pay.min(least), pay.max(most)]),
    })
}
