//! The file: made, opened, checked.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::LedgerError;

/// Version of the tables, kept in `user_version`. A file of a newer one is refused.
pub const VERSION: i64 = 1;

/// `bsLg`: tells a ledger from any other SQLite file.
const APPLICATION: i64 = 0x6273_4c67;

/// How long a change waits for another's.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = "
CREATE TABLE account (
    number INTEGER PRIMARY KEY,
    id TEXT UNIQUE,
    handle TEXT,
    handle_key TEXT,
    CHECK (id IS NOT NULL OR handle_key IS NOT NULL)
) STRICT;
CREATE INDEX account_handle ON account (handle_key);
CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account (number),
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    until INTEGER,
    why TEXT NOT NULL,
    handle TEXT,
    p_bot REAL,
    band TEXT,
    prevalence REAL,
    model TEXT,
    model_sha256 TEXT,
    followers ANY,
    following ANY,
    posts ANY,
    observed_at INTEGER,
    undone_at INTEGER,
    undone_by TEXT
) STRICT;
CREATE INDEX event_account ON event (account, at, number);
";

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    /// Dropped behind the connection.
    _held: Held,
}

/// Files that this process has open as ledgers. None of them may be opened and closed by other means: that drops the
/// locks that SQLite holds on it (POSIX locks belong to the process, and go with the first file of it that is closed).
static HELD: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A line of [`HELD`].
#[derive(Debug)]
struct Held(PathBuf);

impl Held {
    /// Looks at the bytes of a file, if it is not held already, and holds it.
    fn checked(path: &Path) -> Result<Held, LedgerError> {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        match std::fs::canonicalize(path) {
            Ok(real) if held.contains(&real) => {}
            _ => check_bytes(path)?,
        }
        let real = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        held.push(real.clone());
        Ok(Held(real))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = held.iter().position(|path| *path == self.0) {
            held.swap_remove(at);
        }
    }
}

impl Ledger {
    /// Opens a ledger that is there.
    ///
    /// # Errors
    /// Where there is none, the file is something else, of a newer program, or broken.
    pub fn open(path: &Path) -> Result<Ledger, LedgerError> {
        let held = Held::checked(path)?;
        // SQLite gives some relative names a meaning of their own (":memory:").
        let absolute = std::path::absolute(path)
            .map_err(|source| LedgerError::Open { path: path.to_path_buf(), source })?;
        let told = LedgerError::of(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(absolute, flags).map_err(&told)?;
        settle(&connection).map_err(&told)?;
        let number =
            |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).map_err(&told);
        if number("application_id")? != APPLICATION {
            return Err(LedgerError::Foreign {
                path: path.to_path_buf(),
                found: "it is an SQLite file of another program".into(),
            });
        }
        match number("user_version")? {
            VERSION => {}
            found if found > VERSION => {
                return Err(LedgerError::Newer { path: path.to_path_buf(), found, known: VERSION });
            }
            found => {
                return Err(LedgerError::Damaged {
                    path: path.to_path_buf(),
                    found: format!("its version is {found}, which no botsieve writes"),
                });
            }
        }
        Ok(Ledger { path: path.to_path_buf(), connection, _held: held })
    }

    /// Opens a ledger, and makes it first where there is none. The second value says whether it was made.
    ///
    /// # Errors
    /// As [`Ledger::open`], and where the file cannot be made.
    pub fn open_or_make(path: &Path) -> Result<(Ledger, bool), LedgerError> {
        match Ledger::open(path) {
            Err(LedgerError::Missing { .. }) => {}
            other => return other.map(|ledger| (ledger, false)),
        }
        let fail = |source| LedgerError::Make { path: path.to_path_buf(), source };
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Made whole under another name, so that nobody finds half a ledger, or overwrites that of another process.
        let file = crate::safe::Temporary::private(folder).map_err(fail)?;
        make(file.path()).map_err(LedgerError::of(path))?;
        // Closed before it is opened: to close a file drops the locks that SQLite holds on it in this process (POSIX),
        // and another program that then looks into the ledger would remove the log that is written to.
        match file.place(path) {
            Ok(()) => Ok((Ledger::open(path)?, true)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Ok((Ledger::open(path)?, false))
            }
            Err(error) => Err(fail(error)),
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Lets the log grow to some 16 MB before a change has to wait until it is moved into the file; who asks for this
    /// calls [`Ledger::tidy`] when nobody waits.
    ///
    /// # Errors
    /// Where SQLite refuses.
    pub fn tidied_by_hand(&self) -> Result<(), LedgerError> {
        self.connection
            .pragma_update_and_check(None, "wal_autocheckpoint", 4_000, |_| Ok(()))
            .map_err(self.told())
    }

    /// Moves of the log into the file what nobody reads. Waits for nobody.
    ///
    /// # Errors
    /// Where the ledger cannot be written.
    pub fn tidy(&self) -> Result<(), LedgerError> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).map_err(self.told())
    }

