//! `botsieve evaluate`: how good a model is, with intervals and baselines.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::promise::promises;
use super::reliability::{Bins, Diagram, drawn, of_left_out, of_metrics};
use super::report_file::{is_of, left_out_report, measured_set, write_model_report};
use super::study::write_scores;
use super::train::{feature_columns, leave_out, probability, read_sources, report_rows};
use super::usage::misuse;
use super::{
    Console, Done, Format, ModelArgs, ReadArgs, RunArgs, parse_replicates, parse_share, write_result,
};
use crate::evaluate::{
    AtPrevalence, Baseline, Bootstrap, HoldOutTable, Majority, Metrics, OneSplit, Policy, Predictions,
    PromiseTable, ReportOptions, hold_out_promises,
};
use crate::features::CATALOGUE;
use crate::ingest::{LabelList, sibling_labels};
use crate::model::{LEAST, Manifest, Model, ReadFile, Recipe, Samples, folds_by_family};
use crate::report::ModelReport;

/// Measure a model on labelled accounts; or, with a manifest and --leave-one-source-out, retrain without each
/// two-class source and measure on it.
///
/// Labels come from a column (--label), a list of ids (--labels), the .tsv beside a Bot Repository file, or from
/// files of one class (--bots, --humans). Every figure has a 95 % bootstrap interval and stands beside two
/// baselines: calling everybody the majority class, and the best single split. The positive class is bot.
#[derive(Args, Debug)]
pub(super) struct EvaluateArgs {
    /// Labelled files, measured one by one
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    model: ModelArgs,

    /// Column that holds the class: bot or human (also 1/0, fake/genuine, spam/legitimate)
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// Label list: id and class on each line, or where a header names them (id, label)
    #[arg(long, value_name = "LIST", conflicts_with = "label")]
    labels: Option<PathBuf>,

    /// Files of which every account is a bot; with --humans they make one test set
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "humans", conflicts_with_all = ["files", "label", "labels"])]
    bots: Vec<PathBuf>,

    /// Files of which every account is a person
    #[arg(long, value_name = "FILE", num_args = 1.., requires = "bots")]
    humans: Vec<PathBuf>,

    /// Manifest of sources, for --leave-one-source-out
    #[arg(long, value_name = "FILE", requires = "leave_one_source_out", conflicts_with_all = ["files", "bots", "humans"])]
    manifest: Option<PathBuf>,

    /// Folder that the paths of the manifest start from [default: what the manifest says]
    #[arg(long, value_name = "FOLDER", requires = "manifest")]
    data: Option<PathBuf>,

    /// Retrain without each two-class source, drop its accounts everywhere else, measure on it
    #[arg(long, requires = "manifest", conflicts_with_all = ["files", "bots", "humans"])]
    leave_one_source_out: bool,

    /// With --leave-one-source-out: write each row's source, group, label and left-out log-odds (where bots are half) as
    /// CSV, to compare with other programs on the rows that `features --manifest` writes
    #[arg(long, value_name = "FILE", requires = "leave_one_source_out")]
    scores: Option<PathBuf>,

    /// p_bot from which on an account is called a bot in the confusion matrix
    #[arg(long, value_name = "P", default_value_t = 0.5, value_parser = parse_share)]
    threshold: f64,

    /// Draw a reliability diagram: for each bin of p_bot the accounts, the mean p_bot and the share of bots with its
    /// 95 % interval. Bins hold as many accounts each (quantile) or are equally wide (--reliability=uniform)
    #[arg(long, value_enum, value_name = "BINS", num_args = 0..=1, require_equals = true, default_missing_value = "quantile")]
    reliability: Option<Bins>,

    /// Write a report about the model with plots too: curves, reliability, scores by class, sources, what the model looks
    /// at. One HTML page; FILE.md and FILE.json hold the same without plots (docs/report.md)
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// Lengths of the queue's head for precision and recall at k
    #[arg(long, value_name = "K,K", value_delimiter = ',', default_values_t = [50usize, 100, 500])]
    at_k: Vec<usize>,

    /// Bootstrap replicates behind each interval; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = parse_replicates, allow_negative_numbers = true)]
    replicates: usize,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the tables
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Where the tables go [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// What is written of sources left out, as JSON.
#[derive(serde::Serialize)]
struct LeftOut<'a> {
    #[serde(flatten)]
    table: &'a HoldOutTable,
    promises: &'a PromiseTable,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    reliability: &'a [Diagram],
}

/// 95 % percentile intervals from so many replicates, always the same ones.
pub(super) fn interval_options(replicates: usize) -> Bootstrap {
    Bootstrap { replicates, ..Bootstrap::default() }
}

