//! What other processes changed in the ledger since one last looked.

use rusqlite::params;

use super::{Key, Ledger, LedgerError};
use crate::account::Timestamp;

/// Up to where one has looked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Changes with every change that another connection makes.
    version: i64,
    /// Number of the newest event.
    newest: i64,
    /// Accounts there are: fewer than before where some were forgotten or joined.
    accounts: i64,
    /// When.
    at: i64,
}

impl Watch {
    /// So many more accounts are there by changes of one's own.
    pub fn expects(&mut self, more: u64) {
        self.accounts = self.accounts.saturating_add_unsigned(more);
    }
}

/// What is other than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Changed {
    /// Nothing.
    Nothing,
    /// At most these accounts.
    Accounts(Vec<Key>),
    /// Some accounts are there no longer: everything is to be read again.
    Everything,
}

/// A clock may be a little behind another's, and is read before the change is written, which may wait.
const SLACK: i64 = 60;

impl Ledger {
    /// Looks up to where the ledger is now, to ask [`Ledger::changed_since`] later.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn watch(&self, now: Timestamp) -> Result<Watch, LedgerError> {
        // First the version: a change that comes between is then seen twice, and not missed.
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        let read = || -> rusqlite::Result<Watch> {
            let (newest, accounts) = self.connection.query_row(
                "SELECT (SELECT coalesce(max(number), 0) FROM event), (SELECT count(*) FROM account)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(Watch { version: version?, newest, accounts, at: now.as_second() })
        };
        read().map_err(self.told())
    }

    /// What others changed since `then`. Cheap where nothing was.
    ///
    /// # Errors
    /// Where the ledger cannot be read.
    pub fn changed_since(&self, then: &Watch, now: Timestamp) -> Result<(Changed, Watch), LedgerError> {
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0));
        if version.map_err(self.told())? == then.version {
            return Ok((Changed::Nothing, Watch { at: now.as_second(), ..*then }));
        }
        let watch = self.watch(now)?;
        if watch.accounts < then.accounts {
            return Ok((Changed::Everything, watch));
        }
        let read = || -> rusqlite::Result<Vec<Key>> {
            let mut statement = self.connection.prepare(
                "SELECT DISTINCT a.id, a.handle FROM event e JOIN account a ON a.number = e.account \
                 WHERE e.number > ?1 UNION \
                 SELECT a.id, a.handle FROM event e JOIN account a ON a.number = e.account WHERE e.undone_at >= ?2",
            )?;
            let keys = statement.query_map(params![then.newest, then.at - SLACK], |row| {
                let (id, handle): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?);
                Ok(Key::new(id.as_deref(), handle.as_deref()))
            })?;
            keys.filter_map(Result::transpose).collect()
        };
        Ok((Changed::Accounts(read().map_err(self.told())?), watch))
    }
}
