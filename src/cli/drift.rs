//! `botsieve drift`: is this batch like the accounts the model was trained on?

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use super::rows::read_blocks;
use super::{
    Console, Done, Format, ModelArgs, ReadArgs, RunArgs, open_input, plural, say_what_is_missing,
    write_result,
};
use crate::evaluate::{BinCounts, FeatureDrift, Moved, Verdict};
use crate::ingest::ReadOptions;
use crate::model::{Parts, Scorer};
use crate::safe::visible;
use crate::scores::score_sound;

/// Compare a batch with the accounts the model was trained on, or with another batch: has the population shifted?
///
/// For every feature of the model: the population stability index of its values (under 0.1 stable, 0.1 to 0.25 watch,
/// above shifted; an index that chance alone explains in a batch of this size is called unknown), the bin that moved
/// the most, and how often it is missing. A shifted batch is not a worse one: scores are then an educated guess rather
/// than a measured one, and shares of bots and bands are to be trusted less.
#[derive(Args, Debug)]
pub(super) struct DriftArgs {
    /// File with accounts (CSV, TSV, JSON, JSON lines; plain, gzip or zstd); `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Compare with the accounts of this file instead of the training accounts: last month's batch, say
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,

    #[command(flatten)]
    model: ModelArgs,

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

/// The report as programs read it.
#[derive(serde::Serialize)]
struct Report {
    file: String,
    against: String,
    model: String,
    rows: u64,
    damaged: u64,
    shifted: usize,
    watch: usize,
    compared: usize,
    missing_everywhere: usize,
    far: bool,
    features: Vec<FeatureDrift>,
}

pub(super) fn run(args: DriftArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    let scorer = args.model.scorer()?;
    let options = args.read.options()?;
    let (bins, mut damaged) = read(&args.file, &options, &scorer, &args.run, &console)?;
    let read_damaged = damaged;
    let (features, against) = match &args.against {
        None => (bins.against_training(scorer.model()), TRAINING.to_string()),
        Some(path) => {
            let (other, more) = read(path, &options, &scorer, &args.run, &console)?;
            damaged += more;
            (bins.against(&other, scorer.model()), path.display().to_string())
        }
    };
    let summary = Summary::of(&features);
    let report = Report {
        file: args.file.display().to_string(),
        against,
        model: scorer.model().name.clone(),
        rows: bins.rows(),
        damaged: read_damaged,
        shifted: summary.shifted,
        watch: summary.watch,
        compared: summary.compared,
        missing_everywhere: summary.missing,
        far: summary.far(),
        features,
    };
    let text = match args.format {
        Format::Text => text(&report),
        Format::Json => serde_json::to_string_pretty(&report)? + "\n",
    };
    write_result(args.output.as_deref(), &text)?;
    Ok(Done::of(damaged))
}

/// The accounts of a file in the bins of the model, and its damaged rows.
fn read(
    path: &Path,
    options: &ReadOptions,
    scorer: &Scorer,
    run: &RunArgs,
    console: &Console,
) -> anyhow::Result<(BinCounts, u64)> {
    let mut input = open_input(path, options)?;
    say_what_is_missing(&input, options, console);
    let mut bins = BinCounts::new(scorer.model());
    let met = read_blocks(
        &mut input,
        run,
        console,
        |_| (BinCounts::new(scorer.model()), Parts::default()),
        |(bins, parts), rows| {
            score_sound(scorer, rows, parts, |_, parts| {
                bins.add(scorer.model(), |term| parts.value(term));
            });
        },
        |(part, _)| {
            bins.merge(&part);
            Ok(())
        },
    )?;
    met.rejects.report(path, console);
    console.say(met.account_sound());
    Ok((bins, met.rejects.count))
}

/// Features by verdict.
struct Summary {
    shifted: usize,
    watch: usize,
    compared: usize,
    missing: usize,
}

impl Summary {
    fn of(features: &[FeatureDrift]) -> Summary {
        let count = |verdict| features.iter().filter(|f| f.verdict == Some(verdict)).count();
        Summary {
            shifted: count(Verdict::Shifted),
            watch: count(Verdict::Watch),
            compared: features.iter().filter(|f| f.verdict.is_some()).count(),
            missing: features.iter().filter(|f| f.known == 0).count(),
        }
    }