    /// Does something in a transaction: all of it, or nothing. What it returns without an error is on the disk.
    pub(super) fn change<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let told = LedgerError::of(&self.path);
        // Immediate: a transaction that reads first and writes later could not wait for another's change.
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(&told)?;
        let result = work(&transaction)?;
        transaction.commit().map_err(&told)?;
        Ok(result)
    }

    /// Puts the file to errors.
    pub(super) fn told(&self) -> impl Fn(rusqlite::Error) -> LedgerError + '_ {
        LedgerError::of(&self.path)
    }
}

fn make(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)
}

/// What SQLite does not keep in the file.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(PATIENCE)?;
    // On the disk before we say so.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // Deleted is overwritten with zeros, not only marked free. The pragma answers with what holds.
    connection.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    // What SQLite puts aside (the copy that VACUUM makes, pages kept for going back) never touches the disk.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "trusted_schema", "OFF")
}

/// Looks at the file before SQLite does, which would take an empty one for a new database and a cut one for whole
/// until it misses a page.
fn check_bytes(path: &Path) -> Result<(), LedgerError> {
    let mut found = String::new();
    // A file that another process writes at this moment may look cut: one that is stays so.
    for pause in [0, 50, 200] {
        std::thread::sleep(Duration::from_millis(pause));
        match looks_cut(path)? {
            None => return Ok(()),
            Some(cut) => found = cut,
        }
    }
    Err(LedgerError::Damaged { path: path.to_path_buf(), found })
}

/// What is missing of a file that is too short for its own header.
fn looks_cut(path: &Path) -> Result<Option<String>, LedgerError> {
    let foreign = |found: &str| LedgerError::Foreign { path: path.to_path_buf(), found: found.into() };
    let fail = |source| LedgerError::Open { path: path.to_path_buf(), source };
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(LedgerError::Missing { path: path.to_path_buf() });
        }
        Err(error) => return Err(fail(error)),
    };
    if file.metadata().map_err(fail)?.is_dir() {
        return Err(foreign("it is a folder"));
    }
    let mut head = Vec::with_capacity(100);
    file.by_ref().take(100).read_to_end(&mut head).map_err(fail)?;
    if head.is_empty() {
        return Err(foreign("it is empty"));
    }
    if !b"SQLite format 3\0".starts_with(&head[..head.len().min(16)]) {
        return Err(foreign("it is no SQLite file"));
    }
    // https://www.sqlite.org/fileformat2.html#the_database_header
    let number =
        |at: usize| head.get(at..at + 4).map(|b| u64::from(u32::from_be_bytes([b[0], b[1], b[2], b[3]])));
    let (Some(size), Some(pages)) = (head.get(16..18), number(28)) else {
        return Ok(Some("it breaks off in its first bytes".into()));
    };
    let size = match u64::from(u16::from_be_bytes([size[0], size[1]])) {
        1 => 65_536,
        size => size,
    };
    // While a log is there, the pages that seem to be missing may stand in it.
    let mut log = path.as_os_str().to_os_string();
    log.push("-wal");
    let logged = std::fs::metadata(log).is_ok_and(|log| log.len() > 0);
    let length = file.metadata().map_err(fail)?.len();
    // The number of pages counts only where the last writer kept it.
    let counted = number(24) == number(92);
    let cut = counted && !logged && length < size * pages;
    Ok(cut.then(|| format!("it should have {} bytes and has {length}", size * pages)))
}
