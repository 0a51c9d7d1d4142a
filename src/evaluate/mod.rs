//! How good a set of bot probabilities is, in numbers that hold outside the training set.
//!
//! The positive class is **bot** everywhere: precision is the share of accounts called bot that
//! are bots, recall the share of bots that are called bot, and a false positive is a real person
//! who is called a bot.
//!
//! Everything starts from [`Predictions`]: one probability, one label and, optionally, one weight
//! a row, checked once and ranked once. A metric is then a function from `&Predictions` to
//! `Option<f64>`, where `None` means that the metric is not defined on these rows (a ROC AUC
//! without a human, a precision without anyone called bot). No metric is ever NaN, and an
//! undefined one is never passed off as zero. Because metrics share that shape, [`bootstrap()`]
//! puts an interval round any of them.
//!
//! | file | what it holds |
//! |---|---|
//! | `predictions` | the checked input: [`Predictions`] |
//! | `metrics` | ROC AUC, average precision, Brier score, log loss, precision and recall at k |
//! | `confusion` | [`ConfusionMatrix`] and all that follows from it |
//! | `operating_point` | thresholds chosen for a precision, a recall, a false positive rate, a cost |
//! | `curves` | ROC curve, precision-recall curve, threshold table |
//! | `reliability` | reliability diagram, expected and maximum calibration error |
//! | `prevalence` | the same model where bots are rarer, or more common |
//! | `bootstrap` | percentile intervals, by row or by group |
//! | `hold_out` | whole sources left out of training: [`HoldOutTable`] |
//! | `prior` | the share of bots of an unlabelled batch: [`LogitHistogram`] |
//! | `drift` | population stability index against the training accounts |
//! | `choose` | bands chosen by promise on left-out sources |
//! | `promise` | bands that must hold on sources that had no part in them: [`PromiseTable`] |
//! | `baseline` | what a model has to beat: [`Majority`] and [`OneSplit`] |
//! | `retrain` | is a model that learnt from decisions not worse than the one before: [`Retrained`] |
//! | `agreement` | Cohen's kappa of two people: [`agreement()`] |
//! | `study` | what a model is worth at home and on thin rows, how features travel, how recipes are chosen |
//! | `report` | all of it for one set, as JSON or as plain text: [`Metrics`] |
//!
//! ```
//! use botsieve::evaluate::{Predictions, average_precision, confusion_at, roc_auc};
//!
//! let p_bot = [0.9, 0.8, 0.4, 0.3, 0.1];
//! let is_bot = [true, false, true, false, false];
//! let predictions = Predictions::new(&p_bot, &is_bot, None)?;
//!
//! assert_eq!(roc_auc(&predictions), Some(5.0 / 6.0));
//! assert_eq!(average_precision(&predictions), Some((1.0 + 2.0 / 3.0) / 2.0));
//! assert_eq!(confusion_at(&predictions, 0.5).precision(), Some(0.5));
//! # Ok::<(), botsieve::evaluate::EvaluateError>(())
//! ```

pub mod agreement;
pub mod baseline;
pub mod bootstrap;
pub mod choose;
pub mod confusion;
pub mod curves;
pub mod drift;
mod error;
pub mod hold_out;
pub mod metrics;
pub mod operating_point;
pub mod predictions;
pub mod prevalence;
pub mod prior;
pub mod promise;
pub mod reliability;
pub mod report;
pub mod retrain;
pub mod study;

pub use agreement::{Agreement, agreement};
pub use baseline::{Majority, OneSplit, Side, SplitRule};
pub use bootstrap::{Bootstrap, Interval, bootstrap, bootstrap_difference};
pub use choose::choose_bands;
pub use confusion::{ConfusionMatrix, confusion_at};
pub use curves::{
    CurvePoints, PrecisionRecallPoint, RocPoint, ThresholdRow, precision_recall_curve, roc_curve,
    threshold_table,
};
pub use drift::{BinCounts, FeatureDrift, Moved, Stability, Verdict, stability};
pub use error::EvaluateError;
pub use hold_out::{HoldOutError, HoldOutTable, SourceResult, hold_out_table};
pub use metrics::{
    average_precision, brier, kolmogorov_smirnov, log_loss, precision_at_k, recall_at_k, roc_auc,
};
pub use operating_point::{
    OperatingPoint, filter_rate_at_recall, operating_point_at_cost, operating_point_at_fpr,
    operating_point_at_precision, operating_point_at_recall, recall_at_precision,
};
pub use predictions::Predictions;
pub use prevalence::{PriorShift, at_prevalence, precision_at_prevalence, prevalence_weights};
pub use prior::{LogitHistogram, PriorEstimate};
pub use promise::{
    Policy, PromiseTable, ScoredAccount, SourceScores, hold_out_promises, nested_scores, promise_table,
    share_at_prior,
};
pub use reliability::{BinStrategy, Binning, CalibrationBin, calibration_table, ece, mce};
pub use report::{AtPrevalence, Baseline, Metrics, ReportOptions};
pub use retrain::{Criterion, OnDecisions, RetrainError, Retrained};

#[cfg(test)]
mod testing;
