//! Who engaged with the owner of the list: mentions, replies, reposts and likes, counted by account.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod` | which files there are, what they say of each account |
//! | `table` | a table with counts, a row an account |
//! | `towards` | which posts are towards the owner of the list |
//!
//! Accounts are joined by id. A handle joins only where an id cannot: where the row there or the account here has none.

mod table;
mod towards;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::stream::Head;
use super::{Damage, IngestError, Input, Key, PostInput, PostRow, ReadOptions, Source, in_order};
use crate::account::Timestamp;
pub use towards::Us;

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngagementKind {
    /// Named the owner of the list in a post.
    Mention,
    /// Answered a post of the owner.
    Reply,
    /// Passed a post of the owner on.
    Repost,
    /// Liked a post of the owner.
    Like,
}

impl EngagementKind {
    /// All of them.
    pub const ALL: [EngagementKind; 4] =
        [EngagementKind::Mention, EngagementKind::Reply, EngagementKind::Repost, EngagementKind::Like];
}

/// How often an account engaged, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngagementCounts {
    /// Times of each [`EngagementKind`], in the order of [`EngagementKind::ALL`].
    pub times: [u64; 4],
    /// First time, where it is known.
    pub first: Option<Timestamp>,
    /// Last time, where it is known.
    pub last: Option<Timestamp>,
}

impl EngagementCounts {
    /// How often it did this.
    pub fn of(&self, kind: EngagementKind) -> u64 {
        self.times[kind as usize]
    }

    /// Did it do anything?
    pub fn any(&self) -> bool {
        self.times.iter().any(|times| *times > 0)
    }

    fn add(&mut self, kind: EngagementKind, times: u64) {
        let count = &mut self.times[kind as usize];
        *count = count.saturating_add(times);
    }

    /// Notes a time at which it did something.
    fn at(&mut self, time: Option<Timestamp>) {
        self.between(time, time);
    }

    /// Notes the first and the last time. Where a file tells one of the two, the other stays unknown.
    fn between(&mut self, first: Option<Timestamp>, last: Option<Timestamp>) {
        let (first, last) = match (first, last) {
            (Some(first), Some(last)) => (Some(first.min(last)), Some(first.max(last))),
            one => one,
        };
        self.first = self.first.into_iter().chain(first).min();
        self.last = self.last.into_iter().chain(last).max();
    }

    fn merge(&mut self, other: &EngagementCounts) {
        for kind in EngagementKind::ALL {
            self.add(kind, other.of(kind));
        }
        self.between(other.first, other.last);
    }
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A row an account, with counts.
    Counts,
    /// Posts of others.
    Posts,
    /// A list of accounts, each of which did this once.
    Each(EngagementKind),
}

const FORMS: [(&str, Form); 6] = [
    ("counts", Form::Counts),
    ("posts", Form::Posts),
    ("mentions", Form::Each(EngagementKind::Mention)),
    ("replies", Form::Each(EngagementKind::Reply)),
    ("reposts", Form::Each(EngagementKind::Repost)),
    ("likes", Form::Each(EngagementKind::Like)),
];

/// A file with engagement, and what it holds where that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngagementFile {
    path: PathBuf,
    form: Option<Form>,
}

