//! The natural logarithm for curves, of eight numbers at once, and the same bits on every machine.

use fearless_simd::prelude::*;
use fearless_simd::{f64x8, u64x8};

/// Bits of the square root of a half, below which a number is taken to the next lower power of two.
const ROOT_HALF: u64 = 0x3fe6_a09e_667f_3bcd;
/// Bits of one.
const ONE: u64 = 0x3ff0_0000_0000_0000;
/// Bits of the fraction of a number.
const FRACTION: u64 = 0x000f_ffff_ffff_ffff;
/// Bits of 2^52: a whole number below that in their last places makes that number and 2^52.
const WHOLE: u64 = 0x4330_0000_0000_0000;
/// 2^52, and the exponent of one as it stands in the bits.
const WHOLE_AND_BIAS: f64 = 4_503_599_627_370_496.0 + 1023.0;

/// The logarithm of `(1 + s) / (1 - s)` over `s`, in powers of the square of `s`: nearly twice 1, 1/3, 1/5, ..., which would
/// be the series. The polynomial that has the right values at seven Chebyshev points of the squares up to 0.0295 and at 0 is
/// nowhere off by more than 5 * 10^-18 of itself (found with 50 digits in mpmath); the series would ask for three terms more.
const SERIES: [f64; 8] = [
    0.14616585424888623,
    0.15331710618210773,
    0.18182889455674947,
    0.22222211130259878,
    0.2857142862600327,
    0.39999999999899444,
    0.666666666666667,
    2.0,
];

/// `ln(x)` of positive normal numbers, within 10^-15 and 3 * 10^-16 of itself.
///
/// `x` is `2^k * m` with `m` between the roots of a half and of two, and `ln(m)` is a series in `(m - 1) / (m + 1)`. There
/// is no table, as looking one up is nothing that can be done side by side. Only additions, multiplications and one
/// division, in an order that is written down: no library and no instruction set that rounds otherwise comes in.
#[inline(always)]
pub(super) fn ln<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let all = |number: f64| f64x8::splat(simd, number);
    let bits = |bits: u64| u64x8::splat(simd, bits);
    let moved = x.to_bits() + bits(ONE - ROOT_HALF);
    let octave = f64x8::from_bits((moved >> 52) | bits(WHOLE)) - all(WHOLE_AND_BIAS);
    let m = f64x8::from_bits((moved & bits(FRACTION)) + bits(ROOT_HALF));
    let s = (m - all(1.0)) / (m + all(1.0));
    let square = s * s;
    let [first, rest @ ..] = SERIES;
    let series = rest.iter().fold(all(first), |sum, term| sum * square + all(*term));
    octave * all(std::f64::consts::LN_2) + s * series
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::in_any_lane;

    /// The logarithm as each kind of processor here finds it.
    fn found(x: f64) -> f64 {
        in_any_lane!(ln, x, beside [1.0, 0.5, 2.0, 1.0], exactly 0.0)
    }

    proptest::proptest! {
        #[test]
        fn the_logarithm_is_that_of_the_library(exponent in -300.0..300.0f64, near in -0.1..0.1f64) {
            for x in [10f64.powf(exponent), 1.0 + near, 1.0 + near * 1e-9, exponent.abs() + 1e-12] {
                let right = x.ln();
                proptest::prop_assert!((found(x) - right).abs() <= 1e-15 + 3e-16 * right.abs(), "{} {}", x, right);
            }
        }
    }

    #[test]
    fn the_logarithm_is_exact_enough_where_its_parts_meet() {
        for end in [0.5f64.sqrt(), 1.0, 2f64.sqrt(), 2.0, f64::MIN_POSITIVE, f64::MAX] {
            for x in [end, end.next_down(), end.next_up(), 1024.0 * end, end / 1024.0] {
                if x.is_normal() {
                    let right = x.ln();
                    assert!((found(x) - right).abs() <= 1e-15 + 3e-16 * right.abs(), "{x}");
                }
            }
        }
    }
}
