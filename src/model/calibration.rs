//! From log-odds to a probability that means what it says.

use linfa::dataset::Dataset;
use linfa::param_guard::ParamGuard;
use linfa::traits::Fit;
use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use super::fit::{FitError, WeightedLogistic};

/// `ln(p / (1 - p))`.
pub fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// Platt scaling (Platt 1999; scikit-learn calls it `sigmoid`): `calibrated = slope * raw + intercept`, learnt
/// from scores of rows that the fit did not see.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Factor on the raw log-odds; below 1 where the fit was surer than held-out rows bear out.
    pub slope: f64,
    /// Added to the scaled log-odds.
    pub intercept: f64,
    /// Share of bots at which `slope` and `intercept` were learnt.
    pub at_prevalence: f64,
}

impl Calibration {
    /// No change, for scores already meant at `prevalence`.
    pub fn identity(prevalence: f64) -> Calibration {
        Calibration { slope: 1.0, intercept: 0.0, at_prevalence: prevalence }
    }

    /// Learns slope and intercept from raw log-odds of unseen rows, with row weights that make bots
    /// `at_prevalence` of the whole. Falls back to the intercept alone where the slope would not be positive:
    /// a model that ranks unseen rows backwards must not be turned round in silence.
    ///
    /// # Errors
    /// As [`super::minimise`], where a class is missing.
    pub fn learn(
        raw: &[f64],
        labels: &[bool],
        weights: &[f64],
        at_prevalence: f64,
    ) -> Result<Calibration, FitError> {
        let class_weight = |class: bool| -> f64 {
            labels.iter().zip(weights).filter(|(l, _)| **l == class).map(|(_, w)| w).sum()
        };
        let (bots, humans) = (class_weight(true), class_weight(false));
        if bots <= 0.0 || humans <= 0.0 {
            return Err(FitError::OneClass(if bots > 0.0 { "bot" } else { "human" }));
        }
        let rows = raw.len() as f64;
        let balanced: Array1<f32> = labels
            .iter()
            .zip(weights)
            .map(|(bot, w)| {
                let share = if *bot { at_prevalence / bots } else { (1.0 - at_prevalence) / humans };
                (w * share * rows) as f32
            })
            .collect();
        let x = Array2::from_shape_fn((raw.len(), 1), |(i, _)| raw[i]);
        let data = Dataset::new(x, Array1::from(labels.to_vec())).with_weights(balanced);
        let fitted = WeightedLogistic::default().alpha(1e-6).gradient_tolerance(1e-6).check()?.fit(&data)?;
        let slope = fitted.coefficients()[0];
        if slope > 0.0 {
            return Ok(Calibration { slope, intercept: fitted.intercept(), at_prevalence });
        }
        Ok(Calibration::identity(at_prevalence))
    }

    /// Calibrated log-odds at `prevalence` (Elkan 2001: the prior shift adds the difference of the prior log-odds).
    pub fn apply(&self, raw: f64, prevalence: f64) -> f64 {
        self.slope * raw + self.offset(prevalence)
    }

    /// What [`Calibration::apply`] adds to the scaled log-odds.
    pub fn offset(&self, prevalence: f64) -> f64 {
        self.intercept + logit(prevalence) - logit(self.at_prevalence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sigmoid;

    #[test]
    fn calibration_finds_the_scale_that_scores_were_blown_up_by() {
        // Labels in exact proportion to sigmoid(x), scores three times too sure.
        let mut raw = Vec::new();
        let mut labels = Vec::new();
        let mut weights = Vec::new();
        for step in -20..=20 {
            let x = f64::from(step) / 10.0;
            for class in [true, false] {
                raw.push(3.0 * x);
                labels.push(class);
                weights.push(if class { sigmoid(x) } else { 1.0 - sigmoid(x) });
            }
        }
        let learnt = Calibration::learn(&raw, &labels, &weights, 0.5).unwrap();
        assert!((learnt.slope - 1.0 / 3.0).abs() < 1e-3, "{learnt:?}");
        assert!(learnt.intercept.abs() < 1e-3, "{learnt:?}");
        assert!((sigmoid(learnt.apply(0.0, 0.1)) - 0.1).abs() < 1e-3);
    }

    #[test]
    fn a_model_that_ranks_backwards_is_not_turned_round() {
        let learnt =
            Calibration::learn(&[2.0, 1.0, -1.0, -2.0], &[false, false, true, true], &[1.0; 4], 0.5).unwrap();
        assert_eq!(learnt, Calibration::identity(0.5));
    }

    #[test]
    fn a_line_through_two_scores_by_hand() {
        // At 1 are bots of weight 3 and humans of weight 1, at -1 bots of 1 and humans of 5.
        let raw = [1.0, -1.0, 1.0, -1.0];
        let labels = [true, true, false, false];
        for share in [0.2f64, 0.5] {
            let found = Calibration::learn(&raw, &labels, &[3.0, 1.0, 1.0, 5.0], share).unwrap();
            // Weighted so that bots are that share of all, the odds at each of the two.
            let high = (share * 3.0 / 4.0) / ((1.0 - share) / 6.0);
            let low = (share / 4.0) / ((1.0 - share) * 5.0 / 6.0);
            assert!((found.slope - (high / low).ln() / 2.0).abs() < 1e-3, "{found:?}");
            assert!((found.intercept - (high * low).ln() / 2.0).abs() < 1e-3, "{found:?}");
            assert_eq!(found.at_prevalence, share);
        }
    }

    #[test]
    fn the_odds_move_with_the_share_of_bots() {
        let line = Calibration { slope: 2.0, intercept: 0.25, at_prevalence: 0.2 };
        // Odds of 1 to 4 where it was learnt.
        for (prevalence, right) in [(0.2, 0.25), (0.5, 0.25 + 4f64.ln()), (0.1, 0.25 + (4.0f64 / 9.0).ln())] {
            assert!((line.offset(prevalence) - right).abs() < 1e-12);
            assert!((line.apply(1.5, prevalence) - 3.0 - right).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_is_learnt_from_one_class_or_from_scores_that_are_all_the_same() {
        let of = |labels: [bool; 2], weights: [f64; 2]| Calibration::learn(&[0.0; 2], &labels, &weights, 0.3);
        assert!(matches!(of([true; 2], [1.0; 2]), Err(FitError::OneClass("bot"))));
        assert!(matches!(of([false; 2], [1.0; 2]), Err(FitError::OneClass("human"))));
        assert!(matches!(of([true, false], [1.0, 0.0]), Err(FitError::OneClass("bot"))));
        assert!(matches!(of([true, false], [0.0, 1.0]), Err(FitError::OneClass("human"))));
        assert_eq!(of([true, false], [1.0, 1.0]).unwrap(), Calibration::identity(0.3));
    }
}
