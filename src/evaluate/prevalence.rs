//! The same model where bots are rarer, or more common, than in the labelled set.
//!
//! All of it rests on one assumption: bots there look like the bots here, and humans like the
//! humans here; only their shares differ (prior shift, label shift).

use std::borrow::Cow;

use serde::Serialize;

use super::error::{EvaluateError, check_weights, open_share, same_length};
use super::predictions::{Predictions, ratio};

/// A change of prevalence, as an offset of the logit.
///
/// Source: Elkan 2001, *The foundations of cost-sensitive learning*, IJCAI, theorem 2; Saerens,
/// Latinne & Decaestecker 2002, *Neural Computation* 14.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PriorShift {
    from: f64,
    to: f64,
}

impl PriorShift {
    /// A shift from the prevalence a model was calibrated at to another, both shares of bots
    /// above 0 and below 1.
    ///
    /// # Errors
    /// [`EvaluateError::BadSetting`] if one of them is not.
    pub fn new(from: f64, to: f64) -> Result<PriorShift, EvaluateError> {
        open_share("the prevalence to shift from", from)?;
        open_share("the prevalence to shift to", to)?;
        Ok(PriorShift { from, to })
    }

    /// What to add to the logit, in log-odds: `ln(to/(1-to)) - ln(from/(1-from))`.
    pub fn offset(&self) -> f64 {
        logit(self.to) - logit(self.from)
    }

    /// The probability at the new prevalence, 0 to 1, of an account with this one at the old. 0
    /// stays 0 and 1 stays 1.
    pub fn apply(&self, p_bot: f64) -> f64 {
        // Through odds rather than the logit, so that 0 and 1 need no care.
        let bot = p_bot * self.to / self.from;
        let human = (1.0 - p_bot) * (1.0 - self.to) / (1.0 - self.from);
        bot / (bot + human)
    }
}

fn logit(p: f64) -> f64 {
    p.ln() - (-p).ln_1p()
}

/// Weights that give a labelled set another prevalence (share of bots above 0 and below 1), one a
/// row in row order; total weight stays what it was. `weights` are what the rows counted before,
/// 1 each if absent.
///
/// # Errors
/// [`EvaluateError::BadSetting`] for the prevalence, [`EvaluateError::LengthMismatch`],
/// [`EvaluateError::BadWeight`], and [`EvaluateError::MissingClass`] if bots or humans have no
/// weight to scale.
pub fn prevalence_weights(
    labels: &[bool],
    weights: Option<&[f64]>,
    prevalence: f64,
) -> Result<Vec<f64>, EvaluateError> {
    if let Some(weights) = weights {
        same_length("the column of weights", weights.len(), labels.len())?;
        check_weights(weights)?;
    }
    let weight = |row: usize| weights.map_or(1.0, |weights| weights[row]);
    let (mut bots, mut humans) = (0.0, 0.0);
    for (row, &bot) in labels.iter().enumerate() {
        *(if bot { &mut bots } else { &mut humans }) += weight(row);
    }
    let (bot_scale, human_scale) = scales(bots, humans, prevalence)?;
    let scaled =
        labels.iter().enumerate().map(|(row, &bot)| weight(row) * if bot { bot_scale } else { human_scale });
    Ok(scaled.collect())
}

/// The same predictions re-weighted to another prevalence, as [`prevalence_weights`] does; scores
/// stay as they are, and nothing is sorted again.
///
/// # Errors
/// [`EvaluateError::BadSetting`] for the prevalence and [`EvaluateError::MissingClass`].
pub fn at_prevalence<'p>(
    predictions: &'p Predictions<'_>,
    prevalence: f64,
) -> Result<Predictions<'p>, EvaluateError> {
    let (bots, humans) = predictions.class_weights();
    let (bot_scale, human_scale) = scales(bots, humans, prevalence)?;
    let weights: Vec<f64> = predictions
        .ranked()
        .map(|(_, bot, weight)| weight * if bot { bot_scale } else { human_scale })
        .collect();
    Ok(predictions.with_ranked_weights(Cow::Owned(weights)))
}

/// Factors for the weights of bots and of humans.
fn scales(bots: f64, humans: f64, prevalence: f64) -> Result<(f64, f64), EvaluateError> {
    open_share("the prevalence", prevalence)?;
    for (weight, class) in [(bots, "bot"), (humans, "human")] {
        if weight == 0.0 {
            return Err(EvaluateError::MissingClass { class });
        }
    }
    let total = bots + humans;
    Ok((prevalence * total / bots, (1.0 - prevalence) * total / humans))
}

