//! What an agent earns at a step, from the strategies around it or of its group.

use super::neighbours::{Around, Torus};
use super::threshold_of;
use crate::chance::unit;
use crate::kernels::prefetch;
use crate::learning::Learning;
use crate::passes::{Expected, PayTable, Terms};

/// A group at a step.
pub(super) struct Society<'a> {
    /// strategies of its agents
    pub(super) strategies: &'a mut [u8],
    /// agents of the second of two strategies
    pub(super) second: usize,
    /// agents of each strategy, where there are others than two
    pub(super) counts: Vec<u32>,
    /// places of partners that were drawn, those of the focal agent of each step of a batch before those of its model
    pub(super) drawn: Vec<u32>,
    /// how many each meets
    pub(super) partners: usize,
}

impl Society<'_> {
    /// Gives an agent a strategy; tells whether that is another.
    #[inline(always)]
    pub(super) fn adopt(&mut self, place: usize, new: u8) -> bool {
        let own = &mut self.strategies[place];
        let old = std::mem::replace(own, new);
        if self.counts.is_empty() {
            // Without a branch, which nobody could foretell.
            self.second = self.second + usize::from(new) - usize::from(old);
        } else if new != old {
            self.counts[usize::from(old)] -= 1;
            self.counts[usize::from(new)] += 1;
        }
        new != old
    }

    /// Calls `f` with the agents of each strategy.
    pub(super) fn with_counts<T>(&mut self, f: impl FnOnce(&mut [u32]) -> T) -> T {
        if !self.counts.is_empty() {
            return f(&mut self.counts);
        }
        f(&mut [(self.strategies.len() - self.second) as u32, self.second as u32])
    }

    /// The partners drawn for the n-th evaluation of a batch: two a step.
    fn partners(&self, nth: usize) -> &[u32] {
        &self.drawn[nth * self.partners..][..self.partners]
    }
}

/// What decides about an agent, and what follows from it.
pub(super) trait Standing {
    /// what decides, besides its own strategy
    type Of: Copy;
    /// Whether to ask costs less than a branch that nobody foretells.
    const CHEAP: bool;

    /// What decides about the agent at a place, in the n-th evaluation of a batch.
    fn of(&mut self, society: &mut Society, place: usize, nth: usize) -> Self::Of;

    /// Its payoff.
    fn payoff(&self, own: u8, of: Self::Of) -> f64;

    /// Its fitness, not negative.
    fn fitness(&self, own: u8, of: Self::Of) -> f64;

    /// Whether a learner takes over the strategy of a model, which is another than its own.
    fn takes(&self, own: (u8, Self::Of), model: (u8, Self::Of), draw: u64) -> bool;

    /// The numbers of the group have changed, if it is so.
    fn changed(&mut self, _: bool) {}

    /// Calls for what will be looked at when the two at these places are evaluated.
    fn foresee(&self, society: &Society, pair: [u32; 2]) {
        pair.into_iter().for_each(|place| prefetch(society.strategies, place as usize));
    }
}

/// How many agents of the second of two strategies decide about an agent.
pub(super) trait Counts {
    /// Whether to count costs less than a branch that nobody foretells.
    const CHEAP: bool;

    /// The number.
    fn count(&self, society: &Society, place: usize, nth: usize) -> usize;

    /// Calls for what will be looked at.
    fn foresee(&self, society: &Society, place: usize) {
        prefetch(society.strategies, place);
    }
}

/// Those around it on a torus.
pub(super) struct Beside<'a>(pub(super) &'a Torus);

impl Counts for Beside<'_> {
    const CHEAP: bool = false;

    #[inline(always)]
    fn count(&self, society: &Society, place: usize, _: usize) -> usize {
        let mut sum = 0;
        self.0.each(place, |other| sum += usize::from(society.strategies[other]));
        sum
    }

    #[inline(always)]
    fn foresee(&self, society: &Society, place: usize) {
        self.0.rows_around(place, |place| prefetch(society.strategies, place));
    }
}

/// Those it draws.
pub(super) struct Drawn;

impl Counts for Drawn {
    const CHEAP: bool = false;

    #[inline(always)]
    fn count(&self, society: &Society, _: usize, nth: usize) -> usize {
        society.partners(nth).iter().map(|&other| usize::from(society.strategies[other as usize])).sum()
    }
}

/// Those of its group, itself included.
pub(super) struct Grouped;

impl Counts for Grouped {
    const CHEAP: bool = true;

    #[inline(always)]
    fn count(&self, society: &Society, _: usize, _: usize) -> usize {
        society.second
    }
}

/// All that two strategies can come to, by number.
#[derive(Default)]
pub(super) struct Tables {
    /// numbers from 0 on
    numbers: usize,
    /// `[own * numbers + number]`
    payoffs: Vec<f64>,
    /// the payoffs as learners note them
    noted: Vec<f64>,
    /// as the payoffs
    fitness: Vec<f64>,
    /// of 2^24 chances, those in which a learner takes over the strategy of a model:
    /// `[(own * numbers + number) * numbers + the model's]`, or without the model's where it is the learner's
    thresholds: Vec<u32>,
    /// whether both see the same number
    alike: bool,
}

