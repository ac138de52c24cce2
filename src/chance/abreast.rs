//! Generators side by side, one a lane.

use super::{Draws, GOLDEN, finalise};

/// Generators side by side: what fills the widest registers.
pub(crate) const ABREAST: usize = 8;

/// A word of each lane.
pub(crate) type Lanes = [u64; ABREAST];

/// Generators in step: lane `k` gives what [`Draws::rng`] gives for the k-th address, which is xoshiro256++ (Blackman and
/// Vigna 2021) seeded through `SplitMix64`.
pub(crate) struct Abreast {
    state: [Lanes; 4],
}

impl Draws {
    /// The generators of these addresses.
    #[inline(always)]
    pub(crate) fn abreast(self, addresses: &Lanes) -> Abreast {
        let mut seeds = [0; ABREAST];
        for (seed, &address) in seeds.iter_mut().zip(addresses) {
            *seed = self.at(address);
        }
        let mut state = [[0; ABREAST]; 4];
        for word in &mut state {
            for lane in 0..ABREAST {
                seeds[lane] = seeds[lane].wrapping_add(GOLDEN);
                word[lane] = finalise(seeds[lane]);
            }
        }
        Abreast { state }
    }
}

impl Abreast {
    /// The next draw of a lane: a loop over all lanes vectorises.
    #[inline(always)]
    pub(crate) fn next(&mut self, lane: usize) -> u64 {
        let [s0, s1, s2, s3] = &mut self.state;
        let draw = s0[lane].wrapping_add(s3[lane]).rotate_left(23).wrapping_add(s0[lane]);
        let shifted = s1[lane] << 17;
        s2[lane] ^= s0[lane];
        s3[lane] ^= s1[lane];
        s1[lane] ^= s2[lane];
        s0[lane] ^= s3[lane];
        s2[lane] ^= shifted;
        s3[lane] = s3[lane].rotate_left(45);
        draw
    }
}

#[cfg(test)]
mod tests {
    use crate::chance::{Chance, Stream, next};

    #[test]
    fn lanes_are_the_generators_of_their_addresses() {
        let draws = Chance::new(4, 1, 7).stream(Stream::named("learning/focal"));
        let addresses = [0, 1, 2, 2, 900, 1 << 40, u64::MAX, 17];
        let mut abreast = draws.abreast(&addresses);
        let mut alone = addresses.map(|address| draws.rng(address));
        for _ in 0..100 {
            for (lane, alone) in alone.iter_mut().enumerate() {
                assert_eq!(abreast.next(lane), next(alone));
            }
        }
    }
}
