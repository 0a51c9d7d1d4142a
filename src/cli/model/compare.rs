//! `botsieve model compare`: what changed from one model to another, and which accounts of a file flip.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use serde::Serialize;

use super::super::draw::{Bars, colour, width, wrapped};
use super::super::rows::read_rows;
use super::super::{
    Console, Done, Format, ReadArgs, RunArgs, open_input, open_output, parse_share, plural,
    say_what_is_missing, write_result,
};
use crate::model::{
    Band, Bands, EVIDENCE, HeldOut, Model, ModelChange, Scorer, compare_models, short_number,
};
use crate::safe::{csv_cell, json_line, one_line, visible};
use crate::scores::to_places;

/// Compare two models: features, curves, calibration, bands, sources and figures; with FILE, the accounts that flip.
///
/// Curves are compared after calibration, in the middles of the bins of both: the mean difference is weighted by the
/// bins' shares of the training accounts. With FILE both models score every account of it: how many change band, which
/// p_bot change most, and the accounts that flip.
#[derive(Args, Debug)]
pub(super) struct CompareArgs {
    /// The first model; `default` is the embedded one
    #[arg(value_name = "A")]
    first: PathBuf,

    /// The second model; `default` is the embedded one
    #[arg(value_name = "B")]
    second: PathBuf,

    /// File with accounts to score with both
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Share of bots at which p_bot of both is meant [default: that of each]
    #[arg(long, value_name = "SHARE", value_parser = parse_share, allow_negative_numbers = true)]
    prevalence: Option<f64>,

    /// Flipping accounts and curves to print
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the comparison
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// All accounts that flip, as CSV, in the order of the file
    #[arg(long, short, value_name = "FILE", requires = "file")]
    output: Option<PathBuf>,
}

/// An account scored with both models.
#[derive(Clone, Debug, Serialize)]
struct Pair {
    row: u64,
    id: String,
    screen_name: String,
    p_bot_a: Option<f64>,
    p_bot_b: Option<f64>,
    band_a: Band,
    band_b: Band,
}

impl Pair {
    fn change(&self) -> f64 {
        self.p_bot_b.unwrap_or_default() - self.p_bot_a.unwrap_or_default()
    }
}

/// What became of the accounts of a file.
#[derive(Clone, Debug, Default, Serialize)]
struct Flips {
    accounts: u64,
    damaged: u64,
    changed_band: u64,
    /// Accounts by band of the first (row) and of the second model (column): genuine, look, spam, pending.
    matrix: [[u64; 4]; 4],
    mean_absolute_change: f64,
    #[serde(skip)]
    sum: f64,
    #[serde(skip)]
    both: u64,
    /// Those with the largest change of p_bot.
    largest_changes: Vec<Pair>,
    /// Those that change band, largest change of p_bot first.
    flips: Vec<Pair>,
}

/// Accounts printed for their change of p_bot alone.
const LARGEST: usize = 5;

fn keep(list: &mut Vec<Pair>, room: usize) {
    list.sort_by(|a, b| b.change().abs().total_cmp(&a.change().abs()).then(a.row.cmp(&b.row)));
    list.truncate(room);
}

impl Flips {
    fn add(&mut self, pair: Pair, limit: usize) {
        self.accounts += 1;
        self.matrix[pair.band_a as usize][pair.band_b as usize] += 1;
        if pair.p_bot_a.is_some() && pair.p_bot_b.is_some() {
            self.both += 1;
            self.sum += pair.change().abs();
            self.largest_changes.push(pair.clone());
            if self.largest_changes.len() > 4 * LARGEST {
                keep(&mut self.largest_changes, LARGEST);
            }
        }
        if pair.band_a != pair.band_b {
            self.changed_band += 1;
            self.flips.push(pair);
            if self.flips.len() > 2 * limit + 64 {
                keep(&mut self.flips, limit);
            }
        }
    }

