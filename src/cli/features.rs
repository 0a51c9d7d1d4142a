//! `botsieve features`: the vectors, and the catalogue they come from.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::rows::read_rows;
use super::train::read_sources;
use super::usage::{Misuse, misuse};
use super::{BesideArgs, Console, Done, ReadArgs, RunArgs, open_input, open_output, write_result};
use crate::features::{CATALOGUE, compute_all};
use crate::model::Manifest;
use crate::safe::{csv_cell, visible};

/// Write the feature vector of every account as CSV, a row an account, an empty cell where a value is missing; or
/// list the features with their formulas.
#[derive(Args, Debug)]
pub(super) struct FeaturesArgs {
    /// File with accounts; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["list", "manifest"])]
    file: Option<PathBuf>,

    /// Instead of a file: write the labelled training rows of a manifest, as `train` sees them. Before the features
    /// stand source, family, group (rows of one account have one number) and label (1: bot), so that any other
    /// program can be trained and tested on the same rows
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "list", "label"])]
    manifest: Option<PathBuf>,

    /// Folder that the paths of the manifest start from [default: what the manifest says]
    #[arg(long, value_name = "FOLDER", requires = "manifest")]
    data: Option<PathBuf>,

    /// Print the catalogue: name, unit, formula and source of every feature
    #[arg(long, conflicts_with_all = ["file", "only"])]
    list: bool,

    /// Write only these features, parted by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    only: Vec<String>,

    /// Column that holds the class; it is written as 1 (bot) or 0 (human) behind the status
    #[arg(long, value_name = "COLUMN")]
    label: Option<String>,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    beside: BesideArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Where the vectors go [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: FeaturesArgs) -> anyhow::Result<Done> {
    if args.list {
        write_result(args.output.as_deref(), &catalogue())?;
        return Ok(Done::Whole);
    }
    let wanted: Vec<usize> = if args.only.is_empty() {
        (0..CATALOGUE.len()).collect()
    } else {
        let find = |name: &String| {
            let at = CATALOGUE.iter().position(|f| f.name == name);
            at.ok_or_else(|| {
                Misuse(format!(
                    "--only: no feature is called {:?}; `botsieve features --list` prints them",
                    visible(name)
                ))
            })
        };
        args.only.iter().map(find).collect::<Result<_, _>>()?
    };
    let console = Console::new(&args.run);
    if let Some(path) = &args.manifest {
        return training_rows(path, &wanted, &args, &console);
    }
    let Some(path) = &args.file else { misuse!("no file was named") };
    let mut options = args.read.options()?;
    options.label_column = args.label.clone();
    let mut input = open_input(path, &options)?;
    let beside = args.beside.join(&mut input, &options, &args.run, &console)?;
    let mut output = open_output(args.output.as_deref())?;
    let mut header = String::from("row,id,status");
    if args.label.is_some() {
        header.push_str(",label");
    }
    for &at in &wanted {
        header.push(',');
        header.push_str(CATALOGUE[at].name);
    }
    header.push('\n');
    output.write_all(header.as_bytes())?;
    let mut written = 0;
    let met = read_rows(
        &mut input,
        &args.run,
        &console,
        |_| (csv::Writer::from_writer(Vec::new()), vec![f64::NAN; CATALOGUE.len()], 0, Ok(())),
        |(writer, values, rows, written), row| {
            values.fill(f64::NAN);
            let status = match &row.damage {
                None => {
                    compute_all(&row.account, values);
                    "ok".to_string()
                }
                Some(damage) => format!("damaged: {damage}"),
            };
            let id = csv_cell(row.account.id.as_deref().unwrap_or_default()).into_owned();
            let label =
                args.label.as_ref().map(|_| row.label.map_or("", |l| if l.is_bot() { "1" } else { "0" }));
            let cells = wanted
                .iter()
                .map(|&at| if values[at].is_nan() { String::new() } else { values[at].to_string() });
            let head = [row.number.to_string(), id, status].into_iter().chain(label.map(str::to_string));
            if written.is_ok() {
                *written = writer.write_record(head.chain(cells));
                *rows += 1;
            }
        },
        |(writer, _, rows, chunk_written)| {
            chunk_written?;
            written += rows;
            let bytes = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
            output.write_all(&bytes).context("cannot write the vectors")
        },
    )?;
    let rows = met.account_sound().placed(&[("written", written)]);
    rows.check()?;
    output.finish().context("cannot finish the vectors")?;
    met.rejects.report(path, &console);
    beside.report(&console);
    console.say(rows);
    Ok(Done::of(met.rejects.count + beside.damaged()))
}

/// Writes the rows that a manifest trains on.
fn training_rows(
    path: &Path,
    wanted: &[usize],
    args: &FeaturesArgs,
    console: &Console,
) -> anyhow::Result<Done> {
    let manifest = Manifest::open(path, args.data.as_deref())?;
    let samples = read_sources(&manifest, &args.run, console)?;
    let mut writer = csv::Writer::from_writer(open_output(args.output.as_deref())?);
    let names = wanted.iter().map(|&at| CATALOGUE[at].name);
    writer.write_record(["source", "family", "group", "label"].into_iter().chain(names))?;
    for row in 0..samples.len() {
        let source = &samples.sources[samples.source[row]];
        let label = if samples.labels[row] { "1" } else { "0" };
        let group = samples.groups[row].to_string();
        let cells = wanted.iter().map(|&at| {
            let value = samples.values[at].get(row);
            if value.is_nan() { String::new() } else { value.to_string() }
        });
        let head = [&source.name, &source.family, group.as_str(), label].map(str::to_string);
        writer.write_record(head.into_iter().chain(cells))?;
    }
    let output = writer.into_inner().map_err(|error| anyhow::anyhow!("cannot write the rows: {error}"))?;
    output.finish().context("cannot finish the rows")?;
    Ok(Done::of(samples.rejects()))
}

fn catalogue() -> String {
    let mut out = String::new();
    let mut family = None;
    for feature in CATALOGUE {
        if family != Some(feature.family) {
            family = Some(feature.family);
            let _ = writeln!(out, "{}{:?}", if out.is_empty() { "" } else { "\n" }, feature.family);
        }
        let (low, high) = feature.range;
        let bound = |n: f64| if n.is_finite() { n.to_string() } else { "..".into() };
        let (low, high) = (bound(low), bound(high));
        let _ = writeln!(
            out,
            "  {:30} {} ({low} to {high})\n      = {}\n      {}; e.g. \"{}\"",
            feature.name,
            feature.unit,
            feature.formula,
            feature.source,
            feature.phrase_text()
        );
    }
    out
}
