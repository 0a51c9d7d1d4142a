//! Posts: files with one post a record, or one author a record, and who wrote each.
//!
//! A post says little here: its author, its time, and what the activity features count in it. API v1.1 and v2 objects
//! (arrays, lines, pages), tables with known column names, and the headerless tweets of caverlee-2011 are read; records
//! are cut and numbered as those of accounts are.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use csv::ByteRecord;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::field::fold;
use super::json::{Layout, Page, keys_of, value_end};
use super::stream::{Cutter, Head, Stream, fill, skip};
use super::value::{self, Cell, Id};
use super::{Chunk, Damage, Encoding, IngestError, LONGEST_HEAD, NOT_UTF8, Source, delimited, json};
use crate::account::Timestamp;

/// What a post is to others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PostKind {
    /// Of the account's own.
    #[default]
    Original,
    /// Somebody else's, passed on.
    Repost,
    /// An answer to somebody.
    Reply,
}

/// One post. `None` is what the file does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Post<'a> {
    /// Id of its author.
    pub author_id: Option<Cow<'a, str>>,
    /// Handle of its author.
    pub author_handle: Option<Cow<'a, str>>,
    /// Its own id.
    pub id: Option<Cow<'a, str>>,
    /// When it was posted.
    pub at: Option<Timestamp>,
    /// Its text.
    pub text: Option<Cow<'a, str>>,
    /// The program it was posted with.
    pub client: Option<Cow<'a, str>>,
    /// Original, repost or reply: as the record says, else by `RT @` or `@` at the front of the text.
    pub kind: Option<PostKind>,
    /// Links in it, as the record says, else `http://` and `https://` in the text.
    pub links: Option<u32>,
    /// Mentions in it, as the record says, else `@name` in the text.
    pub mentions: Option<u32>,
    /// Hashtags in it, as the record says, else `#word` in the text.
    pub hashtags: Option<u32>,
    /// Likes it got.
    pub likes: Option<u32>,
    /// Reposts it got.
    pub reposts: Option<u32>,
    /// Whom it is addressed to, where that was asked for ([`PostParser::with_addressees`]).
    pub addressed: Option<Box<Addressed<'a>>>,
}

/// An account as a post names it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named<'a> {
    /// Its id.
    pub id: Option<Cow<'a, str>>,
    /// Its handle.
    pub handle: Option<Cow<'a, str>>,
}

/// Whom a post is addressed to, as the record says; its text may say more.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Addressed<'a> {
    /// Whom it answers.
    pub reply_to: Named<'a>,
    /// Whose post it passes on.
    pub repost_of: Named<'a>,
    /// Whom it mentions.
    pub mentions: Vec<Named<'a>>,
}

impl Post<'_> {
    /// Takes from the text what the record does not say itself.
    fn complete(&mut self) {
        let Some(text) = self.text.as_deref() else { return };
        let starts = text.trim_start();
        self.kind.get_or_insert(if starts.starts_with("RT @") {
            PostKind::Repost
        } else if starts.starts_with('@') {
            PostKind::Reply
        } else {
            PostKind::Original
        });
        self.links.get_or_insert_with(|| links_in(text));
        self.mentions.get_or_insert_with(|| marks_in(text, '@'));
        self.hashtags.get_or_insert_with(|| marks_in(text, '#'));
    }
}

fn links_in(text: &str) -> u32 {
    let count = memchr::memmem::find_iter(text.as_bytes(), b"://")
        .filter(|at| text[..*at].ends_with("http") || text[..*at].ends_with("https"))
        .count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Words that begin with a mark, as `@name`; not the one in the middle of `a@b.example`.
fn marks_in(text: &str, mark: char) -> u32 {
    let mut before = ' ';
    let mut count = 0;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let word = |c: &char| c.is_alphanumeric() || *c == '_';
        if c == mark && !word(&before) && chars.peek().is_some_and(word) {
            count += 1;
        }
        before = c;
    }
    count
}

