//! The ledger: what people decided of each account, kept in one SQLite file.
//!
//! Every change is an [`Event`]; nothing is overwritten. What stands of an account now, an [`Entry`], is its events one
//! after the other without those that were taken back, so that undo is exact and the history tells who changed what.
//! The key of an account is its id, so that a decision survives a rename; the handle serves only where a file has no id.
//!
//! | file | what it holds |
//! |---|---|
//! | `open` | the file: made, opened, checked, refused |
//! | `event` | [`Event`]: one change, with the score and counts of that moment |
//! | `account` | which account an id and a handle belong to, renames |
//! | `record` | changes written, taken back |
//! | `entry` | [`Entry`]: what stands of an account; [`Index`]: found by id or handle |
//! | `standing` | does it hide an account from the queue, what changed since |
//! | `transfer` | the history as CSV, out and in |
//! | `watch` | what other processes changed since one last looked |
//! | `forget` | one person removed entirely |
//!
//! Several processes may use one ledger at once: each change is a transaction of its own, which is on the disk when the
//! call returns (write-ahead log, `synchronous = FULL`), and a change waits for another's for up to ten seconds.

mod account;
mod entry;
mod error;
mod event;
mod forget;
mod open;
mod record;
mod standing;
mod transfer;
mod watch;

pub use account::{Key, Renames};
pub use entry::{Decision, Entry, Index, Mark, Note, Version};
pub use error::LedgerError;
pub use event::{Change, Event, Facts, Verdict};
pub use forget::Forgotten;
pub use open::{Ledger, VERSION};
pub use record::Outcome;
pub use standing::{Standing, candidate_facts, model_sha256, scored_facts, what_changed};
pub use transfer::{Changes, Imported};
pub use watch::{Changed, Watch};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::account::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn any_change() -> impl Strategy<Value = Change> {
        let date = proptest::option::of((0..1000_i64).prop_map(at));
        prop_oneof![
            (0..5_usize, date.clone()).prop_map(|(n, date)| Change::Decide(Verdict::ALL[n], date)),
            "[ab]".prop_map(Change::Tag),
            "[ab]".prop_map(Change::Untag),
            "[ab]".prop_map(Change::Put),
            "[ab]".prop_map(Change::TakeOff),
            "[xy]".prop_map(Change::Note),
            date.clone().prop_map(Change::Keep),
            date.prop_map(Change::Never),
            Just(Change::Lift),
        ]
    }

    /// What stands, without how often it was changed.
    fn without_number(entry: &Entry) -> Entry {
        Entry { newest: 0, taken_back: 0, ..entry.clone() }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

        /// Undo gives back what stood before, whatever the changes; the export of it all is the same ledger.
        #[test]
        fn undo_is_exact_and_an_export_is_the_whole(
            changes in proptest::collection::vec((any_change(), 0..1000_i64), 1..12)
        ) {
            let folder = tempfile::tempdir().unwrap();
            let (mut ledger, made) = Ledger::open_or_make(&folder.path().join("a")).unwrap();
            prop_assert!(made);
            let key = Key::parse("12").unwrap();
            let mut stood = vec![Entry { id: Some("12".into()), ..Entry::default() }];
            for (change, second) in &changes {
                let facts = Facts { p_bot: Some(0.1 + 0.2), followers: Some(u64::MAX), ..Facts::default() };
                let (number, entry) = ledger.record(&key, change, "anna", "=why", &facts, at(*second)).unwrap();
                if number.is_some() {
                    stood.push(entry);
                } else {
                    prop_assert_eq!(without_number(&entry), without_number(stood.last().unwrap()));
                }
            }
            let export = |ledger: &Ledger| {
                let mut bytes = Vec::new();
                ledger.export(&mut bytes).unwrap();
                bytes
            };
            let check_copy = |ledger: &Ledger, name: &str| {
                let (mut copy, _) = Ledger::open_or_make(&folder.path().join(name)).unwrap();
                let changes = Changes::read(export(ledger).as_slice(), "export", "ben", at(0)).unwrap();
                copy.import(changes).unwrap();
                prop_assert_eq!(copy.events().unwrap(), ledger.events().unwrap());
                prop_assert_eq!(copy.entries().unwrap(), ledger.entries().unwrap());
                Ok(())
            };
            check_copy(&ledger, "b")?;
            while stood.len() > 1 {
                stood.pop();
                let (_, entry) = ledger.undo(None, Some(&key), Some("anna"), "anna", at(2000)).unwrap();
                prop_assert_eq!(without_number(&entry), without_number(stood.last().unwrap()));
            }
            prop_assert!(ledger.undo(None, None, None, "anna", at(2000)).is_err());
            check_copy(&ledger, "c")?;
        }
    }

    #[test]
    fn what_was_not_seen_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let (mut anna, _) = Ledger::open_or_make(&path).unwrap();
        let mut ben = Ledger::open(&path).unwrap();
        let key = Key::parse("@cem").unwrap();
        let decide = |ledger: &mut Ledger, who: &str, verdict, seen| {
            let change = Change::Decide(verdict, None);
            ledger.record_if(&key, &change, who, "", &Facts::default(), at(1), Some(seen)).unwrap()
        };
        let Outcome::Kept { entry: first, .. } = decide(&mut anna, "anna", Verdict::Skip, (0, 0)) else {
            panic!("nobody was there before")
        };
        let refused = decide(&mut ben, "ben", Verdict::Spam, (0, 0));
        assert_eq!(refused, Outcome::ChangedBefore { entry: first.clone() });
        assert_eq!(anna.events().unwrap().len(), 1, "nothing was written");
        assert!(matches!(decide(&mut ben, "ben", Verdict::Spam, first.version()), Outcome::Kept { .. }));
        // Taken back, what stands is as before, and yet another state.
        let (_, back) = ben.undo(None, None, Some("ben"), "ben", at(2)).unwrap();
        assert_eq!(back.decision, first.decision);
        assert_ne!(back.version(), first.version());
        assert!(matches!(
            decide(&mut anna, "anna", Verdict::List, first.version()),
            Outcome::ChangedBefore { .. }
        ));
    }

    #[test]
    fn what_others_change_is_seen_and_ones_own_is_no_news() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let (mut anna, _) = Ledger::open_or_make(&path).unwrap();
        let mut ben = Ledger::open(&path).unwrap();
        let key = |name: &str| Key::parse(name).unwrap();
        let tag = |ledger: &mut Ledger, name: &str, second| {
            let change = Change::Tag("x".into());
            ledger.record(&key(name), &change, "someone", "", &Facts::default(), at(second)).unwrap();
        };
        tag(&mut ben, "@cem", 1_000);
        let mut watch = anna.watch(at(1_000)).unwrap();
        tag(&mut anna, "@dora", 1_100);
        watch.expects(1);
        let (changed, watch) = anna.changed_since(&watch, at(2_000)).unwrap();
        assert_eq!(changed, Changed::Nothing);
        tag(&mut ben, "@emil", 2_500);
        let (changed, watch) = anna.changed_since(&watch, at(3_000)).unwrap();
        let Changed::Accounts(keys) = changed else { panic!("{changed:?}") };
        assert!(keys.contains(&key("@emil")) && !keys.contains(&key("@cem")), "{keys:?}");
        ben.undo(None, Some(&key("@cem")), None, "ben", at(3_500)).unwrap();
        let (changed, watch) = anna.changed_since(&watch, at(4_000)).unwrap();
        assert_eq!(changed, Changed::Accounts(vec![key("@cem")]));
        ben.forget(&key("@emil")).unwrap();
        let (changed, watch) = anna.changed_since(&watch, at(5_000)).unwrap();
        assert_eq!(changed, Changed::Everything);
        assert_eq!(anna.changed_since(&watch, at(6_000)).unwrap().0, Changed::Nothing);
    }

    #[test]
    fn a_clock_put_back_does_not_turn_the_order_round() {
        let folder = tempfile::tempdir().unwrap();
        let (mut ledger, _) = Ledger::open_or_make(&folder.path().join("a")).unwrap();
        let key = Key::parse("@anna").unwrap();
        let mut decide = |verdict, second| {
            let change = Change::Decide(verdict, None);
            ledger.record(&key, &change, "anna", "", &Facts::default(), at(second)).unwrap().1
        };
        decide(Verdict::Skip, 500);
        let entry = decide(Verdict::Spam, 100);
        assert_eq!(entry.decision.unwrap().verdict, Verdict::Spam);
    }

    #[test]
    fn the_index_finds_as_the_ledger_does() {
        let folder = tempfile::tempdir().unwrap();
        let (mut ledger, _) = Ledger::open_or_make(&folder.path().join("a")).unwrap();
        let mut tag = |id: Option<&str>, handle: Option<&str>, tag: &str| {
            let key = Key::new(id, handle).unwrap();
            ledger.record(&key, &Change::Tag(tag.into()), "anna", "", &Facts::default(), at(1)).unwrap();
        };
        tag(Some("1"), Some("anna"), "a");
        tag(Some("2"), Some("ben"), "b");
        tag(Some("3"), Some("anna"), "c");
        tag(None, Some("cem"), "d");
        // The first of the two with the handle is seen last.
        tag(Some("1"), None, "e");
        let index = Index::new(ledger.entries().unwrap());
        for (id, handle) in [
            ("1", ""),
            ("u1", "x"),
            ("9", "anna"),
            ("9", "cem"),
            ("", "@ANNA"),
            ("", "cem"),
            ("", "zoe"),
            ("", ""),
        ] {
            let found = index.find(id, handle).map(|at| index.entries()[at].clone());
            let by_ledger = Key::new(Some(id), Some(handle)).and_then(|key| ledger.entry(&key).unwrap());
            assert_eq!(found, by_ledger.map(|(entry, _)| entry), "{id} {handle}");
        }
        assert_eq!(index.find("9", "anna"), None, "another id took the handle over");
        assert!(index.find("9", "cem").is_some(), "known by its handle alone");
    }
}
