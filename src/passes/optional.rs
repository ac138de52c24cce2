//! Expected payoffs of a game of many in which some stay out.

use super::meet_group::GroupPays;
use crate::games::OUT;

/// The mean payoff of each act over all ways to draw the others of a meeting from a group without replacement.
///
/// Of n - 1 others, d defect, k give and the rest stays out with chance
/// (n-1)!/(d! k! l!) · D^(d) K^(k) L^(l) / (N-1)^(n-1), where x^(m) = x (x-1) … (x-m+1) counts ordered draws.
pub(super) struct Optional {
    others: usize,
    /// one over the others of the group: falling powers are taken of shares, so that they neither overflow nor vanish
    unit: f64,
    /// for each own act, the other compositions in their order: chance without its falling powers, times the payoff
    weights: [Vec<f64>; 3],
}

/// Most others in a meeting.
const MOST: usize = 64;

impl Optional {
    /// Meetings of `size` agents of groups of `group_size`.
    pub(super) fn new(pays: &GroupPays, [size, group_size]: [usize; 2]) -> Optional {
        let (others, unit) = (size - 1, 1.0 / (group_size - 1) as f64);
        let mut all = [1.0; MOST + 1];
        falling(group_size as u32 - 1, unit, &mut all[..=others]);
        let mut weights = [vec![], vec![], vec![]];
        for (mine, weights) in (0u8..).zip(&mut weights) {
            for givers in 0..=others {
                for defectors in 0..=others - givers {
                    let own = [u16::from(mine == 1), u16::from(mine != OUT)];
                    let members = (givers + defectors) as u16 + own[1];
                    let pay = f64::from(pays.pay(mine, givers as u16 + own[0], members));
                    let ways = choose(others, givers) * choose(others - givers, defectors);
                    weights.push(ways / all[others] * pay);
                }
            }
        }
        Optional { others, unit, weights }
    }

    /// The mean payoff of an act among others of whom so many defect, give and stay out.
    pub(super) fn mean(&self, mine: usize, of_each: [u32; 3]) -> f64 {
        let mut powers = [[1.0; MOST + 1]; 3];
        for (powers, count) in powers.iter_mut().zip(of_each) {
            falling(count, self.unit, &mut powers[..=self.others]);
        }
        let [defect, give, stay_out] = &powers;
        let mut weights = self.weights[mine].iter();
        let mut sum = 0.0;
        for (givers, chance) in give[..=self.others].iter().enumerate() {
            let left = self.others - givers;
            let rows = defect[..=left].iter().zip(stay_out[..=left].iter().rev()).zip(&mut weights);
            sum += chance * rows.fold(0.0, |sum, ((d, l), weight)| sum + d * l * weight);
        }
        sum
    }
}

/// Falling powers of a count, each factor divided by the size of the group.
fn falling(count: u32, unit: f64, powers: &mut [f64]) {
    for m in 1..powers.len() {
        powers[m] = powers[m - 1] * f64::from(count.saturating_sub(m as u32 - 1)) * unit;
    }
}

fn choose(n: usize, k: usize) -> f64 {
    (0..k).fold(1.0, |ways, i| ways * (n - i) as f64 / (i + 1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::GAMES;
    use crate::games::Pays;
    use crate::registry::Context;

    /// Hauert et al. 2002, equation of the mean payoff of defectors and what cooperators earn less.
    #[test]
    fn large_groups_pay_what_the_paper_says() {
        let row = GAMES.iter().find(|row| row.kind == "public-goods").unwrap();
        let game =
            row.parse("cost = 1.0\nmultiplier = 3.0\nloner_payoff = 1.0", &Context::default()).unwrap();
        let Pays::Many(many) = game.pays() else { panic!("public goods are a game of many") };
        let (n, r, size) = (5, 3.0, 1_000_001);
        let optional = Optional::new(&GroupPays::new(many, [3, n], 0.0), [n, size]);
        let [x, z] = [0.25f64, 0.5];
        let of_each = [z / 2.0, x, z].map(|share| (share * (size - 1) as f64) as u32);
        let [zn, zn1] = [z.powi(5), z.powi(4)];
        let defect = zn1 + r * x / (1.0 - z) * (1.0 - (1.0 - zn) / (5.0 * (1.0 - z)));
        let less = 1.0 + (r - 1.0) * zn1 - r / 5.0 * (1.0 - zn) / (1.0 - z);
        let wanted = [defect, defect - less, 1.0];
        for (mine, wanted) in wanted.into_iter().enumerate() {
            let mean = optional.mean(mine, of_each);
            assert!((mean - wanted).abs() < 1e-5, "{mine}: {mean} is not {wanted}");
        }
    }

    #[test]
    fn a_group_without_loners_pays_as_the_compulsory_game() {
        let row = GAMES.iter().find(|row| row.kind == "public-goods").unwrap();
        let game =
            row.parse("cost = 1.0\nmultiplier = 3.0\nloner_payoff = 1.0", &Context::default()).unwrap();
        let Pays::Many(many) = game.pays() else { panic!("public goods are a game of many") };
        // Three meet, of a group of ten, six of the nine others give: the mean giver among two others is 4/3.
        let optional = Optional::new(&GroupPays::new(many, [3, 3], 0.0), [3, 10]);
        let means = [0, 1, 2].map(|mine| optional.mean(mine, [3, 6, 0]));
        let wanted = [4.0 / 3.0, 4.0 / 3.0, 1.0];
        assert!(means.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{means:?}");
    }
}
