//! `botsieve model show`: what a model is and the curve of each of its features.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::super::draw::{BOT, Bars, FAINT, PERSON, colour, paint, width, wrapped};
use super::super::explain::share_words;
use super::super::{Done, plural, write_result};
use crate::model::{Model, ShownCurve, ShownPair, ShownRange, short_number, shown_curves, shown_pairs};
use crate::safe::{json_line, visible};

/// Draw a model: what it is, its bands, the curve of every feature, and the grids of its pairs.
///
/// One line a bin: its range, its share of the training accounts (weighted, where the feature is known), and what it
/// adds to the calibrated log-odds, to the left for a person, to the right for a bot. Curves that move scores most
/// come first. Where a curve has a slope too, the value in the middle of the bin is drawn. Where two features add
/// something together, beyond their curves, a table has a row a bin of the first and a column a bin of the second; the
/// default model has no such pairs, one that `botsieve train FILE` made may have 20.
#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    /// Model file that `botsieve train` wrote [default: the embedded model]
    #[arg(long, short, value_name = "FILE")]
    model: Option<PathBuf>,

    /// Show only this feature and its pairs, or only the pair "A x B" (may be given several times)
    #[arg(long, value_name = "NAME")]
    feature: Vec<String>,

    /// Form of the output; csv has one line a bin, and one a cell of a pair
    #[arg(long, value_enum, default_value_t = ShowFormat::Text)]
    format: ShowFormat,

    /// Where it goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum ShowFormat {
    /// For people
    Text,
    /// For programs: the header and all curves
    Json,
    /// For plotting: one line a bin
    Csv,
}

pub(super) fn run(args: ShowArgs) -> anyhow::Result<Done> {
    let model = super::open(args.model.as_deref())?;
    let mut curves = shown_curves(&model);
    let mut pairs = shown_pairs(&model);
    let names = || curves.iter().map(|c| &c.label).chain(pairs.iter().map(|p| &p.label));
    if let Some(unknown) = args.feature.iter().find(|name| names().all(|known| known != *name)) {
        let names: Vec<&str> = names().map(String::as_str).collect();
        bail!("the model has no feature {:?}; it has: {}", visible(unknown), names.join(", "));
    }
    if !args.feature.is_empty() {
        let asked = |name: &String| args.feature.contains(name);
        curves.retain(|curve| asked(&curve.label));
        pairs.retain(|pair| asked(&pair.label) || pair.features.iter().any(asked));
    }
    let text = match args.format {
        ShowFormat::Text => {
            let colour = args.output.is_none() && colour();
            let mut out = if args.feature.is_empty() { header(&model, width()) } else { String::new() };
            out.push_str(&drawn(&curves, width(), colour));
            if !curves.is_empty() && !pairs.is_empty() {
                out.push('\n');
            }
            let grids: Vec<String> = pairs.iter().map(|pair| grid(pair, width(), colour)).collect();
            out.push_str(&grids.join("\n"));
            out
        }
        ShowFormat::Json => json(&model, &curves, &pairs)?,
        ShowFormat::Csv => csv(&curves, &pairs)?,
    };
    write_result(args.output.as_deref(), &text)?;
    Ok(Done::Whole)
}

