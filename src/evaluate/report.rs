//! Everything about one evaluated set: [`Metrics`], as JSON or as plain text.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::bootstrap::{Bootstrap, Interval, bootstrap};
use super::confusion::{ConfusionMatrix, confusion_at};
use super::curves::{ThresholdRow, threshold_table};
use super::error::{EvaluateError, closed_share, open_share};
use super::metrics::{
    average_precision, brier, kolmogorov_smirnov, log_loss, precision_at_k, recall_at_k, roc_auc,
};
use super::operating_point::{filter_rate_at_recall, recall_at_precision};
use super::predictions::Predictions;
use super::prevalence::{PriorShift, at_prevalence};
use super::reliability::{BinStrategy, Binning, CalibrationBin, calibration_table, ece, mce};
use crate::words::group;

/// What to compute. [`Default`] gives the report of `botsieve evaluate`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportOptions {
    /// Name of the evaluated set, for the heading.
    pub set: String,
    /// Lowest `p_bot` that is called bot, 0 to 1. Default 0.5.
    pub threshold: f64,
    /// Thresholds of the threshold table, 0 to 1. Default 0.1, 0.2 and so on to 0.9.
    pub thresholds: Vec<f64>,
    /// Lengths of the queue's head for precision and recall at k. Default 50, 100, 500.
    pub at_k: Vec<usize>,
    /// Recall counts this much as precision in F-beta, 0 to 1e6. Default 0.5.
    pub beta: f64,
    /// Recall at which the filter rate is given, 0 to 1. Default 0.9.
    pub min_recall: f64,
    /// Precision at which the recall is given, 0 to 1. Default 0.9.
    pub min_precision: f64,
    /// Bins of the calibration table and errors. Default 10 quantile bins.
    pub binning: Binning,
    /// How the intervals are made.
    pub bootstrap: Bootstrap,
    /// If present, a second block for this prevalence.
    pub at_prevalence: Option<AtPrevalence>,
}

impl Default for ReportOptions {
    fn default() -> Self {
        ReportOptions {
            set: "test set".to_string(),
            threshold: 0.5,
            thresholds: (1..10).map(|tenth| f64::from(tenth) / 10.0).collect(),
            at_k: vec![50, 100, 500],
            beta: 0.5,
            min_recall: 0.9,
            min_precision: 0.9,
            binning: Binning::default(),
            bootstrap: Bootstrap::default(),
            at_prevalence: None,
        }
    }
}

/// The second block of a report: the same rows, weighted so that bots have another share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AtPrevalence {
    /// Share of bots, above 0 and below 1.
    pub prevalence: f64,
    /// If present, the prevalence the scores were calibrated at: they are then moved to the new
    /// prevalence by [`PriorShift`], as scoring with `--prevalence` does. If absent, scores stay
    /// as they are.
    pub shift_from: Option<f64>,
}

/// A competitor on the same set, to be compared with the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Short name, such as `majority`.
    pub name: String,
    /// What it does, in words.
    pub description: String,
    /// Its `p_bot`, 0 to 1, one a row in row order.
    pub scores: Vec<f64>,
    /// The share of bots that its scores are meant at, above 0 and below 1: where the report is weighted to another, they are moved to
    /// that, as the model's are. If absent, they stay as they are.
    pub meant_at: Option<f64>,
}

/// A baseline's metrics on the evaluated set; `None` where not defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineMetrics {
    /// Short name.
    pub name: String,
    /// What it does, in words.
    pub description: String,
    /// Area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// Average precision.
    pub average_precision: Option<f64>,
    /// Brier score.
    pub brier: Option<f64>,
    /// Log loss, in nats.
    pub log_loss: Option<f64>,
    /// Precision at the report's threshold.
    pub precision: Option<f64>,
    /// Recall at the report's threshold.
    pub recall: Option<f64>,
    /// F1 at the report's threshold.
    pub f1: Option<f64>,
    /// Accuracy at the report's threshold.
    pub accuracy: Option<f64>,
    /// Balanced accuracy at the report's threshold.
    pub balanced_accuracy: Option<f64>,
}

