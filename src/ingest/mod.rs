//! Reading: bytes in any dialect to [`Account`]s, with a report of what was made of the columns.
//!
//! [`Input::open`] looks at the first bytes, decides on the dialect, and maps names to fields. The stream is
//! then cut into [`Chunk`]s of whole records ([`Input::next_chunk`], cheap and sequential), and a [`Parser`]
//! turns a chunk into [`Row`]s (the costly part, on any thread). Rows in = rows out: a record that cannot be
//! read is a row with a [`Damage`].

mod delimited;
mod dialect;
mod field;
mod json;
mod labels;
mod mapping;
mod parallel;
mod source;
mod value;

use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use dialect::Dialect;
pub use field::{FIELDS, Field, Kind, looks_like_label};
pub use labels::{LabelList, canonical_id, sibling_labels};
pub use mapping::{MapFile, Mapped, Mapping};
pub use parallel::in_order;
pub use source::{Source, sha256_of_file};
pub use value::{TIME_GRAMMARS, parse_time};

use crate::account::{Account, Label, Timestamp};

/// What goes wrong before there are rows.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum IngestError {
    #[error("cannot open {}: {source}", path.display())]
    Open { path: PathBuf, source: std::io::Error },
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is empty: expected accounts as CSV or JSON", path.display())]
    Empty { path: PathBuf },
    #[error("{}: {found}\n  expected {expected}", path.display())]
    Unusable { path: PathBuf, found: String, expected: String },
    #[error(
        "{}: a record that begins near line {line} is longer than {} MiB\n  \
         expected a shorter one; a quote (\") that is never closed swallows what follows",
        path.display(), MAX_RECORD >> 20
    )]
    Giant { path: PathBuf, line: u64 },
}

/// How an input is to be read. The default leaves everything to the content.
#[derive(Clone, Debug, Default)]
pub struct ReadOptions {
    /// Overrides the dialect found in the content.
    pub dialect: Option<Dialect>,
    /// When the counts were true, for rows that do not say so themselves.
    pub observed_at: Option<Timestamp>,
    /// Column (or key) that holds the class.
    pub label_column: Option<String>,
    /// Names mapped by hand.
    pub map: Option<MapFile>,
}

/// Why a row cannot be used, in the terms of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The column or key; `None` where the whole record is at fault.
    pub column: Option<String>,
    /// What stands there, shortened, with control characters made visible.
    pub found: String,
    /// What would do.
    pub expected: String,
}

impl Damage {
    /// At most 60 characters of input, quoted, safe to print.
    pub fn excerpt(bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(240)]);
        let mut short: String = text.chars().take(60).collect();
        if short.len() < bytes.len() {
            short.push('…');
        }
        format!("\"{}\"", crate::safe::visible(&short))
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(column) = &self.column {
            write!(f, "column {}: ", crate::safe::visible(column))?;
        }
        write!(f, "found {}, expected {}", self.found, self.expected)
    }
}

/// One record of the input.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    /// 1 for the first record behind the header.
    pub number: u64,
    /// Line of the file on which the record begins, from 1.
    pub line: u64,
    /// What could be read of it.
    pub account: Account<'a>,
    /// Its class, where a label was asked for and is there.
    pub label: Option<Label>,
    /// Why it cannot be used, if it cannot.
    pub damage: Option<Damage>,
}

/// Whole records of the stream, to be parsed on any thread.
#[derive(Debug)]
pub struct Chunk {
    bytes: Vec<u8>,
    /// Ranges of the records (JSON only).
    records: Vec<Range<usize>>,
    /// Position of the chunk in the stream, from 0.
    pub index: u64,
    /// Number of its first row.
    pub first_row: u64,
    /// How many rows it holds.
    pub rows: u64,
    first_line: u64,
    ends_in_quote: bool,
}

#[derive(Clone, Debug)]
enum Records {
    Table(delimited::Table),
    Objects(json::Objects),
}

/// Turns chunks into rows. Cheap to clone, usable from several threads at once.
#[derive(Clone, Debug)]
pub struct Parser {
    records: Arc<Records>,
    observed_at: Option<Timestamp>,
}

