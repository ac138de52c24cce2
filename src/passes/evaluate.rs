//! What the asynchronous clock asks of games: the payoff of one agent.

use super::expected::Expected;
use super::matches::Outcome;
use super::meet_group::GroupPays;
use super::one_at_a_time::{Chances, Walked};
use super::terms::{PayTable, Roles, Terms};
use crate::chance::{Rng, below, hits, next, threshold};
use crate::games::OUT;
use crate::groups::ACTS;
use crate::partners::Structure;
use std::sync::Arc;

/// Payoffs of one agent at this step.
pub struct Evaluate {
    /// from what
    pub from: Meets,
    /// acts, totals, punishment
    pub terms: Terms,
    /// The act of each strategy, where nothing is left to chance, nobody looks at the partner and nobody is drawn: the
    /// acts of a group are then known from its strategies.
    pub acts_by_strategy: Option<Vec<u8>>,
}

/// Whom an evaluated agent meets.
pub enum Meets {
    /// everybody of its group, in expectation
    Expected(Arc<Expected>),
    /// agents that it draws
    Drawn {
        /// from whom
        structure: Arc<dyn Structure>,
        /// how many
        partners: usize,
        /// what a meeting pays
        pays: PayTable,
        /// who acts
        roles: Roles,
    },
    /// its neighbours
    Neighbours {
        /// who they are
        structure: Arc<dyn Structure>,
        /// whether it meets itself too
        with_self: bool,
        /// what a meeting pays
        pays: PayTable,
    },
    /// its neighbours and their neighbours: every neighbourhood plays one game
    Neighbourhoods {
        /// who they are
        structure: Arc<dyn Structure>,
        /// what a meeting pays
        pays: GroupPays,
    },
}

impl Evaluate {
    /// Payoffs in a world of so many strategies.
    pub fn new(from: Meets, terms: Terms, strategies: usize) -> Evaluate {
        let acts = &terms.acts;
        let drawn = matches!(from, Meets::Drawn { .. });
        let looks = acts.looks || terms.tags.is_some();
        let known = acts.is_certain() && !looks && !drawn && terms.matches.is_none();
        let acts_by_strategy = known.then(|| (0..strategies as u8).map(|s| acts.act(s, 1, 0)).collect());
        Evaluate { from, terms, acts_by_strategy }
    }

    /// The payoff of an agent now.
    pub(super) fn payoff(&self, walked: &mut Walked, agent: usize, chances: &mut Chances) -> f64 {
        match &self.from {
            Meets::Expected(expected) => {
                let strategy = walked.strategy[agent];
                let known = walked.known[usize::from(strategy)];
                if !known.is_nan() {
                    return known;
                }
                let payoff = expected.payoff_of_member(strategy, &mut walked.counts);
                walked.known[usize::from(strategy)] = payoff;
                payoff
            }
            Meets::Drawn { structure, partners, pays, roles } => {
                let mut earned = Earned::default();
                for _ in 0..*partners {
                    let here = walked.first + agent;
                    let partner = structure.pick_one(here, &mut chances.meeting) - walked.first;
                    if partner == agent {
                        // Nobody else is there.
                        continue;
                    }
                    let meeting = self.meeting(walked, [agent, partner], pays, *roles, chances);
                    earned.add(meeting, self.shows(chances));
                }
                self.terms.total_of(earned.sum, earned.rounds)
                    - self.levied(walked.strategy[agent], earned.shown, chances)
            }
            Meets::Neighbours { structure, with_self, pays } => {
                let here = walked.first + agent;
                let degree = structure.degree(here);
                let mut earned = Earned::default();
                for slot in 0..degree {
                    let partner = structure.partner(here, slot) - walked.first;
                    let meeting = self.meeting(walked, [agent, partner], pays, Roles::Mutual, chances);
                    earned.add(meeting, self.shows(chances));
                }
                if *with_self {
                    // A meeting with oneself is paid, and nobody sees it.
                    let (pay, rounds, _) = self.meeting(walked, [agent, agent], pays, Roles::Mutual, chances);
                    earned.add((pay, rounds, None), None);
                }
                self.terms.total_of(earned.sum, earned.rounds)
                    - self.levied(walked.strategy[agent], earned.shown, chances)
            }
            Meets::Neighbourhoods { structure, pays } => {
                self.neighbourhoods((walked, agent), &**structure, pays, chances)
            }
        }
    }

