//! `botsieve threshold`: bands by promise, and how the promise holds where it was not made.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::evaluate::{interval_options, warn_of_training_data};
use super::promise::promises;
use super::train::{feature_columns, probability, read_sources, report_rows};
use super::usage::{misuse, place_of};
use super::{Console, Done, Format, ReadArgs, RunArgs, parse_replicates, parse_share, plural, write_result};
use crate::evaluate::promise::nested_scores;
use crate::evaluate::{
    Bootstrap, Policy, PriorShift, PromiseTable, ScoredAccount, SourceScores, hold_out_promises,
    promise_table,
};
use crate::ingest::{LabelList, sibling_labels};
use crate::model::{
    BandPolicy, Bands, LEAST, Manifest, Model, Recipe, Samples, folds_by_family, out_of_source,
};
use crate::safe::visible;
use crate::scramble::scramble;

/// Choose where the bands begin, by what they promise, and test the promise on sources that had no part in it.
///
/// "Of 100 accounts in the spam band, at least 80 are bots." With --manifest, each family of sources is left out in
/// turn: its scores, calibration and band ends come from the other families, and the table shows whether the promise
/// holds on it within its interval. With labelled FILEs the model's own scores are used and each file is left out in
/// turn; one file alone is cut into five parts, which says nothing of accounts collected in another way.
///
/// The widest band that keeps the promise is taken: in the pool, where every family counts the same, and without being
/// refuted on more than a fifth of the sources (--hold-on). A band that cannot keep it is switched off.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ThresholdArgs {
    /// Labelled files, scored with the model
    #[arg(value_name = "FILE", required_unless_present = "manifest", conflicts_with = "manifest")]
    files: Vec<PathBuf>,

    /// TOML file that lists the sources (see models/default.toml)
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,

    /// Folder that the paths of the manifest start from [default: what the manifest says]
    #[arg(long, value_name = "FOLDER", requires = "manifest")]
    data: Option<PathBuf>,

    /// Column of the files that holds the class: bot or human (also 1/0, fake/genuine, spam/legitimate)
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["manifest", "labels"])]
    label: Option<String>,

    /// Label list: id and class on each line, or where a header names them (id, label)
    #[arg(long, value_name = "LIST", conflicts_with = "manifest")]
    labels: Option<PathBuf>,

    /// Model that scores the files, and that -o writes with the new bands [default: the embedded model]
    #[arg(long, short, value_name = "MODEL")]
    model: Option<PathBuf>,

    /// Share of bots promised in the spam band [default: the manifest's, or 0.8]
    #[arg(long, value_name = "SHARE", value_parser = parse_share, allow_negative_numbers = true)]
    spam_precision: Option<f64>,

    /// Share of people promised in the genuine band [default: the manifest's, or 0.98]
    #[arg(long, value_name = "SHARE", value_parser = parse_share, allow_negative_numbers = true)]
    genuine_purity: Option<f64>,

    /// Share of bots among all accounts, at which both are promised [default: the manifest's, or the model's]
    #[arg(long, value_name = "SHARE", value_parser = parse_share, allow_negative_numbers = true)]
    prevalence: Option<f64>,

    /// Accounts with fewer known features are pending [default: the manifest's, or the model's]
    #[arg(long, value_name = "N")]
    min_features: Option<usize>,

    /// Does spam take only accounts with the shape of followers on sale (the feature bought_follower_shape)? [default: as
    /// the manifest or the model has it]
    #[arg(long, value_name = "true|false")]
    evidence: Option<bool>,

    /// Share of the sources on which the promise must not be refuted; 0 looks at the pool alone
    #[arg(long, value_name = "SHARE", default_value_t = 0.8, value_parser = parse_whole_share)]
    hold_on: f64,

    /// Bootstrap replicates behind each interval of the pool; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = parse_replicates, allow_negative_numbers = true)]
    replicates: usize,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the table
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write the model with these bands here; p_bot is then meant at the prevalence they were chosen at
    #[arg(long, short, value_name = "MODEL")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:\n  \
    botsieve threshold --manifest models/default.toml --spam-precision 0.9\n  \
    botsieve threshold -m my.json spring.csv autumn.csv --label label -o my-banded.json";

fn parse_whole_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a share from 0 to 1, such as 0.8".into()),
    }
}

