//! The canonical form: accounts of any dialect under the names of [`Field`], losslessly.
//!
//! One row a record, in the order of the input, the damaged ones too. The first column, `botsieve_status`, is the
//! mark by which the form is recognised. It says `ok` or `damaged: ` and the reason, with the [notes](super::Note) on the
//! row in brackets (`ok (ruined id; rounded count)`); read again, the row is as sound, as noted or as damaged as it was. Times are RFC 3339
//! in UTC; fractions are as short as they can be and read back to the same number.
//!
//! **JSON lines** (and Parquet) have a key where something is known, an empty string where a text is known to be
//! empty, and every text to the letter.
//!
//! **CSV** has to tell *not known* from *known to be empty*, and must be safe in a spreadsheet, which runs a cell that
//! begins with `=`, and on a terminal. So:
//! - an empty cell is *not known*;
//! - a text may stand behind an apostrophe, which is no part of it. Then `\\` is a backslash and `\t`, `\r`,
//!   `\u{202e}` are the characters they name. An apostrophe alone is a text known to be empty;
//! - behind an apostrophe stand texts that are empty, begin with an apostrophe or with what makes a formula, hold
//!   control, invisible or direction-changing characters, or (ids, handles) would not read back as they are.

use std::borrow::Cow;

use serde::ser::{SerializeMap, Serializer};

use super::field::{FIELDS, Field, Kind};
use super::notes::Note;
use super::value::{self, Cell, Id};
use super::{Damage, Row};
use crate::account::{Account, Timestamp};
use crate::safe::{csv_cell, json_line, without_inner_formulas};

/// The value of one field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text or a key.
    Text(&'a str),
    /// A whole number.
    Count(u64),
    /// A finite number.
    Number(f64),
    /// True or false.
    Flag(bool),
    /// A time.
    Time(Timestamp),
}

/// What an account says about a field; `None` where it says nothing, and for fields that only feed others.
pub fn value_of<'s>(account: &'s Account<'_>, field: Field) -> Option<Value<'s>> {
    let a = account;
    let (given, activity) = (&a.given, &a.activity);
    let text = |text: &'s crate::account::Text<'_>| text.as_deref().map(Value::Text);
    let count = |count: Option<u64>| count.map(Value::Count);
    let flag = |flag: Option<bool>| flag.map(Value::Flag);
    let time = |time: Option<Timestamp>| time.map(Value::Time);
    let number = |number: Option<f64>| number.filter(|n| n.is_finite()).map(Value::Number);
    match field {
        Field::Id => text(&a.id),
        Field::Handle => text(&a.handle),
        Field::Name => text(&a.name),
        Field::Bio => text(&a.bio),
        Field::Location => text(&a.location),
        Field::Url => text(&a.url),
        Field::Lang => text(&a.lang),
        Field::Followers => count(a.followers),
        Field::Following => count(a.following),
        Field::Posts => count(a.posts),
        Field::LikesGiven => count(a.likes_given),
        Field::Listed => count(a.listed),
        Field::Verified => flag(a.verified),
        Field::Protected => flag(a.protected),
        Field::DefaultProfile => flag(a.default_profile),
        Field::DefaultImage => flag(a.default_image),
        Field::GeoEnabled => flag(a.geo_enabled),
        Field::BackgroundImage => flag(a.background_image),
        Field::DeclaredBot => flag(a.declared_bot),
        Field::YouFollow => flag(a.you_follow),
        Field::FollowsYou => flag(a.follows_you),
        Field::CreatedAt => time(a.created_at),
        Field::LastPostAt => time(a.last_post_at),
        Field::ObservedAt => time(a.observed_at),
        Field::HandleChars => count(given.handle_chars),
        Field::BioChars => count(given.bio_chars),
        Field::AgeDays => number(given.age_days),
        Field::FollowersPerFollowing => number(given.followers_per_following),
        Field::PostsPerDay => number(given.posts_per_day),
        Field::ListedPerDay => number(given.listed_per_day),
        Field::LikesGivenMean => number(given.likes_given_mean),
        Field::OriginalPosts => number(activity.original_posts),
        Field::Reposts => number(activity.reposts),
        Field::Replies => number(activity.replies),
        Field::Links => number(activity.links),
        Field::ClientCount => number(activity.client_count),
        Field::LikesPerPost => number(activity.likes_per_post),
        Field::RepostsPerPost => number(activity.reposts_per_post),
        Field::LinkRate => number(activity.link_rate),
        Field::MentionRate => number(activity.mention_rate),
        Field::GapMeanHours => number(activity.gap_mean_hours),
        Field::GapSdHours => number(activity.gap_sd_hours),
        Field::HashtagRate => number(activity.hashtag_rate),
        Field::HourEntropy => number(activity.hour_entropy),
        Field::RepeatShare => number(activity.repeat_share),
        Field::MainClientShare => number(activity.main_client_share),
        Field::Network => a.network.map(|network| Value::Text(network.name())),
        // They fill other fields, or are no part of the account.
        Field::VerifiedStatus
        | Field::HasImage
        | Field::Connections
        | Field::ImageUrl
        | Field::LastPostId
        | Field::LastPostText
        | Field::ProfileUrl
        | Field::Status
        | Field::Label => None,
    }
}

