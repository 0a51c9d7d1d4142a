//! `botsieve score`: one row out for every row in.

mod sink;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::{
    BesideArgs, Console, Done, ModelArgs, ReadArgs, Rejects, Remarks, RunArgs, open_input, plural,
    say_what_is_missing,
};
use super::{drift, prevalence};
use crate::evaluate::BinCounts;
use crate::ingest::in_order;
use crate::scores::{KINDS_READ, Tally, look};
use sink::{Format, Rows, Sink};

/// Score every account of a file: probability of being a bot, band, and the strongest reasons.
///
/// One row is written for every row read, in the order of the input. Contributions are log-odds; with the
/// model's intercept they sum to `logit`. A row that cannot be scored has an empty `p_bot` and a `status` that
/// says why. Behind the status stand `support`, the share of the training accounts that were at least as unusual
/// (under 0.005 the model has seen next to nothing like it, and never says spam), and `kind`, what there is to see of
/// the account whatever its score: declared bot, churner, spam promoter, purchased or fake follower, inactive, none.
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
    beside: BesideArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the output [default: by the ending of -o, else csv]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Where the scores go [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Of so many rows one is compared with the training accounts: a share is as plain from some of the rows.
const DRIFT_EVERY: u64 = 8;

pub(super) fn run(args: ScoreArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    let options = args.read.options()?;
    let path = &args.file;
    let format = Format::chosen(args.format, args.output.as_deref())?;
    let scorer = prevalence::scorer(&args.model, path)?.looking_at(KINDS_READ);
    let mut input = open_input(path, &options)?;
    say_what_is_missing(&input, &options, &console);
    let beside = args.beside.join(&mut input, &options, &args.run, &console)?;
    let scorer = prevalence::settled(scorer, &args.model, path, &options, &beside, &args.run, &console)?;
    let parser = input.parser();
    let mut progress = console.bar(&input);
    let reasons = usize::from(args.reasons);
    let mut sink = Sink::open(format, args.output.as_deref(), reasons)?;
    let mut rejects = Rejects::default();
    let mut remarks = Remarks::default();
    let mut total = Tally::default();
    let mut bins = BinCounts::new(scorer.model());
    in_order(
        &mut input,
        args.run.threads(),
        |chunk| {
            let mut rows = Rows::new(format, reasons, &scorer, chunk.rows);
            let mut rejects = Rejects::default();
            let mut remarks = Remarks::default();
            let mut tally = Tally::default();
            let mut parts = Vec::new();
            let mut bins = BinCounts::new(scorer.model());
            parser.parse_in_place(chunk, |row| {
                look(&scorer, row, reasons, &mut parts, |scored, parts| {
                    tally.read(scored);
                    if scored.is_some() && row.number % DRIFT_EVERY == 1 {
                        bins.add(scorer.model(), parts);
                    }
                    rows.write(row, scored);
                    tally.written += 1;
                });
                remarks.add(row.notes);
                if let Some(damage) = row.damage.take() {
                    rejects.add(row.number, row.line, damage);
                }
            });
            (tally, rejects, remarks, bins, rows.finish())
        },
        |(tally, chunk_rejects, chunk_remarks, chunk_bins, rows)| {
            remarks.merge(chunk_remarks);
            bins.merge(&chunk_bins);
            total.merge(&tally);
            progress.add(tally.read);
            rejects.merge(chunk_rejects);
            rejects.check(path, args.run.strict)?;
            sink.write(rows?).context("cannot write the scores")
        },
    )?;
    drop(progress);
    if !total.adds_up() {
        bail!(
            "the rows do not add up ({total:?}); nothing was put in place. This is a fault of botsieve: please report it"
        );
    }
    sink.finish().context("cannot finish the scores")?;
    rejects.report(path, &console);
    remarks.report(path, &console);
    drift::warn(&bins, &scorer, path, &console);
    beside.report(&console);
    console.say(format_args!(
        "{} read: {} scored, {} pending, {} damaged; {} written",
        plural(total.read, "row"),
        total.scored,
        total.pending,
        total.damaged,
        total.written
    ));
    Ok(Done::of(rejects.count + beside.damaged()))
}
