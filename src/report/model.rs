//! The report about a model: what it was made from and how it did on labelled accounts, with plots.

use serde::Serialize;

use super::document::{Cell, Document, Section, Table, count, decimal, number, percent, words};
use super::plot::{Bar, Column, Line, Look, Plot, Point, Shape, Unit, thinned};
use crate::evaluate::{
    Binning, Bootstrap, CalibrationBin, CurvePoints, EvaluateError, HoldOutTable, Interval, Metrics,
    PrecisionRecallPoint, Predictions, PriorShift, PromiseTable, RocPoint, at_prevalence, average_precision,
    bootstrap, calibration_table, confusion_at, ece, precision_recall_curve, roc_auc, roc_curve,
};
use crate::model::{Bands, Model, ShownCurve, SourceRecord, shown_curves};
use crate::words::counted;

/// Shares of bots at which precision is told.
pub const SHARES: [f64; 3] = [0.05, 0.1, 0.2];
/// Bins of the score histograms.
const BINS: usize = 20;
/// Points of a line that are kept.
const POINTS: usize = 200;

/// Everything that the report about a model says.
#[derive(Clone, Debug, Serialize)]
pub struct ModelReport {
    /// Program that wrote the report.
    pub written_by: String,
    /// The model that was measured; with sources left out, the one whose curves are shown, where there is one.
    pub model: Option<Provenance>,
    /// What was measured, a set each; with sources left out, all of them as one.
    pub sets: Vec<SetReport>,
    /// Sources left out of training, one by one.
    pub left_out: Option<HoldOutTable>,
    /// What bands held on them.
    pub promises: Option<PromiseTable>,
    /// The curves of the model, the one that moves scores most first.
    pub curves: Vec<ShownCurve>,
}

/// Where a model comes from.
#[derive(Clone, Debug, Serialize)]
pub struct Provenance {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Program that wrote it.
    pub written_by: String,
    /// Share of bots at which its `p_bot` is meant.
    pub prevalence: f64,
    /// Where its bands begin, in words.
    pub bands: String,
    /// How they were chosen.
    pub bands_chosen: String,
    /// What it was trained on.
    pub sources: Vec<SourceRecord>,
}

impl Provenance {
    /// Of a model file.
    pub fn of(model: &Model) -> Provenance {
        Provenance {
            name: model.name.clone(),
            description: model.description.clone(),
            written_by: model.written_by.clone(),
            prevalence: model.prevalence,
            bands: band_words(&model.bands),
            bands_chosen: model.bands.chosen.clone(),
            sources: model.training.sources.clone(),
        }
    }
}

/// Where bands begin, in words.
pub(super) fn band_words(bands: &Bands) -> String {
    let end = |end: Option<f64>, words: &str| end.map_or("off".to_string(), |end| format!("{words} {end}"));
    format!(
        "genuine {}; spam {}{}; pending with fewer than {} features known; look otherwise",
        end(bands.genuine_up_to, "up to p_bot"),
        end(bands.spam_from, "from p_bot"),
        bands.evidence_words(),
        bands.min_features
    )
}

/// One measured set.
#[derive(Clone, Debug, Serialize)]
pub struct SetReport {
    /// Its name.
    pub set: String,
    /// How rows were weighted, in words; empty where each counts the same.
    pub weighted: String,
    /// Was the file among those the model was trained on?
    pub trained_on: bool,
    /// Accounts in it.
    pub accounts: usize,
    /// Bots in it.
    pub bots: usize,
    /// People in it.
    pub humans: usize,
    /// Share of bots at which `p_bot` is meant in the histogram.
    pub p_bot_at: f64,
    /// Metrics with intervals and baselines, where the set is one file.
    pub metrics: Option<Metrics>,
    /// Area under the ROC curve.
    pub roc_auc: Option<f64>,
    /// The ROC curve; empty where a class is missing.
    pub roc: Vec<RocPoint>,
    /// Share of bots behind the precision-recall curve.
    pub precision_recall_at: Option<f64>,
    /// The precision-recall curve; empty where a class is missing.
    pub precision_recall: Vec<PrecisionRecallPoint>,
    /// Share of bots behind the reliability diagram.
    pub reliability_at: Option<f64>,
    /// Expected calibration error over its bins.
    pub ece: Option<f64>,
    /// The reliability diagram.
    pub reliability: Vec<CalibrationBin>,
    /// Accounts of each class by `p_bot`.
    pub histogram: Vec<HistogramBin>,
    /// What calling everybody from a `p_bot` on a bot is worth at other shares of bots.
    pub at_shares: Vec<AtShare>,
}

