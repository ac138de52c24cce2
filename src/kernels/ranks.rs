//! Ranks of codes: bytes that are compared in the place of payoffs, with the act as the lowest bit.

/// Ranks by the order of payoffs: agents of the same payoff have the same, but for the act.
pub(super) fn in_order(pays: &[f32; 32], codes: &[usize]) -> [u8; 32] {
    let mut rank = [0; 32];
    for &code in codes {
        let below: Vec<f32> =
            codes.iter().map(|&other| pays[other]).filter(|&pay| pay < pays[code]).collect();
        let distinct = (0..below.len()).filter(|&k| !below[..k].contains(&below[k])).count();
        rank[code] = ((distinct + 1) << 1 | code >> 4) as u8;
    }
    rank
}

/// Of either act, the rank of who meets nobody that does the second one, and by how much it grows with each that does. They
/// differ in the growth: then sums of ranks, and of ranks times codes, tell how many were met, and the squares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Linear([Line; 2]);

#[derive(Clone, Copy, Debug, PartialEq)]
struct Line {
    start: i64,
    growth: i64,
}

/// Sums over codes: of their ranks, of their squares, and of ranks times codes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sums {
    pub ranks: u64,
    pub squares: u64,
    pub products: u64,
}

impl Linear {
    /// Ranks of this kind, if small ones compare as payoffs do wherever acts differ; who is ahead among those who do the same
    /// decides nothing. Payoffs of different acts differ.
    pub(super) fn by_order(pays: &[f32; 32], codes: &[usize]) -> Option<[u8; 32]> {
        /// Growths: with nine more or less, ranks must stay bytes. Even ones leave the lowest bit to the act.
        const MOST: i64 = 28;
        let growths = || (-MOST..=MOST).step_by(2);
        let pairs = growths().flat_map(|first| growths().map(move |second| [first, second]));
        pairs.filter(|[first, second]| first != second).find_map(|growth| {
            let apart = apart(pays, codes, growth)?;
            let rank = |code: usize| growth[code >> 4] * (code & 15) as i64 + apart * (code >> 4) as i64;
            let least = codes.iter().map(|&code| rank(code) & !1).min()?;
            let mut ranks = [0; 32];
            for &code in codes {
                ranks[code] = u8::try_from(rank(code) - least).ok()?;
            }
            Some(ranks)
        })
    }

    /// What ranks of codes that count nine are, if they are of this kind.
    pub(super) fn of_nine(rank: &[u8; 32]) -> Option<Linear> {
        let line = |codes: std::ops::RangeInclusive<usize>| {
            let first = *codes.start();
            let [start, next] = [first, first + 1].map(|code| i64::from(rank[code]));
            let growth = next - start;
            let line = Line { start: start - growth * (first & 15) as i64, growth };
            codes
                .into_iter()
                .all(|code| line.start + growth * (code & 15) as i64 == i64::from(rank[code]))
                .then_some(line)
        };
        let lines = [line(0..=8)?, line(17..=25)?];
        (lines[0].growth != lines[1].growth).then_some(Linear(lines))
    }

    /// How many those of the second act met that do it, and the squares of these numbers, of all and of those. `agents` were
    /// counted; `second` of them do the second act, and all together met `met` that do.
    pub(super) fn solve(self, sums: Sums, [agents, second, met]: [u64; 3]) -> [u64; 3] {
        let signed = |number: u64| i64::try_from(number).expect("sums over the agents of a piece");
        let [n, s, met] = [agents, second, met].map(signed);
        let Linear([zero, one]) = self;
        let more = one.growth - zero.growth;
        // A rank is start + growth * met, and a code is met, with 16 for the second act.
        let ranks = signed(sums.ranks) - zero.start * (n - s) - one.start * s - zero.growth * met;
        let others = ranks / more;
        let all = signed(sums.squares) - 256 * s - 32 * others;
        let products = signed(sums.products)
            - zero.start * (met - others)
            - zero.growth * all
            - 16 * one.start * s
            - (one.start + 16 * one.growth) * others;
        [others, all, products / more].map(|sum| sum as u64)
    }
}

