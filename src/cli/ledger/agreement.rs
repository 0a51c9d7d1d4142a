//! How far two people agree who decided on the same accounts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use super::super::usage::misuse;
use super::super::{Done, open_output, plural, write_result};
use super::{FileArgs, day};
use crate::account::Timestamp;
use crate::evaluate::{Agreement, Bootstrap, agreement};
use crate::safe::{csv_cell, one_line, visible};
use crate::screen::ledger::{Change, Event, Key, Verdict};
use crate::words::called;

/// How far two people agree on the accounts that both decided on: Cohen's kappa, and where they do not.
///
/// Of each person the last decision on an account counts, without those taken back; the decision of the one does not
/// replace that of the other here. Kappa is 1 where they always agree and 0 where they agree as often as chance would.
/// It is given over the five decisions, and over what retraining makes of them: spam against follow-back and list.
///
/// Who saw the other's decision first has not decided alone, and agrees too easily: for an honest figure, let each decide
/// in a ledger of their own and bring the two together with `export` and `import`.
#[derive(Args, Debug)]
pub(super) struct AgreementArgs {
    /// The two people [default: every two of the ledger]
    #[arg(long, num_args = 2, value_names = ["NAME", "NAME"])]
    between: Option<Vec<String>>,

    /// Write the accounts on which they differ to this file as CSV
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    to: FileArgs,
}

struct Last {
    verdict: Verdict,
    at: Timestamp,
    why: String,
}

/// What one person decided last, by account.
type Decisions = BTreeMap<String, Last>;

pub(super) fn agreement_of(args: AgreementArgs) -> anyhow::Result<Done> {
    let events = args.to.open()?.events()?;
    let mut people: BTreeMap<String, Decisions> = BTreeMap::new();
    let mut names: BTreeMap<String, Key> = BTreeMap::new();
    for event in events.into_iter().filter(|event| event.undone.is_none()) {
        let Event { id, handle_now, at, who, change, why, .. } = event;
        let Change::Decide(verdict, _) = change else { continue };
        let Some(key) = Key::new(id.as_deref(), handle_now.as_deref()) else { continue };
        // One account has one id, or one handle and no id.
        let place = id.unwrap_or_else(|| format!("@{}", handle_now.unwrap_or_default().to_lowercase()));
        names.insert(place.clone(), key);
        people.entry(who).or_default().insert(place, Last { verdict, at, why });
    }
    let pairs: Vec<(String, String)> = match &args.between {
        Some(two) => {
            for name in two {
                if !people.contains_key(name) {
                    let known: Vec<_> = people.keys().map(|name| visible(name).into_owned()).collect();
                    bail!(
                        "nobody called \"{}\" decided anything in this ledger\n  expected one of: {}",
                        visible(name),
                        if known.is_empty() { "(nobody decided yet)".into() } else { known.join(", ") }
                    );
                }
            }
            if two[0] == two[1] {
                misuse!("--between {0} {0}: expected two people", visible(&two[0]));
            }
            vec![(two[0].clone(), two[1].clone())]
        }
        None => {
            let all: Vec<&String> = people.keys().collect();
            all.iter()
                .enumerate()
                .flat_map(|(at, one)| all[at + 1..].iter().map(|other| ((*one).clone(), (*other).clone())))
                .filter(|(one, other)| people[one].keys().any(|place| people[other].contains_key(place)))
                .collect()
        }
    };
    if pairs.is_empty() {
        let known: BTreeSet<_> = people.keys().map(|name| visible(name).into_owned()).collect();
        bail!(
            "no two people decided on one account{}\n  expected decisions of two on the same accounts: each with \
             --who NAME, or two ledgers brought together with export and import",
            if known.is_empty() {
                String::new()
            } else {
                format!("; there are: {}", known.into_iter().collect::<Vec<_>>().join(", "))
            }
        );
    }
    let mut text = String::new();
    let mut rows: Vec<[String; 10]> = Vec::new();
    for (one, other) in &pairs {
        let both: Vec<(&String, &Last, &Last)> = people[one]
            .iter()
            .filter_map(|(place, last)| Some((place, last, people[other].get(place)?)))
            .collect();
        if !text.is_empty() {
            text.push('\n');
        }
        compare(&mut text, one, other, &both);
        for (place, mine, theirs) in both.iter().filter(|(_, mine, theirs)| mine.verdict != theirs.verdict) {
            let key = &names[*place];
            let part = |text: Option<&str>| text.unwrap_or_default().to_string();
            rows.push([
                part(key.id()),
                part(key.handle()),
                one.clone(),
                mine.verdict.name().into(),
                mine.at.to_string(),
                mine.why.clone(),
                other.clone(),
                theirs.verdict.name().into(),
                theirs.at.to_string(),
                theirs.why.clone(),
            ]);
        }
    }
    if !rows.is_empty() {
        let _ = writeln!(text, "\nWhere they differ");
        for row in rows.iter().take(10) {
            let _ = writeln!(
                text,
                "  {}: {} {} ({}), {} {} ({})",
                one_line(&called(&row[1], &row[0]), 40),
                one_line(&row[2], 20),
                row[3],
                &row[4][..10.min(row[4].len())],
                one_line(&row[6], 20),
                row[7],
                &row[8][..10.min(row[8].len())]
            );
        }
        if rows.len() > 10 {
            let hint = if args.output.is_none() { "; all of them with -o FILE" } else { "" };
            let _ = writeln!(text, "  and {} more{hint}", rows.len() - 10);
        }
    }
    if let Some(path) = &args.output {
        let mut csv = csv::Writer::from_writer(open_output(Some(path))?);
        csv.write_record([
            "id",
            "screen_name",
            "who_1",
            "decision_1",
            "decided_at_1",
            "why_1",
            "who_2",
            "decision_2",
            "decided_at_2",
            "why_2",
        ])?;
        for row in &rows {
            csv.write_record(row.iter().map(|cell| csv_cell(cell).into_owned()))?;
        }
        let output = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
        output.finish().context("cannot finish the table of disagreements")?;
        args.to.say(format_args!(
            "{} written to {}",
            plural(rows.len() as u64, "disagreement"),
            super::shown(path)
        ));
    }
    write_result(None, &text)?;
    Ok(Done::Whole)
}

