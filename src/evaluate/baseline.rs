//! What a model has to beat: the prevalence alone, and one question about one feature.
//!
//! Bot benchmarks have repeatedly turned out to be solvable by a single split (Hays et al. 2023,
//! *Simplistic collection and labeling practices limit the utility of benchmark datasets for
//! Twitter bot detection*, WWW); a model that does not beat [`OneSplit`] has learnt how the data
//! were collected.

use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::error::{EvaluateError, check_weights, same_length};

/// Answers the training prevalence for every account. Its ROC AUC is 0.5, and at a threshold of
/// 0.5 it calls everybody what most are.
///
/// Source: scikit-learn `DummyClassifier(strategy="prior")`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Majority {
    prevalence: f64,
}

impl Majority {
    /// Takes the weighted share of bots of a training set; labels are true for a bot, weights 1
    /// each if absent.
    ///
    /// # Errors
    /// [`EvaluateError::NoRows`], [`EvaluateError::NoWeight`], and those of bad weights.
    pub fn fit(labels: &[bool], weights: Option<&[f64]>) -> Result<Majority, EvaluateError> {
        check_rows(labels, weights)?;
        let mut all = Leaf::default();
        for (row, &bot) in labels.iter().enumerate() {
            all.add(bot, weights.map_or(1.0, |weights| weights[row]));
        }
        Ok(Majority { prevalence: all.share_of_bots().ok_or(EvaluateError::NoWeight)? })
    }

    /// The probability it gives every account, 0 to 1.
    pub fn p_bot(&self) -> f64 {
        self.prevalence
    }

    /// The probability of `rows` accounts.
    pub fn predict(&self, rows: usize) -> Vec<f64> {
        vec![self.prevalence; rows]
    }
}

impl fmt::Display for Majority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "always p_bot = {:.3}", self.prevalence)
    }
}

/// One side of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Where the rule holds.
    Left,
    /// Where it does not.
    Right,
}

/// The question a [`OneSplit`] asks of its feature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case")]
pub enum SplitRule {
    /// Left if the value is at most `threshold`, right if it is above.
    AtMost {
        /// In the feature's unit; half-way between the two training values it separates.
        threshold: f64,
        /// Where missing values (NaN) go.
        missing: Side,
    },
    /// Left if the value is present, right if it is missing.
    Present,
}

/// The best decision tree of depth 1: one feature, one threshold, one probability on each side.
///
/// Of all splits between two different values of a feature it takes the one with the lowest
/// weighted Gini impurity, as scikit-learn's `DecisionTreeClassifier(max_depth=1)`. Missing values
/// (NaN) are tried on both sides, and apart from all present values; if none were missing in
/// training they go to the side of more weight. Of splits that are equally good the lowest
/// feature, then the lowest threshold is taken (scikit-learn draws among features), and values are
/// compared as `f64` (scikit-learn rounds to `f32` and takes values within 1e-7 for equal).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OneSplit {
    feature: usize,
    name: Option<String>,
    #[serde(flatten)]
    rule: SplitRule,
    p_left: f64,
    p_right: f64,
}

