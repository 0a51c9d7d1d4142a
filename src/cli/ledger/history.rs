//! One account and its history: shown, taken back, forgotten.

use std::fmt::Write as _;

use clap::Args;

use super::super::usage::misuse;
use super::super::{Done, plural, write_result};
use super::{FileArgs, WhoArgs, change, day, facts_in_words, look_again, parse_key, quoted};
use crate::account::Timestamp;
use crate::safe::{one_line, visible};
use crate::screen::ledger::{Change, Entry, Event, Key, Mark};

/// Show all that the ledger holds of one account, with its history.
#[derive(Args, Debug)]
pub(super) struct ShowArgs {
    /// Id or handle
    #[arg(value_name = "ACCOUNT", value_parser = parse_key)]
    account: Key,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn show(args: ShowArgs) -> anyhow::Result<Done> {
    let mut ledger = args.to.open()?;
    let Some((entry, events)) = ledger.entry(&args.account)? else {
        anyhow::bail!(
            "{} knows nothing of {}\n  expected an account of `botsieve ledger list`: its id, or its handle as it was \
             last seen",
            visible(&args.to.path().display().to_string()),
            visible(&args.account.to_string())
        );
    };
    let mut text = shown(&entry);
    let _ = writeln!(text, "\n  History");
    for event in &events {
        let _ = writeln!(text, "  {:>7}  {}", event.number, line_of(event));
    }
    write_result(None, &text)?;
    Ok(Done::Whole)
}

/// What stands of an account.
fn shown(entry: &Entry) -> String {
    let mut out = one_line(&entry.called(), 80);
    if !entry.former_handles.is_empty() {
        let former: Vec<String> =
            entry.former_handles.iter().map(|h| format!("@{}", one_line(h, 40))).collect();
        let _ = write!(out, ", before {}", former.join(", "));
    }
    out.push('\n');
    let mut row = |what: &str, text: &str| {
        let _ = writeln!(out, "  {what:9}{text}");
    };
    match &entry.decision {
        None => row("decision", "none"),
        Some(d) => {
            row(
                "decision",
                &format!(
                    "{} by {} on {}, {}",
                    d.verdict.name(),
                    one_line(&d.who, 40),
                    day(d.at),
                    look_again(d.look_again)
                ),
            );
            if !d.why.is_empty() {
                row("why", &one_line(&d.why, 200));
            }
            let facts = facts_in_words(&d.facts);
            if !facts.is_empty() {
                row("then", &facts);
            }
        }
    }
    if !entry.tags.is_empty() {
        row("tags", &change::joined(&entry.tags));
    }
    if !entry.lists.is_empty() {
        row("lists", &change::joined(&entry.lists));
    }
    for (what, mark) in [("keep", &entry.keep), ("never", &entry.never)] {
        if let Some(mark) = mark {
            row(what, &mark_in_words(mark));
        }
    }
    for note in &entry.notes {
        row("note", &format!("{} {}: {}", day(note.at), one_line(&note.who, 40), one_line(&note.text, 300)));
    }
    out
}

/// `until 2027-01-31, by anna on 2026-11-23, "why"`.
pub(super) fn mark_in_words(mark: &Mark) -> String {
    let until = mark.until.map_or("for good".into(), |until| format!("until {}", day(until)));
    let why = if mark.why.is_empty() { String::new() } else { format!(", {}", quoted(&mark.why, 80)) };
    format!("{until}, by {} on {}{why}", one_line(&mark.who, 40), day(mark.at))
}

fn line_of(event: &Event) -> String {
    let change = match &event.change {
        Change::Tag(tag) => format!("tag {}", quoted(tag, 60)),
        Change::Untag(tag) => format!("tag {} taken off", quoted(tag, 60)),
        Change::Put(list) => format!("on list {}", quoted(list, 60)),
        Change::TakeOff(list) => format!("off list {}", quoted(list, 60)),
        other => change::told(other, &Entry::default()),
    };
    let why = if event.why.is_empty() { String::new() } else { format!("; why: {}", quoted(&event.why, 60)) };
    let facts = facts_in_words(&event.facts);
    let facts = if facts.is_empty() { facts } else { format!("; {facts}") };
    let undone = event
        .undone
        .as_ref()
        .map_or(String::new(), |(at, by)| format!("; taken back by {} on {}", one_line(by, 40), day(*at)));
    let at = event.at.strftime("%Y-%m-%d %H:%M:%S");
    format!("{at}  {}: {change}{why}{facts}{undone}", one_line(&event.who, 40))
}

/// Take a change back: your newest one, or the one with this number.
///
/// It stays in the history with who took it back; what stood before it stands again. Repeated, it goes back one change
/// at a time.
#[derive(Args, Debug)]
pub(super) struct UndoArgs {
    /// Number of the change, as `ledger show` prints it [default: your newest]
    #[arg(value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(1..))]
    number: Option<i64>,

    /// Take back the newest change of this account
    #[arg(long, value_name = "ACCOUNT", value_parser = parse_key, conflicts_with = "number")]
    account: Option<Key>,

    /// Take back the newest change whoever made it
    #[arg(long, conflicts_with = "number")]
    anyone: bool,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn undo(args: UndoArgs) -> anyhow::Result<Done> {
    let who = args.who.name();
    let mut ledger = args.to.open()?;
    let made_by = Some(who.as_str()).filter(|_| !args.anyone && args.number.is_none());
    let (event, entry) = ledger.undo(args.number, args.account.as_ref(), made_by, &who, Timestamp::now())?;
    let mut text = format!("taken back: change {}, {}\n\n", event.number, line_of(&event));
    text.push_str(&shown(&entry));
    write_result(None, &text)?;
    Ok(Done::Whole)
}

/// Remove a person entirely: the account, its whole history, and every trace of it in the file. There is no undo.
///
/// The place where it stood is overwritten, in the file and its log. Out of reach are exports, backups, and what the
/// disk itself keeps of freed blocks; and your notes on *other* accounts that name it, which are counted for you.
#[derive(Args, Debug)]
pub(super) struct ForgetArgs {
    /// Id or handle
    #[arg(value_name = "ACCOUNT", value_parser = parse_key, required_unless_present = "change")]
    account: Option<Key>,

    /// Remove one change alone, such as a note on somebody else that names the person
    #[arg(long, value_name = "NUMBER", conflicts_with = "account", value_parser = clap::value_parser!(i64).range(1..))]
    change: Option<i64>,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn forget(args: ForgetArgs) -> anyhow::Result<Done> {
    let mut ledger = args.to.open()?;
    let (done, mut text) = match (&args.account, args.change) {
        (Some(account), _) => {
            let done = ledger.forget(account)?;
            let text = format!("forgotten: one account with {}\n", plural(done.events as u64, "change"));
            (done, text)
        }
        (None, Some(number)) => (ledger.forget_change(number)?, format!("forgotten: change {number}\n")),
        (None, None) => misuse!("nobody to forget\n  give an account, or --change NUMBER"),
    };
    if !done.mentioned_in.is_empty() {
        let numbers: Vec<String> = done.mentioned_in.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "Changes of other accounts whose words still name it: {}. `botsieve ledger export` shows them, \
             `botsieve ledger forget --change NUMBER` removes one.",
            numbers.join(", ")
        );
    }
    write_result(None, &text)?;
    if !done.wiped {
        anyhow::bail!(
            "it is removed, but another program has the ledger open, so old pages may still stand in the log {}-wal\n  \
             expected nobody else to use it: close the other program, and the log goes with it",
            visible(&args.to.path().display().to_string())
        );
    }
    Ok(Done::Whole)
}
