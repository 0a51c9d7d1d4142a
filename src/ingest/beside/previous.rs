//! Older snapshots of accounts: a few counts of each.

use std::collections::HashMap;

use super::key::short;
use super::{Key, keys};
use crate::account::{Account, Previous, Timestamp};
use crate::turns::{SWING, Turns};

/// What is kept of a row of a snapshot.
pub(super) struct Look {
    key: Key,
    /// Of the handle, where the accounts to be filled have no ids.
    other: Option<Key>,
    handle: Option<u32>,
    counts: Counts,
}

/// Counts in 8 bytes each; the largest number stands for a missing one.
#[derive(Clone, Copy, Debug)]
struct Counts {
    /// Followers, following, posts, likes given, lists.
    numbers: [u64; 5],
    /// Seconds since 1970.
    at: i64,
}

const NONE: u64 = u64::MAX;
const NEVER: i64 = i64::MIN;
const FOLLOWING: usize = 1;

impl Look {
    /// `None` without an id and a handle.
    pub(super) fn of(account: &Account<'_>, keep_handles: bool) -> Option<Look> {
        let (id, handle) = keys(account);
        let key = id.or(handle)?;
        let a = account;
        let numbers = [a.followers, a.following, a.posts, a.likes_given, a.listed];
        Some(Look {
            key,
            other: handle.filter(|handle| keep_handles && *handle != key),
            handle: a.handle.as_deref().map(|text| short(&text.trim_start_matches('@').to_lowercase())),
            counts: Counts {
                numbers: numbers.map(|n| n.unwrap_or(NONE)),
                at: a.observed_at.map_or(NEVER, Timestamp::as_second),
            },
        })
    }
}

/// The state of one account: its oldest counts, and what its following count did since.
#[derive(Clone, Debug)]
struct Known {
    oldest: Counts,
    /// Time and following count on the newest snapshot so far.
    newest_at: i64,
    newest_following: u64,
    /// Sum of the changes of the following count, each without its sign.
    steps: u64,
    /// Of the handle on the newest snapshot, if known.
    handle: Option<u32>,
    /// Following counts seen.
    readings: u32,
    /// Ups and downs of the following count.
    turns: Turns,
    /// Number of the newest snapshot it was on.
    file: u32,
}

/// Accounts of the older snapshots.
#[derive(Debug)]
pub(super) struct Snapshots {
    places: HashMap<Key, u32>,
    known: Vec<Known>,
    keep_handles: bool,
    file: u32,
}

/// What became of a row.
pub(super) enum Added {
    Kept,
    Repeated,
    OutOfOrder,
}

impl Snapshots {
    pub(super) fn new(keep_handles: bool) -> Snapshots {
        Snapshots { places: HashMap::new(), known: Vec::new(), keep_handles, file: 0 }
    }

    pub(super) fn keeps_handles(&self) -> bool {
        self.keep_handles
    }

    pub(super) fn next_file(&mut self) {
        self.file += 1;
    }