/// The headline metrics, each as a `T`: a plain value while computing, an [`Interval`] in the
/// report. Units and definitions are those of the functions of the same names.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Headline<T> {
    /// Area under the ROC curve, 0 to 1.
    pub roc_auc: T,
    /// Average precision, 0 to 1.
    pub average_precision: T,
    /// Kolmogorov-Smirnov statistic, 0 to 1.
    pub ks: T,
    /// Brier score, 0 to 1, lower is better.
    pub brier: T,
    /// Log loss in nats, lower is better.
    pub log_loss: T,
    /// Expected calibration error with the options' bins, 0 to 1, lower is better.
    pub ece: T,
    /// Maximum calibration error with the options' bins, 0 to 1, lower is better.
    pub mce: T,
    /// Share of the list that need not be read at the options' `min_recall`, 0 to 1.
    pub filter_rate_at_recall: T,
    /// Recall at the options' `min_precision`, 0 to 1; not defined where it is out of reach.
    pub recall_at_precision: T,
    /// Precision at the options' threshold, 0 to 1, as all below.
    pub precision: T,
    /// Recall at the threshold.
    pub recall: T,
    /// F1 at the threshold.
    pub f1: T,
    /// F-beta at the threshold, with the options' `beta`.
    pub f_beta: T,
    /// Specificity at the threshold.
    pub specificity: T,
    /// Accuracy at the threshold.
    pub accuracy: T,
    /// Balanced accuracy at the threshold.
    pub balanced_accuracy: T,
    /// Matthews correlation coefficient at the threshold, -1 to 1.
    pub mcc: T,
    /// Real people called bot at the threshold per 1,000 accounts read, 0 to 1,000.
    pub false_positives_per_1000: T,
}

/// Precision and recall among the first `k` accounts of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AtK {
    /// Number of accounts read.
    pub k: usize,
    /// Share of them that are bots.
    pub precision: Interval,
    /// Share of all bots that are among them.
    pub recall: Interval,
}

/// All metrics of one evaluated set. Positive class = bot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Number of rows.
    pub n: usize,
    /// Number of rows labelled bot.
    pub bots: usize,
    /// Number of rows labelled human.
    pub humans: usize,
    /// Number of groups that the bootstrap drew, if it drew groups.
    pub groups: Option<usize>,
    /// Weighted share of bots, 0 to 1.
    pub prevalence: Option<f64>,
    /// The settings it was computed with.
    pub options: ReportOptions,
    /// The headline metrics with intervals.
    pub headline: Headline<Interval>,
    /// Confusion matrix at the threshold.
    pub confusion: ConfusionMatrix,
    /// Precision and recall at k.
    pub at_k: Vec<AtK>,
    /// What each threshold does.
    pub threshold_table: Vec<ThresholdRow>,
    /// Reliability diagram.
    pub calibration: Vec<CalibrationBin>,
    /// What the model has to beat.
    pub baselines: Vec<BaselineMetrics>,
    /// The second block, at the prevalence of the options. Its counts are those of the rows, its
    /// weights and metrics those of the other prevalence.
    pub at_prevalence: Option<Box<Metrics>>,
}

impl Metrics {
    /// Computes the report of one set.
    ///
    /// `groups` (one number a row, in row order) makes the bootstrap draw groups, not rows.
    /// `baselines` are evaluated on the same rows with the same weights.
    ///
    /// In the block of another prevalence every replicate is weighted to that prevalence anew,
    /// because the prevalence is given there and not estimated.
    ///
    /// # Errors
    /// [`EvaluateError::BadSetting`] for options out of range, [`EvaluateError::LengthMismatch`]
    /// for groups or baselines, [`EvaluateError::ScoreNotProbability`] for baselines, and
    /// [`EvaluateError::MissingClass`] if a prevalence is asked of a set with one class.
    pub fn compute(
        predictions: &Predictions,
        groups: Option<&[u64]>,
        baselines: &[Baseline],
        options: &ReportOptions,
    ) -> Result<Metrics, EvaluateError> {
        check_options(options)?;
        let main = ReportOptions { at_prevalence: None, ..options.clone() };
        let mut metrics = Metrics::block(predictions, groups, baselines, &main, None)?;
        if let Some(asked) = options.at_prevalence {
            let shifted = match asked.shift_from {
                None => predictions.clone(),
                Some(from) => {
                    let shift = PriorShift::new(from, asked.prevalence)?;
                    let scores = predictions.scores();
                    let scores: Vec<f64> = scores.iter().map(|&p| shift.apply(p)).collect();
                    predictions.with_scores(&scores)?
                }
            };
            let baselines: Vec<Baseline> = baselines
                .iter()
                .map(|baseline| baseline.moved_to(asked.prevalence))
                .collect::<Result<_, _>>()?;
            let block = Metrics::block(&shifted, groups, &baselines, options, Some(asked.prevalence))?;
            metrics.at_prevalence = Some(Box::new(block));
        }
        Ok(metrics)
    }