impl Tables {
    /// Tables of payoffs `pay(own, number)`; none if something in them is not finite or not served. `models`: the rule
    /// compares two.
    pub(super) fn of(
        numbers: usize,
        alike: bool,
        (rule, models): (&dyn Learning, bool),
        pay: impl Fn(u8, usize) -> f64,
    ) -> Option<Tables> {
        let rows = [0u8, 1].into_iter().flat_map(|own| (0..numbers).map(move |number| (own, number)));
        let payoffs: Vec<f64> = rows.map(|(own, number)| pay(own, number)).collect();
        let fitness = payoffs.iter().map(|&payoff| rule.fitness(payoff).max(0.0)).collect();
        let mut thresholds = vec![];
        if models {
            for (row, &mine) in payoffs.iter().enumerate() {
                let (own, number) = (row / numbers, row % numbers);
                let others = if alike { number..number + 1 } else { 0..numbers };
                for other in others {
                    let model = payoffs[(1 - own) * numbers + other];
                    thresholds.push(if rule.chancy() {
                        threshold_of(rule, mine as f32, model as f32)?
                    } else {
                        u32::from(rule.takes(&mut (mine as f32), model as f32, 0.0)) << 24
                    });
                }
            }
        }
        let noted = payoffs.iter().map(|&payoff| f64::from(payoff as f32)).collect();
        payoffs.iter().all(|x| x.is_finite()).then_some(Tables {
            numbers,
            payoffs,
            noted,
            fitness,
            thresholds,
            alike,
        })
    }

    /// A learner's strategy and number in a byte: there are no more than [`super::NUMBERS`] around an agent.
    #[inline(always)]
    pub(super) fn code(&self, own: u8, number: usize) -> u8 {
        (usize::from(own) * self.numbers + number) as u8
    }

    /// What a learner notes of its payoff, by its code.
    #[inline(always)]
    pub(super) fn noted(&self, code: u8) -> f64 {
        self.noted[usize::from(code)]
    }

    /// Of 2^24 chances, those in which a learner takes over the other strategy from a model with this number.
    #[inline(always)]
    pub(super) fn threshold(&self, (own, mine): (u8, usize), theirs: usize) -> u32 {
        let row = usize::from(own) * self.numbers + mine;
        self.thresholds[if self.alike { row } else { row * self.numbers + theirs }]
    }

    /// What a learner notes of its payoff, and the threshold of it and a model who see the same number.
    #[inline(always)]
    pub(super) fn alone(&self, own: u8, number: usize) -> (f64, u32) {
        let row = usize::from(own) * self.numbers + number;
        (self.noted[row], self.thresholds[row])
    }
}

/// Two strategies, where a number decides.
pub(super) struct Tabled<'a, C> {
    pub(super) counts: C,
    pub(super) tables: &'a Tables,
}

impl<C: Counts> Standing for Tabled<'_, C> {
    type Of = usize;
    const CHEAP: bool = C::CHEAP;

    #[inline(always)]
    fn of(&mut self, society: &mut Society, place: usize, nth: usize) -> usize {
        self.counts.count(society, place, nth)
    }

    #[inline(always)]
    fn payoff(&self, own: u8, number: usize) -> f64 {
        self.tables.payoffs[usize::from(own) * self.tables.numbers + number]
    }

    #[inline(always)]
    fn fitness(&self, own: u8, number: usize) -> f64 {
        self.tables.fitness[usize::from(own) * self.tables.numbers + number]
    }

    #[inline(always)]
    fn takes(&self, (own, mine): (u8, usize), (_, theirs): (u8, usize), draw: u64) -> bool {
        ((draw >> 40) as u32) < self.tables.threshold((own, mine), theirs)
    }

    #[inline(always)]
    fn foresee(&self, society: &Society, pair: [u32; 2]) {
        pair.into_iter().for_each(|place| self.counts.foresee(society, place as usize));
    }
}

/// Payoffs that are found when they are asked for.
pub(super) trait Pays {
    /// The payoff of the agent at a place, in the n-th evaluation of a batch.
    fn pay(&mut self, society: &mut Society, place: usize, nth: usize) -> f64;

    /// The numbers of the group have changed, if it is so.
    fn changed(&mut self, _: bool) {}
}

/// What two who meet earn.
#[derive(Clone)]
pub(super) struct Meeting {
    pub(super) pays: PayTable,
    /// what each strategy does
    pub(super) acts: Vec<u8>,
    pub(super) terms: Terms,
    pub(super) with_self: bool,
}

impl Meeting {
    #[inline(always)]
    fn pay(&self, own: u8, other: u8) -> f64 {
        f64::from(self.pays.pay(self.acts[usize::from(own)], self.acts[usize::from(other)]))
    }

