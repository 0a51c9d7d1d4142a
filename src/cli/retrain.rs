//! `botsieve retrain`: a person's decisions join the training sources.

mod read;
mod said;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use sha2::{Digest, Sha256};

use super::doubtful::{self, Told};
use super::evaluate::interval_options;
use super::train::{feature_columns, held_out, read_manifest_with, support};
use super::{BesideArgs, Console, Done, Format, ReadArgs, RunArgs, write_result};
use crate::evaluate::retrain::{
    Folds, OnSource, Retrained, Said, Scores, on_decisions, on_sources, recalibrations, scores,
};
use crate::evaluate::{Bootstrap, Policy, hold_out_promises, hold_out_table};
use crate::features::CATALOGUE;
use crate::lint::doubtful::doubtful;
use crate::model::{
    Band, Bands, Calibration, DECISIONS, DecisionRecord, DecisionRows, Manifest, Model, Recipe, Samples,
    Scorer, folds_by_family, held_out_rows, logit, model_of, sigmoid, train,
};
use crate::safe::visible;
use crate::words::hex;
use read::{Decided, decided};
use said::Report;

/// Learn from your decisions: train again with them, and take the new model only if it is not worse.
///
/// What the ledger says becomes labels: spam is a bot; follow-back and list are people; pending and skip are no label
/// (you skip people too). The profiles come from the lists that you decided on, joined by id, and by handle where there
/// is no id. Together they are one more source beside those of the manifest.
///
/// The new model is written only if all of this holds, and is printed whether it does: on decisions held out of it
/// (five parts by account, drawn four times over where a class has fewer than 200), its ROC AUC is above chance, a loss
/// of 0.02 ROC AUC and a rise of 0.02 log loss are ruled out by the 95 % interval of the paired difference, and at most
/// one in a hundred more of the people is in the spam band; and on sources left out of both, the mean ROC AUC falls by
/// less than 0.005. With fewer than 25 decisions of a class, nothing is trained.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct RetrainArgs {
    /// Lists of followers that you decided on, in any form that `botsieve inspect` reads. Of an account that stands in
    /// several, the first one counts
    #[arg(value_name = "FOLLOWERS", required = true)]
    followers: Vec<PathBuf>,

    /// The ledger with your decisions; it is only read [default: botsieve.ledger, or the policy file's]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,

    /// TOML file that lists the other sources and the recipe (see models/default.toml)
    #[arg(long, value_name = "FILE", required_unless_present = "recalibrate_only")]
    manifest: Option<PathBuf>,

    /// Folder that the paths of the manifest start from [default: what the manifest says]
    #[arg(long, value_name = "FOLDER", requires = "manifest")]
    data: Option<PathBuf>,

    /// How much your decisions count beside one source of weight 1. As for every source, bots and people count the same,
    /// and a class of fewer than 100 accounts counts in proportion: 50 at weight 2 count like 100 at weight 1. The share
    /// of the whole that this makes is printed
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = parse_weight)]
    weight: f64,

    /// The model so far [default: the embedded model]
    #[arg(long, short, value_name = "OLD")]
    model: Option<PathBuf>,

    /// Where the new model goes if it is not worse; may be OLD. Else the file stays as it is
    #[arg(long, short, value_name = "NEW", required_unless_present = "dry_run")]
    output: Option<PathBuf>,

    /// Keep the curves of OLD and learn from the decisions only what p_bot means (slope and intercept of Platt's
    /// scaling): needs no other data. The order of accounts and who is in which band stay; figures of OLD that hang on
    /// p_bot are left out of the file
    #[arg(long, conflicts_with_all = ["manifest", "weight"])]
    recalibrate_only: bool,

    /// Measure and print, write no model
    #[arg(long)]
    dry_run: bool,

    /// Write decisions that look wrong to this file as CSV, with reasons: those of which scores that had not seen them
    /// are confident of the other class (confident learning). A suggestion to look again; no decision is changed
    #[arg(long, value_name = "FILE")]
    doubtful: Option<PathBuf>,

    /// Bootstrap replicates behind each interval
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=i64::from(super::MOST_REPLICATES)))]
    replicates: u32,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    beside: BesideArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the comparison
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "Examples:\n  \
    botsieve retrain followers.csv --manifest models/default.toml -o mine.json\n  \
    botsieve retrain spring.csv autumn.csv --manifest models/default.toml --weight 5 --dry-run\n  \
    botsieve retrain followers.csv --recalibrate-only -m mine.json -o mine.json\n\n\
    Exit codes: 0 the new model was taken (3: and some rows of the lists could not be read), 1 it was refused or \
    something failed: then no file was written, and the reason is printed. What was measured with it: docs/retrain.md";

