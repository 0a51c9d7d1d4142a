//! Has the batch drifted away from what a model was trained on? The population stability index.

use crate::model::Model;

/// How far one distribution over bins is from another.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Stability {
    /// The index, 0 or more: the sum over bins of `(found - expected) * ln(found / expected)`.
    pub index: f64,
    /// What the index stays under in 95 of 100 batches of this size where nothing has changed.
    pub by_chance: f64,
}

/// What an index says, by the limits that credit scoring has used since Lewis 1994.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Too few accounts: what is found may be chance.
    Unknown,
    /// Under 0.1.
    Stable,
    /// 0.1 to 0.25.
    Watch,
    /// Over 0.25.
    Shifted,
}

/// Below this index a distribution counts as the same.
pub const STABLE: f64 = 0.1;
/// Above this index it counts as another.
pub const SHIFTED: f64 = 0.25;

impl Stability {
    /// The verdict. An index over 0.1 that chance alone explains is unknown, not a warning.
    pub fn verdict(&self) -> Verdict {
        match self.index {
            index if index < STABLE => Verdict::Stable,
            index if index <= self.by_chance => Verdict::Unknown,
            index if index <= SHIFTED => Verdict::Watch,
            _ => Verdict::Shifted,
        }
    }
}

impl Verdict {
    /// The word used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Unknown => "unknown",
            Verdict::Stable => "stable",
            Verdict::Watch => "watch",
            Verdict::Shifted => "shifted",
        }
    }
}

/// Population stability index of counts in bins against expected shares of the same bins.
///
/// Half an account is added to every bin and expected shares are held above 0.0001, so that an empty bin is far but
/// not infinitely far. Where nothing has changed, the index times the number of accounts is about chi-square with one
/// degree less than bins (Yurdakul 2018, *Statistical properties of population stability index*); with `expected_from`
/// accounts behind the expected shares, if those are a sample too, the two sizes combine. `None` for an empty batch,
/// fewer than two bins or bins that do not match.
pub fn stability(counts: &[u64], expected: &[f64], expected_from: Option<u64>) -> Option<Stability> {
    let total: u64 = counts.iter().sum();
    if total == 0 || counts.len() < 2 || counts.len() != expected.len() || expected_from == Some(0) {
        return None;
    }
    let bins = counts.len() as f64;
    let whole: f64 = expected.iter().map(|share| share.max(1e-4)).sum();
    let index = counts
        .iter()
        .zip(expected)
        .map(|(count, share)| {
            let found = (*count as f64 + 0.5) / (total as f64 + 0.5 * bins);
            let share = share.max(1e-4) / whole;
            (found - share) * (found / share).ln()
        })
        .sum();
    let sizes = 1.0 / total as f64 + expected_from.map_or(0.0, |n| 1.0 / n as f64);
    Some(Stability { index, by_chance: chi_square_95(bins - 1.0) * sizes })
}

/// The 95 % point of chi-square (Wilson & Hilferty 1931), within 0.1 of it.
fn chi_square_95(degrees: f64) -> f64 {
    let part = 2.0 / (9.0 * degrees);
    degrees * (1.0 - part + 1.644_853_6 * part.sqrt()).powi(3)
}

/// How many accounts of a batch lie in each bin of each feature of a model.
#[derive(Clone, Debug, PartialEq)]
pub struct BinCounts {
    bins: Vec<Vec<u64>>,
    rows: u64,
}

/// How one feature of a batch compares.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct FeatureDrift {
    /// The feature.
    pub feature: String,
    /// Accounts where it is known.
    pub known: u64,
    /// Share of the accounts where it is missing.
    pub missing: f64,
    /// That share where the expectation is from.
    pub missing_expected: f64,
    /// Where it is known: the values. `None` where it is known nowhere, or was not.
    pub values: Option<Stability>,
    /// What the index of the values says.
    pub verdict: Option<Verdict>,
    /// The bin whose share changed the most.
    pub moved: Option<Moved>,
}

/// A bin whose share changed.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Moved {
    /// Values above this; `None` for the first bin.
    pub above: Option<f64>,
    /// Values up to this; `None` for the last.
    pub up_to: Option<f64>,
    /// Share expected in it, 0 to 1.
    pub expected: f64,
    /// Share found in it.
    pub found: f64,
}

impl BinCounts {
    /// No accounts yet.
    pub fn new(model: &Model) -> BinCounts {
        BinCounts { bins: model.features.iter().map(|curve| vec![0; curve.weights.len()]).collect(), rows: 0 }
    }

    /// Counts an account by the values of the model's features, where they are known: [`value`](crate::model::PartsOf::value) of its parts.
    pub fn add(&mut self, model: &Model, value: impl Fn(usize) -> Option<f64>) {
        self.rows += 1;
        for (term, (bins, curve)) in self.bins.iter_mut().zip(&model.features).enumerate() {
            if let Some(value) = value(term) {
                bins[curve.bin(value)] += 1;
            }
        }
    }

