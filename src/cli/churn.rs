//! `botsieve churn`: snapshots of a list compared, and series of counts measured.

pub(super) mod lists;
mod series;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;

use super::{Console, Done, RunArgs, open_output, parse_date, plural, write_result};
use crate::account::Timestamp;
use crate::ingest::{Dialect, Encoding, MapFile, ReadOptions};
use crate::safe::{csv_cell, json_line, one_line, visible};
use crate::screen::churn::{
    BASE, BaseRate, Compared, Counts, List, Member, Presence, Rate, SWING, Status, Swings, compare,
    events_interval, share_interval,
};
use crate::words::day;
use lists::Lists;

/// Compare snapshots of a follower list: who came, who left, who came back, who follows and drops in bulk.
///
/// Give the snapshots from old to new, in any form that `botsieve inspect` reads; lists of ids alone (follower.js of
/// an X archive) do. A snapshot in several files is written with commas: follower.js,follower-part1.js. One file alone
/// is read as a matrix: ids in the first column, then one column a date with something in it where the account was on
/// the list. With --series, files hold an id and a run of following counts a line instead, and each account gets a
/// churn score.
///
/// Accounts are joined by id, so a changed handle is a rename and no departure. Rows without an id are joined by
/// handle; a rename then looks like one account that left and another that came.
///
/// Prints a summary; -o writes every account as CSV. Nobody is followed, unfollowed or blocked.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ChurnArgs {
    /// Snapshots from old to new: two or more, or one matrix; with --series, files of counts
    #[arg(required = true, value_name = "SNAPSHOT")]
    files: Vec<PathBuf>,

    /// When each snapshot was taken, in the same order (2025-01-18,2026-07-13). Without it, the newest time in the
    /// rows counts; where there is none either, rates per day and month are left out
    #[arg(long, value_name = "D1,D2,...", value_delimiter = ',', value_parser = parse_date)]
    dates: Vec<Timestamp>,

    /// The files hold an id and a run of counts a line, oldest first: `12345<TAB>310,312,290` or `12345,310,312,290`
    #[arg(long)]
    series: bool,

    /// A following count that grows or shrinks by at least so many counts as a swing
    #[arg(long, value_name = "N", default_value_t = SWING, value_parser = clap::value_parser!(u64).range(1..))]
    swing: u64,

    /// Accounts to print of each kind
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: usize,

    /// Read the snapshots as this dialect instead of deciding by their content
    #[arg(long, value_enum, hide_possible_values = true)]
    dialect: Option<Dialect>,

    /// Character encoding of the snapshots (latin1, utf-16le, ...) instead of deciding by their content
    #[arg(long, value_name = "NAME")]
    encoding: Option<Encoding>,

    /// TOML file that says which column is which field (followers = "Fans")
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,

    #[command(flatten)]
    run: RunArgs,

    /// Print the summary for people or for programs, or every account as CSV
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Write every account as CSV to this file
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:\n  \
    botsieve churn spring.csv summer.csv autumn.csv -o accounts.csv\n  \
    botsieve churn 2024/follower.js 2025/follower.js --dates 2024-03-01,2025-03-01\n  \
    botsieve churn --series followings.txt --top 20\n\n\
    Exit codes: 0 done, 1 failed, 2 bad usage, 3 done, but some rows could not be read.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Summary for people
    Text,
    /// The same summary as one JSON object
    Json,
    /// Every account
    Csv,
}

pub(super) fn run(args: ChurnArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    if args.series {
        return series::run(&args, &console);
    }
    let mut lists = match args.files.as_slice() {
        [matrix] => match lists::read_matrix(matrix)? {
            Some(_) if !args.dates.is_empty() => {
                bail!("--dates goes with one file a snapshot: the columns of a matrix have their own dates")
            }
            Some(lists) => lists,
            None => bail!(
                "{}: one file, and fewer than two of its columns are named by a date\n  expected two snapshots or \
                 more (botsieve churn OLD NEW), one matrix with a column a date, or --series with runs of counts",
                visible(&matrix.display().to_string())
            ),
        },
        files => {
            let options = ReadOptions {
                dialect: args.dialect,
                encoding: args.encoding,
                map: args.map.as_deref().map(MapFile::open).transpose()?,
                ..ReadOptions::default()
            };
            lists::read(files, &options, &args.run, &console)?
        }
    };
    lists::date(&mut lists, &args.dates, &console)?;
    check_keys(&lists)?;
    let presence = compare(std::mem::take(&mut lists.roll));
    let summary = Summary::of(&lists, &presence, args.swing);
    for warning in &summary.warnings {
        console.say(warning);
    }
    if let Some(output) = &args.output {
        write_csv(Some(output), &presence, args.swing)?;
    }
    match args.format {
        Format::Json => write_json(&summary)?,
        Format::Csv if args.output.is_none() => write_csv(None, &presence, args.swing)?,
        _ => write_result(None, &summary.text(&presence, args.top, args.swing, args.output.as_deref()))?,
    }
    Ok(Done::of(lists.damaged.iter().sum()))
}

