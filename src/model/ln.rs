//! The natural logarithm for curves: a third of the work of the general one, and the same bits on every machine.

/// Parts of an octave, each with the logarithm of its middle.
const PARTS: usize = 128;

/// One over the middle of each part of 1 to 2, and the logarithm of the middle.
static MIDDLES: [[f64; 2]; PARTS] = {
    let mut middles = [[0.0; 2]; PARTS];
    let mut part = 0;
    while part < PARTS {
        let middle = 1.0 + (part as f64 + 0.5) / PARTS as f64;
        middles[part] = [1.0 / middle, ln_by_series(middle)];
        part += 1;
    }
    middles
};

/// The logarithm of a number from 1 to 2, by the series of the inverse hyperbolic tangent.
const fn ln_by_series(x: f64) -> f64 {
    let ratio = (x - 1.0) / (x + 1.0);
    let (mut sum, mut n) = (0.0, 41);
    // The smallest terms first, so that next to nothing is lost: a third to the 41st is below 10^-19.
    while n > 0 {
        sum = sum * ratio * ratio + 1.0 / n as f64;
        n -= 2;
    }
    2.0 * ratio * sum
}

/// `ln(x)` of a positive normal number, within 10^-15 and 3 * 10^-16 of itself.
///
/// `x` is `2^k * middle * (1 + r)`: the logarithm of the middle is looked up, that of `1 + r`, with `r` below 1/256, is the
/// first six terms of its series. Only additions and multiplications, in an order that is written down: no library and no
/// instruction set that rounds otherwise comes in.
#[inline]
pub(super) fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    let [inverse, ln_middle] = MIDDLES[(bits >> 45) as usize % PARTS];
    let octave = (bits >> 52) as i32 - 1023;
    let fraction = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000);
    let r = fraction * inverse - 1.0;
    let square = r * r;
    let series = r - square * (0.5 - r * (1.0 / 3.0) + square * (0.25 - r * 0.2 + square * (1.0 / 6.0)));
    f64::from(octave) * std::f64::consts::LN_2 + (ln_middle + series)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_logarithm_is_that_of_the_library(exponent in -300.0..300.0f64, near in -0.1..0.1f64) {
            for x in [10f64.powf(exponent), 1.0 + near, 1.0 + near * 1e-9, exponent.abs() + 1e-12] {
                let right = x.ln();
                proptest::prop_assert!((ln(x) - right).abs() <= 1e-15 + 3e-16 * right.abs(), "{} {}", x, right);
            }
        }
    }

    #[test]
    fn the_logarithm_is_exact_enough_where_its_parts_meet() {
        for part in 0..=PARTS {
            let end = 1.0 + part as f64 / PARTS as f64;
            for x in [end, end.next_down(), end.next_up(), 1024.0 * end, end / 1024.0] {
                assert!((ln(x) - x.ln()).abs() <= 4e-15, "{x}");
            }
        }
    }
}
