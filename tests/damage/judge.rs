//! What must hold of a damaged input, and what came of it.

use std::io::Write as _;
use std::path::Path;

use botsieve::account::Label;
use botsieve::ingest::{LabelList, Note, Source, canonical_id};
use botsieve::model::Scorer;

use crate::agree;
use crate::damaged::{Damaged, Expect};
use crate::ground::Ground;
use crate::plain::{Plain, Shape, text_of};
use crate::read::{self, Reading, Told};
use crate::sample::Reader;

/// What came of inputs, added up.
#[derive(Clone, Copy, Default)]
pub struct Outcome {
    pub inputs: u64,
    /// Files refused as a whole, with a message.
    pub refused: u64,
    /// Files that could not be read to the end, which was said.
    pub broke_off: u64,
    pub rows: u64,
    pub scored: u64,
    pub pending: u64,
    pub damaged: u64,
    pub remarks: u64,
    /// Rows the damage did not touch, the same bit for bit.
    pub untouched: u64,
    /// Rows it did touch, not told as damaged, that say what a second reading says.
    pub agreed: u64,
    /// Rows that could not be held to the second reading: of files that are read otherwise, or in which it is lost.
    pub uncompared: u64,
    /// Files whose columns are read on other terms than before, as the mapping report says.
    pub other_terms: u64,
}

impl Outcome {
    pub fn add(&mut self, other: &Outcome) {
        self.inputs += other.inputs;
        self.refused += other.refused;
        self.broke_off += other.broke_off;
        self.rows += other.rows;
        self.scored += other.scored;
        self.pending += other.pending;
        self.damaged += other.damaged;
        self.remarks += other.remarks;
        self.untouched += other.untouched;
        self.agreed += other.agreed;
        self.uncompared += other.uncompared;
        self.other_terms += other.other_terms;
    }
}

/// Reads a damaged input and holds it to what must be; `Err` says what is not.
pub fn judge(ground: &Ground, damaged: &Damaged, scorer: &Scorer) -> Result<Outcome, String> {
    match ground.sample.reader {
        Reader::Accounts => accounts(ground, damaged, scorer),
        Reader::Posts => posts(ground, damaged).map(|of| Outcome {
            uncompared: of.rows.saturating_sub(of.damaged + of.untouched + of.agreed),
            ..of
        }),
        Reader::Labels => labels(ground, damaged),
    }
}

/// The bytes as a source; packed ones through a file, as only files are unpacked. `None` where it cannot be opened.
fn source(ground: &Ground, damaged: &Damaged) -> Option<Source> {
    if !damaged.packed {
        return Some(Source::from_bytes(&ground.sample.name, damaged.bytes.clone()));
    }
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&damaged.bytes).unwrap();
    Source::open(file.path()).ok()
}

fn accounts(ground: &Ground, damaged: &Damaged, scorer: &Scorer) -> Result<Outcome, String> {
    let refused = Outcome { inputs: 1, refused: 1, ..Outcome::default() };
    let read = match source(ground, damaged) {
        Some(source) => read::accounts(source, scorer)?,
        None => return Ok(refused),
    };
    let reading = match read {
        Ok(reading) => reading,
        Err(words) if matches!(damaged.expect, Expect::Same) => return Err(format!("refused: {words}")),
        Err(_) => return Ok(refused),
    };
    let mut outcome = Outcome {
        inputs: 1,
        broke_off: u64::from(reading.error.is_some()),
        rows: reading.tally.read,
        scored: reading.tally.scored,
        pending: reading.tally.pending,
        damaged: reading.tally.damaged,
        remarks: reading
            .rows
            .iter()
            .filter(|told| Note::ALL.iter().any(|note| told.notes.contains(*note)))
            .count() as u64,
        ..Outcome::default()
    };
    outcome.uncompared = outcome.rows;
    let Some(before) = &ground.reading else { return Ok(outcome) };
    outcome.other_terms = u64::from(!reading.on_the_terms_of(before));
    if damaged.packed || matches!(damaged.expect, Expect::Same) {
        if reading.error.is_none() {
            outcome.untouched = all_the_same(before, &reading)?;
            outcome.uncompared = 0;
        }
        return Ok(outcome);
    }
    let Some(shape) = ground.shape else { return Ok(outcome) };
    let text = text_of(&damaged.bytes, reading.mapping.encoding.as_deref());
    let json = matches!(text.first(), Some(b'[' | b'{'));
    let header = !["caverlee", "id-list", "handle-list"].contains(&reading.dialect.name());
    let shape = match (json, shape) {
        (false, _) => Shape::Table { header },
        (true, Shape::Table { .. }) => return Ok(outcome),
        (true, shape) => shape,
    };
    if json && outcome.other_terms == 1 {
        return Ok(outcome);
    }
    let mut plain = shape.read(&text);
    // A line end within an object is white space, where the first object is no line by itself.
    let over_lines = match shape {
        Shape::Lines => Some(Shape::Elements),
        Shape::Pages { path, by_line: true } => Some(Shape::Pages { path, by_line: false }),
        _ => None,
    };
    let rows = reading.rows.iter().filter(|told| !told.says_not_whole()).count();
    if !plain.whole || plain.records.len() != rows {
        plain = over_lines.map(|shape| shape.read(&text)).filter(|other| other.whole).unwrap_or(plain);
    }
    compare(ground, damaged, &reading, &plain, &mut outcome)?;
    if let Expect::Told(row, name) = &damaged.expect
        && plain.whole
    {
        let told = &reading.rows[*row].damage;
        if reading.rows[*row].notes.contains(Note::NegativeMeasure) {
            return Ok(outcome);
        }
        let column = told.as_ref().map(|damage| damage.column.as_deref());
        let last = name.rsplit('.').next();
        if column.is_none() || column.flatten().is_some_and(|column| column != name && Some(column) != last) {
            return Err(format!("row {} has to be told as damaged in {name}: {told:?}", row + 1));
        }
    }
    Ok(outcome)
}

