//! Snapshots of one list joined: who is on which.

use std::collections::HashMap;

use crate::account::{Account, Timestamp, days_between};
use crate::ingest::canonical_id;

use super::roll::{List, Roll};
use super::series::{Swings, swings};

/// The counts of an account at one time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Accounts it follows.
    pub following: Option<u64>,
    /// Accounts that follow it.
    pub followers: Option<u64>,
    /// Its posts.
    pub posts: Option<u64>,
    /// When these were true.
    pub observed_at: Option<Timestamp>,
}

/// One row of a snapshot: of the account, only what the comparison needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Row in its file, from 1.
    pub row: u64,
    /// [`canonical_id`] of the account.
    pub id: Option<Box<str>>,
    /// Its handle, as written.
    pub handle: Option<Box<str>>,
    /// Its counts then.
    pub counts: Counts,
}

impl Sighting {
    /// Keeps what is needed of an account. Empty keys are none.
    pub fn new(row: u64, account: &Account<'_>) -> Sighting {
        let key = |text: &str| Some(text).filter(|text| !text.is_empty()).map(Box::from);
        Sighting {
            row,
            id: account.id.as_deref().map(canonical_id).and_then(key),
            handle: account.handle.as_deref().map(str::trim).and_then(key),
            counts: Counts {
                following: account.following,
                followers: account.followers,
                posts: account.posts,
                observed_at: account.observed_at,
            },
        }
    }
}

/// What became of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// On every snapshot.
    Stayed,
    /// Not on the first, then there to the end.
    Came,
    /// On the first, gone at the end, and never back in between.
    Left,
    /// Came after the first and gone again at the end.
    CameAndLeft,
    /// Was away for a while and is there at the end.
    Returned,
    /// Was away for a while, came back, and is gone at the end.
    ReturnedAndLeft,
}

impl Status {
    /// All of them, in the order of reports.
    pub const ALL: [Status; 6] = [
        Status::Stayed,
        Status::Came,
        Status::Left,
        Status::CameAndLeft,
        Status::Returned,
        Status::ReturnedAndLeft,
    ];

    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Status::Stayed => "stayed",
            Status::Came => "came",
            Status::Left => "left",
            Status::CameAndLeft => "came_and_left",
            Status::Returned => "returned",
            Status::ReturnedAndLeft => "returned_and_left",
        }
    }

    fn of(on: &[bool]) -> Status {
        let first = on.iter().position(|on| *on).unwrap_or(0);
        let last = on.iter().rposition(|on| *on).unwrap_or(0);
        let away = on[first..=last].iter().any(|on| !*on);
        let there = last + 1 == on.len();
        match (away, there) {
            (true, true) => Status::Returned,
            (true, false) => Status::ReturnedAndLeft,
            (false, true) if first == 0 => Status::Stayed,
            (false, true) => Status::Came,
            (false, false) if first == 0 => Status::Left,
            (false, false) => Status::CameAndLeft,
        }
    }
}

/// One account over all snapshots, as [`Presence::members`] puts it together.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'p> {
    /// Its id, where some row has one.
    pub id: Option<&'p str>,
    /// Handles in the order they were seen, the newest last; more than one is a rename.
    pub handles: Vec<&'p str>,
    /// Some row of it was recognised by its handle alone.
    pub by_handle: bool,
    /// Number of each snapshot that it is on (from 0, ascending), with its counts there.
    pub seen: Vec<(u32, Counts)>,
    /// What became of it.
    pub status: Status,
}

/// First and last known value of a count, and the days between, where dates are known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// First known value.
    pub first: u64,
    /// Last known value.
    pub last: u64,
    /// Days from one to the other; `None` without dates, and where they are in no order.
    pub days: Option<f64>,
}

impl Growth {
    /// Last minus first.
    pub fn change(&self) -> i128 {
        i128::from(self.last) - i128::from(self.first)
    }

    /// Change a day.
    pub fn per_day(&self) -> Option<f64> {
        self.days.filter(|days| *days > 0.0).map(|days| self.change() as f64 / days)
    }
}

