//! The promises of bands in plain words, for `threshold` and `evaluate`.

use std::fmt::Write as _;

use super::draw::{width, wrapped};
use super::plural;
use crate::evaluate::promise::{BandPromise, Inside, Kept, Side, SourcePromise};
use crate::evaluate::{Interval, PromiseTable};
use crate::model::EVIDENCE_WORDS;
use crate::safe::visible;

/// The table as text: the bands, what they promise, and a row a source.
pub(super) fn promises(table: &PromiseTable) -> String {
    let mut out = String::new();
    let wanted = &table.policy.bands;
    let head = format!(
        "Bands by promise, where {} of the accounts are bots: spam with at least {} bots in it, genuine with at least \
         {} people in it. {}",
        whole(table.prevalence),
        whole(wanted.spam_precision),
        whole(wanted.genuine_purity),
        table.how
    );
    let _ = writeln!(out, "{}\n", wrapped(&head, width(), 0));
    for (name, side) in [("genuine", Side::Genuine), ("spam", Side::Spam)] {
        let Some(end) = table.ends.iter().find(|end| end.side == side) else { continue };
        let words = match (end.p_bot, side) {
            (Some(p), Side::Spam) if wanted.spam_needs_evidence => {
                format!("from p_bot {p}{EVIDENCE_WORDS}: ")
            }
            (Some(p), Side::Spam) => format!("from p_bot {p}: "),
            (Some(p), Side::Genuine) => format!("up to p_bot {p}: "),
            (None, _) => "switched ".into(),
        };
        say_named(&mut out, name, &format!("{words}{}", visible(&end.why)));
    }
    say_named(&mut out, "look", "everything else");
    say_named(&mut out, "pending", &format!("fewer than {} features known", wanted.min_features));
    let _ = writeln!(
        out,
        "\nWhat bands held on sources that had no part in their ends [95 %, families drawn anew]"
    );
    for band in &table.bands {
        say_named(&mut out, band.band, &held(band, table.policy.least_accounts));
    }
    rows(&mut out, table, Side::Spam, &table.spam_kept);
    rows(&mut out, table, Side::Genuine, &table.genuine_kept);
    out
}

fn say_named(out: &mut String, name: &str, text: &str) {
    let _ = writeln!(out, "  {name:8} {}", wrapped(text, width() - 11, 11));
}

fn held(band: &BandPromise, least: usize) -> String {
    if band.accounts < least {
        return match band.accounts {
            0 => "nothing fell into it".into(),
            n => format!("only {} fell into it: too few to say what it holds", plural(n as u64, "account")),
        };
    }
    // The share of the class that the band does not speak of, because that is the error.
    let (what, share) = match band.band {
        "spam" => ("people", turned(&band.bots_in_it)),
        _ => ("bots", band.bots_in_it),
    };
    let spread = match band.families {
        1 => " (all of one family, so nobody knows how it is in others)".to_string(),
        _ => ends(&share, hundred),
    };
    let of_all = |share: &Interval| format!("{}{}", whole(share.value.unwrap_or(0.0)), ends(share, whole));
    format!(
        "of 100 accounts in it, about {} are {what}{spread}; it holds {} of all bots and {} of all people",
        share.value.map_or_else(|| "-".into(), hundred),
        of_all(&band.of_all_bots),
        of_all(&band.of_all_people)
    )
}

/// One band, source by source.
fn rows(out: &mut String, table: &PromiseTable, side: Side, kept: &Kept) {
    type Pick = fn(&SourcePromise) -> (Option<f64>, &Inside);
    let (name, promise, from, pick): (_, _, _, Pick) = match side {
        Side::Spam => ("spam", table.policy.bands.spam_precision, "from", |s| (s.spam_from, &s.spam)),
        Side::Genuine => {
            ("genuine", table.policy.bands.genuine_purity, "up to", |s| (s.genuine_up_to, &s.genuine))
        }
    };
    let names = table.sources.iter().map(|s| visible(&s.source).chars().count());
    let title = format!("{name}, source left out");
    let longest = names.max().unwrap_or(0).max(title.chars().count());
    let _ = writeln!(
        out,
        "\n{:longest$}  {from:>6}  {:>6} {:>6}  {:<22} holds",
        title,
        "bots",
        "people",
        format!("{} in it [95 %]", side.hits()),
    );
    for row in &table.sources {
        let (end, inside) = pick(row);
        let share = match (inside.share, inside.lo, inside.hi) {
            (Some(share), Some(lo), Some(hi)) => format!("{share:.3} [{lo:.3}, {hi:.3}]"),
            _ => "-".into(),
        };
        let holds = match inside.holds {
            Some(true) => "yes",
            Some(false) => "NO",
            None => "-",
        };
        let _ = writeln!(
            out,
            "{:longest$}  {:>6}  {:>6} {:>6}  {share:<22} {holds}",
            visible(&row.source),
            end.map_or_else(|| "off".into(), |end| end.to_string()),
            inside.bots,
            inside.people
        );
    }
    let empty = match kept.empty {
        0 => String::new(),
        1 => "; 1 more has no account in the band".into(),
        n => format!("; {n} more have no account in the band"),
    };
    let words = format!(
        "The promise of {} {} in {name} holds within its interval on {} of {} left-out sources{empty}.",
        whole(promise),
        side.hits(),
        kept.holds,
        kept.of
    );
    let _ = writeln!(out, "{}", wrapped(&words, width(), 0));
}

/// A share as a percentage without needless decimals.
fn whole(share: f64) -> String {
    let percent = share * 100.0;
    let text = if percent >= 9.95 { format!("{percent:.1}") } else { format!("{percent:.2}") };
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// So many of a hundred accounts.
fn hundred(share: f64) -> String {
    match share * 100.0 {
        n if n == 0.0 || n >= 0.95 => format!("{n:.0}"),
        n => format!("{n:.1}"),
    }
}

fn ends(interval: &Interval, words: impl Fn(f64) -> String) -> String {
    match (interval.lo, interval.hi) {
        (Some(lo), Some(hi)) => format!(" [{} to {}]", words(lo), words(hi)),
        _ => String::new(),
    }
}

/// The same of the other class.
fn turned(interval: &Interval) -> Interval {
    let other = |share: Option<f64>| share.map(|share| 1.0 - share);
    Interval {
        value: other(interval.value),
        lo: other(interval.hi),
        hi: other(interval.lo),
        undefined_replicates: interval.undefined_replicates,
    }
}