    /// Half of what can be compared has shifted.
    fn far(&self) -> bool {
        self.compared > 0 && 2 * self.shifted >= self.compared
    }
}

const TRAINING: &str = "the training accounts";

/// One line on standard error where a batch that is being scored is far from the training accounts.
pub(super) fn warn(bins: &BinCounts, scorer: &Scorer, path: &Path, console: &Console) {
    if let Some(words) = far(bins, scorer) {
        console.say(format_args!("{}: {words}", visible(&path.display().to_string())));
    }
}

/// What to say of a batch that is far from the training accounts; `None` where it is not.
pub(super) fn far(bins: &BinCounts, scorer: &Scorer) -> Option<String> {
    let summary = Summary::of(&bins.against_training(scorer.model()));
    summary.far().then(|| {
        format!(
            "unlike the accounts the model was trained on ({} of {} features shifted): trust the order more than the \
             probabilities; `botsieve drift` shows which",
            summary.shifted, summary.compared
        )
    })
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}: {} against {}; model {}\n",
        visible(&report.file),
        plural(report.rows, "account"),
        visible(&report.against),
        visible(&report.model)
    );
    let width = report.features.iter().map(|f| f.feature.len()).max().unwrap_or(7).max(7);
    let _ = writeln!(
        out,
        "{:width$}  {:>6}  {:8}  {:>7}  {:>7}  what moved most",
        "feature", "PSI", "verdict", "missing", "before"
    );
    for f in &report.features {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let index = f.values.map_or_else(|| "-".into(), |values| format!("{:.3}", values.index));
        let verdict = f.verdict.map_or("missing", Verdict::name);
        let moved = match (f.verdict, &f.moved) {
            (Some(Verdict::Watch | Verdict::Shifted), Some(moved)) => words(moved),
            _ => String::new(),
        };
        let line = format!(
            "{:width$}  {index:>6}  {verdict:8}  {:>7}  {:>7}  {moved}",
            f.feature,
            percent(f.missing),
            percent(f.missing_expected)
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
    let _ = writeln!(out, "\n{}", verdict(report));
    if report.against == TRAINING {
        out.push_str(
            "Bots and people count half each among the training accounts: a list with few bots differs by that too.\n",
        );
    }
    out
}

fn words(moved: &Moved) -> String {
    let end = |edge: f64| {
        if edge == 0.0 || (0.01..1e6).contains(&edge.abs()) {
            let digits = format!("{edge:.2}");
            digits.trim_end_matches('0').trim_end_matches('.').to_string()
        } else {
            format!("{edge:.1e}")
        }
    };
    let bin = match (moved.above, moved.up_to) {
        (Some(above), Some(up_to)) => format!("over {} to {}", end(above), end(up_to)),
        (Some(above), None) => format!("over {}", end(above)),
        (None, Some(up_to)) => format!("up to {}", end(up_to)),
        (None, None) => "all".into(),
    };
    format!("{bin}: {:.0} %, was {:.0} %", moved.found * 100.0, moved.expected * 100.0)
}

fn verdict(report: &Report) -> String {
    if report.compared == 0 {
        return "No feature of the model is known in both: there is nothing to compare.".into();
    }
    let unknown = report.features.iter().filter(|f| f.verdict == Some(Verdict::Unknown)).count();
    let mut out = format!(
        "{} of {} features shifted (PSI over 0.25), {} to watch (0.1 to 0.25)",
        report.shifted, report.compared, report.watch
    );
    if unknown > 0 {
        let _ = write!(out, ", {unknown} unknown: too few accounts to tell a change from chance");
    }
    if report.missing_everywhere > 0 {
        let _ = write!(
            out,
            ".\n{} of the model's features cannot be computed from this file",
            report.missing_everywhere
        );
    }
    out.push_str(match (report.far, report.shifted + report.watch) {
        (true, _) => {
            ".\nWARNING: this is another population. The model may still rank its accounts, but p_bot, the bands and \
             the share of\nbots were measured on others: look before you believe, and if you can label a few hundred \
             accounts, run `botsieve\nevaluate` on them."
        }
        (false, 0) => ".\nThe batch is like what it is compared with: scores mean what they meant there.",
        (false, _) => {
            ".\nThe batch differs in some features. Where a shifted feature is among an account's reasons, trust that \
             reason less."
        }
    });
    out
}
