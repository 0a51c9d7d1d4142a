//! `botsieve train`: from labelled files to a model file.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;

use super::accounting::Accounting;
use super::evaluate::interval_options;
use super::promise::promises;
use super::usage::misuse;
use super::{
    BesideArgs, Console, Done, Joined, ReadArgs, Remarks, RunArgs, parse_replicates, parse_share, plural,
    write_result,
};
use crate::evaluate::{
    Baseline, Bootstrap, HoldOutTable, LogitHistogram, Majority, Metrics, OneSplit, Policy, Predictions,
    ReportOptions, choose_bands, hold_out_promises, hold_out_table,
};
use crate::features::CATALOGUE;
use crate::ingest::LabelList;
use crate::model::{
    Band, BandPolicy, BetweenFamilies, HELD_OUT_SHARES, HeldOut, Manifest, Model, Recipe, Samples, Single,
    Support, balanced_weights, folds_by_family, out_of_source, sigmoid, train, train_single,
};
use crate::report;
use crate::safe::visible;

/// Train a model, from the sources of a manifest or from one labelled file.
///
/// With a manifest, every two-class source is left out in turn: the calibration, the bands and the figures in the
/// model file come from sources the fit had not seen. With one file, a stratified fifth of its accounts is held out
/// for the figures and the calibration is learnt by cross-validation within the rest (of more than 400,000 rows,
/// within about so many of them; all are fitted to in the end); such a model is known to be
/// good only on accounts collected in the same way.
#[derive(Args, Debug)]
pub(super) struct TrainArgs {
    /// Labelled file to train on, if no manifest is given
    #[arg(value_name = "FILE", required_unless_present = "manifest", conflicts_with = "manifest")]
    file: Option<PathBuf>,

    /// TOML file that lists the sources (see models/default.toml)
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,

    /// Folder that the paths of the manifest start from [default: what the manifest says]
    #[arg(long, value_name = "FOLDER", requires = "manifest")]
    data: Option<PathBuf>,

    /// Column of FILE that holds the class: bot or human (also 1/0, fake/genuine, spam/legitimate)
    #[arg(long, value_name = "COLUMN", conflicts_with = "manifest")]
    label: Option<String>,

    /// Label list for FILE: id and class on each line
    #[arg(long, value_name = "LIST", conflicts_with_all = ["manifest", "label"])]
    labels: Option<PathBuf>,

    /// Share of bots at which p_bot is meant [default: the manifest's, or that of the file]
    #[arg(long, value_name = "SHARE", value_parser = parse_share, allow_negative_numbers = true)]
    prevalence: Option<f64>,

    /// Where the model goes
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,

    /// Write a model card in Markdown too
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,

    /// Bootstrap replicates behind each interval
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = parse_replicates, allow_negative_numbers = true)]
    replicates: usize,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    beside: BesideArgs,

    #[command(flatten)]
    run: RunArgs,
}

pub(super) fn run(args: TrainArgs) -> anyhow::Result<Done> {
    args.run.limit_pool();
    let console = Console::new(&args.run);
    let intervals = interval_options(args.replicates);
    let (model, summary, rejects) = match (&args.manifest, &args.file) {
        (Some(path), _) => {
            if !args.beside.files()?.is_empty() {
                misuse!(
                    "--previous and --posts go with one FILE; in a manifest, name them in [[source.file]]: posts = \"...\""
                );
            }
            let mut manifest = Manifest::open(path, args.data.as_deref())?;
            manifest.prevalence = args.prevalence.unwrap_or(manifest.prevalence);
            from_manifest(&manifest, &args, &intervals, &console)?
        }
        (None, Some(path)) => from_file(path, &args, &intervals, &console)?,
        (None, None) => misuse!("neither a file nor a manifest was named"),
    };
    write_result(Some(&args.output), &model.to_json())?;
    if let Some(card) = &args.card {
        write_result(Some(card), &report::card(&model))?;
    }
    write_result(None, &summary)?;
    console.say(format_args!("model written to {}", args.output.display()));
    Ok(Done::of(rejects))
}

/// Reads the sources of a manifest and says what became of their rows.
pub(super) fn read_sources(manifest: &Manifest, run: &RunArgs, console: &Console) -> anyhow::Result<Samples> {
    if !manifest.root().is_dir() {
        bail!(
            "the folder {} with the training data is not there; name another with --data FOLDER",
            manifest.root().display()
        );
    }
    let samples =
        Samples::of_manifest(manifest, run.threads(), |file| console.say(format_args!("reading {file}")))?;
    report_rows(&samples, run, console)?;
    tell_shared(&samples, console);
    Ok(samples)
}

