//! The confusion matrix at a threshold, and the metrics that follow from its four numbers.

use serde::{Deserialize, Serialize};

use super::predictions::{Predictions, ratio};

/// Weight of accounts by true class and by what they are called. Without weights, counts of
/// accounts.
///
/// Every metric is `None` where it would divide by 0. Precision, recall, F-scores, balanced
/// accuracy and Matthews correlation agree with scikit-learn's functions wherever those do not
/// warn of an undefined value.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ConfusionMatrix {
    /// True positives: bots called bot.
    pub tp: f64,
    /// False positives: real people called bot, the costly error.
    pub fp: f64,
    /// False negatives: bots called human.
    #[serde(rename = "fn")]
    pub fn_: f64,
    /// True negatives: humans called human.
    pub tn: f64,
}

/// Confusion matrix of calling an account a bot if `p_bot >= threshold`.
///
/// A threshold above 1 (or NaN) calls nobody a bot, one of 0 or below calls everybody a bot.
/// Source: scikit-learn `confusion_matrix`.
pub fn confusion_at(predictions: &Predictions, threshold: f64) -> ConfusionMatrix {
    let called = predictions.ranked_scores().partition_point(|&score| score >= threshold);
    let mut matrix = ConfusionMatrix::default();
    for (rank, (_, bot, weight)) in predictions.ranked().enumerate() {
        match (rank < called, bot) {
            (true, true) => matrix.tp += weight,
            (true, false) => matrix.fp += weight,
            (false, true) => matrix.fn_ += weight,
            (false, false) => matrix.tn += weight,
        }
    }
    matrix
}

impl ConfusionMatrix {
    /// Weight of all accounts.
    pub fn total(&self) -> f64 {
        self.tp + self.fp + self.fn_ + self.tn
    }

