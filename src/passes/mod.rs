//! The generic passes: one for each way in which a phase touches the population. They are the specification.

mod dose;
mod evaluate;
mod expected;
mod generation;
mod imitate;
mod in_turn;
mod meet;
mod meet_expected;
mod meet_group;
mod mutate;
mod one_at_a_time;
mod receive;
mod scratch;
mod spread;
mod terms;
mod walk;

pub use dose::{Apart, Dose, Layer};
pub use evaluate::{Evaluate, Meets, Talk};
pub use expected::Expected;
pub use generation::{FitnessOf, Generation};
pub use imitate::{Imitate, ModelsOf};
pub use in_turn::InTurn;
pub use meet::Meet;
pub use meet_expected::ExpectedMeet;
pub use meet_group::{GroupPays, MeetGroup};
pub use mutate::{Mutate, Mutates, Revision, To, When};
pub use one_at_a_time::{Learns, OneAtATime, Stop};
pub use receive::{Gifts, Receive};
pub use spread::{ContactsOf, Spread, Thresholds};
pub use terms::{Judged, PayTable, Punishes, Roles, Terms, Total};
pub use walk::Follow;
pub(crate) use walk::SEEDS;