impl OneSplit {
    /// Finds the best split of a training set.
    ///
    /// `columns` holds one column a feature, with one value a row: finite, or NaN where missing.
    /// `labels` are true for a bot; rows of weight 0 count for nothing. Features are searched in
    /// parallel; the answer does not depend on the number of threads. `O(features * n log n)`.
    ///
    /// `None` if no split lowers the impurity: one class only, or features that tell nothing.
    ///
    /// # Errors
    /// [`EvaluateError::NoRows`], [`EvaluateError::LengthMismatch`],
    /// [`EvaluateError::InfiniteFeature`], [`EvaluateError::BadWeight`] and
    /// [`EvaluateError::NoWeight`].
    pub fn fit<C, T>(
        columns: &[C],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Option<OneSplit>, EvaluateError>
    where
        C: AsRef<[T]> + Sync,
        T: Copy + Into<f64> + Sync,
    {
        check_rows(labels, weights)?;
        for (column, values) in columns.iter().enumerate() {
            let values = values.as_ref();
            same_length("a feature column", values.len(), labels.len())?;
            let infinite = |value: &T| -> bool { (*value).into().is_infinite() };
            if let Some(row) = values.iter().position(infinite) {
                return Err(EvaluateError::InfiniteFeature { column, row, found: values[row].into() });
            }
        }

        let mut all = Leaf::default();
        for (row, &bot) in labels.iter().enumerate() {
            all.add(bot, weights.map_or(1.0, |weights| weights[row]));
        }
        if all.weight() == 0.0 {
            return Err(EvaluateError::NoWeight);
        }

        let slack = 1e-12 * all.weight();
        let found: Vec<Option<Candidate>> =
            columns.par_iter().map(|column| best_split(column.as_ref(), labels, weights, slack)).collect();
        let mut best: Option<(usize, Candidate)> = None;
        for (feature, candidate) in found.into_iter().enumerate() {
            let Some(candidate) = candidate else { continue };
            let bar = best.map_or(all.purity(), |(_, best)| best.purity());
            if candidate.purity() > bar + slack {
                best = Some((feature, candidate));
            }
        }
        Ok(best.and_then(|(feature, candidate)| {
            Some(OneSplit {
                feature,
                name: None,
                rule: candidate.rule,
                p_left: candidate.left.share_of_bots()?,
                p_right: candidate.right.share_of_bots()?,
            })
        }))
    }

    /// The same split with the feature's name, for [`Display`](fmt::Display).
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> OneSplit {
        OneSplit { name: Some(name.into()), ..self }
    }

    /// The feature it asks about, counted from 0.
    pub fn feature(&self) -> usize {
        self.feature
    }

    /// The question it asks.
    pub fn rule(&self) -> SplitRule {
        self.rule
    }

    /// Share of bots in training where the rule holds, 0 to 1.
    pub fn p_left(&self) -> f64 {
        self.p_left
    }

    /// Share of bots in training where the rule does not hold, 0 to 1.
    pub fn p_right(&self) -> f64 {
        self.p_right
    }

    /// Probability, 0 to 1, of an account with this value of the feature, NaN if missing.
    pub fn predict_value(&self, value: f64) -> f64 {
        let side = match self.rule {
            SplitRule::AtMost { missing, .. } if value.is_nan() => missing,
            SplitRule::AtMost { threshold, .. } if value <= threshold => Side::Left,
            SplitRule::Present if !value.is_nan() => Side::Left,
            _ => Side::Right,
        };
        match side {
            Side::Left => self.p_left,
            Side::Right => self.p_right,
        }
    }

    /// Probabilities of accounts given as columns, in the order of the columns of
    /// [`fit`](Self::fit).
    ///
    /// # Errors
    /// [`EvaluateError::LengthMismatch`] if there are too few columns to hold the feature.
    pub fn predict<C, T>(&self, columns: &[C]) -> Result<Vec<f64>, EvaluateError>
    where
        C: AsRef<[T]>,
        T: Copy + Into<f64>,
    {
        let column = columns.get(self.feature).ok_or(EvaluateError::LengthMismatch {
            what: "the list of feature columns",
            found: columns.len(),
            expected: self.feature + 1,
        })?;
        let values = column.as_ref().iter();
        Ok(values.map(|&value| self.predict_value(value.into())).collect())
    }
}

impl fmt::Display for OneSplit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbered = || format!("feature {}", self.feature);
        let name = self.name.clone().unwrap_or_else(numbered);
        match self.rule {
            SplitRule::AtMost { threshold, missing } => {
                let (left, right) = match missing {
                    Side::Left => (" or missing", ""),
                    Side::Right => ("", " or missing"),
                };
                let threshold = short(threshold);
                write!(
                    f,
                    "{name} at most {threshold}{left}: p_bot = {:.3}; \
                     above{right}: p_bot = {:.3}",
                    self.p_left, self.p_right
                )
            }
            SplitRule::Present => {
                write!(f, "{name} present: p_bot = {:.3}; missing: p_bot = {:.3}", self.p_left, self.p_right)
            }
        }
    }
}

