//! JSON: cutting a stream into records without reading it whole, and records into accounts.
//!
//! Three shapes are cut: one record a line; an array of records; and pages, objects that hold their records
//! in an array under a key such as `data` or `users`. `serde_json` parses the records themselves, borrowing
//! their strings, and a tree of keys says which values are kept.

mod plain;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use memchr::{memchr, memchr2, memrchr};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::block::{Block, Rows};
use super::field::{self, Field, Kind, Names, Quirks};
use super::value::Cell;
use super::{Chunk, Damage, NOT_UTF8, Row};
use crate::account::Timestamp;

/// How records lie in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One record a line.
    Lines,
    /// An array of records, or records one behind the other.
    Elements,
    /// Objects with an array of records somewhere in them.
    Pages(Page),
}

/// Where the records of a page are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Keys from the page to the array of records (or to a single record); one or two.
    pub path: &'static [&'static str],
    /// Accounts that the network refuses are named under `errors` (API v2).
    pub errors: bool,
    /// Each line is a page. It is then looked at whole, for the time at which it was fetched, and a line that
    /// is broken spoils no other.
    pub by_line: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Top,
    /// In an array of records.
    Array,
    /// In the page.
    Page,
    /// In the object under the first key of a path of two.
    Inner,
    /// In the array of records of a page.
    PageArray,
    /// In the array of refused accounts of a page.
    Errors,
}

/// One record of a chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Its place in the buffer.
    pub range: Range<usize>,
    /// It is not an account, but says why there is none.
    pub is_error: bool,
    /// When its page was fetched, where the page says so.
    pub observed_at: Option<Timestamp>,
}

/// Finds the records of a stream, buffer by buffer.
#[derive(Clone, Debug)]
pub(super) struct Cutter {
    layout: Layout,
    context: Context,
    /// The page at hand has its list, or says that there is none.
    listed: bool,
}

/// What the cutter found in a buffer.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// Everything before is used up.
    pub end: usize,
    /// The records, in their order in the buffer.
    pub records: Vec<Record>,
}

impl Cut {
    fn push(&mut self, range: Range<usize>) {
        self.records.push(Record { range, is_error: false, observed_at: None });
    }
}

impl Cutter {
    pub(super) fn new(layout: Layout) -> Cutter {
        Cutter { layout, context: Context::Top, listed: false }
    }

    /// Cuts a buffer that begins where the last cut ended. With `last`, what is left over is a record too:
    /// the parser will say what is wrong with it.
    pub(super) fn cut(&mut self, bytes: &[u8], last: bool) -> Cut {
        match self.layout {
            Layout::Lines => cut_lines(bytes, last),
            Layout::Elements => self.cut_values(bytes, last, None),
            Layout::Pages(page) if page.by_line => {
                let lines = cut_lines(bytes, last);
                let mut cut = Cut { end: lines.end, records: Vec::new() };
                for line in lines.records {
                    let whole = &bytes[line.range.clone()];
                    let time = page_time(whole);
                    let observed_at = time.ok().flatten();
                    let found = Cutter::new(self.layout).cut_values(whole, true, Some(page));
                    cut.records.extend(found.records.into_iter().map(|record| Record {
                        range: record.range.start + line.range.start..record.range.end + line.range.start,
                        observed_at,
                        ..record
                    }));
                    if time.is_err() {
                        cut.push(line.range.end..line.range.end);
                    }
                }
                cut
            }
            Layout::Pages(page) => self.cut_values(bytes, last, Some(page)),
        }
    }