impl Parser {
    /// Calls `sink` with every row of the chunk, in order.
    pub fn parse(&self, chunk: &Chunk, mut sink: impl FnMut(Row<'_>)) {
        let mut finish = |mut row: Row<'_>| {
            forget_texts_nobody_looked_at(&mut row.account);
            if row.account.observed_at.is_none() {
                row.account.observed_at = self.observed_at;
            }
            sink(row);
        };
        match &*self.records {
            Records::Table(table) => table.parse(chunk, &mut finish),
            Records::Objects(objects) => objects.parse(chunk, &mut finish),
        }
    }
}

/// An empty text cell is a text known to be empty, if the record says anything of the account beyond its keys.
/// One that gives an id and nothing else (a follower whose look-up failed) says nothing of the bio either.
fn forget_texts_nobody_looked_at(account: &mut Account<'_>) {
    let texts = [&account.name, &account.bio, &account.location, &account.url, &account.lang];
    let known_empty = |text: &&crate::account::Text<'_>| text.as_deref() == Some("");
    if !texts.iter().any(known_empty) || !texts.iter().all(|text| text.is_none() || known_empty(text)) {
        return;
    }
    let (id, handle, observed_at) = (account.id.take(), account.handle.take(), account.observed_at.take());
    let texts = [&mut account.name, &mut account.bio, &mut account.location, &mut account.url, &mut account.lang];
    let texts = texts.map(Option::take);
    let nobody_looked = *account == Account::default();
    (account.id, account.handle, account.observed_at) = (id, handle, observed_at);
    if !nobody_looked {
        [account.name, account.bio, account.location, account.url, account.lang] = texts;
    }
}

enum Cutter {
    Delimited(delimited::Cutter),
    Json(json::Cutter),
}

/// Size of a chunk handed to a thread, bytes.
const CHUNK: usize = 1 << 20;
/// The longest record that is still believed to be one, bytes.
const MAX_RECORD: usize = 256 << 20;

/// An opened input: its dialect and mapping are known, its rows are still to come.
pub struct Input {
    source: Source,
    dialect: Dialect,
    mapping: Mapping,
    parser: Parser,
    cutter: Cutter,
    buffer: Vec<u8>,
    at_end: bool,
    next_index: u64,
    next_row: u64,
    next_line: u64,
}

impl Input {
    /// Opens a file (`-`: standard input) and decides how to read it.
    ///
    /// # Errors
    /// See [`IngestError`]; a file in which no column is recognised is refused with the list of its columns.
    pub fn open(path: &Path, options: &ReadOptions) -> Result<Input, IngestError> {
        Input::from_source(Source::open(path)?, options)
    }

    /// Like [`Input::open`], over an opened [`Source`].
    ///
    /// # Errors
    /// As [`Input::open`].
    pub fn from_source(mut source: Source, options: &ReadOptions) -> Result<Input, IngestError> {
        let path = source.name.clone();
        let mut buffer = Vec::new();
        let mut at_end = fill(&mut source, &mut buffer, CHUNK)?;
        if buffer.starts_with(b"\xef\xbb\xbf") {
            buffer.drain(..3);
        }
        refuse_what_is_not_text(&path, &buffer)?;
        let mut line = 1 + count_lines(&buffer[..leading_blank(&buffer)]);
        buffer.drain(..leading_blank(&buffer));
        if buffer.is_empty() {
            return Err(IngestError::Empty { path });
        }

        let json = match options.dialect {
            Some(dialect) => dialect.is_json(),
            None => matches!(buffer[0], b'{' | b'['),
        };
        let (dialect, mapping, records, cutter) = if json {
            let (found, layout) = dialect::of_json(&buffer);
            let dialect = options.dialect.unwrap_or(found);
            let (mapping, objects) = map_objects(dialect, layout, &buffer, at_end, options);
            (dialect, mapping, Records::Objects(objects), Cutter::Json(json::Cutter::new(layout)))
        } else {
            // A header longer than a chunk is not a header.
            let line_end = memchr::memchr(b'\n', &buffer).unwrap_or(buffer.len());
            let delimiter = delimited::guess_delimiter(&buffer[..line_end]);
            let unusable = || IngestError::Unusable {
                path: path.clone(),
                found: "no record in it".into(),
                expected: "a header line and one account a line".into(),
            };
            let (first, used) = delimited::header(&buffer, delimiter).ok_or_else(unusable)?;
            let dialect = options.dialect.unwrap_or_else(|| dialect::of_header(&first));
            let header = match dialect.fixed_header() {
                Some(names) => names.iter().map(|name| (*name).to_string()).collect(),
                None => {
                    line += count_lines(&buffer[..used.end]);
                    buffer.drain(used);
                    first
                }
            };
            let (mapping, table) = map_table(dialect, delimiter, header, options);
            let _ = &mut at_end;
            (dialect, mapping, Records::Table(table), Cutter::Delimited(delimited::Cutter::new(delimiter)))
        };
        mapping.check(&path, options)?;
        Ok(Input {
            source,
            dialect,
            mapping,
            parser: Parser { records: Arc::new(records), observed_at: options.observed_at },
            cutter,
            buffer,
            at_end,
            next_index: 0,
            next_row: 1,
            next_line: line,
        })
    }

