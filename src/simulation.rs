//! A world that runs: cohorts, schedule, structure, and what happens between ticks.

use crate::assemble::{self, Assembly};
use crate::chance::{Chance, Permutation, Stream, hits, threshold};
use crate::columns::{Column, ColumnDef, Goal, Grade, Payoff, Reputation, Stage, Strategy, View};
use crate::counted::Counted;
use crate::games::Pays;
use crate::groups::Groups;
use crate::interventions;
use crate::measures::{Metric, Names, Scope};
use crate::partners::Structure;
use crate::pass::{Coded, Fault, NonFinite, Now, Pass, Sizes, fill};
use crate::population::{self, Columns};
use crate::registry::Clock;
use crate::scenario::layers::Layer;
use crate::scenario::sections::{CascadeKeys, GraphOf};
use crate::scenario::{Reputations, Scenario};
use crate::starts;
use crate::stops::Stops;
use crate::structures::{Layout, Placed};
use crate::tick::{Done, Onlooker, Passes, Phase, schedule};
use crate::traits::TraitRule;
use bevy_ecs::prelude::*;
use bevy_ecs::schedule::ScheduleConfigs;
use bevy_ecs::system::ScheduleSystem;
use std::cell::LazyCell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The ties of a world.
const TIES: Stream = Stream::named("structure/ties");
/// Who starts with a good reputation.
const GOOD: Stream = Stream::named("norm/initial-good");

/// A world that runs.
pub struct Simulation {
    world: World,
    tick: Schedule,
    scenario: Arc<Scenario>,
    structure: Option<Arc<dyn Structure>>,
    /// the other layers, in the order of the scenario
    further: Vec<Arc<dyn Structure>>,
    own: Vec<Own>,
    stops: Stops,
    /// the metric that agents are told of their groups
    goal: Option<Metric>,
    /// which parameters are in force: the interventions that hold
    in_force: Vec<interventions::Holding>,
    /// kernels that took the place of passes
    kernels: Vec<&'static str>,
    /// what each tick leaves, whoever looks at it afterwards
    leaves: Leaves,
    /// whether the last that writes strategies counts them
    counts_second: bool,
    /// payoffs as codes, where a kernel leaves them so too
    coded: Option<Arc<Mutex<Coded>>>,
}

/// What passes, stops, goals or systems of a researcher's own look at within ticks or between them.
#[derive(Clone, Copy)]
struct Leaves {
    payoffs: bool,
    acts: bool,
}

type MakeSystem = Box<dyn Fn() -> ScheduleConfigs<ScheduleSystem> + Send + Sync>;

/// A researcher's own system, made anew whenever the schedule is.
struct Own {
    phase: Phase,
    make: MakeSystem,
}

/// What is looked at of a tick, before the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// neither payoffs nor counts, and the state is not saved
    Nothing,
    /// what was counted: acts, and payoffs where they follow from counts; the state is not saved
    Counts,
    /// what was counted, and what snapshots have: payoffs may be left as codes alone; the state is not saved
    Recorded,
    /// everything
    All,
}

/// What a simulation is made from.
pub struct Builder {
    scenario: Arc<Scenario>,
    replicate: u32,
    sizes: Sizes,
    columns: Vec<ColumnDef>,
    own: Vec<Own>,
    onlooker: Option<Onlooker>,
}

impl Builder {
    /// Which of the world's independent replicates, from 0.
    #[must_use]
    pub fn replicate(self, replicate: u32) -> Self {
        Builder { replicate, ..self }
    }

    /// Other sizes of tasks and blocks: the result is the same.
    #[must_use]
    pub fn sizes(self, sizes: Sizes) -> Self {
        Builder { sizes, ..self }
    }

    /// A column of the researcher's own: zeroed at the start, recorded, hashed and checkpointed like a built-in one.
    #[must_use]
    pub fn column<C: Column>(mut self) -> Self {
        self.columns.push(ColumnDef::of::<C>());
        self
    }

    /// Who is told of each pass when it has run, to measure the engine: the result is the same.
    #[must_use]
    pub fn onlooker(self, told: impl FnMut(&Done) + Send + Sync + 'static) -> Self {
        Builder { onlooker: Some(Onlooker(Box::new(told))), ..self }
    }