fn parse_weight(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(weight) if weight > 0.0 && weight <= 1000.0 => Ok(weight),
        _ => Err("expected a factor above 0, at most 1000, such as 1 or 2.5".into()),
    }
}

/// A new model, and how it compares.
struct Outcome {
    model: Model,
    judged: Retrained,
    /// Of each decision: probability of being a bot where bots are half, by fits that had not seen it.
    unseen: Vec<f64>,
    /// Scorers that had not seen a decision, and which of them is whose.
    scorers: Vec<Scorer>,
    scorer_of: Vec<usize>,
    /// Share of the training weight: of bots, of humans.
    shares: Option<[f64; 2]>,
    /// What a reader should know of the comparison.
    notes: Vec<String>,
}

pub(super) fn run(args: RetrainArgs) -> anyhow::Result<Done> {
    args.run.limit_pool();
    let console = Console::new(&args.run);
    let old = match args.model.as_ref().or(super::config::current().model.as_ref()) {
        Some(path) => Model::read(path)?,
        None => Model::embedded()?,
    };
    let manifest = match &args.manifest {
        Some(path) => Some(checked(Manifest::open(path, args.data.as_deref())?)?),
        None => None,
    };
    let found = decided(&args, &console)?;
    let intervals = interval_options(args.replicates as usize);
    let (samples, rows) = match &manifest {
        Some(manifest) => {
            // Too few are said before minutes are spent on the other sources.
            let (_, alone) = Samples::with_decisions(None, found.rows.clone(), args.weight, 1, |_| {})?;
            Folds::draw(&alone.hashes, &found.bots(&alone))?;
            read_manifest_with(manifest, found.rows.clone(), args.weight, &args.run, &console)?
        }
        None => Samples::with_decisions(None, found.rows.clone(), args.weight, 1, |_| {})?,
    };
    let at = rows.rows(&samples);
    let bots: Vec<bool> = at.iter().map(|row| samples.labels[*row]).collect();
    let folds = match Folds::draw(&rows.hashes, &bots) {
        Ok(folds) => folds,
        Err(error) => bail!("{}\n{error}; nothing was replaced", found.words(&args).trim_end()),
    };
    let mut outcome = match &manifest {
        Some(manifest) => retrained(manifest, &old, &samples, &rows, &folds, &intervals, &console)?,
        None => recalibrated(&old, &samples, &at, &folds, &intervals)?,
    };
    outcome.model.training.decisions = Some(DecisionRecord {
        bots: bots.iter().filter(|bot| **bot).count(),
        humans: bots.iter().filter(|bot| !**bot).count(),
        weight: manifest.is_some().then_some(args.weight),
        sha256: digest(&rows, &bots),
    });
    if let Some(before) = &old.training.decisions {
        let same = outcome.model.training.decisions.as_ref().is_some_and(|now| now.sha256 == before.sha256);
        outcome.notes.push(format!(
            "{} learnt from {} decisions itself{}: it has seen what the new one is tested on, which flatters it. Compare \
             with the model from before the first retraining to be fair.",
            visible(&old.name),
            before.bots + before.humans,
            if same { ", the same ones" } else { "" }
        ));
    }
    let report = Report {
        decided: found.words(&args),
        counts: found.counts.clone(),
        weight: outcome.shares.map(|shares| (args.weight, shares)),
        judged: &outcome.judged,
        notes: &outcome.notes,
        recalibrated: args.recalibrate_only,
    };
    let doubts = match &args.doubtful {
        Some(path) => look_again(path, &outcome, &found, &rows, &bots)?,
        None => String::new(),
    };
    let text = match args.format {
        Format::Text => report.text() + &doubts,
        Format::Json => serde_json::to_string_pretty(&report.json())? + "\n",
    };
    let output = args.output.as_deref().filter(|_| !args.dry_run);
    // Before it is told of: who reads what is told may go away (`| head`), and the model is what was asked for.
    if let Some(path) = output.filter(|_| outcome.judged.accepted()) {
        write_result(Some(path), &outcome.model.to_json())?;
    }
    write_result(None, &text)?;
    if !outcome.judged.accepted() {
        bail!(
            "the new model is refused; {}",
            output.map_or("nothing was to be written".into(), |path| format!(
                "{} was not written",
                visible(&path.display().to_string())
            ))
        );
    }
    match output {
        Some(path) => {
            console.say(format_args!("model written to {}", visible(&path.display().to_string())));
        }
        None => console.say("it would be taken; nothing was written (--dry-run)"),
    }
    Ok(Done::of(found.damaged))
}