impl EngagementFile {
    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl FromStr for EngagementFile {
    type Err = String;

    /// Reads `likes=FILE`, or `FILE` alone.
    fn from_str(text: &str) -> Result<EngagementFile, String> {
        let named = text.split_once('=').and_then(|(name, path)| {
            FORMS.iter().find(|(form, _)| *form == name).map(|(_, form)| (*form, path))
        });
        let (form, path) = named.map_or((None, text), |(form, path)| (Some(form), path));
        if path.is_empty() || path == "-" {
            return Err("expected the name of a file, which is read twice: FILE or likes=FILE".into());
        }
        Ok(EngagementFile { path: path.into(), form })
    }
}

/// What became of the records of one file.
#[derive(Clone, Debug, Default)]
pub struct EngagementRead {
    /// Its path.
    pub path: PathBuf,
    /// What it was read as, in words.
    pub read_as: String,
    /// Records read.
    pub records: u64,
    /// Of these, posts that are not towards the owner of the list.
    pub elsewhere: u64,
    /// Of these, posts of the owner.
    pub own: u64,
    /// Rows without a usable id or handle.
    pub without_key: u64,
    /// Records that cannot be read.
    pub damaged: u64,
    /// The first of them: record, line and reason.
    pub first_damaged: Vec<(u64, u64, Damage)>,
}

/// So many damaged records of a file are kept with their reason.
const FIRST_DAMAGED: usize = 5;

impl EngagementRead {
    fn damage(&mut self, number: u64, line: u64, damage: Damage) {
        self.damaged += 1;
        if self.first_damaged.len() < FIRST_DAMAGED {
            self.first_damaged.push((number, line, damage));
        }
    }
}

/// Everybody who engaged.
#[derive(Clone, Debug, Default)]
pub struct Engagements {
    /// What became of each file.
    pub files: Vec<EngagementRead>,
    ids: HashMap<Key, EngagementCounts>,
    /// By handle, of all rows.
    handles: HashMap<Key, EngagementCounts>,
    /// By handle, of rows without an id.
    handles_alone: HashMap<Key, EngagementCounts>,
}

impl Engagements {
    /// Reads the files, in their order. `begin` is told each as it begins, as [`super::Beside::read`] does.
    ///
    /// # Errors
    /// Where a file cannot be read, or does not hold what it should; and for posts, where nobody said who the owner is.
    pub fn read<P: FnMut(u64) + Send>(
        files: &[EngagementFile],
        us: &Us,
        threads: usize,
        mut begin: impl FnMut(&Path, (Option<u64>, Arc<AtomicU64>)) -> P,
    ) -> Result<Engagements, IngestError> {
        let mut all = Engagements::default();
        for file in files {
            let form = match file.form {
                Some(form) => form,
                None => guess(&file.path)?,
            };
            let mut read = EngagementRead { path: file.path.clone(), ..EngagementRead::default() };
            match form {
                Form::Counts => {
                    read.read_as = "counts by account".into();
                    table::read(&file.path, &mut begin, &mut read, |id, handle, counts| {
                        all.add(id, handle, &counts)
                    })?;
                }
                Form::Posts => {
                    read.read_as = "posts".into();
                    all.posts(&file.path, us, threads, &mut begin, &mut read)?;
                }
                Form::Each(kind) => {
                    let name = FORMS.iter().find(|(_, other)| *other == form).map_or("", |(name, _)| name);
                    read.read_as = format!("accounts, {name} once each");
                    all.list(&file.path, kind, threads, &mut begin, &mut read)?;
                }
            }
            all.files.push(read);
        }
        Ok(all)
    }

    /// What an account did; `None` where it did nothing.
    pub fn of(&self, id: &str, handle: &str) -> Option<EngagementCounts> {
        let by_handle = Key::of(None, Some(handle));
        let mut counts = EngagementCounts::default();
        let mut take = |map: &HashMap<Key, EngagementCounts>, key: Option<Key>| {
            if let Some(found) = key.and_then(|key| map.get(&key)) {
                counts.merge(found);
            }
        };
        match Key::of(Some(id), None) {
            Some(key) => {
                take(&self.ids, Some(key));
                take(&self.handles_alone, by_handle);
            }
            None => take(&self.handles, by_handle),
        }
        counts.any().then_some(counts)
    }

    /// Accounts that engaged.
    pub fn len(&self) -> usize {
        self.ids.len() + self.handles_alone.len()
    }

    /// Did nobody?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes what an account did; `false` where it has no usable key.
    fn add(&mut self, id: Option<&str>, handle: Option<&str>, counts: &EngagementCounts) -> bool {
        let id = id.and_then(|id| Key::of(Some(id), None));
        let handle = handle.and_then(|handle| Key::of(None, Some(handle)));
        if !counts.any() {
            return id.is_some() || handle.is_some();
        }
        if let Some(id) = id {
            self.ids.entry(id).or_default().merge(counts);
        }
        if let Some(handle) = handle {
            self.handles.entry(handle).or_default().merge(counts);
            if id.is_none() {
                self.handles_alone.entry(handle).or_default().merge(counts);
            }
        }
        id.is_some() || handle.is_some()
    }

    fn list<P: FnMut(u64) + Send>(
        &mut self,
        path: &Path,
        kind: EngagementKind,
        threads: usize,
        begin: &mut impl FnMut(&Path, (Option<u64>, Arc<AtomicU64>)) -> P,
        read: &mut EngagementRead,
    ) -> Result<(), IngestError> {
        let mut input = Input::open(path, &ReadOptions::default())?;
        let parser = input.parser();
        let mut progress = begin(path, input.progress());
        let own = |text: &crate::account::Text<'_>| text.as_deref().map(str::to_string);
        in_order(
            &mut input,
            threads,
            |chunk| {
                let mut rows = Vec::new();
                parser.parse(chunk, |row| {
                    let keys = (own(&row.account.id), own(&row.account.handle));
                    rows.push((row.number, row.line, keys, row.damage));
                });
                rows
            },
            |rows| {
                progress(rows.len() as u64);
                for (number, line, (id, handle), damage) in rows {
                    read.records += 1;
                    if let Some(damage) = damage {
                        read.damage(number, line, damage);
                        continue;
                    }
                    let mut once = EngagementCounts::default();
                    once.add(kind, 1);
                    if !self.add(id.as_deref(), handle.as_deref(), &once) {
                        read.without_key += 1;
                    }
                }
                Ok::<(), IngestError>(())
            },
        )
    }

