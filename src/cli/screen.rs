//! `botsieve screen`: a first look at a list of followers.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use super::draw::wrapped;
use super::listing::table::{Past, REASONS, Remembered, main_kind, write_queue};
use super::listing::{ListingArgs, Queue, Wanted};
use super::prevalence;
use super::{Console, Done, plural, write_result};
use crate::model::{Band, Score, Scorer};
use crate::safe::{one_line, visible};
use crate::screen::kind::Kind;
use crate::screen::{Candidate, ShareOfBots};
use crate::words::{called, day};

/// Screen a list of followers: how many are in each band, and whom to look at first, with reasons.
///
/// Prints a summary and the head of the queue; -o writes the whole queue as CSV, --format csv prints it. Who engages
/// with you comes first (--engagement), then likely people, then those worth a look, spam last. Nobody is followed,
/// unfollowed or blocked: open the profiles one by one and decide yourself.
#[derive(Args, Debug)]
pub(super) struct ScreenArgs {
    #[command(flatten)]
    list: ListingArgs,

    /// Accounts of the queue to print
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Print the summary for people, or the whole queue as CSV
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write the whole queue as CSV to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Summary and head of the queue
    Text,
    /// The whole queue
    Csv,
}

pub(super) fn run(args: ScreenArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.list.run);
    let mut listing = args.list.score(Wanted { reasons: REASONS, profiles: false }, &console)?;
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let file = visible(&args.list.file.display().to_string()).into_owned();
    // The summary is of the whole list; from here on it is the queue.
    let mut text = summary(&file, &listing.accounts, listing.share, &listing.scorer, colour);
    let Queue { accounts: queue, past, left_out, rows } = args.list.queue(&mut listing)?;
    text.push_str(&left_out.line(queue.len()));
    let engaged = args.list.engagement.given();
    if let Some(output) = &args.output {
        write_queue(Some(output), &queue, past.as_ref(), engaged)?;
    }
    text.push_str(&head(&queue, args.top, past.as_ref(), colour));
    match (&args.output, args.format) {
        (Some(output), Format::Text) => {
            let _ = writeln!(text, "\nThe whole queue is in {}.", visible(&output.display().to_string()));
            write_result(None, &text)?;
        }
        (_, Format::Csv) => {
            write_queue(None, &queue, past.as_ref(), engaged)?;
            console.say(text.trim_end());
        }
        (None, Format::Text) => {
            let _ = writeln!(text, "\nThe whole queue as CSV: add -o queue.csv");
            write_result(None, &text)?;
        }
    }
    console.say(rows);
    Ok(Done::of(listing.damaged()))
}

/// Columns of the longest bar: a line of the summary has 80 with it.
const BAR: usize = 13;

fn meaning(band: Band) -> &'static str {
    match band {
        Band::Genuine => "very likely people: look here first",
        Band::Look => "not sure either way: worth a look",
        Band::Spam => "very likely bots: look before believing",
        Band::Pending => "too little is known to say anything",
    }
}

