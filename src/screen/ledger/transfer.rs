//! The history as CSV, out and in. Exported and imported into an empty ledger, it is the same ledger.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{Read, Write};

use rusqlite::{Transaction, params};

use super::account::{claim, find, without_id};
use super::event::{COLUMNS, Change, Event, Facts, Time, band_of};
use super::record::{check, insert_at};
use super::{Key, Ledger, LedgerError};
use crate::account::Timestamp;
use crate::ingest::{TIME_GRAMMARS, canonical_id, is_rounded_number, parse_time};
use crate::safe::{csv_cell, visible, without_inner_formulas};

/// The columns in their order. `handle` is the one last seen, `handle_then` that of the moment.
const HEADER: [&str; 21] = [
    "change",
    "at",
    "who",
    "id",
    "handle",
    "kind",
    "value",
    "until",
    "why",
    "handle_then",
    "p_bot",
    "band",
    "prevalence",
    "model",
    "model_sha256",
    "followers",
    "following",
    "posts",
    "observed_at",
    "undone_at",
    "undone_by",
];

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows of the file.
    pub rows: u64,
    /// Changes added.
    pub added: u64,
    /// Changes that were in the ledger and are now taken back, as in the file.
    pub undone: u64,
    /// Changes that the ledger had already.
    pub known: u64,
}

/// Text in a cell: nothing in it is a formula to a spreadsheet or hidden from a reader, and [`text_of`] gives it back.
fn cell_of(text: &str) -> String {
    // A backslash that would be read as the start of an escape is escaped itself.
    let text = without_inner_formulas(&text.replace("\\u{", "\\u{5c}u{"));
    let shown: String = text
        .chars()
        .map(|c| match c {
            '\n' => Cow::Borrowed("\n"),
            c if visible(c.encode_utf8(&mut [0; 4])) != *c.encode_utf8(&mut [0; 4]) => {
                Cow::Owned(format!("\\u{{{:x}}}", u32::from(c)))
            }
            c => Cow::Owned(c.to_string()),
        })
        .collect();
    if is_quoted(&format!("'{shown}")) { format!("'{shown}") } else { shown }
}

/// Does it begin with an apostrophe that is no part of the text?
fn is_quoted(cell: &str) -> bool {
    cell.strip_prefix('\'').is_some_and(|rest| rest.starts_with('\'') || csv_cell(rest).starts_with('\''))
}

/// The text of a cell that [`cell_of`] or a person wrote.
fn text_of(cell: &str) -> String {
    let cell = if is_quoted(cell) { &cell[1..] } else { cell };
    let mut out = String::with_capacity(cell.len());
    let mut rest = cell;
    while let Some(at) = rest.find("\\u{") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let read = escape[3..]
            .split_once('}')
            .filter(|(hex, _)| (1..=6).contains(&hex.len()))
            .and_then(|(hex, after)| Some((char::from_u32(u32::from_str_radix(hex, 16).ok()?)?, after)));
        rest = match read {
            Some((c, after)) => {
                out.push(c);
                after
            }
            None => {
                out.push_str("\\u{");
                &escape[3..]
            }
        };
    }
    out.push_str(rest);
    out
}

/// What makes two events of an account the same change.
type Print = (i64, i64, String, String, String, Option<i64>, String);

fn print_of(account: i64, at: Timestamp, who: &str, change: &Change, why: &str) -> Print {
    let (kind, value, until) = change.parts();
    (
        account,
        at.as_second(),
        who.to_string(),
        kind.to_string(),
        value.to_string(),
        until.map(Timestamp::as_second),
        why.to_string(),
    )
}

/// Changes read from a table, for [`Ledger::import`].
pub struct Changes(Vec<Event>);

impl Changes {
    /// Reads what [`Ledger::export`] wrote, or a table with at least `kind` and `id` or `handle`: `who` and `now` stand
    /// in where a row has none.
    ///
    /// # Errors
    /// The first row or column that is wrong; `name` is what the file is called.
    pub fn read(reader: impl Read, name: &str, who: &str, now: Timestamp) -> Result<Changes, LedgerError> {
        read(reader, name, who, now).map(Changes)
    }
}