    /// One block of the report; with a prevalence, everything is weighted to it.
    fn block(
        predictions: &Predictions,
        groups: Option<&[u64]>,
        baselines: &[Baseline],
        options: &ReportOptions,
        prevalence: Option<f64>,
    ) -> Result<Metrics, EvaluateError> {
        let statistic = |p: &Predictions| match prevalence.map(|to| at_prevalence(p, to)) {
            None => values(p, options),
            Some(Ok(p)) => values(&p, options),
            // A replicate without bots or without humans: there is nothing to weight.
            Some(Err(_)) => vec![None; HEADLINE + 2 * options.at_k.len()],
        };
        let intervals = bootstrap(predictions, groups, &options.bootstrap, statistic)?;
        let (headline, at_k) = intervals.split_at(HEADLINE);
        let mut next = headline.iter().copied();
        let headline = Headline::from_fn(|| next.next().unwrap_or_default());
        let at_k = options
            .at_k
            .iter()
            .zip(at_k.chunks_exact(2))
            .map(|(&k, pair)| AtK { k, precision: pair[0], recall: pair[1] })
            .collect();

        let weighted = match prevalence {
            None => predictions.clone(),
            Some(to) => at_prevalence(predictions, to)?,
        };
        let baselines = baselines
            .iter()
            .map(|baseline| baseline.metrics(&weighted, options.threshold))
            .collect::<Result<_, _>>()?;
        Ok(Metrics {
            n: predictions.n(),
            bots: predictions.bots(),
            humans: predictions.humans(),
            groups: groups.map(|groups| {
                let mut groups = groups.to_vec();
                groups.sort_unstable();
                groups.dedup();
                groups.len()
            }),
            prevalence: weighted.prevalence(),
            options: options.clone(),
            headline,
            confusion: confusion_at(&weighted, options.threshold),
            at_k,
            threshold_table: threshold_table(&weighted, &options.thresholds),
            calibration: calibration_table(&weighted, options.binning),
            baselines,
            at_prevalence: None,
        })
    }

