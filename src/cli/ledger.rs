//! `botsieve ledger`: what was decided, kept and looked up.

mod agreement;
mod change;
mod history;
mod list;
mod transfer;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::Done;
use crate::account::Timestamp;
use crate::ingest::{TIME_GRAMMARS, parse_time};
use crate::safe::{one_line, visible};
use crate::screen::ledger::{Facts, Key, Ledger};
use crate::words::{counted, day};

/// Remember what you decided of each account: decisions, tags, lists, keep and never, notes; with undo.
///
/// The ledger is one SQLite file. Each change is kept with who made it, when and why, and the score and counts of that
/// moment; `botsieve screen --ledger` then hides who is decided until the date to look again. An account is known by
/// its id, so a decision survives a rename. Two people may use one ledger at once. Keep one ledger for each of your
/// own accounts: ids of two networks may be alike.
///
/// Nothing here follows, unfollows or blocks anyone: do that yourself, in the network's own site.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct LedgerCommand {
    #[command(subcommand)]
    what: What,
}

const EXAMPLES: &str = "Examples:\n  \
    botsieve ledger decide @anna_berg follow-back followers.csv --why \"met in Lisbon\"\n  \
    botsieve ledger decide 9100000000000287523 spam followers.csv\n  \
    botsieve ledger never @win_free --until 2027-01-01 --why \"asked not to be followed\"\n  \
    botsieve ledger undo\n  \
    botsieve screen followers.csv --ledger botsieve.ledger\n\n\
    ACCOUNT is an id (digits, or with a colon in it), or a handle with or without @; id:TEXT makes anything an id.\n\
    What is stored where, and what `forget` reaches: docs/ledger.md";

#[derive(Subcommand, Debug)]
enum What {
    Decide(change::DecideArgs),
    Tag(change::TagArgs),
    Put(change::PutArgs),
    Note(change::NoteArgs),
    Keep(change::KeepArgs),
    Never(change::NeverArgs),
    Lift(change::LiftArgs),
    Show(history::ShowArgs),
    List(list::ListArgs),
    Due(list::DueArgs),
    Agreement(agreement::AgreementArgs),
    Undo(history::UndoArgs),
    Seen(transfer::SeenArgs),
    Export(transfer::ExportArgs),
    Import(transfer::ImportArgs),
    Forget(history::ForgetArgs),
}

pub(super) fn run(args: LedgerCommand) -> anyhow::Result<Done> {
    match args.what {
        What::Decide(args) => change::decide(args),
        What::Tag(args) => change::tag(args),
        What::Put(args) => change::put(args),
        What::Note(args) => change::note(args),
        What::Keep(args) => change::keep(args),
        What::Never(args) => change::never(args),
        What::Lift(args) => change::lift(args),
        What::Show(args) => history::show(args),
        What::List(args) => list::list(args),
        What::Due(args) => list::due(args),
        What::Agreement(args) => agreement::agreement_of(args),
        What::Undo(args) => history::undo(args),
        What::Seen(args) => transfer::seen(args),
        What::Export(args) => transfer::export(args),
        What::Import(args) => transfer::import(args),
        What::Forget(args) => history::forget(args),
    }
}

/// Which ledger.
#[derive(Args, Clone, Debug)]
struct FileArgs {
    /// The ledger; the first change makes it [default: botsieve.ledger, or the policy file's]
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,

    /// Print nothing but results and errors
    #[arg(long, short)]
    quiet: bool,
}

impl FileArgs {
    fn path(&self) -> PathBuf {
        super::config::current().ledger(self.ledger.as_ref())
    }

    fn open(&self) -> anyhow::Result<Ledger> {
        Ok(Ledger::open(&self.path())?)
    }

    /// Opens it for a change, and says where it is made.
    fn open_or_make(&self) -> anyhow::Result<Ledger> {
        let (ledger, made) = Ledger::open_or_make(&self.path())?;
        if made {
            self.say(format_args!("made the ledger {}", shown(&self.path())));
        }
        Ok(ledger)
    }

    fn say(&self, line: impl std::fmt::Display) {
        super::Console { quiet: self.quiet }.say(line);
    }
}

/// The full name of a file, safe to print.
pub(super) fn shown(path: &Path) -> String {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    visible(&full.display().to_string()).into_owned()
}

