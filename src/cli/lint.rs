//! `botsieve lint`: what would spoil training or scoring, before anything is trained or scored.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::doubtful::{self, Told};
use super::rows::read_rows;
use super::{Console, Done, Format, ReadArgs, RunArgs, open_input, write_result};
use crate::account::Label;
use crate::ingest::{LabelList, ReadOptions, in_order, sibling_labels};
use crate::lint::doubtful::{Doubt, doubtful};
use crate::lint::leaks::Clue;
use crate::lint::{Finding, Lint, MOST_FILES, Part, Report, Severity};
use crate::model::{
    Calibration, Recipe, Samples, Scorer, TrainError, balanced_weights, fit_recipe, five_folds, model_of,
    sigmoid,
};
use crate::safe::visible;

/// Look for what would spoil training or scoring: accounts twice, contradictory labels, a label that a date, an id or a
/// missing field gives away, columns without news, values that cannot be.
///
/// Each finding says what, how many, why it matters and what to do. The files are looked at together, as one would
/// train on them; each row is read once, and memory holds some 30 bytes an account and a bounded sample.
#[derive(Args, Debug)]
#[command(after_long_help = MORE)]
pub(super) struct LintArgs {
    /// Files with accounts; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["bots", "humans"])]
    files: Vec<PathBuf>,

    /// Column that holds the class in FILES: bot or human (also 1/0, fake/genuine, spam/legitimate)
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    /// Label list for FILES: id and class on each line
    #[arg(long, value_name = "LIST", conflicts_with = "label")]
    labels: Option<PathBuf>,

    /// Files in which every account is a bot
    #[arg(long, value_name = "FILE", num_args = 1..)]
    bots: Vec<PathBuf>,

    /// Files in which every account is a person
    #[arg(long, value_name = "FILE", num_args = 1..)]
    humans: Vec<PathBuf>,

