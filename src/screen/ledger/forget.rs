//! One person removed entirely.

use super::account::{find, handle_key};
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
        // The log first, so that the pages with the person in them are gone from it; then the file is written anew,
        // through the log, which is emptied again.
        let first = self.empty_log()?;
        self.connection.execute_batch("VACUUM").map_err(&told)?;
        let wiped = first & self.empty_log()?;
        Ok(Forgotten { events, mentioned_in, wiped })
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
