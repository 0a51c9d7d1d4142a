//! `botsieve study`: questions about a recipe that one score cannot answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::{Deserialize, Serialize};

use super::evaluate::interval_options;
use super::train::read_sources;
use super::usage::misuse;
use super::{Console, Done, Format, RunArgs, open_output, parse_replicates, write_result};
use crate::evaluate::study::{Candidate, search, thin_rows, travel, within_sources};
use crate::features::CATALOGUE;
use crate::model::{Fold, Manifest, Recipe, Samples, TrainError, folds_by_family};
use crate::safe::visible_lines;

/// Study a recipe on the sources of a manifest.
///
/// within  5-fold cross-validation inside each source: how good is it on accounts
///         collected in the same way?
/// thin    left-out sources with fields taken away: what does one model lose
///         against models made for such rows?
/// travel  each feature alone: does it say the same in every source, and how well
///         does it tell the source itself?
/// search  which recipe to choose: the candidates of a TOML file (--candidates),
///         nested: each left-out family is measured with what was chosen without it
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct StudyArgs {
    /// What to study
    #[arg(value_enum)]
    question: Question,

    /// TOML file that lists the sources and the recipe (see models/default.toml)
    #[arg(long, value_name = "FILE")]
    manifest: PathBuf,

    /// Folder that the paths of the manifest start from [default: what the manifest says]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// search: TOML file with the candidates (see models/search.toml)
    #[arg(long, value_name = "FILE", required_if_eq("question", "search"))]
    candidates: Option<PathBuf>,

    /// Take at most so many accounts of each class of each source; classes of sources count the same in any case
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    most: Option<u32>,

    /// within: the recipe that `train FILE` may choose, with finer bins and the 20 most promising pairs of features
    #[arg(long)]
    fine: bool,

    /// within: write each row's source, group, label, fold and held-out log-odds as CSV, to compare with other programs
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,

    /// within: bootstrap replicates behind each interval; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = parse_replicates, allow_negative_numbers = true)]
    replicates: usize,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the table
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Where the table goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Question {
    /// How good is the recipe inside each source?
    Within,
    /// What does one model lose on rows that lack fields?
    Thin,
    /// How do features travel from source to source?
    Travel,
    /// Which candidate is chosen, and what is the choice worth?
    Search,
}

pub(super) fn run(args: StudyArgs) -> anyhow::Result<Done> {
    args.run.limit_pool();
    let console = Console::new(&args.run);
    let given = [
        ("--fine", args.fine, Question::Within, "within"),
        ("--scores", args.scores.is_some(), Question::Within, "within"),
        ("--candidates", args.candidates.is_some(), Question::Search, "search"),
    ];
    if let Some((what, .., of)) = given.iter().find(|(_, given, of, _)| *given && *of != args.question) {
        misuse!("{what} is of `study {of}` alone");
    }
    let manifest = Manifest::open(&args.manifest, args.data.as_deref())?;
    let candidates = args.candidates.as_deref().map(|path| read_candidates(path, &manifest)).transpose()?;
    let mut samples = read_sources(&manifest, &args.run, &console)?;
    let most = args.most.map(|most| most as usize);
    if let Some(most) = most.or(candidates.as_ref().and_then(|(_, most)| *most)) {
        samples = samples.thinned(most);
    }
    let samples = samples;
    let mut recipe = Recipe::of(&manifest);
    let say = |what: &str| console.say(format_args!("done: {what}"));
    match args.question {
        Question::Within => {
            if args.fine {
                recipe = Recipe { features: recipe.features, monotone: recipe.monotone, ..Recipe::fine() };
            }
            let table = within_sources(&samples, &recipe, &interval_options(args.replicates), say)?;
            if let Some(path) = &args.scores {
                let scores = table.scores.iter().map(|(row, fold, raw)| (*row, Some(*fold), *raw));
                write_scores(path, &samples, scores)?;
            }
            write(&args, &table, table.text())?;
        }
        Question::Thin => {
            let table = thin_rows(&samples, &folds(&samples)?, &recipe, say)?;
            write(&args, &table, table.text())?;
        }
        Question::Travel => {
            let table = travel(&samples, &folds(&samples)?, &recipe, say)?;
            write(&args, &table, table.text())?;
        }
        Question::Search => {
            let Some((candidates, _)) = candidates else {
                bail!("name the candidates with --candidates FILE")
            };
            let table = search(&samples, &folds(&samples)?, &candidates, say)?;
            write(&args, &table, table.text())?;
        }
    }
    Ok(Done::of(samples.rejects()))
}

fn folds(samples: &Samples) -> anyhow::Result<Vec<Fold>> {
    let folds = folds_by_family(samples);
    if folds.is_empty() {
        bail!(TrainError::NoFold);
    }
    Ok(folds)
}

fn write(args: &StudyArgs, table: &impl Serialize, text: String) -> anyhow::Result<()> {
    let text = match args.format {
        Format::Text => text,
        Format::Json => serde_json::to_string_pretty(table)? + "\n",
    };
    write_result(args.output.as_deref(), &text)
}

/// Writes held-out scores: source, group, label, fold (`-` for a source left out whole) and log-odds.
pub(super) fn write_scores(
    path: &Path,
    samples: &Samples,
    scores: impl Iterator<Item = (usize, Option<u8>, f64)>,
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(open_output(Some(path))?);
    writer.write_record(["source", "group", "label", "fold", "logit"])?;
    for (row, fold, logit) in scores {
        writer.write_record([
            samples.sources[samples.source[row]].name.as_str(),
            &samples.groups[row].to_string(),
            if samples.labels[row] { "1" } else { "0" },
            &fold.map_or_else(|| "-".into(), |fold| fold.to_string()),
            &logit.to_string(),
        ])?;
    }
    let output = writer.into_inner().map_err(|error| anyhow::anyhow!("cannot write the scores: {error}"))?;
    output.finish().context("cannot finish the scores")
}

/// The file of candidates: what each changes in the recipe of the manifest.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CandidateFile {
    /// At most so many accounts of each class of each source.
    most: Option<usize>,
    /// Lists of features by name.
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    #[serde(rename = "candidate")]
    candidates: Vec<CandidateEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CandidateEntry {
    name: String,
    /// A list of `[features]`, or `all`; the manifest's if left out.
    features: Option<String>,
    bins: Option<usize>,
    linear: Option<bool>,
    interactions: Option<usize>,
    ridge: Option<f64>,
    smooth: Option<f64>,
    /// Hold curves to the manifest's directions?
    #[serde(default = "yes")]
    monotone: bool,
}

fn yes() -> bool {
    true
}

fn read_candidates(path: &Path, manifest: &Manifest) -> anyhow::Result<(Vec<Candidate>, Option<usize>)> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let file: CandidateFile = toml::from_str(&text).map_err(|error| {
        anyhow::anyhow!("{} is not understood: {}", path.display(), visible_lines(&error.to_string()))
    })?;
    let candidates = file.candidates.iter().map(|entry| {
        let mut recipe = Recipe::of(manifest);
        match entry.features.as_deref() {
            None => {}
            Some("all") => recipe.features = (0..CATALOGUE.len()).collect(),
            Some(list) => {
                let names = file.features.get(list).with_context(|| {
                    format!("{}: candidate {:?}: there is no list {list:?} under [features]", path.display(), entry.name)
                })?;
                let find = |name: &String| {
                    CATALOGUE.iter().position(|feature| feature.name == name).with_context(|| {
                        format!(
                            "{}: list {list:?}: no feature is called {name:?}; `botsieve features --list` prints them",
                            path.display()
                        )
                    })
                };
                recipe.features = names.iter().map(find).collect::<anyhow::Result<_>>()?;
                recipe.features.sort_unstable();
            }
        }
        let encoding = &mut recipe.encoding;
        encoding.bins = entry.bins.unwrap_or(encoding.bins);
        encoding.linear = entry.linear.unwrap_or(encoding.linear);
        encoding.interactions = entry.interactions.unwrap_or(encoding.interactions);
        recipe.penalty.ridge = entry.ridge.unwrap_or(recipe.penalty.ridge);
        recipe.penalty.smooth = entry.smooth.unwrap_or(recipe.penalty.smooth);
        if !entry.monotone {
            recipe.monotone = Default::default();
        }
        Ok(Candidate { name: entry.name.clone(), recipe })
    });
    Ok((candidates.collect::<anyhow::Result<_>>()?, file.most))
}
