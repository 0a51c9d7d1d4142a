//! What other files say of the same accounts: older snapshots of them, and their posts.
//!
//! Both are read once, as streams, before the accounts themselves; of each account a small state of fixed size is
//! kept. Accounts are joined by id. A handle joins only where an id cannot: where the row there or the row here has
//! none. An account that the other files do not name keeps everything missing that they would have told.

mod key;
mod previous;
mod window;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub use key::Key;
pub(crate) use key::hashed;
use previous::Snapshots;
use window::Windows;

use super::{Damage, Field, IngestError, Input, PostInput, PostRow, ReadOptions, Row, in_order};
use crate::account::{Account, Timestamp};

/// Files beside the accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BesideFiles {
    /// Older snapshots of the same accounts, from old to new, in any dialect.
    pub previous: Vec<PathBuf>,
    /// When the counts of each were true, where its rows do not say so themselves; empty, or one a file.
    pub previous_at: Vec<Timestamp>,
    /// Files of posts, in any order.
    pub posts: Vec<PathBuf>,
}

impl BesideFiles {
    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.previous.is_empty() && self.posts.is_empty()
    }
}

/// What became of the records of one file.
#[derive(Clone, Debug, Default)]
pub struct BesideFile {
    /// Its path as it was given.
    pub path: PathBuf,
    /// It holds posts, not accounts.
    pub of_posts: bool,
    /// Accounts, or posts, that were read.
    pub read: u64,
    /// Records that cannot be read.
    pub damaged: u64,
    /// The first of them: record, line and reason.
    pub first_damaged: Vec<(u64, u64, Damage)>,
    /// Accounts of an older snapshot without a usable id or handle: nothing can be joined to them.
    pub without_key: u64,
    /// Rows of an older snapshot that repeat an account of the same file; the first one counts.
    pub repeated: u64,
    /// Rows of an older snapshot that are not newer than what the file before it says of the account, and are not used.
    pub out_of_order: u64,
    /// Posts without a time; they are in no feature of the rhythm.
    pub without_time: u64,
}

/// So many damaged records of a file are kept with their reason.
const FIRST_DAMAGED: usize = 5;

impl BesideFile {
    fn damage(&mut self, number: u64, line: u64, damage: Damage) {
        self.damaged += 1;
        if self.first_damaged.len() < FIRST_DAMAGED {
            self.first_damaged.push((number, line, damage));
        }
    }
}

/// The files beside, read; to be put into accounts by [`Beside::fill`] on any thread.
#[derive(Debug, Default)]
pub struct Beside {
    /// What became of each file, snapshots first.
    pub files: Vec<BesideFile>,
    previous: Option<Snapshots>,
    posts: Option<Windows>,
    found: [AtomicU64; 4],
}

/// How many rows were filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Rows asked about.
    pub rows: u64,
    /// Of these, on an older snapshot.
    pub previous: u64,
    /// Of these, where the older snapshot is not older by its own times, so that nothing is known of growth per day.
    pub not_older: u64,
    /// With posts.
    pub posts: u64,
}

impl Beside {
    /// Reads the files. `handles`: have the accounts to be filled no ids? `begin` is told each file as it begins, with
    /// its size in bytes and a counter of the bytes taken so far, and returns what is told of the records read.
    ///
    /// # Errors
    /// Where a file cannot be read or is no snapshot, or no file of posts.
    pub fn read<P: FnMut(u64) + Send>(
        files: &BesideFiles,
        options: &ReadOptions,
        handles: bool,
        threads: usize,
        mut begin: impl FnMut(&Path, (Option<u64>, std::sync::Arc<AtomicU64>)) -> P,
    ) -> Result<Beside, IngestError> {
        let mut beside = Beside::default();
        for (at, path) in files.previous.iter().enumerate() {
            let known = beside.previous.get_or_insert_with(|| Snapshots::new(handles));
            let options = ReadOptions {
                observed_at: files.previous_at.get(at).copied(),
                encoding: options.encoding,
                map: options.map.clone(),
                ..ReadOptions::default()
            };
            let mut input = match Input::open(path, &options) {
                // The map of the accounts need not be that of the older file.
                Err(IngestError::Unusable { .. }) if options.map.is_some() => {
                    Input::open(path, &ReadOptions { map: None, ..options.clone() })?
                }
                input => input?,
            };
            let mut progress = begin(path, input.progress());
            beside.files.push(read_snapshot(path, &mut input, known, threads, &mut progress)?);
        }
        for path in &files.posts {
            let known = beside.posts.get_or_insert_default();
            let mut input = PostInput::open(path, options.encoding)?;
            let mut progress = begin(path, input.progress());
            beside.files.push(read_posts(path, &mut input, known, threads, &mut progress)?);
        }
        Ok(beside)
    }

    /// Puts into the account of a row what the files say of it.
    pub fn fill(&self, row: &mut Row<'_>) {
        if row.damage.is_some() {
            return;
        }
        let account = &mut row.account;
        let count = |at: usize| self.found[at].fetch_add(1, Ordering::Relaxed);
        count(0);
        if let Some(previous) = self.previous.as_ref().and_then(|known| known.of(account)) {
            count(1);
            let days = previous.at.zip(account.observed_at);
            if days.is_some_and(|(before, now)| now <= before) {
                count(2);
            }
            account.previous = Some(Box::new(previous));
        }
        if let Some(posts) = &self.posts
            && posts.fill(account)
        {
            count(3);
        }
    }