    /// Accounts known.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn add(&mut self, look: Look) -> Added {
        let following = look.counts.numbers[FOLLOWING];
        let readings = u32::from(following != NONE);
        if let Some(place) = self.places.get(&look.key) {
            let known = &mut self.known[*place as usize];
            if known.file == self.file {
                return Added::Repeated;
            }
            if look.counts.at != NEVER && known.newest_at != NEVER && look.counts.at <= known.newest_at {
                return Added::OutOfOrder;
            }
            if known.newest_following != NONE && following != NONE {
                known.steps = known.steps.saturating_add(known.newest_following.abs_diff(following));
            }
            if following != NONE {
                known.newest_following = following;
                known.turns.add(following, SWING);
            }
            known.newest_at = known.newest_at.max(look.counts.at);
            known.readings = known.readings.saturating_add(readings);
            known.handle = look.handle.or(known.handle);
            known.file = self.file;
            return Added::Kept;
        }
        let place = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let mut turns = Turns::default();
        if following != NONE {
            turns.add(following, SWING);
        }
        self.known.push(Known {
            oldest: look.counts,
            newest_at: look.counts.at,
            newest_following: following,
            steps: 0,
            handle: look.handle,
            readings,
            turns,
            file: self.file,
        });
        self.places.insert(look.key, place);
        if let Some(other) = look.other {
            self.places.entry(other).or_insert(place);
        }
        Added::Kept
    }

    /// What is known of an account.
    pub(super) fn of(&self, account: &Account<'_>) -> Option<Previous> {
        let (id, handle) = keys(account);
        let by_id = id.and_then(|id| self.places.get(&id));
        let (place, joined_by_id) = match by_id {
            Some(place) => (place, true),
            None => (self.places.get(&handle?)?, false),
        };
        let known = &self.known[*place as usize];
        let count = |n: u64| (n != NONE).then_some(n);
        let [followers, following, posts, likes_given, listed] = known.oldest.numbers.map(count);
        let mut turns = known.turns;
        if let Some(following) = account.following {
            turns.add(following, SWING);
        }
        let now = account.handle.as_deref().map(|text| short(&text.trim_start_matches('@').to_lowercase()));
        Some(Previous {
            at: (known.oldest.at != NEVER).then(|| Timestamp::from_second(known.oldest.at).ok()).flatten(),
            followers,
            following,
            posts,
            likes_given,
            listed,
            newest_following: count(known.newest_following),
            following_steps: known.steps,
            following_readings: known.readings,
            following_turns: turns.turns,
            renamed: known.handle.zip(now).filter(|_| joined_by_id).map(|(then, now)| then != now),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, handle: &str, following: u64, day: i64) -> Account<'static> {
        let text = |text: &str| Some(text.to_string().into()).filter(|_| !text.is_empty());
        Account {
            id: text(id),
            handle: text(handle),
            following: Some(following),
            observed_at: Timestamp::from_second(1_600_000_000 + day * 86_400).ok(),
            ..Account::default()
        }
    }

    fn of(files: &[&[Account<'static>]], keep_handles: bool) -> Snapshots {
        let mut known = Snapshots::new(keep_handles);
        for rows in files {
            known.next_file();
            for row in *rows {
                known.add(Look::of(row, keep_handles).unwrap());
            }
        }
        known
    }

    #[test]
    fn an_id_joins_before_a_handle_and_a_handle_only_where_there_is_no_id() {
        let known = of(&[&[account("1", "old", 10, 0), account("", "Anna", 20, 0)]], false);
        let renamed = known.of(&account("1", "new", 30, 9)).unwrap();
        assert_eq!((renamed.following, renamed.renamed), (Some(10), Some(true)));
        assert_eq!(known.of(&account("1", "OLD", 30, 9)).unwrap().renamed, Some(false));
        let by_handle = known.of(&account("7", "@anna", 30, 9)).unwrap();
        assert_eq!((by_handle.following, by_handle.renamed), (Some(20), None));
        assert!(known.of(&account("2", "old", 30, 9)).is_none(), "the handle may have another owner by now");
        assert!(of(&[&[account("1", "old", 10, 0)]], true).of(&account("", "old", 1, 1)).is_some());
    }

    #[test]
    fn turns_are_counted_up_to_the_row_itself() {
        let day = |n, following| [account("1", "a", following, n)];
        let known = of(&[&day(0, 0), &day(1, 500), &day(2, 480), &day(3, 90)], false);
        assert_eq!(known.of(&account("1", "a", 100, 4)).unwrap().following_turns, 1);
        assert_eq!(known.of(&account("1", "a", 700, 4)).unwrap().following_turns, 2);
    }

    #[test]
    fn the_oldest_counts_are_kept_and_the_steps_between() {
        let day = |n, following| [account("1", "a", following, n)];
        let known = of(&[&day(0, 100), &day(10, 900), &day(5, 0), &day(20, 150)], false);
        let found = known.of(&account("1", "a", 120, 30)).unwrap();
        assert_eq!((found.following, found.newest_following), (Some(100), Some(150)));
        assert_eq!(
            (found.following_steps, found.following_readings),
            (800 + 750, 3),
            "day 5 is out of order"
        );
    }
}
