//! Leaving whole sources out: how a model does on accounts from elsewhere.
//!
//! Each family of sources is left out in turn. The rest is rid of every account that is in the family too, bins
//! and weights are learnt from it, and the family is scored. The calibration of a family's scores, and so its
//! threshold, is learnt from the held-out scores of the *other* families.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::baseline::OneSplit;
use super::bootstrap::{Bootstrap, Interval, bootstrap};
use super::confusion::confusion_at;
use super::error::EvaluateError;
use super::metrics::{average_precision, roc_auc};
use super::predictions::Predictions;
use super::prevalence::at_prevalence;
use super::reliability::{Binning, ece};
use crate::features::CATALOGUE;
use crate::model::{
    Calibration, FitError, Fold, HELD_OUT_THRESHOLD, Recipe, Samples, balanced_weights, family_weights,
    held_out_rows, sigmoid,
};

/// What keeps a hold-out table from being made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum HoldOutError {
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// One source that was left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceResult {
    /// The source.
    pub source: String,
    /// The family that was left out with it.
    pub family: String,
    /// Bots in it.
    pub bots: usize,
    /// Humans in it.
    pub humans: usize,
    /// Rows of other families dropped from training because the account is in this family.
    pub shared_dropped: usize,
    /// ROC AUC with its interval.
    pub roc_auc: Interval,
    /// Average precision with bots at the stated prevalence.
    pub average_precision: Interval,
    /// Balanced accuracy at the threshold learnt from the other families.
    pub balanced_accuracy: Interval,
    /// Share of the bots at or above that threshold.
    pub recall: Interval,
    /// Share of the humans at or above that threshold.
    pub false_positive_rate: Interval,
    /// Precision at that threshold with bots at the stated prevalence.
    pub precision: Interval,
    /// Expected calibration error with bots at the stated prevalence, ten quantile bins.
    pub ece: Interval,
    /// ROC AUC of the best single split, learnt from the same rows with the same weights.
    pub one_split_roc_auc: Option<f64>,
    /// Balanced accuracy of that split.
    pub one_split_balanced_accuracy: Option<f64>,
    /// The split, in words.
    pub one_split: String,
    /// Average precision of calling everybody a bot: the stated prevalence.
    pub majority_average_precision: f64,
}

/// The whole table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HoldOutTable {
    /// Share of bots for average precision, precision and calibration.
    pub prevalence: f64,
    /// How the intervals were made.
    pub bootstrap: Bootstrap,
    /// A row a source.
    pub sources: Vec<SourceResult>,
    /// Held-out calibrated probabilities, where bots are half: row of the samples, probability.
    #[serde(skip)]
    pub probabilities: Vec<(usize, f64)>,
}

/// Evaluates held-out scores (of [`crate::model::out_of_source`]) source by source.
///
/// # Errors
/// Where a set has no row, or the calibration cannot be learnt.
pub fn hold_out_table(
    samples: &Samples,
    folds: &[Fold],
    raw: &[Option<f64>],
    recipe: &Recipe,
    prevalence: f64,
    intervals: &Bootstrap,
) -> Result<HoldOutTable, HoldOutError> {
    let (all_rows, _) = held_out_rows(samples, raw);
    let mut table =
        HoldOutTable { prevalence, bootstrap: *intervals, sources: Vec::new(), probabilities: Vec::new() };
    for fold in folds {
        let calibration = calibration_without(samples, &all_rows, raw, &fold.family)?;
        let split = one_split(samples, &fold.train, recipe)?;
        let mut sources: Vec<usize> = all_rows
            .iter()
            .filter(|&&row| samples.family(row) == fold.family)
            .map(|&row| samples.source[row])
            .collect();
        sources.dedup();
        for source in sources {
            let rows: Vec<usize> =
                all_rows.iter().copied().filter(|&row| samples.source[row] == source).collect();
            let labels: Vec<bool> = rows.iter().map(|&row| samples.labels[row]).collect();
            let p: Vec<f64> = rows
                .iter()
                .map(|&row| sigmoid(calibration.apply(raw[row].unwrap_or_default(), 0.5)))
                .collect();
            table.probabilities.extend(rows.iter().copied().zip(p.iter().copied()));
            let result =
                one_source(samples, fold, source, &rows, &p, &labels, &split, &calibration, raw, &table)?;
            table.sources.push(result);
        }
    }
    Ok(table)
}

