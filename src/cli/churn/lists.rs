//! Reading: snapshots out of files in any dialect, or out of one matrix with a column a date.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::super::rows::read_rows;
use super::super::usage::misuse;
use super::super::{Console, RunArgs, open_input};
use crate::account::Timestamp;
use crate::ingest::{ReadOptions, Source, parse_time};
use crate::safe::visible;
use crate::screen::churn::{Counts, Roll, Sighting};
use crate::words::day;

/// Snapshots as they were read.
pub(in crate::cli) struct Lists {
    /// What to call each, safe to print.
    pub names: Vec<String>,
    pub roll: Roll,
    /// Rows that could not be read as a whole, per snapshot.
    pub damaged: Vec<u64>,
}

/// `follower.js,follower-part1.js` is one snapshot in two files, unless a file has that very name.
fn parts(argument: &Path) -> Vec<PathBuf> {
    match argument.to_str() {
        Some(text) if text.contains(',') && !argument.exists() => {
            text.split(',').filter(|part| !part.is_empty()).map(PathBuf::from).collect()
        }
        _ => vec![argument.to_path_buf()],
    }
}

pub(in crate::cli) fn read(
    files: &[PathBuf],
    options: &ReadOptions,
    run: &RunArgs,
    console: &Console,
) -> anyhow::Result<Lists> {
    let mut lists = Lists { names: Vec::new(), roll: Roll::default(), damaged: Vec::new() };
    for argument in files {
        lists.roll.begin();
        let mut damaged = 0;
        for path in parts(argument) {
            damaged += read_file(&path, options, run, console, &mut lists.roll)?;
        }
        let snapshot = lists.roll.lists.last_mut().context("a snapshot was begun")?;
        if let Some((first, last)) = snapshot.times {
            snapshot.date = Some(last);
            let days = (last.as_second() - first.as_second()) / 86_400;
            if days > 2 {
                console.say(format_args!(
                    "{}: its rows were observed over {days} days; the list is taken to be of the last, {}",
                    visible(&argument.display().to_string()),
                    day(last)
                ));
            }
        }
        lists.names.push(visible(&argument.display().to_string()).into_owned());
        lists.damaged.push(damaged);
    }
    Ok(lists)
}

fn read_file(
    path: &Path,
    options: &ReadOptions,
    run: &RunArgs,
    console: &Console,
    roll: &mut Roll,
) -> anyhow::Result<u64> {
    let mut input = open_input(path, options)?;
    let met = read_rows(
        &mut input,
        run,
        console,
        |_| Vec::new(),
        |part, row| part.push(Sighting::new(row.number, &row.account)),
        |part| {
            let newest = roll.lists.len() - 1;
            part.iter().for_each(|sighting| roll.add(newest, sighting));
            Ok(())
        },
    )?;
    met.report(path, console);
    console.say(format_args!("{}: {}", visible(&path.display().to_string()), met.account_sound()));
    Ok(met.rejects.count)
}

/// Puts `--dates` on the snapshots, and refuses an order that the dates contradict.
pub(super) fn date(lists: &mut Lists, dates: &[Timestamp], console: &Console) -> anyhow::Result<()> {
    if !dates.is_empty() {
        if dates.len() != lists.roll.lists.len() {
            misuse!(
                "--dates has {} dates for {} snapshots\n  expected one date a snapshot, in the same order",
                dates.len(),
                lists.roll.lists.len()
            );
        }
        lists.roll.lists.iter_mut().zip(dates).for_each(|(snapshot, date)| snapshot.date = Some(*date));
    }
    for (at, pair) in lists.roll.lists.windows(2).enumerate() {
        if let (Some(older), Some(newer)) = (pair[0].date, pair[1].date)
            && newer < older
        {
            bail!(
                "{} is of {}, older than {} of {}\n  expected the snapshots from old to new",
                lists.names[at + 1],
                day(newer),
                lists.names[at],
                day(older)
            );
        }
    }
    let unknown: Vec<&str> = lists
        .roll
        .lists
        .iter()
        .zip(&lists.names)
        .filter(|(snapshot, _)| snapshot.date.is_none())
        .map(|(_, name)| name.as_str())
        .collect();
    if !unknown.is_empty() {
        let named: Option<Vec<String>> = lists.names.iter().map(|name| date_in(name)).collect();
        let advice = match named {
            Some(dates) => format!("the names suggest --dates {}", dates.join(",")),
            None => "give one a snapshot with --dates OLD,NEW".to_string(),
        };
        console.say(format_args!(
            "when these were taken is not known, so there are no rates per day or month: {}; {advice}",
            unknown.join(", ")
        ));
    }
    Ok(())
}

