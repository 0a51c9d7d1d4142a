//! `botsieve report`: a list of followers as one file with plots.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;

use super::churn::lists;
use super::report_file::{ReportForm, write_report};
use super::rows::read_blocks;
use super::{
    BesideArgs, Console, Done, ModelArgs, ReadArgs, RunArgs, drift, open_input, parse_date, prevalence,
    say_what_is_missing,
};
use crate::account::Timestamp;
use crate::evaluate::BinCounts;
use crate::ingest::{ReadOptions, shown};
use crate::model::Parts;
use crate::report::followers::{Churn, Named, Reciprocity, Snapshot};
use crate::report::{FollowersReport, Gather};
use crate::safe::{one_line, visible};
use crate::scores::{KINDS_READ, look};
use crate::screen::churn::{BASE, Presence, Roll, Sighting, Status, compare, events_interval};
use crate::screen::share_of_bots;
use crate::words::day;

/// A report on a list of followers: one HTML page with plots that people can read, or Markdown, or JSON.
///
/// Bands with intervals, kinds, ages, activity, languages, when the accounts were made, how the list changes along its
/// rows, look-alikes beside what chance would make, growth and churn against older snapshots (--previous), and who
/// follows whom back (--following, --compare). The page has no script and loads nothing; it follows a dark screen and
/// prints. What the file does not tell is said, not drawn as empty. Nothing in it ranks anybody, and nobody is called
/// a bot for looking like others. What each section says and does not say: docs/report.md.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReportArgs {
    /// File with the followers (CSV, TSV, JSON, JSON lines; plain, gzip or zstd); `-` is standard input
    #[arg(value_name = "FOLLOWERS")]
    file: PathBuf,

    #[command(flatten)]
    model: ModelArgs,

    /// Accounts that the owner of the list follows, in any form: who is followed back
    #[arg(long, help_heading = RECIPROCITY, value_name = "FILE")]
    following: Option<PathBuf>,

    /// CSV of others to stand beside: name,following,followers,followed_back
    #[arg(long, help_heading = RECIPROCITY, value_name = "FILE")]
    compare: Option<PathBuf>,

    /// What the owner of the list is called in that table
    #[arg(long, help_heading = RECIPROCITY, value_name = "NAME", default_value = "this list")]
    brand: String,

    /// Date of the report [default: the newest time of observation in the rows; never today]
    #[arg(long, value_name = "DATE", value_parser = parse_date)]
    as_of: Option<Timestamp>,

    #[command(flatten)]
    read: ReadArgs,

    #[command(flatten)]
    beside: BesideArgs,

    #[command(flatten)]
    run: RunArgs,

    /// Form of the report [default: what the ending of the file says (.html, .md, .json), else html]
    #[arg(long, value_enum)]
    format: Option<ReportForm>,

    /// Where it goes [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

const RECIPROCITY: &str = "Who follows whom back";

const EXAMPLES: &str = "Examples:\n  \
    botsieve report followers.csv -o report.html\n  \
    botsieve report autumn.csv --previous spring.csv --previous summer.csv -o report.html\n  \
    botsieve report followers.csv --following following.csv --compare others.csv --brand \"My shop\" -o report.md\n\n\
    Exit codes: 0 done, 1 failed, 2 bad usage, 3 done, but some rows could not be read.";

