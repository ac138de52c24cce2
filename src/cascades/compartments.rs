//! Compartments: stages and the ways between them.

use super::{CHANNELS, Cascade, Contacts, Deed, Exposure, Live, Seen};
use crate::chance::unit64;
use crate::math;
use crate::registry::{Clock, Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Count, NonNegative, Positive, Prob};
use crate::scenario::problems::{quoted, suggest};
use std::collections::BTreeMap;

/// Agents pass from stage to stage, by themselves or by contact (SIR, SIS, SEIR …).
///
/// synchronous: P(contact transition) = 1 − (1 − prob)^(contacts in the spreading stage), others `prob` a tick, tried
/// in the order of the file; asynchronous: an agent does one of the things open to it, by `rate`
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Compartments {
    /// names of the stages, 2 to 16; the first is that of who has not been reached
    #[schemars(length(min = 2, max = 16))]
    stages: Vec<String>,
    /// the ways between stages
    transitions: Vec<Transition>,
    /// stages whose contacts spread, with how strongly: a factor of `prob`; default: each transition's `with`, fully
    infectiousness: Option<BTreeMap<String, NonNegative>>,
}

/// One way from a stage to another.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Transition {
    /// the stage that is left
    from: String,
    /// the stage that is entered
    to: String,
    /// contact: only by a contact that spreads; left out: by itself
    by: Option<By>,
    /// the stage of the contacts that spread it; default: the stage that is entered
    with: Option<String>,
    /// synchronous: the probability a tick, by contact: a contact and tick
    prob: Option<Prob>,
    /// asynchronous: the rate, relative to the other rates of a step
    rate: Option<Positive>,
    /// synchronous: happens after so many ticks in the stage, with probability `prob` (default 1), else `else`
    after: Option<Count>,
    /// with `after` and `prob`: the stage that is entered otherwise; default: it stays for as many ticks again
    #[serde(rename = "else")]
    otherwise: Option<String>,
}

#[derive(Clone, Copy, PartialEq, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// only by a contact that spreads
    Contact,
}

/// Exposed contacts for which chances are tabled; above, they are worked out.
const TABLED: u32 = 64;

struct Way {
    from: u8,
    to: u8,
    with: Option<u8>,
    strength: f64,
    /// ticks after which it happens
    after: Option<u16>,
    otherwise: Option<u8>,
}

impl Way {
    /// The chance that it happens now, where it is by itself, after `ticks` in the stage.
    fn ripe(&self, ticks: u16) -> f64 {
        match self.after {
            Some(after) if ticks == 0 || !ticks.is_multiple_of(after) => 0.0,
            _ => self.strength,
        }
    }
}

struct Stages {
    names: Vec<String>,
    ways: Vec<Way>,
    /// `[stage][exposed contacts]`: running chances of the ways out, up to [`TABLED`] contacts
    tables: Vec<Vec<Vec<(f64, u8)>>>,
    spreading: Vec<bool>,
    /// the ways by contact: each adds up its own dose
    channels: Vec<usize>,
    /// `[stage]`: by which factor a contact spreads; none: fully or not at all
    infectiousness: Option<Vec<f64>>,
    clock: Clock,
}

impl Compartments {
    fn stage(&self, name: &str, place: String) -> Result<u8, Wrong> {
        let at = self.stages.iter().position(|stage| stage == name);
        at.and_then(|at| u8::try_from(at).ok()).ok_or_else(|| {
            let known: Vec<&str> = self.stages.iter().map(String::as_str).collect();
            let says = format!("there is no stage {}", quoted(name));
            Wrong::new(says).at(place).help(suggest(name, &known, "the stages are"))
        })
    }