/// An opened file of posts.
pub struct PostInput {
    stream: Stream,
    parser: PostParser,
    columns: Vec<(String, &'static str)>,
}

/// Turns chunks into posts, on any thread.
#[derive(Clone, Debug)]
pub struct PostParser {
    shape: Arc<Shape>,
    addressees: bool,
}

#[derive(Debug)]
enum Shape {
    Table { form: delimited::Form, columns: Vec<(usize, Column)>, names: Vec<String> },
    Objects,
}

/// What a column of a table of posts holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    AuthorId,
    AuthorHandle,
    Id,
    At,
    Text,
    Client,
    RepostOf,
    ReplyTo,
    /// Id of whom it answers; a [`Column::ReplyTo`] besides.
    ReplyToId,
    /// Handle of whom it answers.
    ReplyToHandle,
    Links,
    Mentions,
    Hashtags,
    Likes,
    Reposts,
    /// Time of the oldest of many posts, seconds.
    FirstAt,
    /// The seconds between many posts, oldest first.
    Gaps,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Column::AuthorId => "author id",
            Column::AuthorHandle => "author handle",
            Column::Id => "id",
            Column::At => "time",
            Column::Text => "text",
            Column::Client => "program",
            Column::RepostOf => "repost of",
            Column::ReplyTo | Column::ReplyToId => "reply to",
            Column::ReplyToHandle => "reply to handle",
            Column::Links => "links",
            Column::Mentions => "mentions",
            Column::Hashtags => "hashtags",
            Column::Likes => "likes",
            Column::Reposts => "reposts",
            Column::FirstAt => "first time",
            Column::Gaps => "gaps",
        }
    }
}

/// Folded names; of several names of one column the earlier is used, but for those of [`Column::RepostOf`] and
/// [`Column::ReplyTo`], which are all looked at.
const COLUMNS: &[(&str, Column)] = &[
    ("useridstr", Column::AuthorId),
    ("userid", Column::AuthorId),
    ("authorid", Column::AuthorId),
    ("accountid", Column::AuthorId),
    ("uid", Column::AuthorId),
    ("userscreenname", Column::AuthorHandle),
    ("screenname", Column::AuthorHandle),
    ("authorusername", Column::AuthorHandle),
    ("username", Column::AuthorHandle),
    ("handle", Column::AuthorHandle),
    ("idstr", Column::Id),
    ("tweetid", Column::Id),
    ("statusid", Column::Id),
    ("postid", Column::Id),
    ("id", Column::Id),
    ("createdat", Column::At),
    ("tweetcreatedat", Column::At),
    ("timestampms", Column::At),
    ("timestamp", Column::At),
    ("time", Column::At),
    ("date", Column::At),
    ("fulltext", Column::Text),
    ("text", Column::Text),
    ("tweettext", Column::Text),
    ("posttext", Column::Text),
    ("tweet", Column::Text),
    ("content", Column::Text),
    ("source", Column::Client),
    ("client", Column::Client),
    ("retweetedstatusid", Column::RepostOf),
    ("retweetedstatusidstr", Column::RepostOf),
    ("retweetid", Column::RepostOf),
    ("referencedtweetsretweetedid", Column::RepostOf),
    ("isretweet", Column::RepostOf),
    ("inreplytostatusid", Column::ReplyTo),
    ("inreplytostatusidstr", Column::ReplyTo),
    ("inreplytouserid", Column::ReplyToId),
    ("inreplytouseridstr", Column::ReplyToId),
    ("inreplytoscreenname", Column::ReplyToHandle),
    ("inreplytousername", Column::ReplyToHandle),
    ("replytostatusid", Column::ReplyTo),
    ("referencedtweetsrepliedtoid", Column::ReplyTo),
    ("numurls", Column::Links),
    ("nummentions", Column::Mentions),
    ("numhashtags", Column::Hashtags),
    ("favoritecount", Column::Likes),
    ("favouritecount", Column::Likes),
    ("likecount", Column::Likes),
    ("publicmetricslikecount", Column::Likes),
    ("retweetcount", Column::Reposts),
    ("publicmetricsretweetcount", Column::Reposts),
    ("firstunix", Column::FirstAt),
    ("deltassecondsascending", Column::Gaps),
];

