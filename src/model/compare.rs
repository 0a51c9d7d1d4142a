//! Two models side by side: what the one looks at and the other does not, and how far their curves lie apart.

use serde::Serialize;

use super::explain::{ShownCurve, shown_curves};
use super::file::Model;

/// How far two curves of one feature lie apart, in calibrated log-odds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveChange {
    /// The feature.
    pub label: String,
    /// Mean absolute difference over the middles of the bins of both, weighted by the bins' shares.
    pub mean: f64,
    /// The largest difference at such a middle, second minus first.
    pub largest: f64,
    /// The bin in which it lies, in words.
    pub at: String,
}

/// What is different between two models.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelChange {
    /// What the first has and the second has not.
    pub gone: Vec<String>,
    /// What the second has and the first has not.
    pub new: Vec<String>,
    /// What both have, the curves that lie furthest apart first.
    pub changed: Vec<CurveChange>,
}

/// Compares the curves of two models.
pub fn compare_models(first: &Model, second: &Model) -> ModelChange {
    let (a, b) = (shown_curves(first), shown_curves(second));
    let only = |these: &[ShownCurve], those: &[ShownCurve]| -> Vec<String> {
        let missing = these.iter().filter(|c| those.iter().all(|other| other.label != c.label));
        missing.map(|c| c.label.clone()).collect()
    };
    let mut changed: Vec<CurveChange> = a
        .iter()
        .filter_map(|one| Some((one, b.iter().find(|other| other.label == one.label)?)))
        .map(|(one, other)| change((first, one), (second, other)))
        .collect();
    changed.sort_by(|x, y| y.mean.total_cmp(&x.mean).then_with(|| x.label.cmp(&y.label)));
    ModelChange { gone: only(&a, &b), new: only(&b, &a), changed }
}

fn change(first: (&Model, &ShownCurve), second: (&Model, &ShownCurve)) -> CurveChange {
    let at = |model: &Model, value: f64| {
        let curve = model.features.iter().find(|curve| curve.feature == first.1.label);
        curve.map_or(0.0, |curve| model.calibration.slope * curve.log_odds(value))
    };
    let mut change = CurveChange { label: first.1.label.clone(), mean: 0.0, largest: 0.0, at: String::new() };
    let bins = first.1.bins.iter().chain(&second.1.bins);
    let total: f64 = bins.clone().map(|bin| bin.share).sum();
    for bin in bins {
        let difference = at(second.0, bin.middle) - at(first.0, bin.middle);
        if total > 0.0 {
            change.mean += bin.share / total * difference.abs();
        }
        if difference.abs() > change.largest.abs() {
            change.largest = difference;
            change.at = bin.words.clone();
        }
    }
    change
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_does_not_differ_from_itself_and_changes_are_found_where_they_are() {
        let model = Model::embedded().unwrap();
        let same = compare_models(&model, &model);
        assert!(same.gone.is_empty() && same.new.is_empty());
        assert_eq!(same.changed.len(), model.features.len());
        assert!(same.changed.iter().all(|c| c.mean == 0.0 && c.largest == 0.0), "{same:?}");

        let mut other = model.clone();
        let gone = other.features.pop().unwrap().feature;
        let label = other.features[0].feature.clone();
        let share = other.features[0].shares[0];
        other.features[0].weights[0] += 0.5;
        let found = compare_models(&model, &other);
        assert_eq!((found.gone, found.new.len()), (vec![gone.clone()], 0));
        assert_eq!(compare_models(&other, &model).new, [gone]);
        let first = &found.changed[0];
        let step = 0.5 * model.calibration.slope;
        assert_eq!(first.label, label);
        assert!((first.largest - step).abs() < 1e-9, "{first:?}");
        assert!((first.mean - step * share).abs() < 1e-3 * step, "{first:?}");
        assert!(first.at.starts_with("up to"), "{first:?}");
        assert!(found.changed[1..].iter().all(|c| c.mean == 0.0));
    }
}
