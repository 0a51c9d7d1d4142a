//! Metrics of a ranking (ROC AUC, average precision, precision at k) and of probabilities
//! (Brier score, log loss).
//!
//! Each is a function from [`Predictions`] to `Option<f64>`; `None` means not defined on these
//! rows. Each is checked against scikit-learn 1.9.1 to 1e-9 in
//! `tests/metrics_match_scikit_learn.rs`, where scikit-learn has it.

use super::predictions::{Predictions, ratio};

/// Area under the ROC curve, 0 to 1: the chance that a bot drawn at random scores higher than a
/// human drawn at random, a tie counting half. 0.5 is chance.
///
/// `None` unless both classes have weight. Source: Hanley & McNeil 1982, *Radiology* 143;
/// scikit-learn `roc_auc_score`.
pub fn roc_auc(predictions: &Predictions) -> Option<f64> {
    let (mut tp, mut fp, mut area) = (0.0, 0.0, 0.0);
    for cut in predictions.cuts() {
        area += (cut.fp - fp) * (cut.tp + tp) / 2.0;
        (tp, fp) = (cut.tp, cut.fp);
    }
    ratio(area, tp * fp)
}

/// Average precision, 0 to 1: the mean over all bots of the precision at that bot's score, in
/// step form, `sum of (recall_i - recall_{i-1}) * precision_i` over falling thresholds. Not the
/// trapezoid area, which is too kind. Chance level is the prevalence.
///
/// `None` if no bot has weight. Source: scikit-learn `average_precision_score`; Davis & Goadrich
/// 2006, ICML, for why not to interpolate.
pub fn average_precision(predictions: &Predictions) -> Option<f64> {
    let (mut tp, mut sum) = (0.0, 0.0);
    for cut in predictions.cuts() {
        sum += (cut.tp - tp) * cut.tp / (cut.tp + cut.fp);
        tp = cut.tp;
    }
    ratio(sum, tp)
}

/// Kolmogorov-Smirnov statistic, 0 to 1: the largest gap between the true and the false positive
/// rate at any threshold (also Youden's J of the best threshold).
///
/// `None` unless both classes have weight. Source: scipy `ks_2samp(...).statistic`, two-sided for
/// scores that rank the right way round; Youden 1950.
pub fn kolmogorov_smirnov(predictions: &Predictions) -> Option<f64> {
    let (bots, humans) = predictions.class_weights();
    if bots == 0.0 || humans == 0.0 {
        return None;
    }
    let gap = predictions.cuts().map(|cut| cut.tp / bots - cut.fp / humans).fold(0.0, f64::max);
    Some(gap)
}

/// Brier score, 0 (best) to 1: weighted mean of `(p_bot - label)²`.
///
/// `None` if all weights are 0. Source: Brier 1950; scikit-learn `brier_score_loss`.
pub fn brier(predictions: &Predictions) -> Option<f64> {
    weighted_mean(predictions, |score, bot| {
        let miss = score - if bot { 1.0 } else { 0.0 };
        miss * miss
    })
}

/// Log loss (cross-entropy), 0 (best) and up, in nats: weighted mean of `-ln(p)` of the class that
/// is true.
///
/// Probabilities are first clipped to `[eps, 1 - eps]` with `eps` = 2⁻⁵², the machine precision of
/// `f64`, as scikit-learn's `log_loss` does; a sure and wrong answer thus costs about 36 and not
/// infinity. `None` if all weights are 0.
pub fn log_loss(predictions: &Predictions) -> Option<f64> {
    weighted_mean(predictions, |score, bot| {
        let p = score.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        // `1 - p` and not `ln_1p(-p)`: scikit-learn forms the second column the same way.
        -(if bot { p } else { 1.0 - p }).ln()
    })
}

/// Precision among the first `k` accounts of the queue, 0 to 1.
///
/// Where the cut falls inside a tie group, the group's bots are counted in proportion: the value
/// expected if tied rows were put in random order. Weights count as numbers of accounts, so `k`
/// is in units of weight. `None` if `k` is 0 or above the total weight.
///
/// Source: precision at k of information retrieval; ties after McSherry & Najork 2008, ECIR.
pub fn precision_at_k(predictions: &Predictions, k: usize) -> Option<f64> {
    Some(bots_in_first(predictions, k)? / k as f64)
}

/// Share of all bots that are among the first `k` accounts of the queue, 0 to 1.
///
/// Ties, weights and `k` as in [`precision_at_k`]; `None` also if no bot has weight.
pub fn recall_at_k(predictions: &Predictions, k: usize) -> Option<f64> {
    let (bots, _) = predictions.class_weights();
    ratio(bots_in_first(predictions, k)?, bots).map(|recall| recall.min(1.0))
}

