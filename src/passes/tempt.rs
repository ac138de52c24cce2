//! Interact: everybody is tempted in turn; who sees it may punish, and who does not may be punished for that.

use super::punishes::{Motive, Punishes, Resolve};
use super::terms::Terms;
use crate::chance::{Rng, Stream, next, unit64};
use crate::columns::{ColumnDef, Mine, Payoff, Strategy, View};
use crate::groups::{Count, Group};
use crate::pass::{Access, At, Pass};
use crate::traits::{Parameter, slot};

/// What happens at the opportunities of a group.
const OPPORTUNITY: Stream = Stream::named("game/opportunity");

/// One opportunity an agent and tick.
pub struct Tempt {
    /// what a defector gains
    pub temptation: f64,
    /// what each other loses
    pub hurt: f64,
    /// least and greatest chance of being seen
    pub seen: [f64; 2],
    /// boldness of each strategy
    pub(crate) dares: Vec<Parameter>,
    /// when payoffs start anew, and who punishes whom
    pub terms: Terms,
    /// whether who saw and did not punish is punished alike
    pub meta: bool,
}

/// A group's tick.
struct Walk<'a> {
    first: usize,
    strategy: &'a [u8],
    view: &'a View<'a>,
    rng: Rng,
    earned: Vec<f64>,
    punished: Vec<u64>,
    fees: u64,
    omissions: u64,
    defections: u64,
}

impl Walk<'_> {
    fn happens(&mut self, prob: f64) -> bool {
        unit64(next(&mut self.rng)) < prob
    }

    fn read(&self, agent: usize) -> impl Fn(&ColumnDef) -> f64 {
        let (view, agent) = (self.view, self.first + agent);
        move |column| slot(column, view.raw(column), agent)
    }

    /// Whether one who saw it punishes; the draw is taken whether it would or not.
    fn punishes(&mut self, punishes: &Punishes, own: usize, target: usize) -> bool {
        let prob = match &punishes.resolve {
            Resolve::Sure => 1.0,
            Resolve::Prob(prob) => *prob,
            Resolve::Trait(column, seen) => self.read(own)(column) * seen,
        };
        let would = punishes.punishes(self.strategy[own], self.strategy[target], 0) == 1;
        let does = self.happens(prob) && would;
        if does {
            self.earned[own] -= f64::from(punishes.fee);
            self.earned[target] -= f64::from(punishes.fine);
            self.punished[target] += 1;
            self.fees += 1;
        }
        does
    }
}

impl Tempt {
    fn opportunity(&self, walk: &mut Walk, agent: usize) {
        let [least, most] = self.seen;
        let seen = least + (most - least) * unit64(next(&mut walk.rng));
        let dare = self.dares[usize::from(walk.strategy[agent])].value(&walk.read(agent));
        if seen >= dare {
            return;
        }
        walk.defections += 1;
        walk.earned[agent] += self.temptation + self.hurt;
        walk.earned.iter_mut().for_each(|earned| *earned -= self.hurt);
        let Some(punishes) = self.terms.punishes.first() else { return };
        for other in (0..walk.strategy.len()).filter(|&other| other != agent) {
            if !walk.happens(seen) || walk.punishes(punishes, other, agent) || !self.meta {
                continue;
            }
            for third in (0..walk.strategy.len()).filter(|&third| third != agent && third != other) {
                if walk.happens(seen) && walk.punishes(punishes, third, other) {
                    walk.omissions += 1;
                }
            }
        }
    }
}

impl Pass for Tempt {
    fn name(&self) -> &'static str {
        "game/tempt"
    }

    fn access(&self) -> Access {
        let access = self.terms.access(Access::default().read::<Strategy>().write::<Payoff>());
        self.dares.iter().filter_map(Parameter::column).fold(access, Access::read_of)
    }

    fn owns_groups(&self) -> bool {
        true
    }

    fn block(&self, at: &At, view: &View, mut mine: Mine, _: &mut [Group]) {
        let group = at.first / at.group_size;
        let mut walk = Walk {
            first: at.first,
            strategy: &view.col::<Strategy>()[at.range()],
            view,
            rng: at.chance.stream(OPPORTUNITY).rng(group as u64),
            earned: vec![f64::from(self.terms.base); at.len],
            punished: vec![0; at.len],
            fees: 0,
            omissions: 0,
            defections: 0,
        };
        for agent in 0..at.len {
            self.opportunity(&mut walk, agent);
        }
        let fresh = self.terms.fresh(at.tick);
        for (payoff, &earned) in mine.take::<Payoff>().iter_mut().zip(&walk.earned) {
            *payoff = if fresh { earned as f32 } else { *payoff + earned as f32 };
        }
        let punished = walk.punished.iter().filter(|&&n| n > 0).count() as u64;
        for (count, n) in [
            (Count::Act(0), walk.defections),
            (Count::Act(1), at.len as u64 - walk.defections),
            (Count::Punished, punished),
            (Count::Fines, walk.punished.iter().sum()),
            (Count::Fees, walk.fees),
            (Count::Motive(Motive::Omission as u8), walk.omissions),
        ] {
            at.tallies.add(group, count, n);
        }
    }
}