/// Records of a JSON file looked at to see whether they are posts.
const SAMPLE: usize = 20;

/// Display names, which folded would be handles.
const NOT_HANDLES: [&str; 3] = ["user_name", "user.name", "author.name"];

/// Keys of a page that hold posts.
const PAGES: [(&str, &[&str]); 4] =
    [("data", &["data"]), ("posts", &["posts"]), ("statuses", &["statuses"]), ("tweets", &["tweets"])];

const EXPECTED: &str = "posts, one a record, each with its author (user_id, author_id or screen_name, or an object \
                        `user` or `author`) and its time (created_at) or text";

impl PostInput {
    /// Opens a file of posts (`-`: standard input).
    ///
    /// # Errors
    /// See [`IngestError`]; a file that names no authors, or neither times nor texts, is refused.
    pub fn open(path: &Path, encoding: Option<Encoding>) -> Result<PostInput, IngestError> {
        PostInput::from_source(Source::open(path)?, encoding)
    }

    /// Like [`PostInput::open`], over an opened [`Source`].
    ///
    /// # Errors
    /// As [`PostInput::open`].
    pub fn from_source(source: Source, encoding: Option<Encoding>) -> Result<PostInput, IngestError> {
        let Head { mut source, mut buffer, mut at_end, mut line, archive, .. } =
            Head::open(source, encoding)?.in_text()?;
        let path = source.name.clone();
        let unusable = |found: String| IngestError::Unusable { path, found, expected: EXPECTED.into() };
        if let Some(name) = archive {
            return Err(unusable(format!(
                "the list {} of an X archive, which is of one account and names no authors",
                crate::safe::visible(&name)
            )));
        }
        if matches!(buffer[0], b'{' | b'[') {
            let layout = loop {
                match layout_of(&buffer, at_end || buffer.len() >= LONGEST_HEAD) {
                    Some(layout) => break layout,
                    None => {
                        let wanted = buffer.len() * 4;
                        at_end = fill(&mut source, &mut buffer, wanted)?;
                    }
                }
            };
            let cutter = json::Cutter::new(layout);
            let mut first_damage = None;
            let mut sound = false;
            for record in cutter.clone().cut(&buffer, at_end).records.into_iter().take(SAMPLE) {
                match object(&buffer[record.range], false, &mut |_| {}) {
                    Ok(()) => sound = true,
                    Err(damage) => drop(first_damage.get_or_insert(damage)),
                }
            }
            if let (Some(damage), false) = (first_damage, sound) {
                return Err(unusable(format!("no posts with their authors: {}", damage.found)));
            }
            let cutter = Cutter::Json(cutter);
            return Ok(PostInput {
                stream: Stream::new(source, cutter, buffer, at_end, line),
                parser: PostParser { shape: Arc::new(Shape::Objects), addressees: false },
                columns: Vec::new(),
            });
        }
        at_end = super::whole_first_line(&mut source, &mut buffer, at_end)?;
        let mut form = delimited::Form::of(&buffer);
        let bare = delimited::Form { quotes: false, ..form };
        let headerless =
            form.delimiter == b'\t' && is_caverlee(&delimited::first_records(&buffer, bare, SAMPLE).0);
        let (first, used) = delimited::first_records(&buffer, form, 1);
        let names: Vec<String> = if headerless {
            // No quotes there: a text that begins with one goes on to the tab.
            form = bare;
            ["user_id", "id", "text", "created_at"].map(String::from).to_vec()
        } else {
            skip(&mut buffer, &mut line, |_| used);
            first.into_iter().next().unwrap_or_default()
        };
        let columns = columns_of(&names);
        let has = |wanted: &[Column]| columns.iter().any(|(_, column)| wanted.contains(column));
        // A table of accounts has handles and times too.
        let profiles = super::field::Names::of(super::Dialect::Csv, &names);
        let of_profiles = !has(&[Column::Text, Column::Gaps])
            && names.iter().filter_map(|name| profiles.lookup(name)).any(|(field, _)| {
                matches!(field, super::Field::Followers | super::Field::Following | super::Field::Bio)
            });
        if !has(&[Column::AuthorId, Column::AuthorHandle])
            || !has(&[Column::At, Column::Text, Column::FirstAt])
            || of_profiles
        {
            let shown: Vec<_> = names.iter().take(40).map(|name| crate::safe::one_line(name, 60)).collect();
            return Err(unusable(format!(
                "{}; there are: {}",
                if of_profiles { "these are accounts, not posts" } else { "no posts with their authors" },
                shown.join(", ")
            )));
        }
        let told = columns.iter().map(|(at, column)| (names[*at].clone(), column.name())).collect();
        Ok(PostInput {
            stream: Stream::new(source, Cutter::Delimited(form), buffer, at_end, line),
            parser: PostParser { shape: Arc::new(Shape::Table { form, columns, names }), addressees: false },
            columns: told,
        })
    }