    /// The dialect in use.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Which column became which field.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Something that turns this input's chunks into rows.
    pub fn parser(&self) -> Parser {
        self.parser.clone()
    }

    /// The path as it was given.
    pub fn name(&self) -> &Path {
        &self.source.name
    }

    /// Size of the file on disk, bytes, and a counter of the bytes taken from it so far.
    pub fn progress(&self) -> (Option<u64>, Arc<AtomicU64>) {
        (self.source.size, Arc::clone(&self.source.taken))
    }

    /// The next whole records, or `None` at the end.
    ///
    /// # Errors
    /// Where the file cannot be read on, or one record does not end within 256 MiB.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        let mut wanted = CHUNK;
        loop {
            if !self.at_end && self.buffer.len() < wanted {
                self.at_end = fill(&mut self.source, &mut self.buffer, wanted)?;
            }
            if self.buffer.is_empty() {
                return Ok(None);
            }
            let (end, rows, lines, records, ends_in_quote) = match &mut self.cutter {
                Cutter::Delimited(cutter) => {
                    let cut = cutter.cut(&self.buffer, self.at_end);
                    let lines = if self.at_end { 0 } else { cut.lines };
                    (cut.end, cut.rows, lines, Vec::new(), self.at_end && cut.open_quote)
                }
                Cutter::Json(cutter) => {
                    let cut = cutter.cut(&self.buffer, self.at_end);
                    let lines = count_lines(&self.buffer[..cut.end]);
                    (cut.end, cut.records.len() as u64, lines, cut.records, false)
                }
            };
            if rows == 0 {
                // Nothing whole yet: drop what is used up (page heads, blank lines) and read on.
                self.next_line += lines;
                self.buffer.drain(..end);
                if self.at_end {
                    self.buffer.clear();
                    return Ok(None);
                }
                wanted = (self.buffer.len() * 2).max(CHUNK);
                if wanted > MAX_RECORD {
                    let path = self.source.name.clone();
                    return Err(IngestError::Giant { path, line: self.next_line });
                }
                continue;
            }
            let rest = self.buffer.split_off(end);
            let bytes = std::mem::replace(&mut self.buffer, rest);
            let chunk = Chunk {
                bytes,
                records,
                index: self.next_index,
                first_row: self.next_row,
                rows,
                first_line: self.next_line,
                ends_in_quote,
            };
            self.next_index += 1;
            self.next_row += rows;
            self.next_line += lines;
            return Ok(Some(chunk));
        }
    }

    /// Calls `sink` with every row that is left, in order, on this thread.
    ///
    /// # Errors
    /// As [`Input::next_chunk`].
    pub fn for_each_row(&mut self, mut sink: impl FnMut(Row<'_>)) -> Result<(), IngestError> {
        let parser = self.parser();
        while let Some(chunk) = self.next_chunk()? {
            parser.parse(&chunk, &mut sink);
        }
        Ok(())
    }
}

/// Reads until the buffer holds `wanted` bytes; `true` at the end of the stream.
fn fill(source: &mut Source, buffer: &mut Vec<u8>, wanted: usize) -> Result<bool, IngestError> {
    let missing = wanted.saturating_sub(buffer.len()) as u64;
    let failed = |path: &Path, source| IngestError::Read { path: path.to_path_buf(), source };
    let taken = match source.by_ref().take(missing).read_to_end(buffer) {
        Ok(n) => n as u64,
        Err(error) => return Err(failed(&source.name, error)),
    };
    Ok(taken < missing)
}

fn leading_blank(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| b.is_ascii_whitespace() && **b != b'\t').count()
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