    /// What an agent of the first or second strategy earns from `met` others, so many of them of the second; none if it
    /// matters in which order they are met.
    pub(super) fn total(&self, own: u8, met: usize, second: usize) -> Option<f64> {
        let pays = [self.pay(own, 0), self.pay(own, 1)];
        // A sum of whole multiples of a unit is exact below 2^53 of them.
        let unit = |x: f64| if x == 0.0 { f64::INFINITY } else { f64::EPSILON * 2f64.powi(28) * x.abs() };
        let (units, most) = (unit(pays[0]).min(unit(pays[1])), pays[0].abs().max(pays[1].abs()));
        let exact = most * (met + 1) as f64 / units < 2f64.powi(52) || most == 0.0;
        let order = (0..met).map(|k| pays[usize::from(k >= met - second)]);
        let own_act = self.with_self.then(|| pays[usize::from(own)]);
        let sum = order.chain(own_act).fold(0.0, |sum, pay| sum + pay);
        exact.then(|| self.terms.total_of(sum, met + usize::from(self.with_self)))
    }
}

/// Those around an agent.
pub(super) struct Met<'a, A> {
    pub(super) around: A,
    pub(super) meeting: &'a Meeting,
}

impl<A: Around> Pays for Met<'_, A> {
    #[inline(always)]
    fn pay(&mut self, society: &mut Society, place: usize, _: usize) -> f64 {
        let own = society.strategies[place];
        let (mut sum, mut met) = (0.0, 0);
        self.around.each(place, |other| {
            sum += self.meeting.pay(own, society.strategies[other]);
            met += 1;
        });
        if self.meeting.with_self {
            sum += self.meeting.pay(own, own);
            met += 1;
        }
        self.meeting.terms.total_of(sum, met)
    }
}

/// Those an agent draws.
pub(super) struct MetByChance<'a>(pub(super) &'a Meeting);

impl Pays for MetByChance<'_> {
    #[inline(always)]
    fn pay(&mut self, society: &mut Society, place: usize, nth: usize) -> f64 {
        let own = society.strategies[place];
        let pays = society.partners(nth).iter();
        let sum = pays.fold(0.0, |sum, &other| sum + self.0.pay(own, society.strategies[other as usize]));
        self.0.terms.total_of(sum, society.partners)
    }
}

/// Everybody of the group, on average.
pub(super) struct OnAverage<'a> {
    pub(super) expected: &'a Expected,
    /// by strategy, NaN where not known: they hold while the numbers of the group do
    pub(super) known: Vec<f64>,
}

impl Pays for OnAverage<'_> {
    #[inline(always)]
    fn pay(&mut self, society: &mut Society, place: usize, _: usize) -> f64 {
        let own = society.strategies[place];
        let known = self.known[usize::from(own)];
        if !known.is_nan() {
            return known;
        }
        let payoff = society.with_counts(|counts| self.expected.payoff_of_member(own, counts));
        self.known[usize::from(own)] = payoff;
        payoff
    }

    #[inline(always)]
    fn changed(&mut self, indeed: bool) {
        if indeed {
            self.known.fill(f64::NAN);
        }
    }
}

/// Any strategies, and the rule asked each time.
pub(super) struct Direct<'a, P> {
    pub(super) pays: P,
    pub(super) rule: &'a dyn Learning,
}

impl<P: Pays> Standing for Direct<'_, P> {
    type Of = f64;
    const CHEAP: bool = false;

    #[inline(always)]
    fn of(&mut self, society: &mut Society, place: usize, nth: usize) -> f64 {
        self.pays.pay(society, place, nth)
    }

    #[inline(always)]
    fn payoff(&self, _: u8, payoff: f64) -> f64 {
        payoff
    }

    fn fitness(&self, _: u8, payoff: f64) -> f64 {
        self.rule.fitness(payoff).max(0.0)
    }

    #[inline(always)]
    fn takes(&self, (_, mine): (u8, f64), (_, theirs): (u8, f64), draw: u64) -> bool {
        self.rule.takes(&mut (mine as f32), theirs as f32, unit(draw))
    }

    #[inline(always)]
    fn changed(&mut self, indeed: bool) {
        self.pays.changed(indeed);
    }
}

/// A fitness that each strategy has of itself.
pub(super) struct Constant<'a>(pub(super) &'a [f64]);

impl Standing for Constant<'_> {
    type Of = ();
    const CHEAP: bool = true;

    fn of(&mut self, _: &mut Society, _: usize, _: usize) {}

    fn payoff(&self, _: u8, (): ()) -> f64 {
        0.0
    }

    #[inline(always)]
    fn fitness(&self, own: u8, (): ()) -> f64 {
        self.0[usize::from(own)]
    }

    #[inline(always)]
    fn takes(&self, _: (u8, ()), _: (u8, ()), _: u64) -> bool {
        true
    }
}