pub(super) fn run(args: ThresholdArgs) -> anyhow::Result<Done> {
    args.run.limit_pool();
    let console = Console::new(&args.run);
    let mut model = match &args.model {
        Some(path) => Model::read(path)?,
        None => Model::embedded()?,
    };
    let intervals = interval_options(args.replicates);
    let (table, damaged) = match &args.manifest {
        Some(path) => of_manifest(path, &args, &model, &intervals, &console)?,
        None => of_files(&args, &model, &intervals, &console)?,
    };
    if let Some(output) = &args.output {
        let bands = table.to_bands();
        // The model file says how they were tested, to whoever did not see this.
        let chosen = match args.files.len() {
            0 => bands.chosen,
            1 => bands
                .chosen
                .replace("left-out sources", "left-out parts of one file")
                .replace(" sources", " parts"),
            _ => bands.chosen.replace(" sources", " files"),
        };
        model.bands = Bands { chosen, ..bands };
        model.prevalence = table.prevalence;
        write_result(Some(output), &model.to_json())?;
        console.say(format_args!("model {} with these bands written to {}", model.name, output.display()));
    }
    let text = match args.format {
        Format::Text => promises(&table),
        Format::Json => serde_json::to_string_pretty(&table)? + "\n",
    };
    write_result(None, &text)?;
    Ok(Done::of(damaged))
}

/// The policy asked for, on top of another.
fn policy(args: &ThresholdArgs, otherwise: BandPolicy) -> Policy {
    let bands = BandPolicy {
        spam_precision: args.spam_precision.unwrap_or(otherwise.spam_precision),
        genuine_purity: args.genuine_purity.unwrap_or(otherwise.genuine_purity),
        min_features: args.min_features.unwrap_or(otherwise.min_features),
        spam_needs_evidence: args.evidence.unwrap_or(otherwise.spam_needs_evidence),
    };
    Policy { hold_on: args.hold_on, ..Policy::new(bands) }
}

fn of_manifest(
    path: &Path,
    args: &ThresholdArgs,
    model: &Model,
    intervals: &Bootstrap,
    console: &Console,
) -> anyhow::Result<(PromiseTable, u64)> {
    let manifest = Manifest::open(path, args.data.as_deref())?;
    let recipe = Recipe::of(&manifest);
    if args.output.is_some() {
        check_model(model, &manifest)?;
    }
    let samples = read_sources(&manifest, &args.run, console)?;
    let folds = folds_by_family(&samples);
    if folds.len() < 2 {
        bail!(
            "{}: {} to leave out, and ends for one must come from another\n  expected at least two families with \
             `hold_out = true`, each with bots and humans",
            path.display(),
            if folds.is_empty() { "no family" } else { "one family" }
        );
    }
    let raw =
        out_of_source(&samples, &folds, &recipe, |family| console.say(format_args!("left out {family}")))?;
    // Two families left out of two leave nothing to fit on.
    let nested = if folds.len() > 2 {
        let say = |pair: &str| console.say(format_args!("left out {pair}"));
        Some(nested_scores(&samples, &folds, &recipe, say)?)
    } else {
        None
    };
    let prevalence = args.prevalence.unwrap_or(manifest.prevalence);
    let policy = policy(args, manifest.bands);
    let table = hold_out_promises(
        &samples,
        &folds,
        &raw,
        nested.as_deref(),
        &recipe,
        &policy,
        prevalence,
        intervals,
    )?;
    Ok((table, samples.rejects()))
}

/// Bands of one recipe are a promise that another model never made.
fn check_model(model: &Model, manifest: &Manifest) -> anyhow::Result<()> {
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };
    let trained = sorted(model.training.sources.iter().map(|source| source.name.clone()).collect());
    let listed = sorted(manifest.sources.iter().map(|source| source.name.clone()).collect());
    let other = model
        .features
        .iter()
        .find(|curve| !manifest.features.is_empty() && !manifest.features.contains(&curve.feature));
    let found = match other {
        _ if trained != listed => "was not trained on the sources of this manifest".to_string(),
        Some(curve) => format!("has the feature {}, which is not in this manifest", visible(&curve.feature)),
        None => return Ok(()),
    };
    bail!(
        "the model {} {found}, so bands chosen for the one are not tested for the other\n  expected -m MODEL with the model \
         that `botsieve train --manifest` makes of it",
        visible(&model.name)
    )
}

