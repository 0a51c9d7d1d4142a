//! 5-fold cross-validation inside each source.

use std::fmt::Write as _;

use serde::Serialize;

use super::number;
use crate::evaluate::hold_out::{HoldOutError, with_interval};
use crate::evaluate::{Bootstrap, Interval, OneSplit, Predictions, bootstrap, roc_auc};
use crate::model::{LEAST, Recipe, Samples, TrainError, five_folds, sigmoid, within_source};

/// One source, cross-validated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WithinRow {
    /// The source.
    pub source: String,
    /// Bots in it.
    pub bots: usize,
    /// Humans in it.
    pub humans: usize,
    /// ROC AUC over all rows, each scored by the fit that had not seen its account.
    pub roc_auc: Interval,
    /// ROC AUC of the best single split, learnt and tested in the same folds.
    pub one_split_roc_auc: Option<f64>,
}

/// All two-class sources, cross-validated.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WithinTable {
    /// A row a source.
    pub sources: Vec<WithinRow>,
    /// Sources with too few accounts of a class: name, bots, humans.
    pub not_measured: Vec<(String, usize, usize)>,
    /// Row of the samples, fold, raw log-odds.
    #[serde(skip)]
    pub scores: Vec<(usize, u8, f64)>,
}

/// Cross-validates a recipe inside every source with at least 25 accounts of each class.
///
/// # Errors
/// Where no source has so many, a fit fails, or an interval cannot be made.
pub fn within_sources(
    samples: &Samples,
    recipe: &Recipe,
    intervals: &Bootstrap,
    done: impl Fn(&str),
) -> Result<WithinTable, WithinError> {
    let mut table = WithinTable { sources: Vec::new(), not_measured: Vec::new(), scores: Vec::new() };
    for (source, info) in samples.sources.iter().enumerate() {
        let rows: Vec<usize> = (0..samples.len()).filter(|&row| samples.source[row] == source).collect();
        let (bots, humans) = samples.classes(&rows);
        if bots.min(humans) < LEAST {
            table.not_measured.push((info.name.clone(), bots, humans));
            continue;
        }
        let raw = within_source(samples, &rows, recipe)?;
        let folds = five_folds(samples, &rows);
        let labels: Vec<bool> = rows.iter().map(|&row| samples.labels[row]).collect();
        let groups: Vec<u64> = rows.iter().map(|&row| samples.groups[row]).collect();
        let p: Vec<f64> = raw.iter().map(|raw| sigmoid(*raw)).collect();
        let set = Predictions::new(&p, &labels, None).map_err(HoldOutError::from)?;
        let auc =
            bootstrap(&set, Some(&groups), intervals, |set| [roc_auc(set)]).map_err(HoldOutError::from)?;
        let one_split_roc_auc = one_split(samples, recipe, &rows, &folds).map_err(HoldOutError::from)?;
        table.scores.extend(rows.iter().zip(&raw).map(|(&row, raw)| (row, folds[row], *raw)));
        table.sources.push(WithinRow {
            source: info.name.clone(),
            bots,
            humans,
            roc_auc: auc[0],
            one_split_roc_auc,
        });
        done(&info.name);
    }
    if table.sources.is_empty() {
        return Err(WithinError::NoSource);
    }
    Ok(table)
}

/// What keeps the table from being made.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum WithinError {
    #[error("no source has {LEAST} bots and {LEAST} humans: there is nothing to cross-validate in")]
    NoSource,
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    HoldOut(#[from] HoldOutError),
}

fn one_split(
    samples: &Samples,
    recipe: &Recipe,
    rows: &[usize],
    folds: &[u8],
) -> Result<Option<f64>, crate::evaluate::EvaluateError> {
    let columns = |rows: &[usize]| -> Vec<Vec<f64>> {
        recipe.features.iter().map(|&at| samples.values[at].of_rows(rows)).collect()
    };
    let (mut scores, mut labels) = (Vec::new(), Vec::new());
    for fold in 0..5 {
        let (test, train): (Vec<usize>, Vec<usize>) = rows.iter().partition(|&&row| folds[row] == fold);
        let targets: Vec<bool> = train.iter().map(|&row| samples.labels[row]).collect();
        let Some(split) = OneSplit::fit(&columns(&train), &targets, None)? else { return Ok(None) };
        scores.extend(split.predict(&columns(&test))?);
        labels.extend(test.iter().map(|&row| samples.labels[row]));
    }
    Ok(roc_auc(&Predictions::new(&scores, &labels, None)?))
}

impl WithinTable {
    /// The table as text.
    pub fn text(&self) -> String {
        let width = self.sources.iter().map(|row| row.source.len()).max().unwrap_or(6).max(6);
        let mut out = String::from(
            "5-fold cross-validation inside each source; an account is never on both sides. Positive class: bot.\n\
             [95 % bootstrap interval]. Majority baseline: ROC AUC 0.500. One split: the best depth-1 tree, same folds.\n\n",
        );
        let _ = writeln!(
            out,
            "{:width$}  {:>6} {:>6}  {:<21}  {:>9}",
            "source", "bots", "humans", "ROC AUC", "one split"
        );
        for row in &self.sources {
            let _ = writeln!(
                out,
                "{:width$}  {:>6} {:>6}  {:<21}  {:>9}",
                row.source,
                row.bots,
                row.humans,
                with_interval(&row.roc_auc),
                number(row.one_split_roc_auc)
            );
        }
        for (source, bots, humans) in &self.not_measured {
            let _ = writeln!(
                out,
                "{source:width$}  {bots:>6} {humans:>6}  not measured: fewer than {LEAST} of a class"
            );
        }
        out
    }
}