    fn cut_values(&mut self, bytes: &[u8], last: bool, page: Option<Page>) -> Cut {
        let mut cut = Cut::default();
        let mut at = 0;
        loop {
            at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
            cut.end = at;
            let Some(&byte) = bytes.get(at) else { break };
            let step = match (self.context, byte) {
                // A list of pages, and what stands between the parts of an X archive.
                (Context::Top, b'[' | b']') if page.is_some() => Some(at + 1),
                (Context::Top, b';') => Some(at + 1),
                (Context::Top, b'w') if bytes[at..].starts_with(ARCHIVE) => {
                    memchr(b'[', &bytes[at..]).map(|hop| at + hop)
                }
                (Context::Top, b'[') => {
                    self.context = Context::Array;
                    Some(at + 1)
                }
                // A line that is no page, or what is left of one that a line end cut in two: one broken record.
                (Context::Top, byte) if page.is_some_and(|page| page.by_line) && !b"{[]".contains(&byte) => {
                    cut.push(at..bytes.len());
                    Some(bytes.len())
                }
                (Context::Top, b'{') if page.is_some() => {
                    (self.context, self.listed) = (Context::Page, false);
                    Some(at + 1)
                }
                (Context::Page, b'}') => {
                    if !self.listed {
                        cut.push(at..at);
                    }
                    self.context = Context::Top;
                    Some(at + 1)
                }
                (Context::Array, b']') => {
                    self.context = Context::Top;
                    Some(at + 1)
                }
                (Context::Inner, b'}') | (Context::Errors, b']') => {
                    self.context = Context::Page;
                    Some(at + 1)
                }
                (Context::PageArray, b']') => {
                    let deep = page.is_some_and(|page| page.path.len() > 1);
                    self.context = if deep { Context::Inner } else { Context::Page };
                    Some(at + 1)
                }
                (Context::Page | Context::Inner, b'"') => match page {
                    Some(page) => self.page_key(bytes, at, page, &mut cut),
                    None => value_end(bytes, at, last),
                },
                (Context::Errors, _) => value_end(bytes, at, last).inspect(|&end| {
                    if Refusal::read(&bytes[at..end]).is_some() {
                        cut.records.push(Record { range: at..end, is_error: true, observed_at: None });
                    } else if !is_json(&bytes[at..end]) {
                        // Whom it is about cannot be told: a damaged record.
                        cut.push(at..end);
                    }
                }),
                // No key, and no account: what is broken here may have swallowed a list, and is no bare id of one.
                (Context::Page | Context::Inner, byte) if byte != b'{' => {
                    value_end(bytes, at, last).inspect(|&end| cut.push(end..end))
                }
                _ => value_end(bytes, at, last).inspect(|&end| cut.push(at..end)),
            };
            match step {
                Some(next) => at = next,
                None => break,
            }
        }
        if last && cut.end < bytes.len() {
            // A value that never ends: one damaged record. What is left of a page outside its list is no value of a list.
            let outside = matches!(self.context, Context::Page | Context::Inner | Context::Errors);
            cut.push(if outside { bytes.len() } else { cut.end }..bytes.len());
            cut.end = bytes.len();
            self.context = Context::Top;
        } else if last {
            let end = bytes.len();
            cut.records.extend(
                self.cut_off().records.into_iter().map(|record| Record { range: end..end, ..record }),
            );
        }
        cut
    }

    /// What is left where nothing is left of the file: within a list or a page that is cut off, one damaged record, which
    /// has no bytes.
    pub(super) fn cut_off(&mut self) -> Cut {
        let mut cut = Cut::default();
        if std::mem::replace(&mut self.context, Context::Top) != Context::Top {
            cut.push(0..0);
        }
        cut
    }

    /// A key of a page with what follows: steps into what holds records, or over anything else.
    fn page_key(&mut self, bytes: &[u8], at: usize, page: Page, cut: &mut Cut) -> Option<usize> {
        let (key, next) = key_at(bytes, at)?;
        let Some(value) = next else {
            // A key of nothing.
            return value_end(bytes, at, false).inspect(|&end| cut.push(end..end));
        };
        let outer = self.context == Context::Page;
        if outer && says_there_is_none(key, &bytes[value..]) {
            self.listed = true;
        }
        let wanted = page.path[usize::from(!outer)..].first().is_some_and(|name| name.as_bytes() == key);
        let is_last = !outer || page.path.len() == 1;
        let enter = match bytes.get(value)? {
            b'[' if wanted && is_last => Context::PageArray,
            b'{' if wanted && !is_last => Context::Inner,
            b'[' if outer && page.errors && key == b"errors" => Context::Errors,
            // One account where an array could be.
            b'{' if wanted => {
                let end = value_end(bytes, value, false)?;
                self.listed = true;
                cut.push(value..end);
                return Some(end);
            }
            // What is broken here may have swallowed a list.
            _ => {
                let end = value_end(bytes, value, false)?;
                let quoted = at..at + key.len() + 2;
                if [quoted, value..end].into_iter().any(|part| !is_json(&bytes[part])) {
                    cut.push(end..end);
                }
                return Some(end);
            }
        };
        self.listed |= enter != Context::Inner;
        self.context = enter;
        Some(value + 1)
    }
}

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// Does a key of a page say why it has no list? API v2 leaves the list out of a page without results.
fn says_there_is_none(key: &[u8], value: &[u8]) -> bool {
    if key != b"meta" {
        return false;
    }
    let end = value_end(value, 0, false).unwrap_or(0);
    serde_json::from_slice::<serde_json::Value>(&value[..end]).is_ok_and(|meta| meta["result_count"] == 0)
}