impl Ledger {
    /// Writes every event as CSV, in the order of their numbers, those taken back among them. Returns how many.
    ///
    /// # Errors
    /// Where the ledger cannot be read or the writer fails.
    pub fn export(&self, writer: impl Write) -> Result<u64, LedgerError> {
        let events = self.events()?;
        let fail = LedgerError::Export;
        let mut csv = csv::Writer::from_writer(writer);
        csv.write_record(HEADER).map_err(fail)?;
        let time = |time: Option<Timestamp>| time.map_or(String::new(), |time| time.to_string());
        for event in &events {
            let (kind, value, until) = event.change.parts();
            let facts = &event.facts;
            let text = |text: &Option<String>| text.as_deref().map_or(String::new(), cell_of);
            let count = |n: Option<u64>| n.map_or(String::new(), |n| n.to_string());
            let number = |n: Option<f64>| n.map_or(String::new(), |n| n.to_string());
            let (undone_at, undone_by) = match &event.undone {
                Some((at, by)) => (Some(*at), cell_of(by)),
                None => (None, String::new()),
            };
            let cells = [
                event.number.to_string(),
                event.at.to_string(),
                cell_of(&event.who),
                text(&event.id),
                text(&event.handle_now),
                kind.to_string(),
                cell_of(value),
                time(until),
                cell_of(&event.why),
                text(&facts.handle),
                number(facts.p_bot),
                facts.band.map_or(String::new(), |band| band.name().to_string()),
                number(facts.prevalence),
                text(&facts.model),
                text(&facts.model_sha256),
                count(facts.followers),
                count(facts.following),
                count(facts.posts),
                time(facts.observed_at),
                time(undone_at),
                undone_by,
            ];
            csv.write_record(&cells).map_err(fail)?;
        }
        csv.flush().map_err(|error| fail(error.into()))?;
        Ok(events.len() as u64)
    }

    /// Takes over changes. All of them or none; one that the ledger has already is not added again.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub fn import(&mut self, Changes(rows): Changes) -> Result<Imported, LedgerError> {
        let path = self.path.clone();
        let told = LedgerError::of(&path);
        self.change(|transaction| {
            // The accounts first: what a row identifies may stand in the ledger by its handle alone.
            for row in &rows {
                claim_for(transaction, row).map_err(&told)?;
            }
            let mut known = known_changes(transaction).map_err(&told)?;
            let keep_numbers = known.is_empty() && rows.iter().all(|row| row.number > 0);
            let mut done = Imported { rows: rows.len() as u64, ..Imported::default() };
            for row in rows {
                add(transaction, row, keep_numbers, &mut known, &mut done).map_err(&told)?;
            }
            Ok(done)
        })
    }
}

fn key_of(row: &Event) -> Option<Key> {
    Key::new(row.id.as_deref(), row.handle_now.as_deref())
}

/// Makes or identifies the account of a row. An older export does not bring an older handle back.
fn claim_for(transaction: &Transaction<'_>, row: &Event) -> rusqlite::Result<()> {
    let Some(mut key) = key_of(row) else { return Ok(()) };
    if let Some(account) = find(transaction, &key)? {
        let newest: Option<i64> =
            transaction
                .query_row("SELECT max(at) FROM event WHERE account = ?1", [account], |found| found.get(0))?;
        if key.id.is_some() && newest.is_some_and(|newest| row.at.as_second() < newest) {
            let unidentified = without_id(transaction, &key)?.is_some();
            key.handle = key.handle.filter(|_| unidentified);
        }
    }
    claim(transaction, &key).map(|_| ())
}

/// Numbers of the changes in the ledger, the first of like ones at the end, and whether each is taken back.
type Known = HashMap<Print, Vec<(i64, bool)>>;

fn known_changes(transaction: &Transaction<'_>) -> rusqlite::Result<Known> {
    let mut known = Known::new();
    let mut statement = transaction.prepare(&format!(
        "SELECT {COLUMNS}, e.account FROM event e JOIN account a ON a.number = e.account ORDER BY e.number DESC"
    ))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let event = Event::from_row(row)?;
        let print = print_of(row.get(21)?, event.at, &event.who, &event.change, &event.why);
        known.entry(print).or_default().push((event.number, event.undone.is_some()));
    }
    Ok(known)
}

