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

pub use account::{Key, Renames};
pub use entry::{Decision, Entry, Index, Mark, Note};
pub use error::LedgerError;
pub use event::{Change, Event, Facts, Verdict};
pub use forget::Forgotten;
pub use open::{Ledger, VERSION};
pub use standing::{Standing, model_sha256, scored_facts, what_changed};
pub use transfer::Imported;
