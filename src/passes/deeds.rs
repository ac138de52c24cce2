//! What everybody did in the tick, for those who speak of it afterwards: private judges, observers, institutions.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The act of each agent by which others know it in this tick, and to whom it was done. ORDER: each agent's place is
/// written by its own block alone, and read by later passes.
pub struct Deeds(Vec<AtomicU64>);

/// One act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done {
    /// towards whom; the agent itself where the act has no single recipient
    pub to: usize,
    /// its code
    pub act: u8,
}

/// Tells an act of code 0 towards agent 0 from none.
const SOME: u64 = 1 << 63;

impl Deeds {
    /// Bytes an agent.
    pub const BYTES: u64 = 8;

    /// None yet, for so many agents.
    pub fn new(agents: usize) -> Deeds {
        Deeds((0..agents).map(|_| AtomicU64::new(0)).collect())
    }

    /// Notes what an agent did; none if it did nothing in this tick.
    #[inline]
    pub fn note(&self, agent: usize, done: Option<Done>) {
        let packed = done.map_or(0, |done| SOME | u64::from(done.act) << 32 | done.to as u64);
        self.0[agent].store(packed, Relaxed);
    }

    /// What an agent did in this tick.
    #[inline]
    pub fn of(&self, agent: usize) -> Option<Done> {
        let packed = self.0[agent].load(Relaxed);
        let done = Done { to: packed as u32 as usize, act: (packed >> 32) as u8 };
        (packed & SOME != 0).then_some(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_is_kept_until_the_next() {
        let deeds = Deeds::new(2);
        assert_eq!(deeds.of(0), None);
        for done in [Done { to: 0, act: 0 }, Done { to: u32::MAX as usize - 1, act: 255 }] {
            deeds.note(1, Some(done));
            assert_eq!(deeds.of(1), Some(done));
        }
        deeds.note(1, None);
        assert_eq!(deeds.of(1), None);
    }
}
