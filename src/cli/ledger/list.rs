//! Accounts of the ledger, all or those that are due.

use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::super::{Done, open_output, plural, write_result};
use super::change::VerdictArg;
use super::{FileArgs, day, look_again, parse_as_of};
use crate::account::Timestamp;
use crate::safe::{csv_cell, one_line};
use crate::screen::ledger::{Entry, Mark, Standing};

/// List the accounts of the ledger; several filters must all hold.
#[derive(Args, Debug)]
pub(super) struct ListArgs {
    /// Only with this decision
    #[arg(long, value_name = "DECISION", value_enum)]
    decision: Option<VerdictArg>,

    /// Only with this tag
    #[arg(long, value_name = "TAG")]
    tag: Option<String>,

    /// Only those on this list
    #[arg(long, value_name = "LIST")]
    on: Option<String>,

    /// Only those on the keep list
    #[arg(long)]
    keep: bool,

    /// Only those on the never list
    #[arg(long)]
    never: bool,

    /// Only with a decision of this person
    #[arg(long, value_name = "NAME")]
    by: Option<String>,

    #[command(flatten)]
    out: OutArgs,

    #[command(flatten)]
    to: FileArgs,
}

/// List the accounts whose date to look again has come. `screen --due` shows what changed since.
#[derive(Args, Debug)]
pub(super) struct DueArgs {
    #[command(flatten)]
    out: OutArgs,

    #[command(flatten)]
    to: FileArgs,
}

#[derive(Args, Debug)]
struct OutArgs {
    /// The time at which dates are compared [default: now]
    #[arg(long, value_name = "DATE", value_parser = parse_as_of)]
    as_of: Option<Timestamp>,

    /// Lines for people, or a table with a row an account
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write the table as CSV to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A line an account
    Text,
    /// A row an account
    Csv,
}

pub(super) fn list(args: ListArgs) -> anyhow::Result<Done> {
    let now = args.out.as_of.unwrap_or_else(Timestamp::now);
    let holds = |mark: &Option<Mark>| mark.as_ref().is_some_and(|mark| mark.holds(now));
    let wanted = |entry: &Entry| {
        let decision = entry.decision.as_ref();
        args.decision.is_none_or(|verdict| decision.is_some_and(|d| d.verdict == verdict.verdict()))
            && args.by.as_ref().is_none_or(|by| decision.is_some_and(|d| d.who == *by))
            && args.tag.as_ref().is_none_or(|tag| entry.tags.contains(tag))
            && args.on.as_ref().is_none_or(|list| entry.lists.contains(list))
            && (!args.keep || holds(&entry.keep))
            && (!args.never || holds(&entry.never))
    };
    write(&args.to, &args.out, now, wanted)
}

pub(super) fn due(args: DueArgs) -> anyhow::Result<Done> {
    let now = args.out.as_of.unwrap_or_else(Timestamp::now);
    write(&args.to, &args.out, now, |entry| matches!(entry.standing(now), Standing::Due(_)))
}

fn write(
    to: &FileArgs,
    out: &OutArgs,
    now: Timestamp,
    wanted: impl Fn(&Entry) -> bool,
) -> anyhow::Result<Done> {
    let entries = to.open()?.entries()?;
    let known = entries.iter().filter(|entry| !entry.is_empty()).count();
    let entries: Vec<Entry> =
        entries.into_iter().filter(|entry| !entry.is_empty() && wanted(entry)).collect();
    if out.output.is_some() || out.format == Format::Csv {
        write_csv(out.output.as_deref(), &entries)?;
        if let (Some(output), Format::Text) = (&out.output, out.format) {
            to.say(format_args!("{} in {}", plural(entries.len() as u64, "account"), super::shown(output)));
        }
        return Ok(Done::Whole);
    }
    let mut text: String = entries.iter().map(|entry| line_of(entry, now)).collect();
    text.push_str(&format!("{} of {known} in the ledger\n", plural(entries.len() as u64, "account")));
    write_result(None, &text)?;
    Ok(Done::Whole)
}

fn line_of(entry: &Entry, now: Timestamp) -> String {
    let mut parts = Vec::new();
    if let Some(d) = &entry.decision {
        let due = if d.look_again.is_some_and(|date| date <= now) { " (due)" } else { "" };
        let who = one_line(&d.who, 40);
        parts.push(format!(
            "{} by {who} on {}, {}{due}",
            d.verdict.name(),
            day(d.at),
            look_again(d.look_again)
        ));
    }
    for (what, mark) in [("keep", &entry.keep), ("never", &entry.never)] {
        if let Some(mark) = mark {
            let over = if mark.holds(now) { "" } else { " (over)" };
            parts.push(format!("{what} {}{over}", super::history::mark_in_words(mark)));
        }
    }
    if !entry.tags.is_empty() {
        parts.push(format!("tags: {}", super::change::joined(&entry.tags)));
    }
    if !entry.lists.is_empty() {
        parts.push(format!("lists: {}", super::change::joined(&entry.lists)));
    }
    if !entry.notes.is_empty() {
        parts.push(plural(entry.notes.len() as u64, "note"));
    }
    format!("{}: {}\n", one_line(&entry.called(), 80), parts.join("; "))
}

const HEADER: [&str; 18] = [
    "id",
    "screen_name",
    "former_screen_names",
    "decision",
    "decided_at",
    "decided_by",
    "why",
    "look_again",
    "p_bot",
    "band",
    "model",
    "tags",
    "lists",
    "mark",
    "mark_until",
    "mark_by",
    "mark_why",
    "notes",
];

fn write_csv(path: Option<&std::path::Path>, entries: &[Entry]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(open_output(path)?);
    csv.write_record(HEADER)?;
    let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
    for entry in entries {
        let d = entry.decision.as_ref();
        let mark = match (&entry.keep, &entry.never) {
            (Some(mark), _) => Some(("keep", mark)),
            (None, mark) => mark.as_ref().map(|mark| ("never", mark)),
        };
        let names = |names: &std::collections::BTreeSet<String>| {
            names.iter().map(String::as_str).collect::<Vec<_>>().join("; ")
        };
        let facts = d.map(|d| &d.facts);
        let cells = [
            entry.id.clone().unwrap_or_default(),
            entry.handle.clone().unwrap_or_default(),
            entry.former_handles.join("; "),
            d.map_or(String::new(), |d| d.verdict.name().into()),
            time(d.map(|d| d.at)),
            d.map_or(String::new(), |d| d.who.clone()),
            d.map_or(String::new(), |d| d.why.clone()),
            time(d.and_then(|d| d.look_again)),
            facts.and_then(|f| f.p_bot).map_or(String::new(), |p| format!("{p:.4}")),
            facts.and_then(|f| f.band).map_or(String::new(), |band| band.name().into()),
            facts.and_then(|f| f.model.clone()).unwrap_or_default(),
            names(&entry.tags),
            names(&entry.lists),
            mark.map_or(String::new(), |(what, _)| what.into()),
            time(mark.and_then(|(_, mark)| mark.until)),
            mark.map_or(String::new(), |(_, mark)| mark.who.clone()),
            mark.map_or(String::new(), |(_, mark)| mark.why.clone()),
            entry.notes.iter().map(|note| note.text.as_str()).collect::<Vec<_>>().join("\n"),
        ];
        csv.write_record(cells.iter().map(|cell| csv_cell(cell).into_owned()))?;
    }
    let output = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
    output.finish().context("cannot finish the list")
}
