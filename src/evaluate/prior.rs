//! The share of bots of an unlabelled batch, from its calibrated log-odds alone.
//!
//! Where bots and humans of the batch look like those the scores were calibrated on, and only their shares differ, an
//! account with log-odds `z` (meant where bots are half) is `exp(z)` times as likely under "bot" as under "human". The
//! share of bots `s` then maximises the mean of `ln(s exp(z) + 1 - s)`. That is the fixed point of the EM of Saerens,
//! Latinne & Decaestecker 2002, *Neural Computation* 14; the function is concave in `s`, so it is found by halving,
//! which EM reaches only slowly near 0 and 1.

/// Log-odds are counted between these bounds; beyond them nothing is left to learn about the share.
const REACH: f64 = 12.0;
/// Bins a unit of log-odds.
const PER_UNIT: f64 = 32.0;
const BINS: usize = (2.0 * REACH * PER_UNIT) as usize;
/// Half of the 95 % point of chi-square with one degree of freedom: how far the log-likelihood may fall.
const DROP: f64 = 1.920_729_41;

/// Counts of log-odds (meant where bots are half) in fine bins: all the estimate needs of a batch, in 6 KiB.
#[derive(Clone, Debug, PartialEq)]
pub struct LogitHistogram {
    counts: Vec<f64>,
    total: f64,
}

impl Default for LogitHistogram {
    fn default() -> Self {
        LogitHistogram { counts: vec![0.0; BINS], total: 0.0 }
    }
}

/// A maximum-likelihood share with its 95 % profile-likelihood interval, 0 to 1.
///
/// The interval covers the chance in a sample of accounts, nothing else: see [`crate::screen::share_of_bots`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriorEstimate {
    /// The share.
    pub value: f64,
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl LogitHistogram {
    /// Counts one account; what is no number is not counted.
    pub fn add(&mut self, logit: f64) {
        self.add_weighted(logit, 1.0);
    }

    /// Counts an account as `weight` accounts.
    pub fn add_weighted(&mut self, logit: f64, weight: f64) {
        if logit.is_nan() {
            return;
        }
        let at = ((logit + REACH) * PER_UNIT).floor().clamp(0.0, (BINS - 1) as f64);
        self.counts[at as usize] += weight;
        self.total += weight;
    }

    /// Adds the counts of another part of the batch.
    pub fn merge(&mut self, other: &LogitHistogram) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.total += other.total;
    }

    /// Accounts counted.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Share of the accounts at or above 0.
    pub fn share_above_even(&self) -> f64 {
        self.counts[BINS / 2..].iter().sum::<f64>() / self.total
    }

    /// Bins that hold something: likelihood ratio less 1, and count.
    fn cells(&self) -> Vec<(f64, f64)> {
        let filled = self.counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
        filled.map(|(at, count)| ((((at as f64 + 0.5) / PER_UNIT) - REACH).exp_m1(), *count)).collect()
    }

    /// The share of bots that fits best; `None` for an empty batch.
    pub fn prior(&self) -> Option<PriorEstimate> {
        let cells = self.cells();
        if cells.is_empty() {
            return None;
        }
        let slope = |share: f64| cells.iter().map(|(r, n)| n * r / (1.0 + share * r)).sum::<f64>();
        let height = |share: f64| cells.iter().map(|(r, n)| n * (share * r).ln_1p()).sum::<f64>();
        let value = if slope(0.0) <= 0.0 {
            0.0
        } else if slope(1.0) >= 0.0 {
            1.0
        } else {
            halve(0.0, 1.0, |share| slope(share) > 0.0)
        };
        let floor = height(value) - DROP;
        let lo = if height(0.0) >= floor { 0.0 } else { halve(0.0, value, |share| height(share) < floor) };
        let hi = if height(1.0) >= floor { 1.0 } else { halve(value, 1.0, |share| height(share) >= floor) };
        Some(PriorEstimate { value, lo, hi })
    }
}

/// Where a condition that holds at `lo` stops holding.
fn halve(mut lo: f64, mut hi: f64, holds: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..50 {
        let mid = 0.5 * (lo + hi);
        if holds(mid) { lo = mid } else { hi = mid }
    }
    0.5 * (lo + hi)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Accounts at ratios of 4 and 1/4 (in the middle of a bin of ours, so not quite).
    fn two_points(high: u32, low: u32) -> LogitHistogram {
        let mut histogram = LogitHistogram::default();
        (0..high).for_each(|_| histogram.add(4f64.ln()));
        (0..low).for_each(|_| histogram.add(-(4f64.ln())));
        histogram
    }

    #[test]
    fn the_share_by_hand() {
        // With ratios r and 1/r and a share a of the accounts at r, the likelihood is highest at
        // s = (a (r + 1) - 1) / (r - 1): 35 % at 4 are 25 % bots, 50 % are 50 %.
        for (high, low, share) in [(350, 650, 0.25), (500, 500, 0.5), (20, 980, 0.0), (900, 100, 1.0)] {
            let found = two_points(high, low).prior().unwrap();
            assert!((found.value - share).abs() < 0.01, "{found:?}, not {share}");
            assert!(found.lo <= found.value && found.value <= found.hi);
        }
    }

    #[test]
    fn the_interval_is_that_of_the_profile_likelihood() {
        // By hand for 350 and 650: the share above is 0.2 + 0.6 s, so this is a binomial likelihood in it, whose 95 %
        // interval is [0.3208, 0.3800]; in s that is [0.201, 0.300].
        let found = two_points(350, 650).prior().unwrap();
        assert!((found.lo - 0.201).abs() < 0.01 && (found.hi - 0.300).abs() < 0.01, "{found:?}");
        let more = two_points(35_000, 65_000).prior().unwrap();
        assert!(more.hi - more.lo < 0.2 * (found.hi - found.lo));
    }

    #[test]
    fn it_is_the_fixed_point_of_the_em_of_saerens() {
        let mut histogram = LogitHistogram::default();
        for step in 0..400 {
            histogram.add(f64::from(step % 37) / 6.0 - 4.0);
        }
        let mut share = 0.5;
        for _ in 0..20_000 {
            let of = |(r, n): (f64, f64)| n * share * (r + 1.0) / (1.0 + share * r);
            share = histogram.cells().into_iter().map(of).sum::<f64>() / histogram.total();
        }
        assert!((histogram.prior().unwrap().value - share).abs() < 1e-6);
    }

    #[test]
    fn parts_merge_to_the_whole_and_nothing_is_no_estimate() {
        let mut sum = two_points(3, 0);
        sum.merge(&two_points(4, 9));
        assert_eq!(sum, two_points(7, 9));
        assert_eq!(LogitHistogram::default().prior(), None);
        let mut extremes = LogitHistogram::default();
        [f64::INFINITY, -1e300, f64::NAN].iter().for_each(|z| extremes.add(*z));
        assert_eq!(extremes.total(), 2.0);
    }

    #[test]
    fn the_share_above_even_is_of_all_accounts() {
        assert_eq!(two_points(350, 650).share_above_even(), 0.35);
        let mut both = two_points(1, 3);
        both.merge(&two_points(5, 1));
        assert_eq!((both.total(), both.share_above_even()), (10.0, 0.6));
    }
}