/// Families that share accounts are no two populations, and labels that disagree teach nothing.
fn tell_shared(samples: &Samples, console: &Console) {
    let shared = BetweenFamilies::of(samples);
    if shared.accounts > 0 {
        console.say(format_args!(
            "NOTE: {} in more than one family, {} of them a bot in one and a human in another. Whichever family is left out, \
             they are left out with it; the final model learns from all of their rows.",
            match shared.accounts {
                1 => "1 account stands".to_string(),
                n => format!("{n} accounts stand"),
            },
            shared.contradictory
        ));
    }
}

/// Like [`read_sources`], with the accounts that a person decided on behind them.
#[cfg(feature = "ledger")]
pub(super) fn read_manifest_with(
    manifest: &Manifest,
    decided: Vec<crate::model::DecidedAccount>,
    weight: f64,
    run: &RunArgs,
    console: &Console,
) -> anyhow::Result<(Samples, crate::model::DecisionRows)> {
    let say = |file: &str| console.say(format_args!("reading {file}"));
    let (samples, rows) = Samples::with_decisions(Some(manifest), decided, weight, run.threads(), say)?;
    report_rows(&samples, run, console)?;
    tell_shared(&samples, console);
    Ok((samples, rows))
}

/// Says what became of the rows of every file. With `--strict`, a row that cannot be read is an error.
pub(super) fn report_rows(samples: &Samples, run: &RunArgs, console: &Console) -> anyhow::Result<()> {
    for file in &samples.files {
        let path = visible(&file.path);
        if let Some(beside) = &file.beside {
            Joined::new(Arc::clone(beside)).tell(run, console)?.report(console);
        }
        for (row, line, damage) in &file.first_damaged {
            if run.strict {
                bail!("{path}: row {row} (line {line}): {damage}");
            }
            console.say(format_args!("{path}: row {row} (line {line}): {damage}"));
        }
        let t = &file.tally;
        let more = t.damaged - file.first_damaged.len() as u64;
        if more > 0 {
            console.say(format_args!("{path}: and {more} more rows that cannot be read"));
        }
        Remarks::of(&file.noted).report(Path::new(&file.path), console);
        if let (_, Some(complaint)) = &file.labels_unreadable {
            if run.strict {
                bail!("{complaint}");
            }
            console.say(complaint);
        }
        let fates: Vec<_> = t
            .fates()
            .into_iter()
            .filter(|(what, rows)| *rows > 0 || matches!(*what, "used" | "damaged" | "duplicate"))
            .collect();
        let rows = fates.iter().fold(Accounting::new(t.read), |all, (what, rows)| all.fate(what, *rows));
        rows.check()?;
        let source = visible(&samples.sources[file.source].name);
        let source = if source == path { String::new() } else { format!(" ({source})") };
        console.say(format_args!("{path}{source}: {rows}"));
    }
    Ok(())
}

/// A source of one class is no test, whatever its manifest says.
fn tell_unmeasured(samples: &Samples, console: &Console) {
    let mut classes = vec![[0u64; 2]; samples.sources.len()];
    for (source, bot) in samples.source.iter().zip(&samples.labels) {
        classes[*source][usize::from(*bot)] += 1;
    }
    for (source, [humans, bots]) in samples.sources.iter().zip(classes) {
        if source.hold_out && humans.min(bots) == 0 {
            console.say(format_args!(
                "NOTE: {} is not measured: it has {} and {}, and takes both.",
                visible(&source.name),
                plural(bots, "bot"),
                plural(humans, "human")
            ));
        }
    }
}

/// Leaves every family out in turn.
pub(super) fn leave_out(
    samples: &Samples,
    recipe: &Recipe,
    prevalence: f64,
    intervals: &Bootstrap,
    console: &Console,
) -> anyhow::Result<(HoldOutTable, Vec<Option<f64>>)> {
    let folds = folds_by_family(samples);
    if folds.is_empty() {
        bail!(crate::model::TrainError::NoFold);
    }
    tell_unmeasured(samples, console);
    let raw =
        out_of_source(samples, &folds, recipe, |family| console.say(format_args!("left out {family}")))?;
    let table = hold_out_table(samples, &folds, &raw, recipe, prevalence, intervals)?;
    Ok((table, raw))
}