#[allow(clippy::too_many_arguments)] // private; the loop's own variables
fn one_source(
    samples: &Samples,
    fold: &Fold,
    source: usize,
    rows: &[usize],
    p: &[f64],
    labels: &[bool],
    split: &Option<(OneSplit, usize)>,
    calibration: &Calibration,
    raw: &[Option<f64>],
    table: &HoldOutTable,
) -> Result<SourceResult, HoldOutError> {
    let prevalence = table.prevalence;
    let even = Predictions::new(p, labels, None)?;
    let groups: Vec<u64> = rows.iter().map(|&row| samples.groups[row]).collect();
    // The rates of the two classes do not depend on how many there are of each; precision follows from them.
    let rates = bootstrap(&even, Some(&groups), &table.bootstrap, |set| {
        let at = confusion_at(set, HELD_OUT_THRESHOLD);
        let (recall, fpr) = (at.recall(), at.false_positive_rate());
        let precision = match (recall, fpr) {
            (Some(recall), Some(fpr)) => super::prevalence::precision_at_prevalence(recall, fpr, prevalence),
            _ => None,
        };
        [roc_auc(set), at.balanced_accuracy(), recall, fpr, precision]
    })?;
    let shifted: Vec<f64> = rows
        .iter()
        .map(|&row| sigmoid(calibration.apply(raw[row].unwrap_or_default(), prevalence)))
        .collect();
    let shifted = Predictions::new(&shifted, labels, None)?;
    let shifted = at_prevalence(&shifted, prevalence)?;
    let real = bootstrap(&shifted, Some(&groups), &table.bootstrap, |set| {
        [average_precision(set), ece(set, Binning::default())]
    })?;
    let (mut split_auc, mut split_ba, mut split_words) = (None, None, "no feature varies".to_string());
    if let Some((split, column)) = split {
        let values = &samples.values[*column];
        let scores: Vec<f64> = rows.iter().map(|&row| split.predict_value(values[row])).collect();
        let set = Predictions::new(&scores, labels, None)?;
        split_auc = roc_auc(&set);
        split_ba = confusion_at(&set, 0.5).balanced_accuracy();
        split_words = split.to_string();
    }
    let bots = labels.iter().filter(|bot| **bot).count();
    let mut rates = rates.into_iter();
    let mut next =
        || rates.next().unwrap_or(Interval { value: None, lo: None, hi: None, undefined_replicates: 0 });
    let (roc_auc, balanced_accuracy, recall, false_positive_rate, precision) =
        (next(), next(), next(), next(), next());
    Ok(SourceResult {
        source: samples.sources[source].name.clone(),
        family: fold.family.clone(),
        bots,
        humans: labels.len() - bots,
        shared_dropped: fold.shared,
        roc_auc,
        average_precision: real[0],
        balanced_accuracy,
        recall,
        false_positive_rate,
        precision,
        ece: real[1],
        one_split_roc_auc: split_auc,
        one_split_balanced_accuracy: split_ba,
        one_split: split_words,
        majority_average_precision: prevalence,
    })
}

/// The calibration that the held-out scores of all families but one give.
pub(super) fn calibration_without(
    samples: &Samples,
    rows: &[usize],
    raw: &[Option<f64>],
    family: &str,
) -> Result<Calibration, FitError> {
    let others: Vec<usize> = rows.iter().copied().filter(|&row| samples.family(row) != family).collect();
    if others.is_empty() {
        return Ok(Calibration::identity(0.5));
    }
    let scores: Vec<f64> = others.iter().map(|&row| raw[row].unwrap_or_default()).collect();
    let labels: Vec<bool> = others.iter().map(|&row| samples.labels[row]).collect();
    Calibration::learn(&scores, &labels, &family_weights(samples, &others), 0.5)
}

/// The best single split of the training rows, and the column of the catalogue that it looks at.
fn one_split(
    samples: &Samples,
    rows: &[usize],
    recipe: &Recipe,
) -> Result<Option<(OneSplit, usize)>, EvaluateError> {
    let columns: Vec<Vec<f64>> =
        recipe.features.iter().map(|&at| rows.iter().map(|&row| samples.values[at][row]).collect()).collect();
    let labels: Vec<bool> = rows.iter().map(|&row| samples.labels[row]).collect();
    let weights = balanced_weights(samples, rows);
    let split = OneSplit::fit(&columns, &labels, Some(&weights))?;
    Ok(split.map(|split| {
        let column = recipe.features[split.feature()];
        (split.with_name(CATALOGUE[column].name), column)
    }))
}