fn add(
    transaction: &Transaction<'_>,
    row: Event,
    keep_numbers: bool,
    known: &mut Known,
    done: &mut Imported,
) -> rusqlite::Result<()> {
    let Some(key) = key_of(&row) else { return Ok(()) };
    let account = match find(transaction, &key)? {
        Some(account) => account,
        None => claim(transaction, &key)?.number,
    };
    let print = print_of(account, row.at, &row.who, &row.change, &row.why);
    // Each copy in the ledger answers for one copy in the file.
    if let Some((number, undone)) = known.get_mut(&print).and_then(Vec::pop) {
        match (&row.undone, undone) {
            (Some((at, by)), false) => {
                take_back(transaction, number, *at, by)?;
                done.undone += 1;
            }
            _ => done.known += 1,
        }
        return Ok(());
    }
    // The numbers of an export stay, where nothing is there that may have them.
    let number = keep_numbers.then_some(row.number);
    let at = row.at.as_second();
    let number = insert_at(transaction, account, at, &row.who, &row.change, &row.why, &row.facts, number)?;
    if let Some((at, by)) = &row.undone {
        take_back(transaction, number, *at, by)?;
    }
    done.added += 1;
    Ok(())
}

fn take_back(transaction: &Transaction<'_>, number: i64, at: Timestamp, by: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE event SET undone_at = ?2, undone_by = ?3 WHERE number = ?1";
    transaction.execute(sql, params![number, Time(at), by]).map(|_| ())
}

/// A time in any grammar of a list, or as [`Ledger::export`] writes one. Whose turn to be looked at again comes in a hundred
/// years has a year that no list would be believed.
fn read_time(text: &str) -> Option<Timestamp> {
    parse_time(text).or_else(|| text.parse().ok())
}