pub(super) fn run(args: EvaluateArgs) -> anyhow::Result<Done> {
    args.run.limit_pool();
    let console = Console::new(&args.run);
    if args.scores.is_some() && args.manifest.is_none() {
        misuse!(
            "--scores goes with --manifest and --leave-one-source-out; `botsieve score` writes the scores of a file"
        );
    }
    if args.model.model.is_some() && args.manifest.is_some() && args.report.is_none() {
        misuse!(
            "--model and --leave-one-source-out: each source is scored by a fit that has not seen it, never by a model that is \
             there (which --report alone draws)"
        );
    }
    if let Some(path) = &args.manifest {
        let manifest = Manifest::open(path, args.data.as_deref())?;
        let samples = read_sources(&manifest, &args.run, &console)?;
        let prevalence = args.model.stated()?.unwrap_or(manifest.prevalence);
        let (table, raw) = leave_out(
            &samples,
            &Recipe::of(&manifest),
            prevalence,
            &interval_options(args.replicates),
            &console,
        )?;
        if let Some(path) = &args.scores {
            let scores = table.probabilities.iter().map(|(row, p)| (*row, None, crate::model::logit(*p)));
            write_scores(path, &samples, scores)?;
        }
        let folds = folds_by_family(&samples);
        let policy = Policy::new(manifest.bands);
        let intervals = interval_options(args.replicates);
        let promised = hold_out_promises(
            &samples,
            &folds,
            &raw,
            None,
            &Recipe::of(&manifest),
            &policy,
            prevalence,
            &intervals,
        )?;
        let diagrams = match args.reliability {
            Some(bins) => of_left_out(&samples, &table, bins.binning())?,
            None => Vec::new(),
        };
        if let Some(path) = &args.report {
            let model = args.model.model()?;
            let known = args.model.model.is_some() || is_of(&model, &samples);
            let binning = args.reliability.unwrap_or(Bins::Quantile).binning();
            let of = known.then_some(&model);
            let report =
                left_out_report(&samples, &table, &promised, of, args.threshold, binning, &intervals)?;
            write_model_report(path, &report)?;
        }
        let text = match args.format {
            Format::Text => {
                let hint =
                    "`botsieve threshold` leaves the source out of those fits too, and writes the bands.\n";
                table.text() + "\n" + &promises(&promised) + hint + &drawn(&diagrams)
            }
            Format::Json => {
                let all = LeftOut { table: &table, promises: &promised, reliability: &diagrams };
                serde_json::to_string_pretty(&all)? + "\n"
            }
        };
        write_result(args.output.as_deref(), &text)?;
        return Ok(Done::of(samples.rejects()));
    }
    if args.files.is_empty() && args.bots.is_empty() {
        misuse!("name a labelled file, or --bots and --humans, or --manifest with --leave-one-source-out");
    }
    let model = args.model.model()?;
    let sets = read_sets(&args, &console)?;
    let mut damaged = 0;
    let mut results = Vec::new();
    let mut reported = Vec::new();
    for (name, samples) in &sets {
        warn_of_training_data(&model, samples, &console);
        damaged += samples.rejects();
        report_rows(samples, &args.run, &console)?;
        hint(&model, &args, name, samples, &console);
        let (p, metrics) = measure(&args, &model, name, samples)?;
        if args.report.is_some() {
            reported.push(measured_set(&model, samples, &p, &metrics)?);
        }
        results.push(metrics);
    }
    if let Some(path) = &args.report {
        write_model_report(path, &ModelReport::of(&model, reported))?;
    }
    let text = match args.format {
        Format::Text => {
            let mut text = results.iter().map(Metrics::text).collect::<Vec<_>>().join("\n");
            if args.reliability.is_some() {
                text.push_str(&drawn(&results.iter().map(of_metrics).collect::<Vec<_>>()));
            }
            text
        }
        Format::Json => serde_json::to_string_pretty(&results)? + "\n",
    };
    write_result(args.output.as_deref(), &text)?;
    Ok(Done::of(damaged))
}

fn read_sets(args: &EvaluateArgs, console: &Console) -> anyhow::Result<Vec<(String, Samples)>> {
    let mut options = args.read.options()?;
    options.label_column = args.label.clone();
    let threads = args.run.threads();
    if !args.bots.is_empty() {
        let name = format!(
            "{} of bots, {} of humans",
            super::plural(args.bots.len() as u64, "file"),
            super::plural(args.humans.len() as u64, "file")
        );
        return Ok(vec![(name, Samples::of_classes(&args.bots, &args.humans, &options, threads)?)]);
    }
    let list = args.labels.as_deref().map(LabelList::open).transpose()?;
    let mut sets = Vec::new();
    for path in &args.files {
        let sibling = match (&list, &args.label) {
            (None, None) => sibling_labels(path),
            _ => None,
        };
        let own = sibling.as_deref().map(LabelList::open).transpose()?;
        if let Some(sibling) = &sibling {
            console.say(format_args!("{}: labels from {}", path.display(), sibling.display()));
        }
        let labels = list.as_ref().or(own.as_ref());
        if labels.is_none() && args.label.is_none() {
            misuse!(
                "{}: where are the labels? Name the column with --label COLUMN, a list of ids and classes with \
                 --labels LIST, or files of one class with --bots and --humans",
                path.display()
            );
        }
        sets.push((path.display().to_string(), Samples::of_file(path, &options, labels, threads)?));
    }
    Ok(sets)
}

