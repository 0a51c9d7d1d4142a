//! Operating points: the threshold that meets a demand, and what the model does there.
//!
//! Choose on validation rows, report on test rows: a threshold looks better on the rows it was
//! chosen on.

use serde::{Deserialize, Serialize};

use super::confusion::ConfusionMatrix;
use super::predictions::{Cut, Predictions};

/// Slack for demands, so that a recall of 9 out of 10 weighted bots meets 0.9 whatever the
/// rounding of the weights.
const SLACK: f64 = 1e-12;

/// A threshold (`p_bot >= threshold` is called bot) and the confusion matrix it gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// Lowest `p_bot` that is called bot, 0 to 1: always one of the scores of the set.
    pub threshold: f64,
    /// Weight of accounts by true class and by what they are called.
    pub confusion: ConfusionMatrix,
}

/// The operating point of highest recall among those with at least this precision (0 to 1); of
/// several, that of highest threshold.
///
/// `None` if no threshold reaches the precision with any bot found. Source: scikit-learn
/// `precision_recall_curve`, searched; torchmetrics `recall_at_fixed_precision` (which answers 0
/// where this answers `None`).
pub fn operating_point_at_precision(predictions: &Predictions, min_precision: f64) -> Option<OperatingPoint> {
    best(predictions, |cut, _| {
        (cut.tp > 0.0 && cut.tp >= (min_precision - SLACK) * (cut.tp + cut.fp)).then_some(cut.tp)
    })
}

/// The operating point of highest threshold with at least this recall (0 to 1), which is the one
/// that flags the fewest accounts.
///
/// `None` if no bot has weight or the recall is above 1.
pub fn operating_point_at_recall(predictions: &Predictions, min_recall: f64) -> Option<OperatingPoint> {
    best(predictions, |cut, (bots, _)| (bots > 0.0 && cut.tp >= (min_recall - SLACK) * bots).then_some(0.0))
}

/// The operating point of highest recall among those with at most this false positive rate (0 to
/// 1); of several, that of highest threshold.
///
/// `None` unless both classes have weight, or if every threshold calls more humans bots than that.
pub fn operating_point_at_fpr(predictions: &Predictions, max_fpr: f64) -> Option<OperatingPoint> {
    best(predictions, |cut, (bots, humans)| {
        (bots > 0.0 && humans > 0.0 && cut.fp <= (max_fpr + SLACK) * humans).then_some(cut.tp)
    })
}

/// The operating point of lowest cost, if a real person called bot costs `cost_fp` and a missed
/// bot costs 1; of several, that of highest threshold.
///
/// `None` if calling nobody a bot is at least as cheap as any threshold, if all weights are 0, or
/// if `cost_fp` is negative or NaN. Source: Elkan 2001, *The foundations of cost-sensitive
/// learning*, IJCAI.
pub fn operating_point_at_cost(predictions: &Predictions, cost_fp: f64) -> Option<OperatingPoint> {
    if !(cost_fp >= 0.0 && cost_fp.is_finite()) {
        return None;
    }
    best(predictions, |cut, _| {
        let saved = cut.tp - cost_fp * cut.fp;
        (saved > 0.0).then_some(saved)
    })
}

/// Highest recall among thresholds with at least this precision, 0 to 1: see
/// [`operating_point_at_precision`]. `None` if no threshold reaches it.
pub fn recall_at_precision(predictions: &Predictions, min_precision: f64) -> Option<f64> {
    operating_point_at_precision(predictions, min_precision)?.confusion.recall()
}

/// Share of the list that a person need not read and still meets at least this recall of bots, 0
/// to 1: see [`operating_point_at_recall`]. `None` if no bot has weight.
///
/// Source: ORES / revscoring `filter_rate_at_recall` ("filter rate at recall"), Halfaker & Geiger
/// 2020.
pub fn filter_rate_at_recall(predictions: &Predictions, min_recall: f64) -> Option<f64> {
    operating_point_at_recall(predictions, min_recall)?.confusion.filter_rate()
}

