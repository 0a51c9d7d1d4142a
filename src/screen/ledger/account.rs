//! Which account an id and a handle belong to.

use rusqlite::{OptionalExtension, Transaction, params};

use super::event::{Change, Facts};
use super::{Ledger, LedgerError};
use crate::account::{Account, Timestamp};
use crate::ingest::canonical_id;

/// What an account is known by: an id, a handle, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) id: Option<String>,
    pub(super) handle: Option<String>,
}

impl Key {
    /// The key of an id in its [canonical form](canonical_id) and a handle without `@`; `None` where both are missing
    /// or empty.
    pub fn new(id: Option<&str>, handle: Option<&str>) -> Option<Key> {
        let some = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
        let id = id.map(canonical_id).and_then(some);
        let handle = handle.map(bare).and_then(some);
        (id.is_some() || handle.is_some()).then_some(Key { id, handle })
    }

    /// The key of an account.
    pub fn of(account: &Account<'_>) -> Option<Key> {
        Key::new(account.id.as_deref(), account.handle.as_deref())
    }

    /// Reads what a person types: `@anna` and `anna` are handles, digits and what holds a colon (`did:plc:...`) ids;
    /// `id:` in front makes anything an id.
    pub fn parse(text: &str) -> Option<Key> {
        let text = text.trim();
        if let Some(id) = text.strip_prefix("id:") {
            return Key::new(Some(id), None);
        }
        let is_id = !text.is_empty() && (text.bytes().all(|b| b.is_ascii_digit()) || text.contains(':'));
        if is_id && !text.starts_with('@') { Key::new(Some(text), None) } else { Key::new(None, Some(text)) }
    }

    /// Id, if it has one.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Handle, if it has one.
    pub fn handle(&self) -> Option<&str> {
        self.handle.as_deref()
    }
}

impl std::fmt::Display for Key {
    /// `@anna (id 12)`; not made harmless.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.handle, &self.id) {
            (Some(handle), Some(id)) => write!(f, "@{handle} (id {id})"),
            (Some(handle), None) => write!(f, "@{handle}"),
            (None, id) => write!(f, "id {}", id.as_deref().unwrap_or_default()),
        }
    }
}

/// A handle without the space around it and any `@` before it. Taken again it is the same: what is written to an export
/// has to come back as it was.
fn bare(handle: &str) -> &str {
    handle.trim_end().trim_start_matches(|c: char| c == '@' || c.is_whitespace())
}

/// The form in which handles are compared.
pub(super) fn handle_key(handle: &str) -> String {
    bare(handle).to_lowercase()
}

/// The number of the account of a key. An id finds the account with it, or the one that has no id and this as its
/// handle; a handle alone finds the account last seen with it, of several the one of the newest event.
pub(super) fn find(transaction: &Transaction<'_>, key: &Key) -> rusqlite::Result<Option<i64>> {
    if let Some(id) = &key.id {
        let by_id = transaction
            .query_row("SELECT number FROM account WHERE id = ?1", [id], |row| row.get(0))
            .optional()?;
        return match by_id {
            Some(number) => Ok(Some(number)),
            None => without_id(transaction, key),
        };
    }
    let Some(handle) = &key.handle else { return Ok(None) };
    transaction
        .query_row(
            "SELECT number FROM account WHERE handle_key = ?1 ORDER BY \
             (SELECT max(e.number) FROM event e WHERE e.account = account.number) DESC LIMIT 1",
            [handle_key(handle)],
            |row| row.get(0),
        )
        .optional()
}

/// The account without an id that has this handle.
pub(super) fn without_id(transaction: &Transaction<'_>, key: &Key) -> rusqlite::Result<Option<i64>> {
    let Some(handle) = &key.handle else { return Ok(None) };
    transaction
        .query_row(
            "SELECT number FROM account WHERE id IS NULL AND handle_key = ?1",
            [handle_key(handle)],
            |row| row.get(0),
        )
        .optional()
}

/// What [`claim`] found out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Claimed {
    pub number: i64,
    /// Its handle before, where it has another now.
    pub renamed_from: Option<String>,
    /// It was known by its handle alone and has its id now.
    pub identified: bool,
}

