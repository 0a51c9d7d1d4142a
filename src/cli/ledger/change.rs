//! Changes of one account.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::super::rows::read_rows;
use super::super::{Console, Done, ModelArgs, ReadArgs, RunArgs, open_input, write_result};
use super::{
    FileArgs, When, WhoArgs, facts_in_words, in_days, look_again, parse_key, parse_until, parse_when, quoted,
};
use crate::account::Timestamp;
use crate::ingest::canonical_id;
use crate::model::Scorer;
use crate::safe::{one_line, visible};
use crate::screen::ledger::{Change, Entry, Facts, Key, Verdict, model_sha256, scored_facts};

/// Decide what to do with one account, until a date to look again.
///
/// Give FILE, the list in which you saw the account, to keep its id, score and counts with the decision: then it
/// survives a rename, and later you see what changed since. A new decision replaces the old one, which stays in the
/// history.
#[derive(Args, Debug)]
pub(super) struct DecideArgs {
    /// Id or handle
    #[arg(value_name = "ACCOUNT", value_parser = parse_key)]
    account: Key,

    /// What you decided
    #[arg(value_name = "DECISION", value_enum)]
    verdict: VerdictArg,

    /// File with the account, for its id, score and counts; `-` is standard input
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// Why, in your words
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    why: String,

    /// When to look again: a date, days from now (90d), or never [default: 30d for pending, 180d for the others]
    #[arg(long, value_name = "WHEN", value_parser = parse_when)]
    look_again: Option<When>,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,

    #[command(flatten)]
    model: ModelArgs,

    #[command(flatten)]
    read: ReadArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum VerdictArg {
    /// Follow it back, by hand
    FollowBack,
    /// Put it on a list instead (`ledger put` says which)
    List,
    /// Cannot be told yet
    Pending,
    /// Leave it alone
    Skip,
    /// It is spam
    Spam,
}

impl VerdictArg {
    pub(super) fn verdict(self) -> Verdict {
        match self {
            VerdictArg::FollowBack => Verdict::FollowBack,
            VerdictArg::List => Verdict::List,
            VerdictArg::Pending => Verdict::Pending,
            VerdictArg::Skip => Verdict::Skip,
            VerdictArg::Spam => Verdict::Spam,
        }
    }
}

pub(super) fn decide(args: DecideArgs) -> anyhow::Result<Done> {
    let now = Timestamp::now();
    let verdict = args.verdict.verdict();
    let again = match args.look_again {
        Some(when) => when.from(now)?,
        None => Some(in_days(now, super::super::config::current().look_again_days(verdict))?),
    };
    let (key, facts) = match &args.file {
        Some(_) => in_file(&args)?,
        None => (
            args.account.clone(),
            Facts { handle: args.account.handle().map(str::to_string), ..Facts::default() },
        ),
    };
    let change = Change::Decide(verdict, again);
    write(&args.to, &args.who, &key, &change, &args.why, &facts, now)
}

/// Finds the account in the file and scores it.
fn in_file(args: &DecideArgs) -> anyhow::Result<(Key, Facts)> {
    let Some(path) = &args.file else { bail!("no file") };
    let run = RunArgs { threads: None, strict: false, quiet: args.to.quiet };
    let console = Console::new(&run);
    let scorer: Scorer = args.model.scorer()?;
    let options = args.read.options()?;
    let mut input = open_input(path, &options)?;
    let wanted_handle = args.account.handle().map(str::to_lowercase);
    let wanted = |id: Option<&str>, handle: Option<&str>| match args.account.id() {
        Some(wanted) => id.is_some_and(|id| canonical_id(id) == wanted),
        None => handle.map(|handle| handle.trim().trim_start_matches('@').to_lowercase()) == wanted_handle,
    };
    let mut found = None;
    let met = read_rows(
        &mut input,
        &run,
        &console,
        |_| None,
        |found, row| {
            if found.is_none() && wanted(row.account.id.as_deref(), row.account.handle.as_deref()) {
                let account = std::mem::take(&mut row.account).into_owned();
                *found = Some((row.number, row.line, row.damage.clone(), account));
            }
        },
        |part| {
            found = found.take().or(part);
            Ok(())
        },
    )?;
    console.say(met.account_sound());
    let file = visible(&path.display().to_string()).into_owned();
    let Some((row, line, damage, account)) = found else {
        bail!(
            "{file}: there is no {}\n  expected an id or a handle of the file, or no file at all",
            visible(&args.account.to_string())
        );
    };
    if let Some(damage) = damage {
        bail!("{file}: row {row} (line {line}): {damage}\n  leave the file out to decide without its score");
    }
    let Some(key) = Key::of(&account) else { bail!("{file}: row {row}: neither id nor handle") };
    let score = scorer.score(&account, 0);
    Ok((key, scored_facts(Facts::of(&account), Some(&score), &scorer, &model_sha256(scorer.model()))))
}

/// Writes a change and says what stands now.
fn write(
    to: &FileArgs,
    who: &WhoArgs,
    key: &Key,
    change: &Change,
    why: &str,
    facts: &Facts,
    now: Timestamp,
) -> anyhow::Result<Done> {
    let who = who.name();
    let mut ledger = to.open_or_make()?;
    let (number, entry) = ledger.record(key, change, &who, why, facts, now)?;
    let called = one_line(&entry.called(), 80);
    let text = match number {
        None => format!("{called}: nothing to change\n"),
        Some(number) => {
            let facts = facts_in_words(facts);
            let facts = if facts.is_empty() { facts } else { format!("\n  {facts}") };
            format!("{called}: {} (change {number}){facts}\n", told(change, &entry))
        }
    };
    write_result(None, &text)?;
    if number.is_some() && entry.id.is_none() {
        to.say(format_args!(
            "{called} is known by its handle alone, and lost when it is renamed: `botsieve ledger seen FILE` adds the \
             ids of a list"
        ));
    }
    Ok(Done::Whole)
}

/// A change in words.
pub(super) fn told(change: &Change, entry: &Entry) -> String {
    let until = |date: &Option<Timestamp>| {
        date.map_or("for good".into(), |date| format!("until {}", super::day(date)))
    };
    match change {
        Change::Decide(verdict, again) => format!("{}, {}", verdict.name(), look_again(*again)),
        Change::Tag(_) | Change::Untag(_) => format!("tags: {}", joined(&entry.tags)),
        Change::Put(_) | Change::TakeOff(_) => format!("lists: {}", joined(&entry.lists)),
        Change::Note(text) => format!("note {}", quoted(text, 60)),
        Change::Keep(date) => format!("on the keep list {}", until(date)),
        Change::Never(date) => format!("on the never list {}", until(date)),
        Change::Lift => "neither on the keep nor on the never list".into(),
        Change::Seen(handle) => format!("seen as @{}", one_line(handle, 40)),
    }
}

/// Names one after the other.
pub(super) fn joined(names: &std::collections::BTreeSet<String>) -> String {
    if names.is_empty() {
        return "none".into();
    }
    names.iter().map(|name| one_line(name, 100)).collect::<Vec<_>>().join(", ")
}

/// Put a tag on an account, or take it off.
#[derive(Args, Debug)]
pub(super) struct TagArgs {
    /// Id or handle
    #[arg(value_name = "ACCOUNT", value_parser = parse_key)]
    account: Key,

