//! `botsieve score`: one row out for every row in.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::{
    Console, Done, ModelArgs, ReadArgs, Rejects, Remarks, RunArgs, open_input, open_output, plural,
    say_what_is_missing,
};
use crate::ingest::{Row, in_order};
use crate::model::{Band, Score, Scorer};
use crate::safe::{csv_cell, json_line};

/// Score every account of a file: probability of being a bot, band, and the strongest reasons.
///
/// One row is written for every row read, in the order of the input. Contributions are log-odds; with the
/// model's intercept they sum to `logit`. A row that cannot be scored has an empty `p_bot` and a `status` that
/// says why.
#[derive(Args, Debug)]
pub(super) struct ScoreArgs {
    /// File with accounts (CSV, TSV, JSON, JSON lines; plain, gzip or zstd); `-` is standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    model: ModelArgs,

    /// Reasons to give for each account, 0 to 5
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=5))]
    reasons: u8,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the output
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,

    /// Where the scores go [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// One line an account, with a header
    Csv,
    /// One JSON object a line
    Jsonl,
}

/// Rows by what became of them; they must add up.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    read: u64,
    scored: u64,
    pending: u64,
    damaged: u64,
    written: u64,
}

pub(super) fn run(args: ScoreArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    let scorer = args.model.scorer()?;
    let options = args.read.options()?;
    let path = &args.file;
    let mut input = open_input(path, &options)?;
    say_what_is_missing(&input, &options, &console);
    let parser = input.parser();
    let mut progress = console.bar(&input);
    let mut output = open_output(args.output.as_deref())?;
    let reasons = usize::from(args.reasons);
    if args.format == Format::Csv {
        output.write_all(header(reasons).as_bytes()).context("cannot write the scores")?;
    }
    let mut rejects = Rejects::default();
    let mut remarks = Remarks::default();
    let mut total = Account::default();
    in_order(
        &mut input,
        args.run.threads(),
        |chunk| {
            let mut writer = Writer::new(args.format, reasons);
            let mut rejects = Rejects::default();
            let mut remarks = Remarks::default();
            let mut account = Account::default();
            let mut parts = Vec::new();
            parser.parse(chunk, |row| {
                account.read += 1;
                let score =
                    row.damage.is_none().then(|| scorer.score_with(&row.account, reasons, &mut parts));
                match &score {
                    None => account.damaged += 1,
                    Some(score) if score.band == Band::Pending => account.pending += 1,
                    Some(_) => account.scored += 1,
                }
                writer.write(&row, score.as_ref(), &scorer);
                account.written += 1;
                remarks.add(row.notes);
                if let Some(damage) = row.damage {
                    rejects.add(row.number, row.line, damage);
                }
            });
            (account, rejects, remarks, writer.finish())
        },
        |(part, chunk_rejects, chunk_remarks, bytes)| {
            remarks.merge(chunk_remarks);
            total.read += part.read;
            total.scored += part.scored;
            total.pending += part.pending;
            total.damaged += part.damaged;
            total.written += part.written;
            progress.add(part.read);
            rejects.merge(chunk_rejects);
            rejects.check(path, args.run.strict)?;
            output.write_all(&bytes?).context("cannot write the scores")
        },
    )?;
    drop(progress);
    if total.read != total.written || total.read != total.scored + total.pending + total.damaged {
        bail!(
            "the rows do not add up ({total:?}); nothing was put in place. This is a fault of botsieve: please report it"
        );
    }
    output.finish().context("cannot finish the scores")?;
    rejects.report(path, &console);
    remarks.report(path, &console);
    console.say(format_args!(
        "{} read: {} scored, {} pending, {} damaged; {} written",
        plural(total.read, "row"),
        total.scored,
        total.pending,
        total.damaged,
        total.written
    ));
    Ok(Done::of(rejects.count))
}

fn header(reasons: usize) -> String {
    let mut header = String::from("row,id,screen_name,p_bot,band,logit");
    for n in 1..=reasons {
        header.push_str(&format!(",reason_{n},contribution_{n}"));
    }
    header.push_str(",features_missing,status\n");
    header
}

/// Formats the rows of one chunk.
enum Writer {
    Csv { writer: Box<csv::Writer<Vec<u8>>>, reasons: usize, problem: Option<csv::Error> },
    Jsonl { bytes: Vec<u8> },
}