impl Member<'_> {
    /// Is it on this snapshot?
    pub fn is_on(&self, snapshot: usize) -> bool {
        self.seen.iter().any(|(at, _)| *at as usize == snapshot)
    }

    /// `x.x`: on the first and third snapshot, not on the second. Not digits, which a spreadsheet would make a number.
    pub fn pattern(&self, snapshots: usize) -> String {
        (0..snapshots).map(|at| if self.is_on(at) { 'x' } else { '.' }).collect()
    }

    /// The newest handle.
    pub fn handle(&self) -> Option<&str> {
        self.handles.last().copied()
    }

    /// Has it another handle than before? Letter case does not count.
    pub fn renamed(&self) -> bool {
        self.handles.len() > 1
    }

    /// Growth of a count, where two snapshots have it.
    pub fn growth(&self, count: impl Fn(&Counts) -> Option<u64>) -> Option<Growth> {
        let mut known = self.seen.iter().filter_map(|(_, c)| Some((count(c)?, c.observed_at)));
        let (first, from) = known.next()?;
        let (last, to) = known.next_back()?;
        let days = from.zip(to).and_then(|(from, to)| days_between(from, to));
        Some(Growth { first, last, days })
    }

    /// What its following count did over the snapshots; `None` with fewer than two counts.
    pub fn following(&self, swing: u64) -> Option<Swings> {
        let found = swings(self.seen.iter().filter_map(|(_, c)| c.following), swing);
        (found.readings > 1).then_some(found)
    }
}

/// What happened between two neighbouring snapshots.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interval {
    /// Accounts on the earlier one.
    pub before: u64,
    /// Of these, not on the later one.
    pub left: u64,
    /// On the later one and not on the earlier.
    pub came: u64,
    /// Of those that came, the ones that had been on the list before.
    pub returned: u64,
    /// Days between the two, where the dates are known.
    pub days: Option<f64>,
}

/// Snapshots joined.
#[derive(Clone, Debug, Default)]
pub struct Presence {
    roll: Roll,
    /// Places in `seen` where each account begins, and one more for the end.
    starts: Vec<usize>,
    /// Snapshot and row of every sighting that counts, account by account.
    seen: Vec<(u32, u32)>,
    /// Number of each account, in the order in which it was first seen.
    order: Vec<u32>,
    statuses: Vec<Status>,
    by_handle: Vec<bool>,
    /// One between each snapshot and the next.
    pub intervals: Vec<Interval>,
    /// Rows of each snapshot whose account stood in it before.
    pub repeated: Vec<u64>,
    /// Rows with neither id nor handle: snapshot (from 0) and row. They are in no count.
    pub without_key: Vec<(usize, u64)>,
    /// Accounts on each snapshot.
    pub sizes: Vec<u64>,
}