/// What is said of a record that is not there.
pub(super) fn not_whole() -> Damage {
    Damage {
        column: None,
        found: "a page or a list that is not whole".into(),
        expected: "its list to the end, and the time it was fetched where it has one: something is cut off or broken here, \
                   and records may be missing"
            .into(),
    }
}

/// What every file of an X archive begins with.
pub(super) const ARCHIVE: &[u8] = b"window.YTD.";

/// The key that begins at `at` (without its quotes) and the place of its value; the place is `None` where no
/// colon follows. `None` altogether where the buffer ends first.
fn key_at(bytes: &[u8], at: usize) -> Option<(&[u8], Option<usize>)> {
    let key_end = string_end(bytes, at + 1)?;
    let blank = |from: usize| from + bytes[from..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    let colon = blank(key_end);
    let key = &bytes[at + 1..key_end - 1];
    if *bytes.get(colon)? != b':' {
        return Some((key, None));
    }
    Some((key, Some(blank(colon + 1))))
}

/// The keys of the object at the front of `text`, each with the text from its value on. Ends where the text
/// ends or is no JSON.
pub(super) fn keys_of(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut at = memchr(b'{', text).map_or(text.len(), |at| at + 1);
    std::iter::from_fn(move || {
        at += text.get(at..)?.iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
        if *text.get(at)? != b'"' {
            return None;
        }
        let (key, value) = key_at(text, at)?;
        let value = value?;
        at = value_end(text, value, false).unwrap_or(text.len());
        Some((key, text.get(value..)?))
    })
}

/// When a page was fetched, as twarc writes it into the page; an error where it did, and it cannot be read.
fn page_time(page: &[u8]) -> Result<Option<Timestamp>, ()> {
    let Some((_, value)) = keys_of(page).find(|(key, _)| *key == b"__twarc") else { return Ok(None) };
    let end = value_end(value, 0, false).ok_or(())?;
    let twarc: serde_json::Value = serde_json::from_slice(&value[..end]).map_err(drop)?;
    let Some(time) = twarc.get("retrieved_at") else { return Ok(None) };
    time.as_str().and_then(super::value::parse_time).map(Some).ok_or(())
}

/// An account that API v2 names among its `errors`: suspended, deleted or protected.
struct Refusal {
    id: Option<String>,
    handle: Option<String>,
    words: String,
}

impl Refusal {
    /// `None` where the error is about something other than an account of the list.
    fn read(bytes: &[u8]) -> Option<Refusal> {
        let error: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let text = |key: &str| error.get(key).and_then(|value| value.as_str()).map(String::from);
        let about_user = text("resource_type").as_deref() == Some("user");
        let parameter = text("parameter").unwrap_or_default();
        if !about_user || parameter.starts_with("entities.") || parameter.contains("in_reply_to") {
            return None;
        }
        let by_name = parameter.starts_with("username");
        let key = text("resource_id").or_else(|| text("value"))?;
        let words = text("detail").or_else(|| text("title")).unwrap_or_else(|| "an error".into());
        let (id, handle) = if by_name { (None, Some(key)) } else { (Some(key), None) };
        Some(Refusal { id, handle, words })
    }
}

/// What the network says in place of accounts, as `{"errors":[{"message":"Rate limit exceeded","code":88}]}`: a failed
/// download, which is no empty list. `None` where the errors are about one account or post.
pub(super) fn answer(page: &[u8]) -> Option<String> {
    let page: serde_json::Value = serde_json::from_slice(page).ok()?;
    let error = page.get("errors")?.as_array()?.first()?;
    let about_one = ["resource_type", "value"].iter().any(|key| error.get(key).is_some());
    let words = error.get("message")?.as_str().filter(|_| !about_one)?;
    Some(crate::safe::one_line(words, 80))
}

fn cut_lines(bytes: &[u8], last: bool) -> Cut {
    let end = if last { bytes.len() } else { memrchr(b'\n', bytes).map_or(0, |at| at + 1) };
    let mut records = Vec::new();
    let mut at = 0;
    while at < end {
        let line_end = memchr(b'\n', &bytes[at..end]).map_or(end, |hop| at + hop);
        let line = &bytes[at..line_end];
        if !line.trim_ascii().is_empty() {
            records.push(Record { range: at..line_end, is_error: false, observed_at: None });
        }
        at = line_end + 1;
    }
    Cut { end, records }
}

/// The byte behind the value that begins at `at`; `None` where the buffer ends first.
pub(super) fn value_end(bytes: &[u8], mut at: usize, last: bool) -> Option<usize> {
    let mut depth = 0usize;
    loop {
        let byte = *bytes.get(at)?;
        match byte {
            b'"' => {
                at = string_end(bytes, at + 1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            b'{' | b'[' => {
                depth += 1;
                at += 1;
            }
            b'}' | b']' => {
                at += 1;
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(at);
                }
            }
            _ if depth > 0 => at += 1,
            _ => {
                let stop =
                    |b: &u8| matches!(b, b',' | b']' | b'}' | b'{' | b'[' | b'"') || b.is_ascii_whitespace();
                let end = match bytes[at..].iter().position(stop) {
                    Some(0) => return Some(at + 1),
                    Some(hop) => at + hop,
                    None if last => return Some(bytes.len()),
                    None => return None,
                };
                return scalar_end(bytes, end, last);
            }
        }
    }
}

/// The byte behind a number or word that ends at `end`: what follows with nothing but white space between belongs to it, as
/// two numbers without a comma are one broken value, and not two sound ones.
fn scalar_end(bytes: &[u8], end: usize, last: bool) -> Option<usize> {
    let behind = end + bytes[end..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    let mark = |b: &u8| matches!(b, b',' | b']' | b'}' | b'{' | b'[' | b'"');
    match bytes[behind..].iter().position(mark) {
        Some(0) => Some(end),
        Some(hop) => Some(behind + hop),
        None if last && behind == bytes.len() => Some(end),
        None if last => Some(bytes.len()),
        None => None,
    }
}

fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Which keys are kept, and under which parents.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    pub field: Option<Field>,
    /// The keys of an object, each with what is kept of its value.
    pub children: HashMap<String, Node>,
}

impl Node {
    /// Is anything kept of it or of what is below it?
    fn leads_somewhere(&self) -> bool {
        self.field.is_some() || self.children.values().any(Node::leads_somewhere)
    }

    /// Adds a dotted path below this node.
    pub(super) fn insert(&mut self, path: &[String], field: Option<Field>) {
        match path {
            [] => {}
            [name] => {
                let child = self.children.entry(name.clone()).or_default();
                child.field = child.field.or(field);
            }
            [name, rest @ ..] => self.children.entry(name.clone()).or_default().insert(rest, field),
        }
    }
}

/// Everything needed to turn a chunk of records into rows.
#[derive(Clone, Debug)]
pub(super) struct Objects {
    pub tree: Node,
    /// The keys of the object that holds the account, if it is not the record itself.
    pub roots: &'static [&'static str],
    /// How keys are read that none of the first records had.
    pub names: Names,
    /// Keys of arrays whose objects are part of the account.
    pub arrays: &'static [&'static str],
    /// A record may be a bare id.
    pub bare_ids: bool,
    /// Fields that some key of the first records is mapped to.
    pub mapped: HashSet<Field>,
    pub quirks: Quirks,
}