    fn merge(&mut self, other: Flips, limit: usize) {
        self.accounts += other.accounts;
        self.damaged += other.damaged;
        self.changed_band += other.changed_band;
        self.sum += other.sum;
        self.both += other.both;
        for (mine, theirs) in self.matrix.iter_mut().flatten().zip(other.matrix.iter().flatten()) {
            *mine += theirs;
        }
        self.largest_changes.extend(other.largest_changes);
        keep(&mut self.largest_changes, LARGEST);
        self.flips.extend(other.flips);
        keep(&mut self.flips, limit);
        self.mean_absolute_change = if self.both > 0 { self.sum / self.both as f64 } else { 0.0 };
    }
}

pub(super) fn run(args: CompareArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    let first = open(&args.first)?;
    let second = open(&args.second)?;
    let change = compare_models(&first, &second);
    let flips = match &args.file {
        Some(_) => Some(score_both(&args, &first, &second, &console)?),
        None => None,
    };
    let text = match args.format {
        Format::Text => text(&args, &first, &second, &change, flips.as_ref()),
        Format::Json => json(&first, &second, &change, flips.as_ref())?,
    };
    write_result(None, &text)?;
    Ok(Done::of(flips.map_or(0, |flips| flips.damaged)))
}

fn open(path: &std::path::Path) -> anyhow::Result<Model> {
    let embedded = path.as_os_str() == "default" && !path.exists();
    super::open(if embedded { None } else { Some(path) })
}

fn score_both(args: &CompareArgs, first: &Model, second: &Model, console: &Console) -> anyhow::Result<Flips> {
    let path = args.file.as_deref().unwrap_or(std::path::Path::new("-"));
    let options = args.read.options()?;
    let scorers = [Scorer::new(first.clone(), args.prevalence), Scorer::new(second.clone(), args.prevalence)];
    let mut input = open_input(path, &options)?;
    say_what_is_missing(&input, &options, console);
    let mut output = args.output.as_deref().map(|path| open_output(Some(path))).transpose()?;
    if let Some(output) = &mut output {
        output.write_all(b"row,id,screen_name,p_bot_a,p_bot_b,change,band_a,band_b\n")?;
    }
    let limit = args.limit;
    let mut total = Flips::default();
    let met = read_rows(
        &mut input,
        &args.run,
        console,
        |_| (Flips::default(), csv::Writer::from_writer(Vec::new()), Ok(())),
        |(flips, writer, written), row| {
            if row.damage.is_some() {
                flips.damaged += 1;
                return;
            }
            let scores = scorers.each_ref().map(|scorer| scorer.score(&row.account, 0));
            let p = |at: usize| Some(&scores[at]).filter(|s| s.features_known > 0).map(|s| s.p_bot);
            let pair = Pair {
                row: row.number,
                id: row.account.id.as_deref().unwrap_or_default().to_string(),
                screen_name: row.account.handle.as_deref().unwrap_or_default().to_string(),
                p_bot_a: p(0),
                p_bot_b: p(1),
                band_a: scores[0].band,
                band_b: scores[1].band,
            };
            if pair.band_a != pair.band_b && written.is_ok() {
                *written = write_pair(writer, &pair);
            }
            flips.add(pair, limit);
        },
        |(flips, writer, written)| {
            written?;
            total.merge(flips, limit);
            let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
            if let Some(output) = &mut output {
                output.write_all(&bytes).context("cannot write the accounts that flip")?;
            }
            Ok(())
        },
    )?;
    met.rejects.report(path, console);
    console.say(met.account_sound());
    if let Some(output) = output {
        output.finish().context("cannot finish the accounts that flip")?;
    }
    Ok(total)
}

fn write_pair(writer: &mut csv::Writer<Vec<u8>>, pair: &Pair) -> csv::Result<()> {
    let p = |p: Option<f64>| p.map_or(String::new(), |p| to_places(p).to_string());
    let change = pair.p_bot_a.and(pair.p_bot_b).map(|_| pair.change());
    writer.write_record([
        pair.row.to_string().as_str(),
        &csv_cell(&pair.id),
        &csv_cell(&pair.screen_name),
        &p(pair.p_bot_a),
        &p(pair.p_bot_b),
        &p(change),
        pair.band_a.name(),
        pair.band_b.name(),
    ])
}