/// Joins snapshots, oldest first: by id, and where a row has none by its handle (letter case ignored). A handle that
/// several ids had belongs to the one that was seen with it in the nearest snapshot, the older one of two as near.
pub fn compare(mut roll: Roll) -> Presence {
    roll.close();
    let lists = roll.lists.len();
    let (by_hand, members) = join_by_handle(&roll);
    let mut by_handle = vec![false; members];
    by_hand.values().for_each(|member| by_handle[*member as usize] = true);
    let member_of = |at: usize, row: usize| {
        roll.lists[at].account(row).or_else(|| by_hand.get(&(at as u32, row as u32)).copied())
    };
    // Twice over the rows, first to count and then to fill: no list of its own for every account.
    let mut repeated = vec![0; lists];
    let mut starts = vec![0usize; members + 1];
    let mut last_on = vec![u32::MAX; members];
    let mut each_sighting = |visit: &mut dyn FnMut(usize, usize, usize), repeated: Option<&mut Vec<u64>>| {
        last_on.fill(u32::MAX);
        let mut again = vec![0; lists];
        for (at, again) in again.iter_mut().enumerate() {
            for row in 0..roll.lists[at].rows() {
                let Some(member) = member_of(at, row) else { continue };
                let last = &mut last_on[member as usize];
                // The first row of an account in a snapshot counts.
                if *last == at as u32 {
                    *again += 1;
                } else {
                    *last = at as u32;
                    visit(member as usize, at, row);
                }
            }
        }
        if let Some(repeated) = repeated {
            *repeated = again;
        }
    };
    each_sighting(&mut |member, _, _| starts[member + 1] += 1, Some(&mut repeated));
    for member in 0..members {
        starts[member + 1] += starts[member];
    }
    let mut next = starts.clone();
    let mut seen = vec![(0u32, 0u32); starts[members]];
    each_sighting(
        &mut |member, at, row| {
            seen[next[member]] = (at as u32, row as u32);
            next[member] += 1;
        },
        None,
    );
    drop(next);
    drop(last_on);
    let mut statuses = Vec::with_capacity(members);
    let mut sizes = vec![0; lists];
    let mut intervals: Vec<Interval> = roll
        .lists
        .windows(2)
        .map(|pair| {
            let days = pair[0].date.zip(pair[1].date).and_then(|(from, to)| days_between(from, to));
            Interval { days, ..Interval::default() }
        })
        .collect();
    let mut on = vec![false; lists];
    for member in 0..members {
        on.fill(false);
        let own = &seen[starts[member]..starts[member + 1]];
        own.iter().for_each(|(at, _)| on[*at as usize] = true);
        statuses.push(Status::of(&on));
        let first = own.first().map_or(lists, |(at, _)| *at as usize);
        sizes.iter_mut().zip(&on).for_each(|(size, on)| *size += u64::from(*on));
        for (at, interval) in intervals.iter_mut().enumerate() {
            let (before, after) = (on[at], on[at + 1]);
            interval.before += u64::from(before);
            interval.left += u64::from(before && !after);
            interval.came += u64::from(!before && after);
            interval.returned += u64::from(!before && after && first < at);
        }
    }
    // In the order of first sight, whichever pass made the member.
    let mut order: Vec<u32> = (0..members as u32).collect();
    order.sort_by_key(|member| seen.get(starts[*member as usize]).map(|(at, _)| *at));
    let without_key = roll.lists.iter().enumerate();
    let without_key =
        without_key.flat_map(|(at, list)| list.without_key.iter().map(move |row| (at, *row))).collect();
    Presence { starts, seen, order, statuses, by_handle, intervals, repeated, without_key, sizes, roll }
}

/// The members of rows without an id, by snapshot and row, and how many members there are with those.
fn join_by_handle(roll: &Roll) -> (HashMap<(u32, u32), u32>, usize) {
    let mut members = roll.accounts();
    let mut found = HashMap::new();
    if roll.lists.iter().all(|list| list.without_id == 0) {
        return (found, members);
    }
    let mut known: HashMap<String, Vec<(u32, u32)>> = HashMap::new();
    let rows = || (0..roll.lists.len()).flat_map(|at| (0..roll.lists[at].rows()).map(move |row| (at, row)));
    for (at, row) in rows() {
        if let (Some(member), Some(handle)) = (roll.lists[at].account(row), roll.handle(at, row)) {
            known.entry(handle.to_lowercase()).or_default().push((at as u32, member));
        }
    }
    for (at, row) in rows() {
        let (None, Some(handle)) = (roll.lists[at].account(row), roll.handle(at, row)) else { continue };
        let known = known.entry(handle.to_lowercase()).or_default();
        let nearest = known.iter().min_by_key(|(seen, _)| (seen.abs_diff(at as u32), *seen));
        let member = nearest.map_or_else(
            || {
                members += 1;
                members as u32 - 1
            },
            |(_, member)| *member,
        );
        known.push((at as u32, member));
        found.insert((at as u32, row as u32), member);
    }
    (found, members)
}

impl Presence {
    /// The snapshots.
    pub fn lists(&self) -> &[List] {
        &self.roll.lists
    }