impl Objects {
    /// Parses the records of one chunk in order.
    pub(super) fn parse(&self, chunk: &Chunk, sink: &mut Rows<'_>) {
        #[cfg(feature = "arrow")]
        if let Some(batch) = &chunk.batch {
            return self.parse_batch(chunk, batch, sink);
        }
        let mut line = chunk.first_line;
        let mut counted = 0;
        let mut block = Block::new(sink);
        let mut plain = plain::Plain::of(self);
        let text = simdutf8::basic::from_utf8(&chunk.bytes).ok();
        for (number, record) in (chunk.first_row..).zip(&chunk.records) {
            // Between two lines there is nothing but the end of the first.
            line += match &chunk.bytes[counted..record.range.start] {
                [byte] => u64::from(*byte == b'\n'),
                between => memchr::memchr_iter(b'\n', between).count() as u64,
            };
            let bytes = &chunk.bytes[record.range.clone()];
            let text = match text {
                _ if record.is_error => None,
                Some(text) => text.get(record.range.clone()),
                None => simdutf8::basic::from_utf8(bytes).ok(),
            };
            let row = block.push(Row::new(number, line));
            if let Some(lines) = text.and_then(|text| plain.read(text, row)) {
                self.finish(row);
                line += lines;
                counted = record.range.end;
            } else {
                *row = if record.is_error {
                    refused(bytes, number, line)
                } else {
                    self.row(bytes, number, line)
                };
                counted = record.range.start;
            }
            if row.account.observed_at.is_none() {
                row.account.observed_at = record.observed_at;
            }
        }
        block.hand_on();
    }

