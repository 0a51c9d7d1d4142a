//! Every row is accounted for: where it came from, what became of it, where it went.

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;
use std::panic::resume_unwind;

use anyhow::bail;

use super::plural;
use crate::ingest::Key;

/// What became of the rows of one input: each has one fate, and if rows are written, each has one place. Counted where it
/// happens (`read` where the input is cut into records, fates by who looks at the rows, places by who writes them), so that a
/// row lost between two of them shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Accounting {
    read: u64,
    fates: Vec<(&'static str, u64)>,
    places: Vec<(&'static str, u64)>,
    repeats: Option<(u64, u64)>,
}

impl Accounting {
    /// `read` rows came out of the input.
    pub(super) fn new(read: u64) -> Accounting {
        Accounting { read, ..Accounting::default() }
    }

    /// So many rows became this.
    pub(super) fn fate(mut self, what: &'static str, rows: u64) -> Accounting {
        self.fates.push((what, rows));
        self
    }

    /// So many rows went there, and there.
    pub(super) fn placed(mut self, places: &[(&'static str, u64)]) -> Accounting {
        self.places = places.to_vec();
        self
    }

    /// So many rows of those `compared` repeat the account of an earlier one.
    pub(super) fn repeats(mut self, duplicate: u64, compared: u64) -> Accounting {
        self.repeats = Some((duplicate, compared));
        self
    }

    /// Is every row accounted for? Asked before an output is put in place; where not, the program is at fault and the old
    /// file stays.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let sum = |parts: &[(&str, u64)]| parts.iter().map(|(_, rows)| rows).sum::<u64>();
        let fits = |parts: &[(&str, u64)]| parts.is_empty() || sum(parts) == self.read;
        if !fits(&self.fates)
            || !fits(&self.places)
            || self.repeats.is_some_and(|(duplicate, _)| duplicate > self.read)
        {
            bail!(
                "the rows do not add up ({self}); nothing was put in place. This is a fault of botsieve: please report it"
            );
        }
        Ok(())
    }
}

impl fmt::Display for Accounting {
    /// `302 rows read: 295 scored, 7 pending, 0 damaged; 302 written; 0 duplicate`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed = |parts: &[(&str, u64)]| {
            parts.iter().map(|(what, rows)| format!("{rows} {what}")).collect::<Vec<_>>().join(", ")
        };
        write!(f, "{} read", plural(self.read, "row"))?;
        if !self.fates.is_empty() {
            write!(f, ": {}", listed(&self.fates))?;
        }
        if !self.places.is_empty() {
            write!(f, "; {}", listed(&self.places))?;
        }
        let Some((duplicate, compared)) = self.repeats else { return Ok(()) };
        write!(f, "; {duplicate} duplicate")?;
        if compared >= COMPARED as u64 {
            write!(f, " of the first {compared} accounts")?;
        }
        Ok(())
    }
}

/// So many accounts are kept to find repeated ones: 28 MB up to as many rows, and some 45 MB with those that wait for a file of
/// any size beyond.
const COMPARED: usize = 3_500_000;

/// Fingerprints are sorted by their parts so many at a time. What is looked up of a part is then mostly where the processor has
/// it; one by one, every look would wait for memory.
const TOGETHER: usize = 1 << 18;
/// The parts, by bits of a fingerprint.
const PARTS: usize = 256;

/// Finds rows that repeat the account of an earlier row: the same id, or without one the same handle.
///
/// While there are no more rows than accounts may be kept, their fingerprints are only gathered, and those that are there twice
/// counted at the end, in a third of the time that looking each up takes.
pub(super) struct Repeats {
    /// At most so many accounts are kept.
    most: usize,
    /// So many are taken at a time.
    together: usize,
    /// Those gathered, some at a time sorted by part, and how many there are.
    gathered: Vec<Vec<u64>>,
    rows: usize,
    /// Where there are more: the first accounts, by part.
    seen: Vec<HashSet<u64, std::hash::BuildHasherDefault<Mixed>>>,
    /// Fingerprints in all sets.
    compared: usize,
    /// Those that are to be looked at, in the order of the input.
    waiting: Vec<u64>,
    duplicate: u64,
}