/// Paints a word in a terminal's own colours; the word itself always says it too.
fn paint(text: &str, band: Band, colour: bool) -> String {
    if !colour {
        return text.to_string();
    }
    let code = match band {
        Band::Genuine => "32",
        Band::Look => "33",
        Band::Spam => "31",
        Band::Pending => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

fn summary(
    file: &str,
    queue: &[Candidate],
    share: Option<ShareOfBots>,
    scorer: &Scorer,
    colour: bool,
) -> String {
    let mut out = String::new();
    let damaged = queue.iter().filter(|c| c.score.is_none()).count();
    let scored = queue.len() - damaged;
    let pending = queue.iter().filter(|c| c.score.is_some() && c.band() == Band::Pending).count();
    let _ = writeln!(
        out,
        "{file}: {}: {} scored, {pending} pending, {damaged} could not be read",
        plural(queue.len() as u64, "account"),
        scored - pending
    );
    let _ = writeln!(
        out,
        "model {} ({}), p_bot meant at {:.0} % bots\n",
        visible(&scorer.model().name),
        visible(&scorer.model().written_by),
        scorer.prevalence() * 100.0
    );
    for band in Band::ALL {
        let n = queue.iter().filter(|c| c.score.is_some() && c.band() == band).count();
        let percent = if scored > 0 { 100.0 * n as f64 / scored as f64 } else { 0.0 };
        // Somebody is never nobody.
        let bar = "█".repeat((percent / 100.0 * BAR as f64).round().max(f64::from(n.min(1) as u8)) as usize);
        let name = paint(&format!("{:8}", band.name()), band, colour);
        let _ = writeln!(out, "  {name} {n:>7}  {percent:>3.0} %  {bar:BAR$}  {}", meaning(band));
    }
    let kinds: Vec<String> = Kind::ALL
        .into_iter()
        .map(|kind| {
            (kind, queue.iter().filter(|c| main_kind(c).is_some_and(|(main, _)| *main == kind)).count())
        })
        .filter(|(_, n)| *n > 0)
        .map(|(kind, n)| kind.counted(n))
        .collect();
    if !kinds.is_empty() {
        let text = format!("What there is to see, whatever the score: {}.", kinds.join(", "));
        let _ = writeln!(out, "\n{}", wrapped(&text, 80, 0));
    }
    let unlike = queue.iter().filter(|c| c.score.as_ref().is_some_and(Score::unlike_training)).count();
    if unlike > 0 {
        let _ = writeln!(out, "{} unlike the accounts the model has seen.", plural(unlike as u64, "account"));
    }
    let _ = writeln!(out, "\n{}", prevalence::sentence(share));
    out
}

fn head(queue: &[Candidate], top: usize, past: Option<&Past>, colour: bool) -> String {
    let mut out = String::new();
    let shown: Vec<&Candidate> = queue.iter().filter(|c| c.score.is_some()).take(top).collect();
    if shown.is_empty() {
        return gone(past, top);
    }
    let _ = writeln!(out, "\nFirst in the queue");
    for (place, c) in shown.iter().enumerate() {
        let Some(score) = &c.score else { continue };
        let who = if c.handle.is_empty() && c.id.is_empty() {
            format!("row {}", c.row)
        } else {
            one_line(&called(&c.handle, &c.id), 30)
        };
        let name = one_line(&c.name, 30);
        let band = paint(score.band.name(), score.band, colour);
        let gap = if name.is_empty() { "" } else { "  " };
        if score.band == Band::Pending {
            let _ = writeln!(out, "{:>4}. {who}{gap}{name}  {band}: too little is known", place + 1);
            out.push_str(&engages(c));
            out.push_str(&remembered(past.and_then(|past| past.rows.get(&c.row))));
            continue;
        }
        let _ = writeln!(out, "{:>4}. {who}{gap}{name}  {band}, p_bot {:.2}", place + 1, score.p_bot);
        out.push_str(&engages(c));
        out.push_str(&remembered(past.and_then(|past| past.rows.get(&c.row))));
        for reason in &score.reasons {
            let _ = writeln!(out, "        {:+.2}  {}", reason.contribution, reason.words());
        }
        if let Some((kind, reason)) = main_kind(c) {
            let _ = writeln!(out, "               {}: {reason}", kind.name());
        }
        if score.unlike_training() {
            let _ =
                writeln!(out, "               unlike the accounts the model has seen: its score says little");
        }
    }
    let left = queue.iter().filter(|c| c.score.is_some()).count() - shown.len();
    if left > 0 {
        let _ = writeln!(out, "      and {left} more");
    }
    out.push_str(&gone(past, top));
    out
}

/// What an account did towards the owner of the list; of one that looks like a bot, with a word of warning.
fn engages(c: &Candidate) -> String {
    let reason = c.engagement.as_ref().map(|engagement| engagement.reason()).unwrap_or_default();
    if reason.is_empty() {
        return String::new();
    }
    let warning = if c.band() == Band::Spam { "; looks like a bot all the same" } else { "" };
    format!("        {reason}{warning}\n")
}

/// What was decided of an account before, and what changed since.
fn remembered(past: Option<&Remembered>) -> String {
    let mut out = String::new();
    let Some(past) = past.filter(|past| past.standing != "open") else { return out };
    let Some((decision, by, at)) = &past.decision else {
        let _ = writeln!(out, "        on the {} list", past.standing);
        return out;
    };
    let list = if matches!(past.standing, "keep" | "never") {
        format!("on the {} list, ", past.standing)
    } else {
        String::new()
    };
    let why = if past.why.is_empty() { String::new() } else { format!(" \"{}\"", one_line(&past.why, 60)) };
    let again = past.look_again.map_or(String::new(), |date| format!(", look again on {}", day(date)));
    let _ = writeln!(out, "        {list}{decision} by {} on {}{why}{again}", one_line(by, 30), day(*at));
    if past.standing == "gone" {
        return out;
    }
    let changed = if past.changed.is_empty() {
        "nothing that is known".into()
    } else {
        one_line(&past.changed.join("; "), 400)
    };
    let _ = writeln!(out, "        changed since: {changed}");
    out
}

/// Those that are due and no longer on the list.
fn gone(past: Option<&Past>, top: usize) -> String {
    let mut out = String::new();
    let Some(gone) = past.map(|past| &past.gone).filter(|gone| !gone.is_empty()) else { return out };
    let _ = writeln!(out, "\nDue and gone from the list");
    for (id, handle, past) in gone.iter().take(top) {
        let _ = writeln!(out, "      {}", one_line(&called(handle, id), 60));
        out.push_str(&remembered(Some(past)));
    }
    let left = gone.len().saturating_sub(top);
    if left > 0 {
        let _ = writeln!(out, "      and {left} more");
    }
    out
}
