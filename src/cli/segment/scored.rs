//! Whom to thank and whom to answer: scored accounts, for a person to open one by one.

use std::path::PathBuf;

use clap::Args;

use super::super::listing::table::{REASONS, write_queue};
use super::super::listing::{ListingArgs, Queue, Wanted};
use super::super::usage::misuse;
use super::super::{Console, Done};
use super::{is_plain, say_unfit, say_written, write_handles};
use crate::model::Band;
use crate::screen::Candidate;
use crate::words::called;

/// List new followers, to thank them: those who are not in an older list (--new-since).
///
/// The order is that of the queue. The spam band and the never list are left out, and their numbers are said.
#[derive(Args, Debug)]
pub(super) struct ThankArgs {
    #[command(flatten)]
    out: OutArgs,

    #[command(flatten)]
    list: ListingArgs,
}

/// List followers who mentioned, answered, reposted or liked you (--engagement), to answer them.
///
/// Who engages most comes first. The spam band and the never list are left out, and their numbers are said: `screen`
/// shows them, marked.
#[derive(Args, Debug)]
pub(super) struct EngageArgs {
    #[command(flatten)]
    out: OutArgs,

    #[command(flatten)]
    list: ListingArgs,
}

#[derive(Args, Debug)]
struct OutArgs {
    /// What is written
    #[arg(long, value_enum, default_value_t = Form::Csv)]
    format: Form,

    /// Where the list goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// The queue's table: band, p_bot, reasons, counts, engagement
    Csv,
    /// One handle a line, to name them in a post
    Handles,
}

pub(super) fn thank(args: ThankArgs) -> anyhow::Result<Done> {
    if !args.list.queue.has_new_since() {
        misuse!("who is new? Give an older list of your followers: --new-since OLDER");
    }
    write(&args.list, &args.out, "new", |_| true)
}

pub(super) fn engage(args: EngageArgs) -> anyhow::Result<Done> {
    if !args.list.engagement.given() {
        misuse!("who engages with you? Say it with --engagement FILE (docs/engagement.md)");
    }
    write(&args.list, &args.out, "engaged", |c| c.points() > 0.0)
}

fn write(
    list: &ListingArgs,
    out: &OutArgs,
    what: &str,
    wanted: impl Fn(&Candidate) -> bool,
) -> anyhow::Result<Done> {
    let console = Console::new(&list.run);
    let mut listing = list.score(Wanted { reasons: REASONS, profiles: false }, &console)?;
    let Queue { accounts, past, mut left_out, rows } = list.queue(&mut listing)?;
    let everybody = accounts.len();
    let mut accounts: Vec<Candidate> = accounts.into_iter().filter(wanted).collect();
    let others = (everybody - accounts.len()) as u64;
    let standing = |c: &Candidate| {
        past.as_ref().and_then(|past| past.rows.get(&c.row)).map_or("open", |remembered| remembered.standing)
    };
    left_out.keep(&mut accounts, "could not be read", |c| c.score.is_some());
    left_out.keep(&mut accounts, "on the never list", |c| standing(c) != "never");
    left_out.keep(&mut accounts, "in the spam band", |c| c.band() != Band::Spam);
    let line = left_out.line(accounts.len());
    if !line.is_empty() {
        console.say(line.trim());
    }
    let path = out.output.as_deref();
    let mut unfit = Vec::new();
    if out.format == Form::Handles {
        accounts.retain(|c| {
            let why = if c.handle.is_empty() { "no handle is known" } else { "no handle of any network" };
            let fit = is_plain(&c.handle);
            if !fit {
                unfit.push((called(&c.handle, &c.id), why));
            }
            fit
        });
    }
    let written = accounts.len() as u64;
    let rows = rows.placed(&[
        ("written", written),
        ("left out", left_out.total() + unfit.len() as u64),
        ("others", others),
    ]);
    rows.check()?;
    match out.format {
        Form::Csv => write_queue(path, &accounts, past.as_ref(), list.engagement.given())?,
        Form::Handles => write_handles(path, accounts.iter().map(|c| c.handle.as_str()))?,
    }
    let unfit = say_unfit(&unfit, &console);
    console.say(rows);
    say_written(out.output.as_ref(), accounts.len(), &console);
    console.say(format_args!(
        "These are {what} and not in the spam band, which makes nobody a friend: open the profiles one by one"
    ));
    Ok(Done::of(listing.damaged() + unfit))
}
