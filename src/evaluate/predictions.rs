//! The checked input of every metric: probabilities with labels and weights, ranked once.

use std::borrow::Cow;

use super::error::{EvaluateError, check_weights, same_length};

/// Probabilities, labels and weights of one evaluated set, ranked from the most to the least
/// bot-like.
///
/// Making one checks every value and sorts the rows, `O(n log n)`; every metric after that is one
/// pass, `O(n)`. Rows with equal scores form a *tie group*: no metric depends on the order of rows
/// inside it.
///
/// A weight says how many accounts a row stands for. A set with whole weights has the same
/// metrics as the set in which each row is repeated that often, and a row of weight 0 counts for
/// nothing.
#[derive(Debug, Clone)]
pub struct Predictions<'a> {
    scores: Cow<'a, [f64]>,
    labels: Cow<'a, [bool]>,
    weights: Option<Cow<'a, [f64]>>,
    rows: Cow<'a, [usize]>,
}

impl Predictions<'_> {
    /// Checks and ranks one set.
    ///
    /// `scores` are probabilities of being a bot (`p_bot`, 0 to 1), `labels` are true for a bot,
    /// and `weights` are 0, or from 1e-100 to 1e100; without weights each row counts 1. All three
    /// have one value a row, in the same order.
    ///
    /// # Errors
    /// [`EvaluateError::NoRows`], [`EvaluateError::LengthMismatch`],
    /// [`EvaluateError::ScoreNotProbability`] (a NaN among them) and
    /// [`EvaluateError::BadWeight`].
    pub fn new(
        scores: &[f64],
        labels: &[bool],
        weights: Option<&[f64]>,
    ) -> Result<Predictions<'static>, EvaluateError> {
        if scores.is_empty() && labels.is_empty() {
            return Err(EvaluateError::NoRows);
        }
        same_length("the column of labels", labels.len(), scores.len())?;
        if let Some(row) = scores.iter().position(|s| !(0.0..=1.0).contains(s)) {
            return Err(EvaluateError::ScoreNotProbability { row, found: scores[row] });
        }
        if let Some(weights) = weights {
            same_length("the column of weights", weights.len(), scores.len())?;
            check_weights(weights)?;
        }

        let mut rows: Vec<usize> = (0..scores.len()).collect();
        rows.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        Ok(Predictions {
            scores: rows.iter().map(|&row| scores[row]).collect(),
            labels: rows.iter().map(|&row| labels[row]).collect(),
            weights: weights.map(|weights| rows.iter().map(|&row| weights[row]).collect()),
            rows: Cow::Owned(rows),
        })
    }

    /// Number of rows, those of weight 0 included. Never 0.
    pub fn n(&self) -> usize {
        self.scores.len()
    }

    /// Number of rows labelled bot, those of weight 0 included.
    pub fn bots(&self) -> usize {
        self.labels.iter().filter(|&&bot| bot).count()
    }

    /// Number of rows labelled human, those of weight 0 included.
    pub fn humans(&self) -> usize {
        self.n() - self.bots()
    }

    /// Scores (`p_bot`), highest first.
    pub fn ranked_scores(&self) -> &[f64] {
        &self.scores
    }

    /// Labels in the order of [`ranked_scores`](Self::ranked_scores), true for a bot.
    pub fn ranked_labels(&self) -> &[bool] {
        &self.labels
    }

    /// Row numbers, counted from 0 in the order given to [`new`](Self::new), in the order of
    /// [`ranked_scores`](Self::ranked_scores).
    pub fn ranked_rows(&self) -> &[usize] {
        &self.rows
    }

    /// Weight of the row at a rank (0 is the highest score). 1 without weights.
    ///
    /// # Panics
    /// If `rank` is not below [`n`](Self::n).
    pub fn ranked_weight(&self, rank: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[rank])
    }

    /// Labels in row order, as given to [`new`](Self::new).
    pub fn labels(&self) -> Vec<bool> {
        self.to_row_order(false, |rank| self.labels[rank])
    }

    /// Scores in row order, as given to [`new`](Self::new).
    pub fn scores(&self) -> Vec<f64> {
        self.to_row_order(0.0, |rank| self.scores[rank])
    }

    /// Weights in row order, as given to [`new`](Self::new); 1 a row without weights.
    pub fn weights(&self) -> Vec<f64> {
        self.to_row_order(1.0, |rank| self.ranked_weight(rank))
    }

    /// Weight of the bots and of the humans.
    pub fn class_weights(&self) -> (f64, f64) {
        self.ranked().fold(
            (0.0, 0.0),
            |(bots, humans), (_, bot, weight)| {
                if bot { (bots + weight, humans) } else { (bots, humans + weight) }
            },
        )
    }

    /// Weighted share of bots, 0 to 1; `None` if all weights are 0.
    pub fn prevalence(&self) -> Option<f64> {
        let (bots, humans) = self.class_weights();
        ratio(bots, bots + humans)
    }

    /// The same rows, labels and weights with other scores, one a row in row order: another model
    /// or a baseline on the same set.
    ///
    /// # Errors
    /// As [`Predictions::new`].
    pub fn with_scores(&self, scores: &[f64]) -> Result<Predictions<'static>, EvaluateError> {
        same_length("the column of scores", scores.len(), self.n())?;
        let weights = self.weights.as_ref().map(|_| self.weights());
        Predictions::new(scores, &self.labels(), weights.as_deref())
    }

    /// The same rows, labels and scores with other weights, one a row in row order. Does not sort
    /// again.
    ///
    /// # Errors
    /// [`EvaluateError::LengthMismatch`] and [`EvaluateError::BadWeight`].
    pub fn with_weights(&self, weights: &[f64]) -> Result<Predictions<'_>, EvaluateError> {
        same_length("the column of weights", weights.len(), self.n())?;
        check_weights(weights)?;
        let ranked: Vec<f64> = self.rows.iter().map(|&row| weights[row]).collect();
        Ok(self.with_ranked_weights(Cow::Owned(ranked)))
    }

    /// The same set with weights that already are in ranked order, checked by the caller.
    pub(super) fn with_ranked_weights<'b>(&'b self, weights: Cow<'b, [f64]>) -> Predictions<'b> {
        debug_assert_eq!(weights.len(), self.n());
        Predictions {
            scores: Cow::Borrowed(&self.scores),
            labels: Cow::Borrowed(&self.labels),
            weights: Some(weights),
            rows: Cow::Borrowed(&self.rows),
        }
    }

    /// Score, label and weight of each row, highest score first.
    pub(super) fn ranked(&self) -> impl DoubleEndedIterator<Item = (f64, bool, f64)> + '_ {
        (0..self.n()).map(|rank| (self.scores[rank], self.labels[rank], self.ranked_weight(rank)))
    }

    /// The cuts between tie groups, from the highest threshold down. Tie groups of weight 0 are
    /// left out, as scikit-learn leaves out rows of weight 0.
    pub(super) fn cuts(&self) -> Cuts<'_> {
        Cuts { predictions: self, next: 0, tp: 0.0, fp: 0.0 }
    }

    fn to_row_order<T: Clone>(&self, fill: T, value: impl Fn(usize) -> T) -> Vec<T> {
        let mut out = vec![fill; self.n()];
        for (rank, &row) in self.rows.iter().enumerate() {
            out[row] = value(rank);
        }
        out
    }
}