    fn posts<P: FnMut(u64) + Send>(
        &mut self,
        path: &Path,
        us: &Us,
        threads: usize,
        begin: &mut impl FnMut(&Path, (Option<u64>, Arc<AtomicU64>)) -> P,
        read: &mut EngagementRead,
    ) -> Result<(), IngestError> {
        if us.is_empty() {
            return Err(IngestError::Unusable {
                path: path.to_path_buf(),
                found: "posts, and nobody said whom they may be towards".into(),
                expected: "your own handle or id: --us @you (both, if you have them: --us @you --us 12345)"
                    .into(),
            });
        }
        enum Found {
            Towards(Option<String>, Option<String>, EngagementKind, Option<Timestamp>),
            Elsewhere,
            Own,
            Damaged(u64, u64, Damage),
        }
        let mut input = PostInput::open(path, None)?;
        let parser = input.parser().with_addressees();
        let mut progress = begin(path, input.progress());
        in_order(
            &mut input,
            threads,
            |chunk| {
                let mut rows = Vec::new();
                parser.parse(chunk, |row| {
                    rows.push(match row {
                        PostRow::Damaged(number, line, damage) => Found::Damaged(number, line, damage),
                        PostRow::Post(post) if us.wrote(&post) => Found::Own,
                        PostRow::Post(post) => match us.meant_by(&post) {
                            None => Found::Elsewhere,
                            Some(kind) => Found::Towards(
                                post.author_id.map(|id| id.into_owned()),
                                post.author_handle.map(|handle| handle.into_owned()),
                                kind,
                                post.at,
                            ),
                        },
                    });
                });
                rows
            },
            |rows| {
                progress(rows.len() as u64);
                for found in rows {
                    read.records += 1;
                    match found {
                        Found::Elsewhere => read.elsewhere += 1,
                        Found::Own => read.own += 1,
                        Found::Damaged(number, line, damage) => read.damage(number, line, damage),
                        Found::Towards(id, handle, kind, at) => {
                            let mut once = EngagementCounts::default();
                            once.add(kind, 1);
                            once.at(at);
                            if !self.add(id.as_deref(), handle.as_deref(), &once) {
                                read.without_key += 1;
                            }
                        }
                    }
                }
                Ok::<(), IngestError>(())
            },
        )
    }
}

/// What a file holds, by its content.
fn guess(path: &Path) -> Result<Form, IngestError> {
    let Head { buffer, .. } = Head::open(Source::open(path)?, None)?;
    if !matches!(buffer[0], b'{' | b'[') && table::has_counts(&buffer) {
        return Ok(Form::Counts);
    }
    match PostInput::open(path, None) {
        Ok(_) => Ok(Form::Posts),
        Err(IngestError::Unusable { path, found, .. }) => Err(IngestError::Unusable {
            path,
            found,
            expected: format!(
                "posts, or a table with a column {}; a list of accounts that each did one thing is named with it: \
                 mentions=FILE, replies=FILE, reposts=FILE or likes=FILE",
                table::COUNT_NAMES
            ),
        }),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_join_and_handles_where_ids_cannot() {
        let mut all = Engagements::default();
        let mut once = EngagementCounts::default();
        once.add(EngagementKind::Reply, 1);
        assert!(all.add(Some("1"), Some("anna"), &once));
        assert!(all.add(None, Some("@Anna"), &once));
        assert!(all.add(Some("2"), Some("anna"), &once));
        assert!(!all.add(None, None, &once) && !all.add(Some(" "), Some("@"), &once));
        let times = |id, handle| all.of(id, handle).map_or(0, |found| found.of(EngagementKind::Reply));
        assert_eq!(times("1", "anna"), 2, "its own, and that of the handle alone");
        assert_eq!(times("3", "anna"), 1, "another id: only what has no id");
        assert_eq!(times("", "anna"), 3, "no id here: all of the handle");
        assert_eq!(times("9", "zoe"), 0);
    }

    #[test]
    fn a_kind_is_told_by_its_name_and_a_path_may_hold_the_sign() {
        let parse = |text: &str| text.parse::<EngagementFile>();
        assert_eq!(parse("likes=a.csv").unwrap().form, Some(Form::Each(EngagementKind::Like)));
        let file = parse("out/week=3.csv").unwrap();
        assert_eq!((file.form, file.path), (None, PathBuf::from("out/week=3.csv")));
        assert!(parse("likes=").is_err() && parse("-").is_err());
    }
}
