//! The exponential function of eight numbers at once, and the same bits on every machine.

use fearless_simd::prelude::*;
use fearless_simd::{f64x8, u64x8};

/// Below this the exponential is that of this: `10^-304`, and so still a normal number.
const LOWEST: f64 = -700.0;
/// The natural logarithm of two in two numbers: the first has 21 bits less than a number can have, so that its product with a
/// whole number of up to 21 bits is exact.
const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
/// 1.5 * 2^52: a number that it is added to is rounded to a whole one, which then is in the last places.
const WHOLE: f64 = 6_755_399_441_055_744.0;
/// One over the factorials from 13 down to 0: the series of the exponential, of which what is left out is below 5 * 10^-18 for numbers
/// up to half the logarithm of two.
const SERIES: [f64; 14] = {
    let mut series = [1.0; 14];
    let mut n = 1;
    let mut factorial = 1.0;
    while n < 14 {
        factorial *= n as f64;
        series[13 - n] = 1.0 / factorial;
        n += 1;
    }
    series
};

/// `exp(x)` of numbers not above 0, off by less than 4 * 10^-16 of the result; of those below -700 that of -700.
///
/// `x` is `k * ln(2) + r` with a whole `k` and the smallest `r`, so that `exp(x)` is `2^k * exp(r)` (as in W. J. Cody and W. Waite,
/// "Software Manual for the Elementary Functions", 1980). Additions and multiplications in a written order, as in
/// [`super::ln::ln`].
#[inline(always)]
pub(super) fn exp<S: Simd>(simd: S, x: f64x8<S>) -> f64x8<S> {
    let all = |number: f64| f64x8::splat(simd, number);
    // Not `max`, of which `NaN` would come out as another number on each kind of processor.
    let x = x.simd_lt(LOWEST).select(all(LOWEST), x);
    let shifted = x * all(std::f64::consts::LOG2_E) + all(WHOLE);
    let k = shifted - all(WHOLE);
    let r = x - k * all(LN_2[0]) - k * all(LN_2[1]);
    let [first, rest @ ..] = SERIES;
    let series = rest.iter().fold(all(first), |sum, term| sum * r + all(*term));
    // The last bits of what was shifted are those of k, moved here to where the exponent is; what is above them falls out.
    let octaves: u64x8<S> = shifted.to_bits() << 52;
    f64x8::from_bits(series.to_bits() + octaves)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::testing::in_any_lane;

    /// The exponential as each kind of processor here finds it.
    fn found(x: f64) -> f64 {
        in_any_lane!(exp, x, beside [0.0, -0.5, -2.0, -1.0], exactly 1.0)
    }

    fn is_right(x: f64) -> bool {
        let right = x.max(LOWEST).exp();
        (found(x) - right).abs() <= 4e-16 * right
    }

    proptest::proptest! {
        #[test]
        fn the_exponential_is_that_of_the_library(x in -720.0..0.0f64, near in -1.0..0.0f64) {
            for x in [x, x / 20.0, near, near * 1e-9] {
                proptest::prop_assert!(is_right(x), "{} {}", x, found(x));
            }
        }
    }

    #[test]
    fn the_exponential_is_exact_enough_where_its_parts_meet() {
        for half in 0..2020 {
            let end = f64::from(half) * -0.5 * std::f64::consts::LN_2;
            for x in [end, end.next_down(), end.next_up()] {
                assert!(is_right(x.min(0.0)), "{x}");
            }
        }
        assert_eq!((found(0.0), found(-0.0)), (1.0, 1.0));
        assert_eq!(found(f64::NEG_INFINITY), found(LOWEST));
        assert!(found(f64::NAN).is_nan());
    }
}