fn read(reader: impl Read, name: &str, who: &str, now: Timestamp) -> Result<Vec<Event>, LedgerError> {
    let name = visible(name).into_owned();
    let mut csv = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
    let broken = |error: csv::Error| LedgerError::refused(format!("{name}: {error}"), "CSV in UTF-8");
    let header: Vec<String> = csv
        .headers()
        .map_err(broken)?
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').trim().to_string())
        .collect();
    for (at, column) in header.iter().enumerate() {
        if !HEADER.contains(&column.as_str()) || header[..at].contains(column) {
            let what =
                if header[..at].contains(column) { "stands there twice" } else { "is no column of a ledger" };
            return Err(LedgerError::refused(
                format!("{name}: column \"{}\" {what}", visible(column)),
                format!("columns out of {}", HEADER.join(", ")),
            ));
        }
    }
    let place = |column: &str| header.iter().position(|name| name == column);
    if place("kind").is_none() || place("id").is_none() && place("handle").is_none() {
        return Err(LedgerError::refused(
            format!("{name}: the columns are {}", visible(&header.join(", "))),
            "at least kind, and id or handle (`botsieve ledger export` writes all of them)",
        ));
    }
    let mut rows = Vec::new();
    let mut numbers = std::collections::HashSet::new();
    for (at, record) in csv.records().enumerate() {
        let record = record.map_err(broken)?;
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |column: &str, found: &str, expected: &str| {
            let found = crate::safe::one_line(found, 60);
            LedgerError::refused(
                format!("{name}: row {} (line {line}): column {column}: found \"{found}\"", at + 1),
                expected,
            )
        };
        if record.len() != header.len() {
            let found = format!("{} cells", record.len());
            return Err(wrong("(all)", &found, &format!("{} cells, as the header has", header.len())));
        }
        let cell = |column: &str| place(column).and_then(|at| record.get(at)).unwrap_or_default();
        let text = |column: &str| Some(text_of(cell(column))).filter(|text| !text.is_empty());
        let time = |column: &str| match cell(column).trim() {
            "" => Ok(None),
            found => read_time(found).map(Some).ok_or_else(|| wrong(column, found, TIME_GRAMMARS)),
        };
        let count = |column: &str| match cell(column).trim() {
            "" => Ok(None),
            found => found.parse::<u64>().map(Some).map_err(|_| wrong(column, found, "a whole number")),
        };
        let share = |column: &str| match cell(column).trim() {
            "" => Ok(None),
            found => match found.parse::<f64>() {
                Ok(share) if (0.0..=1.0).contains(&share) => Ok(Some(share)),
                _ => Err(wrong(column, found, "a number from 0 to 1")),
            },
        };
        let kind = cell("kind").trim();
        let value = text_of(cell("value"));
        let change = Change::of(kind, &value, time("until")?).map_err(|expected| {
            if expected == Change::KINDS {
                wrong("kind", kind, expected)
            } else {
                wrong("value", &value, expected)
            }
        })?;
        let band = match cell("band").trim() {
            "" => None,
            found => {
                Some(band_of(found).ok_or_else(|| wrong("band", found, "genuine, look, spam or pending"))?)
            }
        };
        let id = text("id").map(|id| canonical_id(&id).to_string());
        if let Some(ruined) = id.as_deref().filter(|id| is_rounded_number(id)) {
            return Err(wrong("id", ruined, "an id with all its digits: a spreadsheet rounded this one"));
        }
        let handle = text("handle");
        if Key::new(id.as_deref(), handle.as_deref()).is_none() {
            return Err(wrong("id", cell("id"), "an id, or a handle in the column of that name"));
        }
        let number = match cell("change").trim() {
            "" => 0,
            found => match found.parse::<i64>() {
                Ok(number) if number > 0 && numbers.insert(number) => number,
                _ => return Err(wrong("change", found, "a number of its own above 0, or nothing")),
            },
        };
        let undone = match (time("undone_at")?, text("undone_by")) {
            (Some(at), by) => Some((at, by.unwrap_or_else(|| who.to_string()))),
            (None, None) => None,
            (None, Some(by)) => return Err(wrong("undone_by", &by, "nothing, as undone_at has no time")),
        };
        let event = Event {
            number,
            id,
            handle_now: handle,
            at: time("at")?.unwrap_or(now),
            who: text("who").unwrap_or_else(|| who.to_string()),
            change,
            why: text("why").unwrap_or_default(),
            facts: Facts {
                handle: text("handle_then"),
                p_bot: share("p_bot")?,
                band,
                prevalence: share("prevalence")?,
                model: text("model"),
                model_sha256: text("model_sha256"),
                followers: count("followers")?,
                following: count("following")?,
                posts: count("posts")?,
                observed_at: time("observed_at")?,
            },
            undone,
        };
        check(&event.change, &event.who, &event.why).map_err(|error| match error {
            LedgerError::Refused { what, expected } => LedgerError::Refused {
                what: format!("{name}: row {} (line {line}): {what}", at + 1),
                expected,
            },
            other => other,
        })?;
        rows.push(event);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        /// Whatever the text: harmless in a spreadsheet, and the same when read back.
        #[test]
        fn cells_are_harmless_and_read_back(
            text in "[;=+@\\-'\\\\u{}0-9a-f\n\r\t\u{202e}\u{200b}x＝ ]{0,12}|\\PC{0,20}"
        ) {
            let cell = cell_of(&text);
            proptest::prop_assert_eq!(text_of(&cell), text);
            proptest::prop_assert_eq!(csv_cell(&cell), cell.as_str(), "nothing is left to make harmless");
        }
    }

    #[test]
    fn a_date_far_ahead_comes_back_from_an_export() {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| Ledger::open_or_make(&folder.path().join(name)).unwrap().0;
        let (mut ledger, mut copy) = (open("a"), open("b"));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-24T00:00:00Z");
        for until in ["2126-11-01T00:00:00Z", "9999-12-30T22:00:00Z"] {
            let decide = Change::Decide(super::super::Verdict::Skip, Some(at(until)));
            let key = Key::parse("@anna").unwrap();
            ledger.record(&key, &decide, "anna", "", &Facts::default(), now).unwrap();
        }
        let mut export = Vec::new();
        ledger.export(&mut export).unwrap();
        copy.import(Changes::read(export.as_slice(), "export", "ben", now).unwrap()).unwrap();
        assert_eq!(copy.events().unwrap(), ledger.events().unwrap());
    }

    #[test]
    fn what_a_person_wrote_stays_as_it_is() {
        for text in ["'tis fine", "C:\\new", "\\u{zz}", "\\u{", "it's", "don't = do"] {
            assert_eq!(text_of(text), text);
            assert_eq!(text_of(&cell_of(text)), text);
        }
        assert_eq!(text_of("'=1+1"), "=1+1");
        assert_eq!(cell_of("=1+1"), "'=1+1");
    }
}
