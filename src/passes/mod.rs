//! The generic passes: one for each way in which a phase touches the population. They are the specification.

mod approach;
mod evaluate;
mod expected;
mod generation;
mod imitate;
mod meet;
mod meet_expected;
mod meet_group;
mod meet_whole;
mod mutate;
mod one_at_a_time;
mod optional;
mod receive;
mod scratch;
mod spread;
mod terms;
mod walk;

pub use approach::Approach;
pub use evaluate::{Evaluate, Meets, Talk};
pub use expected::Expected;
pub use generation::{FitnessOf, Generation};
pub use imitate::{Imitate, ModelsOf};
pub use meet::Meet;
pub use meet_expected::ExpectedMeet;
pub use meet_group::{GroupPays, MeetGroup};
pub use meet_whole::MeetWhole;
pub use mutate::{Mutate, Mutates, Revision, To, When};
pub use one_at_a_time::{Learns, OneAtATime, Stop};
pub use receive::{Gifts, Receive};
pub use spread::{Along, ContactsOf, Spread, Thresholds};
pub use terms::{Judged, PayTable, Punishes, Roles, Terms, Total};
pub use walk::Follow;
pub(crate) use walk::SEEDS;