    /// The expected payoff of a strategy in a group, where payoffs are expected.
    pub(super) fn expected(&self, strategy: u8, counts: &mut [u32]) -> f64 {
        match &self.from {
            Meets::Expected(expected) => expected.payoff_of_member(strategy, counts),
            _ => 0.0,
        }
    }

    /// Draws that decide by which of its meetings an agent is known, where somebody asks for it.
    fn shows<'c>(&self, chances: &'c mut Chances) -> Option<&'c mut Rng> {
        self.terms.inspects.as_ref().map(|_| &mut chances.observer)
    }

    /// What an institution costs an agent that is known by this act, if it did any.
    fn levied(&self, strategy: u8, shown: Option<u8>, chances: &mut Chances) -> f64 {
        let Some(inspects) = &self.terms.inspects else { return 0.0 };
        let looks = hits(next(&mut chances.observer), threshold(inspects.prob));
        let fined = shown.map_or(0, |act| inspects.fines(strategy, act)) & u8::from(looks);
        f64::from(inspects.punishes.upkeep) + f64::from(inspects.punishes.fine) * f64::from(fined)
    }

    /// What one meeting pays the first of the two, of how many rounds, and what it is known to have done.
    fn meeting(
        &self,
        walked: &mut Walked,
        [me, they]: [usize; 2],
        pays: &PayTable,
        roles: Roles,
        chances: &mut Chances,
    ) -> (f64, usize, Option<u8>) {
        if let Some(matches) = &self.terms.matches {
            let place = usize::from(me > they);
            let strategies = [me.min(they), me.max(they)].map(|agent| walked.strategy[agent]);
            let group = walked.first / walked.strategy.len();
            let certain = matches.rounds.is_certain();
            let (draw, observer) = (&mut chances.act, &mut chances.observer);
            let draw = || if certain { 0 } else { next(draw) };
            let mut shows = || next(observer);
            let known = self.terms.inspects.is_some();
            let shows = known.then_some(&mut shows as &mut dyn FnMut() -> u64);
            let pair = [me.min(they), me.max(they)];
            let seen = [walked.seen(pair[0], pair[1]), walked.seen(pair[1], pair[0])];
            let outcome = matches.play(group, strategies, seen, draw, shows);
            for (sum, n) in walked.acts.iter_mut().zip(outcome.acts[place]) {
                *sum += u64::from(n);
            }
            let fines = self.fines(&outcome, [walked.strategy[me], walked.strategy[they]], place, chances);
            return (outcome.pays[place] - fines, outcome.rounds as usize, Some(outcome.shown[place]));
        }
        let mut act = |walked: &Walked, actor: usize, recipient: usize| {
            let acts = &self.terms.acts;
            let good = walked.seen(actor, recipient);
            let draw = if acts.is_certain() { 0 } else { next(&mut chances.act) };
            acts.act(walked.strategy[actor], good, draw)
        };
        let (mut mine, mut theirs) = (act(walked, me, they), act(walked, they, me));
        let mut acts = true;
        if roles == Roles::DonorRecipient {
            acts = next(&mut chances.donor) >> 63 == 1;
            (mine, theirs) = if acts { (mine, 0) } else { (0, theirs) };
        }
        if acts && self.acts_by_strategy.is_none() {
            walked.acts[usize::from(mine) % ACTS] += 1;
        }
        let mut pay = f64::from(pays.pay(mine, theirs));
        for punishes in &self.terms.punishes {
            let (a, b) = (walked.strategy[me], walked.strategy[they]);
            let mut happens = |would: u8| f64::from(would & chances.resolve(punishes));
            pay -= f64::from(punishes.fine) * happens(punishes.punishes(b, a, mine))
                + f64::from(punishes.fee) * happens(punishes.punishes(a, b, theirs))
                + f64::from(punishes.upkeep) * f64::from(punishes.is_punisher(a));
        }
        (pay, 1, acts.then_some(mine))
    }

    /// What the punishments of a match cost the one at this place of it, whose strategy comes first.
    fn fines(&self, outcome: &Outcome, [own, other]: [u8; 2], place: usize, chances: &mut Chances) -> f64 {
        let mut fines = 0.0;
        for punishes in &self.terms.punishes {
            fines += f64::from(punishes.upkeep) * f64::from(punishes.is_punisher(own));
            for (pair, whose, each) in
                [([other, own], place, punishes.fine), ([own, other], 1 - place, punishes.fee)]
            {
                let often = |n: u32| (0..n).map(|_| u32::from(chances.resolve(punishes))).sum();
                let mut add = |_, n| fines += f64::from(each) * f64::from(n);
                outcome.punished(punishes, pair, whose, often, &mut add);
            }
        }
        fines
    }

    /// The games of an agent's own neighbourhood and of its neighbours' neighbourhoods. Acts leave nothing to chance.
    fn neighbourhoods(
        &self,
        (walked, agent): (&Walked, usize),
        structure: &dyn Structure,
        pays: &GroupPays,
        chances: &mut Chances,
    ) -> f64 {
        let act = |agent: usize| self.terms.acts.act(walked.strategy[agent], 1, 0);
        let game = |centre: usize| {
            let here = walked.first + centre;
            let degree = structure.degree(here);
            let count = |act: u8| [u16::from(act == 1), u16::from(act != OUT)];
            let [mut givers, mut members] = count(act(centre));
            for slot in 0..degree {
                let [gives, takes_part] = count(act(structure.partner(here, slot) - walked.first));
                givers += gives;
                members += takes_part;
            }
            f64::from(pays.pay(act(agent), givers, members))
        };
        let here = walked.first + agent;
        let degree = structure.degree(here);
        let mut sum = game(agent);
        for slot in 0..degree {
            sum += game(structure.partner(here, slot) - walked.first);
        }
        for punishes in &self.terms.punishes {
            let own = walked.strategy[agent];
            let mut happens = |would: u8| f64::from(would & chances.resolve(punishes));
            sum -= f64::from(punishes.upkeep) * f64::from(punishes.is_punisher(own));
            for slot in 0..degree {
                let other = structure.partner(here, slot) - walked.first;
                let (theirs, [mine, done]) = (walked.strategy[other], [act(agent), act(other)]);
                if mine != OUT && done != OUT {
                    sum -= f64::from(punishes.fine) * happens(punishes.punishes(theirs, own, mine))
                        + f64::from(punishes.fee) * happens(punishes.punishes(own, theirs, done));
                }
            }
        }
        let mine = act(agent);
        let shown = (mine != OUT).then_some(mine);
        self.terms.total_of(sum, degree + 1) - self.levied(walked.strategy[agent], shown, chances)
    }
}

/// Payoffs of an agent's meetings so far.
#[derive(Default)]
struct Earned {
    sum: f64,
    rounds: usize,
    /// meetings of which it can be known
    meetings: u64,
    /// what it did in one of them
    shown: Option<u8>,
}

impl Earned {
    /// The n-th meeting takes the place of those before it once in n times: each is as likely in the end.
    fn add(&mut self, (pay, rounds, did): (f64, usize, Option<u8>), shows: Option<&mut Rng>) {
        self.sum += pay;
        self.rounds += rounds;
        let (Some(did), Some(draws)) = (did, shows) else { return };
        self.meetings += 1;
        if below(next(draws), self.meetings) == 0 {
            self.shown = Some(did);
        }
    }
}
