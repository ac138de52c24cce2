//! Who punishes whom for what, as a table.

use crate::chance::{Chance, Draws, Stream, hits, threshold};
use crate::columns::{ColumnDef, View};
use crate::pass::Access;

/// Whether a punisher punishes.
pub(super) const PUNISH: Stream = Stream::named("sanction/punish");

/// For what somebody is punished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Motive {
    /// for not helping
    Defection = 1,
    /// for helping: antisocial punishment
    Cooperation = 2,
    /// for not punishing
    Omission = 3,
    /// for its strategy, whatever it did
    Kind = 4,
}

/// With what probability one punishes who would.
#[derive(Clone)]
pub enum Resolve {
    /// always
    Sure,
    /// as a threshold of chance
    Prob(f64),
    /// a trait of the punisher, with the probability that it sees the act
    Trait(ColumnDef, f64),
}

/// Who punishes whom, and what it costs.
#[derive(Clone)]
pub struct Punishes {
    /// what a punishment costs the punished, in payoff units
    pub fine: f32,
    /// what a punishment costs the punisher, in payoff units
    pub fee: f32,
    /// what a meeting costs a punisher, in payoff units
    pub upkeep: f32,
    /// with what probability
    pub resolve: Resolve,
    /// ticks for which the punished meets nobody
    pub bars: u16,
    /// the name of the sanction, where there can be several: each has draws of its own
    pub name: Option<String>,
    strategies: usize,
    acts: usize,
    /// `[(punisher * strategies + target) * acts + act]`: the motive, 0 for none
    table: Vec<u8>,
    /// strategies that punish anything
    punishers: Vec<u8>,
}

/// An institution that looks at everybody, where payoffs are expected or evaluated one by one.
#[derive(Clone)]
pub struct Inspects {
    /// what it fines and what it costs everybody; the first strategy stands for the institution
    pub punishes: Punishes,
    /// chance of an agent to be looked at
    pub prob: f64,
}

impl Inspects {
    /// 1 if an agent of this strategy is fined for an act that is seen, else 0.
    #[inline]
    pub fn fines(&self, strategy: u8, act: u8) -> u8 {
        self.punishes.punishes(0, strategy, act)
    }
}

impl Punishes {
    /// `motive(punisher, target, act)` is asked once for all strategies and acts.
    pub fn new(
        [fine, fee, upkeep]: [f64; 3],
        [strategies, acts]: [usize; 2],
        motive: impl Fn(usize, usize, usize) -> Option<Motive>,
    ) -> Punishes {
        let mut table = Vec::with_capacity(strategies * strategies * acts);
        for punisher in 0..strategies {
            for target in 0..strategies {
                let motive = |act| motive(punisher, target, act).map_or(0, |motive| motive as u8);
                table.extend((0..acts).map(motive));
            }
        }
        let any = |own: &[u8]| u8::from(own.iter().any(|&motive| motive != 0));
        let punishers = table.chunks((strategies * acts).max(1)).map(any).collect();
        let [fine, fee, upkeep] = [fine as f32, fee as f32, upkeep as f32];
        let (resolve, bars, name) = (Resolve::Sure, 0, None);
        Punishes { fine, fee, upkeep, resolve, bars, name, strategies, acts, table, punishers }
    }

    /// Why a strategy punishes another for an act; 0: it does not.
    #[inline]
    pub fn motive(&self, punisher: u8, target: u8, act: u8) -> u8 {
        let pair = usize::from(punisher) * self.strategies + usize::from(target);
        self.table[pair * self.acts + usize::from(act)]
    }

    /// 1 if a strategy punishes another for an act, else 0.
    #[inline]
    pub fn punishes(&self, punisher: u8, target: u8, act: u8) -> u8 {
        u8::from(self.motive(punisher, target, act) != 0)
    }

    /// 1 if a strategy punishes anything, else 0.
    #[inline]
    pub fn is_punisher(&self, strategy: u8) -> u8 {
        self.punishers[usize::from(strategy)]
    }

    /// How often one who would punish does, on average; none where it depends on the agent.
    pub fn mean_resolve(&self) -> Option<f64> {
        match &self.resolve {
            Resolve::Sure => Some(1.0),
            Resolve::Prob(prob) => Some(*prob),
            Resolve::Trait(..) => None,
        }
    }

    /// The sanction's own draws of a stream.
    pub(super) fn draws(&self, chance: Chance, stream: Stream) -> Draws {
        chance.stream(self.name.as_deref().map_or(stream, |name| stream.of(name)))
    }

    /// What decides whether punishers punish.
    pub(super) fn decides(&self, chance: Chance) -> Draws {
        self.draws(chance, PUNISH)
    }

    /// The columns that are looked at, beside others.
    pub fn access(&self, access: Access) -> Access {
        match &self.resolve {
            Resolve::Trait(column, _) => access.read_of(column),
            _ => access,
        }
    }

    /// How resolute everybody is in this tick, for many questions.
    pub fn resolute<'a>(&self, view: &View<'a>) -> Resolute<'a> {
        match &self.resolve {
            Resolve::Sure => Resolute::Sure,
            Resolve::Prob(prob) => Resolute::Prob(threshold(*prob)),
            Resolve::Trait(column, seen) => Resolute::Trait(view.of::<f32>(column), *seen),
        }
    }
}

/// [`Resolve`] with the agents' own values at hand.
#[derive(Clone, Copy)]
pub enum Resolute<'a> {
    /// always
    Sure,
    /// as a threshold of chance
    Prob(u64),
    /// each with its own probability, times that of seeing the act
    Trait(&'a [f32], f64),
}

impl Resolute<'_> {
    /// With what probability somebody punishes, as a threshold of chance.
    pub fn prob(&self, punisher: u32) -> u64 {
        match self {
            Resolute::Sure => u64::MAX,
            Resolute::Prob(prob) => *prob,
            Resolute::Trait(own, seen) => {
                threshold((f64::from(own[punisher as usize]) * seen).clamp(0.0, 1.0))
            }
        }
    }

    /// 1 if `punisher` punishes `target` in the meeting of these draws, else 0: both sides see the same.
    #[inline]
    pub fn acts(&self, draws: Draws, punisher: u32, target: u32) -> u8 {
        match self {
            Resolute::Sure => 1,
            Resolute::Prob(prob) => u8::from(hits(draws.pair(punisher, target), *prob)),
            Resolute::Trait(..) => u8::from(hits(draws.pair(punisher, target), self.prob(punisher))),
        }
    }
}