fn from_manifest(
    manifest: &Manifest,
    args: &TrainArgs,
    intervals: &Bootstrap,
    console: &Console,
) -> anyhow::Result<(Model, String, u64)> {
    let samples = read_sources(manifest, &args.run, console)?;
    let recipe = Recipe::of(manifest);
    let (table, raw) = leave_out(&samples, &recipe, manifest.prevalence, intervals, console)?;
    let mut model = train(manifest, &samples, &raw)?;
    let folds = folds_by_family(&samples);
    let policy = Policy::new(manifest.bands);
    let promised =
        hold_out_promises(&samples, &folds, &raw, None, &recipe, &policy, manifest.prevalence, intervals)?;
    model.bands = promised.to_bands();
    model.held_out = held_out(&table, &samples, &model);
    let everything: Vec<usize> = (0..samples.len()).collect();
    model.support = Some(support(&model, &samples, &everything));
    Ok((model, table.text() + "\n" + &promises(&promised), samples.rejects()))
}

/// The record of the table in the model file.
pub(super) fn held_out(table: &HoldOutTable, samples: &Samples, model: &Model) -> Vec<HeldOut> {
    let columns = feature_columns(model);
    let in_spam = |row: usize, even: f64| {
        let p = sigmoid(crate::model::logit(even) + crate::model::logit(table.prevalence));
        let known = columns.iter().filter(|&&at| !samples.values[at].get(row).is_nan()).count();
        model.bands.of(p, known, samples.evident(row)) == Band::Spam
    };
    let share_in_spam = |source: &str, bot: bool| {
        let own = table.probabilities.iter().filter(|(row, _)| {
            samples.sources[samples.source[*row]].name == source && samples.labels[*row] == bot
        });
        let (inside, all) = own
            .fold((0.0, 0.0), |(n, all), (row, p)| (n + f64::from(u8::from(in_spam(*row, *p))), all + 1.0));
        if all > 0.0 { inside / all } else { 0.0 }
    };
    let short = |v: f64| round(v, 4);
    table
        .sources
        .iter()
        .filter_map(|s| {
            // All of these are defined where a source has both classes, and only such are in the table.
            Some(HeldOut {
                source: s.source.clone(),
                bots: s.bots,
                humans: s.humans,
                roc_auc: s.roc_auc.value.map(short)?,
                roc_auc_interval: s.roc_auc.lo.zip(s.roc_auc.hi).map(|(lo, hi)| [short(lo), short(hi)]),
                average_precision: s.average_precision.value.map(short)?,
                balanced_accuracy: s.balanced_accuracy.value.map(short)?,
                recall: s.recall.value.map(short)?,
                false_positive_rate: s.false_positive_rate.value.map(short)?,
                one_split_roc_auc: s.one_split_roc_auc.map(short),
                spam_recall: short(share_in_spam(&s.source, true)),
                spam_false_positive_rate: short(share_in_spam(&s.source, false)),
                share_found: shares_found(table, samples, &s.source),
            })
        })
        .collect()
}

/// What the scores of a left-out source say its share of bots is, where it is each of [`HELD_OUT_SHARES`].
pub(super) fn shares_found(table: &HoldOutTable, samples: &Samples, source: &str) -> Vec<f64> {
    let own = || {
        let rows = table.probabilities.iter();
        rows.filter(|(row, _)| samples.sources[samples.source[*row]].name == source)
            .map(|(row, p)| (samples.labels[*row], crate::model::logit(*p)))
    };
    let bots = own().filter(|(bot, _)| *bot).count() as f64;
    let humans = own().filter(|(bot, _)| !*bot).count() as f64;
    let at = |share: f64| {
        let mut list = LogitHistogram::default();
        own().for_each(|(bot, z)| {
            list.add_weighted(z, if bot { share / bots } else { (1.0 - share) / humans })
        });
        list.prior().map_or(0.0, |found| round(found.value, 4))
    };
    HELD_OUT_SHARES.into_iter().map(at).collect()
}

/// How unusual the accounts were that a model was fitted on.
pub(super) fn support(model: &Model, samples: &Samples, rows: &[usize]) -> Support {
    let columns = feature_columns(model);
    let column = |at: usize| samples.values[columns[at]].of_rows(rows);
    Support::learn(&model.features, column, &balanced_weights(samples, rows))
}

fn round(value: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (value * scale).round() / scale
}