/// Two snapshots of which one has ids alone and the other handles alone have nothing in common to join by.
fn check_keys(lists: &Lists) -> anyhow::Result<()> {
    let with = |s: &List, id: bool| {
        if id { s.without_id < s.rows() as u64 } else { s.with_handle > 0 }
    };
    let named = |id: bool| {
        let only = |s: &List| with(s, id) && !with(s, !id);
        lists.roll.lists.iter().position(only).map(|at| lists.names[at].as_str())
    };
    if let (Some(ids), Some(handles)) = (named(true), named(false)) {
        bail!(
            "{ids} has ids and no handles, {handles} has handles and no ids: nothing to join them by\n  expected \
             ids in both, or handles in both; look the accounts of one of them up and give the file with both"
        );
    }
    Ok(())
}

#[derive(Serialize)]
struct SnapshotSummary {
    name: String,
    date: Option<String>,
    rows: u64,
    accounts: u64,
    repeated_rows: u64,
    damaged_rows: u64,
    rows_without_id: u64,
    rows_without_id_and_handle: u64,
}

#[derive(Serialize)]
struct IntervalSummary {
    before: u64,
    left: u64,
    left_share: Option<Rate>,
    came: u64,
    returned: u64,
    days: Option<f64>,
    came_per_30_days: Option<Rate>,
}

#[derive(Serialize)]
struct Leaving {
    departures: u64,
    follower_months: f64,
    per_follower_month: Rate,
    base: BaseRate,
    base_per_follower_month: Rate,
    against_base: Compared,
}

#[derive(Serialize)]
struct Following {
    known_twice: u64,
    known_three_times: u64,
    swing: u64,
    grew: u64,
    grew_share: Option<Rate>,
    shrank: u64,
    shrank_share: Option<Rate>,
    grew_and_shrank: u64,
    grew_and_shrank_share: Option<Rate>,
}

#[derive(Serialize)]
struct PerDay {
    count: &'static str,
    accounts: u64,
    decile_1: f64,
    median: f64,
    decile_9: f64,
}

#[derive(Serialize)]
struct Summary {
    snapshots: Vec<SnapshotSummary>,
    accounts: u64,
    statuses: Vec<(Status, u64)>,
    intervals: Vec<IntervalSummary>,
    leaving: Option<Leaving>,
    renamed: u64,
    joined_by_handle: u64,
    following: Option<Following>,
    growth: Vec<PerDay>,
    warnings: Vec<String>,
}

/// The counts whose growth is told, with their names.
type CountOf = fn(&Counts) -> Option<u64>;
const COUNTS: [(&str, CountOf); 3] =
    [("following", |c| c.following), ("followers", |c| c.followers), ("posts", |c| c.posts)];