/// A manifest all of whose files are there; else what is missing, and what can be done without.
fn checked(manifest: Manifest) -> anyhow::Result<Manifest> {
    if let Some(source) = manifest.sources.iter().find(|source| source.name == DECISIONS) {
        bail!(
            "the manifest has a source {:?}\n  expected another name: this one is that of your decisions",
            source.name
        );
    }
    let without = "  Without them only what p_bot means can be learnt from your decisions: --recalibrate-only in place of \
                   --manifest";
    if !manifest.root().is_dir() {
        bail!(
            "the folder {} with the training data of the manifest is not there\n  expected the folder that \
             data/README.md helps to fill; name another with --data FOLDER\n{without}",
            manifest.root().display()
        );
    }
    let mut missing: Vec<&str> = Vec::new();
    let mut all = 0;
    for source in &manifest.sources {
        let parts = source.part.iter().map(|part| part.file.as_str());
        for path in source.files.iter().map(|file| file.path.as_str()).chain(parts) {
            all += 1;
            if !manifest.resolve(path).is_file() && !missing.contains(&path) {
                missing.push(path);
            }
        }
    }
    if !missing.is_empty() {
        let shown: Vec<_> = missing.iter().take(8).map(|path| format!("  {}\n", visible(path))).collect();
        let more = missing.len().saturating_sub(8);
        bail!(
            "{} of the {all} files of the manifest are not in {}:\n{}{}{without}",
            missing.len(),
            manifest.root().display(),
            shown.concat(),
            if more > 0 { format!("  and {more} more\n") } else { String::new() }
        );
    }
    Ok(manifest)
}

#[allow(clippy::too_many_arguments)] // private; the parts of a command
fn retrained(
    manifest: &Manifest,
    old: &Model,
    samples: &Samples,
    rows: &DecisionRows,
    folds: &Folds,
    intervals: &Bootstrap,
    console: &Console,
) -> anyhow::Result<Outcome> {
    let recipe = Recipe::of(manifest);
    let families = folds_by_family(samples);
    if families.is_empty() {
        bail!(crate::model::TrainError::NoFold);
    }
    let found = scores(samples, rows, folds, &families, &recipe, |what| console.say(what))?;
    let mut model = train(manifest, samples, &found.with)?;
    let table = hold_out_table(samples, &families, &found.with, &recipe, manifest.prevalence, intervals)?;
    let policy = Policy::new(manifest.bands);
    let promised = hold_out_promises(
        samples,
        &families,
        &found.with,
        None,
        &recipe,
        &policy,
        manifest.prevalence,
        intervals,
    )?;
    model.bands = promised.to_bands();
    model.held_out = held_out(&table, samples, &model);
    let everything: Vec<usize> = (0..samples.len()).collect();
    model.support = Some(support(&model, samples, &everything));
    let at = rows.rows(samples);
    model.description = format!(
        "{} {} of the owner of a list took part.",
        model.description,
        super::plural(at.len() as u64, "decision")
    );
    let mut notes = Vec::new();
    let sources = as_known(old, on_sources(samples, &found, intervals)?, samples, &recipe, &mut notes);
    let bots: Vec<bool> = at.iter().map(|row| samples.labels[*row]).collect();
    let calibration = calibration_of(samples, &found)?;
    let new: Vec<Vec<Said>> = found
        .decisions
        .iter()
        .map(|raw| {
            raw.iter()
                .zip(&at)
                .map(|(raw, &row)| said(&model, &model.bands, calibration, *raw, samples, row))
                .collect()
        })
        .collect();
    let judged = Retrained::judge(on_decisions(&by_old(old, samples, &at), &new, &bots, intervals)?, sources);
    let times = new.len() as f64;
    let unseen = (0..at.len()).map(|n| new.iter().map(|time| time[n].even).sum::<f64>() / times).collect();
    let scorers = found
        .fits
        .into_iter()
        .map(|fit| Scorer::new(model_of(samples, &everything, &recipe, fit, calibration), Some(0.5)))
        .collect();
    let weights = crate::model::balanced_weights(samples, &everything);
    let share = |class: bool| {
        let of = |own: bool| -> f64 {
            let wanted = everything.iter().filter(|row| {
                samples.labels[**row] == class && (!own || samples.source[**row] == rows.source)
            });
            wanted.map(|row| weights[*row]).sum()
        };
        of(true) / of(false)
    };
    Ok(Outcome {
        model,
        judged,
        unseen,
        scorers,
        scorer_of: folds.of[0].clone(),
        shares: Some([share(true), share(false)]),
        notes,
    })
}