/// Accounts with a `p_bot` above `from` (the first bin: from 0) and up to `to`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HistogramBin {
    /// Lower end.
    pub from: f64,
    /// Upper end.
    pub to: f64,
    /// Bots in it.
    pub bots: u64,
    /// People in it.
    pub humans: u64,
}

/// What a threshold does where bots have this share; scores are moved to it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct AtShare {
    /// Share of bots, 0 to 1.
    pub share: f64,
    /// `p_bot`, at that share, from which on an account is called a bot.
    pub threshold: f64,
    /// Share of bots among those called bots.
    pub precision: Interval,
    /// Share of the bots that are called bots.
    pub recall: Interval,
    /// People called bots per 1,000 accounts read.
    pub false_positives_per_1000: Interval,
    /// Average precision.
    pub average_precision: Interval,
}

/// What a set is measured with.
pub struct SetInput<'a> {
    /// Its name.
    pub set: &'a str,
    /// `p_bot` of each row.
    pub p_bot: &'a [f64],
    /// Is the row a bot?
    pub labels: &'a [bool],
    /// Weight of each row, with words for how they came about.
    pub weights: Option<(&'a [f64], &'a str)>,
    /// Rows of one account have one number.
    pub groups: &'a [u64],
    /// Share of bots at which `p_bot` is meant.
    pub p_bot_at: f64,
    /// Share of bots for the precision-recall curve and the reliability diagram; `None`: that of the rows.
    pub shown_at: Option<f64>,
    /// `p_bot` from which on an account is called a bot.
    pub threshold: f64,
    /// Bins of the reliability diagram.
    pub binning: Binning,
    /// How intervals are made.
    pub intervals: Bootstrap,
    /// Metrics that were computed before.
    pub metrics: Option<Metrics>,
    /// Was the file among those the model was trained on?
    pub trained_on: bool,
}

impl SetReport {
    /// Measures a set.
    ///
    /// # Errors
    /// Where it has no rows, or settings are out of range.
    pub fn of(input: SetInput<'_>) -> Result<SetReport, EvaluateError> {
        let weights = input.weights.map(|(weights, _)| weights);
        let set = Predictions::new(input.p_bot, input.labels, weights)?;
        let both = set.bots() > 0 && set.humans() > 0;
        let shown_at = input.shown_at.filter(|_| both);
        let moved = shown_at.map(|share| moved(&set, input.p_bot_at, share)).transpose()?;
        let shown = match (&moved, shown_at) {
            (Some(moved), Some(share)) => at_prevalence(moved, share)?,
            _ => set.clone(),
        };
        let mut at_shares = Vec::new();
        for share in SHARES.into_iter().filter(|_| both) {
            let at = moved_to_share(&set, &input, share)?;
            at_shares.push(at);
        }
        let pr = precision_recall_curve(&shown, CurvePoints::Corners).filter(|_| both).unwrap_or_default();
        Ok(SetReport {
            set: input.set.to_string(),
            weighted: input.weights.map_or(String::new(), |(_, how)| how.to_string()),
            trained_on: input.trained_on,
            accounts: set.n(),
            bots: set.bots(),
            humans: set.humans(),
            p_bot_at: shown_at.unwrap_or(input.p_bot_at),
            metrics: input.metrics,
            roc_auc: roc_auc(&set),
            roc: thinned(&roc_curve(&set, CurvePoints::Corners).unwrap_or_default(), POINTS),
            precision_recall_at: shown.prevalence(),
            precision_recall: thinned(&pr, POINTS),
            reliability_at: shown.prevalence(),
            ece: ece(&shown, input.binning),
            reliability: calibration_table(&shown, input.binning),
            histogram: histogram(
                &moved.as_ref().map_or_else(|| input.p_bot.to_vec(), Predictions::scores),
                input.labels,
            ),
            at_shares,
        })
    }
}