    fn row<'r>(&self, bytes: &'r [u8], number: u64, line: u64) -> Row<'r> {
        let mut row = Row::new(number, line);
        if bytes.is_empty() {
            return Row::damaged(number, line, not_whole());
        }
        let mut parser = serde_json::Deserializer::from_slice(bytes);
        let in_root = self.roots.is_empty();
        let walk = Walk { objects: self, node: Some(&self.tree), row: &mut row, key: "", depth: 0, in_root };
        let result = walk.deserialize(&mut parser).and_then(|()| parser.end());
        if let Err(error) = result {
            let not_utf8 = std::str::from_utf8(bytes).is_err();
            row = Row::damaged(
                number,
                line,
                Damage {
                    column: None,
                    found: format!("{error} in {}", Damage::excerpt(bytes)),
                    expected: if not_utf8 { NOT_UTF8 } else { "a whole JSON object" }.into(),
                },
            );
        } else {
            self.finish(&mut row);
        }
        row
    }

    /// Fills in what the network leaves out.
    pub(super) fn finish(&self, row: &mut Row<'_>) {
        if row.damage.is_none() {
            field::fill_absent(&mut row.account, &self.mapped, self.quirks);
        }
    }

    /// A key of the account that none of the first records had: worth a look in the alias table.
    fn late(&self, key: &str) -> Option<Node> {
        let (field, _) = self.names.lookup(key)?;
        (!self.mapped.contains(&field)).then(|| Node { field: Some(field), ..Node::default() })
    }

    /// Is a key at the top of the record kept?
    #[cfg(feature = "arrow")]
    pub(super) fn uses(&self, key: &str) -> bool {
        self.tree.children.get(key).is_some_and(|node| node.field.is_some() || !node.children.is_empty())
    }

    /// Puts the value of a key at the top of the record into the row.
    #[cfg(feature = "arrow")]
    pub(super) fn put<'r>(&self, row: &mut Row<'r>, key: &str, node: &Node, cell: Cell<'r>) {
        Walk { objects: self, node: Some(node), row, key, depth: 1, in_root: false }.put(cell);
    }
}

/// The row of an account that the network did not give.
fn refused(bytes: &[u8], number: u64, line: u64) -> Row<'_> {
    let mut row = Row::new(number, line);
    let Some(refusal) = Refusal::read(bytes) else { return row };
    row.account.id = refusal.id.map(Cow::Owned);
    row.account.handle = refusal.handle.map(Cow::Owned);
    row.damage = Some(Damage {
        column: Some("errors".into()),
        found: Damage::excerpt(refusal.words.as_bytes()),
        expected: "a profile: the network gives none for this account (suspended, deleted or hidden)".into(),
    });
    row
}

/// Walks one value, putting what the tree wants into the row.
struct Walk<'t, 'w, 'r> {
    objects: &'t Objects,
    node: Option<&'t Node>,
    row: &'w mut Row<'r>,
    key: &'w str,
    depth: usize,
    in_root: bool,
}

impl<'r> Walk<'_, '_, 'r> {
    fn put(self, cell: Cell<'r>) {
        if self.depth == 0 && !self.objects.bare_ids {
            self.complain("a value that is not an object", "a JSON object with the account's fields");
            return;
        }
        let is_nobody = || match &cell {
            Cell::Text(text) => text.trim().is_empty(),
            Cell::Null => true,
            _ => false,
        };
        if self.depth == 0 && is_nobody() {
            self.complain("nothing in the place of an id", "the id of an account");
            return;
        }
        let own = if self.depth == 0 { Some(Field::Id) } else { self.node.and_then(|node| node.field) };
        let Some(field) = own else { return };
        if let Cell::Text(Cow::Borrowed(text)) = &cell
            && self.objects.quirks.texts_as_they_are()
            && field::assign_plain(&mut self.row.account, field, *text)
        {
            return;
        }
        if field == Field::Label {
            let text = match &cell {
                Cell::Text(text) => text.to_string(),
                Cell::Unsigned(n) => n.to_string(),
                Cell::Bool(b) => b.to_string(),
                other => format!("{other:?}"),
            };
            self.row.set_label(self.key, &text);
            return;
        }
        if field == Field::Status {
            match &cell {
                Cell::Text(text) => {
                    if let Err(expected) = self.row.set_status(text) {
                        self.complain(&excerpt(&cell), expected);
                    }
                }
                _ => self.complain(&excerpt(&cell), super::write::STATUS),
            }
            return;
        }
        // For the message only. Texts are long and (but for this one) never fail, so they are not copied.
        let copy = (field.kind() != Kind::Text || field == Field::VerifiedStatus).then(|| cell.clone());
        match field::assign(&mut self.row.account, field, cell, self.objects.quirks) {
            Ok(None) => {}
            Ok(Some(note)) => self.row.notes.insert(note),
            Err(expected) => self.complain(&copy.map(|cell| excerpt(&cell)).unwrap_or_default(), expected),
        }
    }

