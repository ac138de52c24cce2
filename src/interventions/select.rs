//! Which agents an intervention reaches.

use crate::chance::{Chance, Draws, Permutation, Stream, hits, threshold};
use crate::columns::{ColumnDef, Payoff, Stage, Strategy, View};
use crate::groups::Tallies;
use crate::partners::Structure;
use crate::pass::{Access, At, fill};
use crate::passes::Values;
use crate::scenario::Scenario;
use crate::scenario::numbers::NumberOrName;
use crate::scenario::sections::Selector;
use std::sync::Arc;

/// Whom an intervention reaches, a stream for each intervention.
const CHOSEN: Stream = Stream::named("intervention/chosen");

/// A selector, ready to be used.
pub(super) struct Select {
    nth: usize,
    who: Who,
    stream: Stream,
    chosen: Vec<bool>,
}

/// The conditions of a selector.
struct Who {
    /// columns and what their values must lie between, both ends counted
    within: Vec<(ColumnDef, [f64; 2])>,
    group: Option<u64>,
    /// the chance that an agent is chosen, one for all or a trait
    prob: Option<Odds>,
    count: Option<u64>,
    share: Option<f64>,
    /// the greatest (true) or least of something
    extreme: Option<(By, bool)>,
    neighbours: Option<(Box<Who>, Arc<dyn Structure>)>,
}

enum Odds {
    All(u64),
    Trait(ColumnDef),
}

/// By what agents are ranked.
enum By {
    Column(ColumnDef),
    Degree(Arc<dyn Structure>),
}

impl Who {
    fn new(scenario: &Scenario, who: &Selector, structure: Option<&Arc<dyn Structure>>) -> Who {
        let code = |names: &[String], name: &Option<String>| {
            names.iter().position(|known| Some(known) == name.as_ref()).map(|code| [code as f64; 2])
        };
        let mut within = vec![];
        // Nobody is meant where places are empty, unless they are asked for.
        let living = scenario.empty.map(|empty| [0.0, f64::from(empty) - 1.0]);
        let strategy = code(&scenario.strategy_names(), &who.strategy).or(living);
        within.extend(strategy.map(|at| (ColumnDef::of::<Strategy>(), at)));
        // Nobody stands at an empty place.
        let there = scenario.empty.map(|empty| [0.0, f64::from(empty) - 1.0]);
        within.extend(there.map(|at| (ColumnDef::of::<Strategy>(), at)));
        let stage = code(&scenario.stages(), &who.stage);
        within.extend(stage.map(|at| (ColumnDef::of::<Stage>(), at)));
        let column = |name: &str| {
            let found = scenario.traits.iter().find(|(column, _)| *column.name == *name);
            found.map(|(column, _)| column.clone())
        };
        for (name, ends) in &who.traits {
            let ends = ends.as_slice();
            let both = [ends[0].get(), ends[ends.len() - 1].get()];
            within.extend(column(name).map(|column| (column, both)));
        }
        let prob = who.prob.as_ref().map(|prob| match prob {
            NumberOrName::Number(prob) => Odds::All(threshold(prob.get())),
            NumberOrName::Name(name) => Odds::Trait(column(name).expect("checked when the world was read")),
        });
        let by = |name: &String| match (name.as_str(), structure) {
            ("degree", Some(structure)) => By::Degree(structure.clone()),
            ("payoff", _) => By::Column(ColumnDef::of::<Payoff>()),
            (name, _) => By::Column(column(name).expect("checked when the world was read")),
        };
        let extreme = match (&who.highest, &who.lowest) {
            (Some(name), _) => Some((by(name), true)),
            (None, Some(name)) => Some((by(name), false)),
            _ => None,
        };
        let of = who.neighbours_of.as_ref().zip(structure);
        let neighbours = of.map(|(of, ties)| (Box::new(Who::new(scenario, of, structure)), ties.clone()));
        Who { within, group: who.group, prob, count: who.count, share: who.share, extreme, neighbours }
    }

    /// The columns that it looks at.
    fn columns(&self) -> Vec<&ColumnDef> {
        let mut columns: Vec<&ColumnDef> = self.within.iter().map(|(column, _)| column).collect();
        if let Some(Odds::Trait(column)) = &self.prob {
            columns.push(column);
        }
        if let Some((By::Column(column), _)) = &self.extreme {
            columns.push(column);
        }
        columns.extend(self.neighbours.iter().flat_map(|(of, _)| of.columns()));
        columns
    }

