//! One person removed entirely.

use std::time::Duration;

use super::account::{find, handle_key};
use super::open::PATIENCE;
use super::record::unknown;
use super::{Key, Ledger, LedgerError};

/// What was removed, and what could not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forgotten {
    /// Events that were removed.
    pub events: usize,
    /// Numbers of events of *other* accounts whose text holds the id or a handle of the one forgotten.
    pub mentioned_in: Vec<i64>,
    /// Is the file free of what was removed? `false` while another process reads it: its log keeps the old pages.
    pub wiped: bool,
}

impl Ledger {
    /// Removes an account with all its events, and overwrites the place where they stood in the file and its log.
    ///
    /// Blocks that the file system or the disk keeps elsewhere, backups and exports are out of reach.
    ///
    /// # Errors
    /// Where the ledger does not know the account or cannot be written.
    pub fn forget(&mut self, key: &Key) -> Result<Forgotten, LedgerError> {
        let path = self.path.clone();
        let told = LedgerError::of(&path);
        let (events, mentioned_in) = self.change(|transaction| {
            let Some(account) = find(transaction, key).map_err(&told)? else { return Err(unknown(key)) };
            let names = names_of(transaction, account).map_err(&told)?;
            let events = transaction
                .execute("DELETE FROM event WHERE account = ?1", [account])
                .and_then(|events| {
                    transaction.execute("DELETE FROM account WHERE number = ?1", [account]).map(|_| events)
                })
                .map_err(&told)?;
            Ok((events, mentions(transaction, &names).map_err(&told)?))
        })?;
        Ok(Forgotten { events, mentioned_in, wiped: self.wipe()? })
    }

    /// Removes one change, such as a note that names somebody who is to be forgotten. What it changed is undone.
    ///
    /// # Errors
    /// Where there is no such change, or the ledger cannot be written.
    pub fn forget_change(&mut self, number: i64) -> Result<Forgotten, LedgerError> {
        let path = self.path.clone();
        let told = LedgerError::of(&path);
        let events = self.change(|transaction| {
            let removed =
                transaction.execute("DELETE FROM event WHERE number = ?1", [number]).map_err(&told)?;
            // An account without any change is none of ours.
            transaction
                .execute("DELETE FROM account WHERE number NOT IN (SELECT account FROM event)", [])
                .map_err(&told)?;
            Ok(removed)
        })?;
        if events == 0 {
            return Err(LedgerError::refused(
                format!("there is no change {number}"),
                "a number that `botsieve ledger show` prints",
            ));
        }
        Ok(Forgotten { events, mentioned_in: Vec::new(), wiped: self.wipe()? })
    }

    /// Leaves nothing of what was deleted in the file and its log.
    fn wipe(&self) -> Result<bool, LedgerError> {
        // Who reads for longer than this reads for hours: a page that somebody left open.
        self.connection.busy_timeout(Duration::from_secs(2)).map_err(self.told())?;
        // The log first, so that the pages with the person in them are gone from it; then the file is written anew,
        // through the log, which is emptied again.
        let first = self.empty_log()?;
        self.connection.execute_batch("VACUUM").map_err(self.told())?;
        let wiped = first & self.empty_log()?;
        self.connection.busy_timeout(PATIENCE).map_err(self.told())?;
        Ok(wiped)
    }

    /// Moves the log into the file and cuts it to nothing; `false` where another process holds it.
    fn empty_log(&self) -> Result<bool, LedgerError> {
        let busy: i64 = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(self.told())?;
        Ok(busy == 0)
    }
}

/// Id and handles of an account, in lower case.
fn names_of(transaction: &rusqlite::Transaction<'_>, account: i64) -> rusqlite::Result<Vec<String>> {
    let mut statement = transaction.prepare(
        "SELECT id FROM account WHERE number = ?1 UNION SELECT handle_key FROM account WHERE number = ?1 \
         UNION SELECT handle FROM event WHERE account = ?1 \
         UNION SELECT value FROM event WHERE account = ?1 AND kind = 'seen'",
    )?;
    let names = statement.query_map([account], |row| row.get::<_, Option<String>>(0))?;
    names.filter_map(Result::transpose).map(|name| name.map(|name| handle_key(&name))).collect()
}

/// Events whose words hold one of the names as a word of its own.
fn mentions(transaction: &rusqlite::Transaction<'_>, names: &[String]) -> rusqlite::Result<Vec<i64>> {
    let mut statement = transaction
        .prepare("SELECT number, lower(value || ' ' || why) FROM event WHERE length(value) + length(why) > 0 ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let text = row.get::<_, String>(1)?.to_lowercase();
        let mut words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')));
        if words.any(|word| names.iter().any(|name| !name.is_empty() && name == word)) {
            found.push(row.get(0)?);
        }
    }
    Ok(found)
}
