//! What stands of an account: its events one after the other, without those that were taken back.

use std::collections::{BTreeSet, HashMap};

use rusqlite::Transaction;

use super::account::{find, handle_key};
use super::event::{COLUMNS, Change, Event, Facts, Verdict};
use super::{Key, Ledger, LedgerError};
use crate::account::Timestamp;
use crate::ingest::canonical_id;

/// The decision that stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// What was decided.
    pub verdict: Verdict,
    /// When to look again; `None` is never.
    pub look_again: Option<Timestamp>,
    /// When it was made.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// Why, in words.
    pub why: String,
    /// What was known then.
    pub facts: Facts,
}

/// A place on the keep or the never list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Until when; `None` is for good.
    pub until: Option<Timestamp>,
    /// Since when.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
    /// Why, in words.
    pub why: String,
}

impl Mark {
    /// Does it hold at this time?
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it says.
    pub text: String,
    /// When it was written.
    pub at: Timestamp,
    /// By whom.
    pub who: String,
}

/// What stands of one account.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Id, where it is known.
    pub id: Option<String>,
    /// Handle as last seen.
    pub handle: Option<String>,
    /// Other handles that it had, the oldest first.
    pub former_handles: Vec<String>,
    /// The newest decision.
    pub decision: Option<Decision>,
    /// Its tags.
    pub tags: BTreeSet<String>,
    /// Lists that it is on.
    pub lists: BTreeSet<String>,
    /// Its place on the keep list, expired or not.
    pub keep: Option<Mark>,
    /// Its place on the never list, expired or not.
    pub never: Option<Mark>,
    /// Notes, the oldest first.
    pub notes: Vec<Note>,
    /// Number of its newest change, one taken back among them.
    pub newest: i64,
    /// How many of its changes were taken back.
    pub taken_back: u64,
}

/// What tells one state of an account from a later one: number of its newest change, how many were taken back.
pub type Version = (i64, u64);

impl Entry {
    /// An account of which nothing stands.
    pub(super) fn unknown(key: &Key) -> Entry {
        Entry { id: key.id.clone(), handle: key.handle.clone(), ..Entry::default() }
    }

    /// Is anything to be said of the account, or was all of it taken back?
    pub fn is_empty(&self) -> bool {
        self.decision.is_none()
            && self.keep.is_none()
            && self.never.is_none()
            && self.tags.is_empty()
            && self.lists.is_empty()
            && self.notes.is_empty()
    }

    /// Which state this is: whatever is changed or taken back of the account, it is another after it. (0, 0) where
    /// nothing was ever said.
    pub fn version(&self) -> Version {
        (self.newest, self.taken_back)
    }

    /// What the account is called: `@anna (id 12)`. Not made harmless.
    pub fn called(&self) -> String {
        Key { id: self.id.clone(), handle: self.handle.clone() }.to_string()
    }

    fn begin(event: &Event) -> Entry {
        Entry { id: event.id.clone(), handle: event.handle_now.clone(), ..Entry::default() }
    }

    fn had(&mut self, handle: &str) {
        let same = |known: &str| handle_key(known) == handle_key(handle);
        if !handle.is_empty()
            && !self.handle.as_deref().is_some_and(same)
            && !self.former_handles.iter().any(|known| same(known))
        {
            self.former_handles.push(handle.to_string());
        }
    }

    /// Applies the next event.
    fn apply(&mut self, event: Event) {
        self.newest = self.newest.max(event.number);
        // Which handle it had stays true of an event that was taken back.
        if let Some(handle) = &event.facts.handle {
            self.had(handle);
        }
        if let Change::Seen(handle) = &event.change {
            self.had(handle);
        }
        if event.undone.is_some() {
            self.taken_back += 1;
            return;
        }
        let Event { at, who, why, facts, .. } = event;
        match event.change {
            Change::Decide(verdict, look_again) => {
                self.decision = Some(Decision { verdict, look_again, at, who, why, facts });
            }
            Change::Tag(tag) => {
                self.tags.insert(tag);
            }
            Change::Untag(tag) => {
                self.tags.remove(&tag);
            }
            Change::Put(list) => {
                self.lists.insert(list);
            }
            Change::TakeOff(list) => {
                self.lists.remove(&list);
            }
            Change::Note(text) => self.notes.push(Note { text, at, who }),
            Change::Keep(until) => (self.keep, self.never) = (Some(Mark { until, at, who, why }), None),
            Change::Never(until) => (self.keep, self.never) = (None, Some(Mark { until, at, who, why })),
            Change::Lift => (self.keep, self.never) = (None, None),
            Change::Seen(_) => {}
        }
    }
}

