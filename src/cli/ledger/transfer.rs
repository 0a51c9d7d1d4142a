//! The ledger out of and into files.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::super::rows::read_rows;
use super::super::{Console, Done, ReadArgs, RunArgs, open_input, open_output, plural, write_result};
use super::{FileArgs, WhoArgs};
use crate::account::Timestamp;
use crate::ingest::Source;
use crate::safe::one_line;
use crate::screen::ledger::{Changes, Key};

/// Write the whole history as CSV, a row a change, those taken back among them.
///
/// Imported into an empty ledger it is the same ledger again. Texts that a spreadsheet would run have an apostrophe in
/// front, hidden characters are written out as \u{...}; `import` reads both back.
#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Where the table goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn export(args: ExportArgs) -> anyhow::Result<Done> {
    let ledger = args.to.open()?;
    let mut output = open_output(args.output.as_deref())?;
    let changes = ledger.export(&mut output)?;
    output.finish().context("cannot finish the export")?;
    if args.output.is_some() {
        args.to.say(format_args!("{} exported", plural(changes, "change")));
    }
    Ok(Done::Whole)
}

/// Read an export, or a table of your own, into the ledger: all of it or nothing.
///
/// Changes that the ledger has already are left as they are, so an import may be repeated, and two ledgers become one
/// by exchanging exports. A table of your own needs the columns kind (decide, tag, put, note, keep, never) and id or
/// handle; value has the decision, tag, list or note; at, who, why and until may be there. The columns of an export are
/// those of `botsieve ledger export`.
#[derive(Args, Debug)]
pub(super) struct ImportArgs {
    /// The table as CSV; `-` is standard input
    #[arg(value_name = "CSV")]
    file: PathBuf,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn import(args: ImportArgs) -> anyhow::Result<Done> {
    let who = args.who.name();
    // The table is read first: one that is not there, or cannot be taken, makes no ledger.
    let name = args.file.display().to_string();
    let changes = Changes::read(Source::open(&args.file)?, &name, &who, Timestamp::now())?;
    let done = args.to.open_or_make()?.import(changes)?;
    let text = format!(
        "{} read: {} added, {} taken back, {} known already\n",
        plural(done.rows, "change"),
        done.added,
        done.undone,
        done.known
    );
    write_result(None, &text)?;
    Ok(Done::Whole)
}

/// Take over the handles of a newer list, so that renamed accounts are found by their new handle too.
///
/// Only accounts that stand in the ledger are touched. Those that are known by their handle alone get their id. Give the
/// newest list: the handle seen last is the one that counts.
#[derive(Args, Debug)]
pub(super) struct SeenArgs {
    /// File with the accounts, in any form that `botsieve inspect` reads
    #[arg(value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,

    #[command(flatten)]
    read: ReadArgs,
}

pub(super) fn seen(args: SeenArgs) -> anyhow::Result<Done> {
    let who = args.who.name();
    let mut ledger = args.to.open()?;
    let run = RunArgs { threads: None, strict: false, quiet: args.to.quiet };
    let (keys, damaged) = keys_of(&args.file, &args.read, &run)?;
    let found = ledger.seen(&keys, &who, Timestamp::now())?;
    let mut text = format!(
        "{} of the list in the ledger: {} renamed, {} with an id now\n",
        plural(found.known, "account"),
        found.renamed.len(),
        found.identified
    );
    for (id, before, now) in &found.renamed {
        text.push_str(&format!(
            "  @{} is now @{} (id {})\n",
            one_line(before, 40),
            one_line(now, 40),
            one_line(id, 60)
        ));
    }
    write_result(None, &text)?;
    Ok(Done::of(damaged))
}

/// Ids and handles of a list, and how many of its rows are damaged.
pub(in super::super) fn keys_of(
    path: &std::path::Path,
    read: &ReadArgs,
    run: &RunArgs,
) -> anyhow::Result<(Vec<Key>, u64)> {
    let console = Console::new(run);
    let mut input = open_input(path, &read.options()?)?;
    let mut keys = Vec::new();
    let met = read_rows(
        &mut input,
        run,
        &console,
        |_| Vec::new(),
        |keys, row| {
            if row.damage.is_none() {
                keys.extend(Key::of(&row.account));
            }
        },
        |part| {
            keys.extend(part);
            Ok(())
        },
    )?;
    met.rejects.report(path, &console);
    console.say(met.account_sound());
    Ok((keys, met.rejects.count))
}