/// Every row as it was.
fn all_the_same(before: &Reading, now: &Reading) -> Result<u64, String> {
    if before.rows.len() != now.rows.len() {
        return Err(format!("{} rows were {}, and nothing was said", now.rows.len(), before.rows.len()));
    }
    for (number, (was, is)) in (1..).zip(before.rows.iter().zip(&now.rows)) {
        if was.score != is.score || was.account != is.account || was.damage.is_some() != is.damage.is_some() {
            return Err(differs(number, was, is));
        }
    }
    Ok(now.rows.len() as u64)
}

fn differs(number: u64, was: &Told, is: &Told) -> String {
    format!("row {number} was not touched, and is another\n    was {was:?}\n    is  {is:?}")
}

/// Rows against a second reading of the same bytes.
fn compare(
    ground: &Ground,
    damaged: &Damaged,
    reading: &Reading,
    plain: &Plain,
    outcome: &mut Outcome,
) -> Result<(), String> {
    // What is said of a list or page as a whole is no record.
    let rows: Vec<&Told> = reading.rows.iter().filter(|told| !told.says_not_whole()).collect();
    let records = &plain.records;
    if reading.error.is_none() {
        if plain.whole && rows.len() != records.len() {
            return Err(format!("{} rows, and {} records in the file", rows.len(), records.len()));
        }
        if rows.len() < plain.front + plain.back {
            return Err(format!(
                "{} rows, and at least {} + {} records",
                rows.len(),
                plain.front,
                plain.back
            ));
        }
        let nothing_lost = || ground.reading.as_ref().is_some_and(|before| before.rows == reading.rows);
        if !plain.whole && !reading.is_loud() && !nothing_lost() {
            return Err(format!("the file is broken, and nothing was said: {} rows", rows.len()));
        }
    }
    let json = !matches!(ground.shape, Some(Shape::Table { .. }));
    if json && plain.whole && !reading.is_loud() {
        nothing_left_out(ground, damaged, plain)?;
    }
    let back = if reading.error.is_none() { plain.back } else { 0 };
    let front = rows.iter().zip(records).enumerate().take(plain.front).map(|(at, pair)| (at + 1, pair));
    let last = rows.iter().rev().zip(records.iter().rev()).enumerate().take(back);
    let same_header = ground
        .plain
        .as_ref()
        .is_some_and(|before| before.header == plain.header && before.delimiter == plain.delimiter);
    let before = ground.reading.as_ref().filter(|before| same_header && reading.on_the_terms_of(before));
    // Of pages and lists as a whole nothing is compared.
    outcome.uncompared = rows.len() as u64;
    for (number, (told, record)) in front.chain(last.map(|(at, pair)| (rows.len() - at, pair))) {
        outcome.uncompared -= 1;
        let key = (record.raw.clone(), record.beside.clone());
        let was = before.and_then(|before| ground.outcomes.get(&key).map(|row| &before.rows[*row]));
        match was {
            Some(was) if was == *told => outcome.untouched += 1,
            // A quote that is never closed may end with the last line as it was.
            Some(was) if was.damage.is_none() => return Err(differs(number as u64, was, told)),
            _ if told.damage.is_some() => {}
            // Held to the second reading.
            _ => {
                agree::check(told, &record.content, plain, &reading.mapping, reading.dialect)
                    .map_err(|why| format!("row {number} ({}): {why}", reading.dialect))?;
                outcome.agreed += 1;
            }
        }
    }
    Ok(())
}