fn select(rest: &str) -> String {
    format!("SELECT {COLUMNS}, a.number FROM event e JOIN account a ON a.number = e.account {rest}")
}

/// What stands of the account with this number.
pub(super) fn entry_of(transaction: &Transaction<'_>, account: i64) -> rusqlite::Result<Entry> {
    let events = events_of(transaction, account)?;
    let mut entry = events.first().map(Entry::begin).unwrap_or_default();
    events.into_iter().for_each(|event| entry.apply(event));
    Ok(entry)
}

fn events_of(transaction: &Transaction<'_>, account: i64) -> rusqlite::Result<Vec<Event>> {
    let sql = select("WHERE e.account = ?1 ORDER BY e.at, e.number");
    let mut statement = transaction.prepare(&sql)?;
    statement.query_map([account], Event::from_row)?.collect()
}

impl Ledger {
    /// What stands of an account, and its history from old to new; `None` for one that the ledger does not know.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn entry(&mut self, key: &Key) -> Result<Option<(Entry, Vec<Event>)>, LedgerError> {
        let told = LedgerError::of(&self.path);
        let transaction = self.connection.transaction().map_err(&told)?;
        let Some(account) = find(&transaction, key).map_err(&told)? else { return Ok(None) };
        let entry = entry_of(&transaction, account).map_err(&told)?;
        Ok(Some((entry, events_of(&transaction, account).map_err(&told)?)))
    }

    /// What stands of every account, in the order in which they came into the ledger.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, LedgerError> {
        let mut entries = Vec::new();
        self.for_each_entry(|entry| entries.push(entry))?;
        Ok(entries)
    }

    /// Hands out what [`Ledger::entries`] has one by one, so that only one is held at a time.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn for_each_entry(&self, mut take: impl FnMut(Entry)) -> Result<(), LedgerError> {
        let mut read = || {
            let mut statement = self.connection.prepare(&select("ORDER BY e.account, e.at, e.number"))?;
            let mut rows = statement.query([])?;
            let mut entry: Option<(i64, Entry)> = None;
            while let Some(row) = rows.next()? {
                let event = Event::from_row(row)?;
                let number: i64 = row.get(21)?;
                if entry.as_ref().is_none_or(|(account, _)| *account != number) {
                    let done = entry.replace((number, Entry::begin(&event)));
                    done.into_iter().for_each(|(_, entry)| take(entry));
                }
                if let Some((_, entry)) = &mut entry {
                    entry.apply(event);
                }
            }
            entry.into_iter().for_each(|(_, entry)| take(entry));
            Ok(())
        };
        read().map_err(self.told())
    }

    /// Every event, in the order of their numbers.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn events(&self) -> Result<Vec<Event>, LedgerError> {
        let read = || -> rusqlite::Result<Vec<Event>> {
            let mut statement = self.connection.prepare(&select("ORDER BY e.number"))?;
            statement.query_map([], Event::from_row)?.collect()
        };
        read().map_err(self.told())
    }
}

/// Entries to be found by id or handle, as [`Ledger::entry`] finds them.
#[derive(Clone, Debug)]
pub struct Index {
    entries: Vec<Entry>,
    by_id: HashMap<String, usize>,
    by_handle: HashMap<String, usize>,
}

impl Index {
    /// Takes the entries of [`Ledger::entries`].
    pub fn new(entries: Vec<Entry>) -> Index {
        let mut index = Index { by_id: HashMap::new(), by_handle: HashMap::new(), entries };
        for (at, entry) in index.entries.iter().enumerate() {
            if let Some(id) = &entry.id {
                index.by_id.insert(id.clone(), at);
            }
            if let Some(handle) = &entry.handle {
                let place = index.by_handle.entry(handle_key(handle)).or_insert(at);
                if index.entries[*place].newest < entry.newest {
                    *place = at;
                }
            }
        }
        index
    }

    /// Place of the account among the [`entries`](Index::entries).
    pub fn find(&self, id: &str, handle: &str) -> Option<usize> {
        let id = canonical_id(id);
        let by_handle = || self.by_handle.get(&handle_key(handle)).copied().filter(|_| !handle.is_empty());
        if id.is_empty() {
            return by_handle();
        }
        // Another id with the same handle is another account that took the handle over.
        self.by_id.get(id).copied().or_else(|| by_handle().filter(|at| self.entries[*at].id.is_none()))
    }

    /// All of them.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }
}
