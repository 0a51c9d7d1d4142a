//! ROC curve, precision-recall curve, and the table of what each threshold does.

use serde::{Deserialize, Serialize};

use super::confusion::confusion_at;
use super::predictions::{Cut, Predictions};

/// Which points of a curve to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurvePoints {
    /// One point for each distinct score.
    All,
    /// Leave out points on a straight line between their neighbours: the same drawing from fewer
    /// points (scikit-learn's `drop_intermediate=True`).
    #[default]
    Corners,
}

/// One point of a ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RocPoint {
    /// Lowest `p_bot` that is called bot; `None` for the first point, where nobody is.
    pub threshold: Option<f64>,
    /// False positive rate, 0 to 1.
    pub fpr: f64,
    /// True positive rate (recall), 0 to 1.
    pub tpr: f64,
}

/// ROC curve from (0, 0) to (1, 1), thresholds falling.
///
/// `None` unless both classes have weight. Source: Fawcett 2006, *Pattern Recognition Letters*
/// 27; scikit-learn `roc_curve`.
pub fn roc_curve(predictions: &Predictions, points: CurvePoints) -> Option<Vec<RocPoint>> {
    let (bots, humans) = predictions.class_weights();
    if bots == 0.0 || humans == 0.0 {
        return None;
    }
    let cuts: Vec<Cut> = predictions.cuts().collect();
    let corner = |i: usize| {
        let step = |a: Cut, b: Cut| (b.fp - a.fp, b.tp - a.tp);
        step(cuts[i - 1], cuts[i]) != step(cuts[i], cuts[i + 1])
    };
    let start = RocPoint { threshold: None, fpr: 0.0, tpr: 0.0 };
    let rest = keep(&cuts, points, corner).map(|cut| RocPoint {
        threshold: Some(cut.threshold),
        fpr: cut.fp / humans,
        tpr: cut.tp / bots,
    });
    Some(std::iter::once(start).chain(rest).collect())
}

/// One point of a precision-recall curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PrecisionRecallPoint {
    /// Lowest `p_bot` that is called bot.
    pub threshold: f64,
    /// Precision, 0 to 1.
    pub precision: f64,
    /// Recall, 0 to 1.
    pub recall: f64,
}

/// Precision-recall curve, thresholds falling and recall rising.
///
/// It holds real points only: scikit-learn's made-up last point (recall 0, precision 1) is left
/// out. Draw it as steps, each precision holding back to the recall before it, and the area is
/// [`average_precision`](super::average_precision) (with [`CurvePoints::All`]). `None` if no bot
/// has weight. Source: scikit-learn `precision_recall_curve`.
pub fn precision_recall_curve(
    predictions: &Predictions,
    points: CurvePoints,
) -> Option<Vec<PrecisionRecallPoint>> {
    let (bots, _) = predictions.class_weights();
    if bots == 0.0 {
        return None;
    }
    let cuts: Vec<Cut> = predictions.cuts().collect();
    let corner = |i: usize| cuts[i].tp != cuts[i - 1].tp || cuts[i + 1].tp != cuts[i].tp;
    let curve = keep(&cuts, points, corner).map(|cut| PrecisionRecallPoint {
        threshold: cut.threshold,
        precision: cut.tp / (cut.tp + cut.fp),
        recall: cut.tp / bots,
    });
    Some(curve.collect())
}

/// The cuts to draw: the first, the last, and of those between all or only the corners.
fn keep<'c>(
    cuts: &'c [Cut],
    points: CurvePoints,
    corner: impl Fn(usize) -> bool + 'c,
) -> impl Iterator<Item = Cut> + 'c {
    (0..cuts.len())
        .filter(move |&i| points == CurvePoints::All || i == 0 || i + 1 == cuts.len() || corner(i))
        .map(|i| cuts[i])
}

/// What happens at one threshold. Shares are 0 to 1, and `None` where they are not defined.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRow {
    /// Lowest `p_bot` that is called bot.
    pub threshold: f64,
    /// Share of accounts called bot that are bots.
    pub precision: Option<f64>,
    /// Share of bots that are called bot.
    pub recall: Option<f64>,
    /// Harmonic mean of precision and recall.
    pub f1: Option<f64>,
    /// Share of all accounts that are called bot.
    pub flagged_share: Option<f64>,
    /// Real people called bot per 1,000 accounts read.
    pub false_positives_per_1000: Option<f64>,
}