fn refuse_what_is_not_text(path: &Path, head: &[u8]) -> Result<(), IngestError> {
    let found = if head.starts_with(b"PAR1") {
        "a Parquet file"
    } else if head.starts_with(b"ARROW1") {
        "an Arrow file"
    } else if head.starts_with(b"PK\x03\x04") {
        "a zip archive or an Excel workbook"
    } else if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        "text in UTF-16"
    } else if head.iter().take(4096).any(|b| *b == 0) {
        "binary data (it holds NUL bytes)"
    } else if head.starts_with(b"window.YTD") {
        "a list out of an X archive, which holds ids only"
    } else {
        return Ok(());
    };
    Err(IngestError::Unusable {
        path: path.to_path_buf(),
        found: format!("this is {found}"),
        expected: "accounts as CSV, TSV, JSON or JSON lines in UTF-8, plain or packed with gzip or zstd".into(),
    })
}

fn map_table(
    dialect: Dialect,
    delimiter: u8,
    header: Vec<String>,
    options: &ReadOptions,
) -> (Mapping, delimited::Table) {
    let mapping = Mapping::of(&header, options);
    let position: HashMap<&str, usize> = header.iter().enumerate().rev().map(|(i, n)| (n.as_str(), i)).collect();
    let columns = mapping.used.iter().map(|mapped| (position[mapped.name.as_str()], mapped.field)).collect();
    let label_column = mapping.label.as_ref().map(|name| position[name.as_str()]);
    let table = delimited::Table { delimiter, columns, label_column, header, quirks: dialect.quirks() };
    (mapping, table)
}

/// Records looked at to learn the keys of a JSON file.
const SAMPLE: usize = 200;

fn map_objects(
    dialect: Dialect,
    layout: json::Layout,
    head: &[u8],
    whole: bool,
    options: &ReadOptions,
) -> (Mapping, json::Objects) {
    let cut = json::Cutter::new(layout).cut(head, whole);
    let mut seen = std::collections::HashSet::new();
    let mut paths: Vec<Vec<String>> = Vec::new();
    for range in cut.records.into_iter().take(SAMPLE) {
        let Ok(record) = serde_json::from_slice::<serde_json::Value>(&head[range]) else { continue };
        for path in json::key_paths(&record, 3) {
            if seen.insert(path.clone()) {
                paths.push(path);
            }
        }
    }
    let root = dialect.root();
    // The mapping speaks of names inside the account's own object.
    let (inside, outside): (Vec<_>, Vec<_>) = match root {
        Some(root) => paths.into_iter().partition(|path| path.len() > 1 && path[0] == root),
        None => (paths, Vec::new()),
    };
    let skip = usize::from(root.is_some());
    let names: Vec<String> = inside.iter().map(|path| path[skip..].join(".")).collect();
    let mut mapping = Mapping::of(&names, options);
    let mut tree = json::Node::default();
    for path in &inside {
        let name = path[skip..].join(".");
        let mut field = mapping.used.iter().find(|mapped| mapped.name == name).map(|mapped| mapped.field);
        if mapping.label.as_deref() == Some(name.as_str()) {
            field = Some(Field::Label);
        }
        tree.insert(path, field);
    }
    for path in outside {
        let name = path.join(".");
        let wanted = dialect.outside_root().iter().find(|(key, _)| *key == name).map(|(_, field)| *field);
        let label = options.label_column.as_deref() == Some(name.as_str());
        if label {
            mapping.label = Some(name.clone());
            mapping.missing_label = false;
        }
        match wanted {
            Some(field) if !mapping.used.iter().any(|m| m.field == field) => {
                mapping.used.push(Mapped { name: name.clone(), field });
                tree.insert(&path, Some(field));
            }
            _ if label => tree.insert(&path, Some(Field::Label)),
            _ => mapping.unused.push(name),
        }
    }
    let mapped = mapping.used.iter().map(|mapped| mapped.field).collect();
    let objects =
        json::Objects { tree, root, mapped, label_path: mapping.label.clone(), quirks: dialect.quirks() };
    (mapping, objects)
}

/// Share of the file already read, for progress bars.
pub fn share_read(size: Option<u64>, taken: &AtomicU64) -> Option<f64> {
    size.map(|size| taken.load(Ordering::Relaxed) as f64 / size as f64)
}