#[derive(serde::Serialize)]
struct JsonReason {
    reason: String,
    feature: &'static str,
    value: f64,
    contribution: f64,
}

#[derive(serde::Serialize)]
struct JsonScore<'a> {
    row: u64,
    id: Option<&'a str>,
    screen_name: Option<&'a str>,
    p_bot: Option<f64>,
    band: Option<Band>,
    logit: Option<f64>,
    reasons: Vec<JsonReason>,
    features_missing: Option<usize>,
    status: String,
}

impl Writer {
    fn new(format: Format, reasons: usize) -> Writer {
        match format {
            Format::Csv => {
                Writer::Csv { writer: Box::new(csv::Writer::from_writer(Vec::new())), reasons, problem: None }
            }
            Format::Jsonl => Writer::Jsonl { bytes: Vec::new() },
        }
    }

    fn write(&mut self, row: &Row<'_>, score: Option<&Score>, scorer: &Scorer) {
        let status = status(row, score, scorer);
        match self {
            Writer::Csv { writer, reasons, problem } => {
                if let Err(error) = csv_row(writer, row, score, *reasons, &status) {
                    problem.get_or_insert(error);
                }
            }
            Writer::Jsonl { bytes } => {
                let line = JsonScore {
                    row: row.number,
                    id: row.account.id.as_deref(),
                    screen_name: row.account.handle.as_deref(),
                    p_bot: score.filter(|s| s.features_known > 0).map(|s| s.p_bot),
                    band: score.map(|s| s.band),
                    logit: score.filter(|s| s.features_known > 0).map(|s| s.logit),
                    reasons: score
                        .map(|s| s.reasons.as_slice())
                        .unwrap_or_default()
                        .iter()
                        .map(|r| JsonReason {
                            reason: r.words(),
                            feature: r.feature,
                            value: r.value,
                            contribution: r.contribution,
                        })
                        .collect(),
                    features_missing: score.map(|s| s.features_missing),
                    status,
                };
                // Writing plain values into memory cannot fail.
                let _ = json_line(&mut *bytes, &line);
                bytes.push(b'\n');
            }
        }
    }

    fn finish(self) -> anyhow::Result<Vec<u8>> {
        match self {
            Writer::Jsonl { bytes } => Ok(bytes),
            Writer::Csv { problem: Some(error), .. } => Err(error.into()),
            Writer::Csv { writer, .. } => writer.into_inner().map_err(|error| anyhow::anyhow!("{error}")),
        }
    }
}

fn status(row: &Row<'_>, score: Option<&Score>, scorer: &Scorer) -> String {
    match (&row.damage, score) {
        (Some(damage), _) => format!("damaged: {damage}"),
        (None, Some(score)) if score.band == Band::Pending => {
            format!(
                "too little to go on: {} of {} features known",
                score.features_known,
                scorer.feature_count()
            )
        }
        _ => "ok".into(),
    }
}

fn csv_row(
    writer: &mut csv::Writer<Vec<u8>>,
    row: &Row<'_>,
    score: Option<&Score>,
    reasons: usize,
    status: &str,
) -> csv::Result<()> {
    writer.write_field(row.number.to_string())?;
    writer.write_field(csv_cell(row.account.id.as_deref().unwrap_or_default()).as_bytes())?;
    writer.write_field(csv_cell(row.account.handle.as_deref().unwrap_or_default()).as_bytes())?;
    match score {
        Some(score) => {
            // Nothing known is nothing scored: the prior alone is no probability of this account.
            let known = score.features_known > 0;
            writer.write_field(if known { score.p_bot.to_string() } else { String::new() })?;
            writer.write_field(score.band.name())?;
            writer.write_field(if known { score.logit.to_string() } else { String::new() })?;
            for n in 0..reasons {
                match score.reasons.get(n) {
                    Some(reason) => {
                        writer.write_field(reason.words())?;
                        writer.write_field(reason.contribution.to_string())?;
                    }
                    None => {
                        writer.write_field("")?;
                        writer.write_field("")?;
                    }
                }
            }
            writer.write_field(score.features_missing.to_string())?;
        }
        None => {
            for _ in 0..reasons * 2 + 4 {
                writer.write_field("")?;
            }
        }
    }
    writer.write_field(csv_cell(status).as_bytes())?;
    writer.write_record(None::<&[u8]>)
}