    /// The tag
    #[arg(value_name = "TAG")]
    tag: String,

    /// Take the tag off
    #[arg(long)]
    remove: bool,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn tag(args: TagArgs) -> anyhow::Result<Done> {
    let change = if args.remove { Change::Untag(args.tag) } else { Change::Tag(args.tag) };
    write(&args.to, &args.who, &args.account, &change, "", &Facts::default(), Timestamp::now())
}

/// Put an account on a list of yours, or take it off.
#[derive(Args, Debug)]
pub(super) struct PutArgs {
    /// Id or handle
    #[arg(value_name = "ACCOUNT", value_parser = parse_key)]
    account: Key,

    /// Name of the list
    #[arg(value_name = "LIST")]
    list: String,

    /// Take it off the list
    #[arg(long)]
    remove: bool,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn put(args: PutArgs) -> anyhow::Result<Done> {
    if !args.remove {
        super::super::config::current().check_list(&args.list)?;
    }
    let change = if args.remove { Change::TakeOff(args.list) } else { Change::Put(args.list) };
    write(&args.to, &args.who, &args.account, &change, "", &Facts::default(), Timestamp::now())
}

/// Write a note on an account. `ledger undo NUMBER` takes one back.
#[derive(Args, Debug)]
pub(super) struct NoteArgs {
    /// Id or handle
    #[arg(value_name = "ACCOUNT", value_parser = parse_key)]
    account: Key,

    /// The note
    #[arg(value_name = "TEXT")]
    text: String,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn note(args: NoteArgs) -> anyhow::Result<Done> {
    let change = Change::Note(args.text);
    write(&args.to, &args.who, &args.account, &change, "", &Facts::default(), Timestamp::now())
}

#[derive(Args, Debug)]
struct MarkArgs {
    /// Id or handle
    #[arg(value_name = "ACCOUNT", value_parser = parse_key)]
    account: Key,

    /// Until when: a date, or days from now (90d) [default: for good]
    #[arg(long, value_name = "WHEN", value_parser = parse_until)]
    until: Option<When>,

    /// Why, in your words
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true,
        allow_hyphen_values = true
    )]
    why: String,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,
}

impl MarkArgs {
    fn write(&self, change: fn(Option<Timestamp>) -> Change) -> anyhow::Result<Done> {
        let now = Timestamp::now();
        let until = self.until.map(|when| when.from(now)).transpose()?.flatten();
        write(&self.to, &self.who, &self.account, &change(until), &self.why, &Facts::default(), now)
    }
}

/// Put an account on the keep list: a sure friend, hidden from the queue. `ledger lift` takes it off.
#[derive(Args, Debug)]
pub(super) struct KeepArgs {
    #[command(flatten)]
    mark: MarkArgs,
}

pub(super) fn keep(args: KeepArgs) -> anyhow::Result<Done> {
    args.mark.write(Change::Keep)
}

/// Put an account on the never list: not to be suggested, hidden from the queue. `ledger lift` takes it off.
#[derive(Args, Debug)]
pub(super) struct NeverArgs {
    #[command(flatten)]
    mark: MarkArgs,
}

pub(super) fn never(args: NeverArgs) -> anyhow::Result<Done> {
    args.mark.write(Change::Never)
}

/// Take an account off the keep or the never list.
#[derive(Args, Debug)]
pub(super) struct LiftArgs {
    /// Id or handle
    #[arg(value_name = "ACCOUNT", value_parser = parse_key)]
    account: Key,

    #[command(flatten)]
    who: WhoArgs,

    #[command(flatten)]
    to: FileArgs,
}

pub(super) fn lift(args: LiftArgs) -> anyhow::Result<Done> {
    write(&args.to, &args.who, &args.account, &Change::Lift, "", &Facts::default(), Timestamp::now())
}