    /// Write labels of FILES that look wrong to this file as CSV, with reasons: cross-validated within each file, the
    /// scores that had not seen a label are confident of the other class. A suggestion to look again
    #[arg(long, value_name = "CSV", conflicts_with_all = ["bots", "humans"])]
    doubtful: Option<PathBuf>,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Where the report goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

const MORE: &str = "\
A finding is serious (results made from these files will be wrong, or better than they are), to look at, or good to \
know. Exit codes: 0 nothing serious, 3 something serious was found (rows that cannot be read are serious), 1 failed, \
2 bad usage.

What gives the label away is measured where there are labels: by --label, --labels, --bots and --humans, or the list \
beside a Bot Repository file. The figure is the ROC AUC of that thing alone: 0.5 tells nothing, 1 tells everything. \
Dates, ids and the place in the file are also measured in 32 bins, learnt on one half of the rows and measured on the \
other, which finds a batch of bots in the middle of the years. From 0.7 on it is a finding, from 0.9 on a serious one (but \
for the place in the file, which spoils only what is split by place). \
At most 50000 accounts of each class are measured, drawn the same way on every run.

--doubtful finds labels that look wrong by confident learning (Northcutt et al. 2021): five folds by account, a model of \
each four scores the fifth, and a label is told where that score is at least as sure of the other class as scores of \
that class are on average. It needs 25 accounts of each class. Who is told is not always wrong: a model that tells the \
classes badly apart doubts many good labels. Nothing is changed.

Examples:
  botsieve lint followers.csv
  botsieve lint accounts.csv --label account_type --doubtful look-again.csv
  botsieve lint --bots content_polluters.txt --humans legitimate_users.txt
  botsieve lint users.json --labels labels.tsv --format json";

/// Where the labels of a file come from.
#[derive(Clone, Copy)]
enum Labels<'l> {
    /// Its own column, or nowhere.
    Row,
    List(&'l LabelList),
    All(Label),
}

pub(super) fn run(args: LintArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    if args.files.len() + args.bots.len() + args.humans.len() > MOST_FILES {
        bail!("at most {MOST_FILES} files can be looked at together");
    }
    let given = args.labels.as_deref().map(LabelList::open).transpose()?;
    let options = args.read.options()?;
    let mut lint = Lint::default();
    if let Some(list) = &given {
        lint.labels_came_from(list);
    }
    for path in &args.files {
        let beside = match (&given, &args.label, sibling_labels(path)) {
            (None, None, Some(list)) => Some(LabelList::open(&list)?),
            _ => None,
        };
        let labels = given.as_ref().or(beside.as_ref()).map_or(Labels::Row, Labels::List);
        let options = ReadOptions { label_column: args.label.clone(), ..options.clone() };
        take(&mut lint, path, &options, labels, &args.run, &console)?;
    }
    for (paths, label) in [(&args.bots, Label::Bot), (&args.humans, Label::Human)] {
        for path in paths {
            take(&mut lint, path, &options, Labels::All(label), &args.run, &console)?;
        }
    }
    let report = lint.report();
    let doubts = match &args.doubtful {
        Some(path) => look_again(path, &args, &options, given.as_ref(), &console)?,
        None => String::new(),
    };
    let text = match args.format {
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
        Format::Text => text(&report) + &doubts,
    };
    write_result(args.output.as_deref(), &text)?;
    Ok(if report.count(Severity::Serious) == 0 { Done::Whole } else { Done::WithRejects })
}

/// Finds labels that look wrong, file by file, and writes them to `path`.
fn look_again(
    path: &Path,
    args: &LintArgs,
    options: &ReadOptions,
    given: Option<&LabelList>,
    console: &Console,
) -> anyhow::Result<String> {
    args.run.limit_pool();
    let (mut text, mut all) = (String::new(), Vec::new());
    for file in &args.files {
        if file.as_os_str() == "-" {
            bail!("--doubtful reads the accounts twice: give the file by its name, not as standard input");
        }
        let beside = match (given, &args.label, sibling_labels(file)) {
            (None, None, Some(list)) => Some(LabelList::open(&list)?),
            _ => None,
        };
        let options = ReadOptions { label_column: args.label.clone(), ..options.clone() };
        let name = visible(&file.display().to_string()).into_owned();
        let samples = Samples::of_file(file, &options, given.or(beside.as_ref()), args.run.threads())
            .with_context(|| format!("{name}: --doubtful needs labels: --label COLUMN or --labels LIST"))?;
        console.say(format_args!("{name}: five fits, each without a fifth of the accounts"));
        let unseen = cross_fitted(&samples).with_context(|| name.clone())?;
        let Some(found) = doubtful(&samples.labels, &unseen.p_bot) else { continue };
        let wanted: HashMap<u64, Doubt> = found.doubts.iter().map(|d| (samples.row[d.at], *d)).collect();
        let mut accounts = HashMap::new();
        let mut input = open_input(file, &options)?;
        let parser = input.parser();
        in_order(
            &mut input,
            args.run.threads(),
            |chunk| {
                let mut part = Vec::new();
                parser.parse(chunk, |row| {
                    if wanted.contains_key(&row.number) {
                        part.push((row.number, row.account.into_owned()));
                    }
                });
                part
            },
            |part| {
                accounts.extend(part);
                Ok::<(), anyhow::Error>(())
            },
        )?;
        let told: Vec<Told> = found
            .doubts
            .iter()
            .filter_map(|doubt| {
                let row = samples.row[doubt.at];
                let scorer = &unseen.scorers[unseen.fold[doubt.at]];
                let told = Told::new(scorer, accounts.get(&row)?, samples.labels[doubt.at], doubt.p_bot);
                Some(Told { file: file.display().to_string(), row, ..told })
            })
            .collect();
        if args.files.len() > 1 {
            text += &format!("\n{name}");
        }
        text += &doubtful::text(&found, &samples.labels, &told, path);
        all.extend(told);
    }
    doubtful::write(path, &all)?;
    Ok(text)
}

/// Scores of rows by fits that had not seen their accounts.
struct Unseen {
    /// Probability of being a bot where bots are half.
    p_bot: Vec<f64>,
    /// A scorer a fold.
    scorers: Vec<Scorer>,
    /// The fold of each row.
    fold: Vec<usize>,
}

fn cross_fitted(samples: &Samples) -> anyhow::Result<Unseen> {
    let everything: Vec<usize> = (0..samples.len()).collect();
    let (bots, humans) = samples.classes(&everything);
    if bots.min(humans) < LEAST_LABELS {
        bail!(TrainError::TooFew { bots, humans, least: LEAST_LABELS });
    }
    let recipe = Recipe::standard();
    let fold: Vec<usize> = five_folds(samples, &everything).into_iter().map(usize::from).collect();
    let mut raw = vec![0.0; samples.len()];
    let mut fits = Vec::new();
    for number in 0..5 {
        let rest: Vec<usize> = everything.iter().copied().filter(|row| fold[*row] != number).collect();
        let fit = fit_recipe(samples, &rest, &recipe)?;
        for row in everything.iter().copied().filter(|row| fold[*row] == number) {
            raw[row] = fit.raw(samples, row);
        }
        fits.push(fit);
    }
    let weights = balanced_weights(samples, &everything);
    let calibration = Calibration::learn(&raw, &samples.labels, &weights, 0.5)?;
    let p_bot = raw.iter().map(|raw| sigmoid(calibration.apply(*raw, 0.5))).collect();
    let scorers = fits
        .into_iter()
        .map(|fit| Scorer::new(model_of(samples, &everything, &recipe, fit, calibration), Some(0.5)))
        .collect();
    Ok(Unseen { p_bot, scorers, fold })
}

/// The fewest labels of each class from which doubt can be cast.
const LEAST_LABELS: usize = 25;

fn take(
    lint: &mut Lint,
    path: &Path,
    options: &ReadOptions,
    labels: Labels<'_>,
    run: &RunArgs,
    console: &Console,
) -> anyhow::Result<()> {
    let mut input = open_input(path, options)?;
    let name = path.display().to_string();
    let file = lint.begin_file(name.clone(), input.dialect(), input.mapping().clone());
    let met = read_rows(
        &mut input,
        run,
        console,
        |_| Part::default(),
        |part, row| {
            let label = match labels {
                Labels::Row => row.label,
                Labels::List(list) => row.account.id.as_deref().and_then(|id| list.get(id)),
                Labels::All(label) => Some(label),
            };
            part.add(file, row, label);
        },
        |part| {
            lint.add(part);
            Ok(())
        },
    )?;
    console.say(format_args!("{}: {}", visible(&name), met.account_sound()));
    Ok(())
}

/// Width of the report, characters.
const WIDTH: usize = 80;

fn text(report: &Report) -> String {
    let mut out = String::new();
    let of = |n: fn(&crate::lint::FileSummary) -> u64| report.files.iter().map(n).sum::<u64>();
    let labelled = of(|f| f.bots) + of(|f| f.humans) > 0;
    let width = report.files.iter().map(|f| visible(&f.file).chars().count()).max().unwrap_or(0).max(4);
    let _ = write!(out, "{:width$}  {:>10}  {:>8}", "file", "rows", "damaged");
    let _ = if labelled {
        writeln!(out, "  {:>10}  {:>10}  {:>10}  read as", "bots", "people", "no label")
    } else {
        writeln!(out, "  read as")
    };
    for file in &report.files {
        let _ = write!(out, "{:width$}  {:>10}  {:>8}", visible(&file.file), file.rows, file.damaged);
        if labelled {
            let _ = write!(out, "  {:>10}  {:>10}  {:>10}", file.bots, file.humans, file.unlabelled);
        }
        let _ = writeln!(out, "  {}", file.dialect);
    }
    leaks(&mut out, report, labelled);
    let [serious, warnings, notes] =
        [Severity::Serious, Severity::Warning, Severity::Note].map(|severity| report.count(severity));
    let _ = writeln!(out, "\n{serious} serious, {warnings} to look at, {notes} good to know");
    for finding in &report.findings {
        out.push('\n');
        one(&mut out, finding, report.files.len() > 1);
    }
    out
}

fn leaks(out: &mut String, report: &Report, labelled: bool) {
    if !labelled {
        let _ = writeln!(out, "\nno labels, so what gives them away was not measured (see --help)");
        return;
    }
    // A gap that says next to nothing is no news; dates and ids are always shown.
    let shown: Vec<_> =
        report.leaks.iter().filter(|leak| leak.clue != Clue::Missing || leak.auc >= 0.55).collect();
    if shown.is_empty() {
        let _ = writeln!(out, "\ntoo few accounts of either class to measure what gives the label away");
        return;
    }
    let width = shown.iter().map(|leak| leak.name.chars().count()).max().unwrap_or(0);
    let _ = writeln!(
        out,
        "\n{:width$}  {:>7}  {:16}  {:>7}  how well it alone tells bots from people",
        "", "ROC AUC", "95 % interval", "in bins"
    );
    for leak in shown {
        let binned = leak.auc_in_bins.map_or_else(|| "-".into(), |auc| format!("{auc:.3}"));
        let _ = writeln!(
            out,
            "{:width$}  {:>7.3}  {:16}  {binned:>7}  {}",
            leak.name,
            leak.auc,
            format!("{:.3} to {:.3}", leak.low, leak.high),
            leak.direction
        );
    }
}

fn one(out: &mut String, finding: &Finding, several: bool) {
    let severity = match finding.severity {
        Severity::Serious => "SERIOUS",
        Severity::Warning => "look at",
        Severity::Note => "note",
    };
    let _ = writeln!(out, "{severity:8} {}", finding.code);
    if several && !finding.files.is_empty() {
        let files: Vec<_> = finding.files.iter().map(|file| visible(file)).collect();
        paragraph(out, "in", &files.join(", "));
    }
    paragraph(out, "what", &finding.what);
    for example in &finding.examples {
        paragraph(out, "e.g.", example);
    }
    paragraph(out, "why", &finding.why);
    paragraph(out, "do", &finding.advice);
}

/// A paragraph behind its title, broken at spaces.
fn paragraph(out: &mut String, title: &str, text: &str) {
    const INDENT: usize = 9;
    let mut line = format!("    {title:5}");
    for word in text.split(' ') {
        let taken = line.chars().count();
        if taken > INDENT && taken + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{line}");
            line = " ".repeat(INDENT);
        }
        if line.chars().count() > INDENT {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}
