//! Expected payoffs in a well-mixed group: the mean over all meetings, from the numbers of agents of each strategy.

use super::matches::Matches;
use super::meet_group::GroupPays;
use super::optional::Optional;
use super::punishes::Punishes;
use super::terms::{PayTable, Terms, Total};
use crate::games::OUT;

/// What a strategy earns, given how many of the others follow each strategy.
pub struct Expected {
    kind: Kind,
    strategies: usize,
    total: Total,
    base: f64,
    /// whether everybody also meets a copy of itself
    pub with_self: bool,
    /// the strategy of empty places, where there can be some: nobody meets it
    pub empty: Option<u8>,
    /// what an institution costs everybody, and what it costs a strategy to meet another, `[own * strategies + other]`,
    /// where all its meetings are with that one
    levy: Option<(f64, Vec<f64>)>,
}

enum Kind {
    /// `[own * strategies + other]`: the expected payoff of one meeting, punishments included
    Pairs(Vec<f64>),
    /// meetings of `size`, all equally likely
    Groups(Box<Meeting>),
}

struct Meeting {
    size: usize,
    /// what each strategy does
    acts: Vec<u8>,
    means: Means,
    /// `[own * strategies + other]`: expected fines from, and fees for, one such other member
    punished: Vec<f64>,
    /// what a meeting costs each strategy before it begins
    upkeep: Vec<f64>,
}

/// The mean over all meetings that an agent can be drawn into.
enum Means {
    /// `[gives?][givers among the others of the group]`
    Tabled([Vec<f64>; 2]),
    /// where some may stay out
    Optional(Optional),
}

impl Expected {
    /// Meetings of two.
    pub fn pairs(terms: &Terms, pays: &PayTable, strategies: usize) -> Expected {
        let acts = pays.acts;
        let mut table = Vec::with_capacity(strategies * strategies);
        for own in 0..strategies as u8 {
            for other in 0..strategies as u8 {
                let mut mean = 0.0;
                for (mine, p) in terms.acts.chances(own, 1).iter().enumerate() {
                    for (theirs, q) in terms.acts.chances(other, 1).iter().enumerate() {
                        let pay = f64::from(pays.pays[mine * acts + theirs]);
                        mean += p * q * (pay - punishment(terms, [own, other], [mine, theirs]));
                    }
                }
                table.push(mean - upkeep(terms, own));
            }
        }
        Expected::of(Kind::Pairs(table), terms, strategies)
    }

    /// Matches of two; the mean is over their rounds.
    pub fn matches(terms: &Terms, matches: &Matches, strategies: usize) -> Expected {
        let roles = if matches.pays.alike { [1.0, 0.0] } else { [0.5, 0.5] };
        let mut table = Vec::with_capacity(strategies * strategies);
        for own in 0..strategies as u8 {
            for other in 0..strategies as u8 {
                let fines = |mine: usize, theirs: usize| punishment(terms, [own, other], [mine, theirs]);
                let (sum, rounds) = matches.expected([own, other], roles, fines);
                let sum = sum - upkeep(terms, own);
                table.push(if terms.total == Total::Mean { sum / rounds } else { sum });
            }
        }
        Expected::of(Kind::Pairs(table), terms, strategies)
    }

    /// Meetings of `size` agents who play one game together, drawn from groups of `group_size`. Strategies must leave
    /// nothing to chance.
    pub fn groups(
        terms: &Terms,
        pays: &GroupPays,
        [size, group_size]: [usize; 2],
        strategies: usize,
    ) -> Expected {
        let acts: Vec<u8> = (0..strategies as u8).map(|s| terms.acts.act(s, 1, 0)).collect();
        let mut punished = vec![];
        for (own, &mine) in acts.iter().enumerate() {
            for (other, &theirs) in acts.iter().enumerate() {
                let (pair, done) = ([own as u8, other as u8], [mine.into(), theirs.into()]);
                let both = mine != OUT && theirs != OUT;
                punished.push(if both { punishment(terms, pair, done) } else { 0.0 });
            }
        }
        let mean = |mine: u8, givers: usize| {
            let law = hypergeometric(givers, group_size - 1, size - 1);
            let pay = |k: usize| f64::from(pays.pay(mine, k as u16 + u16::from(mine), size as u16));
            law.into_iter().enumerate().fold(0.0, |sum, (k, chance)| sum + chance * pay(k))
        };
        let means = if pays.acts == 2 {
            Means::Tabled([0, 1].map(|mine| (0..group_size).map(|givers| mean(mine, givers)).collect()))
        } else {
            Means::Optional(Optional::new(pays, [size, group_size]))
        };
        let pays_in = |own: u8| if acts[usize::from(own)] == OUT { 0.0 } else { upkeep(terms, own) };
        let upkeep = (0..strategies as u8).map(pays_in).collect();
        let meeting = Meeting { size, acts, means, punished, upkeep };
        Expected::of(Kind::Groups(Box::new(meeting)), terms, strategies)
    }

    fn of(kind: Kind, terms: &Terms, strategies: usize) -> Expected {
        let base = f64::from(terms.base);
        let of = |own: u8, other: u8| match (&kind, &terms.matches) {
            (Kind::Groups(meeting), _) => {
                let certain = |act: u8| f64::from(u8::from(act == meeting.acts[usize::from(own)]));
                (0..terms.acts.acts as u8).map(certain).collect()
            }
            (_, Some(matches)) => matches.rounds.does([own, other]),
            (_, None) => terms.acts.chances(own, 1).to_vec(),
        };
        let levy = terms.inspects.as_ref().map(|inspects| {
            let fined = |own: u8, acts: Vec<f64>| {
                let fined = acts.iter().enumerate().filter(|(act, _)| inspects.fines(own, *act as u8) == 1);
                inspects.prob * f64::from(inspects.punishes.fine) * fined.map(|(_, often)| often).sum::<f64>()
            };
            let all = 0..strategies as u8;
            let pairs = all.clone().flat_map(|own| all.clone().map(move |other| (own, other)));
            let fines = pairs.map(|(own, other)| fined(own, of(own, other))).collect();
            (f64::from(inspects.punishes.upkeep), fines)
        });
        let (with_self, empty) = (false, None);
        Expected { kind, strategies, total: terms.total, base, with_self, empty, levy }
    }

