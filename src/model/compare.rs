//! Two models side by side: what the one looks at and the other does not, and how far their curves lie apart.

use serde::Serialize;

use super::explain::{ShownCurve, ShownRange, shown_curves, shown_pairs};
use super::file::Model;
use super::pair::Pair;

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

/// Compares the curves and the pairs of two models.
pub fn compare_models(first: &Model, second: &Model) -> ModelChange {
    let (a, b) = (shown_curves(first), shown_curves(second));
    let only = |these: &Model, those: &Model| -> Vec<String> {
        let (mine, others) = (labels(these), labels(those));
        mine.into_iter().filter(|label| !others.contains(label)).collect()
    };
    let pairs = first.pairs.iter().filter_map(|one| {
        let other = second.pairs.iter().find(|other| other.label() == one.label())?;
        Some(pair_change((first, one), (second, other)))
    });
    let mut changed: Vec<CurveChange> = a
        .iter()
        .filter_map(|one| Some((one, b.iter().find(|other| other.label == one.label)?)))
        .map(|(one, other)| change((first, one), (second, other)))
        .chain(pairs)
        .collect();
    changed.sort_by(|x, y| y.mean.total_cmp(&x.mean).then_with(|| x.label.cmp(&y.label)));
    ModelChange { gone: only(first, second), new: only(second, first), changed }
}

/// Names of the features of a model, those that move scores most first, and behind them of its pairs.
fn labels(model: &Model) -> Vec<String> {
    let curves = shown_curves(model).into_iter().map(|curve| curve.label);
    curves.chain(shown_pairs(model).into_iter().map(|pair| pair.label)).collect()
}