    /// Adds another part of the batch.
    pub fn merge(&mut self, other: &BinCounts) {
        self.rows += other.rows;
        for (bins, more) in self.bins.iter_mut().zip(&other.bins) {
            bins.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
    }

    /// Accounts counted.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Every feature against the shares that the training accounts had.
    pub fn against_training(&self, model: &Model) -> Vec<FeatureDrift> {
        let expected = model.features.iter().map(|curve| (curve.shares.clone(), 1.0 - curve.known, None));
        self.against_shares(model, expected)
    }

    /// Every feature against another batch.
    pub fn against(&self, other: &BinCounts, model: &Model) -> Vec<FeatureDrift> {
        let expected = other.bins.iter().map(|bins| {
            let known: u64 = bins.iter().sum();
            let shares = bins.iter().map(|n| (*n as f64 + 0.5) / (known as f64 + 0.5 * bins.len() as f64));
            (shares.collect(), 1.0 - known as f64 / other.rows.max(1) as f64, Some(known))
        });
        self.against_shares(model, expected)
    }

    fn against_shares(
        &self,
        model: &Model,
        expected: impl Iterator<Item = (Vec<f64>, f64, Option<u64>)>,
    ) -> Vec<FeatureDrift> {
        let compared = model.features.iter().zip(&self.bins).zip(expected);
        compared
            .map(|((curve, bins), (shares, missing_expected, from))| {
                let known: u64 = bins.iter().sum();
                let values = stability(bins, &shares, from);
                let found = |at: usize| bins[at] as f64 / known.max(1) as f64;
                let change = |at: &usize| (found(*at) - shares[*at]).abs();
                let most = (0..bins.len()).max_by(|a, b| change(a).total_cmp(&change(b)));
                FeatureDrift {
                    feature: curve.feature.clone(),
                    known,
                    missing: 1.0 - known as f64 / self.rows.max(1) as f64,
                    missing_expected,
                    values,
                    verdict: values.map(|values| values.verdict()),
                    moved: most.filter(|_| values.is_some()).map(|at| Moved {
                        above: at.checked_sub(1).map(|before| curve.edges[before]),
                        up_to: curve.edges.get(at).copied(),
                        expected: shares[at],
                        found: found(at),
                    }),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::assert_close;
    use crate::model::testing::small_model;

    #[test]
    fn the_index_by_hand() {
        // 0.2 of shares 0.5 and 0.5 moved: 0.7 and 0.3, (0.2) ln(1.4) + (-0.2) ln(0.6) = 0.169460.
        let found = stability(&[700_000, 300_000], &[0.5, 0.5], None).unwrap();
        assert!((found.index - 0.169_460).abs() < 1e-5, "{found:?}");
        assert_eq!(found.verdict(), Verdict::Watch);
        assert!(stability(&[250, 250, 500], &[0.25, 0.25, 0.5], None).unwrap().index < 1e-5);
        let far = stability(&[0, 1000], &[0.9, 0.1], None).unwrap();
        assert!(far.index.is_finite() && far.verdict() == Verdict::Shifted);
    }

    #[test]
    fn few_accounts_are_no_warning() {
        // 7 and 3 of ten where half and half is expected: a coin does that.
        let found = stability(&[7, 3], &[0.5, 0.5], None).unwrap();
        assert!(found.index > STABLE && found.verdict() == Verdict::Unknown, "{found:?}");
        // The 95 % points of chi-square with 1 and 9 degrees: 3.841 and 16.919.
        assert!((chi_square_95(1.0) - 3.841).abs() < 0.1 && (chi_square_95(9.0) - 16.919).abs() < 0.02);
        let both = stability(&[7, 3], &[0.5, 0.5], Some(10)).unwrap();
        assert!((both.by_chance - 2.0 * found.by_chance).abs() < 1e-12);
    }

    #[test]
    fn a_batch_is_like_itself_and_unlike_one_moved() {
        let model = Model::embedded().unwrap();
        let edge = model.features[0].edges[0];
        let batch = |low: usize| {
            let mut counts = BinCounts::new(&model);
            (0..1000).for_each(|n| {
                let value = if n < low { edge } else { 1e9 };
                counts.add(&model, |term| (term == 0).then_some(value));
            });
            counts
        };
        let drift = batch(500).against(&batch(500), &model);
        assert!(drift[0].values.unwrap().index < 1e-9 && drift[0].verdict == Some(Verdict::Stable));
        assert_eq!((drift[1].known, drift[1].missing, drift[1].verdict), (0, 1.0, None));
        let drift = batch(900).against(&batch(500), &model);
        assert_eq!(drift[0].verdict, Some(Verdict::Shifted));
        let moved = drift[0].moved.unwrap();
        assert!((moved.found - moved.expected).abs() > 0.35);
        let mut twice = batch(10);
        twice.merge(&batch(10));
        assert_eq!((twice.rows(), twice.against_training(&model)[0].known), (2000, 2000));
    }

    #[test]
    fn values_lie_in_the_bins_of_their_curves_however_many_there_are() {
        let mut model = Model::embedded().unwrap();
        for (curve, edges) in model.features.iter_mut().zip([40, 17, 16, 15]) {
            curve.edges = (0..edges).map(f64::from).collect();
            curve.weights = vec![0.0; curve.edges.len() + 1];
        }
        for (term, curve) in model.features.iter().enumerate() {
            let beside = curve.edges.iter().flat_map(|edge| [*edge, edge.next_down(), edge.next_up()]);
            for value in beside.chain([-1e300, 0.0, 1e300]) {
                let mut counts = BinCounts::new(&model);
                counts.add(&model, |of| (of == term).then_some(value));
                assert_eq!(counts.bins[term].iter().position(|n| *n == 1), Some(curve.bin(value)), "{value}");
                assert_eq!(curve.bin(value), curve.edges.partition_point(|edge| *edge < value), "{value}");
            }
        }
    }

    #[test]
    fn nothing_to_compare_is_no_index() {
        assert_eq!(stability(&[0, 0], &[0.5, 0.5], None), None);
        assert_eq!(stability(&[5], &[1.0], None), None);
        assert_eq!(stability(&[5, 5], &[1.0], None), None);
    }

    #[test]
    fn shares_that_do_not_make_a_whole_or_are_none_are_put_right_first() {
        let found = stability(&[3, 5, 0], &[0.2, 0.6, 0.0], None).unwrap();
        let whole = 0.2 + 0.6 + 0.0001;
        let bin = |count: f64, share: f64| {
            let (found, share) = ((count + 0.5) / (8.0 + 1.5), share / whole);
            (found - share) * (found / share).ln()
        };
        assert!((found.index - bin(3.0, 0.2) - bin(5.0, 0.6) - bin(0.0, 0.0001)).abs() < 1e-12);
        // Three bins have two degrees.
        assert!((found.by_chance - chi_square_95(2.0) / 8.0).abs() < 1e-12);
        assert_eq!(stability(&[3, 5], &[0.5, 0.5], Some(0)), None);
    }

    #[test]
    fn a_batch_against_the_training_accounts_and_against_another_by_hand() {
        let model = small_model();
        let batch = |counts: [usize; 3], unknown: usize| {
            let mut batch = BinCounts::new(&model);
            for (value, n) in [5.0, 100.0, 101.0].into_iter().zip(counts) {
                (0..n).for_each(|_| batch.add(&model, |term| [Some(value), None, None, Some(1.0)][term]));
            }
            (0..unknown).for_each(|_| batch.add(&model, |term| (term == 1).then_some(7.0)));
            batch
        };
        let (now, before) = (batch([2, 10, 4], 4), batch([6, 1, 1], 12));
        let drift = now.against_training(&model);
        assert_eq!(
            (now.rows(), drift.len(), &drift[0].feature[..], drift[0].known),
            (20, 3, "followers_count", 16)
        );
        assert_close(drift[0].missing, 0.2);
        assert_close(drift[0].missing_expected, 0.25);
        assert_eq!(drift[0].values, stability(&[2, 10, 4], &[0.2, 0.5, 0.3], None));
        // Found 2, 10 and 4 of 16 where 0.2, 0.5 and 0.3 are expected.
        let moved = drift[0].moved.unwrap();
        assert_eq!(moved, Moved { above: Some(10.0), up_to: Some(100.0), expected: 0.5, found: 0.625 });
        let friends = drift[1].moved.unwrap();
        assert_eq!(
            (drift[1].known, friends.above, friends.up_to, friends.found),
            (4, Some(200.0), None, 0.0),
            "the last of two that changed as much"
        );
        assert_eq!((drift[2].known, drift[2].missing, drift[2].values, drift[2].moved), (0, 1.0, None, None));

        let drift = now.against(&before, &model);
        let shares = [6.5 / 9.5, 1.5 / 9.5, 1.5 / 9.5];
        assert_eq!(drift[0].values, stability(&[2, 10, 4], &shares, Some(8)));
        assert_close(drift[0].missing_expected, 0.6);
        let moved = drift[0].moved.unwrap();
        assert_eq!((moved.above, moved.up_to, moved.found), (None, Some(10.0), 0.125));
        assert_close(moved.expected, 6.5 / 9.5);
        let above = batch([0, 0, 4], 0).against_training(&model)[0].moved.unwrap();
        assert_eq!((above.above, above.up_to, above.found), (Some(100.0), None, 1.0));
    }

    #[test]
    fn verdicts_turn_at_their_limits() {
        let verdict = |index, by_chance| Stability { index, by_chance }.verdict();
        assert_eq!(verdict(0.0999, 0.0), Verdict::Stable);
        assert_eq!((verdict(0.1, 0.0), verdict(0.25, 0.0)), (Verdict::Watch, Verdict::Watch));
        assert_eq!((verdict(0.2501, 0.0), verdict(0.2501, 0.2501)), (Verdict::Shifted, Verdict::Unknown));
        let words = [Verdict::Unknown, Verdict::Stable, Verdict::Watch, Verdict::Shifted].map(Verdict::name);
        assert_eq!(words, ["unknown", "stable", "watch", "shifted"]);
    }
}