    /// How many rows were filled so far.
    pub fn found(&self) -> Found {
        let [rows, previous, not_older, posts] =
            [0, 1, 2, 3].map(|at| self.found[at].load(Ordering::Relaxed));
        Found { rows, previous, not_older, posts }
    }

    /// Counts from nothing again.
    pub fn forget_found(&self) {
        self.found.iter().for_each(|count| count.store(0, Ordering::Relaxed));
    }

    /// Accounts on the older snapshots, and authors of posts.
    pub fn sizes(&self) -> (usize, usize) {
        (self.previous.as_ref().map_or(0, Snapshots::len), self.posts.as_ref().map_or(0, Windows::len))
    }
}

impl Input {
    /// Reads files beside this one, so that every row is filled with what they say of its account.
    ///
    /// # Errors
    /// As [`Beside::read`].
    pub fn join<P: FnMut(u64) + Send>(
        &mut self,
        files: &BesideFiles,
        options: &ReadOptions,
        threads: usize,
        begin: impl FnMut(&Path, (Option<u64>, std::sync::Arc<AtomicU64>)) -> P,
    ) -> Result<std::sync::Arc<Beside>, IngestError> {
        let ids = self.mapping().has(Field::Id) || self.mapping().has(Field::ProfileUrl);
        let beside = std::sync::Arc::new(Beside::read(files, options, !ids, threads, begin)?);
        self.attach(&beside);
        Ok(beside)
    }

    /// Fills every row with what files say that were read before, for another reading of the same accounts.
    pub fn attach(&mut self, beside: &std::sync::Arc<Beside>) {
        if !beside.files.is_empty() {
            self.parser.beside = Some(std::sync::Arc::clone(beside));
        }
    }
}

fn read_snapshot(
    path: &Path,
    input: &mut Input,
    known: &mut Snapshots,
    threads: usize,
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<BesideFile, IngestError> {
    let mut file = BesideFile { path: path.to_path_buf(), ..BesideFile::default() };
    let parser = input.parser();
    known.next_file();
    let keep_handles = known.keeps_handles();
    in_order(
        input,
        threads,
        |chunk| {
            let mut part = BesideFile::default();
            let mut rows = Vec::new();
            parser.parse(chunk, |row| {
                part.read += 1;
                match row.damage {
                    Some(damage) => part.damage(row.number, row.line, damage),
                    None => match previous::Look::of(&row.account, keep_handles) {
                        Some(look) => rows.push(look),
                        None => part.without_key += 1,
                    },
                }
            });
            (rows, part)
        },
        |(rows, part)| {
            progress(part.read);
            add(&mut file, part);
            for look in rows {
                match known.add(look) {
                    previous::Added::Kept => {}
                    previous::Added::Repeated => file.repeated += 1,
                    previous::Added::OutOfOrder => file.out_of_order += 1,
                }
            }
            Ok(())
        },
    )
    .map(|()| file)
}

fn read_posts(
    path: &Path,
    input: &mut PostInput,
    known: &mut Windows,
    threads: usize,
    progress: &mut (impl FnMut(u64) + Send),
) -> Result<BesideFile, IngestError> {
    let mut file = BesideFile { path: path.to_path_buf(), of_posts: true, ..BesideFile::default() };
    let parser = input.parser();
    in_order(
        input,
        threads,
        |chunk| {
            let mut part = BesideFile::default();
            let mut posts = Vec::new();
            parser.parse(chunk, |row| match row {
                PostRow::Damaged(number, line, damage) => part.damage(number, line, damage),
                PostRow::Post(post) => {
                    part.read += 1;
                    part.without_time += u64::from(post.at.is_none());
                    if let Some(author) = Key::of(post.author_id.as_deref(), post.author_handle.as_deref()) {
                        // With an id, the handle too: the accounts may have handles alone.
                        let other = Key::of(None, post.author_handle.as_deref()).filter(|key| *key != author);
                        posts.push((author, other, window::Seen::of(&post)));
                    }
                }
            });
            (posts, part)
        },
        |(posts, part)| {
            progress(part.read);
            add(&mut file, part);
            for (author, other, post) in posts {
                known.add(author, other, post);
            }
            Ok(())
        },
    )
    .map(|()| file)
}

fn add(file: &mut BesideFile, part: BesideFile) {
    file.read += part.read;
    file.damaged += part.damaged;
    file.without_key += part.without_key;
    file.without_time += part.without_time;
    let room = FIRST_DAMAGED - file.first_damaged.len();
    file.first_damaged.extend(part.first_damaged.into_iter().take(room));
}

/// The key of an account: its id, or its handle where it has none.
fn keys(account: &Account<'_>) -> (Option<Key>, Option<Key>) {
    (Key::of(account.id.as_deref(), None), Key::of(None, account.handle.as_deref()))
}