    /// Precision (positive predictive value), 0 to 1: share of accounts called bot that are bots.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fp)
    }

    /// Recall (sensitivity, true positive rate), 0 to 1: share of bots that are called bot.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.tp, self.tp + self.fn_)
    }

    /// Specificity (true negative rate), 0 to 1: share of humans that are called human.
    pub fn specificity(&self) -> Option<f64> {
        ratio(self.tn, self.tn + self.fp)
    }

    /// False positive rate, 0 to 1: share of humans that are called bot.
    pub fn false_positive_rate(&self) -> Option<f64> {
        ratio(self.fp, self.tn + self.fp)
    }

    /// Negative predictive value, 0 to 1: share of accounts called human that are human.
    pub fn negative_predictive_value(&self) -> Option<f64> {
        ratio(self.tn, self.tn + self.fn_)
    }

    /// F1, 0 to 1: harmonic mean of precision and recall. Source: scikit-learn `f1_score`.
    pub fn f1(&self) -> Option<f64> {
        self.f_beta(1.0)
    }

    /// F-beta, 0 to 1: recall counts `beta` times as much as precision. Below 1 it favours
    /// precision, and with it fewer real people called bot.
    ///
    /// `None` also unless `beta` is from 0 to 1e6. Source: van Rijsbergen 1979, *Information
    /// Retrieval*; scikit-learn `fbeta_score`.
    pub fn f_beta(&self, beta: f64) -> Option<f64> {
        if !(0.0..=1e6).contains(&beta) {
            return None;
        }
        let b2 = beta * beta;
        let hit = (1.0 + b2) * self.tp;
        ratio(hit, hit + self.fp + b2 * self.fn_)
    }

    /// Accuracy, 0 to 1: share of accounts called what they are.
    pub fn accuracy(&self) -> Option<f64> {
        ratio(self.tp + self.tn, self.total())
    }

    /// Balanced accuracy, 0 to 1: mean of recall and specificity; 0.5 is chance. `None` unless
    /// both classes have weight. Source: scikit-learn `balanced_accuracy_score`.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some((self.recall()? + self.specificity()?) / 2.0)
    }

    /// Matthews correlation coefficient, -1 to 1; 0 is chance.
    ///
    /// `None` if a class is absent or never called, where scikit-learn's `matthews_corrcoef`
    /// answers 0. Source: Matthews 1975; Chicco & Jurman 2020, *BMC Genomics* 21:6.
    pub fn mcc(&self) -> Option<f64> {
        // Shares of the total keep the product of four sums within range.
        let total = self.total();
        let [tp, fp, fn_, tn] = [self.tp, self.fp, self.fn_, self.tn].map(|x| x / total);
        let scale = ((tp + fp) * (tp + fn_) * (tn + fp) * (tn + fn_)).sqrt();
        ratio(tp * tn - fp * fn_, scale)
    }

    /// Share of all accounts that are called bot, 0 to 1.
    pub fn flagged_share(&self) -> Option<f64> {
        ratio(self.tp + self.fp, self.total())
    }

    /// Share of all accounts that are *not* called bot, 0 to 1: what a person who reads only the
    /// flagged ones need not read.
    pub fn filter_rate(&self) -> Option<f64> {
        ratio(self.fn_ + self.tn, self.total())
    }

    /// Real people wrongly called bot, per 1,000 accounts read (bots and humans alike, flagged or
    /// not), 0 to 1,000. This is the false-positive cost that botsieve always reports.
    pub fn false_positives_per_1000(&self) -> Option<f64> {
        ratio(1000.0 * self.fp, self.total())
    }

    /// Real people among 1,000 accounts that are called bot, 0 to 1,000: `1000 * (1 - precision)`.
    pub fn false_positives_per_1000_flagged(&self) -> Option<f64> {
        ratio(1000.0 * self.fp, self.tp + self.fp)
    }

    /// Net benefit of acting at `threshold`, at most the prevalence: `tp/n - fp/n * t/(1 - t)`.
    ///
    /// `None` also unless `0 <= threshold < 1`. Source: Vickers & Elkin 2006, *Medical Decision
    /// Making* 26.
    pub fn net_benefit(&self, threshold: f64) -> Option<f64> {
        if !(0.0..1.0).contains(&threshold) {
            return None;
        }
        let odds = threshold / (1.0 - threshold);
        ratio(self.tp - self.fp * odds, self.total())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{assert_close, random_set, replicated};
    use super::*;

    const MATRIX: ConfusionMatrix = ConfusionMatrix { tp: 6.0, fp: 2.0, fn_: 3.0, tn: 9.0 };

    #[test]
    fn a_score_at_the_threshold_is_called_bot() {
        let p = Predictions::new(&[0.5, 0.49, 0.5], &[true, true, false], None).unwrap();
        let matrix = confusion_at(&p, 0.5);
        assert_eq!(matrix, ConfusionMatrix { tp: 1.0, fp: 1.0, fn_: 1.0, tn: 0.0 });
    }

    #[test]
    fn thresholds_out_of_range_call_all_or_nobody() {
        let p = Predictions::new(&[0.0, 1.0], &[true, false], None).unwrap();
        assert_eq!(confusion_at(&p, 0.0).flagged_share(), Some(1.0));
        assert_eq!(confusion_at(&p, -1.0).flagged_share(), Some(1.0));
        assert_eq!(confusion_at(&p, 1.1).flagged_share(), Some(0.0));
        assert_eq!(confusion_at(&p, f64::NAN).flagged_share(), Some(0.0));
        assert_eq!(confusion_at(&p, f64::INFINITY).precision(), None);
    }

    #[test]
    fn metrics_by_hand() {
        let m = MATRIX;
        assert_close(m.precision().unwrap(), 0.75);
        assert_close(m.recall().unwrap(), 2.0 / 3.0);
        assert_close(m.specificity().unwrap(), 9.0 / 11.0);
        assert_close(m.false_positive_rate().unwrap(), 2.0 / 11.0);
        assert_close(m.negative_predictive_value().unwrap(), 0.75);
        assert_close(m.f1().unwrap(), 12.0 / 17.0);
        assert_close(m.f_beta(0.5).unwrap(), 1.25 * 6.0 / (7.5 + 2.0 + 0.75));
        assert_close(m.f_beta(0.0).unwrap(), m.precision().unwrap());
        assert_close(m.accuracy().unwrap(), 0.75);
        assert_close(m.balanced_accuracy().unwrap(), (2.0 / 3.0 + 9.0 / 11.0) / 2.0);
        assert_close(m.mcc().unwrap(), 48.0 / (8.0f64 * 9.0 * 11.0 * 12.0).sqrt());
        assert_close(m.flagged_share().unwrap(), 0.4);
        assert_close(m.filter_rate().unwrap(), 0.6);
        assert_close(m.false_positives_per_1000().unwrap(), 100.0);
        assert_close(m.false_positives_per_1000_flagged().unwrap(), 250.0);
        assert_close(m.net_benefit(0.5).unwrap(), 0.2);
        // A wrong call weighs a third of a right one at a quarter, and four of them at four fifths.
        assert_close(m.net_benefit(0.25).unwrap(), (6.0 - 2.0 / 3.0) / 20.0);
        assert_close(m.net_benefit(0.8).unwrap(), (6.0 - 8.0) / 20.0);
    }

    #[test]
    fn nothing_divides_by_zero() {
        let nobody_called = ConfusionMatrix { fn_: 1.0, tn: 1.0, ..Default::default() };
        assert_eq!(nobody_called.precision(), None);
        assert_eq!(nobody_called.mcc(), None);
        assert_eq!(nobody_called.f1(), Some(0.0));
        assert_eq!(nobody_called.false_positives_per_1000_flagged(), None);

        let only_humans = ConfusionMatrix { fp: 1.0, tn: 1.0, ..Default::default() };
        assert_eq!(only_humans.recall(), None);
        assert_eq!(only_humans.balanced_accuracy(), None);

        let empty = ConfusionMatrix::default();
        for value in [
            empty.precision(),
            empty.recall(),
            empty.specificity(),
            empty.f1(),
            empty.accuracy(),
            empty.balanced_accuracy(),
            empty.mcc(),
            empty.flagged_share(),
            empty.filter_rate(),
            empty.false_positives_per_1000(),
            empty.negative_predictive_value(),
            empty.net_benefit(0.5),
        ] {
            assert_eq!(value, None);
        }
    }

    #[test]
    fn senseless_settings_are_undefined() {
        assert_eq!(MATRIX.f_beta(-1.0), None);
        assert_eq!(MATRIX.f_beta(f64::NAN), None);
        assert_eq!(MATRIX.f_beta(1e200), None);
        assert_eq!(MATRIX.net_benefit(1.0), None);
        assert_eq!(MATRIX.net_benefit(f64::NAN), None);
    }

    #[test]
    fn mcc_survives_huge_weights() {
        let huge = ConfusionMatrix { tp: 6e100, fp: 2e100, fn_: 3e100, tn: 9e100 };
        assert_close(huge.mcc().unwrap(), MATRIX.mcc().unwrap());
    }

    #[test]
    fn whole_weights_are_repeated_rows() {
        for seed in 0..20 {
            let s = random_set(seed, 50);
            let r = replicated(&s);
            let a = Predictions::new(&s.scores, &s.labels, Some(&s.weights)).unwrap();
            let b = Predictions::new(&r.scores, &r.labels, None).unwrap();
            for threshold in [0.0, 0.3, 0.55, 1.0] {
                assert_eq!(confusion_at(&a, threshold), confusion_at(&b, threshold));
            }
        }
    }

    #[test]
    fn json_names_the_false_negatives_fn() {
        assert_eq!(serde_json::to_string(&MATRIX).unwrap(), r#"{"tp":6.0,"fp":2.0,"fn":3.0,"tn":9.0}"#);
    }
}