/// A number with four significant digits, or all digits before the point.
fn short(x: f64) -> String {
    if x == 0.0 || !(1e-4..1e15).contains(&x.abs()) {
        return if x == 0.0 { "0".to_string() } else { format!("{x:.3e}") };
    }
    let decimals = (3 - x.abs().log10().floor() as i32).max(0) as usize;
    let text = format!("{x:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// Weight of bots and humans on one side of a split.
#[derive(Debug, Clone, Copy, Default)]
struct Leaf {
    bots: f64,
    humans: f64,
}

impl Leaf {
    fn add(&mut self, bot: bool, weight: f64) {
        *(if bot { &mut self.bots } else { &mut self.humans }) += weight;
    }

    fn plus(self, other: Leaf) -> Leaf {
        Leaf { bots: self.bots + other.bots, humans: self.humans + other.humans }
    }

    fn weight(self) -> f64 {
        self.bots + self.humans
    }

    fn share_of_bots(self) -> Option<f64> {
        super::predictions::ratio(self.bots, self.weight())
    }

    /// Sum of squares over weight: weight times (1 - Gini impurity). The split with the largest
    /// sum of it has the lowest weighted impurity.
    fn purity(self) -> f64 {
        if self.weight() > 0.0 {
            (self.bots * self.bots + self.humans * self.humans) / self.weight()
        } else {
            0.0
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Candidate {
    rule: SplitRule,
    left: Leaf,
    right: Leaf,
}

impl Candidate {
    fn purity(&self) -> f64 {
        self.left.purity() + self.right.purity()
    }
}

/// Best split of one feature, or `None` if all its values are the same.
fn best_split<T: Copy + Into<f64>>(
    values: &[T],
    labels: &[bool],
    weights: Option<&[f64]>,
    slack: f64,
) -> Option<Candidate> {
    let mut present: Vec<(f64, bool, f64)> = Vec::with_capacity(values.len());
    let (mut all_present, mut missing) = (Leaf::default(), Leaf::default());
    for (row, &value) in values.iter().enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[row]);
        let value: f64 = value.into();
        if weight == 0.0 {
            continue;
        }
        if value.is_nan() {
            missing.add(labels[row], weight);
        } else {
            all_present.add(labels[row], weight);
            present.push((value, labels[row], weight));
        }
    }
    // Stable: sums run in row order inside equal values.
    present.sort_by(|a, b| a.0.total_cmp(&b.0));

    let mut best: Option<Candidate> = None;
    let mut consider = |candidate: Candidate| {
        if best.is_none_or(|best| candidate.purity() > best.purity() + slack) {
            best = Some(candidate);
        }
    };
    let mut below = Leaf::default();
    for pair in present.windows(2) {
        let ((value, bot, weight), (next, ..)) = (pair[0], pair[1]);
        below.add(bot, weight);
        if value == next {
            continue;
        }
        let above = Leaf {
            bots: (all_present.bots - below.bots).max(0.0),
            humans: (all_present.humans - below.humans).max(0.0),
        };
        // Halves first, so that the sum of two huge values stays finite.
        let middle = value / 2.0 + next / 2.0;
        let threshold = if middle < next { middle } else { value };
        if missing.weight() > 0.0 {
            for side in [Side::Right, Side::Left] {
                let (left, right) = match side {
                    Side::Left => (below.plus(missing), above),
                    Side::Right => (below, above.plus(missing)),
                };
                consider(Candidate { rule: SplitRule::AtMost { threshold, missing: side }, left, right });
            }
        } else {
            let heavier = if below.weight() > above.weight() { Side::Left } else { Side::Right };
            consider(Candidate {
                rule: SplitRule::AtMost { threshold, missing: heavier },
                left: below,
                right: above,
            });
        }
    }
    if missing.weight() > 0.0 && all_present.weight() > 0.0 {
        consider(Candidate { rule: SplitRule::Present, left: all_present, right: missing });
    }
    best
}

fn check_rows(labels: &[bool], weights: Option<&[f64]>) -> Result<(), EvaluateError> {
    if labels.is_empty() {
        return Err(EvaluateError::NoRows);
    }
    match weights {
        Some(weights) => {
            same_length("the column of weights", weights.len(), labels.len())?;
            check_weights(weights)
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::confusion::confusion_at;
    use super::super::metrics::roc_auc;
    use super::super::predictions::Predictions;
    use super::super::testing::{assert_close, below, rng, unit};
    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn majority_answers_the_prevalence() {
        let majority = Majority::fit(&[true, false, false, false], Some(&[2.0, 1.0, 1.0, 4.0])).unwrap();
        assert_eq!(majority.p_bot(), 0.25);
        assert_eq!(majority.to_string(), "always p_bot = 0.250");
        let labels = [true, false, true, false];
        let p = Predictions::new(&majority.predict(4), &labels, None).unwrap();
        assert_eq!(roc_auc(&p), Some(0.5));
        assert_eq!(confusion_at(&p, 0.5).accuracy(), Some(0.5));
        assert_eq!(confusion_at(&p, 0.5).precision(), None);
    }

    #[test]
    fn nothing_to_learn_from_is_an_error() {
        assert!(matches!(Majority::fit(&[], None), Err(EvaluateError::NoRows)));
        assert!(matches!(Majority::fit(&[true], Some(&[0.0])), Err(EvaluateError::NoWeight)));
        let columns = [vec![1.0, 2.0]];
        assert!(OneSplit::fit(&columns, &[true], None).is_err());
        assert!(matches!(
            OneSplit::fit(&[vec![1.0, f64::INFINITY]], &[true, false], None),
            Err(EvaluateError::InfiniteFeature { column: 0, row: 1, .. })
        ));
    }

    #[test]
    fn finds_the_feature_and_the_threshold() {
        let columns = [vec![5.0, 1.0, 4.0, 2.0, 3.0, 0.0], vec![1.0, 2.0, 3.0, 10.0, 11.0, 12.0]];
        let labels = [true, true, true, false, false, false];
        let split = OneSplit::fit(&columns, &labels, None).unwrap().unwrap();
        assert_eq!(split.feature(), 1);
        assert_eq!(split.rule(), SplitRule::AtMost { threshold: 6.5, missing: Side::Right });
        assert_eq!((split.p_left(), split.p_right()), (1.0, 0.0));
        assert_eq!(split.predict(&columns).unwrap(), [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(split.predict_value(6.5), 1.0);
        assert_eq!(split.predict_value(6.6), 0.0);
        assert!(split.predict(&columns[..1]).is_err());
        assert_eq!(
            split.clone().with_name("statuses_count").to_string(),
            "statuses_count at most 6.5: p_bot = 1.000; above or missing: p_bot = 0.000"
        );
    }

    #[test]
    fn takes_f32_columns_too() {
        let columns: [&[f32]; 1] = [&[0.5, 0.25, 1.0, f32::NAN]];
        let split = OneSplit::fit(&columns, &[true, true, false, false], None).unwrap().unwrap();
        assert_eq!(split.rule(), SplitRule::AtMost { threshold: 0.75, missing: Side::Right });
    }

    #[test]
    fn missing_values_go_where_they_help() {
        let labels = [true, true, true, false, false];
        let left = OneSplit::fit(&[vec![NAN, 1.0, 2.0, 8.0, 9.0]], &labels, None).unwrap().unwrap();
        assert_eq!(left.rule(), SplitRule::AtMost { threshold: 5.0, missing: Side::Left });
        assert_eq!(left.predict_value(NAN), 1.0);

        let apart = OneSplit::fit(&[vec![NAN, NAN, NAN, 8.0, 8.0]], &labels, None).unwrap().unwrap();
        assert_eq!(apart.rule(), SplitRule::Present);
        assert_eq!((apart.predict_value(NAN), apart.predict_value(3.0)), (1.0, 0.0));
        assert_eq!(apart.to_string(), "feature 0 present: p_bot = 0.000; missing: p_bot = 1.000");
    }

    #[test]
    fn without_missing_values_in_training_they_go_to_the_heavier_side() {
        let labels = [true, false, false];
        let split = OneSplit::fit(&[vec![1.0, 2.0, 3.0]], &labels, None).unwrap().unwrap();
        assert_eq!(split.predict_value(NAN), 0.0);
        let split = OneSplit::fit(&[vec![1.0, 2.0, 3.0]], &labels, Some(&[9.0, 1.0, 1.0])).unwrap().unwrap();
        assert_eq!(split.predict_value(NAN), 1.0);
    }

    #[test]
    fn no_split_where_none_helps() {
        let fit = |columns: &[Vec<f64>], labels: &[bool]| OneSplit::fit(columns, labels, None).unwrap();
        assert_eq!(fit(&[vec![1.0, 1.0]], &[true, false]), None);
        assert_eq!(fit(&[vec![NAN, NAN]], &[true, false]), None);
        assert_eq!(fit(&[vec![1.0, 2.0]], &[true, true]), None);
        assert_eq!(fit(&[], &[true, false]), None);
        // Both values hold one bot and one human.
        let balanced = [vec![1.0, 1.0, 2.0, 2.0]];
        assert_eq!(fit(&balanced, &[true, false, true, false]), None);
    }

    #[test]
    fn equally_good_splits_go_to_the_lowest_feature_and_threshold() {
        let column = vec![1.0, 2.0, 3.0];
        let columns = [vec![7.0; 3], column.clone(), column];
        let split = OneSplit::fit(&columns, &[true, false, true], None).unwrap().unwrap();
        assert_eq!(split.feature(), 1);
        assert_eq!(split.rule(), SplitRule::AtMost { threshold: 1.5, missing: Side::Right });
    }

    #[test]
    fn rows_of_weight_zero_count_for_nothing() {
        let columns = [vec![1.0, 2.0, 3.0, 4.0]];
        let labels = [true, false, true, false];
        let split = OneSplit::fit(&columns, &labels, Some(&[1.0, 0.0, 1.0, 1.0])).unwrap().unwrap();
        assert_eq!(split.rule(), SplitRule::AtMost { threshold: 3.5, missing: Side::Left });
    }

    #[test]
    fn neighbouring_and_huge_values_are_told_apart() {
        let next = 1.0f64.next_up();
        // Between the second pair lies no number, and the middle would be rounded up.
        for pair in [[1.0, next], [next, next.next_up()], [-f64::MAX, f64::MAX], [1e308, 1.5e308]] {
            let split = OneSplit::fit(&[pair.to_vec()], &[true, false], None).unwrap().unwrap();
            assert_eq!(split.predict(&[pair]).unwrap(), [1.0, 0.0]);
        }
    }

    #[test]
    fn agrees_with_trying_everything() {
        for seed in 0..40 {
            let mut rng = rng(seed);
            let n = 40;
            let labels: Vec<bool> = (0..n).map(|_| unit(&mut rng) < 0.4).collect();
            let weights: Vec<f64> = (0..n).map(|_| below(&mut rng, 3) as f64).collect();
            let columns: Vec<Vec<f64>> = (0..3)
                .map(|_| {
                    let draw = |&bot: &bool| match below(&mut rng, 8) {
                        7 => NAN,
                        x => x as f64 + if bot { 1.0 } else { 0.0 },
                    };
                    labels.iter().map(draw).collect()
                })
                .collect();
            let impurity = |left: &dyn Fn(f64) -> bool, column: &[f64]| {
                let (mut l, mut r) = (Leaf::default(), Leaf::default());
                for row in 0..n {
                    let leaf = if left(column[row]) { &mut l } else { &mut r };
                    leaf.add(labels[row], weights[row]);
                }
                let gini = |leaf: Leaf| match leaf.share_of_bots() {
                    Some(p) => 2.0 * p * (1.0 - p) * leaf.weight(),
                    None => 0.0,
                };
                gini(l) + gini(r)
            };
            let mut least = f64::INFINITY;
            for column in &columns {
                for t in -1..10 {
                    let t = t as f64 + 0.5;
                    least = least.min(impurity(&|x| x <= t, column));
                    least = least.min(impurity(&|x| x <= t || x.is_nan(), column));
                }
                least = least.min(impurity(&|x| !x.is_nan(), column));
            }
            let split = OneSplit::fit(&columns, &labels, Some(&weights)).unwrap().unwrap();
            let left = |x: f64| match split.rule() {
                SplitRule::Present => !x.is_nan(),
                SplitRule::AtMost { threshold, missing } => {
                    x <= threshold || (x.is_nan() && missing == Side::Left)
                }
            };
            assert_close(impurity(&left, &columns[split.feature()]), least);
        }
    }

    #[test]
    fn survives_json() {
        let split =
            OneSplit::fit(&[vec![1.0, 2.0]], &[true, false], None).unwrap().unwrap().with_name("age_days");
        let json = serde_json::to_string(&split).unwrap();
        assert_eq!(
            json,
            r#"{"feature":0,"name":"age_days","rule":"at_most","threshold":1.5,"missing":"right","p_left":1.0,"p_right":0.0}"#
        );
        assert_eq!(serde_json::from_str::<OneSplit>(&json).unwrap(), split);
    }

    #[test]
    fn thresholds_are_written_short() {
        for (x, text) in [
            (0.0, "0"),
            (6.5, "6.5"),
            (12345.5, "12346"),
            (1200.0, "1200"),
            (0.012345, "0.01235"),
            (-0.5, "-0.5"),
            (1e-9, "1.000e-9"),
        ] {
            assert_eq!(short(x), text);
        }
    }

    #[test]
    fn each_side_answers_its_share_of_bots() {
        let labels = [true, false, false, true, true, true];
        // Up to 3: one bot of three. Above: all bots.
        let split = OneSplit::fit(&[[1.0, 2.0, 3.0, 5.0, 6.0, 7.0]], &labels, None).unwrap().unwrap();
        assert_eq!(split.rule(), SplitRule::AtMost { threshold: 4.0, missing: Side::Right });
        assert_close(split.p_left(), 1.0 / 3.0);
        assert_eq!(split.p_right(), 1.0);
        // As many below as above, and none missing: right. More below: left.
        let heavier =
            OneSplit::fit(&[[1.0, 2.0, 3.0, 3.0, 6.0, 7.0]], &labels, Some(&[1.0, 1.0, 4.0, 1.0, 1.0, 1.0]));
        let SplitRule::AtMost { missing, threshold } = heavier.unwrap().unwrap().rule() else { panic!() };
        assert_eq!((missing, threshold), (Side::Left, 4.5));
    }

    #[test]
    fn the_size_of_the_weights_does_not_matter() {
        let labels = [true, true, false, false];
        for weight in [1e-20, 1.0, 1e20] {
            let split = OneSplit::fit(&[[1.0, 2.0, 3.0, 4.0]], &labels, Some(&[weight; 4])).unwrap().unwrap();
            assert_eq!(split.rule(), SplitRule::AtMost { threshold: 2.5, missing: Side::Right });
            assert_eq!((split.p_left(), split.p_right()), (1.0, 0.0));
        }
    }

    #[test]
    fn columns_without_the_feature_are_counted_in_the_error() {
        let columns = [vec![7.0, 7.0], vec![1.0, 2.0]];
        let split = OneSplit::fit(&columns, &[true, false], None).unwrap().unwrap();
        assert_eq!(split.feature(), 1);
        assert!(matches!(
            split.predict(&columns[..1]),
            Err(EvaluateError::LengthMismatch { found: 1, expected: 2, .. })
        ));
    }
}
