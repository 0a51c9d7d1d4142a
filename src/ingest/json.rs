//! JSON: cutting a stream into records without reading it whole, and records into accounts.
//!
//! Three shapes are cut: one record a line; an array of records; and pages, objects that hold their records
//! in an array under a key such as `data` or `users`. `serde_json` parses the records themselves, borrowing
//! their strings, and a tree of keys says which values are kept.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use memchr::{memchr, memchr2, memrchr};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::field::{self, Field, Quirks};
use super::value::Cell;
use super::{Chunk, Damage, Row};

/// How records lie in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// One record a line.
    Lines,
    /// An array of records, or records one behind the other.
    Elements,
    /// Objects with an array of records under one of [`PAGE_KEYS`].
    Pages,
}

/// Keys under which the networks' pages hold accounts: v1.1, v2, Bluesky.
pub(super) const PAGE_KEYS: &[&str] = &["users", "data", "followers", "follows", "profiles", "accounts"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Context {
    Top,
    Array,
    Page,
    PageArray,
}

/// Finds the records of a stream, buffer by buffer.
#[derive(Clone, Debug)]
pub(super) struct Cutter {
    layout: Layout,
    context: Context,
}

/// What the cutter found in a buffer.
#[derive(Debug, Default)]
pub(super) struct Cut {
    /// Everything before is used up.
    pub end: usize,
    /// The records, as ranges of the buffer.
    pub records: Vec<Range<usize>>,
}

impl Cutter {
    pub(super) fn new(layout: Layout) -> Cutter {
        Cutter { layout, context: Context::Top }
    }

    /// Cuts a buffer that begins where the last cut ended. With `last`, what is left over is a record too:
    /// the parser will say what is wrong with it.
    pub(super) fn cut(&mut self, bytes: &[u8], last: bool) -> Cut {
        if self.layout == Layout::Lines { cut_lines(bytes, last) } else { self.cut_values(bytes, last) }
    }

    fn cut_values(&mut self, bytes: &[u8], last: bool) -> Cut {
        let mut cut = Cut::default();
        let mut at = 0;
        loop {
            at += bytes[at..].iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
            cut.end = at;
            let Some(&byte) = bytes.get(at) else { break };
            let step = match (self.context, byte) {
                (Context::Top, b'[') => {
                    self.context = Context::Array;
                    Some(at + 1)
                }
                (Context::Top, b'{') if self.layout == Layout::Pages => {
                    self.context = Context::Page;
                    Some(at + 1)
                }
                (Context::Array, b']') | (Context::Page, b'}') => {
                    self.context = Context::Top;
                    Some(at + 1)
                }
                (Context::PageArray, b']') => {
                    self.context = Context::Page;
                    Some(at + 1)
                }
                (Context::Page, b'"') => self.page_key(bytes, at),
                _ => value_end(bytes, at, last).inspect(|&end| cut.records.push(at..end)),
            };
            match step {
                Some(next) => at = next,
                None => break,
            }
        }
        if last && cut.end < bytes.len() {
            // A value that never ends: one damaged record.
            cut.records.push(cut.end..bytes.len());
            cut.end = bytes.len();
        }
        cut
    }

    /// A key of a page with what follows: steps into the array of records, or over anything else.
    fn page_key(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let key_end = value_end(bytes, at, false)?;
        let mut next = key_end + bytes[key_end..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        if bytes.get(next) == Some(&b':') {
            next += 1;
        } else if next < bytes.len() {
            return Some(next); // not JSON; go on, the next token will show it
        } else {
            return None;
        }
        next += bytes[next..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let key = &bytes[at + 1..key_end - 1];
        match bytes.get(next) {
            Some(b'[') if PAGE_KEYS.iter().any(|known| known.as_bytes() == key) => {
                self.context = Context::PageArray;
                Some(next + 1)
            }
            Some(_) => value_end(bytes, next, false),
            None => None,
        }
    }
}

fn cut_lines(bytes: &[u8], last: bool) -> Cut {
    let end = if last { bytes.len() } else { memrchr(b'\n', bytes).map_or(0, |at| at + 1) };
    let mut records = Vec::new();
    let mut at = 0;
    while at < end {
        let line_end = memchr(b'\n', &bytes[at..end]).map_or(end, |hop| at + hop);
        let line = &bytes[at..line_end];
        if !line.trim_ascii().is_empty() {
            records.push(at..line_end);
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
                let stop = |b: &u8| matches!(b, b',' | b']' | b'}' | b'{' | b'[' | b'"') || b.is_ascii_whitespace();
                return match bytes[at..].iter().position(stop) {
                    Some(0) => Some(at + 1),
                    Some(hop) => Some(at + hop),
                    None if last => Some(bytes.len()),
                    None => None,
                };
            }
        }
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
    pub children: HashMap<String, Node>,
}

impl Node {
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
    /// The key of the object that holds the account, if it is not the record itself.
    pub root: Option<&'static str>,
    /// Fields that some key of the first records is mapped to.
    pub mapped: HashSet<Field>,
    pub label_path: Option<String>,
    pub quirks: Quirks,
}

impl Objects {
    /// Parses the records of one chunk in order.
    pub(super) fn parse(&self, chunk: &Chunk, sink: &mut dyn FnMut(Row<'_>)) {
        let mut line = chunk.first_line;
        let mut counted = 0;
        for (number, record) in (chunk.first_row..).zip(&chunk.records) {
            line += memchr::memchr_iter(b'\n', &chunk.bytes[counted..record.start]).count() as u64;
            counted = record.start;
            sink(self.row(&chunk.bytes[record.clone()], number, line));
        }
    }

    fn row<'r>(&self, bytes: &'r [u8], number: u64, line: u64) -> Row<'r> {
        let mut row = Row::new(number, line);
        let mut parser = serde_json::Deserializer::from_slice(bytes);
        let walk = Walk { objects: self, node: Some(&self.tree), row: &mut row, key: "", depth: 0, in_root: self.root.is_none() };
        let result = walk.deserialize(&mut parser).and_then(|()| parser.end());
        if let Err(error) = result {
            row.account = Default::default();
            row.damage = Some(Damage {
                column: None,
                found: format!("{error} in {}", Damage::excerpt(bytes)),
                expected: "a whole JSON object".into(),
            });
        }
        row
    }
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
        if self.depth == 0 {
            self.complain("a value that is not an object", "a JSON object with the account's fields");
            return;
        }
        let Some(field) = self.node.and_then(|node| node.field) else { return };
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
        let found = excerpt(&cell);
        if let Err(expected) = field::assign(&mut self.row.account, field, cell, self.objects.quirks) {
            self.complain(&found, expected);
        }
    }

    fn complain(self, found: &str, expected: &str) {
        if self.row.damage.is_none() {
            let column = (self.depth > 0).then(|| self.key.to_string());
            self.row.damage = Some(Damage { column, found: found.to_string(), expected: expected.to_string() });
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
        while let Some(key) = entries.next_key::<Key<'r>>()? {
            let key = key.0;
            let known = self.node.and_then(|node| node.children.get(key.as_ref()));
            let enters_root = self.depth == 0 && self.objects.root == Some(key.as_ref());
            // A key that none of the first records had: worth a look in the alias table, where the account is.
            let late = if known.is_none() && self.in_root {
                field::lookup(&key).map(|(field, _)| field).filter(|field| !self.objects.mapped.contains(field))
            } else {
                None
            };
            let late = late.map(|field| Node { field: Some(field), children: HashMap::new() });
            entries.next_value_seed(Walk {
                objects: self.objects,
                node: late.as_ref().or(known),
                row: self.row,
                key: &key,
                depth: self.depth + 1,
                in_root: enters_root,
            })?;
        }
        Ok(())
    }
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

/// Every dotted path of an object down to `depth` levels, by name. Arrays are not entered.
pub(super) fn key_paths(value: &serde_json::Value, depth: usize) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    if let serde_json::Value::Object(map) = value {
        for (key, value) in map {
            let below = if depth > 1 { key_paths(value, depth - 1) } else { Vec::new() };
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
                found.push(String::from_utf8_lossy(&bytes[start..][record]).into_owned());
            }
            start += cut.end;
        }
        found
    }

    #[test]
    fn records_are_found_whatever_the_size_of_the_buffer() {
        let array = r#" [{"a":"]}\"","b":[1,{"c":2}]}, {"a":null} , 7, "x"]"#;
        let page = r#"{"data":[{"id":"1"},{"id":"2"}],"meta":{"data":[9],"n":"}"}} {"users":[{"id":"3"}],"next":0}"#;
        let lines = "{\"a\":1}\n\n{\"a\":2\n{\"a\":3}";
        for step in 1..array.len() {
            assert_eq!(
                cut_in_steps(Layout::Elements, array, step),
                [r#"{"a":"]}\"","b":[1,{"c":2}]}"#, r#"{"a":null}"#, "7", "\"x\""],
                "{step}"
            );
            assert_eq!(cut_in_steps(Layout::Pages, page, step), [r#"{"id":"1"}"#, r#"{"id":"2"}"#, r#"{"id":"3"}"#]);
            assert_eq!(cut_in_steps(Layout::Lines, lines, step).len(), 3, "a broken line is one record");
        }
    }

    #[test]
    fn what_the_file_cuts_off_is_one_record() {
        assert_eq!(cut_in_steps(Layout::Elements, r#"[{"a":1},{"b":"#, 4), [r#"{"a":1}"#, r#"{"b":"#]);
    }
}