fn moved(set: &Predictions<'_>, from: f64, to: f64) -> Result<Predictions<'static>, EvaluateError> {
    let shift = PriorShift::new(from, to)?;
    set.with_scores(&set.scores().iter().map(|p| shift.apply(*p)).collect::<Vec<_>>())
}

fn moved_to_share(set: &Predictions<'_>, input: &SetInput<'_>, share: f64) -> Result<AtShare, EvaluateError> {
    let moved = moved(set, input.p_bot_at, share)?;
    // The share is given and not estimated, so every replicate is weighted to it anew.
    let found = bootstrap(&moved, Some(input.groups), &input.intervals, |replicate| {
        at_prevalence(replicate, share).map_or([None; 4], |at| {
            let matrix = confusion_at(&at, input.threshold);
            [matrix.precision(), matrix.recall(), matrix.false_positives_per_1000(), average_precision(&at)]
        })
    })?;
    let mut found = found.into_iter();
    let mut next = || found.next().unwrap_or_default();
    Ok(AtShare {
        share,
        threshold: input.threshold,
        precision: next(),
        recall: next(),
        false_positives_per_1000: next(),
        average_precision: next(),
    })
}

fn histogram(p_bot: &[f64], labels: &[bool]) -> Vec<HistogramBin> {
    let end = |bin: usize| bin as f64 / BINS as f64;
    let mut bins: Vec<HistogramBin> =
        (0..BINS).map(|bin| HistogramBin { from: end(bin), to: end(bin + 1), bots: 0, humans: 0 }).collect();
    for (p, bot) in p_bot.iter().zip(labels) {
        let at = ((p * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
        let bin = &mut bins[at];
        *(if *bot { &mut bin.bots } else { &mut bin.humans }) += 1;
    }
    bins
}

impl ModelReport {
    /// The report of a model on sets that it was not trained on, as far as anyone knows.
    pub fn of(model: &Model, sets: Vec<SetReport>) -> ModelReport {
        ModelReport {
            written_by: concat!("botsieve ", env!("CARGO_PKG_VERSION")).to_string(),
            model: Some(Provenance::of(model)),
            sets,
            left_out: None,
            promises: None,
            curves: shown_curves(model),
        }
    }

    /// The report of a recipe that was fitted once for each source left out: no model stands behind it.
    pub fn of_recipe(sets: Vec<SetReport>) -> ModelReport {
        ModelReport {
            written_by: concat!("botsieve ", env!("CARGO_PKG_VERSION")).to_string(),
            model: None,
            sets,
            left_out: None,
            promises: None,
            curves: Vec::new(),
        }
    }

    /// The report as words, plots and tables.
    pub fn document(&self) -> Document {
        let name = self.model.as_ref().map_or("a recipe", |model| model.name.as_str());
        let title = match &self.left_out {
            Some(_) => "How the recipe of a model does on sources left out of its training".to_string(),
            None => format!("How the model {name} does"),
        };
        let mut document = Document {
            title,
            about: vec![
                "The positive class is bot: precision is the share of those called bots that are bots, recall the share \
                 of the bots that are found, a false positive a person who is called a bot. Intervals hold 95 % of \
                 bootstrap replicates."
                    .into(),
                "A score orders a list for a person to look through. It does not decide anything: not to follow, \
                 unfollow, block or report anybody."
                    .into(),
            ],
            facts: self.facts(),
            sections: Vec::new(),
        };
        let sections = &mut document.sections;
        if let Some(table) = &self.left_out {
            sections.push(left_out(table));
        }
        for (at, set) in self.sets.iter().enumerate() {
            sections.push(set_section(set, SET_IDS[at.min(SET_IDS.len() - 1)]));
        }
        if let Some(promises) = &self.promises {
            sections.push(promised(promises));
        }
        sections.push(self.curves_section());
        sections.push(self.provenance());
        document
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("written by", self.written_by.clone())];
        if let Some(model) = &self.model {
            facts.push(("model", format!("{} ({})", model.name, model.written_by)));
            facts.push((
                "p_bot",
                format!("meant where {} of the accounts are bots", percent(model.prevalence)),
            ));
        }
        for set in &self.sets {
            facts.push((
                "measured on",
                format!(
                    "{}: {} accounts, {} bots, {} people",
                    set.set,
                    counted(set.accounts as u64),
                    counted(set.bots as u64),
                    counted(set.humans as u64)
                ),
            ));
        }
        facts
    }

    fn curves_section(&self) -> Section {
        let mut section = Section::new("curves", "What the model looks at");
        if self.curves.is_empty() {
            section.missing(
                "no single model stands behind the figures: each source was scored by a fit of its own. Name the model \
                 whose curves are to be shown with --model FILE.",
            );
            return section;
        }
        if self.left_out.is_some() {
            section.say(
                "The curves of the model named above. The fits behind the figures saw less and have other weights.",
            );
        }
        section.say(
            "A score is the sum of what every feature adds, in log-odds: one more makes bots about 2.7 times as likely \
             against people, one less 2.7 times less. A missing value adds nothing. The feature that moves scores most \
             comes first. What a curve shows was learnt from the training sources; it is no law, and no reason to call \
             anybody a bot.",
        );
        let most = self.curves.iter().flat_map(|c| &c.bins).map(|bin| bin.log_odds.abs()).fold(0.0, f64::max);
        section.plots(self.curves.iter().map(|curve| curve_plot(curve, most)).collect());
        section
    }

    fn provenance(&self) -> Section {
        let mut section = Section::new("provenance", "Where the model comes from");
        let Some(model) = &self.model else {
            section.missing("the figures are of a recipe, not of one model file.");
            return section;
        };
        section.say(model.description.clone());
        section.say(format!("Bands: {}. Chosen {}.", model.bands, model.bands_chosen));
        let mut table = Table::new(
            "Training sources. SHA-256 of each file and what became of its rows stand in the model file",
            ["source", "family", "bots", "people", "files"],
        );
        for source in &model.sources {
            table.row([
                words(source.name.clone()),
                words(source.family.clone()),
                count(source.bots as u64),
                count(source.humans as u64),
                count(source.files.len() as u64),
            ]);
        }
        section.table(table);
        section.say(
            "The labels are those of the sources: self-declared, purchased, suspended, annotated by people. Some of them \
             are wrong, and \"bot\" is not one thing there. Sources are of certain years and mostly of one network; old \
             figures do not promise new ones.",
        );
        section
    }
}

/// Names of the sections of sets in the page.
const SET_IDS: [&str; 8] = ["set", "set-2", "set-3", "set-4", "set-5", "set-6", "set-7", "set-more"];

/// A value with its interval, in a cell.
fn with_interval(interval: &Interval, digits: usize) -> Cell {
    Cell::Number(interval_words(interval, digits))
}

fn interval_words(interval: &Interval, digits: usize) -> String {
    let shown = |v: f64| decimal(v, digits);
    match (interval.value, interval.lo, interval.hi) {
        (Some(value), Some(lo), Some(hi)) => format!("{} [{}, {}]", shown(value), shown(lo), shown(hi)),
        (Some(value), ..) => shown(value),
        _ => "–".into(),
    }
}

fn ends(interval: &Interval) -> Option<(f64, f64)> {
    interval.lo.zip(interval.hi)
}

fn left_out(table: &HoldOutTable) -> Section {
    let mut section = Section::new("left-out", "Sources left out of training");
    section.say(
        "Each family of sources was left out in turn, its accounts dropped wherever else they are, a model learnt from \
         the rest, and the family scored by it. This is what a list from elsewhere has to expect. A figure from accounts \
         of the same source as the training would be far higher and tell nothing of other lists.",
    );
    if let (Some(mean), Some(families), Some(split)) = (
        table.mean(|s| s.roc_auc.value),
        table.mean_of_families(|s| s.roc_auc.value),
        table.mean(|s| s.one_split_roc_auc),
    ) {
        section.say(format!(
            "Mean ROC AUC {} over {} sources, {} where snapshots of one population count as one; the best single split \
             has {} in the mean, calling everybody the majority class 0.500.",
            decimal(mean, 3),
            table.sources.len(),
            decimal(families, 3),
            decimal(split, 3)
        ));
    }
    let points: Vec<Point> = table
        .sources
        .iter()
        .filter_map(|s| {
            Some(Point {
                label: s.source.clone(),
                value: s.roc_auc.value?,
                interval: ends(&s.roc_auc),
                other: s.one_split_roc_auc,
                note: decimal(s.roc_auc.value?, 3),
            })
        })
        .collect();
    let least = table
        .sources
        .iter()
        .flat_map(|s| [s.roc_auc.lo.or(s.roc_auc.value), s.one_split_roc_auc])
        .flatten()
        .fold(0.5, f64::min);
    let mut numbers = Table::new(
        "ROC AUC of each source left out, with its 95 % interval",
        ["source", "bots", "people", "ROC AUC", "one split", "majority"],
    );
    for s in &table.sources {
        numbers.row([
            words(s.source.clone()),
            count(s.bots as u64),
            count(s.humans as u64),
            with_interval(&s.roc_auc, 3),
            number(s.one_split_roc_auc, 3),
            Cell::Number("0.500".into()),
        ]);
    }
    section.plots(vec![Plot {
        title: "ROC AUC on each source left out".into(),
        alt: format!(
            "A point with its 95 % interval for each of {} sources, between {} and {}; a square for the best single split. \
             0.5 is guessing, 1 perfect.",
            points.len(),
            decimal(points.iter().map(|p| p.value).fold(1.0, f64::min), 2),
            decimal(points.iter().map(|p| p.value).fold(0.0, f64::max), 2)
        ),
        x: "ROC AUC (0.5 is guessing, 1 is perfect)".into(),
        y: "source".into(),
        shape: Shape::Points {
            rows: points,
            range: ((least * 5.0).floor() / 5.0, 1.0),
            names: ("the model, with its 95 % interval".into(), "best single split (baseline)".into()),
        },
        numbers,
    }]);
    let mut order = Table::new(
        format!(
            "Source by source: balanced accuracy, and average precision where {} are bots",
            percent(table.prevalence)
        ),
        ["source", "balanced accuracy", "one split", "majority", "average precision", "majority"],
    );
    let mut calls = Table::new(
        format!(
            "Called bots from the probability on at which both classes are as likely where bots are half; precision and \
             calibration error where {} are bots",
            percent(table.prevalence)
        ),
        ["source", "recall", "false positive rate", "precision", "calibration error"],
    );
    for s in &table.sources {
        order.row([
            words(s.source.clone()),
            with_interval(&s.balanced_accuracy, 3),
            number(s.one_split_balanced_accuracy, 3),
            Cell::Number("0.500".into()),
            with_interval(&s.average_precision, 3),
            number(Some(s.majority_average_precision), 3),
        ]);
        calls.row([
            words(s.source.clone()),
            with_interval(&s.recall, 3),
            with_interval(&s.false_positive_rate, 3),
            with_interval(&s.precision, 3),
            with_interval(&s.ece, 3),
        ]);
    }
    section.table(order);
    section.table(calls);
    section
}

fn promised(table: &PromiseTable) -> Section {
    let mut section = Section::new("bands", "What bands held on sources that had no part in them");
    section.say(format!(
        "Promised: {} bots in spam, {} people in genuine, where {} are bots. The promise of spam held on {} of {} sources \
         with anybody in it, that of genuine on {} of {}. {}",
        percent(table.policy.bands.spam_precision),
        percent(table.policy.bands.genuine_purity),
        percent(table.prevalence),
        table.spam_kept.holds,
        table.spam_kept.of,
        table.genuine_kept.holds,
        table.genuine_kept.of,
        table.how
    ));
    let mut rows = Table::new(
        "Intervals: families drawn anew",
        ["band", "accounts", "share of bots in it", "of all bots", "of all people"],
    );
    for band in &table.bands {
        rows.row([
            words(band.band),
            count(band.accounts as u64),
            with_interval(&band.bots_in_it, 3),
            with_interval(&band.of_all_bots, 3),
            with_interval(&band.of_all_people, 3),
        ]);
    }
    section.table(rows);
    section
}

fn set_section(set: &SetReport, id: &'static str) -> Section {
    let mut section = Section::new(id, set.set.clone());
    if !set.weighted.is_empty() {
        section.say(set.weighted.clone());
    }
    if set.trained_on {
        section.say(
            "Careful: this file was among the training files of the model. The figures are flattering, and say nothing about \
             other accounts.",
        );
    }
    if set.bots == 0 || set.humans == 0 {
        let class = if set.bots == 0 { "people" } else { "bots" };
        section.missing(format!(
            "the set holds {class} only: no ROC curve, no precision and no calibration can be had from it, only where \
             they lie."
        ));
        section.plots(histograms(set));
        return section;
    }
    if let Some(metrics) = &set.metrics {
        let metrics = metrics.at_prevalence.as_deref().unwrap_or(metrics);
        section.table(headline(metrics));
        for baseline in &metrics.baselines {
            section.say(format!("Beside it, {}: {}.", baseline.name, baseline.description));
        }
    }
    let mut plots = vec![roc(set), precision_recall(set), reliability(set)];
    plots.extend(histograms(set));
    section.plots(plots);
    section.table(at_shares(set));
    section
}

fn headline(metrics: &Metrics) -> Table {
    let h = &metrics.headline;
    let mut columns = vec!["metric".to_string(), "the model [95 %]".into()];
    columns.extend(metrics.baselines.iter().map(|b| b.name.clone()));
    let mut table = Table::new(
        format!(
            "The model and what it has to beat; who has p_bot {} or more is called a bot",
            metrics.options.threshold
        ),
        columns,
    );
    type Pick = fn(&crate::evaluate::report::BaselineMetrics) -> Option<f64>;
    let rows: [(&str, &Interval, Pick); 8] = [
        ("ROC AUC", &h.roc_auc, |b| b.roc_auc),
        ("average precision", &h.average_precision, |b| b.average_precision),
        ("balanced accuracy", &h.balanced_accuracy, |b| b.balanced_accuracy),
        ("precision", &h.precision, |b| b.precision),
        ("recall", &h.recall, |b| b.recall),
        ("F1", &h.f1, |b| b.f1),
        ("Brier score (less is better)", &h.brier, |b| b.brier),
        ("log loss, nats (less is better)", &h.log_loss, |b| b.log_loss),
    ];
    for (name, interval, pick) in rows {
        let mut row = vec![words(name), with_interval(interval, 3)];
        row.extend(metrics.baselines.iter().map(|b| number(pick(b), 3)));
        table.rows.push(row);
    }
    let blank = || metrics.baselines.iter().map(|_| Cell::Number("–".into()));
    let mut row =
        vec![words("real people called bot per 1,000 read"), with_interval(&h.false_positives_per_1000, 1)];
    row.extend(blank());
    table.rows.push(row);
    let mut row = vec![words("expected calibration error (less is better)"), with_interval(&h.ece, 3)];
    row.extend(blank());
    table.rows.push(row);
    table
}

fn roc(set: &SetReport) -> Plot {
    let auc = set.roc_auc.map_or("not defined".into(), |v| decimal(v, 3));
    let mut numbers = Table::new("Points of the ROC curve", ["p_bot from", "false positive rate", "recall"]);
    for p in thinned(&set.roc, 25) {
        numbers.row([number(p.threshold, 3), number(Some(p.fpr), 3), number(Some(p.tpr), 3)]);
    }
    Plot {
        title: format!("ROC curve (area {auc})"),
        alt: format!(
            "Recall against the share of people wrongly called bots as the threshold falls. Area {auc}; guessing would \
             follow the diagonal, area 0.5."
        ),
        x: "false positive rate (share of people called bots)".into(),
        y: "recall (share of bots found)".into(),
        shape: Shape::Lines {
            lines: vec![
                Line {
                    name: format!("the model, area {auc}"),
                    points: set.roc.iter().map(|p| (p.fpr, p.tpr)).collect(),
                    dash: 0,
                },
                Line { name: "guessing, area 0.5".into(), points: vec![(0.0, 0.0), (1.0, 1.0)], dash: 2 },
            ],
            dots: Vec::new(),
            dots_are: String::new(),
        },
        numbers,
    }
}

fn precision_recall(set: &SetReport) -> Plot {
    let base = set.precision_recall_at.unwrap_or(0.0);
    let mut numbers =
        Table::new("Points of the precision-recall curve", ["p_bot from", "recall", "precision"]);
    for p in thinned(&set.precision_recall, 25) {
        numbers.row([number(Some(p.threshold), 3), number(Some(p.recall), 3), number(Some(p.precision), 3)]);
    }
    Plot {
        title: format!("Precision and recall where {} are bots", percent(base)),
        alt: format!(
            "Precision against recall as the threshold falls. Calling everybody a bot has a precision of {}.",
            percent(base)
        ),
        x: "recall (share of bots found)".into(),
        y: "precision (share of those called bots that are)".into(),
        shape: Shape::Lines {
            lines: vec![
                Line {
                    name: "the model".into(),
                    points: set.precision_recall.iter().map(|p| (p.recall, p.precision)).collect(),
                    dash: 0,
                },
                Line {
                    name: format!("everybody called a bot: {}", percent(base)),
                    points: vec![(0.0, base), (1.0, base)],
                    dash: 2,
                },
            ],
            dots: Vec::new(),
            dots_are: String::new(),
        },
        numbers,
    }
}

fn reliability(set: &SetReport) -> Plot {
    let mut numbers = Table::new(
        "Bins of the reliability diagram",
        ["bin", "accounts", "mean p_bot", "share of bots", "95 % interval"],
    );
    for bin in &set.reliability {
        numbers.row([
            count(bin.bin as u64 + 1),
            count(bin.n as u64),
            number(Some(bin.mean_p), 3),
            number(Some(bin.frac_pos), 3),
            Cell::Number(format!("{} to {}", decimal(bin.lo, 3), decimal(bin.hi, 3))),
        ]);
    }
    let at = set.reliability_at.map_or(String::new(), |share| format!(" where {} are bots", percent(share)));
    let error = set.ece.map_or("not defined".into(), |e| decimal(e, 3));
    let fewest = set.reliability.iter().map(|b| b.n).min().unwrap_or(0);
    let most = set.reliability.iter().map(|b| b.n).max().unwrap_or(0);
    Plot {
        title: format!("Reliability{at} (calibration error {error})"),
        alt: format!(
            "Share of bots against the mean p_bot of each of {} bins with {} to {} accounts, with 95 % Wilson intervals. On \
             the diagonal a p_bot is what it says; points above it: more bots than said. Expected calibration error \
             {error}.",
            set.reliability.len(),
            counted(fewest as u64),
            counted(most as u64)
        ),
        x: "mean p_bot of the bin".into(),
        y: "share of bots in the bin".into(),
        shape: Shape::Lines {
            lines: vec![Line {
                name: "p_bot is what it says".into(),
                points: vec![(0.0, 0.0), (1.0, 1.0)],
                dash: 2,
            }],
            dots: set.reliability.iter().map(|b| [b.mean_p, b.frac_pos, b.lo, b.hi]).collect(),
            dots_are: format!(
                "a bin of {}, with its 95 % interval",
                if fewest == most {
                    counted(most as u64)
                } else {
                    format!("{} to {}", counted(fewest as u64), counted(most as u64))
                }
            ),
        },
        numbers,
    }
}

/// One plot a class, on the same axis.
fn histograms(set: &SetReport) -> Vec<Plot> {
    type Pick = fn(&HistogramBin) -> u64;
    let classes: [(&str, usize, Look, Pick); 2] = [
        ("Bots", set.bots, Look::Bot, |bin| bin.bots),
        ("People", set.humans, Look::Person, |bin| bin.humans),
    ];
    classes
        .into_iter()
        .filter(|(_, all, ..)| *all > 0)
        .map(|(name, all, look, pick)| {
            let share = |bin: &HistogramBin| pick(bin) as f64 / all as f64;
            let mut numbers =
                Table::new(format!("{name} by p_bot"), ["p_bot above", "up to", "accounts", "share of them"]);
            for bin in &set.histogram {
                numbers.row([
                    number(Some(bin.from), 2),
                    number(Some(bin.to), 2),
                    count(pick(bin)),
                    super::document::share(Some(share(bin))),
                ]);
            }
            let above: u64 = set.histogram.iter().filter(|bin| bin.from >= 0.5).map(pick).sum();
            Plot {
                title: format!("{name} by p_bot ({})", counted(all as u64)),
                alt: format!(
                    "How the {} {} spread over p_bot, in {BINS} columns; {} of them above 0.5.",
                    counted(all as u64),
                    name.to_lowercase(),
                    percent(above as f64 / all as f64)
                ),
                x: format!("p_bot up to (where {} are bots)", percent(set.p_bot_at)),
                y: format!("share of the {}", name.to_lowercase()),
                shape: Shape::Columns {
                    columns: set
                        .histogram
                        .iter()
                        .map(|bin| Column {
                            label: decimal(bin.to, 2),
                            value: share(bin),
                            interval: None,
                            look,
                        })
                        .collect(),
                    unit: Unit::Share,
                },
                numbers,
            }
        })
        .collect()
}

fn at_shares(set: &SetReport) -> Table {
    let threshold = set.at_shares.first().map_or(0.5, |at| at.threshold);
    let mut table = Table::new(
        format!(
            "Where bots are 5, 10 and 20 %: scores moved to that share, then p_bot {threshold} and above called bots"
        ),
        ["share of bots", "precision", "recall", "people called bot per 1,000 read", "average precision"],
    );
    for at in &set.at_shares {
        table.row([
            Cell::Number(percent(at.share)),
            with_interval(&at.precision, 3),
            with_interval(&at.recall, 3),
            with_interval(&at.false_positives_per_1000, 1),
            with_interval(&at.average_precision, 3),
        ]);
    }
    table
}

fn curve_plot(curve: &ShownCurve, most: f64) -> Plot {
    let signed = |v: f64| format!("{}{}", if v >= 0.005 { "+" } else { "" }, decimal(v, 2));
    let mut numbers = Table::new(
        format!("{} = {} ({})", curve.label, curve.formula, curve.unit),
        ["value", "share of training weight", "adds, log-odds", "speaks for"],
    );
    let speaks = |v: f64| match v {
        v if v >= 0.005 => "a bot",
        v if v <= -0.005 => "a person",
        _ => "neither",
    };
    for bin in &curve.bins {
        numbers.row([
            words(bin.words.clone()),
            super::document::share(Some(bin.share)),
            Cell::Number(signed(bin.log_odds)),
            words(speaks(bin.log_odds)),
        ]);
    }
    let lowest = curve.bins.iter().min_by(|a, b| a.log_odds.total_cmp(&b.log_odds));
    let highest = curve.bins.iter().max_by(|a, b| a.log_odds.total_cmp(&b.log_odds));
    let alt = match (lowest, highest) {
        (Some(lowest), Some(highest)) => format!(
            "{}: speaks most for a person at {} ({}), most for a bot at {} ({}).",
            curve.label,
            lowest.words,
            signed(lowest.log_odds),
            highest.words,
            signed(highest.log_odds)
        ),
        _ => curve.label.clone(),
    };
    Plot {
        title: format!(
            "{} ({}known for {})",
            curve.label.replace('_', " "),
            unit_words(curve.unit),
            percent(curve.known)
        ),
        alt,
        x: "adds to the log-odds (left: person, right: bot)".into(),
        y: "value".into(),
        shape: Shape::Sides {
            rows: curve
                .bins
                .iter()
                .map(|bin| Bar {
                    label: bin.words.clone(),
                    value: bin.log_odds,
                    interval: None,
                    note: signed(bin.log_odds),
                    look: if bin.log_odds < 0.0 { Look::Person } else { Look::Bot },
                })
                .collect(),
            most,
        },
        numbers,
    }
}

fn unit_words(unit: &str) -> String {
    match unit {
        "flag" | "count" => String::new(),
        "share" => "percent; ".into(),
        other => format!("{other}; "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(p: &[f64], labels: &[bool]) -> SetReport {
        let groups: Vec<u64> = (0..p.len() as u64).collect();
        SetReport::of(SetInput {
            set: "test",
            p_bot: p,
            labels,
            weights: None,
            groups: &groups,
            p_bot_at: 0.5,
            shown_at: None,
            threshold: 0.5,
            binning: Binning::default(),
            intervals: Bootstrap { replicates: 20, ..Bootstrap::default() },
            metrics: None,
            trained_on: false,
        })
        .unwrap()
    }

    #[test]
    fn histograms_hold_every_account_once() {
        let p = [0.0, 0.05, 0.050_001, 0.5, 1.0];
        let found = set(&p, &[true, true, false, true, false]);
        let (bots, humans) =
            found.histogram.iter().fold((0, 0), |(b, h), bin| (b + bin.bots, h + bin.humans));
        assert_eq!((bots, humans), (3, 2));
        assert_eq!((found.histogram[0].bots, found.histogram[1].humans), (2, 1));
        assert_eq!((found.histogram[9].bots, found.histogram[19].humans), (1, 1));
    }

    #[test]
    fn precision_falls_with_the_share_of_bots() {
        // Nine of ten bots and one of ten people lie at 0.9, which no move to these shares brings below 0.3.
        let p: Vec<f64> = (0..20).map(|i| if i < 9 || i == 10 { 0.9 } else { 0.1 }).collect();
        let labels: Vec<bool> = (0..20).map(|i| i < 10).collect();
        let groups: Vec<u64> = (0..20).collect();
        let at = |share: f64| {
            let input = SetInput {
                set: "test",
                p_bot: &p,
                labels: &labels,
                weights: None,
                groups: &groups,
                p_bot_at: 0.5,
                shown_at: None,
                threshold: 0.3,
                binning: Binning::default(),
                intervals: Bootstrap { replicates: 0, ..Bootstrap::default() },
                metrics: None,
                trained_on: false,
            };
            let set = Predictions::new(&p, &labels, None).unwrap();
            moved_to_share(&set, &input, share).unwrap().precision.value.unwrap()
        };
        // tpr 0.9, fpr 0.1: precision = 0.9 s / (0.9 s + 0.1 (1 - s)).
        for share in SHARES {
            let wanted = 0.9 * share / (0.9 * share + 0.1 * (1.0 - share));
            assert!((at(share) - wanted).abs() < 1e-9, "{share}: {} {wanted}", at(share));
        }
    }

    #[test]
    fn one_class_alone_has_no_curves_and_says_so() {
        let found = set(&[0.2, 0.3], &[false, false]);
        assert!(found.roc.is_empty() && found.at_shares.is_empty());
        let section = set_section(&found, "set");
        assert!(section.blocks.iter().any(|b| matches!(b, super::super::document::Block::Missing(_))));
    }
}