/// Precision, 0 to 1, of an operating point with this true and false positive rate where the share
/// of bots is `prevalence` (all three 0 to 1): Bayes' rule.
///
/// `None` if nobody would be called a bot, or if a rate is not from 0 to 1.
pub fn precision_at_prevalence(tpr: f64, fpr: f64, prevalence: f64) -> Option<f64> {
    if ![tpr, fpr, prevalence].iter().all(|share| (0.0..=1.0).contains(share)) {
        return None;
    }
    let bots = tpr * prevalence;
    ratio(bots, bots + fpr * (1.0 - prevalence))
}

#[cfg(test)]
mod tests {
    use super::super::confusion::confusion_at;
    use super::super::metrics::{average_precision, roc_auc};
    use super::super::testing::{assert_both, assert_close, random_set};
    use super::*;

    #[test]
    fn offset_by_hand() {
        let shift = PriorShift::new(0.5, 0.1).unwrap();
        assert_close(shift.offset(), (1.0f64 / 9.0).ln());
        assert_close(PriorShift::new(0.3, 0.3).unwrap().offset(), 0.0);
        assert_close(shift.apply(0.5), 0.1);
        assert_eq!(shift.apply(0.0), 0.0);
        assert_eq!(shift.apply(1.0), 1.0);
    }

    #[test]
    fn applying_is_adding_the_offset_to_the_logit() {
        let shift = PriorShift::new(0.42, 0.07).unwrap();
        for p in [0.001, 0.2, 0.5, 0.97] {
            let logit = logit(p) + shift.offset();
            assert_close(shift.apply(p), 1.0 / (1.0 + (-logit).exp()));
        }
    }

    #[test]
    fn prevalences_must_be_shares() {
        for bad in [0.0, 1.0, -0.1, f64::NAN] {
            assert!(PriorShift::new(0.5, bad).is_err());
            assert!(PriorShift::new(bad, 0.5).is_err());
            assert!(prevalence_weights(&[true, false], None, bad).is_err());
        }
    }

    #[test]
    fn weights_by_hand() {
        let weights = prevalence_weights(&[true, true, false, false], None, 0.25).unwrap();
        assert_eq!(weights, [0.5, 0.5, 1.5, 1.5]);
        let weights = prevalence_weights(&[true, false, false], Some(&[1.0, 2.0, 1.0]), 0.5).unwrap();
        assert_close(weights[0], 2.0);
        assert_close(weights[1], 4.0 / 3.0);
        assert_close(weights[2], 2.0 / 3.0);
    }

    #[test]
    fn both_classes_are_needed() {
        assert!(matches!(
            prevalence_weights(&[true, true], None, 0.1),
            Err(EvaluateError::MissingClass { class: "human" })
        ));
        assert!(matches!(
            prevalence_weights(&[true, false], Some(&[0.0, 1.0]), 0.1),
            Err(EvaluateError::MissingClass { class: "bot" })
        ));
    }

    #[test]
    fn reweighting_keeps_rates_and_moves_precision_as_bayes_says() {
        for seed in 0..20 {
            let s = random_set(seed, 80);
            let p = Predictions::new(&s.scores, &s.labels, Some(&s.weights)).unwrap();
            for prevalence in [0.05, 0.1, 0.2] {
                let q = at_prevalence(&p, prevalence).unwrap();
                assert_close(q.prevalence().unwrap(), prevalence);
                assert_both(roc_auc(&q), roc_auc(&p));
                let (before, after) = (confusion_at(&p, 0.4), confusion_at(&q, 0.4));
                assert_close(after.total(), before.total());
                assert_both(after.recall(), before.recall());
                let bayes = precision_at_prevalence(
                    before.recall().unwrap(),
                    before.false_positive_rate().unwrap(),
                    prevalence,
                );
                assert_both(after.precision(), bayes);

                let rows = prevalence_weights(&s.labels, Some(&s.weights), prevalence).unwrap();
                let r = p.with_weights(&rows).unwrap();
                assert_both(average_precision(&r), average_precision(&q));
            }
        }
    }

    #[test]
    fn precision_from_rates_by_hand() {
        // 90 % of bots and 5 % of humans flagged, 1 account in 10 a bot: 9 of 13.5.
        assert_close(precision_at_prevalence(0.9, 0.05, 0.1).unwrap(), 9.0 / 13.5);
        assert_eq!(precision_at_prevalence(0.0, 0.0, 0.1), None);
        assert_eq!(precision_at_prevalence(1.2, 0.0, 0.1), None);
        assert_eq!(precision_at_prevalence(f64::NAN, 0.0, 0.1), None);
    }
}