/// What stands above the curves.
fn header(model: &Model, width: usize) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "Model {}", visible(&model.name));
    let mut row = |name: &str, text: String| {
        let _ = writeln!(out, "  {name:12} {}", wrapped(&visible(&text), width.saturating_sub(15), 15));
    };
    if !model.description.trim().is_empty() {
        row("for", model.description.clone());
    }
    row(
        "written by",
        format!("{} (no date is kept: the same training gives the same bytes)", model.written_by),
    );
    let sources = &model.training.sources;
    let families: std::collections::BTreeSet<&str> = sources.iter().map(|s| s.family.as_str()).collect();
    row(
        "trained on",
        format!(
            "{} in {}: {} bots, {} humans",
            plural(sources.len() as u64, "source"),
            if families.len() == 1 { "1 family".into() } else { format!("{} families", families.len()) },
            short_count(sources.iter().map(|s| s.bots).sum()),
            short_count(sources.iter().map(|s| s.humans).sum())
        ),
    );
    row(
        "p_bot",
        format!("meant where {} % are bots, unless another share is stated", percent(model.prevalence)),
    );
    let c = &model.calibration;
    let pairs = if model.pairs.is_empty() { "" } else { " + pairs" };
    row(
        "logit",
        format!(
            "{} * (intercept {} + curves{pairs}) {:+} {:+.6} for the share of bots",
            c.slope,
            model.intercept,
            c.intercept,
            c.offset(model.prevalence) - c.intercept
        ),
    );
    let bands = &model.bands;
    let end = |end: Option<f64>, words: &str| end.map_or("off".to_string(), |end| format!("{words} {end}"));
    row(
        "bands",
        format!(
            "genuine {}; spam {}{}; look otherwise; pending with fewer than {} features known",
            end(bands.genuine_up_to, "up to p_bot"),
            end(bands.spam_from, "from p_bot"),
            bands.evidence_words(),
            bands.min_features
        ),
    );
    row("", format!("chosen {}", bands.chosen));
    if !model.held_out.is_empty() {
        let n = model.held_out.len() as f64;
        let mean = |of: fn(&crate::model::HeldOut) -> f64| model.held_out.iter().map(of).sum::<f64>() / n;
        row(
            "left out",
            format!(
                "{}: mean ROC AUC {:.3}, mean balanced accuracy {:.3} (each: `botsieve model card`)",
                plural(model.held_out.len() as u64, "source"),
                mean(|h| h.roc_auc),
                mean(|h| h.balanced_accuracy)
            ),
        );
    }
    row("features", format!("{}, those that move scores most first", model.features.len()));
    if !model.pairs.is_empty() {
        row("pairs", format!("{}, behind the features: what two of them add together", model.pairs.len()));
    }
    out.push('\n');
    out
}

fn percent(share: f64) -> String {
    short_number(share * 100.0)
}

fn short_count(n: usize) -> String {
    // Counts are shown whole: `short_number` cuts only what is behind the point.
    short_number(n as f64)
}

fn drawn(curves: &[ShownCurve], width: usize, colour: bool) -> String {
    let mut out = String::new();
    let bins = || curves.iter().flat_map(|curve| &curve.bins);
    let longest = bins().map(|bin| bin.log_odds.abs()).fold(0.0, f64::max);
    let words = bins().map(|bin| bin.words.chars().count()).max().unwrap_or(10).min(width / 3 + 4);
    // Range, share and number take this much; the rest is for the bars.
    let half = (width.saturating_sub(words + 20) / 2).clamp(6, 30);
    let bars = Bars::new(half, longest, colour);
    for (at, curve) in curves.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", paint(&curve.label, "1", colour));
        let about = format!(
            "= {} ({}); spread {:.2}, known for {}",
            curve.formula,
            curve.unit,
            curve.spread,
            share_words(Some(curve.known))
        );
        let _ = writeln!(out, "  {}", paint(&wrapped(&about, width.saturating_sub(2), 2), FAINT, colour));
        let _ = writeln!(out, "  {:words$}  share  {}", "", bars.heading());
        for bin in &curve.bins {
            let mut lines = wrapped(&bin.words, words, 0);
            let last = lines.rsplit('\n').next().unwrap_or_default().to_string();
            lines.truncate(lines.len() - last.len());
            for line in lines.lines() {
                let _ = writeln!(out, "  {line}");
            }
            let _ = writeln!(
                out,
                "  {last:words$}  {:>5}  {} {:>+6.2}",
                share_words(Some(bin.share)),
                bars.draw(bin.log_odds),
                bin.log_odds
            );
        }
    }
    out
}

/// The table of a pair: a row a bin of the first feature, a column a bin of the second.
fn grid(pair: &ShownPair, width: usize, colour: bool) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", paint(&pair.label, "1", colour));
    let about = format!(
        "rows: {}; columns: {}; a dot: no training account; spread {:.2}, both known for {}",
        pair.features[0],
        pair.features[1],
        pair.spread,
        share_words(Some(pair.known))
    );
    let _ = writeln!(out, "  {}", paint(&wrapped(&about, width.saturating_sub(2), 2), FAINT, colour));
    let rows: Vec<String> = pair.rows.iter().map(narrow).collect();
    let columns: Vec<String> = pair.columns.iter().map(narrow).collect();
    let widest = |texts: &[String]| texts.iter().map(|text| text.chars().count()).max().unwrap_or(0);
    let (label, cell) = (widest(&rows), widest(&columns).max(5));
    // Closer together where the table would be wider than the screen.
    let cell = cell + if 2 + label + columns.len() * (cell + 2) > width { 1 } else { 2 };
    let heading: String = columns.iter().map(|text| format!("{text:>cell$}")).collect();
    let _ = writeln!(out, "  {:label$}{}", "", paint(&heading, FAINT, colour));
    for (at, row) in rows.iter().enumerate() {
        let cells = pair.log_odds[at].iter().zip(&pair.shares[at]);
        let cells: String = cells
            .map(|(log_odds, share)| {
                let text = if *share > 0.0 { format!("{log_odds:+.2}") } else { "·".into() };
                let code = match *log_odds {
                    _ if *share <= 0.0 => FAINT,
                    odds if odds >= 0.005 => BOT,
                    odds if odds <= -0.005 => PERSON,
                    _ => FAINT,
                };
                format!("{:>gap$}{}", "", paint(&text, code, colour), gap = cell - text.chars().count())
            })
            .collect();
        let _ = writeln!(out, "  {row:>label$}{cells}");
    }
    out
}