pub(super) fn run(args: ReportArgs) -> anyhow::Result<Done> {
    let console = Console::new(&args.run);
    let options = args.read.options()?;
    let path = &args.file;
    let scorer = prevalence::scorer(&args.model, path)?.looking_at(KINDS_READ);
    // What may fail without the list is done before the list is read.
    let others = args.compare.as_deref().map(|path| read_others(path, &args.run, &console)).transpose()?;
    let (mut compared, mut damaged) = others.unwrap_or_default();
    let mut input = open_input(path, &options)?;
    say_what_is_missing(&input, &options, &console);
    let beside = args.beside.join(&mut input, &options, &args.run, &console)?;
    let scorer = prevalence::settled(scorer, &args.model, path, &options, &beside, &args.run, &console)?;
    let mut rolls = Rolls::read(&args, &options, &console)?;
    damaged += rolls.damaged;

    let mut all = Gather::default();
    let mut bins = BinCounts::new(scorer.model());
    let to_even = scorer.to_even();
    let joined = rolls.wanted();
    let met = read_blocks(
        &mut input,
        &args.run,
        &console,
        |_| (Gather::default(), Vec::new(), BinCounts::new(scorer.model()), Parts::default()),
        |(part, sightings, bins, parts), rows| {
            if joined {
                sightings.extend(rows.iter().map(|row| Sighting::new(row.number, &row.account)));
            }
            look(&scorer, rows, 0, parts, |row, scored| match scored {
                Some((scored, all)) => {
                    bins.add(scorer.model(), |term| all.value(term));
                    part.add(row.number, &row.account, scored.score, scored.kinds, to_even);
                }
                None => part.add_damaged(),
            });
        },
        |(part, sightings, chunk_bins, _)| {
            bins.merge(&chunk_bins);
            all.merge(part);
            sightings.iter().for_each(|sighting| rolls.add(sighting));
            Ok(())
        },
    )?;
    let (scored, pending) = all.scored_and_pending();
    let rows = met.account(&[("scored", scored), ("pending", pending)]);
    rows.check()?;
    met.report(path, &console);
    drift::warn(&bins, &scorer, path, &console);
    beside.report(&console);

    let share = share_of_bots(scorer.model(), all.scores());
    let newest = all.observed().map(|(_, newest)| newest);
    let from_you = all.followed_back();
    let mut report =
        all.report(&shown(path), scorer.model(), scorer.prevalence(), share, !rolls.older.names.is_empty());
    if let Some(as_of) = args.as_of {
        report.as_of = Some(day(as_of));
    }
    report.remarks = met.remarks.all().map(|(note, n)| (note.advice().to_string(), n)).collect();
    report.unlike_training = drift::far(&bins, &scorer);
    report.churn = rolls.churn(&shown(path), newest);
    report.reciprocity = rolls.reciprocity(&args, report.rows, from_you)?;
    report.reciprocity.append(&mut compared);
    if report.reciprocity.iter().any(|brand| brand.fault.is_some()) {
        console.say("some rows of --compare could not be used; they stand in the report with their fault");
    }
    let form = ReportForm::of(args.format, args.output.as_deref());
    write_report(args.output.as_deref(), form, &report, || report.document())?;
    console.say(rows);
    told(&report, &args, &console);
    Ok(Done::of(met.rejects.count + beside.damaged() + damaged))
}

/// A line that says that there is a report, for who wrote it to a file.
fn told(report: &FollowersReport, args: &ReportArgs, console: &Console) {
    if let Some(output) = &args.output {
        console.say(format_args!(
            "{}: {} in the report {}",
            visible(&report.file),
            super::plural(report.rows, "row"),
            visible(&output.display().to_string())
        ));
    }
}

/// The lists that the followers are joined with, each with room for the followers as its last.
struct Rolls {
    /// Older snapshots.
    older: lists::Lists,
    /// The accounts that the owner follows.
    following: Option<Roll>,
    damaged: u64,
}

impl Rolls {
    fn read(args: &ReportArgs, options: &ReadOptions, console: &Console) -> anyhow::Result<Rolls> {
        let files = args.beside.files()?;
        let options =
            ReadOptions { encoding: options.encoding, map: options.map.clone(), ..ReadOptions::default() };
        // What cannot be read in the snapshots was said when they were read for growth.
        let quiet = Console { quiet: true };
        let mut older = lists::read(&files.previous, &options, &args.run, &quiet)?;
        for (list, date) in older.roll.lists.iter_mut().zip(&files.previous_at) {
            list.date = Some(*date);
        }
        if !older.names.is_empty() {
            older.roll.begin();
        }
        let mut damaged = 0;
        let following = match &args.following {
            None => None,
            Some(path) => {
                let mut lists = lists::read(std::slice::from_ref(path), &options, &args.run, console)?;
                damaged += lists.damaged.iter().sum::<u64>();
                lists.roll.begin();
                Some(lists.roll)
            }
        };
        Ok(Rolls { older, following, damaged })
    }