    /// The report as plain text, aligned, at most 96 columns wide for usual names and counts, with
    /// a line feed at the end.
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write_block(&mut out, &self.heading());
        if let Some(block) = &self.at_prevalence {
            let how = match block.options.at_prevalence.and_then(|at| at.shift_from) {
                Some(from) => format!("scores moved from prevalence {}", percent(Some(from))),
                None => "scores as they are".to_string(),
            };
            let heading = format!(
                "{}, weighted to a prevalence of {} ({how})",
                self.options.set,
                percent(block.prevalence),
            );
            out.push('\n');
            block.write_block(&mut out, &heading);
        }
        out
    }

    fn heading(&self) -> String {
        format!(
            "{}: {} accounts, {} bots, {} humans, prevalence {}",
            self.options.set,
            thousands(self.n as f64),
            thousands(self.bots as f64),
            thousands(self.humans as f64),
            percent(self.prevalence),
        )
    }

    fn write_block(&self, out: &mut String, heading: &str) {
        let o = &self.options;
        let _ = writeln!(out, "{heading}\n{}", "=".repeat(heading.chars().count()));
        let _ = writeln!(out, "Positive class: bot.\n{}", self.interval_note());
        self.write_headline(out);

        let m = &self.confusion;
        let _ = writeln!(out, "\nConfusion matrix (p_bot >= {} is called bot)", o.threshold);
        let mut table = Table::new(&["", "called bot", "called human"]);
        table.row(["bot".into(), thousands(m.tp), thousands(m.fn_)]);
        table.row(["human".into(), thousands(m.fp), thousands(m.tn)]);
        table.write(out);

        if !self.at_k.is_empty() {
            let _ = writeln!(out, "\nFirst k accounts of the queue");
            let mut table = Table::new(&["k", "precision", "interval", "recall", "interval"]);
            for at in &self.at_k {
                table.row([
                    thousands(at.k as f64),
                    number(at.precision.value, 3),
                    range(&at.precision, 3),
                    number(at.recall.value, 3),
                    range(&at.recall, 3),
                ]);
            }
            table.write(out);
        }

        if !self.threshold_table.is_empty() {
            let _ = writeln!(out, "\nThresholds");
            let mut table = Table::new(&[
                "p_bot >=",
                "precision",
                "recall",
                "f1",
                "flagged",
                "real people per 1,000 read",
            ]);
            for row in &self.threshold_table {
                table.row([
                    row.threshold.to_string(),
                    number(row.precision, 3),
                    number(row.recall, 3),
                    number(row.f1, 3),
                    percent(row.flagged_share),
                    number(row.false_positives_per_1000, 1),
                ]);
            }
            table.write(out);
        }

        if !self.calibration.is_empty() {
            let strategy = match o.binning.strategy {
                BinStrategy::Quantile => "quantile",
                BinStrategy::Uniform => "uniform",
            };
            let _ = writeln!(out, "\nCalibration ({} {strategy} bins)", o.binning.bins);
            let mut table = Table::new(&["bin", "n", "mean_p", "frac_pos", "lo", "hi", "diagram"]);
            for bin in &self.calibration {
                table.row([
                    bin.bin.to_string(),
                    thousands(bin.n as f64),
                    number(Some(bin.mean_p), 3),
                    number(Some(bin.frac_pos), 3),
                    number(Some(bin.lo), 3),
                    number(Some(bin.hi), 3),
                    diagram(bin),
                ]);
            }
            table.write(out);
            let _ = writeln!(
                out,
                "  diagram: o = mean_p, | = frac_pos, X = both, ---- = 95 % interval of frac_pos"
            );
        }

        if !self.baselines.is_empty() {
            let _ = writeln!(out, "\nBaselines");
            let mut table =
                Table::new(&["", "ROC AUC", "AP", "Brier", "log loss", "accuracy", "balanced", "f1"]);
            let h = &self.headline;
            table.row([
                "model".to_string(),
                number(h.roc_auc.value, 3),
                number(h.average_precision.value, 3),
                number(h.brier.value, 3),
                number(h.log_loss.value, 3),
                number(h.accuracy.value, 3),
                number(h.balanced_accuracy.value, 3),
                number(h.f1.value, 3),
            ]);
            for b in &self.baselines {
                table.row([
                    b.name.clone(),
                    number(b.roc_auc, 3),
                    number(b.average_precision, 3),
                    number(b.brier, 3),
                    number(b.log_loss, 3),
                    number(b.accuracy, 3),
                    number(b.balanced_accuracy, 3),
                    number(b.f1, 3),
                ]);
            }
            table.write(out);
            for b in &self.baselines {
                let _ = writeln!(out, "  {}: {}", b.name, b.description);
            }
        }
    }

    fn interval_note(&self) -> String {
        let b = &self.options.bootstrap;
        if b.replicates == 0 {
            return "No intervals were computed.".to_string();
        }
        let unit = match self.groups {
            Some(groups) => format!("{} groups", thousands(groups as f64)),
            None => "rows".to_string(),
        };
        let stratified = if b.stratified { ", by class" } else { "" };
        format!(
            "Intervals: {}, bootstrap, {} replicates of {unit}{stratified}, seed {}.",
            percent_short(b.confidence),
            thousands(b.replicates as f64),
            b.seed,
        )
    }

    fn write_headline(&self, out: &mut String) {
        let (o, h) = (&self.options, &self.headline);
        let rate = format!("filter rate at recall {}", o.min_recall);
        let recall = format!("recall at precision {}", o.min_precision);
        let f_beta = format!("F-beta, beta {}", o.beta);
        let any_threshold: [(&str, &Interval, usize); 9] = [
            ("ROC AUC", &h.roc_auc, 3),
            ("average precision", &h.average_precision, 3),
            ("Kolmogorov-Smirnov", &h.ks, 3),
            ("Brier score", &h.brier, 4),
            ("log loss", &h.log_loss, 4),
            ("expected calibration error", &h.ece, 4),
            ("maximum calibration error", &h.mce, 4),
            (&rate, &h.filter_rate_at_recall, 3),
            (&recall, &h.recall_at_precision, 3),
        ];
        let at_threshold: [(&str, &Interval, usize); 9] = [
            ("precision", &h.precision, 3),
            ("recall", &h.recall, 3),
            ("F1", &h.f1, 3),
            (&f_beta, &h.f_beta, 3),
            ("specificity", &h.specificity, 3),
            ("accuracy", &h.accuracy, 3),
            ("balanced accuracy", &h.balanced_accuracy, 3),
            ("Matthews correlation", &h.mcc, 3),
            ("real people called bot per 1,000 read", &h.false_positives_per_1000, 1),
        ];
        let over = "Over all thresholds".to_string();
        let at = format!("At threshold {}", o.threshold);
        for (title, rows) in [(over, any_threshold), (at, at_threshold)] {
            let _ = writeln!(out, "\n{title}");
            for (name, interval, decimals) in rows {
                let line = format!(
                    "  {name:<38}{:>8}  {:<18}{}",
                    number(interval.value, decimals),
                    range(interval, decimals),
                    undefined_note(interval, o.bootstrap.replicates),
                );
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
    }
}

impl Baseline {
    /// It at another share of bots.
    fn moved_to(&self, prevalence: f64) -> Result<Baseline, EvaluateError> {
        let Some(from) = self.meant_at else { return Ok(self.clone()) };
        let shift = PriorShift::new(from, prevalence)?;
        Ok(Baseline {
            name: self.name.clone(),
            description: format!("{}, moved to {}", self.description, percent_short(prevalence)),
            scores: self.scores.iter().map(|&p| shift.apply(p)).collect(),
            meant_at: Some(prevalence),
        })
    }

    fn metrics(&self, set: &Predictions, threshold: f64) -> Result<BaselineMetrics, EvaluateError> {
        let p = set.with_scores(&self.scores)?;
        let matrix = confusion_at(&p, threshold);
        Ok(BaselineMetrics {
            name: self.name.clone(),
            description: self.description.clone(),
            roc_auc: roc_auc(&p),
            average_precision: average_precision(&p),
            brier: brier(&p),
            log_loss: log_loss(&p),
            precision: matrix.precision(),
            recall: matrix.recall(),
            f1: matrix.f1(),
            accuracy: matrix.accuracy(),
            balanced_accuracy: matrix.balanced_accuracy(),
        })
    }
}

/// Number of headline metrics.
const HEADLINE: usize = 18;

impl<T: Copy> Headline<T> {
    /// Fills the fields in order.
    fn from_fn(mut next: impl FnMut() -> T) -> Headline<T> {
        Headline {
            roc_auc: next(),
            average_precision: next(),
            ks: next(),
            brier: next(),
            log_loss: next(),
            ece: next(),
            mce: next(),
            filter_rate_at_recall: next(),
            recall_at_precision: next(),
            precision: next(),
            recall: next(),
            f1: next(),
            f_beta: next(),
            specificity: next(),
            accuracy: next(),
            balanced_accuracy: next(),
            mcc: next(),
            false_positives_per_1000: next(),
        }
    }

    /// The fields in order.
    fn values(&self) -> [T; HEADLINE] {
        [
            self.roc_auc,
            self.average_precision,
            self.ks,
            self.brier,
            self.log_loss,
            self.ece,
            self.mce,
            self.filter_rate_at_recall,
            self.recall_at_precision,
            self.precision,
            self.recall,
            self.f1,
            self.f_beta,
            self.specificity,
            self.accuracy,
            self.balanced_accuracy,
            self.mcc,
            self.false_positives_per_1000,
        ]
    }
}

/// The headline metrics, then precision and recall for each k.
fn values(p: &Predictions, options: &ReportOptions) -> Vec<Option<f64>> {
    let matrix = confusion_at(p, options.threshold);
    let headline = Headline {
        roc_auc: roc_auc(p),
        average_precision: average_precision(p),
        ks: kolmogorov_smirnov(p),
        brier: brier(p),
        log_loss: log_loss(p),
        ece: ece(p, options.binning),
        mce: mce(p, options.binning),
        filter_rate_at_recall: filter_rate_at_recall(p, options.min_recall),
        recall_at_precision: recall_at_precision(p, options.min_precision),
        precision: matrix.precision(),
        recall: matrix.recall(),
        f1: matrix.f1(),
        f_beta: matrix.f_beta(options.beta),
        specificity: matrix.specificity(),
        accuracy: matrix.accuracy(),
        balanced_accuracy: matrix.balanced_accuracy(),
        mcc: matrix.mcc(),
        false_positives_per_1000: matrix.false_positives_per_1000(),
    };
    let mut values = headline.values().to_vec();
    for &k in &options.at_k {
        values.push(precision_at_k(p, k));
        values.push(recall_at_k(p, k));
    }
    values
}

fn check_options(options: &ReportOptions) -> Result<(), EvaluateError> {
    closed_share("the threshold", options.threshold)?;
    for &threshold in &options.thresholds {
        closed_share("a threshold of the threshold table", threshold)?;
    }
    closed_share("the recall for the filter rate", options.min_recall)?;
    closed_share("the precision for the recall", options.min_precision)?;
    if !(0.0..=1e6).contains(&options.beta) {
        return Err(EvaluateError::BadSetting {
            what: "beta",
            found: options.beta,
            expected: "a number from 0 to 1e6",
        });
    }
    if options.at_k.contains(&0) {
        return Err(EvaluateError::BadSetting {
            what: "k of precision at k",
            found: 0.0,
            expected: "1 or more",
        });
    }
    if let Some(at) = options.at_prevalence {
        open_share("the prevalence", at.prevalence)?;
    }
    Ok(())
}

/// A plain-text table: first column to the left if it has no heading, all others to the right, a
/// column headed `diagram` to the left.
struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn new(head: &[&str]) -> Table {
        Table { head: head.iter().map(|cell| cell.to_string()).collect(), rows: Vec::new() }
    }

    fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.head.len());
        self.rows.push(cells.into());
    }

    fn write(&self, out: &mut String) {
        let width = |column: usize| {
            std::iter::once(&self.head)
                .chain(&self.rows)
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        for row in std::iter::once(&self.head).chain(&self.rows) {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let width = widths[column];
                let left = matches!(self.head[column].as_str(), "" | "diagram");
                let _ =
                    if left { write!(line, "  {cell:<width$}") } else { write!(line, "  {cell:>width$}") };
            }
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }
}