fn text(args: &CompareArgs, a: &Model, b: &Model, change: &ModelChange, flips: Option<&Flips>) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "A  {}: model {} ({})\nB  {}: model {} ({})\n",
        visible(&args.first.display().to_string()),
        visible(&a.name),
        visible(&a.written_by),
        visible(&args.second.display().to_string()),
        visible(&b.name),
        visible(&b.written_by)
    );
    settings(&mut out, a, b);
    features(&mut out, change, args.limit);
    sources(&mut out, a, b);
    figures(&mut out, a, b);
    if let Some(flips) = flips {
        accounts(&mut out, args, flips);
    }
    out
}

/// Two values side by side, with a mark where they differ.
fn settings(out: &mut String, a: &Model, b: &Model) {
    let _ = writeln!(out, "{:26}{:>14}{:>14}", "", "A", "B");
    let mut row = |name: &str, a: String, b: String| {
        let mark = if a == b { "" } else { "  changed" };
        let _ = writeln!(out, "{name:26}{a:>14}{b:>14}{mark}");
    };
    let off = |end: Option<f64>| end.map_or("off".into(), |end| end.to_string());
    row("features", a.features.len().to_string(), b.features.len().to_string());
    if a.pairs.len() + b.pairs.len() > 0 {
        row("pairs of features", a.pairs.len().to_string(), b.pairs.len().to_string());
    }
    row(
        "p_bot meant at",
        format!("{} %", short_number(a.prevalence * 100.0)),
        format!("{} %", short_number(b.prevalence * 100.0)),
    );
    row("calibration, slope", short_number(a.calibration.slope), short_number(b.calibration.slope));
    row(
        "calibration, intercept",
        short_number(a.calibration.intercept),
        short_number(b.calibration.intercept),
    );
    row("logit where nothing known", nothing_known(a), nothing_known(b));
    row("genuine up to", off(a.bands.genuine_up_to), off(b.bands.genuine_up_to));
    row("spam from", off(a.bands.spam_from), off(b.bands.spam_from));
    let evidence = |bands: &Bands| if bands.spam_needs_evidence { EVIDENCE } else { "nothing" }.to_string();
    row("spam asks for, besides", evidence(&a.bands), evidence(&b.bands));
    row("pending below, features", a.bands.min_features.to_string(), b.bands.min_features.to_string());
}

fn nothing_known(model: &Model) -> String {
    format!("{:.4}", model.calibration.apply(model.intercept, model.prevalence))
}

fn features(out: &mut String, change: &ModelChange, limit: usize) {
    let _ = writeln!(out, "\nFeatures");
    for (names, words) in [(&change.gone, "only in A"), (&change.new, "only in B")] {
        if !names.is_empty() {
            let _ = writeln!(out, "  {words}: {}", wrapped(&names.join(", "), width().saturating_sub(14), 4));
        }
    }
    let moved: Vec<_> = change.changed.iter().filter(|c| c.largest.abs() >= 0.0005).collect();
    let same = change.changed.len() - moved.len();
    if moved.is_empty() {
        let _ = writeln!(out, "  the curves of the {same} features of both are the same");
        return;
    }
    let bars = Bars::new(8, moved.iter().map(|c| c.largest.abs()).fold(0.0, f64::max), colour());
    let longest = moved.iter().map(|c| c.label.chars().count()).max().unwrap_or(0);
    let _ = writeln!(out, "  {:longest$}   mean |B-A|  {}  largest B-A, at", "in both", bars.heading());
    for c in moved.iter().take(limit) {
        let _ = writeln!(
            out,
            "  {:longest$}  {:>10.3}   {}  {:>+6.3} {}",
            c.label,
            c.mean,
            bars.draw(c.largest),
            c.largest,
            c.at
        );
    }
    if moved.len() > limit {
        let _ = writeln!(out, "  and {} more (--limit)", moved.len() - limit);
    }
    if same > 0 {
        let _ = writeln!(out, "  the curves of {same} more are the same");
    }
}

