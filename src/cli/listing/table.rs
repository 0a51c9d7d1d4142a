//! The queue as a table: its columns, and the cells of an account.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;

use super::super::open_output;
use crate::account::Timestamp;
use crate::safe::csv_cell;
use crate::screen::{Candidate, Kind};

/// Reasons kept for each account.
pub(in super::super) const REASONS: usize = 3;

/// The columns of every queue.
pub(in super::super) const COLUMNS: [&str; 22] = [
    "place",
    "row",
    "id",
    "screen_name",
    "name",
    "band",
    "p_bot",
    "reason_1",
    "contribution_1",
    "reason_2",
    "contribution_2",
    "reason_3",
    "contribution_3",
    "followers",
    "following",
    "posts",
    "age_days",
    "features_missing",
    "status",
    "support",
    "kind",
    "kind_reason",
];

/// The columns behind them where there is a ledger.
pub(in super::super) const PAST_COLUMNS: [&str; 6] =
    ["standing", "decision", "decided_by", "decided_at", "look_again", "changed"];

/// The columns at the end where it was said who engages.
pub(in super::super) const ENGAGEMENT_COLUMNS: [&str; 2] = ["engagement", "engagement_reason"];

/// What of a profile a condition may ask for, beside the columns of the queue.
pub(in super::super) const PROFILE_COLUMNS: [&str; 15] = [
    "bio",
    "location",
    "url",
    "lang",
    "likes_given",
    "listed",
    "verified",
    "protected",
    "default_image",
    "declared_bot",
    "you_follow",
    "created_at",
    "last_post_at",
    "observed_at",
    "network",
];

/// The cells of [`PROFILE_COLUMNS`]; empty where the file does not say.
pub(in super::super) fn profile_cells(c: &Candidate) -> [String; PROFILE_COLUMNS.len()] {
    let Some(profile) = &c.profile else { return Default::default() };
    let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_string();
    let number = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
    let flag = |flag: Option<bool>| flag.map_or(String::new(), |flag| flag.to_string());
    let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
    [
        text(&profile.bio),
        text(&profile.location),
        text(&profile.website),
        text(&profile.language),
        number(profile.likes_given),
        number(profile.listed),
        flag(profile.verified),
        flag(profile.protected),
        flag(profile.default_image),
        flag(profile.declared_bot),
        flag(c.you_follow),
        time(profile.created_at),
        time(profile.last_post_at),
        time(profile.observed_at),
        profile.network.map_or(String::new(), |network| network.name().to_string()),
    ]
}

/// Columns with text from outside, compared as text and made harmless for a spreadsheet.
pub(in super::super) const TEXTS: [&str; 6] =
    ["id", "screen_name", "name", "status", "decided_by", "changed"];

/// What the ledger says of an account of the list, or of one that is gone from it.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Remembered {
    /// `open`, `decided`, `due`, `keep`, `never` or `gone`.
    pub standing: &'static str,
    /// The decision, who made it and when.
    pub decision: Option<(&'static str, String, Timestamp)>,
    pub why: String,
    pub look_again: Option<Timestamp>,
    /// What changed since, in words.
    pub changed: Vec<String>,
}

/// What the ledger says of the list.
#[derive(Debug, Default)]
pub(in super::super) struct Past {
    /// By row of the input.
    pub rows: HashMap<u64, Remembered>,
    /// Accounts that are due and no longer on the list: id, handle, what is remembered.
    pub gone: Vec<(String, String, Remembered)>,
}

/// The kind to show, with its reason.
pub(in super::super) fn main_kind(c: &Candidate) -> Option<(&Kind, &str)> {
    c.kinds.first().map(|(kind, reason)| (kind, reason.as_str()))
}

/// The cells of an account, but for its place: raw, not yet harmless.
pub(in super::super) fn cells(c: &Candidate, place: usize, past: Option<&Past>) -> Vec<String> {
    let number = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
    let score = c.score.as_ref();
    let mut cells =
        vec![place.to_string(), c.row.to_string(), c.id.clone(), c.handle.clone(), c.name.clone()];
    cells.push(if score.is_some() { c.band().name().into() } else { String::new() });
    let known = score.filter(|s| s.features_known > 0);
    cells.push(known.map_or(String::new(), |s| format!("{:.4}", s.p_bot)));
    for n in 0..REASONS {
        let reason = score.and_then(|s| s.reasons.get(n));
        cells.push(reason.map_or(String::new(), |r| r.words()));
        cells.push(reason.map_or(String::new(), |r| format!("{:.3}", r.contribution)));
    }
    cells.extend([number(c.followers), number(c.following), number(c.posts)]);
    cells.push(c.age_days.map_or(String::new(), |d| format!("{d:.0}")));
    cells.push(score.map_or(String::new(), |s| s.features_missing.to_string()));
    cells.push(c.status.clone());
    cells.push(score.and_then(|s| s.support).map_or(String::new(), |s| format!("{s:.4}")));
    let (kind, reason) = main_kind(c).map_or(("none", ""), |(kind, reason)| (kind.name(), reason));
    cells.push(if score.is_some() { kind.into() } else { String::new() });
    cells.push(reason.into());
    if let Some(past) = past {
        let open = Remembered { standing: "open", ..Remembered::default() };
        cells.extend(past_cells(past.rows.get(&c.row).unwrap_or(&open)));
    }
    if let Some(engagement) = &c.engagement {
        cells.extend([engagement.points.to_string(), engagement.reason()]);
    }
    cells
}

fn past_cells(remembered: &Remembered) -> [String; 6] {
    let (decision, by, at) = match &remembered.decision {
        Some((decision, by, at)) => ((*decision).to_string(), by.clone(), at.to_string()),
        None => Default::default(),
    };
    let look_again = remembered.look_again.map_or(String::new(), |date| date.to_string());
    [remembered.standing.into(), decision, by, at, look_again, remembered.changed.join("; ")]
}

/// Writes the whole queue, and behind it those that are gone.
pub(in super::super) fn write_queue(
    path: Option<&Path>,
    queue: &[Candidate],
    past: Option<&Past>,
    with_engagement: bool,
) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(open_output(path)?);
    let mut header = COLUMNS.to_vec();
    if past.is_some() {
        header.extend(PAST_COLUMNS);
    }
    if with_engagement {
        header.extend(ENGAGEMENT_COLUMNS);
    }
    writer.write_record(&header)?;
    let mut write = |cells: Vec<String>| {
        for (cell, column) in cells.iter().zip(&header) {
            if TEXTS.contains(column) {
                writer.write_field(csv_cell(cell).as_bytes())?;
            } else {
                writer.write_field(cell)?;
            }
        }
        writer.write_record(None::<&[u8]>)
    };
    for (place, c) in queue.iter().enumerate() {
        write(cells(c, place + 1, past))?;
    }
    for (number, (id, handle, remembered)) in past.iter().flat_map(|past| &past.gone).enumerate() {
        let mut cells = vec![String::new(); COLUMNS.len()];
        cells[0] = (queue.len() + number + 1).to_string();
        (cells[2], cells[3]) = (id.clone(), handle.clone());
        cells[18] = "gone: not in the list".into();
        cells.extend(past_cells(remembered));
        cells.resize(header.len(), String::new());
        write(cells)?;
    }
    let output = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
    output.finish().context("cannot finish the queue")
}