/// The calibration of the new model: as ever, from the left-out sources.
fn calibration_of(samples: &Samples, found: &Scores) -> anyhow::Result<Calibration> {
    let (rows, weights) = held_out_rows(samples, &found.with);
    let raw: Vec<f64> = rows.iter().map(|row| found.with[*row].unwrap_or_default()).collect();
    let labels: Vec<bool> = rows.iter().map(|row| samples.labels[*row]).collect();
    Ok(Calibration::learn(&raw, &labels, &weights, 0.5)?)
}

/// Where the old model is not that of this manifest, what its file says of left-out sources is what counts.
fn as_known(
    old: &Model,
    mut sources: Vec<OnSource>,
    samples: &Samples,
    recipe: &Recipe,
    notes: &mut Vec<String>,
) -> Vec<OnSource> {
    let hashes = |model: &Model| -> Vec<String> {
        model.training.sources.iter().flat_map(|s| &s.files).map(|f| f.sha256.clone()).collect()
    };
    let read: Vec<String> = samples.files.iter().map(|file| file.sha256.clone()).collect();
    let named: Vec<&str> = old.features.iter().map(|curve| curve.feature.as_str()).collect();
    let same = hashes(old) == read
        && old.training.encoding == recipe.encoding
        && old.training.penalty == recipe.penalty
        && named.iter().all(|name| recipe.features.iter().any(|at| CATALOGUE[*at].name == *name));
    if same {
        return sources;
    }
    let mut known = 0;
    for source in &mut sources {
        if let Some(held) = old.held_out.iter().find(|held| held.source == source.source) {
            known += 1;
            source.roc_auc.old.value = Some(held.roc_auc);
            let [lo, hi] = held.roc_auc_interval.map_or([None; 2], |ends| ends.map(Some));
            (source.roc_auc.old.lo, source.roc_auc.old.hi) = (lo, hi);
            source.roc_auc.difference.value = source.roc_auc.new.value.map(|new| new - held.roc_auc);
            (source.roc_auc.difference.lo, source.roc_auc.difference.hi) = (None, None);
        }
    }
    notes.push(match known {
        0 => format!(
            "{} was not made from this manifest and its file has no figures of these sources: \"old\" on left-out sources \
             is the recipe of the manifest without your decisions.",
            visible(&old.name)
        ),
        n => format!(
            "{} was not made from this manifest: on {n} of {} left-out sources \"old\" is what its file says, on the others \
             the recipe of the manifest without your decisions.",
            visible(&old.name),
            sources.len()
        ),
    });
    sources
}

fn said(
    model: &Model,
    bands: &Bands,
    calibration: Calibration,
    raw: f64,
    samples: &Samples,
    row: usize,
) -> Said {
    let known = feature_columns(model).iter().filter(|at| !samples.values[**at].get(row).is_nan()).count();
    let p = sigmoid(calibration.apply(raw, model.prevalence));
    Said {
        even: sigmoid(calibration.apply(raw, 0.5)),
        spam: bands.of(p, known, samples.evident(row)) == Band::Spam,
    }
}