    /// A bevy system of the researcher's own, run in every tick after the built-in passes of the phase.
    #[must_use]
    pub fn system<M, S>(mut self, phase: Phase, system: S) -> Self
    where
        S: IntoScheduleConfigs<ScheduleSystem, M> + Clone + Send + Sync + 'static,
        M: 'static,
    {
        let make = Box::new(move || system.clone().into_configs());
        self.own.push(Own { phase, make });
        self
    }

    /// Makes the world: ties, cohorts, starting values. Tick 0.
    pub fn build(self) -> Simulation {
        let s = &*self.scenario;
        let mut world = World::new();
        let agents = s.layout.agents;
        let now = Now {
            seed: s.run.seed.get(),
            replicate: self.replicate,
            tick: 0,
            agents,
            looked_at: true,
            recorded: true,
            counted: true,
        };
        world.insert_resource(now);
        world.insert_resource(self.sizes);
        world.insert_resource(Fault::default());
        if let Some(onlooker) = self.onlooker {
            world.insert_resource(onlooker);
        }
        let counted = if s.counts_help() { s.strategies.len() } else { 0 };
        let mut groups = Groups::new(s.layout.groups(), s.layout.group_size).counting_help(counted);
        if s.rare_mutants().is_some() {
            groups = groups.with_totals(s.strategies.len());
        }
        groups.empty = s.empty;
        if s.keeps_pairs() {
            groups = groups.with_pairs(s.strategies.len());
        }
        if let Some(Pays::Stock(pool)) = s.game.as_ref().map(|(_, game)| game.pays()) {
            groups = groups.with_stock(pool.stock);
        }
        if s.voting().is_some() {
            groups = groups.with_votes();
        }
        world.insert_resource(groups);
        let mut layers = grow(s, &now).into_iter();
        let (structure, further) = (layers.next(), layers.collect());
        let mut columns = assemble::columns(s);
        columns.extend(self.columns);
        population::spawn(&mut world, agents, columns);
        start(&mut world, s, structure.as_ref());
        let stops = Stops::new(s);
        let mut simulation = Simulation {
            world,
            tick: Schedule::default(),
            scenario: self.scenario,
            structure,
            further,
            own: self.own,
            stops,
            goal: None,
            in_force: vec![],
            kernels: vec![],
            leaves: Leaves { payoffs: true, acts: true },
            coded: None,
            counts_second: false,
        };
        simulation.assemble();
        simulation.stop();
        simulation.tell();
        simulation
    }
}

/// Has the one pass that pays leave payoffs as codes too, if there are snapshots of them and nothing else writes any.
pub(crate) fn code_payoffs(s: &Scenario, passes: &mut Passes) -> Option<Arc<Mutex<Coded>>> {
    let recorded =
        s.record.columns.as_ref().is_none_or(|columns| columns.iter().any(|name| **name == *"payoff"));
    // Groups that have stopped keep their payoffs.
    let alone = s.until.is_none() && s.interventions.is_empty();
    if !(recorded && alone) || s.record.snapshot_every.get() == 0 {
        return None;
    }
    let mut paying = passes.iter_mut().filter(|(_, pass)| pass.access().writes.iter().any(is_payoff));
    let (_, pass) = paying.next()?;
    if paying.next().is_some() { None } else { pass.code_payoffs() }
}

fn is_payoff(column: &ColumnDef) -> bool {
    column.id == ColumnDef::of::<Payoff>().id
}

fn is_strategy(column: &ColumnDef) -> bool {
    column.id == ColumnDef::of::<Strategy>().id
}

/// The ties of every layer. Where there are several, none may renumber the agents of the others.
fn grow(s: &Scenario, now: &Now) -> Vec<Arc<dyn Structure>> {
    let one = |(keys, network): &Layer| {
        let ties = keys.name.as_ref().map_or(TIES, |name| TIES.of(name));
        let layout = Layout { shared: keys.graph == GraphOf::Shared, ..s.layout };
        network.grow(layout, now.chance().stream(ties))
    };
    let grown = s.layers().map(one);
    if s.further.is_empty() { grown.collect() } else { grown.map(Placed::of).collect() }
}

