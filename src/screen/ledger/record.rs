//! Changes written and taken back.

use rusqlite::{OptionalExtension, Transaction, params};

use super::account::{Claimed, claim_and_tell, find};
use super::entry::{Entry, Version, entry_of};
use super::event::{COLUMNS, Change, Count, Event, Facts, Time};
use super::{Key, Ledger, LedgerError};
use crate::account::Timestamp;
use crate::words::day;

/// Characters a tag, a list or a person's name may have.
const NAME_LENGTH: usize = 100;
/// Characters a note or a reason may have.
const TEXT_LENGTH: usize = 10_000;

/// What became of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It is on the disk.
    Kept {
        /// Number of the event; `None` where the change changes nothing.
        number: Option<i64>,
        /// What stands of the account now.
        entry: Entry,
    },
    /// Nothing was written: the account is no longer as it was seen.
    ChangedBefore {
        /// What stands of the account now.
        entry: Entry,
    },
}

impl Ledger {
    /// Writes a change of an account; on return it is on the disk. The first value is the number of the event, or
    /// `None` where nothing changes (a tag that is there already); the second what stands of the account now.
    ///
    /// # Errors
    /// Where a text is empty or too long, and where the ledger cannot be written.
    pub fn record(
        &mut self,
        key: &Key,
        change: &Change,
        who: &str,
        why: &str,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<(Option<i64>, Entry), LedgerError> {
        match self.record_if(key, change, who, why, facts, now, None)? {
            Outcome::Kept { number, entry } => Ok((number, entry)),
            Outcome::ChangedBefore { entry } => Ok((None, entry)),
        }
    }

    /// [`Ledger::record`], but only where the account still is in the state `seen` that the person had before them:
    /// what another has decided since is not overwritten unseen. Without `seen` it is always written.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    #[allow(clippy::too_many_arguments)] // those of `record`, and what was seen
    pub fn record_if(
        &mut self,
        key: &Key,
        change: &Change,
        who: &str,
        why: &str,
        facts: &Facts,
        now: Timestamp,
        seen: Option<Version>,
    ) -> Result<Outcome, LedgerError> {
        check(change, who, why)?;
        let path = self.path.clone();
        let told = LedgerError::of(&path);
        self.change(|transaction| {
            let before = match find(transaction, key).map_err(&told)? {
                Some(account) => Some(entry_of(transaction, account).map_err(&told)?),
                None => None,
            };
            let stands = before.as_ref().map_or((0, 0), Entry::version);
            if seen.is_some_and(|seen| seen != stands) {
                let entry = before.unwrap_or_else(|| Entry::unknown(key));
                return Ok(Outcome::ChangedBefore { entry });
            }
            if !changes(before.as_ref(), change) {
                let entry = before.unwrap_or_else(|| Entry::unknown(key));
                return Ok(Outcome::Kept { number: None, entry });
            }
            let Claimed { number: account, .. } =
                claim_and_tell(transaction, key, who, now).map_err(&told)?;
            let number = insert(transaction, account, now, who, change, why, facts).map_err(&told)?;
            Ok(Outcome::Kept { number: Some(number), entry: entry_of(transaction, account).map_err(&told)? })
        })
    }

    /// Takes a change back: the one with this number, or the newest of this account and this person, as far as they
    /// are given. It stays in the history, with who took it back. Returns the change and what stands now.
    ///
    /// # Errors
    /// Where there is no such change, it was taken back before, or is a rename, which is a fact and no decision.
    pub fn undo(
        &mut self,
        number: Option<i64>,
        account: Option<&Key>,
        made_by: Option<&str>,
        who: &str,
        now: Timestamp,
    ) -> Result<(Event, Entry), LedgerError> {
        let path = self.path.clone();
        let told = LedgerError::of(&path);
        self.change(|transaction| {
            let account = match account {
                None => None,
                Some(key) => match find(transaction, key).map_err(&told)? {
                    Some(account) => Some(account),
                    None => return Err(unknown(key)),
                },
            };
            let sql = format!(
                "SELECT {COLUMNS}, e.account FROM event e JOIN account a ON a.number = e.account WHERE \
                 (?1 IS NULL OR e.number = ?1) AND (?2 IS NULL OR e.account = ?2) AND (?3 IS NULL OR e.who = ?3) \
                 AND (?1 IS NOT NULL OR (e.undone_at IS NULL AND e.kind <> 'seen')) \
                 ORDER BY e.number DESC LIMIT 1"
            );
            let found = transaction
                .query_row(&sql, params![number, account, made_by], |row| {
                    Ok((Event::from_row(row)?, row.get::<_, i64>(21)?))
                })
                .optional()
                .map_err(&told)?;
            let Some((mut event, account)) = found else {
                return Err(match number {
                    Some(number) => LedgerError::refused(
                        format!("there is no change {number} to take back"),
                        "a number that `botsieve ledger show` prints",
                    ),
                    None => LedgerError::refused(
                        "there is no change left to take back",
                        "one of your own, not taken back yet; --who NAME or --anyone takes back another's",
                    ),
                });
            };
            if let Some((at, by)) = &event.undone {
                return Err(LedgerError::refused(
                    format!("change {} was taken back on {} by {}", event.number, day(*at), quoted(by)),
                    "a change that stands",
                ));
            }
            if matches!(event.change, Change::Seen(_)) {
                return Err(LedgerError::refused(
                    format!("change {} is a rename that was seen", event.number),
                    "a decision, tag, list, note, keep or never",
                ));
            }
            transaction
                .execute(
                    "UPDATE event SET undone_at = ?2, undone_by = ?3 WHERE number = ?1",
                    params![event.number, Time(now), who],
                )
                .map_err(&told)?;
            event.undone = Some((now, who.to_string()));
            Ok((event, entry_of(transaction, account).map_err(&told)?))
        })
    }
}

/// An account that is not in the ledger.
pub(super) fn unknown(key: &Key) -> LedgerError {
    LedgerError::refused(
        format!("the ledger knows nothing of {}", crate::safe::visible(&key.to_string())),
        "an account of `botsieve ledger list`: its id, or its handle with @ as it was last seen",
    )
}

fn quoted(text: &str) -> String {
    crate::safe::one_line(text, 40)
}

/// Is anything other after the change than before? Decisions and marks always count: who confirms one decides anew.
fn changes(before: Option<&Entry>, change: &Change) -> bool {
    let has = |test: &dyn Fn(&Entry) -> bool| before.is_some_and(test);
    match change {
        Change::Tag(tag) => !has(&|entry| entry.tags.contains(tag)),
        Change::Untag(tag) => has(&|entry| entry.tags.contains(tag)),
        Change::Put(list) => !has(&|entry| entry.lists.contains(list)),
        Change::TakeOff(list) => has(&|entry| entry.lists.contains(list)),
        Change::Lift => has(&|entry| entry.keep.is_some() || entry.never.is_some()),
        _ => true,
    }
}

/// Texts that are too long, or that would not be told apart when printed.
pub(super) fn check(change: &Change, who: &str, why: &str) -> Result<(), LedgerError> {
    let name = |what: &str, text: &str| {
        if text.trim() != text || text.is_empty() {
            return Err(LedgerError::refused(
                format!("{what} {:?}", crate::safe::visible(text)),
                "a name without space around it",
            ));
        }
        if crate::safe::visible(text) != text || text.chars().count() > NAME_LENGTH {
            return Err(LedgerError::refused(
                format!("{what} \"{}\"", quoted(text)),
                format!("at most {NAME_LENGTH} characters, none of them control or invisible ones"),
            ));
        }
        Ok(())
    };
    let words = |what: &str, text: &str| match text.chars().count() {
        0..=TEXT_LENGTH => Ok(()),
        n => Err(LedgerError::refused(format!("{what} of {n} characters"), format!("at most {TEXT_LENGTH}"))),
    };
    name("the name of who decides:", who)?;
    words("a reason", why)?;
    match change {
        Change::Tag(text) | Change::Untag(text) => name("the tag", text),
        Change::Put(text) | Change::TakeOff(text) => name("the list", text),
        Change::Note(text) if text.trim().is_empty() => {
            Err(LedgerError::refused("an empty note", "some words"))
        }
        Change::Note(text) => words("a note", text),
        _ => Ok(()),
    }
}

/// Adds an event with the next number. Its time is never before the newest of the account, so that a clock put back
/// does not turn the order round.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    account: i64,
    at: Timestamp,
    who: &str,
    change: &Change,
    why: &str,
    facts: &Facts,
) -> rusqlite::Result<i64> {
    let newest: Option<i64> =
        transaction.query_row("SELECT max(at) FROM event WHERE account = ?1", [account], |row| row.get(0))?;
    let at = newest.map_or(at.as_second(), |newest| at.as_second().max(newest));
    insert_at(transaction, account, at, who, change, why, facts, None)
}

/// Adds an event with exactly this time, and this number where one is given.
#[allow(clippy::too_many_arguments)] // one a column
pub(super) fn insert_at(
    transaction: &Transaction<'_>,
    account: i64,
    at: i64,
    who: &str,
    change: &Change,
    why: &str,
    facts: &Facts,
    number: Option<i64>,
) -> rusqlite::Result<i64> {
    let (kind, value, until) = change.parts();
    transaction.execute(
        "INSERT INTO event (number, account, at, who, kind, value, until, why, handle, p_bot, band, prevalence, \
         model, model_sha256, followers, following, posts, observed_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)",
        params![
            number,
            account,
            at,
            who,
            kind,
            value,
            until.map(Time),
            why,
            facts.handle,
            facts.p_bot,
            facts.band.map(crate::model::Band::name),
            facts.prevalence,
            facts.model,
            facts.model_sha256,
            facts.followers.map(Count),
            facts.following.map(Count),
            facts.posts.map(Count),
            facts.observed_at.map(Time),
        ],
    )?;
    Ok(transaction.last_insert_rowid())
}