impl Summary {
    fn of(lists: &Lists, presence: &Presence, swing: u64) -> Summary {
        let how_many =
            |test: &dyn Fn(&Member<'_>) -> bool| presence.members().filter(|m| test(m)).count() as u64;
        let leaving = presence.follower_months().and_then(|months| {
            let rate = events_interval(presence.departures(), months)?;
            let base = BASE.per_30_days();
            Some(Leaving {
                departures: presence.departures(),
                follower_months: months,
                per_follower_month: rate,
                base: BASE,
                base_per_follower_month: base,
                against_base: rate.against(&base),
            })
        });
        let mut summary = Summary {
            snapshots: snapshots(lists, presence),
            accounts: presence.len() as u64,
            statuses: Status::ALL.iter().map(|status| (*status, presence.count(*status))).collect(),
            intervals: presence
                .intervals
                .iter()
                .map(|i| IntervalSummary {
                    before: i.before,
                    left: i.left,
                    left_share: share_interval(i.left, i.before),
                    came: i.came,
                    returned: i.returned,
                    days: i.days,
                    came_per_30_days: i.days.and_then(|days| events_interval(i.came, days / 30.0)),
                })
                .collect(),
            leaving,
            renamed: how_many(&|m| m.renamed()),
            joined_by_handle: how_many(&|m| m.by_handle),
            following: following(presence, swing),
            growth: COUNTS.iter().filter_map(|(name, count)| per_day(presence, name, *count)).collect(),
            warnings: Vec::new(),
        };
        summary.warn();
        summary
    }

    fn warn(&mut self) {
        let mut warnings = Vec::new();
        for s in &self.snapshots {
            if s.rows_without_id_and_handle > 0 {
                warnings.push(format!(
                    "{}: {} rows have neither id nor handle and are in no count; their accounts may be listed as left",
                    s.name, s.rows_without_id_and_handle
                ));
            }
            let by_handle = s.rows_without_id - s.rows_without_id_and_handle;
            if by_handle > 0 {
                warnings.push(format!(
                    "{}: {by_handle} rows have no id and are joined by handle; a rename among them looks like one who \
                     left and another who came",
                    s.name
                ));
            }
            if s.repeated_rows > 0 {
                warnings.push(format!(
                    "{}: {} rows repeat an account that stands before; the first one counts",
                    s.name, s.repeated_rows
                ));
            }
        }
        for (at, i) in self.intervals.iter().enumerate() {
            let (old, new) = (&self.snapshots[at], &self.snapshots[at + 1]);
            if i.before > 0 && new.accounts > 0 && i.left == i.before {
                warnings.push(format!(
                    "{} and {} have no account in common: are they the same list, with the same kind of id?",
                    old.name, new.name
                ));
            } else if i.left * 2 > i.before {
                warnings.push(format!(
                    "{}: more than half of {} is gone; an export that was cut off looks like this too",
                    new.name, old.name
                ));
            }
        }
        self.warnings = warnings;
    }

    fn text(&self, presence: &Presence, top: usize, swing: u64, output: Option<&Path>) -> String {
        let mut out = String::new();
        let key = if self.joined_by_handle > 0 { "id, and by handle where there is none" } else { "id" };
        let _ = writeln!(
            out,
            "{} accounts on {} snapshots, joined by {key}\n",
            self.accounts,
            self.snapshots.len()
        );
        let _ = writeln!(out, "  accounts  taken on    left  came  snapshot");
        for (at, s) in self.snapshots.iter().enumerate() {
            let change = at.checked_sub(1).map(|before| &self.intervals[before]);
            let number = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
            let _ = writeln!(
                out,
                "  {:>8}  {:10}  {:>4}  {:>4}  {}",
                s.accounts,
                s.date.as_deref().unwrap_or("unknown"),
                number(change.map(|i| i.left)),
                number(change.map(|i| i.came)),
                tail(&s.name, 60)
            );
        }
        let _ = writeln!(out);
        for (status, n) in self.statuses.iter().filter(|(status, n)| *n > 0 || plain(*status)) {
            let _ = writeln!(out, "  {:18} {n:>8}  {}", status.name(), meaning(*status));
        }
        self.text_rates(&mut out);
        self.text_following(&mut out);
        text_members(&mut out, presence, top, swing);
        let _ = match output {
            Some(path) => writeln!(out, "\nEvery account is in {}.", visible(&path.display().to_string())),
            None => writeln!(out, "\nEvery account as CSV: add -o accounts.csv"),
        };
        out
    }

    fn text_rates(&self, out: &mut String) {
        let (first, rest) = match self.intervals.split_first() {
            Some(parts) => parts,
            None => return,
        };
        if rest.is_empty() {
            let days = first.days.map_or(String::new(), |days| format!(" in {days:.0} days"));
            let _ = writeln!(
                out,
                "\nLeft: {} of {}{}{days}",
                first.left,
                first.before,
                percent(first.left_share)
            );
        }
        let came: u64 = self.intervals.iter().map(|i| i.came).sum();
        let days: Option<f64> = self.intervals.iter().map(|i| i.days).sum();
        match &self.leaving {
            Some(l) => {
                let _ = writeln!(
                    out,
                    "{}Leaving: {:.2} % per 30 days (95 % interval {:.2} to {:.2} %): {} in {:.0} \
                     follower-months\nBase rate: {:.2} % per 30 days ({:.2} to {:.2} %): {} of {} left in {:.0} \
                     follower-months;\n  {}",
                    if rest.is_empty() { "" } else { "\n" },
                    l.per_follower_month.value * 100.0,
                    l.per_follower_month.lo * 100.0,
                    l.per_follower_month.hi * 100.0,
                    plural(l.departures, "departure"),
                    l.follower_months,
                    l.base_per_follower_month.value * 100.0,
                    l.base_per_follower_month.lo * 100.0,
                    l.base_per_follower_month.hi * 100.0,
                    l.base.left,
                    l.base.of,
                    l.base.follower_months,
                    l.base.source
                );
                let _ = writeln!(
                    out,
                    "{} That is one small list on one network: a hint, not a norm.",
                    match l.against_base {
                        Compared::Above => "More leave here than there, beyond chance.",
                        Compared::Below => "Fewer leave here than there, beyond chance.",
                        Compared::Alike => "Chance alone could make the difference between the two.",
                    }
                );
                if let Some(rate) = days.and_then(|days| events_interval(came, days / 30.0)) {
                    let _ = writeln!(
                        out,
                        "Coming: {:.1} accounts per 30 days (95 % interval {:.1} to {:.1}): {came} in {:.0} days",
                        rate.value,
                        rate.lo,
                        rate.hi,
                        days.unwrap_or(0.0)
                    );
                }
            }
            None => {
                let _ = writeln!(
                    out,
                    "No rates per day or month: that needs two dates (--dates), apart from each other."
                );
            }
        }
    }

    fn text_following(&self, out: &mut String) {
        let Some(f) = &self.following else { return };
        let _ = writeln!(out, "\nFollowing counts are known twice or more of {} accounts", f.known_twice);
        let _ = writeln!(out, "  grew by {} or more in all: {}{}", f.swing, f.grew, percent(f.grew_share));
        let _ =
            writeln!(out, "  shrank by {} or more in all: {}{}", f.swing, f.shrank, percent(f.shrank_share));
        if f.known_three_times > 0 {
            let _ = writeln!(
                out,
                "  grew by {} or more, then shrank by as much, as follow churners do: {} of {}{}{}",
                f.swing,
                f.grew_and_shrank,
                f.known_three_times,
                percent(f.grew_and_shrank_share),
                if f.swing == SWING { SWING_BASE } else { "" }
            );
        } else {
            let _ = writeln!(
                out,
                "  who grows and then shrinks, as follow churners do, shows with three snapshots"
            );
        }
        if !self.growth.is_empty() {
            let _ = writeln!(out, "\nGrowth per day        accounts  lowest tenth    median  highest tenth");
            for g in &self.growth {
                let _ = writeln!(
                    out,
                    "  {:18}  {:>8}  {:>12.3}  {:>8.3}  {:>13.3}",
                    g.count, g.accounts, g.decile_1, g.median, g.decile_9
                );
            }
        }
    }
}

fn snapshots(lists: &Lists, presence: &Presence) -> Vec<SnapshotSummary> {
    let parts = lists.names.iter().zip(presence.lists()).enumerate();
    parts
        .map(|(at, (name, snapshot))| SnapshotSummary {
            name: name.clone(),
            date: snapshot.date.map(day),
            rows: snapshot.rows() as u64,
            accounts: presence.sizes[at],
            repeated_rows: presence.repeated[at],
            damaged_rows: lists.damaged[at],
            rows_without_id: snapshot.without_id,
            rows_without_id_and_handle: presence.without_key.iter().filter(|(of, _)| *of == at).count()
                as u64,
        })
        .collect()
}

fn following(presence: &Presence, swing: u64) -> Option<Following> {
    let found: Vec<_> = presence.members().filter_map(|m| m.following(swing)).collect();
    let known_twice = found.len() as u64;
    let known_three_times = found.iter().filter(|s| s.readings > 2).count() as u64;
    let by = i128::from(swing);
    let grew = found.iter().filter(|s| s.net_change() >= by).count() as u64;
    let shrank = found.iter().filter(|s| s.net_change() <= -by).count() as u64;
    let turned = found.iter().filter(|s| s.grew_and_shrank).count() as u64;
    (known_twice > 0).then(|| Following {
        known_twice,
        known_three_times,
        swing,
        grew,
        grew_share: share_interval(grew, known_twice),
        shrank,
        shrank_share: share_interval(shrank, known_twice),
        grew_and_shrank: turned,
        grew_and_shrank_share: share_interval(turned, known_three_times),
    })
}

fn per_day(presence: &Presence, count: &'static str, of: CountOf) -> Option<PerDay> {
    let mut rates: Vec<f64> = presence.members().filter_map(|m| m.growth(of)?.per_day()).collect();
    rates.sort_by(f64::total_cmp);
    let at = |share: f64| rates.get(((rates.len() - 1) as f64 * share).round() as usize).copied();
    let accounts = rates.len() as u64;
    if accounts == 0 {
        return None;
    }
    Some(PerDay { count, accounts, decile_1: at(0.1)?, median: at(0.5)?, decile_9: at(0.9)? })
}

/// ` (5.1 %, 95 % interval 3.5 to 7.3 %)`.
fn percent(rate: Option<Rate>) -> String {
    rate.map_or(String::new(), |r| {
        format!(" ({:.1} %, 95 % interval {:.1} to {:.1} %)", r.value * 100.0, r.lo * 100.0, r.hi * 100.0)
    })
}

/// At most `width` characters of a path, the last ones: they tell snapshots apart.
fn tail(name: &str, width: usize) -> String {
    let skipped = name.chars().count().saturating_sub(width);
    match skipped {
        0 => name.to_string(),
        n => std::iter::once('…').chain(name.chars().skip(n + 1)).collect(),
    }
}

/// How common a rise and fall by [`SWING`] was where somebody measured it (`docs/churn.md`).
const SWING_BASE: &str = "\n    base rate: 2 of 350 legitimate accounts (0.6 %), 191 of 349 content polluters \
                          (54.7 %), read up to 230 times\n    in seven months (caverlee-2011, train split)";

/// Said even where nobody is of this kind.
fn plain(status: Status) -> bool {
    matches!(status, Status::Stayed | Status::Came | Status::Left)
}

fn meaning(status: Status) -> &'static str {
    match status {
        Status::Stayed => "on every snapshot",
        Status::Came => "not on the first, there since",
        Status::Left => "on the first, gone by the last",
        Status::CameAndLeft => "came after the first, gone by the last",
        Status::Returned => "left, came back, there on the last",
        Status::ReturnedAndLeft => "left, came back, gone by the last",
    }
}