/// Starting values of every column.
fn start(world: &mut World, s: &Scenario, structure: Option<&Arc<dyn Structure>>) {
    let now = *world.resource::<Now>();
    let size = s.layout.group_size;
    let original = structure.and_then(|structure| structure.original());
    if !s.strategies.is_empty() {
        ColumnDef::of::<Strategy>().visit(world, |bytes| {
            let strategy = &mut bytes[..now.agents];
            match &s.listed {
                Some(listed) => strategy.copy_from_slice(listed),
                None => population::place(&now, size, &s.numbers, &s.places, strategy),
            }
            if let Some(original) = original {
                starts::renumber(original, strategy);
            }
        });
    }
    if let Some(reputations) = s.reputations() {
        start_reputations(world, s, &now, &reputations);
    }
    for rule in TraitRule::all(s) {
        starts::fill_trait(world, &now, &rule, size, original);
    }
    if let Some((column, first)) = assemble::learns::first_opinion(s) {
        let bytes = View::of_world(world, std::slice::from_ref(&column), now.agents).raw(&column).to_vec();
        first.visit(world, |out| out[..bytes.len()].copy_from_slice(&bytes));
    }
    if let Some((values, (_, rule))) = assemble::learns::values(s).zip(s.learning.as_ref())
        && let crate::learning::Models::Memory(rule) = rule.models()
    {
        values.visit(world, |bytes| bytemuck::cast_slice_mut(bytes).fill(rule.initial() as f32));
    }
    if let Some((keys, rule)) = s.cascade.as_ref().filter(|_| !s.follows_cascades() && s.in_turn().is_none())
    {
        let into = keys.initial.into.as_ref();
        let named = into.and_then(|into| rule.stages().iter().position(|stage| stage == into));
        let stage = named.map_or_else(|| rule.seeded(), |at| at as u8);
        let draws = now.chance().stream(crate::passes::SEEDS);
        if let Some(who) = &keys.initial.who {
            let look = |columns: &[ColumnDef]| View::of_world(world, columns, now.agents);
            let chosen = interventions::chosen((s, who), structure, look, (now.chance(), draws));
            ColumnDef::of::<Stage>().visit(world, |bytes| {
                let seeded = bytes.iter_mut().zip(&chosen).filter(|(_, chosen)| **chosen);
                seeded.for_each(|(at, _)| *at = stage);
            });
            return;
        }
        let count = seeds(keys, size);
        ColumnDef::of::<Stage>().visit(world, |bytes| {
            if let Some(staged) = &s.staged {
                bytes[..now.agents].copy_from_slice(staged);
                if let Some(original) = original {
                    starts::renumber(original, &mut bytes[..now.agents]);
                }
                return;
            }
            for (group, stages) in bytes[..now.agents].chunks_mut(size).enumerate() {
                let seeded = Permutation::new(draws, group as u64, size as u32);
                let mut places: Vec<u32> = (0..count as u32).collect();
                seeded.forward(&mut places);
                places.iter().for_each(|&place| stages[place as usize] = stage);
            }
        });
    }
}

/// What is thought of everybody before the first act.
fn start_reputations(world: &mut World, s: &Scenario, now: &Now, reputations: &Reputations) {
    let initial = s.norm.as_ref().and_then(|(keys, _)| keys.initial_good).map(|good| good.get());
    let column = match reputations {
        Reputations::Public => ColumnDef::of::<Reputation>(),
        Reputations::Private(column) => column.clone(),
        Reputations::Graded => {
            return ColumnDef::of::<Grade>().visit(world, |bytes| {
                let grades: &mut [f32] = bytemuck::cast_slice_mut(bytes);
                grades[..now.agents].fill(initial.map_or(-1.0, |good| good as f32));
            });
        }
    };
    let good = threshold(initial.unwrap_or(0.5));
    let draws = now.chance().stream(GOOD);
    column.visit(world, |bytes| {
        fill(&mut bytes[..now.agents * column.width()], |first, out| {
            for (k, out) in out.iter_mut().enumerate() {
                *out = u8::from(hits(draws.at((first + k) as u64), good));
            }
        });
    });
}

/// Seeds of a cascade in a group.
pub(crate) fn seeds(keys: &CascadeKeys, group_size: usize) -> usize {
    match (keys.initial.count, keys.initial.share) {
        (_, Some(share)) => (share * group_size as f64).round() as usize,
        (Some(count), None) => (count as usize).min(group_size),
        (None, None) => 0,
    }
}