/// One way to split the ranked rows: all rows with a score of `threshold` or more are called bot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    /// Lowest score that is called bot.
    pub threshold: f64,
    /// Weight of bots called bot.
    pub tp: f64,
    /// Weight of humans called bot.
    pub fp: f64,
}

/// See [`Predictions::cuts`].
pub(super) struct Cuts<'p> {
    predictions: &'p Predictions<'p>,
    next: usize,
    tp: f64,
    fp: f64,
}

impl Iterator for Cuts<'_> {
    type Item = Cut;

    fn next(&mut self) -> Option<Cut> {
        let p = self.predictions;
        while self.next < p.n() {
            let threshold = p.scores[self.next];
            let mut weight = 0.0;
            while self.next < p.n() && p.scores[self.next] == threshold {
                let w = p.ranked_weight(self.next);
                if p.labels[self.next] {
                    self.tp += w;
                } else {
                    self.fp += w;
                }
                weight += w;
                self.next += 1;
            }
            if weight > 0.0 {
                return Some(Cut { threshold, tp: self.tp, fp: self.fp });
            }
        }
        None
    }
}

/// `part / whole`, or `None` if `whole` is 0.
pub(super) fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_from_high_to_low_and_remembers_row_order() {
        let p = Predictions::new(&[0.2, 0.9, 0.2], &[false, true, true], Some(&[1.0, 2.0, 3.0])).unwrap();
        assert_eq!(p.ranked_scores(), [0.9, 0.2, 0.2]);
        assert_eq!(p.ranked_rows(), [1, 0, 2]);
        assert_eq!(p.labels(), [false, true, true]);
        assert_eq!(p.weights(), [1.0, 2.0, 3.0]);
        assert_eq!(p.scores(), [0.2, 0.9, 0.2]);
        assert_eq!((p.n(), p.bots(), p.humans()), (3, 2, 1));
        assert_eq!(p.prevalence(), Some(5.0 / 6.0));
    }

    #[test]
    fn refuses_what_is_not_a_probability() {
        for (bad, row) in [([0.1, f64::NAN], 1), ([1.5, 0.2], 0), ([-0.1, 0.2], 0), ([0.0, f64::INFINITY], 1)]
        {
            match Predictions::new(&bad, &[true, false], None) {
                Err(EvaluateError::ScoreNotProbability { row: found, .. }) => {
                    assert_eq!(found, row)
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn refuses_bad_weights_lengths_and_empty_sets() {
        let weights = |w: &[f64]| Predictions::new(&[0.1, 0.2], &[true, false], Some(w)).err();
        for bad in [f64::NAN, f64::INFINITY, -1.0, 1e200, 1e-200] {
            assert!(matches!(weights(&[1.0, bad]), Some(EvaluateError::BadWeight { row: 1, .. })));
        }
        assert!(matches!(weights(&[1.0]), Some(EvaluateError::LengthMismatch { found: 1, expected: 2, .. })));
        assert!(matches!(
            Predictions::new(&[0.1], &[true, false], None),
            Err(EvaluateError::LengthMismatch { .. })
        ));
        assert!(matches!(Predictions::new(&[], &[], None), Err(EvaluateError::NoRows)));
    }

    #[test]
    fn errors_say_what_was_found_and_what_was_expected() {
        let error = Predictions::new(&[0.1, f64::NAN], &[true, false], None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the score of row 1 (counted from 0) is NaN; expected a probability from 0 to 1"
        );
    }

    #[test]
    fn negative_zero_ties_with_zero() {
        let p = Predictions::new(&[0.0, -0.0], &[true, false], None).unwrap();
        assert_eq!(p.cuts().count(), 1);
    }

    #[test]
    fn cuts_skip_tie_groups_without_weight() {
        let p =
            Predictions::new(&[0.9, 0.5, 0.5, 0.1], &[true, false, true, false], Some(&[1.0, 0.0, 0.0, 2.0]))
                .unwrap();
        let cuts: Vec<_> = p.cuts().map(|c| (c.threshold, c.tp, c.fp)).collect();
        assert_eq!(cuts, [(0.9, 1.0, 0.0), (0.1, 1.0, 2.0)]);
    }

    #[test]
    fn other_scores_and_weights_keep_the_rows_together() {
        let p = Predictions::new(&[0.2, 0.9], &[false, true], None).unwrap();
        let other = p.with_scores(&[0.7, 0.6]).unwrap();
        assert_eq!(other.ranked_labels(), [false, true]);
        let other = p.with_weights(&[3.0, 1.0]).unwrap();
        assert_eq!(other.prevalence(), Some(0.25));
        assert!(p.with_weights(&[1.0]).is_err());
        assert!(p.with_scores(&[1.0, 0.3, 0.2]).is_err());
    }
}