    fn way(&self, nth: usize, clock: Clock) -> Result<Way, Wrong> {
        let way = &self.transitions[nth];
        let place = |key: &str| format!("transitions.{nth}.{key}");
        let (from, to) = (self.stage(&way.from, place("from"))?, self.stage(&way.to, place("to"))?);
        if from == to {
            let says = format!("this leads from {} to itself", way.from);
            return Err(Wrong::new(says)
                .at(place("to"))
                .help("write another stage, or leave the transition out"));
        }
        let with = match (&way.with, way.by) {
            (None, Some(By::Contact)) => Some(to),
            (Some(with), Some(By::Contact)) => Some(self.stage(with, place("with"))?),
            (None, None) => None,
            (Some(_), None) => {
                let help = "add by = \"contact\"";
                return Err(Wrong::new("`with` is for transitions by contact").at(place("with")).help(help));
            }
        };
        let otherwise = way.otherwise.as_ref().map(|name| self.stage(name, place("else"))).transpose()?;
        if let Some(after) = way.after {
            return self.after(
                nth,
                clock,
                Way {
                    from,
                    to,
                    with,
                    strength: way.prob.map_or(1.0, Prob::get),
                    after: u16::try_from(after.get()).ok(),
                    otherwise,
                },
            );
        }
        if otherwise.is_some() {
            let help = "add `after = 5`, or write a second transition";
            return Err(Wrong::new("`else` is for transitions with `after`").at(place("else")).help(help));
        }
        let (want, other) = match clock {
            Clock::Asynchronous => (way.rate.map(Positive::get), way.prob.is_some()),
            _ => (way.prob.map(Prob::get), way.rate.is_some()),
        };
        let (word, wrong) = match clock {
            Clock::Asynchronous => ("rate", "prob"),
            _ => ("prob", "rate"),
        };
        match (want, other) {
            (Some(strength), false) => Ok(Way { from, to, with, strength, after: None, otherwise: None }),
            (_, true) => {
                let says = format!("`{wrong}` of a cascade does not fit the clock of this world");
                let help = format!(
                    "write `{word}`: a prob is a chance a tick (synchronous), \
                                    a rate competes inside a step (asynchronous)"
                );
                Err(Wrong::new(says).at(place(wrong)).help(help))
            }
            (None, false) => {
                let says = format!("the transition from {} to {} has no `{word}`", way.from, way.to);
                Err(Wrong::new(says)
                    .at(format!("transitions.{nth}"))
                    .help(format!("add `{word} = 0.1` to it")))
            }
        }
    }
}

impl Compartments {
    /// A way that happens after some ticks, if it can.
    fn after(&self, nth: usize, clock: Clock, way: Way) -> Result<Way, Wrong> {
        let place = |key: &str| format!("transitions.{nth}.{key}");
        let written = &self.transitions[nth];
        let wrong = |key: &str, says: &str, help: &str| Err(Wrong::new(says).at(place(key)).help(help));
        if clock == Clock::Asynchronous {
            let help = "write `rate`, or set run.update = \"synchronous\"";
            return wrong("after", "`after` counts ticks, and elementary steps have none", help);
        }
        if way.with.is_some() {
            let help = "leave `by` out: it happens by itself";
            return wrong("by", "`after` is for transitions that need no contact", help);
        }
        if written.rate.is_some() {
            return wrong("rate", "`rate` is for the asynchronous clock", "leave it out");
        }
        if way.after.is_none() {
            return wrong("after", "so many ticks cannot be counted", "write at most 65535");
        }
        if way.otherwise.is_some() && written.prob.is_none() {
            return wrong("else", "it never comes to `else`", "add `prob = 0.99`, the probability of `to`");
        }
        if way.otherwise == Some(way.to) {
            return wrong("else", "`else` leads where `to` leads", "write another stage, or leave it out");
        }
        Ok(way)
    }

    /// By which factor contacts in each stage spread, where the file says so.
    fn infectiousness(&self, clock: Clock) -> Result<Option<Vec<f64>>, Wrong> {
        let Some(written) = &self.infectiousness else { return Ok(None) };
        if clock == Clock::Asynchronous {
            let help = "write a transition with its own `rate` and `with` for each stage that spreads";
            return Err(Wrong::new("`infectiousness` is for the synchronous clock")
                .at("infectiousness")
                .help(help));
        }
        if let Some(nth) = self.transitions.iter().position(|way| way.with.is_some()) {
            let help = "leave `with` out";
            let says = "`with` and `infectiousness` both say which contacts spread";
            return Err(Wrong::new(says).at(format!("transitions.{nth}.with")).help(help));
        }
        let mut factors = vec![0.0; self.stages.len()];
        for (name, factor) in written {
            let stage = self.stage(name, format!("infectiousness.{name}"))?;
            factors[usize::from(stage)] = factor.get();
        }
        Ok(Some(factors))
    }
}