impl Simulation {
    /// A simulation of a checked world.
    pub fn of(scenario: Arc<Scenario>) -> Builder {
        let (columns, own, onlooker) = (vec![], vec![], None);
        Builder { scenario, replicate: 0, sizes: Sizes::default(), columns, own, onlooker }
    }

    /// Builds the schedule from the parameters that are in force. Passes keep nothing from tick to tick, so this
    /// changes nothing but the parameters.
    fn assemble(&mut self) {
        let changed = interventions::apply(&self.scenario, &self.in_force);
        let scenario = changed.as_ref().unwrap_or(&self.scenario);
        self.goal = assemble::learns::goal(scenario, &names(scenario));
        let mut passes = interventions::passes(scenario, self.structure.as_ref());
        let now = self.world.resource::<Now>();
        let origin = Chance::new(now.seed, now.replicate, 0);
        let (structure, further) = (self.structure.clone(), self.further.clone());
        passes.extend(Assembly::new(scenario, structure, further, origin).passes());
        interventions::freeze(scenario, self.structure.as_ref(), &mut passes);
        let kernels = crate::kernels::serve(scenario) && self.own.is_empty();
        self.kernels = if kernels { crate::kernels::fuse(&mut passes) } else { vec![] };
        let pays = |pass: &dyn Pass| pass.access().columns().any(is_payoff);
        let others = passes.iter().filter(|(_, pass)| !self.kernels.contains(&pass.name()));
        let looks = scenario.until.is_some() || self.goal.is_some() || !scenario.interventions.is_empty();
        let looks = looks || !self.own.is_empty();
        self.leaves = Leaves {
            payoffs: looks || others.map(|(_, pass)| &**pass).any(pays),
            acts: looks || passes.iter().any(|(_, pass)| pass.reads_acts()),
        };
        self.coded = if self.own.is_empty() { code_payoffs(scenario, &mut passes) } else { None };
        let counted = self.counted(&passes);
        self.world.resource_mut::<Groups>().tallies.counted = counted;
        self.counts_second = self.counts_second(&passes);
        self.tick = schedule(&mut self.world, passes);
        for own in &self.own {
            self.tick.add_systems((own.make)().in_set(own.phase).after(crate::tick::Built(own.phase)));
        }
    }

    /// How payoffs follow from counts, if the last pass that pays knows and they do.
    fn counted(&self, passes: &Passes) -> Option<Counted> {
        let mut paying = passes.iter().filter(|(_, pass)| pass.access().writes.iter().any(is_payoff));
        let (_, pass) = paying.next_back()?;
        let alone = paying.all(|(_, pass)| pass.pays_in_part())
            && self.own.is_empty()
            && !self.groups().tallies.keeps_pairs();
        // Groups that have stopped keep the payoffs of the parameters that were in force then.
        let alone = alone && (self.scenario.until.is_none() || self.scenario.interventions.is_empty());
        alone.then(|| pass.counted()).flatten()
    }

    /// Whether the last that writes strategies counts them, for all groups.
    fn counts_second(&self, passes: &Passes) -> bool {
        let writes = |pass: &dyn Pass| pass.access().writes.iter().any(is_strategy);
        let mut writers = passes.iter().filter(|(_, pass)| writes(&**pass));
        let alone =
            self.own.is_empty() && self.scenario.interventions.is_empty() && self.scenario.until.is_none();
        alone && writers.next_back().is_some_and(|(_, pass)| pass.counts_second())
    }

    /// Makes one tick.
    ///
    /// # Errors
    /// The first value that is no finite number.
    pub fn tick(&mut self) -> Result<(), NonFinite> {
        self.tick_for(Looks::All)
    }

    /// Whether the last tick left everything: only then can the state be saved.
    pub fn is_whole(&self) -> bool {
        let now = self.world.resource::<Now>();
        now.looked_at && now.counted
    }

    /// Whether the moments of payoffs are known without the payoffs of agents.
    pub fn counts_payoffs(&self) -> bool {
        self.groups().tallies.counted.is_some()
    }

