//! Elementary functions that give the same bits everywhere: on every machine, with every build.
//!
//! Those on f64 are `libm`'s (musl's and FreeBSD's algorithms in Rust, errors below one unit in the
//! last place, two for [`tan`]); those on f32 are polynomials of our own that vectorise. All are
//! made of additions, multiplications, divisions, square roots and bit operations only, which IEEE
//! 754 fixes to the last bit and rustc never fuses.
//!
//! Behaviour at the borders is that of IEEE 754 and C: NaN goes in and out, `ln(0)` is −∞, `pow(0,
//! 0)` is 1.

mod quantiles;

pub use quantiles::{beta_below, beta_quantile, poisson_quantile};

/// e to the power `x`.
#[must_use]
pub fn exp(x: f64) -> f64 {
    libm::exp(x)
}

/// The natural logarithm of `x`; NaN below 0.
#[must_use]
pub fn ln(x: f64) -> f64 {
    libm::log(x)
}

/// `base` to the power `exponent`.
#[must_use]
pub fn pow(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}

/// The sine of `x` radians.
#[must_use]
pub fn sin(x: f64) -> f64 {
    libm::sin(x)
}

/// The cosine of `x` radians.
#[must_use]
pub fn cos(x: f64) -> f64 {
    libm::cos(x)
}

/// The tangent of `x` radians.
#[must_use]
pub fn tan(x: f64) -> f64 {
    libm::tan(x)
}

/// The least and the greatest exponent of [`exp_f32`]: results from 1.6e-38 to 1.7e38, neither
/// subnormal nor infinite.
const EXP_RANGE: (f32, f32) = (-87.0, 88.0);

/// e to the power `x`, for loops: vectorises, has no branch, is monotone (checked for every f32),
/// and has a relative error below 1.2e-7. `x` is first moved into −87 ..= 88, so the result is
/// never 0 and never infinite. NaN stays NaN.
#[inline(always)]
#[must_use]
pub fn exp_f32(x: f32) -> f32 {
    // x = whole × ln 2 + rest, |rest| ≤ ln 2 / 2. Adding 1.5 × 2^23 rounds to the nearest integer
    // and leaves it in the low bits, from where it goes into the exponent of the result.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts, the first with so few bits that its product with `whole` is exact.
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(EXP_RANGE.0, EXP_RANGE.1);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = (x - whole * LN_2_HIGH) - whole * LN_2_LOW;
    let curve = 0.5
        + rest
            * (0.166_666_66
                + rest
                    * (0.041_665_796
                        + rest * (0.008_333_452 + rest * (0.001_398_2 + rest * 0.000_198_756_92))));
    let power = 1.0 + (rest + rest * rest * curve);
    let scale = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    power * f32::from_bits(scale)
}

/// The probability with which the Fermi rule copies a model: 1 / (1 + e^−x), where `x` is the
/// intensity of selection times (payoff of the model − own payoff). Monotone, vectorises; from
/// 6e-39 to 1, because x is moved into −88 ..= 87.
#[inline(always)]
#[must_use]
pub fn fermi(beta_times_difference: f32) -> f32 {
    1.0 / (1.0 + exp_f32(-beta_times_difference))
}

/// A polynomial with these coefficients, the highest power first.
#[inline(always)]
fn polynomial(x: f64, coefficients: [f64; 8]) -> f64 {
    coefficients.iter().fold(0.0, |sum, c| sum * x + c)
}

/// The point below which a standard normal variable falls with probability `p`: −∞ at 0, ∞ at 1,
/// NaN outside 0 ..= 1. Algorithm AS 241 (Wichura 1988, PPND16), relative error about 1e-16.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let from_middle = p - 0.5;
    if from_middle.abs() <= 0.425 {
        let r = 0.180_625 - from_middle * from_middle;
        return from_middle * polynomial(r, MIDDLE.0) / polynomial(r, MIDDLE.1);
    }
    let tail = if from_middle < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 || tail.is_nan() {
        return match tail {
            0.0 => f64::INFINITY.copysign(from_middle),
            _ => f64::NAN,
        };
    }
    let r = (-ln(tail)).sqrt();
    let value = if r <= 5.0 {
        polynomial(r - 1.6, NEAR.0) / polynomial(r - 1.6, NEAR.1)
    } else {
        polynomial(r - 5.0, FAR.0) / polynomial(r - 5.0, FAR.1)
    };
    value.copysign(from_middle)
}