impl HoldOutTable {
    /// Mean of a value over the sources that have it.
    pub fn mean(&self, of: impl Fn(&SourceResult) -> Option<f64>) -> Option<f64> {
        let values: Vec<f64> = self.sources.iter().filter_map(of).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// Smallest value over the sources.
    pub fn worst(&self, of: impl Fn(&SourceResult) -> Option<f64>) -> Option<f64> {
        self.sources.iter().filter_map(of).min_by(f64::total_cmp)
    }

    /// Mean over families of the mean over their sources: three snapshots of one population count as one.
    pub fn mean_of_families(&self, of: impl Fn(&SourceResult) -> Option<f64>) -> Option<f64> {
        let mut families: Vec<(&str, f64, f64)> = Vec::new();
        for source in &self.sources {
            let Some(value) = of(source) else { continue };
            match families.iter_mut().find(|(name, ..)| *name == source.family) {
                Some((_, sum, n)) => (*sum, *n) = (*sum + value, *n + 1.0),
                None => families.push((&source.family, value, 1.0)),
            }
        }
        let n = families.len() as f64;
        (n > 0.0).then(|| families.iter().map(|(_, sum, k)| sum / k).sum::<f64>() / n)
    }

    /// The table as text: a row a source, then means and the worst.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let percent = self.prevalence * 100.0;
        let _ = writeln!(
            out,
            "Each family of sources left out in turn; its accounts dropped from the training rows wherever they are.\n\
             Positive class: bot. AP, precision and ECE with {percent:.0} % bots; [95 % bootstrap interval].\n\
             Majority baseline: ROC AUC 0.500, balanced accuracy 0.500, AP {:.3}. One split: the best depth-1 tree.\n",
            self.prevalence
        );
        let width = self.sources.iter().map(|s| s.source.len()).max().unwrap_or(6).max(16);
        let _ = writeln!(
            out,
            "{:width$}  {:>6} {:>6}  {:<21}  {:>9}  {:<21}  {:>9}  {:>5}  {:>5}  {:>5}  {:>5}  {:>5}",
            "source",
            "bots",
            "humans",
            "ROC AUC",
            "one split",
            "balanced accuracy",
            "one split",
            "AP",
            "rec.",
            "FPR",
            "prec.",
            "ECE"
        );
        for s in &self.sources {
            let _ = writeln!(
                out,
                "{:width$}  {:>6} {:>6}  {:<21}  {:>9}  {:<21}  {:>9}  {:>5}  {:>5}  {:>5}  {:>5}  {:>5}",
                s.source,
                s.bots,
                s.humans,
                with_interval(&s.roc_auc),
                number(s.one_split_roc_auc),
                with_interval(&s.balanced_accuracy),
                number(s.one_split_balanced_accuracy),
                number(s.average_precision.value),
                number(s.recall.value),
                number(s.false_positive_rate.value),
                number(s.precision.value),
                number(s.ece.value),
            );
        }
        type Pick = fn(&SourceResult) -> Option<f64>;
        let picks: [Pick; 9] = [
            |s| s.roc_auc.value,
            |s| s.one_split_roc_auc,
            |s| s.balanced_accuracy.value,
            |s| s.one_split_balanced_accuracy,
            |s| s.average_precision.value,
            |s| s.recall.value,
            |s| s.false_positive_rate.value,
            |s| s.precision.value,
            |s| s.ece.value,
        ];
        let best_is_small = [false, false, false, false, false, false, true, false, true];
        let means: Vec<String> = picks.iter().map(|pick| number(self.mean(pick))).collect();
        let worsts: Vec<String> = picks
            .iter()
            .zip(best_is_small)
            .map(|(pick, small)| {
                if small {
                    number(self.worst(|s| pick(s).map(|v| -v)).map(|v| -v))
                } else {
                    number(self.worst(pick))
                }
            })
            .collect();
        let families: Vec<String> = picks.iter().map(|pick| number(self.mean_of_families(pick))).collect();
        for (name, v) in [("mean", means), ("mean of families", families), ("worst", worsts)] {
            let _ = writeln!(
                out,
                "{name:width$}  {:>6} {:>6}  {:<21}  {:>9}  {:<21}  {:>9}  {:>5}  {:>5}  {:>5}  {:>5}  {:>5}",
                "", "", v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]
            );
        }
        out
    }
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".into(), |v| format!("{v:.3}"))
}

pub(super) fn with_interval(interval: &Interval) -> String {
    match (interval.value, interval.lo, interval.hi) {
        (Some(value), Some(lo), Some(hi)) => format!("{value:.3} [{lo:.3}, {hi:.3}]"),
        (value, _, _) => number(value),
    }
}
