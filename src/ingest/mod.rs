//! Reading: bytes in any dialect to [`Account`]s, with a report of what was made of the columns.
//!
//! [`Input::open`] looks at the first bytes, decides on the dialect, and maps names to fields. The stream is
//! then cut into [`Chunk`]s of whole records ([`Input::next_chunk`], cheap and sequential), and a [`Parser`]
//! turns a chunk into [`Row`]s (the costly part, on any thread). Rows in = rows out: a record that cannot be
//! read is a row with a [`Damage`].

mod beside;
mod block;
#[cfg(feature = "arrow")]
mod columns;
mod container;
mod delimited;
mod dialect;
mod encoding;
mod engagement;
mod field;
mod giant;
mod html;
mod json;
mod labels;
mod mapping;
mod notes;
mod parallel;
mod posts;
mod scan;
#[cfg(feature = "xlsx")]
mod sheets;
mod sketch;
mod source;
mod stream;
mod value;
pub mod write;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub(crate) use beside::hashed;
pub use beside::{Beside, BesideFile, BesideFiles, Found, Key};
pub use dialect::Dialect;
pub use encoding::Encoding;
pub use engagement::{EngagementCounts, EngagementFile, EngagementKind, EngagementRead, Engagements, Us};
pub use field::{FIELDS, Field, Kind, looks_like_label};
pub use labels::{LabelList, canonical_id, sibling_labels};
pub use mapping::{MapFile, Mapped, Mapping};
pub use notes::{Note, Notes, Tally};
pub use parallel::{Chunks, in_order};
pub use posts::{Addressed, Named, Post, PostInput, PostKind, PostParser, PostRow};
pub use source::{Source, sha256_of_file};
pub use value::{TIME_GRAMMARS, is_rounded_number, parse_time};

use crate::account::{Account, Label, Network, Timestamp};
use stream::{Cutter, Head, Stream, fill, skip};

/// The name of an input as a person would say it.
pub(crate) fn shown(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { path.display().to_string() }
}

/// What goes wrong before there are rows.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum IngestError {
    #[error("cannot open {}: {source}", path.display())]
    Open { path: PathBuf, source: std::io::Error },
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{} is empty: expected accounts as CSV or JSON", shown(path))]
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
    /// Overrides the character encoding found in the content.
    pub encoding: Option<Encoding>,
    /// Files that say more of the same accounts. Read by [`Input::join`], not on opening.
    pub beside: BesideFiles,
    /// Take a file of which no column is known too: for drafting the map file that says which is which.
    pub unknown_columns: bool,
}

/// What to do about bytes that are no text.
const NOT_UTF8: &str =
    "text in UTF-8, as the start of the file has; if it is in another encoding, name it with --encoding";

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
    /// What is worth saying about a row that can be used.
    pub notes: Notes,
}

/// Whole records of the stream, to be parsed on any thread.
#[derive(Debug)]
pub struct Chunk {
    bytes: Vec<u8>,
    /// Places of the records (JSON only).
    records: Vec<json::Record>,
    /// Places of the records and their cells (delimited text only).
    places: scan::Places,
    /// Where the buffers go when the chunk is done with.
    pool: Option<Arc<stream::Pool>>,
    /// Position of the chunk in the stream, from 0.
    pub index: u64,
    /// Number of its first row.
    pub first_row: u64,
    /// How many rows it holds.
    pub rows: u64,
    first_line: u64,
    ends_in_quote: bool,
    /// The rows themselves, where they are read by columns; `bytes` is empty then.
    #[cfg(feature = "arrow")]
    batch: Option<arrow::array::RecordBatch>,
}

impl Chunk {
    /// One record of a table.
    fn of_record(bytes: Vec<u8>, number: u64, line: u64) -> Chunk {
        Chunk {
            bytes,
            records: Vec::new(),
            places: scan::Places::default(),
            pool: None,
            index: 0,
            first_row: number,
            rows: 1,
            first_line: line,
            ends_in_quote: false,
            #[cfg(feature = "arrow")]
            batch: None,
        }
    }

    /// A record batch, the first of whose rows has this number.
    #[cfg(feature = "arrow")]
    pub(crate) fn of_batch(batch: arrow::array::RecordBatch, index: u64, first_row: u64) -> Chunk {
        Chunk {
            bytes: Vec::new(),
            records: Vec::new(),
            places: scan::Places::default(),
            pool: None,
            index,
            first_row,
            rows: batch.num_rows() as u64,
            first_line: first_row,
            ends_in_quote: false,
            batch: Some(batch),
        }
    }
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
    network: Option<Network>,
    beside: Option<Arc<Beside>>,
}