/// A date such as `2025-01-18` inside a name.
fn date_in(name: &str) -> Option<String> {
    let name = name.rsplit('/').next()?;
    (0..name.len())
        .filter_map(|at| name.get(at..at + 10))
        .find(|part| {
            part.bytes()
                .enumerate()
                .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() })
                && parse_time(part).is_some()
        })
        .map(str::to_string)
}

/// The time in the name of a column; `2025-01-18T1424` is one too.
fn column_time(name: &str) -> Option<Timestamp> {
    let name = name.trim();
    if !name.get(..4)?.bytes().all(|b| b.is_ascii_digit()) || !name.contains('-') {
        return None;
    }
    parse_time(name).or_else(|| match name.len() {
        15 => parse_time(&format!("{}:{}:00", name.get(..13)?, name.get(13..)?)),
        _ => None,
    })
}

/// A header longer than this is none, bytes.
const LONGEST_HEADER: u64 = 1 << 20;

/// A matrix: the first column is the id, each column named by a date holds something where the account was on the
/// list then. `None` where fewer than two columns are named by a date.
pub(super) fn read_matrix(path: &Path) -> anyhow::Result<Option<Lists>> {
    let shown = visible(&path.display().to_string()).into_owned();
    let failed = || format!("cannot read {shown}");
    let mut source = Source::open(path)?;
    // A file of gigabytes on one line is no matrix, and must not be taken into memory to find that out.
    let mut head = Vec::new();
    source.by_ref().take(LONGEST_HEADER).read_to_end(&mut head).with_context(failed)?;
    if matches!(head.first(), Some(b'{' | b'[')) || !head.contains(&b'\n') {
        return Ok(None);
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(head.as_slice().chain(source));
    let header = reader.byte_headers().with_context(failed)?.clone();
    let mut columns: Vec<(usize, Timestamp)> = header
        .iter()
        .enumerate()
        .skip(1)
        .filter_map(|(at, name)| Some((at, column_time(&String::from_utf8_lossy(name))?)))
        .collect();
    if columns.len() < 2 {
        return Ok(None);
    }
    columns.sort_by_key(|(_, time)| *time);
    let mut lists = Lists {
        names: columns
            .iter()
            .map(|(at, _)| visible(&String::from_utf8_lossy(&header[*at])).into_owned())
            .collect(),
        roll: Roll::default(),
        damaged: vec![0; columns.len()],
    };
    for (_, time) in &columns {
        lists.roll.begin();
        lists.roll.lists.last_mut().context("a snapshot was begun")?.date = Some(*time);
    }
    let mut record = csv::ByteRecord::new();
    let mut row = 0;
    while reader.read_byte_record(&mut record).with_context(failed)? {
        row += 1;
        let id = String::from_utf8_lossy(&record[0]);
        let id = Some(crate::ingest::canonical_id(&id)).filter(|id| !id.is_empty()).map(Box::<str>::from);
        let sighting = Sighting { row, id, handle: None, counts: Counts::default() };
        for (list, (at, _)) in columns.iter().enumerate() {
            let cell = record.get(*at).unwrap_or_default().trim_ascii();
            if !matches!(cell, b"" | b"NA" | b"None" | b"null" | b"NULL" | b"nan" | b"NaN") {
                lists.roll.add(list, &sighting);
            }
        }
    }
    Ok(Some(lists))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_names_are_found_and_not_made_up() {
        assert_eq!(date_in("a/followers_min.2025-01-18.csv").as_deref(), Some("2025-01-18"));
        assert_eq!(date_in("2025-01-18/followers.csv"), None, "of the file, not the folder");
        assert_eq!(date_in("2025-13-18é.csv"), None);
        assert!(column_time("2025-01-18T1424").is_some() && column_time("2025-01-18").is_some());
        assert_eq!(column_time("2025"), None);
        assert_eq!(column_time("bot"), None);
    }
}
