//! Accounts that a person put somewhere.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::super::usage::misuse;
use super::super::{Console, Done, RunArgs, open_output, parse_date};
use super::{is_plain, say_unfit, say_written, write_handles};
use crate::account::Timestamp;
use crate::safe::{csv_cell, visible};
use crate::screen::ledger::{Entry, Ledger, Verdict};

/// Write accounts that a person put on a list, tagged, or decided to follow back or list.
///
/// Who is on the never list is left out, and so is who was decided to be spam since; their number is said. Handles that no
/// network could have given out are left out with a word for each, and the exit code is 3.
#[derive(Args, Debug)]
pub(super) struct DecidedArgs {
    /// Accounts on this list of yours (`ledger put`, or the reviewer)
    #[arg(long, value_name = "NAME", group = "which")]
    list: Option<String>,

    /// Accounts with this tag
    #[arg(long, value_name = "TAG", group = "which")]
    tag: Option<String>,

    /// Accounts with this decision
    #[arg(long, value_enum, value_name = "DECISION", group = "which")]
    decision: Option<Which>,

    /// The ledger [default: botsieve.ledger, or the policy file's]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,

    /// What is written
    #[arg(long, value_enum, default_value_t = Form::Csv)]
    format: Form,

    /// Server of handles without one, for --format mastodon: example.social
    #[arg(long, value_name = "HOST", value_parser = parse_host)]
    host: Option<String>,

    /// The time at which the never list is looked at [default: now]
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    as_of: Option<Timestamp>,

    /// Where the list goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Print nothing but results and errors
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    /// Decided to be followed back
    FollowBack,
    /// Decided to be put on a list
    List,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// A table with tags, lists and the decision
    Csv,
    /// One handle a line, as audience tools read it
    Handles,
    /// What Mastodon imports: with --list its lists (name,address), else an address book (Account address). Mastodon
    /// follows the accounts of both
    Mastodon,
}

fn parse_host(text: &str) -> Result<String, String> {
    let good = text.contains('.') && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    if good && is_plain(text) {
        Ok(text.into())
    } else {
        Err("expected a server's name, such as example.social".into())
    }
}

