//! A table with a row an account and the times it did each thing.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::super::field::fold;
use super::super::stream::{Cutter, Head, Stream, skip};
use super::super::value::{self, Cell, Id};
use super::super::{Damage, IngestError, Source, delimited};
use super::{EngagementCounts, EngagementKind, EngagementRead};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Handle,
    Times(EngagementKind),
    First,
    Last,
}

/// Folded names. Not those by which networks count what an account did to anybody (`favourites_count`).
const COLUMNS: &[(&str, Column)] = &[
    ("id", Column::Id),
    ("idstr", Column::Id),
    ("userid", Column::Id),
    ("accountid", Column::Id),
    ("authorid", Column::Id),
    ("did", Column::Id),
    ("screenname", Column::Handle),
    ("username", Column::Handle),
    ("handle", Column::Handle),
    ("acct", Column::Handle),
    ("account", Column::Handle),
    ("mentions", Column::Times(EngagementKind::Mention)),
    ("mentionsofus", Column::Times(EngagementKind::Mention)),
    ("replies", Column::Times(EngagementKind::Reply)),
    ("repliestous", Column::Times(EngagementKind::Reply)),
    ("comments", Column::Times(EngagementKind::Reply)),
    ("reposts", Column::Times(EngagementKind::Repost)),
    ("retweets", Column::Times(EngagementKind::Repost)),
    ("boosts", Column::Times(EngagementKind::Repost)),
    ("shares", Column::Times(EngagementKind::Repost)),
    ("likes", Column::Times(EngagementKind::Like)),
    ("likesofus", Column::Times(EngagementKind::Like)),
    ("favorites", Column::Times(EngagementKind::Like)),
    ("favourites", Column::Times(EngagementKind::Like)),
    ("first", Column::First),
    ("firstat", Column::First),
    ("firstdate", Column::First),
    ("since", Column::First),
    ("last", Column::Last),
    ("lastat", Column::Last),
    ("lastdate", Column::Last),
];

/// The counts, for messages.
pub(super) const COUNT_NAMES: &str =
    "mentions, replies, reposts (or retweets, boosts) or likes beside an id or a handle";

const COUNT: &str = "a whole number, or nothing for none";

fn columns_of(names: &[String]) -> Vec<(usize, Column)> {
    let mut found: Vec<(usize, Column)> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let folded = fold(name);
        if let Some((_, column)) = COLUMNS.iter().find(|(alias, _)| *alias == folded)
            && found.iter().all(|(_, other)| other != column)
        {
            found.push((at, *column));
        }
    }
    found
}

fn usable(columns: &[(usize, Column)]) -> bool {
    let has = |test: fn(&Column) -> bool| columns.iter().any(|(_, column)| test(column));
    has(|column| matches!(column, Column::Id | Column::Handle))
        && has(|column| matches!(column, Column::Times(_)))
}

/// Is this the head of such a table, and not one of profiles, whose likes are of anybody's posts?
pub(super) fn has_counts(head: &[u8]) -> bool {
    let form = delimited::Form::of(head);
    let (first, _) = delimited::first_records(head, form, 1);
    let names = first.into_iter().next().unwrap_or_default();
    let of_profiles = names.iter().any(|name| {
        matches!(
            fold(name).as_str(),
            "followers" | "followerscount" | "following" | "friendscount" | "bio" | "description"
        )
    });
    let of_posts = names.iter().any(|name| matches!(fold(name).as_str(), "text" | "fulltext" | "content"));
    !of_profiles && !of_posts && usable(&columns_of(&names))
}

/// Reads it; `take` gets id, handle and counts of each row, and says whether it has a key.
pub(super) fn read<P: FnMut(u64) + Send>(
    path: &Path,
    begin: &mut impl FnMut(&Path, (Option<u64>, Arc<AtomicU64>)) -> P,
    read: &mut EngagementRead,
    mut take: impl FnMut(Option<&str>, Option<&str>, EngagementCounts) -> bool,
) -> Result<(), IngestError> {
    let Head { source, mut buffer, at_end, mut line, .. } = Head::open(Source::open(path)?, None)?;
    let unusable = |found: String| IngestError::Unusable {
        path: path.to_path_buf(),
        found,
        expected: format!("a table (CSV or TSV with a header) with {COUNT_NAMES}"),
    };
    if matches!(buffer[0], b'{' | b'[') {
        return Err(unusable("this is JSON".into()));
    }
    let form = delimited::Form::of(&buffer);
    let (first, used) = delimited::first_records(&buffer, form, 1);
    skip(&mut buffer, &mut line, |_| used);
    let names: Vec<String> = first.into_iter().next().unwrap_or_default();
    let columns = columns_of(&names);
    if !usable(&columns) {
        let shown: Vec<_> =
            names.iter().take(40).map(|name| crate::safe::visible(name).into_owned()).collect();
        return Err(unusable(format!("no such columns; there are: {}", shown.join(", "))));
    }
    let mut progress = begin(path, (source.size, Arc::clone(&source.taken)));
    let mut stream = Stream::new(source, Cutter::Delimited(form), buffer, at_end, line);
    while let Some(chunk) = stream.next_chunk()? {
        let mut rows = 0;
        delimited::records(form, &chunk, &mut |number, line, record| {
            rows += 1;
            read.records += 1;
            let row = record.and_then(|record| {
                if record.len() != names.len() {
                    return Err(Damage {
                        column: None,
                        found: format!("{} cells", record.len()),
                        expected: format!("{}, as the header has", names.len()),
                    });
                }
                row(record, &columns, &names)
            });
            match row {
                Err(damage) => read.damage(number, line, damage),
                Ok((id, handle, counts)) => {
                    if !take(id.as_deref(), handle.as_deref(), counts) {
                        let damage = Damage {
                            column: None,
                            found: "neither id nor handle".into(),
                            expected: "one of the two".into(),
                        };
                        read.damage(number, line, damage);
                    }
                }
            }
        });
        progress(rows);
    }
    Ok(())
}

type Row<'r> = (Option<Cow<'r, str>>, Option<Cow<'r, str>>, EngagementCounts);

fn row<'r>(
    record: &'r csv::ByteRecord,
    columns: &[(usize, Column)],
    names: &[String],
) -> Result<Row<'r>, Damage> {
    let (mut id, mut handle, mut counts) = (None, None, EngagementCounts::default());
    let (mut first, mut last) = (None, None);
    for (at, column) in columns {
        let raw = record.get(*at).unwrap_or_default();
        let failed = |expected: &str| Damage {
            column: Some(names[*at].clone()),
            found: Damage::excerpt(raw),
            expected: expected.into(),
        };
        let text = std::str::from_utf8(raw).map_err(|_| failed(super::super::NOT_UTF8))?;
        let cell = Cell::Text(Cow::Borrowed(text));
        match column {
            Column::Id => match value::id(cell).map_err(failed)? {
                Id::Key(key) => id = Some(key),
                Id::Missing => {}
                Id::Ruined => {
                    return Err(failed("an id to its last digit (a spreadsheet has rounded this one)"));
                }
            },
            Column::Handle => handle = value::key(cell).map_err(failed)?,
            Column::Times(kind) => {
                let (times, _) = value::count(cell).map_err(|_| failed(COUNT))?;
                counts.add(*kind, times.unwrap_or(0));
            }
            Column::First => first = value::time(cell).map_err(failed)?,
            Column::Last => last = value::time(cell).map_err(failed)?,
        }
    }
    counts.between(first, last);
    Ok((id, handle, counts))
}