/// A record that still stands in the file to the letter is among those that are read, wherever a list of it may be.
fn nothing_left_out(ground: &Ground, damaged: &Damaged, plain: &Plain) -> Result<(), String> {
    let within = |text: &[u8], raw: &[u8]| memchr::memmem::find(text, raw).is_some();
    let records = ground.plain.iter().flat_map(|before| &before.records);
    for record in records.filter(|record| record.raw.len() > 40 && within(&damaged.bytes, &record.raw)) {
        if !plain.records.iter().any(|read| within(&read.raw, &record.raw)) {
            return Err(format!(
                "a record that still stands there is passed over: {}",
                String::from_utf8_lossy(&record.raw)
            ));
        }
    }
    Ok(())
}

fn posts(ground: &Ground, damaged: &Damaged) -> Result<Outcome, String> {
    let refused = Outcome { inputs: 1, refused: 1, ..Outcome::default() };
    let Some(source) = source(ground, damaged) else { return Ok(refused) };
    let Ok(posts) = read::posts(source)? else { return Ok(refused) };
    let found = posts.posts.len() as u64;
    let outcome = Outcome {
        inputs: 1,
        broke_off: u64::from(posts.error.is_some()),
        rows: found + posts.damaged,
        scored: found,
        damaged: posts.damaged,
        ..Outcome::default()
    };
    let loud = posts.error.is_some() || posts.damaged > 0;
    if !loud && found < posts.records {
        return Err(format!("{} records gave {found} posts, and nothing was said", posts.records));
    }
    if damaged.packed {
        let same = ground.posts.as_ref().is_none_or(|before| before.posts == posts.posts);
        return if loud || same { Ok(outcome) } else { Err("other posts, and nothing was said".into()) };
    }
    let first_line = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().to_vec();
    let table = !matches!(damaged.bytes.first(), Some(b'[' | b'{'));
    if loud || (table && first_line(&damaged.bytes) != first_line(&ground.sample.bytes)) {
        return Ok(outcome);
    }
    let mut left: std::collections::HashMap<&String, i64> = std::collections::HashMap::new();
    posts.posts.iter().for_each(|post| *left.entry(post).or_default() += 1);
    let mut untouched = 0;
    let shape = if table { Shape::Table { header: false } } else { Shape::Lines };
    for record in &shape.read(&text_of(&damaged.bytes, None)).records {
        // What is no UTF-8 as a whole is read as Western text.
        let other_text = !record.raw.is_ascii() && std::str::from_utf8(&damaged.bytes).is_err();
        for post in ground.posts_of_line(&record.raw).iter().filter(|_| !other_text) {
            let times = left.entry(post).or_default();
            *times -= 1;
            untouched += 1;
            if *times < 0 {
                return Err(format!("a post on a line that was not touched is gone or another: {post}"));
            }
        }
    }
    Ok(Outcome { untouched, agreed: found - untouched.min(found), ..outcome })
}

fn labels(ground: &Ground, damaged: &Damaged) -> Result<Outcome, String> {
    let refused = Outcome { inputs: 1, refused: 1, ..Outcome::default() };
    if damaged.packed {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&damaged.bytes).unwrap();
        let list = LabelList::open(file.path());
        let before = LabelList::parse(Path::new("labels"), &ground.sample.bytes);
        return match (list, before) {
            (Ok(list), Ok(before)) if list.len() != before.len() => {
                Err("other labels, and nothing was said".into())
            }
            (Ok(list), _) => Ok(Outcome {
                inputs: 1,
                rows: list.len() as u64,
                scored: list.len() as u64,
                ..Outcome::default()
            }),
            _ => Ok(refused),
        };
    }
    let Ok(list) = LabelList::parse(Path::new("labels"), &damaged.bytes) else { return Ok(refused) };
    let text = String::from_utf8_lossy(&damaged.bytes);
    let mut outcome = Outcome {
        inputs: 1,
        rows: list.len() as u64 + list.unreadable() + list.contradictory(),
        scored: list.len() as u64,
        damaged: list.unreadable() + list.contradictory(),
        ..Outcome::default()
    };
    for line in text.lines() {
        // Plain lines, whatever the others are: an id, one mark, a class.
        let line = line.trim_start_matches('\u{feff}');
        let Some((id, class)) = line.split_once(['\t', ',']) else { continue };
        let Some(label) = Label::parse(class)
            .filter(|_| !class.starts_with(['\t', ',', ';', ' ']))
            .filter(|_| id.bytes().all(|b| b.is_ascii_digit()) && !id.is_empty())
        else {
            continue;
        };
        let once = text.matches(id).count() == 1;
        match list.get(canonical_id(id)) {
            Some(found) if found == label => outcome.untouched += 1,
            found if once && list.unreadable() == 0 => {
                return Err(format!("{line:?} is read as {found:?}, and nothing was said"));
            }
            _ => {}
        }
    }
    Ok(outcome)
}