fn who(member: &Member<'_>) -> String {
    match (member.handle(), member.id) {
        (Some(handle), Some(id)) => format!("@{} ({})", one_line(handle, 30), one_line(id, 30)),
        (Some(handle), None) => format!("@{}", one_line(handle, 30)),
        (None, Some(id)) => format!("id {}", one_line(id, 30)),
        (None, None) => String::new(),
    }
}

fn text_members(out: &mut String, presence: &Presence, top: usize, swing: u64) {
    let kinds = [
        ("Came back", [Status::Returned, Status::ReturnedAndLeft]),
        ("Left", [Status::Left, Status::CameAndLeft]),
        ("Came", [Status::Came, Status::Came]),
    ];
    let width = presence.sizes.len();
    // Of a kind with many members only the first are put into words.
    let mut list =
        |title: &str, found: &mut dyn Iterator<Item = Member<'_>>, line: &dyn Fn(&Member<'_>) -> String| {
            let first: Vec<Member<'_>> = found.take(top).collect();
            if first.is_empty() || top == 0 {
                return;
            }
            let _ = writeln!(out, "\n{title}");
            for member in &first {
                let _ = writeln!(out, "  {}", line(member));
            }
            let more = found.count();
            if more > 0 {
                let _ = writeln!(out, "  and {more} more");
            }
        };
    let mut churners: Vec<(Member<'_>, Swings)> = presence
        .members()
        .filter_map(|m| {
            let found = m.following(swing).filter(|found| found.grew_and_shrank)?;
            Some((m, found))
        })
        .collect();
    churners.sort_by_key(|(_, found)| std::cmp::Reverse(found.total_change()));
    list(
        &format!("Grew following by {swing} or more, then shrank"),
        &mut churners.into_iter().map(|(member, _)| member),
        &|m| {
            let counts: Vec<String> =
                m.seen.iter().filter_map(|(_, c)| Some(c.following?.to_string())).collect();
            format!("{}  following {}", who(m), brief(&counts))
        },
    );
    for (title, statuses) in kinds {
        list(title, &mut presence.members_with(&statuses), &|m| {
            if width > 2 { format!("{}  {}", shown(m, width), who(m)) } else { who(m) }
        });
    }
    list("Renamed", &mut presence.members().filter(|m| m.renamed()), &|m| {
        let handles: Vec<_> = m.handles.iter().map(|handle| format!("@{}", one_line(handle, 30))).collect();
        handles.join(" -> ")
    });
}