    fn choose(&self, at: &At, view: &View, draws: Draws, chosen: &mut [bool]) {
        let near = self.neighbours.as_ref().map(|(of, ties)| {
            let mut inner = vec![false; at.agents];
            of.choose(at, view, draws.number(1), &mut inner);
            let (mut near, mut room) = (vec![false; at.agents], vec![]);
            for agent in (0..at.agents).filter(|&agent| inner[agent]) {
                ties.neighbours(agent, &mut room).iter().for_each(|&other| near[other as usize] = true);
            }
            near
        });
        let size = at.group_size;
        let values: Vec<(Values, [f64; 2])> =
            self.within.iter().map(|(column, ends)| (Values::of(view, column), *ends)).collect();
        let odds = match &self.prob {
            Some(Odds::Trait(column)) => Some(Values::of(view, column)),
            _ => None,
        };
        fill(chosen, |first, out| {
            for (k, out) in out.iter_mut().enumerate() {
                let agent = first + k;
                *out = values.iter().all(|(of, [low, high])| (*low..=*high).contains(&of.get(agent)))
                    && self.group.is_none_or(|group| (agent / size) as u64 == group)
                    && near.as_ref().is_none_or(|near| near[agent])
                    && match (&self.prob, &odds) {
                        (Some(Odds::All(prob)), _) => hits(draws.at(agent as u64), *prob),
                        (_, Some(odds)) => hits(draws.at(agent as u64), threshold(odds.get(agent))),
                        _ => true,
                    };
            }
        });
        if self.count.is_none() && self.share.is_none() && self.extreme.is_none() {
            return;
        }
        for (group, chosen) in chosen.chunks_mut(size).enumerate() {
            let of: Vec<usize> = (0..size).filter(|&place| chosen[place]).collect();
            let share = self.share.map(|share| (share * size as f64).round() as usize);
            let count = self.count.map_or(share.unwrap_or(1), |count| count as usize).min(of.len());
            chosen.fill(false);
            match &self.extreme {
                Some((by, highest)) => {
                    let ranked = by.ranked(view, draws, group * size, of, *highest);
                    ranked[..count].iter().for_each(|&place| chosen[place] = true);
                }
                None => {
                    let mut places: Vec<u32> = (0..count as u32).collect();
                    // Streams of groups are apart from those of agents: agents stand below 2^32.
                    let address = (1 << 40) + group as u64;
                    Permutation::new(draws, address, of.len().max(1) as u32).forward(&mut places);
                    places.iter().for_each(|&place| chosen[of[place as usize]] = true);
                }
            }
        }
    }
}

impl By {
    /// Places of a group in the order of rank; chance decides between equals.
    fn ranked(&self, view: &View, draws: Draws, first: usize, of: Vec<usize>, highest: bool) -> Vec<usize> {
        let value: Box<dyn Fn(usize) -> f64> = match self {
            By::Column(column) => {
                let values = Values::of(view, column);
                Box::new(move |agent| values.get(agent))
            }
            By::Degree(structure) => {
                let structure = structure.clone();
                Box::new(move |agent| structure.degree(agent) as f64)
            }
        };
        let sign = if highest { -1.0 } else { 1.0 };
        let ties = draws.number(2);
        let mut ranked: Vec<(f64, u64, usize)> = of
            .into_iter()
            .map(|place| (sign * value(first + place), ties.at((first + place) as u64), place))
            .collect();
        ranked.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        ranked.into_iter().map(|(_, _, place)| place).collect()
    }
}

/// Agents that a selector chooses before the first tick, by these draws.
pub(crate) fn chosen<'w>(
    (scenario, who): (&Scenario, &Selector),
    structure: Option<&Arc<dyn Structure>>,
    look: impl FnOnce(&[ColumnDef]) -> View<'w>,
    (origin, draws): (Chance, Draws),
) -> Vec<bool> {
    let who = Who::new(scenario, who, structure);
    let columns: Vec<ColumnDef> = who.columns().into_iter().cloned().collect();
    let (agents, group_size) = (scenario.layout.agents, scenario.layout.group_size);
    let view = look(&columns);
    let (tallies, live) = (Tallies::default(), &[]);
    let at = At {
        first: 0,
        len: agents,
        agents,
        group_size,
        tick: 0,
        chance: origin,
        start: origin,
        tallies: &tallies,
        live,
        looked_at: true,
        recorded: true,
        counted: true,
        touched: true,
    };
    let mut chosen = vec![false; agents];
    who.choose(&at, &view, draws, &mut chosen);
    chosen
}

impl Select {
    pub(super) fn new(scenario: &Scenario, nth: usize, structure: Option<&Arc<dyn Structure>>) -> Select {
        let intervention = &scenario.interventions[nth];
        let who = intervention.who.clone().unwrap_or_default();
        let name = intervention.name.clone().unwrap_or_else(|| nth.to_string());
        Select { nth, who: Who::new(scenario, &who, structure), stream: CHOSEN.of(&name), chosen: vec![] }
    }

    /// Adds the columns that it looks at to those of a pass. What the pass writes it can see before its first block.
    pub(super) fn access(&self, mut access: Access) -> Access {
        for column in self.who.columns() {
            if !access.columns().any(|known| known.id == column.id) {
                access = access.read_of(column);
            }
        }
        access
    }

    /// Chooses the agents of this tick, and notes how many they are.
    pub(super) fn choose(&mut self, at: &At, view: &View) {
        self.choose_with(at, view, at.chance);
        self.note(at);
    }

    /// Chooses agents by these draws.
    pub(super) fn choose_with(&mut self, at: &At, view: &View, chance: Chance) {
        self.chosen.resize(at.agents, false);
        self.who.choose(at, view, chance.stream(self.stream), &mut self.chosen);
    }

    /// Notes how many are chosen.
    pub(super) fn note(&self, at: &At) {
        let count = |rows: std::ops::Range<usize>| self.chosen[rows].iter().filter(|&&is| is).count() as u64;
        let reached = crate::pass::fold(0..at.agents, count, |a, b| a + b);
        at.tallies.note_reached(self.nth, reached.unwrap_or(0));
    }

    pub(super) fn chosen(&self, at: &At) -> &[bool] {
        &self.chosen[at.range()]
    }

    /// Whether each agent of the population is chosen.
    pub(super) fn all(&self) -> &[bool] {
        &self.chosen
    }
}