fn from_file(
    path: &Path,
    args: &TrainArgs,
    intervals: &Bootstrap,
    console: &Console,
) -> anyhow::Result<(Model, String, u64)> {
    let mut options = args.read.options()?;
    options.label_column = args.label.clone();
    options.beside = args.beside.files()?;
    let list = match (&args.labels, &args.label) {
        (Some(list), _) => Some(LabelList::open(list)?),
        (None, None) => match crate::ingest::sibling_labels(path) {
            Some(sibling) => {
                console.say(format_args!("labels from {}", sibling.display()));
                Some(LabelList::open(&sibling)?)
            }
            None => misuse!(
                "{}: where are the labels? Name the column with --label COLUMN or a list of ids and classes with --labels LIST",
                path.display()
            ),
        },
        _ => None,
    };
    let samples = Samples::of_file(path, &options, list.as_ref(), args.run.threads())?;
    report_rows(&samples, &args.run, console)?;
    let recipes = [Recipe::standard(), Recipe::fine()];
    let name = path.file_stem().map_or_else(|| "model".into(), |stem| stem.to_string_lossy().into_owned());
    let Single { mut model, held_out, trained, validated, out_of_fold } =
        train_single(&samples, &recipes, args.prevalence, &name)?;
    model.support = Some(support(&model, &samples, &trained));

    let labels: Vec<bool> = validated.iter().map(|&row| samples.labels[row]).collect();
    let p: Vec<f64> = out_of_fold.iter().map(|raw| sigmoid(model.calibration.apply(*raw, 0.5))).collect();
    model.bands = choose_bands(
        &p,
        &labels,
        &balanced_weights(&samples, &validated),
        model.prevalence,
        &BandPolicy::default(),
    )?;
    model.bands.min_features = model.bands.min_features.min(model.features.len());
    model.bands.chosen =
        model.bands.chosen.replace("on left-out sources", "by cross-validation within one file");

    let metrics = single_metrics(&model, &samples, &validated, &held_out, intervals, path)?;
    let note = format!(
        "\nMeasured on a fifth of the accounts of the same file, held out. On accounts collected in another way such a \
         model\ndoes worse, often much worse: test it with `botsieve evaluate -m {} OTHER-FILE`.\n",
        args.output.display()
    );
    Ok((model, metrics.text() + &note, samples.rejects()))
}

fn single_metrics(
    model: &Model,
    samples: &Samples,
    trained: &[usize],
    held_out: &[usize],
    intervals: &Bootstrap,
    path: &Path,
) -> anyhow::Result<Metrics> {
    let columns = feature_columns(model);
    let labels: Vec<bool> = held_out.iter().map(|&row| samples.labels[row]).collect();
    let p: Vec<f64> = held_out.iter().map(|&row| probability(model, samples, &columns, row)).collect();
    let set = Predictions::new(&p, &labels, None)?;
    let train_labels: Vec<bool> = trained.iter().map(|&row| samples.labels[row]).collect();
    let majority = Majority::fit(&train_labels, None)?;
    let meant_at = Some(majority.p_bot());
    let mut baselines = vec![Baseline {
        name: "majority".into(),
        description: majority.to_string(),
        scores: majority.predict(held_out.len()),
        meant_at,
    }];
    let values: Vec<Vec<f64>> = columns.iter().map(|&at| samples.values[at].of_rows(trained)).collect();
    if let Some(split) = OneSplit::fit(&values, &train_labels, None)? {
        let column = columns[split.feature()];
        let split = split.with_name(CATALOGUE[column].name);
        let values = samples.values[column].of_rows(held_out);
        let scores = values.into_iter().map(|value| split.predict_value(value)).collect();
        baselines.push(Baseline {
            name: "one split".into(),
            description: split.to_string(),
            scores,
            meant_at,
        });
    }
    let groups: Vec<u64> = held_out.iter().map(|&row| samples.groups[row]).collect();
    let options = ReportOptions {
        set: format!("{} (held-out fifth)", path.display()),
        bootstrap: *intervals,
        ..ReportOptions::default()
    };
    Metrics::compute(&set, Some(&groups), &baselines, &options).context("cannot compute the metrics")
}

/// Columns of the catalogue that the model's features are.
pub(super) fn feature_columns(model: &Model) -> Vec<usize> {
    model.features.iter().filter_map(|curve| CATALOGUE.iter().position(|f| f.name == curve.feature)).collect()
}

/// Calibrated probability of a row of the samples at the model's own prevalence.
pub(super) fn probability(model: &Model, samples: &Samples, columns: &[usize], row: usize) -> f64 {
    let value = |at: usize| samples.values[columns[at]].get(row);
    sigmoid(model.calibration.apply(model.raw(value), model.prevalence))
}
