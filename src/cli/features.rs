//! `botsieve features`: the vectors, and the catalogue they come from.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::{BesideArgs, Console, Done, ReadArgs, Rejects, RunArgs, open_input, open_output, write_result};
use crate::features::{CATALOGUE, compute_all};
use crate::ingest::in_order;
use crate::safe::csv_cell;

/// Write the feature vector of every account as CSV, a row an account, an empty cell where a value is missing; or
/// list the features with their formulas.
#[derive(Args, Debug)]
pub(super) struct FeaturesArgs {
    /// File with accounts; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "list")]
    file: Option<PathBuf>,

    /// Print the catalogue: name, unit, formula and source of every feature
    #[arg(long)]
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
    let Some(path) = &args.file else { bail!("no file was named") };
    let wanted: Vec<usize> = if args.only.is_empty() {
        (0..CATALOGUE.len()).collect()
    } else {
        let find = |name: &String| {
            let at = CATALOGUE.iter().position(|f| f.name == name);
            at.with_context(|| {
                format!("no feature is called {name:?}; `botsieve features --list` prints them")
            })
        };
        args.only.iter().map(find).collect::<Result<_, _>>()?
    };
    let console = Console::new(&args.run);
    let mut options = args.read.options()?;
    options.label_column = args.label.clone();
    let mut input = open_input(path, &options)?;
    let beside = args.beside.join(&mut input, &options, &args.run, &console)?;
    let parser = input.parser();
    let mut progress = console.bar(&input);
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
    let mut rejects = Rejects::default();
    in_order(
        &mut input,
        args.run.threads(),
        |chunk| {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let mut rejects = Rejects::default();
            let mut values = vec![f64::NAN; CATALOGUE.len()];
            let mut rows = 0;
            let mut problem = None;
            parser.parse(chunk, |row| {
                rows += 1;
                values.fill(f64::NAN);
                let status = match &row.damage {
                    None => {
                        compute_all(&row.account, &mut values);
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
                if let Err(error) = writer.write_record(head.chain(cells)) {
                    problem.get_or_insert(error);
                }
                if let Some(damage) = row.damage {
                    rejects.add(row.number, row.line, damage);
                }
            });
            let bytes = writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"));
            (rows, rejects, bytes, problem)
        },
        |(rows, chunk_rejects, bytes, problem)| {
            progress.add(rows);
            rejects.merge(chunk_rejects);
            rejects.check(path, args.run.strict)?;
            if let Some(error) = problem {
                return Err(error.into());
            }
            output.write_all(&bytes?).context("cannot write the vectors")
        },
    )?;
    drop(progress);
    output.finish().context("cannot finish the vectors")?;
    rejects.report(path, &console);
    beside.report(&console);
    Ok(Done::of(rejects.count + beside.damaged()))
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