/// The account of a key, made where there is none; takes over its id and newest handle.
pub(super) fn claim(transaction: &Transaction<'_>, key: &Key) -> rusqlite::Result<Claimed> {
    let found = find(transaction, key)?;
    let Some(number) = found else {
        transaction.execute(
            "INSERT INTO account (id, handle, handle_key) VALUES (?1, ?2, ?3)",
            params![key.id, key.handle, key.handle.as_deref().map(handle_key)],
        )?;
        return Ok(Claimed { number: transaction.last_insert_rowid(), ..Claimed::default() });
    };
    let mut claimed = Claimed { number, ..Claimed::default() };
    if key.id.is_some() {
        match without_id(transaction, key)? {
            Some(other) if other == number => {
                transaction
                    .execute("UPDATE account SET id = ?2 WHERE number = ?1", params![number, key.id])?;
                claimed.identified = true;
            }
            // What was decided of the handle alone was decided of this account.
            Some(other) => {
                transaction
                    .execute("UPDATE event SET account = ?1 WHERE account = ?2", params![number, other])?;
                transaction.execute("DELETE FROM account WHERE number = ?1", [other])?;
                claimed.identified = true;
            }
            None => {}
        }
    }
    let Some(handle) = &key.handle else { return Ok(claimed) };
    let before: Option<String> =
        transaction.query_row("SELECT handle FROM account WHERE number = ?1", [number], |row| row.get(0))?;
    if before.as_ref() != Some(handle) {
        transaction.execute(
            "UPDATE account SET handle = ?2, handle_key = ?3 WHERE number = ?1",
            params![number, handle, handle_key(handle)],
        )?;
        claimed.renamed_from = before.filter(|before| handle_key(before) != handle_key(handle));
    }
    Ok(claimed)
}

/// [`claim`], with a rename written into the history.
pub(super) fn claim_and_tell(
    transaction: &Transaction<'_>,
    key: &Key,
    who: &str,
    now: Timestamp,
) -> rusqlite::Result<Claimed> {
    let claimed = claim(transaction, key)?;
    if let (Some(_), Some(handle)) = (&claimed.renamed_from, &key.handle) {
        let seen = Change::Seen(handle.clone());
        super::record::insert(transaction, claimed.number, now, who, &seen, "", &Facts::default())?;
    }
    Ok(claimed)
}

/// What [`Ledger::seen`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renames {
    /// Accounts with another handle than before: id, old handle, new handle.
    pub renamed: Vec<(String, String, String)>,
    /// Accounts known by their handle alone whose id is known now.
    pub identified: u64,
    /// Accounts of the file that stand in the ledger.
    pub known: u64,
}

impl Ledger {
    /// Takes over handles and ids of accounts that stand in the ledger already; others are left out.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub fn seen(&mut self, keys: &[Key], who: &str, now: Timestamp) -> Result<Renames, LedgerError> {
        let path = self.path.clone();
        let told = LedgerError::of(&path);
        self.change(|transaction| {
            let mut found = Renames::default();
            for key in keys {
                if find(transaction, key).map_err(&told)?.is_none() {
                    continue;
                }
                found.known += 1;
                // A handle alone is no news of an account: it was found by it.
                if key.id.is_none() {
                    continue;
                }
                let claimed = claim_and_tell(transaction, key, who, now).map_err(&told)?;
                found.identified += u64::from(claimed.identified);
                if let (Some(before), Some(id), Some(handle)) = (claimed.renamed_from, &key.id, &key.handle) {
                    found.renamed.push((id.clone(), before, handle.clone()));
                }
            }
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_taken_again_is_the_same() {
        for written in ["anna", "@anna", " @anna ", "@ anna", "@@ @\u{a0}anna\n"] {
            let key = Key::new(None, Some(written)).unwrap();
            assert_eq!(key.handle(), Some("anna"), "{written:?}");
            assert_eq!(Key::new(None, key.handle()), Some(key));
        }
        assert_eq!(Key::new(None, Some("@ @")), None);
    }
}