impl Default for Repeats {
    fn default() -> Repeats {
        Repeats::of(COMPARED, TOGETHER)
    }
}

impl Repeats {
    fn of(most: usize, together: usize) -> Repeats {
        let (gathered, seen, waiting) = (Vec::new(), Vec::new(), Vec::new());
        Repeats { most, together, gathered, rows: 0, seen, compared: 0, waiting, duplicate: 0 }
    }

    /// Looks at accounts in the order of the input, by the fingerprints of their keys. Two of 3,500,000 accounts have the
    /// same one with a chance of less than one in a million.
    pub(super) fn add(&mut self, accounts: impl IntoIterator<Item = u64>) {
        self.waiting.extend(accounts);
        if self.waiting.len() >= self.together {
            self.take_waiting();
        }
    }

    fn take_waiting(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        if self.seen.is_empty() && self.rows + waiting.len() <= self.most {
            self.rows += waiting.len();
            self.gathered.push(sorted_by_part(&waiting));
        } else {
            if self.seen.is_empty() {
                self.seen = (0..PARTS).map(|_| HashSet::default()).collect();
                std::mem::take(&mut self.gathered).into_iter().for_each(|some| self.look_up(&some));
            }
            // Which accounts are the first is asked only where not all of them are kept.
            if self.compared + waiting.len() <= self.most || self.compared == self.most {
                waiting = sorted_by_part(&waiting);
            }
            self.look_up(&waiting);
        }
        waiting.clear();
        self.waiting = waiting;
    }

    /// Looks fingerprints up, and keeps what is new while there is room.
    fn look_up(&mut self, fingerprints: &[u64]) {
        for of_part in fingerprints.chunk_by(|a, b| part(*a) == part(*b)) {
            let seen = &mut self.seen[part(of_part[0])];
            if self.compared < self.most {
                // Room for all that may be kept: what grows step by step is moved at each.
                seen.reserve((self.most / PARTS).max(of_part.len()).saturating_sub(seen.len()));
            }
            for account in of_part {
                if self.compared == self.most {
                    self.duplicate += u64::from(seen.contains(account));
                } else if seen.insert(*account) {
                    self.compared += 1;
                } else {
                    self.duplicate += 1;
                }
            }
        }
    }

    /// Rows found to repeat one, and accounts compared; looked for on so many threads.
    pub(super) fn found(mut self, threads: usize) -> (u64, u64) {
        self.take_waiting();
        if self.seen.is_empty() {
            let duplicate = repeated(&self.gathered, threads);
            return (duplicate as u64, (self.rows - duplicate) as u64);
        }
        (self.duplicate, self.compared as u64)
    }

    /// The fingerprint of an account; `None` where it has neither id nor handle.
    pub(super) fn fingerprint(account: &crate::account::Account<'_>) -> Option<u64> {
        Key::of(account.id.as_deref(), account.handle.as_deref()).map(Key::fingerprint)
    }
}

/// By bits that the sets themselves do not go by: they find a place by the lowest, and tell neighbours apart by the highest.
fn part(fingerprint: u64) -> usize {
    (fingerprint >> 32) as usize % PARTS
}

/// How many repeat another, of some that are sorted by part and others that are; on so many threads.
fn repeated(gathered: &[Vec<u64>], threads: usize) -> usize {
    // Two that are the same are of one part.
    let in_parts = |parts: Range<usize>| -> usize {
        let mut of_part = Vec::new();
        let each = parts.map(|at| {
            of_part.clear();
            for some in gathered {
                let from = some.partition_point(|one| part(*one) < at);
                let length = some[from..].partition_point(|one| part(*one) == at);
                of_part.extend_from_slice(&some[from..from + length]);
            }
            repeated_in(&mut of_part)
        });
        each.sum()
    };
    let threads = threads.clamp(1, PARTS);
    let share = |n: usize| n * PARTS / threads..(n + 1) * PARTS / threads;
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|n| scope.spawn(move || in_parts(share(n)))).collect();
        let own = in_parts(share(0));
        let joined =
            others.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
        own + joined.sum::<usize>()
    })
}

