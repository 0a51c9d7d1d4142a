//! Which rows of a table are of accounts that others have too: what keeps training and test apart.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU64;

use super::samples::Samples;
use crate::ingest::hashed;

/// The handle of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// Its number, never 0, so that `None`, for a row without a handle, takes no room of its own.
    handle: Option<NonZeroU64>,
    /// Is it all that says whose row it is?
    alone: bool,
}

/// Numbers for handles, whatever the case of their letters. Handles are told apart by 128 bits of a hash: of twenty million
/// the texts would take more room than their features.
#[derive(Default)]
pub(super) struct Names(HashMap<u128, NonZeroU64>);

impl Names {
    /// The name of a row that has this handle, and no id where `alone`.
    pub(super) fn of(&mut self, handle: Option<&str>, alone: bool) -> Name {
        let next = NonZeroU64::MIN.saturating_add(self.0.len() as u64);
        let handle = handle.map(|handle| *self.0.entry(hashed(&handle.to_lowercase())).or_insert(next));
        Name { handle, alone }
    }
}

/// Accounts that stand in more than one family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BetweenFamilies {
    /// How many there are.
    pub accounts: u64,
    /// How many of them are a bot in one family and a human in another.
    pub contradictory: u64,
}

impl BetweenFamilies {
    /// Those of a table, by their id, or by their handle where they have none.
    pub fn of(samples: &Samples) -> BetweenFamilies {
        let mut seen: HashMap<u64, (&str, bool, u8)> = HashMap::new();
        for row in 0..samples.len() {
            let family = samples.family(row);
            let (first, several, classes) = seen.entry(samples.groups[row]).or_insert((family, false, 0));
            *several |= *first != family;
            *classes |= 1 << u8::from(samples.labels[row]);
        }
        let several = || seen.values().filter(|(_, several, _)| *several);
        BetweenFamilies {
            accounts: several().count() as u64,
            contradictory: several().filter(|(_, _, classes)| *classes == 3).count() as u64,
        }
    }
}

/// The accounts of some rows.
///
/// A row is of one of them where the id is the same. Where one of two rows has no id, the handle decides: a handle may
/// have gone to somebody else in between, but a row too few in training costs nothing, and one too many is a leak.
/// Two rows of which one has no id and the other no handle cannot be joined; sources of that kind belong into one family.
pub struct Accounts<'s> {
    samples: &'s Samples,
    groups: HashSet<u64>,
    /// Handles of the rows.
    handles: HashSet<NonZeroU64>,
    /// Those of them that have no id.
    alone: HashSet<NonZeroU64>,
}

impl<'s> Accounts<'s> {
    /// The accounts of these rows.
    pub fn of(samples: &'s Samples, rows: impl IntoIterator<Item = usize>) -> Accounts<'s> {
        let mut accounts =
            Accounts { samples, groups: HashSet::new(), handles: HashSet::new(), alone: HashSet::new() };
        for row in rows {
            accounts.groups.insert(samples.groups[row]);
            let name = samples.names[row];
            accounts.handles.extend(name.handle);
            accounts.alone.extend(name.handle.filter(|_| name.alone));
        }
        accounts
    }

    /// Is the row of one of them?
    pub fn have(&self, row: usize) -> bool {
        let name = self.samples.names[row];
        let known = if name.alone { &self.handles } else { &self.alone };
        self.groups.contains(&self.samples.groups[row])
            || name.handle.is_some_and(|handle| known.contains(&handle))
    }
}