/// The files of these samples that the model was trained on, by their SHA-256.
pub(super) fn trained_on<'s>(model: &Model, samples: &'s Samples) -> impl Iterator<Item = &'s ReadFile> {
    let known: std::collections::HashSet<String> =
        model.training.sources.iter().flat_map(|s| &s.files).map(|f| f.sha256.clone()).collect();
    samples.files.iter().filter(move |file| !file.sha256.is_empty() && known.contains(&file.sha256))
}

/// A file that the model was trained on tells nothing about other accounts.
pub(super) fn warn_of_training_data(model: &Model, samples: &Samples, console: &Console) {
    for file in trained_on(model, samples) {
        console.say(format_args!(
            "WARNING: {} was among the training files of this model: figures on it say nothing about other accounts. Use \
             --leave-one-source-out.",
            file.path
        ));
    }
}

/// What a reader of the figures would stumble over.
fn hint(model: &Model, args: &EvaluateArgs, name: &str, samples: &Samples, console: &Console) {
    if samples.is_empty() {
        return;
    }
    let name = crate::safe::visible(name);
    let bots = samples.labels.iter().filter(|bot| **bot).count();
    let people = samples.len() - bots;
    let share = bots as f64 / samples.len() as f64;
    // A bootstrap of so few says less than it seems to.
    if (1..LEAST).contains(&bots.min(people)) {
        console.say(format_args!(
            "NOTE: {name} holds {} and {}: with so few of a class the intervals are too narrow, and figures of 0 and 1 mean \
             little.",
            super::plural(bots as u64, "bot"),
            super::plural(people as u64, "human")
        ));
    }
    if bots == 0 || people == 0 {
        let class = if bots == 0 { "humans" } else { "bots" };
        console.say(format_args!(
            "NOTE: {name} holds {class} only: no ROC AUC and no precision can be had from it, only how many of them \
             lie above a threshold."
        ));
    } else if args.model.prevalence.is_none()
        && (share > 2.0 * model.prevalence || share < model.prevalence / 2.0)
    {
        console.say(format_args!(
            "NOTE: p_bot is meant where {:.0} % are bots, and {name} has {:.0} %. At p_bot {} the model looks shyer there \
             than it is: add --prevalence {share:.2} to measure it at that share.",
            model.prevalence * 100.0,
            share * 100.0,
            args.threshold
        ));
    }
}

/// The probabilities of a set, and everything measured of them.
fn measure(
    args: &EvaluateArgs,
    model: &Model,
    name: &str,
    samples: &Samples,
) -> anyhow::Result<(Vec<f64>, Metrics)> {
    let columns = feature_columns(model);
    let p: Vec<f64> = (0..samples.len()).map(|row| probability(model, samples, &columns, row)).collect();
    let set = Predictions::new(&p, &samples.labels, None).with_context(|| name.to_string())?;
    let majority = Majority::fit(&samples.labels, None)?;
    // Both are learnt on this very set; of one class alone there is nothing to move.
    let meant_at = Some(majority.p_bot()).filter(|share| *share > 0.0 && *share < 1.0);
    let mut baselines = vec![Baseline {
        name: "majority".into(),
        description: format!("{majority} (of this very set)"),
        scores: majority.predict(samples.len()),
        meant_at,
    }];
    // Learnt on the test set itself, so it is flattered: a model that does not beat it is not worth its name.
    let values: Vec<Vec<f64>> = columns.iter().map(|&at| samples.values[at].iter().collect()).collect();
    if let Some(split) = OneSplit::fit(&values, &samples.labels, None)? {
        let named = split.clone().with_name(CATALOGUE[columns[split.feature()]].name);
        baselines.push(Baseline {
            name: "one split".into(),
            description: format!("{named} (learnt on this very set)"),
            scores: named.predict(&values)?,
            meant_at,
        });
    }
    let options = ReportOptions {
        set: name.to_string(),
        threshold: args.threshold,
        at_k: args.at_k.clone(),
        bootstrap: interval_options(args.replicates),
        binning: args.reliability.unwrap_or(Bins::Quantile).binning(),
        at_prevalence: args
            .model
            .stated()?
            .map(|prevalence| AtPrevalence { prevalence, shift_from: Some(model.prevalence) }),
        ..ReportOptions::default()
    };
    let metrics = Metrics::compute(&set, Some(&samples.groups), &baselines, &options)?;
    Ok((p, metrics))
}
