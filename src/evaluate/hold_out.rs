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
        let scores: Vec<f64> = rows.iter().map(|&row| split.predict_value(values.get(row))).collect();
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
    let columns: Vec<Vec<f64>> = recipe.features.iter().map(|&at| samples.values[at].of_rows(rows)).collect();
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
             Balanced accuracy, rec., FPR and prec. of calling a bot what has p_bot {:.2} or more (0.50 where bots are half).\n\
             Majority baseline: ROC AUC 0.500, balanced accuracy 0.500, AP {:.3}. One split: the best depth-1 tree.\n",
            self.prevalence, self.prevalence
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::testing::{assert_close, auc_by_pairs};
    use crate::model::testing::{cells, recipe};
    use crate::model::{folds_by_family, out_of_source};

    const NONE: Bootstrap = Bootstrap { replicates: 0, seed: 0, confidence: 0.95, stratified: true };

    #[test]
    fn every_figure_of_the_table_worked_out_again() {
        let mut samples = cells(
            &[("a", 1.0), ("b", 1.0), ("a", 1.0), ("c", 1.0)],
            &[
                (0, true, 40),
                (0, false, 60),
                (1, true, 60),
                (1, false, 50),
                (2, true, 30),
                (2, false, 70),
                (3, true, 50),
                (3, false, 70),
            ],
        );
        samples.groups[310] = samples.groups[5];
        let folds = folds_by_family(&samples);
        let raw = out_of_source(&samples, &folds, &recipe(0), |_| ()).unwrap();
        let table = hold_out_table(&samples, &folds, &raw, &recipe(0), 0.1, &NONE).unwrap();
        let order: Vec<(&str, &str)> =
            table.sources.iter().map(|row| (&row.source[..], &row.family[..])).collect();
        assert_eq!(order, [("source 0", "a"), ("source 2", "a"), ("source 1", "b"), ("source 3", "c")]);
        let mut probabilities = Vec::new();
        for (row, source) in table.sources.iter().zip([0, 2, 1, 3]) {
            let rows: Vec<usize> = (0..samples.len()).filter(|&at| samples.source[at] == source).collect();
            let labels: Vec<bool> = rows.iter().map(|&at| samples.labels[at]).collect();
            let others: Vec<usize> =
                (0..samples.len()).filter(|&at| samples.family(at) != row.family).collect();
            let line = Calibration::learn(
                &others.iter().map(|&at| raw[at].unwrap()).collect::<Vec<_>>(),
                &others.iter().map(|&at| samples.labels[at]).collect::<Vec<_>>(),
                &family_weights(&samples, &others),
                0.5,
            )
            .unwrap();
            let logit: Vec<f64> =
                rows.iter().map(|&at| line.slope * raw[at].unwrap() + line.intercept).collect();
            let n = |class: bool| labels.iter().filter(|bot| **bot == class).count() as f64;
            let (bots, people) = (n(true), n(false));
            assert_eq!((row.bots as f64, row.humans as f64), (bots, people));
            let called = |class: bool| {
                logit.iter().zip(&labels).filter(|(z, bot)| **z >= 0.0 && **bot == class).count() as f64
            };
            let (recall, fpr) = (called(true) / bots, called(false) / people);
            assert!(recall > 0.5 && recall < 1.0 && fpr > 0.0);
            assert_close(row.recall.value.unwrap(), recall);
            assert_close(row.false_positive_rate.value.unwrap(), fpr);
            assert_close(row.balanced_accuracy.value.unwrap(), (recall + 1.0 - fpr) / 2.0);
            assert_close(row.precision.value.unwrap(), 0.1 * recall / (0.1 * recall + 0.9 * fpr));
            assert_close(row.roc_auc.value.unwrap(), auc_by_pairs(&logit, &labels));

            // Where bots are a tenth: each bot stands for 0.1 / bots of all, each human for 0.9 / people.
            let mut ranked: Vec<(f64, bool)> = logit.iter().copied().zip(labels.iter().copied()).collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
            let (mut hits, mut misses, mut area) = (0.0, 0.0, 0.0);
            for (_, bot) in ranked {
                if bot {
                    hits += 0.1 / bots;
                    area += hits / (hits + misses) / bots;
                } else {
                    misses += 0.9 / people;
                }
            }
            assert_close(row.average_precision.value.unwrap(), area);
            let at_a_tenth: Vec<f64> =
                logit.iter().map(|z| 1.0 / (1.0 + (-(z + (0.1f64 / 0.9).ln())).exp())).collect();
            let weights: Vec<f64> =
                labels.iter().map(|bot| if *bot { 0.1 / bots } else { 0.9 / people }).collect();
            let set = Predictions::new(&at_a_tenth, &labels, Some(&weights)).unwrap();
            assert!((row.ece.value.unwrap() - ece(&set, Binning::default()).unwrap()).abs() < 1e-9);

            let fold = folds.iter().find(|fold| fold.family == row.family).unwrap();
            assert_eq!(row.shared_dropped, usize::from(row.family != "b"));
            let columns: Vec<Vec<f64>> = recipe(0)
                .features
                .iter()
                .map(|&feature| samples.values[feature].of_rows(&fold.train))
                .collect();
            let targets: Vec<bool> = fold.train.iter().map(|&at| samples.labels[at]).collect();
            let split = OneSplit::fit(&columns, &targets, Some(&balanced_weights(&samples, &fold.train)));
            let split = split.unwrap().unwrap();
            let column = recipe(0).features[split.feature()];
            let scores: Vec<f64> =
                rows.iter().map(|&at| split.predict_value(samples.values[column].get(at))).collect();
            assert_close(row.one_split_roc_auc.unwrap(), auc_by_pairs(&scores, &labels));
            let right = |class: bool| {
                let called =
                    scores.iter().zip(&labels).filter(|(p, bot)| **bot == class && (**p >= 0.5) == class);
                called.count() as f64
            };
            let balanced = (right(true) / bots + right(false) / people) / 2.0;
            assert_close(row.one_split_balanced_accuracy.unwrap(), balanced);
            assert_eq!(row.one_split, split.with_name(CATALOGUE[column].name).to_string());
            assert_eq!(row.majority_average_precision, 0.1);
            probabilities.extend(rows.iter().zip(&logit).map(|(&at, z)| (at, 1.0 / (1.0 + (-z).exp()))));
        }
        assert_eq!(table.probabilities.len(), probabilities.len());
        for (found, right) in table.probabilities.iter().zip(&probabilities) {
            assert_eq!(found.0, right.0);
            assert_close(found.1, right.1);
        }
    }

    #[test]
    fn one_family_alone_has_no_other_to_be_calibrated_on() {
        let samples = cells(&[("a", 1.0)], &[(0, true, 5), (0, false, 5)]);
        let rows: Vec<usize> = (0..10).collect();
        let found = calibration_without(&samples, &rows, &[Some(1.0); 10], "a").unwrap();
        assert_eq!(found, Calibration::identity(0.5));
    }

    #[test]
    fn the_table_as_text_with_its_means() {
        let one = |source: &str, family: &str, values: [f64; 9], interval: bool| {
            let of = |value: f64| Interval {
                value: Some(value),
                lo: interval.then_some(value - 0.05),
                hi: interval.then_some(value + 0.05),
                undefined_replicates: 0,
            };
            SourceResult {
                source: source.into(),
                family: family.into(),
                bots: 20,
                humans: 1200,
                shared_dropped: 0,
                roc_auc: of(values[0]),
                one_split_roc_auc: Some(values[1]),
                balanced_accuracy: of(values[2]),
                one_split_balanced_accuracy: Some(values[3]),
                average_precision: of(values[4]),
                recall: of(values[5]),
                false_positive_rate: of(values[6]),
                precision: of(values[7]),
                ece: of(values[8]),
                one_split: String::new(),
                majority_average_precision: 0.25,
            }
        };
        let mut table = HoldOutTable {
            prevalence: 0.25,
            bootstrap: NONE,
            sources: vec![
                one("first", "a", [0.8, 0.6, 0.7, 0.6, 0.5, 0.6, 0.2, 0.5, 0.1], true),
                one("second", "a", [0.6, 0.5, 0.5, 0.5, 0.3, 0.2, 0.4, 0.1, 0.2], true),
                one("the third of them", "b", [0.9, 0.7, 0.9, 0.7, 0.7, 0.7, 0.0, 0.9, 0.0], false),
            ],
            probabilities: Vec::new(),
        };
        table.sources[2].one_split_roc_auc = None;
        // Means of three; of two families, the first of which has the mean of its two; and the worst: the least, or the
        // most of FPR and ECE.
        let right = "\
Each family of sources left out in turn; its accounts dropped from the training rows wherever they are.
Positive class: bot. AP, precision and ECE with 25 % bots; [95 % bootstrap interval].
Balanced accuracy, rec., FPR and prec. of calling a bot what has p_bot 0.25 or more (0.50 where bots are half).
Majority baseline: ROC AUC 0.500, balanced accuracy 0.500, AP 0.250. One split: the best depth-1 tree.

source               bots humans  ROC AUC                one split  balanced accuracy      one split     AP   rec.    FPR  prec.    ECE
first                  20   1200  0.800 [0.750, 0.850]       0.600  0.700 [0.650, 0.750]       0.600  0.500  0.600  0.200  0.500  0.100
second                 20   1200  0.600 [0.550, 0.650]       0.500  0.500 [0.450, 0.550]       0.500  0.300  0.200  0.400  0.100  0.200
the third of them      20   1200  0.900                          -  0.900                      0.700  0.700  0.700  0.000  0.900  0.000
mean                              0.767                      0.550  0.700                      0.600  0.500  0.500  0.200  0.500  0.100
mean of families                  0.800                      0.550  0.750                      0.625  0.550  0.550  0.150  0.600  0.075
worst                             0.600                      0.500  0.500                      0.500  0.300  0.200  0.400  0.100  0.200
";
        assert_eq!(table.text(), right);
        assert_eq!(table.mean(|_| None), None);
        assert_eq!(table.mean_of_families(|_| None), None);
        assert_eq!(table.worst(|_| None), None);
    }
}