/// One line of a reliability diagram, 0 to 1 over 41 columns.
fn diagram(bin: &CalibrationBin) -> String {
    let place = |share: f64| (share.clamp(0.0, 1.0) * 40.0).round() as usize;
    let mut line = vec![' '; 41];
    line[place(bin.lo)..=place(bin.hi)].fill('-');
    let (said, is) = (place(bin.mean_p), place(bin.frac_pos));
    line[is] = '|';
    line[said] = if said == is { 'X' } else { 'o' };
    line.into_iter().collect()
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "n/a".to_string(), |value| format!("{value:.decimals$}"))
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "n/a".to_string(), |share| format!("{:.1} %", 100.0 * share))
}

/// A percentage without needless decimals.
fn percent_short(share: f64) -> String {
    // Rounded first: 100 * 0.55 is not 55.
    format!("{} %", (share * 1e6).round() / 1e4)
}

fn range(interval: &Interval, decimals: usize) -> String {
    match (interval.lo, interval.hi) {
        (Some(lo), Some(hi)) => format!("{lo:.decimals$} to {hi:.decimals$}"),
        _ => String::new(),
    }
}

fn undefined_note(interval: &Interval, replicates: usize) -> String {
    match interval.undefined_replicates {
        0 => String::new(),
        n => format!("  undefined in {} of {}", thousands(n as f64), thousands(replicates as f64)),
    }
}