/// By how much the ranks of the second act begin above those of the first, if they grow by so much: an odd number, the nearest
/// to 0 that lets all compare as payoffs do.
fn apart(pays: &[f32; 32], codes: &[usize], [first, second]: [i64; 2]) -> Option<i64> {
    let (mut least, mut most) = (i64::MIN, i64::MAX);
    let of = |act: usize| codes.iter().copied().filter(move |code| code >> 4 == act);
    for (a, b) in of(0).flat_map(|a| of(1).map(move |b| (a, b))) {
        let between = first * (a & 15) as i64 - second * (b & 15) as i64;
        if pays[a] > pays[b] {
            most = most.min(between - 1);
        } else {
            // Nor do they differ in the lowest bit alone.
            least = least.max(between + 2);
        }
    }
    let odd = 0i64.clamp(least.min(most), most);
    let odd = if odd & 1 == 1 {
        odd
    } else if odd < most {
        odd + 1
    } else {
        odd - 1
    };
    (least..=most).contains(&odd).then_some(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(with_self: bool, met: usize) -> Vec<usize> {
        let of = |own: usize| {
            let least = if with_self { own } else { 0 };
            (least..=met - usize::from(with_self && own == 0)).map(move |others| own << 4 | others)
        };
        (0..2).flat_map(of).collect()
    }

    /// Payoffs of every game of two acts with these entries, where those of different acts differ.
    fn games() -> impl Iterator<Item = ([f32; 32], Vec<usize>)> {
        let entries = [-1.0, 0.0, 0.3, 1.0, 1.13, 1.85, 2.97];
        let games = (0..entries.len().pow(4)).map(move |k| {
            std::array::from_fn::<f32, 4, _>(|entry| {
                entries[k / entries.len().pow(entry as u32) % entries.len()]
            })
        });
        games.enumerate().filter_map(|(k, [punishment, temptation, sucker, reward])| {
            let (with_self, met) = if k % 2 == 0 { (true, 9) } else { (false, 8) };
            let pays = std::array::from_fn(|code| {
                let (others, all) = ((code & 15) as f32, met as f32);
                let [alone, together] =
                    if code >> 4 == 0 { [punishment, temptation] } else { [sucker, reward] };
                (all - others) * alone + others * together
            });
            let codes = codes(with_self, met);
            let apart = |a: &usize, b: &usize| a >> 4 == b >> 4 || pays[*a] != pays[*b];
            codes.iter().all(|a| codes.iter().all(|b| apart(a, b))).then_some((pays, codes))
        })
    }

    #[test]
    fn linear_ranks_compare_as_payoffs_do_and_are_found_for_most_games() {
        let (mut games_in_all, mut found) = (0, 0);
        for (pays, codes) in games() {
            games_in_all += 1;
            let Some(rank) = Linear::by_order(&pays, &codes) else { continue };
            found += 1;
            for (&a, &b) in codes.iter().flat_map(|a| codes.iter().map(move |b| (a, b))) {
                assert_eq!(usize::from(rank[a] & 1), a >> 4);
                let [above, below] = [rank[a] >> 1 > rank[b] >> 1, rank[a] >> 1 < rank[b] >> 1];
                let right = [above, below] == [pays[a] > pays[b], pays[a] < pays[b]];
                assert!(a >> 4 == b >> 4 || right, "{pays:?}");
            }
        }
        assert!(games_in_all > 1_000 && found * 20 > games_in_all * 19, "{found} of {games_in_all}");
    }

    #[test]
    fn sums_by_linear_ranks_tell_what_was_met() {
        for (pays, codes) in games().filter(|game| game.1.contains(&25)).step_by(17) {
            let Some(rank) = Linear::by_order(&pays, &codes) else { continue };
            let linear = Linear::of_nine(&rank).expect("ranks of that kind");
            let drawn: Vec<u64> = (0..500u32)
                .map(|k| codes[(k.wrapping_mul(2_654_435_761) >> 16) as usize % codes.len()] as u64)
                .collect();
            let sum = |of: &dyn Fn(u64, u64) -> u64| {
                drawn.iter().map(|&code| of(code, u64::from(rank[code as usize]))).sum::<u64>()
            };
            let sums = Sums {
                ranks: sum(&|_, rank| rank),
                squares: sum(&|code, _| code * code),
                products: sum(&|code, rank| code * rank),
            };
            let met = |code: u64| code & 15;
            let known = [drawn.len() as u64, sum(&|code, _| code >> 4), sum(&|code, _| met(code))];
            let wanted = [
                sum(&|code, _| (code >> 4) * met(code)),
                sum(&|code, _| met(code).pow(2)),
                sum(&|code, _| (code >> 4) * met(code).pow(2)),
            ];
            assert_eq!(linear.solve(sums, known), wanted, "{rank:?}");
        }
    }

    #[test]
    fn ranks_in_order_or_of_one_growth_are_not_linear() {
        let nine = |rank: &dyn Fn(i64, i64) -> i64| {
            Linear::of_nine(&std::array::from_fn(|code| rank(code as i64 >> 4, code as i64 & 15) as u8))
        };
        assert_eq!(nine(&|own, met| 2 * met + own), None);
        assert_eq!(nine(&|own, met| (met * 7 % 10) << 1 | own), None);
        let lines = [Line { start: 30, growth: -2 }, Line { start: 5, growth: 4 }];
        assert_eq!(nine(&|own, met| if own == 0 { 30 - 2 * met } else { 5 + 4 * met }), Some(Linear(lines)));
    }
}