    /// The kernels that took the place of passes.
    pub fn kernels(&self) -> &[&'static str] {
        &self.kernels
    }

    /// Makes one tick of which no more than this is looked at before the next one: the rest need not be left.
    ///
    /// # Errors
    /// As [`Simulation::tick`].
    pub fn tick_for(&mut self, looks: Looks) -> Result<(), NonFinite> {
        let tick = {
            let mut now = self.world.resource_mut::<Now>();
            now.tick += 1;
            let recorded = looks == Looks::Recorded;
            now.looked_at = self.leaves.payoffs || looks == Looks::All || recorded && self.coded.is_none();
            now.recorded = recorded || looks == Looks::All;
            now.counted = self.leaves.acts || looks != Looks::Nothing;
            now.tick
        };
        let in_force = interventions::in_force(&self.scenario, tick);
        if in_force != self.in_force {
            self.in_force = in_force;
            self.assemble();
        }
        self.world.resource_mut::<Groups>().begin_tick();
        self.stops.before(&mut self.world);
        self.tick.run(&mut self.world);
        if let Some(fault) = self.world.resource::<Fault>().0.clone() {
            return Err(fault);
        }
        let known = self.counts_second && self.world.resource::<Now>().counted;
        self.world.resource_mut::<Groups>().tallies.knows_second = known;
        self.stop();
        self.tell();
        Ok(())
    }

    /// Tells agents the metric of their group that learning asks for: no value is told as NaN.
    fn tell(&mut self) {
        let Some(goal) = self.goal.take() else { return };
        let live = self.groups().live.clone();
        let values: Vec<f64> =
            self.measure(|all| live.iter().map(|&group| goal.of(&all.group(group as usize))).collect());
        let size = self.groups().size;
        ColumnDef::of::<Goal>().visit(&mut self.world, |bytes| {
            let told: &mut [f64] = bytemuck::cast_slice_mut(bytes);
            for (&group, value) in live.iter().zip(values.iter().copied()) {
                told[group as usize * size..][..size].fill(value);
            }
        });
        self.goal = Some(goal);
    }

    /// Looks at the stopping rule of every group that goes on.
    fn stop(&mut self) {
        let s = self.scenario.clone();
        let steps = s.clock == Clock::Asynchronous;
        let done = self.ticks_done();
        // The asynchronous clock looks after each step itself, where it can; the start is looked at here.
        if done > 0 && steps && self.stops.by_step {
            return;
        }
        self.stops.after(&mut self.world, self.structure.as_ref());
    }

    /// Ticks that have been made.
    pub fn ticks_done(&self) -> u64 {
        self.world.resource::<Now>().tick
    }

    /// Which of the world's independent replicates this is.
    pub fn replicate(&self) -> u32 {
        self.world.resource::<Now>().replicate
    }

    /// Whether every group has stopped.
    pub fn all_ended(&self) -> bool {
        self.scenario.until.is_some() && self.world.resource::<Groups>().all_ended()
    }

    /// The world as it was read.
    pub fn scenario(&self) -> &Arc<Scenario> {
        &self.scenario
    }

    /// Its ties.
    pub fn structure(&self) -> Option<&Arc<dyn Structure>> {
        self.structure.as_ref()
    }

    /// The ECS world: cohorts are entities, columns their components.
    pub fn world(&mut self) -> &mut World {
        // Whoever gets it may write strategies.
        self.world.resource_mut::<Groups>().tallies.knows_second = false;
        &mut self.world
    }

    /// The columns, in the order of their names.
    pub fn columns(&self) -> Vec<ColumnDef> {
        self.world.resource::<Columns>().0.clone()
    }

    /// What is known of the groups.
    pub fn groups(&self) -> &Groups {
        self.world.resource::<Groups>()
    }

    /// A column of the live agents.
    pub fn column<C: Column>(&self) -> &[C::Item] {
        let agents = self.world.resource::<Now>().agents;
        View::of_world(&self.world, &[ColumnDef::of::<C>()], agents).col::<C>()
    }