/// One row for each threshold, in the order given.
pub fn threshold_table(predictions: &Predictions, thresholds: &[f64]) -> Vec<ThresholdRow> {
    thresholds
        .iter()
        .map(|&threshold| {
            let matrix = confusion_at(predictions, threshold);
            ThresholdRow {
                threshold,
                precision: matrix.precision(),
                recall: matrix.recall(),
                f1: matrix.f1(),
                flagged_share: matrix.flagged_share(),
                false_positives_per_1000: matrix.false_positives_per_1000(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::metrics::{average_precision, roc_auc};
    use super::super::testing::{assert_close, random_set};
    use super::*;

    fn four() -> Predictions<'static> {
        // The example of scikit-learn's documentation.
        Predictions::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true], None).unwrap()
    }

    #[test]
    fn roc_curve_by_hand() {
        let curve = roc_curve(&four(), CurvePoints::All).unwrap();
        let found: Vec<_> = curve.iter().map(|p| (p.threshold, p.fpr, p.tpr)).collect();
        assert_eq!(
            found,
            [
                (None, 0.0, 0.0),
                (Some(0.8), 0.0, 0.5),
                (Some(0.4), 0.5, 0.5),
                (Some(0.35), 0.5, 1.0),
                (Some(0.1), 1.0, 1.0),
            ]
        );
    }

    #[test]
    fn precision_recall_curve_by_hand() {
        let curve = precision_recall_curve(&four(), CurvePoints::All).unwrap();
        let found: Vec<_> = curve.iter().map(|p| (p.threshold, p.precision, p.recall)).collect();
        assert_eq!(found, [(0.8, 1.0, 0.5), (0.4, 0.5, 0.5), (0.35, 2.0 / 3.0, 1.0), (0.1, 0.5, 1.0),]);
    }

    #[test]
    fn curves_need_their_classes() {
        let humans = Predictions::new(&[0.1, 0.2], &[false, false], None).unwrap();
        assert_eq!(roc_curve(&humans, CurvePoints::All), None);
        assert_eq!(precision_recall_curve(&humans, CurvePoints::All), None);
        let bots = Predictions::new(&[0.1, 0.2], &[true, true], None).unwrap();
        assert_eq!(roc_curve(&bots, CurvePoints::All), None);
        assert!(precision_recall_curve(&bots, CurvePoints::All).is_some());
    }

    #[test]
    fn areas_under_the_curves_are_the_metrics() {
        for seed in 0..30 {
            let s = random_set(seed, 60);
            let p = Predictions::new(&s.scores, &s.labels, Some(&s.weights)).unwrap();
            for points in [CurvePoints::All, CurvePoints::Corners] {
                let area: f64 = roc_curve(&p, points)
                    .unwrap()
                    .windows(2)
                    .map(|w| (w[1].fpr - w[0].fpr) * (w[1].tpr + w[0].tpr) / 2.0)
                    .sum();
                assert_close(area, roc_auc(&p).unwrap());
            }
            let mut recall = 0.0;
            let mut area = 0.0;
            for point in precision_recall_curve(&p, CurvePoints::All).unwrap() {
                area += (point.recall - recall) * point.precision;
                recall = point.recall;
            }
            assert_close(area, average_precision(&p).unwrap());
        }
    }

    #[test]
    fn corners_are_fewer() {
        let scores: Vec<f64> = (0..100).map(|i| 1.0 - i as f64 / 100.0).collect();
        let labels: Vec<bool> = (0..100).map(|i| i < 50).collect();
        let p = Predictions::new(&scores, &labels, None).unwrap();
        assert_eq!(roc_curve(&p, CurvePoints::All).unwrap().len(), 101);
        let corners = roc_curve(&p, CurvePoints::Corners).unwrap();
        let found: Vec<_> = corners.iter().map(|p| (p.fpr, p.tpr)).collect();
        assert_eq!(found, [(0.0, 0.0), (0.0, 0.02), (0.0, 1.0), (1.0, 1.0)]);
    }

    #[test]
    fn threshold_table_by_hand() {
        let rows = threshold_table(&four(), &[0.35, 0.9]);
        assert_close(rows[0].precision.unwrap(), 2.0 / 3.0);
        assert_eq!(rows[0].recall, Some(1.0));
        assert_close(rows[0].f1.unwrap(), 0.8);
        assert_eq!(rows[0].flagged_share, Some(0.75));
        assert_eq!(rows[0].false_positives_per_1000, Some(250.0));
        assert_eq!(rows[1].precision, None);
        assert_eq!(rows[1].recall, Some(0.0));
        assert_eq!(rows[1].flagged_share, Some(0.0));
    }

    #[test]
    fn corners_of_the_precision_recall_curve_by_hand() {
        let corners = |labels: &[bool]| -> Vec<f64> {
            let scores: Vec<f64> = (0..labels.len()).map(|at| 0.9 - 0.1 * at as f64).collect();
            let p = Predictions::new(&scores, labels, None).unwrap();
            let kept = precision_recall_curve(&p, CurvePoints::Corners).unwrap();
            kept.iter().map(|point| (point.threshold * 10.0).round() / 10.0).collect()
        };
        // A bot, or one next: kept. Only a human between two humans is not.
        assert_eq!(corners(&[false, true, false, true]), [0.9, 0.8, 0.7, 0.6]);
        assert_eq!(corners(&[true, false, false, false, true, false]), [0.9, 0.6, 0.5, 0.4]);
        assert_eq!(corners(&[false, false, true, false, false, false]), [0.9, 0.8, 0.7, 0.4]);
    }
}
