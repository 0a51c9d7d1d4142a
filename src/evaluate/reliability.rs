//! Calibration of probabilities: the reliability diagram as a table, expected and maximum
//! calibration error.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use super::error::EvaluateError;
use super::predictions::{Predictions, ratio};

/// How probabilities are put into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BinStrategy {
    /// Bins of about equal weight. Rows with equal scores share a bin: the one in which the
    /// middle of their weight falls, `floor(bins * (weight of lower scores + half the tie
    /// group's weight) / total weight)`. Whole weights thus act as repeated rows, which the
    /// percentile edges of scikit-learn's `calibration_curve(strategy="quantile")` cannot do.
    #[default]
    Quantile,
    /// Bins of equal width: bin `i` (counted from 0) of `n` holds `i/n < p_bot <= (i+1)/n`, and
    /// the first also 0. As scikit-learn's `calibration_curve(strategy="uniform")`.
    Uniform,
}

/// Number of bins and how they are filled. The default is 10 quantile bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binning {
    /// How probabilities are put into bins.
    pub strategy: BinStrategy,
    /// Number of bins; bins without weight are left out of tables and errors.
    pub bins: NonZeroUsize,
}

impl Binning {
    /// Checks the number of bins.
    ///
    /// # Errors
    /// [`EvaluateError::BadSetting`] if `bins` is 0.
    pub fn new(strategy: BinStrategy, bins: usize) -> Result<Binning, EvaluateError> {
        let bins = NonZeroUsize::new(bins).ok_or(EvaluateError::BadSetting {
            what: "the number of calibration bins",
            found: 0.0,
            expected: "1 or more",
        })?;
        Ok(Binning { strategy, bins })
    }
}

impl Default for Binning {
    fn default() -> Self {
        Binning { strategy: BinStrategy::Quantile, bins: NonZeroUsize::MIN.saturating_add(9) }
    }
}

/// One row of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Bin, counted from 0 at the lowest probabilities.
    pub bin: usize,
    /// Number of rows of weight above 0.
    pub n: usize,
    /// Their weight.
    pub weight: f64,
    /// Mean `p_bot`, 0 to 1: what the model says.
    pub mean_p: f64,
    /// Share of bots, 0 to 1: what is true.
    pub frac_pos: f64,
    /// Lower end of the 95 % Wilson interval of `frac_pos`.
    pub lo: f64,
    /// Upper end of the 95 % Wilson interval of `frac_pos`.
    pub hi: f64,
}

/// Reliability diagram as a table: the bins that have weight, lowest probabilities first. Empty if
/// all weights are 0.
///
/// The intervals are Wilson's (1927, *JASA* 22). With weights, the number of rows in the formula
/// is Kish's effective sample size, `(sum w)² / sum w²`, which is the plain count where the
/// weights are equal.
pub fn calibration_table(predictions: &Predictions, binning: Binning) -> Vec<CalibrationBin> {
    let sums = bin_sums(predictions, binning);
    let filled = sums.iter().enumerate().filter(|(_, b)| b.weight > 0.0);
    filled
        .map(|(bin, b)| {
            let frac_pos = b.bots / b.weight;
            let effective = b.weight * b.weight / b.squares;
            let (lo, hi) = wilson_interval(frac_pos, effective);
            CalibrationBin { bin, n: b.rows, weight: b.weight, mean_p: b.scores / b.weight, frac_pos, lo, hi }
        })
        .collect()
}

/// Expected calibration error, 0 (best) to 1: mean over the bins, by weight, of the gap between
/// mean `p_bot` and share of bots. Say with it how many bins there were and how they were filled.
///
/// Chance gaps do not cancel, so small sets look worse than they are, and so do bootstrap
/// replicates: a percentile interval leans upwards and may even leave out the value itself.
///
/// `None` if all weights are 0. Source: Naeini, Cooper & Hauskrecht 2015, AAAI; Guo et al. 2017,
/// ICML.
pub fn ece(predictions: &Predictions, binning: Binning) -> Option<f64> {
    let (mut gaps, mut total) = (0.0, 0.0);
    for bin in bin_sums(predictions, binning) {
        gaps += (bin.bots - bin.scores).abs();
        total += bin.weight;
    }
    ratio(gaps, total)
}

/// Maximum calibration error, 0 (best) to 1: the largest gap of any bin between mean `p_bot` and
/// share of bots.
///
/// `None` if all weights are 0. Source: as [`ece`].
pub fn mce(predictions: &Predictions, binning: Binning) -> Option<f64> {
    bin_sums(predictions, binning)
        .iter()
        .filter_map(|bin| ratio((bin.bots - bin.scores).abs(), bin.weight))
        .reduce(f64::max)
}