/// How many of these repeat another; those that cannot are taken out.
fn repeated_in(fingerprints: &mut Vec<u64>) -> usize {
    // A bit for each place that one falls on, and one for each on which several do: few share a place without being the same.
    let places = (8 * fingerprints.len()).next_power_of_two().max(64);
    let (mut taken, mut shared) = (vec![0u64; places / 64], vec![0u64; places / 64]);
    let place = |one: u64| (one as usize % places / 64, 1 << (one % 64));
    for one in &*fingerprints {
        let (at, bit) = place(*one);
        shared[at] |= taken[at] & bit;
        taken[at] |= bit;
    }
    let is_shared = |one: &u64| {
        let (at, bit) = place(*one);
        shared[at] & bit != 0
    };
    fingerprints.retain(is_shared);
    let rows = fingerprints.len();
    fingerprints.sort_unstable();
    fingerprints.dedup();
    rows - fingerprints.len()
}

/// Fingerprints by their part; those of one part stay in their order.
fn sorted_by_part(fingerprints: &[u64]) -> Vec<u64> {
    let mut next = [0; PARTS + 1];
    fingerprints.iter().for_each(|one| next[part(*one) + 1] += 1);
    (0..PARTS).for_each(|part| next[part + 1] += next[part]);
    let mut sorted = vec![0; fingerprints.len()];
    for one in fingerprints {
        let next = &mut next[part(*one)];
        sorted[*next] = *one;
        *next += 1;
    }
    sorted
}

/// Fingerprints are mixed already.
#[derive(Default)]
struct Mixed(u64);

impl std::hash::Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Not called for a u64; a hasher must answer all the same.
        self.0 = bytes.iter().fold(self.0, |hash, byte| crate::scramble::scramble(hash ^ u64::from(*byte)));
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_row_is_told() {
        let whole =
            Accounting::new(5).fate("scored", 3).fate("damaged", 2).placed(&[("written", 5)]).repeats(1, 4);
        assert!(whole.check().is_ok());
        assert_eq!(whole.to_string(), "5 rows read: 3 scored, 2 damaged; 5 written; 1 duplicate");
        let lost = Accounting::new(5).fate("scored", 3).fate("damaged", 1).placed(&[("written", 5)]);
        assert!(lost.check().unwrap_err().to_string().contains("5 rows read: 3 scored, 1 damaged"));
        assert!(Accounting::new(5).fate("scored", 5).placed(&[("written", 4)]).check().is_err());
        assert!(
            Accounting::new(5).fate("scored", 5).placed(&[("written", 4), ("left out", 1)]).check().is_ok()
        );
        assert!(Accounting::new(1).fate("scored", 1).repeats(2, 2).check().is_err());
    }

    proptest::proptest! {
        /// However many are looked up together, those that are kept are the first, and what repeats them is counted.
        #[test]
        fn repeats_are_those_of_the_first_accounts(
            accounts in proptest::collection::vec(0..60u64, 0..200), together in 1..50usize,
            most in proptest::prop_oneof![0..60usize, 0..250usize],
        ) {
            let (mut seen, mut duplicate) = (HashSet::new(), 0);
            for account in &accounts {
                let known = seen.contains(account) || seen.len() < most && !seen.insert(*account);
                duplicate += u64::from(known);
            }
            let mut repeats = Repeats::of(most, together);
            // Some in one part, others in another.
            let print = |account: &u64| crate::scramble::scramble(*account);
            accounts.chunks(7).for_each(|some| repeats.add(some.iter().map(print)));
            proptest::prop_assert_eq!(repeats.found(2), (duplicate, seen.len() as u64));
        }
    }

    #[test]
    fn repeated_accounts_are_found_by_id_and_without_one_by_handle() {
        let key = |id, handle| Key::of(id, handle).map(Key::fingerprint);
        let mut repeats = Repeats::default();
        repeats.add(
            [
                key(Some("12"), Some("anna")),
                key(Some("u12"), Some("other")),
                key(None, Some("Ben")),
                key(None, Some("@ben")),
                key(None, None),
                key(None, None),
                key(Some("13"), Some("anna")),
            ]
            .into_iter()
            .flatten(),
        );
        assert_eq!(repeats.found(2), (2, 3));
    }
}