impl Parser {
    /// Calls `sink` with every row of the chunk, in order.
    pub fn parse(&self, chunk: &Chunk, mut sink: impl FnMut(Row<'_>)) {
        self.parse_in_place(chunk, |rows| {
            rows.iter_mut().for_each(|row| sink(std::mem::replace(row, Row::new(0, 0))))
        });
    }

    /// Like [`Parser::parse`], for a caller that needs no row of its own: a row is large, and is not moved. Each call gives 1 to
    /// 64 rows, damaged ones among them, in order over all calls, so that each step of what is done with them can be taken for
    /// all of them before the next. They are gone when the call returns.
    pub fn parse_in_place(&self, chunk: &Chunk, mut sink: impl FnMut(&mut [Row<'_>])) {
        let canonical = match &*self.records {
            Records::Table(table) => table.quirks.canonical(),
            Records::Objects(objects) => objects.quirks.canonical(),
        };
        let mut finish = |rows: &mut [Row<'_>]| {
            for row in &mut *rows {
                if !canonical {
                    forget_texts_nobody_looked_at(&mut row.account);
                }
                if row.account.observed_at.is_none() {
                    row.account.observed_at = self.observed_at;
                }
                if row.account.network.is_none() {
                    row.account.network = self.network;
                }
                // To the second, as an age is counted.
                if let (Some(made), Some(observed)) = (row.account.created_at, row.account.observed_at)
                    && made.as_second() > observed.as_second()
                {
                    row.notes.insert(Note::MadeLater);
                }
                if let Some(beside) = &self.beside {
                    beside.fill(row);
                }
            }
            sink(rows);
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
    // Nearly every account.
    if account.name.as_deref().is_some_and(|name| !name.is_empty()) {
        return;
    }
    let texts = [&account.name, &account.bio, &account.location, &account.url, &account.lang];
    let known_empty = |text: &&crate::account::Text<'_>| text.as_deref() == Some("");
    if !texts.iter().any(known_empty) || !texts.iter().all(|text| text.is_none() || known_empty(text)) {
        return;
    }
    let (id, handle, observed_at) = (account.id.take(), account.handle.take(), account.observed_at.take());
    let texts =
        [&mut account.name, &mut account.bio, &mut account.location, &mut account.url, &mut account.lang];
    let texts = texts.map(Option::take);
    let nobody_looked = *account == Account::default();
    (account.id, account.handle, account.observed_at) = (id, handle, observed_at);
    if !nobody_looked {
        [account.name, account.bio, account.location, account.url, account.lang] = texts;
    }
}

/// The longest record that is still believed to be one, bytes.
const MAX_RECORD: usize = 256 << 20;

/// An opened input: its dialect and mapping are known, its rows are still to come.
pub struct Input {
    stream: Stream,
    dialect: Dialect,
    mapping: Mapping,
    parser: Parser,
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
    pub fn from_source(source: Source, options: &ReadOptions) -> Result<Input, IngestError> {
        let Head {
            mut source,
            mut buffer,
            mut at_end,
            mut line,
            encoding,
            archive,
            #[cfg(feature = "arrow")]
            batches,
        } = Head::open(source, options.encoding)?;
        let path = source.name.clone();
        let unusable = |found: &str, expected: &str| IngestError::Unusable {
            path: path.clone(),
            found: found.into(),
            expected: expected.into(),
        };
        let looks_like_json = matches!(buffer[0], b'{' | b'[');
        let json = options.dialect.and_then(Dialect::is_json).unwrap_or(looks_like_json);
        let (dialect, mut mapping, records, cutter) = if json {
            let (found, layout) = loop {
                match dialect::of_json(&buffer, at_end || buffer.len() >= LONGEST_HEAD) {
                    dialect::Verdict::Known(dialect, layout) => break (dialect, layout),
                    dialect::Verdict::MoreNeeded => {
                        let wanted = buffer.len() * 4;
                        at_end = fill(&mut source, &mut buffer, wanted)?;
                    }
                }
            };
            let dialect = options.dialect.unwrap_or(found);
            let (mapping, objects) = map_objects(dialect, layout, &buffer, at_end, options);
            if let Some(name) = archive.filter(|_| dialect != Dialect::XArchive && !mapping.no_records) {
                return Err(unusable(
                    &format!(
                        "the list {} of an X archive, which holds no accounts",
                        crate::safe::visible(&name)
                    ),
                    "follower.js or following.js",
                ));
            }
            (dialect, mapping, Records::Objects(objects), Cutter::Json(json::Cutter::new(layout)))
        } else {
            at_end = whole_first_line(&mut source, &mut buffer, at_end)?;
            let form = delimited::Form::of(&buffer);
            let (first, used) = delimited::first_records(&buffer, form, FIRST_RECORDS);
            let dialect = options.dialect.unwrap_or_else(|| dialect::of_table(&first));
            let Some(names) = first.first() else {
                return Err(unusable("no record in it", "a header line and one account a line"));
            };
            // Objects whose first bytes are broken, all on one line, would be a header without rows.
            if options.dialect.is_none() && names.iter().any(|name| name.trim_start().starts_with("{\"")) {
                return Err(unusable(
                    &format!("JSON with something in front of it: {}", Damage::excerpt(names[0].as_bytes())),
                    "a file that begins with { or [; cut off what stands before",
                ));
            }
            let header = match dialect.fixed_header() {
                Some(names) => names.iter().map(|name| (*name).to_string()).collect(),
                None => {
                    skip(&mut buffer, &mut line, |_| used);
                    names.clone()
                }
            };
            let (mapping, table) = map_table(dialect, form, header, &first, options);
            let unfit = mapping.check_content(&path).is_err() && !options.unknown_columns
                || dialect::is_numbers_about_posts(names);
            if let (true, None, Some((found, expected))) = (unfit, &options.map, dialect::what_else(&first)) {
                return Err(unusable(
                    &format!("{found}; it begins with {}", Damage::excerpt(names.join(" | ").as_bytes())),
                    expected,
                ));
            }
            (dialect, mapping, Records::Table(table), Cutter::Delimited(form))
        };
        mapping.encoding = encoding;
        mapping.check(&path, options)?;
        #[cfg(feature = "arrow")]
        let planned = match (batches, &records) {
            (None, _) => None,
            (Some(batches), Records::Objects(objects)) => match batches.plan(objects) {
                Ok(planned) => Some(planned),
                Err(batches) => {
                    (source, buffer, at_end) = stream::text_of(source, batches)?;
                    None
                }
            },
            (Some(batches), Records::Table(_)) => {
                (source, buffer, at_end) = stream::text_of(source, batches)?;
                None
            }
        };
        let stream = Stream::new(source, cutter, buffer, at_end, line);
        #[cfg(feature = "arrow")]
        let stream = match planned {
            Some(planned) => stream.of_batches(planned),
            None => stream,
        };
        Ok(Input {
            stream,
            dialect,
            mapping,
            parser: Parser {
                records: Arc::new(records),
                observed_at: options.observed_at,
                network: dialect.network(),
                beside: None,
            },
        })
    }

    /// What turns batches with the columns of `sample` into rows: see [`crate::scores::BatchScorer`].
    ///
    /// # Errors
    /// Where no column is known, or one in use is not plain.
    #[cfg(feature = "arrow")]
    pub(crate) fn parser_of_batches(
        sample: &arrow::array::RecordBatch,
        options: &ReadOptions,
    ) -> Result<Parser, IngestError> {
        let path = Path::new("record batch");
        let failed = |error| IngestError::Read { path: path.to_path_buf(), source: error };
        let text = columns::head_of(sample).map_err(failed)?;
        let input = Input::from_source(Source::from_bytes("record batch", text), options)?;
        let plain = match &*input.parser.records {
            Records::Objects(objects) => columns::is_plain_table(&sample.schema(), objects),
            Records::Table(_) => false,
        };
        if plain {
            return Ok(input.parser);
        }
        Err(IngestError::Unusable {
            path: path.to_path_buf(),
            found: "columns that are not plain".into(),
            expected: "text, whole numbers, doubles, flags and times, each column with a name of its own"
                .into(),
        })
    }

    /// Are the accounts ids and nothing else? Such a file can be listed and compared, not scored.
    pub fn ids_only(&self) -> bool {
        self.mapping.ids_only
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
        &self.stream.source.name
    }

    /// Size of the file on disk, bytes, and a counter of the bytes taken from it so far.
    pub fn progress(&self) -> (Option<u64>, Arc<AtomicU64>) {
        (self.stream.source.size, Arc::clone(&self.stream.source.taken))
    }

    /// The next whole records, or `None` at the end.
    ///
    /// # Errors
    /// Where the file cannot be read on, or one record does not end within 256 MiB.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError> {
        self.stream.next_chunk()
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

/// Reads on until the first record of a table is whole, which may be longer than the head. `true` at the end of the stream.
fn whole_first_line(
    source: &mut Source,
    buffer: &mut Vec<u8>,
    mut at_end: bool,
) -> Result<bool, IngestError> {
    let unusable = |source: &Source, found: String| IngestError::Unusable {
        path: source.name.clone(),
        found,
        expected: "a header line with the names of the columns".into(),
    };
    let mut form = delimited::Form::of(buffer);
    while !at_end && scan::scan(form, buffer, false, &mut scan::Places::default()).rows == 0 {
        if buffer.len() >= LONGEST_LINE {
            let found = format!("a first line that does not end within {} MiB", LONGEST_LINE >> 20);
            return Err(unusable(source, found));
        }
        let wanted = buffer.len() * 4;
        at_end = fill(source, buffer, wanted)?;
        form = delimited::Form::of(buffer);
    }
    let line = &buffer[..memchr::memchr(form.terminator, buffer).unwrap_or(buffer.len())];
    let marks = memchr::memchr_iter(form.delimiter, line).count();
    if marks >= MOST_COLUMNS {
        return Err(unusable(source, format!("a first line of {} cells", marks + 1)));
    }
    Ok(at_end)
}

/// The longest header that is believed to be one, bytes and columns.
const LONGEST_LINE: usize = 64 << 20;
const MOST_COLUMNS: usize = 2 << 20;

/// Records of a table looked at to tell its dialect.
const FIRST_RECORDS: usize = 20;
/// How much of a JSON file is looked at to find its first record, bytes.
const LONGEST_HEAD: usize = 64 << 20;

fn map_table(
    dialect: Dialect,
    form: delimited::Form,
    header: Vec<String>,
    first: &[Vec<String>],
    options: &ReadOptions,
) -> (Mapping, delimited::Table) {
    let mut mapping = Mapping::of(dialect, &header, options);
    let position: HashMap<&str, usize> =
        header.iter().enumerate().rev().map(|(i, n)| (n.as_str(), i)).collect();
    // "following" is a count in some tables, and in others says whether you follow the account. The most of the cells
    // decide: one that is broken does not change what the column is.
    let says_whether = |name: &str| {
        let cells = first[1..].iter().filter_map(|record| record.get(position[name]));
        let (mut flags, mut others) = (0, 0);
        for cell in cells.filter(|cell| !cell.is_empty()) {
            *if value::is_flag_word(cell) { &mut flags } else { &mut others } += 1;
        }
        flags > others
    };
    let by_alias = |mapped: &Mapped| options.map.is_none() && mapped.field == Field::Following;
    if let Some(at) = mapping.used.iter().position(|mapped| by_alias(mapped) && says_whether(&mapped.name)) {
        let mapped = mapping.used.remove(at);
        if mapping.has(Field::YouFollow) {
            mapping.unused.push(mapped.name);
        } else {
            mapping.used.insert(at, Mapped { field: Field::YouFollow, ..mapped });
        }
    }
    let mut fields = vec![None; header.len()];
    for mapped in &mapping.used {
        fields[position[mapped.name.as_str()]] = Some(mapped.field);
    }
    let label_column = mapping.label.as_ref().map(|name| position[name.as_str()]);
    let table = delimited::Table { form, fields, label_column, header, quirks: dialect.quirks() };
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
    let no_records = cut.records.is_empty() && whole;
    let answer = if no_records { json::answer(head) } else { None };
    let (mut looked_at, mut readable) = (0, 0);
    for record in cut.records.into_iter().filter(|record| !record.is_error).take(SAMPLE) {
        looked_at += 1;
        let Some(record) = sketch::of(&head[record.range]) else { continue };
        readable += 1;
        for path in json::key_paths(&record, 3, dialect.arrays()) {
            if seen.insert(path.clone()) {
                paths.push(path);
            }
        }
    }
    // The mapping speaks of names inside the account's own object.
    let roots = dialect.roots();
    let (inside, outside): (Vec<_>, Vec<_>) = if roots.is_empty() {
        (paths, Vec::new())
    } else {
        paths.into_iter().partition(|path| path.len() > 1 && roots.contains(&path[0].as_str()))
    };
    let skip = usize::from(!roots.is_empty());
    let mut names: Vec<String> = inside.iter().map(|path| path[skip..].join(".")).collect();
    let mut once = std::collections::HashSet::new();
    names.retain(|name| once.insert(name.clone()));
    let mut mapping = Mapping::of(dialect, &names, options);
    (mapping.no_records, mapping.answer) = (no_records, answer);
    mapping.none_readable = looked_at > 0 && readable == 0 && dialect != Dialect::IdList;
    if dialect == Dialect::IdList {
        mapping.used = vec![Mapped { name: "(each value)".into(), field: Field::Id }];
    }
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
        mapping.missing_mapped.retain(|mapped| *mapped != name);
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
    let objects = json::Objects {
        tree,
        roots,
        mapped,
        names: field::Names::of(dialect, &names),
        arrays: dialect.arrays(),
        bare_ids: dialect == Dialect::IdList,
        quirks: dialect.quirks(),
    };
    (mapping, objects)
}