    /// Is there anything to join the followers with?
    fn wanted(&self) -> bool {
        !self.older.names.is_empty() || self.following.is_some()
    }

    fn add(&mut self, sighting: &Sighting) {
        if !self.older.names.is_empty() {
            let last = self.older.roll.lists.len() - 1;
            self.older.roll.add(last, sighting);
        }
        if let Some(roll) = &mut self.following {
            roll.add(1, sighting);
        }
    }

    fn churn(&mut self, name: &str, newest: Option<Timestamp>) -> Option<Churn> {
        if self.older.names.is_empty() {
            return None;
        }
        let mut names = std::mem::take(&mut self.older.names);
        names.push(visible(name).into_owned());
        let mut roll = std::mem::take(&mut self.older.roll);
        if let Some(last) = roll.lists.last_mut() {
            last.date = newest.or(last.date);
        }
        let presence = compare(roll);
        let last = presence.lists().len() - 1;
        let (mut came, mut left) = (Named::default(), Named::default());
        for member in presence.members() {
            match (member.is_on(last - 1), member.is_on(last)) {
                (false, true) => came.add(member.handle(), member.id),
                (true, false) => left.add(member.handle(), member.id),
                _ => {}
            }
        }
        let leaving =
            presence.follower_months().and_then(|months| events_interval(presence.departures(), months));
        let base_rate = BASE.per_30_days();
        Some(Churn {
            snapshots: snapshots(&presence, &names),
            statuses: Status::ALL.iter().map(|status| (status.name(), presence.count(*status))).collect(),
            leaving,
            base: BASE,
            base_rate,
            against_base: leaving.map(|rate| rate.against(&base_rate)),
            came,
            left,
        })
    }

    /// The row of the owner of the list. `by_rows`: followed back by what the rows say themselves, where they do.
    fn reciprocity(
        &mut self,
        args: &ReportArgs,
        rows: u64,
        by_rows: Option<u64>,
    ) -> anyhow::Result<Vec<Reciprocity>> {
        let name = one_line(&args.brand, 80);
        let own = |following, followers, followed_back| {
            vec![Reciprocity { name, following, followers: Some(followers), followed_back, fault: None }]
        };
        let Some(roll) = self.following.take() else {
            // Beside others the own row stands too, as far as it is known.
            return Ok(if by_rows.is_some() || args.compare.is_some() {
                own(None, rows, by_rows)
            } else {
                Vec::new()
            });
        };
        check_keys(args, &roll)?;
        let presence = compare(roll);
        let (following, followers) = (presence.sizes[0], presence.sizes[1]);
        Ok(own(Some(following), followers, Some(presence.count(Status::Stayed))))
    }
}

/// A list of ids and one of handles have nothing in common to join by.
fn check_keys(args: &ReportArgs, roll: &Roll) -> anyhow::Result<()> {
    let keys = |at: usize| {
        let list = &roll.lists[at];
        (list.without_id < list.rows() as u64, list.with_handle > 0)
    };
    if let ((true, false), (false, true)) | ((false, true), (true, false)) = (keys(0), keys(1)) {
        let path = args.following.as_deref().unwrap_or(Path::new("--following"));
        bail!(
            "{} and {} have nothing to be joined by: one has ids alone, the other handles alone\n  expected ids in both, \
             or handles in both",
            visible(&path.display().to_string()),
            visible(&shown(&args.file))
        );
    }
    Ok(())
}

fn snapshots(presence: &Presence, names: &[String]) -> Vec<Snapshot> {
    presence
        .lists()
        .iter()
        .enumerate()
        .map(|(at, list)| {
            let change = at.checked_sub(1).and_then(|before| presence.intervals.get(before));
            Snapshot {
                name: names[at].clone(),
                date: list.date.map(day),
                rows: list.rows() as u64,
                accounts: presence.sizes[at],
                came: change.map(|i| i.came),
                left: change.map(|i| i.left),
            }
        })
        .collect()
}

/// Columns of `--compare`.
const OTHERS: [&str; 4] = ["name", "following", "followers", "followed_back"];