    /// Which column of a table holds what; empty for JSON.
    pub fn columns(&self) -> &[(String, &'static str)] {
        &self.columns
    }

    /// Something that turns this input's chunks into posts.
    pub fn parser(&self) -> PostParser {
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
}

/// Tweets of caverlee-2011: author, id, text and time, parted by tabs, no header.
fn is_caverlee(first: &[Vec<String>]) -> bool {
    let digits = |cell: &String| !cell.is_empty() && cell.bytes().all(|b| b.is_ascii_digit());
    let fits = |record: &&Vec<String>| {
        record.len() == 4
            && record[..2].iter().all(digits)
            && record[3].len() > 10
            && value::parse_time(&record[3]).is_some()
    };
    !first.is_empty() && first.iter().filter(fits).count() * 2 > first.len()
}

fn columns_of(names: &[String]) -> Vec<(usize, Column)> {
    let mut found: Vec<(Column, usize, usize)> = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if NOT_HANDLES.contains(&name.trim()) {
            continue;
        }
        let folded = fold(name);
        if let Some(rank) = COLUMNS.iter().position(|(alias, _)| *alias == folded) {
            found.push((COLUMNS[rank].1, rank, at));
        }
    }
    found.sort_unstable();
    let several = |column: Column| matches!(column, Column::RepostOf | Column::ReplyTo);
    found.dedup_by(|later, earlier| later.0 == earlier.0 && !several(later.0));
    found.into_iter().map(|(column, _, at)| (at, column)).collect()
}

/// How the posts lie in JSON text; `None` where more of it has to be seen.
fn layout_of(text: &[u8], at_end: bool) -> Option<Layout> {
    let (front, in_array) = match text.first() {
        Some(b'[') => (text[1..].trim_ascii_start(), true),
        _ => (text, false),
    };
    let end = value_end(front, 0, false);
    let is_post =
        |key: &[u8]| matches!(key, b"text" | b"full_text" | b"created_at" | b"author_id" | b"tweet");
    let mut page = None;
    for (key, value) in keys_of(front) {
        if is_post(key) {
            page = None;
            break;
        }
        let known = PAGES.iter().find(|(name, _)| name.as_bytes() == key);
        let of_objects = value
            .strip_prefix(b"[")
            .is_some_and(|inner| matches!(inner.trim_ascii_start().first(), None | Some(b'{' | b']')));
        if let (Some((_, path)), true) = (known, of_objects) {
            page.get_or_insert(*path);
        }
    }
    let one_line = end.is_some_and(|end| !front[..end].contains(&b'\n'));
    if let Some(path) = page {
        return Some(Layout::Pages(Page { path, errors: false, by_line: !in_array && one_line }));
    }
    if end.is_none() && !at_end {
        return None;
    }
    Some(if in_array || !(one_line || end.is_none()) { Layout::Elements } else { Layout::Lines })
}

/// What became of one record: the posts in it, or why it cannot be used.
#[derive(Debug)]
pub enum PostRow<'a> {
    /// One post.
    Post(Post<'a>),
    /// A record that cannot be read: its number (from 1), its line, and why.
    Damaged(u64, u64, Damage),
}

impl PostParser {
    /// The same parser, which also tells whom each post is addressed to.
    pub fn with_addressees(self) -> PostParser {
        PostParser { addressees: true, ..self }
    }