/// A bin in few characters; the exact ends are in the other forms of the output.
fn narrow(range: &ShownRange) -> String {
    match (range.above, range.up_to) {
        (None, Some(to)) | (Some(_), Some(to)) => format!("≤{}", short(to)),
        (Some(above), None) => format!(">{}", short(above)),
        (None, None) => "any".into(),
    }
}

/// A number in at most seven characters, as a rule.
fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 1e9 => format!("{value:.1e}"),
        large if large >= 1e6 => format!("{:.1}M", value / 1e6),
        large if large >= 1e4 => format!("{:.0}k", value / 1e3),
        small if small > 0.0 && small < 1e-3 => format!("{value:.1e}"),
        small if small > 0.0 && small < 1e-2 => format!("{value:.4}"),
        _ => {
            let digits = 2 - value.abs().max(1e-6).log10().floor() as i32;
            let text = format!("{value:.places$}", places = usize::try_from(digits).unwrap_or(0));
            let cut =
                if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
            cut.to_string()
        }
    }
}

#[derive(Serialize)]
struct JsonShow<'a> {
    name: &'a str,
    description: &'a str,
    written_by: &'a str,
    prevalence: f64,
    calibration: &'a crate::model::Calibration,
    intercept: f64,
    bands: &'a crate::model::Bands,
    sources: usize,
    bots: usize,
    humans: usize,
    curves: &'a [ShownCurve],
    pairs: &'a [ShownPair],
}

fn json(model: &Model, curves: &[ShownCurve], pairs: &[ShownPair]) -> anyhow::Result<String> {
    let sources = &model.training.sources;
    let shown = JsonShow {
        name: &model.name,
        description: &model.description,
        written_by: &model.written_by,
        prevalence: model.prevalence,
        calibration: &model.calibration,
        intercept: model.intercept,
        bands: &model.bands,
        sources: sources.len(),
        bots: sources.iter().map(|s| s.bots).sum(),
        humans: sources.iter().map(|s| s.humans).sum(),
        curves,
        pairs,
    };
    let mut out = Vec::new();
    json_line(&mut out, &shown)?;
    out.push(b'\n');
    Ok(String::from_utf8(out)?)
}

fn csv(curves: &[ShownCurve], pairs: &[ShownPair]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "feature",
        "bin",
        "above",
        "up_to",
        "share",
        "weight",
        "middle",
        "log_odds",
        "log_odds_low",
        "log_odds_high",
        "second_above",
        "second_up_to",
    ])?;
    let edge = |edge: Option<f64>| edge.map_or(String::new(), |edge| edge.to_string());
    for curve in curves {
        for (at, bin) in curve.bins.iter().enumerate() {
            writer.write_record([
                curve.label.clone(),
                at.to_string(),
                edge(bin.above),
                edge(bin.up_to),
                bin.share.to_string(),
                bin.weight.to_string(),
                bin.middle.to_string(),
                bin.log_odds.to_string(),
                bin.log_odds_low.to_string(),
                bin.log_odds_high.to_string(),
                String::new(),
                String::new(),
            ])?;
        }
    }
    for pair in pairs {
        for (row, first) in pair.rows.iter().enumerate() {
            for (column, second) in pair.columns.iter().enumerate() {
                let log_odds = pair.log_odds[row][column].to_string();
                writer.write_record([
                    pair.label.clone(),
                    (row * pair.columns.len() + column).to_string(),
                    edge(first.above),
                    edge(first.up_to),
                    pair.shares[row][column].to_string(),
                    pair.weights[row][column].to_string(),
                    String::new(),
                    log_odds.clone(),
                    log_odds.clone(),
                    log_odds,
                    edge(second.above),
                    edge(second.up_to),
                ])?;
            }
        }
    }
    let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8(bytes)?)
}
