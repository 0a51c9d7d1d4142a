//! `--series`: files with an id and a run of counts a line.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Serialize;

use super::super::usage::misuse;
use super::super::{Console, Done, Rejects, open_output, write_result};
use super::{ChurnArgs, Format, percent, write_json};
use crate::ingest::{Damage, Source};
use crate::safe::{csv_cell, one_line, visible};
use crate::screen::churn::{HIGH_CHURN, Rate, SWING, Swings, share_interval, swings};

/// A line longer than this is no series, bytes.
const LONGEST: u64 = 16 << 20;

/// One line.
struct Line {
    file: usize,
    row: u64,
    id: String,
    found: Result<Swings, Damage>,
}

impl Line {
    fn score(&self) -> Option<f64> {
        self.found.as_ref().ok().and_then(Swings::churn_score)
    }
}

#[derive(Serialize)]
struct Summary {
    files: Vec<String>,
    rows: u64,
    damaged: u64,
    repeated_ids: u64,
    swing: u64,
    /// Accounts with three readings or more, which have a score.
    scored: u64,
    /// Of these, the ones with a score of `high_from` or more.
    high: u64,
    high_from: f64,
    high_share: Option<Rate>,
    grew_and_shrank: u64,
    grew_and_shrank_share: Option<Rate>,
    median_total_change: Option<u64>,
    median_churn_score: Option<f64>,
}

pub(super) fn run(args: &ChurnArgs, console: &Console) -> anyhow::Result<Done> {
    if !args.dates.is_empty() {
        misuse!("--dates goes with snapshots: a series is scored by reading, not by day");
    }
    let mut lines = Vec::new();
    let mut damaged = 0;
    for (file, path) in args.files.iter().enumerate() {
        let mut rejects = Rejects::default();
        let before = lines.len();
        read(path, file, args.swing, &mut lines, &mut rejects)?;
        rejects.check(path, args.run.strict)?;
        let a_run = |line: &Line| line.found.as_ref().is_ok_and(|found| found.readings > 1);
        if rejects.count > 0 && !lines[before..].iter().any(a_run) {
            rejects.report(path, console);
            bail!(
                "{}: no line is an id and a run of counts\n  expected lines such as `12345<TAB>310,312,290` or \
                 `12345,310,312,290`",
                visible(&path.display().to_string())
            );
        }
        rejects.report(path, console);
        damaged += rejects.count;
    }
    let summary = summarise(args, &lines, damaged);
    if let Some(output) = &args.output {
        write_csv(Some(output), &args.files, &lines)?;
    }
    match args.format {
        Format::Json => write_json(&summary)?,
        Format::Csv if args.output.is_none() => write_csv(None, &args.files, &lines)?,
        _ => write_result(None, &text(&summary, &lines, args.top))?,
    }
    Ok(Done::of(damaged))
}

fn read(
    path: &Path,
    file: usize,
    swing: u64,
    lines: &mut Vec<Line>,
    rejects: &mut Rejects,
) -> anyhow::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, Source::open(path)?);
    let shown = visible(&path.display().to_string()).into_owned();
    let (mut bytes, mut number, mut row) = (Vec::new(), 0, 0);
    loop {
        bytes.clear();
        let read = reader.by_ref().take(LONGEST).read_until(b'\n', &mut bytes);
        if read.with_context(|| format!("cannot read {shown}"))? == 0 {
            break;
        }
        number += 1;
        if bytes.len() as u64 == LONGEST && bytes.last() != Some(&b'\n') {
            bail!("{shown}: line {number} is longer than 16 MiB\n  expected an id and a run of counts");
        }
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{feff}').trim_end();
        if text.is_empty() {
            continue;
        }
        let mut cells = text.split(['\t', ',', ';']).map(|cell| cell.trim().trim_matches('"'));
        let id = crate::ingest::canonical_id(cells.next().unwrap_or_default()).to_string();
        let found = counts(cells);
        if let (Err(_), 1) = (&found, number)
            && text
                .split(['\t', ',', ';'])
                .skip(1)
                .all(|cell| cell.trim().trim_matches('"').parse::<f64>().is_err())
        {
            continue; // a header
        }
        row += 1;
        let found = if id.is_empty() {
            Err(Damage { column: None, found: "no id".into(), expected: "an id in the first column".into() })
        } else {
            found.map(|counts| swings(counts, swing))
        };
        if let Err(damage) = &found {
            rejects.add(row, number, damage.clone());
        }
        lines.push(Line { file, row, id, found });
    }
    Ok(())
}

/// Whole numbers; an empty cell is a reading that was missed.
fn counts<'a>(cells: impl Iterator<Item = &'a str>) -> Result<Vec<u64>, Damage> {
    let mut counts = Vec::new();
    for (at, cell) in cells.enumerate() {
        if matches!(cell, "" | "NA" | "NaN" | "nan" | "None" | "null" | "NULL") {
            continue;
        }
        let whole = cell.strip_suffix(".0").unwrap_or(cell);
        counts.push(whole.parse().map_err(|_| Damage {
            column: Some(format!("reading {}", at + 1)),
            found: Damage::excerpt(cell.as_bytes()),
            expected: "a whole number, or nothing where the reading was missed".into(),
        })?);
    }
    Ok(counts)
}

fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> Option<T> {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len().saturating_sub(1) / 2).copied()
}