/// A count with commas; one decimal if it is not whole.
fn thousands(count: f64) -> String {
    let whole = (count - count.round()).abs() < 1e-9 * count.abs().max(1.0);
    let text = if whole { format!("{count:.0}") } else { format!("{count:.1}") };
    let (digits, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    group(digits, &mut out);
    out + rest
}

#[cfg(test)]
mod tests {
    use super::super::baseline::Majority;
    use super::super::testing::{assert_both, assert_close, random_set};
    use super::*;

    fn set(rows: usize) -> Predictions<'static> {
        let s = random_set(11, rows);
        Predictions::new(&s.scores, &s.labels, None).unwrap()
    }

    fn options() -> ReportOptions {
        ReportOptions {
            bootstrap: Bootstrap { replicates: 100, ..Bootstrap::default() },
            ..ReportOptions::default()
        }
    }

    fn majority(p: &Predictions) -> Baseline {
        let majority = Majority::fit(&p.labels(), None).unwrap();
        Baseline {
            name: "majority".into(),
            description: majority.to_string(),
            scores: majority.predict(p.n()),
            meant_at: Some(majority.p_bot()),
        }
    }

    #[test]
    fn the_report_holds_the_metrics_of_the_functions() {
        let p = set(300);
        let m = Metrics::compute(&p, None, &[majority(&p)], &options()).unwrap();
        assert_eq!((m.n, m.bots + m.humans), (300, 300));
        assert_eq!(m.headline.roc_auc.value, roc_auc(&p));
        assert_eq!(m.headline.mcc.value, confusion_at(&p, 0.5).mcc());
        assert_eq!(
            m.headline.false_positives_per_1000.value,
            confusion_at(&p, 0.5).false_positives_per_1000()
        );
        assert_eq!(m.at_k[1].k, 100);
        assert_eq!(m.at_k[1].precision.value, precision_at_k(&p, 100));
        assert_eq!(m.at_k[1].recall.value, recall_at_k(&p, 100));
        assert_eq!(m.at_k[2].precision.value, None);
        assert_eq!(m.baselines[0].roc_auc, Some(0.5));
        assert_eq!(m.baselines[0].average_precision, p.prevalence());
        for i in m.headline.values() {
            assert!(i.lo <= i.value && i.value <= i.hi, "{i:?}");
        }
    }

    #[test]
    fn headline_order_is_one() {
        let mut n = 0;
        let h = Headline::from_fn(|| {
            n += 1;
            n
        });
        let expected: Vec<usize> = (1..=HEADLINE).collect();
        assert_eq!(h.values().to_vec(), expected);
    }

    #[test]
    fn a_second_block_at_another_prevalence() {
        let p = set(400);
        let at = |shift_from| ReportOptions {
            at_prevalence: Some(AtPrevalence { prevalence: 0.05, shift_from }),
            ..options()
        };
        let m = Metrics::compute(&p, None, &[majority(&p)], &at(None)).unwrap();
        let block = m.at_prevalence.as_ref().unwrap();
        assert_close(block.prevalence.unwrap(), 0.05);
        // Who says 5 % of everybody, where it is 5 %.
        assert_close(block.baselines[0].brier.unwrap(), 0.05 * 0.95);
        assert!(
            block.baselines[0].description.ends_with(", moved to 5 %"),
            "{}",
            block.baselines[0].description
        );
        let coin = Baseline { meant_at: None, ..majority(&p) };
        let stays = Metrics::compute(&p, None, &[coin], &at(None)).unwrap().at_prevalence.unwrap();
        assert!(stays.baselines[0].brier.unwrap() > 0.1 && !stays.baselines[0].description.contains("moved"));
        assert_both(block.headline.roc_auc.value, m.headline.roc_auc.value);
        assert_both(block.headline.recall.value, m.headline.recall.value);
        assert!(block.headline.precision.value < m.headline.precision.value);
        assert_close(block.confusion.total(), 400.0);
        assert_both(block.baselines[0].average_precision, Some(0.05));

        let shifted = Metrics::compute(&p, None, &[], &at(p.prevalence())).unwrap();
        let shifted = shifted.at_prevalence.unwrap();
        assert_both(shifted.headline.roc_auc.value, m.headline.roc_auc.value);
        assert!(shifted.headline.brier.value < block.headline.brier.value);
    }

    #[test]
    fn one_class_gives_a_report_with_gaps() {
        let p = Predictions::new(&[0.1, 0.7, 0.3], &[false; 3], None).unwrap();
        let m = Metrics::compute(&p, None, &[], &options()).unwrap();
        assert_eq!(m.headline.roc_auc.value, None);
        assert_eq!(m.headline.roc_auc.undefined_replicates, 100);
        assert!(m.text().contains("n/a"));
        let asked = ReportOptions {
            at_prevalence: Some(AtPrevalence { prevalence: 0.1, shift_from: None }),
            ..options()
        };
        assert!(matches!(
            Metrics::compute(&p, None, &[], &asked),
            Err(EvaluateError::MissingClass { class: "bot" })
        ));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let p = set(30);
        let refused = |change: &dyn Fn(&mut ReportOptions)| {
            let mut options = options();
            change(&mut options);
            assert!(matches!(
                Metrics::compute(&p, None, &[], &options),
                Err(EvaluateError::BadSetting { .. })
            ));
        };
        refused(&|o| o.threshold = f64::NAN);
        refused(&|o| o.thresholds = vec![0.5, 1.5]);
        refused(&|o| o.at_k = vec![0]);
        refused(&|o| o.beta = -1.0);
        refused(&|o| o.min_recall = 90.0);
        refused(&|o| o.min_precision = 90.0);
        refused(&|o| o.bootstrap.confidence = 95.0);
        refused(&|o| o.at_prevalence = Some(AtPrevalence { prevalence: 5.0, shift_from: None }));
    }

    #[test]
    fn survives_json() {
        let p = set(60);
        let m = Metrics::compute(&p, None, &[majority(&p)], &options()).unwrap();
        let json = serde_json::to_string(&m).unwrap();
        assert!(json.contains(r#""average_precision":{"value":"#));
        assert!(json.contains(r#""binning":{"strategy":"quantile","bins":10}"#));
        let back: Metrics = serde_json::from_str(&json).unwrap();
        // Not compared number by number: serde_json may be one unit in the last place off.
        assert_eq!(back.text(), m.text());
    }

    #[test]
    fn text_is_aligned_and_narrow() {
        let s = random_set(11, 2000);
        let p = Predictions::new(&s.scores, &s.labels, None).unwrap();
        let groups: Vec<u64> = (0..2000).map(|row| row / 2).collect();
        let options = ReportOptions {
            at_prevalence: Some(AtPrevalence { prevalence: 0.05, shift_from: Some(0.3) }),
            ..options()
        };
        let m = Metrics::compute(&p, Some(&groups), &[majority(&p)], &options).unwrap();
        let text = m.text();
        println!("{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 96));
        assert!(text.lines().all(|line| line.trim_end() == line));
        assert!(text.starts_with("test set: 2,000 accounts, "));
        assert!(text.contains("100 replicates of 1,000 groups, by class, seed 0."));
        assert!(text.contains("weighted to a prevalence of 5.0 % (scores moved from"));
        assert!(text.contains("real people called bot per 1,000 read"));
        assert!(text.contains("majority: always p_bot = 0."));
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(thousands(1234567.0), "1,234,567");
        assert_eq!(thousands(999.0), "999");
        assert_eq!(thousands(1234.56), "1,234.6");
        assert_eq!(thousands(2999.9999999999995), "3,000");
        assert_eq!(percent_short(0.95), "95 %");
        assert_eq!(percent_short(0.999), "99.9 %");
        assert_eq!(percent(None), "n/a");
        let interval =
            Interval { value: Some(0.5), lo: Some(0.12345), hi: Some(0.75), undefined_replicates: 1234 };
        assert_eq!(range(&interval, 3), "0.123 to 0.750");
        assert_eq!(range(&Interval { hi: None, ..interval }, 3), "");
        assert_eq!(undefined_note(&interval, 10_000), "  undefined in 1,234 of 10,000");
        assert_eq!(undefined_note(&Interval { undefined_replicates: 0, ..interval }, 10_000), "");
    }

    /// The example of scikit-learn's documentation, and a coin beside it.
    fn four(options: &ReportOptions) -> Metrics {
        let p = Predictions::new(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true], None).unwrap();
        let coin = Baseline {
            name: "coin".into(),
            description: "always 0.5".into(),
            scores: vec![0.5; 4],
            meant_at: None,
        };
        Metrics::compute(&p, None, &[coin], options).unwrap()
    }

    #[test]
    fn the_text_of_four_accounts_by_hand() {
        let options = ReportOptions {
            set: "four".into(),
            thresholds: vec![0.35, 0.9],
            at_k: vec![1, 3],
            binning: Binning::new(BinStrategy::Quantile, 2).unwrap(),
            bootstrap: Bootstrap { replicates: 0, ..Bootstrap::default() },
            ..ReportOptions::default()
        };
        // Three of four pairs are in order. AP: (1 + 2/3) / 2. Brier: (0.01 + 0.16 + 0.4225 + 0.04) / 4. Log loss:
        // -(ln 0.9 + ln 0.6 + ln 0.35 + ln 0.8) / 4. Two bins: 0.225 and 0.6 are said where 0.5 is. All bots are among the
        // first three, half of them alone at the top. At 0.5 one bot is called, and nobody else: F-0.5 is
        // 1.25 * 0.5 / (0.25 + 0.5), MCC 2 / sqrt(12). A coin is called a bot each time.
        let right = "\
four: 4 accounts, 2 bots, 2 humans, prevalence 50.0 %
=====================================================
Positive class: bot.
No intervals were computed.

Over all thresholds
  ROC AUC                                  0.750
  average precision                        0.833
  Kolmogorov-Smirnov                       0.500
  Brier score                             0.1581
  log loss                                0.4723
  expected calibration error              0.1875
  maximum calibration error               0.2750
  filter rate at recall 0.9                0.250
  recall at precision 0.9                  0.500

At threshold 0.5
  precision                                1.000
  recall                                   0.500
  F1                                       0.667
  F-beta, beta 0.5                         0.833
  specificity                              1.000
  accuracy                                 0.750
  balanced accuracy                        0.750
  Matthews correlation                     0.577
  real people called bot per 1,000 read      0.0

Confusion matrix (p_bot >= 0.5 is called bot)
         called bot  called human
  bot             1             1
  human           0             2

First k accounts of the queue
  k  precision  interval  recall  interval
  1      1.000             0.500
  3      0.667             1.000

Thresholds
  p_bot >=  precision  recall     f1  flagged  real people per 1,000 read
      0.35      0.667   1.000  0.800   75.0 %                       250.0
       0.9        n/a   0.000  0.000    0.0 %                         0.0

Calibration (2 quantile bins)
  bin  n  mean_p  frac_pos     lo     hi  diagram
    0  2   0.225     0.500  0.095  0.905      -----o----------|----------------
    1  2   0.600     0.500  0.095  0.905      ----------------|---o------------
  diagram: o = mean_p, | = frac_pos, X = both, ---- = 95 % interval of frac_pos

Baselines
         ROC AUC     AP  Brier  log loss  accuracy  balanced     f1
  model    0.750  0.833  0.158     0.472     0.750     0.750  0.667
  coin     0.500  0.500  0.250     0.693     0.500     0.500  0.667
  coin: always 0.5
";
        let found = four(&options).text();
        assert_eq!(found, right, "{found}");
        let bare = ReportOptions { thresholds: vec![], at_k: vec![], ..options };
        let found = four(&bare).text();
        let left = |begin: &str, end: &str| {
            right[..right.find(begin).unwrap()].to_string() + &right[right.find(end).unwrap()..]
        };
        assert_eq!(found, left("\nFirst k accounts", "\nCalibration"), "{found}");
        let p = Predictions::new(&[0.2, 0.7], &[false, true], Some(&[0.0, 0.0]));
        let nothing = Metrics::compute(&p.unwrap(), None, &[], &bare).unwrap().text();
        assert!(!nothing.contains("Calibration (") && !nothing.contains("Baselines"), "{nothing}");
    }
}