impl Spec<dyn Cascade> for Compartments {
    fn build(self, context: &Context) -> Result<Box<dyn Cascade>, Wrong> {
        if !(2..=16).contains(&self.stages.len()) {
            let says = format!("{} stages; there can be 2 to 16", self.stages.len());
            return Err(Wrong::new(says).at("stages"));
        }
        if let Some(twice) = (1..self.stages.len()).find(|&i| self.stages[..i].contains(&self.stages[i])) {
            let says = format!("two stages are called {}", quoted(&self.stages[twice]));
            return Err(Wrong::new(says).at(format!("stages.{twice}")).help("give each a name of its own"));
        }
        let ways: Result<Vec<Way>, Wrong> =
            (0..self.transitions.len()).map(|nth| self.way(nth, context.clock)).collect();
        let ways = ways?;
        let mut spreading = vec![false; self.stages.len()];
        for with in ways.iter().filter_map(|way| way.with) {
            spreading[usize::from(with)] = true;
        }
        let infectiousness = self.infectiousness(context.clock)?;
        if let Some(factors) = &infectiousness {
            spreading = factors.iter().map(|&factor| factor > 0.0).collect();
        }
        let channels: Vec<usize> = (0..ways.len()).filter(|&nth| ways[nth].with.is_some()).collect();
        let several = spreading.iter().filter(|&&spreads| spreads).count() > 1;
        if several && channels.len() > CHANNELS {
            let says = format!("{} transitions by contact, with several stages that spread", channels.len());
            return Err(Wrong::new(says).at("transitions").help(format!("write at most {CHANNELS}")));
        }
        let (names, clock) = (self.stages, context.clock);
        let mut stages = Stages { names, ways, tables: vec![], spreading, channels, infectiousness, clock };
        let of = |stage: u8| (0..TABLED).map(|exposed| stages.chances(stage, exposed)).collect();
        stages.tables = (0..stages.names.len() as u8).map(of).collect();
        Ok(Box::new(stages))
    }
}

impl Stages {
    /// The ways out of a stage, tried in the order of the file: running sums of their chances, and where they lead.
    fn chances(&self, stage: u8, exposed: u32) -> Vec<(f64, u8)> {
        let (mut left, mut passed) = (1.0, 0.0);
        let ways = self.ways.iter().filter(|way| way.from == stage);
        ways.map(|way| {
            let prob = match way.with {
                Some(_) if exposed == 0 => 0.0,
                Some(_) => 1.0 - math::pow(1.0 - way.strength, f64::from(exposed)),
                None => way.strength,
            };
            passed += left * prob;
            left -= left * prob;
            (passed, way.to)
        })
        .collect()
    }
}

impl Stages {
    /// The chance that a contact changes the stage, and to which one it does: `chance` is uniform where none did before.
    fn caught(&self, of: Seen, chance: f64) -> (f64, Option<u8>) {
        let doses =
            self.channels.iter().zip(of.doses).map(|(&nth, &dose)| (&self.ways[nth], f64::from(dose)));
        let open = doses.filter(|(way, _)| way.from == of.stage);
        let total: f64 = open.clone().map(|(_, dose)| dose).sum();
        let prob = 1.0 - math::exp(-total);
        if chance >= prob {
            return (prob, None);
        }
        let mut point = chance / prob * total;
        let mut to = None;
        for (way, dose) in open.filter(|(_, dose)| *dose > 0.0) {
            to = Some(way.to);
            // A certain contact has an infinite dose: the first of these is taken.
            if point < dose || dose.is_infinite() {
                break;
            }
            point -= dose;
        }
        (prob, to)
    }
}

impl Cascade for Stages {
    fn stages(&self) -> Vec<String> {
        self.names.clone()
    }

    fn seeded(&self) -> u8 {
        self.ways.iter().find(|way| way.with.is_some()).map_or(1, |way| way.to)
    }