/// The cut with the highest gain among those that have one; the first (highest threshold) wins
/// ties. `gain` sees the cut and the weight of (bots, humans).
fn best(predictions: &Predictions, gain: impl Fn(Cut, (f64, f64)) -> Option<f64>) -> Option<OperatingPoint> {
    let classes = predictions.class_weights();
    let mut best: Option<(f64, Cut)> = None;
    for cut in predictions.cuts() {
        if let Some(gain) = gain(cut, classes)
            && best.is_none_or(|(most, _)| gain > most)
        {
            best = Some((gain, cut));
        }
    }
    best.map(|(_, cut)| OperatingPoint {
        threshold: cut.threshold,
        confusion: ConfusionMatrix {
            tp: cut.tp,
            fp: cut.fp,
            fn_: (classes.0 - cut.tp).max(0.0),
            tn: (classes.1 - cut.fp).max(0.0),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::confusion::confusion_at;
    use super::super::testing::{assert_close, random_set};
    use super::*;

    fn ten() -> Predictions<'static> {
        // Bots at ranks 0, 1, 3, 6; humans elsewhere.
        let scores: Vec<f64> = (0..10).map(|i| 0.95 - 0.1 * i as f64).collect();
        let labels: Vec<bool> = (0..10).map(|i| [0, 1, 3, 6].contains(&i)).collect();
        Predictions::new(&scores, &labels, None).unwrap()
    }

    #[test]
    fn precision_demand() {
        let point = operating_point_at_precision(&ten(), 0.75).unwrap();
        assert_close(point.threshold, 0.65);
        assert_eq!(point.confusion.precision(), Some(0.75));
        assert_eq!(recall_at_precision(&ten(), 0.75), Some(0.75));
        assert_eq!(recall_at_precision(&ten(), 1.0), Some(0.5));
    }

    #[test]
    fn an_unreachable_demand_is_none() {
        let p = Predictions::new(&[0.9, 0.1], &[false, true], None).unwrap();
        assert_eq!(recall_at_precision(&p, 0.9), None);
        assert_eq!(operating_point_at_fpr(&p, 0.5), None);
        assert_eq!(operating_point_at_cost(&p, 1.0), None);
        assert_eq!(operating_point_at_recall(&p, 1.5), None);
        let humans = Predictions::new(&[0.9], &[false], None).unwrap();
        assert_eq!(filter_rate_at_recall(&humans, 0.5), None);
        assert_eq!(recall_at_precision(&humans, 0.0), None);
        assert_eq!(operating_point_at_cost(&ten(), f64::NAN), None);
        assert_eq!(operating_point_at_precision(&ten(), f64::NAN), None);
    }

    #[test]
    fn recall_demand() {
        let point = operating_point_at_recall(&ten(), 0.75).unwrap();
        assert_close(point.threshold, 0.65);
        assert_close(filter_rate_at_recall(&ten(), 0.75).unwrap(), 0.6);
        assert_close(filter_rate_at_recall(&ten(), 1.0).unwrap(), 0.3);
    }

    #[test]
    fn false_positive_rate_and_cost_demands() {
        let point = operating_point_at_fpr(&ten(), 0.2).unwrap();
        assert_close(point.threshold, 0.65);
        let point = operating_point_at_fpr(&ten(), 0.0).unwrap();
        assert_close(point.threshold, 0.85);
        // A wrongly called person costs ten missed bots: stop before the first.
        let point = operating_point_at_cost(&ten(), 10.0).unwrap();
        assert_close(point.threshold, 0.85);
        // Free false positives: find every bot, and no further.
        let point = operating_point_at_cost(&ten(), 0.0).unwrap();
        assert_close(point.threshold, 0.35);
    }

    #[test]
    fn points_are_the_best_there_are() {
        for seed in 0..40 {
            let s = random_set(seed, 60);
            let p = Predictions::new(&s.scores, &s.labels, Some(&s.weights)).unwrap();
            let all: Vec<_> = s.scores.iter().map(|&t| confusion_at(&p, t)).collect();
            let brute = all
                .iter()
                .filter(|m| m.tp > 0.0 && m.precision() >= Some(0.6))
                .filter_map(|m| m.recall())
                .reduce(f64::max);
            assert_eq!(recall_at_precision(&p, 0.6), brute);
            let brute = all
                .iter()
                .filter(|m| m.recall() >= Some(0.8))
                .filter_map(|m| m.filter_rate())
                .reduce(f64::max);
            assert_eq!(filter_rate_at_recall(&p, 0.8), brute);
            if let Some(point) = operating_point_at_precision(&p, 0.6) {
                assert_eq!(point.confusion, confusion_at(&p, point.threshold));
            }
        }
    }

    #[test]
    fn one_class_has_no_point_and_a_price_is_not_below_nothing() {
        let people = Predictions::new(&[0.9, 0.2], &[false; 2], None).unwrap();
        let bots = Predictions::new(&[0.9, 0.2], &[true; 2], None).unwrap();
        // Even where all may be called bots: there is no rate of a class that is not there.
        assert_eq!(operating_point_at_fpr(&people, 1.0), None);
        assert_eq!(operating_point_at_fpr(&bots, 1.0), None);
        // Any precision will do, but a bot has to be found.
        assert_eq!(operating_point_at_precision(&people, 0.0), None);
        assert!(operating_point_at_precision(&bots, 0.0).is_some());
        assert_eq!(operating_point_at_cost(&bots, -1.0), None);
        assert_eq!(operating_point_at_cost(&bots, f64::INFINITY), None);
        assert!(operating_point_at_cost(&bots, 0.0).is_some());
    }
}