// The coefficients of AS 241, numerator and denominator, the highest power first.
const MIDDLE: ([f64; 8], [f64; 8]) = (
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_813e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_6,
    ],
    [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
);
const NEAR: ([f64; 8], [f64; 8]) = (
    [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_8e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
);
const FAR: ([f64; 8], [f64; 8]) = (
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_8e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
);

#[cfg(test)]
mod tests {
    use super::*;

    /// The floats from −90 to 90 in order, numbered from 0 on both sides of zero.
    fn float(number: i64) -> f32 {
        let size = f32::from_bits(number.unsigned_abs() as u32);
        if number < 0 { -size } else { size }
    }

    fn number(x: f32) -> i64 {
        i64::from(x.abs().to_bits()) * if x < 0.0 { -1 } else { 1 }
    }

    /// All of them were checked once (2.2e9 floats, a minute); here one in 307 and all around the
    /// places where the reduction jumps.
    #[test]
    fn the_fast_exponential_is_monotone_and_close() {
        let mut sample: Vec<i64> = (number(-90.0)..=number(90.0)).step_by(307).collect();
        for half in -253..=253 {
            let jump = number((f64::from(half) * std::f64::consts::LN_2 / 2.0) as f32);
            sample.extend(jump - 60..=jump + 60);
        }
        sample.sort_unstable();
        let (mut before, mut before_fermi, mut worst) = (0.0, 0.0, 0.0_f64);
        for x in sample.into_iter().map(float) {
            let (y, p) = (exp_f32(x), fermi(x));
            assert!(y >= before && p >= before_fermi, "falls at {x}");
            (before, before_fermi) = (y, p);
            let exact = exp(f64::from(x.clamp(EXP_RANGE.0, EXP_RANGE.1)));
            worst = worst.max((f64::from(y) / exact - 1.0).abs());
        }
        assert!(worst < 1.2e-7, "relative error {worst}");
    }

    #[test]
    fn the_fast_exponential_ends_where_it_says() {
        assert_eq!(exp_f32(0.0), 1.0);
        assert_eq!(exp_f32(f32::NEG_INFINITY), exp_f32(-87.0));
        assert_eq!(exp_f32(f32::INFINITY), exp_f32(88.0));
        assert!(exp_f32(-87.0).is_normal() && exp_f32(88.0).is_finite());
        assert!(exp_f32(f32::NAN).is_nan() && fermi(f32::NAN).is_nan());
        assert_eq!((fermi(0.0), fermi(f32::INFINITY)), (0.5, 1.0));
        assert!(fermi(f32::NEG_INFINITY) > 0.0 && fermi(f32::NEG_INFINITY) < 1e-38);
    }

    #[test]
    fn the_normal_quantile_agrees_with_published_values() {
        // Wichura 1988, table of checks, and the usual percentiles.
        let table = [
            (0.25, -0.674_489_750_196_081_7),
            (0.001, -3.090_232_306_167_814),
            (1e-20, -9.262_340_089_798_408),
            (0.975, 1.959_963_984_540_054),
            (0.5, 0.0),
            (0.9, 1.281_551_565_544_600_4),
        ];
        for (p, z) in table {
            assert!((normal_quantile(p) - z).abs() < 4e-15 * (1.0 + z.abs()), "at {p}");
        }
        assert_eq!(normal_quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(normal_quantile(1.0), f64::INFINITY);
        assert!([-0.1, 1.1, f64::NAN].into_iter().all(|p| normal_quantile(p).is_nan()));
    }

    /// Through every piece of the approximation, back by the complementary error function.
    #[test]
    fn the_normal_quantile_inverts_the_normal_distribution() {
        for k in 1..3000 {
            let p = exp(-f64::from(k) * 0.2);
            if p < 1e-280 {
                break;
            }
            let back = 0.5 * libm::erfc(-normal_quantile(p) / std::f64::consts::SQRT_2);
            assert!((back / p - 1.0).abs() < 1e-12, "at {p}: {back}");
        }
        for k in 1..1000 {
            let p = f64::from(k) / 1000.0;
            assert!((normal_quantile(p) + normal_quantile(1.0 - p)).abs() < 1e-12);
        }
    }

    /// One word for all functions on a few thousand points: a change of bits on any machine shows
    /// here.
    #[test]
    fn the_bits_are_those_of_every_machine() {
        let mut hash = 0_u64;
        let mut add = |bits: u64| hash = (hash.rotate_left(5) ^ bits).wrapping_mul(0x517c_c1b7_2722_0a95);
        for k in -2000..2000 {
            let x = f64::from(k) * 0.043;
            add(exp(x).to_bits());
            add(ln(x.abs() + 0.001).to_bits());
            add(pow(x.abs(), x * 0.1).to_bits());
            add(sin(x).to_bits());
            add(cos(x).to_bits());
            add(tan(x).to_bits());
            add(normal_quantile((f64::from(k) + 2000.5) / 4000.0).to_bits());
            add(u64::from(exp_f32(x as f32).to_bits()));
            add(u64::from(fermi(x as f32).to_bits()));
        }
        assert_eq!(hash, 12_907_579_424_541_693_620);
    }
}
