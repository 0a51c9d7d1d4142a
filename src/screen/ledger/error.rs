//! What can be wrong with a ledger.

use std::path::PathBuf;

use crate::safe::visible;

/// Why the ledger cannot be used, or a change not be made. The messages are safe to print.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)] // the messages say it
pub enum LedgerError {
    #[error(
        "there is no ledger {}\n  name one with --ledger FILE; the first `botsieve ledger decide` begins one",
        named(path)
    )]
    Missing { path: PathBuf },
    #[error(
        "cannot make the ledger {}: {source}\n  expected a folder that is there, that you may write to, and room on \
         its disk",
        named(path)
    )]
    Make { path: PathBuf, source: std::io::Error },
    #[error("cannot open the ledger {}: {source}", named(path))]
    Open { path: PathBuf, source: std::io::Error },
    #[error("{} is no ledger: {found}\n  expected a file that `botsieve ledger` made", named(path))]
    Foreign { path: PathBuf, found: String },
    #[error(
        "{} is of a newer botsieve: ledger version {found}, this program knows versions up to {known}\n  \
         expected an older ledger; update botsieve to use it. Nothing was changed",
        named(path)
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "the ledger {} is damaged: {found}\n  expected a whole file: take it from a backup, or begin another and \
         `import` the newest export",
        named(path)
    )]
    Damaged { path: PathBuf, found: String },
    #[error("the ledger {} is in use and stayed so for ten seconds; try again", named(path))]
    Busy { path: PathBuf },
    #[error(
        "the ledger {}: there is no room on its disk ({found})\n  nothing of this change was kept, all before it \
         is; make room and do it again",
        named(path)
    )]
    Full { path: PathBuf, found: String },
    #[error(
        "the ledger {}: its disk failed, as one without room may ({found})\n  nothing of this change was kept, all \
         before it is; make room, or look after the disk, and do it again",
        named(path)
    )]
    Disk { path: PathBuf, found: String },
    #[error(
        "the ledger {} cannot be written: {found}\n  expected a file and a folder that you may write to, even to \
         read it: its log stands beside it. Copy the ledger to a folder of yours, or change the rights",
        named(path)
    )]
    ReadOnly { path: PathBuf, found: String },
    #[error("the ledger {}: {found}\n  nothing of this change was kept, all before it is", named(path))]
    Sql { path: PathBuf, found: String },
    #[error("cannot write the export: {0}")]
    Export(#[source] csv::Error),
    #[error("{what}\n  expected {expected}")]
    Refused { what: String, expected: String },
}

fn named(path: &std::path::Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

impl LedgerError {
    pub(super) fn refused(what: impl Into<String>, expected: impl Into<String>) -> LedgerError {
        LedgerError::Refused { what: what.into(), expected: expected.into() }
    }

    /// Puts the name of the file to what SQLite says.
    pub(super) fn of(path: &std::path::Path) -> impl Fn(rusqlite::Error) -> LedgerError + '_ {
        move |source| {
            let path = path.to_path_buf();
            // It tells names out of the file, which may be anything.
            let found = crate::safe::one_line(&source.to_string(), 300);
            if is_damage(&source) {
                return LedgerError::Damaged { path, found };
            }
            match source.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                    LedgerError::Busy { path }
                }
                Some(rusqlite::ErrorCode::NotADatabase) => {
                    LedgerError::Foreign { path, found: "it is no SQLite file".into() }
                }
                Some(rusqlite::ErrorCode::DiskFull) => LedgerError::Full { path, found },
                Some(rusqlite::ErrorCode::SystemIoFailure) => LedgerError::Disk { path, found },
                Some(
                    rusqlite::ErrorCode::ReadOnly
                    | rusqlite::ErrorCode::CannotOpen
                    | rusqlite::ErrorCode::PermissionDenied,
                ) => LedgerError::ReadOnly { path, found },
                _ => LedgerError::Sql { path, found },
            }
        }
    }
}

/// Values that no botsieve writes, and tables that are not as it made them: what it asks for is always the same.
fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::{Error, ErrorCode};
    match error {
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => true,
        _ => {
            let code = error.sqlite_error_code();
            matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::Unknown | ErrorCode::TypeMismatch))
        }
    }
}