    /// Calls `sink` with every post of the chunk, in order, and with every record that cannot be read. A record
    /// may hold many posts, or none.
    pub fn parse(&self, chunk: &Chunk, mut sink: impl FnMut(PostRow<'_>)) {
        match &*self.shape {
            Shape::Objects => {
                let mut line = chunk.first_line;
                let mut counted = 0;
                for (number, record) in (chunk.first_row..).zip(&chunk.records) {
                    let gap = &chunk.bytes[counted..record.range.start];
                    line += memchr::memchr_iter(b'\n', gap).count() as u64;
                    counted = record.range.start;
                    if let Err(damage) =
                        object(&chunk.bytes[record.range.clone()], self.addressees, &mut sink)
                    {
                        sink(PostRow::Damaged(number, line, damage));
                    }
                }
            }
            Shape::Table { form, columns, names } => {
                delimited::records(*form, chunk, &mut |number, line, record| {
                    let read = match record {
                        Ok(record) => table_row(record, columns, names, self.addressees, &mut sink),
                        Err(damage) => Err(damage),
                    };
                    if let Err(damage) = read {
                        sink(PostRow::Damaged(number, line, damage));
                    }
                });
            }
        }
    }
}

fn damage(column: &str, found: &[u8], expected: &str) -> Damage {
    Damage { column: Some(column.to_string()), found: Damage::excerpt(found), expected: expected.to_string() }
}

fn table_row(
    record: &ByteRecord,
    columns: &[(usize, Column)],
    names: &[String],
    addressees: bool,
    sink: &mut impl FnMut(PostRow<'_>),
) -> Result<(), Damage> {
    if record.len() != names.len() {
        return Err(Damage {
            column: None,
            found: format!("{} cells", record.len()),
            expected: format!("{}, as the header has", names.len()),
        });
    }
    let mut post = Post::default();
    let (mut first, mut gaps) = (None, None);
    for (at, column) in columns {
        let raw = record.get(*at).unwrap_or_default();
        let text = std::str::from_utf8(raw).map_err(|_| damage(&names[*at], raw, NOT_UTF8))?;
        let cell = Cell::Text(Cow::Borrowed(text));
        let failed = |expected: &'static str| damage(&names[*at], raw, expected);
        let count = |cell: Cell<'_>| value::count(cell).map(|(n, _)| n.map(small)).map_err(failed);
        match column {
            Column::AuthorId => post.author_id = author(cell).map_err(failed)?,
            Column::AuthorHandle => post.author_handle = value::key(cell).map_err(failed)?,
            Column::Id => post.id = value::key(cell).map_err(failed)?,
            Column::At => post.at = value::time(cell).map_err(failed)?,
            Column::FirstAt => first = value::time(cell).map_err(failed)?,
            Column::Gaps => gaps = Some((*at, text)),
            Column::Text => post.text = Some(Cow::Borrowed(text)),
            Column::Client => post.client = client(text),
            // What it is a repost of, or a reply to; an empty cell says only that it is none of that.
            Column::RepostOf | Column::ReplyTo | Column::ReplyToId | Column::ReplyToHandle => {
                let word = text.trim();
                let set =
                    !matches!(word, "" | "0" | "NULL" | "None" | "NA" | "nan" | "false" | "False" | "FALSE");
                let kind = if *column == Column::RepostOf { PostKind::Repost } else { PostKind::Reply };
                if set && post.kind != Some(PostKind::Repost) && *column != Column::ReplyToHandle {
                    post.kind = Some(kind);
                }
                if addressees && set {
                    let to = &mut post.addressed.get_or_insert_default().reply_to;
                    match column {
                        Column::ReplyToId => to.id = Some(Cow::Borrowed(word)),
                        Column::ReplyToHandle => to.handle = Some(Cow::Borrowed(word)),
                        _ => {}
                    }
                }
            }
            Column::Links => post.links = count(cell)?,
            Column::Mentions => post.mentions = count(cell)?,
            Column::Hashtags => post.hashtags = count(cell)?,
            Column::Likes => post.likes = count(cell)?,
            Column::Reposts => post.reposts = count(cell)?,
        }
    }
    if let (None, None) = (&post.author_id, &post.author_handle) {
        return Err(Damage { column: None, found: "no author".into(), expected: "an id or a handle".into() });
    }
    if let Some((column, gaps)) = gaps {
        let Some(mut at) = first else { return Ok(()) };
        let wrong = || damage(&names[column], gaps.as_bytes(), "seconds between posts, parted by blanks");
        let mut times = vec![at];
        for gap in gaps.split_ascii_whitespace() {
            let gap: i64 = gap.parse().map_err(|_| wrong())?;
            let next = at.as_second().checked_add(gap).ok_or_else(wrong)?;
            at = Timestamp::from_second(next).map_err(|_| wrong())?;
            times.push(at);
        }
        for at in times {
            sink(PostRow::Post(Post { at: Some(at), ..post.clone() }));
        }
        return Ok(());
    }
    post.complete();
    sink(PostRow::Post(post));
    Ok(())
}

/// A ruined id is no key to join by.
fn author(cell: Cell<'_>) -> Result<Option<Cow<'_, str>>, &'static str> {
    match value::id(cell)? {
        Id::Key(key) => Ok(Some(key)),
        Id::Missing => Ok(None),
        Id::Ruined => Err("an id to its last digit (a spreadsheet has rounded this one)"),
    }
}

/// The name of a program: `<a href="...">Name</a>` in API v1.1, the name alone elsewhere.
fn client(text: &str) -> Option<Cow<'_, str>> {
    let text = text.trim();
    let name = match (text.strip_suffix("</a>"), text.starts_with("<a")) {
        (Some(rest), true) => rest.rsplit_once('>').map_or(rest, |(_, name)| name),
        _ => text,
    };
    (!matches!(name, "" | "NULL" | "None")).then_some(Cow::Borrowed(name))
}

fn small(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A value of any type. Of an array its length and texts are kept, of an object nothing.
struct Loose<'a> {
    cell: Cell<'a>,
    length: Option<u32>,
    texts: Vec<Cow<'a, str>>,
}

impl<'a> From<Cell<'a>> for Loose<'a> {
    fn from(cell: Cell<'a>) -> Loose<'a> {
        Loose { cell, length: None, texts: Vec::new() }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
                Ok(Cell::Text(Cow::Borrowed(text)).into())
            }
            fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
                Ok(Cell::Text(Cow::Owned(text.to_string())).into())
            }
            fn visit_u64<E>(self, n: u64) -> Result<Loose<'de>, E> {
                Ok(Cell::Unsigned(n).into())
            }
            fn visit_i64<E>(self, n: i64) -> Result<Loose<'de>, E> {
                Ok(Cell::Signed(n).into())
            }
            fn visit_f64<E>(self, n: f64) -> Result<Loose<'de>, E> {
                Ok(Cell::Float(n).into())
            }
            fn visit_bool<E>(self, b: bool) -> Result<Loose<'de>, E> {
                Ok(Cell::Bool(b).into())
            }
            fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
                Ok(Cell::Null.into())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose<'de>, A::Error> {
                let (mut length, mut texts) = (0u32, Vec::new());
                while let Some(item) = items.next_element::<Loose<'de>>()? {
                    length = length.saturating_add(1);
                    if let Cell::Text(text) = item.cell {
                        texts.push(text);
                    }
                }
                Ok(Loose { cell: Cell::Null, length: Some(length), texts })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Loose<'de>, A::Error> {
                while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Cell::Null.into())
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The keys of API v1.1 and v2 posts, of their flattened forms, and of TwiBot-20, where a record is an author.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Object<'a> {
    id_str: Option<Loose<'a>>,
    id: Option<Loose<'a>>,
    author_id: Option<Loose<'a>>,
    user_id: Option<Loose<'a>>,
    screen_name: Option<Loose<'a>>,
    username: Option<Loose<'a>>,
    user: Option<Author<'a>>,
    author: Option<Author<'a>>,
    created_at: Option<Loose<'a>>,
    text: Option<Loose<'a>>,
    full_text: Option<Loose<'a>>,
    source: Option<Loose<'a>>,
    in_reply_to_status_id: Option<Loose<'a>>,
    in_reply_to_user_id: Option<Loose<'a>>,
    retweeted_status: Option<IgnoredAny>,
    referenced_tweets: Option<Vec<Reference<'a>>>,
    entities: Option<Entities<'a>>,
    public_metrics: Option<Metrics<'a>>,
    favorite_count: Option<Loose<'a>>,
    retweet_count: Option<Loose<'a>>,
    #[serde(rename = "ID")]
    holder: Option<Loose<'a>>,
    tweet: Option<Loose<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Author<'a> {
    id_str: Option<Loose<'a>>,
    id: Option<Loose<'a>>,
    screen_name: Option<Loose<'a>>,
    username: Option<Loose<'a>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Reference<'a> {
    #[serde(rename = "type", default)]
    kind: Option<Loose<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Entities<'a> {
    urls: Option<Loose<'a>>,
    user_mentions: Option<Loose<'a>>,
    mentions: Option<Loose<'a>>,
    hashtags: Option<Loose<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Metrics<'a> {
    like_count: Option<Loose<'a>>,
    retweet_count: Option<Loose<'a>>,
}