    fn spreads(&self, stage: u8) -> bool {
        self.spreading[usize::from(stage)]
    }

    fn next(&self, of: Exposure, chance: f64) -> u8 {
        let first = |ways: &[(f64, u8)]| ways.iter().find(|(passed, _)| chance < *passed).map(|way| way.1);
        let next = if of.exposed < TABLED {
            first(&self.tables[usize::from(of.stage)][of.exposed as usize])
        } else {
            first(&self.chances(of.stage, of.exposed))
        };
        next.unwrap_or(of.stage)
    }

    fn next_block(&self, stages: &mut [u8], seen: Contacts, draws: &[u64]) {
        // In a large mixed group all see as many who spread: their chances are worked out once a block.
        let mut known = vec![(0, vec![]); self.names.len()];
        for (k, (stage, &exposed)) in stages.iter_mut().zip(seen.exposed).enumerate() {
            let of = usize::from(*stage);
            let ways = if exposed < TABLED {
                &self.tables[of][exposed as usize]
            } else {
                if known[of].0 != exposed {
                    known[of] = (exposed, self.chances(*stage, exposed));
                }
                &known[of].1
            };
            let chance = unit64(draws[k]);
            if let Some((_, to)) = ways.iter().find(|(passed, _)| chance < *passed) {
                *stage = *to;
            }
        }
    }

    fn waits(&self, stage: u8, _: f64) -> bool {
        self.ways.iter().filter(|way| way.from == stage).all(|way| way.with.is_some())
    }

    fn remembers(&self) -> bool {
        self.ways.iter().any(|way| way.after.is_some())
    }

    fn graded(&self) -> bool {
        let several = self.spreading.iter().filter(|&&spreads| spreads).count() > 1;
        self.clock != Clock::Asynchronous && (self.remembers() || several || self.infectiousness.is_some())
    }

    fn channels(&self) -> usize {
        self.channels.len().clamp(1, CHANNELS)
    }

    /// Minus the logarithm of the chance that the contact does not spread, so that doses add up.
    fn dose(&self, channel: usize, stage: u8) -> f64 {
        let Some(way) = self.channels.get(channel).map(|&nth| &self.ways[nth]) else { return 0.0 };
        let factor = match &self.infectiousness {
            Some(factors) => factors[usize::from(stage)],
            None => f64::from(u8::from(way.with == Some(stage))),
        };
        let prob = (way.strength * factor).min(1.0);
        if prob > 0.0 { -math::ln(1.0 - prob) } else { 0.0 }
    }

    fn live(&self, of: Seen, chance: f64) -> Live {
        let ticks = of.count.saturating_add(1);
        let (mut left, mut passed, mut contact) = (1.0, 0.0, false);
        for way in self.ways.iter().filter(|way| way.from == of.stage) {
            if way.with.is_none() {
                let (prob, last) = (left * way.ripe(ticks), way.otherwise.filter(|_| way.ripe(ticks) > 0.0));
                if chance < passed + prob {
                    return Live { stage: way.to, count: 0 };
                }
                if let Some(stage) = last {
                    return Live { stage, count: 0 };
                }
                (passed, left) = (passed + prob, left - prob);
            } else if !contact {
                // What spreads side by side competes, in proportion to the doses.
                contact = true;
                let (total, to) = self.caught(of, (chance - passed) / left);
                if let Some(stage) = to {
                    return Live { stage, count: 0 };
                }
                (passed, left) = (passed + left * total, left - left * total);
            }
        }
        Live { stage: of.stage, count: ticks }
    }

    fn deeds(&self, stage: u8) -> Vec<(f64, Deed)> {
        if self.clock != Clock::Asynchronous {
            return vec![];
        }
        let own = self.ways.iter().filter(|way| way.with.is_none() && way.from == stage);
        let passed = self.ways.iter().filter(|way| way.with == Some(stage));
        own.map(|way| (way.strength, Deed::Becomes(way.to)))
            .chain(passed.map(|way| (way.strength, Deed::Passes(way.from, way.to))))
            .collect()
    }
}