/// Reads the others: each row of the file, with its fault where it cannot be used, and how many those are.
fn read_others(path: &Path, run: &RunArgs, console: &Console) -> anyhow::Result<(Vec<Reciprocity>, u64)> {
    let shown = visible(&path.display().to_string()).into_owned();
    let failed = || format!("cannot read {shown}");
    let source = crate::ingest::Source::open(path)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(source);
    let header = reader.byte_headers().with_context(failed)?.clone();
    let place = |name: &str| {
        let bare = |cell: &[u8]| {
            String::from_utf8_lossy(cell)
                .trim_start_matches('\u{feff}')
                .to_lowercase()
                .replace([' ', '-'], "_")
        };
        header.iter().position(|cell| bare(cell) == name)
    };
    let mut places = [0; 4];
    for (at, name) in OTHERS.iter().enumerate() {
        places[at] = place(name).with_context(|| {
            let found: Vec<String> =
                header.iter().take(10).map(|c| one_line(&String::from_utf8_lossy(c), 40)).collect();
            format!("{shown}: no column {name}: found {}\n  expected {}", found.join(", "), OTHERS.join(","))
        })?;
    }
    let (mut others, mut damaged, mut row) = (Vec::new(), 0, 0u64);
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).with_context(failed)? {
        row += 1;
        let text =
            |at: usize| String::from_utf8_lossy(record.get(places[at]).unwrap_or_default()).into_owned();
        let found = other(&text(0), [text(1), text(2), text(3)]);
        if let Some(fault) = &found.fault {
            let line = record.position().map_or(0, csv::Position::line);
            if run.strict {
                bail!("{shown}: row {row} (line {line}): {fault}");
            }
            console.say(format_args!("{shown}: row {row} (line {line}): {fault}"));
            damaged += 1;
        }
        others.push(found);
    }
    Ok((others, damaged))
}

/// One row of the others.
fn other(name: &str, cells: [String; 3]) -> Reciprocity {
    let mut fault = None;
    let mut number = |column: &str, cell: &str| -> Option<u64> {
        let plain = cell.replace([',', '_', ' ', '\u{a0}', '\u{202f}', '\''], "");
        if plain.is_empty() {
            return None;
        }
        let found = plain.parse().ok();
        if found.is_none() && fault.is_none() {
            fault = Some(format!(
                "column {column}: found \"{}\", expected a whole number, or nothing",
                one_line(cell, 40)
            ));
        }
        found
    };
    let mut brand = Reciprocity {
        name: one_line(name, 80),
        following: number(OTHERS[1], &cells[0]),
        followers: number(OTHERS[2], &cells[1]),
        followed_back: number(OTHERS[3], &cells[2]),
        fault: None,
    };
    let least = brand.following.into_iter().chain(brand.followers).min();
    if fault.is_none()
        && let (Some(back), Some(least)) = (brand.followed_back, least)
        && back > least
    {
        fault = Some(format!(
            "column followed_back: found {back}, expected at most {least}: whoever is followed back is among the followers \
             and among those followed"
        ));
    }
    if fault.is_some() {
        brand = Reciprocity { following: None, followers: None, followed_back: None, fault, ..brand };
    }
    brand
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_read_as_people_write_numbers_and_faults_are_told() {
        let of = |cells: [&str; 3]| other("Shop", cells.map(String::from));
        let fine = of(["1,204", "56 000", "800"]);
        assert_eq!(
            (fine.following, fine.followers, fine.followed_back, &fine.fault),
            (Some(1204), Some(56_000), Some(800), &None)
        );
        assert_eq!(of(["", "10", ""]).fault, None);
        let wrong = of(["many", "10", "1"]);
        assert!(wrong.fault.as_deref().is_some_and(|f| f.contains("column following") && f.contains("many")));
        assert_eq!(wrong.followers, None, "nothing of a row with a fault is used");
        assert!(of(["5", "10", "6"]).fault.is_some_and(|f| f.contains("at most 5")));
        assert!(of(["-5", "10", "1"]).fault.is_some());
    }
}
