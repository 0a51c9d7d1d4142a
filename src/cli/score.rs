//! `botsieve score`: one row out for every row in.

mod sink;

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::rows::read_blocks;
use super::{BesideArgs, Console, Done, ModelArgs, ReadArgs, RunArgs, open_input, say_what_is_missing};
use super::{drift, prevalence};
use crate::evaluate::BinCounts;
use crate::model::Parts;
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

/// Of so many rows one is compared with the training accounts: a share is as plain from some of the rows. The same all along a
/// file, whose rows have an order.
const DRIFT_EVERY: u64 = 8;

/// What is gathered from a chunk.
struct Part<'s> {
    rows: Rows<'s>,
    tally: Tally,
    bins: BinCounts,
    /// A buffer.
    parts: Parts,
}

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
    let reasons = usize::from(args.reasons);
    let mut sink = Sink::open(format, args.output.as_deref(), reasons)?;
    let mut total = Tally::default();
    let mut bins = BinCounts::new(scorer.model());
    let met = read_blocks(
        &mut input,
        &args.run,
        &console,
        |chunk| Part {
            rows: Rows::new(format, reasons, &scorer, chunk.rows),
            tally: Tally::default(),
            bins: BinCounts::new(scorer.model()),
            parts: Parts::default(),
        },
        |Part { rows, tally, bins, parts }, block| {
            look(&scorer, block, reasons, parts, |row, scored| {
                let score = scored.map(|(scored, _)| scored);
                tally.read(score);
                if let Some((_, parts)) = scored
                    && row.number % DRIFT_EVERY == 1
                {
                    bins.add(scorer.model(), |term| parts.value(term));
                }
                rows.write(row, score);
                tally.written += 1;
            });
        },
        |part| {
            bins.merge(&part.bins);
            total.merge(&part.tally);
            sink.write(part.rows.finish()?).context("cannot write the scores")
        },
    )?;
    let rows = met
        .account(&[("scored", total.scored), ("pending", total.pending)])
        .placed(&[("written", total.written)]);
    rows.check()?;
    sink.finish().context("cannot finish the scores")?;
    met.report(path, &console);
    drift::warn(&bins, &scorer, path, &console);
    beside.report(&console);
    console.say(rows);
    Ok(Done::of(met.rejects.count + beside.damaged()))
}