/// 95 % Wilson score interval of a share found among `n` accounts.
///
/// `share` is 0 to 1, `n` above 0 and not necessarily whole. Source: Wilson 1927.
pub(super) fn wilson_interval(share: f64, n: f64) -> (f64, f64) {
    /// 97.5 % point of the normal distribution.
    const Z: f64 = 1.959_963_984_540_054;
    let z2 = Z * Z;
    let scale = 1.0 + z2 / n;
    let centre = (share + z2 / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt() / scale;
    // The ends hold the share itself; rounding must not push it out.
    ((centre - half).max(0.0).min(share), (centre + half).min(1.0).max(share))
}

#[derive(Debug, Clone, Copy, Default)]
struct BinSums {
    rows: usize,
    weight: f64,
    squares: f64,
    scores: f64,
    bots: f64,
}

fn bin_sums(predictions: &Predictions, binning: Binning) -> Vec<BinSums> {
    let n_bins = binning.bins.get();
    let mut sums = vec![BinSums::default(); n_bins];
    let (bots, humans) = predictions.class_weights();
    let total = bots + humans;
    if total == 0.0 {
        return sums;
    }

    let scores = predictions.ranked_scores();
    let labels = predictions.ranked_labels();
    let (mut end, mut below, mut uniform_bin) = (scores.len(), 0.0, 0);
    // Tie groups from the lowest score up; ranks run the other way.
    while end > 0 {
        let score = scores[end - 1];
        let mut start = end;
        let mut group = BinSums::default();
        while start > 0 && scores[start - 1] == score {
            start -= 1;
            let w = predictions.ranked_weight(start);
            if w > 0.0 {
                group.rows += 1;
                group.weight += w;
                group.squares += w * w;
                group.scores += w * score;
                group.bots += if labels[start] { w } else { 0.0 };
            }
        }
        end = start;

        let bin = match binning.strategy {
            BinStrategy::Quantile => {
                let middle = below + group.weight / 2.0;
                ((n_bins as f64 * middle / total) as usize).min(n_bins - 1)
            }
            BinStrategy::Uniform => {
                while uniform_bin + 1 < n_bins && score > (uniform_bin + 1) as f64 / n_bins as f64 {
                    uniform_bin += 1;
                }
                uniform_bin
            }
        };
        below += group.weight;
        let sum = &mut sums[bin];
        sum.rows += group.rows;
        sum.weight += group.weight;
        sum.squares += group.squares;
        sum.scores += group.scores;
        sum.bots += group.bots;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_both, assert_close, random_set, replicated};
    use super::*;

    fn bins(strategy: BinStrategy, bins: usize) -> Binning {
        Binning::new(strategy, bins).unwrap()
    }

    #[test]
    fn default_is_ten_quantile_bins() {
        assert_eq!(Binning::default(), bins(BinStrategy::Quantile, 10));
        assert!(Binning::new(BinStrategy::Uniform, 0).is_err());
    }

    #[test]
    fn wilson_by_hand() {
        // Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263 gives 0.2553 to 0.3662.
        let (lo, hi) = wilson_interval(81.0 / 263.0, 263.0);
        assert!((lo - 0.2553).abs() < 5e-5 && (hi - 0.3662).abs() < 5e-5);
        // The same table: 0 of 20 gives 0 to 0.1611.
        let (lo, hi) = wilson_interval(0.0, 20.0);
        assert_eq!(lo, 0.0);
        assert!((hi - 0.1611).abs() < 5e-5);
        assert_eq!(wilson_interval(1.0, 3.0).1, 1.0);
    }

    #[test]
    fn uniform_bins_by_hand() {
        let p = Predictions::new(&[0.0, 0.5, 0.51, 1.0], &[false, true, false, true], None).unwrap();
        let binning = bins(BinStrategy::Uniform, 2);
        let table = calibration_table(&p, binning);
        assert_eq!(table.len(), 2);
        // 0.5 lies on the edge and belongs to the lower bin.
        assert_eq!((table[0].n, table[0].mean_p, table[0].frac_pos), (2, 0.25, 0.5));
        assert_close(table[1].mean_p, 0.755);
        assert_close(ece(&p, binning).unwrap(), (0.25 + 0.255) / 2.0);
        assert_close(mce(&p, binning).unwrap(), 0.255);
    }

    #[test]
    fn quantile_bins_hold_equal_shares() {
        let scores: Vec<f64> = (0..100).map(|i| (i as f64 / 99.0).powi(3)).collect();
        let labels: Vec<bool> = (0..100).map(|i| i % 3 == 0).collect();
        let p = Predictions::new(&scores, &labels, None).unwrap();
        let table = calibration_table(&p, Binning::default());
        assert_eq!(table.len(), 10);
        assert!(table.iter().all(|b| b.n == 10));
        assert!(table.windows(2).all(|w| w[0].mean_p < w[1].mean_p));
    }

    #[test]
    fn tied_scores_share_a_bin_and_empty_bins_are_left_out() {
        let p = Predictions::new(&[0.4; 8], &[true, false, false, false, true, false, false, false], None)
            .unwrap();
        let table = calibration_table(&p, Binning::default());
        assert_eq!(table.len(), 1);
        assert_eq!((table[0].bin, table[0].n, table[0].frac_pos), (5, 8, 0.25));
        assert_close(ece(&p, Binning::default()).unwrap(), 0.15);
    }

    #[test]
    fn no_weight_is_undefined() {
        let p = Predictions::new(&[0.4], &[true], Some(&[0.0])).unwrap();
        assert_eq!(ece(&p, Binning::default()), None);
        assert_eq!(mce(&p, Binning::default()), None);
        assert_eq!(calibration_table(&p, Binning::default()), []);
    }

    #[test]
    fn whole_weights_are_repeated_rows() {
        for seed in 0..30 {
            let s = random_set(seed, 70);
            let r = replicated(&s);
            let a = Predictions::new(&s.scores, &s.labels, Some(&s.weights)).unwrap();
            let b = Predictions::new(&r.scores, &r.labels, None).unwrap();
            for strategy in [BinStrategy::Quantile, BinStrategy::Uniform] {
                for n in [1, 3, 10] {
                    let binning = bins(strategy, n);
                    assert_both(ece(&a, binning), ece(&b, binning));
                    assert_both(mce(&a, binning), mce(&b, binning));
                }
            }
        }
    }

    #[test]
    fn bins_add_up_to_the_set() {
        for seed in 0..20 {
            let s = random_set(seed, 90);
            let p = Predictions::new(&s.scores, &s.labels, Some(&s.weights)).unwrap();
            let table = calibration_table(&p, bins(BinStrategy::Quantile, 7));
            let bots: f64 = table.iter().map(|b| b.weight * b.frac_pos).sum();
            assert_close(bots, p.class_weights().0);
            assert!(table.iter().all(|b| b.lo <= b.frac_pos && b.frac_pos <= b.hi));
        }
    }

    #[test]
    fn equal_weights_change_no_interval() {
        let s = random_set(5, 60);
        let plain = Predictions::new(&s.scores, &s.labels, None).unwrap();
        let equal = plain.with_weights(&[2.0; 60]).unwrap();
        let pair = |p: &Predictions| -> Vec<(f64, f64)> {
            calibration_table(p, Binning::default()).iter().map(|b| (b.lo, b.hi)).collect()
        };
        assert_eq!(pair(&plain), pair(&equal));
    }

    #[test]
    fn weighted_rows_have_the_interval_of_their_effective_number() {
        let weights = [1.0, 2.0, 3.0];
        let p = Predictions::new(&[0.2, 0.3, 0.7], &[false, true, true], Some(&weights)).unwrap();
        let [bin] = calibration_table(&p, bins(BinStrategy::Uniform, 1))[..] else { panic!("one bin") };
        assert_eq!((bin.n, bin.weight), (3, 6.0));
        assert_close(bin.frac_pos, 5.0 / 6.0);
        assert_close(bin.mean_p, (0.2 + 0.6 + 2.1) / 6.0);
        // (1 + 2 + 3)^2 / (1 + 4 + 9) rows.
        let (lo, hi) = wilson_interval(5.0 / 6.0, 36.0 / 14.0);
        assert_close(bin.lo, lo);
        assert_close(bin.hi, hi);
    }

    #[test]
    fn rows_of_weight_zero_are_in_no_bin() {
        let p = Predictions::new(&[0.2, 0.2, 0.2], &[false, true, true], Some(&[1.0, 1.0, 0.0])).unwrap();
        let [bin] = calibration_table(&p, bins(BinStrategy::Uniform, 1))[..] else { panic!("one bin") };
        assert_eq!((bin.n, bin.weight, bin.frac_pos), (2, 2.0, 0.5));
    }
}