fn raw_of(model: &Model, samples: &Samples, row: usize) -> f64 {
    let columns = feature_columns(model);
    model.raw(|at| samples.values[columns[at]].get(row))
}

fn by_old(old: &Model, samples: &Samples, at: &[usize]) -> Vec<Said> {
    at.iter()
        .map(|&row| said(old, &old.bands, old.calibration, raw_of(old, samples, row), samples, row))
        .collect()
}

/// The old curves with a new meaning of `p_bot`.
fn recalibrated(
    old: &Model,
    samples: &Samples,
    at: &[usize],
    folds: &Folds,
    intervals: &Bootstrap,
) -> anyhow::Result<Outcome> {
    let bots: Vec<bool> = at.iter().map(|row| samples.labels[*row]).collect();
    let raw: Vec<f64> = at.iter().map(|row| raw_of(old, samples, *row)).collect();
    let learnt = Calibration::learn(&raw, &bots, &vec![1.0; raw.len()], 0.5)?;
    let mut new = Vec::new();
    for fold in &folds.of {
        let parts = recalibrations(&raw, &bots, fold)?;
        let one = |n: usize| {
            let calibration = parts[fold[n]];
            said(old, &moved(old, calibration), calibration, raw[n], samples, at[n])
        };
        new.push((0..raw.len()).map(one).collect::<Vec<Said>>());
    }
    let mut model = old.clone();
    model.bands = moved(old, learnt);
    model.calibration = learnt;
    // What was measured at the old meaning of p_bot does not hold at the new one.
    model.held_out.clear();
    model.description = format!(
        "{} Its p_bot was calibrated anew on decisions of the owner of a list; curves and bands are those of before.",
        old.description
    );
    let judged =
        Retrained::judge(on_decisions(&by_old(old, samples, at), &new, &bots, intervals)?, Vec::new());
    let times = new.len() as f64;
    let unseen = (0..at.len()).map(|n| new.iter().map(|time| time[n].even).sum::<f64>() / times).collect();
    Ok(Outcome {
        scorers: vec![Scorer::new(old.clone(), Some(0.5))],
        scorer_of: vec![0; at.len()],
        model,
        judged,
        unseen,
        shares: None,
        notes: Vec::new(),
    })
}

/// Bands with their ends at the same raw scores as before.
fn moved(old: &Model, new: Calibration) -> Bands {
    let end = |p: Option<f64>| {
        let raw = (logit(p?) - old.calibration.offset(old.prevalence)) / old.calibration.slope;
        Some(sigmoid(new.apply(raw, old.prevalence)))
    };
    Bands {
        genuine_up_to: end(old.bands.genuine_up_to),
        spam_from: end(old.bands.spam_from),
        chosen: format!(
            "{}; moved with a new calibration so that they hold the same accounts",
            old.bands.chosen
        ),
        ..old.bands.clone()
    }
}

/// Writes the decisions that look wrong.
fn look_again(
    path: &std::path::Path,
    outcome: &Outcome,
    found: &Decided,
    rows: &DecisionRows,
    bots: &[bool],
) -> anyhow::Result<String> {
    let Some(doubts) = doubtful(bots, &outcome.unseen) else { return Ok(String::new()) };
    let told: Vec<Told> = doubts
        .doubts
        .iter()
        .filter_map(|doubt| {
            let known = found.by_hash.get(&rows.hashes[doubt.at])?;
            let scorer = &outcome.scorers[outcome.scorer_of[doubt.at]];
            let told = Told::new(scorer, &known.account, bots[doubt.at], doubt.p_bot);
            Some(Told {
                file: known.file.clone(),
                row: known.row,
                id: known.id.clone().unwrap_or(told.id),
                decision: known.decision.clone(),
                ..told
            })
        })
        .collect();
    doubtful::write(path, &told)?;
    Ok(doubtful::text(&doubts, bots, &told, path))
}

/// SHA-256 over hash and class of every decision, in the order of the hashes.
fn digest(rows: &DecisionRows, bots: &[bool]) -> String {
    let mut digest = Sha256::new();
    for (hash, bot) in rows.hashes.iter().zip(bots) {
        digest.update(format!("{hash:016x} {}\n", if *bot { "bot" } else { "human" }));
    }
    hex(&digest.finalize())
}
