//! Rings: everybody has neighbours on both sides.

use super::lattice::Torus;
use super::{Layout, Network};
use crate::chance::Draws;
use crate::partners::{Shift, Structure};
use crate::registry::{Context, Row, Spec, Wrong};
use std::sync::Arc;

/// Agents in a circle, each tied to the nearest `degree`, half of them on either side.
#[derive(serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ring {
    /// neighbours of each agent, an even number
    #[serde(default = "two")]
    #[schemars(range(min = 2, max = 1000))]
    degree: u64,
}

fn two() -> u64 {
    2
}

impl Spec<dyn Network> for Ring {
    fn build(self, _: &Context) -> Result<Box<dyn Network>, Wrong> {
        if !(2..=1000).contains(&self.degree) || self.degree % 2 == 1 {
            let says = format!("a ring of degree {}", self.degree);
            let help = "write an even number from 2 to 1000: half of the neighbours are on either side";
            return Err(Wrong::new(says).at("degree").help(help));
        }
        Ok(Box::new(self))
    }
}

impl Network for Ring {
    fn refuses(&self, group_size: u64) -> Option<String> {
        let least = self.degree + 1;
        (group_size < least)
            .then(|| format!("a ring of degree {} needs groups of at least {least}", self.degree))
    }

    fn grow(&self, layout: Layout, _: Draws) -> Arc<dyn Structure> {
        let (n, half) = (layout.group_size, self.degree as usize / 2);
        let shift = |dx| Shift { columns: n, rows: 1, dx, dy: 0 };
        Arc::new(Torus::new((1..=half).flat_map(|d| [shift(n - d), shift(d)]).collect()))
    }
}

pub(super) const ROW: Row<dyn Network> = Row::of::<Ring>("ring", &["ohtsuki2006b"], "degree = 2");