fn of_files(
    args: &ThresholdArgs,
    model: &Model,
    intervals: &Bootstrap,
    console: &Console,
) -> anyhow::Result<(PromiseTable, u64)> {
    let prevalence = args.prevalence.unwrap_or(model.prevalence);
    let policy = policy(
        args,
        BandPolicy {
            min_features: model.bands.min_features,
            spam_needs_evidence: model.bands.spam_needs_evidence,
            ..BandPolicy::default()
        },
    );
    let list = args.labels.as_deref().map(LabelList::open).transpose()?;
    let mut options = args.read.options()?;
    options.label_column = args.label.clone();
    let mut damaged = 0;
    let mut families = Vec::new();
    for (at, path) in args.files.iter().enumerate() {
        if args.files[..at].iter().any(|before| is_same_file(before, path)) {
            misuse!(
                "{}: given twice; each file is left out in turn, and this one would be tested on itself",
                path.display()
            );
        }
        let sibling = if list.is_none() && args.label.is_none() { sibling_labels(path) } else { None };
        let own = sibling.as_deref().map(LabelList::open).transpose()?;
        let labels = list.as_ref().or(own.as_ref());
        if labels.is_none() && args.label.is_none() {
            misuse!(
                "{}: where are the labels? Name the column with --label COLUMN, or a list of ids and classes with \
                 --labels LIST",
                path.display()
            );
        }
        let samples = Samples::of_file(path, &options, labels, args.run.threads())?;
        warn_of_training_data(model, &samples, console);
        report_rows(&samples, &args.run, console)?;
        damaged += samples.rejects();
        families.push((path.display().to_string(), scores(model, &samples, prevalence, &policy.bands)?));
    }
    let all: usize = families.iter().map(|(_, rows)| rows.len()).sum();
    let bots = families.iter().flat_map(|(_, rows)| rows).filter(|(_, account)| account.bot).count();
    let people = all - bots;
    if bots < LEAST || people < LEAST {
        bail!(
            "{} and {} with a label: nothing can be promised of so few\n  expected at least {LEAST} of each",
            plural(bots as u64, "bot"),
            plural(people as u64, "human")
        );
    }
    let one_file = families.len() == 1;
    let sources: Vec<SourceScores> = if one_file {
        let (_, rows) = &families[0];
        // Rows of one account stay together; their parts depend on nothing but their place in the file.
        let part =
            |n: u64| rows.iter().filter(move |(group, _)| scramble(*group) % PARTS == n).map(|(_, row)| *row);
        (0..PARTS).map(|n| named(&format!("part {} of {PARTS}", n + 1), part(n))).collect()
    } else {
        families.iter().map(|(name, rows)| named(&visible(name), rows.iter().map(|(_, row)| *row))).collect()
    };
    let without: Vec<(Vec<SourceScores>, Vec<SourceScores>)> = (0..sources.len())
        .map(|at| {
            let mut others = sources.clone();
            let own = others.remove(at);
            (others, vec![own])
        })
        .collect();
    let how = if one_file {
        "One file in five parts, the ends of each from the other four: on accounts collected in another way \
         less may hold."
            .to_string()
    } else {
        format!("Ends for each of {} from the others.", plural(sources.len() as u64, "file"))
    };
    Ok((promise_table(&sources, &without, &policy, prevalence, intervals, &how)?, damaged))
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    a == b || place_of(a).is_some_and(|place| place_of(b) == Some(place))
}

/// One labelled file is cut into so many parts.
const PARTS: u64 = 5;

fn named(name: &str, rows: impl Iterator<Item = ScoredAccount>) -> SourceScores {
    SourceScores::new(name, name, rows)
}

/// Group and score of every row.
type Scored = Vec<(u64, ScoredAccount)>;

fn scores(model: &Model, samples: &Samples, prevalence: f64, bands: &BandPolicy) -> anyhow::Result<Scored> {
    let columns = feature_columns(model);
    let shift = PriorShift::new(model.prevalence, prevalence)?;
    Ok((0..samples.len())
        .map(|row| {
            let p = shift.apply(probability(model, samples, &columns, row));
            let known = columns.iter().filter(|&&at| !samples.values[at].get(row).is_nan()).count();
            let account = ScoredAccount {
                p_bot: p,
                bot: samples.labels[row],
                enough: known >= bands.min_features,
                may_be_spam: !bands.spam_needs_evidence || samples.evident(row),
            };
            (samples.groups[row], account)
        })
        .collect())
}