/// Expected weight of bots among the first `k` units of weight.
fn bots_in_first(predictions: &Predictions, k: usize) -> Option<f64> {
    if k == 0 {
        return None;
    }
    let k = k as f64;
    let (mut tp, mut read) = (0.0, 0.0);
    for cut in predictions.cuts() {
        let cut_read = cut.tp + cut.fp;
        if cut_read >= k {
            let share = (k - read) / (cut_read - read);
            return Some(tp + (cut.tp - tp) * share);
        }
        (tp, read) = (cut.tp, cut_read);
    }
    // Weights that were scaled to sum to k may miss it by rounding.
    (read >= k * (1.0 - 1e-9)).then_some(tp)
}

fn weighted_mean(predictions: &Predictions, loss: impl Fn(f64, bool) -> f64) -> Option<f64> {
    let (mut sum, mut total) = (0.0, 0.0);
    for (score, bot, weight) in predictions.ranked() {
        if weight > 0.0 {
            sum += weight * loss(score, bot);
            total += weight;
        }
    }
    ratio(sum, total)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Set, assert_both, assert_close, random_set, replicated};
    use super::*;

    fn set(scores: &[f64], labels: &[bool]) -> Predictions<'static> {
        Predictions::new(scores, labels, None).unwrap()
    }

    fn weighted(set: &Set) -> Predictions<'static> {
        Predictions::new(&set.scores, &set.labels, Some(&set.weights)).unwrap()
    }

    #[test]
    fn roc_auc_by_hand() {
        // The example of scikit-learn's documentation.
        let p = set(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]);
        assert_eq!(roc_auc(&p), Some(0.75));
        assert_eq!(roc_auc(&set(&[0.5, 0.5, 0.5], &[true, false, false])), Some(0.5));
        assert_eq!(roc_auc(&set(&[0.1, 0.9], &[true, false])), Some(0.0));
    }

    #[test]
    fn average_precision_by_hand() {
        let p = set(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]);
        assert_close(average_precision(&p).unwrap(), 0.5 + 0.5 * 2.0 / 3.0);
        // All tied: the prevalence.
        assert_eq!(average_precision(&set(&[0.5; 4], &[true, false, false, false])), Some(0.25));
    }

    #[test]
    fn one_class_leaves_ranking_metrics_undefined() {
        let bots = set(&[0.1, 0.9], &[true, true]);
        assert_eq!(roc_auc(&bots), None);
        assert_eq!(kolmogorov_smirnov(&bots), None);
        assert_eq!(average_precision(&bots), Some(1.0));
        let humans = set(&[0.1, 0.9], &[false, false]);
        assert_eq!(roc_auc(&humans), None);
        assert_eq!(average_precision(&humans), None);
        assert_eq!(recall_at_k(&humans, 1), None);
        assert_eq!(precision_at_k(&humans, 1), Some(0.0));
    }

    #[test]
    fn no_weight_leaves_everything_undefined() {
        let p = Predictions::new(&[0.1, 0.9], &[true, false], Some(&[0.0, 0.0])).unwrap();
        for value in [
            roc_auc(&p),
            average_precision(&p),
            kolmogorov_smirnov(&p),
            brier(&p),
            log_loss(&p),
            precision_at_k(&p, 1),
            recall_at_k(&p, 1),
        ] {
            assert_eq!(value, None);
        }
    }

    #[test]
    fn extreme_weights_stay_in_range() {
        for weight in [1e-100, 1e100] {
            let p = Predictions::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true], Some(&[weight; 4]))
                .unwrap();
            assert_both(roc_auc(&p), Some(0.75));
            assert_both(average_precision(&p), Some(0.5 + 0.5 * 2.0 / 3.0));
        }
    }

    #[test]
    fn roc_auc_counts_pairs() {
        for seed in 0..50 {
            let s = random_set(seed, 60);
            let (mut won, mut pairs) = (0.0, 0.0);
            for i in 0..60 {
                for j in 0..60 {
                    if s.labels[i] && !s.labels[j] {
                        let w = s.weights[i] * s.weights[j];
                        pairs += w;
                        if s.scores[i] > s.scores[j] {
                            won += w;
                        } else if s.scores[i] == s.scores[j] {
                            won += w / 2.0;
                        }
                    }
                }
            }
            assert_close(roc_auc(&weighted(&s)).unwrap(), won / pairs);
        }
    }

    #[test]
    fn average_precision_is_the_mean_precision_at_the_bots() {
        for seed in 0..50 {
            let s = random_set(seed, 60);
            let (mut sum, mut bots) = (0.0, 0.0);
            for i in (0..60).filter(|&i| s.labels[i] && s.weights[i] > 0.0) {
                let (mut tp, mut called) = (0.0, 0.0);
                for j in (0..60).filter(|&j| s.scores[j] >= s.scores[i]) {
                    called += s.weights[j];
                    if s.labels[j] {
                        tp += s.weights[j];
                    }
                }
                sum += s.weights[i] * tp / called;
                bots += s.weights[i];
            }
            assert_close(average_precision(&weighted(&s)).unwrap(), sum / bots);
        }
    }

    #[test]
    fn whole_weights_are_repeated_rows() {
        for seed in 0..30 {
            let s = random_set(seed, 80);
            let r = replicated(&s);
            let (a, b) = (weighted(&s), set(&r.scores, &r.labels));
            assert_both(roc_auc(&a), roc_auc(&b));
            assert_both(average_precision(&a), average_precision(&b));
            assert_both(kolmogorov_smirnov(&a), kolmogorov_smirnov(&b));
            assert_both(brier(&a), brier(&b));
            assert_both(log_loss(&a), log_loss(&b));
            for k in [1, 7, 40, r.scores.len(), r.scores.len() + 1] {
                assert_both(precision_at_k(&a, k), precision_at_k(&b, k));
                assert_both(recall_at_k(&a, k), recall_at_k(&b, k));
            }
        }
    }

    #[test]
    fn row_order_does_not_matter() {
        let s = random_set(3, 80);
        let back = |v: &[f64]| v.iter().rev().copied().collect::<Vec<_>>();
        let labels: Vec<bool> = s.labels.iter().rev().copied().collect();
        let p = Predictions::new(&back(&s.scores), &labels, Some(&back(&s.weights))).unwrap();
        assert_eq!(roc_auc(&p), roc_auc(&weighted(&s)));
        assert_eq!(average_precision(&p), average_precision(&weighted(&s)));
        assert_eq!(precision_at_k(&p, 10), precision_at_k(&weighted(&s), 10));
    }

    #[test]
    fn kolmogorov_smirnov_by_hand() {
        let p = set(&[0.9, 0.8, 0.7, 0.6, 0.5], &[true, true, false, true, false]);
        assert_close(kolmogorov_smirnov(&p).unwrap(), 2.0 / 3.0);
        assert_eq!(kolmogorov_smirnov(&set(&[0.1, 0.9], &[true, false])), Some(0.0));
        // One of three people lies above both bots.
        let p = set(&[0.9, 0.8, 0.7, 0.6, 0.5], &[false, true, true, false, false]);
        assert_close(kolmogorov_smirnov(&p).unwrap(), 1.0 - 1.0 / 3.0);
    }

    #[test]
    fn brier_and_log_loss_by_hand() {
        let p = set(&[0.8, 0.3], &[true, false]);
        assert_close(brier(&p).unwrap(), (0.04 + 0.09) / 2.0);
        assert_close(log_loss(&p).unwrap(), -(0.8f64.ln() + 0.7f64.ln()) / 2.0);
    }

    #[test]
    fn log_loss_of_a_sure_and_wrong_answer_is_finite() {
        let p = set(&[1.0, 0.0], &[false, true]);
        assert_close(log_loss(&p).unwrap(), 52.0 * 2.0f64.ln());
        assert!(log_loss(&set(&[1.0], &[true])).unwrap() < 1e-15);
    }

    #[test]
    fn a_tie_at_the_cut_counts_in_proportion() {
        let p = set(&[0.9, 0.5, 0.5, 0.5, 0.1], &[true, true, false, false, true]);
        assert_eq!(precision_at_k(&p, 1), Some(1.0));
        // One bot for sure and one of the three tied rows, a bot in one case out of three.
        assert_close(precision_at_k(&p, 2).unwrap(), (1.0 + 1.0 / 3.0) / 2.0);
        assert_close(recall_at_k(&p, 2).unwrap(), (1.0 + 1.0 / 3.0) / 3.0);
        assert_eq!(precision_at_k(&p, 4), Some(0.5));
        assert_eq!(recall_at_k(&p, 5), Some(1.0));
    }

    #[test]
    fn k_outside_the_set_is_undefined() {
        let p = set(&[0.9, 0.5], &[true, false]);
        assert_eq!(precision_at_k(&p, 0), None);
        assert_eq!(precision_at_k(&p, 3), None);
        assert_eq!(recall_at_k(&p, 3), None);
    }

    #[test]
    fn weights_that_miss_k_by_rounding_are_all_read() {
        // Nine times 0.1 of people and once of a bot are added up to a little less than 1.
        assert!((0..9).fold(0.0, |sum, _| sum + 0.1) + 0.1 < 1.0);
        let (scores, labels): (Vec<f64>, Vec<bool>) = (0..10).map(|n| (f64::from(n) / 10.0, n == 5)).unzip();
        let p = Predictions::new(&scores, &labels, Some(&[0.1; 10])).unwrap();
        assert!((precision_at_k(&p, 1).unwrap() - 0.1).abs() < 1e-12);
        assert!((recall_at_k(&p, 1).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(precision_at_k(&p, 2), None);
    }
}