    fn complain(self, found: &str, expected: &str) {
        if self.row.damage.is_none() {
            let column = (self.depth > 0).then(|| self.key.to_string());
            self.row.damage =
                Some(Damage { column, found: found.to_string(), expected: expected.to_string() });
        }
    }
}

fn excerpt(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Text(text) => Damage::excerpt(text.as_bytes()),
        Cell::Unsigned(n) => n.to_string(),
        Cell::Signed(n) => n.to_string(),
        Cell::Float(n) => n.to_string(),
        Cell::Bool(b) => b.to_string(),
        Cell::Time(time) => time.to_string(),
        Cell::Null => "null".into(),
    }
}

impl<'r> DeserializeSeed<'r> for Walk<'_, '_, 'r> {
    type Value = ();

    fn deserialize<D: Deserializer<'r>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'r> Visitor<'r> for Walk<'_, '_, 'r> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_borrowed_str<E>(self, text: &'r str) -> Result<(), E> {
        self.put(Cell::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(Cell::Text(Cow::Owned(text.to_string())));
        Ok(())
    }

    fn visit_u64<E>(self, n: u64) -> Result<(), E> {
        self.put(Cell::Unsigned(n));
        Ok(())
    }

    fn visit_i64<E>(self, n: i64) -> Result<(), E> {
        self.put(Cell::Signed(n));
        Ok(())
    }

    fn visit_f64<E>(self, n: f64) -> Result<(), E> {
        self.put(Cell::Float(n));
        Ok(())
    }

    fn visit_bool<E>(self, b: bool) -> Result<(), E> {
        self.put(Cell::Bool(b));
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(Cell::Null);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'r>>(self, mut items: A) -> Result<(), A::Error> {
        if self.depth > 0 && self.objects.arrays.contains(&self.key) {
            loop {
                let walk = Walk {
                    objects: self.objects,
                    node: self.node,
                    row: self.row,
                    key: self.key,
                    depth: self.depth,
                    in_root: false,
                };
                if items.next_element_seed(walk)?.is_none() {
                    break;
                }
            }
            return Ok(());
        }
        if self.node.is_some_and(|node| node.field == Some(Field::Connections)) {
            let mut words = String::new();
            while let Some(word) = items.next_element::<serde_json::Value>()? {
                words.push_str(word.as_str().unwrap_or_default());
                words.push(' ');
            }
            self.put(connections(words));
            return Ok(());
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        if self.depth == 0 {
            self.complain("an array", "a JSON object with the account's fields");
        } else if self.node.is_some_and(|node| node.field.is_some()) {
            self.complain("an array", "a single value");
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'r>>(self, mut entries: A) -> Result<(), A::Error> {
        let walk_into = self.depth == 0 || self.node.is_some_and(|node| !node.children.is_empty());
        if !walk_into {
            while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            if self.node.is_some_and(|node| node.field.is_some()) {
                self.complain("an object", "a single value");
            }
            return Ok(());
        }
        // A single value in some records, an object in others: what is not looked into is not passed over.
        let single = self.depth > 0 && self.node.is_some_and(|node| node.field.is_some());
        let mut entered = false;
        // Two accounts in one record (what is left of two lines of which the end of the first is lost): of those no row can be
        // made.
        let mut twice = false;
        // The keys of whose values something may be kept: no one knows which of two values is meant.
        let (mut read, mut repeated) = (Vec::<Cow<'r, str>>::new(), None);
        while let Some(key) = entries.next_key::<Key<'r>>()? {
            let key = key.0;
            let known = self.node.and_then(|node| node.children.get(key.as_ref()));
            let enters_root = self.depth == 0 && self.objects.roots.contains(&&*key);
            let late = if known.is_none() && self.in_root { self.objects.late(&key) } else { None };
            entered |= single && known.is_some_and(Node::leads_somewhere);
            if enters_root || late.as_ref().or(known).is_some_and(Node::leads_somewhere) {
                if read.contains(&key) {
                    twice |= enters_root;
                    repeated = repeated.or(Some(key.clone()));
                }
                read.push(key.clone());
            }
            entries.next_value_seed(Walk {
                objects: self.objects,
                node: late.as_ref().or(known),
                row: self.row,
                key: &key,
                depth: self.depth + 1,
                in_root: enters_root,
            })?;
        }
        if twice {
            self.complain("two accounts in one record", "each account in a record of its own");
        } else if let Some(key) = repeated {
            self.complain(&format!("{} twice", Damage::excerpt(key.as_bytes())), "each key once in a record");
        } else if single && !entered {
            self.complain("an object", "a single value");
        }
        Ok(())
    }
}

/// The words of an array of relations; an empty one says that there is none.
fn connections<'r>(words: String) -> Cell<'r> {
    Cell::Text(Cow::Owned(if words.is_empty() { "none".to_string() } else { words }))
}

/// A key that borrows where it holds no escapes.
struct Key<'r>(Cow<'r, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_string())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Every dotted path of an object down to `depth` levels, by name. Arrays are not entered, but for those under the keys
/// in `arrays`, whose first element stands for all.
pub(super) fn key_paths(value: &serde_json::Value, depth: usize, arrays: &[&str]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    if let serde_json::Value::Object(map) = value {
        for (key, value) in map {
            let value = match value {
                serde_json::Value::Array(items) if arrays.contains(&key.as_str()) => {
                    items.first().unwrap_or(value)
                }
                _ => value,
            };
            let below = if depth > 1 { key_paths(value, depth - 1, arrays) } else { Vec::new() };
            if below.is_empty() {
                paths.push(vec![key.clone()]);
            }
            paths.extend(below.into_iter().map(|rest| [vec![key.clone()], rest].concat()));
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_in_steps(layout: Layout, text: &str, step: usize) -> Vec<String> {
        let bytes = text.as_bytes();
        let mut cutter = Cutter::new(layout);
        let (mut start, mut fed) = (0, 0);
        let mut found = Vec::new();
        while fed < bytes.len() {
            fed = (fed + step).min(bytes.len());
            let cut = cutter.cut(&bytes[start..fed], fed == bytes.len());
            for record in cut.records {
                found.push(String::from_utf8_lossy(&bytes[start..][record.range]).into_owned());
            }
            start += cut.end;
        }
        found
    }

    #[test]
    fn records_are_found_whatever_the_size_of_the_buffer() {
        let array = r#" [{"a":"]}\"","b":[1,{"c":2}]}, {"a":null} , 7, "x"]"#;
        let page =
            r#"[{"data":[{"id":"1"},{"id":"2"}],"meta":{"data":[9],"n":"}"}}, {"data":{"id":"3"},"next":0}]"#;
        let data = Layout::Pages(Page { path: &["data"], errors: false, by_line: false });
        let deep = r#"{"data":[{"id":"9"}],"includes":{"tweets":[1],"users":[{"id":"1"},{"id":"2"}]}} {"includes":{"users":[{"id":"3"}]}}"#;
        let includes = Layout::Pages(Page { path: &["includes", "users"], errors: false, by_line: false });
        let archive = "window.YTD.follower.part0 = [ {\"id\":\"1\"},{\"id\":\"2\"} ];\nwindow.YTD.follower.part1 = [{\"id\":\"3\"}]\n";
        let lines = "{\"a\":1}\n\n{\"a\":2\n{\"a\":3}";
        for step in 1..array.len() {
            assert_eq!(
                cut_in_steps(Layout::Elements, array, step),
                [r#"{"a":"]}\"","b":[1,{"c":2}]}"#, r#"{"a":null}"#, "7", "\"x\""],
                "{step}"
            );
            for (layout, text) in [(data, page), (includes, deep), (Layout::Elements, archive)] {
                let found = cut_in_steps(layout, text, step);
                assert_eq!(found, [r#"{"id":"1"}"#, r#"{"id":"2"}"#, r#"{"id":"3"}"#], "{step}");
            }
            assert_eq!(cut_in_steps(Layout::Lines, lines, step).len(), 3, "a broken line is one record");
        }
    }

    #[test]
    fn what_is_no_key_of_a_page_is_told_and_is_no_id() {
        let ids = Layout::Pages(Page { path: &["ids"], errors: false, by_line: false });
        for (text, right) in [
            (r#"{"ids":[7,8],"next":"0"}"#, vec!["7", "8"]),
            (r#"{"ids":[7,8],"next":"0"0}"#, vec!["7", "8", ""]),
            (r#"{"ids":[7,8],"next":"0"0"}\n"}"#, vec!["7", "8", "", ""]),
            (r#"{"ids":[7,8],"next"}"#, vec!["7", "8", ""]),
            (r#"{1,"ids":[7]}"#, vec!["", "7"]),
        ] {
            for step in 1..text.len() {
                assert_eq!(cut_in_steps(ids, text, step), right, "{text} {step}");
            }
        }
    }

    /// The ids of the accounts in a text, or what is said of each row that is damaged.
    fn told(text: &str) -> Vec<String> {
        let source = super::super::Source::from_bytes("x", text.as_bytes().to_vec());
        let mut input =
            super::super::Input::from_source(source, &super::super::ReadOptions::default()).unwrap();
        let mut told = Vec::new();
        input
            .for_each_row(|row| {
                told.push(match &row.damage {
                    Some(damage) => damage.found.clone(),
                    None => row.account.id.as_deref().unwrap_or("nobody").to_string(),
                });
            })
            .unwrap();
        told
    }

    #[test]
    fn nothing_in_the_place_of_an_id_is_told() {
        let nothing = "nothing in the place of an id";
        assert_eq!(
            told("{\"ids\": [1, \"\", null, \" \", 22], \"next_cursor\": 0}"),
            ["1", nothing, nothing, nothing, "22"]
        );
    }

    #[test]
    fn two_accounts_in_one_record_are_told() {
        let lines = include_str!("../../data/dialects/api_v2_tweets_flat.jsonl");
        let (first, rest) = lines.split_once('\n').unwrap();
        let end = first.rfind("}, \"__twarc\"").unwrap_or(first.len() - 1);
        let author = r#", "author": {"id": "7", "username": "other"}"#;
        let twice = format!("{}{author}{}\n{rest}", &first[..=end], &first[end + 1..]);
        let (before, after) = (told(lines), told(&twice));
        assert_eq!(after[0], "two accounts in one record", "{twice}");
        assert_eq!(after[1..], before[1..]);
    }

    #[test]
    fn a_key_that_stands_twice_is_told() {
        let anna = r#"{"id":"1","screen_name":"anna","location":"Paris","id":"2","screen_name":"bo","followers_count":5}"#;
        let count = r#"{"id":"3","screen_name":"c","followers_count" :5,"followers_count":9}"#;
        let text = format!(
            "{anna}\n{count}\n{}\n",
            r#"{"id":"4","screen_name":"d","followers_count":5,"x":1,"x":2}"#
        );
        assert_eq!(told(&text), ["\"id\" twice", "\"followers_count\" twice", "4"]);
    }

    #[test]
    fn an_error_in_place_of_accounts_is_no_empty_list() {
        let open = |text: &str| {
            let source = super::super::Source::from_bytes("x", text.as_bytes().to_vec());
            super::super::Input::from_source(source, &super::super::ReadOptions::default())
                .map(drop)
                .map_err(|error| error.to_string())
        };
        let limit = open(r#"{"errors":[{"message":"Rate limit exceeded","code":88}]}"#).unwrap_err();
        assert!(limit.contains("Rate limit exceeded") && limit.contains("fetch it again"), "{limit}");
        assert_eq!(open(r#"{"errors":[{"resource_type":"tweet","value":"9","detail":"gone"}]}"#), Ok(()));
        let broken = open(&"{\"id\":\"1\",\"screen_name\":\"a\"},\n".repeat(9)).unwrap_err();
        assert!(broken.contains("no comma"), "{broken}");
        let python = open(&"{'id': '1', 'screen_name': 'a'}\n".repeat(9)).unwrap_err();
        assert!(python.contains("double quotes"), "{python}");
    }

    #[test]
    fn a_page_a_line_is_cut_by_itself() {
        let layout = Layout::Pages(Page { path: &["data"], errors: true, by_line: true });
        let text = concat!(
            r#"{"data":[{"id":"1"}],"errors":[{"resource_type":"user","value":"2"},{"resource_type":"tweet","value":"9"}],"__twarc":{"retrieved_at":"2021-03-01T00:00:00+00:00"}}"#,
            "\n",
            r#"{"data":[{"id":"3"},{"id":"#,
            "\n",
            r#"{"data":[{"id":"5"}]}"#,
        );
        let cut = Cutter::new(layout).cut(text.as_bytes(), true);
        let found: Vec<_> = cut
            .records
            .iter()
            .map(|r| (&text[r.range.clone()], r.is_error, r.observed_at.is_some()))
            .collect();
        assert_eq!(
            found,
            [
                (r#"{"id":"1"}"#, false, true),
                (r#"{"resource_type":"user","value":"2"}"#, true, true),
                (r#"{"id":"3"}"#, false, false),
                (r#"{"id":"#, false, false),
                (r#"{"id":"5"}"#, false, false),
            ]
        );
    }

    #[test]
    fn what_the_file_cuts_off_is_one_record() {
        assert_eq!(cut_in_steps(Layout::Elements, r#"[{"a":1},{"b":"#, 4), [r#"{"a":1}"#, r#"{"b":"#]);
    }
}