fn object(bytes: &[u8], addressees: bool, sink: &mut impl FnMut(PostRow<'_>)) -> Result<(), Damage> {
    if bytes.is_empty() {
        return Err(json::not_whole());
    }
    let object: Object<'_> = serde_json::from_slice(bytes).map_err(|error| {
        let expected = if std::str::from_utf8(bytes).is_err() { NOT_UTF8 } else { "a post as a JSON object" };
        Damage {
            column: None,
            found: format!("{error} in {}", Damage::excerpt(bytes)),
            expected: expected.into(),
        }
    })?;
    let mut post = Post::default();
    let wrong = |key: &'static str| move |expected: &'static str| damage(key, bytes, expected);
    // Of a record that holds an author with many posts, `ID` is the author.
    let holds_many = object.tweet.is_some() || object.holder.is_some() && object.text.is_none();
    let (mut ids, mut handles) = (vec![object.author_id, object.user_id], Vec::new());
    for author in [object.user, object.author].into_iter().flatten() {
        ids.extend([author.id_str, author.id]);
        handles.extend([author.screen_name, author.username]);
    }
    // Without a text they are the names of an account, not of the author of a post.
    if object.text.is_some() || object.full_text.is_some() {
        handles.extend([object.screen_name, object.username]);
    }
    if holds_many {
        ids.push(object.holder);
    }
    if let Some(cell) = first_cell(ids) {
        post.author_id = author(cell).map_err(wrong("author id"))?;
    }
    if let Some(cell) = first_cell(handles) {
        post.author_handle = value::key(cell).map_err(wrong("author handle"))?;
    }
    if post.author_id.is_none() && post.author_handle.is_none() {
        return Err(Damage {
            column: None,
            found: format!("no author in {}", Damage::excerpt(bytes)),
            expected: "author_id, user_id, or an object `user` or `author` with an id or a handle".into(),
        });
    }
    if holds_many {
        for text in object.tweet.into_iter().flat_map(|posts| posts.texts) {
            let mut one = Post { text: Some(text), ..post.clone() };
            one.complete();
            sink(PostRow::Post(one));
        }
        return Ok(());
    }
    let text = first_cell([object.full_text, object.text]);
    post.text = text.and_then(|cell| if let Cell::Text(text) = cell { Some(text) } else { None });
    let id = first_cell([object.id_str, object.id]);
    post.id = id.map(value::key).transpose().map_err(wrong("id"))?.flatten();
    if let Some(Loose { cell, .. }) = object.created_at {
        let shown = if let Cell::Text(text) = &cell { text.to_string() } else { String::new() };
        post.at = value::time(cell).map_err(|expected| damage("created_at", shown.as_bytes(), expected))?;
    }
    if let Some(Loose { cell: Cell::Text(text), .. }) = object.source {
        post.client = match text {
            Cow::Borrowed(text) => client(text),
            Cow::Owned(text) => client(&text).map(|name| Cow::Owned(name.into_owned())),
        };
    }
    let is_set = |cell: &Option<Loose<'_>>| match cell {
        Some(Loose { cell: Cell::Text(text), .. }) => !text.is_empty(),
        Some(Loose { cell: Cell::Null, .. }) | None => false,
        Some(_) => true,
    };
    let refers = |kind: &str| {
        object.referenced_tweets.iter().flatten().any(
            |reference| matches!(&reference.kind, Some(Loose { cell: Cell::Text(word), .. }) if word == kind),
        )
    };
    post.kind = if object.retweeted_status.is_some() || refers("retweeted") {
        Some(PostKind::Repost)
    } else if refers("replied_to")
        || is_set(&object.in_reply_to_status_id)
        || is_set(&object.in_reply_to_user_id)
    {
        Some(PostKind::Reply)
    } else {
        None
    };
    if let Some(entities) = object.entities {
        // API v2 leaves empty arrays out, so nothing about links means none only where something is said.
        post.links = entities.urls.and_then(|found| found.length);
        post.mentions = entities.user_mentions.or(entities.mentions).and_then(|found| found.length);
        post.hashtags = entities.hashtags.and_then(|found| found.length);
    }
    if addressees {
        // A record of another shape names nobody here; its text is looked at all the same.
        let to: To<'_> = serde_json::from_slice(bytes).unwrap_or_default();
        post.addressed = Some(Box::new(Addressed {
            reply_to: named_by(
                [to.in_reply_to_user_id_str, to.in_reply_to_user_id],
                [to.in_reply_to_screen_name, None],
            ),
            repost_of: to
                .retweeted_status
                .and_then(|passed| passed.user)
                .map(Named::from)
                .unwrap_or_default(),
            mentions: to
                .entities
                .into_iter()
                .flat_map(|entities| entities.user_mentions.into_iter().chain(entities.mentions))
                .flatten()
                .map(Named::from)
                .collect(),
        }));
    }
    let metrics = object.public_metrics.unwrap_or_default();
    let count = |cells: [Option<Loose<'_>>; 2], name| {
        let Some(cell) = first_cell(cells) else { return Ok(None) };
        value::count(cell).map(|(n, _)| n.map(small)).map_err(wrong(name))
    };
    post.likes = count([metrics.like_count, object.favorite_count], "likes")?;
    post.reposts = count([metrics.retweet_count, object.retweet_count], "reposts")?;
    post.complete();
    sink(PostRow::Post(post));
    Ok(())
}