/// Who makes a change.
#[derive(Args, Clone, Debug)]
pub(super) struct WhoArgs {
    /// Who makes the change [default: BOTSIEVE_WHO of the environment, else the policy file's, else the name you are
    /// logged in with, else "someone"]
    #[arg(long, value_name = "NAME")]
    who: Option<String>,
}

impl WhoArgs {
    pub(super) fn name(&self) -> String {
        let of = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let policy = || super::config::current().who.clone();
        let login = || ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(of);
        let stated = self.who.clone().or_else(|| of("BOTSIEVE_WHO"));
        let name = stated.or_else(policy).or_else(login).unwrap_or_else(|| NOBODY.into());
        name.trim().to_string()
    }
}

/// Where nobody says who it is, as in a container.
const NOBODY: &str = "someone";

fn parse_key(text: &str) -> Result<Key, String> {
    // No network has such a handle; it is an id that a spreadsheet rounded, or words.
    let no_handle = |handle: &str| {
        handle.trim().contains(char::is_whitespace)
            || !handle.starts_with('@') && handle.parse::<f64>().is_ok()
    };
    Key::parse(text)
        .filter(|key| key.id().is_some() || !key.handle().is_some_and(no_handle))
        .ok_or_else(|| "expected an id with all its digits, or a handle such as @anna".into())
}

/// A date, or a number of days from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    At(Timestamp),
    InDays(i64),
    Never,
}

impl When {
    fn from(self, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
        Ok(match self {
            When::At(time) => Some(time),
            When::InDays(days) => Some(in_days(now, days)?),
            When::Never => None,
        })
    }
}

fn in_days(now: Timestamp, days: i64) -> anyhow::Result<Timestamp> {
    Ok(Timestamp::from_second(now.as_second().saturating_add(days.saturating_mul(86_400)))?)
}

/// Dates end after a man's life, not after the calendar.
const MOST_DAYS: i64 = 36_500;

fn parse_when(text: &str) -> Result<When, String> {
    if text == "never" {
        return Ok(When::Never);
    }
    parse_until(text).map_err(|expected| format!("{expected}, or never"))
}

fn parse_until(text: &str) -> Result<When, String> {
    if let Some(days) = text.strip_suffix('d').and_then(|days| days.parse::<i64>().ok())
        && (1..=MOST_DAYS).contains(&days)
    {
        return Ok(When::InDays(days));
    }
    // Seconds since 1970 are no date that a person types here; 90 is meant to be days.
    let time = parse_time(text).filter(|_| text.len() >= 10 && text.as_bytes().get(4) == Some(&b'-'));
    time.map(When::At).ok_or_else(|| "expected a date like 2027-01-31, or days from now like 90d".into())
}

/// The time at which dates are compared.
fn parse_as_of(text: &str) -> Result<Timestamp, String> {
    parse_time(text).ok_or_else(|| format!("expected {TIME_GRAMMARS}"))
}

/// `look again on 2027-01-31`.
pub(super) fn look_again(date: Option<Timestamp>) -> String {
    date.map_or("never to be looked at again".into(), |date| format!("look again on {}", day(date)))
}

/// A text of a person, on one line, in quotes.
fn quoted(text: &str, width: usize) -> String {
    format!("\"{}\"", one_line(text, width))
}

/// Score and counts in words; empty where nothing is known.
fn facts_in_words(facts: &Facts) -> String {
    let mut words = Vec::new();
    if let Some(p_bot) = facts.p_bot {
        let at = facts.prevalence.map_or(String::new(), |share| format!(" at {:.0} % bots", share * 100.0));
        words.push(format!("p_bot {p_bot:.2}{at}"));
    }
    words.extend(facts.band.map(|band| band.name().to_string()));
    if let Some(model) = &facts.model {
        let hash: String = facts.model_sha256.as_deref().unwrap_or_default().chars().take(8).collect();
        words.push(format!("model {} ({})", one_line(model, 40), one_line(&hash, 8)));
    }
    let counts = [(facts.followers, "followers"), (facts.following, "following"), (facts.posts, "posts")];
    words.extend(counts.iter().filter_map(|(n, what)| n.map(|n| format!("{} {what}", counted(n)))));
    if let Some(observed) = facts.observed_at {
        words.push(format!("as of {}", day(observed)));
    }
    words.join(", ")
}