pub(super) fn run(args: DecidedArgs) -> anyhow::Result<Done> {
    let console = Console::new(&RunArgs { threads: None, strict: false, quiet: args.quiet });
    let wanted = |entry: &Entry| match (&args.list, &args.tag, args.decision) {
        (Some(list), ..) => entry.lists.contains(list),
        (_, Some(tag), _) => entry.tags.contains(tag),
        (.., Some(which)) => {
            let verdict = if which == Which::FollowBack { Verdict::FollowBack } else { Verdict::List };
            entry.decision.as_ref().is_some_and(|decision| decision.verdict == verdict)
        }
        _ => false,
    };
    if args.list.is_none() && args.tag.is_none() && args.decision.is_none() {
        misuse!(
            "which accounts? Name a list with --list, a tag with --tag, or --decision follow-back or list"
        );
    }
    let entries = Ledger::open(&super::super::config::current().ledger(args.ledger.as_ref()))?.entries()?;
    let all: Vec<&Entry> = entries.iter().filter(|entry| wanted(entry)).collect();
    if all.is_empty() {
        let names = |of: fn(&Entry) -> &std::collections::BTreeSet<String>| {
            let names: std::collections::BTreeSet<&String> = entries.iter().flat_map(of).collect();
            let names: Vec<_> = names.into_iter().map(|name| visible(name)).collect();
            if names.is_empty() { "none".to_string() } else { names.join(", ") }
        };
        let there = match (&args.list, &args.tag) {
            (Some(list), _) => {
                format!("nobody is on the list \"{}\"; lists: {}", visible(list), names(|e| &e.lists))
            }
            (_, Some(tag)) => {
                format!("nobody has the tag \"{}\"; tags: {}", visible(tag), names(|e| &e.tags))
            }
            _ => "nobody was decided so".into(),
        };
        bail!("{there}");
    }
    let now = args.as_of.unwrap_or_else(Timestamp::now);
    let never = |entry: &Entry| entry.never.as_ref().is_some_and(|mark| mark.holds(now));
    let spam =
        |entry: &Entry| entry.decision.as_ref().is_some_and(|decision| decision.verdict == Verdict::Spam);
    let n_never = all.iter().filter(|entry| never(entry)).count();
    let n_spam = all.iter().filter(|entry| !never(entry) && spam(entry)).count();
    for (n, what) in [(n_never, "on the never list"), (n_spam, "decided to be spam")] {
        if n > 0 {
            console.say(format_args!("left out: {n} {what}"));
        }
    }
    let kept: Vec<&Entry> = all.into_iter().filter(|entry| !never(entry) && !spam(entry)).collect();
    let mut unfit = Vec::new();
    let mut fit: Vec<String> = Vec::new();
    if args.format != Form::Csv {
        for entry in &kept {
            match entry.handle.as_deref().filter(|handle| !handle.is_empty()) {
                None => {
                    unfit.push((entry.called(), "no handle is known: ledger seen FILE takes it from a list"))
                }
                Some(handle) if !is_plain(handle) => unfit.push((entry.called(), "no handle of any network")),
                Some(handle) if args.format == Form::Mastodon && !handle.contains('@') => match &args.host {
                    Some(host) => fit.push(format!("{handle}@{host}")),
                    None => unfit
                        .push((entry.called(), "without a server: name that of such handles with --host")),
                },
                Some(handle) => fit.push(handle.to_string()),
            }
        }
    }
    let output = args.output.as_deref();
    match args.format {
        Form::Csv => write_table(output, &kept)?,
        Form::Handles => write_handles(output, fit.iter().map(String::as_str))?,
        Form::Mastodon => {
            let mut csv = csv::WriterBuilder::new().flexible(true).from_writer(open_output(output)?);
            match &args.list {
                Some(list) => {
                    for address in &fit {
                        csv.write_record([csv_cell(list).as_ref(), csv_cell(address).as_ref()])?;
                    }
                }
                None => {
                    csv.write_record(["Account address"])?;
                    for address in &fit {
                        csv.write_record([csv_cell(address).as_ref()])?;
                    }
                }
            }
            let output = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
            output.finish().context("cannot finish the list")?;
            console
                .say("Mastodon follows the accounts that it imports: each of these was put here by a person");
        }
    }
    let written = if args.format == Form::Csv { kept.len() } else { fit.len() };
    let unfit = say_unfit(&unfit, &console);
    say_written(args.output.as_ref(), written, &console);
    Ok(Done::of(unfit))
}

fn write_table(path: Option<&std::path::Path>, entries: &[&Entry]) -> anyhow::Result<()> {
    let mut csv = csv::Writer::from_writer(open_output(path)?);
    csv.write_record([
        "id",
        "screen_name",
        "decision",
        "decided_by",
        "decided_at",
        "why",
        "look_again",
        "tags",
        "lists",
    ])?;
    let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
    for entry in entries {
        let d = entry.decision.as_ref();
        let names = |names: &std::collections::BTreeSet<String>| {
            names.iter().map(String::as_str).collect::<Vec<_>>().join("; ")
        };
        let cells = [
            entry.id.clone().unwrap_or_default(),
            entry.handle.clone().unwrap_or_default(),
            d.map_or(String::new(), |d| d.verdict.name().into()),
            d.map_or(String::new(), |d| d.who.clone()),
            time(d.map(|d| d.at)),
            d.map_or(String::new(), |d| d.why.clone()),
            time(d.and_then(|d| d.look_again)),
            names(&entry.tags),
            names(&entry.lists),
        ];
        csv.write_record(cells.iter().map(|cell| csv_cell(cell).into_owned()))?;
    }
    let output = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
    output.finish().context("cannot finish the list")
}