/// The keys that name others; read only where it is asked for.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct To<'a> {
    in_reply_to_user_id_str: Option<Loose<'a>>,
    in_reply_to_user_id: Option<Loose<'a>>,
    in_reply_to_screen_name: Option<Loose<'a>>,
    retweeted_status: Option<Passed<'a>>,
    entities: Option<Mentioned<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Passed<'a> {
    user: Option<Author<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Mentioned<'a> {
    user_mentions: Option<Vec<Author<'a>>>,
    mentions: Option<Vec<Author<'a>>>,
}

impl<'a> From<Author<'a>> for Named<'a> {
    fn from(author: Author<'a>) -> Named<'a> {
        named_by([author.id_str, author.id], [author.screen_name, author.username])
    }
}

fn named_by<'a>(ids: [Option<Loose<'a>>; 2], handles: [Option<Loose<'a>>; 2]) -> Named<'a> {
    let key = |cells| first_cell(cells).and_then(|cell| value::key(cell).ok().flatten());
    Named { id: key(ids), handle: key(handles) }
}

fn first_cell<'a>(cells: impl IntoIterator<Item = Option<Loose<'a>>>) -> Option<Cell<'a>> {
    cells.into_iter().flatten().map(|loose| loose.cell).find(|cell| !matches!(cell, Cell::Null))
}