/// The fields of the canonical form: everything an [`Account`] can hold, in its order.
pub fn fields() -> impl Iterator<Item = (Field, &'static str, Kind)> + Clone {
    let feeds_others = |field: &Field| {
        matches!(
            field,
            Field::VerifiedStatus
                | Field::HasImage
                | Field::Connections
                | Field::ImageUrl
                | Field::LastPostId
                | Field::LastPostText
                | Field::ProfileUrl
                | Field::Status
                | Field::Label
        )
    };
    FIELDS.iter().copied().filter(move |(field, ..)| !feeds_others(field))
}

/// What a status may be, for messages.
pub(super) const STATUS: &str = "ok, ok with notes such as `ok (ruined id)`, or `damaged: ` and why";

/// The first column of the canonical form.
pub fn status(row: &Row<'_>) -> String {
    let notes: Vec<String> = row.notes.iter().map(|note| note.to_string()).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    match &row.damage {
        Some(damage) => format!("damaged{notes}: {damage}"),
        None => format!("ok{notes}"),
    }
}

impl Row<'_> {
    /// Takes back what [`status`] wrote.
    pub(super) fn set_status(&mut self, text: &str) -> Result<(), &'static str> {
        // Of nearly all rows.
        if text == "ok" {
            return Ok(());
        }
        let text = match text.strip_prefix('\'') {
            Some(_) => Cow::Owned(unguarded(text)?),
            None => Cow::Borrowed(text),
        };
        let (head, why) = match text.split_once(": ") {
            Some((head, why)) => (head, Some(why)),
            None => (&*text, None),
        };
        let notes = head.strip_prefix(if why.is_some() { "damaged" } else { "ok" }).ok_or(STATUS)?;
        if !notes.is_empty() {
            let notes = notes.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')')).ok_or(STATUS)?;
            for word in notes.split("; ") {
                let note = Note::ALL.iter().find(|note| note.to_string() == word).ok_or(STATUS)?;
                self.notes.insert(*note);
            }
        }
        if let Some(why) = why {
            self.damage.get_or_insert_with(|| damage_of(why));
        }
        Ok(())
    }
}

/// A damage out of its words; its own words are the same again. Whoever wrote the file, nothing in them is obeyed by a
/// terminal.
fn damage_of(why: &str) -> Damage {
    let why = &*crate::safe::visible(why);
    let (column, rest) = match why.strip_prefix("column ").and_then(|rest| rest.split_once(": found ")) {
        Some((column, rest)) => (Some(column.to_string()), rest),
        None => (None, why.strip_prefix("found ").unwrap_or(why)),
    };
    let (found, expected) = rest.rsplit_once(", expected ").unwrap_or((rest, "a sound row"));
    Damage { column, found: found.to_string(), expected: expected.to_string() }
}

/// A text as a cell of the canonical CSV. `reads_back`: would it be read as it is without an apostrophe?
fn guarded(text: &str, reads_back: bool) -> Cow<'_, str> {
    let harmless = matches!(csv_cell(text), Cow::Borrowed(_));
    if harmless && reads_back && !text.is_empty() && !text.starts_with('\'') {
        return Cow::Borrowed(text);
    }
    let doubled = without_inner_formulas(&text.replace('\\', "\\\\"));
    let escaped = csv_cell(&doubled);
    // In front of a formula `csv_cell` has already put the apostrophe.
    let has_one = escaped.starts_with('\'') && !doubled.starts_with('\'');
    Cow::Owned(if has_one { escaped.into_owned() } else { format!("'{escaped}") })
}