    /// What an institution costs an agent among `others`, `n` of them who live: it is known by one of its meetings.
    fn levied(&self, own: usize, others: &[u32], n: u32) -> f64 {
        let Some((upkeep, fines)) = &self.levy else { return 0.0 };
        let there = self.empty.map_or(self.strategies, usize::from);
        let row = &fines[own * self.strategies..][..there];
        let sum = row.iter().zip(others).fold(0.0, |sum, (fine, &k)| sum + fine * f64::from(k));
        upkeep + if n == 0 { 0.0 } else { sum / f64::from(n) }
    }

    /// Payoff of an agent of strategy `own` among `others`, which count the rest of its group by strategy: the mean
    /// over all meetings, or their sum over all partners.
    pub fn payoff(&self, own: u8, others: &[u32]) -> f64 {
        let nobody = self.empty.map_or(0, |empty| others[usize::from(empty)]);
        let n = others.iter().sum::<u32>() - nobody;
        let own = usize::from(own);
        let levied = self.levied(own, others, n);
        let payoff = match &self.kind {
            Kind::Pairs(_) if n == 0 && self.empty.is_some() => self.base,
            Kind::Pairs(table) => {
                let there = self.empty.map_or(self.strategies, usize::from);
                let row = &table[own * self.strategies..][..there];
                let sum = row.iter().zip(others).fold(0.0, |sum, (p, &k)| sum + p * f64::from(k));
                self.base + if self.total == Total::Mean { sum / f64::from(n) } else { sum }
            }
            Kind::Groups(meeting) => self.base + meeting.mean(own, others, n, self.strategies),
        };
        payoff - levied
    }

    /// What meetings of two pay the first strategy on average, fines included; none where several meet at once.
    pub fn of_pair(&self, own: u8, other: u8) -> Option<f64> {
        match &self.kind {
            Kind::Pairs(table) => Some(table[usize::from(own) * self.strategies + usize::from(other)]),
            Kind::Groups(_) => None,
        }
    }

    /// [`Expected::payoff`] where `counts` include the agent itself.
    pub fn payoff_of_member(&self, own: u8, counts: &mut [u32]) -> f64 {
        if self.with_self {
            return self.payoff(own, counts);
        }
        counts[usize::from(own)] -= 1;
        let payoff = self.payoff(own, counts);
        counts[usize::from(own)] += 1;
        payoff
    }
}

/// What the punishments of one meeting of two cost the first of them.
fn punishment(terms: &Terms, [own, other]: [u8; 2], [mine, theirs]: [usize; 2]) -> f64 {
    let of = |punishes: &Punishes| {
        let often = punishes.mean_resolve().expect("refused where it is a trait");
        often * f64::from(punishes.fine) * f64::from(punishes.punishes(other, own, mine as u8))
            + often * f64::from(punishes.fee) * f64::from(punishes.punishes(own, other, theirs as u8))
    };
    terms.punishes.iter().fold(0.0, |sum, punishes| sum + of(punishes))
}

/// What a meeting costs a strategy that pays before it knows whom it meets.
fn upkeep(terms: &Terms, own: u8) -> f64 {
    let of = |punishes: &Punishes| f64::from(punishes.upkeep) * f64::from(punishes.is_punisher(own));
    terms.punishes.iter().fold(0.0, |sum, punishes| sum + of(punishes))
}

impl Meeting {
    /// The mean over all ways to draw the other members without replacement.
    fn mean(&self, own: usize, others: &[u32], n: u32, strategies: usize) -> f64 {
        let mut of_each = [0u32; 3];
        for (&act, &count) in self.acts.iter().zip(others) {
            of_each[usize::from(act)] += count;
        }
        let row = &self.punished[own * strategies..][..strategies];
        let punished = row.iter().zip(others).fold(0.0, |sum, (p, &k)| sum + p * f64::from(k));
        let drawn = (self.size - 1) as f64 / f64::from(n);
        let mine = usize::from(self.acts[own]);
        let mean = match &self.means {
            Means::Tabled(means) => means[mine][of_each[1] as usize],
            Means::Optional(optional) => optional.mean(mine, of_each),
        };
        mean - punished * drawn - self.upkeep[own]
    }
}

/// Chances of 0 to `draws` marked ones among `draws` drawn from `n`, `marked` of them marked.
fn hypergeometric(marked: usize, n: usize, draws: usize) -> Vec<f64> {
    let mut law = vec![0.0; draws + 1];
    law[0] = 1.0;
    for drawn in 0..draws {
        for k in (0..=drawn).rev() {
            let hit = (marked.saturating_sub(k) as f64 / (n - drawn) as f64).min(1.0);
            law[k + 1] += law[k] * hit;
            law[k] *= 1.0 - hit;
        }
    }
    law
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_of_meetings_is_hypergeometric() {
        let law = hypergeometric(3, 10, 4);
        let wanted = [35.0 / 210.0, 105.0 / 210.0, 63.0 / 210.0, 7.0 / 210.0, 0.0];
        assert!(law.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12), "{law:?}");
    }
}
