//! Connections at once are bounded, and who keeps the server waiting gives way to who comes.
//!
//! A program that opens connections and says nothing, byte by byte, or does not read its answers, would else keep the
//! person out. When all places are taken, somebody goes: first who has held a place for a second without showing the
//! token, then who has shown it and says nothing for five (a browser opens another connection when it needs one), of
//! them who has waited longest. A question that is being answered is never cut off.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// So long a connection may take to show the token while others want its place.
const STRANGER: Duration = Duration::from_secs(1);
/// So long one that has shown it may say nothing.
const KNOWN: Duration = Duration::from_secs(5);

/// All places.
pub(super) struct Places {
    most: usize,
    table: Mutex<Table>,
    free: Notify,
}

#[derive(Default)]
struct Table {
    next: u64,
    held: HashMap<u64, Held>,
}

struct Held {
    /// Since when the server waits for the other side.
    waiting: Instant,
    /// The server is at work for it.
    busy: bool,
    /// It has shown the token.
    known: bool,
    leave: Arc<Notify>,
}

/// One place; free when it is dropped.
pub(super) struct Place {
    number: u64,
    places: Arc<Places>,
    leave: Arc<Notify>,
}

impl Places {
    pub(super) fn new(most: usize) -> Arc<Places> {
        Arc::new(Places { most, table: Mutex::default(), free: Notify::new() })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for who comes now; another gives way where all are taken.
    pub(super) async fn enter(self: &Arc<Places>) -> Place {
        loop {
            let free = self.free.notified();
            if let Some(place) = self.try_enter() {
                return place;
            }
            // Everybody is being answered: some place is free in a moment.
            free.await;
        }
    }

    fn try_enter(self: &Arc<Places>) -> Option<Place> {
        let mut table = self.table();
        if table.held.len() >= self.most && !table.one_gives_way() {
            return None;
        }
        table.next += 1;
        let (number, leave) = (table.next, Arc::new(Notify::new()));
        let held = Held { waiting: Instant::now(), busy: false, known: false, leave: leave.clone() };
        table.held.insert(number, held);
        Some(Place { number, places: self.clone(), leave })
    }

    /// One gives way: the process has no files left for another.
    pub(super) fn make_room(&self) {
        self.table().one_gives_way();
    }

    /// Who has waited longer than this leaves: it does not read its answer, or holds a place for nothing.
    pub(super) fn dismiss(&self, after: Duration) {
        let mut table = self.table();
        table.held.retain(|_, held| {
            let stays = held.busy || held.waiting.elapsed() < after;
            if !stays {
                held.leave.notify_one();
            }
            stays
        });
        drop(table);
        self.free.notify_one();
    }
}

impl Table {
    /// `false` where everybody is being answered.
    fn one_gives_way(&mut self) -> bool {
        let idle = self.held.iter().filter(|(_, held)| !held.busy);
        let first = idle.min_by_key(|(_, held)| (held.rank(), held.waiting));
        let Some(number) = first.map(|(number, _)| *number) else {
            return false;
        };
        if let Some(held) = self.held.remove(&number) {
            held.leave.notify_one();
        }
        true
    }
}

impl Held {
    /// Who goes first, from 0.
    fn rank(&self) -> u8 {
        let waited = self.waiting.elapsed();
        match self.known {
            false if waited >= STRANGER => 0,
            true if waited >= KNOWN => 1,
            false => 2,
            true => 3,
        }
    }
}

impl Place {
    /// Returns when the place is wanted by another.
    pub(super) async fn wanted(&self) {
        self.leave.notified().await;
    }

    fn note(&self, what: impl FnOnce(&mut Held)) {
        if let Some(held) = self.places.table().held.get_mut(&self.number) {
            what(held);
        }
    }

    /// It has shown the token.
    pub(super) fn is_known(&self) {
        self.note(|held| held.known = true);
    }

    /// The server begins to work for it, or has an answer.
    pub(super) fn works(&self, busy: bool) {
        self.note(|held| (held.busy, held.waiting) = (busy, Instant::now()));
        if !busy {
            self.places.free.notify_one();
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.table().held.remove(&self.number);
        self.places.free.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn still(places: &Arc<Places>, place: &Place) -> bool {
        places.table().held.contains_key(&place.number)
    }

    #[test]
    fn who_says_nothing_goes_before_who_has_just_come() {
        let places = Places::new(3);
        let waits = |place: &Place, seconds| {
            place.note(|held| {
                held.waiting = Instant::now().checked_sub(Duration::from_secs(seconds)).unwrap()
            });
        };
        let enter = || places.try_enter().unwrap();
        let (silent, active, scan) = (enter(), enter(), enter());
        silent.is_known();
        active.is_known();
        waits(&silent, 20);
        waits(&active, 2);
        waits(&scan, 2);
        let comes = enter();
        assert!(!still(&places, &scan) && still(&places, &silent), "no token after two seconds");
        let another = enter();
        assert!(!still(&places, &silent) && still(&places, &comes) && still(&places, &active));
        drop(another);
    }

    #[test]
    fn strangers_give_way_first_then_who_waits_longest_and_nobody_who_is_being_answered() {
        let places = Places::new(3);
        let enter = || places.try_enter();
        let (person, first, second) = (enter().unwrap(), enter().unwrap(), enter().unwrap());
        person.is_known();
        let third = enter().unwrap();
        assert!(still(&places, &person) && !still(&places, &first) && still(&places, &second));
        for place in [&second, &third] {
            place.is_known();
        }
        // The person has waited longest; being answered, they stay.
        person.works(true);
        let fourth = enter().unwrap();
        assert!(still(&places, &person) && !still(&places, &second) && still(&places, &third));
        third.works(true);
        fourth.works(true);
        assert!(enter().is_none(), "everybody is being answered");
        third.works(false);
        places.dismiss(Duration::ZERO);
        assert!(!still(&places, &third) && still(&places, &person) && still(&places, &fourth));
        drop((person, fourth));
        assert!(places.table().held.is_empty());
    }
}