/// The last counts of a run.
fn brief(counts: &[String]) -> String {
    let skipped = counts.len().saturating_sub(8);
    let before = if skipped > 0 { "… -> " } else { "" };
    format!("{before}{}", counts[skipped..].join(" -> "))
}

/// The pattern of presence, the last 40 snapshots of it.
fn shown(member: &Member<'_>, width: usize) -> String {
    let pattern = member.pattern(width);
    pattern[pattern.len().saturating_sub(40)..].to_string()
}

fn write_json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = Vec::new();
    json_line(&mut text, value)?;
    text.push(b'\n');
    write_result(None, &String::from_utf8(text)?)
}

fn write_csv(path: Option<&Path>, presence: &Presence, swing: u64) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(open_output(path)?);
    let mut header: Vec<String> = ["id", "screen_name", "earlier_names", "status", "joined_by", "present"]
        .iter()
        .chain(&["first_snapshot", "last_snapshot", "first_seen", "last_seen"])
        .map(ToString::to_string)
        .collect();
    for (name, _) in COUNTS {
        header.extend(["first", "last", "change", "per_day"].map(|part| format!("{name}_{part}")));
    }
    header.extend(
        ["following_total_change", "following_largest_rise", "following_largest_fall", "following_reversals"]
            .map(str::to_string),
    );
    header.push("following_grew_and_shrank".into());
    writer.write_record(&header)?;
    let snapshots = presence.lists();
    let date = |at: Option<u32>| at.and_then(|at| snapshots[at as usize].date).map_or(String::new(), day);
    for m in presence.members() {
        let (first, last) = (m.seen.first().map(|(at, _)| *at), m.seen.last().map(|(at, _)| *at));
        let earlier: Vec<&str> = m.handles.iter().rev().skip(1).copied().collect();
        let number = |at: Option<u32>| at.map_or(String::new(), |at| (at + 1).to_string());
        let mut cells: Vec<String> = vec![
            csv_cell(m.id.unwrap_or_default()).into_owned(),
            csv_cell(m.handle().unwrap_or_default()).into_owned(),
            csv_cell(&earlier.join(" ")).into_owned(),
            m.status.name().into(),
            if m.by_handle { "handle" } else { "id" }.into(),
            m.pattern(snapshots.len()),
            number(first),
            number(last),
            date(first),
            date(last),
        ];
        for (_, count) in COUNTS {
            match m.growth(count) {
                Some(growth) => cells.extend([
                    growth.first.to_string(),
                    growth.last.to_string(),
                    growth.change().to_string(),
                    growth.per_day().map_or(String::new(), |rate| format!("{rate:.6}")),
                ]),
                None => {
                    let only = m.seen.iter().find_map(|(_, counts)| count(counts));
                    cells.push(only.map_or(String::new(), |n| n.to_string()));
                    cells.extend([String::new(), String::new(), String::new()]);
                }
            }
        }
        match m.following(swing) {
            Some(s) => cells.extend([
                s.total_change().to_string(),
                s.largest_rise.to_string(),
                s.largest_fall.to_string(),
                s.reversals.to_string(),
                if s.readings < 3 { String::new() } else { s.grew_and_shrank.to_string() },
            ]),
            None => cells.extend(std::iter::repeat_n(String::new(), 5)),
        }
        writer.write_record(&cells)?;
    }
    let output = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    output.finish().context("cannot finish the accounts")
}
