//! Exposures: how likely the k-th meeting with the new persuades.

use super::{Cascade, Exposure, Live, Seen};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{NonNegative, Prob};

/// Whoever has just adopted exposes each contact once; how likely an exposure persuades depends on how many came
/// before it.
///
/// P(adopts at the k-th exposure) = hazard × decay^(k − 1), at most 1
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Exposures {
    /// probability that the first exposure persuades
    hazard: Prob,
    /// what each further exposure is worth of the one before; above 1 for what takes several
    decay: NonNegative,
}

impl Spec<dyn Cascade> for Exposures {
    fn build(self, _: &Context) -> Result<Box<dyn Cascade>, Wrong> {
        Ok(Box::new(self))
    }
}

const FRESH: u8 = 1;
const SPENT: u8 = 2;

impl Cascade for Exposures {
    fn stages(&self) -> Vec<String> {
        ["unreached", "fresh", "spent"].map(String::from).to_vec()
    }

    fn spreads(&self, stage: u8) -> bool {
        stage == FRESH
    }

    fn next(&self, of: Exposure, _: f64) -> u8 {
        of.stage
    }

    fn remembers(&self) -> bool {
        true
    }

    fn live(&self, of: Seen, chance: f64) -> Live {
        if of.stage != 0 {
            return Live { stage: SPENT, count: of.count };
        }
        let exposed = of.doses[0] as u16;
        let (mut escapes, mut hazard) = (1.0, self.hazard.get());
        // Products of at most 65,535 factors; the hazard has long been 0 or 1 by then.
        for _ in 0..of.count {
            hazard *= self.decay.get();
        }
        for _ in 0..exposed {
            escapes *= 1.0 - hazard.min(1.0);
            hazard *= self.decay.get();
        }
        let count = of.count.saturating_add(exposed);
        Live { stage: if chance < 1.0 - escapes { FRESH } else { 0 }, count }
    }
}

pub(super) const ROW: Row<dyn Cascade> =
    Row::of::<Exposures>("exposure", &["yee2026", "centola2007"], "hazard = 0.2\ndecay = 0.53");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exposures_count_on_from_those_before() {
        let rule =
            Exposures { hazard: Prob::checked(0.4).unwrap(), decay: NonNegative::checked(0.5).unwrap() };
        let seen = |doses: &[f32], count, chance| {
            rule.live(Seen { stage: 0, doses, contacts: 9, count, threshold: 0.0 }, chance)
        };
        // Two at once: 1 - 0.6 × 0.8 = 0.52; a third later: 0.1.
        assert_eq!(seen(&[2.0], 0, 0.519), Live { stage: FRESH, count: 2 });
        assert_eq!(seen(&[2.0], 0, 0.521), Live { stage: 0, count: 2 });
        assert_eq!(seen(&[1.0], 2, 0.099), Live { stage: FRESH, count: 3 });
        assert_eq!(seen(&[1.0], 2, 0.101), Live { stage: 0, count: 3 });
    }
}