    /// Accounts on any snapshot.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Is there no account?
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Every account, in the order in which it was first seen.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.order.iter().map(|member| self.member(*member as usize))
    }

    /// The accounts with one of these statuses, in the same order.
    pub fn members_with(&self, statuses: &[Status]) -> impl Iterator<Item = Member<'_>> {
        let wanted = self.order.iter().filter(move |m| statuses.contains(&self.statuses[**m as usize]));
        wanted.map(|member| self.member(*member as usize))
    }

    fn member(&self, member: usize) -> Member<'_> {
        let own = &self.seen[self.starts[member]..self.starts[member + 1]];
        let mut handles: Vec<&str> = Vec::with_capacity(1);
        for (at, row) in own {
            let Some(handle) = self.roll.handle(*at as usize, *row as usize) else { continue };
            match handles.last_mut() {
                // The newest way of writing it.
                Some(last) if *last == handle || last.to_lowercase() == handle.to_lowercase() => {
                    *last = handle
                }
                _ => handles.push(handle),
            }
        }
        let counts = |(at, row): &(u32, u32)| (*at, self.roll.lists[*at as usize].counts(*row as usize));
        Member {
            id: self.roll.id(member),
            handles,
            by_handle: self.by_handle[member],
            seen: own.iter().map(counts).collect(),
            status: self.statuses[member],
        }
    }

    /// Accounts with this status.
    pub fn count(&self, status: Status) -> u64 {
        self.statuses.iter().filter(|known| **known == status).count() as u64
    }

    /// Time spent on the list between the first snapshot and the last, in follower-months of 30 days: each account
    /// on a snapshot is at risk of leaving until the next, and one that left counts for half of that time (the
    /// actuarial life table). `None` where a date is missing.
    pub fn follower_months(&self) -> Option<f64> {
        let months = |i: &Interval| Some((i.before as f64 - i.left as f64 / 2.0) * i.days? / 30.0);
        self.intervals.iter().map(months).sum()
    }

    /// Departures, all intervals together.
    pub fn departures(&self) -> u64 {
        self.intervals.iter().map(|interval| interval.left).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, handle: &str) -> Sighting {
        let key = |text: &str| Some(text).filter(|t| !t.is_empty()).map(Box::from);
        Sighting { row: 1, id: key(id), handle: key(handle), counts: Counts::default() }
    }

    fn list(rows: &[(&str, &str)]) -> Vec<Sighting> {
        rows.iter().map(|(id, handle)| row(id, handle)).collect()
    }

    fn compare(lists: &[Vec<Sighting>]) -> Presence {
        let mut roll = Roll::default();
        for (at, rows) in lists.iter().enumerate() {
            roll.begin();
            rows.iter().for_each(|row| roll.add(at, row));
        }
        super::compare(roll)
    }

    fn first(presence: &Presence) -> Member<'_> {
        presence.members().next().unwrap()
    }

    fn status(presence: &Presence, id: &str) -> Status {
        presence.members().find(|m| m.id == Some(id)).expect(id).status
    }

    #[test]
    fn every_pattern_has_its_status() {
        let found = compare(&[
            list(&[("1", "a"), ("2", "b"), ("3", "c")]),
            list(&[("1", "a"), ("4", "d"), ("5", "e"), ("6", "f")]),
            list(&[("1", "a"), ("3", "c"), ("5", "e")]),
            list(&[("1", "a"), ("5", "e"), ("6", "f")]),
        ]);
        let wanted = [
            ("1", Status::Stayed),
            ("2", Status::Left),
            ("3", Status::ReturnedAndLeft),
            ("4", Status::CameAndLeft),
            ("5", Status::Came),
            ("6", Status::Returned),
        ];
        for (id, wanted) in wanted {
            assert_eq!(status(&found, id), wanted, "{id}");
        }
        assert_eq!(found.sizes, [3, 4, 3, 3]);
        let last = found.intervals[2];
        assert_eq!((last.before, last.left, last.came, last.returned), (3, 1, 1, 1));
        assert_eq!(found.departures(), 2 + 2 + 1);
    }

    #[test]
    fn a_rename_is_the_same_account_and_a_change_of_case_is_none() {
        let found = compare(&[list(&[("1", "old"), ("2", "Same")]), list(&[("1", "new"), ("2", "same")])]);
        assert_eq!(found.count(Status::Stayed), 2);
        let renamed: Vec<bool> = found.members().map(|m| m.renamed()).collect();
        assert_eq!(renamed, [true, false]);
        assert_eq!(first(&found).handle(), Some("new"));
    }

    #[test]
    fn rows_without_an_id_are_joined_by_handle_and_a_row_without_either_is_told() {
        let found = compare(&[
            list(&[("1", "Anna"), ("2", "ben"), ("", "cleo")]),
            list(&[("", "anna"), ("", "CLEO"), ("", "")]),
        ]);
        assert_eq!(status(&found, "1"), Status::Stayed);
        assert_eq!(status(&found, "2"), Status::Left);
        assert_eq!(found.count(Status::Stayed), 2);
        assert!(first(&found).by_handle);
        assert_eq!(found.without_key, [(1, 1)]);
    }

    #[test]
    fn a_handle_goes_to_the_account_that_had_it_last() {
        let found = compare(&[list(&[("1", "x")]), list(&[("1", "y"), ("2", "x")]), list(&[("", "x")])]);
        assert_eq!(status(&found, "1"), Status::Left);
        assert_eq!(status(&found, "2"), Status::Came);
    }

    #[test]
    fn a_second_row_of_an_account_is_counted_and_changes_nothing() {
        let found = compare(&[list(&[("1", "a"), ("1", "b")]), list(&[("1", "a")])]);
        assert_eq!(
            (found.repeated.as_slice(), found.sizes.as_slice()),
            ([1, 0].as_slice(), [1, 1].as_slice())
        );
        assert!(!first(&found).renamed());
        let account = Account { id: Some("u1".into()), ..Account::default() };
        assert_eq!(Sighting::new(1, &account).id.as_deref(), Some("1"));
    }

    proptest::proptest! {
        #[test]
        fn nobody_is_lost_and_the_numbers_add_up(
            lists in proptest::collection::vec(
                proptest::collection::vec((0u8..12, 0u8..8, 0u8..8), 0..20), 2..5,
            )
        ) {
            // Ids and handles from small ranges, so that they meet; 0 is none.
            let text = |prefix: &str, n: u8| (n > 0).then(|| format!("{prefix}{n}").into_boxed_str());
            let snapshots: Vec<Vec<Sighting>> = lists
                .iter()
                .map(|rows| {
                    rows
                        .iter()
                        .map(|(id, handle, lack)| Sighting {
                            row: 1,
                            id: if *lack == 0 { None } else { text("", *id) },
                            handle: text("h", *handle),
                            counts: Counts::default(),
                        })
                        .collect()
                })
                .collect();
            let found = compare(&snapshots);
            let all: u64 = Status::ALL.iter().map(|status| found.count(*status)).sum();
            proptest::prop_assert_eq!(all, found.len() as u64);
            proptest::prop_assert!(found.members().all(|m| !m.seen.is_empty()));
            for (at, snapshot) in snapshots.iter().enumerate() {
                let unkeyed = found.without_key.iter().filter(|(of, _)| *of == at).count() as u64;
                let rows = snapshot.len() as u64;
                proptest::prop_assert_eq!(rows, found.sizes[at] + found.repeated[at] + unkeyed);
            }
            for (at, interval) in found.intervals.iter().enumerate() {
                proptest::prop_assert_eq!(interval.before, found.sizes[at]);
                proptest::prop_assert_eq!(interval.before - interval.left + interval.came, found.sizes[at + 1]);
            }
            let ids = |s: &Sighting| s.id.clone();
            let distinct: std::collections::HashSet<_> =
                snapshots.iter().flat_map(|s| s.iter().filter_map(ids)).collect();
            proptest::prop_assert_eq!(distinct.len(), found.members().filter(|m| m.id.is_some()).count());
        }
    }
}