fn sources(out: &mut String, a: &Model, b: &Model) {
    let _ = writeln!(out, "\nTraining sources");
    let (a, b) = (&a.training.sources, &b.training.sources);
    let mut same = 0;
    for source in a.iter() {
        let name = visible(&source.name);
        match b.iter().find(|other| other.name == source.name) {
            None => {
                let _ = writeln!(out, "  only in A: {name} ({} bots, {} humans)", source.bots, source.humans);
            }
            Some(other) if (other.bots, other.humans) != (source.bots, source.humans) => {
                let _ = writeln!(
                    out,
                    "  {name}: {} bots and {} humans in A, {} and {} in B",
                    source.bots, source.humans, other.bots, other.humans
                );
            }
            Some(other) if hashes(other) != hashes(source) => {
                let _ = writeln!(out, "  {name}: the same counts from other files");
            }
            Some(_) => same += 1,
        }
    }
    for source in b.iter().filter(|source| a.iter().all(|other| other.name != source.name)) {
        let name = visible(&source.name);
        let _ = writeln!(out, "  only in B: {name} ({} bots, {} humans)", source.bots, source.humans);
    }
    let _ = writeln!(out, "  the same in both: {same}");
}

fn hashes(source: &crate::model::SourceRecord) -> Vec<&str> {
    source.files.iter().map(|file| file.sha256.as_str()).collect()
}

fn figures(out: &mut String, a: &Model, b: &Model) {
    let shared: Vec<(&HeldOut, &HeldOut)> = a
        .held_out
        .iter()
        .filter_map(|one| Some((one, b.held_out.iter().find(|other| other.source == one.source)?)))
        .collect();
    let _ = writeln!(out, "\nOn sources left out of training, ROC AUC [95 %] and balanced accuracy");
    if shared.is_empty() {
        let _ = writeln!(
            out,
            "  no source was left out for both: measure both with `botsieve evaluate` on one file"
        );
        return;
    }
    let longest = shared.iter().map(|(h, _)| h.source.chars().count()).max().unwrap_or(0).max(6);
    let _ = writeln!(out, "  {:longest$}  {:21}  {:21}  {:>6}   {:>5}  {:>5}", "", "A", "B", "B-A", "A", "B");
    let with_interval = |h: &HeldOut| {
        let ends = h.roc_auc_interval.map(|[lo, hi]| format!(" [{lo:.3}, {hi:.3}]")).unwrap_or_default();
        format!("{:.3}{ends}", h.roc_auc)
    };
    for (one, other) in &shared {
        let _ = writeln!(
            out,
            "  {:longest$}  {:21}  {:21}  {:>+6.3}   {:.3}  {:.3}",
            visible(&one.source),
            with_interval(one),
            with_interval(other),
            other.roc_auc - one.roc_auc,
            one.balanced_accuracy,
            other.balanced_accuracy
        );
    }
    let n = shared.len() as f64;
    let mean = |of: &dyn Fn(&(&HeldOut, &HeldOut)) -> f64| shared.iter().map(of).sum::<f64>() / n;
    let (auc_a, auc_b) = (mean(&|p| p.0.roc_auc), mean(&|p| p.1.roc_auc));
    let _ = writeln!(
        out,
        "  {:longest$}  {auc_a:<21.3}  {auc_b:<21.3}  {:>+6.3}   {:.3}  {:.3}",
        "mean",
        auc_b - auc_a,
        mean(&|p| p.0.balanced_accuracy),
        mean(&|p| p.1.balanced_accuracy)
    );
    let only = (a.held_out.len() - shared.len(), b.held_out.len() - shared.len());
    if only != (0, 0) {
        let _ = writeln!(out, "  left out for one of them only: {} in A, {} in B", only.0, only.1);
    }
}