/// The text behind an apostrophe.
///
/// # Errors
/// Where a backslash stands there that is none of the escapes.
pub(super) fn unguarded(cell: &str) -> Result<String, &'static str> {
    const EXPECTED: &str =
        "behind a leading apostrophe, a backslash as \\\\, or one of the escapes \\t, \\r, \\n, \\u{..}";
    let mut rest = cell.strip_prefix('\'').unwrap_or(cell);
    let mut text = String::with_capacity(rest.len());
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let (c, length) = match escape.as_bytes().first() {
            Some(b'\\') => ('\\', 1),
            Some(b't') => ('\t', 1),
            Some(b'r') => ('\r', 1),
            Some(b'n') => ('\n', 1),
            Some(b'u') => {
                let hex =
                    escape[1..].strip_prefix('{').and_then(|rest| rest.split_once('}')).ok_or(EXPECTED)?.0;
                let number = u32::from_str_radix(hex, 16).map_err(|_| EXPECTED)?;
                (char::from_u32(number).ok_or(EXPECTED)?, hex.len() + 3)
            }
            _ => return Err(EXPECTED),
        };
        text.push(c);
        rest = &escape[length..];
    }
    text.push_str(rest);
    Ok(text)
}

/// Would the reader take this text for the field as it stands?
fn reads_back(field: Field, text: &str) -> bool {
    let cell = || Cell::Text(Cow::Borrowed(text));
    match field {
        Field::Id => matches!(value::id(cell()), Ok(Id::Key(key)) if key == text),
        Field::Handle => !text.starts_with('@') && matches!(value::key(cell()), Ok(Some(key)) if key == text),
        _ => true,
    }
}

/// The header of the canonical CSV, without a line end; `label` adds the column of the class.
pub fn csv_header(label: bool) -> String {
    let names = fields().map(|(_, name, _)| name).chain(label.then_some(Field::Label.name()));
    [Field::Status.name()].into_iter().chain(names).collect::<Vec<_>>().join(",")
}

/// One row of the canonical CSV.
///
/// # Errors
/// Where the writer fails.
pub fn csv_row<W: std::io::Write>(
    writer: &mut csv::Writer<W>,
    row: &Row<'_>,
    label: bool,
) -> csv::Result<()> {
    writer.write_field(guarded(&status(row), true).as_bytes())?;
    for (field, ..) in fields() {
        match value_of(&row.account, field) {
            None => writer.write_field(b"")?,
            Some(Value::Text(text)) => {
                writer.write_field(guarded(text, reads_back(field, text)).as_bytes())?
            }
            Some(Value::Count(n)) => writer.write_field(n.to_string())?,
            // The shortest digits that give the same number again.
            Some(Value::Number(n)) => writer.write_field(format!("{n:?}"))?,
            Some(Value::Flag(flag)) => writer.write_field(flag.to_string())?,
            Some(Value::Time(time)) => writer.write_field(time.to_string())?,
        }
    }
    if label {
        writer.write_field(row.label.map_or(String::new(), |label| label.to_string()))?;
    }
    writer.write_record(None::<&[u8]>)
}

/// One row of the canonical JSON lines, with its line end.
///
/// # Errors
/// Where the writer fails.
pub fn json_row<W: std::io::Write>(mut writer: W, row: &Row<'_>) -> std::io::Result<()> {
    json_line(&mut writer, &JsonRow(row)).map_err(std::io::Error::from)?;
    writer.write_all(b"\n")
}

struct JsonRow<'r, 'a>(&'r Row<'a>);

impl serde::Serialize for JsonRow<'_, '_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(Field::Status.name(), &status(self.0))?;
        for (field, name, _) in fields() {
            match value_of(&self.0.account, field) {
                None => {}
                Some(Value::Text(text)) => map.serialize_entry(name, text)?,
                Some(Value::Count(n)) => map.serialize_entry(name, &n)?,
                Some(Value::Number(n)) => map.serialize_entry(name, &n)?,
                Some(Value::Flag(flag)) => map.serialize_entry(name, &flag)?,
                Some(Value::Time(time)) => map.serialize_entry(name, &time.to_string())?,
            }
        }
        if let Some(label) = self.0.label {
            map.serialize_entry(Field::Label.name(), &label)?;
        }
        map.end()
    }
}

#[cfg(feature = "arrow")]
pub use columns::{Columns, schema};