/// Two grids of one pair, compared in a point of each cell of both.
fn pair_change(first: (&Model, &Pair), second: (&Model, &Pair)) -> CurveChange {
    let at = |(model, pair): (&Model, &Pair), x, y| model.calibration.slope * pair.log_odds(x, y);
    let mut change = CurveChange { label: first.1.label(), mean: 0.0, largest: 0.0, at: String::new() };
    let mut total = 0.0;
    for shown in [first, second]
        .iter()
        .filter_map(|(model, pair)| shown_pairs(model).into_iter().find(|shown| shown.label == pair.label()))
    {
        // An upper end lies in its bin; above the last there is room.
        let point = |range: &ShownRange| range.up_to.or(range.above.map(|end| end + end.abs() + 1.0));
        for (row, shares) in shown.rows.iter().zip(&shown.shares) {
            for (column, share) in shown.columns.iter().zip(shares) {
                let (Some(x), Some(y)) = (point(row), point(column)) else { continue };
                let difference = at(second, x, y) - at(first, x, y);
                total += share;
                change.mean += share * difference.abs();
                if difference.abs() > change.largest.abs() {
                    change.largest = difference;
                    change.at = format!("{} x {}", row.words, column.words);
                }
            }
        }
    }
    if total > 0.0 {
        change.mean /= total;
    }
    change
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
    use crate::model::testing::{close, small_model};

    #[test]
    fn a_model_does_not_differ_from_itself_and_changes_are_found_where_they_are() {
        let model = Model::embedded().unwrap();
        let same = compare_models(&model, &model);
        assert!(same.gone.is_empty() && same.new.is_empty());
        assert_eq!(same.changed.len(), model.features.len());
        assert!(
            same.changed.iter().all(|c| c.mean == 0.0 && c.largest == 0.0 && c.at.is_empty()),
            "{same:?}"
        );

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

    #[test]
    fn pairs_are_gone_new_or_moved_in_a_cell() {
        let model = Model::embedded().unwrap();
        let mut first = model.clone();
        let features = [0, 1].map(|at| model.features[at].feature.clone());
        first.pairs = vec![Pair {
            features,
            edges: [vec![1.0], vec![2.0, 5.0]],
            weights: vec![vec![0.1, 0.0, -0.1], vec![-0.1, 0.0, 0.1]],
            shares: vec![vec![0.2, 0.1, 0.2], vec![0.2, 0.1, 0.2]],
            known: 0.5,
        }];
        let label = first.pairs[0].label();
        assert_eq!(compare_models(&first, &model).gone, std::slice::from_ref(&label));
        assert_eq!(compare_models(&model, &first).new, std::slice::from_ref(&label));
        let mut second = first.clone();
        second.pairs[0].weights[1][2] += 1.0;
        let found = compare_models(&first, &second);
        assert!(found.gone.is_empty() && found.new.is_empty());
        let step = model.calibration.slope;
        assert_eq!(found.changed[0].label, label);
        assert!((found.changed[0].largest - step).abs() < 1e-9, "{found:?}");
        assert!((found.changed[0].mean - 0.2 * step).abs() < 1e-9, "{found:?}");
        assert_eq!(found.changed[0].at, "above 1 x above 5");
        let shown = &shown_pairs(&second)[0];
        assert_eq!((shown.rows.len(), shown.columns.len()), (2, 3));
        assert!((shown.log_odds[1][2] - 1.1 * step).abs() < 1e-12);
    }

    #[test]
    fn a_change_is_measured_in_the_middle_of_the_bins_of_both() {
        let first = small_model();
        let mut second = first.clone();
        second.calibration.slope = 1.0;
        // Its middles, about 13 and 3,000, lie on the same sides of the edge of the first.
        second.features[1].edges = vec![300.0];
        second.features[1].shares = vec![0.5, 0.5];
        second.features[1].weights = vec![0.4, -1.4];
        second.pairs.clear();
        let found = compare_models(&first, &second);
        assert_eq!(found.gone, ["followers_count x friends_count"]);
        assert!(found.new.is_empty());
        let change = |label: &str| found.changed.iter().find(|change| change.label == label).unwrap();
        // 1 * 0.4 - 2 * 0.4 where a quarter and a half lie, 1 * -1.4 - 2 * -0.4 where three quarters and a half do.
        let friends = change("friends_count");
        close(friends.mean, (0.4 * 0.75 + 0.6 * 1.25) / 2.0);
        close(friends.largest, -0.6);
        assert_eq!(friends.at, "above 200", "the first of two that are equally large");
        // Half of -2, of 1 and of 4 is taken away, of shares that are the same on both sides.
        let followers = change("followers_count");
        close(followers.mean, 0.2 * 1.0 + 0.5 * 0.5 + 0.3 * 2.0);
        close(followers.largest, -2.0);
        assert_eq!(followers.at, "above 100");
        assert_eq!(found.changed[0].label, "followers_count");
    }

    #[test]
    fn cells_above_an_edge_of_any_sign_are_compared_above_it() {
        for edge in [0.0, -2.0, 0.5, 7.0] {
            let mut first = small_model();
            first.pairs[0].edges = [vec![edge], vec![edge]];
            let mut second = first.clone();
            second.pairs[0].weights[1][1] += 0.25;
            let found = compare_models(&first, &second);
            // Twice a quarter, in the cell that holds a fifth.
            let pair = found.changed.iter().find(|change| change.label.contains(" x ")).unwrap();
            close(pair.largest, 0.5);
            close(pair.mean, 0.2 * 0.5);
            assert!(pair.at.starts_with("above") && pair.at.contains("x above"), "{edge}: {}", pair.at);
            // The first of two that have moved as far.
            second.pairs[0].weights[0][1] -= 0.25;
            let found = compare_models(&first, &second);
            let pair = found.changed.iter().find(|change| change.label.contains(" x ")).unwrap();
            close(pair.largest, -0.5);
        }
    }

    #[test]
    fn what_holds_no_training_account_differs_by_nothing_on_average() {
        let mut first = small_model();
        first.pairs[0].shares = vec![vec![0.0; 2]; 2];
        first.features[0].shares = vec![0.0; 3];
        let mut second = first.clone();
        second.pairs[0].weights[0][0] += 1.0;
        second.features[0].weights[0] += 1.0;
        for change in compare_models(&first, &second).changed {
            assert_eq!(change.mean, 0.0, "{}", change.label);
        }
    }
}