fn summarise(args: &ChurnArgs, lines: &[Line], damaged: u64) -> Summary {
    let mut ids: Vec<&str> = lines.iter().map(|line| line.id.as_str()).filter(|id| !id.is_empty()).collect();
    ids.sort_unstable();
    let scores: Vec<f64> = lines.iter().filter_map(Line::score).collect();
    let whole = || lines.iter().filter_map(|line| line.found.as_ref().ok()).filter(|s| s.readings >= 3);
    let scored = scores.len() as u64;
    let high = scores.iter().filter(|score| **score >= HIGH_CHURN).count() as u64;
    let turned = whole().filter(|s| s.grew_and_shrank).count() as u64;
    Summary {
        files: args.files.iter().map(|path| path.display().to_string()).collect(),
        rows: lines.len() as u64,
        damaged,
        repeated_ids: ids.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64,
        swing: args.swing,
        scored,
        high,
        high_from: HIGH_CHURN,
        high_share: share_interval(high, scored),
        grew_and_shrank: turned,
        grew_and_shrank_share: share_interval(turned, scored),
        median_total_change: median(whole().map(Swings::total_change).collect()),
        median_churn_score: median(scores),
    }
}

fn text(summary: &Summary, lines: &[Line], top: usize) -> String {
    let mut out = String::new();
    let files: Vec<_> = summary.files.iter().map(|file| visible(file)).collect();
    let _ = writeln!(
        out,
        "{}: {} accounts: {} scored, {} with fewer than three readings, {} could not be read",
        files.join(", "),
        summary.rows,
        summary.scored,
        summary.rows - summary.scored - summary.damaged,
        summary.damaged
    );
    if summary.repeated_ids > 0 {
        let _ =
            writeln!(out, "{} rows repeat an id that stands before; each is scored", summary.repeated_ids);
    }
    let _ = writeln!(out);
    if let (Some(total), Some(score)) = (summary.median_total_change, summary.median_churn_score) {
        let _ = writeln!(
            out,
            "  half of the accounts changed by {total} in all or less; median churn score {score:.2}"
        );
    }
    let _ = writeln!(
        out,
        "  grew by {} or more and shrank by as much again: {}{}",
        summary.swing,
        summary.grew_and_shrank,
        percent(summary.grew_and_shrank_share)
    );
    let _ = writeln!(
        out,
        "  churn score of {HIGH_CHURN} or more: {}{}",
        summary.high,
        percent(summary.high_share)
    );
    let _ = writeln!(
        out,
        "\nBase rates (caverlee-2011, train split, read up to 230 times in seven months): of 350 legitimate accounts 15\n\
         (4 %) reach {HIGH_CHURN} and 2 (0.6 %) grew by {SWING} and shrank again; of 349 content polluters 294 (84 %) and 191 (55 %).\n\
         Counts that were read more rarely, or a few times only, score otherwise. A high score says what an account\n\
         does, not that it is a bot."
    );
    let mut ranked: Vec<&Line> = lines.iter().filter(|line| line.score().is_some()).collect();
    ranked.sort_by(|a, b| b.score().unwrap_or(0.0).total_cmp(&a.score().unwrap_or(0.0)));
    ranked.truncate(top);
    if !ranked.is_empty() {
        let _ = writeln!(
            out,
            "\nHighest churn\n   score  total change  largest rise  largest fall  reversals  id"
        );
    }
    for line in ranked {
        if let Ok(found) = &line.found {
            let _ = writeln!(
                out,
                "  {:6.2}  {:>12}  {:>12}  {:>12}  {:>9}  {}",
                line.score().unwrap_or(0.0),
                found.total_change(),
                found.largest_rise,
                found.largest_fall,
                found.reversals,
                one_line(&line.id, 30)
            );
        }
    }
    out
}

const HEADER: [&str; 15] = [
    "file",
    "row",
    "id",
    "readings",
    "first",
    "last",
    "net_change",
    "total_change",
    "risen",
    "fallen",
    "largest_rise",
    "largest_fall",
    "reversals",
    "churn_score",
    "status",
];

fn write_csv(path: Option<&Path>, files: &[PathBuf], lines: &[Line]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(open_output(path)?);
    writer.write_record(HEADER)?;
    for line in lines {
        writer.write_field(csv_cell(&files[line.file].display().to_string()).as_bytes())?;
        writer.write_field(line.row.to_string())?;
        writer.write_field(csv_cell(&line.id).as_bytes())?;
        match &line.found {
            Ok(s) => {
                writer.write_field(s.readings.to_string())?;
                let known = s.readings > 0;
                let numbers = [
                    i128::from(s.first),
                    i128::from(s.last),
                    s.net_change(),
                    i128::from(s.total_change()),
                    i128::from(s.risen),
                    i128::from(s.fallen),
                    i128::from(s.largest_rise),
                    i128::from(s.largest_fall),
                    i128::from(s.reversals),
                ];
                for number in numbers {
                    writer.write_field(if known { number.to_string() } else { String::new() })?;
                }
                writer.write_field(s.churn_score().map_or(String::new(), |score| format!("{score:.6}")))?;
                writer.write_field(if s.readings >= 3 { "ok" } else { "fewer than three readings" })?;
            }
            Err(damage) => {
                for _ in 3..HEADER.len() - 1 {
                    writer.write_field("")?;
                }
                writer.write_field(csv_cell(&format!("damaged: {damage}")).as_bytes())?;
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    let output = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    output.finish().context("cannot finish the accounts")
}
