//! A fixed shuffle of numbers, for samples and splits that every run draws alike.

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a number that looks random, from one that does not.
pub(crate) fn scramble(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