fn compare(text: &mut String, one: &str, other: &str, both: &[(&String, &Last, &Last)]) {
    let place = |verdict: Verdict| Verdict::ALL.iter().position(|v| *v == verdict).unwrap_or_default();
    let verdicts: Vec<(usize, usize)> =
        both.iter().map(|(_, a, b)| (place(a.verdict), place(b.verdict))).collect();
    let class = |verdict: Verdict| match verdict {
        Verdict::Spam => Some(0),
        Verdict::FollowBack | Verdict::List => Some(1),
        Verdict::Pending | Verdict::Skip => None,
    };
    let classes: Vec<(usize, usize)> =
        both.iter().filter_map(|(_, a, b)| Some((class(a.verdict)?, class(b.verdict)?))).collect();
    let of_verdicts = agreement(&verdicts, Verdict::ALL.len(), &Bootstrap::default());
    let (one, other) = (one_line(one, 30), one_line(other, 30));
    let days = both.iter().flat_map(|(_, a, b)| [a.at, b.at]);
    let (first, last) = (days.clone().min(), days.max());
    let span = first.zip(last).map_or(String::new(), |(a, b)| format!(", {} to {}", day(a), day(b)));
    let _ =
        writeln!(text, "{one} and {other}: {} decided by both{span}", plural(both.len() as u64, "account"));
    say(text, "five decisions", &of_verdicts);
    say(text, "bot or person", &agreement(&classes, 2, &Bootstrap::default()));
    let _ = writeln!(text, "\n  {:>14} by {other}", "");
    let _ = write!(text, "  {:14}", format!("by {}", one_line(&one, 11)));
    for verdict in Verdict::ALL {
        let _ = write!(text, " {:>11}", verdict.name());
    }
    text.push('\n');
    for (verdict, counts) in Verdict::ALL.iter().zip(&of_verdicts.counts) {
        let _ = write!(text, "  {:14}", verdict.name());
        for n in counts {
            let _ = write!(text, " {n:>11}");
        }
        text.push('\n');
    }
}

fn say(text: &mut String, what: &str, found: &Agreement) {
    let _ = write!(text, "  {what:14}  ");
    let (Some(observed), Some(expected)) = (found.observed, found.expected) else {
        let _ = writeln!(text, "no account that both put into one of the two");
        return;
    };
    let _ = match (found.kappa.value, found.kappa.lo, found.kappa.hi) {
        (Some(kappa), Some(lo), Some(hi)) => write!(text, "kappa {kappa:.2} [{lo:.2}, {hi:.2}]"),
        (Some(kappa), ..) => write!(text, "kappa {kappa:.2} [no interval: too few]"),
        (None, ..) => write!(text, "kappa is not defined: both used one and the same class only"),
    };
    let _ = writeln!(
        text,
        ", {:.0} % alike where chance would make {:.0} %, of {}",
        100.0 * observed,
        100.0 * expected,
        found.accounts
    );
}