pub(super) const ROW: Row<dyn Cascade> = Row::of::<Compartments>(
    "compartments",
    &["kermack1927"],
    "stages = [\"susceptible\", \"infected\", \"recovered\"]\n\
     transitions = [\n\
     \x20 { from = \"susceptible\", to = \"infected\", by = \"contact\", prob = 0.05 },\n\
     \x20 { from = \"infected\", to = \"recovered\", prob = 0.1 },\n\
     ]",
);

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(toml: &str) -> Box<dyn Cascade> {
        ROW.parse(toml, &Context::default()).unwrap()
    }

    fn live(rule: &dyn Cascade, stage: u8, doses: &[f32], count: u16, chance: f64) -> (u8, u16) {
        let next = rule.live(Seen { stage, doses, contacts: 9, count, threshold: 0.0 }, chance);
        (next.stage, next.count)
    }

    #[test]
    fn a_stage_of_five_ticks_is_left_in_the_fifth() {
        let rule = rule(
            "stages = [\"a\", \"b\", \"c\", \"d\"]\n\
             transitions = [{ from = \"b\", to = \"c\", after = 5, prob = 0.9, else = \"d\" }]",
        );
        assert!(rule.remembers());
        assert_eq!(live(&*rule, 1, &[0.0], 3, 0.0), (1, 4));
        assert_eq!(live(&*rule, 1, &[0.0], 4, 0.89), (2, 0));
        assert_eq!(live(&*rule, 1, &[0.0], 4, 0.91), (3, 0));
        assert_eq!(live(&*rule, 2, &[0.0], 9, 0.0), (2, 10));
    }

    #[test]
    fn contacts_of_several_stages_spread_as_strongly_as_they_are_infectious() {
        let rule = rule(
            "stages = [\"s\", \"e\", \"i\"]\n\
             infectiousness = { e = 0.5, i = 1.0 }\n\
             transitions = [{ from = \"s\", to = \"e\", by = \"contact\", prob = 0.4 }]",
        );
        let dose = rule.dose(0, 1) + rule.dose(0, 2);
        // 1 - (1 - 0.2) × (1 - 0.4) = 0.52
        assert_eq!(live(&*rule, 0, &[dose as f32], 0, 0.5199).0, 1);
        assert_eq!(live(&*rule, 0, &[dose as f32], 0, 0.5201).0, 0);
    }

    #[test]
    fn rivals_compete_in_proportion_to_their_doses() {
        let rule = rule(
            "stages = [\"none\", \"a\", \"b\"]\n\
             transitions = [{ from = \"none\", to = \"a\", by = \"contact\", prob = 0.4 },\n\
             { from = \"none\", to = \"b\", by = \"contact\", prob = 0.4 }]",
        );
        let one = rule.dose(0, 1) as f32;
        assert_eq!([rule.channels() as f64, rule.dose(1, 1)], [2.0, 0.0]);
        let lot =
            |doses: &[f32]| [0.0, 0.31, 0.33, 0.63, 0.65].map(|chance| live(&*rule, 0, doses, 0, chance).0);
        assert_eq!(lot(&[one, one]), [1, 1, 2, 2, 0]);
        assert_eq!(live(&*rule, 0, &[0.0, one], 0, 0.39).0, 2);
    }

    #[test]
    fn a_block_follows_the_formula_for_few_and_for_many_contacts() {
        let rule = ROW.parse(ROW.example, &Context::default()).unwrap();
        let (exposed, contacts) = ([0, 3, 63, 64, 64, 900, 64, 0], [1000; 8]);
        let draws: Vec<u64> = (1..9).map(|k: u64| k.wrapping_mul(0x1357_9bdf_0246_8ace)).collect();
        let mut stages = [0, 0, 0, 0, 1, 0, 2, 1];
        let one_by_one: Vec<u8> = (0..8)
            .map(|k| {
                let of = Exposure { stage: stages[k], exposed: exposed[k], contacts: 1000, threshold: 0.0 };
                rule.next(of, unit64(draws[k]))
            })
            .collect();
        let seen = Contacts { exposed: &exposed, contacts: &contacts, thresholds: &[0.0] };
        rule.next_block(&mut stages, seen, &draws);
        assert_eq!(stages, one_by_one[..]);
    }
}
