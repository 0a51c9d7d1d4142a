//! Snapshots as they are read, in little memory: of each row the number of its account, its handle and its counts.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::presence::{Counts, Sighting};
use crate::account::Timestamp;

/// Texts one behind the other, each with its length in front.
#[derive(Clone, Debug, Default)]
struct Texts(Vec<u8>);

impl Texts {
    /// Adds a text and says where it stands.
    fn add(&mut self, text: &str) -> u64 {
        let at = self.0.len() as u64;
        let mut length = text.len();
        // Seven bits a byte: nearly every name takes one.
        while length >= 0x80 {
            self.0.push(length as u8 | 0x80);
            length >>= 7;
        }
        self.0.push(length as u8);
        self.0.extend_from_slice(text.as_bytes());
        at
    }

    fn get(&self, at: u64) -> &str {
        let mut at = usize::try_from(at).unwrap_or(usize::MAX);
        let (mut length, mut shift) = (0, 0);
        while let Some(byte) = self.0.get(at) {
            at += 1;
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        self.0.get(at..at + length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

const NO_ACCOUNT: u32 = u32::MAX;
const NO_HANDLE: u64 = u64::MAX;
const NO_COUNT: u64 = u64::MAX;
const NEVER: i64 = i64::MIN;

/// Counts in eight bytes each, a mark where one is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Packed {
    following: u64,
    followers: u64,
    posts: u64,
    second: i64,
}

impl Packed {
    fn of(counts: &Counts) -> Packed {
        Packed {
            following: counts.following.unwrap_or(NO_COUNT),
            followers: counts.followers.unwrap_or(NO_COUNT),
            posts: counts.posts.unwrap_or(NO_COUNT),
            second: counts.observed_at.map_or(NEVER, Timestamp::as_second),
        }
    }

    fn counts(self) -> Counts {
        let count = |n: u64| (n != NO_COUNT).then_some(n);
        Counts {
            following: count(self.following),
            followers: count(self.followers),
            posts: count(self.posts),
            observed_at: (self.second != NEVER).then(|| Timestamp::from_second(self.second).ok()).flatten(),
        }
    }
}

/// One snapshot.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// When it was taken, if that is known.
    pub date: Option<Timestamp>,
    /// Rows without an id.
    pub without_id: u64,
    /// Rows with a handle.
    pub with_handle: u64,
    /// The first and the last time of observation in its rows.
    pub times: Option<(Timestamp, Timestamp)>,
    accounts: Vec<u32>,
    handles: Vec<u64>,
    /// Shorter than `accounts` as long as no row has had counts.
    counts: Vec<Packed>,
    /// Numbers of the rows with neither id nor handle.
    pub(super) without_key: Vec<u64>,
}

impl List {
    /// Rows of the snapshot.
    pub fn rows(&self) -> usize {
        self.accounts.len()
    }

    /// Number of the account of a row, where it has an id.
    pub(super) fn account(&self, row: usize) -> Option<u32> {
        self.accounts.get(row).copied().filter(|account| *account != NO_ACCOUNT)
    }

    /// Its counts, with the date of the list where the row has no time of its own.
    pub(super) fn counts(&self, row: usize) -> Counts {
        let mut counts = self.counts.get(row).map_or_else(Counts::default, |packed| packed.counts());
        counts.observed_at = counts.observed_at.or(self.date);
        counts
    }
}

/// Snapshots of one list, from old to new.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    /// The snapshots.
    pub lists: Vec<List>,
    texts: Texts,
    /// Where the id of each account stands.
    ids: Vec<u64>,
    /// The newest handle of each account.
    newest: Vec<u64>,
    by_id: HashTable<u32>,
    state: RandomState,
}

impl Roll {
    /// Begins another snapshot.
    pub fn begin(&mut self) {
        if let Some(last) = self.lists.last_mut() {
            last.accounts.shrink_to_fit();
            last.handles.shrink_to_fit();
            last.counts.shrink_to_fit();
        }
        self.lists.push(List::default());
    }

    /// Adds a row to a snapshot that was begun.
    pub fn add(&mut self, list: usize, sighting: &Sighting) {
        let account = sighting.id.as_deref().map_or(NO_ACCOUNT, |id| self.account_of(id));
        let handle = match sighting.handle.as_deref() {
            None => NO_HANDLE,
            Some(handle) => {
                let newest = self.newest.get(account as usize).copied().unwrap_or(NO_HANDLE);
                // Most accounts have one handle for ever: it stands there once.
                let same = newest != NO_HANDLE && self.texts.get(newest) == handle;
                let at = if same { newest } else { self.texts.add(handle) };
                if let Some(newest) = self.newest.get_mut(account as usize) {
                    *newest = at;
                }
                at
            }
        };
        let list = &mut self.lists[list];
        if account == NO_ACCOUNT {
            list.without_id += 1;
            if handle == NO_HANDLE {
                list.without_key.push(sighting.row);
            }
        }
        list.with_handle += u64::from(handle != NO_HANDLE);
        if let Some(time) = sighting.counts.observed_at {
            let (first, last) = list.times.unwrap_or((time, time));
            list.times = Some((first.min(time), last.max(time)));
        }
        if sighting.counts != Counts::default() {
            list.counts.resize(list.accounts.len(), Packed::of(&Counts::default()));
            list.counts.push(Packed::of(&sighting.counts));
        }
        list.accounts.push(account);
        list.handles.push(handle);
    }

    fn account_of(&mut self, id: &str) -> u32 {
        let (texts, ids, state) = (&self.texts, &self.ids, &self.state);
        let text_of = |account: &u32| texts.get(ids[*account as usize]);
        let hash = state.hash_one(id);
        if let Some(known) = self.by_id.find(hash, |account| text_of(account) == id) {
            return *known;
        }
        let account = u32::try_from(ids.len()).unwrap_or(NO_ACCOUNT);
        let at = self.texts.add(id);
        self.ids.push(at);
        self.newest.push(NO_HANDLE);
        let (texts, ids) = (&self.texts, &self.ids);
        self.by_id.insert_unique(hash, account, |known| self.state.hash_one(texts.get(ids[*known as usize])));
        account
    }

    /// Accounts with an id.
    pub(super) fn accounts(&self) -> usize {
        self.ids.len()
    }

    /// The id of an account.
    pub(super) fn id(&self, account: usize) -> Option<&str> {
        self.ids.get(account).map(|at| self.texts.get(*at))
    }

    /// The handle in a row.
    pub(super) fn handle(&self, list: usize, row: usize) -> Option<&str> {
        let at = self.lists.get(list)?.handles.get(row)?;
        (*at != NO_HANDLE).then(|| self.texts.get(*at))
    }

    /// Gives back what only reading needs.
    pub(super) fn close(&mut self) {
        self.by_id = HashTable::new();
        self.newest = Vec::new();
        self.texts.0.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn texts_and_counts_come_back_as_they_went_in(
            texts in proptest::collection::vec("\\PC{0,300}", 0..20),
            n: Option<u32>,
            second in proptest::option::of(0i64..4_000_000_000)
        ) {
            let mut store = Texts::default();
            let places: Vec<u64> = texts.iter().map(|text| store.add(text)).collect();
            for (text, at) in texts.iter().zip(places) {
                proptest::prop_assert_eq!(store.get(at), text);
            }
            let counts = Counts {
                following: n.map(u64::from),
                followers: None,
                posts: Some(0),
                observed_at: second.and_then(|s| Timestamp::from_second(s).ok()),
            };
            proptest::prop_assert_eq!(Packed::of(&counts).counts(), counts);
        }
    }
}
