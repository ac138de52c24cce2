//! Albums: what is passed on stands in a memory of fixed length, until later items push it out.

use super::{Cascade, Exposure, Live, Seen};
use crate::registry::{Context, Row, Spec, Wrong};
use crate::scenario::numbers::{Count, Prob};

/// Each agent keeps the last `length` items that it was given. A contact that carries the item gives it with
/// probability `pass_prob`, any other contact gives something else; so a carrier that is given `length` other items
/// has forgotten the item, and can be given it again.
///
/// carries if fewer than `length` items came since the item did
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Album {
    /// items that an agent keeps
    length: Count,
    /// probability that a carrier gives the item to a contact
    #[serde(default = "certain")]
    pass_prob: Prob,
}

fn certain() -> Prob {
    Prob::checked(1.0).expect("1 is a probability")
}

impl Spec<dyn Cascade> for Album {
    fn build(self, _: &Context) -> Result<Box<dyn Cascade>, Wrong> {
        if self.length.get() > u64::from(u16::MAX) {
            let says = format!("an album of {} items", self.length.get());
            return Err(Wrong::new(says).at("length").help(format!("write at most {}", u16::MAX)));
        }
        Ok(Box::new(self))
    }
}

const CARRIES: u8 = 1;
const FORGOT: u8 = 2;

impl Cascade for Album {
    fn stages(&self) -> Vec<String> {
        ["clean", "infected", "cured"].map(String::from).to_vec()
    }

    fn spreads(&self, stage: u8) -> bool {
        stage == CARRIES
    }

    fn next(&self, of: Exposure, _: f64) -> u8 {
        of.stage
    }

    fn remembers(&self) -> bool {
        true
    }

    fn live(&self, of: Seen, chance: f64) -> Live {
        let exposed = f64::from(of.doses[0]);
        let missed = (0..exposed as u32).fold(1.0, |missed, _| missed * (1.0 - self.pass_prob.get()));
        if chance < 1.0 - missed {
            return Live { stage: CARRIES, count: 0 };
        }
        if of.stage != CARRIES {
            return Live { stage: of.stage, count: 0 };
        }
        let count = of.count.saturating_add(of.contacts as u16);
        let forgot = u64::from(count) >= self.length.get();
        if forgot { Live { stage: FORGOT, count: 0 } } else { Live { stage: CARRIES, count } }
    }
}

pub(super) const ROW: Row<dyn Cascade> = Row::of::<Album>("album", &["gu2024"], "length = 10");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_forgotten_when_as_many_others_have_come_as_the_album_holds() {
        let album = Album { length: Count::checked(2).unwrap(), pass_prob: certain() };
        let other =
            |stage, count| album.live(Seen { stage, doses: &[0.0], contacts: 1, count, threshold: 0.0 }, 0.0);
        assert_eq!(other(CARRIES, 0), Live { stage: CARRIES, count: 1 });
        assert_eq!(other(CARRIES, 1), Live { stage: FORGOT, count: 0 });
        assert_eq!(other(0, 0), Live { stage: 0, count: 0 });
        let again =
            album.live(Seen { stage: CARRIES, doses: &[1.0], contacts: 1, count: 1, threshold: 0.0 }, 0.99);
        assert_eq!(again, Live { stage: CARRIES, count: 0 });
    }
}
