//! `do = "put"`: a trait gets a value.

use super::happens;
use super::select::Select;
use crate::columns::{ColumnDef, Dtype, Item, Mine, View};
use crate::groups::Group;
use crate::partners::Structure;
use crate::pass::{Access, At, Pass};
use crate::scenario::Scenario;
use crate::scenario::sections::Intervention;
use std::sync::Arc;

/// What becomes of a value: `value * times + plus`.
#[derive(Clone, Copy)]
struct Change {
    times: f64,
    plus: f64,
}

struct Put<T> {
    select: Select,
    intervention: Intervention,
    column: ColumnDef,
    change: Change,
    cast: fn(f64) -> T,
    value: fn(T) -> f64,
}

/// The pass of an intervention that was checked: its trait is one of the world's.
#[expect(clippy::cast_lossless, reason = "one macro serves types that are lossless and types that are not")]
pub(super) fn put(scenario: &Scenario, nth: usize, structure: Option<&Arc<dyn Structure>>) -> Box<dyn Pass> {
    let intervention = scenario.interventions[nth].clone();
    let named = |column: &ColumnDef| Some(&*column.name) == intervention.trait_.as_deref();
    let found = scenario.traits.iter().map(|(column, _)| column).find(|column| named(column));
    let column = found.expect("checked when the world was read").clone();
    let to = intervention.to.as_ref().map(|to| match &to.0 {
        toml::Value::Integer(x) => *x as f64,
        toml::Value::Float(x) => *x,
        toml::Value::Boolean(x) => f64::from(*x),
        _ => 0.0,
    });
    let add = intervention.add.map(|add| add.get());
    let times = intervention.times.map(|times| times.get());
    let change = match (to, add, times) {
        (Some(to), _, _) => Change { times: 0.0, plus: to },
        (_, Some(add), _) => Change { times: 1.0, plus: add },
        (_, _, times) => Change { times: times.unwrap_or(1.0), plus: 0.0 },
    };
    let select = Select::new(scenario, nth, structure);
    macro_rules! pass {
        ($item:ty) => {
            Box::new(Put {
                select,
                intervention,
                column,
                change,
                cast: |x| x as $item,
                value: |x: $item| x as f64,
            })
        };
    }
    match column.dtype {
        Dtype::Bool | Dtype::U8 => pass!(u8),
        Dtype::U16 => pass!(u16),
        Dtype::U32 => pass!(u32),
        Dtype::U64 => pass!(u64),
        Dtype::F32 => pass!(f32),
        Dtype::F64 => pass!(f64),
    }
}

impl<T: Item> Pass for Put<T> {
    fn name(&self) -> &'static str {
        "intervention/put"
    }

    fn access(&self) -> Access {
        self.select.access(Access::default().write_of(&self.column))
    }

    fn due(&self, tick: u64) -> bool {
        happens(&self.intervention, tick)
    }

    fn mirror_bytes(&self, agents: u64, _: u64) -> u64 {
        agents
    }

    fn prepare(&mut self, at: &At, view: &View) {
        self.select.choose(at, view);
    }

    fn block(&self, at: &At, _: &View, mut mine: Mine, _: &mut [Group]) {
        let values = mine.take_of::<T>(&self.column).iter_mut();
        for (value, &chosen) in values.zip(self.select.chosen(at)) {
            if chosen {
                *value = (self.cast)((self.value)(*value) * self.change.times + self.change.plus);
            }
        }
    }
}