#[cfg(feature = "arrow")]
mod columns {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, BooleanBuilder, Float64Builder, RecordBatch, StringBuilder, UInt64Builder};
    use arrow::datatypes::{DataType, Schema};
    use arrow::error::ArrowError;

    use super::{Field, Kind, Row, Value, fields, status, value_of};

    /// The columns of the canonical form: texts and times are strings, counts unsigned 64-bit numbers.
    pub fn schema(label: bool) -> Arc<Schema> {
        let column =
            |name: &str, kind: DataType, nullable| arrow::datatypes::Field::new(name, kind, nullable);
        let mut columns = vec![column(Field::Status.name(), DataType::Utf8, false)];
        columns.extend(fields().map(|(_, name, kind)| {
            let kind = match kind {
                Kind::Text | Kind::Key | Kind::Time => DataType::Utf8,
                Kind::Count => DataType::UInt64,
                Kind::Number => DataType::Float64,
                Kind::Flag => DataType::Boolean,
            };
            column(name, kind, true)
        }));
        if label {
            columns.push(column(Field::Label.name(), DataType::Utf8, true));
        }
        Arc::new(Schema::new(columns))
    }

    enum Column {
        Text(StringBuilder),
        Count(UInt64Builder),
        Number(Float64Builder),
        Flag(BooleanBuilder),
    }

    /// Rows on their way into a record batch.
    pub struct Columns {
        label: bool,
        status: StringBuilder,
        columns: Vec<Column>,
        labels: StringBuilder,
    }

    impl Columns {
        /// None yet.
        pub fn new(label: bool) -> Columns {
            let columns = fields()
                .map(|(_, _, kind)| match kind {
                    Kind::Text | Kind::Key | Kind::Time => Column::Text(StringBuilder::new()),
                    Kind::Count => Column::Count(UInt64Builder::new()),
                    Kind::Number => Column::Number(Float64Builder::new()),
                    Kind::Flag => Column::Flag(BooleanBuilder::new()),
                })
                .collect();
            Columns { label, status: StringBuilder::new(), columns, labels: StringBuilder::new() }
        }

        /// Adds a row.
        pub fn add(&mut self, row: &Row<'_>) {
            self.status.append_value(status(row));
            for (column, (field, ..)) in self.columns.iter_mut().zip(fields()) {
                let value = value_of(&row.account, field);
                match column {
                    Column::Text(column) => match value {
                        Some(Value::Text(text)) => column.append_value(text),
                        Some(Value::Time(time)) => column.append_value(time.to_string()),
                        _ => column.append_null(),
                    },
                    Column::Count(column) => column.append_option(match value {
                        Some(Value::Count(n)) => Some(n),
                        _ => None,
                    }),
                    Column::Number(column) => column.append_option(match value {
                        Some(Value::Number(n)) => Some(n),
                        _ => None,
                    }),
                    Column::Flag(column) => column.append_option(match value {
                        Some(Value::Flag(flag)) => Some(flag),
                        _ => None,
                    }),
                }
            }
            self.labels.append_option(row.label.map(|label| label.to_string()));
        }

        /// The rows as a record batch.
        ///
        /// # Errors
        /// Where Arrow refuses it.
        pub fn finish(mut self) -> Result<RecordBatch, ArrowError> {
            let mut arrays: Vec<ArrayRef> = vec![Arc::new(self.status.finish())];
            for column in &mut self.columns {
                arrays.push(match column {
                    Column::Text(column) => Arc::new(column.finish()),
                    Column::Count(column) => Arc::new(column.finish()),
                    Column::Number(column) => Arc::new(column.finish()),
                    Column::Flag(column) => Arc::new(column.finish()),
                });
            }
            if self.label {
                arrays.push(Arc::new(self.labels.finish()));
            }
            RecordBatch::try_new(schema(self.label), arrays)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_text_reads_back_and_harms_nobody() {
        for text in [
            "",
            "'",
            "=1+1",
            "'=1",
            "a\u{202e}b\\u{1}",
            "\t\r\n\\",
            "+",
            "plain",
            "two\nlines",
            "\u{200d}",
            "x;=1\\\n@y",
            ";\"+1",
        ] {
            let cell = guarded(text, true);
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
            assert!(matches!(csv_cell(&cell), Cow::Borrowed(_)), "{cell:?}");
            match cell.strip_prefix('\'') {
                Some(_) => assert_eq!(unguarded(&cell).unwrap(), text),
                None => assert_eq!(cell, text),
            }
        }
        assert_eq!(guarded("O'Neil", true), "O'Neil");
        assert_eq!(guarded("", true), "'");
        assert!(
            unguarded("'\\x").is_err() && unguarded("'\\u{110000}").is_err() && unguarded("'\\").is_err()
        );
    }

    #[test]
    fn the_words_of_a_damage_are_the_same_again() {
        for (column, found) in
            [(Some("a: found b"), "\"x, expected y\""), (None, "3 cells"), (Some("n"), "\"\"")]
        {
            let damage = Damage {
                column: column.map(String::from),
                found: found.into(),
                expected: "a whole number".into(),
            };
            let words = damage.to_string();
            assert_eq!(damage_of(&words).to_string(), words);
        }
    }

    #[test]
    fn the_canonical_form_has_every_field_of_the_account() {
        // 25 fields of the account itself, 7 given, 15 of activity; what older snapshots say is not of the file.
        assert_eq!(fields().count(), 25 + 7 + 15);
        assert!(
            csv_header(true).starts_with("botsieve_status,id,handle,")
                && csv_header(true).ends_with(",label")
        );
    }
}