    /// All columns of the live agents.
    pub fn view(&self) -> View<'_> {
        View::of_world(&self.world, &self.columns(), self.world.resource::<Now>().agents)
    }

    /// Payoffs of the present tick as codes, where a kernel has left them so too; nobody may tick meanwhile.
    pub(crate) fn coded_payoffs(&self) -> Option<MutexGuard<'_, Coded>> {
        let coded = self.coded.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        (coded.tick == Some(self.ticks_done())).then_some(coded)
    }

    /// Shows the population as measures see it.
    pub fn measure<T>(&self, f: impl FnOnce(&Scope) -> T) -> T {
        let view = LazyCell::new(|| self.view());
        let look = || &*view;
        f(&Scope::all(&look, self.groups(), self.ticks_done(), self.structure.as_ref()))
    }

    /// 128 bits over the whole state.
    pub fn state_hash(&mut self) -> u128 {
        crate::state::state_hash(&mut self.world)
    }

    /// Takes up a run at the tick of a checkpoint: `restore` fills the columns and groups.
    pub fn resume_at(&mut self, tick: u64, restore: impl FnOnce(&mut World)) {
        restore(self.world());
        self.world.resource_mut::<Now>().tick = tick;
        self.world.resource_mut::<Groups>().recount();
        self.in_force = interventions::in_force(&self.scenario, tick);
        self.assemble();
    }

    /// The names by which measures are found.
    pub fn names(&self) -> Names {
        names(&self.scenario)
    }
}

/// The names by which the measures of a world are found.
pub fn names(s: &Scenario) -> Names {
    let mut names = built_in_names(s);
    let columns = assemble::columns(s);
    let own = |keys: &crate::measures::MeasureKeys| {
        let custom = crate::measures::Custom::new(keys, &names, &columns).ok()?;
        Some((keys.name.clone(), Arc::new(custom)))
    };
    names.measures = s.measures.iter().filter_map(own).collect();
    names
}

/// The names without those of `[[measure]]`s.
pub(crate) fn built_in_names(s: &Scenario) -> Names {
    Names {
        strategies: s.strategy_names(),
        stages: s.stages(),
        acts: s.acts(),
        cooperation: s.cooperation(),
        traits: s.traits.iter().map(|(column, _)| column.name.to_string()).collect(),
        columns: s.traits.iter().map(|(column, _)| column.clone()).collect(),
        group_size: s.layout.group_size as u64,
        agents: s.layout.agents as u64,
        groups: s.layout.groups() as u64,
        steps: s.clock == Clock::Asynchronous,
        reputations: s.reputations(),
        counts_help: s.counts_help(),
        fines: fines(s),
        whole_cascades: s.follows_cascades(),
        in_turn: s.in_turn().is_some(),
        planner: s.policy(),
        pairs: s.keeps_pairs(),
        rare_mutants: s.rare_mutants().is_some(),
        ties: s.structure.is_some(),
        stocked: matches!(s.game.as_ref().map(|(_, game)| game.pays()), Some(Pays::Stock(_))),
        voting: s.voting().is_some(),
        words: assemble::learns::inventory(s).is_some(),
        measures: vec![],
        parameters: parameters(&s.text),
    }
}

/// What the first, second, … offence costs; of several sanctions what each costs, if they differ.
fn fines(s: &Scenario) -> Option<Vec<f64>> {
    let mut all: Vec<f64> = s.sanctions.iter().flat_map(|(_, sanction)| sanction.reach().fines).collect();
    if s.sanctions.len() > 1 {
        all.dedup();
    }
    (!s.sanctions.is_empty()).then_some(all)
}

/// Numbers of a world file by their paths.
fn parameters(text: &str) -> Vec<(String, f64)> {
    fn walk(path: &str, value: &toml::Value, found: &mut Vec<(String, f64)>) {
        let join = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
        match value {
            toml::Value::Integer(x) => found.push((path.to_string(), *x as f64)),
            toml::Value::Float(x) => found.push((path.to_string(), *x)),
            toml::Value::Table(table) => {
                table.iter().for_each(|(key, value)| walk(&join(key), value, found));
            }
            toml::Value::Array(items) => {
                items.iter().enumerate().for_each(|(k, value)| walk(&join(&k.to_string()), value, found));
            }
            _ => {}
        }
    }
    let mut found = vec![];
    if let Ok(table) = text.parse::<toml::Table>() {
        walk("", &toml::Value::Table(table), &mut found);
    }
    found
}