fn accounts(out: &mut String, args: &CompareArgs, flips: &Flips) {
    let path = args.file.as_deref().map_or(String::new(), |path| path.display().to_string());
    let _ = writeln!(
        out,
        "\n{}: {}, {} of them in another band{}",
        visible(&path),
        plural(flips.accounts, "account"),
        flips.changed_band,
        if flips.damaged > 0 { format!("; {} could not be read", flips.damaged) } else { String::new() }
    );
    let _ = writeln!(out, "\n  {:>9}  B: genuine     look     spam  pending", "");
    for (band, row) in Band::ALL.iter().zip(&flips.matrix) {
        let _ =
            writeln!(out, "  A: {:7} {:>9} {:>8} {:>8} {:>8}", band.name(), row[0], row[1], row[2], row[3]);
    }
    let _ = writeln!(out, "\n  mean absolute change of p_bot: {:.4}", flips.mean_absolute_change);
    let mut list = |title: &str, pairs: &[Pair]| {
        if pairs.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "\n  {title}\n  {:>8}  {:>6}  {:>6}  {:>7}  bands, account",
            "row", "A", "B", "B-A"
        );
        let p = |p: Option<f64>| p.map_or_else(|| "-".into(), |p| format!("{p:.3}"));
        for pair in pairs {
            let who = match (pair.screen_name.as_str(), pair.id.as_str()) {
                ("", "") => String::new(),
                ("", id) => format!("id {}", one_line(id, 30)),
                (handle, _) => format!("@{}", one_line(handle, 30)),
            };
            let bands = if pair.band_a == pair.band_b {
                pair.band_a.name().to_string()
            } else {
                format!("{} to {}", pair.band_a.name(), pair.band_b.name())
            };
            let _ = writeln!(
                out,
                "  {:>8}  {:>6}  {:>6}  {:>+7.3}  {bands}  {who}",
                pair.row,
                p(pair.p_bot_a),
                p(pair.p_bot_b),
                pair.change()
            );
        }
    };
    list("Largest changes of p_bot", &flips.largest_changes);
    list("Accounts that change band", &flips.flips);
    let more = flips.changed_band - flips.flips.len() as u64;
    if more > 0 {
        let _ = writeln!(out, "  and {more} more; all with -o FLIPS.csv");
    }
    if let Some(output) = &args.output {
        let _ = writeln!(out, "\nAll that change band are in {}.", visible(&output.display().to_string()));
    }
}

#[derive(Serialize)]
struct JsonModel<'a> {
    name: &'a str,
    written_by: &'a str,
    prevalence: f64,
    calibration: &'a crate::model::Calibration,
    intercept: f64,
    bands: &'a crate::model::Bands,
    sources: Vec<(&'a str, usize, usize)>,
    held_out: &'a [HeldOut],
}

impl<'a> JsonModel<'a> {
    fn of(model: &'a Model) -> JsonModel<'a> {
        JsonModel {
            name: &model.name,
            written_by: &model.written_by,
            prevalence: model.prevalence,
            calibration: &model.calibration,
            intercept: model.intercept,
            bands: &model.bands,
            sources: model.training.sources.iter().map(|s| (s.name.as_str(), s.bots, s.humans)).collect(),
            held_out: &model.held_out,
        }
    }
}

#[derive(Serialize)]
struct JsonComparison<'a> {
    a: JsonModel<'a>,
    b: JsonModel<'a>,
    features: &'a ModelChange,
    accounts: Option<&'a Flips>,
}

fn json(a: &Model, b: &Model, change: &ModelChange, flips: Option<&Flips>) -> anyhow::Result<String> {
    let all = JsonComparison { a: JsonModel::of(a), b: JsonModel::of(b), features: change, accounts: flips };
    let mut out = Vec::new();
    json_line(&mut out, &all)?;
    out.push(b'\n');
    Ok(String::from_utf8(out)?)
}
